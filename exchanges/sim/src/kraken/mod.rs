//! Kraken Spot, `/0`, from its documents: orders of most types, changes, batches, queries by either id, executions, balances. No margin.
//!
//! A key's nonces have to rise; within a window that the account has set, one that came too late is taken all the same. What its documents
//! do not say: which words a client order id that is in use is refused with, and how long an order takes to show. Its counters fall with
//! time, and are counted here in windows; those of orders, one a pair, are not. The dead man's switch cancels what rests.
//!
//! **Source**: <https://docs.kraken.com/api/docs/rest-api/add-order> and the pages beside it, read in a copy of 2026-05-27 to 2026-08-25.

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
use serde_json::{Value, json};

use crate::dialect::Api;
use crate::engine::{AccountId, Fees, MarketId, OrderId};
use crate::instrument::Instrument;
use crate::limits::{Budget, RateLimits};
use crate::signature::{KeyError, Verifier};
use crate::venue::{Call, Reply, Venue};
use errors::Failure;
use params::Params;

pub(crate) const API: Api = Api {
    name: "kraken",
    instruments: pairs,
    fees: || Fees { maker: Decimal::new(16, 4), taker: Decimal::new(26, 4) },
    limits,
    given_back: |_| 0,
    status_word: reports::status_word,
    order_id: |order| told_id('O', order.id),
    order_id_names: &["&cl_ord_id=", "\"cl_ord_id\":\""],
    // An answer does not tell the order's client order id, and names it by its words.
    echo: "\"order\":\"",
    stray: bad_day::STRAY,
    bad_day: |fault, _| bad_day::bad_day(fault),
    check_key,
    handle,
};

/// Of an account that has been verified once. Source: spot-rest-ratelimits, "Intermediate": 20, and one less every two seconds.
fn limits() -> RateLimits {
    RateLimits { orders: vec![Budget::new(20, 40)], ..RateLimits::BANS }
}

fn pairs() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let thousands = Decimal::from;
    let pair = |name: &str, base: &str, quote: &str, price, tick, lot| {
        let mut pair = Instrument::new(name, base, quote, price, tick, lot);
        pair.notional_min = decimal(5, 1);
        pair.algo_orders_max = 50;
        pair
    };
    let mut ethxbt = pair("ETHXBT", "XETH", "XXBT", decimal(5, 2), decimal(1, 5), decimal(1, 5));
    (ethxbt.price_max, ethxbt.notional_min) = (thousands(1_000), decimal(2, 5));
    vec![
        pair("XBTUSDT", "XXBT", "USDT", thousands(60_000), decimal(1, 1), decimal(1, 5)),
        pair("ETHUSDT", "XETH", "USDT", thousands(3_000), decimal(1, 2), decimal(1, 4)),
        pair("XBTUSD", "XXBT", "ZUSD", thousands(60_000), decimal(1, 1), decimal(1, 5)),
        pair("ETHUSD", "XETH", "ZUSD", thousands(3_000), decimal(1, 2), decimal(1, 4)),
        ethxbt,
    ]
}

/// A pair's id: of the oldest coins and currencies both names in full, else what it is called anyway.
fn pair_id(pair: &Instrument) -> String {
    let is_old = |asset: &str| asset.len() == 4 && asset.starts_with(['X', 'Z']);
    if is_old(&pair.base) && is_old(&pair.quote) { format!("{}{}", pair.base, pair.quote) } else { pair.symbol.clone() }
}

/// An asset's name without the letter that the oldest have before it.
fn short(asset: &str) -> &str {
    if asset.len() == 4 && asset != "USDT" { &asset[1..] } else { asset }
}

/// A number as the venue's ids look: six, five and six letters and digits, the first of which says what it is of.
fn told_id(kind: char, id: u64) -> String {
    let mut digits = [b'0'; ID_DIGITS];
    let mut rest = id;
    for digit in digits.iter_mut().rev() {
        *digit = ID_CHARACTERS[usize::try_from(rest % ID_BASE).unwrap_or_default()];
        rest /= ID_BASE;
    }
    let digits: String = digits.iter().map(|digit| char::from(*digit)).collect();
    format!("{kind}{}-{}-{}", &digits[..5], &digits[5..10], &digits[10..])
}

/// The engine's id of the order that a request names.
fn engine_id(told: &str) -> Option<OrderId> {
    let digit = |byte: u8| ID_CHARACTERS.iter().position(|known| *known == byte).map(|place| place as u64);
    let mut id = 0_u64;
    for byte in told.strip_prefix('O')?.bytes().filter(|byte| *byte != b'-') {
        id = id.checked_mul(ID_BASE)?.checked_add(digit(byte)?)?;
    }
    Some(id).filter(|id| told_id('O', *id) == told)
}

const ID_DIGITS: usize = 16;
const ID_BASE: u64 = 32;
const ID_CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The venue gives out secrets in base64 alone.
fn check_key(verifier: &Verifier) -> Result<(), KeyError> {
    match verifier {
        Verifier::Hmac(shared) if shared.is_base64() => Ok(()),
        Verifier::Hmac(_) => Err(KeyError::NotBase64),
        Verifier::Ec(_) => Err(KeyError::WrongKind("EC")),
        Verifier::Ed25519(_) => Err(KeyError::WrongKind("Ed25519")),
        Verifier::Rsa(_) => Err(KeyError::WrongKind("RSA")),
    }
}

