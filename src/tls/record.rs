//! Records: what goes to the socket and what comes from it, plain or sealed.
//!
//! Without I/O: the driver receives into `Records::landing` and says how much came; what it sends is
//! `Records::outgoing`. Plain HTTP has neither copy nor buffer here. TLS is rustls's own record layer for now
//! ([`TlsRecords::Buffered`]), which allocates once per record written and once per record read.

use core::fmt;
use std::io::{Read, Write};

use rustls::ClientConnection;

use crate::exchange::CloseReason;
use crate::http::response::{Ending, Progress, ResponseReader};
use crate::text::Text;

/// Who seals and opens the records of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRecords {
    /// rustls's own record layer.
    Buffered,
}

/// The bytes of one connection between HTTP and the socket.
pub(crate) enum Records {
    /// `http://`: what is written is what is sent.
    Plain,
    /// `https://` by rustls's own record layer.
    Buffered(Box<Buffered>),
}

/// rustls's record layer and the bytes on their way through it.
pub(crate) struct Buffered {
    tls: ClientConnection,
    /// The sealed request, until the kernel has all of it.
    sealed: Vec<u8>,
    /// Where the socket's bytes land before rustls takes them.
    landing: Box<[u8]>,
    /// The peer has said that it sends no more.
    ended: bool,
}

/// Plaintext bytes one TLS record can carry (RFC 8446 section 5.1).
pub const RECORD_BYTES_MAX: usize = 16_384;

/// Bytes of a record beside its plaintext: header 5, content type 1, tag 16; TLS 1.2 has an 8 byte nonce instead of the
/// type.
const RECORD_OVERHEAD_BYTES: usize = 5 + 8 + 16;

/// Room for one request and the answer to a KeyUpdate in front of it.
const SEALED_BYTES: usize = RECORD_BYTES_MAX + 4 * RECORD_OVERHEAD_BYTES;

/// One read takes at least one whole record (RFC 8446 section 5.2 allows 256 bytes of expansion).
const LANDING_BYTES: usize = 5 + RECORD_BYTES_MAX + 256;

impl Records {
    /// After the handshake: the records of this TLS connection.
    pub(crate) fn buffered(tls: ClientConnection) -> Self {
        let landing = vec![0; LANDING_BYTES].into_boxed_slice();
        Self::Buffered(Box::new(Buffered { tls, sealed: Vec::with_capacity(SEALED_BYTES), landing, ended: false }))
    }

    /// Which record layer is at work; `None` for plain HTTP.
    pub(crate) const fn layer(&self) -> Option<TlsRecords> {
        match self {
            Self::Plain => None,
            Self::Buffered(_) => Some(TlsRecords::Buffered),
        }
    }

