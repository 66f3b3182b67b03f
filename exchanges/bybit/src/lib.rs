//! Bybit for orderwire: Spot and linear contracts of the unified account (API v5), with HMAC and RSA keys.
//!
//! ```
//! use orderwire_bybit::{NewOrder, Side, Spot, Symbol, dec};
//! use orderwire_bybit::{Credentials, Environment, RestError};
//!
//! # async fn example() -> Result<(), RestError> {
//! let spot = Spot::builder(Environment::Testnet).credentials(Credentials::from_env("BYBIT_TESTNET")?).build().await?;
//! let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let ack = spot.place(&order).await?;
//! // The gateway has it; what the engine made of it a query says.
//! println!("{}", spot.query(ack.order()).await?.word);
//! spot.cancel(ack.order()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | call | request | limit a second: linear, spot |
//! | --- | --- | --- |
//! | [`NewOrder`], [`BybitOrder`] | `POST /v5/order/create` | 10, 20 |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`PreCheck`] | `POST /v5/order/pre-check` | 10, not on Spot |
//! | [`PlaceBatch`](orderwire::venue::PlaceBatch) | `POST /v5/order/create-batch` | 10, 20, each order counted |
//! | [`AmendOrder`], [`BybitAmend`] | `POST /v5/order/amend` | 10, 10 |
//! | [`AmendBatch`](orderwire::venue::AmendBatch) | `POST /v5/order/amend-batch` | 10, 20, each order counted |
//! | [`CancelOrder`](orderwire::venue::CancelOrder), [`BybitCancel`] | `POST /v5/order/cancel` | 10, 20 |
//! | [`CancelBatch`](orderwire::venue::CancelBatch) | `POST /v5/order/cancel-batch` | 10, 20, each order counted |
//! | [`CancelAll`](orderwire::venue::CancelAll) | `POST /v5/order/cancel-all` | 10, 20 |
//! | [`SetDisconnectWindow`] | `POST /v5/order/disconnected-cancel-all` | 5 |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /v5/order/realtime`, of past orders `/v5/order/history` | 50 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /v5/order/realtime` | 50 |
//! | [`GetFills`](orderwire::venue::GetFills) | `GET /v5/execution/list` | 50 |
//! | [`Balances`](orderwire::venue::Balances) | `GET /v5/account/wallet-balance` | 50 |
//! | [`GetPositions`](orderwire::venue::GetPositions) | `GET /v5/position/list` | 50, not on Spot |
//! | [`SetLeverage`], [`SetPositionMode`] | `POST /v5/position/set-leverage`, `switch-mode` | 10, not on Spot |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /v5/account/fee-rate` | 10 |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /v5/market/instruments-info` | address |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /v5/market/tickers` | address |
//! | [`ServerTime`](orderwire::venue::ServerTime), [`Ping`](orderwire::venue::Ping) | `GET /v5/market/time` | address |
//! | [`RawCall`] | any | |
//!
//! # What the venue's yes means
//!
//! The gateway acknowledges before its engine looks: an [`OrderAck`] of this venue is [`AckStage::Received`], a [`CancelAck`] and an
//! [`AmendAck`] likewise. Too little margin, a post-only order that would take, a cancel that came too late show in a query.
//!
//! # Orders with a trigger
//!
//! Contracts tell a stop from a take-profit by the way the price has to go. Spot has no such word: there an order waits for its price
//! from whichever side the market is on when it comes, as a conditional order (`StopOrder`), which holds no funds until it is
//! triggered; [`BybitOrder::holding_funds`] makes it one that does (`tpslOrder`). Spot cancels and lists such orders
//! [apart](orderwire::venue::Venue::TRIGGERS_APART).
//!
//! # What the venue does not have
//!
//! A dead man's switch by REST: its "disconnect cancel all" hangs on a private WebSocket, for institutional clients; its window is set
//! with [`SetDisconnectWindow`]. A test of spot orders. Executions from a trade on.
//!
//! # Where the documents are silent
//!
//! These are our own choices, which no answer of the venue has confirmed:
//!
//! - the longest receive window that the builder takes is a minute; the venue names no longest one;
//! - settling takes it that a query shows an order three seconds after it can have come to the engine at the latest: the venue says that
//!   a request is asynchronous, and names no bound;
//! - after a 429 no call is made for a second, after a 403 for the ten minutes that the venue names, whatever the cause of it was.
//!
//! **Proved** against the venue's published examples and replies, and against a simulated venue; not yet on its testnet. What is
//! proved how, by operation and kind of key: `exchanges/README.md`.
//!
//! **Source** of all: <https://github.com/bybit-exchange/docs> at `072c197`, folder `docs/v5`, read 2026-11-25; the same as
//! <https://bybit-exchange.github.io/docs/v5/intro>.

