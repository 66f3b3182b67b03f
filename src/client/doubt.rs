//! The register of orders in doubt: every order that may be at the venue and whose outcome nobody knows.
//!
//! An order is entered before its first byte goes out and leaves when its outcome is known. What a dropped future, a cut
//! reply or a passed deadline leaves behind stays, until it is settled:
//!
//! ```text
//! Free ──enter──► InFlight ──outcome known──► Free
//!                    │ unknown, or the future dropped
//!                    ╰──► InDoubt ──settled──► Free
//! ```
//!
//! Nothing on an order's path waits here: a place whose text another thread holds is passed over, and leaving is one
//! exchange. Entering allocates nothing; when every place is taken the order is refused, since it could be forgotten.
//!
//! **Closing.** Whoever closes says so and then looks at the places; whoever enters or leaves changes its place and then looks whether
//! it is closed. One of the two has to see the other: so both reach for the place by an exchange, the looking too, of which one comes
//! first, and the later one has all that was before the earlier. `tests/register` tries every order of it under loom.

use std::pin::pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use arrayvec::ArrayVec;

use self::sync::{AtomicBool, AtomicU8, AtomicUsize, Mutex, MutexGuard, Notify};
use crate::error::{BuildError, Busy, RestError};
use crate::order::OrderRef;
use crate::time::Timestamp;
use crate::venue::endpoint::BATCH_ORDERS_MAX;

/// All orders in flight or in doubt of one client.
#[derive(Debug)]
pub(crate) struct Register {
    places: Box<[Place]>,
    /// Where the search for a free place begins: at the place that came free last, which is still in the processor's cache, or behind
    /// the one taken last. A hint: two threads may begin at the same one.
    next: AtomicUsize,
    in_doubt: AtomicUsize,
    closed: AtomicBool,
    /// Told of each order that ends, once the register is closed.
    ended: Notify,
}

#[derive(Debug)]
struct Place {
    state: AtomicU8,
    /// Held from the look at a free place until its state says that it is taken, and by whoever lists.
    doubt: Mutex<Option<Doubt>>,
}

/// What is known of an order in flight or in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) order: OrderRef,
    /// When the venue itself gives up on the request, in its own time; `None` where it never does.
    pub(crate) expiry: Option<Timestamp>,
    /// When it was sent, in the venue's time; `None` where somebody else did so.
    pub(crate) sent: Option<Timestamp>,
}

const FREE: u8 = 0;
const IN_FLIGHT: u8 = 1;
const IN_DOUBT: u8 = 2;

impl Register {
    /// With so many places, [`DOUBTS_MAX`] at most.
    pub(crate) fn new(places: usize) -> Self {
        debug_assert!(places <= DOUBTS_MAX, "{places} places cannot be numbered");
        let place = |_| Place { state: AtomicU8::new(FREE), doubt: Mutex::new(None) };
        Self {
            places: (0..places).map(place).collect(),
            next: AtomicUsize::new(0),
            in_doubt: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            ended: Notify::new(),
        }
    }

