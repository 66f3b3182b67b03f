//! The handshake, by rustls, and the one door to its traffic secrets.
//!
//! Without I/O: [`Handshake::next`] says what it needs, [`Handshake::wrote`] and [`Handshake::received`] tell the outcome.
//!
//! ```text
//! next ─► Write ─wrote─► next ─► Read ─received─► next ─► … ─► Done ─finish─► Records
//! ```
//!
//! It is rustls's unbuffered connection, since that one alone opens the door (`dangerous_into_kernel_connection`, made for
//! TLS in the kernel): it gives the traffic secrets away and keeps what makes further ones of them and what a ticket needs.
//! The door moves in rustls 0.24; nothing else in this crate knows it.

use core::fmt;
use std::sync::Arc;

use aws_lc_rs::aead;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::kernel::KernelConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use rustls::{ClientConfig, ConnectionTrafficSecrets, ProtocolVersion};

use super::buffered::Buffered;
use super::in_place::{InPlace, KeySchedule};
use super::protection::{SEALED_BYTES_MAX, TrafficKey};
use super::record::{Records, TlsRecords, tls_reason};
use crate::exchange::CloseReason;
use crate::text::Text;

/// Bytes of the peer's flight held at most: rustls takes handshake messages of 64 KiB, here in parts of any size.
const FLIGHT_BYTES_MAX: usize = 4 * 65_536;

/// A handshake under way.
pub(crate) struct Handshake {
    tls: UnbufferedClientConnection,
    records: TlsRecords,
    /// From the socket, not yet used up.
    incoming: Vec<u8>,
    came: usize,
    /// For the socket, not yet sent.
    outgoing: Vec<u8>,
}

/// What a handshake needs next.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// These bytes to go out; call [`Handshake::wrote`].
    Write(&'a [u8]),
    /// Bytes from the peer, however many; call [`Handshake::received`].
    Read(&'a mut [u8]),
    /// Nothing; call [`Handshake::finish`].
    Done,
}

impl Handshake {
    /// **Errors**: rustls refuses the configuration.
    pub(crate) fn new(
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
        records: TlsRecords,
    ) -> Result<Self, CloseReason> {
        let tls = UnbufferedClientConnection::new(Arc::clone(config), name.clone()).map_err(tls_reason)?;
        Ok(Self { tls, records, incoming: Vec::new(), came: 0, outgoing: Vec::new() })
    }

    /// What is needed next.
    ///
    /// **Errors**: the handshake failed. [`last_words`](Self::last_words) are then owed to the peer.
    pub(crate) fn next(&mut self) -> Result<Step<'_>, CloseReason> {
        // What came behind the handshake is not rustls's: from where it could open that, it is not asked again.
        while self.tls.is_handshaking() || self.tls.wants_write() {
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(&mut self.incoming[..self.came]);
            let blocked = match state {
                Ok(ConnectionState::EncodeTlsData(mut data)) => append(&mut self.outgoing, |room| data.encode(room)),
                // It goes out before anything further is read: see below.
                Ok(ConnectionState::TransmitTlsData(waiting)) => {
                    waiting.done();
                    Ok(false)
                }
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Err(CloseReason::PeerClosed),
                Ok(_) => Ok(true),
                Err(error) => Err(tls_reason(error)),
            };
            self.incoming.copy_within(discard..self.came, 0);
            self.came -= discard;
            if blocked? {
                break;
            }
        }
        if !self.outgoing.is_empty() {
            return Ok(Step::Write(&self.outgoing));
        }
        if !self.tls.is_handshaking() {
            return Ok(Step::Done);
        }
        if self.came > FLIGHT_BYTES_MAX {
            return Err(CloseReason::Tls(Text::cut("the peer's handshake messages are too long")));
        }
        self.incoming.resize(self.came + SEALED_BYTES_MAX, 0);
        Ok(Step::Read(&mut self.incoming[self.came..]))
    }

    /// So many bytes of [`Step::Write`] are with the kernel.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.outgoing.drain(..bytes);
    }

    /// So many bytes came into [`Step::Read`]; none: the peer has closed.
    pub(crate) const fn received(&mut self, bytes: usize) -> Result<(), CloseReason> {
        self.came += bytes;
        if bytes == 0 { Err(CloseReason::PeerClosed) } else { Ok(()) }
    }

    /// After an error: the alert that tells the peer why, where there is one.
    pub(crate) fn last_words(&mut self) -> &[u8] {
        while self.tls.wants_write() {
            let UnbufferedStatus { state, .. } = self.tls.process_tls_records(&mut self.incoming[..self.came]);
            let Ok(ConnectionState::EncodeTlsData(mut data)) = state else { break };
            if append(&mut self.outgoing, |room| data.encode(room)).is_err() {
                break;
            }
        }
        &self.outgoing
    }

    /// Whether an earlier session was resumed. Known once the handshake is done.
    pub(crate) fn is_resumed(&self) -> bool {
        self.tls.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    /// The records of the connection. What came behind the handshake has gone through them: tickets may, nothing else.
    ///
    /// **Errors**: application data that nobody asked for, an end, a record that is not allowed.
    pub(crate) fn finish(self) -> Result<Records, CloseReason> {
        let in_place =
            self.records == TlsRecords::InPlace && self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        let mut records = if in_place {
            Records::InPlace(Box::new(through_the_door(self.tls)?))
        } else {
            Records::Buffered(Box::new(Buffered::new(self.tls)))
        };
        let mut behind = &self.incoming[..self.came];
        while !behind.is_empty() {
            let landing = match &mut records {
                Records::InPlace(layer) => layer.landing(),
                Records::Buffered(layer) => layer.landing(),
                Records::Plain => break,
            };
            let (part, rest) = behind.split_at(behind.len().min(landing.len()));
            landing[..part.len()].copy_from_slice(part);
            behind = rest;
            records.at_rest(part.len())?;
        }
        records.after_release()?;
        Ok(records)
    }
}

