//! The market of USD-M futures: perpetual and dated contracts that are margined in USDT, USDC and their like. Quantities are in the
//! base coin.
//!
//! | call | request | weight |
//! | --- | --- | --- |
//! | [`NewOrder`], [`UsdmOrder`] | `POST /fapi/v1/order`; with a trigger `POST /fapi/v1/algoOrder` | 0, and 1 order |
//! | [`TestOrder`](orderwire::venue::TestOrder), [`TestUsdmOrder`] | `POST /fapi/v1/order/test` | 0 |
//! | [`PlaceBatch`](orderwire::venue::PlaceBatch) | `POST /fapi/v1/batchOrders` | 5, and 5 orders |
//! | [`AmendOrder`](orderwire::venue::AmendOrder), [`UsdmAmend`] | `PUT /fapi/v1/order` | 0, and 1 order |
//! | [`AmendBatch`](orderwire::venue::AmendBatch) | `PUT /fapi/v1/batchOrders` | 5, and 5 orders |
//! | [`CancelOrder`](orderwire::venue::CancelOrder) | `DELETE /fapi/v1/order`; with a trigger `/fapi/v1/algoOrder` | 1 |
//! | [`CancelBatch`](orderwire::venue::CancelBatch) | `DELETE /fapi/v1/batchOrders` | 1 |
//! | [`CancelAll`](orderwire::venue::CancelAll) | `DELETE /fapi/v1/allOpenOrders`; of triggers `/fapi/v1/algoOpenOrders` | 1 |
//! | [`CancelAllAfter`](orderwire::venue::CancelAllAfter) | `POST /fapi/v1/countdownCancelAll` | 10 |
//! | [`QueryOrder`](orderwire::venue::QueryOrder) | `GET /fapi/v1/order`; with a trigger `/fapi/v1/algoOrder` | 1 |
//! | [`GetOpenOrder`] | `GET /fapi/v1/openOrder` | 1 |
//! | [`OpenOrders`](orderwire::venue::OpenOrders) | `GET /fapi/v1/openOrders`; of triggers `/fapi/v1/openAlgoOrders` | 1; 40 for all instruments |
//! | [`Balances`](orderwire::venue::Balances) | `GET /fapi/v3/balance` | 5 |
//! | [`GetAccount`] | `GET /fapi/v3/account` | 5 |
//! | [`GetPositions`](orderwire::venue::GetPositions) | `GET /fapi/v3/positionRisk` | 5 |
//! | [`SetLeverage`] | `POST /fapi/v1/leverage` | 1 |
//! | [`SetMarginType`] | `POST /fapi/v1/marginType` | 1 |
//! | [`SetPositionMode`], [`GetPositionMode`] | `POST`, `GET /fapi/v1/positionSide/dual` | 1, 30 |
//! | [`GetFills`](orderwire::venue::GetFills) | `GET /fapi/v1/userTrades` | 5 |
//! | [`GetFeeRates`](orderwire::venue::GetFeeRates) | `GET /fapi/v1/commissionRate` | 20 |
//! | [`GetOrderLimits`] | `GET /fapi/v1/rateLimit/order` | 1 |
//! | [`GetInstrument`](orderwire::venue::GetInstrument), [`GetInstruments`](orderwire::venue::GetInstruments) | `GET /fapi/v1/exchangeInfo` | 1 |
//! | [`GetTopOfBook`](orderwire::venue::GetTopOfBook) | `GET /fapi/v1/ticker/bookTicker` | 2 |
//! | [`ServerTime`](orderwire::venue::ServerTime) | `GET /fapi/v1/time` | 1 |
//! | [`Ping`](orderwire::venue::Ping) | `GET /fapi/v1/ping` | 1 |
//! | [`RawCall`](orderwire::venue::RawCall) | any | |
//!
//! Through [`RawCall`](orderwire::venue::RawCall) go isolated margin, multi-assets mode, and the lists of all orders, amendments,
//! income and forced orders.
//!
//! # Orders with a trigger
//!
//! Stop, take-profit and trailing orders live apart since 2025-12-09: at an endpoint and under ids of their own. An
//! [`OrderRef`] made from the order or its acknowledgement knows that, so that cancel, query and settle ask
//! where it lives; one written by hand says [`with_trigger`](orderwire::OrderRef::with_trigger). Once triggered such an order is
//! another one: [`OrderState::became`](orderwire::OrderState) is its id. Cancelling all, the dead man's switch and listing leave
//! them out: see [`VenueClient::cancel_all_triggers`] and [`VenueClient::open_triggers`].
//!
//! # Positions
//!
//! In one-way mode, the venue's default, buys and sells are netted. In hedge mode an account has a long and a short position in an
//! instrument, and every order says which it is for.
//!
//! **Source**: <https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info>, read as of 2026-01-15, and the
//! models of <https://github.com/binance/binance-connector-rust> at `f83a69b`, made from the venue's own specification of 2026-07.

