//! Those who wait for a slot: seats made at build, served by ticket, without a lock.
//!
//! A seat's word is the ticket of who sits there, 0 when it is free. The rank of a waiter is his place among those who sit; he
//! may try for a slot once as many are idle as his rank, so that one is left for everybody before him. Nobody is handed a
//! slot: who is woken and finds nothing, because a `try_acquire` came first, waits on with the ticket he has.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
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
    ticket: AtomicU64,
    waker: AtomicWaker,
}

impl Waiters {
    pub(super) fn new() -> Self {
        let seat = || Seat { ticket: AtomicU64::new(FREE), waker: AtomicWaker::new() };
        Self {
            seats: std::iter::repeat_with(seat).take(WAITERS_MAX).collect(),
            reach: AtomicUsize::new(0),
            sitting: AtomicUsize::new(0),
            tickets: AtomicU64::new(FREE + 1),
        }
    }

    /// Takes the first free seat; none when all are taken.
    pub(super) fn sit(&self) -> Option<usize> {
        let ticket = self.tickets.fetch_add(1, Relaxed);
        let index = self.seats.iter().position(|seat| {
            seat.ticket.load(Relaxed) == FREE && seat.ticket.compare_exchange(FREE, ticket, AcqRel, Relaxed).is_ok()
        })?;
        self.reach.fetch_max(index + 1, AcqRel);
        self.sitting.fetch_add(1, AcqRel);
        // Pairs with the fence of who returns a slot or leaves: either he finds this seat taken, or what he did is seen here.
        fence(SeqCst);
        Some(index)
    }

    /// Frees the seat. True when nobody sits any more.
    pub(super) fn leave(&self, seat: usize) -> bool {
        let seat = &self.seats[seat];
        // Before the seat is free: after that it might be the next one's waker.
        drop(seat.waker.take());
        seat.ticket.store(FREE, Release);
        self.sitting.fetch_sub(1, AcqRel) == 1
    }

    pub(super) fn any(&self) -> bool {
        self.sitting.load(Acquire) != 0
    }

    /// Leaves the waker; to be called before looking at slots and rank, so that a change after the look wakes.
    pub(super) fn register(&self, seat: usize, waker: &Waker) {
        self.seats[seat].waker.register(waker);
    }

    /// The place of this waiter among all, from 1.
    pub(super) fn rank(&self, seat: usize) -> usize {
        let ticket = self.seats[seat].ticket.load(Relaxed);
        1 + self.seated().filter(|(earlier, _)| *earlier < ticket).count()
    }

    /// Wakes the first of them, in the order of arrival.
    pub(super) fn wake(&self, first: usize) {
        let mut served = FREE;
        for _ in 0..first {
            let next = self.seated().filter(|(ticket, _)| *ticket > served).min_by_key(|(ticket, _)| *ticket);
            let Some((ticket, seat)) = next else { return };
            seat.waker.wake();
            served = ticket;
        }
    }

    /// Who sits, with his ticket, in no order.
    fn seated(&self) -> impl Iterator<Item = (u64, &Seat)> {
        let reached = &self.seats[..self.reach.load(Acquire)];
        reached.iter().map(|seat| (seat.ticket.load(Acquire), seat)).filter(|(ticket, _)| *ticket != FREE)
    }
}

const FREE: u64 = 0;
