//! The venue's replies as its documents have them, decoded; and what is no reply at all.

use std::time::Duration;

use orderwire_kraken::errors::classify;
use orderwire_kraken::orderwire::error::DecodeError;
use orderwire_kraken::orderwire::http::response::ResponseReader;
use orderwire_kraken::orderwire::venue::{
    Balances, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments,
    GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_kraken::{
    AckStage, AmendOrder, CancelEverything, ClientOrderId, Fate, FillsSince, GetClosedOrders, GetSystemStatus,
    KrakenOrder, KrakenVenue, Liquidity, NewOrder, OrderId, OrderRef, OrderStatus, RejectKind, RestError, Side, Symbol,
    SystemStatus, Timestamp, dec,
};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<KrakenVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(1 << 20).replay(reply).unwrap())
}

fn body(reply: &[u8]) -> &str {
    std::str::from_utf8(reply).unwrap().split_once("\r\n\r\n").unwrap().1
}

fn reply(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    reply
}

fn refused(words: &str) -> Vec<u8> {
    reply(200, format!(r#"{{"error":["{words}"]}}"#))
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn xbt() -> Symbol {
    symbol("XBTUSD")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn order_id(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

fn order() -> NewOrder {
    NewOrder::limit(id("b15"), xbt(), Side::Buy, dec!(1.25), dec!(37500))
}

#[test]
fn an_order_is_received() {
    for order in [order(), order().with_id(id("b16"))] {
        let ack = read(&order, fixture!("place")).unwrap();
        assert_eq!((ack.id, ack.order_id, ack.stage), (order.id, order_id("OUF4EM-FRGI2-MQMWZD"), AckStage::Received));
        assert_eq!((ack.status, ack.executed), (None, None));
    }
    let by_id = NewOrder::limit(id("b15"), symbol("XXBTZUSD"), Side::Buy, dec!(1.25), dec!(37500));
    assert!(read(&by_id, fixture!("place")).is_ok());
    assert!(read(&KrakenOrder::new(order()), fixture!("place_close")).is_ok());
    read(&TestOrder { order: order() }, fixture!("check")).unwrap();
    // The words cut what the pair has no places for.
    let finer = NewOrder::limit(id("b15"), xbt(), Side::Buy, dec!(1.250000004), dec!(37500));
    assert!(read(&finer, fixture!("place")).is_ok());
    // A market buy for quote coin is told in quote coin.
    let for_quote = KrakenOrder::market_for_quote(id("b15"), xbt(), dec!(100));
    let told =
        body(fixture!("place")).replace("buy 1.25000000 XBTUSD @ limit 37500.0", "buy 100.00000000 XBTUSD @ market");
    assert!(read(&for_quote, &reply(200, told)).is_ok());
    let warned = body(fixture!("place")).replace(r#""error":[]"#, r#""error":["WGeneral:Of little weight"]"#);
    assert!(read(&order(), &reply(200, warned)).is_ok());
}

/// By the words, and by the id where it is told.
#[test]
fn another_orders_answer_is_unknown() {
    for other in [
        NewOrder::limit(id("b15"), xbt(), Side::Sell, dec!(1.25), dec!(37500)),
        NewOrder::limit(id("b15"), xbt(), Side::Buy, dec!(1.26), dec!(37500)),
        NewOrder::limit(id("b15"), symbol("XBTEUR"), Side::Buy, dec!(1.25), dec!(37500)),
    ] {
        let error = read(&other, fixture!("place")).unwrap_err();
        assert_eq!(error, DecodeError::OtherOrder.into());
    }
    let echoed = |id: &str| body(fixture!("place")).replace("\"txid\"", &format!(r#""cl_ord_id":{id},"txid""#));
    assert!(read(&order(), &reply(200, echoed("\"b15\""))).is_ok());
    assert!(read(&order(), &reply(200, echoed("null"))).is_ok());
    for other in ["\"b16\"", "\"\"", "15"] {
        assert_eq!(read(&order(), &reply(200, echoed(other))).unwrap_err(), DecodeError::OtherOrder.into());
    }
    // The id alone is enough; without either there is nothing that ties it to the request.
    let silent = echoed("\"b15\"").replace("descr", "other");
    assert!(read(&order(), &reply(200, &silent)).is_ok());
    let error = read(&order(), &reply(200, silent.replace("cl_ord_id", "x"))).unwrap_err();
    assert_eq!(error, DecodeError::Missing { field: "descr" }.into());
}

#[test]
fn errors_come_with_status_200() {
    for (words, kind, fate) in [
        ("EOrder:Insufficient funds", RejectKind::Balance, Fate::Rejected),
        ("EAPI:Invalid nonce", RejectKind::Timestamp, Fate::Rejected),
        ("EAPI:Invalid signature", RejectKind::Signature, Fate::Rejected),
        ("EGeneral:Invalid arguments:volume", RejectKind::Malformed, Fate::Rejected),
        ("EGeneral:Invalid arguments:cl_ord_id", RejectKind::DuplicateId, Fate::Rejected),
        ("EOrder:Reduce only:No position exists", RejectKind::ReduceOnly, Fate::Rejected),
        ("EService:Market in post_only mode", RejectKind::MarketClosed, Fate::Rejected),
        ("EService:Deadline elapsed", RejectKind::Unavailable, Fate::Unknown),
        ("EService:Unavailable", RejectKind::Unavailable, Fate::Unknown),
        ("EGeneral:Internal error:9", RejectKind::Unavailable, Fate::Unknown),
        ("EOrder:Of tomorrow", RejectKind::Other, Fate::Unknown),
        ("", RejectKind::Other, Fate::Unknown),
    ] {
        let error = read(&order(), &refused(words)).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{words}");
        assert_eq!(error.answer().unwrap().text.as_str(), words);
        assert_eq!(classify(200, body(&refused(words)).as_bytes()), Some(error));
    }
    let several = r#"{"error":["WGeneral:Beware","EOrder:Insufficient funds","EService:Timeout"]}"#;
    let error = read(&order(), &reply(200, several)).unwrap_err();
    assert_eq!((error.fate(), error.answer().unwrap().text.as_str()), (Fate::Unknown, "EService:Timeout"));
    let first = r#"{"error":["EOrder:Insufficient funds","EAPI:Invalid key"],"result":{}}"#;
    assert_eq!(read(&order(), &reply(200, first)).unwrap_err().kind(), RejectKind::Balance);
    for odd in [r#"{"error":[7]}"#, r#"{"error":{}}"#, r#"{"error":null}"#, r#"{"result":{}}"#, "{}"] {
        assert_eq!(read(&order(), &reply(200, odd)).unwrap_err().fate(), Fate::Unknown, "{odd}");
    }
    assert_eq!(classify(200, body(fixture!("place")).as_bytes()), None);
}

/// "Status codes other than 200 indicate that there was an issue with the request reaching our servers." Source: spot-rest-intro.
#[test]
fn other_statuses_come_from_before_the_venue() {
    for (status, text, kind, fate) in [
        (429, "", RejectKind::RateLimited, Fate::Rejected),
        (403, "<html>", RejectKind::Banned, Fate::Rejected),
        (403, r#"{"error":["EGeneral:Permission denied"]}"#, RejectKind::Auth, Fate::Rejected),
        (404, "", RejectKind::Other, Fate::Unknown),
        (400, r#"{"error":["EAPI:Invalid key"]}"#, RejectKind::Auth, Fate::Unknown),
        (500, "", RejectKind::Unavailable, Fate::Unknown),
        (502, r#"{"error":["EOrder:Insufficient funds"]}"#, RejectKind::Balance, Fate::Unknown),
        (520, "<html>", RejectKind::Unavailable, Fate::Unknown),
        (503, r#"{"error":[],"result":{}}"#, RejectKind::Unavailable, Fate::Unknown),
    ] {
        let error = read(&order(), &reply(status, text)).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status} {text}");
        assert_eq!(classify(status, text.as_bytes()), Some(error), "{status} {text}");
    }
}

#[test]
fn a_batch_has_an_answer_for_each() {
    let orders = [
        NewOrder::limit(id("a"), xbt(), Side::Buy, dec!(1.0201), dec!(29000)),
        NewOrder::limit(id("b"), xbt(), Side::Sell, dec!(1), dec!(40000)),
    ];
    let batch = PlaceBatch { orders: &orders };
    let acks = read(&batch, fixture!("batch_place")).unwrap();
    assert_eq!(acks[0].as_ref().unwrap().order_id, order_id("O65KZW-J4AW3-VFS74A"));
    let error = acks[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::Balance, Fate::Rejected));
    assert_eq!([0, 1].map(|place| batch.leaves_doubt(&acks, place)), [false, false]);
    // An element that cannot be read leaves the others as they are, and its own order in doubt.
    let text = body(fixture!("batch_place"));
    let acks = read(&batch, &reply(200, text.replace("\"txid\"", "\"other\""))).unwrap();
    assert_eq!((acks[0].as_ref().unwrap_err().fate(), batch.leaves_doubt(&acks, 0)), (Fate::Unknown, true));
    assert!(acks[1].is_err() && !batch.leaves_doubt(&acks, 1));
    for bad in [
        text.replace("buy 1.0201", "buy 1.0202"),
        text.replace(r#",{"error":"EOrder:Insufficient funds"}"#, ""),
        text.replace(r#",{"error":"EOrder:Insufficient funds"}"#, r#",{"error":"x"},{"error":"x"}"#),
        r#"{"error":[],"result":{}}"#.into(),
    ] {
        assert_eq!(read(&batch, &reply(200, &bad)).unwrap_err().fate(), Fate::Unknown, "{bad}");
    }
    let whole = read(&batch, &refused("EOrder:Tick size check failed")).unwrap_err();
    assert_eq!((whole.kind(), whole.fate()), (RejectKind::InstrumentRule, Fate::Rejected));
}

#[test]
fn cancels_and_changes_name_no_order() {
    let by_id = order().order();
    let by_order_id = OrderRef::by_order_id(xbt(), order_id("OUF4EM-FRGI2-MQMWZD"));
    for asked in [by_id, by_order_id] {
        let ack = read(&CancelOrder { order: asked }, fixture!("cancel")).unwrap();
        assert_eq!((ack.id, ack.order_id), (asked.id, asked.order_id));
        assert_eq!(ack.stage, AckStage::Done(OrderStatus::Cancelled));
        let change = AmendOrder { order: asked, new_id: None, quantity: Some(dec!(1)), price: None, side: None };
        let ack = read(&change, fixture!("amend")).unwrap();
        assert_eq!((ack.order(), ack.state.is_none()), (asked, true));
        let error = read(&change, &reply(200, body(fixture!("amend")).replace("amend_id", "x"))).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown);
    }
    let pending = body(fixture!("cancel")).replace("1}", "1,\"pending\":true}");
    let ack = read(&CancelOrder { order: by_id }, &reply(200, pending)).unwrap();
    assert_eq!(ack.stage, AckStage::Received);
    for count in ["0", "2", "\"1\"", "null"] {
        let odd = body(fixture!("cancel")).replace(":1", &format!(":{count}"));
        assert_eq!(read(&CancelOrder { order: by_id }, &reply(200, odd)).unwrap_err().fate(), Fate::Unknown, "{count}");
    }
    let error = read(&CancelOrder { order: by_id }, &refused("EOrder:Unknown order")).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));

    let orders = [by_id, by_order_id];
    let acks = read(&CancelBatch { orders: &orders }, fixture!("cancel_batch")).unwrap();
    assert!(acks.iter().zip(orders).all(|(ack, asked)| ack.as_ref().unwrap().order_id == asked.order_id));
    let fewer = read(&CancelBatch { orders: &orders }, fixture!("cancel")).unwrap();
    assert!(fewer.iter().all(|ack| ack.as_ref().unwrap_err().fate() == Fate::Unknown));
    assert_eq!(read(&CancelEverything {}, fixture!("cancel_all")).unwrap(), 4);
    let after = |after| CancelAllAfter { symbol: None, after };
    let minute = Some(Duration::from_secs(60));
    read(&after(minute), fixture!("cancel_all_after")).unwrap();
    assert_eq!(read(&after(None), fixture!("cancel_all_after")).unwrap_err().fate(), Fate::Unknown);
    let off = body(fixture!("cancel_all_after")).replace("\"2023-03-24T17:42:56Z\"", "\"0\"");
    read(&after(None), &reply(200, &off)).unwrap();
    assert_eq!(read(&after(minute), &reply(200, off)).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn how_an_order_stands() {
    let by_id = OrderRef::by_id(xbt(), id("1234"));
    let state = read(&QueryOrder { order: by_id }, fixture!("open_order")).unwrap();
    assert_eq!((state.status, state.word.as_str(), state.executed), (OrderStatus::New, "open", dec!(0)));
    assert_eq!((state.id, state.order_id), (by_id.id, order_id("OKB55A-UEMMN-YUXM2A")));
    assert_eq!((state.side, state.price, state.quantity), (Some(Side::Buy), Some(dec!(70000)), Some(dec!(0.0001))));
    assert_eq!(state.updated, Some(Timestamp::from_us(1_733_815_269_370_054)));
    for (from, to, status) in [
        (r#""vol_exec":"0.00000000""#, r#""vol_exec":"0.00005000""#, OrderStatus::PartiallyFilled),
        ("\"open\",\"opentm\"", "\"pending\",\"opentm\"", OrderStatus::Pending),
        ("\"open\",\"opentm\"", "\"expired\",\"opentm\"", OrderStatus::Expired),
        ("\"open\",\"opentm\"", "\"word_of_tomorrow\",\"opentm\"", OrderStatus::Other),
        ("\"ordertype\":\"limit\"", "\"ordertype\":\"stop-loss-limit\"", OrderStatus::Pending),
    ] {
        let text = body(fixture!("open_order")).replace(from, to);
        assert_eq!(read(&QueryOrder { order: by_id }, &reply(200, text)).unwrap().status, status, "{to}");
    }
    // Among those that ended the newest of an id.
    let state = read(&QueryOrder { order: by_id.in_history() }, fixture!("closed_orders")).unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.0001)));
    assert_eq!(state.updated, Some(Timestamp::from_ms(1_733_815_300_250)));
    let by_order_id = OrderRef::by_order_id(symbol("XXBTZUSD"), order_id("OKB55A-UEMMN-YUXM2A"));
    let state = read(&QueryOrder { order: by_order_id }, fixture!("query")).unwrap();
    assert_eq!((state.symbol, state.status), (symbol("XXBTZUSD"), OrderStatus::Filled));

    let none = read(&QueryOrder { order: by_id }, fixture!("no_open_orders")).unwrap_err();
    assert_eq!((none.kind(), none.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    let none = read(&QueryOrder { order: by_order_id }, &refused("EOrder:Invalid order")).unwrap_err();
    assert_eq!((none.kind(), none.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    for (asked, reply) in [
        (OrderRef::by_id(xbt(), id("1235")), fixture!("open_order")),
        (OrderRef::by_id(symbol("ETHUSD"), id("1234")), fixture!("open_order")),
        (OrderRef::by_order_id(xbt(), order_id("OAAAAA-UEMMN-YUXM2A")), fixture!("query")),
    ] {
        assert_eq!(read(&QueryOrder { order: asked }, reply).unwrap_err(), DecodeError::OtherOrder.into());
    }
}

#[test]
fn lists_of_orders() {
    let list = |symbol| OpenOrders { symbol, triggers: false };
    let all = read(&list(None), fixture!("open_orders")).unwrap();
    assert_eq!((all.len(), all[0].symbol, all[1].symbol), (2, xbt(), symbol("XRPEUR")));
    assert_eq!((all[1].status, all[1].id, all[1].price), (OrderStatus::Pending, None, None));
    let one = read(&list(Some(symbol("XXBTZUSD"))), fixture!("open_orders")).unwrap();
    assert_eq!((one.len(), one[0].symbol), (1, symbol("XXBTZUSD")));
    assert!(read(&list(None), fixture!("no_open_orders")).unwrap().is_empty());
    let closed = read(&GetClosedOrders::default(), fixture!("closed_orders")).unwrap();
    assert_eq!((closed[0].status, closed[1].status), (OrderStatus::Filled, OrderStatus::Cancelled));
}

#[test]
fn the_account() {
    let balances = read(&Balances {}, fixture!("balance_ex")).unwrap();
    let usd = balances[0];
    assert_eq!((usd.asset.as_str(), usd.free, usd.locked), ("ZUSD", dec!(17185.45), dec!(8249.76)));
    let xbt_held = balances[1];
    assert_eq!((balances.len(), xbt_held.free, xbt_held.locked), (2, dec!(0.8012), dec!(0.8423)));

    let positions = read(&GetPositions { symbol: None }, fixture!("positions")).unwrap();
    assert_eq!((positions[0].symbol, positions[0].quantity), (symbol("XXBTZUSD"), dec!(9.798)));
    assert_eq!(positions[0].entry_price, Some(dec!(20000)));
    assert_eq!((positions[1].quantity, positions[1].entry_price), (dec!(-1.5), Some(dec!(1000))));
    let one = read(&GetPositions { symbol: Some(symbol("ETHUSD")) }, fixture!("positions")).unwrap();
    assert_eq!((one.len(), one[0].symbol), (1, symbol("ETHUSD")));
    assert!(read(&GetPositions { symbol: None }, &reply(200, r#"{"error":[],"result":{}}"#)).unwrap().is_empty());

    let fills = |since| read(&GetFills { symbol: xbt(), since }, fixture!("trades")).unwrap();
    let all = fills(FillsSince::Recent);
    assert_eq!((all.len(), all[0].side, all[1].side), (2, Some(Side::Sell), Some(Side::Buy)));
    let fill = all[0];
    assert_eq!(
        (fill.fill.price, fill.fill.quantity, fill.fill.commission),
        (dec!(30017), dec!(0.01), Some(dec!(0.48027)))
    );
    assert_eq!((fill.fill.trade_id, fill.liquidity), (Some(40_274_858), Some(Liquidity::Taker)));
    assert_eq!(
        [all[0], all[1]].map(|fill| fill.id.unwrap().to_string()),
        ["TCWJEG-FL4SZ-3FKGH6", "THVRQM-33VKH-UCI7BS"]
    );
    assert_eq!(fill.time, Some(Timestamp::from_us(1_688_667_769_639_600)));
    assert_eq!(fills(FillsSince::Time(Timestamp::from_ms(1_688_667_769_640))).len(), 1);
    let rates = read(&GetFeeRates { symbol: xbt() }, fixture!("trade_volume")).unwrap();
    assert_eq!((rates.buy, rates.sell), ((dec!(0.0016), dec!(0.0026)), (dec!(0.0016), dec!(0.0026))));
    let other = GetFeeRates { symbol: symbol("ETHUSD") };
    assert_eq!(read(&other, fixture!("trade_volume")).unwrap_err(), DecodeError::OtherOrder.into());
}

#[test]
fn the_market() {
    let rules = read(&GetInstrument { symbol: xbt() }, fixture!("asset_pairs")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.1), dec!(0.00000001), dec!(0.0001)));
    assert_eq!((rules.notional_min, rules.is_trading), (dec!(0.5), true));
    let by_id = read(&GetInstrument { symbol: symbol("XXBTZUSD") }, fixture!("asset_pairs")).unwrap();
    assert_eq!(by_id.symbol, symbol("XXBTZUSD"));
    assert_eq!(read(&GetInstruments {}, fixture!("asset_pairs")).unwrap(), [rules]);
    let closed = body(fixture!("asset_pairs")).replace("\"online\"", "\"cancel_only\"").replace("tick_size", "x");
    let closed = read(&GetInstrument { symbol: xbt() }, &reply(200, closed)).unwrap();
    assert_eq!((closed.is_trading, closed.tick_size), (false, dec!(0.1)));
    let error = read(&GetInstrument { symbol: symbol("ETHUSD") }, fixture!("asset_pairs")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    let top = GetTopOfBook { symbol: xbt() };
    let book = read(&top, fixture!("depth")).unwrap();
    assert_eq!((book.bid, book.bid_quantity), (dec!(52522.9), dec!(0.753)));
    assert_eq!((book.ask, book.ask_quantity), (dec!(52523), dec!(1.199)));
    let empty = body(fixture!("depth")).replace(r#"[["52523.00000","1.199",1616663113]]"#, "[]");
    assert_eq!(read(&top, &reply(200, empty)).unwrap().ask, dec!(0));
    let error = read(&GetTopOfBook { symbol: symbol("ETHUSD") }, fixture!("depth")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_688_669_448_000));
    read(&Ping {}, fixture!("time")).unwrap();
    for (word, status) in [
        ("online", SystemStatus::Online),
        ("maintenance", SystemStatus::Maintenance),
        ("cancel_only", SystemStatus::CancelOnly),
        ("post_only", SystemStatus::PostOnly),
        ("asleep", SystemStatus::Other),
    ] {
        let text = body(fixture!("system_status")).replace("\"online\"", &format!("{word:?}"));
        assert_eq!(read(&GetSystemStatus {}, &reply(200, text)).unwrap(), status);
    }
}

/// What a later version of the venue may send.
#[test]
fn what_is_new_to_us_does_not_undo_a_yes() {
    let more = body(fixture!("place")).replace("\"txid\"", r#""new":{"a":[1,{"b":null}]},"txid""#);
    assert!(read(&order(), &reply(200, more)).is_ok());
    let word = body(fixture!("place")).replace("OUF4EM-FRGI2-MQMWZD", "another-form/of=id");
    assert_eq!(read(&order(), &reply(200, word)).unwrap().order_id.as_str(), "another-form/of=id");
    let words = body(fixture!("place")).replace("@ limit 37500.0", "@ limit 37500.0 with 5:1 leverage and \\u00e9");
    assert!(read(&order(), &reply(200, words)).is_ok());
}

/// What is not one whole reply of the venue says nothing.
#[test]
fn a_reply_that_is_none_is_unknown() {
    let good = body(fixture!("place"));
    let deep = good.replace("\"txid\"", &format!(r#""x":{}{},"txid""#, "[".repeat(64), "]".repeat(64)));
    for bad in [
        deep,
        format!("{good}{good}"),
        good.replacen('{', r#"{"error":[],"#, 1),
        good.replacen('{', r#"{"result":{},"#, 1),
        good.replace("\"txid\"", r#""txid":["x"],"txid""#),
        good.replace("\"descr\"", r#""descr":{},"descr""#),
        good.replace(r#""error":[],"#, ""),
        good.replace("[\"OUF4EM-FRGI2-MQMWZD\"]", "[]"),
        good.replace("[\"OUF4EM-FRGI2-MQMWZD\"]", "[\"a\",\"b\"]"),
        good.replace("[\"OUF4EM-FRGI2-MQMWZD\"]", "\"OUF4EM-FRGI2-MQMWZD\""),
        r#"{"error":[],"result":{}}"#.into(),
        r#"{"error":[]}"#.into(),
        "[]".into(),
        String::new(),
    ] {
        let error = read(&order(), &reply(200, &bad)).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{bad}");
    }
    for end in 0..good.len() {
        assert_eq!(read(&order(), &reply(200, &good[..end])).unwrap_err().fate(), Fate::Unknown, "{end}");
    }
}

proptest! {
    /// Whatever bytes come, every call reads them or says that it cannot.
    #[test]
    fn bytes_never_do_harm(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        for fixture in [
            fixture!("place"), fixture!("batch_place"), fixture!("open_orders"), fixture!("balance_ex"), fixture!("trades"),
            fixture!("positions"), fixture!("asset_pairs"), fixture!("depth"), fixture!("trade_volume"),
        ] {
            let mut body = body(fixture).as_bytes().to_vec();
            let at = at.index(body.len());
            body[at] = byte;
            if cut {
                body.truncate(at);
            }
            let reply = reply(200, &body);
            let _ = read(&order(), &reply);
            let _ = read(&PlaceBatch { orders: &[order(), order().with_id(id("b16"))] }, &reply);
            let _ = read(&QueryOrder { order: order().order() }, &reply);
            let _ = read(&OpenOrders { symbol: None, triggers: false }, &reply);
            let _ = read(&Balances {}, &reply);
            let _ = read(&GetFills { symbol: xbt(), since: FillsSince::Recent }, &reply);
            let _ = read(&GetPositions { symbol: None }, &reply);
            let _ = read(&GetInstruments {}, &reply);
            let _ = read(&GetTopOfBook { symbol: xbt() }, &reply);
            let _ = read(&GetFeeRates { symbol: xbt() }, &reply);
            let _ = classify(200, &body);
        }
    }
}
