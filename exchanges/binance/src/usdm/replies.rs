//! What the replies of USD-M futures say.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ExecutionId, OrderId, Symbol};
use orderwire::order::{
    AckStage, Balance, CancelAck, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef, OrderState,
    OrderStatus, Side,
};
use orderwire::position::{Position, PositionSide};
use orderwire::venue::json::{self, Json};
use orderwire::venue::{DecodeError, Response, RestError, Text};

use super::UsdmVenue;
use super::account::{MarginAsset, OrderLimit, UsdmAccount};
use super::batch::{Batch, CANCEL_BATCH_MAX, ORDER_BATCH_MAX};
use super::positions::{Leverage, PositionMode, SetLeverage};
use crate::errors as fates;
use crate::fields::ResponseType;
use crate::replies::{
    self, Said, acknowledged, array, decimal, elements, interval, members, number, read_id, read_order_id, read_symbol,
    same_id, same_order, same_symbol, stage, status_of, time, whole, word,
};

/// The members of the one object that a 2xx reply is, once it is no error. `code` and `msg` are the last of `names`.
#[inline]
fn object<'a, const N: usize>(response: &Response<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], RestError> {
    let members = replies::object::<UsdmVenue, N>(response, names)?;
    fates::judge::<UsdmVenue>(response.status(), members[N - 2], members[N - 1])?;
    Ok(members)
}

/// The answer to a new order without a trigger.
#[inline]
pub(super) fn placed(response: &Response<'_>, asked: &NewOrder, kind: ResponseType) -> Result<OrderAck, RestError> {
    fates::refuse_failures::<UsdmVenue>(response)?;
    // Written down twice by the compiler: of most replies only what is read of them is looked up, and nothing else in memory.
    if let Some(order) = json::by_form(response, &PLACED) {
        return judge_placed(response.status(), |place| order.member(place), asked, kind);
    }
    let mut order = [None; PLACED_MEMBERS];
    json::fill_whole_object(response.body(), &PLACED, &mut order).map_err(DecodeError::from)?;
    judge_placed(response.status(), |place| order[place], asked, kind)
}

/// Called and not inlined: so an acknowledgement is written where the caller's caller gets it.
#[inline(never)]
fn judge_placed<'a>(
    status: u16,
    order: impl Fn(usize) -> Option<Json<'a>>,
    asked: &NewOrder,
    kind: ResponseType,
) -> Result<OrderAck, RestError> {
    fates::judge::<UsdmVenue>(status, order(CODE), order(MSG))?;
    read_placed(order, asked, kind)
}

/// The members of a new order's reply in the venue's order, and of an error's in its place. Those that are not read stand here too:
/// a member that is expected is passed over faster than one that is looked for in vain.
pub(super) static PLACED: [&str; PLACED_MEMBERS] = [
    "clientOrderId",
    "cumQty",
    "cumQuote",
    "executedQty",
    "orderId",
    "avgPrice",
    "origQty",
    "price",
    "reduceOnly",
    "side",
    "positionSide",
    "status",
    "stopPrice",
    "closePosition",
    "symbol",
    "timeInForce",
    "type",
    "origType",
    "updateTime",
    "workingType",
    "priceProtect",
    "priceMatch",
    "selfTradePreventionMode",
    "goodTillDate",
    "code",
    "msg",
];

/// How many they are.
const PLACED_MEMBERS: usize = 26;

// Those among them that are read.
const CLIENT_ORDER_ID: usize = 0;
const QUOTE: usize = 2;
const EXECUTED: usize = 3;
const ORDER_ID: usize = 4;
const STATUS: usize = 11;
const SYMBOL: usize = 14;
const UPDATED: usize = 18;
const CODE: usize = 24;
const MSG: usize = 25;

#[inline]
fn read_placed<'a>(
    order: impl Fn(usize) -> Option<Json<'a>>,
    asked: &NewOrder,
    kind: ResponseType,
) -> Result<OrderAck, RestError> {
    same_symbol(order(SYMBOL), asked.symbol)?;
    same_id(PLACED[CLIENT_ORDER_ID], order(CLIENT_ORDER_ID), &asked.id)?;
    let order_id = read_order_id(order(ORDER_ID))?;
    let status = order(STATUS).map(word);
    // With ACK the venue answers before its engine looks: whatever comes of the order, the answer says NEW and 0.
    let is_ack = kind == ResponseType::Ack;
    let stage = match status {
        Some(word) if !is_ack => stage(status_of(word.as_str())),
        _ => AckStage::Received,
    };
    let mut unread = None;
    let (executed, executed_quote) = match is_ack {
        true => (None, None),
        false => (number(order(EXECUTED), &mut unread), number(order(QUOTE), &mut unread)),
    };
    let said = Said { status, executed, executed_quote, transact_time: time(order(UPDATED)), unread };
    acknowledged(asked, order_id, stage, &said)
}

