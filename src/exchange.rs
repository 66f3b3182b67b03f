//! One request and its reply without I/O: where bytes come from and go to, and what a failure means for the request. The driver
//! moves the bytes and tells what came of it, in this order:
//!
//! ```text
//! Request   probe   one look at the socket: is the slate clean?      a failure here: NotSent
//!           write   the request, sealed, until the kernel has it     a failure here: NotSent over TLS, else once a byte is out Unknown
//! Reply     read    the reply, until it is whole                     a failure here: Unknown
//! ```
//!
//! Over TLS a request is one record, and a record whose last byte the kernel has not accepted cannot be opened by anybody:
//! so the order was not sent. Over plain HTTP a venue may act on what it got (DESIGN section 6).

use core::fmt;

use crate::http::request::Request;
use crate::http::response::{HttpError, Progress, ResponseReader};
use crate::order::Fate;
use crate::text::Text;
use crate::tls::error::RecordFault;
use crate::tls::record::Records;

/// Where a call, or the making of a connection, stood when it failed: in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Phase {
    /// Asking for the addresses of the host's name.
    #[error("resolve")]
    Resolve,
    /// Reaching one of its addresses over TCP.
    #[error("connect")]
    Connect,
    /// Shaking hands in TLS.
    #[error("TLS handshake")]
    Handshake,
    /// Warming the new connection with an exchange of its own, before its slot is handed out.
    #[error("first exchange")]
    FirstExchange,
    /// Looking whether the connection is still clean, right before the write.
    #[error("probe")]
    Probe,
    /// Giving the request to the kernel.
    #[error("write")]
    Write,
    /// Waiting for the reply.
    #[error("read")]
    Read,
}

/// Why a connection ended, or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// A future was dropped between the first byte of its request and the last of its reply.
    #[error("an earlier call on this connection was abandoned before its reply was whole")]
    Abandoned,
    /// It had rested for longer than it may.
    #[error("the connection had rested for too long")]
    Aged,
    /// The reply said so, or HTTP/1.0, or a body that ends with the connection.
    #[error("the peer ended the connection with its last reply")]
    Announced,
    /// The deadline passed.
    #[error("the deadline passed")]
    Deadline,
    /// What came is not the HTTP we accept.
    #[error("{0}")]
    Http(HttpError),
    /// The system's word.
    #[error("{0}")]
    Io(IoReason),
    /// A clean end (FIN, over TLS close_notify) that we did not ask for.
    #[error("the peer closed the connection")]
    PeerClosed,
    /// The peer's TLS records are not what they may be, or not the peer's.
    #[error("TLS: {0}")]
    Record(RecordFault),
    /// What the reply says does not belong to the request, or is not what the venue documents.
    #[error("a reply could not be tied to its request")]
    Refused,
    /// The name could not be resolved.
    #[error("cannot resolve the host: {0}")]
    Resolve(Text<48>),
    /// Bytes that nobody asked for.
    #[error("the peer sent bytes that no request had asked for")]
    Stray,
    /// A TLS failure in the handshake, or in rustls's own records: a certificate, an alert, a record that cannot be opened.
    #[error("TLS: {0}")]
    Tls(Text<72>),
    /// The connection ended without TLS's close_notify: it may have been cut.
    #[error("the connection was cut (no TLS close_notify)")]
    Truncated,
    /// The TLS keys have protected as many records as their cipher allows (RFC 8446 section 5.5).
    #[error("the connection's TLS keys are worn out")]
    WornOut,
}

/// An error of the operating system, by its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IoReason(i32);

impl IoReason {
    /// The system's number.
    #[must_use]
    pub const fn raw_os_error(self) -> i32 {
        self.0
    }
}

impl From<std::io::Error> for IoReason {
    fn from(error: std::io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(0))
    }
}

impl fmt::Display for IoReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&std::io::Error::from_raw_os_error(self.0), f)
    }
}

impl fmt::Debug for IoReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A connection failed under a request, or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fate}: {phase}: {reason}")]
#[non_exhaustive]
pub struct ConnError {
    /// Where the call stood.
    pub phase: Phase,
    /// What happened.
    pub reason: CloseReason,
    /// What that means for the request: [`Fate::NotSent`] or [`Fate::Unknown`].
    pub fate: Fate,
}

impl ConnError {
    /// A failure before any byte of the request was written.
    #[must_use]
    pub const fn not_sent(phase: Phase, reason: CloseReason) -> Self {
        Self { phase, reason, fate: Fate::NotSent }
    }
}

