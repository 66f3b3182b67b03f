//! The venue's rate limits: with them known no request is refused by the venue, and where one is, nothing goes on as before.

use std::time::{Duration, Instant};

use orderwire::venue::{LimitKind, Limits};
use orderwire::{Busy, Fate, RejectKind, RestError};
use orderwire_binance::blocking::{Spot, SpotBuilder};
use orderwire_binance::{NewOrder, Side, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

const TEN_SECONDS: Duration = Duration::from_secs(10);

fn venue() -> SimVenue {
    SimVenue::builder(Dialect::BinanceSpot).rate_limits(Dialect::BinanceSpot.limits()).start_blocking().unwrap()
}

fn builder(sim: &SimVenue) -> SpotBuilder {
    Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2)
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn order(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), symbol(), Side::Buy, dec!(0.001), dec!(20000))
}

/// Waits for the start of one of the venue's windows of ten seconds, unless this one has most of itself left.
fn in_a_fresh_window(spot: &Spot) {
    let now_ms = spot.server_time().unwrap().ms();
    let into = now_ms % 10_000;
    if into > 3_000 {
        std::thread::sleep(Duration::from_millis(10_000 - into + 20));
    }
}

#[test]
fn with_the_limits_known_the_venue_never_has_to_refuse() {
    let sim = venue();
    let spot = builder(&sim).build().unwrap();
    spot.instrument(symbol()).unwrap();
    in_a_fresh_window(&spot);
    let (mut placed, mut refused_here) = (Vec::new(), 0);
    for _ in 0..150 {
        match spot.place(&order(&spot)) {
            Ok(ack) => placed.push(ack),
            Err(RestError::Busy(Busy::OverLimit { kind, until })) => {
                let now = spot.server_time().unwrap();
                assert_eq!(kind, LimitKind::Orders);
                assert!(until.ms() % 10_000 == 0 && until > now && until.ms() - now.ms() <= 10_000, "{until} {now}");
                refused_here += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    // 100 in ten seconds, a tenth of them kept for cancels, which the venue does not count: nine tenths go out.
    assert_eq!((placed.len(), refused_here), (90, 60));
    for ack in &placed {
        spot.cancel(ack.order()).unwrap();
    }
    assert_eq!(sim.ledger().len(), 90);
    assert!(spot.in_doubt().is_empty());
    let left = spot.limits().left(LimitKind::Orders, TEN_SECONDS, spot.server_time().unwrap());
    assert_eq!(left, Some(10));
}

#[test]
fn clients_behind_one_address_share_what_there_is() {
    let sim = venue();
    let limits = Limits::new();
    let clients = [0, 1].map(|_| builder(&sim).limits(limits.clone()).build().unwrap());
    clients[0].instrument(symbol()).unwrap();
    in_a_fresh_window(&clients[0]);
    let placed = (0..150).filter(|n| clients[n % 2].place(&order(&clients[n % 2])).is_ok()).count();
    assert_eq!(placed, 90);
}

/// What others use is seen in the headers of our own replies.
#[test]
fn what_the_venue_counts_is_believed() {
    let sim = venue();
    let clients = [0, 1].map(|_| builder(&sim).build().unwrap());
    for client in &clients {
        client.instrument(symbol()).unwrap();
    }
    in_a_fresh_window(&clients[0]);
    for _ in 0..80 {
        clients[0].place(&order(&clients[0])).unwrap();
    }
    clients[1].place(&order(&clients[1])).unwrap();
    let left = clients[1].limits().left(LimitKind::Orders, TEN_SECONDS, clients[1].server_time().unwrap());
    assert_eq!(left, Some(19));
}

#[test]
fn a_refusal_for_too_many_holds_everything_until_the_venue_says() {
    let sim = venue();
    // Nothing is learned: the venue has to refuse.
    let spot = builder(&sim).build().unwrap();
    in_a_fresh_window(&spot);
    let error = (0..150).find_map(|_| spot.place(&order(&spot)).err()).unwrap();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::RateLimited), "{error}");
    let begun = Instant::now();
    let Err(RestError::Busy(Busy::Held { until })) = spot.place(&order(&spot)) else { panic!("not held") };
    // Nothing at all goes out: neither orders nor questions.
    for _ in 0..50 {
        assert!(matches!(spot.place(&order(&spot)), Err(RestError::Busy(Busy::Held { until: same })) if same == until));
        assert!(matches!(spot.ping(), Err(RestError::Busy(Busy::Held { .. }))));
    }
    // The hundred that fit, and the one that was refused.
    assert_eq!(sim.ledger().len(), 101);
    while let Err(error) = spot.place(&order(&spot)) {
        assert!(matches!(error, RestError::Busy(Busy::Held { .. })), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
