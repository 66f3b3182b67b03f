//! What the account holds, what it traded, what it pays, how it is set up.
//!
//! **Source** of all: <https://www.okx.com/docs-v5/en/#trading-account-rest-api>, read 2026-07-28.

use orderwire::id::Symbol;
use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, LimitKind, Method, Observed, Query,
    Request, Response, RestError, Timestamp, Window,
};

use crate::instruments::{family, needed};
use crate::order::venue_id;
use crate::positions::PositionMode;
use crate::{OkxVenue, limits, replies};

/// What the account has of each coin: what is available is free, what orders and positions hold is locked. 10 in 2 s. Source: "Get
/// balance".
impl Endpoint<OkxVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/balance";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// The account's executions of the last 3 days, the latest 100 of them, the oldest first. 60 in 2 s. Source: "Get transaction details".
///
/// The venue lists them from the latest backwards, by numbers that are not the trades': so none can be asked for from a trade on, and
/// [`GetFillsBetween`] asks for those before the first that one has.
impl Endpoint<OkxVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = FILLS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = fills(draft, self.symbol);
        match self.since {
            FillsSince::Order(order_id) => draft.pair("ordId", venue_id(&order_id)?),
            FillsSince::Recent => &mut draft,
            FillsSince::Time(time) => draft.pair_u64("begin", time.ms()),
            _ => {
                let cure = "ask for those of an order, or from a time on: OKX lists no executions by their number";
                return Err(BuildError::Unsupported { what: "asking for these fills", cure });
            }
        };
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

/// Asks for the account's executions between two times, the latest 100 of them, the oldest first. 60 in 2 s. Source: "Get transaction
/// details".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetFillsBetween {
    /// Of which instrument.
    pub symbol: Symbol,
    /// From this time on, to the millisecond.
    pub begin: Timestamp,
    /// Up to this time.
    pub end: Timestamp,
}

impl Endpoint<OkxVenue> for GetFillsBetween {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = FILLS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = fills(draft, self.symbol);
        draft.pair_u64("begin", self.begin.ms()).pair_u64("end", self.end.ms());
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

fn fills(draft: Draft<'_>, symbol: Symbol) -> Draft<'_, Query> {
    let mut draft = draft.query();
    draft.pair("instId", symbol.as_str());
    draft
}

const FILLS: &str = "/trade/fills";

/// What the venue takes of a trade, the same of both sides; below zero where it gives. 5 in 2 s. Source: "Get fee rates".
impl Endpoint<OkxVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/trade-fee";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let kind = needed(&self.symbol)?;
        let mut draft = draft.query();
        draft.pair("instType", kind.text());
        if kind.is_derivative() {
            draft.pair("instFamily", family(&self.symbol));
        } else {
            draft.pair("instId", self.symbol.as_str());
        }
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Asks how the account is set up. 5 in 2 s. Source: "Get account configuration".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetAccountConfig {}

impl Endpoint<OkxVenue> for GetAccountConfig {
    type Reply = AccountConfig;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/config";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AccountConfig, RestError> {
        replies::account_config(response)
    }
}

/// How an account is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountConfig {
    /// What it may trade, and with what as margin.
    pub mode: AccountMode,
    /// Whether it has one position in a contract, or one for each side.
    pub position_mode: PositionMode,
}

impl AccountConfig {
    pub(crate) const fn new(mode: AccountMode, position_mode: PositionMode) -> Self {
        Self { mode, position_mode }
    }
}

/// What an account may trade, and with what as margin. Source: "Get account configuration", `acctLv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountMode {
    /// Contracts too, each margined in its own coin.
    Futures,
    /// All coins are margin together.
    MultiCurrency,
    /// A mode that this version does not know.
    Other,
    /// All coins are margin together, by the risk of the whole.
    Portfolio,
    /// Spot alone.
    Spot,
}

/// Asks how many orders the account may send. 1 in 1 s. Source: "Get account rate limit".
///
/// The client counts by it from then on: new orders and changes of contracts, in windows of 2 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetOrderRate {}

/// How many orders and changes of contracts an account may send in 2 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderRate {
    /// Now.
    pub limit: u32,
    /// From the venue's next look at the account's share of orders filled; of accounts that it looks at.
    pub next: Option<u32>,
}

impl OrderRate {
    pub(crate) const fn new(limit: u32, next: Option<u32>) -> Self {
        Self { limit, next }
    }
}

impl Endpoint<OkxVenue> for GetOrderRate {
    type Reply = OrderRate;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/trade/account-rate-limit";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft, window)
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        if let Ok(rate) = self.decode(response) {
            observed.limit(LimitKind::Orders, limits::WINDOW, rate.limit);
        }
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderRate, RestError> {
        replies::order_rate(response)
    }
}

/// Most bytes of an account's answer that are taken: some 500 coins of 1.5 KB each.
const ACCOUNT_BYTES_MAX: usize = 2 * 1024 * 1024;
