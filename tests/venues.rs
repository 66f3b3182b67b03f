//! What every venue has to do: one list of properties, and a line for each venue that it is held against.
//!
//! A venue tells what only it knows ([`Facts`]): how its replies say yes and no, which codes its documents list, which signs an id may
//! have, and how a signature is made by somebody else's code. The rest is the same for all. A venue that is added is added here.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use orderwire::http::response::ResponseReader;
use orderwire::order::CancelAck;
use orderwire::venue::{
    CancelOrder, Credentials, Endpoint, Environment, OpenOrders, QueryOrder, RawCall, RawReply, ServerTime, Venue,
    VenueClient, VenueClientBuilder,
};
use orderwire::{
    ClientOrderId, Decimal, Fate, Method, NewOrder, OrderAck, OrderId, OrderRef, OrderState, OrderStatus, RejectKind,
    RestError, Side, Symbol, Timestamp, dec,
};
use orderwire_binance::{SpotVenue as BinanceSpot, UsdmVenue as BinanceUsdm};
use orderwire_bitget::SpotVenue as BitgetSpot;
use orderwire_bybit::{LinearVenue as BybitLinear, SpotVenue as BybitSpot};
use orderwire_coinbase::CoinbaseVenue;
use orderwire_kraken::KrakenVenue;
use orderwire_okx::OkxVenue;
use ring::signature::Ed25519KeyPair;
use ring::{digest, hmac};

const KEY: &str = "a-key-of-the-tests";
const SECRET: &str = "a-secret-of-the-tests";
const PASSPHRASE: &str = "a-passphrase-of-the-tests";
const NOW_MS: u64 = 1_700_000_000_123;

/// What only the venue knows.
trait Facts: Venue {
    /// Every code that its documents list, one a line, before the first blank.
    const CODES: &'static str;
    /// How many these are at least.
    const CODES_MIN: usize = 100;
    /// A code that they do not list.
    const UNLISTED: &'static str;
    /// A secret of the account, as the venue gives one out.
    const SECRET: &'static str = SECRET;
    /// Whether an order is cancelled by our id of it.
    const CANCELS_BY_ID: bool = true;
    /// The signs that an id may have beside letters and digits.
    const ID_SIGNS: &'static str;
    /// The longest id.
    const ID_BYTES_MAX: usize = 36;
    /// An id that the venue takes.
    const ID: &'static str = "mm1-0007";
    /// An instrument as the venue writes it.
    const SYMBOL: &'static str = "BTCUSDT";
    /// What a name may end in that has 44 bytes, each of them percent-encoded where a query needs it.
    const LONG_SYMBOL: &'static str = "";
    /// The whole request of [`limit`].
    const GOLDEN: &'static str;
    /// A raw call of the venue's, with a query or a body.
    const RAW: RawCall<'static>;

    /// The code that a line of them has, if it has one.
    fn code(line: &str) -> Option<&str> {
        line.split(' ').next().filter(|code| code.parse::<i64>().is_ok())
    }
    /// What names an order in a cancel and a query whose reply is about no other.
    fn named(order: &NewOrder) -> OrderRef {
        order.order()
    }
    /// A request without what is drawn at random in it.
    fn steady(request: String) -> String {
        request
    }
    /// A reply that refuses with this code.
    fn refusal(code: &str) -> (u16, String);
    /// A reply that accepts the order of this id, and has `more` among its fields.
    fn accepted(id: &str, more: &str) -> String;
    /// An order's state, with this word for its status.
    fn state(id: &str, word: &str, more: &str) -> String;
    /// The signature that a request carries, and the same made by other code.
    fn signed(request: &str) -> (String, String);
    /// What an error of the venue means in a raw reply.
    fn classify(status: u16, body: &[u8]) -> Option<RestError>;
}

/// All properties, for one venue.
fn holds<V: Facts>()
where
    CancelOrder: Endpoint<V, Reply = CancelAck>,
    NewOrder: Endpoint<V, Reply = OrderAck>,
    OpenOrders: Endpoint<V, Reply = Vec<OrderState>>,
    QueryOrder: Endpoint<V, Reply = OrderState>,
    ServerTime: Endpoint<V, Reply = Timestamp>,
    for<'a> RawCall<'a>: Endpoint<V, Reply = RawReply>,
{
    the_bytes_of_an_order_are_these::<V>();
    signatures_are_made_the_same_by_other_code::<V>();
    every_code_has_a_kind_and_a_fate::<V>();
    ids_are_within_the_rules::<V>();
    the_largest_order_fits_the_buffer::<V>();
    what_makes_no_sense_is_refused_with_the_cure::<V>();
    nothing_is_signed_without_a_key::<V>();
    what_is_new_to_us_survives::<V>();
    another_orders_answer_is_unknown::<V>();
    no_json_but_one_whole_value_says_yes_or_no::<V>();
}

