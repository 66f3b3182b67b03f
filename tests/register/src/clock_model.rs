//! Stamps never go back, whoever takes a sample meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::thread;

use crate::clock::VenueClock;
use crate::time::{Moment, Timestamp};
use crate::tried::tried;

const MS: Duration = Duration::from_millis(1);

/// A client's clock at some time after it was made, when a poor sample was believed.
struct Meeting {
    clock: VenueClock,
    now: Instant,
    /// What the host's clock says then.
    host: Timestamp,
}

impl Meeting {
    fn new() -> Arc<Self> {
        let clock = VenueClock::host(MS);
        let meeting = Self { clock, now: Instant::now() + 1_000 * MS, host: Timestamp::now() + 1_000 * MS };
        meeting.hear(200, 300);
        Arc::new(meeting)
    }

    /// A sample that came just now: its trip took so long, and the venue is so far ahead of the host.
    fn hear(&self, trip_ms: u32, ahead_ms: u32) {
        let trip = trip_ms * MS;
        let _heard = self.clock.sample(self.now - trip, self.now, self.host + ahead_ms * MS - trip / 2);
    }

    /// What a request is stamped with that is made now.
    fn stamp(&self) -> Timestamp {
        self.clock.window(Moment::of(self.now), None).now
    }
}

/// Tries all orders with at most three switches.
fn model(run: impl Fn(Arc<Meeting>) + Sync + Send + 'static) {
    tried(Some(3), move || run(Meeting::new()));
}

/// One that stamps requests, beside those that take these samples: what came last is not before what came first.
fn stamps_stand_or_go_on<const N: usize>(samples: [(u32, u32); N]) {
    model(move |meeting| {
        let mut threads = Vec::new();
        for (trip_ms, ahead_ms) in samples {
            let meeting = Arc::clone(&meeting);
            threads.push(thread::spawn(move || meeting.hear(trip_ms, ahead_ms)));
        }
        let stamping = Arc::clone(&meeting);
        let stamps = thread::spawn(move || {
            let stamps = [stamping.stamp(), stamping.stamp()];
            assert!(stamps.is_sorted(), "{stamps:?}");
            stamps
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let [_, last] = stamps.join().unwrap();
        assert!(last <= meeting.stamp());
    });
}

#[test]
fn a_stamp_is_not_before_one_that_was_read_before_it() {
    stamps_stand_or_go_on([(100, 260)]);
}

/// The better sample puts the clock back behind the one that it did not know of.
#[test]
fn nor_where_two_samples_come_at_once() {
    stamps_stand_or_go_on([(100, 340), (80, 260)]);
}
