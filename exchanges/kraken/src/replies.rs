//! How the venue's replies are read.
//!
//! ```text
//! {"error":[],"result":{"txid":["OUF4EM-FRGI2-MQMWZD"],"descr":{"order":"buy 1.25000000 XBTUSD @ limit 37500.0"}}}
//! ```
//!
//! What decides comes first: whether there is an error, whether the reply belongs to the request, which order it names, how that order
//! stands. Nothing else can fail a reply that says yes. Amounts are strings; times are seconds with a fraction.
//!
//! A new order's answer has its client order id at best: what ties it to the request besides is the order in words, `descr`, as far as it
//! can be told apart by that. The client refuses an answer that comes twice ([`Venue::ECHOES_ID`](orderwire::venue::Venue::ECHOES_ID)).

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
use orderwire::order::{
    AckStage, AmendAck, Balance, CancelAck, Fate, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef,
    OrderState, OrderStatus, Side, TopOfBook,
};
use orderwire::position::{Position, PositionSide};
use orderwire::venue::json::{self, Json};
use orderwire::venue::reply::{decimal, members, text};
use orderwire::venue::{
    Answer, DecodeError, FillsSince, GetFills, Instrument, RejectKind, Response, RestError, Text, Timestamp,
};

use crate::batch::{Batch, CANCEL_BATCH_MAX};
use crate::errors;
use crate::fields::is_pair;
use crate::market::SystemStatus;

/// What a reply that says yes has to say.
#[inline]
fn result<'a>(response: &Response<'a>) -> Result<Json<'a>, RestError> {
    errors::refuse_failures(response)?;
    let [error, result] = json::whole_object(response.body(), &["error", "result"]).map_err(DecodeError::from)?;
    errors::judge(response.status(), error)?;
    Ok(result.ok_or(DecodeError::Missing { field: "result" })?)
}

/// The members of a reply that says yes.
#[inline]
fn result_members<'a, const N: usize>(
    response: &Response<'a>,
    names: &[&str; N],
) -> Result<[Option<Json<'a>>; N], RestError> {
    Ok(members(result(response)?, names)?)
}

/// What is read of a new order's answer.
const PLACED: [&str; 3] = ["txid", "descr", "cl_ord_id"];

/// The answer to a new order, of so much.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder, volume: Decimal) -> Result<OrderAck, RestError> {
    let [ids, descr, id] = result_members(response, &PLACED)?;
    check_order(descr, id, asked, volume)?;
    let expected = DecodeError::Malformed { field: "txid", expected: "one id" };
    let mut ids = ids.and_then(Json::array).ok_or(DecodeError::Missing { field: "txid" })?;
    let order_id = ids.next().ok_or(expected)?;
    if ids.next().is_some() {
        return Err(expected.into());
    }
    Ok(ack(order_id.as_str(), asked)?)
}

#[inline]
fn ack(order_id: Option<&str>, asked: &NewOrder) -> Result<OrderAck, DecodeError> {
    // The gateway's yes: what the engine makes of it, a query tells.
    Ok(OrderAck::new(asked.symbol, asked.id, read_order_id(order_id)?, AckStage::Received))
}

/// Whether an answer is about this order: by its client order id where that is told, and by the order in words.
#[inline]
fn check_order(
    descr: Option<Json<'_>>,
    id: Option<Json<'_>>,
    asked: &NewOrder,
    volume: Decimal,
) -> Result<(), DecodeError> {
    let id = id.filter(|id| !id.is_null());
    if id.is_some_and(|id| id.as_str() != Some(asked.id.as_str())) {
        return Err(DecodeError::OtherOrder);
    }
    let words = match descr {
        Some(descr) => descr.member("order").map_err(DecodeError::from)?,
        None => None,
    };
    match words.and_then(Json::as_raw_str) {
        Some(words) if is_in_words(words, asked, volume) => Ok(()),
        None if id.is_some() => Ok(()),
        None => Err(DecodeError::Missing { field: "descr" }),
        Some(_) => Err(DecodeError::OtherOrder),
    }
}

