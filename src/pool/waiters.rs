//! Those who wait for a slot: seats made at build, served by ticket, without a lock.
//!
//! A seat's word is the ticket of who sits there, 0 when it is free. The rank of a waiter is his place among those who sit; he
//! may try for a slot once as many are idle as his rank, so that one is left for everybody before him. Nobody is handed a
//! slot: who is woken and finds nothing, because a `try_acquire` came first, waits on with the ticket he has.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, Release, SeqCst};
use std::task::{Context, Poll, Waker};

use super::sync::{AtomicU64, AtomicUsize, AtomicWaker, fence};
use super::{Pool, Pooled, WAITED};

/// Most futures that can wait for a slot of one pool at a time.
pub const WAITERS_MAX: usize = if cfg!(orderwire_loom) { 2 } else { 1024 };

/// The future of [`Pool::acquire`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Acquire<'a, T> {
    pool: &'a Pool<T>,
    /// The place in the queue, once the first poll found no slot.
    seat: Option<usize>,
}

impl<T> Future for Acquire<'_, T> {
    type Output = Result<Pooled<T>, AcquireError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let pool = self.pool;
        let core = pool.core();
        let seat = match self.seat {
            Some(seat) => seat,
            None => {
                if pool.is_closed() {
                    return Poll::Ready(Err(AcquireError::Closed));
                }
                if !core.waiters.any()
                    && let Some(slot) = pool.try_acquire()
                {
                    return Poll::Ready(Ok(slot));
                }
                let Some(seat) = core.waiters.sit() else {
                    return Poll::Ready(Err(AcquireError::Crowded));
                };
                self.seat = Some(seat);
                // From here on every return sees the mark and wakes; what returned before is seen below.
                core.head.0.fetch_or(WAITED, AcqRel);
                seat
            }
        };
        core.waiters.register(seat, cx.waker());
        if pool.is_closed() {
            self.leave();
            return Poll::Ready(Err(AcquireError::Closed));
        }
        if core.idle() >= core.waiters.rank(seat)
            && let Some(slot) = pool.try_acquire()
        {
            self.leave();
            return Poll::Ready(Ok(slot));
        }
        Poll::Pending
    }
}

impl<'a, T> Acquire<'a, T> {
    pub(super) fn new(pool: &'a Pool<T>) -> Self {
        Self { pool, seat: None }
    }

    fn leave(&mut self) {
        let Some(seat) = self.seat.take() else { return };
        let core = self.pool.core();
        if core.waiters.leave(seat) {
            core.head.0.fetch_and(!WAITED, AcqRel);
            while core.waiters.any() {
                // Someone sat down meanwhile. What came back while the mark was off is announced below.
                core.head.0.fetch_or(WAITED, AcqRel);
                if core.waiters.any() {
                    break;
                }
                core.head.0.fetch_and(!WAITED, AcqRel);
            }
        }
        core.announce();
    }
}

impl<T> Drop for Acquire<'_, T> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<T> fmt::Debug for Acquire<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").field("waiting", &self.seat.is_some()).finish()
    }
}

/// Why a pool ends a wait without a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AcquireError {
    /// The pool is closed.
    Closed,
    /// [`WAITERS_MAX`] others wait already.
    Crowded,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the pool is closed"),
            Self::Crowded => write!(f, "{WAITERS_MAX} others wait for a slot already"),
        }
    }
}

impl std::error::Error for AcquireError {}

/// The seats of a pool.
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
        self.sitting.load(Ordering::Acquire) != 0
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
        let reached = &self.seats[..self.reach.load(Ordering::Acquire)];
        reached.iter().map(|seat| (seat.ticket.load(Ordering::Acquire), seat)).filter(|(ticket, _)| *ticket != FREE)
    }
}

const FREE: u64 = 0;
