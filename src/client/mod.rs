//! The client pool and the venue client above it.

pub mod builder;
mod call;
mod clock;
mod dead_mans_switch;
mod doubt;
pub mod events;
pub mod flight;
mod heal;
mod idle;
pub mod latency;
mod order_entry;
mod prepare;
mod settle;
pub mod slot;
mod venue_builder;
pub mod venue_client;
mod warm;

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::client::heal::Healer;
use crate::error::{Busy, RestError};
use crate::net::driver::{Driver, Tokio, for_both_drivers};
use crate::pool::{AcquireError, Pool, Pooled, WAITERS_MAX};
use crate::time::Deadline;

pub use builder::ClientPoolBuilder;
pub use dead_mans_switch::DeadMansSwitch;
pub use events::{Event, PoolCounts};
pub use flight::FlightRecorder;
pub use latency::{Latency, LatencySnapshot};
pub use order_entry::{CancelsBatches, Fates, OrderEntry, PlacesBatches};
pub use settle::Closed;
pub use slot::ClientSlot;
pub use venue_builder::{DryRun, VenueClientBuilder};
pub use venue_client::{SlotReply, VenueClient};

/// Slots with a request writer, a response reader and a connection each, all made before trading starts.
///
/// A cheap handle: clones share the slots. Its connections wait in the tokio runtime that
/// [`build`](ClientPoolBuilder::build) ran on, current thread (no `LocalSet` needed) or multi-thread; those of
/// [`blocking`](crate::blocking) on the thread that calls. When the last handle is dropped the pool closes and its background
/// work ends.
pub struct ClientPool<D: Driver = Tokio> {
    pool: Pool<ClientSlot<D>>,
    healer: Arc<Healer<D>>,
}

impl<D: Driver> ClientPool<D> {
    /// Collects what a pool is made of.
    #[must_use]
    pub fn builder() -> ClientPoolBuilder<D> {
        ClientPoolBuilder::default()
    }

    /// The slot returned last, if any is ready: no wait, no reconnect, no system call.
    ///
    /// `None` is explained by [`why_none`](Self::why_none).
    #[inline]
    #[must_use]
    pub fn try_acquire(&self) -> Option<Pooled<ClientSlot<D>>> {
        self.pool.try_acquire()
    }

    /// A slot, as soon as one is returned or healed, until `deadline`.
    async fn wait_for_slot(&self, deadline: Deadline) -> Result<Pooled<ClientSlot<D>>, RestError> {
        if let Some(slot) = self.pool.try_acquire() {
            return Ok(slot);
        }
        match D::within(deadline, self.pool.acquire()).await {
            None => Err(self.why_none().into()),
            Some(outcome) => outcome.map_err(|refused| match refused {
                AcquireError::Crowded => Busy::Crowded { waiters: WAITERS_MAX }.into(),
                _ => Busy::Closed.into(),
            }),
        }
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
        self.deadline_from(Instant::now())
    }

    /// How long the default deadline is away when a call is made.
    #[inline]
    fn timeout(&self) -> Option<Duration> {
        self.healer.settings.timeout
    }

    #[inline]
    fn deadline_from(&self, now: Instant) -> Deadline {
        self.healer.settings.deadline_from(now)
    }
}

for_both_drivers! {
    impl[] ClientPool[] where [] {
        /// A slot, as soon as one is returned or healed, until the pool's default deadline.
        ///
        /// **Errors**: [`RestError::Busy`] when the deadline passes first.
        ///
        /// **Cancel safety**: a dropped future gives up its place in the queue and nothing else.
        pub async fn acquire(&self) -> Result<Pooled<ClientSlot<D>>, RestError> {
            self.wait_for_slot(self.deadline()).await
        }

        /// A slot, as soon as one is returned or healed, until `deadline`.
        ///
        /// **Errors**, **cancel safety**: as [`acquire`](Self::acquire).
        pub async fn acquire_by(&self, deadline: Deadline) -> Result<Pooled<ClientSlot<D>>, RestError> {
            self.wait_for_slot(deadline).await
        }
    }
}

impl<D: Driver> Clone for ClientPool<D> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), healer: Arc::clone(&self.healer) }
    }
}

impl<D: Driver> fmt::Debug for ClientPool<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool").field("slots", &self.pool.states()).finish_non_exhaustive()
    }
}
