//! Orders and executions in the venue's words. Source: "Get Open Orders", "Get Trades History".

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::new_order::{MADE_ID, USERREF};
use super::{Context, pair_id, places, seconds, told_id};
use crate::engine::{Engine, Expiry, NewOrder, Order, Party, Side, Size, Status, Trade, TriggerKind};

/// Source: "Get Open Orders", `status`.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled | Status::Expired | Status::ExpiredInMatch => "canceled",
        Status::Filled => "closed",
        Status::New | Status::PartlyFilled => "open",
        Status::Pending => "pending",
        Status::Rejected => "rejected",
    }
}

fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

pub(super) fn userref(order: &Order) -> Option<i32> {
    order.request.labels.get(USERREF).and_then(|number| u32::try_from(*number).ok()).map(u32::cast_signed)
}

/// The id that the client gave, if it gave one.
fn client_id(order: &NewOrder) -> Option<&str> {
    Some(order.client_id.as_str()).filter(|id| !id.starts_with(MADE_ID))
}

fn type_word(order: &NewOrder) -> &'static str {
    match (order.trigger.map(|trigger| trigger.kind), order.price) {
        (None, None) => "market",
        (None, Some(_)) if order.iceberg.is_some() => "iceberg",
        (None, Some(_)) => "limit",
        (Some(TriggerKind::StopLoss), None) => "stop-loss",
        (Some(TriggerKind::StopLoss), Some(_)) => "stop-loss-limit",
        (Some(TriggerKind::TakeProfit), None) => "take-profit",
        (Some(TriggerKind::TakeProfit), Some(_)) => "take-profit-limit",
    }
}

/// `buy 1.25000000 XBTUSD @ limit 37500.0`
pub(super) fn in_words(engine: &Engine, order: &NewOrder) -> String {
    let market = &engine.market(order.market).instrument;
    let price_of = |price: Option<Decimal>| price.map(|price| places(price, market.tick_size.normalize().scale()));
    let volume = match order.size {
        Size::Base(volume) | Size::Quote(volume) => places(volume, LOT_PLACES),
        Size::Position | Size::Proceeds => places(Decimal::ZERO, LOT_PLACES),
    };
    let stop = price_of(order.trigger.and_then(|trigger| trigger.stop_price));
    let kind = type_word(order).trim_end_matches("-limit").replace('-', " ");
    let terms = match (stop, price_of(order.price)) {
        (None, None) => kind,
        (None, Some(price)) => format!("limit {price}"),
        (Some(stop), None) => format!("{kind} {stop}"),
        (Some(stop), Some(price)) => format!("{kind} {stop} -> limit {price}"),
    };
    format!("{} {volume} {} @ {terms}", side_word(order.side), market.symbol)
}

