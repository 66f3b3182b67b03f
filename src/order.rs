//! The order vocabulary: what a strategy says and what a venue answers, the same on every venue.

use core::fmt;

use arrayvec::ArrayVec;

use crate::decimal::Decimal;
use crate::id::{ClientOrderId, ExecutionId, OrderId, Symbol};
use crate::position::PositionSide;
use crate::text::Text;
use crate::time::Timestamp;

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Side {
    /// Buy the base coin, or go long.
    Buy,
    /// Sell the base coin, or go short.
    Sell,
}

/// How long an order stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeInForce {
    /// Fill or kill: all at once or nothing.
    Fok,
    /// Good till cancelled.
    Gtc,
    /// Immediate or cancel: what does not fill at once is cancelled.
    Ioc,
}

/// What an order does when it meets the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderType {
    /// At a price or better.
    Limit,
    /// At a price, and only as maker: refused where it would take. Also called post only.
    LimitMaker,
    /// At once, at whatever price the book has.
    Market,
    /// A limit order that waits until the market has run against it, as far as the stop price.
    StopLimit,
    /// A market order that waits until the market has run against it, as far as the stop price. Also called stop loss.
    StopMarket,
    /// A limit order that waits until the market has come its way, as far as the stop price.
    TakeProfitLimit,
    /// A market order that waits until the market has come its way, as far as the stop price.
    TakeProfitMarket,
}

impl OrderType {
    /// Whether it waits for the market before it is an order.
    #[must_use]
    pub const fn has_trigger(self) -> bool {
        match self {
            Self::StopLimit | Self::StopMarket | Self::TakeProfitLimit | Self::TakeProfitMarket => true,
            Self::Limit | Self::LimitMaker | Self::Market => false,
        }
    }
}

/// Whether a side of a trade was on the book before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a trade has one of each")]
pub enum Liquidity {
    /// It was, and added what the other took.
    Maker,
    /// It came, and took.
    Taker,
}

/// An order to be placed. `Copy`, no lifetime; the caller holds its id before anything can go wrong.
///
/// **Units**: `quantity` in base coin on spot, in the venue's unit on derivatives; `price` in quote coin for one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewOrder {
    /// The id that names this order from now on, whatever becomes of the call.
    pub id: ClientOrderId,
    /// The instrument.
    pub symbol: Symbol,
    /// Buy or sell.
    pub side: Side,
    /// Limit, market, post only.
    pub order_type: OrderType,
    /// How much.
    pub quantity: Decimal,
    /// At which price; `None` for a market order.
    pub price: Option<Decimal>,
    /// Which price of the market it waits for; `None` for one that does not wait.
    pub stop_price: Option<Decimal>,
    /// How long it stays; a post-only or market order has none of its own.
    pub time_in_force: TimeInForce,
    /// Whether it may only make a position smaller, never larger or turned; there is no such thing on a spot market.
    pub reduce_only: bool,
    /// Which position it is for, where the account has one for each side of an instrument.
    pub position_side: PositionSide,
}

impl NewOrder {
    /// A limit order, good till cancelled.
    #[must_use]
    pub const fn limit(id: ClientOrderId, symbol: Symbol, side: Side, quantity: Decimal, price: Decimal) -> Self {
        Self::of(id, symbol, side, OrderType::Limit, quantity, Some(price), None)
    }

    /// A market order for a quantity of the base coin.
    #[must_use]
    pub const fn market(id: ClientOrderId, symbol: Symbol, side: Side, quantity: Decimal) -> Self {
        Self::of(id, symbol, side, OrderType::Market, quantity, None, None)
    }

    /// A market order that waits: a buy until the market rises to `stop_price`, a sell until it falls to it.
    #[must_use]
    pub const fn stop_market(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        stop_price: Decimal,
    ) -> Self {
        Self::of(id, symbol, side, OrderType::StopMarket, quantity, None, Some(stop_price))
    }

    /// A limit order at `price` that waits: a buy until the market rises to `stop_price`, a sell until it falls to it.
    #[must_use]
    pub const fn stop_limit(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        stop_price: Decimal,
        price: Decimal,
    ) -> Self {
        Self::of(id, symbol, side, OrderType::StopLimit, quantity, Some(price), Some(stop_price))
    }

    /// A market order that waits: a buy until the market falls to `stop_price`, a sell until it rises to it.
    #[must_use]
    pub const fn take_profit_market(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        stop_price: Decimal,
    ) -> Self {
        Self::of(id, symbol, side, OrderType::TakeProfitMarket, quantity, None, Some(stop_price))
    }

