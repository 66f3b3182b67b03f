//! A slot's last request, until it is counted.
//!
//! ```text
//! NOTHING ──put──► NOTED ──take_own──► NOTHING        who holds the slot
//!                  NOTED ──take──► READ ──► NOTHING   a reader, one at a time
//! ```
//!
//! Nobody waits: where a reader is at it the holder keeps what it has, and the other way around. `tests/register` tries every order
//! of this under loom.

use self::sync::{AtomicU8, AtomicU64, AtomicUsize};
use std::sync::atomic::Ordering;

use crate::latency::{Stage, Stamps, Timeline};

/// Room for one request that is over.
#[derive(Debug)]
pub(super) struct Over {
    state: AtomicU8,
    lane: AtomicUsize,
    outcome: AtomicUsize,
    stamps: Stamps,
    raw: [AtomicU64; Stage::ALL.len()],
}

/// A request that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) lane: usize,
    /// Where its outcome is counted.
    pub(super) outcome: usize,
    pub(super) timeline: Timeline,
}

/// There is none that is not counted.
const NOTHING: u8 = 0;
/// There is one.
const NOTED: u8 = 1;
/// A reader copies it.
const READ: u8 = 2;

impl Over {
    pub(super) fn new(stamps: Stamps) -> Self {
        Self {
            state: AtomicU8::new(NOTHING),
            lane: AtomicUsize::new(0),
            outcome: AtomicUsize::new(0),
            stamps,
            raw: core::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Whether there was room for it. Only who holds the slot may.
    #[inline]
    pub(super) fn put(&self, lane: usize, outcome: usize, timeline: &Timeline) -> bool {
        if self.state.load(Ordering::Acquire) != NOTHING {
            return false;
        }
        self.lane.store(lane, Ordering::Relaxed);
        self.outcome.store(outcome, Ordering::Relaxed);
        for (kept, raw) in self.raw.iter().zip(timeline.raw()) {
            kept.store(*raw, Ordering::Relaxed);
        }
        self.state.store(NOTED, Ordering::Release);
        true
    }

    /// For who holds the slot, and so alone may write the next one.
    #[inline]
    pub(super) fn take_own(&self) -> Option<Request> {
        self.state.compare_exchange(NOTED, NOTHING, Ordering::Acquire, Ordering::Relaxed).ok()?;
        Some(self.get())
    }

    /// For a reader. Nothing is written meanwhile.
    pub(super) fn take(&self) -> Option<Request> {
        self.state.compare_exchange(NOTED, READ, Ordering::Acquire, Ordering::Relaxed).ok()?;
        let request = self.get();
        self.state.store(NOTHING, Ordering::Release);
        Some(request)
    }

    #[inline]
    fn get(&self) -> Request {
        Request {
            lane: self.lane.load(Ordering::Relaxed),
            outcome: self.outcome.load(Ordering::Relaxed),
            timeline: Timeline::of(self.stamps, core::array::from_fn(|stage| self.raw[stage].load(Ordering::Relaxed))),
        }
    }
}

#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize};
}

#[cfg(orderwire_loom)]
mod sync {
    pub(super) use loom::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize};
}
