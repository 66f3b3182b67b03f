//! One call from the register to its reply: the whole path of an order stands here.

use std::ops::DerefMut;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::clock::{Heard, VenueClock};
use crate::client::doubt::{Doubt, Register, Tickets};
use crate::client::flight::{Flight, FlightRecorder};
use crate::client::latency::{Endpoint as Measured, Latency};
use crate::client::prepare::Prepare;
use crate::client::warm::{Warming, Warmup};
use crate::client::{ClientPool, ClientSlot};
use crate::error::{Busy, DecodeError, Fate, HttpError, RejectKind, RestError};
use crate::http::request::{Request, RequestWriter};
use crate::http::response::{Response, ResponseReader};
use crate::id::ClientOrderIds;
use crate::latency::{Stage, Timeline};
use crate::net::connection::{Connection, HttpConnection, Patience};
use crate::net::driver::Driver;
use crate::now::Now;
use crate::pool::Pooled;
use crate::time::{Deadline, Timestamp, Window};
use crate::venue::endpoint::{Endpoint, Page, Path, ServerTime, Venue};
use crate::venue::json;
use crate::venue::limits::{Limits, Observed};
use crate::venue::screen::Screens;

/// A venue's client behind its handle.
pub(super) struct Inner<V, D: Driver> {
    pub(super) pool: ClientPool<D>,
    /// A slot that only cancels may use.
    pub(super) reserve: Option<ClientPool<D>>,
    pub(super) account: Arc<Account<V>>,
    pub(super) ids: ClientOrderIds,
    pub(super) doubts: Register,
    pub(super) latency: Arc<Latency>,
    pub(super) recorder: Option<FlightRecorder>,
}

/// What a request is written with: shared with whatever warms the pool's slots.
pub(super) struct Account<V> {
    pub(super) venue: V,
    pub(super) limits: Limits,
    /// The rules of instruments that the builder was given.
    pub(super) rules: Screens,
    pub(super) clock: VenueClock,
}

impl<V: Venue, D: Driver> Inner<V, D> {
    /// A call that is made now and may take as long as the pool's default allows.
    #[inline]
    pub(super) fn made(&self) -> Made {
        let now = Now::look();
        let deadline = self.pool.deadline_from(now.at);
        Made { now, deadline, left: deadline.instant().and(self.pool.timeout()), intended: now.raw }
    }

    /// A call that is made now and may take until `deadline`.
    #[inline]
    pub(super) fn made_by(&self, deadline: Deadline) -> Made {
        let now = Now::look();
        Made { now, deadline, left: deadline.left(now.at), intended: now.raw }
    }