    /// A limit order at `price` that waits: a buy until the market falls to `stop_price`, a sell until it rises to it.
    #[must_use]
    pub const fn take_profit_limit(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        stop_price: Decimal,
        price: Decimal,
    ) -> Self {
        Self::of(id, symbol, side, OrderType::TakeProfitLimit, quantity, Some(price), Some(stop_price))
    }

    /// Good till cancelled.
    const fn of(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        order_type: OrderType,
        quantity: Decimal,
        price: Option<Decimal>,
        stop_price: Option<Decimal>,
    ) -> Self {
        Self {
            id,
            symbol,
            side,
            order_type,
            quantity,
            price,
            stop_price,
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            position_side: PositionSide::Net,
        }
    }

    /// The same limit order as maker only: the venue refuses it where it would take.
    ///
    /// A market order cannot be post only; it is refused when it is written.
    #[must_use]
    pub const fn post_only(self) -> Self {
        Self { order_type: OrderType::LimitMaker, ..self }
    }

    /// The same order with another time in force.
    #[must_use]
    pub const fn time_in_force(self, time_in_force: TimeInForce) -> Self {
        Self { time_in_force, ..self }
    }

    /// The same order, which may only make a position smaller. Derivatives alone have positions: on a spot market it is refused
    /// when it is written.
    #[must_use]
    pub const fn reduce_only(self) -> Self {
        Self { reduce_only: true, ..self }
    }

    /// The same order for one of the account's two positions in the instrument: a buy opens a long one and closes a short one.
    /// For accounts that keep the two apart, also called hedge mode.
    #[must_use]
    pub const fn position_side(self, position_side: PositionSide) -> Self {
        Self { position_side, ..self }
    }

    /// The same order under another id: for sending it anew.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { id, ..self }
    }

    /// What names this order in `cancel`, `query` and `settle`.
    #[must_use]
    pub const fn order(&self) -> OrderRef {
        OrderRef { has_trigger: self.order_type.has_trigger(), ..OrderRef::by_id(self.symbol, self.id) }
    }
}

/// Names an order that was sent: by our id, by the venue's, or by both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// Names first: moved within an `Option` it is then copied in the pieces in which they were written a moment before. Pieces that overlap
// those have to wait until they are in the cache.
#[repr(C)]
pub struct OrderRef {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id.
    pub id: Option<ClientOrderId>,
    /// The venue's id; where both are known, venues find the order faster by this one.
    pub order_id: Option<OrderId>,
    /// Whether it is an order that waits for a trigger: some venues keep those apart, under ids and at endpoints of their own.
    pub has_trigger: bool,
    /// Whether it is asked for among past orders, at a venue that [keeps those apart](crate::venue::Venue::HISTORY_APART): a client
    /// does so by itself.
    pub in_history: bool,
    /// Before this time, in the venue's clock, nothing was sent under this id, where that is known: a venue that finds orders in its lists
    /// alone is asked for no older ones. A client says so by itself where it settles an order of its own.
    pub since: Option<Timestamp>,
}

impl OrderRef {
    /// An order by our own id.
    #[must_use]
    pub const fn by_id(symbol: Symbol, id: ClientOrderId) -> Self {
        Self { symbol, id: Some(id), order_id: None, has_trigger: false, in_history: false, since: None }
    }

    /// An order by the venue's id.
    #[must_use]
    pub const fn by_order_id(symbol: Symbol, order_id: OrderId) -> Self {
        Self { symbol, id: None, order_id: Some(order_id), has_trigger: false, in_history: false, since: None }
    }

    /// The same as an order that waits for a trigger: needed where the venue keeps those apart.
    #[must_use]
    pub const fn with_trigger(self) -> Self {
        Self { has_trigger: true, ..self }
    }

    /// The same as an order that has ended, where the venue may keep those apart.
    #[must_use]
    pub const fn in_history(self) -> Self {
        Self { in_history: true, ..self }
    }
}

/// What became of a request, as far as it is known. There are three answers and no fourth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "callers match on it without a wildcard")]
pub enum Fate {
    /// No server can have the whole request: it may be sent again, with a fresh timestamp and signature.
    NotSent,
    /// The venue answered no, in words known to mean "not executed": it may be changed and sent again.
    Rejected,
    /// Anything else: the order may be live. Ask by client order id before doing anything.
    Unknown,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Rejected => "rejected",
            Self::Unknown => "outcome unknown",
        })
    }
}

