//! How the venue's replies are read.
//!
//! ```text
//! {"code":"0","data":[{"clOrdId":"b15","ordId":"12345689","ts":"1695190491421","sCode":"0","sMsg":""}],"msg":"",…}
//! ```
//!
//! What decides comes first: whether it is an error, whether it belongs to the request, which order it names, how that order stands.
//! Nothing else can fail a reply that says yes. All values are strings, and what is not there is the empty one.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
use orderwire::order::{
    AckStage, AmendAck, Balance, CancelAck, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef,
    OrderState, OrderStatus, Side, StatusWord, TopOfBook,
};
use orderwire::position::{Position, PositionSide};
use orderwire::venue::json::{self, Json};
use orderwire::venue::reply::{Ids, decimal, elements, members, text};
use orderwire::venue::{Cursor, DecodeError, Instrument, OpenOrders, Response, RestError, Text, Timestamp};

use crate::account::{AccountConfig, AccountMode, OrderRate};
use crate::batch::{Batch, ORDER_BATCH_MAX};
use crate::errors::{self, MEMBERS, judge_part, number};
use crate::positions::{Leverage, PositionMode};

/// The elements of a reply that says yes as a whole.
fn data<'a>(response: &Response<'a>) -> Result<json::Elements<'a>, RestError> {
    errors::refuse_failures(response)?;
    let [code, data, msg] = json::whole_object(response.body(), &MEMBERS).map_err(DecodeError::from)?;
    errors::judge(response.status(), code, msg)?;
    Ok(elements("data", data)?)
}

/// The members of the one element of a reply that says yes.
fn one<'a, const N: usize>(response: &Response<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], RestError> {
    Ok(members(only(data(response)?)?, names)?)
}

fn only<'a>(mut elements: json::Elements<'a>) -> Result<Json<'a>, DecodeError> {
    let expected = DecodeError::Malformed { field: "data", expected: "one element" };
    let element = elements.next().ok_or(expected)?;
    if elements.next().is_some() { Err(expected) } else { Ok(element) }
}

/// What a reply about orders says of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    AllDone,
    AllFailed,
    SomeFailed,
}

/// The elements of a reply about orders: each has an answer of its own, unless there are none.
#[inline]
fn results<'a>(response: &Response<'a>) -> Result<(Whole, json::Elements<'a>), RestError> {
    errors::refuse_failures(response)?;
    let [code, data, msg] = json::whole_object(response.body(), &MEMBERS).map_err(DecodeError::from)?;
    let whole = match number(code) {
        Some(0) => Whole::AllDone,
        Some(1) => Whole::AllFailed,
        Some(2) => Whole::SomeFailed,
        _ => return Err(refusal(response, code, msg)),
    };
    let results = match data.and_then(Json::array) {
        Some(results) if results.clone().next().is_some() => results,
        _ if whole == Whole::AllDone => return Err(DecodeError::Missing { field: "data" }.into()),
        _ => return Err(refusal(response, code, msg)),
    };
    Ok((whole, results))
}

/// A code that is not a yes.
#[cold]
fn refusal(response: &Response<'_>, code: Option<Json<'_>>, msg: Option<Json<'_>>) -> RestError {
    let missing = DecodeError::Missing { field: "code" }.into();
    errors::judge(response.status(), code, msg).err().unwrap_or(missing)
}

/// What is read of an order's answer: of a plain one, and of one with a trigger.
const RESULT: [&str; 7] = ["clOrdId", "ordId", "ts", "sCode", "sMsg", "algoId", "algoClOrdId"];

/// The answer to one order of a request.
#[derive(Clone, Copy)]
struct Outcome<'a> {
    ids: Ids<'a>,
    ts: Option<Json<'a>>,
    code: Option<Json<'a>>,
    msg: Option<Json<'a>>,
}

#[inline]
fn outcome<'a>(element: Json<'a>, has_trigger: bool) -> Result<Outcome<'a>, DecodeError> {
    let [id, order_id, ts, code, msg, algo_id, algo_client_id] = members(element, &RESULT)?;
    let (id, order_id) = if has_trigger { (algo_client_id, algo_id) } else { (id, order_id) };
    Ok(Outcome { ids: Ids { id: text(id), order_id: text(order_id) }, ts, code, msg })
}

