//! Asking for orders and executions, page by page.

use serde_json::{Value, json};

use super::errors::Failure;
use super::reports::{self, kind_of};
use super::{Answer, Category, Context};
use crate::engine::{MarketId, Order, Side};

/// Source: order/open-order: open orders, and the 500 that ended last.
pub(super) fn realtime(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    if let Some(named) = context.asked_for()? {
        let recent = named.filter(|order| order.is_open() || context.recent().any(|other| other.id == order.id));
        return Ok(context.page_of_orders(recent.into_iter(), 1));
    }
    let markets = context.markets()?;
    if context.category == Category::Linear && markets.is_none() {
        let message = "Missing some parameters that must be filled in, symbol or settleCoin or baseCoin";
        return Err(Failure::with(10001, message));
    }
    let is_wanted = |order: &&Order| {
        markets.as_ref().is_none_or(|markets| markets.contains(&order.request.market))
            && context.query.get("orderFilter").is_none_or(|filter| filter == kind_of(order))
    };
    let limit = context.query.limit(20, ORDERS_PAGE_MAX)?;
    match context.query.number("openOnly")? {
        None | Some(0) => {
            let mut open: Vec<_> =
                context.venue.engine().open_orders(context.account, None).filter(is_wanted).collect();
            open.reverse();
            Ok(context.page_of_orders(open.into_iter(), limit))
        }
        Some(1) => Ok(context.page_of_orders(context.recent().filter(is_wanted), limit)),
        Some(_) => Err(Failure::parameter("openOnly")),
    }
}

/// Source: order/order-list: orders that ended; those without a fill for a day.
pub(super) fn history(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    let day_ago_us = context.now_us.saturating_sub(DAY_US);
    let is_kept = |order: &&Order| !order.is_open() && (!order.executed.is_zero() || order.updated_us >= day_ago_us);
    if let Some(named) = context.asked_for()? {
        return Ok(context.page_of_orders(named.filter(|order| is_kept(order)).into_iter(), 1));
    }
    let markets = context.markets()?;
    let (begin_us, end_us) = context.span()?;
    let is_wanted = |order: &&Order| {
        is_kept(order)
            && (begin_us..=end_us).contains(&order.placed_us)
            && markets.as_ref().is_none_or(|markets| markets.contains(&order.request.market))
            && context.query.get("orderFilter").is_none_or(|filter| filter == kind_of(order))
            && context.query.get("orderStatus").is_none_or(|word| word == reports::word_of(context.category, order))
    };
    let limit = context.query.limit(20, ORDERS_PAGE_MAX)?;
    Ok(context.page_of_orders(context.orders_backwards().filter(is_wanted), limit))
}

/// Source: order/execution: of the last seven days until said, the latest first.
pub(super) fn executions(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    let is_named = ["orderId", "orderLinkId"].iter().any(|name| context.query.get(name).is_some());
    let named = context.asked_for()?.flatten().map(|order| order.id);
    // "Other input parameters will be ignored."
    let markets = if is_named { None } else { context.markets()? };
    let (begin_us, end_us) = if is_named { (0, u64::MAX) } else { context.span()? };
    let before = match context.cursor()? {
        None => u64::MAX,
        Some(told) => told.parse().map_err(|_| Failure::parameter("cursor"))?,
    };
    let limit = context.query.limit(50, EXECUTIONS_PAGE_MAX)?;
    let engine = context.venue.engine();
    let mut list: Vec<(u64, Value)> = Vec::new();
    let wanted = (0..engine.markets().len()).filter(|market| markets.as_ref().is_none_or(|them| them.contains(market)));
    for market in wanted {
        let trades = engine.trades(market).rev().filter(|trade| (begin_us..=end_us).contains(&trade.time_us));
        let sides = trades.flat_map(|trade| [(trade, &trade.buyer, Side::Buy), (trade, &trade.seller, Side::Sell)]);
        let mine = sides.filter(|(trade, party, side)| {
            party.account == context.account
                && (!is_named || named == Some(party.order))
                && execution_number(trade.id, *side) < before
        });
        let told = mine.take(limit).map(|(trade, party, side)| {
            (execution_number(trade.id, side), reports::execution(context, trade, party, side))
        });
        list.extend(told);
    }
    list.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    list.truncate(limit);
    let next = list.last().filter(|_| list.len() == limit).map(|(number, _)| number.to_string());
    let list: Vec<Value> = list.into_iter().map(|(_, told)| told).collect();
    Ok(context.page(list, next))
}

/// A trade with oneself is two executions.
pub(super) fn execution_number(trade: u64, side: Side) -> u64 {
    trade << 1 | u64::from(side == Side::Buy)
}

