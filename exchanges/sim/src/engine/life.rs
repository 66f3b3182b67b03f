//! An order's life: it enters, is changed, is taken off, and ends. What it holds of its account's balance follows.

use rust_decimal::Decimal;

use super::matching::Plan;
use super::order::{MarketId, NewOrder, Order, OrderId, Placed, Refusal, Side, Size, Status, TimeInForce, opposite};
use super::{Engine, HOUSE};
use crate::instrument::BrokenRule;

impl Engine {
    /// Takes an order in: matches it and lets the rest stand where it may.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn place(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let market = request.market;
        let placed = self.enter(request, now_us)?;
        self.markets[market].house_short |= !placed.trades.is_empty();
        self.restock(market, now_us);
        Ok(placed)
    }

    /// Takes an open order off the book. `None` when it is not open.
    pub(crate) fn cancel(&mut self, id: OrderId, now_us: u64) -> Option<&Order> {
        let order = self.orders.get_mut(&id).filter(|order| order.is_open())?;
        order.status = Status::Canceled;
        order.updated_us = now_us;
        let market = order.request.market;
        self.settle(id);
        self.restock(market, now_us);
        self.orders.get(&id)
    }

    /// Takes quantity off an open order, which keeps its place in the queue, and gives it another client order id. Does
    /// nothing unless some of it stays open.
    pub(crate) fn amend(&mut self, id: OrderId, quantity: Decimal, client_id: &str, now_us: u64) {
        let Some(order) = self.orders.get_mut(&id).filter(|order| order.is_open()) else { return };
        if quantity >= order.quantity || quantity <= order.executed + order.prevented {
            return;
        }
        order.quantity = quantity;
        order.updated_us = now_us;
        let former_id = std::mem::replace(&mut order.request.client_id, client_id.to_owned());
        let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
        if ids.get(&former_id) == Some(&id) {
            ids.remove(&former_id);
        }
        ids.insert(client_id.to_owned(), id);
        self.settle(id);
    }

    pub(super) fn enter(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let (account, market, side) = (request.account, request.market, request.side);
        if self.order_by_client_id(account, market, &request.client_id).is_some_and(Order::is_open) {
            return Err(Refusal::DuplicateClientId);
        }
        let instrument = &self.markets[market].instrument;
        let open_here = || self.open_orders(account, Some(market)).count();
        // Counting is only worth it when the account's open orders on all markets could be too many.
        let crowded = self.accounts[account].open.len() >= instrument.open_orders_max as usize;
        if crowded && instrument.check_open_orders(open_here()) == Err(BrokenRule::OpenOrders) {
            return Err(Refusal::OpenOrders);
        }
        let mut plan = self.plan(&request);
        if request.post_only && (!plan.steps.is_empty() || plan.taker_expires) {
            return Err(Refusal::WouldTake);
        }
        let quantity = match request.size {
            Size::Base(quantity) => quantity,
            Size::Quote(_) if self.markets[market].book(opposite(side)).is_empty() => {
                return Err(Refusal::NoLiquidity);
            }
            Size::Quote(_) if plan.base + plan.prevented < instrument.lot_size => {
                return Err(Refusal::LiquidityBelowLot);
            }
            Size::Quote(_) => plan.base + plan.prevented,
        };
        if request.time_in_force == TimeInForce::FillOrKill && plan.base < quantity {
            plan = Plan::default();
        }
        let lock = match (side, request.price) {
            (Side::Buy, Some(price)) => price.checked_mul(quantity).ok_or(Refusal::InsufficientBalance)?,
            (Side::Buy, None) => plan.quote,
            (Side::Sell, Some(_)) => quantity,
            (Side::Sell, None) => plan.base,
        };
        let paid_with = self.paid_with(market, side);
        let balance = &mut self.accounts[account].balances[paid_with];
        if balance.free < lock {
            return Err(Refusal::InsufficientBalance);
        }
        balance.free -= lock;
        balance.locked += lock;

        let id = self.next_order;
        self.next_order += 1;
        if account != HOUSE {
            self.accounts[account].by_client_id[market].insert(request.client_id.clone(), id);
        }
        let may_rest = request.price.is_some() && request.time_in_force == TimeInForce::GoodTillCanceled;
        let order = Order {
            id,
            request,
            quantity,
            executed: Decimal::ZERO,
            executed_quote: Decimal::ZERO,
            prevented: Decimal::ZERO,
            prevented_match: None,
            status: Status::New,
            placed_us: now_us,
            updated_us: now_us,
            locked: lock,
        };
        self.orders.insert(id, order);

        let mut placed = Placed { id, trades: Vec::new(), touched: Vec::new() };
        for step in plan.steps {
            self.carry_out(step, &mut placed, now_us);
        }
        let Some(order) = self.orders.get_mut(&id) else { return Ok(placed) };
        if plan.taker_expires {
            order.prevented += order.remaining();
            order.status = Status::ExpiredInMatch;
        } else if order.remaining().is_zero() {
            order.status = if order.prevented.is_zero() { Status::Filled } else { Status::ExpiredInMatch };
        } else if !may_rest {
            order.status = Status::Expired;
        }
        if plan.taker_expires && order.prevented_match.is_none() {
            order.prevented_match = Some(self.next_prevented);
            self.next_prevented += 1;
        }
        self.settle(id);
        Ok(placed)
    }

    /// Brings book, open list and locked balance in line with an order's status, after anything happened to it.
    pub(super) fn settle(&mut self, id: OrderId) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        let (account, market_id, side) = (order.request.account, order.request.market, order.request.side);
        let open = order.is_open();
        let needed = match (open, side, order.request.price) {
            (true, Side::Buy, Some(price)) => price * order.remaining(),
            (true, Side::Sell, _) => order.remaining(),
            _ => Decimal::ZERO,
        };
        let released = order.locked - needed;
        order.locked = needed;
        let market = &mut self.markets[market_id];
        let owner = &mut self.accounts[account];
        if open {
            market.insert(order);
            owner.open.insert(id);
        } else {
            market.remove(order);
            owner.open.remove(&id);
        }
        let paid_with = if side == Side::Buy { market.quote } else { market.base };
        owner.balances[paid_with].locked -= released;
        owner.balances[paid_with].free += released;
        if !open && account == HOUSE {
            self.orders.remove(&id);
        } else if !open {
            self.done.push_back(id);
            self.forget();
        }
    }

    /// Drops the oldest finished order when there are too many.
    fn forget(&mut self) {
        if self.done.len() <= DONE_ORDERS_MAX {
            return;
        }
        let Some(order) = self.done.pop_front().and_then(|id| self.orders.remove(&id)) else { return };
        let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
        if ids.get(&order.request.client_id) == Some(&order.id) {
            ids.remove(&order.request.client_id);
        }
    }

    fn paid_with(&self, market: MarketId, side: Side) -> usize {
        let market = &self.markets[market];
        if side == Side::Buy { market.quote } else { market.base }
    }
}

/// Finished orders that can still be asked for; the oldest are forgotten, as venues archive them.
const DONE_ORDERS_MAX: usize = 200_000;
