//! For this project's own fuzz targets and benches: parts that are private otherwise. Nothing here is promised to anybody.
#![allow(missing_docs, clippy::missing_errors_doc, clippy::allow_attributes, reason = "no public interface")]

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Algorithm, CHACHA20_POLY1305};
use rustls::pki_types::ServerName;

use crate::client::latency::{Endpoint, Latency};
use crate::exchange::CloseReason;
use crate::http::request::Method;
use crate::http::response::{Progress, ResponseReader};
use crate::latency::{self, Stage, Stamps, Timeline, calibrate};
use crate::tls::config::TlsConfig;
use crate::tls::error::RecordFault;
use crate::tls::handshake::{Handshake, Step};
use crate::tls::post_handshake::{KeyUpdate, PostHandshake};
use crate::tls::record::{Records, TlsRecords};
use crate::tls::script::{self, Rehearsal};
use crate::venue::json;

pub const CHANGE_CIPHER_SPEC: u8 = script::CHANGE_CIPHER_SPEC;
pub const ALERT: u8 = script::ALERT;
pub const HANDSHAKE: u8 = script::HANDSHAKE;
pub const DATA: u8 = script::DATA;

static SUITES: [&Algorithm; 3] = [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305];

/// A client's records, without a socket.
#[derive(Debug)]
pub struct Client(Records);

impl Client {
    /// After a handshake with a server that answers each of our flights by `serve`.
    pub fn connect(
        tls: &TlsConfig,
        name: &str,
        records: TlsRecords,
        mut serve: impl FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<Self, CloseReason> {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let mut handshake = Handshake::new(&tls.client_config(), &name, records)?;
        let mut answer = Vec::new();
        loop {
            match handshake.next()? {
                Step::Write(flight) => {
                    let all = flight.len();
                    answer.extend(serve(flight));
                    handshake.wrote(all);
                }
                Step::Read(into) => {
                    let part = answer.len().min(into.len());
                    into[..part].copy_from_slice(&answer[..part]);
                    answer.drain(..part);
                    handshake.received(part)?;
                }
                Step::Done => break,
            }
        }
        let mut client = Self(handshake.finish()?);
        client.rest(&answer)?;
        Ok(client)
    }

    /// What goes out for `request`; [`sent`](Self::sent) once it has gone.
    pub fn seal(&mut self, request: &[u8]) -> Result<&[u8], CloseReason> {
        self.0.seal(request)?;
        Ok(self.0.outgoing(&[]))
    }

    pub const fn sent(&mut self) {
        self.0.sent();
    }

    /// `bytes` come while a reply is awaited.
    pub fn receive(&mut self, mut bytes: &[u8], reader: &mut ResponseReader) -> Result<Progress, CloseReason> {
        loop {
            let part = self.land(&mut bytes, reader);
            let progress = self.0.open(part, reader)?;
            if bytes.is_empty() || progress == Progress::Complete {
                return Ok(progress);
            }
        }
    }

    /// `bytes` come while the connection rests.
    pub fn rest(&mut self, mut bytes: &[u8]) -> Result<(), CloseReason> {
        let mut reader = ResponseReader::new(1);
        while !bytes.is_empty() {
            let part = self.land(&mut bytes, &mut reader);
            self.0.at_rest(part)?;
        }
        Ok(())
    }

    pub fn after_release(&mut self) -> Result<(), CloseReason> {
        self.0.after_release()
    }

    pub fn end(&mut self) -> Option<CloseReason> {
        self.0.end().copied()
    }

    fn land(&mut self, bytes: &mut &[u8], reader: &mut ResponseReader) -> usize {
        let landing = self.0.landing(reader);
        let (part, rest) = bytes.split_at(bytes.len().min(landing.len()));
        landing[..part.len()].copy_from_slice(part);
        *bytes = rest;
        part.len()
    }
}

/// Has a reader learn the form of its reply.
pub fn learn_form(reader: &mut ResponseReader, names: &'static [&'static str]) {
    json::learn(reader, names);
}

