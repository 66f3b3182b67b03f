//! Heap calls from `try_acquire` to the slot's return, counted in Rust's allocator and in the C library underneath.
//!
//! Every row runs [`WARM_UP`] orders that are not counted (buffers, timers and the reactor's lists reach their size) and
//! then [`ORDERS`] that are, one after another, each with a deadline, for which the connection's alarm is set while the reply is awaited. What
//! is given back is not counted: where each order is a task of its own, the wait for the next one's reply frees the last one's memory. Every
//! row must be 0; the exceptions are counted below them. The table that comes out stands in the crate's documentation, and
//! the test fails where the two differ: `ORDERWIRE_BLESS=1 cargo test --test zero_alloc` writes it anew.
//!
//! A program of its own, without the test harness: the harness's watch for slow tests allocates on its own thread.
#![expect(unsafe_code, reason = "counts the calls of malloc and its kin by standing in for them")]

mod peer;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use orderwire::latency::Stamps;
use orderwire::venue::{Credentials, Environment, Instrument, LimitKind, Limits};
use orderwire::{ClientOrderId, Deadline, Fate, OrderAck, OrderId, OrderRef, RestError, TlsRecords};
use orderwire_binance::{NewOrder, Side, Spot, Symbol, Usdm, blocking, dec};
use orderwire_bitget::Spot as BitgetSpot;
use orderwire_bybit::{Linear as BybitLinear, Spot as BybitSpot};
use orderwire_coinbase::Coinbase;
use orderwire_kraken::Kraken;
use orderwire_okx::Okx;
use peer::{Authority, Peer};

const WARM_UP: u64 = 1_000;
const ORDERS: u64 = if cfg!(debug_assertions) { 2_000 } else { 10_000 };

// --- counting ---

static COUNTING: AtomicBool = AtomicBool::new(false);
static RUST_CALLS: AtomicU64 = AtomicU64::new(0);
static C_CALLS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Threads of the server do not count. Without a destructor, so that asking never allocates.
    static EXEMPT: Cell<bool> = const { Cell::new(false) };
}

fn count(calls: &AtomicU64) {
    if COUNTING.load(Ordering::Relaxed) && !EXEMPT.get() {
        calls.fetch_add(1, Ordering::Relaxed);
    }
}

struct Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&RUST_CALLS);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&RUST_CALLS);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(old, layout) }
    }
}

/// The C library's own entrances under the names it keeps for those who stand in for the public ones.
mod libc_behind {
    use super::{C_CALLS, c_int};
    use super::{c_void, count};

    unsafe extern "C" {
        fn __libc_malloc(size: usize) -> *mut c_void;
        fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
        fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
        fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
    }

    #[unsafe(no_mangle)]
    extern "C" fn malloc(size: usize) -> *mut c_void {
        count(&C_CALLS);
        // SAFETY: passed on unchanged.
        unsafe { __libc_malloc(size) }
    }

    #[unsafe(no_mangle)]
    extern "C" fn calloc(items: usize, size: usize) -> *mut c_void {
        count(&C_CALLS);
        // SAFETY: passed on unchanged.
        unsafe { __libc_calloc(items, size) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
        count(&C_CALLS);
        // SAFETY: passed on unchanged.
        unsafe { __libc_realloc(old, size) }
    }

    #[unsafe(no_mangle)]
    extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
        count(&C_CALLS);
        // SAFETY: passed on; memalign takes every alignment that aligned_alloc does.
        unsafe { __libc_memalign(align, size) }
    }

    #[unsafe(no_mangle)]
    extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
        count(&C_CALLS);
        // SAFETY: passed on unchanged.
        unsafe { __libc_memalign(align, size) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
        const OUT_OF_MEMORY: c_int = 12;
        count(&C_CALLS);
        // SAFETY: passed on; the caller gives a valid place for the result.
        unsafe {
            let memory = __libc_memalign(align, size);
            if memory.is_null() {
                return OUT_OF_MEMORY;
            }
            out.write(memory);
        }
        0
    }
}

