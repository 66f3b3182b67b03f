//! How the venue's replies are read.
//!
//! ```text
//! {"retCode":0,"retMsg":"OK","result":{…},"retExtInfo":{…},"time":1671017382656}
//! ```
//!
//! What decides comes first: whether it is an error, whether it belongs to the request, which order it names, how that order stands.
//! Nothing else can fail a reply that says yes.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
use orderwire::order::{
    AckStage, AmendAck, Balance, CancelAck, FeeRates, Fill, Liquidity, NewOrder, OrderAck, OrderFill, OrderRef,
    OrderState, OrderStatus, Side, StatusWord, TopOfBook,
};
use orderwire::position::{Position, PositionSide};
use orderwire::venue::json::{self, Json};
use orderwire::venue::reply::{decimal, elements, members};
use orderwire::venue::{
    Answer, Cursor, DecodeError, Fate, Instrument, RejectKind, Response, RestError, Text, Timestamp,
};

use crate::batch::{BATCH_MAX, Batch};
use crate::errors;
use crate::fields::Category;
use crate::orders::MarginRates;

/// The `result` of a reply that says yes, and what stands beside it.
struct Envelope<'a> {
    result: Option<Json<'a>>,
    further: Option<Json<'a>>,
}

impl<'a> Envelope<'a> {
    #[inline]
    fn open(response: &Response<'a>) -> Result<Self, RestError> {
        errors::refuse_failures(response)?;
        let names = ["retCode", "retMsg", "result", "retExtInfo"];
        let [code, msg, result, further] = json::whole_object(response.body(), &names).map_err(DecodeError::from)?;
        errors::judge(response.status(), code, msg)?;
        Ok(Self { result, further })
    }

    #[inline]
    fn members<const N: usize>(&self, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], DecodeError> {
        members(self.result.ok_or(DecodeError::Missing { field: "result" })?, names)
    }

    fn list(&self) -> Result<json::Elements<'a>, DecodeError> {
        let [list] = self.members(&["list"])?;
        elements("list", list)
    }
}

/// The two ids that every acknowledgement has.
const IDS: [&str; 2] = ["orderId", "orderLinkId"];

/// The answer to a new order: the gateway has it.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    Ok(read_placed(Envelope::open(response)?.members(&IDS)?, asked)?)
}

#[inline]
fn read_placed([order_id, id]: [Option<Json<'_>>; IDS.len()], asked: &NewOrder) -> Result<OrderAck, DecodeError> {
    same_id(id, &asked.id)?;
    let mut ack = OrderAck::new(asked.symbol, asked.id, read_order_id(order_id)?, AckStage::Received);
    ack.has_trigger = asked.order_type.has_trigger();
    Ok(ack)
}

/// The answer to a cancel: the gateway has it.
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    Ok(read_cancelled(Envelope::open(response)?.members(&IDS)?, asked)?)
}

