//! One strategy, two venues at once: it is written against a trait, so that the compiler makes one for each.
//!
//! `cargo run --release --example two_venues`

use orderwire::venue::OrderEntry;
use orderwire_binance::{NewOrder, RestError, Side, Spot, Symbol, Usdm, dec};
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (spot, futures) = (SimVenue::start(Dialect::BinanceSpot).await?, SimVenue::start(Dialect::BinanceUsdm).await?);
    let on_spot = Spot::builder(spot.environment()).credentials(spot.credentials()).build().await?;
    let on_futures = Usdm::builder(futures.environment()).credentials(futures.credentials()).build().await?;
    let symbol = Symbol::new("BTCUSDT")?;
    let (a, b) = tokio::join!(tokio::spawn(quote(on_spot, symbol)), tokio::spawn(quote(on_futures, symbol)));
    a??;
    b??;
    Ok(())
}

async fn quote<V: OrderEntry>(venue: V, symbol: Symbol) -> Result<(), RestError> {
    let rules = venue.instrument(symbol).await?;
    let bid = rules.price_down(venue.top_of_book(symbol).await?.bid * dec!(0.98));
    let order = NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(bid), bid).post_only();
    let ack = venue.place(&order).await?;
    println!("{}: buy {} {symbol} at {bid}: order {} is {:?}", V::VENUE, order.quantity, ack.order_id, ack.stage);
    venue.cancel(ack.order()).await?;
    Ok(())
}
