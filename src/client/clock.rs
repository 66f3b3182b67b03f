//! The venue's clock as this host sees it: an offset, and how far the truth may lie from it.
//!
//! A sample is one round trip to the venue's time call. The venue read its clock somewhere between the two ends of it, so
//! the middle is off by half the round trip at most: the shorter the trip, the better the sample (Cristian, "Probabilistic
//! clock synchronization", 1989). Between samples the clocks drift apart, and the error grows:
//!
//! ```text
//! error ▲                     ╱│  a worse sample is passed over,
//!       │      ╱│            ╱ │  a better one takes its place
//!       │   ╱   │         ╱    ╰──
//!       │╱      ╰──────╱
//!       └───────┴──────────────┴──► time
//! ```
//!
//! The host's part is its monotonic clock: a host clock that is set, by hand or by NTP, does not move the venue's.
//!
//! A sample that contradicts what is known, errors counted in, says that a clock was set, or that the host had slept; or that one
//! answer came from elsewhere: a replica that is off, a cache. One alone is not believed, the next that says the same is; so whoever
//! took the first asks again at once. The very first sample has nothing to contradict.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use self::sync::{AtomicI64, AtomicU64};
use crate::time::{ClockOffset, Moment, Timestamp, Window};

/// The clock that requests are stamped by. Read without a lock, from any thread.
#[derive(Debug)]
pub(crate) struct VenueClock {
    source: Source,
    /// Offset and error of the best sample, in one word: they are only true together.
    best: AtomicU64,
    /// The last sample, where it contradicted the best one.
    doubted: AtomicU64,
    /// How often two samples contradicted those before: one of the clocks was set.
    jumps: AtomicI64,
    /// No request is stamped with less: what the clock told when it was last put back, ns.
    floor_ns: AtomicU64,
    /// What the venue's clock tells whole ones of.
    unit: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// Stands still.
    Fixed(Timestamp),
    /// The host's clock when this one was made; from there the monotonic clock counts.
    Host { start: Moment, wall: Timestamp },
}

impl VenueClock {
    /// The host's clock, until a sample says better.
    pub(crate) fn host(unit: Duration) -> Self {
        Self::new(Source::Host { start: Moment::of(Instant::now()), wall: Timestamp::now() }, unit)
    }

    /// A clock that stands still.
    pub(crate) fn fixed(now: Timestamp) -> Self {
        Self::new(Source::Fixed(now), FINE_UNIT)
    }

    #[expect(clippy::missing_const_for_fn, reason = "loom's atomics are made while a program runs")]
    fn new(source: Source, unit: Duration) -> Self {
        let (best, doubted) = (AtomicU64::new(NO_SAMPLE), AtomicU64::new(NO_SAMPLE));
        Self { source, best, doubted, jumps: AtomicI64::new(0), floor_ns: AtomicU64::new(0), unit }
    }

    /// The venue's time at `instant`, and how far the truth may lie from it; without a sample the host's time, and `None`.
    pub(crate) fn at(&self, instant: Instant) -> (Timestamp, Option<Duration>) {
        let (now_ns, error_ns) = self.read(Moment::of(instant));
        (Timestamp::from_ns(now_ns), error_ns.map(Duration::from_nanos))
    }

    /// The same in ns, as it stands on the way of each order.
    #[inline]
    fn read(&self, now: Moment) -> (u64, Option<u64>) {
        let Source::Host { start, wall } = self.source else { return (self.fixed_time().ns(), None) };
        // Acquired, so that the floor that goes with a sample is read behind it.
        match Sample::unpack(self.best.load(Ordering::Acquire)) {
            None => (host_ns(), None),
            Some(sample) => {
                let since_ns = now.since_ns(start);
                (sample.venue_ns(wall.ns().saturating_add(since_ns)), Some(sample.error_ns(since_ns)))
            }
        }
    }

    fn fixed_time(&self) -> Timestamp {
        match self.source {
            Source::Fixed(now) => now,
            Source::Host { wall, .. } => wall,
        }
    }

    /// The window of a request that is made now and given up when so much time has passed; `None`: never.
    ///
    /// Where the venue's clock is known, its error is added: without it a venue whose clock is ahead of the estimate
    /// would refuse what came in time. Where it is not known nothing is: an order then is refused rather than late.
    ///
    /// A better sample may put the venue's clock a little back; what requests are stamped with stands still meanwhile. A clock
    /// that was set is followed at once: else every request would be refused until it has caught up.
    // In line, as `Now::look` and why.
    #[inline(always)]
    pub(crate) fn window(&self, now: Moment, left: Option<Duration>) -> Window {
        let (now_ns, error_ns) = self.read(now);
        let now_ns = now_ns.max(self.floor_ns.load(Ordering::Relaxed));
        let until_ns = |left| now_ns.saturating_add(ns(left)).saturating_add(error_ns.unwrap_or_default());
        let until = left.map(|left| Timestamp::from_ns(until_ns(left)));
        Window { now: Timestamp::from_ns(now_ns), until }
    }

