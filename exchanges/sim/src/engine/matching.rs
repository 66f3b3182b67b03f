//! Matching: what an incoming order meets, worked out before anything is changed, and then carried out.

use rust_decimal::Decimal;

use super::order::{NewOrder, OrderId, Party, Placed, SelfTrade, Side, Size, Status, Trade, opposite};
use super::{Engine, HOUSE};

/// One meeting of an incoming order with a resting one.
pub(super) enum Step {
    Decrement { maker: OrderId, quantity: Decimal },
    ExpireMaker(OrderId),
    Trade { maker: OrderId, price: Decimal, quantity: Decimal },
}

/// What an incoming order will do to the book, worked out before anything is changed.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) base: Decimal,
    pub(super) quote: Decimal,
    pub(super) prevented: Decimal,
    /// What the prevented quantity would have cost.
    pub(super) prevented_quote: Decimal,
    pub(super) taker_expires: bool,
}

impl Engine {
    /// Walks the other side of the book, best price first and then earliest order.
    pub(super) fn plan(&self, request: &NewOrder) -> Plan {
        let market = &self.markets[request.market];
        let mut plan = Plan::default();
        for (rank, id) in market.book(opposite(request.side)) {
            let Some(maker) = self.orders.get(id) else { continue };
            let price = rank.abs();
            let crosses = match (request.price, request.side) {
                (None, _) => true,
                (Some(limit), Side::Buy) => price <= limit,
                (Some(limit), Side::Sell) => price >= limit,
            };
            let wanted = match request.size {
                Size::Base(quantity) => quantity - plan.base - plan.prevented,
                Size::Quote(amount) => market.instrument.lots_for(amount - plan.quote - plan.prevented_quote, price),
            };
            if !crosses || wanted <= Decimal::ZERO {
                break;
            }
            let quantity = wanted.min(maker.remaining());
            // An amount of the quote asset may leave less than a lot here and still buy one further down: it stops here.
            let satisfied = wanted < maker.remaining();
            let own = maker.request.account == request.account;
            match if own { request.self_trade } else { SelfTrade::Allow } {
                SelfTrade::Allow => {
                    plan.steps.push(Step::Trade { maker: *id, price, quantity });
                    plan.base += quantity;
                    plan.quote += price * quantity;
                }
                SelfTrade::Decrement => {
                    plan.steps.push(Step::Decrement { maker: *id, quantity });
                    plan.prevented += quantity;
                    plan.prevented_quote += price * quantity;
                }
                SelfTrade::ExpireBoth => {
                    plan.steps.push(Step::ExpireMaker(*id));
                    plan.taker_expires = true;
                    break;
                }
                SelfTrade::ExpireMaker => {
                    plan.steps.push(Step::ExpireMaker(*id));
                    continue;
                }
                SelfTrade::ExpireTaker => {
                    plan.taker_expires = true;
                    break;
                }
            }
            if satisfied {
                break;
            }
        }
        plan
    }

    pub(super) fn carry_out(&mut self, step: Step, placed: &mut Placed, now_us: u64) {
        let maker_id = match step {
            Step::Trade { maker, price, quantity } => {
                let trade = self.trade(placed.id, maker, price, quantity, now_us);
                placed.trades.extend(trade);
                maker
            }
            Step::Decrement { maker, quantity } => {
                let prevented_match = Some(self.next_prevented);
                self.next_prevented += 1;
                for id in [maker, placed.id] {
                    if let Some(order) = self.orders.get_mut(&id) {
                        order.prevented += quantity;
                        order.prevented_match = prevented_match;
                        order.updated_us = now_us;
                    }
                }
                maker
            }
            Step::ExpireMaker(maker) => {
                if let Some(order) = self.orders.get_mut(&maker) {
                    order.prevented += order.remaining();
                    order.prevented_match = Some(self.next_prevented);
                    order.updated_us = now_us;
                    self.next_prevented += 1;
                }
                maker
            }
        };
        let Some(maker) = self.orders.get_mut(&maker_id) else { return };
        if maker.remaining().is_zero() {
            maker.status = if maker.prevented.is_zero() { Status::Filled } else { Status::ExpiredInMatch };
        }
        if maker.request.account != HOUSE {
            let filled_now = placed.trades.last().is_some_and(|trade| {
                let party = if trade.buyer_is_maker { &trade.buyer } else { &trade.seller };
                party.order == maker_id && trade.quantity == maker.executed
            });
            placed.touched.push((maker_id, filled_now));
        }
        self.settle(maker_id);
    }

    /// Moves the money of one match and writes it into both orders.
    fn trade(
        &mut self,
        taker: OrderId,
        maker: OrderId,
        price: Decimal,
        quantity: Decimal,
        now_us: u64,
    ) -> Option<Trade> {
        let cost = price * quantity;
        let market_id = self.orders.get(&taker)?.request.market;
        let taker_side = self.orders.get(&taker)?.request.side;
        let (base, quote) = (self.markets[market_id].base, self.markets[market_id].quote);
        let decimals = {
            let instrument = &self.markets[market_id].instrument;
            (instrument.base_decimals, instrument.quote_decimals)
        };
        let mut parties = [taker, maker].into_iter().map(|id| {
            let order = self.orders.get_mut(&id)?;
            let account = order.request.account;
            let (paid, amount, received, proceeds, digits) = match order.request.side {
                Side::Buy => (quote, cost, base, quantity, decimals.0),
                Side::Sell => (base, quantity, quote, cost, decimals.1),
            };
            let rate = match account {
                HOUSE => Decimal::ZERO,
                _ if id == taker => self.fees.taker,
                _ => self.fees.maker,
            };
            let fee = (proceeds * rate).trunc_with_scale(digits);
            order.locked -= amount;
            order.executed += quantity;
            order.executed_quote += cost;
            order.status = Status::PartlyFilled;
            order.updated_us = now_us;
            let balances = &mut self.accounts[account].balances;
            balances[paid].locked -= amount;
            balances[received].free += proceeds - fee;
            self.fees_paid[received] += fee;
            Some(Party { order: id, account, fee })
        });
        let (taker, maker) = (parties.next()??, parties.next()??);
        let buyer_is_maker = taker_side == Side::Sell;
        let (buyer, seller) = if buyer_is_maker { (maker, taker) } else { (taker, maker) };
        let trade = Trade {
            id: self.next_trade,
            market: market_id,
            price,
            quantity,
            quote_quantity: cost,
            time_us: now_us,
            buyer,
            seller,
            buyer_is_maker,
        };
        self.next_trade += 1;
        self.markets[market_id].last_price = price;
        self.trades.push_back(trade.clone());
        if self.trades.len() > TRADES_MAX {
            self.trades.pop_front();
        }
        Some(trade)
    }
}

/// Trades that can still be listed.
const TRADES_MAX: usize = 100_000;
