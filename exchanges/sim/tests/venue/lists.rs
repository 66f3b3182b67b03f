//! Binance Spot's order lists as an unrelated client sees them.

use orderwire_sim::{Dialect, SimVenue, Status};
use serde_json::{Value, json};

use crate::client::{Answer, Client, Pairs, names, start, venue};

fn both() -> (SimVenue, Client) {
    let sim = start(venue().plain());
    let client = Client::of(&sim);
    (sim, client)
}

fn post(client: &Client, kind: &str, pairs: &[Pairs<'_>]) -> Answer {
    client.signed(
        "POST",
        &format!("/api/v3/orderList/{kind}"),
        &[&[("symbol", "BTCUSDT")], pairs.concat().as_slice()].concat(),
    )
}

const OCO: Pairs<'static> = &[
    ("listClientOrderId", "list"),
    ("side", "SELL"),
    ("quantity", "0.01"),
    ("aboveType", "LIMIT_MAKER"),
    ("aboveClientOrderId", "above"),
    ("abovePrice", "60004"),
    ("belowType", "STOP_LOSS_LIMIT"),
    ("belowClientOrderId", "below"),
    ("belowPrice", "59000"),
    ("belowStopPrice", "59996"),
    ("belowTimeInForce", "GTC"),
];
const WORKING: Pairs<'static> = &[
    ("listClientOrderId", "list"),
    ("workingType", "LIMIT"),
    ("workingSide", "BUY"),
    ("workingClientOrderId", "working"),
    ("workingPrice", "60001"),
    ("workingQuantity", "0.01"),
    ("workingTimeInForce", "GTC"),
];
const PENDING: Pairs<'static> =
    &[("pendingType", "MARKET"), ("pendingSide", "SELL"), ("pendingClientOrderId", "pending")];
const PAIR: Pairs<'static> = &[
    ("pendingSide", "SELL"),
    ("pendingAboveType", "LIMIT_MAKER"),
    ("pendingAboveClientOrderId", "above"),
    ("pendingAbovePrice", "60004"),
    ("pendingBelowType", "STOP_LOSS"),
    ("pendingBelowClientOrderId", "below"),
    ("pendingBelowStopPrice", "59000"),
];
const RESULT: Pairs<'static> = &[("newOrderRespType", "RESULT")];

fn query(client: &Client, id: &str) -> Value {
    client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", id)]).ok()
}

fn statuses(client: &Client, ids: &[&str]) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let order = ids.iter().map(|id| query(client, id));
    order.map(|order| (text(&order["status"]).unwrap(), text(&order["expiryReason"]))).collect()
}

fn list(client: &Client) -> Value {
    client.signed("GET", "/api/v3/orderList", &[("origClientOrderId", "list")]).ok()
}

fn ledger(sim: &SimVenue) -> Vec<(String, Status, u64)> {
    sim.ledger().into_iter().map(|record| (record.client_order_id, record.status, record.received)).collect()
}

