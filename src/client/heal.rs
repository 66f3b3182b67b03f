//! Healing: every dead slot gets a new connection, in parallel, with backoff, until the pool ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::events::{Event, Events};
use crate::client::idle;
use crate::client::prepare::{self, Prepare};
use crate::client::slot::ClientSlot;
use crate::client::warm::Warmup;
use crate::error::RestError;
use crate::exchange::{CloseReason, ConnError, Phase};
use crate::net::alarm::Alarm;
use crate::net::backoff::{Backoff, random_u32};
use crate::net::budget::Budget;
use crate::net::connection::{Connection, ExchangeSettings};
use crate::net::connector::Target;
use crate::net::driver::{Driver, Tokio};
use crate::net::hangup::Hangups;
use crate::net::rest::Rest;
use crate::pool::{Pooled, SlotState, WeakPool};
use crate::time::Deadline;

/// What healing needs to know, and what it tells.
#[derive(Debug)]
pub(crate) struct Healer<D: Driver> {
    pub(crate) target: Target,
    pub(crate) backoff: Backoff,
    /// How often all slots together may connect.
    pub(crate) budget: Budget,
    /// What warms a slot.
    pub(crate) warmup: Option<Arc<dyn Warmup>>,
    /// What makes ahead what requests need, and how often.
    pub(crate) prepare: Option<(Arc<dyn Prepare>, Duration)>,
    /// Whether a new connection is warmed before its slot is handed out.
    pub(crate) first_exchange: bool,
    /// How long a connection may rest.
    pub(crate) max_idle: Option<Duration>,
    /// How long a slot rests until it is warmed again.
    pub(crate) keep_warm: Option<Duration>,
    /// Who hung up.
    pub(crate) hangups: Arc<Hangups>,
    /// What is known of the slots' connections without holding them.
    pub(crate) rests: Box<[Arc<Rest>]>,
    pub(crate) events: Events,
    /// What connections are given to.
    pub(crate) home: D::Home,
    pub(crate) settings: ExchangeSettings,
    /// Slots in the healer's hands now.
    pub(crate) healing: AtomicUsize,
    /// Connections made so far.
    pub(crate) connected: AtomicU64,
}

impl<D: Driver> Healer<D> {
    /// How long a slot has had no request.
    pub(crate) fn rested(&self, slot: usize, now: Instant) -> Duration {
        self.rests.get(slot).map_or(Duration::ZERO, |rest| rest.rested(now))
    }
}

/// How one attempt to connect a slot ended.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) slot: usize,
    pub(crate) outcome: Result<(), ConnError>,
}

/// Runs on the connector's thread until the pool closes. `attempts` hears of the outcome of every attempt, as long as
/// somebody listens.
pub(crate) async fn heal<D: Driver>(
    pool: WeakPool<ClientSlot<D>>,
    healer: Arc<Healer<D>>,
    attempts: mpsc::UnboundedSender<Attempt>,
) {
    // Dropped with this future: connects under way end with the pool.
    let mut at_work = JoinSet::new();
    at_work.spawn(idle::watch(pool.clone(), Arc::clone(&healer)));
    at_work.spawn(idle::watch_again(Arc::clone(&healer)));
    if healer.max_idle.is_some() || healer.keep_warm.is_some() {
        at_work.spawn(idle::tend(pool.clone(), Arc::clone(&healer)));
    }
    if let Some((prepare, every)) = healer.prepare.clone() {
        at_work.spawn(prepare::run(pool.clone(), prepare, every));
    }
    while pool.trouble().await.is_ok() {
        let Some(open) = pool.upgrade() else { return };
        for index in 0..open.capacity() {
            if let Some(mut suspect) = open.claim(index, SlotState::Suspect) {
                // Returned right away: as it was where the suspicion was wrong, else dead.
                suspect.confirm();
            }
            if let Some(slot) = open.claim(index, SlotState::Dead) {
                at_work.spawn(heal_slot(InCare::new(slot, Arc::clone(&healer)), attempts.clone()));
            }
        }
        drop(open);
        while at_work.try_join_next().is_some() {}
    }
}

