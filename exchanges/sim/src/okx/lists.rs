//! Asking for orders: one by one, those that are open, those that have ended.

use serde_json::Value;

use super::errors::Failure;
use super::{Answer, Context, engine_id, reports};
use crate::engine::{MarketId, Order, OrderId};

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let market = context.market(context.query.needed("instId")?)?;
    let (number, client_id) = (context.query.get("ordId"), context.query.get("clOrdId"));
    if number.is_none() && client_id.is_none() {
        return Err(Failure::NAMELESS);
    }
    let order = context.named(market, number, client_id, false).ok_or(Failure::NO_ORDER)?;
    Ok(Answer::all(vec![reports::order(context, order)]))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let market = context.wanted_market()?;
    let open = context.venue.engine().open_orders(context.account, market);
    let working: Vec<_> = open.filter(|order| !reports::waits(order)).collect();
    context.list(working, false, |order| reports::order(context, order))
}

/// What has ended.
pub(super) fn history(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.query.needed("instType")?;
    let engine = context.venue.engine();
    let wanted = context.wanted_market()?;
    let markets = (0..engine.markets().len()).filter(|market| wanted.is_none_or(|wanted| wanted == *market));
    let all = markets.flat_map(|market| engine.orders_from(context.account, market, 0));
    let has_ended =
        |order: &&Order| !order.is_open() && (order.request.trigger.is_none() || order.working_us.is_some());
    let ended = all.filter(has_ended).collect();
    context.list(ended, false, |order| reports::order(context, order))
}

impl Context<'_, '_> {
    /// The market that a list is asked of, if it is of one.
    pub(super) fn wanted_market(&self) -> Result<Option<MarketId>, Failure> {
        self.query.get("instId").map(|symbol| self.market(symbol)).transpose()
    }

    /// A part of these orders, the latest first: from behind the one that `after` names, before the one of `before`.
    pub(super) fn list(
        &self,
        mut orders: Vec<&Order>,
        has_trigger: bool,
        told: impl Fn(&Order) -> Value,
    ) -> Result<Answer, Failure> {
        let (after, before) = (self.place("after", has_trigger)?, self.place("before", has_trigger)?);
        let kind = self.query.get("instType");
        orders.retain(|order| {
            after.is_none_or(|after| order.id < after)
                && before.is_none_or(|before| order.id > before)
                && kind.is_none_or(|kind| kind == reports::kind(self.instrument(order.request.market)))
        });
        orders.sort_by_key(|order| std::cmp::Reverse(order.id));
        Ok(Answer::all(orders.into_iter().take(self.query.limit()?).map(told).collect()))
    }

    /// The order that a page begins or ends at.
    fn place(&self, name: &str, has_trigger: bool) -> Result<Option<OrderId>, Failure> {
        let id = |number| engine_id(number, has_trigger).ok_or_else(|| Failure::parameter(name));
        self.query.get(name).map(id).transpose()
    }
}
