//! What the account holds, what it traded, what it pays.
//!
//! **Source** of all: <https://developers.binance.com/docs/derivatives/usds-margined-futures/account/rest-api>, read as of
//! 2026-01-15.

use std::time::Duration;

use orderwire::decimal::Decimal;
use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::position::Position;
use orderwire::venue::{
    Balances, BuildError, Cost, Draft, Endpoint, GetFeeRates, GetFills, GetPositions, Method, Request, Response,
    RestError, Text, Window,
};

use super::UsdmVenue;
use super::replies;
use crate::queries;

/// What the account's wallet holds of each coin: what is available for new orders is free, the rest of the wallet's balance locked.
/// Weight 5. Source: "Futures Account Balance V3".
impl Endpoint<UsdmVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v3/balance";

    fn cost(&self) -> Cost {
        Cost::weight(5)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft.query(), window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// The account's positions; instruments with open orders alone are left out. Weight 5. Source: "Position Information V3".
impl Endpoint<UsdmVenue> for GetPositions {
    type Reply = Vec<Position>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v3/positionRisk";

    fn cost(&self) -> Cost {
        Cost::weight(5)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(self.symbol, venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Position>, RestError> {
        replies::positions(response, self.symbol)
    }
}

/// Asks for the account as a whole: margins, coins, positions. Weight 5. Source: "Account Information V3".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetAccount {}

impl Endpoint<UsdmVenue> for GetAccount {
    type Reply = UsdmAccount;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v3/account";

    fn cost(&self) -> Cost {
        Cost::weight(5)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft.query(), window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<UsdmAccount, RestError> {
        replies::account(response)
    }
}

/// An account as a whole. **Units**: USDT alone in single-asset mode, the value of all coins in USD in multi-assets mode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsdmAccount {
    /// What the wallet holds.
    pub wallet_balance: Decimal,
    /// What closing all positions at their mark prices would bring.
    pub unrealized: Decimal,
    /// The two together.
    pub margin_balance: Decimal,
    /// What positions and open orders hold at the leverage set.
    pub initial_margin: Decimal,
    /// What positions must keep lest they are closed by force.
    pub maintenance_margin: Decimal,
    /// What new orders may use.
    pub available: Decimal,
    /// The coins.
    pub assets: Vec<MarginAsset>,
    /// The positions; without entry and mark prices, which [`GetPositions`] has.
    pub positions: Vec<Position>,
}

/// What an account holds of one coin. **Units**: that coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MarginAsset {
    /// The coin.
    pub asset: Text<24>,
    /// What the wallet holds.
    pub wallet_balance: Decimal,
    /// What closing all positions in it would bring.
    pub unrealized: Decimal,
    /// What positions and open orders hold.
    pub initial_margin: Decimal,
    /// What positions must keep.
    pub maintenance_margin: Decimal,
    /// What new orders may use.
    pub available: Decimal,
}

impl UsdmAccount {
    /// `sums` in the order of the fields.
    pub(super) const fn new(sums: [Decimal; 6], assets: Vec<MarginAsset>, positions: Vec<Position>) -> Self {
        let [wallet_balance, unrealized, margin_balance, initial_margin, maintenance_margin, available] = sums;
        Self {
            wallet_balance,
            unrealized,
            margin_balance,
            initial_margin,
            maintenance_margin,
            available,
            assets,
            positions,
        }
    }
}

impl MarginAsset {
    /// `sums` in the order of the fields.
    pub(super) const fn new(asset: Text<24>, sums: [Decimal; 5]) -> Self {
        let [wallet_balance, unrealized, initial_margin, maintenance_margin, available] = sums;
        Self { asset, wallet_balance, unrealized, initial_margin, maintenance_margin, available }
    }
}

/// The account's executions, at most 1,000 of them; of the last 7 days, unless one asks from a trade on. Weight 5. Source: "Account
/// Trade List".
impl Endpoint<UsdmVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/userTrades";

    fn cost(&self) -> Cost {
        Cost::weight(5)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::fills(self, venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

/// What the venue takes of a trade, the same of both sides. Weight 20. Source: "User Commission Rate".
///
/// The discount for paying in BNB is not in it.
impl Endpoint<UsdmVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/commissionRate";

    fn cost(&self) -> Cost {
        Cost::weight(20)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(Some(self.symbol), venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Asks how many orders the account may place. Weight 1. Source: "Query User Rate Limit".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetOrderLimits {}

impl Endpoint<UsdmVenue> for GetOrderLimits {
    type Reply = Vec<OrderLimit>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/rateLimit/order";

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft.query(), window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderLimit>, RestError> {
        replies::order_limits(response)
    }
}

/// How many orders an account may place. How many it has shows in the headers of their answers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderLimit {
    /// Over how long orders are counted.
    pub interval: Duration,
    /// How many there may be.
    pub limit: u64,
}

impl OrderLimit {
    pub(super) const fn new(interval: Duration, limit: u64) -> Self {
        Self { interval, limit }
    }
}

/// Most bytes of an account's answer that are taken: more positions than the venue has instruments, 1 KB each.
const ACCOUNT_BYTES_MAX: usize = 2 * 1024 * 1024;