/// Where an order stands, in the words all venues share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderStatus {
    /// Cancelled, perhaps after fills.
    Cancelled,
    /// Ended by its own terms: the rest of an IOC or FOK, or self-trade prevention.
    Expired,
    /// Wholly executed.
    Filled,
    /// On the book, nothing executed yet.
    New,
    /// On the book, some executed.
    PartiallyFilled,
    /// Accepted but not yet on the book: a stop that waits, an order list's second leg.
    Pending,
    /// The venue's engine refused it after its gateway had taken it.
    Rejected,
    /// A word that this version does not know; the venue's own word stands beside it.
    Other,
}

impl OrderStatus {
    /// Whether the order can still be executed. An unknown word counts as yes.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::New | Self::PartiallyFilled | Self::Pending | Self::Other => true,
            Self::Cancelled | Self::Expired | Self::Filled | Self::Rejected => false,
        }
    }
}

/// What settling an order found out. There are three answers and no fourth.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "callers match on it without a wildcard")]
#[expect(clippy::large_enum_variant, reason = "returned by value, off the order path, and without heap")]
pub enum Verdict {
    /// The venue has it, and says how it stands.
    Exists(OrderState),
    /// The venue does not have it, and it is too late for it to arrive: the venue itself would refuse it.
    NeverArrived,
    /// Not yet known: the venue did not answer, or the order may yet arrive.
    Undecided {
        /// Before this time, in the venue's clock, asking again cannot end in [`NeverArrived`](Self::NeverArrived).
        until: Timestamp,
    },
}

/// How far a reply says the order has come: never more than the reply states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AckStage {
    /// The gateway has it; the engine may still refuse it.
    Received,
    /// On the book, or waiting for its trigger.
    Working,
    /// It is over, and how.
    Done(OrderStatus),
}

/// The venue's own word of an order's status, kept whatever it is.
pub type StatusWord = Text<24>;

/// One execution of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fill {
    /// In quote coin for one unit.
    pub price: Decimal,
    /// In the order's unit.
    pub quantity: Decimal,
    /// What the venue took, in `commission_asset`; `None` where the reply does not say.
    pub commission: Option<Decimal>,
    /// The coin of the commission.
    pub commission_asset: Text<12>,
    /// The venue's id of the trade, where it is a number.
    pub trade_id: Option<u64>,
}

impl Fill {
    /// An execution as a venue tells it.
    #[must_use]
    pub const fn new(
        price: Decimal,
        quantity: Decimal,
        commission: Option<Decimal>,
        commission_asset: Text<12>,
        trade_id: Option<u64>,
    ) -> Self {
        Self { price, quantity, commission, commission_asset, trade_id }
    }
}

/// Fills held in a reply without heap; a reply with more says how many there were. Each of them is copied with every acknowledgement,
/// also with those that have none.
pub const FILLS_INLINE_MAX: usize = 5;

/// The venue took the order. Inline, no heap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrderAck {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id, as the venue echoed it.
    pub id: ClientOrderId,
    /// The venue's id.
    pub order_id: OrderId,
    /// How far the reply says it has come.
    pub stage: AckStage,
    /// The venue's own word, where the reply has one.
    pub status: Option<StatusWord>,
    /// How much was executed; `None` where the reply does not say.
    pub executed: Option<Decimal>,
    /// What was paid or received for it in quote coin; `None` where the reply does not say.
    pub executed_quote: Option<Decimal>,
    /// When the venue's engine dealt with it.
    pub transact_time: Option<Timestamp>,
    /// The first fills, up to [`FILLS_INLINE_MAX`].
    pub fills: ArrayVec<Fill, FILLS_INLINE_MAX>,
    /// How many fills the reply had.
    pub fills_total: u32,
    /// The first number of the reply that does not fit a [`Decimal`], as text; it does not make the order less accepted.
    pub unread: Option<Text<40>>,
    /// Whether it waits for a trigger at a venue that keeps such orders apart.
    pub has_trigger: bool,
}

impl OrderAck {
    /// An acknowledgement that states nothing but who and how far.
    #[inline]
    #[must_use]
    pub const fn new(symbol: Symbol, id: ClientOrderId, order_id: OrderId, stage: AckStage) -> Self {
        Self {
            symbol,
            id,
            order_id,
            stage,
            status: None,
            executed: None,
            executed_quote: None,
            transact_time: None,
            fills: ArrayVec::new_const(),
            fills_total: 0,
            unread: None,
            has_trigger: false,
        }
    }

