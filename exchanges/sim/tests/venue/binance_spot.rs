//! The Binance Spot dialect as an unrelated client sees it.

use std::time::Duration;

use crate::client::{Client, KEY, Pairs, SECRET, encode, limit, names, now_ms, stamped, start, venue};
use data_encoding::BASE64;
use orderwire_sim::{Dialect, RateLimits, SimVenue, Status};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

fn both() -> (SimVenue, Client) {
    let sim = start(venue().plain());
    let client = Client::of(&sim);
    (sim, client)
}

const RESULT_NAMES: [&str; 16] = [
    "symbol",
    "orderId",
    "orderListId",
    "clientOrderId",
    "transactTime",
    "price",
    "origQty",
    "executedQty",
    "origQuoteOrderQty",
    "cummulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "workingTime",
    "selfTradePreventionMode",
];

#[test]
fn an_order_lives_and_is_canceled_over_tls() {
    let sim = start(venue());
    assert!(sim.url().starts_with("https://127.0.0.1:"));
    let client = Client::of(&sim);
    let placed = client.limit("BUY", "0.001", "20000", "a-1");
    assert_eq!(placed.header("x-mbx-order-count-10s"), Some("1"));
    let placed = placed.ok();
    assert_eq!((&placed["status"], &placed["clientOrderId"]), (&"NEW".into(), &"a-1".into()));
    assert_eq!(placed["fills"], serde_json::json!([]));
    let id = placed["orderId"].to_string();

    let queried = client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "a-1")]).ok();
    assert_eq!(queried["orderId"], placed["orderId"]);
    assert_eq!(queried["isWorking"], true);
    let open = client.signed("GET", "/api/v3/openOrders", &[]).ok();
    assert_eq!(open, serde_json::json!([queried]));

    let pairs = [("symbol", "BTCUSDT"), ("orderId", id.as_str()), ("newClientOrderId", "cancel-1")];
    let canceled = client.signed("DELETE", "/api/v3/order", &pairs).ok();
    assert_eq!(canceled["status"], "CANCELED");
    assert_eq!((&canceled["origClientOrderId"], &canceled["clientOrderId"]), (&"a-1".into(), &"cancel-1".into()));
    let again = client.signed("DELETE", "/api/v3/order", &pairs);
    assert_eq!((again.refusal(), again.message()), ((400, -2011), "Unknown order sent.".to_owned()));
    assert_eq!(client.signed("GET", "/api/v3/openOrders", &[]).ok(), serde_json::json!([]));
    let queried = client.signed("GET", "/api/v3/order", &pairs[..2]).ok();
    assert_eq!((&queried["status"], &queried["clientOrderId"]), (&"CANCELED".into(), &"a-1".into()));
}

