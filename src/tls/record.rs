//! Records: what goes to the socket and what comes from it, plain or sealed.
//!
//! Without I/O: the driver receives into `Records::landing` and says how much came; what it sends is
//! `Records::outgoing`. Plain HTTP has neither copy nor buffer here. TLS has two layers behind the same interface: ours
//! ([`TlsRecords::InPlace`]) and rustls's ([`TlsRecords::Buffered`]).
//!
//! What holds for every layer:
//!
//! - A record that was begun before a request went out may hold a ticket or a KeyUpdate, but no part of the reply.
//! - What is wrong behind a whole reply ends the connection and not the reply: that one was opened, so it is authentic. Data
//!   behind it is another matter (see [`ResponseReader`]).
//! - An end without `close_notify` is a cut.

use core::fmt;

use super::buffered::Buffered;
use super::in_place::InPlace;
pub use super::protection::RECORD_BYTES_MAX;
use crate::exchange::CloseReason;
use crate::http::response::{Ending, Progress, ResponseReader};
use crate::text::Text;

/// Who seals and opens the records of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRecords {
    /// rustls's own record layer: TLS 1.2, or where ours may not be used. It allocates for every record.
    Buffered,
    /// Ours, in buffers made beforehand: no heap call. TLS 1.3 only; a peer with TLS 1.2 gets [`Buffered`](Self::Buffered).
    #[default]
    InPlace,
}

/// The bytes of one connection between HTTP and the socket.
pub(crate) enum Records {
    /// `http://`: what is written is what is sent.
    Plain,
    /// `https://` by rustls's own record layer.
    Buffered(Box<Buffered>),
    /// `https://` by ours.
    InPlace(Box<InPlace>),
}

impl Records {
    /// Which record layer is at work; `None` for plain HTTP.
    pub(crate) const fn layer(&self) -> Option<TlsRecords> {
        match self {
            Self::Plain => None,
            Self::Buffered(_) => Some(TlsRecords::Buffered),
            Self::InPlace(_) => Some(TlsRecords::InPlace),
        }
    }

    /// Whether the peer can act on a request only once it has all of it.
    #[inline]
    pub(crate) const fn are_sealed(&self) -> bool {
        !matches!(self, Self::Plain)
    }

    /// Seals a whole request. `Records::outgoing` is then what must reach the socket.
    #[inline]
    pub(crate) fn seal(&mut self, request: &[u8]) -> Result<(), CloseReason> {
        match self {
            Self::Plain => Ok(()),
            Self::Buffered(layer) => layer.seal(request),
            Self::InPlace(layer) => layer.seal(request),
        }
    }

    /// Does the work of sealing with a key of its own: nothing that could be sent comes out. rustls's own records are left
    /// alone, which have no such key.
    pub(crate) fn rehearse(&mut self, request: &[u8]) {
        match self {
            Self::Plain | Self::Buffered(_) => {}
            Self::InPlace(layer) => layer.rehearse(request),
        }
    }

