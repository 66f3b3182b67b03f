//! A venue whose requests carry tokens that are good for a while, and that finds an order of ours in its lists alone: Coinbase. Tokens are
//! made ahead, where nobody waits for them; a list is asked for until it has the order, or ends.

mod peer;

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use orderwire::venue::{
    BuildError, ConfigError, Credentials, Draft, Endpoint, Environment, Hosts, Method, Request, Response, RestError,
    ServerTime, Venue, VenueClient, VenueSettings, Window,
};
use orderwire::{Fate, NewOrder, OrderId, OrderRef, OrderStatus, RejectKind, Side, Symbol, Timestamp, Verdict, dec};
use orderwire_coinbase::{Coinbase, CoinbaseBuilder};
use peer::Peer;

/// The key of RFC 8032, section 7.1, test 1: seed and public half.
const SECRET: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";

const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

type Seen = Arc<Mutex<Vec<String>>>;

/// Keeps every request, and answers it with the body that `answer` gives; without one it cuts the connection.
fn venue(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> (Peer, Seen) {
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let peer = Peer::plain(move |_, mut stream| {
        for number in 0.. {
            let Some(request) = peer::read_request(&mut stream) else { return };
            let answer = answer(&request);
            kept.lock().unwrap().push(request);
            let Some(body) = answer else { return };
            // No two replies of the venue are the same: each has an id of its own.
            let head = format!("HTTP/1.1 200 OK\r\nCF-RAY: {number}\r\nContent-Length: {}\r\n\r\n", body.len());
            if stream.write_all((head + &body).as_bytes()).is_err() {
                return;
            }
        }
    });
    (peer, seen)
}

fn coinbase(peer: &Peer) -> CoinbaseBuilder {
    Coinbase::builder(Environment::custom(&peer.url(), None).unwrap())
        .credentials(Credentials::new("organizations/o/apiKeys/k", SECRET).unwrap())
        .deadline(Duration::from_secs(5))
}

fn btc() -> Symbol {
    Symbol::new("BTC-USD").unwrap()
}

fn order(coinbase: &Coinbase) -> NewOrder {
    NewOrder::limit(coinbase.next_id(), btc(), Side::Buy, dec!(0.5), dec!(20000))
}

/// What stands between two texts.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// A yes to a new order, or to a cancel.
fn yes(request: &str) -> String {
    if request.contains("/batch_cancel ") {
        let id = between(request, "[\"", "\"");
        return format!(r#"{{"results":[{{"success":true,"failure_reason":"","order_id":"{id}"}}]}}"#);
    }
    let id = between(request, "\"client_order_id\":\"", "\"");
    format!(r#"{{"success":true,"success_response":{{"order_id":"28","client_order_id":"{id}"}}}}"#)
}

/// The token of a request: when it begins, and how many were made before it.
fn token(request: &str) -> (u64, u64) {
    let mut parts = between(request, "Authorization: Bearer ", "\r\n").split('.').map(|part| {
        let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).ok()
    });
    let (header, payload) = (parts.next().unwrap().unwrap(), parts.next().unwrap().unwrap());
    let nonce = header["nonce"].as_str().unwrap();
    (payload["nbf"].as_u64().unwrap(), u64::from_str_radix(&nonce[48..], 16).unwrap())
}

/// Endpoints with one path: as many tokens are made before the client is handed out.
const MADE_AHEAD: u64 = 12;

#[tokio::test]
async fn an_order_copies_a_token_that_was_made_before_it() {
    let (peer, seen) = venue(|request| Some(yes(request)));
    let coinbase = coinbase(&peer).fixed_clock(NOW).build_cold().await.unwrap();
    let place = || async {
        let ack = coinbase.place(&order(&coinbase)).await.unwrap();
        let request = seen.lock().unwrap().pop().unwrap();
        (ack, token(&request))
    };
    let (ack, (begins, made)) = place().await;
    assert_eq!((begins, made < MADE_AHEAD), (1_699_999_998, true));
    assert_eq!(place().await.1, (begins, made), "the same again");
    coinbase.cancel(ack.order()).await.unwrap();
    let (_, cancels) = token(&seen.lock().unwrap().pop().unwrap());
    assert!(cancels < MADE_AHEAD && cancels != made);

    // Not yet half of its life, then just more.
    let after = |seconds| NOW + Duration::from_secs(seconds);
    coinbase.venue().prepare(after(57));
    assert_eq!(place().await.1, (begins, made));
    coinbase.venue().prepare(after(58));
    // By the clock of this client that one has not begun: it is not used, and the order makes its own.
    let (own_begins, own) = place().await.1;
    assert_eq!((own_begins, own), (begins, 2 * MADE_AHEAD));
    // It stays for the next.
    assert_eq!(place().await.1, (begins, own));
}

#[tokio::test]
async fn slots_share_a_token_and_none_waits_for_another() {
    let (peer, seen) = venue(|request| Some(yes(request)));
    let coinbase = coinbase(&peer).connections(4).build_cold().await.unwrap();
    for _ in 0..20 {
        let orders = [(); 4].map(|()| order(&coinbase));
        assert!(coinbase.burst(&orders).await.iter().all(Result::is_ok));
    }
    let made: Vec<_> = seen.lock().unwrap().iter().map(|request| token(request).1).collect();
    assert_eq!(made.len(), 80);
    assert!(made.iter().all(|made| *made < MADE_AHEAD), "{made:?}");
}

/// The order with this id, in a list.
fn listed(id: &str) -> String {
    format!(
        r#"{{"order_id":"id-{id}","product_id":"BTC-USD","client_order_id":"{id}","side":"BUY","status":"OPEN","filled_size":"0"}}"#
    )
}

/// A list of three parts; the last has the order of this id.
fn in_three_parts(request: &str) -> String {
    let (orders, cursor) = match request {
        request if request.contains("cursor=c2 ") => (listed("wanted"), ""),
        request if request.contains("cursor=c1 ") => (listed("b"), "c2"),
        _ => (listed("a"), "c1"),
    };
    format!(r#"{{"orders":[{orders}],"has_next":{},"cursor":"{cursor}"}}"#, !cursor.is_empty())
}

#[tokio::test]
async fn an_order_is_looked_for_until_the_list_has_it_or_ends() {
    let (peer, seen) = venue(|request| Some(in_three_parts(request)));
    let coinbase = coinbase(&peer).build_cold().await.unwrap();
    let by_id = |id: &str| OrderRef::by_id(btc(), id.parse().unwrap());
    for (id, parts) in [("a", 1), ("b", 2), ("wanted", 3)] {
        let state = coinbase.query(by_id(id)).await.unwrap();
        assert_eq!((state.order_id.as_str(), state.status), (&*format!("id-{id}"), OrderStatus::New));
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()).len(), parts);
    }
    let error = coinbase.query(by_id("nobodys")).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    assert_eq!(std::mem::take(&mut *seen.lock().unwrap()).len(), 3);
    // A part alone cannot say that there is none.
    let error = coinbase.call(&orderwire::venue::QueryOrder { order: by_id("nobodys") }).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Unknown));
    // By its own id an order is where it is.
    let asked = OrderRef::by_order_id(btc(), OrderId::new("id-a").unwrap());
    coinbase.query(asked).await.unwrap_err();
    assert!(seen.lock().unwrap().pop().unwrap().starts_with("GET /api/v3/brokerage/orders/historical/id-a HTTP"));
}