/// `buy 1.25000000 XBTUSD @ limit 37500.0`: side, quantity as far as it is told, pair.
#[inline]
fn is_in_words(words: &str, asked: &NewOrder, volume: Decimal) -> bool {
    let mut words = words.split(' ');
    let side = if asked.side == Side::Buy { "buy" } else { "sell" };
    if words.next() != Some(side) {
        return false;
    }
    let told = words.next().and_then(|told| orderwire::decimal::parse(told.as_bytes()));
    told.is_some_and(|told| told == volume || told == volume.trunc_with_scale(told.scale()))
        && words.next().is_some_and(|pair| is_pair(pair, asked.symbol.as_str()))
}

/// The answer to a check of an order.
pub(crate) fn checked(response: &Response<'_>) -> Result<(), RestError> {
    let [descr] = result_members(response, &["descr"])?;
    Ok(descr.map(drop).ok_or(DecodeError::Missing { field: "descr" })?)
}

/// The answers to a batch of new orders, in their order: each has an id, or why not.
pub(crate) fn batch_placed<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = (&'o NewOrder, Decimal)>,
) -> Result<Batch<OrderAck>, RestError> {
    let [orders] = result_members(response, &["orders"])?;
    let mut orders = orders.and_then(Json::array).ok_or(DecodeError::Missing { field: "orders" })?;
    let expected = DecodeError::Malformed { field: "orders", expected: "an element for each order" };
    let mut batch = Batch::new();
    for (order, volume) in asked {
        let element = orders.next().ok_or(expected)?;
        let outcome = read_element(element, order, volume);
        if let Err(RestError::Decode(DecodeError::OtherOrder)) = outcome {
            return Err(DecodeError::OtherOrder.into());
        }
        batch.push(outcome);
    }
    if orders.next().is_some() { Err(expected.into()) } else { Ok(batch) }
}

fn read_element(element: Json<'_>, asked: &NewOrder, volume: Decimal) -> Result<OrderAck, RestError> {
    let [order_id, descr, id, error] = members(element, &["txid", "descr", "cl_ord_id", "error"])?;
    if let Some(error) = error.filter(|error| !error.is_null()) {
        return Err(errors::of_element(error.as_raw_str().unwrap_or_default()));
    }
    check_order(descr, id, asked, volume)?;
    Ok(ack(order_id.and_then(Json::as_str), asked)?)
}

/// The answer to a cancel, which counts: there was one.
#[inline]
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let [count, pending] = result_members(response, &["count", "pending"])?;
    if count.and_then(Json::as_u64) != Some(1) {
        return Err(DecodeError::Malformed { field: "count", expected: "1, as one order was asked for" }.into());
    }
    let ack = CancelAck::of(asked);
    Ok(if pending.and_then(Json::as_bool) == Some(true) { ack.received() } else { ack })
}

/// The answer to a batch of cancels, which counts as well.
pub(crate) fn batch_cancelled(
    response: &Response<'_>,
    asked: &[OrderRef],
) -> Result<ArrayVec<Result<CancelAck, RestError>, CANCEL_BATCH_MAX>, RestError> {
    let [count] = result_members(response, &["count"])?;
    let count = count.and_then(Json::as_u64).ok_or(DecodeError::Missing { field: "count" })?;
    let is_all = count == asked.len() as u64;
    let fewer = Answer::new(response.status(), None, RejectKind::Other, "not as many were cancelled as were asked for");
    Ok(asked
        .iter()
        .map(|order| if is_all { Ok(CancelAck::of(order)) } else { Err(fewer.into_error(Fate::Unknown)) })
        .collect())
}

/// The answer to a cancel of everything: how many they were.
pub(crate) fn all_cancelled(response: &Response<'_>) -> Result<u64, RestError> {
    let [count] = result_members(response, &["count"])?;
    Ok(count.and_then(Json::as_u64).ok_or(DecodeError::Malformed { field: "count", expected: "a whole number" })?)
}

/// The answer to a change, which has an id of its own.
pub(crate) fn amended(response: &Response<'_>, asked: &OrderRef) -> Result<AmendAck, RestError> {
    let [amend_id] = result_members(response, &["amend_id"])?;
    match amend_id.and_then(Json::as_raw_str) {
        Some(_) => Ok(AmendAck::of(asked)),
        None => Err(DecodeError::Missing { field: "amend_id" }.into()),
    }
}

