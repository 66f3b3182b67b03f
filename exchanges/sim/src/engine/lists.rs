//! Order lists: orders that trigger or cancel one another.
//!
//! ```text
//! Oco                 pair            one of a pair works, the other ends
//! Oto, Otoco          working ──► pending order or pair, once the working order is filled in full
//! Opo, Opoco          the same; the pending orders sell what the working order has bought
//! ```
//!
//! An order of a list that ends takes the others with it, except that a filled working order starts the pending ones.
//! Both orders of a pair share one locked balance, since only one of them can be executed.

use std::collections::VecDeque;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::life::Beginning;
use super::order::{AccountId, Expiry, MarketId, NewOrder, Order, OrderId, Placed, Refusal, Side, Size, Status};
use super::triggers::TriggerKind;
use super::{Due, Engine};
use crate::instrument::BrokenRule;

pub(crate) type ListId = u64;

/// How the orders of a list hang together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum ListKind {
    Oco,
    Opo,
    Opoco,
    Oto,
    Otoco,
}

impl ListKind {
    fn has_working_order(self) -> bool {
        self != Self::Oco
    }
}

/// A list as a dialect hands it in: the working order first, where there is one, then the one or two others.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct NewList {
    pub(crate) client_id: String,
    pub(crate) kind: ListKind,
    pub(crate) orders: Vec<NewOrder>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OrderList {
    pub(crate) id: ListId,
    pub(crate) account: AccountId,
    pub(crate) market: MarketId,
    pub(crate) client_id: String,
    pub(crate) kind: ListKind,
    pub(crate) orders: Vec<OrderId>,
    pub(crate) placed_us: u64,
}

impl OrderList {
    fn working(&self) -> Option<OrderId> {
        self.kind.has_working_order().then(|| self.orders[0])
    }

    /// The orders that come after the working one; all of them where there is none.
    fn others(&self) -> &[OrderId] {
        &self.orders[usize::from(self.kind.has_working_order())..]
    }
}

impl Engine {
    pub(crate) fn list(&self, id: ListId) -> Option<&OrderList> {
        self.lists.get(&id)
    }

    /// Lists of an account from `first` on, oldest first.
    pub(crate) fn lists(&self, account: AccountId, first: ListId) -> impl DoubleEndedIterator<Item = &OrderList> {
        self.lists.range(first..).map(|(_, list)| list).filter(move |list| list.account == account)
    }

    /// The latest list with this client id.
    pub(crate) fn list_by_client_id(&self, account: AccountId, client_id: &str) -> Option<&OrderList> {
        self.lists(account, 0).rev().find(|list| list.client_id == client_id)
    }

    pub(crate) fn is_list_open(&self, list: &OrderList) -> bool {
        list.orders.iter().any(|id| self.orders.get(id).is_some_and(Order::is_open))
    }

    /// Takes a list in, as a whole or not at all.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn place_list(&mut self, list: NewList, now_us: u64) -> Result<(ListId, Vec<Placed>), Refusal> {
        let requests: Vec<_> = list.orders.iter().collect();
        let Some(&first) = requests.first() else { return Err(Refusal::PriceRelation) };
        let (account, market) = (first.account, first.market);
        if self.list_by_client_id(account, &list.client_id).is_some_and(|list| self.is_list_open(list)) {
            return Err(Refusal::DuplicateClientId);
        }
        let open_here = self.lists(account, 0).filter(|list| list.market == market && self.is_list_open(list)).count();
        if open_here >= self.markets[market].instrument.order_lists_max as usize {
            return Err(BrokenRule::OrderLists.into());
        }
        self.admit(&requests)?;
        if list.kind == ListKind::Oco {
            self.check_pair(&requests)?;
        }
        let working = list.kind.has_working_order();
        let mut beginnings = Vec::with_capacity(requests.len());
        for (place, request) in requests.iter().enumerate() {
            let is_pending = working && place > 0;
            beginnings.push(if is_pending { Beginning::Pending } else { self.beginning(request)? });
        }
        let mut needs = Vec::new();
        for (request, beginning) in requests.iter().zip(&beginnings) {
            needs.push((self.paid_with(market, request.side), self.need(request, beginning)?));
        }
        if let [.., above, below] = needs[usize::from(working)..] {
            needs.truncate(usize::from(working));
            needs.push((above.0, above.1.max(below.1)));
        }
        self.check_funds(needs, first)?;

