//! The other end of a connection, in memory: for tests.

use std::io::{Read, Write};
use std::sync::Arc;

use aws_lc_rs::aead;
use rustls::kernel::KernelConnection;
use rustls::pki_types::ServerName;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{
    ClientConfig, ConnectionTrafficSecrets, ServerConfig, ServerConnection, SupportedCipherSuite,
    SupportedProtocolVersion,
};

use super::config::TlsConfig;
use super::handshake::{Handshake, Step};
use super::record::{Records, TlsRecords};
use super::script::{DATA, HANDSHAKE, ScriptKey, key_update};
use crate::http::response::{RESPONSE_BYTES_DEFAULT, ResponseReader};

pub(crate) const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// A venue and what its clients trust. Sessions resume between connections made from the same one.
#[derive(Clone)]
pub(crate) struct Venue {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

impl Venue {
    pub(crate) fn new() -> Self {
        Self::speaking(&[&rustls::version::TLS13], None)
    }

    /// Speaks these versions, and of TLS 1.3 only this suite.
    pub(crate) fn speaking(
        versions: &[&'static SupportedProtocolVersion],
        suite: Option<SupportedCipherSuite>,
    ) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["venue".to_owned()]).unwrap().self_signed(&key).unwrap();
        let trusted = TlsConfig::builder().root_pem(certificate.pem().as_bytes()).unwrap().build().unwrap();
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        if let Some(suite) = suite {
            provider.cipher_suites = vec![suite];
        }
        let mut server = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        server.enable_secret_extraction = true;
        server.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
        Self { client: trusted.client_config(), server: Arc::new(server) }
    }

    pub(crate) fn handshake(&self, records: TlsRecords) -> Handshake {
        Handshake::new(&self.client, &name(), records).unwrap()
    }

    /// A client's records and a rustls server, after a handshake. The server's tickets are still on the way.
    pub(crate) fn pair(&self, records: TlsRecords) -> Pair {
        let mut server = Server(ServerConnection::new(Arc::clone(&self.server)).unwrap());
        let mut client = self.handshake(records);
        loop {
            match client.next().unwrap() {
                Step::Write(bytes) => {
                    assert!(server.opened(bytes).is_empty());
                    let all = bytes.len();
                    client.wrote(all);
                }
                Step::Read(into) => {
                    let flight = server.written();
                    into[..flight.len()].copy_from_slice(&flight);
                    client.received(flight.len()).unwrap();
                }
                Step::Done => break,
            }
        }
        let tickets = server.written();
        Pair { client: client.finish().unwrap(), server, tickets }
    }

    /// A client's records and a scripted peer with the keys of a real handshake. No ticket is on the way.
    pub(crate) fn scripted(&self, records: TlsRecords) -> (Records, Script) {
        let mut quiet = (*self.server).clone();
        quiet.send_tls13_tickets = 0;
        let mut server = UnbufferedServerConnection::new(Arc::new(quiet)).unwrap();
        let mut client = self.handshake(records);
        let mut to_server = Vec::new();
        loop {
            match client.next().unwrap() {
                Step::Write(bytes) => {
                    to_server.extend_from_slice(bytes);
                    let all = bytes.len();
                    client.wrote(all);
                }
                Step::Read(into) => {
                    let flight = serve(&mut server, &mut to_server);
                    into[..flight.len()].copy_from_slice(&flight);
                    client.received(flight.len()).unwrap();
                }
                Step::Done => break,
            }
        }
        assert!(serve(&mut server, &mut to_server).is_empty());
        (client.finish().unwrap(), Script::new(server))
    }
}