#[test]
fn a_pair_is_placed_asked_for_and_canceled() {
    let (sim, client) = both();
    let placed = post(&client, "oco", &[OCO, RESULT]);
    let told = [
        "orderListId",
        "contingencyType",
        "listStatusType",
        "listOrderStatus",
        "listClientOrderId",
        "transactionTime",
        "symbol",
        "orders",
        "orderReports",
    ];
    assert_eq!(names(&placed.text), told);
    assert_eq!(placed.header("x-mbx-order-count-10s"), Some("2"));
    let placed = placed.ok();
    assert_eq!((&placed["contingencyType"], &placed["listOrderStatus"]), (&"OCO".into(), &"EXECUTING".into()));
    let [stop, maker] = [0, 1].map(|place| &placed["orderReports"][place]);
    assert_eq!(
        (&stop["clientOrderId"], &stop["type"], &stop["workingTime"]),
        (&"below".into(), &"STOP_LOSS_LIMIT".into(), &(-1).into())
    );
    assert_eq!(
        (&maker["clientOrderId"], &maker["type"], &maker["status"]),
        (&"above".into(), &"LIMIT_MAKER".into(), &"NEW".into())
    );
    assert!([stop, maker].iter().all(|report| report["orderListId"] == placed["orderListId"]));
    let account = client.signed("GET", "/api/v3/account", &[]).ok();
    let btc = account["balances"].as_array().unwrap().iter().find(|balance| balance["asset"] == "BTC").unwrap().clone();
    assert_eq!(btc["locked"], "0.01000000", "the two share it");

    let asked = list(&client);
    assert_eq!((&asked["orders"], &asked["listStatusType"]), (&placed["orders"], &"EXEC_STARTED".into()));
    assert_eq!(names(&client.signed("GET", "/api/v3/orderList", &[("origClientOrderId", "list")]).text), told[..8]);
    assert_eq!(client.signed("GET", "/api/v3/openOrderList", &[]).ok(), json!([asked]));
    assert_eq!(query(&client, "above")["orderListId"], placed["orderListId"]);
    let again = post(&client, "oco", &[OCO]);
    assert_eq!((again.refusal(), again.message()), ((400, -2010), "Duplicate order sent.".to_owned()));

    let pairs = [("symbol", "BTCUSDT"), ("listClientOrderId", "list"), ("newClientOrderId", "mine")];
    let canceled = client.signed("DELETE", "/api/v3/orderList", &pairs).ok();
    assert_eq!(canceled["listOrderStatus"], "ALL_DONE");
    let reports = canceled["orderReports"].as_array().unwrap();
    let ids: Vec<_> = reports.iter().map(|report| (&report["origClientOrderId"], &report["clientOrderId"])).collect();
    assert_eq!(ids, [(&"below".into(), &"mine".into()), (&"above".into(), &"mine".into())]);
    assert_eq!(client.signed("DELETE", "/api/v3/orderList", &pairs).refusal(), (400, -2011));
    assert_eq!(client.signed("GET", "/api/v3/openOrderList", &[]).ok(), json!([]));
    assert_eq!(client.signed("GET", "/api/v3/allOrderList", &[]).ok(), json!([list(&client)]));
    assert_eq!(ledger(&sim), [("below".to_owned(), Status::Canceled, 2), ("above".to_owned(), Status::Canceled, 2)]);
}

#[test]
fn an_order_of_a_list_takes_the_others_with_it() {
    let (_sim, client) = both();
    post(&client, "oco", &[OCO]).ok();
    let one = client.signed("DELETE", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "above")]).ok();
    assert_eq!((&one["listClientOrderId"], one["orderReports"].as_array().unwrap().len()), (&"list".into(), 2));

    post(&client, "oco", &[OCO]).ok();
    client.limit("BUY", "0.001", "20000", "alone").ok();
    let all = client.signed("DELETE", "/api/v3/openOrders", &[("symbol", "BTCUSDT")]).ok();
    assert_eq!((&all[0]["listStatusType"], &all[1]["origClientOrderId"]), (&"ALL_DONE".into(), &"alone".into()));
    assert_eq!(all.as_array().unwrap().len(), 2);

    post(&client, "oco", &[OCO]).ok();
    let replace = [("cancelReplaceMode", "STOP_ON_FAILURE"), ("cancelOrigClientOrderId", "below")];
    let order = crate::client::limit("BUY", "0.001", "20000", "new");
    let replaced = client.signed("POST", "/api/v3/order/cancelReplace", &[&replace[..], &order].concat()).ok();
    assert_eq!(replaced["cancelResponse"]["listClientOrderId"], "list");
    assert_eq!(statuses(&client, &["above", "below"]), [("CANCELED".to_owned(), None), ("CANCELED".to_owned(), None)]);
}

#[test]
fn the_filled_order_of_a_pair_ends_the_other() {
    let (sim, client) = both();
    post(&client, "oco", &[OCO]).ok();
    client.limit("BUY", "0.001", "60004", "taker").ok();
    assert_eq!(
        statuses(&client, &["above", "below"]),
        [("PARTIALLY_FILLED".to_owned(), None), ("EXPIRED".to_owned(), Some("OCO_TRIGGER".to_owned()))]
    );
    assert_eq!(list(&client)["listOrderStatus"], "EXECUTING");
    client.limit("BUY", "0.009", "60004", "taker").ok();
    assert_eq!(list(&client)["listOrderStatus"], "ALL_DONE");
    // The same id may be used again then; this time the stop is triggered.
    client.limit("BUY", "0.001", "60001", "between").ok();
    client.limit("SELL", "0.001", "60001", "back").ok();
    post(&client, "oco", &[OCO]).ok();
    client.place(&[("symbol", "BTCUSDT"), ("side", "SELL"), ("type", "MARKET"), ("quantity", "1")]).ok();
    assert_eq!(
        statuses(&client, &["above", "below"]),
        [("EXPIRED".to_owned(), Some("OCO_TRIGGER".to_owned())), ("FILLED".to_owned(), None)]
    );
    assert_eq!(ledger(&sim)[..2], [("below".to_owned(), Status::Filled, 2), ("above".to_owned(), Status::Expired, 2)]);
}

