//! An order as the parameters of a request, or an element of a batch, say it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::errors::broken;
use crate::binance::{Failure, Params};
use crate::engine::{
    MarketId, NewOrder, Peg, PegTo, PositionSide, SelfTrade, Side, Size, TimeInForce, Trigger, TriggerKind,
};

/// Names of an order without a trigger.
pub(super) const PLAIN: &[&str] = &[
    "symbol",
    "side",
    "positionSide",
    "type",
    "timeInForce",
    "quantity",
    "reduceOnly",
    "price",
    "newClientOrderId",
    "newOrderRespType",
    "priceMatch",
    "selfTradePreventionMode",
    "goodTillDate",
];

/// Names of an order with a trigger.
pub(super) const CONDITIONAL: &[&str] = &[
    "algoType",
    "symbol",
    "side",
    "positionSide",
    "type",
    "timeInForce",
    "quantity",
    "price",
    "triggerPrice",
    "workingType",
    "priceMatch",
    "closePosition",
    "priceProtect",
    "reduceOnly",
    "activatePrice",
    "callbackRate",
    "clientAlgoId",
    "newOrderRespType",
    "selfTradePreventionMode",
    "goodTillDate",
];

/// Source: common-definition, "Price Match": where in the book, from which side, how many levels behind the best.
pub(super) const PRICE_MATCHES: [(&str, PegTo, u32); 8] = [
    ("OPPONENT", PegTo::Market, 0),
    ("OPPONENT_5", PegTo::Market, 4),
    ("OPPONENT_10", PegTo::Market, 9),
    ("OPPONENT_20", PegTo::Market, 19),
    ("QUEUE", PegTo::Primary, 0),
    ("QUEUE_5", PegTo::Primary, 4),
    ("QUEUE_10", PegTo::Primary, 9),
    ("QUEUE_20", PegTo::Primary, 19),
];

/// What an order says beside what the engine knows, kept as numbers under these names.
pub(super) const PRICE_MATCH: &str = "priceMatch";
pub(super) const MARK_PRICE: &str = "markPrice";
pub(super) const PRICE_PROTECT: &str = "priceProtect";
pub(super) const RETAIL: &str = "retail";

impl Context<'_, '_> {
    /// Reads and checks an order without a trigger; an empty client id is to be made.
    pub(super) fn plain_order(&self, params: &Params<'_>) -> Result<NewOrder, Failure> {
        let word = params.required("type")?;
        if CONDITIONAL_TYPES.iter().any(|(known, _)| *known == word) {
            let message =
                "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.";
            return Err(Failure::new(-4120, message));
        }
        let is_market = match word {
            "LIMIT" => false,
            "MARKET" => true,
            _ => return Err(Failure::new(-1116, "Invalid orderType.")),
        };
        let mut order = self.common(params, "newClientOrderId")?;
        let quantity = params.decimal("quantity", QUANTITY_DECIMALS)?.ok_or_else(|| Failure::missing("quantity"))?;
        order.size = Size::Base(above_zero(quantity)?);
        self.read_price(params, &mut order, is_market)?;
        if is_market && params.has("timeInForce") {
            return Err(Failure::not_required("timeinforce"));
        }
        self.checked(order)
    }

    /// Reads and checks an order with a trigger.
    pub(super) fn conditional_order(&self) -> Result<NewOrder, Failure> {
        let params = self.params()?;
        if params.required("algoType")? != "CONDITIONAL" {
            return Err(Failure::invalid("algoType"));
        }
        let word = params.required("type")?;
        let known = CONDITIONAL_TYPES.iter().find(|(known, _)| *known == word);
        let (_, kind) = known.ok_or_else(|| Failure::new(-1116, "Invalid orderType."))?;
        let mut order = self.common(params, "clientAlgoId")?;
        let is_market = word.ends_with("_MARKET");
        let closes = params.boolean("closePosition")?.unwrap_or(false);
        let quantity = params.decimal("quantity", QUANTITY_DECIMALS)?;
        order.size = match (closes, quantity) {
            (true, Some(_)) => {
                return Err(Failure::new(-4137, "Quantity must be zero with closePosition equals true"));
            }
            (true, None) if !is_market || word == TRAILING => return Err(Failure::invalid("closePosition")),
            (true, None) => Size::Position,
            (false, Some(quantity)) => Size::Base(above_zero(quantity)?),
            (false, None) => return Err(Failure::missing("quantity")),
        };
        if closes && order.reduce_only {
            return Err(Failure::not_required("reduceonly"));
        }
        self.read_price(params, &mut order, is_market)?;
        let stop_price = params.decimal("triggerPrice", PRICE_DECIMALS)?;
        let activate = params.decimal("activatePrice", PRICE_DECIMALS)?;
        let callback = params.decimal("callbackRate", 1)?;
        order.trigger = Some(if word == TRAILING {
            let percent = callback.ok_or_else(|| Failure::missing("callbackRate"))?;
            let delta = u32::try_from((percent * Decimal::ONE_HUNDRED).round()).unwrap_or(u32::MAX);
            // It is followed from the activation price on, which a sale waits for above the market.
            let kind = if activate.is_some() { TriggerKind::TakeProfit } else { TriggerKind::StopLoss };
            Trigger { kind, stop_price: activate, trailing_delta: Some(delta) }
        } else {
            let stop_price = stop_price.ok_or_else(|| Failure::missing("triggerPrice"))?;
            Trigger { kind: *kind, stop_price: Some(stop_price), trailing_delta: None }
        });
        match params.get("workingType")? {
            None | Some("CONTRACT_PRICE") => {}
            Some("MARK_PRICE") => drop(order.labels.insert(MARK_PRICE.to_owned(), 1)),
            Some(_) => return Err(Failure::new(-4031, "Invalid working type.")),
        }
        if params.boolean("priceProtect")?.unwrap_or(false) {
            order.labels.insert(PRICE_PROTECT.to_owned(), 1);
        }
        self.checked(order)
    }

