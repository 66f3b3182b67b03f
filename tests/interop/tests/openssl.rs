//! Orders to `openssl s_server`, which changes its keys before, between and in the middle of its replies.

use orderwire::{ClientPool, Deadline, TlsConfig, TlsRecords};
use orderwire_interop::{OpensslServer, PATIENCE};

const ORDERS: usize = 1_000;

#[tokio::test]
async fn aes_128_gcm() {
    a_thousand_orders("TLS_AES_128_GCM_SHA256").await;
}

#[tokio::test]
async fn aes_256_gcm() {
    a_thousand_orders("TLS_AES_256_GCM_SHA384").await;
}

#[tokio::test]
async fn chacha20_poly1305() {
    a_thousand_orders("TLS_CHACHA20_POLY1305_SHA256").await;
}

async fn pool(server: &OpensslServer) -> ClientPool {
    let trusted = TlsConfig::builder().root_pem(server.ca_pem.as_bytes()).unwrap().build().unwrap();
    let url = format!("https://localhost:{}", server.port);
    ClientPool::builder().url(url).tls(&trusted).deadline(PATIENCE).build().await.unwrap()
}

/// One order, to which the server answers as `answers` types. Returns the reply's body and the connection's number.
async fn order(
    pool: &ClientPool,
    server: &mut OpensslServer,
    number: usize,
    answers: impl FnOnce(&mut OpensslServer) + Send,
) -> (String, u64) {
    let mut slot = pool.acquire().await.unwrap();
    let s = &mut *slot;
    let order = format!("order={number};");
    let request = s.writer.post("/order").body(&order).finish().unwrap();
    let conn = s.conn.as_mut().unwrap();
    assert_eq!(conn.tls_records(), Some(TlsRecords::InPlace));
    let serial = conn.serial();
    let (response, ()) = tokio::join!(conn.send_by(request, &mut s.reader, Deadline::after(PATIENCE)), async {
        // Blocks the runtime while it waits; the request has been written by the first poll.
        server.until(&order);
        answers(server);
    });
    (response.unwrap().body_str().unwrap().to_owned(), serial)
}

async fn a_thousand_orders(suite: &str) {
    let mut server = OpensslServer::start(suite, &[]);
    let pool = pool(&server).await;
    for number in 0..ORDERS {
        // Digits only: a letter typed first may be an order to the server.
        let body = format!("{number:04}567890");
        let (first, rest) = body.split_at(number % body.len());
        let how = if number % 2 == 0 { 'K' } else { 'k' };
        if number % 3 == 0 {
            server.changes_keys(how);
        }
        let (reply, serial) = order(&pool, &mut server, number, |server| {
            if number % 4 == 0 {
                server.changes_keys(how);
            }
            server.types(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{first}", body.len()));
            if number % 5 == 0 {
                server.changes_keys(how);
            }
            server.types(rest);
        })
        .await;
        assert_eq!((reply, serial), (body, 0), "order {number}");
    }
}

#[tokio::test]
async fn sessions_resume() {
    let mut server = OpensslServer::start("TLS_AES_128_GCM_SHA256", &[]);
    let pool = pool(&server).await;
    for connection in 0..3 {
        let (reply, serial) = order(&pool, &mut server, connection, |server| {
            server.types("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        })
        .await;
        assert_eq!((&*reply, serial), ("{}", u64::try_from(connection).unwrap()));
        if connection < 2 {
            // It shows the session of the next connection.
            let shown = server.until("Secure Renegotiation");
            assert!(connection == 0 || shown.contains("Reused session-id"), "{shown}");
        }
    }
}
