//! `Latency`: what a client measured, per endpoint, slot and stage, in histograms that never grow.
//!
//! ```text
//! slot 0   lanes of a slot: one an endpoint, the last for all further ones
//!   POST /order    order | build-and-sign | seal-and-write | wait | read-and-decode     a histogram each
//!   DELETE /order  …
//! slot 1   …
//! ```
//!
//! Whoever holds a slot alone writes its lanes, so a count is a plain load and store. Counters only ever rise; a reader copies
//! them whenever it likes and remembers what it saw last, which is all that a reset is. Traffic never waits for a reader, nor
//! a reader for traffic; what is copied while an order is counted may lack that order in some of its spans.
//!
//! A request that is over is noted, which takes a few stores. It is counted while the slot's next one is under way, where nobody waits
//! for it; or by a reader, if one comes first.
//!
//! A histogram is HdrHistogram's kind: 128 bins for each doubling, so that a value is known to 0.4 %, from 1 ns to 17 s, where
//! longer ones are counted too. It takes 14 KiB; a slot's lanes 420 KiB with five stamps and 756 KiB with all, in memory from the
//! start, so that no order waits for a page. Twice the bins would tell no more: the least change that a gate of `latency-reports`
//! asks for is 3 %, and quantiles are taken within bins.

mod over;

use core::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use self::over::{Over, Request};
use crate::error::Fate;
use crate::http::request::Method;
use crate::latency::{Span, Stamps, Timeline};

/// What a client's requests took, and what became of them. Shared with the client: read it while orders go out.
pub struct Latency {
    venue: &'static str,
    stamps: Stamps,
    endpoints: Arc<Endpoints>,
    slots: Box<[Arc<Lanes>]>,
    /// Readers alone meet here.
    taken: Mutex<Taken>,
}

/// Where the last [`Latency::take`] left off.
struct Taken {
    at: Instant,
    time: SystemTime,
    /// What each lane's counters were, once it was taken.
    lanes: Vec<Option<Box<[u32]>>>,
}

impl Latency {
    pub(crate) fn new(venue: &'static str, stamps: Stamps, slots: usize) -> Self {
        let endpoints = Arc::new(Endpoints::default());
        let slots: Box<[_]> = (0..slots).map(|_| Arc::new(Lanes::new(stamps, Arc::clone(&endpoints)))).collect();
        let lanes = (0..slots.len() * LANES).map(|_| None).collect();
        let taken = Mutex::new(Taken { at: Instant::now(), time: SystemTime::now(), lanes });
        Self { venue, stamps, endpoints, slots, taken }
    }

    /// The lanes of a slot, for whoever holds it.
    pub(crate) fn lanes(&self, slot: usize) -> Option<&Arc<Lanes>> {
        self.slots.get(slot)
    }

    /// Which stages are stamped.
    #[must_use]
    pub const fn stamps(&self) -> Stamps {
        self.stamps
    }

    /// What was measured since the last [`take`](Self::take), or since the client was built. Allocates; never on the path.
    #[must_use]
    pub fn snapshot(&self) -> LatencySnapshot {
        self.read(false)
    }

    /// What was measured since the last take; the next begins here. Allocates; never on the path.
    ///
    /// Everything is told by exactly one take, however many requests are under way meanwhile.
    #[must_use]
    pub fn take(&self) -> LatencySnapshot {
        self.read(true)
    }

