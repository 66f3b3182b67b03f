//! Placing, changing and cancelling orders, one by one and several at once.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Failure;
use super::params::Fields;
use super::reports::ms;
use super::{Answer, Context, engine_id, new_order, number_of};
use crate::engine::{MarketId, NewOrder, Order, OrderId, Setting, Side, Size};

/// Source: "Place multiple orders", "Cancel multiple orders", "Amend multiple orders".
const BATCH_MAX: usize = 20;

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    place_all(context, std::slice::from_ref(&body))
}

pub(super) fn place_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    place_all(context, body.as_array().ok_or(Failure::BODY)?)
}

fn place_all(context: &mut Context<'_, '_>, orders: &[Value]) -> Result<Answer, Failure> {
    if let Err(failure) = context.check_batch(orders, BATCH_MAX).and_then(|()| context.check_expiry()) {
        for order in orders {
            context.record(order, "clOrdId")?;
        }
        return Err(failure);
    }
    let mut results = Vec::with_capacity(orders.len());
    for order in orders {
        results.push(place_one(context, order, orders.len() > 1)?);
    }
    Ok(Answer::results(results))
}

/// One order: the result in the venue's words. Whatever becomes of it, the ledger knows of it then.
fn place_one(context: &mut Context<'_, '_>, order: &Value, several: bool) -> Result<Value, Failure> {
    let name = |member: &str| order[member].as_str().unwrap_or_default();
    let request = context
        .named_market(order)
        .and_then(|market| context.count_order(market, several, false))
        .and_then(|()| new_order::read(context, order));
    let outcome = match request {
        Ok(request) => {
            let placed = context.venue.place(request, context.now_us)?;
            placed.map(|placed| placed.order.id).map_err(Failure::from)
        }
        Err(failure) => {
            context.record(order, "clOrdId")?;
            Err(failure)
        }
    };
    let (number, code, message) = match outcome {
        Ok(id) => (number_of(id, false).to_string(), "0".to_owned(), "Order placed".into()),
        Err(failure) => (String::new(), failure.code(), failure.message),
    };
    Ok(json!({
        "clOrdId": name("clOrdId"), "ordId": number, "sCode": code, "sMsg": message, "subCode": "", "tag": name("tag"),
        "ts": context.now_ms(),
    }))
}

impl Context<'_, '_> {
    /// The body as JSON.
    pub(super) fn body(&self) -> Result<Value, Failure> {
        if self.call.body.is_empty() {
            return Err(Failure::NO_BODY);
        }
        serde_json::from_slice(self.call.body).map_err(|_| Failure::BODY)
    }

    /// As many as may stand in one request.
    pub(super) fn check_batch(&self, elements: &[Value], most: usize) -> Result<(), Failure> {
        if elements.is_empty() || elements.len() > most { Err(Failure::parameter("batch")) } else { Ok(()) }
    }

    /// The market that an order of a request names.
    pub(super) fn named_market(&self, order: &Value) -> Result<MarketId, Failure> {
        self.market(Fields::of(order)?.needed("instId")?)
    }

    /// The ledger counts every authentic place request, those too that the engine does not see.
    pub(super) fn record(&mut self, order: &Value, id: &str) -> Result<(), Failure> {
        match order[id].as_str() {
            Some(id) if !id.is_empty() => Ok(self.venue.refuse(id)?),
            _ => Ok(()),
        }
    }

    /// The order that these names mean: the newest of several with one client order id.
    pub(super) fn named(
        &self,
        market: MarketId,
        number: Option<&str>,
        client_id: Option<&str>,
        has_trigger: bool,
    ) -> Option<&Order> {
        let engine = self.venue.engine();
        let order = match (number, client_id) {
            (Some(number), _) => engine.order(engine_id(number, has_trigger)?)?,
            (None, Some(client_id)) => engine.order_by_client_id(self.account, market, client_id)?,
            (None, None) => return None,
        };
        let is_theirs = order.request.account == self.account && order.request.market == market;
        let lives_here = match (has_trigger, order.request.trigger) {
            (true, trigger) => trigger.is_some(),
            (false, None) => true,
            // What a trigger has set off is an order, under the venue's id alone.
            (false, Some(_)) => number.is_some() && order.working_us.is_some(),
        };
        Some(order).filter(|_| is_theirs && lives_here)
    }

