//! What Spot's replies say.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ExecutionId, Symbol};
use orderwire::order::{
    AckStage, Balance, CancelAck, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef, OrderState, Side,
};
use orderwire::venue::json::{self, Json};
use orderwire::venue::{AmendOrder, DecodeError, Response, RestError, Text};

use super::{
    CancelReplace, CancelReplaced, Half, LIST_ORDERS_MAX, ListRef, OrderCount, OrderList, OrderListAck, OrderListState,
    SpotVenue,
};
use crate::errors;
use crate::replies::{
    self, Said, acknowledged, array, decimal, elements, members, number, object, read_id, read_order_id, read_symbol,
    same_id, same_order, same_symbol, stage, status_of, time, whole, word,
};

/// The answer to a new order, whichever of ACK, RESULT and FULL it is.
#[inline]
pub(super) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    errors::refuse_failures::<SpotVenue>(response)?;
    // Written down twice by the compiler: of most replies only what is read of them is looked up, and nothing else in memory.
    if let Some(order) = json::by_form(response, &PLACED) {
        return judge_placed(response.status(), |place| order.member(place), asked);
    }
    let mut order = [None; PLACED_MEMBERS];
    json::fill_whole_object(response.body(), &PLACED, &mut order).map_err(DecodeError::from)?;
    judge_placed(response.status(), |place| order[place], asked)
}

/// Called and not inlined: so an acknowledgement is written where the caller's caller gets it.
#[inline(never)]
fn judge_placed<'a>(
    status: u16,
    order: impl Fn(usize) -> Option<Json<'a>>,
    asked: &NewOrder,
) -> Result<OrderAck, RestError> {
    errors::judge::<SpotVenue>(status, order(CODE), order(MSG))?;
    read_placed(order, asked)
}

/// The members of a new order's reply in the venue's order, and of an error's in its place. Those that are not read stand here too:
/// a member that is expected is passed over faster than one that is looked for in vain.
pub(super) static PLACED: [&str; PLACED_MEMBERS] = [
    "symbol",
    "orderId",
    "orderListId",
    "clientOrderId",
    "transactTime",
    "price",
    "origQty",
    "executedQty",
    "origQuoteOrderQty",
    "cummulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "workingTime",
    "selfTradePreventionMode",
    "fills",
    "code",
    "msg",
];

/// How many they are.
const PLACED_MEMBERS: usize = 19;

// Those among them that are read.
const SYMBOL: usize = 0;
const ORDER_ID: usize = 1;
const CLIENT_ORDER_ID: usize = 3;
const TRANSACT_TIME: usize = 4;
const EXECUTED: usize = 7;
const QUOTE: usize = 9;
const STATUS: usize = 10;
const FILLS: usize = 16;
const CODE: usize = 17;
const MSG: usize = 18;

#[inline]
fn read_placed<'a>(order: impl Fn(usize) -> Option<Json<'a>>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    same_symbol(order(SYMBOL), asked.symbol)?;
    same_id(PLACED[CLIENT_ORDER_ID], order(CLIENT_ORDER_ID), &asked.id)?;
    let order_id = read_order_id(order(ORDER_ID))?;
    let word = order(STATUS).map(word);
    // An ACK has no status: it says no more than that the order was taken.
    let stage = word.map_or(AckStage::Received, |word| stage(status_of(word.as_str())));

    let mut unread = None;
    let executed = number(order(EXECUTED), &mut unread);
    let executed_quote = number(order(QUOTE), &mut unread);
    let said = Said { status: word, executed, executed_quote, transact_time: time(order(TRANSACT_TIME)), unread };
    match order(FILLS).and_then(Json::array).filter(|fills| fills.clone().next().is_some()) {
        None => acknowledged(asked, order_id, stage, &said),
        Some(fills) => Ok(with_fills(acknowledged(asked, order_id, stage, &said)?, fills)),
    }
}

#[cold]
fn with_fills(mut ack: OrderAck, fills: json::Elements<'_>) -> OrderAck {
    for fill in fills {
        ack.fills_total = ack.fills_total.saturating_add(1);
        if !ack.fills.is_full() {
            ack.fills.extend(read_fill(fill, &mut ack.unread));
        }
    }
    ack
}

