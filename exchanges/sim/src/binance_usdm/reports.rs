//! Orders as replies tell them. Fields stand in the order of the documents' examples; `avgPrice` and `cumQuote` are told to
//! queries alone, as in the specification of 2026-07.

use serde::Serialize;

use super::new_order::{MARK_PRICE, PRICE_MATCH, PRICE_MATCHES, PRICE_PROTECT, RETAIL, TRAILING};
use super::{ALGO_IDS_FROM, Context, Number, ORDER_IDS_FROM};
use crate::engine::{Expiry, NewOrder, Order, PositionSide, SelfTrade, Side, Size, Status, TimeInForce, TriggerKind};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    avg_price: Option<Number>,
    client_order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cum_qty: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cum_quote: Option<Number>,
    executed_qty: Number,
    order_id: u64,
    orig_qty: Number,
    orig_type: &'static str,
    price: Number,
    reduce_only: bool,
    side: &'static str,
    position_side: &'static str,
    status: &'static str,
    stop_price: Number,
    close_position: bool,
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u64>,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    order_type: &'static str,
    update_time: u64,
    working_type: &'static str,
    price_protect: bool,
    price_match: &'static str,
    self_trade_prevention_mode: &'static str,
    good_till_date: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlgoReport<'a> {
    algo_id: u64,
    client_algo_id: &'a str,
    algo_type: &'static str,
    order_type: &'static str,
    symbol: &'a str,
    side: &'static str,
    position_side: &'static str,
    time_in_force: &'static str,
    quantity: Number,
    algo_status: &'static str,
    /// Empty until it is triggered.
    actual_order_id: String,
    actual_price: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_qty: Option<Number>,
    trigger_price: Number,
    price: Number,
    iceberg_quantity: Option<Number>,
    self_trade_prevention_mode: &'static str,
    working_type: &'static str,
    price_match: &'static str,
    close_position: bool,
    price_protect: bool,
    reduce_only: bool,
    activate_price: String,
    callback_rate: String,
    create_time: u64,
    update_time: u64,
    trigger_time: u64,
    good_till_date: u64,
}

impl Context<'_, '_> {
    /// As the replies to placing, changing and cancelling tell it.
    pub(super) fn report<'a>(&'a self, order: &'a Order) -> Report<'a> {
        let request = &order.request;
        let trigger = request.trigger;
        let order_type = if request.is_market() { "MARKET" } else { "LIMIT" };
        Report {
            avg_price: None,
            client_order_id: &request.client_id,
            cum_qty: Some(Number(order.executed)),
            cum_quote: None,
            executed_qty: Number(order.executed),
            order_id: ORDER_IDS_FROM + order.id,
            orig_qty: Number(order.quantity),
            orig_type: trigger.map_or(order_type, |_| type_word(request)),
            price: Number(request.price.unwrap_or_default()),
            reduce_only: request.reduce_only,
            side: side_word(request.side),
            position_side: position_word(request.position),
            status: status_word(order.status),
            stop_price: Number(trigger.and_then(|trigger| trigger.stop_price).unwrap_or_default()),
            close_position: request.size == Size::Position,
            symbol: &self.venue.engine().market(request.market).instrument.symbol,
            time: None,
            time_in_force: force_word(request),
            order_type,
            update_time: order.updated_us / 1_000,
            working_type: if request.labels.contains_key(MARK_PRICE) { "MARK_PRICE" } else { "CONTRACT_PRICE" },
            price_protect: request.labels.contains_key(PRICE_PROTECT),
            price_match: match_word(request),
            self_trade_prevention_mode: mode_word(request.self_trade),
            good_till_date: request.good_till_us.unwrap_or_default() / 1_000,
        }
    }

    /// As the venue answers before its engine looks. Source: `newOrderRespType`, `ACK`.
    pub(super) fn acknowledged<'a>(&'a self, order: &'a Order) -> Report<'a> {
        let nothing = Number::default();
        Report { cum_qty: Some(nothing), executed_qty: nothing, status: "NEW", ..self.report(order) }
    }

    pub(super) fn queried<'a>(&'a self, order: &'a Order) -> Report<'a> {
        let average = order.executed_quote.checked_div(order.executed).unwrap_or_default();
        Report {
            avg_price: Some(Number(average.round_dp(8))),
            cum_qty: None,
            cum_quote: Some(Number(order.executed_quote)),
            time: Some(order.placed_us / 1_000),
            ..self.report(order)
        }
    }

