//! Contracts: positions in place of deliveries, and the margin that holds them.
//!
//! A trade of a contract moves no base asset. It changes a position of each side; what a smaller position brings, and the
//! fee, move the balance of the quote asset, which is the account's wallet. An order that may make a position larger
//! locks the initial margin of what is left of it. A position holds its own at the last price, which it is valued at too.
//!
//! Margin is that of crossed positions, whatever an account says of a market. Nobody is closed by force, and nothing is
//! paid between long and short positions as time passes.

use std::collections::HashMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::order::{AccountId, Expiry, MarketId, NewOrder, Order, OrderId, Refusal, Side, Size, Trade};
use super::{Due, Engine, HOUSE};

/// Which position of an account in a market: its one, or one of two.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub(crate) enum PositionSide {
    Long,
    #[default]
    Net,
    Short,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Position {
    pub(crate) market: MarketId,
    pub(crate) side: PositionSide,
    /// Negative of a short one.
    pub(crate) quantity: Decimal,
    /// What it was bought for; negative of a short one.
    pub(crate) cost: Decimal,
    pub(crate) updated_us: u64,
}

/// What an account has chosen for a market.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Terms {
    pub(crate) leverage: u32,
    pub(crate) isolated: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { leverage: LEVERAGE, isolated: false }
    }
}

impl Position {
    /// No position, of a market where there are only orders.
    pub(crate) fn none(market: MarketId, side: PositionSide) -> Self {
        Self { market, side, quantity: Decimal::ZERO, cost: Decimal::ZERO, updated_us: 0 }
    }

    /// Average price it was opened at; zero without one.
    pub(crate) fn entry_price(&self) -> Decimal {
        self.cost.checked_div(self.quantity).unwrap_or_default()
    }

    /// Takes a trade in. What the part of it that made the position smaller brought.
    fn trade(&mut self, bought: Decimal, price: Decimal) -> Decimal {
        let opposes = !self.quantity.is_zero() && self.quantity.is_sign_negative() != bought.is_sign_negative();
        // Of the same sign as the position.
        let closed = match (opposes, bought.abs() >= self.quantity.abs()) {
            (false, _) => Decimal::ZERO,
            (true, false) => -bought,
            (true, true) => self.quantity,
        };
        let cost = if closed == self.quantity {
            self.cost
        } else {
            // What rounding leaves stays with the rest of the position: nothing is lost.
            (self.cost * closed / self.quantity).round_dp(AMOUNT_DECIMALS)
        };
        self.quantity += bought;
        self.cost += price * (bought + closed) - cost;
        price * closed - cost
    }
}

impl Engine {
    /// Positions of an account that there are.
    pub(crate) fn positions(&self, account: AccountId) -> impl Iterator<Item = &Position> {
        self.accounts[account].positions.iter().filter(|position| !position.quantity.is_zero())
    }

    pub(crate) fn terms(&self, account: AccountId, market: MarketId) -> Terms {
        self.accounts[account].terms[market]
    }

    /// Whether an account has a long and a short position in a market rather than one.
    pub(crate) fn is_hedged(&self, account: AccountId) -> bool {
        self.accounts[account].hedged
    }

    /// What closing a position at the last price would bring.
    pub(crate) fn unrealized(&self, position: &Position) -> Decimal {
        self.markets[position.market].last_price * position.quantity - position.cost
    }

    /// What a position holds of the wallet.
    pub(crate) fn position_margin(&self, account: AccountId, position: &Position) -> Decimal {
        let worth = self.markets[position.market].last_price * position.quantity.abs();
        self.margin(account, position.market, worth)
    }

    /// What an account may still use of an asset.
    pub(crate) fn available(&self, account: AccountId, asset: usize) -> Decimal {
        let of_asset = self.positions(account).filter(|position| self.markets[position.market].quote == asset);
        let held = of_asset.map(|position| self.position_margin(account, position) - self.unrealized(position));
        self.accounts[account].balances[asset].free - held.sum::<Decimal>()
    }

    /// Initial margin of so much worth, rounded up.
    pub(super) fn margin(&self, account: AccountId, market: MarketId, worth: Decimal) -> Decimal {
        let margin = worth / Decimal::from(self.terms(account, market).leverage);
        margin.round_dp_with_strategy(AMOUNT_DECIMALS, RoundingStrategy::AwayFromZero)
    }

