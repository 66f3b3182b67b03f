//! Orders that wait for a trigger: how they are written. They live apart, under ids and at endpoints of their own.

use orderwire::decimal::Decimal;
use orderwire::order::{NewOrder, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::{Body, BuildError, Draft};

use crate::instruments::{InstrumentKind, needed};
use crate::order::{
    Callback, OkxOrder, TradeMode, check_reduces, client_id, mode, put_base_unit, put_exit_price, put_head,
    put_position_side, put_positive, put_side, put_tag,
};

/// Everything of an order with a trigger. Source: "Place algo order".
///
/// A stop goes as a stop loss and a take-profit order as a take profit, of which the venue checks on which side of the market the trigger
/// lies.
pub(crate) fn put_trigger(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    okx: Option<&OkxOrder>,
) -> Result<(), BuildError> {
    let kind = needed(&order.symbol)?;
    let details = okx.copied().unwrap_or(OkxOrder::new(*order));
    check(order, &details, kind)?;
    put_head(draft, order, kind, okx)?;
    put_side(draft.put(",\"algoClOrdId\":\"").put(client_id(&order.id)?), order.side);
    put_position_side(draft, order, kind)?;
    draft.put(if details.trailing.is_some() {
        ",\"ordType\":\"move_order_stop\""
    } else {
        ",\"ordType\":\"conditional\""
    });
    if details.close_position {
        draft.put(",\"closeFraction\":\"1\"");
    } else {
        put_positive(draft, ",\"sz\":\"", "quantity", order.quantity)?;
    }
    match (details.trailing, order.stop_price) {
        (Some(trailing), _) => {
            match trailing.callback {
                Callback::Ratio(part) => put_positive(draft, ",\"callbackRatio\":\"", "the callback", part)?,
                Callback::Spread(spread) => put_positive(draft, ",\"callbackSpread\":\"", "the callback", spread)?,
            }
            if let Some(price) = trailing.activate_price {
                put_positive(draft, ",\"activePx\":\"", "activate_price", price)?;
            }
        }
        (None, Some(stop_price)) => {
            let is_stop = matches!(order.order_type, OrderType::StopLimit | OrderType::StopMarket);
            let trigger = if is_stop { ",\"slTriggerPx\":\"" } else { ",\"tpTriggerPx\":\"" };
            put_positive(draft, trigger, "stop_price", stop_price)?;
            put_exit_price(draft, if is_stop { ",\"slOrdPx\":\"" } else { ",\"tpOrdPx\":\"" }, order.price)?;
            if let Some(by) = details.trigger_by {
                let name = if is_stop { ",\"slTriggerPxType\":\"" } else { ",\"tpTriggerPxType\":\"" };
                draft.put(name).put(by.text()).put("\"");
            }
            // Of a sell the venue knows no such word, and its quantity is base coin. Source: `tgtCcy`.
            if order.price.is_none() && order.side == Side::Buy {
                put_base_unit(draft, order, kind, mode(kind, okx))?;
            }
        }
        (None, None) => return Err(without_trigger()),
    }
    if order.reduce_only {
        check_reduces(order, kind, mode(kind, okx))?;
        draft.put(",\"reduceOnly\":true");
    }
    put_tag(draft, &details)?;
    draft.put("}");
    Ok(())
}

fn check(order: &NewOrder, okx: &OkxOrder, kind: InstrumentKind) -> Result<(), BuildError> {
    use OrderType::{StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    if order.time_in_force != TimeInForce::Gtc {
        let cure = "what the trigger sets off is good till cancelled, or at market: leave time_in_force() out";
        return Err(BuildError::Unsupported { what: "a time in force of an order with a trigger", cure });
    }
    match (order.order_type, order.price.is_some()) {
        (StopLimit | TakeProfitLimit, true) | (StopMarket | TakeProfitMarket, false) => {}
        (StopLimit | TakeProfitLimit, false) => {
            let cure = "a limit order has one: use NewOrder::stop_limit or take_profit_limit";
            return Err(BuildError::MissingField { field: "price", cure });
        }
        _ => {
            let cure = "a market order has none, waiting or not: use NewOrder::stop_limit or take_profit_limit";
            return Err(BuildError::Value { field: "price", cure });
        }
    }
    let of_others = [
        ("style", okx.style.is_some()),
        ("quote_quantity", okx.quote_quantity.is_some()),
        ("whole_only", okx.whole_only),
        ("clamp_price", okx.clamp_price),
        ("self_trade_prevention", okx.self_trade_prevention.is_some()),
        ("slippage_max", okx.slippage_max.is_some()),
        ("takes_elp", okx.takes_elp),
        ("option_price", okx.option_price.is_some()),
        ("attached", okx.attached.is_some()),
    ];
    if let Some((field, _)) = of_others.iter().find(|(_, is_set)| *is_set) {
        return Err(BuildError::Value { field, cure: "orders with a trigger have none: leave it out" });
    }
    if okx.trailing.is_some() && (order.order_type != StopMarket || order.stop_price.is_some() || okx.close_position) {
        let cure = "use OkxOrder::trailing_stop: it has a callback in place of a stop price";
        return Err(BuildError::Unsupported { what: "an order of this type that trails", cure });
    }
    if okx.trailing.is_some() && okx.trigger_by.is_some() {
        return Err(BuildError::Value { field: "trigger_by", cure: "a trailing order follows the last price" });
    }
    if okx.close_position {
        check_closes(order, kind)?;
    }
    if mode(kind, Some(okx)) == TradeMode::SpotIsolated {
        let cure = "the venue takes them from its copy-trading calls";
        return Err(BuildError::Unsupported { what: "a trigger in this trade mode", cure });
    }
    Ok(())
}

/// Source: "Place algo order", `closeFraction`: contracts; "when posSide is net, reduceOnly must be true"; at market.
fn check_closes(order: &NewOrder, kind: InstrumentKind) -> Result<(), BuildError> {
    let is_contract = matches!(kind, InstrumentKind::Futures | InstrumentKind::Swap);
    if !is_contract || order.price.is_some() || order.quantity != Decimal::ZERO {
        let cure = "stop and take-profit orders at market for contracts have it, with a quantity of zero";
        return Err(BuildError::Value { field: "close_position", cure });
    }
    if order.position_side == PositionSide::Net && !order.reduce_only {
        let cure = "an order for the only position has to be reduce_only()";
        return Err(BuildError::Value { field: "close_position", cure });
    }
    Ok(())
}

#[cold]
fn without_trigger() -> BuildError {
    let cure = "what waits needs to know for which price: use NewOrder::stop_market and its like";
    BuildError::MissingField { field: "stop_price", cure }
}
