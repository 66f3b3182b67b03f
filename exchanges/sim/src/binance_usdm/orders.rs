//! Placing, changing, cancelling and asking for orders without a trigger, one by one and several at once.

use super::errors::{broken, refused};
use super::new_order::{PLAIN, PRICE_DECIMALS, QUANTITY_DECIMALS, above_zero, client_id, read_side};
use super::{Context, FIVE, ONE, ORDER_IDS_FROM, engine_id};
use crate::binance::{Failure, Params, Refused, json};
use crate::engine::{MarketId, Order, OrderId};

pub(super) const MODIFY: &[&str] =
    &["orderId", "origClientOrderId", "symbol", "side", "quantity", "price", "priceMatch", "modifyId"];
pub(super) const NAMED: &[&str] = &["symbol", "orderId", "origClientOrderId"];
pub(super) const LISTS: &[&str] = &["symbol", "orderIdList", "origClientOrderIdList"];

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    context.check_order_count(&ONE)?;
    let params = context.params()?.clone();
    context.recorded = true;
    let placed = context.place_one(&params);
    context.venue.count_orders(context.account, &ONE, context.now_us);
    placed
}

pub(super) fn place_batch(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let orders = context.elements(ORDER_BATCH_MAX)?;
    context.check_order_count(&FIVE)?;
    context.recorded = true;
    context.venue.count_orders(context.account, &FIVE, context.now_us);
    let fates = orders.iter().map(|order| order.only(&[PLAIN]).and_then(|()| context.place_one(order)));
    each_its_own(fates.collect())
}

pub(super) fn test(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    context.plain_order(context.params()?)?;
    Ok(b"{}".to_vec())
}

pub(super) fn modify(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    context.check_order_count(&ONE)?;
    context.venue.count_orders(context.account, &ONE, context.now_us);
    let params = context.params()?.clone();
    context.modify_one(&params)
}

pub(super) fn modify_batch(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let changes = context.elements(ORDER_BATCH_MAX)?;
    context.check_order_count(&FIVE)?;
    context.venue.count_orders(context.account, &FIVE, context.now_us);
    let fates = changes.iter().map(|change| change.only(&[MODIFY]).and_then(|()| context.modify_one(change)));
    each_its_own(fates.collect())
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let order = context.named(context.params()?)?.filter(|order| order.is_resting());
    let id = order.ok_or_else(Failure::unknown_to_cancel)?.id;
    context.cancel_one(id)
}

pub(super) fn cancel_batch(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let params = context.params()?;
    let ids: Vec<_> = match (params.get("orderIdList")?, params.get("origClientOrderIdList")?) {
        (Some(list), _) => {
            let told: Vec<u64> = serde_json::from_str(list).map_err(|_| Failure::json("orderIdList"))?;
            told.into_iter().map(|told| context.plain(market, engine_id(told, ORDER_IDS_FROM))).collect()
        }
        (None, Some(list)) => {
            let names: Vec<String> = serde_json::from_str(list).map_err(|_| Failure::json("origClientOrderIdList"))?;
            names.iter().map(|name| context.plain_by_client_id(market, name)).collect()
        }
        (None, None) => return Err(Failure::one_of("origClientOrderIdList", "orderIdList")),
    };
    if ids.is_empty() || ids.len() > CANCEL_BATCH_MAX {
        return Err(Failure::new(-4032, "Exceed maximum cancel order size of 10."));
    }
    let ids: Vec<_> =
        ids.into_iter().map(|order| order.filter(|order| order.is_open()).map(|order| order.id)).collect();
    let fates = ids.into_iter().map(|id| context.cancel_one(id.ok_or_else(Failure::unknown_to_cancel)?));
    each_its_own(fates.collect())
}

pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    context.cancel_those(market, Order::is_resting)
}

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let order = context.named(context.params()?)?.ok_or_else(Failure::no_such_order)?;
    Ok(json(&context.queried(order)))
}

pub(super) fn query_open(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let order = context.named(context.params()?)?.filter(|order| order.is_open());
    Ok(json(&context.queried(order.ok_or_else(Failure::no_such_order)?)))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.optional_market()?;
    let orders = context.venue.engine().open_orders(context.account, market).filter(|order| order.is_resting());
    Ok(json(&orders.map(|order| context.queried(order)).collect::<Vec<_>>()))
}

impl Context<'_, '_> {
    /// Places one order, which the ledger hears of whatever comes of it.
    fn place_one(&mut self, params: &Params<'_>) -> Result<Vec<u8>, Failure> {
        let order = self.plain_order(params).and_then(|order| Ok((order, is_acknowledged_only(params)?)));
        let (mut order, acknowledged_only) = match order {
            Ok(order) => order,
            Err(failure) => {
                if let Ok(Some(id)) = params.get("newClientOrderId") {
                    self.venue.refuse(id).map_err(|_| Failure::internal())?;
                }
                return Err(failure);
            }
        };
        if order.client_id.is_empty() {
            order.client_id = self.venue.make_id(MADE_ID_BYTES, self.now_us);
        }
        let placed = self.venue.place(order.clone(), self.now_us).map_err(|_| Failure::internal())?;
        let contract = &self.venue.engine().market(order.market).instrument;
        let placed = placed.map_err(|refusal| refused(refusal, &order, contract))?;
        let report = if acknowledged_only { self.acknowledged(&placed.order) } else { self.report(&placed.order) };
        Ok(json(&report))
    }