/// Appends what `encode` writes, giving it the room that it asks for. Never blocks.
fn append(
    bytes: &mut Vec<u8>,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<bool, CloseReason> {
    let end = bytes.len();
    let written = match encode(&mut []) {
        Err(EncodeError::InsufficientSize(needed)) => {
            bytes.resize(end + needed.required_size, 0);
            encode(&mut bytes[end..])
        }
        outcome => outcome,
    };
    bytes.truncate(end + written.as_ref().map_or(0, |written| *written));
    written.map(|_| false).map_err(|e| CloseReason::Tls(Text::display(e)))
}

/// Takes the traffic secrets out of rustls. No record may have been left half sent.
fn through_the_door(tls: UnbufferedClientConnection) -> Result<InPlace, CloseReason> {
    let (secrets, rest) = tls.dangerous_into_kernel_connection().map_err(tls_reason)?;
    // RFC 8446 section 5.5: rustls knows how many records its suites may protect, and no longer counts them for us.
    let suite = rest.negotiated_cipher_suite();
    let limit = suite.tls13().map_or(0, |suite| suite.common.confidentiality_limit);
    let ((our_sequence, ours), (peers_sequence, peers)) = (secrets.tx, secrets.rx);
    let sealing = traffic_key(&ours, our_sequence, limit)?;
    let opening = traffic_key(&peers, peers_sequence, limit)?;
    Ok(InPlace::new(sealing, opening, Box::new(Rest { rest, limit })))
}

/// What rustls keeps of a connection whose records are ours.
struct Rest {
    rest: KernelConnection<ClientConnectionData>,
    limit: u64,
}

impl KeySchedule for Rest {
    fn next_sealing(&mut self) -> Result<TrafficKey, CloseReason> {
        let (sequence, secrets) = self.rest.update_tx_secret().map_err(tls_reason)?;
        traffic_key(&secrets, sequence, self.limit)
    }

    fn next_opening(&mut self) -> Result<TrafficKey, CloseReason> {
        let (sequence, secrets) = self.rest.update_rx_secret().map_err(tls_reason)?;
        traffic_key(&secrets, sequence, self.limit)
    }

    fn ticket(&mut self, ticket: &[u8]) -> Result<(), CloseReason> {
        self.rest.handle_new_session_ticket(ticket).map_err(tls_reason)
    }
}

fn traffic_key(secrets: &ConnectionTrafficSecrets, sequence: u64, limit: u64) -> Result<TrafficKey, CloseReason> {
    let key = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv } => Some((&aead::AES_128_GCM, key, iv)),
        ConnectionTrafficSecrets::Aes256Gcm { key, iv } => Some((&aead::AES_256_GCM, key, iv)),
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => Some((&aead::CHACHA20_POLY1305, key, iv)),
        _ => None,
    };
    key.and_then(|(algorithm, key, iv)| {
        TrafficKey::new(algorithm, key.as_ref(), iv.as_ref().try_into().ok()?, sequence, limit).ok()
    })
    .ok_or_else(|| {
        CloseReason::Tls(Text::cut("a cipher that only rustls's own records have: use TlsRecords::Buffered"))
    })
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("records", &self.records).field("came", &self.came).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::aws_lc_rs::cipher_suite;
    use rustls::{HandshakeKind, ServerConnection};

    use super::super::peer::{Pair, REPLY, Server, Venue, land, reading};
    use super::super::protection::OVERHEAD_BYTES;
    use super::*;
    use crate::http::response::Progress;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    fn exchange(client: &mut Records, server: &mut Server) {
        let tickets = server.written();
        land(client, &tickets);
        client.at_rest(tickets.len()).unwrap();
        for _ in 0..3 {
            client.seal(REQUEST).unwrap();
            assert_eq!(server.opened(client.outgoing(b"")), REQUEST);
            client.sent();
            let (bytes, mut reader) = (server.sealed(REPLY), reading());
            land(client, &bytes);
            assert_eq!(client.open(bytes.len(), &mut reader), Ok(Progress::Complete));
            assert_eq!(reader.response().unwrap().body(), b"{}");
        }
    }

    #[test]
    fn speaks_with_rustls_in_every_suite_and_version() {
        let suites = [
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ];
        for suite in suites {
            for asked in [TlsRecords::InPlace, TlsRecords::Buffered] {
                let pair = Venue::speaking(&[suite.version()], Some(suite)).pair(asked);
                let Pair { mut client, mut server, tickets } = pair;
                land(&mut client, &tickets);
                client.at_rest(tickets.len()).unwrap();
                let got = if suite.tls13().is_some() { asked } else { TlsRecords::Buffered };
                assert_eq!(client.layer(), Some(got), "{suite:?}");
                assert_eq!(server.0.negotiated_cipher_suite(), Some(suite));
                exchange(&mut client, &mut server);
            }
        }
    }

    #[test]
    fn takes_the_peers_flight_in_any_parts() {
        let venue = Venue::new();
        for part in [1, 5, 100, 1000] {
            let mut server = Server(ServerConnection::new(Arc::clone(&venue.server)).unwrap());
            let mut client = venue.handshake(TlsRecords::InPlace);
            let mut flight = Vec::new();
            loop {
                match client.next().unwrap() {
                    Step::Write(bytes) => {
                        let bytes = &bytes[..bytes.len().min(part)];
                        server.opened(bytes);
                        let written = bytes.len();
                        client.wrote(written);
                    }
                    Step::Read(into) => {
                        flight.extend(server.written());
                        let rest = flight.split_off(part.min(flight.len()));
                        into[..flight.len()].copy_from_slice(&flight);
                        client.received(flight.len()).unwrap();
                        flight = rest;
                    }
                    Step::Done => break,
                }
            }
            exchange(&mut client.finish().unwrap(), &mut server);
        }
    }

    #[test]
    fn tickets_resume_the_next_handshake_once_they_were_handed_over() {
        for asked in [TlsRecords::InPlace, TlsRecords::Buffered] {
            let venue = Venue::new();
            let kind = |pair: &Pair| pair.server.0.handshake_kind();
            let Pair { mut client, tickets, .. } = venue.pair(asked);
            assert!(!tickets.is_empty());
            land(&mut client, &tickets);
            client.at_rest(tickets.len()).unwrap();
            if asked == TlsRecords::InPlace {
                assert_eq!(kind(&venue.pair(asked)), Some(HandshakeKind::Full), "they still wait");
            }
            client.after_release().unwrap();
            let resumed = venue.pair(asked);
            assert_eq!(kind(&resumed), Some(HandshakeKind::Resumed));
            let Pair { mut client, mut server, tickets } = resumed;
            land(&mut client, &tickets);
            client.at_rest(tickets.len()).unwrap();
            exchange(&mut client, &mut server);
        }
    }

    #[test]
    fn a_ticket_that_rustls_refuses_ends_the_connection_after_its_release() {
        let (mut client, mut script) = Venue::new().scripted(TlsRecords::InPlace);
        let mut ticket = super::super::script::new_session_ticket(20);
        // The nonce's length reaches beyond the message.
        ticket[12] = 200;
        let bytes = [script.ours.record(super::super::script::HANDSHAKE, &ticket, 0), script.data(REPLY)].concat();
        client.seal(REQUEST).unwrap();
        client.sent();
        land(&mut client, &bytes);
        assert_eq!(client.open(bytes.len(), &mut reading()), Ok(Progress::Complete));
        assert!(matches!(client.after_release(), Err(CloseReason::Tls(_))));
    }

    /// Runs a handshake in which the server says `REPLY` unasked right behind its Finished, and stops the client's last
    /// read `short` bytes before the end of that.
    fn hasty(asked: TlsRecords, short: usize) -> (Result<Records, CloseReason>, Vec<u8>) {
        let venue = Venue::new();
        let mut config = (*venue.server).clone();
        config.send_half_rtt_data = true;
        let mut server = Server(ServerConnection::new(Arc::new(config)).unwrap());
        let mut client = venue.handshake(asked);
        let mut late = Vec::new();
        loop {
            match client.next().unwrap() {
                Step::Write(bytes) => {
                    server.opened(bytes);
                    let all = bytes.len();
                    client.wrote(all);
                }
                Step::Read(into) => {
                    let mut flight = server.written();
                    flight.extend(server.sealed(REPLY));
                    late = flight.split_off(flight.len() - short);
                    into[..flight.len()].copy_from_slice(&flight);
                    client.received(flight.len()).unwrap();
                }
                Step::Done => return (client.finish(), late),
            }
        }
    }

    #[test]
    fn data_in_the_same_read_as_the_end_of_the_handshake_is_not_lost() {
        for asked in [TlsRecords::InPlace, TlsRecords::Buffered] {
            assert_eq!(hasty(asked, 0).0.err(), Some(CloseReason::Stray), "whole: nobody had asked for it");
            let record = REPLY.len() + OVERHEAD_BYTES;
            for short in [1, 10, record - 6, record - 1, record] {
                let (client, late) = hasty(asked, short);
                let mut client = client.unwrap();
                land(&mut client, &late);
                assert_eq!(client.at_rest(late.len()), Err(CloseReason::Stray), "{short} bytes came later");
            }
        }
    }

    #[test]
    fn a_failed_handshake_tells_the_peer_why() {
        let (trusted, other) = (Venue::new(), Venue::new());
        let mut server = Server(ServerConnection::new(Arc::clone(&other.server)).unwrap());
        let mut client = trusted.handshake(TlsRecords::InPlace);
        let reason = loop {
            match client.next() {
                Ok(Step::Write(bytes)) => {
                    server.opened(bytes);
                    let all = bytes.len();
                    client.wrote(all);
                }
                Ok(Step::Read(into)) => {
                    let flight = server.written();
                    into[..flight.len()].copy_from_slice(&flight);
                    client.received(flight.len()).unwrap();
                }
                Ok(Step::Done) => panic!("a stranger was trusted"),
                Err(reason) => break reason,
            }
        };
        assert!(reason.to_string().contains("certificate"), "{reason}");
        server.0.read_tls(&mut client.last_words()).unwrap();
        let heard = server.0.process_new_packets().unwrap_err();
        assert!(matches!(heard, rustls::Error::AlertReceived(_)), "{heard}");
    }

    #[test]
    fn a_peer_that_goes_or_speaks_no_tls_is_refused() {
        let mut client = Venue::new().handshake(TlsRecords::InPlace);
        assert!(matches!(client.next(), Ok(Step::Write(_))));
        assert_eq!(client.received(0), Err(CloseReason::PeerClosed));
        let mut client = Venue::new().handshake(TlsRecords::InPlace);
        let Ok(Step::Write(hello)) = client.next() else { panic!() };
        let all = hello.len();
        client.wrote(all);
        let Ok(Step::Read(into)) = client.next() else { panic!() };
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        into[..answer.len()].copy_from_slice(answer);
        client.received(answer.len()).unwrap();
        assert!(matches!(client.next(), Err(CloseReason::Tls(_))));
    }
}
