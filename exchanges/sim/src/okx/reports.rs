//! Orders in the venue's words.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::new_order::ISOLATED;
use super::{Context, ORDER_IDS, number_of};
use crate::engine::{Engine, Expiry, Order, PositionSide, Side, Size, Status, TimeInForce, TriggerKind};
use crate::instrument::Instrument;

/// Source: "Order details", `state`. The venue has no word for what it refused.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled | Status::Expired | Status::ExpiredInMatch => "canceled",
        Status::Filled => "filled",
        Status::New | Status::Pending => "live",
        Status::PartlyFilled => "partially_filled",
        Status::Rejected => "rejected",
    }
}

pub(super) fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

pub(super) fn position_word(side: PositionSide) -> &'static str {
    match side {
        PositionSide::Long => "long",
        PositionSide::Net => "net",
        PositionSide::Short => "short",
    }
}

/// Source: `instType`.
pub(super) fn kind(instrument: &Instrument) -> &'static str {
    if instrument.is_contract() { "SWAP" } else { "SPOT" }
}

/// How an order, or a position, of this market is margined.
pub(super) fn mode_word(instrument: &Instrument, isolated: bool) -> &'static str {
    match (instrument.is_contract(), isolated) {
        (false, _) => "cash",
        (true, false) => "cross",
        (true, true) => "isolated",
    }
}

fn type_word(order: &Order) -> &'static str {
    let is_contract_ioc = order.request.time_in_force == TimeInForce::ImmediateOrCancel;
    match (order.request.is_market(), order.request.post_only, order.request.time_in_force) {
        (true, ..) if is_contract_ioc => "optimal_limit_ioc",
        (true, ..) => "market",
        (_, true, _) => "post_only",
        (.., TimeInForce::FillOrKill | TimeInForce::FillOrRefuse) => "fok",
        (.., TimeInForce::ImmediateOrCancel) => "ioc",
        (.., TimeInForce::GoodTillCanceled) => "limit",
    }
}

/// Who cancelled it, and why, in words of our own. The documents do not list the numbers: 1 and 31 are those that its users know.
fn cancel_source(order: &Order) -> (&'static str, &'static str) {
    match (order.status, order.expiry) {
        (Status::Canceled, _) => ("1", "Order canceled by user"),
        (Status::ExpiredInMatch, _) => ("32", "Self trade prevention"),
        (_, Some(Expiry::WouldTake)) => ("31", "The post-only order will take liquidity"),
        (_, Some(_)) => ("0", "Order canceled by system"),
        _ => ("", ""),
    }
}

/// What one side of its trades paid, below zero, in which coin, and what they brought.
struct Paid {
    fee: Decimal,
    coin: String,
    realized: Decimal,
}

fn paid(engine: &Engine, order: &Order) -> Paid {
    let instrument = &engine.market(order.request.market).instrument;
    let mut paid = Paid { fee: Decimal::ZERO, coin: fee_coin(instrument, order.request.side), realized: Decimal::ZERO };
    for trade in engine.trades(order.request.market) {
        for party in [&trade.buyer, &trade.seller].into_iter().filter(|party| party.order == order.id) {
            paid.fee -= party.fee;
            paid.realized += party.realized;
        }
    }
    paid
}

/// Of a pair of coins the one that was received.
pub(super) fn fee_coin(instrument: &Instrument, side: Side) -> String {
    let of_base = side == Side::Buy && !instrument.is_contract();
    if of_base { instrument.base.clone() } else { instrument.quote.clone() }
}

/// An order that has no trigger, or has begun to work. Source: "Order details".
pub(super) fn order(context: &Context<'_, '_>, order: &Order) -> Value {
    let engine = context.venue.engine();
    let request = &order.request;
    let pair = context.instrument(request.market);
    let has_trigger = request.trigger.is_some();
    let average = if order.executed.is_zero() { String::new() } else { plain(order.executed_quote / order.executed) };
    let is_its = |trade: &&crate::engine::Trade| [trade.buyer.order, trade.seller.order].contains(&order.id);
    let last = engine.trades(request.market).rev().find(is_its);
    let paid = paid(engine, order);
    let (size, unit) = match request.size {
        Size::Quote(amount) => (plain(amount), "quote_ccy"),
        _ if request.is_market() && !pair.is_contract() => (amount(pair, order.quantity), "base_ccy"),
        _ => (amount(pair, order.quantity), ""),
    };
    let client_id = request.client_id.as_str();
    let (own, algo) = if has_trigger { ("", client_id) } else { (client_id, "") };
    let lever = if pair.is_contract() { leverage(context, order) } else { String::new() };
    let (source, reason) = cancel_source(order);
    json!({
        "accFillSz": amount(pair, order.executed), "algoClOrdId": algo,
        "algoId": if has_trigger { number_of(order.id, true).to_string() } else { String::new() },
        "attachAlgoClOrdId": "", "attachAlgoOrds": [], "avgPx": average, "cTime": ms(order.placed_us),
        "cancelSource": source, "cancelSourceReason": reason, "category": "normal", "ccy": "",
        "clOrdId": own, "fee": plain(paid.fee), "feeCcy": paid.coin,
        "fillPx": last.map(|trade| plain(trade.price)).unwrap_or_default(),
        "fillSz": last.map_or("0".to_owned(), |trade| amount(pair, trade.quantity)),
        "fillTime": last.map(|trade| ms(trade.time_us)).unwrap_or_default(), "instId": pair.symbol,
        "instType": kind(pair), "isTpLimit": "false", "lever": lever, "linkedAlgoOrd": { "algoId": "" },
        "ordId": (ORDER_IDS + order.id).to_string(), "ordType": type_word(order), "pnl": plain(paid.realized),
        "posSide": position_word(request.position), "px": request.price.map(plain).unwrap_or_default(), "pxType": "",
        "pxUsd": "", "pxVol": "", "quickMgnType": "", "rebate": "0", "rebateCcy": pair.quote,
        "reduceOnly": request.reduce_only.to_string(), "side": side_word(request.side), "slOrdPx": "",
        "slTriggerPx": "", "slTriggerPxType": "", "source": if has_trigger { "7" } else { "" },
        "state": status_word(order.status), "stpId": "", "stpMode": "cancel_maker", "sz": size, "tag": "",
        "tdMode": mode_word(pair, request.labels.contains_key(ISOLATED)), "tgtCcy": unit, "tpOrdPx": "",
        "tpTriggerPx": "", "tpTriggerPxType": "",
        "tradeId": last.map(|trade| trade.id.to_string()).unwrap_or_default(), "tradeQuoteCcy": pair.quote,
        "uTime": ms(order.updated_us),
    })
}