    /// Finds the order that an element of a request names.
    fn find(
        &self,
        order: &Value,
        names: Names,
        has_trigger: bool,
        otherwise: Failure,
    ) -> Result<(OrderId, MarketId), Failure> {
        let market = self.named_market(order)?;
        let fields = Fields::of(order)?;
        let (number, client_id) = (fields.text(names.number)?, fields.text(names.client_id)?);
        if number.is_none() && client_id.is_none() {
            return Err(Failure::NAMELESS);
        }
        let order = self.named(market, number, client_id, has_trigger).ok_or(otherwise)?;
        Ok((order.id, market))
    }

    /// What became of an order that a request named.
    fn result(&self, order: &Value, outcome: Result<OrderId, Failure>, names: Names, has_trigger: bool) -> Value {
        let said = |member: &str| order[member].as_str().unwrap_or_default().to_owned();
        let (number, client_id, code, message) = match outcome {
            Ok(id) => {
                let order = self.venue.engine().order(id);
                let client_id = order.map(|order| order.request.client_id.clone()).unwrap_or_default();
                (number_of(id, has_trigger).to_string(), client_id, "0".to_owned(), "".into())
            }
            Err(failure) => (said(names.number), said(names.client_id), failure.code(), failure.message),
        };
        json!({
            names.client_id: client_id, names.number: number, "sCode": code, "sMsg": message, "ts": self.now_ms(),
        })
    }
}

/// What a request calls an order's ids.
#[derive(Clone, Copy)]
struct Names {
    number: &'static str,
    client_id: &'static str,
}

const ORDER: Names = Names { number: "ordId", client_id: "clOrdId" };
const ALGO: Names = Names { number: "algoId", client_id: "algoClOrdId" };

/// Arms or disarms the account's dead man's switch.
pub(super) fn cancel_all_after(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    let fields = Fields::of(&body)?;
    fields.refuse(&["tag"])?;
    let seconds: u64 = fields.needed("timeOut")?.parse().map_err(|_| Failure::parameter("timeOut"))?;
    if seconds != 0 && !(10..=120).contains(&seconds) {
        return Err(Failure::parameter("timeOut"));
    }
    let at_us = (seconds > 0).then_some(context.now_us + seconds * 1_000_000);
    for market in 0..context.venue.engine().markets().len() {
        // It can always be set.
        let _ = context.venue.set(context.account, Setting::Countdown { market, at_us }, context.now_us)?;
    }
    let (at, now) = (at_us.map_or("0".to_owned(), ms), context.now_ms());
    Ok(Answer::all(vec![json!({ "tag": "", "triggerTime": at, "ts": now })]))
}

pub(super) fn precheck(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.body()?;
    // For accounts that margin all coins together alone.
    Err(Failure::MODE)
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    Ok(Answer::results(vec![cancel_one(context, &body, false, false)?]))
}

pub(super) fn cancel_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    cancel_all(context, BATCH_MAX, false)
}

/// Cancels a list of orders.
pub(super) fn cancel_all(context: &mut Context<'_, '_>, most: usize, has_trigger: bool) -> Result<Answer, Failure> {
    let body = context.body()?;
    let orders = body.as_array().ok_or(Failure::BODY)?;
    context.check_batch(orders, most)?;
    let several = orders.len() > 1;
    let results = orders.iter().map(|order| cancel_one(context, order, has_trigger, several));
    Ok(Answer::results(results.collect::<Result<_, _>>()?))
}

/// Takes one order off: the result in the venue's words.
fn cancel_one(
    context: &mut Context<'_, '_>,
    order: &Value,
    has_trigger: bool,
    several: bool,
) -> Result<Value, Failure> {
    let names = if has_trigger { ALGO } else { ORDER };
    let counted = context.named_market(order).and_then(|market| context.count_order(market, several, true));
    let found = counted.and_then(|()| context.find(order, names, has_trigger, Failure::NOT_OPEN));
    let is_open = |order: &Order| order.is_open() && (!has_trigger || order.is_waiting());
    let outcome = match found {
        Ok((id, _)) if context.venue.engine().order(id).is_some_and(is_open) => {
            context.venue.cancel(id, context.now_us)?;
            Ok(id)
        }
        Ok(_) => Err(Failure::NOT_OPEN),
        Err(failure) => Err(failure),
    };
    Ok(context.result(order, outcome, names, has_trigger))
}

