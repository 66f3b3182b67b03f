//! How the venue's replies are read, the same on every market.
//!
//! What decides comes first: whether it is an error, whether it belongs to the request, which order it names, how that
//! order stands. Nothing else can fail a reply that says yes.

use std::time::Duration;

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::{AckStage, NewOrder, OrderAck, OrderRef, OrderStatus, Side, StatusWord, TopOfBook};
use orderwire::venue::json::{self, Json};
pub(crate) use orderwire::venue::reply::{decimal, elements, members};
use orderwire::venue::{DecodeError, Instrument, PriceBand, Response, RestError, Text, Timestamp};

use crate::errors::{self, Market};

/// One instrument's rules, out of a list that has it.
pub(crate) fn instrument<M: Market>(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    for instrument in listed::<M>(response)? {
        let members @ [symbol, ..] = members(instrument, &INSTRUMENT)?;
        if symbol.and_then(Json::as_str) == Some(asked.as_str()) {
            return Ok(read_instrument::<M>(members, Some(asked))?);
        }
    }
    Err(DecodeError::OtherOrder.into())
}

/// All instruments whose rules can be read.
pub(crate) fn instruments<M: Market>(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    let read = |instrument| read_instrument::<M>(members(instrument, &INSTRUMENT).ok()?, None).ok();
    Ok(listed::<M>(response)?.filter_map(read).collect())
}

fn listed<'a, M: Market>(response: &Response<'a>) -> Result<json::Elements<'a>, RestError> {
    let [symbols, code, msg] = object::<M, _>(response, &["symbols", "code", "msg"])?;
    errors::judge::<M>(response.status(), code, msg)?;
    Ok(elements("symbols", symbols)?)
}

/// What is read of an instrument.
const INSTRUMENT: [&str; 3] = ["symbol", "status", "filters"];

