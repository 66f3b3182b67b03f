//! Every documented reply of USD-M futures as it is read, and what becomes of replies that no document has.

use orderwire_binance::orderwire::error::DecodeError;
use orderwire_binance::orderwire::http::response::ResponseReader;
use orderwire_binance::orderwire::venue::{
    AmendBatch, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills,
    GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime,
    TestOrder,
};
use orderwire_binance::usdm::{
    GetAccount, GetOpenOrder, GetOrderLimits, GetPositionMode, MarginType, PositionMode, SetLeverage, SetMarginType,
    SetPositionMode, UsdmAmend,
};
use orderwire_binance::{
    AckStage, AmendOrder, ClientOrderId, Fate, FillsSince, Liquidity, NewOrder, OrderId, OrderRef, OrderStatus,
    PositionSide, RejectKind, ResponseType, RestError, Side, Symbol, Timestamp, UsdmOrder, UsdmVenue, dec,
};
use proptest::prelude::*;
use std::time::Duration;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/usdm/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<UsdmVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
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
    symbol("BTCUSDT")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

/// The order that the document's answer to a new order is about.
fn order() -> NewOrder {
    NewOrder::market(id("testOrder"), btc(), Side::Buy, dec!(10))
}

/// The one of its answer to a new algo order.
fn trigger() -> NewOrder {
    let (id, bnb) = (id("6B2I9XVcJpCjqPAJ4YoFX7"), symbol("BNBUSDT"));
    NewOrder::take_profit_limit(id, bnb, Side::Sell, dec!(0.01), dec!(750), dec!(750))
}

#[test]
fn a_new_order_is_taken() {
    let ack = read(&order(), fixture!("order")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (order().id, OrderId::from(22_542_179), AckStage::Working));
    assert_eq!((ack.status.unwrap().as_str(), ack.executed, ack.executed_quote), ("NEW", Some(dec!(0)), Some(dec!(0))));
    assert_eq!(ack.transact_time, Some(Timestamp::from_ms(1_566_818_724_722)));
    assert_eq!((ack.has_trigger, ack.order().has_trigger), (false, false));

    // The specification of 2026-07 has no `avgPrice` and no `cumQuote` there.
    let body =
        body(fixture!("order")).replace(r#""cumQuote":"0","#, "").replace(r#""status":"NEW""#, r#""status":"FILLED""#);
    let ack = read(&order(), &reply(200, &body)).unwrap();
    assert_eq!((ack.stage, ack.executed_quote), (AckStage::Done(OrderStatus::Filled), None));

    // With ACK the venue says NEW and 0 whatever comes of the order.
    let ack = read(&UsdmOrder::new(order()).response(ResponseType::Ack), fixture!("order")).unwrap();
    assert_eq!((ack.stage, ack.executed, ack.status.unwrap().as_str()), (AckStage::Received, None, "NEW"));

    read(&TestOrder { order: order() }, fixture!("order_test")).unwrap();
    read(&Ping {}, fixture!("ping")).unwrap();
}

#[test]
fn an_order_with_a_trigger_is_taken() {
    let ack = read(&trigger(), fixture!("algo_order")).unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (trigger().id, OrderId::from(2_146_760), AckStage::Working));
    assert_eq!((ack.status.unwrap().as_str(), ack.executed), ("NEW", None));
    assert_eq!(ack.transact_time, Some(Timestamp::from_ms(1_750_485_492_076)));
    let named = ack.order();
    assert!(named.has_trigger && named.order_id == Some(ack.order_id));
    for (there, other) in [("6B2I9XVcJpCjqPAJ4YoFX7", "another"), ("BNBUSDT", "BTCUSDT")] {
        let body = body(fixture!("algo_order")).replace(there, other);
        assert_eq!(read(&trigger(), &reply(200, body)).unwrap_err(), DecodeError::OtherOrder.into());
    }
    // One reply is none for the other kind of order.
    assert_eq!(read(&trigger(), fixture!("order")).unwrap_err().fate(), Fate::Unknown);
    assert_eq!(read(&order(), fixture!("algo_order")).unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn each_order_of_a_batch_has_a_fate_of_its_own() {
    let orders = [order(), order().with_id(id("second")).reduce_only()];
    let batch = read(&PlaceBatch { orders: &orders }, fixture!("batch_place")).unwrap();
    assert_eq!(batch.len(), 2);
    let ack = batch[0].as_ref().unwrap();
    assert_eq!((ack.id, ack.order_id, ack.stage), (orders[0].id, OrderId::from(22_542_179), AckStage::Working));
    let error = batch[1].as_ref().unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::ReduceOnly));
    assert_eq!(error.answer().unwrap().text.as_str(), "ReduceOnly Order is rejected.");

    let details = orders.map(UsdmOrder::new).map(|order| order.response(ResponseType::Ack));
    let batch = read(&PlaceBatch { orders: &details }, fixture!("batch_place")).unwrap();
    assert_eq!(batch[0].as_ref().unwrap().stage, AckStage::Received);

    let change = |order| AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: None, side: None };
    let changes = [id("LJ9R4QZDihCaS8UAOOLpgW"), id("second")].map(|id| change(OrderRef::by_id(btc(), id)));
    let batch = read(&AmendBatch { changes: &changes }, fixture!("batch_modify")).unwrap();
    assert_eq!(batch[0].as_ref().unwrap().price, Some(dec!(30005)));
    assert_eq!(batch[1].as_ref().unwrap_err().kind(), RejectKind::ReduceOnly);
    let batch = read(&AmendBatch { changes: &changes.map(UsdmAmend::new) }, fixture!("batch_modify")).unwrap();
    assert!(batch[0].is_ok() && batch[1].is_err());

    let orders = [OrderRef::by_id(btc(), id("myOrder1")), OrderRef::by_id(btc(), id("second"))];
    let batch = read(&CancelBatch { orders: &orders }, fixture!("batch_cancel")).unwrap();
    assert_eq!(batch[0].as_ref().unwrap().order_id, Some(OrderId::from(283_194_212)));
    let error = batch[1].as_ref().unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
}

