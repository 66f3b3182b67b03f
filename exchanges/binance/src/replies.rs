//! What the venue's replies say.
//!
//! What decides comes first: whether it is an error, whether it belongs to the request, which order it names, how that
//! order stands. Nothing else can fail a reply that says yes.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::{
    AckStage, Balance, CancelAck, Fill, NewOrder, OrderAck, OrderRef, OrderState, OrderStatus, Side, StatusWord,
    TopOfBook,
};
use orderwire::venue::json::{self, Json};
use orderwire::venue::{DecodeError, Instrument, Response, RestError, Text, Timestamp};

use crate::errors;

/// The answer to a new order, whichever of ACK, RESULT and FULL it is.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    let [symbol, order_id, id, transact_time, executed, quote, status, fills, code, msg] = object(
        response,
        &[
            "symbol",
            "orderId",
            "clientOrderId",
            "transactTime",
            "executedQty",
            "cummulativeQuoteQty",
            "status",
            "fills",
            "code",
            "msg",
        ],
    )?;
    errors::judge(response.status(), code, msg)?;
    same_symbol(symbol, asked.symbol)?;
    same_id("clientOrderId", id, &asked.id)?;
    let order_id = read_order_id(order_id)?;
    let word = status.map(word);
    // An ACK has no status: it says no more than that the order was taken.
    let stage = word.map_or(AckStage::Received, |word| stage(status_of(word.as_str())));

    let mut ack = OrderAck::new(asked.symbol, asked.id, order_id, stage);
    let mut unread = None;
    ack.status = word;
    ack.executed = number(executed, &mut unread);
    ack.executed_quote = number(quote, &mut unread);
    ack.transact_time = transact_time.and_then(Json::as_u64).map(Timestamp::from_ms);
    for fill in fills.and_then(Json::array).into_iter().flatten() {
        ack.fills_total = ack.fills_total.saturating_add(1);
        if !ack.fills.is_full() {
            ack.fills.extend(read_fill(fill, &mut unread));
        }
    }
    ack.unread = unread;
    Ok(ack)
}

/// One execution; `None` where it does not say how much at which price.
fn read_fill(fill: Json<'_>, unread: &mut Option<Text<40>>) -> Option<Fill> {
    let names = &["price", "qty", "commission", "commissionAsset", "tradeId"];
    let [price, quantity, commission, asset, trade_id] = fill.members(names).ok()?;
    // Each is read whatever the others are, so that one that does not fit is kept.
    let (price, quantity) = (number(price, unread), number(quantity, unread));
    let commission = number(commission, unread);
    let asset = Text::cut(asset.and_then(Json::as_raw_str).unwrap_or_default());
    Some(Fill::new(price?, quantity?, commission, asset, trade_id.and_then(Json::as_u64)))
}

/// The answer to a cancel.
#[inline]
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let report @ [.., reports, code, msg] = object(response, &REPORT)?;
    errors::judge(response.status(), code, msg)?;
    let is_asked =
        |&[symbol, id, order_id, ..]: &Report<'_>| same_order(asked, symbol, order_id, ("origClientOrderId", id));
    let Some(reports) = reports.and_then(Json::array) else {
        is_asked(&report)?;
        return Ok(read_report(report, asked.symbol)?);
    };
    // An order of an order list takes the others with it, and the whole list is reported.
    for report in reports {
        let report = members(report, &REPORT)?;
        if is_asked(&report).is_ok() {
            return Ok(read_report(report, asked.symbol)?);
        }
    }
    Err(DecodeError::OtherOrder.into())
}

/// The answer to a cancel of all: reports of orders, and of order lists with theirs inside.
pub(crate) fn all_cancelled(response: &Response<'_>, asked: Symbol) -> Result<Vec<CancelAck>, RestError> {
    let mut acks = Vec::new();
    for report in array(response)? {
        let report @ [.., reports, _, _] = members(report, &REPORT)?;
        match reports.and_then(Json::array) {
            None => acks.push(read_report(report, asked)?),
            Some(reports) => {
                for report in reports {
                    acks.push(read_report(members(report, &REPORT)?, asked)?);
                }
            }
        }
    }
    Ok(acks)
}

