//! Rate limits: what an address and an account may still ask of a venue.
//!
//! A venue counts in windows of its own clock: so much weight each minute and address, so many orders each ten seconds and
//! account. The budgets here count along, from before a request is written, and are corrected by what replies say:
//!
//! ```text
//! exchangeInfo ──limits──► budgets ◄──used so far── headers of replies
//!                            │
//! request ──cost──► admitted, or refused with the time from when on (nothing was sent)
//!                            ▲
//!        held until ── Retry-After of a 429, a ban (418), the venue's firewall (403)
//! ```
//!
//! Until a limit is learned (with the first [`GetInstrument`](super::GetInstrument)) nothing is refused on its account. What others
//! behind the same address use is seen in the headers of our own replies, so late: leave them room.

use core::cell::Cell;
use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::Busy;
use crate::time::Timestamp;

/// The rate limits of one address and one account at a venue: a cheap handle, shared by clients that share them.
///
/// Every client has one of its own until its builder is given another. Clients of one account behind one address take clones;
/// those of another account behind the same address take [`for_another_account`](Self::for_another_account).
///
/// Cancels and whatever else makes the market safer may use all of a budget, everything else leaves a
/// [reserve](Self::with_reserve).
#[derive(Clone)]
pub struct Limits {
    address: Arc<Budgets>,
    account: Arc<Budgets>,
    reserve_percent: u8,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// Orders placed, each account.
    Orders,
    /// Requests, each address.
    Requests,
    /// The weight of requests, each address.
    Weight,
}

/// What one request takes of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Of the address's weight.
    pub weight: u32,
    /// Of the account's orders.
    pub orders: u32,
    /// Whether it may use the reserve.
    pub is_cancel: bool,
}

impl Cost {
    /// A request of this weight that places no order.
    #[must_use]
    pub const fn weight(weight: u32) -> Self {
        Self { weight, orders: 0, is_cancel: false }
    }

    /// The same, and so many orders.
    #[must_use]
    pub const fn orders(self, orders: u32) -> Self {
        Self { orders, ..self }
    }

    /// The same, out of the reserve if need be: it takes risk off the market.
    #[must_use]
    pub const fn is_cancel(self) -> Self {
        Self { is_cancel: true, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Limits to be learned.
    #[must_use]
    pub fn new() -> Self {
        Self { address: Arc::default(), account: Arc::default(), reserve_percent: RESERVE_PERCENT_DEFAULT }
    }

    /// The same address with an account that is counted apart.
    #[must_use]
    pub fn for_another_account(&self) -> Self {
        Self { account: Arc::default(), ..self.clone() }
    }

    /// The same limits with another reserve for cancels. **Units**: percent of each budget, 0 to 100; 10 until said.
    #[must_use]
    pub fn with_reserve(self, percent: u8) -> Self {
        Self { reserve_percent: percent.min(100), ..self }
    }

    /// Sets a limit: `most` in each window of `interval`. Windows begin at whole multiples of it in the venue's clock.
    ///
    /// One more than [`BUDGETS_MAX`] of an address or account is not counted.
    pub fn set(&self, kind: LimitKind, interval: Duration, most: u32) {
        self.of(kind).set(kind, interval, most);
    }

    /// What is left of a limit at `now`, in the venue's clock, reserve included; `None` where it was not learned.
    #[must_use]
    pub fn left(&self, kind: LimitKind, interval: Duration, now: Timestamp) -> Option<u32> {
        self.of(kind).find(kind, interval).map(|budget| budget.left(now))
    }

    /// Until when the venue wants nothing from us, in its own clock; `None` where it holds us up no longer than `now`.
    #[must_use]
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.address.held_until().max(self.account.held_until());
        (until > now).then_some(until)
    }

    /// Takes the cost of one request out of the budgets.
    ///
    /// **Errors**: a budget does not have it, or the venue holds us up; what was taken is given back.
    #[inline]
    pub(crate) fn admit(&self, cost: Cost, now: Timestamp) -> Result<(), Busy> {
        if let Some(until) = self.held_until(now) {
            return Err(Busy::Held { until });
        }
        let reserve_percent = if cost.is_cancel { 0 } else { self.reserve_percent };
        self.address.admit(cost, now, reserve_percent)?;
        self.account.admit(cost, now, reserve_percent).inspect_err(|_| self.address.give_back(cost, now))
    }

    /// What the venue counted, as a reply to a request of `sent` said.
    pub(crate) fn used(&self, kind: LimitKind, interval: Duration, used: u32, sent: Timestamp) {
        if let Some(budget) = self.of(kind).find(kind, interval) {
            budget.at_least(used, sent);
        }
    }

    /// Nothing more is sent before `until`.
    pub(crate) fn hold(&self, kind: LimitKind, until: Timestamp) {
        self.of(kind).held_until_ns.fetch_max(until.ns(), Ordering::Relaxed);
    }

    fn of(&self, kind: LimitKind) -> &Budgets {
        match kind {
            LimitKind::Orders => &self.account,
            LimitKind::Requests | LimitKind::Weight => &self.address,
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.address.known().chain(self.account.known())).finish()
    }
}

/// What a reply tells of the limits, for the venue that can read it.
#[derive(Debug)]
pub struct Observed<'a> {
    limits: &'a Limits,
    /// When the request was made.
    sent: Timestamp,
    /// How long the venue wants nothing more from us.
    pause: Cell<Option<(LimitKind, Duration)>>,
}

