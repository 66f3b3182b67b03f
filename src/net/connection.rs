//! One connection to a venue, and what an exchange does on it, whichever driver waits.

use core::ops::ControlFlow;
use core::{fmt, mem};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::error::{BuildError, HttpError, RestError};
use crate::exchange::{CloseReason, ConnError, Phase, Receiving, Sending};
use crate::http::request::{Method, Request};
use crate::http::response::{Response, ResponseReader};
use crate::latency::{Stage, Stamps, Timeline};
use crate::net::blocking::{self, Blocking};
use crate::net::connector::Established;
use crate::net::driver::{Driver, Tokio};
use crate::net::rest::Rest;
use crate::net::socket;
use crate::now::Now;
use crate::time::Deadline;
use crate::tls::record::{Records, TlsRecords};

/// One connection to a venue: plain or TLS, one request at a time.
///
/// Belongs to the runtime of the pool that made it. Of [`blocking`](crate::blocking) there is the same without a runtime.
pub type HttpConnection = Connection<Tokio>;

/// One connection to a venue: plain or TLS, one request at a time. `D` is how it waits.
pub struct Connection<D: Driver> {
    /// Shared with whoever watches it, for a moment at a time.
    socket: Arc<D::Socket>,
    /// Ends its waits for a reply.
    alarm: D::Alarm,
    records: Records,
    state: State,
    settings: ExchangeSettings,
    peer: SocketAddr,
    serial: u64,
    resumed: bool,
    replies: u64,
    /// What the last reply said, if it named no order.
    bare: Option<u64>,
    noticed: Noticed,
    /// How its last exchange failed, if one did. It stays here, and whoever is told is shown it: it is large, and each on its way to the
    /// caller would copy room for it, also where all went well.
    failure: Option<RestError>,
    rest: Arc<Rest>,
    timeline: Timeline,
}

/// How the exchanges of a pool's connections wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExchangeSettings {
    /// How long an exchange may take that is given no deadline.
    pub(crate) timeout: Option<Duration>,
    /// How long the reply is looked for without rest, before waiting for it.
    pub(crate) spin: Duration,
    /// Which stages are stamped.
    pub(crate) stamps: Stamps,
}

impl ExchangeSettings {
    /// The default deadline of what begins at `now`. A duration beyond what the clock holds is never.
    #[inline]
    pub(crate) fn deadline_from(self, now: Instant) -> Deadline {
        self.timeout.and_then(|timeout| now.checked_add(timeout)).map_or(Deadline::NEVER, Deadline::at)
    }
}

/// How it was found out that a connection had ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noticed {
    /// While it rested, by the watch: no order met it.
    AtRest,
    /// By the probe right before a write: nothing was written.
    BeforeWrite,
    /// Under a request, or with its reply.
    InUse,
    /// It had not ended: it had rested for too long, and was replaced.
    TooOld,
}

/// What may be done with a connection.
///
/// ```text
/// Ready ──before the first byte──► InFlight ──reply whole──► Ready
///   │                                 │ anything else
///   └──closed, stray bytes──► Dead ◄──┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    InFlight,
    Dead(CloseReason),
}

impl<D: Driver> Connection<D> {
    /// A connection whose handshake is done.
    pub(crate) fn new(
        made: Established,
        (socket, alarm): (D::Socket, D::Alarm),
        serial: u64,
        settings: ExchangeSettings,
        rest: Arc<Rest>,
    ) -> Self {
        rest.serial.store(serial, Ordering::Relaxed);
        rest.used(Now::look().moment);
        Self {
            socket: Arc::new(socket),
            alarm,
            records: made.records,
            state: State::Ready,
            settings,
            peer: made.peer,
            serial,
            resumed: made.resumed,
            replies: 0,
            bare: None,
            noticed: Noticed::InUse,
            failure: None,
            rest,
            timeline: Timeline::new(settings.stamps),
        }
    }

