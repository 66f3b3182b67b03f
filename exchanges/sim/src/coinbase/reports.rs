//! Orders and executions in the venue's words. Source: "Get Order", "List Fills".

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::market::told_time;
use super::{Context, PORTFOLIO, plain};
use crate::engine::{Expiry, NewOrder, Order, Party, Side, Size, Status, TimeInForce, Trade};
use crate::uuid;

/// Source: "Get Order", `status`.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled | Status::Expired | Status::ExpiredInMatch => "CANCELLED",
        Status::Filled => "FILLED",
        Status::New | Status::PartlyFilled => "OPEN",
        Status::Pending => "PENDING",
        Status::Rejected => "FAILED",
    }
}

/// As it stands: a cancel that was taken shows, and an end of time.
pub(super) fn status(order: &Order) -> &'static str {
    match (order.status, order.expiry) {
        (Status::Expired, Some(Expiry::GoodTill)) => "EXPIRED",
        _ if order.is_open() && order.cancels_us.is_some() => "CANCEL_QUEUED",
        (status, _) => status_word(status),
    }
}

pub(super) fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "BUY" } else { "SELL" }
}

pub(super) fn type_word(order: &NewOrder) -> &'static str {
    match (order.price, order.trigger) {
        (None, _) => "MARKET",
        (Some(_), None) => "LIMIT",
        (Some(_), Some(_)) => "STOP_LIMIT",
    }
}

pub(super) fn time_in_force_word(order: &NewOrder) -> &'static str {
    match order.time_in_force {
        TimeInForce::GoodTillCanceled if order.good_till_us.is_some() => "GOOD_UNTIL_DATE_TIME",
        TimeInForce::GoodTillCanceled => "GOOD_UNTIL_CANCELLED",
        TimeInForce::FillOrKill | TimeInForce::FillOrRefuse => "FILL_OR_KILL",
        TimeInForce::ImmediateOrCancel => "IMMEDIATE_OR_CANCEL",
    }
}

/// The answer to a place request.
pub(super) fn placed(context: &Context<'_, '_>, order: &Order) -> Value {
    let product = &context.venue.engine().market(order.request.market).instrument.symbol;
    json!({
        "success": true, "failure_reason": "UNKNOWN_FAILURE_REASON", "order_id": uuid::of(order.id),
        "success_response": {
            "order_id": uuid::of(order.id), "product_id": product, "side": side_word(order.request.side),
            "client_order_id": order.request.client_id, "attached_order_id": "",
        },
        "order_configuration": configuration(order),
    })
}

/// What an order holds of what it pays with.
pub(super) fn held(order: &Order) -> Decimal {
    let price = order.request.price.unwrap_or_default();
    match (order.is_open(), order.request.side) {
        (false, _) => Decimal::ZERO,
        (true, Side::Buy) => order.remaining() * price,
        (true, Side::Sell) => order.remaining(),
    }
}

/// An order's terms under the name of its kind, its size as it was edited last.
fn configuration(order: &Order) -> Value {
    let request = &order.request;
    let mut terms = match request.size {
        Size::Quote(amount) => json!({ "quote_size": plain(amount) }),
        _ => json!({ "base_size": plain(order.quantity) }),
    };
    if let Some(price) = request.price {
        terms["limit_price"] = json!(plain(price));
    }
    if let Some(end_us) = request.good_till_us {
        terms["end_time"] = json!(told_time(end_us));
    }
    let is_up = |kind| (kind == crate::engine::TriggerKind::StopLoss) == (request.side == Side::Buy);
    let is_till_date = request.good_till_us.is_some();
    let kind = match (request.price, request.trigger, request.time_in_force) {
        (None, _, TimeInForce::FillOrKill) => "market_market_fok",
        (None, ..) => "market_market_ioc",
        (Some(_), Some(trigger), _) => {
            terms["stop_price"] = json!(trigger.stop_price.map(plain));
            let direction = if is_up(trigger.kind) { "UP" } else { "DOWN" };
            terms["stop_direction"] = json!(format!("STOP_DIRECTION_STOP_{direction}"));
            if is_till_date { "stop_limit_stop_limit_gtd" } else { "stop_limit_stop_limit_gtc" }
        }
        (Some(_), None, TimeInForce::FillOrKill | TimeInForce::FillOrRefuse) => "limit_limit_fok",
        (Some(_), None, TimeInForce::ImmediateOrCancel) => "sor_limit_ioc",
        (Some(_), None, TimeInForce::GoodTillCanceled) => {
            terms["post_only"] = json!(request.post_only);
            if is_till_date { "limit_limit_gtd" } else { "limit_limit_gtc" }
        }
    };
    json!({ kind: terms })
}