/// Heap calls in Rust and in C, all told (a Rust call is a C call too).
struct Count([u64; 2]);

impl Count {
    fn begin() -> Self {
        let before = Self::calls();
        COUNTING.store(true, Ordering::SeqCst);
        Self(before)
    }

    fn end(self) -> [u64; 2] {
        COUNTING.store(false, Ordering::SeqCst);
        let after = Self::calls();
        [after[0] - self.0[0], after[1] - self.0[1]]
    }

    fn calls() -> [u64; 2] {
        [&RUST_CALLS, &C_CALLS].map(|calls| calls.load(Ordering::SeqCst))
    }
}

// --- the server ---

/// How the server answers an order.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Accepted,
    /// Accepted, each of several.
    Batch,
    /// Accepted, one or several, as Bitget says it.
    Bitget,
    /// Accepted, one or several, as Bybit says it.
    Bybit,
    Chunked,
    /// Accepted, or as it stands, as Coinbase says it.
    Coinbase,
    Rejected,
    /// Accepted, each piece flushed by itself: over TLS that many records.
    InPieces,
    /// Accepted, as Kraken says it: without our id.
    Kraken,
    /// Accepted, one or several, as OKX says it.
    Okx,
    /// Accepted, in a body that is no JSON: nobody can tell.
    Undecodable,
}

