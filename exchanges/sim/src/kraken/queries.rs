//! Asking for orders and executions.

use serde_json::{Map, Value, json};

use super::errors::Failure;
use super::{Context, reports, told_id};
use crate::engine::{Order, Side};

/// Source: "Query Orders Info": up to 50, by the venue's ids.
pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let asked: Vec<&str> = context.params.needed("txid")?.split(',').collect();
    if asked.len() > PAGE {
        return Err(Failure::argument("txid"));
    }
    let with_trades = context.params.flag("trades");
    let mut told = Map::new();
    for id in asked {
        let order = context.by_told_id(id).ok_or(Failure::NO_SUCH_ORDER)?;
        told.insert(id.to_owned(), reports::order(context, order, with_trades));
    }
    Ok(Value::Object(told))
}

/// Source: "Get Open Orders".
pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let with_trades = context.params.flag("trades");
    let orders = context.venue.engine().open_orders(context.account, None).filter(|order| context.is_wanted(order));
    let told = orders.map(|order| (told_id('O', order.id), reports::order(context, order, with_trades)));
    Ok(json!({ "open": told.collect::<Map<_, _>>() }))
}

/// Source: "Get Closed Orders": 50 at a time, the latest first.
pub(super) fn closed(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let with_trades = context.params.flag("trades");
    let (begin_us, end_us) = context.span()?;
    let skip = context.params.integer("ofs")?.unwrap_or_default();
    let orders = context.venue.engine().orders_of(context.account).rev().filter(|order| !order.is_open());
    let orders: Vec<&Order> = orders
        .filter(|order| context.is_wanted(order) && order.updated_us > begin_us && order.updated_us <= end_us)
        .collect();
    let page = orders.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(PAGE);
    let told = page.map(|order| (told_id('O', order.id), reports::order(context, order, with_trades)));
    Ok(json!({ "closed": told.collect::<Map<_, _>>(), "count": orders.len() }))
}

/// Source: "Get Trades History": 50 at a time, the latest first.
pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let (begin_us, end_us) = context.span()?;
    let skip = context.params.integer("ofs")?.unwrap_or_default();
    let engine = context.venue.engine();
    let markets = 0..engine.markets().len();
    let sides = markets
        .flat_map(|market| engine.trades(market))
        .flat_map(|trade| [(trade, &trade.buyer, Side::Buy), (trade, &trade.seller, Side::Sell)]);
    let mut mine: Vec<_> = sides
        .filter(|(trade, party, _)| {
            party.account == context.account && trade.time_us > begin_us && trade.time_us <= end_us
        })
        .collect();
    mine.sort_by_key(|(trade, _, side)| std::cmp::Reverse(reports::trade_number(trade.id, *side)));
    let page = mine.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(PAGE);
    let told = page.map(|(trade, party, side)| {
        let id = told_id('T', reports::trade_number(trade.id, *side));
        (id, reports::execution(context, trade, party, *side))
    });
    Ok(json!({ "trades": told.collect::<Map<_, _>>(), "count": mine.len() }))
}

impl Context<'_, '_> {
    /// Whether an order is of the client order id, or the number, that the request names.
    fn is_wanted(&self, order: &Order) -> bool {
        let id = self.params.get("cl_ord_id").is_none_or(|id| order.request.client_id == id);
        let number = self.params.digits("userref").and_then(|digits| digits.parse::<i32>().ok());
        id && number.is_none_or(|number| reports::userref(order) == Some(number))
    }

    /// From when, exclusive, to when, µs. Ids in their place are not taken here.
    fn span(&self) -> Result<(u64, u64), Failure> {
        let us = |name| Ok::<_, Failure>(self.params.integer(name)?.map(|seconds| seconds.saturating_mul(1_000_000)));
        Ok((us("start")?.unwrap_or_default(), us("end")?.unwrap_or(u64::MAX)))
    }
}

const PAGE: usize = 50;
