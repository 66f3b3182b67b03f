//! A socket asked directly: one non-blocking system call each, no readiness remembered in between.
//!
//! tokio's `try_read` and `peek` ask a cached readiness that only its driver refreshes: a FIN that waits in the kernel is
//! invisible to them until the task has yielded. What decides over an order must be the kernel's own word.

use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Receives what waits, without waiting. `WouldBlock` where nothing does, 0 at the stream's end.
pub(crate) fn receive(socket: &impl AsFd, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match recv(socket.as_fd(), &mut *into, RecvFlags::DONTWAIT) {
            Err(rustix::io::Errno::INTR) => {}
            outcome => return outcome.map(|(bytes, _)| bytes).map_err(Into::into),
        }
    }
}

/// Receives what comes, and waits for it: as long as the socket says (`SO_RCVTIMEO`), or until a signal comes.
pub(crate) fn wait_receive(socket: &impl AsFd, into: &mut [u8]) -> io::Result<usize> {
    recv(socket.as_fd(), into, RecvFlags::empty()).map(|(bytes, _)| bytes).map_err(Into::into)
}

/// Gives the kernel what it takes, without waiting.
pub(crate) fn transmit(socket: &impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match send(socket.as_fd(), bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(rustix::io::Errno::INTR) => {}
            outcome => return outcome.map_err(Into::into),
        }
    }
}

/// Looks once whether something waits: `None` where nothing does.
///
/// tokio remembers that the last reply made the socket readable. Asking through `try_io` forgets that when the kernel
/// says otherwise, so that the wait for this request's reply parks at once instead of reading in vain first. Where tokio
/// remembers nothing, `try_io` would not ask the kernel at all: then it is asked directly.
pub(crate) fn probe(socket: &TcpStream, into: &mut [u8]) -> io::Result<Option<usize>> {
    let mut asked = false;
    let through_tokio = socket.try_io(Interest::READABLE, || {
        asked = true;
        receive(socket, into)
    });
    let outcome = if asked { through_tokio } else { receive(socket, into) };
    match outcome {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(e) => Err(e),
    }
}

/// Receives, once something can be received. Wakes the task that polled last.
///
/// **Cancel safety**: nothing is lost; bytes are taken from the kernel only when this is ready.
#[inline]
pub(crate) fn poll_receive(socket: &TcpStream, into: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_read_ready(context))?;
        match socket.try_io(Interest::READABLE, || receive(socket, into)) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return Poll::Ready(outcome),
        }
    }
}

/// Gives the kernel some of `bytes`, once it takes any. Wakes the task that polled last.
///
/// **Cancel safety**: bytes are given to the kernel only when this is ready.
pub(crate) fn poll_transmit(socket: &TcpStream, bytes: &[u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_write_ready(context))?;
        match socket.try_io(Interest::WRITABLE, || transmit(socket, bytes)) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return Poll::Ready(outcome),
        }
    }
}

/// Makes closing an abort: the kernel drops what it has not sent and resets the connection. Without it the kernel still
/// delivers an order that its caller has given up.
pub(crate) fn abort_on_close(socket: &impl AsFd) {
    // A failure means that the socket is gone already: nothing is left to abort.
    let _ = sockopt::set_socket_linger(socket.as_fd(), Some(Duration::ZERO));
}
