//! Points in time: the clock of a signature, how far it is off, and the deadline of a call.
//!
//! Below `src/net` time is an argument: nothing there reads a clock.

use core::fmt;
use std::sync::OnceLock;
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

    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn ns(self) -> u64 {
        self.0
    }

    /// How long after `earlier` it is; nothing where it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// How many characters [`rfc3339`](Self::rfc3339) has.
    pub const RFC3339_BYTES: usize = "2017-07-12T02:42:00.000Z".len();

    /// UTC, as RFC 3339 writes it, to the millisecond: `2017-07-12T02:42:00.000Z`. Some venues sign it so.
    #[inline]
    #[must_use]
    pub fn rfc3339(self) -> [u8; Self::RFC3339_BYTES] {
        self.rfc3339_of(&mut Date::default())
    }

    /// The same, where the date was written before: it takes as long as the time of day, and is the same for a day.
    #[inline]
    pub(crate) fn rfc3339_of(self, known: &mut Date) -> [u8; Self::RFC3339_BYTES] {
        let (days, ms) = (self.ms() / MS_PER_DAY, self.ms() % MS_PER_DAY);
        if known.days != days {
            *known = Date::of(days);
        }
        // Eight characters in a word, and two digits at a time, none of which waits for another.
        let words = [
            known.year_and_month,
            known.day + pair(3, ms / 3_600_000) + pair(6, ms / 60_000 % 60),
            word(b":00.000Z") + pair(1, ms / 1_000 % 60) + pair(4, ms / 10 % 100) + ((ms % 10) << 48),
        ];
        let mut text = [0; Self::RFC3339_BYTES];
        for (eight, word) in text.as_chunks_mut().0.iter_mut().zip(words) {
            *eight = word.to_le_bytes();
        }
        text
    }

    /// The point in time that RFC 3339 text tells, in UTC (`Z`), with any number of places after the second or none; what is beyond
    /// nanoseconds is cut off. `None` for any other text, for other offsets and for years before 1970.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let number = |digits: &[u8]| {
            digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0')))
        };
        let (whole, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let fraction = match rest.strip_suffix(b"Z")? {
            [] => 0,
            [b'.', places @ ..] if !places.is_empty() => {
                let kept = &places[..places.len().min(9)];
                places.iter().all(u8::is_ascii_digit).then_some(())?;
                number(kept)? * 10_u64.pow(9 - u32::try_from(kept.len()).ok()?)
            }
            _ => return None,
        };
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1] = *whole else {
            return None;
        };
        let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?, number(&[d0, d1])?);
        let (hour, minute, second) = (number(&[h0, h1])?, number(&[n0, n1])?, number(&[s0, s1])?);
        let days = days_since_1970(year, month, day)?;
        // A leap second is told as the first of the next minute.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
        Some(Self(seconds.checked_mul(1_000_000_000)?.checked_add(fraction)?))
    }
}

/// As [`rfc3339`](Timestamp::rfc3339).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digits and the letters between them, all ASCII.
        f.write_str(core::str::from_utf8(&self.rfc3339()).unwrap_or_default())
    }
}

/// A date as text, to be kept: orders of one day have it in common.
#[derive(Clone, Copy)]
pub(crate) struct Date {
    /// Since 1970-01-01.
    days: u64,
    /// `0000-00-`
    year_and_month: u64,
    /// `00T00:00`, with the time of day still to come.
    day: u64,
}

impl Date {
    #[inline]
    const fn of(days: u64) -> Self {
        let (year, month, day) = civil_date(days);
        let year_and_month = word(b"0000-00-") + pair(0, year / 100) + pair(2, year % 100) + pair(5, month);
        Self { days, year_and_month, day: word(b"00T00:00") + pair(0, day) }
    }
}

/// The first of all.
impl Default for Date {
    #[inline]
    fn default() -> Self {
        const { Self::of(0) }
    }
}

/// Eight characters, the first in the lowest byte.
#[inline]
const fn word(text: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*text)
}

