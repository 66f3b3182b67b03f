//! The venue's rate limits: so many requests a second, of an account where they are signed, and of an address where they are not.
//!
//! **Source**: the older page "Advanced Trade REST API rate limits", by way of [ccxt](https://github.com/ccxt/ccxt) 4.5.90 ("max 30
//! req/second for private data, 10 req/s for public data"), and the venue's own client for the headers' names
//! (`coinbase/constants.py`); read 2026-11-26. The present documents name no numbers.

use std::time::Duration;

use orderwire::venue::{Cost, LimitKind, Limits, Observed, Response};

/// The limits that are known, for `VenueClientBuilder::limits`: 30 signed requests a second and account, counted as
/// [`LimitKind::Orders`], and 10 public ones a second and address, counted as [`LimitKind::Weight`].
///
/// The venue lets requests come in bursts and windows here begin anew: half of it in half a second never goes over it, whatever the
/// windows' borders.
///
/// ```
/// # use orderwire_coinbase::{Coinbase, Environment, request_limits};
/// let builder = Coinbase::builder(Environment::Live).limits(request_limits());
/// ```
#[must_use]
pub fn request_limits() -> Limits {
    let limits = Limits::new();
    limits.set(LimitKind::Orders, HALF_A_SECOND, 15);
    limits.set(LimitKind::Weight, HALF_A_SECOND, 5);
    limits
}

const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// A signed request: all of an account's count alike.
pub(crate) const SIGNED: Cost = Cost::weight(0).orders(1);

/// A request without a key.
pub(crate) const PUBLIC: Cost = Cost::weight(1);

/// A 429 says by its headers when the next window begins: in seconds, by how other clients read them. Without a word it is the next second.
pub(crate) fn observe(response: &Response<'_>, observed: &Observed<'_>) {
    if response.status() != 429 {
        return;
    }
    let seconds =
        |name: &str| response.header(name).and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
    let pause = seconds("Retry-After").or_else(|| seconds("x-ratelimit-reset")).unwrap_or_default();
    observed.hold(LimitKind::Requests, Duration::from_secs(pause.clamp(1, PAUSE_MAX_S)));
}

/// A header that says more says something else: a point in time, say. Windows have a second.
const PAUSE_MAX_S: u64 = 60;
