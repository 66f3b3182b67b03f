//! How a connection waits: the one thing in which the tokio driver and the blocking one differ.
//!
//! What an exchange does stands once, in `connection.rs`. A driver only says how to wait for the socket, for a while, and for
//! a slot; whoever never waits, because the reply came while it spun, never asks it.

use core::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use tokio::runtime::Handle;

use crate::net::alarm::Alarm;
use crate::net::socket;
use crate::time::Deadline;

/// How a connection waits. There are two: [`Tokio`] and [`Blocking`](crate::blocking::Blocking).
pub trait Driver: sealed::Driver + Clone + fmt::Debug + Send + Sync + 'static {}

pub(crate) mod sealed {
    use super::{AsFd, Deadline, Future, Instant, TcpStream, fmt, io};

    /// What the SDK asks of a driver. Each wait ends at its deadline: then it answers `None`.
    pub trait Driver: Sized {
        /// What its connections belong to.
        type Home: Clone + fmt::Debug + Send + Sync + 'static;
        /// A connected socket.
        type Socket: AsFd + fmt::Debug + Send + Sync + 'static;
        /// What a connection's waits are ended by.
        type Alarm: fmt::Debug + Send + Sync + 'static;

        /// What connections made now will belong to.
        fn home() -> Self::Home;

        /// Takes a socket over.
        fn adopt(socket: TcpStream, home: &Self::Home) -> io::Result<(Self::Socket, Self::Alarm)>;

        /// Looks once whether something waits: `None` where nothing does.
        fn probe(socket: &Self::Socket, into: &mut [u8]) -> io::Result<Option<usize>>;

        /// Waits until something can be received, and receives it.
        fn await_receive(
            socket: &Self::Socket,
            alarm: &mut Self::Alarm,
            into: &mut [u8],
            deadline: Deadline,
        ) -> impl Future<Output = Option<io::Result<usize>>> + Send;

        /// Waits until the kernel takes some of `bytes`.
        fn await_transmit(
            socket: &Self::Socket,
            bytes: &[u8],
            deadline: Deadline,
        ) -> impl Future<Output = Option<io::Result<usize>>> + Send;

        /// Waits for what any thread may bring about.
        fn within<F: Future + Send>(deadline: Deadline, future: F) -> impl Future<Output = Option<F::Output>> + Send;

        /// Waits for a point in time.
        fn sleep_until(at: Instant) -> impl Future<Output = ()> + Send;

        /// Does what takes milliseconds: not where tasks wait for their turn meanwhile.
        fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> impl Future<Output = T> + Send;
    }
}

/// Parks in the tokio runtime that the pool was built on: other tasks run meanwhile.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Tokio;

impl Driver for Tokio {}

impl sealed::Driver for Tokio {
    type Home = Handle;
    type Socket = tokio::net::TcpStream;
    type Alarm = Alarm;

    fn home() -> Handle {
        Handle::current()
    }

    fn adopt(socket: TcpStream, home: &Handle) -> io::Result<(Self::Socket, Alarm)> {
        socket.set_nonblocking(true)?;
        let _home = home.enter();
        Ok((Self::Socket::from_std(socket)?, Alarm::new()))
    }

    #[inline]
    fn probe(socket: &Self::Socket, into: &mut [u8]) -> io::Result<Option<usize>> {
        socket::probe(socket, into)
    }

    async fn await_receive(
        socket: &Self::Socket,
        alarm: &mut Alarm,
        into: &mut [u8],
        deadline: Deadline,
    ) -> Option<io::Result<usize>> {
        let alarm = deadline.instant().and_then(|at| Some((at, alarm.timer(at)?)));
        let waited = match alarm {
            Some((at, timer)) => {
                poll_fn(|context| match socket::poll_receive(socket, into, context) {
                    Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                    Poll::Pending => timer.poll(at, context).map(|rung| rung.err().map(Err)),
                })
                .await
            }
            None => Self::within(deadline, poll_fn(|context| socket::poll_receive(socket, into, context))).await,
        };
        // What came in the last moment counts, though tokio was not told of it yet.
        waited.or_else(|| socket::receive(socket, into).transpose())
    }

    async fn await_transmit(socket: &Self::Socket, bytes: &[u8], deadline: Deadline) -> Option<io::Result<usize>> {
        Self::within(deadline, poll_fn(|context| socket::poll_transmit(socket, bytes, context))).await
    }