/// A request on its way out.
#[derive(Debug)]
pub(crate) struct Sending<'a> {
    records: &'a mut Records,
    request: &'a [u8],
    reader: &'a mut ResponseReader,
    /// Bytes of the sealed request that the kernel has accepted; `None` before it is sealed.
    accepted: Option<usize>,
}

impl<'a> Sending<'a> {
    /// Starts with the probe. The reader has been started for this request's reply.
    pub(crate) fn new(records: &'a mut Records, request: &Request<'a>, reader: &'a mut ResponseReader) -> Self {
        Self { records, request: request.as_bytes(), reader, accepted: None }
    }

    /// Where the bytes go that the probe may find: one non-blocking look whether any wait.
    #[inline]
    pub(crate) fn landing(&mut self) -> &mut [u8] {
        self.records.landing(self.reader)
    }

    /// What the probe found: `None` where nothing waits, else how many bytes there were (none: the peer has closed). Whether the slate
    /// is clean, and the request sealed; else bytes came that may come at rest, and the probe is asked for again.
    #[inline]
    pub(crate) fn probed(&mut self, found: Option<usize>) -> Result<bool, ConnError> {
        let outcome = match found {
            None => self.records.seal(self.request),
            Some(0) => Err(self.records.end_of_stream()),
            Some(bytes) => self.records.at_rest(bytes),
        };
        if let Err(reason) = outcome {
            return Err(self.failed(reason));
        }
        if found.is_none() {
            self.accepted = Some(0);
        }
        Ok(found.is_none())
    }

    /// What is to go out, in one system call if the kernel takes it.
    #[inline]
    pub(crate) fn left(&self) -> &[u8] {
        &self.records.outgoing(self.request)[self.accepted.unwrap_or_default()..]
    }

    /// The kernel accepted so many bytes of what was [left](Self::left). Whether that was all.
    #[inline]
    pub(crate) fn wrote(&mut self, bytes: usize) -> bool {
        let accepted = self.accepted.unwrap_or_default() + bytes;
        self.accepted = Some(accepted);
        let is_all = accepted == self.records.outgoing(self.request).len();
        if is_all {
            self.records.sent();
        }
        is_all
    }

    /// It ends here, for this reason; the connection must not be used again.
    #[cold]
    pub(crate) fn failed(&self, reason: CloseReason) -> ConnError {
        let (phase, fate) = match self.accepted {
            None => (Phase::Probe, Fate::NotSent),
            // The record that ends the request is not with the kernel whole, so nobody can open it.
            Some(_) if self.records.are_sealed() => (Phase::Write, Fate::NotSent),
            Some(0) => (Phase::Write, Fate::NotSent),
            Some(_) => (Phase::Write, Fate::Unknown),
        };
        ConnError { phase, reason, fate }
    }
}

/// The reply to a request that the kernel has, on its way in.
#[derive(Debug)]
pub(crate) struct Receiving<'a> {
    records: &'a mut Records,
    reader: &'a mut ResponseReader,
}

impl<'a> Receiving<'a> {
    /// The reader is the one that was started for it.
    pub(crate) const fn new(records: &'a mut Records, reader: &'a mut ResponseReader) -> Self {
        Self { records, reader }
    }

    /// Where bytes from the peer go, however many.
    #[inline]
    pub(crate) fn landing(&mut self) -> &mut [u8] {
        self.records.landing(self.reader)
    }

    /// So many bytes came; none: the peer has closed. Whether the reply is whole.
    #[inline]
    pub(crate) fn received(&mut self, bytes: usize) -> Result<bool, ConnError> {
        let progress = match bytes {
            0 => self.records.closed(self.reader),
            _ => self.records.open(bytes, self.reader),
        };
        match progress {
            Ok(progress) => Ok(progress == Progress::Complete),
            Err(reason) => Err(Self::failed(reason)),
        }
    }

