//! The register of orders in doubt: every order that may be at the venue and whose outcome nobody knows.
//!
//! An order is entered before its first byte goes out and leaves when its outcome is known. What a dropped future, a cut
//! reply or a passed deadline leaves behind stays, until it is settled:
//!
//! ```text
//! Free ──enter──► Entering ──text written──► InFlight ──outcome known──► Free     (Entering ──no order after all──► Free)
//!                                               │ unknown, or the future dropped
//!                                               ╰──► InDoubt ──settled──► Free
//! ```
//!
//! Nothing on an order's path waits here: a place that another thread reads is passed over, entering is one exchange and leaving
//! another. Entering allocates nothing; when every place is taken the order is refused, since it could be forgotten.
//!
//! **Invariant behind `unsafe`.** A place's text is written by who has moved its state from free, with nobody holding it, to entering,
//! and by nobody else; and it is read by who holds the place, which takes an order that is in flight or in doubt there. An order may
//! leave while its place is held: the place is free then and stays nobody's until it is let go.
//!
//! **Closing.** Whoever closes says so and then looks at the places; whoever enters or leaves changes its place and then looks whether
//! it is closed. One of the two has to see the other: so both reach for the place by an exchange, the looking too, of which one comes
//! first, and the later one has all that was before the earlier. That an order has entered is a plain store, after its exchange: who
//! finds it entering looks again. `tests/register` tries every order of it under loom, which knows what may be read and written when.
#![expect(
    unsafe_code,
    reason = "an order enters by one locked instruction and is written where it stays; see the invariant above"
)]

use std::mem::ManuallyDrop;
use std::pin::pin;
use std::sync::atomic::Ordering;

use arrayvec::ArrayVec;

use self::sync::{AtomicBool, AtomicU16, AtomicU32, AtomicUsize, Notify, UnsafeCell, yield_now};
use crate::error::{BuildError, Busy, RestError};
use crate::order::OrderRef;
use crate::time::Timestamp;
use crate::venue::endpoint::BATCH_ORDERS_MAX;

/// All orders in flight or in doubt of one client. What each order looks at lies in one line of the processor's cache.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Register {
    places: Box<[Place]>,
    /// Where the search for a free place begins: at the place that came free last, which is still in the processor's cache, or behind
    /// the one taken last. A hint: two threads may begin at the same one.
    next: AtomicU16,
    in_doubt: AtomicUsize,
    closed: AtomicBool,
    /// Told of each order that ends, once the register is closed.
    ended: Notify,
}

/// What is written for each order begins with its own line of the processor's cache: the exchange waits for that one alone.
#[derive(Debug)]
#[repr(C, align(64))]
struct Place {
    /// What the place is, [`FREE`] to [`ENTERING`], and [`HOLDER`] for each who reads the text.
    state: AtomicU32,
    doubt: UnsafeCell<Option<Doubt>>,
}

#[cfg(not(orderwire_loom))]
const _: () = assert!(size_of::<Register>() == 64, "what each order looks at lies in one line");

// SAFETY: the text is written by one thread while no other reads it, see the invariant at the top; it is `Copy`, and so sent by reading it.
unsafe impl Sync for Place {}

/// What is known of an order in flight or in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// In this order, as `OrderRef` is and why; times first, since what few orders have is last in there.
#[repr(C)]
pub(crate) struct Doubt {
    /// When the venue itself gives up on the request, in its own time; `None` where it never does.
    pub(crate) expiry: Option<Timestamp>,
    /// When it was sent, in the venue's time; `None` where somebody else did so.
    pub(crate) sent: Option<Timestamp>,
    pub(crate) order: OrderRef,
}

// An order that leaves takes away what it was more than it will be, and whoever holds the place stays counted.
const FREE: u32 = 0;
const IN_DOUBT: u32 = 1;
const IN_FLIGHT: u32 = 2;
const ENTERING: u32 = 3;
const WHAT: u32 = 3;
const HOLDER: u32 = 4;