impl Outcome<'_> {
    /// The answer as the venue's own words: the venue has it, by this id.
    #[inline]
    fn judged(&self, whole: Whole, asked: &OrderRef) -> Result<OrderId, RestError> {
        if self.ids.contradict(asked) {
            return Err(DecodeError::OtherOrder.into());
        }
        match (whole, self.code) {
            // "code 0: all done": then an answer needs none of its own.
            (Whole::AllDone, None) => {}
            _ => judge_part(self.code, self.msg)?,
        }
        if whole == Whole::AllFailed {
            return Err(DecodeError::Malformed { field: "sCode", expected: "a refusal, as the code 1 says" }.into());
        }
        if !self.ids.name(asked) {
            return Err(DecodeError::OtherOrder.into());
        }
        Ok(read_order_id(self.ids.order_id)?)
    }
}

/// The answer to a new order.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    let (whole, results) = results(response)?;
    let outcome = outcome(only(results)?, asked.order_type.has_trigger())?;
    ack(&outcome, whole, asked)
}

#[inline]
fn ack(outcome: &Outcome<'_>, whole: Whole, asked: &NewOrder) -> Result<OrderAck, RestError> {
    let order_id = outcome.judged(whole, &asked.order())?;
    // The venue answers before its engine looks.
    let mut ack = OrderAck::new(asked.symbol, asked.id, order_id, AckStage::Received);
    ack.transact_time = time(outcome.ts);
    ack.has_trigger = asked.order_type.has_trigger();
    Ok(ack)
}

/// The answer to a cancel.
#[inline]
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let (whole, results) = results(response)?;
    cancel_ack(&outcome(only(results)?, asked.has_trigger)?, whole, asked)
}

fn cancel_ack(outcome: &Outcome<'_>, whole: Whole, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let mut asked_here = *asked;
    if asked.has_trigger && outcome.ids.id.is_none() && asked.order_id.is_none() {
        // Of an order with a trigger the answer may leave the client order id out, "deprecated": it is the one that was asked for.
        asked_here.order_id = outcome.ids.order_id.and_then(|id| OrderId::new(id).ok());
    }
    let order_id = outcome.judged(whole, &asked_here)?;
    let id = outcome.ids.id.and_then(|id| ClientOrderId::new(id).ok()).or(asked.id);
    Ok(CancelAck::new(asked.symbol, id, order_id).received())
}

/// The answer to a change.
pub(crate) fn amended(response: &Response<'_>, asked: &OrderRef) -> Result<AmendAck, RestError> {
    let (whole, results) = results(response)?;
    amend_ack(&outcome(only(results)?, asked.has_trigger)?, whole, asked)
}

fn amend_ack(outcome: &Outcome<'_>, whole: Whole, asked: &OrderRef) -> Result<AmendAck, RestError> {
    let order_id = outcome.judged(whole, asked)?;
    let id = outcome.ids.id.and_then(|id| ClientOrderId::new(id).ok()).or(asked.id);
    Ok(AmendAck::received(asked.symbol, id, order_id))
}

/// The answers to a batch of new orders.
pub(crate) fn batch_placed<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = &'o NewOrder> + Clone,
) -> Result<Batch<OrderAck>, RestError> {
    let refs = asked.clone().map(NewOrder::order);
    batch(response, false, refs, asked, ack)
}

/// The answers to a batch of changes.
pub(crate) fn batch_amended<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = &'o OrderRef> + Clone,
) -> Result<Batch<AmendAck>, RestError> {
    batch(response, false, asked.clone().copied(), asked, amend_ack)
}

/// The answers to a batch of cancels.
pub(crate) fn batch_cancelled(response: &Response<'_>, asked: &[OrderRef]) -> Result<Batch<CancelAck>, RestError> {
    let has_trigger = asked.first().is_some_and(|order| order.has_trigger);
    batch(response, has_trigger, asked.iter().copied(), asked.iter(), cancel_ack)
}

