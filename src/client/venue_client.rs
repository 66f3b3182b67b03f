//! `VenueClient<V>`: place, cancel, query for any venue, written once above the pool.

use core::fmt;
use core::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::builder::CONNECTIONS_MAX;
use crate::client::clock::VenueClock;
use crate::client::doubt::{Doubt, Register, Ticket, Tickets};
use crate::client::flight::{self, Flight, FlightRecorder};
use crate::client::latency::{Endpoint as Measured, Latency};
use crate::client::warm::{Warming, Warmup};
use crate::client::{ClientPool, ClientPoolBuilder, ClientSlot};
use crate::error::{Busy, ConfigError, ConfigPart, Fate, RejectKind, RestError};
use crate::http::request::{Method, Request, RequestWriter};
use crate::http::response::{Response, ResponseReader};
use crate::id::{ClientOrderId, ClientOrderIds, Symbol};
use crate::latency::{self, Stage, Stamps};
use crate::net::backoff::random_u32;
use crate::net::blocking::{self, Blocking};
use crate::net::connection::{Connection, HttpConnection};
use crate::net::driver::{Driver, Tokio, for_both_drivers};
use crate::order::{Balance, CancelAck, FeeRates, NewOrder, OrderAck, OrderFill, OrderRef, OrderState, TopOfBook};
use crate::pool::Pooled;
use crate::position::Position;
use crate::time::{ClockOffset, Deadline, Timestamp, Window};
use crate::tls::config::TlsConfig;
use crate::tls::record::TlsRecords;
use crate::venue::credentials::Credentials;
use crate::venue::endpoint::{
    AmendBatch, AmendOrder, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, FillsSince,
    GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Path, Ping,
    PlaceBatch, QueryOrder, RawCall, RawReply, ServerTime, TestOrder, Venue, VenueSettings,
};
use crate::venue::environment::Environment;
use crate::venue::instrument::Instrument;
use crate::venue::limits::{Limits, Observed};

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

pub(super) struct Inner<V, D: Driver> {
    pub(super) pool: ClientPool<D>,
    /// A slot that only cancels may use.
    reserve: Option<ClientPool<D>>,
    pub(super) account: Arc<Account<V>>,
    pub(super) ids: ClientOrderIds,
    pub(super) doubts: Register,
    latency: Arc<Latency>,
    recorder: Option<FlightRecorder>,
}

/// What a request is written with: shared with whatever warms the pool's slots.
pub(super) struct Account<V> {
    venue: V,
    limits: Limits,
    /// The rules of instruments that the builder was given, by symbol.
    rules: Box<[Instrument]>,
    pub(super) clock: VenueClock,
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
    /// meanwhile.
    ///
    /// **Errors**: those of building the request; [`RestError::Busy`] where no slot is ready.
    pub fn rehearse<E: Endpoint<V>>(&self, endpoint: &E) -> Result<(), RestError> {
        let Inner { pool, account, doubts, .. } = &*self.inner;
        let mut slot = pool.try_acquire().ok_or_else(|| pool.why_none())?;
        let ClientSlot { writer, conn, .. } = &mut *slot;
        let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
        let window = account.clock.window(Instant::now(), pool.deadline());
        let mut tickets = doubts.tickets();
        for order in endpoint.creates() {
            tickets.enter(Doubt { order, expiry: account.venue.expiry(&window) })?;
        }
        let request = written(writer, &account.venue, endpoint, window);
        if let Ok(request) = &request {
            conn.rehearse(request);
        }
        // Nothing went out, whatever came of it.
        tickets.by_turns().for_each(Ticket::outcome_is_known);
        request.map(drop)
    }

    /// The orders that may be at the venue and whose outcome nobody knows: those whose call ended
    /// [`Fate::Unknown`] or whose future was dropped. [`settle`](Self::settle) takes them out.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<OrderRef> {
        self.inner.doubts.in_doubt().into_iter().map(|doubt| doubt.order).collect()
    }
}

impl<V: Venue, D: Driver> Inner<V, D> {
    /// Makes a call; waits for a slot, and for the reply, until `deadline`.
    pub(super) async fn call_by<E: Endpoint<V>>(
        &self,
        endpoint: &E,
        deadline: Deadline,
    ) -> Result<E::Reply, RestError> {
        let intended = self.intended();
        let mut slot = match self.reserved_for(endpoint) {
            Some(slot) => slot,
            None => self.pool.wait_for_slot(deadline).await?,
        };
        let sent = self.begin(&mut slot, endpoint, intended, deadline).await?;
        self.finish(&mut slot, endpoint, sent, deadline).await
    }

    /// When a call was made, where that is stamped.
    #[inline]
    fn intended(&self) -> u64 {
        if self.latency.stamps().takes(Stage::Intended) { latency::now() } else { 0 }
    }

