//! Slots at rest: who hung up is found before an order meets it, who rests too long is replaced or kept warm.
//!
//! | what protects | against | not against |
//! | --- | --- | --- |
//! | the watch (always on, Linux) | a venue that ends a connection at rest, 0.1 s after its last request or later (0.6 s at most, where all had rested before): the slot heals before an order takes it | an end that comes in the same moment as the order, or between two that follow each other closely; bytes nobody asked for |
//! | the probe (always on) | what the kernel has when the order is written: `NotSent`, and nothing went out | what is still on its way: that is `Unknown` |
//! | `max_idle` | routers and venues that forget a resting connection without a word | |
//! | `keep_warm` | the same, and a path that has gone cold | a moment without the slot, while its own exchange runs |
//!
//! All of it runs on the connector's thread, so it works while the pool's own runtime is not polled.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::client::events::Event;
use crate::client::heal::Healer;
use crate::client::slot::ClientSlot;
use crate::exchange::CloseReason;
use crate::net::backoff::random_u32;
use crate::net::connection::Noticed;
use crate::net::driver::{Driver, Tokio};
use crate::net::hangup;
use crate::pool::{Pooled, SlotState, WeakPool};
use crate::time::Deadline;

/// Hears who hung up and marks their slots as suspect, until the pool closes. The healer asks the kernel whether it is true.
pub(crate) async fn watch<D: Driver>(pool: WeakPool<ClientSlot<D>>, healer: Arc<Healer<D>>) {
    let mut names = Vec::new();
    loop {
        let look_again = !names.is_empty();
        let mut heard = Vec::new();
        tokio::select! {
            outcome = healer.hangups.heard(&mut heard) => if outcome.is_err() { return },
            () = tokio::time::sleep(IN_USE_PAUSE), if look_again => {}
        }
        names.append(&mut heard);
        let Some(pool) = pool.upgrade() else { return };
        names.retain(|name| {
            let (slot, serial) = hangup::name_parts(*name);
            let is_its_last = healer.rests.get(slot).is_some_and(|rest| rest.serial.load(Ordering::Relaxed) == serial);
            is_its_last
                && match pool.state(slot) {
                    // Taken between the look and the mark: looked at again.
                    Some(SlotState::Idle) => !pool.suspect(slot),
                    // Its order meets the end, or ends just before it: then the slot comes back with a dead connection.
                    Some(SlotState::Claimed) => true,
                    Some(SlotState::Dead | SlotState::Suspect) | None => false,
                }
        });
    }
}

/// Has connections watched that rest again.
pub(crate) async fn watch_again<D: Driver>(healer: Arc<Healer<D>>) {
    let mut pause = ALL_WATCHED_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        let now = Instant::now();
        let watched = healer.rests.iter().filter(|rest| rest.watch_again(now, AT_REST_AFTER)).count();
        pause = if watched < healer.rests.len() { AT_REST_AFTER } else { ALL_WATCHED_PAUSE };
    }
}

/// Replaces connections that have rested for too long and keeps the others warm, until the pool closes. One slot at a time.
pub(crate) async fn tend<D: Driver>(pool: WeakPool<ClientSlot<D>>, healer: Arc<Healer<D>>) {
    let shortest = [healer.max_idle, healer.keep_warm].into_iter().flatten().min().unwrap_or(Duration::MAX);
    let tick = (shortest / 8).clamp(TICK_MIN, TICK_MAX);
    let mut due: Vec<_> = healer.rests.iter().map(|_| healer.keep_warm.map(jittered)).collect();
    loop {
        tokio::time::sleep(tick).await;
        for (index, due) in due.iter_mut().enumerate() {
            let Some(pool) = pool.upgrade() else { return };
            let rested = healer.rested(index, Instant::now());
            let too_old = healer.max_idle.is_some_and(|most| rested >= most);
            let cold = due.is_some_and(|due| rested >= due);
            if !too_old && !cold {
                continue;
            }
            // A slot in use is not at rest, whatever its last request's time.
            let Some(mut slot) = pool.claim(index, SlotState::Idle) else { continue };
            drop(pool);
            if too_old {
                slot.end(CloseReason::Aged, Noticed::TooOld);
            } else {
                warm(&mut slot, &healer).await;
                *due = healer.keep_warm.map(jittered);
            }
        }
    }
}

/// Makes one exchange on a resting slot, on this runtime: whoever uses the pool may not be waiting now.
async fn warm<D: Driver>(slot: &mut Pooled<ClientSlot<D>>, healer: &Healer<D>) {
    let index = slot.index();
    let ClientSlot { writer, reader, conn: place, .. } = &mut **slot;
    let (Some(warmup), Some(conn)) = (&healer.warmup, place.take()) else { return };
    conn.leave();
    let Ok(mut conn) = conn.move_to::<Tokio>(&Handle::current()) else { return };
    // What fails has ended the connection: the slot heals when it is returned.
    let outcome = warmup.warm(writer, reader, &mut conn, Deadline::after(healer.target.timeout())).await;
    let Ok(conn) = conn.move_to::<D>(&healer.home) else { return };
    // Refused, only the probe protects, as while it is busy.
    let _ = conn.settle();
    *place = Some(conn);
    if outcome.is_ok() {
        healer.events.happened(Event::KeptWarm { slot: index });
    }
}

/// Somewhere between three quarters and the whole of it, so that slots do not all come at once.
fn jittered(interval: Duration) -> Duration {
    let quarter = interval / 4;
    interval - quarter.mul_f64(f64::from(random_u32()) / f64::from(u32::MAX))
}

/// How long until a slot that was in use is looked at again.
const IN_USE_PAUSE: Duration = Duration::from_millis(5);

/// How long after its last request a connection rests, and is watched again. As often it is looked for while one is not watched.
const AT_REST_AFTER: Duration = Duration::from_millis(100);

/// How often it is looked for while all are watched: fifty looks a second took 0.38 % of a processor (three pools, `benches/scale.rs`).
const ALL_WATCHED_PAUSE: Duration = Duration::from_millis(500);

/// How often resting slots are looked at: an eighth of what is asked for, within these bounds.
const TICK_MIN: Duration = Duration::from_millis(1);
const TICK_MAX: Duration = Duration::from_secs(1);
