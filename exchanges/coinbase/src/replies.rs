//! How the venue's replies are read.
//!
//! ```text
//! {"success":true,"success_response":{"order_id":"…","product_id":"BTC-USD","side":"BUY","client_order_id":"…"},"order_configuration":{…}}
//! ```
//!
//! What decides comes first: whether it says yes, which order it names, how that order stands. Nothing else can fail a reply that says yes.
//! Amounts are strings, times RFC 3339.

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
use orderwire::venue::{Answer, Cursor, DecodeError, Instrument, RejectKind, Response, RestError, Text, Timestamp};

use crate::account::KeyPermissions;
use crate::batch::CANCEL_BATCH_MAX;
use crate::errors;

/// The members of a reply that is no failure by its status.
#[inline]
fn reply_members<'a, const N: usize>(
    response: &Response<'a>,
    names: &[&str; N],
) -> Result<[Option<Json<'a>>; N], RestError> {
    errors::refuse_failures(response)?;
    Ok(json::whole_object(response.body(), names).map_err(DecodeError::from)?)
}

/// The part of a reply that says yes where it says `success`.
#[inline]
fn success<'a>(response: &Response<'a>) -> Result<Json<'a>, RestError> {
    let [success, reason, yes, error, errors] =
        reply_members(response, &["success", "failure_reason", "success_response", "error_response", "errors"])?;
    errors::judge(success, reason, error, errors)?;
    Ok(yes.ok_or(DecodeError::Missing { field: "success_response" })?)
}

/// The answer to a new order.
#[inline]
pub(crate) fn placed(response: &Response<'_>, asked: &NewOrder) -> Result<OrderAck, RestError> {
    accepted(response, asked.symbol, asked.id)
}

/// The answer to whatever makes an order of this id.
#[inline]
pub(crate) fn accepted(response: &Response<'_>, symbol: Symbol, id: ClientOrderId) -> Result<OrderAck, RestError> {
    let [order_id, named] = members(success(response)?, &["order_id", "client_order_id"])?;
    if named.and_then(Json::as_str) != Some(id.as_str()) {
        return Err(DecodeError::OtherOrder.into());
    }
    // The gateway's yes: what the engine makes of it, a query tells.
    Ok(OrderAck::new(symbol, id, read_order_id(order_id)?, AckStage::Received))
}

/// The answer to a check: why not, if at all.
pub(crate) fn checked(response: &Response<'_>, list: &'static str) -> Result<(), RestError> {
    let [reasons] = reply_members(response, &[list])?;
    if reasons.and_then(Json::array).is_none() {
        return Err(DecodeError::Missing { field: list }.into());
    }
    errors::judge_check(reasons)
}

/// The answer to a change, which may name the order.
pub(crate) fn amended(response: &Response<'_>, asked: &OrderRef) -> Result<AmendAck, RestError> {
    let [success, reason, yes, error, errors] =
        reply_members(response, &["success", "failure_reason", "success_response", "error_response", "errors"])?;
    errors::judge(success, reason, error, errors)?;
    let [order_id] = match yes.filter(|yes| !yes.is_null()) {
        Some(yes) => members(yes, &["order_id"])?,
        None => [None],
    };
    if text(order_id).is_some_and(|id| asked.order_id.is_some_and(|asked| asked.as_str() != id)) {
        return Err(DecodeError::OtherOrder.into());
    }
    Ok(AmendAck::of(asked))
}

/// The answer to a cancel of one order.
#[inline]
pub(crate) fn cancelled(response: &Response<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let [results] = reply_members(response, &["results"])?;
    let expected = DecodeError::Malformed { field: "results", expected: "one element" };
    let mut results = results.and_then(Json::array).ok_or(DecodeError::Missing { field: "results" })?;
    let result = results.next().ok_or(expected)?;
    if results.next().is_some() {
        return Err(expected.into());
    }
    if !names(result, asked)? {
        return Err(DecodeError::OtherOrder.into());
    }
    read_cancelled(result, asked)
}

/// Whether an answer to a cancel is about this order.
#[inline]
fn names(result: Json<'_>, asked: &OrderRef) -> Result<bool, DecodeError> {
    let [order_id] = members(result, &["order_id"])?;
    Ok(order_id.and_then(Json::as_str) == asked.order_id.as_ref().map(OrderId::as_str))
}