/// The answer to a new order list.
pub(super) fn list_placed(response: &Response<'_>, asked: &OrderList) -> Result<OrderListAck, RestError> {
    let [list_id, status, id, time_of_list, symbol, reports, code, msg] = object::<SpotVenue, _>(response, &LIST)?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    same_symbol(symbol, asked.symbol())?;
    same_id("listClientOrderId", id, &asked.id)?;
    let mut ack = OrderListAck::new(asked.symbol(), asked.id, read_list_id(list_id)?);
    ack.status = status.map(word);
    ack.transact_time = time(time_of_list);
    let legs = asked.legs();
    for report in reports.and_then(Json::array).into_iter().flatten() {
        // The list was taken: a report that cannot be read takes nothing from that.
        let Ok(order) = members(report, &PLACED) else { continue };
        let leg =
            legs.iter().find(|leg| order[CLIENT_ORDER_ID].and_then(Json::as_raw_str) == Some(leg.order.id.as_str()));
        let leg = leg.ok_or(DecodeError::OtherOrder)?;
        if let (Ok(order), false) = (read_placed(|place| order[place], &leg.order), ack.orders.is_full()) {
            ack.orders.push(order);
        }
    }
    Ok(ack)
}

/// What is read of an order list, and of an error in its place.
const LIST: [&str; 8] =
    ["orderListId", "listOrderStatus", "listClientOrderId", "transactionTime", "symbol", "orderReports", "code", "msg"];

/// The answer to a cancel of an order list.
pub(super) fn list_cancelled(
    response: &Response<'_>,
    asked: &ListRef,
) -> Result<ArrayVec<CancelAck, LIST_ORDERS_MAX>, RestError> {
    let [list_id, _, id, _, symbol, reports, code, msg] = object::<SpotVenue, _>(response, &LIST)?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    same_list(asked, symbol, list_id, id)?;
    let mut acks = ArrayVec::new();
    for report in elements("orderReports", reports)? {
        if !acks.is_full() {
            acks.push(read_report(members(report, &REPORT)?, asked.symbol)?);
        }
    }
    Ok(acks)
}

/// The answer to a query of an order list.
pub(super) fn list_queried(response: &Response<'_>, asked: &ListRef) -> Result<OrderListState, RestError> {
    let [list_id, status, id, symbol, orders, code, msg] = object::<SpotVenue, _>(
        response,
        &["orderListId", "listOrderStatus", "listClientOrderId", "symbol", "orders", "code", "msg"],
    )?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    same_list(asked, symbol, list_id, id)?;
    let list = ListRef { symbol: asked.symbol, id: read_id(id), list_id: Some(read_list_id(list_id)?) };
    let status = status.ok_or(DecodeError::Missing { field: "listOrderStatus" })?;
    let mut state = OrderListState::new(list, word(status));
    for order in elements("orders", orders)? {
        let [symbol, order_id, id] = members(order, &["symbol", "orderId", "clientOrderId"])?;
        same_symbol(symbol, asked.symbol)?;
        let mut order = OrderRef::by_order_id(asked.symbol, read_order_id(order_id)?);
        order.id = read_id(id);
        if !state.orders.is_full() {
            state.orders.push(order);
        }
    }
    Ok(state)
}

/// The reply names the list by the id that the request went out with.
fn same_list(
    asked: &ListRef,
    symbol: Option<Json<'_>>,
    list_id: Option<Json<'_>>,
    id: Option<Json<'_>>,
) -> Result<(), DecodeError> {
    same_symbol(symbol, asked.symbol)?;
    match (asked.list_id, &asked.id) {
        (Some(asked), _) if read_list_id(list_id)? != asked => Err(DecodeError::OtherOrder),
        (None, Some(asked)) => same_id("listClientOrderId", id, asked),
        _ => Ok(()),
    }
}

fn read_list_id(id: Option<Json<'_>>) -> Result<u64, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderListId" })?;
    id.as_u64().ok_or(DecodeError::Malformed { field: "orderListId", expected: "a whole number" })
}

/// The answer to a cancel-replace: 200 where both halves were done, else 400, 409 or 429 with both halves under `data`.
///
/// Source: rest-api.md, "Cancel an Existing Order and Send a New Order", the table.
pub(super) fn cancel_replaced(response: &Response<'_>, asked: &CancelReplace) -> Result<CancelReplaced, RestError> {
    let status = response.status();
    let refusal = || errors::classify::<SpotVenue>(status, response.body());
    if !matches!(status, 200..300 | 400 | 409 | 429) {
        return Err(refusal().unwrap_or(DecodeError::Missing { field: "cancelResult" }.into()));
    }
    let [a, b, c, d] = HALVES;
    let halves = match json::whole_object(response.body(), &[a, b, c, d, "data", "code"]) {
        Ok([cancel_result, order_result, cancel, order, None, None]) if status < 300 => {
            [cancel_result, order_result, cancel, order]
        }
        Ok([.., Some(data), Some(_)]) if !data.is_null() => members(data, &HALVES)?,
        Ok(_) | Err(_) if status >= 300 => return Err(refusal().unwrap_or(DecodeError::OtherOrder.into())),
        Ok(_) => return Err(refusal().unwrap_or(DecodeError::Missing { field: "cancelResult" }.into())),
        Err(error) => return Err(DecodeError::from(error).into()),
    };
    let [cancel_result, order_result, cancel, order] = halves;
    let cancel = half("cancelResult", cancel_result, cancel, |cancel| {
        Ok(read_cancelled(members(cancel, &REPORT)?, &asked.cancel)?)
    })?;
    let order = half("newOrderResult", order_result, order, |order| {
        let order = members(order, &PLACED)?;
        read_placed(|place| order[place], &asked.order.order)
    })?;
    Ok(CancelReplaced::new(cancel, order))
}

