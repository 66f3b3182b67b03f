//! What replies say of the venue's rate limits: next to nothing.
//!
//! Limits are so many requests a second for each call, and what is over them is refused with the status 429. Nothing is held back here
//! for that: a hold would keep cancels back with it, which have a limit of their own.
//!
//! **Source**: "Access restriction", read 2026-11-26.

use std::time::Duration;

use orderwire::venue::json::{self, Json};
use orderwire::venue::{LimitKind, Observed, Response};

pub(crate) fn observe(response: &Response<'_>, observed: &Observed<'_>) {
    if !matches!(response.status(), 403 | 429) {
        return;
    }
    let seconds = response.header("Retry-After").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    if let Some(seconds) = seconds {
        return observed.hold(LimitKind::Requests, Duration::from_secs(seconds));
    }
    // A page of what stands in front of the venue, and not the venue's own words.
    let code = json::whole_object(response.body(), &["code"]).ok().and_then(|[code]| code.and_then(Json::as_str));
    if response.status() == 403 && code.is_none() {
        observed.hold(LimitKind::Requests, FIREWALL_PAUSE);
    }
}

/// The venue does not say how long its firewall is closed. Our own choice, as for other venues.
const FIREWALL_PAUSE: Duration = Duration::from_secs(60);
