//! A connection's alarm: who waits for a reply in a tokio runtime is woken at the deadline.
//!
//! tokio's own timer would be made for each reply that is awaited, and taken down before the reply is looked at; and while any is set the
//! runtime's every sleep is a sleep with an end, which the kernel sets up and takes down as well. So a connection has an alarm in the kernel
//! (`timerfd`, Linux alone) that outlives the wait: one that rings too early for a later deadline is no harm, and is set anew by whoever waits
//! then. Where deadlines come one after another it is set once in the time that a call may take.
//!
//! ```text
//! Unset ──set──► Set ──its time comes──► Rung ──set──► Set
//!                 ╰──set, to ring sooner──► Set
//! ```
//!
//! It wakes the task that polled last, also when that waits no longer: once, for nothing. So long tokio keeps what it knows that task by,
//! and with it the memory of one that is over.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

#[cfg(target_os = "linux")]
mod kernel {
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
    use rustix::time::{timerfd_create, timerfd_settime};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::runtime::{Handle, Id};

    use super::{Context, Instant, Poll, io};

    /// An alarm, if there is one.
    #[derive(Debug)]
    pub struct Alarm(Option<Timer>);

    /// A timer of the kernel's. Its descriptor is watched by the runtime that it was made on.
    #[derive(Debug)]
    pub struct Timer {
        descriptor: AsyncFd<OwnedFd>,
        home: Id,
        /// Until when it rings at the latest, once it is set.
        by: Option<Instant>,
    }

    impl Alarm {
        /// On the runtime whose context this is called in. Where the kernel gives none, for want of descriptors or because it may not, it
        /// serves nobody.
        pub(crate) fn new() -> Self {
            Self(Timer::new().ok())
        }

        /// What can end a wait at `deadline`: on the runtime that watches it, since another may not be at work; and not by a clock that this
        /// was given for a test.
        pub(crate) fn timer(&mut self, deadline: Instant) -> Option<&mut Timer> {
            let is_at_home = |timer: &Timer| Handle::try_current().is_ok_and(|here| here.id() == timer.home);
            self.0.as_mut().filter(|timer| is_at_home(timer) && (timer.rings_by(deadline) || clock_is_the_hosts()))
        }
    }

