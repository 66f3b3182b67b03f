//! Every documented reply as it is read, and what becomes of replies that no document has.

use orderwire_binance::orderwire::error::DecodeError;
use orderwire_binance::orderwire::http::response::ResponseReader;
use orderwire_binance::orderwire::order::FILLS_INLINE_MAX;
use orderwire_binance::orderwire::venue::{
    Balances, CancelAll, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments, GetTopOfBook,
    OpenOrders, Ping, QueryOrder, ServerTime, TestOrder,
};
use orderwire_binance::spot::{CancelOrderList, GetOrderCounts, ListOrders, ListRef, QueryOrderList};
use orderwire_binance::{
    AckStage, AmendOrder, CancelReplace, CancelReplaced, ClientOrderId, Fate, FillsSince, Half, Liquidity, NewOrder,
    OrderAck, OrderId, OrderList, OrderRef, OrderStatus, RejectKind, RestError, Side, SpotVenue, Symbol, Timestamp,
    dec,
};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<SpotVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(65_536).replay(reply).unwrap())
}

fn reply(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The body of a fixture.
fn body(fixture: &[u8]) -> &str {
    std::str::from_utf8(fixture).unwrap().split_once("\r\n\r\n").unwrap().1
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn client_id(id: &str) -> ClientOrderId {
    ClientOrderId::new(id).unwrap()
}

/// The order that the document's answers to a new order are about.
fn market() -> NewOrder {
    NewOrder::market(client_id("6gCrw2kRUAF9CvJDGP16IP"), symbol("BTCUSDT"), Side::Sell, dec!(10))
}

#[test]
fn a_new_order_is_taken() {
    let ack = read(&market(), fixture!("order_ack")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (market().id, OrderId::from(28), AckStage::Received));
    assert_eq!((ack.status, ack.executed, ack.executed_quote), (None, None, None));
    assert_eq!(ack.transact_time, Some(Timestamp::from_ms(1_507_725_176_595)));

    let ack = read(&market(), fixture!("order_result")).unwrap();
    assert_eq!((ack.order_id, ack.stage), (OrderId::from(28), AckStage::Done(OrderStatus::Filled)));
    assert_eq!(ack.status.unwrap().as_str(), "FILLED");
    assert_eq!((ack.executed, ack.executed_quote), (Some(dec!(10)), Some(dec!(10))));
    assert_eq!((ack.fills.len(), ack.fills_total, ack.unread), (0, 0, None));

    let ack = read(&market(), fixture!("order_full")).unwrap();
    assert_eq!((ack.fills.len(), ack.fills_total), (5, 5));
    let fill = ack.fills[1];
    assert_eq!((fill.price, fill.quantity, fill.commission), (dec!(3999), dec!(5), Some(dec!(19.995))));
    assert_eq!((fill.commission_asset.as_str(), fill.trade_id), ("USDT", Some(57)));
    let order = ack.order();
    assert_eq!((order.symbol, order.id, order.order_id), (market().symbol, Some(market().id), Some(OrderId::from(28))));
}

/// Source: the examples of pegged_orders.md, stp_faq.md and market_orders_faq.md.
#[test]
fn fields_that_only_some_orders_have_change_nothing() {
    let of = |name: &str, id: &str| NewOrder::market(client_id(id), symbol(name), Side::Buy, dec!(1));
    let pegged = read(&of("BTCUSDT", "q1fKs4Y7wgE61WSFMYRFKo"), fixture!("order_pegged")).unwrap();
    assert_eq!((pegged.order_id, pegged.stage, pegged.executed), (18.into(), AckStage::Working, Some(dec!(0))));

    let prevented = read(&of("BTCUSDT", "qMaz8yrOXk2iUIz74cFkiZ"), fixture!("order_prevented")).unwrap();
    assert_eq!((prevented.order_id, prevented.stage), (5.into(), AckStage::Done(OrderStatus::Expired)));
    assert_eq!((prevented.status.unwrap().as_str(), prevented.fills_total), ("EXPIRED_IN_MATCH", 0));

    let expired = read(&of("LTCBNB", "8LGC97RRgNPVQk979VIhjt"), fixture!("order_expired")).unwrap();
    assert_eq!((expired.stage, expired.executed), (AckStage::Done(OrderStatus::Expired), Some(dec!(4))));
    assert_eq!((expired.fills_total, expired.fills[1].commission_asset.as_str()), (2, "BNB"));

    let order = OrderRef::by_id(symbol("BTCUSDT"), client_id("Kxb4RpsBhfQrkK2r2YO2Z9"));
    let state = read(&QueryOrder { order }, fixture!("query_prevented")).unwrap();
    assert_eq!((state.status, state.quantity, state.executed), (OrderStatus::New, Some(dec!(6)), dec!(0)));

    let order = OrderRef::by_id(symbol("BTCUSDT"), client_id("4d96324ff9d44481926157"));
    let state = read(&QueryOrder { order }, fixture!("query_every_field")).unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.00847)));
    let ack = read(&CancelOrder { order }, fixture!("cancel_every_field")).unwrap();
    assert_eq!((ack.status.unwrap().as_str(), ack.executed), ("CANCELED", Some(dec!(0.00001))));
}