/// The answer to a dead man's switch: when it will cancel, or 0.
pub(crate) fn switched(response: &Response<'_>, on: bool) -> Result<(), RestError> {
    let [at] = result_members(response, &["triggerTime"])?;
    let at = at.ok_or(DecodeError::Missing { field: "triggerTime" })?;
    let is_off = at.as_u64() == Some(0) || matches!(at.as_raw_str(), Some("" | "0"));
    if is_off != on {
        Ok(())
    } else {
        Err(DecodeError::Malformed { field: "triggerTime", expected: "a time when switched on, else 0" }.into())
    }
}

/// The answer to a query.
pub(crate) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let result = result(response)?;
    let list = match (&asked.order_id, asked.in_history) {
        (Some(_), _) => Some(result),
        (None, in_history) => members(result, &[if in_history { "closed" } else { "open" }])?[0],
    };
    let orders = list.and_then(Json::object).ok_or(DecodeError::Missing { field: "the list of orders" })?;
    let mut found: Option<(OrderState, Option<Decimal>)> = None;
    let mut is_empty = true;
    for (order_id, order) in orders {
        is_empty = false;
        let is_asked = match (&asked.order_id, &asked.id) {
            (Some(asked), _) => asked.as_str() == order_id,
            (None, id) => {
                members(order, &["cl_ord_id"])?[0].and_then(Json::as_str) == id.as_ref().map(ClientOrderId::as_str)
            }
        };
        if !is_asked {
            continue;
        }
        let (mut state, pair, opened) = read_state(order_id, order)?;
        if !is_pair(pair, asked.symbol.as_str()) {
            return Err(DecodeError::OtherOrder.into());
        }
        // An id may be used again once its order has ended: the newest counts.
        if found.is_none_or(|(_, before)| opened > before) {
            state.symbol = asked.symbol;
            found = Some((state, opened));
        }
    }
    match found {
        Some((state, _)) => Ok(state),
        None if is_empty => Err(errors::none_found(response)),
        None => Err(DecodeError::OtherOrder.into()),
    }
}

/// The answer to a list of orders; of one pair where that was asked for.
pub(crate) fn orders(
    response: &Response<'_>,
    list: &'static str,
    asked: Option<Symbol>,
) -> Result<Vec<OrderState>, RestError> {
    let [orders] = result_members(response, &[list])?;
    let orders = orders.and_then(Json::object).ok_or(DecodeError::Missing { field: list })?;
    let mut states = Vec::new();
    for (order_id, order) in orders {
        let (mut state, pair, _) = read_state(order_id, order)?;
        match asked {
            Some(asked) if !is_pair(pair, asked.as_str()) => continue,
            Some(asked) => state.symbol = asked,
            None => {}
        }
        states.push(state);
    }
    Ok(states)
}

/// An order's state, the name of its pair, and when it was opened.
fn read_state<'a>(order_id: &str, order: Json<'a>) -> Result<(OrderState, &'a str, Option<Decimal>), DecodeError> {
    const NAMES: [&str; 8] = ["cl_ord_id", "status", "opentm", "descr", "vol", "vol_exec", "misc", "closetm"];
    const DESCR: [&str; 5] = ["pair", "type", "ordertype", "price", "price2"];
    let [id, status, opened, descr, volume, executed, misc, closed] = members(order, &NAMES)?;
    let [pair, side, order_type, price, price2] = match descr {
        Some(descr) => members(descr, &DESCR)?,
        None => [None; DESCR.len()],
    };
    let pair = text(pair).ok_or(DecodeError::Missing { field: "descr.pair" })?;
    let symbol =
        Symbol::new(pair).map_err(|_| DecodeError::Malformed { field: "descr.pair", expected: "a pair's name" })?;
    let word = text(status).ok_or(DecodeError::Missing { field: "status" })?;
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("vol_exec", executed)?;
    let order_type = text(order_type).unwrap_or_default();
    // "stopped: triggered by stop price, touched: triggered by touch price". Source: "Get Open Orders", `misc`.
    let misc = text(misc).unwrap_or_default();
    let waits = is_trigger(order_type) && !misc.contains("stopped") && !misc.contains("touched");
    let status = match word {
        "canceled" => OrderStatus::Cancelled,
        "closed" => OrderStatus::Filled,
        "expired" => OrderStatus::Expired,
        "open" if !executed.is_zero() => OrderStatus::PartiallyFilled,
        "open" if waits => OrderStatus::Pending,
        "open" => OrderStatus::New,
        "pending" => OrderStatus::Pending,
        _ => OrderStatus::Other,
    };
    let mut state = OrderState::new(symbol, read_order_id(Some(order_id))?, status, Text::cut(word), executed);
    state.id = text(id).and_then(|id| ClientOrderId::new(id).ok());
    state.side = self::side(side);
    // Of an order that waits for a price, that one comes first.
    let price = if is_trigger(order_type) { price2 } else { price };
    state.price = price.and_then(Json::as_decimal).filter(|price| !price.is_zero());
    state.quantity = volume.and_then(Json::as_decimal);
    state.updated = time(closed).or(time(opened));
    Ok((state, pair, opened.and_then(Json::as_decimal)))
}

