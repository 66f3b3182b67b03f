//! What the markets of Binance have in common: the doors that a request goes through before its endpoint.
//!
//! A known path; the address's limits (429, 418); each parameter once; for signed paths key, time window and signature; no
//! unknown parameter; then the endpoint itself.

mod bad_day;
mod failure;
mod params;
mod security;

use std::marker::PhantomData;

use serde::Serialize;

use crate::engine::{AccountId, MarketId};
use crate::limits::{Admission, Budget, Counted, RateLimits, Window};
use crate::signature::{KeyError, Verifier};
use crate::venue::{Call, Reply, Venue};

pub(crate) use bad_day::{STRAY, bad_day};
pub(crate) use failure::Failure;
pub(crate) use params::Params;

/// One market: its endpoints, and what it does in its own way before them.
pub(crate) trait Market: Sized + 'static {
    const ROUTES: &'static [Route<Self>];

    /// Headers that tell an address's use of its weight.
    const WEIGHT_HEADERS: &'static [&'static str];
}

/// Answers one request that arrived at `now_us`.
pub(crate) fn handle<M: Market>(venue: &mut Venue, call: &Call<'_>, now_us: u64) -> Reply {
    let same_path = || M::ROUTES.iter().filter(|route| route.path == call.path);
    let Some(route) = same_path().find(|route| route.method == call.method) else {
        let (status, text) =
            if same_path().next().is_some() { (405, "405 Method not allowed") } else { (404, "404 Not found") };
        let body = format!("<html><body><h2>{text}</h2></body></html>").into_bytes();
        return Reply { status, content_type: "text/html", headers: Vec::new(), body };
    };
    let mut context = Context::<M> {
        venue,
        call,
        now_us,
        microseconds: false,
        account: 0,
        recorded: false,
        status: 200,
        params: Params::parse("", b""),
        market: PhantomData,
    };
    let answer = context.answer(route);
    let (account, status) = (context.account, context.status);
    let mut headers = Vec::new();
    let weight = venue.address(call.peer).weight.used(now_us);
    headers.extend(M::WEIGHT_HEADERS.iter().map(|name| (*name, weight.to_string())));
    let (status, body) = match answer {
        Ok(body) => {
            if route.places != Places::Nothing {
                let windows = &mut venue.trader_mut(account).orders;
                headers
                    .extend(windows.iter_mut().map(|window| (count_header(window), window.used(now_us).to_string())));
            }
            (status, body)
        }
        Err(failure) => {
            if let Some(seconds) = failure.retry_after_s {
                headers.push(("retry-after", seconds.to_string()));
            }
            (failure.status, json(&Refused { code: failure.code, msg: &failure.message }))
        }
    };
    headers.push(("cache-control", "no-cache, no-store, must-revalidate".to_owned()));
    Reply { status, content_type: "application/json;charset=UTF-8", headers, body }
}

/// Binance takes HMAC, Ed25519 and RSA keys. Source: `faqs/api_key_types.md`.
pub(crate) fn check_key(verifier: &Verifier) -> Result<(), KeyError> {
    match verifier {
        Verifier::Ec(_) => Err(KeyError::WrongKind("EC")),
        Verifier::Ed25519(_) | Verifier::Hmac(_) | Verifier::Rsa(_) => Ok(()),
    }
}

/// One endpoint.
pub(crate) struct Route<M: Market> {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) signed: bool,
    /// Names it reads, beside those of every signed request.
    pub(crate) names: &'static [&'static str],
    pub(crate) weight: fn(&Params<'_>) -> u64,
    pub(crate) places: Places,
    pub(crate) run: Run<M>,
}

/// What a request has to do with the account's order counts, which its reply tells then, and which orders it places: the
/// ledger records them, refused ones too.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Places {
    /// Those of `batchOrders`.
    Batch,
    /// The orders whose ids these parameters are.
    Named(&'static [&'static str]),
    Nothing,
}

pub(crate) type Run<M> = fn(&mut Context<'_, '_, M>) -> Result<Vec<u8>, Failure>;

pub(crate) const fn public<M: Market>(
    path: &'static str,
    names: &'static [&'static str],
    weight: fn(&Params<'_>) -> u64,
    run: Run<M>,
) -> Route<M> {
    Route { method: "GET", path, signed: false, names, weight, places: Places::Nothing, run }
}