/// "All filters are optional", and a step of 0 is none. Source: rest-api.md, "Exchange information"; filters.md; futures,
/// "Filters".
fn read_instrument<M: Market>(
    [symbol, status, filters]: [Option<Json<'_>>; INSTRUMENT.len()],
    asked: Option<Symbol>,
) -> Result<Instrument, DecodeError> {
    let mut instrument = Instrument::new(read_symbol(symbol, asked)?, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    instrument.is_trading = status.and_then(Json::as_str) == Some("TRADING");
    for filter in elements("filters", filters)? {
        let [filter_type] = members(filter, &["filterType"])?;
        match filter_type.and_then(Json::as_str) {
            Some("PRICE_FILTER") => {
                let [tick_size, least, greatest] = members(filter, &["tickSize", "minPrice", "maxPrice"])?;
                instrument.tick_size = decimal("tickSize", tick_size)?.normalize();
                instrument.price_min = bound("minPrice", least)?.unwrap_or_default();
                instrument.price_max = bound("maxPrice", greatest)?;
            }
            Some("LOT_SIZE") => {
                let [least, greatest, step] = members(filter, &["minQty", "maxQty", "stepSize"])?;
                instrument.quantity_min = decimal("minQty", least)?.normalize();
                instrument.quantity_max = bound("maxQty", greatest)?;
                instrument.lot_size = decimal("stepSize", step)?.normalize();
            }
            Some("MARKET_LOT_SIZE") => {
                let [greatest] = members(filter, &["maxQty"])?;
                instrument.market_quantity_max = bound("maxQty", greatest)?;
            }
            // Futures call the least `notional`.
            Some("NOTIONAL" | "MIN_NOTIONAL") => {
                let [least, greatest, of_futures] = members(filter, &["minNotional", "maxNotional", "notional"])?;
                let least = decimal("minNotional", least.or(of_futures))?;
                instrument.notional_min = instrument.notional_min.max(least.normalize());
                instrument.notional_max = bound("maxNotional", greatest)?.or(instrument.notional_max);
            }
            Some("PERCENT_PRICE") => {
                let [down, up] = members(filter, &["multiplierDown", "multiplierUp"])?;
                let (least, most) = (decimal("multiplierDown", down)?, decimal("multiplierUp", up)?);
                narrow(&mut instrument, M::price_band(least, most));
            }
            Some("PERCENT_PRICE_BY_SIDE") => {
                const NAMES: [&str; 4] =
                    ["bidMultiplierDown", "bidMultiplierUp", "askMultiplierDown", "askMultiplierUp"];
                let [bid_down, bid_up, ask_down, ask_up] = members(filter, &NAMES)?;
                narrow(
                    &mut instrument,
                    PriceBand {
                        buy_least: decimal(NAMES[0], bid_down)?,
                        buy_most: decimal(NAMES[1], bid_up)?,
                        sell_least: decimal(NAMES[2], ask_down)?,
                        sell_most: decimal(NAMES[3], ask_up)?,
                    },
                );
            }
            _ => {}
        }
    }
    Ok(instrument)
}

/// A greatest or least that is no rule where it is 0, or not there.
fn bound(field: &'static str, value: Option<Json<'_>>) -> Result<Option<Decimal>, DecodeError> {
    let Some(value) = value else { return Ok(None) };
    Ok(Some(decimal(field, Some(value))?.normalize()).filter(|bound| !bound.is_zero()))
}

/// Where two filters limit the same, both hold.
fn narrow(instrument: &mut Instrument, band: PriceBand) {
    let there = instrument.price_band.unwrap_or(band);
    instrument.price_band = Some(PriceBand {
        buy_least: there.buy_least.max(band.buy_least),
        buy_most: there.buy_most.min(band.buy_most),
        sell_least: there.sell_least.max(band.sell_least),
        sell_most: there.sell_most.min(band.sell_most),
    });
}

/// The best prices.
pub(crate) fn top_of_book<M: Market>(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let [symbol, bid, bid_quantity, ask, ask_quantity, code, msg] =
        object::<M, _>(response, &["symbol", "bidPrice", "bidQty", "askPrice", "askQty", "code", "msg"])?;
    errors::judge::<M>(response.status(), code, msg)?;
    same_symbol(symbol, asked)?;
    let bid = (decimal("bidPrice", bid)?, decimal("bidQty", bid_quantity)?);
    let ask = (decimal("askPrice", ask)?, decimal("askQty", ask_quantity)?);
    Ok(TopOfBook::new(asked, bid, ask))
}

/// The venue's clock.
pub(crate) fn server_time<M: Market>(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [time, code, msg] = object::<M, _>(response, &["serverTime", "code", "msg"])?;
    errors::judge::<M>(response.status(), code, msg)?;
    let time = time.ok_or(DecodeError::Missing { field: "serverTime" })?;
    let expected = "milliseconds or microseconds since 1970";
    Ok(self::time(Some(time)).ok_or(DecodeError::Malformed { field: "serverTime", expected })?)
}

/// An object that says yes by being there.
pub(crate) fn empty<M: Market>(response: &Response<'_>) -> Result<(), RestError> {
    let [code, msg] = object::<M, _>(response, &["code", "msg"])?;
    errors::judge::<M>(response.status(), code, msg)
}

/// The members of the one object that a 2xx reply is. Names in the venue's order are found fastest.
#[inline]
pub(crate) fn object<'a, M: Market, const N: usize>(
    response: &Response<'a>,
    names: &[&str; N],
) -> Result<[Option<Json<'a>>; N], RestError> {
    let mut members = [None; N];
    fill::<M, N>(response, names, &mut members).map(|()| members)
}

/// The same into members that the caller holds, all `None` before.
#[inline]
pub(crate) fn fill<'a, M: Market, const N: usize>(
    response: &Response<'a>,
    names: &[&str; N],
    members: &mut [Option<Json<'a>>; N],
) -> Result<(), RestError> {
    errors::refuse_failures::<M>(response)?;
    Ok(json::fill_whole_object(response.body(), names, members).map_err(DecodeError::from)?)
}

/// What the reply to a new order says beside who and how far.
pub(crate) struct Said {
    pub(crate) status: Option<StatusWord>,
    pub(crate) executed: Option<Decimal>,
    pub(crate) executed_quote: Option<Decimal>,
    pub(crate) transact_time: Option<Timestamp>,
    pub(crate) unread: Option<Text<40>>,
}

/// What such a reply comes to.
///
/// Called and not inlined: so an acknowledgement is written where it is returned, and the room for fills, of which there are none yet, is
/// not copied. A larger function would have it made aside first.
#[inline(never)]
pub(crate) fn acknowledged(
    asked: &NewOrder,
    order_id: OrderId,
    stage: AckStage,
    said: &Said,
) -> Result<OrderAck, RestError> {
    let mut ack = OrderAck::new(asked.symbol, asked.id, order_id, stage);
    ack.status = said.status;
    ack.executed = said.executed;
    ack.executed_quote = said.executed_quote;
    ack.transact_time = said.transact_time;
    ack.unread = said.unread;
    Ok(ack)
}

/// The elements of the one array that a 2xx reply is.
pub(crate) fn array<'a, M: Market>(response: &Response<'a>) -> Result<json::Elements<'a>, RestError> {
    errors::refuse_failures::<M>(response)?;
    let value = json::whole_value(response.body()).map_err(DecodeError::from)?;
    match value.array() {
        Some(elements) => Ok(elements),
        // An error under a status that says yes is an object.
        None => Err(errors::classify::<M>(response.status(), response.body())
            .unwrap_or(DecodeError::Malformed { field: "body", expected: "an array" }.into())),
    }
}

