//! Every documented reply of Bybit as it is read, and what becomes of replies that no document has.

use orderwire_bybit::orderwire::error::DecodeError;
use orderwire_bybit::orderwire::http::response::ResponseReader;
use orderwire_bybit::orderwire::venue::{
    AmendBatch, Balances, CancelAll, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument,
    GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_bybit::{
    AckStage, AmendOrder, ClientOrderId, DisconnectProduct, Fate, FillsSince, LinearVenue, Liquidity, NewOrder,
    OrderId, OrderRef, OrderStatus, PositionSide, PreCheck, RejectKind, RestError, SetDisconnectWindow, SetLeverage,
    Side, SpotVenue, Symbol, Timestamp, dec,
};
use proptest::prelude::*;
use std::time::Duration;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn spot<E: Endpoint<SpotVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(65_536).replay(reply).unwrap())
}

fn linear<E: Endpoint<LinearVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(65_536).replay(reply).unwrap())
}

fn reply(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A reply that says yes.
fn yes(result: &str) -> Vec<u8> {
    reply(200, format!(r#"{{"retCode":0,"retMsg":"OK","result":{result},"retExtInfo":{{}},"time":1672211918471}}"#))
}

/// A reply that says no.
fn no(code: i32, words: &str) -> Vec<u8> {
    reply(200, format!(r#"{{"retCode":{code},"retMsg":"{words}","result":{{}},"retExtInfo":{{}},"time":1}}"#))
}

/// The body of a fixture.
fn body(fixture: &[u8]) -> &str {
    std::str::from_utf8(fixture).unwrap().split_once("\r\n\r\n").unwrap().1
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn btc() -> Symbol {
    symbol("BTCUSDT")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn order_id(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

/// The order that the document's answer to a new order is about.
fn order() -> NewOrder {
    NewOrder::limit(id("spot-test-postonly"), btc(), Side::Buy, dec!(0.1), dec!(15600)).post_only()
}

#[test]
fn an_order_is_received_and_no_more() {
    let ack = spot(&order(), fixture!("place")).unwrap();
    assert_eq!((ack.id, ack.order_id), (order().id, order_id("1321003749386327552")));
    // The engine has not looked: neither a status nor a quantity is known.
    assert_eq!((ack.stage, ack.status, ack.executed), (AckStage::Received, None, None));
    for (result, error) in [
        (r#"{"orderId":"1","orderLinkId":"another"}"#, DecodeError::OtherOrder),
        (r#"{"orderId":"1","orderLinkId":""}"#, DecodeError::OtherOrder),
        (r#"{"orderId":"1"}"#, DecodeError::Missing { field: "orderLinkId" }),
        (r#"{"orderLinkId":"spot-test-postonly"}"#, DecodeError::Missing { field: "orderId" }),
    ] {
        assert_eq!(spot(&order(), &yes(result)).unwrap_err(), error.into(), "{result}");
    }
    // What is new to us makes an order no less received; a number of the venue's is an id as well.
    let newer = r#"{"orderId":132,"orderLinkId":"spot-test-postonly","future":{"a":[1,2]}}"#;
    assert_eq!(spot(&order(), &yes(newer)).unwrap().order_id, OrderId::from(132));
    let stop = NewOrder::stop_market(order().id, btc(), Side::Sell, dec!(1), dec!(9));
    assert!(spot(&stop, fixture!("place")).unwrap().has_trigger);
}

/// HTTP 200 says nothing by itself.
#[test]
fn a_refusal_comes_with_200() {
    for (code, words, fate, kind) in [
        (110_007, "ab not enough for new order", Fate::Rejected, RejectKind::Balance),
        (170_131, "Insufficient balance.", Fate::Rejected, RejectKind::Balance),
        (10_001, "params error", Fate::Rejected, RejectKind::Malformed),
        (10_002, "invalid request, please check your timestamp", Fate::Rejected, RejectKind::Timestamp),
        (10_004, "error sign!", Fate::Rejected, RejectKind::Signature),
        (10_006, "Too many visits!", Fate::Rejected, RejectKind::RateLimited),
        (170_141, "Duplicate clientOrderId", Fate::Rejected, RejectKind::DuplicateId),
        (110_072, "OrderLinkedID is duplicate", Fate::Rejected, RejectKind::DuplicateId),
        (10_000, "Server Timeout", Fate::Unknown, RejectKind::Unavailable),
        (170_007, "Timeout waiting for response from backend server.", Fate::Unknown, RejectKind::Unavailable),
        (170_146, "Order creation timeout", Fate::Unknown, RejectKind::Unavailable),
        (987_654, "something of tomorrow", Fate::Unknown, RejectKind::Other),
    ] {
        for outcome in all_ways(&no(code, words)) {
            let error = outcome.unwrap_err();
            assert_eq!((error.fate(), error.kind()), (fate, kind), "{code} {error}");
            assert_eq!(error.answer().unwrap().code, Some(code));
        }
    }
    let error = spot(&order(), &reply(403, "<html>access too frequent</html>")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Banned));
}

#[test]
fn cancels_and_changes_are_received() {
    let by_id = OrderRef::by_id(btc(), id("linear-004"));
    let uuid = order_id("c6f055d9-7f21-4079-913d-e6523a9cfffa");
    let by_order_id = OrderRef::by_order_id(btc(), uuid);
    for order in [by_id, by_order_id] {
        let ack = linear(&CancelOrder { order }, fixture!("cancel")).unwrap();
        assert_eq!((ack.id, ack.order_id, ack.stage), (by_id.id, Some(uuid), AckStage::Received));
        assert_eq!((ack.status, ack.executed), (None, None));
        let change = AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: None, side: None };
        let ack = linear(&change, fixture!("amend")).unwrap();
        assert_eq!((ack.id, ack.order_id, ack.state.is_none()), (by_id.id, Some(uuid), true));
    }
    for order in [OrderRef::by_id(btc(), id("another")), OrderRef::by_order_id(btc(), order_id("another"))] {
        let error = linear(&CancelOrder { order }, fixture!("cancel")).unwrap_err();
        assert_eq!(error, DecodeError::OtherOrder.into());
    }
    let all = linear(&CancelAll { symbol: btc(), triggers: false }, fixture!("cancel_all")).unwrap();
    assert_eq!((all.len(), all[0].order_id), (2, Some(order_id("1616024329462743808"))));
    assert_eq!((all[1].id, all[1].stage), (Some(id("1616024287544869633")), AckStage::Received));
    let failed = linear(&CancelAll { symbol: btc(), triggers: false }, &yes(r#"{"list":[],"success":"0"}"#));
    assert_eq!(failed.unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn each_order_of_a_batch_has_a_fate_of_its_own() {
    let order = |name, of| NewOrder::limit(id(name), symbol(of), Side::Buy, dec!(1), dec!(1));
    let orders = [order("spot-btc-03", "BTCUSDT"), order("spot-atom-03", "ATOMUSDT")];
    let placed = spot(&PlaceBatch { orders: &orders }, fixture!("batch_place")).unwrap();
    assert_eq!(placed[0].as_ref().unwrap().order_id, order_id("1666800494330512128"));
    assert_eq!(placed[1].as_ref().unwrap().stage, AckStage::Received);
    let leaves = |place| Endpoint::<SpotVenue>::leaves_doubt(&PlaceBatch { orders: &orders }, &placed, place);
    assert_eq!([0, 1, 2].map(leaves), [false, false, true]);

    let refs = [
        OrderRef::by_order_id(btc(), order_id("1666800494330512128")),
        OrderRef::by_id(symbol("ATOMUSDT"), id("1666800494330512129")),
    ];
    let cancelled = spot(&CancelBatch { orders: &refs }, fixture!("batch_cancel")).unwrap();
    assert_eq!(cancelled[0].as_ref().unwrap().id, Some(id("spot-btc-03")));
    let error = cancelled[1].as_ref().unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    assert_eq!(error.answer().unwrap().code, Some(170_213));

    let named = |text| OrderRef::by_order_id(symbol("ETH"), order_id(text));
    let change = |order| AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: None, side: None };
    let ids = ["b551f227-7059-4fb5-a6a6-699c04dbd2f2", "fa6a595f-1a57-483f-b9d3-30e9c8235a52"];
    let changes = ids.map(|id| change(named(id)));
    let amended = linear(&AmendBatch { changes: &changes }, fixture!("batch_amend")).unwrap();
    assert!(amended.iter().all(|one| one.as_ref().unwrap().state.is_none()));

    // An answer about another order spoils them all; so do too few and too many, and a list without its fates.
    let swapped = [orders[1], orders[0]];
    let error = spot(&PlaceBatch { orders: &swapped }, fixture!("batch_place")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    for orders in [&orders[..1], &[orders[0], orders[1], orders[0]]] {
        assert!(spot(&PlaceBatch { orders }, fixture!("batch_place")).is_err());
    }
    assert!(spot(&PlaceBatch { orders: &orders }, &yes(r#"{"list":[{},{}]}"#)).is_err());
    // One that is in doubt, and one that cannot be read, leave the other as it is.
    let list = r#"[{"orderId":"7","orderLinkId":"spot-btc-03"},{"orderId":"","orderLinkId":""}]"#;
    for (fate, kind) in [
        (r#"{"code":170146,"msg":"t"}"#, RejectKind::Unavailable),
        (r#"{"code":0,"msg":"OK"}"#, RejectKind::NotRejected),
    ] {
        let fates = format!(r#"[{{"code":0,"msg":"OK"}},{fate}]"#);
        let body = format!(
            r#"{{"retCode":0,"retMsg":"OK","result":{{"list":{list}}},"retExtInfo":{{"list":{fates}}},"time":1}}"#
        );
        let outcome = spot(&PlaceBatch { orders: &orders }, &reply(200, body));
        if kind == RejectKind::NotRejected {
            // It says that it was taken, and names another order.
            assert_eq!(outcome.unwrap_err(), DecodeError::OtherOrder.into());
            continue;
        }
        let placed = outcome.unwrap();
        assert!(placed[0].is_ok());
        let error = placed[1].as_ref().unwrap_err();
        assert_eq!((error.fate(), error.kind()), (Fate::Unknown, kind));
        assert!(Endpoint::<SpotVenue>::leaves_doubt(&PlaceBatch { orders: &orders }, &placed, 1));
    }
}

#[test]
fn how_an_order_stands() {
    let by_id = OrderRef::by_id(symbol("ETHUSDT"), id("test-000005"));
    let by_order_id = OrderRef::by_order_id(symbol("ETHUSDT"), order_id("fd4300ae-7847-404e-b947-b46980a4d140"));
    for order in [by_id, by_order_id] {
        let state = linear(&QueryOrder { order }, fixture!("open_orders")).unwrap();
        assert_eq!(
            (state.id, state.order_id, state.status),
            (by_id.id, by_order_id.order_id.unwrap(), OrderStatus::New)
        );
        assert_eq!((state.side, state.price, state.quantity), (Some(Side::Buy), Some(dec!(1600)), Some(dec!(0.1))));
        assert_eq!((state.executed, state.word.as_str(), state.has_trigger), (dec!(0), "New", false));
        assert_eq!(state.updated, Some(Timestamp::from_ms(1_684_738_540_561)));
    }
    let past = OrderRef::by_id(btc(), id("YLxaWKMiHU")).in_history();
    assert_eq!(linear(&QueryOrder { order: past }, fixture!("history")).unwrap().status, OrderStatus::Cancelled);
    // A list of none is the venue's word for an order that it does not know.
    let error = linear(&QueryOrder { order: by_id }, &yes(r#"{"list":[],"nextPageCursor":""}"#)).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    for order in [OrderRef::by_id(symbol("ETHUSDT"), id("b")), OrderRef::by_id(btc(), id("test-000005"))] {
        let error = linear(&QueryOrder { order }, fixture!("open_orders")).unwrap_err();
        assert_eq!(error, DecodeError::OtherOrder.into());
    }
    let open = linear(&OpenOrders { symbol: None, triggers: false }, fixture!("open_orders")).unwrap();
    assert_eq!((open.len(), open[0].symbol), (1, symbol("ETHUSDT")));
}

/// Source: enum, "orderStatus".
#[test]
fn every_word_of_an_orders_status() {
    for (word, status, is_open) in [
        ("New", OrderStatus::New, true),
        ("PartiallyFilled", OrderStatus::PartiallyFilled, true),
        ("Untriggered", OrderStatus::Pending, true),
        ("Triggered", OrderStatus::Pending, true),
        ("Rejected", OrderStatus::Rejected, false),
        ("PartiallyFilledCanceled", OrderStatus::Cancelled, false),
        ("Filled", OrderStatus::Filled, false),
        ("Cancelled", OrderStatus::Cancelled, false),
        ("Deactivated", OrderStatus::Cancelled, false),
        ("Dreaming", OrderStatus::Other, true),
    ] {
        let list = format!(
            r#"{{"list":[{{"orderId":"1","orderLinkId":"a","symbol":"BTCUSDT","orderStatus":"{word}","cumExecQty":"0.5","stopOrderType":"Stop"}}]}}"#
        );
        let order = OrderRef::by_id(btc(), id("a"));
        let state = spot(&QueryOrder { order }, &yes(&list)).unwrap();
        assert_eq!((state.status, state.word.as_str(), state.status.is_open()), (status, word, is_open));
        assert_eq!((state.executed, state.has_trigger), (dec!(0.5), true));
        assert!(!linear(&QueryOrder { order }, &yes(&list)).unwrap().has_trigger);
        // How much was executed may be missing of an order that was never with the engine, and of no other.
        let empty = spot(&QueryOrder { order }, &yes(&list.replace("0.5", "")));
        let is_known = matches!(word, "Untriggered" | "Deactivated" | "Rejected");
        assert_eq!(empty.is_ok(), is_known, "{word}");
    }
}

#[test]
fn lists_say_where_they_go_on() {
    let open = OpenOrders { symbol: None, triggers: false };
    let next =
        |reply: &[u8]| Endpoint::<LinearVenue>::next_page(&open, &ResponseReader::new(65_536).replay(reply).unwrap());
    // The example has a cursor, and a page that is not full.
    assert_eq!(next(fixture!("open_orders")).unwrap(), None);
    let order = r#"{"orderId":"1","orderLinkId":"a","symbol":"B","orderStatus":"New","cumExecQty":"0"}"#;
    let page = |count, cursor: &str| {
        yes(&format!(r#"{{"list":[{}],"nextPageCursor":"{cursor}"}}"#, vec![order; count].join(",")))
    };
    assert_eq!(next(&page(49, "more")).unwrap(), None);
    assert_eq!(next(&page(50, "a%3Db")).unwrap().unwrap().as_str(), "a%3Db");
    assert_eq!(next(&page(50, "")).unwrap(), None);
    assert_eq!(next(&page(50, &"a".repeat(257))).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn the_account() {
    assert!(spot(&Balances {}, fixture!("wallet")).unwrap().is_empty(), "a coin of which there is nothing is left out");
    let coins = r#"{"list":[{"coin":[{"coin":"USDT","walletBalance":"100","locked":"10","totalOrderIM":"5","totalPositionIM":"","spotBorrow":"1"}]}]}"#;
    let balances = spot(&Balances {}, &yes(coins)).unwrap();
    assert_eq!((balances[0].asset.as_str(), balances[0].free, balances[0].locked), ("USDT", dec!(84), dec!(15)));

    let of_btcusd = GetPositions { symbol: Some(symbol("BTCUSD")) };
    let positions = linear(&of_btcusd, fixture!("positions")).unwrap();
    assert_eq!((positions[0].side, positions[0].quantity), (PositionSide::Net, dec!(-300)));
    assert_eq!((positions[0].entry_price, positions[0].mark_price), (Some(dec!(27464.50441675)), Some(dec!(28224.50))));
    assert_eq!((positions[0].unrealized, positions[0].liquidation_price), (Some(dec!(-0.00029413)), None));
    let none = r#"{"list":[{"positionIdx":0,"symbol":"BTCUSD","side":"","size":"0"}]}"#;
    assert!(linear(&of_btcusd, &yes(none)).unwrap().is_empty());
    for (index, side) in [(1, PositionSide::Long), (2, PositionSide::Short)] {
        let one = format!(r#"{{"list":[{{"positionIdx":{index},"symbol":"BTCUSD","side":"Buy","size":"1"}}]}}"#);
        assert_eq!(linear(&of_btcusd, &yes(&one)).unwrap()[0].side, side);
    }

    let since = FillsSince::Recent;
    let fills = linear(&GetFills { symbol: symbol("ETHPERP"), since }, fixture!("fills")).unwrap();
    assert_eq!((fills[0].fill.price, fills[0].fill.quantity), (dec!(1190.15), dec!(0.1)));
    assert_eq!((fills[0].fill.commission, fills[0].fill.trade_id), (Some(dec!(0.071409)), None));
    assert_eq!((fills[0].side, fills[0].liquidity), (Some(Side::Buy), Some(Liquidity::Taker)));
    assert_eq!(fills[0].id.unwrap().as_str(), "e0cbe81d-0f18-5866-9415-cf319b5dab3b");
    let funding = body(fixture!("fills")).replace("\"Trade\"", "\"Funding\"");
    assert!(linear(&GetFills { symbol: symbol("ETHPERP"), since }, &reply(200, funding)).unwrap().is_empty());

    let rates = linear(&GetFeeRates { symbol: symbol("ETHUSDT") }, fixture!("fee_rate")).unwrap();
    assert_eq!(
        (rates.rate(Side::Buy, Liquidity::Maker), rates.rate(Side::Sell, Liquidity::Taker)),
        (dec!(0.0001), dec!(0.0006))
    );
    let checked = NewOrder::limit(id("test129"), btc(), Side::Buy, dec!(1), dec!(1));
    let rates = linear(&PreCheck { order: checked.into() }, fixture!("pre_check")).unwrap();
    assert_eq!(
        (rates.initial, rates.maintenance),
        (Some((dec!(0.0030), dec!(0.0357))), Some((dec!(0.0021), dec!(0.0294))))
    );
    linear(&TestOrder { order: checked }, fixture!("pre_check")).unwrap();
    let too_little = linear(&TestOrder { order: checked }, &no(110_007, "ab not enough for new order"));
    assert_eq!(too_little.unwrap_err().kind(), RejectKind::Balance);
    linear(&SetLeverage { symbol: btc(), buy: dec!(6), sell: dec!(6) }, fixture!("leverage")).unwrap();
    let window = SetDisconnectWindow { product: DisconnectProduct::Spot, window: Duration::from_secs(40) };
    spot(&window, fixture!("disconnect")).unwrap();
}

#[test]
fn an_instruments_rules_and_prices() {
    let rules = spot(&GetInstrument { symbol: btc() }, fixture!("instruments_spot")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.1), dec!(0.000001), dec!(0)));
    assert_eq!((rules.quantity_max, rules.market_quantity_max), (Some(dec!(83)), Some(dec!(41.5))));
    assert_eq!((rules.notional_min, rules.is_trading), (dec!(5), true));
    let rules = linear(&GetInstrument { symbol: btc() }, fixture!("instruments_linear")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.1), dec!(0.001), dec!(0.001)));
    assert_eq!((rules.quantity_max, rules.market_quantity_max), (Some(dec!(1190)), Some(dec!(500))));
    assert_eq!((rules.price_min, rules.price_max), (dec!(0.1), Some(dec!(1999999.8))));
    assert_eq!((rules.notional_min, rules.contract_size), (dec!(5), dec!(1)));
    assert_eq!(linear(&GetInstruments {}, fixture!("instruments_linear")).unwrap(), [rules]);
    let other = linear(&GetInstrument { symbol: symbol("ETHUSDT") }, fixture!("instruments_linear")).unwrap_err();
    assert_eq!(other, DecodeError::OtherOrder.into());

    let top = spot(&GetTopOfBook { symbol: btc() }, fixture!("ticker_spot")).unwrap();
    assert_eq!((top.bid, top.bid_quantity), (dec!(20517.96), dec!(2)));
    assert_eq!((top.ask, top.ask_quantity), (dec!(20527.77), dec!(1.862172)));
    assert_eq!(linear(&GetTopOfBook { symbol: btc() }, fixture!("ticker_linear")).unwrap().bid, dec!(103401));
    let empty = r#"{"list":[{"symbol":"BTCUSDT","bid1Price":"","bid1Size":"","ask1Price":"2","ask1Size":"1"}]}"#;
    assert_eq!(spot(&GetTopOfBook { symbol: btc() }, &yes(empty)).unwrap().bid, dec!(0));
    assert_eq!(spot(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ns(1_688_639_403_423_213_947));
    // Every answer has a time beside its result: the clock is not set by a stray one.
    for stray in [fixture!("place"), fixture!("cancel"), fixture!("ticker_spot"), fixture!("open_orders")] {
        let missing = DecodeError::Missing { field: "timeNano" };
        assert_eq!(spot(&ServerTime {}, stray).unwrap_err(), missing.into());
    }
    spot(&Ping {}, fixture!("time")).unwrap();
}

/// What every call does with a reply.
fn all_ways(reply: &[u8]) -> Vec<Result<(), RestError>> {
    let symbol = btc();
    let (order, orders) = (OrderRef::by_id(symbol, order().id), [self::order(), self::order()]);
    let refs = orders.map(|order| order.order());
    let change = AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: Some(dec!(1)), side: None };
    vec![
        spot(&orders[0], reply).map(drop),
        linear(&TestOrder { order: orders[0] }, reply).map(drop),
        spot(&PlaceBatch { orders: &orders }, reply).map(drop),
        spot(&AmendBatch { changes: &[change] }, reply).map(drop),
        spot(&CancelBatch { orders: &refs }, reply).map(drop),
        spot(&change, reply).map(drop),
        spot(&CancelOrder { order }, reply).map(drop),
        spot(&QueryOrder { order }, reply).map(drop),
        spot(&QueryOrder { order: order.in_history() }, reply).map(drop),
        spot(&OpenOrders { symbol: None, triggers: false }, reply).map(drop),
        spot(&CancelAll { symbol, triggers: false }, reply).map(drop),
        spot(&Balances {}, reply).map(drop),
        linear(&GetPositions { symbol: None }, reply).map(drop),
        linear(&SetLeverage { symbol, buy: dec!(1), sell: dec!(1) }, reply).map(drop),
        spot(&GetFills { symbol, since: FillsSince::Recent }, reply).map(drop),
        spot(&GetFeeRates { symbol }, reply).map(drop),
        spot(&GetInstrument { symbol }, reply).map(drop),
        linear(&GetInstruments {}, reply).map(drop),
        spot(&GetTopOfBook { symbol }, reply).map(drop),
        spot(&ServerTime {}, reply).map(drop),
        spot(&Ping {}, reply).map(drop),
    ]
}

#[test]
fn no_answer_that_is_no_json_says_yes_or_no() {
    let deep = format!("{}{}", "[".repeat(24_000), "]".repeat(24_000));
    for body in ["", " ", "null", "\u{feff}{}", "{}", "<html>", "{\"retCode\":0}x", deep.as_str()] {
        for status in [200, 201, 402, 500, 502, 503] {
            for outcome in all_ways(&reply(status, body)) {
                assert_eq!(outcome.unwrap_err().fate(), Fate::Unknown, "{status} {body:.20}");
            }
        }
    }
    let doubled = r#"{"retCode":0,"retCode":10001,"retMsg":"OK","result":{"orderId":"1","orderLinkId":"spot-test-postonly"},"time":1}"#;
    assert_eq!(spot(&order(), &reply(200, doubled)).unwrap_err().fate(), Fate::Unknown);
    let within = r#"{"orderId":"1","orderLinkId":"spot-test-postonly","orderLinkId":"b"}"#;
    assert_eq!(spot(&order(), &yes(within)).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn a_cut_body_never_says_yes() {
    for (fixture, take) in [(fixture!("place"), 0), (fixture!("batch_place"), 2), (fixture!("time"), 20)] {
        let whole = body(fixture);
        for length in 0..whole.len() {
            assert!(all_ways(&reply(200, &whole[..length]))[take].is_err(), "{length}");
        }
    }
}

proptest! {
    /// Bytes changed anywhere: an answer that still says yes still names the order.
    #[test]
    fn a_damaged_reply_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        status in prop_oneof![Just(200), Just(400), Just(429), Just(503)],
    ) {
        for fixture in [
            fixture!("place"),
            fixture!("open_orders"),
            fixture!("batch_cancel"),
            fixture!("instruments_spot"),
            fixture!("wallet"),
            fixture!("positions"),
            fixture!("fills"),
        ] {
            let mut body = body(fixture).as_bytes().to_vec();
            for (index, byte) in &changes {
                *index.get_mut(&mut body) = *byte;
            }
            for outcome in all_ways(&reply(status, &body)) {
                prop_assert!(outcome.is_err() || status == 200);
            }
            if let Ok(ack) = spot(&order(), &reply(status, &body)) {
                let echo = format!(r#""orderLinkId":"{}""#, ack.id);
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
