//! The venue's rate limits, as far as they can be counted here.
//!
//! An account has a counter that each call raises and time lowers; at its most everything is refused with `EAPI:Rate limit exceeded`.
//! [`Tier::limits`] keeps below that. Replies do not tell it.
//!
//! Orders have counters of their own, one a pair, which are not counted here: what a cancel costs depends on how old the order is, 8 below
//! 5 seconds down to nothing after 300. What is over is refused with `EOrder:Rate limit exceeded`, and did nothing.
//!
//! **Source**: <https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits> and `spot-ratelimits`, read 2026-08-25; older pages for the
//! Starter tier.

use std::time::Duration;

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Cost, LimitKind, Limits, Observed, Response};

/// How far the venue trusts an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// 15 calls at most, and one more every three seconds.
    Starter,
    /// 20 calls at most, and one more every two seconds.
    Intermediate,
    /// 20 calls at most, and one more every second.
    Pro,
}

impl Tier {
    /// The limits of an account's calls, for `VenueClientBuilder::limits`. Placing, changing and cancelling orders is free of them.
    ///
    /// The venue's counter falls with time, and windows here begin anew: half of it in the time that half of it takes to fall never goes
    /// over it, whatever the windows' borders.
    ///
    /// ```
    /// # use orderwire_kraken::{Environment, Kraken, Tier};
    /// let builder = Kraken::builder(Environment::Live).limits(Tier::Pro.limits());
    /// ```
    #[must_use]
    pub fn limits(self) -> Limits {
        let (most, seconds) = match self {
            Self::Starter => (7, 21),
            Self::Intermediate => (10, 20),
            Self::Pro => (10, 10),
        };
        let limits = Limits::new();
        limits.set(LimitKind::Weight, Duration::from_secs(seconds), most);
        limits
    }
}

/// What does not count: orders have counters of their own, and public calls are counted by address.
pub(crate) const FREE: Cost = Cost::weight(0);

/// A call for ledgers, trades or closed orders. Older pages say 2.
pub(crate) const HISTORY: Cost = Cost::weight(4);

pub(crate) fn observe(response: &Response<'_>, observed: &Observed<'_>) {
    if !matches!(response.status(), 403 | 429) {
        return;
    }
    let seconds = response.header("Retry-After").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    if let Some(seconds) = seconds {
        return observed.hold(LimitKind::Requests, Duration::from_secs(seconds));
    }
    // A page of what stands in front of the venue, and not the venue's own words.
    let errors = json::whole_object(response.body(), &["error"]).ok().and_then(|[errors]| errors.and_then(Json::array));
    if response.status() == 403 && errors.is_none() {
        observed.hold(LimitKind::Requests, FIREWALL_PAUSE);
    }
}

/// The venue does not say how long its firewall is closed. Our own choice, as for other venues.
const FIREWALL_PAUSE: Duration = Duration::from_secs(60);