    /// The earliest that it can be at the venue at `instant`: what has passed by this clock has passed there.
    pub(crate) fn earliest(&self, instant: Instant) -> Timestamp {
        let (now, error) = self.at(instant);
        now - error.unwrap_or(ERROR_WITHOUT_SAMPLE)
    }

    /// Takes a sample: the venue's clock read `venue` between `asked` and `answered`.
    #[must_use]
    pub(crate) fn sample(&self, asked: Instant, answered: Instant, venue: Timestamp) -> Heard {
        let Source::Host { start, wall } = self.source else { return Heard::Believed };
        let since = |instant| Duration::from_nanos(Moment::of(instant).since_ns(start));
        let trip = answered.saturating_duration_since(asked);
        let middle = since(asked) + trip / 2;
        let middle_ns = ns(middle);
        // What the venue cut off to come to a whole unit is between nothing and a unit: half of it is the best guess.
        let (host, guess, error) = (wall + middle, venue + self.unit / 2, trip / 2 + self.unit / 2);
        // Of a clock that tells whole seconds it is a poor one, and the host's own clock, most likely kept by NTP, a better: it is
        // left as far as the sample allows.
        let venue = if self.unit > FINE_UNIT { host.clamp(guess - error, guess + error) } else { guess };
        let error = error + Duration::from_nanos(venue.ns().abs_diff(guess.ns()));
        let sample = Sample::new(host, venue, error, middle_ns);
        let believe = |sample: Sample| {
            self.believe(sample, wall + since(answered));
            self.doubted.store(NO_SAMPLE, Ordering::Relaxed);
        };
        match Sample::unpack(self.best.load(Ordering::Relaxed)) {
            Some(known) if known.contradicts(sample, middle_ns) => {
                match Sample::unpack(self.doubted.swap(sample.pack(), Ordering::Relaxed)) {
                    Some(earlier) if !earlier.contradicts(sample, middle_ns) => {
                        self.jumps.fetch_add(1, Ordering::Relaxed);
                        believe(sample.better(earlier, middle_ns));
                    }
                    _ => return Heard::Doubted,
                }
            }
            Some(known) => believe(sample.better(known, middle_ns)),
            None => believe(sample),
        }
        Heard::Believed
    }

    /// Reads the venue's clock by this sample from now on, `host` by the host's. Two samples at once overwrite each other, and either is
    /// true: whichever is replaced, stamps that were read by it are seen to before.
    fn believe(&self, sample: Sample, host: Timestamp) {
        let _always = self.best.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |before| {
            self.put_back(before, sample, host);
            Some(sample.pack())
        });
    }

    /// Sees to it that stamps stand still where this sample puts the clock back, and go back where the clock was set.
    fn put_back(&self, before: u64, sample: Sample, host: Timestamp) {
        let before_ns = Sample::unpack(before).map_or_else(host_ns, |before| before.venue_ns(host.ns()));
        // A request may be stamped by the sample before at this very moment, and a little later than this one came.
        let latest_ns = before_ns.saturating_add(STAMPING_NS_MAX).max(self.floor_ns.load(Ordering::Relaxed));
        let back_ns = latest_ns.saturating_sub(sample.venue_ns(host.ns()));
        if back_ns > STAND_STILL_NS_MAX {
            self.floor_ns.store(0, Ordering::Release);
        } else if back_ns > STAMPING_NS_MAX {
            self.floor_ns.fetch_max(latest_ns, Ordering::Release);
        }
    }

    /// How far the venue's clock is ahead of the host's wall clock now; `None` before the first sample.
    pub(crate) fn offset(&self) -> Option<ClockOffset> {
        let (venue, error) = self.at(Instant::now());
        let error_us = u64::try_from(error?.as_micros()).unwrap_or(u64::MAX);
        let (venue, host) = (i64::try_from(venue.us()).ok()?, i64::try_from(Timestamp::now().us()).ok()?);
        Some(ClockOffset { offset_us: venue - host, error_us })
    }
}

/// What was made of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It was taken, or agrees with a better one.
    Believed,
    /// It contradicts those before it: another one has to say the same.
    Doubted,
}

/// What the best sample says, in ticks of [`TICK_NS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    /// The venue's clock less the host's.
    offset_ticks: i64,
    /// The error as it would have been when the clock was made, had it grown since: what it is later needs no second time.
    error_at_start_ticks: i64,
}

