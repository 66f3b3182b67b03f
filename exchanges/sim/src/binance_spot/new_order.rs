//! An order as the parameters of a request say it: one alone, or one of a list, whose names are led by which one it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::errors::broken;
use crate::binance::{Failure, Params};
use crate::engine::{NewOrder, Peg, PegTo, PositionSide, SelfTrade, Side, Size, TimeInForce, Trigger, TriggerKind};

/// Where the parameters of an order stand: `price`, or `abovePrice` of one order in a list.
#[derive(Clone, Copy)]
pub(super) struct Leg {
    pub(super) lead: &'static str,
    pub(super) side: &'static str,
    /// `None` where the venue finds the quantity.
    pub(super) quantity: Option<&'static str>,
}

impl Leg {
    pub(super) const ALONE: Self = Self { lead: "", side: "side", quantity: Some("quantity") };

    pub(super) fn name(&self, plain: &'static str) -> Cow<'static, str> {
        match (self.lead, plain.split_at(1)) {
            ("", _) => Cow::Borrowed(plain),
            (lead, (first, rest)) => Cow::Owned(format!("{lead}{}{rest}", first.to_ascii_uppercase())),
        }
    }

    pub(super) fn client_id(&self) -> Cow<'static, str> {
        if self.lead.is_empty() { Cow::Borrowed("newClientOrderId") } else { self.name("clientOrderId") }
    }
}

/// Source: `enums.md`, "Order types".
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OrderType {
    Limit,
    LimitMaker,
    Market,
    StopLoss,
    StopLossLimit,
    TakeProfit,
    TakeProfitLimit,
}

impl OrderType {
    pub(super) const ALL: [(Self, &'static str); 7] = [
        (Self::Limit, "LIMIT"),
        (Self::LimitMaker, "LIMIT_MAKER"),
        (Self::Market, "MARKET"),
        (Self::StopLoss, "STOP_LOSS"),
        (Self::StopLossLimit, "STOP_LOSS_LIMIT"),
        (Self::TakeProfit, "TAKE_PROFIT"),
        (Self::TakeProfitLimit, "TAKE_PROFIT_LIMIT"),
    ];

    pub(super) fn of(order: &NewOrder) -> Self {
        match (order.trigger.map(|trigger| trigger.kind), order.is_market()) {
            (None, true) => Self::Market,
            (None, false) if order.post_only => Self::LimitMaker,
            (None, false) => Self::Limit,
            (Some(TriggerKind::StopLoss), true) => Self::StopLoss,
            (Some(TriggerKind::StopLoss), false) => Self::StopLossLimit,
            (Some(TriggerKind::TakeProfit), true) => Self::TakeProfit,
            (Some(TriggerKind::TakeProfit), false) => Self::TakeProfitLimit,
        }
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, word)| word)
    }

    pub(super) fn trigger(self) -> Option<TriggerKind> {
        match self {
            Self::Limit | Self::LimitMaker | Self::Market => None,
            Self::StopLoss | Self::StopLossLimit => Some(TriggerKind::StopLoss),
            Self::TakeProfit | Self::TakeProfitLimit => Some(TriggerKind::TakeProfit),
        }
    }

    fn is_market(self) -> bool {
        matches!(self, Self::Market | Self::StopLoss | Self::TakeProfit)
    }

    fn has_time_in_force(self) -> bool {
        matches!(self, Self::Limit | Self::StopLossLimit | Self::TakeProfitLimit)
    }
}

/// How much a reply to a new order tells.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Detail {
    Ack,
    Full,
    Result,
}

impl Context<'_, '_> {
    /// Reads and checks the one order of a request as far as the gateway does; an empty client id is to be made.
    pub(super) fn new_order(&self) -> Result<(NewOrder, Detail), Failure> {
        let order = self.read_order(&Leg::ALONE)?;
        let detail = self.detail(&order)?;
        Ok((order, detail))
    }

    /// How much the reply to an order shall tell.
    pub(super) fn detail(&self, order: &NewOrder) -> Result<Detail, Failure> {
        match (self.params()?.get("newOrderRespType")?, OrderType::of(order)) {
            (Some("ACK"), _) => Ok(Detail::Ack),
            (Some("RESULT"), _) => Ok(Detail::Result),
            (Some("FULL"), _) | (None, OrderType::Limit | OrderType::Market) => Ok(Detail::Full),
            (None, _) => Ok(Detail::Ack),
            (Some(_), _) => Err(Failure::invalid("newOrderRespType")),
        }
    }

