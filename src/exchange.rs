//! One request and its reply as a machine without I/O: it says what it needs, the driver does it and tells the outcome.
//!
//! States, in the order they happen:
//!
//! ```text
//! Probe   one look at the socket: is the slate clean?      a failure here: NotSent
//! Write   the request, sealed, until the kernel has it     a failure here: NotSent over TLS, else once a byte is out Unknown
//! Read    the reply, until it is whole                     a failure here: Unknown
//! Done
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

/// What an exchange needs next.
#[derive(Debug)]
pub(crate) enum Need<'a> {
    /// One non-blocking look whether bytes wait; call [`Exchange::probed`].
    Probe(&'a mut [u8]),
    /// These bytes to go out, in one system call if the kernel takes them; call [`Exchange::wrote`].
    Write(&'a [u8]),
    /// Bytes from the peer, however many; call [`Exchange::received`].
    Read(&'a mut [u8]),
    /// Nothing: the reply is whole.
    Nothing,
}

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

/// One request on its way and its reply on the way back.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    records: &'a mut Records,
    request: &'a [u8],
    reader: &'a mut ResponseReader,
    state: State,
    /// Bytes of the sealed request that the kernel has accepted.
    accepted: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Probe,
    Write,
    Read,
    Done,
}

impl<'a> Exchange<'a> {
    /// Starts with the probe. The reader has been started for this request's reply.
    pub(crate) fn new(records: &'a mut Records, request: &Request<'a>, reader: &'a mut ResponseReader) -> Self {
        Self { records, request: request.as_bytes(), reader, state: State::Probe, accepted: 0 }
    }

    /// Goes on with the reply of a request that was written on this connection, into the same reader.
    pub(crate) const fn resume(records: &'a mut Records, reader: &'a mut ResponseReader) -> Self {
        Self { records, request: &[], reader, state: State::Read, accepted: 0 }
    }

    /// What is needed next.
    pub(crate) fn need(&mut self) -> Need<'_> {
        match self.state {
            State::Probe => Need::Probe(self.records.landing(self.reader)),
            State::Write => Need::Write(&self.records.outgoing(self.request)[self.accepted..]),
            State::Read => Need::Read(self.records.landing(self.reader)),
            State::Done => Need::Nothing,
        }
    }

    /// The probe's outcome: `None` where nothing waits, else how many bytes there were (none: the peer has closed).
    /// Where bytes came that may come at rest, the probe is asked for again.
    pub(crate) fn probed(&mut self, outcome: Option<usize>) -> Result<(), ConnError> {
        debug_assert_eq!(self.state, State::Probe);
        match outcome {
            None => {
                self.records.seal(self.request).map_err(|reason| self.failed(reason))?;
                self.state = State::Write;
                Ok(())
            }
            Some(0) => Err(self.failed(self.records.end_of_stream())),
            Some(bytes) => self.records.at_rest(bytes).map_err(|reason| self.failed(reason)),
        }
    }

    /// The kernel accepted so many bytes of what [`Need::Write`] showed.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        debug_assert_eq!(self.state, State::Write);
        self.accepted += bytes;
        if self.accepted == self.records.outgoing(self.request).len() {
            self.records.sent();
            self.state = State::Read;
        }
    }

    /// So many bytes came into what [`Need::Read`] showed; none: the peer has closed.
    pub(crate) fn received(&mut self, bytes: usize) -> Result<(), ConnError> {
        debug_assert_eq!(self.state, State::Read);
        let progress = match bytes {
            0 => self.records.closed(self.reader),
            _ => self.records.open(bytes, self.reader),
        };
        match progress {
            Ok(Progress::NeedMore) => Ok(()),
            Ok(Progress::Complete) => {
                self.state = State::Done;
                Ok(())
            }
            Err(reason) => Err(self.failed(reason)),
        }
    }

    /// Whether more of the reply is awaited.
    pub(crate) const fn is_reading(&self) -> bool {
        matches!(self.state, State::Read)
    }

    /// The exchange ends here, for this reason; the connection must not be used again.
    pub(crate) fn failed(&self, reason: CloseReason) -> ConnError {
        let (phase, fate) = match self.state {
            State::Probe => (Phase::Probe, Fate::NotSent),
            // The record that ends the request is not with the kernel whole, so nobody can open it.
            State::Write if self.records.are_sealed() => (Phase::Write, Fate::NotSent),
            State::Write if self.accepted == 0 => (Phase::Write, Fate::NotSent),
            State::Write => (Phase::Write, Fate::Unknown),
            State::Read | State::Done => (Phase::Read, Fate::Unknown),
        };
        ConnError { phase, reason, fate }
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

    /// Runs the exchange up to the point where `accepted` bytes of the sealed request are with the kernel.
    fn write_up_to(exchange: &mut Exchange<'_>, accepted: usize) {
        assert!(matches!(exchange.need(), Need::Probe(into) if !into.is_empty()));
        exchange.probed(None).unwrap();
        for _ in 0..accepted {
            assert!(matches!(exchange.need(), Need::Write(rest) if !rest.is_empty()));
            exchange.wrote(1);
        }
    }

    fn deliver(exchange: &mut Exchange<'_>, bytes: &[u8]) -> Result<(), ConnError> {
        let Need::Read(into) = exchange.need() else { panic!("a reply is not awaited") };
        into[..bytes.len()].copy_from_slice(bytes);
        exchange.received(bytes.len())
    }

    #[test]
    fn over_plain_http_one_byte_makes_it_unknown() {
        let mut writer = writer();
        let request = writer.post("/order").body("x").finish().unwrap();
        for accepted in 0..=request.as_bytes().len() {
            let (mut records, mut reader) = (Records::Plain, reader());
            let mut exchange = Exchange::new(&mut records, &request, &mut reader);
            write_up_to(&mut exchange, accepted);
            let error = exchange.failed(CloseReason::Deadline);
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
        let mut exchange = Exchange::new(&mut client, &request, &mut reader);
        exchange.probed(None).unwrap();
        let Need::Write(sealed) = exchange.need() else { panic!() };
        for left in (1..=sealed.len()).rev() {
            let error = exchange.failed(CloseReason::Deadline);
            assert_eq!((error.phase, error.fate), (Phase::Write, Fate::NotSent), "{left} bytes left");
            exchange.wrote(1);
        }
        let error = exchange.failed(CloseReason::Deadline);
        assert_eq!((error.phase, error.fate), (Phase::Read, Fate::Unknown));
    }

    #[test]
    fn a_reply_cut_anywhere_is_unknown_and_a_whole_one_is_done() {
        let mut writer = writer();
        let request = writer.get("/time").no_body().unwrap();
        for cut in 0..=REPLY.len() {
            let (mut records, mut reader) = (Records::Plain, reader());
            let mut exchange = Exchange::new(&mut records, &request, &mut reader);
            write_up_to(&mut exchange, request.as_bytes().len());
            for byte in &REPLY[..cut] {
                deliver(&mut exchange, &[*byte]).unwrap();
            }
            if cut == REPLY.len() {
                assert!(matches!(exchange.need(), Need::Nothing));
            } else {
                let error = exchange.received(0).unwrap_err();
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
            let mut exchange = Exchange::new(&mut records, &request, &mut reader);
            let error = exchange.probed(seen).unwrap_err();
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
        let mut exchange = Exchange::new(&mut client, &request, &mut reader);
        let Need::Probe(into) = exchange.need() else { panic!() };
        into[..tickets.len()].copy_from_slice(&tickets);
        exchange.probed(Some(tickets.len())).unwrap();
        exchange.probed(None).unwrap();
        let Need::Write(sealed) = exchange.need() else { panic!() };
        let all = sealed.len();
        assert_eq!(server.opened(sealed), request.as_bytes());
        exchange.wrote(all);
        let reply = server.sealed(REPLY);
        for byte in &reply {
            deliver(&mut exchange, &[*byte]).unwrap();
        }
        assert!(matches!(exchange.need(), Need::Nothing));
        assert_eq!(reader.response().unwrap().body(), b"{}");
    }
}
