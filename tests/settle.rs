//! Orders in doubt: what settling, closing and coming back find out, against a venue that is told when to fail.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orderwire::venue::{Credentials, DecodeError, Environment};
use orderwire::{
    Busy, ClientOrderId, Deadline, Fate, NewOrder, OrderRef, RejectKind, RestError, Side, Symbol, Timestamp, Verdict,
};
use orderwire_binance::{Spot, SpotBuilder, dec};

mod peer;

use peer::{Peer, read_request};

/// What the venue does with the next order.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Takes it and says so.
    Accept,
    /// Takes it and cuts the connection.
    AcceptAndCut,
    /// Cuts the connection.
    Cut,
    /// Takes it so much later, if its receive window still stands, and says nothing.
    AcceptLate(Duration),
    /// Answers so.
    Refuse(u16, &'static str),
    /// Takes it, and sends an earlier answer once more before its own.
    AcceptAfterRepeating(u16, &'static str),
}

/// A venue of the test's own, with a ledger.
#[derive(Default)]
struct Script {
    acts: Vec<Act>,
    ledger: HashMap<String, u32>,
    orders_seen: Vec<HashMap<String, String>>,
    ahead_ms: u64,
    queries: u32,
    times: u32,
    /// What queries are answered with in place of the truth.
    query: Option<(u16, &'static str)>,
}

struct Venue {
    peer: Peer,
    script: Arc<Mutex<Script>>,
}

impl Venue {
    fn start() -> Self {
        let script = Arc::new(Mutex::new(Script { ahead_ms: 0, ..Script::default() }));
        let shared = Arc::clone(&script);
        let peer = Peer::plain(move |_, stream| serve(stream, &shared));
        Self { peer, script }
    }

    fn next(&self, act: Act) {
        self.script.lock().unwrap().acts.push(act);
    }

    fn builder(&self) -> SpotBuilder {
        Spot::builder(Environment::custom(&self.peer.url(), None).unwrap())
            .credentials(Credentials::new("a-key", "a-secret").unwrap())
            .connections(2)
            .deadline(Duration::from_millis(200))
    }

    async fn client(&self) -> Spot {
        self.builder().build().await.unwrap()
    }

    fn taken(&self, id: ClientOrderId) -> u32 {
        self.script.lock().unwrap().ledger.get(id.as_str()).copied().unwrap_or(0)
    }
}

fn serve(mut stream: TcpStream, script: &Mutex<Script>) {
    while let Some(request) = read_request(&mut stream) {
        let (method, rest) = request.split_once(' ').unwrap();
        let target = rest.split_once(' ').unwrap().0;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs: HashMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let now_ms = Timestamp::now().ms() + script.lock().unwrap().ahead_ms;
        let (status, body) = match (method, path) {
            ("GET", "/api/v3/time") => {
                script.lock().unwrap().times += 1;
                (200, format!("{{\"serverTime\":{now_ms}}}"))
            }
            ("GET", "/api/v3/order") => {
                let mut script = script.lock().unwrap();
                script.queries += 1;
                let id = &pairs["origClientOrderId"];
                match script.query {
                    Some((status, body)) => (status, body.to_owned()),
                    None if script.ledger.contains_key(id) => (200, order(id)),
                    None => (400, r#"{"code":-2013,"msg":"Order does not exist."}"#.to_owned()),
                }
            }
            ("GET", "/api/v3/openOrders") => {
                let orders: Vec<_> = script.lock().unwrap().ledger.keys().map(|id| order(id)).collect();
                (200, format!("[{}]", orders.join(",")))
            }
            ("DELETE", "/api/v3/openOrders") => {
                script.lock().unwrap().ledger.clear();
                (400, r#"{"code":-2011,"msg":"Unknown order sent."}"#.to_owned())
            }
            ("POST", "/api/v3/order") => {
                let id = pairs["newClientOrderId"].clone();
                let act = {
                    let mut script = script.lock().unwrap();
                    script.orders_seen.push(pairs.clone());
                    let act = if script.acts.is_empty() { Act::Accept } else { script.acts.remove(0) };
                    if matches!(act, Act::Accept | Act::AcceptAndCut | Act::AcceptAfterRepeating(..)) {
                        *script.ledger.entry(id.clone()).or_default() += 1;
                    }
                    act
                };
                match act {
                    Act::Accept => (200, order(&id)),
                    Act::AcceptAndCut | Act::Cut => return,
                    Act::AcceptLate(after) => {
                        std::thread::sleep(after);
                        let mut script = script.lock().unwrap();
                        let now_ms = Timestamp::now().ms() + script.ahead_ms;
                        let window: u64 = pairs.get("recvWindow").map_or(5_000, |ms| ms.parse().unwrap());
                        if now_ms <= pairs["timestamp"].parse::<u64>().unwrap() + window {
                            *script.ledger.entry(id).or_default() += 1;
                        }
                        return;
                    }
                    Act::Refuse(status, body) | Act::AcceptAfterRepeating(status, body) => (status, body.to_owned()),
                }
            }
            other => panic!("{other:?} is not in the script"),
        };
        let reply = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn order(id: &str) -> String {
    format!(
        r#"{{"symbol":"BTCUSDT","orderId":28,"clientOrderId":"{id}","price":"20000","origQty":"0.001","executedQty":"0.000","status":"NEW","side":"BUY","time":1,"updateTime":1}}"#
    )
}

fn bid(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000))
}

const PATIENCE: Duration = Duration::from_secs(8);

#[tokio::test]
async fn an_order_that_was_taken_is_found() {
    let venue = Venue::start();
    let spot = venue.client().await;
    venue.next(Act::AcceptAndCut);
    let order = bid(&spot);
    assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    assert_eq!(spot.in_doubt(), [order.order()]);
    let Verdict::Exists(state) = spot.settle(order.order(), PATIENCE).await.unwrap() else { panic!("not found") };
    assert_eq!(state.id, Some(order.id));
    assert!(spot.in_doubt().is_empty());
}

#[tokio::test]
async fn an_order_that_never_arrived_is_said_so_only_when_it_is_too_late_for_it() {
    let venue = Venue::start();
    let spot = venue.client().await;
    venue.next(Act::Cut);
    let order = bid(&spot);
    let sent = Instant::now();
    assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    let verdict = spot.settle(order.order(), PATIENCE).await.unwrap();
    assert!(matches!(verdict, Verdict::NeverArrived), "{verdict:?}");
    // The receive window of 200 ms, and the second that a query may lag.
    assert!(sent.elapsed() >= Duration::from_millis(1_200), "{:?}", sent.elapsed());
    assert!(sent.elapsed() < Duration::from_millis(3_000), "{:?}", sent.elapsed());
    assert!(spot.in_doubt().is_empty());
    assert!(venue.script.lock().unwrap().queries > 3);
}

#[tokio::test]
async fn an_order_that_arrives_late_is_found_and_one_that_is_too_late_never_is() {
    let venue = Venue::start();
    let spot = venue.client().await;
    for (after, arrives) in [(150, true), (400, false)] {
        venue.next(Act::AcceptLate(Duration::from_millis(after)));
        let order = bid(&spot);
        let placed = tokio::time::timeout(Duration::from_millis(20), spot.place(&order)).await;
        assert!(placed.is_err(), "the future was to be dropped");
        assert_eq!(spot.in_doubt(), [order.order()], "a dropped order is not forgotten");
        let verdict = spot.settle(order.order(), PATIENCE).await.unwrap();
        assert_eq!(matches!(verdict, Verdict::Exists(_)), arrives, "{verdict:?}");
        assert_eq!(matches!(verdict, Verdict::NeverArrived), !arrives, "{verdict:?}");
        assert_eq!(venue.taken(order.id), u32::from(arrives));
    }
}

#[tokio::test]
async fn without_an_answer_nothing_is_decided() {
    let venue = Venue::start();
    let spot = venue.client().await;
    for query in [(503, "overloaded"), (200, "{"), (400, r#"{"code":-1007,"msg":"Timeout."}"#), (429, "slow down")] {
        venue.script.lock().unwrap().query = Some(query);
        let order = bid(&spot);
        venue.next(Act::Cut);
        assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
        let began = Instant::now();
        let verdict = spot.settle(order.order(), Duration::from_millis(300)).await.unwrap();
        let Verdict::Undecided { until } = verdict else { panic!("{query:?} was taken for an answer: {verdict:?}") };
        assert!(until > Timestamp::now(), "{until} {}", Timestamp::now());
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        assert!(spot.in_doubt().contains(&order.order()));
    }
    // The last answer holds that client up for a while: another one asks.
    let held = spot.settle(bid(&spot).order(), Duration::ZERO).await.unwrap();
    let in_half_a_minute = Timestamp::now() + Duration::from_secs(30);
    assert!(matches!(held, Verdict::Undecided { until } if until > in_half_a_minute), "{held:?}");
    let spot = venue.client().await;
    venue.script.lock().unwrap().query = Some((400, r#"{"code":-2014,"msg":"API-key format invalid."}"#));
    let error = spot.settle(bid(&spot).order(), PATIENCE).await.unwrap_err();
    assert_eq!(error.kind(), RejectKind::Auth, "asking again would not help");
}

#[tokio::test]
async fn an_order_of_an_earlier_run_may_have_the_longest_window() {
    let venue = Venue::start();
    let spot = venue.client().await;
    let order = OrderRef::by_id(Symbol::new("BTCUSDT").unwrap(), ClientOrderId::new("from-before").unwrap());
    let before = Timestamp::now();
    for _ in 0..2 {
        let verdict = spot.settle(order, Duration::from_millis(50)).await.unwrap();
        let Verdict::Undecided { until } = verdict else { panic!("{verdict:?}") };
        // A window of 60 s on a timestamp of 1 s ahead, and the second that a query may lag.
        let longest = before + Duration::from_secs(62);
        assert!(
            until > longest && until < longest + Duration::from_secs(1),
            "asking again must not begin anew: {until}"
        );
    }
    let by_the_venues_id = OrderRef::by_order_id(order.symbol, 28.into());
    assert_eq!(spot.settle(by_the_venues_id, PATIENCE).await.unwrap_err().fate(), Fate::NotSent);
}

#[tokio::test]
async fn a_duplicate_id_leaves_the_id_in_doubt() {
    let venue = Venue::start();
    let spot = venue.client().await;
    let order = bid(&spot);
    venue.next(Act::AcceptAndCut);
    assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    venue.next(Act::Refuse(400, r#"{"code":-2010,"msg":"Duplicate order sent."}"#));
    let error = spot.place(&order).await.unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::DuplicateId));
    assert!(spot.in_doubt().contains(&order.order()));
    assert!(matches!(spot.settle(order.order(), PATIENCE).await.unwrap(), Verdict::Exists(_)));
    assert!(spot.in_doubt().is_empty());
    assert_eq!(venue.taken(order.id), 1);
}

#[tokio::test]
async fn a_refusal_that_comes_twice_is_not_the_next_orders() {
    const NO_FUNDS: &str = r#"{"code":-2010,"msg":"Account has insufficient balance for requested action."}"#;
    let venue = Venue::start();
    let spot = venue.builder().connections(1).build().await.unwrap();
    venue.next(Act::Refuse(400, NO_FUNDS));
    assert_eq!(spot.place(&bid(&spot)).await.unwrap_err().fate(), Fate::Rejected);

    let order = bid(&spot);
    venue.next(Act::AcceptAfterRepeating(400, NO_FUNDS));
    let error = spot.place(&order).await.unwrap_err();
    assert!(matches!(error, RestError::Decode(DecodeError::Repeated)), "{error}");
    assert!(error.fate() == Fate::Unknown && spot.in_doubt().contains(&order.order()));
    assert!(matches!(spot.settle(order.order(), PATIENCE).await.unwrap(), Verdict::Exists(_)));

    // On another connection, or in other words, it is a refusal again.
    for body in [NO_FUNDS, r#"{"code":-2010,"msg":"Order would immediately match and take."}"#] {
        venue.next(Act::Refuse(400, body));
        assert_eq!(spot.place(&bid(&spot)).await.unwrap_err().fate(), Fate::Rejected);
    }
}

#[tokio::test]
async fn an_order_that_could_be_forgotten_is_not_sent() {
    let venue = Venue::start();
    let spot = venue.builder().doubts_max(2).build().await.unwrap();
    for _ in 0..2 {
        venue.next(Act::Cut);
        assert_eq!(spot.place(&bid(&spot)).await.unwrap_err().fate(), Fate::Unknown);
    }
    let error = spot.place(&bid(&spot)).await.unwrap_err();
    assert_eq!(error, RestError::Busy(Busy::Doubts { places: 2 }));
    assert_eq!((error.fate(), venue.script.lock().unwrap().orders_seen.len()), (Fate::NotSent, 2));
    for order in spot.in_doubt() {
        spot.settle(order, PATIENCE).await.unwrap();
    }
    spot.place(&bid(&spot)).await.unwrap();
    // Fewer than connections, and more than can be numbered.
    for places in [1, 65_537] {
        let error = venue.builder().doubts_max(places).build().await.unwrap_err();
        assert!(error.to_string().contains("doubts_max"), "{error}");
    }
}

#[tokio::test]
async fn closing_drains_settles_and_takes_no_more() {
    let venue = Venue::start();
    let spot = venue.client().await;
    venue.next(Act::AcceptAndCut);
    let taken = bid(&spot);
    spot.place(&taken).await.unwrap_err();
    venue.next(Act::AcceptLate(Duration::from_millis(100)));
    let in_flight = bid(&spot);
    let other = spot.clone();
    let placing = tokio::spawn(async move { other.place(&in_flight).await });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let in_doubt = spot.close(Deadline::after(PATIENCE)).await;
    assert!(in_doubt.is_empty(), "{in_doubt:?}");
    assert!(placing.is_finished());
    let error = spot.place(&bid(&spot)).await.unwrap_err();
    assert_eq!(error, RestError::Busy(Busy::Closed));
    // Asking goes on.
    spot.query(taken.order()).await.unwrap();
}

#[tokio::test]
async fn closing_names_what_is_still_in_doubt() {
    let venue = Venue::start();
    let spot = venue.client().await;
    venue.script.lock().unwrap().query = Some((503, ""));
    venue.next(Act::Cut);
    let order = bid(&spot);
    spot.place(&order).await.unwrap_err();
    let began = Instant::now();
    assert_eq!(spot.close(Deadline::after(Duration::from_millis(200))).await, [order.order()]);
    assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
}

#[tokio::test]
async fn closing_can_cancel_what_is_open() {
    let venue = Venue::start();
    let spot = venue.client().await;
    let order = bid(&spot);
    spot.place(&order).await.unwrap();
    let closed = spot.close_and_cancel(&[order.symbol], Deadline::after(PATIENCE)).await;
    assert!(closed.in_doubt.is_empty() && closed.not_cancelled.is_empty(), "{closed:?}");
    assert_eq!(venue.taken(order.id), 0);
}

#[tokio::test]
async fn a_run_finds_the_open_orders_of_earlier_ones() {
    let venue = Venue::start();
    let first = venue.builder().id_prefix("mm1").build().await.unwrap();
    let (old, second) = (bid(&first), venue.builder().id_prefix("mm1").build().await.unwrap());
    first.place(&old).await.unwrap();
    second.place(&bid(&second)).await.unwrap();
    let mut elsewhere = bid(&second);
    elsewhere.id = ClientOrderId::new("other-strategy").unwrap();
    second.place(&elsewhere).await.unwrap();
    let recovered = |found: Vec<orderwire::OrderState>| found.into_iter().filter_map(|o| o.id).collect::<Vec<_>>();
    assert_eq!(recovered(second.recover("mm1").await.unwrap()), [old.id]);
    assert_eq!(second.recover("").await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_venues_clock_stamps_and_the_deadline_cuts_the_window() {
    let venue = Venue::start();
    venue.script.lock().unwrap().ahead_ms = 30_000;
    let spot = venue.client().await;
    let offset = spot.clock_offset().unwrap();
    let off_by = offset.offset_us.abs_diff(30_000_000);
    assert!(off_by <= offset.error_us && offset.error_us < 150_000, "{offset:?}");
    let now_ms = Timestamp::now().ms() + 30_000;
    spot.place_by(&bid(&spot), Deadline::after(Duration::from_millis(120))).await.unwrap();
    let script = venue.script.lock().unwrap();
    let seen = |name: &str| script.orders_seen[0][name].parse::<u64>().unwrap();
    assert!(seen("timestamp").abs_diff(now_ms) <= 20 + offset.error_us / 1_000, "{} {now_ms}", seen("timestamp"));
    assert!(seen("recvWindow") > 60 && seen("recvWindow") <= 122 + offset.error_us / 1_000, "{}", seen("recvWindow"));
}

#[tokio::test]
async fn what_an_order_waits_for_its_slot_is_no_longer_in_its_window() {
    let venue = Venue::start();
    let spot = venue.client().await;
    let held = [spot.pool().try_acquire().unwrap(), spot.pool().try_acquire().unwrap()];
    let (order, deadline) = (bid(&spot), Deadline::after(Duration::from_secs(2)));
    let (outcome, ()) = tokio::join!(spot.place_by(&order, deadline), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(held);
    });
    outcome.unwrap();
    let window_ms = venue.script.lock().unwrap().orders_seen[0]["recvWindow"].parse::<u64>().unwrap();
    let error_ms = spot.clock_offset().unwrap().error_us / 1_000;
    assert!((200..=1_502 + error_ms).contains(&window_ms), "{window_ms} {error_ms}");
}

#[tokio::test]
async fn resting_slots_are_kept_warm_by_the_venues_time_call() {
    let venue = Venue::start();
    let spot = venue.builder().keep_warm(Duration::from_millis(40)).build().await.unwrap();
    // This runtime is not polled meanwhile.
    std::thread::sleep(Duration::from_millis(300));
    let times = venue.script.lock().unwrap().times;
    assert!((2 + 2 * 4..=2 + 2 * 12).contains(&times), "two slots, warmed each 30 to 45 ms: {times} time calls");
    assert!(spot.pool().counts().kept_warm >= 8, "{:?}", spot.pool().counts());
    spot.place(&bid(&spot)).await.unwrap();
    assert_eq!(spot.pool().counts().connected, 2, "the connections are the same");
    let error = venue.builder().keep_warm(Duration::from_secs(1)).build_cold().await.unwrap_err();
    assert!(error.to_string().contains("keep_warm needs build()"), "{error}");
}

/// Program 3: an order whose outcome must be known, with the same id each time.
#[tokio::test]
async fn the_outcome_of_an_order_becomes_known_whatever_happens() {
    for acts in [vec![Act::Cut, Act::Cut, Act::Accept], vec![Act::Cut, Act::AcceptAndCut], vec![Act::Accept]] {
        let venue = Venue::start();
        let spot = venue.client().await;
        let attempts = acts.len();
        acts.into_iter().for_each(|act| venue.next(act));
        let order = bid(&spot);
        let mut known = false;
        for _ in 0..attempts {
            match spot.place_by(&order, Deadline::after(Duration::from_millis(80))).await {
                Ok(_) => known = true,
                Err(e) => match e.fate() {
                    Fate::NotSent => continue,
                    Fate::Rejected if e.kind() != RejectKind::DuplicateId => panic!("{e}"),
                    Fate::Rejected | Fate::Unknown => match spot.settle(order.order(), PATIENCE).await.unwrap() {
                        Verdict::Exists(_) => known = true,
                        Verdict::NeverArrived => continue,
                        Verdict::Undecided { until } => panic!("ask again after {until}"),
                    },
                },
            }
            break;
        }
        assert!(known);
        assert_eq!(venue.taken(order.id), 1, "an order is taken once");
    }
}
