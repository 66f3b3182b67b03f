//! Settling: finding out what became of an order in doubt, without ever guessing.
//!
//! The venue is asked by client order id until it knows the order, or until it is too late for the order to arrive:
//!
//! ```text
//! sent ────────────── expiry ──── lag ───►  venue's time
//! │ "no such order"     │           │ "no such order", twice
//! │ says nothing yet    │           │ says NeverArrived
//! ```
//!
//! *Expiry* is when the venue itself refuses the request (its receive window has passed); *lag* is how long an order may be
//! with the engine before a query shows it. "Too late" is reckoned by the earliest that it can be at the venue.

use std::time::{Duration, Instant};

use crate::client::call::{Inner, PAGES_MAX};
use crate::client::doubt::Doubt;
use crate::client::venue_client::VenueClient;
use crate::error::{Busy, RejectKind, RestError};
use crate::http::request::BuildError;
use crate::id::Symbol;
use crate::net::driver::{Driver, for_both_drivers};
use crate::order::{CancelAck, Fate, OrderRef, OrderState, Verdict};
use crate::time::{Deadline, Timestamp};
use crate::venue::endpoint::{CancelAll, CancelOrder, Endpoint, OpenOrders, Page, QueryOrder, Venue};

for_both_drivers! {
    /// Finding out what became of orders, those in doubt among them.
    impl[V: Venue] VenueClient[V,] where [QueryOrder: Endpoint<V, Reply = OrderState>] {
        /// Asks for one order.
        pub async fn query(&self, order: OrderRef) -> Result<OrderState, RestError> {
            self.inner.ask(order, self.inner.pool.deadline()).await
        }

        /// Finds out what became of an order, by its client order id; asks until `patience` is over.
        ///
        /// The order may have been sent by this client, or by an earlier run or anybody else: then it is taken to have been
        /// sent just now, and stands in the register until it is settled. It must be young enough for the venue to remember.
        ///
        /// **Errors**: the order has no client order id; the venue refuses the question as such (key, signature); the register
        /// is full. That the venue does not answer is no error but [`Verdict::Undecided`].
        ///
        /// **Cancel safety**: nothing is lost; the order stays in doubt.
        pub async fn settle(&self, order: OrderRef, patience: Duration) -> Result<Verdict, RestError> {
            self.inner.settle_by(order, Deadline::after(patience)).await
        }

        /// Takes no further orders, waits for those in flight, and settles those in doubt, all until `deadline`. Answers which
        /// are still in doubt then.
        ///
        /// Other calls go on working: what is still in doubt can be settled later, open orders cancelled.
        ///
        /// **Cancel safety**: no further orders are taken all the same.
        pub async fn close(&self, deadline: Deadline) -> Vec<OrderRef> {
            self.inner.drain(deadline).await;
            self.inner.settle_all(deadline).await;
            self.inner.open()
        }
    }

    /// Leaving the market.
    impl[V: Venue] VenueClient[V,] where [
        CancelAll: Endpoint<V, Reply = Vec<CancelAck>>,
        CancelOrder: Endpoint<V, Reply = CancelAck>,
        QueryOrder: Endpoint<V, Reply = OrderState>,
    ] {
        /// As [`close`](Self::close), and cancels all open orders of these instruments, those of other clients of the account
        /// included: once no order is in flight, and again each order in doubt that turns out to be open.
        pub async fn close_and_cancel(&self, symbols: &[Symbol], deadline: Deadline) -> Closed {
            self.inner.close_and_cancel(symbols, deadline).await
        }
    }

    /// Coming back after a crash.
    impl[V: Venue] VenueClient[V,] where [OpenOrders: Endpoint<V, Reply = Vec<OrderState>>] {
        /// Lists the open orders of earlier runs: those whose client order id starts with `prefix` and is not of this run. An
        /// empty prefix lists all that are not.
        ///
        /// Only what is open is found: an order that an earlier run had sent and that is filled by now stands among the fills.
        pub async fn recover(&self, prefix: &str) -> Result<Vec<OrderState>, RestError> {
            let deadline = self.inner.pool.deadline();
            let mut orders = self.inner.list(&OpenOrders { symbol: None, triggers: false }, &self.inner.made_by(deadline)).await?;
            if V::TRIGGERS_APART {
                orders.extend(self.inner.list(&OpenOrders { symbol: None, triggers: true }, &self.inner.made_by(deadline)).await?);
            }
            orders.retain(|order| match &order.id {
                Some(id) => id.as_str().starts_with(prefix) && !self.inner.ids.is_of_this_run(id),
                None => prefix.is_empty(),
            });
            Ok(orders)
        }
    }
}

