//! `VenueClient<V>`: place, cancel, query for any venue, written once above the pool.

use core::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::call::{Inner, Purpose};
use crate::client::doubt::Ticket;
use crate::client::flight::FlightRecorder;
use crate::client::latency::Latency;
use crate::client::venue_builder::VenueClientBuilder;
use crate::client::{ClientPool, ClientSlot};
use crate::error::{Busy, RestError};
use crate::http::request::Method;
use crate::http::response::Response;
use crate::id::{ClientOrderId, Symbol};
use crate::net::driver::{Driver, Tokio, for_both_drivers};
use crate::order::{
    AmendAck, Balance, CancelAck, FeeRates, NewOrder, OrderAck, OrderFill, OrderRef, OrderState, TopOfBook,
};
use crate::pool::Pooled;
use crate::position::Position;
use crate::time::{ClockOffset, Deadline, Timestamp};
use crate::venue::endpoint::{
    AmendBatch, AmendOrder, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, FillsSince,
    GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch,
    RawCall, RawReply, ServerTime, TestOrder, Venue,
};
use crate::venue::environment::Environment;
use crate::venue::instrument::Instrument;
use crate::venue::limits::Limits;

/// A client of one venue and one account. Cheap to clone; clones share the slots.
///
/// **Errors** of every call: [`RestError`], whose [`fate`](RestError::fate) says what became of the request. The SDK
/// retries nothing.
///
/// **Cancel safety** of every call: a dropped future reports no fate, and its request may have been sent. Its
/// connection is not used again. Give a deadline rather than dropping.
///
/// `D` is how calls wait: in tokio unless said. Of [`blocking`](crate::blocking) there is the same without a runtime.
pub struct VenueClient<V, D: Driver = Tokio> {
    pub(super) inner: Arc<Inner<V, D>>,
}

impl<V: Venue, D: Driver> VenueClient<V, D> {
    /// Collects what a client is made of. The environment has no default: live trading must be written out.
    #[must_use]
    pub fn builder(environment: Environment) -> VenueClientBuilder<V, D> {
        VenueClientBuilder::new(environment)
    }

    /// A client order id that no other order of this client has.
    #[must_use]
    pub fn next_id(&self) -> ClientOrderId {
        self.inner.ids.next_id()
    }

    /// The slots below, for callers that hold one themselves.
    #[must_use]
    pub fn pool(&self) -> &ClientPool<D> {
        &self.inner.pool
    }

    /// The venue: its keys and settings.
    #[must_use]
    pub fn venue(&self) -> &V {
        &self.inner.account.venue
    }

    /// How far the venue's clock is ahead of this host's; `None` before the first sample.
    ///
    /// Samples come from the first exchange of every connection, from keeping slots warm, and from
    /// [`server_time`](Self::server_time).
    #[must_use]
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        self.inner.account.clock.offset()
    }

    /// What is left of the venue's rate limits, as far as they are known.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.account.limits
    }

    /// What calls took and what became of them, by endpoint, slot and stage; read it while they go out.
    ///
    /// Calls that return a decoded reply are measured. [`raw_in_slot`](Self::raw_in_slot) and the exchanges that warm a slot
    /// are not: nothing of theirs is decoded.
    #[must_use]
    pub fn latency(&self) -> &Latency {
        &self.inner.latency
    }

    /// The last requests and replies, where [`flight_recorder`](VenueClientBuilder::flight_recorder) asked for them.
    #[must_use]
    pub fn flight_recorder(&self) -> Option<&FlightRecorder> {
        self.inner.recorder.as_ref()
    }

    /// Goes the whole way of a call up to the write, on the slot that is next: builds, signs, and seals with a key that is
    /// thrown away. Nothing is sent.
    ///
    /// After a pause code, keys and buffers have left the processor's caches, and the first order pays for it; rehearsed
    /// shortly before, on the thread that will send it, it does not. Costs some microseconds, and the slot is not to be had
    /// meanwhile. It goes twice: what the first time has brought back the second makes the processor expect.
    ///
    /// **Errors**: those of building the request; [`RestError::Busy`] where no slot is ready.
    pub fn rehearse<E: Endpoint<V>>(&self, endpoint: &E) -> Result<(), RestError> {
        self.go_through(endpoint)?;
        self.go_through(endpoint)
    }

    fn go_through<E: Endpoint<V>>(&self, endpoint: &E) -> Result<(), RestError> {
        let inner = &*self.inner;
        let made = inner.made();
        let mut slot = inner.pool.try_acquire().ok_or_else(|| inner.pool.why_none())?;
        let ClientSlot { writer, conn, .. } = &mut *slot;
        let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
        let mut tickets = inner.doubts.tickets();
        let ready = inner.prepare(writer, conn, endpoint, &made, &mut tickets, Purpose::Rehearse);
        if let Ok(ready) = &ready {
            conn.rehearse(&ready.request);
        }
        // Nothing went out, whatever came of it.
        tickets.by_turns().for_each(Ticket::outcome_is_known);
        ready.map(drop)
    }

    /// The orders that may be at the venue and whose outcome nobody knows: those whose call ended
    /// [`Fate::Unknown`](crate::Fate::Unknown) or whose future was dropped. [`settle`](Self::settle) takes them out.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<OrderRef> {
        self.inner.doubts.in_doubt().into_iter().map(|doubt| doubt.order).collect()
    }
}

