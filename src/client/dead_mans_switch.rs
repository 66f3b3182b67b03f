//! A dead man's switch: the venue cancels by itself when it no longer hears from the strategy.
//!
//! ```text
//! told ─────────► told ─────────► failed ──► failed ──► told ─────────►     a third of the time it is armed for, or a ninth
//!                 └──────────────────── after ────────────────────┘         the venue's countdown, begun anew each time
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as Turn;
use tokio::task::JoinHandle;

use crate::client::OrderEntry;
use crate::error::RestError;
use crate::id::Symbol;

/// Has the venue cancel all open orders unless it is told every so often that the strategy is alive.
///
/// It tells the venue from a task of the strategy's own runtime, so that a strategy that hangs is not kept alive by somebody else:
/// who blocks that runtime for longer than `after` is cancelled.
///
/// A time that fails is made up for: no single one is waited for longer than until the next is due, and after one that failed the
/// next comes sooner, as long as that can still keep the orders.
///
/// Dropped without [`disarm`](Self::disarm) it falls silent, and the venue cancels: that is what it is for.
#[derive(Debug)]
#[must_use = "dropped, it falls silent and the venue cancels"]
pub struct DeadMansSwitch<V: OrderEntry> {
    venue: V,
    symbol: Option<Symbol>,
    beating: JoinHandle<()>,
    heard: Arc<Mutex<Heard>>,
    /// Held while the venue is told, so that it hears last that the switch is off.
    turn: Arc<Turn<()>>,
}

/// What the venue has heard of us.
#[derive(Clone, Copy, Debug)]
struct Heard {
    /// When a time began that it answered.
    last: Instant,
    /// Times since that failed.
    missed: u32,
}

impl<V: OrderEntry> DeadMansSwitch<V> {
    /// Arms it: from now on the venue cancels the open orders of this instrument (or all, whichever it has) when it has not heard
    /// of us for `after`. It is told three times as often. Spawns a task on the current tokio runtime.
    ///
    /// **Errors**: those of the first time; then it is not armed. A venue that has no such switch says so before anything is sent;
    /// of other errors see whether to try again.
    pub async fn arm(venue: V, symbol: Option<Symbol>, after: Duration) -> Result<Self, RestError> {
        let last = Instant::now();
        venue.cancel_all_after(symbol, Some(after)).await?;
        let (heard, turn) = (Arc::new(Mutex::new(Heard { last, missed: 0 })), Arc::new(Turn::new(())));
        let beating = tokio::spawn(beat(venue.clone(), symbol, after, Arc::clone(&heard), Arc::clone(&turn)));
        Ok(Self { venue, symbol, beating, heard, turn })
    }

    /// How many times in a row the venue could not be told.
    #[must_use]
    pub fn missed(&self) -> u32 {
        lock(&self.heard).missed
    }

    /// How long ago the venue was told last. Beyond the time that the switch was armed for it may have cancelled.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        lock(&self.heard).last.elapsed()
    }

    /// Switches it off: open orders stay.
    ///
    /// **Errors**: the venue could not be told, and cancels when the time is over; call it again.
    pub async fn disarm(&self) -> Result<(), RestError> {
        let _turn = self.turn.lock().await;
        self.beating.abort();
        self.venue.cancel_all_after(self.symbol, None).await
    }
}

/// Tells the venue, for as long as it runs.
async fn beat<V: OrderEntry>(
    venue: V,
    symbol: Option<Symbol>,
    after: Duration,
    heard: Arc<Mutex<Heard>>,
    turn: Arc<Turn<()>>,
) {
    let mut pause = after / BEATS;
    loop {
        tokio::time::sleep(pause).await;
        let _turn = turn.lock().await;
        let begun = Instant::now();
        // No order is in doubt for a call that is given up, and what is next takes another connection.
        let told = tokio::time::timeout(after / BEATS, venue.cancel_all_after(symbol, Some(after))).await;
        let mut heard = lock(&heard);
        if let Ok(Ok(())) = told {
            *heard = Heard { last: begun, missed: 0 };
        } else {
            heard.missed = heard.missed.saturating_add(1);
        }
        // What it was refused for, or hung on, may be over soon. Once the venue has cancelled there is no hurry.
        let is_urgent = heard.missed > 0 && heard.last.elapsed() < after;
        pause = if is_urgent { after / BEATS / URGENT_BEATS } else { after / BEATS };
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    // What it holds is whole at any time.
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<V: OrderEntry> Drop for DeadMansSwitch<V> {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

/// How often the venue is told within its patience: one time may be lost, and the next still comes in time.
const BEATS: u32 = 3;

/// How often it is tried in place of a time that failed: a venue that refuses for a second still hears in time where the switch is
/// armed for three. One that hears such calls once a second (OKX), and takes ten seconds at least, hears them so.
const URGENT_BEATS: u32 = 3;
