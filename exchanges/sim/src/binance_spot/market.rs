//! What anyone may ask: time, rules of the pairs, prices, depth.

use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::new_order::OrderType;
use super::{Context, Fixed8};
use crate::binance::{Failure, Params, RateLimit, json};
use crate::engine::{Market, MarketId, Side};
use crate::instrument::Instrument;

pub(super) const INFO: &[&str] = &["symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus"];

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
    let params = context.params()?;
    let permissions = match params.get("permissions")? {
        Some(text) if text.starts_with('[') => serde_json::from_str(text).map_err(|_| Failure::json("permissions"))?,
        Some(text) => vec![text.to_owned()],
        None => vec!["SPOT".to_owned()],
    };
    let named = params.has("symbol") || params.has("symbols");
    if named && (params.has("permissions") || params.has("symbolStatus")) {
        return Err(Failure::new(-1128, "Combination of optional parameters invalid."));
    }
    let status = params.get("symbolStatus")?;
    if status.is_some_and(|status| !["TRADING", "HALT", "BREAK"].contains(&status)) {
        return Err(Failure::new(-1122, "Invalid symbolStatus."));
    }
    let shows_sets = params.boolean("showPermissionSets")?.unwrap_or(true);
    let mut markets = context.markets()?;
    if !permissions.iter().any(|name| name == "SPOT") || status.is_some_and(|status| status != "TRADING") {
        markets.clear();
    }
    let engine = context.venue.engine();
    let symbols = markets.iter().map(|id| SymbolInfo::new(&engine.market(*id).instrument, shows_sets)).collect();
    Ok(json(&Info {
        timezone: "UTC",
        server_time: context.time(context.now_us),
        rate_limits: RateLimit::of(&context.venue.limits),
        exchange_filters: [],
        symbols,
    }))
}

/// No futures are traded here; clients that load all of the venue's markets ask the futures' addresses too.
pub(super) fn no_futures(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    Ok(json(&Info {
        timezone: "UTC",
        server_time: context.time(context.now_us),
        rate_limits: RateLimit::of(&context.venue.limits),
        exchange_filters: [],
        symbols: Vec::new(),
    }))
}

pub(super) fn depth_weight(params: &Params<'_>) -> u64 {
    match params.integer("limit").ok().flatten().unwrap_or(100) {
        0..=100 => 5,
        101..=500 => 25,
        501..=1_000 => 50,
        _ => 250,
    }
}

pub(super) fn depth(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Depth {
        last_update_id: u64,
        bids: Vec<[Fixed8; 2]>,
        asks: Vec<[Fixed8; 2]>,
    }
    let market = context.market()?;
    let limit = context.limit(100, 5_000)?;
    let engine = context.venue.engine();
    let side =
        |side| engine.depth(market, side).take(limit).map(|(price, size)| [Fixed8(price), Fixed8(size)]).collect();
    Ok(json(&Depth { last_update_id: engine.next_order_id(), bids: side(Side::Buy), asks: side(Side::Sell) }))
}

pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct PublicTrade {
        id: u64,
        price: Fixed8,
        qty: Fixed8,
        quote_qty: Fixed8,
        time: u64,
        is_buyer_maker: bool,
        is_best_match: bool,
    }
    let market = context.market()?;
    let limit = context.limit(500, 1_000)?;
    let mut trades: Vec<_> = context.venue.engine().trades(market).rev().take(limit).collect();
    trades.reverse();
    let trades: Vec<_> = trades
        .into_iter()
        .map(|trade| PublicTrade {
            id: trade.id,
            price: Fixed8(trade.price),
            qty: Fixed8(trade.quantity),
            quote_qty: Fixed8(trade.quote_quantity),
            time: context.time(trade.time_us),
            is_buyer_maker: trade.buyer_is_maker,
            is_best_match: true,
        })
        .collect();
    Ok(json(&trades))
}

/// Weighted by volume over the last five minutes; the last price when nothing traded.
pub(super) fn average_price(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct AveragePrice {
        mins: u64,
        price: Fixed8,
        close_time: u64,
    }
    let market = context.market()?;
    let engine = context.venue.engine();
    let since_us = context.now_us.saturating_sub(AVERAGE_MINUTES * 60_000_000);
    let recent = engine.trades(market).rev().take_while(|trade| trade.time_us >= since_us);
    let (base, quote) = recent.fold((Decimal::ZERO, Decimal::ZERO), |(base, quote), trade| {
        (base + trade.quantity, quote + trade.quote_quantity)
    });
    let price = if base.is_zero() { engine.market(market).last_price } else { quote / base };
    let close_time = engine.trades(market).next_back().map_or(0, |trade| context.time(trade.time_us));
    Ok(json(&AveragePrice { mins: AVERAGE_MINUTES, price: Fixed8(price), close_time }))
}

