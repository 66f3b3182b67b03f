//! Placing, cancelling and asking for orders.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::account::{Discount, Rates, check_span, window};
use super::errors::Failure;
use super::params::Params;
use super::{Context, Fixed8, json};
use crate::engine::{NewOrder, Order, SelfTrade, Side, Size, Status, TimeInForce};

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

/// How much a reply to a new order tells.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Detail {
    Ack,
    Full,
    Result,
}

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (order, detail) = context.new_order()?;
    context.check_order_count()?;
    context.enter(order, detail)
}

impl Context<'_, '_> {
    /// Whether the account may place another order just now.
    pub(super) fn check_order_count(&mut self) -> Result<(), Failure> {
        let now_us = self.now_us;
        for (window, per) in self.venue.trader_mut(self.account).orders.iter_mut().zip(["10 SECOND", "1 DAY"]) {
            if window.used(now_us) >= window.limit {
                return Err(Failure::too_many_orders(window.limit, per, window.seconds_left(now_us)));
            }
        }
        Ok(())
    }

    /// Hands an order to the engine and tells what it did.
    pub(super) fn enter(&mut self, mut order: NewOrder, detail: Detail) -> Result<Vec<u8>, Failure> {
        let context = self;
        let now_us = context.now_us;
        if order.client_id.is_empty() {
            order.client_id = context.venue.make_id(MADE_ID_BYTES, now_us);
        }
        context.recorded = true;
        let placed = context.venue.place(order, now_us).map_err(|_| Failure::internal())??;
        let engine = context.venue.engine();
        let order = engine.order(placed.id).ok_or_else(Failure::internal)?;
        let market = engine.market(order.request.market);
        let fills = (detail == Detail::Full).then(|| {
            let fills = placed.trades.iter().map(|trade| {
                let (party, asset) =
                    if trade.buyer_is_maker { (&trade.seller, market.quote) } else { (&trade.buyer, market.base) };
                Fill {
                    price: Fixed8(trade.price),
                    qty: Fixed8(trade.quantity),
                    commission: Fixed8(party.fee),
                    commission_asset: engine.asset(asset),
                    trade_id: trade.id,
                }
            });
            fills.collect()
        });
        Ok(json(&NewOrderReply {
            symbol: &market.instrument.symbol,
            order_id: order.id,
            order_list_id: -1,
            client_order_id: &order.request.client_id,
            transact_time: context.time(now_us),
            result: (detail != Detail::Ack).then(|| context.facts(order)),
            working: (detail != Detail::Ack)
                .then(|| Working { working_time: context.time(order.placed_us), ..Working::of(order) }),
            fills,
        }))
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
        context.venue.cancel(id, context.now_us).map_err(|_| Failure::internal())?;
        let order = context.venue.engine().order(id).ok_or_else(Failure::internal)?;
        Ok(json(&context.canceled(order, &cancel_id)))
    }
}

pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let open = context.venue.engine().open_orders(context.account, Some(market));
    let ids: Vec<_> = open.map(|order| order.id).collect();
    if ids.is_empty() {
        return Err(Failure::unknown_to_cancel());
    }
    let cancel_id = context.venue.make_id(MADE_ID_BYTES, context.now_us);
    for &id in &ids {
        context.venue.cancel(id, context.now_us).map_err(|_| Failure::internal())?;
    }
    let orders = ids.iter().filter_map(|id| context.venue.engine().order(*id));
    Ok(json(&orders.map(|order| context.canceled(order, &cancel_id)).collect::<Vec<_>>()))
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
    /// Reads and checks an order as far as the gateway does; an empty client id is to be made.
    pub(super) fn new_order(&self) -> Result<(NewOrder, Detail), Failure> {
        let params = self.params()?;
        params.symbol("symbol")?.ok_or_else(|| Failure::missing("symbol"))?;
        let side = match params.required("side")? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return Err(Failure::new(-1117, "Invalid side.")),
        };
        let order_type = params.required("type")?;
        let time_in_force = match params.get("timeInForce")? {
            None => None,
            Some("GTC") => Some(TimeInForce::GoodTillCanceled),
            Some("IOC") => Some(TimeInForce::ImmediateOrCancel),
            Some("FOK") => Some(TimeInForce::FillOrKill),
            Some(_) => return Err(Failure::new(-1115, "Invalid timeInForce.")),
        };
        let client_id = params.client_id("newClientOrderId")?.unwrap_or_default().to_owned();
        let market_id = self.market()?;
        let pair = &self.venue.engine().market(market_id).instrument;
        let quantity = params.decimal("quantity", pair.base_decimals)?;
        let quote_quantity = params.decimal("quoteOrderQty", pair.quote_decimals)?;
        let price = params.decimal("price", pair.quote_decimals)?;
        let detail = match (params.get("newOrderRespType")?, order_type) {
            (Some("ACK"), _) | (None, "LIMIT_MAKER") => Detail::Ack,
            (Some("RESULT"), _) => Detail::Result,
            (Some("FULL"), _) | (None, _) => Detail::Full,
            (Some(_), _) => return Err(Failure::invalid("newOrderRespType")),
        };
        let self_trade = match params.get("selfTradePreventionMode")? {
            None | Some("NONE") => SelfTrade::Allow,
            Some("EXPIRE_TAKER") => SelfTrade::ExpireTaker,
            Some("EXPIRE_MAKER") => SelfTrade::ExpireMaker,
            Some("EXPIRE_BOTH") => SelfTrade::ExpireBoth,
            Some("DECREMENT") => SelfTrade::Decrement,
            Some("TRANSFER") => {
                let message = "This symbol does not allow the specified self-trade prevention mode.";
                return Err(Failure::new(-1013, message));
            }
            Some(_) => return Err(Failure::invalid("selfTradePreventionMode")),
        };
        match order_type {
            "LIMIT" | "LIMIT_MAKER" | "MARKET" => {}
            "STOP_LOSS" => return Err(Failure::not_supported("Stop loss orders")),
            "STOP_LOSS_LIMIT" => return Err(Failure::not_supported("Stop loss limit orders")),
            "TAKE_PROFIT" => return Err(Failure::not_supported("Take profit orders")),
            "TAKE_PROFIT_LIMIT" => return Err(Failure::not_supported("Take profit limit orders")),
            _ => return Err(Failure::new(-1116, "Invalid orderType.")),
        }
        // Source: the table of additional mandatory parameters by order type.
        let (required, refused): (&[&str], &[&str]) = match order_type {
            "LIMIT" => (&["timeInForce", "quantity", "price"], &["quoteOrderQty"]),
            "LIMIT_MAKER" => (&["quantity", "price"], &["timeInForce", "quoteOrderQty"]),
            _ => (&[], &["timeInForce", "price"]),
        };
        if let Some(name) = required.iter().find(|name| !params.has(name)) {
            return Err(Failure::missing(name));
        }
        if let Some(name) = refused.iter().chain(&["stopPrice", "trailingDelta"]).find(|name| params.has(name)) {
            return Err(Failure::not_required(name));
        }
        if params.has("icebergQty") {
            return Err(Failure::not_supported("Iceberg orders"));
        }
        if params.has("pegPriceType") || params.has("pegOffsetType") || params.has("pegOffsetValue") {
            return Err(Failure::not_supported("Pegged orders"));
        }
        let size = match (quantity, quote_quantity) {
            (Some(_), Some(_)) => return Err(Failure::not_required("quoteOrderQty")),
            (Some(quantity), None) => Size::Base(quantity),
            (None, Some(amount)) => Size::Quote(amount),
            (None, None) => return Err(Failure::one_of("quantity", "quoteOrderQty")),
        };
        let mut labels = BTreeMap::new();
        for name in ["strategyId", "strategyType"] {
            if let Some(number) = params.integer(name)? {
                labels.insert(name.to_owned(), number);
            }
        }
        if labels.get("strategyType").is_some_and(|kind| *kind < STRATEGY_TYPE_MIN) {
            return Err(Failure::new(-1134, "`strategyType` was less than 1000000."));
        }
        if let Some(price) = price {
            if price.is_zero() {
                return Err(Failure::new(-1013, "Invalid price."));
            }
            pair.check_price(price)?;
        }
        match size {
            Size::Base(quantity) if quantity.is_zero() => return Err(Failure::new(-1013, "Invalid quantity.")),
            Size::Base(quantity) => {
                pair.check_quantity(quantity)?;
                pair.check_notional(price.unwrap_or(pair.reference_price), quantity)?;
                if price.is_none() {
                    pair.check_market_quantity(quantity)?;
                }
            }
            Size::Quote(amount) if amount.is_zero() => {
                return Err(Failure::new(-1013, "Invalid quote order quantity."));
            }
            Size::Quote(amount) => pair.check_notional(amount, Decimal::ONE)?,
        }
        let order = NewOrder {
            account: self.account,
            market: market_id,
            client_id,
            side,
            price,
            size,
            time_in_force: time_in_force.unwrap_or(if price.is_some() {
                TimeInForce::GoodTillCanceled
            } else {
                TimeInForce::ImmediateOrCancel
            }),
            post_only: order_type == "LIMIT_MAKER",
            self_trade,
            labels,
        };
        Ok((order, detail))
    }

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

    pub(super) fn facts(&self, order: &Order) -> Facts {
        let request = &order.request;
        let quote_size = if let Size::Quote(amount) = request.size { amount } else { Decimal::ZERO };
        Facts {
            price: Fixed8(request.price.unwrap_or_default()),
            orig_qty: Fixed8(order.quantity),
            executed_qty: Fixed8(order.executed),
            orig_quote_order_qty: Fixed8(quote_size),
            cummulative_quote_qty: Fixed8(order.executed_quote),
            status: status_word(order.status),
            time_in_force: match (request.price, request.time_in_force) {
                (None, _) | (_, TimeInForce::GoodTillCanceled) => "GTC",
                (_, TimeInForce::ImmediateOrCancel) => "IOC",
                (_, TimeInForce::FillOrKill) => "FOK",
            },
            order_type: match (request.price, request.post_only) {
                (None, _) => "MARKET",
                (Some(_), true) => "LIMIT_MAKER",
                (Some(_), false) => "LIMIT",
            },
            side: if request.side == Side::Buy { "BUY" } else { "SELL" },
        }
    }

    fn canceled<'a>(&'a self, order: &'a Order, cancel_id: &'a str) -> CanceledOrder<'a> {
        CanceledOrder {
            symbol: &self.venue.engine().market(order.request.market).instrument.symbol,
            orig_client_order_id: &order.request.client_id,
            order_id: order.id,
            order_list_id: -1,
            client_order_id: cancel_id,
            transact_time: self.time(order.updated_us),
            facts: self.facts(order),
            self_trade_prevention_mode: mode_word(order.request.self_trade),
        }
    }

    fn queried<'a>(&'a self, order: &'a Order) -> QueriedOrder<'a> {
        let facts = self.facts(order);
        QueriedOrder {
            symbol: &self.venue.engine().market(order.request.market).instrument.symbol,
            order_id: order.id,
            order_list_id: -1,
            client_order_id: &order.request.client_id,
            price: facts.price,
            orig_qty: facts.orig_qty,
            executed_qty: facts.executed_qty,
            cummulative_quote_qty: facts.cummulative_quote_qty,
            status: facts.status,
            time_in_force: facts.time_in_force,
            order_type: facts.order_type,
            side: facts.side,
            stop_price: Fixed8(Decimal::ZERO),
            iceberg_qty: Fixed8(Decimal::ZERO),
            time: self.time(order.placed_us),
            update_time: self.time(order.updated_us),
            is_working: true,
            orig_quote_order_qty: facts.orig_quote_order_qty,
            working: Working { working_time: self.time(order.placed_us), ..Working::of(order) },
        }
    }
}