#[test]
fn replies_have_the_documented_fields_in_their_order() {
    let (_sim, client) = both();
    let order = |id, more: &[(&'static str, &'static str)]| {
        let pairs: Vec<_> = limit("BUY", "0.001", "20000", id).into_iter().chain(more.iter().copied()).collect();
        client.place(&pairs).text
    };
    assert_eq!(names(&order("ack", &[("newOrderRespType", "ACK")])), RESULT_NAMES[..5]);
    assert_eq!(names(&order("result", &[("newOrderRespType", "RESULT")])), RESULT_NAMES);
    let full: Vec<_> = RESULT_NAMES.into_iter().chain(["fills"]).collect();
    assert_eq!(names(&order("full", &[])), full);
    let labelled = order("label", &[("newOrderRespType", "RESULT"), ("strategyId", "7"), ("strategyType", "1000000")]);
    assert!(labelled.contains(r#""strategyId":7,"strategyType":1000000,"#), "{labelled}");
    let maker =
        [("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "LIMIT_MAKER"), ("quantity", "1"), ("price", "1000.00")];
    assert_eq!(client.place(&maker).message(), "Filter failure: PERCENT_PRICE_BY_SIDE");
    let maker = [&maker[..4], &[("price", "20000")]].concat();
    assert_eq!(names(&client.place(&maker).text), RESULT_NAMES[..5]);

    let canceled = client.signed("DELETE", "/api/v3/openOrders", &[("symbol", "BTCUSDT")]).text;
    let one = &canceled[1..canceled.find("},{").unwrap() + 1];
    let expected = [
        "symbol",
        "origClientOrderId",
        "orderId",
        "orderListId",
        "clientOrderId",
        "transactTime",
        "price",
        "origQty",
        "executedQty",
        "origQuoteOrderQty",
        "cummulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "selfTradePreventionMode",
    ];
    assert_eq!(names(one), expected);
    let queried = client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "ack")]).text;
    let expected = [
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "price",
        "origQty",
        "executedQty",
        "cummulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "stopPrice",
        "icebergQty",
        "time",
        "updateTime",
        "isWorking",
        "origQuoteOrderQty",
        "workingTime",
        "selfTradePreventionMode",
    ];
    assert_eq!(names(&queried), expected);
}

#[test]
fn a_market_order_is_filled_level_by_level_and_paid_for() {
    let (_sim, client) = both();
    let balance = |asset: &str| {
        let account = client.signed("GET", "/api/v3/account", &[("omitZeroBalances", "true")]).ok();
        let balances = account["balances"].as_array().unwrap().clone();
        let found = balances.iter().find(|balance| balance["asset"] == asset).unwrap();
        assert_eq!(found["locked"], "0.00000000");
        decimal(&found["free"])
    };
    let (btc, usdt) = (balance("BTC"), balance("USDT"));
    let book = client.public("/api/v3/depth", &[("symbol", "BTCUSDT"), ("limit", "5")]).ok();
    let order = [("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "MARKET"), ("quantity", "0.5")];
    let filled = client.place(&order).ok();
    assert_eq!((&filled["status"], &filled["executedQty"]), (&"FILLED".into(), &"0.50000000".into()));
    let fills = filled["fills"].as_array().unwrap();
    assert!(fills.len() > 1, "{filled}");
    let [mut quantity, mut cost, mut fee] = [rust_decimal::Decimal::ZERO; 3];
    for (level, fill) in fills.iter().enumerate() {
        assert_eq!(fill["price"], book["asks"][level][0]);
        assert_eq!(fill["commissionAsset"], "BTC");
        quantity += decimal(&fill["qty"]);
        cost += decimal(&fill["qty"]) * decimal(&fill["price"]);
        fee += decimal(&fill["commission"]);
    }
    assert_eq!((quantity, cost), (decimal(&"0.5".into()), decimal(&filled["cummulativeQuoteQty"])));
    assert_eq!((balance("BTC"), balance("USDT")), (btc + quantity - fee, usdt - cost));
    let trades = client.signed("GET", "/api/v3/myTrades", &[("symbol", "BTCUSDT")]).ok();
    assert_eq!(trades.as_array().unwrap().len(), fills.len());
    assert_eq!(trades[0]["price"], fills[0]["price"]);

    let spend = [("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "MARKET"), ("quoteOrderQty", "1000")];
    let spent = client.place(&spend).ok();
    let left = decimal(&"1000".into()) - decimal(&spent["cummulativeQuoteQty"]);
    assert!(left >= decimal(&"0".into()) && left < decimal(&"1".into()), "{spent}");
    assert_eq!((&spent["origQuoteOrderQty"], &spent["status"]), (&"1000.00000000".into(), &"FILLED".into()));
}

fn decimal(value: &serde_json::Value) -> rust_decimal::Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn immediate_orders_that_find_too_little_expire_with_a_reason() {
    let (_sim, client) = both();
    let immediate = |tif: &'static str, price: &'static str| {
        let pairs: Vec<_> = limit("BUY", "1", price, tif)
            .into_iter()
            .map(|(name, value)| (name, if name == "timeInForce" { tif } else { value }))
            .collect();
        client.place(&pairs).ok()
    };
    let nothing = immediate("FOK", "59000");
    assert_eq!(
        (&nothing["status"], &nothing["expiryReason"]),
        (&"EXPIRED".into(), &"UNFILLED_FOK_ORDER_EXPIRED".into())
    );
    let some = immediate("IOC", "60006");
    assert_eq!((&some["status"], &some["expiryReason"]), (&"EXPIRED".into(), &"UNFILLED_IOC_QUANTITY_EXPIRED".into()));
    assert!(decimal(&some["executedQty"]) > decimal(&"0".into()));
}

#[test]
fn a_signature_is_over_the_text_exactly_as_it_was_sent() {
    let (sim, mut client) = both();
    let order = encode(&limit("BUY", "0.001", "20000", "in-body"));
    let time = format!("timestamp={}", now_ms());
    let both = client.tag(&format!("{order}{time}"));
    // Query and body joined bare; the signature in the body; its case does not matter.
    let answer = client.send("POST", "/api/v3/order", &order, &format!("{time}&signature={}", both.to_uppercase()));
    assert_eq!(answer.status, 200, "{}", answer.text);
    let with_joint = client.tag(&format!("{order}&{time}"));
    let answer = client.send("POST", "/api/v3/order", &order, &format!("{time}&signature={with_joint}"));
    assert_eq!(answer.refusal(), (400, -1022));

    let symbol = [("symbol", "１２３４５６")];
    assert_eq!(client.signed("GET", "/api/v3/openOrders", &symbol).ok(), serde_json::json!([]));
    let raw = format!("symbol=１２３４５６&timestamp={}", now_ms());
    let encoded = stamped(&symbol);
    let tag = client.tag(&raw);
    let answer = client.send("GET", "/api/v3/openOrders", &format!("{encoded}&signature={tag}"), "");
    assert_eq!(answer.refusal(), (400, -1022), "signed before it was encoded");

    client.secret = "another".to_owned();
    let answer = client.limit("BUY", "0.001", "20000", "forged");
    assert_eq!(
        (answer.refusal(), answer.message()),
        ((400, -1022), "Signature for this request is not valid.".to_owned())
    );
    assert!(!sim.ledger().iter().any(|record| record.client_order_id == "forged"));
}

#[test]
fn an_ed25519_account_is_checked_with_its_public_key() {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    // RFC 8410: a fixed head and then the 32 bytes of the key.
    let mut info = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    info.extend_from_slice(pair.public_key().as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&info));
    let sim = start(SimVenue::builder(Dialect::BinanceSpot).account(KEY, &pem).plain());
    let client = Client::of(&sim);
    let text = stamped(&[]);
    let tag = BASE64.encode(pair.sign(text.as_bytes()).as_ref());
    let query = |tag: &str| format!("{text}&{}", encode(&[("signature", tag)]));
    client.send("GET", "/api/v3/account", &query(&tag), "").ok();
    assert_eq!(client.send("GET", "/api/v3/account", &query(&tag.to_lowercase()), "").refusal(), (400, -1022));
    assert_eq!(client.signed("GET", "/api/v3/account", &[]).refusal(), (400, -1022), "HMAC under an Ed25519 key");
}

#[test]
fn keys_are_told_apart_from_each_other() {
    let sim = start(venue().account("second", "its-secret").plain());
    let mut client = Client::of(&sim);
    client.limit("BUY", "0.001", "20000", "mine").ok();
    client.key = None;
    assert_eq!(client.signed("GET", "/api/v3/account", &[]).refusal(), (401, -2014));
    client.key = Some("short".to_owned());
    assert_eq!(client.signed("GET", "/api/v3/account", &[]).refusal(), (401, -2014));
    client.key = Some(KEY.to_lowercase());
    assert_eq!(client.signed("GET", "/api/v3/account", &[]).refusal(), (401, -2015));
    (client.key, client.secret) = (Some("second".to_owned()), "its-secret".to_owned());
    assert_eq!(client.signed("GET", "/api/v3/openOrders", &[]).ok(), serde_json::json!([]));
    let pairs = [("symbol", "BTCUSDT"), ("origClientOrderId", "mine")];
    assert_eq!(client.signed("GET", "/api/v3/order", &pairs).refusal(), (400, -2013));
    assert_eq!(client.signed("DELETE", "/api/v3/order", &pairs).refusal(), (400, -2011));
    client.limit("BUY", "0.001", "20000", "mine").ok();
}

#[test]
fn a_request_is_taken_within_its_window_only() {
    let (_sim, client) = both();
    let at = |timestamp: u64, window: &str| {
        let timestamp = timestamp.to_string();
        let mut pairs = vec![("timestamp", timestamp.as_str())];
        pairs.extend((!window.is_empty()).then_some(("recvWindow", window)));
        client.signed("GET", "/api/v3/rateLimit/order", &pairs)
    };
    let now = now_ms();
    for (timestamp, window) in
        [(now, ""), (now + 900, ""), (now - 4_000, ""), (now - 50_000, "60000"), (now * 1_000, "5000.125")]
    {
        assert_eq!(at(timestamp, window).status, 200, "{timestamp} {window}");
    }
    let outside = "Timestamp for this request is outside of the recvWindow.";
    let ahead = "Timestamp for this request was 1000ms ahead of the server's time.";
    for (timestamp, window, code, message) in [
        (now - 6_000, "", -1021, outside),
        (now - 200, "100", -1021, outside),
        ((now - 200) * 1_000, "100.5", -1021, outside),
        (1_499_827_319_559, "", -1021, outside),
        (now + 2_000, "", -1021, ahead),
        (now * 1_000 + 2_000_000, "", -1021, ahead),
        (now, "60001", -1102, "'recvWindow' contains unexpected value. Cannot be greater than 60000."),
        (now, "5.1234", -1111, "Parameter 'recvWindow' has too much precision."),
    ] {
        let answer = at(timestamp, window);
        assert_eq!((answer.refusal(), answer.message()), ((400, code), message.to_owned()), "{timestamp} {window}");
    }
    let missing = |name: &str| format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
    let answer = client.send("GET", "/api/v3/account", &client.sign("recvWindow=5000"), "");
    assert_eq!((answer.refusal(), answer.message()), ((400, -1102), missing("timestamp")));
    let answer = client.send("GET", "/api/v3/account", &stamped(&[]), "");
    assert_eq!((answer.refusal(), answer.message()), ((400, -1102), missing("signature")));
}

#[test]
fn each_bad_order_is_refused_with_its_own_code() {
    let (sim, client) = both();
    let good = limit("BUY", "0.001", "20000", "bad");
    // Changes to a good order, an empty value taking the name out, and what comes of them.
    let cases: &[(Pairs<'_>, i64, &str)] = &[
        (&[("symbol", "")], -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            &[("symbol", "btcusdt")],
            -1100,
            r"Illegal characters found in parameter 'symbol'; legal range is '^[\w\-._&&[^a-z]]{1,50}$'.",
        ),
        (&[("symbol", "NOSUCH")], -1121, "Invalid symbol."),
        (&[("side", "")], -1102, "Mandatory parameter 'side' was not sent, was empty/null, or malformed."),
        (&[("side", "HOLD")], -1117, "Invalid side."),
        (&[("type", "")], -1102, "Mandatory parameter 'type' was not sent, was empty/null, or malformed."),
        (&[("type", "LIMITED")], -1116, "Invalid orderType."),
        (&[("type", "STOP_LOSS")], -1106, "Parameter 'timeInForce' sent when not required."),
        (
            &[("type", "STOP_LOSS_LIMIT")],
            -1102,
            "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!",
        ),
        (
            &[("type", "TAKE_PROFIT"), ("timeInForce", ""), ("stopPrice", "50000")],
            -1106,
            "Parameter 'price' sent when not required.",
        ),
        (
            &[("type", "TAKE_PROFIT_LIMIT"), ("price", ""), ("stopPrice", "50000")],
            -1102,
            "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
        ),
        (&[("type", "STOP_LOSS_LIMIT"), ("stopPrice", "50000")], -2010, "Order would trigger immediately."),
        (&[("type", "STOP_LOSS_LIMIT"), ("stopPrice", "0")], -1013, "Invalid stopPrice."),
        (&[("type", "STOP_LOSS_LIMIT"), ("stopPrice", "70000.001")], -1013, "Filter failure: PRICE_FILTER"),
        (&[("type", "STOP_LOSS_LIMIT"), ("trailingDelta", "9")], -1013, "Filter failure: TRAILING_DELTA"),
        (&[("type", "STOP_LOSS_LIMIT"), ("trailingDelta", "99999999999")], -1013, "Filter failure: TRAILING_DELTA"),
        (
            &[("timeInForce", "")],
            -1102,
            "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
        ),
        (&[("timeInForce", "GTX")], -1115, "Invalid timeInForce."),
        (&[("quantity", "")], -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."),
        (
            &[("quantity", "1e-3")],
            -1100,
            r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        (&[("quantity", "0.000000001")], -1111, "Parameter 'quantity' has too much precision."),
        (&[("quantity", "0")], -1013, "Invalid quantity."),
        (&[("quantity", "0.000001")], -1013, "Filter failure: LOT_SIZE"),
        (&[("quantity", "9001")], -1013, "Filter failure: LOT_SIZE"),
        (&[("price", "")], -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
        (
            &[("price", "-1")],
            -1100,
            r"Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        (&[("price", "0")], -1013, "Invalid price."),
        (&[("price", "20000.001")], -1013, "Filter failure: PRICE_FILTER"),
        (&[("price", "99999999999999999999.99999999")], -1013, "Filter failure: PRICE_FILTER"),
        (&[("price", "11999")], -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        (&[("price", "300000.01")], -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        (&[("quantity", "0.0002")], -1013, "Filter failure: NOTIONAL"),
        (&[("quantity", "9000"), ("price", "60000")], -2010, "Account has insufficient balance for requested action."),
        (
            &[("newClientOrderId", "a.b")],
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (
            &[("newClientOrderId", "1234567890123456789012345678901234567")],
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (&[("newOrderRespType", "ALL")], -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        (&[("quoteOrderQty", "10")], -1106, "Parameter 'quoteOrderQty' sent when not required."),
        (&[("stopPrice", "10")], -1106, "Parameter 'stopPrice' sent when not required."),
        (&[("trailingDelta", "10")], -1106, "Parameter 'trailingDelta' sent when not required."),
        (&[("icebergQty", "0.002")], -1013, "IcebergQty exceeds QTY."),
        (&[("icebergQty", "0.00009")], -1013, "Filter failure: ICEBERG_PARTS"),
        (&[("icebergQty", "0.000101")], -1013, "Filter failure: LOT_SIZE"),
        (&[("icebergQty", "0.0001"), ("timeInForce", "IOC")], -1014, "Unsupported order combination."),
        (&[("pegPriceType", "BEST")], -1210, "Invalid pegPriceType."),
        (
            &[("pegOffsetType", "PRICE_LEVEL")],
            -1102,
            "Mandatory parameter 'pegPriceType' was not sent, was empty/null, or malformed.",
        ),
        (
            &[("pegPriceType", "PRIMARY_PEG"), ("pegOffsetType", "TICKS"), ("pegOffsetValue", "1")],
            -1211,
            "Invalid pegOffsetType.",
        ),
        (
            &[("pegPriceType", "PRIMARY_PEG"), ("pegOffsetValue", "1")],
            -1128,
            "Fields [pegOffsetType, pegOffsetValue] must be sent together or omitted entirely.",
        ),
        (
            &[("pegPriceType", "PRIMARY_PEG"), ("pegOffsetType", "PRICE_LEVEL"), ("pegOffsetValue", "101")],
            -1102,
            "'pegOffsetValue' contains unexpected value. Cannot be greater than 100.",
        ),
        (
            &[("pegPriceType", "PRIMARY_PEG"), ("pegOffsetType", "PRICE_LEVEL"), ("pegOffsetValue", "50")],
            -2010,
            "Order book liquidity is too low for this pegged order.",
        ),
        (
            &[("pegPriceType", "PRIMARY_PEG"), ("timeInForce", "IOC")],
            -1013,
            "This price peg cannot be used with this order type.",
        ),
        (
            &[("type", "LIMIT_MAKER"), ("timeInForce", ""), ("pegPriceType", "MARKET_PEG")],
            -1013,
            "This price peg cannot be used with this order type.",
        ),
        (
            &[("type", "MARKET"), ("timeInForce", ""), ("price", ""), ("pegPriceType", "MARKET_PEG")],
            -1013,
            "This order type may not use pegged price.",
        ),
        (&[("strategyType", "7")], -1134, "`strategyType` was less than 1000000."),
        (
            &[("selfTradePreventionMode", "EXPIRE")],
            -1130,
            "Data sent for parameter 'selfTradePreventionMode' is not valid.",
        ),
        (&[("created", "1")], -1104, "Not all sent parameters were read; read '9' parameter(s) but was sent '10'."),
        (&[("type", "LIMIT_MAKER")], -1106, "Parameter 'timeInForce' sent when not required."),
        (
            &[("type", "LIMIT_MAKER"), ("timeInForce", ""), ("price", "60006")],
            -2010,
            "Order would immediately match and take.",
        ),
        (&[("type", "MARKET")], -1106, "Parameter 'timeInForce' sent when not required."),
        (&[("type", "MARKET"), ("timeInForce", "")], -1106, "Parameter 'price' sent when not required."),
        (
            &[("type", "MARKET"), ("timeInForce", ""), ("price", ""), ("quantity", "")],
            -1102,
            "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
        ),
        (
            &[("type", "MARKET"), ("timeInForce", ""), ("price", ""), ("quantity", "101")],
            -1013,
            "Filter failure: MARKET_LOT_SIZE",
        ),
        (
            &[("type", "MARKET"), ("timeInForce", ""), ("price", ""), ("quantity", ""), ("quoteOrderQty", "1")],
            -1013,
            "Filter failure: NOTIONAL",
        ),
    ];
    for (changes, code, message) in cases {
        let mut pairs: Vec<(&str, &str)> = good.to_vec();
        for (name, value) in *changes {
            pairs.retain(|pair| pair.0 != *name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        let answer = client.place(&pairs);
        assert_eq!((answer.refusal(), answer.message().as_str()), ((400, *code), *message), "{changes:?}");
        assert!(answer.header("x-mbx-order-count-10s").is_none());
    }
    let empty = client.signed("POST", "/api/v3/order", &[("symbol", "BTCUSDT"), ("side", "")]);
    assert_eq!((empty.refusal(), empty.message()), ((400, -1105), "Parameter 'side' was empty.".to_owned()));
    let twice = format!("{}&symbol=BTCUSDT", stamped(&good));
    let twice = client.send("POST", "/api/v3/order", &client.sign(&twice), "");
    assert_eq!(twice.message(), "Duplicate values for a parameter detected.");

    assert_eq!(client.signed("GET", "/api/v3/openOrders", &[]).ok(), serde_json::json!([]));
    let refused: u64 = sim.ledger().iter().map(|record| record.received).sum();
    assert_eq!(refused, cases.len() as u64, "each authentic place request with an id was counted");
    assert!(sim.ledger().iter().all(|record| (&record.order_id, record.status) == (&None, Status::Rejected)));
}

#[test]
fn an_id_is_taken_again_only_when_its_order_is_done() {
    let (sim, client) = both();
    client.limit("BUY", "0.001", "20000", "same").ok();
    let twice = client.limit("BUY", "0.001", "20000", "same");
    assert_eq!((twice.refusal(), twice.message()), ((400, -2010), "Duplicate order sent.".to_owned()));
    let first = sim.ledger()[0].order_id.clone();
    client.signed("DELETE", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "same")]).ok();
    client.limit("BUY", "0.001", "20000", "same").ok();
    let ledger = sim.ledger();
    assert_eq!((ledger.len(), ledger[0].received, ledger[0].status), (1, 3, Status::New));
    assert_ne!(ledger[0].order_id, first);
}

#[test]
fn test_orders_are_checked_and_not_placed() {
    let (sim, client) = both();
    let order = limit("BUY", "0.001", "20000", "only-a-test");
    assert_eq!(client.signed("POST", "/api/v3/order/test", &order).text, "{}");
    let rates = [&order[..], &[("computeCommissionRates", "true")]].concat();
    let rates = client.signed("POST", "/api/v3/order/test", &rates).ok();
    assert_eq!(rates["standardCommissionForOrder"]["taker"], "0.00100000");
    let bad = limit("BUY", "0.000001", "20000", "only-a-test");
    assert_eq!(client.signed("POST", "/api/v3/order/test", &bad).message(), "Filter failure: LOT_SIZE");
    assert!(sim.ledger().is_empty());
}

#[test]
fn an_order_without_an_id_gets_one() {
    let (sim, client) = both();
    let placed = client.place(&limit("BUY", "0.001", "20000", "")[..6]).ok();
    let id = placed["clientOrderId"].as_str().unwrap();
    assert!(id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(sim.ledger()[0].client_order_id, id);
}

#[test]
fn own_orders_match_or_are_kept_from_it() {
    let (_sim, client) = both();
    client.limit("SELL", "0.001", "60000", "maker").ok();
    let prevented =
        [&limit("BUY", "0.001", "60000", "taker")[..], &[("selfTradePreventionMode", "EXPIRE_TAKER")]].concat();
    let prevented = client.place(&prevented).ok();
    assert_eq!(
        (&prevented["status"], &prevented["preventedQuantity"]),
        (&"EXPIRED_IN_MATCH".into(), &"0.00100000".into())
    );
    assert!(prevented["preventedMatchId"].is_u64());
    let matched = client.limit("BUY", "0.002", "60000", "taker").ok();
    assert_eq!((&matched["status"], &matched["executedQty"]), (&"PARTIALLY_FILLED".into(), &"0.00100000".into()));
    let maker = client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "maker")]).ok();
    assert_eq!(maker["status"], "FILLED");
    let restricted = |what| {
        let pairs = [("symbol", "BTCUSDT"), ("origClientOrderId", "taker"), ("cancelRestrictions", what)];
        client.signed("DELETE", "/api/v3/order", &pairs)
    };
    assert_eq!(restricted("ONLY_NEW").message(), "Order was not canceled due to cancel restrictions.");
    assert_eq!(restricted("ONLY_OLD").refusal(), (400, -1145));
    restricted("ONLY_PARTIALLY_FILLED").ok();
}

#[test]
fn orders_are_found_by_one_id_or_by_both() {
    let (_sim, client) = both();
    let id = client.limit("BUY", "0.001", "20000", "x").ok()["orderId"].to_string();
    let get =
        |pairs: &[(&str, &str)]| client.signed("GET", "/api/v3/order", &[&[("symbol", "BTCUSDT")], pairs].concat());
    get(&[("orderId", &id), ("origClientOrderId", "x")]).ok();
    assert_eq!(get(&[("orderId", &id), ("origClientOrderId", "y")]).refusal(), (400, -2039));
    assert_eq!(get(&[("orderId", "999999999")]).refusal(), (400, -2013));
    assert_eq!(get(&[]).message(), "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
    let elsewhere = client.signed("GET", "/api/v3/order", &[("symbol", "ETHUSDT"), ("orderId", &id)]);
    assert_eq!(elsewhere.refusal(), (400, -2013));
    let all = client.signed("GET", "/api/v3/allOrders", &[("symbol", "BTCUSDT"), ("orderId", &id)]).ok();
    assert_eq!(all.as_array().unwrap().len(), 1);
    let nothing = client.signed("DELETE", "/api/v3/openOrders", &[("symbol", "ETHUSDT")]);
    assert_eq!(nothing.refusal(), (400, -2011));
}

#[test]
fn the_rules_are_told_as_they_are_applied() {
    let (_sim, client) = both();
    let all = client.public("/api/v3/exchangeInfo", &[]).ok();
    let symbols: Vec<_> = all["symbols"].as_array().unwrap().iter().map(|symbol| symbol["symbol"].clone()).collect();
    assert_eq!(symbols, ["BTCUSDT", "ETHUSDT", "ETHBTC", "LTCBTC", "１２３４５６"]);
    let two = client.public("/api/v3/exchangeInfo", &[("symbols", r#"["ETHUSDT","１２３４５６"]"#)]).ok();
    assert_eq!(two["symbols"][1]["baseAsset"], "１２３");
    let one = client.public("/api/v3/exchangeInfo", &[("symbol", "BTCUSDT")]).ok();
    let filters = one["symbols"][0]["filters"].as_array().unwrap();
    let price = filters.iter().find(|filter| filter["filterType"] == "PRICE_FILTER").unwrap();
    let expected = serde_json::json!({
        "filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"
    });
    assert_eq!(*price, expected);
    let info = |pairs: &[(&str, &str)]| client.public("/api/v3/exchangeInfo", pairs);
    assert_eq!(info(&[("permissions", "SPOT")]).ok()["symbols"].as_array().unwrap().len(), 5);
    assert_eq!(info(&[("permissions", r#"["MARGIN"]"#)]).ok()["symbols"], serde_json::json!([]));
    assert_eq!(info(&[("symbolStatus", "HALT")]).ok()["symbols"], serde_json::json!([]));
    for (pairs, code) in [
        (&[("symbol", "NOSUCH")][..], -1121),
        (&[("symbols", r#"["BTCUSDT","BTCUSDT"]"#)], -1151),
        (&[("symbols", "BTCUSDT")], -1135),
        (&[("symbol", "BTCUSDT"), ("symbols", r#"["BTCUSDT"]"#)], -1128),
        (&[("symbol", "BTCUSDT"), ("permissions", "SPOT")], -1128),
        (&[("symbolStatus", "OPEN")], -1122),
        (&[("wrong", "1")], -1104),
    ] {
        assert_eq!(info(pairs).refusal(), (400, code), "{pairs:?}");
    }
}

#[test]
fn prices_are_told_for_one_symbol_for_some_and_for_all() {
    let (_sim, client) = both();
    let one = client.public("/api/v3/ticker/bookTicker", &[("symbol", "BTCUSDT")]);
    assert_eq!(names(&one.text), ["symbol", "bidPrice", "bidQty", "askPrice", "askQty"]);
    let one = one.ok();
    assert!(decimal(&one["bidPrice"]) < decimal(&one["askPrice"]));
    let some = client.public("/api/v3/ticker/bookTicker", &[("symbols", r#"["BTCUSDT"]"#)]).ok();
    assert_eq!(some, serde_json::json!([one]));
    assert_eq!(client.public("/api/v3/ticker/price", &[]).ok().as_array().unwrap().len(), 5);
    assert_eq!(client.public("/api/v3/avgPrice", &[("symbol", "BTCUSDT")]).ok()["price"], "60000.00000000");
    assert_eq!(client.public("/api/v3/depth", &[]).refusal(), (400, -1102));
    assert_eq!(
        client.public("/api/v3/ping", &[("x", "1")]).message(),
        "Too many parameters; expected '0' and received '1'."
    );
}

#[test]
fn times_come_in_the_unit_that_was_asked_for() {
    let (_sim, mut client) = both();
    let ms = client.public("/api/v3/time", &[]).ok()["serverTime"].as_u64().unwrap();
    assert!(now_ms().abs_diff(ms) < 5_000);
    client.headers = vec![("X-MBX-TIME-UNIT", "MICROSECOND")];
    let us = client.public("/api/v3/time", &[]).ok()["serverTime"].as_u64().unwrap();
    assert!(now_ms().abs_diff(us / 1_000) < 5_000);
    let placed = client.limit("BUY", "0.001", "20000", "us").ok();
    assert!(placed["transactTime"].as_u64().unwrap() >= us);
    client.headers = vec![("X-MBX-TIME-UNIT", "HOUR")];
    assert_eq!(client.public("/api/v3/time", &[]).refusal(), (400, -1194));
}

#[test]
fn what_is_not_there_is_not_found() {
    let (_sim, client) = both();
    let answer = client.send("GET", "/api/v3/nothing", "", "");
    assert_eq!((answer.status, answer.text.as_str()), (404, "<html><body><h2>404 Not found</h2></body></html>"));
    assert_eq!(client.send("PUT", "/api/v3/order", "", "").status, 405);
}

/// Waits when a window that starts on the clock is about to end.
fn early_in_window(seconds: u64) {
    let left = seconds * 1_000 - now_ms() % (seconds * 1_000);
    if left < 2_000 {
        std::thread::sleep(Duration::from_millis(left + 10));
    }
}

fn limits(change: impl Fn(&mut RateLimits)) -> (SimVenue, Client) {
    let mut limits = Dialect::BinanceSpot.limits();
    change(&mut limits);
    let sim = start(venue().plain().rate_limits(limits));
    let client = Client::of(&sim);
    (sim, client)
}

#[test]
fn too_much_weight_is_refused_and_going_on_is_banned() {
    early_in_window(60);
    let (_sim, client) = limits(|limits| {
        limits.weight.limit = 50;
        limits.violations_before_ban = 2;
    });
    assert_eq!(client.public("/api/v3/exchangeInfo", &[]).header("x-mbx-used-weight-1m"), Some("20"));
    assert_eq!(client.public("/api/v3/exchangeInfo", &[]).header("x-mbx-used-weight-1m"), Some("40"));
    for _ in 0..2 {
        let answer = client.public("/api/v3/exchangeInfo", &[]);
        assert_eq!(answer.refusal(), (429, -1003));
        assert!(answer.message().contains("current limit is 50 request weight per 1 MINUTE"));
        assert!((1..=60).contains(&answer.header("retry-after").unwrap().parse::<u64>().unwrap()));
    }
    let answer = client.public("/api/v3/ping", &[]);
    assert_eq!((answer.refusal(), answer.header("retry-after")), ((418, -1003), Some("120")));
    assert!(answer.message().starts_with("Way too much request weight used; IP banned until "));
}

#[test]
fn too_many_unfilled_orders_are_refused_and_fills_give_room() {
    early_in_window(10);
    let (sim, client) = limits(|limits| limits.orders[0].limit = 2);
    client.limit("BUY", "0.001", "20000", "one").ok();
    client.place(&[("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "MARKET"), ("quantity", "0.001")]).ok();
    let second = client.limit("SELL", "0.001", "60000", "two");
    assert_eq!(second.header("x-mbx-order-count-10s"), Some("2"), "the order that was filled does not count");
    let third = client.limit("BUY", "0.001", "20000", "three");
    assert_eq!(third.refusal(), (429, -1015));
    assert_eq!(third.message(), "Too many new orders; current limit is 2 orders per 10 SECOND.");
    assert!((1..=10).contains(&third.header("retry-after").unwrap().parse::<u64>().unwrap()));
    assert!(sim.ledger().iter().any(|record| record.client_order_id == "three" && record.status == Status::Rejected));
    let count = client.signed("GET", "/api/v3/rateLimit/order", &[]).ok();
    assert_eq!((&count[0]["limit"], &count[0]["count"]), (&2.into(), &2.into()));
}

#[test]
fn a_secret_that_nobody_could_sign_with_is_refused_at_start() {
    let start = |secret: &str| {
        let builder = SimVenue::builder(Dialect::BinanceSpot).account(KEY, secret);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(builder.start()).unwrap_err().to_string()
    };
    assert!(start("").contains("empty"));
    assert!(start("-----BEGIN PRIVATE KEY-----").contains("public key"));
    assert!(start(include_str!("../keys/p256.pem")).contains("EC keys are not taken"));
    let builder = venue().listen("0.0.0.0:0".parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(builder.start()).unwrap_err().to_string().contains("other machines"));
}

#[test]
fn a_client_of_orderwire_is_told_where_and_who() {
    let sim = start(venue());
    assert_eq!(sim.environment().ca_pem(), sim.ca_pem().map(str::as_bytes));
    assert_eq!((sim.credentials().key(), sim.api_secret()), (KEY, SECRET));
    assert!(start(SimVenue::builder(Dialect::BinanceSpot)).api_key().len() == 64);
}
