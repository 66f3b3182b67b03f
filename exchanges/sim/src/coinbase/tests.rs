//! What an authentic request asks is answered, and what is not authentic is refused and did nothing.

use std::net::{IpAddr, Ipv4Addr};

use data_encoding::BASE64URL_NOPAD;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use ring::signature::Ed25519KeyPair;
use serde_json::json;

use super::orders::CANCEL_US;
use super::*;
use crate::engine::Status;
use crate::faults::Fault;
use crate::venue::{Plan, Trader};

const KEY: &str = "organizations/7e3d5c/apiKeys/9b1f";
/// Seed and public key; the seed is 0, 1, 2, …
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==";
/// The same key's public half, made with `cryptography`.
const ED25519: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=
-----END PUBLIC KEY-----";
const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvWKYNd79XLD1Rwt8jjQUeyuqby/b
Yc5XjycckhufSPeKYRzMSnYujLW/QLneio12+A1Fprm3G3V+YDTCq+WbIw==
-----END PUBLIC KEY-----";
// By `build_rest_jwt` of coinbase-advanced-py 1.8.4 at 1750000000, for `GET api.coinbase.com/api/v3/brokerage/accounts`.
const BY_P256: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9yZ2FuaXphdGlvbnMvN2UzZDVjL2FwaUtleXMvOWIxZiIsIm5vbmNlIjoiN2ViYjkxNjBjMjQwYjFlMDkxNjllZTk3ODViMDhkODQwY2RkMjg1MjdjMzBiNjRiNDMwNzI0NjgwODlmNjU5MyIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJvcmdhbml6YXRpb25zLzdlM2Q1Yy9hcGlLZXlzLzliMWYiLCJpc3MiOiJjZHAiLCJuYmYiOjE3NTAwMDAwMDAsImV4cCI6MTc1MDAwMDEyMCwidXJpIjoiR0VUIGFwaS5jb2luYmFzZS5jb20vYXBpL3YzL2Jyb2tlcmFnZS9hY2NvdW50cyJ9.uFQVgfY73W1mDNzeAiTe8titK_NABK5nnY-8xL3vP-Yb0PsVLWvc4WC12vLh3ZxAFd-AMof4f9_U7OIZLtKQrQ";
const BY_ED25519: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6Im9yZ2FuaXphdGlvbnMvN2UzZDVjL2FwaUtleXMvOWIxZiIsIm5vbmNlIjoiZjUyYjBiNTZkZTgxZTAyNDFjODlmNjA0MWMwZTc3ZGQ4ZDc3ZDcyZTQ2MWJhYTY2OTFmY2I4NDg1MTgxNjY5YyIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJvcmdhbml6YXRpb25zLzdlM2Q1Yy9hcGlLZXlzLzliMWYiLCJpc3MiOiJjZHAiLCJuYmYiOjE3NTAwMDAwMDAsImV4cCI6MTc1MDAwMDEyMCwidXJpIjoiR0VUIGFwaS5jb2luYmFzZS5jb20vYXBpL3YzL2Jyb2tlcmFnZS9hY2NvdW50cyJ9.4xbwZeJ4EkLnl2L6j-d1DxZayOHo4NFN61ygn0nG_O4_DAUY60zeUplUNxk-W6AAUJLjGg-GHOlOrcdz-kN7DQ";
const NOW_S: u64 = 1_750_000_000;
const NOW_US: u64 = NOW_S * 1_000_000;
const ACCOUNTS: &str = "/api/v3/brokerage/accounts";

fn venue(secret: &str, limits: RateLimits) -> Venue {
    let trader = Trader::new(KEY, Verifier::parse(secret).unwrap(), &limits);
    let instruments = products();
    let plan = Plan { api: &API, instruments: &instruments, traders: vec![trader], limits, seed: None };
    Venue::open(plan, None).unwrap()
}

