//! Latency of one's own order path, recorded for CI.
//!
//! Alone it records 40 blocks on a simulated venue of its own. `ab` runs it once a block, at the venue that both revisions share:
//!
//! ```sh
//! orderwire-latency ab --base origin/main --build 'cargo build --release --example latency' -- target/release/examples/latency {out}
//! ```

use std::env;

use orderwire_binance::{Credentials, Environment, NewOrder, RestError, Side, Spot, Symbol, dec};
use orderwire_latency::LatencyLog;
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = env::args().nth(1).unwrap_or_else(|| "new.hlog".to_owned());
    let mut own_venue = None;
    let (environment, credentials, blocks) = match env::var("ORDERWIRE_URL") {
        Ok(url) => {
            let ca = env::var("ORDERWIRE_CA").ok().map(std::fs::read).transpose()?;
            (Environment::custom(&url, ca.as_deref())?, Credentials::from_env("ORDERWIRE")?, 1)
        }
        Err(_) => {
            let sim = own_venue.insert(SimVenue::start(Dialect::BinanceSpot).await?);
            (sim.environment(), sim.credentials(), 40)
        }
    };
    let spot = Spot::builder(environment).credentials(credentials).build().await?;

    trade(&spot, 100).await?;
    let _warm_up = spot.latency().take();
    let mut log = LatencyLog::create(&out)?.option("path", "place and cancel a limit order");
    for _ in 0..blocks {
        trade(&spot, 250).await?;
        log.block(spot.latency())?;
    }
    println!("{blocks} blocks of 250 orders in {out}");
    Ok(())
}

async fn trade(spot: &Spot, orders: u64) -> Result<(), RestError> {
    let symbol = Symbol::new("BTCUSDT").expect("a symbol");
    for _ in 0..orders {
        let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000)).post_only();
        let ack = spot.place(&order).await?;
        spot.cancel(ack.order()).await?;
    }
    Ok(())
}