    /// What names this order in `cancel`, `query` and `settle`: both ids.
    #[must_use]
    pub const fn order(&self) -> OrderRef {
        OrderRef {
            id: Some(self.id),
            has_trigger: self.has_trigger,
            ..OrderRef::by_order_id(self.symbol, self.order_id)
        }
    }
}

/// The venue cancelled the order, or took the cancel: its `stage` says which.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CancelAck {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id of the order, where the reply names it.
    pub id: Option<ClientOrderId>,
    /// The venue's id; `None` where neither the reply nor the request names it.
    pub order_id: Option<OrderId>,
    /// How far the reply says the cancel has come. [`AckStage::Received`]: the gateway has it, and the engine may yet find the order
    /// filled; query it.
    pub stage: AckStage,
    /// The venue's own word, where the reply has one.
    pub status: Option<StatusWord>,
    /// How much had been executed before; `None` where the reply does not say.
    pub executed: Option<Decimal>,
}

impl CancelAck {
    /// A cancellation as a venue tells it.
    #[must_use]
    pub const fn new(symbol: Symbol, id: Option<ClientOrderId>, order_id: OrderId) -> Self {
        let stage = AckStage::Done(OrderStatus::Cancelled);
        Self { symbol, id, order_id: Some(order_id), stage, status: None, executed: None }
    }

    /// A cancellation by a venue whose reply names no order: of the one that was asked for.
    #[must_use]
    pub const fn of(asked: &OrderRef) -> Self {
        let stage = AckStage::Done(OrderStatus::Cancelled);
        Self { symbol: asked.symbol, id: asked.id, order_id: asked.order_id, stage, status: None, executed: None }
    }

    /// The same of a venue that acknowledges before its engine looks.
    #[must_use]
    pub const fn received(self) -> Self {
        Self { stage: AckStage::Received, ..self }
    }
}

/// The venue took the change of an order.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AmendAck {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id of the order, where the reply names it: the new one, if it got one.
    pub id: Option<ClientOrderId>,
    /// The venue's id; `None` where neither the reply nor the request names it.
    pub order_id: Option<OrderId>,
    /// How the order stands now; `None` of a venue that acknowledges before its engine looks: query it.
    pub state: Option<OrderState>,
}

impl AmendAck {
    /// A change that the gateway took, and that the engine may yet refuse.
    #[must_use]
    pub const fn received(symbol: Symbol, id: Option<ClientOrderId>, order_id: OrderId) -> Self {
        Self { symbol, id, order_id: Some(order_id), state: None }
    }

    /// A change that a venue took whose reply names no order: of the one that was asked for.
    #[must_use]
    pub const fn of(asked: &OrderRef) -> Self {
        Self { symbol: asked.symbol, id: asked.id, order_id: asked.order_id, state: None }
    }

    /// What names this order in `cancel`, `query` and `settle`.
    #[must_use]
    pub const fn order(&self) -> OrderRef {
        match &self.state {
            Some(state) => state.order(),
            None => {
                let (symbol, id, order_id) = (self.symbol, self.id, self.order_id);
                OrderRef { symbol, id, order_id, has_trigger: false, in_history: false, since: None }
            }
        }
    }
}

/// A change that is done.
impl From<OrderState> for AmendAck {
    fn from(state: OrderState) -> Self {
        Self { symbol: state.symbol, id: state.id, order_id: Some(state.order_id), state: Some(state) }
    }
}

/// An order as the venue's books have it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OrderState {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id; `None` where the order was placed without one that fits.
    pub id: Option<ClientOrderId>,
    /// The venue's id.
    pub order_id: OrderId,
    /// Where it stands.
    pub status: OrderStatus,
    /// The venue's own word for that.
    pub word: StatusWord,
    /// Buy or sell, where the reply says it.
    pub side: Option<Side>,
    /// The limit price; `None` or zero for a market order.
    pub price: Option<Decimal>,
    /// How much was asked for.
    pub quantity: Option<Decimal>,
    /// How much was executed.
    pub executed: Decimal,
    /// When the venue last changed it.
    pub updated: Option<Timestamp>,
    /// Whether it waits for a trigger, or did, at a venue that keeps such orders apart.
    pub has_trigger: bool,
    /// The order that it became when it was triggered, where the venue gives that one another id.
    pub became: Option<OrderId>,
}

