//! What the account holds of contracts, and how it is set up for them.

use serde_json::{Value, json};

use super::errors::Failure;
use super::params::Fields;
use super::reports::{self, amount, mode_word, ms, plain, position_word};
use super::{Answer, Context};
use crate::engine::{MarketId, NewOrder, Order, Position, PositionSide, Setting, SettingRefusal, Side, Size};

/// Source: "Get positions".
pub(super) fn positions(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted = context.wanted_market()?;
    let kind = context.query.get("instType");
    let engine = context.venue.engine();
    let held = engine.positions(context.account).filter(|position| {
        wanted.is_none_or(|wanted| wanted == position.market)
            && kind.is_none_or(|kind| kind == reports::kind(context.instrument(position.market)))
    });
    Ok(Answer::all(held.map(|position| told(context, position)).collect()))
}

fn told(context: &Context<'_, '_>, position: &Position) -> Value {
    let engine = context.venue.engine();
    let (market, contract) = (engine.market(position.market), context.instrument(position.market));
    let terms = engine.terms(context.account, position.market);
    let margin = engine.position_margin(context.account, position);
    let profit = engine.unrealized(position);
    let last = plain(market.last_price);
    // With two positions neither has a sign.
    let quantity = if position.side == PositionSide::Net { position.quantity } else { position.quantity.abs() };
    let worth = plain(market.last_price * position.quantity.abs());
    json!({
        "adl": "0", "availPos": "", "avgPx": plain(position.entry_price().round_dp(PRICE_DECIMALS)), "baseBal": "",
        "bePx": "", "cTime": ms(position.updated_us), "ccy": contract.quote, "closeOrderAlgo": [], "fee": "",
        "fundingFee": "0", "idxPx": last, "imr": plain(margin), "instId": contract.symbol,
        "instType": reports::kind(contract), "interest": "", "last": last, "lever": terms.leverage.to_string(),
        "liab": "", "liabCcy": "",
        // Nobody is closed by force here.
        "liqPx": "", "margin": "", "markPx": last, "mgnMode": mode_word(contract, terms.isolated), "mgnRatio": "",
        "mmr": "", "notionalUsd": worth, "optVal": "", "pnl": "", "pos": amount(contract, quantity), "posCcy": "",
        "posId": (POSITION_IDS + position.market as u64).to_string(), "posSide": position_word(position.side),
        "realizedPnl": "", "tradeId": "", "uTime": ms(position.updated_us), "upl": plain(profit),
        "uplLastPx": plain(profit), "uplRatio": "", "uplRatioLastPx": "", "usdPx": "1",
    })
}

/// Closes a whole position at market. Source: "Close positions".
pub(super) fn close(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    let fields = Fields::of(&body)?;
    let market = context.contract(&fields)?;
    margin_mode(&fields)?;
    let side = context.position_side(&fields, true)?;
    let engine = context.venue.engine();
    let is_its = |position: &&Position| (position.market, position.side) == (market, side);
    let quantity = engine.positions(context.account).find(is_its).ok_or(Failure::NO_POSITION)?.quantity;
    let way = if quantity.is_sign_positive() { Side::Sell } else { Side::Buy };
    let closes = |order: &&Order| {
        let request = &order.request;
        order.is_resting() && (request.position, request.side) == (side, way) && request.only_reduces()
    };
    let in_the_way: Vec<_> =
        engine.open_orders(context.account, Some(market)).filter(closes).map(|order| order.id).collect();
    if !in_the_way.is_empty() && !fields.flag("autoCxl")? {
        return Err(Failure::with(200, 51115, "Cancel all pending close-orders before liquidation."));
    }
    for order in in_the_way {
        context.venue.cancel(order, context.now_us)?;
    }
    let given = fields.id("clOrdId")?;
    let request = NewOrder {
        client_id: context.client_id(given),
        side: way,
        size: Size::Base(quantity.abs()),
        reduce_only: side == PositionSide::Net,
        ..context.bare_order(market, side)
    };
    context.venue.place(request, context.now_us)?.map_err(Failure::from)?;
    let symbol = &context.instrument(market).symbol;
    Ok(Answer::all(vec![json!({
        "clOrdId": given.unwrap_or_default(), "instId": symbol, "posSide": position_word(side), "tag": "",
    })]))
}

/// Source: "Set leverage".
pub(super) fn set_leverage(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    let fields = Fields::of(&body)?;
    let market = context.contract(&fields)?;
    let mode = margin_mode(&fields)?;
    let asked = fields.positive("lever")?.ok_or_else(|| Failure::parameter("lever"))?;
    // Whole numbers, where the venue takes parts too.
    let whole = asked.is_integer().then(|| u32::try_from(asked).ok()).flatten();
    let leverage = whole.filter(|leverage| *leverage <= LEVERAGE_MAX).ok_or(Failure::with(
        200,
        51004,
        "Order failed. The leverage is too high.",
    ))?;
    let setting = Setting::Leverage { market, leverage };
    let set = context.venue.set(context.account, setting, context.now_us)?;
    set.map_err(|_| Failure::with(200, 59105, "Leverage can't be lower than the minimum value."))?;
    let symbol = &context.instrument(market).symbol;
    Ok(Answer::all(vec![json!({
        "instId": symbol, "lever": leverage.to_string(), "mgnMode": mode,
        "posSide": fields.text("posSide")?.unwrap_or_default(),
    })]))
}

/// Source: "Set position mode".
pub(super) fn set_mode(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    let mode = Fields::of(&body)?.needed("posMode")?;
    let hedged = match mode {
        "long_short_mode" => true,
        "net_mode" => false,
        _ => return Err(Failure::parameter("posMode")),
    };
    match context.venue.set(context.account, Setting::Hedged(hedged), context.now_us)? {
        Ok(()) | Err(SettingRefusal::Same) => Ok(Answer::all(vec![json!({ "posMode": mode })])),
        Err(_) => {
            let message = "Settings failed. Close any open positions or orders before modifying settings.";
            Err(Failure::with(200, 59000, message))
        }
    }
}

fn margin_mode<'a>(fields: &Fields<'a>) -> Result<&'a str, Failure> {
    let mode = fields.needed("mgnMode")?;
    if matches!(mode, "cross" | "isolated") { Ok(mode) } else { Err(Failure::parameter("mgnMode")) }
}

impl Context<'_, '_> {
    /// The contract that a request names.
    fn contract(&self, fields: &Fields<'_>) -> Result<MarketId, Failure> {
        let market = self.market(fields.needed("instId")?)?;
        if self.instrument(market).is_contract() { Ok(market) } else { Err(Failure::parameter("instId")) }
    }
}

/// Decimals of an average price.
const PRICE_DECIMALS: u32 = 8;
/// The first number of positions.
const POSITION_IDS: u64 = 1_752_810_000_000_000_000;
/// Source: "Get instruments", `lever` of the largest contracts.
const LEVERAGE_MAX: u32 = 100;
