//! Every documented reply of Coinbase as it is read, and what becomes of replies that no document has.

use orderwire_coinbase::errors::classify;
use orderwire_coinbase::orderwire::error::DecodeError;
use orderwire_coinbase::orderwire::http::response::ResponseReader;
use orderwire_coinbase::orderwire::venue::{
    Balances, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions,
    GetTopOfBook, OpenOrders, Ping, QueryOrder, ServerTime, TestOrder,
};
use orderwire_coinbase::{
    AckStage, AmendOrder, ClientOrderId, ClosePosition, CoinbaseAmend, CoinbaseVenue, Fate, FillsSince,
    GetKeyPermissions, Liquidity, NewOrder, OrderId, OrderRef, OrderStatus, RejectKind, RestError, Side, Symbol,
    TestAmend, Timestamp, dec,
};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name, ".http")).as_slice()
    };
}

fn read<E: Endpoint<CoinbaseVenue>>(endpoint: &E, reply: &[u8]) -> Result<E::Reply, RestError> {
    endpoint.decode(&ResponseReader::new(65_536).replay(reply).unwrap())
}

fn next_page<E: Endpoint<CoinbaseVenue>>(endpoint: &E, reply: &[u8]) -> Result<Option<String>, RestError> {
    let after = endpoint.next_page(&ResponseReader::new(65_536).replay(reply).unwrap())?;
    Ok(after.map(|after| after.as_str().to_owned()))
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

/// The fixture with another text in place of one that it has.
#[track_caller]
fn with(fixture: &[u8], from: &str, to: &str) -> Vec<u8> {
    let body = body(fixture);
    assert!(body.contains(from), "{from}");
    reply(200, body.replace(from, to))
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn btc() -> Symbol {
    symbol("BTC-USD")
}

const ORDER_ID: &str = "b0313b63-a2a1-4d30-a506-936337b52978";

/// The order that the documents' answers are about.
fn order() -> NewOrder {
    let id = ClientOrderId::new("0000-00000-000000").unwrap();
    NewOrder::limit(id, btc(), Side::Buy, dec!(0.001), dec!(10000))
}

fn by_order_id(id: &str) -> OrderRef {
    OrderRef::by_order_id(btc(), OrderId::new(id).unwrap())
}

#[test]
fn a_new_order_is_received() {
    let ack = read(&order(), fixture!("place")).unwrap();
    assert_eq!((ack.id, ack.order_id.as_str(), ack.stage), (order().id, ORDER_ID, AckStage::Received));
    assert_eq!((ack.status, ack.executed), (None, None));
    // With it a cancel has what it needs.
    assert_eq!(ack.order().order_id, Some(ack.order_id));
    let close = ClosePosition { id: order().id, symbol: btc(), quantity: None };
    assert_eq!(read(&close, fixture!("place")).unwrap().order_id.as_str(), ORDER_ID);
}

#[test]
fn a_rejection_stands_within_a_reply_that_says_200() {
    let error = read(&order(), fixture!("refused")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Balance));
    assert_eq!(error.to_string(), "rejected: HTTP 200: INSUFFICIENT_FUND: Insufficient balance in source account");
    assert_eq!(classify(200, body(fixture!("refused")).as_bytes()), Some(error));
    // The field that has nothing to say decides only where nothing else does.
    let silent = r#"{"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON","error_response":{"error":"UNKNOWN_FAILURE_REASON"}}"#;
    assert_eq!(read(&order(), &reply(200, silent)).unwrap_err().fate(), Fate::Unknown);
    let duplicate = r#"{"success":false,"error_response":{"new_order_failure_reason":"DUPLICATE_CLIENT_ORDER_ID"}}"#;
    assert_eq!(read(&order(), &reply(200, duplicate)).unwrap_err().kind(), RejectKind::DuplicateId);
}

#[test]
fn an_answer_that_does_not_say_yes_to_this_order_is_unknown() {
    for (from, to, error) in [
        ("0000-00000-000000", "another", DecodeError::OtherOrder),
        ("\"client_order_id\":\"0000-00000-000000\",", "", DecodeError::OtherOrder),
        ("\"success\":true", "\"success\":\"true\"", DecodeError::Missing { field: "success" }),
        ("\"success\":true,", "", DecodeError::Missing { field: "success" }),
        ("\"success_response\"", "\"other\"", DecodeError::Missing { field: "success_response" }),
        (ORDER_ID, "", DecodeError::Missing { field: "order_id" }),
        (ORDER_ID, &"x".repeat(37), DecodeError::Malformed { field: "order_id", expected: "an id" }),
    ] {
        let outcome = read(&order(), &with(fixture!("place"), from, to));
        assert_eq!(outcome.unwrap_err(), RestError::Decode(error), "{from}");
    }
    // What else it has changes nothing.
    let newer = with(fixture!("place"), "\"attached_order_id\":\"\"", "\"future\":[{\"a\":null}],\"more\":1e-30");
    assert_eq!(read(&order(), &newer).unwrap().order_id.as_str(), ORDER_ID);
}

#[test]
fn a_check_has_reasons_or_none() {
    let test = TestOrder { order: order() };
    read(&test, fixture!("preview")).unwrap();
    let error = read(&test, fixture!("preview_refused")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::InstrumentRule));
    assert!(error.to_string().ends_with("PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"), "{error}");
    let outcome = read(&test, &with(fixture!("preview"), "\"errs\":[],", ""));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::Missing { field: "errs" }));
    // A word of tomorrow is a no all the same.
    let newer = read(&test, &with(fixture!("preview"), "\"errs\":[]", "\"errs\":[\"OF_TOMORROW\"]")).unwrap_err();
    assert_eq!(newer.fate(), Fate::Unknown);
    let amend = TestAmend { amend: CoinbaseAmend::new(change()) };
    read(&amend, fixture!("edit_preview")).unwrap();
    let error = read(&amend, fixture!("edit_refused")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Malformed));
}