fn read_cancelled([order_id, id]: [Option<Json<'_>>; IDS.len()], asked: &OrderRef) -> Result<CancelAck, DecodeError> {
    same_order(asked, order_id, id)?;
    Ok(CancelAck::new(asked.symbol, read_id(id), read_order_id(order_id)?).received())
}

/// The answer to a change: the gateway has it.
pub(crate) fn amended(response: &Response<'_>, asked: &OrderRef) -> Result<AmendAck, RestError> {
    Ok(read_amended(Envelope::open(response)?.members(&IDS)?, asked)?)
}

fn read_amended([order_id, id]: [Option<Json<'_>>; IDS.len()], asked: &OrderRef) -> Result<AmendAck, DecodeError> {
    same_order(asked, order_id, id)?;
    Ok(AmendAck::received(asked.symbol, read_id(id), read_order_id(order_id)?))
}

/// The answer to cancelling all: which the gateway took.
pub(crate) fn all_cancelled(response: &Response<'_>, asked: Symbol) -> Result<Vec<CancelAck>, RestError> {
    let envelope = Envelope::open(response)?;
    let [list, success] = envelope.members(&["list", "success"])?;
    // "1: success, 0: fail", without a word of how many were cancelled before it failed.
    if success.and_then(Json::as_str) == Some("0") {
        let answer =
            Answer::new(response.status(), Some(0), RejectKind::Other, "the venue says that cancelling failed");
        return Err(answer.into_error(Fate::Unknown));
    }
    let read = |order: Json<'_>| {
        let [order_id, id] = members(order, &IDS)?;
        Ok(CancelAck::new(asked, read_id(id), read_order_id(order_id)?).received())
    };
    Ok(elements("list", list)?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// An answer that says no more than that it was done.
pub(crate) fn done(response: &Response<'_>) -> Result<(), RestError> {
    Envelope::open(response).map(drop)
}

/// The answer to a check of an order's margin.
pub(crate) fn checked(response: &Response<'_>, asked: &NewOrder) -> Result<MarginRates, RestError> {
    let [id, before, after, kept_before, kept_after] =
        Envelope::open(response)?.members(&["orderLinkId", "preImrE4", "postImrE4", "preMmrE4", "postMmrE4"])?;
    same_id(id, &asked.id)?;
    // In ten-thousandths.
    let rate = |value: Option<Json<'_>>| Some(Decimal::new(value?.as_i64()?, 4));
    Ok(MarginRates { initial: rate(before).zip(rate(after)), maintenance: rate(kept_before).zip(rate(kept_after)) })
}

/// The answers to a batch of new orders.
pub(crate) fn batch_placed<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = &'o NewOrder>,
) -> Result<Batch<OrderAck>, RestError> {
    batch(response, asked, read_placed)
}

/// The answers to a batch of changes.
pub(crate) fn batch_amended<'o>(
    response: &Response<'_>,
    asked: impl ExactSizeIterator<Item = &'o OrderRef>,
) -> Result<Batch<AmendAck>, RestError> {
    batch(response, asked, read_amended)
}

/// The answers to a batch of cancels.
pub(crate) fn batch_cancelled(response: &Response<'_>, asked: &[OrderRef]) -> Result<Batch<CancelAck>, RestError> {
    batch(response, asked.iter(), read_cancelled)
}

/// An answer for each that was asked for, in their order: in one list what was done, in the other whether.
///
/// One that names another order spoils the whole reply; one that cannot be read leaves the others as they are.
fn batch<A, T>(
    response: &Response<'_>,
    mut asked: impl ExactSizeIterator<Item = A>,
    read: impl Fn([Option<Json<'_>>; IDS.len()], A) -> Result<T, DecodeError>,
) -> Result<Batch<T>, RestError> {
    let envelope = Envelope::open(response)?;
    let [fates] = members(envelope.further.ok_or(DecodeError::Missing { field: "retExtInfo" })?, &["list"])?;
    let (mut orders, mut fates) = (envelope.list()?, elements("retExtInfo.list", fates)?);
    let count = DecodeError::Malformed { field: "list", expected: "an element for each order" };
    let mut batch = ArrayVec::new();
    for asked in asked.by_ref().take(BATCH_MAX) {
        let (order, fate) = orders.next().zip(fates.next()).ok_or(count)?;
        let outcome = match members(fate, &["code", "msg"]).map(|[code, msg]| errors::judge(200, code, msg)) {
            Ok(Ok(())) => members(order, &IDS).and_then(|ids| read(ids, asked)).map_err(RestError::from),
            Ok(Err(error)) => Err(error),
            Err(error) => Err(error.into()),
        };
        if matches!(outcome, Err(RestError::Decode(DecodeError::OtherOrder))) {
            return Err(DecodeError::OtherOrder.into());
        }
        batch.push(outcome);
    }
    if orders.next().is_some() || fates.next().is_some() || asked.len() > 0 {
        return Err(count.into());
    }
    Ok(batch)
}

/// The answer to a query: a list of one, or of none where there is no such order.
pub(crate) fn queried<C: Category>(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let mut list = Envelope::open(response)?.list()?;
    let Some(order) = list.next() else {
        let words = "the list has no such order";
        return Err(Answer::new(response.status(), Some(0), RejectKind::UnknownOrder, words).into_error(Fate::Rejected));
    };
    if list.next().is_some() {
        return Err(DecodeError::Malformed { field: "list", expected: "one order" }.into());
    }
    let state = members(order, &STATE)?;
    let [order_id, id, symbol, ..] = state;
    same_symbol(symbol, asked.symbol)?;
    same_order(asked, order_id, id)?;
    Ok(read_state::<C>(state, Some(asked.symbol))?)
}

/// The answer to a list of open orders.
pub(crate) fn open_orders<C: Category>(
    response: &Response<'_>,
    asked: Option<Symbol>,
) -> Result<Vec<OrderState>, RestError> {
    let read = |order: Json<'_>| read_state::<C>(members(order, &STATE)?, asked);
    Ok(Envelope::open(response)?.list()?.map(read).collect::<Result<_, DecodeError>>()?)
}

/// Where a list goes on: with a full page the venue says where, though it may have nothing there.
pub(crate) fn next_page(response: &Response<'_>, page: usize) -> Result<Option<Cursor>, RestError> {
    let [list, cursor] = Envelope::open(response)?.members(&["list", "nextPageCursor"])?;
    if elements("list", list)?.count() < page {
        return Ok(None);
    }
    match cursor.and_then(Json::as_raw_str) {
        None | Some("") => Ok(None),
        Some(cursor) => {
            let too_long = DecodeError::Malformed { field: "nextPageCursor", expected: "at most 256 bytes" };
            Ok(Some(Cursor::new(cursor).ok_or(too_long)?))
        }
    }
}

/// What is read of an order's state, in the venue's order.
const STATE: [&str; 10] = [
    "orderId",
    "orderLinkId",
    "symbol",
    "price",
    "qty",
    "side",
    "orderStatus",
    "cumExecQty",
    "stopOrderType",
    "updatedTime",
];

fn read_state<C: Category>(
    state: [Option<Json<'_>>; STATE.len()],
    asked: Option<Symbol>,
) -> Result<OrderState, DecodeError> {
    let [order_id, id, symbol, price, quantity, side, status, executed, stop_type, updated] = state;
    let symbol = read_symbol(symbol, asked)?;
    let word = word(status.ok_or(DecodeError::Missing { field: "orderStatus" })?);
    let status = status_of(word.as_str());
    // How much was executed is what a query is asked for: without it there is no answer, but of an order that never was with the engine.
    let executed = match executed.and_then(Json::as_raw_str) {
        Some("") if matches!(word.as_str(), "Untriggered" | "Deactivated" | "Rejected") => Decimal::ZERO,
        _ => decimal("cumExecQty", executed)?,
    };
    let mut state = OrderState::new(symbol, read_order_id(order_id)?, status, word, executed);
    state.id = read_id(id);
    state.side = read_side(side);
    state.price = price.and_then(Json::as_decimal);
    state.quantity = quantity.and_then(Json::as_decimal);
    state.updated = time(updated);
    // Orders of contracts with a trigger are cancelled and listed as any other.
    state.has_trigger = C::IS_SPOT && !matches!(stop_type.and_then(Json::as_raw_str), None | Some("" | "UNKNOWN"));
    Ok(state)
}

/// Source: enum, "orderStatus".
fn status_of(word: &str) -> OrderStatus {
    match word {
        "Cancelled" | "Deactivated" | "PartiallyFilledCanceled" => OrderStatus::Cancelled,
        "Filled" => OrderStatus::Filled,
        "New" => OrderStatus::New,
        "PartiallyFilled" => OrderStatus::PartiallyFilled,
        "Rejected" => OrderStatus::Rejected,
        "Triggered" | "Untriggered" => OrderStatus::Pending,
        _ => OrderStatus::Other,
    }
}

/// What the unified account holds.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let account = Envelope::open(response)?.list()?.next().ok_or(DecodeError::Missing { field: "list[0]" })?;
    let [coins] = members(account, &["coin"])?;
    let read = |coin: Json<'_>| {
        let names = ["coin", "walletBalance", "locked", "totalOrderIM", "totalPositionIM", "spotBorrow"];
        let [coin, wallet, locked, orders, positions, borrowed] = members(coin, &names)?;
        let coin = coin.and_then(Json::as_raw_str).ok_or(DecodeError::Missing { field: "coin" })?;
        // "For portfolio margin mode, it returns """.
        let amount = |value: Option<Json<'_>>| value.and_then(Json::as_decimal).unwrap_or_default();
        let wallet = decimal("walletBalance", wallet)?;
        let held = [amount(locked), amount(orders), amount(positions)];
        let amounts = held
            .iter()
            .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(*part))
            .and_then(|held| Some((wallet.checked_sub(held)?.checked_sub(amount(borrowed))?, held)));
        let (free, held) = amounts.ok_or(DecodeError::Malformed { field: "walletBalance", expected: "an amount" })?;
        Ok(Balance::new(Text::cut(coin), free, held))
    };
    let all = elements("coin", coins)?.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// The account's positions, those that there are.
pub(crate) fn positions(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, RestError> {
    let read = |position: Json<'_>| {
        let names = [
            "positionIdx",
            "symbol",
            "side",
            "size",
            "avgPrice",
            "markPrice",
            "liqPrice",
            "unrealisedPnl",
            "updatedTime",
        ];
        let [index, symbol, side, size, entry, mark, liquidation, profit, updated] = members(position, &names)?;
        let size = decimal("size", size)?;
        let (quantity, is_empty) = match side.and_then(Json::as_str) {
            Some("Buy") => (size, size.is_zero()),
            Some("Sell") => (-size, size.is_zero()),
            Some("" | "None") if size.is_zero() => (size, true),
            _ => return Err(DecodeError::Malformed { field: "side", expected: "Buy or Sell" }),
        };
        let side = match index.and_then(Json::as_u64) {
            Some(0) => PositionSide::Net,
            Some(1) => PositionSide::Long,
            Some(2) => PositionSide::Short,
            _ => return Err(DecodeError::Malformed { field: "positionIdx", expected: "0, 1 or 2" }),
        };
        let mut position = Position::new(read_symbol(symbol, asked)?, side, quantity);
        position.entry_price = entry.and_then(Json::as_decimal);
        position.mark_price = mark.and_then(Json::as_decimal);
        position.unrealized = profit.and_then(Json::as_decimal);
        position.liquidation_price = liquidation.and_then(Json::as_decimal).filter(|price| !price.is_zero());
        position.updated = time(updated);
        Ok((!is_empty).then_some(position))
    };
    let list = Envelope::open(response)?.list()?.map(read);
    Ok(list.filter_map(Result::transpose).collect::<Result<_, DecodeError>>()?)
}

/// The account's executions: what trades brought, not what funding and delivery did.
pub(crate) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    let read = |trade: Json<'_>| {
        let names = [
            "symbol",
            "side",
            "orderId",
            "execTime",
            "feeCurrency",
            "isMaker",
            "execFee",
            "execId",
            "execPrice",
            "execType",
            "execQty",
        ];
        let [symbol, side, order_id, at, fee_coin, is_maker, fee, id, price, kind, quantity] = members(trade, &names)?;
        if matches!(kind.and_then(Json::as_str), Some("CorporateAction" | "Delivery" | "Funding" | "Settle")) {
            return Ok(None);
        }
        same_symbol(symbol, asked)?;
        let fill = Fill::new(
            decimal("execPrice", price)?,
            decimal("execQty", quantity)?,
            fee.and_then(Json::as_decimal),
            Text::cut(fee_coin.and_then(Json::as_raw_str).unwrap_or_default()),
            // A number on Spot, a UUID elsewhere.
            id.and_then(Json::as_raw_str).and_then(|id| id.parse().ok()),
        );
        let mut fill = OrderFill::new(asked, read_order_id(order_id)?, fill);
        fill.id = id.and_then(Json::as_raw_str).and_then(|id| ExecutionId::new(id).ok());
        fill.side = read_side(side);
        let liquidity = |maker| if maker { Liquidity::Maker } else { Liquidity::Taker };
        fill.liquidity = is_maker.and_then(Json::as_bool).map(liquidity);
        fill.time = time(at);
        Ok(Some(fill))
    };
    let list = Envelope::open(response)?.list()?.map(read);
    Ok(list.filter_map(Result::transpose).collect::<Result<_, DecodeError>>()?)
}

