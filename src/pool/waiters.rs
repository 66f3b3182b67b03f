//! Those who wait for a slot: seats made at build, served by ticket, without a lock.
//!
//! A seat's word is 0 when free, else the ticket of who sits there, and whether he was given notice of an idle slot:
//!
//! ```text
//!   free ── sit ──► waiting ◄── take_notice ── noticed        leave: from either, to free
//!                      └───────── notice ───────▲
//! ```
//!
//! A notice is a hint to try, not a slot: who finds nothing waits on with the ticket he has. Who leaves with a notice in
//! hand tells, so that it can be given to the next.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
use std::task::Waker;

use super::sync::{AtomicU64, AtomicUsize, AtomicWaker, fence};

/// Most futures that can wait for a slot of one pool at a time.
pub const WAITERS_MAX: usize = if cfg!(orderwire_loom) { 2 } else { 1024 };

pub(super) struct Waiters {
    seats: Box<[Seat]>,
    /// No seat from here on was ever taken: a bound for who looks through them.
    reach: AtomicUsize,
    sitting: AtomicUsize,
    tickets: AtomicU64,
}

struct Seat {
    word: AtomicU64,
    waker: AtomicWaker,
}

impl Waiters {
    pub(super) fn new() -> Self {
        let seat = || Seat { word: AtomicU64::new(FREE), waker: AtomicWaker::new() };
        Self {
            seats: std::iter::repeat_with(seat).take(WAITERS_MAX).collect(),
            reach: AtomicUsize::new(0),
            sitting: AtomicUsize::new(0),
            tickets: AtomicU64::new(TICKET_ONE),
        }
    }

    /// Takes the first free seat; none when all are taken.
    pub(super) fn sit(&self) -> Option<usize> {
        let ticket = self.tickets.fetch_add(TICKET_ONE, Relaxed);
        let index = self.seats.iter().position(|seat| {
            seat.word.load(Relaxed) == FREE && seat.word.compare_exchange(FREE, ticket, AcqRel, Relaxed).is_ok()
        })?;
        self.reach.fetch_max(index + 1, AcqRel);
        self.sitting.fetch_add(1, AcqRel);
        Some(index)
    }

    /// Leaves the waker. To be called before `take_notice`, so that a notice given after that one looked wakes.
    pub(super) fn register(&self, seat: usize, waker: &Waker) {
        self.seats[seat].waker.register(waker);
    }

    /// Whether there is a notice; it is used up, and an idle slot is to be tried for now.
    pub(super) fn take_notice(&self, seat: usize) -> bool {
        let word = &self.seats[seat].word;
        let noticed = word.load(Acquire) & NOTICED != 0 && word.fetch_and(!NOTICED, AcqRel) & NOTICED != 0;
        if noticed {
            fence(SeqCst);
        }
        noticed
    }

    /// Frees the seat. Says whether a notice was left unused, and whether nobody sits any more.
    pub(super) fn leave(&self, seat: usize) -> (bool, bool) {
        let seat = &self.seats[seat];
        // Before the seat is free: after that it might be the next one's waker.
        drop(seat.waker.take());
        let noticed = seat.word.swap(FREE, AcqRel) & NOTICED != 0;
        (noticed, self.sitting.fetch_sub(1, AcqRel) == 1)
    }

    pub(super) fn any(&self) -> bool {
        self.sitting.load(Acquire) != 0
    }

    /// Gives notice to waiters, first come first, until as many have one as slots are `idle`.
    pub(super) fn notice(&self, idle: usize) {
        let noticed = self.reached().iter().filter(|seat| seat.word.load(Acquire) & NOTICED != 0).count();
        for _ in noticed..idle {
            if !self.notice_first() {
                return;
            }
        }
    }

    fn notice_first(&self) -> bool {
        loop {
            let waiting = |seat: &&Seat| seat.word.load(Acquire);
            let Some(seat) = self.reached().iter().filter(|s| is_waiting(waiting(s))).min_by_key(waiting) else {
                return false;
            };
            let word = waiting(&seat);
            if is_waiting(word) && seat.word.compare_exchange(word, word | NOTICED, AcqRel, Relaxed).is_ok() {
                seat.waker.wake();
                return true;
            }
        }
    }

    pub(super) fn wake_all(&self) {
        for seat in self.reached() {
            seat.waker.wake();
        }
    }

    fn reached(&self) -> &[Seat] {
        &self.seats[..self.reach.load(Acquire)]
    }
}

fn is_waiting(word: u64) -> bool {
    word != FREE && word & NOTICED == 0
}

const FREE: u64 = 0;
const NOTICED: u64 = 1;
const TICKET_ONE: u64 = 2;