mod account;
mod batch;
mod changes;
pub mod errors;
mod market;
mod order;
mod orders;
mod positions;
mod raw;
mod replies;

use orderwire::order::OrderRef;
use orderwire::venue::{
    BuildError, ConfigError, ConfigPart, Hosts, Observed, Response, Settling, Timestamp, Venue, VenueClient,
    VenueClientBuilder, VenueSettings, Window,
};

use crate::limits;
use crate::sign::{SETTLING, Signer};

pub use account::{GetAccount, GetOrderLimits, MarginAsset, OrderLimit, UsdmAccount};
pub use batch::{Batch, CANCEL_BATCH_MAX, ORDER_BATCH_MAX};
pub use changes::UsdmAmend;
pub use order::{PriceMatch, Trailing, TriggerBy, UsdmOrder};
pub use orders::{GetOpenOrder, TestUsdmOrder};
pub use positions::{GetPositionMode, Leverage, MarginType, PositionMode, SetLeverage, SetMarginType, SetPositionMode};

#[cfg(doc)]
use orderwire::order::NewOrder;

/// A client of Binance USD-M futures. The environment has no default: live trading must be written out.
pub type Usdm = VenueClient<UsdmVenue>;

/// Collects what a [`Usdm`] client is made of.
pub type UsdmBuilder = VenueClientBuilder<UsdmVenue>;

/// Binance USD-M futures: its hosts, and the account's key.
#[derive(Debug)]
pub struct UsdmVenue {
    signer: Option<Signer>,
}

impl Venue for UsdmVenue {
    const NAME: &'static str = "Binance USD-M futures";
    const HOSTS: Hosts = Hosts {
        venue: "Binance USD-M futures",
        live: "https://fapi.binance.com",
        testnet: Some("https://testnet.binancefuture.com"),
        demo: Some("https://demo-fapi.binance.com"),
    };
    const BASE_PATH: &'static str = "/fapi";

    /// **Errors**: as for Spot; a receive window that is no whole number of milliseconds, which futures do not take.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        if let Some(window) = settings.recv_window.filter(|window| window.subsec_nanos() % 1_000_000 != 0) {
            let problem = format_args!("recv_window is {window:?}: futures take whole milliseconds");
            return Err(ConfigError::new(ConfigPart::Builder, problem));
        }
        Ok(Self { signer: Signer::new(settings)? })
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        self.signer.iter().map(|signer| ("X-MBX-APIKEY", signer.api_key())).collect()
    }

    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::observe(response, observed);
    }

    const TRIGGERS_APART: bool = true;

    const SETTLING: Settling = SETTLING;

    fn expiry(&self, _: &OrderRef, window: &Window) -> Option<Timestamp> {
        self.signer.as_ref().map(|signer| signer.expiry(window))
    }
}

impl UsdmVenue {
    #[inline]
    fn signer(&self) -> Result<&Signer, BuildError> {
        Signer::needed(self.signer.as_ref())
    }
}