/// What the venue takes of a trade.
pub(crate) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let rates = Envelope::open(response)?.list()?.next().ok_or(DecodeError::Missing { field: "list[0]" })?;
    let [symbol, taker, maker] = members(rates, &["symbol", "takerFeeRate", "makerFeeRate"])?;
    same_symbol(symbol, asked)?;
    let rates = (decimal("makerFeeRate", maker)?, decimal("takerFeeRate", taker)?);
    Ok(FeeRates::new(asked, rates, rates))
}

/// One instrument's rules.
pub(crate) fn instrument<C: Category>(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    for instrument in Envelope::open(response)?.list()? {
        let members @ [symbol, ..] = members(instrument, &INSTRUMENT)?;
        if symbol.and_then(Json::as_str) == Some(asked.as_str()) {
            return Ok(read_instrument::<C>(members, Some(asked))?);
        }
    }
    Err(DecodeError::OtherOrder.into())
}

/// All instruments whose rules can be read.
pub(crate) fn instruments<C: Category>(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    let read = |instrument| read_instrument::<C>(members(instrument, &INSTRUMENT).ok()?, None).ok();
    Ok(Envelope::open(response)?.list()?.filter_map(read).collect())
}

/// What is read of an instrument.
const INSTRUMENT: [&str; 4] = ["symbol", "status", "priceFilter", "lotSizeFilter"];

