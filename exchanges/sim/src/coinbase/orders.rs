//! Placing, previewing, editing and cancelling orders.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::{Failure, Refused, UNKNOWN_PREVIEW};
use super::new_order::Unread;
use super::{Context, plain, reports};
use crate::engine::{MarketId, NewOrder, Order, OrderId, Side, Size, TimeInForce};
use crate::uuid;

/// Source: "Create Order". "If the ID provided is not unique, the order will not be created and the order corresponding with that ID will
/// be returned instead."
pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let id = context.fields()?.needed("client_order_id")?.to_owned();
    let is_id = id.len() <= CLIENT_ID_BYTES_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_id {
        return Err(Failure::argument("client_order_id"));
    }
    if let Some(first) = context.by_client_id(&id) {
        let told = reports::placed(context, first);
        context.venue.refuse(&id)?;
        return Ok(told);
    }
    let refused = match context.read_order(&id) {
        Ok(order) => {
            let market = order.market;
            match context.venue.place(order.clone(), context.now_us)? {
                Ok(placed) => return Ok(reports::placed(context, &placed.order)),
                Err(refusal) => Refused::of_engine(refusal, &order, &context.venue.engine().market(market).instrument),
            }
        }
        Err(unread) => {
            context.venue.refuse(&id)?;
            match unread {
                Unread::Order(refused) => refused,
                Unread::Request(failure) => return Err(failure),
            }
        }
    };
    Ok(refused.told(&context.body["order_configuration"]))
}

/// Source: "Preview Order".
pub(super) fn preview(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let checked = context.read_order("").and_then(|order| Ok(context.check(&order, None)?));
    let (costs, errors) = match checked {
        Ok(costs) => (costs, Vec::new()),
        Err(Unread::Order(refused)) => (Costs::default(), vec![refused.preview]),
        Err(Unread::Request(failure)) => return Err(failure),
    };
    let mut told = costs.told();
    told["errs"] = json!(errors);
    told["preview_id"] = json!(uuid::of(context.now_us));
    Ok(told)
}

/// Source: "Edit Order".
pub(super) fn edit(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let Edit { id, order, is_less } = match context.read_edit()? {
        Ok(edit) => edit,
        Err(refused) => return Ok(json!({ "success": false, "errors": [refused.told()] })),
    };
    let (now_us, client_id) = (context.now_us, order.client_id.clone());
    let (Size::Base(size), Some(price)) = (order.size, order.price) else { return Err(Failure::argument("size")) };
    let changed = match order.trigger {
        Some(trigger) => context.venue.rearm(id, order.size, order.price, trigger.stop_price, now_us)?,
        // Its place in the book stays.
        None if is_less => {
            context.venue.amend(id, size, &client_id, now_us)?;
            Ok(())
        }
        None => context.venue.modify(id, size, price, now_us)?,
    };
    if let Err(refusal) = changed {
        let refused = Refused::of_engine(refusal, &order, &context.venue.engine().market(order.market).instrument);
        return Ok(json!({ "success": false, "errors": [EditRefused::from(refused).told()] }));
    }
    Ok(json!({ "success": true, "success_response": { "order_id": uuid::of(id) }, "errors": [] }))
}

/// Source: "Edit Order Preview".
pub(super) fn preview_edit(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let edit = context.read_edit()?;
    let checked = edit.and_then(|edit| Ok(context.check(&edit.order, Some(edit.id))?));
    let (costs, errors) = match checked {
        Ok(costs) => (costs, Vec::new()),
        Err(refused) => (Costs::default(), vec![refused.told()]),
    };
    let mut told = costs.told();
    told["errors"] = json!(errors);
    Ok(told)
}

