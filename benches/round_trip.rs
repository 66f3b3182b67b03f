//! One signed Binance Spot order and its reply, over plain TCP and over TLS, against the least that could be done.
//!
//! **Isolates** what the SDK adds to a round trip: the same server in this process answers both arms, block by block in
//! turn, so that a slow moment of the machine meets both. The arms:
//!
//! - *order*: acquire a slot, build and sign, probe, seal, write, park, read, open, parse, decode, release.
//! - *floor*: one write of bytes made before, wait in `recv`, one read, nothing parsed; over TLS by rustls on the same
//!   kind of blocking socket.
//!
//! Over TLS (1.3, AES-128-GCM) orders travel in records of our own and in rustls's, in turn.
//!
//! **A larger ratio** means that the SDK, or the runtime's wake-up, has become slower against the same machine. Absolute
//! times say little here: the server shares the two cores. Run it with `cargo bench --bench round_trip`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use hdrhistogram::Histogram;
use orderwire::TlsRecords;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

const BLOCKS: usize = 60;
const ORDERS_PER_BLOCK: usize = 300;

fn main() {
    stay_on(CLIENT);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("medians of {BLOCKS} interleaved blocks of {ORDERS_PER_BLOCK} orders, us");
    println!(
        "{:<10} {:>10} {:>10} {:>8} {:>10} {:>10} {:>8}",
        "", "order p50", "floor p50", "ratio", "order p99", "floor p99", "ratio"
    );
    for tls in [false, true] {
        let venue = Venue::start(tls);
        let layers = if tls { &[TlsRecords::InPlace, TlsRecords::Buffered][..] } else { &[TlsRecords::InPlace] };
        let spots: Vec<_> = layers.iter().map(|records| runtime.block_on(connect(&venue, *records))).collect();
        let mut floor = Floor::connect(&venue);
        let (mut order_blocks, mut floor_blocks) = (vec![Vec::new(); layers.len()], Vec::new());
        for block in 0..=BLOCKS {
            let orders: Vec<_> = spots.iter().map(|spot| block_of(|| runtime.block_on(place(spot)))).collect();
            let floor_block = block_of(|| floor.exchange());
            // The first block warms caches and branch predictors.
            if block > 0 {
                order_blocks.iter_mut().zip(orders).for_each(|(blocks, block)| blocks.push(block));
                floor_blocks.push(floor_block);
            }
        }
        for (records, blocks) in layers.iter().zip(&order_blocks) {
            let name = if tls { format!("{records:?}") } else { "plain".to_owned() };
            let [o50, f50] = [blocks, &floor_blocks].map(|blocks| figure(blocks, 0.50));
            let [o99, f99] = [blocks, &floor_blocks].map(|blocks| figure(blocks, 0.99));
            println!(
                "{name:<10} {o50:>10.1} {f50:>10.1} {:>8.2} {o99:>10.1} {f99:>10.1} {:>8.2}",
                o50 / f50,
                o99 / f99
            );
        }
        if let [in_place, buffered] = &order_blocks[..] {
            let p50 = |block: &Histogram<u64>| block.value_at_quantile(0.50) as f64;
            let mut ratios: Vec<_> =
                in_place.iter().zip(buffered).map(|(ours, rustls)| p50(ours) / p50(rustls)).collect();
            ratios.sort_by(f64::total_cmp);
            println!("InPlace against Buffered, p50 block by block: {:.3}", ratios[ratios.len() / 2]);
        }
    }
}

async fn connect(venue: &Venue, records: TlsRecords) -> Spot {
    let environment = Environment::custom(&venue.url, venue.ca_pem.as_deref().map(str::as_bytes)).unwrap();
    let credentials = Credentials::new("a-key-of-a-length-as-venues-have-them", "a-secret-as-well").unwrap();
    Spot::builder(environment).credentials(credentials).tls_records(records).build_cold().await.unwrap()
}

/// The median of the blocks' quantiles, us.
fn figure(blocks: &[Histogram<u64>], quantile: f64) -> f64 {
    let mut values: Vec<_> = blocks.iter().map(|block| block.value_at_quantile(quantile)).collect();
    values.sort_unstable();
    values[values.len() / 2] as f64 / 1e3
}

async fn place(spot: &Spot) {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000.01));
    std::hint::black_box(spot.place(&order).await.unwrap());
}

