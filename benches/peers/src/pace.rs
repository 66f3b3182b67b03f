//! When orders go out, and how long each took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// When the next order goes out.
#[derive(Clone, Copy, Debug)]
pub enum Schedule {
    /// As soon as the one before was answered.
    Closed,
    /// At fixed times, so far apart, whatever became of those before. Latency counts from the intended time, so a stall
    /// counts against every order that it held up.
    Open(Duration),
    /// So long after the one before was answered, with the thread asleep in between.
    Rested(Duration),
}

/// One block of orders of one client.
pub struct Pace {
    schedule: Schedule,
    left: u32,
    next: Option<Instant>,
    /// **Units.** Nanoseconds.
    pub latencies: Histogram<u64>,
}

impl Pace {
    pub fn new(schedule: Schedule, orders: u32) -> Self {
        let latencies = Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("bounds in order");
        Self { schedule, left: orders, next: None, latencies }
    }

    /// Waits until the next order is to go out; from when its latency counts. `None` when all have.
    pub async fn due(&mut self) -> Option<Instant> {
        match self.step()? {
            Wait::Not => {}
            Wait::Asleep(rest) => tokio::time::sleep(rest).await,
            // Awake, and the runtime's other tasks have their turns.
            Wait::Awake(at) => {
                while Instant::now() < at {
                    tokio::task::yield_now().await;
                }
            }
        }
        Some(self.start())
    }

    /// The same for a client without a runtime.
    pub fn due_blocking(&mut self) -> Option<Instant> {
        match self.step()? {
            Wait::Not => {}
            Wait::Asleep(rest) => std::thread::sleep(rest),
            Wait::Awake(at) => {
                while Instant::now() < at {
                    std::hint::spin_loop();
                }
            }
        }
        Some(self.start())
    }

    /// The order that was due at `start` was answered.
    pub fn done(&mut self, start: Instant) {
        let ns = start.elapsed().as_nanos();
        self.latencies.saturating_record(u64::try_from(ns).unwrap_or(u64::MAX));
    }

    fn step(&mut self) -> Option<Wait> {
        self.left = self.left.checked_sub(1)?;
        Some(match self.schedule {
            Schedule::Closed => Wait::Not,
            Schedule::Rested(rest) => Wait::Asleep(rest),
            Schedule::Open(apart) => {
                let at = self.next.map_or_else(Instant::now, |last| last + apart);
                self.next = Some(at);
                Wait::Awake(at)
            }
        })
    }

    fn start(&self) -> Instant {
        match self.schedule {
            Schedule::Open(_) => self.next.expect("set by the step"),
            Schedule::Closed | Schedule::Rested(_) => Instant::now(),
        }
    }
}

enum Wait {
    Asleep(Duration),
    Awake(Instant),
    Not,
}
