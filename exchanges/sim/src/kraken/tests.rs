//! What an authentic request asks is answered, and what is not authentic, or came too late, is refused and did nothing.

use std::net::{IpAddr, Ipv4Addr};

use data_encoding::BASE64;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use ring::{digest, hmac};

use super::*;
use crate::venue::{Plan, Trader};

const SECRET: &str = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
const NOW_US: u64 = 1_616_492_376_594_000;

fn venue(limits: RateLimits, nonce_window: u64) -> Venue {
    let trader = Trader::new("key", Verifier::parse(SECRET).unwrap(), &limits);
    let instruments = pairs();
    let plan = Plan { api: &API, instruments: &instruments, traders: vec![trader], limits, seed: None };
    let mut venue = Venue::open(plan, None).unwrap();
    venue.nonce_window = nonce_window;
    venue
}

fn sign(path: &str, nonce: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA512, &BASE64.decode(SECRET.as_bytes()).unwrap());
    let inner = digest::digest(&digest::SHA256, format!("{nonce}{body}").as_bytes());
    BASE64.encode(hmac::sign(&key, &[path.as_bytes(), inner.as_ref()].concat()).as_ref())
}

fn send(venue: &mut Venue, name: &str, body: &str, signature: &str, is_json: bool) -> Value {
    let mut headers = HeaderMap::new();
    headers.insert("api-key", HeaderValue::from_static("key"));
    headers.insert("api-sign", HeaderValue::try_from(signature).unwrap());
    let kind = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    headers.insert("content-type", HeaderValue::from_static(kind));
    let (path, peer) = (format!("/0/private/{name}"), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let call = Call { method: "POST", path: &path, query: "", headers: &headers, body: body.as_bytes(), peer };
    let reply = handle(venue, &call, NOW_US);
    assert_eq!(reply.status, 200);
    serde_json::from_slice(&reply.body).unwrap()
}

/// An authentic form with this nonce.
fn ask(venue: &mut Venue, name: &str, nonce: u64, fields: &str) -> Value {
    let body = format!("nonce={nonce}{fields}");
    let signature = sign(&format!("/0/private/{name}"), &nonce.to_string(), &body);
    send(venue, name, &body, &signature, false)
}

const ORDER: &str = "&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25&cl_ord_id=";

/// Source: spot-rest-auth, "Examples".
#[test]
fn the_documented_signature_is_right_and_others_are_not() {
    let body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
    let signature = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==";
    let mut venue = venue(limits().open(), 0);
    for wrong in [&signature[1..], &signature.to_lowercase(), ""] {
        assert_eq!(send(&mut venue, ADD, body, wrong, false)["error"][0], "EAPI:Invalid signature");
    }
    let other = body.replace("1.25", "1.26");
    assert_eq!(send(&mut venue, ADD, &other, signature, false)["error"][0], "EAPI:Invalid signature");
    let told = send(&mut venue, ADD, body, signature, false);
    assert_eq!(told["result"]["descr"]["order"], "buy 1.25000000 XBTUSD @ limit 37500.0");
    // The same once more.
    assert_eq!(send(&mut venue, ADD, body, signature, false)["error"][0], "EAPI:Invalid nonce");
}

#[test]
fn what_arrives_behind_a_later_nonce_did_nothing() {
    let mut strict = venue(limits().open(), 0);
    assert_eq!(ask(&mut strict, ADD, 7, &format!("{ORDER}later"))["error"], json!([]));
    for nonce in [6, 7] {
        let told = ask(&mut strict, ADD, nonce, &format!("{ORDER}earlier"));
        assert_eq!(told, json!({ "error": ["EAPI:Invalid nonce"] }));
    }
    let known: Vec<_> =
        strict.ledger().records().iter().map(|record| (record.received, record.order_id.is_some())).collect();
    assert_eq!(known, [(1, true), (2, false)]);
    assert_eq!(ask(&mut strict, ADD, 8, &format!("{ORDER}earlier"))["error"], json!([]));

    // With a window of the account's own it is taken, as long as it is not too late for that too.
    let mut lenient = venue(limits().open(), 10);
    for (nonce, is_taken) in [(100, true), (91, true), (90, false), (101, true), (91, false), (92, true)] {
        let told = ask(&mut lenient, ADD, nonce, &format!("{ORDER}n{nonce}-{is_taken}"));
        assert_eq!(told["error"].as_array().unwrap().is_empty(), is_taken, "{nonce}: {told}");
    }
}

#[test]
fn every_endpoint_answers_what_is_asked_right_and_names_what_is_wrong() {
    let mut venue = venue(limits().open(), 0);
    let mut nonces = 1..;
    let mut ask = |name: &str, fields: &str| ask(&mut venue, name, nonces.next().unwrap(), fields);
    let placed = ask(ADD, &format!("{ORDER}a1"));
    let txid = placed["result"]["txid"][0].as_str().unwrap().to_owned();
    assert_eq!(ask("QueryOrders", &format!("&txid={txid}"))["result"][&txid]["cl_ord_id"], "a1");
    assert_eq!(ask("OpenOrders", "&cl_ord_id=a1")["result"]["open"][&txid]["status"], "open");
    assert_eq!(ask("OpenOrders", "&cl_ord_id=a2")["result"]["open"], json!({}));
    assert_eq!(ask("AmendOrder", "&cl_ord_id=a1&order_qty=1&limit_price=37400.1")["error"], json!([]));
    assert_eq!(ask("OpenOrders", "")["result"]["open"][&txid]["descr"]["price"], "37400.1");
    assert_eq!(ask("CancelOrder", "&cl_ord_id=a1")["result"]["count"], 1);
    assert_eq!(ask("ClosedOrders", "&cl_ord_id=a1")["result"]["closed"][&txid]["status"], "canceled");
    let bought = ask(ADD, "&ordertype=market&pair=XXBTZUSD&type=buy&volume=0.5&userref=5");
    let bought = bought["result"]["txid"][0].as_str().unwrap().to_owned();
    let trades = ask("TradesHistory", "")["result"]["trades"].clone();
    assert!(trades.as_object().unwrap().values().all(|trade| trade["ordertxid"] == bought.as_str()), "{trades}");
    assert_eq!(ask("QueryOrders", &format!("&txid={bought}"))["result"][&bought]["status"], "closed");
    assert_eq!(ask(ADD, &format!("{ORDER}a3&validate=true"))["result"]["txid"], Value::Null);
    for name in ["Balance", "BalanceEx", "CancelAll", "OpenPositions"] {
        assert_eq!(ask(name, "")["error"], json!([]), "{name}");
    }
    assert_eq!(ask("CancelAllOrdersAfter", "&timeout=60")["result"]["triggerTime"], "2021-03-23T09:40:36Z");
    assert_eq!(ask("TradeVolume", "&pair=XBTUSD")["result"]["fees"]["XXBTZUSD"]["fee"], "0.2600");
    for (name, fields, words) in [
        (ADD, "&ordertype=limit&pair=NOSUCH&price=1&type=buy&volume=1", "EQuery:Unknown asset pair"),
        (ADD, "&ordertype=limit&pair=XBTUSD&price=1.23&type=buy&volume=1", "EOrder:Tick size check failed"),
        (ADD, "&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=0.000001", "EOrder:Order minimum not met"),
        (ADD, "&ordertype=limit&pair=XBTUSD&price=60000&type=buy&volume=9000", "EOrder:Insufficient funds"),
        (ADD, "&ordertype=limit&pair=XBTUSD&price=1&type=bye&volume=1", "EGeneral:Invalid arguments:type"),
        (ADD, "&ordertype=market&pair=XBTUSD&type=buy&volume=1&oflags=post", "EGeneral:Invalid arguments:oflags"),
        (ADD, "&ordertype=market&pair=XBTUSD&type=buy&volume=1&leverage=2", "EOrder:Margin allowance exceeded"),
        (ADD, "&deadline=2021-03-23T09:39:30Z", "EService:Deadline elapsed"),
        (ADD, "&deadline=2021-03-23T09:39:37Z", "EGeneral:Invalid arguments:deadline"),
        ("CancelOrder", "&txid=OUF4EM-FRGH2-MQMWZD", "EOrder:Unknown order"),
        ("CancelOrder", "&cl_ord_id=a1", "EOrder:Unknown order"),
        ("QueryOrders", "&txid=OUF4EM-FRGH2-MQMWZD", "EOrder:Invalid order"),
        ("NoSuch", "", "EGeneral:Unknown method"),
    ] {
        assert_eq!(ask(name, fields)["error"][0], words, "{name}{fields}");
    }
}

#[test]
fn a_batch_is_taken_one_by_one_once_its_rules_are_kept() {
    let mut venue = venue(limits().open(), 0);
    let order = |id: &str, volume: &str| json!({ "ordertype": "limit", "type": "buy", "price": "37500", "volume": volume, "cl_ord_id": id });
    let mut nonce = 0;
    let mut batch = |name: &str, mut body: Value| {
        nonce += 1;
        body["nonce"] = json!(nonce);
        let (text, path) = (body.to_string(), format!("/0/private/{name}"));
        let signature = sign(&path, &nonce.to_string(), &text);
        send(&mut venue, name, &text, &signature, true)
    };
    let told = batch(ADD_BATCH, json!({ "pair": "XBTUSD", "orders": [order("b1", "1"), order("b2", "3000")] }));
    let orders = &told["result"]["orders"];
    assert!(orders[0]["txid"].is_string(), "{told}");
    assert_eq!(orders[1]["error"], "EOrder:Insufficient funds");
    let broken = batch(ADD_BATCH, json!({ "pair": "XBTUSD", "orders": [order("b3", "1"), order("b4", "0.0000001")] }));
    assert_eq!(broken["error"][0], "EOrder:Order minimum not met");
    assert_eq!(batch("CancelOrderBatch", json!({ "cl_ord_ids": ["b1", "b3"] }))["result"]["count"], 1);
    let known: Vec<_> = venue.ledger().records().iter().map(|record| record.order_id.is_some()).collect();
    assert_eq!(known, [true, false, false, false]);
}

#[test]
fn an_account_that_asks_too_often_is_refused_and_may_trade_on() {
    let mut venue = venue(limits(), 0);
    for nonce in 1..=20 {
        assert_eq!(ask(&mut venue, "Balance", nonce, "")["error"], json!([]));
    }
    assert_eq!(ask(&mut venue, "Balance", 21, "")["error"][0], "EAPI:Rate limit exceeded");
    assert_eq!(ask(&mut venue, ADD, 22, &format!("{ORDER}c1"))["error"], json!([]));
}

#[test]
fn ids_are_read_back() {
    for id in [0, 1, 201, u64::from(u32::MAX), 1 << 60] {
        assert_eq!(engine_id(&told_id('O', id)), Some(id));
    }
    for other in ["", "O", "OUF4EM-FRGI2-MQMWZD", "T00000-00000-000001", "O00000-00000-00000"] {
        assert_eq!(engine_id(other), None, "{other}");
    }
}