/// The answer to a new order with a trigger.
pub(super) fn trigger_placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    let [algo_id, id, symbol, status, created, ..] =
        object(response, &["algoId", "clientAlgoId", "symbol", "algoStatus", "createTime", "code", "msg"])?;
    same_symbol(symbol, asked.symbol)?;
    same_id("clientAlgoId", id, &asked.id)?;
    let word = status.map(word);
    let stage = word.map_or(AckStage::Received, |word| stage(trigger_status(word.as_str(), None, None)));
    let mut ack = OrderAck::new(asked.symbol, asked.id, read_algo_id(algo_id)?, stage);
    ack.status = word;
    ack.transact_time = time(created);
    ack.has_trigger = true;
    Ok(ack)
}

/// The answer to a cancel of an order without a trigger: its own id stands there, a cancel has none.
pub(super) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    Ok(read_cancelled(object(response, &CANCELLED)?, asked)?)
}

/// What is read of a cancelled order, and of an error in its place.
const CANCELLED: [&str; 7] = ["clientOrderId", "executedQty", "orderId", "status", "symbol", "code", "msg"];

fn read_cancelled(order: [Option<Json<'_>>; CANCELLED.len()], asked: &OrderRef) -> Result<CancelAck, DecodeError> {
    let [id, executed, order_id, status, symbol, ..] = order;
    same_order(asked, symbol, order_id, ("clientOrderId", id))?;
    let mut ack = CancelAck::new(asked.symbol, read_id(id), read_order_id(order_id)?);
    ack.status = status.map(word);
    ack.executed = executed.and_then(Json::as_decimal);
    Ok(ack)
}

/// The answer to a cancel of an order with a trigger, which names no instrument.
pub(super) fn trigger_cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let [algo_id, id, ..] = object(response, &["algoId", "clientAlgoId", "code", "msg"])?;
    same_trigger(asked, algo_id, id)?;
    Ok(CancelAck::new(asked.symbol, read_id(id), read_algo_id(algo_id)?))
}

/// The reply names the order by the id that the request went out with.
fn same_trigger(asked: &OrderRef, algo_id: Option<Json<'_>>, id: Option<Json<'_>>) -> Result<(), DecodeError> {
    match (&asked.order_id, &asked.id) {
        (Some(asked), _) if read_algo_id(algo_id)? != *asked => Err(DecodeError::OtherOrder),
        (None, Some(asked)) => same_id("clientAlgoId", id, asked),
        _ => Ok(()),
    }
}

fn read_algo_id(id: Option<Json<'_>>) -> Result<OrderId, DecodeError> {
    id.ok_or(DecodeError::Missing { field: "algoId" })?;
    read_order_id(id).map_err(|_| DecodeError::Malformed { field: "algoId", expected: "a whole number" })
}

/// The answer to a query, and to a change.
pub(super) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    Ok(read_asked(object(response, &STATE)?, asked)?)
}

