//! What happens to a pool's connections, told and counted off the order path.
//!
//! Whoever wants to know gives the builder an [`observer`](crate::ClientPoolBuilder::observer). With the crate's feature `tracing`
//! every event is an event of the `tracing` crate as well: target `orderwire::client::events`, the fields those of [`Event`].
//! Both run on the connector's thread, and an order's own path has neither.

use core::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::exchange::{CloseReason, ConnError};
use crate::net::connection::Noticed;

/// Something that happened to a slot's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An attempt to connect failed; another follows after a pause.
    ConnectFailed {
        /// Which slot.
        slot: usize,
        /// Why.
        error: ConnError,
    },
    /// A connection is made, and warm where that was asked for: the slot is ready. Where it had a connection before,
    /// [`Healed`](Self::Healed) follows.
    Connected {
        /// Which slot.
        slot: usize,
        /// The connection's number in its pool.
        serial: u64,
        /// The venue's address.
        peer: SocketAddr,
        /// Whether an earlier TLS session was resumed.
        resumed: bool,
    },
    /// A connection ended; the slot heals: [`Healing`](Self::Healing) follows.
    Died {
        /// Which slot.
        slot: usize,
        /// Why.
        reason: CloseReason,
        /// How that was found out.
        noticed: Noticed,
    },
    /// A slot that had a connection has one again: it is ready.
    Healed {
        /// Which slot.
        slot: usize,
        /// The number of its new connection in its pool.
        serial: u64,
        /// How long it had none, from when it was taken to heal.
        after: Duration,
        /// How many attempts to connect that took.
        attempts: u32,
    },
    /// A slot that had a connection is to get another; the first attempt is made now, or after the pause that earlier failures
    /// or the budget ask for.
    Healing {
        /// Which slot.
        slot: usize,
    },
    /// A resting slot was kept warm by an exchange.
    KeptWarm {
        /// Which slot.
        slot: usize,
    },
}

/// How often what happened to a pool's connections since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolCounts {
    /// Connections made.
    pub connected: u64,
    /// Connections that resumed an earlier TLS session, among those.
    pub resumed: u64,
    /// Attempts to connect that failed.
    pub connects_failed: u64,
    /// Connections that ended under a request or with its reply.
    pub died_in_use: u64,
    /// Ends of resting connections that the watch heard of: no order met them.
    pub found_by_watch: u64,
    /// Ends, or bytes nobody asked for, that the probe found right before a write: the order was not sent.
    pub found_by_probe: u64,
    /// Connections replaced because they had rested for too long.
    pub replaced_for_age: u64,
    /// Exchanges that kept a resting slot warm.
    pub kept_warm: u64,
}

/// Who is told.
pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Counts events and passes them on.
#[derive(Default)]
pub(crate) struct Events {
    observer: Option<Observer>,
    connected: AtomicU64,
    resumed: AtomicU64,
    connects_failed: AtomicU64,
    died_in_use: AtomicU64,
    found_by_watch: AtomicU64,
    found_by_probe: AtomicU64,
    replaced_for_age: AtomicU64,
    kept_warm: AtomicU64,
}

impl Events {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self { observer, ..Self::default() }
    }

    /// Called on the connector's thread alone.
    pub(crate) fn happened(&self, event: Event) {
        self.count(&event);
        if let Some(observer) = &self.observer {
            observer(&event);
        }
        #[cfg(feature = "tracing")]
        trace(&event);
    }

    fn count(&self, event: &Event) {
        let counted = match event {
            Event::ConnectFailed { .. } => &self.connects_failed,
            Event::Connected { resumed, .. } => {
                self.resumed.fetch_add(u64::from(*resumed), Ordering::Relaxed);
                &self.connected
            }
            Event::Died { noticed: Noticed::AtRest, .. } => &self.found_by_watch,
            Event::Died { noticed: Noticed::BeforeWrite, .. } => &self.found_by_probe,
            Event::Died { noticed: Noticed::InUse, .. } => &self.died_in_use,
            Event::Died { noticed: Noticed::TooOld, .. } => &self.replaced_for_age,
            Event::KeptWarm { .. } => &self.kept_warm,
            // Both are told by other counts: deaths, and connections made.
            Event::Healed { .. } | Event::Healing { .. } => return,
        };
        counted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> PoolCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        PoolCounts {
            connected: of(&self.connected),
            resumed: of(&self.resumed),
            connects_failed: of(&self.connects_failed),
            died_in_use: of(&self.died_in_use),
            found_by_watch: of(&self.found_by_watch),
            found_by_probe: of(&self.found_by_probe),
            replaced_for_age: of(&self.replaced_for_age),
            kept_warm: of(&self.kept_warm),
        }
    }
}

/// The same for `tracing`, with the same fields. What a venue client's user should look at is a warning.
#[cfg(feature = "tracing")]
fn trace(event: &Event) {
    match *event {
        Event::ConnectFailed { slot, error } => {
            tracing::warn!(slot, phase = %error.phase, reason = %error.reason, "connect failed");
        }
        Event::Connected { slot, serial, peer, resumed } => tracing::info!(slot, serial, %peer, resumed, "connected"),
        Event::Died { slot, reason, noticed: noticed @ Noticed::TooOld } => {
            tracing::info!(slot, %reason, ?noticed, "died");
        }
        Event::Died { slot, reason, noticed } => tracing::warn!(slot, %reason, ?noticed, "died"),
        Event::Healed { slot, serial, after, attempts } => tracing::info!(slot, serial, ?after, attempts, "healed"),
        Event::Healing { slot } => tracing::info!(slot, "healing"),
        Event::KeptWarm { slot } => tracing::debug!(slot, "kept warm"),
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.counts(), f)
    }
}
