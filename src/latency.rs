//! `Stage` and `Timeline`: when what happened to one request, in a fixed array.
//!
//! ```text
//! intended ─► acquired ─► built ─► signed ─► sealed ─► written ─► first byte ─► last byte ─► decoded
//!             ●                    ●                   ●          ●                          ●          by default
//! ```
//!
//! A stamp is one read of the processor's time stamp counter (the first of the default's five is the look at the clock that each call
//! takes anyway: `src/now.rs`), which `quanta` calibrates against the system's monotonic clock;
//! where a processor has no such counter it is a read of that clock. Nothing is computed on the way of the request that they are of:
//! `client::latency` folds them into histograms while the slot's next one is under way. What stamps cost is measured by
//! `benches/stamps.rs`.

use std::sync::OnceLock;

use quanta::Clock;

/// What happens to a request, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "an array has a place for each")]
pub enum Stage {
    /// The call was made; it may wait for a slot.
    Intended,
    /// It has its slot. Of the default's five the first: when the call was made, or a slot was found that it had to wait for.
    Acquired,
    /// All that will be signed is written.
    Built,
    /// The request is complete, signature included.
    Signed,
    /// The connection was found clean and the request is sealed, ready for the system call.
    Sealed,
    /// The kernel has all of it.
    Written,
    /// The first bytes of the reply were received.
    FirstByte,
    /// The reply is whole.
    LastByte,
    /// The reply is a value.
    Decoded,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Intended,
        Self::Acquired,
        Self::Built,
        Self::Signed,
        Self::Sealed,
        Self::Written,
        Self::FirstByte,
        Self::LastByte,
        Self::Decoded,
    ];
}

/// Which stages are stamped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stamps {
    /// All nine.
    All,
    /// Acquired, signed, written, first byte, decoded.
    #[default]
    Five,
    /// None, and no histogram is kept. The one look at the clock that says when a call was made is taken all the same.
    Off,
}

/// One measured span: from a stage to the next that is stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// What it is called in reports.
    pub name: &'static str,
    /// Where it begins.
    pub from: Stage,
    /// Where it ends.
    pub to: Stage,
}

impl Span {
    const fn new(name: &'static str, from: Stage, to: Stage) -> Self {
        Self { name, from, to }
    }
}

impl Stamps {
    /// Whether this stage is stamped.
    #[inline]
    #[must_use]
    pub const fn takes(self, stage: Stage) -> bool {
        match self {
            Self::All => true,
            Self::Five => {
                matches!(stage, Stage::Acquired | Stage::Signed | Stage::Written | Stage::FirstByte | Stage::Decoded)
            }
            Self::Off => false,
        }
    }

    /// What is measured: whole requests first, then the spans that they are made of.
    #[must_use]
    pub const fn spans(self) -> &'static [Span] {
        use Stage::{Acquired, Built, Decoded, FirstByte, Intended, LastByte, Sealed, Signed, Written};
        const ALL: [Span; 9] = [
            Span::new(WHOLE, Intended, Decoded),
            Span::new("acquire", Intended, Acquired),
            Span::new("build", Acquired, Built),
            Span::new("sign", Built, Signed),
            Span::new("seal", Signed, Sealed),
            Span::new("write", Sealed, Written),
            Span::new("wait", Written, FirstByte),
            Span::new("read", FirstByte, LastByte),
            Span::new("decode", LastByte, Decoded),
        ];
        const FIVE: [Span; 5] = [
            Span::new(WHOLE, Acquired, Decoded),
            Span::new("build-and-sign", Acquired, Signed),
            Span::new("seal-and-write", Signed, Written),
            Span::new("wait", Written, FirstByte),
            Span::new("read-and-decode", FirstByte, Decoded),
        ];
        match self {
            Self::All => &ALL,
            Self::Five => &FIVE,
            Self::Off => &[],
        }
    }
}

/// What a whole request is called among its spans.
pub const WHOLE: &str = "order";

/// When the stages of one request happened.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// The counter at each stage; 0 where there is no stamp.
    raw: [u64; Stage::ALL.len()],
    stamps: Stamps,
}

impl Timeline {
    pub(crate) const fn new(stamps: Stamps) -> Self {
        Self { raw: [0; Stage::ALL.len()], stamps }
    }

    /// As it was [read](Self::raw).
    #[inline]
    pub(crate) const fn of(stamps: Stamps, raw: [u64; Stage::ALL.len()]) -> Self {
        Self { raw, stamps }
    }

    /// Where the counter stood at each stage.
    #[inline]
    pub(crate) const fn raw(&self) -> &[u64; Stage::ALL.len()] {
        &self.raw
    }