#[test]
fn binance_spot() {
    holds::<BinanceSpot>();
}

#[test]
fn binance_usdm() {
    holds::<BinanceUsdm>();
}

#[test]
fn bitget_spot() {
    holds::<BitgetSpot>();
}

#[test]
fn bybit_spot() {
    holds::<BybitSpot>();
}

#[test]
fn bybit_linear() {
    holds::<BybitLinear>();
}

#[test]
fn okx() {
    holds::<OkxVenue>();
}

#[test]
fn coinbase() {
    holds::<CoinbaseVenue>();
}

#[test]
fn kraken() {
    holds::<KrakenVenue>();
}

// --- the properties ---

fn the_bytes_of_an_order_are_these<V: Facts>()
where
    NewOrder: Endpoint<V>,
{
    assert_eq!(V::steady(write(&limit::<V>(V::ID)).unwrap()), V::GOLDEN, "{}", V::NAME);
}

fn signatures_are_made_the_same_by_other_code<V: Facts>()
where
    CancelOrder: Endpoint<V>,
    NewOrder: Endpoint<V>,
    OpenOrders: Endpoint<V>,
    QueryOrder: Endpoint<V>,
    for<'a> RawCall<'a>: Endpoint<V>,
{
    let order = V::named(&limit::<V>(V::ID));
    let mut requests = vec![
        write(&CancelOrder { order }).unwrap(),
        write(&QueryOrder { order }).unwrap(),
        write(&OpenOrders { symbol: Some(order.symbol), triggers: false }).unwrap(),
        write(&V::RAW).unwrap(),
    ];
    // Odd sizes move what is signed over every border of the hash's blocks.
    for places in 0..=27 {
        let mut order = limit::<V>(&"x".repeat(V::ID_BYTES_MAX.min(1 + places as usize)));
        order.quantity = Decimal::new(1, places);
        order.price = Some(dec!(123456789012.00000001));
        requests.push(write(&order).unwrap());
    }
    for request in requests {
        let (signature, made) = V::signed(&request);
        assert_eq!(signature, made, "{}: {request}", V::NAME);
    }
}

fn every_code_has_a_kind_and_a_fate<V: Facts>()
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
{
    let order = limit::<V>(V::ID);
    let mut codes = 0;
    for line in V::CODES.lines().filter(|line| !line.trim().is_empty()) {
        let Some(code) = V::code(line) else { continue };
        codes += 1;
        let (status, body) = V::refusal(code);
        let error = read(&order, status, &body).unwrap_err();
        assert_ne!(error.kind(), RejectKind::NotRejected, "{}: {line}", V::NAME);
        assert_ne!(error.fate(), Fate::NotSent, "{}: {line}", V::NAME);
        // A venue without numbers says it in words.
        let answer = error.answer().unwrap();
        assert_eq!(answer.code.map_or_else(|| answer.text.to_string(), |code| code.to_string()), code, "{}", V::NAME);
        assert_eq!(V::classify(status, body.as_bytes()), Some(error), "{}: {line}", V::NAME);
        // Whatever the code, a server in trouble says nothing of what it did, unless it says so in words.
        assert_eq!(read(&order, 502, &body).unwrap_err().fate(), Fate::Unknown, "{}: {line}", V::NAME);
    }
    assert!(codes >= V::CODES_MIN, "{}: {codes} codes", V::NAME);
    let (status, body) = V::refusal(V::UNLISTED);
    assert_eq!(read(&order, status, &body).unwrap_err().fate(), Fate::Unknown, "{}", V::NAME);
}

fn ids_are_within_the_rules<V: Facts>()
where
    CancelOrder: Endpoint<V>,
    NewOrder: Endpoint<V>,
    QueryOrder: Endpoint<V>,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let longest = "x".repeat(V::ID_BYTES_MAX);
    assert!(write(&limit::<V>(&longest)).unwrap().contains(&longest), "{}", V::NAME);
    for sign in '!'..='~' {
        let order = limit::<V>(&format!("a{sign}1"));
        let cancel = write(&CancelOrder { order: order.order() });
        let outcomes = [write(&order), write(&QueryOrder { order: order.order() })];
        if !V::CANCELS_BY_ID && V::ID_SIGNS.contains(sign) {
            assert!(cancel.unwrap_err().to_string().contains("order id is missing"), "{}: {sign}", V::NAME);
            outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
            continue;
        }
        let outcomes = outcomes.into_iter().chain(V::CANCELS_BY_ID.then_some(cancel));
        for outcome in outcomes {
            if sign.is_ascii_alphanumeric() || V::ID_SIGNS.contains(sign) {
                outcome.unwrap();
            } else {
                let error = outcome.expect_err(V::NAME);
                assert_eq!(error.fate(), Fate::NotSent);
                assert!(error.to_string().contains("client order id"), "{}: {sign} {error}", V::NAME);
            }
        }
    }
}

