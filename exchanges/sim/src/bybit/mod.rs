//! Bybit's REST API v5: Spot and linear contracts, a dialect each, as a unified account in cross margin sees them. Source:
//! <https://github.com/bybit-exchange/docs> at `072c197`, folder `docs/v5`, read 2026-11-26.
//!
//! The gateway acknowledges an order, a change and a cancel, and says no more: what became of it, post-only orders that
//! would take and orders that found nobody among it, a query says. An order with a trigger keeps its id, and its kind of
//! order, when it begins to work. The last 500 orders that ended are among the recent ones, those and others in the
//! history; here the 500 that were placed last.
//!
//! Not there: the time between acknowledgement and engine, options, inverse contracts, contracts that end, margin of one
//! coin for another, borrowing, isolated and portfolio margin, funding, liquidation, exits attached to orders, trailing
//! stops, the limit on a market order's slippage that the venue sets by itself, position modes that differ from contract
//! to contract, and the private WebSocket that "disconnect cancel all" hangs on. Mark and index price are that of the last
//! trade. Limits count from second to second, where the venue's window rolls.

mod account;
mod bad_day;
mod errors;
mod market;
mod new_order;
mod orders;
mod params;
mod positions;
mod queries;
mod reports;
mod security;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::dialect::Api;
use crate::engine::{AccountId, Fees, OrderId};
use crate::instrument::Instrument;
use crate::limits::{Admission, Budget, RateLimits};
use crate::signature::{KeyError, Verifier};
use crate::uuid;
use crate::venue::{Call, Reply, Venue};
use errors::Failure;
use params::Query;

pub(crate) const SPOT: Api = Api {
    name: "bybit-spot",
    instruments: pairs,
    // Of those who are no VIP.
    fees: || Fees { maker: Decimal::new(1, 3), taker: Decimal::new(1, 3) },
    limits: || limits(Category::Spot),
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: |order| Category::Spot.told_id(order.id),
    order_id_names: ID_NAMES,
    echo: ECHO,
    stray: bad_day::STRAY,
    bad_day: |fault, _| bad_day::bad_day(Category::Spot, fault),
    check_key,
    handle: |venue, call, now_us| handle(venue, call, now_us, Category::Spot),
};

pub(crate) const LINEAR: Api = Api {
    name: "bybit-linear",
    instruments: contracts,
    // Of those who are no VIP.
    fees: || Fees { maker: Decimal::new(2, 4), taker: Decimal::new(55, 5) },
    limits: || limits(Category::Linear),
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: |order| Category::Linear.told_id(order.id),
    order_id_names: ID_NAMES,
    echo: ECHO,
    stray: bad_day::STRAY,
    bad_day: |fault, _| bad_day::bad_day(Category::Linear, fault),
    check_key,
    handle: |venue, call, now_us| handle(venue, call, now_us, Category::Linear),
};

/// What a dialect trades, of the categories that the venue has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Category {
    Linear,
    Spot,
}

impl Category {
    const fn word(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Spot => "spot",
        }
    }

    /// How replies name an order: by a number of nineteen digits on Spot, elsewhere by a UUID.
    fn told_id(self, id: OrderId) -> String {
        match self {
            Self::Linear => uuid::of(id),
            Self::Spot => (ORDER_IDS_FROM + id).to_string(),
        }
    }

    /// The engine's id of the order that a request names.
    fn engine_id(self, told: &str) -> Option<OrderId> {
        let id = match self {
            Self::Linear => uuid::number(told)?,
            Self::Spot => told.parse::<u64>().ok()?.checked_sub(ORDER_IDS_FROM)?,
        };
        Some(id).filter(|id| self.told_id(*id) == told)
    }

    /// Most orders of a batch. Source: order/batch-place.
    const fn batch_max(self) -> usize {
        match self {
            Self::Linear => 20,
            Self::Spot => 10,
        }
    }
}

/// Of spot orders: as long as the venue's.
const ORDER_IDS_FROM: u64 = 1_752_000_000_000_000_000;

/// Source: rate-limit, "HTTP IP limit", after which an address is banned at once, and "API Rate Limit Table".
fn limits(category: Category) -> RateLimits {
    RateLimits {
        weight: Budget::new(600, 5),
        orders: signed().map(|(_, limits)| Budget::new(limits[category as usize], 1)).collect(),
        violations_before_ban: 0,
        ban_seconds: 600,
        ..RateLimits::BANS
    }
}

fn pairs() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let pair = |base: &str, quote: &str, price, tick, lot| {
        let mut pair = Instrument::new(&format!("{base}{quote}"), base, quote, price, tick, lot);
        pair.algo_orders_max = 30;
        pair
    };
    let thousands = Decimal::from;
    let mut ethbtc = pair("ETH", "BTC", decimal(5, 2), decimal(1, 6), decimal(1, 4));
    (ethbtc.price_max, ethbtc.notional_min, ethbtc.house_worth) = (thousands(1_000), decimal(1, 4), decimal(1, 1));
    vec![
        pair("BTC", "USDT", thousands(60_000), decimal(1, 2), decimal(1, 6)),
        pair("ETH", "USDT", thousands(3_000), decimal(1, 2), decimal(1, 5)),
        pair("BTC", "USDC", thousands(60_000), decimal(1, 2), decimal(1, 6)),
        ethbtc,
    ]
}