    /// What both kinds say.
    fn common(&self, params: &Params<'_>, id_name: &str) -> Result<NewOrder, Failure> {
        let symbol = params.symbol("symbol")?.ok_or_else(|| Failure::missing("symbol"))?;
        let market = self.venue.engine().market_by_symbol(symbol).ok_or_else(Failure::symbol)?;
        let side = read_side(params)?;
        let (position, reduce_only) = self.read_position(params)?;
        let (time_in_force, post_only) = match params.get("timeInForce")? {
            None | Some("GTC" | "GTD") => (TimeInForce::GoodTillCanceled, false),
            Some("GTX" | "RPI") => (TimeInForce::GoodTillCanceled, true),
            Some("IOC") => (TimeInForce::ImmediateOrCancel, false),
            Some("FOK") => (TimeInForce::FillOrRefuse, false),
            Some(_) => return Err(Failure::new(-1115, "Invalid timeInForce.")),
        };
        let self_trade = match params.get("selfTradePreventionMode")? {
            // "The default is EXPIRE_MAKER." Source: the models of the connector.
            None | Some("EXPIRE_MAKER") => SelfTrade::ExpireMaker,
            Some("EXPIRE_BOTH") => SelfTrade::ExpireBoth,
            Some("EXPIRE_TAKER") => SelfTrade::ExpireTaker,
            Some("NONE") => SelfTrade::Allow,
            Some(_) => return Err(Failure::new(-5039, "Invalid self trade prevention mode.")),
        };
        let mut labels = BTreeMap::new();
        if params.get("timeInForce")? == Some("RPI") {
            labels.insert(RETAIL.to_owned(), 1);
        }
        Ok(NewOrder {
            account: self.account,
            market,
            client_id: client_id(params, id_name)?.unwrap_or_default().to_owned(),
            side,
            price: None,
            size: Size::Proceeds,
            time_in_force,
            post_only,
            ends_if_taking: false,
            self_trade,
            trigger: None,
            holds_late: false,
            iceberg: None,
            peg: None,
            position,
            reduce_only,
            good_till_us: self.read_good_till(params)?,
            labels,
        })
    }

    /// Which of the account's positions it is for, and whether it only reduces it. Source: "New Order": of hedge mode and of
    /// one-way mode.
    fn read_position(&self, params: &Params<'_>) -> Result<(PositionSide, bool), Failure> {
        let reduce_only = params.boolean("reduceOnly")?.unwrap_or(false);
        let side = match params.get("positionSide")? {
            None | Some("BOTH") => PositionSide::Net,
            Some("LONG") => PositionSide::Long,
            Some("SHORT") => PositionSide::Short,
            Some(_) => return Err(Failure::new(-4060, "Invalid position side.")),
        };
        if self.venue.engine().is_hedged(self.account) == (side == PositionSide::Net) {
            return Err(Failure::new(-4061, "Order's position side does not match user's setting."));
        }
        if reduce_only && side != PositionSide::Net {
            return Err(Failure::not_required("reduceonly"));
        }
        Ok((side, reduce_only))
    }