/// Whether orders of this type wait for a price.
fn is_trigger(order_type: &str) -> bool {
    ["stop-loss", "take-profit", "trailing-stop"].iter().any(|word| order_type.starts_with(word))
}

/// What the account has. Coins that it has nothing of are left out.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let coins = result(response)?.object().ok_or(DecodeError::Malformed { field: "result", expected: "an object" })?;
    let read = |(asset, coin): (&str, Json<'_>)| {
        let [balance, credit, used, held] = members(coin, &["balance", "credit", "credit_used", "hold_trade"])?;
        let or_none = |value: Option<Json<'_>>| value.and_then(Json::as_decimal).unwrap_or_default();
        let (all, locked) = (decimal("balance", balance)?, or_none(held));
        // "Available balance = balance + credit - credit_used - hold_trade".
        let free = all.checked_add(or_none(credit) - or_none(used)).and_then(|all| all.checked_sub(locked));
        let free = free.ok_or(DecodeError::Malformed { field: "balance", expected: "a balance" })?;
        Ok(Balance::new(Text::cut(asset), free, locked))
    };
    let all = coins.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// The account's positions, added up by pair; one of nothing is none.
pub(crate) fn positions(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, RestError> {
    const NAMES: [&str; 5] = ["pair", "type", "cost", "vol", "vol_closed"];
    let parts = result(response)?.object().ok_or(DecodeError::Malformed { field: "result", expected: "an object" })?;
    let overflow = DecodeError::Malformed { field: "vol", expected: "a quantity" };
    // Symbol, quantity, and what of it cost how much.
    let mut sums: Vec<(Symbol, Decimal, Decimal, Decimal)> = Vec::new();
    for (_, part) in parts {
        let [pair, side, cost, volume, closed] = members(part, &NAMES)?;
        let pair = text(pair).ok_or(DecodeError::Missing { field: "pair" })?;
        let symbol = match asked {
            Some(asked) if is_pair(pair, asked.as_str()) => asked,
            Some(_) => continue,
            None => Symbol::new(pair).map_err(|_| DecodeError::Malformed { field: "pair", expected: "a pair's id" })?,
        };
        let (volume, cost) = (decimal("vol", volume)?, decimal("cost", cost)?);
        let open = volume.checked_sub(decimal("vol_closed", closed)?).ok_or(overflow)?;
        let open = match self::side(side) {
            Some(Side::Buy) => open,
            Some(Side::Sell) => -open,
            None => return Err(DecodeError::Malformed { field: "type", expected: "buy or sell" }.into()),
        };
        match sums.iter_mut().find(|(known, ..)| *known == symbol) {
            Some((_, quantity, volumes, costs)) => {
                *quantity = quantity.checked_add(open).ok_or(overflow)?;
                *volumes = volumes.checked_add(volume).ok_or(overflow)?;
                *costs = costs.checked_add(cost).ok_or(overflow)?;
            }
            None => sums.push((symbol, open, volume, cost)),
        }
    }
    let position = |(symbol, quantity, volume, cost): (Symbol, Decimal, Decimal, Decimal)| {
        let mut position = Position::new(symbol, PositionSide::Net, quantity);
        position.entry_price = cost.checked_div(volume);
        position
    };
    Ok(sums.into_iter().filter(|(_, quantity, ..)| !quantity.is_zero()).map(position).collect())
}

/// The account's executions of one pair, the oldest first.
pub(crate) fn fills(response: &Response<'_>, asked: &GetFills) -> Result<Vec<OrderFill>, RestError> {
    const NAMES: [&str; 9] = ["ordertxid", "pair", "time", "type", "price", "fee", "vol", "trade_id", "maker"];
    let [trades] = result_members(response, &["trades"])?;
    let trades = trades.and_then(Json::object).ok_or(DecodeError::Missing { field: "trades" })?;
    let mut fills = Vec::new();
    for (number, trade) in trades {
        let [order_id, pair, at, side, price, fee, quantity, id, maker] = members(trade, &NAMES)?;
        if !is_pair(text(pair).ok_or(DecodeError::Missing { field: "pair" })?, asked.symbol.as_str()) {
            continue;
        }
        let at = time(at);
        if let (FillsSince::Time(since), Some(at)) = (asked.since, at)
            && at < since
        {
            continue;
        }
        let fill = Fill::new(
            decimal("price", price)?,
            decimal("vol", quantity)?,
            fee.and_then(Json::as_decimal),
            Text::default(),
            id.and_then(Json::as_u64),
        );
        let mut fill = OrderFill::new(asked.symbol, read_order_id(text(order_id))?, fill);
        fill.id = ExecutionId::new(number).ok();
        fill.side = self::side(side);
        fill.liquidity = match maker.and_then(Json::as_bool) {
            Some(true) => Some(Liquidity::Maker),
            Some(false) => Some(Liquidity::Taker),
            None => None,
        };
        fill.time = at;
        fills.push(fill);
    }
    // Members of an object have no order of their own.
    fills.sort_by_key(|fill| (fill.time, fill.fill.trade_id));
    Ok(fills)
}

/// What the venue takes of a trade, in hundredths; a pair without makers' fees of its own has the same for both.
pub(crate) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [takers, makers] = result_members(response, &["fees", "fees_maker"])?;
    let rate = |field: &'static str, fees: Json<'_>| {
        let mut pairs = fees.object().ok_or(DecodeError::Malformed { field, expected: "an object" })?;
        let (_, fee) = pairs.find(|(id, _)| is_pair(id, asked.as_str())).ok_or(DecodeError::OtherOrder)?;
        let [fee] = members(fee, &["fee"])?;
        let percent = decimal("fee", fee)?;
        percent.checked_div(Decimal::ONE_HUNDRED).ok_or(DecodeError::Malformed { field: "fee", expected: "percent" })
    };
    let taker = rate("fees", takers.ok_or(DecodeError::Missing { field: "fees" })?)?;
    let maker = match makers.filter(|makers| !makers.is_null()) {
        Some(makers) => rate("fees_maker", makers)?,
        None => taker,
    };
    Ok(FeeRates::new(asked, (maker, taker), (maker, taker)))
}