#[tokio::test]
async fn an_order_in_doubt_is_looked_for_since_it_was_sent_and_never_sent_again() {
    // Orders are taken, and not answered.
    let (peer, seen) = venue(|request| (!request.starts_with("POST")).then(|| in_three_parts(request)));
    let coinbase = coinbase(&peer).fixed_clock(NOW).build_cold().await.unwrap();
    let wanted = order(&coinbase).with_id("wanted".parse().unwrap());
    assert_eq!(coinbase.place(&wanted).await.unwrap_err().fate(), Fate::Unknown);
    let Verdict::Exists(state) = coinbase.settle(wanted.order(), Duration::from_secs(5)).await.unwrap() else {
        panic!()
    };
    assert_eq!(state.order_id.as_str(), "id-wanted");
    let sent = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(sent.iter().filter(|request| request.starts_with("POST")).count(), 1);
    let since = |request: &String| between(request, "start_date=", "&").replace("%3A", ":");
    assert!(sent.iter().skip(1).all(|get| since(get) == (NOW - Duration::from_secs(10)).to_string()), "{sent:?}");
    // Somebody else's may be older.
    let theirs = OrderRef::by_id(btc(), "a".parse().unwrap());
    assert!(matches!(coinbase.settle(theirs, Duration::from_secs(5)).await.unwrap(), Verdict::Exists(_)));
    let day = (NOW - Duration::from_secs(86_400)).to_string();
    assert_eq!(since(&seen.lock().unwrap().pop().unwrap()), day);
}

// --- what is made ahead, of any venue ---

static PREPARED: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct Corner;

impl Venue for Corner {
    const NAME: &'static str = "Corner Exchange";
    const HOSTS: Hosts =
        Hosts { venue: "Corner Exchange", live: "https://api.corner.example", testnet: None, demo: None };
    const BASE_PATH: &'static str = "/v2";
    const PREPARES_EVERY: Option<Duration> = Some(Duration::from_millis(5));

    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        assert!(settings.authority.starts_with("127.0.0.1:"), "{}", settings.authority);
        assert_eq!(settings.base_path, "/gate/v2");
        Ok(Self)
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    fn prepare(&self, now: Timestamp) {
        assert!(now > NOW);
        PREPARED.fetch_add(1, Ordering::SeqCst);
    }
}

impl Endpoint<Corner> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clock";

    fn encode<'b>(&self, _: &Corner, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, _: &Response<'_>) -> Result<Timestamp, RestError> {
        Ok(Timestamp::now())
    }
}

#[tokio::test]
async fn what_is_made_ahead_is_made_while_the_callers_runtime_sleeps_and_until_the_client_ends() {
    let prepared = || PREPARED.load(Ordering::SeqCst);
    let (peer, _) = venue(|_| Some("{}".to_owned()));
    let environment = Environment::custom(&format!("{}/gate", peer.url()), None).unwrap();
    let client = VenueClient::<Corner>::builder(environment).build().await.unwrap();
    let before = prepared();
    assert!(before > 0, "before it is handed out");
    // Nobody polls this runtime meanwhile.
    let until = Instant::now() + Duration::from_secs(5);
    while prepared() < before + 3 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(prepared() >= before + 3);
    drop(client);
    std::thread::sleep(Duration::from_millis(50));
    let after = prepared();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(prepared(), after, "its client is gone");
}