        let id = self.next_list;
        self.next_list += 1;
        let recorded = list.orders.into_iter().zip(&beginnings);
        let orders: Vec<_> =
            recorded.map(|(request, beginning)| self.record(request, beginning, Some(id), now_us)).collect();
        let (client_id, kind) = (list.client_id, list.kind);
        let list = OrderList { id, account, market, client_id, kind, orders: orders.clone(), placed_us: now_us };
        self.lists.insert(id, list);
        // What is pending stands before the working order is matched, which may fill it at once.
        let mut placed = VecDeque::with_capacity(orders.len());
        for (order, beginning) in orders.into_iter().zip(beginnings).rev() {
            placed.push_front(self.begin(order, beginning, now_us));
        }
        self.go_on(market, now_us);
        Ok((id, placed.into()))
    }

    /// The other order of the pair that this one belongs to.
    pub(super) fn other_leg(&self, order: &Order) -> Option<&Order> {
        match self.lists.get(&order.list?)?.others() {
            [a, b] if *b == order.id => self.orders.get(a),
            [a, b] if *a == order.id => self.orders.get(b),
            _ => None,
        }
    }

    /// One order of a pair is about to be executed: the other one ends.
    pub(super) fn begin_leg(&mut self, id: OrderId, now_us: u64) {
        let other = self.orders.get(&id).filter(|order| order.is_open()).and_then(|order| self.other_leg(order));
        if let Some(other) = other.map(|other| other.id) {
            self.expire(other, Expiry::OtherLeg, now_us);
            self.settle(id);
        }
    }

    /// Puts what the working order of a list has just bought aside for the pending ones.
    ///
    /// The fee is taken from the free balance where that covers it. Source: `opo.md` of the Binance Spot documents.
    pub(super) fn keep_proceeds(&mut self, id: OrderId, asset: usize, proceeds: Decimal, fee: Decimal) {
        let Some(list) = self.orders.get(&id).and_then(|order| self.lists.get(&order.list?)) else { return };
        if list.working() != Some(id) || !matches!(list.kind, ListKind::Opo | ListKind::Opoco) {
            return;
        }
        let balance = &mut self.accounts[list.account].balances[asset];
        let kept = if balance.free >= proceeds { proceeds } else { proceeds - fee };
        if let Some(pending) = self.orders.get_mut(&list.others()[0]) {
            balance.free -= kept;
            balance.locked += kept;
            pending.locked += kept;
        }
    }

    /// An order of a list has ended: what becomes of the others.
    pub(super) fn follow_in_list(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(&id) else { return };
        let Some(list) = order.list.and_then(|list| self.lists.get(&list)) else { return };
        if matches!(order.expiry, Some(Expiry::OtherLeg | Expiry::WorkingOrder)) {
            return;
        }
        let now_us = order.updated_us;
        let is_working = list.working() == Some(id);
        if is_working && order.status == Status::Filled {
            self.due.push_back(Due::Filled(list.id));
            return;
        }
        let why = if is_working { Expiry::WorkingOrder } else { Expiry::OtherLeg };
        for other in list.others().to_vec() {
            self.expire(other, why, now_us);
        }
    }

    /// The working order of a list is filled: its pending orders begin, or expire when they are refused now.
    pub(super) fn begin_pending(&mut self, id: ListId, now_us: u64) {
        let Some(list) = self.lists.get(&id) else { return };
        let pending = list.others().to_vec();
        let is_pending = |order: &Order| order.status == Status::Pending;
        if !pending.iter().all(|id| self.orders.get(id).is_some_and(is_pending)) {
            return;
        }
        self.measure_proceeds(&pending);
        if self.check_pending(&pending).is_err() {
            // The first takes the other with it.
            return self.expire(pending[0], Expiry::Refused, now_us);
        }
        for &id in &pending {
            if let Some(order) = self.orders.get_mut(&id) {
                (order.status, order.updated_us) = (Status::New, now_us);
            }
        }
        for id in pending {
            match self.orders.get(&id) {
                Some(order) if order.request.trigger.is_some() => self.settle(id),
                _ => self.begin_late(id, now_us),
            }
        }
    }

    /// Orders that sell what another has bought get their quantity: what was kept for them, in whole lots.
    fn measure_proceeds(&mut self, pending: &[OrderId]) {
        let kept: Decimal = pending.iter().filter_map(|id| Some(self.orders.get(id)?.locked)).sum();
        for id in pending {
            let Some(order) = self.orders.get_mut(id).filter(|order| order.request.size == Size::Proceeds) else {
                continue;
            };
            let instrument = &self.markets[order.request.market].instrument;
            order.quantity = instrument.lots_down(kept);
            if order.request.is_market() {
                order.quantity = order.quantity.min(instrument.market_quantity_max);
            }
        }
    }

    fn check_pending(&self, pending: &[OrderId]) -> Result<(), Refusal> {
        let orders: Vec<_> = pending.iter().filter_map(|id| self.orders.get(id)).collect();
        for order in &orders {
            self.check_trigger(&order.request)?;
            let measured = NewOrder { size: Size::Base(order.quantity), ..order.request.clone() };
            self.markets[order.request.market].instrument.check_order(&measured)?;
        }
        let requests: Vec<_> = orders.iter().map(|order| &order.request).collect();
        if requests.len() > 1 { self.check_pair(&requests) } else { Ok(()) }
    }

    /// The prices of a pair stand on both sides of the market. Source: rest-api.md of Binance Spot, `New Order list - OCO`.
    fn check_pair(&self, requests: &[&NewOrder]) -> Result<(), Refusal> {
        for request in requests {
            let last_price = self.markets[request.market].last_price;
            let is_stop_loss = request.trigger.is_some_and(|trigger| trigger.kind == TriggerKind::StopLoss);
            let stop_price = request.trigger.and_then(|trigger| trigger.stop_price);
            let prices = [stop_price, request.price.filter(|_| !is_stop_loss)];
            let is_above = is_stop_loss == (request.side == Side::Buy);
            for price in prices.into_iter().flatten() {
                if if is_above { price <= last_price } else { price >= last_price } {
                    return Err(Refusal::PriceRelation);
                }
            }
        }
        Ok(())
    }
}