/// What is read of a cancel-replace.
const HALVES: [&str; 4] = ["cancelResult", "newOrderResult", "cancelResponse", "newOrderResponse"];

fn half<'a, T>(
    field: &'static str,
    result: Option<Json<'a>>,
    response: Option<Json<'a>>,
    read: impl FnOnce(Json<'a>) -> Result<T, RestError>,
) -> Result<Half<T>, RestError> {
    let expected = "SUCCESS, FAILURE or NOT_ATTEMPTED";
    let result = result.ok_or(DecodeError::Missing { field })?;
    match (result.as_str(), response) {
        (Some("SUCCESS"), Some(response)) => read(response).map(Half::Done),
        (Some("FAILURE"), Some(response)) => {
            let [code, msg] = members(response, &["code", "msg"])?;
            Ok(Half::Failed(errors::of_part::<SpotVenue>(code, msg)))
        }
        (Some("NOT_ATTEMPTED"), _) => Ok(Half::NotAttempted),
        _ => Err(DecodeError::Malformed { field, expected }.into()),
    }
}

/// The answer to an amendment.
pub(super) fn amended(response: &Response<'_>, asked: &AmendOrder) -> Result<OrderState, RestError> {
    let [transact_time, order, code, msg] =
        object::<SpotVenue, _>(response, &["transactTime", "amendedOrder", "code", "msg"])?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    let order = order.ok_or(DecodeError::Missing { field: "amendedOrder" })?;
    let [symbol, order_id, former_id, id, price, quantity, executed, status, side] = members(
        order,
        &["symbol", "orderId", "origClientOrderId", "clientOrderId", "price", "qty", "executedQty", "status", "side"],
    )?;
    same_order(&asked.order, symbol, order_id, ("origClientOrderId", former_id))?;
    if let Some(sent) = asked.new_id.or(asked.order.id) {
        same_id("clientOrderId", id, &sent)?;
    }
    let state = [symbol, order_id, id, price, quantity, executed, status, side, transact_time, None, None];
    Ok(read_state(state, Some(asked.order.symbol))?)
}

/// The account's executions.
pub(super) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    let read = |trade: Json<'_>| {
        let [symbol, id, order_id, price, quantity, commission, asset, at, is_buyer, is_maker] = members(
            trade,
            &["symbol", "id", "orderId", "price", "qty", "commission", "commissionAsset", "time", "isBuyer", "isMaker"],
        )?;
        same_symbol(symbol, asked)?;
        let fill = Fill::new(
            decimal("price", price)?,
            decimal("qty", quantity)?,
            commission.and_then(Json::as_decimal),
            Text::cut(asset.and_then(Json::as_raw_str).unwrap_or_default()),
            id.and_then(Json::as_u64),
        );
        let mut fill = OrderFill::new(asked, read_order_id(order_id)?, fill);
        fill.id = fill.fill.trade_id.map(ExecutionId::from);
        fill.side = is_buyer.and_then(Json::as_bool).map(|buyer| if buyer { Side::Buy } else { Side::Sell });
        let liquidity = |maker| if maker { Liquidity::Maker } else { Liquidity::Taker };
        fill.liquidity = is_maker.and_then(Json::as_bool).map(liquidity);
        fill.time = time(at);
        Ok(fill)
    };
    Ok(array::<SpotVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// What the venue takes: "standardCommission", "specialCommission" and "taxCommission", each of a maker's or a taker's and
/// of a buyer's or a seller's part, all added up. Source: faqs/commission_faq.md.
pub(super) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [symbol, standard, special, tax, code, msg] = object::<SpotVenue, _>(
        response,
        &["symbol", "standardCommission", "specialCommission", "taxCommission", "code", "msg"],
    )?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    same_symbol(symbol, asked)?;
    let mut sums = [Decimal::ZERO; 4];
    let standard = standard.ok_or(DecodeError::Missing { field: "standardCommission" })?;
    for rates in [Some(standard), special, tax].into_iter().flatten() {
        let rates = members(rates, &["maker", "taker", "buyer", "seller"])?;
        for ((sum, rate), field) in sums.iter_mut().zip(rates).zip(["maker", "taker", "buyer", "seller"]) {
            let added = sum.checked_add(decimal(field, rate)?);
            *sum = added.ok_or(DecodeError::Malformed { field, expected: "a part of one" })?;
        }
    }
    let [maker, taker, buyer, seller] = sums;
    let both = |side: Decimal| -> Option<_> { Some((maker.checked_add(side)?, taker.checked_add(side)?)) };
    let malformed = DecodeError::Malformed { field: "standardCommission", expected: "parts of one" };
    let (buy, sell) = (both(buyer).ok_or(malformed)?, both(seller).ok_or(malformed)?);
    Ok(FeeRates::new(asked, buy, sell))
}

