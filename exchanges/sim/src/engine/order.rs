//! The words of an exchange: orders as they are handed in and as they stand, trades, refusals.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::lists::ListId;
use super::positions::PositionSide;
use super::triggers::{Trail, Trigger};
use crate::instrument::BrokenRule;

pub(crate) type OrderId = u64;
/// Index of an account; the house is [`HOUSE`](super::HOUSE).
pub(crate) type AccountId = usize;
/// Index of a market.
pub(crate) type MarketId = usize;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Side {
    Buy,
    Sell,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum TimeInForce {
    FillOrKill,
    /// As [`Self::FillOrKill`], but it is refused, and so never was an order.
    FillOrRefuse,
    GoodTillCanceled,
    ImmediateOrCancel,
}

/// What happens when an order meets one of the same account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum SelfTrade {
    Allow,
    Decrement,
    ExpireBoth,
    ExpireMaker,
    ExpireTaker,
    /// Between accounts of a group the quantity would change hands; within one account it is [`Self::Decrement`].
    Transfer,
}

/// How much: of the base asset, as much as an amount of the quote asset buys or brings, or what will be known later.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Size {
    Base(Decimal),
    /// All of the position that it closes once it is triggered.
    Position,
    /// What the order of its list that goes before it will have bought.
    Proceeds,
    Quote(Decimal),
}

/// A price chosen from the book, once, when the order begins to work.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Peg {
    pub(crate) to: PegTo,
    /// How many price levels behind the best one.
    pub(crate) levels: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum PegTo {
    /// The best price of the other side.
    Market,
    /// The best price of its own side.
    Primary,
}

/// What became of an order so far.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Status {
    /// Taken off the book by its owner.
    Canceled,
    /// Ended by the venue: nothing left to match and not allowed to rest, or its list ended.
    Expired,
    /// Ended by self-trade prevention.
    ExpiredInMatch,
    /// Done in full.
    Filled,
    /// On the book or waiting for its trigger, nothing executed.
    New,
    /// On the book, executed in part.
    PartlyFilled,
    /// Part of a list: it comes when the order before it is filled.
    Pending,
    /// Refused: it never became an order.
    Rejected,
}

/// Why an order expired.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Expiry {
    /// A fill-or-kill order that could not be filled.
    FillOrKill,
    /// Its time is over.
    GoodTill,
    ImmediateOrCancel,
    /// A market order found too little.
    Liquidity,
    /// The other order of its pair began to work, or ended.
    OtherLeg,
    /// It only reduces, and its position is too small by now.
    Position,
    /// It was refused when it was to begin to work.
    Refused,
    /// The order of its list that goes before it ended unfilled.
    WorkingOrder,
    /// Post only, and it would have matched.
    WouldTake,
}

/// An order as a dialect hands it in: well-formed and checked against the instrument's rules.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) account: AccountId,
    pub(crate) market: MarketId,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    /// `None` is a market order, or one with a peg in its place.
    pub(crate) price: Option<Decimal>,
    pub(crate) size: Size,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) post_only: bool,
    /// Whether it is taken in and ends at once where it is post only and would match; else it is refused.
    #[serde(default)]
    pub(crate) ends_if_taking: bool,
    pub(crate) self_trade: SelfTrade,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trigger: Option<Trigger>,
    /// Whether it holds nothing while it waits; of contracts none does.
    #[serde(default)]
    pub(crate) holds_late: bool,
    /// How much of it shows in the book at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iceberg: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peg: Option<Peg>,
    /// Of contracts: which of two positions it is for.
    #[serde(default)]
    pub(crate) position: PositionSide,
    /// Of contracts: it may make its position smaller alone.
    #[serde(default)]
    pub(crate) reduce_only: bool,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) good_till_us: Option<u64>,
    /// Numbers a venue only keeps and gives back, by the venue's name for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, u64>,
}

impl NewOrder {
    /// It takes whatever price there is, at once or once it is triggered.
    pub(crate) fn is_market(&self) -> bool {
        self.price.is_none() && self.peg.is_none()
    }