    fn read_good_till(&self, params: &Params<'_>) -> Result<Option<u64>, Failure> {
        let expires = params.get("timeInForce")? == Some("GTD");
        match params.integer("goodTillDate")? {
            Some(_) if !expires => Err(Failure::not_required("goodTillDate")),
            None if expires => Err(Failure::missing("goodTillDate")),
            None => Ok(None),
            // "only the second-level precision is retained".
            Some(ms) => match (ms / 1_000).checked_mul(1_000_000) {
                Some(time_us) if time_us >= self.now_us + GOOD_TILL_LEAST_US => Ok(Some(time_us)),
                _ => Err(Failure::new(
                    -5040,
                    "The goodTillDate timestamp must be greater than the current time plus 600 seconds",
                )),
            },
        }
    }

    /// A price of its own, or one of the book's.
    fn read_price(&self, params: &Params<'_>, order: &mut NewOrder, is_market: bool) -> Result<(), Failure> {
        let price = params.decimal("price", PRICE_DECIMALS)?;
        let matched = self.price_match(params, order.market, order.side)?;
        order.price = match (is_market, price, matched) {
            (true, Some(_), _) => return Err(Failure::not_required("price")),
            (true, None, Some(_)) => return Err(Failure::new(-5038, "This order type does not support price match.")),
            (true, None, None) => None,
            (false, Some(_), Some(_)) => return Err(Failure::new(-5037, "Invalid price match")),
            (false, Some(price), None) if price.is_zero() => return Err(Failure::new(-4001, "Price less than 0.")),
            (false, Some(price), None) => Some(price),
            (false, None, Some((place, price))) => {
                order.labels.insert(PRICE_MATCH.to_owned(), place);
                Some(price)
            }
            (false, None, None) => return Err(Failure::missing("price")),
        };
        if !is_market && !params.has("timeInForce") {
            return Err(Failure::missing("timeInForce"));
        }
        if is_market {
            order.time_in_force = TimeInForce::ImmediateOrCancel;
        }
        Ok(())
    }

    /// The price that `priceMatch` finds in the book, and which match it is.
    pub(super) fn price_match(
        &self,
        params: &Params<'_>,
        market: MarketId,
        side: Side,
    ) -> Result<Option<(u64, Decimal)>, Failure> {
        let Some(word) = params.get("priceMatch")?.filter(|word| *word != "NONE") else { return Ok(None) };
        let place = PRICE_MATCHES.iter().position(|(known, ..)| *known == word);
        let place = place.ok_or_else(|| Failure::new(-5037, "Invalid price match"))?;
        let (_, to, levels) = PRICE_MATCHES[place];
        let price = self.venue.engine().peg_price(market, side, Peg { to, levels: Some(levels) });
        let price = price.map_err(|_| Failure::new(-5041, "No depth matches this BBO order"))?;
        Ok(Some((place as u64, price)))
    }

    fn checked(&self, order: NewOrder) -> Result<NewOrder, Failure> {
        let contract = &self.venue.engine().market(order.market).instrument;
        match contract.check_order(&order) {
            Ok(()) => Ok(order),
            Err(rule) => Err(broken(rule, &order, contract)),
        }
    }
}

pub(super) fn read_side(params: &Params<'_>) -> Result<Side, Failure> {
    match params.required("side")? {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        _ => Err(Failure::new(-1117, "Invalid side.")),
    }
}

/// Source: `newClientOrderId` of "New Order".
pub(super) fn client_id<'a>(params: &'a Params<'_>, name: &str) -> Result<Option<&'a str>, Failure> {
    let Some(text) = params.get(name)? else { return Ok(None) };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".:/_-".contains(&byte);
    if text.len() > CLIENT_ORDER_ID_BYTES_MAX || !text.bytes().all(legal) {
        return Err(Failure::new(-4015, "Client order id is not valid."));
    }
    Ok(Some(text))
}

pub(super) fn above_zero(quantity: Decimal) -> Result<Decimal, Failure> {
    if quantity.is_zero() { Err(Failure::new(-4003, "Quantity less than or equal to zero.")) } else { Ok(quantity) }
}

pub(super) const TRAILING: &str = "TRAILING_STOP_MARKET";

pub(super) const CONDITIONAL_TYPES: [(&str, TriggerKind); 5] = [
    ("STOP", TriggerKind::StopLoss),
    ("STOP_MARKET", TriggerKind::StopLoss),
    ("TAKE_PROFIT", TriggerKind::TakeProfit),
    ("TAKE_PROFIT_MARKET", TriggerKind::TakeProfit),
    (TRAILING, TriggerKind::StopLoss),
];

/// More than any instrument's steps have: those are the filters' to judge.
pub(super) const PRICE_DECIMALS: u32 = 8;
pub(super) const QUANTITY_DECIMALS: u32 = 8;
const CLIENT_ORDER_ID_BYTES_MAX: usize = 36;
const GOOD_TILL_LEAST_US: u64 = 600 * 1_000_000;