/// Source: "Cancel Orders": success means that the cancel was taken.
pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let asked: Vec<String> = context.fields()?.texts("order_ids")?.into_iter().map(str::to_owned).collect();
    if !(1..=CANCELS_MAX).contains(&asked.len()) {
        return Err(Failure::argument("order_ids"));
    }
    let mut results = Vec::with_capacity(asked.len());
    for told_id in asked {
        let found = context.by_told_id(&told_id).map(|order| (order.id, order.is_open(), order.cancels_us.is_some()));
        let reason = match found {
            Some((id, true, false)) => {
                context.venue.cancel_later(id, context.now_us + CANCEL_US, context.now_us)?;
                None
            }
            Some((_, true, true)) => Some("DUPLICATE_CANCEL_REQUEST"),
            Some((_, false, _)) | None => Some("UNKNOWN_CANCEL_ORDER"),
        };
        results.push(json!({
            "success": reason.is_none(), "failure_reason": reason.unwrap_or("UNKNOWN_CANCEL_FAILURE_REASON"),
            "order_id": told_id,
        }));
    }
    Ok(json!({ "results": results }))
}

/// An order as it would stand after an edit.
struct Edit {
    id: OrderId,
    order: NewOrder,
    /// Only its size changes, and becomes less.
    is_less: bool,
}

/// Why there is no edit.
struct EditRefused {
    edit: &'static str,
    preview: &'static str,
}

impl EditRefused {
    const fn new(edit: &'static str) -> Self {
        Self { edit, preview: UNKNOWN_PREVIEW }
    }

    fn told(&self) -> Value {
        json!({ "edit_failure_reason": self.edit, "preview_failure_reason": self.preview })
    }
}

impl From<Refused> for EditRefused {
    fn from(refused: Refused) -> Self {
        Self { edit: "UNKNOWN_EDIT_ORDER_FAILURE_REASON", preview: refused.preview }
    }
}

/// What an order would cost.
#[derive(Default)]
struct Costs {
    base: Decimal,
    quote: Decimal,
    commission: Decimal,
    total: Decimal,
    bid: Decimal,
    ask: Decimal,
    price: Decimal,
}

impl Costs {
    fn told(&self) -> Value {
        json!({
            "order_total": plain(self.total), "commission_total": plain(self.commission), "warning": [],
            "quote_size": plain(self.quote), "base_size": plain(self.base), "best_bid": plain(self.bid),
            "best_ask": plain(self.ask), "average_filled_price": plain(self.price), "is_max": false,
            "order_margin_total": "0", "leverage": "", "long_leverage": "", "short_leverage": "", "slippage": "0",
        })
    }
}

impl Context<'_, '_> {
    /// What an order would cost, at its own price or the best of the other side, and whether that is there.
    fn check(&self, order: &NewOrder, standing: Option<OrderId>) -> Result<Costs, Refused> {
        let engine = self.venue.engine();
        let [bid, ask] = [Side::Buy, Side::Sell].map(|side| self.best_price(order.market, side));
        let price = order.price.unwrap_or(if order.side == Side::Buy { ask } else { bid });
        if order.post_only && self.would_take(order.market, order.side, price) {
            return Err(Refused::POST_ONLY);
        }
        let (base, quote) = match order.size {
            Size::Quote(amount) => ((amount / price).round_dp(8), amount),
            Size::Base(size) => (size, size.checked_mul(price).ok_or(Refused::FUNDS)?),
            Size::Position | Size::Proceeds => return Err(Refused::CONFIGURATION),
        };
        let market = engine.market(order.market);
        let held = standing.and_then(|id| engine.order(id)).map_or(Decimal::ZERO, reports::held);
        let (coin, need) = if order.side == Side::Buy { (market.quote, quote) } else { (market.base, base) };
        let free = engine.balances(order.account).nth(coin).map_or(Decimal::ZERO, |(_, balance)| balance.free);
        if need > free + held {
            return Err(Refused::FUNDS);
        }
        let rate = if order.post_only { engine.fees().maker } else { engine.fees().taker };
        let commission = (quote * rate).round_dp(8);
        let total = if order.side == Side::Buy { quote + commission } else { quote - commission };
        Ok(Costs { base, quote, commission, total, bid, ask, price })
    }

