//! An order as a request, or an element of a batch, says it. Source: order/create-order.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::errors::{Failure, broken};
use super::params::Fields;
use super::{Category, Context};
use crate::engine::{
    MarketId, NewOrder, Peg, PegTo, PositionSide, SelfTrade, Side, Size, TimeInForce, Trigger, TriggerKind,
};

/// What an order says beside what the engine knows, kept as numbers under these names.
pub(super) const BBO: &str = "bbo";
pub(super) const CLOSE_ON_TRIGGER: &str = "closeOnTrigger";
/// A market order that runs no further than a price of its own.
pub(super) const IS_MARKET: &str = "isMarket";
pub(super) const RPI: &str = "rpi";
/// A spot order with a trigger that holds its funds.
pub(super) const TPSL: &str = "tpsl";
/// Place of the price in [`TRIGGER_PRICES`].
pub(super) const TRIGGER_BY: &str = "triggerBy";

/// Source: enum, "triggerBy".
pub(super) const TRIGGER_PRICES: [&str; 3] = ["LastPrice", "IndexPrice", "MarkPrice"];

/// Exits, and what belongs to options.
const NOT_SIMULATED: &[&str] = &["takeProfit", "stopLoss", "tpLimitPrice", "slLimitPrice", "orderIv", "mmp"];

impl Context<'_, '_> {
    /// Reads an order and holds it against its instrument's rules.
    pub(super) fn read_order(&mut self, order: &Value) -> Result<NewOrder, Failure> {
        let fields = Fields::of(order)?;
        fields.refuse(NOT_SIMULATED)?;
        if fields.integer("isLeverage")?.unwrap_or_default() != 0 {
            let message = "You haven't enabled Cross Margin Trading yet. To do so, please head to the PC trading site or the Bybit app";
            return Err(Failure::with(170036, message));
        }
        let market = self.market(fields.needed("symbol")?)?;
        let side = self.side(&fields)?;
        let is_market = match fields.needed("orderType")? {
            "Limit" => false,
            "Market" => true,
            _ => return Err(self.refusal(170116, "Invalid orderType.")),
        };
        let mut labels = BTreeMap::new();
        let (position, reduce_only) = self.position(&fields)?;
        let close_on_trigger = self.category == Category::Linear && fields.flag("closeOnTrigger")?;
        if close_on_trigger {
            labels.insert(CLOSE_ON_TRIGGER.to_owned(), 1);
        }
        let (time_in_force, post_only) = match (is_market, fields.text("timeInForce")?) {
            // "Market order will always use IOC."
            (true, _) => (TimeInForce::ImmediateOrCancel, false),
            (_, None | Some("GTC")) => (TimeInForce::GoodTillCanceled, false),
            (_, Some("PostOnly")) => (TimeInForce::GoodTillCanceled, true),
            (_, Some("RPI")) => {
                labels.insert(RPI.to_owned(), 1);
                (TimeInForce::GoodTillCanceled, true)
            }
            (_, Some("IOC")) => (TimeInForce::ImmediateOrCancel, false),
            (_, Some("FOK")) => (TimeInForce::FillOrKill, false),
            _ => return Err(self.refusal(170115, "Invalid timeInForce.")),
        };
        let self_trade = match fields.text("smpType")? {
            None | Some("None") => SelfTrade::Allow,
            Some("CancelBoth") => SelfTrade::ExpireBoth,
            Some("CancelMaker") => SelfTrade::ExpireMaker,
            Some("CancelTaker") => SelfTrade::ExpireTaker,
            Some(_) => return Err(Failure::parameter("smpType")),
        };
        let trigger = self.trigger(&fields, market, side, &mut labels)?;
        let price = match is_market {
            true => self.worst_price(&fields, market, side, &mut labels)?,
            false => Some(self.price(&fields, market, side, &mut labels)?),
        };
        let mut order = NewOrder {
            account: self.account,
            market,
            client_id: fields.link_id()?.unwrap_or_default().to_owned(),
            side,
            price,
            size: Size::Proceeds,
            time_in_force,
            post_only,
            // Acknowledged before the engine looks, and cancelled by it then.
            ends_if_taking: post_only,
            self_trade,
            trigger,
            // "The conditional order does not occupy the margin."
            holds_late: trigger.is_some() && !labels.contains_key(TPSL),
            iceberg: None,
            peg: None,
            position,
            reduce_only: reduce_only || close_on_trigger,
            good_till_us: None,
            labels,
        };
        order.size = self.size(&fields, &order, is_market)?;
        self.check_id(&mut order)?;
        let instrument = &self.venue.engine().market(market).instrument;
        instrument.check_order(&order).map_err(|rule| broken(self.category, rule, &order, instrument))?;
        Ok(order)
    }