/// A slot in the healer's hands. Counted, so that the pool can tell a slot that heals from one in use.
struct InCare<D: Driver> {
    slot: Pooled<ClientSlot<D>>,
    healer: Arc<Healer<D>>,
}

impl<D: Driver> InCare<D> {
    fn new(slot: Pooled<ClientSlot<D>>, healer: Arc<Healer<D>>) -> Self {
        healer.healing.fetch_add(1, Ordering::Relaxed);
        Self { slot, healer }
    }
}

impl<D: Driver> Drop for InCare<D> {
    fn drop(&mut self) {
        self.healer.healing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tries until the slot has a connection; then it is returned and ready.
async fn heal_slot<D: Driver>(mut care: InCare<D>, attempts: mpsc::UnboundedSender<Attempt>) {
    let healer = Arc::clone(&care.healer);
    let index = care.slot.index();
    if let Some((reason, noticed)) = care.slot.died.take() {
        healer.events.happened(Event::Died { slot: index, reason, noticed });
    }
    // A slot without a number has never had a connection: it is being built.
    let healing = (healer.rests[index].serial.load(Ordering::Relaxed) != Rest::NONE).then(Instant::now);
    if healing.is_some() {
        healer.events.happened(Event::Healing { slot: index });
    }
    let mut attempts_made = 0;
    let mut first_exchange = healer.warmup.as_deref().filter(|_| healer.first_exchange);
    loop {
        care.slot.conn = None;
        tokio::time::sleep(healer.backoff.delay(care.slot.failures, random_u32())).await;
        healer.budget.attempt().await;
        attempts_made += 1;
        let outcome = connect(&healer, &mut care.slot, index, first_exchange).await;
        // Nobody listens once the pool is built.
        let report = |outcome| drop(attempts.send(Attempt { slot: index, outcome }));
        match outcome {
            Ok(()) if care.slot.conn.as_ref().is_some_and(Connection::is_ready) => {
                care.slot.reader.reset();
                if let Some(conn) = &care.slot.conn {
                    let (serial, peer, resumed) = (conn.serial(), conn.peer(), conn.is_resumed());
                    healer.events.happened(Event::Connected { slot: index, serial, peer, resumed });
                    if let Some(since) = healing {
                        let (after, attempts) = (since.elapsed(), attempts_made);
                        healer.events.happened(Event::Healed { slot: index, serial, after, attempts });
                    }
                }
                drop(care);
                return report(Ok(()));
            }
            // The venue ends each connection with its first reply: then that one belongs to the caller.
            Ok(()) => first_exchange = None,
            Err(error) => {
                care.slot.failures = care.slot.failures.saturating_add(1);
                healer.events.happened(Event::ConnectFailed { slot: index, error });
                report(Err(error));
            }
        }
    }
}

/// Gives the slot a new connection, warm and with the driver that its requests will use.
async fn connect<D: Driver>(
    healer: &Healer<D>,
    slot: &mut ClientSlot<D>,
    index: usize,
    first: Option<&dyn Warmup>,
) -> Result<(), ConnError> {
    let failed = |reason| ConnError::not_sent(Phase::FirstExchange, reason);
    let deadline = Deadline::after(healer.target.timeout());
    let (socket, made) = healer.target.connect(index).await?;
    let serial = healer.connected.fetch_add(1, Ordering::Relaxed);
    let socket = (socket, Alarm::new());
    let mut conn = Connection::<Tokio>::new(made, socket, serial, healer.settings, Arc::clone(&healer.rests[index]));
    if let Some(first) = first {
        slot.reader.reset();
        match first.warm(&mut slot.writer, &mut slot.reader, &mut conn, deadline).await {
            Ok(()) => {}
            Err(RestError::Conn(error)) => return Err(failed(error.reason)),
            Err(RestError::Http(error)) => return Err(failed(CloseReason::Http(error))),
            Err(_) => return Err(failed(CloseReason::Refused)),
        }
    }
    let failed = |e: std::io::Error| ConnError::not_sent(Phase::Connect, CloseReason::Io(e.into()));
    let conn = conn.move_to::<D>(&healer.home).map_err(failed)?;
    let watched = conn.settle();
    slot.conn = Some(conn);
    watched.map_err(failed)
}