/// An answer for each that was asked for, in their order: what was done, or why not.
///
/// Answers are taken by the ids in them; one without ids, for the order at its place. One that names no order of the request, or one too
/// few or too many, spoils the whole reply; one that cannot be read leaves the others as they are.
fn batch<A, T>(
    response: &Response<'_>,
    has_trigger: bool,
    refs: impl Iterator<Item = OrderRef>,
    asked: impl ExactSizeIterator<Item = A>,
    read: impl Fn(&Outcome<'_>, Whole, A) -> Result<T, RestError>,
) -> Result<Batch<T>, RestError> {
    let (whole, results) = results(response)?;
    let count = DecodeError::Malformed { field: "data", expected: "an element for each order" };
    let mut outcomes = ArrayVec::<_, ORDER_BATCH_MAX>::new();
    for element in results {
        outcomes.try_push(Some(outcome(element, has_trigger)?)).map_err(|_| count)?;
    }
    if outcomes.len() != asked.len() {
        return Err(count.into());
    }
    let mut batch = Batch::new();
    for (place, (order, asked)) in refs.zip(asked).enumerate() {
        let named = outcomes.iter().position(|outcome| outcome.as_ref().is_some_and(|it| it.ids.name(&order)));
        let here = outcomes[place].as_ref().is_some_and(|it| !it.ids.contradict(&order)).then_some(place);
        let outcome = named.or(here).and_then(|at| outcomes[at].take()).ok_or(DecodeError::OtherOrder)?;
        let outcome = read(&outcome, whole, asked);
        if matches!(outcome, Err(RestError::Decode(DecodeError::OtherOrder))) {
            return Err(DecodeError::OtherOrder.into());
        }
        batch.push(outcome);
    }
    Ok(batch)
}

/// The answer to a check of an order: what it would do to the account, which is not read.
pub(crate) fn checked(response: &Response<'_>) -> Result<(), RestError> {
    only(data(response)?)?;
    Ok(())
}

/// The answer to a query.
pub(crate) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let order = only(data(response)?)?;
    let state = if asked.has_trigger {
        read_trigger(order, Some(asked.symbol))?
    } else {
        read_state(order, Some(asked.symbol))?
    };
    let is_asked = match (&asked.order_id, &asked.id) {
        (Some(order_id), _) => state.order_id == *order_id,
        (None, id) => state.id == *id,
    };
    if is_asked { Ok(state) } else { Err(DecodeError::OtherOrder.into()) }
}

