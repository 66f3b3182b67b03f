//! Between hyper and the socket: carries bytes both ways, and commits the faults that were asked for.
//!
//! ```text
//! client ══ TCP ══ Tap ══ TLS ══ carry ══ pipe ══ hyper ══ dialect
//!                  │ bytes of        │ bytes of
//!                  │ the handshake   │ request and reply
//! ```

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::server::TlsStream;

use crate::dialect::Api;
use crate::faults::{Fault, Faults, Step, stray};

/// The fault of the request that hyper has in hand.
pub(crate) type InHand = Mutex<Option<Fault>>;

/// A stream with a TCP connection at its end.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// The socket.
    fn tcp(&self) -> &TcpStream;
}

/// A TCP connection on which the handshake can be disturbed.
#[derive(Debug)]
pub(crate) struct Tap {
    tcp: TcpStream,
    fault: Option<Fault>,
    written: u64,
}

impl Tap {
    pub(crate) fn new(tcp: TcpStream, fault: Option<Fault>) -> Self {
        Self { tcp, fault, written: 0 }
    }
}

impl Wire for Tap {
    fn tcp(&self) -> &TcpStream {
        &self.tcp
    }
}

impl Wire for TlsStream<Tap> {
    fn tcp(&self) -> &TcpStream {
        &self.get_ref().0.tcp
    }
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, into)
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = match self.fault {
            Some(Fault::CloseInHandshake { at } | Fault::ResetInHandshake { at } | Fault::StallInHandshake { at }) => {
                at.saturating_sub(self.written)
            }
            Some(Fault::OneByteSegments) => 1,
            _ => u64::MAX,
        };
        if left == 0 {
            match self.fault {
                // Nobody wakes it: the task ends with the venue, or with the patience of whoever shakes hands.
                Some(Fault::StallInHandshake { .. }) => return Poll::Pending,
                Some(Fault::ResetInHandshake { .. }) => abort(&self.tcp),
                _ => {}
            }
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let some = &bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, some))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Closing it resets the connection.
pub(crate) fn abort(tcp: &TcpStream) {
    // Fails only where the connection is gone already.
    let _ = sockopt::set_socket_linger(tcp, Some(Duration::ZERO));
}