pub(super) fn amend(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    amend_all(context, std::slice::from_ref(&body))
}

pub(super) fn amend_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    amend_all(context, body.as_array().ok_or(Failure::BODY)?)
}

fn amend_all(context: &mut Context<'_, '_>, changes: &[Value]) -> Result<Answer, Failure> {
    context.check_batch(changes, BATCH_MAX)?;
    context.check_expiry()?;
    let several = changes.len() > 1;
    let mut results = Vec::with_capacity(changes.len());
    for change in changes {
        let counted = context.named_market(change).and_then(|market| context.count_order(market, several, false));
        let outcome = match counted.and_then(|()| context.find(change, ORDER, false, Failure::NOT_AMENDED)) {
            Ok((id, market)) => amend_one(context, change, id, market)?.map(|()| id),
            Err(failure) => Err(failure),
        };
        let mut result = context.result(change, outcome, ORDER, false);
        result["reqId"] = json!(change["reqId"].as_str().unwrap_or_default());
        result["subCode"] = json!("");
        results.push(result);
    }
    Ok(Answer::results(results))
}

/// Changes one order; where that cannot be and the request says so, it is cancelled.
fn amend_one(
    context: &mut Context<'_, '_>,
    change: &Value,
    id: OrderId,
    market: MarketId,
) -> Result<Result<(), Failure>, Failure> {
    let now_us = context.now_us;
    let outcome = match read_change(context, change, id, market) {
        Ok(Change::Less { quantity, client_id }) => Ok(context.venue.amend(id, quantity, &client_id, now_us)?),
        Ok(Change::Other { quantity, price }) => {
            context.venue.modify(id, quantity, price, now_us)?.map_err(Failure::from)
        }
        Ok(Change::None) => Ok(()),
        Err(failure) => Err(failure),
    };
    let cancels = Fields::of(change).and_then(|fields| fields.flag("cxlOnFail")).unwrap_or_default();
    if outcome.is_err() && cancels {
        context.venue.cancel(id, now_us)?;
    }
    Ok(outcome)
}

enum Change {
    /// Of the quantity alone: the order keeps its place.
    Less {
        quantity: Decimal,
        client_id: String,
    },
    None,
    Other {
        quantity: Decimal,
        price: Decimal,
    },
}

/// Source: "Amend order": `newSz` is what the order shall have in all.
fn read_change(context: &Context<'_, '_>, change: &Value, id: OrderId, market: MarketId) -> Result<Change, Failure> {
    let fields = Fields::of(change)?;
    let (quantity, price) = (fields.positive("newSz")?, fields.positive("newPx")?);
    if quantity.is_none() && price.is_none() {
        return Err(Failure::with(200, 51500, "You must enter a price, quantity, or TP/SL."));
    }
    let quantity = quantity.map(|quantity| context.units(market, quantity)).transpose()?;
    let engine = context.venue.engine();
    let order = engine.order(id).filter(|order| order.is_resting()).ok_or(Failure::NOT_AMENDED)?;
    let old =
        order.request.price.ok_or(Failure::with(200, 51506, "Order modification unavailable for the order type."))?;
    let (quantity, price) = (quantity.unwrap_or(order.quantity), price.unwrap_or(old));
    if (quantity, price) == (order.quantity, old) {
        return Ok(Change::None);
    }
    let as_new = NewOrder { price: Some(price), size: Size::Base(quantity), ..order.request.clone() };
    context.check(&as_new)?;
    if price == old && quantity < order.quantity && quantity > order.executed + order.prevented {
        return Ok(Change::Less { quantity, client_id: order.request.client_id.clone() });
    }
    let (other, takes): (_, fn(&Decimal, &Decimal) -> bool) = match order.request.side {
        Side::Buy => (Side::Sell, |price, best| price >= best),
        Side::Sell => (Side::Buy, |price, best| price <= best),
    };
    let best = engine.depth(market, other).next();
    if order.request.post_only && best.is_some_and(|(best, _)| takes(&price, &best)) {
        return Err(Failure::WOULD_TAKE);
    }
    Ok(Change::Other { quantity, price })
}
