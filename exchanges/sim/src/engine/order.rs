//! The words of an exchange: orders as they are handed in and as they stand, trades, refusals.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) type OrderId = u64;
/// Index of an account; the house is [`HOUSE`].
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
}

/// How much: of the base asset, or as much as an amount of the quote asset buys or brings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Size {
    Base(Decimal),
    Quote(Decimal),
}

/// What became of an order so far.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Status {
    /// Taken off the book by its owner.
    Canceled,
    /// Ended by the venue: nothing left to match and not allowed to rest.
    Expired,
    /// Ended by self-trade prevention.
    ExpiredInMatch,
    /// Done in full.
    Filled,
    /// On the book, nothing executed.
    New,
    /// On the book, executed in part.
    PartlyFilled,
    /// Refused: it never became an order.
    Rejected,
}

/// An order as a dialect hands it in: well-formed and checked against the instrument's rules.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) account: AccountId,
    pub(crate) market: MarketId,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    /// `None` is a market order.
    pub(crate) price: Option<Decimal>,
    pub(crate) size: Size,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) post_only: bool,
    pub(crate) self_trade: SelfTrade,
    /// Numbers a venue only keeps and gives back, by the venue's name for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, u64>,
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
    pub(crate) placed_us: u64,
    pub(crate) updated_us: u64,
    /// What this order holds of its account's locked balance.
    pub(super) locked: Decimal,
}

impl Order {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, Status::New | Status::PartlyFilled)
    }

    pub(super) fn remaining(&self) -> Decimal {
        self.quantity - self.executed - self.prevented
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
    /// In the asset this party received.
    pub(crate) fee: Decimal,
}

/// Why an order never entered the book.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    DuplicateClientId,
    InsufficientBalance,
    /// A market order sized in the quote asset found an empty book.
    NoLiquidity,
    /// A market order sized in the quote asset found less than one lot.
    LiquidityBelowLot,
    OpenOrders,
    /// Post only, and it would have matched.
    WouldTake,
}

/// An order that entered, and what it set off.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) id: OrderId,
    pub(crate) trades: Vec<Trade>,
    /// Resting orders of others than the house that changed, and whether they had their first fill just now.
    pub(crate) touched: Vec<(OrderId, bool)>,
}

pub(super) fn opposite(side: Side) -> Side {
    if side == Side::Buy { Side::Sell } else { Side::Buy }
}
