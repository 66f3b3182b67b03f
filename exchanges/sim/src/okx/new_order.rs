//! An order as the object of a request says it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Context;
use super::errors::Failure;
use super::params::Fields;
use crate::engine::{MarketId, NewOrder, PositionSide, SelfTrade, Side, Size, TimeInForce};
use crate::instrument::Instrument;

/// What an order says that the engine only keeps.
pub(super) const ISOLATED: &str = "isolated";

/// An order without a trigger. Source: "Place order".
pub(super) fn read(context: &mut Context<'_, '_>, order: &Value) -> Result<NewOrder, Failure> {
    let fields = Fields::of(order)?;
    let mut request = context.begin(&fields, false)?;
    fields.refuse(&["attachAlgoOrds", "ccy", "pxUsd", "pxVol", "slippagePct"])?;
    let kind = fields.needed("ordType")?;
    let is_contract = context.instrument(request.market).is_contract();
    request.time_in_force = match kind {
        "fok" => TimeInForce::FillOrKill,
        "ioc" => TimeInForce::ImmediateOrCancel,
        "limit" | "market" | "post_only" => TimeInForce::GoodTillCanceled,
        "optimal_limit_ioc" if is_contract => TimeInForce::ImmediateOrCancel,
        _ => return Err(Failure::parameter("ordType")),
    };
    // Acknowledged before the engine looks, and cancelled by it then.
    request.post_only = kind == "post_only";
    request.ends_if_taking = request.post_only;
    let is_market = matches!(kind, "market" | "optimal_limit_ioc");
    request.price = match (is_market, fields.positive("px")?) {
        (true, _) => None,
        (false, None) => return Err(Failure::with(200, 51204, "The price can't be empty for a limit order.")),
        (false, price) => price,
    };
    let amount = fields.positive("sz")?.ok_or_else(|| Failure::parameter("sz"))?;
    // "The default is quote_ccy for buy, base_ccy for sell", of market orders on spot alone.
    let is_quote = match fields.text("tgtCcy")?.filter(|_| is_market && !is_contract) {
        Some("quote_ccy") => true,
        Some("base_ccy") => false,
        None => is_market && !is_contract && request.side == Side::Buy,
        Some(_) => return Err(Failure::parameter("tgtCcy")),
    };
    request.size = if is_quote { Size::Quote(amount) } else { Size::Base(context.units(request.market, amount)?) };
    request.self_trade = match fields.text("stpMode")? {
        None | Some("cancel_maker") => SelfTrade::ExpireMaker,
        Some("cancel_both") => SelfTrade::ExpireBoth,
        Some("cancel_taker") => SelfTrade::ExpireTaker,
        Some(_) => return Err(Failure::parameter("stpMode")),
    };
    request.client_id = context.client_id(fields.id("clOrdId")?);
    context.check(&request)?;
    Ok(request)
}

impl Context<'_, '_> {
    /// What every order says first; the rest is as it is until it is said.
    pub(super) fn begin(&self, fields: &Fields<'_>, has_trigger: bool) -> Result<NewOrder, Failure> {
        let market = self.market(fields.needed("instId")?)?;
        let is_contract = self.instrument(market).is_contract();
        let mut labels = BTreeMap::new();
        match (is_contract, fields.needed("tdMode")?) {
            (false, "cash") | (true, "cross") => {}
            // Of a pair that waits the venue takes this too: ccxt sends it, and says that the other is refused to some accounts.
            (false, "cross") if has_trigger => {}
            (true, "isolated") => drop(labels.insert(ISOLATED.to_owned(), 1)),
            // On margin.
            (false, "cross" | "isolated") => return Err(Failure::MODE),
            _ => return Err(Failure::parameter("tdMode")),
        }
        let side = match fields.needed("side")? {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Err(Failure::parameter("side")),
        };
        let position = self.position_side(fields, is_contract)?;
        let mut reduce_only = fields.flag("reduceOnly")?;
        if reduce_only && !is_contract {
            return Err(Failure::with(200, 51139, "Reduce-only feature is unavailable for spot trading."));
        }
        // Of accounts with two positions it says nothing.
        reduce_only &= position == PositionSide::Net;
        Ok(NewOrder { side, reduce_only, labels, ..self.bare_order(market, position) })
    }

    /// An order at market that says nothing yet.
    pub(super) fn bare_order(&self, market: MarketId, position: PositionSide) -> NewOrder {
        NewOrder {
            account: self.account,
            market,
            client_id: String::new(),
            side: Side::Buy,
            price: None,
            size: Size::Proceeds,
            time_in_force: TimeInForce::GoodTillCanceled,
            post_only: false,
            ends_if_taking: false,
            holds_late: false,
            self_trade: SelfTrade::ExpireMaker,
            trigger: None,
            iceberg: None,
            peg: None,
            position,
            reduce_only: false,
            good_till_us: None,
            labels: BTreeMap::new(),
        }
    }

    /// Which of the account's positions is meant. Source: "Place order", `posSide`.
    pub(super) fn position_side(&self, fields: &Fields<'_>, is_contract: bool) -> Result<PositionSide, Failure> {
        let is_hedged = is_contract && self.venue.engine().is_hedged(self.account);
        match (fields.text("posSide")?, is_hedged) {
            (None | Some("net"), false) => Ok(PositionSide::Net),
            (Some("long"), true) => Ok(PositionSide::Long),
            (Some("short"), true) => Ok(PositionSide::Short),
            _ => Err(Failure::parameter("posSide")),
        }
    }

    pub(super) fn instrument(&self, market: MarketId) -> &Instrument {
        &self.venue.engine().market(market).instrument
    }

    /// So much as the engine counts it: of contracts, what they are worth of the base coin.
    pub(super) fn units(&self, market: MarketId, amount: Decimal) -> Result<Decimal, Failure> {
        amount.checked_mul(self.instrument(market).contract_size).ok_or_else(|| Failure::parameter("sz"))
    }

    /// The caller's id of an order, or one that nobody else's is.
    pub(super) fn client_id(&mut self, given: Option<&str>) -> String {
        match given {
            Some(id) => id.to_owned(),
            None => self.venue.make_id(MADE_ID_BYTES, self.now_us),
        }
    }

    /// Holds an order against its instrument's rules.
    pub(super) fn check(&self, request: &NewOrder) -> Result<(), Failure> {
        let instrument = self.instrument(request.market);
        match request.size {
            Size::Base(quantity) if quantity < instrument.lot_size => Err(Failure::TOO_SMALL),
            _ => Ok(instrument.check_order(request)?),
        }
    }
}

/// As long as ids of ours are at most.
const MADE_ID_BYTES: usize = 32;
