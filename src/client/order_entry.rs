//! One trait for all venues: a strategy written once runs on any, with static dispatch.

use core::future::Future;
use std::time::Duration;

use crate::client::{ClientSlot, VenueClient};
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
    AmendOrder, Balances, CancelAll, CancelAllAfter, CancelOrder, Endpoint, FillsSince, GetFeeRates, GetFills,
    GetInstrument, GetPositions, GetTopOfBook, OpenOrders, Ping, QueryOrder, ServerTime, TestOrder, Venue,
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
        /// Lists the open orders of an instrument, or of all with `None`.
        open_orders(symbol: Option<Symbol>) -> Result<Vec<OrderState>, RestError>;
        /// The account's executions of an instrument, as many as the venue gives at once.
        fills(symbol: Symbol, since: FillsSince) -> Result<Vec<OrderFill>, RestError>;
        /// Cancels all open orders of an instrument.
        cancel_all(symbol: Symbol) -> Result<Vec<CancelAck>, RestError>;
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
        /// The best prices of one instrument.
        top_of_book(symbol: Symbol) -> Result<TopOfBook, RestError>;
        /// The venue's clock.
        server_time() -> Result<Timestamp, RestError>;
        /// Whether the venue answers.
        ping() -> Result<(), RestError>;
        /// Takes no further orders, waits for those in flight and settles those in doubt, until `deadline`; answers which are still
        /// in doubt then.
        close(deadline: Deadline) -> Vec<OrderRef>;
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
