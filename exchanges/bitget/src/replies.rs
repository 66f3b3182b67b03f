//! How the venue's replies are read.
//!
//! ```text
//! {"code":"00000","msg":"success","requestTime":1695806875837,"data":{"orderId":"1001","clientOid":"121211212122"}}
//! ```
//!
//! What decides comes first: whether it is an error, whether it belongs to the request, which order it names, how that order stands.
//! Nothing else can fail a reply that says yes. All values are strings, and what is not there is the empty one, or null.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
use orderwire::order::{
    AckStage, Balance, CancelAck, Fate, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef, OrderState,
    OrderStatus, Side, TopOfBook,
};
use orderwire::venue::json::{self, Json};
use orderwire::venue::reply::{Ids, decimal, members, text};
use orderwire::venue::{Cursor, DecodeError, Instrument, Response, RestError, Text, Timestamp};

use crate::batch::{BATCH_MAX, Batch};
use crate::changes::CancelReplace;
use crate::errors::{self, MEMBERS};

/// What a reply that says yes is about.
#[inline]
fn data<'a>(response: &Response<'a>) -> Result<Json<'a>, RestError> {
    errors::refuse_failures(response)?;
    let [code, data, msg] = json::whole_object(response.body(), &MEMBERS).map_err(DecodeError::from)?;
    errors::judge(response.status(), code, msg)?;
    Ok(data.ok_or(DecodeError::Missing { field: "data" })?)
}

/// The elements of a reply that says yes.
fn list<'a>(response: &Response<'a>) -> Result<json::Elements<'a>, RestError> {
    let data = data(response)?;
    Ok(data.array().ok_or(DecodeError::Malformed { field: "data", expected: "an array" })?)
}

/// The members of the object that a reply is about, or of the one element of its list.
fn one<'a, const N: usize>(response: &Response<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], RestError> {
    let expected = DecodeError::Malformed { field: "data", expected: "an object, or a list of one" };
    let data = data(response)?;
    let object = match data.array() {
        Some(mut elements) => elements.next().filter(|_| elements.next().is_none()).ok_or(expected)?,
        None => data,
    };
    Ok(members(object, names)?)
}

/// The answer to a new order: the gateway has it.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    let [id, order_id] = one(response, &["clientOid", "orderId"])?;
    ack(&Ids { id: text(id), order_id: text(order_id) }, asked.order())
}

#[inline]
fn ack(ids: &Ids<'_>, asked: OrderRef) -> Result<OrderAck, RestError> {
    let id = asked.id.filter(|_| ids.name(&asked)).ok_or(DecodeError::OtherOrder)?;
    Ok(OrderAck::new(asked.symbol, id, read_order_id(ids.order_id)?, AckStage::Received))
}

/// The answer to a cancel.
#[inline]
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let [id, order_id] = one(response, &["clientOid", "orderId"])?;
    cancel_ack(&Ids { id: text(id), order_id: text(order_id) }, *asked)
}

fn cancel_ack(ids: &Ids<'_>, asked: OrderRef) -> Result<CancelAck, RestError> {
    // An order that has both ids goes out by the venue's.
    if !ids.name(&asked) {
        return Err(DecodeError::OtherOrder.into());
    }
    let mut ack = CancelAck::of(&asked).received();
    ack.id = ids.id.and_then(|id| ClientOrderId::new(id).ok()).or(asked.id);
    ack.order_id = ids.order_id.and_then(|id| OrderId::new(id).ok()).or(asked.order_id);
    Ok(ack)
}

/// The answer to a cancel of all, which names the instrument.
pub(crate) fn all_cancelled(response: &Response<'_>, asked: Symbol) -> Result<Vec<CancelAck>, RestError> {
    let [symbol] = one(response, &["symbol"])?;
    read_symbol(symbol, Some(asked))?;
    Ok(Vec::new())
}

/// The answer to a cancel that places another order.
pub(crate) fn replaced(response: &Response<'_>, asked: &CancelReplace) -> Result<OrderAck, RestError> {
    let [id, order_id, success, msg] = one(response, &["clientOid", "orderId", "success", "msg"])?;
    match text(success) {
        Some("success") => ack(&Ids { id: text(id), order_id: text(order_id) }, asked.new_order()),
        Some(_) => Err(errors::unclear(response, text(msg))),
        None => Err(DecodeError::Missing { field: "success" }.into()),
    }
}