/// The answer to a list of open orders.
pub(crate) fn open_orders(response: &Response<'_>, asked: &OpenOrders) -> Result<Vec<OrderState>, RestError> {
    let read = |order| if asked.triggers { read_trigger(order, asked.symbol) } else { read_state(order, asked.symbol) };
    Ok(data(response)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// Where a list goes on: a full part may not be the last, and the next begins behind its last order.
pub(crate) fn next_page(response: &Response<'_>, id: &'static str, full: usize) -> Result<Option<Cursor>, RestError> {
    let orders = data(response)?;
    if orders.clone().count() < full {
        return Ok(None);
    }
    let Some(last) = orders.last() else { return Ok(None) };
    let [last] = members(last, &[id])?;
    let last = text(last).and_then(Cursor::new).ok_or(DecodeError::Missing { field: id })?;
    Ok(Some(last))
}

/// What is read of an order's state.
const STATE: [&str; 11] =
    ["accFillSz", "clOrdId", "instId", "ordId", "px", "side", "state", "sz", "tgtCcy", "uTime", "ordType"];

fn read_state(order: Json<'_>, asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    let [executed, id, symbol, order_id, price, side, state, size, unit, updated, order_type] = members(order, &STATE)?;
    let symbol = read_symbol(symbol, asked)?;
    let word = word("state", state)?;
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("accFillSz", executed)?;
    let mut state = OrderState::new(symbol, read_order_id(text(order_id))?, status_of(word.as_str()), word, executed);
    state.id = text(id).and_then(|id| ClientOrderId::new(id).ok());
    state.side = self::side(side);
    state.price = price.and_then(Json::as_decimal);
    // A market order for an amount of the quote coin says that amount.
    let is_quote = text(unit) == Some("quote_ccy") && text(order_type) == Some("market");
    state.quantity = size.and_then(Json::as_decimal).filter(|_| !is_quote);
    state.updated = time(updated);
    Ok(state)
}

/// Source: "Order details", `state`.
fn status_of(word: &str) -> OrderStatus {
    match word {
        "canceled" | "mmp_canceled" => OrderStatus::Cancelled,
        "filled" => OrderStatus::Filled,
        "live" => OrderStatus::New,
        "partially_filled" => OrderStatus::PartiallyFilled,
        _ => OrderStatus::Other,
    }
}

/// What is read of the state of an order with a trigger.
const TRIGGER: [&str; 12] = [
    "algoClOrdId",
    "algoId",
    "instId",
    "ordId",
    "ordIdList",
    "side",
    "slOrdPx",
    "state",
    "sz",
    "tpOrdPx",
    "uTime",
    "ordPx",
];

fn read_trigger(order: Json<'_>, asked: Option<Symbol>) -> Result<OrderState, DecodeError> {
    let [id, algo_id, symbol, order_id, order_ids, side, stop, state, size, profit, updated, price] =
        members(order, &TRIGGER)?;
    let symbol = read_symbol(symbol, asked)?;
    let word = word("state", state)?;
    // What it set off is an order of its own, and says itself how much of it was executed.
    let mut state =
        OrderState::new(symbol, read_order_id(text(algo_id))?, trigger_status(word.as_str()), word, Decimal::ZERO);
    state.id = text(id).and_then(|id| ClientOrderId::new(id).ok());
    state.side = self::side(side);
    // -1 is at market.
    let prices = [stop, profit, price].into_iter().flatten().filter_map(Json::as_decimal);
    state.price = prices.into_iter().find(|price| !price.is_sign_negative());
    state.quantity = size.and_then(Json::as_decimal);
    state.updated = time(updated);
    state.has_trigger = true;
    let first = order_ids.and_then(Json::array).and_then(|mut ids| ids.next());
    state.became = text(first).or(text(order_id)).and_then(|id| OrderId::new(id).ok());
    Ok(state)
}

/// Source: "Algo order details", `state`. One that took effect is another order by now, which may be open.
fn trigger_status(word: &str) -> OrderStatus {
    match word {
        "canceled" => OrderStatus::Cancelled,
        "live" | "pause" => OrderStatus::Pending,
        "order_failed" | "partially_failed" => OrderStatus::Rejected,
        _ => OrderStatus::Other,
    }
}

/// The answer to a dead man's switch: when it will cancel, or 0.
pub(crate) fn switched(response: &Response<'_>, on: bool) -> Result<(), RestError> {
    let [at] = one(response, &["triggerTime"])?;
    let at = text(at).ok_or(DecodeError::Missing { field: "triggerTime" })?;
    if (at != "0") == on {
        Ok(())
    } else {
        Err(DecodeError::Malformed { field: "triggerTime", expected: "a time when switched on, else 0" }.into())
    }
}

/// The answer to a mass cancel.
pub(crate) fn all_cancelled(response: &Response<'_>) -> Result<(), RestError> {
    let [result] = one(response, &["result"])?;
    match result.and_then(Json::as_bool).or(text(result).and_then(|text| text.parse().ok())) {
        Some(true) => Ok(()),
        _ => Err(DecodeError::Malformed { field: "result", expected: "true" }.into()),
    }
}

/// The answer to a close of a position, which names its instrument.
pub(crate) fn closed(response: &Response<'_>, asked: Symbol) -> Result<(), RestError> {
    let [symbol] = one(response, &["instId"])?;
    Ok(read_symbol(symbol, Some(asked)).map(drop)?)
}

/// The leverage that was set.
pub(crate) fn leverage(response: &Response<'_>, asked: Symbol) -> Result<Leverage, RestError> {
    // Cross margin of dated contracts is set for all of a family, each an element.
    let mut all = data(response)?;
    let first = all.next().ok_or(DecodeError::Missing { field: "data" })?;
    let [symbol, leverage] = members(first, &["instId", "lever"])?;
    if all.next().is_none() {
        read_symbol(symbol, Some(asked))?;
    }
    Ok(Leverage::new(decimal("lever", leverage)?))
}

/// The position mode that was set.
pub(crate) fn position_mode_set(response: &Response<'_>, asked: PositionMode) -> Result<(), RestError> {
    let [mode] = one(response, &["posMode"])?;
    if text(mode) == Some(asked.text()) {
        Ok(())
    } else {
        Err(DecodeError::Malformed { field: "posMode", expected: "the mode that was asked for" }.into())
    }
}

/// How the account is set up.
pub(crate) fn account_config(response: &Response<'_>) -> Result<AccountConfig, RestError> {
    let [level, mode] = one(response, &["acctLv", "posMode"])?;
    let level = match text(level).ok_or(DecodeError::Missing { field: "acctLv" })? {
        "1" => AccountMode::Spot,
        "2" => AccountMode::Futures,
        "3" => AccountMode::MultiCurrency,
        "4" => AccountMode::Portfolio,
        _ => AccountMode::Other,
    };
    let mode = match text(mode) {
        Some("long_short_mode") => PositionMode::Hedge,
        Some("net_mode") => PositionMode::OneWay,
        _ => {
            let expected = "long_short_mode or net_mode";
            return Err(DecodeError::Malformed { field: "posMode", expected }.into());
        }
    };
    Ok(AccountConfig::new(level, mode))
}

/// How many orders the account may send.
pub(crate) fn order_rate(response: &Response<'_>) -> Result<OrderRate, RestError> {
    let [limit, next] = one(response, &["accRateLimit", "nextAccRateLimit"])?;
    let whole = |value| text(value).and_then(|text| text.parse().ok());
    let limit = whole(limit).ok_or(DecodeError::Malformed { field: "accRateLimit", expected: "a whole number" })?;
    Ok(OrderRate::new(limit, whole(next)))
}

/// What the account has. Coins that it has nothing of are left out.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let [details] = one(response, &["details"])?;
    let read = |coin: Json<'_>| {
        let [free, asset, locked] = members(coin, &["availBal", "ccy", "frozenBal"])?;
        let asset = text(asset).ok_or(DecodeError::Missing { field: "ccy" })?;
        Ok(Balance::new(Text::cut(asset), decimal("availBal", free)?, decimal("frozenBal", locked)?))
    };
    let all = elements("details", details)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// The account's positions; one of nothing is none.
pub(crate) fn positions(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, RestError> {
    const NAMES: [&str; 12] = [
        "avgPx", "instId", "instType", "liab", "liabCcy", "liqPx", "markPx", "pos", "posCcy", "posSide", "uTime", "upl",
    ];
    let read = |position: Json<'_>| {
        let [entry, symbol, kind, owed, owed_coin, liquidation, mark, quantity, coin, side, updated, profit] =
            members(position, &NAMES)?;
        let symbol = read_symbol(symbol, asked)?;
        let mut quantity = decimal("pos", quantity)?;
        let side = match text(side) {
            Some("long") => PositionSide::Long,
            Some("net") => PositionSide::Net,
            Some("short") => PositionSide::Short,
            _ => return Err(DecodeError::Malformed { field: "posSide", expected: "net, long or short" }),
        };
        if side == PositionSide::Short {
            // In hedge mode the venue has no signs.
            quantity = -quantity.abs();
        } else if text(kind) == Some("MARGIN") {
            // On margin it has none either: a position is short where its asset is the quote coin and it owes base coin.
            let base = symbol.as_str().split_once('-').map(|(base, _)| base);
            if text(coin) != base {
                let expected = "an amount of the base coin";
                let owed = owed.filter(|_| text(owed_coin) == base).and_then(Json::as_decimal);
                quantity = -owed.ok_or(DecodeError::Malformed { field: "liab", expected })?.abs();
            }
        }
        let mut position = Position::new(symbol, side, quantity);
        position.entry_price = entry.and_then(Json::as_decimal);
        position.mark_price = mark.and_then(Json::as_decimal);
        position.unrealized = profit.and_then(Json::as_decimal);
        position.liquidation_price = liquidation.and_then(Json::as_decimal).filter(|price| !price.is_zero());
        position.updated = time(updated);
        Ok(position)
    };
    let all = data(response)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|position| !position.quantity.is_zero()).collect())
}

