//! What anyone may ask: time, rules of the contracts, best prices.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json as value};

use super::new_order::CONDITIONAL_TYPES;
use super::{Context, Number};
use crate::binance::{Failure, RateLimit, json};
use crate::engine::{MarketId, Side};
use crate::instrument::Instrument;

pub(super) fn ping(_: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    Ok(b"{}".to_vec())
}

pub(super) fn time(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Time {
        server_time: u64,
    }
    Ok(json(&Time { server_time: context.time(context.now_us) }))
}

pub(super) fn info(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Info {
        exchange_filters: [(); 0],
        rate_limits: Vec<RateLimit>,
        server_time: u64,
        assets: Vec<Value>,
        symbols: Vec<Value>,
        timezone: &'static str,
    }
    let markets = context.venue.engine().markets();
    let mut assets: Vec<&str> = markets.iter().map(|market| &*market.instrument.quote).collect();
    assets.sort_unstable();
    assets.dedup();
    Ok(json(&Info {
        exchange_filters: [],
        rate_limits: RateLimit::of(&context.venue.limits),
        server_time: context.time(context.now_us),
        assets: assets
            .into_iter()
            .map(|asset| value!({"asset": asset, "marginAvailable": true, "autoAssetExchange": "0"}))
            .collect(),
        symbols: markets.iter().map(|market| symbol(&market.instrument)).collect(),
        timezone: "UTC",
    }))
}

pub(super) fn book_ticker(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct BookTicker<'a> {
        symbol: &'a str,
        bid_price: Number,
        bid_qty: Number,
        ask_price: Number,
        ask_qty: Number,
        time: u64,
        last_update_id: u64,
    }
    let engine = context.venue.engine();
    let best = |market, side| engine.depth(market, side).next().unwrap_or_default();
    let ticker = |market: MarketId| {
        let (bid, ask) = (best(market, Side::Buy), best(market, Side::Sell));
        BookTicker {
            symbol: &engine.market(market).instrument.symbol,
            bid_price: Number(bid.0),
            bid_qty: Number(bid.1),
            ask_price: Number(ask.0),
            ask_qty: Number(ask.1),
            time: context.time(context.now_us),
            last_update_id: engine.next_order_id(),
        }
    };
    match context.optional_market()? {
        Some(market) => Ok(json(&ticker(market))),
        None => Ok(json(&(0..engine.markets().len()).map(ticker).collect::<Vec<_>>())),
    }
}

/// Source: "Exchange Information". `pricePrecision` and `quantityPrecision` are no steps, as the document warns.
fn symbol(contract: &Instrument) -> Value {
    let text = |number: Decimal| number.normalize().to_string();
    let (tick, lot) = (text(contract.tick_size), text(contract.lot_size));
    let types: Vec<_> = ["LIMIT", "MARKET"].into_iter().chain(CONDITIONAL_TYPES.map(|(word, _)| word)).collect();
    value!({
        "symbol": contract.symbol,
        "pair": contract.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000_u64,
        "onboardDate": 1_569_398_400_000_u64,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": contract.base,
        "quoteAsset": contract.quote,
        "marginAsset": contract.quote,
        "pricePrecision": contract.tick_size.scale() + 1,
        "quantityPrecision": contract.lot_size.scale(),
        "baseAssetPrecision": contract.base_decimals,
        "quotePrecision": contract.quote_decimals,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": text(contract.price_max), "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": text(contract.quantity_max), "stepSize": lot},
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": lot,
                "maxQty": text(contract.market_quantity_max),
                "stepSize": lot,
            },
            {"filterType": "MAX_NUM_ORDERS", "limit": contract.open_orders_max},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": contract.algo_orders_max},
            {"filterType": "MIN_NOTIONAL", "notional": text(contract.notional_min)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": text(contract.price_band_up),
                "multiplierDown": text(contract.price_band_down),
                "multiplierDecimal": "4",
            },
        ],
        "OrderType": types,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD", "RPI"],
    })
}
