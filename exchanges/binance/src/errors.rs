//! What a refusal of Binance means, and what became of the request: how status, code and text decide on every market. The
//! codes are in [`spot::errors`](crate::spot::errors) and [`usdm::errors`](crate::usdm::errors): some mean different things.
//!
//! The HTTP status decides first, then the code, then its text:
//!
//! | status | code | fate |
//! | --- | --- | --- |
//! | 2xx | a negative one | unknown: no document has such a reply |
//! | 3xx, 408, 409 | any | unknown |
//! | other 4xx | in the market's table | the table's |
//! | other 4xx | not in the table | unknown |
//! | 403, 418, 429 | none | rejected: firewall, ban and rate limit stand before the engine |
//! | other 4xx | none | unknown: something else than the venue's gateway may have answered |
//! | 503 of futures | any, with a text of which the document says that nothing was executed | rejected |
//! | 5xx | any | unknown: "it is important to **NOT** treat this as a failure operation" |
//!
//! An element of a batch, and a half of a cancel-replace, has no status of its own: its code decides.

use orderwire::decimal::Decimal;
use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, Fate, PriceBand, RejectKind, Response, RestError};

/// What one market says in its own way.
pub(crate) trait Market {
    /// Every documented code, largest first. Where a document does not say that nothing was executed, the fate is unknown.
    const CODES: &'static [(i32, Meaning, Fate)];

    /// How the texts of errors start that share a code.
    const MESSAGES: &'static [(&'static str, RejectKind)];

    /// Whether a reply with this status says in so many words that nothing was executed, whatever its code.
    fn is_failure(status: u16, msg: &str) -> bool {
        let _ = (status, msg);
        false
    }

    /// What a `PERCENT_PRICE` filter means. Source: filters.md: both sides, both ways.
    fn price_band(least: Decimal, most: Decimal) -> PriceBand {
        PriceBand { buy_least: least, buy_most: most, sell_least: least, sell_most: most }
    }
}

/// What a code means: the same always, or as its text says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    Is(RejectKind),
    /// By the market's messages, otherwise this.
    ByText(RejectKind),
}

/// What an error means for a request; `None` where the reply is none.
#[must_use]
pub(crate) fn classify<M: Market>(status: u16, body: &[u8]) -> Option<RestError> {
    let [code, msg] = json::whole_object(body, &["code", "msg"]).unwrap_or_default();
    judge::<M>(status, code, msg).err()
}

/// Turns any reply but a 2xx into the error that it is.
#[inline]
pub(crate) fn refuse_failures<M: Market>(response: &Response<'_>) -> Result<(), RestError> {
    match response.status() {
        200..300 => Ok(()),
        status => classify::<M>(status, response.body()).map_or(Ok(()), Err),
    }
}

/// The reply as an error by its status, its `code` and its `msg`.
#[inline]
pub(crate) fn judge<M: Market>(status: u16, code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    if matches!(status, 200..300) && code.is_none() { Ok(()) } else { judge_code::<M>(status, code, msg) }
}

fn judge_code<M: Market>(status: u16, code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    let code = code.and_then(Json::as_i64).and_then(|code| i32::try_from(code).ok());
    // Positive codes are those of futures' and wallet calls that say yes: 200, 0.
    let is_failure = !matches!(status, 200..300) || code.is_some_and(|code| code < 0);
    if is_failure { Err(failure::<M>(status, code, msg.and_then(Json::as_raw_str))) } else { Ok(()) }
}

/// The error of one part of a request, which has no status of its own.
#[cold]
pub(crate) fn of_part<M: Market>(code: Option<Json<'_>>, msg: Option<Json<'_>>) -> RestError {
    let code = code.and_then(Json::as_i64).and_then(|code| i32::try_from(code).ok());
    failure::<M>(400, code, msg.and_then(Json::as_raw_str))
}

/// One part of a request as an error, if it is one.
pub(crate) fn judge_part<M: Market>(code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    if code.and_then(Json::as_i64).is_some_and(|code| code < 0) { Err(of_part::<M>(code, msg)) } else { Ok(()) }
}

#[cold]
fn failure<M: Market>(status: u16, code: Option<i32>, msg: Option<&str>) -> RestError {
    let (mut kind, meant) = match code {
        Some(code) => by_code::<M>(code, msg.unwrap_or_default()),
        None => by_status(status),
    };
    let fate = match status {
        // The venue waited for its own engine in vain. Of a cancel and its replacement one may have worked.
        408 | 409 => Fate::Unknown,
        _ if M::is_failure(status, msg.unwrap_or_default()) => Fate::Rejected,
        400..500 => meant,
        _ => Fate::Unknown,
    };
    match status {
        418 => kind = RejectKind::Banned,
        500.. if kind == RejectKind::Other => kind = RejectKind::Unavailable,
        _ => {}
    }
    Answer::new(status, code, kind, msg.unwrap_or_else(|| meaning(status))).into_error(fate)
}

fn by_code<M: Market>(code: i32, msg: &str) -> (RejectKind, Fate) {
    let Ok(index) = M::CODES.binary_search_by(|(known, ..)| code.cmp(known)) else {
        return (RejectKind::Other, Fate::Unknown);
    };
    let (_, meaning, fate) = M::CODES[index];
    let kind = match meaning {
        Meaning::Is(kind) => kind,
        Meaning::ByText(otherwise) => {
            M::MESSAGES.iter().find(|(start, _)| msg.starts_with(start)).map_or(otherwise, |(_, kind)| *kind)
        }
    };
    (kind, fate)
}

/// Of a reply without an error body of the venue.
fn by_status(status: u16) -> (RejectKind, Fate) {
    match status {
        403 | 418 => (RejectKind::Banned, Fate::Rejected),
        429 => (RejectKind::RateLimited, Fate::Rejected),
        _ => (RejectKind::Other, Fate::Unknown),
    }
}

/// What a status says where the venue itself says nothing. Foreign pages are not quoted.
fn meaning(status: u16) -> &'static str {
    match status {
        403 => "blocked by the venue's firewall: too many requests, or a value it takes for SQL",
        404 => "nothing at this address: look at the base path",
        408 => "the venue's gateway waited for its engine in vain",
        418 => "this address is banned for going on after 429",
        429 => "too many requests",
        _ => "",
    }
}
