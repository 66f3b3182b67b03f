//! Binance for orderwire: Spot, with HMAC keys.
//!
//! ```no_run
//! use orderwire_binance::{Credentials, Environment, Side, Spot, Symbol, dec};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let spot = Spot::builder(Environment::Testnet).credentials(Credentials::from_env("BINANCE_TESTNET")?).build().await?;
//! # Ok(()) }
//! ```
//!
//! | part | what is there |
//! | --- | --- |
//! | [`spot`] | the Spot market: its hosts, its calls |
//! | [`errors`] | every error code of the venue, what it means and what became of the request |
//!
//! All parameters go in the query, also of `POST` and `DELETE`, and the signature covers the query as it is sent.
//!
//! **Proved** against the venue's published examples and replies, and against a simulated venue; not yet on its testnet.
//!
//! **Source**: <https://github.com/binance/binance-spot-api-docs> at `a5e0bc3`, read 2026-07-21.

#![forbid(unsafe_code)]

pub mod errors;
mod replies;
mod sign;
pub mod spot;

pub use orderwire;
pub use orderwire::dec;
pub use orderwire::decimal::Decimal;
pub use orderwire::error::{Fate, RejectKind, RestError};
pub use orderwire::id::{ClientOrderId, OrderId, Symbol};
pub use orderwire::order::{
    AckStage, Balance, CancelAck, Fill, NewOrder, OrderAck, OrderRef, OrderState, OrderStatus, OrderType, Side,
    TimeInForce, TopOfBook,
};
pub use orderwire::time::{Deadline, Timestamp};
pub use orderwire::venue::{Credentials, Environment, Instrument, RawCall, RawReply};

pub use spot::{NewOrderWith, ResponseType, Spot, SpotBuilder, SpotVenue};