fn change() -> AmendOrder {
    let (quantity, price) = (Some(dec!(0.5)), Some(dec!(19000)));
    AmendOrder { order: by_order_id(ORDER_ID), new_id: None, quantity, price, side: None }
}

#[test]
fn a_change_is_taken_or_refused() {
    let ack = read(&change(), fixture!("edit")).unwrap();
    assert_eq!((ack.order_id.unwrap().as_str(), ack.state.is_none()), (ORDER_ID, true));
    let error = read(&change(), fixture!("edit_refused")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Malformed));
    let outcome = read(&change(), &with(fixture!("edit"), ORDER_ID, "another"));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::OtherOrder));
    // The older page's reply names no order.
    assert!(read(&CoinbaseAmend::new(change()), &reply(200, r#"{"success":true,"errors":[]}"#)).is_ok());
}

#[test]
fn a_cancel_is_taken_and_may_yet_find_the_order_filled() {
    let cancel = CancelOrder { order: by_order_id(ORDER_ID) };
    let ack = read(&cancel, fixture!("cancel")).unwrap();
    assert_eq!((ack.order_id.unwrap().as_str(), ack.stage), (ORDER_ID, AckStage::Received));
    let outcome = read(&cancel, &with(fixture!("cancel"), ORDER_ID, "another"));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::OtherOrder));
    for body in [r#"{"results":[]}"#, r#"{"results":{}}"#, "{}", r#"{"results":[{}]}"#] {
        assert_eq!(read(&cancel, &reply(200, body)).unwrap_err().fate(), Fate::Unknown, "{body}");
    }
    for (word, fate, kind) in [
        ("UNKNOWN_CANCEL_ORDER", Fate::Rejected, RejectKind::UnknownOrder),
        ("ORDER_IS_FULLY_FILLED", Fate::Rejected, RejectKind::UnknownOrder),
        ("COMMANDER_REJECTED_CANCEL_ORDER", Fate::Rejected, RejectKind::Other),
        ("DUPLICATE_CANCEL_REQUEST", Fate::Unknown, RejectKind::Other),
        ("UNKNOWN_CANCEL_FAILURE_REASON", Fate::Unknown, RejectKind::Other),
        ("OF_TOMORROW", Fate::Unknown, RejectKind::Other),
    ] {
        let body = format!(r#"{{"results":[{{"success":false,"failure_reason":"{word}","order_id":"{ORDER_ID}"}}]}}"#);
        let error = read(&cancel, &reply(200, body)).unwrap_err();
        assert_eq!((error.fate(), error.kind()), (fate, kind), "{word}");
    }
}

#[test]
fn each_order_of_a_batch_has_a_fate_of_its_own() {
    let orders = ["1111", "2222", "3333", "4444", "5555"].map(by_order_id);
    let batch = read(&CancelBatch { orders: &orders }, fixture!("batch_cancel")).unwrap();
    let fates = batch.iter().map(|outcome| outcome.as_ref().map_or_else(RestError::fate, |_| Fate::NotSent));
    let expected = [Fate::NotSent, Fate::Rejected, Fate::Unknown, Fate::Unknown, Fate::Unknown];
    assert_eq!(fates.collect::<Vec<_>>(), expected);
    assert_eq!(batch[0].as_ref().unwrap().order_id.unwrap().as_str(), "1111");
    assert_eq!(batch[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    // Told in another order they are the same.
    let turned = [orders[2], orders[1], orders[0]];
    let batch = read(&CancelBatch { orders: &turned }, fixture!("batch_cancel")).unwrap();
    assert!(batch[0].is_err() && batch[1].is_err());
    assert_eq!(batch[2].as_ref().unwrap().order_id.unwrap().as_str(), "1111");
}

#[test]
fn how_an_order_stands() {
    let query = QueryOrder { order: by_order_id(ORDER_ID) };
    let state = read(&query, fixture!("order")).unwrap();
    assert_eq!((state.symbol, state.id.unwrap()), (btc(), order().id));
    assert_eq!((state.status, state.word.as_str()), (OrderStatus::PartiallyFilled, "OPEN"));
    assert_eq!((state.side, state.price), (Some(Side::Buy), Some(dec!(10000.00))));
    assert_eq!((state.quantity, state.executed), (Some(dec!(0.001)), dec!(0.0004)));
    assert_eq!(state.updated, Timestamp::from_rfc3339("2021-05-31T10:00:30.123456Z"));
    for (word, executed, trigger, status) in [
        ("OPEN", "0", "INVALID_ORDER_TYPE", OrderStatus::New),
        ("OPEN", "0", "STOP_PENDING", OrderStatus::Pending),
        ("OPEN", "0", "STOP_TRIGGERED", OrderStatus::New),
        ("CANCEL_QUEUED", "0", "", OrderStatus::New),
        ("CANCEL_QUEUED", "0.0004", "", OrderStatus::PartiallyFilled),
        ("EDIT_QUEUED", "0", "", OrderStatus::New),
        ("PENDING", "0", "", OrderStatus::Pending),
        ("QUEUED", "0", "", OrderStatus::Pending),
        ("FILLED", "0.001", "", OrderStatus::Filled),
        ("CANCELLED", "0.0004", "", OrderStatus::Cancelled),
        ("EXPIRED", "0", "", OrderStatus::Expired),
        ("FAILED", "0", "", OrderStatus::Rejected),
        ("UNKNOWN_ORDER_STATUS", "0", "", OrderStatus::Other),
        ("DREAMING", "0", "", OrderStatus::Other),
    ] {
        let body = body(fixture!("order"))
            .replace("\"OPEN\"", &format!("\"{word}\""))
            .replace("\"filled_size\":\"0.0004\"", &format!("\"filled_size\":\"{executed}\""))
            .replace("INVALID_ORDER_TYPE", trigger);
        let state = read(&query, &reply(200, body)).unwrap();
        assert_eq!((state.status, state.word.as_str()), (status, word));
    }
    // Both ids count where both were given.
    let mut both = by_order_id(ORDER_ID);
    both.id = Some(order().id);
    assert!(read(&QueryOrder { order: both }, fixture!("order")).is_ok());
    for (from, to) in [(ORDER_ID, "another"), ("0000-00000-000000", "another")] {
        let outcome = read(&QueryOrder { order: both }, &with(fixture!("order"), from, to));
        assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::OtherOrder), "{from}");
    }
    let outcome = read(&query, &with(fixture!("order"), "\"filled_size\":\"0.0004\",", ""));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::Missing { field: "filled_size" }));
    let none = r#"{"error":"NOT_FOUND","code":5,"message":"order with this orderID was not found","details":[]}"#;
    let error = read(&query, &reply(404, none)).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
}

