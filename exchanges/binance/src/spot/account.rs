//! What the account holds, what it traded, what it pays.

use std::time::Duration;

use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Cost, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, Method, Request, Response,
    RestError, Window,
};

use super::SpotVenue;
use super::replies;
use crate::queries;

/// What the account holds, coins with nothing left out. Weight 20. Source:
/// <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#account-information-user_data>, read
/// 2026-07-21.
impl Endpoint<SpotVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account";

    fn cost(&self) -> Cost {
        Cost::weight(20)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put("omitZeroBalances=true");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// Most bytes of an account's answer that are taken: more coins than the venue lists, 100 bytes each.
const ACCOUNT_BYTES_MAX: usize = 1024 * 1024;

/// The account's executions, at most 1,000 of them. Weight 5 for one order, else 20. Source: rest-api.md, "Account trade
/// list".
impl Endpoint<SpotVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/myTrades";

    fn cost(&self) -> Cost {
        Cost::weight(if matches!(self.since, FillsSince::Order(_)) { 5 } else { 20 })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::fills(self, venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

/// What the venue takes of a trade: its standard, special and tax rates together. Weight 20. Source: rest-api.md, "Query
/// Commission Rates"; faqs/commission_faq.md.
///
/// The discount for paying in BNB is not in it.
impl Endpoint<SpotVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/commission";

    fn cost(&self) -> Cost {
        Cost::weight(20)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(Some(self.symbol), venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Asks how many unfilled orders count against the account's limits. Weight 40. Source: rest-api.md, "Query Unfilled Order
/// Count".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetOrderCounts {}

impl Endpoint<SpotVenue> for GetOrderCounts {
    type Reply = Vec<OrderCount>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/rateLimit/order";

    fn cost(&self) -> Cost {
        Cost::weight(40)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft.query(), window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderCount>, RestError> {
        replies::order_counts(response)
    }
}

/// How many unfilled orders count against one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderCount {
    /// Over how long orders are counted.
    pub interval: Duration,
    /// How many there may be.
    pub limit: u64,
    /// How many there are.
    pub count: u64,
}

impl OrderCount {
    pub(crate) const fn new(interval: Duration, limit: u64, count: u64) -> Self {
        Self { interval, limit, count }
    }
}
