//! Now: one read of the processor's counter that says the time as well.
//!
//! The system's clock is that counter too, read so that nothing before it may still be under way, and reckoned: by the way of an order
//! twice as long. So the counter alone is read, and the time is reckoned from when the system's clock was last asked on this thread:
//!
//! ```text
//! time     asked at ──────────── + ns since ──► now      as an instant, and as a number
//! counter  stood there ───────── since ───────► read       a second at most, and forwards: else the clock is asked again
//! ```
//!
//! Within a second the two come apart by half a millisecond at most, where NTP slews the system's clock as fast as it may (500 parts of
//! a million); by some microseconds where it does not. A counter that jumps, as of a machine that is moved, so cannot be off for longer.

use core::cell::Cell;
use std::time::{Duration, Instant};

use crate::latency;
use crate::time::Moment;

/// One look at the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// The time.
    pub(crate) at: Instant,
    /// The same.
    pub(crate) moment: Moment,
    /// The counter, as stamps have it.
    pub(crate) raw: u64,
}

impl Now {
    // In line: what it says would be written in small pieces else, and read in larger ones right behind.
    #[inline(always)]
    pub(crate) fn look() -> Self {
        let raw = latency::now();
        match ASKED.get().and_then(|asked| asked.reckon(raw)) {
            Some((at, moment)) => Self { at, moment, raw },
            None => Self::ask(raw),
        }
    }

    /// Asks the system's clock.
    #[cold]
    fn ask(raw: u64) -> Self {
        let (at, behind) = (Instant::now(), latency::now());
        // Held up in between, the two are not of one moment.
        let belong = latency::between_ns(raw, behind) <= TOGETHER_NS_MAX;
        let moment = Moment::of(at);
        ASKED.set(belong.then_some(Asked { at, moment, raw: behind }));
        Self { at, moment, raw }
    }
}

/// What the system's clock said, and where the counter stood right behind.
#[derive(Clone, Copy)]
struct Asked {
    at: Instant,
    moment: Moment,
    raw: u64,
}

impl Asked {
    /// When the counter stood at `raw`; `None` where that is too long ago, or was before.
    #[inline]
    fn reckon(self, raw: u64) -> Option<(Instant, Moment)> {
        let since = latency::between_ns(self.raw, raw);
        let ns = u32::try_from(since).ok().filter(|ns| *ns < RECKONED_NS_MAX && raw >= self.raw)?;
        Some((self.at.checked_add(Duration::new(0, ns))?, self.moment.plus_ns(since)))
    }
}

thread_local! {
    static ASKED: Cell<Option<Asked>> = const { Cell::new(None) };
}

/// How long the time is reckoned.
const RECKONED_NS_MAX: u32 = 1_000_000_000;

/// How far apart the clock and the counter are read at most: some 50 ns, if nothing comes in between.
const TOGETHER_NS_MAX: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// By how much the counter and the clock come apart within a second.
    const APART: Duration = Duration::from_micros(600);

    #[test]
    fn a_look_lies_between_two_of_the_systems_clock() {
        for pause_ms in [0, 0, 1, 20, 200, 1_100, 0] {
            std::thread::sleep(Duration::from_millis(pause_ms));
            let before = Instant::now();
            let now = Now::look();
            let after = Instant::now();
            assert!(before <= now.at + APART && now.at <= after + APART, "{pause_ms} {before:?} {now:?} {after:?}");
            assert_eq!(now.moment, Moment::of(now.at));
        }
    }

    #[test]
    fn the_clock_is_asked_again_after_a_second_and_where_the_counter_jumps() {
        let at = Instant::now();
        let second = counts_of(Duration::from_secs(1));
        let asked = Asked { at, moment: Moment::of(at), raw: 10 * second };
        let (half, moment) = asked.reckon(10 * second + second / 2).unwrap();
        let ns = half.duration_since(at).as_nanos();
        assert!((499_000_000..501_000_000).contains(&ns), "{ns}");
        assert_eq!(moment, Moment::of(half));
        assert_eq!(asked.reckon(10 * second), Some((at, Moment::of(at))));
        for raw in [0, 10 * second - 1, 11 * second + second / 100, 100 * second, u64::MAX] {
            assert_eq!(asked.reckon(raw), None, "{raw}");
        }
    }

    /// How far the counter comes meanwhile.
    fn counts_of(time: Duration) -> u64 {
        let far = 1 << 40;
        let ns = latency::between_ns(1, 1 + far);
        u64::try_from(u128::from(far) * time.as_nanos() / u128::from(ns)).unwrap()
    }
}