    /// What the orders of one request are entered with.
    #[inline]
    pub(crate) fn tickets(&self) -> Tickets<'_> {
        Tickets { register: self, places: ArrayVec::new_const() }
    }

    /// Enters an order whose first byte is about to go out.
    ///
    /// **Errors**: every place is taken, or no orders are taken any more. Nothing was sent.
    #[inline]
    fn enter(&self, doubt: Doubt) -> Result<Ticket<'_>, Busy> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Busy::Closed);
        }
        let ticket = self.take(doubt).ok_or(Busy::Doubts { places: self.places.len() })?;
        // Closing counts those in flight after it has closed: one of the two sees the other.
        if self.closed.load(Ordering::Relaxed) {
            ticket.outcome_is_known();
            return Err(Busy::Closed);
        }
        Ok(ticket)
    }

    /// Enters an order that an earlier run, or somebody else, may have sent; unless it stands here already.
    ///
    /// **Errors**: every place is taken.
    pub(crate) fn adopt(&self, doubt: Doubt) -> Result<Doubt, Busy> {
        if let Some(known) = self.find(&doubt.order) {
            return Ok(known);
        }
        let ticket = self.take(doubt).ok_or(Busy::Doubts { places: self.places.len() })?;
        drop(ticket);
        Ok(doubt)
    }

    fn take(&self, doubt: Doubt) -> Option<Ticket<'_>> {
        let (before, behind) = self.places.split_at(self.next.load(Ordering::Relaxed).min(self.places.len()));
        let from_next = (before.len()..).zip(behind).chain((0..).zip(before));
        for (at, place) in from_next {
            if place.state.load(Ordering::Relaxed) != FREE {
                continue;
            }
            let number = u16::try_from(at).ok()?;
            // Somebody lists this very place, or enters an order there: not worth waiting for.
            let Ok(mut text) = place.doubt.try_lock() else { continue };
            // Who entered one meanwhile did so under the lock, and whoever had it is done with it.
            if place.state.load(Ordering::Acquire) != FREE {
                continue;
            }
            *text = Some(doubt);
            place.state.swap(IN_FLIGHT, Ordering::AcqRel);
            drop(text);
            self.next.store(at + 1, Ordering::Relaxed);
            return Some(self.ticket(number));
        }
        None
    }

    fn ticket(&self, place: u16) -> Ticket<'_> {
        Ticket { register: self, place, end: InDoubt }
    }

    /// The order, where it is in flight or in doubt; the latest to expire, where it went out more than once.
    pub(crate) fn find(&self, order: &OrderRef) -> Option<Doubt> {
        let same = self.places.iter().filter_map(Place::look).map(|(_, doubt)| doubt).filter(|d| names(d, order));
        // Without an expiry it never ends.
        same.max_by_key(|doubt| doubt.expiry.map_or(u64::MAX, Timestamp::ns))
    }

    /// When the first request that stands here under this order's id was sent; `None` where one is somebody else's.
    pub(crate) fn first_sent(&self, order: &OrderRef) -> Option<Timestamp> {
        let same = self.places.iter().filter_map(Place::look).map(|(_, doubt)| doubt).filter(|d| names(d, order));
        // None is less than any.
        same.map(|doubt| doubt.sent).min().flatten()
    }

    /// Whether any order is in doubt; orders in flight are not.
    #[inline]
    pub(crate) fn any_in_doubt(&self) -> bool {
        self.in_doubt.load(Ordering::Relaxed) > 0
    }

    /// The orders in doubt.
    pub(crate) fn in_doubt(&self) -> Vec<Doubt> {
        let in_doubt = |(state, doubt)| (state == IN_DOUBT).then_some(doubt);
        self.places.iter().filter_map(Place::look).filter_map(in_doubt).collect()
    }

    /// The orders in doubt and those still in flight.
    pub(crate) fn open(&self) -> Vec<Doubt> {
        self.places.iter().filter_map(Place::look).map(|(_, doubt)| doubt).collect()
    }

    /// The outcome of an order is known: it is in doubt no more.
    pub(crate) fn settled(&self, order: &OrderRef) {
        for place in &self.places {
            // Under the lock, so that the place cannot become another order's in between.
            let text = place.lock();
            if text.is_some_and(|doubt| names(&doubt, order))
                && place.state.compare_exchange(IN_DOUBT, FREE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            {
                self.in_doubt.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Takes no further orders.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Waits until no order is in flight. Call it closed.
    ///
    /// **Cancel safety**: nothing is lost.
    pub(crate) async fn drained(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Registered before the look, so that an order that ends in between is heard.
            ended.as_mut().enable();
            if !self.places.iter().any(|place| place.state.fetch_or(0, Ordering::AcqRel) == IN_FLIGHT) {
                return;
            }
            ended.await;
        }
    }
}

/// Whether a doubt is about this order, by our id.
fn names(doubt: &Doubt, order: &OrderRef) -> bool {
    doubt.order.id.is_some() && doubt.order.id == order.id && doubt.order.symbol == order.symbol
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, Option<Doubt>> {
        // A panic under the lock is impossible: what it holds is copied, no more.
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Option<(u8, Doubt)> {
        if self.state.load(Ordering::Acquire) < IN_FLIGHT {
            return None;
        }
        // Nobody can write the text while it is held, so a state read under it belongs to it.
        let text = self.lock();
        let state = self.state.load(Ordering::Acquire);
        (*text).filter(|_| state >= IN_FLIGHT).map(|doubt| (state, doubt))
    }
}

/// As many places as a ticket can number.
pub(crate) const DOUBTS_MAX: usize = 1 << 16;

/// The orders of one request in flight. Dropped without a word, they are in doubt.
///
/// Small, since it moves with the request: places by their number.
#[derive(Debug)]
pub(crate) struct Tickets<'a> {
    register: &'a Register,
    places: ArrayVec<u16, BATCH_ORDERS_MAX>,
}

impl<'a> Tickets<'a> {
    /// Enters one more order.
    ///
    /// **Errors**: as [`Register::enter`]; one request creates no more orders. Those entered before are taken out again: nothing
    /// was sent.
    #[inline]
    pub(crate) fn enter(&mut self, doubt: Doubt) -> Result<(), RestError> {
        let entered = if self.places.is_full() {
            let what = "a request that places more than 20 orders";
            Err(BuildError::Unsupported { what, cure: "send several" }.into())
        } else {
            self.register.enter(doubt).map_err(RestError::from)
        };
        match entered {
            Ok(ticket) => self.places.push(ticket.keep()),
            Err(error) => {
                self.by_turns().for_each(Ticket::outcome_is_known);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Each order's ticket, in the order in which they were entered. What is not taken stays.
    #[inline]
    pub(crate) fn by_turns(&mut self) -> impl Iterator<Item = Ticket<'a>> {
        core::iter::from_fn(|| self.places.pop_at(0).map(|place| self.register.ticket(place)))
    }
}

impl Drop for Tickets<'_> {
    #[inline]
    fn drop(&mut self) {
        self.by_turns().for_each(drop);
    }
}

/// An order in flight. Dropped without a word, it is in doubt.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    register: &'a Register,
    place: u16,
    end: End,
}

/// What becomes of a ticket's place when it is dropped.
#[derive(Clone, Copy, Debug)]
enum End {
    InDoubt,
    Known,
    /// Another ticket of it will be made.
    Kept,
}

use End::{InDoubt, Kept, Known};

impl Ticket<'_> {
    /// It ended with an outcome that leaves nothing to settle.
    #[inline]
    pub(crate) fn outcome_is_known(mut self) {
        self.end = Known;
    }

    /// The place, whose ticket is made again later.
    #[inline]
    fn keep(mut self) -> u16 {
        self.end = Kept;
        self.place
    }
}

impl Drop for Ticket<'_> {
    #[inline]
    fn drop(&mut self) {
        let state = match self.end {
            Kept => return,
            Known => FREE,
            InDoubt => {
                self.register.in_doubt.fetch_add(1, Ordering::Relaxed);
                IN_DOUBT
            }
        };
        self.register.places[usize::from(self.place)].state.swap(state, Ordering::AcqRel);
        if state == FREE {
            self.register.next.store(self.place.into(), Ordering::Relaxed);
        }
        if self.register.closed.load(Ordering::Relaxed) {
            self.register.ended.notify_waiters();
        }
    }
}