    /// An order with a trigger, as it stands where those live.
    pub(super) fn algo_report<'a>(&'a self, order: &'a Order) -> AlgoReport<'a> {
        let request = &order.request;
        let trigger = request.trigger;
        let is_triggered = order.working_us.is_some();
        let average = order.executed_quote.checked_div(order.executed).unwrap_or_default();
        let trails = trigger.and_then(|trigger| trigger.trailing_delta);
        let stop_price = trigger.and_then(|trigger| trigger.stop_price);
        let text = |number: rust_decimal::Decimal| number.normalize().to_string();
        AlgoReport {
            algo_id: ALGO_IDS_FROM + order.id,
            client_algo_id: &request.client_id,
            algo_type: "CONDITIONAL",
            order_type: type_word(request),
            symbol: &self.venue.engine().market(request.market).instrument.symbol,
            side: side_word(request.side),
            position_side: position_word(request.position),
            time_in_force: force_word(request),
            quantity: Number(if request.size == Size::Position { 0.into() } else { order.quantity }),
            algo_status: algo_status(order),
            actual_order_id: if is_triggered { (ORDER_IDS_FROM + order.id).to_string() } else { String::new() },
            actual_price: Number(average.round_dp(8)),
            actual_qty: is_triggered.then_some(Number(order.executed)),
            trigger_price: Number(stop_price.filter(|_| trails.is_none()).unwrap_or_default()),
            price: Number(request.price.unwrap_or_default()),
            iceberg_quantity: None,
            self_trade_prevention_mode: mode_word(request.self_trade),
            working_type: if request.labels.contains_key(MARK_PRICE) { "MARK_PRICE" } else { "CONTRACT_PRICE" },
            price_match: match_word(request),
            close_position: request.size == Size::Position,
            price_protect: request.labels.contains_key(PRICE_PROTECT),
            reduce_only: request.reduce_only,
            activate_price: stop_price.filter(|_| trails.is_some()).map(text).unwrap_or_default(),
            callback_rate: trails.map(|delta| text(rust_decimal::Decimal::new(delta.into(), 2))).unwrap_or_default(),
            create_time: order.placed_us / 1_000,
            update_time: order.updated_us / 1_000,
            trigger_time: order.working_us.unwrap_or_default() / 1_000,
            good_till_date: request.good_till_us.unwrap_or_default() / 1_000,
        }
    }
}

/// Source: "Event: Algo Order Update", "Algo Status".
fn algo_status(order: &Order) -> &'static str {
    match (order.status, order.working_us.is_some(), order.expiry) {
        (Status::Canceled, false, _) => "CANCELED",
        (Status::Expired, false, Some(Expiry::Refused)) => "REJECTED",
        (Status::Expired, false, _) => "EXPIRED",
        (_, false, _) => "NEW",
        (_, true, _) if order.is_open() => "TRIGGERED",
        (_, true, _) => "FINISHED",
    }
}

/// Of an order with a trigger.
fn type_word(request: &NewOrder) -> &'static str {
    let Some(trigger) = request.trigger else { return if request.is_market() { "MARKET" } else { "LIMIT" } };
    match (trigger.trailing_delta, trigger.kind, request.is_market()) {
        (Some(_), ..) => TRAILING,
        (None, TriggerKind::StopLoss, false) => "STOP",
        (None, TriggerKind::StopLoss, true) => "STOP_MARKET",
        (None, TriggerKind::TakeProfit, false) => "TAKE_PROFIT",
        (None, TriggerKind::TakeProfit, true) => "TAKE_PROFIT_MARKET",
    }
}

fn force_word(request: &NewOrder) -> &'static str {
    match request.time_in_force {
        _ if request.is_market() => "GTC",
        _ if request.labels.contains_key(RETAIL) => "RPI",
        _ if request.post_only => "GTX",
        _ if request.good_till_us.is_some() => "GTD",
        TimeInForce::FillOrKill | TimeInForce::FillOrRefuse => "FOK",
        TimeInForce::GoodTillCanceled => "GTC",
        TimeInForce::ImmediateOrCancel => "IOC",
    }
}

fn match_word(request: &NewOrder) -> &'static str {
    let place = request.labels.get(PRICE_MATCH).and_then(|place| usize::try_from(*place).ok());
    place.and_then(|place| PRICE_MATCHES.get(place)).map_or("NONE", |(word, ..)| word)
}

fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "BUY" } else { "SELL" }
}

pub(super) fn position_word(side: PositionSide) -> &'static str {
    match side {
        PositionSide::Long => "LONG",
        PositionSide::Net => "BOTH",
        PositionSide::Short => "SHORT",
    }
}

fn mode_word(mode: SelfTrade) -> &'static str {
    match mode {
        SelfTrade::ExpireBoth => "EXPIRE_BOTH",
        SelfTrade::ExpireMaker => "EXPIRE_MAKER",
        SelfTrade::ExpireTaker => "EXPIRE_TAKER",
        SelfTrade::Allow | SelfTrade::Decrement | SelfTrade::Transfer => "NONE",
    }
}

/// The venue's word for a status. Source: common-definition, "Order status".
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled => "CANCELED",
        Status::Expired => "EXPIRED",
        Status::ExpiredInMatch => "EXPIRED_IN_MATCH",
        Status::Filled => "FILLED",
        Status::New | Status::Pending => "NEW",
        Status::PartlyFilled => "PARTIALLY_FILLED",
        Status::Rejected => "REJECTED",
    }
}
