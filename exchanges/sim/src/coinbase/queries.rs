//! Asking for orders and executions.

use serde_json::{Value, json};

use super::errors::Failure;
use super::{Context, reports};
use crate::engine::{Order, Party, Side, Trade};
use crate::uuid;

/// Source: "Get Order".
pub(super) fn order(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let order = context.by_told_id(context.named);
    let order = order.ok_or_else(|| Failure::not_found("order with this orderID was not found"))?;
    Ok(json!({ "order": reports::order(context, order) }))
}

/// Source: "List Orders": the latest first. A cursor is the id of the last order of a page.
pub(super) fn orders(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let query = &context.query;
    let limit = query.limit(ORDERS_MAX, ORDERS_MAX)?;
    let (ids, products) = (query.all(&["order_ids"]), query.all(&["product_ids", "product_id"]));
    let (statuses, kinds) = (query.all(&["order_status"]), query.all(&["order_types", "order_type"]));
    let (sides, times) = (query.all(&["order_side"]), query.all(&["time_in_forces"]));
    if statuses.contains(&"OPEN") && statuses.len() > 1 {
        return Err(Failure::argument("order_status: OPEN cannot be paired with others"));
    }
    let is_spot = query.get("product_type").is_none_or(|kind| kind == "SPOT");
    let (begin_us, end_us) = (query.time("start_date")?.unwrap_or_default(), query.time("end_date")?);
    let before = context.cursor()?;
    let is_wanted = |order: &&Order| {
        let among = |wanted: &[&str], word: &str| wanted.is_empty() || wanted.contains(&word);
        is_spot
            && order.id < before
            && (ids.is_empty() || among(&ids, &uuid::of(order.id)))
            && among(&products, &context.venue.engine().market(order.request.market).instrument.symbol)
            && among(&statuses, reports::status(order))
            && among(&kinds, reports::type_word(&order.request))
            && among(&sides, reports::side_word(order.request.side))
            && among(&times, reports::time_in_force_word(&order.request))
            && order.placed_us >= begin_us
            && end_us.is_none_or(|end_us| order.placed_us < end_us)
    };
    let mut found = context.venue.engine().orders_of(context.account).rev().filter(is_wanted);
    let page: Vec<&Order> = found.by_ref().take(limit).collect();
    let cursor = page.last().filter(|_| found.next().is_some()).map_or(String::new(), |last| uuid::of(last.id));
    let told: Vec<Value> = page.into_iter().map(|order| reports::order(context, order)).collect();
    Ok(json!({ "orders": told, "sequence": "0", "has_next": !cursor.is_empty(), "cursor": cursor }))
}

/// Source: "List Fills": the latest first. A cursor is the id of the last one of a page.
pub(super) fn fills(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let query = &context.query;
    let limit = query.limit(FILLS, FILLS_MAX)?;
    let (orders, trades) = (query.all(&["order_ids", "order_id"]), query.all(&["trade_ids"]));
    let products = query.all(&["product_ids", "product_id"]);
    let (begin_us, end_us) =
        (query.time("start_sequence_timestamp")?.unwrap_or_default(), query.time("end_sequence_timestamp")?);
    let before = context.cursor()?;
    let engine = context.venue.engine();
    let mut mine: Vec<(u64, &Trade, &Party, Side)> = (0..engine.markets().len())
        .filter(|market| products.is_empty() || products.contains(&engine.market(*market).instrument.symbol.as_str()))
        .flat_map(|market| engine.trades(market))
        .filter(|trade| trade.time_us >= begin_us && end_us.is_none_or(|end_us| trade.time_us < end_us))
        .flat_map(|trade| [(trade, &trade.buyer, Side::Buy), (trade, &trade.seller, Side::Sell)])
        .filter(|(_, party, _)| party.account == context.account)
        .map(|(trade, party, side)| (fill_number(trade.id, side), trade, party, side))
        .filter(|(number, _, party, _)| {
            let among = |wanted: &[&str], number: u64| wanted.is_empty() || wanted.contains(&uuid::of(number).as_str());
            *number < before && among(&orders, party.order) && among(&trades, *number)
        })
        .collect();
    mine.sort_unstable_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let page = &mine[..mine.len().min(limit)];
    let cursor = page.last().filter(|_| mine.len() > limit).map_or(String::new(), |last| uuid::of(last.0));
    let told = page.iter().map(|(number, trade, party, side)| reports::fill(context, *number, trade, party, *side));
    Ok(json!({ "fills": told.collect::<Vec<_>>(), "cursor": cursor }))
}

impl Context<'_, '_> {
    /// What stands before the page that is asked for: the number of a cursor.
    fn cursor(&self) -> Result<u64, Failure> {
        let cursor =
            self.query.get("cursor").map(|cursor| uuid::number(cursor).ok_or_else(|| Failure::argument("cursor")));
        Ok(cursor.transpose()?.unwrap_or(u64::MAX))
    }
}

/// A trade with oneself is two executions.
fn fill_number(trade: u64, side: Side) -> u64 {
    trade << 1 | u64::from(side == Side::Buy)
}

/// The documents name no most; as many as other clients ask for.
const ORDERS_MAX: usize = 1_000;
const FILLS: usize = 100;
const FILLS_MAX: usize = 3_000;