    fn read(&self, take: bool) -> LatencySnapshot {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let length = now.duration_since(taken.at);
        let mut lanes = Vec::new();
        for (slot, counters) in self.slots.iter().enumerate() {
            if let Some(over) = counters.over.take() {
                // Not counted, and from now on never: as if it had been, and had not been taken yet.
                let lane = &counters.lanes[over.lane];
                let before = taken.lanes[slot * LANES + over.lane]
                    .get_or_insert_with(|| lane.counters.iter().map(|_| 0).collect());
                over.counters(|at| before[at] = before[at].wrapping_sub(1));
            }
            for (at, lane) in counters.lanes.iter().enumerate() {
                let endpoint = match self.endpoints.known.get(at) {
                    Some(known) => match known.get() {
                        Some(endpoint) => *endpoint,
                        None => continue,
                    },
                    None => Endpoint::FURTHER,
                };
                let counts: Box<[u32]> = lane.counters.iter().map(|counter| counter.load(Ordering::Relaxed)).collect();
                let before = &mut taken.lanes[slot * LANES + at];
                // Counters wrap; what came since the last take does not, as long as fewer than 2^32 did.
                let since: Box<[u32]> = match &*before {
                    Some(before) => counts.iter().zip(before).map(|(now, then)| now.wrapping_sub(*then)).collect(),
                    None => counts.clone(),
                };
                if take {
                    *before = Some(counts);
                }
                // Counters are copied one after another: what is counted meanwhile may be in a span and not in the outcomes yet.
                if since.iter().any(|count| *count > 0) {
                    lanes.push(LaneSnapshot::new(slot, endpoint, self.stamps, &since));
                }
            }
        }
        let snapshot = LatencySnapshot { venue: self.venue, began: taken.time, length, stamps: self.stamps, lanes };
        if take {
            taken.time += length;
            taken.at = now;
        }
        snapshot
    }
}

impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latency")
            .field("venue", &self.venue)
            .field("stamps", &self.stamps)
            .field("slots", &self.slots.len())
            .finish_non_exhaustive()
    }
}

/// One kind of call, as lanes tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Its method; `None` for the lane of all further endpoints.
    pub method: Option<Method>,
    /// Its path below the base path; empty for raw calls.
    pub path: &'static str,
    /// Whether it makes orders.
    pub makes_orders: bool,
}

impl Endpoint {
    /// Whatever has no lane of its own.
    pub(crate) const FURTHER: Self = Self { method: None, path: "", makes_orders: false };

    pub(crate) const fn new(method: Method, path: &'static str, makes_orders: bool) -> Self {
        Self { method: Some(method), path, makes_orders }
    }

    fn is(&self, method: Method, path: &'static str) -> bool {
        // Nearly always the same text at the same place: then its bytes are not looked at.
        self.method == Some(method) && (core::ptr::eq(self.path, path) || self.path == path)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.method {
            Some(method) => write!(f, "{}:{}", method.text(), self.path),
            None => f.write_str("further"),
        }
    }
}

/// Which lane is whose: the first endpoints called, in the order in which they were. The same for all slots.
#[derive(Debug, Default)]
struct Endpoints {
    known: [OnceLock<Endpoint>; LANES - 1],
}

impl Endpoints {
    #[inline]
    fn lane(&self, endpoint: Endpoint) -> usize {
        let Some(method) = endpoint.method else { return LANES - 1 };
        let is = |known: &OnceLock<Endpoint>| known.get_or_init(|| endpoint).is(method, endpoint.path);
        self.known.iter().position(is).unwrap_or(LANES - 1)
    }
}

/// The histograms of one slot.
#[derive(Debug)]
pub(crate) struct Lanes {
    endpoints: Arc<Endpoints>,
    over: Over,
    lanes: [Lane; LANES],
}