fn the_largest_order_fits_the_buffer<V: Facts>()
where
    NewOrder: Endpoint<V>,
{
    let mut order = limit::<V>(&"x".repeat(V::ID_BYTES_MAX));
    // Three bytes each, percent-encoded where a query needs it.
    let wide = (44 - V::LONG_SYMBOL.len()) / 3;
    order.symbol = Symbol::new(&("１".repeat(wide) + V::LONG_SYMBOL)).unwrap();
    (order.quantity, order.price) = (Decimal::MAX, Some(Decimal::from_i128_with_scale(1, 28)));
    let request = write(&order).unwrap();
    assert!(request.len() < 1_024, "{}: {} bytes", V::NAME, request.len());
}

fn what_makes_no_sense_is_refused_with_the_cure<V: Facts>()
where
    CancelOrder: Endpoint<V>,
    NewOrder: Endpoint<V>,
{
    let limit = limit::<V>(V::ID);
    let market = NewOrder::market(limit.id, limit.symbol, Side::Buy, dec!(1));
    for (change, what) in [
        (Change(&|order| order.quantity = dec!(0)), "above zero"),
        (Change(&|order| order.quantity = dec!(-1)), "above zero"),
        (Change(&|order| order.price = Some(dec!(0))), "above zero"),
        (Change(&|order| order.price = None), "price is missing"),
        (Change(&|order| order.stop_price = Some(dec!(1))), "stop"),
    ] {
        let mut order = limit;
        (change.0)(&mut order);
        refused::<V, _>(&order, what);
    }
    for (change, what) in [
        (Change(&|order| order.price = Some(dec!(1))), "price"),
        (Change(&|order| *order = order.post_only()), "post-only"),
        (Change(&|order| *order = order.time_in_force(orderwire::TimeInForce::Fok)), "time in force"),
    ] {
        let mut order = market;
        (change.0)(&mut order);
        refused::<V, _>(&order, what);
    }
    let mut nameless = limit.order();
    nameless.id = None;
    refused::<V, _>(&CancelOrder { order: nameless }, "name the order");
}

struct Change(&'static dyn Fn(&mut NewOrder));

/// Nothing was sent, and the error says what is wrong and what would be right.
fn refused<V: Facts, E: Endpoint<V>>(endpoint: &E, what: &str) {
    let error = write(endpoint).expect_err(V::NAME);
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains(what), "{}: {what}: {error}", V::NAME);
}

fn nothing_is_signed_without_a_key<V: Facts>()
where
    NewOrder: Endpoint<V>,
    for<'a> RawCall<'a>: Endpoint<V>,
{
    let keyless = || VenueClient::<V>::builder(Environment::Live).dry_run().unwrap();
    let errors =
        [keyless().request(&limit::<V>("a")).map(drop).unwrap_err(), keyless().request(&V::RAW).map(drop).unwrap_err()];
    for error in errors {
        assert_eq!(error.fate(), Fate::NotSent);
        assert!(error.to_string().contains(".credentials("), "{}: {error}", V::NAME);
    }
}

fn what_is_new_to_us_survives<V: Facts>()
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
    QueryOrder: Endpoint<V, Reply = OrderState>,
{
    let order = limit::<V>(V::ID);
    let newer = r#","future":{"list":[1,2,{"a":null}],"text":"\u00e9\"","number":1e-30},"flag":true"#;
    let ack = read(&order, 200, &V::accepted(V::ID, newer)).unwrap();
    assert_eq!((ack.id, ack.order_id.as_str()), (order.id, "28"), "{}", V::NAME);
    let query = QueryOrder { order: V::named(&order) };
    let state = read(&query, 200, &V::state(V::ID, "DREAMING", newer)).unwrap();
    assert_eq!((state.status, state.word.as_str()), (OrderStatus::Other, "DREAMING"), "{}", V::NAME);
    assert!(state.status.is_open(), "what nobody knows may still be executed");
}