/// What threads meet on.
#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize};
    pub(super) use std::sync::{Mutex, MutexGuard};
    pub(super) use tokio::sync::Notify;
}

/// The same under loom, which then tries every order in which threads can meet.
#[cfg(orderwire_loom)]
mod sync {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    pub(super) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize};
    pub(super) use loom::sync::{Mutex, MutexGuard};

    /// Stands in for tokio's, which loom cannot see into; the same promise, by a lock.
    #[derive(Debug)]
    pub(super) struct Notify(Mutex<(usize, Vec<Waker>)>);

    pub(super) struct Notified<'a> {
        notify: &'a Notify,
        since: usize,
    }

    impl Notify {
        pub(super) fn new() -> Self {
            Self(Mutex::new((0, Vec::new())))
        }

        pub(super) fn notified(&self) -> Notified<'_> {
            Notified { notify: self, since: self.0.lock().unwrap().0 }
        }

        pub(super) fn notify_waiters(&self) {
            let wakers = {
                let mut told = self.0.lock().unwrap();
                told.0 += 1;
                std::mem::take(&mut told.1)
            };
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    impl Notified<'_> {
        /// Counts from when it was made.
        pub(super) fn enable(self: Pin<&mut Self>) -> bool {
            false
        }
    }

    impl Future for Notified<'_> {
        type Output = ();

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            let mut told = self.notify.0.lock().unwrap();
            if told.0 > self.since {
                return Poll::Ready(());
            }
            told.1.push(context.waker().clone());
            Poll::Pending
        }
    }
}

#[cfg(all(test, not(orderwire_loom)))]
mod tests {
    use super::*;
    use crate::id::{ClientOrderId, Symbol};

    fn doubt(id: &str, expiry_ms: u64) -> Doubt {
        let order = OrderRef::by_id(Symbol::new("BTCUSDT").unwrap(), ClientOrderId::new(id).unwrap());
        Doubt { order, expiry: Some(Timestamp::from_ms(expiry_ms)), sent: Some(Timestamp::from_ms(expiry_ms / 2)) }
    }

    #[test]
    fn an_order_that_ends_leaves_nothing_behind() {
        let register = Register::new(1);
        for n in 0..3 {
            register.enter(doubt("a", n)).unwrap().outcome_is_known();
        }
        assert!(register.open().is_empty() && !register.any_in_doubt());
    }

    #[test]
    fn an_order_was_sent_when_its_first_request_was() {
        let register = Register::new(3);
        let order = doubt("a", 0).order;
        assert_eq!(register.first_sent(&order), None);
        drop(register.enter(doubt("a", 20)).unwrap());
        drop(register.enter(doubt("a", 10)).unwrap());
        drop(register.enter(doubt("b", 2)).unwrap());
        assert_eq!(register.first_sent(&order), Some(Timestamp::from_ms(5)));
        register.settled(&order);
        register.adopt(Doubt { sent: None, ..doubt("a", 10) }).unwrap();
        drop(register.enter(doubt("a", 10)).unwrap());
        assert_eq!(register.first_sent(&order), None, "somebody else may have sent it before");
    }