/// The counters of one endpoint on one slot: outcomes first, then a histogram a span.
struct Lane {
    counters: Box<[AtomicU32]>,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl Lanes {
    fn new(stamps: Stamps, endpoints: Arc<Endpoints>) -> Self {
        let lane = || Lane { counters: resident(OUTCOMES + stamps.spans().len() * BINS) };
        Self { endpoints, over: Over::new(stamps), lanes: std::array::from_fn(|_| lane()) }
    }

    /// A request is over: it is counted with the next, or by a reader. Only who holds the slot may.
    #[inline]
    pub(crate) fn note(&self, endpoint: Endpoint, timeline: &Timeline, outcome: Result<(), Fate>) {
        let outcome = match outcome {
            Ok(()) => ACCEPTED,
            Err(Fate::NotSent) => 1,
            Err(Fate::Rejected) => 2,
            Err(Fate::Unknown) => 3,
        };
        let lane = self.endpoints.lane(endpoint);
        if !self.over.put(lane, outcome, timeline) {
            // The one before never was under way, or a reader is at it.
            self.count_noted();
            self.count(&Request { lane, outcome, timeline: *timeline });
        }
    }

    /// Counts the request before, if no reader did: called while the next is under way. Only who holds the slot may.
    // Not in line: what surrounds it is.
    #[inline(never)]
    pub(crate) fn count_noted(&self) {
        if let Some(request) = self.over.take_own() {
            self.count(&request);
        }
    }

    fn count(&self, request: &Request) {
        let counters = &*self.lanes[request.lane].counters;
        request.counters(|at| count(&counters[at]));
    }
}

impl Request {
    /// Where in its lane it is to be counted.
    #[inline]
    fn counters(&self, mut at: impl FnMut(usize)) {
        at(self.outcome);
        // A failure's time says nothing of the path that orders take: it is counted above and left out here.
        if self.outcome == ACCEPTED {
            let bins = (OUTCOMES..).step_by(BINS);
            for (span, bins) in self.timeline.stamps().spans().iter().zip(bins) {
                if let Some(ns) = self.timeline.between_ns(span.from, span.to) {
                    at(bins + bin(ns));
                }
            }
        }
    }
}

#[inline]
fn count(counter: &AtomicU32) {
    // Nobody else writes: no locked instruction is needed.
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Counters that are in memory. Zeroes fresh from the system are a promise, kept page by page at the first touch: under an order.
fn resident(counters: usize) -> Box<[AtomicU32]> {
    let counters: Box<[_]> = (0..counters).map(|_| AtomicU32::new(0)).collect();
    for counter in core::hint::black_box(&counters).iter().step_by(PAGE_BYTES_MIN / size_of::<AtomicU32>()) {
        counter.store(0, Ordering::Relaxed);
    }
    // Beyond the last step the end may lie in a page of its own.
    if let Some(last) = counters.last() {
        last.store(0, Ordering::Relaxed);
    }
    counters
}

/// Where a value is counted.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most BINS, by the limit in its first line")]
fn bin(ns: u64) -> usize {
    let ns = ns.min(LONGEST_NS);
    let shift = (u64::BITS - ns.leading_zeros()).saturating_sub(EXACT_BITS);
    (u64::from(shift) * BINS_PER_DOUBLING + (ns >> shift)) as usize
}

/// The least and the greatest value of a bin.
fn ends(bin: usize) -> (u64, u64) {
    let bin = bin as u64;
    let shift = (bin / BINS_PER_DOUBLING).saturating_sub(1);
    let low = (bin - shift * BINS_PER_DOUBLING) << shift;
    (low, low + (1 << shift) - 1)
}

/// What a client measured in some time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LatencySnapshot {
    /// The venue's name.
    pub venue: &'static str,
    /// When the time began.
    pub began: SystemTime,
    /// How long it was.
    pub length: Duration,
    /// Which stages were stamped.
    pub stamps: Stamps,
    /// One for each slot and endpoint that was used.
    pub lanes: Vec<LaneSnapshot>,
}

/// What one endpoint's requests took on one slot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LaneSnapshot {
    /// Which slot.
    pub slot: usize,
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// What became of the requests.
    pub outcomes: Outcomes,
    /// The whole, then its spans; of accepted requests alone.
    pub spans: Vec<SpanCounts>,
}

