//! Instructions in user space of an order and of its stages, for `.ci/instructions`, which runs each under callgrind and compares
//! it with the figure in `instructions.txt`.
//!
//! Isolates each stage behind a function of its own, [`measured`], outside of which nothing is counted: what a stage needs is
//! made ready before. The count moves with the code (and the compiler) and with nothing else, so a larger one is more work on an
//! order's path. It says little about time: callgrind's processor has neither SHA instructions nor AVX-512.
//!
//! | stage | from | to |
//! | --- | --- | --- |
//! | `build_and_sign` | a `NewOrder` | the bytes of its request, signed |
//! | `seal` | the request | its TLS record |
//! | `open` | the record with a reply's body, landed | a whole reply |
//! | `head` | a reply's bytes | status, framing, body |
//! | `decode` | the reply | an `OrderAck` |
//! | `plain`, `tls` | `place` of the blocking twin | its `OrderAck`, parked while it waits |
//! | `tokio_plain`, `tokio_tls` | `place` on tokio, in its runtime | the same |
//!
//! A spin's empty reads have no number of their own: a spin that finds the reply at once does less than these. With `spinning`
//! behind its name each of the last two lines spins, with `rested` a few orders follow, each after a rest: that is for `.ci/syscalls`,
//! which counts the system calls of all of them.
//!
//! `cargo bench --features internals --bench instructions -- STAGE` runs one; alone it measures nothing.

mod echo_venue;

use std::hint::black_box;
use std::time::Duration;

use echo_venue::{CLIENT, Venue, stay_on};
use orderwire::http::response::{Progress, RESPONSE_BYTES_DEFAULT, ResponseReader};
use orderwire::internals;
use orderwire::venue::Endpoint;
use orderwire_binance::spot::SpotVenue;
use orderwire_binance::{
    ClientOrderId, Credentials, Environment, NewOrder, Side, Spot, Symbol, Timestamp, blocking, dec,
};

/// How often a stage is done uncounted, and then counted.
const WARM_UP: usize = 50;
const ROUNDS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let is_asked = |mode: &str| arguments.iter().any(|argument| argument == mode);
    let spin = if is_asked("spinning") { SPIN } else { Duration::ZERO };
    let mode = Mode { spin, is_rested: is_asked("rested") };
    match arguments.first().map(String::as_str) {
        Some("build_and_sign") => build_and_sign(),
        Some("seal") => seal(),
        Some("open") => open(),
        Some("head") => head(),
        Some("decode") => decode(),
        Some("plain") => place_blocking(false, mode),
        Some("tls") => place_blocking(true, mode),
        Some("tokio_plain") => place(false, mode),
        Some("tokio_tls") => place(true, mode),
        _ => println!("{STAGES}"),
    }
}

/// How whole orders are placed.
#[derive(Clone, Copy)]
struct Mode {
    spin: Duration,
    /// Whether each comes after a rest, and none is counted.
    is_rested: bool,
}

/// Orders that come after a rest each.
const RESTED: usize = 8;

/// Long enough for a connection to be watched again: it is looked for twice a second, and has rested a tenth of one before.
const REST: Duration = Duration::from_millis(900);

/// Long enough for any reply.
const SPIN: Duration = Duration::from_secs(10);

const STAGES: &str = "build_and_sign seal open head decode plain tls tokio_plain tokio_tls";

/// What stands inside is counted, and nothing else.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Does a round so often without counting, and then so often that its counted part gives [`ROUNDS`] in all.
fn rounds(mut round: impl FnMut(bool)) {
    for count in 0..WARM_UP + ROUNDS {
        round(count >= WARM_UP);
    }
}

/// Rounds of whole orders.
fn orders(mode: Mode, mut round: impl FnMut(bool)) {
    if !mode.is_rested {
        return rounds(round);
    }
    for _ in 0..RESTED {
        std::thread::sleep(REST);
        round(false);
    }
}

/// `work`, counted or not.
fn counted_if<T>(counted: bool, work: impl FnOnce() -> T) -> T {
    if counted { measured(work) } else { work() }
}

