//! Placing, cancelling and asking for orders.

use serde::Serialize;

use super::Context;
use super::account::{Discount, Rates, check_span, window};
use super::errors::refused;
use super::lists::ListReport;
use super::new_order::Detail;
use super::reports::CanceledOrder;
use crate::binance::{Failure, Params, json};
use crate::engine::{NewOrder, Order, OrderId, Status};

pub(super) const PLACE: &[&str] = &[
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
pub(super) const TEST: &[&str] = &[
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
    "computeCommissionRates",
];
pub(super) const CANCEL: &[&str] =
    &["symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"];
pub(super) const QUERY: &[&str] = &["symbol", "orderId", "origClientOrderId"];
pub(super) const ALL: &[&str] = &["symbol", "orderId", "startTime", "endTime", "limit"];

/// What names an order in most requests.
const NAMES: [&str; 2] = ["orderId", "origClientOrderId"];

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (order, detail) = context.new_order()?;
    context.check_order_count(&[1; 2])?;
    context.enter(order, detail)
}

impl Context<'_, '_> {
    /// Hands an order to the engine and tells what it did.
    pub(super) fn enter(&mut self, mut order: NewOrder, detail: Detail) -> Result<Vec<u8>, Failure> {
        let context = self;
        let now_us = context.now_us;
        if order.client_id.is_empty() {
            order.client_id = context.venue.make_id(MADE_ID_BYTES, now_us);
        }
        context.recorded = true;
        let placed = context.venue.place(order, now_us).map_err(|_| Failure::internal())?.map_err(refused)?;
        context.venue.count_orders(context.account, &[1; 2], now_us);
        Ok(json(&context.placed(&placed, detail)))
    }
}

pub(super) fn test_weight(params: &Params<'_>) -> u64 {
    if matches!(params.boolean("computeCommissionRates"), Ok(Some(true))) { 20 } else { 1 }
}

pub(super) fn test(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Commissions {
        standard_commission_for_order: Rates,
        special_commission_for_order: Rates,
        tax_commission_for_order: Rates,
        discount: Discount,
    }
    context.new_order()?;
    if context.params()?.boolean("computeCommissionRates")? != Some(true) {
        return Ok(b"{}".to_vec());
    }
    Ok(json(&Commissions {
        standard_commission_for_order: context.rates(),
        special_commission_for_order: Rates::NONE,
        tax_commission_for_order: Rates::NONE,
        discount: Discount::NONE,
    }))
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    context.cancel_named(NAMES, "newClientOrderId")
}

impl Context<'_, '_> {
    /// Cancels the order that one of two parameters names; a third names the cancel.
    pub(super) fn cancel_named(&mut self, names: [&str; 2], cancel_name: &str) -> Result<Vec<u8>, Failure> {
        let context = self;
        let params = context.params()?;
        let cancel_id = params.client_id(cancel_name)?.map(str::to_owned);
        let restriction = params.get("cancelRestrictions")?;
        let required = match restriction {
            None => None,
            Some("ONLY_NEW") => Some(Status::New),
            Some("ONLY_PARTIALLY_FILLED") => Some(Status::PartlyFilled),
            Some(_) => return Err(Failure::new(-1145, "Invalid cancelRestrictions")),
        };
        let order = context
            .named_order(names, Failure::unknown_to_cancel)?
            .filter(|order| order.is_open())
            .ok_or_else(Failure::unknown_to_cancel)?;
        if required.is_some_and(|status| status != order.status) {
            return Err(Failure::new(-2011, "Order was not canceled due to cancel restrictions."));
        }
        let id = order.id;
        let cancel_id = cancel_id.unwrap_or_else(|| context.venue.make_id(MADE_ID_BYTES, context.now_us));
        let canceled = context.venue.cancel(id, context.now_us).map_err(|_| Failure::internal())?;
        Ok(json(&context.report_canceled(&canceled, &cancel_id)?))
    }