fn another_orders_answer_is_unknown<V: Facts>()
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
    QueryOrder: Endpoint<V, Reply = OrderState>,
{
    let order = limit::<V>(V::ID);
    let id = V::ID;
    let [next, shorter] = [format!("{}8", &id[..id.len() - 1]), id[..id.len() - 1].to_owned()];
    for other in [next, shorter, format!("{id}7"), id.to_uppercase(), String::new()] {
        let error = read(&order, 200, &V::accepted(&other, "")).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{}: {other}", V::NAME);
        let query = QueryOrder { order: V::named(&order) };
        assert_eq!(read(&query, 200, &V::state(&other, "NEW", "")).unwrap_err().fate(), Fate::Unknown);
    }
}

fn no_json_but_one_whole_value_says_yes_or_no<V: Facts>()
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
{
    let order = limit::<V>(V::ID);
    let whole = V::accepted(V::ID, "");
    read(&order, 200, &whole).unwrap();
    for length in 0..whole.len() {
        assert_eq!(read(&order, 200, &whole[..length]).unwrap_err().fate(), Fate::Unknown, "{}: {length}", V::NAME);
    }
    let deep = format!(r#","deep":{}{}"#, "[".repeat(24_000), "]".repeat(24_000));
    for body in [
        format!("{whole}{whole}"),
        format!("{whole} x"),
        V::accepted(V::ID, &deep),
        whole.replace(&format!("{}\"", V::ID), V::ID),
        "<html>".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
    ] {
        assert_eq!(read(&order, 200, &body).unwrap_err().fate(), Fate::Unknown, "{}: {body:.80}", V::NAME);
    }
    // A deciding key that stands twice: two readers would take a different one of the two.
    let (status, refusal) = V::refusal("-1");
    let twice = whole.replacen('{', &format!("{{{},", refusal.trim_start_matches('{').split(',').next().unwrap()), 1);
    assert_eq!(read(&order, 200, &twice).unwrap_err().fate(), Fate::Unknown, "{}: {status} {twice:.80}", V::NAME);
}

// --- what the properties are told with ---

fn limit<V: Facts>(id: &str) -> NewOrder {
    let (id, symbol) = (ClientOrderId::new(id).unwrap(), Symbol::new(V::SYMBOL).unwrap());
    NewOrder::limit(id, symbol, Side::Buy, dec!(0.001), dec!(20000))
}

fn builder<V: Facts>() -> VenueClientBuilder<V> {
    VenueClient::builder(Environment::Live)
        .credentials(Credentials::new(KEY, V::SECRET).unwrap().with_passphrase(PASSPHRASE).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        .deadline(std::time::Duration::MAX)
}

fn write<V: Facts, E: Endpoint<V>>(endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder::<V>().dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

fn read<V: Venue, E: Endpoint<V>>(endpoint: &E, status: u16, body: &str) -> Result<E::Reply, RestError> {
    let reply = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n{body}", body.len());
    endpoint.decode(&ResponseReader::new(65_536).replay(reply.as_bytes()).unwrap())
}

/// HMAC-SHA256 of a text.
fn tag(text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), text.as_bytes()).as_ref().to_vec()
}

/// The value of a header that stands once.
fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let value = lines.next().unwrap();
    assert_eq!(lines.next(), None, "{name} stands twice");
    value
}

/// A signature in hex of the query, and of the body behind it.
fn signed_query(request: &str) -> (String, String) {
    let target = request.split(' ').nth(1).unwrap();
    let (text, signature) = target.split_once('?').unwrap().1.rsplit_once("&signature=").unwrap();
    let body = request.split_once("\r\n\r\n").unwrap().1;
    (signature.to_owned(), HEXLOWER.encode(&tag(&format!("{text}{body}"))))
}

/// A signature in base64 of timestamp, method, target and body, nothing between them.
fn signed_head_and_body(request: &str, timestamp: &str, signature: &str) -> (String, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let [method, target, _] = head.lines().next().unwrap().split(' ').collect::<Vec<_>>()[..] else { panic!("{head}") };
    let text = format!("{}{method}{target}{body}", header(request, timestamp));
    (header(request, signature).to_owned(), BASE64.encode(&tag(&text)))
}

// --- the venues ---

const BINANCE_RAW: RawCall<'static> =
    RawCall::new(Method::Post, "/any/path").signed().query(&[("a", "b c&é"), ("empty", "")]).body(b"x=y");

