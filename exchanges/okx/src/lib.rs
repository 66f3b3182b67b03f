//! OKX for orderwire: spot, margin, perpetual and dated contracts, options, through one set of calls (its API v5).
//!
//! ```
//! use orderwire_okx::{Credentials, Environment, NewOrder, Okx, Side, Symbol, dec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new("key", "secret")?.with_passphrase("passphrase")?;
//! let mut okx = Okx::builder(Environment::Demo).credentials(credentials).dry_run()?;
//! let order = NewOrder::limit("mm1x1".parse()?, Symbol::new("BTC-USDT")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let request = okx.request(&order)?;
//! assert!(request.as_bytes().starts_with(b"POST /api/v5/trade/order HTTP/1.1\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! | call | request | limit of the venue |
//! | --- | --- | --- |
//! | [`NewOrder`], [`OkxOrder`] | `POST /trade/order`; with a trigger `/trade/order-algo` | 60 in 2 s; 20 |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`TestOkxOrder`] | `POST /trade/order-precheck` | 5 in 2 s |
//! | [`PlaceBatch`](orderwire::venue::PlaceBatch) | `POST /trade/batch-orders` | 300 orders in 2 s |
//! | [`AmendOrder`], [`OkxAmend`] | `POST /trade/amend-order` | 60 in 2 s |
//! | [`AmendBatch`](orderwire::venue::AmendBatch) | `POST /trade/amend-batch-orders` | 300 orders in 2 s |
//! | [`CancelOrder`](orderwire::venue::CancelOrder) | `POST /trade/cancel-order`; with a trigger `/trade/cancel-algos` | 60 in 2 s; 20 |
//! | [`CancelBatch`](orderwire::venue::CancelBatch) | `POST /trade/cancel-batch-orders`; with triggers `/trade/cancel-algos` | 300 orders in 2 s; 20 |
//! | [`CancelAllAfter`](orderwire::venue::CancelAllAfter), [`CancelTagAfter`] | `POST /trade/cancel-all-after` | 1 in 1 s |
//! | [`MassCancel`] | `POST /trade/mass-cancel` | 5 in 2 s |
//! | [`ClosePosition`] | `POST /trade/close-position` | 20 in 2 s |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /trade/order`; with a trigger `/trade/order-algo` | 60 in 2 s; 20 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /trade/orders-pending`; of triggers `/trade/orders-algo-pending` | 60 in 2 s; 20 |
//! | [`GetFills`](orderwire::venue::GetFills), [`GetFillsBetween`] | `GET /trade/fills` | 60 in 2 s |
//! | [`GetOrderRate`] | `GET /trade/account-rate-limit` | 1 in 1 s |
//! | [`Balances`](orderwire::venue::Balances) | `GET /account/balance` | 10 in 2 s |
//! | [`GetPositions`](orderwire::venue::GetPositions) | `GET /account/positions` | 10 in 2 s |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /account/trade-fee` | 5 in 2 s |
//! | [`GetAccountConfig`] | `GET /account/config` | 5 in 2 s |
//! | [`SetLeverage`] | `POST /account/set-leverage` | 20 in 2 s |
//! | [`SetPositionMode`] | `POST /account/set-position-mode` | 5 in 2 s |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments), [`GetInstrumentsOf`] | `GET /public/instruments` | 20 in 2 s |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /market/ticker` | 20 in 2 s |
//! | [`ServerTime`](orderwire::venue::ServerTime), [`Ping`](orderwire::venue::Ping) | `GET /public/time` | 10 in 2 s |
//! | [`RawCall`] | any | |
//!
//! All paths stand after `/api/v5`. Limits of orders are per account and instrument, those of `/public` and `/market` per address, all
//! others per account.
//!
//! # What kind of instrument
//!
//! Its name says: `BTC-USDT` is spot, `BTC-USDT-SWAP` a perpetual contract, `BTC-USD-260925` a dated one, `BTC-USD-260925-60000-C` an
//! option. Spot is traded with the account's own coins (`tdMode` `cash`), all else is margined by the whole account (`cross`), until an
//! [`OkxOrder`] says otherwise: so spot on margin, and spot in accounts that margin all coins together.
//!
//! **Units**: quantities are base coin on spot, also of market buys, which the venue would read in quote coin, and contracts elsewhere:
//! [`Instrument::contract_size`] says how much one is. Of an inverse contract (`BTC-USD-SWAP`) that is quote coin, USD.
//!
//! # What an answer says
//!
//! That an order, a cancel or a change was [received](AckStage::Received): the venue answers before its engine looks. A post-only order
//! that would take is acknowledged, and cancelled then; a query says so.
//!
//! The venue finds orders by client order id for as long as they are open, those that were cancelled without a fill for 2 hours more, all
//! others for 3 months: settle in time. A client order id may be used again once its order has ended; a query then finds the newest.
//!
//! # Hosts
//!
//! Accounts of the United States and Australia, and of the European Economic Area, have hosts of their own: [`US_URL`], [`EEA_URL`],
//! for [`Environment::custom`]. Demo trading is the same hosts with a header: [`Environment::Demo`] sends it; elsewhere
//! `.default_header("x-simulated-trading", "1")?` on the builder does.
//!
//! **Proved** against the venue's published examples and replies, and for spot and perpetual contracts against the simulated venue
//! (`orderwire-sim --dialect okx`), which was written from the documents; not yet on its demo trading. What is proved how, by operation:
//! `exchanges/README.md`.
//!
//! **Source**: <https://www.okx.com/docs-v5/en/>, read through the mirror <https://github.com/samwjc/okx-api-v5-docs-zh> at `e2de730`
//! (2026-07-28); <https://github.com/okxapi/python-okx> at `fa8d738`, the venue's own client.

