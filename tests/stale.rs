//! An order that has grown older than the venue takes it is not sent: a fresh timestamp would let it count, at a price that is old.

mod peer;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use orderwire::latency::Stamps;
use orderwire::venue::{BuildError, Credentials, Draft, Endpoint, Environment, Request, Response, Timestamp, Window};
use orderwire::{
    Busy, ConnError, Deadline, Fate, Method, NewOrder, OrderAck, OrderRef, RestError, Side, SocketOptions, Symbol, dec,
};
use orderwire_binance::{Spot, SpotBuilder, SpotVenue};
use orderwire_sim::{Dialect, SimVenue};
use peer::{Peer, read_request};

/// How long the venue takes an order, and how long the tests keep one from going out.
const WINDOW: Duration = Duration::from_millis(150);
const DELAY: Duration = Duration::from_millis(400);

const LATE: Duration = Duration::from_secs(10);

fn order(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000))
}

async fn simulated() -> (SimVenue, Spot) {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials());
    let spot = builder.connections(1).deadline(LATE).recv_window(WINDOW).build().await.unwrap();
    (sim, spot)
}

fn at(peer: &Peer) -> SpotBuilder {
    let credentials = Credentials::new("key", "secret").unwrap();
    let builder = Spot::builder(Environment::custom(&peer.url(), None).unwrap()).credentials(credentials);
    builder.connections(1).deadline(LATE).recv_window(WINDOW)
}

/// Its age is what it has waited, its life the receive window: the deadline is far off.
fn assert_stale<T: std::fmt::Debug>(outcome: Result<T, RestError>) {
    let error = outcome.unwrap_err();
    let RestError::Busy(Busy::Stale { age, life }) = error else { panic!("{error}") };
    assert!(age >= WINDOW && life == WINDOW, "{error}");
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains("recv_window"), "{error}");
}

#[tokio::test]
async fn an_order_that_has_waited_for_a_slot_for_longer_than_its_window_is_not_sent() {
    let (sim, spot) = simulated().await;
    let held = spot.pool().try_acquire().unwrap();
    let (outcome, asked, ()) = tokio::join!(
        async { spot.place(&order(&spot)).await },
        // No order: a question is as good as ever.
        async { spot.open_orders(None).await },
        async {
            tokio::time::sleep(DELAY).await;
            drop(held);
        }
    );
    assert_stale(outcome);
    assert!(asked.unwrap().is_empty());
    assert!(sim.ledger().is_empty() && spot.in_doubt().is_empty());

    // A short wait is none, and a longer window takes longer ones.
    spot.place(&order(&spot)).await.unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials());
    let patient = builder.connections(1).deadline(LATE).recv_window(LATE).build().await.unwrap();
    let held = patient.pool().try_acquire().unwrap();
    let (outcome, ()) = tokio::join!(async { patient.place(&order(&patient)).await }, async {
        tokio::time::sleep(DELAY).await;
        drop(held);
    });
    outcome.unwrap();
}

/// The first connection ends after its first exchange; the next takes its time.
#[tokio::test]
async fn an_order_that_has_waited_for_a_connection_for_longer_than_its_window_is_not_sent() {
    let (saw, seen) = mpsc::channel();
    let peer = Peer::plain(move |number, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            if request.starts_with("POST") {
                saw.send(()).unwrap();
            }
            if number > 0 {
                std::thread::sleep(DELAY);
            }
            let body = format!("{{\"serverTime\":{}}}", Timestamp::now().ms());
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            if number == 0 {
                return;
            }
        }
    });
    let spot = at(&peer).build().await.unwrap();
    while spot.pool().available() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_stale(spot.place(&order(&spot)).await);
    assert!(seen.try_recv().is_err() && spot.in_doubt().is_empty());
}

/// One slot, so that the later orders wait for the answer to the first.
#[tokio::test]
async fn the_rest_of_a_burst_that_is_too_slow_is_not_sent() {
    let peer = Peer::plain(|_, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            std::thread::sleep(DELAY);
            let id = request.split("newClientOrderId=").nth(1).unwrap().split('&').next().unwrap();
            let body = format!(r#"{{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"{id}","status":"NEW"}}"#);
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let spot = at(&peer).build_cold().await.unwrap();
    let [first, second, third] = spot.burst(&[order(&spot), order(&spot), order(&spot)]).await;
    first.unwrap();
    assert_stale(second);
    assert_stale(third);
    assert!(spot.in_doubt().is_empty());
}

/// An order as only this test sends one.
struct Odd {
    order: NewOrder,
    /// How long it takes to sign: a key may be in another device.
    signs_for: Duration,
    /// So much more is sent with it.
    more: usize,
}

impl Endpoint<SpotVenue> for Odd {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order";

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self.order.order())
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        std::thread::sleep(self.signs_for);
        if self.more == 0 {
            return self.order.encode(venue, draft, window);
        }
        let mut draft = draft.query();
        draft.put("more=").put("x".repeat(self.more).as_bytes());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        Endpoint::<SpotVenue>::decode(&self.order, response)
    }
}

#[tokio::test]
async fn an_order_that_took_too_long_to_sign_is_not_sent() {
    let (sim, spot) = simulated().await;
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials()).pool(|pool| pool.stamps(Stamps::Off));
    let unstamped = builder.connections(1).deadline(LATE).recv_window(WINDOW).build().await.unwrap();
    for spot in [spot, unstamped] {
        let slow = Odd { order: order(&spot), signs_for: DELAY, more: 0 };
        assert_stale(spot.call(&slow).await);
        assert!(sim.ledger().is_empty() && spot.in_doubt().is_empty());
        assert_eq!(spot.pool().available(), 1, "its connection is as it was");
    }
}

/// Buffers on the way are full, and the venue reads on when it is too late.
#[tokio::test]
async fn an_order_that_the_kernel_does_not_take_in_time_does_not_arrive_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&listener, 2_048).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, arrived) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
        std::thread::sleep(2 * DELAY);
        let (mut all, mut some) = (0, [0; 4_096]);
        while let Ok(bytes @ 1..) = stream.read(&mut some) {
            all += bytes;
        }
        told.send(all).unwrap();
    });
    let credentials = Credentials::new("key", "secret").unwrap();
    let builder = Spot::builder(Environment::custom(&url, None).unwrap()).credentials(credentials);
    let mut small = SocketOptions::default();
    small.send_buffer_bytes = Some(2_048);
    let builder = builder.connections(1).deadline(LATE).recv_window(WINDOW);
    let spot = builder.pool(move |pool| pool.sockets(small)).build_cold().await.unwrap();
    let large = Odd { order: order(&spot), signs_for: Duration::ZERO, more: 15_000 };
    let begun = Instant::now();
    let error = spot.call_by(&large, Deadline::after(LATE)).await.unwrap_err();
    assert!(begun.elapsed() < 2 * DELAY, "{:?}", begun.elapsed());
    assert!(matches!(error, RestError::Conn(ConnError { .. })), "{error}");
    // It is plain HTTP: nobody can say what a venue makes of a part.
    assert_eq!((error.fate(), spot.in_doubt().len()), (Fate::Unknown, 1));
    drop(spot);
    assert!(arrived.recv_timeout(LATE).unwrap() < 15_000);
}