/// One pair's rules.
pub(crate) fn instrument(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    let pairs = result(response)?.object().ok_or(DecodeError::Malformed { field: "result", expected: "an object" })?;
    let mut found = None;
    for (id, pair) in pairs {
        let [name] = members(pair, &["altname"])?;
        if id == asked.as_str() || text(name) == Some(asked.as_str()) {
            let mut rules = read_pair(pair)?;
            rules.symbol = asked;
            found = Some(rules);
        }
    }
    Ok(found.ok_or(DecodeError::OtherOrder)?)
}

/// All pairs whose rules can be read.
pub(crate) fn instruments(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    let pairs = result(response)?.object().ok_or(DecodeError::Malformed { field: "result", expected: "an object" })?;
    Ok(pairs.filter_map(|(_, pair)| read_pair(pair).ok()).collect())
}

fn read_pair(pair: Json<'_>) -> Result<Instrument, DecodeError> {
    const NAMES: [&str; 7] = ["altname", "pair_decimals", "lot_decimals", "ordermin", "costmin", "tick_size", "status"];
    let [name, price_places, places, least, cost_min, tick, status] = members(pair, &NAMES)?;
    let name = text(name).ok_or(DecodeError::Missing { field: "altname" })?;
    let symbol =
        Symbol::new(name).map_err(|_| DecodeError::Malformed { field: "altname", expected: "a pair's name" })?;
    let step = |field, places: Option<Json<'_>>| {
        let places = places.and_then(Json::as_u64).and_then(|places| u32::try_from(places).ok());
        let step = places.filter(|places| *places <= Decimal::MAX_SCALE).map(|places| Decimal::new(1, places));
        step.ok_or(DecodeError::Malformed { field, expected: "a number of places" })
    };
    let tick = match tick {
        Some(_) => decimal("tick_size", tick)?.normalize(),
        None => step("pair_decimals", price_places)?,
    };
    let mut rules =
        Instrument::new(symbol, tick, step("lot_decimals", places)?, decimal("ordermin", least)?.normalize());
    if let Some(cost_min) = cost_min.and_then(Json::as_decimal) {
        rules.notional_min = cost_min.normalize();
    }
    rules.is_trading = text(status) == Some("online");
    Ok(rules)
}

