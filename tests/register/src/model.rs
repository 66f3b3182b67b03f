//! What has to hold, whoever meets whom.
//!
//! An order that is forgotten or counted twice shows in the count at the end, a lost wake as a deadlock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::future::block_on;
use loom::thread;

use crate::doubt::{Doubt, Register, Ticket};
use crate::error::{Busy, RestError};
use crate::order::OrderRef;
use crate::time::Timestamp;
use crate::tried::tried;

/// Tries all orders with at most `preemptions` switches.
fn model(preemptions: usize, places: usize, run: impl Fn(Arc<Register>) + Sync + Send + 'static) {
    tried(Some(preemptions), move || {
        let register = Arc::new(Register::new(places));
        run(Arc::clone(&register));
        assert_eq!(register.any_in_doubt(), !register.in_doubt().is_empty(), "the count is that of the list");
    });
}

fn doubt(id: u8) -> Doubt {
    Doubt {
        order: OrderRef { id: Some(id), symbol: () },
        expiry: Some(Timestamp::from_ns(u64::from(id))),
        sent: Some(Timestamp::from_ns(0)),
    }
}

/// An order that goes out and whose outcome is known.
fn known(register: &Register, id: u8) -> Result<(), RestError> {
    let mut tickets = register.tickets();
    tickets.enter(std::iter::once(doubt(id)))?;
    assert_eq!(register.find(&doubt(id).order), Some(doubt(id)), "while it is in flight it is not forgotten");
    assert_eq!(register.first_sent(&doubt(id).order), doubt(id).sent);
    tickets.by_turns().for_each(Ticket::outcome_is_known);
    Ok(())
}

/// An order that goes out and of which nobody hears again.
fn lost(register: &Register, id: u8) -> Result<(), RestError> {
    register.tickets().enter(std::iter::once(doubt(id)))
}

fn ids(doubts: &[Doubt]) -> Vec<u8> {
    let mut ids: Vec<_> = doubts.iter().filter_map(|doubt| doubt.order.id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn two_orders_never_share_a_place() {
    model(3, 2, |register| {
        let other = Arc::clone(&register);
        let thread = thread::spawn(move || {
            let (first, second) = (known(&other, 1), lost(&other, 2));
            (first.is_ok(), second.is_ok())
        });
        let mine = lost(&register, 3).is_ok();
        let (_, theirs) = thread.join().unwrap();
        // A place that another thread looks at is passed over: then an order is refused, and not forgotten.
        let expected = [(2, theirs), (3, mine)].into_iter().filter_map(|(id, is_there)| is_there.then_some(id));
        assert_eq!(ids(&register.in_doubt()), expected.collect::<Vec<_>>());
        assert_eq!(register.open().len(), register.in_doubt().len(), "none is in flight");
    });
}

#[test]
fn a_place_that_is_settled_may_be_the_next_orders() {
    model(3, 1, |register| {
        lost(&register, 1).unwrap();
        let other = Arc::clone(&register);
        // Full, or free again.
        let thread = thread::spawn(move || lost(&other, 2));
        register.settled(&doubt(1).order);
        let outcome = thread.join().unwrap();
        let left = match outcome {
            Ok(()) => vec![2],
            Err(error) => {
                assert_eq!(error, RestError::Busy(Busy::Doubts { places: 1 }));
                vec![]
            }
        };
        assert_eq!(ids(&register.in_doubt()), left);
    });
}

#[test]
fn two_who_settle_an_order_count_it_once() {
    model(2, 2, |register| {
        let threads = [1, 2].map(|id| {
            let register = Arc::clone(&register);
            thread::spawn(move || {
                lost(&register, id).unwrap();
                register.settled(&doubt(1).order);
            })
        });
        register.settled(&doubt(1).order);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        register.settled(&doubt(1).order);
        assert_eq!(ids(&register.in_doubt()), [2]);
    });
}

#[test]
fn whoever_lists_sees_orders_as_they_are() {
    model(3, 1, |register| {
        lost(&register, 1).unwrap();
        // Who only looks is the thread that is made: loom then comes to every moment at which it may.
        let other = Arc::clone(&register);
        let thread = thread::spawn(move || {
            // The second is never in doubt, though it takes the place of the first, which was.
            assert!(!ids(&other.in_doubt()).contains(&2));
            for open in other.open() {
                assert!(open == doubt(1) || open == doubt(2));
            }
        });
        register.settled(&doubt(1).order);
        // Refused where the other thread looks at the only place.
        let _ = known(&register, 2);
        thread.join().unwrap();
        assert!(register.open().is_empty());
    });
}

#[test]
fn an_order_of_an_earlier_run_is_settled_whoever_takes_it_in() {
    model(3, 2, |register| {
        let other = Arc::clone(&register);
        let thread = thread::spawn(move || assert_eq!(other.adopt(doubt(1)), Ok(doubt(1))));
        assert_eq!(register.adopt(doubt(1)), Ok(doubt(1)));
        thread.join().unwrap();
        register.settled(&doubt(1).order);
        assert!(register.open().is_empty());
    });
}

#[test]
fn an_order_that_has_entered_is_waited_for() {
    model(3, 1, |register| {
        let other = Arc::clone(&register);
        let thread = thread::spawn(move || {
            let outcome = known(&other, 1);
            // The only place may be that of the order that comes too late, for a moment.
            assert!(matches!(outcome, Ok(()) | Err(RestError::Busy(_))), "{outcome:?}");
        });
        register.close();
        block_on(register.drained());
        // It may be about to learn that it came too late, and then nothing was sent.
        assert_eq!(lost(&register, 2), Err(RestError::Busy(Busy::Closed)));
        assert!(register.in_doubt().is_empty());
        thread.join().unwrap();
        assert!(register.open().is_empty());
    });
}

#[test]
fn none_enters_once_it_was_waited_for() {
    model(2, 2, |register| {
        let sent = Arc::new(AtomicUsize::new(0));
        let threads = [1, 2].map(|id| {
            let (register, sent) = (Arc::clone(&register), Arc::clone(&sent));
            thread::spawn(move || {
                let mut tickets = register.tickets();
                if tickets.enter(std::iter::once(doubt(id))).is_ok() {
                    sent.fetch_add(1, Ordering::SeqCst);
                    drop(tickets);
                }
            })
        });
        register.close();
        block_on(register.drained());
        let before = sent.load(Ordering::SeqCst);
        assert_eq!(register.in_doubt().len(), before, "each that was sent has ended");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(sent.load(Ordering::SeqCst), before, "none was sent after that");
    });
}