/// How many unfilled orders count against the account's limits.
pub(super) fn order_counts(response: &Response<'_>) -> Result<Vec<OrderCount>, RestError> {
    let read = |limit: Json<'_>| {
        let [interval, number, limit, count] = members(limit, &["interval", "intervalNum", "limit", "count"])?;
        let interval = replies::interval(interval, number)?;
        Ok(OrderCount::new(interval, whole("limit", limit)?, whole("count", count)?))
    };
    Ok(array::<SpotVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
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
pub(super) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let report @ [.., code, msg] = object::<SpotVenue, _>(response, &REPORT)?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    Ok(read_cancelled(report, asked)?)
}

/// The report of the order that was asked for, alone or in its list's.
#[inline]
fn read_cancelled(report: Report<'_>, asked: &OrderRef) -> Result<CancelAck, DecodeError> {
    let [.., reports, _, _] = report;
    let is_asked =
        |&[symbol, id, order_id, ..]: &Report<'_>| same_order(asked, symbol, order_id, ("origClientOrderId", id));
    let Some(reports) = reports.and_then(Json::array) else {
        is_asked(&report)?;
        return read_report(report, asked.symbol);
    };
    // An order of an order list takes the others with it, and the whole list is reported.
    for report in reports {
        let report = members(report, &REPORT)?;
        if is_asked(&report).is_ok() {
            return read_report(report, asked.symbol);
        }
    }
    Err(DecodeError::OtherOrder)
}

/// The answer to a cancel of all: reports of orders, and of order lists with theirs inside.
pub(super) fn all_cancelled(response: &Response<'_>, asked: Symbol) -> Result<Vec<CancelAck>, RestError> {
    let mut acks = Vec::new();
    for report in array::<SpotVenue>(response)? {
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
pub(super) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let state @ [symbol, order_id, id, .., code, msg] = object::<SpotVenue, _>(response, &STATE)?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    same_order(asked, symbol, order_id, ("clientOrderId", id))?;
    Ok(read_state(state, Some(asked.symbol))?)
}

/// The answer to a list of open orders.
pub(super) fn open_orders(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    let read = |order: Json<'_>| read_state(members(order, &STATE)?, asked);
    Ok(array::<SpotVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
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
    let symbol = read_symbol(symbol, asked)?;
    let word = word(status.ok_or(DecodeError::Missing { field: "status" })?);
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("executedQty", executed)?;
    let mut state = OrderState::new(symbol, read_order_id(order_id)?, status_of(word.as_str()), word, executed);
    state.id = read_id(id);
    state.side = replies::side(side);
    state.price = price.and_then(Json::as_decimal);
    state.quantity = quantity.and_then(Json::as_decimal);
    state.updated = time(updated);
    Ok(state)
}

/// What the account holds.
pub(super) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let [balances, code, msg] = object::<SpotVenue, _>(response, &["balances", "code", "msg"])?;
    errors::judge::<SpotVenue>(response.status(), code, msg)?;
    let balances = elements("balances", balances)?;
    let read = |balance: Json<'_>| {
        let [asset, free, locked] = members(balance, &["asset", "free", "locked"])?;
        let asset = asset.and_then(Json::as_raw_str).ok_or(DecodeError::Missing { field: "asset" })?;
        Ok(Balance::new(Text::cut(asset), decimal("free", free)?, decimal("locked", locked)?))
    };
    Ok(balances.map(read).collect::<Result<_, DecodeError>>()?)
}