/// The best prices; a side where nobody is has none.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let mut books =
        result(response)?.object().ok_or(DecodeError::Malformed { field: "result", expected: "an object" })?;
    let (id, book) = books.next().ok_or(DecodeError::Missing { field: "the pair's book" })?;
    if books.next().is_some() || !is_pair(id, asked.as_str()) {
        return Err(DecodeError::OtherOrder.into());
    }
    let [asks, bids] = members(book, &["asks", "bids"])?;
    Ok(TopOfBook::new(asked, best("bids", bids)?, best("asks", asks)?))
}

/// `[["37500.0","1.25",1616492376]]`
fn best(field: &'static str, side: Option<Json<'_>>) -> Result<(Decimal, Decimal), DecodeError> {
    let mut levels = side.and_then(Json::array).ok_or(DecodeError::Missing { field })?;
    let Some(level) = levels.next() else { return Ok((Decimal::ZERO, Decimal::ZERO)) };
    let mut level = level.array().ok_or(DecodeError::Malformed { field, expected: "price and quantity" })?;
    Ok((decimal(field, level.next())?, decimal(field, level.next())?))
}

/// The venue's clock.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [seconds] = result_members(response, &["unixtime"])?;
    let expected = "seconds since 1970";
    let seconds = seconds.and_then(Json::as_u64).and_then(|seconds| seconds.checked_mul(1_000));
    Ok(seconds.map(Timestamp::from_ms).ok_or(DecodeError::Malformed { field: "unixtime", expected })?)
}

/// What the venue takes now.
pub(crate) fn system_status(response: &Response<'_>) -> Result<SystemStatus, RestError> {
    let [status] = result_members(response, &["status"])?;
    Ok(match text(status).ok_or(DecodeError::Missing { field: "status" })? {
        "cancel_only" => SystemStatus::CancelOnly,
        "maintenance" => SystemStatus::Maintenance,
        "online" => SystemStatus::Online,
        "post_only" => SystemStatus::PostOnly,
        _ => SystemStatus::Other,
    })
}

/// The venue's id of an order.
#[inline]
fn read_order_id(id: Option<&str>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "txid" })?;
    OrderId::new(id).map_err(|_| DecodeError::Malformed { field: "txid", expected: "an id" })
}

/// Seconds, with a fraction.
fn time(value: Option<Json<'_>>) -> Option<Timestamp> {
    let seconds = value?.as_decimal().filter(|seconds| !seconds.is_zero())?;
    let ns = seconds.checked_mul(Decimal::new(1_000_000_000, 0))?;
    u64::try_from(ns.trunc()).ok().map(Timestamp::from_ns)
}

/// Buy or sell, where the reply says it.
fn side(value: Option<Json<'_>>) -> Option<Side> {
    match text(value) {
        Some("buy") => Some(Side::Buy),
        Some("sell") => Some(Side::Sell),
        _ => None,
    }
}
