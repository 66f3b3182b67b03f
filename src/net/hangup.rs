//! Who hung up: one event queue that hears of ends (FIN, RST) on resting connections and of nothing else.
//!
//! Replies do not wake it. Linux alone can ask for that (`EPOLLRDHUP` without `EPOLLIN`); elsewhere nothing is heard, and only the probe
//! before each write protects.

use std::io;
use std::os::fd::AsFd;

#[cfg(target_os = "linux")]
mod queue {
    use std::os::fd::OwnedFd;

    use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::{AsFd, io};

    /// The event queue. Its own descriptor is watched by the runtime that it was made on.
    #[derive(Debug)]
    pub(crate) struct Hangups(AsyncFd<OwnedFd>);

    impl Hangups {
        /// On the runtime whose context this is called in.
        #[expect(
            deprecated,
            reason = "unsound for types without I/O safety alone: an OwnedFd stays open while it is registered"
        )]
        pub(crate) fn new() -> io::Result<Self> {
            let queue = epoll::create(CreateFlags::CLOEXEC)?;
            Ok(Self(AsyncFd::with_interest(queue, Interest::READABLE)?))
        }

        /// Hears of the end of this connection, once, under this name. A connection that is closed is forgotten by itself.
        pub(crate) fn watch(&self, connection: impl AsFd, name: u64) -> io::Result<()> {
            let end = EventFlags::RDHUP | EventFlags::ONESHOT;
            match epoll::add(self.0.get_ref(), connection, EventData::new_u64(name), end) {
                // It was watched already.
                Err(rustix::io::Errno::EXIST) => Ok(()),
                outcome => Ok(outcome?),
            }
        }

        /// Hears no more of it.
        pub(crate) fn forget(&self, connection: impl AsFd) {
            // Refused where it was not watched, which is what was asked for.
            let _ = epoll::delete(self.0.get_ref(), connection);
        }

        /// The names of connections that ended, as soon as there are any.
        ///
        /// **Cancel safety**: nothing is lost.
        pub(crate) async fn heard(&self, names: &mut Vec<u64>) -> io::Result<()> {
            loop {
                let mut ready = self.0.readable().await?;
                let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; EVENTS_AT_ONCE];
                let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
                let count = match epoll::wait(self.0.get_ref(), &mut events[..], Some(&now)) {
                    Err(rustix::io::Errno::INTR) => continue,
                    outcome => outcome?,
                };
                names.extend(events[..count].iter().map(|event| event.data.u64()));
                if count < EVENTS_AT_ONCE {
                    ready.clear_ready();
                }
                if count > 0 {
                    return Ok(());
                }
            }
        }
    }

    /// Ends heard of with one system call.
    const EVENTS_AT_ONCE: usize = 16;
}

#[cfg(not(target_os = "linux"))]
mod queue {
    use super::{AsFd, io};

    /// Hears nothing.
    #[derive(Debug)]
    pub(crate) struct Hangups;

    impl Hangups {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn watch(&self, _: impl AsFd, _: u64) -> io::Result<()> {
            Ok(())
        }

        pub(crate) fn forget(&self, _: impl AsFd) {}

        pub(crate) async fn heard(&self, _: &mut Vec<u64>) -> io::Result<()> {
            std::future::pending().await
        }
    }
}

/// What a slot's connection is called in the event queue.
pub(crate) const fn name(slot: usize, serial: u64) -> u64 {
    (slot as u64) << 32 | (serial & 0xFFFF_FFFF)
}

pub(crate) const fn name_parts(name: u64) -> (usize, u64) {
    ((name >> 32) as usize, name & 0xFFFF_FFFF)
}

pub(crate) use queue::Hangups;
