//! The base with nothing hidden: a pool of slots, a request written and signed by hand, a reply read where it lies.

use orderwire::sign::hmac::HmacSha256;
use orderwire::{ClientPool, ClientSlot, Timestamp, TlsConfig};
use orderwire_sim::{Dialect, SimVenue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    let tls = TlsConfig::builder().root_pem(sim.ca_pem().unwrap_or_default().as_bytes())?.build()?;
    let signing = HmacSha256::new(sim.credentials().secret().expose().as_bytes());

    let pool = ClientPool::builder()
        .url(sim.url())
        .base_path("/api/v3")
        .default_header("X-MBX-APIKEY", sim.credentials().key())?
        .connections(4)
        .tls(&tls)
        .build()
        .await?;

    let mut slot = pool.try_acquire().ok_or("no slot is ready")?; // trading path: no wait, no reconnect, LIFO, O(1)
    let s: &mut ClientSlot = &mut slot;

    // Written in wire order; the signature covers the query exactly as it is sent.
    let mut query = s.writer.post("/order").query();
    query.pair("symbol", "BTCUSDT").pair("side", "BUY").pair("type", "LIMIT").pair("timeInForce", "GTC");
    query.pair("quantity", "0.001").pair("price", "20000").pair_u64("timestamp", Timestamp::now().ms());
    let signature = signing.sign_hex(query.query_text());
    query.put("&signature=").put(signature);
    let request = query.no_body()?;

    let conn = s.conn.as_mut().ok_or("the slot heals")?;
    let response = conn.send(request, &mut s.reader).await?;
    println!("{} {}", response.status(), response.body_str()?);
    if response.status() != 200 {
        return Err("the venue refused the order".into());
    }
    drop(slot); // back to the pool
    println!("{} of {} slots are ready", pool.available(), pool.capacity());
    Ok(())
}