    /// It is where its requests will be made: its end is heard of from now on, while it rests.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let socket: Arc<D::Socket> = Arc::clone(&self.socket);
        self.rest.settle(&(socket as Arc<dyn AsFd + Send + Sync>))
    }

    /// Its end is not heard of any more. Before a move: its descriptor, under which it is known, is another then.
    pub(crate) fn leave(&self) {
        self.rest.leave(&*self.socket);
    }

    /// Asks the kernel whether the connection still stands: called while it rests, on a suspicion.
    pub(crate) fn look(&mut self, reader: &mut ResponseReader) {
        while self.state == State::Ready {
            let ended = match socket::receive(&*self.socket, self.records.landing(reader)) {
                Ok(None) => return,
                Err(e) => Err(CloseReason::Io(e.into())),
                Ok(Some(0)) => Err(self.records.end_of_stream()),
                Ok(Some(bytes)) => self.records.at_rest(bytes),
            };
            if let Err(reason) = ended {
                self.noticed = Noticed::AtRest;
                self.die(reason);
            }
        }
    }

    /// Ends a resting connection.
    pub(crate) fn end(&mut self, reason: CloseReason, noticed: Noticed) {
        self.noticed = noticed;
        self.state = State::Dead(reason);
    }

    pub(crate) const fn noticed(&self) -> Noticed {
        self.noticed
    }

    /// Gives the connection to another driver, or another runtime: it waits there from now on.
    pub(crate) fn move_to<E: Driver>(mut self, home: &E::Home) -> io::Result<Connection<E>> {
        // A second descriptor of the same socket: the first leaves its runtime's driver when it is dropped.
        let (socket, alarm) = E::adopt(std::net::TcpStream::from(self.socket.as_fd().try_clone_to_owned()?), home)?;
        // What is left behind has nothing to say when it is dropped.
        let records = mem::replace(&mut self.records, Records::Plain);
        let state = mem::replace(&mut self.state, State::Dead(CloseReason::Abandoned));
        let Self { settings, peer, serial, resumed, replies, bare, noticed, failure, timeline, .. } = self;
        let rest = Arc::clone(&self.rest);
        Ok(Connection {
            socket: Arc::new(socket),
            alarm,
            records,
            state,
            settings,
            peer,
            serial,
            resumed,
            replies,
            bare,
            noticed,
            failure,
            rest,
            timeline,
        })
    }

    /// Sends the request and waits for its reply, until `deadline`.
    #[inline]
    pub(crate) async fn exchange<'r>(
        &mut self,
        request: Request<'_>,
        reader: &'r mut ResponseReader,
        deadline: Deadline,
    ) -> Result<Response<'r>, RestError> {
        self.timeline.clear();
        let patience = Patience { now: &Now::look(), deadline, life_ns: None };
        self.write(&request, reader, &patience).await.map_err(|error| *error)?;
        self.read(reader, deadline).await.map_err(|error| *error)?;
        // The exchange ends well only with a whole reply.
        reader.response().ok_or(RestError::Http(HttpError::NotClean))
    }

    /// The first half of an exchange: the request, until the kernel has it. Its reply is to be read into the same reader.
    pub(crate) async fn write(
        &mut self,
        request: &Request<'_>,
        reader: &mut ResponseReader,
        patience: &Patience<'_>,
    ) -> Result<(), &RestError> {
        match self.state {
            State::Ready => {}
            State::InFlight => return Err(self.refused(CloseReason::Abandoned)),
            State::Dead(reason) => return Err(self.refused(reason)),
        }
        if patience.deadline.has_passed(patience.now.at) {
            return Err(self.refused(CloseReason::Deadline));
        }
        if reader.start(request.method() == Method::Head).is_err() {
            let what = "a reader that holds an unfinished reply";
            return Err(self.failed(BuildError::Unsupported { what, cure: "reset() it, or use the slot's own" }.into()));
        }
        // In flight before the first byte, ready only after the whole reply: a future dropped in between can never
        // hand its reply to the next request.
        self.state = State::InFlight;
        let (mut sending, mut failure) = (Sending::new(&mut self.records, request, reader), None);
        if !send_whole::<D>(&self.socket, &mut sending, patience, &mut self.timeline, &mut failure).await {
            return Err(self.broke(failure));
        }
        self.timeline.mark(Stage::Written);
        // While the request is under way, which it is for longer than this takes.
        self.rest.used(patience.now.moment);
        Ok(())
    }

    /// The second half of an exchange: the reply, until it is whole.
    pub(crate) async fn read(&mut self, reader: &mut ResponseReader, deadline: Deadline) -> Result<(), &RestError> {
        // Not right behind the write: of a burst the next request is written then.
        self.rest.unwatch(&*self.socket);
        let (mut receiving, mut failure) = (Receiving::new(&mut self.records, reader), None);
        let wait = Wait { spin: self.settings.spin, deadline };
        if !receive_whole::<D>((&self.socket, &mut self.alarm), &mut receiving, wait, &mut self.timeline, &mut failure)
            .await
        {
            return Err(self.broke(failure));
        }
        self.timeline.mark(Stage::LastByte);
        self.replies += 1;
        self.state = State::Ready;
        if !reader.keep_alive() {
            self.state = State::Dead(CloseReason::Announced);
        } else if let Some(reason) = self.records.end() {
            self.state = State::Dead(*reason);
        }
        Ok(())
    }

    /// When the stages of its last request happened, as far as the connection knows them: from sealed to last byte. Of a venue
    /// client's call, all of them.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    #[inline]
    pub(crate) const fn timeline_mut(&mut self) -> &mut Timeline {
        &mut self.timeline
    }

    /// Does with a request what sending does up to the write, and sends nothing.
    pub(crate) fn rehearse(&mut self, request: &Request<'_>) {
        self.records.rehearse(request.as_bytes());
    }

    /// Whether a reply that names no order, a refusal mostly, says what the last reply said: perhaps that one, come twice. `None`: it
    /// names one, or is about none.
    #[inline]
    pub(crate) fn repeats(&mut self, bare: Option<u64>) -> bool {
        mem::replace(&mut self.bare, bare) == bare && bare.is_some()
    }

    /// Ends the connection: what its last reply said cannot be trusted. Its slot heals when it is returned.
    pub(crate) fn refuse(&mut self) {
        self.die(CloseReason::Refused);
    }

    /// Does what waited for its slot to be returned, because it allocates: session tickets go to where the next handshake
    /// finds them.
    #[inline]
    pub(crate) fn after_release(&mut self) {
        if let (Err(reason), State::Ready) = (self.records.after_release(), self.state) {
            self.die(reason);
        }
    }

    /// Whether the next request may go out on it, as far as is known without asking the kernel.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// Why it is dead; `None` while it is ready.
    #[must_use]
    pub const fn close_reason(&self) -> Option<CloseReason> {
        match self.state {
            State::Ready => None,
            State::InFlight => Some(CloseReason::Abandoned),
            State::Dead(reason) => Some(reason),
        }
    }

    /// Who seals its records; `None` for plain HTTP.
    #[must_use]
    pub const fn tls_records(&self) -> Option<TlsRecords> {
        self.records.layer()
    }

    /// The venue's address.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Its number among the connections of its pool, from 0, in the order in which they were made.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// Whether its handshake resumed an earlier TLS session.
    #[must_use]
    pub const fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// How many whole replies came on it.
    #[must_use]
    pub const fn replies(&self) -> u64 {
        self.replies
    }

    /// An exchange failed: the connection is dead.
    #[cold]
    fn broke(&mut self, failure: Option<ConnError>) -> &RestError {
        // Whoever fails says how.
        let error = failure.unwrap_or(Receiving::failed(CloseReason::Abandoned));
        if error.phase == Phase::Probe {
            self.noticed = Noticed::BeforeWrite;
        }
        self.die(error.reason);
        self.failed(error.into())
    }

    /// Nothing is begun on it.
    #[cold]
    fn refused(&mut self, reason: CloseReason) -> &RestError {
        self.failed(ConnError::not_sent(Phase::Probe, reason).into())
    }

    #[cold]
    fn failed(&mut self, error: RestError) -> &RestError {
        self.failure.insert(error)
    }

    fn die(&mut self, reason: CloseReason) {
        // Closing with a request in flight would still deliver it: the kernel must drop it instead.
        socket::abort_on_close(&*self.socket);
        self.state = State::Dead(reason);
    }
}