impl<'a> Observed<'a> {
    pub(crate) const fn new(limits: &'a Limits, sent: Timestamp) -> Self {
        Self { limits, sent, pause: Cell::new(None) }
    }

    /// How long the venue wants nothing more from us, from now on.
    pub(crate) fn pause(self) -> Option<(LimitKind, Duration)> {
        self.pause.get()
    }

    /// Whether any limit is known, so that what is used of it can be.
    #[must_use]
    #[inline]
    pub fn counts(&self) -> bool {
        self.limits.address.known().chain(self.limits.account.known()).next().is_some()
    }

    /// The venue has counted so much in the running window of `interval`.
    pub fn used(&self, kind: LimitKind, interval: Duration, used: u32) {
        self.limits.used(kind, interval, used, self.sent);
    }

    /// The venue wants nothing more from us for so long.
    pub fn hold(&self, kind: LimitKind, pause: Duration) {
        self.pause.set(Some((kind, pause)));
    }

    /// The venue's rules allow so many in each window of `interval`.
    pub fn limit(&self, kind: LimitKind, interval: Duration, most: u32) {
        self.limits.set(kind, interval, most);
    }
}

/// Most limits counted for one address, and for one account: the venues have two or three of either.
pub const BUDGETS_MAX: usize = 6;

/// Of each budget what only cancels may use, percent: an order in ten may then still be taken back in the worst window.
const RESERVE_PERCENT_DEFAULT: u8 = 10;

/// The limits of one address, or of one account.
#[derive(Default)]
struct Budgets {
    budgets: [Budget; BUDGETS_MAX],
    held_until_ns: AtomicU64,
}

impl Budgets {
    fn known(&self) -> impl Iterator<Item = &Budget> {
        // They are set in their order, so the first that is not ends them.
        self.budgets.iter().take_while(|budget| budget.rule.load(Ordering::Acquire) != 0)
    }

    fn find(&self, kind: LimitKind, interval: Duration) -> Option<&Budget> {
        let rule = Rule::new(kind, interval).0;
        self.known().find(|budget| budget.rule.load(Ordering::Acquire) == rule)
    }

    fn set(&self, kind: LimitKind, interval: Duration, most: u32) {
        let rule = Rule::new(kind, interval);
        for budget in &self.budgets {
            match budget.rule.compare_exchange(0, rule.0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return budget.most.store(most, Ordering::Release),
                Err(there) if there == rule.0 => return budget.most.store(most, Ordering::Release),
                Err(_) => {}
            }
        }
    }

    fn held_until(&self) -> Timestamp {
        Timestamp::from_ns(self.held_until_ns.load(Ordering::Relaxed))
    }

    #[inline]
    fn admit(&self, cost: Cost, now: Timestamp, reserve_percent: u8) -> Result<(), Busy> {
        for (index, budget) in self.known().enumerate() {
            let Err(until) = budget.take(cost, now, reserve_percent) else { continue };
            for taken in self.known().take(index) {
                taken.give_back(cost, now);
            }
            let kind = budget.rule().kind();
            return Err(Busy::OverLimit { kind, until });
        }
        Ok(())
    }

