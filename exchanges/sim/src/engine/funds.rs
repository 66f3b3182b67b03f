//! What orders hold of their accounts' balances: everything an open order may come to pay is locked.

use rust_decimal::Decimal;

use super::Engine;
use super::life::Beginning;
use super::order::{MarketId, NewOrder, Order, OrderId, Refusal, Side, Size, Status};

impl Engine {
    /// What an order holds of what it pays with from its first moment on.
    pub(super) fn need(&self, request: &NewOrder, beginning: &Beginning) -> Result<Decimal, Refusal> {
        match (beginning, request.size) {
            (Beginning::Working(start), _) => Ok(start.lock),
            _ if self.holds_late(request) => Ok(Decimal::ZERO),
            (_, Size::Base(quantity)) => {
                let cost = self.locked_at(request).checked_mul(quantity).ok_or(Refusal::InsufficientBalance)?;
                Ok(self.hold(request, cost, quantity))
            }
            (_, Size::Position | Size::Proceeds | Size::Quote(_)) => Ok(Decimal::ZERO),
        }
    }

    /// Whether an order holds nothing while it waits.
    fn holds_late(&self, request: &NewOrder) -> bool {
        request.holds_late || self.markets[request.market].instrument.is_contract()
    }

    /// What an order that works holds of what it pays with: for so much of the base asset, which costs so much.
    pub(super) fn hold(&self, request: &NewOrder, cost: Decimal, quantity: Decimal) -> Decimal {
        let is_contract = self.markets[request.market].instrument.is_contract();
        match (is_contract, request.side) {
            (true, _) if request.only_reduces() => Decimal::ZERO,
            (true, _) => self.margin(request.account, request.market, cost),
            (false, Side::Buy) => cost,
            (false, Side::Sell) => quantity,
        }
    }

    /// The price that stands for what a buyer will pay later: its own, else the one it waits for, else the market's.
    /// Venues do not say what a market order holds while it waits.
    pub(super) fn locked_at(&self, request: &NewOrder) -> Decimal {
        let stop_price = request.trigger.and_then(|trigger| trigger.stop_price);
        request.price.or(stop_price).unwrap_or(self.markets[request.market].last_price)
    }

    /// Whether what an account has available covers these amounts, each of an asset.
    pub(super) fn check_funds(
        &self,
        needs: impl IntoIterator<Item = (usize, Decimal)>,
        request: &NewOrder,
    ) -> Result<(), Refusal> {
        let mut available: Vec<_> =
            (0..self.assets.len()).map(|asset| self.available(request.account, asset)).collect();
        for (asset, amount) in needs {
            available[asset] -= amount;
            // What holds nothing is no question of funds, however deep they are in a loss.
            if available[asset] < Decimal::ZERO && !amount.is_zero() {
                return Err(Refusal::InsufficientBalance);
            }
        }
        Ok(())
    }

    /// What an order has to hold of what it pays with.
    pub(super) fn needed(&self, order: &Order) -> Decimal {
        let by_itself = |order: &Order| match (order.is_open(), order.status, order.request.size) {
            (false, ..) => Decimal::ZERO,
            // What was bought for it so far.
            (_, Status::Pending, Size::Proceeds) => order.locked,
            _ if order.is_waiting() && self.holds_late(&order.request) => Decimal::ZERO,
            _ => self.hold(&order.request, order.locked_at * order.remaining(), order.remaining()),
        };
        let needed = by_itself(order);
        // Only one of a pair can be executed: the one that needs more holds the balance of both.
        match self.other_leg(order).map(|other| (by_itself(other), other.id)) {
            Some((others, other)) if others > needed || (others == needed && other < order.id) => Decimal::ZERO,
            _ => needed,
        }
    }

    /// Has an order hold exactly this much.
    pub(super) fn lock(&mut self, id: OrderId, amount: Decimal) {
        let Some(order) = self.orders.get(&id) else { return };
        let (account, asset) = (order.request.account, self.paid_with(order.request.market, order.request.side));
        let more = amount - order.locked;
        let balance = &mut self.accounts[account].balances[asset];
        balance.free -= more;
        balance.locked += more;
        if let Some(order) = self.orders.get_mut(&id) {
            order.locked = amount;
        }
    }

    /// The asset that an order of this side pays with.
    pub(super) fn paid_with(&self, market: MarketId, side: Side) -> usize {
        let market = &self.markets[market];
        if side == Side::Buy || market.instrument.is_contract() { market.quote } else { market.base }
    }
}
