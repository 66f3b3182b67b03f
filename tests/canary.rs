//! No error, no debug text and no event says a key, a secret, a signature or a query. With canaries for secrets, everything that
//! holds them is shown; and a server sends back what it was sent, wherever a reply has room for it.

mod peer;

use std::fmt::Debug;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use orderwire::http::request::RequestTemplate;
use orderwire::sign::{Ed25519Key, HmacSha256, HmacSha512, SigningKey};
use orderwire::venue::VenueClientBuilder;
use orderwire::{ClientPool, Method, RequestWriter, ResponseReader, RestError, Secret, TlsConfig};
use orderwire_binance::{
    ClientOrderId, Credentials, Environment, NewOrder, RawCall, Side, Spot, SpotVenue, Symbol, blocking, dec,
};
use peer::{Authority, Peer, read_request};

/// Venues' keys have 18 characters (Bybit) to 64 (Binance).
const SHORT_KEY: &str = "Kq7canary8Zt4Wm2Xv";
const KEY: &str = "vmPUZE6mv9canaryK4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYcanaryS7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const PASSPHRASE: &str = "Ppcanary5t9Lw1";

/// So many characters of a secret in a row are no accident.
const TELLING: usize = 10;

/// Fails where the text has a part of a secret, or a query.
fn says_nothing(said: &str, secrets: &[&str]) {
    for secret in secrets {
        for part in secret.as_bytes().windows(TELLING.min(secret.len())) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!said.contains(part), "{part} in {said}");
        }
    }
    for query in ["signature=", "timestamp=1", "recvWindow=5", "quantity=0"] {
        assert!(!said.contains(query), "{query} in {said}");
    }
}

/// Both forms of `Debug`.
fn shown(value: &dyn Debug) -> String {
    format!("{value:?} {value:#?}")
}

fn order(id: &str) -> NewOrder {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    NewOrder::limit(ClientOrderId::new(id).unwrap(), symbol, Side::Buy, dec!(0.001), dec!(20000))
}

fn credentials(key: &str) -> Credentials {
    Credentials::new(key, SECRET).unwrap().with_passphrase(PASSPHRASE).unwrap()
}

