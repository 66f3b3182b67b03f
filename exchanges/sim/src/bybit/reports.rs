//! Orders and executions in the venue's words. Source: order/open-order, order/execution, enum.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::new_order::{BBO, CLOSE_ON_TRIGGER, IS_MARKET, MADE_ID, RPI, TPSL, TRIGGER_BY, TRIGGER_PRICES};
use super::queries::execution_number;
use super::{Category, Context, ms, plain};
use crate::engine::{
    Expiry, Order, Party, PositionSide, SelfTrade, Side, Size, Status, TimeInForce, Trade, TriggerKind,
};
use crate::uuid;

/// Source: enum, "orderStatus", without those that say how it was before.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled | Status::Expired | Status::ExpiredInMatch => "Cancelled",
        Status::Filled => "Filled",
        Status::New | Status::Pending => "New",
        Status::PartlyFilled => "PartiallyFilled",
        Status::Rejected => "Rejected",
    }
}

/// How an order stands. "PartiallyFilledCanceled: only spot has this order status"; "Deactivated: Spot tp/sl order,
/// conditional order, OCO order are cancelled before they are triggered".
pub(super) fn word_of(category: Category, order: &Order) -> &'static str {
    let has_waited = order.request.trigger.is_some() && order.working_us.is_none();
    match (category, status_word(order.status)) {
        (_, "New") if order.is_waiting() => "Untriggered",
        (Category::Spot, "Cancelled") if has_waited => "Deactivated",
        (Category::Spot, "Cancelled") if !order.executed.is_zero() => "PartiallyFilledCanceled",
        (_, word) => word,
    }
}

/// What kind of order it is, as `orderFilter` says it.
pub(super) fn kind_of(order: &Order) -> &'static str {
    match order.request.trigger {
        None => "Order",
        Some(_) if order.request.labels.contains_key(TPSL) => "tpslOrder",
        Some(_) => "StopOrder",
    }
}

/// The id that the client gave, if it gave one.
pub(super) fn link_id(client_id: &str) -> &str {
    if client_id.starts_with(MADE_ID) { "" } else { client_id }
}

pub(super) fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "Buy" } else { "Sell" }
}

pub(super) fn position_index(side: PositionSide) -> u32 {
    match side {
        PositionSide::Net => 0,
        PositionSide::Long => 1,
        PositionSide::Short => 2,
    }
}

fn is_market(order: &Order) -> bool {
    order.request.is_market() || order.request.labels.contains_key(IS_MARKET)
}

fn time_in_force_word(order: &Order) -> &'static str {
    match order.request.time_in_force {
        _ if order.request.labels.contains_key(RPI) => "RPI",
        _ if order.request.post_only => "PostOnly",
        TimeInForce::FillOrKill | TimeInForce::FillOrRefuse => "FOK",
        TimeInForce::GoodTillCanceled => "GTC",
        TimeInForce::ImmediateOrCancel => "IOC",
    }
}

/// Source: enum, "cancelType" and "rejectReason".
fn why_ended(order: &Order) -> (&'static str, &'static str) {
    match (order.status, order.expiry) {
        (Status::Canceled, _) => ("CancelByUser", "EC_PerCancelRequest"),
        (Status::ExpiredInMatch, _) => ("CancelBySmp", "EC_BySelfMatch"),
        (_, Some(Expiry::FillOrKill)) => ("UNKNOWN", "EC_NoEnoughQtyToFill"),
        (_, Some(Expiry::ImmediateOrCancel | Expiry::Liquidity)) => ("UNKNOWN", "EC_NoImmediateQtyToFill"),
        (_, Some(Expiry::Position)) => ("CancelByReduceOnly", "EC_NoError"),
        (_, Some(Expiry::WouldTake)) => ("UNKNOWN", "EC_PostOnlyWillTakeLiquidity"),
        (_, Some(_)) => ("UNKNOWN", "EC_Others"),
        (_, None) => ("UNKNOWN", "EC_NoError"),
    }
}

/// Source: enum, "stopOrderType"; "if the order is not stop order, it either returns UNKNOWN or """.
fn stop_type(order: &Order) -> &'static str {
    match kind_of(order) {
        "Order" => "UNKNOWN",
        "tpslOrder" => "tpslOrder",
        _ => "Stop",
    }
}