fn binance_refusal(code: &str) -> (u16, String) {
    (400, format!(r#"{{"code":{code},"msg":"words"}}"#))
}

fn binance_order(id: &str, word: &str, more: &str) -> String {
    format!(
        r#"{{"symbol":"BTCUSDT","orderId":28,"clientOrderId":"{id}","executedQty":"0","origQty":"0.001","status":"{word}"{more}}}"#
    )
}

impl Facts for BinanceSpot {
    const CODES: &'static str = include_str!("../exchanges/binance/tests/fixtures/error_codes.txt");
    const UNLISTED: &'static str = "-9999";
    const ID_SIGNS: &'static str = "-_";
    const GOLDEN: &'static str = "POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=0.001&newClientOrderId=mm1-0007&price=20000&timestamp=1700000000123&signature=5d8fcf7d4379ef236cf7f6e8c93be123bf892d1a8d6d7a9bc136d15cd7433668 HTTP/1.1\r\nHost: api.binance.com\r\nX-MBX-APIKEY: a-key-of-the-tests\r\nContent-Length: 0\r\n\r\n";
    const RAW: RawCall<'static> = BINANCE_RAW;

    fn refusal(code: &str) -> (u16, String) {
        binance_refusal(code)
    }

    fn accepted(id: &str, more: &str) -> String {
        binance_order(id, "NEW", more)
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        binance_order(id, word, more)
    }

    fn signed(request: &str) -> (String, String) {
        signed_query(request)
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_binance::spot::errors::classify(status, body)
    }
}

impl Facts for BinanceUsdm {
    const CODES: &'static str = include_str!("../exchanges/binance/tests/fixtures/usdm/error_codes.txt");
    const UNLISTED: &'static str = "-9999";
    const ID_SIGNS: &'static str = ".:/_-";
    const GOLDEN: &'static str = "POST /fapi/v1/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=0.001&newClientOrderId=mm1-0007&price=20000&timestamp=1700000000123&signature=5d8fcf7d4379ef236cf7f6e8c93be123bf892d1a8d6d7a9bc136d15cd7433668 HTTP/1.1\r\nHost: fapi.binance.com\r\nX-MBX-APIKEY: a-key-of-the-tests\r\nContent-Length: 0\r\n\r\n";
    const RAW: RawCall<'static> = BINANCE_RAW;

    fn refusal(code: &str) -> (u16, String) {
        binance_refusal(code)
    }

    fn accepted(id: &str, more: &str) -> String {
        binance_order(id, "NEW", more)
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        binance_order(id, word, more)
    }

    fn signed(request: &str) -> (String, String) {
        signed_query(request)
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_binance::usdm::errors::classify(status, body)
    }
}

const BYBIT_RAW: RawCall<'static> =
    RawCall::new(Method::Post, "/v5/any/path").signed().body("{\"note\": \"naïve ☕\"}".as_bytes());

fn bybit_reply(code: &str, result: &str) -> String {
    format!(r#"{{"retCode":{code},"retMsg":"words","result":{result},"retExtInfo":{{}},"time":1}}"#)
}

fn bybit_accepted(id: &str, more: &str) -> String {
    bybit_reply("0", &format!(r#"{{"orderId":"28","orderLinkId":"{id}"{more}}}"#))
}

fn bybit_state(id: &str, word: &str, more: &str) -> String {
    let order = format!(
        r#"{{"orderId":"28","orderLinkId":"{id}","symbol":"BTCUSDT","qty":"0.001","orderStatus":"{word}","cumExecQty":"0"{more}}}"#
    );
    bybit_reply("0", &format!(r#"{{"list":[{order}],"nextPageCursor":"","category":"x"}}"#))
}

/// Timestamp, key and window as they stand in the head, and query or body behind them.
fn bybit_signed(request: &str) -> (String, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let text = if head.starts_with("GET ") { target.split_once('?').map_or("", |(_, query)| query) } else { body };
    let lead = ["X-BAPI-TIMESTAMP", "X-BAPI-API-KEY", "X-BAPI-RECV-WINDOW"].map(|name| header(request, name)).concat();
    (header(request, "X-BAPI-SIGN").to_owned(), HEXLOWER.encode(&tag(&format!("{lead}{text}"))))
}

macro_rules! bybit {
    ($venue:ty, $golden:literal) => {
        impl Facts for $venue {
            const CODES: &'static str = include_str!("../exchanges/bybit/tests/fixtures/error_codes.txt");
            const UNLISTED: &'static str = "987654";
            const ID_SIGNS: &'static str = "-_";
            const GOLDEN: &'static str = $golden;
            const RAW: RawCall<'static> = BYBIT_RAW;

            fn refusal(code: &str) -> (u16, String) {
                (200, bybit_reply(code, "{}"))
            }

            fn accepted(id: &str, more: &str) -> String {
                bybit_accepted(id, more)
            }

            fn state(id: &str, word: &str, more: &str) -> String {
                bybit_state(id, word, more)
            }

            fn signed(request: &str) -> (String, String) {
                bybit_signed(request)
            }

            fn classify(status: u16, body: &[u8]) -> Option<RestError> {
                orderwire_bybit::errors::classify(status, body)
            }
        }
    };
}

bybit!(
    BybitSpot,
    "POST /v5/order/create HTTP/1.1\r\nHost: api.bybit.com\r\nX-BAPI-API-KEY: a-key-of-the-tests\r\nX-BAPI-TIMESTAMP: 1700000000123\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: 62799d6db193e5ac9595d89008d15c0f2d751993490b60bcfc7a515d83ea91d3\r\nContent-Type: application/json\r\nContent-Length:   146\r\n\r\n{\"category\":\"spot\",\"symbol\":\"BTCUSDT\",\"side\":\"Buy\",\"orderType\":\"Limit\",\"qty\":\"0.001\",\"price\":\"20000\",\"timeInForce\":\"GTC\",\"orderLinkId\":\"mm1-0007\"}"
);
bybit!(
    BybitLinear,
    "POST /v5/order/create HTTP/1.1\r\nHost: api.bybit.com\r\nX-BAPI-API-KEY: a-key-of-the-tests\r\nX-BAPI-TIMESTAMP: 1700000000123\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: 430518088d35a11dc526194be7714b02ef05c3451e3ddfb99bc2cad4aebc135d\r\nContent-Type: application/json\r\nContent-Length:   148\r\n\r\n{\"category\":\"linear\",\"symbol\":\"BTCUSDT\",\"side\":\"Buy\",\"orderType\":\"Limit\",\"qty\":\"0.001\",\"price\":\"20000\",\"timeInForce\":\"GTC\",\"orderLinkId\":\"mm1-0007\"}"
);

fn bitget_reply(code: &str, data: &str) -> String {
    format!(r#"{{"code":"{code}","msg":"words","requestTime":1,"data":{data}}}"#)
}

impl Facts for BitgetSpot {
    const CODES: &'static str = include_str!("../exchanges/bitget/tests/fixtures/error_codes.txt");
    const UNLISTED: &'static str = "987654";
    const ID_SIGNS: &'static str = "-_";
    const GOLDEN: &'static str = "POST /api/v2/spot/trade/place-order HTTP/1.1\r\nHost: api.bitget.com\r\nACCESS-KEY: a-key-of-the-tests\r\nACCESS-PASSPHRASE: a-passphrase-of-the-tests\r\nContent-Type: application/json\r\nACCESS-TIMESTAMP: 1700000000123\r\nACCESS-SIGN: ZNx1VFG0sbUxC3yM0uunG/VvJpbz6CZlDdjPyufSGQQ=\r\nContent-Length:   175\r\n\r\n{\"symbol\":\"BTCUSDT\",\"side\":\"buy\",\"orderType\":\"limit\",\"force\":\"gtc\",\"price\":\"20000\",\"size\":\"0.001\",\"clientOid\":\"mm1-0007\",\"requestTime\":\"1700000000123\",\"receiveWindow\":\"30000\"}";
    const RAW: RawCall<'static> =
        RawCall::new(Method::Post, "/api/v2/any/path").signed().body("{\"note\": \"naïve ☕\"}".as_bytes());

    /// Codes have five digits, also those that begin with zeros.
    fn refusal(code: &str) -> (u16, String) {
        (400, bitget_reply(&format!("{code:0>5}"), "null"))
    }

    fn accepted(id: &str, more: &str) -> String {
        bitget_reply("00000", &format!(r#"{{"orderId":"28","clientOid":"{id}"{more}}}"#))
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        let order = format!(
            r#"{{"orderId":"28","clientOid":"{id}","symbol":"BTCUSDT","size":"0.001","status":"{word}","baseVolume":"0"{more}}}"#
        );
        bitget_reply("00000", &format!("[{order}]"))
    }

    fn signed(request: &str) -> (String, String) {
        signed_head_and_body(request, "ACCESS-TIMESTAMP", "ACCESS-SIGN")
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_bitget::errors::classify(status, body)
    }
}

fn okx_reply(code: &str, data: &str) -> String {
    format!(r#"{{"code":"{code}","data":[{data}],"msg":"words"}}"#)
}

impl Facts for OkxVenue {
    const CODES: &'static str = include_str!("../exchanges/okx/tests/fixtures/error_codes.txt");
    const UNLISTED: &'static str = "987654";
    const ID_SIGNS: &'static str = "";
    const ID_BYTES_MAX: usize = 32;
    const ID: &'static str = "mm1x0007";
    const SYMBOL: &'static str = "BTC-USDT";
    const LONG_SYMBOL: &'static str = "-USDT";
    const GOLDEN: &'static str = "POST /api/v5/trade/order HTTP/1.1\r\nHost: openapi.okx.com\r\nOK-ACCESS-KEY: a-key-of-the-tests\r\nOK-ACCESS-PASSPHRASE: a-passphrase-of-the-tests\r\nContent-Type: application/json\r\nOK-ACCESS-TIMESTAMP: 2023-11-14T22:13:20.123Z\r\nexpTime: 1700000030123\r\nOK-ACCESS-SIGN: pCQTD4f62OGDMRxcPbJMTrpJvXJuhvrHk0swgIvwbhc=\r\nContent-Length:   115\r\n\r\n{\"instId\":\"BTC-USDT\",\"tdMode\":\"cash\",\"clOrdId\":\"mm1x0007\",\"side\":\"buy\",\"ordType\":\"limit\",\"px\":\"20000\",\"sz\":\"0.001\"}";
    const RAW: RawCall<'static> =
        RawCall::new(Method::Post, "/api/v5/any/path").signed().body("[{\"note\": \"naïve ☕\"}]".as_bytes());

    fn refusal(code: &str) -> (u16, String) {
        (200, okx_reply(code, ""))
    }

    fn accepted(id: &str, more: &str) -> String {
        okx_reply("0", &format!(r#"{{"clOrdId":"{id}","ordId":"28","sCode":"0","sMsg":""{more}}}"#))
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        let order = format!(
            r#"{{"accFillSz":"0","clOrdId":"{id}","instId":"BTC-USDT","ordId":"28","state":"{word}","sz":"0.001"{more}}}"#
        );
        okx_reply("0", &order)
    }

    fn signed(request: &str) -> (String, String) {
        signed_head_and_body(request, "OK-ACCESS-TIMESTAMP", "OK-ACCESS-SIGN")
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_okx::errors::classify(status, body)
    }
}

/// The key of RFC 8032, section 7.1, test 1: seed and public half, as the venue hands keys out.
const COINBASE_SECRET: &str =
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";

fn coinbase_part(part: &str) -> String {
    String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

impl Facts for CoinbaseVenue {
    const CODES: &'static str = include_str!("../exchanges/coinbase/tests/fixtures/new_order_reasons.txt");
    const UNLISTED: &'static str = "MERCURY_IN_RETROGRADE";
    const SECRET: &'static str = COINBASE_SECRET;
    const CANCELS_BY_ID: bool = false;
    const ID_SIGNS: &'static str = "!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
    const SYMBOL: &'static str = "BTC-USD";
    /// Its token stands opened, without its nonce and signature.
    const GOLDEN: &'static str = "POST /api/v3/brokerage/orders HTTP/1.1\r\nHost: api.coinbase.com\r\nUser-Agent: orderwire\r\nContent-Type: application/json\r\nAuthorization: Bearer {\"alg\":\"EdDSA\",\"kid\":\"a-key-of-the-tests\",\"nonce\":\"..\",\"typ\":\"JWT\"}.{\"sub\":\"a-key-of-the-tests\",\"iss\":\"cdp\",\"nbf\":1699999998,\"exp\":1700000118,\"uri\":\"POST api.coinbase.com/api/v3/brokerage/orders\"}\r\nContent-Length:   170\r\n\r\n{\"client_order_id\":\"mm1-0007\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\",\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":\"0.001\",\"limit_price\":\"20000\",\"post_only\":false}}}";
    const RAW: RawCall<'static> = RawCall::new(Method::Post, "/api/v3/brokerage/any")
        .signed()
        .query(&[("a", "b c&é"), ("empty", "")])
        .body("{\"note\": \"naïve ☕\"}".as_bytes());

    /// It has words and no numbers.
    fn code(line: &str) -> Option<&str> {
        Some(line)
    }

    fn named(order: &NewOrder) -> OrderRef {
        let mut named = order.order();
        named.order_id = Some(OrderId::from(28));
        named
    }

    fn steady(request: String) -> String {
        let token = header(&request, "Authorization").strip_prefix("Bearer ").unwrap();
        let [head, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
        let (before, nonce) =
            coinbase_part(head).split_once("\"nonce\":\"").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let opened = format!("{before}\"nonce\":\"..{}.{}", &nonce[64..], coinbase_part(payload));
        request.replace(token, &opened)
    }

    fn refusal(word: &str) -> (u16, String) {
        let error =
            format!(r#"{{"error":"{word}","message":"","error_details":"","new_order_failure_reason":"{word}"}}"#);
        (200, format!(r#"{{"success":false,"error_response":{error},"order_configuration":{{}}}}"#))
    }

    fn accepted(id: &str, more: &str) -> String {
        let order =
            format!(r#"{{"order_id":"28","product_id":"BTC-USD","side":"BUY","client_order_id":"{id}"{more}}}"#);
        format!(r#"{{"success":true,"success_response":{order},"order_configuration":{{}}}}"#)
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        format!(
            r#"{{"order":{{"order_id":"28","product_id":"BTC-USD","side":"BUY","client_order_id":"{id}","status":"{word}","filled_size":"0"{more}}}}}"#
        )
    }

    /// A token over method, host and path, neither query nor body; its header and payload are the text.
    fn signed(request: &str) -> (String, String) {
        let token = header(request, "Authorization").strip_prefix("Bearer ").unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let [method, target, _] = request.lines().next().unwrap().split(' ').collect::<Vec<_>>()[..] else { panic!() };
        let path = target.split('?').next().unwrap();
        let payload = coinbase_part(text.split_once('.').unwrap().1);
        assert!(payload.ends_with(&format!(",\"uri\":\"{method} api.coinbase.com{path}\"}}")), "{payload}");
        let seed = &BASE64.decode(COINBASE_SECRET.as_bytes()).unwrap()[..32];
        let made = Ed25519KeyPair::from_seed_unchecked(seed).unwrap().sign(text.as_bytes());
        (signature.to_owned(), BASE64URL_NOPAD.encode(made.as_ref()))
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_coinbase::errors::classify(status, body)
    }
}

impl Facts for KrakenVenue {
    const CODES: &'static str = include_str!("../exchanges/kraken/tests/fixtures/error_words.txt");
    const CODES_MIN: usize = 50;
    const UNLISTED: &'static str = "EOrder:Mercury in retrograde";
    const SECRET: &'static str = "a/secret/of/the/tests+++";
    const ID_SIGNS: &'static str = "!#$%&'()*+-./:;<=>?@[]^_`{|}~";
    const ID_BYTES_MAX: usize = 18;
    const SYMBOL: &'static str = "XBTUSD";
    const GOLDEN: &'static str = "POST /0/private/AddOrder HTTP/1.1\r\nHost: api.kraken.com\r\nUser-Agent: orderwire\r\nAPI-Key: a-key-of-the-tests\r\nAPI-Sign: eyPM9U/WWYkQle5x8aGsllAx9G4sZ/h8QoACfwfC0FlLHqNp2VDM+tvsgRGopRKQaj19wKCs0XC+jho2uOeSRg==\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length:   138\r\n\r\nnonce=1700000000123&ordertype=limit&pair=XBTUSD&price=20000&type=buy&volume=0.001&cl_ord_id=mm1-0007&deadline=2023-11-14T22%3A14%3A19.123Z";
    const RAW: RawCall<'static> =
        RawCall::new(Method::Post, "/0/private/Any").signed().query(&[("a", "b c&é"), ("empty", "")]);

    /// It has words and no numbers, blanks among them.
    fn code(line: &str) -> Option<&str> {
        Some(line)
    }

    fn refusal(words: &str) -> (u16, String) {
        (200, format!(r#"{{"error":["{words}"],"result":{{}}}}"#))
    }

    fn accepted(id: &str, more: &str) -> String {
        let descr = r#"{"order":"buy 0.00100000 XBTUSD @ limit 20000.0"}"#;
        format!(r#"{{"error":[],"result":{{"descr":{descr},"txid":["28"],"cl_ord_id":"{id}"{more}}}}}"#)
    }

    fn state(id: &str, word: &str, more: &str) -> String {
        let descr = r#"{"pair":"XBTUSD","type":"buy"}"#;
        format!(
            r#"{{"error":[],"result":{{"open":{{"28":{{"cl_ord_id":"{id}","status":"{word}","descr":{descr},"vol":"0.001","vol_exec":"0"{more}}}}}}}}}"#
        )
    }

    /// The path, and SHA-256 of nonce and body; the secret is what its base64 says.
    fn signed(request: &str) -> (String, String) {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let path = head.split(' ').nth(1).unwrap();
        assert!(body.contains(&format!("nonce={NOW_MS}")), "{body}");
        let inner = digest::digest(&digest::SHA256, format!("{NOW_MS}{body}").as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA512, &BASE64.decode(Self::SECRET.as_bytes()).unwrap());
        let made = hmac::sign(&key, &[path.as_bytes(), inner.as_ref()].concat());
        (header(request, "API-Sign").to_owned(), BASE64.encode(made.as_ref()))
    }

    fn classify(status: u16, body: &[u8]) -> Option<RestError> {
        orderwire_kraken::errors::classify(status, body)
    }
}
