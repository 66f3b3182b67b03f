//! The pool, its connections and a venue's client without a runtime: the same promises, kept on the caller's own thread.

mod peer;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use orderwire::blocking::{ClientPool, ClientPoolBuilder};
use orderwire::error::Phase;
use orderwire::{Busy, CloseReason, Deadline, Fate, RestError, Verdict};
use orderwire_binance::blocking::Spot;
use orderwire_binance::{AckStage, NewOrder, OrderStatus, Side, Symbol, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};
use peer::{Authority, OK, Peer, answer, read_request};

const SOON: Duration = Duration::from_secs(5);

/// Parked, and spinning: in vain at first, then for longer than any reply here takes.
const SPINS: [Duration; 3] = [Duration::ZERO, Duration::from_micros(20), SOON];

fn pool(peer: &Peer) -> ClientPoolBuilder {
    ClientPool::builder().url(peer.url()).deadline(SOON).backoff_max(Duration::from_millis(20))
}

fn send(pool: &ClientPool, deadline: Deadline) -> Result<u16, RestError> {
    let mut slot = pool.acquire()?;
    let s = &mut *slot;
    let request = s.writer.post("/order").body("side=BUY").finish()?;
    s.conn.as_mut().unwrap().send_by(request, &mut s.reader, deadline).map(|response| response.status())
}

fn healed(pool: &ClientPool) {
    let start = Instant::now();
    while pool.available() < pool.capacity() {
        assert!(start.elapsed() < SOON, "did not heal: {pool:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn spot(sim: &SimVenue, spin: Duration) -> Spot {
    Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2).spin(spin).build().unwrap()
}

#[test]
fn orders_are_placed_queried_and_cancelled() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    for spin in SPINS {
        let spot = spot(&sim, spin);
        let btc = spot.instrument(Symbol::new("BTCUSDT").unwrap()).unwrap();
        for _ in 0..20 {
            let order = NewOrder::limit(spot.next_id(), btc.symbol, Side::Buy, dec!(0.001), dec!(20000)).post_only();
            let ack = spot.place(&order).unwrap();
            assert_eq!((ack.id, ack.stage), (order.id, AckStage::Working));
            assert_eq!(spot.query(ack.order()).unwrap().status, OrderStatus::New);
            spot.cancel(ack.order()).unwrap();
        }
        assert!(spot.clock_offset().is_some());
        assert_eq!(spot.close(Deadline::after(SOON)), []);
        let order = NewOrder::market(spot.next_id(), btc.symbol, Side::Buy, dec!(0.01));
        assert_eq!(spot.place(&order).unwrap_err(), Busy::Closed.into());
    }
    assert!(sim.ledger().iter().all(|record| record.received == 1));
    assert_eq!(sim.ledger().len(), 20 * SPINS.len());
}

#[test]
fn an_order_in_doubt_is_settled() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    for spin in SPINS {
        let spot = spot(&sim, spin);
        let order =
            NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000));
        sim.next(Fault::CloseAfterAccept);
        let error = spot.place(&order).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{error}");
        assert_eq!(spot.in_doubt().len(), 1);
        let verdict = spot.settle(order.order(), SOON).unwrap();
        assert!(matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New), "{verdict:?}");
        assert!(spot.in_doubt().is_empty());
    }
}

#[test]
fn silence_ends_at_the_deadline() {
    let server = Peer::plain(|_, mut stream| while read_request(&mut stream).is_some() {});
    for spin in SPINS {
        let pool = pool(&server).spin(spin).build().unwrap();
        let wanted = Duration::from_millis(60);
        let begun = Instant::now();
        let error = send(&pool, Deadline::after(wanted)).unwrap_err();
        let took = begun.elapsed();
        assert!(took >= wanted && took < wanted + SOON / 10, "{took:?}");
        match error {
            RestError::Conn(e) => {
                assert_eq!((e.phase, e.reason, e.fate), (Phase::Read, CloseReason::Deadline, Fate::Unknown));
            }
            other => panic!("{other:?}"),
        }
        healed(&pool);
    }
}

