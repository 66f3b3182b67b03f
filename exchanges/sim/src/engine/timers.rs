//! What an account sets for a market, and what happens by itself as time passes.
//!
//! Time passes when the engine is told: whoever asks it anything tells it first. What is due happens at its own time then,
//! in order, so that it makes no difference when it is told.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::order::{AccountId, Expiry, MarketId, OrderId};

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum Timer {
    Cancel(OrderId),
    /// Cancels the working orders of an account on a market.
    Countdown(AccountId, MarketId),
    GoodTill(OrderId),
}

/// What an account may choose.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Setting {
    /// All working orders of a market are canceled at this time, unless it is set again before.
    Countdown {
        market: MarketId,
        at_us: Option<u64>,
    },
    /// Whether it has a long and a short position in a market rather than one.
    Hedged(bool),
    Isolated {
        market: MarketId,
        isolated: bool,
    },
    Leverage {
        market: MarketId,
        leverage: u32,
    },
}

/// Why a setting was left as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SettingRefusal {
    Margin,
    OpenOrders,
    OpenPosition,
    Same,
}

impl Engine {
    /// Changes what an account has chosen.
    ///
    /// **Errors**: [`SettingRefusal`]; then nothing has changed.
    pub(crate) fn set(&mut self, account: AccountId, setting: Setting) -> Result<(), SettingRefusal> {
        match setting {
            Setting::Countdown { market, at_us } => {
                let countdown = Timer::Countdown(account, market);
                self.timers.retain(|(_, timer)| *timer != countdown);
                self.timers.extend(at_us.map(|at_us| (at_us, countdown)));
            }
            Setting::Hedged(hedged) => {
                self.check_quiet(account, None, self.accounts[account].hedged == hedged)?;
                self.accounts[account].hedged = hedged;
            }
            Setting::Isolated { market, isolated } => {
                let same = self.terms(account, market).isolated == isolated;
                self.check_quiet(account, Some(market), same)?;
                self.accounts[account].terms[market].isolated = isolated;
            }
            Setting::Leverage { market, leverage } => {
                let before = std::mem::replace(&mut self.accounts[account].terms[market].leverage, leverage);
                self.lock_anew(account, market);
                // More leverage holds less, whatever is left.
                if leverage < before && self.available(account, self.markets[market].quote) < Decimal::ZERO {
                    self.accounts[account].terms[market].leverage = before;
                    self.lock_anew(account, market);
                    return Err(SettingRefusal::Margin);
                }
            }
        }
        Ok(())
    }

    /// Whether an account has neither open orders nor positions on a market, or on any.
    fn check_quiet(&self, account: AccountId, market: Option<MarketId>, same: bool) -> Result<(), SettingRefusal> {
        let is_there = |other: MarketId| market.is_none_or(|market| market == other);
        if same {
            Err(SettingRefusal::Same)
        } else if self.open_orders(account, market).next().is_some() {
            Err(SettingRefusal::OpenOrders)
        } else if self.positions(account).any(|position| is_there(position.market)) {
            Err(SettingRefusal::OpenPosition)
        } else {
            Ok(())
        }
    }

    fn lock_anew(&mut self, account: AccountId, market: MarketId) {
        let open: Vec<_> =
            self.open_orders(account, Some(market)).map(|order| (order.id, self.needed(order))).collect();
        for (id, needed) in open {
            self.lock(id, needed);
        }
    }

    /// Lets happen what was due by now.
    pub(crate) fn pass_time(&mut self, now_us: u64) {
        while let Some(&(at_us, timer)) = self.timers.first().filter(|(at_us, _)| *at_us <= now_us) {
            self.timers.pop_first();
            match timer {
                Timer::Cancel(id) => drop(self.cancel(id, at_us)),
                Timer::Countdown(account, market) => {
                    let open = self.open_orders(account, Some(market)).filter(|order| order.is_resting());
                    for id in open.map(|order| order.id).collect::<Vec<_>>() {
                        drop(self.cancel(id, at_us));
                    }
                }
                Timer::GoodTill(id) => {
                    let Some(order) = self.orders.get(&id) else { continue };
                    let market = order.request.market;
                    self.expire(id, Expiry::GoodTill, at_us);
                    self.go_on(market, at_us);
                }
            }
        }
    }
}
