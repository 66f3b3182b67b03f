//! Refusals in the venue's words. Source: <https://www.okx.com/docs-v5/en/#error-code>.

use std::borrow::Cow;

use crate::engine::Refusal;
use crate::instrument::BrokenRule;
use crate::state::StateError;

/// A refusal: of a whole request, or of one order in it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    code: u32,
    pub(super) message: Cow<'static, str>,
}

impl Failure {
    pub(super) const BODY: Self = Self::with(400, 50002, "JSON syntax error");
    pub(super) const EXPIRED: Self = Self::with(
        200,
        50036,
        "The expTime can't be earlier than the current system time. Please adjust and try again.",
    );
    pub(super) const METHOD: Self = Self::with(405, 50115, "Invalid request type");
    pub(super) const MODE: Self =
        Self::with(200, 51010, "You can't complete this request under your current account mode.");
    pub(super) const NAMELESS: Self = Self::with(200, 51003, "Either client order ID or order ID is required.");
    pub(super) const NO_BODY: Self = Self::with(400, 50000, "Body for POST request cannot be empty.");
    pub(super) const NO_INSTRUMENT: Self =
        Self::with(200, 51001, "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
    pub(super) const NO_ORDER: Self = Self::with(200, 51603, "Order does not exist.");
    pub(super) const NO_POSITION: Self = Self::with(200, 51023, "Position does not exist.");
    pub(super) const NOT_AMENDED: Self =
        Self::with(200, 51503, "Order modification failed as the order has been filled, canceled or does not exist.");
    pub(super) const NOT_FOUND: Self = Self::with(404, 50005, "API endpoint has been inactivated or unavailable");
    pub(super) const NOT_OPEN: Self =
        Self::with(200, 51400, "Order cancellation failed as the order has been filled, canceled or does not exist.");
    pub(super) const TOO_MANY: Self = Self::with(200, 50011, "Too Many Requests");
    pub(super) const TOO_MANY_OF_ACCOUNT: Self =
        Self::with(200, 50061, "You've reached the maximum order rate limit for this account.");
    pub(super) const TOO_SMALL: Self =
        Self::with(200, 51020, "Your order should meet or exceed the minimum order amount.");
    pub(super) const WOULD_TAKE: Self =
        Self::with(200, 51511, "Operation failed as the order price doesn't meet the requirement for Post Only.");

    pub(super) const fn with(status: u16, code: u32, message: &'static str) -> Self {
        Self { status, code, message: Cow::Borrowed(message) }
    }

    /// A parameter that is missing or that cannot be.
    pub(super) fn parameter(name: &str) -> Self {
        Self { status: 400, code: 51000, message: format!("Parameter {name} error").into() }
    }

    /// As replies have it.
    pub(super) fn code(&self) -> String {
        self.code.to_string()
    }
}

impl From<StateError> for Failure {
    fn from(_: StateError) -> Self {
        Self::with(500, 50026, "System error. Try again later.")
    }
}

impl From<BrokenRule> for Failure {
    fn from(rule: BrokenRule) -> Self {
        let (code, message) = match rule {
            BrokenRule::AlgoOrders => (51261, "The number of pending stop orders has reached the upper limit"),
            BrokenRule::IcebergParts | BrokenRule::OrderLists | BrokenRule::TrailingDelta => (51000, "Parameter error"),
            BrokenRule::MarketQuantity => (51202, "Market order amount exceeds the maximum amount."),
            BrokenRule::Notional => (51020, "Your order should meet or exceed the minimum order amount."),
            BrokenRule::OpenOrders => (51174, "The number of pending orders has reached the upper limit"),
            BrokenRule::Price | BrokenRule::PriceBand => (51006, "Order price is not within the price limit"),
            BrokenRule::Quantity => (51121, "Order quantity must be a multiple of the lot size."),
        };
        Self::with(200, code, message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::DuplicateClientId => Self::with(200, 51016, "Client order ID already exists."),
            Refusal::InsufficientBalance => Self::with(200, 51008, "Order failed. Insufficient balance in account."),
            Refusal::FillOrKill | Refusal::LiquidityBelowLot | Refusal::NoLiquidity => {
                Self::with(200, 51140, "Order failed because there is no sell order on the order book.")
            }
            Refusal::NoPegPrice | Refusal::PriceRelation => Self::parameter("px"),
            Refusal::ReduceOnly => Self::with(
                200,
                51169,
                "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
            ),
            Refusal::Rule(rule) => rule.into(),
            Refusal::WouldTake => Self::WOULD_TAKE,
            Refusal::WouldTrigger => Self::with(200, 51278, "SL trigger price can't be lower than the last price."),
        }
    }
}
