//! Points in time: the wall clock of a signature and the deadline of a call.
//!
//! Below `src/net` time is an argument: nothing there reads a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point on the wall clock. **Units**: nanoseconds since the Unix epoch; good until the year 2554.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The host's wall clock now. A clock before 1970 reads as 1970.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// From milliseconds since the epoch; what does not fit becomes the latest timestamp.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(NS_PER_MS))
    }

    /// From microseconds since the epoch; what does not fit becomes the latest timestamp.
    #[must_use]
    pub const fn from_us(us: u64) -> Self {
        Self(us.saturating_mul(NS_PER_US))
    }

    /// Whole milliseconds since the epoch.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 / NS_PER_MS
    }

    /// Whole microseconds since the epoch.
    #[must_use]
    pub const fn us(self) -> u64 {
        self.0 / NS_PER_US
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn ns(self) -> u64 {
        self.0
    }
}

const NS_PER_MS: u64 = 1_000_000;
const NS_PER_US: u64 = 1_000;

/// The point in time by which a call has ended, whatever happens. Monotonic: unmoved when the wall clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Never: the call waits as long as it takes. For tools, not for orders.
    pub const NEVER: Self = Self(None);

    /// So long from now. A duration beyond what the clock holds is [`Deadline::NEVER`].
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// At this instant.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self(Some(instant))
    }

    /// The instant, `None` for [`Deadline::NEVER`].
    #[must_use]
    pub const fn instant(self) -> Option<Instant> {
        self.0
    }

    /// Whether it has passed at `now`.
    #[must_use]
    pub fn has_passed(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_what_they_say() {
        let t = Timestamp::from_ms(1_499_827_319_559);
        assert_eq!((t.ms(), t.us(), t.ns()), (1_499_827_319_559, 1_499_827_319_559_000, 1_499_827_319_559_000_000));
        assert_eq!(Timestamp::from_us(1_499).ms(), 1);
        assert_eq!(Timestamp::from_ms(u64::MAX), Timestamp::from_us(u64::MAX));
    }

    #[test]
    fn a_deadline_passes_once() {
        let now = Instant::now();
        assert!(Deadline::at(now).has_passed(now));
        assert!(!Deadline::after(Duration::from_secs(60)).has_passed(now));
        assert!(!Deadline::NEVER.has_passed(now));
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
    }
}