#![forbid(unsafe_code)]

mod account;
mod amend;
mod batch;
pub mod blocking;
mod conditional;
pub mod errors;
mod instruments;
mod limits;
mod market;
mod order;
mod orders;
mod positions;
mod raw;
mod replies;
mod sign;
mod switch;

use orderwire::venue::{
    BuildError, CancelAll, ConfigError, Hosts, Observed, Response, Settling, Venue, VenueClient, VenueClientBuilder,
    VenueSettings, Window,
};

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

pub use account::{AccountConfig, AccountMode, GetAccountConfig, GetFillsBetween, GetOrderRate, OrderRate};
pub use amend::OkxAmend;
pub use batch::{Batch, CONDITIONAL_BATCH_MAX, ORDER_BATCH_MAX};
pub use instruments::{GetInstrumentsOf, InstrumentKind};
pub use order::{
    Attached, Callback, Exit, OkxOrder, OptionPrice, OrderStyle, SelfTradePrevention, TradeMode, Trailing, TriggerBy,
};
pub use orders::TestOkxOrder;
pub use positions::{ClosePosition, Leverage, MarginMode, PositionMode, SetLeverage, SetPositionMode};
pub use switch::{CancelTagAfter, MassCancel};

use sign::{SETTLING, Signer};

/// A client of OKX. The environment has no default: live trading must be written out.
pub type Okx = VenueClient<OkxVenue>;

/// Collects what an [`Okx`] client is made of.
pub type OkxBuilder = VenueClientBuilder<OkxVenue>;

/// Where accounts of the United States and Australia trade. Source: <https://www.okx.com/docs-v5/en/>, "Production Trading Services".
pub const US_URL: &str = "https://us.okx.com";

/// Where accounts of the European Economic Area trade. Source: <https://www.okx.com/docs-v5/en/>, "Production Trading Services".
pub const EEA_URL: &str = "https://eea.okx.com";

/// OKX: its hosts, and the account's key.
#[derive(Debug)]
pub struct OkxVenue {
    signer: Option<Signer>,
    is_demo: bool,
}

impl Venue for OkxVenue {
    const NAME: &'static str = "OKX";
    const HOSTS: Hosts = Hosts {
        venue: "OKX",
        live: "https://openapi.okx.com",
        testnet: None,
        // The same: a header makes the difference.
        demo: Some("https://openapi.okx.com"),
    };
    const BASE_PATH: &'static str = "/api/v5";

    /// **Errors**: credentials without a passphrase, or with a private key in place of a secret; a receive window of more than the 30
    /// seconds that the venue takes, or less than a millisecond.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)?, is_demo: settings.is_demo })
    }

    /// Source: overview, "REST Authentication", "Demo Trading Services".
    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        let account = self
            .signer
            .iter()
            .flat_map(|signer| [("OK-ACCESS-KEY", signer.api_key()), ("OK-ACCESS-PASSPHRASE", signer.passphrase())]);
        let demo = self.is_demo.then_some(("x-simulated-trading", "1"));
        account.chain(demo).chain([("Content-Type", "application/json")]).collect()
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const TRIGGERS_APART: bool = true;

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, order: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|signer| signer.expiry(order, window))
    }
}

orderwire::venue_lacks! {
    OkxVenue:
    CancelAll => Vec<CancelAck>, "cancelling all open orders of an instrument with one request",
        "list open_orders() and cancel them with CancelBatch, 20 at a time; or have cancel_all_after() do it";
}

impl OkxVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