impl Register {
    /// With so many places, [`DOUBTS_MAX`] at most.
    pub(crate) fn new(places: usize) -> Self {
        debug_assert!(places <= DOUBTS_MAX, "{places} places cannot be numbered");
        let place = |_| Place { state: AtomicU32::new(FREE), doubt: UnsafeCell::new(None) };
        Self {
            places: (0..places).map(place).collect(),
            next: AtomicU16::new(0),
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

    /// Enters an order whose first byte is about to go out: the next of these, if there is one.
    ///
    /// Its place is taken before it is made: the locked instruction waits until all that was written before is in the cache.
    ///
    /// **Errors**: every place is taken, or no orders are taken any more. Nothing was sent.
    #[inline]
    fn enter(&self, doubts: &mut impl Iterator<Item = Doubt>) -> Result<Option<Ticket<'_>>, Busy> {
        if doubts.size_hint().1 == Some(0) {
            return Ok(None);
        }
        let (entry, doubt) = match (self.take(), doubts.next()) {
            (Some(entry), Some(doubt)) => (entry, doubt),
            (None, Some(_)) => return Err(self.refused()),
            (_, None) => return Ok(None),
        };
        let ticket = entry.write(doubt);
        // Closing counts those in flight after it has closed: one of the two sees the other.
        if self.closed.load(Ordering::Relaxed) {
            return Err(turned_away(ticket));
        }
        Ok(Some(ticket))
    }

    /// Enters an order that an earlier run, or somebody else, may have sent; unless it stands here already.
    ///
    /// **Errors**: every place is taken.
    pub(crate) fn adopt(&self, doubt: Doubt) -> Result<Doubt, Busy> {
        if let Some(known) = self.find(&doubt.order) {
            return Ok(known);
        }
        let entry = self.take().ok_or(Busy::Doubts { places: self.places.len() })?;
        drop(entry.write(doubt));
        Ok(doubt)
    }

    /// Why there is no place.
    #[cold]
    fn refused(&self) -> Busy {
        match self.closed.load(Ordering::Relaxed) {
            true => Busy::Closed,
            false => Busy::Doubts { places: self.places.len() },
        }
    }

    /// A place for an order, if any is free.
    #[inline]
    fn take(&self) -> Option<Entry<'_>> {
        let next = self.next.load(Ordering::Relaxed);
        let (at, place) = match self.places.get(usize::from(next)) {
            Some(place) if place.take() => (next, place),
            _ => self.search(next)?,
        };
        self.next.store(at.wrapping_add(1), Ordering::Relaxed);
        Some(Entry { register: self, at, place })
    }

    /// The first that is free from `next` on.
    #[cold]
    fn search(&self, next: u16) -> Option<(u16, &Place)> {
        let numbered = || (0..=u16::MAX).zip(&self.places);
        let mut from_next = numbered().skip(next.into()).chain(numbered());
        let is_free = |place: &Place| place.state.load(Ordering::Relaxed) == FREE;
        from_next.find(|(_, place)| is_free(place) && place.take())
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
            // Held, so that the place cannot become another order's in between.
            let Some(held) = place.hold() else { continue };
            if held.doubt().is_some_and(|doubt| names(&doubt, order)) && held.settle() {
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
            match self.places.iter().map(Place::last_look).max().unwrap_or(FREE) {
                ENTERING => yield_now().await,
                IN_FLIGHT => ended.await,
                _ => return,
            }
        }
    }
}

/// Whether a doubt is about this order, by our id.
fn names(doubt: &Doubt, order: &OrderRef) -> bool {
    doubt.order.id.is_some() && doubt.order.id == order.id && doubt.order.symbol == order.symbol
}

/// The order that came too late leaves.
#[cold]
fn turned_away(ticket: Ticket<'_>) -> Busy {
    ticket.outcome_is_known();
    Busy::Closed
}

impl Place {
    /// Makes a free place the caller's, to be written to.
    #[inline]
    fn take(&self) -> bool {
        self.state.compare_exchange(FREE, ENTERING, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Keeps others from taking the place, where there is an order to be read.
    fn hold(&self) -> Option<Held<'_>> {
        let held = self.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| {
            matches!(state & WHAT, IN_FLIGHT | IN_DOUBT).then_some(state + HOLDER)
        });
        held.ok().map(|state| Held { place: self, what: state & WHAT })
    }