/// Source: market/instrument. How far a price may lie from the market's is not read: the formula changed in May 2026, and the page
/// refers to an announcement for it.
fn read_instrument<C: Category>(
    [symbol, status, prices, lots]: [Option<Json<'_>>; INSTRUMENT.len()],
    asked: Option<Symbol>,
) -> Result<Instrument, DecodeError> {
    let prices = prices.ok_or(DecodeError::Missing { field: "priceFilter" })?;
    let lots = lots.ok_or(DecodeError::Missing { field: "lotSizeFilter" })?;
    let [price_min, price_max, tick] = members(prices, &["minPrice", "maxPrice", "tickSize"])?;
    let step = |field, value| Ok::<_, DecodeError>(decimal(field, value)?.normalize());
    let tick = step("tickSize", tick)?;
    let mut instrument;
    if C::IS_SPOT {
        // "minOrderQty: deprecated, no longer check"; the step of quantities is the base coin's precision.
        let names = ["basePrecision", "minOrderAmt", "maxLimitOrderQty", "maxMarketOrderQty"];
        let [lot, least_worth, most, most_at_market] = members(lots, &names)?;
        let symbol = read_symbol(symbol, asked)?;
        instrument = Instrument::new(symbol, tick, step("basePrecision", lot)?, Decimal::ZERO);
        instrument.notional_min = step("minOrderAmt", least_worth)?;
        instrument.quantity_max = bound(most);
        instrument.market_quantity_max = bound(most_at_market);
    } else {
        let names = ["qtyStep", "minOrderQty", "maxOrderQty", "maxMktOrderQty", "minNotionalValue"];
        let [lot, least, most, most_at_market, least_worth] = members(lots, &names)?;
        let symbol = read_symbol(symbol, asked)?;
        instrument = Instrument::new(symbol, tick, step("qtyStep", lot)?, step("minOrderQty", least)?);
        instrument.notional_min = bound(least_worth).unwrap_or_default();
        instrument.quantity_max = bound(most);
        instrument.market_quantity_max = bound(most_at_market);
        instrument.price_min = bound(price_min).unwrap_or_default();
        instrument.price_max = bound(price_max);
    }
    instrument.is_trading = status.and_then(Json::as_str) == Some("Trading");
    Ok(instrument)
}

/// A bound, which is no rule where it is 0, empty or not there.
fn bound(value: Option<Json<'_>>) -> Option<Decimal> {
    value.and_then(Json::as_decimal).map(|bound| bound.normalize()).filter(|bound| !bound.is_zero())
}

/// The best prices; nobody buys or sells where they are empty.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let ticker = Envelope::open(response)?.list()?.next().ok_or(DecodeError::Missing { field: "list[0]" })?;
    let [symbol, bid, bid_quantity, ask, ask_quantity] =
        members(ticker, &["symbol", "bid1Price", "bid1Size", "ask1Price", "ask1Size"])?;
    same_symbol(symbol, asked)?;
    let best = |field, value: Option<Json<'_>>| match value.and_then(Json::as_raw_str) {
        Some("") => Ok(Decimal::ZERO),
        _ => decimal(field, value),
    };
    let bid = (best("bid1Price", bid)?, best("bid1Size", bid_quantity)?);
    let ask = (best("ask1Price", ask)?, best("ask1Size", ask_quantity)?);
    Ok(TopOfBook::new(asked, bid, ask))
}

