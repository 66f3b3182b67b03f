//! One trait for all venues: a strategy written once runs on any, with static dispatch.
//!
//! ```text
//! OrderEntry                  what every venue has, n orders over n slots at once among it
//!   ├── PlacesBatches         and several orders with one request
//!   └── CancelsBatches        and several cancels with one request
//! ```
//!
//! A strategy that wants batches says so in its bounds. It does not compile for a venue without them, where nothing but several
//! requests could stand in: [`burst`](OrderEntry::burst) sends those.

use core::fmt;
use core::future::Future;
use core::ops::RangeInclusive;
use std::time::Duration;

use crate::client::{ClientSlot, Closed, VenueClient};
use crate::error::RestError;
use crate::id::{ClientOrderId, Symbol};
use crate::net::Tokio;
use crate::order::{
    AmendAck, Balance, CancelAck, FeeRates, NewOrder, OrderAck, OrderFill, OrderRef, OrderState, TopOfBook, Verdict,
};
use crate::pool::Pooled;
use crate::position::Position;
use crate::time::{Deadline, Timestamp};
use crate::venue::endpoint::{
    AmendOrder, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, FillsSince, GetFeeRates,
    GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder,
    ServerTime, TestOrder, Venue,
};
use crate::venue::instrument::Instrument;
use crate::venue::limits::Limits;

