//! The generic slot pool: slots of any `T`, all made at build, handed out last in, first out.
//!
//! ```text
//!            try_acquire, acquire                        claim
//!      Idle ─────────────────────► Claimed ◄──────────────────────── Idle, Suspect, Dead
//!       ▲ │                         │   │
//!       │ └── suspect ──► Suspect   │   └── retire, a failed check, a closed pool ──► Dead
//!       └───────── drop ────────────┘
//! ```
//!
//! A slot's state word is the truth; the stack is only the order. An entry is popped first and looked at after: when its
//! slot is not idle, the entry is dropped and the next one is tried. `LISTED` in the state word says that an entry of this
//! slot exists (in the stack, or in the hands of the one thread that pushes or has popped it), so there is never a second.
//!
//! **The order.** The slot returned last is handed out first. A slot that was *claimed* from the middle and given back
//! before anyone came upon its entry takes its old place again, since for the order it never left: it was looked after, not
//! used, and the slots above it are still the warmer ones. Once its entry has been dropped it goes on top like any other.
//!
//! **Invariant behind `unsafe`.** A slot's value is touched by its one guard only, and a guard exists exactly while the
//! slot's state is `Claimed`: it is made by whoever moves the state there and ends by moving it away. The memory lives while
//! `owed` is not zero; owed are one for the open pool, one for each entry and one for each guard. A return turns a guard
//! into an entry and an acquire turns it back, so neither counts anything; and since one word holds the top of the stack, the
//! closed mark and the waiters' mark, a returning guard learns all it has to know from the very exchange that gives up its
//! claim, and touches nothing afterwards.
#![expect(
    unsafe_code,
    reason = "guards own their slot without a lock, a lifetime or a count of their own; see the invariant above"
)]

use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, Release, SeqCst};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use self::sync::{AtomicU32, AtomicU64, AtomicUsize, AtomicWaker, fence};
use self::waiters::Waiters;

// Named by path because the pool is also compiled as a crate root of its own, for loom and the sanitizers.
#[path = "pool/waiters.rs"]
mod waiters;

pub use self::waiters::{Acquire, AcquireError, WAITERS_MAX};

/// Most slots of one pool: an index must fit beside the marks in the word that holds the top of the stack.
pub const SLOTS_MAX: usize = NONE as usize;

/// A pool of slots of any `T`: a cheap handle, to be cloned and shared between threads.
///
/// All slots are made at build and never move. They are freed when the last handle and the last guard are gone.
/// Dropping the last handle closes the pool.
///
/// ```
/// use orderwire::pool::{Pool, SlotState};
///
/// let pool = Pool::new([String::with_capacity(64), String::with_capacity(64)]);
/// let mut slot = pool.try_acquire().expect("two are idle");
/// slot.push_str("buy");
/// assert_eq!(pool.available(), 1);
/// drop(slot);
/// assert_eq!(*pool.try_acquire().expect("it came back"), "buy");
///
/// pool.try_acquire().expect("still idle").retire();
/// let dead = pool.in_state(SlotState::Dead).next().expect("the one just retired");
/// let mut healing = pool.claim(dead, SlotState::Dead).expect("nobody else heals");
/// healing.clear();
/// ```
pub struct Pool<T> {
    handle: Arc<Handle<T>>,
}

impl<T> Pool<T> {
    /// Makes a pool of these slots; the first of them is handed out first.
    ///
    /// **Panics** when there is no slot, or when there are more than [`SLOTS_MAX`].
    pub fn new(slots: impl IntoIterator<Item = T>) -> Self {
        Self::build(slots, None)
    }

    /// Makes a pool that looks at each slot as it comes back: `keep` says whether it may be used again, else it is dead.
    ///
    /// A panic in `keep` counts as no; it ends there, after the panic hook has reported it.
    ///
    /// **Panics** when there is no slot, or when there are more than [`SLOTS_MAX`].
    pub fn with_check(slots: impl IntoIterator<Item = T>, keep: fn(&mut T) -> bool) -> Self {
        Self::build(slots, Some(keep))
    }

    fn build(slots: impl IntoIterator<Item = T>, keep: Option<fn(&mut T) -> bool>) -> Self {
        let mut slots: Vec<Slot<T>> =
            slots.into_iter().take(SLOTS_MAX + 1).zip(0..).map(|(value, index)| Slot::new(value, index)).collect();
        assert!(slots.len() <= SLOTS_MAX, "a pool can hold {SLOTS_MAX} slots at most");
        let last = slots.last_mut().expect("a pool needs at least one slot");
        last.next = AtomicU32::new(NONE);
        let core = Box::new(Core {
            head: Line(AtomicU64::new(0)),
            owed: AtomicUsize::new(1 + slots.len()),
            slots: slots.into_boxed_slice(),
            keep,
            waiters: Waiters::new(),
            trouble: Arc::new(AtomicWaker::new()),
        });
        Self { handle: Arc::new(Handle { core: NonNull::from(Box::leak(core)) }) }
    }

    /// Takes the slot that was returned last, if any is idle. Never waits and allocates nothing.
    ///
    /// It may overtake those who wait in [`acquire`](Self::acquire). A closed pool gives nothing.
    #[inline]
    #[must_use = "a guard that is dropped gives its slot back at once"]
    pub fn try_acquire(&self) -> Option<Pooled<T>> {
        let core = self.core();
        let slot = NonNull::from(core.pop()?);
        Some(Pooled { core: self.handle.core, slot })
    }

