//! Every call's exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_binance::orderwire::venue::{
    Balances, CancelAll, CancelOrder, Endpoint, GetInstrument, GetTopOfBook, OpenOrders, Ping, QueryOrder, ServerTime,
    TestOrder,
};
use orderwire_binance::orderwire::{Method, RestError};
use orderwire_binance::{
    ClientOrderId, Credentials, Decimal, Environment, Fate, NewOrder, NewOrderWith, OrderId, OrderRef, RawCall,
    ResponseType, Side, Spot, SpotBuilder, SpotVenue, Symbol, TimeInForce, Timestamp, dec,
};
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{hmac, rand};
use std::time::Duration;

/// The example of the venue's documents. Source: rest-api.md, "HMAC Keys", read 2026-07-21.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const NOW_MS: u64 = 1_499_827_319_559;

fn spot() -> SpotBuilder {
    spot_with(SECRET)
}

fn spot_with(secret: &str) -> SpotBuilder {
    Spot::builder(Environment::Live)
        .credentials(Credentials::new(KEY, secret).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
}

fn written<E: Endpoint<SpotVenue>>(builder: SpotBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<SpotVenue>>(builder: SpotBuilder, endpoint: &E) -> String {
    let error = written(builder, endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// The whole request without a body, its signature made anew.
fn signed(method: &str, target: &str) -> String {
    let (_, query) = target.split_once('?').unwrap();
    whole(method, &format!("{target}&signature={}", signature(query)))
}

fn whole(method: &str, target: &str) -> String {
    let length = if method == "GET" { "" } else { "Content-Length: 0\r\n" };
    format!("{method} {target} HTTP/1.1\r\nHost: api.binance.com\r\nX-MBX-APIKEY: {KEY}\r\n{length}\r\n")
}

fn signature(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys made for tests; they belong to no account.
const ED25519: &str = include_str!("../../../tests/keys/ed25519.pem");
const RSA: &str = include_str!("../../../tests/keys/rsa_2048.pem");
const RSA_4096: &str = include_str!("../../../tests/keys/rsa_4096.pem");

fn by_ed25519(text: &str) -> String {
    let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(ED25519)).unwrap();
    query_base64(key.sign(text.as_bytes()).as_ref())
}

fn by_rsa(pem: &str, text: &str) -> String {
    let key = RsaKeyPair::from_pkcs8(&der(pem)).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    query_base64(&signature)
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    data_encoding::BASE64.decode(lines.as_bytes()).unwrap()
}

fn query_base64(signature: &[u8]) -> String {
    form_urlencoded::byte_serialize(data_encoding::BASE64.encode(signature).as_bytes()).collect()
}

fn symbol() -> Symbol {
    Symbol::new("LTCBTC").unwrap()
}

fn limit() -> NewOrder {
    NewOrder::limit(ClientOrderId::new("mm1-0007").unwrap(), symbol(), Side::Buy, dec!(1), dec!(0.1))
}

fn market() -> NewOrder {
    NewOrder::market(ClientOrderId::new("mm1-0007").unwrap(), symbol(), Side::Sell, dec!(0.00100))
}

fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

#[test]
fn place_limit() {
    assert_eq!(
        written(spot(), &limit()).unwrap(),
        "POST /api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&newClientOrderId=mm1-0007\
         &newOrderRespType=RESULT&timestamp=1499827319559\
         &signature=f4d3b51ea167bb5e54a1de4237a694c218b51d9bddad078d8f0ab6184107995e HTTP/1.1\r\n\
         Host: api.binance.com\r\n\
         X-MBX-APIKEY: vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn place_in_every_way() {
    let rest = "&newClientOrderId=mm1-0007&newOrderRespType=RESULT&timestamp=1499827319559";
    for (order, terms) in [
        (limit().time_in_force(TimeInForce::Ioc), "side=BUY&type=LIMIT&timeInForce=IOC&quantity=1&price=0.1"),
        (limit().time_in_force(TimeInForce::Fok), "side=BUY&type=LIMIT&timeInForce=FOK&quantity=1&price=0.1"),
        (limit().post_only(), "side=BUY&type=LIMIT_MAKER&quantity=1&price=0.1"),
        (market(), "side=SELL&type=MARKET&quantity=0.00100"),
    ] {
        let target = format!("/api/v3/order?symbol=LTCBTC&{terms}{rest}");
        assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
        let target = format!("/api/v3/order/test?symbol=LTCBTC&{terms}{rest}");
        assert_eq!(written(spot(), &TestOrder { order }).unwrap(), signed("POST", &target));
    }
    for (response, word) in [(ResponseType::Ack, "ACK"), (ResponseType::Full, "FULL"), (ResponseType::Result, "RESULT")]
    {
        let target = format!(
            "/api/v3/order?symbol=LTCBTC&side=SELL&type=MARKET&quantity=0.00100&newClientOrderId=mm1-0007\
             &newOrderRespType={word}&timestamp=1499827319559"
        );
        assert_eq!(written(spot(), &NewOrderWith { order: market(), response }).unwrap(), signed("POST", &target));
    }
}

#[test]
fn cancel_and_query_by_either_id() {
    let id = ClientOrderId::new("mm1-0007").unwrap();
    let by_id = OrderRef::by_id(symbol(), id);
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::from(28));
    let by_both = changed(by_order_id, |order| order.id = Some(id));
    for (order, name) in [(by_id, "origClientOrderId=mm1-0007"), (by_order_id, "orderId=28"), (by_both, "orderId=28")] {
        let target = format!("/api/v3/order?symbol=LTCBTC&{name}&timestamp=1499827319559");
        assert_eq!(written(spot(), &CancelOrder { order }).unwrap(), signed("DELETE", &target));
        assert_eq!(written(spot(), &QueryOrder { order }).unwrap(), signed("GET", &target));
    }
}

#[test]
fn lists() {
    let of_one = "/api/v3/openOrders?symbol=LTCBTC&timestamp=1499827319559";
    let of_all = "/api/v3/openOrders?timestamp=1499827319559";
    let account = "/api/v3/account?omitZeroBalances=true&timestamp=1499827319559";
    assert_eq!(written(spot(), &OpenOrders { symbol: Some(symbol()) }).unwrap(), signed("GET", of_one));
    assert_eq!(written(spot(), &OpenOrders { symbol: None }).unwrap(), signed("GET", of_all));
    assert_eq!(written(spot(), &CancelAll { symbol: symbol() }).unwrap(), signed("DELETE", of_one));
    assert_eq!(written(spot(), &Balances {}).unwrap(), signed("GET", account));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let of = |path: &str| whole("GET", path);
    let symbol = symbol();
    assert_eq!(written(spot(), &GetInstrument { symbol }).unwrap(), of("/api/v3/exchangeInfo?symbol=LTCBTC"));
    assert_eq!(written(spot(), &GetTopOfBook { symbol }).unwrap(), of("/api/v3/ticker/bookTicker?symbol=LTCBTC"));
    assert_eq!(written(spot(), &ServerTime {}).unwrap(), of("/api/v3/time"));
    assert_eq!(written(spot(), &Ping {}).unwrap(), of("/api/v3/ping"));
    assert_eq!(
        written(Spot::builder(Environment::Testnet), &Ping {}).unwrap(),
        "GET /api/v3/ping HTTP/1.1\r\nHost: testnet.binance.vision\r\n\r\n"
    );
}

#[test]
fn names_are_encoded_before_they_are_signed() {
    let symbol = Symbol::new("１２３４５６").unwrap();
    let encoded = "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96";
    let order = changed(limit(), |order| order.symbol = symbol).order();
    let of = |path: &str, rest: &str| format!("{path}?symbol={encoded}{rest}&timestamp=1499827319559");
    assert_eq!(
        written(spot(), &CancelOrder { order }).unwrap(),
        signed("DELETE", &of("/api/v3/order", "&origClientOrderId=mm1-0007"))
    );
    assert_eq!(written(spot(), &CancelAll { symbol }).unwrap(), signed("DELETE", &of("/api/v3/openOrders", "")));
    assert_eq!(
        written(spot(), &GetInstrument { symbol }).unwrap(),
        whole("GET", &format!("/api/v3/exchangeInfo?symbol={encoded}"))
    );
}

#[test]
fn a_receive_window_stands_before_the_timestamp() {
    for (window, text) in [
        (Duration::from_secs(5), "5000"),
        (Duration::from_micros(5_000_500), "5000.500"),
        (Duration::from_micros(1), "0.001"),
        (Duration::from_secs(60), "60000"),
    ] {
        let target = format!("/api/v3/openOrders?recvWindow={text}&timestamp=1499827319559");
        let request = written(spot().recv_window(window), &OpenOrders { symbol: None }).unwrap();
        assert_eq!(request, signed("GET", &target));
    }
    for window in [Duration::ZERO, Duration::from_nanos(999), Duration::from_millis(60_001)] {
        let error = refusal(spot().recv_window(window), &OpenOrders { symbol: None });
        assert!(error.contains("recv_window") && error.contains("60 seconds"), "{error}");
    }
}

#[test]
fn what_the_venue_has_no_way_to_say_is_refused_with_the_cure() {
    for (order, what, cure) in [
        (market().post_only(), "post-only order without a price", "NewOrder::limit(..).post_only()"),
        (limit().post_only().time_in_force(TimeInForce::Ioc), "time in force", "leave time_in_force() out"),
        (market().time_in_force(TimeInForce::Fok), "market order with a time in force", "NewOrder::limit"),
        (changed(market(), |order| order.price = Some(dec!(1))), "price", "a market order has none"),
        (changed(limit(), |order| order.price = None), "price", "NewOrder::limit"),
        (changed(limit(), |order| order.quantity = dec!(0)), "quantity", "above zero"),
        (changed(market(), |order| order.quantity = dec!(-1)), "quantity", "above zero"),
        (changed(limit(), |order| order.price = Some(dec!(0.00))), "price", "above zero"),
    ] {
        for error in [refusal(spot(), &order), refusal(spot(), &TestOrder { order })] {
            assert!(error.contains(what) && error.contains(cure), "{error}");
        }
    }
    let order = changed(limit().order(), |order| order.id = None);
    let error = refusal(spot(), &CancelOrder { order });
    assert!(error.contains("by its client order id or by the venue's order id"), "{error}");
    let not_a_number = OrderRef::by_order_id(symbol(), OrderId::new("28a").unwrap());
    let error = refusal(spot(), &QueryOrder { order: not_a_number });
    assert!(error.contains("whole numbers"), "{error}");
}

/// Source: fix-api.md, `ClOrdID`: `^[a-zA-Z0-9-_]{1,36}$`.
#[test]
fn a_client_id_has_letters_digits_and_two_signs() {
    for sign in '!'..='~' {
        let order = limit().with_id(ClientOrderId::new(&format!("mm{sign}1")).unwrap());
        let cancel = CancelOrder { order: order.order() };
        if sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_') {
            assert!(written(spot(), &order).unwrap().contains(&format!("&newClientOrderId=mm{sign}1&")));
            assert!(written(spot(), &cancel).unwrap().contains(&format!("&origClientOrderId=mm{sign}1&")));
        } else {
            for error in [refusal(spot(), &order), refusal(spot(), &cancel)] {
                assert!(error.contains("client order id") && error.contains("letters, digits, `-` and `_`"), "{error}");
            }
        }
    }
}

#[test]
fn a_signed_call_without_a_key_is_refused() {
    let keyless = || Spot::builder(Environment::Live);
    let raw = RawCall { signed: true, ..raw(Method::Get, "/api/v3/account", &[]) };
    for error in [
        refusal(keyless(), &limit()),
        refusal(keyless(), &CancelOrder { order: limit().order() }),
        refusal(keyless(), &OpenOrders { symbol: None }),
        refusal(keyless(), &Balances {}),
        refusal(keyless(), &raw),
    ] {
        assert!(error.contains("key") && error.contains(".credentials("), "{error}");
    }
}

fn raw<'a>(method: Method, path: &'a str, query: &'a [(&'a str, &'a str)]) -> RawCall<'a> {
    RawCall { method, path, query, headers: &[], body: b"", signed: false, reply_bytes_max: 65_536 }
}

/// Source: rest-api.md, "HMAC Keys": both worked examples, parameters in their order.
#[test]
fn the_documents_signatures() {
    for (symbol, encoded, signature) in [
        ("LTCBTC", "LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            "１２３４５６",
            "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ] {
        let query = [
            ("symbol", symbol),
            ("side", "BUY"),
            ("type", "LIMIT"),
            ("timeInForce", "GTC"),
            ("quantity", "1"),
            ("price", "0.1"),
            ("recvWindow", "5000"),
            ("timestamp", "1499827319559"),
        ];
        let target = format!(
            "/api/v3/order?symbol={encoded}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000\
             &timestamp=1499827319559&signature={signature}"
        );
        // The timestamp may be the caller's own, or the clock's behind his parameters.
        for query in [&query[..], &query[..query.len() - 1]] {
            let call = RawCall { signed: true, ..raw(Method::Post, "/api/v3/order", query) };
            assert_eq!(written(spot(), &call).unwrap(), whole("POST", &target));
        }
    }
}

/// Source: rest-api.md, "Ed25519 Keys" and "RSA Keys": base64, percent-encoded. Ed25519 and RSASSA-PKCS1-v1_5 are
/// deterministic, so that another implementation makes the same bytes.
#[test]
fn private_keys_sign_in_base64() {
    let payload = "symbol=LTCBTC&origClientOrderId=mm1-0007&timestamp=1499827319559";
    let cancel = CancelOrder { order: limit().order() };
    for (pem, signature) in
        [(ED25519, by_ed25519(payload)), (RSA, by_rsa(RSA, payload)), (RSA_4096, by_rsa(RSA_4096, payload))]
    {
        let target = format!("/api/v3/order?{payload}&signature={signature}");
        assert_eq!(written(spot_with(pem), &cancel).unwrap(), whole("DELETE", &target));
    }
    let body = "side=BUY";
    let call = RawCall { body: body.as_bytes(), signed: true, ..raw(Method::Post, "/api/v3/order", &[]) };
    let query = "timestamp=1499827319559";
    let signature = by_ed25519(&[query, body].concat());
    assert!(written(spot_with(ED25519), &call).unwrap().contains(&format!("?{query}&signature={signature} HTTP/1.1")));
}

#[test]
fn a_key_that_cannot_sign_is_refused_when_the_client_is_made() {
    let public = include_str!("../../../tests/keys/ed25519_public.pem");
    let error = written(spot_with(public), &Ping {}).unwrap_err().to_string();
    assert!(error.contains("found a public key") && error.contains("BEGIN PRIVATE KEY"), "{error}");
}

#[test]
fn raw_calls() {
    let call = raw(Method::Get, "/sapi/v1/system/status", &[]);
    assert_eq!(written(spot(), &call).unwrap(), whole("GET", "/sapi/v1/system/status"));

    let signed_only = RawCall { signed: true, ..raw(Method::Put, "/api/v3/x", &[]) };
    assert_eq!(written(spot(), &signed_only).unwrap(), signed("PUT", "/api/v3/x?timestamp=1499827319559"));

    let list = [("symbols", "[\"BTCUSDT\",\"ETHUSDT\"]"), ("a b", "x&y=z")];
    let encoded = "/api/v3/x?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D&a%20b=x%26y%3Dz";
    assert_eq!(written(spot(), &raw(Method::Get, "/api/v3/x", &list)).unwrap(), whole("GET", encoded));

    // Signed are query and body, joined with nothing between them.
    let body = "side=BUY&type=LIMIT";
    let query = "symbol=LTCBTC&timestamp=1499827319559";
    let signature = signature(&[query, body].concat());
    let call = RawCall {
        body: body.as_bytes(),
        signed: true,
        headers: &[("X-MBX-TIME-UNIT", "MICROSECOND")],
        ..raw(Method::Post, "/api/v3/order", &[("symbol", "LTCBTC")])
    };
    let head = format!(
        "POST /api/v3/order?{query}&signature={signature} HTTP/1.1\r\nHost: api.binance.com\r\nX-MBX-APIKEY: {KEY}\r\n\
         X-MBX-TIME-UNIT: MICROSECOND\r\n"
    );
    assert_eq!(
        written(spot(), &call).unwrap(),
        format!("{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 19\r\n\r\n{body}")
    );
    let call = RawCall { headers: &[("X-MBX-TIME-UNIT", "MICROSECOND"), ("content-type", "text/plain")], ..call };
    assert_eq!(
        written(spot(), &call).unwrap(),
        format!("{head}content-type: text/plain\r\nContent-Length: 19\r\n\r\n{body}")
    );

    let twice = RawCall { signed: true, ..raw(Method::Get, "/api/v3/account", &[("signature", "00")]) };
    assert!(refusal(spot(), &twice).contains("a signed call gets its own"));
    assert!(refusal(spot(), &raw(Method::Get, "/api/v3/time?x=1", &[])).contains("query()"));
}

#[test]
fn a_request_that_does_not_fit_says_how_much_it_needs() {
    let value = "9".repeat(20_000);
    let query = [("x", value.as_str())];
    let error = refusal(spot(), &RawCall { signed: true, ..raw(Method::Get, "/api/v3/time", &query) });
    assert!(error.contains("request_bytes"), "{error}");
}

#[test]
fn nothing_shows_the_secret() {
    let dry = spot().dry_run().unwrap();
    let shown = format!("{:?} {dry:?} {:?}", spot(), raw(Method::Get, "/", &[("signature", SECRET)]));
    assert!(!shown.contains(SECRET) && !shown.contains(KEY), "{shown}");
}

prop_compose! {
    fn orders()(
        id in "[a-zA-Z0-9_-]{1,36}",
        // Everything that a query could mistake for its own.
        symbol in "([A-Z0-9]{1,12}|[A-Z&=?#%+/一-鿿１-９]{1,8})",
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        kind in 0..5,
        digits in 1_i64..,
        price_digits in 1_i64..,
        places in 0_u32..=18,
    ) -> NewOrder {
        let (id, symbol) = (ClientOrderId::new(&id).unwrap(), Symbol::new(&symbol).unwrap());
        let quantity = Decimal::new(digits, places);
        let limit = NewOrder::limit(id, symbol, side, quantity, Decimal::new(price_digits, places));
        match kind {
            0 => limit,
            1 => limit.time_in_force(TimeInForce::Ioc),
            2 => limit.time_in_force(TimeInForce::Fok),
            3 => limit.post_only(),
            _ => NewOrder::market(id, symbol, side, quantity),
        }
    }
}

/// The parameters of an order as the venue's documents name them.
fn parameters(order: &NewOrder, window_ms: Option<u64>, now_ms: u64) -> Vec<(String, String)> {
    let mut parameters = vec![("symbol", order.symbol.to_string())];
    parameters.push(("side", if order.side == Side::Buy { "BUY" } else { "SELL" }.to_owned()));
    let time_in_force = match order.time_in_force {
        TimeInForce::Fok => "FOK",
        TimeInForce::Ioc => "IOC",
        _ => "GTC",
    };
    match (order.price, *order == order.post_only()) {
        (None, _) => parameters.push(("type", "MARKET".to_owned())),
        (_, true) => parameters.push(("type", "LIMIT_MAKER".to_owned())),
        (_, false) => {
            parameters.extend([("type", "LIMIT".to_owned()), ("timeInForce", time_in_force.to_owned())]);
        }
    }
    parameters.push(("quantity", order.quantity.to_string()));
    parameters.extend(order.price.map(|price| ("price", price.to_string())));
    parameters.push(("newClientOrderId", order.id.to_string()));
    parameters.push(("newOrderRespType", "RESULT".to_owned()));
    parameters.extend(window_ms.map(|ms| ("recvWindow", ms.to_string())));
    parameters.push(("timestamp", now_ms.to_string()));
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn any_order_is_sent_as_meant_and_signed_as_sent(
        order in orders(),
        window_ms in proptest::option::of(1_u64..=60_000),
        now_ms in 0_u64..=9_999_999_999_999,
    ) {
        type BySecret = (&'static str, fn(&str) -> String);
        let by_kind: [BySecret; 3] =
            [(SECRET, signature), (ED25519, by_ed25519), (RSA, |text| by_rsa(RSA, text))];
        for (secret, signature) in by_kind {
            let mut builder = spot_with(secret).fixed_clock(Timestamp::from_ms(now_ms));
            if let Some(ms) = window_ms {
                builder = builder.recv_window(Duration::from_millis(ms));
            }
            let request = written(builder, &order).unwrap();
            let target = request.strip_prefix("POST ").unwrap().split_once(" HTTP/1.1\r\n").unwrap().0;
            let query = target.strip_prefix("/api/v3/order?").unwrap();
            let (payload, sent) = query.rsplit_once("&signature=").unwrap();
            prop_assert_eq!(sent, signature(payload));
            let read: Vec<_> = form_urlencoded::parse(payload.as_bytes()).into_owned().collect();
            prop_assert_eq!(read, parameters(&order, window_ms, now_ms));
            prop_assert_eq!(&request, &whole("POST", target));
        }
    }
}