#[test]
fn a_pending_order_comes_after_the_working_one() {
    let (sim, client) = both();
    let placed = post(&client, "oto", &[WORKING, PENDING, &[("pendingQuantity", "0.005")], RESULT]).ok();
    assert_eq!(placed["contingencyType"], "OTO");
    let [working, pending] = [0, 1].map(|place| &placed["orderReports"][place]);
    assert_eq!((&working["status"], &pending["status"]), (&"NEW".into(), &"PENDING_NEW".into()));
    assert_eq!((&pending["origQty"], &pending["workingTime"]), (&"0.00500000".into(), &(-1).into()));
    let pairs =
        [("symbol", "BTCUSDT"), ("origClientOrderId", "pending"), ("newClientOrderId", "pending"), ("newQty", "0.004")];
    let amended = client.signed("PUT", "/api/v3/order/amend/keepPriority", &pairs).ok();
    assert_eq!(
        (&amended["amendedOrder"]["qty"], &amended["amendedOrder"]["status"]),
        (&"0.00400000".into(), &"PENDING_NEW".into())
    );
    assert!(amended["amendedOrder"]["workingTime"].is_null());
    assert_eq!(amended["listStatus"]["listClientOrderId"], "list");
    client.limit("SELL", "0.01", "60001", "taker").ok();
    assert_eq!(statuses(&client, &["working", "pending"]), [("FILLED".to_owned(), None), ("FILLED".to_owned(), None)]);
    let trades = client.signed("GET", "/api/v3/myTrades", &[("symbol", "BTCUSDT")]).ok();
    let of_list = trades.as_array().unwrap().iter().filter(|trade| trade["orderListId"] == placed["orderListId"]);
    assert_eq!(of_list.count(), 2);
    assert_eq!(ledger(&sim)[1], ("pending".to_owned(), Status::Filled, 1));
}

#[test]
fn one_order_pays_for_the_other_or_for_a_pair() {
    let (_sim, client) = both();
    let placed = post(&client, "opo", &[WORKING, PENDING, RESULT]).ok();
    let pending = &placed["orderReports"][1];
    assert!(pending["origQty"].is_null() && pending["status"] == "PENDING_NEW", "{pending}");
    let pairs = [("symbol", "BTCUSDT"), ("origClientOrderId", "pending"), ("newQty", "0.004")];
    let amend = client.signed("PUT", "/api/v3/order/amend/keepPriority", &pairs);
    assert_eq!(
        (amend.refusal(), amend.message()),
        ((400, -2038), "Order amend (pending OPO order) is not supported.".to_owned())
    );
    client.limit("SELL", "0.01", "60001", "taker").ok();
    let sold = query(&client, "pending");
    assert_eq!((&sold["status"], &sold["origQty"]), (&"FILLED".into(), &"0.01000000".into()));

    let placed = post(&client, "opoco", &[WORKING, PAIR]).ok();
    assert_eq!(placed["orders"][1]["clientOrderId"], "below", "the stop loss comes first");
    client.limit("SELL", "0.01", "60001", "taker").ok();
    let [above, below] = ["above", "below"].map(|id| query(&client, id));
    assert_eq!(
        (&above["status"], &above["isWorking"], &above["origQty"]),
        (&"NEW".into(), &true.into(), &"0.01000000".into())
    );
    assert_eq!(
        (&below["status"], &below["isWorking"], &below["origQty"]),
        (&"NEW".into(), &false.into(), &"0.01000000".into())
    );
}

#[test]
fn a_list_that_works_at_once_is_told_as_it_was_placed() {
    let (_sim, client) = both();
    client.limit("SELL", "0.01", "60001", "maker").ok();
    let placed =
        post(&client, "otoco", &[WORKING, PAIR, &[("pendingQuantity", "0.01"), ("newOrderRespType", "FULL")]]).ok();
    let reports = placed["orderReports"].as_array().unwrap();
    let told: Vec<_> = reports
        .iter()
        .map(|report| (report["status"].as_str().unwrap(), report["fills"].as_array().unwrap().len()))
        .collect();
    assert_eq!(told, [("FILLED", 1), ("PENDING_NEW", 0), ("PENDING_NEW", 0)]);
    assert_eq!(placed["listOrderStatus"], "EXECUTING");
    assert_eq!(statuses(&client, &["above", "below"]), [("NEW".to_owned(), None), ("NEW".to_owned(), None)]);
}