impl Connection<Tokio> {
    /// Sends the request and waits for its reply, until the pool's default deadline, which starts now.
    ///
    /// **Errors**, **cancel safety**: as [`send_by`](Self::send_by).
    pub async fn send<'r>(
        &mut self,
        request: Request<'_>,
        reader: &'r mut ResponseReader,
    ) -> Result<Response<'r>, RestError> {
        let deadline = self.settings.deadline_from(Instant::now());
        self.exchange(request, reader, deadline).await
    }

    /// Sends the request and waits for its reply, until `deadline`. Nothing is retried.
    ///
    /// The reply's status is not judged: any whole, well-formed reply is `Ok`.
    ///
    /// **Errors**: [`RestError::fate`] says what became of the request. The connection is dead after any error but a
    /// deadline that had passed before the call; its slot heals when it is returned.
    ///
    /// **Cancel safety**: a dropped future leaves the connection dead, unless it was never polled: its reply can reach
    /// nobody else. The request may have been sent; give a deadline rather than dropping.
    pub async fn send_by<'r>(
        &mut self,
        request: Request<'_>,
        reader: &'r mut ResponseReader,
        deadline: Deadline,
    ) -> Result<Response<'r>, RestError> {
        self.exchange(request, reader, deadline).await
    }
}

impl Connection<Blocking> {
    /// Sends the request and waits for its reply on this thread, until the pool's default deadline, which starts now.
    ///
    /// **Errors**: as [`send_by`](Self::send_by).
    pub fn send<'r>(
        &mut self,
        request: Request<'_>,
        reader: &'r mut ResponseReader,
    ) -> Result<Response<'r>, RestError> {
        let deadline = self.settings.deadline_from(Instant::now());
        self.send_by(request, reader, deadline)
    }

    /// Sends the request and waits for its reply on this thread, until `deadline`. Nothing is retried.
    ///
    /// The reply's status is not judged: any whole, well-formed reply is `Ok`.
    ///
    /// **Errors**: [`RestError::fate`] says what became of the request. The connection is dead after any error but a
    /// deadline that had passed before the call; its slot heals when it is returned.
    pub fn send_by<'r>(
        &mut self,
        request: Request<'_>,
        reader: &'r mut ResponseReader,
        deadline: Deadline,
    ) -> Result<Response<'r>, RestError> {
        blocking::run(self.exchange(request, reader, deadline))
    }
}