fn serve<S: Read + Write>(mut stream: S, answer: Answer, before_reply: impl Fn(&mut S)) {
    EXEMPT.set(true);
    for number in 0_u64.. {
        let Some(request) = peer::read_request(&mut stream) else { return };
        before_reply(&mut stream);
        let id = request.split("newClientOrderId=").nth(1).and_then(|rest| rest.get(..14)).unwrap_or("none");
        let accepted = format!(
            "{{\"symbol\":\"BTCUSDT\",\"orderId\":28,\"orderListId\":-1,\"clientOrderId\":\"{id}\",\
             \"transactTime\":1507725176595,\"price\":\"20000.00000000\",\"origQty\":\"0.00100000\",\
             \"executedQty\":\"0.00100000\",\"cummulativeQuoteQty\":\"20.00000000\",\"status\":\"FILLED\",\
             \"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\"fills\":[{{\"price\":\"20000.00000000\",\
             \"qty\":\"0.00100000\",\"commission\":\"0.00000100\",\"commissionAsset\":\"BTC\",\"tradeId\":56}}]}}"
        );
        let reply = match answer {
            Answer::Batch => {
                let ids = request.split("newClientOrderId%22%3A%22").skip(1).map(|rest| &rest[..14]);
                let order = |id| format!(r#"{{"clientOrderId":"{id}","executedQty":"0","orderId":28,"status":"NEW"}}"#);
                let body = format!("[{}]", ids.map(order).collect::<Vec<_>>().join(","));
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Answer::Bitget => {
                let ids = request.split(r#""clientOid":""#).skip(1).map(|rest| &rest[..14]);
                let order = |id| format!(r#"{{"orderId":"1321003749386327552","clientOid":"{id}"}}"#);
                let orders: Vec<_> = ids.map(order).collect();
                let data = if request.contains("/batch-orders ") {
                    format!(r#"{{"successList":[{}],"failureList":[]}}"#, orders.join(","))
                } else {
                    orders.concat()
                };
                let body = format!(r#"{{"code":"00000","msg":"success","requestTime":{number},"data":{data}}}"#);
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Answer::Bybit => {
                let ids = request.split(r#""orderLinkId":""#).skip(1).map(|rest| &rest[..14]);
                let order = |id| format!(r#"{{"orderId":"1321003749386327552","orderLinkId":"{id}"}}"#);
                let orders: Vec<_> = ids.map(order).collect();
                let (result, further) = if request.contains("/create-batch ") {
                    let codes = vec![r#"{"code":0,"msg":"OK"}"#; orders.len()].join(",");
                    (format!(r#"{{"list":[{}]}}"#, orders.join(",")), format!(r#"{{"list":[{codes}]}}"#))
                } else {
                    (orders.concat(), "{}".to_owned())
                };
                let body = format!(
                    r#"{{"retCode":0,"retMsg":"OK","result":{result},"retExtInfo":{further},"time":{number}}}"#
                );
                format!(
                    "HTTP/1.1 200 OK\r\nX-Bapi-Limit: 4000000\r\nX-Bapi-Limit-Status: 4000000\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Answer::Coinbase => {
                let body = match request.split(r#""client_order_id":""#).nth(1) {
                    Some(rest) => format!(
                        r#"{{"success":true,"success_response":{{"order_id":"28","product_id":"BTC-USD","side":"BUY","client_order_id":"{}"}}}}"#,
                        &rest[..14]
                    ),
                    None => r#"{"order":{"order_id":"28","product_id":"BTC-USD","status":"OPEN","filled_size":"0"}}"#
                        .to_owned(),
                };
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Answer::Kraken => {
                let words = "buy 0.00100000 XBTUSD @ limit 20000.0";
                let body =
                    format!(r#"{{"error":[],"result":{{"descr":{{"order":"{words}"}},"txid":["OID-{number}"]}}}}"#);
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Answer::Okx => {
                let ids = request.split(r#""clOrdId":""#).skip(1).map(|rest| &rest[..14]);
                let order = |id| {
                    format!(
                        r#"{{"clOrdId":"{id}","ordId":"590908157585625111","sCode":"0","sMsg":"","tag":"","ts":"1695190491421"}}"#
                    )
                };
                let orders = ids.map(order).collect::<Vec<_>>().join(",");
                let body = format!(r#"{{"code":"0","data":[{orders}],"inTime":"1","msg":"","outTime":"2"}}"#);
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Answer::Undecodable => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{{".to_owned(),
            Answer::Accepted | Answer::InPieces => {
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{accepted}", accepted.len())
            }
            Answer::Chunked => {
                let (first, rest) = accepted.split_at(100);
                format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x};x=y\r\n{rest}\r\n0\r\n\r\n",
                    first.len(),
                    rest.len()
                )
            }
            Answer::Rejected => {
                let body = r#"{"code":-2010,"msg":"Account has insufficient balance for requested action."}"#;
                // No venue refuses twice in the very same words: its count of requests goes up.
                format!("HTTP/1.1 400 Bad Request\r\nX-Count: {number}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
        };
        let pieces = if matches!(answer, Answer::InPieces) { 5 } else { 1 };
        for piece in reply.as_bytes().chunks(reply.len().div_ceil(pieces)) {
            if stream.write_all(piece).and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
    }
}

/// What the order travels over.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wire {
    Buffered,
    InPlace,
    /// The server changes its keys before each reply, and asks for a change of ours.
    KeyUpdates,
    Plain,
}

impl Wire {
    fn name(self) -> &'static str {
        match self {
            Self::Buffered => "TLS 1.3, rustls's own records",
            Self::InPlace => "TLS 1.3",
            Self::KeyUpdates => "TLS 1.3, new keys with each reply",
            Self::Plain => "plain",
        }
    }
}

fn start(wire: Wire, answer: Answer) -> Environment {
    if wire == Wire::Plain {
        let server = Peer::plain(move |_, stream| {
            stream.set_nodelay(true).unwrap();
            serve(stream, answer, |_| {});
        });
        return Environment::custom(&server.url(), None).unwrap();
    }
    let authority = Authority::new();
    let server = Peer::tls(Arc::clone(&authority.server), move |_, stream| {
        stream.sock.set_nodelay(true).unwrap();
        serve(stream, answer, |stream| {
            if wire == Wire::KeyUpdates {
                stream.conn.refresh_traffic_keys().unwrap();
            }
        });
    });
    Environment::custom(&server.tls_url(), Some(authority.ca_pem.as_bytes())).unwrap()
}

/// What the order is signed with.
#[derive(Clone, Copy, Debug)]
enum Key {
    Ed25519,
    Hmac,
    P256,
    Rsa,
}

impl Key {
    fn secret(self) -> &'static str {
        match self {
            Self::Ed25519 => include_str!("keys/ed25519.pem"),
            Self::Hmac => "secret",
            Self::P256 => include_str!("keys/ec.pem"),
            Self::Rsa => include_str!("keys/rsa_2048.pem"),
        }
    }
}

// --- the rows ---

/// How the reply is waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Waits {
    CurrentThread,
    MultiThread,
    CurrentThreadSpinning,
    Blocking,
    BlockingSpinning,
}

impl Waits {
    const ALL: [Self; 5] =
        [Self::CurrentThread, Self::MultiThread, Self::CurrentThreadSpinning, Self::Blocking, Self::BlockingSpinning];

    fn name(self) -> &'static str {
        match self {
            Self::CurrentThread => "current thread",
            Self::MultiThread => "multi thread",
            Self::CurrentThreadSpinning => "current thread, spinning",
            Self::Blocking => "blocking",
            Self::BlockingSpinning => "blocking, spinning",
        }
    }

    fn spin(self) -> Duration {
        match self {
            // Shorter than some replies take here: those are waited for after all.
            Self::CurrentThreadSpinning | Self::BlockingSpinning => Duration::from_micros(50),
            _ => Duration::ZERO,
        }
    }
}

/// A client of either kind: the servers here answer orders alone.
macro_rules! builder {
    ($Spot:ty, $wire:ident, $key:ident, $waits:ident, $environment:ident) => {{
        let records = if $wire == Wire::Buffered { TlsRecords::Buffered } else { TlsRecords::InPlace };
        let credentials = Credentials::new("key", $key.secret()).unwrap();
        let builder = <$Spot>::builder($environment).credentials(credentials).connections(2).tls_records(records);
        // With all that can be measured and all guards: less cannot allocate more.
        let builder = builder.limits(limits()).instruments([rules("BTCUSDT")]);
        builder.spin($waits.spin()).stamps(Stamps::All).flight_recorder(64)
    }};
}

/// Budgets to be counted in, none of which is ever used up here.
fn limits() -> Limits {
    let limits = Limits::new();
    for (kind, seconds) in [(LimitKind::Weight, 60), (LimitKind::Orders, 10), (LimitKind::Orders, 86_400)] {
        limits.set(kind, Duration::from_secs(seconds), u32::MAX / 2);
    }
    limits
}

/// What each order is held against.
fn rules(symbol: &str) -> Instrument {
    let mut rules = Instrument::new(Symbol::new(symbol).unwrap(), dec!(0.01), dec!(0.00001), dec!(0.00001));
    (rules.quantity_max, rules.price_max) = (Some(dec!(9000)), Some(dec!(1000000)));
    (rules.notional_min, rules.notional_max) = (dec!(5), Some(dec!(9000000)));
    rules
}

fn order(id: ClientOrderId) -> NewOrder {
    NewOrder::limit(id, Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000))
}

fn expect(outcome: Result<OrderAck, RestError>, answer: Answer) {
    match (outcome, answer) {
        (Ok(ack), Answer::Accepted | Answer::Chunked | Answer::InPieces) => assert_eq!(ack.fills.len(), 1),
        (Err(error), Answer::Rejected) => assert_eq!(error.fate(), Fate::Rejected),
        (Err(error), Answer::Undecodable) => assert_eq!(error.fate(), Fate::Unknown),
        (other, _) => panic!("{other:?}"),
    }
}

async fn trade(spot: &Spot, orders: u64, answer: Answer) {
    for _ in 0..orders {
        let deadline = Deadline::after(Duration::from_secs(20));
        expect(spot.place_by(&order(spot.next_id()), deadline).await, answer);
    }
}

fn trade_blocking(spot: &blocking::Spot, orders: u64, answer: Answer) {
    for _ in 0..orders {
        let deadline = Deadline::after(Duration::from_secs(20));
        expect(spot.place_by(&order(spot.next_id()), deadline), answer);
    }
}

/// Heap calls an order in steady state makes, in Rust and in C.
fn row(wire: Wire, key: Key, answer: Answer, waits: Waits) -> [f64; 2] {
    let environment = start(wire, answer);
    let calls = match waits {
        Waits::CurrentThread | Waits::CurrentThreadSpinning | Waits::MultiThread => {
            let runtime = if waits == Waits::MultiThread { multi_thread() } else { current_thread() };
            runtime.block_on(async {
                let spot = builder!(Spot, wire, key, waits, environment).build_cold().await.unwrap();
                trade(&spot, WARM_UP, answer).await;
                let count = Count::begin();
                trade(&spot, ORDERS, answer).await;
                count.end()
            })
        }
        Waits::Blocking | Waits::BlockingSpinning => {
            let spot = builder!(blocking::Spot, wire, key, waits, environment).build_cold().unwrap();
            trade_blocking(&spot, WARM_UP, answer);
            let count = Count::begin();
            trade_blocking(&spot, ORDERS, answer);
            count.end()
        }
    };
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of an order on the other market.
fn usdm(wire: Wire) -> [f64; 2] {
    let environment = start(wire, Answer::Accepted);
    let calls = current_thread().block_on(async {
        let usdm = builder!(Usdm, wire, KEY, WAITS, environment).build_cold().await.unwrap();
        let trade = async |orders: u64| {
            for _ in 0..orders {
                let order = order(usdm.next_id());
                assert_eq!(usdm.place(&order).await.unwrap().id, order.id);
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of five orders in one request, each with a fate of its own.
fn batch(wire: Wire) -> [f64; 2] {
    let environment = start(wire, Answer::Batch);
    let calls = current_thread().block_on(async {
        let usdm = builder!(Usdm, wire, KEY, WAITS, environment).build_cold().await.unwrap();
        let trade = async |batches: u64| {
            for _ in 0..batches {
                let orders = [0; 5].map(|_| order(usdm.next_id()));
                let acks = usdm.place_batch(&orders).await.unwrap();
                assert!(
                    acks.len() == 5
                        && acks.iter().zip(&orders).all(|(ack, order)| ack.as_ref().unwrap().id == order.id)
                );
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of an order on OKX, whose signature stands in a header before the body, and of twenty in one request.
fn okx(wire: Wire, several: bool) -> [f64; 2] {
    let environment = start(wire, Answer::Okx);
    let calls = current_thread().block_on(async {
        let credentials = Credentials::new("key", KEY.secret()).unwrap().with_passphrase("passphrase").unwrap();
        let builder = Okx::builder(environment).credentials(credentials).connections(2);
        let builder = builder.limits(limits()).instruments([rules("BTC-USDT")]);
        let okx = builder.stamps(Stamps::All).flight_recorder(64).build_cold().await.unwrap();
        let order = |id| NewOrder::limit(id, Symbol::new("BTC-USDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000));
        let trade = async |turns: u64| {
            for _ in 0..turns {
                let orders = [0; 20].map(|_| order(okx.next_id()));
                if several {
                    let acks = okx.place_batch(&orders).await.unwrap();
                    assert!(acks.len() == 20 && acks.iter().all(Result::is_ok));
                } else {
                    let ack = okx.place(&orders[0]).await.unwrap();
                    assert_eq!(ack.id, orders[0].id);
                }
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of an order on Bitget, whose signature stands in a header before the body, and of twenty in one request.
fn bitget(wire: Wire, several: bool) -> [f64; 2] {
    let environment = start(wire, Answer::Bitget);
    let calls = current_thread().block_on(async {
        let credentials = Credentials::new("key", KEY.secret()).unwrap().with_passphrase("passphrase").unwrap();
        let builder = BitgetSpot::builder(environment).credentials(credentials).connections(2);
        let builder = builder.limits(limits()).instruments([rules("BTCUSDT")]);
        let bitget = builder.stamps(Stamps::All).flight_recorder(64).build_cold().await.unwrap();
        let trade = async |turns: u64| {
            for _ in 0..turns {
                let orders = [0; 20].map(|_| order(bitget.next_id()));
                if several {
                    let acks = bitget.place_batch(&orders).await.unwrap();
                    assert!(acks.len() == 20 && acks.iter().all(Result::is_ok));
                } else {
                    assert_eq!(bitget.place(&orders[0]).await.unwrap().id, orders[0].id);
                }
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of an order on Bybit, whose signature stands in a header before the body, and of as many in one request as it takes.
macro_rules! bybit {
    ($Client:ty, $wire:expr, $most:literal, $several:expr) => {{
        let environment = start($wire, Answer::Bybit);
        let calls = current_thread().block_on(async {
            let credentials = Credentials::new("key", KEY.secret()).unwrap();
            let builder = <$Client>::builder(environment).credentials(credentials).connections(2);
            let builder = builder.limits(limits()).instruments([rules("BTCUSDT")]);
            let bybit = builder.stamps(Stamps::All).flight_recorder(64).build_cold().await.unwrap();
            let trade = async |turns: u64| {
                for _ in 0..turns {
                    let orders = [0; $most].map(|_| order(bybit.next_id()));
                    if $several {
                        let acks = bybit.place_batch(&orders).await.unwrap();
                        assert!(acks.len() == $most && acks.iter().all(Result::is_ok));
                    } else {
                        assert_eq!(bybit.place(&orders[0]).await.unwrap().id, orders[0].id);
                    }
                }
            };
            trade(WARM_UP).await;
            let count = Count::begin();
            trade(ORDERS).await;
            count.end()
        });
        calls.map(|calls| calls as f64 / ORDERS as f64)
    }};
}

/// Heap calls of an order on Coinbase, which copies a token that was made ahead, and of a query, whose path needs one of its own.
fn coinbase(wire: Wire, key: Key, queries: bool) -> [f64; 2] {
    let environment = start(wire, Answer::Coinbase);
    let calls = current_thread().block_on(async {
        let credentials = Credentials::new("organizations/o/apiKeys/k", key.secret()).unwrap();
        let symbol = Symbol::new("BTC-USD").unwrap();
        let builder = Coinbase::builder(environment).credentials(credentials);
        let builder = builder.limits(limits()).instruments([rules("BTC-USD")]);
        let coinbase = builder.stamps(Stamps::All).flight_recorder(64).build_cold().await.unwrap();
        let trade = async |turns: u64| {
            for _ in 0..turns {
                if queries {
                    let order = OrderRef::by_order_id(symbol, OrderId::from(28));
                    assert_eq!(coinbase.query(order).await.unwrap().word.as_str(), "OPEN");
                } else {
                    let order = NewOrder::limit(coinbase.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000));
                    assert_eq!(coinbase.place(&order).await.unwrap().id, order.id);
                }
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// Heap calls of an order on Kraken: a digest within the signature, a nonce, a deadline.
fn kraken(wire: Wire) -> [f64; 2] {
    let environment = start(wire, Answer::Kraken);
    let calls = current_thread().block_on(async {
        let credentials = Credentials::new("key", "c2VjcmV0").unwrap();
        let symbol = Symbol::new("XBTUSD").unwrap();
        let builder = Kraken::builder(environment).credentials(credentials);
        let builder = builder.limits(limits()).instruments([rules("XBTUSD")]);
        let kraken = builder.stamps(Stamps::All).flight_recorder(64).build_cold().await.unwrap();
        let trade = async |orders: u64| {
            for _ in 0..orders {
                let order = NewOrder::limit(kraken.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000));
                let ack = kraken.place(&order.post_only()).await.unwrap();
                assert!(ack.order_id.as_str().starts_with("OID-"));
            }
        };
        trade(WARM_UP).await;
        let count = Count::begin();
        trade(ORDERS).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

/// What everything but the answer is in [`usdm`] and [`batch`].
const KEY: Key = Key::Hmac;
const WAITS: Waits = Waits::CurrentThread;

/// A body that cannot be decoded ends its connection: what is counted is the order and its share of the next handshake.
fn undecodable() -> [f64; 2] {
    const ORDERS: u64 = 50;
    let calls = current_thread().block_on(async {
        let answer = Answer::Undecodable;
        let environment = start(Wire::InPlace, answer);
        let credentials = Credentials::new("key", Key::Hmac.secret()).unwrap();
        let spot = Spot::builder(environment).credentials(credentials).doubts_max(1024).build_cold().await.unwrap();
        trade(&spot, ORDERS, answer).await;
        let count = Count::begin();
        trade(&spot, ORDERS, answer).await;
        count.end()
    });
    calls.map(|calls| calls as f64 / ORDERS as f64)
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn main() {
    controls();
    let mut table = String::from("| an order | heap calls in Rust | in C, Rust's included |\n| --- | --- | --- |\n");
    let mut print = |name: &str, [rust, c]: [f64; 2]| {
        println!("{name:<64} {rust:>8} {c:>8}");
        writeln!(table, "| {name} | {rust:.0} | {c:.0} |").unwrap();
    };
    println!("{:<64} {:>8} {:>8}", "heap calls per order", "Rust", "C");
    for wire in [Wire::Plain, Wire::InPlace] {
        for (key, answer) in [
            (Key::Hmac, Answer::Accepted),
            (Key::Hmac, Answer::Chunked),
            (Key::Hmac, Answer::Rejected),
            (Key::Hmac, Answer::InPieces),
            (Key::Ed25519, Answer::Accepted),
        ] {
            // Reading is the same code however it is waited for: the plainest order is waited for in every way.
            let plainest = matches!((key, answer), (Key::Hmac, Answer::Accepted));
            for waits in if plainest { &Waits::ALL[..] } else { &[Waits::CurrentThread, Waits::MultiThread] } {
                let calls = row(wire, key, answer, *waits);
                let name = format!("{}, {key:?} key, {answer:?}, {}", wire.name(), waits.name());
                print(&name, calls);
                assert_eq!(calls, [0.0, 0.0], "{name}");
            }
        }
    }
    for wire in [Wire::Plain, Wire::InPlace] {
        let calls = usdm(wire);
        let name = format!("{}, {KEY:?} key, USD-M futures, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
        let calls = batch(wire);
        let name = format!("{}, {KEY:?} key, five orders in one request, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    for (wire, several) in [(Wire::Plain, false), (Wire::InPlace, false), (Wire::InPlace, true)] {
        let calls = okx(wire, several);
        let what = if several { "twenty orders in one request" } else { "Accepted" };
        let name = format!("OKX, {}, {KEY:?} key, {what}, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    for (wire, several) in [(Wire::Plain, false), (Wire::InPlace, false), (Wire::InPlace, true)] {
        let calls = bitget(wire, several);
        let what = if several { "twenty orders in one request" } else { "Accepted" };
        let name = format!("Bitget Spot, {}, {KEY:?} key, {what}, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    for (market, what, wire, calls) in [
        ("Spot", "Accepted", Wire::Plain, bybit!(BybitSpot, Wire::Plain, 10, false)),
        ("Spot", "Accepted", Wire::InPlace, bybit!(BybitSpot, Wire::InPlace, 10, false)),
        ("linear contracts", "Accepted", Wire::InPlace, bybit!(BybitLinear, Wire::InPlace, 20, false)),
        (
            "linear contracts",
            "twenty orders in one request",
            Wire::InPlace,
            bybit!(BybitLinear, Wire::InPlace, 20, true),
        ),
    ] {
        let name = format!("Bybit {market}, {}, {KEY:?} key, {what}, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    for (wire, key, queries) in [
        (Wire::Plain, Key::Ed25519, false),
        (Wire::InPlace, Key::Ed25519, false),
        (Wire::InPlace, Key::P256, false),
        (Wire::InPlace, Key::Ed25519, true),
    ] {
        let calls = coinbase(wire, key, queries);
        let what = if queries { "a query, its token signed" } else { "Accepted, its token made ahead" };
        let name = format!("Coinbase, {}, {key:?} key, {what}, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    for wire in [Wire::Plain, Wire::InPlace] {
        let calls = kraken(wire);
        let name = format!("Kraken, {}, HMAC-SHA512 key, Accepted, {}", wire.name(), WAITS.name());
        print(&name, calls);
        assert_eq!(calls, [0.0, 0.0], "{name}");
    }
    // How often the C of a key allocates is the processor's to say, by which it chooses its code: those are told as ranges.
    let mut except = |what: String, [rust, c]: [f64; 2], told: [RangeInclusive<u32>; 2]| {
        let name = format!("exception: {what}");
        println!("{name:<64} {rust:>8} {c:>8}");
        for (calls, told) in [rust, c].into_iter().zip(&told) {
            let is_told = (f64::from(*told.start())..=f64::from(*told.end())).contains(&calls);
            assert!(
                is_told,
                "{name}: {calls} heap calls, {told:?} are told: if it is none any more, take it out of the docs"
            );
        }
        let [rust, c] = told.map(|told| match told.into_inner() {
            (few, many) if few == many => few.to_string(),
            (few, many) => format!("{few} to {many}"),
        });
        writeln!(table, "| {name} | {rust} | {c} |").unwrap();
    };
    let query = format!("Coinbase, {}, P256 key, a query, its token signed", Wire::InPlace.name());
    except(query, coinbase(Wire::InPlace, Key::P256, true), [3..=4, 15..=25]);
    for (wire, key, told) in [
        (Wire::InPlace, Key::Rsa, [1..=1, 30..=50]),
        (Wire::Buffered, Key::Hmac, [2..=2, 2..=2]),
        (Wire::KeyUpdates, Key::Hmac, [4..=4, 6..=6]),
    ] {
        let calls = row(wire, key, Answer::Accepted, Waits::CurrentThread);
        except(format!("{}, {key:?} key", wire.name()), calls, told);
    }
    let calls = undecodable();
    println!("{:<64} {:>8} {:>8}", "exception: undecodable body, reconnecting included", calls[0], calls[1]);

    let stands = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/zero_heap.md");
    if std::env::var_os("ORDERWIRE_BLESS").is_some() {
        std::fs::write(stands, &table).unwrap();
    }
    let documented = std::fs::read_to_string(stands).unwrap();
    assert_eq!(documented, table, "the table in docs/zero_heap.md is another: see this file's head");
}

/// What allocates once is seen, in Rust and in C.
fn controls() {
    let count = Count::begin();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(count.end(), [1, 1], "the control in Rust");
    let count = Count::begin();
    // SAFETY: asked for and not used; 16 bytes are left to the process's end.
    assert!(!std::hint::black_box(unsafe { libc_malloc(16) }).is_null());
    assert_eq!(count.end(), [0, 1], "the control in C");
}

unsafe extern "C" {
    #[link_name = "malloc"]
    fn libc_malloc(size: usize) -> *mut c_void;
}
