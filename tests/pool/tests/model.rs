//! Any sequence of what one thread can do with a pool, beside a model that has a vector for the stack and one for the queue.
#![cfg(not(orderwire_loom))]

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use pool_proof::{Acquire, AcquireError, Pool, Pooled, SlotState, States};
use proptest::prelude::*;

/// What a slot holds: whether the check lets it pass, and a count of those that are freed.
struct Slot<'a> {
    fit: bool,
    freed: &'a Cell<usize>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.freed.set(self.freed.get() + 1);
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    TryAcquire,
    /// Returns one of the guards that are out; an unfit one fails the check.
    Return {
        which: usize,
        fit: bool,
    },
    Retire {
        which: usize,
    },
    Suspect {
        index: usize,
    },
    Claim {
        index: usize,
        from: SlotState,
    },
    Wait,
    Poll {
        which: usize,
    },
    Cancel {
        which: usize,
    },
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let which = 0..8usize;
    let index = 0..5usize;
    let from = prop_oneof![Just(SlotState::Dead), Just(SlotState::Idle), Just(SlotState::Suspect)];
    prop_oneof![
        8 => Just(Op::TryAcquire),
        8 => (which.clone(), prop::bool::weighted(0.8)).prop_map(|(which, fit)| Op::Return { which, fit }),
        1 => which.clone().prop_map(|which| Op::Retire { which }),
        2 => index.clone().prop_map(|index| Op::Suspect { index }),
        4 => (index, from).prop_map(|(index, from)| Op::Claim { index, from }),
        4 => Just(Op::Wait),
        6 => which.clone().prop_map(|which| Op::Poll { which }),
        2 => which.prop_map(|which| Op::Cancel { which }),
    ]
}

/// The pool as its documentation tells it.
struct Model {
    states: Vec<SlotState>,
    /// Entries, the top one last; those of slots that are not idle are stale.
    stack: Vec<usize>,
    closed: bool,
}

impl Model {
    fn new(slots: usize) -> Self {
        Self { states: vec![SlotState::Idle; slots], stack: (0..slots).rev().collect(), closed: false }
    }

    fn pop(&mut self) -> Option<usize> {
        while !self.closed {
            let index = self.stack.pop()?;
            if self.states[index] == SlotState::Idle {
                self.states[index] = SlotState::Claimed;
                return Some(index);
            }
        }
        None
    }

    fn put_back(&mut self, index: usize, fit: bool) {
        let listed = self.stack.contains(&index);
        self.states[index] = if fit && (listed || !self.closed) { SlotState::Idle } else { SlotState::Dead };
        if !listed && self.states[index] == SlotState::Idle {
            self.stack.push(index);
        }
    }

    fn count(&self, state: SlotState) -> usize {
        self.states.iter().filter(|s| **s == state).count()
    }
}

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Waiter<'a, 'b> {
    future: Pin<Box<Acquire<'a, Slot<'b>>>>,
    bell: Arc<Bell>,
}

impl<'b> Waiter<'_, 'b> {
    fn poll(&mut self) -> Poll<Result<Pooled<Slot<'b>>, AcquireError>> {
        self.bell.0.store(0, Ordering::Relaxed);
        self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self.bell))))
    }
}