    /// Takes a slot, waiting for one to come back. Waiters are served in the order of their first poll.
    ///
    /// Allocates nothing. Nothing polls or sleeps: a slot that returns wakes the first waiter.
    ///
    /// **Errors**: [`AcquireError::Closed`] once the pool is closed; [`AcquireError::Crowded`] when [`WAITERS_MAX`] wait already.
    ///
    /// **Cancel safety**: a dropped future leaves the queue and passes its wake on to the next waiter.
    pub fn acquire(&self) -> Acquire<'_, T> {
        Acquire::new(self)
    }

    /// Marks an idle slot as suspect, so that it is no longer handed out; false when it was not idle.
    ///
    /// One compare-and-swap, and a wake for who awaits [`WeakPool::trouble`]; fit to be called from a waker.
    pub fn suspect(&self, index: usize) -> bool {
        let core = self.core();
        let Some(slot) = core.slots.get(index) else { return false };
        let marked = slot.state.compare_exchange(IDLE | LISTED, SUSPECT | LISTED, AcqRel, Relaxed).is_ok();
        if marked {
            core.trouble.wake();
        }
        marked
    }

    /// Takes the slot `index` out of turn if it rests in state `from` now: to confirm a suspicion, to keep it warm, to heal it.
    ///
    /// Works on a closed pool too, so that resting slots can be shut down in good order. From [`SlotState::Claimed`]
    /// nothing can be claimed.
    #[must_use = "a guard that is dropped gives its slot back at once"]
    pub fn claim(&self, index: usize, from: SlotState) -> Option<Pooled<T>> {
        let core = self.core();
        let slot = core.slots.get(index)?;
        let kind = match from {
            SlotState::Claimed => return None,
            SlotState::Dead => DEAD,
            SlotState::Idle => IDLE,
            SlotState::Suspect => SUSPECT,
        };
        // Counted before the guard exists, so that it can end anywhere; never the last one, as this handle is open.
        core.owed.fetch_add(1, Relaxed);
        let mut seen = slot.state.load(Relaxed);
        while seen & KIND == kind {
            match slot.state.compare_exchange_weak(seen, CLAIMED | (seen & LISTED), AcqRel, Relaxed) {
                Ok(_) => return Some(Pooled { core: self.handle.core, slot: NonNull::from(slot) }),
                Err(now) => seen = now,
            }
        }
        core.owed.fetch_sub(1, Release);
        None
    }

    /// The state of the slot `index`, `None` beyond the last. It may have changed by the time it is read.
    pub fn state(&self, index: usize) -> Option<SlotState> {
        self.core().slots.get(index).map(Slot::state)
    }

    /// The slots in this state, by index; each is looked at when the iterator comes to it.
    pub fn in_state(&self, state: SlotState) -> impl Iterator<Item = usize> + '_ {
        self.core().slots.iter().enumerate().filter(move |(_, slot)| slot.state() == state).map(|(index, _)| index)
    }

    /// How many slots are in each state. Slots that move while they are counted may be counted on either side.
    pub fn states(&self) -> States {
        let mut states = States { idle: 0, claimed: 0, suspect: 0, dead: 0 };
        for slot in &self.core().slots {
            match slot.state() {
                SlotState::Claimed => states.claimed += 1,
                SlotState::Dead => states.dead += 1,
                SlotState::Idle => states.idle += 1,
                SlotState::Suspect => states.suspect += 1,
            }
        }
        states
    }

    /// How many slots can be acquired right now: the idle ones, or none when the pool is closed.
    pub fn available(&self) -> usize {
        if self.is_closed() { 0 } else { self.core().idle() }
    }

    /// How many slots the pool was built with.
    pub fn capacity(&self) -> usize {
        self.core().slots.len()
    }

    /// Closes the pool for good: nothing more is acquired, all waiters and the healer are told.
    ///
    /// Slots that are out come back as dead.
    pub fn close(&self) {
        let core = self.core();
        core.head.0.fetch_or(CLOSED, AcqRel);
        core.announce();
        core.trouble.wake();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.core().head.0.load(Ordering::Acquire) & CLOSED != 0
    }

    /// A handle that does not keep the pool open: for work in the background that ends with the pool.
    pub fn downgrade(&self) -> WeakPool<T> {
        WeakPool { handle: Arc::downgrade(&self.handle), trouble: Arc::clone(&self.core().trouble) }
    }

    #[inline]
    fn core(&self) -> &Core<T> {
        // SAFETY: the open pool owns one of `owed` until the handle is dropped, and `self` holds the handle.
        unsafe { self.handle.core.as_ref() }
    }
}

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self { handle: Arc::clone(&self.handle) }
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("states", &self.states()).field("closed", &self.is_closed()).finish()
    }
}

/// A slot on loan: it goes back on top of the pool when this is dropped, in whatever way.
///
/// It needs no handle: a guard may outlive the pool it came from. A guard that is forgotten (`mem::forget`) keeps its slot
/// out, and the pool's memory in place, for good.
pub struct Pooled<T> {
    core: NonNull<Core<T>>,
    slot: NonNull<Slot<T>>,
}

impl<T> Pooled<T> {
    /// Which slot of its pool this is: from 0, in the order in which they were given to the builder.
    pub fn index(&self) -> usize {
        self.slot().index as usize
    }

    /// Gives the slot back as dead, without asking the check: to be healed before anyone gets it again.
    pub fn retire(self) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped and not used again, so its claim and its share of `owed` pass on.
        unsafe { Core::bury(this.core, this.slot) }
    }

    #[inline]
    fn slot(&self) -> &Slot<T> {
        // SAFETY: this guard owns one of `owed`, so the slots are there.
        unsafe { self.slot.as_ref() }
    }
}

// SAFETY: a guard is the only way to its value, so sending it sends a `T`; all else behind it is atomic.
unsafe impl<T: Send> Send for Pooled<T> {}
// SAFETY: a shared guard gives out nothing but `&T`.
unsafe impl<T: Sync> Sync for Pooled<T> {}

