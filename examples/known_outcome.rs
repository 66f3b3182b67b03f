//! An order whose outcome must be known, whatever happens on the way: placed with a deadline, settled where the answer is
//! missing, and sent again, with the same id, only where that is safe.
//!
//! `cargo run --example known_outcome`

use std::time::Duration;

use orderwire_binance::{Deadline, Fate, NewOrder, RejectKind, Side, Spot, Symbol, Verdict, dec};
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await?;
    let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000));

    for _ in 0..3 {
        match spot.place_by(&order, Deadline::after(Duration::from_millis(80))).await {
            Ok(ack) => {
                println!("{:?}", ack.stage);
                break;
            }
            Err(e) => match e.fate() {
                Fate::NotSent => continue,
                Fate::Rejected if e.kind() != RejectKind::DuplicateId => {
                    println!("{:?}: {e}", e.kind());
                    break;
                }
                Fate::Rejected | Fate::Unknown => match spot.settle(order.order(), Duration::from_secs(10)).await? {
                    Verdict::Exists(state) => {
                        println!("executed {}", state.executed);
                        break;
                    }
                    Verdict::NeverArrived => continue,
                    Verdict::Undecided { until } => return Err(format!("ask again after {until}").into()),
                },
            },
        }
    }
    let in_doubt = spot.close(Deadline::after(Duration::from_secs(2))).await;
    println!("{} orders in doubt", in_doubt.len());
    Ok(())
}