fn read_asked(state: [Option<Json<'_>>; STATE.len()], asked: &OrderRef) -> Result<OrderState, DecodeError> {
    let [id, _, order_id, .., symbol, _, _, _] = state;
    same_order(asked, symbol, order_id, ("clientOrderId", id))?;
    read_state(state, Some(asked.symbol))
}

/// The answer to a list of open orders.
pub(super) fn open_orders(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    let read = |order: Json<'_>| read_state(members(order, &STATE)?, asked);
    Ok(array::<UsdmVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// What is read of an order's state, and of an error in its place.
const STATE: [&str; 11] = [
    "clientOrderId",
    "executedQty",
    "orderId",
    "origQty",
    "price",
    "side",
    "status",
    "symbol",
    "updateTime",
    "code",
    "msg",
];

fn read_state(state: [Option<Json<'_>>; STATE.len()], asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    let [id, executed, order_id, quantity, price, side, status, symbol, updated, ..] = state;
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

/// The answer to a query of an order with a trigger.
pub(super) fn trigger_queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let state @ [algo_id, id, ..] = object(response, &TRIGGER)?;
    same_trigger(asked, algo_id, id)?;
    Ok(read_trigger(state, Some(asked.symbol))?)
}

/// The answer to a list of orders with a trigger.
pub(super) fn open_triggers(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    let read = |order: Json<'_>| read_trigger(members(order, &TRIGGER)?, asked);
    Ok(array::<UsdmVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// What is read of an order with a trigger, and of an error in its place.
const TRIGGER: [&str; 12] = [
    "algoId",
    "clientAlgoId",
    "symbol",
    "side",
    "quantity",
    "algoStatus",
    "actualOrderId",
    "actualQty",
    "price",
    "updateTime",
    "code",
    "msg",
];

fn read_trigger(state: [Option<Json<'_>>; TRIGGER.len()], asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    let [algo_id, id, symbol, side, quantity, status, became, executed, price, updated, ..] = state;
    let symbol = read_symbol(symbol, asked)?;
    let word = word(status.ok_or(DecodeError::Missing { field: "algoStatus" })?);
    let quantity = quantity.and_then(Json::as_decimal);
    let executed = match word.as_str() {
        // It has been with the engine: how much was executed there is what the query is asked for.
        "TRIGGERED" | "FINISHED" => decimal("actualQty", executed)?,
        _ => executed.and_then(Json::as_decimal).unwrap_or_default(),
    };
    let status = trigger_status(word.as_str(), Some(executed), quantity);
    let mut state = OrderState::new(symbol, read_algo_id(algo_id)?, status, word, executed);
    state.id = read_id(id);
    state.side = replies::side(side);
    state.price = price.and_then(Json::as_decimal);
    state.quantity = quantity;
    state.updated = time(updated);
    state.has_trigger = true;
    // Empty before it is triggered.
    state.became = became.and_then(|became| read_order_id(Some(became)).ok());
    Ok(state)
}

/// Source: "Event: Algo Order Update", "Algo Status". `FINISHED` is filled or cancelled in the engine: which, the quantities say. An
/// order that closes a position has none of its own.
fn trigger_status(word: &str, executed: Option<Decimal>, quantity: Option<Decimal>) -> OrderStatus {
    let executed = executed.filter(|executed| !executed.is_zero());
    match (word, executed) {
        ("CANCELED", _) => OrderStatus::Cancelled,
        ("EXPIRED", _) => OrderStatus::Expired,
        ("FINISHED", Some(executed)) if quantity.is_none_or(|quantity| executed >= quantity) => OrderStatus::Filled,
        ("FINISHED", _) => OrderStatus::Cancelled,
        ("NEW" | "TRIGGERING", _) => OrderStatus::Pending,
        ("REJECTED", _) => OrderStatus::Rejected,
        ("TRIGGERED", None) => OrderStatus::New,
        ("TRIGGERED", Some(_)) => OrderStatus::PartiallyFilled,
        _ => OrderStatus::Other,
    }
}

/// The answers to a batch of new orders.
pub(super) fn batch_placed<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = (&'o NewOrder, ResponseType)>,
) -> Result<Batch<OrderAck, ORDER_BATCH_MAX>, RestError> {
    batch(response, asked, &PLACED, |order, (asked, kind)| read_placed(|place| order[place], asked, kind))
}

/// The answers to a batch of changes.
pub(super) fn batch_amended<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = &'o OrderRef>,
) -> Result<Batch<OrderState, ORDER_BATCH_MAX>, RestError> {
    batch(response, asked, &STATE, read_asked)
}

/// The answers to a batch of cancels.
pub(super) fn batch_cancelled(
    response: &Response<'_>,
    asked: &[OrderRef],
) -> Result<Batch<CancelAck, CANCEL_BATCH_MAX>, RestError> {
    batch(response, asked.iter(), &CANCELLED, read_cancelled)
}

/// An answer for each that was asked for, in their order: what was done, or why not. `code` and `msg` are the last of `names`.
///
/// One that names another order spoils the whole reply; one that cannot be read leaves the others as they are.
fn batch<A, T, E: Into<RestError>, const MOST: usize, const N: usize>(
    response: &Response<'_>,
    mut asked: impl ExactSizeIterator<Item = A>,
    names: &[&str; N],
    read: impl Fn([Option<Json<'_>>; N], A) -> Result<T, E>,
) -> Result<Batch<T, MOST>, RestError> {
    let mut answers = array::<UsdmVenue>(response)?;
    let count = DecodeError::Malformed { field: "body", expected: "an element for each order" };
    let mut batch = ArrayVec::new();
    for asked in asked.by_ref().take(MOST) {
        let answer = answers.next().ok_or(count)?;
        let outcome = match members(answer, names) {
            Ok(order) => match fates::judge_part::<UsdmVenue>(order[N - 2], order[N - 1]) {
                Ok(()) => read(order, asked).map_err(Into::into),
                Err(error) => Err(error),
            },
            Err(error) => Err(error.into()),
        };
        if matches!(outcome, Err(RestError::Decode(DecodeError::OtherOrder))) {
            return Err(DecodeError::OtherOrder.into());
        }
        batch.push(outcome);
    }
    if answers.next().is_some() || asked.len() > 0 {
        return Err(count.into());
    }
    Ok(batch)
}

/// An answer that says no more than that it was done: `{"code":200,"msg":"…"}`.
pub(super) fn done(response: &Response<'_>) -> Result<(), RestError> {
    let [code, _] = object(response, &["code", "msg"])?;
    match code.and_then(Json::as_i64) {
        Some(200) => Ok(()),
        _ => Err(DecodeError::Malformed { field: "code", expected: "200" }.into()),
    }
}

/// The answer to a countdown, which has both in it again.
pub(super) fn countdown(response: &Response<'_>, symbol: Option<Symbol>, ms: u64) -> Result<(), RestError> {
    let [of, countdown, ..] = object(response, &["symbol", "countdownTime", "code", "msg"])?;
    if let Some(symbol) = symbol {
        same_symbol(of, symbol)?;
    }
    let countdown = countdown.ok_or(DecodeError::Missing { field: "countdownTime" })?;
    if countdown.as_decimal() == Some(Decimal::from(ms)) { Ok(()) } else { Err(DecodeError::OtherOrder.into()) }
}

/// What the wallet holds.
pub(super) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let read = |balance: Json<'_>| {
        let [asset, balance, available] = members(balance, &["asset", "balance", "availableBalance"])?;
        let asset = asset.and_then(Json::as_raw_str).ok_or(DecodeError::Missing { field: "asset" })?;
        let (wallet, free) = (decimal("balance", balance)?, decimal("availableBalance", available)?);
        let locked = wallet.checked_sub(free);
        let locked = locked.ok_or(DecodeError::Malformed { field: "balance", expected: "an amount" })?;
        Ok(Balance::new(Text::cut(asset), free, locked))
    };
    let all = array::<UsdmVenue>(response)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    // The venue lists every coin that it takes as margin.
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// The account's positions.
pub(super) fn positions(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, RestError> {
    read_positions(array::<UsdmVenue>(response)?, asked).map_err(RestError::from)
}

/// Those that there are: an instrument with open orders alone is listed too.
fn read_positions(positions: json::Elements<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, DecodeError> {
    let read = |position: Json<'_>| {
        let [symbol, side, quantity, entry, mark, risk_profit, profit, liquidation, updated] = members(
            position,
            &[
                "symbol",
                "positionSide",
                "positionAmt",
                "entryPrice",
                "markPrice",
                // As positionRisk and as the account spell it.
                "unRealizedProfit",
                "unrealizedProfit",
                "liquidationPrice",
                "updateTime",
            ],
        )?;
        let side = match side.and_then(Json::as_str) {
            Some("BOTH") => PositionSide::Net,
            Some("LONG") => PositionSide::Long,
            Some("SHORT") => PositionSide::Short,
            _ => return Err(DecodeError::Malformed { field: "positionSide", expected: "BOTH, LONG or SHORT" }),
        };
        let mut position = Position::new(read_symbol(symbol, asked)?, side, decimal("positionAmt", quantity)?);
        position.entry_price = entry.and_then(Json::as_decimal);
        position.mark_price = mark.and_then(Json::as_decimal);
        position.unrealized = risk_profit.or(profit).and_then(Json::as_decimal);
        position.liquidation_price = liquidation.and_then(Json::as_decimal).filter(|price| !price.is_zero());
        position.updated = time(updated);
        Ok(position)
    };
    let is_there = |position: &Result<Position, _>| position.as_ref().map_or(true, |it| !it.quantity.is_zero());
    positions.map(read).filter(is_there).collect()
}

/// The account as a whole.
pub(super) fn account(response: &Response<'_>) -> Result<UsdmAccount, RestError> {
    const SUMS: [&str; 6] = [
        "totalWalletBalance",
        "totalUnrealizedProfit",
        "totalMarginBalance",
        "totalInitialMargin",
        "totalMaintMargin",
        "availableBalance",
    ];
    const OF_ASSET: [&str; 5] =
        ["walletBalance", "unrealizedProfit", "initialMargin", "maintMargin", "availableBalance"];
    let [a, b, c, d, e, f] = SUMS;
    let [wallet, profit, margin, initial, maintenance, available, assets, positions, ..] =
        object(response, &[a, b, c, d, e, f, "assets", "positions", "code", "msg"])?;
    let amounts = amounts(SUMS, [wallet, profit, margin, initial, maintenance, available])?;
    let read = |asset: Json<'_>| {
        let [a, b, c, d, e] = OF_ASSET;
        let [asset, sums @ ..] = members(asset, &["asset", a, b, c, d, e])?;
        let asset = asset.and_then(Json::as_raw_str).ok_or(DecodeError::Missing { field: "asset" })?;
        Ok(MarginAsset::new(Text::cut(asset), self::amounts(OF_ASSET, sums)?))
    };
    let assets = elements("assets", assets)?.map(read).collect::<Result<_, DecodeError>>()?;
    Ok(UsdmAccount::new(amounts, assets, read_positions(elements("positions", positions)?, None)?))
}

fn amounts<const N: usize>(
    fields: [&'static str; N],
    values: [Option<Json<'_>>; N],
) -> Result<[Decimal; N], DecodeError> {
    let mut amounts = [Decimal::ZERO; N];
    for (amount, (field, value)) in amounts.iter_mut().zip(fields.into_iter().zip(values)) {
        *amount = decimal(field, value)?;
    }
    Ok(amounts)
}

/// The account's executions.
pub(super) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    let read = |trade: Json<'_>| {
        let [is_buyer, commission, asset, id, is_maker, order_id, price, quantity, realized, symbol, at] = members(
            trade,
            &[
                "buyer",
                "commission",
                "commissionAsset",
                "id",
                "maker",
                "orderId",
                "price",
                "qty",
                "realizedPnl",
                "symbol",
                "time",
            ],
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
        fill.realized = realized.and_then(Json::as_decimal);
        fill.time = time(at);
        Ok(fill)
    };
    Ok(array::<UsdmVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// What the venue takes of a trade.
pub(super) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [symbol, maker, taker, ..] =
        object(response, &["symbol", "makerCommissionRate", "takerCommissionRate", "code", "msg"])?;
    same_symbol(symbol, asked)?;
    let rates = (decimal("makerCommissionRate", maker)?, decimal("takerCommissionRate", taker)?);
    Ok(FeeRates::new(asked, rates, rates))
}

/// How many orders the account may place.
pub(super) fn order_limits(response: &Response<'_>) -> Result<Vec<OrderLimit>, RestError> {
    let read = |limit: Json<'_>| {
        let [unit, count, limit] = members(limit, &["interval", "intervalNum", "limit"])?;
        Ok(OrderLimit::new(interval(unit, count)?, whole("limit", limit)?))
    };
    Ok(array::<UsdmVenue>(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// The leverage that was set.
pub(super) fn leverage(response: &Response<'_>, asked: &SetLeverage) -> Result<Leverage, RestError> {
    let [leverage, notional_max, symbol, ..] =
        object(response, &["leverage", "maxNotionalValue", "symbol", "code", "msg"])?;
    same_symbol(symbol, asked.symbol)?;
    // "INF" where there is no limit.
    Ok(Leverage::new(whole("leverage", leverage)?, notional_max.and_then(Json::as_decimal)))
}

/// Whether positions are kept apart by side.
pub(super) fn position_mode(response: &Response<'_>) -> Result<PositionMode, RestError> {
    let [is_hedge, ..] = object(response, &["dualSidePosition", "code", "msg"])?;
    match is_hedge.and_then(Json::as_bool) {
        Some(true) => Ok(PositionMode::Hedge),
        Some(false) => Ok(PositionMode::OneWay),
        None => Err(DecodeError::Malformed { field: "dualSidePosition", expected: "true or false" }.into()),
    }
}
