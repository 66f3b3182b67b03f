//! Placing, changing and cancelling orders, one by one and several at once.

use serde_json::{Value, json};

use super::errors::Failure;
use super::params::Params;
use super::{Context, engine_id, reports, told_id};
use crate::engine::{MarketId, NewOrder, Order, OrderId, Setting, Size};

/// Source: "Add Order".
pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let order = std::mem::take(&mut context.params);
    if order.flag("validate") {
        context.check_deadline_of(&order)?;
        let market = context.market(order.needed("pair")?)?;
        let read = context.read_order(&order, market)?;
        return Ok(json!({ "descr": { "order": reports::in_words(context.venue.engine(), &read) } }));
    }
    let market = context.check_deadline_of(&order).and_then(|()| context.market(order.needed("pair")?));
    let placed = match market {
        Ok(market) => context.place_one(&order, market),
        Err(failure) => {
            context.record(&order)?;
            Err(failure)
        }
    };
    let (id, words) = placed?;
    Ok(json!({ "descr": { "order": words }, "txid": [told_id('O', id)] }))
}

/// Source: "Add Order Batch": what breaks a rule refuses all, what the engine refuses only itself.
pub(super) fn place_batch(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let batch = std::mem::take(&mut context.params);
    let orders = batch.list("orders");
    match context.read_batch(&batch, &orders) {
        Ok(read) if batch.flag("validate") => {
            let words = read.iter().map(|order| reports::in_words(context.venue.engine(), order));
            Ok(json!({ "orders": words.map(|words| json!({ "descr": { "order": words } })).collect::<Vec<_>>() }))
        }
        Ok(read) => {
            let mut told = Vec::with_capacity(read.len());
            for order in read {
                told.push(match context.enter(order)? {
                    Ok((id, words)) => json!({ "txid": told_id('O', id), "descr": { "order": words } }),
                    Err(Failure(words)) => json!({ "error": words }),
                });
            }
            Ok(json!({ "orders": told }))
        }
        Err(failure) => {
            orders.iter().try_for_each(|order| context.record(order))?;
            Err(failure)
        }
    }
}

/// Source: "Amend Order".
pub(super) fn amend(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let change = std::mem::take(&mut context.params);
    context.check_deadline_of(&change)?;
    change.refuse(&["display_qty"])?;
    let (quantity, price) = (change.positive("order_qty")?, change.positive("limit_price")?);
    let stop_price = change.positive("trigger_price")?;
    if quantity.is_none() && price.is_none() && stop_price.is_none() {
        return Err(Failure::argument("order_qty"));
    }
    let order = context.named(&change).filter(|order| order.is_open()).ok_or(Failure::NO_ORDER)?;
    let (id, is_waiting, mut request) = (order.id, order.is_waiting(), order.request.clone());
    let (before, executed) = (order.quantity, order.executed);
    let is_less = price.is_none() && quantity.is_some_and(|quantity| quantity < before);
    request.size = quantity.map_or(Size::Base(before), Size::Base);
    request.price = match (request.price, price) {
        (None, Some(_)) => return Err(Failure::argument("limit_price")),
        (old, new) => new.or(old),
    };
    match (&mut request.trigger, stop_price) {
        (Some(trigger), Some(_)) if is_waiting => trigger.stop_price = stop_price,
        (_, Some(_)) => return Err(Failure::argument("trigger_price")),
        (_, None) => {}
    }
    context.venue.engine().market(request.market).instrument.check_order(&request)?;
    let (now_us, client_id) = (context.now_us, request.client_id.clone());
    match (quantity, request.price) {
        // "If the new quantity is below or equal the cumulative filled quantity, the remaining quantity is cancelled."
        (Some(quantity), _) if quantity <= executed => drop(context.venue.cancel(id, now_us)?),
        (_, price) if is_waiting => {
            let stop_price = request.trigger.and_then(|trigger| trigger.stop_price);
            context.venue.rearm(id, request.size, price, stop_price, now_us)??;
        }
        // Its place in the book stays.
        (Some(quantity), _) if is_less => context.venue.amend(id, quantity, &client_id, now_us)?,
        (quantity, Some(price)) => context.venue.modify(id, quantity.unwrap_or(before), price, now_us)??,
        (_, None) => return Err(Failure::NO_ORDER),
    }
    Ok(json!({ "amend_id": told_id('T', id) }))
}

/// Source: "Cancel Order". An order id, a number that groups, or a client order id.
pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let asked = std::mem::take(&mut context.params);
    let ids = context.open_under(asked.get("txid"), asked.get("cl_ord_id"));
    if ids.is_empty() {
        return Err(Failure::NO_ORDER);
    }
    context.cancel_each(ids)
}