    /// What the place is, for whoever has closed: who changes it from then on knows that. Of one that is being entered nothing is known.
    fn last_look(&self) -> u32 {
        let unchanged = |state| (state & WHAT != ENTERING).then_some(state);
        let seen = self.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, unchanged);
        seen.unwrap_or_else(|entering| entering) & WHAT
    }

    fn look(&self) -> Option<(u32, Doubt)> {
        let held = self.hold()?;
        held.doubt().map(|doubt| (held.what, doubt))
    }
}

/// A place that is read.
struct Held<'a> {
    place: &'a Place,
    /// What it was when it began to be held, with this very text.
    what: u32,
}

impl Held<'_> {
    fn doubt(&self) -> Option<Doubt> {
        // SAFETY: it was written before it was in flight, as it was when it began to be held; and nobody takes a place that is held.
        self.place.doubt.with(|doubt| unsafe { *doubt })
    }

    /// Frees the place, if it is in doubt.
    fn settle(&self) -> bool {
        let settled = self.place.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| {
            (state & WHAT == IN_DOUBT).then_some(state - IN_DOUBT)
        });
        settled.is_ok()
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.place.state.fetch_sub(HOLDER, Ordering::Release);
    }
}

/// A place that was taken, before its text is written.
struct Entry<'a> {
    register: &'a Register,
    at: u16,
    place: &'a Place,
}

impl<'a> Entry<'a> {
    #[inline]
    fn write(self, doubt: Doubt) -> Ticket<'a> {
        // There is an order: the place stays taken.
        let Self { register, at, place } = *ManuallyDrop::new(self);
        // SAFETY: this thread took the place, so nobody reads or writes its text until the state says that it is in flight.
        place.doubt.with_mut(|text| unsafe { *text = Some(doubt) });
        place.state.store(IN_FLIGHT, Ordering::Release);
        register.ticket(at)
    }
}

/// There is no order after all: none to be entered, or making it panicked.
impl Drop for Entry<'_> {
    #[inline]
    fn drop(&mut self) {
        self.place.state.store(FREE, Ordering::Release);
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
    /// Enters all orders of a request.
    ///
    /// **Errors**: as [`Register::enter`]; there are more of them than any venue takes at once. Those entered before are taken out again:
    /// nothing was sent.
    #[inline]
    pub(crate) fn enter(&mut self, mut doubts: impl Iterator<Item = Doubt>) -> Result<(), RestError> {
        loop {
            match self.register.enter(&mut doubts) {
                Ok(None) => return Ok(()),
                Ok(Some(ticket)) if self.places.is_full() => {
                    ticket.outcome_is_known();
                    let what = "a request that places more than 20 orders";
                    return Err(self.turned_away(BuildError::Unsupported { what, cure: "send several" }.into()));
                }
                Ok(Some(ticket)) => self.places.push(ticket.keep()),
                Err(busy) => return Err(self.turned_away(busy.into())),
            }
        }
    }

    /// Those that had entered leave.
    #[cold]
    fn turned_away(&mut self, error: RestError) -> RestError {
        self.by_turns().for_each(Ticket::outcome_is_known);
        error
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
        let becomes = match self.end {
            Kept => return,
            Known => FREE,
            InDoubt => {
                self.register.in_doubt.fetch_add(1, Ordering::Relaxed);
                IN_DOUBT
            }
        };
        self.register.places[usize::from(self.place)].state.fetch_sub(IN_FLIGHT - becomes, Ordering::AcqRel);
        if becomes == FREE {
            self.register.next.store(self.place, Ordering::Relaxed);
        }
        if self.register.closed.load(Ordering::Relaxed) {
            self.register.ended.notify_waiters();
        }
    }
}

/// What threads meet on.
#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicUsize};
    pub(super) use tokio::sync::Notify;
    pub(super) use tokio::task::yield_now;

    /// The standard library's, with loom's methods.
    #[derive(Debug)]
    pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(super) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(super) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        #[inline]
        pub(super) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}

