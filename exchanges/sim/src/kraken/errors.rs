//! Refusals in the venue's words.

use std::borrow::Cow;

use crate::engine::Refusal;
use crate::instrument::BrokenRule;
use crate::state::StateError;

/// What is told of a request, or of an order of a batch, that was refused.
#[derive(Clone, Debug)]
pub(super) struct Failure(pub(super) Cow<'static, str>);

impl Failure {
    pub(super) const INSUFFICIENT_FUNDS: Self = Self::words("EOrder:Insufficient funds");
    pub(super) const INVALID_KEY: Self = Self::words("EAPI:Invalid key");
    pub(super) const INVALID_NONCE: Self = Self::words("EAPI:Invalid nonce");
    pub(super) const INVALID_SIGNATURE: Self = Self::words("EAPI:Invalid signature");
    pub(super) const LATE: Self = Self::words("EService:Deadline elapsed");
    pub(super) const NO_ORDER: Self = Self::words("EOrder:Unknown order");
    /// Of a query.
    pub(super) const NO_SUCH_ORDER: Self = Self::words("EOrder:Invalid order");
    pub(super) const RATE_LIMIT: Self = Self::words("EAPI:Rate limit exceeded");
    pub(super) const UNKNOWN_METHOD: Self = Self::words("EGeneral:Unknown method");
    pub(super) const UNKNOWN_PAIR: Self = Self::words("EQuery:Unknown asset pair");

    const fn words(words: &'static str) -> Self {
        Self(Cow::Borrowed(words))
    }

    /// A parameter that is missing, or that cannot be.
    pub(super) fn argument(name: &str) -> Self {
        Self(format!("EGeneral:Invalid arguments:{name}").into())
    }
}

impl From<StateError> for Failure {
    fn from(_: StateError) -> Self {
        Self::words("EGeneral:Internal error")
    }
}

/// An order that the engine did not take.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::DuplicateClientId => Self::argument("cl_ord_id already in use"),
            Refusal::InsufficientBalance => Self::INSUFFICIENT_FUNDS,
            Refusal::ReduceOnly => Self::words("EOrder:Reduce only:No position exists"),
            Refusal::Rule(rule) => rule.into(),
            Refusal::WouldTake => Self::words("EOrder:Post only order"),
            Refusal::WouldTrigger => Self::argument("price"),
            // What the engine refuses in other venues' stead.
            Refusal::FillOrKill
            | Refusal::LiquidityBelowLot
            | Refusal::NoLiquidity
            | Refusal::NoPegPrice
            | Refusal::PriceRelation => Self::argument("volume"),
        }
    }
}

impl From<BrokenRule> for Failure {
    fn from(rule: BrokenRule) -> Self {
        match rule {
            BrokenRule::AlgoOrders | BrokenRule::OpenOrders => Self::words("EOrder:Orders limit exceeded"),
            BrokenRule::Notional => Self::words("EOrder:Cost minimum not met"),
            BrokenRule::Price => Self::words("EOrder:Tick size check failed"),
            BrokenRule::PriceBand => Self::words("EOrder:Invalid price"),
            BrokenRule::Quantity => Self::words("EOrder:Order minimum not met"),
            BrokenRule::IcebergParts => Self::argument("displayvol"),
            BrokenRule::MarketQuantity | BrokenRule::OrderLists => Self::argument("volume"),
            BrokenRule::TrailingDelta => Self::argument("price"),
        }
    }
}