/// A server that answers every request with what `reply` makes of its head.
fn echo(reply: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Peer {
    Peer::plain(move |_, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            if stream.write_all(&reply(&request)).is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn debug_texts_say_nothing_secret() {
    let mut said = String::new();
    let mut show = |value: &dyn Debug| said.push_str(&shown(value));
    let credentials = credentials(KEY);
    show(&credentials);
    show(&Secret::new(SECRET).unwrap());
    show(&HmacSha256::new(SECRET.as_bytes()));
    show(&HmacSha512::new(SECRET.as_bytes()));
    show(&Ed25519Key::from_seed(&SECRET.as_bytes()[..32]).unwrap());
    show(&SigningKey::new(&Secret::new(SECRET).unwrap()).unwrap());
    let authority = Authority::new();
    let (certificate, key) = &authority.client_pem;
    let tls = TlsConfig::builder().root_pem(authority.ca_pem.as_bytes()).unwrap();
    let tls = tls.client_certificate_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    show(&tls);
    show(&tls.build().unwrap());

    let server = echo(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec());
    let builder = || Spot::builder(Environment::custom(&server.url(), None).unwrap()).credentials(credentials.clone());
    show(&builder());
    let mut dry = builder().dry_run().unwrap();
    show(&dry);
    show(&dry.request(&order("a")).unwrap());
    let blocking: VenueClientBuilder<SpotVenue, _> =
        blocking::Spot::builder(Environment::custom(&server.url(), None).unwrap()).credentials(credentials.clone());
    show(&blocking);
    let spot = builder().build_cold().await.unwrap();
    // An order has gone out: its bytes are in the slot, it is in the register.
    spot.place(&order("b")).await.unwrap_err();
    show(&spot);
    show(spot.venue());
    show(spot.pool());
    show(&spot.in_doubt());
    show(&spot.pool().counts());
    let mut slot = spot.pool().acquire().await.unwrap();
    show(&slot);
    show(&*slot);
    let pairs = [("apiKey", KEY), ("signature", SECRET)];
    let call = RawCall { headers: &[("X-Key", KEY)], ..RawCall::new(Method::Post, "/order").query(&pairs) };
    show(&call.body(SECRET.as_bytes()));
    let slot = &mut *slot;
    let draft = slot.writer.post("/order");
    show(&draft);
    let request = draft.body(SECRET).finish().unwrap();
    show(&request);
    show(&slot.conn.as_mut().unwrap().send(request, &mut slot.reader).await.unwrap());

    let mut template = RequestTemplate::new("venue", "").unwrap();
    template.default_header("X-Key", KEY.as_bytes()).unwrap();
    show(&template);
    show(&RequestWriter::new(&template, 4096).unwrap());
    show(&ResponseReader::new(4096));
    show(&ClientPool::builder().url(server.url()).default_header("X-Key", KEY).unwrap());
    let pem_secret: String = key.lines().nth(1).unwrap().into();
    says_nothing(&said, &[KEY, SECRET, PASSPHRASE, &pem_secret]);
}

/// A raw reply owns a body that the caller asked for: it may be a new key.
#[tokio::test]
async fn replies_are_shown_without_their_bodies() {
    let body = format!("{{\"apiKey\":\"{KEY}\",\"secretKey\":\"{SECRET}\"}}");
    let server = echo(move |_| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
    let spot = Spot::builder(Environment::custom(&server.url(), None).unwrap()).credentials(credentials(KEY));
    let spot = spot.build_cold().await.unwrap();
    let call = RawCall::new(Method::Post, "/sapi/v1/apiKey").signed();
    let reply = spot.call(&call).await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains(SECRET));
    says_nothing(&shown(&reply), &[KEY, SECRET]);
    let reply = spot.raw_in_slot(&call, spot.pool().deadline()).await.unwrap();
    says_nothing(&shown(&reply), &[KEY, SECRET]);
    says_nothing(&shown(&reply.response()), &[KEY, SECRET]);
}

#[test]
fn settings_that_are_refused_are_not_quoted() {
    let mut said = String::new();
    let mut refused = |error: &dyn std::error::Error| said.push_str(&format!("{error} {error:?}"));
    let with_line_end = format!("{SECRET}\n");
    refused(&Credentials::new(&format!("{KEY}\r"), SECRET).unwrap_err());
    refused(&Credentials::new(KEY, &with_line_end).unwrap_err());
    refused(&Credentials::new(KEY, SECRET).unwrap().with_passphrase(&with_line_end).unwrap_err());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    refused(&Credentials::new(&pem, SECRET).unwrap_err());
    refused(&Credentials::new(KEY, &pem).unwrap().signing_key().unwrap_err());
    refused(&Secret::new(with_line_end.clone()).unwrap_err());
    refused(&ClientPool::builder().default_header("X-Key", &with_line_end).unwrap_err());
    refused(&ClientPool::builder().default_header(KEY, "a b\n").unwrap_err());
    for url in [format!("https://{KEY}:{SECRET}@venue/"), format!("https://venue/?key={SECRET}"), SECRET.to_owned()] {
        refused(&Environment::custom(&url, None).unwrap_err());
    }
    refused(&TlsConfig::builder().client_certificate_pem(SECRET.as_bytes(), pem.as_bytes()).unwrap_err());
    refused(&TlsConfig::builder().root_pem(SECRET.as_bytes()).unwrap_err());
    says_nothing(&said, &[KEY, SECRET, PASSPHRASE]);
}

/// What a server can say of a request, by what stands where in its reply. `{}` is the place of what it was sent.
const ECHOES: &[&str] = &[
    "{}\r\n\r\n",
    "HTTP/1.1 400 {}\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 {}\r\n\r\n",
    "HTTP/{} 200 OK\r\n\r\n",
    "HTTP/1.1 400 Bad\r\n{}: 1\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nX: {}\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nContent-Length: {}\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nTransfer-Encoding: {}\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nContent-Encoding: {}\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 103 {}\r\nLink: {}\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
    "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2;a={}\r\n{}\r\n0\r\n{}\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
    "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{\"code\":-1102,\"msg\":\"not in {} as sent\"}",
    "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{\"code\":-2010,\"msg\":\"{}\"}",
    "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{\"code\":\"{}\",\"msg\":{}}",
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<html><title>{}</title><p>{}</p></html>",
    "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"{}\":1}",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"symbol\":\"{}\",\"orderId\":1,\"clientOrderId\":\"{}\"}",
];

/// The parts of a request that are nobody's business: its query, its signature, its key, each alone, and the whole of it.
fn parts(request: &str) -> [String; 5] {
    let query = request.split_once('?').unwrap().1.split_once(' ').unwrap().0;
    let signature = query.rsplit_once("signature=").unwrap().1;
    let key = request.split_once("X-MBX-APIKEY: ").unwrap().1.split_once("\r\n").unwrap().0;
    [query, signature, key, &format!("the key {key} with {signature}, "), &request.replace("\r\n", " ")]
        .map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_say_nothing_secret_whatever_a_server_sends_back() {
    let mut seen = 0;
    for key in [SHORT_KEY, KEY] {
        for template in ECHOES {
            for part in 0..parts("?signature= X-MBX-APIKEY: \r\n").len() {
                let signature = Arc::new(Mutex::new(String::new()));
                let kept = Arc::clone(&signature);
                let server = Peer::plain(move |_, mut stream| {
                    let Some(request) = read_request(&mut stream) else { return };
                    let parts = parts(&request);
                    kept.lock().unwrap().clone_from(&parts[1]);
                    // Then the connection ends: for some replies that is their end.
                    let _ = stream.write_all(template.replace("{}", &parts[part]).as_bytes());
                });
                let events = Arc::new(Mutex::new(String::new()));
                let heard = Arc::clone(&events);
                let spot = Spot::builder(Environment::custom(&server.url(), None).unwrap())
                    .credentials(credentials(key))
                    .deadline(Duration::from_secs(2))
                    .pool(|pool| pool.observer(move |event| heard.lock().unwrap().push_str(&shown(event))))
                    .build_cold()
                    .await
                    .unwrap();
                let error: RestError = spot.place(&order("a")).await.expect_err(template);
                let said = format!("{error} {} {spot:?} {}", shown(&error), events.lock().unwrap());
                says_nothing(&said, &[key, SECRET, &signature.lock().unwrap()]);
                seen += usize::from(!signature.lock().unwrap().is_empty());
            }
        }
    }
    assert_eq!(seen, 2 * ECHOES.len() * 5, "each time the server had something to tell");
}

/// A server that shakes hands with what it should not, and one that answers a handshake with what was sent.
#[tokio::test]
async fn handshakes_that_fail_say_nothing_secret() {
    let authority = Authority::new();
    let echoes = Peer::plain(|_, mut stream| {
        let mut hello = [0; 512];
        if let Ok(bytes @ 1..) = stream.read(&mut hello) {
            let _ = stream.write_all(&hello[..bytes]);
        }
    });
    let stranger = Peer::tls(authority.server.clone(), |_, mut stream| drop(read_request(&mut stream)));
    for url in [echoes.tls_url(), stranger.tls_url()] {
        let spot = Spot::builder(Environment::custom(&url, Some(Authority::new().ca_pem.as_bytes())).unwrap());
        let error = spot.credentials(credentials(KEY)).build().await.unwrap_err();
        says_nothing(&format!("{error} {}", shown(&error)), &[KEY, SECRET]);
    }
}