/// What two digits add to a word whose characters at `at` are zeros. The product divides by 10, exactly below 100.
#[inline]
const fn pair(at: u32, number: u64) -> u64 {
    let tens = (number * 103) >> 10;
    (tens + ((number - 10 * tens) << 8)) << (8 * at)
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are taken to begin in March, so that the leap day comes last, and each division is one by a constant line: what is left of
/// it gives the next part. Source: C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar
/// algorithms", 2022, whose chain of products is half as long as that of the closed formulas.
#[inline]
const fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    let centuries = 4 * (days_since_1970 + 719_468) + 3; // since 0000-03-01, in quarters of a day
    let (century, day_of_century) = (centuries / 146_097, centuries % 146_097 / 4);
    // 2^32 / 1,461 quarters of a day a year, rounded up: the whole part is the year, the rest the part of it that has passed.
    let years = 2_939_745 * (4 * day_of_century + 3);
    let (year_of_century, day_of_year) = (years >> 32, years % (1 << 32) / 2_939_745 / 4);
    let months = 2_141 * day_of_year + 197_913; // 2^16 / 30.6 days a month, from March on
    let (month_from_march, day) = (months >> 16, months % (1 << 16) / 2_141 + 1);
    let is_next_year = day_of_year >= 306;
    let month = if is_next_year { month_from_march - 12 } else { month_from_march };
    (100 * century + year_of_century + is_next_year as u64, month, day)
}

/// The other way around; `None` where there is no such day, or it is before 1970.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Years begin in March here too.
    let year_from_march = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year_from_march / 400, year_from_march % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    // The 31st of a month with 30 is another day.
    (civil_date(days) == (year, month, day)).then_some(days)
}

const MS_PER_DAY: u64 = 24 * 60 * 60 * 1_000;

impl core::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// So much later; what does not fit becomes the latest timestamp.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl core::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    /// So much earlier, but not before 1970.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// When a request is made, and how long it may count. Both in the venue's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "tests of venue crates write it out")]
pub struct Window {
    /// Now: what a request is stamped with.
    pub now: Timestamp,
    /// When its caller gives up: a venue that takes an expiry is told this one, so that no order lands long after. `None`
    /// where the caller waits as long as it takes.
    pub until: Option<Timestamp>,
}

/// How far the venue's clock is ahead of this host's, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockOffset {
    /// The venue's clock less this host's wall clock. **Units**: microseconds; negative where the host is ahead.
    pub offset_us: i64,
    /// The truth lies no further from it than this. Grows with the time since the last sample. **Units**: microseconds.
    pub error_us: u64,
}

impl ClockOffset {
    /// Whether the two clocks are apart by more than `tolerance` for certain. Requests are stamped with the venue's time all the
    /// same; but a host that is off has something to be mended, and its logs have the wrong times.
    #[must_use]
    pub fn is_off_by_more_than(self, tolerance: Duration) -> bool {
        u128::from(self.offset_us.unsigned_abs().saturating_sub(self.error_us)) > tolerance.as_micros()
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

    /// How long it is away at `now`; `None` for [`Deadline::NEVER`].
    pub(crate) fn left(self, now: Instant) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(now))
    }

    /// The one of the two that passes first.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }

    /// Whether it has passed at `now`.
    #[must_use]
    pub fn has_passed(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }
}

/// An instant as a number: how far two are apart is one subtraction, while that of instants is a call into the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// Since the process first asked, ns; less than nothing before.
    ns: i64,
}

impl Moment {
    pub(crate) fn of(instant: Instant) -> Self {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let first = *FIRST.get_or_init(Instant::now);
        let ns = |apart: Duration| i64::try_from(apart.as_nanos()).unwrap_or(i64::MAX);
        match instant.checked_duration_since(first) {
            Some(since) => Self { ns: ns(since) },
            None => Self { ns: -ns(first.duration_since(instant)) },
        }
    }

    /// So much later.
    #[inline]
    pub(crate) const fn plus_ns(self, ns: u64) -> Self {
        Self { ns: self.ns.saturating_add_unsigned(ns) }
    }