/// What the venue says to a request with this token.
fn send(venue: &mut Venue, [method, path, token, body]: [&str; 4], now_us: u64) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("127.0.0.1:4321"));
    if !token.is_empty() {
        headers.insert("authorization", HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    venue.pass_time(now_us);
    handle(venue, &Call { method, path, query, headers: &headers, body: body.as_bytes(), peer }, now_us)
}

fn claims(uri: &str) -> Value {
    json!({ "sub": KEY, "iss": "cdp", "nbf": NOW_S, "exp": NOW_S + 120, "uri": uri })
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": KEY, "nonce": "00ff", "typ": "JWT" })
}

fn sign(header: &Value, claims: &Value) -> String {
    let seed: [u8; 32] = std::array::from_fn(|place| place.to_le_bytes()[0]);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    format!("{signed}.{}", BASE64URL_NOPAD.encode(pair.sign(signed.as_bytes()).as_ref()))
}

/// One venue and its one user, at a time of their own.
struct Desk {
    venue: Venue,
    now_us: u64,
}

impl Desk {
    fn new(limits: RateLimits) -> Self {
        Self { venue: venue(SECRET, limits), now_us: NOW_US }
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/v3/brokerage{path}");
        let uri = format!("{method} api.coinbase.com{}", path.split('?').next().unwrap());
        let token = sign(&header(), &claims(&uri));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = send(&mut self.venue, [method, &path, &token, &body], self.now_us);
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, told) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {told}");
        told
    }

    fn post(&mut self, path: &str, body: Value) -> Value {
        let (status, told) = self.ask("POST", path, &body);
        assert_eq!(status, 200, "{path}: {told}");
        told
    }

    /// Places a limit order of one bitcoin; its id.
    fn bid(&mut self, client_id: &str, price: &str) -> String {
        let told = self
            .post("/orders", order(client_id, "limit_limit_gtc", json!({ "base_size": "1", "limit_price": price })));
        told["success_response"]["order_id"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    fn order(&mut self, id: &str) -> Value {
        self.get(&format!("/orders/historical/{id}"))["order"].clone()
    }

    fn cancel(&mut self, ids: &[&str]) -> Vec<(bool, String)> {
        let told = self.post("/orders/batch_cancel", json!({ "order_ids": ids }));
        let results = told["results"].as_array().unwrap().iter();
        results.map(|one| (one["success"] == true, one["failure_reason"].as_str().unwrap().to_owned())).collect()
    }
}

fn order(client_id: &str, kind: &str, terms: Value) -> Value {
    json!({
        "client_order_id": client_id, "product_id": "BTC-USD", "side": "BUY", "order_configuration": { kind: terms },
    })
}

#[test]
fn the_official_clients_tokens_are_taken_as_long_as_they_live() {
    for (secret, token, other) in
        [(P256, BY_P256, BY_ED25519), (SECRET, BY_ED25519, BY_P256), (ED25519, BY_ED25519, BY_P256)]
    {
        let mut venue = venue(secret, limits().open());
        let mut status = |method, path, token, now_us| {
            let reply = send(&mut venue, [method, path, token, ""], now_us);
            assert!(reply.status == 200 || reply.body == b"Unauthorized\n", "{reply:?}");
            reply.status
        };
        for now_s in [NOW_S, NOW_S, NOW_S + 119] {
            assert_eq!(status("GET", ACCOUNTS, token, now_s * 1_000_000), 200);
        }
        // A query is not of what it names.
        assert_eq!(status("GET", "/api/v3/brokerage/accounts?limit=1", token, NOW_US), 200);
        for now_s in [NOW_S - 1, NOW_S + 120] {
            assert_eq!(status("GET", ACCOUNTS, token, now_s * 1_000_000), 401);
        }
        assert_eq!(status("GET", "/api/v3/brokerage/products", token, NOW_US), 401);
        assert_eq!(status("POST", "/api/v3/brokerage/orders", token, NOW_US), 401);
        for wrong in
            ["", "a.b", &token[1..], &token[..token.len() - 1], &format!("{token}="), other, &token.to_lowercase()]
        {
            assert_eq!(status("GET", ACCOUNTS, wrong, NOW_US), 401, "{wrong}");
        }
    }
}

#[test]
fn each_part_of_a_token_has_to_be_right() {
    let mut venue = venue(SECRET, limits().open());
    let uri = "GET api.coinbase.com/api/v3/brokerage/accounts";
    let mut status =
        |header: &Value, claims: &Value| send(&mut venue, ["GET", ACCOUNTS, &sign(header, claims), ""], NOW_US).status;
    assert_eq!(status(&header(), &claims(uri)), 200);
    assert_eq!(status(&header(), &claims("GET 127.0.0.1:4321/api/v3/brokerage/accounts")), 200);
    let edit = |mut value: Value, changes: Value| {
        for (name, change) in changes.as_object().unwrap() {
            value[name] = change.clone();
        }
        value
    };
    for right in [
        json!({ "iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"], "iat": NOW_S }),
        json!({ "uri": null, "uris": [uri], "aud": ["cdp_service"] }),
        json!({ "nbf": NOW_S - 119, "exp": NOW_S + 1 }),
    ] {
        assert_eq!(status(&header(), &edit(claims(uri), right.clone())), 200, "{right}");
    }
    for wrong in [
        json!({ "sub": "organizations/7e3d5c/apiKeys/9b1e" }),
        json!({ "iss": "coinbase" }),
        json!({ "aud": ["another"] }),
        json!({ "nbf": NOW_S + 1 }),
        json!({ "exp": NOW_S }),
        json!({ "exp": NOW_S + 121 }),
        json!({ "exp": (NOW_S + 60).to_string() }),
        json!({ "uri": null }),
        json!({ "uri": "GET api.coinbase.com/api/v3/brokerage/accounts?limit=1" }),
        json!({ "uri": "GET https://api.coinbase.com/api/v3/brokerage/accounts" }),
        json!({ "uri": "POST api.coinbase.com/api/v3/brokerage/accounts" }),
        json!({ "uri": "GET sandbox.coinbase.com/api/v3/brokerage/accounts" }),
    ] {
        assert_eq!(status(&header(), &edit(claims(uri), wrong.clone())), 401, "{wrong}");
    }
    for wrong in [
        json!({ "alg": "ES256" }),
        json!({ "alg": "none" }),
        json!({ "kid": "another" }),
        json!({ "nonce": "" }),
        json!({ "typ": "JWS" }),
    ] {
        assert_eq!(status(&edit(header(), wrong.clone()), &claims(uri)), 401, "{wrong}");
    }
}

#[test]
fn an_id_that_is_known_makes_no_second_order() {
    let mut desk = Desk::new(limits().open());
    let first = desk.bid("a1", "50000");
    let other = json!({ "base_size": "2", "limit_price": "51000" });
    let again = desk.post("/orders", order("a1", "limit_limit_gtc", other.clone()));
    assert_eq!((&again["success"], &again["success_response"]["order_id"]), (&json!(true), &json!(first)));
    assert_eq!(again["order_configuration"]["limit_limit_gtc"]["limit_price"], "50000");
    // Nor does it once the first has ended, whatever the product.
    desk.cancel(&[&first]);
    desk.now_us += CANCEL_US;
    let mut elsewhere = order("a1", "limit_limit_gtc", other);
    elsewhere["product_id"] = json!("ETH-USD");
    assert_eq!(desk.post("/orders", elsewhere)["success_response"]["order_id"], json!(first));
    assert_eq!(desk.get("/orders/historical/batch")["orders"].as_array().unwrap().len(), 1);
    let record = &desk.venue.ledger().records()[0];
    assert_eq!((record.received, record.status), (3, Status::Canceled));
    // One that was refused makes no order, and may come again.
    let refused =
        desk.post("/orders", order("a2", "limit_limit_gtc", json!({ "base_size": "1", "limit_price": "0.001" })));
    assert_eq!(refused["success"], false);
    desk.bid("a2", "50000");
}

#[test]
fn a_cancel_is_taken_first_and_carried_out_then() {
    let mut desk = Desk::new(limits().open());
    let [one, two] = ["50000", "59999"].map(|price| desk.bid(&format!("c{price}"), price));
    let taken = (true, "UNKNOWN_CANCEL_FAILURE_REASON".to_owned());
    let refused = |word: &str| (false, word.to_owned());
    let unknown = "11111111-1111-4111-8111-111111111111";
    let told = desk.cancel(&[&one, &two, &one, unknown]);
    assert_eq!(told, [taken.clone(), taken, refused("DUPLICATE_CANCEL_REQUEST"), refused("UNKNOWN_CANCEL_ORDER")]);
    let queued = desk.order(&one);
    assert_eq!((&queued["status"], &queued["pending_cancel"]), (&json!("CANCEL_QUEUED"), &json!(true)));
    assert_eq!(desk.get("/orders/historical/batch?order_status=OPEN")["orders"], json!([]));
    let edit = desk.post("/orders/edit", json!({ "order_id": one, "price": "50001", "size": "1" }));
    assert_eq!(edit["errors"][0]["edit_failure_reason"], "CANNOT_EDIT_ORDER_PENDING_CANCEL");
    desk.now_us += CANCEL_US;
    assert_eq!(desk.order(&one)["status"], "CANCELLED");
    assert_eq!(desk.order(&two)["status"], "CANCELLED");
    assert_eq!(desk.cancel(&[&one]), [refused("UNKNOWN_CANCEL_ORDER")]);
    let (status, told) = desk.ask("POST", "/orders/batch_cancel", &json!({ "order_ids": vec![unknown; 101] }));
    assert_eq!((status, &told["code"]), (400, &json!(3)));
}

#[test]
fn an_order_is_edited_as_long_as_it_is_open() {
    let mut desk = Desk::new(limits().open());
    let id = desk.bid("e1", "50000");
    let edit = |desk: &mut Desk, change: Value| {
        let told = desk.post("/orders/edit", change);
        assert_eq!(told["success"] == true, told["errors"] == json!([]), "{told}");
        told["errors"][0]["edit_failure_reason"].as_str().map(str::to_owned)
    };
    assert_eq!(edit(&mut desk, json!({ "order_id": id, "price": "50000.01", "size": "0.5" })), None);
    let told = desk.order(&id);
    assert_eq!(
        told["order_configuration"]["limit_limit_gtc"],
        json!({ "base_size": "0.5", "limit_price": "50000.01", "post_only": false })
    );
    let preview = desk.post("/orders/edit_preview", json!({ "order_id": id, "price": "50001", "size": "1" }));
    assert_eq!((&preview["errors"], &preview["quote_size"]), (&json!([]), &json!("50001")));
    for (change, reason) in [
        (json!({ "order_id": id, "price": "50000.01", "size": "0.5" }), "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST"),
        (json!({ "order_id": id, "price": "50000" }), "INVALID_EDITED_SIZE"),
        (json!({ "order_id": id, "size": "1" }), "INVALID_EDITED_PRICE"),
        (json!({ "order_id": id, "price": "50000.001", "size": "1" }), "UNKNOWN_EDIT_ORDER_FAILURE_REASON"),
        (json!({ "order_id": "4242", "price": "50000", "size": "1" }), "ORDER_NOT_FOUND"),
    ] {
        assert_eq!(edit(&mut desk, change.clone()).as_deref(), Some(reason), "{change}");
    }
    desk.cancel(&[&id]);
    desk.now_us += CANCEL_US;
    let late = json!({ "order_id": id, "price": "50000", "size": "1" });
    assert_eq!(edit(&mut desk, late).as_deref(), Some("ONLY_OPEN_ORDERS_CAN_BE_EDITED"));
}

#[test]
fn what_is_refused_is_named() {
    let mut desk = Desk::new(limits().open());
    let limit = |size: &str, price: &str| json!({ "base_size": size, "limit_price": price });
    let stop = |stop: &str, price: &str, direction: &str| json!({ "base_size": "1", "limit_price": price, "stop_price": stop, "stop_direction": format!("STOP_DIRECTION_STOP_{direction}") });
    let mut post_only = limit("1", "61000");
    post_only["post_only"] = json!(true);
    let mut ended = limit("1", "50000");
    ended["end_time"] = json!("2025-06-15T15:06:40Z");
    for (kind, terms, error, preview) in [
        ("limit_limit_gtc", limit("1", "50000.001"), "INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION"),
        ("limit_limit_gtc", limit("0.000000001", "50000"), "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION"),
        ("limit_limit_gtc", limit("0.00001", "50000"), "UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        ("limit_limit_gtc", limit("9001", "50000"), "UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"),
        ("limit_limit_gtc", limit("8000", "60000"), "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"),
        ("limit_limit_gtc", post_only, "INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"),
        ("limit_limit_gtd", ended, "UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_END_TIME"),
        (
            "market_market_ioc",
            json!({ "quote_size": "0.5" }),
            "UNKNOWN_FAILURE_REASON",
            "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
        ),
        (
            "market_market_ioc",
            json!({ "quote_size": "5.001" }),
            "UNKNOWN_FAILURE_REASON",
            "PREVIEW_INVALID_QUOTE_SIZE_PRECISION",
        ),
        ("market_market_ioc", json!({}), "INVALID_ORDER_CONFIG", "PREVIEW_INVALID_ORDER_CONFIG"),
        ("trigger_bracket_gtc", json!({}), "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG"),
        (
            "stop_limit_stop_limit_gtc",
            stop("59000", "59500", "UP"),
            "UNKNOWN_FAILURE_REASON",
            "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE",
        ),
        (
            "stop_limit_stop_limit_gtc",
            stop("61000", "60000", "UP"),
            "UNKNOWN_FAILURE_REASON",
            "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE",
        ),
    ] {
        let told = desk.post("/orders", order("r1", kind, terms.clone()));
        let response = &told["error_response"];
        assert_eq!(
            (&response["error"], &response["preview_failure_reason"]),
            (&json!(error), &json!(preview)),
            "{kind} {terms}"
        );
        assert_eq!(told["success"], false);
        assert_eq!(told["order_configuration"][kind], terms);
        // A preview says so too, unless only the book knows.
        let mut asked = order("", kind, terms);
        asked.as_object_mut().unwrap().remove("client_order_id");
        if !preview.contains("LAST_TRADE") {
            assert_eq!(desk.post("/orders/preview", asked)["errs"], json!([preview]));
        }
    }
    let mut elsewhere = order("r1", "limit_limit_gtc", limit("1", "50000"));
    elsewhere["product_id"] = json!("NO-SUCH");
    assert_eq!(desk.post("/orders", elsewhere)["error_response"]["error"], "INVALID_PRODUCT_ID");
    let (status, told) = desk.ask("POST", "/orders", &json!({ "client_order_id": "r1", "side": "BUY" }));
    assert_eq!((status, &told["error"], &told["code"]), (400, &json!("INVALID_ARGUMENT"), &json!(3)));
    assert_eq!(desk.ask("POST", "/orders", &json!([])).0, 400);
    for path in
        ["/orders/historical/4242", "/products/NO-SUCH", "/product_book?product_id=NO-SUCH", "/nothing", "/accounts/1"]
    {
        let (status, told) = desk.ask("GET", path, &Value::Null);
        assert_eq!((status, &told["code"]), (404, &json!(5)), "{path}");
    }
    let record = &desk.venue.ledger().records()[0];
    assert_eq!((record.received, record.order_id.as_deref()), (15, None));
}

#[test]
fn orders_and_fills_come_in_pages() {
    let mut desk = Desk::new(limits().open());
    let ids: Vec<String> = (0..5).map(|place| desk.bid(&format!("p{place}"), &format!("5000{place}"))).collect();
    let bought = desk.post("/orders", order("m", "market_market_ioc", json!({ "quote_size": "30000.01" })));
    let bought = bought["success_response"]["order_id"].as_str().unwrap().to_owned();
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = desk.get(&format!("/orders/historical/batch?limit=2&cursor={cursor}"));
        seen.extend(
            page["orders"].as_array().unwrap().iter().map(|order| order["order_id"].as_str().unwrap().to_owned()),
        );
        cursor = page["cursor"].as_str().unwrap().to_owned();
        assert_eq!(page["has_next"] == true, !cursor.is_empty());
        if cursor.is_empty() {
            break;
        }
    }
    assert!(seen.iter().eq(ids.iter().chain([&bought]).rev()), "{seen:?}");
    let filtered =
        desk.get(&format!("/orders/historical/batch?order_ids={}&order_ids={}&order_side=BUY", ids[1], ids[3]));
    assert_eq!(filtered["orders"].as_array().unwrap().len(), 2);
    assert_eq!(desk.get("/orders/historical/batch?product_ids=ETH-USD")["orders"], json!([]));
    assert_eq!(desk.get("/orders/historical/batch?order_status=EXPIRED")["orders"], json!([]));
    assert_eq!(desk.ask("GET", "/orders/historical/batch?order_status=OPEN&order_status=FILLED", &Value::Null).0, 400);

    let all = desk.get(&format!("/orders/historical/fills?order_ids={bought}"))["fills"].as_array().unwrap().clone();
    assert!(
        all.len() > 1 && all.iter().all(|fill| fill["size_in_quote"] == true && fill["liquidity_indicator"] == "TAKER"),
        "{all:?}"
    );
    let first = desk.get("/orders/historical/fills?limit=1");
    assert_eq!(first["fills"], json!([all[0]]));
    let rest = desk.get(&format!("/orders/historical/fills?cursor={}", first["cursor"].as_str().unwrap()));
    assert_eq!(rest["fills"].as_array().unwrap().as_slice(), &all[1..]);
    let sum =
        |name: &str| all.iter().map(|fill| fill[name].as_str().unwrap().parse::<Decimal>().unwrap()).sum::<Decimal>();
    let told = desk.order(&bought);
    assert_eq!(told["filled_value"], plain(sum("size")));
    assert_eq!(told["total_fees"], plain(sum("commission")));
    assert_eq!(told["number_of_fills"], all.len().to_string());

    let page = desk.get("/accounts?limit=2");
    assert_eq!((&page["has_next"], &page["size"]), (&json!(true), &json!(2)));
    let rest = desk.get(&format!("/accounts?cursor={}", page["cursor"].as_str().unwrap()));
    assert_eq!((&rest["has_next"], rest["accounts"].as_array().unwrap().len()), (&json!(false), 2));
    let wallet = page["accounts"][0].clone();
    assert_eq!(desk.get(&format!("/accounts/{}", wallet["uuid"].as_str().unwrap()))["account"], wallet);
}

#[test]
fn a_user_and_an_address_have_their_second() {
    let mut desk = Desk::new(limits());
    let key = json!({ "can_view": true, "can_trade": true });
    for _ in 0..30 {
        assert_eq!(desk.get("/key_permissions")["can_trade"], key["can_trade"]);
    }
    let (status, told) = desk.ask(
        "POST",
        "/orders",
        &order("l1", "limit_limit_gtc", json!({ "base_size": "1", "limit_price": "50000" })),
    );
    assert_eq!((status, &told["code"]), (429, &json!(8)));
    assert_eq!(desk.venue.ledger().records()[0].received, 1);
    desk.now_us += 1_000_000;
    desk.bid("l1", "50000");
    for left in (0..10).rev() {
        let reply = send(&mut desk.venue, ["GET", "/api/v3/brokerage/time", "", ""], NOW_US);
        let headers = [
            ("x-ratelimit-limit", "10".to_owned()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", "1".to_owned()),
        ];
        assert_eq!((reply.status, reply.headers.as_slice()), (200, headers.as_slice()));
    }
    for _ in 0..50 {
        assert_eq!(send(&mut desk.venue, ["GET", "/api/v3/brokerage/market/products", "", ""], NOW_US).status, 429);
    }
    assert_eq!(send(&mut desk.venue, ["GET", "/api/v3/brokerage/time", "", ""], NOW_US + 1_000_000).status, 200);
}

#[test]
fn a_failure_without_a_reason_has_the_shape_of_what_was_asked() {
    let said = |answer: Value| -> Value {
        let reply = (API.bad_day)(Fault::StatusUnknown, answer.to_string().as_bytes()).unwrap();
        serde_json::from_slice(&reply.body).unwrap()
    };
    assert_eq!(
        said(json!({ "success": true, "success_response": {} }))["error_response"]["error"],
        "UNKNOWN_FAILURE_REASON"
    );
    assert_eq!(
        said(json!({ "success": true, "errors": [] }))["errors"][0]["edit_failure_reason"],
        "UNKNOWN_EDIT_ORDER_FAILURE_REASON"
    );
    let cancel = said(json!({ "results": [{ "success": true, "order_id": "a" }] }));
    assert_eq!(
        cancel["results"],
        json!([{ "success": false, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": "a" }])
    );
}