/// Lets the server do what it can with `incoming`, and returns what it says.
fn serve(server: &mut UnbufferedServerConnection, incoming: &mut Vec<u8>) -> Vec<u8> {
    let mut says = Vec::new();
    loop {
        let UnbufferedStatus { discard, state } = server.process_tls_records(incoming);
        let done = match state.unwrap() {
            ConnectionState::EncodeTlsData(mut data) => {
                let end = says.len();
                says.resize(end + 20_000, 0);
                let written = data.encode(&mut says[end..]).unwrap();
                says.truncate(end + written);
                false
            }
            ConnectionState::TransmitTlsData(waiting) => {
                waiting.done();
                false
            }
            _ => true,
        };
        incoming.drain(..discard);
        if done {
            return says;
        }
    }
}

fn name() -> ServerName<'static> {
    ServerName::try_from("venue").unwrap()
}

/// A client's records after a handshake in memory, and the server at the other end.
pub(crate) struct Pair {
    pub(crate) client: Records,
    pub(crate) server: Server,
    /// What the server sends behind its handshake.
    pub(crate) tickets: Vec<u8>,
}

pub(crate) fn pair() -> Pair {
    Venue::new().pair(TlsRecords::default())
}

/// A pair whose tickets have been read.
pub(crate) fn rested(records: TlsRecords) -> (Records, Server) {
    let Pair { mut client, server, tickets } = Venue::new().pair(records);
    land(&mut client, &tickets);
    client.at_rest(tickets.len()).unwrap();
    (client, server)
}

/// A rustls server.
pub(crate) struct Server(pub(crate) ServerConnection);

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
        let mut written = Vec::new();
        for part in text.chunks(16_384) {
            self.0.writer().write_all(part).unwrap();
            written.extend(self.written());
        }
        written
    }

    pub(crate) fn written(&mut self) -> Vec<u8> {
        let mut written = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut written).unwrap();
        }
        written
    }
}

/// A peer that makes any records, with the keys of a real handshake and rustls's key schedule behind it.
pub(crate) struct Script {
    pub(crate) ours: ScriptKey,
    pub(crate) clients: ScriptKey,
    schedule: KernelConnection<ServerConnectionData>,
}

impl Script {
    fn new(server: UnbufferedServerConnection) -> Self {
        let (secrets, schedule) = server.dangerous_into_kernel_connection().unwrap();
        Self { ours: script_key(&secrets.tx), clients: script_key(&secrets.rx), schedule }
    }

    pub(crate) fn data(&mut self, text: &[u8]) -> Vec<u8> {
        self.ours.record(DATA, text, 0)
    }

    /// What it seals next has its next key.
    pub(crate) fn change_key(&mut self) {
        self.ours = script_key(&self.schedule.update_tx_secret().unwrap());
    }

    /// The client's records; a KeyUpdate changes the key of those behind it.
    pub(crate) fn opened(&mut self, mut sealed: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut opened = Vec::new();
        while let Some((header, _)) = sealed.split_first_chunk::<5>() {
            let (record, behind) = sealed.split_at(5 + usize::from(u16::from_be_bytes([header[3], header[4]])));
            sealed = behind;
            opened.extend(self.clients.open(record));
            if opened.last().is_some_and(|(kind, message)| *kind == HANDSHAKE && *message == key_update(0)) {
                self.clients = script_key(&self.schedule.update_rx_secret().unwrap());
            }
        }
        opened
    }
}

fn script_key((sequence, secrets): &(u64, ConnectionTrafficSecrets)) -> ScriptKey {
    let (algorithm, key, iv) = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&aead::AES_128_GCM, key, iv),
        ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&aead::AES_256_GCM, key, iv),
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (&aead::CHACHA20_POLY1305, key, iv),
        _ => panic!("a suite nobody asked for"),
    };
    ScriptKey::new(algorithm, key.as_ref(), iv.as_ref(), *sequence)
}

/// Puts bytes where the socket would.
pub(crate) fn land(client: &mut Records, bytes: &[u8]) {
    client.landing(&mut ResponseReader::new(1))[..bytes.len()].copy_from_slice(bytes);
}

pub(crate) fn reading() -> ResponseReader {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    reader.start(false).unwrap();
    reader
}
