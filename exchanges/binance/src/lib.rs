//! Binance for orderwire: Spot and USD-M futures, with HMAC, Ed25519 and RSA keys.
//!
//! ```
//! use orderwire_binance::{NewOrder, Side, Spot, Symbol, dec};
//! use orderwire_sim::{Dialect, SimVenue};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sim = SimVenue::start(Dialect::BinanceSpot).await?;
//! let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await?;
//! let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let ack = spot.place(&order).await?;
//! println!("{} is {:?}", ack.order_id, ack.stage);
//! spot.cancel(ack.order()).await?;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! On the venue's testnet: `Spot::builder(Environment::Testnet)` and `Credentials::from_env("BINANCE_TESTNET")?`.
//!
//! | part | what is there |
//! | --- | --- |
//! | [`spot`] | the Spot market: its hosts, its calls, its error codes |
//! | [`usdm`] | the same of USD-M futures |
//! | [`blocking`] | the same clients without a runtime |
//! | [`errors`] | how an error of the venue decides what became of the request |
//!
//! All parameters go in the query, also of `POST` and `DELETE`, and the signature covers the query as it is sent.
//!
//! **Proved** against the venue's published examples and replies, and against a simulated venue; not yet on its testnet. What is
//! proved how, by operation and kind of key: `exchanges/README.md`.
//!
//! **Source**: <https://github.com/binance/binance-spot-api-docs> at `a5e0bc3`, read 2026-07-21;
//! <https://developers.binance.com/docs/derivatives/usds-margined-futures>, read as of 2026-01-15.

#![forbid(unsafe_code)]

pub mod blocking;
pub mod errors;
mod fields;
mod limits;
mod queries;
mod raw;
mod replies;
mod sign;
pub mod spot;
pub mod usdm;

pub use orderwire;
pub use orderwire::dec;
pub use orderwire::decimal::Decimal;
pub use orderwire::error::{Fate, RejectKind, RestError};
pub use orderwire::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
pub use orderwire::order::{
    AckStage, AmendAck, Balance, CancelAck, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef,
    OrderState, OrderStatus, OrderType, Side, TimeInForce, TopOfBook, Verdict,
};
pub use orderwire::position::{Position, PositionSide};
pub use orderwire::time::{ClockOffset, Deadline, Timestamp};
pub use orderwire::venue::{AmendOrder, Credentials, Environment, FillsSince, Instrument, RawCall, RawReply};

pub use fields::{ResponseType, SelfTradePrevention};
pub use spot::{
    CancelReplace, CancelReplaced, Half, OrderList, OrderListAck, Peg, PegTo, Spot, SpotBuilder, SpotOrder, SpotVenue,
};
pub use usdm::{Usdm, UsdmBuilder, UsdmOrder, UsdmVenue};
