//! Orders signed with an Ed25519 key in PEM, the kind Binance recommends: the venue has the public half, and no secret of yours.
//!
//! ```text
//! cargo run --release --example ed25519_keys
//! openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout     # a key of your own
//! ```

use orderwire_binance::{Credentials, NewOrder, Side, Spot, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

/// For this example alone: everybody has it. RFC 8410 section 10.3.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    -----END PUBLIC KEY-----\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What a person registers at the venue: a name for the key, and its public half.
    let sim = SimVenue::builder(Dialect::BinanceSpot).account("my-key", PUBLIC).start().await?;
    // What stays at home. A file is Credentials::from_pem_file("my-key", "key.pem"), or <PREFIX>_API_SECRET=key.pem.
    let credentials = Credentials::new("my-key", PRIVATE)?;

    let spot = Spot::builder(sim.environment()).credentials(credentials).build().await?;
    let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000));
    let ack = spot.place(&order).await?;
    println!("signed with Ed25519: order {} is {:?}", ack.order_id, ack.stage);
    spot.cancel(ack.order()).await?;
    Ok(())
}
