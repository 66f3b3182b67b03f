//! Binance Spot's orders that wait, hide a part of themselves, or take their price from the book.

use orderwire_sim::{SimVenue, Status};
use serde_json::{Value, json};

use crate::client::{Client, Pairs, limit, names, start, venue};

fn both() -> (SimVenue, Client) {
    let sim = start(venue().plain());
    let client = Client::of(&sim);
    (sim, client)
}

fn order<'a>(side: &'a str, kind: &'a str, id: &'a str, more: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let pairs = [("symbol", "BTCUSDT"), ("side", side), ("type", kind), ("quantity", "0.01"), ("newClientOrderId", id)];
    pairs.into_iter().chain(more.iter().copied()).collect()
}

fn query(client: &Client, id: &str) -> Value {
    client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", id)]).ok()
}

/// Trades with oneself at a price between the house's.
fn trade_at(client: &Client, price: &str) {
    client.limit("SELL", "0.001", price, "trade-sell").ok();
    let taken = client.limit("BUY", "0.001", price, "trade-buy").ok();
    assert_eq!(
        (&taken["status"], &taken["fills"][0]["price"]),
        (&"FILLED".into(), &format!("{price}.00000000").into())
    );
}

fn status(sim: &SimVenue, id: &str) -> Status {
    sim.ledger().iter().find(|record| record.client_order_id == id).unwrap().status
}

#[test]
fn a_stop_waits_is_triggered_and_fills() {
    let (sim, client) = both();
    let stop = [("stopPrice", "60003"), ("newOrderRespType", "RESULT")];
    let placed = client.place(&order("BUY", "STOP_LOSS", "stop", &stop));
    let expected = [
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
        "stopPrice",
        "workingTime",
        "selfTradePreventionMode",
    ];
    assert_eq!(names(&placed.text), expected);
    let placed = placed.ok();
    assert_eq!((&placed["workingTime"], &placed["stopPrice"]), (&(-1).into(), &"60003.00000000".into()));
    let waits = query(&client, "stop");
    assert_eq!(
        (&waits["status"], &waits["isWorking"], &waits["type"]),
        (&"NEW".into(), &false.into(), &"STOP_LOSS".into())
    );
    assert_eq!(client.signed("GET", "/api/v3/openOrders", &[]).ok(), json!([waits]));
    trade_at(&client, "60002");
    assert_eq!(query(&client, "stop")["isWorking"], false);
    trade_at(&client, "60003");
    let filled = query(&client, "stop");
    assert_eq!(
        (&filled["status"], &filled["isWorking"], &filled["price"]),
        (&"FILLED".into(), &true.into(), &"0.00000000".into())
    );
    assert!(filled["workingTime"].as_u64() >= filled["time"].as_u64());
    assert_eq!(status(&sim, "stop"), Status::Filled);
    // Its default answer is short. Source: `newOrderRespType`.
    let short = client.place(&order("SELL", "STOP_LOSS", "short", &[("stopPrice", "50000")]));
    assert_eq!(names(&short.text), expected[..5]);
}

#[test]
fn a_take_profit_with_a_limit_rests_once_it_is_triggered() {
    let (sim, client) = both();
    let pairs = [("stopPrice", "60004"), ("price", "60100"), ("timeInForce", "GTC"), ("newOrderRespType", "FULL")];
    let placed = client.place(&order("SELL", "TAKE_PROFIT_LIMIT", "profit", &pairs)).ok();
    assert_eq!((&placed["fills"], &placed["price"]), (&json!([]), &"60100.00000000".into()));
    trade_at(&client, "60004");
    let rests = query(&client, "profit");
    assert_eq!((&rests["status"], &rests["isWorking"]), (&"NEW".into(), &true.into()));
    let pairs = [("symbol", "BTCUSDT"), ("origClientOrderId", "profit")];
    let canceled = client.signed("DELETE", "/api/v3/order", &pairs).ok();
    assert_eq!((&canceled["stopPrice"], &canceled["status"]), (&"60004.00000000".into(), &"CANCELED".into()));
    assert_eq!(status(&sim, "profit"), Status::Canceled);
}

#[test]
fn a_trailing_stop_tells_since_when_it_follows() {
    let (_sim, client) = both();
    let delta = [("trailingDelta", "10"), ("newOrderRespType", "RESULT")];
    let placed = client.place(&order("SELL", "STOP_LOSS", "trail", &delta)).ok();
    assert_eq!((&placed["trailingDelta"], &placed["trailingTime"]), (&10.into(), &(-1).into()));
    assert_eq!(placed["stopPrice"], "0.00000000");
    trade_at(&client, "60005");
    let follows = query(&client, "trail");
    assert!(follows["trailingTime"].as_u64() >= follows["time"].as_u64(), "{follows}");
    assert_eq!(follows["isWorking"], false);
    // A tenth of a percent down: through the house's bids and below them.
    client.place(&limit("SELL", "100", "59930", "down")).ok();
    assert_eq!(query(&client, "trail")["status"], "FILLED");
}