/// The account's executions, the oldest first; the venue's list begins with the latest.
pub(crate) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    const NAMES: [&str; 11] =
        ["side", "fillSz", "fillPx", "fee", "fillPnl", "ordId", "instId", "fillTime", "execType", "tradeId", "feeCcy"];
    let read = |trade: Json<'_>| {
        let [side, quantity, price, fee, profit, order_id, symbol, at, taken, id, coin] = members(trade, &NAMES)?;
        read_symbol(symbol, Some(asked))?;
        let fill = Fill::new(
            decimal("fillPx", price)?,
            decimal("fillSz", quantity)?,
            // Below zero where the venue took it.
            fee.and_then(Json::as_decimal).map(|fee| -fee),
            Text::cut(text(coin).unwrap_or_default()),
            // Below zero of what the venue itself did: none of ours.
            text(id).and_then(|id| id.parse().ok()),
        );
        let mut fill = OrderFill::new(asked, read_order_id(text(order_id))?, fill);
        fill.id = text(id).and_then(|id| ExecutionId::new(id).ok());
        fill.side = self::side(side);
        fill.liquidity = match text(taken) {
            Some("M") => Some(Liquidity::Maker),
            Some("T") => Some(Liquidity::Taker),
            _ => None,
        };
        fill.realized = profit.and_then(Json::as_decimal);
        fill.time = time(at);
        Ok(fill)
    };
    let mut fills = data(response)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    fills.reverse();
    Ok(fills)
}