impl Sample {
    /// `host` and `venue` read the same moment, `since_start` after the clock was made, give or take `error`.
    fn new(host: Timestamp, venue: Timestamp, error: Duration, since_start_ns: u64) -> Self {
        let offset_ns = i128::from(venue.ns()) - i128::from(host.ns());
        let offset_ticks = i64::try_from(offset_ns / i128::from(TICK_NS)).unwrap_or_default();
        // Rounded up, and the offset's own rounding counted in.
        let error_at_start_ticks = ticks(ns(error)) + 2 - drift_ticks(since_start_ns);
        Self {
            offset_ticks: offset_ticks.clamp(-OFFSET_TICKS_MAX, OFFSET_TICKS_MAX),
            error_at_start_ticks: error_at_start_ticks.clamp(-ERROR_TICKS_MAX, ERROR_TICKS_MAX),
        }
    }

    #[inline]
    fn venue_ns(self, host_ns: u64) -> u64 {
        host_ns.saturating_add_signed(self.offset_ticks * TICK_NS.cast_signed())
    }

    #[inline]
    fn error_ns(self, since_start_ns: u64) -> u64 {
        let ticks = self.error_at_start_ticks.saturating_add(drift_ticks(since_start_ns)).max(0);
        ticks.unsigned_abs().saturating_mul(TICK_NS)
    }

    /// Whether the two cannot both be true at this time.
    fn contradicts(self, other: Self, since_start_ns: u64) -> bool {
        let errors = ticks(self.error_ns(since_start_ns).saturating_add(other.error_ns(since_start_ns)));
        self.offset_ticks.abs_diff(other.offset_ticks) > errors.unsigned_abs()
    }

    /// The one of the two with the smaller error; the later one, `self`, where they are alike.
    fn better(self, other: Self, since_start_ns: u64) -> Self {
        if self.error_ns(since_start_ns) <= other.error_ns(since_start_ns) { self } else { other }
    }

    fn pack(self) -> u64 {
        let offset = (self.offset_ticks + OFFSET_TICKS_MAX).unsigned_abs();
        let error = (self.error_at_start_ticks + ERROR_TICKS_MAX).unsigned_abs();
        (offset << ERROR_BITS) | error
    }

    #[inline]
    fn unpack(word: u64) -> Option<Self> {
        if word == NO_SAMPLE {
            return None;
        }
        let (offset, error) = (word >> ERROR_BITS, word & ((1 << ERROR_BITS) - 1));
        Some(Self {
            offset_ticks: offset.cast_signed() - OFFSET_TICKS_MAX,
            error_at_start_ticks: error.cast_signed() - ERROR_TICKS_MAX,
        })
    }
}

fn ticks(ns: u64) -> i64 {
    i64::try_from(ns.div_ceil(TICK_NS)).unwrap_or(i64::MAX / 4)
}

/// By how many ticks two clocks may drift apart in this time, and a little more.
#[inline]
const fn drift_ticks(time_ns: u64) -> i64 {
    /// In which they drift apart by one.
    const DRIFT_NS: u64 = TICK_NS * 1_000_000 / DRIFT_PPM;
    (time_ns / DRIFT_NS + 1).cast_signed()
}

/// What does not fit is as long as can be said: centuries.
#[inline]
fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What the host's clock tells. Only before the first sample: whatever is set right there meanwhile is seen.
#[cold]
fn host_ns() -> u64 {
    Timestamp::now().ns()
}

/// Nanoseconds of a tick: far below what any venue's clock resolves, and coarse enough for years in one word.
const TICK_NS: u64 = 16_000;

/// Bits of the error in the word; the offset has the others.
const ERROR_BITS: u32 = 32;

/// 32 bits of 16 us, both signs: 9.5 hours. A host further off than that has no business with orders, and is told so by
/// the venue's refusals.
const OFFSET_TICKS_MAX: i64 = (1 << 31) - 2;

/// The same: at [`DRIFT_PPM`] a clock may be read for 10 years before its error's share at the start leaves the word.
const ERROR_TICKS_MAX: i64 = (1 << 31) - 2;

/// No sample packs into it: the largest offset and error are one less.
const NO_SAMPLE: u64 = u64::MAX;

/// Parts of a million that host and venue drift apart at most: a plain quartz is good for 50 on either side.
const DRIFT_PPM: u64 = 100;

/// How long stamps stand still rather than go back: the error of a poor first sample over a slow link.
const STAND_STILL_NS_MAX: u64 = 500_000_000;