/// The same under loom, which then tries every order in which threads can meet.
#[cfg(orderwire_loom)]
mod sync {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    pub(super) use loom::cell::UnsafeCell;
    use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicUsize};

    pub(super) async fn yield_now() {
        loom::thread::yield_now();
    }

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
    use std::iter::once;

    use super::*;
    use crate::id::{ClientOrderId, Symbol};

    fn doubt(id: &str, expiry_ms: u64) -> Doubt {
        let order = OrderRef::by_id(Symbol::new("BTCUSDT").unwrap(), ClientOrderId::new(id).unwrap());
        Doubt { order, expiry: Some(Timestamp::from_ms(expiry_ms)), sent: Some(Timestamp::from_ms(expiry_ms / 2)) }
    }

    fn enter(register: &Register, doubt: Doubt) -> Result<Ticket<'_>, Busy> {
        register.enter(&mut once(doubt)).map(|ticket| ticket.expect("there is an order"))
    }

    #[test]
    fn an_order_that_ends_leaves_nothing_behind() {
        let register = Register::new(1);
        for n in 0..3 {
            enter(&register, doubt("a", n)).unwrap().outcome_is_known();
        }
        assert!(register.open().is_empty() && !register.any_in_doubt());
    }

    #[test]
    fn an_order_was_sent_when_its_first_request_was() {
        let register = Register::new(3);
        let order = doubt("a", 0).order;
        assert_eq!(register.first_sent(&order), None);
        drop(enter(&register, doubt("a", 20)).unwrap());
        drop(enter(&register, doubt("a", 10)).unwrap());
        drop(enter(&register, doubt("b", 2)).unwrap());
        assert_eq!(register.first_sent(&order), Some(Timestamp::from_ms(5)));
        register.settled(&order);
        register.adopt(Doubt { sent: None, ..doubt("a", 10) }).unwrap();
        drop(enter(&register, doubt("a", 10)).unwrap());
        assert_eq!(register.first_sent(&order), None, "somebody else may have sent it before");
    }

    #[test]
    fn an_order_that_is_dropped_stays_until_it_is_settled() {
        let register = Register::new(4);
        drop(enter(&register, doubt("a", 1)).unwrap());
        drop(enter(&register, doubt("a", 5)).unwrap());
        drop(enter(&register, doubt("b", 3)).unwrap());
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
        let first = enter(&register, doubt("a", 1)).unwrap();
        drop(enter(&register, doubt("b", 1)).unwrap());
        assert_eq!(enter(&register, doubt("c", 1)).unwrap_err(), Busy::Doubts { places: 2 });
        first.outcome_is_known();
        enter(&register, doubt("c", 1)).unwrap().outcome_is_known();
    }

    #[test]
    fn orders_of_one_request_are_entered_together_or_not_at_all() {
        let register = Register::new(3);
        let mut both = register.tickets();
        both.enter(once(doubt("a", 1))).unwrap();
        both.enter(once(doubt("b", 1))).unwrap();
        let mut others = register.tickets();
        others.enter(once(doubt("c", 1))).unwrap();
        assert_eq!(others.enter(once(doubt("d", 1))).unwrap_err(), Busy::Doubts { places: 3 }.into());
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
            many.enter(once(doubt("a", 1))).unwrap();
        }
        assert!(matches!(many.enter(once(doubt("a", 1))), Err(RestError::Build(_))));
        assert!(register.open().is_empty());
    }

    #[test]
    fn a_request_that_creates_no_order_takes_no_place() {
        let register = Register::new(1);
        // That there is none is not known beforehand.
        let none = || std::iter::from_fn(|| None);
        register.tickets().enter(none()).unwrap();
        assert!(register.open().is_empty());
        let only = enter(&register, doubt("a", 1)).unwrap();
        register.tickets().enter(none()).unwrap();
        register.tickets().enter(std::iter::empty()).unwrap();
        assert_eq!(register.open(), [doubt("a", 1)]);
        only.outcome_is_known();
        let panics = || register.tickets().enter(std::iter::from_fn(|| panic!("no order")));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
        enter(&register, doubt("b", 1)).unwrap().outcome_is_known();
    }

    #[test]
    fn settling_does_not_touch_the_order_in_flight() {
        let register = Register::new(2);
        let ticket = enter(&register, doubt("a", 1)).unwrap();
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
        let ticket = enter(&register, doubt("a", 1)).unwrap();
        register.close();
        assert_eq!(enter(&register, doubt("b", 1)).unwrap_err(), Busy::Closed);
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
                        let Ok(ticket) = enter(register, doubt(name, n)) else { continue };
                        let (_, mine) = register.places[usize::from(ticket.place)].look().unwrap();
                        assert_eq!(mine, doubt(name, n));
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