    pub(super) fn read_order(&self, leg: &Leg) -> Result<NewOrder, Failure> {
        let params = self.params()?;
        params.symbol("symbol")?.ok_or_else(|| Failure::missing("symbol"))?;
        let side = match params.required(leg.side)? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return Err(Failure::new(-1117, "Invalid side.")),
        };
        let word = params.required(&leg.name("type"))?;
        let time_in_force = match params.get(&leg.name("timeInForce"))? {
            None => None,
            Some("GTC") => Some(TimeInForce::GoodTillCanceled),
            Some("IOC") => Some(TimeInForce::ImmediateOrCancel),
            Some("FOK") => Some(TimeInForce::FillOrKill),
            Some(_) => return Err(Failure::new(-1115, "Invalid timeInForce.")),
        };
        let client_id = params.client_id(&leg.client_id())?.unwrap_or_default().to_owned();
        let market = self.market()?;
        let pair = &self.venue.engine().market(market).instrument;
        let quantity = leg.quantity.map(|name| params.decimal(name, pair.base_decimals)).transpose()?.flatten();
        let quote_quantity = params.decimal("quoteOrderQty", pair.quote_decimals)?;
        let price = params.decimal(&leg.name("price"), pair.quote_decimals)?;
        let stop_price = params.decimal(&leg.name("stopPrice"), pair.quote_decimals)?;
        let trailing_delta = params.integer(&leg.name("trailingDelta"))?;
        let iceberg = params.decimal(&leg.name("icebergQty"), pair.base_decimals)?;
        let self_trade = self_trade(params)?;
        let found = OrderType::ALL.iter().find(|(_, known)| *known == word);
        let order_type = found.map(|(known, _)| *known).ok_or_else(|| Failure::new(-1116, "Invalid orderType."))?;
        let peg = peg(params, leg)?;
        check_parameters(params, leg, order_type, peg)?;
        if iceberg.is_some() && time_in_force.is_some_and(|force| force != TimeInForce::GoodTillCanceled) {
            return Err(Failure::iceberg_time_in_force(leg.lead, &leg.name("icebergQty")));
        }
        let size = match (quantity, quote_quantity) {
            (Some(_), Some(_)) => return Err(Failure::not_required("quoteOrderQty")),
            (Some(quantity), None) => Size::Base(quantity),
            (None, Some(amount)) => Size::Quote(amount),
            (None, None) => match leg.quantity {
                None => Size::Proceeds,
                Some(_) if leg.lead.is_empty() => return Err(Failure::one_of("quantity", "quoteOrderQty")),
                Some(name) => return Err(Failure::missing(name)),
            },
        };
        if let Some(peg) = peg {
            check_peg(order_type, peg, time_in_force)?;
        }
        let order = NewOrder {
            account: self.account,
            market,
            client_id,
            side,
            price,
            size,
            time_in_force: time_in_force.unwrap_or(if order_type.is_market() {
                TimeInForce::ImmediateOrCancel
            } else {
                TimeInForce::GoodTillCanceled
            }),
            post_only: order_type == OrderType::LimitMaker,
            ends_if_taking: false,
            self_trade,
            trigger: order_type.trigger().map(|kind| Trigger {
                kind,
                stop_price,
                // One beyond any limit breaks the filter all the same.
                trailing_delta: trailing_delta.map(|delta| u32::try_from(delta).unwrap_or(u32::MAX)),
            }),
            holds_late: false,
            // "Any order where the `icebergQty` is > 0." Source: filters.md, "MAX_NUM_ICEBERG_ORDERS".
            iceberg: iceberg.filter(|shown| !shown.is_zero()),
            peg,
            position: PositionSide::Net,
            reduce_only: false,
            good_till_us: None,
            labels: labels(params, leg)?,
        };
        check_amounts(&order)?;
        pair.check_order(&order).map_err(broken)?;
        Ok(order)
    }
}

fn self_trade(params: &Params<'_>) -> Result<SelfTrade, Failure> {
    Ok(match params.get("selfTradePreventionMode")? {
        None | Some("NONE") => SelfTrade::Allow,
        Some("DECREMENT") => SelfTrade::Decrement,
        Some("EXPIRE_BOTH") => SelfTrade::ExpireBoth,
        Some("EXPIRE_MAKER") => SelfTrade::ExpireMaker,
        Some("EXPIRE_TAKER") => SelfTrade::ExpireTaker,
        Some("TRANSFER") => SelfTrade::Transfer,
        Some(_) => return Err(Failure::invalid("selfTradePreventionMode")),
    })
}

fn peg(params: &Params<'_>, leg: &Leg) -> Result<Option<Peg>, Failure> {
    let offset_type = params.get(&leg.name("pegOffsetType"))?;
    let levels = params.integer(&leg.name("pegOffsetValue"))?;
    let to = match params.get(&leg.name("pegPriceType"))? {
        None if offset_type.is_none() && levels.is_none() => return Ok(None),
        None => return Err(Failure::missing(&leg.name("pegPriceType"))),
        Some("MARKET_PEG") => PegTo::Market,
        Some("PRIMARY_PEG") => PegTo::Primary,
        Some(_) => return Err(Failure::new(-1210, "Invalid pegPriceType.")),
    };
    if offset_type.is_some_and(|word| word != "PRICE_LEVEL") {
        return Err(Failure::new(-1211, "Invalid pegOffsetType."));
    }
    if offset_type.is_some() != levels.is_some() {
        let (a, b) = (leg.name("pegOffsetType"), leg.name("pegOffsetValue"));
        let message = format!("Fields [{a}, {b}] must be sent together or omitted entirely.");
        return Err(Failure::new(-1128, message));
    }
    let too_many = || Failure::too_large(&leg.name("pegOffsetValue"), "100");
    let levels = levels.map(|levels| u32::try_from(levels).ok().filter(|levels| *levels <= PEG_LEVELS_MAX));
    Ok(Some(Peg { to, levels: levels.map(|levels| levels.ok_or_else(too_many)).transpose()? }))
}

