//! What needs no key.

use serde_json::{Value, json};

use super::errors::Failure;
use super::reports::{amount, kind, plain};
use super::{Answer, Context};
use crate::engine::{MarketId, Side};
use crate::instrument::Instrument;

impl Context<'_, '_> {
    /// The market that a request names.
    pub(super) fn market(&self, symbol: &str) -> Result<MarketId, Failure> {
        self.venue.engine().market_by_symbol(symbol).ok_or(Failure::NO_INSTRUMENT)
    }

    /// The markets of the kind that a request asks for. Of others there are none.
    fn of_kind(&self) -> Result<impl Iterator<Item = MarketId>, Failure> {
        let asked = self.query.needed("instType")?;
        if !matches!(asked, "SPOT" | "MARGIN" | "SWAP" | "FUTURES" | "OPTION") {
            return Err(Failure::parameter("instType"));
        }
        Ok((0..self.venue.engine().markets().len()).filter(move |market| kind(self.instrument(*market)) == asked))
    }

    pub(super) fn now_ms(&self) -> String {
        (self.now_us / 1_000).to_string()
    }
}

pub(super) fn time(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    Ok(Answer::all(vec![json!({ "ts": context.now_ms() })]))
}

pub(super) fn instruments(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted = context.wanted_market()?;
    let listed = context.of_kind()?.filter(|market| wanted.is_none_or(|wanted| wanted == *market));
    Ok(Answer::all(listed.map(|market| rules(context.instrument(market))).collect()))
}

fn rules(pair: &Instrument) -> Value {
    let is_contract = pair.is_contract();
    let of_contract = |text: &str| if is_contract { text.to_owned() } else { String::new() };
    let of_pair = |text: &str| if is_contract { String::new() } else { text.to_owned() };
    let family = of_contract(&format!("{}-{}", pair.base, pair.quote));
    json!({
        "alias": "", "auctionEndTime": "", "baseCcy": of_pair(&pair.base), "category": "1", "contTdSwTime": "",
        "ctMult": of_contract("1"), "ctType": of_contract("linear"), "ctVal": of_contract(&plain(pair.contract_size)),
        "ctValCcy": of_contract(&pair.base), "expTime": "", "futureSettlement": false, "instFamily": family,
        "instId": pair.symbol, "instIdCode": 1_000_000_000, "instType": kind(pair),
        "lever": if is_contract { "100" } else { "10" }, "listTime": "1606468572000",
        "lotSz": amount(pair, pair.lot_size), "maxLmtAmt": "20000000", "maxLmtSz": amount(pair, pair.quantity_max),
        "maxMktAmt": of_pair("1000000"),
        // Of a pair of coins it is in USDT.
        "maxMktSz": if is_contract { amount(pair, pair.market_quantity_max) } else { "1000000".to_owned() },
        "minSz": amount(pair, pair.lot_size), "openType": "fix_price", "optType": "", "quoteCcy": of_pair(&pair.quote),
        "ruleType": "normal", "settleCcy": of_contract(&pair.quote), "state": "live", "stk": "",
        "tickSz": plain(pair.tick_size), "tradeQuoteCcyList": [pair.quote], "uly": family,
    })
}

pub(super) fn ticker(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let market = context.market(context.query.needed("instId")?)?;
    Ok(Answer::all(vec![prices(context, market)]))
}

pub(super) fn tickers(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    Ok(Answer::all(context.of_kind()?.map(|market| prices(context, market)).collect()))
}

fn prices(context: &Context<'_, '_>, market: MarketId) -> Value {
    let (engine, pair) = (context.venue.engine(), context.instrument(market));
    let best = |side| match engine.depth(market, side).next() {
        Some((price, quantity)) => (plain(price), amount(pair, quantity)),
        None => (String::new(), String::new()),
    };
    let ((ask, ask_size), (bid, bid_size)) = (best(Side::Sell), best(Side::Buy));
    let last = plain(engine.market(market).last_price);
    json!({
        "instType": kind(pair), "instId": pair.symbol, "last": last, "lastSz": "0", "askPx": ask, "askSz": ask_size,
        "bidPx": bid, "bidSz": bid_size, "open24h": last, "high24h": last, "low24h": last, "volCcy24h": "0",
        "vol24h": "0", "ts": context.now_ms(), "sodUtc0": last, "sodUtc8": last,
    })
}

pub(super) fn books(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let market = context.market(context.query.needed("instId")?)?;
    let depth = context.query.number("sz")?.unwrap_or(1);
    if depth == 0 || depth > 400 {
        return Err(Failure::parameter("sz"));
    }
    let pair = context.instrument(market);
    let side = |side| -> Vec<Value> {
        let levels = context.venue.engine().depth(market, side).take(usize::try_from(depth).unwrap_or_default());
        levels.map(|(price, quantity)| json!([plain(price), amount(pair, quantity), "0", "1"])).collect()
    };
    let book = json!({ "asks": side(Side::Sell), "bids": side(Side::Buy), "ts": context.now_ms(), "seqId": 1 });
    Ok(Answer::all(vec![book]))
}

pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let market = context.market(context.query.needed("instId")?)?;
    let pair = context.instrument(market);
    let told = context.venue.engine().trades(market).rev().take(context.query.limit()?).map(|trade| {
        json!({
            "instId": pair.symbol, "side": if trade.buyer_is_maker { "sell" } else { "buy" },
            "sz": amount(pair, trade.quantity), "px": plain(trade.price), "tradeId": trade.id.to_string(),
            "ts": (trade.time_us / 1_000).to_string(), "count": "1", "source": "0",
        })
    });
    Ok(Answer::all(told.collect()))
}