pub(super) fn order(context: &Context<'_, '_>, order: &Order) -> Value {
    let engine = context.venue.engine();
    let market = engine.market(order.request.market);
    let (request, is_spot) = (&order.request, context.category == Category::Spot);
    let average = order.executed_quote.checked_div(order.executed).map(|price| plain(price.round_dp(8)));
    let (quantity, unit) = match request.size {
        Size::Quote(amount) => (amount, "quoteCoin"),
        _ if is_spot && is_market(order) => (order.quantity, "baseCoin"),
        _ => (order.quantity, ""),
    };
    let left = if order.is_open() { order.remaining() } else { Decimal::ZERO };
    let left_worth = left * request.price.unwrap_or(market.last_price);
    let trigger_price = request.trigger.and_then(|trigger| trigger.stop_price);
    let direction = match request.trigger {
        Some(trigger) if !is_spot => {
            if (trigger.kind == TriggerKind::StopLoss) == (request.side == Side::Buy) {
                1
            } else {
                2
            }
        }
        _ => 0,
    };
    let trigger_by = request.labels.get(TRIGGER_BY).and_then(|place| TRIGGER_PRICES.get(usize::try_from(*place).ok()?));
    let (cancel_type, reject_reason) = why_ended(order);
    let fee = fees_of(context, order);
    let fee_coin =
        if is_spot && request.side == Side::Buy { &market.instrument.base } else { &market.instrument.quote };
    let fee_detail = if fee.is_zero() { json!({}) } else { json!({ fee_coin.as_str(): plain(fee) }) };
    let mut told = json!({
        "orderId": context.category.told_id(order.id), "orderLinkId": link_id(&request.client_id),
        "parentOrderLinkId": "", "blockTradeId": "", "symbol": market.instrument.symbol,
        "price": request.price.filter(|_| !is_market(order)).map_or("0".to_owned(), plain), "qty": plain(quantity),
        "side": side_word(request.side), "isLeverage": if is_spot { "0" } else { "" },
        "positionIdx": position_index(request.position), "orderStatus": word_of(context.category, order),
        "cancelType": cancel_type, "rejectReason": reject_reason, "avgPrice": average.unwrap_or_default(),
        "leavesQty": plain(left), "leavesValue": plain(left_worth), "cumExecQty": plain(order.executed),
        "cumExecValue": plain(order.executed_quote), "cumExecFee": plain(fee), "cumFeeDetail": fee_detail,
        "timeInForce": time_in_force_word(order), "orderType": if is_market(order) { "Market" } else { "Limit" },
        "stopOrderType": stop_type(order), "orderIv": "", "marketUnit": unit,
        "triggerPrice": trigger_price.map(plain).unwrap_or_default(), "takeProfit": "", "stopLoss": "",
        "tpTriggerBy": "", "slTriggerBy": "", "tpLimitPrice": "", "slLimitPrice": "", "triggerDirection": direction,
        "triggerBy": trigger_by.copied().unwrap_or_default(), "reduceOnly": request.reduce_only,
        "closeOnTrigger": request.labels.contains_key(CLOSE_ON_TRIGGER), "placeType": "",
        "smpType": smp_word(request.self_trade), "smpGroup": 0, "smpOrderId": "",
        "slippageToleranceType": "UNKNOWN", "slippageTolerance": "", "extraFees": "", "rpiTakerAccess": false,
        "rpiMatchedQty": "0", "createdTime": ms(order.placed_us), "updatedTime": ms(order.updated_us),
    });
    if is_spot {
        told["ocoTriggerBy"] = json!("OcoTriggerByUnknown");
    } else {
        let by = if request.labels.contains_key(BBO) { "CreateByBboOrder" } else { "CreateByUser" };
        told["createType"] = json!(if request.trigger.is_some() { "CreateByStopOrder" } else { by });
        told["tpslMode"] = json!("");
    }
    told
}

fn smp_word(mode: SelfTrade) -> &'static str {
    match mode {
        SelfTrade::ExpireBoth => "CancelBoth",
        SelfTrade::ExpireMaker => "CancelMaker",
        SelfTrade::ExpireTaker => "CancelTaker",
        SelfTrade::Allow | SelfTrade::Decrement | SelfTrade::Transfer => "None",
    }
}

/// What an order's executions have cost so far.
fn fees_of(context: &Context<'_, '_>, order: &Order) -> Decimal {
    if order.executed.is_zero() {
        return Decimal::ZERO;
    }
    let engine = context.venue.engine();
    let trades = engine.trades(order.request.market).rev().take_while(|trade| trade.time_us >= order.placed_us);
    let parties = trades.flat_map(|trade| [&trade.buyer, &trade.seller]);
    parties.filter(|party| party.order == order.id).map(|party| party.fee).sum()
}

pub(super) fn execution(context: &Context<'_, '_>, trade: &Trade, party: &Party, side: Side) -> Value {
    let engine = context.venue.engine();
    let (market, is_spot) = (engine.market(trade.market), context.category == Category::Spot);
    let order = engine.order(party.order);
    let number = execution_number(trade.id, side);
    let coin = match (is_spot, side) {
        (true, Side::Buy) => market.instrument.base.as_str(),
        (true, Side::Sell) => &market.instrument.quote,
        // As the venue's example has it.
        (false, _) => "",
    };
    let is_maker = trade.buyer_is_maker == (side == Side::Buy);
    let fees = engine.fees();
    let mut told = json!({
        "symbol": market.instrument.symbol, "orderId": context.category.told_id(party.order),
        "orderLinkId": order.map(|order| link_id(&order.request.client_id)).unwrap_or_default(),
        "side": side_word(side), "orderPrice": order.and_then(|order| order.request.price).map_or("0".to_owned(), plain),
        "orderQty": order.map(|order| plain(order.quantity)).unwrap_or_default(),
        "leavesQty": order.map(|order| plain(order.remaining())).unwrap_or_default(),
        "orderType": if order.is_some_and(is_market) { "Market" } else { "Limit" },
        "stopOrderType": order.map(stop_type).unwrap_or_default(), "execFee": plain(party.fee),
        "execId": if is_spot { (EXECUTION_IDS_FROM + number).to_string() } else { uuid::of(number) },
        "execPrice": plain(trade.price), "execQty": plain(trade.quantity), "execType": "Trade",
        "execValue": plain(trade.quote_quantity), "execTime": ms(trade.time_us), "feeCurrency": coin,
        "isMaker": is_maker, "feeRate": plain(if is_maker { fees.maker } else { fees.taker }), "tradeIv": "",
        "markIv": "", "markPrice": plain(market.last_price), "indexPrice": "", "underlyingPrice": "",
        "blockTradeId": "", "closedSize": "", "seq": trade.id, "extraFees": "",
    });
    if !is_spot {
        told["createType"] = json!("CreateByUser");
    }
    told
}

/// Margin that a position of so much worth must keep, of which nothing comes here: half a percent, as the venue's lowest
/// tier of bitcoin has it.
pub(super) fn maintenance(worth: Decimal) -> Decimal {
    (worth * Decimal::new(5, 3)).round_dp(8)
}

/// Of executions on Spot: as long as the venue's.
const EXECUTION_IDS_FROM: u64 = 2_100_000_000_007_000_000;
