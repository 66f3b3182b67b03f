//! Matching: what an incoming order meets, worked out before anything is changed, and then carried out.
//!
//! An iceberg shows a part of itself. When that part is used up the next one shows, behind all others of its price.

use std::collections::{HashMap, VecDeque};

use rust_decimal::Decimal;

use super::order::{
    MarketId, Order, OrderId, Party, Placed, Prevention, SelfTrade, Side, Size, Status, Trade, opposite,
};
use super::positions::PositionSide;
use super::{AccountId, Engine, HOUSE};

/// What comes to the book.
pub(super) struct Taker {
    pub(super) account: AccountId,
    pub(super) market: MarketId,
    pub(super) side: Side,
    pub(super) position: PositionSide,
    /// `None` takes any price.
    pub(super) limit: Option<Decimal>,
    pub(super) size: Size,
    pub(super) self_trade: SelfTrade,
}

/// One meeting of an incoming order with a resting one.
pub(super) enum Step {
    /// Self-trade prevention; the quantity is what both would have traded.
    Prevent {
        maker: OrderId,
        price: Decimal,
        quantity: Decimal,
        mode: SelfTrade,
    },
    Trade {
        maker: OrderId,
        price: Decimal,
        quantity: Decimal,
    },
}

/// What an incoming order will do to the book, worked out before anything is changed.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) base: Decimal,
    pub(super) quote: Decimal,
    pub(super) prevented: Decimal,
    /// What the prevented quantity would have cost.
    prevented_quote: Decimal,
    pub(super) taker_expires: bool,
}

/// What shows of a resting order as the incoming one comes to it.
struct Meeting {
    rank: Decimal,
    maker: OrderId,
    visible: Decimal,
    /// All that is left of it, what shows included.
    left: Decimal,
}

