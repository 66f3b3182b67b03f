//! USD-M futures, asked by another HTTP client that signs by itself.

use std::time::Duration;

use orderwire_sim::{Dialect, SimVenue, SimVenueBuilder, Status};
use serde_json::Value;

use super::client::{Client, KEY, SECRET, now_ms, start};
use super::program::Scratch;

fn venue() -> SimVenueBuilder {
    SimVenue::builder(Dialect::BinanceUsdm).account(KEY, SECRET).plain()
}

fn both() -> (SimVenue, Client) {
    let sim = start(venue());
    let client = Client::of(&sim);
    (sim, client)
}

fn limit<'a>(side: &'a str, quantity: &'a str, price: &'a str, id: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("symbol", "BTCUSDT"),
        ("side", side),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("quantity", quantity),
        ("price", price),
        ("newClientOrderId", id),
    ]
}

impl Client {
    fn order(&self, pairs: &[(&str, &str)]) -> super::client::Answer {
        self.signed("POST", "/fapi/v1/order", pairs)
    }

    fn market(&self, side: &str, quantity: &str, id: &str) -> Value {
        let pairs = [
            ("symbol", "BTCUSDT"),
            ("side", side),
            ("type", "MARKET"),
            ("quantity", quantity),
            ("newClientOrderId", id),
            ("newOrderRespType", "RESULT"),
        ];
        self.order(&pairs).ok()
    }
}

#[test]
fn orders_that_wait_are_sent_to_their_own_endpoint() {
    let (sim, client) = both();
    for kind in ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"] {
        let pairs = [("symbol", "BTCUSDT"), ("side", "SELL"), ("type", kind), ("newClientOrderId", kind)];
        assert_eq!(client.order(&pairs).refusal(), (400, -4120), "{kind}");
    }
    assert_eq!(sim.ledger().len(), 5, "refused ones are in the ledger");
    let pairs = [
        ("algoType", "CONDITIONAL"),
        ("symbol", "BTCUSDT"),
        ("side", "SELL"),
        ("type", "STOP"),
        ("timeInForce", "GTC"),
        ("quantity", "0.01"),
        ("price", "58000"),
        ("triggerPrice", "58500"),
        ("clientAlgoId", "STOP"),
    ];
    let placed = client.signed("POST", "/fapi/v1/algoOrder", &pairs).ok();
    assert_eq!((&placed["algoStatus"], &placed["orderType"]), (&"NEW".into(), &"STOP".into()));
    let record = sim.ledger().into_iter().find(|record| record.client_order_id == "STOP").unwrap();
    assert_eq!((record.order_id, record.received), (Some(placed["algoId"].to_string()), 2));
}

