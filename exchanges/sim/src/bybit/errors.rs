//! Refusals in the venue's words: Spot and contracts have codes of their own. Source: error, "HTTP Code", "UTA" and "Spot
//! Trade".

use std::borrow::Cow;

use super::{Category, plain};
use crate::engine::{NewOrder, Refusal, Side, Size};
use crate::instrument::{BrokenRule, Instrument};
use crate::state::StateError;

/// A refusal: of a whole request, or of one order in it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: Cow<'static, str>,
}

impl Failure {
    pub(super) const FORBIDDEN: Self = Self { status: 403, code: 0, message: Cow::Borrowed("Forbidden") };
    pub(super) const NOT_FOUND: Self = Self { status: 404, code: 0, message: Cow::Borrowed("404 page not found") };
    pub(super) const TOO_FREQUENT: Self =
        Self { status: 403, code: 0, message: Cow::Borrowed("403, access too frequent") };

    /// Business errors come with HTTP 200.
    pub(super) fn with(code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 200, code, message: message.into() }
    }

    pub(super) fn unauthorized(code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 401, code, message: message.into() }
    }

    /// A parameter that is missing or that cannot be.
    pub(super) fn parameter(name: &str) -> Self {
        Self::with(10001, format!("Request parameter error: {name}"))
    }

    /// The order that a request names is not there, or not any more.
    pub(super) fn no_order(category: Category) -> Self {
        match category {
            Category::Linear => Self::with(110001, "order not exists or too late to cancel"),
            Category::Spot => Self::with(170213, "Order does not exist."),
        }
    }

    pub(super) fn no_symbol(category: Category) -> Self {
        match category {
            Category::Linear => Self::with(10001, "params error: symbol invalid"),
            Category::Spot => Self::with(170121, "Invalid symbol."),
        }
    }

    pub(super) fn duplicate(category: Category) -> Self {
        match category {
            Category::Linear => Self::with(110072, "OrderLinkedID is duplicate"),
            Category::Spot => Self::with(170141, "Duplicate clientOrderId."),
        }
    }

    pub(super) fn too_little(category: Category) -> Self {
        match category {
            Category::Linear => Self::with(110007, "ab not enough for new order"),
            Category::Spot => Self::with(170131, "Insufficient balance."),
        }
    }

    pub(super) fn nothing_to_reduce() -> Self {
        Self::with(110017, "current position is zero, cannot fix reduce-only order qty")
    }
}

impl From<StateError> for Failure {
    fn from(_: StateError) -> Self {
        Self::with(10016, "Server error.")
    }
}

/// An order that the engine did not take.
pub(super) fn refused(category: Category, refusal: Refusal, order: &NewOrder, instrument: &Instrument) -> Failure {
    match refusal {
        Refusal::DuplicateClientId => Failure::duplicate(category),
        Refusal::InsufficientBalance => Failure::too_little(category),
        Refusal::ReduceOnly => Failure::nothing_to_reduce(),
        Refusal::Rule(rule) => broken(category, rule, order, instrument),
        // What the engine refuses in other venues' stead.
        Refusal::FillOrKill
        | Refusal::LiquidityBelowLot
        | Refusal::NoLiquidity
        | Refusal::NoPegPrice
        | Refusal::PriceRelation
        | Refusal::WouldTake
        | Refusal::WouldTrigger => Failure::with(170210, "New order rejected."),
    }
}

/// An order that breaks a rule of its instrument.
pub(super) fn broken(category: Category, rule: BrokenRule, order: &NewOrder, instrument: &Instrument) -> Failure {
    let price = order.price.unwrap_or_default();
    let quantity = match order.size {
        Size::Base(quantity) => quantity,
        Size::Position | Size::Proceeds | Size::Quote(_) => Default::default(),
    };
    let (spot, linear): ((u32, Cow<'static, str>), (u32, Cow<'static, str>)) = match rule {
        BrokenRule::AlgoOrders => (
            (170210, "New order rejected.".into()),
            (110009, "The number of stop orders exceeds the maximum allowable limit".into()),
        ),
        BrokenRule::IcebergParts | BrokenRule::OrderLists | BrokenRule::TrailingDelta => {
            ((170210, "New order rejected.".into()), (110032, "Order is illegal".into()))
        }
        BrokenRule::MarketQuantity => {
            ((170124, "Order amount too large.".into()), (10001, "qty exceeds the maximum of a market order".into()))
        }
        BrokenRule::Notional => (
            (170140, "Order value exceeded lower limit.".into()),
            (110094, "Order does not meet minimum order value".into()),
        ),
        BrokenRule::OpenOrders => (
            (170210, "New order rejected.".into()),
            (110020, "Not allowed to have more than 500 active orders.".into()),
        ),
        BrokenRule::Price if price > instrument.price_max => {
            ((170132, "Order price too high.".into()), (110003, "Order price exceeds the allowable range.".into()))
        }
        BrokenRule::Price => {
            ((170134, "Order price has too many decimals.".into()), (10001, "params error: price invalid".into()))
        }
        BrokenRule::PriceBand => {
            let (least, most) = instrument.price_band(order.side);
            let spot = if order.side == Side::Buy && most.is_some_and(|most| price > most) {
                (170193, format!("Buy order price cannot be higher than {}.", plain(most.unwrap_or_default())).into())
            } else {
                (170194, format!("Order price cannot be lower than {}.", plain(least.unwrap_or_default())).into())
            };
            (spot, (110003, "Order price exceeds the allowable range.".into()))
        }
        BrokenRule::Quantity if quantity > instrument.quantity_max => (
            (170124, "Order amount too large.".into()),
            (10001, "The number of contracts exceeds maximum limit".into()),
        ),
        BrokenRule::Quantity if quantity < instrument.lot_size => {
            ((170136, "Order quantity lower than the minimum.".into()), (10001, "params error: qty invalid".into()))
        }
        BrokenRule::Quantity => {
            ((170137, "Order quantity has too many decimals.".into()), (10001, "params error: qty invalid".into()))
        }
    };
    let (code, message) = if category == Category::Spot { spot } else { linear };
    Failure::with(code, message)
}