/// An order as it stands; one that has ended says when and why.
pub(super) fn order(context: &Context<'_, '_>, order: &Order, with_trades: bool) -> Value {
    let engine = context.venue.engine();
    let (request, market) = (&order.request, engine.market(order.request.market));
    let price_places = market.instrument.tick_size.normalize().scale();
    let price = |price: Option<Decimal>| price.map_or("0".to_owned(), |price| places(price, price_places));
    let stop = request.trigger.and_then(|trigger| trigger.stop_price);
    let (first, second) = if stop.is_some() { (stop, request.price) } else { (request.price, None) };
    let average = order.executed_quote.checked_div(order.executed).unwrap_or_default();
    let (volume, flag) = match request.size {
        Size::Quote(amount) => (amount, "viqc"),
        _ if request.post_only => (order.quantity, "post,fciq"),
        _ => (order.quantity, "fciq"),
    };
    let mut trades = executions(context, order);
    let fee: Decimal = trades.iter().map(|(trade, party, side)| fee_in_quote(trade, party, *side)).sum();
    let is_expired = order.expiry == Some(Expiry::GoodTill);
    let has_begun = request.trigger.is_some() && order.working_us.is_some();
    let mut told = json!({
        "refid": null, "userref": userref(order), "cl_ord_id": client_id(request),
        "status": if is_expired { "expired" } else { status_word(order.status) },
        "opentm": seconds(order.placed_us), "starttm": 0,
        "expiretm": request.good_till_us.map_or(0, |us| us / 1_000_000),
        "descr": {
            "pair": market.instrument.symbol, "type": side_word(request.side), "ordertype": type_word(request),
            "price": price(first), "price2": price(second), "leverage": "none",
            "order": in_words(engine, request), "close": "",
        },
        "vol": places(volume, LOT_PLACES), "vol_exec": places(order.executed, LOT_PLACES),
        "cost": places(order.executed_quote, COST_PLACES), "fee": places(fee, COST_PLACES),
        "price": places(average, COST_PLACES), "stopprice": price(stop), "limitprice": "0.00000",
        "misc": if has_begun { "stopped" } else { "" }, "oflags": flag,
    });
    if request.trigger.is_some() {
        told["trigger"] = json!("last");
    }
    if !order.is_open() {
        told["closetm"] = seconds(order.updated_us);
        told["reason"] = match (order.status, order.expiry) {
            (Status::Filled, _) => Value::Null,
            (Status::Canceled, _) => json!("User requested"),
            (_, Some(Expiry::WouldTake)) => json!("Post only order"),
            (_, Some(Expiry::GoodTill)) => json!("Expired"),
            (Status::ExpiredInMatch, _) => json!("Self-trade"),
            (_, _) => json!("Insufficient liquidity"),
        };
    }
    if with_trades {
        trades.reverse();
        let ids = trades.iter().map(|(trade, _, side)| told_id('T', trade_number(trade.id, *side)));
        told["trades"] = json!(ids.collect::<Vec<_>>());
    }
    told
}

/// An order's executions, the latest first.
fn executions<'e>(context: &'e Context<'_, '_>, order: &Order) -> Vec<(&'e Trade, &'e Party, Side)> {
    if order.executed.is_zero() {
        return Vec::new();
    }
    let trades = context.venue.engine().trades(order.request.market).rev();
    let trades = trades.take_while(|trade| trade.time_us >= order.placed_us);
    let sides = trades.flat_map(|trade| [(trade, &trade.buyer, Side::Buy), (trade, &trade.seller, Side::Sell)]);
    sides.filter(|(_, party, _)| party.order == order.id).collect()
}

pub(super) fn execution(context: &Context<'_, '_>, trade: &Trade, party: &Party, side: Side) -> Value {
    let engine = context.venue.engine();
    let order = engine.order(party.order);
    json!({
        "ordertxid": told_id('O', party.order), "postxid": told_id('P', party.order),
        "pair": pair_id(&engine.market(trade.market).instrument), "aclass": "forex", "time": seconds(trade.time_us),
        "type": side_word(side), "ordertype": order.map_or("limit", |order| type_word(&order.request)),
        "price": places(trade.price, COST_PLACES), "cost": places(trade.quote_quantity, COST_PLACES),
        "fee": places(fee_in_quote(trade, party, side), COST_PLACES), "vol": places(trade.quantity, LOT_PLACES),
        "margin": "0.00000", "leverage": "0", "misc": "", "trade_id": trade.id,
        "maker": trade.buyer_is_maker == (side == Side::Buy),
    })
}

/// The engine takes a buyer's fee of what was bought; it is told as the venue does, in the quote coin.
fn fee_in_quote(trade: &Trade, party: &Party, side: Side) -> Decimal {
    if side == Side::Buy { party.fee * trade.price } else { party.fee }
}

/// A trade with oneself is two executions.
pub(super) fn trade_number(trade: u64, side: Side) -> u64 {
    trade << 1 | u64::from(side == Side::Buy)
}

pub(super) const LOT_PLACES: u32 = 8;
pub(super) const COST_PLACES: u32 = 5;