/// The answers to a batch of new orders.
pub(crate) fn batch_placed<'o>(
    response: &Response<'_>,
    asked: impl Iterator<Item = &'o NewOrder>,
) -> Result<Batch<OrderAck>, RestError> {
    batch(response, asked.map(NewOrder::order), ack)
}

/// The answers to a batch of cancels.
pub(crate) fn batch_cancelled(
    response: &Response<'_>,
    asked: impl Iterator<Item = OrderRef>,
) -> Result<Batch<CancelAck>, RestError> {
    batch(response, asked, cancel_ack)
}

/// An answer for each that was asked for, in their order: what was done, or why not.
///
/// One that names no order of the request, or one that was answered already, spoils the whole reply; an order that is not answered is
/// unknown.
fn batch<T>(
    response: &Response<'_>,
    asked: impl Iterator<Item = OrderRef>,
    read: impl Fn(&Ids<'_>, OrderRef) -> Result<T, RestError>,
) -> Result<Batch<T>, RestError> {
    let [done, failed] = members(data(response)?, &["successList", "failureList"])?;
    let mut answers = ArrayVec::<(Ids<'_>, Result<(), RestError>), BATCH_MAX>::new();
    let most = DecodeError::Malformed { field: "data", expected: "at most an answer for each order" };
    for (name, list, has_failed) in [("successList", done, false), ("failureList", failed, true)] {
        for answer in elements(name, list)?.into_iter().flatten() {
            let [id, order_id, code, msg] = members(answer, &["clientOid", "orderId", "errorCode", "errorMsg"])?;
            let outcome = if has_failed { Err(errors::of_part(code, msg)) } else { Ok(()) };
            answers.try_push((Ids { id: text(id), order_id: text(order_id) }, outcome)).map_err(|_| most)?;
        }
    }
    let mut batch = Batch::new();
    for asked in asked {
        let place = answers.iter().position(|(ids, _)| ids.name(&asked));
        batch.push(match place.map(|place| answers.swap_remove(place)) {
            Some((ids, Ok(()))) => read(&ids, asked),
            Some((_, Err(error))) => Err(error),
            None => Err(DecodeError::Missing { field: "successList or failureList" }.into()),
        });
    }
    if answers.is_empty() { Ok(batch) } else { Err(DecodeError::OtherOrder.into()) }
}

/// The answer to a query: a list of one order or none; or of past orders, so many a part, among which it is looked for.
pub(crate) fn queried(response: &Response<'_>, asked: &OrderRef, part: Option<usize>) -> Result<OrderState, RestError> {
    let (mut found, mut count): (Option<OrderState>, usize) = (None, 0);
    for order in list(response)? {
        count += 1;
        let [id, order_id] = members(order, &["clientOid", "orderId"])?;
        if !(Ids { id: text(id), order_id: text(order_id) }.name(asked)) {
            continue;
        }
        let state = read_state(order, Some(asked.symbol))?;
        // An id may be used again after a while: the newest counts.
        if found.is_none_or(|before| state.updated > before.updated) {
            found = Some(state);
        }
    }
    match (found, part) {
        (Some(state), _) => Ok(state),
        (None, None) if count > 0 => Err(DecodeError::OtherOrder.into()),
        // It may be in the next one.
        (None, Some(part)) if count >= part => Err(errors::none_found(response, Fate::Unknown)),
        (None, _) => Err(errors::none_found(response, Fate::Rejected)),
    }
}

/// The answer to a list of open orders.
pub(crate) fn open_orders(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    Ok(list(response)?.map(|order| read_state(order, asked)).collect::<Result<_, DecodeError>>()?)
}

/// Where a list goes on: a full part may not be the last, and the next begins behind its last order.
pub(crate) fn next_page(response: &Response<'_>, full: usize) -> Result<Option<Cursor>, RestError> {
    let orders = list(response)?;
    if orders.clone().count() < full {
        return Ok(None);
    }
    let Some(last) = orders.last() else { return Ok(None) };
    let [last] = members(last, &["orderId"])?;
    Ok(Some(text(last).and_then(Cursor::new).ok_or(DecodeError::Missing { field: "orderId" })?))
}

fn read_state(order: Json<'_>, asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    const NAMES: [&str; 12] = [
        "baseVolume",
        "cTime",
        "clientOid",
        "orderId",
        "orderType",
        "price",
        "priceAvg",
        "side",
        "size",
        "status",
        "symbol",
        "uTime",
    ];
    let [executed, created, id, order_id, order_type, price, average, side, size, status, symbol, updated] =
        members(order, &NAMES)?;
    let symbol = read_symbol(symbol, asked)?;
    let word = text(status).ok_or(DecodeError::Missing { field: "status" })?;
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("baseVolume", executed)?;
    let mut state = OrderState::new(symbol, read_order_id(text(order_id))?, status_of(word), Text::cut(word), executed);
    state.id = text(id).and_then(|id| ClientOrderId::new(id).ok());
    state.side = self::side(side);
    // The list of open orders has no `price`, and calls it `priceAvg`. Source: "Get Current Orders", "priceAvg: Order price".
    state.price = price.or(average).and_then(Json::as_decimal).filter(|price| !price.is_zero());
    // A market buy says how much of the quote coin it spends.
    let is_quote = text(order_type) == Some("market") && state.side != Some(Side::Sell);
    state.quantity = size.and_then(Json::as_decimal).filter(|_| !is_quote);
    state.updated = time(updated).or(time(created));
    Ok(state)
}

/// Source: "Get Order Info", `status`; an example there has `full_fill`, and one of "Get Current Orders" `new`.
fn status_of(word: &str) -> OrderStatus {
    match word {
        "cancelled" => OrderStatus::Cancelled,
        "filled" | "full_fill" => OrderStatus::Filled,
        "init" => OrderStatus::Pending,
        "live" | "new" => OrderStatus::New,
        "partial_fill" | "partially_filled" => OrderStatus::PartiallyFilled,
        _ => OrderStatus::Other,
    }
}

/// What the account has. Coins that it has nothing of are left out.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let read = |coin: Json<'_>| {
        let [free, asset, frozen, locked] = members(coin, &["available", "coin", "frozen", "locked"])?;
        let asset = text(asset).ok_or(DecodeError::Missing { field: "coin" })?;
        let held = decimal("frozen", frozen)?.checked_add(decimal("locked", locked)?);
        let held = held.ok_or(DecodeError::Malformed { field: "locked", expected: "an amount" })?;
        Ok(Balance::new(Text::cut(asset), decimal("available", free)?, held))
    };
    let all = list(response)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// The account's executions, the oldest first; the venue's list begins with the latest.
