//! The Spot market.
//!
//! | call | request | weight |
//! | --- | --- | --- |
//! | [`NewOrder`], [`SpotOrder`] | `POST /api/v3/order` | 1 |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`TestSpotOrder`] | `POST /api/v3/order/test` | 1 |
//! | [`CancelOrder`](orderwire::venue::CancelOrder), [`CancelOnly`] | `DELETE /api/v3/order` | 1 |
//! | [`CancelReplace`] | `POST /api/v3/order/cancelReplace` | 1 |
//! | [`AmendOrder`](orderwire::venue::AmendOrder) | `PUT /api/v3/order/amend/keepPriority` | 4 |
//! | [`OrderList`] | `POST /api/v3/orderList/oco`, `/oto`, `/otoco`, `/opo`, `/opoco` | 1 |
//! | [`CancelOrderList`] | `DELETE /api/v3/orderList` | 1 |
//! | [`QueryOrderList`] | `GET /api/v3/orderList` | 4 |
//! | [`CancelAll`](orderwire::venue::CancelAll) | `DELETE /api/v3/openOrders` | 1 |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /api/v3/order` | 4 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /api/v3/openOrders` | 6; 80 for all instruments |
//! | [`Balances`](orderwire::venue::Balances) | `GET /api/v3/account` | 20 |
//! | [`GetFills`](orderwire::venue::GetFills) | `GET /api/v3/myTrades` | 20; 5 for one order |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /api/v3/account/commission` | 20 |
//! | [`GetOrderCounts`] | `GET /api/v3/rateLimit/order` | 40 |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /api/v3/exchangeInfo` | 20 |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /api/v3/ticker/bookTicker` | 2 |
//! | [`ServerTime`](orderwire::venue::ServerTime) | `GET /api/v3/time` | 1 |
//! | [`Ping`](orderwire::venue::Ping) | `GET /api/v3/ping` | 1 |
//! | [`RawCall`](orderwire::venue::RawCall) | any | |
//!
//! Through [`RawCall`](orderwire::venue::RawCall) go smart order routing (`/api/v3/sor/order` and its test), a test order's
//! commission rates (`computeCommissionRates`), an id for a cancel itself (`newClientOrderId` of `DELETE /api/v3/order`,
//! `cancelNewClientOrderId`), and the lists of all orders, of all and of open order lists, of prevented matches,
//! allocations and amendments.
//!
//! Times are read in milliseconds or microseconds, whichever the reply has. For microseconds:
//! `.default_header("X-MBX-TIME-UNIT", "MICROSECOND")?` on the builder.

mod account;
mod changes;
pub mod errors;
mod lists;
mod market;
mod order;
mod orders;
mod raw;
mod replies;

use orderwire::order::OrderRef;
use orderwire::position::Position;
use orderwire::venue::{
    BuildError, CancelAllAfter, ConfigError, GetPositions, Hosts, Observed, Response, Settling, Timestamp, Venue,
    VenueClient, VenueClientBuilder, VenueSettings, Window,
};

use crate::limits;
use crate::sign::{SETTLING, Signer};

pub use account::{GetOrderCounts, OrderCount};
pub use changes::{CancelOnly, CancelReplace, CancelReplaced, CancelRestriction, Half};
pub use lists::{
    CancelOrderList, LIST_ORDERS_MAX, ListOrders, ListRef, OrderList, OrderListAck, OrderListState, QueryOrderList,
};
pub use order::{Peg, PegTo, SpotOrder};
pub use orders::TestSpotOrder;

#[cfg(doc)]
use orderwire::order::NewOrder;

/// A client of Binance Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;

/// Binance Spot: its hosts, and the account's key.
#[derive(Debug)]
pub struct SpotVenue {
    signer: Option<Signer>,
}

impl Venue for SpotVenue {
    const NAME: &'static str = "Binance Spot";
    const HOSTS: Hosts = Hosts {
        venue: "Binance Spot",
        live: "https://api.binance.com",
        testnet: Some("https://testnet.binance.vision"),
        demo: Some("https://demo-api.binance.com"),
    };
    const BASE_PATH: &'static str = "/api/v3";

    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self { signer: Signer::new(settings)? })
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        self.signer.iter().map(|signer| ("X-MBX-APIKEY", signer.api_key())).collect()
    }

    #[inline]
    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|signer| signer.expiry(window))
    }
}

orderwire::venue_lacks! {
    SpotVenue:
    CancelAllAfter => (), "a dead man's switch", "the venue has none on Spot, so cancel_all before you leave";
    GetPositions => Vec<Position>, "asking for positions", "Spot owns its coins, and balances() says how many";
}

impl SpotVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