/// The venue's word for a status. Source: `enums.md`.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled => "CANCELED",
        Status::Expired => "EXPIRED",
        Status::ExpiredInMatch => "EXPIRED_IN_MATCH",
        Status::Filled => "FILLED",
        Status::New => "NEW",
        Status::PartlyFilled => "PARTIALLY_FILLED",
        Status::Rejected => "REJECTED",
    }
}

pub(super) fn mode_word(mode: SelfTrade) -> &'static str {
    match mode {
        SelfTrade::Allow => "NONE",
        SelfTrade::Decrement => "DECREMENT",
        SelfTrade::ExpireBoth => "EXPIRE_BOTH",
        SelfTrade::ExpireMaker => "EXPIRE_MAKER",
        SelfTrade::ExpireTaker => "EXPIRE_TAKER",
    }
}

/// Fields in the order of the documents' examples.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewOrderReply<'a> {
    symbol: &'a str,
    order_id: u64,
    order_list_id: i32,
    client_order_id: &'a str,
    transact_time: u64,
    #[serde(flatten)]
    result: Option<Facts>,
    #[serde(flatten)]
    working: Option<Working>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fills: Option<Vec<Fill<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) price: Fixed8,
    pub(super) orig_qty: Fixed8,
    pub(super) executed_qty: Fixed8,
    pub(super) orig_quote_order_qty: Fixed8,
    pub(super) cummulative_quote_qty: Fixed8,
    pub(super) status: &'static str,
    pub(super) time_in_force: &'static str,
    #[serde(rename = "type")]
    pub(super) order_type: &'static str,
    pub(super) side: &'static str,
}