    /// Spot has codes of its own for what contracts call an error of the parameters.
    fn refusal(&self, spot: u32, message: &'static str) -> Failure {
        Failure::with(if self.category == Category::Spot { spot } else { 10001 }, message)
    }

    fn side(&self, fields: &Fields<'_>) -> Result<Side, Failure> {
        match fields.needed("side")? {
            "Buy" => Ok(Side::Buy),
            "Sell" => Ok(Side::Sell),
            _ => Err(self.refusal(170117, "Invalid side.")),
        }
    }

    /// "orderLinkId: optional, always unique": among orders that have ended too.
    fn check_id(&mut self, order: &mut NewOrder) -> Result<(), Failure> {
        if order.client_id.is_empty() {
            // The engine knows each by one; replies leave it out.
            order.client_id = format!("{MADE_ID}{}", self.venue.make_id(22, self.now_us));
            return Ok(());
        }
        if self.by_link_id(&order.client_id).is_some() { Err(Failure::duplicate(self.category)) } else { Ok(()) }
    }

    /// Which of the account's positions it is for, and whether it only reduces it.
    fn position(&self, fields: &Fields<'_>) -> Result<(PositionSide, bool), Failure> {
        if self.category == Category::Spot {
            return Ok((PositionSide::Net, false));
        }
        let side = match fields.integer("positionIdx")? {
            None | Some(0) => PositionSide::Net,
            Some(1) => PositionSide::Long,
            Some(2) => PositionSide::Short,
            Some(_) => return Err(Failure::parameter("positionIdx")),
        };
        if self.venue.engine().is_hedged(self.account) == (side == PositionSide::Net) {
            return Err(Failure::with(10001, "position idx not match position mode"));
        }
        Ok((side, fields.flag("reduceOnly")?))
    }

    /// What it waits for. Contracts say which way the price has to go; on Spot the market's price says it.
    fn trigger(
        &self,
        fields: &Fields<'_>,
        market: MarketId,
        side: Side,
        labels: &mut BTreeMap<String, u64>,
    ) -> Result<Option<Trigger>, Failure> {
        let stop_price = fields.positive("triggerPrice")?;
        let last_price = self.venue.engine().market(market).last_price;
        if self.category == Category::Spot {
            match (fields.text("orderFilter")?, stop_price) {
                (None | Some("Order"), _) => return Ok(None),
                (Some("StopOrder" | "tpslOrder"), None) => {
                    return Err(Failure::with(170202, "Please enter the TP/SL price."));
                }
                (Some("StopOrder"), _) => {}
                (Some("tpslOrder"), _) => drop(labels.insert(TPSL.to_owned(), 1)),
                (Some(_), _) => return Err(Failure::with(170201, "Invalid orderFilter parameter")),
            }
        }
        let Some(stop_price) = stop_price else { return Ok(None) };
        let rises = match (self.category, fields.integer("triggerDirection")?) {
            (Category::Spot, _) => stop_price > last_price,
            (_, Some(1)) if stop_price <= last_price => {
                let message = format!("expect Rising, but trigger_price[{stop_price}] <= current[{last_price}]");
                return Err(Failure::with(110092, message));
            }
            (_, Some(2)) if stop_price >= last_price => {
                let message = format!("expect Falling, but trigger_price[{stop_price}] >= current[{last_price}]");
                return Err(Failure::with(110093, message));
            }
            (_, Some(1)) => true,
            (_, Some(2)) => false,
            _ => return Err(Failure::parameter("triggerDirection")),
        };
        let word = fields.text("triggerBy")?.unwrap_or(TRIGGER_PRICES[0]);
        let place = TRIGGER_PRICES.iter().position(|known| *known == word);
        let place = place.ok_or_else(|| Failure::parameter("triggerBy"))?;
        if self.category == Category::Linear {
            labels.insert(TRIGGER_BY.to_owned(), place as u64);
        }
        let kind = if rises == (side == Side::Buy) { TriggerKind::StopLoss } else { TriggerKind::TakeProfit };
        Ok(Some(Trigger { kind, stop_price: Some(stop_price), trailing_delta: None }))
    }

    /// A limit order's price: its own, or one of the book's.
    fn price(
        &self,
        fields: &Fields<'_>,
        market: MarketId,
        side: Side,
        labels: &mut BTreeMap<String, u64>,
    ) -> Result<Decimal, Failure> {
        let to = match fields.text("bboSideType")?.filter(|_| self.category == Category::Linear) {
            None => return fields.positive("price")?.ok_or_else(|| Failure::parameter("price")),
            Some("Counterparty") => PegTo::Market,
            Some("Queue") => PegTo::Primary,
            Some(_) => return Err(Failure::parameter("bboSideType")),
        };
        let level = fields.integer("bboLevel")?.and_then(|level| u32::try_from(level).ok());
        let level = level.filter(|level| (1..=5).contains(level)).ok_or_else(|| Failure::parameter("bboLevel"))?;
        labels.insert(BBO.to_owned(), 1);
        let price = self.venue.engine().peg_price(market, side, Peg { to, levels: Some(level - 1) });
        price.map_err(|_| Failure::parameter("bboLevel"))
    }

