//! Changing orders that stand: cancel-replace, and amending, which keeps the place in the queue.

use rust_decimal::Decimal;
use serde::Serialize;

use super::errors::broken;
use super::lists::ListReport;
use super::orders::MADE_ID_BYTES;
use super::reports::{Pegged, Terms, list_id, mode_word};
use super::{ALONE, Context, Fixed8};
use crate::binance::{Failure, Refused, json};
use crate::engine::{Order, Size, Status};

pub(super) const REPLACE: &[&str] = &[
    "cancelReplaceMode",
    "cancelOrderId",
    "cancelOrigClientOrderId",
    "cancelNewClientOrderId",
    "cancelRestrictions",
    "orderRateLimitExceededMode",
    "symbol",
    "side",
    "type",
    "timeInForce",
    "quantity",
    "quoteOrderQty",
    "price",
    "newClientOrderId",
    "strategyId",
    "strategyType",
    "stopPrice",
    "trailingDelta",
    "icebergQty",
    "newOrderRespType",
    "selfTradePreventionMode",
    "pegPriceType",
    "pegOffsetValue",
    "pegOffsetType",
];
pub(super) const AMEND: &[&str] = &["symbol", "orderId", "origClientOrderId", "newClientOrderId", "newQty"];

/// Filters and order counts come before either half. Source: `Cancel an Existing Order and Send a New Order`.
pub(super) fn cancel_replace(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let params = context.params()?;
    let place_anyway = match params.required("cancelReplaceMode")? {
        "STOP_ON_FAILURE" => false,
        "ALLOW_FAILURE" => true,
        _ => return Err(Failure::invalid("cancelReplaceMode")),
    };
    let cancel_anyway = match params.get("orderRateLimitExceededMode")? {
        None | Some("DO_NOTHING") => false,
        Some("CANCEL_ONLY") => true,
        Some(_) => return Err(Failure::invalid("orderRateLimitExceededMode")),
    };
    if !params.has("cancelOrderId") && !params.has("cancelOrigClientOrderId") {
        return Err(Failure::one_of("cancelOrigClientOrderId", "cancelOrderId"));
    }
    let (order, detail) = context.new_order()?;
    let room = context.check_order_count(&[1; 2]);
    if !cancel_anyway {
        room.clone()?;
    }
    let cancelled = context.cancel_named(["cancelOrderId", "cancelOrigClientOrderId"], "cancelNewClientOrderId");
    let placed = match (&cancelled, &room) {
        (Err(failure), _) if failure.status == 500 => return Err(failure.clone()),
        (Err(_), _) if !place_anyway => {
            context.record_refusal(ALONE)?;
            // "A new order that was not attempted […] will still increase the unfilled order count by 1."
            let now_us = context.now_us;
            context.venue.count_orders(context.account, &[1; 2], now_us);
            None
        }
        (_, Err(too_many)) => {
            context.record_refusal(ALONE)?;
            Some(Err(too_many.clone()))
        }
        (_, Ok(())) => match context.enter(order, detail) {
            Err(failure) if failure.status == 500 => return Err(failure),
            entered => Some(entered),
        },
    };
    let word = |ok: bool| if ok { "SUCCESS" } else { "FAILURE" };
    let text = |half: &Result<Vec<u8>, Failure>| match half {
        Ok(body) => String::from_utf8_lossy(body).into_owned(),
        Err(Failure { code, message, .. }) => {
            String::from_utf8_lossy(&json(&Refused { code: *code, msg: message })).into_owned()
        }
    };
    let halves = format!(
        r#""cancelResult":"{}","newOrderResult":"{}","cancelResponse":{},"newOrderResponse":{}"#,
        word(cancelled.is_ok()),
        placed.as_ref().map_or("NOT_ATTEMPTED", |placed| word(placed.is_ok())),
        text(&cancelled),
        placed.as_ref().map_or("null".to_owned(), text),
    );
    let (status, refusal) = match (cancelled.is_ok(), matches!(placed, Some(Ok(_)))) {
        (true, true) => return Ok(format!("{{{halves}}}").into_bytes()),
        (false, false) => (400, r#""code":-2022,"msg":"Order cancel-replace failed.""#),
        _ => (409, r#""code":-2021,"msg":"Order cancel-replace partially failed.""#),
    };
    // Source: the table, its rows of `STOP_ON_FAILURE` and `CANCEL_ONLY` beyond the limits.
    context.status = if room.is_err() && !place_anyway { 429 } else { status };
    Ok(format!(r#"{{{refusal},"data":{{{halves}}}}}"#).into_bytes())
}

/// Source: `Order Amend Keep Priority`; errors.md, "-2038 ORDER_AMEND_REJECTED".
pub(super) fn amend(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Amended<'a> {
        transact_time: u64,
        execution_id: u64,
        amended_order: AmendedOrder<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        list_status: Option<ListReport<'a, ()>>,
    }
    let market = context.market()?;
    let pair = &context.venue.engine().market(market).instrument;
    let params = context.params()?;
    let quantity = params.decimal("newQty", pair.base_decimals)?.ok_or_else(|| Failure::missing("newQty"))?;
    let client_id = params.client_id("newClientOrderId")?.map(str::to_owned);
    let order = context.named_order(["orderId", "origClientOrderId"], unknown_to_amend)?;
    let order = order.filter(|order| order.is_open()).ok_or_else(unknown_to_amend)?;
    if quantity.is_zero() {
        return Err(Failure::new(-1013, "Invalid quantity."));
    }
    if order.status == Status::Pending && order.request.size == Size::Proceeds {
        return Err(amend_refused("Order amend (pending OPO order) is not supported."));
    }
    pair.check_quantity(quantity).map_err(broken)?;
    let price = order.limit.or(order.request.price).unwrap_or(pair.reference_price);
    pair.check_notional(price, quantity).map_err(broken)?;
    if quantity == order.quantity {
        return Err(amend_refused("The requested action would change no state; rejecting."));
    }
    if quantity > order.quantity {
        return Err(amend_refused("Order amend (quantity increase) is not supported."));
    }
    if quantity <= order.executed + order.prevented {
        return Err(Failure::new(-1013, "Invalid quantity."));
    }
    let (id, former_id) = (order.id, order.request.client_id.clone());
    let client_id = client_id.unwrap_or_else(|| context.venue.make_id(MADE_ID_BYTES, context.now_us));
    let taken = context.venue.engine().order_by_client_id(context.account, market, &client_id);
    if taken.is_some_and(|taken| taken.id != id && taken.is_open()) {
        return Err(amend_refused("Duplicate order sent."));
    }
    context.venue.amend(id, quantity, &client_id, context.now_us).map_err(|_| Failure::internal())?;
    let order = context.venue.engine().order(id).ok_or_else(Failure::internal)?;
    Ok(json(&Amended {
        transact_time: context.time(context.now_us),
        execution_id: context.venue.engine().next_order_id(),
        amended_order: context.amended(order, &former_id),
        list_status: order
            .list
            .and_then(|list| context.venue.engine().list(list))
            .map(|list| context.list_report(list, None)),
    }))
}

fn amend_refused(message: &'static str) -> Failure {
    Failure::new(-2038, message)
}

fn unknown_to_amend() -> Failure {
    amend_refused("Unknown order sent.")
}

impl Context<'_, '_> {
    fn amended<'a>(&'a self, order: &'a Order, former_id: &'a str) -> AmendedOrder<'a> {
        let facts = self.facts(order);
        AmendedOrder {
            symbol: &self.venue.engine().market(order.request.market).instrument.symbol,
            order_id: order.id,
            order_list_id: list_id(order),
            orig_client_order_id: former_id,
            client_order_id: &order.request.client_id,
            price: facts.price,
            peg: facts.peg,
            qty: Fixed8(order.quantity),
            executed_qty: facts.executed_qty,
            prevented_qty: Fixed8(order.prevented),
            quote_order_qty: Fixed8(Decimal::ZERO),
            cumulative_quote_qty: facts.cummulative_quote_qty,
            status: facts.status,
            time_in_force: facts.time_in_force,
            order_type: facts.order_type,
            side: facts.side,
            terms: self.terms(order),
            working_time: order.working_us.map(|time_us| self.time(time_us)),
            self_trade_prevention_mode: mode_word(order.request.self_trade),
        }
    }
}

/// With `qty`, and with one m in `cumulativeQuoteQty`: other names than all other replies have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AmendedOrder<'a> {
    symbol: &'a str,
    order_id: u64,
    order_list_id: i64,
    orig_client_order_id: &'a str,
    client_order_id: &'a str,
    price: Fixed8,
    #[serde(flatten)]
    peg: Option<Pegged>,
    qty: Fixed8,
    executed_qty: Fixed8,
    prevented_qty: Fixed8,
    quote_order_qty: Fixed8,
    cumulative_quote_qty: Fixed8,
    status: &'static str,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    order_type: &'static str,
    side: &'static str,
    #[serde(flatten)]
    terms: Terms,
    /// Missing before the order works. Source: the example of an order that is part of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    working_time: Option<u64>,
    self_trade_prevention_mode: &'static str,
}
