//! Coinbase Advanced Trade, `/api/v3/brokerage`, on Spot: orders of most kinds, edits, previews, cancels, queries, executions, accounts;
//! no futures. Of `/v2` only what a client asks while it loads markets.
//!
//! A token names method, host and path, and may be used again within its life. A place request with a client order id that is known makes
//! no order: it is answered with the first one. A cancel is taken and carried out two milliseconds later; until then the order is
//! `CANCEL_QUEUED`, and may still be filled. `OPEN` in a list of orders is that status alone.
//!
//! What its documents do not say: what a token's times may be off by (here nothing), whether a nonce may come twice (here it may), how long
//! an order takes to show, which words a cancel of an order that has ended gets, and what a buyer's fee is paid with: the engine takes it of
//! what was bought, and it is told in the quote coin. Brackets, TWAP and scaled orders, sizes of limit orders in the quote coin, attached
//! orders and margin are refused as unsupported. Edits leave no history.
//!
//! **Source**: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/introduction> and the pages beside it, read in a
//! copy of 2026-07 to 2026-09; <https://github.com/coinbase/coinbase-advanced-py> at `54fb8ed`.

mod account;
mod bad_day;
mod errors;
mod market;
mod new_order;
mod orders;
mod params;
mod queries;
mod reports;
mod security;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::dialect::Api;
use crate::engine::{AccountId, Fees, MarketId};
use crate::instrument::Instrument;
use crate::limits::{Admission, Budget, RateLimits, Window};
use crate::signature::{KeyError, Verifier};
use crate::uuid;
use crate::venue::{Call, Reply, Venue};
use errors::Failure;
use params::{Fields, Query};

pub(crate) const API: Api = Api {
    name: "coinbase",
    instruments: products,
    // Of the tier from 10,000 USD on. Source: <https://www.coinbase.com/advanced-fees>.
    fees: || Fees { maker: Decimal::new(25, 4), taker: Decimal::new(4, 3) },
    limits,
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: |order| uuid::of(order.id),
    order_id_names: &[ECHO],
    echo: ECHO,
    stray: bad_day::STRAY,
    bad_day: bad_day::bad_day,
    check_key,
    handle,
};

const ECHO: &str = "\"client_order_id\":\"";

/// 30 private requests of a user and 10 public ones of an address in a second. Nobody is banned. Source: "Advanced Trade REST API rate
/// limits", by third parties.
fn limits() -> RateLimits {
    RateLimits {
        weight: Budget::new(10, 1),
        orders: vec![Budget::new(30, 1)],
        violations_before_ban: u64::MAX,
        ..RateLimits::BANS
    }
}

fn products() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let product = |base: &str, quote: &str, price, tick| {
        let mut product = Instrument::new(&format!("{base}-{quote}"), base, quote, price, tick, decimal(1, 8));
        product.notional_min = Decimal::ONE;
        product.algo_orders_max = 100;
        product
    };
    let thousands = Decimal::from;
    let mut ethbtc = product("ETH", "BTC", decimal(5, 2), decimal(1, 5));
    (ethbtc.price_max, ethbtc.notional_min, ethbtc.house_worth) = (thousands(1_000), decimal(16, 6), decimal(1, 1));
    vec![
        product("BTC", "USD", thousands(60_000), decimal(1, 2)),
        product("ETH", "USD", thousands(3_000), decimal(1, 2)),
        product("BTC", "USDT", thousands(60_000), decimal(1, 2)),
        product("ETH", "USDT", thousands(3_000), decimal(1, 2)),
        ethbtc,
    ]
}

/// Tokens are signed with ES256 or EdDSA.
fn check_key(verifier: &Verifier) -> Result<(), KeyError> {
    match verifier {
        Verifier::Ec(_) | Verifier::Ed25519(_) => Ok(()),
        Verifier::Hmac(_) => Err(KeyError::WrongKind("HMAC")),
        Verifier::Rsa(_) => Err(KeyError::WrongKind("RSA")),
    }
}

/// One request on its way.
struct Context<'v, 'c> {
    venue: &'v mut Venue,
    call: &'c Call<'c>,
    now_us: u64,
    query: Query<'c>,
    /// What a POST says.
    body: Value,
    /// What its path names: an order, a product, an account.
    named: &'c str,
    /// Whose request it is; 0 of public ones.
    account: AccountId,
}

type Run = fn(&mut Context<'_, '_>) -> Result<Value, Failure>;

/// One endpoint: method, path behind [`PREFIX`] with `*` for what is named, whether it needs a key.
struct Route(&'static str, &'static str, bool, Run);

const PREFIX: &str = "/api/v3/brokerage";