    /// How far a market order may run. Source: `slippageToleranceType`.
    fn worst_price(
        &self,
        fields: &Fields<'_>,
        market: MarketId,
        side: Side,
        labels: &mut BTreeMap<String, u64>,
    ) -> Result<Option<Decimal>, Failure> {
        let Some(kind) = fields.text("slippageToleranceType")? else { return Ok(None) };
        let invalid = || Failure::parameter("slippageTolerance");
        let tolerance = fields.positive("slippageTolerance")?.ok_or_else(invalid)?;
        let best = self.venue.engine().peg_price(market, side, Peg { to: PegTo::Market, levels: None });
        // Nobody there to run from.
        let Ok(best) = best else { return Ok(None) };
        let tick = self.venue.engine().market(market).instrument.tick_size;
        let away = match kind {
            "TickSize" if tolerance.fract().is_zero() && tolerance <= Decimal::from(10_000) => tolerance * tick,
            "Percent" if tolerance >= Decimal::new(1, 2) && tolerance <= Decimal::TEN && tolerance.scale() <= 2 => {
                best * tolerance / Decimal::ONE_HUNDRED
            }
            _ => return Err(invalid()),
        };
        labels.insert(IS_MARKET.to_owned(), 1);
        let worst = if side == Side::Buy { best + away } else { best - away };
        // In whole ticks, and no further.
        let ticks = worst / tick;
        let ticks = if side == Side::Buy { ticks.floor() } else { ticks.ceil() };
        Ok(Some((ticks * tick).normalize()))
    }

    /// How much: "Market Buy order by value by default, you can set `marketUnit`"; of what only reduces, no more than there
    /// is.
    fn size(&self, fields: &Fields<'_>, order: &NewOrder, is_market: bool) -> Result<Size, Failure> {
        let quantity = fields.decimal("qty")?.ok_or_else(|| Failure::parameter("qty"))?;
        if self.category == Category::Spot {
            if quantity.is_zero() {
                return Err(Failure::with(170136, "Order quantity lower than the minimum."));
            }
            let is_quote = match fields.text("marketUnit")? {
                _ if !is_market => false,
                None => order.side == Side::Buy,
                Some("baseCoin") => false,
                Some("quoteCoin") => true,
                Some(_) => return Err(Failure::parameter("marketUnit")),
            };
            if is_quote && order.trigger.is_some() {
                // The engine cannot hold an amount of the quote coin until then.
                return Err(Failure::with(10001, "an order by value that waits for its trigger is not simulated"));
            }
            return Ok(if is_quote { Size::Quote(quantity) } else { Size::Base(quantity) });
        }
        let closes = quantity.is_zero() && order.reduce_only && order.labels.contains_key(CLOSE_ON_TRIGGER);
        if quantity.is_zero() && !closes {
            return Err(Failure::parameter("qty"));
        }
        if order.trigger.is_some() {
            // What there is to reduce is seen when it is triggered.
            return Ok(if closes { Size::Position } else { Size::Base(quantity) });
        }
        if !order.only_reduces() {
            return Ok(Size::Base(quantity));
        }
        let left = self.reducible(order);
        let instrument = &self.venue.engine().market(order.market).instrument;
        let most = if is_market { instrument.market_quantity_max } else { instrument.quantity_max };
        let quantity = if closes { left.min(most) } else { quantity.min(left) };
        if quantity.is_zero() { Err(Failure::nothing_to_reduce()) } else { Ok(Size::Base(quantity)) }
    }

    /// How much of its position no other order is to take off yet.
    fn reducible(&self, order: &NewOrder) -> Decimal {
        let engine = self.venue.engine();
        let is_its = |market, position| (market, position) == (order.market, order.position);
        let position = engine.positions(self.account).find(|position| is_its(position.market, position.side));
        let quantity = position.map_or(Decimal::ZERO, |position| position.quantity);
        let quantity = if order.side == Side::Sell { quantity } else { -quantity };
        let others = engine.open_orders(self.account, Some(order.market)).filter(|other| {
            let request = &other.request;
            other.is_resting()
                && request.only_reduces()
                && request.side == order.side
                && is_its(request.market, request.position)
        });
        (quantity - others.map(|other| other.remaining()).sum::<Decimal>()).max(Decimal::ZERO)
    }
}

/// What stands before ids that clients cannot choose.
pub(super) const MADE_ID: &str = "made:";