/// What is read of a cancelled order's report, of an order list's, and of an error in their place.
const REPORT: [&str; 8] =
    ["symbol", "origClientOrderId", "orderId", "executedQty", "status", "orderReports", "code", "msg"];

type Report<'a> = [Option<Json<'a>>; REPORT.len()];

#[inline]
fn read_report(report: Report<'_>, asked: Symbol) -> Result<CancelAck, DecodeError> {
    let [symbol, id, order_id, executed, status, ..] = report;
    same_symbol(symbol, asked)?;
    let mut ack = CancelAck::new(asked, read_id(id), read_order_id(order_id)?);
    ack.status = status.map(word);
    ack.executed = executed.and_then(Json::as_decimal);
    Ok(ack)
}

/// The answer to a query.
pub(crate) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let state @ [symbol, order_id, id, .., code, msg] = object(response, &STATE)?;
    errors::judge(response.status(), code, msg)?;
    same_order(asked, symbol, order_id, ("clientOrderId", id))?;
    Ok(read_state(state, Some(asked.symbol))?)
}

/// The answer to a list of open orders.
pub(crate) fn open_orders(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    let read = |order: Json<'_>| read_state(members(order, &STATE)?, asked);
    Ok(array(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// What is read of an order's state, and of an error in its place.
const STATE: [&str; 11] = [
    "symbol",
    "orderId",
    "clientOrderId",
    "price",
    "origQty",
    "executedQty",
    "status",
    "side",
    "updateTime",
    "code",
    "msg",
];

/// An order as the venue's books have it, of the instrument that was asked for if one was.
fn read_state(state: [Option<Json<'_>>; STATE.len()], asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    let [symbol, order_id, id, price, quantity, executed, status, side, updated, ..] = state;
    let symbol = match asked {
        Some(asked) => {
            same_symbol(symbol, asked)?;
            asked
        }
        None => symbol
            .ok_or(DecodeError::Missing { field: "symbol" })?
            .as_raw_str()
            .and_then(|name| Symbol::new(name).ok())
            .ok_or(DecodeError::Malformed { field: "symbol", expected: "an instrument's name" })?,
    };
    let word = word(status.ok_or(DecodeError::Missing { field: "status" })?);
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("executedQty", executed)?;
    let mut state = OrderState::new(symbol, read_order_id(order_id)?, status_of(word.as_str()), word, executed);
    state.id = read_id(id);
    state.side = match side.and_then(Json::as_str) {
        Some("BUY") => Some(Side::Buy),
        Some("SELL") => Some(Side::Sell),
        _ => None,
    };
    state.price = price.and_then(Json::as_decimal);
    state.quantity = quantity.and_then(Json::as_decimal);
    state.updated = updated.and_then(Json::as_u64).map(Timestamp::from_ms);
    Ok(state)
}

/// What the account holds.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let [balances, code, msg] = object(response, &["balances", "code", "msg"])?;
    errors::judge(response.status(), code, msg)?;
    let balances = elements("balances", balances)?;
    let read = |balance: Json<'_>| {
        let [asset, free, locked] = members(balance, &["asset", "free", "locked"])?;
        let asset = asset.and_then(Json::as_raw_str).ok_or(DecodeError::Missing { field: "asset" })?;
        Ok(Balance::new(Text::cut(asset), decimal("free", free)?, decimal("locked", locked)?))
    };
    Ok(balances.map(read).collect::<Result<_, DecodeError>>()?)
}

/// One instrument's rules, out of a list that has it.
pub(crate) fn instrument(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    let [symbols, code, msg] = object(response, &["symbols", "code", "msg"])?;
    errors::judge(response.status(), code, msg)?;
    let mut found = None;
    for instrument in elements("symbols", symbols)? {
        let [symbol, status, filters] = members(instrument, &["symbol", "status", "filters"])?;
        if symbol.and_then(Json::as_str) == Some(asked.as_str()) {
            found = Some(read_instrument(asked, status, filters)?);
        }
    }
    Ok(found.ok_or(DecodeError::OtherOrder)?)
}

/// "All filters are optional", and a step of 0 is none. Source: rest-api.md, "Exchange information"; filters.md.
fn read_instrument(
    symbol: Symbol,
    status: Option<Json<'_>>,
    filters: Option<Json<'_>>,
) -> Result<Instrument, DecodeError> {
    let mut instrument = Instrument::new(symbol, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    instrument.is_trading = status.and_then(Json::as_str) == Some("TRADING");
    for filter in elements("filters", filters)? {
        let [filter_type] = members(filter, &["filterType"])?;
        match filter_type.and_then(Json::as_str) {
            Some("PRICE_FILTER") => {
                let [tick_size] = members(filter, &["tickSize"])?;
                instrument.tick_size = decimal("tickSize", tick_size)?.normalize();
            }
            Some("LOT_SIZE") => {
                let [least, greatest, step] = members(filter, &["minQty", "maxQty", "stepSize"])?;
                instrument.quantity_min = decimal("minQty", least)?.normalize();
                instrument.quantity_max = Some(decimal("maxQty", greatest)?.normalize()).filter(|max| !max.is_zero());
                instrument.lot_size = decimal("stepSize", step)?.normalize();
            }
            Some("NOTIONAL" | "MIN_NOTIONAL") => {
                let [least] = members(filter, &["minNotional"])?;
                instrument.notional_min = instrument.notional_min.max(decimal("minNotional", least)?.normalize());
            }
            _ => {}
        }
    }
    Ok(instrument)
}

/// The best prices.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let [symbol, bid, bid_quantity, ask, ask_quantity, code, msg] =
        object(response, &["symbol", "bidPrice", "bidQty", "askPrice", "askQty", "code", "msg"])?;
    errors::judge(response.status(), code, msg)?;
    same_symbol(symbol, asked)?;
    let bid = (decimal("bidPrice", bid)?, decimal("bidQty", bid_quantity)?);
    let ask = (decimal("askPrice", ask)?, decimal("askQty", ask_quantity)?);
    Ok(TopOfBook::new(asked, bid, ask))
}

/// The venue's clock.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [time, code, msg] = object(response, &["serverTime", "code", "msg"])?;
    errors::judge(response.status(), code, msg)?;
    let time = time.ok_or(DecodeError::Missing { field: "serverTime" })?;
    let expected = "milliseconds since 1970";
    let ms = time.as_u64().ok_or(DecodeError::Malformed { field: "serverTime", expected })?;
    Ok(Timestamp::from_ms(ms))
}

/// An object that says yes by being there.
pub(crate) fn empty(response: &Response<'_>) -> Result<(), RestError> {
    let [code, msg] = object(response, &["code", "msg"])?;
    errors::judge(response.status(), code, msg)
}

/// The members of the one object that a 2xx reply is. Names in the venue's order are found fastest.
#[inline]
fn object<'a, const N: usize>(response: &Response<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], RestError> {
    errors::refuse_failures(response)?;
    Ok(json::whole_object(response.body(), names).map_err(DecodeError::from)?)
}