const ROUTES: &[Route] = &[
    Route("POST", ORDERS, true, orders::place),
    Route("POST", "/orders/preview", true, orders::preview),
    Route("POST", "/orders/edit", true, orders::edit),
    Route("POST", "/orders/edit_preview", true, orders::preview_edit),
    Route("POST", "/orders/batch_cancel", true, orders::cancel),
    Route("GET", "/orders/historical/batch", true, queries::orders),
    Route("GET", "/orders/historical/fills", true, queries::fills),
    Route("GET", "/orders/historical/*", true, queries::order),
    Route("GET", "/accounts", true, account::accounts),
    Route("GET", "/accounts/*", true, account::account),
    Route("GET", "/transaction_summary", true, account::fees),
    Route("GET", "/key_permissions", true, account::permissions),
    Route("GET", "/cfm/balance_summary", true, account::futures_balance),
    Route("GET", "/cfm/positions", true, account::futures_positions),
    Route("GET", "/products", true, market::products),
    Route("GET", "/products/*", true, market::product),
    Route("GET", "/products/*/ticker", true, market::trades),
    Route("GET", "/product_book", true, market::book),
    Route("GET", "/best_bid_ask", true, market::best),
    Route("GET", "/time", false, market::time),
    Route("GET", "/market/products", false, market::products),
    Route("GET", "/market/products/*", false, market::product),
    Route("GET", "/market/products/*/ticker", false, market::trades),
    Route("GET", "/market/product_book", false, market::book),
    Route("GET", "/v2/time", false, market::time_v2),
    Route("GET", "/v2/currencies", false, market::currencies),
    Route("GET", "/v2/currencies/crypto", false, market::coins),
    Route("GET", "/v2/exchange-rates", false, market::rates),
];

const ORDERS: &str = "/orders";

/// What a path names, if it is this route's.
fn named<'p>(route: &str, path: &'p str) -> Option<&'p str> {
    let Some((before, after)) = route.split_once('*') else { return (route == path).then_some("") };
    let named = path.strip_prefix(before)?.strip_suffix(after)?;
    (!named.is_empty() && !named.contains('/')).then_some(named)
}

/// Answers one request that arrived at `now_us`.
fn handle(venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Reply {
    let (query, body) = (Query::parse(call.query), Value::Null);
    let mut context = Context { venue, call, now_us, query, body, named: "", account: 0 };
    let path = call.path.strip_prefix(PREFIX).unwrap_or(call.path);
    let found = ROUTES
        .iter()
        .find_map(|route| named(route.1, path).filter(|_| route.0 == call.method).map(|named| (route, named)));
    let Some((route, named)) = found else { return Err(Failure::not_found("Not Found")).into() };
    context.named = named;
    let outcome = context.answer(route);
    let mut reply = Reply::from(outcome);
    reply.headers = context.limit_headers(route);
    reply
}

/// An answer or a refusal as it is sent.
impl From<Result<Value, Failure>> for Reply {
    fn from(outcome: Result<Value, Failure>) -> Self {
        let (status, content_type, body) = match outcome {
            Ok(answer) => (200, "application/json", answer.to_string()),
            Err(Failure::Unauthorized) => (401, "text/plain; charset=utf-8", "Unauthorized\n".to_owned()),
            Err(Failure::Status(failure)) => (failure.status, "application/json", failure.told().to_string()),
        };
        Self { status, content_type, headers: Vec::new(), body: body.into_bytes() }
    }
}

impl Context<'_, '_> {
    fn answer(&mut self, Route(_, path, is_private, run): &Route) -> Result<Value, Failure> {
        if !is_private {
            let (ban_seconds, now_us) = (self.venue.limits.ban_seconds, self.now_us);
            return match self.venue.address(self.call.peer).admit(1, ban_seconds, now_us) {
                Admission::Admitted => run(self),
                Admission::Banned { .. } | Admission::TooMany { .. } => Err(Failure::too_many()),
            };
        }
        self.account = self.identify()?;
        if self.call.method == "POST" {
            self.body = serde_json::from_slice(self.call.body).map_err(|_| Failure::argument("body"))?;
        }
        if let Err(failure) = self.count() {
            // The ledger counts every authentic order, those too that no endpoint sees.
            if let (ORDERS, Some(id)) = (*path, self.body["client_order_id"].as_str()) {
                self.venue.refuse(id)?;
            }
            return Err(failure);
        }
        run(self)
    }

    /// Counts a private request of an account.
    fn count(&mut self) -> Result<(), Failure> {
        let now_us = self.now_us;
        let Some(window) = self.window() else { return Ok(()) };
        if window.used(now_us) >= window.limit {
            return Err(Failure::too_many());
        }
        window.add(1, now_us);
        Ok(())
    }

    /// What the account has used.
    fn window(&mut self) -> Option<&mut Window> {
        self.venue.trader_mut(self.account).orders.first_mut()
    }

    /// Source: `constants.py`. What the last one counts is not said; here, as with the proxy that has given these headers their names,
    /// seconds from now.
    fn limit_headers(&mut self, Route(_, _, is_private, _): &Route) -> Vec<(&'static str, String)> {
        let now_us = self.now_us;
        let window = match (is_private, self.account) {
            (true, 0) => None,
            (true, _) => self.window().copied(),
            (false, _) => Some(self.venue.address(self.call.peer).weight),
        };
        let Some(mut window) = window else { return Vec::new() };
        vec![
            ("x-ratelimit-limit", window.limit.to_string()),
            ("x-ratelimit-remaining", window.limit.saturating_sub(window.used(now_us)).to_string()),
            ("x-ratelimit-reset", window.seconds_left(now_us).to_string()),
        ]
    }

    /// The body's members.
    fn fields(&self) -> Result<Fields<'_>, Failure> {
        Fields::of(&self.body)
    }

    /// The product of this name.
    fn product(&self, name: &str) -> Result<MarketId, Failure> {
        let found = self.venue.engine().market_by_symbol(name);
        found.ok_or_else(|| Failure::not_found("valid product_id is required"))
    }
}

/// A number as the venue writes it: without zeros at its end.
fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Of things that have no number of their own.
const PORTFOLIO: u64 = 1 << 40;

#[cfg(test)]
mod tests;