    /// A call of which nothing has happened yet.
    #[inline]
    pub(super) fn new_call(&self) -> Call<'_> {
        Call { tickets: self.doubts.tickets(), at: Timestamp::from_ns(0), error: None }
    }

    /// Makes a call; waits for a slot, and for the reply, until its deadline.
    pub(super) async fn call<E: Endpoint<V>>(&self, endpoint: &E, made: &Made) -> Result<E::Reply, RestError> {
        let mut call = self.new_call();
        let slot = self.send(endpoint, made, &mut call).await;
        self.finish(endpoint, slot, &mut call)
    }

    /// All of a call that waits: for a slot, and for the reply, until its deadline. The slot that the reply came to is to be
    /// [finished](Self::finish) with; none: it failed.
    // What a block borrows stays where it is, while a function's arguments are moved when it is first polled.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async function's arguments would be moved right after they were written"
    )]
    pub(super) fn send<'c, E: Endpoint<V>>(
        &'c self,
        endpoint: &'c E,
        made: &'c Made,
        call: &'c mut Call<'_>,
    ) -> impl Future<Output = Option<Pooled<ClientSlot<D>>>> {
        async move {
            let waited;
            let (slot, made) = match self.reserved_for(endpoint).or_else(|| self.pool.try_acquire()) {
                Some(slot) => (slot, made),
                None => match self.wait_for_slot(endpoint, made).await {
                    Ok(slot) => {
                        waited = made.again();
                        (slot, &waited)
                    }
                    Err(error) => return call.failed(error),
                },
            };
            self.send_on(slot, endpoint, made, call).await
        }
    }

    /// The same where a slot is ready now.
    pub(super) async fn try_send<E: Endpoint<V>>(
        &self,
        endpoint: &E,
        made: &Made,
        call: &mut Call<'_>,
    ) -> Option<Pooled<ClientSlot<D>>> {
        match self.pool.try_acquire() {
            Some(slot) => self.send_on(slot, endpoint, made, call).await,
            None => call.failed(self.pool.why_none().into()),
        }
    }

    /// Asks for a list, part by part on one slot where the venue hands it out in parts.
    ///
    /// **Errors**: as any call; a list of more than [`PAGES_MAX`] parts.
    pub(super) async fn list<E, T>(&self, endpoint: &E, made: &Made) -> Result<Vec<T>, RestError>
    where
        E: Endpoint<V, Reply = Vec<T>>,
        T: Send,
    {
        let mut slot = self.pool.wait_for_slot(made.deadline).await?;
        self.list_on(&mut slot, endpoint, made.deadline).await
    }

    /// The same on a slot that the caller holds.
    pub(super) async fn list_on<E, T>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        deadline: Deadline,
    ) -> Result<Vec<T>, RestError>
    where
        E: Endpoint<V, Reply = Vec<T>>,
        T: Send,
    {
        let mut list = self.call_on(slot, endpoint, &self.made_by(deadline)).await?;
        for _ in 0..PAGES_MAX {
            let after = match slot.reader.response() {
                Some(response) => endpoint.next_page(&response)?,
                None => None,
            };
            let Some(after) = after else { return Ok(list) };
            list.append(
                &mut self.call_on(slot, &Page { list: endpoint, after: &after }, &self.made_by(deadline)).await?,
            );
        }
        Err(DecodeError::Malformed { field: "list", expected: "an end to it" }.into())
    }

    /// A slot as soon as there is one; not for an order that has grown too old meanwhile.
    async fn wait_for_slot<E: Endpoint<V>>(
        &self,
        endpoint: &E,
        made: &Made,
    ) -> Result<Pooled<ClientSlot<D>>, RestError> {
        let window = self.account.window(made);
        let slot = self.pool.wait_for_slot(made.deadline).await?;
        self.account.check_age(endpoint, &window, made.now.at.elapsed())?;
        Ok(slot)
    }

    /// A slot for what takes risk off the market, where there is a reserve: it does not wait for those in use.
    fn reserved_for<E: Endpoint<V>>(&self, endpoint: &E) -> Option<Pooled<ClientSlot<D>>> {
        let reserve = self.reserve.as_ref()?;
        if !endpoint.cost().is_cancel {
            return None;
        }
        self.pool.try_acquire().or_else(|| reserve.try_acquire())
    }

    /// Makes a call on this slot.
    pub(super) async fn call_on<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        made: &Made,
    ) -> Result<E::Reply, RestError> {
        let mut call = self.new_call();
        let slot = self.send_on(slot, endpoint, made, &mut call).await;
        self.finish(endpoint, slot, &mut call)
    }

    /// All of a call on this slot that waits. The whole path of an order stands here, in the two halves below, and in the
    /// [end](Self::finish).
    pub(super) async fn send_on<E: Endpoint<V>, S: DerefMut<Target = ClientSlot<D>>>(
        &self,
        mut slot: S,
        endpoint: &E,
        made: &Made,
        call: &mut Call<'_>,
    ) -> Option<S> {
        let has_come = self.begin(&mut slot, endpoint, made, call).await
            && self.reply(&mut slot, endpoint, made.deadline, call).await;
        has_come.then_some(slot)
    }

    /// The way out: rules, limits, register, build, sign, seal, write. Whether it was gone.
    async fn begin<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        made: &Made,
        call: &mut Call<'_>,
    ) -> bool {
        let ClientSlot { writer, reader, conn, .. } = slot;
        let error = match conn {
            Some(conn) => {
                // In the register before the first byte: an order whose future is dropped is not forgotten. What is prepared is looked
                // at where it lies: who copies what was written a moment ago, in larger pieces, waits until it has gone to memory.
                let prepared = self.prepare(writer, conn, endpoint, made, &mut call.tickets, Purpose::Send);
                match &prepared {
                    Ok(ready) => {
                        call.at = ready.at;
                        match send(ready, reader, conn, endpoint).await {
                            Ok(()) => return true,
                            Err(error) => *error,
                        }
                    }
                    Err(error) => *error,
                }
            }
            None => Busy::Down { healing: 1 }.into(),
        };
        self.failed(slot, endpoint, call, error)
    }

    /// All before the connection is touched: rules, limits, register, build, sign. What takes locked instructions stands before the
    /// request is written: behind it they would wait until all that was written is in the cache.
    ///
    /// Called and not inlined, so that a rehearsal goes through this very code: another copy would leave it cold.
    #[inline(never)]
    pub(super) fn prepare<'b, E: Endpoint<V>>(
        &self,
        writer: &'b mut RequestWriter,
        conn: &mut Connection<D>,
        endpoint: &E,
        made: &'b Made,
        tickets: &mut Tickets<'_>,
        purpose: Purpose,
    ) -> Result<Ready<'b>, RestError> {
        conn.timeline_mut().begin(made.intended, made.now.raw);
        self.account.rules.check(endpoint.places())?;
        let window = self.account.window(made);
        if purpose == Purpose::Send {
            self.account.limits.admit(endpoint.cost(), window.now)?;
        }
        let ready = self.enter_and_sign(writer, conn, endpoint, made, window, tickets);
        if ready.is_err() && purpose == Purpose::Send {
            self.account.limits.give_back(endpoint.cost(), window.now);
        }
        ready
    }

    /// What may fail once the limits have let it pass.
    #[inline]
    fn enter_and_sign<'b, E: Endpoint<V>>(
        &self,
        writer: &'b mut RequestWriter,
        conn: &mut Connection<D>,
        endpoint: &E,
        made: &'b Made,
        window: Window,
        tickets: &mut Tickets<'_>,
    ) -> Result<Ready<'b>, RestError> {
        let mut expires = None;
        tickets.enter(endpoint.creates().map(|order| {
            let expiry = self.account.venue.expiry(&order, &window);
            expires = earlier(expires, expiry);
            Doubt { expiry, order, sent: Some(window.now) }
        }))?;
        self.account.sign(writer, conn.timeline_mut(), endpoint, (&made.now, made.deadline), (window, expires))
    }

    /// The way back, until the whole reply is in the slot's reader. Whether it is.
    async fn reply<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        deadline: Deadline,
        call: &mut Call<'_>,
    ) -> bool {
        let ClientSlot { reader, conn, lanes, .. } = slot;
        if let Some(lanes) = lanes {
            // The venue is at work now.
            lanes.count_noted();
        }
        let error = match conn {
            Some(conn) => match conn.read(reader, deadline).await {
                Ok(()) => return true,
                Err(error) => *error,
            },
            None => Busy::Down { healing: 1 }.into(),
        };
        self.failed(slot, endpoint, call, error)
    }

    /// A call ends without a reply: what that means for the register.
    #[cold]
    fn failed<E: Endpoint<V>>(
        &self,
        slot: &ClientSlot<D>,
        endpoint: &E,
        call: &mut Call<'_>,
        error: RestError,
    ) -> bool {
        self.judge(&mut call.tickets, endpoint, &Err(error));
        measure(slot, endpoint, Some(&error));
        call.error = Some(error);
        false
    }

    /// The end of a call: its reply, and its slot back to where it came from.
    ///
    /// Waits for nothing, and is told nothing large: so an acknowledgement, which is, is written once, where the caller gets it.
    #[inline]
    pub(super) fn finish<E: Endpoint<V>, S: DerefMut<Target = ClientSlot<D>>>(
        &self,
        endpoint: &E,
        slot: Option<S>,
        call: &mut Call<'_>,
    ) -> Result<E::Reply, RestError> {
        match slot {
            Some(mut slot) => self.conclude(&mut slot, endpoint, call),
            None => Err(call.why_none()),
        }
    }

    /// Decodes what came; then what the outcome means for the register.
    ///
    /// Called and not inlined: so the outcome is the caller's, and no copy of it.
    #[inline(never)]
    fn conclude<E: Endpoint<V>>(
        &self,
        slot: &mut ClientSlot<D>,
        endpoint: &E,
        call: &mut Call<'_>,
    ) -> Result<E::Reply, RestError> {
        let ClientSlot { reader, conn, .. } = slot;
        let mut outcome = match reader.response() {
            Some(response) => {
                self.account.observe(endpoint, &response, call.at);
                endpoint.decode(&response)
            }
            None => Err(RestError::Http(HttpError::NotClean)),
        };
        if let Some(conn) = conn {
            conn.timeline_mut().mark(Stage::Decoded);
            let is_bare = match &outcome {
                Ok(_) => !V::ECHOES_ID && (endpoint.cost().is_cancel || endpoint.creates().next().is_some()),
                Err(error) => matches!(error, RestError::Rejected(_)),
            };
            if conn.repeats(is_bare.then(|| reader.fingerprint())) {
                outcome = Err(DecodeError::Repeated.into());
            }
            if let Err(RestError::Decode(_)) = outcome {
                // What came may belong to another request: nothing more is read from this connection.
                conn.refuse();
            }
        }
        if const { !E::FORM.is_empty() } && outcome.is_ok() {
            json::learn(reader, E::FORM);
        }
        self.judge(&mut call.tickets, endpoint, &outcome);
        measure(slot, endpoint, outcome.as_ref().err());
        outcome
    }

    /// Sends calls at once, each on a slot of its own; then reads their replies. Where there are fewer slots, the next call takes
    /// the first slot that is done.
    pub(super) async fn burst<const N: usize, E: Endpoint<V>>(
        &self,
        endpoints: &[E; N],
        made: &Made,
    ) -> [Result<E::Reply, RestError>; N] {
        let deadline = made.deadline;
        let mut flights = [const { None }; N];
        let mut outcomes = [const { None }; N];
        let mut landed = 0;
        let window = self.account.window(made);
        for (index, endpoint) in endpoints.iter().enumerate() {
            let slot = loop {
                match self.pool.try_acquire() {
                    Some(slot) => break Ok(slot),
                    None if landed < index => {
                        self.land(&mut flights[landed], &endpoints[landed], &mut outcomes[landed], deadline).await;
                        landed += 1;
                    }
                    None => break self.wait_for_slot(endpoint, made).await,
                }
            };
            let checked = match slot {
                Ok(slot) if landed > 0 => {
                    self.account.check_age(endpoint, &window, made.now.at.elapsed()).map(|()| slot)
                }
                slot => slot,
            };
            match checked {
                Ok(mut slot) => {
                    let made = made.again();
                    let mut call = self.new_call();
                    if self.begin(&mut slot, endpoint, &made, &mut call).await {
                        flights[index] = Some((slot, call));
                    } else {
                        outcomes[index] = Some(Err(call.why_none()));
                    }
                }
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
        flight: &mut Option<(Pooled<ClientSlot<D>>, Call<'_>)>,
        endpoint: &E,
        outcome: &mut Option<Result<E::Reply, RestError>>,
        deadline: Deadline,
    ) {
        if let Some((mut slot, mut call)) = flight.take() {
            let has_come = self.reply(&mut slot, endpoint, deadline, &mut call).await;
            *outcome = Some(self.finish(endpoint, has_come.then_some(slot), &mut call));
        }
    }

    /// Takes orders out of the register if their outcome leaves nothing to settle.
    #[inline]
    fn judge<E: Endpoint<V>>(&self, tickets: &mut Tickets<'_>, endpoint: &E, outcome: &Result<E::Reply, RestError>) {
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

/// When a call was made, and how long it may take: one look at the clock for both, and for the stamps of it.
#[derive(Clone, Copy)]
pub(super) struct Made {
    /// Or since when it has its slot, where it had to wait for one.
    now: Now,
    deadline: Deadline,
    /// How long that is from there on.
    left: Option<Duration>,
    /// Where the counter stood when it was made.
    intended: u64,
}

impl Made {
    /// Made now, and given up as before.
    fn again(&self) -> Self {
        let now = Now::look();
        Self { now, left: self.deadline.left(now.at), ..*self }
    }
}

/// What a request is prepared for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It takes nothing of the limits.
    Rehearse,
    Send,
}

/// A signed request.
pub(super) struct Ready<'b> {
    pub(super) request: Request<'b>,
    /// When it was made, in the venue's time.
    at: Timestamp,
    /// How long its write may wait.
    patience: Patience<'b>,
}

/// A call under way. It stays where it was made, and who goes on with it borrows it: what moves on from one to the next is small.
pub(super) struct Call<'a> {
    /// Of each order it creates.
    tickets: Tickets<'a>,
    /// When it was made, in the venue's time.
    at: Timestamp,
    /// Why it has no reply.
    error: Option<RestError>,
}

impl Call<'_> {
    /// It ends before it had a slot.
    #[cold]
    fn failed<T>(&mut self, error: RestError) -> Option<T> {
        self.error = Some(error);
        None
    }

    /// Why there is no slot with a reply to it.
    #[cold]
    fn why_none(&self) -> RestError {
        // Whoever gives none says why.
        self.error.unwrap_or(RestError::Http(HttpError::NotClean))
    }
}