    /// How much an order could take off its position, once so much more was bought for it.
    pub(super) fn reducible(&self, request: &NewOrder, bought: Decimal) -> Decimal {
        let is_its = |other: &&Position| (other.market, other.side) == (request.market, request.position);
        let position = self.positions(request.account).find(is_its).map_or(Decimal::ZERO, |position| position.quantity);
        let position = position + bought;
        if request.side == Side::Sell { position } else { -position }.max(Decimal::ZERO)
    }

    /// Refuses an order that only reduces where there is too little to reduce, with what others are to take off already.
    pub(super) fn check_reduction(
        &self,
        request: &NewOrder,
        quantity: Decimal,
        id: Option<OrderId>,
    ) -> Result<(), Refusal> {
        if !request.only_reduces() {
            return Ok(());
        }
        let same_way = |other: &&Order| {
            (other.request.position, other.request.side) == (request.position, request.side) && Some(other.id) != id
        };
        let others = self.reducing(request.account, request.market).filter(same_way);
        // What closes a position takes all of it, and leaves nothing to the others.
        let promised = match request.size {
            Size::Position => Decimal::ZERO,
            _ => others.map(Order::remaining).sum(),
        };
        let position = self.reducible(request, Decimal::ZERO);
        if quantity.is_zero() || quantity + promised > position { Err(Refusal::ReduceOnly) } else { Ok(()) }
    }

    /// An order that closes a position gets its quantity: all of it.
    pub(super) fn measure_position(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(&id).filter(|order| order.request.size == Size::Position) else { return };
        let most = self.markets[order.request.market].instrument.market_quantity_max;
        let quantity = self.reducible(&order.request, Decimal::ZERO).min(most);
        if let Some(order) = self.orders.get_mut(&id) {
            order.quantity = quantity;
        }
    }

    /// The working orders of an account that only reduce, oldest first.
    fn reducing(&self, account: AccountId, market: MarketId) -> impl Iterator<Item = &Order> {
        self.open_orders(account, Some(market)).filter(|order| order.is_resting() && order.request.only_reduces())
    }

    /// Notes whose positions trades have changed.
    pub(super) fn note_positions(&mut self, market: MarketId, trades: &[Trade]) {
        if !self.markets[market].instrument.is_contract() {
            return;
        }
        for account in trades.iter().flat_map(|trade| [trade.buyer.account, trade.seller.account]) {
            let due = Due::Position(account, market);
            if account != HOUSE && !self.due.contains(&due) {
                self.due.push_back(due);
            }
        }
    }

    /// A position has changed: orders expire that would reduce it by more than there is, the latest first.
    pub(super) fn expire_excess(&mut self, account: AccountId, market: MarketId, now_us: u64) {
        let mut left = HashMap::new();
        let mut excess = Vec::new();
        for order in self.reducing(account, market) {
            let request = &order.request;
            let left = left.entry((request.position, request.side == Side::Buy));
            let left = left.or_insert_with(|| self.reducible(request, Decimal::ZERO));
            if order.remaining() <= *left {
                *left -= order.remaining();
            } else {
                excess.push(order.id);
            }
        }
        for id in excess {
            self.expire(id, Expiry::Position, now_us);
        }
    }

    /// Moves what one side of a trade of a contract moves: position and wallet. What it realized.
    pub(super) fn trade_contract(
        &mut self,
        request: (AccountId, MarketId, PositionSide, Side),
        price: Decimal,
        quantity: Decimal,
        now_us: u64,
    ) -> Decimal {
        let (account, market, side, way) = request;
        let positions = &mut self.accounts[account].positions;
        let place = positions.iter().position(|other| (other.market, other.side) == (market, side));
        let place = place.unwrap_or_else(|| {
            let (quantity, cost) = (Decimal::ZERO, Decimal::ZERO);
            positions.push(Position { market, side, quantity, cost, updated_us: now_us });
            positions.len() - 1
        });
        let position = &mut positions[place];
        position.updated_us = now_us;
        position.trade(if way == Side::Buy { quantity } else { -quantity }, price)
    }
}

/// Leverage until an account says another. Source: what Binance's futures start with.
const LEVERAGE: u32 = 20;
/// Decimals of amounts of money.
const AMOUNT_DECIMALS: u32 = 8;
