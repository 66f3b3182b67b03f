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

mod echo_venue;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use echo_venue::{CLIENT, ID_BYTES, Venue, stay_on};
use hdrhistogram::Histogram;
use orderwire::TlsRecords;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

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
        let (_, authority) = venue.url.split_once("//").unwrap();
        let socket = TcpStream::connect(authority).unwrap();
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
            authority
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