for_both_drivers! {
    impl[V: Venue] VenueClient[V,] where [] {
        /// Makes any call of the venue; waits for a slot until the default deadline.
        pub async fn call[E: Endpoint<V>](&self, endpoint: &E) -> Result<E::Reply, RestError>
        [call = self.inner.new_call(), slot = self.inner.send(endpoint, &self.inner.made(), &mut call)]
        {
            self.inner.finish(endpoint, slot, &mut call)
        }

        /// Makes any call of the venue; waits for a slot, and for the reply, until `deadline`.
        pub async fn call_by[E: Endpoint<V>](&self, endpoint: &E, deadline: Deadline) -> Result<E::Reply, RestError>
        [call = self.inner.new_call(), slot = self.inner.send(endpoint, &self.inner.made_by(deadline), &mut call)]
        {
            self.inner.finish(endpoint, slot, &mut call)
        }

        /// Makes any call of the venue on a slot the caller holds.
        pub async fn call_on[E: Endpoint<V>](
            &self,
            slot: &mut ClientSlot<D>,
            endpoint: &E,
            deadline: Deadline,
        ) -> Result<E::Reply, RestError>
        [call = self.inner.new_call(), slot = self.inner.send_on(slot, endpoint, &self.inner.made_by(deadline), &mut call)]
        {
            self.inner.finish(endpoint, slot, &mut call)
        }

        /// Asks for a list on a slot the caller holds, part by part where the venue hands it out in parts. What is
        /// [called](Self::call_on) is the first part alone.
        pub async fn list_on[E: Endpoint<V, Reply = Vec<T>>, T: Send](
            &self,
            slot: &mut ClientSlot<D>,
            endpoint: &E,
            deadline: Deadline,
        ) -> Result<Vec<T>, RestError> {
            self.inner.list_on(slot, endpoint, deadline).await
        }
    }

    /// Placing orders.
    impl[V: Venue] VenueClient[V,] where [NewOrder: Endpoint<V, Reply = OrderAck>] {
        /// Places an order; waits for a slot until the default deadline.
        pub async fn place(&self, order: &NewOrder) -> Result<OrderAck, RestError>
        [call = self.inner.new_call(), slot = self.inner.send(order, &self.inner.made(), &mut call)]
        {
            self.inner.finish(order, slot, &mut call)
        }

        /// Places an order; waits for a slot, and for the reply, until `deadline`.
        pub async fn place_by(&self, order: &NewOrder, deadline: Deadline) -> Result<OrderAck, RestError>
        [call = self.inner.new_call(), slot = self.inner.send(order, &self.inner.made_by(deadline), &mut call)]
        {
            self.inner.finish(order, slot, &mut call)
        }

        /// Places an order if a slot is ready now, else fails with [`RestError::Busy`].
        pub async fn try_place(&self, order: &NewOrder) -> Result<OrderAck, RestError>
        [call = self.inner.new_call(), slot = self.inner.try_send(order, &self.inner.made(), &mut call)]
        {
            self.inner.finish(order, slot, &mut call)
        }

        /// Places orders at once, each on a slot of its own, and answers in their order, each with its own fate. With fewer slots
        /// than orders the rest follow as slots come free. The default deadline starts now and holds for all of them.
        ///
        /// All requests go out before the first reply is waited for. Nothing is allocated; the replies are returned by value, some
        /// 800 bytes each.
        pub async fn burst[const N: usize](&self, orders: &[NewOrder; N]) -> [Result<OrderAck, RestError>; N] {
            self.inner.burst(orders, &self.inner.made()).await
        }

        /// As [`burst`](Self::burst), until `deadline`.
        pub async fn burst_by[const N: usize](
            &self,
            orders: &[NewOrder; N],
            deadline: Deadline,
        ) -> [Result<OrderAck, RestError>; N] {
            self.inner.burst(orders, &self.inner.made_by(deadline)).await
        }

        /// Places an order on a slot the caller holds. The default deadline starts now.
        pub async fn place_on(&self, slot: &mut ClientSlot<D>, order: &NewOrder) -> Result<OrderAck, RestError>
        [call = self.inner.new_call(), slot = self.inner.send_on(slot, order, &self.inner.made(), &mut call)]
        {
            self.inner.finish(order, slot, &mut call)
        }
    }

    /// Several orders with one request, where the venue takes them so. A reply has an element for each, in their order, with a
    /// fate of its own; it is held inline, with room for as many as the venue takes at once.
    impl[V: Venue] VenueClient[V,] where [] {
        /// Places several orders; waits for a slot until the default deadline.
        ///
        /// **Errors**: of the request as a whole, and so of each order; more orders than the venue takes at once.
        pub async fn place_batch[B: Send](&self, orders: &[NewOrder]) -> Result<B, RestError>
        where [for<'a> PlaceBatch<'a>: Endpoint<V, Reply = B>]
        [call = self.inner.new_call(), slot = self.inner.send(&PlaceBatch { orders }, &self.inner.made(), &mut call)]
        {
            self.inner.finish(&PlaceBatch { orders }, slot, &mut call)
        }

        /// Cancels several orders.
        ///
        /// **Errors**: as [`place_batch`](Self::place_batch).
        pub async fn cancel_batch[B: Send](&self, orders: &[OrderRef]) -> Result<B, RestError>
        where [for<'a> CancelBatch<'a>: Endpoint<V, Reply = B>]
        {
            self.inner.call(&CancelBatch { orders }, &self.inner.made()).await
        }

        /// Changes several open orders, as far as the venue can.
        ///
        /// **Errors**: as [`place_batch`](Self::place_batch).
        pub async fn amend_batch[B: Send](&self, changes: &[AmendOrder]) -> Result<B, RestError>
        where [for<'a> AmendBatch<'a>: Endpoint<V, Reply = B>]
        {
            self.inner.call(&AmendBatch { changes }, &self.inner.made()).await
        }
    }

    /// Calls that have no type of their own. The reply is handed over whatever it says: the venue crate's `errors::classify`
    /// says what it means.
    impl[V: Venue] VenueClient[V,] where [for<'a> RawCall<'a>: Endpoint<V, Reply = RawReply>] {
        /// A signed call of any kind: `path` from the root of the host, the pairs of `query` in their order, `body` as it
        /// stands, empty for none. [`call`](Self::call) with a [`RawCall`] takes headers too.
        pub async fn raw_signed(
            &self,
            method: Method,
            path: &str,
            query: &[(&str, &str)],
            body: &[u8],
        ) -> Result<RawReply, RestError> {
            let call = RawCall::new(method, path).signed().query(query).body(body);
            self.inner.call(&call, &self.inner.made()).await
        }

        /// Any call whose reply stays in its slot: no byte of it is copied, and the slot returns when the reply is dropped.
        pub async fn raw_in_slot(&self, call: &RawCall<'_>, deadline: Deadline) -> Result<SlotReply<D>, RestError> {
            let mut slot = self.inner.pool.wait_for_slot(deadline).await?;
            let Inner { account, .. } = &*self.inner;
            let ClientSlot { writer, reader, conn, .. } = &mut *slot;
            let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
            account.exchange(writer, reader, conn, call, deadline).await?;
            Ok(SlotReply { slot })
        }
    }

    /// The venue's clock.
    impl[V: Venue] VenueClient[V,] where [ServerTime: Endpoint<V, Reply = Timestamp>] {
        /// The venue's clock; a sample of [`clock_offset`](Self::clock_offset) besides.
        pub async fn server_time(&self) -> Result<Timestamp, RestError> {
            let deadline = self.inner.pool.deadline();
            let mut slot = self.inner.pool.wait_for_slot(deadline).await?;
            let ClientSlot { writer, reader, conn, .. } = &mut *slot;
            let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
            self.inner.account.ask_time(writer, reader, conn, deadline).await
        }
    }
}