pub(crate) const fn signed<M: Market>(
    method: &'static str,
    path: &'static str,
    names: &'static [&'static str],
    weight: fn(&Params<'_>) -> u64,
    run: Run<M>,
) -> Route<M> {
    Route { method, path, signed: true, names, weight, places: Places::Nothing, run }
}

pub(crate) const fn fixed<const WEIGHT: u64>(_: &Params<'_>) -> u64 {
    WEIGHT
}

/// One weight with a symbol, another without.
pub(crate) fn by_symbol<const ONE: u64, const ALL: u64>(params: &Params<'_>) -> u64 {
    if params.has("symbol") { ONE } else { ALL }
}

/// Names every signed request may have.
const SECURITY: &[&str] = &["timestamp", "recvWindow", "signature"];

/// One request on its way.
pub(crate) struct Context<'v, 'c, M> {
    pub(crate) venue: &'v mut Venue,
    pub(crate) call: &'c Call<'c>,
    pub(crate) now_us: u64,
    /// `X-MBX-TIME-UNIT` asks for µs.
    microseconds: bool,
    /// Whose request it is, once the key is known.
    pub(crate) account: AccountId,
    /// The ledger has this request.
    pub(crate) recorded: bool,
    /// Of a reply that is no refusal as a whole.
    pub(crate) status: u16,
    params: Result<Params<'c>, Failure>,
    market: PhantomData<M>,
}

impl<'c, M: Market> Context<'_, 'c, M> {
    fn answer(&mut self, route: &Route<M>) -> Result<Vec<u8>, Failure> {
        let call = self.call;
        let is_form = call.header("content-type").is_some_and(|text| {
            text.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
        });
        let form = if call.method != "GET" && is_form { call.body } else { b"" };
        self.params = Params::parse(call.query, form);
        let weight = self.params.as_ref().map_or(1, route.weight);
        self.admit(weight)?;
        self.microseconds = match call.header("x-mbx-time-unit") {
            None | Some("MILLISECOND" | "millisecond") => false,
            Some("MICROSECOND" | "microsecond") => true,
            Some(_) => {
                let message = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.";
                return Err(Failure::new(-1194, message));
            }
        };
        if !route.signed {
            return self.run_known(route, &[route.names]);
        }
        self.identify()?;
        let timely = self.check_time();
        let authentic = self.check_signature();
        if authentic.is_err() {
            return timely.and(authentic).map(|()| Vec::new());
        }
        let answer = timely.and_then(|()| self.run_known(route, &[SECURITY, route.names]));
        if answer.is_err() && !self.recorded {
            self.record_refusal(route.places)?;
        }
        answer
    }

    /// The ledger counts every authentic place request, so those that go no further than this dialect too.
    pub(crate) fn record_refusal(&mut self, places: Places) -> Result<(), Failure> {
        self.recorded = true;
        let params = self.params()?;
        let ids: Vec<_> = match places {
            Places::Batch => {
                let orders = params.elements("batchOrders").unwrap_or_default();
                orders.iter().filter_map(|order| order.get("newClientOrderId").ok()?.map(str::to_owned)).collect()
            }
            Places::Named(names) => names.iter().filter_map(|name| params.get(name).ok()?.map(str::to_owned)).collect(),
            Places::Nothing => Vec::new(),
        };
        ids.iter().try_for_each(|id| self.venue.refuse(id)).map_err(|_| Failure::internal())
    }

    fn run_known(&mut self, route: &Route<M>, names: &[&[&str]]) -> Result<Vec<u8>, Failure> {
        self.params()?.only(names)?;
        (route.run)(self)
    }

    pub(crate) fn params(&self) -> Result<&Params<'c>, Failure> {
        self.params.as_ref().map_err(Failure::clone)
    }

    /// A time as this request wants it: ms, or µs.
    pub(crate) fn time(&self, time_us: u64) -> u64 {
        if self.microseconds { time_us } else { time_us / 1_000 }
    }

    /// The market that the mandatory `symbol` names.
    pub(crate) fn market(&self) -> Result<MarketId, Failure> {
        self.optional_market()?.ok_or_else(|| Failure::missing("symbol"))
    }

    /// The market that `symbol` names, if it is there.
    pub(crate) fn optional_market(&self) -> Result<Option<MarketId>, Failure> {
        let Some(symbol) = self.params()?.symbol("symbol")? else { return Ok(None) };
        self.venue.engine().market_by_symbol(symbol).map(Some).ok_or_else(Failure::symbol)
    }

    /// `limit`, or what stands for it.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Failure> {
        match self.params()?.integer("limit")? {
            None => Ok(default),
            Some(0) => Err(Failure::invalid("limit")),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
        }
    }

    /// Whether the account may place so many more orders just now, a number for each of its windows.
    pub(crate) fn check_order_count(&mut self, orders: &[u64]) -> Result<(), Failure> {
        let now_us = self.now_us;
        for (window, orders) in self.venue.trader_mut(self.account).orders.iter_mut().zip(orders) {
            if window.used(now_us) + orders > window.limit {
                let per = span(window.seconds());
                return Err(Failure::too_many_orders(window.limit, &per, window.seconds_left(now_us)));
            }
        }
        Ok(())
    }

    fn admit(&mut self, weight: u64) -> Result<(), Failure> {
        let ban_seconds = self.venue.limits.ban_seconds;
        match self.venue.address(self.call.peer).admit(weight, ban_seconds, self.now_us) {
            Admission::Admitted => Ok(()),
            Admission::Banned { until_us } => {
                Err(Failure::banned(until_us / 1_000, (until_us - self.now_us).div_ceil(1_000_000)))
            }
            Admission::TooMany { budget, what, retry_after_s } => {
                let what = if what == Counted::Weight { "request weight" } else { "raw requests" };
                Err(Failure::too_much_weight(what, budget.limit, &span(budget.seconds), retry_after_s))
            }
        }
    }
}

