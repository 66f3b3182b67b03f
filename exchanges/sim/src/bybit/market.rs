//! What needs no key.

use serde_json::{Value, json};

use super::errors::Failure;
use super::{Answer, Category, Context, plain};
use crate::engine::{Market, MarketId, Side};

/// Source: market/time.
pub(super) fn time(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let (seconds, nanoseconds) = (context.now_us / 1_000_000, context.now_us * 1_000);
    Ok(Answer::new(json!({ "timeSecond": seconds.to_string(), "timeNano": nanoseconds.to_string() })))
}

/// Source: market/instrument. "By default returns only Trading symbols"; "Spot does not support pagination".
pub(super) fn instruments(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted = context.listed()?;
    let is_listed = context.query.get("status").is_none_or(|status| status == "Trading");
    let wanted: Vec<MarketId> = if is_listed { wanted } else { Vec::new() };
    let (first, limit): (usize, usize) = match context.category {
        Category::Spot => (0, usize::MAX),
        Category::Linear => {
            let first = context.cursor()?.map_or(Ok(0), |told| told.parse().map_err(|_| Failure::parameter("cursor")));
            (first?, context.query.limit(500, 1_000)?)
        }
    };
    let next = (wanted.len() > first.saturating_add(limit)).then(|| (first + limit).to_string());
    let markets = wanted.iter().skip(first).take(limit).map(|id| context.venue.engine().market(*id));
    let told = markets.map(|market| match context.category {
        Category::Linear => contract(market),
        Category::Spot => pair(market),
    });
    let list = told.collect();
    Ok(context.listing(list, next))
}

fn pair(market: &Market) -> Value {
    let pair = &market.instrument;
    json!({
        "symbol": pair.symbol, "baseCoin": pair.base, "quoteCoin": pair.quote, "innovation": "0", "symbolType": "",
        "status": "Trading", "marginTrading": "none", "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": plain(pair.lot_size), "quotePrecision": "0.00000001",
            "minOrderQty": plain(pair.lot_size), "maxOrderQty": plain(pair.quantity_max),
            "minOrderAmt": plain(pair.notional_min), "maxOrderAmt": plain(pair.notional_max),
            "maxLimitOrderQty": plain(pair.quantity_max), "maxMarketOrderQty": plain(pair.market_quantity_max),
            "postOnlyMaxLimitOrderSize": plain(pair.quantity_max),
        },
        "priceFilter": { "tickSize": plain(pair.tick_size) },
        "riskParameters": { "priceLimitRatioX": "", "priceLimitRatioY": "" },
    })
}

fn contract(market: &Market) -> Value {
    let contract = &market.instrument;
    json!({
        "symbol": contract.symbol, "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": contract.base,
        "quoteCoin": contract.quote, "launchTime": "1585526400000", "deliveryTime": "0", "deliveryFeeRate": "",
        "priceScale": contract.tick_size.normalize().scale().to_string(),
        "leverageFilter": { "minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "1" },
        "priceFilter": {
            "minPrice": plain(contract.tick_size), "maxPrice": plain(contract.price_max),
            "tickSize": plain(contract.tick_size),
        },
        "lotSizeFilter": {
            "maxOrderQty": plain(contract.quantity_max), "minOrderQty": plain(contract.lot_size),
            "qtyStep": plain(contract.lot_size), "postOnlyMaxOrderQty": plain(contract.quantity_max),
            "maxMktOrderQty": plain(contract.market_quantity_max), "minNotionalValue": plain(contract.notional_min),
        },
        "unifiedMarginTrade": true, "fundingInterval": 480, "settleCoin": contract.quote, "copyTrading": "none",
        "upperFundingRate": "0", "lowerFundingRate": "0", "isPreListing": false, "preListingInfo": null,
        "riskParameters": { "priceLimitRatioX": "", "priceLimitRatioY": "" }, "symbolType": "",
    })
}

/// Source: market/tickers.
pub(super) fn tickers(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted = context.listed()?;
    let list = wanted.into_iter().map(|market| context.ticker(market)).collect();
    Ok(context.listing(list, None))
}

/// Source: market/orderbook.
pub(super) fn order_book(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    let market = context.market(context.query.needed("symbol")?)?;
    let limit = context.query.limit(if context.category == Category::Spot { 1 } else { 25 }, 1_000)?;
    let engine = context.venue.engine();
    let side = |side| -> Vec<Value> {
        let levels = engine.depth(market, side).take(limit);
        levels.map(|(price, quantity)| json!([plain(price), plain(quantity)])).collect()
    };
    let now_ms = context.now_us / 1_000;
    Ok(Answer::new(json!({
        "s": engine.market(market).instrument.symbol, "b": side(Side::Buy), "a": side(Side::Sell), "ts": now_ms, "u": 1,
        "seq": 1, "cts": now_ms,
    })))
}

/// Source: market/recent-trade, the latest first.
pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    let market = context.market(context.query.needed("symbol")?)?;
    let most = if context.category == Category::Spot { 60 } else { 1_000 };
    let limit = context.query.limit(most.min(500), most)?;
    let engine = context.venue.engine();
    let symbol = &engine.market(market).instrument.symbol;
    let told = engine.trades(market).rev().take(limit).map(|trade| {
        json!({
            "execId": trade.id.to_string(), "symbol": symbol, "price": plain(trade.price),
            "size": plain(trade.quantity), "side": if trade.buyer_is_maker { "Sell" } else { "Buy" },
            "time": super::ms(trade.time_us), "isBlockTrade": false, "isRPITrade": false, "seq": trade.id.to_string(),
        })
    });
    Ok(Answer::new(json!({ "category": context.category.word(), "list": told.collect::<Vec<_>>() })))
}

impl Context<'_, '_> {
    /// The markets of a list: none where the venue has the category and this dialect does not.
    fn listed(&self) -> Result<Vec<MarketId>, Failure> {
        match self.query.needed("category")? {
            word if word == self.category.word() => {
                let all = || (0..self.venue.engine().markets().len()).collect();
                Ok(self.markets()?.unwrap_or_else(all))
            }
            "inverse" | "linear" | "option" | "spot" => Ok(Vec::new()),
            _ => Err(Failure::parameter("category")),
        }
    }

    /// A list under the category that was asked for.
    fn listing(&self, list: Vec<Value>, next: Option<String>) -> Answer {
        let mut page = self.page(list, next);
        page.result["category"] = json!(self.query.get("category"));
        page
    }

    fn ticker(&self, id: MarketId) -> Value {
        let engine = self.venue.engine();
        let market = engine.market(id);
        let best = |side| match engine.depth(id, side).next() {
            Some((price, quantity)) => (plain(price), plain(quantity)),
            None => (String::new(), String::new()),
        };
        let ((bid, bid_size), (ask, ask_size)) = (best(Side::Buy), best(Side::Sell));
        let last = plain(market.last_price);
        let mut told = json!({
            "symbol": market.instrument.symbol, "bid1Price": bid, "bid1Size": bid_size, "ask1Price": ask,
            "ask1Size": ask_size, "lastPrice": last, "prevPrice24h": last, "price24hPcnt": "0", "highPrice24h": last,
            "lowPrice24h": last, "turnover24h": "0", "volume24h": "0",
        });
        if self.category == Category::Linear {
            told["indexPrice"] = json!(last);
            told["markPrice"] = json!(last);
            told["prevPrice1h"] = json!(last);
            told["fundingRate"] = json!("0");
            told["nextFundingTime"] = json!("0");
        }
        told
    }
}
