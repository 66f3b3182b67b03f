//! Several orders at once: on any venue a burst, each order on a slot of its own; where a venue takes them so, with one request.
//!
//! `cargo run --release --example ladder`

use std::error::Error;

use orderwire::venue::{CancelsBatches, OrderEntry, PlacesBatches};
use orderwire_binance::{Decimal, NewOrder, RestError, Side, Spot, Symbol, dec};
use orderwire_okx::Okx;
use orderwire_sim::{Dialect, SimVenue};

/// Steps of a ladder.
const STEPS: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).connections(STEPS).build().await?;
    in_a_burst(spot, Symbol::new("BTCUSDT")?).await?;

    let sim = SimVenue::start(Dialect::Okx).await?;
    let okx = Okx::builder(sim.environment()).credentials(sim.credentials()).build().await?;
    // With `spot` in its place this does not compile: Binance Spot takes no batches.
    in_one_request(okx, Symbol::new("BTC-USDT")?).await?;
    Ok(())
}

/// All requests go out before the first reply is waited for. Each order has a fate of its own.
async fn in_a_burst<V: OrderEntry>(venue: V, symbol: Symbol) -> Result<(), RestError> {
    let orders = ladder(&venue, symbol).await?;
    for (order, outcome) in orders.iter().zip(venue.burst(&orders).await) {
        match outcome {
            Ok(ack) => println!("{}: {} is {:?}", V::VENUE, ack.order_id, ack.stage),
            Err(error) => println!("{}: {}: {error}", V::VENUE, order.id),
        }
    }
    venue.cancel_all(symbol).await?;
    Ok(())
}

/// One request, which the venue takes apart: some orders may be taken and others refused.
async fn in_one_request<V: PlacesBatches + CancelsBatches>(venue: V, symbol: Symbol) -> Result<(), RestError> {
    assert!(V::PLACE_BATCH.contains(&STEPS) && V::CANCEL_BATCH.contains(&STEPS));
    let orders = ladder(&venue, symbol).await?;
    let mut placed = Vec::new();
    for (order, outcome) in orders.iter().zip(venue.place_batch(&orders).await?) {
        match outcome {
            Ok(ack) => placed.push(ack.order()),
            Err(error) => println!("{}: {}: {error}", V::VENUE, order.id),
        }
    }
    println!("{}: {} of {STEPS} placed with one request", V::VENUE, placed.len());
    for outcome in venue.cancel_batch(&placed).await? {
        outcome?;
    }
    Ok(())
}

/// Bids below the market, each a thousandth lower than the one before.
async fn ladder<V: OrderEntry>(venue: &V, symbol: Symbol) -> Result<[NewOrder; STEPS], RestError> {
    let rules = venue.instrument(symbol).await?;
    let mut price = venue.top_of_book(symbol).await?.bid * dec!(0.98);
    Ok([(); STEPS].map(|()| {
        price *= Decimal::ONE - dec!(0.001);
        let bid = rules.price_down(price);
        NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(bid), bid)
    }))
}
