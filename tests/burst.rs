//! Orders at once: all requests go out before a reply is waited for, each order keeps its own fate.

mod peer;

use std::io::Write;
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use orderwire::venue::{Credentials, Environment};
use orderwire::{Busy, Deadline, Fate, RejectKind};
use orderwire_binance::{AckStage, NewOrder, Side, Spot, Symbol, blocking, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};
use peer::{Peer, read_request};

const SOON: Duration = Duration::from_secs(5);

macro_rules! builder {
    ($Spot:ty, $sim:expr, $slots:expr) => {
        <$Spot>::builder($sim.environment()).credentials($sim.credentials()).connections($slots).deadline(SOON)
    };
}

macro_rules! orders {
    ($spot:expr, $count:literal) => {
        [(); $count].map(|()| {
            NewOrder::limit($spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000))
        })
    };
}

#[tokio::test]
async fn more_orders_than_slots_are_all_placed_in_order() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = builder!(Spot, sim, 3).build().await.unwrap();
    for _ in 0..10 {
        let orders = orders!(spot, 7);
        let acks = spot.burst(&orders).await.map(Result::unwrap);
        assert_eq!(acks.map(|ack| ack.id), orders.map(|order| order.id));
        assert_eq!(spot.pool().available(), 3);
    }
    assert!(sim.ledger().len() == 70 && sim.ledger().iter().all(|record| record.received == 1));
    assert!(spot.burst(&[]).await.is_empty());
}

#[test]
fn without_a_runtime_too() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    let spot = builder!(blocking::Spot, sim, 3).spin(Duration::from_millis(1)).build().unwrap();
    let orders = orders!(spot, 7);
    let acks = spot.burst(&orders).map(Result::unwrap);
    assert_eq!(acks.map(|ack| (ack.id, ack.stage)), orders.map(|order| (order.id, AckStage::Working)));
}

#[tokio::test]
async fn each_order_has_its_own_fate() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    // One slot, so that it is known which order meets the fault.
    let spot = builder!(Spot, sim, 1).build().await.unwrap();
    let mut orders = orders!(spot, 4);
    // Refused by the venue, and refused before it is sent.
    orders[1].quantity = dec!(1000000);
    orders[2].quantity = dec!(-1);
    sim.next(Fault::CloseAfterAccept);
    let outcomes = spot.burst(&orders).await;
    let fates = outcomes.map(|outcome| outcome.map_err(|e| e.fate()).map(|ack| ack.id));
    assert_eq!(fates, [Err(Fate::Unknown), Err(Fate::Rejected), Err(Fate::NotSent), Ok(orders[3].id)]);
    assert_eq!(spot.in_doubt(), [orders[0].order()]);
}

/// A venue that answers none of them before it has all of them.
#[test]
fn all_requests_go_out_before_a_reply_is_waited_for() {
    const SLOTS: usize = 4;
    let together = Arc::new(Barrier::new(SLOTS));
    let server = Peer::plain(move |_, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            together.wait();
            let id = request.split("newClientOrderId=").nth(1).unwrap().split('&').next().unwrap();
            let body = format!("{{\"code\":-2010,\"msg\":\"no: {id}\"}}");
            write!(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let (done, finished) = mpsc::channel();
    let url = server.url();
    std::thread::spawn(move || {
        let credentials = Credentials::new("key", "secret").unwrap();
        let builder = blocking::Spot::builder(Environment::custom(&url, None).unwrap()).credentials(credentials);
        let spot = builder.connections(SLOTS).build_cold().unwrap();
        while spot.pool().available() < SLOTS {
            std::thread::sleep(Duration::from_millis(1));
        }
        let orders = orders!(spot, 4);
        let refused = spot.burst(&orders).map(|outcome| outcome.unwrap_err().to_string());
        let all_named = refused.iter().zip(&orders).all(|(text, order)| text.contains(order.id.as_str()));
        done.send(all_named).unwrap();
    });
    assert_eq!(finished.recv_timeout(SOON), Ok(true));
}

#[tokio::test]
async fn a_burst_that_finds_no_slot_by_its_deadline_is_not_sent() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = builder!(Spot, sim, 1).build().await.unwrap();
    let held = spot.pool().try_acquire().unwrap();
    let refused = spot.burst_by(&orders!(spot, 2), Deadline::after(Duration::from_millis(10))).await;
    for outcome in refused {
        let error = outcome.unwrap_err();
        assert_eq!(error, Busy::AllInUse { healthy: 1, healing: 0 }.into());
        assert_eq!((error.fate(), error.kind()), (Fate::NotSent, RejectKind::NotRejected));
    }
    drop(held);
    assert!(sim.ledger().is_empty() && spot.in_doubt().is_empty());
}