impl<T> Deref for Pooled<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the slot is claimed by this guard and nobody else touches the value of a claimed slot.
        unsafe { &*self.slot().value.get() }
    }
}

impl<T> DerefMut for Pooled<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `self` is borrowed mutably.
        unsafe { &mut *self.slot().value.get() }
    }
}

impl<T> Drop for Pooled<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this guard owns one of `owed`.
        let keep = unsafe { (*self.core.as_ptr()).keep };
        if let Some(keep) = keep {
            let kept = catch_unwind(AssertUnwindSafe(|| keep(self)));
            if !matches!(kept, Ok(true)) {
                // SAFETY: the guard is not used again, so its claim and its share of `owed` pass on.
                return unsafe { Core::bury(self.core, self.slot) };
            }
        }
        // SAFETY: the guard is not used again, so its claim and its share of `owed` pass on.
        unsafe { Core::put_back(self.core, self.slot) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled").field("index", &self.index()).field("slot", &**self).finish()
    }
}

/// A handle that does not keep the pool open.
pub struct WeakPool<T> {
    handle: Weak<Handle<T>>,
    trouble: Arc<AtomicWaker>,
}

impl<T> WeakPool<T> {
    /// A full handle, unless the last one is gone. Hold it briefly: while it lives the pool stays open.
    pub fn upgrade(&self) -> Option<Pool<T>> {
        self.handle.upgrade().map(|handle| Pool { handle })
    }

    /// Waits until some slot is suspect or dead.
    ///
    /// It tells the present state, not an event: whoever heals claims the slots it finds and waits again. For one waiter
    /// at a time: of several, only the one that polled last is woken.
    ///
    /// **Errors**: [`AcquireError::Closed`] when the pool was closed or its last handle dropped.
    ///
    /// **Cancel safety**: nothing is lost when it is dropped.
    pub fn trouble(&self) -> Trouble<'_, T> {
        Trouble { pool: self }
    }
}

impl<T> Clone for WeakPool<T> {
    fn clone(&self) -> Self {
        Self { handle: Weak::clone(&self.handle), trouble: Arc::clone(&self.trouble) }
    }
}

impl<T> fmt::Debug for WeakPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakPool").finish_non_exhaustive()
    }
}

/// The future of [`WeakPool::trouble`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Trouble<'a, T> {
    pool: &'a WeakPool<T>,
}

impl<T> Future for Trouble<'_, T> {
    type Output = Result<(), AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Registered before looking, so that what changes after the look wakes.
        self.pool.trouble.register(cx.waker());
        let Some(pool) = self.pool.upgrade().filter(|pool| !pool.is_closed()) else {
            return Poll::Ready(Err(AcquireError::Closed));
        };
        let trouble = pool.core().slots.iter().any(|slot| matches!(slot.state(), SlotState::Dead | SlotState::Suspect));
        if trouble { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl<T> fmt::Debug for Trouble<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trouble").finish_non_exhaustive()
    }
}

/// What a slot is doing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SlotState {
    /// In the hands of a guard.
    Claimed,
    /// Not fit for use until somebody heals it.
    Dead,
    /// Ready to be acquired.
    Idle,
    /// Resting, but something was noticed about it: to be looked at before it is used.
    Suspect,
}

/// How many slots are in each state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct States {
    /// Ready to be acquired.
    pub idle: usize,
    /// In the hands of a guard.
    pub claimed: usize,
    /// Resting, to be looked at before use.
    pub suspect: usize,
    /// Waiting to be healed.
    pub dead: usize,
}

/// What all handles of a pool share: while it lives the pool is open, unless closed by hand.
struct Handle<T> {
    core: NonNull<Core<T>>,
}

// SAFETY: a handle lets any thread claim a slot and thereby take its `T` along; all else behind it is atomic.
unsafe impl<T: Send> Send for Handle<T> {}
// SAFETY: as for `Send`; a `&T` is had from a guard only.
unsafe impl<T: Send> Sync for Handle<T> {}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: the open pool owns one of `owed`, given up at the end of this function.
        let core = unsafe { self.core.as_ref() };
        let head = core.head.0.fetch_or(CLOSED, AcqRel);
        // The stack stands still now: a closed pool takes no entry, and who could pop one holds a handle.
        let mut index = top(head);
        let mut entries = 0;
        while let Some(slot) = core.at(index) {
            entries += 1;
            index = slot.next.load(Relaxed);
        }
        core.trouble.wake();
        // SAFETY: these are the open pool's own share and those of the entries, and nobody else gives them up.
        unsafe { Core::release(self.core, 1 + entries) }
    }
}

/// The memory of a pool: in place until nothing is `owed`.
struct Core<T> {
    /// `| tag, 46 bits | CLOSED | WAITED | index of the top slot, 16 bits |`. The tag counts every change of the index, so
    /// that an exchange fails when the top slot was taken and has come back in between.
    head: Line<AtomicU64>,
    slots: Box<[Slot<T>]>,
    keep: Option<fn(&mut T) -> bool>,
    owed: AtomicUsize,
    waiters: Waiters,
    trouble: Arc<AtomicWaker>,
}

impl<T> Core<T> {
    /// The slot of this index; none for the index that ends the stack, as a pool cannot have that many.
    #[inline]
    fn at(&self, index: u32) -> Option<&Slot<T>> {
        self.slots.get(index as usize)
    }

