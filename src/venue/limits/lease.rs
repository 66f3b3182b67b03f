//! A lease: how much may be taken of all budgets together, and until when, before anybody looks at them again.
//!
//! Whoever has looked at all budgets of an address writes down what they have in common, so that the next request looks at this alone,
//! however many budgets there are. It lies in the line of the processor's cache in which the count is taken.
//!
//! ```text
//! count   ├── taken ──┼───────── room ─────────┤ bound: the first budget of the kind is used up but for its reserve
//! time    from ───────────── now ──────────── until: the first window ends
//! ```
//!
//! Budgets that come to have less, as a reply tells, withdraw it; those that come to have more do not: a lease may say too little. What is
//! granted while it is withdrawn never holds, not for a moment: whoever has heard of less is not let pass by it. Parts
//! of two leases that are read at once are one as well, since windows follow each other and bounds only rise: late and behind the old
//! bound, or early and before the new one, in whose window it is counted then.

use core::sync::atomic::Ordering;

use super::sync::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use super::{COUNT_BITS, LimitKind, Taken};
use crate::time::Timestamp;

/// What may be taken without looking at the budgets. Nothing until it is granted.
#[derive(Default)]
#[repr(C)]
pub(super) struct Lease {
    from_ns: AtomicU64,
    until_ns: AtomicU64,
    /// Up to where each kind may be counted.
    bound: AtomicU64,
    /// How often it was withdrawn, and in the upper half how often it had been when it was granted: it holds while these are the same.
    standing: AtomicU32,
    /// Percent of each budget that it leaves: the most that any handle does, so that it is good for all.
    reserve_percent: AtomicU8,
    is_being_granted: AtomicBool,
}

/// What a lease is about to say.
pub(super) struct Terms {
    /// The count when the budgets were looked at.
    pub(super) taken: Taken,
    /// What each kind has left.
    pub(super) room: [u32; KINDS.len()],
    /// When the last of the windows began.
    pub(super) from: Timestamp,
    /// When the first of them ends.
    pub(super) until: Timestamp,
}

impl Terms {
    /// Of no budget at all.
    pub(super) const fn new(taken: Taken) -> Self {
        let (from, until) = (Timestamp::from_ns(0), Timestamp::from_ns(u64::MAX));
        Self { taken, room: [ROOM_MAX; KINDS.len()], from, until }
    }
}

impl Lease {
    /// Whether so much more may be taken at `now`, when so much was taken: read before the lease is.
    #[inline]
    pub(super) fn covers(&self, taken: Taken, more: Taken, now: Timestamp) -> bool {
        let standing = self.standing.load(Ordering::Acquire);
        // Acquired, so that whoever counts in a window counts behind what its count began with, and sees the bound that goes with it.
        let until_ns = self.until_ns.load(Ordering::Acquire);
        let bound = Taken(self.bound.load(Ordering::Relaxed));
        let is_within = self.from_ns.load(Ordering::Relaxed) <= now.ns() && now.ns() < until_ns;
        // Of each kind: more than half is a count that has passed the bound, or more than any lease leaves.
        let room = bound.minus(taken);
        is_within && standing >> 16 == standing & 0xFFFF && (room.0 | room.minus(more).0 | more.0) & Taken::HALVES == 0
    }

    /// Leaves so much of each budget at least from now on.
    pub(super) fn keep(&self, reserve_percent: u8) {
        if self.reserve_percent.fetch_max(reserve_percent, Ordering::Relaxed) < reserve_percent {
            self.withdraw();
        }
    }

    /// Looks at the budgets, with the reserve to leave, and says what they have; unless another thread is at it.
    pub(super) fn grant(&self, look: impl FnOnce(u8) -> Terms) {
        if self.is_being_granted.swap(true, Ordering::Acquire) {
            return;
        }
        // Acquired, so that the budgets are seen as those left them that withdrew it so far.
        let standing = self.standing.load(Ordering::Acquire);
        let Terms { taken, room, from, until } = look(self.reserve_percent.load(Ordering::Relaxed));
        let [orders, requests, weight] =
            KINDS.map(|kind| taken.of(kind).wrapping_add(room[kind as usize].min(ROOM_MAX)));
        self.from_ns.store(from.ns(), Ordering::Relaxed);
        self.bound.store(Taken::around(weight, requests, orders).0, Ordering::Relaxed);
        self.until_ns.store(until.ns(), Ordering::Release);
        // Not if it was withdrawn meanwhile.
        let withdrawn = standing & 0xFFFF;
        let granted = withdrawn << 16 | withdrawn;
        let _ = self.standing.compare_exchange(standing, granted, Ordering::Release, Ordering::Relaxed);
        self.is_being_granted.store(false, Ordering::Release);
    }

    /// A budget has less than it had.
    pub(super) fn withdraw(&self) {
        // It comes around after 65,536 times, between which requests are counted, and each grants another.
        let once_more = |standing: u32| Some(standing & 0xFFFF_0000 | standing.wrapping_add(1) & 0xFFFF);
        let _always = self.standing.fetch_update(Ordering::Release, Ordering::Relaxed, once_more);
    }
}

/// All kinds, as they are counted.
pub(super) const KINDS: [LimitKind; 3] = [LimitKind::Orders, LimitKind::Requests, LimitKind::Weight];

/// Most that a lease leaves to be taken of a kind: half of what is counted, so that a count behind the bound is told from one before it.
const ROOM_MAX: u32 = (1 << (COUNT_BITS - 1)) - 1;