/// An order as it stands.
pub(super) fn order(context: &Context<'_, '_>, order: &Order) -> Value {
    let request = &order.request;
    let fills = executions(context, order);
    let fees: Decimal = fills.iter().map(|(trade, party, side)| fee_in_quote(trade, party, *side)).sum();
    let average = order.executed_quote.checked_div(order.executed).unwrap_or_default();
    let is_in_quote = matches!(request.size, Size::Quote(_));
    let done = match request.size {
        Size::Quote(amount) => order.executed_quote.checked_div(amount),
        _ => order.executed.checked_div(order.quantity),
    };
    let after_fees = if request.side == Side::Buy { order.executed_quote + fees } else { order.executed_quote - fees };
    let trigger_status = match request.trigger {
        None => "INVALID_ORDER_TYPE",
        Some(_) if order.working_us.is_some() => "STOP_TRIGGERED",
        Some(_) => "STOP_PENDING",
    };
    let cancel_message = match (order.status, order.expiry) {
        (Status::Canceled, _) => "User requested cancel",
        (Status::ExpiredInMatch, _) => "Self-trade prevention",
        (Status::Expired, Some(Expiry::GoodTill)) => "Order expired",
        (Status::Expired, _) => "Insufficient liquidity",
        _ => "",
    };
    json!({
        "order_id": uuid::of(order.id), "client_order_id": request.client_id, "user_id": uuid::of(PORTFOLIO),
        "product_id": context.venue.engine().market(request.market).instrument.symbol, "product_type": "SPOT",
        "order_configuration": configuration(order), "side": side_word(request.side), "status": status(order),
        "time_in_force": time_in_force_word(request), "order_type": type_word(request),
        "created_time": told_time(order.placed_us), "last_update_time": told_time(order.updated_us),
        "completion_percentage": plain((done.unwrap_or_default() * Decimal::ONE_HUNDRED).round_dp(2)),
        "filled_size": plain(order.executed), "average_filled_price": plain(average.round_dp(8)), "fee": "",
        "number_of_fills": fills.len().to_string(), "filled_value": plain(order.executed_quote),
        "pending_cancel": order.is_open() && order.cancels_us.is_some(), "size_in_quote": is_in_quote,
        "total_fees": plain(fees), "size_inclusive_of_fees": false, "total_value_after_fees": plain(after_fees),
        "trigger_status": trigger_status, "reject_reason": "REJECT_REASON_UNSPECIFIED", "reject_message": "",
        "cancel_message": cancel_message, "settled": order.status == Status::Filled, "is_liquidation": false,
        "order_placement_source": "RETAIL_ADVANCED", "outstanding_hold_amount": plain(held(order)),
        "last_fill_time": fills.first().map(|(trade, ..)| told_time(trade.time_us)), "edit_history": [],
        "leverage": "", "margin_type": "UNKNOWN_MARGIN_TYPE", "retail_portfolio_id": uuid::of(PORTFOLIO),
        "originating_order_id": "", "attached_order_id": "", "attached_order_configuration": null,
    })
}

/// An order's executions, the latest first.
fn executions<'e>(context: &'e Context<'_, '_>, order: &Order) -> Vec<(&'e Trade, &'e Party, Side)> {
    if order.executed.is_zero() {
        return Vec::new();
    }
    let trades = context.venue.engine().trades(order.request.market).rev();
    let trades = trades.take_while(|trade| trade.time_us >= order.placed_us);
    let sides = trades.flat_map(|trade| [(trade, &trade.buyer, Side::Buy), (trade, &trade.seller, Side::Sell)]);
    sides.filter(|(_, party, _)| party.order == order.id).collect()
}

pub(super) fn fill(context: &Context<'_, '_>, number: u64, trade: &Trade, party: &Party, side: Side) -> Value {
    let engine = context.venue.engine();
    // Sized in the quote coin, an order's executions are too.
    let is_in_quote = engine.order(party.order).is_some_and(|order| matches!(order.request.size, Size::Quote(_)));
    let is_maker = trade.buyer_is_maker == (side == Side::Buy);
    json!({
        "entry_id": uuid::of(FILL_ENTRIES | number), "trade_id": uuid::of(number), "order_id": uuid::of(party.order),
        "trade_time": told_time(trade.time_us), "trade_type": "FILL", "price": plain(trade.price),
        "size": plain(if is_in_quote { trade.quote_quantity } else { trade.quantity }),
        "commission": plain(fee_in_quote(trade, party, side)),
        "product_id": engine.market(trade.market).instrument.symbol,
        "sequence_timestamp": told_time(trade.time_us),
        "liquidity_indicator": if is_maker { "MAKER" } else { "TAKER" }, "size_in_quote": is_in_quote,
        "user_id": uuid::of(PORTFOLIO), "side": side_word(side), "retail_portfolio_id": uuid::of(PORTFOLIO),
    })
}

/// The engine takes a buyer's fee of what was bought; it is told as the venue does, in the quote coin.
fn fee_in_quote(trade: &Trade, party: &Party, side: Side) -> Decimal {
    if side == Side::Buy { party.fee * trade.price } else { party.fee }
}

const FILL_ENTRIES: u64 = 1 << 46;
