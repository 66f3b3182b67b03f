//! What needs no key.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::errors::Failure;
use super::reports::LOT_PLACES;
use super::{Context, pair_id, places, seconds, short};
use crate::engine::{MarketId, Side};

/// Source: "Get Server Time".
pub(super) fn time(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let text = orderwire::Timestamp::from_us(context.now_us).to_string();
    Ok(json!({ "unixtime": context.now_us / 1_000_000, "rfc1123": text }))
}

/// Source: "Get System Status".
pub(super) fn status(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let text = orderwire::Timestamp::from_us(context.now_us / 1_000_000 * 1_000_000).to_string();
    Ok(json!({ "status": "online", "timestamp": text.replace(".000Z", "Z") }))
}

/// Source: "Get Asset Info".
pub(super) fn assets(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let assets = context.venue.engine().balances(0).map(|(asset, _)| asset);
    let told = assets.map(|asset| {
        let about = json!({
            "aclass": "currency", "altname": short(asset), "decimals": 10, "display_decimals": 5, "status": "enabled",
        });
        (asset.to_owned(), about)
    });
    Ok(Value::Object(told.collect()))
}

/// Source: "Get Tradable Asset Pairs".
pub(super) fn pairs(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let fees = context.venue.engine().fees();
    let percent = |rate: Decimal| serde_json::from_str(&(rate * Decimal::ONE_HUNDRED).normalize().to_string());
    let (taker, maker) = (percent(fees.taker).unwrap_or(Value::Null), percent(fees.maker).unwrap_or(Value::Null));
    context.each_wanted(|context, id| {
        let pair = &context.venue.engine().market(id).instrument;
        json!({
            "altname": pair.symbol, "wsname": format!("{}/{}", short(&pair.base), short(&pair.quote)),
            "aclass_base": "currency", "base": pair.base, "aclass_quote": "currency", "quote": pair.quote,
            "lot": "unit", "cost_decimals": 5, "pair_decimals": pair.tick_size.normalize().scale(),
            "lot_decimals": LOT_PLACES.min(pair.lot_size.normalize().scale()), "lot_multiplier": 1,
            "leverage_buy": [], "leverage_sell": [], "fees": [[0, taker]], "fees_maker": [[0, maker]],
            "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
            "ordermin": pair.lot_size.normalize().to_string(), "costmin": pair.notional_min.normalize().to_string(),
            "tick_size": pair.tick_size.normalize().to_string(), "status": "online",
        })
    })
}

/// Source: "Get Ticker Information".
pub(super) fn tickers(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    context.each_wanted(|context, id| {
        let engine = context.venue.engine();
        let market = engine.market(id);
        let scale = market.instrument.tick_size.normalize().scale();
        let best = |side| {
            let (price, quantity) = engine.depth(id, side).next().unwrap_or_default();
            json!([places(price, scale), places(quantity, 0), places(quantity, 3)])
        };
        let last = places(market.last_price, scale);
        json!({
            "a": best(Side::Sell), "b": best(Side::Buy), "c": [last, "0.00000000"], "v": ["0", "0"],
            "p": [last, last], "t": [0, 0], "l": [last, last], "h": [last, last], "o": last,
        })
    })
}

/// Source: "Get Order Book".
pub(super) fn depth(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let id = context.market(context.params.needed("pair")?)?;
    let count = context.params.integer("count")?.unwrap_or(100);
    let count = usize::try_from(count).ok().filter(|count| (1..=500).contains(count));
    let count = count.ok_or_else(|| Failure::argument("count"))?;
    let engine = context.venue.engine();
    let pair = &engine.market(id).instrument;
    let scale = pair.tick_size.normalize().scale();
    let side = |side| -> Vec<Value> {
        let levels = engine.depth(id, side).take(count);
        levels
            .map(|(price, quantity)| {
                json!([places(price, scale), places(quantity, LOT_PLACES), context.now_us / 1_000_000])
            })
            .collect()
    };
    Ok(json!({ pair_id(pair): { "asks": side(Side::Sell), "bids": side(Side::Buy) } }))
}

/// Source: "Get Recent Trades".
pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let id = context.market(context.params.needed("pair")?)?;
    let engine = context.venue.engine();
    let pair = &engine.market(id).instrument;
    let scale = pair.tick_size.normalize().scale();
    let told: Vec<Value> = engine
        .trades(id)
        .map(|trade| {
            let side = if trade.buyer_is_maker { "s" } else { "b" };
            let (price, volume) = (places(trade.price, scale), places(trade.quantity, LOT_PLACES));
            json!([price, volume, seconds(trade.time_us), side, "l", "", trade.id])
        })
        .collect();
    let last = (context.now_us * 1_000).to_string();
    Ok(json!({ pair_id(pair): told, "last": last }))
}

impl Context<'_, '_> {
    /// What there is to say of the pairs that are asked for, by their ids; of all without.
    fn each_wanted(&self, tell: impl Fn(&Self, MarketId) -> Value) -> Result<Value, Failure> {
        let engine = self.venue.engine();
        let wanted = match self.params.get("pair") {
            Some(names) => names.split(',').map(|name| self.market(name)).collect::<Result<Vec<_>, _>>()?,
            None => (0..engine.markets().len()).collect(),
        };
        let told = wanted.into_iter().map(|id| (pair_id(&engine.market(id).instrument), tell(self, id)));
        Ok(Value::Object(told.collect::<Map<_, _>>()))
    }
}
