//! How often a pool may connect: a bucket of attempts that fills again with time.
//!
//! Backoff is each slot's own. Without a common budget a venue that takes connections and drops them would see all slots
//! come back at once, again and again; venues shut such addresses out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Attempts that may be made now, and how fast more come.
#[derive(Debug)]
pub(crate) struct Budget {
    burst: u32,
    refill: Duration,
    /// When the bucket was, or would have been, full but for one attempt for each `refill` before it.
    empty_until: Mutex<Option<Instant>>,
}

impl Budget {
    /// So many at once, and then one each `refill`.
    pub(crate) const fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill, empty_until: Mutex::new(None) }
    }

    /// Waits until an attempt may be made; attempts are let through in the order in which they asked.
    ///
    /// **Cancel safety**: an attempt that is given up while it waits is counted all the same.
    pub(crate) async fn attempt(&self) {
        let due = self.reserve(Instant::now());
        tokio::time::sleep_until(due).await;
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut booked = self.empty_until.lock().unwrap_or_else(PoisonError::into_inner);
        // Each attempt books the time in which it is earned; what is booked up to a burst ahead may go at once.
        let until = booked.map_or(now, |until| until.max(now)) + self.refill;
        *booked = Some(until);
        until.checked_sub(self.refill * self.burst).map_or(now, |due| due.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_by_the_rate() {
        let budget = Budget::new(3, Duration::from_millis(100));
        let begun = Instant::now();
        let mut at = Vec::new();
        for _ in 0..6 {
            budget.attempt().await;
            at.push(begun.elapsed().as_millis());
        }
        assert_eq!(at, [0, 0, 0, 100, 200, 300]);
        // After a rest there is a burst again, and no more than one.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let begun = Instant::now();
        for _ in 0..4 {
            budget.attempt().await;
        }
        assert_eq!(begun.elapsed().as_millis(), 100);
    }
}