    /// A slot for what takes risk off the market, where there is a reserve: it does not wait for those in use.
    fn reserved_for<E: Endpoint<V>>(&self, endpoint: &E) -> Option<Pooled<ClientSlot<D>>> {
        let reserve = self.reserve.as_ref()?;
        if !endpoint.cost().is_cancel {
            return None;
        }
        self.pool.try_acquire().or_else(|| reserve.try_acquire())
    }

    /// Makes a call on this slot. The whole path of an order stands here and in the two halves below.
    async fn call_on<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        deadline: Deadline,
    ) -> Result<E::Reply, RestError> {
        let sent = self.begin(slot, endpoint, self.intended(), deadline).await?;
        self.finish(slot, endpoint, sent, deadline).await
    }

    /// The way out: register, build, sign, seal, write.
    async fn begin<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        intended: u64,
        deadline: Deadline,
    ) -> Result<Sent<'_>, RestError> {
        let Self { account, doubts, .. } = self;
        let ClientSlot { writer, reader, conn, .. } = slot;
        let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
        let timeline = conn.timeline_mut();
        timeline.clear();
        timeline.set(Stage::Intended, intended);
        timeline.mark(Stage::Acquired);
        let window = account.clock.window(Instant::now(), deadline);
        // In the register before the first byte: an order whose future is dropped is not forgotten.
        let mut tickets = doubts.tickets();
        for order in endpoint.creates() {
            tickets.enter(Doubt { order, expiry: account.venue.expiry(&window) })?;
        }
        let outcome = account.send(writer, reader, conn, endpoint, window, deadline).await;
        match outcome {
            Ok(()) => Ok(Sent { tickets, at: window.now }),
            Err(error) => {
                self.judge(tickets, endpoint, &Err(error));
                measure(slot, endpoint, Some(&error));
                Err(error)
            }
        }
    }

    /// The way back: read, open, decode; then what the outcome means for the register.
    async fn finish<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        sent: Sent<'_>,
        deadline: Deadline,
    ) -> Result<E::Reply, RestError> {
        let ClientSlot { reader, conn, .. } = slot;
        let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
        let outcome = match conn.read(reader, deadline).await {
            Ok(response) => {
                self.account.observe(endpoint, &response, sent.at);
                endpoint.decode(&response)
            }
            Err(error) => Err(error),
        };
        conn.timeline_mut().mark(Stage::Decoded);
        if let Err(RestError::Decode(_)) = outcome {
            // What came may belong to another request: nothing more is read from this connection.
            conn.refuse();
        }
        self.judge(sent.tickets, endpoint, &outcome);
        measure(slot, endpoint, outcome.as_ref().err());
        outcome
    }

    /// Sends calls at once, each on a slot of its own; then reads their replies. Where there are fewer slots, the next call takes
    /// the first slot that is done.
    async fn burst<const N: usize, E: Endpoint<V>>(
        &self,
        endpoints: &[E; N],
        deadline: Deadline,
    ) -> [Result<E::Reply, RestError>; N] {
        let mut flights = [const { None }; N];
        let mut outcomes = [const { None }; N];
        let mut landed = 0;
        let intended = self.intended();
        for (index, endpoint) in endpoints.iter().enumerate() {
            let slot = loop {
                match self.pool.try_acquire() {
                    Some(slot) => break Ok(slot),
                    None if landed < index => {
                        self.land(&mut flights[landed], &endpoints[landed], &mut outcomes[landed], deadline).await;
                        landed += 1;
                    }
                    None => break self.pool.wait_for_slot(deadline).await,
                }
            };
            let begun = match slot {
                Ok(mut slot) => self.begin(&mut slot, endpoint, intended, deadline).await.map(|sent| (slot, sent)),
                Err(error) => Err(error),
            };
            match begun {
                Ok(flight) => flights[index] = Some(flight),
                Err(error) => outcomes[index] = Some(Err(error)),
            }
        }
        for index in landed..N {
            self.land(&mut flights[index], &endpoints[index], &mut outcomes[index], deadline).await;
        }
        // Each was begun, and so landed, or failed to begin.
        outcomes.map(|outcome| outcome.unwrap_or(Err(Busy::Closed.into())))
    }

    /// Reads the reply of a call of a burst, if it was sent, and gives its slot back.
    async fn land<E: Endpoint<V>>(
        &self,
        flight: &mut Option<(Pooled<ClientSlot<D>>, Sent<'_>)>,
        endpoint: &E,
        outcome: &mut Option<Result<E::Reply, RestError>>,
        deadline: Deadline,
    ) {
        if let Some((mut slot, sent)) = flight.take() {
            *outcome = Some(self.finish(&mut slot, endpoint, sent, deadline).await);
        }
    }

    /// Takes orders out of the register if their outcome leaves nothing to settle.
    #[inline]
    fn judge<E: Endpoint<V>>(&self, mut tickets: Tickets<'_>, endpoint: &E, outcome: &Result<E::Reply, RestError>) {
        for (place, ticket) in tickets.by_turns().enumerate() {
            match outcome {
                Ok(reply) if !endpoint.leaves_doubt(reply, place) => {
                    ticket.outcome_is_known();
                    // It exists: whatever an earlier request with its id did, there is nothing more to find out.
                    if let (true, Some(order)) = (self.doubts.any_in_doubt(), endpoint.creates().nth(place)) {
                        self.doubts.settled(&order);
                    }
                }
                // An earlier request with this id did something: the id has to be settled.
                Err(error) if error.fate() != Fate::Unknown && error.kind() != RejectKind::DuplicateId => {
                    ticket.outcome_is_known();
                }
                Ok(_) | Err(_) => drop(ticket),
            }
        }
    }
}

