//! What a client tells of its own latency, against what really went out: the simulated venue's ledger and an own clock.

use std::time::{Duration, Instant};

use orderwire::client::LatencySnapshot;
use orderwire::client::latency::SpanCounts;
use orderwire::latency::{Stage, Stamps};
use orderwire::venue::Credentials;
use orderwire::{Deadline, Fate, OrderRef};
use orderwire_binance::{NewOrder, Side, Spot, Symbol, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};

fn order(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000)).post_only()
}

/// Endpoint, accepted, rejected, not sent, unknown; of all slots together.
fn outcomes(snapshot: &LatencySnapshot) -> Vec<(String, [u64; 4])> {
    let mut told: Vec<(String, [u64; 4])> = Vec::new();
    for lane in &snapshot.lanes {
        let name = lane.endpoint.to_string();
        let at = told.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            told.push((name, [0; 4]));
            told.len() - 1
        });
        let o = lane.outcomes;
        for (sum, count) in told[at].1.iter_mut().zip([o.accepted, o.rejected, o.not_sent, o.unknown]) {
            *sum += count;
        }
    }
    told
}

#[tokio::test]
async fn all_nine_stages_by_endpoint_and_slot() {
    const ORDERS: u64 = 200;
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2).stamps(Stamps::All);
    let spot = builder.build().await.unwrap();
    assert!(spot.latency().snapshot().lanes.is_empty(), "the exchange that warms a slot is not measured");
    let mut own = Vec::new();
    for _ in 0..ORDERS {
        let begun = Instant::now();
        let ack = spot.place(&order(&spot)).await.unwrap();
        own.push(begun.elapsed());
        spot.cancel(ack.order()).await.unwrap();
    }
    let snapshot = spot.latency().take();
    assert_eq!(
        outcomes(&snapshot),
        [("POST:/order".to_owned(), [ORDERS, 0, 0, 0]), ("DELETE:/order".to_owned(), [ORDERS, 0, 0, 0])]
    );
    let lane = &snapshot.lanes[0];
    assert!(lane.endpoint.makes_orders && !snapshot.lanes[1].endpoint.makes_orders);
    assert_eq!(lane.spans.len(), Stage::ALL.len());
    let sum = |counts: &SpanCounts| -> f64 {
        assert_eq!(counts.total(), ORDERS, "{}", counts.span().name);
        counts.bins().map(|(low, high, count)| f64::midpoint(low as f64, high as f64) * count as f64).sum()
    };
    let (whole, parts) = (sum(&lane.spans[0]), lane.spans[1..].iter().map(sum).sum::<f64>());
    assert!((parts / whole - 1.0).abs() < 0.01, "the spans make up the whole: {parts} of {whole}");
    // An own clock around the same calls sees a little more of each.
    own.sort_unstable();
    let own_ns = own[own.len() / 2].as_nanos() as f64;
    let mut seen = 0;
    let middle = lane.spans[0].bins().find(|(_, _, count)| {
        seen += count;
        seen > ORDERS / 2
    });
    let told_ns = middle.unwrap().0 as f64;
    assert!(told_ns < own_ns * 1.01 && told_ns > own_ns * 0.8, "{told_ns} against {own_ns} ns by another clock");

    let both = [order(&spot), order(&spot)];
    for outcome in spot.burst(&both).await {
        outcome.unwrap();
    }
    let slots: Vec<_> = spot.latency().take().lanes.iter().map(|lane| (lane.slot, lane.outcomes.accepted)).collect();
    assert_eq!(slots, [(0, 1), (1, 1)], "a burst uses both slots");
    assert!(spot.latency().take().lanes.is_empty());
}

#[tokio::test]
async fn failures_are_counted_apart() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    spot.place(&order(&spot)).await.unwrap();
    // Rejected, unknown, and nothing sent.
    let nobody = OrderRef::by_id(Symbol::new("BTCUSDT").unwrap(), spot.next_id());
    assert_eq!(spot.cancel(nobody).await.unwrap_err().fate(), Fate::Rejected);
    let past = Deadline::after(Duration::ZERO);
    assert_eq!(spot.place_by(&order(&spot), past).await.unwrap_err().fate(), Fate::NotSent);
    while spot.pool().available() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    sim.next(Fault::CloseAfterAccept);
    assert_eq!(spot.place(&order(&spot)).await.unwrap_err().fate(), Fate::Unknown);
    let snapshot = spot.latency().snapshot();
    assert_eq!(
        outcomes(&snapshot),
        [("POST:/order".to_owned(), [1, 0, 1, 1]), ("DELETE:/order".to_owned(), [0, 1, 0, 0])]
    );
    assert_eq!(snapshot.lanes[0].spans[0].total(), 1, "times are those of accepted requests alone");
}

#[tokio::test]
async fn off_is_off() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials()).stamps(Stamps::Off);
    let spot = builder.build().await.unwrap();
    spot.place(&order(&spot)).await.unwrap();
    let snapshot = spot.latency().snapshot();
    assert_eq!(outcomes(&snapshot), [("POST:/order".to_owned(), [1, 0, 0, 0])]);
    assert!(snapshot.lanes[0].spans.is_empty());
    assert!(spot.flight_recorder().is_none());
}

/// Nothing of the account is in what is dumped, whatever it signs with.
#[tokio::test]
async fn the_flight_recorder_masks_key_and_signature() {
    const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    let secrets = [
        ("hmac", "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"),
        ("ed25519", include_str!("keys/ed25519.pem")),
        ("rsa", include_str!("keys/rsa_2048.pem")),
    ];
    for (name, secret) in secrets {
        // Whether the venue likes the signature is nothing to the recorder.
        let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
        let builder = Spot::builder(sim.environment()).credentials(Credentials::new(KEY, secret).unwrap());
        let spot = builder.flight_recorder(3).build().await.unwrap();
        for _ in 0..5 {
            assert!(spot.place(&order(&spot)).await.is_err(), "an account that the venue does not know");
        }
        let recorder = spot.flight_recorder().unwrap();
        let records = recorder.dump();
        assert_eq!((records.len(), recorder.missed()), (3, 0), "the last three");
        assert!(records.is_sorted_by_key(|record| record.at));
        for record in &records {
            let text = format!("{record}\n{record:?}");
            assert!(text.contains("symbol=BTCUSDT&side=BUY") && text.contains("signature=***"), "{name}: {text}");
            assert!(text.contains("X-MBX-APIKEY: ***") && text.contains("-2015"), "{name}: {text}");
            assert!(record.error.as_ref().is_some_and(|error| error.contains("2015")), "{name}: {record}");
            for part in KEY.as_bytes().windows(12) {
                assert!(!text.contains(std::str::from_utf8(part).unwrap()), "{name}: part of the key in {text}");
            }
            let longest = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max().unwrap();
            assert!(longest < 40, "{name}: a run of {longest} in {text}");
        }
        assert!(!format!("{recorder:?}{spot:?}").contains("symbol"));
    }
}

#[tokio::test]
async fn a_recorder_without_room_is_refused() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let builder = || Spot::builder(sim.environment()).credentials(sim.credentials());
    for entries in [0, 65_537] {
        let error = builder().flight_recorder(entries).build().await.unwrap_err().to_string();
        assert!(error.contains("flight_recorder"), "{error}");
    }
}
