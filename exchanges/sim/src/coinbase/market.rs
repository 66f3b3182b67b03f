//! What is the same for all: products, books, trades, the time; and what `/v2` says of coins.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::errors::Failure;
use super::{Context, plain};
use crate::engine::{MarketId, Side};

/// Source: "Get Server Time".
pub(super) fn time(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({
        "iso": told_time(context.now_us), "epochSeconds": (context.now_us / 1_000_000).to_string(),
        "epochMillis": (context.now_us / 1_000).to_string(),
    }))
}

/// Source: <https://docs.cdp.coinbase.com/coinbase-app/track-apis/time>.
pub(super) fn time_v2(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let seconds = context.now_us / 1_000_000;
    Ok(json!({ "data": { "iso": told_time(seconds * 1_000_000), "epoch": seconds } }))
}

/// Source: "List Products".
pub(super) fn products(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let is_spot = context.query.get("product_type").is_none_or(|kind| kind == "SPOT");
    let limit = context.query.number("limit")?.unwrap_or(usize::MAX);
    let wanted = if is_spot { context.wanted()? } else { Vec::new() };
    let page = wanted.into_iter().skip(context.query.number("offset")?.unwrap_or_default()).take(limit);
    let told: Vec<Value> = page.map(|id| context.told_product(id)).collect();
    Ok(json!({ "num_products": told.len(), "products": told }))
}

/// Source: "Get Product".
pub(super) fn product(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(context.told_product(context.product(context.named)?))
}

/// Source: "Get Product Book".
pub(super) fn book(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let name = context.query.get("product_id").ok_or_else(|| Failure::argument("product_id"))?;
    let id = context.product(name)?;
    let levels = context.query.number("limit")?.unwrap_or(usize::MAX);
    let [bid, ask] = [Side::Buy, Side::Sell].map(|side| context.best_price(id, side));
    let (middle, spread) = ((bid + ask) / Decimal::TWO, ask - bid);
    let in_bps = (spread / middle * Decimal::from(10_000)).round_dp(3);
    Ok(json!({
        "pricebook": context.told_book(id, levels), "last": plain(context.venue.engine().market(id).last_price),
        "mid_market": plain(middle), "spread_bps": plain(in_bps), "spread_absolute": plain(spread),
    }))
}

/// Source: "Get Best Bid/Ask".
pub(super) fn best(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let books = context.wanted()?.into_iter().map(|id| context.told_book(id, 1));
    Ok(json!({ "pricebooks": books.collect::<Vec<_>>() }))
}

/// Source: "Get Market Trades".
pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let id = context.product(context.named)?;
    let limit = context.query.number("limit")?.unwrap_or(100);
    let trades = context.venue.engine().trades(id).rev().take(limit).map(|trade| {
        json!({
            "trade_id": trade.id.to_string(), "product_id": context.named, "price": plain(trade.price),
            "size": plain(trade.quantity), "time": told_time(trade.time_us),
            "side": if trade.buyer_is_maker { "SELL" } else { "BUY" }, "bid": "", "ask": "",
        })
    });
    Ok(json!({
        "trades": trades.collect::<Vec<_>>(), "best_bid": plain(context.best_price(id, Side::Buy)),
        "best_ask": plain(context.best_price(id, Side::Sell)),
    }))
}

/// Source: <https://docs.cdp.coinbase.com/coinbase-app/track-apis/currencies>: those of states.
pub(super) fn currencies(_: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({ "data": [{ "id": "USD", "name": "US Dollar", "min_size": "0.01" }] }))
}

/// The same, of coins.
pub(super) fn coins(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let coins = context.venue.engine().balances(0).map(|(coin, _)| coin).filter(|coin| *coin != "USD");
    let told = coins.map(|coin| {
        json!({ "asset_id": coin, "code": coin, "name": coin, "color": "#0433FF", "exponent": 8, "type": "crypto" })
    });
    Ok(json!({ "data": told.collect::<Vec<_>>() }))
}

/// Source: <https://docs.cdp.coinbase.com/coinbase-app/track-apis/exchange-rates>: what a dollar is, by the products that have one.
pub(super) fn rates(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let markets = context.venue.engine().markets().iter().filter(|market| market.instrument.quote == "USD");
    let mut rates: Map<String, Value> = markets
        .map(|market| {
            let rate = (Decimal::ONE / market.last_price).round_dp(12);
            (market.instrument.base.clone(), json!(plain(rate)))
        })
        .collect();
    rates.insert("USD".to_owned(), json!("1"));
    Ok(json!({ "data": { "currency": "USD", "rates": rates } }))
}

impl Context<'_, '_> {
    /// The products that a query names, or all.
    fn wanted(&self) -> Result<Vec<MarketId>, Failure> {
        let names = self.query.all(&["product_ids"]);
        if names.is_empty() {
            return Ok((0..self.venue.engine().markets().len()).collect());
        }
        names.into_iter().map(|name| self.product(name)).collect()
    }

    /// The best price of a side; the last price where nobody quotes.
    pub(super) fn best_price(&self, id: MarketId, side: Side) -> Decimal {
        let engine = self.venue.engine();
        engine.depth(id, side).next().map_or(engine.market(id).last_price, |(price, _)| price)
    }

    fn told_book(&self, id: MarketId, levels: usize) -> Value {
        let engine = self.venue.engine();
        let side = |side| -> Vec<Value> {
            let levels = engine.depth(id, side).take(levels);
            levels.map(|(price, size)| json!({ "price": plain(price), "size": plain(size) })).collect()
        };
        json!({
            "product_id": engine.market(id).instrument.symbol, "bids": side(Side::Buy), "asks": side(Side::Sell),
            "time": told_time(self.now_us),
        })
    }

    fn told_product(&self, id: MarketId) -> Value {
        let market = self.venue.engine().market(id);
        let product = &market.instrument;
        json!({
            "product_id": product.symbol, "price": plain(market.last_price), "price_percentage_change_24h": "0",
            "volume_24h": "0", "volume_percentage_change_24h": "0", "base_increment": plain(product.lot_size),
            "quote_increment": plain(product.tick_size), "price_increment": plain(product.tick_size),
            "quote_min_size": plain(product.notional_min), "quote_max_size": plain(product.notional_max),
            "base_min_size": plain(product.lot_size), "base_max_size": plain(product.quantity_max),
            "base_name": product.base, "quote_name": product.quote, "watched": false, "is_disabled": false,
            "new": false, "status": "online", "cancel_only": false, "limit_only": false, "post_only": false,
            "trading_disabled": false, "auction_mode": false, "product_type": "SPOT",
            "quote_currency_id": product.quote, "base_currency_id": product.base,
            "fcm_trading_session_details": null, "mid_market_price": "", "alias": "", "alias_to": [],
            "base_display_symbol": product.base, "quote_display_symbol": product.quote, "view_only": false,
            "display_name": product.symbol, "product_venue": "CBE", "approximate_quote_24h_volume": "0",
        })
    }
}

pub(super) fn told_time(us: u64) -> String {
    orderwire::Timestamp::from_us(us).to_string()
}