/// A call under way.
struct Sent<'a> {
    /// Of each order it creates.
    tickets: Tickets<'a>,
    /// When it was made, in the venue's time.
    at: Timestamp,
}

impl<V: Venue> Account<V> {
    /// Writes the request and sends it.
    async fn send<D: Driver, E: Endpoint<V>>(
        &self,
        writer: &mut RequestWriter,
        reader: &mut ResponseReader,
        conn: &mut Connection<D>,
        endpoint: &E,
        window: Window,
        deadline: Deadline,
    ) -> Result<(), RestError> {
        self.check_rules(endpoint)?;
        let request = written(writer, &self.venue, endpoint, window)?;
        let timeline = conn.timeline_mut();
        timeline.set(Stage::Built, request.built());
        timeline.mark(Stage::Signed);
        self.limits.admit(endpoint.cost(), window.now)?;
        if let Some(limit) = endpoint.reply_bytes_max() {
            reader.allow(limit);
        }
        conn.write(request, reader, deadline).await
    }

    /// Writes the request, sends it and reads the reply.
    async fn exchange<'s, D: Driver, E: Endpoint<V>>(
        &self,
        writer: &mut RequestWriter,
        reader: &'s mut ResponseReader,
        conn: &mut Connection<D>,
        endpoint: &E,
        window: Window,
        deadline: Deadline,
    ) -> Result<Response<'s>, RestError> {
        self.send(writer, reader, conn, endpoint, window, deadline).await?;
        let response = conn.read(reader, deadline).await?;
        self.observe(endpoint, &response, window.now);
        Ok(response)
    }

    /// Holds the orders of a call against the rules that the builder was given.
    #[inline]
    fn check_rules<E: Endpoint<V>>(&self, endpoint: &E) -> Result<(), RestError> {
        if self.rules.is_empty() {
            return Ok(());
        }
        for order in endpoint.places() {
            if let Ok(at) = self.rules.binary_search_by(|rules| rules.symbol.cmp(&order.symbol)) {
                self.rules[at].check(order)?;
            }
        }
        Ok(())
    }

    /// Reads what a reply says of the venue's limits.
    #[inline]
    fn observe<E: Endpoint<V>>(&self, endpoint: &E, response: &Response<'_>, sent: Timestamp) {
        let observed = Observed::new(&self.limits, sent);
        self.venue.observe(response, &observed);
        endpoint.learn(response, &observed);
        if let Some((kind, pause)) = observed.pause() {
            let (now, _) = self.clock.at(Instant::now());
            self.limits.hold(kind, now + pause);
        }
    }

    /// Asks for the venue's time, which is a sample of its clock.
    async fn ask_time<D: Driver>(
        &self,
        writer: &mut RequestWriter,
        reader: &mut ResponseReader,
        conn: &mut Connection<D>,
        deadline: Deadline,
    ) -> Result<Timestamp, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        let asked = Instant::now();
        let window = self.clock.window(asked, deadline);
        let response = self.exchange(writer, reader, conn, &ServerTime {}, window, deadline).await?;
        let answered = Instant::now();
        let time = <ServerTime as Endpoint<V>>::decode(&ServerTime {}, &response)?;
        self.clock.sample(asked, answered, time);
        Ok(time)
    }
}

