//! Rate limits in fixed windows, as venues count them: a window starts on a whole multiple of its length.

use std::net::IpAddr;

use crate::engine::{AccountId, MarketId};

/// How much a venue lets one address and one account do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Request weight of one address; where all requests weigh the same, each weighs 1.
    pub weight: Budget,
    /// Requests of one address, whatever their weight, where the venue counts them.
    pub requests: Option<Budget>,
    /// Orders of one account, the shortest time first.
    pub orders: Vec<Budget>,
    /// Whether calls are counted each by itself, by the venue's own table, where it has one.
    pub calls: bool,
    /// Refused requests within a minute after which an address is banned.
    pub violations_before_ban: u64,
    /// Length of the first ban, seconds; each further one is twice as long, up to three days.
    pub ban_seconds: u64,
}

/// So much in so many seconds, counted anew from each whole multiple of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Budget {
    /// How much.
    pub limit: u64,
    /// In how many seconds.
    pub seconds: u64,
}

impl Budget {
    /// So much in so many seconds.
    #[must_use]
    pub const fn new(limit: u64, seconds: u64) -> Self {
        Self { limit, seconds }
    }
}

impl RateLimits {
    /// When an address is banned; the venues do not say.
    pub(crate) const BANS: Self = Self {
        weight: Budget::new(0, 60),
        requests: None,
        orders: Vec::new(),
        calls: false,
        violations_before_ban: 10,
        ban_seconds: 120,
    };

    /// The same counts, so wide that a local client never meets their limits: the default, so that a benchmark measures
    /// itself.
    #[must_use]
    pub fn open(mut self) -> Self {
        let budgets = [&mut self.weight].into_iter().chain(&mut self.requests).chain(&mut self.orders);
        for budget in budgets {
            budget.limit = 1_000_000_000;
        }
        self.calls = false;
        self
    }
}

/// What is counted by itself: a call, of an address or of an account, and there of one market or of all.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Counter {
    /// Method and path, or whatever a venue counts together.
    pub(crate) call: (&'static str, &'static str),
    pub(crate) peer: Option<IpAddr>,
    pub(crate) account: AccountId,
    pub(crate) market: Option<MarketId>,
}

/// One count that starts again at each multiple of its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    length_us: u64,
    pub(crate) limit: u64,
    started_us: u64,
    used: u64,
}

impl Window {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { length_us: budget.seconds * 1_000_000, limit: budget.limit, started_us: 0, used: 0 }
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.length_us / 1_000_000
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget::new(self.limit, self.seconds())
    }

    /// How much is used at `now_us`.
    pub(crate) fn used(&mut self, now_us: u64) -> u64 {
        let started_us = now_us - now_us % self.length_us;
        if started_us != self.started_us {
            (self.started_us, self.used) = (started_us, 0);
        }
        self.used
    }

    pub(crate) fn add(&mut self, amount: u64, now_us: u64) -> u64 {
        self.used = self.used(now_us) + amount;
        self.used
    }

    pub(crate) fn give_back(&mut self, amount: u64, now_us: u64) {
        self.used = self.used(now_us).saturating_sub(amount);
    }

    /// Seconds until the count starts again, rounded up.
    pub(crate) fn seconds_left(&self, now_us: u64) -> u64 {
        (self.length_us - now_us % self.length_us).div_ceil(1_000_000)
    }
}

/// What one address has used, and whether it is banned.
#[derive(Clone, Debug)]
pub(crate) struct AddressUse {
    pub(crate) weight: Window,
    requests: Option<Window>,
    violations: Window,
    bans: u32,
    banned_until_us: u64,
}

/// What an address may do now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admission {
    Admitted,
    /// Until this time, µs since the epoch.
    Banned {
        until_us: u64,
    },
    TooMany {
        budget: Budget,
        what: Counted,
        retry_after_s: u64,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Counted {
    Requests,
    Weight,
}

impl AddressUse {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        Self {
            weight: Window::new(limits.weight),
            requests: limits.requests.map(Window::new),
            violations: Window::new(Budget::new(limits.violations_before_ban, 60)),
            bans: 0,
            banned_until_us: 0,
        }
    }

    /// Counts one request, and bans an address that goes on after it was told to stop.
    pub(crate) fn admit(&mut self, weight: u64, ban_seconds: u64, now_us: u64) -> Admission {
        if now_us < self.banned_until_us {
            return Admission::Banned { until_us: self.banned_until_us };
        }
        let exceeded = if let Some(requests) = &mut self.requests
            && requests.add(1, now_us) > requests.limit
        {
            Some((*requests, Counted::Requests))
        } else if self.weight.add(weight, now_us) > self.weight.limit {
            Some((self.weight, Counted::Weight))
        } else {
            None
        };
        let Some((window, what)) = exceeded else { return Admission::Admitted };
        if self.violations.add(1, now_us) > self.violations.limit {
            let seconds = ban_seconds.saturating_mul(1 << self.bans.min(BAN_DOUBLINGS_MAX)).min(BAN_SECONDS_MAX);
            self.bans += 1;
            self.banned_until_us = now_us + seconds * 1_000_000;
            return Admission::Banned { until_us: self.banned_until_us };
        }
        Admission::TooMany { budget: window.budget(), what, retry_after_s: window.seconds_left(now_us) }
    }
}

/// Longest ban: three days. Source: `IP Limits` of the Binance Spot REST API.
const BAN_SECONDS_MAX: u64 = 3 * 24 * 3_600;
/// Doublings after which two minutes have passed three days.
const BAN_DOUBLINGS_MAX: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn a_window_starts_again_on_the_clock() {
        let mut window = Window::new(Budget::new(5, 10));
        assert_eq!(window.add(3, 19 * SECOND), 3);
        assert_eq!(window.add(3, 19 * SECOND), 6);
        assert_eq!(window.seconds_left(19 * SECOND), 1);
        assert_eq!(window.used(20 * SECOND), 0);
        window.add(2, 21 * SECOND);
        window.give_back(5, 21 * SECOND);
        assert_eq!(window.used(21 * SECOND), 0);
    }

    #[test]
    fn going_on_after_a_refusal_brings_bans_of_doubling_length() {
        let limits =
            RateLimits { weight: Budget::new(10, 60), violations_before_ban: 2, ban_seconds: 120, ..RateLimits::BANS };
        let mut address = AddressUse::new(&limits);
        let start = 600 * SECOND;
        assert_eq!(address.admit(10, 120, start), Admission::Admitted);
        let refused = Admission::TooMany { budget: limits.weight, what: Counted::Weight, retry_after_s: 60 };
        assert_eq!(address.admit(1, 120, start), refused);
        assert_eq!(address.admit(1, 120, start), refused);
        let until_us = start + 120 * SECOND;
        assert_eq!(address.admit(1, 120, start), Admission::Banned { until_us });
        assert_eq!(address.admit(1, 120, until_us - 1), Admission::Banned { until_us });
        assert_eq!(address.admit(1, 120, until_us), Admission::Admitted);
        for _ in 0..2 {
            assert!(matches!(address.admit(10, 120, until_us), Admission::TooMany { .. }));
        }
        assert_eq!(address.admit(1, 120, until_us), Admission::Banned { until_us: until_us + 240 * SECOND });
    }
}
