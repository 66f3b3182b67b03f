//! A host whose clock is seconds off and drifts: the venue never refuses a timestamp, once its clock was read. And a venue whose clock is
//! set, or that answers wrong once.

mod peer;

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orderwire::blocking::VenueClient;
use orderwire::venue::{Credentials, Endpoint, Environment, ServerTime, Venue};
use orderwire::{Fate, NewOrder, OrderAck, RejectKind, Side, Symbol, Timestamp, dec};
use orderwire_binance::{SpotVenue, UsdmVenue};
use peer::{Peer, read_request};

/// Ten times what two plain quartzes may drift apart.
const DRIFT_PPM: i64 = 1_000;

/// What a request may be late, and how far ahead, as on the real venue: a host with more to do than it has processors for delays
/// some by a tenth of it, and that is not the clock's doing.
const RECV_WINDOW: Duration = Duration::from_secs(1);

/// What the client's clock may be wrong by most of the time.
const WRONG_MS_MAX: i64 = 100;

/// A venue's clock: off from the start, and going wrong.
struct VenueClock {
    start: Instant,
    ahead_ms: AtomicI64,
    /// How far it is off in its next answer alone.
    slip_ms: AtomicI64,
}

impl VenueClock {
    fn ahead(ms: i64) -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), ahead_ms: AtomicI64::new(ms), slip_ms: AtomicI64::new(0) })
    }

    fn now_ms(&self) -> u64 {
        let drifted_ms = i64::try_from(self.start.elapsed().as_millis()).unwrap() * DRIFT_PPM / 1_000_000;
        Timestamp::now().ms().checked_add_signed(self.ahead_ms.load(Ordering::Relaxed) + drifted_ms).unwrap()
    }
}

/// What a venue saw of its orders' timestamps.
#[derive(Default)]
struct Seen {
    refused: AtomicU32,
    /// How late each was.
    late_ms: Mutex<Vec<i64>>,
}

impl Seen {
    fn refused(&self) -> u32 {
        self.refused.load(Ordering::Relaxed)
    }
}

fn serve(mut stream: TcpStream, clock: &VenueClock, seen: &Seen) {
    while let Some(request) = read_request(&mut stream) {
        let now_ms = clock.now_ms();
        let value = |name: &str| request.split(name).nth(1).map(|rest| rest.split(['&', ' ']).next().unwrap());
        let (status, body) = match value("timestamp=") {
            None => {
                let told_ms = now_ms.checked_add_signed(clock.slip_ms.swap(0, Ordering::Relaxed)).unwrap();
                ("200 OK", format!("{{\"serverTime\":{told_ms}}}"))
            }
            Some(stamp) => {
                let late_ms = i64::try_from(now_ms).unwrap() - stamp.parse::<i64>().unwrap();
                seen.late_ms.lock().unwrap().push(late_ms);
                if u128::from(late_ms.unsigned_abs()) >= RECV_WINDOW.as_millis() {
                    seen.refused.fetch_add(1, Ordering::Relaxed);
                    (
                        "400 Bad Request",
                        r#"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#.to_owned(),
                    )
                } else {
                    let id = value("newClientOrderId=").unwrap();
                    let ack = format!(
                        "{{\"symbol\":\"BTCUSDT\",\"orderId\":1,\"clientOrderId\":\"{id}\",\"transactTime\":{now_ms},\"status\":\"NEW\"}}"
                    );
                    ("200 OK", ack)
                }
            }
        };
        // In one piece: the kernel would hold the second back.
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// A client whose clock differs from this venue's, trading for a while: no timestamp of its was refused.
fn trade<V: Venue>(ahead_ms: i64)
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let seen = Arc::new(Seen::default());
    let (sees, clock) = (Arc::clone(&seen), VenueClock::ahead(ahead_ms));
    let server = Peer::plain(move |_, stream| serve(stream, &clock, &sees));
    let builder = VenueClient::<V>::builder(Environment::custom(&server.url(), None).unwrap())
        .credentials(Credentials::new("key", "secret").unwrap())
        .connections(2)
        .recv_window(RECV_WINDOW)
        .keep_warm(Duration::from_millis(50));
    let client = builder.build().unwrap();
    let begun = Instant::now();
    let mut placed = 0;
    while begun.elapsed() < Duration::from_secs(3) {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let order = NewOrder::limit(client.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000));
        match client.place(&order) {
            Ok(_) => placed += 1,
            Err(error) => assert_eq!(error.fate(), Fate::NotSent, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(seen.refused(), 0, "{}: of {placed}, {ahead_ms} ms ahead", V::NAME);
    assert!(placed > 100, "{placed}");
    let offset = client.clock_offset().unwrap();
    assert!(offset.is_off_by_more_than(Duration::from_millis(2_900)), "{offset:?}");
    assert!((offset.offset_us / 1_000 - ahead_ms).abs() < WRONG_MS_MAX, "{offset:?}");
    // Of a delayed answer to the question for the time, half is a wrong clock until the next one; of a delayed order, all is late.
    let mut late_ms = seen.late_ms.lock().unwrap();
    late_ms.sort_unstable();
    let middle = late_ms[late_ms.len() / 2];
    assert!(middle.abs() < WRONG_MS_MAX, "{middle} ms late, {} at the earliest", late_ms[0]);
}

#[test]
fn no_timestamp_is_refused_once_the_venues_clock_was_read() {
    std::thread::scope(|scope| {
        for ahead_ms in [-3_000, 3_000] {
            scope.spawn(move || trade::<SpotVenue>(ahead_ms));
            scope.spawn(move || trade::<UsdmVenue>(ahead_ms));
        }
    });
}

#[test]
fn a_clock_that_is_set_is_followed_and_a_slip_is_not() {
    const HOURS_MS: i64 = 3 * 60 * 60 * 1_000;
    let (seen, clock) = (Arc::new(Seen::default()), VenueClock::ahead(0));
    let (sees, its) = (Arc::clone(&seen), Arc::clone(&clock));
    let server = Peer::plain(move |_, stream| serve(stream, &its, &sees));
    let builder = VenueClient::<SpotVenue>::builder(Environment::custom(&server.url(), None).unwrap());
    let builder = builder.credentials(Credentials::new("key", "secret").unwrap()).connections(1);
    let client = builder.recv_window(RECV_WINDOW).build().unwrap();
    let place = || {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        client.place(&NewOrder::limit(client.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000)))
    };
    let mut refusals = 0;
    for step_ms in [HOURS_MS, -2 * HOURS_MS, 3_000] {
        place().unwrap();
        clock.slip_ms.store(step_ms, Ordering::Relaxed);
        client.server_time().unwrap();
        assert_eq!(clock.slip_ms.load(Ordering::Relaxed), 0, "it was told");
        place().unwrap();
        assert_eq!(seen.refused(), refusals);

        clock.ahead_ms.fetch_add(step_ms, Ordering::Relaxed);
        assert_eq!(place().unwrap_err().kind(), RejectKind::Timestamp);
        refusals += 1;
        // A single look is enough.
        client.server_time().unwrap();
    }
    place().unwrap();
    assert_eq!(seen.refused(), refusals);
}