macro_rules! order_entry {
    (
        $(#[$about:meta])*
        { $($(#[$now_doc:meta])* $now:ident() -> $now_reply:ty;)* }
        { $($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $reply:ty;)* }
        where { $($endpoint:ty => $decoded:ty;)* }
    ) => {
        $(#[$about])*
        pub trait OrderEntry: Clone + Send + Sync + 'static {
            /// The venue's name as a person writes it.
            const VENUE: &'static str;

            /// A slot to place an order on; `None` where none is ready now.
            fn try_acquire(&self) -> Option<Pooled<ClientSlot>>;

            $($(#[$now_doc])* fn $now(&self) -> $now_reply;)*

            /// Places orders at once, each on a slot of its own, and answers in their order, each with its own fate. With fewer slots
            /// than orders the rest follow as slots come free. The default deadline starts now and holds for all of them.
            fn burst<const N: usize>(
                &self,
                orders: &[NewOrder; N],
            ) -> impl Future<Output = [Result<OrderAck, RestError>; N]> + Send;

            $($(#[$doc])* fn $name(&self $(, $arg: $type)*) -> impl Future<Output = $reply> + Send;)*
        }

        impl<V: Venue> OrderEntry for VenueClient<V, Tokio>
        where
            $($endpoint: Endpoint<V, Reply = $decoded>,)*
        {
            const VENUE: &'static str = V::NAME;

            fn try_acquire(&self) -> Option<Pooled<ClientSlot>> {
                self.pool().try_acquire()
            }

            // A type's own method goes before a trait's of the same name.
            $(fn $now(&self) -> $now_reply {
                Self::$now(self)
            })*

            async fn burst<const N: usize>(&self, orders: &[NewOrder; N]) -> [Result<OrderAck, RestError>; N] {
                Self::burst(self, orders).await
            }

            $(async fn $name(&self $(, $arg: $type)*) -> $reply {
                Self::$name(self $(, $arg)*).await
            })*
        }
    };
}

order_entry! {
    /// What a strategy asks of a venue. Every client of a venue that has all of it implements it.
    ///
    /// **Units**: quantities in base coin on spot, in the venue's unit on derivatives, whose size in base coin is
    /// [`Instrument::contract_size`]. What a venue lacks is an error before anything is sent, never an approximation.
    ///
    /// Which venue a strategy runs on is a type parameter; choosing it at run time is one `match` in `main`. Errors, deadlines and
    /// cancel safety are those of [`VenueClient`].
    ///
    /// ```
    /// use orderwire::venue::OrderEntry;
    /// use orderwire::{NewOrder, RestError, Side, Symbol, dec};
    /// use orderwire_binance::Spot;
    /// use orderwire_sim::{Dialect, SimVenue};
    ///
    /// async fn quote<V: OrderEntry>(venue: V, symbol: Symbol) -> Result<(), RestError> {
    ///     let rules = venue.instrument(symbol).await?;
    ///     let bid = rules.price_down(venue.top_of_book(symbol).await?.bid * dec!(0.98));
    ///     let order = NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(bid), bid);
    ///     let ack = venue.place(&order).await?;
    ///     venue.cancel(ack.order()).await?;
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sim = SimVenue::start(Dialect::BinanceSpot).await?;
    /// let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await?;
    /// // Its futures are `Send`: it can be spawned.
    /// tokio::spawn(quote(spot, Symbol::new("BTCUSDT")?)).await??;
    /// # Ok(())
    /// # }
    /// ```
    {
        /// A client order id that no other order of this client has.
        next_id() -> ClientOrderId;
        /// What is left of the venue's rate limits, as far as they are known.
        limits() -> &Limits;
        /// The orders that may be at the venue and whose outcome nobody knows.
        in_doubt() -> Vec<OrderRef>;
    }
    {
        /// Places an order; waits for a slot until the default deadline.
        place(order: &NewOrder) -> Result<OrderAck, RestError>;
        /// Places an order; waits for a slot, and for the reply, until `deadline`.
        place_by(order: &NewOrder, deadline: Deadline) -> Result<OrderAck, RestError>;
        /// Places an order if a slot is ready now.
        try_place(order: &NewOrder) -> Result<OrderAck, RestError>;
        /// Places an order on a slot the caller holds.
        place_on(slot: &mut ClientSlot, order: &NewOrder) -> Result<OrderAck, RestError>;
        /// Has the venue check an order without placing it.
        test_place(order: &NewOrder) -> Result<(), RestError>;
        /// Cancels one order. Rejected as unknown may mean that it was filled: query it.
        cancel(order: OrderRef) -> Result<CancelAck, RestError>;
        /// Changes an open order, as far as the venue can.
        amend(change: AmendOrder) -> Result<AmendAck, RestError>;
        /// Asks for one order.
        query(order: OrderRef) -> Result<OrderState, RestError>;
        /// Finds out what became of an order, by its client order id; asks until `patience` is over.
        settle(order: OrderRef, patience: Duration) -> Result<Verdict, RestError>;
        /// Lists the open orders of an instrument, or of all with `None`; without those that wait for a trigger where the venue
        /// keeps them [apart](Venue::TRIGGERS_APART).
        open_orders(symbol: Option<Symbol>) -> Result<Vec<OrderState>, RestError>;
        /// Lists the orders that wait for a trigger. Where the venue does not keep them [apart](Venue::TRIGGERS_APART) it is
        /// [`open_orders`](Self::open_orders), which has them too.
        open_triggers(symbol: Option<Symbol>) -> Result<Vec<OrderState>, RestError>;
        /// Lists the open orders of earlier runs: those whose client order id starts with `prefix` and is not of this run.
        recover(prefix: &str) -> Result<Vec<OrderState>, RestError>;
        /// The account's executions of an instrument, as many as the venue gives at once.
        fills(symbol: Symbol, since: FillsSince) -> Result<Vec<OrderFill>, RestError>;
        /// Cancels all open orders of an instrument; without those that wait for a trigger where the venue keeps them
        /// [apart](Venue::TRIGGERS_APART).
        cancel_all(symbol: Symbol) -> Result<Vec<CancelAck>, RestError>;
        /// Cancels all orders of an instrument that wait for a trigger. Where the venue does not keep them
        /// [apart](Venue::TRIGGERS_APART) it is [`cancel_all`](Self::cancel_all), which cancels the others too.
        cancel_all_triggers(symbol: Symbol) -> Result<Vec<CancelAck>, RestError>;
        /// Has the venue cancel open orders by itself unless it is told again in time; `None` switches that off.
        cancel_all_after(symbol: Option<Symbol>, after: Option<Duration>) -> Result<(), RestError>;
        /// What the account holds.
        balances() -> Result<Vec<Balance>, RestError>;
        /// The account's positions, in one instrument or in all with `None`.
        positions(symbol: Option<Symbol>) -> Result<Vec<Position>, RestError>;
        /// What the venue takes of the account's trades of an instrument.
        fee_rates(symbol: Symbol) -> Result<FeeRates, RestError>;
        /// The rules of one instrument.
        instrument(symbol: Symbol) -> Result<Instrument, RestError>;
        /// The rules of all instruments: a long answer, not one for the trading path.
        instruments() -> Result<Vec<Instrument>, RestError>;
        /// The best prices of one instrument.
        top_of_book(symbol: Symbol) -> Result<TopOfBook, RestError>;
        /// The venue's clock.
        server_time() -> Result<Timestamp, RestError>;
        /// Whether the venue answers.
        ping() -> Result<(), RestError>;
        /// Takes no further orders, waits for those in flight and settles those in doubt, until `deadline`; answers which are still
        /// in doubt then.
        close(deadline: Deadline) -> Vec<OrderRef>;
        /// As [`close`](Self::close), and cancels all open orders of these instruments.
        close_and_cancel(symbols: &[Symbol], deadline: Deadline) -> Closed;
    }
    where {
        AmendOrder => AmendAck;
        Balances => Vec<Balance>;
        CancelAll => Vec<CancelAck>;
        CancelAllAfter => ();
        CancelOrder => CancelAck;
        GetFeeRates => FeeRates;
        GetFills => Vec<OrderFill>;
        GetInstrument => Instrument;
        GetInstruments => Vec<Instrument>;
        GetPositions => Vec<Position>;
        GetTopOfBook => TopOfBook;
        NewOrder => OrderAck;
        OpenOrders => Vec<OrderState>;
        Ping => ();
        QueryOrder => OrderState;
        ServerTime => Timestamp;
        TestOrder => ();
    }
}

/// What became of each element of a batch, in their order.
///
/// Every venue's is an array with room for as many as the venue takes at once: inline, no heap.
pub trait Fates<T>:
    AsRef<[Result<T, RestError>]> + IntoIterator<Item = Result<T, RestError>> + fmt::Debug + Send
{
}

impl<T, F> Fates<T> for F where
    F: AsRef<[Result<T, RestError>]> + IntoIterator<Item = Result<T, RestError>> + fmt::Debug + Send
{
}

macro_rules! batch_entry {
    ($(
        $(#[$about:meta])*
        $trait:ident: $(#[$reply_doc:meta])* $reply:ident of $ack:ty, $(#[$most_doc:meta])* $most:ident,
        $(#[$doc:meta])* $name:ident($orders:ident: $order:ty) by $call:ident;
    )*) => {$(
        $(#[$about])*
        pub trait $trait: OrderEntry {
            $(#[$reply_doc])*
            type $reply: Fates<$ack>;

            $(#[$most_doc])*
            const $most: RangeInclusive<usize>;

            $(#[$doc])*
            fn $name(&self, $orders: &[$order]) -> impl Future<Output = Result<Self::$reply, RestError>> + Send;
        }

        impl<V: Venue, B: Fates<$ack>> $trait for VenueClient<V, Tokio>
        where
            Self: OrderEntry,
            for<'a> $call<'a>: Endpoint<V, Reply = B>,
        {
            type $reply = B;

            const $most: RangeInclusive<usize> = <$call<'static> as Endpoint<V>>::BATCH;

            async fn $name(&self, $orders: &[$order]) -> Result<B, RestError> {
                Self::$name(self, $orders).await
            }
        }
    )*};
}

batch_entry! {
    /// A venue that places several orders with one request.
    ///
    /// ```
    /// use orderwire::venue::{CancelsBatches, OrderEntry, PlacesBatches};
    /// use orderwire::{NewOrder, RestError, Side, Symbol, dec};
    /// use orderwire_okx::Okx;
    /// use orderwire_sim::{Dialect, SimVenue};
    ///
    /// /// As many bids as one request takes, each a tick below the one before; and off again.
    /// async fn ladder<V: PlacesBatches + CancelsBatches>(venue: V, symbol: Symbol) -> Result<usize, RestError> {
    ///     let rules = venue.instrument(symbol).await?;
    ///     let best = rules.price_down(venue.top_of_book(symbol).await?.bid * dec!(0.98));
    ///     let mut orders = Vec::new();
    ///     let mut price = best;
    ///     for _ in 0..*V::PLACE_BATCH.end() {
    ///         orders.push(NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(price), price));
    ///         price -= rules.tick_size;
    ///     }
    ///     let mut placed = Vec::new();
    ///     for ack in venue.place_batch(&orders).await? {
    ///         // Of each what became of it.
    ///         placed.push(ack?.order());
    ///     }
    ///     for some in placed.chunks(*V::CANCEL_BATCH.end()) {
    ///         venue.cancel_batch(some).await?;
    ///     }
    ///     Ok(placed.len())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sim = SimVenue::start(Dialect::Okx).await?;
    /// let okx = Okx::builder(sim.environment()).credentials(sim.credentials()).build().await?;
    /// assert_eq!(tokio::spawn(ladder(okx, Symbol::new("BTC-USDT")?)).await??, 20);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Binance Spot has no such request:
    ///
    /// ```compile_fail,E0277
    /// fn needs_batches<V: orderwire::venue::PlacesBatches>() {}
    /// needs_batches::<orderwire_binance::Spot>();
    /// ```
    PlacesBatches:
        /// What became of each order, in their order.
        Placed of OrderAck,
        /// How many orders one request places, at least and at most.
        PLACE_BATCH,
        /// Places several orders with one request; waits for a slot until the default deadline. What a batch may hold beside its size
        /// is the venue's: of one instrument, without triggers; else it is an error before anything is sent.
        ///
        /// **Errors**: of the request as a whole, and so of each order.
        place_batch(orders: NewOrder) by PlaceBatch;

    /// A venue that cancels several orders with one request: see [`PlacesBatches`].
    CancelsBatches:
        /// What became of each cancel, in their order.
        Cancelled of CancelAck,
        /// How many orders one request cancels, at least and at most.
        CANCEL_BATCH,
        /// Cancels several orders with one request; as [`place_batch`](PlacesBatches::place_batch).
        ///
        /// **Errors**: of the request as a whole, and so of each cancel.
        cancel_batch(orders: OrderRef) by CancelBatch;
}
