//! A reply through hyper's client, without a socket.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::cases::Case;
use super::refusals::Taken;

/// The reply, if hyper's client takes it.
pub fn read_by_hyper(case: &Case) -> Option<Taken> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let peer = Peer { wire: case.wire.clone(), at: 0, asked: false, waiting: None };
    let method = if case.head_request { "HEAD" } else { "GET" };
    runtime.block_on(async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(peer).await.ok()?;
        let request = hyper::Request::builder().method(method).uri("/").body(Empty::<Bytes>::new()).ok()?;
        let reply = async {
            let response = sender.send_request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?;
            Some(Taken { status, body: body.to_bytes().to_vec(), keep_alive: None })
        };
        let (_connection, reply) = tokio::join!(connection, reply);
        reply
    })
}

/// A connection on which the reply is there once something was asked, and then the end.
struct Peer {
    wire: Vec<u8>,
    at: usize,
    asked: bool,
    waiting: Option<Waker>,
}

impl Read for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        if !self.asked {
            self.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        let now = (self.wire.len() - self.at).min(buffer.remaining());
        buffer.put_slice(&self.wire[self.at..self.at + now]);
        self.at += now;
        Poll::Ready(Ok(()))
    }
}

impl Write for Peer {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.asked = true;
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
