//! Kraken Spot for orderwire: its REST API, margin included.
//!
//! ```
//! use orderwire_kraken::{Credentials, Environment, Kraken, NewOrder, Side, Symbol, dec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new("key", "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==")?;
//! let mut kraken = Kraken::builder(Environment::Live).credentials(credentials).dry_run()?;
//! let order = NewOrder::limit("mm1x1".parse()?, Symbol::new("XBTUSD")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let request = kraken.request(&order)?;
//! assert!(request.as_bytes().starts_with(b"POST /0/private/AddOrder HTTP/1.1\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! | call | request | of the API counter |
//! | --- | --- | --- |
//! | [`NewOrder`], [`KrakenOrder`] | `POST /private/AddOrder` | - |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`TestKrakenOrder`] | the same with `validate` | - |
//! | [`PlaceBatch`](orderwire::venue::PlaceBatch) | `POST /private/AddOrderBatch` | - |
//! | [`AmendOrder`], [`KrakenAmend`] | `POST /private/AmendOrder` | - |
//! | [`CancelOrder`](orderwire::venue::CancelOrder) | `POST /private/CancelOrder` | - |
//! | [`CancelBatch`](orderwire::venue::CancelBatch) | `POST /private/CancelOrderBatch` | - |
//! | [`CancelEverything`] | `POST /private/CancelAll` | - |
//! | [`CancelAllAfter`](orderwire::venue::CancelAllAfter) | `POST /private/CancelAllOrdersAfter` | - |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `POST /private/QueryOrders`; by client order id `/private/OpenOrders`, then `/private/ClosedOrders` | 1; 1, then 4 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `POST /private/OpenOrders` | 1 |
//! | [`GetClosedOrders`] | `POST /private/ClosedOrders` | 4 |
//! | [`GetFills`](orderwire::venue::GetFills) | `POST /private/TradesHistory` | 4 |
//! | [`Balances`](orderwire::venue::Balances) | `POST /private/BalanceEx` | 1 |
//! | [`GetPositions`](orderwire::venue::GetPositions) | `POST /private/OpenPositions` | 1 |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `POST /private/TradeVolume` | 1 |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /public/AssetPairs` | - |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /public/Depth` | - |
//! | [`ServerTime`](orderwire::venue::ServerTime), [`Ping`](orderwire::venue::Ping) | `GET /public/Time` | - |
//! | [`GetSystemStatus`] | `GET /public/SystemStatus` | - |
//! | [`RawCall`] | any | not counted |
//!
//! All paths stand after `/0`. [`Tier::limits`] keeps below the API counter; orders have counters of their own, one a pair.
//!
//! # Names
//!
//! A pair is named as its `altname`, `XBTUSD`, or by its id, `XXBTZUSD`: BTC is XBT here. Replies have either, and lists have the `altname`;
//! that of an order's pair is told apart from others by both.
//!
//! **Units**: quantities are base coin, also of market buys. A client order id is a UUID, or up to 18 characters, as
//! `next_id()` makes them.
//!
//! # One request in flight a key
//!
//! The venue takes a key's requests in the order of their nonces alone. A client of one key so has one slot; more slots need a key each,
//! `credentials_of_slots`, or one key with a nonce window, which is `recv_window` here:
//!
//! ```
//! # use std::time::Duration;
//! # use orderwire_kraken::{Credentials, Environment, Kraken};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (one, other) = (Credentials::new("one", "b25l")?, Credentials::new("other", "b3RoZXI=")?);
//! let two_keys = Kraken::builder(Environment::Live).connections(2).credentials_of_slots([one.clone(), other]).dry_run()?;
//! let in_a_window = Kraken::builder(Environment::Live).connections(4).credentials(one).recv_window(Duration::from_secs(10)).dry_run()?;
//! # Ok(())
//! # }
//! ```
//!
//! A key is one client's: two clients of one key shut each other out. `EAPI:Invalid nonce` is a rejection that did nothing.
//!
//! # What an answer says
//!
//! That an order was [received](AckStage::Received), and its id; a post-only order that would take is taken, and cancelled then. A cancel's
//! answer counts, and names no order.
//!
//! An order tells the venue a `deadline`, 3 to 59 seconds ahead, after which its engine refuses it: that of the call, so that it cannot land
//! long after its caller gave up. It is what settling goes by. The venue names no bound for requests without one: an order that this client
//! did not send is settled when it is found, and is never said to have never arrived.
//!
//! **Proved** against the venue's published example of a signature and the shapes of its documents; the venue has no public test
//! environment for spot. What is proved how, by operation: `exchanges/README.md`.
//!
//! **Source**: <https://docs.kraken.com/api/docs/guides/spot-rest-intro> and the pages beside it, read in a copy of 2026-05-27 to
//! 2026-08-25.

#![forbid(unsafe_code)]

mod account;
mod amend;
mod batch;
pub mod blocking;
pub mod errors;
mod fields;
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

use std::time::Duration;

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

pub use amend::KrakenAmend;
pub use batch::{Batch, CANCEL_BATCH_MAX, ORDER_BATCH_MAX};
pub use limits::Tier;
pub use market::{GetSystemStatus, SystemStatus};
pub use order::{Close, FeeCoin, KrakenOrder, Offset, Relative, SelfTradePrevention, Trailing, TriggerBy};
pub use orders::{GetClosedOrders, TestKrakenOrder};
pub use switch::CancelEverything;

use sign::{SETTLING, Signer};

/// A client of Kraken Spot. The environment has no default: live trading must be written out.
pub type Kraken = VenueClient<KrakenVenue>;

/// Collects what a [`Kraken`] client is made of.
pub type KrakenBuilder = VenueClientBuilder<KrakenVenue>;

/// Kraken Spot: its host, and the account's keys.
#[derive(Debug)]
pub struct KrakenVenue {
    signer: Option<Signer>,
}

impl Venue for KrakenVenue {
    const NAME: &'static str = "Kraken";
    const HOSTS: Hosts = Hosts { venue: "Kraken", live: "https://api.kraken.com", testnet: None, demo: None };
    const BASE_PATH: &'static str = "/0";

    /// **Errors**: a secret that is no base64, or a private key; more slots than keys, and no nonce window.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)? })
    }

    /// "We recommend clients to specify `User-Agent`." The key goes out with signed requests, each slot its own. Source: spot-rest-intro.
    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        vec![("User-Agent", "orderwire")]
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const KEY_PER_SLOT: bool = true;

    const ECHOES_ID: bool = false;

    const CLOCK_UNIT: Duration = Duration::from_secs(1);

    const HISTORY_APART: bool = true;

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        Some(sign::deadline(window))
    }
}

orderwire::venue_lacks! {
    KrakenVenue:
    CancelAll => Vec<CancelAck>, "cancelling all open orders of one instrument",
        "list open_orders() and cancel them with CancelBatch, 50 at a time; or CancelEverything, of all instruments";
}

impl KrakenVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
