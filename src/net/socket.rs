//! A socket asked directly: one non-blocking system call each, no readiness remembered in between.
//!
//! tokio's `try_read` and `peek` ask a cached readiness that only its driver refreshes: a FIN that waits in the kernel is
//! invisible to them until the task has yielded. What decides over an order must be the kernel's own word.

use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Receives what waits, without waiting. `None` where nothing does, 0 at the stream's end.
#[inline]
pub(crate) fn receive(socket: &impl AsFd, into: &mut [u8]) -> io::Result<Option<usize>> {
    loop {
        match recv(socket.as_fd(), &mut *into, RecvFlags::DONTWAIT) {
            Ok((bytes, _)) => return Ok(Some(bytes)),
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Receives what comes, and waits for it: `None` where nothing did for as long as the socket says (`SO_RCVTIMEO`), or until a signal came.
#[inline]
pub(crate) fn wait_receive(socket: &impl AsFd, into: &mut [u8]) -> io::Result<Option<usize>> {
    match recv(socket.as_fd(), into, RecvFlags::empty()) {
        Ok((bytes, _)) => Ok(Some(bytes)),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Gives the kernel what it takes, without waiting. `None` where it takes nothing.
#[inline]
pub(crate) fn transmit(socket: &impl AsFd, bytes: &[u8]) -> io::Result<Option<usize>> {
    loop {
        match send(socket.as_fd(), bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Looks once whether something waits: `None` where nothing does.
///
/// tokio remembers that the last reply made the socket readable. Asking through `try_io` forgets that when the kernel
/// says otherwise, so that the wait for this request's reply parks at once instead of reading in vain first. Where tokio
/// remembers nothing, `try_io` would not ask the kernel at all: then it is asked directly.
pub(crate) fn probe(socket: &TcpStream, into: &mut [u8]) -> io::Result<Option<usize>> {
    let mut told = None;
    let through_tokio =
        socket.try_io(Interest::READABLE, || told.insert(receive(socket, into)?).ok_or(WOULD_BLOCK.into()));
    match (told, through_tokio) {
        (Some(told), _) => Ok(told),
        (None, Err(e)) if e.kind() == WOULD_BLOCK => receive(socket, into),
        (None, outcome) => outcome.map(Some),
    }
}

/// What tokio is told where the kernel refuses.
const WOULD_BLOCK: io::ErrorKind = io::ErrorKind::WouldBlock;

/// Receives, once something can be received. Wakes the task that polled last.
///
/// **Cancel safety**: nothing is lost; bytes are taken from the kernel only when this is ready.
#[inline]
pub(crate) fn poll_receive(socket: &TcpStream, into: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    loop {
        // Who is woken finds here what it was woken for.
        match socket.try_io(Interest::READABLE, || receive(socket, into)?.ok_or(WOULD_BLOCK.into())) {
            Err(e) if e.kind() == WOULD_BLOCK => {}
            outcome => return Poll::Ready(outcome),
        }
        ready!(socket.poll_read_ready(context))?;
    }
}

/// Gives the kernel some of `bytes`, once it takes any. Wakes the task that polled last.
///
/// **Cancel safety**: bytes are given to the kernel only when this is ready.
pub(crate) fn poll_transmit(socket: &TcpStream, bytes: &[u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_write_ready(context))?;
        match socket.try_io(Interest::WRITABLE, || transmit(socket, bytes)?.ok_or(WOULD_BLOCK.into())) {
            Err(e) if e.kind() == WOULD_BLOCK => {}
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
