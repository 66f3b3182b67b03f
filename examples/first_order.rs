//! The shortest program that trades: one order on the simulated venue, placed and cancelled.

use orderwire_binance::{NewOrder, Side, Spot, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await?;
    let order =
        NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
    let ack = spot.place(&order).await?;
    println!("{} is {:?}", ack.order_id, ack.stage);
    spot.cancel(ack.order()).await?;
    Ok(())
}
