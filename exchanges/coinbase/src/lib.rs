//! Coinbase Advanced Trade for orderwire: spot, and the futures of Coinbase Financial Markets, through one set of calls (REST, v3
//! brokerage).
//!
//! ```
//! use orderwire_coinbase::{Coinbase, Credentials, Environment, NewOrder, Side, Symbol, dec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Base64 of 64 bytes, as the venue hands out an Ed25519 key: this one is of RFC 8032, and opens nothing.
//! let secret = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
//! let credentials = Credentials::new("organizations/o/apiKeys/k", secret)?;
//! let mut coinbase = Coinbase::builder(Environment::Live).credentials(credentials).dry_run()?;
//! let order = NewOrder::limit("mm1x1".parse()?, Symbol::new("BTC-USD")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let request = coinbase.request(&order)?;
//! assert!(request.as_bytes().starts_with(b"POST /api/v3/brokerage/orders HTTP/1.1\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! | call | request |
//! | --- | --- |
//! | [`NewOrder`], [`CoinbaseOrder`] | `POST /orders` |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`TestCoinbaseOrder`] | `POST /orders/preview` |
//! | [`AmendOrder`], [`CoinbaseAmend`] | `POST /orders/edit` |
//! | [`TestAmend`] | `POST /orders/edit_preview` |
//! | [`CancelOrder`](orderwire::venue::CancelOrder), [`CancelBatch`](orderwire::venue::CancelBatch) | `POST /orders/batch_cancel` |
//! | [`ClosePosition`] | `POST /orders/close_position` |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /orders/historical/{order_id}`; by client order id `GET /orders/historical/batch` |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /orders/historical/batch` |
//! | [`GetFills`](orderwire::venue::GetFills) | `GET /orders/historical/fills` |
//! | [`Balances`](orderwire::venue::Balances) | `GET /accounts` |
//! | [`GetPositions`](orderwire::venue::GetPositions) | `GET /cfm/positions` |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /transaction_summary` |
//! | [`GetKeyPermissions`] | `GET /key_permissions` |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /market/products/{product_id}`, `GET /market/products` |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /market/product_book` |
//! | [`ServerTime`](orderwire::venue::ServerTime), [`Ping`](orderwire::venue::Ping) | `GET /time` |
//! | [`RawCall`] | any |
//!
//! All paths stand after `/api/v3/brokerage`. The venue has no batch of new orders, no cancel of everything, and no dead man's switch.
//! [`request_limits`] keeps below 30 signed requests a second of an account and 10 public ones of an address.
//!
//! **Units**: quantities are base coin, also of market buys ([`CoinbaseOrder::market_for_quote`] has them in quote coin), and contracts of
//! futures: [`Instrument::contract_size`] says how much one is.
//!
//! # Which id names an order
//!
//! A cancel and a change name it by the venue's id alone: [`OrderAck::order`] has it, and an [`OrderRef`] of our id alone is refused before
//! anything is sent. The register of orders in doubt knows an order by our id; [`settle`](orderwire::venue::VenueClient::settle) finds it
//! among the instrument's orders of the last day, and its answer has both.
//!
//! Placing under a client order id that is there already places nothing: the venue answers with the order that it has. So an order in doubt
//! may be sent again as it was, where having it twice is worse than not having it; settling never does so, it only asks.
//!
//! # What an answer says
//!
//! That an order, a cancel or a change was [received](AckStage::Received): a cancel may be queued behind the order's own fills.
//!
//! # Keys and tokens
//!
//! Ed25519 keys, base64 as the venue hands them out or PEM, and EC keys on P-256, PEM with line feeds or `\n` for them. Each signed request
//! carries a token; those of endpoints with one path are made ahead and are copied into a request, so that placing and cancelling sign
//! nothing. A token holds for 120 seconds, or for what `recv_window` says, 10 seconds at least: **no request counts after that**, and so long
//! it takes until an order that is nowhere to be found is said to have never arrived. The venue's words, "after which all requests are
//! unauthenticated", allow no more; that its checks do not either, nobody has measured. A call's deadline makes it no shorter, as the token is
//! not the call's own: an order may still land after its caller gave up, until its token ends.
//!
//! A token names the host that a request goes to. Behind a gateway of one's own the venue therefore has to be called by its own name.
//!
//! # Hosts
//!
//! There is one, of real money. [`SANDBOX_URL`], for [`Environment::custom`], answers with the same replies whatever is asked, for
//! accounts and orders alone, and looks at no key: it shows that a request arrives there and that its answer can be read. An order placed
//! there is [`Unknown`](Fate::Unknown), as the answer names another.
//!
//! **Proved** against the shapes of the venue's documents and its own client's keys and calls, and for spot against the simulated venue
//! (`orderwire-sim --dialect coinbase`), which was written from the documents and checks tokens with other code; never on the venue itself.
//! What is proved how, by operation: `exchanges/README.md`.
//!
//! **Source**: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/introduction> and the pages beside it, read in
//! copies of 2026-07 to 2026-09; <https://github.com/coinbase/coinbase-advanced-py> at `54fb8ed`, the venue's own client.

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
mod token;

use std::time::Duration;

use orderwire::venue::{
    BuildError, CancelAll, CancelAllAfter, ConfigError, Hosts, Observed, Response, Settling, Venue, VenueClient,
    VenueClientBuilder, VenueSettings, Window,
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

pub use account::{GetKeyPermissions, KeyPermissions};
pub use amend::{CoinbaseAmend, TestAmend};
pub use batch::CANCEL_BATCH_MAX;
pub use limits::request_limits;
pub use order::{Attached, CoinbaseOrder, MarginMode, Twap};
pub use orders::TestCoinbaseOrder;
pub use positions::ClosePosition;

use sign::{PREPARES_EVERY, SETTLING, Signer};

/// A client of Coinbase Advanced Trade. The environment has no default: live trading must be written out.
pub type Coinbase = VenueClient<CoinbaseVenue>;

/// Collects what a [`Coinbase`] client is made of.
pub type CoinbaseBuilder = VenueClientBuilder<CoinbaseVenue>;

/// Where canned replies are. Source: <https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/sandbox>, read in a copy of 2026-07.
pub const SANDBOX_URL: &str = "https://api-sandbox.coinbase.com";

/// Coinbase Advanced Trade: its host, and the account's key.
#[derive(Debug)]
pub struct CoinbaseVenue {
    signer: Option<Signer>,
}

impl Venue for CoinbaseVenue {
    const NAME: &'static str = "Coinbase";
    const HOSTS: Hosts = Hosts { venue: "Coinbase", live: "https://api.coinbase.com", testnet: None, demo: None };
    const BASE_PATH: &'static str = "/api/v3/brokerage";

    /// **Errors**: a secret of another kind than the venue hands out; a life of tokens of less than 10 seconds or more than 120.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)? })
    }

    /// As the venue's own client has them.
    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        vec![("User-Agent", "orderwire"), ("Content-Type", "application/json")]
    }

    const PREPARES_EVERY: Option<Duration> = Some(PREPARES_EVERY);

    fn prepare(&self, now: Timestamp) {
        if let Some(signer) = &self.signer {
            signer.prepare(now);
        }
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|signer| signer.expiry(window))
    }
}

orderwire::venue_lacks! {
    CoinbaseVenue:
    CancelAll => Vec<CancelAck>, "cancelling all open orders of an instrument with one request",
        "list open_orders() and cancel them with CancelBatch, 100 at a time";
    CancelAllAfter => (), "a dead man's switch",
        "Coinbase has none: give orders an end of their own, CoinbaseOrder::expires, and renew them";
}

impl CoinbaseVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
