//! Sealing an order and opening its reply: our TLS records beside rustls's.
//!
//! Isolates the record layer: no socket, no handshake, and the server's side is done before the clock starts. What comes
//! from the socket is copied to where it lands, as the kernel would. Reading the reply's HTTP is in both alike. A worse ratio
//! means that our layer got slower; a heap call of ours means that it is broken.
//!
//! The last rows show what opening into another buffer costs beside opening in place, which is why ours does the former.
//!
//! Blocks are interleaved, so that what the machine does meanwhile falls on all.
//! `cargo bench --bench seal --features internals`
//!
//! With `InPlace` or `Buffered` as an argument: one block of that layer alone, AES-128-GCM, for a counter of instructions:
//! `valgrind --tool=callgrind --toggle-collect='*exchange_all*' target/release/deps/seal-* InPlace`, over 250 orders.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use orderwire::http::response::{Progress, RESPONSE_BYTES_DEFAULT};
use orderwire::internals::Client;
use orderwire::{ResponseReader, TlsConfig, TlsRecords};
use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::{ServerConfig, ServerConnection, SupportedCipherSuite};

/// Rounds of one block of each, and orders in a block.
const BLOCKS: usize = 400;
const ORDERS: usize = 250;

fn main() {
    let request = format!("POST /api/v3/order?{} HTTP/1.1\r\nHost: api.binance.com\r\n\r\n", "q".repeat(320));
    let body = "x".repeat(382);
    let reply = format!("HTTP/1.1 200 OK\r\nX-Head: {}\r\nContent-Length: 382\r\n\r\n{body}", "h".repeat(480));
    if let Some(records) = std::env::args().find_map(|argument| match &*argument {
        "InPlace" => Some(TlsRecords::InPlace),
        "Buffered" => Some(TlsRecords::Buffered),
        _ => None,
    }) {
        Arm::new(TLS13_AES_128_GCM_SHA256, records).block(request.as_bytes(), reply.as_bytes());
        return;
    }
    println!(
        "medians of {BLOCKS} interleaved blocks of {ORDERS}: {} bytes out, {} bytes in",
        request.len(),
        reply.len()
    );
    for suite in [TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256] {
        let mut arms = [TlsRecords::InPlace, TlsRecords::Buffered].map(|records| Arm::new(suite, records));
        for block in 0..=BLOCKS {
            for arm in &mut arms {
                arm.block(request.as_bytes(), reply.as_bytes());
                // The first block warms caches and branch predictors.
                if block == 0 {
                    (arm.ns, arm.heap_calls) = (Vec::new(), 0);
                }
            }
        }
        println!("{:?}", suite.suite());
        let [ours, rustls] = arms.map(|arm| (median(arm.ns), arm.heap_calls as f64 / (BLOCKS * ORDERS) as f64));
        println!(
            "  InPlace   {:7.1} ns   {:.2} of Buffered   {:.1} heap calls in Rust",
            ours.0,
            ours.0 / rustls.0,
            ours.1
        );
        println!("  Buffered  {:7.1} ns                      {:.1} heap calls in Rust", rustls.0, rustls.1);
    }
    where_to_open(reply.len());
}

/// A client and its server.
struct Arm {
    client: Client,
    server: ServerConnection,
    reader: ResponseReader,
    /// Of each block, per order.
    ns: Vec<f64>,
    heap_calls: u64,
}

impl Arm {
    fn new(suite: SupportedCipherSuite, records: TlsRecords) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["venue".to_owned()]).unwrap().self_signed(&key).unwrap();
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites = vec![suite];
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();
        let trusted = TlsConfig::builder().root_pem(certificate.pem().as_bytes()).unwrap().build().unwrap();
        let serve = |mut flight: &[u8]| {
            while !flight.is_empty() {
                server.read_tls(&mut flight).unwrap();
                server.process_new_packets().unwrap();
            }
            written(&mut server)
        };
        let client = Client::connect(&trusted, "venue", records, serve).unwrap();
        Self { client, server, reader: ResponseReader::new(RESPONSE_BYTES_DEFAULT), ns: Vec::new(), heap_calls: 0 }
    }

    fn block(&mut self, request: &[u8], reply: &[u8]) {
        let replies: Vec<_> = (0..ORDERS)
            .map(|_| {
                self.server.writer().write_all(reply).unwrap();
                written(&mut self.server)
            })
            .collect();
        let (heap_calls, start) = (HEAP_CALLS.load(Ordering::Relaxed), Instant::now());
        self.exchange_all(request, &replies);
        let took = start.elapsed();
        self.heap_calls += HEAP_CALLS.load(Ordering::Relaxed) - heap_calls;
        self.ns.push(took.as_nanos() as f64 / ORDERS as f64);
        // What was sealed is not opened: the server needs no request to seal its replies.
        black_box(self.server.reader().read(&mut []).ok());
    }

    /// All that is measured, under a name that a profiler can find.
    #[inline(never)]
    fn exchange_all(&mut self, request: &[u8], replies: &[Vec<u8>]) {
        for reply in replies {
            black_box(self.client.seal(black_box(request)).unwrap());
            self.client.sent();
            self.reader.start(false).unwrap();
            assert_eq!(self.client.receive(reply, &mut self.reader), Ok(Progress::Complete));
            self.client.after_release().unwrap();
        }
    }
}

fn written(server: &mut ServerConnection) -> Vec<u8> {
    let mut written = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut written).unwrap();
    }
    written
}

/// Opening a record of so many bytes in place, into another buffer, and in place with its content moved by a header.
fn where_to_open(bytes: usize) {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).unwrap());
    let (nonce, header) = (|| Nonce::assume_unique_for_key([9; 12]), [23, 3, 3, 0, 0]);
    let mut sealed = vec![b'x'; bytes];
    key.seal_in_place_append_tag(nonce(), Aad::from(header), &mut sealed).unwrap();
    let (mut landing, mut elsewhere) = (vec![0; 16_640], vec![0; 32_768]);
    let mut ns = [const { Vec::new() }; 3];
    for _ in 0..BLOCKS {
        for (way, ns) in ns.iter_mut().enumerate() {
            let start = Instant::now();
            for _ in 0..ORDERS {
                let landed = &mut landing[..header.len() + sealed.len()];
                landed[header.len()..].copy_from_slice(black_box(&sealed));
                match way {
                    0 => drop(key.open_in_place(nonce(), Aad::from(header), &mut landed[header.len()..]).unwrap()),
                    1 => {
                        let (text, tag) = landed[header.len()..].split_at(bytes);
                        key.open_separate_gather(nonce(), Aad::from(header), text, tag, &mut elsewhere[..bytes])
                            .unwrap();
                    }
                    _ => drop(key.open_within(nonce(), Aad::from(header), landed, header.len()..).unwrap()),
                }
                black_box((&landing, &elsewhere));
            }
            ns.push(start.elapsed().as_nanos() as f64 / ORDERS as f64);
        }
    }
    let [in_place, elsewhere, moved] = ns.map(median);
    println!("AES-128-GCM alone, {bytes} bytes");
    println!("  in place               {in_place:7.1} ns");
    println!("  into another buffer    {elsewhere:7.1} ns");
    println!("  in place, then moved   {moved:7.1} ns");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

static HEAP_CALLS: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[expect(unsafe_code, reason = "an allocator that counts")]
// SAFETY: every call is passed on as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HEAP_CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        HEAP_CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(at, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
