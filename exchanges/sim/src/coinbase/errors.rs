//! Refusals in the venue's words. Source: "Create Order", "Edit Order", and the error body that all pages have.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engine::{NewOrder, Refusal, Side, Size, TriggerKind};
use crate::instrument::{BrokenRule, Instrument};
use crate::state::StateError;

/// A request that came to nothing.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Status(Status),
    /// Whatever is wrong with its token.
    Unauthorized,
}

/// A status, and gRPC's code and its name.
#[derive(Clone, Debug)]
pub(super) struct Status {
    pub(super) status: u16,
    code: u8,
    word: &'static str,
    message: Cow<'static, str>,
}

impl Status {
    pub(super) fn told(&self) -> Value {
        json!({
            "error": self.word, "code": self.code, "message": self.message, "error_details": self.message, "details": [],
        })
    }
}

impl Failure {
    pub(super) fn new(status: u16, code: u8, word: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Status(Status { status, code, word, message: message.into() })
    }

    /// A parameter that is missing, or that cannot be.
    pub(super) fn argument(name: &str) -> Self {
        Self::new(400, 3, "INVALID_ARGUMENT", format!("invalid argument: {name}"))
    }

    pub(super) fn not_found(message: &'static str) -> Self {
        Self::new(404, 5, "NOT_FOUND", message)
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, 8, "RESOURCE_EXHAUSTED", "too many requests")
    }
}

impl From<StateError> for Failure {
    fn from(_: StateError) -> Self {
        Self::new(500, 13, "INTERNAL", "internal error")
    }
}

/// Where no word fits.
pub(super) const UNKNOWN_PREVIEW: &str = "UNKNOWN_PREVIEW_FAILURE_REASON";

/// An order that was not taken: told with status 200.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// `UNKNOWN_FAILURE_REASON` where only the preview before it has a word.
    error: &'static str,
    pub(super) preview: &'static str,
    message: &'static str,
}

impl Refused {
    pub(super) const BUSY: Self = Self::new("COMMANDER_REJECTED_NEW_ORDER", UNKNOWN_PREVIEW, "rejected");
    pub(super) const CONFIGURATION: Self =
        Self::new("INVALID_ORDER_CONFIG", "PREVIEW_INVALID_ORDER_CONFIG", "The order configuration was invalid");
    pub(super) const END_TIME: Self = Self::previewed("PREVIEW_INVALID_END_TIME");
    pub(super) const FUNDS: Self =
        Self::new("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND", "Insufficient balance in source account");
    pub(super) const LEVERAGE: Self = Self::previewed("PREVIEW_INVALID_LEVERAGE");
    pub(super) const LIQUIDITY: Self =
        Self::new("INVALID_NO_LIQUIDITY", "PREVIEW_INVALID_NO_LIQUIDITY", "No liquidity");
    pub(super) const MARGIN: Self = Self::previewed("PREVIEW_INVALID_MARGIN_TYPE");
    pub(super) const POST_ONLY: Self = Self::new(
        "INVALID_LIMIT_PRICE_POST_ONLY",
        "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY",
        "Invalid limit price post only",
    );
    pub(super) const PRICE: Self =
        Self::new("INVALID_LIMIT_PRICE", "PREVIEW_INVALID_LIMIT_PRICE", "Invalid limit price");
    pub(super) const PRICE_PRECISION: Self =
        Self::new("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION", "Too many decimals in order price");
    pub(super) const PRODUCT: Self =
        Self::new("INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID", "Invalid product_id");
    pub(super) const QUOTE_PRECISION: Self = Self::previewed("PREVIEW_INVALID_QUOTE_SIZE_PRECISION");
    pub(super) const SIDE: Self = Self::new("INVALID_SIDE", "PREVIEW_INVALID_SIDE", "Invalid side");
    pub(super) const SIZE_PRECISION: Self =
        Self::new("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION", "Too many decimals in order amount");
    pub(super) const STOP_ABOVE_LIMIT: Self = Self::previewed("PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE");
    pub(super) const STOP_BELOW_LIMIT: Self = Self::previewed("PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE");
    pub(super) const UNSUPPORTED: Self = Self::new(
        "UNSUPPORTED_ORDER_CONFIGURATION",
        "PREVIEW_INVALID_ORDER_CONFIG",
        "source is not enabled for trading",
    );

