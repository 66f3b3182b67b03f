//! Binance USD-M futures' REST API. Source: <https://developers.binance.com/docs/derivatives/usds-margined-futures>, read as
//! of 2026-01-15, and the models of <https://github.com/binance/binance-connector-rust> at `f83a69b`.
//!
//! Orders with a trigger live apart, at endpoints and under ids of their own, until they are triggered: then an order of the
//! same client order id stands among the others. The mark price is that of the last trade.
//!
//! Not there: funding, liquidation, margin that is isolated in truth, multi-assets mode, income and the lists of all orders.
//! An id that an order with a trigger holds is taken for the others too, which the venue keeps apart.

mod account;
mod conditional;
mod errors;
mod market;
mod new_order;
mod orders;
mod reports;
mod settings;

use rust_decimal::Decimal;
use serde::Serialize;
use serde::ser::Serializer;

use crate::binance::{self, Market, Places, Route, by_symbol, fixed, public, signed};
use crate::dialect::Api;
use crate::engine::{Fees, Order, OrderId};
use crate::instrument::Instrument;
use crate::limits::{Budget, RateLimits};

pub(crate) const API: Api = Api {
    name: "binance-usdm",
    instruments,
    // Source: the venue's regular tier.
    fees: || Fees { maker: Decimal::new(2, 4), taker: Decimal::new(5, 4) },
    limits,
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: told_id,
    order_id_names: &["newClientOrderId=", "clientAlgoId=", "newClientOrderId%22%3A%22"],
    echo: "rderId\":\"",
    stray: binance::STRAY,
    bad_day: binance::bad_day,
    check_key: binance::check_key,
    handle: binance::handle::<Usdm>,
};

/// USD-M futures, to the doors that all markets of Binance have in common.
pub(crate) struct Usdm;

/// One request on its way.
type Context<'v, 'c> = binance::Context<'v, 'c, Usdm>;

impl Market for Usdm {
    const ROUTES: &'static [Route<Self>] = ROUTES;
    const WEIGHT_HEADERS: &'static [&'static str] = &["x-mbx-used-weight-1m"];
}

/// Source: `exchangeInfo.rateLimits` of the production venue.
fn limits() -> RateLimits {
    RateLimits {
        weight: Budget::new(2_400, 60),
        orders: vec![Budget::new(300, 10), Budget::new(1_200, 60)],
        ..RateLimits::BANS
    }
}

/// The contracts this venue trades: the usual ones, one margined in another coin, and one with a name outside ASCII, as the
/// venue has some.
fn instruments() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let contract = |base: &str, quote: &str, price, tick, lot, notional_min| {
        let mut contract = Instrument::perpetual(&format!("{base}{quote}"), base, quote, price, tick, lot);
        (contract.notional_min, contract.house_worth) = (notional_min, notional_min * Decimal::ONE_THOUSAND);
        (contract.price_band_down, contract.price_band_up) = (decimal(95, 2), decimal(105, 2));
        contract.quantity_max = Decimal::from(1_000);
        contract.algo_orders_max = 200;
        (contract.trailing_delta_min, contract.trailing_delta_max) = (10, 1_000);
        contract
    };
    let bitcoin =
        |quote| contract("BTC", quote, Decimal::from(60_000), decimal(1, 1), decimal(1, 3), Decimal::from(50));
    let mut ether = contract("ETH", "USDT", Decimal::from(3_000), decimal(1, 2), decimal(1, 3), Decimal::from(20));
    ether.quantity_max = Decimal::from(10_000);
    let mut foreign = contract("币安人生", "USDT", decimal(1, 1), decimal(1, 5), Decimal::ONE, Decimal::from(5));
    (foreign.quantity_max, foreign.market_quantity_max) = (Decimal::from(10_000_000), Decimal::from(1_000_000));
    vec![bitcoin("USDT"), ether, bitcoin("USDC"), foreign]
}