/// From now on the kernel drops every packet that comes to this socket: it acknowledges none and answers none. A listener so
/// treated hears of no new connection.
pub(crate) fn deafen(socket: impl AsFd) {
    // A filter of one instruction, "take none of its bytes", stands before TCP itself.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&socket).attach_filter(&[socket2::SockFilter::new(BPF_RETURN, 0, 0, 0)]);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

/// The kernel hears what comes to this socket again.
pub(crate) fn hear(socket: impl AsFd) {
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&socket).detach_filter();
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

/// `BPF_RET | BPF_K`: ends the filter with a constant, the number of bytes that are let through. Source: linux/filter.h.
#[cfg(target_os = "linux")]
const BPF_RETURN: u16 = 0x06;

/// Carries bytes between the client and hyper until either ends, and commits faults.
pub(crate) async fn carry<S: Wire>(
    mut stream: S,
    mut pipe: DuplexStream,
    faults: &Faults,
    in_hand: &InHand,
    api: &Api,
    at_start: Option<Fault>,
) -> io::Result<()> {
    let mut restarts = faults.restarts();
    restarts.mark_unchanged();
    if at_start == Some(Fault::StrayAtStart) {
        stream.write_all(&stray(api)).await?;
        stream.flush().await?;
    }
    let mut request = Request::default();
    let mut reply = Vec::new();
    let mut later: Option<(Instant, Vec<u8>, bool)> = None;
    let (mut incoming, mut outgoing) = (vec![0; BYTES_AT_ONCE], vec![0; BYTES_AT_ONCE]);
    loop {
        let later_at = later.as_ref().map(|(at, ..)| *at);
        tokio::select! {
            read = stream.read(&mut incoming) => {
                let bytes = &incoming[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                later = None;
                if request.bytes == 0 {
                    // A request that only asks is left alone.
                    request.fault = if bytes[0] == b'G' { None } else { faults.of_request() };
                    *in_hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = request.fault;
                }
                let (pass, then) = request.take(bytes);
                if request.fault.is_some() {
                    request.remember(pass, api.order_id_names, faults);
                }
                pipe.write_all(pass).await?;
                if let Some(step) = then {
                    let whole = perform(&mut stream, &[step]).await?;
                    debug_assert!(whole.is_none(), "each of them ends the connection");
                    return Ok(());
                }
            }
            read = pipe.read(&mut outgoing) => {
                let bytes = &outgoing[..read?];
                if bytes.is_empty() {
                    return stream.shutdown().await;
                }
                reply.extend_from_slice(bytes);
                if !is_whole(&reply) {
                    continue;
                }
                let steps = match request.fault {
                    None => vec![Step::Send(std::mem::take(&mut reply))],
                    Some(fault) => fault.reply(&std::mem::take(&mut reply), api),
                };
                request = Request::default();
                match perform(&mut stream, &steps).await? {
                    None => return Ok(()),
                    Some(steps) => later = steps,
                }
            }
            // Far off where nothing is due: select has no optional branch.
            () = tokio::time::sleep_until(later_at.unwrap_or_else(|| Instant::now() + FAR_OFF)), if later_at.is_some() => {
                if let Some((_, bytes, closes)) = later.take() {
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                    if closes {
                        return stream.shutdown().await;
                    }
                }
            }
            _ = restarts.changed() => {
                abort(stream.tcp());
                return Ok(());
            }
        }
    }
}

/// What was read of the request so far.
#[derive(Default)]
struct Request {
    bytes: u64,
    fault: Option<Fault>,
    start: Vec<u8>,
    is_named: bool,
}

impl Request {
    /// How much of these bytes goes on to hyper, and what happens then where a fault strikes here.
    fn take<'b>(&mut self, bytes: &'b [u8]) -> (&'b [u8], Option<Step>) {
        let before = self.bytes;
        self.bytes += bytes.len() as u64;
        match self.fault.and_then(Fault::in_request) {
            Some((at, step)) if at < self.bytes => {
                let pass = usize::try_from(at.saturating_sub(before)).unwrap_or_default();
                // A request that is whole is taken: the fault came too late for it.
                let is_whole = bytes.ends_with(b"\r\n\r\n") && pass >= bytes.len();
                if is_whole { (bytes, None) } else { (&bytes[..pass], Some(step)) }
            }
            _ => (bytes, None),
        }
    }

    /// Notes which order was struck, once its id has been read.
    fn remember(&mut self, bytes: &[u8], id_names: &[&str], faults: &Faults) {
        if self.is_named {
            return;
        }
        self.start.extend_from_slice(bytes);
        let text = String::from_utf8_lossy(&self.start);
        let named = id_names.iter().find_map(|name| text.split_once(name));
        // What ends an id in a query, in JSON, and in JSON within a query.
        let id = named.and_then(|(_, rest)| rest.split_once(['&', ' ', '"']));
        if let (Some((id, _)), Some(fault)) = (id, self.fault) {
            let id = id.split_once("%22").map_or(id, |(id, _)| id);
            let decoded = form_urlencoded::parse(id.as_bytes()).next();
            faults.struck(&decoded.unwrap_or_default().0, fault);
            self.is_named = true;
        }
    }
}

/// Whether hyper has written a whole reply: this venue's have a length.
fn is_whole(reply: &[u8]) -> bool {
    let Some(head) = reply.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let length = String::from_utf8_lossy(&reply[..head])
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse().ok()))
        .flatten()
        .unwrap_or(0_usize);
    reply.len() >= head + 4 + length
}

type Later = Option<(Instant, Vec<u8>, bool)>;

/// Does the steps. `None` where they end the connection; else what is to be sent later.
async fn perform<S: Wire>(stream: &mut S, steps: &[Step]) -> io::Result<Option<Later>> {
    let mut later = None;
    for step in steps {
        match step {
            Step::Send(bytes) => {
                stream.write_all(bytes).await?;
                stream.flush().await?;
            }
            Step::Trickle(bytes) => {
                for byte in bytes {
                    stream.write_all(&[*byte]).await?;
                    stream.flush().await?;
                }
            }
            Step::Pause(time) => tokio::time::sleep(*time).await,
            Step::Close => {
                stream.shutdown().await?;
                return Ok(None);
            }
            Step::Cut => return Ok(None),
            Step::Reset => {
                abort(stream.tcp());
                return Ok(None);
            }
            Step::Deaf => deafen(stream.tcp()),
            Step::HalfClose => stream.shutdown().await?,
            Step::Hang => {
                // Held open, neither read nor written, longer than any caller waits.
                tokio::time::sleep(HANG).await;
                return Ok(None);
            }
            Step::WhenIdle(time, bytes, closes) => later = Some((Instant::now() + *time, bytes.clone(), *closes)),
        }
    }
    Ok(Some(later))
}

const BYTES_AT_ONCE: usize = 16 * 1024;
const FAR_OFF: Duration = Duration::from_secs(3_600);
const HANG: Duration = Duration::from_secs(60);