impl<V: Venue> Warmup for Account<V>
where
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    fn warm<'a>(
        &'a self,
        writer: &'a mut RequestWriter,
        reader: &'a mut ResponseReader,
        conn: &'a mut HttpConnection,
        deadline: Deadline,
    ) -> Warming<'a> {
        Box::pin(async move {
            match self.ask_time(writer, reader, conn, deadline).await {
                // The reply was whole: the path to the venue works, whatever the venue says.
                Ok(_) | Err(RestError::Decode(_) | RestError::Rejected(_) | RestError::Unclear(_)) => Ok(()),
                // While the venue wants nothing from us a slot is ready as it is.
                Err(RestError::Busy(Busy::Held { .. } | Busy::OverLimit { .. })) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }
}

/// Counts a call that is over, and keeps it where that is asked for.
#[inline]
fn measure<V: Venue, D: Driver, E: Endpoint<V>>(slot: &ClientSlot<D>, endpoint: &E, error: Option<&RestError>) {
    let (Some(conn), Some(lanes)) = (&slot.conn, &slot.lanes) else { return };
    let measured = Measured::new(endpoint.method(), E::PATH, endpoint.creates().next().is_some());
    lanes.fold(measured, conn.timeline(), error.map_or(Ok(()), |error| Err(error.fate())));
    if let Some((recorder, index)) = &slot.recorder {
        let (request, reply) = (slot.writer.finished(), slot.reader.response());
        recorder.record(*index, &Flight { endpoint: measured, timeline: conn.timeline(), request, reply, error });
    }
}

/// Builds the request in the slot's writer, signature included.
fn written<'b, V: Venue, E: Endpoint<V>>(
    writer: &'b mut RequestWriter,
    venue: &V,
    endpoint: &E,
    window: Window,
) -> Result<Request<'b>, RestError> {
    let draft = match endpoint.path() {
        Path::Absolute(path) => writer.start_absolute(endpoint.method(), path),
        Path::Based(path) => writer.start(endpoint.method(), path),
    };
    Ok(endpoint.encode(venue, draft, window)?)
}

