//! What stands between a strategy and its mistakes: rules, a reserve for cancels, a dead man's switch; and one trait over all venues.

use std::time::{Duration, Instant};

use orderwire::venue::{DeadMansSwitch, OrderEntry, RuleBreach};
use orderwire::{Busy, Fate, OrderStatus, RestError};
use orderwire_binance::{NewOrder, Side, Spot, SpotBuilder, Symbol, Usdm, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};

fn builder(sim: &SimVenue) -> SpotBuilder {
    Spot::builder(sim.environment()).credentials(sim.credentials())
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn bid(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), symbol(), Side::Buy, dec!(0.001), dec!(20000))
}

#[tokio::test]
async fn an_order_that_breaks_a_rule_is_not_sent() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let rules = builder(&sim).build().await.unwrap().instrument(symbol()).await.unwrap();
    let spot = builder(&sim).instruments([rules]).build().await.unwrap();
    let mut off_tick = bid(&spot);
    off_tick.price = Some(dec!(20000.001));
    let error = spot.place(&off_tick).await.unwrap_err();
    assert!(matches!(error, RestError::Rule(RuleBreach::OffTick { .. })), "{error}");
    assert_eq!(error.fate(), Fate::NotSent);
    assert_eq!(
        error.to_string(),
        "not sent: the price 20000.001 is no multiple of the tick size 0.01: price_down(..) gives 20000, price_up(..) a tick more"
    );
    assert!(spot.test_place(&off_tick).await.is_err_and(|error| error.fate() == Fate::NotSent));
    assert!(spot.in_doubt().is_empty() && sim.ledger().is_empty());
    // Others go out unchecked: the venue has the last word.
    let mut other = bid(&spot);
    (other.symbol, other.price) = (Symbol::new("ETHUSDT").unwrap(), Some(dec!(1000.001)));
    assert_eq!(spot.place(&other).await.unwrap_err().fate(), Fate::Rejected);
    spot.place(&bid(&spot)).await.unwrap();
}

#[tokio::test]
async fn a_cancel_finds_a_slot_when_all_are_in_use() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot =
        builder(&sim).connections(2).reserve_for_cancels().deadline(Duration::from_millis(200)).build().await.unwrap();
    let ack = spot.place(&bid(&spot)).await.unwrap();
    let _held = [0, 1].map(|_| spot.pool().try_acquire().unwrap());
    let busy = spot.place(&bid(&spot)).await.unwrap_err();
    assert_eq!(busy, Busy::AllInUse { healthy: 2, healing: 0 }.into());
    spot.cancel(ack.order()).await.unwrap();
    // Whatever else there is to cancel: the reserve answers, and says that there is nothing.
    assert_eq!(spot.cancel_all(symbol()).await.unwrap_err().fate(), Fate::Rejected);
}

/// Written against the trait alone, as a strategy is.
async fn quote<V: OrderEntry>(venue: V, symbol: Symbol) -> Result<(), RestError> {
    let rules = venue.instrument(symbol).await?;
    let bid = rules.price_down(venue.top_of_book(symbol).await?.bid * dec!(0.98));
    let order = NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(bid), bid);
    for _ in 0..3 {
        let ack = match venue.try_acquire() {
            Some(mut slot) => venue.place_on(&mut slot, &order.with_id(venue.next_id())).await?,
            None => venue.place(&order.with_id(venue.next_id())).await?,
        };
        assert_eq!(venue.open_orders(Some(symbol)).await?.len(), 1);
        venue.cancel(ack.order()).await?;
    }
    assert_eq!(venue.close(orderwire::Deadline::after(Duration::from_secs(5))).await, []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_runs_on_any_venue() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = builder(&sim).build().await.unwrap();
    tokio::spawn(quote(spot, symbol())).await.unwrap().unwrap();
}

/// A switch armed for three seconds, one of whose times fails: the order is there longer than that.
async fn outlives(fault: Fault) {
    let sim = SimVenue::start(Dialect::BinanceUsdm).await.unwrap();
    let builder = Usdm::builder(sim.environment()).credentials(sim.credentials());
    let usdm = builder.connections(2).reserve_for_cancels().build().await.unwrap();
    let order = NewOrder::limit(usdm.next_id(), symbol(), Side::Buy, dec!(0.003), dec!(20000));
    usdm.place(&order).await.unwrap();
    let armed_for = Duration::from_secs(3);
    let switch = DeadMansSwitch::arm(usdm.clone(), Some(symbol()), armed_for).await.unwrap();
    let armed = Instant::now();
    sim.next(fault);
    while switch.missed() == 0 {
        assert!(armed.elapsed() < armed_for, "{fault} has not struck");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep((armed_for + Duration::from_millis(500)).saturating_sub(armed.elapsed())).await;
    assert!(switch.silent_for() < armed_for, "{fault}: {:?}", switch.silent_for());
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::New, "{fault}");
    switch.disarm().await.unwrap();
    tokio::time::sleep(armed_for).await;
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::New, "{fault}: it was switched off");
}

#[tokio::test]
async fn a_dead_mans_switch_outlives_a_refusal_for_too_many() {
    outlives(Fault::RateLimited).await;
}

#[tokio::test]
async fn a_dead_mans_switch_outlives_a_reply_that_never_comes() {
    outlives(Fault::Silence).await;
}

#[tokio::test]
async fn what_a_venue_lacks_is_an_error_before_anything_is_sent() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = builder(&sim).build().await.unwrap();
    let error = OrderEntry::positions(&spot, None).await.unwrap_err();
    assert!(matches!(error, RestError::Build(_)), "{error}");
    let error = DeadMansSwitch::arm(spot, Some(symbol()), Duration::from_secs(10)).await.unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains("cancel_all before you leave"), "{error}");
}
