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

mod binance_spot;
mod certificate;
mod engine;
mod faults;
mod instrument;
mod ledger;
mod limits;
mod server;
mod signature;
mod sim;
mod state;
mod venue;
mod wire;

use std::fmt;
use std::str::FromStr;

pub use certificate::CertificateError;
pub use engine::Status;
pub use faults::{Fault, StandingFault, UnknownFault};
pub use instrument::Instrument;
pub use ledger::Record;
pub use limits::RateLimits;
pub use signature::KeyError;
pub use sim::{SimError, SimVenue, SimVenueBuilder};
pub use state::StateError;

use engine::Fees;
use signature::Verifier;
use venue::{Call, Reply, Venue};

/// The venue whose REST API is spoken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Dialect {
    /// Binance Spot, `/api/v3`.
    BinanceSpot,
}

/// A dialect that is not built.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no dialect named {name:?} is built yet; there is {}", Dialect::BinanceSpot)]
pub struct UnknownDialect {
    name: String,
}

impl Dialect {
    /// The name the programs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BinanceSpot => binance_spot::NAME,
        }
    }

    /// The venue's word for a status.
    #[must_use]
    pub fn status_word(self, status: Status) -> &'static str {
        match self {
            Self::BinanceSpot => binance_spot::status_word(status),
        }
    }

    fn instruments(self) -> Vec<Instrument> {
        match self {
            Self::BinanceSpot => binance_spot::instruments(),
        }
    }

    fn fees(self) -> Fees {
        match self {
            Self::BinanceSpot => binance_spot::fees(),
        }
    }

    fn check_key(self, verifier: &Verifier) -> Result<(), KeyError> {
        match self {
            Self::BinanceSpot => binance_spot::check_key(verifier),
        }
    }

    fn handle(self, venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Reply {
        match self {
            Self::BinanceSpot => binance_spot::handle(venue, call, now_us),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        match name {
            binance_spot::NAME => Ok(Self::BinanceSpot),
            _ => Err(UnknownDialect { name: name.to_owned() }),
        }
    }
}