impl<V: Venue> Account<V> {
    /// What a call's request is stamped with.
    #[inline(always)]
    fn window(&self, made: &Made) -> Window {
        self.clock.window(made.now.moment, made.left)
    }

    /// Writes the request and signs it, at a time that is said in our clock and in the venue's: reading it anew takes longer than what
    /// passes meanwhile matters.
    #[inline]
    fn sign<'b, E: Endpoint<V>>(
        &self,
        writer: &'b mut RequestWriter,
        timeline: &mut Timeline,
        endpoint: &E,
        (now, deadline): (&'b Now, Deadline),
        (window, expires): (Window, Option<Timestamp>),
    ) -> Result<Ready<'b>, RestError> {
        let request = written(writer, &self.venue, endpoint, window)?;
        timeline.set(Stage::Built, request.built());
        timeline.mark(Stage::Signed);
        let life_ns = expires.map(|expires| expires.ns().saturating_sub(window.now.ns()));
        if let Some(life_ns) = life_ns {
            // A key may take its time, and the host may have been held up.
            let age_ns = age_ns(timeline, now.at);
            if age_ns >= life_ns {
                return Err(stale_ns(age_ns, life_ns));
            }
        }
        Ok(Ready { request, at: window.now, patience: Patience { now, deadline, life_ns } })
    }

    /// Writes the request, sends it and reads the reply.
    pub(super) async fn exchange<'s, D: Driver, E: Endpoint<V>>(
        &self,
        writer: &mut RequestWriter,
        reader: &'s mut ResponseReader,
        conn: &mut Connection<D>,
        endpoint: &E,
        deadline: Deadline,
    ) -> Result<Response<'s>, RestError> {
        let now = Now::look();
        let window = self.clock.window(now.moment, deadline.left(now.at));
        self.limits.admit(endpoint.cost(), window.now)?;
        let ready = self.sign(writer, conn.timeline_mut(), endpoint, (&now, deadline), (window, None));
        let ready = ready.inspect_err(|_| self.limits.give_back(endpoint.cost(), window.now))?;
        send(&ready, reader, conn, endpoint).await.map_err(|error| *error)?;
        conn.read(reader, deadline).await.map_err(|error| *error)?;
        let response = reader.response().ok_or(RestError::Http(HttpError::NotClean))?;
        self.observe(endpoint, &response, ready.at);
        Ok(response)
    }

    /// Whether the orders of a call that was made for this window are young enough to count, so much later.
    ///
    /// The request itself is stamped when it is written: without this an order that had waited for long would count as new.
    fn check_age<E: Endpoint<V>>(&self, endpoint: &E, window: &Window, age: Duration) -> Result<(), RestError> {
        let expires = endpoint.creates().map(|order| self.venue.expiry(&order, window)).fold(None, earlier);
        match expires.map(|at| at.since(window.now)) {
            Some(life) if age >= life => Err(stale(age, life)),
            _ => Ok(()),
        }
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

    /// Asks for the venue's time, which is a sample of its clock; once more where the answer contradicts those before it.
    pub(super) async fn ask_time<D: Driver>(
        &self,
        writer: &mut RequestWriter,
        reader: &mut ResponseReader,
        conn: &mut Connection<D>,
        deadline: Deadline,
    ) -> Result<Timestamp, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        let mut has_doubted = false;
        loop {
            let asked = Instant::now();
            let response = self.exchange(writer, reader, conn, &ServerTime {}, deadline).await?;
            let answered = Instant::now();
            let time = <ServerTime as Endpoint<V>>::decode(&ServerTime {}, &response)?;
            match self.clock.sample(asked, answered, time) {
                Heard::Doubted if !has_doubted && conn.is_ready() => has_doubted = true,
                Heard::Believed | Heard::Doubted => return Ok(time),
            }
        }
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

/// Sends it.
async fn send<'c, V: Venue, D: Driver, E: Endpoint<V>>(
    ready: &Ready<'_>,
    reader: &mut ResponseReader,
    conn: &'c mut Connection<D>,
    endpoint: &E,
) -> Result<(), &'c RestError> {
    if let Some(limit) = endpoint.reply_bytes_max() {
        reader.allow(limit);
    }
    conn.write(&ready.request, reader, &ready.patience).await
}

