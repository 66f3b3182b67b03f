//! Healing: every dead slot gets a new connection, in parallel, with backoff, until the pool ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::slot::ClientSlot;
use crate::exchange::{CloseReason, ConnError, Phase};
use crate::net::HttpConnection;
use crate::net::backoff::{Backoff, random_u32};
use crate::net::connector::Target;
use crate::pool::{Pooled, SlotState, WeakPool};

/// What healing needs to know, and what it tells.
#[derive(Debug)]
pub(crate) struct Healer {
    pub(crate) target: Target,
    pub(crate) backoff: Backoff,
    /// The runtime that connections are given to.
    pub(crate) home: Handle,
    /// The default deadline of requests on these connections.
    pub(crate) timeout: Option<Duration>,
    /// Slots in the healer's hands now.
    pub(crate) healing: AtomicUsize,
    /// Connections made so far.
    pub(crate) connected: AtomicU64,
}

/// How one attempt to connect a slot ended.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) slot: usize,
    pub(crate) outcome: Result<(), ConnError>,
}

/// Runs on the connector's thread until the pool closes. `attempts` hears of the outcome of every attempt, as long as
/// somebody listens.
pub(crate) async fn heal(pool: WeakPool<ClientSlot>, healer: Arc<Healer>, attempts: mpsc::UnboundedSender<Attempt>) {
    // Dropped with this future: connects under way end with the pool.
    let mut at_work = JoinSet::new();
    while pool.trouble().await.is_ok() {
        let Some(open) = pool.upgrade() else { return };
        for index in 0..open.capacity() {
            for state in [SlotState::Dead, SlotState::Suspect] {
                if let Some(slot) = open.claim(index, state) {
                    at_work.spawn(heal_slot(InCare::new(slot, Arc::clone(&healer)), attempts.clone()));
                }
            }
        }
        drop(open);
        while at_work.try_join_next().is_some() {}
    }
}

/// A slot in the healer's hands. Counted, so that the pool can tell a slot that heals from one in use.
struct InCare {
    slot: Pooled<ClientSlot>,
    healer: Arc<Healer>,
}

impl InCare {
    fn new(slot: Pooled<ClientSlot>, healer: Arc<Healer>) -> Self {
        healer.healing.fetch_add(1, Ordering::Relaxed);
        Self { slot, healer }
    }
}

impl Drop for InCare {
    fn drop(&mut self) {
        self.healer.healing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tries until the slot has a connection; then it is returned and ready.
async fn heal_slot(mut care: InCare, attempts: mpsc::UnboundedSender<Attempt>) {
    let healer = Arc::clone(&care.healer);
    let index = care.slot.index();
    care.slot.conn = None;
    loop {
        tokio::time::sleep(healer.backoff.delay(care.slot.failures, random_u32())).await;
        let outcome = connection(&healer).await;
        // Nobody listens once the pool is built.
        let report = |outcome| drop(attempts.send(Attempt { slot: index, outcome }));
        match outcome {
            Ok(conn) => {
                care.slot.reader.reset();
                care.slot.conn = Some(conn);
                drop(care);
                return report(Ok(()));
            }
            Err(error) => {
                care.slot.failures = care.slot.failures.saturating_add(1);
                report(Err(error));
            }
        }
    }
}

/// A new connection, given to the pool's runtime.
async fn connection(healer: &Healer) -> Result<HttpConnection, ConnError> {
    let (socket, made) = healer.target.connect().await?;
    let _home = healer.home.enter();
    let socket =
        TcpStream::from_std(socket).map_err(|e| ConnError::not_sent(Phase::Connect, CloseReason::Io(e.into())))?;
    let serial = healer.connected.fetch_add(1, Ordering::Relaxed);
    Ok(HttpConnection::new(made, socket, serial, healer.timeout))
}