const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const RECV_WINDOW: Duration = Duration::from_millis(5_000);

fn order(id: ClientOrderId) -> NewOrder {
    NewOrder::limit(id, Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000.01))
}

fn id() -> ClientOrderId {
    ClientOrderId::new(&"x".repeat(echo_venue::ID_BYTES)).unwrap()
}

fn credentials() -> Credentials {
    Credentials::new(KEY, SECRET).unwrap()
}

fn build_and_sign() {
    let mut spot = Spot::builder(Environment::Testnet)
        .credentials(credentials())
        .recv_window(RECV_WINDOW)
        .fixed_clock(Timestamp::from_ms(1_499_827_319_559))
        .dry_run()
        .unwrap();
    let order = order(id());
    rounds(|counted| {
        counted_if(counted, || _ = black_box(spot.request(black_box(&order)).unwrap()));
    });
}

fn request() -> Vec<u8> {
    let mut spot = Spot::builder(Environment::Testnet).credentials(credentials()).dry_run().unwrap();
    spot.request(&order(id())).unwrap().as_bytes().to_vec()
}

fn reply() -> Vec<u8> {
    echo_venue::REPLY.replace("ID", &"x".repeat(echo_venue::ID_BYTES)).into_bytes()
}

fn seal() {
    let (mut client, _) = internals::rehearse(0);
    let request = request();
    rounds(|counted| {
        counted_if(counted, || {
            black_box(client.seal(black_box(&request)).unwrap());
            client.sent();
        });
    });
}

fn open() {
    let (mut client, mut peer) = internals::rehearse(0);
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let reply = reply();
    let body_at = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = reply.split_at(body_at);
    rounds(|counted| {
        client.seal(b"x").unwrap();
        client.sent();
        reader.start(false).unwrap();
        let [head, body] = [head, body].map(|part| peer.record(internals::DATA, part, 0));
        assert_eq!(client.receive(&head, &mut reader), Ok(Progress::NeedMore));
        let progress = counted_if(counted, || client.receive(black_box(&body), &mut reader));
        assert_eq!(progress, Ok(Progress::Complete));
    });
}

fn head() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let reply = reply();
    rounds(|counted| {
        reader.start(false).unwrap();
        reader.spare()[..reply.len()].copy_from_slice(&reply);
        let progress = counted_if(counted, || reader.advance(black_box(reply.len())));
        assert_eq!(progress, Ok(Progress::Complete));
    });
}

fn decode() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let reply = reply();
    let response = reader.replay(&reply).unwrap();
    let order = order(id());
    rounds(|counted| {
        let decode = || <NewOrder as Endpoint<SpotVenue>>::decode(black_box(&order), black_box(&response));
        assert!(counted_if(counted, decode).is_ok());
    });
}

fn environment(venue: &Venue) -> Environment {
    Environment::custom(&venue.url, venue.ca_pem.as_deref().map(str::as_bytes)).unwrap()
}

fn place_blocking(tls: bool, mode: Mode) {
    stay_on(CLIENT);
    let venue = Venue::start(tls);
    let spot = blocking::Spot::builder(environment(&venue)).credentials(credentials()).recv_window(RECV_WINDOW);
    let spot = spot.spin(mode.spin).build_cold().unwrap();
    orders(mode, |counted| {
        let order = order(spot.next_id());
        counted_if(counted, || _ = black_box(spot.place(black_box(&order)).unwrap()));
    });
}

fn place(tls: bool, mode: Mode) {
    stay_on(CLIENT);
    let venue = Venue::start(tls);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spot = Spot::builder(environment(&venue)).credentials(credentials()).recv_window(RECV_WINDOW);
    let spot = runtime.block_on(spot.spin(mode.spin).build_cold()).unwrap();
    orders(mode, |counted| {
        let order = order(spot.next_id());
        counted_if(counted, || runtime.block_on(async { _ = black_box(spot.place(black_box(&order)).await.unwrap()) }));
    });
}
