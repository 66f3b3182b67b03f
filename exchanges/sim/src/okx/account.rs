//! What the account has, traded, pays, and is.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Failure;
use super::reports::{amount, fee_coin, kind, ms, plain, position_word, side_word};
use super::{Answer, Context, ORDER_IDS, engine_id};
use crate::engine::Side;

pub(super) fn balance(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted: Option<Vec<&str>> = context.query.get("ccy").map(|list| list.split(',').collect());
    let engine = context.venue.engine();
    let now = context.now_ms();
    let mut details: Vec<Value> = Vec::new();
    for (asset, (coin, balance)) in engine.balances(context.account).enumerate() {
        let total = balance.free + balance.locked;
        if total.is_zero() || wanted.as_ref().is_some_and(|wanted| !wanted.contains(&coin)) {
            continue;
        }
        let its = engine.positions(context.account).filter(|held| engine.market(held.market).quote == asset);
        let profit: Decimal = its.map(|held| engine.unrealized(held)).sum();
        // What orders and positions hold; a loss is held too.
        let available = engine.available(context.account, asset).max(Decimal::ZERO);
        let frozen = (total + profit - available).max(Decimal::ZERO);
        details.push(json!({
            "availBal": plain(available), "availEq": plain(available), "cashBal": plain(total), "ccy": coin,
            "crossLiab": "", "eq": plain(total + profit), "frozenBal": plain(frozen), "imr": "", "liab": "", "mmr": "",
            "ordFrozen": plain(balance.locked), "uTime": now, "upl": plain(profit),
        }));
    }
    Ok(Answer::all(vec![json!({ "adjEq": "", "details": details, "totalEq": "", "uTime": now })]))
}

pub(super) fn config(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let uid = (44_705_892_343_619_584 + context.account as u64).to_string();
    let mode = if context.venue.engine().is_hedged(context.account) { "long_short_mode" } else { "net_mode" };
    Ok(Answer::all(vec![json!({
        "acctLv": "2", "acctStpMode": "cancel_maker", "autoLoan": false, "ctIsoMode": "automatic", "feeType": "0",
        "greeksType": "PA", "kycLv": "3", "label": "simulated", "level": "Lv1", "mainUid": uid, "mgnIsoMode": "automatic",
        "opAuth": "0", "perm": "read_only,trade", "posMode": mode, "roleType": "0", "type": "0", "uid": uid,
    })]))
}

pub(super) fn fee_rates(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let asked = context.query.needed("instType")?;
    if !matches!(asked, "SPOT" | "SWAP") {
        return Err(Failure::parameter("instType"));
    }
    if let Some(market) = context.wanted_market()?
        && kind(context.instrument(market)) != asked
    {
        return Err(Failure::NO_INSTRUMENT);
    }
    let fees = context.venue.engine().fees();
    // Below zero: what the venue takes.
    let (maker, taker) = (plain(-fees.maker), plain(-fees.taker));
    let group = json!({ "elpMaker": "", "groupId": "1", "maker": maker, "taker": taker });
    Ok(Answer::all(vec![json!({
        "category": "1", "delivery": "", "exercise": "", "feeGroup": [group], "fiat": [], "instType": asked,
        "level": "Lv1", "maker": maker, "ruleType": "normal", "taker": taker, "ts": context.now_ms(),
    })]))
}

pub(super) fn order_rate(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    Ok(Answer::all(vec![json!({
        "accRateLimit": "1000", "fillRatio": "", "mainFillRatio": "", "nextAccRateLimit": "", "ts": context.now_ms(),
    })]))
}

/// Coins, as a client may ask before it trades.
pub(super) fn currencies(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let coins = context.venue.engine().balances(context.account).map(|(coin, _)| {
        json!({
            "canDep": false, "canInternal": false, "canWd": false, "ccy": coin, "chain": format!("{coin}-Simulated"),
            "mainNet": true, "maxFee": "0", "minFee": "0", "minWd": "0", "name": coin, "wdTickSz": "8",
        })
    });
    Ok(Answer::all(coins.collect()))
}

/// The account's executions, the latest first. Source: "Get transaction details".
pub(super) fn fills(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let engine = context.venue.engine();
    let wanted = context.wanted_market()?;
    // A number that is no order's has no fills.
    let order = context.query.get("ordId").map(|number| engine_id(number, false).unwrap_or_default());
    let (begin, end) = (context.query.number("begin")?, context.query.number("end")?);
    let after = context.query.number("after")?;
    let asked = context.query.get("instType");
    let mut fills: Vec<(u64, Value)> = Vec::new();
    for market in (0..engine.markets().len()).filter(|market| wanted.is_none_or(|wanted| wanted == *market)) {
        let pair = context.instrument(market);
        if asked.is_some_and(|asked| asked != kind(pair)) {
            continue;
        }
        for trade in engine.trades(market) {
            let at_ms = trade.time_us / 1_000;
            if begin.is_some_and(|begin| at_ms < begin)
                || end.is_some_and(|end| at_ms > end)
                || after.is_some_and(|after| trade.id >= after)
            {
                continue;
            }
            for (party, side) in [(&trade.buyer, Side::Buy), (&trade.seller, Side::Sell)] {
                if party.account != context.account || order.is_some_and(|order| order != party.order) {
                    continue;
                }
                let plain_order = engine.order(party.order).filter(|order| order.request.trigger.is_none());
                let is_maker = trade.buyer_is_maker == (side == Side::Buy);
                fills.push((
                    trade.id,
                    json!({
                        "billId": trade.id.to_string(),
                        "clOrdId": plain_order.map(|order| order.request.client_id.as_str()).unwrap_or_default(),
                        "execType": if is_maker { "M" } else { "T" }, "fee": plain(-party.fee),
                        "feeCcy": fee_coin(pair, side), "feeRate": "", "fillPnl": plain(party.realized),
                        "fillPx": plain(trade.price), "fillSz": amount(pair, trade.quantity),
                        "fillTime": ms(trade.time_us), "instId": pair.symbol, "instType": kind(pair),
                        "ordId": (ORDER_IDS + party.order).to_string(), "posSide": position_word(party.position),
                        "side": side_word(side), "subType": if side == Side::Buy { "1" } else { "2" }, "tag": "",
                        "tradeId": trade.id.to_string(), "ts": ms(trade.time_us),
                    }),
                ));
            }
        }
    }
    fills.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let limit = context.query.limit()?;
    Ok(Answer::all(fills.into_iter().take(limit).map(|(_, fill)| fill).collect()))
}