#[inline]
fn read_cancelled(result: Json<'_>, asked: &OrderRef) -> Result<CancelAck, RestError> {
    let [success, reason] = members(result, &["success", "failure_reason"])?;
    match success.and_then(Json::as_bool) {
        Some(true) => Ok(CancelAck::of(asked).received()),
        Some(false) => Err(errors::of_element(reason)),
        None => Err(DecodeError::Missing { field: "results.success" }.into()),
    }
}

/// The answers to a batch of cancels, each by the id that it names.
pub(crate) fn batch_cancelled(
    response: &Response<'_>,
    asked: &[OrderRef],
) -> Result<ArrayVec<Result<CancelAck, RestError>, CANCEL_BATCH_MAX>, RestError> {
    let [results] = reply_members(response, &["results"])?;
    let results: ArrayVec<Json<'_>, CANCEL_BATCH_MAX> = results
        .and_then(Json::array)
        .ok_or(DecodeError::Missing { field: "results" })?
        .take(CANCEL_BATCH_MAX)
        .collect();
    let silent = Answer::new(response.status(), None, RejectKind::Other, "the answer does not name it");
    let mut batch = ArrayVec::new();
    for (place, order) in asked.iter().enumerate() {
        // They come as they were asked for; by their ids in any case.
        let mut found = None;
        for &result in results.get(place).into_iter().chain(&results) {
            if names(result, order)? {
                found = Some(result);
                break;
            }
        }
        batch.push(match found {
            Some(result) => read_cancelled(result, order),
            None => Err(silent.into_error(Fate::Unknown)),
        });
    }
    Ok(batch)
}

/// One order that was asked for by the venue's id.
pub(crate) fn queried(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let [order] = reply_members(response, &["order"])?;
    let mut state = read_state(order.ok_or(DecodeError::Missing { field: "order" })?)?;
    let is_asked = asked.order_id.is_none_or(|id| id == state.order_id) && (asked.id.is_none() || asked.id == state.id);
    if !is_asked {
        return Err(DecodeError::OtherOrder.into());
    }
    state.symbol = asked.symbol;
    Ok(state)
}

/// One order that was looked for by our id, in a part of a list.
pub(crate) fn found(response: &Response<'_>, asked: &OrderRef) -> Result<OrderState, RestError> {
    let [orders, has_next] = reply_members(response, &["orders", "has_next"])?;
    for order in orders.and_then(Json::array).ok_or(DecodeError::Missing { field: "orders" })? {
        let [id] = members(order, &["client_order_id"])?;
        if id.and_then(Json::as_str) == asked.id.as_ref().map(ClientOrderId::as_str) {
            let mut state = read_state(order)?;
            state.symbol = asked.symbol;
            return Ok(state);
        }
    }
    Err(errors::none_found(response, has_next.and_then(Json::as_bool) == Some(false)))
}