#[test]
fn an_iceberg_shows_a_part_of_itself() {
    let (_sim, client) = both();
    let pairs: Vec<_> = limit("BUY", "0.01", "60001", "ice").into_iter().chain([("icebergQty", "0.004")]).collect();
    let placed = client.place(&pairs).ok();
    assert_eq!((&placed["origQty"], &placed["icebergQty"]), (&"0.01000000".into(), &"0.00400000".into()));
    client.limit("BUY", "0.001", "60001", "behind").ok();
    let shown = |client: &Client| client.public("/api/v3/depth", &[("symbol", "BTCUSDT")]).ok()["bids"][0].clone();
    assert_eq!(shown(&client), json!(["60001.00000000", "0.00500000"]));
    client.limit("SELL", "0.0045", "60001", "taker").ok();
    assert_eq!(query(&client, "behind")["executedQty"], "0.00050000", "it has gone before the part shown next");
    assert_eq!(shown(&client), json!(["60001.00000000", "0.00450000"]));
    let iceberg = query(&client, "ice");
    assert_eq!((&iceberg["icebergQty"], &iceberg["executedQty"]), (&"0.00400000".into(), &"0.00400000".into()));
}

#[test]
fn a_peg_tells_the_price_it_has_chosen() {
    let (_sim, client) = both();
    let book = client.public("/api/v3/depth", &[("symbol", "BTCUSDT")]).ok();
    let peg = [("timeInForce", "GTC"), ("pegPriceType", "PRIMARY_PEG")];
    let placed = client.place(&order("BUY", "LIMIT", "best", &peg));
    let told = names(&placed.text);
    assert_eq!(told[5..9], ["price", "pegPriceType", "peggedPrice", "origQty"]);
    let placed = placed.ok();
    assert_eq!((&placed["price"], &placed["peggedPrice"]), (&"0.00000000".into(), &book["bids"][0][0]));
    let offset = [("pegOffsetType", "PRICE_LEVEL"), ("pegOffsetValue", "2")];
    let behind = client.place(&order("BUY", "LIMIT", "behind", &[&peg[..], &offset].concat())).ok();
    assert_eq!((&behind["pegOffsetType"], &behind["pegOffsetValue"]), (&"PRICE_LEVEL".into(), &2.into()));
    assert_eq!(behind["peggedPrice"], book["bids"][2][0]);
    assert_eq!(query(&client, "behind")["peggedPrice"], book["bids"][2][0]);
    let market = [("timeInForce", "IOC"), ("pegPriceType", "MARKET_PEG")];
    let taken = client.place(&order("BUY", "LIMIT", "take", &market)).ok();
    assert_eq!((&taken["fills"][0]["price"], &taken["status"]), (&book["asks"][0][0], &"FILLED".into()));

    trade_at(&client, "60003");
    let later = [
        ("timeInForce", "GTC"),
        ("pegPriceType", "PRIMARY_PEG"),
        ("stopPrice", "60005"),
        ("newOrderRespType", "RESULT"),
    ];
    let waits = client.place(&order("BUY", "STOP_LOSS_LIMIT", "later", &later)).ok();
    assert!(waits["peggedPrice"].is_null() && waits["pegPriceType"] == "PRIMARY_PEG", "{waits}");
    trade_at(&client, "60005");
    assert_eq!(query(&client, "later")["peggedPrice"], book["bids"][0][0]);
}

#[test]
fn prevented_matches_are_told() {
    let (_sim, client) = both();
    let maker = client.limit("SELL", "0.002", "60001", "maker").ok();
    let pairs = [&limit("BUY", "0.001", "60001", "taker")[..], &[("selfTradePreventionMode", "DECREMENT")]].concat();
    let taker = client.place(&pairs).ok();
    assert_eq!((&taker["status"], &taker["preventedQuantity"]), (&"EXPIRED_IN_MATCH".into(), &"0.00100000".into()));
    let told = &taker["preventedMatches"][0];
    assert_eq!((&told["makerOrderId"], &told["price"]), (&maker["orderId"], &"60001.00000000".into()));
    let id = told["preventedMatchId"].to_string();
    let maker_id = maker["orderId"].to_string();
    let list = |pairs: Pairs<'_>| {
        client.signed("GET", "/api/v3/myPreventedMatches", &[&[("symbol", "BTCUSDT")], pairs].concat())
    };
    let found = list(&[("preventedMatchId", &id)]).ok();
    assert_eq!(
        (&found[0]["takerOrderId"], &found[0]["selfTradePreventionMode"]),
        (&taker["orderId"], &"DECREMENT".into())
    );
    assert_eq!(list(&[("orderId", &maker_id)]).ok(), found);
    assert_eq!(list(&[("orderId", &maker_id), ("fromPreventedMatchId", "999")]).ok(), json!([]));
    assert_eq!(list(&[]).refusal(), (400, -1128));
    assert_eq!(query(&client, "maker")["preventedQuantity"], "0.00100000");
}