impl LaneSnapshot {
    fn new(slot: usize, endpoint: Endpoint, stamps: Stamps, counters: &[u32]) -> Self {
        let (outcomes, bins) = counters.split_at(OUTCOMES);
        let count = |at: usize| u64::from(outcomes[at]);
        let spans = stamps.spans().iter().zip(bins.chunks_exact(BINS));
        Self {
            slot,
            endpoint,
            outcomes: Outcomes { accepted: count(0), not_sent: count(1), rejected: count(2), unknown: count(3) },
            spans: spans.map(|(span, counts)| SpanCounts { span: *span, counts: counts.into() }).collect(),
        }
    }
}

/// What became of requests, by fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcomes {
    /// Answered with yes.
    pub accepted: u64,
    /// [`Fate::NotSent`].
    pub not_sent: u64,
    /// [`Fate::Rejected`].
    pub rejected: u64,
    /// [`Fate::Unknown`].
    pub unknown: u64,
}

impl Outcomes {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.accepted + self.not_sent + self.rejected + self.unknown
    }
}

/// How often a span took how long.
#[derive(Clone)]
pub struct SpanCounts {
    span: Span,
    counts: Box<[u32]>,
}

impl SpanCounts {
    /// Which span.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Each filled bin, rising: its least value, its greatest, and how many fell into it. **Units**: ns.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(bin, count)| (ends(bin).0, ends(bin).1, u64::from(*count)))
    }

    /// How many values were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }
}

impl fmt::Debug for SpanCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanCounts")
            .field("span", &self.span.name)
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

/// Endpoints that are told apart, and one lane for the rest: placing, cancelling, amending, asking, and one more.
const LANES: usize = 6;

/// The smallest pages that a system here has.
const PAGE_BYTES_MIN: usize = 4096;

/// Counters in front of the histograms: one a fate, and one for yes.
const OUTCOMES: usize = 4;

/// The one for yes.
const ACCEPTED: usize = 0;

/// Values below 2^8 ns have a bin each; above, each doubling has 128.
const EXACT_BITS: u32 = 8;
const BINS_PER_DOUBLING: u64 = 1 << (EXACT_BITS - 1);