    /// Takes the first idle slot off the stack and claims it. Each entry dropped on the way was pushed once: O(1) amortised.
    #[inline]
    fn pop(&self) -> Option<&Slot<T>> {
        let mut head = self.head.0.load(Ordering::Acquire);
        while head & CLOSED == 0 {
            let slot = self.at(top(head))?;
            let below = slot.next.load(Relaxed);
            match self.head.0.compare_exchange_weak(head, restack(head, below), Ordering::Acquire, Ordering::Acquire) {
                Err(now) => head = now,
                Ok(_) if slot.delist(CLAIMED) => return Some(slot),
                Ok(_) => {
                    self.owed.fetch_sub(1, Release);
                    head = self.head.0.load(Ordering::Acquire);
                }
            }
        }
        None
    }

    /// Ends a guard by making its slot idle.
    ///
    /// # Safety
    /// The caller is the guard of `slot`, passes on its claim and its share of `owed`, and touches neither pointer again.
    #[inline]
    unsafe fn put_back(core: NonNull<Self>, slot: NonNull<Slot<T>>) {
        // SAFETY: the guard's share of `owed` keeps both alive up to the exchange that publishes the entry. Fields only, no
        // reference to the whole core: it may be freed by another thread right after that exchange.
        let (head, slot) = unsafe { (&(*core.as_ptr()).head.0, slot.as_ref()) };
        if slot.state.load(Ordering::Acquire) != CLAIMED
            && slot.state.compare_exchange(CLAIMED | LISTED, IDLE | LISTED, AcqRel, Ordering::Acquire).is_ok()
        {
            // SAFETY: the slot is idle in its old place; the guard's share is still there and is passed on.
            return unsafe { Self::announce_and_release(core) };
        }
        slot.state.store(IDLE | LISTED, Release);
        let mut seen = head.load(Relaxed);
        while seen & (CLOSED | WAITED) == 0 {
            slot.next.store(top(seen), Relaxed);
            match head.compare_exchange_weak(seen, restack(seen, slot.index), Release, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
        // SAFETY: the entry is not pushed yet, so this thread still owns its share of `owed`, and passes it on.
        unsafe { Self::push_marked(core, NonNull::from(slot)) }
    }

    /// Pushes an entry while somebody waits, or drops it because the pool is closed.
    ///
    /// # Safety
    /// The caller owns the entry of `slot`, which is not in the stack, and passes it on.
    #[cold]
    unsafe fn push_marked(core: NonNull<Self>, slot: NonNull<Slot<T>>) {
        // SAFETY: the entry's share of `owed` keeps both alive, and another is taken before it is given away.
        let (this, slot) = unsafe { (core.as_ref(), slot.as_ref()) };
        this.owed.fetch_add(1, Relaxed);
        let mut seen = this.head.0.load(Ordering::Acquire);
        while seen & CLOSED == 0 {
            slot.next.store(top(seen), Relaxed);
            match this.head.0.compare_exchange_weak(seen, restack(seen, slot.index), AcqRel, Ordering::Acquire) {
                // SAFETY: the share taken above.
                Ok(_) => return unsafe { Self::announce_and_release(core) },
                Err(now) => seen = now,
            }
        }
        slot.delist(DEAD);
        // SAFETY: the share taken above and the one of the entry, which is gone.
        unsafe { Self::release(core, 2) }
    }

    /// Ends a guard by making its slot dead.
    ///
    /// # Safety
    /// As for [`put_back`](Self::put_back).
    #[cold]
    unsafe fn bury(core: NonNull<Self>, slot: NonNull<Slot<T>>) {
        // SAFETY: the guard's share of `owed` keeps both alive until it is released below.
        let (this, slot) = unsafe { (core.as_ref(), slot.as_ref()) };
        slot.state.fetch_xor(CLAIMED ^ DEAD, AcqRel);
        this.trouble.wake();
        // SAFETY: the guard's share.
        unsafe { Self::release(core, 1) }
    }

    /// # Safety
    /// The caller passes on one share of `owed`.
    #[cold]
    unsafe fn announce_and_release(core: NonNull<Self>) {
        // SAFETY: the caller's share.
        unsafe {
            core.as_ref().announce();
            Self::release(core, 1);
        }
    }

    /// Gives up shares of `owed`; the last one frees the pool.
    ///
    /// # Safety
    /// The caller owns that many shares and touches `core` no more.
    unsafe fn release(core: NonNull<Self>, shares: usize) {
        // SAFETY: the caller's shares; a field only, as another thread may free the pool right after.
        let owed = unsafe { &(*core.as_ptr()).owed };
        if owed.fetch_sub(shares, AcqRel) == shares {
            // SAFETY: nothing is owed, so this is the only pointer left, and it came out of a box.
            drop(unsafe { Box::from_raw(core.as_ptr()) });
        }
    }

    /// Wakes as many waiters as slots are idle, or all of a closed pool: after a slot has come back, or a waiter has left and
    /// all behind him have moved up.
    fn announce(&self) {
        // Pairs with itself and with the fence in `sit`: of two threads, each of which changes a slot or a seat and then looks
        // at what the other changed, at least one sees it.
        fence(SeqCst);
        let closed = self.head.0.load(Ordering::Acquire) & CLOSED != 0;
        self.waiters.wake(if closed { WAITERS_MAX } else { self.idle() });
    }

    fn idle(&self) -> usize {
        self.slots.iter().filter(|slot| slot.state() == SlotState::Idle).count()
    }
}

/// A slot on cache lines of its own: what one thread does with its slot does not slow another.
#[repr(align(64))]
struct Slot<T> {
    state: AtomicU32,
    /// The entry below this one; written by who pushes, right before.
    next: AtomicU32,
    index: u32,
    value: UnsafeCell<T>,
}

impl<T> Slot<T> {
    fn new(value: T, index: u32) -> Self {
        Self {
            state: AtomicU32::new(IDLE | LISTED),
            next: AtomicU32::new(index + 1),
            index,
            value: UnsafeCell::new(value),
        }
    }

    /// Takes note that the slot has no entry any more, by the one thread that holds it. True when the slot was idle, and
    /// is now in the state `then`; any other state stays.
    #[inline]
    fn delist(&self, then: u32) -> bool {
        let mut seen = IDLE | LISTED;
        loop {
            let idle = seen == IDLE | LISTED;
            let new = if idle { then } else { seen & !LISTED };
            match self.state.compare_exchange(seen, new, AcqRel, Ordering::Acquire) {
                Ok(_) => return idle,
                Err(now) => seen = now,
            }
        }
    }

    fn state(&self) -> SlotState {
        match self.state.load(Ordering::Acquire) & KIND {
            IDLE => SlotState::Idle,
            SUSPECT => SlotState::Suspect,
            DEAD => SlotState::Dead,
            _ => SlotState::Claimed,
        }
    }
}

/// A value alone on its cache line: every thread writes it, and what is read beside it should not suffer.
#[repr(align(64))]
struct Line<A>(A);

// The state word: two bits of kind, one for the entry.
const IDLE: u32 = 0;
const CLAIMED: u32 = 1;
const SUSPECT: u32 = 2;
const DEAD: u32 = 3;
const KIND: u32 = 3;
const LISTED: u32 = 4;

// The head word.
const INDEX: u64 = 0xffff;
const NONE: u32 = 0xffff;
const WAITED: u64 = 1 << 16;
const CLOSED: u64 = 1 << 17;
const TAG_ONE: u64 = 1 << 18;

/// The head word with another top and the next tag; the marks stay.
#[inline]
fn restack(head: u64, top: u32) -> u64 {
    (head & !INDEX).wrapping_add(TAG_ONE) | u64::from(top)
}

/// The top of the stack in a head word.
#[inline]
fn top(head: u64) -> u32 {
    (head & INDEX) as u32
}

#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use atomic_waker::AtomicWaker;
    pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, fence};
}