/// How long it takes to stamp a request at most, while a sample comes.
const STAMPING_NS_MAX: u64 = 1_000_000;

/// What most venues' clocks tell.
pub(crate) const FINE_UNIT: Duration = Duration::from_millis(1);

/// How far a host's clock is taken to be off while no sample says better. A venue refuses what is stamped further ahead of
/// its own clock than that (Binance: one second), so a request in doubt cannot outlive it by more.
const ERROR_WITHOUT_SAMPLE: Duration = Duration::from_secs(1);

#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use std::sync::atomic::{AtomicI64, AtomicU64};
}

#[cfg(orderwire_loom)]
mod sync {
    pub(super) use loom::sync::atomic::{AtomicI64, AtomicU64};
}

#[cfg(all(test, not(orderwire_loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn clock() -> (VenueClock, Instant) {
        let instant = Instant::now();
        (VenueClock::new(Source::Host { start: Moment::of(instant), wall: START }, FINE_UNIT), instant)
    }

    /// A sample whose trip takes so many milliseconds.
    fn hear(clock: &VenueClock, asked: Instant, trip_ms: u64, venue: Timestamp) -> Heard {
        clock.sample(asked, asked + ms(trip_ms), venue)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_sample_is_good_to_half_its_round_trip() {
        let (clock, start) = clock();
        assert_eq!(clock.at(start).1, None);
        // The venue is 70 ms ahead; the trip takes 10 ms.
        hear(&clock, start + ms(100), 10, START + ms(105 + 70));
        let (now, error) = clock.at(start + ms(200));
        let error = error.unwrap();
        assert!(error >= ms(5) && error < ms(6), "{error:?}");
        let truth = START + ms(200 + 70);
        assert!(truth - error <= now && now <= truth + error, "{now:?} {truth:?}");
    }

    #[test]
    fn a_worse_sample_waits_until_the_better_one_has_aged() {
        let (clock, start) = clock();
        hear(&clock, start, 2, START + ms(1));
        let before = clock.best.load(Ordering::Relaxed);
        hear(&clock, start + ms(10), 100, START + ms(40));
        assert_eq!(clock.best.load(Ordering::Relaxed), before);
        // After 20 minutes of drift the old one is good to 120 ms, and a trip of 100 ms is better.
        let later = ms(20 * 60 * 1_000);
        hear(&clock, start + later, 100, START + later + ms(50));
        assert_ne!(clock.best.load(Ordering::Relaxed), before);
        assert!(clock.at(start + later + ms(50)).1.unwrap() < ms(52));
        assert_eq!(clock.jumps.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_clock_that_was_set_is_believed_once_it_is_said_again() {
        const HOURS: u64 = 3 * 60 * 60 * 1_000;
        for ahead in [9_000, HOURS] {
            let (clock, start) = clock();
            assert_eq!(hear(&clock, start, 2, START + ms(1)), Heard::Believed);
            let heard = [1_000, 1_200].map(|at| hear(&clock, start + ms(at), 100, START + ms(at + ahead)));
            assert_eq!(heard, [Heard::Doubted, Heard::Believed]);
            let (now, _) = clock.at(start + ms(1_300));
            assert!(now.ns().abs_diff((START + ms(1_300 + ahead)).ns()) <= 51_000_000, "{now:?}");
            assert_eq!(clock.jumps.load(Ordering::Relaxed), 1);
        }
    }

    #[test]
    fn a_slip_is_not_believed() {
        let (clock, start) = clock();
        hear(&clock, start, 2, START + ms(1));
        let before = clock.best.load(Ordering::Relaxed);
        // Each says something else; and what agrees with what is known ends the doubt.
        for (at, read, heard) in [
            (1_000, 9_000_000, Heard::Doubted),
            (2_000, 5_000, Heard::Doubted),
            (3_000, 0, Heard::Doubted),
            (4_000, 4_050, Heard::Believed),
            (5_000, 1_050, Heard::Doubted),
        ] {
            assert_eq!(hear(&clock, start + ms(at), 100, START + ms(read)), heard, "{at}");
            assert_eq!(clock.best.load(Ordering::Relaxed), before);
        }
        assert_eq!(clock.jumps.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn stamps_never_go_back_unless_a_clock_was_set() {
        let (clock, start) = clock();
        // A poor sample, 40 ms late; then a good one, that knows better.
        hear(&clock, start, 100, START + ms(90));
        let poor = clock.window(Moment::of(start + ms(100)), None).now;
        let clock_by_poor = |at: Instant| poor + at.duration_since(start + ms(100));
        hear(&clock, start + ms(100), 2, START + ms(101));
        assert!(clock.at(start + ms(103)).0 < poor);
        let stands = clock.window(Moment::of(start + ms(103)), None).now;
        // As far as the poor one had come when the good one came, and what it takes to stamp a request.
        assert!(stands >= clock_by_poor(start + ms(102)) && stands <= poor + ms(4), "{stands:?}");
        assert_eq!(clock.window(Moment::of(start + ms(104)), None).now, stands);
        assert!(clock.window(Moment::of(start + ms(200)), None).now > stands);
        // Set back by a minute: followed.
        hear(&clock, start + ms(90_000), 2, START + ms(30_000));
        hear(&clock, start + ms(90_000), 2, START + ms(30_000));
        let (now, _) = clock.at(start + ms(90_003));
        assert_eq!(clock.window(Moment::of(start + ms(90_003)), None).now, now);
    }

    #[test]
    fn a_window_ends_when_its_caller_gives_up() {
        let (clock, start) = clock();
        let unsampled = clock.window(Moment::of(start), Some(ms(80)));
        assert_eq!(unsampled.until, Some(unsampled.now + ms(80)));
        hear(&clock, start, 10, START + ms(5));
        let window = clock.window(Moment::of(start + ms(20)), Some(ms(80)));
        let error = clock.at(start + ms(20)).1.unwrap();
        assert_eq!(window.until, Some(window.now + ms(80) + error));
        assert_eq!(clock.window(Moment::of(start), None).until, None);
        assert_eq!(clock.earliest(start + ms(20)), window.now - error);
    }

    #[test]
    fn a_clock_of_whole_seconds_moves_the_hosts_no_further_than_it_must() {
        let instant = Instant::now();
        let at = |read: Timestamp| {
            let clock =
                VenueClock::new(Source::Host { start: Moment::of(instant), wall: START }, Duration::from_secs(1));
            hear(&clock, instant, 10, read);
            let (now, error) = clock.at(instant + ms(5));
            (now, error.unwrap())
        };
        let host = START + ms(5);
        // It reads the second that the host is in.
        let (now, error) = at(START);
        assert!(now == host && error > ms(995) && error < ms(1_001), "{now:?} {error:?}");
        // The host is behind by 3 seconds at least, and by 4 at most.
        let (now, error) = at(START + ms(3_000));
        let (least, most) = (host + ms(2_990), host + ms(4_010));
        assert!(now.ns().abs_diff(least.ns()) < 10_000_000 && now + error >= most - ms(10), "{now:?} {error:?}");
    }

    #[test]
    fn a_fixed_clock_takes_no_samples() {
        let clock = VenueClock::fixed(START);
        let now = Instant::now();
        hear(&clock, now, 1, START + ms(500));
        assert_eq!((clock.at(now), clock.offset()), ((START, None), None));
    }

    proptest! {
        #[test]
        fn a_word_holds_a_sample(offset in -OFFSET_TICKS_MAX..=OFFSET_TICKS_MAX, error in -ERROR_TICKS_MAX..=ERROR_TICKS_MAX) {
            let sample = Sample { offset_ticks: offset, error_at_start_ticks: error };
            prop_assert_eq!(Sample::unpack(sample.pack()), Some(sample));
        }

        /// Whatever the two clocks show and however long the trip takes, the truth stays within the error.
        #[test]
        fn the_truth_lies_within_the_error(
            ahead_us in -30_000_000_000_i64..30_000_000_000,
            asked_us in 0_u64..1_000_000_000_000,
            trip_us in 0_u64..5_000_000,
            read_at in 0_f64..=1.0,
            later_us in 0_u64..100_000_000_000,
            seconds in any::<bool>(),
        ) {
            let start = Instant::now();
            let unit = if seconds { Duration::from_secs(1) } else { FINE_UNIT };
            let clock = VenueClock::new(Source::Host { start: Moment::of(start), wall: START }, unit);
            let [asked, trip, later] = [asked_us, trip_us, later_us].map(Duration::from_micros);
            let truth = |host: Timestamp| Timestamp::from_us(host.us().checked_add_signed(ahead_us).unwrap());
            let read = truth(START + asked + trip.mul_f64(read_at));
            let told = if seconds { Timestamp::from_ms(read.ms() / 1_000 * 1_000) } else { Timestamp::from_ms(read.ms()) };
            prop_assert_eq!(clock.sample(start + asked, start + asked + trip, told), Heard::Believed);
            let (now, error) = clock.at(start + asked + trip + later);
            let (truth, error) = (truth(START + asked + trip + later), error.unwrap());
            prop_assert!(now + error >= truth && now - error <= truth, "{:?} {:?} {:?}", now, truth, error);
        }
    }
}
