//! Changing orders that stand: taking quantity off, which keeps their place, and another price and quantity, which does
//! not.

use rust_decimal::Decimal;

use super::Engine;
use super::order::{OrderId, Placed, Refusal, Size, Status};

impl Engine {
    /// Takes quantity off an open order, which keeps its place in the queue, and gives it another client order id. Does
    /// nothing unless some of it stays open. The other order of its pair has the same quantity then.
    pub(crate) fn amend(&mut self, id: OrderId, quantity: Decimal, client_id: &str, now_us: u64) {
        let Some(order) = self.orders.get(&id).filter(|order| order.is_open()) else { return };
        if quantity >= order.quantity || quantity <= order.executed + order.prevented {
            return;
        }
        let both = [Some(id), self.other_leg(order).filter(|order| order.is_open()).map(|order| order.id)];
        for id in both.into_iter().flatten() {
            let Some(order) = self.orders.get_mut(&id) else { continue };
            order.quantity = quantity;
            order.updated_us = now_us;
            order.shown = order.shown.map(|shown| shown.min(order.remaining()));
        }
        if let Some(order) = self.orders.get_mut(&id) {
            let former_id = std::mem::replace(&mut order.request.client_id, client_id.to_owned());
            let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
            if ids.get(&former_id) == Some(&id) {
                ids.remove(&former_id);
            }
            ids.insert(client_id.to_owned(), id);
        }
        for id in both.into_iter().flatten() {
            self.settle(id);
        }
    }

    /// Gives an order that rests another price and quantity. It goes to the end of the queue at its price, or matches.
    ///
    /// It is canceled instead where as much is filled already, and where it is post only and would match.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn modify(
        &mut self,
        id: OrderId,
        quantity: Decimal,
        price: Decimal,
        now_us: u64,
    ) -> Result<Option<Placed>, Refusal> {
        let Some(order) = self.orders.get(&id).filter(|order| order.is_resting()) else { return Ok(None) };
        let mut request = order.request.clone();
        (request.price, request.peg, request.size) = (Some(price), None, Size::Base(quantity));
        let left = quantity - order.executed - order.prevented;
        let start = match (left > Decimal::ZERO).then(|| self.prepare(&request, Size::Base(left), Some(id))) {
            None | Some(Err(Refusal::WouldTake)) => None,
            Some(start) => Some(start?),
        };
        let asset = self.paid_with(request.market, request.side);
        let within = self.available(request.account, asset) + order.locked;
        if start.as_ref().is_some_and(|start| !start.lock.is_zero() && start.lock > within) {
            return Err(Refusal::InsufficientBalance);
        }
        let market = request.market;
        self.markets[market].remove(order);
        let Some(order) = self.orders.get_mut(&id) else { return Ok(None) };
        order.updated_us = now_us;
        let Some(start) = start else {
            order.status = Status::Canceled;
            self.settle(id);
            self.go_on(market, now_us);
            return Ok(self.as_placed(id));
        };
        (order.request, order.quantity) = (request, quantity);
        let mut placed = Placed { order: order.clone(), trades: Vec::new(), preventions: Vec::new() };
        self.work(start, &mut placed, now_us);
        placed.order = self.orders[&id].clone();
        self.go_on(market, now_us);
        Ok(Some(placed))
    }

    /// Gives an order that waits for its trigger another size, price and stop price.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn rearm(
        &mut self,
        id: OrderId,
        size: Size,
        price: Option<Decimal>,
        stop_price: Option<Decimal>,
        now_us: u64,
    ) -> Result<(), Refusal> {
        let Some(order) = self.orders.get(&id).filter(|order| order.is_waiting()) else { return Ok(()) };
        let mut changed = order.clone();
        (changed.request.size, changed.request.price, changed.updated_us) = (size, price, now_us);
        if let Size::Base(quantity) = size {
            changed.quantity = quantity;
        }
        if let Some(trigger) = &mut changed.request.trigger {
            trigger.stop_price = stop_price;
        }
        changed.locked_at = self.locked_at(&changed.request);
        self.check_trigger(&changed.request)?;
        let more = self.needed(&changed) - order.locked;
        let asset = self.paid_with(changed.request.market, changed.request.side);
        self.check_funds([(asset, more.max(Decimal::ZERO))], &changed.request)?;
        self.orders.insert(id, changed);
        self.settle(id);
        Ok(())
    }

    /// An order as it stands.
    fn as_placed(&self, id: OrderId) -> Option<Placed> {
        Some(Placed { order: self.orders.get(&id)?.clone(), trades: Vec::new(), preventions: Vec::new() })
    }
}