/// 2^34 ns, 17 s: beyond the default deadline of 10 s.
const LONGEST_BITS: u32 = 34;
const LONGEST_NS: u64 = (1 << LONGEST_BITS) - 1;
const BINS: usize = ((LONGEST_BITS - EXACT_BITS) as usize + 2) << (EXACT_BITS - 1);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::latency::Stage;

    /// Bins against HdrHistogram's own rule: no value may lie outside the bin that it is counted in, and a bin is as wide as
    /// it may be.
    #[test]
    fn every_value_lies_in_its_bin() {
        let around = (0..=LONGEST_BITS).flat_map(|bits| {
            let power = 1_u64 << bits;
            [power.saturating_sub(1), power, power + 1, power + power / 3]
        });
        for ns in around.chain(0..5_000).filter(|ns| *ns <= LONGEST_NS) {
            let (low, high) = ends(bin(ns));
            assert!(low <= ns && ns <= high, "{ns} in {low}..={high}");
            assert!(high - low <= low / 128, "{low}..={high} is {} wide", high - low + 1);
            assert_eq!((bin(low), bin(high)), (bin(ns), bin(ns)));
        }
        assert_eq!((bin(LONGEST_NS), bin(u64::MAX)), (BINS - 1, BINS - 1));
        for bin in 1..BINS {
            assert_eq!(ends(bin).0, ends(bin - 1).1 + 1, "no gap before bin {bin}");
        }
    }

    fn timeline(wait_ns: u64) -> Timeline {
        let mut timeline = Timeline::new(Stamps::Five);
        let mut at = 1_000_000;
        for stage in Stage::ALL {
            timeline.set(stage, at);
            at += wait_ns;
        }
        timeline
    }

    #[test]
    fn what_is_noted_is_told_once() {
        let latency = Latency::new("Venue", Stamps::Five, 2);
        let place = Endpoint::new(Method::Post, "/order", true);
        let cancel = Endpoint::new(Method::Delete, "/order", false);
        let note = |slot: usize, endpoint, outcome| {
            latency.lanes(slot).unwrap().note(endpoint, &timeline(500), outcome);
        };
        note(0, place, Ok(()));
        note(1, place, Ok(()));
        note(1, place, Err(Fate::Rejected));
        note(1, cancel, Err(Fate::Unknown));
        let told = |snapshot: &LatencySnapshot| -> Vec<(usize, String, u64, u64)> {
            let lane = |lane: &LaneSnapshot| {
                (lane.slot, lane.endpoint.to_string(), lane.outcomes.total(), lane.spans[0].total())
            };
            snapshot.lanes.iter().map(lane).collect()
        };
        let all =
            [(0, "POST:/order".to_owned(), 1, 1), (1, "POST:/order".into(), 2, 1), (1, "DELETE:/order".into(), 1, 0)];
        assert_eq!(told(&latency.snapshot()), all);
        let first = latency.take();
        assert_eq!(told(&first), all);
        assert_eq!(first.lanes[1].outcomes, Outcomes { accepted: 1, rejected: 1, ..Outcomes::default() });
        assert_eq!(told(&latency.take()), []);
        note(0, cancel, Ok(()));
        let second = latency.take();
        assert_eq!(told(&second), [(0, "DELETE:/order".to_owned(), 1, 1)]);
        assert!(second.began >= first.began + first.length);
        let spans: Vec<_> = second.lanes[0].spans.iter().map(|counts| (counts.span().name, counts.total())).collect();
        assert_eq!(spans[1], ("build-and-sign", 1));
        assert_eq!(spans.len(), 5);
    }

    #[test]
    fn further_endpoints_share_the_last_lane() {
        let latency = Latency::new("Venue", Stamps::Five, 1);
        let paths = ["/a", "/b", "/c", "/d", "/e", "/f", "/g"];
        for path in paths {
            let endpoint = Endpoint::new(Method::Get, path, false);
            latency.lanes(0).unwrap().note(endpoint, &timeline(10), Ok(()));
        }
        let names: Vec<_> = latency.snapshot().lanes.iter().map(|lane| lane.endpoint.to_string()).collect();
        assert_eq!(names, ["GET:/a", "GET:/b", "GET:/c", "GET:/d", "GET:/e", "further"]);
        assert_eq!(latency.snapshot().lanes[5].outcomes.accepted, 2);
    }

    #[test]
    fn readers_and_traffic_do_not_wait_for_each_other() {
        const ORDERS: u64 = 200_000;
        let latency = Arc::new(Latency::new("Venue", Stamps::Five, 1));
        let lanes = Arc::clone(latency.lanes(0).unwrap());
        let traffic = std::thread::spawn(move || {
            let endpoint = Endpoint::new(Method::Post, "/order", true);
            for order in 0..ORDERS {
                // Most are counted while the next is under way; a call that fails before it is leaves the one before uncounted.
                if order % 8 != 0 {
                    lanes.count_noted();
                }
                lanes.note(endpoint, &timeline(500 + 200 * (order % 2)), Ok(()));
            }
        });
        let (mut accepted, mut spans) = (0, vec![BTreeMap::new(); 5]);
        loop {
            let was_last = traffic.is_finished();
            for lane in latency.take().lanes {
                accepted += lane.outcomes.accepted;
                for (told, span) in spans.iter_mut().zip(lane.spans) {
                    span.bins().for_each(|(least, _, count)| *told.entry(least).or_insert(0) += count);
                }
            }
            if was_last {
                break;
            }
        }
        traffic.join().unwrap();
        assert_eq!(accepted, ORDERS, "each order is in exactly one take");
        for span in spans {
            assert_eq!(span.into_values().collect::<Vec<_>>(), [ORDERS / 2; 2], "each whole");
        }
    }
}
