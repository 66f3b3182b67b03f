//! A venue in this process that answers every order at once, on a processor of its own. What benches measure beside it is ours.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server that finds the client order id, echoes it, and does nothing else.
pub struct Venue {
    pub url: String,
    pub ca_pem: Option<String>,
}

impl Venue {
    pub fn start(tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if !tls {
            std::thread::spawn(move || {
                while let Ok((socket, _)) = listener.accept() {
                    socket.set_nodelay(true).unwrap();
                    std::thread::spawn(move || serve(socket));
                }
            });
            return Self { url: format!("http://{address}"), ca_pem: None };
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites = vec![rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256];
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                socket.set_nodelay(true).unwrap();
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                std::thread::spawn(move || serve(StreamOwned::new(tls, socket)));
            }
        });
        let url = format!("https://localhost:{}", address.port());
        Self { url, ca_pem: Some(certificate.pem()) }
    }
}

/// Where the scheduler puts client and server decides more than anything measured here: each stays on a processor of its own.
pub fn stay_on(processor: usize) {
    let mut only = rustix::thread::CpuSet::new();
    // Not one of those that this thread may use now: a thread of a client that stays on one would find no other.
    only.set(processor);
    // Refused where there is no such processor, or not for us: then the figures are as noisy as they were.
    let _ = rustix::thread::sched_setaffinity(None, &only);
}

pub const CLIENT: usize = 0;
const SERVER: usize = 1;

fn serve(mut stream: impl Read + Write) {
    stay_on(SERVER);
    let mut reply = REPLY.replace("ID", &"x".repeat(ID_BYTES)).into_bytes();
    let id_at = reply.windows(2).position(|pair| pair == b"xx").unwrap();
    let mut request = vec![0; 4096];
    let mut filled = 0;
    while let Ok(bytes @ 1..) = stream.read(&mut request[filled..]) {
        filled += bytes;
        if !request[..filled].ends_with(b"\r\n\r\n") {
            continue;
        }
        let name = b"newClientOrderId=";
        let at = request[..filled].windows(name.len()).position(|window| window == name).unwrap() + name.len();
        reply[id_at..id_at + ID_BYTES].copy_from_slice(&request[at..at + ID_BYTES]);
        if stream.write_all(&reply).and_then(|()| stream.flush()).is_err() {
            return;
        }
        filled = 0;
    }
}

/// What a client's ids have where it has no prefix.
pub const ID_BYTES: usize = 14;

/// As Binance Spot answers with `newOrderRespType=RESULT`; a head as long as its edge makes it.
pub const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: 382\r\n\
Connection: keep-alive\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\nServer: nginx\r\nx-mbx-uuid: 00000000-0000-0000-0000-000000000000\r\n\
x-mbx-used-weight: 1\r\nx-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\nx-mbx-order-count-1d: 1\r\n\
Strict-Transport-Security: max-age=31536000; includeSubdomains\r\nX-Frame-Options: SAMEORIGIN\r\nCache-Control: no-cache\r\n\r\n\
{\"symbol\":\"BTCUSDT\",\"orderId\":28457,\"orderListId\":-1,\"clientOrderId\":\"ID\",\"transactTime\":1507725176595,\
\"price\":\"20000.01000000\",\"origQty\":\"0.00100000\",\"executedQty\":\"0.00000000\",\"origQuoteOrderQty\":\"0.00000000\",\
\"cummulativeQuoteQty\":\"0.00000000\",\"status\":\"NEW\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\
\"workingTime\":1507725176595,\"selfTradePreventionMode\":\"NONE\"}";