/// The venue's clock. Not the milliseconds that every reply has beside it: an answer that comes here unasked is another request's, and
/// its time may be anything.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [nanos] = Envelope::open(response)?.members(&["timeNano"])?;
    let nanos = nanos.ok_or(DecodeError::Missing { field: "timeNano" })?;
    let expected = "nanoseconds since 1970";
    let read = nanos.as_raw_str().and_then(|text| text.parse().ok()).filter(|nanos| *nanos > 0);
    Ok(read.map(Timestamp::from_ns).ok_or(DecodeError::Malformed { field: "timeNano", expected })?)
}

/// The reply names the order by the id that the request went out with.
fn same_order(asked: &OrderRef, order_id: Option<Json<'_>>, id: Option<Json<'_>>) -> Result<(), DecodeError> {
    match (&asked.order_id, &asked.id) {
        (Some(asked), _) if read_order_id(order_id)? != *asked => Err(DecodeError::OtherOrder),
        (None, Some(asked)) => same_id(id, asked),
        _ => Ok(()),
    }
}

/// A client order id has no character that JSON would escape, so it is compared as it stands.
#[inline]
fn same_id(id: Option<Json<'_>>, asked: &ClientOrderId) -> Result<(), DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderLinkId" })?;
    if id.as_raw_str() == Some(asked.as_str()) { Ok(()) } else { Err(DecodeError::OtherOrder) }
}