    /// Whether the peer can act on a request only once it has all of it.
    pub(crate) const fn are_sealed(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Buffered(_) => true,
        }
    }

    /// Seals a whole request. `Records::outgoing` is then what must reach the socket.
    pub(crate) fn seal(&mut self, request: &[u8]) -> Result<(), CloseReason> {
        match self {
            Self::Plain => Ok(()),
            Self::Buffered(buffered) => {
                // Writing to memory fails only where rustls refuses: its reason is what counts.
                let sealed = buffered.tls.writer().write_all(request).and_then(|()| {
                    while buffered.tls.wants_write() {
                        buffered.tls.write_tls(&mut buffered.sealed)?;
                    }
                    Ok(())
                });
                sealed.map_err(|e| CloseReason::Tls(Text::display(e)))
            }
        }
    }

    /// The bytes for the socket, all of them, sent or not.
    pub(crate) fn outgoing<'a>(&'a self, request: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Plain => request,
            Self::Buffered(buffered) => &buffered.sealed,
        }
    }

    /// The kernel has taken all of `Records::outgoing`.
    pub(crate) fn sent(&mut self) {
        match self {
            Self::Plain => {}
            Self::Buffered(buffered) => buffered.sealed.clear(),
        }
    }

    /// Where the next bytes from the socket go. Never empty, unless the reader is full and may not grow.
    pub(crate) fn landing<'a>(&'a mut self, reader: &'a mut ResponseReader) -> &'a mut [u8] {
        match self {
            Self::Plain => reader.spare(),
            Self::Buffered(buffered) => &mut buffered.landing,
        }
    }

    /// `bytes` came while a reply is awaited: opens them into the reader.
    pub(crate) fn open(&mut self, bytes: usize, reader: &mut ResponseReader) -> Result<Progress, CloseReason> {
        match self {
            Self::Plain => reader.advance(bytes).map_err(CloseReason::Http),
            Self::Buffered(buffered) => {
                let mut progress = Progress::NeedMore;
                let (tls, mut arrived) = (&mut buffered.tls, &buffered.landing[..bytes]);
                while !arrived.is_empty() {
                    tls.read_tls(&mut arrived).map_err(|e| CloseReason::Tls(Text::display(e)))?;
                    let state = tls.process_new_packets().map_err(tls_reason)?;
                    let mut waiting = state.plaintext_bytes_to_read();
                    while waiting > 0 {
                        // Into an empty spare nothing can be read: advancing by nothing lets the reader say that it is full.
                        let opened = tls.reader().read(reader.spare()).map_err(|e| CloseReason::Io(e.into()))?;
                        progress = reader.advance(opened).map_err(CloseReason::Http)?;
                        waiting -= opened;
                    }
                    buffered.ended = state.peer_has_closed();
                }
                if buffered.ended && progress == Progress::NeedMore {
                    return reader.eof(Ending::Closed).map_err(CloseReason::Http);
                }
                Ok(progress)
            }
        }
    }

    /// Whether the peer has already said, behind the last reply, that it sends no more.
    pub(crate) const fn have_ended(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Buffered(buffered) => buffered.ended,
        }
    }

    /// The socket ended while a reply is awaited.
    pub(crate) fn closed(&mut self, reader: &mut ResponseReader) -> Result<Progress, CloseReason> {
        match self {
            Self::Plain => reader.eof(Ending::Closed).map_err(CloseReason::Http),
            // Without close_notify nobody can tell an end from a cut (RFC 8446 section 6.1).
            Self::Buffered(_) => reader.eof(Ending::Truncated).map_err(CloseReason::Http),
        }
    }

    /// The socket ended while the connection rested.
    pub(crate) const fn end_of_stream(&self) -> CloseReason {
        match self {
            Self::Plain => CloseReason::PeerClosed,
            Self::Buffered(_) => CloseReason::Truncated,
        }
    }

    /// `bytes` came while the connection rested: session tickets and key updates may, nothing else.
    pub(crate) fn at_rest(&mut self, bytes: usize) -> Result<(), CloseReason> {
        match self {
            Self::Plain => Err(CloseReason::Stray),
            Self::Buffered(buffered) => {
                let mut arrived = &buffered.landing[..bytes];
                while !arrived.is_empty() {
                    buffered.tls.read_tls(&mut arrived).map_err(|e| CloseReason::Tls(Text::display(e)))?;
                    let state = buffered.tls.process_new_packets().map_err(tls_reason)?;
                    if state.plaintext_bytes_to_read() > 0 {
                        return Err(CloseReason::Stray);
                    }
                    if state.peer_has_closed() {
                        return Err(CloseReason::PeerClosed);
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Buffered(_) => "Buffered",
        })
    }
}

/// rustls's reason in its own words. They name what the peer did, never what was sent.
pub(crate) fn tls_reason(error: rustls::Error) -> CloseReason {
    CloseReason::Tls(Text::display(error))
}

const _: () = assert!(crate::http::request::REQUEST_BYTES_MAX <= RECORD_BYTES_MAX, "one request is one record");

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{ServerConfig, ServerConnection};

    use super::*;
    use crate::http::response::RESPONSE_BYTES_DEFAULT;
    use crate::tls::config::TlsConfig;

    /// A client's records after a handshake in memory, and the server at the other end.
    pub(crate) struct Pair {
        pub(crate) client: Records,
        pub(crate) server: Server,
        /// What the server sends behind its handshake.
        pub(crate) tickets: Vec<u8>,
    }

    pub(crate) struct Server(ServerConnection);

    impl Server {
        pub(crate) fn opened(&mut self, mut sealed: &[u8]) -> Vec<u8> {
            let mut opened = Vec::new();
            while !sealed.is_empty() {
                self.0.read_tls(&mut sealed).unwrap();
                let waiting = self.0.process_new_packets().unwrap().plaintext_bytes_to_read();
                let start = opened.len();
                opened.resize(start + waiting, 0);
                self.0.reader().read_exact(&mut opened[start..]).unwrap();
            }
            opened
        }

        pub(crate) fn sealed(&mut self, text: &[u8]) -> Vec<u8> {
            self.0.writer().write_all(text).unwrap();
            self.written()
        }

        fn written(&mut self) -> Vec<u8> {
            let mut written = Vec::new();
            while self.0.wants_write() {
                self.0.write_tls(&mut written).unwrap();
            }
            written
        }
    }

    pub(crate) fn pair() -> Pair {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["venue".to_owned()]).unwrap().self_signed(&key).unwrap();
        let trusted = TlsConfig::builder().root_pem(certificate.pem().as_bytes()).unwrap().build().unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let mut server = Server(ServerConnection::new(Arc::new(config)).unwrap());
        let name = ServerName::try_from("venue").unwrap();
        let mut client = ClientConnection::new(trusted.client_config(), name).unwrap();
        while client.is_handshaking() {
            let mut flight = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut flight).unwrap();
            }
            assert!(server.opened(&flight).is_empty());
            if client.is_handshaking() {
                let flight = server.written();
                let mut rest = &flight[..];
                while !rest.is_empty() {
                    client.read_tls(&mut rest).unwrap();
                    client.process_new_packets().unwrap();
                }
            }
        }
        let mut last = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut last).unwrap();
        }
        server.opened(&last);
        let tickets = server.written();
        Pair { client: Records::buffered(client), server, tickets }
    }

    /// A pair whose tickets have been read.
    fn rested() -> (Records, Server) {
        let Pair { mut client, server, tickets } = pair();
        land(&mut client, &mut reading(), &tickets);
        client.at_rest(tickets.len()).unwrap();
        (client, server)
    }

    fn land(client: &mut Records, reader: &mut ResponseReader, bytes: &[u8]) {
        client.landing(reader)[..bytes.len()].copy_from_slice(bytes);
    }

    fn reading() -> ResponseReader {
        let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
        reader.start(false).unwrap();
        reader
    }

    const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    #[test]
    fn an_end_in_the_same_read_as_the_reply_is_remembered() {
        let (mut client, mut server) = rested();
        let mut reader = reading();
        let mut bytes = server.sealed(REPLY);
        server.0.send_close_notify();
        bytes.extend(server.written());
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
        assert!(client.have_ended());
    }

    #[test]
    fn a_flipped_bit_ends_the_connection() {
        let (mut client, mut server) = rested();
        let mut reader = reading();
        let mut bytes = server.sealed(REPLY);
        *bytes.last_mut().unwrap() ^= 1;
        land(&mut client, &mut reader, &bytes);
        assert!(matches!(client.open(bytes.len(), &mut reader), Err(CloseReason::Tls(_))));
    }

    #[test]
    fn data_at_rest_is_stray_and_close_notify_is_an_end() {
        let (mut client, mut server) = rested();
        let mut reader = reading();
        let bytes = server.sealed(REPLY);
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.at_rest(bytes.len()), Err(CloseReason::Stray));
        let (mut client, mut server) = rested();
        server.0.send_close_notify();
        let bytes = server.written();
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.at_rest(bytes.len()), Err(CloseReason::PeerClosed));
    }

    #[test]
    fn a_body_that_ends_with_the_connection_needs_close_notify() {
        const UNFRAMED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n{}";
        let (mut client, mut server) = rested();
        let mut reader = reading();
        let bytes = server.sealed(UNFRAMED);
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::NeedMore));
        assert!(matches!(client.closed(&mut reader), Err(CloseReason::Http(_))));

        let (mut client, mut server) = rested();
        let mut reader = reading();
        let mut bytes = server.sealed(UNFRAMED);
        server.0.send_close_notify();
        bytes.extend(server.written());
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
    }

    #[test]
    fn a_key_update_at_rest_is_answered_with_the_next_request() {
        let (mut client, mut server) = rested();
        let mut reader = reading();
        server.0.refresh_traffic_keys().unwrap();
        let bytes = server.written();
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.at_rest(bytes.len()), Ok(()));
        client.seal(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let sealed = client.outgoing(b"").to_vec();
        assert_eq!(server.opened(&sealed), b"GET / HTTP/1.1\r\n\r\n");
        client.sent();
        let bytes = server.sealed(REPLY);
        land(&mut client, &mut reader, &bytes);
        assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
    }
}
