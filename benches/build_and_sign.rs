//! The same limit order, written and signed by the typed path of each venue that signs with HMAC-SHA256.
//!
//! Isolates what lies between a `NewOrder` and the bytes of its request: the fields, the digits, the hash, the signature's text. No
//! socket, no TLS. Venues sign texts of different length, so the nanoseconds are told for each byte signed too: a venue whose number
//! is far above the others' writes or hashes something twice. The reading of the clock, which every call has, is in all of them.
//!
//! Blocks are interleaved, so that what the machine does meanwhile falls on all; a ratio is the median of those of the rounds.
//!
//! `cargo bench --bench build_and_sign`; for figures `chrt -f 10` before the program that it names.
//!
//! rustc 1.95, 2026-11-26, ns a request, and for each byte signed over Binance Spot's: the fastest run, and from the least to the greatest
//! ratio of twelve before, on an AMD EPYC (family 25), and of sixteen after, on an Intel Xeon (family 6, model 207), in the slow states of
//! either too. In turn on the Xeon the present program takes 0.90 (Binance Spot), 0.88 (Bitget), 0.83 (Bybit) and 0.85 (OKX) of the former.
//!
//! | venue | signed, bytes | before | after |
//! | --- | --- | --- | --- |
//! | Binance Spot | 161 | 305 | 288 |
//! | Binance USD-M futures | 161 | 318; 1.02 to 1.06 | 294; 1.02 to 1.03 |
//! | Bitget Spot | 232 | 449; 1.02 to 1.07 | 414; 0.97 to 1.00 |
//! | Bybit Spot | 208 | 455; 1.15 to 1.23 | 397; 1.03 to 1.07 |
//! | OKX | 172 | 381; 1.16 to 1.21 | 340; 1.10 to 1.14 |
//!
//! "After" hashes a text where it stands. A copy that gathers it reads, wide, what was just written a few bytes at a time, and the
//! processor waits until all of that has gone to memory; so it did for the words of a copied decimal. What does not wait for the
//! signature is written while it is computed. What is left of OKX's ratio is in its text: Binance's begins alike for every order of an
//! instrument, and the state after its first 64 bytes is kept (a block takes 33 ns), OKX's begins with the time, as a date.
//! `exchanges/README.md` says what was tried on that.

use std::hint::black_box;
use std::time::Instant;

use orderwire::venue::{Credentials, Endpoint, Environment, Venue, VenueClient};
use orderwire::{ClientOrderId, NewOrder, Side, Symbol, Timestamp, dec};

/// Rounds of one block of each, and requests in a block.
const ROUNDS: usize = 400;
const REQUESTS: usize = 1_000;

/// As long as each other: what stands in a request and in a signed text beside the order is then the venue's own.
const KEY: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3";
const SECRET: &str = "UZjInClVN65XAbvqqM6A7H5fATj0jvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0";
const NOW_MS: u64 = 1_764_131_400_123;

fn main() {
    let mut contenders = [
        contender::<orderwire_binance::SpotVenue>("BTCUSDT", query_signed),
        contender::<orderwire_binance::UsdmVenue>("BTCUSDT", query_signed),
        contender::<orderwire_bitget::SpotVenue>("BTCUSDT", |request| {
            head_and_body_signed(request, "ACCESS-TIMESTAMP")
        }),
        contender::<orderwire_bybit::SpotVenue>("BTCUSDT", bybit_signed),
        contender::<orderwire_okx::OkxVenue>("BTC-USDT", |request| {
            head_and_body_signed(request, "OK-ACCESS-TIMESTAMP")
        }),
    ];
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS + WARM_UP {
        let times = contenders.each_mut().map(|contender| {
            let start = Instant::now();
            (contender.block)();
            start.elapsed().as_secs_f64() * 1e9 / REQUESTS as f64
        });
        if round >= WARM_UP {
            rounds.push(times);
        }
    }
    println!("A limit order written and signed, medians of {ROUNDS} interleaved blocks of {REQUESTS}");
    println!(
        "| venue | request, bytes | signed, bytes | ns | ns a byte signed | over Binance Spot's | 90 of 100 blocks within |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let first = contenders[0].signed as f64;
    for (place, Contender { name, bytes, signed, .. }) in contenders.iter().enumerate() {
        let ns = sorted(rounds.iter().map(|times| times[place]));
        let ratios = sorted(rounds.iter().map(|times| (times[place] / *signed as f64) / (times[0] / first)));
        let at = |percent: usize| ratios[(ROUNDS - 1) * percent / 100];
        let median = ns[ROUNDS / 2];
        println!(
            "| {name} | {bytes} | {signed} | {median:.0} | {:.2} | {:.2} | {:.2} to {:.2} |",
            median / *signed as f64,
            at(50),
            at(5),
            at(95)
        );
    }
}

/// Rounds before the first that counts.
const WARM_UP: usize = 20;

struct Contender {
    name: &'static str,
    /// How long the whole request is.
    bytes: usize,
    /// How much of it, and of what stands with it, is signed.
    signed: usize,
    block: Box<dyn FnMut()>,
}

fn contender<V: Venue>(symbol: &str, signed: fn(&str) -> usize) -> Contender
where
    NewOrder: Endpoint<V>,
{
    let symbol = Symbol::new(symbol).unwrap();
    // Each order of a block has an id of its own.
    let order = |number| {
        let id = ClientOrderId::new(&format!("ow1a2b3c4d{number:04}")).unwrap();
        NewOrder::limit(id, symbol, Side::Buy, dec!(0.00123), dec!(64250.1))
    };
    let orders: Vec<_> = (0..REQUESTS).map(order).collect();
    let credentials = Credentials::new(KEY, SECRET).unwrap().with_passphrase("passphrase").unwrap();
    let builder = VenueClient::<V>::builder(Environment::Live).credentials(credentials);
    let mut dry = builder.fixed_clock(Timestamp::from_ms(NOW_MS)).dry_run().unwrap();
    let request = String::from_utf8(dry.request(&orders[0]).unwrap().as_bytes().to_vec()).unwrap();
    let block = move || {
        for order in &orders {
            black_box(dry.request(black_box(order)).unwrap());
        }
    };
    Contender { name: V::NAME, bytes: request.len(), signed: signed(&request), block: Box::new(block) }
}

/// Binance signs the query.
fn query_signed(request: &str) -> usize {
    let target = request.split(' ').nth(1).unwrap();
    target.split_once('?').unwrap().1.rsplit_once("&signature=").unwrap().0.len()
}

/// OKX and Bitget sign timestamp, method, target and body.
fn head_and_body_signed(request: &str, timestamp: &str) -> usize {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line: usize = head.split(' ').take(2).map(str::len).sum();
    header(head, timestamp) + line + body.len()
}

/// Bybit signs timestamp, key, window and body.
fn bybit_signed(request: &str) -> usize {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let lead = ["X-BAPI-TIMESTAMP", "X-BAPI-API-KEY", "X-BAPI-RECV-WINDOW"].map(|name| header(head, name));
    lead.iter().sum::<usize>() + body.len()
}

fn header(head: &str, name: &str) -> usize {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap().len()
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}