#[test]
fn an_order_is_found_in_a_list_by_our_id() {
    let by_id = |id: &str| QueryOrder { order: OrderRef::by_id(btc(), ClientOrderId::new(id).unwrap()) };
    let state = read(&by_id("market"), fixture!("orders")).unwrap();
    assert_eq!((state.order_id.as_str(), state.status), ("33", OrderStatus::Filled));
    // Sized in the quote coin.
    assert_eq!((state.quantity, state.price, state.executed), (None, None, dec!(0.00099)));
    assert_eq!(state.updated, Timestamp::from_rfc3339("2021-05-31T10:01:00.5Z"));
    assert_eq!(read(&by_id("stop"), fixture!("orders")).unwrap().status, OrderStatus::Pending);
    let error = read(&by_id("nobodys"), fixture!("orders")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::UnknownOrder), "there are more");
    let error = read(&by_id("nobodys"), fixture!("orders_last")).unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    // A list that does not say whether there are more says nothing.
    let silent = with(fixture!("orders_last"), "\"has_next\":false,", "");
    assert_eq!(read(&by_id("nobodys"), &silent).unwrap_err().fate(), Fate::Unknown);
    assert_eq!(next_page(&by_id("nobodys"), fixture!("orders")).unwrap().unwrap(), "789100");
    assert_eq!(next_page(&by_id("nobodys"), fixture!("orders_last")).unwrap(), None);
    // By the venue's id there is one answer.
    assert_eq!(next_page(&QueryOrder { order: by_order_id("33") }, fixture!("orders")).unwrap(), None);
}

