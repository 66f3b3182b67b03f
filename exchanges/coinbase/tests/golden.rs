//! Every call of Coinbase in its exact bytes; every token opened, and its signature verified by another implementation than the SDK's.

use std::time::Duration;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use orderwire_coinbase::orderwire::venue::{
    Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument,
    GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, QueryOrder, ServerTime, TestOrder,
};
use orderwire_coinbase::orderwire::{Method, RestError};
use orderwire_coinbase::{
    AmendOrder, Attached, ClientOrderId, ClosePosition, Coinbase, CoinbaseAmend, CoinbaseBuilder, CoinbaseOrder,
    CoinbaseVenue, Credentials, Environment, Fate, FillsSince, GetKeyPermissions, MarginMode, NewOrder, OrderId,
    OrderRef, PositionSide, RawCall, Side, Symbol, TestAmend, TestCoinbaseOrder, TimeInForce, Timestamp, Twap, dec,
};
use proptest::prelude::*;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::Value;

/// The keys that the venue's own client is tested with. Source: `tests/constants.py` of `coinbase-advanced-py` at `54fb8ed`.
const KEY: &str = "organizations/test-organization/apiKeys/test-api-key";
const P256: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIKwf3Uox30cRWzRBOPoPOH5p0Gpb0Dt8zUKXUEM5fMkGoAoGCCqGSM49\nAwEHoUQDQgAEbAtpLlSZYVOwYICz+uEyxcS29vRIujiES/gQ1DC7FV4zK4JuYE9v\nqDyGZQYjdXHLM7I6f/QnnOITL+dXYWBHRA==\n-----END EC PRIVATE KEY-----\n";
const ED25519_BOTH: &str = "k0BUni0p0vZG1BdpVjS6ogBJ7kxm630AJ2dN+tuputDOKsRAwgyrpEQLeBtS1znTmzPX6Xr2eOWpzx6nW8knkA==";
const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJNAVJ4tKdL2RtQXaVY0uqIASe5MZut9ACdnTfrbqbrQ\n-----END PRIVATE KEY-----\n";
const ED25519_SEED: &str = "k0BUni0p0vZG1BdpVjS6ogBJ7kxm630AJ2dN+tuputA=";

const NOW_MS: u64 = 1_700_000_000_999;

