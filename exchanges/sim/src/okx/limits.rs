//! How often the venue answers: so many requests of a call in two seconds, of an address, an account, or an account and an
//! instrument; and so many orders and changes of contracts of an account, whatever the call. No header tells any of it.
//!
//! Source: "Rate Limits" of the overview, and of each call.

use super::errors::Failure;
use super::{Context, ROUTES, Route};
use crate::engine::MarketId;
use crate::limits::{Budget, Counter, RateLimits};

/// Of one call.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// In [`SECONDS`].
    pub(super) amount: u64,
    pub(super) per: Per,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Per {
    Account,
    Address,
    /// Of an account.
    Instrument,
}

/// Source: "Sub-account rate limit": 1,000 orders and changes in two seconds, spot apart. Nobody is banned.
pub(super) fn of_the_venue() -> RateLimits {
    let orders = vec![Budget::new(1_000, SECONDS)];
    RateLimits { orders, calls: true, violations_before_ban: u64::MAX, ..RateLimits::BANS }
}

impl Context<'_, '_> {
    /// Counts one request.
    pub(super) fn count(&mut self, route: &Route, market: Option<MarketId>) -> Result<(), Failure> {
        let of_address = route.limit.per == Per::Address;
        let counter = Counter {
            call: (route.method, route.path),
            peer: of_address.then_some(self.call.peer),
            account: if of_address { 0 } else { self.account },
            market,
        };
        let budget = Budget::new(route.limit.amount, SECONDS);
        self.venue.count_call(counter, budget, self.now_us).map(drop).map_err(|_| Failure::TOO_MANY)
    }

    /// Counts one order of a request, or a change or a cancel of one. A batch of one counts as an order by itself.
    pub(super) fn count_order(&mut self, market: MarketId, several: bool, is_cancel: bool) -> Result<(), Failure> {
        let path = self.call.path.strip_prefix("/api/v5").unwrap_or_default();
        let path = match path {
            "/trade/batch-orders" if !several => "/trade/order",
            "/trade/cancel-batch-orders" if !several => "/trade/cancel-order",
            "/trade/amend-batch-orders" if !several => "/trade/amend-order",
            path => path,
        };
        let Some(route) = ROUTES.iter().find(|route| route.method == "POST" && route.path == path) else {
            return Ok(());
        };
        self.count(route, Some(market))?;
        if is_cancel || !self.venue.engine().market(market).instrument.is_contract() {
            return Ok(());
        }
        let (now_us, account) = (self.now_us, self.account);
        let counts = &mut self.venue.trader_mut(account).orders;
        if counts.iter_mut().any(|window| window.used(now_us) >= window.limit) {
            return Err(Failure::TOO_MANY_OF_ACCOUNT);
        }
        let each = vec![1; counts.len()];
        self.venue.count_orders(account, &each, now_us);
        Ok(())
    }
}

/// Over how long all of them are counted.
const SECONDS: u64 = 2;
