//! OKX's REST API v5, as an account in futures mode sees it. Source: <https://www.okx.com/docs-v5/en/>, read 2026-07-28
//! through the mirror <https://github.com/samwjc/okx-api-v5-docs-zh> at `e2de730`.
//!
//! Pairs of coins are traded, and perpetual contracts that are margined in their quote coin. The engine counts in the base
//! coin; contracts are turned into it as a request comes in, and back as a reply goes out. An order with a trigger and what
//! it sets off are one order of the engine, under an id of either kind.
//!
//! Not there: pairs on margin, dated and inverse contracts, options; orders attached to others, and algorithms beside
//! `conditional` and `move_order_stop` with a ratio; the dead man's switch of a mark. A change to no more than is executed
//! cancels the order, which the venue calls filled.

mod account;
mod bad_day;
mod errors;
mod limits;
mod lists;
mod market;
mod new_order;
mod orders;
mod params;
mod positions;
mod reports;
mod security;
#[cfg(test)]
mod tests;
mod triggers;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::dialect::Api;
use crate::engine::{AccountId, Fees, Order, OrderId};
use crate::instrument::Instrument;
use crate::signature::{KeyError, Verifier};
use crate::venue::{Call, Reply, Venue};
use errors::Failure;
use limits::{Limit, Per};
use params::Query;

pub(crate) const API: Api = Api {
    name: "okx",
    instruments,
    // Of the lowest tier. Source: "Get fee rates", the example.
    fees: || Fees { maker: Decimal::new(8, 4), taker: Decimal::new(1, 3) },
    limits: limits::of_the_venue,
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: id_of,
    order_id_names: &["\"clOrdId\":\"", "\"algoClOrdId\":\""],
    echo: "lOrdId\":\"",
    stray: bad_day::STRAY,
    bad_day: bad_day::said,
    check_key,
    handle,
};

fn instruments() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let pair = |base: &str, quote: &str, price, tick, lot| {
        let mut pair = Instrument::new(&format!("{base}-{quote}"), base, quote, price, tick, lot);
        // The venue names none.
        pair.notional_min = Decimal::ZERO;
        pair.algo_orders_max = 200;
        pair
    };
    let contract = |base: &str, price, tick, size: Decimal| {
        let lot = size * decimal(1, 2);
        let mut contract = Instrument::perpetual(&format!("{base}-USDT-SWAP"), base, "USDT", price, tick, lot);
        (contract.contract_size, contract.notional_min) = (size, Decimal::ZERO);
        contract.quantity_max = size * Decimal::from(1_000_000);
        contract.market_quantity_max = size * Decimal::from(12_000);
        contract.algo_orders_max = 200;
        (contract.trailing_delta_min, contract.trailing_delta_max) = (10, 10_000);
        contract
    };
    let whole = Decimal::from;
    let mut ethbtc = pair("ETH", "BTC", decimal(5, 2), decimal(1, 5), decimal(1, 4));
    (ethbtc.price_max, ethbtc.house_worth) = (whole(1_000), Decimal::ONE);
    vec![
        pair("BTC", "USDT", whole(60_000), decimal(1, 1), decimal(1, 5)),
        pair("ETH", "USDT", whole(3_000), decimal(1, 2), decimal(1, 4)),
        pair("BTC", "USD", whole(60_000), decimal(1, 1), decimal(1, 5)),
        ethbtc,
        contract("BTC", whole(60_000), decimal(1, 1), decimal(1, 2)),
        contract("ETH", whole(3_000), decimal(1, 2), decimal(1, 1)),
    ]
}

/// The venue signs with a shared secret alone.
fn check_key(verifier: &Verifier) -> Result<(), KeyError> {
    match verifier {
        Verifier::Hmac(_) => Ok(()),
        Verifier::Ec(_) => Err(KeyError::WrongKind("EC")),
        Verifier::Ed25519(_) => Err(KeyError::WrongKind("Ed25519")),
        Verifier::Rsa(_) => Err(KeyError::WrongKind("RSA")),
    }
}

/// What is answered under a code of 0, 1 or 2.
struct Answer {
    code: &'static str,
    data: Value,
}

impl Answer {
    fn all(data: Vec<Value>) -> Self {
        Self { code: "0", data: Value::Array(data) }
    }

    /// Results of orders, each with an `sCode`: all done, none, or some.
    fn results(results: Vec<Value>) -> Self {
        let done = results.iter().filter(|result| result["sCode"] == "0").count();
        let code = match done {
            done if done == results.len() => "0",
            0 => "1",
            _ => "2",
        };
        Self { code, data: Value::Array(results) }
    }
}

/// One request on its way.
struct Context<'v, 'c> {
    venue: &'v mut Venue,
    call: &'c Call<'c>,
    now_us: u64,
    query: Query<'c>,
    /// Whose request it is; 0 of public ones.
    account: AccountId,
}

type Run = fn(&mut Context<'_, '_>) -> Result<Answer, Failure>;

/// One endpoint, behind `/api/v5`.
struct Route {
    method: &'static str,
    path: &'static str,
    signed: bool,
    /// How often it is answered. Of orders it is counted for each of them.
    limit: Limit,
    run: Run,
}

