//! An order as a request says it. Source: "Create Order".

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::errors::{Failure, Refused};
use super::params::Fields;
use crate::engine::{NewOrder, PositionSide, SelfTrade, Side, Size, TimeInForce, Trigger, TriggerKind};
use crate::rfc3339;

/// Why an order was not read: the request is not right, or the order in it.
#[derive(Debug)]
pub(super) enum Unread {
    Request(Failure),
    Order(Refused),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Request(failure)
    }
}

impl From<Refused> for Unread {
    fn from(refused: Refused) -> Self {
        Self::Order(refused)
    }
}

/// What stands in an order's configuration.
struct Terms {
    price: Option<Decimal>,
    size: Size,
    time_in_force: TimeInForce,
    post_only: bool,
    trigger: Option<Trigger>,
    good_till_us: Option<u64>,
}

impl Context<'_, '_> {
    /// Reads an order and holds it against the product's rules.
    pub(super) fn read_order(&self, client_id: &str) -> Result<NewOrder, Unread> {
        let request = self.fields()?;
        let (product, configuration) = (request.needed("product_id")?, request.object("order_configuration")?);
        let side = match request.needed("side")? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return Err(Refused::SIDE.into()),
        };
        let market = self.venue.engine().market_by_symbol(product).ok_or(Refused::PRODUCT)?;
        if request.says("leverage") {
            return Err(Refused::LEVERAGE.into());
        }
        if request.says("margin_type") {
            return Err(Refused::MARGIN.into());
        }
        if request.says("attached_order_configuration") {
            return Err(Refused::UNSUPPORTED.into());
        }
        let instrument = &self.venue.engine().market(market).instrument;
        let Terms { price, size, time_in_force, post_only, trigger, good_till_us } = self.terms(configuration, side)?;
        if let Size::Quote(amount) = size
            && !(amount % instrument.tick_size).is_zero()
        {
            return Err(Refused::QUOTE_PRECISION.into());
        }
        let order = NewOrder {
            account: self.account,
            market,
            client_id: client_id.to_owned(),
            side,
            price,
            size,
            time_in_force,
            post_only,
            ends_if_taking: false,
            self_trade: SelfTrade::Decrement,
            trigger,
            holds_late: false,
            iceberg: None,
            peg: None,
            position: PositionSide::Net,
            reduce_only: false,
            good_till_us,
            labels: BTreeMap::new(),
        };
        instrument.check_order(&order).map_err(|rule| Refused::of_rule(rule, &order, instrument))?;
        Ok(order)
    }

    fn terms(&self, configuration: Fields<'_>, side: Side) -> Result<Terms, Unread> {
        let mut kinds = configuration.iter().filter(|(_, value)| !value.is_null());
        let (Some((kind, terms)), None) = (kinds.next(), kinds.next()) else {
            return Err(Refused::CONFIGURATION.into());
        };
        let terms = Fields::of(terms)?;
        let time_in_force = match kind {
            "market_market_ioc" | "sor_limit_ioc" => TimeInForce::ImmediateOrCancel,
            "market_market_fok" | "limit_limit_fok" => TimeInForce::FillOrKill,
            "limit_limit_gtc" | "limit_limit_gtd" => TimeInForce::GoodTillCanceled,
            "stop_limit_stop_limit_gtc" | "stop_limit_stop_limit_gtd" => TimeInForce::GoodTillCanceled,
            _ => return Err(Refused::UNSUPPORTED.into()),
        };
        let is_market = kind.starts_with("market");
        let size = match (terms.positive("base_size")?, terms.positive("quote_size")?) {
            (Some(size), None) => Size::Base(size),
            (None, Some(amount)) if is_market => Size::Quote(amount),
            (None, Some(_)) => return Err(Refused::UNSUPPORTED.into()),
            (None, None) | (Some(_), Some(_)) => return Err(Refused::CONFIGURATION.into()),
        };
        let price = if is_market { None } else { Some(terms.amount("limit_price")?) };
        let trigger = if kind.starts_with("stop") { Some(trigger(terms, side, price)?) } else { None };
        let good_till_us = if kind.ends_with("gtd") {
            let end_us = rfc3339::read(terms.needed("end_time")?).ok_or_else(|| Failure::argument("end_time"))?;
            Some(end_us).filter(|end_us| *end_us > self.now_us).ok_or(Refused::END_TIME)?.into()
        } else {
            None
        };
        let post_only = kind.starts_with("limit_limit_gt") && terms.flag("post_only")?;
        Ok(Terms { price, size, time_in_force, post_only, trigger, good_till_us })
    }
}

/// What a stop-limit order waits for.
fn trigger(terms: Fields<'_>, side: Side, price: Option<Decimal>) -> Result<Trigger, Unread> {
    let stop_price = terms.amount("stop_price")?;
    let is_up = match terms.needed("stop_direction")? {
        "STOP_DIRECTION_STOP_UP" => true,
        "STOP_DIRECTION_STOP_DOWN" => false,
        _ => return Err(Refused::CONFIGURATION.into()),
    };
    let kind = if is_up == (side == Side::Buy) { TriggerKind::StopLoss } else { TriggerKind::TakeProfit };
    // One that follows the market through its stop has to be able to take.
    match (kind, side, price) {
        (TriggerKind::StopLoss, Side::Buy, Some(price)) if stop_price > price => Err(Refused::STOP_ABOVE_LIMIT.into()),
        (TriggerKind::StopLoss, Side::Sell, Some(price)) if stop_price < price => Err(Refused::STOP_BELOW_LIMIT.into()),
        _ => Ok(Trigger { kind, stop_price: Some(stop_price), trailing_delta: None }),
    }
}
