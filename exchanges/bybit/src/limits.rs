//! What replies say of the venue's rate limits.
//!
//! An address may make 600 requests within 5 seconds; who makes more is answered 403 for some ten minutes. An account has a limit a
//! second for each endpoint, which the headers of its replies say: here that of placing orders one by one is counted along. What an
//! endpoint has too much of is refused with code 10006 and nothing else follows from it.
//!
//! **Source**: rate-limit, "IP Limit" and "API Rate Limit", read 2026-11-25.

use std::time::Duration;

use orderwire::venue::{LimitKind, Observed, Response};

/// What any reply may say: that the address is shut out.
pub(crate) fn observe(response: &Response<'_>, observed: &Observed<'_>) {
    match response.status() {
        // A region or a key's address is refused with the same status: then it does no harm to wait.
        403 => observed.hold(LimitKind::Requests, BAN),
        429 => observed.hold(LimitKind::Requests, PROTECTION_PAUSE),
        _ => {}
    }
}

/// What the venue allows an address, which no reply says.
pub(crate) fn learn_address(_: &Response<'_>, observed: &Observed<'_>) {
    observed.limit(LimitKind::Requests, ADDRESS_WINDOW, ADDRESS_REQUESTS);
}

/// What a reply to a new order says of the account's limit of them. The headers of the batch's endpoint are of a limit of its own, and
/// are not read.
pub(crate) fn learn_orders(response: &Response<'_>, observed: &Observed<'_>) {
    let (mut most, mut left) = (None, None);
    for (rest, value) in response.headers_starting("x-bapi-limit") {
        let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u32>().ok());
        match rest {
            b"" => most = number,
            _ if rest.eq_ignore_ascii_case(b"-Status") => left = number,
            _ => {}
        }
    }
    // A limit of none says nothing that could be kept.
    let Some(most) = most.filter(|most| *most > 0) else { return };
    observed.limit(LimitKind::Orders, ORDERS_WINDOW, most);
    if let Some(left) = left {
        observed.used(LimitKind::Orders, ORDERS_WINDOW, most.saturating_sub(left));
    }
}

/// "600 requests within a 5-second window per IP".
const ADDRESS_REQUESTS: u32 = 600;
const ADDRESS_WINDOW: Duration = Duration::from_secs(5);

/// "You should terminate all HTTP sessions and wait for at least 10 minutes."
const BAN: Duration = Duration::from_secs(600);

/// "System level frequency protection. Please retry when encounter this". How long is not said: our own choice.
const PROTECTION_PAUSE: Duration = Duration::from_secs(1);

/// "rolling time window per second and UID".
const ORDERS_WINDOW: Duration = Duration::from_secs(1);