const fn public(path: &'static str, in_two_seconds: u64, run: Run) -> Route {
    let limit = Limit { amount: in_two_seconds, per: Per::Address };
    Route { method: "GET", path, signed: false, limit, run }
}

const fn get(path: &'static str, in_two_seconds: u64, run: Run) -> Route {
    let limit = Limit { amount: in_two_seconds, per: Per::Account };
    Route { method: "GET", path, signed: true, limit, run }
}

const fn post(path: &'static str, in_two_seconds: u64, run: Run) -> Route {
    Route { method: "POST", ..get(path, in_two_seconds, run) }
}

/// Counted by what is in it.
const fn orders(path: &'static str, in_two_seconds: u64, run: Run) -> Route {
    let limit = Limit { amount: in_two_seconds, per: Per::Instrument };
    Route { limit, ..post(path, in_two_seconds, run) }
}

const ROUTES: &[Route] = &[
    orders("/trade/order", 60, orders::place),
    orders("/trade/batch-orders", 300, orders::place_batch),
    orders("/trade/cancel-order", 60, orders::cancel),
    orders("/trade/cancel-batch-orders", 300, orders::cancel_batch),
    orders("/trade/amend-order", 60, orders::amend),
    orders("/trade/amend-batch-orders", 300, orders::amend_batch),
    // "1 in 1 s".
    post("/trade/cancel-all-after", 2, orders::cancel_all_after),
    post("/trade/order-precheck", 5, orders::precheck),
    post("/trade/close-position", 20, positions::close),
    get("/trade/order", 60, lists::query),
    get("/trade/orders-pending", 60, lists::open),
    get("/trade/orders-history", 40, lists::history),
    orders("/trade/order-algo", 20, triggers::place),
    orders("/trade/cancel-algos", 20, triggers::cancel),
    get("/trade/order-algo", 20, triggers::query),
    get("/trade/orders-algo-pending", 20, triggers::open),
    get("/trade/fills", 60, account::fills),
    get("/trade/fills-history", 10, account::fills),
    get("/trade/account-rate-limit", 2, account::order_rate),
    get("/account/balance", 10, account::balance),
    get("/account/positions", 10, positions::positions),
    get("/account/config", 5, account::config),
    get("/account/trade-fee", 5, account::fee_rates),
    post("/account/set-leverage", 20, positions::set_leverage),
    post("/account/set-position-mode", 5, positions::set_mode),
    get("/asset/currencies", 12, account::currencies),
    public("/public/time", 20, market::time),
    public("/public/instruments", 20, market::instruments),
    public("/market/ticker", 20, market::ticker),
    public("/market/tickers", 20, market::tickers),
    public("/market/books", 40, market::books),
    public("/market/trades", 100, market::trades),
];

/// Answers one request that arrived at `now_us`.
fn handle(venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Reply {
    match answer(venue, call, now_us) {
        Ok(Answer { code, data }) => {
            let (now, msg) = (now_us.to_string(), if code == "1" { "All operations failed" } else { "" });
            written(200, &json!({ "code": code, "data": data, "inTime": now, "msg": msg, "outTime": now }))
        }
        Err(failure) => {
            let body = json!({ "code": failure.code(), "data": [], "msg": failure.message });
            written(failure.status, &body)
        }
    }
}

/// A reply with the headers that all have. How much of a limit is used no header says.
fn written(status: u16, body: &Value) -> Reply {
    let headers = vec![("cache-control", "no-store".to_owned())];
    Reply { status, content_type: "application/json", headers, body: body.to_string().into_bytes() }
}

fn answer(venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Result<Answer, Failure> {
    let path = call.path.strip_prefix("/api/v5").unwrap_or_default();
    let same_path = || ROUTES.iter().filter(|route| route.path == path);
    let Some(route) = same_path().find(|route| route.method == call.method) else {
        return Err(if same_path().next().is_some() { Failure::METHOD } else { Failure::NOT_FOUND });
    };
    let mut context = Context { venue, call, now_us, query: Query::parse(call.query), account: 0 };
    if route.signed {
        context.account = context.identify()?;
    }
    if route.limit.per != Per::Instrument {
        context.count(route, None)?;
    }
    (route.run)(&mut context)
}

/// The number that the engine's order with this id has on this venue: as long as its own.
fn number_of(id: OrderId, has_trigger: bool) -> u64 {
    id + if has_trigger { ALGO_IDS } else { ORDER_IDS }
}

/// How replies name an order: with a trigger by its algorithm's number.
fn id_of(order: &Order) -> String {
    number_of(order.id, order.request.trigger.is_some()).to_string()
}

/// The engine's id of the order with this number.
fn engine_id(number: &str, has_trigger: bool) -> Option<OrderId> {
    number.parse::<u64>().ok()?.checked_sub(if has_trigger { ALGO_IDS } else { ORDER_IDS })
}

/// The first number of orders, and of those with a trigger: nineteen digits, as the venue's have.
const ORDER_IDS: u64 = 1_752_000_000_000_000_000;
const ALGO_IDS: u64 = 1_852_000_000_000_000_000;
