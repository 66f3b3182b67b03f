//! The driver without a runtime: it waits on the thread that calls, in the kernel.

use core::task::{Context, Poll, Waker};
use std::future::Future;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::Arc;
use std::task::Wake;
use std::thread::Thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::net::driver::{Driver, sealed};
use crate::net::socket;
use crate::time::Deadline;

/// Parks in the kernel, on the caller's own thread: no runtime, no wake-up by another thread.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Blocking;

impl Driver for Blocking {}

impl sealed::Driver for Blocking {
    type Home = ();
    type Socket = TcpStream;
    /// The kernel is told with each wait.
    type Alarm = ();

    fn home() {}

    /// The socket waits for who asks it without `DONTWAIT`, as [`socket::wait_receive`] alone does.
    fn adopt(socket: TcpStream, (): &()) -> io::Result<(TcpStream, ())> {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(READ_WAIT))?;
        Ok((socket, ()))
    }

    #[inline]
    fn probe(socket: &TcpStream, into: &mut [u8]) -> io::Result<Option<usize>> {
        socket::receive(socket, into)
    }

    async fn await_receive(
        socket: &TcpStream,
        (): &mut (),
        into: &mut [u8],
        deadline: Deadline,
    ) -> Option<io::Result<usize>> {
        // The read itself waits, and nobody asks beforehand whether there is something: one system call less. How long it waits was
        // said to the kernel once, so close to the deadline it is too long.
        while deadline.instant().is_none_or(|at| at.saturating_duration_since(Instant::now()) >= 2 * READ_WAIT) {
            if let Some(outcome) = socket::wait_receive(socket, into).transpose() {
                return Some(outcome);
            }
        }
        park(socket, PollFlags::IN, deadline, || socket::receive(socket, into))
    }

    async fn await_transmit(socket: &TcpStream, bytes: &[u8], deadline: Deadline) -> Option<io::Result<usize>> {
        park(socket, PollFlags::OUT, deadline, || socket::transmit(socket, bytes))
    }

    async fn within<F: Future + Send>(deadline: Deadline, future: F) -> Option<F::Output> {
        wait(future, deadline)
    }

    async fn sleep_until(at: Instant) {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
    }

    async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        work()
    }
}

/// How long one read waits at most, give or take a tick of the kernel's clock, which has 1 to 10 ms.
const READ_WAIT: Duration = Duration::from_millis(10);

/// Waits in the kernel until it does not refuse any more; `None` at the deadline.
fn park<T>(
    socket: &TcpStream,
    until: PollFlags,
    deadline: Deadline,
    mut attempt: impl FnMut() -> io::Result<Option<T>>,
) -> Option<io::Result<T>> {
    loop {
        let left = match deadline.instant() {
            None => None,
            Some(at) => match at.checked_duration_since(Instant::now()) {
                None | Some(Duration::ZERO) => return None,
                // What no kernel can count is as good as for ever.
                Some(left) => Timespec::try_from(left).ok(),
            },
        };
        match poll(&mut [PollFd::new(&socket.as_fd(), until)], left.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(e) => return Some(Err(e.into())),
        }
        if let Some(outcome) = attempt().transpose() {
            return Some(outcome);
        }
    }
}

/// Runs a future on this thread until it ends.
#[inline]
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        // Whatever waits for the socket waits in its own poll. Only a wait for other threads comes back here.
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => {}
        }
        if let Some(output) = wait(future.as_mut(), Deadline::NEVER) {
            return output;
        }
    }
}

/// Waits on this thread for what other threads bring about; `None` at the deadline.
fn wait<F: Future>(future: F, deadline: Deadline) -> Option<F::Output> {
    thread_local! {
        // Made once a thread, so that waiting for a slot allocates nothing.
        static WAKER: Waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    }
    let mut future = pin!(future);
    WAKER.with(|waker| {
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                return Some(output);
            }
            match deadline.instant() {
                None => std::thread::park(),
                Some(at) => match at.checked_duration_since(Instant::now()) {
                    None | Some(Duration::ZERO) => return None,
                    Some(left) => std::thread::park_timeout(left),
                },
            }
        }
    })
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (<Blocking as sealed::Driver>::adopt(ours, &()).unwrap().0, listener.accept().unwrap().0)
    }

    #[test]
    fn waits_for_bytes_or_the_deadline() {
        use sealed::Driver as _;
        let (ours, mut theirs) = pair();
        let mut into = [0; 8];
        assert!(Blocking::probe(&ours, &mut into).unwrap().is_none());
        // In poll alone; first in reads that wait.
        for soon in [READ_WAIT, 5 * READ_WAIT] {
            let begun = Instant::now();
            let deadline = Deadline::after(soon);
            assert!(run(Blocking::await_receive(&ours, &mut (), &mut into, deadline)).is_none());
            let waited = begun.elapsed();
            assert!(waited >= soon, "{waited:?}");
            // A deadline in the past does not wait.
            assert!(run(Blocking::await_receive(&ours, &mut (), &mut into, deadline)).is_none());
        }
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            theirs.write_all(b"reply").unwrap();
            theirs
        });
        let late = Deadline::after(Duration::from_secs(60));
        assert_eq!(run(Blocking::await_receive(&ours, &mut (), &mut into, late)).unwrap().unwrap(), 5);
        drop(writer.join().unwrap());
        assert_eq!(run(Blocking::await_receive(&ours, &mut (), &mut into, Deadline::NEVER)).unwrap().unwrap(), 0);
    }

    #[test]
    fn is_woken_by_another_thread() {
        use sealed::Driver as _;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            sender.send(7).unwrap();
        });
        assert_eq!(run(receiver), Ok(7));
        other.join().unwrap();
        let never = std::future::pending::<()>();
        assert_eq!(run(Blocking::within(Deadline::after(Duration::from_millis(5)), never)), None);
    }
}
