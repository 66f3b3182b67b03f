//! Positions in contracts, and how they are kept.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Failure;
use super::params::Fields;
use super::reports::{maintenance, position_index, side_word};
use super::{Answer, Category, Context, ms, plain};
use crate::engine::{Position, PositionSide, Setting, SettingRefusal, Side};

/// Source: position/position: "if symbol passed, it returns data regardless of having position or not"; else those that
/// there are.
pub(super) fn list(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_contracts()?;
    context.check_queried_category()?;
    let Some(markets) = context.markets()? else {
        return Err(Failure::with(10001, "Missing some parameters that must be filled in, symbol or settleCoin"));
    };
    let engine = context.venue.engine();
    let mut positions: Vec<Position> =
        engine.positions(context.account).filter(|position| markets.contains(&position.market)).copied().collect();
    if let (Some(_), &[market]) = (context.query.get("symbol"), markets.as_slice()) {
        let is_hedged = engine.is_hedged(context.account);
        let sides: &[_] = if is_hedged { &[PositionSide::Long, PositionSide::Short] } else { &[PositionSide::Net] };
        for &side in sides {
            if !positions.iter().any(|position| position.side == side) {
                positions.push(Position::none(market, side));
            }
        }
    }
    positions.sort_by_key(|position| (position.market, position_index(position.side)));
    let limit = context.query.limit(20, 200)?;
    let first = context.cursor()?.map_or(Ok(0), |told| told.parse().map_err(|_| Failure::parameter("cursor")))?;
    let next = (positions.len() > first + limit).then(|| (first + limit).to_string());
    let page = positions.iter().skip(first).take(limit).map(|position| context.told(position)).collect();
    Ok(context.page(page, next))
}

/// Source: position/leverage. In cross margin both sides have the same.
pub(super) fn set_leverage(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    context.check_contracts()?;
    context.check_category(&body)?;
    let fields = Fields::of(&body)?;
    let market = context.market(fields.needed("symbol")?)?;
    let (buy, sell) = (fields.positive("buyLeverage")?, fields.positive("sellLeverage")?);
    // The venue's step is a hundredth; the engine's is one.
    let leverage = buy.filter(|buy| sell == Some(*buy) && buy.fract().is_zero());
    let leverage =
        leverage.and_then(|leverage| u32::try_from(leverage).ok()).filter(|leverage| *leverage <= LEVERAGE_MAX);
    let leverage = leverage.ok_or_else(|| Failure::parameter("buyLeverage"))?;
    if context.venue.engine().terms(context.account, market).leverage == leverage {
        return Err(Failure::with(110043, "leverage not modified"));
    }
    context.set(Setting::Leverage { market, leverage })
}

/// Source: position/position-mode. Here of all contracts at once, whichever the request names.
pub(super) fn switch_mode(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    context.check_contracts()?;
    context.check_category(&body)?;
    let fields = Fields::of(&body)?;
    match (fields.text("symbol")?, fields.text("coin")?) {
        (Some(symbol), _) => drop(context.market(symbol)?),
        (None, Some(_)) => {}
        (None, None) => return Err(Failure::parameter("symbol")),
    }
    let hedged = match fields.integer("mode")? {
        Some(0) => false,
        Some(3) => true,
        _ => return Err(Failure::parameter("mode")),
    };
    context.set(Setting::Hedged(hedged))
}

impl Context<'_, '_> {
    /// Spot has no positions.
    fn check_contracts(&self) -> Result<(), Failure> {
        if self.category == Category::Linear { Ok(()) } else { Err(Failure::parameter("category")) }
    }

    fn set(&mut self, setting: Setting) -> Result<Answer, Failure> {
        match self.venue.set(self.account, setting, self.now_us)? {
            Ok(()) => Ok(Answer::new(json!({}))),
            Err(SettingRefusal::Margin) => Err(Failure::with(110044, "Available margin is insufficient.")),
            Err(SettingRefusal::OpenOrders) => {
                let message = "You have existing open orders, so the position mode cannot be switched.";
                Err(Failure::with(110028, message))
            }
            Err(SettingRefusal::OpenPosition) => {
                let message = "You have an existing position, so the position mode cannot be switched.";
                Err(Failure::with(110024, message))
            }
            Err(SettingRefusal::Same) => Err(Failure::with(110025, "Position mode has not been modified.")),
        }
    }

    fn told(&self, position: &Position) -> Value {
        let engine = self.venue.engine();
        let market = engine.market(position.market);
        let (size, price) = (position.quantity.abs(), market.last_price);
        let worth = size * price;
        let side = if position.quantity.is_sign_negative() { Side::Sell } else { Side::Buy };
        let margin = plain(engine.position_margin(self.account, position));
        let kept = plain(maintenance(worth));
        let is_there = !size.is_zero();
        json!({
            "positionIdx": position_index(position.side), "riskId": 1, "riskLimitValue": "2000000",
            "symbol": market.instrument.symbol, "side": if is_there { side_word(side) } else { "" },
            "size": plain(size), "avgPrice": plain(position.entry_price().round_dp(8)), "positionValue": plain(position.cost.abs()),
            "autoAddMargin": 0, "positionStatus": "Normal",
            "leverage": engine.terms(self.account, position.market).leverage.to_string(),
            // Nobody is closed by force here.
            "markPrice": plain(price), "liqPrice": "", "bustPrice": "", "breakEvenPrice": "",
            "positionIM": margin, "positionIMByMp": margin, "positionMM": kept, "positionMMByMp": kept,
            "positionBalance": margin, "tradeMode": 0, "tpslMode": "Full", "takeProfit": "", "stopLoss": "",
            "trailingStop": "0", "sessionAvgPrice": "", "delta": "", "gamma": "", "vega": "", "theta": "",
            "unrealisedPnl": plain(if is_there { engine.unrealized(position) } else { Decimal::ZERO }),
            "curRealisedPnl": "0", "cumRealisedPnl": "0", "adlRankIndicator": 0, "isReduceOnly": false,
            "mmrSysUpdatedTime": "", "leverageSysUpdatedTime": "", "createdTime": ms(position.updated_us),
            "updatedTime": ms(position.updated_us), "seq": -1,
        })
    }
}

/// Source: market/instrument, `maxLeverage` of BTCUSDT.
const LEVERAGE_MAX: u32 = 100;