fn leverage(context: &Context<'_, '_>, order: &Order) -> String {
    context.venue.engine().terms(order.request.account, order.request.market).leverage.to_string()
}

/// Whether an order still waits for its trigger.
pub(super) fn waits(order: &Order) -> bool {
    order.is_open() && order.working_us.is_none()
}

/// An order with a trigger. Source: "Algo order details".
pub(super) fn trigger(context: &Context<'_, '_>, order: &Order) -> Value {
    let request = &order.request;
    let pair = context.instrument(request.market);
    let state = match (order.working_us, order.status) {
        (Some(_), _) => "effective",
        (None, Status::New | Status::Pending) => "live",
        (None, Status::Canceled) => "canceled",
        (None, _) => "order_failed",
    };
    let set_off = order.working_us.map(|_| (ORDER_IDS + order.id).to_string());
    let stop = request.trigger.and_then(|trigger| trigger.stop_price).map(plain).unwrap_or_default();
    let price = request.price.map_or("-1".to_owned(), plain);
    let ratio = request.trigger.and_then(|trigger| trigger.trailing_delta);
    let is_stop = request.trigger.is_some_and(|trigger| trigger.kind == TriggerKind::StopLoss);
    let none = String::new;
    // Trigger and price of a stop loss and of a take profit, and where a trailing order begins.
    let (sl, sl_price, tp, tp_price, active) = match (ratio, is_stop) {
        (Some(_), _) => (none(), none(), none(), none(), stop),
        (None, true) => (stop, price, none(), none(), none()),
        (None, false) => (none(), none(), stop, price, none()),
    };
    let of_position = request.size == Size::Position;
    json!({
        "activePx": active, "actualPx": "", "actualSide": "", "actualSz": "0", "algoClOrdId": request.client_id,
        "algoId": number_of(order.id, true).to_string(), "attachAlgoOrds": [], "cTime": ms(order.placed_us),
        "callbackRatio": ratio.map(|ratio| plain(Decimal::new(ratio.into(), RATIO_DECIMALS))).unwrap_or_default(),
        "callbackSpread": "", "ccy": "", "clOrdId": "", "closeFraction": if of_position { "1" } else { "" },
        "failCode": if state == "order_failed" { "51000" } else { "0" }, "instId": pair.symbol, "instType": kind(pair),
        "lever": "", "ordId": set_off.clone().unwrap_or_default(),
        "ordIdList": set_off.into_iter().collect::<Vec<_>>(), "ordPx": "", "ordType": algo_word(order),
        "posSide": position_word(request.position), "reduceOnly": request.reduce_only.to_string(),
        "side": side_word(request.side), "slOrdPx": sl_price, "slTriggerPx": sl, "slTriggerPxType": "last",
        "state": state, "sz": amount(pair, order.quantity), "tag": "",
        "tdMode": mode_word(pair, request.labels.contains_key(ISOLATED)),
        "tgtCcy": if pair.is_contract() { "" } else { "base_ccy" }, "tpOrdPx": tp_price, "tpTriggerPx": tp,
        "tpTriggerPxType": "last", "triggerPx": "", "triggerPxType": "",
        "triggerTime": order.working_us.map(ms).unwrap_or_default(), "tradeQuoteCcy": pair.quote,
        "uTime": ms(order.updated_us),
    })
}

/// Source: "Place algo order", `ordType`.
pub(super) fn algo_word(order: &Order) -> &'static str {
    let trails = order.request.trigger.is_some_and(|trigger| trigger.trailing_delta.is_some());
    if trails { "move_order_stop" } else { "conditional" }
}

/// A number as the venue writes it: without zeros at its end.
pub(super) fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// So much of an instrument: in its contracts where it has some.
pub(super) fn amount(instrument: &Instrument, quantity: Decimal) -> String {
    plain(quantity / instrument.contract_size)
}

pub(super) fn ms(us: u64) -> String {
    (us / 1_000).to_string()
}

/// The engine counts how far an order trails in hundredths of a percent.
pub(super) const RATIO_DECIMALS: u32 = 4;
