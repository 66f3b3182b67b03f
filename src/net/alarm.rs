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
//! It keeps the task that waited last, and wakes that one. A task that waits no longer is woken once for nothing.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

#[cfg(target_os = "linux")]
mod kernel {
    use std::future::poll_fn;
    use std::os::fd::OwnedFd;
    use std::pin::pin;
    use std::ptr;
    use std::task::Waker;
    use std::time::Duration;

    use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
    use rustix::time::{timerfd_create, timerfd_settime};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::task::coop::unconstrained;

    use super::{Context, Instant, Poll, io};

    /// An alarm. Its descriptor is watched by the runtime that it was made on.
    #[derive(Debug)]
    pub struct Alarm {
        timer: AsyncFd<OwnedFd>,
        /// Until when it rings at the latest, once it is set.
        by: Option<Instant>,
        /// Whom it wakes. Kept: the memory of a task that is gone could become another's.
        waker: Waker,
        /// What that one was known by when it was kept. Asked whether they wake the same, a waker and its own copy may say no: each may have a
        /// table of functions of its own, of the same content.
        known_by: (usize, usize),
    }

    impl Alarm {
        /// On the runtime whose context this is called in.
        ///
        /// **Errors**: no descriptor is left.
        #[expect(
            deprecated,
            reason = "unsound for types without I/O safety alone: an OwnedFd stays open while it is registered"
        )]
        pub(crate) fn new() -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
            Ok(Self { timer, by: None, waker: Waker::noop().clone(), known_by: name(Waker::noop()) })
        }

        /// Whether it can serve a wait until `deadline`: not by a clock that the runtime was given for a test.
        #[inline]
        pub(crate) fn serves(&self, deadline: Instant) -> bool {
            self.rings_by(deadline) || clock_is_the_hosts()
        }

        /// Ready at the deadline. Wakes the task that polled last, some time before perhaps.
        #[inline]
        pub(crate) fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            // As long as it has not rung it has the task that it was given.
            if self.rings_by(deadline) && self.known_by == name(context.waker()) && !self.has_rung() {
                return Poll::Pending;
            }
            self.poll_anew(deadline, context)
        }

        #[cold]
        fn poll_anew(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            loop {
                // Told that a task has had its share of this turn, tokio would have it come back and keep nobody to be woken.
                match pin!(unconstrained(poll_fn(|context| self.timer.poll_read_ready(context)))).poll(context)? {
                    Poll::Ready(mut rung) => {
                        rung.clear_ready();
                        self.by = None;
                    }
                    Poll::Pending => {
                        // In any case: it has that one from now on, also where the deadline is found to have passed.
                        (self.waker, self.known_by) = (context.waker().clone(), name(context.waker()));
                        if self.rings_by(deadline) {
                            return Poll::Pending;
                        }
                    }
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
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: never, it_value })?;
            Ok(())
        }

        fn has_rung(&self) -> bool {
            self.timer.try_io(Interest::READABLE, |_| Ok(())).is_ok()
        }

        /// When it rings, if it is set.
        #[cfg(test)]
        pub(crate) fn by(&self) -> Option<Instant> {
            self.by
        }

        #[inline]
        fn rings_by(&self, deadline: Instant) -> bool {
            self.by.is_some_and(|by| by <= deadline)
        }
    }

    /// What a waker is told from others by, while it is kept.
    #[inline]
    fn name(waker: &Waker) -> (usize, usize) {
        (waker.data().addr(), ptr::from_ref(waker.vtable()).addr())
    }

    /// Whether the runtime's clock is the host's. One that a test has stopped stands where it was, or has jumped ahead.
    fn clock_is_the_hosts() -> bool {
        let before = Instant::now();
        let told = tokio::time::Instant::now().into_std();
        before <= told && told <= Instant::now()
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use super::{Context, Instant, Poll, io};

    /// Never rings.
    #[derive(Debug)]
    pub struct Alarm;

    impl Alarm {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn serves(&self, _: Instant) -> bool {
            false
        }

        pub(crate) fn poll(&mut self, _: Instant, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }
}

pub(crate) use kernel::Alarm;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::future::poll_fn;
    use std::task::ready;
    use std::time::Duration;

    use tokio::task::coop;
    use tokio::time::timeout;

    use super::*;

    const MS: Duration = Duration::from_millis(1);
    /// What a host that has other things to do may make of a millisecond.
    const LATE: Duration = Duration::from_secs(5);

    /// It rings at the deadline.
    async fn rings(alarm: &mut Alarm, deadline: Instant) {
        timeout(LATE, poll_fn(|context| alarm.poll(deadline, context))).await.expect("it rings").unwrap();
        let now = Instant::now();
        assert!(now >= deadline, "{:?} too soon", deadline - now);
        // Nobody wakes a timeout's task but the timeout: what it waits for is looked at once more then, and found.
        assert!(now < deadline + LATE / 2, "{:?} late", now - deadline);
    }

    /// A wait that is given up, since the reply came.
    async fn wait_in_vain(alarm: &mut Alarm, deadline: Instant) {
        let polled = poll_fn(|context| Poll::Ready(alarm.poll(deadline, context))).await;
        assert!(polled.is_pending());
    }

    fn after(wait: Duration) -> Instant {
        Instant::now() + wait
    }

    #[tokio::test]
    async fn rings_at_each_deadline_sooner_or_later_than_the_last() {
        let mut alarm = Alarm::new().unwrap();
        assert!(alarm.serves(Instant::now()));
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
        let mut alarm = Alarm::new().unwrap();
        let first = after(20 * MS);
        wait_in_vain(&mut alarm, first).await;
        for later in 1..10 {
            wait_in_vain(&mut alarm, first + later * MS).await;
            assert_eq!(alarm.by(), Some(first));
        }
        // It rings too soon for this one, and is set anew.
        rings(&mut alarm, first + 20 * MS).await;
    }

    #[tokio::test]
    async fn one_that_rang_while_nobody_waited_is_set_anew() {
        let mut alarm = Alarm::new().unwrap();
        wait_in_vain(&mut alarm, after(2 * MS)).await;
        tokio::time::sleep(10 * MS).await;
        rings(&mut alarm, after(5 * MS)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn wakes_the_task_that_waited_last() {
        let mut alarm = Alarm::new().unwrap();
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
        let mut alarm = Alarm::new().unwrap();
        let deadline = after(20 * MS);
        wait_in_vain(&mut alarm, deadline).await;
        let other = tokio::spawn(async move {
            rings(&mut alarm, Instant::now()).await;
            alarm
        });
        alarm = other.await.unwrap();
        rings(&mut alarm, deadline + MS).await;
    }

    /// tokio has such a task come back, and would keep nobody to be woken: not even for those who wait later.
    #[tokio::test]
    async fn a_task_that_has_had_its_share_is_woken_all_the_same() {
        let mut alarm = Alarm::new().unwrap();
        let deadline = after(20 * MS);
        poll_fn(|context| {
            while coop::has_budget_remaining() {
                ready!(coop::poll_proceed(context)).made_progress();
            }
            assert!(alarm.poll(deadline, context).is_pending());
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
        rings(&mut alarm, deadline + MS).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_waits_is_woken_whatever_came_before() {
        let (mut alarm, mut rng) = (Alarm::new().unwrap(), fastrand::Rng::with_seed(7));
        for _ in 0..400 {
            let (wait, is_awaited) = (rng.u64(0..6_000), rng.u8(0..3) == 0);
            let step = async move |mut alarm: Alarm| {
                match (is_awaited, after(Duration::from_micros(wait))) {
                    (true, deadline) => rings(&mut alarm, deadline).await,
                    // As it is with a reply that comes at once; or with a deadline that has passed.
                    (false, deadline) => {
                        let _ = poll_fn(|context| Poll::Ready(alarm.poll(deadline, context))).await;
                    }
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

    #[tokio::test(start_paused = true)]
    async fn does_not_serve_by_a_clock_that_a_test_has_stopped() {
        let alarm = Alarm::new().unwrap();
        assert!(!alarm.serves(after(MS)));
        tokio::time::advance(MS).await;
        assert!(!alarm.serves(after(MS)));
        // It goes on from where it was.
        tokio::time::resume();
        assert!(!alarm.serves(after(MS)));
    }
}