/// Source: "Cancel Order Batch".
pub(super) fn cancel_batch(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let asked = std::mem::take(&mut context.params);
    let (named, client) = (asked.texts("orders"), asked.texts("cl_ord_ids"));
    if !(1..=CANCEL_BATCH_MAX).contains(&(named.len() + client.len())) {
        return Err(Failure::argument("orders"));
    }
    let named = named.iter().flat_map(|id| context.open_under(Some(id), None));
    let client = client.iter().flat_map(|id| context.open_under(None, Some(id)));
    let ids: Vec<OrderId> = named.chain(client).collect();
    context.cancel_each(ids)
}

/// Source: "Cancel All Orders".
pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let open = context.venue.engine().open_orders(context.account, None).map(|order| order.id).collect();
    context.cancel_each(open)
}

/// Source: "Cancel All Orders After X".
pub(super) fn cancel_all_after(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let seconds = context.params.integer("timeout")?.filter(|seconds| *seconds <= DAY_SECONDS);
    let seconds = seconds.ok_or_else(|| Failure::argument("timeout"))?;
    let at_us = (seconds > 0).then(|| context.now_us + seconds * 1_000_000);
    for market in 0..context.venue.engine().markets().len() {
        // Nothing speaks against it.
        let _ = context.venue.set(context.account, Setting::Countdown { market, at_us }, context.now_us)?;
    }
    let told = |us: u64| orderwire::Timestamp::from_ms(us / 1_000_000 * 1_000).to_string().replace(".000Z", "Z");
    Ok(json!({ "currentTime": told(context.now_us), "triggerTime": at_us.map_or("0".to_owned(), told) }))
}

impl Context<'_, '_> {
    fn check_deadline_of(&mut self, request: &Params) -> Result<(), Failure> {
        self.params = request.clone();
        self.check_deadline()
    }

    fn read_batch(&mut self, batch: &Params, orders: &[Params]) -> Result<Vec<NewOrder>, Failure> {
        self.check_deadline_of(batch)?;
        let market = self.market(batch.needed("pair")?)?;
        if !(2..=ORDER_BATCH_MAX).contains(&orders.len()) {
            return Err(Failure::argument("orders"));
        }
        orders.iter().map(|order| self.read_order(order, market)).collect()
    }

    /// One order: whatever becomes of it, the ledger knows of it then.
    fn place_one(&mut self, order: &Params, market: MarketId) -> Result<(OrderId, String), Failure> {
        match self.read_order(order, market) {
            Ok(read) => self.enter(read)?,
            Err(failure) => {
                self.record(order)?;
                Err(failure)
            }
        }
    }

    fn enter(&mut self, order: NewOrder) -> Result<Result<(OrderId, String), Failure>, Failure> {
        let words = reports::in_words(self.venue.engine(), &order);
        let placed = self.venue.place(order, self.now_us)?;
        Ok(placed.map(|placed| (placed.order.id, words)).map_err(Failure::from))
    }

    fn cancel_each(&mut self, ids: Vec<OrderId>) -> Result<Value, Failure> {
        let count = ids.len();
        for id in ids {
            self.venue.cancel(id, self.now_us)?;
        }
        Ok(json!({ "count": count }))
    }

    /// The account's open orders under an order id, a number that groups, or a client order id.
    fn open_under(&self, txid: Option<&str>, client_id: Option<&str>) -> Vec<OrderId> {
        let open = |order: &&Order| order.is_open();
        match (txid, client_id) {
            (Some(txid), _) => match txid.parse::<i32>() {
                Ok(userref) => {
                    let all = self.venue.engine().open_orders(self.account, None);
                    all.filter(|order| reports::userref(order) == Some(userref)).map(|order| order.id).collect()
                }
                Err(_) => self.by_told_id(txid).filter(open).map(|order| order.id).into_iter().collect(),
            },
            (None, Some(id)) => self.by_client_id(id).filter(open).map(|order| order.id).collect(),
            (None, None) => Vec::new(),
        }
    }

    /// The order that a request names by either id.
    fn named<'s>(&'s self, request: &'s Params) -> Option<&'s Order> {
        match (request.get("txid"), request.get("cl_ord_id")) {
            (Some(txid), _) => self.by_told_id(txid),
            (None, Some(id)) => self.by_client_id(id).find(|order| order.is_open()),
            (None, None) => None,
        }
    }

    pub(super) fn by_told_id(&self, told: &str) -> Option<&Order> {
        let order = self.venue.engine().order(engine_id(told)?)?;
        Some(order).filter(|order| order.request.account == self.account)
    }

    /// The account's latest order with this client order id on each market.
    pub(super) fn by_client_id<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'s Order> {
        let engine = self.venue.engine();
        (0..engine.markets().len()).filter_map(move |market| engine.order_by_client_id(self.account, market, id))
    }
}

const ORDER_BATCH_MAX: usize = 15;
const CANCEL_BATCH_MAX: usize = 50;
const DAY_SECONDS: u64 = 86_400;