/// What the venue takes of a trade: below zero where it takes, in its own words.
pub(crate) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [groups] = one(response, &["feeGroup"])?;
    let group = only(elements("feeGroup", groups)?)
        .map_err(|_| DecodeError::Malformed { field: "feeGroup", expected: "one group" })?;
    let [maker, taker] = members(group, &["maker", "taker"])?;
    let rates = (-decimal("maker", maker)?, -decimal("taker", taker)?);
    Ok(FeeRates::new(asked, rates, rates))
}

/// One instrument's rules.
pub(crate) fn instrument(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    Ok(read_instrument(only(data(response)?)?, Some(asked))?)
}

/// All instruments whose rules can be read.
pub(crate) fn instruments(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    Ok(data(response)?.filter_map(|instrument| read_instrument(instrument, None).ok()).collect())
}

fn read_instrument(instrument: Json<'_>, asked: Option<Symbol>) -> Result<Instrument, DecodeError> {
    const NAMES: [&str; 10] =
        ["ctMult", "ctVal", "instId", "instType", "lotSz", "maxLmtSz", "maxMktSz", "minSz", "state", "tickSz"];
    let [multiplier, value, symbol, kind, lot, limit_max, market_max, least, state, tick] =
        members(instrument, &NAMES)?;
    let mut rules = Instrument::new(
        read_symbol(symbol, asked)?,
        decimal("tickSz", tick)?.normalize(),
        decimal("lotSz", lot)?.normalize(),
        decimal("minSz", least)?.normalize(),
    );
    let bound = |value: Option<Json<'_>>| Some(value?.as_decimal()?.normalize()).filter(|bound| !bound.is_zero());
    rules.quantity_max = bound(limit_max);
    rules.is_trading = text(state) == Some("live");
    if !matches!(text(kind), Some("MARGIN" | "SPOT")) {
        // Of a pair of coins it is in USDT, and no quantity.
        rules.market_quantity_max = bound(market_max);
        let (value, multiplier) = (decimal("ctVal", value)?, decimal("ctMult", multiplier)?);
        let size = value.checked_mul(multiplier);
        rules.contract_size = size.ok_or(DecodeError::Malformed { field: "ctVal", expected: "a size" })?.normalize();
    }
    Ok(rules)
}

/// The best prices; a side where nobody is has none.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let [symbol, ask, ask_quantity, bid, bid_quantity] =
        one(response, &["instId", "askPx", "askSz", "bidPx", "bidSz"])?;
    read_symbol(symbol, Some(asked))?;
    let or_none = |field, value: Option<Json<'_>>| match text(value) {
        None if value.is_some() => Ok(Decimal::ZERO),
        _ => decimal(field, value),
    };
    let bid = (or_none("bidPx", bid)?, or_none("bidSz", bid_quantity)?);
    let ask = (or_none("askPx", ask)?, or_none("askSz", ask_quantity)?);
    Ok(TopOfBook::new(asked, bid, ask))
}

/// The venue's clock. Answers about orders and prices tell a time by the same name: one that comes here is another request's, and its time
/// may be anything.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [ts, others @ ..] = one(response, &["ts", "algoId", "clOrdId", "instId", "ordId", "triggerTime"])?;
    if others.iter().any(Option::is_some) {
        return Err(DecodeError::OtherOrder.into());
    }
    let expected = "milliseconds since 1970";
    Ok(time(ts).ok_or(DecodeError::Malformed { field: "ts", expected })?)
}

/// The venue's own word, whatever it is.
fn word(field: &'static str, value: Option<Json<'_>>) -> Result<StatusWord, DecodeError> {
    text(value).map(Text::cut).ok_or(DecodeError::Missing { field })
}

/// The venue's id of an order.
#[inline]
fn read_order_id(id: Option<&str>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "ordId" })?;
    OrderId::new(id).map_err(|_| DecodeError::Malformed { field: "ordId", expected: "an id" })
}

/// The instrument that was asked for, or else the one that the reply names. A name may have characters that the venue is free to escape:
/// then, and where it is missing, the ids alone decide.
fn read_symbol(symbol: Option<Json<'_>>, asked: Option<Symbol>) -> Result<Symbol, DecodeError> {
    match (asked, symbol.and_then(Json::as_str)) {
        (Some(asked), Some(symbol)) if symbol != asked.as_str() => Err(DecodeError::OtherOrder),
        (Some(asked), _) => Ok(asked),
        (None, _) => {
            let name = text(symbol).ok_or(DecodeError::Missing { field: "instId" })?;
            Symbol::new(name).map_err(|_| DecodeError::Malformed { field: "instId", expected: "an instrument's name" })
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