/// One request on its way.
struct Context<'v, 'c> {
    venue: &'v mut Venue,
    call: &'c Call<'c>,
    now_us: u64,
    /// What it says: the query of a public one, the body of a private one.
    params: Params,
    /// Whose request it is; 0 of public ones.
    account: AccountId,
}

type Run = fn(&mut Context<'_, '_>) -> Result<Value, Failure>;

/// What is behind `/0/public/`.
const PUBLIC: &[(&str, Run)] = &[
    ("AssetPairs", market::pairs),
    ("Assets", market::assets),
    ("Depth", market::depth),
    ("SystemStatus", market::status),
    ("Ticker", market::tickers),
    ("Time", market::time),
    ("Trades", market::trades),
];

/// What is behind `/0/private/`, and what it adds to the account's counter.
const PRIVATE: &[(&str, u64, Run)] = &[
    (ADD, 0, orders::place),
    (ADD_BATCH, 0, orders::place_batch),
    ("AmendOrder", 0, orders::amend),
    ("Balance", 1, account::balance),
    ("BalanceEx", 1, account::balance_extended),
    ("CancelAll", 0, orders::cancel_all),
    ("CancelAllOrdersAfter", 0, orders::cancel_all_after),
    ("CancelOrder", 0, orders::cancel),
    ("CancelOrderBatch", 0, orders::cancel_batch),
    ("ClosedOrders", 4, queries::closed),
    ("OpenOrders", 1, queries::open),
    ("OpenPositions", 1, account::positions),
    ("QueryOrders", 1, queries::query),
    ("TradeVolume", 1, account::fees),
    ("TradesHistory", 4, queries::trades),
];

const ADD: &str = "AddOrder";
const ADD_BATCH: &str = "AddOrderBatch";

/// Answers one request that arrived at `now_us`.
fn handle(venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Reply {
    let mut context = Context { venue, call, now_us, params: Params::default(), account: 0 };
    told(context.answer())
}

/// An answer or a refusal as it is sent: with 200 either.
fn told(outcome: Result<Value, Failure>) -> Reply {
    let body = match outcome {
        Ok(result) => json!({ "error": [], "result": result }),
        Err(Failure(words)) => json!({ "error": [words] }),
    };
    Reply { status: 200, content_type: "application/json", headers: Vec::new(), body: body.to_string().into_bytes() }
}

impl Context<'_, '_> {
    fn answer(&mut self) -> Result<Value, Failure> {
        if let Some(name) = self.call.path.strip_prefix("/0/public/") {
            let (_, run) = PUBLIC.iter().find(|(known, _)| *known == name).ok_or(Failure::UNKNOWN_METHOD)?;
            self.params = Params::form(self.call.query.as_bytes());
            return run(self);
        }
        let name = self.call.path.strip_prefix("/0/private/").unwrap_or_default();
        let (_, cost, run) = PRIVATE.iter().find(|(known, ..)| *known == name).ok_or(Failure::UNKNOWN_METHOD)?;
        if self.call.method != "POST" {
            return Err(Failure::UNKNOWN_METHOD);
        }
        self.params = Params::of(self.call)?;
        let nonce = self.identify()?;
        let admitted = self.take_nonce(nonce).and_then(|()| self.count(*cost));
        if let Err(failure) = admitted {
            self.record_all(name)?;
            return Err(failure);
        }
        run(self)
    }

    /// Counts a request of an account.
    fn count(&mut self, cost: u64) -> Result<(), Failure> {
        let now_us = self.now_us;
        let Some(window) = self.venue.trader_mut(self.account).orders.first_mut() else { return Ok(()) };
        if cost > 0 && window.used(now_us) + cost > window.limit {
            return Err(Failure::RATE_LIMIT);
        }
        window.add(cost, now_us);
        Ok(())
    }

    /// The ledger counts every authentic order, those too that no endpoint sees.
    fn record_all(&mut self, name: &str) -> Result<(), Failure> {
        let orders = match name {
            ADD => vec![self.params.clone()],
            ADD_BATCH => self.params.list("orders"),
            _ => Vec::new(),
        };
        orders.iter().try_for_each(|order| self.record(order))
    }

    /// Notes an order that was refused before the engine saw it.
    fn record(&mut self, order: &Params) -> Result<(), Failure> {
        order.get("cl_ord_id").map_or(Ok(()), |id| Ok(self.venue.refuse(id)?))
    }

    /// The market of this name or id.
    fn market(&self, name: &str) -> Result<MarketId, Failure> {
        let mut markets = self.venue.engine().markets().iter();
        let found = markets.position(|market| market.instrument.symbol == name || pair_id(&market.instrument) == name);
        found.ok_or(Failure::UNKNOWN_PAIR)
    }
}

/// Seconds with a fraction, as JSON has them.
fn seconds(us: u64) -> Value {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

/// A number with so many places, as the venue writes amounts.
fn places(number: Decimal, places: u32) -> String {
    let mut number = number.round_dp(places);
    number.rescale(places);
    number.to_string()
}

#[cfg(test)]
mod tests;