/// The elements of the one array that a 2xx reply is.
fn array<'a>(response: &Response<'a>) -> Result<json::Elements<'a>, RestError> {
    errors::refuse_failures(response)?;
    let value = json::whole_value(response.body()).map_err(DecodeError::from)?;
    match value.array() {
        Some(elements) => Ok(elements),
        // An error under a status that says yes is an object.
        None => Err(errors::classify(response.status(), response.body())
            .unwrap_or(DecodeError::Malformed { field: "body", expected: "an array" }.into())),
    }
}

/// The members of an object inside the reply.
fn members<'a, const N: usize>(value: Json<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], DecodeError> {
    value.members(names).map_err(DecodeError::from)
}

fn elements<'a>(field: &'static str, value: Option<Json<'a>>) -> Result<json::Elements<'a>, DecodeError> {
    let value = value.ok_or(DecodeError::Missing { field })?;
    value.array().ok_or(DecodeError::Malformed { field, expected: "an array" })
}

/// The reply names the order by the id that the request went out with.
#[inline]
fn same_order(
    asked: &OrderRef,
    symbol: Option<Json<'_>>,
    order_id: Option<Json<'_>>,
    (id_field, id): (&'static str, Option<Json<'_>>),
) -> Result<(), DecodeError> {
    // The venue counts orders per instrument: the number alone names none.
    same_symbol(symbol, asked.symbol)?;
    match (&asked.order_id, &asked.id) {
        (Some(asked), _) if read_order_id(order_id)? != *asked => Err(DecodeError::OtherOrder),
        (None, Some(asked)) => same_id(id_field, id, asked),
        _ => Ok(()),
    }
}

