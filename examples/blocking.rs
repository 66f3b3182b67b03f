//! Orders without a runtime, on a thread of their own that spins: the shortest way there is.
//!
//! `cargo run --release --example blocking`

use std::time::{Duration, Instant};

use orderwire_binance::{NewOrder, Side, Symbol, blocking::Spot, dec};
use orderwire_sim::{Dialect, SimVenue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot)?;
    let spot = Spot::builder(sim.environment())
        .credentials(sim.credentials())
        .connections(2)
        // Longer than a round trip takes: the reply is looked for without rest, and nobody has to wake this thread.
        .spin(Duration::from_millis(5))
        .build()?;
    let order =
        |id| NewOrder::limit(id, Symbol::new("BTCUSDT").expect("a symbol"), Side::Buy, dec!(0.001), dec!(20000));

    // After a pause: the way up to the write, walked once without sending anything.
    spot.rehearse(&order(spot.next_id()))?;
    let begun = Instant::now();
    let ack = spot.place(&order(spot.next_id()))?;
    println!("order {} is {:?} after {} us", ack.order_id, ack.stage, begun.elapsed().as_micros());
    spot.cancel(ack.order())?;

    // Four at once over two slots: all are written before the first reply is read, as far as the slots go.
    let begun = Instant::now();
    let acks = spot.burst(&[(); 4].map(|()| order(spot.next_id())));
    println!("a burst of {} took {} us", acks.len(), begun.elapsed().as_micros());
    for ack in acks {
        spot.cancel(ack?.order())?;
    }
    Ok(())
}
