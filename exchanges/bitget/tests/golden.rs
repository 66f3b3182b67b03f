//! Every call of Bitget in its exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_bitget::orderwire::venue::{
    AmendOrder, Balances, BuildError, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Cursor, Draft, Endpoint,
    GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Path, Ping,
    PlaceBatch, QueryOrder, Request, Response, ServerTime, TestOrder, Venue, Window,
};
use orderwire_bitget::orderwire::{Method, RestError};
use orderwire_bitget::{
    BATCH_MAX, BitgetOrder, CancelReplace, ClientOrderId, Credentials, Decimal, Environment, Fate, FillsSince,
    NewOrder, OrderId, OrderRef, PositionSide, RawCall, SelfTradePrevention, Side, Spot, SpotBuilder, SpotVenue,
    Symbol, TimeInForce, Timestamp, dec,
};
use proptest::prelude::*;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use ring::{hmac, rsa};
use std::time::Duration;

const KEY: &str = "bg_6f6f2b6f";
const SECRET: &str = "a-secret-as-the-venue-gives-one-out";

/// The documents' example of a timestamp.
const NOW_MS: u64 = 1_659_076_670_000;

fn spot_in(environment: Environment, secret: &str) -> SpotBuilder {
    let credentials = Credentials::new(KEY, secret).unwrap().with_passphrase("kept-apart").unwrap();
    Spot::builder(environment)
        .credentials(credentials)
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The window is then what the builder says, whole.
        .deadline(Duration::MAX)
}

fn spot() -> SpotBuilder {
    spot_in(Environment::Live, SECRET)
}