fn run(slots: usize, ops: &[Op]) -> Result<(), TestCaseError> {
    let freed = Cell::new(0);
    let pool = Pool::with_check((0..slots).map(|_| Slot { fit: true, freed: &freed }), |slot| slot.fit);
    let mut model = Model::new(slots);
    let mut out: Vec<Pooled<Slot<'_>>> = Vec::new();
    let mut queue: Vec<Waiter<'_, '_>> = Vec::new();
    let weak = pool.downgrade();
    for op in ops {
        match *op {
            Op::TryAcquire => {
                let got = pool.try_acquire();
                prop_assert_eq!(got.as_ref().map(Pooled::index), model.pop());
                out.extend(got);
            }
            Op::Return { which, fit } if which < out.len() => {
                let mut slot = out.swap_remove(which);
                slot.fit = fit;
                model.put_back(slot.index(), fit);
            }
            Op::Retire { which } if which < out.len() => {
                let slot = out.swap_remove(which);
                model.states[slot.index()] = SlotState::Dead;
                slot.retire();
            }
            Op::Suspect { index } => {
                let idle = model.states.get(index) == Some(&SlotState::Idle);
                prop_assert_eq!(pool.suspect(index), idle);
                if idle {
                    model.states[index] = SlotState::Suspect;
                }
            }
            Op::Claim { index, from } => {
                let there = model.states.get(index) == Some(&from);
                let got = pool.claim(index, from);
                prop_assert_eq!(got.as_ref().map(Pooled::index), there.then_some(index));
                if there {
                    model.states[index] = SlotState::Claimed;
                }
                out.extend(got);
            }
            Op::Wait => queue.push(Waiter { future: Box::pin(pool.acquire()), bell: Arc::default() }),
            Op::Cancel { which } if which < queue.len() => drop(queue.remove(which)),
            Op::Close => {
                pool.close();
                model.closed = true;
            }
            Op::Poll { .. } | Op::Return { .. } | Op::Retire { .. } | Op::Cancel { .. } => {}
        }
        // Who has just come is polled at once, as only that makes him wait.
        let polled = match *op {
            Op::Wait => Some(queue.len() - 1),
            Op::Poll { which } if which < queue.len() => Some(which),
            _ => None,
        };
        if let Some(which) = polled {
            let idle = model.count(SlotState::Idle);
            // One slot is left for everybody before him; who finds no queue tries at once, and clears the stack if in vain.
            let alone = matches!(op, Op::Wait) && which == 0;
            let expected = if idle > which || alone { model.pop() } else { None };
            let polled = queue[which].poll();
            if polled.is_ready() {
                drop(queue.remove(which));
            }
            match polled {
                Poll::Ready(Ok(slot)) => {
                    prop_assert_eq!(Some(slot.index()), expected);
                    out.push(slot);
                }
                Poll::Ready(Err(error)) => prop_assert_eq!((error, model.closed), (AcquireError::Closed, true)),
                Poll::Pending => prop_assert_eq!((expected, model.closed), (None, false)),
            }
        }
        let states = States {
            idle: model.count(SlotState::Idle),
            claimed: model.count(SlotState::Claimed),
            suspect: model.count(SlotState::Suspect),
            dead: model.count(SlotState::Dead),
        };
        prop_assert_eq!(pool.states(), states);
        prop_assert_eq!(pool.available(), if model.closed { 0 } else { states.idle });
        prop_assert!((0..slots).all(|index| pool.state(index) == Some(model.states[index])));
        prop_assert!(pool.in_state(SlotState::Dead).eq((0..slots).filter(|i| model.states[*i] == SlotState::Dead)));
        let must_know = if model.closed { queue.len() } else { states.idle };
        for waiter in queue.iter().take(must_know) {
            prop_assert!(waiter.bell.0.load(Ordering::Relaxed) > 0, "a wake was lost");
        }
        let trouble = Pin::new(&mut weak.trouble()).poll(&mut Context::from_waker(Waker::noop()));
        match trouble {
            Poll::Ready(Ok(())) => prop_assert!(states.suspect + states.dead > 0),
            Poll::Ready(Err(_)) => prop_assert!(model.closed),
            Poll::Pending => prop_assert_eq!((states.suspect + states.dead, model.closed), (0, false)),
        }
    }
    drop(queue);
    let last = out.pop();
    drop(pool);
    drop(out);
    prop_assert_eq!(freed.get(), if last.is_some() { 0 } else { slots });
    drop(last);
    prop_assert_eq!(freed.get(), slots);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_does_as_the_model_does(slots in 1..5usize, ops in prop::collection::vec(op(), 1..120)) {
        run(slots, &ops)?;
    }

    #[test]
    fn the_pool_closes_as_the_model_does(
        slots in 1..5usize,
        before in prop::collection::vec(op(), 1..60),
        after in prop::collection::vec(op(), 1..30),
    ) {
        let ops: Vec<Op> = before.into_iter().chain([Op::Close]).chain(after).collect();
        run(slots, &ops)?;
    }
}
