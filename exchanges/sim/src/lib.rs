//! A simulated venue: real REST dialects over real TLS on this machine, with a matching engine behind and a ledger of
//! what it really did.
//!
//! It is what orderwire's own tests and examples trade on, and what a user runs before having a key. Signatures are
//! checked with other code and other crates than the SDK's, so that it is no mirror of the SDK.
//!
//! ```
//! use orderwire_sim::{Dialect, SimVenue};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sim = SimVenue::start(Dialect::BinanceSpot).await?;
//! println!("trade on {} with key {}", sim.url(), sim.api_key());
//! // … point a client at it, then ask what really happened:
//! for record in sim.ledger() {
//!     println!("{} was received {} times and is {:?}", record.client_order_id, record.received, record.status);
//! }
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! The venue runs on a thread and a runtime of its own, under whatever runtime the caller has, and ends when its
//! [`SimVenue`] is dropped. The program `orderwire-sim` is the same venue with a command line.
//!
//! # Adding a dialect
//!
//! A dialect is one folder over the engine, the ledger, the limits and the faults that all of them share. It says in
//! `API`, a `dialect::Api`, what the venue trades, charges, allows and calls things, and answers requests in `handle`: it
//! reads a `Call`, checks key, time and signature with a `Verifier`, turns what is asked into an `engine::NewOrder`, hands
//! it to the `Venue`, and writes what came of it in the venue's words. What the venue does on its own account as time
//! passes, the engine's timers do. To add one:
//!
//! 1. a folder named as `call --venue` names the venue, with `API`; what several markets of one venue have in common goes
//!    beside it, as `binance` does;
//! 2. a variant of `Dialect` and its line in `Dialect::ALL` and `Dialect::api`;
//! 3. what the engine lacks, in the engine and in no venue's words, with a test against a plain model;
//! 4. tests from outside in `tests/venue`, with an HTTP client and signatures other than the SDK's, and in the venue's
//!    crate, where typed calls trade against it and the ledger is compared.
//!
//! Every authentic place request goes into the ledger, refused ones too: through `Venue::place` or `Venue::refuse`.

// Replies of some sixty members are written as JSON literals, each a step of the macro or more.
#![recursion_limit = "256"]

mod binance;
mod binance_spot;
mod binance_usdm;
mod bybit;
mod certificate;
mod coinbase;
mod dialect;
mod engine;
mod faults;
mod instrument;
mod kraken;
mod ledger;
mod limits;
mod okx;
mod rfc3339;
mod server;
mod signature;
mod sim;
mod state;
mod uuid;
mod venue;
mod wire;

pub use certificate::CertificateError;
pub use dialect::{Dialect, UnknownDialect};
pub use engine::Status;
pub use faults::{Fault, StandingFault, UnknownFault};
pub use instrument::{Instrument, InstrumentKind};
pub use ledger::Record;
pub use limits::{Budget, RateLimits};
pub use signature::KeyError;
pub use sim::{SimError, SimVenue, SimVenueBuilder};
pub use state::StateError;
