//! Orders to a venue and back: starts a simulated venue in this process, connects over real TLS, places, queries and
//! cancels signed orders, and shows what a round trip takes. Needs no key and no network.
//!
//! ```text
//! cargo run --release --example quickstart
//! ```

use std::error::Error;
use std::time::Instant;

use hdrhistogram::Histogram;
use orderwire_binance::{AckStage, Fate, NewOrder, OrderStatus, RejectKind, Side, Spot, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

const ROUND_TRIPS: u64 = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    println!("venue      simulated Binance Spot on {}, a certificate of its own", sim.url());

    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2).build().await?;
    println!("client     {} slots connected, TLS handshakes done", spot.pool().available());

    // The price and size of an order come from the venue's rules and its book.
    let btc = spot.instrument(Symbol::new("BTCUSDT")?).await?;
    let top = spot.top_of_book(btc.symbol).await?;
    println!("book       {} bid {} ask {}, prices in steps of {}", btc.symbol, top.bid, top.ask, btc.tick_size);

    let bid = btc.price_down(top.bid * dec!(0.98));
    let order = NewOrder::limit(spot.next_id(), btc.symbol, Side::Buy, btc.least_quantity(bid), bid).post_only();
    let ack = spot.place(&order).await?;
    println!("placed     buy {} at {bid}, post only: order {} is {:?}", order.quantity, ack.order_id, ack.stage);
    expect(ack.stage == AckStage::Working, "a bid below the book works")?;

    let state = spot.query(ack.order()).await?;
    println!("queried    order {} is {:?}, {} executed", state.order_id, state.status, state.executed);
    expect(state.status == OrderStatus::New && state.id == Some(order.id), "the venue has the order under our id")?;

    let cancelled = spot.cancel(ack.order()).await?;
    println!("cancelled  order {} is {:?}", ack.order_id, cancelled.stage);
    expect(spot.open_orders(Some(btc.symbol)).await?.is_empty(), "nothing is left on the book")?;

    let market = NewOrder::market(spot.next_id(), btc.symbol, Side::Buy, dec!(0.01));
    let ack = spot.place(&market).await?;
    println!("bought     {} at the market for {} USDT", text(ack.executed), text(ack.executed_quote));
    expect(ack.stage == AckStage::Done(OrderStatus::Filled), "a market order fills")?;

    let above = btc.price_up(top.ask * dec!(1.01));
    let refused = NewOrder::limit(spot.next_id(), btc.symbol, Side::Buy, dec!(0.01), above).post_only();
    let error = spot.place(&refused).await.err().ok_or("a post-only order that would take was accepted")?;
    println!("refused    {error}");
    expect(error.fate() == Fate::Rejected && error.kind() == RejectKind::PostOnlyWouldTake, "and says why")?;

    let mut latency = [("place", new_histogram()?), ("cancel", new_histogram()?)];
    for _ in 0..ROUND_TRIPS {
        let order = order.with_id(spot.next_id());
        let start = Instant::now();
        let ack = spot.place(&order).await?;
        latency[0].1.saturating_record(nanos(start));
        let start = Instant::now();
        spot.cancel(ack.order()).await?;
        latency[1].1.saturating_record(nanos(start));
    }

    // What we believe, against what the venue did.
    let ledger = sim.ledger();
    let sent_once = ledger.iter().filter(|record| record.received == 1).count() as u64;
    println!("ledger     the venue saw {sent_once} orders, each exactly once");
    expect(sent_once == ROUND_TRIPS + 3 && ledger.len() as u64 == sent_once, "every order arrived exactly once")?;

    println!("\n{ROUND_TRIPS} round trips in us, venue and client sharing this machine:");
    println!("{:<8} {:>8} {:>8} {:>8} {:>8}", "", "p50", "p90", "p99", "max");
    for (name, histogram) in &latency {
        let us = |quantile| histogram.value_at_quantile(quantile) / 1_000;
        println!("{name:<8} {:>8} {:>8} {:>8} {:>8}", us(0.5), us(0.9), us(0.99), us(1.0));
    }
    Ok(())
}

fn expect(fulfilled: bool, what: &str) -> Result<(), String> {
    if fulfilled { Ok(()) } else { Err(format!("not as expected: {what}")) }
}

fn text(number: Option<orderwire_binance::Decimal>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| number.normalize().to_string())
}

/// 1 ns to 10 s, three digits.
fn new_histogram() -> Result<Histogram<u64>, hdrhistogram::CreationError> {
    Histogram::new_with_bounds(1, 10_000_000_000, 3)
}

fn nanos(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