    /// It ends here, for this reason: the request was sent. The connection must not be used again.
    #[cold]
    pub(crate) fn failed(reason: CloseReason) -> ConnError {
        ConnError { phase: Phase::Read, reason, fate: Fate::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::{REQUEST_BYTES_DEFAULT, RequestTemplate, RequestWriter};
    use crate::http::response::RESPONSE_BYTES_DEFAULT;
    use crate::tls::peer::{Pair, pair};

    const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    fn writer() -> RequestWriter {
        RequestWriter::new(&RequestTemplate::new("venue", "").unwrap(), REQUEST_BYTES_DEFAULT).unwrap()
    }

    fn reader() -> ResponseReader {
        let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
        reader.start(false).unwrap();
        reader
    }

    /// Goes up to the point where `accepted` bytes of the sealed request are with the kernel.
    fn write_up_to(sending: &mut Sending<'_>, accepted: usize) {
        assert!(!sending.landing().is_empty());
        assert!(sending.probed(None).unwrap());
        for _ in 0..accepted {
            let left = sending.left().len();
            assert_eq!(sending.wrote(1), left == 1);
        }
    }

    fn deliver(receiving: &mut Receiving<'_>, bytes: &[u8]) -> Result<bool, ConnError> {
        receiving.landing()[..bytes.len()].copy_from_slice(bytes);
        receiving.received(bytes.len())
    }

    #[test]
    fn over_plain_http_one_byte_makes_it_unknown() {
        let mut writer = writer();
        let request = writer.post("/order").body("x").finish().unwrap();
        for accepted in 0..=request.as_bytes().len() {
            let (mut records, mut reader) = (Records::Plain, reader());
            let mut sending = Sending::new(&mut records, &request, &mut reader);
            write_up_to(&mut sending, accepted);
            let error = sending.failed(CloseReason::Deadline);
            let expected = if accepted == 0 { Fate::NotSent } else { Fate::Unknown };
            assert_eq!(error.fate, expected, "after {accepted} bytes: {error}");
        }
    }

    #[test]
    fn over_tls_all_but_the_last_byte_is_not_sent() {
        let mut writer = writer();
        let request = writer.post("/order").body("x").finish().unwrap();
        let Pair { mut client, .. } = pair();
        let mut reader = reader();
        let mut sending = Sending::new(&mut client, &request, &mut reader);
        assert!(sending.probed(None).unwrap());
        for left in (1..=sending.left().len()).rev() {
            let error = sending.failed(CloseReason::Deadline);
            assert_eq!((error.phase, error.fate), (Phase::Write, Fate::NotSent), "{left} bytes left");
            assert_eq!(sending.wrote(1), left == 1);
        }
    }

    #[test]
    fn a_reply_cut_anywhere_is_unknown_and_a_whole_one_is_done() {
        let mut writer = writer();
        let request = writer.get("/time").no_body().unwrap();
        for cut in 0..=REPLY.len() {
            let (mut records, mut reader) = (Records::Plain, reader());
            write_up_to(&mut Sending::new(&mut records, &request, &mut reader), request.as_bytes().len());
            let mut receiving = Receiving::new(&mut records, &mut reader);
            for (at, byte) in REPLY[..cut].iter().enumerate() {
                assert_eq!(deliver(&mut receiving, &[*byte]), Ok(at + 1 == REPLY.len()));
            }
            if cut < REPLY.len() {
                let error = receiving.received(0).unwrap_err();
                assert_eq!((error.phase, error.fate), (Phase::Read, Fate::Unknown), "after {cut} bytes");
                assert!(matches!(error.reason, CloseReason::Http(_)), "{error}");
            }
        }
    }

    #[test]
    fn what_the_probe_finds_is_not_sent() {
        let mut writer = writer();
        let request = writer.get("/time").no_body().unwrap();
        for (seen, reason) in [(Some(0), CloseReason::PeerClosed), (Some(3), CloseReason::Stray)] {
            let (mut records, mut reader) = (Records::Plain, reader());
            let error = Sending::new(&mut records, &request, &mut reader).probed(seen).unwrap_err();
            assert_eq!(error, ConnError::not_sent(Phase::Probe, reason));
        }
    }

    #[test]
    fn over_tls_tickets_may_wait_and_an_order_still_goes_out() {
        let mut writer = writer();
        let request = writer.post("/order").body("x").finish().unwrap();
        let Pair { mut client, mut server, tickets } = pair();
        assert!(!tickets.is_empty(), "a TLS 1.3 server sends tickets behind its handshake");
        let mut reader = reader();
        let mut sending = Sending::new(&mut client, &request, &mut reader);
        sending.landing()[..tickets.len()].copy_from_slice(&tickets);
        assert!(!sending.probed(Some(tickets.len())).unwrap());
        assert!(sending.probed(None).unwrap());
        assert_eq!(server.opened(sending.left()), request.as_bytes());
        assert!(sending.wrote(sending.left().len()));
        let mut receiving = Receiving::new(&mut client, &mut reader);
        let reply = server.sealed(REPLY);
        for (at, byte) in reply.iter().enumerate() {
            assert_eq!(deliver(&mut receiving, &[*byte]), Ok(at + 1 == reply.len()));
        }
        assert_eq!(reader.response().unwrap().body(), b"{}");
    }
}
