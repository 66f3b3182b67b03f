//! One strategy, two venues at once: it is written against a trait, so that the compiler makes one for each.
//!
//! `cargo run --release --example two_venues -- [VENUE VENUE]`, each of binance-spot, binance-usdm, bybit-linear,
//! bybit-spot, coinbase, kraken and okx, as often as wanted.

use std::error::Error;

use orderwire::venue::{Endpoint, OrderEntry, ServerTime, Venue, VenueClient, VenueClientBuilder};
use orderwire_binance::{NewOrder, RestError, Side, SpotVenue, Symbol, Timestamp, UsdmVenue, dec};
use orderwire_bybit::{LinearVenue, SpotVenue as BybitSpotVenue};
use orderwire_coinbase::CoinbaseVenue;
use orderwire_kraken::KrakenVenue;
use orderwire_okx::OkxVenue;
use orderwire_sim::{Dialect, SimVenue};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut named: Vec<String> = std::env::args().skip(1).collect();
    if named.is_empty() {
        named = vec![Dialect::BinanceSpot.to_string(), Dialect::Okx.to_string()];
    }
    let (mut venues, mut quotes) = (Vec::new(), JoinSet::new());
    for name in named {
        let sim = SimVenue::start(name.parse()?).await?;
        match sim.dialect() {
            Dialect::BinanceSpot => {
                drop(quotes.spawn(quote(client::<SpotVenue>(&sim).await?, Symbol::new("BTCUSDT")?)))
            }
            Dialect::BinanceUsdm => {
                drop(quotes.spawn(quote(client::<UsdmVenue>(&sim).await?, Symbol::new("BTCUSDT")?)))
            }
            Dialect::BybitLinear => {
                drop(quotes.spawn(quote(client::<LinearVenue>(&sim).await?, Symbol::new("BTCUSDT")?)))
            }
            Dialect::BybitSpot => {
                drop(quotes.spawn(quote(client::<BybitSpotVenue>(&sim).await?, Symbol::new("BTCUSDT")?)))
            }
            Dialect::Coinbase => {
                drop(quotes.spawn(quote(client::<CoinbaseVenue>(&sim).await?, Symbol::new("BTC-USD")?)))
            }
            Dialect::Kraken => drop(quotes.spawn(quote(client::<KrakenVenue>(&sim).await?, Symbol::new("XBTUSDT")?))),
            Dialect::Okx => drop(quotes.spawn(quote(client::<OkxVenue>(&sim).await?, Symbol::new("BTC-USDT")?))),
            other => return Err(format!("no client of {other} here").into()),
        }
        venues.push(sim);
    }
    while let Some(done) = quotes.join_next().await {
        done??;
    }
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

/// A client of a simulated venue, which tells where it is and with which key.
async fn client<V: Venue>(sim: &SimVenue) -> Result<VenueClient<V>, Box<dyn Error>>
where
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let builder: VenueClientBuilder<V> = VenueClient::builder(sim.environment());
    Ok(builder.credentials(sim.credentials()).build().await?)
}
