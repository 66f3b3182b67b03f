//! Every order in which a few threads can meet in the pool, tried by loom.
//!
//! A lost wake shows as a deadlock, two guards of one slot as a race on its cell, a slot that is lost or listed twice in the
//! count at the end.
#![cfg(orderwire_loom)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::thread;
use pool_proof::{Acquire, AcquireError, Pool, Pooled, SlotState, States};

/// What a slot holds: loom objects to two users at a time, and to a use that could come after its end.
struct Cell {
    used: UnsafeCell<()>,
    freed: Arc<AtomicUsize>,
}

impl Cell {
    fn touch(&self) {
        self.used.with_mut(|_| ());
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.touch();
        self.freed.fetch_add(1, Ordering::Relaxed);
    }
}

/// Tries all orders with at most `preemptions` switches away from a thread that could have gone on; `LOOM_MAX_PREEMPTIONS`
/// asks for more, at the price of hours.
fn model(preemptions: usize, slots: usize, run: impl Fn(Pool<Cell>) + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    let runs = Arc::new(AtomicUsize::new(0));
    let ended = Arc::clone(&runs);
    builder.check(move || {
        let freed = Arc::new(AtomicUsize::new(0));
        let cell = || Cell { used: UnsafeCell::new(()), freed: Arc::clone(&freed) };
        run(Pool::new(std::iter::repeat_with(cell).take(slots)));
        assert_eq!(freed.load(Ordering::Relaxed), slots, "each slot is freed once");
        runs.fetch_add(1, Ordering::Relaxed);
    });
    println!("{} runs", ended.load(Ordering::Relaxed));
}

fn use_one(pool: &Pool<Cell>) {
    drop(pool.try_acquire().inspect(|slot| slot.touch()));
}

fn wait(pool: &Pool<Cell>) -> Result<(), AcquireError> {
    block_on(pool.acquire()).map(|slot| slot.touch())
}

fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn join<T>(threads: impl IntoIterator<Item = thread::JoinHandle<T>>) {
    threads.into_iter().for_each(|thread| drop(thread.join().unwrap()));
}

/// All slots are idle, and each is in the stack once.
fn whole(pool: &Pool<Cell>) {
    let capacity = pool.capacity();
    assert_eq!(pool.states(), States { idle: capacity, claimed: 0, suspect: 0, dead: 0 });
    let all: Vec<Pooled<Cell>> = std::iter::from_fn(|| pool.try_acquire()).collect();
    all.iter().for_each(|slot| slot.touch());
    let mut indices: Vec<_> = all.iter().map(Pooled::index).collect();
    indices.sort_unstable();
    assert!(indices.into_iter().eq(0..capacity));
}