impl Engine {
    /// Walks the other side of the book, best price first and then by turn.
    pub(super) fn plan(&self, taker: &Taker) -> Plan {
        let market = &self.markets[taker.market];
        let mut plan = Plan::default();
        let mut book = market.book(opposite(taker.side)).iter().peekable();
        // Icebergs that show anew, behind the others of their price.
        let mut again = VecDeque::new();
        // What positions become by it, for makers that may reduce theirs alone.
        let mut bought = HashMap::new();
        loop {
            let is_last_of_price = |meeting: &Meeting| book.peek().is_none_or(|(rank, ..)| *rank > meeting.rank);
            let meeting = if again.front().is_some_and(is_last_of_price) {
                again.pop_front()
            } else {
                book.next().and_then(|(rank, _, id)| {
                    let maker = self.orders.get(id)?;
                    Some(Meeting { rank: *rank, maker: *id, visible: maker.visible(), left: maker.remaining() })
                })
            };
            let Some(Meeting { rank, maker: id, mut visible, mut left }) = meeting else { break };
            let Some(maker) = self.orders.get(&id) else { continue };
            let price = rank.abs();
            let of_maker = (maker.request.account, maker.request.position);
            if maker.request.only_reduces() {
                // What is beyond that expires as soon as the position has changed.
                let moved = bought.get(&of_maker).copied().unwrap_or_default();
                visible = visible.min(self.reducible(&maker.request, moved));
                left = left.min(visible);
                if visible.is_zero() {
                    continue;
                }
            }
            let crosses = match (taker.limit, taker.side) {
                (None, _) => true,
                (Some(limit), Side::Buy) => price <= limit,
                (Some(limit), Side::Sell) => price >= limit,
            };
            let wanted = match taker.size {
                Size::Base(quantity) => quantity - plan.base - plan.prevented,
                Size::Position | Size::Proceeds => Decimal::ZERO,
                Size::Quote(amount) => market.instrument.lots_for(amount - plan.quote - plan.prevented_quote, price),
            };
            if !crosses || wanted <= Decimal::ZERO {
                break;
            }
            let quantity = wanted.min(visible);
            let mode = if maker.request.account == taker.account { taker.self_trade } else { SelfTrade::Allow };
            plan.steps.push(match mode {
                SelfTrade::Allow => Step::Trade { maker: id, price, quantity },
                _ => Step::Prevent { maker: id, price, quantity, mode },
            });
            match mode {
                SelfTrade::Allow => {
                    plan.base += quantity;
                    plan.quote += price * quantity;
                    if market.instrument.is_contract() {
                        let sign = if taker.side == Side::Buy { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
                        *bought.entry((taker.account, taker.position)).or_default() += sign * quantity;
                        *bought.entry(of_maker).or_default() -= sign * quantity;
                    }
                }
                SelfTrade::Decrement | SelfTrade::Transfer => {
                    plan.prevented += quantity;
                    plan.prevented_quote += price * quantity;
                }
                SelfTrade::ExpireBoth | SelfTrade::ExpireTaker => {
                    plan.taker_expires = true;
                    break;
                }
                SelfTrade::ExpireMaker => continue,
            }
            // An amount of the quote asset may leave less than a lot here and still buy one further down: it stops here.
            if wanted < visible {
                break;
            }
            let left = left - quantity;
            if left > Decimal::ZERO {
                again.push_back(Meeting { rank, maker: id, visible: maker.slice(left), left });
            }
        }
        plan
    }

    pub(super) fn carry_out(&mut self, step: Step, placed: &mut Placed, now_us: u64) {
        let taker = placed.order.id;
        let maker = match step {
            Step::Trade { maker, price, quantity } => {
                self.begin_leg(maker, now_us);
                let trade = self.trade(taker, maker, price, quantity, now_us);
                placed.trades.extend(trade);
                self.show_less(maker, quantity);
                maker
            }
            Step::Prevent { maker, price, quantity, mode } => {
                let prevention = self.prevent([taker, maker], price, quantity, mode, now_us);
                placed.preventions.extend(prevention);
                if matches!(mode, SelfTrade::Decrement | SelfTrade::Transfer) {
                    self.show_less(maker, quantity);
                }
                maker
            }
        };
        let Some(maker) = self.orders.get_mut(&maker) else { return };
        if maker.remaining().is_zero() {
            maker.status = if maker.prevented.is_zero() { Status::Filled } else { Status::ExpiredInMatch };
        }
        let maker = maker.id;
        self.settle(maker);
    }

    /// Takes off both orders, or off one, what self-trade prevention says.
    fn prevent(
        &mut self,
        [taker, maker]: [OrderId; 2],
        price: Decimal,
        quantity: Decimal,
        mode: SelfTrade,
        now_us: u64,
    ) -> Option<Prevention> {
        use SelfTrade::{Allow, Decrement, ExpireBoth, ExpireMaker, ExpireTaker, Transfer};
        let of = |order: &Order, [all_by, off_by]: [SelfTrade; 2]| match mode {
            Allow => None,
            Decrement | Transfer => Some(quantity),
            _ => (mode == all_by || mode == off_by).then(|| order.remaining()),
        };
        let prevention = Prevention {
            id: self.next_prevented,
            account: self.orders.get(&taker)?.request.account,
            market: self.orders.get(&taker)?.request.market,
            taker,
            maker,
            mode,
            price,
            taker_quantity: of(self.orders.get(&taker)?, [ExpireBoth, ExpireTaker]),
            maker_quantity: of(self.orders.get(&maker)?, [ExpireBoth, ExpireMaker]),
            time_us: now_us,
        };
        self.next_prevented += 1;
        for (id, quantity) in [(taker, prevention.taker_quantity), (maker, prevention.maker_quantity)] {
            if let (Some(order), Some(quantity)) = (self.orders.get_mut(&id), quantity) {
                order.prevented += quantity;
                order.prevented_match = Some(prevention.id);
                order.updated_us = now_us;
            }
        }
        self.preventions.push_back(prevention.clone());
        if self.preventions.len() > PREVENTIONS_MAX {
            self.preventions.pop_front();
        }
        Some(prevention)
    }

    /// What shows of an iceberg has become less; when it is gone, the next part shows and queues anew.
    fn show_less(&mut self, id: OrderId, quantity: Decimal) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        let Some(shown) = order.shown else { return };
        order.shown = Some(shown - quantity);
        if shown == quantity {
            self.markets[order.request.market].remove(order);
            order.shown = Some(order.slice(order.remaining()));
            order.turn = self.next_turn;
            self.next_turn += 1;
        }
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
        let market = self.orders.get(&taker)?.request.market;
        let buyer_is_maker = self.orders.get(&taker)?.request.side == Side::Sell;
        let taker = self.pay(taker, price, quantity, self.fees.taker, now_us)?;
        let maker = self.pay(maker, price, quantity, self.fees.maker, now_us)?;
        self.first_fills.extend(taker.1.then_some((taker.0.account, Liquidity::Taker)));
        self.first_fills.extend(maker.1.then_some((maker.0.account, Liquidity::Maker)));
        let (buyer, seller) = if buyer_is_maker { (maker.0, taker.0) } else { (taker.0, maker.0) };
        let trade = Trade {
            id: self.next_trade,
            market,
            price,
            quantity,
            quote_quantity: price * quantity,
            time_us: now_us,
            buyer,
            seller,
            buyer_is_maker,
        };
        self.next_trade += 1;
        self.markets[market].last_price = price;
        self.markets[market].house_short = true;
        self.trades.push_back(trade.clone());
        if self.trades.len() > TRADES_MAX {
            self.trades.pop_front();
        }
        Some(trade)
    }

