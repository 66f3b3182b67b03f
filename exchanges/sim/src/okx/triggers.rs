//! Orders that wait for the market: they live apart, under numbers and at endpoints of their own.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Failure;
use super::params::Fields;
use super::reports::{self, RATIO_DECIMALS};
use super::{Answer, Context, number_of, orders};
use crate::engine::{NewOrder, Order, Side, Size, Trigger, TriggerKind};

/// Source: "Cancel algo order".
const CANCELS_MAX: usize = 10;

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = context.body()?;
    let request = context
        .named_market(&body)
        .and_then(|market| context.count_order(market, false, false))
        .and_then(|()| read(context, &body));
    let outcome = match request {
        Ok(request) => {
            let placed = context.venue.place(request, context.now_us)?;
            placed.map(|placed| number_of(placed.order.id, true)).map_err(Failure::from)
        }
        Err(failure) => {
            context.record(&body, "algoClOrdId")?;
            Err(failure)
        }
    };
    let said = |member: &str| body[member].as_str().unwrap_or_default();
    let (number, code, message) = match outcome {
        Ok(number) => (number.to_string(), "0".to_owned(), "".into()),
        Err(failure) => (String::new(), failure.code(), failure.message),
    };
    let result = json!({
        "algoClOrdId": said("algoClOrdId"), "algoId": number, "clOrdId": "", "sCode": code, "sMsg": message,
        "tag": said("tag"),
    });
    Ok(Answer::results(vec![result]))
}

/// Source: "Place algo order": `conditional`, one of stop loss and take profit, and `move_order_stop`.
fn read(context: &mut Context<'_, '_>, order: &Value) -> Result<NewOrder, Failure> {
    let fields = Fields::of(order)?;
    let mut request = context.begin(&fields, true)?;
    let is_contract = context.instrument(request.market).is_contract();
    (request.trigger, request.price) = match fields.needed("ordType")? {
        "conditional" => read_conditional(&fields)?,
        "move_order_stop" => (Some(read_trailing(&fields)?), None),
        _ => return Err(Failure::parameter("ordType")),
    };
    request.size = match (fields.text("closeFraction")?, fields.positive("sz")?) {
        (Some("1"), None) if is_contract && request.price.is_none() => Size::Position,
        (None, Some(amount)) => Size::Base(context.units(request.market, amount)?),
        _ => return Err(Failure::parameter("sz")),
    };
    let counts_base = is_contract || request.price.is_some() || request.side == Side::Sell;
    if !counts_base && fields.text("tgtCcy")? != Some("base_ccy") {
        // The venue would take it for an amount of the quote coin, which the engine cannot hold until then.
        return Err(Failure::parameter("tgtCcy"));
    }
    request.client_id = context.client_id(fields.id("algoClOrdId")?);
    context.check(&request)?;
    Ok(request)
}

fn read_conditional(fields: &Fields<'_>) -> Result<(Option<Trigger>, Option<Decimal>), Failure> {
    let stop = (fields.positive("slTriggerPx")?, fields.text("slOrdPx")?);
    let profit = (fields.positive("tpTriggerPx")?, fields.text("tpOrdPx")?);
    let (kind, stop_price, price, name) = match (stop, profit) {
        ((Some(trigger), Some(price)), (None, _)) => (TriggerKind::StopLoss, trigger, price, "slOrdPx"),
        ((None, _), (Some(trigger), Some(price))) => (TriggerKind::TakeProfit, trigger, price, "tpOrdPx"),
        _ => return Err(Failure::parameter("slTriggerPx")),
    };
    // -1 is at market.
    let price = if price == "-1" { None } else { fields.positive(name)? };
    Ok((Some(Trigger { kind, stop_price: Some(stop_price), trailing_delta: None }), price))
}

fn read_trailing(fields: &Fields<'_>) -> Result<Trigger, Failure> {
    fields.refuse(&["callbackSpread"])?;
    let ratio = fields.positive("callbackRatio")?.ok_or_else(|| Failure::parameter("callbackRatio"))?;
    let delta = ratio.checked_mul(Decimal::from(10_u64.pow(RATIO_DECIMALS))).filter(Decimal::is_integer);
    let delta = delta.and_then(|delta| u32::try_from(delta).ok()).ok_or_else(|| Failure::parameter("callbackRatio"))?;
    let stop_price = fields.positive("activePx")?;
    // It is followed from the activation price on, which a sale waits for above the market.
    let kind = if stop_price.is_some() { TriggerKind::TakeProfit } else { TriggerKind::StopLoss };
    Ok(Trigger { kind, stop_price, trailing_delta: Some(delta) })
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    orders::cancel_all(context, CANCELS_MAX, true)
}

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let (number, client_id) = (context.query.get("algoId"), context.query.get("algoClOrdId"));
    if number.is_none() && client_id.is_none() {
        return Err(Failure::NAMELESS);
    }
    // It names no instrument.
    let markets = 0..context.venue.engine().markets().len();
    let found = markets.filter_map(|market| context.named(market, number, client_id, true));
    let order = found.max_by_key(|order| order.id).ok_or(Failure::NO_ORDER)?;
    Ok(Answer::all(vec![reports::trigger(context, order)]))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let kinds: Vec<_> = context.query.needed("ordType")?.split(',').collect();
    let market = context.wanted_market()?;
    let open = context.venue.engine().open_orders(context.account, market);
    let is_wanted = |order: &&Order| reports::waits(order) && kinds.contains(&reports::algo_word(order));
    let waiting = open.filter(is_wanted).collect();
    context.list(waiting, true, |order| reports::trigger(context, order))
}