    /// Whether it can make a position smaller alone: because it says so, because it closes the position, or because it
    /// sells a long one or buys a short one.
    pub(crate) fn only_reduces(&self) -> bool {
        let closes =
            matches!((self.position, self.side), (PositionSide::Long, Side::Sell) | (PositionSide::Short, Side::Buy));
        self.reduce_only || closes || self.size == Size::Position
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) request: NewOrder,
    /// In the base asset; of an order sized in the quote asset, what was executed.
    pub(crate) quantity: Decimal,
    pub(crate) executed: Decimal,
    pub(crate) executed_quote: Decimal,
    /// Taken off by self-trade prevention.
    pub(crate) prevented: Decimal,
    pub(crate) prevented_match: Option<u64>,
    pub(crate) status: Status,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) list: Option<ListId>,
    pub(crate) placed_us: u64,
    pub(crate) updated_us: u64,
    /// When it began to work: from then on it matches and rests.
    pub(crate) working_us: Option<u64>,
    /// How far a trailing stop has followed the market.
    pub(crate) trail: Option<Trail>,
    /// When a cancel that was taken takes it off.
    #[serde(default)]
    pub(crate) cancels_us: Option<u64>,
    /// The price it works at: its own, or the one its peg has chosen.
    pub(crate) limit: Option<Decimal>,
    /// What shows of it in the book, where that is not all of it.
    pub(super) shown: Option<Decimal>,
    /// Its place in the queue of its price: the lower goes first.
    pub(super) turn: u64,
    /// The price a buyer's balance is locked at.
    pub(super) locked_at: Decimal,
    /// What this order holds of its account's locked balance.
    pub(super) locked: Decimal,
}

impl Order {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, Status::New | Status::PartlyFilled | Status::Pending)
    }

    pub(crate) fn is_resting(&self) -> bool {
        self.is_open() && self.working_us.is_some()
    }

    /// For its trigger.
    pub(crate) fn is_waiting(&self) -> bool {
        self.status == Status::New && self.working_us.is_none()
    }

    pub(crate) fn remaining(&self) -> Decimal {
        self.quantity - self.executed - self.prevented
    }

    /// How much of it the book shows.
    pub(super) fn visible(&self) -> Decimal {
        self.shown.unwrap_or_else(|| self.remaining())
    }

    /// How much the book shows of what is left of it once it shows anew.
    pub(super) fn slice(&self, left: Decimal) -> Decimal {
        self.request.iceberg.map_or(left, |iceberg| iceberg.min(left))
    }

    pub(super) fn expire(&mut self, why: Expiry, now_us: u64) {
        (self.status, self.expiry, self.updated_us) = (Status::Expired, Some(why), now_us);
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) market: MarketId,
    pub(crate) price: Decimal,
    pub(crate) quantity: Decimal,
    pub(crate) quote_quantity: Decimal,
    pub(crate) time_us: u64,
    pub(crate) buyer: Party,
    pub(crate) seller: Party,
    pub(crate) buyer_is_maker: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Party {
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    /// In the asset this party received; of contracts, in the quote asset.
    pub(crate) fee: Decimal,
    /// Of contracts: the position it changed.
    #[serde(default)]
    pub(crate) position: PositionSide,
    /// Of contracts: what making the position smaller brought, in the quote asset.
    #[serde(default)]
    pub(crate) realized: Decimal,
}

/// Two orders of one account that were kept from trading.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Prevention {
    pub(crate) id: u64,
    pub(crate) account: AccountId,
    pub(crate) market: MarketId,
    pub(crate) taker: OrderId,
    pub(crate) maker: OrderId,
    /// The taker's.
    pub(crate) mode: SelfTrade,
    pub(crate) price: Decimal,
    /// What was taken off each, where anything was.
    pub(crate) taker_quantity: Option<Decimal>,
    pub(crate) maker_quantity: Option<Decimal>,
    pub(crate) time_us: u64,
}

/// Why an order never entered the book.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    DuplicateClientId,
    /// It had to be filled at once, and there is too little.
    FillOrKill,
    InsufficientBalance,
    /// A market order sized in the quote asset found less than one lot.
    LiquidityBelowLot,
    /// A market order sized in the quote asset found an empty book.
    NoLiquidity,
    /// The book has no such price level.
    NoPegPrice,
    /// The orders of a pair do not stand on both sides of the market.
    PriceRelation,
    /// It only reduces, and its position is too small, or other orders are to reduce it already.
    ReduceOnly,
    Rule(BrokenRule),
    /// Post only, and it would have matched.
    WouldTake,
    /// The market is there already.
    WouldTrigger,
}

impl From<BrokenRule> for Refusal {
    fn from(rule: BrokenRule) -> Self {
        Self::Rule(rule)
    }
}

/// An order that entered, as it stood then, and what it did at once.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) order: Order,
    pub(crate) trades: Vec<Trade>,
    pub(crate) preventions: Vec<Prevention>,
}

pub(super) fn opposite(side: Side) -> Side {
    if side == Side::Buy { Side::Sell } else { Side::Buy }
}