#[test]
fn counts_are_told_as_the_venue_counts() {
    let (_sim, client) = both();
    let counts = |answer: &super::client::Answer| {
        ["x-mbx-order-count-10s", "x-mbx-order-count-1m"].map(|name| answer.header(name).map(str::to_owned))
    };
    // Neither of the windows may end between the requests.
    let into = now_ms() % 10_000;
    if into > 8_000 {
        std::thread::sleep(Duration::from_millis(10_050 - into));
    }
    let order = client.order(&limit("BUY", "0.002", "58000", "one"));
    assert_eq!(counts(&order), [Some("1".to_owned()), Some("1".to_owned())]);
    assert_eq!(order.header("x-mbx-used-weight-1m"), Some("0"));
    assert_eq!(order.header("x-mbx-used-weight"), None);
    let batch = r#"[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"0.002"}]"#;
    let batch = client.signed("POST", "/fapi/v1/batchOrders", &[("batchOrders", batch)]);
    assert_eq!(counts(&batch), [Some("6".to_owned()), Some("2".to_owned())]);
    assert_eq!(batch.header("x-mbx-used-weight-1m"), Some("5"));
    // What fills still counts here.
    let query = client.signed("GET", "/fapi/v1/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "one")]);
    assert_eq!((counts(&query), query.header("x-mbx-used-weight-1m")), ([None, None], Some("6")));
}

#[test]
fn too_many_orders_are_refused() {
    let mut limits = Dialect::BinanceUsdm.limits();
    limits.orders[0].limit = 5;
    let sim = start(venue().rate_limits(limits));
    let client = Client::of(&sim);
    let into = now_ms() % 10_000;
    if into > 8_000 {
        std::thread::sleep(Duration::from_millis(10_050 - into));
    }
    client.order(&limit("BUY", "0.002", "58000", "one")).ok();
    let batch = r#"[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"0.002","newClientOrderId":"two"}]"#;
    let batch = client.signed("POST", "/fapi/v1/batchOrders", &[("batchOrders", batch)]);
    assert_eq!(batch.refusal(), (429, -1015), "a batch counts as five");
    assert_eq!(batch.message(), "Too many new orders; current limit is 5 orders per 10 SECOND.");
    let two = sim.ledger().into_iter().find(|record| record.client_order_id == "two").unwrap();
    assert_eq!((two.status, two.received), (Status::Rejected, 1));
}

#[test]
fn the_doors_are_those_of_the_venue() {
    let (sim, mut client) = both();
    let old = (now_ms() - 6_000).to_string();
    let mut pairs = limit("BUY", "0.002", "58000", "late");
    pairs.push(("timestamp", &old));
    assert_eq!(client.order(&pairs).refusal(), (400, -1021));
    assert_eq!(sim.ledger()[0].received, 1, "authentic, and refused");
    let numbers = r#"[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":0.002}]"#;
    let batch = client.signed("POST", "/fapi/v1/batchOrders", &[("batchOrders", numbers)]);
    assert_eq!(batch.status, 400, "values within are texts");
    client.secret = "another".to_owned();
    assert_eq!(client.order(&limit("BUY", "0.002", "58000", "forged")).refusal(), (400, -1022));
    client.key = Some("x".to_owned());
    assert_eq!(client.order(&limit("BUY", "0.002", "58000", "forged")).refusal(), (401, -2014));
    assert_eq!(sim.ledger().len(), 1);
}

#[test]
fn positions_settings_and_countdowns_outlive_the_venue() {
    let scratch = Scratch::new("usdm-state");
    {
        let sim = start(venue().state(&scratch.0));
        let client = Client::of(&sim);
        client.market("BUY", "0.01", "bought");
        client.signed("POST", "/fapi/v1/leverage", &[("symbol", "BTCUSDT"), ("leverage", "7")]).ok();
        client.order(&limit("BUY", "0.002", "58000", "counted")).ok();
        let change = [
            ("symbol", "BTCUSDT"),
            ("origClientOrderId", "counted"),
            ("side", "BUY"),
            ("quantity", "0.003"),
            ("price", "57999"),
        ];
        client.signed("PUT", "/fapi/v1/order", &change).ok();
        let countdown = [("symbol", "BTCUSDT"), ("countdownTime", "700")];
        client.signed("POST", "/fapi/v1/countdownCancelAll", &countdown).ok();
    }
    let account = |client: &Client| client.signed("GET", "/fapi/v3/account", &[]).ok();
    let sim = start(venue().state(&scratch.0));
    let client = Client::of(&sim);
    let first = account(&client);
    assert_eq!(first["positions"][0]["positionAmt"], "0.01");
    std::thread::sleep(Duration::from_millis(800));
    let counted = client.signed("GET", "/fapi/v1/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "counted")]);
    let counted = counted.ok();
    assert_eq!(
        (&counted["status"], &counted["origQty"], &counted["price"]),
        (&"CANCELED".into(), &"0.003".into(), &"57999".into())
    );
    let after = account(&client);
    assert_eq!(after["totalOpenOrderInitialMargin"], "0.00000000");
    drop(sim);
    let sim = start(venue().state(&scratch.0));
    assert_eq!(account(&Client::of(&sim))["positions"], after["positions"]);
    assert_eq!(sim.ledger().iter().map(|record| record.status).collect::<Vec<_>>(), [Status::Filled, Status::Canceled]);
}

#[test]
fn ids_are_beyond_what_a_float_holds() {
    let (_sim, client) = both();
    let answer = client.order(&limit("BUY", "0.002", "58000", "big"));
    let told = answer.text.split("\"orderId\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert!(told.parse::<u64>().unwrap() > 1 << 53);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what a client with floats would do")]
    let through_a_float = told.parse::<f64>().unwrap() as u64;
    let asked = through_a_float.to_string();
    let query = client.signed("GET", "/fapi/v1/order", &[("symbol", "BTCUSDT"), ("orderId", &asked)]);
    assert_eq!(query.refusal(), (400, -2013), "{told} {asked}");
    client.signed("GET", "/fapi/v1/order", &[("symbol", "BTCUSDT"), ("orderId", &told)]).ok();
}