/// A client order id has no character that JSON would escape, so it is compared as it stands.
#[inline]
fn same_id(field: &'static str, id: Option<Json<'_>>, asked: &ClientOrderId) -> Result<(), DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field })?;
    if id.as_raw_str() == Some(asked.as_str()) { Ok(()) } else { Err(DecodeError::OtherOrder) }
}

/// A symbol may have characters that the venue is free to escape: then, and where it is missing, the id alone decides.
#[inline]
fn same_symbol(symbol: Option<Json<'_>>, asked: Symbol) -> Result<(), DecodeError> {
    match symbol.and_then(Json::as_str) {
        Some(symbol) if symbol != asked.as_str() => Err(DecodeError::OtherOrder),
        _ => Ok(()),
    }
}

/// The venue's id of the order: a whole number, kept if it should come as text one day.
#[inline]
fn read_order_id(id: Option<Json<'_>>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderId" })?;
    let read = match id.as_u64() {
        Some(number) => Some(OrderId::from(number)),
        None => id.as_str().and_then(|text| OrderId::new(text).ok()),
    };
    read.ok_or(DecodeError::Malformed { field: "orderId", expected: "a whole number" })
}

/// A client order id, where it is one that we could have made.
#[inline]
fn read_id(id: Option<Json<'_>>) -> Option<ClientOrderId> {
    ClientOrderId::new(id?.as_str()?).ok()
}

/// The venue's own word, whatever it is.
#[inline]
fn word(value: Json<'_>) -> StatusWord {
    Text::cut(value.as_raw_str().unwrap_or(value.text()))
}

/// Source: enums.md, "Order status".
#[inline]
fn status_of(word: &str) -> OrderStatus {
    match word {
        "CANCELED" => OrderStatus::Cancelled,
        "EXPIRED" | "EXPIRED_IN_MATCH" => OrderStatus::Expired,
        "FILLED" => OrderStatus::Filled,
        "NEW" => OrderStatus::New,
        "PARTIALLY_FILLED" => OrderStatus::PartiallyFilled,
        "PENDING_NEW" => OrderStatus::Pending,
        "REJECTED" => OrderStatus::Rejected,
        _ => OrderStatus::Other,
    }
}

#[inline]
fn stage(status: OrderStatus) -> AckStage {
    match status {
        OrderStatus::New | OrderStatus::PartiallyFilled | OrderStatus::Pending => AckStage::Working,
        OrderStatus::Cancelled | OrderStatus::Expired | OrderStatus::Filled | OrderStatus::Rejected => {
            AckStage::Done(status)
        }
        // A word of tomorrow: what is certain is that the venue has the order.
        _ => AckStage::Received,
    }
}

/// A number that decides nothing: where it does not fit, its text is kept.
#[inline]
fn number(value: Option<Json<'_>>, unread: &mut Option<Text<40>>) -> Option<Decimal> {
    let value = value.filter(|value| !value.is_null())?;
    let read = value.as_decimal();
    if read.is_none() {
        unread.get_or_insert_with(|| Text::cut(value.as_raw_str().unwrap_or(value.text())));
    }
    read
}

/// A number without which the reply says nothing.
fn decimal(field: &'static str, value: Option<Json<'_>>) -> Result<Decimal, DecodeError> {
    let value = value.ok_or(DecodeError::Missing { field })?;
    value.as_decimal().ok_or(DecodeError::Malformed { field, expected: "a decimal number" })
}