impl Context<'_, '_> {
    /// Queries of categories that are not traded here are answered with an error that says so.
    pub(super) fn check_queried_category(&self) -> Result<(), Failure> {
        match self.query.needed("category")? {
            word if word == self.category.word() => Ok(()),
            _ => Err(Failure::parameter("category")),
        }
    }

    /// The order that is asked for by an id, where one is: "orderId > orderLinkId".
    fn asked_for(&self) -> Result<Option<Option<&Order>>, Failure> {
        Ok(match (self.query.get("orderId"), self.query.get("orderLinkId")) {
            (Some(told), _) => Some(self.by_told_id(told)),
            (None, Some(link_id)) => Some(self.by_link_id(link_id)),
            (None, None) => None,
        })
    }

    /// The markets that a query names: "symbol > baseCoin", and the coin they settle in.
    pub(super) fn markets(&self) -> Result<Option<Vec<MarketId>>, Failure> {
        if let Some(symbol) = self.query.get("symbol") {
            return Ok(Some(vec![self.market(symbol)?]));
        }
        let markets = self.venue.engine().markets().iter().enumerate();
        let of = |is_meant: &dyn Fn(&crate::instrument::Instrument) -> bool| {
            Some(markets.filter(|(_, market)| is_meant(&market.instrument)).map(|(id, _)| id).collect())
        };
        Ok(match (self.query.get("baseCoin"), self.query.get("settleCoin")) {
            (Some(coin), _) => of(&|instrument| instrument.base == coin),
            (None, Some(coin)) => of(&|instrument| instrument.quote == coin),
            (None, None) => None,
        })
    }

    /// From when to when, µs: seven days at most, and the last seven until said.
    fn span(&self) -> Result<(u64, u64), Failure> {
        let us = |name| Ok::<_, Failure>(self.query.number(name)?.map(|ms| ms.saturating_mul(1_000)));
        match (us("startTime")?, us("endTime")?) {
            (None, None) => Ok((self.now_us.saturating_sub(7 * DAY_US), u64::MAX)),
            (Some(begin), None) => Ok((begin, begin.saturating_add(7 * DAY_US))),
            (None, Some(end)) => Ok((end.saturating_sub(7 * DAY_US), end)),
            (Some(begin), Some(end)) if end.saturating_sub(begin) <= 7 * DAY_US => Ok((begin, end)),
            _ => Err(Failure::with(10001, "The time range between startTime and endTime cannot exceed 7 days")),
        }
    }

    /// The account's orders, the latest first.
    fn orders_backwards(&self) -> impl Iterator<Item = &Order> {
        self.venue.engine().orders_of(self.account).rev()
    }

    /// Those that ended, as far as the venue remembers them beside the open ones.
    fn recent(&self) -> impl Iterator<Item = &Order> {
        self.orders_backwards().filter(|order| !order.is_open()).take(RECENT_MAX)
    }

    /// What the last page ended with, which its cursor says twice.
    pub(super) fn cursor(&self) -> Result<Option<&str>, Failure> {
        let Some(cursor) = self.query.get("cursor") else { return Ok(None) };
        let (first, _) = cursor.split_once(':').ok_or_else(|| Failure::parameter("cursor"))?;
        Ok(Some(first))
    }

    /// One page of orders, of which the latest comes first.
    fn page_of_orders<'o>(&self, orders: impl Iterator<Item = &'o Order>, limit: usize) -> Answer {
        let after = self.query.get("cursor").and_then(|cursor| cursor.split_once(':'));
        let after = after.and_then(|(told, _)| self.category.engine_id(told));
        let orders: Vec<&Order> =
            orders.filter(|order| after.is_none_or(|after| order.id < after)).take(limit).collect();
        let last = orders.last().filter(|_| orders.len() == limit);
        let next = last.map(|order| self.category.told_id(order.id));
        self.page(orders.iter().map(|order| reports::order(self, order)).collect(), next)
    }

    /// A page, and where the list goes on: percent-encoded as it comes, and sent back so.
    pub(super) fn page(&self, list: Vec<Value>, next: Option<String>) -> Answer {
        let now = self.now_ms();
        let cursor = next.map(|next| format!("{next}%3A{now}%2C{next}%3A{now}")).unwrap_or_default();
        Answer::new(json!({ "category": self.category.word(), "list": list, "nextPageCursor": cursor }))
    }
}

/// Source: order/open-order, `openOnly`.
const RECENT_MAX: usize = 500;
const ORDERS_PAGE_MAX: usize = 50;
const EXECUTIONS_PAGE_MAX: usize = 100;
const DAY_US: u64 = 24 * 3_600 * 1_000_000;