fn written<E: Endpoint<SpotVenue>>(builder: SpotBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<SpotVenue>>(endpoint: &E) -> String {
    let error = written(spot(), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// HMAC-SHA256 in base64, by another implementation.
fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    data_encoding::BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

/// What every request begins with.
fn head(method: &str, target: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: api.bitget.com\r\nACCESS-KEY: {KEY}\r\nACCESS-PASSPHRASE: kept-apart\r\n\
         Content-Type: application/json\r\n"
    )
}

/// The whole signed request without a body; the path stands after the base path.
fn get(target: &str) -> String {
    let target = format!("/api/v2{target}");
    let signature = sign(&format!("{NOW_MS}GET{target}"));
    format!("{}ACCESS-TIMESTAMP: {NOW_MS}\r\nACCESS-SIGN: {signature}\r\n\r\n", head("GET", &target))
}

/// The whole signed request with a body.
fn post(path: &str, body: &str) -> String {
    let target = format!("/api/v2{path}");
    let signature = sign(&format!("{NOW_MS}POST{target}{body}"));
    // The length stands in a gap of fixed width.
    let length = format!("Content-Length:{:>6}", body.len());
    format!("{}ACCESS-TIMESTAMP: {NOW_MS}\r\nACCESS-SIGN: {signature}\r\n{length}\r\n\r\n{body}", head("POST", &target))
}

fn public(target: &str) -> String {
    format!("{}\r\n", head("GET", &format!("/api/v2{target}")))
}

fn btc() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn number(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

/// The documents' example of an order.
fn limit() -> NewOrder {
    limit_of(btc())
}

fn limit_of(symbol: Symbol) -> NewOrder {
    NewOrder::limit(id("121211212122"), symbol, Side::Buy, dec!(1), dec!(23222.5))
}

/// An order of which both ids are known.
fn both(ours: &str, theirs: &str) -> OrderRef {
    let mut order = OrderRef::by_order_id(btc(), number(theirs));
    order.id = Some(id(ours));
    order
}

/// The order of the documents' example. The signature is that of `openssl dgst -sha256 -hmac $SECRET -binary | base64`.
#[test]
fn place_limit() {
    let body = r#"{"symbol":"BTCUSDT","side":"buy","orderType":"limit","force":"gtc","price":"23222.5","size":"1","clientOid":"121211212122","requestTime":"1659076670000","receiveWindow":"30000"}"#;
    assert_eq!(
        written(spot(), &limit()).unwrap(),
        format!(
            "POST /api/v2/spot/trade/place-order HTTP/1.1\r\n\
             Host: api.bitget.com\r\n\
             ACCESS-KEY: bg_6f6f2b6f\r\n\
             ACCESS-PASSPHRASE: kept-apart\r\n\
             Content-Type: application/json\r\n\
             ACCESS-TIMESTAMP: 1659076670000\r\n\
             ACCESS-SIGN: 088gNLAhChilSA3JL0crNoKfolZpOOZLwF625MUEFkc=\r\n\
             Content-Length:   177\r\n\
             \r\n\
             {body}"
        )
    );
    assert_eq!(written(spot(), &limit()).unwrap(), post("/spot/trade/place-order", body));
}

/// The texts that the documents say are signed for their two examples; they have no secrets and no signatures.
#[test]
fn the_documents_examples_are_signed_as_they_say() {
    let depth =
        RawCall::new(Method::Get, "/api/spot/v1/market/depth").query(&[("symbol", "btcusdt_spbl"), ("limit", "20")]);
    let order = r#"{"symbol":"btcusdt_spbl","quantity":"8","side":"buy","price":"1","orderType":"limit","clientOrderId":"bitget#123456"}"#;
    let place = RawCall::new(Method::Post, "/api/spot/v1/order/order").body(order.as_bytes());
    for (call, now_ms, text) in [
        (depth, 1_591_089_508_404, "1591089508404GET/api/spot/v1/market/depth?symbol=btcusdt_spbl&limit=20".to_owned()),
        (place, 1_561_022_985_382, format!("1561022985382POST/api/spot/v1/order/order{order}")),
    ] {
        let request = written(spot().fixed_clock(Timestamp::from_ms(now_ms)), &call.signed()).unwrap();
        assert!(request.contains(&format!("\r\nACCESS-SIGN: {}\r\n", sign(&text))), "{request}");
    }
}

#[test]
fn terms_of_orders() {
    let body = |order: &BitgetOrder| {
        let request = written(spot(), order).unwrap();
        let body = request.split_once("\r\n\r\n").unwrap().1.to_owned();
        assert_eq!(request, post("/spot/trade/place-order", &body));
        let tail = r#","requestTime":"1659076670000","receiveWindow":"30000"}"#;
        body.strip_suffix(tail).unwrap().strip_prefix(r#"{"symbol":"BTCUSDT","side":""#).unwrap().to_owned()
    };
    let sell = NewOrder::limit(id("121211212122"), btc(), Side::Sell, dec!(1), dec!(23222.5));
    for (order, expected) in [
        (
            limit().post_only(),
            r#"buy","orderType":"limit","force":"post_only","price":"23222.5","size":"1","clientOid":"121211212122""#,
        ),
        (
            limit().time_in_force(TimeInForce::Ioc),
            r#"buy","orderType":"limit","force":"ioc","price":"23222.5","size":"1","clientOid":"121211212122""#,
        ),
        (
            sell.time_in_force(TimeInForce::Fok),
            r#"sell","orderType":"limit","force":"fok","price":"23222.5","size":"1","clientOid":"121211212122""#,
        ),
        (
            NewOrder::market(id("a"), btc(), Side::Sell, dec!(0.00100)),
            r#"sell","orderType":"market","force":"gtc","size":"0.00100","clientOid":"a""#,
        ),
    ] {
        assert_eq!(body(&order.into()), expected);
    }
    assert_eq!(
        body(&BitgetOrder::market_for_quote(id("a"), btc(), dec!(100))),
        r#"buy","orderType":"market","force":"gtc","size":"100","clientOid":"a""#
    );
    for (mode, word) in [
        (SelfTradePrevention::CancelBoth, "cancel_both"),
        (SelfTradePrevention::CancelMaker, "cancel_maker"),
        (SelfTradePrevention::CancelTaker, "cancel_taker"),
    ] {
        let order = BitgetOrder::new(limit()).self_trade_prevention(mode).with_id(id("b"));
        assert!(body(&order).ends_with(&format!(r#""clientOid":"b","stpMode":"{word}""#)));
    }
}

#[test]
fn what_the_venue_has_no_word_for_is_refused() {
    let market = NewOrder::market(id("a"), btc(), Side::Buy, dec!(1));
    assert!(refusal(&market).contains("market_for_quote"));
    assert!(refusal(&NewOrder::stop_market(id("a"), btc(), Side::Sell, dec!(1), dec!(2))).contains("place-plan-order"));
    assert!(refusal(&limit().reduce_only()).contains("reduce_only()"));
    assert!(refusal(&limit().position_side(PositionSide::Long)).contains("position_side()"));
    let mut twice = BitgetOrder::market_for_quote(id("a"), btc(), dec!(100));
    twice.order.quantity = dec!(1);
    assert!(refusal(&twice).contains("quote_quantity"));
    let mut sell = BitgetOrder::market_for_quote(id("a"), btc(), dec!(100));
    sell.order.side = Side::Sell;
    assert!(refusal(&sell).contains("quote_quantity"));
    assert!(refusal(&BitgetOrder::market_for_quote(id("a"), btc(), dec!(0))).contains("above zero"));
    assert!(refusal(&TestOrder { order: limit() }).contains("post only"));
    assert!(refusal(&GetPositions { symbol: None }).contains("balances"));
    assert!(refusal(&CancelAllAfter { symbol: None, after: None }).contains("cancel_all"));
    let (new_id, quantity, price, side) = (None, Some(dec!(1)), None, None);
    assert!(refusal(&AmendOrder { order: limit().order(), new_id, quantity, price, side }).contains("CancelReplace"));
    let trade = GetFills { symbol: btc(), since: FillsSince::Trade(1) };
    assert!(refusal(&trade).contains("backwards"));
    // What would be percent-encoded is signed otherwise than it is sent.
    let odd = Symbol::new("币安人生USDT").unwrap();
    assert!(refusal(&GetFills { symbol: odd, since: FillsSince::Recent }).contains("percent-encoded"));
    assert!(written(spot(), &limit_of(odd)).unwrap().contains(r#"{"symbol":"币安人生USDT","side""#));
    assert!(refusal(&limit_of(Symbol::new("A\"B").unwrap())).contains("quotes"));
    assert!(refusal(&CancelOrder { order: OrderRef::by_order_id(btc(), number("12-a")) }).contains("whole numbers"));
}

#[test]
fn a_deadline_cuts_the_receive_window() {
    let window = |builder: SpotBuilder| {
        let request = written(builder, &limit()).unwrap();
        request.rsplit_once(r#""receiveWindow":""#).unwrap().1.trim_end_matches("\"}").to_owned()
    };
    assert_eq!(window(spot().deadline(Duration::from_micros(79_001))), "80");
    assert_eq!(window(spot().deadline(Duration::from_secs(90))), "30000");
    assert_eq!(window(spot().recv_window(Duration::from_secs(5))), "5000");
    for window in [Duration::ZERO, Duration::from_secs(31)] {
        assert!(spot().recv_window(window).dry_run().unwrap_err().to_string().contains("30 seconds"));
    }
}

#[test]
fn keys_of_another_kind_are_refused() {
    let builder = |credentials| Spot::builder(Environment::Live).credentials(credentials);
    let without = Credentials::new(KEY, SECRET).unwrap();
    assert!(builder(without).dry_run().unwrap_err().to_string().contains("passphrase"));
    let ed25519 = Credentials::new(KEY, include_str!("../../../tests/keys/ed25519.pem")).unwrap();
    let error = builder(ed25519.with_passphrase("x").unwrap()).dry_run().unwrap_err().to_string();
    assert!(error.contains("HMAC secrets and RSA keys"), "{error}");
}

/// The whole signature is checked by another implementation, with the public half of the key.
#[test]
fn an_rsa_key_signs_the_same_text() {
    let pem = include_str!("../../../tests/keys/rsa_2048.pem");
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = rsa::KeyPair::from_pkcs8(&data_encoding::BASE64.decode(lines.as_bytes()).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
    let requests = [
        written(spot_in(Environment::Live, pem), &limit()).unwrap(),
        written(spot_in(Environment::Live, pem), &QueryOrder { order: limit().order() }).unwrap(),
    ];
    for request in requests {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let [method, target, ..] = head.split(' ').collect::<Vec<_>>()[..] else { panic!("{head}") };
        let signature = head.lines().find_map(|line| line.strip_prefix("ACCESS-SIGN: ")).unwrap();
        let signature = data_encoding::BASE64.decode(signature.as_bytes()).unwrap();
        public.verify(format!("{NOW_MS}{method}{target}{body}").as_bytes(), &signature).unwrap();
    }
}

#[test]
fn demo_trading_is_a_header() {
    let request = written(spot_in(Environment::Demo, SECRET), &limit()).unwrap();
    assert!(request.contains("\r\nHost: api.bitget.com\r\n") && request.contains("\r\npaptrading: 1\r\n"), "{request}");
    assert!(!written(spot(), &limit()).unwrap().contains("paptrading"));
    assert!(spot_in(Environment::Testnet, SECRET).dry_run().is_err());
}

#[test]
fn cancels() {
    let path = "/spot/trade/cancel-order";
    let by_id = CancelOrder { order: limit().order() };
    assert_eq!(written(spot(), &by_id).unwrap(), post(path, r#"{"symbol":"BTCUSDT","clientOid":"121211212122"}"#));
    let by_both = CancelOrder { order: both("a", "7") };
    assert_eq!(written(spot(), &by_both).unwrap(), post(path, r#"{"symbol":"BTCUSDT","orderId":"7"}"#));
    let all = CancelAll { symbol: btc(), triggers: false };
    assert_eq!(written(spot(), &all).unwrap(), post("/spot/trade/cancel-symbol-order", r#"{"symbol":"BTCUSDT"}"#));
}

/// The documents' example, and another id for the new order.
#[test]
fn cancel_and_replace() {
    let order = OrderRef::by_order_id(btc(), number("7"));
    let replace = CancelReplace { order, new_id: id("new-1"), quantity: dec!(4), price: dec!(3.24) };
    assert_eq!(
        written(spot(), &replace).unwrap(),
        post(
            "/spot/trade/cancel-replace-order",
            r#"{"symbol":"BTCUSDT","orderId":"7","newClientOid":"new-1","price":"3.24","size":"4"}"#
        )
    );
    assert_eq!(replace.creates().collect::<Vec<_>>(), [OrderRef::by_id(btc(), id("new-1"))]);
    assert!(refusal(&CancelReplace { price: dec!(0), ..replace }).contains("above zero"));
    assert!(refusal(&CancelReplace { quantity: dec!(-1), ..replace }).contains("above zero"));
    assert!(refusal(&CancelReplace { new_id: id("a#b"), ..replace }).contains("client order id"));
}

#[test]
fn batches() {
    let orders = [limit(), NewOrder::market(id("b"), Symbol::new("ETHUSDT").unwrap(), Side::Sell, dec!(2))];
    assert_eq!(
        written(spot(), &PlaceBatch { orders: &orders }).unwrap(),
        post(
            "/spot/trade/batch-orders",
            r#"{"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","side":"buy","orderType":"limit","force":"gtc","price":"23222.5","size":"1","clientOid":"121211212122"},{"symbol":"ETHUSDT","side":"sell","orderType":"market","force":"gtc","size":"2","clientOid":"b"}]}"#
        )
    );
    let more = [BitgetOrder::market_for_quote(id("c"), btc(), dec!(100))];
    assert_eq!(
        written(spot(), &PlaceBatch { orders: &more }).unwrap(),
        post(
            "/spot/trade/batch-orders",
            r#"{"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","side":"buy","orderType":"market","force":"gtc","size":"100","clientOid":"c"}]}"#
        )
    );
    let path = "/spot/trade/batch-cancel-order";
    let numbered = both("a", "7");
    let cancels = |orders: &[OrderRef]| written(spot(), &CancelBatch { orders });
    assert_eq!(
        cancels(&[numbered, OrderRef::by_order_id(btc(), number("8"))]).unwrap(),
        post(
            path,
            r#"{"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","orderId":"7"},{"symbol":"BTCUSDT","orderId":"8"}]}"#
        )
    );
    // Not both kinds of ids in one request: where one order has the venue's alone, nothing goes out.
    assert_eq!(
        cancels(&[numbered, limit().order()]).unwrap(),
        post(
            path,
            r#"{"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","clientOid":"a"},{"symbol":"BTCUSDT","clientOid":"121211212122"}]}"#
        )
    );
    let mixed = cancels(&[OrderRef::by_order_id(btc(), number("8")), limit().order()]).unwrap_err();
    assert!(mixed.fate() == Fate::NotSent && mixed.to_string().contains("mixes"), "{mixed}");
    assert!(cancels(&[]).unwrap_err().to_string().contains("at least one"));
    assert!(cancels(&[numbered; BATCH_MAX + 1]).unwrap_err().to_string().contains("at most 20"));
    let mut nameless = numbered;
    (nameless.id, nameless.order_id) = (None, None);
    assert!(cancels(&[nameless]).unwrap_err().to_string().contains("name the order"));
}

#[test]
fn questions() {
    let query = |order| written(spot(), &QueryOrder { order }).unwrap();
    let by_id = limit().order();
    assert_eq!(query(by_id), get("/spot/trade/orderInfo?clientOid=121211212122"));
    let numbered = OrderRef::by_order_id(btc(), number("7"));
    assert_eq!(query(numbered), get("/spot/trade/orderInfo?orderId=7"));
    // By the venue's id there is one place for all; by ours, six hours of past orders.
    assert_eq!(query(numbered.in_history()), get("/spot/trade/orderInfo?orderId=7"));
    assert_eq!(
        query(by_id.in_history()),
        get("/spot/trade/history-orders?symbol=BTCUSDT&startTime=1659055070000&limit=100")
    );
    // Where it is known when it was sent, from then on.
    let mut sent = by_id.in_history();
    sent.since = Some(Timestamp::from_ms(NOW_MS - 1_000));
    assert_eq!(query(sent), get("/spot/trade/history-orders?symbol=BTCUSDT&startTime=1659076639000&limit=100"));
    let open = |symbol| written(spot(), &OpenOrders { symbol, triggers: false }).unwrap();
    assert_eq!(open(None), get("/spot/trade/unfilled-orders?limit=100"));
    assert_eq!(open(Some(btc())), get("/spot/trade/unfilled-orders?symbol=BTCUSDT&limit=100"));
    let fills = |since| written(spot(), &GetFills { symbol: btc(), since }).unwrap();
    assert_eq!(fills(FillsSince::Recent), get("/spot/trade/fills?symbol=BTCUSDT&limit=100"));
    assert_eq!(fills(FillsSince::Order(number("7"))), get("/spot/trade/fills?symbol=BTCUSDT&orderId=7&limit=100"));
    assert_eq!(
        fills(FillsSince::Time(Timestamp::from_ms(1_659_036_670_000))),
        get("/spot/trade/fills?symbol=BTCUSDT&startTime=1659036670000&limit=100")
    );
    assert_eq!(written(spot(), &Balances {}).unwrap(), get("/spot/account/assets?assetType=hold_only"));
    let rates = GetFeeRates { symbol: btc() };
    assert_eq!(written(spot(), &rates).unwrap(), get("/common/trade-rate?symbol=BTCUSDT&businessType=spot"));
}

/// The part of a list behind a cursor.
struct Behind<E>(E, Cursor);

impl<E: Endpoint<SpotVenue>> Endpoint<SpotVenue> for Behind<E> {
    type Reply = E::Reply;
    const METHOD: Method = E::METHOD;
    const PATH: &'static str = E::PATH;

    fn path(&self) -> Path<'_> {
        self.0.path()
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.0.encode_page(venue, draft, window, Some(&self.1))
    }

    fn decode(&self, response: &Response<'_>) -> Result<E::Reply, RestError> {
        self.0.decode(response)
    }
}

#[test]
fn lists_go_on_before_their_last_order() {
    let cursor = || Cursor::new("2222222").unwrap();
    let open = Behind(OpenOrders { symbol: None, triggers: false }, cursor());
    assert_eq!(written(spot(), &open).unwrap(), get("/spot/trade/unfilled-orders?idLessThan=2222222&limit=100"));
    let past = Behind(QueryOrder { order: limit().order().in_history() }, cursor());
    assert_eq!(
        written(spot(), &past).unwrap(),
        get("/spot/trade/history-orders?symbol=BTCUSDT&startTime=1659055070000&idLessThan=2222222&limit=100")
    );
}

#[test]
fn calls_that_need_no_key() {
    let symbol = btc();
    assert_eq!(written(spot(), &GetInstrument { symbol }).unwrap(), public("/spot/public/symbols?symbol=BTCUSDT"));
    assert_eq!(written(spot(), &GetInstruments {}).unwrap(), public("/spot/public/symbols"));
    assert_eq!(written(spot(), &GetTopOfBook { symbol }).unwrap(), public("/spot/market/tickers?symbol=BTCUSDT"));
    assert_eq!(written(spot(), &ServerTime {}).unwrap(), public("/public/time"));
    assert_eq!(written(spot(), &Ping {}).unwrap(), public("/public/time"));
}

#[test]
fn any_call_can_be_signed() {
    let call = RawCall::new(Method::Get, "/api/v2/spot/account/bills").query(&[("coin", "USDT"), ("limit", "1")]);
    assert_eq!(written(spot(), &call.signed()).unwrap(), get("/spot/account/bills?coin=USDT&limit=1"));
    let body = r#"{"symbol":"币安人生USDT","note":"naïve"}"#;
    let plan = RawCall::new(Method::Post, "/api/v2/spot/trade/place-plan-order").body(body.as_bytes()).signed();
    assert_eq!(written(spot(), &plan).unwrap(), post("/spot/trade/place-plan-order", body));
    let odd = RawCall::new(Method::Get, "/api/v2/x").query(&[("coin", "é")]);
    assert!(refusal(&odd.signed()).contains("percent-encoded"));
    assert!(refusal(&odd.body(b"{}").signed()).contains("percent-encoded"));
    assert_eq!(written(spot(), &odd).unwrap(), public("/x?coin=%C3%A9"));
    for name in ["access-sign", "ACCESS-TIMESTAMP", "content-type"] {
        let headers = [(name, "x")];
        let refused = refusal(&RawCall { headers: &headers, ..call.signed() });
        assert!(refused.contains("leave it out"), "{refused}");
    }
}

/// The largest request that these types can say fits the buffer that every slot has.
#[test]
fn the_largest_batch_fits() {
    let most = Decimal::MAX;
    let order = NewOrder::limit(id(&"x".repeat(36)), Symbol::new(&"X".repeat(44)).unwrap(), Side::Sell, most, most);
    let full = BitgetOrder::new(order).self_trade_prevention(SelfTradePrevention::CancelTaker);
    assert!(written(spot(), &full).unwrap().len() <= 1_024);
    assert!(written(spot(), &PlaceBatch { orders: &[full; BATCH_MAX] }).unwrap().len() <= 16_384);
    assert!(written(spot(), &CancelBatch { orders: &[order.order(); BATCH_MAX] }).unwrap().len() <= 16_384);
}

#[test]
fn an_order_expires_with_its_timestamp() {
    let settings = SpotVenue::SETTLING;
    assert!(settings.expiry_max.unwrap() >= Duration::from_secs(60) && !settings.lag.is_zero());
    assert!(Spot::builder(Environment::Live).dry_run().is_ok(), "public calls need no key");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an order says stands in its body, once and exactly, and is signed as it is sent: 1,000 of them.
    #[test]
    fn whatever_an_order_says_is_signed_and_read_back(
        name in "[A-Z0-9\u{e9}\u{4e2d}]{1,8}",
        client_id in "[A-Za-z0-9_-]{1,36}",
        quantity in 1_i64..i64::MAX,
        price in 1_i64..i64::MAX,
        scales in (0_u32..18, 0_u32..18),
        buys in any::<bool>(),
        now_ms in 0_u64..4_102_444_800_000,
    ) {
        let symbol = Symbol::new(&format!("{name}USDT")).unwrap();
        let (quantity, price) = (Decimal::new(quantity, scales.0), Decimal::new(price, scales.1));
        let side = if buys { Side::Buy } else { Side::Sell };
        let order = NewOrder::limit(id(&client_id), symbol, side, quantity, price);
        let request = written(spot().fixed_clock(Timestamp::from_ms(now_ms)), &order).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_start_matches([':', ' ']).to_owned()
        };
        prop_assert_eq!(header("ACCESS-TIMESTAMP"), now_ms.to_string());
        prop_assert_eq!(header("ACCESS-SIGN"), sign(&format!("{now_ms}POST/api/v2/spot/trade/place-order{body}")));
        prop_assert_eq!(header("Content-Length").parse::<usize>().unwrap(), body.len());
        let expected = serde_json::json!({
            "symbol": symbol.as_str(),
            "side": if buys { "buy" } else { "sell" },
            "orderType": "limit",
            "force": "gtc",
            "price": price.to_string(),
            "size": quantity.to_string(),
            "clientOid": client_id,
            "requestTime": now_ms.to_string(),
            "receiveWindow": "30000",
        });
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), expected);
    }
}