/// A client with made-up keys in place of a handshake, and its peer. Of three suites.
pub fn rehearse(suite: usize) -> (Client, Peer) {
    let suite = SUITES[suite % SUITES.len()];
    let mut rehearsal = Rehearsal::new(suite);
    (Client(std::mem::replace(&mut rehearsal.client, Records::Plain)), Peer { suite, rehearsal })
}

/// Makes any records, and opens the client's.
pub struct Peer {
    suite: &'static Algorithm,
    rehearsal: Rehearsal,
}

impl Peer {
    pub fn record(&mut self, kind: u8, content: &[u8], padding: usize) -> Vec<u8> {
        self.rehearsal.ours.record(kind, content, padding)
    }

    pub fn seal(&mut self, header: [u8; 3], inner: &[u8]) -> Vec<u8> {
        self.rehearsal.ours.seal(header, inner)
    }

    pub fn change_key(&mut self) {
        self.rehearsal.change_key();
    }

    /// Type and content of the client's records.
    pub fn open(&mut self, records: &[u8]) -> Vec<(u8, Vec<u8>)> {
        self.rehearsal.clients.open(records)
    }

    /// The client's key after so many KeyUpdates of its own.
    pub fn change_clients_key(&mut self, generation: u8) {
        self.rehearsal.clients = Rehearsal::client_key(self.suite, generation);
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// A KeyUpdate message.
pub const fn key_update(requested: u8) -> [u8; 5] {
    script::key_update(requested)
}

/// A well-formed NewSessionTicket message with a ticket of so many bytes.
pub fn new_session_ticket(ticket_bytes: u16) -> Vec<u8> {
    script::new_session_ticket(ticket_bytes)
}

/// Handshake messages after the handshake, without the records around them.
#[derive(Debug)]
pub struct Messages(PostHandshake);

impl Messages {
    #[expect(clippy::new_without_default, reason = "no public interface")]
    pub fn new() -> Self {
        Self(PostHandshake::new())
    }

    /// The content of a record: whether the peer's key changes after it, and ours is to change too.
    pub fn take(&mut self, content: &[u8]) -> Result<Option<bool>, RecordFault> {
        self.0.take(content).map(|update| update.map(|update| update == KeyUpdate::Requested))
    }

    pub fn is_mid_message(&self) -> bool {
        self.0.is_mid_message()
    }

    pub fn tickets(&mut self) -> Vec<Vec<u8>> {
        let mut tickets = Vec::new();
        let outcome: Result<(), ()> = self.0.hand_over(|ticket| {
            tickets.push(ticket.to_vec());
            Ok(())
        });
        outcome.expect("nothing fails");
        tickets
    }
}

/// The counter, read as a stage's stamp is.
#[inline]
pub fn stamp() -> u64 {
    latency::now()
}

/// The stamps of an order without the order.
#[derive(Debug)]
pub struct Stamped {
    timeline: Timeline,
    latency: Latency,
    /// The look at the clock that a call takes without stamps too.
    made: u64,
}

impl Stamped {
    pub fn new(stamps: Stamps) -> Self {
        calibrate();
        Self { timeline: Timeline::new(stamps), latency: Latency::new("none", stamps, 1), made: stamp() }
    }

    /// Every stage, as a call marks them: four looks at the counter for the default's five, eight for all nine.
    #[inline(never)]
    pub fn mark(&mut self) {
        self.timeline.begin(self.made, self.made);
        for stage in Stage::ALL {
            match stage {
                Stage::Intended | Stage::Acquired => {}
                Stage::Sealed | Stage::FirstByte => self.timeline.mark_first(stage),
                _ => self.timeline.mark(stage),
            }
        }
    }

    /// What follows the reply, and what follows it while the next request is under way.
    #[inline(never)]
    pub fn fold(&mut self) {
        let lanes = self.latency.lanes(0).expect("a slot");
        lanes.note(Endpoint::new(Method::Post, "/order", true), &self.timeline, Ok(()));
        lanes.count_noted();
    }
}
