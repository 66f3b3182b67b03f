//! A strategy's order on every bad day the simulated venue knows: what it was told, and what is true.
//!
//! The way to test a strategy of your own: `sim.next(fault)` strikes its next request, and `sim.ledger()` is the truth.
//!
//! `cargo run --release --example bad_day`

use std::time::Duration;

use orderwire_binance::{Fate, NewOrder, Side, Spot, Symbol, Verdict, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{:<24} {:<14} {:<16} at the venue", "fault", "told", "settled");
    for &fault in Fault::ALL {
        // A venue and a client for each: some faults stay.
        let sim = SimVenue::start(Dialect::BinanceSpot).await?;
        let builder = Spot::builder(sim.environment()).credentials(sim.credentials());
        let spot = builder.connections(2).deadline(Duration::from_millis(150)).build().await?;
        let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000));
        sim.next(fault);
        let outcome = spot.place(&order).await;
        let told = match &outcome {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.fate().to_string(),
        };
        sim.stop_faults();
        // A ban or a clock that is off does not pass by itself: then nobody can tell, and nobody guesses.
        let settled = match outcome.is_err_and(|error| error.fate() == Fate::Unknown) {
            false => "-",
            true => match spot.settle(order.order(), Duration::from_secs(3)).await {
                Ok(Verdict::Exists(_)) => "exists",
                Ok(Verdict::NeverArrived) => "never arrived",
                Ok(Verdict::Undecided { .. }) => "not yet",
                Err(_) => "refused",
            },
        };
        let there =
            sim.ledger().iter().any(|record| record.client_order_id == order.id.as_str() && record.order_id.is_some());
        println!("{:<24} {told:<14} {settled:<16} {}", fault.name(), if there { "yes" } else { "no" });
        let wrong = match (told.as_str(), settled) {
            ("accepted", _) | (_, "exists") => !there,
            ("not sent" | "rejected", _) | (_, "never arrived") => there,
            _ => false,
        };
        if wrong {
            return Err(format!("{}: told {told}, settled {settled}, and at the venue: {there}", fault.name()).into());
        }
    }
    Ok(())
}
