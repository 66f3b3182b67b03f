//! What an account sets: leverage, margin, one or two positions, and the countdown that cancels all.

use serde::Serialize;

use super::Context;
use super::errors::unset;
use crate::binance::{Failure, json};
use crate::engine::Setting;

/// Source: "Auto-Cancel All Open Orders".
pub(super) fn countdown(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Countdown<'a> {
        symbol: &'a str,
        countdown_time: String,
    }
    let market = context.market()?;
    let ms = context.params()?.integer("countdownTime")?.ok_or_else(|| Failure::missing("countdownTime"))?;
    let at_us = (ms > 0).then(|| context.now_us.saturating_add(ms.saturating_mul(1_000)));
    // It can always be set.
    let _ = context.set(Setting::Countdown { market, at_us })?;
    let symbol = &context.venue.engine().market(market).instrument.symbol;
    Ok(json(&Countdown { symbol, countdown_time: ms.to_string() }))
}

pub(super) fn leverage(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Leverage<'a> {
        leverage: u32,
        max_notional_value: &'static str,
        symbol: &'a str,
    }
    let market = context.market()?;
    let asked = context.params()?.integer("leverage")?.ok_or_else(|| Failure::missing("leverage"))?;
    let within = u32::try_from(asked).ok().filter(|leverage| (1..=LEVERAGE_MAX).contains(leverage));
    let leverage = within.ok_or_else(|| Failure::new(-4028, format!("Leverage {asked} is not valid")))?;
    // Neither open orders nor positions stand in the way.
    let never = (-4028, "Leverage is not valid");
    context.set(Setting::Leverage { market, leverage })?.map_err(|refusal| unset(refusal, [never; 3]))?;
    let symbol = &context.venue.engine().market(market).instrument.symbol;
    Ok(json(&Leverage { leverage, max_notional_value: "INF", symbol }))
}

pub(super) fn margin_type(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let isolated = match context.params()?.required("marginType")? {
        "CROSSED" => false,
        "ISOLATED" => true,
        _ => return Err(Failure::invalid("marginType")),
    };
    let codes = [
        (-4046, "No need to change margin type."),
        (-4047, "Margin type cannot be changed if there exists open orders."),
        (-4048, "Margin type cannot be changed if there exists position."),
    ];
    context.set(Setting::Isolated { market, isolated })?.map_err(|refusal| unset(refusal, codes))?;
    Ok(SUCCESS.to_vec())
}

pub(super) fn set_mode(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let hedged = context.params()?.boolean("dualSidePosition")?.ok_or_else(|| Failure::missing("dualSidePosition"))?;
    let codes = [
        (-4059, "No need to change position side."),
        (-4067, "Position side cannot be changed if there exists open orders."),
        (-4068, "Position side cannot be changed if there exists position."),
    ];
    context.set(Setting::Hedged(hedged))?.map_err(|refusal| unset(refusal, codes))?;
    Ok(SUCCESS.to_vec())
}

pub(super) fn mode(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Mode {
        dual_side_position: bool,
    }
    Ok(json(&Mode { dual_side_position: context.venue.engine().is_hedged(context.account) }))
}

impl Context<'_, '_> {
    fn set(&mut self, setting: Setting) -> Result<Result<(), crate::engine::SettingRefusal>, Failure> {
        self.venue.set(self.account, setting, self.now_us).map_err(|_| Failure::internal())
    }
}

const SUCCESS: &[u8] = br#"{"code":200,"msg":"success"}"#;
/// Source: "Change Initial Leverage".
const LEVERAGE_MAX: u32 = 125;
