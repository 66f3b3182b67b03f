//! One market: its book, the prices pegs choose from it, and the house that keeps it filled.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::order::{
    MarketId, NewOrder, Order, OrderId, Peg, PegTo, Refusal, SelfTrade, Side, Size, TimeInForce, opposite,
};
use super::positions::PositionSide;
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
    #[serde(skip)]
    bids: Book,
    #[serde(skip)]
    asks: Book,
    /// Orders that wait for their trigger.
    #[serde(skip)]
    pub(super) waiting: BTreeSet<OrderId>,
}

/// Best first: a rank is the price for asks and its negative for bids, then the order whose turn comes first.
type Book = BTreeSet<(Decimal, u64, OrderId)>;

/// One price the house quotes, and the order that quotes it just now.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct HouseLevel {
    pub(super) side: Side,
    pub(super) price: Decimal,
    pub(super) quantity: Decimal,
    pub(super) order: Option<OrderId>,
}

impl Market {
    /// A market without orders.
    pub(super) fn new(instrument: &Instrument, [base, quote]: [usize; 2], seed: u64) -> Self {
        let levels = |side| {
            let ladder = instrument.house_ladder(seed, side).into_iter();
            ladder.map(move |(price, quantity)| HouseLevel { side, price, quantity, order: None })
        };
        Self {
            base,
            quote,
            last_price: instrument.reference_price,
            house: levels(Side::Buy).chain(levels(Side::Sell)).collect(),
            house_short: true,
            instrument: instrument.clone(),
            bids: Book::new(),
            asks: Book::new(),
            waiting: BTreeSet::new(),
        }
    }

    pub(super) fn book(&self, side: Side) -> &Book {
        if side == Side::Buy { &self.bids } else { &self.asks }
    }

    /// Puts an order where its state says: into the book, among those that wait, or nowhere.
    pub(super) fn insert(&mut self, order: &Order) {
        if order.is_waiting() {
            self.waiting.insert(order.id);
        }
        if let (true, Some(limit)) = (order.is_resting(), order.limit) {
            let (book, rank) = self.place_of(order.request.side, limit);
            book.insert((rank, order.turn, order.id));
        }
    }

    /// Takes an order out of the book and from among those that wait.
    pub(super) fn remove(&mut self, order: &Order) {
        self.waiting.remove(&order.id);
        if let Some(limit) = order.limit {
            let (book, rank) = self.place_of(order.request.side, limit);
            book.remove(&(rank, order.turn, order.id));
        }
    }

    fn place_of(&mut self, side: Side, limit: Decimal) -> (&mut Book, Decimal) {
        match side {
            Side::Buy => (&mut self.bids, -limit),
            Side::Sell => (&mut self.asks, limit),
        }
    }
}

impl Engine {
    /// Price levels of one side, best first: price and the quantity that shows.
    pub(crate) fn depth(&self, market: MarketId, side: Side) -> impl Iterator<Item = (Decimal, Decimal)> {
        let book = self.markets[market].book(side);
        let mut orders =
            book.iter().filter_map(|(rank, _, id)| Some((*rank, self.orders.get(id)?.visible()))).peekable();
        std::iter::from_fn(move || {
            let (rank, mut quantity) = orders.next()?;
            while let Some((_, more)) = orders.next_if(|(next, _)| *next == rank) {
                quantity += more;
            }
            Some((rank.abs(), quantity))
        })
    }

    /// The price that a peg chooses from the book as it stands.
    pub(crate) fn peg_price(&self, market: MarketId, side: Side, peg: Peg) -> Result<Decimal, Refusal> {
        let side = if peg.to == PegTo::Primary { side } else { opposite(side) };
        let level = self.depth(market, side).nth(peg.levels.unwrap_or_default() as usize);
        level.map(|(price, _)| price).ok_or(Refusal::NoPegPrice)
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
                ends_if_taking: false,
                self_trade: SelfTrade::Allow,
                trigger: None,
                holds_late: false,
                iceberg: None,
                peg: None,
                position: PositionSide::Net,
                reduce_only: false,
                good_till_us: None,
                labels: BTreeMap::new(),
            };
            let order = self.enter(request, now_us).ok().map(|placed| placed.order.id);
            self.markets[market].house[level].order = order;
            self.markets[market].house_short |= order.is_none();
        }
    }
}