#[test]
fn which_orders_of_a_batch_stay_in_doubt() {
    let orders = [order(), order().with_id(id("second"))];
    let batch = PlaceBatch { orders: &orders };
    let placed: Vec<_> = batch.creates().map(|order| order.id).collect();
    assert_eq!(placed, [Some(orders[0].id), Some(orders[1].id)]);
    let text = body(fixture!("batch_place"));
    for (code, msg, in_doubt) in [
        (-2022, "ReduceOnly Order is rejected.", false),
        (-2019, "Margin is insufficient.", false),
        (-1008, "Request throttled by system-level protection. Please try again.", false),
        (-1001, "Internal error; unable to process your request. Please try again.", false),
        (-1000, "An unknown error occured while processing the request.", true),
        (-1007, "Timeout waiting for response from backend server.", true),
        (-4116, "ClientOrderId is duplicated.", true),
        (-9999, "Something new.", true),
    ] {
        let text = text.replace("-2022", &code.to_string()).replace("ReduceOnly Order is rejected.", msg);
        let reply = read(&batch, &reply(200, text)).unwrap();
        assert_eq!([0, 1].map(|place| batch.leaves_doubt(&reply, place)), [false, in_doubt], "{code}");
    }
}

#[test]
fn a_batch_that_cannot_be_told_is_unknown() {
    let orders = [order(), order().with_id(id("second"))];
    let batch = PlaceBatch { orders: &orders };
    let text = body(fixture!("batch_place"));
    let one = &text[..text.find("},{").unwrap() + 1].trim_start_matches('[').to_owned();
    let another = one.replace("testOrder", "second");
    for (body, why) in [
        ("[]".to_owned(), "none"),
        (format!("[{one}]"), "one for two"),
        (format!("[{one},{another},{one}]"), "three for two"),
        (format!("[{another},{one}]"), "in another order"),
        (format!("[{one},{}]", one.replace("testOrder", "third")), "another order's"),
        (format!("[{one},{}]", another.replace("BTCUSDT", "ETHUSDT")), "another instrument's"),
        ("{}".to_owned(), "no array"),
        (text[..text.len() - 1].to_owned(), "cut"),
    ] {
        let error = read(&batch, &reply(200, body)).unwrap_err();
        assert!(matches!(error, RestError::Decode(_)), "{why}: {error}");
    }
    // One that cannot be read takes nothing from the others.
    for broken in ["7", "{}", "null", r#"{"clientOrderId":"second","orderId":1.5}"#, r#"{"clientOrderId":"second"}"#] {
        let reply = read(&batch, &reply(200, format!("[{one},{broken}]"))).unwrap();
        assert!(reply[0].is_ok(), "{broken}");
        assert_eq!(reply[1].as_ref().unwrap_err().fate(), Fate::Unknown, "{broken}");
        assert!(batch.leaves_doubt(&reply, 1) && !batch.leaves_doubt(&reply, 0));
    }
    // Refused as a whole.
    let error =
        read(&batch, &reply(400, r#"{"code":-4082,"msg":"Invalid number of batch place orders."}"#)).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Malformed));
    for (code, msg) in [(-4083, "Fail to place batch orders."), (-1007, "Timeout.")] {
        let error = read(&batch, &reply(400, format!(r#"{{"code":{code},"msg":"{msg}"}}"#))).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{msg}");
    }
}

#[test]
fn an_order_is_cancelled() {
    let by_id = OrderRef::by_id(btc(), id("myOrder1"));
    for order in [by_id, OrderRef::by_order_id(btc(), OrderId::from(283_194_212))] {
        let ack = read(&CancelOrder { order }, fixture!("cancel")).unwrap();
        assert_eq!((ack.id, ack.order_id), (by_id.id, Some(OrderId::from(283_194_212))));
        assert_eq!((ack.status.unwrap().as_str(), ack.executed), ("CANCELED", Some(dec!(0))));
    }
    for other in [
        OrderRef::by_id(btc(), id("myOrder2")),
        OrderRef::by_order_id(btc(), OrderId::from(1)),
        OrderRef::by_id(symbol("ETHUSDT"), id("myOrder1")),
    ] {
        assert_eq!(
            read(&CancelOrder { order: other }, fixture!("cancel")).unwrap_err(),
            DecodeError::OtherOrder.into()
        );
    }

    // The answer to a cancel of a trigger says 200 as text, and names no instrument.
    let by_id = trigger().order();
    for order in [by_id, OrderRef::by_order_id(by_id.symbol, OrderId::from(2_146_760)).with_trigger()] {
        let ack = read(&CancelOrder { order }, fixture!("algo_cancel")).unwrap();
        assert_eq!((ack.symbol, ack.id, ack.order_id), (by_id.symbol, by_id.id, Some(OrderId::from(2_146_760))));
    }
    for other in [
        OrderRef::by_id(by_id.symbol, id("another")).with_trigger(),
        OrderRef::by_order_id(by_id.symbol, OrderId::from(1)).with_trigger(),
    ] {
        let error = read(&CancelOrder { order: other }, fixture!("algo_cancel")).unwrap_err();
        assert_eq!(error, DecodeError::OtherOrder.into());
    }
}

#[test]
fn all_are_cancelled_now_or_when_the_time_is_over() {
    for (triggers, reply) in [(false, fixture!("cancel_all")), (true, fixture!("algo_cancel_all"))] {
        assert!(
            read(&CancelAll { symbol: btc(), triggers }, reply).unwrap().is_empty(),
            "the venue does not say which"
        );
    }
    for body in ["{}", r#"{"code":0,"msg":"x"}"#, r#"{"code":"200","msg":"x"}"#] {
        let error = read(&CancelAll { symbol: btc(), triggers: false }, &reply(200, body)).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{body}");
    }
    let switch = |name, ms| CancelAllAfter { symbol: Some(symbol(name)), after: Some(Duration::from_millis(ms)) };
    read(&switch("BTCUSDT", 100_000), fixture!("countdown")).unwrap();
    for other in [switch("ETHUSDT", 100_000), switch("BTCUSDT", 99_999)] {
        assert_eq!(read(&other, fixture!("countdown")).unwrap_err(), DecodeError::OtherOrder.into());
    }
    let off = CancelAllAfter { symbol: Some(btc()), after: None };
    read(&off, &reply(200, r#"{"symbol":"BTCUSDT","countdownTime":"0"}"#)).unwrap();
    read(&off, &reply(200, r#"{"symbol":"BTCUSDT","countdownTime":0}"#)).unwrap();
}

#[test]
fn an_order_is_queried() {
    let by_id = OrderRef::by_id(btc(), id("abc"));
    for order in [by_id, OrderRef::by_order_id(btc(), OrderId::from(1_917_641))] {
        let state = read(&QueryOrder { order }, fixture!("query")).unwrap();
        assert_eq!((state.id, state.order_id, state.status), (by_id.id, OrderId::from(1_917_641), OrderStatus::New));
        assert_eq!((state.word.as_str(), state.side), ("NEW", Some(Side::Buy)));
        assert_eq!((state.price, state.quantity, state.executed), (Some(dec!(0)), Some(dec!(0.40)), dec!(0)));
        assert_eq!(state.updated, Some(Timestamp::from_ms(1_579_276_756_075)));
        let open = read(&GetOpenOrder { order }, fixture!("open_order")).unwrap();
        assert_eq!(open.order(), state.order());
    }
    for symbol in [Some(btc()), None] {
        let orders = read(&OpenOrders { symbol, triggers: false }, fixture!("open_orders")).unwrap();
        assert_eq!((orders.len(), orders[0].order().to_string().as_str()), (1, "BTCUSDT abc #1917641"));
    }
    let text = body(fixture!("query"));
    for (there, other, error) in [
        (r#""status":"NEW","#, "", DecodeError::Missing { field: "status" }),
        (r#""executedQty":"0","#, "", DecodeError::Missing { field: "executedQty" }),
        ("\"abc\"", "\"abd\"", DecodeError::OtherOrder),
        ("BTCUSDT", "ETHUSDT", DecodeError::OtherOrder),
    ] {
        let error = RestError::from(error);
        assert_eq!(read(&QueryOrder { order: by_id }, &reply(200, text.replace(there, other))).unwrap_err(), error);
    }
    // Larger than what a float holds.
    let large = text.replace("1917641", "9223372036854775807");
    assert_eq!(
        read(&QueryOrder { order: by_id }, &reply(200, large)).unwrap().order_id.as_str(),
        "9223372036854775807"
    );
}

#[test]
fn an_order_with_a_trigger_is_queried() {
    let order = trigger().order();
    let query = QueryOrder { order };
    let state = read(&query, fixture!("algo_query")).unwrap();
    assert_eq!((state.id, state.order_id, state.status), (order.id, OrderId::from(2_146_760), OrderStatus::Cancelled));
    assert_eq!((state.price, state.quantity, state.executed), (Some(dec!(750)), Some(dec!(0.01)), dec!(0)));
    assert_eq!((state.side, state.became), (Some(Side::Sell), None));
    assert!(state.order().has_trigger);
    let error =
        read(&QueryOrder { order: OrderRef::by_id(order.symbol, id("b")).with_trigger() }, fixture!("algo_query"));
    assert_eq!(error.unwrap_err(), DecodeError::OtherOrder.into());

    // Source: "Event: Algo Order Update", "Algo Status"; the fields of a triggered order are the specification's of 2026-07.
    let triggered = body(fixture!("algo_query")).replace(r#""actualOrderId":"""#, r#""actualOrderId":"8389765591""#);
    for (word, executed, status) in [
        ("NEW", None, OrderStatus::Pending),
        ("TRIGGERING", None, OrderStatus::Pending),
        ("TRIGGERED", Some("0.000"), OrderStatus::New),
        ("TRIGGERED", Some("0.004"), OrderStatus::PartiallyFilled),
        ("FINISHED", Some("0.01"), OrderStatus::Filled),
        ("FINISHED", Some("0.004"), OrderStatus::Cancelled),
        ("FINISHED", Some("0"), OrderStatus::Cancelled),
        ("CANCELED", None, OrderStatus::Cancelled),
        ("REJECTED", None, OrderStatus::Rejected),
        ("EXPIRED", None, OrderStatus::Expired),
        ("SOMETHING_NEW", None, OrderStatus::Other),
    ] {
        let actual = executed.map_or(String::new(), |executed| format!(r#","actualQty":"{executed}""#));
        let text = triggered.replace(r#""CANCELED""#, &format!(r#""{word}"{actual}"#));
        let state = read(&query, &reply(200, text)).unwrap();
        assert_eq!((state.status, state.word.as_str()), (status, word));
        assert_eq!(state.executed.to_string().parse(), executed.unwrap_or("0").parse::<f64>());
        assert_eq!(state.became, Some(OrderId::from(8_389_765_591)));
    }
    for word in ["TRIGGERED", "FINISHED"] {
        let text = triggered.replace("CANCELED", word);
        let error = read(&query, &reply(200, text)).unwrap_err();
        assert_eq!(
            error,
            DecodeError::Missing { field: "actualQty" }.into(),
            "how much was executed is what is asked for"
        );
    }
    let closing =
        triggered.replace(r#""quantity":"0.01""#, r#""quantity":"0","actualQty":"2""#).replace("CANCELED", "FINISHED");
    assert_eq!(read(&query, &reply(200, closing)).unwrap().status, OrderStatus::Filled);

    let orders =
        read(&OpenOrders { symbol: Some(order.symbol), triggers: true }, fixture!("algo_open_orders")).unwrap();
    assert_eq!((orders.len(), orders[0].status), (1, OrderStatus::Pending));
    assert!(orders[0].order().has_trigger);
    let error = read(&OpenOrders { symbol: Some(btc()), triggers: true }, fixture!("algo_open_orders")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
}

#[test]
fn an_order_is_changed() {
    let order = OrderRef::by_id(btc(), id("LJ9R4QZDihCaS8UAOOLpgW"));
    let change =
        AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: Some(dec!(30005)), side: Some(Side::Buy) };
    let amended = read(&change, fixture!("modify")).unwrap().state.unwrap();
    for state in [amended, read(&UsdmAmend::new(change), fixture!("modify")).unwrap()] {
        assert_eq!(
            (state.id, state.order_id, state.status),
            (order.id, OrderId::from(20_072_994_037), OrderStatus::New)
        );
        assert_eq!((state.price, state.quantity), (Some(dec!(30005)), Some(dec!(1))));
    }
    let other = AmendOrder { order: OrderRef::by_order_id(btc(), OrderId::from(1)), ..change };
    assert_eq!(read(&other, fixture!("modify")).unwrap_err(), DecodeError::OtherOrder.into());
}

#[test]
fn what_the_account_holds() {
    let balances = read(&Balances {}, fixture!("balance")).unwrap();
    let wallet = balances[0];
    assert_eq!(
        (wallet.asset.as_str(), wallet.free, wallet.free + wallet.locked),
        ("USDT", dec!(23.72469206), dec!(122607.35137903))
    );
    let empty = body(fixture!("balance")).replace("122607.35137903", "0").replace("23.72469206", "0.00000000");
    assert!(read(&Balances {}, &reply(200, empty)).unwrap().is_empty());

    let positions = read(&GetPositions { symbol: None }, fixture!("position_risk")).unwrap();
    let [position] = positions[..] else { panic!() };
    assert_eq!((position.symbol, position.side, position.quantity), (symbol("ADAUSDT"), PositionSide::Net, dec!(30)));
    assert_eq!((position.entry_price, position.mark_price), (Some(dec!(0.385)), Some(dec!(0.41047590))));
    assert_eq!((position.unrealized, position.liquidation_price), (Some(dec!(0.76427700)), None));
    assert_eq!(position.updated, Some(Timestamp::from_ms(1_720_736_417_660)));
    let hedged = read(&GetPositions { symbol: None }, fixture!("position_risk_hedge")).unwrap();
    assert_eq!((hedged[0].side, hedged[1].side), (PositionSide::Long, PositionSide::Short));
    assert_eq!((hedged[1].quantity, hedged[1].liquidation_price), (dec!(-1), Some(dec!(2260.56757210))));
    let error = read(&GetPositions { symbol: Some(btc()) }, fixture!("position_risk")).unwrap_err();
    assert_eq!(error, DecodeError::OtherOrder.into());
    // With open orders alone an instrument is listed too.
    let flat = body(fixture!("position_risk")).replace(r#""positionAmt":"30""#, r#""positionAmt":"0.0""#);
    assert!(read(&GetPositions { symbol: None }, &reply(200, flat)).unwrap().is_empty());

    let account = read(&GetAccount {}, fixture!("account")).unwrap();
    assert_eq!(
        (account.wallet_balance, account.margin_balance, account.available),
        (dec!(103.12345678), dec!(103.12345678), dec!(103.12345678))
    );
    assert_eq!((account.initial_margin, account.maintenance_margin, account.unrealized), (dec!(0), dec!(0), dec!(0)));
    assert_eq!((account.assets.len(), account.assets[1].asset.as_str()), (2, "USDC"));
    assert_eq!(
        (account.assets[1].wallet_balance, account.assets[1].available),
        (dec!(103.12345678), dec!(126.72469206))
    );
    assert_eq!((account.positions.len(), account.positions[0].quantity), (1, dec!(1)));
    let account = read(&GetAccount {}, fixture!("account_multi_assets")).unwrap();
    assert_eq!((account.wallet_balance, account.assets[1].asset.as_str()), (dec!(126.72469206), "BUSD"));
}

#[test]
fn what_the_account_traded_and_pays() {
    let fills = read(&GetFills { symbol: btc(), since: FillsSince::Recent }, fixture!("user_trades")).unwrap();
    let [fill] = fills[..] else { panic!() };
    assert_eq!((fill.order_id, fill.fill.trade_id), (OrderId::from(25_851_813), Some(698_759)));
    assert_eq!(fill.id.unwrap().as_str(), "698759");
    assert_eq!((fill.fill.price, fill.fill.quantity), (dec!(7819.01), dec!(0.002)));
    assert_eq!((fill.fill.commission, fill.fill.commission_asset.as_str()), (Some(dec!(-0.07819010)), "USDT"));
    assert_eq!((fill.side, fill.liquidity), (Some(Side::Sell), Some(Liquidity::Taker)));
    assert_eq!((fill.realized, fill.time), (Some(dec!(-0.91539999)), Some(Timestamp::from_ms(1_569_514_978_020))));

    let rates = read(&GetFeeRates { symbol: btc() }, fixture!("commission_rate")).unwrap();
    for side in [Side::Buy, Side::Sell] {
        assert_eq!(
            (rates.rate(side, Liquidity::Maker), rates.rate(side, Liquidity::Taker)),
            (dec!(0.0002), dec!(0.0004))
        );
    }
    let limits = read(&GetOrderLimits {}, fixture!("rate_limit")).unwrap();
    assert_eq!(
        limits.iter().map(|limit| (limit.interval.as_secs(), limit.limit)).collect::<Vec<_>>(),
        [(10, 10_000), (60, 20_000)]
    );
    let other = read(&GetFeeRates { symbol: symbol("ETHUSDT") }, fixture!("commission_rate")).unwrap_err();
    assert_eq!(other, DecodeError::OtherOrder.into());
}

#[test]
fn how_positions_are_kept() {
    let leverage = read(&SetLeverage { symbol: btc(), leverage: 21 }, fixture!("leverage")).unwrap();
    assert_eq!((leverage.leverage, leverage.notional_max), (21, Some(dec!(1000000))));
    let unlimited = body(fixture!("leverage")).replace("1000000", "INF");
    assert_eq!(read(&SetLeverage { symbol: btc(), leverage: 21 }, &reply(200, unlimited)).unwrap().notional_max, None);
    read(&SetMarginType { symbol: btc(), margin_type: MarginType::Isolated }, fixture!("margin_type")).unwrap();
    read(&SetPositionMode { mode: PositionMode::Hedge }, fixture!("position_mode_set")).unwrap();
    assert_eq!(read(&GetPositionMode {}, fixture!("position_mode")).unwrap(), PositionMode::Hedge);
    let one_way = read(&GetPositionMode {}, &reply(200, r#"{"dualSidePosition":false}"#)).unwrap();
    assert_eq!(one_way, PositionMode::OneWay);
    assert_eq!(read(&GetPositionMode {}, &reply(200, "{}")).unwrap_err().fate(), Fate::Unknown);
    let so_already = reply(400, r#"{"code":-4046,"msg":"No need to change margin type."}"#);
    let error = read(&SetMarginType { symbol: btc(), margin_type: MarginType::Crossed }, &so_already).unwrap_err();
    assert_eq!((error.fate(), error.answer().unwrap().code), (Fate::Rejected, Some(-4046)));
}

#[test]
fn an_instruments_rules_and_prices() {
    let blz = symbol("BLZUSDT");
    let rules = read(&GetInstrument { symbol: blz }, fixture!("exchange_info")).unwrap();
    assert_eq!((rules.tick_size, rules.price_min, rules.price_max), (dec!(0.0001), dec!(0.0001), Some(dec!(300))));
    assert_eq!((rules.lot_size, rules.quantity_min, rules.quantity_max), (dec!(1), dec!(1), Some(dec!(10000000))));
    assert_eq!((rules.market_quantity_max, rules.notional_min), (Some(dec!(590119)), dec!(5)));
    assert_eq!((rules.contract_size, rules.is_trading), (dec!(1), true));
    // A buy may not be much dearer than the mark price, a sell not much cheaper; the other way nothing is said.
    let market = dec!(0.2);
    let order = |side, price| NewOrder::limit(id("a"), blz, side, dec!(1000), price);
    for (side, price, passes) in [
        (Side::Buy, dec!(0.23), true),
        (Side::Buy, dec!(0.2301), false),
        (Side::Buy, dec!(0.01), true),
        (Side::Sell, dec!(0.17), true),
        (Side::Sell, dec!(0.1699), false),
        (Side::Sell, dec!(200), true),
    ] {
        assert_eq!(rules.check_near(&order(side, price), market).is_ok(), passes, "{side:?} {price}");
    }
    assert_eq!(read(&GetInstruments {}, fixture!("exchange_info")).unwrap(), [rules]);
    let other = read(&GetInstrument { symbol: btc() }, fixture!("exchange_info")).unwrap_err();
    assert_eq!(other, DecodeError::OtherOrder.into());

    let top = read(&GetTopOfBook { symbol: btc() }, fixture!("book_ticker")).unwrap();
    assert_eq!((top.bid, top.bid_quantity, top.ask, top.ask_quantity), (dec!(4), dec!(431), dec!(4.000002), dec!(9)));
    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_499_827_319_559));
}

/// What every call does with a reply.
fn all_ways(reply: &[u8]) -> Vec<Result<(), RestError>> {
    let symbol = btc();
    let (order, orders) = (OrderRef::by_id(symbol, order().id), [self::order(), self::order()]);
    let refs = orders.map(|order| order.order());
    let change =
        AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: Some(dec!(1)), side: Some(Side::Buy) };
    vec![
        read(&orders[0], reply).map(drop),
        read(&trigger(), reply).map(drop),
        read(&TestOrder { order: orders[0] }, reply).map(drop),
        read(&PlaceBatch { orders: &orders }, reply).map(drop),
        read(&AmendBatch { changes: &[change] }, reply).map(drop),
        read(&CancelBatch { orders: &refs }, reply).map(drop),
        read(&change, reply).map(drop),
        read(&CancelOrder { order }, reply).map(drop),
        read(&CancelOrder { order: order.with_trigger() }, reply).map(drop),
        read(&QueryOrder { order }, reply).map(drop),
        read(&QueryOrder { order: order.with_trigger() }, reply).map(drop),
        read(&GetOpenOrder { order }, reply).map(drop),
        read(&OpenOrders { symbol: None, triggers: false }, reply).map(drop),
        read(&OpenOrders { symbol: None, triggers: true }, reply).map(drop),
        read(&CancelAll { symbol, triggers: false }, reply).map(drop),
        read(&CancelAllAfter { symbol: Some(symbol), after: None }, reply).map(drop),
        read(&Balances {}, reply).map(drop),
        read(&GetAccount {}, reply).map(drop),
        read(&GetPositions { symbol: None }, reply).map(drop),
        read(&GetFills { symbol, since: FillsSince::Recent }, reply).map(drop),
        read(&GetFeeRates { symbol }, reply).map(drop),
        read(&GetOrderLimits {}, reply).map(drop),
        read(&SetLeverage { symbol, leverage: 1 }, reply).map(drop),
        read(&SetMarginType { symbol, margin_type: MarginType::Crossed }, reply).map(drop),
        read(&SetPositionMode { mode: PositionMode::Hedge }, reply).map(drop),
        read(&GetPositionMode {}, reply).map(drop),
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
            fixture!("unknown_503"),
            Fate::Unknown,
            RejectKind::Unavailable,
            "outcome unknown: HTTP 503: Unknown error, please",
        ),
        (
            fixture!("unavailable_503"),
            Fate::Rejected,
            RejectKind::Unavailable,
            "rejected: HTTP 503, code -1016: Service Un",
        ),
        (
            fixture!("internal_503"),
            Fate::Rejected,
            RejectKind::Unavailable,
            "rejected: HTTP 503, code -1001: Internal error",
        ),
        (
            fixture!("throttled_503"),
            Fate::Rejected,
            RejectKind::Unavailable,
            "rejected: HTTP 503, code -1008: Request throt",
        ),
        (
            fixture!("banned"),
            Fate::Rejected,
            RejectKind::Banned,
            "rejected: HTTP 418, code -1003: Way too many requests;",
        ),
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
    for outcome in all_ways(&reply(200, r#"{"code":-2019,"msg":"Margin is insufficient."}"#)) {
        let error = outcome.unwrap_err();
        assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::Balance), "{error}");
    }
}

#[test]
fn no_answer_that_is_no_json_says_yes_or_no() {
    let deep = format!("{}{}", "[".repeat(24_000), "]".repeat(24_000));
    for body in ["", " ", "null", "\u{feff}{}", "<html>", "{\"a\":1}x", deep.as_str()] {
        for status in [200, 201, 400, 401, 404, 500, 502, 503] {
            for outcome in all_ways(&reply(status, body)) {
                assert_eq!(outcome.unwrap_err().fate(), Fate::Unknown, "{status} {body:.20}");
            }
        }
    }
}

#[test]
fn a_cut_body_never_says_yes() {
    for (fixture, take) in [(fixture!("order"), 0), (fixture!("algo_order"), 1), (fixture!("batch_place"), 3)] {
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
            fixture!("order"),
            fixture!("algo_query"),
            fixture!("batch_place"),
            fixture!("exchange_info"),
            fixture!("account"),
            fixture!("position_risk_hedge"),
            fixture!("user_trades"),
        ] {
            let mut body = body(fixture).as_bytes().to_vec();
            for (index, byte) in &changes {
                *index.get_mut(&mut body) = *byte;
            }
            for outcome in all_ways(&reply(status, &body)) {
                prop_assert!(outcome.is_err() || status == 200);
            }
            if let Ok(ack) = read(&order(), &reply(status, &body)) {
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