const ROUTES: &[Route<Usdm>] = &[
    Route { places: ALONE, ..signed("POST", "/fapi/v1/order", new_order::PLAIN, fixed::<0>, orders::place) },
    signed("POST", "/fapi/v1/order/test", new_order::PLAIN, fixed::<0>, orders::test),
    Route { places: Places::Batch, ..signed("POST", "/fapi/v1/batchOrders", BATCH, fixed::<5>, orders::place_batch) },
    Route { places: NONE, ..signed("PUT", "/fapi/v1/order", orders::MODIFY, fixed::<0>, orders::modify) },
    Route { places: NONE, ..signed("PUT", "/fapi/v1/batchOrders", BATCH, fixed::<5>, orders::modify_batch) },
    signed("DELETE", "/fapi/v1/order", orders::NAMED, fixed::<1>, orders::cancel),
    signed("DELETE", "/fapi/v1/batchOrders", orders::LISTS, fixed::<1>, orders::cancel_batch),
    signed("DELETE", "/fapi/v1/allOpenOrders", SYMBOL, fixed::<1>, orders::cancel_all),
    signed("POST", "/fapi/v1/countdownCancelAll", &["symbol", "countdownTime"], fixed::<10>, settings::countdown),
    signed("GET", "/fapi/v1/order", orders::NAMED, fixed::<1>, orders::query),
    signed("GET", "/fapi/v1/openOrder", orders::NAMED, fixed::<1>, orders::query_open),
    signed("GET", "/fapi/v1/openOrders", SYMBOL, by_symbol::<1, 40>, orders::open),
    Route {
        places: Places::Named(&["clientAlgoId"]),
        ..signed("POST", "/fapi/v1/algoOrder", new_order::CONDITIONAL, fixed::<0>, conditional::place)
    },
    signed("DELETE", "/fapi/v1/algoOrder", conditional::NAMED, fixed::<1>, conditional::cancel),
    signed("GET", "/fapi/v1/algoOrder", conditional::NAMED, fixed::<1>, conditional::query),
    signed("DELETE", "/fapi/v1/algoOpenOrders", SYMBOL, fixed::<1>, conditional::cancel_all),
    signed("GET", "/fapi/v1/openAlgoOrders", SYMBOL, by_symbol::<1, 40>, conditional::open),
    signed("GET", "/fapi/v3/balance", &[], fixed::<5>, account::balances),
    signed("GET", "/fapi/v3/account", &[], fixed::<5>, account::account),
    signed("GET", "/fapi/v3/positionRisk", SYMBOL, fixed::<5>, account::positions),
    signed("GET", "/fapi/v1/userTrades", account::TRADES, fixed::<5>, account::trades),
    signed("GET", "/fapi/v1/commissionRate", SYMBOL, fixed::<20>, account::commission),
    signed("GET", "/fapi/v1/rateLimit/order", &[], fixed::<1>, account::order_limits),
    signed("POST", "/fapi/v1/leverage", &["symbol", "leverage"], fixed::<1>, settings::leverage),
    signed("POST", "/fapi/v1/marginType", &["symbol", "marginType"], fixed::<1>, settings::margin_type),
    signed("POST", "/fapi/v1/positionSide/dual", &["dualSidePosition"], fixed::<1>, settings::set_mode),
    signed("GET", "/fapi/v1/positionSide/dual", &[], fixed::<30>, settings::mode),
    public("/fapi/v1/ping", &[], fixed::<1>, market::ping),
    public("/fapi/v1/time", &[], fixed::<1>, market::time),
    public("/fapi/v1/exchangeInfo", &[], fixed::<1>, market::info),
    public("/fapi/v1/ticker/bookTicker", SYMBOL, by_symbol::<2, 5>, market::book_ticker),
];

const ALONE: Places = Places::Named(&["newClientOrderId"]);
/// Counted as orders are, though none is placed.
const NONE: Places = Places::Named(&[]);
const BATCH: &[&str] = &["batchOrders"];
const SYMBOL: &[&str] = &["symbol"];

/// What one order adds to the account's counts, and what a batch does. Source: "Place Multiple Orders".
const ONE: [u64; 2] = [1, 1];
const FIVE: [u64; 2] = [5, 1];

/// Ids of orders, and of those with a trigger, begin here: the venue's are beyond what a 64-bit float holds, and the two
/// never meet.
const ORDER_IDS_FROM: u64 = 8_389_765_000_000_000_000;
const ALGO_IDS_FROM: u64 = 2_000_000_000;

fn told_id(order: &Order) -> String {
    let from = if order.request.trigger.is_some() { ALGO_IDS_FROM } else { ORDER_IDS_FROM };
    (from + order.id).to_string()
}

/// The engine's id of an order that a request names by the venue's; 0 is none.
fn engine_id(told: u64, from: u64) -> OrderId {
    told.saturating_sub(from)
}

/// A number as the venue writes it: text without needless zeros.
#[derive(Clone, Copy, Debug, Default)]
struct Number(Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.normalize())
    }
}

/// An amount of money: eight decimals.
#[derive(Clone, Copy, Debug, Default)]
struct Amount(Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.8}", self.0))
    }
}