/// A symbol may have characters that the venue is free to escape: then, and where it is missing, the id alone decides.
fn same_symbol(symbol: Option<Json<'_>>, asked: Symbol) -> Result<(), DecodeError> {
    match symbol.and_then(Json::as_str) {
        Some(symbol) if symbol != asked.as_str() => Err(DecodeError::OtherOrder),
        _ => Ok(()),
    }
}

/// The instrument that was asked for, or else the one that the reply names.
fn read_symbol(symbol: Option<Json<'_>>, asked: Option<Symbol>) -> Result<Symbol, DecodeError> {
    if let Some(asked) = asked {
        return same_symbol(symbol, asked).map(|()| asked);
    }
    symbol
        .ok_or(DecodeError::Missing { field: "symbol" })?
        .as_raw_str()
        .and_then(|name| Symbol::new(name).ok())
        .ok_or(DecodeError::Malformed { field: "symbol", expected: "an instrument's name" })
}

/// The venue's id of the order: text, and kept if it should come as a number one day.
#[inline]
fn read_order_id(id: Option<Json<'_>>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderId" })?;
    let read = match id.as_raw_str() {
        Some(text) => OrderId::new(text).ok(),
        None => id.as_u64().map(OrderId::from),
    };
    read.ok_or(DecodeError::Malformed { field: "orderId", expected: "an id" })
}

/// A client order id, where it is one that we could have made.
fn read_id(id: Option<Json<'_>>) -> Option<ClientOrderId> {
    ClientOrderId::new(id?.as_str()?).ok()
}

fn read_side(side: Option<Json<'_>>) -> Option<Side> {
    match side.and_then(Json::as_str) {
        Some("Buy") => Some(Side::Buy),
        Some("Sell") => Some(Side::Sell),
        _ => None,
    }
}

/// The venue's own word, whatever it is.
fn word(value: Json<'_>) -> StatusWord {
    Text::cut(value.as_raw_str().unwrap_or(value.text()))
}

/// Milliseconds, as text or as a number.
fn time(value: Option<Json<'_>>) -> Option<Timestamp> {
    let value = value?;
    let ms = match value.as_raw_str() {
        Some(text) => text.parse().ok(),
        None => value.as_u64(),
    };
    ms.filter(|ms| *ms > 0).map(Timestamp::from_ms)
}
