//! What is known of a slot's connection without holding it: when it was last used, and whether its end would be heard of.
//!
//! Of a connection that is watched the kernel asks the event queue whether a reply concerns it, under the socket's lock, before the reply
//! can be received: a hundredth of an order's time over loopback, spinning. So a connection is watched while it rests, and no longer than
//! until a reply is awaited: who awaits it has the watch end, which is one system call, and one only until the connection has rested
//! again. It meets others in the kernel at the queue's lock: who hears of an end, or has another connection
//! watched, holds it for as long as such a call takes. Whoever has a connection watched again borrows its socket for as long.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::net::hangup::{self, Hangups};
use crate::time::Moment;

/// What is known of a slot's connection without holding it.
#[derive(Debug)]
pub(crate) struct Rest {
    /// From where time is counted.
    base: Moment,
    /// When a request last began on it, ns.
    used_ns: AtomicU64,
    /// The number of its connection; [`Rest::NONE`] before its first.
    pub(crate) serial: AtomicU64,
    hangups: Arc<Hangups>,
    slot: usize,
    /// Whether its connection's end would be heard of now. Set behind what it says and taken back ahead of it: so what it says may be
    /// late, and the next request or the next look puts it right.
    is_watched: AtomicBool,
    /// The connection's socket. No order ever takes this lock.
    socket: Mutex<Weak<dyn AsFd + Send + Sync>>,
}

impl Rest {
    /// No connection has this number.
    pub(crate) const NONE: u64 = u64::MAX;

    pub(crate) fn new(base: Moment, hangups: Arc<Hangups>, slot: usize) -> Self {
        let (used_ns, serial) = (AtomicU64::new(0), AtomicU64::new(Self::NONE));
        let socket = Mutex::new(Weak::<TcpStream>::new() as Weak<_>);
        Self { base, used_ns, serial, hangups, slot, is_watched: AtomicBool::new(false), socket }
    }

    #[inline]
    pub(crate) fn used(&self, now: Moment) {
        self.used_ns.store(now.since_ns(self.base), Ordering::Relaxed);
    }

    pub(crate) fn rested(&self, now: Instant) -> Duration {
        let since_ns = Moment::of(now).since_ns(self.base);
        Duration::from_nanos(since_ns.saturating_sub(self.used_ns.load(Ordering::Relaxed)))
    }

    /// The connection's socket from now on, which rests.
    pub(crate) fn settle(&self, socket: &Arc<dyn AsFd + Send + Sync>) -> io::Result<()> {
        let mut place = self.lock();
        *place = Arc::downgrade(socket);
        self.watch(&**socket)
    }

    /// The connection goes elsewhere.
    pub(crate) fn leave(&self, socket: &impl AsFd) {
        let mut place = self.lock();
        *place = Weak::<TcpStream>::new();
        self.unwatch(socket);
    }

    /// Has the connection watched that was used and has rested for so long since. Whether it is watched now.
    pub(crate) fn watch_again(&self, now: Instant, rested: Duration) -> bool {
        if !self.is_watched.load(Ordering::Relaxed) && self.rested(now) >= rested {
            let place = self.lock();
            // Refused, for want of memory, it is tried again; the probe protects meanwhile.
            let _ = place.upgrade().map(|socket| self.watch(&*socket));
        }
        self.is_watched.load(Ordering::Relaxed)
    }

    fn watch(&self, socket: &(impl AsFd + ?Sized)) -> io::Result<()> {
        self.hangups.watch(socket, hangup::name(self.slot, self.serial.load(Ordering::Relaxed)))?;
        self.is_watched.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A reply is awaited.
    #[inline]
    pub(crate) fn unwatch(&self, socket: &impl AsFd) {
        if self.is_watched.load(Ordering::Relaxed) {
            self.forget(socket);
        }
    }

    #[cold]
    fn forget(&self, socket: &impl AsFd) {
        self.is_watched.store(false, Ordering::Relaxed);
        self.hangups.forget(socket);
    }

    fn lock(&self) -> MutexGuard<'_, Weak<dyn AsFd + Send + Sync>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Shutdown, TcpListener};

    use super::*;

    const RESTED: Duration = Duration::from_millis(20);

    /// A settled connection, what is known of it, and its other end.
    fn settled() -> (Arc<dyn AsFd + Send + Sync>, Rest, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours: Arc<dyn AsFd + Send + Sync> = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let rest = Rest::new(Moment::of(Instant::now()), Arc::new(Hangups::new().unwrap()), 3);
        rest.serial.store(7, Ordering::Relaxed);
        rest.settle(&ours).unwrap();
        (ours, rest, listener.accept().unwrap().0)
    }

    async fn heard(rest: &Rest) -> Option<(usize, u64)> {
        let mut names = Vec::new();
        let soon = tokio::time::timeout(Duration::from_millis(50), rest.hangups.heard(&mut names)).await;
        if let Ok(outcome) = soon {
            outcome.unwrap();
        }
        names.pop().map(hangup::name_parts)
    }

    #[tokio::test]
    async fn the_end_of_a_connection_is_heard_of_while_it_rests() {
        let (_ours, rest, theirs) = settled();
        assert_eq!(heard(&rest).await, None);
        theirs.shutdown(Shutdown::Write).unwrap();
        assert_eq!(heard(&rest).await, Some((3, 7)));
    }

    #[tokio::test]
    async fn not_once_a_reply_is_awaited_and_again_when_it_has_rested() {
        let (ours, rest, theirs) = settled();
        let used = Instant::now();
        rest.used(Moment::of(used));
        rest.unwatch(&ours);
        theirs.shutdown(Shutdown::Write).unwrap();
        assert!(!rest.watch_again(used + RESTED / 2, RESTED));
        assert_eq!(heard(&rest).await, None);
        assert!(rest.watch_again(used + RESTED, RESTED));
        assert_eq!(heard(&rest).await, Some((3, 7)));
    }

    #[tokio::test]
    async fn not_once_it_has_left_or_is_gone() {
        let (ours, rest, theirs) = settled();
        rest.leave(&ours);
        theirs.shutdown(Shutdown::Write).unwrap();
        assert!(!rest.watch_again(Instant::now() + RESTED, RESTED));
        assert_eq!(heard(&rest).await, None);
        rest.settle(&ours).unwrap();
        assert_eq!(heard(&rest).await, Some((3, 7)));
        rest.unwatch(&ours);
        drop(ours);
        assert!(!rest.watch_again(Instant::now() + RESTED, RESTED));
    }
}