/// How old a call is that is signed now, ns.
#[inline]
fn age_ns(timeline: &Timeline, made: Instant) -> u64 {
    timeline.between_ns(Stage::Acquired, Stage::Signed).unwrap_or_else(|| elapsed_ns(made))
}

/// Where nothing is stamped.
#[cold]
fn elapsed_ns(made: Instant) -> u64 {
    u64::try_from(made.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cold]
fn stale_ns(age_ns: u64, life_ns: u64) -> RestError {
    stale(Duration::from_nanos(age_ns), Duration::from_nanos(life_ns))
}

#[cold]
fn stale(age: Duration, life: Duration) -> RestError {
    Busy::Stale { age, life }.into()
}

/// The earlier of two times at which something ends, if it does.
#[inline]
fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl<V: Venue> Prepare for Account<V> {
    fn prepare(&self) {
        let (now, _) = self.clock.at(Instant::now());
        self.venue.prepare(now);
    }
}

/// Notes a call that is over, and keeps it where that is asked for.
#[inline]
fn measure<V: Venue, D: Driver, E: Endpoint<V>>(slot: &ClientSlot<D>, endpoint: &E, error: Option<&RestError>) {
    let (Some(conn), Some(lanes)) = (&slot.conn, &slot.lanes) else { return };
    let measured = Measured::new(endpoint.method(), E::PATH, endpoint.creates().next().is_some());
    lanes.note(measured, conn.timeline(), error.map_or(Ok(()), |error| Err(error.fate())));
    if let Some((recorder, index)) = &slot.recorder {
        let (request, reply) = (slot.writer.finished(), slot.reader.response());
        recorder.record(*index, &Flight { endpoint: measured, timeline: conn.timeline(), request, reply, error });
    }
}

/// Most parts of one list: with 50 orders a part, as many as 12,800 open orders.
pub(super) const PAGES_MAX: usize = 256;

/// Builds the request in the slot's writer, signature included.
pub(super) fn written<'b, V: Venue, E: Endpoint<V>>(
    writer: &'b mut RequestWriter,
    venue: &V,
    endpoint: &E,
    window: Window,
) -> Result<Request<'b>, RestError> {
    let draft = match endpoint.path() {
        Path::Absolute(path) => writer.start_absolute(endpoint.method(), path),
        Path::Based(path) => writer.start_literal(endpoint.method(), path),
    };
    Ok(endpoint.encode(venue, draft, window)?)
}