for_both_drivers! {
    impl[V: Venue] VenueClient[V,] where [] {
        /// Makes any call of the venue; waits for a slot until the default deadline.
        pub async fn call[E: Endpoint<V>](&self, endpoint: &E) -> Result<E::Reply, RestError> {
            self.inner.call_by(endpoint, self.inner.pool.deadline()).await
        }

        /// Makes any call of the venue; waits for a slot, and for the reply, until `deadline`.
        pub async fn call_by[E: Endpoint<V>](&self, endpoint: &E, deadline: Deadline) -> Result<E::Reply, RestError> {
            self.inner.call_by(endpoint, deadline).await
        }

        /// Makes any call of the venue on a slot the caller holds.
        pub async fn call_on[E: Endpoint<V>](
            &self,
            slot: &mut ClientSlot<D>,
            endpoint: &E,
            deadline: Deadline,
        ) -> Result<E::Reply, RestError> {
            self.inner.call_on(slot, endpoint, deadline).await
        }
    }

    /// Placing orders.
    impl[V: Venue] VenueClient[V,] where [NewOrder: Endpoint<V, Reply = OrderAck>] {
        /// Places an order; waits for a slot until the default deadline.
        pub async fn place(&self, order: &NewOrder) -> Result<OrderAck, RestError> {
            self.inner.call_by(order, self.inner.pool.deadline()).await
        }

        /// Places an order; waits for a slot, and for the reply, until `deadline`.
        pub async fn place_by(&self, order: &NewOrder, deadline: Deadline) -> Result<OrderAck, RestError> {
            self.inner.call_by(order, deadline).await
        }

        /// Places an order if a slot is ready now, else fails with [`RestError::Busy`].
        pub async fn try_place(&self, order: &NewOrder) -> Result<OrderAck, RestError> {
            let pool = &self.inner.pool;
            let mut slot = pool.try_acquire().ok_or_else(|| pool.why_none())?;
            self.inner.call_on(&mut slot, order, pool.deadline()).await
        }

        /// Places orders at once, each on a slot of its own, and answers in their order, each with its own fate. With fewer slots
        /// than orders the rest follow as slots come free. The default deadline starts now and holds for all of them.
        ///
        /// All requests go out before the first reply is waited for. Nothing is allocated; the replies are returned by value, some
        /// 1,100 bytes each.
        pub async fn burst[const N: usize](&self, orders: &[NewOrder; N]) -> [Result<OrderAck, RestError>; N] {
            self.inner.burst(orders, self.inner.pool.deadline()).await
        }

        /// As [`burst`](Self::burst), until `deadline`.
        pub async fn burst_by[const N: usize](
            &self,
            orders: &[NewOrder; N],
            deadline: Deadline,
        ) -> [Result<OrderAck, RestError>; N] {
            self.inner.burst(orders, deadline).await
        }

        /// Places an order on a slot the caller holds. The default deadline starts now.
        pub async fn place_on(&self, slot: &mut ClientSlot<D>, order: &NewOrder) -> Result<OrderAck, RestError> {
            self.inner.call_on(slot, order, self.inner.pool.deadline()).await
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
        {
            self.inner.call_by(&PlaceBatch { orders }, self.inner.pool.deadline()).await
        }

        /// Cancels several orders.
        ///
        /// **Errors**: as [`place_batch`](Self::place_batch).
        pub async fn cancel_batch[B: Send](&self, orders: &[OrderRef]) -> Result<B, RestError>
        where [for<'a> CancelBatch<'a>: Endpoint<V, Reply = B>]
        {
            self.inner.call_by(&CancelBatch { orders }, self.inner.pool.deadline()).await
        }

        /// Changes several open orders, as far as the venue can.
        ///
        /// **Errors**: as [`place_batch`](Self::place_batch).
        pub async fn amend_batch[B: Send](&self, changes: &[AmendOrder]) -> Result<B, RestError>
        where [for<'a> AmendBatch<'a>: Endpoint<V, Reply = B>]
        {
            self.inner.call_by(&AmendBatch { changes }, self.inner.pool.deadline()).await
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
            self.inner.call_by(&call, self.inner.pool.deadline()).await
        }

        /// Any call whose reply stays in its slot: no byte of it is copied, and the slot returns when the reply is dropped.
        pub async fn raw_in_slot(&self, call: &RawCall<'_>, deadline: Deadline) -> Result<SlotReply<D>, RestError> {
            let mut slot = self.inner.pool.wait_for_slot(deadline).await?;
            let Inner { account, .. } = &*self.inner;
            let ClientSlot { writer, reader, conn, .. } = &mut *slot;
            let conn = conn.as_mut().ok_or(Busy::Down { healing: 1 })?;
            let window = account.clock.window(Instant::now(), deadline);
            account.exchange(writer, reader, conn, call, window, deadline).await?;
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
    ($($(#[$doc:meta])* $method:ident($($arg:ident: $type:ty),*) = $endpoint:expr => $call:ty, $reply:ty;)*) => {
        for_both_drivers! {$(
            impl[V: Venue] VenueClient[V,] where [$call: Endpoint<V, Reply = $reply>] {
                $(#[$doc])*
                pub async fn $method(&self $(, $arg: $type)*) -> Result<$reply, RestError> {
                    self.inner.call_by(&$endpoint, self.inner.pool.deadline()).await
                }
            }
        )*}
    };
}

common_calls! {
    /// Has the venue check an order, its signature and window included, without placing it.
    test_place(order: &NewOrder) = TestOrder { order: *order } => TestOrder, ();
    /// Cancels one order. Rejected as unknown may mean that it was filled: query it.
    cancel(order: OrderRef) = CancelOrder { order } => CancelOrder, CancelAck;
    /// Changes an open order, as far as the venue can.
    amend(change: AmendOrder) = change => AmendOrder, OrderState;
    /// The account's executions of an instrument, as many as the venue gives at once.
    fills(symbol: Symbol, since: FillsSince) = GetFills { symbol, since } => GetFills, Vec<OrderFill>;
    /// What the venue takes of the account's trades of an instrument.
    fee_rates(symbol: Symbol) = GetFeeRates { symbol } => GetFeeRates, FeeRates;
    /// Asks for one order.
    query(order: OrderRef) = QueryOrder { order } => QueryOrder, OrderState;
    /// Lists the open orders of an instrument, or of all with `None`; without those that wait for a trigger where the venue
    /// keeps them [apart](Venue::TRIGGERS_APART).
    open_orders(symbol: Option<Symbol>) = OpenOrders { symbol, triggers: false } => OpenOrders, Vec<OrderState>;
    /// Lists the orders that wait for a trigger, of an instrument or of all with `None`. Where the venue does not keep them
    /// [apart](Venue::TRIGGERS_APART) it is [`open_orders`](Self::open_orders), which has them too.
    open_triggers(symbol: Option<Symbol>) = OpenOrders { symbol, triggers: true } => OpenOrders, Vec<OrderState>;
    /// Cancels all open orders of an instrument; without those that wait for a trigger where the venue keeps them
    /// [apart](Venue::TRIGGERS_APART). Answers which, as far as the venue says.
    cancel_all(symbol: Symbol) = CancelAll { symbol, triggers: false } => CancelAll, Vec<CancelAck>;
    /// Cancels all orders of an instrument that wait for a trigger. Where the venue does not keep them
    /// [apart](Venue::TRIGGERS_APART) it is [`cancel_all`](Self::cancel_all), which cancels the others too.
    cancel_all_triggers(symbol: Symbol) = CancelAll { symbol, triggers: true } => CancelAll, Vec<CancelAck>;
    /// Has the venue cancel open orders by itself unless it is told again in time; `after` counts from now, `None` switches it
    /// off. Of one instrument or of the whole account, whichever the venue has.
    cancel_all_after(symbol: Option<Symbol>, after: Option<Duration>) = CancelAllAfter { symbol, after } => CancelAllAfter, ();
    /// What the account holds, coins with nothing left out.
    balances() = Balances {} => Balances, Vec<Balance>;
    /// The account's positions, in one instrument or in all with `None`. One that is not there is none.
    positions(symbol: Option<Symbol>) = GetPositions { symbol } => GetPositions, Vec<Position>;
    /// The rules of one instrument.
    instrument(symbol: Symbol) = GetInstrument { symbol } => GetInstrument, Instrument;
    /// The rules of all instruments: a long answer, not one for the trading path.
    instruments() = GetInstruments {} => GetInstruments, Vec<Instrument>;
    /// The best prices of one instrument.
    top_of_book(symbol: Symbol) = GetTopOfBook { symbol } => GetTopOfBook, TopOfBook;
    /// Whether the venue answers.
    ping() = Ping {} => Ping, ();
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

/// Collects what a [`VenueClient`] is made of.
pub struct VenueClientBuilder<V, D: Driver = Tokio> {
    environment: Environment,
    credentials: Option<Credentials>,
    tls: Option<TlsConfig>,
    recv_window: Option<Duration>,
    id_prefix: String,
    fixed_clock: Option<Timestamp>,
    doubts_max: usize,
    limits: Limits,
    instruments: Vec<Instrument>,
    reserve: bool,
    keep_warm: Option<Duration>,
    flights: Option<usize>,
    pool: ClientPoolBuilder<D>,
    venue: PhantomData<fn() -> V>,
}

impl<V: Venue, D: Driver> VenueClientBuilder<V, D> {
    fn new(environment: Environment) -> Self {
        Self {
            environment,
            credentials: None,
            tls: None,
            recv_window: None,
            id_prefix: String::new(),
            fixed_clock: None,
            doubts_max: DOUBTS_MAX_DEFAULT,
            limits: Limits::new(),
            instruments: Vec::new(),
            reserve: false,
            keep_warm: None,
            flights: None,
            pool: ClientPoolBuilder::default().deadline(DEADLINE_DEFAULT),
            venue: PhantomData,
        }
    }

    /// The account. Without it public calls work and signed ones are refused before they are sent.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// How many slots: requests in flight at once. 1 until said.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { pool: self.pool.connections(connections), ..self }
    }

    /// How long a call may take that is given no deadline of its own. 10 seconds until said.
    #[must_use]
    pub fn deadline(self, timeout: Duration) -> Self {
        Self { pool: self.pool.deadline(timeout), ..self }
    }

    /// How long a reply is looked for without rest before the call waits for it; see
    /// [`ClientPoolBuilder::spin`]. Off until said.
    #[must_use]
    pub fn spin(self, spin: Duration) -> Self {
        Self { pool: self.pool.spin(spin), ..self }
    }

    /// Who seals and opens TLS records: [`TlsRecords::InPlace`] until said.
    #[must_use]
    pub fn tls_records(self, records: TlsRecords) -> Self {
        Self { pool: self.pool.tls_records(records), ..self }
    }

    /// How late after its timestamp the venue still accepts a request, at most: a call's deadline makes it shorter. The
    /// venue's default until said.
    #[must_use]
    pub fn recv_window(self, recv_window: Duration) -> Self {
        Self { recv_window: Some(recv_window), ..self }
    }

    /// A header that every request carries: an option of the venue's, such as Binance's `X-MBX-TIME-UNIT`.
    ///
    /// **Errors**: a name or a value that no header has, or one that is not the caller's to set.
    pub fn default_header(self, name: &str, value: &str) -> Result<Self, ConfigError> {
        Ok(Self { pool: self.pool.default_header(name, value)?, ..self })
    }

    /// Who is trusted, in place of the system's roots and a custom environment's own.
    #[must_use]
    pub fn tls(self, tls: &TlsConfig) -> Self {
        Self { tls: Some(tls.clone()), ..self }
    }

    /// What client order ids start with: up to 4 letters and digits of the caller's, so that orders of one strategy can
    /// be told from another's. Empty until said.
    #[must_use]
    pub fn id_prefix(self, prefix: &str) -> Self {
        Self { id_prefix: prefix.to_owned(), ..self }
    }

    /// A clock that stands still, for tests and for reproducing a request.
    #[must_use]
    pub fn fixed_clock(self, now: Timestamp) -> Self {
        Self { fixed_clock: Some(now), ..self }
    }

    /// How many orders in flight and in doubt are remembered; further ones are refused before they are sent. 1,024 until
    /// said.
    #[must_use]
    pub fn doubts_max(self, orders: usize) -> Self {
        Self { doubts_max: orders, ..self }
    }

    /// The rate limits that this client shares with others of its address and account. Its own until said.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Rules that orders are held against before they are written: an order that breaks one is refused here, with the cure named.
    /// Orders in other instruments go out unchecked. Rules change now and then: load them when you start
    /// ([`instruments`](VenueClient::instruments)), or from a file ([`Instrument::list_from_json`]).
    #[must_use]
    pub fn instruments(self, instruments: impl IntoIterator<Item = Instrument>) -> Self {
        Self { instruments: instruments.into_iter().collect(), ..self }
    }

    /// One slot more, which only cancels and a [`DeadMansSwitch`](crate::client::DeadMansSwitch) may use, when no other is ready: an
    /// order that waits for its reply never keeps a cancel waiting. It is kept warm, every 15 seconds at least.
    #[must_use]
    pub fn reserve_for_cancels(self) -> Self {
        Self { reserve: true, ..self }
    }

    /// How long a slot rests until it is warmed again by the venue's time call, which costs its share of the rate limit and
    /// samples the venue's clock. The interval is cut at random by up to a quarter; one slot at a time is warmed, and is not
    /// to be had for that round trip. Off until said.
    #[must_use]
    pub fn keep_warm(self, interval: Duration) -> Self {
        Self { keep_warm: Some(interval), ..self }
    }

    /// Which stages of a call are stamped: [`Stamps::Five`] until said. See [`latency`](VenueClient::latency).
    #[must_use]
    pub fn stamps(self, stamps: Stamps) -> Self {
        Self { pool: self.pool.stamps(stamps), ..self }
    }

    /// Keeps the last so many requests and replies of each slot, 3 KiB each, to be dumped after a bad moment, masked; see
    /// [`FlightRecorder`]. A call then takes the time of two copies more. Off until said.
    #[must_use]
    pub fn flight_recorder(self, entries: usize) -> Self {
        Self { flights: Some(entries), ..self }
    }

    /// The pool's own settings: buffer sizes, timeouts.
    #[must_use]
    pub fn pool(self, change: impl FnOnce(ClientPoolBuilder<D>) -> ClientPoolBuilder<D>) -> Self {
        Self { pool: change(self.pool), ..self }
    }

    async fn make(self) -> Result<VenueClient<V, D>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        let account = self.account()?;
        let first_exchange = true;
        self.connect(&account, Some((Arc::clone(&account) as Arc<dyn Warmup>, first_exchange))).await
    }

    async fn make_cold(self) -> Result<VenueClient<V, D>, RestError> {
        let account = self.account()?;
        self.connect(&account, None).await
    }

    async fn connect(
        self,
        account: &Arc<Account<V>>,
        warmup: Option<(Arc<dyn Warmup>, bool)>,
    ) -> Result<VenueClient<V, D>, RestError> {
        let mut pool = self.pool_for(&account.venue)?;
        let ids = ClientOrderIds::new(&self.id_prefix, random_u32())
            .map_err(|e| ConfigError::new(ConfigPart::Builder, format_args!("id_prefix: {e}")))?;
        if self.doubts_max < pool.connection_count() {
            let problem = "doubts_max: each connection may have an order in flight, so at least as many";
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        if let Some((warmup, first_exchange)) = warmup {
            pool = pool.warmup(warmup, first_exchange);
        }
        if let Some(interval) = self.keep_warm {
            if pool.has_no_warmup() {
                let problem = "keep_warm needs build(): build_cold() sends nothing that was not asked for";
                return Err(ConfigError::new(ConfigPart::Builder, problem).into());
            }
            pool = pool.keep_warm(interval);
        }
        // What is more is refused below, before anything is made of it.
        let slots = pool.connection_count().min(CONNECTIONS_MAX);
        let latency = Arc::new(Latency::new(V::NAME, pool.exchanges().stamps, slots + usize::from(self.reserve)));
        let recorder = match self.flights {
            Some(entries) if entries == 0 || entries > flight::ENTRIES_MAX => {
                let problem = format_args!("flight_recorder({entries}): 1 to {} are possible", flight::ENTRIES_MAX);
                return Err(ConfigError::new(ConfigPart::Builder, problem).into());
            }
            entries => entries.map(|entries| FlightRecorder::new(slots + usize::from(self.reserve), entries)),
        };
        let reserve = match self.reserve {
            false => None,
            true => {
                let mut reserve = pool.clone().connections(1).ready_min(1);
                if !pool.has_no_warmup() {
                    reserve =
                        reserve.keep_warm(self.keep_warm.map_or(RESERVE_REST_MAX, |rest| rest.min(RESERVE_REST_MAX)));
                }
                // It is told as the slot behind the pool's own.
                Some(reserve.measured(Arc::clone(&latency), recorder.clone(), slots).make().await?)
            }
        };
        let pool = pool.measured(Arc::clone(&latency), recorder.clone(), 0).make().await?;
        let (account, doubts) = (Arc::clone(account), Register::new(self.doubts_max));
        Ok(VenueClient { inner: Arc::new(Inner { pool, reserve, account, ids, doubts, latency, recorder }) })
    }

    /// A client that writes requests and sends none: no network, no runtime.
    ///
    /// **Errors**: as [`build`](Self::build), those of settings.
    pub fn dry_run(self) -> Result<DryRun<V>, RestError> {
        let account = self.account()?;
        let pool = self.pool_for(&account.venue)?;
        Ok(DryRun { timeout: pool.exchanges().timeout, writer: pool.request_writer()?, account })
    }

    fn account(&self) -> Result<Arc<Account<V>>, ConfigError> {
        let venue = V::new(&VenueSettings::new(self.credentials.as_ref(), self.recv_window))?;
        let clock = self.fixed_clock.map_or_else(VenueClock::host, VenueClock::fixed);
        let mut rules = self.instruments.clone();
        rules.sort_by_key(|rules| rules.symbol);
        Ok(Arc::new(Account { venue, limits: self.limits.clone(), rules: rules.into(), clock }))
    }

    fn pool_for(&self, venue: &V) -> Result<ClientPoolBuilder<D>, ConfigError> {
        let origin = self.environment.origin(&V::HOSTS)?;
        let mut pool = self.pool.clone().url(origin.to_string()).base_path(V::BASE_PATH);
        for (name, value) in venue.default_headers() {
            pool = pool.default_header(name, value)?;
        }
        if let Some(tls) = &self.tls {
            pool = pool.tls(tls);
        } else if let (true, Some(ca)) = (origin.is_tls(), self.environment.ca_pem()) {
            pool = pool.tls(&TlsConfig::builder().system_roots(true).root_pem(ca)?.build()?);
        }
        Ok(pool)
    }
}

impl<V: Venue> VenueClientBuilder<V, Tokio> {
    /// Sets the keys up, makes all buffers and connects all slots.
    ///
    /// Each connection's first exchange is the venue's time call, before its slot is handed out: it warms the path and shows
    /// how far the clocks are apart. Any whole reply makes the slot ready, else the slot heals.
    ///
    /// **Errors**: a setting is wrong, by name; or no slot could be connected.
    pub async fn build(self) -> Result<VenueClient<V>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        self.make().await
    }

    /// As [`build`](Self::build), without a first exchange: nothing goes out that was not asked for. The clocks are compared
    /// by [`server_time`](VenueClient::server_time) alone.
    ///
    /// **Errors**: as [`build`](Self::build).
    pub async fn build_cold(self) -> Result<VenueClient<V>, RestError> {
        self.make_cold().await
    }
}

impl<V: Venue> VenueClientBuilder<V, Blocking> {
    /// Sets the keys up, makes all buffers and connects all slots.
    ///
    /// Each connection's first exchange is the venue's time call, before its slot is handed out: it warms the path and shows
    /// how far the clocks are apart. Any whole reply makes the slot ready, else the slot heals.
    ///
    /// **Errors**: a setting is wrong, by name; or no slot could be connected.
    pub fn build(self) -> Result<VenueClient<V, Blocking>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        blocking::run(tokio::task::unconstrained(self.make()))
    }

    /// As [`build`](Self::build), without a first exchange: nothing goes out that was not asked for. The clocks are compared
    /// by [`server_time`](VenueClient::server_time) alone.
    ///
    /// **Errors**: as [`build`](Self::build).
    pub fn build_cold(self) -> Result<VenueClient<V, Blocking>, RestError> {
        blocking::run(tokio::task::unconstrained(self.make_cold()))
    }
}

impl<V: Venue, D: Driver> fmt::Debug for VenueClientBuilder<V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueClientBuilder")
            .field("venue", &V::NAME)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// A client that writes requests and sends none; see [`VenueClientBuilder::dry_run`].
pub struct DryRun<V> {
    account: Arc<Account<V>>,
    writer: RequestWriter,
    timeout: Option<Duration>,
}

impl<V: Venue> DryRun<V> {
    /// The exact request that the call would send now, with the builder's default deadline.
    ///
    /// **Errors**: those of writing it.
    pub fn request<E: Endpoint<V>>(&mut self, endpoint: &E) -> Result<Request<'_>, RestError> {
        let now = Instant::now();
        let deadline = self.timeout.and_then(|timeout| now.checked_add(timeout)).map_or(Deadline::NEVER, Deadline::at);
        written(&mut self.writer, &self.account.venue, endpoint, self.account.clock.window(now, deadline))
    }
}

impl<V: Venue> fmt::Debug for DryRun<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DryRun").field("venue", &V::NAME).finish_non_exhaustive()
    }
}

/// How long a call may take where nobody says: longer than Binance Spot's own time-out of 10 s makes no sense, shorter is
/// the caller's to say.
const DEADLINE_DEFAULT: Duration = Duration::from_secs(10);

/// How long the slot of the reserve rests: venues and routers let a connection rest for longer.
const RESERVE_REST_MAX: Duration = Duration::from_secs(15);

/// Orders in flight and in doubt that are remembered where nobody says: as many as a pool may have connections.
const DOUBTS_MAX_DEFAULT: usize = CONNECTIONS_MAX;