pub(crate) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    const NAMES: [&str; 9] =
        ["cTime", "feeDetail", "orderId", "priceAvg", "side", "size", "symbol", "tradeId", "tradeScope"];
    let read = |trade: Json<'_>| {
        let [at, fees, order_id, price, side, quantity, symbol, id, taken] = members(trade, &NAMES)?;
        read_symbol(symbol, Some(asked))?;
        let [coin, fee] = match fees {
            Some(fees) if fees.object().is_some() => members(fees, &["feeCoin", "totalFee"])?,
            _ => [None; 2],
        };
        let fill = Fill::new(
            decimal("priceAvg", price)?,
            decimal("size", quantity)?,
            // Below zero where the venue took it.
            fee.and_then(Json::as_decimal).map(|fee| -fee),
            Text::cut(text(coin).unwrap_or_default()),
            text(id).and_then(|id| id.parse().ok()),
        );
        let mut fill = OrderFill::new(asked, read_order_id(text(order_id))?, fill);
        fill.id = text(id).and_then(|id| ExecutionId::new(id).ok());
        fill.side = self::side(side);
        fill.liquidity = match text(taken) {
            Some("maker") => Some(Liquidity::Maker),
            Some("taker") => Some(Liquidity::Taker),
            _ => None,
        };
        fill.time = time(at);
        Ok(fill)
    };
    let mut fills = list(response)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    fills.reverse();
    Ok(fills)
}

/// What the venue takes of a trade.
pub(crate) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [maker, taker] = one(response, &["makerFeeRate", "takerFeeRate"])?;
    let rates = (decimal("makerFeeRate", maker)?, decimal("takerFeeRate", taker)?);
    Ok(FeeRates::new(asked, rates, rates))
}

/// One instrument's rules.
pub(crate) fn instrument(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    let rules = list(response)?.map(|instrument| read_instrument(instrument, Some(asked)));
    Ok(rules.last().ok_or(DecodeError::Malformed { field: "data", expected: "one element" })??)
}

/// All instruments whose rules can be read.
pub(crate) fn instruments(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    Ok(list(response)?.filter_map(|instrument| read_instrument(instrument, None).ok()).collect())
}

