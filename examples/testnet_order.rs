//! One order on the venue's testnet, its price and size from the venue's rules.
//!
//! ```text
//! BINANCE_TESTNET_API_KEY=… BINANCE_TESTNET_API_SECRET=… cargo run --release --example testnet_order
//! cargo run --release --example testnet_order -- --simulated      # the same against the simulated venue, no key needed
//! ```

use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|arg| arg == "--simulated") {
        let sim = SimVenue::start(Dialect::BinanceSpot).await?;
        return trade(sim.environment(), sim.credentials()).await;
    }
    trade(Environment::Testnet, Credentials::from_env("BINANCE_TESTNET")?).await
}

async fn trade(environment: Environment, credentials: Credentials) -> Result<(), Box<dyn std::error::Error>> {
    let spot = Spot::builder(environment).credentials(credentials).build().await?;
    let btc = spot.instrument(Symbol::new("BTCUSDT")?).await?;
    let bid = btc.price_down(spot.top_of_book(btc.symbol).await?.bid * dec!(0.98));
    let order = NewOrder::limit(spot.next_id(), btc.symbol, Side::Buy, btc.least_quantity(bid), bid);
    let ack = spot.place(&order).await?;
    println!("buy {} {} at {bid}: order {} is {:?}", order.quantity, order.symbol, ack.order_id, ack.stage);
    spot.cancel(ack.order()).await?;
    println!("cancelled");
    Ok(())
}