/// Contracts that settle in USDT, and one that settles in USDC.
fn contracts() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let contract = |symbol: &str, base: &str, quote: &str, price, tick, lot| {
        let mut contract = Instrument::perpetual(symbol, base, quote, price, tick, lot);
        (contract.price_band_down, contract.price_band_up) = (decimal(9, 1), decimal(11, 1));
        (contract.quantity_max, contract.market_quantity_max) = (Decimal::from(1_190), Decimal::from(500));
        contract.algo_orders_max = 10;
        contract
    };
    let bitcoin = |symbol, quote| contract(symbol, "BTC", quote, Decimal::from(60_000), decimal(1, 1), decimal(1, 3));
    let mut ether = contract("ETHUSDT", "ETH", "USDT", Decimal::from(3_000), decimal(1, 2), decimal(1, 2));
    ether.quantity_max = Decimal::from(7_240);
    vec![bitcoin("BTCUSDT", "USDT"), ether, bitcoin("BTCPERP", "USDC")]
}

/// Source: guide: shared secrets, and RSA keys.
fn check_key(verifier: &Verifier) -> Result<(), KeyError> {
    match verifier {
        Verifier::Hmac(_) | Verifier::Rsa(_) => Ok(()),
        Verifier::Ec(_) => Err(KeyError::WrongKind("EC")),
        Verifier::Ed25519(_) => Err(KeyError::WrongKind("Ed25519")),
    }
}

/// What is answered under a code of 0.
struct Answer {
    result: Value,
    /// `retExtInfo`.
    further: Value,
}

impl Answer {
    fn new(result: Value) -> Self {
        Self { result, further: json!({}) }
    }
}

/// One request on its way.
struct Context<'v, 'c> {
    category: Category,
    venue: &'v mut Venue,
    call: &'c Call<'c>,
    now_us: u64,
    query: Query<'c>,
    /// What a POST says.
    body: Value,
    /// Whose request it is; 0 of public ones.
    account: AccountId,
}

type Run = fn(&mut Context<'_, '_>) -> Result<Answer, Failure>;

/// One endpoint, behind `/v5`.
struct Route {
    method: &'static str,
    path: &'static str,
    /// How often an account may call it within a second: for linear contracts, and on Spot. `None` of public ones.
    limits: Option<[u64; 2]>,
    run: Run,
}

const fn public(path: &'static str, run: Run) -> Route {
    Route { method: "GET", path, limits: None, run }
}

const fn get(path: &'static str, limit: u64, run: Run) -> Route {
    Route { method: "GET", path, limits: Some([limit; 2]), run }
}

const fn post(path: &'static str, limits: [u64; 2], run: Run) -> Route {
    Route { method: "POST", path, limits: Some(limits), run }
}

const ROUTES: &[Route] = &[
    post(CREATE, [10, 20], orders::place),
    post(CREATE_BATCH, [10, 20], orders::place_batch),
    post("/order/pre-check", [10, 20], orders::pre_check),
    post("/order/amend", [10, 10], orders::amend),
    post("/order/amend-batch", [10, 20], orders::amend_batch),
    post("/order/cancel", [10, 20], orders::cancel),
    post("/order/cancel-batch", [10, 20], orders::cancel_batch),
    post("/order/cancel-all", [10, 20], orders::cancel_all),
    post("/order/disconnected-cancel-all", [5, 5], orders::set_disconnect_window),
    get("/order/realtime", 50, queries::realtime),
    get("/order/history", 50, queries::history),
    get("/execution/list", 50, queries::executions),
    get("/account/wallet-balance", 50, account::wallet),
    get("/account/fee-rate", 10, account::fee_rates),
    get("/account/info", 50, account::info),
    get("/user/query-api", 10, account::key),
    get("/asset/coin/query-info", 5, account::coins),
    get("/position/list", 50, positions::list),
    post("/position/set-leverage", [10, 10], positions::set_leverage),
    post("/position/switch-mode", [10, 10], positions::switch_mode),
    public("/market/time", market::time),
    public("/market/instruments-info", market::instruments),
    public("/market/tickers", market::tickers),
    public("/market/orderbook", market::order_book),
    public("/market/recent-trade", market::trades),
];

const ECHO: &str = "\"orderLinkId\":\"";
const ID_NAMES: &[&str] = &[ECHO];
const CREATE: &str = "/order/create";
const CREATE_BATCH: &str = "/order/create-batch";

/// The endpoints of accounts, each with a window of its own in an account's counts.
fn signed() -> impl Iterator<Item = (&'static Route, [u64; 2])> {
    ROUTES.iter().filter_map(|route| Some((route, route.limits?)))
}

