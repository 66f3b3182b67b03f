//! Orders that wait for the market: stops, take-profits, and those that trail it.
//!
//! A waiting order holds its balance, is in no book, and hears of every trade of its market. It begins to work after the
//! order that made the trade is through, and may set off others then.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::order::{MarketId, NewOrder, Order, Refusal, Side, Trade};
use super::{Due, Engine};

/// What an order waits for. At least one of the two is there.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Trigger {
    pub(crate) kind: TriggerKind,
    pub(crate) stop_price: Option<Decimal>,
    /// How far the market has to turn, hundredths of a percent: from the first trade that reaches the stop price on, or
    /// from the next trade on without one.
    pub(crate) trailing_delta: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum TriggerKind {
    StopLoss,
    TakeProfit,
}

/// How far a trailing order has followed the market.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Trail {
    /// The lowest price since then for a buy, the highest for a sale.
    pub(crate) best: Decimal,
    pub(crate) since_us: u64,
}

impl Trigger {
    /// Whether it lies above the market, for an order of this side.
    pub(super) fn is_above(&self, side: Side) -> bool {
        (self.kind == TriggerKind::StopLoss) == (side == Side::Buy)
    }

    /// Whether a market at `price` is at the stop price or beyond it.
    fn is_reached(&self, side: Side, price: Decimal) -> bool {
        self.stop_price.is_some_and(|stop| if self.is_above(side) { price >= stop } else { price <= stop })
    }
}

impl Order {
    /// Takes a trade in; whether it makes the order begin.
    fn hear(&mut self, price: Decimal, now_us: u64) -> bool {
        let side = self.request.side;
        let Some(trigger) = self.request.trigger else { return false };
        let Some(delta) = trigger.trailing_delta else { return trigger.is_reached(side, price) };
        let Some(trail) = &mut self.trail else {
            // The first trade that counts is the first best price. Source: scenarios A to D of `trailing-stop-faq.md`.
            if trigger.stop_price.is_none() || trigger.is_reached(side, price) {
                self.trail = Some(Trail { best: price, since_us: now_us });
            }
            return false;
        };
        let turn = trail.best * Decimal::new(delta.into(), BASIS_POINT_DECIMALS);
        match side {
            Side::Buy if price >= trail.best + turn => return true,
            Side::Buy => trail.best = trail.best.min(price),
            Side::Sell if price <= trail.best - turn => return true,
            Side::Sell => trail.best = trail.best.max(price),
        }
        false
    }
}

impl Engine {
    /// Refuses an order whose stop price the market has reached already.
    pub(super) fn check_trigger(&self, request: &NewOrder) -> Result<(), Refusal> {
        let last_price = self.markets[request.market].last_price;
        match &request.trigger {
            Some(trigger) if trigger.is_reached(request.side, last_price) => Err(Refusal::WouldTrigger),
            _ => Ok(()),
        }
    }

    /// Tells the waiting orders of a market what was traded; those that begin by it wait in line.
    pub(super) fn spread_word(&mut self, market: MarketId, trades: &[Trade]) {
        for trade in trades {
            for id in &self.markets[market].waiting {
                let Some(order) = self.orders.get_mut(id) else { continue };
                if !self.due.contains(&Due::Triggered(*id)) && order.hear(trade.price, trade.time_us) {
                    self.due.push_back(Due::Triggered(*id));
                }
            }
        }
    }
}

/// A basis point is a ten-thousandth.
const BASIS_POINT_DECIMALS: u32 = 4;
