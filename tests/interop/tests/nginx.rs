//! Orders through nginx: records of 1 KiB, chunked replies, and a connection that ends after every 50th of them.

use orderwire::{ClientPool, TlsConfig, TlsRecords};
use orderwire_interop::{Nginx, PATIENCE, echo_in_chunks};

const ORDERS: u64 = 10_000;
const REQUESTS_PER_CONNECTION: u64 = 50;

#[tokio::test]
async fn in_place() {
    ten_thousand_orders(TlsRecords::InPlace).await;
}

#[tokio::test]
async fn buffered() {
    ten_thousand_orders(TlsRecords::Buffered).await;
}

async fn ten_thousand_orders(records: TlsRecords) {
    // A reply of 2 to 3 KiB in chunks of 700 bytes: several records, and chunks that do not end where records do.
    let nginx = Nginx::start(echo_in_chunks(120, 700));
    let trusted = TlsConfig::builder().root_pem(nginx.ca_pem.as_bytes()).unwrap().build().unwrap();
    let pool =
        ClientPool::builder().url(format!("https://localhost:{}", nginx.port)).tls(&trusted).tls_records(records);
    // Orders go out faster than any venue takes them, and so do connections.
    let pool = pool.deadline(PATIENCE).connect_rate(1_000, 1_000).build().await.unwrap();
    let (mut serial, mut resumed) = (0, 0);
    for number in 0..ORDERS {
        let order = format!("order={number:06};{}", "x".repeat((number % 10) as usize));
        let mut slot = pool.acquire().await.unwrap();
        let s = &mut *slot;
        let request = s.writer.post("/order").body(&order).finish().unwrap();
        let conn = s.conn.as_mut().unwrap();
        assert_eq!(conn.tls_records(), Some(records));
        let is_first = number == 0 || conn.serial() != serial;
        serial = conn.serial();
        let reply = conn.send(request, &mut s.reader).await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.body_str().unwrap(), order.repeat(120), "order {number}");
        if is_first {
            resumed += u64::from(reply.header("X-Session") == Some(b"r"));
        }
    }
    assert_eq!(serial, ORDERS / REQUESTS_PER_CONNECTION - 1, "each connection carried all it might");
    assert_eq!(resumed, serial, "every session but the first was resumed");
}