/// The reply names the order by the id that the request went out with.
#[inline]
pub(crate) fn same_order(
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
pub(crate) fn same_id(field: &'static str, id: Option<Json<'_>>, asked: &ClientOrderId) -> Result<(), DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field })?;
    if id.as_bytes() == Some(asked.as_str().as_bytes()) { Ok(()) } else { Err(DecodeError::OtherOrder) }
}

/// A symbol may have characters that the venue is free to escape: then, and where it is missing, the id alone decides.
#[inline]
pub(crate) fn same_symbol(symbol: Option<Json<'_>>, asked: Symbol) -> Result<(), DecodeError> {
    match symbol.and_then(Json::as_bytes) {
        Some(symbol) if symbol != asked.as_str().as_bytes() => Err(DecodeError::OtherOrder),
        _ => Ok(()),
    }
}

/// The venue's id of the order: a whole number, kept if it should come as text one day.
#[inline]
pub(crate) fn read_order_id(id: Option<Json<'_>>) -> Result<OrderId, DecodeError> {
    let id = id.ok_or(DecodeError::Missing { field: "orderId" })?;
    let read = match id.as_u64() {
        Some(number) => Some(OrderId::from(number)),
        None => id.as_str().and_then(|text| OrderId::new(text).ok()),
    };
    read.ok_or(DecodeError::Malformed { field: "orderId", expected: "a whole number" })
}

/// A client order id, where it is one that we could have made.
#[inline]
pub(crate) fn read_id(id: Option<Json<'_>>) -> Option<ClientOrderId> {
    ClientOrderId::new(id?.as_str()?).ok()
}

/// A point in time, in milliseconds or, where the client's headers ask for them, microseconds. Which it is shows: as
/// milliseconds the numbers from here on would be years after 5138.
#[inline]
pub(crate) fn time(value: Option<Json<'_>>) -> Option<Timestamp> {
    const MICROSECONDS_FROM: u64 = 100_000_000_000_000;
    let number = value?.as_u64()?;
    Some(if number < MICROSECONDS_FROM { Timestamp::from_ms(number) } else { Timestamp::from_us(number) })
}

/// The venue's own word, whatever it is.
#[inline]
pub(crate) fn word(value: Json<'_>) -> StatusWord {
    Text::cut(value.as_raw_str().unwrap_or_else(|| value.text()))
}

/// Source: enums.md, "Order status".
#[inline]
pub(crate) fn status_of(word: &str) -> OrderStatus {
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
pub(crate) fn stage(status: OrderStatus) -> AckStage {
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
pub(crate) fn number(value: Option<Json<'_>>, unread: &mut Option<Text<40>>) -> Option<Decimal> {
    let value = value.filter(|value| !value.is_null())?;
    let read = value.as_decimal();
    if read.is_none() {
        unread.get_or_insert_with(|| Text::cut(value.as_raw_str().unwrap_or_else(|| value.text())));
    }
    read
}

/// Buy or sell, where the reply says it.
pub(crate) fn side(value: Option<Json<'_>>) -> Option<Side> {
    match value.and_then(Json::as_str) {
        Some("BUY") => Some(Side::Buy),
        Some("SELL") => Some(Side::Sell),
        _ => None,
    }
}

/// The instrument that was asked for, or else the one that the reply names.
pub(crate) fn read_symbol(symbol: Option<Json<'_>>, asked: Option<Symbol>) -> Result<Symbol, DecodeError> {
    if let Some(asked) = asked {
        return same_symbol(symbol, asked).map(|()| asked);
    }
    symbol
        .ok_or(DecodeError::Missing { field: "symbol" })?
        .as_raw_str()
        .and_then(|name| Symbol::new(name).ok())
        .ok_or(DecodeError::Malformed { field: "symbol", expected: "an instrument's name" })
}

pub(crate) fn whole(field: &'static str, value: Option<Json<'_>>) -> Result<u64, DecodeError> {
    let value = value.ok_or(DecodeError::Missing { field })?;
    value.as_u64().ok_or(DecodeError::Malformed { field, expected: "a whole number" })
}

/// Over how long a limit counts: so many of an interval.
pub(crate) fn interval(interval: Option<Json<'_>>, number: Option<Json<'_>>) -> Result<Duration, DecodeError> {
    let expected = "SECOND, MINUTE, HOUR or DAY";
    let seconds: u64 = match interval.and_then(Json::as_str) {
        Some("SECOND") => 1,
        Some("MINUTE") => 60,
        Some("HOUR") => 3_600,
        Some("DAY") => 86_400,
        _ => return Err(DecodeError::Malformed { field: "interval", expected }),
    };
    Ok(Duration::from_secs(seconds.saturating_mul(whole("intervalNum", number)?)))
}