pub(super) fn price(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    struct Price<'a> {
        symbol: &'a str,
        price: Fixed8,
    }
    context.per_symbol(|_, market| Price { symbol: &market.instrument.symbol, price: Fixed8(market.last_price) })
}

pub(super) fn book_ticker(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct BookTicker<'a> {
        symbol: &'a str,
        bid_price: Fixed8,
        bid_qty: Fixed8,
        ask_price: Fixed8,
        ask_qty: Fixed8,
    }
    let engine = context.venue.engine();
    let best = |id, side| engine.depth(id, side).next().unwrap_or_default();
    context.per_symbol(|id, market| {
        let (bid, ask) = (best(id, Side::Buy), best(id, Side::Sell));
        BookTicker {
            symbol: &market.instrument.symbol,
            bid_price: Fixed8(bid.0),
            bid_qty: Fixed8(bid.1),
            ask_price: Fixed8(ask.0),
            ask_qty: Fixed8(ask.1),
        }
    })
}

impl Context<'_, '_> {
    /// The markets that `symbol` or `symbols` name; all of them when neither is there.
    fn markets(&self) -> Result<Vec<MarketId>, Failure> {
        let params = self.params()?;
        let engine = self.venue.engine();
        if let Some(market) = self.optional_market()? {
            if params.has("symbols") {
                return Err(Failure::new(-1128, "Combination of optional parameters invalid."));
            }
            return Ok(vec![market]);
        }
        let Some(text) = params.get("symbols")? else { return Ok((0..engine.markets().len()).collect()) };
        let names: Vec<String> = serde_json::from_str(text).map_err(|_| Failure::json("symbols"))?;
        let mut markets = Vec::with_capacity(names.len());
        for name in names {
            let market = engine.market_by_symbol(&name).ok_or_else(Failure::symbol)?;
            if markets.contains(&market) {
                return Err(Failure::new(-1151, "Symbol is present multiple times in the list."));
            }
            markets.push(market);
        }
        Ok(markets)
    }

