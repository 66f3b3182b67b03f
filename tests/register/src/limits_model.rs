//! Limits are kept, whoever takes of them at once and whatever is heard of them meanwhile; and nobody is refused what is left.

use std::time::Duration;

use loom::thread;

use crate::limits::{Cost, LimitKind, Limits};
use crate::time::Timestamp;
use crate::tried::tried;

const MINUTE: Duration = Duration::from_secs(60);

/// A minute begins.
const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// So much weight each minute, of which a request has one; nothing is reserved.
fn limits(most: u32) -> Limits {
    let limits = Limits::new().with_reserve(0);
    limits.set(LimitKind::Weight, MINUTE, most);
    limits
}

/// Asks for so many requests at that time: how many were let pass.
fn take(limits: &Limits, requests: u32, now: Timestamp) -> u32 {
    (0..requests).filter(|_| limits.admit(Cost::weight(1), now).is_ok()).count().try_into().unwrap()
}

/// Tries all orders with at most three switches.
fn model(run: impl Fn() + Sync + Send + 'static) {
    tried(Some(3), run);
}

/// Both on a thread of their own; what each came to.
fn at_once(
    limits: &Limits,
    one: impl FnOnce(&Limits) -> u32 + 'static,
    other: impl FnOnce(&Limits) -> u32 + 'static,
) -> (u32, u32) {
    let (ones, others) = (limits.clone(), limits.clone());
    let (one, other) = (thread::spawn(move || one(&ones)), thread::spawn(move || other(&others)));
    (one.join().unwrap(), other.join().unwrap())
}

#[test]
fn all_of_a_limit_is_taken_and_no_more() {
    model(|| {
        let limits = limits(3);
        // With a lease for what is left.
        assert_eq!(take(&limits, 1, NOW), 1);
        let (one, other) = at_once(&limits, |limits| take(limits, 2, NOW), |limits| take(limits, 1, NOW));
        assert_eq!(one + other, 2);
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, NOW), Some(0));
    });
}

#[test]
fn the_first_of_a_limit_are_counted_as_well() {
    model(|| {
        let limits = limits(2);
        let (one, other) = at_once(&limits, |limits| take(limits, 2, NOW), |limits| take(limits, 1, NOW));
        assert_eq!(one + other, 2);
    });
}

/// What is heard before a request holds for it, whatever another was granted at that moment.
fn what_is_heard_is_kept(hear: fn(&Limits), is_leased: bool) {
    model(move || {
        let limits = limits(4);
        // What a reply tells of was asked for before.
        assert_eq!(take(&limits, 1, NOW), 1);
        if !is_leased {
            // Another limit comes to be known: the next request looks at all of them, and is granted a lease.
            limits.set(LimitKind::Weight, 5 * MINUTE, 1_000);
        }
        let hears = move |limits: &Limits| {
            hear(limits);
            take(limits, 1, NOW)
        };
        let (after_hearing, _) = at_once(&limits, hears, |limits| take(limits, 1, NOW));
        assert_eq!(after_hearing, 0);
        assert_eq!(take(&limits, 1, NOW), 0);
    });
}

#[test]
fn a_reply_that_tells_of_more_is_kept() {
    for is_leased in [true, false] {
        what_is_heard_is_kept(|limits| limits.used(LimitKind::Weight, MINUTE, 4, NOW), is_leased);
    }
}

#[test]
fn a_limit_that_becomes_smaller_is_kept() {
    for is_leased in [true, false] {
        what_is_heard_is_kept(|limits| limits.set(LimitKind::Weight, MINUTE, 1), is_leased);
    }
}

#[test]
fn a_reserve_is_kept_by_who_has_it() {
    model(|| {
        let limits = limits(4);
        assert_eq!(take(&limits, 2, NOW), 2);
        let reserves = |limits: &Limits| take(&limits.clone().with_reserve(50), 1, NOW);
        let (reserving, _) = at_once(&limits, reserves, |limits| take(limits, 1, NOW));
        assert_eq!(reserving, 0);
    });
}

#[test]
fn windows_that_follow_each_other_are_each_kept() {
    model(|| {
        let limits = limits(2);
        let before = NOW - Duration::from_millis(1);
        assert_eq!(take(&limits, 1, before), 1);
        // Who is late may be counted in the window that has begun meanwhile.
        let (late, early) = at_once(&limits, move |limits| take(limits, 2, before), |limits| take(limits, 2, NOW));
        assert!((2..=3).contains(&(late + early)), "{late} and {early}");
        let left = limits.left(LimitKind::Weight, MINUTE, NOW).unwrap();
        assert!(left <= 1, "{left}");
    });
}
