//! What the engine refuses, in the market's words. Source:
//! <https://github.com/binance/binance-spot-api-docs/blob/master/errors.md>, read 2026-07-21.

use crate::binance::Failure;
use crate::engine::Refusal;
use crate::instrument::BrokenRule;

/// An order that breaks a filter.
pub(super) fn broken(rule: BrokenRule) -> Failure {
    Failure::new(
        -1013,
        match rule {
            BrokenRule::AlgoOrders => "Filter failure: MAX_NUM_ALGO_ORDERS",
            BrokenRule::IcebergParts => "Filter failure: ICEBERG_PARTS",
            BrokenRule::MarketQuantity => "Filter failure: MARKET_LOT_SIZE",
            BrokenRule::Notional => "Filter failure: NOTIONAL",
            BrokenRule::OpenOrders => "Filter failure: MAX_NUM_ORDERS",
            BrokenRule::OrderLists => "Filter failure: MAX_NUM_ORDER_LISTS",
            BrokenRule::Price => "Filter failure: PRICE_FILTER",
            BrokenRule::PriceBand => "Filter failure: PERCENT_PRICE_BY_SIDE",
            BrokenRule::Quantity => "Filter failure: LOT_SIZE",
            BrokenRule::TrailingDelta => "Filter failure: TRAILING_DELTA",
        },
    )
}

/// An order that the engine did not take.
pub(super) fn refused(refusal: Refusal) -> Failure {
    let message = match refusal {
        Refusal::DuplicateClientId => "Duplicate order sent.",
        // Spot has no orders that could be refused so.
        Refusal::FillOrKill | Refusal::ReduceOnly => "Unsupported order combination.",
        Refusal::InsufficientBalance => "Account has insufficient balance for requested action.",
        Refusal::LiquidityBelowLot => "Order book liquidity is less than `LOT_SIZE` filter minimum quantity.",
        Refusal::NoLiquidity => "Order book liquidity is less than symbol minimum quantity.",
        Refusal::NoPegPrice => "Order book liquidity is too low for this pegged order.",
        Refusal::PriceRelation => "The relationship of the prices for the orders is not correct.",
        Refusal::Rule(rule) => return broken(rule),
        Refusal::WouldTake => "Order would immediately match and take.",
        Refusal::WouldTrigger => "Order would trigger immediately.",
    };
    Failure::new(-2010, message)
}