/// Steps are told as numbers of decimal places. The ratios that say how far a price may be from the market do not say of which price, and
/// are left out.
fn read_instrument(instrument: Json<'_>, asked: Option<Symbol>) -> Result<Instrument, DecodeError> {
    const NAMES: [&str; 8] = [
        "maxTradeAmount",
        "minTradeAmount",
        "minTradeUSDT",
        "pricePrecision",
        "quantityPrecision",
        "quoteCoin",
        "status",
        "symbol",
    ];
    let [most, least, notional, price_places, quantity_places, quote, status, symbol] = members(instrument, &NAMES)?;
    let lot = step("quantityPrecision", quantity_places)?;
    // "0" where the step is the least.
    let least = decimal("minTradeAmount", least)?.normalize().max(lot);
    let mut rules = Instrument::new(read_symbol(symbol, asked)?, step("pricePrecision", price_places)?, lot, least);
    rules.quantity_max = most.and_then(Json::as_decimal).map(|most| most.normalize()).filter(|most| !most.is_zero());
    if text(quote) == Some("USDT") {
        // In that coin: what it is in another, the market says.
        rules.notional_min = decimal("minTradeUSDT", notional)?.normalize();
    }
    // The venue itself knows who may trade what it calls grey.
    rules.is_trading = matches!(text(status), Some("gray" | "online"));
    Ok(rules)
}

fn step(field: &'static str, places: Option<Json<'_>>) -> Result<Decimal, DecodeError> {
    let places = places.ok_or(DecodeError::Missing { field })?;
    let places = text(Some(places)).and_then(|text| text.parse().ok()).filter(|places| *places <= Decimal::MAX_SCALE);
    places
        .map(|places| Decimal::from_parts(1, 0, 0, false, places))
        .ok_or(DecodeError::Malformed { field, expected: "a number of decimal places" })
}

/// The best prices; a side where nobody is has none.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let [symbol, ask, ask_quantity, bid, bid_quantity] =
        one(response, &["symbol", "askPr", "askSz", "bidPr", "bidSz"])?;
    read_symbol(symbol, Some(asked))?;
    let or_none = |field, value: Option<Json<'_>>| match text(value) {
        None if value.is_some() => Ok(Decimal::ZERO),
        _ => decimal(field, value),
    };
    let bid = (or_none("bidPr", bid)?, or_none("bidSz", bid_quantity)?);
    let ask = (or_none("askPr", ask)?, or_none("askSz", ask_quantity)?);
    Ok(TopOfBook::new(asked, bid, ask))
}

/// The venue's clock.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [now] = one(response, &["serverTime"])?;
    Ok(time(now).ok_or(DecodeError::Malformed { field: "serverTime", expected: "milliseconds since 1970" })?)
}

/// The elements of a list that may be left out, or null.
fn elements<'a>(field: &'static str, value: Option<Json<'a>>) -> Result<Option<json::Elements<'a>>, DecodeError> {
    let list = |value: Json<'a>| value.array().ok_or(DecodeError::Malformed { field, expected: "an array" });
    value.filter(|value| !value.is_null()).map(list).transpose()
}

/// The venue's id of an order.
#[inline]
fn read_order_id(id: Option<&str>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderId" })?;
    OrderId::new(id).map_err(|_| DecodeError::Malformed { field: "orderId", expected: "an id" })
}

/// The instrument that was asked for, or else the one that the reply names. A name may have characters that the venue is free to escape:
/// then, and where it is missing, the ids alone decide. Some examples have it in small letters.
fn read_symbol(symbol: Option<Json<'_>>, asked: Option<Symbol>) -> Result<Symbol, DecodeError> {
    match (asked, symbol.and_then(Json::as_str)) {
        (Some(asked), Some(symbol)) if !symbol.eq_ignore_ascii_case(asked.as_str()) => Err(DecodeError::OtherOrder),
        (Some(asked), _) => Ok(asked),
        (None, _) => {
            let name = text(symbol).ok_or(DecodeError::Missing { field: "symbol" })?;
            Symbol::new(name).map_err(|_| DecodeError::Malformed { field: "symbol", expected: "an instrument's name" })
        }
    }
}

/// Milliseconds, as text.
#[inline]
fn time(value: Option<Json<'_>>) -> Option<Timestamp> {
    text(value)?.parse().ok().map(Timestamp::from_ms)
}

/// Buy or sell, where the reply says it.
fn side(value: Option<Json<'_>>) -> Option<Side> {
    match text(value) {
        Some("buy") => Some(Side::Buy),
        Some("sell") => Some(Side::Sell),
        _ => None,
    }
}