#![forbid(unsafe_code)]

mod account;
mod batch;
pub mod blocking;
mod changes;
pub mod errors;
mod fields;
mod limits;
mod market;
mod order;
mod orders;
mod positions;
mod raw;
mod replies;
mod sign;

use core::fmt;
use core::marker::PhantomData;

use orderwire::venue::{
    BuildError, ConfigError, Hosts, Observed, Response, Settling, Venue, VenueClient, VenueClientBuilder,
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

pub use account::{DisconnectProduct, SetDisconnectWindow};
pub use batch::{BATCH_MAX, Batch};
pub use changes::BybitAmend;
pub use fields::{Linear as LinearCategory, LinearUsdc as LinearUsdcCategory, Spot as SpotCategory};
pub use order::{BboSide, BybitOrder, Exit, MarketUnit, SelfTradePrevention, Slippage, TriggerBy};
pub use orders::{BybitCancel, MarginRates, OrderFilter, PreCheck};
pub use positions::{PositionMode, SetLeverage, SetPositionMode};

use fields::Category;
use sign::{SETTLING, Signer};

/// A client of Bybit Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;

/// Bybit Spot.
pub type SpotVenue = BybitVenue<SpotCategory>;

/// A client of Bybit's linear contracts settled in USDT. The environment has no default: live trading must be written out.
///
/// Quantities are in the base coin. Lists of all instruments (`None` in place of a symbol) are of those that settle in USDT, since
/// the venue lists by the settling coin; calls for one instrument take any linear one.
pub type Linear = VenueClient<LinearVenue>;

/// Collects what a [`Linear`] client is made of.
pub type LinearBuilder = VenueClientBuilder<LinearVenue>;

/// Bybit's linear contracts settled in USDT.
pub type LinearVenue = BybitVenue<LinearCategory>;

/// A client of Bybit's linear contracts settled in USDC. The environment has no default: live trading must be written out.
///
/// As [`Linear`], with the other settling coin.
pub type LinearUsdc = VenueClient<LinearUsdcVenue>;

/// Collects what a [`LinearUsdc`] client is made of.
pub type LinearUsdcBuilder = VenueClientBuilder<LinearUsdcVenue>;

/// Bybit's linear contracts settled in USDC.
pub type LinearUsdcVenue = BybitVenue<LinearUsdcCategory>;

/// One category of Bybit's: its hosts, and the account's key.
#[expect(private_bounds, reason = "sealed: the categories are those of this crate")]
pub struct BybitVenue<C: Category> {
    signer: Option<Signer>,
    category: PhantomData<C>,
}

impl<C: Category> Venue for BybitVenue<C> {
    const NAME: &'static str = C::NAME;
    /// Clients of the Netherlands, Turkey, Kazakhstan, Georgia, the Emirates, the EEA, Indonesia and Japan have hosts of their own,
    /// which an [`Environment::custom`] names.
    const HOSTS: Hosts = Hosts {
        venue: C::NAME,
        live: "https://api.bybit.com",
        testnet: Some("https://api-testnet.bybit.com"),
        demo: Some("https://api-demo.bybit.com"),
    };
    const BASE_PATH: &'static str = "/v5";

    /// **Errors**: a key that is neither an HMAC secret nor an RSA key; a receive window that is no whole number of milliseconds, or
    /// longer than a minute.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)?, category: PhantomData })
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        // The key goes out with signed calls alone.
        Vec::new()
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const TRIGGERS_APART: bool = C::IS_SPOT;

    /// "After a server release or restart, filled, cancelled, and rejected orders of Unified account should only be queried through
    /// order history". Source: order/open-order.
    const HISTORY_APART: bool = true;

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|signer| signer.expiry(window))
    }
}

#[expect(private_bounds, reason = "sealed: the categories are those of this crate")]
impl<C: Category> BybitVenue<C> {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}

impl<C: Category> fmt::Debug for BybitVenue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BybitVenue").field("category", &C::WORD).field("signer", &self.signer).finish()
    }
}
