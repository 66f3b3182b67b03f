//! What a refusal of Kraken means, and what became of the request.
//!
//! The venue has no codes but words, `EOrder:Insufficient funds`, and says them with HTTP 200: a list of them stands in every reply. What
//! begins with `W` is a warning, and no error.
//!
//! | status | `error` | what decides |
//! | --- | --- | --- |
//! | 2xx | empty, or warnings alone | yes |
//! | 2xx | words of the table | the table: of several the one that knows least |
//! | 2xx | other words, or no list | unknown |
//! | 403, 429 | any | rejected where the words say so, or where there are none: firewall and rate limit stand before the venue |
//! | any other | any | unknown: "an issue with the request reaching our servers", in the venue's words |
//!
//! Words may have more behind them (`EGeneral:Invalid arguments:volume`): the longest that the table has decide.
//!
//! **Source**: <https://docs.kraken.com/api/docs/guides/spot-errors> and <https://docs.kraken.com/api/docs/guides/spot-rest-intro>, the list
//! as of 2026-06-20; <https://support.kraken.com/hc/en-us/articles/360001491786-API-error-messages>; and, where these have none, what
//! [ccxt](https://github.com/ccxt/ccxt) 4.5.90 knows. Read 2026-11-26.

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, DecodeError, Fate, RejectKind, Response, RestError};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone through this
/// already. Each element of a batch of new orders has an error of its own.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    match json::whole_object(body, &["error"]) {
        Ok([error]) => judge(status, error).err(),
        Err(_) => (!matches!(status, 200..300)).then(|| failure(status, "")),
    }
}

/// Turns any reply but a 2xx into the error that it is.
#[inline]
pub(crate) fn refuse_failures(response: &Response<'_>) -> Result<(), RestError> {
    match response.status() {
        200..300 => Ok(()),
        status => Err(classify(status, response.body()).unwrap_or_else(|| failure(status, ""))),
    }
}

/// The reply as an error, by its status and its list of errors.
#[inline]
pub(crate) fn judge(status: u16, errors: Option<Json<'_>>) -> Result<(), RestError> {
    let list = errors.and_then(Json::array);
    let Some(list) = list else {
        return Err(match status {
            200..300 => DecodeError::Missing { field: "error" }.into(),
            _ => failure(status, ""),
        });
    };
    let mut worst: Option<RestError> = None;
    for error in list {
        let words = error.as_raw_str();
        if words.is_some_and(|words| words.starts_with('W')) {
            continue;
        }
        let error = failure(status, words.unwrap_or_default());
        if worst.is_none() || error.fate() == Fate::Unknown {
            worst = Some(error);
        }
    }
    match (worst, status) {
        (Some(error), _) => Err(error),
        (None, 200..300) => Ok(()),
        (None, _) => Err(failure(status, "")),
    }
}

/// One order of a batch as the error that its words are.
pub(crate) fn of_element(words: &str) -> RestError {
    failure(200, words)
}

/// The venue has nothing under these ids: a list of it is empty.
#[cold]
pub(crate) fn none_found(response: &Response<'_>) -> RestError {
    Answer::new(response.status(), None, RejectKind::UnknownOrder, "no such order in its list").into_error(Rejected)
}

#[cold]
fn failure(status: u16, words: &str) -> RestError {
    let (mut kind, meant) = match words {
        "" => by_status(status),
        words => by_words(words),
    };
    let fate = match status {
        200..300 | 403 | 429 => meant,
        _ => Unknown,
    };
    if status >= 500 && kind == Other {
        kind = Unavailable;
    }
    Answer::new(status, None, kind, if words.is_empty() { meaning(status) } else { words }).into_error(fate)
}

fn by_words(words: &str) -> (RejectKind, Fate) {
    // The order's own id: it is written within the venue's rules, so what is wrong with it is that another order has it.
    if words.contains("cl_ord_id") {
        return (DuplicateId, Rejected);
    }
    let begins = |known: &str| words.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let all = WORDS.iter().flat_map(|(kind, fate, all)| all.iter().map(|known| (known, *kind, *fate)));
    let longest = all.filter(|(known, ..)| begins(known)).max_by_key(|(known, ..)| known.len());
    longest.map_or((Other, Unknown), |(_, kind, fate)| (kind, fate))
}

/// Of a reply without words of the venue.
fn by_status(status: u16) -> (RejectKind, Fate) {
    match status {
        403 => (Banned, Rejected),
        429 => (RateLimited, Rejected),
        _ => (Other, Unknown),
    }
}

/// What a status says where the venue itself says nothing. Foreign pages are not quoted.
fn meaning(status: u16) -> &'static str {
    match status {
        403 => "blocked by the venue's firewall",
        404 => "nothing at this address: look at the host and the path",
        429 => "too many requests",
        520..530 => "the network before the venue did not reach it",
        _ => "",
    }
}