    fn give_back(&self, cost: Cost, now: Timestamp) {
        self.known().for_each(|budget| budget.give_back(cost, now));
    }
}

/// One limit: how much in which window, and how much of it is used.
#[derive(Default)]
struct Budget {
    /// What it counts in which windows; 0 until it is known. It never changes then.
    rule: AtomicU64,
    most: AtomicU32,
    /// The window's number in the upper half, what is used in the lower: one operation takes from the right window.
    state: AtomicU64,
}

/// What a budget counts, and in which windows: the interval in ms, and the kind in the last two bits.
#[derive(Clone, Copy)]
struct Rule(u64);

impl Rule {
    fn new(kind: LimitKind, interval: Duration) -> Self {
        let ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).clamp(1, u64::MAX >> 2);
        Self(ms << 2 | kind as u64)
    }

    const fn kind(self) -> LimitKind {
        match self.0 & 3 {
            0 => LimitKind::Orders,
            1 => LimitKind::Requests,
            _ => LimitKind::Weight,
        }
    }

    const fn interval_ms(self) -> u64 {
        self.0 >> 2
    }

    const fn of(self, cost: Cost) -> u32 {
        match self.kind() {
            LimitKind::Orders => cost.orders,
            LimitKind::Requests => 1,
            LimitKind::Weight => cost.weight,
        }
    }

    /// The number of the window at `now`. Upper bits are lost where windows are shorter than a second: after 49 days of
    /// milliseconds two windows share a number, and nobody compares windows so far apart.
    const fn window(self, now: Timestamp) -> u32 {
        ((now.ms() / self.interval_ms()) & 0xFFFF_FFFF) as u32
    }

    /// The same where it mostly is `last` still, which takes no division to see.
    #[inline]
    const fn window_after(self, last: u32, now: Timestamp) -> u32 {
        match (last as u64).checked_mul(self.interval_ms()) {
            Some(began_ms) if now.ms().wrapping_sub(began_ms) < self.interval_ms() => last,
            _ => self.window(now),
        }
    }
}

impl Budget {
    fn rule(&self) -> Rule {
        Rule(self.rule.load(Ordering::Acquire))
    }

    /// **Errors**: it does not have so much; when the next window begins.
    #[inline]
    fn take(&self, cost: Cost, now: Timestamp, reserve_percent: u8) -> Result<(), Timestamp> {
        let rule = self.rule();
        let amount = rule.of(cost);
        if amount == 0 {
            return Ok(());
        }
        let (last, _) = split(self.state.load(Ordering::Relaxed));
        let window = rule.window_after(last, now);
        let most = u64::from(self.most.load(Ordering::Relaxed));
        let most = most - most * u64::from(reserve_percent) / 100;
        let before = self.state.fetch_add(u64::from(amount), Ordering::Relaxed);
        let (there, used) = split(before);
        if there == window && u64::from(used) + u64::from(amount) <= most {
            return Ok(());
        }
        self.take_anew(before, amount, window, most).ok_or_else(|| {
            Timestamp::from_ms((now.ms() / rule.interval_ms()).saturating_add(1).saturating_mul(rule.interval_ms()))
        })
    }

    /// The amount was added to a window that is over, or that has not so much left.
    #[cold]
    fn take_anew(&self, before: u64, amount: u32, window: u32, most: u64) -> Option<()> {
        let mut seen = before + u64::from(amount);
        loop {
            let (there, used) = split(seen);
            // Another thread may be a moment ahead, and in the next window already: that one is as good. Any other is over, however
            // far off: numbers of windows shorter than a second come around.
            let is_over = there.wrapping_sub(window) > WINDOWS_AHEAD_MAX;
            let fits = if is_over { u64::from(amount) <= most } else { u64::from(used) <= most };
            let next = match (is_over, fits) {
                (true, true) => join(window, amount),
                (true, false) => join(window, 0),
                (false, true) => return Some(()),
                (false, false) => join(there, used.saturating_sub(amount)),
            };
            match self.state.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return fits.then_some(()),
                Err(now) => seen = now,
            }
        }
    }

    fn give_back(&self, cost: Cost, now: Timestamp) {
        let rule = self.rule();
        self.change(|there, used| (there == rule.window(now)).then(|| join(there, used.saturating_sub(rule.of(cost)))));
    }

    /// The venue has counted so much in the window of `sent`. What it has not seen yet is counted here alone.
    fn at_least(&self, counted: u32, sent: Timestamp) {
        let window = self.rule().window(sent);
        self.change(|there, used| (there == window && counted > used).then(|| join(there, counted)));
    }

    fn change(&self, change: impl Fn(u32, u32) -> Option<u64>) {
        let _ = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            let (there, used) = split(state);
            change(there, used)
        });
    }

    fn left(&self, now: Timestamp) -> u32 {
        let (there, used) = split(self.state.load(Ordering::Relaxed));
        let most = self.most.load(Ordering::Relaxed);
        if there == self.rule().window(now) { most.saturating_sub(used) } else { most }
    }
}