/// The end of a report, with the fields that appear only on some orders. Source: `Conditional fields in Order Responses`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Working {
    working_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_type: Option<u64>,
    self_trade_prevention_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_match_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_quantity: Option<Fixed8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_reason: Option<&'static str>,
}

impl Working {
    fn of(order: &Order) -> Self {
        let request = &order.request;
        Self {
            working_time: 0,
            strategy_id: request.labels.get("strategyId").copied(),
            strategy_type: request.labels.get("strategyType").copied(),
            self_trade_prevention_mode: mode_word(request.self_trade),
            prevented_match_id: order.prevented_match,
            prevented_quantity: order.prevented_match.map(|_| Fixed8(order.prevented)),
            expiry_reason: (order.status == Status::Expired).then_some(match (request.price, request.time_in_force) {
                (None, _) => "INSUFFICIENT_LIQUIDITY",
                (_, TimeInForce::FillOrKill) => "UNFILLED_FOK_ORDER_EXPIRED",
                (_, TimeInForce::GoodTillCanceled | TimeInForce::ImmediateOrCancel) => "UNFILLED_IOC_QUANTITY_EXPIRED",
            }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fill<'a> {
    price: Fixed8,
    qty: Fixed8,
    commission: Fixed8,
    commission_asset: &'a str,
    trade_id: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CanceledOrder<'a> {
    symbol: &'a str,
    orig_client_order_id: &'a str,
    order_id: u64,
    order_list_id: i32,
    client_order_id: &'a str,
    transact_time: u64,
    #[serde(flatten)]
    facts: Facts,
    self_trade_prevention_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueriedOrder<'a> {
    symbol: &'a str,
    order_id: u64,
    order_list_id: i32,
    client_order_id: &'a str,
    price: Fixed8,
    orig_qty: Fixed8,
    executed_qty: Fixed8,
    cummulative_quote_qty: Fixed8,
    status: &'static str,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    order_type: &'static str,
    side: &'static str,
    stop_price: Fixed8,
    iceberg_qty: Fixed8,
    time: u64,
    update_time: u64,
    is_working: bool,
    orig_quote_order_qty: Fixed8,
    #[serde(flatten)]
    working: Working,
}

/// Length of the ids the venue makes. Source: the documents' examples.
pub(super) const MADE_ID_BYTES: usize = 22;
/// Source: `strategyType` of the new order.
const STRATEGY_TYPE_MIN: u64 = 1_000_000;