/// A whole reply in the slot that it came to. The slot returns to its pool when this is dropped.
pub struct SlotReply<D: Driver = Tokio> {
    slot: Pooled<ClientSlot<D>>,
}

impl<D: Driver> SlotReply<D> {
    /// The reply; `None` once the slot was used for another request.
    #[must_use]
    pub fn response(&self) -> Option<Response<'_>> {
        self.slot.reader.response()
    }

    /// The slot, for the next request.
    #[must_use]
    pub fn into_slot(self) -> Pooled<ClientSlot<D>> {
        self.slot
    }
}

/// Shows the status: a body may hold what no log should.
impl<D: Driver> fmt::Debug for SlotReply<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.response().map(|response| response.status());
        f.debug_struct("SlotReply").field("status", &status).finish_non_exhaustive()
    }
}

macro_rules! common_calls {
    ($how:ident: $($(#[$doc:meta])* $method:ident($($arg:ident: $type:ty),*) = $endpoint:expr => $call:ty, $reply:ty;)*) => {
        for_both_drivers! {$(
            impl[V: Venue] VenueClient[V,] where [$call: Endpoint<V, Reply = $reply>] {
                $(#[$doc])*
                pub async fn $method(&self $(, $arg: $type)*) -> Result<$reply, RestError> {
                    self.inner.$how(&$endpoint, &self.inner.made()).await
                }
            }
        )*}
    };
}

common_calls! { call:
    /// Has the venue check an order, its signature and window included, without placing it.
    test_place(order: &NewOrder) = TestOrder { order: *order } => TestOrder, ();
    /// Cancels one order. Rejected as unknown may mean that it was filled: query it.
    cancel(order: OrderRef) = CancelOrder { order } => CancelOrder, CancelAck;
    /// Changes an open order, as far as the venue can.
    amend(change: AmendOrder) = change => AmendOrder, AmendAck;
    /// The account's executions of an instrument, as many as the venue gives at once.
    fills(symbol: Symbol, since: FillsSince) = GetFills { symbol, since } => GetFills, Vec<OrderFill>;
    /// What the venue takes of the account's trades of an instrument.
    fee_rates(symbol: Symbol) = GetFeeRates { symbol } => GetFeeRates, FeeRates;
    /// Cancels all open orders of an instrument; without those that wait for a trigger where the venue keeps them
    /// [apart](Venue::TRIGGERS_APART). Answers which, as far as the venue says.
    cancel_all(symbol: Symbol) = CancelAll { symbol, triggers: false } => CancelAll, Vec<CancelAck>;
    /// Cancels all orders of an instrument that wait for a trigger. Where the venue does not keep them
    /// [apart](Venue::TRIGGERS_APART) it is [`cancel_all`](Self::cancel_all), which cancels the others too.
    cancel_all_triggers(symbol: Symbol) = CancelAll { symbol, triggers: true } => CancelAll, Vec<CancelAck>;
    /// Has the venue cancel open orders by itself unless it is told again in time; `after` counts from now, `None` switches it
    /// off. Of one instrument or of the whole account, whichever the venue has.
    cancel_all_after(symbol: Option<Symbol>, after: Option<Duration>) = CancelAllAfter { symbol, after } => CancelAllAfter, ();
    /// The rules of one instrument.
    instrument(symbol: Symbol) = GetInstrument { symbol } => GetInstrument, Instrument;
    /// The best prices of one instrument.
    top_of_book(symbol: Symbol) = GetTopOfBook { symbol } => GetTopOfBook, TopOfBook;
    /// Whether the venue answers.
    ping() = Ping {} => Ping, ();
}

// Lists may come in parts: these ask for all of them.
common_calls! { list:
    /// Lists the open orders of an instrument, or of all with `None`; without those that wait for a trigger where the venue
    /// keeps them [apart](Venue::TRIGGERS_APART).
    open_orders(symbol: Option<Symbol>) = OpenOrders { symbol, triggers: false } => OpenOrders, Vec<OrderState>;
    /// Lists the orders that wait for a trigger, of an instrument or of all with `None`. Where the venue does not keep them
    /// [apart](Venue::TRIGGERS_APART) it is [`open_orders`](Self::open_orders), which has them too.
    open_triggers(symbol: Option<Symbol>) = OpenOrders { symbol, triggers: true } => OpenOrders, Vec<OrderState>;
    /// What the account holds, coins with nothing left out.
    balances() = Balances {} => Balances, Vec<Balance>;
    /// The account's positions, in one instrument or in all with `None`. One that is not there is none.
    positions(symbol: Option<Symbol>) = GetPositions { symbol } => GetPositions, Vec<Position>;
    /// The rules of all instruments: a long answer, not one for the trading path.
    instruments() = GetInstruments {} => GetInstruments, Vec<Instrument>;
}

impl<V, D: Driver> Clone for VenueClient<V, D> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<V: Venue, D: Driver> fmt::Debug for VenueClient<V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueClient").field("venue", &V::NAME).field("pool", &self.inner.pool).finish_non_exhaustive()
    }
}