/// A peer that always has another byte ready holds a spinning or parked call no longer than a silent one.
#[test]
fn a_reply_that_never_ends_ends_at_the_deadline() {
    let server = Peer::plain(|_, mut stream| {
        while read_request(&mut stream).is_some() {
            if stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err() {
                return;
            }
            // Chunk extensions are thrown away as they come, so the reader never fills.
            while stream.write_all(b"1;").and_then(|()| stream.flush()).is_ok() {
                if stream.write_all(b"\r\nx\r\n").is_err() {
                    return;
                }
            }
        }
    });
    for spin in SPINS {
        let pool = pool(&server).spin(spin).response_bytes(1 << 24).build().unwrap();
        let begun = Instant::now();
        let error = send(&pool, Deadline::after(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{error}");
        assert!(begun.elapsed() < SOON / 5, "{:?}", begun.elapsed());
    }
}

#[test]
fn a_request_larger_than_the_kernels_buffer_waits_for_room() {
    let server = Peer::plain(|_, mut stream| {
        // Slow to read: the kernel's buffers fill up meanwhile.
        std::thread::sleep(Duration::from_millis(50));
        let mut all = vec![0; 1 << 16];
        let mut read = 0;
        while let Ok(bytes) = stream.read(&mut all) {
            read += bytes;
            if all[..bytes].ends_with(b"end") || bytes == 0 {
                break;
            }
        }
        assert!(read > 16_000);
        stream.write_all(OK).unwrap();
        std::thread::sleep(SOON);
    });
    let pool = pool(&server).sockets({
        let mut options = orderwire::SocketOptions::default();
        options.send_buffer_bytes = Some(2_048);
        options
    });
    let pool = pool.request_bytes(16_384).build().unwrap();
    let mut slot = pool.try_acquire().unwrap();
    let s = &mut *slot;
    let body = "x".repeat(16_000) + "end";
    let request = s.writer.post("/order").body(&body).finish().unwrap();
    assert_eq!(s.conn.as_mut().unwrap().send(request, &mut s.reader).unwrap().status(), 200);
}

#[test]
fn acquire_waits_for_another_thread_and_no_longer_than_its_deadline() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).build().unwrap();
    let held = pool.try_acquire().unwrap();
    let begun = Instant::now();
    let refused = pool.acquire_by(Deadline::after(Duration::from_millis(20))).unwrap_err();
    assert_eq!(refused, Busy::AllInUse { healthy: 1, healing: 0 }.into());
    assert!(begun.elapsed() >= Duration::from_millis(20));
    std::thread::scope(|threads| {
        threads.spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            drop(held);
        });
        drop(pool.acquire().unwrap());
    });
    // Many threads share the one slot, each as the others let it.
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..200).for_each(|_| assert_eq!(send(&pool, Deadline::after(SOON)).unwrap(), 200)));
        }
    });
    assert_eq!(server.connections(1), 1);
}

#[test]
fn an_end_at_rest_is_heard_while_nobody_looks() {
    let server = Peer::plain(|number, stream| {
        if number > 0 {
            answer(stream, OK)
        }
    });
    let pool = pool(&server).build().unwrap();
    // The first connection is closed at once by the server.
    let begun = Instant::now();
    while pool.counts().found_by_watch == 0 || pool.available() == 0 {
        assert!(begun.elapsed() < SOON, "{:?}", pool.counts());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(send(&pool, Deadline::after(SOON)).unwrap(), 200);
}

#[test]
fn slots_are_kept_warm_by_the_connectors_thread() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials());
    let spot = builder.keep_warm(Duration::from_millis(20)).build().unwrap();
    let begun = Instant::now();
    while spot.pool().counts().kept_warm < 3 {
        assert!(begun.elapsed() < SOON, "{:?}", spot.pool().counts());
        std::thread::sleep(Duration::from_millis(1));
    }
    // The connection went to the connector's runtime and came back each time.
    spot.ping().unwrap();
    assert_eq!(spot.pool().counts().connected, 1);
}

#[test]
fn works_over_tls_within_a_tokio_runtime_too() {
    let authority = Authority::new();
    let server = Peer::tls(authority.server.clone(), |_, stream| answer(stream, OK));
    let pool = ClientPool::builder().url(server.tls_url()).tls(&authority.trusted()).connections(8).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { (0..50).for_each(|_| assert_eq!(send(&pool, Deadline::after(SOON)).unwrap(), 200)) });
}

#[test]
fn a_rehearsal_sends_nothing_and_disturbs_nothing() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    let spot = spot(&sim, Duration::ZERO);
    let order = |id| NewOrder::limit(id, Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000));
    for round in 1..=50 {
        for _ in 0..3 {
            spot.rehearse(&order(spot.next_id())).unwrap();
        }
        assert!(spot.in_doubt().is_empty());
        spot.place(&order(spot.next_id())).unwrap();
        assert_eq!(sim.ledger().len(), round);
    }
    let unsigned = Spot::builder(sim.environment()).build().unwrap();
    let error = unsigned.rehearse(&order(unsigned.next_id())).unwrap_err();
    assert!(matches!(error, RestError::Build(_)), "{error}");
    assert!(unsigned.in_doubt().is_empty());
}