    /// What a cancel took off: one order, or those of a list that were open.
    pub(super) fn report_canceled<'a>(
        &'a self,
        orders: &[OrderId],
        cancel_id: &'a str,
    ) -> Result<Canceled<'a>, Failure> {
        let engine = self.venue.engine();
        let reports = orders.iter().filter_map(|id| engine.order(*id)).map(|order| self.canceled(order, cancel_id));
        let mut reports: Vec<_> = reports.collect();
        let first = orders.first().and_then(|id| engine.order(*id)).ok_or_else(Failure::internal)?;
        match first.list.and_then(|list| engine.list(list)) {
            Some(list) => Ok(Canceled::List(self.list_report(list, Some(reports)))),
            None => reports.pop().map(|report| Canceled::Order(Box::new(report))).ok_or_else(Failure::internal),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Canceled<'a> {
    List(ListReport<'a, CanceledOrder<'a>>),
    Order(Box<CanceledOrder<'a>>),
}

pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let open = context.venue.engine().open_orders(context.account, Some(market));
    let ids: Vec<_> = open.map(|order| order.id).collect();
    if ids.is_empty() {
        return Err(Failure::unknown_to_cancel());
    }
    let cancel_id = context.venue.make_id(MADE_ID_BYTES, context.now_us);
    let mut canceled = Vec::with_capacity(ids.len());
    for id in ids {
        canceled.push(context.venue.cancel(id, context.now_us).map_err(|_| Failure::internal())?);
    }
    // An order whose list went before it was no longer open.
    let canceled = canceled.iter().filter(|orders| !orders.is_empty());
    let reports: Result<Vec<_>, _> = canceled.map(|orders| context.report_canceled(orders, &cancel_id)).collect();
    Ok(json(&reports?))
}

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    // A pair that names no order has a code of its own. Source: CHANGELOG 2025-04-08.
    let order = context.named_order(NAMES, Failure::client_id_differs)?.ok_or_else(Failure::no_such_order)?;
    Ok(json(&context.queried(order)))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.optional_market()?;
    let orders = context.venue.engine().open_orders(context.account, market);
    Ok(json(&orders.map(|order| context.queried(order)).collect::<Vec<_>>()))
}

pub(super) fn all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let params = context.params()?;
    let first = params.integer("orderId")?;
    let (start_us, end_us) = (params.time("startTime")?, params.time("endTime")?);
    check_span(start_us, end_us)?;
    let limit = context.limit(500, 1_000)?;
    let orders = context.venue.engine().orders_from(context.account, market, first.unwrap_or_default());
    let orders: Vec<_> = orders
        .filter(|order| start_us.is_none_or(|start| order.placed_us >= start))
        .filter(|order| end_us.is_none_or(|end| order.placed_us <= end))
        .collect();
    let shown = window(&orders, limit, first.is_some() || start_us.is_some());
    Ok(json(&shown.iter().map(|order| context.queried(order)).collect::<Vec<_>>()))
}

impl Context<'_, '_> {
    /// The order that the first or the second parameter names; with both, the first finds it and the second is checked.
    pub(super) fn named_order(
        &self,
        [id_name, client_name]: [&str; 2],
        differs: fn() -> Failure,
    ) -> Result<Option<&Order>, Failure> {
        let params = self.params()?;
        let market = self.market()?;
        let (id, client_id) = (params.integer(id_name)?, params.client_id(client_name)?);
        let engine = self.venue.engine();
        let own = |order: &&Order| order.request.account == self.account && order.request.market == market;
        match (id, client_id) {
            (Some(id), None) => Ok(engine.order(id).filter(own)),
            (Some(id), Some(client_id)) => {
                let order = engine.order(id).filter(own).filter(|order| order.request.client_id == client_id);
                order.map(Some).ok_or_else(differs)
            }
            (None, Some(client_id)) => Ok(engine.order_by_client_id(self.account, market, client_id)),
            (None, None) => Err(Failure::one_of(client_name, id_name)),
        }
    }
}

/// Length of the ids the venue makes. Source: the documents' examples.
pub(super) const MADE_ID_BYTES: usize = 22;