    /// How much later it is than another, ns; 0 where it is earlier.
    #[inline]
    pub(crate) const fn since_ns(self, earlier: Self) -> u64 {
        match self.ns > earlier.ns {
            true => self.ns.abs_diff(earlier.ns),
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_apart_as_their_instants_are() {
        let first = Instant::now();
        let moments = [0, 1, 999_999_999, 1_000_000_000, 3_600_000_000_001].map(|ns| first + Duration::from_nanos(ns));
        for (a, b) in moments.iter().flat_map(|a| moments.iter().map(move |b| (*a, *b))) {
            let apart = Moment::of(a).since_ns(Moment::of(b));
            assert_eq!(u128::from(apart), a.saturating_duration_since(b).as_nanos());
            assert_eq!(Moment::of(b).plus_ns(apart), Moment::of(a.max(b)));
        }
        // Also where it was before the first of all.
        let before = first.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(Moment::of(first).since_ns(Moment::of(before)), 1_000_000);
    }

    #[test]
    fn units_are_what_they_say() {
        let t = Timestamp::from_ms(1_499_827_319_559);
        assert_eq!((t.ms(), t.us(), t.ns()), (1_499_827_319_559, 1_499_827_319_559_000, 1_499_827_319_559_000_000));
        assert_eq!(Timestamp::from_us(1_499).ms(), 1);
        assert_eq!(Timestamp::from_ns(5) - Duration::MAX, Timestamp::from_ns(0));
        assert_eq!(Timestamp::from_ns(5) + Duration::MAX, Timestamp::from_ns(u64::MAX));
        assert_eq!(Timestamp::from_ms(5) + Duration::from_millis(3) - Duration::from_millis(1), Timestamp::from_ms(7));
        assert_eq!(Timestamp::from_ms(u64::MAX), Timestamp::from_us(u64::MAX));
    }

    #[test]
    fn reads_as_a_date() {
        // From `date -u -d @…`.
        for (s, date) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_800, "2000-03-01T00:00:00"),
            (1_499_827_320, "2017-07-12T02:42:00"),
            (1_735_689_599, "2024-12-31T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(Timestamp::from_ms(s * 1_000 + 7).to_string(), format!("{date}.007Z"));
            assert_eq!(Timestamp::from_rfc3339(&format!("{date}Z")), Some(Timestamp::from_ms(s * 1_000)));
        }
    }

    #[test]
    fn a_date_is_read_in_utc_to_the_nanosecond() {
        let second = 1_499_827_320;
        for (places, ns) in [
            ("", 0),
            (".5", 500_000_000),
            (".000001", 1_000),
            (".123456789", 123_456_789),
            (".1234567899", 123_456_789),
        ] {
            let read = Timestamp::from_rfc3339(&format!("2017-07-12T02:42:00{places}Z"));
            assert_eq!(read, Some(Timestamp::from_ns(second * 1_000_000_000 + ns)), "{places}");
        }
        let mut known = Date::default();
        for day in 0..60_000 {
            let time = Timestamp::from_ms(day * MS_PER_DAY + 12_345_678);
            for time in [time, time + Duration::from_secs(60), time - Duration::from_secs(60)] {
                assert_eq!(time.rfc3339_of(&mut known), time.rfc3339());
            }
            assert_eq!(Timestamp::from_rfc3339(&time.to_string()), Some(time));
        }
        for text in [
            "",
            "Z",
            "2017-07-12",
            "2017-07-12T02:42:00",
            "2017-07-12T02:42:00.Z",
            "2017-07-12T02:42:00.1x9Z",
            "2017-07-12T02:42:00+01:00",
            "2017-07-12 02:42:00Z",
            "2017-13-12T02:42:00Z",
            "2017-02-29T02:42:00Z",
            "2017-06-31T02:42:00Z",
            "2017-07-00T02:42:00Z",
            "2017-07-12T24:42:00Z",
            "2017-07-12T02:60:00Z",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "２０17-07-12T02:42:00Z",
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), None, "{text}");
        }
    }

    /// Every day that a timestamp can have, by counting days along.
    #[test]
    fn days_follow_each_other() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..=u64::MAX / 1_000_000 / MS_PER_DAY {
            assert_eq!(civil_date(days), (year, month, day), "{days}");
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u64::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day == last) {
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
                (_, false) => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn a_clock_is_off_only_where_that_is_certain() {
        let off = |offset_us, error_us, ms| {
            ClockOffset { offset_us, error_us }.is_off_by_more_than(Duration::from_millis(ms))
        };
        assert!(off(-3_000_000, 500, 2_999) && off(3_000_000, 500, 2_999));
        assert!(!off(3_000_000, 2_000, 2_999) && !off(100, 5_000, 0));
    }

    #[test]
    fn a_deadline_passes_once() {
        let now = Instant::now();
        assert!(Deadline::at(now).has_passed(now));
        assert!(!Deadline::after(Duration::from_secs(60)).has_passed(now));
        assert!(!Deadline::NEVER.has_passed(now));
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
        let (now, later) = (Deadline::at(now), Deadline::at(now + Duration::from_secs(1)));
        assert_eq!(
            [now.sooner(later), later.sooner(now), Deadline::NEVER.sooner(now), now.sooner(Deadline::NEVER)],
            [now; 4]
        );
    }
}