#[test]
fn acquire_and_return() {
    model(5, 2, |pool| {
        let other = pool.clone();
        let thread = thread::spawn(move || {
            use_one(&other);
            use_one(&other);
        });
        let two = (pool.try_acquire(), pool.try_acquire());
        two.0.iter().chain(&two.1).for_each(|slot| slot.touch());
        drop(two.0);
        drop(two.1);
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn three_threads_and_two_slots() {
    model(3, 2, |pool| {
        let threads = [pool.clone(), pool.clone()].map(|pool| thread::spawn(move || use_one(&pool)));
        use_one(&pool);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn a_return_wakes_the_waiter() {
    model(5, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let thread = thread::spawn(move || {
            slot.touch();
            drop(slot);
        });
        wait(&pool).unwrap();
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn two_waiters_and_one_slot() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let threads = [pool.clone(), pool.clone()].map(|pool| thread::spawn(move || wait(&pool).unwrap()));
        drop(slot);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn two_returns_and_two_waiters() {
    model(2, 2, |pool| {
        let slots = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let waiter = pool.clone();
        let waits = thread::spawn(move || {
            let slot = block_on(waiter.acquire()).unwrap();
            slot.touch();
            slot
        });
        let returns = thread::spawn(move || drop(slots.0));
        drop(slots.1);
        let mine = block_on(pool.acquire()).unwrap();
        mine.touch();
        drop((mine, waits.join().unwrap()));
        returns.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_thief_does_not_lose_the_wake() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let (thief, waiter) = (pool.clone(), pool.clone());
        let threads = [thread::spawn(move || use_one(&thief)), thread::spawn(move || wait(&waiter).unwrap())];
        drop(slot);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn a_cancelled_waiter_passes_its_wake_on() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let (fickle, waiter) = (pool.clone(), pool.clone());
        let threads =
            [thread::spawn(move || drop(poll_once(fickle.acquire()))), thread::spawn(move || wait(&waiter).unwrap())];
        drop(slot);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn the_first_waiter_hands_on_to_the_next() {
    model(3, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let mut first = Box::pin(pool.acquire());
        assert!(poll_once(first.as_mut()).is_none());
        let waiter = pool.clone();
        let thread = thread::spawn(move || wait(&waiter).unwrap());
        drop(slot);
        block_on(first).unwrap().touch();
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_woken_waiter_leaves_while_another_arrives() {
    model(4, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let mut first = Box::pin(pool.acquire());
        assert!(poll_once(first.as_mut()).is_none());
        drop(slot);
        let waiter = pool.clone();
        let thread = thread::spawn(move || wait(&waiter).unwrap());
        drop(first);
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn the_last_waiter_leaves_while_another_arrives_and_a_slot_returns() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let mut first = Box::pin(pool.acquire());
        assert!(poll_once(first.as_mut()).is_none());
        let waiter = pool.clone();
        let threads = [thread::spawn(move || wait(&waiter).unwrap()), thread::spawn(move || drop(slot))];
        drop(first);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn a_thief_returns_while_the_waiter_looks() {
    model(6, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let mut waiter = Box::pin(pool.acquire());
        assert!(poll_once(waiter.as_mut()).is_none());
        drop(slot);
        let thief = pool.try_acquire().unwrap();
        let thread = thread::spawn(move || drop(thief));
        block_on(waiter).unwrap().touch();
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_slot_is_taken_from_the_middle() {
    model(5, 2, |pool| {
        let watch = pool.clone();
        let thread = thread::spawn(move || {
            if watch.suspect(1) {
                watch.claim(1, SlotState::Suspect).unwrap().touch();
            }
        });
        let two = (pool.try_acquire(), pool.try_acquire());
        two.0.iter().chain(&two.1).for_each(|slot| slot.touch());
        drop(two);
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_slot_is_claimed_while_it_is_returned_and_acquired() {
    model(4, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let (watch, other) = (pool.clone(), pool.clone());
        let threads = [
            thread::spawn(move || drop(watch.claim(0, SlotState::Idle).inspect(|slot| slot.touch()))),
            thread::spawn(move || use_one(&other)),
        ];
        slot.touch();
        drop(slot);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn a_healed_slot_wakes_the_waiter() {
    model(4, 1, |pool| {
        let slot = pool.claim(0, SlotState::Idle).unwrap();
        let thread = thread::spawn(move || {
            slot.touch();
            drop(slot);
        });
        wait(&pool).unwrap();
        thread.join().unwrap();
        whole(&pool);
    });
}

/// The one slot of this pool, claimed while its entry stands, and a waiter who sits there already.
fn claimed_in_its_place(pool: &Pool<Cell>) -> (Pooled<Cell>, Pin<Box<Acquire<'_, Cell>>>) {
    let slot = pool.try_acquire().unwrap();
    let mut waiter = Box::pin(pool.acquire());
    assert!(poll_once(waiter.as_mut()).is_none());
    drop(slot);
    (pool.claim(0, SlotState::Idle).unwrap(), waiter)
}

#[test]
fn a_slot_back_in_its_old_place_wakes_the_waiter() {
    model(5, 1, |pool| {
        let (slot, waiter) = claimed_in_its_place(&pool);
        let thread = thread::spawn(move || {
            slot.touch();
            drop(slot);
        });
        block_on(waiter).unwrap().touch();
        thread.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_slot_goes_back_to_its_place_while_one_waiter_leaves_and_another_arrives() {
    model(2, 1, |pool| {
        let (slot, first) = claimed_in_its_place(&pool);
        let waiter = pool.clone();
        let threads = [thread::spawn(move || wait(&waiter).unwrap()), thread::spawn(move || drop(slot))];
        drop(first);
        join(threads);
        whole(&pool);
    });
}

#[test]
fn a_dead_slot_is_healed_for_the_waiter() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let waiter = pool.clone();
        let weak = pool.downgrade();
        let healer = thread::spawn(move || {
            block_on(weak.trouble()).unwrap();
            let pool = weak.upgrade().unwrap();
            pool.claim(0, SlotState::Dead).unwrap().touch();
        });
        let waits = thread::spawn(move || wait(&waiter).unwrap());
        slot.retire();
        healer.join().unwrap();
        waits.join().unwrap();
        whole(&pool);
    });
}

#[test]
fn a_suspect_wakes_the_healer() {
    model(5, 1, |pool| {
        let weak = pool.downgrade();
        let healer = thread::spawn(move || block_on(weak.trouble()).unwrap());
        assert!(pool.suspect(0));
        healer.join().unwrap();
        drop(pool.claim(0, SlotState::Suspect).unwrap());
        whole(&pool);
    });
}

#[test]
fn trouble_is_told_once_and_the_end_too() {
    model(5, 1, |pool| {
        let weak = pool.downgrade();
        let healer = thread::spawn(move || {
            let mut healed = 0;
            while block_on(weak.trouble()).is_ok() {
                let Some(pool) = weak.upgrade() else { break };
                healed += usize::from(pool.claim(0, SlotState::Suspect).inspect(|slot| slot.touch()).is_some());
            }
            healed
        });
        assert!(pool.suspect(0));
        drop(pool);
        assert!(healer.join().unwrap() <= 1);
    });
}

#[test]
fn close_ends_the_wait() {
    model(2, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let (waiter, closer) = (pool.clone(), pool.clone());
        let waits = thread::spawn(move || wait(&waiter));
        let closes = thread::spawn(move || closer.close());
        drop(slot);
        assert!(matches!(waits.join().unwrap(), Ok(()) | Err(AcquireError::Closed)));
        closes.join().unwrap();
        assert!(pool.try_acquire().is_none());
        assert_eq!(pool.states().claimed, 0);
    });
}

#[test]
fn handles_and_guards_go_in_any_order() {
    model(6, 2, |pool| {
        let slots = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let other = pool.clone();
        let threads = [
            thread::spawn(move || {
                slots.0.touch();
                drop(slots.0);
            }),
            thread::spawn(move || {
                use_one(&other);
                slots.1.retire();
            }),
        ];
        // Loom does not see the count of handles, so it is told that the order matters here.
        thread::yield_now();
        drop(pool);
        join(threads);
    });
}

#[test]
fn the_pool_ends_while_guards_do() {
    model(6, 3, |pool| {
        let slots = (pool.try_acquire().unwrap(), pool.try_acquire().unwrap());
        let threads = [
            thread::spawn(move || {
                slots.0.touch();
                drop(slots.0);
            }),
            thread::spawn(move || {
                slots.1.touch();
                slots.1.retire();
            }),
        ];
        drop(pool);
        join(threads);
    });
}

#[test]
fn a_claimed_slot_outlives_the_pool() {
    model(5, 1, |pool| {
        let slot = pool.try_acquire().unwrap();
        let watch = pool.clone();
        let thread = thread::spawn(move || {
            let claimed = watch.claim(0, SlotState::Idle);
            drop(watch);
            claimed.iter().for_each(|slot| slot.touch());
        });
        drop(pool);
        slot.touch();
        drop(slot);
        thread.join().unwrap();
    });
}