/// The same under loom, which then tries every order in which threads can meet.
#[cfg(orderwire_loom)]
mod sync {
    use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, fence};
    use std::task::Waker;

    /// Stands in for the real one, whose atomics loom cannot see; the same promise, by a lock.
    pub(super) struct AtomicWaker(Mutex<Option<Waker>>);

    impl AtomicWaker {
        pub(super) fn new() -> Self {
            Self(Mutex::new(None))
        }

        pub(super) fn register(&self, waker: &Waker) {
            *self.0.lock().unwrap() = Some(waker.clone());
        }

        pub(super) fn take(&self) -> Option<Waker> {
            self.0.lock().unwrap().take()
        }

        pub(super) fn wake(&self) {
            if let Some(waker) = self.take() {
                waker.wake();
            }
        }
    }
}

#[cfg(all(test, not(orderwire_loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize};
    use std::task::{Wake, Waker};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Counts its wakes.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A future under test with the bell of its task.
    struct Task<F> {
        future: Pin<Box<F>>,
        bell: Arc<Bell>,
    }

    impl<F: Future> Task<F> {
        fn new(future: F) -> Self {
            Self { future: Box::pin(future), bell: Arc::default() }
        }

        fn poll(&mut self) -> Poll<F::Output> {
            self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self.bell))))
        }

        /// How often it was woken since the last time of asking.
        fn wakes(&self) -> usize {
            self.bell.0.swap(0, Ordering::SeqCst)
        }
    }

    fn got<T>(poll: Poll<Result<Pooled<T>, AcquireError>>) -> Pooled<T> {
        match poll {
            Poll::Ready(Ok(slot)) => slot,
            Poll::Ready(Err(e)) => panic!("{e}"),
            Poll::Pending => panic!("still waiting"),
        }
    }

    fn order<T>(pool: &Pool<T>) -> Vec<usize> {
        let all: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
        let order = all.iter().map(Pooled::index).collect();
        all.into_iter().rev().for_each(drop);
        order
    }

    const fn is_send<T: Send>() {}
    const fn is_sync<T: Sync>() {}
    const _: () = {
        // `Cell` is `Send` but not `Sync`: that is all a pool asks of its slots.
        type Cell = std::cell::Cell<u8>;
        is_send::<Pool<Cell>>();
        is_sync::<Pool<Cell>>();
        is_send::<WeakPool<Cell>>();
        is_sync::<WeakPool<Cell>>();
        is_send::<Pooled<Cell>>();
        is_sync::<Pooled<u8>>();
        is_send::<Acquire<'_, Cell>>();
        is_send::<Trouble<'_, Cell>>();
        assert!(size_of::<Option<Pooled<u8>>>() == 16);
    };

    #[test]
    fn the_slot_returned_last_is_handed_out_first() {
        let pool = Pool::new(["a", "b", "c"]);
        let (a, b, c) = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        assert_eq!((*a, *b, *c), ("a", "b", "c"));
        assert!(pool.try_acquire().is_none());
        drop(b);
        drop(c);
        drop(a);
        assert_eq!(order(&pool), [0, 2, 1]);
    }

    #[test]
    fn a_slot_keeps_what_was_written() {
        let pool = Pool::new([String::new()]);
        pool.try_acquire().unwrap().push_str("kept");
        assert_eq!(*pool.try_acquire().unwrap(), "kept");
    }

    #[test]
    #[should_panic(expected = "at least one slot")]
    fn a_pool_of_nothing_is_refused() {
        let _ = Pool::<u8>::new([]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many steps for an interpreter")]
    #[should_panic(expected = "65535 slots at most")]
    fn a_pool_of_too_many_is_refused() {
        let _ = Pool::new(std::iter::repeat(()));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many steps for an interpreter")]
    fn a_pool_of_the_most_slots_works() {
        let pool = Pool::new(0..SLOTS_MAX);
        assert_eq!(pool.capacity(), SLOTS_MAX);
        assert_eq!(order(&pool), (0..SLOTS_MAX).collect::<Vec<_>>());
        assert_eq!(pool.available(), SLOTS_MAX);
    }

    #[test]
    fn slots_are_freed_once_when_the_last_guard_goes() {
        struct Counted<'a>(&'a AtomicUsize);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let freed = AtomicUsize::new(0);
        let pool = Pool::new([Counted(&freed), Counted(&freed), Counted(&freed), Counted(&freed)]);
        let (first, second, third) =
            (pool.try_acquire().unwrap(), pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        second.retire();
        assert!(pool.suspect(3));
        let fourth = pool.claim(3, SlotState::Suspect).unwrap();
        drop(third);
        drop(pool);
        drop(first);
        assert_eq!(freed.load(Ordering::SeqCst), 0, "a guard is still out");
        drop(fourth);
        assert_eq!(freed.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn a_slot_that_fails_the_check_is_dead() {
        let pool = Pool::with_check([0, 0], |slot| *slot < 5);
        let mut slot = pool.try_acquire().unwrap();
        *slot = 5;
        drop(slot);
        assert_eq!(pool.states(), States { idle: 1, claimed: 0, suspect: 0, dead: 1 });
        assert_eq!(order(&pool), [1]);
        *pool.claim(0, SlotState::Dead).unwrap() = 1;
        assert_eq!(order(&pool), [0, 1]);
    }

    #[test]
    fn a_panic_in_the_check_costs_the_slot_and_nothing_else() {
        let pool = Pool::with_check([0], |slot| if *slot == 0 { panic!("the check itself fails") } else { true });
        drop(pool.try_acquire().unwrap());
        assert_eq!(pool.states(), States { idle: 0, claimed: 0, suspect: 0, dead: 1 });
        *pool.claim(0, SlotState::Dead).unwrap() = 1;
        assert_eq!(pool.available(), 1);
    }

    #[test]
    fn a_panic_brings_the_slot_back() {
        let pool = Pool::new([()]);
        let slot = pool.try_acquire().unwrap();
        assert!(
            catch_unwind(AssertUnwindSafe(move || {
                let _slot = slot;
                panic!("in the middle of an order");
            }))
            .is_err()
        );
        assert_eq!(pool.available(), 1);
    }

    #[test]
    fn a_suspect_is_not_handed_out() {
        let pool = Pool::new([0, 1, 2]);
        assert!(pool.suspect(1));
        assert!(!pool.suspect(1), "it is suspect already");
        assert!(!pool.suspect(3), "there is no such slot");
        assert_eq!(pool.state(1), Some(SlotState::Suspect));
        assert_eq!(pool.state(3), None);
        assert_eq!(order(&pool), [0, 2]);
        let slot = pool.try_acquire().unwrap();
        assert!(!pool.suspect(slot.index()), "it is claimed");
    }

    #[test]
    fn claims_take_only_what_is_in_the_state_they_name() {
        let pool = Pool::new([0, 1, 2]);
        assert!(pool.suspect(1));
        pool.claim(2, SlotState::Idle).unwrap().retire();
        let all = [SlotState::Idle, SlotState::Suspect, SlotState::Dead];
        for index in 0..4 {
            for from in [SlotState::Claimed, SlotState::Dead, SlotState::Idle, SlotState::Suspect] {
                assert_eq!(
                    pool.claim(index, from).map(Pooled::retire).is_some(),
                    all.get(index) == Some(&from),
                    "{index} {from:?}"
                );
                if let Some(was) = all.get(index)
                    && *was == from
                {
                    let back = pool.claim(index, SlotState::Dead).unwrap();
                    if *was == SlotState::Dead {
                        back.retire()
                    } else {
                        drop(back)
                    }
                    assert!(*was != SlotState::Suspect || pool.suspect(index));
                }
            }
        }
        assert_eq!(pool.in_state(SlotState::Dead).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_slot_taken_from_the_middle_comes_back_to_its_old_place() {
        let pool = Pool::new([0, 1, 2]);
        for _ in 0..3 {
            assert!(pool.suspect(1));
            drop(pool.claim(1, SlotState::Suspect).unwrap());
            assert_eq!(pool.available(), 3);
        }
        assert_eq!(order(&pool), [0, 1, 2]);
    }

    #[test]
    fn a_slot_taken_from_the_middle_goes_on_top_once_its_entry_was_dropped() {
        let pool = Pool::new([0, 1, 2]);
        assert!(pool.suspect(1));
        let healing = pool.claim(1, SlotState::Suspect).unwrap();
        assert_eq!(order(&pool), [0, 2], "this came upon the entry");
        drop(healing);
        assert_eq!(order(&pool), [1, 0, 2]);
    }

    #[test]
    fn a_slot_retired_from_the_middle_comes_back_once() {
        let pool = Pool::new([0, 1, 2]);
        pool.claim(1, SlotState::Idle).unwrap().retire();
        drop(pool.claim(1, SlotState::Dead).unwrap());
        assert_eq!(order(&pool), [0, 1, 2]);
        pool.claim(1, SlotState::Idle).unwrap().retire();
        assert_eq!(order(&pool), [0, 2]);
        drop(pool.claim(1, SlotState::Dead).unwrap());
        assert_eq!(order(&pool), [1, 0, 2]);
    }

    #[test]
    fn waiters_are_served_in_the_order_of_arrival() {
        let pool = Pool::new([()]);
        let held = pool.try_acquire().unwrap();
        let (mut a, mut b) = (Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending() && b.poll().is_pending());
        assert_eq!((a.wakes(), b.wakes()), (0, 0));
        drop(held);
        assert_eq!((a.wakes(), b.wakes()), (1, 0));
        assert!(b.poll().is_pending(), "it was not its turn");
        let held = got(a.poll());
        drop(held);
        assert_eq!(b.wakes(), 1);
        drop(got(b.poll()));
        assert_eq!(pool.available(), 1);
    }

    #[test]
    fn each_slot_that_returns_wakes_one_waiter() {
        let pool = Pool::new([0, 1]);
        let held = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let mut tasks: Vec<_> = (0..3).map(|_| Task::new(pool.acquire())).collect();
        assert!(tasks.iter_mut().all(|task| task.poll().is_pending()));
        drop(held);
        assert_eq!(tasks.iter().map(Task::wakes).collect::<Vec<_>>(), [1, 1, 0]);
        // The first one is never polled: that may cost one slot, not the others.
        drop(got(tasks[1].poll()));
        assert_eq!(tasks[2].wakes(), 1);
        drop(got(tasks[2].poll()));
    }

    #[test]
    fn a_newcomer_does_not_overtake() {
        let pool = Pool::new([()]);
        let held = pool.try_acquire().unwrap();
        let (mut a, mut b) = (Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending());
        drop(held);
        assert!(b.poll().is_pending());
        drop(got(a.poll()));
        assert_eq!(b.wakes(), 1);
    }

    #[test]
    fn a_newcomer_takes_what_nobody_was_told_of() {
        let pool = Pool::new([0, 1]);
        let held = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let (mut a, mut b) = (Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending());
        drop(held);
        drop(got(b.poll()));
        drop(got(a.poll()));
    }

    #[test]
    fn who_is_overtaken_keeps_his_place() {
        let pool = Pool::new([()]);
        let held = pool.try_acquire().unwrap();
        let (mut a, mut b) = (Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending() && b.poll().is_pending());
        drop(held);
        let thief = pool.try_acquire().unwrap();
        assert_eq!(a.wakes(), 1);
        assert!(a.poll().is_pending());
        drop(thief);
        assert_eq!((a.wakes(), b.wakes()), (1, 0));
        let _held = got(a.poll());
    }

    #[test]
    fn who_is_overtaken_twice_is_still_first() {
        let pool = Pool::new([0, 1]);
        let held = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let (mut a, mut b) = (Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending() && b.poll().is_pending());
        drop(held);
        let thieves = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        assert!(a.poll().is_pending());
        drop(thieves.0);
        assert!(b.poll().is_pending(), "the one slot is for who came first");
        assert_eq!(a.wakes(), 2);
        let _held = got(a.poll());
        drop(thieves.1);
        drop(got(b.poll()));
    }

    #[test]
    fn a_cancelled_waiter_passes_its_wake_on() {
        let pool = Pool::new([()]);
        let held = pool.try_acquire().unwrap();
        let (mut a, mut b, mut c) = (Task::new(pool.acquire()), Task::new(pool.acquire()), Task::new(pool.acquire()));
        assert!(a.poll().is_pending() && b.poll().is_pending() && c.poll().is_pending());
        drop(b);
        drop(held);
        drop(a);
        assert_eq!(c.wakes(), 1);
        drop(got(c.poll()));
    }

    #[test]
    fn a_healed_slot_wakes_a_waiter_from_either_place() {
        let pool = Pool::new([()]);
        // Its entry stands: nobody has come upon it.
        let healing = pool.claim(0, SlotState::Idle).unwrap();
        let mut task = Task::new(pool.acquire());
        assert_eq!(pool.available(), 0);
        drop(healing);
        drop(got(task.poll()));
        // Its entry is gone: the waiter itself came upon it.
        let healing = pool.claim(0, SlotState::Idle).unwrap();
        let mut task = Task::new(pool.acquire());
        assert!(task.poll().is_pending());
        drop(healing);
        assert_eq!(task.wakes(), 1);
        drop(got(task.poll()));
        // It was dead.
        pool.try_acquire().unwrap().retire();
        let mut task = Task::new(pool.acquire());
        assert!(task.poll().is_pending());
        drop(pool.claim(0, SlotState::Dead).unwrap());
        assert_eq!(task.wakes(), 1);
        drop(got(task.poll()));
    }

    #[test]
    fn the_mark_goes_with_the_last_waiter() {
        let pool = Pool::new([()]);
        let held = pool.try_acquire().unwrap();
        let mut task = Task::new(pool.acquire());
        assert!(task.poll().is_pending());
        assert_ne!(pool.core().head.0.load(Relaxed) & WAITED, 0);
        drop(task);
        assert_eq!(pool.core().head.0.load(Relaxed) & WAITED, 0);
        drop(held);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many steps for an interpreter")]
    fn crowded() {
        let pool = Pool::new([()]);
        let _held = pool.try_acquire().unwrap();
        let mut tasks: Vec<_> = (0..WAITERS_MAX).map(|_| Task::new(pool.acquire())).collect();
        assert!(tasks.iter_mut().all(|task| task.poll().is_pending()));
        let mut late = Task::new(pool.acquire());
        assert!(matches!(late.poll(), Poll::Ready(Err(AcquireError::Crowded))));
        tasks.swap_remove(7);
        assert!(late.poll().is_pending());
    }

    #[test]
    fn closed() {
        let pool = Pool::new([0, 1]);
        let held = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let mut tasks: Vec<_> = (0..3).map(|_| Task::new(pool.acquire())).collect();
        assert!(tasks.iter_mut().all(|task| task.poll().is_pending()));
        drop(held.0);
        pool.close();
        assert!(pool.is_closed());
        for task in &mut tasks {
            assert!(task.wakes() > 0);
            assert!(matches!(task.poll(), Poll::Ready(Err(AcquireError::Closed))));
        }
        assert!(matches!(Task::new(pool.acquire()).poll(), Poll::Ready(Err(AcquireError::Closed))));
        assert!(pool.try_acquire().is_none());
        assert_eq!(pool.available(), 0);
        drop(held.1);
        assert_eq!(pool.states(), States { idle: 1, claimed: 0, suspect: 0, dead: 1 });
        drop(pool.claim(0, SlotState::Idle).unwrap());
        drop(pool.claim(1, SlotState::Dead).unwrap());
        assert_eq!(pool.states(), States { idle: 1, claimed: 0, suspect: 0, dead: 1 });
    }

    #[test]
    fn trouble_wakes_the_healer_and_ends_with_the_pool() {
        let pool = Pool::new([0, 1]);
        let weak = pool.downgrade();
        let mut trouble = Task::new(weak.trouble());
        assert!(trouble.poll().is_pending());
        assert!(pool.suspect(0));
        assert_eq!(trouble.wakes(), 1);
        assert!(matches!(trouble.poll(), Poll::Ready(Ok(()))));
        drop(pool.claim(0, SlotState::Suspect).unwrap());
        assert!(trouble.poll().is_pending());
        let held = pool.try_acquire().unwrap();
        held.retire();
        assert_eq!(trouble.wakes(), 1);
        assert!(matches!(trouble.poll(), Poll::Ready(Ok(()))));
        let held = pool.claim(0, SlotState::Dead).unwrap();
        assert!(trouble.poll().is_pending());
        drop(pool);
        assert_eq!(trouble.wakes(), 1);
        assert!(matches!(trouble.poll(), Poll::Ready(Err(AcquireError::Closed))));
        assert!(weak.upgrade().is_none());
        drop(held);
    }

    #[test]
    fn trouble_ends_when_the_pool_is_closed_by_hand() {
        let pool = Pool::new([0]);
        let weak = pool.downgrade();
        let mut trouble = Task::new(weak.trouble());
        assert!(trouble.poll().is_pending());
        pool.close();
        assert_eq!(trouble.wakes(), 1);
        assert!(matches!(trouble.poll(), Poll::Ready(Err(AcquireError::Closed))));
    }

    /// Wakes a thread that is parked in `wait`.
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Waits until `until` at most; a wake that got lost shows as `None` there.
    fn wait<F: Future>(future: F, until: Instant) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(output);
            }
            thread::park_timeout(until.checked_duration_since(Instant::now())?);
        }
    }

    #[test]
    fn many_threads_share_few_slots() {
        struct Slot {
            taken: AtomicBool,
            uses: u64,
        }
        let uses = AtomicU64::new(0);
        let pool = Pool::with_check((0..3).map(|_| Slot { taken: AtomicBool::new(false), uses: 0 }), |slot| {
            slot.uses % 64 != 63
        });
        let use_one = |mut slot: Pooled<Slot>| {
            assert!(!slot.taken.swap(true, Ordering::Relaxed), "two guards of one slot");
            slot.uses += 1;
            uses.fetch_add(1, Ordering::Relaxed);
            slot.taken.store(false, Ordering::Relaxed);
            slot
        };
        let end = Instant::now() + Duration::from_millis(if cfg!(miri) { 20 } else { 400 });
        let lost = end + Duration::from_secs(20);
        thread::scope(|scope| {
            let trading = || {
                while Instant::now() < end {
                    pool.try_acquire().map_or_else(thread::yield_now, |slot| drop(use_one(slot)));
                }
            };
            let patient = || {
                while Instant::now() < end {
                    drop(use_one(wait(pool.acquire(), lost).expect("a wake was lost").unwrap()));
                }
            };
            let giving_up = || {
                for patience in (0..40).cycle().take_while(|_| Instant::now() < end) {
                    let until = Instant::now() + Duration::from_micros(patience);
                    drop(wait(pool.acquire(), until).map(|slot| use_one(slot.unwrap())));
                }
            };
            let suspecting = || {
                for index in (0..3).cycle().take_while(|_| Instant::now() < end) {
                    pool.suspect(index);
                }
            };
            let (weak, heal) = (pool.downgrade(), &use_one);
            let healer = scope.spawn(move || {
                while let Ok(()) = wait(weak.trouble(), lost).expect("a wake was lost") {
                    let Some(pool) = weak.upgrade() else { return };
                    for from in [SlotState::Dead, SlotState::Suspect] {
                        pool.in_state(from).for_each(|index| drop(pool.claim(index, from).map(heal)));
                    }
                }
            });
            let others = [
                scope.spawn(trading),
                scope.spawn(trading),
                scope.spawn(patient),
                scope.spawn(patient),
                scope.spawn(giving_up),
                scope.spawn(suspecting),
            ];
            for other in others {
                other.join().unwrap();
            }
            while pool.available() < 3 {
                assert!(Instant::now() < lost, "{pool:?}");
                thread::yield_now();
            }
            assert_eq!(order(&pool).len(), 3);
            pool.close();
            healer.join().unwrap();
        });
        let counted: u64 = (0..3).map(|index| pool.claim(index, pool.state(index).unwrap()).unwrap().uses).sum();
        assert_eq!(counted, uses.load(Ordering::Relaxed), "every use is in some slot");
    }

    #[test]
    fn guards_and_handles_may_go_in_any_order() {
        let freed = Arc::new(());
        for _ in 0..if cfg!(miri) { 10 } else { 500 } {
            let pool = Pool::new([Arc::clone(&freed), Arc::clone(&freed)]);
            let (a, b, c) = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap(), pool.clone());
            thread::scope(|scope| {
                scope.spawn(move || drop(a));
                scope.spawn(move || drop((c, b)));
                drop(pool);
            });
            assert_eq!(Arc::strong_count(&freed), 1);
        }
    }
}