    // Not tokio's `timeout_at`: that makes its timer before it looks whether it is needed, and moves both futures.
    async fn within<F: Future + Send>(deadline: Deadline, future: F) -> Option<F::Output> {
        let Some(at) = deadline.instant() else { return Some(future.await) };
        let (mut future, mut timer) = (pin!(future), pin!(None));
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            if timer.is_none() {
                timer.set(Some(tokio::time::sleep_until(at.into())));
            }
            timer.as_mut().as_pin_mut().map_or(Poll::Pending, |timer| timer.poll(context).map(|()| None))
        })
        .await
    }

    async fn sleep_until(at: Instant) {
        tokio::time::sleep_until(at.into()).await;
    }

    async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        // It fails where the work panics, or where the runtime ends before it began: then nobody is left to be answered.
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => panic!("the runtime shuts down: {error}"),
        })
    }
}

/// Writes calls down once for both drivers: `async` for who waits in a tokio runtime, and under the same names as plain functions
/// for who blocks. Inside, `D` is the driver; generics stand in brackets.
///
/// A body may await only what waits as its driver does: a blocking driver's future never leaves its thread. Where `[call = …, slot = …]`
/// stands in front of it, the latter alone is awaited, and the body waits for nothing: what it returns is large, and passes through no
/// future.
macro_rules! for_both_drivers {
    ($(
        $(#[$about:meta])*
        impl[$($generics:tt)*] $type:ident[$($parameters:tt)*] where [$($bounds:tt)*] { $($calls:tt)* }
    )*) => {$(
        const _: () = {
            type D = $crate::net::driver::Tokio;
            $(#[$about])*
            impl<$($generics)*> $type<$($parameters)* D> where $($bounds)* {
                $crate::net::driver::calls_of_driver!(async $($calls)*);
            }
        };
        const _: () = {
            type D = $crate::net::blocking::Blocking;
            $(#[$about])*
            impl<$($generics)*> $type<$($parameters)* D> where $($bounds)* {
                $crate::net::driver::calls_of_driver!(blocking $($calls)*);
            }
        };
    )*};
}

macro_rules! calls_of_driver {
    (async $(
        $(#[$about:meta])*
        pub async fn $name:ident $([$($generics:tt)*])? (&$this:ident $(, $arg:ident: $type:ty)* $(,)?) -> $reply:ty
        $(where [$($where:tt)*])? $([$call:ident = $new:expr, $slot:ident = $awaited:expr])? $body:block
    )*) => {$(
        $(#[$about])*
        pub async fn $name $(<$($generics)*>)? (&$this $(, $arg: $type)*) -> $reply $(where $($where)*)? {
            $(
                let mut $call = $new;
                let $slot = $awaited.await;
            )?
            $body
        }
    )*};
    (blocking $(
        $(#[$about:meta])*
        pub async fn $name:ident $([$($generics:tt)*])? (&$this:ident $(, $arg:ident: $type:ty)* $(,)?) -> $reply:ty
        $(where [$($where:tt)*])? $([$call:ident = $new:expr, $slot:ident = $awaited:expr])? $body:block
    )*) => {$(
        $(#[$about])*
        pub fn $name $(<$($generics)*>)? (&$this $(, $arg: $type)*) -> $reply $(where $($where)*)? {
            $crate::net::driver::block!($([$call = $new, $slot = $awaited])? $body)
        }
    )*};
}

/// The body of a call for who blocks.
macro_rules! block {
    ([$call:ident = $new:expr, $slot:ident = $awaited:expr] $body:block) => {{
        let mut $call = $new;
        let $slot = $crate::net::blocking::run($awaited);
        $body
    }};
    ($body:block) => {
        $crate::net::blocking::run(async move $body)
    };
}

pub(crate) use {block, calls_of_driver, for_both_drivers};

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    /// Nobody has told tokio of it: its own driver had no turn since.
    #[tokio::test]
    async fn what_came_in_the_last_moment_counts() {
        use sealed::Driver as _;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, alarm) = Tokio::adopt(ours, &Handle::current()).unwrap();
        let mut theirs = listener.accept().unwrap().0;
        // By the alarm, and by the runtime's timer.
        for mut alarm in [alarm, tokio::task::spawn_blocking(elsewhere).await.unwrap()] {
            let mut into = [0; 8];
            theirs.write_all(b"reply").unwrap();
            let outcome = Tokio::await_receive(&socket, &mut alarm, &mut into, Deadline::after(Duration::ZERO)).await;
            assert_eq!(outcome.unwrap().unwrap(), 5);
            let outcome = Tokio::await_receive(&socket, &mut alarm, &mut into, Deadline::after(Duration::ZERO)).await;
            assert!(outcome.is_none());
        }
    }

    /// An alarm that serves nobody here.
    fn elsewhere() -> Alarm {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async { Alarm::new() })
    }
}