fn block_of(mut once: impl FnMut()) -> Histogram<u64> {
    let mut block = Histogram::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    for _ in 0..ORDERS_PER_BLOCK {
        let start = Instant::now();
        once();
        block.saturating_record(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    block
}

/// The least that could be done: bytes made before, one write, one read.
struct Floor {
    request: Vec<u8>,
    stream: Box<dyn Duplex>,
    into: Vec<u8>,
}

trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

impl Floor {
    fn connect(venue: &Venue) -> Self {
        let socket = TcpStream::connect(venue.address).unwrap();
        socket.set_nodelay(true).unwrap();
        let stream: Box<dyn Duplex> = match &venue.ca_pem {
            None => Box::new(socket),
            Some(pem) => {
                use rustls::pki_types::pem::PemObject;
                let mut roots = RootCertStore::empty();
                roots.add(rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
                let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
                let config =
                    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
                let config = config.with_root_certificates(roots).with_no_client_auth();
                let name = ServerName::try_from("localhost").unwrap();
                Box::new(StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket))
            }
        };
        let query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=20000.01";
        let rest = "newOrderRespType=RESULT&timestamp=1499827319559";
        let (id, signature) = ("x".repeat(ID_BYTES), "0".repeat(64));
        let request = format!(
            "POST /api/v3/order?{query}&newClientOrderId={id}&{rest}&signature={signature} HTTP/1.1\r\nHost: {}\r\n\
             X-MBX-APIKEY: a-key-of-a-length-as-venues-have-them\r\nContent-Length: 0\r\n\r\n",
            venue.address
        );
        Self { request: request.into_bytes(), stream, into: vec![0; 32 * 1024] }
    }

    fn exchange(&mut self) {
        self.stream.write_all(&self.request).unwrap();
        let bytes = self.stream.read(&mut self.into).unwrap();
        assert!(bytes > 300, "the reply came in one piece");
        std::hint::black_box(&self.into);
    }
}

/// A server that finds the client order id, echoes it, and does nothing else.
struct Venue {
    url: String,
    address: SocketAddr,
    ca_pem: Option<String>,
}

impl Venue {
    fn start(tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if !tls {
            std::thread::spawn(move || {
                while let Ok((socket, _)) = listener.accept() {
                    socket.set_nodelay(true).unwrap();
                    std::thread::spawn(move || serve(socket));
                }
            });
            return Self { url: format!("http://{address}"), address, ca_pem: None };
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites = vec![rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256];
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                socket.set_nodelay(true).unwrap();
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                std::thread::spawn(move || serve(StreamOwned::new(tls, socket)));
            }
        });
        let url = format!("https://localhost:{}", address.port());
        Self { url, address, ca_pem: Some(certificate.pem()) }
    }
}

/// Where the scheduler puts client and server decides more than anything measured here: each stays on a processor of its own.
fn stay_on(processor: usize) {
    let mut only = rustix::thread::CpuSet::new();
    only.set(processor % std::thread::available_parallelism().map_or(1, usize::from));
    // Refused where the system lets us have other processors only: then the figures are as noisy as they were.
    let _ = rustix::thread::sched_setaffinity(None, &only);
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

fn serve(mut stream: impl Read + Write) {
    stay_on(SERVER);
    let mut reply = REPLY.replace("ID", &"x".repeat(ID_BYTES)).into_bytes();
    let id_at = reply.windows(2).position(|pair| pair == b"xx").unwrap();
    let mut request = vec![0; 4096];
    let mut filled = 0;
    while let Ok(bytes @ 1..) = stream.read(&mut request[filled..]) {
        filled += bytes;
        if !request[..filled].ends_with(b"\r\n\r\n") {
            continue;
        }
        let name = b"newClientOrderId=";
        let at = request[..filled].windows(name.len()).position(|window| window == name).unwrap() + name.len();
        reply[id_at..id_at + ID_BYTES].copy_from_slice(&request[at..at + ID_BYTES]);
        if stream.write_all(&reply).and_then(|()| stream.flush()).is_err() {
            return;
        }
        filled = 0;
    }
}

/// What a client's ids have where it has no prefix.
const ID_BYTES: usize = 14;

/// As Binance Spot answers with `newOrderRespType=RESULT`; a head as long as its edge makes it.
const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: 382\r\n\
Connection: keep-alive\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\nServer: nginx\r\nx-mbx-uuid: 00000000-0000-0000-0000-000000000000\r\n\
x-mbx-used-weight: 1\r\nx-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\nx-mbx-order-count-1d: 1\r\n\
Strict-Transport-Security: max-age=31536000; includeSubdomains\r\nX-Frame-Options: SAMEORIGIN\r\nCache-Control: no-cache\r\n\r\n\
{\"symbol\":\"BTCUSDT\",\"orderId\":28457,\"orderListId\":-1,\"clientOrderId\":\"ID\",\"transactTime\":1507725176595,\
\"price\":\"20000.01000000\",\"origQty\":\"0.00100000\",\"executedQty\":\"0.00000000\",\"origQuoteOrderQty\":\"0.00000000\",\
\"cummulativeQuoteQty\":\"0.00000000\",\"status\":\"NEW\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\
\"workingTime\":1507725176595,\"selfTradePreventionMode\":\"NONE\"}";