impl OrderState {
    /// An order's state with what every venue tells.
    #[must_use]
    pub const fn new(
        symbol: Symbol,
        order_id: OrderId,
        status: OrderStatus,
        word: StatusWord,
        executed: Decimal,
    ) -> Self {
        let (id, side, price, quantity, updated) = (None, None, None, None, None);
        let (has_trigger, became) = (false, None);
        Self { symbol, id, order_id, status, word, side, price, quantity, executed, updated, has_trigger, became }
    }

    /// What names this order in `cancel`, `query` and `settle`.
    #[must_use]
    pub const fn order(&self) -> OrderRef {
        OrderRef { id: self.id, has_trigger: self.has_trigger, ..OrderRef::by_order_id(self.symbol, self.order_id) }
    }
}

/// One execution of one of the account's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderFill {
    /// The instrument.
    pub symbol: Symbol,
    /// The venue's id of the order.
    pub order_id: OrderId,
    /// The venue's id of this execution, which no other one of the account's on this instrument and side has: what is told twice is known
    /// by it. `None` where the reply names none.
    pub id: Option<ExecutionId>,
    /// Price, quantity, commission.
    pub fill: Fill,
    /// Buy or sell, where the reply says it.
    pub side: Option<Side>,
    /// Whether the order added or took, where the reply says it.
    pub liquidity: Option<Liquidity>,
    /// What it brought beyond what the position that it closed had cost, fees not counted; where there are positions.
    pub realized: Option<Decimal>,
    /// When.
    pub time: Option<Timestamp>,
}

impl OrderFill {
    /// An execution with what every venue tells.
    #[must_use]
    pub const fn new(symbol: Symbol, order_id: OrderId, fill: Fill) -> Self {
        Self { symbol, order_id, id: None, fill, side: None, liquidity: None, realized: None, time: None }
    }
}

/// What the venue takes of a trade. **Units**: parts of one, before discounts that depend on the coin it is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeeRates {
    /// The instrument.
    pub symbol: Symbol,
    /// Of a buy that adds, and of one that takes.
    pub buy: (Decimal, Decimal),
    /// Of a sell that adds, and of one that takes.
    pub sell: (Decimal, Decimal),
}

impl FeeRates {
    /// Rates as a venue tells them; of each side first the maker's, then the taker's.
    #[must_use]
    pub const fn new(symbol: Symbol, buy: (Decimal, Decimal), sell: (Decimal, Decimal)) -> Self {
        Self { symbol, buy, sell }
    }

    /// The rate of one trade.
    #[must_use]
    pub const fn rate(&self, side: Side, liquidity: Liquidity) -> Decimal {
        let (maker, taker) = match side {
            Side::Buy => self.buy,
            Side::Sell => self.sell,
        };
        match liquidity {
            Liquidity::Maker => maker,
            Liquidity::Taker => taker,
        }
    }
}

/// What the account holds of one coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Balance {
    /// The coin.
    pub asset: Text<24>,
    /// What can be used now.
    pub free: Decimal,
    /// What open orders hold; where there are positions, the rest of the wallet: what orders and positions hold, less what
    /// unrealised profit allows beyond it, so that it may be below zero.
    pub locked: Decimal,
}

impl Balance {
    /// A balance as a venue tells it.
    #[must_use]
    pub const fn new(asset: Text<24>, free: Decimal, locked: Decimal) -> Self {
        Self { asset, free, locked }
    }
}

/// The best prices of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopOfBook {
    /// The instrument.
    pub symbol: Symbol,
    /// Best price somebody buys at; zero where nobody does.
    pub bid: Decimal,
    /// How much at that price.
    pub bid_quantity: Decimal,
    /// Best price somebody sells at; zero where nobody does.
    pub ask: Decimal,
    /// How much at that price.
    pub ask_quantity: Decimal,
}

impl TopOfBook {
    /// The best prices as a venue tells them.
    #[must_use]
    pub const fn new(symbol: Symbol, bid: (Decimal, Decimal), ask: (Decimal, Decimal)) -> Self {
        Self { symbol, bid: bid.0, bid_quantity: bid.1, ask: ask.0, ask_quantity: ask.1 }
    }
}

impl fmt::Display for OrderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.symbol)?;
        if let Some(id) = self.id {
            write!(f, " {id}")?;
        }
        if let Some(order_id) = self.order_id {
            write!(f, " #{order_id}")?;
        }
        Ok(())
    }
}

const _: () = {
    assert!(size_of::<NewOrder>() <= 168, "an order is passed by value on the path");
    assert!(size_of::<OrderAck>() <= 768, "an acknowledgement is returned by value on the path");
};