    /// The bytes for the socket, all of them, sent or not. The record of the request is the last of them.
    #[inline]
    pub(crate) fn outgoing<'a>(&'a self, request: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Plain => request,
            Self::Buffered(layer) => layer.outgoing(),
            Self::InPlace(layer) => layer.outgoing(),
        }
    }

    /// The kernel has taken all of `Records::outgoing`.
    #[inline]
    pub(crate) const fn sent(&mut self) {
        match self {
            Self::Plain => {}
            Self::Buffered(layer) => layer.sent(),
            Self::InPlace(layer) => layer.sent(),
        }
    }

    /// Where the next bytes from the socket go. Never empty, unless the reader is full and may not grow.
    #[inline]
    pub(crate) fn landing<'a>(&'a mut self, reader: &'a mut ResponseReader) -> &'a mut [u8] {
        match self {
            Self::Plain => reader.spare(),
            Self::Buffered(layer) => layer.landing(),
            Self::InPlace(layer) => layer.landing(),
        }
    }

    /// `bytes` came while a reply is awaited: opens them into the reader.
    #[inline]
    pub(crate) fn open(&mut self, bytes: usize, reader: &mut ResponseReader) -> Result<Progress, CloseReason> {
        let mut progress = Progress::NeedMore;
        let (outcome, end) = match self {
            Self::Plain => return reader.advance(bytes).map_err(CloseReason::Http),
            Self::Buffered(layer) => (layer.take(bytes, Some(reader), &mut progress), layer.end()),
            Self::InPlace(layer) => (layer.take(bytes, Some(reader), &mut progress), layer.end()),
        };
        match (outcome, progress) {
            (Err(reason), Progress::Complete) if !matches!(reason, CloseReason::Http(_)) => *end = Some(reason),
            (Err(reason), _) => return Err(reason),
            (Ok(()), Progress::NeedMore) if end.is_some() => {
                return reader.eof(Ending::Closed).map_err(CloseReason::Http);
            }
            (Ok(()), _) => {}
        }
        Ok(progress)
    }

    /// Why no further request may go out on it, where what came with the last reply says so.
    #[inline]
    pub(crate) fn end(&mut self) -> Option<&CloseReason> {
        match self {
            Self::Plain => None,
            Self::Buffered(layer) => layer.end().as_ref(),
            Self::InPlace(layer) => {
                let worn_out = if layer.is_worn_out() { Some(&CloseReason::WornOut) } else { None };
                layer.end().as_ref().or(worn_out)
            }
        }
    }

    /// The socket ended while a reply is awaited.
    pub(crate) fn closed(&mut self, reader: &mut ResponseReader) -> Result<Progress, CloseReason> {
        // Without close_notify nobody can tell an end from a cut (RFC 8446 section 6.1).
        let ending = if self.are_sealed() { Ending::Truncated } else { Ending::Closed };
        reader.eof(ending).map_err(CloseReason::Http)
    }

    /// The socket ended while the connection rested.
    pub(crate) const fn end_of_stream(&self) -> CloseReason {
        if self.are_sealed() { CloseReason::Truncated } else { CloseReason::PeerClosed }
    }

    /// `bytes` came while the connection rested: session tickets and key updates may, nothing else.
    pub(crate) fn at_rest(&mut self, bytes: usize) -> Result<(), CloseReason> {
        let mut nothing = Progress::NeedMore;
        let end = match self {
            Self::Plain => return Err(CloseReason::Stray),
            Self::Buffered(layer) => layer.take(bytes, None, &mut nothing).map(|()| *layer.end())?,
            Self::InPlace(layer) => layer.take(bytes, None, &mut nothing).map(|()| *layer.end())?,
        };
        end.map_or(Ok(()), Err)
    }

    /// What tells the peer that the connection ends here, where there is such a thing.
    pub(crate) fn farewell(&mut self) -> &[u8] {
        match self {
            Self::Plain => &[],
            Self::Buffered(layer) => layer.farewell(),
            Self::InPlace(layer) => layer.farewell(),
        }
    }

    /// Does what waited because it allocates. Called when the slot is returned, and for a connection that has failed too:
    /// its tickets are good for the next one.
    pub(crate) fn after_release(&mut self) -> Result<(), CloseReason> {
        match self {
            Self::Plain | Self::Buffered(_) => Ok(()),
            Self::InPlace(layer) => layer.after_release(),
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("Plain"),
            Self::Buffered(layer) => layer.fmt(f),
            Self::InPlace(layer) => layer.fmt(f),
        }
    }
}

/// rustls's reason in its own words. They name what the peer did, never what was sent.
pub(crate) fn tls_reason(error: rustls::Error) -> CloseReason {
    CloseReason::Tls(Text::display(error))
}

const _: () = assert!(crate::http::request::REQUEST_BYTES_MAX <= RECORD_BYTES_MAX, "one request is one record");

#[cfg(test)]
mod tests {
    use super::super::peer::{Pair, REPLY, Venue, land, reading, rested};
    use super::*;

    const LAYERS: [TlsRecords; 2] = [TlsRecords::InPlace, TlsRecords::Buffered];