/// A window's length in the venue's words: `10 SECOND`.
pub(crate) fn span(seconds: u64) -> String {
    let (interval, number) = interval(seconds);
    format!("{number} {interval}")
}

/// A window's length as the venue says it. Source: `exchangeInfo.rateLimits`.
pub(crate) fn interval(seconds: u64) -> (&'static str, u64) {
    match seconds {
        0..60 => ("SECOND", seconds),
        60..3_600 => ("MINUTE", seconds / 60),
        3_600..86_400 => ("HOUR", seconds / 3_600),
        _ => ("DAY", seconds / 86_400),
    }
}

/// What tells the count of a window of orders.
fn count_header(window: &Window) -> &'static str {
    match interval(window.seconds()) {
        ("SECOND", _) => "x-mbx-order-count-10s",
        ("MINUTE", _) => "x-mbx-order-count-1m",
        _ => "x-mbx-order-count-1d",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimit {
    rate_limit_type: &'static str,
    interval: &'static str,
    interval_num: u64,
    limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl RateLimit {
    fn new(rate_limit_type: &'static str, budget: Budget, count: Option<u64>) -> Self {
        let (interval, interval_num) = interval(budget.seconds);
        Self { rate_limit_type, interval, interval_num, limit: budget.limit, count }
    }

    /// What `exchangeInfo` tells.
    pub(crate) fn of(limits: &RateLimits) -> Vec<Self> {
        let weight = Self::new("REQUEST_WEIGHT", limits.weight, None);
        let requests = limits.requests.map(|budget| Self::new("RAW_REQUESTS", budget, None));
        std::iter::once(weight).chain(Self::of_counts(limits)).chain(requests).collect()
    }

    /// What accounts may place.
    pub(crate) fn of_counts(limits: &RateLimits) -> Vec<Self> {
        limits.orders.iter().map(|budget| Self::new("ORDERS", *budget, None)).collect()
    }

    /// What an account may place, and has.
    pub(crate) fn of_orders(windows: &mut [Window], now_us: u64) -> Vec<Self> {
        let told = |window: &mut Window| Self::new("ORDERS", window.budget(), Some(window.used(now_us)));
        windows.iter_mut().map(told).collect()
    }
}

#[derive(Serialize)]
pub(crate) struct Refused<'a> {
    pub(crate) code: i32,
    pub(crate) msg: &'a str,
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    // Serialising structs of texts and numbers into memory cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}
