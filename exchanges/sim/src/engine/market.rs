//! One market: its book, and the house that keeps it filled.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::order::{MarketId, NewOrder, Order, OrderId, SelfTrade, Side, Size, TimeInForce};
use super::{Engine, HOUSE};
use crate::instrument::Instrument;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Market {
    pub(crate) instrument: Instrument,
    pub(crate) base: usize,
    pub(crate) quote: usize,
    /// Price of the last trade; the reference price before the first.
    pub(crate) last_price: Decimal,
    pub(super) house: Vec<HouseLevel>,
    /// Some level of the house is used up or would match a resting order.
    pub(super) house_short: bool,
    /// Best first: a rank is the price for asks and its negative for bids, then the earlier order.
    #[serde(skip)]
    pub(super) bids: BTreeSet<(Decimal, OrderId)>,
    #[serde(skip)]
    pub(super) asks: BTreeSet<(Decimal, OrderId)>,
}

/// One price the house quotes, and the order that quotes it just now.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct HouseLevel {
    pub(super) side: Side,
    pub(super) price: Decimal,
    pub(super) quantity: Decimal,
    pub(super) order: Option<OrderId>,
}

impl Market {
    pub(super) fn book(&self, side: Side) -> &BTreeSet<(Decimal, OrderId)> {
        if side == Side::Buy { &self.bids } else { &self.asks }
    }

    pub(super) fn insert(&mut self, order: &Order) {
        match (order.request.side, order.request.price) {
            (Side::Buy, Some(price)) => self.bids.insert((-price, order.id)),
            (Side::Sell, Some(price)) => self.asks.insert((price, order.id)),
            (_, None) => false,
        };
    }

    pub(super) fn remove(&mut self, order: &Order) {
        match (order.request.side, order.request.price) {
            (Side::Buy, Some(price)) => self.bids.remove(&(-price, order.id)),
            (Side::Sell, Some(price)) => self.asks.remove(&(price, order.id)),
            (_, None) => false,
        };
    }
}

impl Engine {
    /// Price levels of one side, best first: price and open quantity.
    pub(crate) fn depth(&self, market: MarketId, side: Side) -> impl Iterator<Item = (Decimal, Decimal)> {
        let book = self.markets[market].book(side);
        let mut orders =
            book.iter().filter_map(|(rank, id)| Some((*rank, self.orders.get(id)?.remaining()))).peekable();
        std::iter::from_fn(move || {
            let (rank, mut quantity) = orders.next()?;
            while let Some((_, more)) = orders.next_if(|(next, _)| *next == rank) {
                quantity += more;
            }
            Some((rank.abs(), quantity))
        })
    }

    /// Quotes the house's used-up levels again, except those that would match a resting order.
    pub(super) fn restock(&mut self, market: MarketId, now_us: u64) {
        if !std::mem::take(&mut self.markets[market].house_short) {
            return;
        }
        for level in 0..self.markets[market].house.len() {
            let HouseLevel { side, price, quantity, order } = self.markets[market].house[level];
            if order.is_some_and(|id| self.orders.contains_key(&id)) {
                continue;
            }
            let request = NewOrder {
                account: HOUSE,
                market,
                client_id: String::new(),
                side,
                price: Some(price),
                size: Size::Base(quantity),
                time_in_force: TimeInForce::GoodTillCanceled,
                post_only: true,
                self_trade: SelfTrade::Allow,
                labels: BTreeMap::new(),
            };
            let order = self.enter(request, now_us).ok().map(|placed| placed.id);
            self.markets[market].house[level].order = order;
            self.markets[market].house_short |= order.is_none();
        }
    }
}
