//! How long the runtime, or the machine, let its tasks wait: what a call may outlast its deadline by, and nobody's fault.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The times at which a task that wanted to run at once had to wait.
#[derive(Debug, Default)]
pub(crate) struct Stalls(Mutex<Vec<(Instant, Instant)>>);

impl Stalls {
    /// Notes stalls until it is dropped.
    pub(crate) async fn watch(&self) {
        loop {
            let asked = Instant::now();
            tokio::time::sleep(PULSE).await;
            let woken = Instant::now();
            if woken - asked > STALL_MIN {
                self.0.lock().expect("no panic").push((asked, woken));
            }
        }
    }

    /// How much of the time between these was stalled.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> Duration {
        let stalls = self.0.lock().expect("no panic");
        stalls.iter().map(|(began, ended)| (*ended).min(to).saturating_duration_since((*began).max(from))).sum()
    }
}

/// One tick of tokio's timer.
const PULSE: Duration = Duration::from_millis(1);
const STALL_MIN: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_counts() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let stalls = Stalls(Mutex::new(vec![(at(10), at(30)), (at(50), at(60))]));
        for (from, to, ms) in [(0, 5, 0), (0, 20, 10), (15, 20, 5), (0, 100, 30), (25, 55, 10), (70, 80, 0)] {
            assert_eq!(stalls.between(at(from), at(to)), Duration::from_millis(ms), "{from} to {to}");
        }
    }
}
