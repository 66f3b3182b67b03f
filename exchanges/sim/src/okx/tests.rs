//! Whatever an authentic request asks, and what is not authentic.

use std::net::{IpAddr, Ipv4Addr};

use data_encoding::BASE64;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use proptest::prelude::*;
use ring::hmac;

use super::*;
use crate::limits::{Budget, RateLimits};
use crate::venue::{Plan, Trader};

const NOW_US: u64 = 1_607_418_537_715_000;
const STAMP: &str = "2020-12-08T09:08:57.715Z";

fn venue() -> Venue {
    venue_with(limits::of_the_venue().open())
}

fn venue_with(limits: RateLimits) -> Venue {
    let mut trader = Trader::new("key", Verifier::parse("secret").unwrap(), &limits);
    trader.passphrase = "passphrase".to_owned();
    let instruments = instruments();
    let plan = Plan { api: &API, instruments: &instruments, traders: vec![trader], limits, seed: None };
    Venue::open(plan, None).unwrap()
}

fn answer(venue: &mut Venue, method: &str, path: &str, query: &str, body: &str) -> (u16, Value) {
    answer_at(NOW_US, venue, (method, path, query, body))
}

fn answer_at(now_us: u64, venue: &mut Venue, (method, path, query, body): (&str, &str, &str, &str)) -> (u16, Value) {
    let mark = if query.is_empty() { "" } else { "?" };
    let text = format!("{STAMP}{method}{path}{mark}{query}{body}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    let signature = BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("ok-access-key", "key"),
        ("ok-access-passphrase", "passphrase"),
        ("ok-access-timestamp", STAMP),
        ("ok-access-sign", signature.as_str()),
    ] {
        headers.insert(name, HeaderValue::try_from(value).unwrap());
    }
    let (peer, body) = (IpAddr::V4(Ipv4Addr::LOCALHOST), body.as_bytes());
    let reply = (API.handle)(venue, &Call { method, path, query, headers: &headers, body, peer }, now_us);
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

/// Orders and changes of contracts count against the account, whatever the call; spot and cancels do not, and the window ends.
#[test]
fn an_account_places_so_many_orders_of_contracts_and_no_more() {
    assert_eq!(limits::of_the_venue().orders, [Budget::new(1_000, 2)]);
    let orders = vec![Budget::new(4, 2)];
    let mut venue = venue_with(RateLimits { orders, calls: false, ..limits::of_the_venue() });
    let mut at = |now_us, path, body: &str| {
        let (status, answer) = answer_at(now_us, &mut venue, ("POST", path, "", body));
        assert_eq!(status, 200);
        let code = answer["data"][0]["sCode"].as_str().or(answer["code"].as_str());
        code.unwrap().parse::<u32>().unwrap()
    };
    let order = |id: &str, instrument: &str, mode: &str, quantity: &str| {
        format!(
            r#"{{"instId":"{instrument}","tdMode":"{mode}","side":"buy","ordType":"limit","px":"20000","sz":"{quantity}","clOrdId":"{id}"}}"#
        )
    };
    let swap = |id: &str| order(id, "BTC-USDT-SWAP", "cross", "1");
    assert_eq!(at(NOW_US, "/api/v5/trade/order", &swap("a1")), 0);
    assert_eq!(at(NOW_US, "/api/v5/trade/batch-orders", &format!("[{},{}]", swap("a2"), swap("a3"))), 0);
    let change = r#"{"instId":"BTC-USDT-SWAP","clOrdId":"a1","newSz":"2"}"#;
    assert_eq!(at(NOW_US, "/api/v5/trade/amend-order", change), 0);
    // The four are used up.
    assert_eq!(at(NOW_US, "/api/v5/trade/order", &swap("a4")), 50_061);
    assert_eq!(at(NOW_US, "/api/v5/trade/amend-order", change), 50_061);
    assert_eq!(at(NOW_US, "/api/v5/trade/order", &order("s1", "BTC-USDT", "cash", "0.001")), 0);
    let cancel = r#"{"instId":"BTC-USDT-SWAP","clOrdId":"a1"}"#;
    assert_eq!(at(NOW_US, "/api/v5/trade/cancel-order", cancel), 0);
    assert_eq!(at(NOW_US + 2_000_000, "/api/v5/trade/order", &swap("a4")), 0);
}

/// An order that is taken as it stands; other endpoints read what they know of it.
const GOOD: [(&str, &str); 18] = [
    ("instId", "BTC-USDT"),
    ("tdMode", "cash"),
    ("side", "buy"),
    ("ordType", "limit"),
    ("px", "20000"),
    ("sz", "0.001"),
    ("clOrdId", "a1"),
    ("slTriggerPx", "70000"),
    ("slOrdPx", "70001"),
    ("algoClOrdId", "b1"),
    ("ordId", "1752000000000000001"),
    ("newSz", "0.002"),
    ("instType", "SPOT"),
    ("mgnMode", "cross"),
    ("lever", "3"),
    ("posMode", "net_mode"),
    ("posSide", "net"),
    ("callbackRatio", "0.05"),
];

fn value() -> impl Strategy<Value = String> {
    let usual = [
        "BTC-USDT",
        "ETH-BTC",
        "buy",
        "sell",
        "limit",
        "market",
        "post_only",
        "fok",
        "ioc",
        "conditional",
        "0.001",
        "60000",
        "90000",
        "0",
        "-1",
        "1e3",
        "99999999999999999999.99999999",
        "quote_ccy",
        "base_ccy",
        "true",
        "a1",
        "b1",
        "SWAP",
        "BTC-USDT-SWAP",
        "ETH-USDT-SWAP",
        "cross",
        "isolated",
        "long",
        "long_short_mode",
        "move_order_stop",
        "optimal_limit_ioc",
        "",
    ];
    prop_oneof![8 => prop::sample::select(usual.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_an_authentic_request_asks_is_answered_in_json(
        requests in prop::collection::vec(
            (0..ROUTES.len(), prop::collection::vec((0..GOOD.len(), value()), 0..4), any::<bool>()),
            1..30,
        ),
    ) {
        let mut venue = venue();
        for (route, changes, several) in requests {
            let route = &ROUTES[route];
            let mut pairs: std::collections::BTreeMap<&str, String> =
                GOOD.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            for (place, value) in changes {
                pairs.insert(GOOD[place].0, value);
            }
            let path = format!("/api/v5{}", route.path);
            let (status, reply) = if route.method == "GET" {
                let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                answer(&mut venue, "GET", &path, &query, "")
            } else {
                let one = json!(pairs);
                let body = if several { json!([one, one]) } else { one };
                answer(&mut venue, "POST", &path, "", &body.to_string())
            };
            prop_assert!(matches!(status, 200 | 400), "{path}: {status} {reply}");
            prop_assert!(reply["code"].is_string() && reply["data"].is_array(), "{path}: {reply}");
        }
    }

    #[test]
    fn whatever_body_arrives_is_answered(body in any::<String>(), route in 0..ROUTES.len()) {
        let path = format!("/api/v5{}", ROUTES[route].path);
        let (status, _) = answer(&mut venue(), "POST", &path, "", &body);
        prop_assert!(matches!(status, 200 | 400 | 405), "{status}");
    }
}

#[test]
fn what_is_not_authentic_is_refused_with_its_reason() {
    let mut venue = venue();
    let mut ask = |change: &[(&'static str, &str)]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let text = format!("{STAMP}GET/api/v5/account/balance");
        let signature = BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref());
        let mut headers = HeaderMap::new();
        let good = [
            ("ok-access-key", "key"),
            ("ok-access-passphrase", "passphrase"),
            ("ok-access-timestamp", STAMP),
            ("ok-access-sign", signature.as_str()),
        ];
        for (name, value) in good.iter().chain(change) {
            headers.insert(*name, HeaderValue::try_from(*value).unwrap());
        }
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let call =
            Call { method: "GET", path: "/api/v5/account/balance", query: "", headers: &headers, body: b"", peer };
        let reply = (API.handle)(&mut venue, &call, NOW_US);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        (reply.status, body["code"].as_str().unwrap().to_owned())
    };
    for (change, status, code) in [
        (vec![], 200, "0"),
        (vec![("ok-access-key", "")], 401, "50103"),
        (vec![("ok-access-key", "other")], 401, "50111"),
        (vec![("ok-access-passphrase", "")], 401, "50104"),
        (vec![("ok-access-passphrase", "other")], 401, "50105"),
        (vec![("ok-access-sign", "")], 401, "50106"),
        (vec![("ok-access-sign", "b3RoZXI=")], 401, "50113"),
        (vec![("ok-access-timestamp", "")], 401, "50107"),
        (vec![("ok-access-timestamp", "1607418537715")], 401, "50112"),
        (vec![("ok-access-timestamp", "2020-12-08T09:09:27.715Z")], 401, "50113"),
        (vec![("ok-access-timestamp", "2020-12-08T09:09:27.716Z")], 401, "50102"),
        (vec![("ok-access-timestamp", "2020-12-08T09:08:27.714Z")], 401, "50102"),
    ] {
        assert_eq!(ask(&change), (status, code.to_owned()), "{change:?}");
    }
}
