//! Bitget Spot for orderwire: the classic account's calls (API v2), with HMAC and RSA keys.
//!
//! ```
//! use orderwire_bitget::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new("key", "secret")?.with_passphrase("passphrase")?;
//! let mut spot = Spot::builder(Environment::Demo).credentials(credentials).dry_run()?;
//! let order = NewOrder::limit("mm1-1".parse()?, Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let request = spot.request(&order)?;
//! assert!(request.as_bytes().starts_with(b"POST /api/v2/spot/trade/place-order HTTP/1.1\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! | call | request | limit a second |
//! | --- | --- | --- |
//! | [`NewOrder`], [`BitgetOrder`] | `POST /spot/trade/place-order` | 10 |
//! | [`PlaceBatch`](orderwire::venue::PlaceBatch) | `POST /spot/trade/batch-orders` | 5 |
//! | [`CancelOrder`](orderwire::venue::CancelOrder) | `POST /spot/trade/cancel-order` | 10 |
//! | [`CancelBatch`](orderwire::venue::CancelBatch) | `POST /spot/trade/batch-cancel-order` | 10 |
//! | [`CancelAll`](orderwire::venue::CancelAll) | `POST /spot/trade/cancel-symbol-order` | 5 |
//! | [`CancelReplace`] | `POST /spot/trade/cancel-replace-order` | 5 |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /spot/trade/orderInfo`, of past orders `/spot/trade/history-orders` | 20 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /spot/trade/unfilled-orders` | 20 |
//! | [`GetFills`](orderwire::venue::GetFills) | `GET /spot/trade/fills` | 10 |
//! | [`Balances`](orderwire::venue::Balances) | `GET /spot/account/assets` | 10 |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /common/trade-rate` | 10 |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /spot/public/symbols` | 20, of an address |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /spot/market/tickers` | 20, of an address |
//! | [`ServerTime`](orderwire::venue::ServerTime), [`Ping`](orderwire::venue::Ping) | `GET /public/time` | 20, of an address |
//! | [`RawCall`] | any | |
//!
//! All paths stand after `/api/v2`. Limits are those of the account where nothing else is said.
//!
//! # What an answer says
//!
//! That an order or a cancel was [received](AckStage::Received): an answer has two ids and nothing else. A post-only order that would
//! take is acknowledged, and cancelled then; a query says so.
//!
//! # What settling can say
//!
//! By client order id the venue finds orders that are open, and no others. Those that have ended are looked for among all that the
//! instrument had since the order was sent; where that is not known, since somebody else sent it, within [`REMEMBERED`]: settle an
//! order of an earlier run in that time. By the venue's own id it is found at any time.
//!
//! # What the venue does not have
//!
//! A market buy by its quantity: the venue counts it in the quote coin, [`BitgetOrder::market_for_quote`]. A change that keeps the order:
//! [`CancelReplace`]. A test of orders, and a dead man's switch. Orders with a trigger are a product of their own there, whose ids are
//! not looked up with the others: by [`RawCall`], as futures and margin are.
//!
//! **Units**: base coin, but for what [`BitgetOrder::market_for_quote`] spends.
//!
//! # Hosts
//!
//! Demo trading is the same host with a header and a key of its own: [`Environment::Demo`] sends it; elsewhere
//! `.default_header("paptrading", "1")?` on the builder does. An account that was turned into a unified one is refused here, with code
//! 40085.
//!
//! **Proved** against the venue's published examples and replies: by vectors only, neither against a simulated venue nor on its demo
//! trading. What is proved how, by operation: `exchanges/README.md`.
//!
//! **Source** of all: <https://www.bitget.com/api-doc/spot/trade/Place-Order> and its neighbours, read 2026-11-26. The signature and the
//! codes of errors stand in the pages of v1 (<https://github.com/rektibus/exchange-docs> at `3b5108d`), and hold in v2 by two clients
//! that others wrote: <https://github.com/tiagosiebler/bitget-api> at `e4224c3`, ccxt 4.5.90.

#![forbid(unsafe_code)]

mod account;
mod batch;
pub mod blocking;
mod changes;
pub mod errors;
mod limits;
mod market;
mod order;
mod orders;
mod raw;
mod replies;
mod sign;

use orderwire::venue::{
    AmendOrder, BuildError, CancelAllAfter, ConfigError, GetPositions, Hosts, Observed, Response, Settling, TestOrder,
    Venue, VenueClient, VenueClientBuilder, VenueSettings, Window,
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
pub use orderwire::venue::{Credentials, Environment, FillsSince, Instrument, RawCall, RawReply};

pub use batch::{BATCH_MAX, Batch};
pub use changes::CancelReplace;
pub use order::{BitgetOrder, SelfTradePrevention};
pub use orders::REMEMBERED;

use sign::{SETTLING, Signer};

/// A client of Bitget Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;

/// Bitget Spot: its host, and the account's key.
#[derive(Debug)]
pub struct SpotVenue {
    signer: Option<Signer>,
    is_demo: bool,
}

impl Venue for SpotVenue {
    const NAME: &'static str = "Bitget Spot";
    const HOSTS: Hosts = Hosts {
        venue: "Bitget Spot",
        live: "https://api.bitget.com",
        testnet: None,
        // The same: a header makes the difference.
        demo: Some("https://api.bitget.com"),
    };
    const BASE_PATH: &'static str = "/api/v2";

    /// **Errors**: credentials without a passphrase, or with a key that is neither an HMAC secret nor an RSA key; a receive window of more
    /// than the 30 seconds that a timestamp is good for, or less than a millisecond.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)?, is_demo: settings.is_demo })
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        let account = self
            .signer
            .iter()
            .flat_map(|signer| [("ACCESS-KEY", signer.api_key()), ("ACCESS-PASSPHRASE", signer.passphrase())]);
        let demo = self.is_demo.then_some(("paptrading", "1"));
        account.chain(demo).chain([("Content-Type", "application/json")]).collect()
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    /// By client order id, open orders alone are found: "the order is in unfilled status". Source: "Get Order Info".
    const HISTORY_APART: bool = true;

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|_| Signer::expiry(window))
    }
}

orderwire::venue_lacks! {
    SpotVenue:
    AmendOrder => AmendAck, "changing an order that stays what it is", "send a CancelReplace";
    CancelAllAfter => (), "a dead man's switch",
        "Bitget has none for this account: cancel_all(..), or keep orders short with IOC and FOK";
    GetPositions => Vec<Position>, "asking for positions on Spot", "a spot account has balances";
    TestOrder => (), "testing an order without placing it", "place it far from the market, post only, or on demo trading";
}

impl SpotVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
