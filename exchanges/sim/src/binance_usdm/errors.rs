//! What the engine refuses, in the market's words. Source:
//! <https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code>, read as of 2026-01-15.

use crate::binance::Failure;
use crate::engine::{NewOrder, Refusal, SettingRefusal, Side};
use crate::instrument::{BrokenRule, Instrument};

/// An order that breaks a filter.
pub(super) fn broken(rule: BrokenRule, order: &NewOrder, contract: &Instrument) -> Failure {
    let price = order.price.unwrap_or_default();
    match rule {
        BrokenRule::AlgoOrders => Failure::new(-4045, "Reach max stop order limit."),
        BrokenRule::IcebergParts | BrokenRule::OrderLists => Failure::unsupported(),
        BrokenRule::MarketQuantity => Failure::new(-4005, "Quantity greater than max quantity."),
        BrokenRule::Notional => {
            let least = contract.notional_min;
            let message = format!("Order's notional must be no smaller than {least} (unless you choose reduce only)");
            Failure::new(-4164, message)
        }
        BrokenRule::OpenOrders => Failure::new(-2025, "Reach max open order limit."),
        BrokenRule::Price if price > contract.price_max => Failure::new(-4002, "Price greater than max price."),
        BrokenRule::Price => Failure::new(-4014, "Price not increased by tick size."),
        BrokenRule::PriceBand if order.side == Side::Buy => {
            let most = contract.price_band(Side::Buy).1.unwrap_or_default();
            Failure::new(-4016, format!("Limit price can't be higher than {}.", most.normalize()))
        }
        BrokenRule::PriceBand => {
            let least = contract.price_band(Side::Sell).0.unwrap_or_default();
            Failure::new(-4024, format!("Limit price can't be lower than {}.", least.normalize()))
        }
        BrokenRule::Quantity => Failure::new(-4023, "Qty not increased by step size."),
        BrokenRule::TrailingDelta => Failure::invalid("callbackRate"),
    }
}

/// An order that the engine did not take.
pub(super) fn refused(refusal: Refusal, order: &NewOrder, contract: &Instrument) -> Failure {
    match refusal {
        Refusal::DuplicateClientId => Failure::new(-4116, "ClientOrderId is duplicated."),
        Refusal::FillOrKill => {
            let message = "Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history";
            Failure::new(-5021, message)
        }
        Refusal::InsufficientBalance => Failure::new(-2019, "Margin is insufficient."),
        Refusal::LiquidityBelowLot | Refusal::NoLiquidity => {
            let message = "The counterparty's best price does not meet the PERCENT_PRICE filter limit";
            Failure::new(-4131, message)
        }
        Refusal::NoPegPrice => Failure::new(-5041, "No depth matches this BBO order"),
        Refusal::PriceRelation => Failure::unsupported(),
        Refusal::ReduceOnly => Failure::new(-2022, "ReduceOnly Order is rejected."),
        Refusal::Rule(rule) => broken(rule, order, contract),
        Refusal::WouldTake => {
            let message = "Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history";
            Failure::new(-5022, message)
        }
        Refusal::WouldTrigger => Failure::new(-2021, "Order would immediately trigger."),
    }
}

/// A setting that was left as it is; `codes` of: nothing to change, open orders, an open position.
pub(super) fn unset(refusal: SettingRefusal, codes: [(i32, &'static str); 3]) -> Failure {
    let [same, orders, position] = codes;
    let (code, message) = match refusal {
        SettingRefusal::Margin => (-2028, "Leverage is smaller than permitted: insufficient margin balance"),
        SettingRefusal::OpenOrders => orders,
        SettingRefusal::OpenPosition => position,
        SettingRefusal::Same => same,
    };
    Failure::new(code, message)
}