    /// One side of a match: its party, and whether it is the first fill of its order.
    fn pay(
        &mut self,
        id: OrderId,
        price: Decimal,
        quantity: Decimal,
        rate: Decimal,
        now_us: u64,
    ) -> Option<(Party, bool)> {
        let order = self.orders.get_mut(&id)?;
        let market = &self.markets[order.request.market];
        let (account, position) = (order.request.account, order.request.position);
        let is_contract = market.instrument.is_contract();
        let cost = price * quantity;
        let (paid, amount, received, proceeds, digits) = match order.request.side {
            // The margin that it holds follows when all of the order's trades are made.
            _ if is_contract => (market.quote, Decimal::ZERO, market.quote, cost, market.instrument.quote_decimals),
            Side::Buy => (market.quote, cost, market.base, quantity, market.instrument.base_decimals),
            Side::Sell => (market.base, quantity, market.quote, cost, market.instrument.quote_decimals),
        };
        let fee = if account == HOUSE { Decimal::ZERO } else { (proceeds * rate).trunc_with_scale(digits) };
        let is_first = order.executed.is_zero() && account != HOUSE;
        order.locked -= amount;
        order.executed += quantity;
        order.executed_quote += cost;
        order.status = Status::PartlyFilled;
        order.updated_us = now_us;
        let of_position = (account, order.request.market, position, order.request.side);
        let realized =
            if is_contract { self.trade_contract(of_position, price, quantity, now_us) } else { Decimal::ZERO };
        let proceeds = if is_contract { realized } else { proceeds };
        let balances = &mut self.accounts[account].balances;
        balances[paid].locked -= amount;
        balances[received].free += proceeds - fee;
        self.fees_paid[received] += fee;
        self.keep_proceeds(id, received, proceeds, fee);
        Some((Party { order: id, account, fee, position, realized }, is_first))
    }
}

/// Whether an order was in the book or came to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Liquidity {
    Maker,
    Taker,
}

/// Trades that can still be listed.
const TRADES_MAX: usize = 100_000;
/// Prevented matches that can still be listed.
const PREVENTIONS_MAX: usize = 10_000;