    #[test]
    fn an_end_in_the_same_read_as_the_reply_is_remembered() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let mut reader = reading();
            let mut bytes = server.sealed(REPLY);
            server.0.send_close_notify();
            bytes.extend(server.written());
            land(&mut client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
            assert_eq!(client.end(), Some(&CloseReason::PeerClosed));
        }
    }

    #[test]
    fn what_is_wrong_behind_a_whole_reply_costs_the_connection_only() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let mut reader = reading();
            let mut bytes = server.sealed(REPLY);
            bytes.extend(server.sealed(REPLY));
            *bytes.last_mut().unwrap() ^= 1;
            land(&mut client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
            assert_eq!(reader.response().unwrap().body(), b"{}");
            assert!(client.end().is_some());
        }
    }

    #[test]
    fn data_behind_a_whole_reply_costs_the_reply() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            // As long as the reply: there is no room for a byte behind it.
            let mut reader = ResponseReader::new(REPLY.len());
            reader.start(false).unwrap();
            let mut bytes = server.sealed(REPLY);
            bytes.extend(server.sealed(b"H"));
            land(&mut client, &bytes);
            let stray = CloseReason::Http(crate::http::response::HttpError::Stray { status: 200, bytes: 1 });
            assert_eq!(client.open(bytes.len(), &mut reader), Err(stray), "{layer:?}");
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_connection() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let mut bytes = server.sealed(REPLY);
            *bytes.last_mut().unwrap() ^= 1;
            land(&mut client, &bytes);
            assert!(client.open(bytes.len(), &mut reading()).is_err());
        }
    }

    #[test]
    fn data_at_rest_is_stray_and_close_notify_is_an_end() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let bytes = server.sealed(REPLY);
            land(&mut client, &bytes);
            assert_eq!(client.at_rest(bytes.len()), Err(CloseReason::Stray));
            let (mut client, mut server) = rested(layer);
            server.0.send_close_notify();
            let bytes = server.written();
            land(&mut client, &bytes);
            assert_eq!(client.at_rest(bytes.len()), Err(CloseReason::PeerClosed));
        }
    }

    #[test]
    fn a_body_that_ends_with_the_connection_needs_close_notify() {
        const UNFRAMED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n{}";
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let mut reader = reading();
            let bytes = server.sealed(UNFRAMED);
            land(&mut client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::NeedMore));
            assert!(matches!(client.closed(&mut reader), Err(CloseReason::Http(_))));

            let (mut client, mut server) = rested(layer);
            let mut reader = reading();
            let mut bytes = server.sealed(UNFRAMED);
            server.0.send_close_notify();
            bytes.extend(server.written());
            land(&mut client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
        }
    }

    #[test]
    fn a_record_begun_before_the_request_answers_nothing() {
        for layer in LAYERS {
            let (mut client, mut server) = rested(layer);
            let bytes = server.sealed(REPLY);
            let (first, rest) = bytes.split_at(7);
            land(&mut client, first);
            client.at_rest(first.len()).unwrap();
            client.seal(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            client.sent();
            land(&mut client, rest);
            assert_eq!(client.open(rest.len(), &mut reading()), Err(CloseReason::Stray), "{layer:?}");
        }
    }

    #[test]
    fn a_ticket_begun_before_the_request_is_taken() {
        for layer in LAYERS {
            let Pair { mut client, mut server, tickets } = Venue::new().pair(layer);
            let mut reader = reading();
            let (first, rest) = tickets.split_at(tickets.len() / 3);
            land(&mut client, first);
            client.at_rest(first.len()).unwrap();
            client.seal(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            client.sent();
            let bytes = [rest, &server.sealed(REPLY)].concat();
            land(&mut client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete), "{layer:?}");
        }
    }

    #[test]
    fn a_key_update_at_rest_is_answered_with_the_next_request() {
        for (layer, released) in [(LAYERS[0], false), (LAYERS[0], true), (LAYERS[1], false)] {
            let (mut client, mut server) = rested(layer);
            let mut reader = reading();
            // Sent by rustls with update_requested.
            server.0.refresh_traffic_keys().unwrap();
            let bytes = server.written();
            land(&mut client, &bytes);
            assert_eq!(client.at_rest(bytes.len()), Ok(()));
            if released {
                client.after_release().unwrap();
            }
            for _ in 0..2 {
                client.seal(b"GET / HTTP/1.1\r\n\r\n").unwrap();
                let sealed = client.outgoing(b"").to_vec();
                assert_eq!(server.opened(&sealed), b"GET / HTTP/1.1\r\n\r\n");
                client.sent();
                let bytes = server.sealed(REPLY);
                land(&mut client, &bytes);
                assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
                reader.start(false).unwrap();
            }
        }
    }

    #[test]
    fn shows_no_key() {
        for layer in LAYERS {
            let (client, _) = rested(layer);
            let shown = format!("{client:?}");
            assert!(shown.len() < 300 && !shown.contains('['), "{shown}");
        }
    }
}