    /// One object for `symbol`, else an array.
    fn per_symbol<'a, T: Serialize>(&'a self, make: impl Fn(MarketId, &'a Market) -> T) -> Result<Vec<u8>, Failure> {
        let engine = self.venue.engine();
        let values: Vec<T> = self.markets()?.into_iter().map(|id| make(id, engine.market(id))).collect();
        match values.as_slice() {
            [one] if self.params()?.has("symbol") => Ok(json(one)),
            all => Ok(json(all)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    timezone: &'static str,
    server_time: u64,
    rate_limits: Vec<RateLimit>,
    exchange_filters: [(); 0],
    symbols: Vec<SymbolInfo<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SymbolInfo<'a> {
    symbol: &'a str,
    status: &'static str,
    base_asset: &'a str,
    base_asset_precision: u32,
    quote_asset: &'a str,
    quote_precision: u32,
    quote_asset_precision: u32,
    base_commission_precision: u32,
    quote_commission_precision: u32,
    order_types: [&'static str; 7],
    iceberg_allowed: bool,
    oco_allowed: bool,
    oto_allowed: bool,
    opo_allowed: bool,
    quote_order_qty_market_allowed: bool,
    allow_trailing_stop: bool,
    cancel_replace_allowed: bool,
    amend_allowed: bool,
    peg_instructions_allowed: bool,
    is_spot_trading_allowed: bool,
    is_margin_trading_allowed: bool,
    filters: [Filter; 10],
    permissions: [(); 0],
    permission_sets: Vec<[&'static str; 1]>,
    default_self_trade_prevention_mode: &'static str,
    allowed_self_trade_prevention_modes: [&'static str; 6],
}

impl<'a> SymbolInfo<'a> {
    fn new(pair: &'a Instrument, shows_sets: bool) -> Self {
        Self {
            symbol: &pair.symbol,
            status: "TRADING",
            base_asset: &pair.base,
            base_asset_precision: pair.base_decimals,
            quote_asset: &pair.quote,
            quote_precision: pair.quote_decimals,
            quote_asset_precision: pair.quote_decimals,
            base_commission_precision: pair.base_decimals,
            quote_commission_precision: pair.quote_decimals,
            order_types: OrderType::ALL.map(|(_, word)| word),
            iceberg_allowed: true,
            oco_allowed: true,
            oto_allowed: true,
            opo_allowed: true,
            quote_order_qty_market_allowed: true,
            allow_trailing_stop: true,
            cancel_replace_allowed: true,
            amend_allowed: true,
            peg_instructions_allowed: true,
            is_spot_trading_allowed: true,
            is_margin_trading_allowed: false,
            filters: filters(pair),
            permissions: [],
            permission_sets: if shows_sets { vec![["SPOT"]] } else { Vec::new() },
            default_self_trade_prevention_mode: "NONE",
            allowed_self_trade_prevention_modes: [
                "NONE",
                "EXPIRE_TAKER",
                "EXPIRE_MAKER",
                "EXPIRE_BOTH",
                "DECREMENT",
                "TRANSFER",
            ],
        }
    }
}

/// A filter: its type and then its fields, in the venue's order.
struct Filter(&'static str, Vec<(&'static str, FilterValue)>);

enum FilterValue {
    Amount(Decimal),
    Factor(Decimal),
    Flag(bool),
    Number(u64),
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("filterType", self.0)?;
        for (name, value) in &self.1 {
            match value {
                FilterValue::Amount(amount) => map.serialize_entry(name, &Fixed8(*amount))?,
                FilterValue::Factor(factor) => map.serialize_entry(name, &Text(factor.normalize()))?,
                FilterValue::Flag(flag) => map.serialize_entry(name, flag)?,
                FilterValue::Number(number) => map.serialize_entry(name, number)?,
            }
        }
        map.end()
    }
}

struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Source: `filters.md`; the order of the production venue's reply.
fn filters(pair: &Instrument) -> [Filter; 10] {
    use FilterValue::{Amount, Factor, Flag, Number};
    [
        Filter(
            "PRICE_FILTER",
            vec![
                ("minPrice", Amount(pair.tick_size)),
                ("maxPrice", Amount(pair.price_max)),
                ("tickSize", Amount(pair.tick_size)),
            ],
        ),
        Filter(
            "LOT_SIZE",
            vec![
                ("minQty", Amount(pair.lot_size)),
                ("maxQty", Amount(pair.quantity_max)),
                ("stepSize", Amount(pair.lot_size)),
            ],
        ),
        Filter("ICEBERG_PARTS", vec![("limit", Number(pair.iceberg_parts_max.into()))]),
        Filter(
            "MARKET_LOT_SIZE",
            vec![
                ("minQty", Amount(Decimal::ZERO)),
                ("maxQty", Amount(pair.market_quantity_max)),
                ("stepSize", Amount(Decimal::ZERO)),
            ],
        ),
        Filter(
            "TRAILING_DELTA",
            ["minTrailingAboveDelta", "maxTrailingAboveDelta", "minTrailingBelowDelta", "maxTrailingBelowDelta"]
                .into_iter()
                .zip([pair.trailing_delta_min, pair.trailing_delta_max].repeat(2))
                .map(|(name, delta)| (name, Number(delta.into())))
                .collect(),
        ),
        Filter(
            "PERCENT_PRICE_BY_SIDE",
            vec![
                ("bidMultiplierUp", Factor(pair.price_band_up)),
                ("bidMultiplierDown", Factor(pair.price_band_down)),
                ("askMultiplierUp", Factor(pair.price_band_up)),
                ("askMultiplierDown", Factor(pair.price_band_down)),
                ("avgPriceMins", Number(AVERAGE_MINUTES)),
            ],
        ),
        Filter(
            "NOTIONAL",
            vec![
                ("minNotional", Amount(pair.notional_min)),
                ("applyMinToMarket", Flag(true)),
                ("maxNotional", Amount(pair.notional_max)),
                ("applyMaxToMarket", Flag(false)),
                ("avgPriceMins", Number(AVERAGE_MINUTES)),
            ],
        ),
        Filter("MAX_NUM_ORDERS", vec![("maxNumOrders", Number(pair.open_orders_max.into()))]),
        Filter("MAX_NUM_ORDER_LISTS", vec![("maxNumOrderLists", Number(pair.order_lists_max.into()))]),
        Filter("MAX_NUM_ALGO_ORDERS", vec![("maxNumAlgoOrders", Number(pair.algo_orders_max.into()))]),
    ]
}

/// Minutes of the average price. Source: production `exchangeInfo`.
const AVERAGE_MINUTES: u64 = 5;
