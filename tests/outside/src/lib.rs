//! The fixed public names of the core, as strangers' code relies on them. It is compiled, never run: a name or a signature
//! that goes away is a build that fails here before it fails at a user's.

#![deny(unused_must_use)]

use std::error::Error;
use std::fmt::{Debug, Display};
use std::time::Duration;

use orderwire::{
    ClientPool, ClientPoolBuilder, ClientSlot, Deadline, HttpConnection, Pooled, RequestWriter, ResponseReader,
    RestError, TlsConfig,
};

/// One request through a pool, line by line as the documents have it.
pub async fn request(key: String, json: &[u8]) -> Result<String, Box<dyn Error>> {
    let tls = TlsConfig::new()?;
    let pool = ClientPool::builder()
        .url("https://api.binance.com")
        .base_path("/api/v3")
        .default_header("X-API-KEY", &key)?
        .connections(4)
        .tls(&tls)
        .build()
        .await?;

    let mut slot = pool.try_acquire().unwrap();

    let s: &mut ClientSlot = &mut slot;
    let req = s.writer.post("/order").body(json).finish()?;
    let conn = s.conn.as_mut().unwrap();
    let resp = conn.send(req, &mut s.reader).await?;
    let answer: (u16, bool, &[u8], &str) =
        (resp.status(), resp.header("Retry-After").is_some(), resp.body(), resp.body_str()?);
    let answer = format!("{answer:?}");
    drop(slot);
    println!("{} ready", pool.available());

    let mut slot = pool.acquire().await?;
    let s: &mut ClientSlot = &mut slot;
    let req = s.writer.post("/order").body("a text as well as bytes").finish()?;
    let conn = s.conn.as_mut().unwrap();
    let resp = conn.send_by(req, &mut s.reader, Deadline::after(Duration::from_millis(80))).await?;
    println!("{}", resp.status());
    Ok(answer)
}

/// Types where a document names one; each line fails to compile when its signature changes.
pub async fn signatures(pool: &ClientPool) -> Result<(), RestError> {
    let _builder: ClientPoolBuilder = ClientPool::builder();
    let _now: Option<Pooled<ClientSlot>> = ClientPool::try_acquire(pool);
    let mut slot: Pooled<ClientSlot> = ClientPool::acquire(pool).await?;
    let _ready: usize = pool.available();

    let _writer: &mut RequestWriter = &mut slot.writer;
    let _reader: &mut ResponseReader = &mut slot.reader;
    // Safe code may take a connection out of its slot: the slot then heals.
    let _conn: Option<HttpConnection> = slot.conn.take();
    Ok(())
}

const _: () = {
    const fn handle<T: Clone + Send + Sync + 'static>() {}
    handle::<ClientPool>();
    const fn crosses_threads<T: Send>() {}
    crosses_threads::<Pooled<ClientSlot>>();
    const fn error<T: Copy + Debug + Display + Error + Send + Sync + 'static>() {}
    error::<RestError>();
    assert!(size_of::<RestError>() <= 128);
};

/// A task of a runtime with several threads holds these across its waits.
pub fn futures_are_send(pool: ClientPool, key: String) {
    fn send<F: Future + Send>(_: F) {}
    send(async move { pool.acquire().await.map(|slot| slot.conn.is_some()) });
    send(async move { request(key, b"{}").await.map_err(|error| error.to_string()) });
}