/// Answers one request that arrived at `now_us`.
fn handle(venue: &mut Venue, call: &Call<'_>, now_us: u64, category: Category) -> Reply {
    let (query, body) = (Query::parse(call.query), Value::Null);
    let mut context = Context { category, venue, call, now_us, query, body, account: 0 };
    let route = call
        .path
        .strip_prefix("/v5")
        .and_then(|path| ROUTES.iter().find(|route| (route.method, route.path) == (call.method, path)));
    let outcome = route.ok_or(Failure::NOT_FOUND).and_then(|route| context.answer(route));
    let headers = route.map_or(Vec::new(), |route| context.limit_headers(route));
    told(outcome, headers, now_us)
}

/// An answer or a refusal as it is sent.
fn told(outcome: Result<Answer, Failure>, headers: Vec<(&'static str, String)>, now_us: u64) -> Reply {
    let (status, code, message, answer) = match outcome {
        Ok(answer) => (200, 0, "OK".into(), answer),
        // Not the venue but what stands before it.
        Err(Failure { status: status @ (403 | 404), message, .. }) => {
            return Reply { status, content_type: "text/plain", headers, body: message.as_bytes().to_vec() };
        }
        Err(failure) => (failure.status, failure.code, failure.message, Answer::new(json!({}))),
    };
    let body = json!({
        "retCode": code, "retMsg": message, "result": answer.result, "retExtInfo": answer.further,
        "time": now_us / 1_000,
    });
    Reply { status, content_type: "application/json; charset=utf-8", headers, body: body.to_string().into_bytes() }
}

impl Context<'_, '_> {
    fn answer(&mut self, route: &Route) -> Result<Answer, Failure> {
        self.admit()?;
        if self.call.method == "GET" && !self.call.body.is_empty() {
            return Err(Failure::FORBIDDEN);
        }
        if route.limits.is_some() {
            self.account = self.identify()?;
            if self.call.method == "POST" {
                self.body = serde_json::from_slice(self.call.body).map_err(|_| Failure::parameter("body"))?;
            }
            if let Err(failure) = self.count(route) {
                self.record_all(route)?;
                return Err(failure);
            }
        }
        (route.run)(self)
    }

    /// Counts a request of an address, which is banned at once when it has made too many.
    fn admit(&mut self) -> Result<(), Failure> {
        let (ban_seconds, now_us) = (self.venue.limits.ban_seconds, self.now_us);
        match self.venue.address(self.call.peer).admit(1, ban_seconds, now_us) {
            Admission::Admitted => Ok(()),
            Admission::Banned { .. } | Admission::TooMany { .. } => Err(Failure::TOO_FREQUENT),
        }
    }

    /// Counts a request of an account, of a batch each of its orders. Source: order/batch-place: "the actual number of
    /// requests is the number of orders".
    fn count(&mut self, route: &Route) -> Result<(), Failure> {
        let orders = self.body["request"].as_array().map_or(1, Vec::len).max(1) as u64;
        let now_us = self.now_us;
        let Some(window) = self.window(route) else { return Ok(()) };
        if window.used(now_us) + orders > window.limit {
            return Err(Failure::with(10006, "Too many visits!"));
        }
        window.add(orders, now_us);
        Ok(())
    }

    /// What the account has used of an endpoint.
    fn window(&mut self, route: &Route) -> Option<&mut crate::limits::Window> {
        let place = signed().position(|(known, _)| known.path == route.path)?;
        self.venue.trader_mut(self.account).orders.get_mut(place)
    }

    /// Source: rate-limit, "HTTP Response Header Example".
    fn limit_headers(&mut self, route: &Route) -> Vec<(&'static str, String)> {
        let now_us = self.now_us;
        if self.account == 0 {
            return Vec::new();
        }
        let Some(window) = self.window(route) else { return Vec::new() };
        let left = window.limit.saturating_sub(window.used(now_us));
        // "The timestamp indicating when your request limit resets if you have exceeded your rate_limit. Otherwise, this
        // is just the current timestamp."
        let resets_us = if left == 0 { now_us - now_us % 1_000_000 + 1_000_000 } else { now_us };
        vec![
            ("x-bapi-limit", window.limit.to_string()),
            ("x-bapi-limit-status", left.to_string()),
            ("x-bapi-limit-reset-timestamp", (resets_us / 1_000).to_string()),
        ]
    }

    /// The ledger counts every authentic order, those too that no endpoint sees.
    fn record_all(&mut self, route: &Route) -> Result<(), Failure> {
        let orders = match route.path {
            CREATE => vec![self.body.clone()],
            CREATE_BATCH => self.body["request"].as_array().cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        orders.iter().try_for_each(|order| self.record(order))
    }

    /// Notes an order that was refused before the engine saw it.
    fn record(&mut self, order: &Value) -> Result<(), Failure> {
        match order["orderLinkId"].as_str() {
            Some(id) if !id.is_empty() => Ok(self.venue.refuse(id)?),
            _ => Ok(()),
        }
    }

    /// Milliseconds as replies have them.
    fn now_ms(&self) -> String {
        ms(self.now_us)
    }
}

fn ms(us: u64) -> String {
    (us / 1_000).to_string()
}

/// A number as the venue writes it: without zeros at its end.
fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

#[cfg(test)]
mod tests;