fn coinbase_with(secret: &str) -> CoinbaseBuilder {
    Coinbase::builder(Environment::Live)
        .credentials(Credentials::new(KEY, secret).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
}

fn coinbase() -> CoinbaseBuilder {
    coinbase_with(ED25519_BOTH)
}

fn written<E: Endpoint<CoinbaseVenue>>(builder: CoinbaseBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<CoinbaseVenue>>(endpoint: &E) -> String {
    let error = written(coinbase(), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// What a token says, once its signature is verified by ring with the public half of the key.
struct Opened {
    header: Value,
    payload: Value,
}

fn open(token: &str) -> Opened {
    let (text, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    assert_eq!(signature.len(), 64, "r and s, or Ed25519's: never DER");
    let part = |part: &str| serde_json::from_slice::<Value>(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    let (header, payload) = text.split_once('.').unwrap();
    let (header, payload) = (part(header), part(payload));
    match header["alg"].as_str().unwrap() {
        "EdDSA" => {
            let seed = BASE64.decode(ED25519_SEED.as_bytes()).unwrap();
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
            UnparsedPublicKey::new(&ED25519, pair.public_key()).verify(text.as_bytes(), &signature).unwrap();
        }
        "ES256" => {
            let body: String = P256.lines().filter(|line| !line.starts_with('-')).collect();
            let der = BASE64.decode(body.as_bytes()).unwrap();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &der[der.len() - 65..]);
            public.verify(text.as_bytes(), &signature).unwrap();
        }
        other => panic!("{other}"),
    }
    Opened { header, payload }
}

fn token(request: &str) -> &str {
    let mut lines = request.lines().filter_map(|line| line.strip_prefix("Authorization: Bearer "));
    let token = lines.next().unwrap();
    assert_eq!(lines.next(), None);
    token
}

/// The request without its token, and the `uri` that the token names.
fn taken_apart(request: &str) -> (String, String) {
    let token = token(request);
    let opened = open(token);
    let uri = opened.payload["uri"].as_str().unwrap().to_owned();
    (request.replace(&format!("Authorization: Bearer {token}\r\n"), ""), uri)
}

const HEAD: &str = "Host: api.coinbase.com\r\nUser-Agent: orderwire\r\nContent-Type: application/json\r\n";

/// Whether the whole request without a body is this: the path stands after the base path, and the token names it without its query.
#[track_caller]
fn is_get<E: Endpoint<CoinbaseVenue>>(endpoint: &E, target: &str) {
    let (request, uri) = taken_apart(&written(coinbase(), endpoint).unwrap());
    assert_eq!(request, format!("GET /api/v3/brokerage{target} HTTP/1.1\r\n{HEAD}\r\n"));
    let path = target.split('?').next().unwrap();
    assert_eq!(uri, format!("GET api.coinbase.com/api/v3/brokerage{path}"));
}

/// The same with a body.
#[track_caller]
fn is_post<E: Endpoint<CoinbaseVenue>>(endpoint: &E, path: &str, body: &str) {
    let (request, uri) = taken_apart(&written(coinbase(), endpoint).unwrap());
    // The length stands in a gap of fixed width.
    let length = format!("Content-Length:{:>6}", body.len());
    assert_eq!(request, format!("POST /api/v3/brokerage{path} HTTP/1.1\r\n{HEAD}{length}\r\n\r\n{body}"));
    assert_eq!(uri, format!("POST api.coinbase.com/api/v3/brokerage{path}"));
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn btc() -> Symbol {
    symbol("BTC-USD")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

const ORDER_ID: &str = "b0313b63-a2a1-4d30-a506-936337b52978";

fn named() -> OrderRef {
    OrderRef::by_order_id(btc(), OrderId::new(ORDER_ID).unwrap())
}

fn limit() -> NewOrder {
    NewOrder::limit(id("mm1-0007"), btc(), Side::Buy, dec!(0.001), dec!(20000))
}

fn market(side: Side) -> NewOrder {
    NewOrder::market(id("mm1-0007"), btc(), side, dec!(0.00100))
}

#[test]
fn an_order_and_its_token_to_the_byte() {
    let request = written(coinbase(), &limit()).unwrap();
    let token = token(&request);
    let part = |at: usize| {
        let part = token.split('.').nth(at).unwrap();
        String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
    };
    let nonce = open(token).header["nonce"].as_str().unwrap().to_owned();
    assert!(nonce.len() == 64 && nonce.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{nonce}");
    assert_eq!(part(0), format!(r#"{{"alg":"EdDSA","kid":"{KEY}","nonce":"{nonce}","typ":"JWT"}}"#));
    assert_eq!(
        part(1),
        format!(
            r#"{{"sub":"{KEY}","iss":"cdp","nbf":1699999998,"exp":1700000118,"uri":"POST api.coinbase.com/api/v3/brokerage/orders"}}"#
        )
    );
    assert_eq!(
        request,
        format!(
            "POST /api/v3/brokerage/orders HTTP/1.1\r\n\
             Host: api.coinbase.com\r\n\
             User-Agent: orderwire\r\n\
             Content-Type: application/json\r\n\
             Authorization: Bearer {token}\r\n\
             Content-Length:   170\r\n\
             \r\n\
             {{\"client_order_id\":\"mm1-0007\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\",\"order_configuration\":{{\"limit_limit_gtc\":{{\"base_size\":\"0.001\",\"limit_price\":\"20000\",\"post_only\":false}}}}}}"
        )
    );
}

/// The order's configuration, with whatever stands behind it.
#[track_caller]
fn placed_as<E: Endpoint<CoinbaseVenue>>(order: &E, side: &str, configuration: &str) {
    let body = format!(
        r#"{{"client_order_id":"mm1-0007","product_id":"BTC-USD","side":"{side}","order_configuration":{{{configuration}}}"#
    );
    is_post(order, "/orders", &body);
}

#[test]
fn place_in_every_way() {
    let limit = limit();
    let size = r#""base_size":"0.001","limit_price":"20000""#;
    placed_as(&limit, "BUY", &format!(r#""limit_limit_gtc":{{{size},"post_only":false}}}}"#));
    placed_as(&limit.post_only(), "BUY", &format!(r#""limit_limit_gtc":{{{size},"post_only":true}}}}"#));
    placed_as(&limit.time_in_force(TimeInForce::Ioc), "BUY", &format!(r#""sor_limit_ioc":{{{size}}}}}"#));
    placed_as(&limit.time_in_force(TimeInForce::Fok), "BUY", &format!(r#""limit_limit_fok":{{{size}}}}}"#));
    placed_as(&market(Side::Sell), "SELL", r#""market_market_ioc":{"base_size":"0.00100"}}"#);
    let odd = NewOrder::limit(id("mm1-0007"), btc(), Side::Sell, dec!(0.00000001), dec!(123456789012.00000001));
    placed_as(
        &odd,
        "SELL",
        r#""limit_limit_gtc":{"base_size":"0.00000001","limit_price":"123456789012.00000001","post_only":false}}"#,
    );
    // What waits: a stop for the market to run against it, a take profit for it to come its way.
    let (id, one) = (id("mm1-0007"), dec!(1));
    let waiting = |direction: &str| {
        format!(
            r#""stop_limit_stop_limit_gtc":{{"base_size":"1","limit_price":"21000","stop_price":"20500","stop_direction":"STOP_DIRECTION_STOP_{direction}"}}}}"#
        )
    };
    let (stop, price) = (dec!(20500), dec!(21000));
    placed_as(&NewOrder::stop_limit(id, btc(), Side::Buy, one, stop, price), "BUY", &waiting("UP"));
    placed_as(&NewOrder::stop_limit(id, btc(), Side::Sell, one, stop, price), "SELL", &waiting("DOWN"));
    placed_as(&NewOrder::take_profit_limit(id, btc(), Side::Buy, one, stop, price), "BUY", &waiting("DOWN"));
    placed_as(&NewOrder::take_profit_limit(id, btc(), Side::Sell, one, stop, price), "SELL", &waiting("UP"));
}

#[test]
fn place_with_all_that_coinbase_has() {
    let (id, tomorrow) = (id("mm1-0007"), Timestamp::from_ms(NOW_MS + 86_400_000));
    let size = r#""base_size":"0.001","limit_price":"20000""#;
    let end = r#","end_time":"2023-11-15T22:13:20.999Z""#;
    for (order, side, configuration) in [
        (CoinbaseOrder::new(limit()), "BUY", format!(r#""limit_limit_gtc":{{{size},"post_only":false}}}}"#)),
        (
            CoinbaseOrder::new(limit()).expires(tomorrow),
            "BUY",
            format!(r#""limit_limit_gtd":{{{size}{end},"post_only":false}}}}"#),
        ),
        (
            CoinbaseOrder::new(limit().post_only()).expires(tomorrow),
            "BUY",
            format!(r#""limit_limit_gtd":{{{size}{end},"post_only":true}}}}"#),
        ),
        (
            CoinbaseOrder::new(limit().time_in_force(TimeInForce::Ioc)),
            "BUY",
            format!(r#""sor_limit_ioc":{{{size}}}}}"#),
        ),
        (
            CoinbaseOrder::new(limit().time_in_force(TimeInForce::Fok)),
            "BUY",
            format!(r#""limit_limit_fok":{{{size}}}}}"#),
        ),
        (
            CoinbaseOrder::market_for_quote(id, btc(), Side::Buy, dec!(100.50)),
            "BUY",
            r#""market_market_ioc":{"quote_size":"100.50"}}"#.to_owned(),
        ),
        (
            CoinbaseOrder::new(market(Side::Sell).time_in_force(TimeInForce::Fok)),
            "SELL",
            r#""market_market_fok":{"base_size":"0.00100"}}"#.to_owned(),
        ),
        (
            CoinbaseOrder::new(NewOrder::stop_limit(id, btc(), Side::Sell, dec!(1), dec!(18000), dec!(17900)))
                .expires(tomorrow),
            "SELL",
            format!(
                r#""stop_limit_stop_limit_gtd":{{"base_size":"1","limit_price":"17900","stop_price":"18000","stop_direction":"STOP_DIRECTION_STOP_DOWN"{end}}}}}"#
            ),
        ),
        (
            CoinbaseOrder::bracket(id, btc(), Side::Sell, dec!(1), dec!(30000), dec!(18000)),
            "SELL",
            r#""trigger_bracket_gtc":{"base_size":"1","limit_price":"30000","stop_trigger_price":"18000"}}"#.to_owned(),
        ),
        (
            CoinbaseOrder::bracket(id, btc(), Side::Sell, dec!(1), dec!(30000), dec!(18000)).expires(tomorrow),
            "SELL",
            format!(
                r#""trigger_bracket_gtd":{{"base_size":"1","limit_price":"30000","stop_trigger_price":"18000"{end}}}}}"#
            ),
        ),
        (
            CoinbaseOrder::new(limit())
                .twap(Twap {
                    starts: Timestamp::from_ms(NOW_MS),
                    buckets: 5,
                    bucket_size: dec!(0.0002),
                    bucket_duration: Duration::from_secs(300),
                })
                .expires(tomorrow),
            "BUY",
            format!(
                r#""twap_limit_gtd":{{{size},"start_time":"2023-11-14T22:13:20.999Z","number_buckets":"5","bucket_size":"0.0002","bucket_duration":"300s"{end}}}}}"#
            ),
        ),
        (
            CoinbaseOrder::new(limit())
                .leverage(dec!(2.0), MarginMode::Isolated)
                .attached(Attached { limit_price: dec!(30000), stop_trigger_price: dec!(18000) }),
            "BUY",
            format!(
                r#""limit_limit_gtc":{{{size},"post_only":false}}}},"leverage":"2.0","margin_type":"ISOLATED","attached_order_configuration":{{"trigger_bracket_gtc":{{"limit_price":"30000","stop_trigger_price":"18000"}}}}"#
            ),
        ),
    ] {
        let body = format!(
            r#"{{"client_order_id":"mm1-0007","product_id":"BTC-USD","side":"{side}","order_configuration":{{{configuration}}}"#
        );
        is_post(&order, "/orders", &body);
        // A check of it says the same, but for the id.
        let checked = body.replace(r#""client_order_id":"mm1-0007","#, "");
        is_post(&TestCoinbaseOrder { order }, "/orders/preview", &checked);
    }
    let mut for_quote = CoinbaseOrder::new(limit());
    (for_quote.order.quantity, for_quote.quote_quantity) = (dec!(0), Some(dec!(50)));
    placed_as(&for_quote, "BUY", r#""limit_limit_gtc":{"quote_size":"50","limit_price":"20000","post_only":false}}"#);
    assert_eq!(for_quote.with_id(ClientOrderId::new("other").unwrap()).order.id.as_str(), "other");
    is_post(
        &TestOrder { order: limit() },
        "/orders/preview",
        r#"{"product_id":"BTC-USD","side":"BUY","order_configuration":{"limit_limit_gtc":{"base_size":"0.001","limit_price":"20000","post_only":false}}}"#,
    );
}

#[test]
fn what_the_venue_would_refuse_is_refused_before() {
    let (id, one, tomorrow) = (id("mm1-0007"), dec!(1), Timestamp::from_ms(NOW_MS + 86_400_000));
    let whole = CoinbaseOrder::new(limit());
    let bracket = CoinbaseOrder::bracket(id, btc(), Side::Sell, one, dec!(3), dec!(1));
    let twap = Twap { starts: tomorrow, buckets: 5, bucket_size: one, bucket_duration: Duration::from_secs(300) };
    let with = |change: &dyn Fn(&mut NewOrder)| {
        let mut order = limit();
        change(&mut order);
        order
    };
    let changed = |mut order: CoinbaseOrder, change: &dyn Fn(&mut CoinbaseOrder)| {
        change(&mut order);
        order
    };
    for (said, cure) in [
        (refusal(&limit().reduce_only()), "ClosePosition"),
        (refusal(&limit().position_side(PositionSide::Long)), "position_side() out"),
        (refusal(&NewOrder::stop_market(id, btc(), Side::Buy, one, one)), "NewOrder::stop_limit"),
        (refusal(&NewOrder::take_profit_market(id, btc(), Side::Buy, one, one)), "take_profit_limit"),
        (refusal(&market(Side::Buy).time_in_force(TimeInForce::Fok)), "CoinbaseOrder has fill or kill"),
        (refusal(&with(&|order| order.price = Some(dec!(-1)))), "above zero"),
        (refusal(&with(&|order| order.quantity = dec!(0))), "above zero"),
        (refusal(&with(&|order| order.stop_price = Some(one))), "NewOrder::stop_limit"),
        (refusal(&with(&|order| order.symbol = symbol("BTC\"USD"))), "BTC-USD"),
        (refusal(&with(&|order| order.id = ClientOrderId::new("a\\b").unwrap())), "quotes and backslashes"),
        (refusal(&CoinbaseOrder::new(market(Side::Buy)).expires(tomorrow)), "limit orders that stay"),
        (refusal(&whole.twap(twap)), ".expires(..)"),
        (refusal(&bracket.twap(twap).expires(tomorrow)), "leave one of them out"),
        (refusal(&whole.twap(Twap { buckets: 0, ..twap }).expires(tomorrow)), "a part at least"),
        (
            refusal(&CoinbaseOrder::new(limit().time_in_force(TimeInForce::Ioc)).expires(tomorrow)),
            "leave time_in_force() out",
        ),
        (refusal(&changed(bracket, &|it| it.order = limit().post_only())), "limit orders that stay: NewOrder::limit"),
        (refusal(&changed(whole, &|it| it.quote_quantity = Some(one))), "in place of their quantity"),
        (refusal(&changed(bracket, &|it| it.quote_quantity = Some(one))), "in place of their quantity"),
        (refusal(&CancelAll { symbol: btc(), triggers: false }), "CancelBatch, 100 at a time"),
        (refusal(&CancelAllAfter { symbol: None, after: None }), "CoinbaseOrder::expires"),
    ] {
        assert!(said.contains(cure), "{said}");
    }
}

#[test]
fn cancel_by_the_venues_id_alone() {
    let body = format!(r#"{{"order_ids":["{ORDER_ID}"]}}"#);
    is_post(&CancelOrder { order: named() }, "/orders/batch_cancel", &body);
    // An acknowledgement has both ids.
    let mut both = named();
    both.id = Some(id("mm1-0007"));
    is_post(&CancelOrder { order: both }, "/orders/batch_cancel", &body);
    is_post(
        &CancelBatch { orders: &[named(), both] },
        "/orders/batch_cancel",
        &format!(r#"{{"order_ids":["{ORDER_ID}","{ORDER_ID}"]}}"#),
    );
    let by_id = limit().order();
    for said in [
        refusal(&CancelOrder { order: by_id }),
        refusal(&CancelBatch { orders: &[named(), by_id] }),
        refusal(&change(by_id)),
    ] {
        assert!(said.contains("take that of the acknowledgement, or query the order first"), "{said}");
    }
    let mut nameless = by_id;
    nameless.id = None;
    for said in [refusal(&CancelOrder { order: nameless }), refusal(&QueryOrder { order: nameless })] {
        assert!(said.contains("name the order"), "{said}");
    }
    assert!(refusal(&CancelBatch { orders: &[] }).contains("at least one"));
    assert!(refusal(&CancelBatch { orders: &[named(); 101] }).contains("at most 100"));
    let strange = OrderRef::by_order_id(btc(), OrderId::new("../orders").unwrap());
    assert!(refusal(&CancelOrder { order: strange }).contains("UUIDs"));
    assert!(refusal(&QueryOrder { order: strange }).contains("UUIDs"));
}

#[test]
fn the_largest_batch_fits() {
    let request = written(coinbase(), &CancelBatch { orders: &[named(); 100] }).unwrap();
    assert!(request.len() < 5_000, "{}", request.len());
    assert_eq!(request.matches(ORDER_ID).count(), 100);
}

fn change(order: OrderRef) -> AmendOrder {
    AmendOrder { order, new_id: None, quantity: Some(dec!(0.5)), price: Some(dec!(19000.5)), side: None }
}

#[test]
fn change_price_and_quantity_together() {
    let body = format!(r#"{{"order_id":"{ORDER_ID}","price":"19000.5","size":"0.5"}}"#);
    let amend = CoinbaseAmend::new(change(named()));
    is_post(&change(named()), "/orders/edit", &body);
    is_post(&amend, "/orders/edit", &body);
    is_post(&TestAmend { amend }, "/orders/edit_preview", &body);
    let body = body.replace("\"0.5\"}", "\"0.5\",\"stop_price\":\"18000\"}");
    is_post(&amend.stop_price(dec!(18000)), "/orders/edit", &body);
    for (said, cure) in [
        (
            refusal(&AmendOrder { price: None, ..change(named()) }),
            "price is missing: Coinbase wants price and quantity",
        ),
        (refusal(&AmendOrder { quantity: None, ..change(named()) }), "quantity is missing"),
        (refusal(&AmendOrder { new_id: Some(id("a")), ..change(named()) }), "leave new_id out"),
        (refusal(&AmendOrder { price: Some(dec!(0)), ..change(named()) }), "above zero"),
    ] {
        assert!(said.contains(cure), "{said}");
    }
}

#[test]
fn ask_for_orders() {
    is_get(&QueryOrder { order: named() }, &format!("/orders/historical/{ORDER_ID}"));
    let day = "start_date=2023-11-13T22%3A13%3A20.999Z";
    is_get(
        &QueryOrder { order: limit().order() },
        &format!("/orders/historical/batch?product_ids=BTC-USD&{day}&limit=250"),
    );
    is_get(
        &OpenOrders { symbol: Some(btc()), triggers: false },
        "/orders/historical/batch?product_ids=BTC-USD&order_status=OPEN&limit=250",
    );
    is_get(&OpenOrders { symbol: None, triggers: false }, "/orders/historical/batch?order_status=OPEN&limit=250");
}

#[test]
fn the_account() {
    is_get(&Balances {}, "/accounts?limit=250");
    is_get(&GetPositions { symbol: Some(btc()) }, "/cfm/positions");
    is_get(&GetFeeRates { symbol: btc() }, "/transaction_summary?product_type=SPOT");
    is_get(&GetFeeRates { symbol: symbol("BIT-28JUL23-CDE") }, "/transaction_summary?product_type=FUTURE");
    is_get(&GetKeyPermissions {}, "/key_permissions");
    for (since, query) in [
        (FillsSince::Recent, String::new()),
        (FillsSince::Order(OrderId::new(ORDER_ID).unwrap()), format!("order_ids={ORDER_ID}&")),
        (
            FillsSince::Time(Timestamp::from_ms(NOW_MS)),
            "start_sequence_timestamp=2023-11-14T22%3A13%3A20.999Z&".to_owned(),
        ),
    ] {
        is_get(
            &GetFills { symbol: btc(), since },
            &format!("/orders/historical/fills?{query}product_ids=BTC-USD&limit=250"),
        );
    }
    assert!(refusal(&GetFills { symbol: btc(), since: FillsSince::Trade(1) }).contains("have no numbers"));
    let future = symbol("BIT-28JUL23-CDE");
    let mut close = ClosePosition { id: id("mm1-0007"), symbol: future, quantity: Some(dec!(3)) };
    let body = r#"{"client_order_id":"mm1-0007","product_id":"BIT-28JUL23-CDE","size":"3"}"#;
    is_post(&close, "/orders/close_position", body);
    close.quantity = None;
    is_post(&close, "/orders/close_position", &body.replace(r#","size":"3""#, ""));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let keyless = || Coinbase::builder(Environment::Live);
    let public =
        |target: &str| format!("GET /api/v3/brokerage{target} HTTP/1.1\r\n{HEAD}Cache-Control: no-cache\r\n\r\n");
    assert_eq!(written(keyless(), &ServerTime {}).unwrap(), public("/time"));
    assert_eq!(written(keyless(), &Ping {}).unwrap(), public("/time"));
    assert_eq!(
        written(keyless(), &GetTopOfBook { symbol: btc() }).unwrap(),
        public("/market/product_book?product_id=BTC-USD&limit=1")
    );
    assert_eq!(written(keyless(), &GetInstrument { symbol: btc() }).unwrap(), public("/market/products/BTC-USD"));
    let strange = GetInstrument { symbol: symbol("１/２?") };
    assert_eq!(written(keyless(), &strange).unwrap(), public("/market/products/%EF%BC%91%2F%EF%BC%92%3F"));
    assert_eq!(written(keyless(), &GetInstruments {}).unwrap(), public("/market/products"));
    assert!(written(keyless(), &limit()).unwrap_err().to_string().contains(".credentials("));
}

#[test]
fn every_form_of_a_key_that_the_venue_hands_out() {
    for secret in [ED25519_BOTH, ED25519_PEM, ED25519_SEED, &ED25519_PEM.replace('\n', "\\n")] {
        assert_eq!(open(token(&written(coinbase_with(secret), &limit()).unwrap())).header["alg"], "EdDSA");
    }
    for secret in [P256, &P256.replace('\n', "\\n"), include_str!("keys/p256_pkcs8.pem")] {
        assert_eq!(open(token(&written(coinbase_with(secret), &limit()).unwrap())).header["alg"], "ES256");
    }
    let half_of_another = {
        let mut bytes = BASE64.decode(ED25519_BOTH.as_bytes()).unwrap();
        bytes[40] ^= 1;
        BASE64.encode(&bytes)
    };
    for (secret, said) in [
        ("not-base64!", "base64 of 64 or 32 bytes"),
        ("c2VjcmV0", "base64 of 64 or 32 bytes"),
        (&ED25519_BOTH[..84], "base64 of 64 or 32 bytes"),
        (&half_of_another, "do not belong together"),
        (include_str!("../../../tests/keys/rsa_2048.pem"), "Ed25519 or P-256"),
        (include_str!("../../../tests/keys/ec_p384.pem"), "another curve than P-256"),
        (include_str!("../../../tests/keys/ec_encrypted_sec1.pem"), "encrypted"),
        (include_str!("../../../tests/keys/ed25519_public.pem"), "public key"),
    ] {
        let error = coinbase_with(secret).dry_run().unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent);
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.to_string().contains('…'), "cut: {error}");
    }
    for key in ["a\"b", "a b\\c", &"x".repeat(193)] {
        let Ok(credentials) = Credentials::new(key, ED25519_BOTH) else { continue };
        let error = Coinbase::builder(Environment::Live).credentials(credentials).dry_run().unwrap_err();
        assert!(error.to_string().contains("organizations/"), "{error}");
    }
    let shown = format!("{:?}", coinbase().dry_run().unwrap());
    assert!(!shown.contains("k0BU"), "{shown}");
}

#[test]
fn a_token_is_made_once_and_copied_while_it_holds() {
    let mut dry = coinbase().dry_run().unwrap();
    let mut token_of =
        |endpoint: &dyn Fn(&mut orderwire_coinbase::orderwire::client::DryRun<CoinbaseVenue>) -> String| {
            let request = endpoint(&mut dry);
            token(&request).to_owned()
        };
    let text =
        |request: orderwire_coinbase::orderwire::Request<'_>| String::from_utf8(request.as_bytes().to_vec()).unwrap();
    let first = token_of(&|dry| text(dry.request(&limit()).unwrap()));
    let second = token_of(&|dry| text(dry.request(&market(Side::Sell)).unwrap()));
    assert_eq!(first, second, "one endpoint, one token");
    let cancel = token_of(&|dry| text(dry.request(&CancelOrder { order: named() }).unwrap()));
    assert_ne!(first, cancel);
    // A path with an id in it has a token of its own each time.
    let query = || QueryOrder { order: named() };
    let one = token_of(&|dry| text(dry.request(&query()).unwrap()));
    let other = token_of(&|dry| text(dry.request(&query()).unwrap()));
    assert_ne!(open(&one).header["nonce"], open(&other).header["nonce"]);
}

#[test]
fn a_token_holds_for_as_long_as_was_asked() {
    let life = |seconds: f64| coinbase().recv_window(Duration::from_secs_f64(seconds)).dry_run();
    let mut dry = life(10.0).unwrap();
    let request = String::from_utf8(dry.request(&limit()).unwrap().as_bytes().to_vec()).unwrap();
    let payload = open(token(&request)).payload;
    assert_eq!((&payload["nbf"], &payload["exp"]), (&1_699_999_998_u64.into(), &1_700_000_008_u64.into()));
    for seconds in [0.0, 9.0, 10.5, 121.0] {
        let error = life(seconds).unwrap_err().to_string();
        assert!(error.contains("10 to 120 whole seconds"), "{error}");
    }
}

#[test]
fn a_token_names_the_host_and_path_that_a_request_goes_to() {
    let environment = Environment::custom("http://127.0.0.1:8081/gate", None).unwrap();
    let builder = || {
        Coinbase::builder(environment.clone())
            .credentials(Credentials::new(KEY, ED25519_SEED).unwrap())
            .fixed_clock(Timestamp::from_ms(NOW_MS))
    };
    for (request, uri) in [
        (written(builder(), &limit()), "POST 127.0.0.1:8081/gate/api/v3/brokerage/orders".to_owned()),
        (
            written(builder(), &QueryOrder { order: named() }),
            format!("GET 127.0.0.1:8081/gate/api/v3/brokerage/orders/historical/{ORDER_ID}"),
        ),
    ] {
        let request = request.unwrap();
        assert_eq!(open(token(&request)).payload["uri"], *uri);
        let path = uri.split_once("8081").unwrap().1;
        assert!(request.contains(&format!(" {path} HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n")), "{request}");
    }
}

#[test]
fn any_call_can_be_signed() {
    let path = "/api/v3/brokerage/convert/quote";
    let body = "{\"note\": \"naïve ☕\"}".as_bytes();
    let call = RawCall::new(Method::Post, path).signed().query(&[("a", "b c&é"), ("empty", "")]).body(body);
    let (request, uri) = taken_apart(&written(coinbase(), &call).unwrap());
    assert_eq!(
        request,
        format!(
            "POST {path}?a=b%20c%26%C3%A9&empty= HTTP/1.1\r\n{HEAD}Content-Length: {}\r\n\r\n{{\"note\": \"naïve ☕\"}}",
            body.len()
        )
    );
    assert_eq!(uri, format!("POST api.coinbase.com{path}"), "without the query");
    let unsigned = written(coinbase(), &RawCall::new(Method::Get, "/api/v3/brokerage/time")).unwrap();
    assert_eq!(unsigned, format!("GET /api/v3/brokerage/time HTTP/1.1\r\n{HEAD}\r\n"));
    let get = RawCall::new(Method::Delete, "/api/v3/brokerage/cfm/sweeps").signed();
    let (request, uri) = taken_apart(&written(coinbase(), &get).unwrap());
    assert_eq!(request, format!("DELETE /api/v3/brokerage/cfm/sweeps HTTP/1.1\r\n{HEAD}Content-Length: 0\r\n\r\n"));
    assert_eq!(uri, "DELETE api.coinbase.com/api/v3/brokerage/cfm/sweeps");
    let set = [("authorization", "Bearer x")];
    for (call, cure) in [
        (RawCall { headers: &set, ..get }, "leave it out"),
        (RawCall { headers: &[("user-agent", "x")], ..get }, "leave it out"),
        (RawCall::new(Method::Get, "/a\\b").signed(), "no backslash"),
        (RawCall::new(Method::Get, &format!("/{}", "x".repeat(2_000))).signed(), "shorten it"),
    ] {
        let said = refusal(&call);
        assert!(said.contains(cure), "{said}");
    }
    let own = written(coinbase(), &RawCall { headers: &set, ..RawCall::new(Method::Get, "/x") }).unwrap();
    assert!(own.contains("authorization: Bearer x\r\n"), "{own}");
}

/// What stands in a body, by another reader of JSON.
fn fields(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn secret() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(ED25519_BOTH), Just(P256)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_an_order_says_is_signed_and_read_back(
        secret in secret(),
        client_id in "[!#-\\[\\]-~]{1,36}",
        product in "[A-Z0-9]{1,12}-[A-Zéß１]{1,8}",
        quantity in 1_i64..=i64::MAX,
        price in 1_i64..=i64::MAX,
        places in (0_u32..=18, 0_u32..=18),
        kind in 0_usize..5,
        sells in any::<bool>(),
    ) {
        use orderwire_coinbase::Decimal;
        let side = if sells { Side::Sell } else { Side::Buy };
        let (quantity, price) = (Decimal::new(quantity, places.0), Decimal::new(price, places.1));
        let (order_id, product_id) = (id(&client_id), symbol(&product));
        let limit = NewOrder::limit(order_id, product_id, side, quantity, price);
        let (order, name) = match kind {
            0 => (limit, "limit_limit_gtc"),
            1 => (limit.post_only(), "limit_limit_gtc"),
            2 => (limit.time_in_force(TimeInForce::Ioc), "sor_limit_ioc"),
            3 => (NewOrder::market(order_id, product_id, side, quantity), "market_market_ioc"),
            _ => (NewOrder::stop_limit(order_id, product_id, side, quantity, price, price), "stop_limit_stop_limit_gtc"),
        };
        let request = written(coinbase_with(secret), &order).unwrap();
        let opened = open(token(&request));
        prop_assert_eq!(&opened.header["kid"], KEY);
        prop_assert_eq!(&opened.payload["uri"], "POST api.coinbase.com/api/v3/brokerage/orders");
        let fields = fields(&request);
        prop_assert_eq!(&fields["client_order_id"], &client_id);
        prop_assert_eq!(&fields["product_id"], &product);
        prop_assert_eq!(&fields["side"], if sells { "SELL" } else { "BUY" });
        let terms = &fields["order_configuration"][name];
        prop_assert_eq!(&terms["base_size"], &quantity.to_string());
        if kind != 3 {
            prop_assert_eq!(&terms["limit_price"], &price.to_string());
        }
        if name == "limit_limit_gtc" {
            prop_assert_eq!(&terms["post_only"], kind == 1);
        }
        prop_assert_eq!(fields["order_configuration"].as_object().unwrap().len(), 1);
    }
}
