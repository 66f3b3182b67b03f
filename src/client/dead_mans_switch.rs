//! A dead man's switch: the venue cancels by itself when it no longer hears from the strategy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::client::OrderEntry;
use crate::error::RestError;
use crate::id::Symbol;

/// Has the venue cancel all open orders unless it is told every so often that the strategy is alive.
///
/// It tells the venue from a task of the strategy's own runtime, so that a strategy that hangs is not kept alive by somebody else:
/// who blocks that runtime for longer than `after` is cancelled.
///
/// Dropped without [`disarm`](Self::disarm) it falls silent, and the venue cancels: that is what it is for.
#[derive(Debug)]
#[must_use = "dropped, it falls silent and the venue cancels"]
pub struct DeadMansSwitch<V: OrderEntry> {
    venue: V,
    symbol: Option<Symbol>,
    beating: JoinHandle<()>,
    missed: Arc<AtomicU32>,
}

impl<V: OrderEntry> DeadMansSwitch<V> {
    /// Arms it: from now on the venue cancels the open orders of this instrument (or all, whichever it has) when it has not heard
    /// of us for `after`. It is told three times as often. Spawns a task on the current tokio runtime.
    ///
    /// **Errors**: those of the first time; then it is not armed. A venue that has no such switch says so before anything is sent.
    pub async fn arm(venue: V, symbol: Option<Symbol>, after: Duration) -> Result<Self, RestError> {
        venue.cancel_all_after(symbol, Some(after)).await?;
        let missed = Arc::new(AtomicU32::new(0));
        let (told, counted) = (venue.clone(), Arc::clone(&missed));
        let beating = tokio::spawn(async move {
            loop {
                tokio::time::sleep(after / BEATS).await;
                match told.cancel_all_after(symbol, Some(after)).await {
                    Ok(()) => counted.store(0, Ordering::Relaxed),
                    // The next one comes in time still; what the caller wants to do about it is his.
                    Err(_) => drop(counted.fetch_add(1, Ordering::Relaxed)),
                }
            }
        });
        Ok(Self { venue, symbol, beating, missed })
    }

    /// How many times in a row the venue could not be told. From the third on it may have cancelled.
    #[must_use]
    pub fn missed(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Switches it off: open orders stay.
    ///
    /// **Errors**: the venue could not be told, and cancels when the time is over.
    pub async fn disarm(self) -> Result<(), RestError> {
        self.beating.abort();
        self.venue.cancel_all_after(self.symbol, None).await
    }
}

impl<V: OrderEntry> Drop for DeadMansSwitch<V> {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

/// How often the venue is told within its patience: one time may be lost, and the next still comes in time.
const BEATS: u32 = 3;