/// How long an exchange may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    /// When its request was made.
    pub(crate) now: &'a Now,
    /// Its caller's.
    pub(crate) deadline: Deadline,
    /// For how long its request may be written, ns; `None` where it always may.
    pub(crate) life_ns: Option<u64>,
}

impl Patience<'_> {
    /// Until when it may wait to write: seldom asked, since the kernel nearly always takes a request at once.
    #[cold]
    fn for_write(&self) -> Deadline {
        let end = self.life_ns.and_then(|life_ns| self.now.at.checked_add(Duration::from_nanos(life_ns)));
        end.map_or(self.deadline, |end| self.deadline.sooner(Deadline::at(end)))
    }
}

/// Looks whether the slate is clean, and gives the kernel all of the request. Whether it has it; else how that failed is in `failure`,
/// since what a future returns is copied from one to the next, with room for it where all went well.
#[inline]
async fn send_whole<D: Driver>(
    socket: &D::Socket,
    sending: &mut Sending<'_>,
    patience: &Patience<'_>,
    timeline: &mut Timeline,
    failure: &mut Option<ConnError>,
) -> bool {
    loop {
        let probed = match D::probe(socket, sending.landing()) {
            Ok(found) => sending.probed(found),
            Err(e) => Err(sending.failed(CloseReason::Io(e.into()))),
        };
        match probed {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => return failed(failure, error),
        }
    }
    timeline.mark(Stage::Sealed);
    loop {
        match transmit::<D>(socket, sending.left(), patience).await {
            Some(Ok(accepted)) => {
                if sending.wrote(accepted) {
                    return true;
                }
            }
            outcome => return failed(failure, sending.failed(ended(outcome))),
        }
    }
}

/// How a reply is waited for.
#[derive(Clone, Copy)]
struct Wait {
    /// How long it is looked for without rest first.
    spin: Duration,
    deadline: Deadline,
}