/// Source: the table of additional mandatory parameters by order type, and the notes below it.
fn check_parameters(params: &Params<'_>, leg: &Leg, order_type: OrderType, peg: Option<Peg>) -> Result<(), Failure> {
    let price = leg.name("price");
    let (stop_price, trailing_delta) = (leg.name("stopPrice"), leg.name("trailingDelta"));
    let mut required = Vec::new();
    let mut refused = Vec::new();
    let time_in_force = leg.name("timeInForce");
    if order_type.has_time_in_force() { &mut required } else { &mut refused }.push(&*time_in_force);
    if order_type != OrderType::Market {
        required.extend(leg.quantity);
        refused.push("quoteOrderQty");
    }
    match (order_type.is_market(), peg) {
        (true, _) => refused.push(&price),
        (false, None) => required.push(&price),
        // "If `pegPriceType` is specified, `price` becomes optional."
        (false, Some(_)) => {}
    }
    if order_type.trigger().is_none() {
        refused.extend([&*stop_price, &*trailing_delta]);
    }
    let iceberg = leg.name("icebergQty");
    if order_type.is_market() {
        refused.push(&iceberg);
    }
    if let Some(name) = required.iter().find(|name| !params.has(name)) {
        return Err(Failure::missing(name));
    }
    if let Some(name) = refused.iter().find(|name| params.has(name)) {
        return Err(Failure::not_required(name));
    }
    if order_type.trigger().is_some() && !params.has(&stop_price) && !params.has(&trailing_delta) {
        return Err(Failure::one_of(&stop_price, &trailing_delta));
    }
    Ok(())
}

/// Source: `pegged_orders.md`, "What order types support pegged orders?".
fn check_peg(order_type: OrderType, peg: Peg, time_in_force: Option<TimeInForce>) -> Result<(), Failure> {
    let only_good_till_canceled = order_type == OrderType::Limit && peg.to == PegTo::Primary;
    if order_type.is_market() {
        return Err(Failure::new(-1013, "This order type may not use pegged price."));
    }
    if (order_type == OrderType::LimitMaker && peg.to == PegTo::Market)
        || (only_good_till_canceled && time_in_force != Some(TimeInForce::GoodTillCanceled))
    {
        return Err(Failure::new(-1013, "This price peg cannot be used with this order type."));
    }
    Ok(())
}

fn labels(params: &Params<'_>, leg: &Leg) -> Result<BTreeMap<String, u64>, Failure> {
    let mut labels = BTreeMap::new();
    for name in ["strategyId", "strategyType"] {
        if let Some(number) = params.integer(&leg.name(name))? {
            labels.insert(name.to_owned(), number);
        }
    }
    if labels.get("strategyType").is_some_and(|kind| *kind < STRATEGY_TYPE_MIN) {
        return Err(Failure::new(-1134, "`strategyType` was less than 1000000."));
    }
    Ok(labels)
}

/// What is no price and no quantity at all, before any filter.
fn check_amounts(order: &NewOrder) -> Result<(), Failure> {
    let zero = |amount: Option<Decimal>| amount.is_some_and(|amount| amount.is_zero());
    if zero(order.price) {
        return Err(Failure::new(-1013, "Invalid price."));
    }
    if zero(order.trigger.and_then(|trigger| trigger.stop_price)) {
        return Err(Failure::new(-1013, "Invalid stopPrice."));
    }
    match order.size {
        Size::Base(quantity) if quantity.is_zero() => Err(Failure::new(-1013, "Invalid quantity.")),
        Size::Base(quantity) if order.iceberg.is_some_and(|shown| shown > quantity) => {
            Err(Failure::new(-1013, "IcebergQty exceeds QTY."))
        }
        Size::Quote(amount) if amount.is_zero() => Err(Failure::new(-1013, "Invalid quote order quantity.")),
        Size::Base(_) | Size::Position | Size::Proceeds | Size::Quote(_) => Ok(()),
    }
}

/// Source: `pegOffsetValue` of the new order.
const PEG_LEVELS_MAX: u32 = 100;
/// Source: `strategyType` of the new order.
const STRATEGY_TYPE_MIN: u64 = 1_000_000;