    fn modify_one(&mut self, params: &Params<'_>) -> Result<Vec<u8>, Failure> {
        let side = read_side(params)?;
        let quantity = params.decimal("quantity", QUANTITY_DECIMALS)?.ok_or_else(|| Failure::missing("quantity"))?;
        let quantity = above_zero(quantity)?;
        let price = params.decimal("price", PRICE_DECIMALS)?;
        params.integer("modifyId")?;
        let order = self.named(params)?.filter(|order| order.is_resting()).ok_or_else(Failure::no_such_order)?;
        let request = &order.request;
        let price = match (price, self.price_match(params, request.market, side)?) {
            (Some(_), Some(_)) => return Err(Failure::new(-5037, "Invalid price match")),
            (Some(price), None) => price,
            (None, Some((_, price))) => price,
            (None, None) => return Err(Failure::missing("price")),
        };
        if request.is_market() {
            return Err(Failure::new(-5025, "Only limit order is supported"));
        }
        if side != request.side {
            return Err(Failure::new(-1117, "Invalid side."));
        }
        if (Some(price), quantity) == (request.price, order.quantity) {
            return Err(Failure::new(-5027, "No need to modify the order."));
        }
        let mut changed = request.clone();
        (changed.price, changed.size) = (Some(price), crate::engine::Size::Base(quantity));
        let contract = &self.venue.engine().market(request.market).instrument;
        contract.check_order(&changed).map_err(|rule| broken(rule, &changed, contract))?;
        let id = order.id;
        let done = self.venue.modify(id, quantity, price, self.now_us).map_err(|_| Failure::internal())?;
        let contract = &self.venue.engine().market(changed.market).instrument;
        done.map_err(|refusal| refused(refusal, &changed, contract))?;
        let order = self.venue.engine().order(id).ok_or_else(Failure::internal)?;
        Ok(json(&self.report(order)))
    }

    fn cancel_one(&mut self, id: OrderId) -> Result<Vec<u8>, Failure> {
        self.venue.cancel(id, self.now_us).map_err(|_| Failure::internal())?;
        let order = self.venue.engine().order(id).ok_or_else(Failure::internal)?;
        Ok(json(&self.report(order)))
    }

    /// Cancels the account's open orders of a market that are of this kind.
    pub(super) fn cancel_those(&mut self, market: MarketId, is_one: fn(&Order) -> bool) -> Result<Vec<u8>, Failure> {
        let open = self.venue.engine().open_orders(self.account, Some(market)).filter(|order| is_one(order));
        for id in open.map(|order| order.id).collect::<Vec<_>>() {
            self.venue.cancel(id, self.now_us).map_err(|_| Failure::internal())?;
        }
        Ok(br#"{"code":200,"msg":"The operation of cancel all open order is done."}"#.to_vec())
    }

    /// The order without a trigger, or no longer with one, that `orderId` or else `origClientOrderId` names.
    fn named(&self, params: &Params<'_>) -> Result<Option<&Order>, Failure> {
        let symbol = params.symbol("symbol")?.ok_or_else(|| Failure::missing("symbol"))?;
        let market = self.venue.engine().market_by_symbol(symbol).ok_or_else(Failure::symbol)?;
        match (params.integer("orderId")?, client_id(params, "origClientOrderId")?) {
            (Some(told), _) => Ok(self.plain(market, engine_id(told, ORDER_IDS_FROM))),
            (None, Some(client_id)) => Ok(self.plain_by_client_id(market, client_id)),
            (None, None) => Err(Failure::one_of("origClientOrderId", "orderId")),
        }
    }

    fn plain(&self, market: MarketId, id: OrderId) -> Option<&Order> {
        let order = self.venue.engine().order(id)?;
        let is_own = (order.request.account, order.request.market) == (self.account, market);
        (is_own && is_plain(order)).then_some(order)
    }

    fn plain_by_client_id(&self, market: MarketId, client_id: &str) -> Option<&Order> {
        self.venue.engine().order_by_client_id(self.account, market, client_id).filter(|order| is_plain(order))
    }

    /// The elements of `batchOrders`.
    fn elements(&self, most: usize) -> Result<Vec<Params<'static>>, Failure> {
        let elements = self.params()?.elements("batchOrders")?;
        if elements.is_empty() || elements.len() > most {
            return Err(Failure::new(-4082, "Invalid number of batch place orders."));
        }
        Ok(elements)
    }
}

/// It has no trigger, or has had its turn.
fn is_plain(order: &Order) -> bool {
    order.request.trigger.is_none() || order.working_us.is_some()
}

fn is_acknowledged_only(params: &Params<'_>) -> Result<bool, Failure> {
    match params.get("newOrderRespType")? {
        None | Some("ACK") => Ok(true),
        Some("RESULT") => Ok(false),
        Some(_) => Err(Failure::invalid("newOrderRespType")),
    }
}

/// An answer for each, in their order, an error among them where one was refused.
fn each_its_own(fates: Vec<Result<Vec<u8>, Failure>>) -> Result<Vec<u8>, Failure> {
    if let Some(Err(failure)) = fates.iter().find(|fate| matches!(fate, Err(failure) if failure.status == 500)) {
        return Err(failure.clone());
    }
    let text = |fate: Result<Vec<u8>, Failure>| {
        fate.unwrap_or_else(|Failure { code, message, .. }| json(&Refused { code, msg: &message }))
    };
    let answers: Vec<_> = fates.into_iter().map(text).collect();
    Ok([b"[".as_slice(), &answers.join(&b","[..]), b"]"].concat())
}

/// Source: "Place Multiple Orders", "Max 5 orders"; "Cancel Multiple Orders", "max length 10".
const ORDER_BATCH_MAX: usize = 5;
const CANCEL_BATCH_MAX: usize = 10;
/// Length of the ids the venue makes. Source: the documents' examples.
pub(super) const MADE_ID_BYTES: usize = 22;