/// How many windows one thread may be ahead of another: a second's, where they are the shortest.
const WINDOWS_AHEAD_MAX: u32 = 1_000;

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, (_, used)) = (self.rule(), split(self.state.load(Ordering::Relaxed)));
        let most = self.most.load(Ordering::Relaxed);
        write!(f, "{:?} {used} of {most} each {} ms", rule.kind(), rule.interval_ms())
    }
}

const fn split(state: u64) -> (u32, u32) {
    ((state >> 32) as u32, (state & 0xFFFF_FFFF) as u32)
}

const fn join(window: u32, used: u32) -> u64 {
    (window as u64) << 32 | used as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const TEN_SECONDS: Duration = Duration::from_secs(10);

    fn limits() -> Limits {
        let limits = Limits::new().with_reserve(10);
        limits.set(LimitKind::Weight, MINUTE, 100);
        limits.set(LimitKind::Orders, TEN_SECONDS, 10);
        limits
    }

    /// 2026-11-25 00:00, the start of a minute.
    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(1_795_564_800_000 + ms)
    }

    fn over(kind: LimitKind, ms: u64) -> Result<(), Busy> {
        Err(Busy::OverLimit { kind, until: at(ms) })
    }

    #[test]
    fn nothing_is_refused_before_it_is_known() {
        let limits = Limits::new();
        assert!((0..100_000).all(|_| limits.admit(Cost::weight(1_000).orders(1), at(0)).is_ok()));
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(0)), None);
    }

    #[test]
    fn a_window_is_refused_when_it_is_used_up_and_the_next_is_not() {
        let limits = limits();
        for second in [0, 59] {
            assert_eq!(limits.admit(Cost::weight(45), at(second * 1_000)), Ok(()));
        }
        assert_eq!(limits.admit(Cost::weight(1), at(59_999)), over(LimitKind::Weight, 60_000));
        assert_eq!(limits.admit(Cost::weight(1), at(60_000)), Ok(()));
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(60_000)), Some(99));
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(120_000)), Some(100));
    }

    /// Whatever the lengths of windows make of their numbers: where there are many of them, they come near to the greatest, and around.
    #[test]
    fn a_used_up_window_ends_however_short_it_is() {
        for interval_ms in [1, 2, 3, 100, 400, 500, 900, 1_000, 60_000] {
            let limits = Limits::new().with_reserve(0);
            limits.set(LimitKind::Weight, Duration::from_millis(interval_ms), 2);
            for began_ms in [0, interval_ms, 10 * interval_ms, 5_000_000_000 * interval_ms] {
                let began_ms = at(began_ms).ms().div_ceil(interval_ms) * interval_ms;
                let now = Timestamp::from_ms(began_ms);
                let until = Timestamp::from_ms(began_ms + interval_ms);
                for _ in 0..2 {
                    assert_eq!(limits.admit(Cost::weight(1), now), Ok(()), "{interval_ms} ms");
                }
                for _ in 0..3 {
                    let over = Err(Busy::OverLimit { kind: LimitKind::Weight, until });
                    assert_eq!(limits.admit(Cost::weight(1), now), over, "{interval_ms} ms");
                }
            }
        }
    }

    #[test]
    fn cancels_may_use_the_reserve() {
        let limits = limits();
        assert_eq!(limits.admit(Cost::weight(90), at(0)), Ok(()));
        assert_eq!(limits.admit(Cost::weight(1), at(0)), over(LimitKind::Weight, 60_000));
        assert_eq!(limits.admit(Cost::weight(10).is_cancel(), at(0)), Ok(()));
        assert_eq!(limits.admit(Cost::weight(1).is_cancel(), at(0)), over(LimitKind::Weight, 60_000));
    }

    #[test]
    fn what_is_refused_takes_nothing_from_any_budget() {
        let limits = limits();
        for _ in 0..9 {
            assert_eq!(limits.admit(Cost::weight(1).orders(1), at(0)), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(limits.admit(Cost::weight(1).orders(1), at(0)), over(LimitKind::Orders, 10_000));
        }
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(0)), Some(91));
        assert_eq!(limits.left(LimitKind::Orders, TEN_SECONDS, at(0)), Some(1));
        // More than there can ever be is refused in every window.
        assert_eq!(limits.admit(Cost::weight(101).is_cancel(), at(60_000)), over(LimitKind::Weight, 120_000));
        assert_eq!(limits.admit(Cost::weight(90), at(60_000)), Ok(()));
    }

    #[test]
    fn a_window_is_the_same_however_it_is_found() {
        for interval_ms in [1, 100, 1_000, 10_000, 60_000, 86_400_000, u64::MAX >> 2] {
            let rule = Rule::new(LimitKind::Weight, Duration::from_millis(interval_ms));
            for now in [0, 1, 9_999, 10_000, 59_999_999, 86_400_000, 1_795_564_800_000].map(Timestamp::from_ms) {
                let window = rule.window(now);
                for last in [0, 1, window.wrapping_sub(1), window, window.wrapping_add(1), u32::MAX] {
                    assert_eq!(rule.window_after(last, now), window, "{interval_ms} ms, {now}, {last}");
                }
            }
        }
    }

    #[test]
    fn the_venues_count_corrects_ours_within_its_window() {
        let limits = limits();
        assert_eq!(limits.admit(Cost::weight(1), at(0)), Ok(()));
        limits.used(LimitKind::Weight, MINUTE, 89, at(0));
        limits.used(LimitKind::Weight, MINUTE, 7, at(0));
        limits.used(LimitKind::Weight, TEN_SECONDS, 99, at(0));
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(1)), Some(11));
        // A reply that comes late says nothing of the next window.
        assert_eq!(limits.admit(Cost::weight(1), at(60_000)), Ok(()));
        limits.used(LimitKind::Weight, MINUTE, 90, at(59_999));
        assert_eq!(limits.left(LimitKind::Weight, MINUTE, at(60_000)), Some(99));
    }

    #[test]
    fn who_is_held_up_sends_nothing_until_then() {
        let limits = limits();
        limits.hold(LimitKind::Weight, at(5_000));
        limits.hold(LimitKind::Orders, at(4_000));
        let held = Err(Busy::Held { until: at(5_000) });
        assert_eq!(limits.admit(Cost::weight(1).is_cancel(), at(4_999)), held);
        assert_eq!(limits.for_another_account().admit(Cost::weight(1), at(0)), held);
        assert_eq!(limits.admit(Cost::weight(1), at(5_000)), Ok(()));
    }

    #[test]
    fn accounts_behind_one_address_share_weight_and_no_orders() {
        let limits = limits();
        let other = limits.for_another_account();
        other.set(LimitKind::Orders, TEN_SECONDS, 10);
        for _ in 0..9 {
            assert_eq!(limits.admit(Cost::weight(5).orders(1), at(0)), Ok(()));
            assert_eq!(other.admit(Cost::weight(5).orders(1), at(0)), Ok(()));
        }
        assert_eq!(limits.admit(Cost::weight(1), at(0)), over(LimitKind::Weight, 60_000));
    }

    #[test]
    fn threads_together_take_no_more_than_there_is() {
        let limits = Limits::new().with_reserve(0);
        limits.set(LimitKind::Weight, MINUTE, 1_000);
        for window in 0..20 {
            let taken = std::sync::atomic::AtomicU32::new(0);
            std::thread::scope(|threads| {
                for thread in 1..=4 {
                    let (limits, taken) = (&limits, &taken);
                    threads.spawn(move || {
                        for _ in 0..1_000 {
                            if limits.admit(Cost::weight(thread), at(window * 60_000)).is_ok() {
                                taken.fetch_add(thread, Ordering::Relaxed);
                            }
                        }
                    });
                }
            });
            // Who is refused gives back what it took, so that for a moment less seems to be left than there is.
            let taken = taken.into_inner();
            assert!((900..=1_000).contains(&taken), "{taken}");
        }
    }
}