#[test]
fn more_fills_than_fit_are_counted() {
    let fill = r#"{"price":"1.5","qty":"2","commission":"0","commissionAsset":"BNB","tradeId":1},"#;
    let fills = fill.repeat(10_000);
    let body = body(fixture!("order_result")).replace('}', &format!(r#","fills":[{}]}}"#, fills.trim_end_matches(',')));
    let reply = reply(200, body);
    let mut reader = ResponseReader::new(2 * reply.len());
    let ack = Endpoint::<SpotVenue>::decode(&market(), &reader.replay(&reply).unwrap()).unwrap();
    assert_eq!((ack.fills.len(), ack.fills_total), (FILLS_INLINE_MAX, 10_000));
}

#[test]
fn every_status_says_how_far_the_order_has_come() {
    for (word, stage) in [
        ("NEW", AckStage::Working),
        ("PARTIALLY_FILLED", AckStage::Working),
        ("PENDING_NEW", AckStage::Working),
        ("FILLED", AckStage::Done(OrderStatus::Filled)),
        ("CANCELED", AckStage::Done(OrderStatus::Cancelled)),
        ("EXPIRED", AckStage::Done(OrderStatus::Expired)),
        ("EXPIRED_IN_MATCH", AckStage::Done(OrderStatus::Expired)),
        ("REJECTED", AckStage::Done(OrderStatus::Rejected)),
        ("PENDING_CANCEL", AckStage::Received),
        ("RESTING_SOMEWHERE_NEW", AckStage::Received),
    ] {
        let body = body(fixture!("order_result")).replace("FILLED", word);
        let ack = read(&market(), &reply(200, body)).unwrap();
        assert_eq!((ack.stage, ack.status.unwrap().as_str()), (stage, word));
    }
}

#[test]
fn a_test_order_and_a_ping_say_yes_by_answering() {
    let test = TestOrder { order: market() };
    read(&test, fixture!("order_test")).unwrap();
    read(&test, fixture!("order_test_commission")).unwrap();
    read(&Ping {}, fixture!("ping")).unwrap();
}

#[test]
fn an_order_is_cancelled() {
    let by_id = OrderRef::by_id(symbol("LTCBTC"), client_id("myOrder1"));
    let by_order_id = OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(4));
    for order in [by_id, by_order_id] {
        let ack = read(&CancelOrder { order }, fixture!("cancel")).unwrap();
        assert_eq!(
            (ack.symbol, ack.id, ack.order_id),
            (order.symbol, Some(client_id("myOrder1")), Some(OrderId::from(4)))
        );
        assert_eq!((ack.status.unwrap().as_str(), ack.executed), ("CANCELED", Some(dec!(0))));
    }
}

#[test]
fn a_cancelled_order_of_a_list_is_found_in_the_lists_report() {
    let by_order_id = OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(3));
    let by_id = OrderRef::by_id(symbol("LTCBTC"), client_id("TXOvglzXuaubXAaENpaRCB"));
    for order in [by_order_id, by_id] {
        let ack = read(&CancelOrder { order }, fixture!("cancel_list")).unwrap();
        assert_eq!((ack.id, ack.order_id), (by_id.id, Some(OrderId::from(3))));
    }
    let order = OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(4));
    assert_eq!(read(&CancelOrder { order }, fixture!("cancel_list")).unwrap_err(), DecodeError::OtherOrder.into());
}

#[test]
fn all_orders_are_cancelled_those_of_lists_too() {
    let acks = read(&CancelAll { symbol: symbol("BTCUSDT"), triggers: false }, fixture!("cancel_all")).unwrap();
    let ids: Vec<_> = acks.iter().map(|ack| ack.order_id.unwrap().to_string()).collect();
    assert_eq!(ids, ["11", "13", "20", "21"]);
    assert_eq!(acks[3].id, Some(client_id("461cPg51vQjV3zIMOXNz39")));
    let others = read(&CancelAll { symbol: symbol("ETHUSDT"), triggers: false }, fixture!("cancel_all")).unwrap_err();
    assert_eq!(others, DecodeError::OtherOrder.into());
}

#[test]
fn an_order_is_queried() {
    let by_id = OrderRef::by_id(symbol("LTCBTC"), client_id("myOrder1"));
    for order in [by_id, OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(1))] {
        let state = read(&QueryOrder { order }, fixture!("query")).unwrap();
        assert_eq!((state.id, state.order_id, state.status), (by_id.id, OrderId::from(1), OrderStatus::New));
        assert_eq!((state.word.as_str(), state.side), ("NEW", Some(Side::Buy)));
        assert_eq!((state.price, state.quantity, state.executed), (Some(dec!(0.1)), Some(dec!(1)), dec!(0)));
        assert_eq!(state.updated, Some(Timestamp::from_ms(1_499_827_319_559)));
    }
}