use Fate::{Rejected, Unknown};
use RejectKind::{
    Auth, Balance, Banned, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    ReduceOnly, Signature, Timestamp, Unavailable, UnknownOrder,
};

/// What words mean.
const WORDS: &[(RejectKind, Fate, &[&str])] = &[
    // The key, what it may, or the account.
    (
        Auth,
        Rejected,
        &[
            "EAPI:Feature disabled",
            "EAPI:Invalid key",
            "EAccount:Invalid permissions",
            "EAuth:Account temporary disabled",
            "EAuth:Account unconfirmed",
            "EGeneral:Permission denied",
            "ESession:Invalid session",
            "ETrade:User Locked",
        ],
    ),
    // Coins, margin, or room for a position.
    (
        Balance,
        Rejected,
        &[
            "EBM:limit exceeded:CAL",
            "EFunding:Invalid amount",
            "EOrder:Insufficient funds",
            "EOrder:Insufficient margin",
            "EOrder:Margin allowance exceeded",
            "EOrder:Margin level too low",
            "EOrder:Margin position size exceeded",
            "EOrder:Positions limit exceeded",
        ],
    ),
    // Too many wrong keys: "approximately 15 minutes".
    (Banned, Rejected, &["EGeneral:Temporary lockout"]),
    // The instrument's rules.
    (
        InstrumentRule,
        Rejected,
        &[
            "EOrder:Cost minimum not met",
            "EOrder:Invalid price",
            "EOrder:Order minimum not met",
            "EOrder:Tick size check failed",
            "EQuery:Invalid asset pair",
            "EQuery:Unknown asset",
            "EQuery:Unknown asset pair",
        ],
    ),
    // The request as such.
    (
        Malformed,
        Rejected,
        &[
            "EFunding:Max fee exceeded",
            "EFunding:No funding method",
            "EFunding:Too many addresses",
            "EFunding:Unknown asset",
            "EFunding:Unknown withdraw key",
            "EGeneral:Invalid arguments",
            "EGeneral:Unknown method",
            "ETrade:Invalid request",
        ],
    ),
    // The market takes cancels, or post-only orders, alone.
    (MarketClosed, Rejected, &["EService:Market in cancel_only mode", "EService:Market in post_only mode"]),
    // A post-only order that would take: in a batch, and where the engine is asked first.
    (PostOnlyWouldTake, Rejected, &["EOrder:Post only order"]),
    // Requests, or orders of an instrument.
    (
        RateLimited,
        Rejected,
        &[
            "EAPI:Rate limit exceeded",
            "EAuth:Rate limit exceeded",
            "EAuth:Too many requests",
            "EGeneral:Too many requests",
            "EOrder:Domain rate limit exceeded",
            "EOrder:Orders limit exceeded",
            "EOrder:Rate limit exceeded",
            "EOrder:Scheduled orders limit exceeded",
        ],
    ),
    // No position, or none that large.
    (ReduceOnly, Rejected, &["EOrder:Reduce only"]),
    // The signature.
    (Signature, Rejected, &["EAPI:Invalid signature"]),
    // The nonce was not greater than the last that arrived: looked at before anything else of a request.
    (Timestamp, Rejected, &["EAPI:Invalid nonce"]),
    // No such order, or no longer open.
    (UnknownOrder, Rejected, &["EOrder:Invalid order", "EOrder:Unknown order"]),
    // "Request timed out according to the default or specified deadline": by the words the engine refused it; what it did before is not
    // said. And trouble of the venue's own.
    (
        Unavailable,
        Unknown,
        &[
            "EDatabase:Internal error",
            "EGeneral:Internal error",
            "EService:Busy",
            "EService:Deadline elapsed",
            "EService:Timeout",
            "EService:Unavailable",
        ],
    ),
    // A cancel that came before this one is under way.
    (Other, Unknown, &["EOrder:Cancel pending"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_error_has_one_meaning() {
        for (.., words) in WORDS {
            assert!(words.is_sorted_by(|one, next| one < next), "{words:?}");
        }
        let documented = include_str!("../tests/fixtures/error_words.txt");
        assert!(documented.lines().count() > 50);
        for words in documented.lines() {
            let places = WORDS.iter().filter(|(.., all)| all.contains(&words)).count();
            let longer = by_words(words);
            assert!(places == 1 || places == 0 && longer != (Other, Unknown), "{words}");
            assert_eq!(by_words(&format!("{words}:more")).0, longer.0);
        }
        assert_eq!(by_words("EOrder:Of tomorrow"), (Other, Unknown));
        assert_eq!(by_words("EOrder:Insufficient fundsx"), (Other, Unknown));
        assert_eq!(by_words("EGeneral:Invalid arguments:cl_ord_id"), (DuplicateId, Rejected));
        assert_eq!(by_words("EQuery:Unknown asset pair"), (InstrumentRule, Rejected));
    }
}