    #[test]
    fn an_order_that_is_dropped_stays_until_it_is_settled() {
        let register = Register::new(4);
        drop(register.enter(doubt("a", 1)).unwrap());
        drop(register.enter(doubt("a", 5)).unwrap());
        drop(register.enter(doubt("b", 3)).unwrap());
        assert_eq!(register.find(&doubt("a", 0).order), Some(doubt("a", 5)));
        assert_eq!(register.in_doubt().len(), 3);
        register.settled(&doubt("a", 0).order);
        assert_eq!(register.in_doubt(), [doubt("b", 3)]);
        register.settled(&doubt("b", 0).order);
        assert!(!register.any_in_doubt());
    }

    #[test]
    fn what_could_be_forgotten_is_refused() {
        let register = Register::new(2);
        let first = register.enter(doubt("a", 1)).unwrap();
        drop(register.enter(doubt("b", 1)).unwrap());
        assert_eq!(register.enter(doubt("c", 1)).unwrap_err(), Busy::Doubts { places: 2 });
        first.outcome_is_known();
        register.enter(doubt("c", 1)).unwrap().outcome_is_known();
    }

    #[test]
    fn orders_of_one_request_are_entered_together_or_not_at_all() {
        let register = Register::new(3);
        let mut both = register.tickets();
        both.enter(doubt("a", 1)).unwrap();
        both.enter(doubt("b", 1)).unwrap();
        let mut others = register.tickets();
        others.enter(doubt("c", 1)).unwrap();
        assert_eq!(others.enter(doubt("d", 1)).unwrap_err(), Busy::Doubts { places: 3 }.into());
        assert_eq!(register.open().len(), 2, "the one before it was taken out again");
        let mut turns = both.by_turns();
        turns.next().unwrap().outcome_is_known();
        drop(turns);
        drop(both);
        assert_eq!(register.open(), register.in_doubt());
        assert!(register.open().iter().all(|open| *open == doubt("b", 1)));

        let register = Register::new(BATCH_ORDERS_MAX + 1);
        let mut many = register.tickets();
        for _ in 0..BATCH_ORDERS_MAX {
            many.enter(doubt("a", 1)).unwrap();
        }
        assert!(matches!(many.enter(doubt("a", 1)), Err(RestError::Build(_))));
        assert!(register.open().is_empty());
    }

    #[test]
    fn settling_does_not_touch_the_order_in_flight() {
        let register = Register::new(2);
        let ticket = register.enter(doubt("a", 1)).unwrap();
        register.settled(&doubt("a", 1).order);
        assert_eq!(register.open(), [doubt("a", 1)]);
        assert!(register.in_doubt().is_empty());
        ticket.outcome_is_known();
        assert!(register.open().is_empty());
    }

    #[test]
    fn an_order_of_an_earlier_run_is_taken_in_once() {
        let register = Register::new(2);
        assert_eq!(register.adopt(doubt("a", 7)), Ok(doubt("a", 7)));
        assert_eq!(register.adopt(doubt("a", 99)), Ok(doubt("a", 7)));
        assert_eq!(register.in_doubt(), [doubt("a", 7)]);
    }

    #[tokio::test]
    async fn closing_waits_for_orders_in_flight_and_takes_no_more() {
        let register = Register::new(2);
        let ticket = register.enter(doubt("a", 1)).unwrap();
        register.close();
        assert_eq!(register.enter(doubt("b", 1)).unwrap_err(), Busy::Closed);
        let ((), ()) = tokio::join!(register.drained(), async {
            tokio::task::yield_now().await;
            assert_eq!(register.open().len(), 1);
            drop(ticket);
        });
        assert_eq!(register.in_doubt(), [doubt("a", 1)]);
    }

    #[test]
    fn threads_never_share_a_place() {
        let register = Register::new(3);
        let seen = AtomicUsize::new(0);
        std::thread::scope(|threads| {
            for name in ["a", "b", "c", "d"] {
                let (register, seen) = (&register, &seen);
                threads.spawn(move || {
                    for n in 0..20_000 {
                        let Ok(ticket) = register.enter(doubt(name, n)) else { continue };
                        let mine = *register.places[usize::from(ticket.place)].lock();
                        assert_eq!(mine, Some(doubt(name, n)));
                        ticket.outcome_is_known();
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            threads.spawn(|| (0..2_000).for_each(|_| assert!(register.open().len() <= 3)));
        });
        assert!(seen.load(Ordering::Relaxed) > 20_000);
        assert!(register.open().is_empty());
    }
}