#[test]
fn a_query_that_does_not_say_how_the_order_stands_is_no_answer() {
    let order = OrderRef::by_id(symbol("LTCBTC"), client_id("myOrder1"));
    for (there, other, error) in [
        (r#""status":"NEW","#, "", DecodeError::Missing { field: "status" }),
        (r#""executedQty":"0.0","#, "", DecodeError::Missing { field: "executedQty" }),
        (
            r#""executedQty":"0.0""#,
            r#""executedQty":"some""#,
            DecodeError::Malformed { field: "executedQty", expected: "a decimal number" },
        ),
    ] {
        let body = body(fixture!("query")).replace(there, other);
        assert_eq!(read(&QueryOrder { order }, &reply(200, body)).unwrap_err(), error.into());
    }
    let body = body(fixture!("query")).replace(r#""NEW""#, r#""RESTING""#);
    let state = read(&QueryOrder { order }, &reply(200, body)).unwrap();
    assert_eq!((state.status, state.word.as_str(), state.status.is_open()), (OrderStatus::Other, "RESTING", true));
}

#[test]
fn open_orders_are_listed() {
    for symbol in [Some(symbol("LTCBTC")), None] {
        let orders = read(&OpenOrders { symbol, triggers: false }, fixture!("open_orders")).unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].order().to_string(), "LTCBTC myOrder1 #1");
    }
    let symbol = Some(symbol("BTCUSDT"));
    assert!(read(&OpenOrders { symbol, triggers: false }, &reply(200, "[]")).unwrap().is_empty());
    let error = read(&OpenOrders { symbol, triggers: false }, fixture!("open_orders")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    let error = read(&OpenOrders { symbol, triggers: false }, &reply(200, "{}")).unwrap_err();
    assert_eq!(error, DecodeError::Malformed { field: "body", expected: "an array" }.into());
}

#[test]
fn balances() {
    let balances = read(&Balances {}, fixture!("account")).unwrap();
    let shown: Vec<_> = balances.iter().map(|balance| (balance.asset.as_str(), balance.free, balance.locked)).collect();
    assert_eq!(shown, [("BTC", dec!(4723846.89208129), dec!(0)), ("LTC", dec!(4763368.68006011), dec!(0))]);
}

#[test]
fn an_instruments_rules() {
    let instrument = read(&GetInstrument { symbol: symbol("ETHBTC") }, fixture!("exchange_info")).unwrap();
    assert_eq!((instrument.tick_size, instrument.lot_size), (dec!(0.000001), dec!(0.001)));
    assert_eq!((instrument.quantity_min, instrument.quantity_max), (dec!(0.001), Some(dec!(100000))));
    // Both the old and the new rule stand in the fixture: the stricter counts.
    assert_eq!((instrument.notional_min, instrument.is_trading), (dec!(10), true));
    assert_eq!(instrument.price_down(dec!(0.0318769)), dec!(0.031876));
    assert_eq!((instrument.price_min, instrument.price_max), (dec!(0.000001), Some(dec!(100000))));
    assert_eq!((instrument.market_quantity_max, instrument.notional_max), (Some(dec!(100000)), Some(dec!(10000))));
    // One filter for both sides and one for each: of both the narrower.
    let band = instrument.price_band.unwrap();
    assert_eq!(
        (band.buy_least, band.buy_most, band.sell_least, band.sell_most),
        (dec!(0.7), dec!(1.2), dec!(0.8), dec!(1.3))
    );

    assert_eq!(read(&GetInstruments {}, fixture!("exchange_info")).unwrap(), [instrument]);
    let other = read(&GetInstrument { symbol: symbol("BTCUSDT") }, fixture!("exchange_info")).unwrap_err();
    assert_eq!(other, DecodeError::OtherOrder.into());
}

#[test]
fn an_instrument_without_rules_and_one_that_is_halted() {
    let body = r#"{"symbols":[{"symbol":"ETHBTC","status":"CANCEL_ONLY","filters":[
        {"filterType":"NOTIONAL","minNotional":"5.00"},{"filterType":"MIN_NOTIONAL","minNotional":"1.00"},{"filterType":"NEW"},
        {"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0.00000000"}]}]}"#;
    let instrument = read(&GetInstrument { symbol: symbol("ETHBTC") }, &reply(200, body)).unwrap();
    assert_eq!((instrument.tick_size, instrument.lot_size, instrument.quantity_max), (dec!(0), dec!(0), None));
    assert_eq!((instrument.notional_min, instrument.is_trading), (dec!(5), false));
    assert_eq!(instrument.price_down(dec!(0.123456789)), dec!(0.123456789));
    // One that cannot be read takes none of the others with it.
    let body =
        body.replace(r#"{"symbols":["#, r#"{"symbols":[{"symbol":"A B","filters":[]},{"symbol":"AB","filters":7},7,"#);
    assert_eq!(read(&GetInstruments {}, &reply(200, body)).unwrap(), [instrument]);
}

