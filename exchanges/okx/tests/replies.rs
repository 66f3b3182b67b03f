//! Every documented reply of OKX as it is read, and what becomes of replies that no document has.

use orderwire_okx::errors::classify;
use orderwire_okx::orderwire::error::DecodeError;
use orderwire_okx::orderwire::http::response::ResponseReader;
use orderwire_okx::orderwire::venue::{
    AmendBatch, Balances, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument,
    GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_okx::{
    AccountMode, AckStage, AmendOrder, ClientOrderId, ClosePosition, Fate, FillsSince, GetAccountConfig, GetOrderRate,
    Liquidity, MarginMode, MassCancel, NewOrder, OkxVenue, OrderId, OrderRef, OrderStatus, PositionMode, PositionSide,
    RejectKind, RestError, SetLeverage, SetPositionMode, Side, Symbol, Timestamp, dec,
};
use proptest::prelude::*;
use std::time::Duration;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<OkxVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
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

fn btc() -> Symbol {
    symbol("BTC-USDT")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

/// The order that the documents' answers are about.
fn order() -> NewOrder {
    NewOrder::limit(id("oktswap6"), btc(), Side::Buy, dec!(2), dec!(2.15))
}

fn order_id(number: u64) -> OrderId {
    OrderId::from(number)
}

/// One order's answer, in a reply whose own code is `whole`.
fn answered(whole: &str, code: &str, text: &str) -> Vec<u8> {
    let order_id = if code == "0" { "12345689" } else { "" };
    reply(
        200,
        format!(
            r#"{{"code":"{whole}","data":[{{"clOrdId":"oktswap6","ordId":"{order_id}","tag":"","ts":"1695190491421","sCode":"{code}","sMsg":"{text}","subCode":""}}],"inTime":"1","msg":"","outTime":"2"}}"#
        ),
    )
}

#[test]
fn a_new_order_is_received() {
    let ack = read(&order(), fixture!("order")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (order().id, order_id(12_345_689), AckStage::Received));
    assert_eq!((ack.status, ack.executed, ack.unread), (None, None, None));
    assert_eq!(ack.transact_time, Some(Timestamp::from_ms(1_695_190_491_421)));
    assert!(!ack.order().has_trigger);
    // "All done" needs no word on each.
    let without = body(fixture!("order")).replace(r#""sCode":"0","#, "");
    assert!(read(&order(), &reply(200, without)).is_ok());
    read(&TestOrder { order: order() }, fixture!("precheck")).unwrap();
    read(&Ping {}, fixture!("time")).unwrap();
}

/// The document's answer has no client order id, since its order had none.
#[test]
fn an_order_with_a_trigger_is_received() {
    let trigger = NewOrder::stop_market(id("stop1"), btc(), Side::Sell, dec!(2), dec!(2));
    let named = body(fixture!("algo_order")).replace(r#""algoClOrdId":"""#, r#""algoClOrdId":"stop1""#);
    let ack = read(&trigger, &reply(200, &named)).unwrap();
    assert_eq!((ack.order_id, ack.stage, ack.has_trigger), (order_id(12_345_689), AckStage::Received, true));
    assert!(ack.order().has_trigger);
    assert_eq!(read(&trigger, fixture!("algo_order")).unwrap_err(), DecodeError::OtherOrder.into());
    // One reply is none for the other kind of order.
    assert_eq!(read(&trigger, fixture!("order")).unwrap_err().fate(), Fate::Unknown);
    assert_eq!(read(&order(), fixture!("algo_order")).unwrap_err().fate(), Fate::Unknown);
}

/// What an order's own code says goes before what the reply's says.
#[test]
fn a_rejection_stands_within_a_reply_that_says_200() {
    for (code, kind, fate) in [
        ("51008", RejectKind::Balance, Fate::Rejected),
        ("51016", RejectKind::DuplicateId, Fate::Rejected),
        ("51121", RejectKind::InstrumentRule, Fate::Rejected),
        ("50036", RejectKind::Timestamp, Fate::Rejected),
        ("50061", RejectKind::RateLimited, Fate::Rejected),
        ("51169", RejectKind::ReduceOnly, Fate::Rejected),
        ("51149", RejectKind::Unavailable, Fate::Unknown),
        ("51054", RejectKind::Unavailable, Fate::Unknown),
        ("77777", RejectKind::Other, Fate::Unknown),
    ] {
        for whole in ["0", "1", "2"] {
            let error = read(&order(), &answered(whole, code, "why not")).unwrap_err();
            assert_eq!((error.kind(), error.fate()), (kind, fate), "{code}");
            let answer = error.answer().unwrap();
            assert_eq!((answer.code, answer.text.as_str()), (Some(code.parse().unwrap()), "why not"));
        }
    }
    // All failed, and this one did not: nobody knows.
    assert_eq!(read(&order(), &answered("1", "0", "")).unwrap_err().fate(), Fate::Unknown);
    assert!(read(&order(), &answered("2", "0", "")).is_ok());
    assert!(read(&order(), &answered("0", "0", "Order placed")).is_ok());
    // A refusal that names another order is about another order.
    let other = String::from_utf8(answered("1", "51008", "")).unwrap().replace("oktswap6", "oktswap7");
    assert_eq!(read(&order(), other.as_bytes()).unwrap_err(), DecodeError::OtherOrder.into());
    // One that names none is ours.
    let nameless = body(&answered("1", "51008", "")).replace(r#""oktswap6""#, r#""""#);
    assert_eq!(read(&order(), &reply(200, nameless)).unwrap_err().fate(), Fate::Rejected);
}

#[test]
fn a_reply_that_is_refused_as_a_whole() {
    for (status, code, kind, fate) in [
        (200, "50011", RejectKind::RateLimited, Fate::Rejected),
        (429, "50011", RejectKind::RateLimited, Fate::Rejected),
        (429, "50013", RejectKind::Unavailable, Fate::Rejected),
        (400, "50004", RejectKind::Unavailable, Fate::Unknown),
        (400, "51000", RejectKind::Malformed, Fate::Rejected),
        (401, "50113", RejectKind::Signature, Fate::Rejected),
        (401, "50102", RejectKind::Timestamp, Fate::Rejected),
        (401, "50101", RejectKind::Auth, Fate::Rejected),
        (200, "50119", RejectKind::Auth, Fate::Rejected),
        (500, "50026", RejectKind::Unavailable, Fate::Unknown),
        (500, "51149", RejectKind::Unavailable, Fate::Unknown),
        (503, "50001", RejectKind::Unavailable, Fate::Unknown),
        (500, "51000", RejectKind::Malformed, Fate::Unknown),
        (200, "1", RejectKind::Unavailable, Fate::Unknown),
        (200, "2", RejectKind::Unavailable, Fate::Unknown),
        (400, "77777", RejectKind::Other, Fate::Unknown),
    ] {
        let text = format!(r#"{{"msg":"in its words","code":"{code}","data":[]}}"#);
        let error = read(&order(), &reply(status, &text)).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status} {code}");
        assert_eq!(classify(status, text.as_bytes()), Some(error));
        let cancel = CancelOrder { order: order().order() };
        assert_eq!(read(&cancel, &reply(status, &text)).unwrap_err(), error);
        assert_eq!(read(&PlaceBatch { orders: &[order()] }, &reply(status, &text)).unwrap_err(), error);
        assert_eq!(read(&Balances {}, &reply(status, &text)).unwrap_err(), error);
    }
    for (status, kind, fate) in [
        (403, RejectKind::Banned, Fate::Rejected),
        (429, RejectKind::RateLimited, Fate::Rejected),
        (404, RejectKind::Other, Fate::Unknown),
        (302, RejectKind::Other, Fate::Unknown),
        (502, RejectKind::Unavailable, Fate::Unknown),
    ] {
        let error = read(&order(), &reply(status, "<html>")).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status}");
    }
    // Of raw calls: a reply about one order is judged by what it says of that order.
    assert_eq!(classify(200, body(fixture!("order")).as_bytes()), None);
    let refused = classify(200, body(&answered("1", "51008", "no")).as_bytes()).unwrap();
    assert_eq!((refused.kind(), refused.fate()), (RejectKind::Balance, Fate::Rejected));
    assert_eq!(classify(200, body(&answered("1", "0", "")).as_bytes()).unwrap().fate(), Fate::Unknown);
    assert_eq!(classify(200, b"{}").unwrap().fate(), Fate::Unknown);
}

#[test]
fn each_order_of_a_batch_has_a_fate_of_its_own() {
    let orders = [order(), order().with_id(id("oktswap7"))];
    let call = PlaceBatch { orders: &orders };
    let batch = read(&call, fixture!("batch_place")).unwrap();
    let ids: Vec<_> = batch.iter().map(|ack| ack.as_ref().unwrap().order_id).collect();
    assert_eq!(ids, [order_id(12_345_689), order_id(12_344)]);
    assert!(!call.leaves_doubt(&batch, 0) && call.leaves_doubt(&batch, 2));

    // One refused, and one in doubt, in the other order: the ids tell them apart.
    let two = |first: (&str, &str), second: (&str, &str)| {
        let one = |(name, code): (&str, &str)| {
            let order_id = if code == "0" { "12345689" } else { "" };
            format!(r#"{{"clOrdId":"{name}","ordId":"{order_id}","tag":"","sCode":"{code}","sMsg":"as it is"}}"#)
        };
        reply(200, format!(r#"{{"code":"2","data":[{},{}],"msg":""}}"#, one(first), one(second)))
    };
    let batch = read(&call, &two(("oktswap7", "0"), ("oktswap6", "51008"))).unwrap();
    assert_eq!(batch[0].as_ref().unwrap_err().kind(), RejectKind::Balance);
    assert_eq!(batch[1].as_ref().unwrap().id, orders[1].id);
    let batch = read(&call, &two(("oktswap6", "51149"), ("oktswap7", "51016"))).unwrap();
    assert_eq!(batch[0].as_ref().unwrap_err().fate(), Fate::Unknown);
    assert!(call.leaves_doubt(&batch, 0) && call.leaves_doubt(&batch, 1));
    // A refusal without ids is that of the order at its place.
    let batch = read(&call, &two(("oktswap7", "0"), ("", "51008"))).unwrap_err();
    assert_eq!(batch.fate(), Fate::Unknown, "the first place has the second order's answer, and the second none's");
    let batch = read(&call, &two(("", "51008"), ("oktswap7", "0"))).unwrap();
    assert_eq!((batch[0].as_ref().unwrap_err().kind(), batch[1].is_ok()), (RejectKind::Balance, true));
    // Another order, or too few, and nobody knows of any.
    for spoiled in [two(("oktswap6", "0"), ("oktswap8", "0")), two(("oktswap6", "0"), ("oktswap6", "0"))] {
        assert_eq!(read(&call, &spoiled).unwrap_err(), DecodeError::OtherOrder.into());
    }
    assert_eq!(read(&call, fixture!("order")).unwrap_err().fate(), Fate::Unknown);
    assert_eq!(read(&order(), fixture!("batch_place")).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn cancels_and_changes_are_received() {
    let by_id = OrderRef::by_id(btc(), id("oktswap6"));
    let ack = read(&CancelOrder { order: by_id }, fixture!("cancel")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (by_id.id, Some(order_id(12_345_689)), AckStage::Received));
    let by_order_id = OrderRef::by_order_id(btc(), order_id(12_345_689));
    let ack = read(&CancelOrder { order: by_order_id }, fixture!("cancel")).unwrap();
    assert_eq!(ack.id, by_id.id);
    let other = OrderRef::by_order_id(btc(), order_id(1));
    assert_eq!(read(&CancelOrder { order: other }, fixture!("cancel")).unwrap_err(), DecodeError::OtherOrder.into());
    let gone = reply(
        200,
        r#"{"code":"1","data":[{"clOrdId":"","ordId":"12345689","sCode":"51400","sMsg":"Cancellation failed"}],"msg":""}"#,
    );
    let error = read(&CancelOrder { order: by_order_id }, &gone).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    let late = String::from_utf8(gone).unwrap().replace("51400", "51412");
    assert_eq!(read(&CancelOrder { order: by_order_id }, late.as_bytes()).unwrap_err().fate(), Fate::Unknown);

    let trigger = OrderRef::by_order_id(btc(), order_id(1_836_489_397_437_468_672)).with_trigger();
    let ack = read(&CancelOrder { order: trigger }, fixture!("algo_cancel")).unwrap();
    assert_eq!((ack.order_id, ack.id), (trigger.order_id, None));
    // The answer to a cancel by client order id has the venue's id alone.
    let ack = read(&CancelOrder { order: by_id.with_trigger() }, fixture!("algo_cancel")).unwrap();
    assert_eq!((ack.order_id, ack.id), (trigger.order_id, by_id.id));

    let orders = [by_id, OrderRef::by_order_id(btc(), order_id(12_344))];
    let batch = read(&CancelBatch { orders: &orders }, fixture!("batch_cancel")).unwrap();
    assert_eq!(batch.iter().filter(|ack| ack.is_ok()).count(), 2);

    let order = OrderRef::by_order_id(btc(), order_id(12_344));
    let change = AmendOrder { order, new_id: None, quantity: Some(dec!(2)), price: None, side: None };
    let ack = read(&change, fixture!("amend")).unwrap();
    assert_eq!((ack.order_id, ack.state.is_none()), (Some(order_id(12_344)), true));
    let changes = [AmendOrder { order: by_id, ..change }, change];
    let batch = read(&AmendBatch { changes: &changes }, fixture!("batch_amend")).unwrap();
    assert_eq!(batch.iter().filter(|ack| ack.is_ok()).count(), 2);
}

#[test]
fn how_an_order_stands() {
    let order = OrderRef::by_order_id(btc(), order_id(680_800_019_749_904_384));
    let state = read(&QueryOrder { order }, fixture!("query")).unwrap();
    assert_eq!((state.status, state.word.as_str(), state.executed), (OrderStatus::Filled, "filled", dec!(0.00192834)));
    assert_eq!((state.side, state.price, state.id), (Some(Side::Buy), None, None));
    // It was for 100 USDT, which is no quantity.
    assert_eq!(state.quantity, None);
    assert_eq!(state.updated, Some(Timestamp::from_ms(1_708_587_373_362)));
    for (word, status) in [
        ("live", OrderStatus::New),
        ("partially_filled", OrderStatus::PartiallyFilled),
        ("canceled", OrderStatus::Cancelled),
        ("mmp_canceled", OrderStatus::Cancelled),
        ("word_of_tomorrow", OrderStatus::Other),
    ] {
        let body = body(fixture!("query")).replace("\"filled\"", &format!("{word:?}"));
        assert_eq!(read(&QueryOrder { order }, &reply(200, body)).unwrap().status, status);
    }
    let other = OrderRef::by_order_id(btc(), order_id(1));
    assert_eq!(read(&QueryOrder { order: other }, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    let elsewhere = OrderRef::by_order_id(symbol("ETH-USDT"), order.order_id.unwrap());
    assert_eq!(read(&QueryOrder { order: elsewhere }, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    let by_id = OrderRef::by_id(btc(), id("oktswap6"));
    assert_eq!(read(&QueryOrder { order: by_id }, fixture!("query")).unwrap_err(), DecodeError::OtherOrder.into());
    let none = reply(200, r#"{"code":"51603","data":[],"msg":"Order does not exist"}"#);
    let error = read(&QueryOrder { order }, &none).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::UnknownOrder, Fate::Rejected));

    let trigger = OrderRef::by_order_id(btc(), order_id(1_753_184_812_254_216_192)).with_trigger();
    let state = read(&QueryOrder { order: trigger }, fixture!("algo_query")).unwrap();
    assert_eq!((state.status, state.became, state.price), (OrderStatus::Pending, None, None));
    let triggered = body(fixture!("algo_query"))
        .replace(r#""state":"live""#, r#""state":"effective""#)
        .replace(r#""ordIdList":[]"#, r#""ordIdList":["77"]"#);
    let state = read(&QueryOrder { order: trigger }, &reply(200, triggered)).unwrap();
    assert_eq!(
        (state.status, state.became, state.word.as_str()),
        (OrderStatus::Other, Some(order_id(77)), "effective")
    );
    assert!(state.has_trigger);
}

#[test]
fn lists_of_orders_come_in_parts() {
    let list = OpenOrders { symbol: Some(btc()), triggers: false };
    let orders = read(&list, fixture!("open_orders")).unwrap();
    assert_eq!((orders.len(), orders[0].status, orders[0].quantity), (1, OrderStatus::New, Some(dec!(0.001))));
    let triggers = OpenOrders { symbol: None, triggers: true };
    assert_eq!(read(&triggers, fixture!("algo_open_orders")).unwrap()[0].symbol, btc());
    let next = |list: &OpenOrders, reply: &[u8]| {
        list.next_page(&ResponseReader::new(1 << 20).replay(reply).unwrap()).unwrap().map(|it| it.as_str().to_owned())
    };
    assert_eq!(next(&list, fixture!("open_orders")), None);
    let one = body(fixture!("open_orders"));
    let (start, end) = (one.find('[').unwrap() + 1, one.rfind(']').unwrap());
    let order = &one[start..end];
    let full = format!("{}{}{}", &one[..start], vec![order; 100].join(","), &one[end..]);
    assert_eq!(next(&list, &reply(200, full)), Some("1752588852617379840".into()));
}

#[test]
fn the_account() {
    let balances = read(&Balances {}, fixture!("balance")).unwrap();
    let usdt = balances[0];
    assert_eq!((usdt.asset.as_str(), usdt.free, usdt.locked), ("USDT", dec!(4834.317093622894), dec!(158.573)));
    let positions = read(&GetPositions { symbol: None }, fixture!("positions")).unwrap();
    let long = positions[0];
    assert_eq!((long.symbol, long.side, long.quantity), (btc(), PositionSide::Net, dec!(0.00190433573)));
    assert_eq!((long.entry_price, long.mark_price), (Some(dec!(62961.4)), Some(dec!(62891.9))));
    let with = |edits: &[(&str, &str)]| {
        let edited = edits.iter().fold(body(fixture!("positions")).to_owned(), |body, (a, b)| body.replace(a, b));
        read(&GetPositions { symbol: None }, &reply(200, edited)).unwrap()
    };
    // Short on margin: the asset is the quote coin, and what it owes is the position.
    let short = with(&[
        (r#""posCcy":"BTC""#, r#""posCcy":"USDT""#),
        (r#""liabCcy":"USDT""#, r#""liabCcy":"BTC""#),
        (r#""liab":"-99.9998177776581948""#, r#""liab":"-0.002""#),
    ]);
    assert_eq!(short[0].quantity, dec!(-0.002));
    // Short in hedge mode: the venue has no sign.
    let hedge = with(&[("\"MARGIN\"", "\"SWAP\""), (r#""posSide":"net""#, r#""posSide":"short""#)]);
    assert_eq!((hedge[0].side, hedge[0].quantity), (PositionSide::Short, dec!(-0.00190433573)));
    assert_eq!(with(&[(r#""pos":"0.00190433573""#, r#""pos":"0""#)]), []);

    let fills = read(&GetFills { symbol: btc(), since: FillsSince::Recent }, fixture!("fills")).unwrap();
    let fill = fills[0];
    assert_eq!((fill.fill.price, fill.fill.quantity), (dec!(51858), dec!(0.00192834)));
    // Below zero in the venue's words: paid.
    assert_eq!((fill.fill.commission, fill.fill.commission_asset.as_str()), (Some(dec!(0.00000192834)), "BTC"));
    assert_eq!(
        (fill.side, fill.liquidity, fill.fill.trade_id),
        (Some(Side::Buy), Some(Liquidity::Taker), Some(744_876_980))
    );
    assert_eq!(fill.id.unwrap().as_str(), "744876980");
    let other = GetFills { symbol: symbol("ETH-USDT"), since: FillsSince::Recent };
    assert_eq!(read(&other, fixture!("fills")).unwrap_err(), DecodeError::OtherOrder.into());
    let rates = read(&GetFeeRates { symbol: btc() }, fixture!("fee_rates")).unwrap();
    assert_eq!((rates.buy, rates.sell), ((dec!(0.0008), dec!(0.001)), (dec!(0.0008), dec!(0.001))));
    let config = read(&GetAccountConfig {}, fixture!("account_config")).unwrap();
    assert_eq!((config.mode, config.position_mode), (AccountMode::Futures, PositionMode::Hedge));
    let rate = read(&GetOrderRate {}, fixture!("order_rate")).unwrap();
    assert_eq!((rate.limit, rate.next), (2_000, Some(2_000)));
}

#[test]
fn what_is_set_is_answered() {
    let swap = symbol("BTC-USDT-SWAP");
    let (margin_mode, position_side) = (MarginMode::Isolated, PositionSide::Long);
    let set = SetLeverage { symbol: swap, leverage: dec!(30), margin_mode, position_side };
    assert_eq!(read(&set, fixture!("leverage")).unwrap().leverage, dec!(30));
    let other = SetLeverage { symbol: btc(), ..set };
    assert_eq!(read(&other, fixture!("leverage")).unwrap_err(), DecodeError::OtherOrder.into());
    read(&SetPositionMode { mode: PositionMode::Hedge }, fixture!("position_mode")).unwrap();
    assert!(read(&SetPositionMode { mode: PositionMode::OneWay }, fixture!("position_mode")).is_err());
    let (cancel_closing, margin_coin) = (false, None);
    let close = ClosePosition { symbol: swap, margin_mode, position_side, cancel_closing, margin_coin };
    read(&close, fixture!("close_position")).unwrap();
    let after = |after| CancelAllAfter { symbol: None, after };
    let minute = Some(Duration::from_secs(60));
    read(&after(minute), fixture!("cancel_all_after")).unwrap();
    assert_eq!(read(&after(None), fixture!("cancel_all_after")).unwrap_err().fate(), Fate::Unknown);
    let off = body(fixture!("cancel_all_after")).replace("1587971460", "0");
    read(&after(None), &reply(200, &off)).unwrap();
    assert_eq!(read(&after(minute), &reply(200, off)).unwrap_err().fate(), Fate::Unknown);
    let mass = MassCancel { family: symbol("BTC-USD"), lock: Duration::ZERO };
    read(&mass, fixture!("mass_cancel")).unwrap();
    let failed = body(fixture!("mass_cancel")).replace("true", "false");
    assert_eq!(read(&mass, &reply(200, failed)).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn the_market() {
    let rules = read(&GetInstrument { symbol: btc() }, fixture!("instruments")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.1), dec!(0.00000001), dec!(0.00001)));
    assert_eq!((rules.quantity_max, rules.market_quantity_max), (Some(dec!(9999999999)), None));
    assert_eq!((rules.contract_size, rules.is_trading), (dec!(1), true));
    assert_eq!(read(&GetInstruments {}, fixture!("instruments")).unwrap(), [rules]);
    let swap = [
        ("\"SPOT\"", "\"SWAP\""),
        ("\"BTC-USDT\"", "\"BTC-USDT-SWAP\""),
        (r#""ctMult":"""#, r#""ctMult":"1""#),
        (r#""ctVal":"""#, r#""ctVal":"0.01""#),
        (r#""maxMktSz":"""#, r#""maxMktSz":"12000""#),
        ("\"live\"", "\"suspend\""),
    ]
    .iter()
    .fold(body(fixture!("instruments")).to_owned(), |body, (a, b)| body.replace(a, b));
    let rules = read(&GetInstrument { symbol: symbol("BTC-USDT-SWAP") }, &reply(200, swap)).unwrap();
    assert_eq!((rules.contract_size, rules.market_quantity_max), (dec!(0.01), Some(dec!(12000))));
    assert!(!rules.is_trading);
    let error = read(&GetInstrument { symbol: symbol("ETH-USDT") }, fixture!("instruments")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    let top = GetTopOfBook { symbol: symbol("BTC-USD-SWAP") };
    let book = read(&top, fixture!("ticker")).unwrap();
    assert_eq!((book.bid, book.bid_quantity), (dec!(56959), dec!(4552)));
    assert_eq!((book.ask, book.ask_quantity), (dec!(56959.1), dec!(10582)));
    let empty = body(fixture!("ticker")).replace("56959.1", "").replace("10582", "");
    assert_eq!(read(&top, &reply(200, empty)).unwrap().ask, dec!(0));
    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_597_026_383_085));
    // Answers to other requests have a time by the same name: the clock is not set by a stray one.
    for stray in [fixture!("order"), fixture!("cancel"), fixture!("cancel_all_after"), fixture!("ticker")] {
        assert_eq!(read(&ServerTime {}, stray).unwrap_err(), DecodeError::OtherOrder.into());
    }
}

/// What a later version of the venue may send.
#[test]
fn what_is_new_to_us_does_not_undo_a_yes() {
    let more = body(fixture!("order")).replace(r#""tag":"""#, r#""tag":{"a":[1,{"b":null}]},"new":"x""#);
    assert!(read(&order(), &reply(200, more)).is_ok());
    let odd = body(fixture!("order")).replace("1695190491421", "not a time");
    assert_eq!(read(&order(), &reply(200, odd)).unwrap().transact_time, None);
    let word = body(fixture!("order")).replace(r#""ordId":"12345689""#, r#""ordId":"a-b-c""#);
    assert_eq!(read(&order(), &reply(200, word)).unwrap().order_id.as_str(), "a-b-c");
}

/// What is not one whole reply of the venue says nothing.
#[test]
fn a_reply_that_is_none_is_unknown() {
    let good = body(fixture!("order"));
    let deep = good.replace(r#""tag":"""#, &format!(r#""tag":{}{}"#, "[".repeat(64), "]".repeat(64)));
    let doubled = |key: &str, value: &str| good.replacen('{', &format!("{{{key:?}:{value:?},"), 1);
    let inner = |key: &str, value: &str| good.replace("[{", &format!("[{{{key:?}:{value:?},"));
    for bad in [
        deep,
        format!("{good}{good}"),
        doubled("code", "0"),
        inner("sCode", "0"),
        inner("ordId", "12345689"),
        inner("clOrdId", "oktswap6"),
        good.replace(r#""code":"0","#, ""),
        good.replace("[{", "[{},{"),
        r#"{"code":"0","data":[],"msg":""}"#.into(),
        r#"{"code":"0","data":{},"msg":""}"#.into(),
        good.replace(r#""clOrdId":"oktswap6","#, ""),
        good.replace(r#""ordId":"12345689","#, ""),
        good.replace("oktswap6", "oktswap7"),
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
        for fixture in [fixture!("order"), fixture!("batch_place"), fixture!("query"), fixture!("balance"), fixture!("fills")] {
            let mut body = body(fixture).as_bytes().to_vec();
            let at = at.index(body.len());
            body[at] = byte;
            if cut {
                body.truncate(at);
            }
            let reply = reply(200, &body);
            let _ = read(&order(), &reply);
            let _ = read(&PlaceBatch { orders: &[order(), order().with_id(id("oktswap7"))] }, &reply);
            let _ = read(&QueryOrder { order: order().order() }, &reply);
            let _ = read(&OpenOrders { symbol: None, triggers: false }, &reply);
            let _ = read(&Balances {}, &reply);
            let _ = read(&GetFills { symbol: btc(), since: FillsSince::Recent }, &reply);
            let _ = classify(200, &body);
        }
    }
}
