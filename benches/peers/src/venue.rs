//! The server that all clients meet: one thread, on a processor of its own, that never sleeps.
//!
//! It finds the client order id, echoes it in a reply made beforehand, and does nothing else; but that it tells the time to a client
//! that asks before it trades. It spins on the connection that
//! asked last and looks at the others when nothing has come there for a while, so that what it adds to a round trip is the
//! same for every client and as little as can be.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::event::epoll;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::order::ID_BYTES;
use crate::records::{RecordByRecord, Records};
use crate::stay_on;

/// The processor of the server, and that of the clients.
pub const SERVER: usize = 1;
pub const CLIENT: usize = 0;

/// How a client reaches the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Plain,
    /// TLS 1.3 with AES-128-GCM.
    Tls,
}

impl Wire {
    pub const BOTH: [Self; 2] = [Self::Plain, Self::Tls];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|wire| wire.name() == name)
    }
}

/// Where the venue is.
#[derive(Clone, Debug)]
pub struct Address {
    pub socket: SocketAddr,
    pub url: String,
    /// Over TLS alone.
    pub ca_pem: Option<String>,
}

/// A venue in a process of its own, ended on drop.
pub struct Venue {
    process: Child,
    pub address: Address,
}

impl Venue {
    /// Runs this program again as a server: it is to call [`serve_here`] for the arguments `venue WIRE`.
    pub fn start(wire: Wire) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut process = Command::new(program)
            .args(["venue", wire.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
        let socket = lines.next().expect("an address").parse().expect("an address");
        let ca_pem: String = lines.take_while(|line| line != END).map(|line| line + "\n").collect();
        Self { process, address: Address::new(socket, Some(ca_pem).filter(|pem| !pem.is_empty())) }
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Address {
    pub fn new(socket: SocketAddr, ca_pem: Option<String>) -> Self {
        let url = match ca_pem {
            None => format!("http://{socket}"),
            Some(_) => format!("https://localhost:{}", socket.port()),
        };
        Self { socket, url, ca_pem }
    }
}

/// Behind the certificate, which is empty over plain HTTP.
const END: &str = "end";

/// Serves until the process that started this one is gone.
pub fn serve_here(wire: Wire) {
    stay_on(SERVER);
    let listening = Listening::bind(wire);
    println!("{}\n{}{END}", listening.address.socket, listening.address.ca_pem.as_deref().unwrap_or_default());
    std::thread::spawn(|| {
        // Ends with the process that holds the other end of it.
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    listening.serve(|_| {});
}

/// A server that is about to serve.
pub struct Listening {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    pub address: Address,
}

impl Listening {
    pub fn bind(wire: Wire) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let socket = listener.local_addr().expect("bound");
        let (tls, ca_pem) = match wire {
            Wire::Plain => (None, None),
            Wire::Tls => {
                let (config, pem) = tls_config();
                (Some(Arc::new(config)), Some(pem))
            }
        };
        Self { listener, tls, address: Address::new(socket, ca_pem) }
    }

    /// Answers every order for ever, and shows each to `seen` before.
    pub fn serve(self, mut seen: impl FnMut(&[u8])) {
        let queue = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an event queue");
        self.listener.set_nonblocking(true).expect("a socket");
        let readable = epoll::EventFlags::IN;
        epoll::add(&queue, &self.listener, epoll::EventData::new_u64(LISTENER), readable).expect("a new socket");
        let mut connections: Vec<Option<Connection>> = Vec::new();
        let mut reply = Reply::new();
        let mut last = 0;
        loop {
            if let Some(Some(connection)) = connections.get_mut(last) {
                let mut idle = 0;
                while idle < SPINS_ON_LAST {
                    match connection.answer(&mut reply, &mut seen) {
                        Progress::Answered => idle = 0,
                        Progress::Nothing => idle += 1,
                        Progress::Ended => {
                            connections[last] = None;
                            break;
                        }
                    }
                }
            }
            let mut events = [epoll::Event { flags: readable, data: epoll::EventData::new_u64(0) }; 64];
            let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
            let count = epoll::wait(&queue, &mut events[..], Some(&now)).unwrap_or(0);
            for event in &events[..count] {
                match event.data.u64() {
                    LISTENER => {
                        if let Ok((socket, _)) = self.listener.accept() {
                            let name = epoll::EventData::new_u64(connections.len() as u64);
                            connections.push(Connection::accept(socket, self.tls.as_ref()));
                            if let Some(Some(connection)) = connections.last() {
                                epoll::add(&queue, &connection.socket, name, readable).expect("a new socket");
                            }
                        }
                    }
                    name => {
                        let at = usize::try_from(name).expect("an index");
                        let Some(connection) = &mut connections[at] else { continue };
                        match connection.answer(&mut reply, &mut seen) {
                            Progress::Answered => last = at,
                            Progress::Nothing => {}
                            Progress::Ended => connections[at] = None,
                        }
                    }
                }
            }
        }
    }
}

const LISTENER: u64 = u64::MAX;

/// Empty reads on the connection that asked last before the others are looked at.
const SPINS_ON_LAST: u32 = 16;

struct Connection {
    socket: TcpStream,
    records: Option<Records>,
    /// Bytes from the socket, sealed over TLS.
    came: Vec<u8>,
    filled: usize,
    sealed: Vec<u8>,
}

enum Progress {
    Answered,
    Ended,
    Nothing,
}

impl Connection {
    fn accept(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Option<Self> {
        socket.set_nodelay(true).ok()?;
        let records = match tls {
            None => None,
            Some(config) => Some(shake_hands(&socket, config)?),
        };
        socket.set_nonblocking(true).ok()?;
        Some(Self { socket, records, came: vec![0; 32 * 1024], filled: 0, sealed: vec![0; 4096] })
    }

    fn answer(&mut self, reply: &mut Reply, seen: &mut impl FnMut(&[u8])) -> Progress {
        match (&self.socket).read(&mut self.came[self.filled..]) {
            Ok(0) => return Progress::Ended,
            Ok(bytes) => self.filled += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Nothing,
            Err(_) => return Progress::Ended,
        }
        let came = &mut self.came[..self.filled];
        let answer = match &mut self.records {
            None if !came.ends_with(b"\r\n\r\n") => return Progress::Nothing,
            None => {
                if !asks_for_the_time(came) {
                    seen(came);
                }
                reply.to(came)
            }
            Some(records) => {
                let Some(length) = Records::whole(came) else { return Progress::Nothing };
                assert_eq!(length, came.len(), "one record at a time");
                let Some(request) = records.open(came) else { return Progress::Ended };
                assert!(request.ends_with(b"\r\n\r\n"), "a request is one record");
                if !asks_for_the_time(request) {
                    seen(request);
                }
                let text = reply.to(request);
                records.seal(text, &mut self.sealed)
            }
        };
        self.filled = 0;
        match (&self.socket).write(answer) {
            Ok(bytes) if bytes == answer.len() => Progress::Answered,
            _ => Progress::Ended,
        }
    }
}

fn shake_hands(socket: &TcpStream, config: &Arc<ServerConfig>) -> Option<Records> {
    let mut tls = ServerConnection::new(Arc::clone(config)).ok()?;
    while tls.is_handshaking() {
        while tls.wants_write() {
            tls.write_tls(&mut &*socket).ok()?;
        }
        if tls.is_handshaking() {
            tls.read_tls(&mut RecordByRecord(socket)).ok()?;
            tls.process_new_packets().ok()?;
        }
    }
    while tls.wants_write() {
        tls.write_tls(&mut &*socket).ok()?;
    }
    Some(Records::new(tls.dangerous_extract_secrets().ok()?))
}

fn tls_config() -> (ServerConfig, String) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name").self_signed(&key);
    let certificate = certificate.expect("a certificate");
    let mut provider = default_provider();
    provider.cipher_suites = vec![cipher_suite::TLS13_AES_128_GCM_SHA256];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
    config.enable_secret_extraction = true;
    // Nothing but replies comes to a client: who would read tickets does not have to.
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    (config, certificate.pem())
}

/// As Binance Spot answers with `newOrderRespType=RESULT`, with a head as long as its edge makes it.
struct Reply {
    text: Vec<u8>,
    id_at: usize,
    /// What the time is.
    time: Vec<u8>,
}

impl Reply {
    fn new() -> Self {
        let id = "i".repeat(ID_BYTES);
        let body = BODY.replace("ID", &id);
        let text = format!("{HEAD}Content-Length: {}\r\n\r\n{body}", body.len());
        let id_at = text.find(&id).expect("the id's place");
        Self { text: text.into_bytes(), id_at, time: Vec::new() }
    }

    fn to(&mut self, request: &[u8]) -> &[u8] {
        if asks_for_the_time(request) {
            let body = format!("{{\"serverTime\":{}}}", unix_ms());
            self.time = format!("{HEAD}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
            return &self.time;
        }
        const NAME: &[u8] = b"newClientOrderId=";
        let at =
            request.windows(NAME.len()).position(|window| window == NAME).expect("an order with an id") + NAME.len();
        self.text[self.id_at..][..ID_BYTES].copy_from_slice(&request[at..at + ID_BYTES]);
        &self.text
    }
}

fn asks_for_the_time(request: &[u8]) -> bool {
    request.starts_with(b"GET ")
}

fn unix_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis()
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nConnection: keep-alive\r\n\
Date: Wed, 22 Jul 2026 10:00:00 GMT\r\nServer: nginx\r\nx-mbx-uuid: 00000000-0000-0000-0000-000000000000\r\n\
x-mbx-used-weight: 1\r\nx-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\nx-mbx-order-count-1d: 1\r\n\
Strict-Transport-Security: max-age=31536000; includeSubdomains\r\nX-Frame-Options: SAMEORIGIN\r\nCache-Control: no-cache\r\n";

const BODY: &str = "{\"symbol\":\"BTCUSDT\",\"orderId\":28457,\"orderListId\":-1,\"clientOrderId\":\"ID\",\
\"transactTime\":1507725176595,\"price\":\"20000.01000000\",\"origQty\":\"0.00100000\",\"executedQty\":\"0.00000000\",\
\"origQuoteOrderQty\":\"0.00000000\",\"cummulativeQuoteQty\":\"0.00000000\",\"status\":\"NEW\",\"timeInForce\":\"GTC\",\
\"type\":\"LIMIT\",\"side\":\"BUY\",\"workingTime\":1507725176595,\"selfTradePreventionMode\":\"NONE\"}";