#[test]
fn best_prices_and_the_clock() {
    let top = read(&GetTopOfBook { symbol: symbol("LTCBTC") }, fixture!("book_ticker")).unwrap();
    assert_eq!((top.bid, top.bid_quantity, top.ask, top.ask_quantity), (dec!(4), dec!(431), dec!(4.000002), dec!(9)));
    let other = read(&GetTopOfBook { symbol: symbol("BTCUSDT") }, fixture!("book_ticker")).unwrap_err();
    assert_eq!(other, DecodeError::OtherOrder.into());
    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_499_827_319_559));
}

/// What every call does with a reply.
fn all_ways(reply: &[u8]) -> Vec<Result<(), RestError>> {
    let symbol = symbol("BTCUSDT");
    let order = market().order();
    vec![
        read(&market(), reply).map(drop),
        read(&TestOrder { order: market() }, reply).map(drop),
        read(&CancelOrder { order }, reply).map(drop),
        read(&QueryOrder { order }, reply).map(drop),
        read(&OpenOrders { symbol: None, triggers: false }, reply).map(drop),
        read(&CancelAll { symbol, triggers: false }, reply).map(drop),
        read(&Balances {}, reply).map(drop),
        read(&GetInstrument { symbol }, reply).map(drop),
        read(&GetInstruments {}, reply).map(drop),
        read(&GetTopOfBook { symbol }, reply).map(drop),
        read(&ServerTime {}, reply).map(drop),
        read(&Ping {}, reply).map(drop),
    ]
}

#[test]
fn errors_are_errors_for_every_call() {
    for (reply, fate, kind, shown) in [
        (
            fixture!("error_symbol"),
            Fate::Rejected,
            RejectKind::Malformed,
            "rejected: HTTP 400, code -1121: Invalid symbol.",
        ),
        (
            fixture!("cancel_replace_only_cancelled"),
            Fate::Unknown,
            RejectKind::Other,
            "outcome unknown: HTTP 409, code -2021: Order cancel-replace partially failed.",
        ),
        (
            fixture!("firewall"),
            Fate::Rejected,
            RejectKind::Banned,
            "rejected: HTTP 403: blocked by the venue's firewall",
        ),
        (fixture!("rate_limited"), Fate::Rejected, RejectKind::RateLimited, "rejected: HTTP 429: too many requests"),
        (fixture!("banned"), Fate::Rejected, RejectKind::Banned, "rejected: HTTP 418, code -1003: Way too much"),
        (fixture!("timeout"), Fate::Unknown, RejectKind::Unavailable, "outcome unknown: HTTP 504, code -1007: Timeout"),
    ] {
        for outcome in all_ways(reply) {
            let error = outcome.unwrap_err();
            assert_eq!((error.fate(), error.kind()), (fate, kind), "{error}");
            assert!(error.to_string().starts_with(shown), "{error}");
        }
    }
}