    /// Which stages it has.
    #[must_use]
    pub const fn stamps(&self) -> Stamps {
        self.stamps
    }

    /// Forgets the request before.
    #[inline]
    pub(crate) const fn clear(&mut self) {
        self.raw = [0; Stage::ALL.len()];
    }

    /// A request begins that has its slot: it was meant to be sent at the one look at the counter, and made at the other. Where both
    /// stages are stamped it has its slot now; else since the latter, which costs no look of its own.
    #[inline]
    pub(crate) fn begin(&mut self, intended: u64, made: u64) {
        self.clear();
        self.set(Stage::Intended, intended);
        match self.stamps.takes(Stage::Intended) {
            true => self.mark(Stage::Acquired),
            false => self.set(Stage::Acquired, made),
        }
    }

    /// This stage is now.
    #[inline]
    pub(crate) fn mark(&mut self, stage: Stage) {
        if self.stamps.takes(stage) {
            self.raw[stage as usize] = now();
        }
    }

    /// This stage is now, unless it was before: the first byte of several.
    #[inline]
    pub(crate) fn mark_first(&mut self, stage: Stage) {
        if self.raw[stage as usize] == 0 {
            self.mark(stage);
        }
    }

    /// This stage was when the counter stood there.
    #[inline]
    pub(crate) const fn set(&mut self, stage: Stage, raw: u64) {
        if self.stamps.takes(stage) {
            self.raw[stage as usize] = raw;
        }
    }

    /// How long it took from one stage to another, ns; `None` where one has no stamp. 0 where the counter ran backwards, as it
    /// may between the processors of some machines.
    #[inline]
    #[must_use]
    pub fn between_ns(&self, from: Stage, to: Stage) -> Option<u64> {
        match (self.raw[from as usize], self.raw[to as usize]) {
            (0, _) | (_, 0) => None,
            (from, to) => Some(between_ns(from, to)),
        }
    }
}

/// The time stamp counter.
#[inline]
pub(crate) fn now() -> u64 {
    clock().raw()
}

/// How long it takes the counter from one look to the other, ns; 0 where it ran backwards.
#[inline]
pub(crate) fn between_ns(from: u64, to: u64) -> u64 {
    clock().delta_as_nanos(from, to)
}

#[inline]
fn clock() -> &'static Clock {
    CLOCK.get().unwrap_or_else(calibrate)
}

/// Compares the counter with the system's clock, once a process: some milliseconds, 200 at most.
#[cold]
pub(crate) fn calibrate() -> &'static Clock {
    CLOCK.get_or_init(Clock::new)
}

static CLOCK: OnceLock<Clock> = OnceLock::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_join_the_stages_that_are_stamped() {
        for stamps in [Stamps::All, Stamps::Five, Stamps::Off] {
            let stamped: Vec<_> = Stage::ALL.into_iter().filter(|stage| stamps.takes(*stage)).collect();
            let Some((whole, parts)) = stamps.spans().split_first() else {
                assert!(stamped.is_empty());
                continue;
            };
            assert_eq!((whole.from, whole.to), (stamped[0], stamped[stamped.len() - 1]));
            let joined: Vec<_> = parts.iter().map(|span| (span.from, span.to)).collect();
            let expected: Vec<_> = stamped.windows(2).map(|pair| (pair[0], pair[1])).collect();
            assert_eq!(joined, expected);
        }
    }

    #[test]
    fn stamps_tell_the_time() {
        let mut timeline = Timeline::new(Stamps::Five);
        timeline.mark(Stage::Acquired);
        let begun = std::time::Instant::now();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let least = begun.elapsed();
        timeline.mark(Stage::Signed);
        timeline.mark(Stage::Built);
        let most = begun.elapsed() + std::time::Duration::from_millis(5);
        let told = timeline.between_ns(Stage::Acquired, Stage::Signed).unwrap();
        assert!((least.as_nanos() * 99 / 100..most.as_nanos() * 101 / 100).contains(&u128::from(told)), "{told}");
        assert_eq!(timeline.between_ns(Stage::Acquired, Stage::Built), None, "not among the five");
        let earlier = timeline.raw[Stage::Acquired as usize] - 1;
        timeline.mark_first(Stage::Signed);
        timeline.set(Stage::Decoded, earlier);
        assert_eq!(timeline.between_ns(Stage::Acquired, Stage::Decoded), Some(0), "a counter that ran backwards");
        timeline.clear();
        assert_eq!(timeline.between_ns(Stage::Acquired, Stage::Signed), None);
    }
}
