//! Every documented reply of Bitget as it is read, and what becomes of replies that no document has.

use orderwire_bitget::errors::classify;
use orderwire_bitget::orderwire::error::DecodeError;
use orderwire_bitget::orderwire::http::response::ResponseReader;
use orderwire_bitget::orderwire::venue::{
    Balances, CancelAll, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments,
    GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime,
};
use orderwire_bitget::{
    AckStage, CancelReplace, ClientOrderId, Fate, FillsSince, Liquidity, NewOrder, OrderId, OrderRef, OrderStatus,
    RejectKind, RestError, Side, SpotVenue, Symbol, Timestamp, dec,
};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<SpotVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(262_144).replay(reply).unwrap())
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

/// A reply that says yes about this.
fn about(data: &str) -> Vec<u8> {
    reply(200, format!(r#"{{"code":"00000","msg":"success","requestTime":1695865476577,"data":{data}}}"#))
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn number(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

fn order_of(client_id: &str) -> NewOrder {
    NewOrder::limit(id(client_id), symbol("BTCUSDT"), Side::Buy, dec!(1), dec!(23222.5))
}

/// The order that the documents' answer is about.
fn order() -> NewOrder {
    order_of("121211212122")
}

#[test]
fn a_new_order_is_received() {
    let ack = read(&order(), fixture!("order")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (order().id, number("1001"), AckStage::Received));
    assert_eq!((ack.status, ack.executed, ack.transact_time, ack.unread), (None, None, None, None));
    assert_eq!(read(&order_of("other"), fixture!("order")).unwrap_err(), DecodeError::OtherOrder.into());
    // The documents' other example of a yes has another word for its text.
    let worded = body(fixture!("order")).replace("msg", "message");
    assert!(read(&order(), &reply(200, worded)).is_ok());
}

#[test]
fn a_refusal_is_by_its_code() {
    for (status, code, kind, fate) in [
        (400, "43012", RejectKind::Balance, Fate::Rejected),
        (400, "40762", RejectKind::Balance, Fate::Rejected),
        (400, "43118", RejectKind::DuplicateId, Fate::Rejected),
        (400, "40786", RejectKind::DuplicateId, Fate::Rejected),
        (400, "45110", RejectKind::InstrumentRule, Fate::Rejected),
        (400, "40808", RejectKind::Malformed, Fate::Rejected),
        (400, "40085", RejectKind::Auth, Fate::Rejected),
        (400, "40014", RejectKind::Auth, Fate::Rejected),
        (400, "40009", RejectKind::Signature, Fate::Rejected),
        (400, "40004", RejectKind::Timestamp, Fate::Rejected),
        (400, "40008", RejectKind::Timestamp, Fate::Rejected),
        (400, "43001", RejectKind::UnknownOrder, Fate::Rejected),
        (400, "22001", RejectKind::UnknownOrder, Fate::Rejected),
        (400, "40774", RejectKind::Malformed, Fate::Rejected),
        (400, "00171", RejectKind::Malformed, Fate::Rejected),
        (400, "43115", RejectKind::MarketClosed, Fate::Rejected),
        (429, "429", RejectKind::RateLimited, Fate::Rejected),
        (200, "43012", RejectKind::Balance, Fate::Rejected),
        (400, "40010", RejectKind::Unavailable, Fate::Unknown),
        (400, "40015", RejectKind::Unavailable, Fate::Unknown),
        (400, "40200", RejectKind::Unavailable, Fate::Unknown),
        (400, "40725", RejectKind::Unavailable, Fate::Unknown),
        (400, "40776", RejectKind::Unavailable, Fate::Unknown),
        (400, "45001", RejectKind::Unavailable, Fate::Unknown),
        (500, "43012", RejectKind::Balance, Fate::Unknown),
        (400, "77777", RejectKind::Other, Fate::Unknown),
        (302, "43012", RejectKind::Balance, Fate::Unknown),
    ] {
        let body = format!(r#"{{"code":"{code}","msg":"why not","requestTime":1627293504612,"data":null}}"#);
        let error = read(&order(), &reply(status, &body)).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status} {code}");
        let answer = error.answer().unwrap();
        assert_eq!((answer.code, answer.text.as_str()), (Some(code.parse().unwrap()), "why not"));
        assert_eq!(classify(status, body.as_bytes()), Some(error));
    }
    // What stands before the venue, and pages of others.
    for (status, kind, fate) in [
        (403, RejectKind::Banned, Fate::Rejected),
        (429, RejectKind::RateLimited, Fate::Rejected),
        (404, RejectKind::Other, Fate::Unknown),
        (503, RejectKind::Unavailable, Fate::Unknown),
    ] {
        let error = read(&order(), &reply(status, "<html>")).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status}");
    }
    assert_eq!(classify(200, body(fixture!("order")).as_bytes()), None);
    assert_eq!(classify(200, b"{}").unwrap().fate(), Fate::Unknown);
}

#[test]
fn cancels_are_received() {
    let by_id = OrderRef::by_id(symbol("BTCUSDT"), id("xx001"));
    let ack = read(&CancelOrder { order: by_id }, fixture!("cancel")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (by_id.id, Some(number("121211212122")), AckStage::Received));
    let mut both = OrderRef::by_order_id(symbol("BTCUSDT"), number("121211212122"));
    assert!(read(&CancelOrder { order: both }, fixture!("cancel")).is_ok());
    both.id = Some(id("xx002"));
    assert_eq!(read(&CancelOrder { order: both }, fixture!("cancel")).unwrap_err(), DecodeError::OtherOrder.into());
    let nameless = body(fixture!("cancel")).replace("\"xx001\"", "null");
    assert_eq!(read(&CancelOrder { order: by_id }, &reply(200, nameless)).unwrap_err().fate(), Fate::Unknown);

    let all = |name| CancelAll { symbol: symbol(name), triggers: false };
    assert!(read(&all("BGBUSDT"), fixture!("cancel_all")).unwrap().is_empty());
    assert_eq!(read(&all("BTCUSDT"), fixture!("cancel_all")).unwrap_err(), DecodeError::OtherOrder.into());
}

/// A no does not say which half it is about: the new order stands in doubt.
#[test]
fn a_replaced_order_is_another_order() {
    let order = OrderRef::by_order_id(symbol("BTCUSDT"), number("7"));
    let replace = CancelReplace { order, new_id: id("xxxxxxxxxxxxxxx"), quantity: dec!(4), price: dec!(3.24) };
    // The document has stars for both ids.
    let named = body(fixture!("cancel_replace")).replacen("xxxxxxxxxxxxxxx", "8", 1);
    let ack = read(&replace, &reply(200, &named)).unwrap();
    assert_eq!((ack.order_id, ack.stage, ack.id), (number("8"), AckStage::Received, replace.new_id));
    let failed =
        named.replace(r#""success":"success","msg":null"#, r#""success":"failure","msg":"clientOrderId duplicate""#);
    let error = read(&replace, &reply(200, &failed)).unwrap_err();
    assert_eq!((error.fate(), error.answer().unwrap().text.as_str()), (Fate::Unknown, "clientOrderId duplicate"));
    let other = CancelReplace { new_id: id("other"), ..replace };
    assert_eq!(read(&other, &reply(200, &named)).unwrap_err(), DecodeError::OtherOrder.into());
    let mute = named.replace(r#""success":"success","#, "");
    assert_eq!(read(&replace, &reply(200, mute)).unwrap_err().fate(), Fate::Unknown);
    let refused = reply(400, r#"{"code":"43001","msg":"The order does not exist","data":null}"#);
    assert_eq!(read(&replace, &refused).unwrap_err().fate(), Fate::Rejected);
}

#[test]
fn each_order_of_a_batch_has_a_fate() {
    let orders = ["a", "b", "c", "d"].map(order_of);
    let batch = PlaceBatch { orders: &orders };
    // In whatever order they come; one has a code, one has words alone, one is not there at all.
    let data = r#"{"successList":[{"orderId":"12","clientOid":"d"}],"failureList":[
        {"orderId":"","clientOid":"b","errorMsg":"Insufficient balance","errorCode":"43012"},
        {"orderId":null,"clientOid":"a","errorMsg":"clientOrderId duplicate"}]}"#;
    let fates = read(&batch, &about(data)).unwrap();
    assert_eq!(fates[3].as_ref().unwrap().order_id, number("12"));
    let [a, b, c] = [0, 1, 2].map(|place| *fates[place].as_ref().unwrap_err());
    assert_eq!((b.kind(), b.fate()), (RejectKind::Balance, Fate::Rejected));
    assert_eq!((a.fate(), a.answer().unwrap().text.as_str()), (Fate::Unknown, "clientOrderId duplicate"));
    assert_eq!((c.fate(), c.answer()), (Fate::Unknown, None));
    let doubts = [0, 1, 2, 3].map(|place| batch.leaves_doubt(&fates, place));
    assert_eq!(doubts, [true, false, true, false]);
    let duplicate = about(r#"{"successList":[],"failureList":[{"clientOid":"a","errorMsg":"x","errorCode":"43118"}]}"#);
    let one = PlaceBatch { orders: &orders[..1] };
    let fates = read(&one, &duplicate).unwrap();
    assert_eq!(fates[0].as_ref().unwrap_err().kind(), RejectKind::DuplicateId);
    assert!(one.leaves_doubt(&fates, 0), "an earlier order of this id may be there");

    // The documents' example answers one order twice: it is spoilt, as is one that names an order nobody sent.
    let theirs = [order_of("1")];
    assert_eq!(
        read(&PlaceBatch { orders: &theirs }, fixture!("batch_place")).unwrap_err(),
        DecodeError::OtherOrder.into()
    );
    let stray = about(r#"{"successList":[{"orderId":"12","clientOid":"e"}],"failureList":[]}"#);
    assert_eq!(read(&batch, &stray).unwrap_err(), DecodeError::OtherOrder.into());
    for empty in ["{}", r#"{"successList":null,"failureList":null}"#] {
        assert!(
            read(&batch, &about(empty)).unwrap().iter().all(|fate| fate.as_ref().unwrap_err().fate() == Fate::Unknown)
        );
    }
    assert_eq!(read(&batch, &about(r#"{"successList":{}}"#)).unwrap_err().fate(), Fate::Unknown);
    let refused = reply(400, r#"{"code":"40014","msg":"Incorrect permissions","data":null}"#);
    assert_eq!(read(&batch, &refused).unwrap_err().fate(), Fate::Rejected);
}

#[test]
fn each_cancel_of_a_batch_has_a_fate() {
    let btc = symbol("BTCUSDT");
    let orders = [OrderRef::by_id(btc, id("xxx001")), OrderRef::by_id(btc, id("121211212122"))];
    // The example's two answers have one number: by our ids they are told apart.
    let fates = read(&CancelBatch { orders: &orders }, fixture!("batch_cancel")).unwrap();
    let ack = fates[1].as_ref().unwrap();
    assert_eq!((ack.stage, ack.order_id), (AckStage::Received, Some(number("121211212122"))));
    assert_eq!(fates[0].as_ref().unwrap_err().fate(), Fate::Unknown);
    let gone = about(
        r#"{"successList":[],"failureList":[{"orderId":"7","clientOid":"","errorMsg":"x","errorCode":"43001"}]}"#,
    );
    let fates = read(&CancelBatch { orders: &[OrderRef::by_order_id(btc, number("7"))] }, &gone).unwrap();
    assert_eq!(fates[0].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
}

#[test]
fn an_order_that_is_asked_for() {
    let btc = symbol("BTCUSDT");
    let query = QueryOrder { order: OrderRef::by_id(btc, id("121211212122")) };
    let state = read(&query, fixture!("query")).unwrap();
    assert_eq!((state.status, state.word.as_str(), state.executed), (OrderStatus::Filled, "filled", dec!(0.0007)));
    // A market buy says what it spends, and has no price.
    assert_eq!((state.quantity, state.price, state.side), (None, None, Some(Side::Buy)));
    assert_eq!((state.order_id, state.updated), (number("121211212122"), Some(Timestamp::from_ms(1_695_865_233_051))));
    assert!(read(&QueryOrder { order: OrderRef::by_order_id(btc, number("121211212122")) }, fixture!("query")).is_ok());
    let other = QueryOrder { order: OrderRef::by_id(btc, id("other")) };
    assert_eq!(read(&other, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    let elsewhere = QueryOrder { order: OrderRef::by_id(symbol("ETHUSDT"), id("121211212122")) };
    assert_eq!(read(&elsewhere, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    // None is a denial, in a list and as a code.
    for none in [about("[]"), reply(400, r#"{"code":"43001","msg":"The order does not exist","data":null}"#)] {
        let error = read(&query, &none).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    }
    for (word, status) in [
        ("init", OrderStatus::Pending),
        ("live", OrderStatus::New),
        ("new", OrderStatus::New),
        ("partially_filled", OrderStatus::PartiallyFilled),
        ("full_fill", OrderStatus::Filled),
        ("cancelled", OrderStatus::Cancelled),
        ("waiting", OrderStatus::Other),
    ] {
        let worded = body(fixture!("query")).replace("\"filled\"", &format!("{word:?}"));
        assert_eq!(read(&query, &reply(200, worded)).unwrap().status, status, "{word}");
    }
    let mute = body(fixture!("query")).replace(r#""baseVolume":"0.0007000000000000","#, "");
    assert_eq!(read(&query, &reply(200, mute)).unwrap_err(), DecodeError::Missing { field: "baseVolume" }.into());
}

/// Among past orders there is no asking by our id: it is looked for, and a part of the list that is full does not deny it.
#[test]
fn a_past_order_is_looked_for_in_a_list() {
    let eth = symbol("ETHUSDT");
    let query = |client_id| QueryOrder { order: OrderRef::by_id(eth, id(client_id)).in_history() };
    let state = read(&query("mm1-0007"), fixture!("history")).unwrap();
    assert_eq!((state.status, state.order_id), (OrderStatus::Filled, number("1098394344925597696")));
    let error = read(&query("mm1-0008"), fixture!("history")).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    let row = body(fixture!("history")).split_once('[').unwrap().1.rsplit_once(']').unwrap().0;
    let listed = |rows: usize| about(&format!("[{}]", vec![row; rows].join(",")));
    assert_eq!(read(&query("mm1-0008"), &listed(99)).unwrap_err().fate(), Fate::Rejected);
    let error = read(&query("mm1-0008"), &listed(100)).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Unknown));
    let next = |query: &QueryOrder, reply: &[u8]| {
        let next =
            Endpoint::<SpotVenue>::next_page(query, &ResponseReader::new(262_144).replay(reply).unwrap()).unwrap();
        next.map(|cursor| cursor.as_str().to_owned())
    };
    assert_eq!(next(&query("mm1-0008"), &listed(100)).as_deref(), Some("1098394344925597696"));
    assert_eq!(next(&query("mm1-0008"), &listed(99)), None);
    let open = QueryOrder { order: OrderRef::by_id(eth, id("mm1-0008")) };
    assert_eq!(next(&open, &listed(100)), None, "what answers for one order does not go on");
    assert!(read(&query("mm1-0007"), &listed(100)).is_ok());
    // An id that was used twice: the newest order counts, wherever it stands.
    let older = row.replace("1698736300363", "1698736300362").replace("1098394344925597696", "1");
    for rows in [[row, &older], [&older, row]] {
        let state = read(&query("mm1-0007"), &about(&format!("[{}]", rows.join(",")))).unwrap();
        assert_eq!(state.order_id, number("1098394344925597696"));
    }
}

#[test]
fn open_orders() {
    let all = OpenOrders { symbol: None, triggers: false };
    let orders = read(&all, fixture!("open_orders")).unwrap();
    assert_eq!((orders.len(), orders[0].status, orders[0].id), (1, OrderStatus::New, Some(id("xxxxxxx"))));
    // This list has another name for the price.
    assert_eq!((orders[0].price, orders[0].quantity), (Some(dec!(34829.12)), Some(dec!(1))));
    let of_btc = OpenOrders { symbol: Some(symbol("BTCUSDT")), triggers: false };
    assert_eq!(read(&of_btc, fixture!("open_orders")).unwrap()[0].symbol.as_str(), "BTCUSDT", "in small letters there");
    let row = body(fixture!("open_orders")).split_once('[').unwrap().1.rsplit_once(']').unwrap().0;
    let page = |rows: usize| {
        let reply = about(&format!("[{}]", vec![row; rows].join(",")));
        let next =
            Endpoint::<SpotVenue>::next_page(&all, &ResponseReader::new(262_144).replay(&reply).unwrap()).unwrap();
        next.map(|cursor| cursor.as_str().to_owned())
    };
    assert_eq!((page(0), page(99), page(100)), (None, None, Some("2222222".to_owned())));
}

#[test]
fn the_account() {
    assert_eq!(read(&Balances {}, fixture!("balances")).unwrap(), [], "of nothing there is no balance");
    let some = body(fixture!("balances"))
        .replace(r#""available":"0","frozen":"0","locked":"0""#, r#""available":"1.5","frozen":"0.25","locked":"2""#);
    let balances = read(&Balances {}, &reply(200, some)).unwrap();
    assert_eq!((balances[0].asset.as_str(), balances[0].free, balances[0].locked), ("usdt", dec!(1.5), dec!(2.25)));

    let fills = GetFills { symbol: symbol("BTCUSDT"), since: FillsSince::Recent };
    let fill = read(&fills, fixture!("fills")).unwrap()[0];
    assert_eq!((fill.fill.price, fill.fill.quantity), (dec!(13000), dec!(0.0007)));
    assert_eq!((fill.fill.commission, fill.fill.commission_asset.as_str()), (Some(dec!(0.0000007)), "BTC"));
    assert_eq!((fill.fill.trade_id, fill.order_id), (Some(12_345_678_910), number("12345678910")));
    assert_eq!(fill.id.unwrap().as_str(), "12345678910");
    assert_eq!((fill.side, fill.liquidity), (Some(Side::Buy), Some(Liquidity::Taker)));
    assert_eq!(fill.time, Some(Timestamp::from_ms(1_695_865_232_579)));
    let row = body(fixture!("fills")).split_once('[').unwrap().1.rsplit_once(']').unwrap().0;
    let older = row.replace("1695865232579", "1").replace(r#""feeDetail":{"#, r#""feeDetail":"x","other":{"#);
    let both = read(&fills, &about(&format!("[{row},{older}]"))).unwrap();
    assert_eq!((both[0].time, both[0].fill.commission), (Some(Timestamp::from_ms(1)), None));

    let rates = read(&GetFeeRates { symbol: symbol("BTCUSDT") }, fixture!("fee_rates")).unwrap();
    assert_eq!(rates.rate(Side::Sell, Liquidity::Maker), dec!(0.0002));
    assert_eq!(rates.rate(Side::Buy, Liquidity::Taker), dec!(0.0006));
}

#[test]
fn the_market() {
    let btc = symbol("BTCUSDT");
    let rules = read(&GetInstrument { symbol: btc }, fixture!("symbols")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.0001), dec!(0.00000001), dec!(0.0001)));
    assert_eq!((rules.quantity_max, rules.notional_min, rules.is_trading), (Some(dec!(10000)), dec!(5), true));
    assert_eq!(read(&GetInstruments {}, fixture!("symbols")).unwrap(), [rules]);
    assert_eq!(
        read(&GetInstrument { symbol: symbol("ETHUSDT") }, fixture!("symbols")).unwrap_err(),
        DecodeError::OtherOrder.into()
    );
    assert_eq!(read(&GetInstrument { symbol: btc }, &about("[]")).unwrap_err().fate(), Fate::Unknown);
    let changed = [
        ("\"online\"", "\"halt\""),
        ("\"USDT\"", "\"BTC\""),
        (r#""minTradeAmount":"0.0001""#, r#""minTradeAmount":"0""#),
    ]
    .iter()
    .fold(body(fixture!("symbols")).to_owned(), |body, (a, b)| body.replace(a, b));
    let rules = read(&GetInstrument { symbol: btc }, &reply(200, changed)).unwrap();
    assert_eq!((rules.is_trading, rules.notional_min, rules.quantity_min), (false, dec!(0), dec!(0.00000001)));
    for places in ["29", "-1", "x", ""] {
        let odd =
            body(fixture!("symbols")).replace(r#""pricePrecision":"4""#, &format!(r#""pricePrecision":"{places}""#));
        assert!(read(&GetInstrument { symbol: btc }, &reply(200, &odd)).is_err(), "{places}");
        assert!(read(&GetInstruments {}, &reply(200, &odd)).unwrap().is_empty(), "one that cannot be read is left out");
    }

    let top = GetTopOfBook { symbol: btc };
    let book = read(&top, fixture!("ticker")).unwrap();
    assert_eq!(
        (book.bid, book.bid_quantity, book.ask, book.ask_quantity),
        (dec!(0), dec!(0.0663), dec!(0), dec!(0.0119))
    );
    let priced = body(fixture!("ticker"))
        .replace(r#""bidPr":"0""#, r#""bidPr":"34413.1""#)
        .replace(r#""askPr":"0""#, r#""askPr":"""#);
    let book = read(&top, &reply(200, priced)).unwrap();
    assert_eq!((book.bid, book.ask), (dec!(34413.1), dec!(0)));

    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_688_008_631_614));
    read(&Ping {}, fixture!("time")).unwrap();
    // The clock is not set by a stray reply.
    for stray in [fixture!("order"), fixture!("cancel"), fixture!("ticker"), fixture!("query")] {
        assert_eq!(read(&ServerTime {}, stray).unwrap_err().fate(), Fate::Unknown);
    }
}

/// What is not one whole reply of the venue says nothing.
#[test]
fn a_reply_that_is_none_is_unknown() {
    let good = body(fixture!("order"));
    let deep = good.replace(r#""msg""#, &format!(r#""new":{}{},"msg""#, "[".repeat(64), "]".repeat(64)));
    let doubled = |key: &str, value: &str| good.replacen('{', &format!("{{{key:?}:{value:?},"), 1);
    let inner = |key: &str, value: &str| good.replace(r#""data":{"#, &format!(r#""data":{{{key:?}:{value:?},"#));
    for bad in [
        deep,
        format!("{good}{good}"),
        doubled("code", "00000"),
        inner("orderId", "1001"),
        inner("clientOid", "121211212122"),
        good.replace(r#""code":"00000","#, ""),
        good.replace(r#""orderId":"1001","#, ""),
        good.replace(r#""clientOid":"121211212122""#, r#""clientOid":null"#),
        good.replace("121211212122", "121211212123"),
        r#"{"code":"00000","data":null,"msg":"success"}"#.into(),
        r#"{"code":"00000","data":[],"msg":"success"}"#.into(),
        r#"{"code":"00000","msg":"success"}"#.into(),
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
        for fixture in [fixture!("order"), fixture!("batch_cancel"), fixture!("query"), fixture!("symbols"), fixture!("fills")] {
            let mut body = body(fixture).as_bytes().to_vec();
            let at = at.index(body.len());
            body[at] = byte;
            if cut {
                body.truncate(at);
            }
            let reply = reply(200, &body);
            let _ = read(&order(), &reply);
            let _ = read(&PlaceBatch { orders: &[order(), order_of("b")] }, &reply);
            let _ = read(&QueryOrder { order: order().order() }, &reply);
            let _ = read(&QueryOrder { order: order().order().in_history() }, &reply);
            let _ = read(&OpenOrders { symbol: None, triggers: false }, &reply);
            let _ = read(&GetFills { symbol: symbol("BTCUSDT"), since: FillsSince::Recent }, &reply);
            let _ = read(&GetInstruments {}, &reply);
            let _ = classify(200, &body);
        }
    }
}