#[test]
fn an_error_under_a_status_that_says_yes_is_unknown() {
    for outcome in all_ways(&reply(200, r#"{"code":-2010,"msg":"Duplicate order sent."}"#)) {
        let error = outcome.unwrap_err();
        assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::DuplicateId), "{error}");
    }
    let contradiction = body(fixture!("order_result")).replacen('{', r#"{"code":-1000,"#, 1);
    assert_eq!(read(&market(), &reply(200, contradiction)).unwrap_err().fate(), Fate::Unknown);
    let success = body(fixture!("order_result")).replacen('{', r#"{"code":200,"msg":"success","#, 1);
    read(&market(), &reply(200, success)).unwrap();
}

#[test]
fn no_answer_that_is_no_json_says_yes() {
    let deep = format!("{}{}", "[".repeat(24_000), "]".repeat(24_000));
    let deep_inside = body(fixture!("order_full")).replacen('{', &format!(r#"{{"new":{deep},"#), 1);
    let doubled = body(fixture!("order_full")).repeat(2);
    let twice = body(fixture!("order_full")).replacen('{', r#"{"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","#, 1);
    let twice_escaped = body(fixture!("order_full")).replacen('{', r#"{"\u0073tatus":"NEW","#, 1);
    for body in
        ["", " ", "null", "\u{feff}{}", "<html>", "{\"a\":1}x", &deep, &deep_inside, &doubled, &twice, &twice_escaped]
    {
        for status in [200, 201] {
            let error = read(&market(), &reply(status, body)).unwrap_err();
            assert!(matches!(error, RestError::Decode(_)) && error.fate() == Fate::Unknown, "{body}: {error}");
        }
    }
    for outcome in all_ways(&reply(200, &deep)) {
        assert_eq!(outcome.unwrap_err().fate(), Fate::Unknown);
    }
    // Nor does it say no, where no status does.
    for status in [400, 401, 404, 500, 502] {
        for outcome in all_ways(&reply(status, &deep)) {
            assert_eq!(outcome.unwrap_err().fate(), Fate::Unknown);
        }
    }
}

#[test]
fn a_cut_body_never_says_yes() {
    let whole = body(fixture!("order_full"));
    for length in 0..whole.len() {
        let error = read(&market(), &reply(200, &whole[..length])).unwrap_err();
        assert!(matches!(error, RestError::Decode(DecodeError::Json(_))), "{length}: {error}");
    }
}

#[test]
fn an_acceptance_without_the_echo_or_of_another_order_is_unknown() {
    let whole = body(fixture!("order_result"));
    let id = "6gCrw2kRUAF9CvJDGP16IP";
    for (there, other, error) in [
        (r#""clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","#, "", DecodeError::Missing { field: "clientOrderId" }),
        (id, "6gCrw2kRUAF9CvJDGP16IQ", DecodeError::OtherOrder),
        (id, "6gCrw2kRUAF9CvJDGP16I", DecodeError::OtherOrder),
        (id, r"6gCrw2kRUAF9CvJDGP16I\u0050", DecodeError::OtherOrder),
        (r#""6gCrw2kRUAF9CvJDGP16IP""#, "28", DecodeError::OtherOrder),
        ("BTCUSDT", "ETHUSDT", DecodeError::OtherOrder),
        (r#""orderId":28,"#, "", DecodeError::Missing { field: "orderId" }),
        (
            r#""orderId":28"#,
            r#""orderId":-28"#,
            DecodeError::Malformed { field: "orderId", expected: "a whole number" },
        ),
        (
            r#""orderId":28"#,
            r#""orderId":2.8e1"#,
            DecodeError::Malformed { field: "orderId", expected: "a whole number" },
        ),
    ] {
        let error = RestError::from(error);
        assert_eq!(read(&market(), &reply(200, whole.replace(there, other))).unwrap_err(), error);
        assert_eq!(error.fate(), Fate::Unknown);
    }
    let by_order_id = |id: u64| OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(id));
    let by_id = |id: &str| OrderRef::by_id(symbol("LTCBTC"), client_id(id));
    for order in [by_order_id(5), by_id("myOrder2"), by_id("cancelMyOrder1")] {
        assert_eq!(read(&CancelOrder { order }, fixture!("cancel")).unwrap_err(), DecodeError::OtherOrder.into());
        assert_eq!(read(&QueryOrder { order }, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    }
    // Order ids are counted per instrument.
    let order = OrderRef::by_order_id(symbol("LTCUSDT"), OrderId::from(4));
    assert_eq!(read(&CancelOrder { order }, fixture!("cancel")).unwrap_err(), DecodeError::OtherOrder.into());
}

fn survived(body: &str) -> OrderAck {
    let ack = read(&market(), &reply(200, body)).unwrap();
    assert_eq!((ack.id, ack.order_id), (market().id, OrderId::from(28)));
    ack
}

#[test]
fn an_acceptance_stays_one_whatever_else_it_says() {
    let least = r#"{"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","orderId":28}"#;
    assert_eq!(survived(least).stage, AckStage::Received);
    // An id that has come as text, and one beyond what a float holds.
    assert_eq!(survived(&least.replace("28", "\"28\"")).stage, AckStage::Received);
    let ack = read(&market(), &reply(200, least.replace("28", "18446744073709551615"))).unwrap();
    assert_eq!(ack.order_id.as_str(), "18446744073709551615");

    let absurd = r#"{"symbol":"\u0042TCUSDT","msg":7,"orderId":28,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","transactTime":-1.5,
        "executedQty":"1e999","cummulativeQuoteQty":{"a":[]},"status":[7],"fills":{"price":"1"},"x":"\ud800\u0000","":null}"#;
    let ack = survived(absurd);
    assert_eq!((ack.executed, ack.executed_quote, ack.transact_time, ack.fills_total), (None, None, None, 0));
    assert_eq!(
        (ack.unread.unwrap().as_str(), ack.status.unwrap().as_str(), ack.stage),
        ("1e999", "[7]", AckStage::Received)
    );

    let ack = survived(
        r#"{"orderId":28,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","executedQty":1.50,"cummulativeQuoteQty":null,"fills":[7,
        {"price":"0.00000000000000000000000000000001","qty":"1"},{"qty":"2","price":"3","commission":"4","tradeId":"x"},{}]}"#,
    );
    assert_eq!((ack.executed, ack.executed_quote), (Some(dec!(1.5)), None));
    assert_eq!((ack.fills.len(), ack.fills_total), (1, 4));
    assert_eq!((ack.fills[0].commission, ack.fills[0].trade_id), (Some(dec!(4)), None));
    assert_eq!(ack.unread.unwrap().as_str(), "0.00000000000000000000000000000001");
}

proptest! {
    /// Bytes changed anywhere: an answer that still says yes still names the order.
    #[test]
    fn a_damaged_reply_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        status in prop_oneof![Just(200), Just(400), Just(429), Just(503)],
    ) {
        for fixture in [fixture!("order_full"), fixture!("cancel_all"), fixture!("exchange_info"), fixture!("account")] {
            let mut body = body(fixture).as_bytes().to_vec();
            for (index, byte) in &changes {
                *index.get_mut(&mut body) = *byte;
            }
            for outcome in all_ways(&reply(status, &body)) {
                prop_assert!(outcome.is_err() || status == 200);
            }
            if let Ok(ack) = read(&market(), &reply(status, &body)) {
                let echo = format!(r#""clientOrderId":"{}""#, ack.id);
                prop_assert!(String::from_utf8_lossy(&body).contains(&echo));
            }
        }
    }

    #[test]
    fn any_bytes_at_all(body in proptest::collection::vec(any::<u8>(), 0..200), status in 200_u16..600) {
        prop_assume!(status != 408 && status != 204 && status != 304);
        for outcome in all_ways(&reply(status, &body)) {
            prop_assert!(outcome.is_err());
        }
    }
}

/// A list of orders with these ids; which they are otherwise, the reply does not say.
fn list(name: &str, list: &str, ids: &[&str]) -> OrderList {
    let order = |id: &&str| NewOrder::limit(client_id(id), symbol(name), Side::Sell, dec!(1), dec!(1)).into();
    let orders: Vec<_> = ids.iter().map(order).collect();
    let orders = match orders[..] {
        [above, below] => ListOrders::Oco { above, below },
        [working, above, below] => ListOrders::Otoco { working, above, below },
        _ => unreachable!(),
    };
    OrderList::new(client_id(list), orders)
}

#[test]
fn an_order_list_is_taken() {
    type Case<'a> = (&'a [u8], &'a str, &'a str, u64, &'a [&'a str], &'a [AckStage]);
    let working = AckStage::Working;
    let cases: [Case; 5] = [
        (
            fixture!("list_oco"),
            "LTCBTC",
            "lH1YDkuQKWiXVXHPSKYEIp",
            1,
            &["44nZvqpemY7sVYgPYbvPih", "NuMp0nVYnciDiFmVqfpBqK"],
            &[working; 2],
        ),
        (
            fixture!("list_oto"),
            "LTCBTC",
            "yl2ERtcar1o25zcWtqVBTC",
            0,
            &["Bq17mn9fP6vyCn75Jw1xya", "arLFo0zGJVDE69cvGBaU0d"],
            &[working; 2],
        ),
        (
            fixture!("list_otoco"),
            "LTCBTC",
            "RumwQpBaDctlUu5jyG5rs0",
            1,
            &["fM9Y4m23IFJVCQmIrlUmMK", "6pcQbFIzTXGZQ1e2MkGDq4", "r4JMv9cwAYYUwwBZfbussx"],
            &[working; 3],
        ),
        (
            fixture!("list_opo"),
            "BTCUSDT",
            "H94qCqO27P74OEiO4X8HOG",
            0,
            &["JX6xfdjo0wysiGumfHNmPu", "2ZJCY0IjOhuYIMLGN8kU8S"],
            &[working; 2],
        ),
        (
            fixture!("list_opoco"),
            "BTCUSDT",
            "bcedxMpQG6nFrZUPQyshoL",
            2,
            &["OLSBhMWaIlLSzZ9Zm7fnKB", "mfif39yPTHsB3C0FIXznR2", "yINkaXSJeoi3bU5vWMY8Z8"],
            &[working; 3],
        ),
    ];
    for (reply, name, id, list_id, ids, stages) in cases {
        let ack = read(&list(name, id, ids), reply).unwrap();
        assert_eq!((ack.id, ack.list_id, ack.status.unwrap().as_str()), (client_id(id), list_id, "EXECUTING"));
        assert!(ack.transact_time.is_some());
        let named: Vec<_> = ack.orders.iter().map(|order| order.id.to_string()).collect();
        assert_eq!(named, ids);
        assert_eq!(ack.orders.iter().map(|order| order.stage).collect::<Vec<_>>(), stages);
        assert_eq!((ack.list().id, ack.list().list_id), (Some(client_id(id)), Some(list_id)));

        for (list, what) in [(list(name, "another", ids), "list"), (list(name, id, &["a", "b"]), "order")] {
            assert_eq!(read(&list, reply).unwrap_err(), DecodeError::OtherOrder.into(), "{what}");
        }
    }
}

#[test]
fn an_order_list_is_cancelled_and_queried() {
    let by_id = |name, id: &str| ListRef { symbol: symbol(name), id: Some(client_id(id)), list_id: None };
    let list = by_id("LTCBTC", "C3wyj4WVEktd7u9aVBRXcN");
    for list in [list, ListRef { list_id: Some(0), ..list }] {
        let acks = read(&CancelOrderList { list }, fixture!("cancel_list")).unwrap();
        let ids: Vec<_> = acks.iter().map(|ack| ack.id.unwrap().to_string()).collect();
        assert_eq!(ids, ["pO9ufTiFGg3nw2fOdgeOXa", "TXOvglzXuaubXAaENpaRCB"]);
        assert!(acks.iter().all(|ack| ack.status.unwrap().as_str() == "CANCELED"));
    }
    for other in
        [by_id("LTCBTC", "another"), ListRef { list_id: Some(1), ..list }, by_id("BTCUSDT", "C3wyj4WVEktd7u9aVBRXcN")]
    {
        let error = read(&CancelOrderList { list: other }, fixture!("cancel_list")).unwrap_err();
        assert_eq!(error, DecodeError::OtherOrder.into());
    }

    let list = by_id("LTCBTC", "h2USkA5YQpaXHPIrkd96xE");
    let state = read(&QueryOrderList { list }, fixture!("list_query")).unwrap();
    assert_eq!((state.list.list_id, state.status.as_str(), state.orders.len()), (Some(27), "EXECUTING", 2));
    assert_eq!(state.orders[1].order_id, Some(OrderId::from(5)));
    assert_eq!(state.orders[1].id, Some(client_id("ARzZ9I00CPM8i3NhmU9Ega")));
}

fn replace(name: &str, cancel: &str, id: &str) -> CancelReplace {
    let order = NewOrder::limit(client_id(id), symbol(name), Side::Buy, dec!(1), dec!(1));
    CancelReplace::new(OrderRef::by_id(symbol(name), client_id(cancel)), order)
}

#[test]
fn a_replaced_order_has_a_fate_for_each_half() {
    let both = replace("BTCUSDT", "DnLo3vTAQcjha43lAZhZ0y", "wOceeeOzNORyLiQfw7jd8S");
    let CancelReplaced { cancel: Half::Done(cancel), order: Half::Done(order), .. } =
        read(&both, fixture!("cancel_replace")).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (cancel.order_id, order.order_id, order.stage),
        (Some(OrderId::from(9)), OrderId::from(10), AckStage::Working)
    );

    let failed = |half: &Half<_>| match half {
        Half::Failed(error) => (error.fate(), error.kind()),
        other => panic!("{other:?}"),
    };
    let not_attempted = read(&both, fixture!("cancel_replace_not_attempted")).unwrap();
    assert!(matches!(not_attempted.order, Half::NotAttempted));
    let Half::Failed(error) = not_attempted.cancel else { panic!() };
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    assert_eq!(error.answer().unwrap().text.as_str(), "Unknown order sent.");

    // 409: the old order is gone and there is no new one.
    let only_cancelled = replace("BTCUSDT", "86M8erehfExV8z2RC8Zo8k", "mm-1");
    let outcome = read(&only_cancelled, fixture!("cancel_replace_only_cancelled")).unwrap();
    assert_eq!(outcome.cancel.done().unwrap().order_id, Some(OrderId::from(3)));
    assert_eq!(failed(&outcome.order), (Fate::Rejected, RejectKind::PostOnlyWouldTake));
    assert_eq!((outcome.cancel.fate(), outcome.order.fate()), (None, Some(Fate::Rejected)));

    // 409 again: the new order is live beside whatever became of the old one.
    let only_placed = replace("BTCUSDT", "gone", "pfojJMg6IMNDKuJqDxvoxN");
    let outcome = read(&only_placed, fixture!("cancel_replace_only_placed")).unwrap();
    assert_eq!(outcome.cancel.fate(), Some(Fate::Rejected));
    let order = outcome.order.done().unwrap();
    assert_eq!((order.order_id, order.stage), (OrderId::from(11), AckStage::Received));

    let outcome = read(&both, fixture!("cancel_replace_failed")).unwrap();
    assert_eq!(failed(&outcome.order), (Fate::Rejected, RejectKind::PostOnlyWouldTake));
    assert_eq!(outcome.cancel.fate(), Some(Fate::Rejected));

    let limited = replace("LTCBNB", "GKt5zzfOxRDSQLveDYCTkc", "mm-1");
    let outcome = read(&limited, fixture!("cancel_replace_limited")).unwrap();
    assert!(outcome.cancel.done().is_some());
    assert_eq!(failed(&outcome.order), (Fate::Rejected, RejectKind::RateLimited));

    // The old order was one of a list: its list is reported in its place.
    let text = body(fixture!("cancel_replace"));
    let list = body(fixture!("cancel_list")).replace("LTCBTC", "BTCUSDT");
    let start = text.find("\"cancelResponse\":").unwrap() + "\"cancelResponse\":".len();
    let text = [&text[..start], &list, &text[text.find(",\"newOrderResponse\"").unwrap()..]].concat();
    let of_list = replace("BTCUSDT", "TXOvglzXuaubXAaENpaRCB", "wOceeeOzNORyLiQfw7jd8S");
    let outcome = read(&of_list, &reply(200, &text)).unwrap();
    assert_eq!(outcome.cancel.done().unwrap().order_id, Some(OrderId::from(3)));
    let another = replace("BTCUSDT", "another", "wOceeeOzNORyLiQfw7jd8S");
    assert_eq!(read(&another, &reply(200, &text)).unwrap_err(), DecodeError::OtherOrder.into());

    let error = read(&both, fixture!("cancel_replace_too_many")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::RateLimited));
}

#[test]
fn a_replaced_order_that_cannot_be_told_is_unknown() {
    let asked = replace("BTCUSDT", "86M8erehfExV8z2RC8Zo8k", "mm-1");
    let text = body(fixture!("cancel_replace_only_cancelled"));
    for (status, body) in [
        (409, text.replace("86M8erehfExV8z2RC8Zo8k", "another")),
        (409, text.replace("\"SUCCESS\"", "\"MAYBE\"")),
        (409, text.replace("\"cancelResult\"", "\"x\"")),
        (409, text.replace("-2010", "-9999").replace("SUCCESS", "FAILURE").replace("cancelResponse", "y")),
        (409, text.replace("\"data\"", "\"x\"")),
        (409, text[..text.len() - 1].to_owned()),
        (409, String::new()),
        (500, text.to_owned()),
        (504, text.to_owned()),
        (302, text.to_owned()),
        (200, text.replace("\"data\"", "\"x\"")),
        (200, "{}".to_owned()),
        (200, "[]".to_owned()),
    ] {
        let error = read(&asked, &reply(status, &body)).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{status} {body}");
    }
    // An error of one half that no document has leaves that half unknown, and the other as it is.
    let outcome = read(&asked, &reply(409, text.replace("-2010", "-9999"))).unwrap();
    assert_eq!((outcome.cancel.fate(), outcome.order.fate()), (None, Some(Fate::Unknown)));
}

#[test]
fn an_order_is_amended() {
    let order = OrderRef::by_id(symbol("BTCUSDT"), client_id("5xrgbMyg6z36NzBn2pbT8H"));
    let renamed = Some(client_id("PFaq6hIHxqFENGfdtn4J6Q"));
    let amend = AmendOrder { order, new_id: renamed, quantity: Some(dec!(5)), price: None, side: None };
    let state = read(&amend, fixture!("amend")).unwrap().state.unwrap();
    assert_eq!((state.id, state.order_id, state.status), (renamed, OrderId::from(33), OrderStatus::New));
    assert_eq!((state.quantity, state.price, state.executed), (Some(dec!(5)), Some(dec!(6)), dec!(0)));
    assert_eq!((state.side, state.updated), (Some(Side::Sell), Some(Timestamp::from_ms(1_741_926_410_255))));

    let in_list = AmendOrder {
        order: OrderRef::by_order_id(symbol("BTCUSDT"), OrderId::from(9)),
        new_id: Some(client_id("UQ1Np3bmQ71jJzsSDW9Vpi")),
        ..amend
    };
    assert_eq!(read(&in_list, fixture!("amend_in_list")).unwrap().state.unwrap().status, OrderStatus::Pending);

    let other_name = AmendOrder { new_id: Some(client_id("another")), ..amend };
    let other_order = AmendOrder { order: OrderRef::by_order_id(order.symbol, OrderId::from(34)), ..amend };
    for amend in [other_name, other_order] {
        assert_eq!(read(&amend, fixture!("amend")).unwrap_err(), DecodeError::OtherOrder.into());
    }
}

#[test]
fn what_the_account_traded_and_pays() {
    let fills = read(&GetFills { symbol: symbol("BNBBTC"), since: FillsSince::Recent }, fixture!("my_trades")).unwrap();
    let fill = fills[0];
    assert_eq!((fills.len(), fill.order_id, fill.fill.trade_id), (1, OrderId::from(100_234), Some(28_457)));
    assert_eq!(fill.id.unwrap().as_str(), "28457");
    assert_eq!((fill.fill.price, fill.fill.quantity), (dec!(4.00000100), dec!(12)));
    assert_eq!((fill.fill.commission, fill.fill.commission_asset.as_str()), (Some(dec!(10.1)), "BNB"));
    assert_eq!((fill.side, fill.liquidity), (Some(Side::Buy), Some(Liquidity::Taker)));
    assert_eq!(fill.time, Some(Timestamp::from_ms(1_499_865_549_590)));
    let other = GetFills { symbol: symbol("BTCUSDT"), since: FillsSince::Recent };
    assert_eq!(read(&other, fixture!("my_trades")).unwrap_err(), DecodeError::OtherOrder.into());

    let rates = read(&GetFeeRates { symbol: symbol("BTCUSDT") }, fixture!("commission")).unwrap();
    assert_eq!(
        rates.rate(Side::Buy, Liquidity::Maker),
        dec!(0.0000001) + dec!(0.01) + dec!(0.00000112) + dec!(0.0000003) + dec!(0.03) + dec!(0.00000118)
    );
    assert_eq!(
        rates.rate(Side::Sell, Liquidity::Taker),
        dec!(0.0000002) + dec!(0.02) + dec!(0.00000114) + dec!(0.0000004) + dec!(0.04) + dec!(0.00000116)
    );

    let counts = read(&GetOrderCounts {}, fixture!("order_count")).unwrap();
    let seconds: Vec<_> = counts.iter().map(|count| (count.interval.as_secs(), count.limit, count.count)).collect();
    assert_eq!(seconds, [(10, 50, 0), (86_400, 160_000, 0)]);
}

#[test]
fn times_are_read_in_the_unit_they_come_in() {
    let time = read(&ServerTime {}, &reply(200, r#"{"serverTime":1499827319559123}"#)).unwrap();
    assert_eq!(time, Timestamp::from_us(1_499_827_319_559_123));
    let body = body(fixture!("order_result")).replace("1507725176595", "1507725176595123");
    let ack = read(&market(), &reply(200, body)).unwrap();
    assert_eq!(ack.transact_time, Some(Timestamp::from_us(1_507_725_176_595_123)));
}