/// The open orders in a part of a list.
pub(crate) fn open_orders(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<OrderState>, RestError> {
    let [orders] = reply_members(response, &["orders"])?;
    let orders = orders.and_then(Json::array).ok_or(DecodeError::Missing { field: "orders" })?;
    let read = |order| {
        let mut state = read_state(order)?;
        state.symbol = asked.unwrap_or(state.symbol);
        Ok(state)
    };
    orders.map(read).collect()
}

/// Where a list goes on.
pub(crate) fn next_page(response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
    let [has_next, cursor] = reply_members(response, &["has_next", "cursor"])?;
    let (has_next, cursor) = (has_next.and_then(Json::as_bool), text(cursor));
    match (has_next, cursor) {
        (Some(false), _) | (None, None) => Ok(None),
        (_, Some(cursor)) => {
            let expected = DecodeError::Malformed { field: "cursor", expected: "256 bytes at most" };
            Ok(Some(Cursor::new(cursor).ok_or(expected)?))
        }
        (Some(true), None) => Err(DecodeError::Missing { field: "cursor" }.into()),
    }
}

/// An order's state.
fn read_state(order: Json<'_>) -> Result<OrderState, DecodeError> {
    const NAMES: [&str; 11] = [
        "order_id",
        "product_id",
        "order_configuration",
        "side",
        "client_order_id",
        "status",
        "created_time",
        "filled_size",
        "trigger_status",
        "last_fill_time",
        "last_update_time",
    ];
    let [order_id, product, configuration, side, id, status, created, executed, trigger, filled_at, updated] =
        members(order, &NAMES)?;
    let product = text(product).ok_or(DecodeError::Missing { field: "product_id" })?;
    let symbol = read_symbol(product)?;
    let word = text(status).ok_or(DecodeError::Missing { field: "status" })?;
    // How much was executed is what a query is asked for: without it there is no answer.
    let executed = decimal("filled_size", executed)?;
    let status = match word {
        "CANCELLED" => OrderStatus::Cancelled,
        "EXPIRED" => OrderStatus::Expired,
        "FAILED" => OrderStatus::Rejected,
        "FILLED" => OrderStatus::Filled,
        "PENDING" | "QUEUED" => OrderStatus::Pending,
        "CANCEL_QUEUED" | "EDIT_QUEUED" | "OPEN" => match text(trigger) {
            _ if !executed.is_zero() => OrderStatus::PartiallyFilled,
            Some("STOP_PENDING") => OrderStatus::Pending,
            _ => OrderStatus::New,
        },
        _ => OrderStatus::Other,
    };
    let mut state = OrderState::new(symbol, read_order_id(order_id)?, status, Text::cut(word), executed);
    state.id = text(id).and_then(|id| ClientOrderId::new(id).ok());
    state.side = self::side(side);
    // One object, whose name says what kind of order it is.
    let terms = configuration.and_then(Json::object).and_then(|mut kinds| kinds.next());
    if let Some((_, terms)) = terms
        && let Ok([quantity, price]) = terms.members(&["base_size", "limit_price"])
    {
        state.quantity = quantity.and_then(Json::as_decimal);
        state.price = price.and_then(Json::as_decimal);
    }
    state.updated = time(updated).or(time(filled_at)).or(time(created));
    Ok(state)
}

/// What the account has, in a part of a list. Coins that it has nothing of are left out.
pub(crate) fn balances(response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
    let [accounts] = reply_members(response, &["accounts"])?;
    let accounts = accounts.and_then(Json::array).ok_or(DecodeError::Missing { field: "accounts" })?;
    let read = |account| {
        let [currency, available, hold] = members(account, &["currency", "available_balance", "hold"])?;
        let currency = text(currency).ok_or(DecodeError::Missing { field: "currency" })?;
        let available =
            amount("available_balance", available.ok_or(DecodeError::Missing { field: "available_balance" })?)?;
        let hold = hold.filter(|hold| !hold.is_null()).map_or(Ok(Decimal::ZERO), |hold| amount("hold", hold))?;
        Ok(Balance::new(Text::cut(currency), available, hold))
    };
    let all = accounts.map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    Ok(all.into_iter().filter(|balance| !balance.free.is_zero() || !balance.locked.is_zero()).collect())
}

/// `{"value":"1.23","currency":"BTC"}`
fn amount(field: &'static str, amount: Json<'_>) -> Result<Decimal, DecodeError> {
    let [value] = members(amount, &["value"])?;
    decimal(field, value)
}

/// The account's executions of one product, the oldest first.
pub(crate) fn fills(response: &Response<'_>, asked: Symbol) -> Result<Vec<OrderFill>, RestError> {
    const NAMES: [&str; 11] = [
        "entry_id",
        "trade_id",
        "order_id",
        "trade_time",
        "price",
        "size",
        "commission",
        "product_id",
        "liquidity_indicator",
        "size_in_quote",
        "side",
    ];
    let [fills] = reply_members(response, &["fills"])?;
    let mut all = Vec::new();
    for fill in fills.and_then(Json::array).ok_or(DecodeError::Missing { field: "fills" })? {
        let [id, trade, order_id, at, price, size, commission, product, liquidity, in_quote, side] =
            members(fill, &NAMES)?;
        let product = text(product).ok_or(DecodeError::Missing { field: "product_id" })?;
        if product != asked.as_str() {
            continue;
        }
        let (price, size) = (decimal("price", price)?, decimal("size", size)?);
        let quantity = if in_quote.and_then(Json::as_bool) == Some(true) {
            // To no more places than any coin has.
            let quantity = size.checked_div(price).map(|quantity| quantity.trunc_with_scale(18).normalize());
            quantity.ok_or(DecodeError::Malformed { field: "size", expected: "a quantity" })?
        } else {
            size
        };
        let trade_id = text(trade).and_then(|id| id.parse().ok());
        let fill = Fill::new(price, quantity, commission.and_then(Json::as_decimal), quote_coin(product), trade_id);
        let mut fill = OrderFill::new(asked, read_order_id(order_id)?, fill);
        fill.id = text(id).and_then(|id| ExecutionId::new(id).ok());
        fill.side = self::side(side);
        fill.liquidity = match text(liquidity) {
            Some("MAKER") => Some(Liquidity::Maker),
            Some("TAKER") => Some(Liquidity::Taker),
            _ => None,
        };
        fill.time = time(at);
        all.push(fill);
    }
    // Stable: the venue's order, the newest first, turned around, stays within one moment.
    all.reverse();
    all.sort_by_key(|fill| fill.time);
    Ok(all)
}

/// The quote coin of a pair, which its fees are paid in; a contract's name has none.
fn quote_coin(product: &str) -> Text<12> {
    match product.split_once('-') {
        Some((_, quote)) if !quote.contains('-') => Text::cut(quote),
        _ => Text::default(),
    }
}

/// What the venue takes of a trade, in parts of one.
pub(crate) fn fee_rates(response: &Response<'_>, asked: Symbol) -> Result<FeeRates, RestError> {
    let [tier] = reply_members(response, &["fee_tier"])?;
    let tier = tier.ok_or(DecodeError::Missing { field: "fee_tier" })?;
    let [taker, maker] = members(tier, &["taker_fee_rate", "maker_fee_rate"])?;
    let both = (decimal("maker_fee_rate", maker)?, decimal("taker_fee_rate", taker)?);
    Ok(FeeRates::new(asked, both, both))
}

/// What the key may.
pub(crate) fn key_permissions(response: &Response<'_>) -> Result<KeyPermissions, RestError> {
    let [view, trade, transfer] = reply_members(response, &["can_view", "can_trade", "can_transfer"])?;
    let flag = |field, value: Option<Json<'_>>| value.and_then(Json::as_bool).ok_or(DecodeError::Missing { field });
    Ok(KeyPermissions::new(flag("can_view", view)?, flag("can_trade", trade)?, flag("can_transfer", transfer)?))
}

/// The account's positions.
pub(crate) fn positions(response: &Response<'_>, asked: Option<Symbol>) -> Result<Vec<Position>, RestError> {
    const NAMES: [&str; 6] =
        ["product_id", "side", "number_of_contracts", "current_price", "avg_entry_price", "unrealized_pnl"];
    let [positions] = reply_members(response, &["positions"])?;
    let mut all = Vec::new();
    for position in positions.and_then(Json::array).ok_or(DecodeError::Missing { field: "positions" })? {
        let [product, side, contracts, mark, entry, unrealized] = members(position, &NAMES)?;
        let symbol = read_symbol(text(product).ok_or(DecodeError::Missing { field: "product_id" })?)?;
        if asked.is_some_and(|asked| asked != symbol) {
            continue;
        }
        let contracts = decimal("number_of_contracts", contracts)?.abs();
        let quantity = match text(side) {
            _ if contracts.is_zero() => continue,
            Some("LONG") => contracts,
            Some("SHORT") => -contracts,
            _ => return Err(DecodeError::Malformed { field: "side", expected: "LONG or SHORT" }.into()),
        };
        let mut position = Position::new(symbol, PositionSide::Net, quantity);
        position.entry_price = entry.and_then(Json::as_decimal);
        position.mark_price = mark.and_then(Json::as_decimal);
        position.unrealized = unrealized.and_then(Json::as_decimal);
        all.push(position);
    }
    Ok(all)
}

/// One product's rules.
pub(crate) fn instrument(response: &Response<'_>, asked: Symbol) -> Result<Instrument, RestError> {
    errors::refuse_failures(response)?;
    let rules = read_product(json::whole_value(response.body()).map_err(DecodeError::from)?)?;
    if rules.symbol != asked {
        return Err(DecodeError::OtherOrder.into());
    }
    Ok(rules)
}

/// All products whose rules can be read.
pub(crate) fn instruments(response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
    let [products] = reply_members(response, &["products"])?;
    let products = products.and_then(Json::array).ok_or(DecodeError::Missing { field: "products" })?;
    Ok(products.filter_map(|product| read_product(product).ok()).collect())
}

fn read_product(product: Json<'_>) -> Result<Instrument, DecodeError> {
    const NAMES: [&str; 14] = [
        "product_id",
        "base_increment",
        "quote_increment",
        "quote_min_size",
        "quote_max_size",
        "base_min_size",
        "base_max_size",
        "is_disabled",
        "status",
        "cancel_only",
        "trading_disabled",
        "view_only",
        "price_increment",
        "future_product_details",
    ];
    let [
        name,
        lot,
        quote_increment,
        quote_min,
        quote_max,
        base_min,
        base_max,
        is_disabled,
        status,
        cancel_only,
        trading_disabled,
        view_only,
        tick,
        future,
    ] = members(product, &NAMES)?;
    let symbol = read_symbol(text(name).ok_or(DecodeError::Missing { field: "product_id" })?)?;
    let tick = match text(tick) {
        Some(_) => decimal("price_increment", tick)?,
        None => decimal("quote_increment", quote_increment)?,
    };
    let lot = decimal("base_increment", lot)?;
    let mut rules =
        Instrument::new(symbol, tick.normalize(), lot.normalize(), decimal("base_min_size", base_min)?.normalize());
    let most = |value: Option<Json<'_>>| value.and_then(Json::as_decimal).filter(|most| !most.is_zero());
    rules.quantity_max = most(base_max).map(|most| most.normalize());
    if let Some(least) = most(quote_min) {
        rules.notional_min = least.normalize();
    }
    rules.notional_max = most(quote_max).map(|most| most.normalize());
    if let Some(future) = future.filter(|future| !future.is_null()) {
        let [size] = members(future, &["contract_size"])?;
        rules.contract_size = most(size).unwrap_or(Decimal::ONE).normalize();
    }
    let is = |flag: Option<Json<'_>>| flag.and_then(Json::as_bool) == Some(true);
    rules.is_trading = matches!(text(status), None | Some("online"))
        && !is(is_disabled)
        && !is(cancel_only)
        && !is(trading_disabled)
        && !is(view_only);
    Ok(rules)
}

/// The best prices; a side where nobody is has none.
pub(crate) fn top_of_book(response: &Response<'_>, asked: Symbol) -> Result<TopOfBook, RestError> {
    let [book] = reply_members(response, &["pricebook"])?;
    let book = book.ok_or(DecodeError::Missing { field: "pricebook" })?;
    let [product, bids, asks] = members(book, &["product_id", "bids", "asks"])?;
    if text(product) != Some(asked.as_str()) {
        return Err(DecodeError::OtherOrder.into());
    }
    Ok(TopOfBook::new(asked, best("bids", bids)?, best("asks", asks)?))
}

/// `[{"price":"37500.0","size":"1.25"}]`
fn best(field: &'static str, side: Option<Json<'_>>) -> Result<(Decimal, Decimal), DecodeError> {
    let mut levels = side.and_then(Json::array).ok_or(DecodeError::Missing { field })?;
    let Some(level) = levels.next() else { return Ok((Decimal::ZERO, Decimal::ZERO)) };
    let [price, size] = members(level, &["price", "size"])?;
    Ok((decimal("price", price)?, decimal("size", size)?))
}

/// The venue's clock.
pub(crate) fn server_time(response: &Response<'_>) -> Result<Timestamp, RestError> {
    let [ms] = reply_members(response, &["epochMillis"])?;
    let ms = ms.and_then(|ms| ms.as_u64().or_else(|| ms.as_str()?.parse().ok()));
    let expected = DecodeError::Malformed { field: "epochMillis", expected: "milliseconds since 1970" };
    Ok(Timestamp::from_ms(ms.ok_or(expected)?))
}

/// The venue's id of an order.
#[inline]
fn read_order_id(id: Option<Json<'_>>) -> Result<OrderId, DecodeError> {
    let id = text(id).ok_or(DecodeError::Missing { field: "order_id" })?;
    OrderId::new(id).map_err(|_| DecodeError::Malformed { field: "order_id", expected: "an id" })
}

fn read_symbol(name: &str) -> Result<Symbol, DecodeError> {
    Symbol::new(name).map_err(|_| DecodeError::Malformed { field: "product_id", expected: "a product's name" })
}

/// RFC 3339.
fn time(value: Option<Json<'_>>) -> Option<Timestamp> {
    Timestamp::from_rfc3339(text(value)?)
}

/// Buy or sell, where the reply says it.
fn side(value: Option<Json<'_>>) -> Option<Side> {
    match text(value) {
        Some("BUY") => Some(Side::Buy),
        Some("SELL") => Some(Side::Sell),
        _ => None,
    }
}