    fn would_take(&self, market: MarketId, side: Side, price: Decimal) -> bool {
        let mut book = self.venue.engine().depth(market, if side == Side::Buy { Side::Sell } else { Side::Buy });
        let best = book.next().map(|(best, _)| best);
        best.is_some_and(|best| if side == Side::Buy { best <= price } else { best >= price })
    }

    /// The edit that the body asks for. Source: "Edit Order": orders that are good till cancelled; price and size both.
    fn read_edit(&self) -> Result<Result<Edit, EditRefused>, Failure> {
        let asked = self.fields()?;
        let (size, price, stop_price) =
            (asked.positive("size")?, asked.positive("price")?, asked.positive("stop_price")?);
        let Some(order) = self.by_told_id(asked.needed("order_id")?) else {
            return Ok(Err(EditRefused::new("ORDER_NOT_FOUND")));
        };
        let mut request = order.request.clone();
        let is_good_till_cancelled = request.price.is_some()
            && request.good_till_us.is_none()
            && request.time_in_force == TimeInForce::GoodTillCanceled;
        let refused = match (size, price) {
            _ if !order.is_open() => Some("ONLY_OPEN_ORDERS_CAN_BE_EDITED"),
            _ if order.cancels_us.is_some() => Some("CANNOT_EDIT_ORDER_PENDING_CANCEL"),
            _ if !is_good_till_cancelled => Some("ONLY_LIMIT_ORDER_EDITS_SUPPORTED"),
            _ if stop_price.is_some() && !order.is_waiting() => Some("CANNOT_EDIT_STOP_PRICE_FOR_TRIGGERED_ORDER"),
            (None, _) => Some("INVALID_EDITED_SIZE"),
            (_, None) => Some("INVALID_EDITED_PRICE"),
            (Some(size), _) if size <= order.executed => Some("CANNOT_EDIT_TO_BELOW_FILLED_SIZE"),
            (Some(size), price) if size == order.quantity && price == request.price && stop_price.is_none() => {
                Some("EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST")
            }
            _ => None,
        };
        if let Some(word) = refused {
            return Ok(Err(EditRefused::new(word)));
        }
        let is_less = price == request.price && size.is_some_and(|size| size < order.quantity);
        request.price = price;
        request.size = size.map_or(request.size, Size::Base);
        request.trigger = request.trigger.filter(|_| order.is_waiting()).map(|mut trigger| {
            trigger.stop_price = stop_price.or(trigger.stop_price);
            trigger
        });
        let instrument = &self.venue.engine().market(request.market).instrument;
        if let Err(rule) = instrument.check_order(&request) {
            return Ok(Err(Refused::of_rule(rule, &request, instrument).into()));
        }
        if let (true, Some(price)) = (request.post_only, price)
            && self.would_take(request.market, request.side, price)
        {
            return Ok(Err(Refused::POST_ONLY.into()));
        }
        Ok(Ok(Edit { id: order.id, order: request, is_less }))
    }

    pub(super) fn by_told_id(&self, told: &str) -> Option<&Order> {
        let order = self.venue.engine().order(uuid::number(told)?)?;
        Some(order).filter(|order| order.request.account == self.account)
    }

    /// The account's order with this client order id, of which there is one.
    fn by_client_id(&self, id: &str) -> Option<&Order> {
        let engine = self.venue.engine();
        (0..engine.markets().len()).find_map(|market| engine.order_by_client_id(self.account, market, id))
    }
}

/// The documents give no rule; as long as the longest that other clients make.
const CLIENT_ID_BYTES_MAX: usize = 128;
/// Source: "Cancel Orders", of an earlier year.
const CANCELS_MAX: usize = 100;
/// How long a cancel that was taken takes; the venue does not say.
pub(super) const CANCEL_US: u64 = 2_000;