    const fn new(error: &'static str, preview: &'static str, message: &'static str) -> Self {
        Self { error, preview, message }
    }

    const fn previewed(preview: &'static str) -> Self {
        Self::new("UNKNOWN_FAILURE_REASON", preview, "")
    }

    /// The order's answer.
    pub(super) fn told(&self, configuration: &Value) -> Value {
        json!({
            "success": false, "failure_reason": "UNKNOWN_FAILURE_REASON", "order_id": "",
            "error_response": {
                "error": self.error, "message": self.message, "error_details": "",
                "preview_failure_reason": self.preview, "new_order_failure_reason": self.error,
            },
            "order_configuration": configuration,
        })
    }

    /// A rule that an order for an instrument breaks.
    pub(super) fn of_rule(rule: BrokenRule, order: &NewOrder, instrument: &Instrument) -> Self {
        let is_of_tick = order.price.is_none_or(|price| (price % instrument.tick_size).is_zero());
        let (size, is_in_quote) = match order.size {
            Size::Base(size) => (size, false),
            Size::Quote(amount) => (amount, true),
            Size::Position | Size::Proceeds => (Decimal::ZERO, false),
        };
        let price = if is_in_quote { Decimal::ONE } else { order.price.unwrap_or(instrument.reference_price) };
        let is_dear = price.checked_mul(size).is_none_or(|value| value > instrument.notional_max);
        let is_large = is_dear || (!is_in_quote && size > instrument.quantity_max);
        match rule {
            BrokenRule::AlgoOrders | BrokenRule::OpenOrders | BrokenRule::OrderLists => Self::BUSY,
            BrokenRule::IcebergParts | BrokenRule::TrailingDelta => Self::CONFIGURATION,
            BrokenRule::Price if !is_of_tick => Self::PRICE_PRECISION,
            // The limit price is right: it is the stop price.
            BrokenRule::Price if order.trigger.is_some() => Self::previewed("PREVIEW_INVALID_STOP_PRICE_PRECISION"),
            BrokenRule::Price => Self::PRICE,
            BrokenRule::PriceBand => Self::previewed("PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
            BrokenRule::Quantity if !(size % instrument.lot_size).is_zero() => Self::SIZE_PRECISION,
            BrokenRule::MarketQuantity => Self::previewed("PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"),
            BrokenRule::Notional | BrokenRule::Quantity => Self::previewed(match (is_in_quote, is_large) {
                (false, false) => "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL",
                (false, true) => "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE",
                (true, false) => "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
                (true, true) => "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE",
            }),
        }
    }

    /// An order that the engine did not take.
    pub(super) fn of_engine(refusal: Refusal, order: &NewOrder, instrument: &Instrument) -> Self {
        match refusal {
            Refusal::InsufficientBalance => Self::FUNDS,
            Refusal::Rule(rule) => Self::of_rule(rule, order, instrument),
            Refusal::WouldTake => Self::POST_ONLY,
            Refusal::WouldTrigger => {
                let is_stop = order.trigger.is_some_and(|trigger| trigger.kind == TriggerKind::StopLoss);
                Self::previewed(if is_stop == (order.side == Side::Buy) {
                    "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"
                } else {
                    "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"
                })
            }
            Refusal::LiquidityBelowLot | Refusal::NoLiquidity => Self::LIQUIDITY,
            // What the engine refuses in other venues' stead.
            Refusal::DuplicateClientId
            | Refusal::FillOrKill
            | Refusal::NoPegPrice
            | Refusal::PriceRelation
            | Refusal::ReduceOnly => Self::BUSY,
        }
    }
}