/// Takes what comes, until the reply is whole. Whether it is; else how that failed is in `failure`, as above.
#[inline]
async fn receive_whole<D: Driver>(
    (socket, alarm): (&D::Socket, &mut D::Alarm),
    receiving: &mut Receiving<'_>,
    wait: Wait,
    timeline: &mut Timeline,
    failure: &mut Option<ConnError>,
) -> bool {
    loop {
        match receive::<D>((socket, alarm), receiving.landing(), wait).await {
            Some(Ok(bytes)) => {
                timeline.mark_first(Stage::FirstByte);
                match receiving.received(bytes) {
                    Ok(true) => return true,
                    Ok(false) => {}
                    Err(error) => return failed(failure, error),
                }
            }
            outcome => return failed(failure, Receiving::failed(ended(outcome))),
        }
        // A peer that always has another byte ready must not carry the call beyond its deadline.
        if wait.deadline.has_passed(Instant::now()) {
            return failed(failure, Receiving::failed(CloseReason::Deadline));
        }
    }
}

#[cold]
fn failed(failure: &mut Option<ConnError>, error: ConnError) -> bool {
    *failure = Some(error);
    false
}

/// Gives the kernel what it takes; waits where it takes nothing. `None` where it may wait no longer.
#[inline]
async fn transmit<D: Driver>(socket: &D::Socket, bytes: &[u8], patience: &Patience<'_>) -> Option<io::Result<usize>> {
    match socket::transmit(socket, bytes).transpose() {
        None => D::await_transmit(socket, bytes, patience.for_write()).await,
        outcome => outcome,
    }
}

/// Receives what comes: looks for it without rest first, for as long as is asked for, then waits. `None` at the deadline.
#[inline]
async fn receive<D: Driver>(
    (socket, alarm): (&D::Socket, &mut D::Alarm),
    into: &mut [u8],
    Wait { spin, deadline }: Wait,
) -> Option<io::Result<usize>> {
    if !spin.is_zero()
        && let ControlFlow::Break(outcome) = spin_receive(socket, into, spin, deadline)
    {
        return outcome;
    }
    D::await_receive(socket, alarm, into, deadline).await
}

/// Looks for bytes without rest, until the deadline at most; goes on where that was in vain.
fn spin_receive(
    socket: &impl AsFd,
    into: &mut [u8],
    spin: Duration,
    deadline: Deadline,
) -> ControlFlow<Option<io::Result<usize>>> {
    let mut begun = None;
    loop {
        // The reply is as likely to come while the clock is read as while the kernel is asked: so it is read now and then.
        for _ in 0..LOOKS_BY_CLOCK {
            if let Some(outcome) = socket::receive(socket, into).transpose() {
                return ControlFlow::Break(Some(outcome));
            }
        }
        let now = Instant::now();
        if deadline.has_passed(now) {
            return ControlFlow::Break(None);
        }
        if now.duration_since(*begun.get_or_insert(now)) >= spin {
            return ControlFlow::Continue(());
        }
    }
}

/// Looks at the socket for each at the clock while it spins. They take some two microseconds, so much later is a deadline seen.
const LOOKS_BY_CLOCK: usize = 8;

/// What a wait in vain came to: without an error its deadline has passed.
#[cold]
fn ended(outcome: Option<io::Result<usize>>) -> CloseReason {
    match outcome {
        Some(Err(e)) => CloseReason::Io(e.into()),
        Some(Ok(_)) | None => CloseReason::Deadline,
    }
}

impl<D: Driver> Drop for Connection<D> {
    fn drop(&mut self) {
        match self.state {
            State::InFlight => socket::abort_on_close(&*self.socket),
            // Nothing is under way. RFC 8446 section 6.1: who closes says so first; some servers drop the session else. That
            // it arrives is not needed.
            State::Ready | State::Dead(CloseReason::Aged | CloseReason::Announced | CloseReason::PeerClosed) => {
                let farewell = self.records.farewell();
                if !farewell.is_empty() {
                    let _ = socket::transmit(&*self.socket, farewell);
                }
            }
            State::Dead(_) => {}
        }
    }
}

impl<D: Driver> fmt::Debug for Connection<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConnection")
            .field("peer", &self.peer)
            .field("records", &self.records)
            .field("state", &self.state)
            .field("replies", &self.replies)
            .finish_non_exhaustive()
    }
}
