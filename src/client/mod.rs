//! The client pool and the venue client above it.

pub mod builder;
mod clock;
mod doubt;
pub mod events;
mod heal;
mod idle;
mod settle;
pub mod slot;
pub mod venue_client;
mod warm;

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::client::heal::Healer;
use crate::error::{Busy, RestError};
use crate::pool::{AcquireError, Pool, Pooled, WAITERS_MAX};
use crate::time::Deadline;

pub use builder::ClientPoolBuilder;
pub use events::{Event, PoolCounts};
pub use settle::Closed;
pub use slot::ClientSlot;
pub use venue_client::{SlotReply, VenueClient, VenueClientBuilder};

/// Slots with a request writer, a response reader and a connection each, all made before trading starts.
///
/// A cheap handle: clones share the slots. It belongs to the runtime that [`ClientPoolBuilder::build`] ran on, current
/// thread (no `LocalSet` needed) or multi-thread: its connections sleep and wake there. When the last handle is dropped
/// the pool closes and its background work ends.
#[derive(Clone)]
pub struct ClientPool {
    pool: Pool<ClientSlot>,
    healer: Arc<Healer>,
}

impl ClientPool {
    /// Collects what a pool is made of.
    #[must_use]
    pub fn builder() -> ClientPoolBuilder {
        ClientPoolBuilder::default()
    }

    /// The slot returned last, if any is ready: no wait, no reconnect, no system call.
    ///
    /// `None` is explained by [`why_none`](Self::why_none).
    #[inline]
    #[must_use]
    pub fn try_acquire(&self) -> Option<Pooled<ClientSlot>> {
        self.pool.try_acquire()
    }

    /// A slot, as soon as one is returned or healed, until the pool's default deadline.
    ///
    /// **Errors**: [`RestError::Busy`] when the deadline passes first.
    ///
    /// **Cancel safety**: a dropped future gives up its place in the queue and nothing else.
    pub async fn acquire(&self) -> Result<Pooled<ClientSlot>, RestError> {
        self.acquire_by(self.deadline()).await
    }

    /// A slot, as soon as one is returned or healed, until `deadline`.
    ///
    /// **Errors**, **cancel safety**: as [`acquire`](Self::acquire).
    pub async fn acquire_by(&self, deadline: Deadline) -> Result<Pooled<ClientSlot>, RestError> {
        if let Some(slot) = self.pool.try_acquire() {
            return Ok(slot);
        }
        let waiting = self.pool.acquire();
        let outcome = match deadline.instant() {
            None => waiting.await,
            Some(at) => match tokio::time::timeout_at(at.into(), waiting).await {
                Ok(outcome) => outcome,
                Err(_elapsed) => return Err(self.why_none().into()),
            },
        };
        outcome.map_err(|refused| match refused {
            AcquireError::Crowded => Busy::Crowded { waiters: WAITERS_MAX }.into(),
            _ => Busy::Closed.into(),
        })
    }

    /// Healthy slots that are ready now. Slots in use, dead or healing do not count.
    #[must_use]
    pub fn available(&self) -> usize {
        self.pool.available()
    }

    /// How many slots the pool was built with.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pool.capacity()
    }

    /// Why [`try_acquire`](Self::try_acquire) gave nothing just now.
    #[must_use]
    pub fn why_none(&self) -> Busy {
        let states = self.pool.states();
        // A slot that heals is in the healer's hands, claimed like one in use.
        let in_care = self.healer.healing.load(Ordering::Relaxed).min(states.claimed);
        let healing = states.dead + states.suspect + in_care;
        match states.claimed - in_care + states.idle {
            _ if self.pool.is_closed() => Busy::Closed,
            0 => Busy::Down { healing },
            healthy => Busy::AllInUse { healthy, healing },
        }
    }

    /// How often what happened to the pool's connections since it was built.
    #[must_use]
    pub fn counts(&self) -> PoolCounts {
        self.healer.events.counts()
    }

    /// The default deadline, counted from now.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.healer.timeout.map_or(Deadline::NEVER, Deadline::after)
    }
}

impl fmt::Debug for ClientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool").field("slots", &self.pool.states()).finish_non_exhaustive()
    }
}