impl<V: Venue, D: Driver> Inner<V, D>
where
    QueryOrder: Endpoint<V, Reply = OrderState>,
{
    /// Asks for one order, in both places where the venue has two.
    async fn ask(&self, order: OrderRef, deadline: Deadline) -> Result<OrderState, RestError> {
        match self.look_for(&QueryOrder { order }, deadline).await {
            Err(error) if V::HISTORY_APART && is_denial(&error) => {
                self.look_for(&QueryOrder { order: order.in_history() }, deadline).await
            }
            outcome => outcome,
        }
    }

    /// Asks in one place, part by part where the venue answers with a list that comes in parts: until one of them has the order, or the last
    /// one does not.
    async fn look_for(&self, query: &QueryOrder, deadline: Deadline) -> Result<OrderState, RestError> {
        let mut slot = self.pool.wait_for_slot(deadline).await?;
        let mut outcome = self.call_on(&mut slot, query, &self.made_by(deadline)).await;
        for _ in 0..PAGES_MAX {
            let after = match (&outcome, slot.reader.response()) {
                (Err(error), Some(response)) if error.kind() == RejectKind::UnknownOrder => {
                    query.next_page(&response)?
                }
                _ => None,
            };
            let Some(after) = after else { break };
            outcome = self.call_on(&mut slot, &Page { list: query, after: &after }, &self.made_by(deadline)).await;
        }
        outcome
    }

    async fn settle_by(&self, order: OrderRef, deadline: Deadline) -> Result<Verdict, RestError> {
        let cure = "settle asks by client order id; an order that has only the venue's id exists: query it";
        order.id.ok_or(BuildError::MissingField { field: "the client order id", cure })?;
        let order = OrderRef { order_id: None, ..order };
        let expiry = self.doubts.adopt(Doubt { order, expiry: self.expiry_of_strangers(), sent: None })?.expiry;
        let order = OrderRef { since: self.doubts.first_sent(&order), ..order };
        let final_at = expiry.map(|expiry| expiry + V::SETTLING.lag);
        let (mut pause, mut denials, mut held_until) = (PAUSE_FIRST, 0, None);
        loop {
            let asked_at = self.account.clock.earliest(Instant::now());
            match self.ask(order, deadline.sooner(Deadline::after(ASK_TIMEOUT))).await {
                Ok(state) => {
                    self.doubts.settled(&order);
                    return Ok(Verdict::Exists(state));
                }
                Err(error) if is_denial(&error) => {
                    denials = if final_at.is_some_and(|at| asked_at > at) { denials + 1 } else { 0 };
                    if denials == DENIALS_NEEDED {
                        self.doubts.settled(&order);
                        return Ok(Verdict::NeverArrived);
                    }
                }
                Err(error) if is_hopeless(&error) => return Err(error),
                Err(RestError::Busy(Busy::Held { until })) => held_until = Some(until),
                Err(_) => {}
            }
            let now = Instant::now();
            // Longer pauses while nothing can be decided anyway, but not beyond the moment when it can.
            let pause_until = final_at.map_or(now + pause, |at| now + pause.min(self.until(now, at).max(PAUSE_FIRST)));
            if deadline.instant().is_some_and(|at| at <= pause_until) {
                let (venue_now, _) = self.account.clock.at(now);
                let until = [final_at, held_until].into_iter().flatten().fold(venue_now, Timestamp::max);
                return Ok(Verdict::Undecided { until });
            }
            D::sleep_until(pause_until).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Takes no further orders and waits for those in flight.
    async fn drain(&self, deadline: Deadline) {
        self.doubts.close();
        // What is not over by then is listed as open.
        let _ = D::within(deadline, self.doubts.drained()).await;
    }

    /// The orders in doubt or still in flight.
    fn open(&self) -> Vec<OrderRef> {
        self.doubts.open().into_iter().map(|doubt| doubt.order).collect()
    }

    /// Settles every order in doubt as far as there is time; the states of those that exist.
    async fn settle_all(&self, deadline: Deadline) -> Vec<OrderState> {
        let mut found = Vec::new();
        for doubt in self.doubts.in_doubt() {
            if let Ok(Verdict::Exists(state)) = self.settle_by(doubt.order, deadline).await {
                found.push(state);
            }
        }
        found
    }

    /// When a request that was sent by somebody else, just now at the latest, expires.
    fn expiry_of_strangers(&self) -> Option<Timestamp> {
        let (now, error) = self.account.clock.at(Instant::now());
        Some(now + error.unwrap_or_default() + V::SETTLING.expiry_max?)
    }

    /// How long until it is surely `at` at the venue.
    fn until(&self, now: Instant, at: Timestamp) -> Duration {
        let earliest = self.account.clock.earliest(now);
        Duration::from_nanos(at.ns().saturating_sub(earliest.ns()))
    }

    async fn close_and_cancel(&self, symbols: &[Symbol], deadline: Deadline) -> Closed
    where
        CancelAll: Endpoint<V, Reply = Vec<CancelAck>>,
        CancelOrder: Endpoint<V, Reply = CancelAck>,
    {
        self.drain(deadline).await;
        let mut not_cancelled = Vec::new();
        for &symbol in symbols {
            for triggers in [false, true] {
                if triggers && !V::TRIGGERS_APART {
                    continue;
                }
                match self.call(&CancelAll { symbol, triggers }, &self.made_by(deadline)).await {
                    // Venues say so where there was nothing to cancel.
                    Ok(_) => {}
                    Err(error) if error.kind() == RejectKind::UnknownOrder => {}
                    Err(error) => not_cancelled.push((symbol, error)),
                }
            }
        }
        for state in self.settle_all(deadline).await {
            if symbols.contains(&state.symbol) && state.status.is_open() {
                match self.call(&CancelOrder { order: state.order() }, &self.made_by(deadline)).await {
                    Ok(_) => {}
                    // Cancelled with the others, or filled.
                    Err(error) if error.kind() == RejectKind::UnknownOrder => {}
                    Err(error) => not_cancelled.push((state.symbol, error)),
                }
            }
        }
        Closed { in_doubt: self.open(), not_cancelled }
    }
}

/// What [`VenueClient::close_and_cancel`] left behind.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "orders may still be open"]
pub struct Closed {
    /// Orders in doubt, or still in flight.
    pub in_doubt: Vec<OrderRef>,
    /// Instruments whose orders may still be open, and why.
    pub not_cancelled: Vec<(Symbol, RestError)>,
}

/// The venue knows no such order, in its own words.
fn is_denial(error: &RestError) -> bool {
    error.fate() == Fate::Rejected && error.kind() == RejectKind::UnknownOrder
}

/// Asking again would get the same answer.
const fn is_hopeless(error: &RestError) -> bool {
    match error {
        RestError::Build(_) | RestError::Config(_) | RestError::Busy(Busy::Closed) | RestError::Rule(_) => true,
        RestError::Rejected(answer) => !matches!(
            answer.kind,
            // Each of these passes: the clock is sampled anew, the ban ends, the venue comes back.
            RejectKind::Banned | RejectKind::RateLimited | RejectKind::Timestamp | RejectKind::Unavailable
        ),
        RestError::Busy(_) | RestError::Conn(_) | RestError::Decode(_) | RestError::Http(_) | RestError::Unclear(_) => {
            false
        }
    }
}

/// How often the venue has to deny an order, asked when it is too late to arrive: a single answer may come from a replica
/// that lags.
const DENIALS_NEEDED: u32 = 2;

/// How long one question may take: then a connection that has gone silent does not eat the caller's patience.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// Between the first questions: an order that arrived is mostly seen within a round trip or two.
const PAUSE_FIRST: Duration = Duration::from_millis(20);

/// Between later ones; a query weighs on the rate limit (Binance: 4 of 6,000 a minute).
const PAUSE_MAX: Duration = Duration::from_secs(1);
