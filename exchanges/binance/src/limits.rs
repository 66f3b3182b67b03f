//! What replies say of the venue's rate limits, on every market.
//!
//! **Source**: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md>, "LIMITS" and "HTTP Return Codes", read
//! 2026-07-21.

use std::time::Duration;

use orderwire::venue::json::{self, Json};
use orderwire::venue::{LimitKind, Observed, Response};

use crate::replies::{elements, members};

/// `X-MBX-USED-WEIGHT-(intervalNum)(intervalLetter)` and `X-MBX-ORDER-COUNT-…` say what is used in the running window;
/// `Retry-After` how long to wait.
#[inline]
pub(crate) fn observe(response: &Response<'_>, observed: &Observed<'_>) {
    if observed.counts() {
        used(response, observed);
    }
    if matches!(response.status(), 403 | 418 | 429) {
        refused(response, observed);
    }
}

fn used(response: &Response<'_>, observed: &Observed<'_>) {
    for (name, value) in response.headers_starting("x-mbx-") {
        let (kind, interval) = if let Some(interval) = strip(name, b"used-weight-") {
            (LimitKind::Weight, interval)
        } else if let Some(interval) = strip(name, b"order-count-") {
            (LimitKind::Orders, interval)
        } else {
            continue;
        };
        if let (Some(interval), Some(used)) = (interval_of_header(interval), number(value)) {
            observed.used(kind, interval, used);
        }
    }
}

#[cold]
fn refused(response: &Response<'_>, observed: &Observed<'_>) {
    let code = json::whole_object(response.body(), &["code"]).ok().and_then(|[code]| code.and_then(Json::as_i64));
    let (kind, otherwise) = match (response.status(), code) {
        // The venue's own words: a key without the right, not the firewall.
        (403, Some(_)) => return,
        (403, None) => (LimitKind::Weight, FIREWALL_PAUSE),
        (418, _) => (LimitKind::Weight, BAN_LEAST),
        (_, Some(TOO_MANY_ORDERS)) => (LimitKind::Orders, ORDERS_WINDOW),
        _ => (LimitKind::Weight, WEIGHT_WINDOW),
    };
    let asked = response.header("Retry-After").and_then(number).map(|seconds| Duration::from_secs(seconds.into()));
    observed.hold(kind, asked.unwrap_or(otherwise));
}

/// `exchangeInfo.rateLimits`: what is allowed in which windows. What cannot be read is left out.
pub(crate) fn learn(response: &Response<'_>, observed: &Observed<'_>) {
    let Ok([Some(limits)]) = json::whole_object(response.body(), &["rateLimits"]) else { return };
    let Ok(limits) = elements("rateLimits", Some(limits)) else { return };
    for limit in limits {
        let Ok([kind, interval, count, most]) = members(limit, &["rateLimitType", "interval", "intervalNum", "limit"])
        else {
            continue;
        };
        let kind = match kind.and_then(Json::as_str) {
            Some("ORDERS") => LimitKind::Orders,
            Some("RAW_REQUESTS") => LimitKind::Requests,
            Some("REQUEST_WEIGHT") => LimitKind::Weight,
            _ => continue,
        };
        let unit = interval.and_then(Json::as_str).and_then(|word| unit(*word.as_bytes().first()?));
        let [count, most] =
            [count, most].map(|number| number.and_then(Json::as_i64).and_then(|n| u32::try_from(n).ok()));
        if let (Some(unit), Some(count), Some(most)) = (unit, count, most) {
            observed.limit(kind, unit.saturating_mul(count), most);
        }
    }
}

/// What follows such a start, in any case. The start is given in lower case; a name has nothing but what a token has.
#[inline]
fn strip<'a, const N: usize>(name: &'a [u8], start: &[u8; N]) -> Option<&'a [u8]> {
    let (begin, rest) = name.split_first_chunk::<N>()?;
    let differs = begin.iter().zip(start).fold(0, |differs, (byte, lower)| differs | ((byte | 0x20) ^ lower));
    (differs == 0).then_some(rest)
}

/// `1M`, `10S`: a number and the letter of a unit.
#[inline]
fn interval_of_header(text: &[u8]) -> Option<Duration> {
    let (letter, count) = text.split_last()?;
    Some(unit(*letter)?.saturating_mul(number(count)?))
}

/// By its letter, which is also the first of its word.
#[inline]
fn unit(letter: u8) -> Option<Duration> {
    Some(Duration::from_secs(match letter.to_ascii_uppercase() {
        b'S' => 1,
        b'M' => 60,
        b'H' => 60 * 60,
        b'D' => 24 * 60 * 60,
        _ => return None,
    }))
}

/// Digits and nothing else.
#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    let number = digits.iter().try_fold(0_u32, |number, byte| match byte {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u32::from(byte - b'0')),
        _ => None,
    });
    number.filter(|_| !digits.is_empty())
}

/// `TOO_MANY_ORDERS`: the account's limit, not the address's. Source: errors.md.
const TOO_MANY_ORDERS: i64 = -1015;

/// The windows that are refused with 429 are these at least; a reply says `Retry-After` anyway.
const WEIGHT_WINDOW: Duration = Duration::from_secs(60);
const ORDERS_WINDOW: Duration = Duration::from_secs(10);

/// "IP bans … scale in duration for repeat offenders, from 2 minutes to 3 days." Source: rest-api.md, "IP Limits".
const BAN_LEAST: Duration = Duration::from_secs(120);

/// The venue does not say how long its firewall is closed. Our own choice: a window of the weight, so that whatever set it off has
/// left the count.
const FIREWALL_PAUSE: Duration = WEIGHT_WINDOW;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_headers_and_bodies_have_them() {
        let seconds = |text: &str| interval_of_header(text.as_bytes()).map(|interval| interval.as_secs());
        assert_eq!(["1M", "10S", "1d", "5m", "2H"].map(seconds), [60, 10, 86_400, 300, 7_200].map(Some));
        assert_eq!(["", "M", "1", "1X", "-1M", "é"].map(seconds), [None; 6]);
        assert_eq!([b'S', b'M', b'H', b'D'].map(|letter| unit(letter).unwrap().as_secs()), [1, 60, 3_600, 86_400]);
    }
}