    impl Timer {
        #[expect(
            deprecated,
            reason = "unsound for types without I/O safety alone: an OwnedFd stays open while it is registered"
        )]
        fn new() -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            let descriptor = AsyncFd::with_interest(timer, Interest::READABLE)?;
            Ok(Self { descriptor, home: Handle::current().id(), by: None })
        }

        /// Ready at the deadline. Wakes the task that polled last, some time before perhaps.
        pub(crate) fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            loop {
                // Asked each time: whom it would wake can be another at any moment, and nobody, while it rings.
                match self.descriptor.poll_read_ready(context)? {
                    Poll::Ready(mut rung) => {
                        rung.clear_ready();
                        self.by = None;
                    }
                    Poll::Pending if self.rings_by(deadline) => return Poll::Pending,
                    Poll::Pending => {}
                }
                match deadline.saturating_duration_since(Instant::now()) {
                    Duration::ZERO => return Poll::Ready(Ok(())),
                    left => self.set(left)?,
                }
                self.by = Some(deadline);
            }
        }

        /// Has it ring then, and not as it was set before.
        fn set(&self, left: Duration) -> io::Result<()> {
            let never = Timespec { tv_sec: 0, tv_nsec: 0 };
            // What no kernel can count is as good as for ever.
            let it_value = left.try_into().unwrap_or(never);
            timerfd_settime(
                &self.descriptor,
                TimerfdTimerFlags::empty(),
                &Itimerspec { it_interval: never, it_value },
            )?;
            Ok(())
        }

        fn rings_by(&self, deadline: Instant) -> bool {
            self.by.is_some_and(|by| by <= deadline)
        }
    }

    /// Whether the runtime's clock is the host's. One that a test has stopped stands where it was, or has jumped ahead.
    fn clock_is_the_hosts() -> bool {
        let before = Instant::now();
        let told = tokio::time::Instant::now().into_std();
        before <= told && told <= Instant::now()
    }

    #[cfg(test)]
    impl Timer {
        /// When it rings, if it is set.
        pub(crate) fn by(&self) -> Option<Instant> {
            self.by
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use super::{Context, Instant, Poll, io};

    /// Serves nobody.
    #[derive(Debug)]
    pub struct Alarm;

    /// There is none.
    #[derive(Debug)]
    pub enum Timer {}

    impl Alarm {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn timer(&mut self, _: Instant) -> Option<&mut Timer> {
            None
        }
    }

    impl Timer {
        pub(crate) fn poll(&mut self, _: Instant, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            match *self {}
        }
    }
}

pub(crate) use kernel::Alarm;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const MS: Duration = Duration::from_millis(1);
    /// What a host that has other things to do may make of a millisecond.
    const LATE: Duration = Duration::from_secs(5);

    /// It rings at the deadline.
    async fn rings(alarm: &mut Alarm, deadline: Instant) {
        let timer = alarm.timer(deadline).expect("it serves here");
        timeout(LATE, poll_fn(|context| timer.poll(deadline, context))).await.expect("it rings").unwrap();
        let now = Instant::now();
        assert!(now >= deadline, "{:?} too soon", deadline - now);
        // Nobody wakes a timeout's task but the timeout: what it waits for is looked at once more then, and found.
        assert!(now < deadline + LATE / 2, "{:?} late", now - deadline);
    }

    /// A wait that is given up, since the reply came.
    async fn wait_in_vain(alarm: &mut Alarm, deadline: Instant) {
        let timer = alarm.timer(deadline).expect("it serves here");
        let polled = poll_fn(|context| Poll::Ready(timer.poll(deadline, context))).await;
        // Held up for so long by the host, it has passed.
        assert!(polled.is_pending() || Instant::now() >= deadline);
    }

    fn after(wait: Duration) -> Instant {
        Instant::now() + wait
    }

    #[tokio::test]
    async fn rings_at_each_deadline_sooner_or_later_than_the_last() {
        let mut alarm = Alarm::new();
        for wait in [3, 0, 20, 2, 2, 40, 1] {
            rings(&mut alarm, after(wait * MS)).await;
        }
        // One that has passed already.
        rings(&mut alarm, Instant::now()).await;
        // Sooner than it was set to.
        wait_in_vain(&mut alarm, after(1_000 * LATE)).await;
        rings(&mut alarm, after(5 * MS)).await;
    }

    #[tokio::test]
    async fn is_set_once_for_deadlines_that_follow_each_other() {
        let mut alarm = Alarm::new();
        let first = after(300 * MS);
        wait_in_vain(&mut alarm, first).await;
        for later in 1..10 {
            wait_in_vain(&mut alarm, first + later * MS).await;
            assert_eq!(alarm.timer(first).and_then(|timer| timer.by()), Some(first));
        }
        // It rings too soon for this one, and is set anew.
        rings(&mut alarm, first + 20 * MS).await;
    }

    #[tokio::test]
    async fn one_that_rang_while_nobody_waited_is_set_anew() {
        let mut alarm = Alarm::new();
        wait_in_vain(&mut alarm, after(2 * MS)).await;
        tokio::time::sleep(10 * MS).await;
        rings(&mut alarm, after(5 * MS)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn wakes_the_task_that_waited_last() {
        let mut alarm = Alarm::new();
        for _ in 0..20 {
            let deadline = after(5 * MS);
            let first = tokio::spawn(async move {
                wait_in_vain(&mut alarm, deadline).await;
                alarm
            });
            alarm = first.await.unwrap();
            let second = tokio::spawn(async move {
                rings(&mut alarm, deadline).await;
                alarm
            });
            alarm = second.await.unwrap();
        }
    }

    /// Though the other did not wait: what it asked for had passed already.
    #[tokio::test]
    async fn wakes_the_task_that_waited_before_another_that_did_not() {
        let mut alarm = Alarm::new();
        let deadline = after(20 * MS);
        wait_in_vain(&mut alarm, deadline).await;
        let other = tokio::spawn(async move {
            rings(&mut alarm, Instant::now()).await;
            alarm
        });
        alarm = other.await.unwrap();
        rings(&mut alarm, deadline + MS).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_waits_is_woken_whatever_came_before() {
        let (mut alarm, mut rng) = (Alarm::new(), fastrand::Rng::with_seed(7));
        for _ in 0..400 {
            let (wait, is_awaited) = (rng.u64(0..6_000), rng.u8(0..3) == 0);
            let step = async move |mut alarm: Alarm| {
                match (is_awaited, after(Duration::from_micros(wait))) {
                    (true, deadline) => rings(&mut alarm, deadline).await,
                    // As it is with a reply that comes at once; or with a deadline that has passed.
                    (false, deadline) => wait_in_vain(&mut alarm, deadline).await,
                }
                alarm
            };
            alarm = match rng.bool() {
                true => step(alarm).await,
                false => tokio::spawn(async move { step(alarm).await }).await.unwrap(),
            };
            if rng.u8(0..4) == 0 {
                tokio::time::sleep(rng.u32(0..4) * MS).await;
            }
        }
    }

    #[test]
    fn does_not_serve_on_a_runtime_that_does_not_watch_it() {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (home, other) = (runtime(), runtime());
        let mut alarm = home.block_on(async { Alarm::new() });
        let mut serves = async || alarm.timer(after(MS)).is_some();
        assert!(home.block_on(serves()));
        assert!(!other.block_on(serves()));
        assert!(alarm.timer(after(MS)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_serve_by_a_clock_that_a_test_has_stopped() {
        let mut alarm = Alarm::new();
        assert!(alarm.timer(after(MS)).is_none());
        tokio::time::advance(MS).await;
        assert!(alarm.timer(after(MS)).is_none());
        // It goes on from where it was.
        tokio::time::resume();
        assert!(alarm.timer(after(MS)).is_none());
    }
}
