//! An order's life: it enters, waits or works, is changed, is taken off, and ends. What it holds of its account's balance
//! follows.

use rust_decimal::Decimal;

use super::lists::ListId;
use super::matching::{Plan, Taker};
use super::order::{Expiry, NewOrder, Order, OrderId, Placed, Refusal, Size, Status, TimeInForce, opposite};
use super::timers::Timer;
use super::{Due, Engine, HOUSE, MarketId};

/// How an order begins.
pub(super) enum Beginning {
    /// With the order of its list before it.
    Pending,
    /// With the market.
    Waiting,
    Working(Start),
}

/// What an order does and holds as it begins to work.
pub(super) struct Start {
    limit: Option<Decimal>,
    quantity: Decimal,
    plan: Plan,
    /// Post only, and it would match: it ends.
    would_take: bool,
    /// Of what it pays with.
    pub(super) lock: Decimal,
}

impl Engine {
    /// Takes an order in: matches it and lets the rest stand where it may.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn place(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let market = request.market;
        let placed = self.enter(request, now_us)?;
        self.go_on(market, now_us);
        Ok(placed)
    }

    /// Takes an open order off, and all of its list with it. These are the orders that were open.
    pub(crate) fn cancel(&mut self, id: OrderId, now_us: u64) -> Vec<OrderId> {
        let Some(order) = self.orders.get(&id).filter(|order| order.is_open()) else { return Vec::new() };
        let market = order.request.market;
        let mut ids = order.list.and_then(|list| self.lists.get(&list)).map_or(vec![id], |list| list.orders.clone());
        ids.retain(|id| self.orders.get(id).is_some_and(Order::is_open));
        for id in &ids {
            if let Some(order) = self.orders.get_mut(id) {
                (order.status, order.updated_us) = (Status::Canceled, now_us);
            }
        }
        for &id in &ids {
            self.settle(id);
        }
        self.go_on(market, now_us);
        ids
    }

    /// Takes a cancel of an open order that is carried out at `due_us`; until then the order goes on.
    pub(crate) fn cancel_later(&mut self, id: OrderId, due_us: u64) {
        if let Some(order) = self.orders.get_mut(&id).filter(|order| order.is_open() && order.cancels_us.is_none()) {
            order.cancels_us = Some(due_us);
            self.timers.insert((due_us, Timer::Cancel(id)));
        }
    }

    pub(super) fn enter(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        self.admit(&[&request])?;
        let beginning = self.beginning(&request)?;
        self.check_funds([(self.paid_with(request.market, request.side), self.need(&request, &beginning)?)], &request)?;
        let id = self.record(request, &beginning, None, now_us);
        Ok(self.begin(id, beginning, now_us))
    }

    /// Whether an account may have these orders too, all of one market.
    pub(super) fn admit(&self, requests: &[&NewOrder]) -> Result<(), Refusal> {
        let Some(&first) = requests.first() else { return Ok(()) };
        let (account, market) = (first.account, first.market);
        for (place, request) in requests.iter().enumerate() {
            let taken = self.order_by_client_id(account, market, &request.client_id).is_some_and(Order::is_open);
            if taken || requests[..place].iter().any(|earlier| earlier.client_id == request.client_id) {
                return Err(Refusal::DuplicateClientId);
            }
        }
        let instrument = &self.markets[market].instrument;
        let open_here = || self.open_orders(account, Some(market));
        // Counting is only worth it when the account's open orders on all markets could be too many.
        if self.accounts[account].open.len() + requests.len() > instrument.open_orders_max as usize {
            instrument.check_open_orders(open_here().count() + requests.len())?;
        }
        let waits = |request: &NewOrder| request.trigger.is_some();
        let algos = requests.iter().filter(|request| waits(request)).count();
        if algos > 0 {
            let open = open_here().filter(|order| waits(&order.request)).count();
            instrument.check_algo_orders(open + algos)?;
        }
        Ok(())
    }

    /// How an order would begin that depends on no other.
    pub(super) fn beginning(&self, request: &NewOrder) -> Result<Beginning, Refusal> {
        self.check_trigger(request)?;
        match request.trigger {
            Some(_) => Ok(Beginning::Waiting),
            None => self.prepare(request, request.size, None).map(Beginning::Working),
        }
    }

    /// What an order would do if it began to work now; its id where it has one.
    pub(super) fn prepare(&self, request: &NewOrder, size: Size, id: Option<OrderId>) -> Result<Start, Refusal> {
        let (market, side, position) = (request.market, request.side, request.position);
        let instrument = &self.markets[market].instrument;
        let limit = match request.peg {
            Some(peg) => Some(self.peg_price(market, side, peg)?),
            None => request.price,
        };
        if let (Some(_), Some(limit), Size::Base(quantity)) = (request.peg, limit, size) {
            instrument.check_price(limit, side)?;
            instrument.check_value(request, limit, quantity)?;
        }
        let (account, self_trade) = (request.account, request.self_trade);
        let mut plan = self.plan(&Taker { account, market, side, position, limit, size, self_trade });
        let would_take = request.post_only && !plan.steps.is_empty();
        if would_take && !request.ends_if_taking {
            return Err(Refusal::WouldTake);
        }
        let quantity = match size {
            Size::Base(quantity) => quantity,
            Size::Quote(_) if self.markets[market].book(opposite(side)).is_empty() => {
                return Err(Refusal::NoLiquidity);
            }
            Size::Quote(_) if plan.base + plan.prevented < instrument.lot_size => {
                return Err(Refusal::LiquidityBelowLot);
            }
            Size::Position | Size::Proceeds | Size::Quote(_) => plan.base + plan.prevented,
        };
        self.check_reduction(request, quantity, id)?;
        match request.time_in_force {
            TimeInForce::FillOrKill if plan.base < quantity => plan = Plan::default(),
            TimeInForce::FillOrRefuse if plan.base < quantity => return Err(Refusal::FillOrKill),
            _ if would_take => plan = Plan::default(),
            _ => {}
        }
        let (cost, base) = match limit {
            Some(price) => (price.checked_mul(quantity).ok_or(Refusal::InsufficientBalance)?, quantity),
            None => (plan.quote, plan.base),
        };
        let lock = self.hold(request, cost, base);
        Ok(Start { limit, quantity, plan, would_take, lock })
    }

    /// Gives an order its id. It holds nothing yet.
    pub(super) fn record(
        &mut self,
        request: NewOrder,
        beginning: &Beginning,
        list: Option<ListId>,
        now_us: u64,
    ) -> OrderId {
        let id = self.next_order;
        self.next_order += 1;
        if request.account != HOUSE {
            let ids = &mut self.accounts[request.account].by_client_id[request.market];
            ids.insert(request.client_id.clone(), id);
        }
        let quantity = match (beginning, request.size) {
            (Beginning::Working(start), _) => start.quantity,
            (_, Size::Base(quantity)) => quantity,
            (_, Size::Position | Size::Proceeds | Size::Quote(_)) => Decimal::ZERO,
        };
        if let Some(time_us) = request.good_till_us {
            self.timers.insert((time_us, Timer::GoodTill(id)));
        }
        let order = Order {
            id,
            quantity,
            executed: Decimal::ZERO,
            executed_quote: Decimal::ZERO,
            prevented: Decimal::ZERO,
            prevented_match: None,
            status: if matches!(beginning, Beginning::Pending) { Status::Pending } else { Status::New },
            expiry: None,
            list,
            placed_us: now_us,
            updated_us: now_us,
            working_us: None,
            trail: None,
            cancels_us: None,
            limit: None,
            shown: None,
            turn: 0,
            locked_at: self.locked_at(&request),
            locked: Decimal::ZERO,
            request,
        };
        self.orders.insert(id, order);
        id
    }

    /// Lets a recorded order begin.
    pub(super) fn begin(&mut self, id: OrderId, beginning: Beginning, now_us: u64) -> Placed {
        let mut placed = Placed { order: self.orders[&id].clone(), trades: Vec::new(), preventions: Vec::new() };
        if let Beginning::Working(start) = beginning {
            self.work(start, &mut placed, now_us);
        } else {
            self.settle(id);
        }
        if let Some(order) = self.orders.get(&id) {
            placed.order = order.clone();
        }
        placed
    }

    /// Matches an order and lets the rest stand where it may.
    pub(super) fn work(&mut self, start: Start, placed: &mut Placed, now_us: u64) {
        let id = placed.order.id;
        let Some(order) = self.orders.get_mut(&id) else { return };
        let market = order.request.market;
        order.working_us.get_or_insert(now_us);
        order.limit = start.limit;
        order.locked_at = start.limit.unwrap_or(order.locked_at);
        order.turn = self.next_turn;
        self.next_turn += 1;
        self.lock(id, start.lock);
        for step in start.plan.steps {
            self.carry_out(step, placed, now_us);
        }
        let Some(order) = self.orders.get_mut(&id) else { return };
        if start.plan.taker_expires || (order.remaining().is_zero() && !order.prevented.is_zero()) {
            order.status = Status::ExpiredInMatch;
        } else if order.remaining().is_zero() {
            order.status = Status::Filled;
        } else if start.would_take {
            order.expire(Expiry::WouldTake, now_us);
        } else if order.limit.is_none() {
            order.expire(Expiry::Liquidity, now_us);
        } else {
            match order.request.time_in_force {
                TimeInForce::FillOrKill | TimeInForce::FillOrRefuse => order.expire(Expiry::FillOrKill, now_us),
                TimeInForce::ImmediateOrCancel => order.expire(Expiry::ImmediateOrCancel, now_us),
                TimeInForce::GoodTillCanceled => {
                    order.shown = order.request.iceberg.map(|_| order.slice(order.remaining()));
                }
            }
        }
        self.settle(id);
        self.note_positions(market, &placed.trades);
        self.spread_word(market, &placed.trades);
    }

    /// Lets an order begin to work that waited for the market or for its list. It expires when it is refused now.
    pub(super) fn begin_late(&mut self, id: OrderId, now_us: u64) {
        self.measure_position(id);
        let Some(order) = self.orders.get(&id).filter(|order| order.is_open()) else { return };
        let asset = self.paid_with(order.request.market, order.request.side);
        let start = self.prepare(&order.request, Size::Base(order.quantity), Some(id)).ok();
        // The two of a pair share what one of them holds.
        let held = order.locked + self.other_leg(order).map_or(Decimal::ZERO, |other| other.locked);
        let within = self.available(order.request.account, asset).max(Decimal::ZERO) + held;
        match start.filter(|start| start.lock <= within) {
            Some(start) => drop(self.begin(id, Beginning::Working(start), now_us)),
            None => self.expire(id, Expiry::Refused, now_us),
        }
    }

    pub(super) fn expire(&mut self, id: OrderId, why: Expiry, now_us: u64) {
        if let Some(order) = self.orders.get_mut(&id).filter(|order| order.is_open()) {
            order.expire(why, now_us);
            self.settle(id);
        }
    }

    /// What follows from what has just happened: the house quotes again, and orders that waited begin, one by one.
    pub(super) fn go_on(&mut self, market: MarketId, now_us: u64) {
        self.restock(market, now_us);
        while let Some(due) = self.due.pop_front() {
            match due {
                Due::Triggered(id) => {
                    self.begin_leg(id, now_us);
                    self.begin_late(id, now_us);
                }
                Due::Filled(list) => self.begin_pending(list, now_us),
                Due::Position(account, market) => self.expire_excess(account, market, now_us),
            }
            self.restock(market, now_us);
        }
    }

    /// Brings book, open list and locked balance in line with an order's status, after anything happened to it.
    pub(super) fn settle(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(&id) else { return };
        let needed = self.needed(order);
        self.lock(id, needed);
        let Some(order) = self.orders.get(&id) else { return };
        let account = order.request.account;
        let market = &mut self.markets[order.request.market];
        let open = order.is_open();
        // What began to work waits no longer.
        if !order.is_waiting() {
            market.waiting.remove(&id);
        }
        if open {
            market.insert(order);
            self.accounts[account].open.insert(id);
        } else {
            market.remove(order);
            self.accounts[account].open.remove(&id);
        }
        if account == HOUSE {
            if !open {
                self.orders.remove(&id);
            }
            return;
        }
        self.changed.push(id);
        if !open {
            self.follow_in_list(id);
            self.done.push_back(id);
            self.forget();
        }
    }

    /// Drops the oldest finished order when there are too many, and its list with it.
    fn forget(&mut self) {
        if self.done.len() <= DONE_ORDERS_MAX {
            return;
        }
        let Some(order) = self.done.pop_front().and_then(|id| self.orders.remove(&id)) else { return };
        let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
        if ids.get(&order.request.client_id) == Some(&order.id) {
            ids.remove(&order.request.client_id);
        }
        if let Some(list) = order.list {
            self.lists.remove(&list);
        }
    }
}

/// Finished orders that can still be asked for; the oldest are forgotten, as venues archive them.
const DONE_ORDERS_MAX: usize = 200_000;
