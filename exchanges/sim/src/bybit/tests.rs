//! What an authentic request asks is answered, and what is not authentic is refused with its reason.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use data_encoding::HEXLOWER;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use proptest::prelude::*;
use ring::hmac;

use super::*;
use crate::venue::{Plan, Trader};

const NOW_US: u64 = 1_658_384_314_791_000;
const STAMP: &str = "1658384314791";

const BOTH: [(&Api, Category); 2] = [(&SPOT, Category::Spot), (&LINEAR, Category::Linear)];

fn venue(api: &'static Api, limits: RateLimits) -> Venue {
    let trader = Trader::new("key", Verifier::parse("secret").unwrap(), &limits);
    let instruments = (api.instruments)();
    let plan = Plan { api, instruments: &instruments, traders: vec![trader], limits, seed: None };
    Venue::open(plan, None).unwrap()
}

/// The headers of a request that is signed as the guide says, and then changed.
fn headers(signed: &str, changes: &[(&'static str, &str)]) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    let signature = HEXLOWER.encode(hmac::sign(&key, format!("{STAMP}key5000{signed}").as_bytes()).as_ref());
    let good = [
        ("x-bapi-api-key", "key"),
        ("x-bapi-timestamp", STAMP),
        ("x-bapi-recv-window", "5000"),
        ("x-bapi-sign", signature.as_str()),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in good.iter().chain(changes) {
        headers.insert(*name, HeaderValue::try_from(*value).unwrap());
    }
    headers
}

fn ask(api: &Api, venue: &mut Venue, method: &str, path: &str, text: &str) -> Reply {
    let headers = headers(text, &[]);
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (query, body) = if method == "GET" { (text, "") } else { ("", text) };
    let call = Call { method, path, query, headers: &headers, body: body.as_bytes(), peer };
    (api.handle)(venue, &call, NOW_US)
}

/// An order that is taken as it stands; other endpoints read what they know of it.
const GOOD: [(&str, &str); 18] = [
    ("accountType", "UNIFIED"),
    ("buyLeverage", "5"),
    ("coin", "USDT"),
    ("limit", "10"),
    ("orderFilter", "Order"),
    ("orderId", "1752000000000000001"),
    ("orderLinkId", "a1"),
    ("orderType", "Limit"),
    ("price", "59000"),
    ("qty", "0.01"),
    ("reduceOnly", ""),
    ("sellLeverage", "5"),
    ("side", "Buy"),
    ("symbol", "BTCUSDT"),
    ("timeInForce", "GTC"),
    ("triggerDirection", "1"),
    ("triggerPrice", ""),
    ("cursor", ""),
];

fn value() -> impl Strategy<Value = String> {
    let usual = [
        "BTCUSDT",
        "ETHUSDT",
        "BTCPERP",
        "Buy",
        "Sell",
        "Limit",
        "Market",
        "PostOnly",
        "FOK",
        "IOC",
        "StopOrder",
        "tpslOrder",
        "0.01",
        "60000",
        "61000",
        "0",
        "-1",
        "1e3",
        "99999999999999999999.99999999",
        "quoteCoin",
        "1",
        "2",
        "a1",
        "b1",
        "1752000000000000001:1,1752000000000000001:1",
        "",
    ];
    prop_oneof![8 => prop::sample::select(usual.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_an_authentic_request_asks_is_answered_in_json(
        requests in prop::collection::vec(
            (0..ROUTES.len(), prop::collection::vec((0..GOOD.len(), value()), 0..4), any::<bool>()),
            1..30,
        ),
    ) {
        for (api, category) in BOTH {
            let mut venue = venue(api, limits(category).open());
            for (route, changes, flag) in &requests {
                let route = &ROUTES[*route];
                let mut pairs: BTreeMap<&str, String> =
                    GOOD.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
                for (place, value) in changes {
                    pairs.insert(GOOD[*place].0, value.clone());
                }
                pairs.insert("category", category.word().to_owned());
                let path = format!("/v5{}", route.path);
                let text = if route.method == "GET" {
                    pairs.retain(|_, value| !value.is_empty());
                    form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish()
                } else {
                    let mut body = json!(pairs);
                    for name in ["reduceOnly", "closeOnTrigger"] {
                        body[name] = json!(flag);
                    }
                    body["request"] = json!([body, body]);
                    body.to_string()
                };
                let reply = ask(api, &mut venue, route.method, &path, &text);
                let told: Value = serde_json::from_slice(&reply.body).unwrap();
                prop_assert_eq!(reply.status, 200, "{}: {}", path, told);
                prop_assert!(told["retCode"].is_u64() && told["result"].is_object(), "{}: {}", path, told);
                prop_assert!(told["retCode"] != 10016, "{}: {}", path, told);
            }
        }
    }

    #[test]
    fn whatever_body_arrives_is_answered(body in any::<String>(), route in 0..ROUTES.len()) {
        for (api, category) in BOTH {
            let path = format!("/v5{}", ROUTES[route].path);
            let reply = ask(api, &mut venue(api, limits(category).open()), "POST", &path, &body);
            prop_assert!(matches!(reply.status, 200 | 404), "{}", reply.status);
        }
    }
}

#[test]
fn what_is_not_authentic_is_refused_with_its_reason() {
    let mut venue = venue(&SPOT, limits(Category::Spot).open());
    let mut code = |changes: &[(&'static str, &str)]| {
        let headers = headers("accountType=UNIFIED", changes);
        let call = Call {
            method: "GET",
            path: "/v5/account/wallet-balance",
            query: "accountType=UNIFIED",
            headers: &headers,
            body: b"",
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let reply = (SPOT.handle)(&mut venue, &call, NOW_US);
        let told: Value = serde_json::from_slice(&reply.body).unwrap();
        (reply.status, told["retCode"].as_u64().unwrap())
    };
    let upper = HEXLOWER
        .encode(
            hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, b"secret"),
                format!("{STAMP}key5000accountType=UNIFIED").as_bytes(),
            )
            .as_ref(),
        )
        .to_uppercase();
    for (changes, status, wanted) in [
        (vec![], 200, 0),
        (vec![("x-bapi-api-key", "")], 401, 10001),
        (vec![("x-bapi-api-key", "other")], 401, 10003),
        (vec![("x-bapi-timestamp", "")], 401, 10001),
        (vec![("x-bapi-timestamp", "soon")], 200, 10002),
        // Its signature is wrong too, but it is in time.
        (vec![("x-bapi-timestamp", "1658384309791")], 200, 10004),
        (vec![("x-bapi-timestamp", "1658384309790")], 200, 10002),
        (vec![("x-bapi-timestamp", "1658384315790")], 200, 10004),
        (vec![("x-bapi-timestamp", "1658384315791")], 200, 10002),
        (vec![("x-bapi-recv-window", "x")], 200, 10002),
        (vec![("x-bapi-sign", "")], 401, 10001),
        (vec![("x-bapi-sign", "00")], 200, 10004),
        (vec![("x-bapi-sign", upper.as_str())], 200, 10004),
    ] {
        assert_eq!(code(&changes), (status, wanted), "{changes:?}");
    }
}

/// 20 in a second on Spot, and as many batches' orders; what is too much is in the ledger all the same.
#[test]
fn an_account_that_asks_too_often_is_refused_and_told_so_before() {
    let mut venue = venue(&SPOT, limits(Category::Spot));
    let order = |id: &str| {
        json!({
            "category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001",
            "price": "59000", "orderLinkId": id,
        })
    };
    let mut place = |id: &str| {
        let reply = ask(&SPOT, &mut venue, "POST", "/v5/order/create", &order(id).to_string());
        let told: Value = serde_json::from_slice(&reply.body).unwrap();
        let left = reply.headers.iter().find(|(name, _)| *name == "x-bapi-limit-status").unwrap().1.clone();
        (told["retCode"].as_u64().unwrap(), left)
    };
    for number in 0..20 {
        assert_eq!(place(&format!("a{number}")), (0, (19 - number).to_string()));
    }
    assert_eq!(place("late"), (10006, "0".to_owned()));
    let record = venue.ledger().records().last().unwrap();
    assert_eq!((record.client_order_id.as_str(), record.received), ("late", 1));
    let batch = |from: u32| {
        let orders: Vec<_> = (from..from + 10).map(|number| order(&format!("b{number}"))).collect();
        json!({ "category": "spot", "request": orders }).to_string()
    };
    for (from, wanted) in [(0, 0), (10, 0), (20, 10006)] {
        let reply = ask(&SPOT, &mut venue, "POST", "/v5/order/create-batch", &batch(from));
        assert_eq!(serde_json::from_slice::<Value>(&reply.body).unwrap()["retCode"], wanted);
    }
}

#[test]
fn an_address_that_asks_too_often_is_banned() {
    let mut venue = venue(&SPOT, limits(Category::Spot));
    let mut ask_time = || ask(&SPOT, &mut venue, "GET", "/v5/market/time", "").status;
    assert!((0..600).all(|_| ask_time() == 200));
    assert_eq!((ask_time(), ask_time()), (403, 403));
}

#[test]
fn ids_are_read_back_and_no_others_are() {
    for category in [Category::Linear, Category::Spot] {
        for id in [0, 1, 77, 1_000_000] {
            assert_eq!(category.engine_id(&category.told_id(id)), Some(id));
        }
        for other in ["", "x", "-", "1", "1666800494330512128", "fd4300ae-7847-404e-b947-b46980a4d140"] {
            let id = category.engine_id(other);
            assert!(id.is_none_or(|id| category.told_id(id) == other), "{other}");
        }
    }
    let id = Category::Linear.told_id(7);
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
}