#[test]
fn each_bad_list_is_refused_with_its_own_code() {
    let (sim, client) = both();
    let changed = |good: &[Pairs<'static>], changes: Pairs<'static>| {
        let mut pairs: Vec<(&str, &str)> = good.concat();
        for (name, value) in changes {
            pairs.retain(|pair| pair.0 != *name);
            pairs.extend((!value.is_empty()).then_some((*name, *value)));
        }
        pairs
    };
    let oco: &[(Pairs<'static>, i64, &str)] = &[
        (&[("aboveType", "")], -1102, "Mandatory parameter 'aboveType' was not sent, was empty/null, or malformed."),
        (&[("aboveType", "LIMIT"), ("aboveTimeInForce", "GTC")], -1158, "Order type not supported in OCO."),
        (
            &[("belowType", "LIMIT_MAKER"), ("belowStopPrice", ""), ("belowTimeInForce", "")],
            -1168,
            "At least one OCO order must be contingent.",
        ),
        (&[("side", "BUY"), ("belowType", "TAKE_PROFIT_LIMIT")], -1165, "A limit order in a buy OCO must be below."),
        (
            &[("aboveType", "STOP_LOSS"), ("abovePrice", ""), ("aboveStopPrice", "60010")],
            -1197,
            "A stop loss order in a sell OCO must be below.",
        ),
        (&[("belowType", "TAKE_PROFIT_LIMIT")], -1199, "A take profit order in a sell OCO must be above."),
        (&[("belowStopPrice", "60001")], -2010, "The relationship of the prices for the orders is not correct."),
        (
            &[("belowIcebergQty", "0.002"), ("belowTimeInForce", "FOK")],
            -1160,
            "Parameter 'belowIcebergQty' is not supported if `belowTimeInForce` is not GTC.",
        ),
        (&[("quantity", "0.000001")], -1013, "Filter failure: LOT_SIZE"),
        (
            &[("belowQuantity", "1")],
            -1104,
            "Not all sent parameters were read; read '14' parameter(s) but was sent '15'.",
        ),
        (&[("quantity", "9000")], -2010, "Account has insufficient balance for requested action."),
    ];
    for (changes, code, message) in oco {
        let answer = post(&client, "oco", &[&changed(&[OCO], changes)]);
        assert_eq!((answer.refusal(), answer.message().as_str()), ((400, *code), *message), "{changes:?}");
    }
    let received: u64 = sim.ledger().iter().map(|record| record.received).sum();
    assert_eq!(received, 2 * oco.len() as u64, "each order of an authentic request was counted");
    let opo: &[(Pairs<'static>, i64, &str)] = &[
        (
            &[("workingType", "MARKET"), ("workingPrice", ""), ("workingTimeInForce", "")],
            -1014,
            "Unsupported order combination.",
        ),
        (&[("workingSide", "SELL")], -1222, "Working order in an OPO list must be a bid."),
        (&[("pendingSide", "BUY")], -1223, "Pending orders in an OPO list must be asks."),
    ];
    for (changes, code, message) in opo {
        let answer = post(&client, "opo", &[&changed(&[WORKING, PENDING], changes)]);
        assert_eq!((answer.refusal(), answer.message().as_str()), ((400, *code), *message), "{changes:?}");
    }
    let missing = post(&client, "oto", &[WORKING, PENDING]);
    assert_eq!(missing.message(), "Mandatory parameter 'pendingQuantity' was not sent, was empty/null, or malformed.");
    assert_eq!(client.signed("GET", "/api/v3/orderList", &[("orderListId", "7")]).refusal(), (400, -2013));
    let nothing = client.signed("GET", "/api/v3/orderList", &[]);
    assert_eq!(nothing.message(), "Param 'origClientOrderId' or 'orderListId' must be sent, but both were empty/null!");
    assert_eq!(client.signed("GET", "/api/v3/openOrders", &[]).ok(), json!([]));
}

#[test]
fn each_order_of_a_list_counts() {
    let mut limits = Dialect::BinanceSpot.limits();
    limits.orders[0].limit = 3;
    let sim = start(venue().plain().rate_limits(limits));
    let client = Client::of(&sim);
    // A window starts on the clock: both requests may fall into one of their own only at its end.
    while crate::client::now_ms() % 10_000 > 8_000 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(post(&client, "oco", &[OCO]).header("x-mbx-order-count-10s"), Some("2"));
    let too_many =
        post(&client, "oto", &[&[("listClientOrderId", "other")], &WORKING[1..], PENDING, &[("pendingQuantity", "1")]]);
    assert_eq!(too_many.refusal(), (429, -1015));
    client.limit("BUY", "0.001", "20000", "one").ok();
}