#[test]
fn lists_come_in_parts() {
    let open = OpenOrders { symbol: None, triggers: false };
    let orders = read(&open, fixture!("orders")).unwrap();
    assert_eq!(orders.len(), 3);
    assert_eq!(
        (orders[0].status, orders[0].updated),
        (OrderStatus::New, Timestamp::from_rfc3339("2021-05-31T09:59:59Z"))
    );
    assert_eq!(next_page(&open, fixture!("orders")).unwrap().unwrap(), "789100");
    assert_eq!(next_page(&open, fixture!("orders_last")).unwrap(), None);
    let lost = with(fixture!("orders"), "\"cursor\":\"789100\"", "\"cursor\":\"\"");
    assert_eq!(next_page(&open, &lost).unwrap_err(), RestError::Decode(DecodeError::Missing { field: "cursor" }));
    let long = with(fixture!("orders"), "789100", &"9".repeat(257));
    assert_eq!(next_page(&open, &long).unwrap_err().fate(), Fate::Unknown);
    assert_eq!(next_page(&Balances {}, fixture!("accounts")).unwrap().unwrap(), "789100");
    // Executions have a cursor and no other word for it.
    let fills = GetFills { symbol: btc(), since: FillsSince::Recent };
    assert_eq!(next_page(&fills, fixture!("fills")).unwrap().unwrap(), "789100");
    assert_eq!(next_page(&fills, &reply(200, r#"{"fills":[],"cursor":""}"#)).unwrap(), None);
}

#[test]
fn the_account() {
    let balances = read(&Balances {}, fixture!("accounts")).unwrap();
    let told: Vec<_> = balances.iter().map(|each| (each.asset.as_str(), each.free, each.locked)).collect();
    assert_eq!(told, [("BTC", dec!(1.23), dec!(0.5)), ("USD", dec!(0.00), dec!(100.10))]);

    let fills = read(&GetFills { symbol: btc(), since: FillsSince::Recent }, fixture!("fills")).unwrap();
    assert_eq!(fills.len(), 2, "of this product, the oldest first");
    let [older, newer] = [&fills[0], &fills[1]];
    assert_eq!((older.fill.price, older.fill.quantity, older.fill.trade_id), (dec!(9999.00), dec!(0.0004), Some(77)));
    assert_eq!((older.fill.commission, older.fill.commission_asset.as_str()), (Some(dec!(1.25)), "USD"));
    assert_eq!((older.side, older.liquidity), (Some(Side::Buy), Some(Liquidity::Taker)));
    // Sized in quote coin it is of so much base coin.
    assert_eq!((newer.fill.quantity, newer.fill.trade_id), (dec!(0.001), None));
    assert_eq!((newer.side, newer.liquidity), (Some(Side::Sell), Some(Liquidity::Maker)));
    assert_eq!(newer.time, Timestamp::from_rfc3339("2021-05-31T10:00:30.123456Z"));

    let rates = read(&GetFeeRates { symbol: btc() }, fixture!("fees")).unwrap();
    assert_eq!(rates.rate(Side::Buy, Liquidity::Maker), dec!(0.0040));
    assert_eq!(rates.rate(Side::Sell, Liquidity::Taker), dec!(0.0060));

    let may = read(&GetKeyPermissions {}, fixture!("key_permissions")).unwrap();
    assert!(may.can_view && may.can_trade && !may.can_transfer);
}

#[test]
fn positions_of_futures() {
    let all = read(&GetPositions { symbol: None }, fixture!("positions")).unwrap();
    let told: Vec<_> = all.iter().map(|each| (each.symbol.as_str(), each.quantity, each.entry_price)).collect();
    assert_eq!(
        told,
        [("BIT-28JUL23-CDE", dec!(3), Some(dec!(30000))), ("ET-28JUL23-CDE", dec!(-2), Some(dec!(1850.5)))]
    );
    assert_eq!((all[0].mark_price, all[1].unrealized), (Some(dec!(30100)), Some(dec!(-9.90))));
    let one = read(&GetPositions { symbol: Some(symbol("ET-28JUL23-CDE")) }, fixture!("positions")).unwrap();
    assert_eq!(one.len(), 1);
    let outcome = read(&GetPositions { symbol: None }, &with(fixture!("positions"), "\"LONG\"", "\"BOTH\""));
    assert_eq!(outcome.unwrap_err().fate(), Fate::Unknown);
}

#[test]
fn the_market() {
    let rules = read(&GetInstrument { symbol: btc() }, fixture!("product")).unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.quantity_min), (dec!(0.01), dec!(0.00000001), dec!(0.00000001)));
    assert_eq!((rules.quantity_max, rules.notional_min), (Some(dec!(3400)), dec!(1)));
    assert_eq!((rules.notional_max, rules.contract_size, rules.is_trading), (Some(dec!(150000000)), dec!(1), true));
    let outcome = read(&GetInstrument { symbol: symbol("ETH-USD") }, fixture!("product"));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::OtherOrder));
    for flag in ["is_disabled", "cancel_only", "trading_disabled", "view_only"] {
        let off = with(fixture!("product"), &format!("\"{flag}\":false"), &format!("\"{flag}\":true"));
        assert!(!read(&GetInstrument { symbol: btc() }, &off).unwrap().is_trading, "{flag}");
    }

    let all = read(&GetInstruments {}, fixture!("products")).unwrap();
    assert_eq!(all.len(), 3, "one cannot be read");
    let (future, old) = (&all[1], &all[2]);
    assert_eq!((future.contract_size, future.lot_size, future.notional_min), (dec!(0.01), dec!(1), dec!(0)));
    assert!(future.is_trading && !old.is_trading);
    // Without a step of prices it is that of the quote coin.
    assert_eq!(old.tick_size, dec!(0.00000001));

    let top = read(&GetTopOfBook { symbol: btc() }, fixture!("product_book")).unwrap();
    assert_eq!(
        (top.bid, top.bid_quantity, top.ask, top.ask_quantity),
        (dec!(140.21), dec!(0.5), dec!(140.23), dec!(1.25))
    );
    let outcome = read(&GetTopOfBook { symbol: symbol("ETH-USD") }, fixture!("product_book"));
    assert_eq!(outcome.unwrap_err(), RestError::Decode(DecodeError::OtherOrder));
    let empty = r#"{"pricebook":{"product_id":"BTC-USD","bids":[],"asks":[]}}"#;
    assert_eq!(read(&GetTopOfBook { symbol: btc() }, &reply(200, empty)).unwrap().bid, dec!(0));

    assert_eq!(read(&ServerTime {}, fixture!("time")).unwrap(), Timestamp::from_ms(1_700_000_000_123));
    assert_eq!(read(&ServerTime {}, &reply(200, r#"{"epochMillis":1}"#)).unwrap(), Timestamp::from_ms(1));
    read(&Ping {}, fixture!("time")).unwrap();
    assert!(read(&Ping {}, &reply(200, "{}")).is_err());
}

#[test]
fn a_reply_that_is_none_is_unknown() {
    let whole = body(fixture!("place"));
    for length in 0..whole.len() {
        let error = read(&order(), &reply(200, &whole[..length])).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{length}");
    }
    let deep = format!(r#","deep":{}{}}}"#, "[".repeat(24_000), "]".repeat(24_000));
    for body in [
        format!("{whole}{whole}"),
        whole.replacen('{', r#"{"success":false,"#, 1),
        whole.replacen(r#""order_id""#, r#""client_order_id":"0000-00000-000000","order_id""#, 1),
        whole.strip_suffix('}').unwrap().to_owned() + &deep,
        "<html>".to_owned(),
        String::new(),
    ] {
        assert_eq!(read(&order(), &reply(200, body)).unwrap_err().fate(), Fate::Unknown);
    }
    for status in [204_u16, 301, 404, 500, 502, 503, 520] {
        let body = if status == 204 { "" } else { whole };
        let error = endpoint_error(status, body);
        assert_eq!(error.fate(), Fate::Unknown, "{status}");
    }
    for status in [401, 403, 429] {
        for body in ["", "Unauthorized", "<html>"] {
            assert_eq!(endpoint_error(status, body).fate(), Fate::Rejected, "{status} {body}");
        }
    }
}

fn endpoint_error(status: u16, body: &str) -> RestError {
    let head = match status {
        204 => "HTTP/1.1 204 \r\n\r\n".to_owned(),
        _ => format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len()),
    };
    read(&order(), format!("{head}{body}").as_bytes()).unwrap_err()
}

proptest! {
    /// Whatever a byte of it becomes, or wherever it ends: no panic, and a yes is a yes to this order.
    #[test]
    fn bytes_never_do_harm(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let lists: [&[u8]; 4] = [fixture!("orders"), fixture!("fills"), fixture!("accounts"), fixture!("products")];
        for fixture in [fixture!("place"), fixture!("order"), fixture!("batch_cancel")].iter().chain(&lists) {
            let mut bytes = body(fixture).as_bytes().to_vec();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let damaged = reply(200, &bytes);
            if let Ok(ack) = read(&order(), &damaged) {
                prop_assert_eq!(ack.id, order().id);
            }
            let orders = ["1111", "2222"].map(by_order_id);
            if let Ok(batch) = read(&CancelBatch { orders: &orders }, &damaged) {
                prop_assert_eq!(batch.len(), 2);
            }
            let _ = read(&QueryOrder { order: order().order() }, &damaged);
            let _ = read(&QueryOrder { order: by_order_id(ORDER_ID) }, &damaged);
            let _ = read(&OpenOrders { symbol: None, triggers: false }, &damaged);
            let _ = read(&GetFills { symbol: btc(), since: FillsSince::Recent }, &damaged);
            let _ = read(&Balances {}, &damaged);
            let _ = read(&GetInstruments {}, &damaged);
            let _ = next_page(&Balances {}, &damaged);
        }
    }
}
