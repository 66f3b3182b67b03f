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
//! **Counting.** All that an address ever takes, of each kind, stands in one word, and each budget remembers what the count was when its
//! window began: what is used is the difference. So a request takes from all budgets by one exchange, however many there are, or from
//! none. A window begins before the first request of it is counted, so that none is left out. Further accounts behind an address have a
//! word of their own.
//!
//! **Leases.** A request that finds all budgets good for more writes down what they have in common: those behind it look at that alone.
//!
//! Until a limit is learned (with the first [`GetInstrument`](super::GetInstrument)) nothing is refused on its account. What others
//! behind the same address use is seen in the headers of our own replies, so late: leave them room.

// Named by path because limits are also compiled in a crate of their own, for loom.
#[path = "limits/lease.rs"]
mod lease;

use core::cell::Cell;
use core::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use self::lease::{Lease, Terms};
use self::sync::{AtomicU32, AtomicU64};
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
    /// Of the address, and of its first account.
    address: Arc<Budgets>,
    /// Of another account.
    account: Option<Arc<Budgets>>,
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
        Self { address: Arc::default(), account: None, reserve_percent: 0 }.with_reserve(RESERVE_PERCENT_DEFAULT)
    }

    /// The same address with an account that is counted apart.
    #[must_use]
    pub fn for_another_account(&self) -> Self {
        Self { account: Some(Arc::default()), ..self.clone() }.with_reserve(self.reserve_percent)
    }

    /// The same limits with another reserve for cancels. **Units**: percent of each budget, 0 to 100; 10 until said.
    #[must_use]
    pub fn with_reserve(self, percent: u8) -> Self {
        let reserve_percent = percent.min(100);
        self.address.lease.keep(reserve_percent);
        self.account().lease.keep(reserve_percent);
        Self { reserve_percent, ..self }
    }

    /// Sets a limit: `most` in each window of `interval`. Windows begin at whole multiples of it in the venue's clock.
    ///
    /// One more than [`BUDGETS_MAX`] is not counted, and more than [`LIMIT_MAX`] is taken for that.
    pub fn set(&self, kind: LimitKind, interval: Duration, most: u32) {
        self.of(kind).set(kind, interval, most);
    }

    /// What is left of a limit at `now`, in the venue's clock, reserve included; `None` where it was not learned.
    #[must_use]
    pub fn left(&self, kind: LimitKind, interval: Duration, now: Timestamp) -> Option<u32> {
        let (budgets, rule) = (self.of(kind), Rule::new(kind, interval));
        budgets.find(rule).map(|budget| budgets.left(budget, rule, now))
    }

    /// Until when the venue wants nothing from us, in its own clock; `None` where it holds us up no longer than `now`.
    #[inline]
    #[must_use]
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until_ns =
            self.address.held_ns.load(Ordering::Relaxed).max(self.account().account_held_ns.load(Ordering::Relaxed));
        let until = Timestamp::from_ns(until_ns);
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
        let taken = match &self.account {
            None => self.address.take(Taken::new(cost.weight, 1, cost.orders), now, reserve_percent),
            Some(account) => self.take_of_both(account, cost, now, reserve_percent),
        };
        taken.map_err(|rule| rule.over_limit(now))
    }

    /// Puts back what was [admitted](Self::admit) at `now` and not sent.
    #[cold]
    pub(crate) fn give_back(&self, cost: Cost, now: Timestamp) {
        match &self.account {
            None => self.address.give_back(Taken::new(cost.weight, 1, cost.orders), now),
            Some(account) => {
                self.address.give_back(Taken::new(cost.weight, 1, 0), now);
                account.give_back(Taken::new(0, 0, cost.orders), now);
            }
        }
    }

    /// Where the account is counted apart from the address.
    fn take_of_both(&self, account: &Budgets, cost: Cost, now: Timestamp, reserve_percent: u8) -> Result<(), Rule> {
        let of_address = Taken::new(cost.weight, 1, 0);
        self.address.take(of_address, now, reserve_percent)?;
        let taken = account.take(Taken::new(0, 0, cost.orders), now, reserve_percent);
        taken.inspect_err(|_| self.address.give_back(of_address, now))
    }

    /// What the venue counted, as a reply to a request of `sent` said.
    pub(crate) fn used(&self, kind: LimitKind, interval: Duration, used: u32, sent: Timestamp) {
        let (budgets, rule) = (self.of(kind), Rule::new(kind, interval));
        if let Some(budget) = budgets.find(rule) {
            budgets.at_least(budget, rule, used, sent);
        }
    }

    /// Nothing more is sent before `until`.
    pub(crate) fn hold(&self, kind: LimitKind, until: Timestamp) {
        let held_ns = match kind {
            LimitKind::Orders => &self.account().account_held_ns,
            LimitKind::Requests | LimitKind::Weight => &self.address.held_ns,
        };
        held_ns.fetch_max(until.ns(), Ordering::Relaxed);
    }

    fn of(&self, kind: LimitKind) -> &Budgets {
        match kind {
            LimitKind::Orders => self.account(),
            LimitKind::Requests | LimitKind::Weight => &self.address,
        }
    }

    fn account(&self) -> &Budgets {
        self.account.as_ref().unwrap_or(&self.address)
    }

    /// All budgets that are known, and what each counts from.
    fn known(&self) -> impl Iterator<Item = (&Budgets, &Budget, Rule)> {
        let blocks = core::iter::once(&self.address).chain(&self.account);
        blocks.flat_map(|budgets| budgets.known().map(move |(budget, rule)| (&**budgets, budget, rule)))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for (budgets, budget, rule) in self.known() {
            let (used, most) = (budgets.used(budget, rule), budget.most.load(Ordering::Relaxed));
            list.entry(&format_args!("{:?} {used} of {most} each {} ms", rule.kind(), rule.interval_ms()));
        }
        list.finish()
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
        self.limits.known().next().is_some()
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

/// Most limits counted for one address and its account, or for another account: the venues have two or three of either.
pub const BUDGETS_MAX: usize = 12;

/// Most that is counted in one window. The greatest limit known is some hundred thousand: orders of a day, requests of five minutes.
pub const LIMIT_MAX: u32 = (1 << COUNT_BITS) - 1;

/// Three counts fit one word.
const COUNT_BITS: u32 = 21;

/// Of each budget what only cancels may use, percent: an order in ten may then still be taken back in the worst window.
const RESERVE_PERCENT_DEFAULT: u8 = 10;

/// The limits of one address and its account, or of another account. What every request looks at stands first, in one line of the
/// processor's cache.
#[derive(Default)]
#[repr(C, align(64))]
struct Budgets {
    /// All that was ever [`Taken`] by requests that were counted.
    taken: AtomicU64,
    /// Until when the venue wants nothing from the address.
    held_ns: AtomicU64,
    /// Until when it wants nothing from the account.
    account_held_ns: AtomicU64,
    lease: Lease,
    budgets: [Budget; BUDGETS_MAX],
}

// loom's atomics are larger.
#[cfg(not(orderwire_loom))]
const _: () = {
    use core::mem::offset_of;
    let first_rule = offset_of!(Budgets, budgets) + offset_of!(Budget, rule);
    assert!(
        first_rule + size_of::<AtomicU64>() <= 64,
        "whether a limit is known is in the line with the count and the lease"
    );
};

impl Budgets {
    #[inline]
    fn known(&self) -> impl Iterator<Item = (&Budget, Rule)> {
        // They are set in their order, so the first that is not ends them.
        self.budgets.iter().map_while(|budget| match budget.rule.load(Ordering::Acquire) {
            0 => None,
            rule => Some((budget, Rule(rule))),
        })
    }

    fn find(&self, rule: Rule) -> Option<&Budget> {
        self.known().find(|(_, known)| *known == rule).map(|(budget, _)| budget)
    }

    fn set(&self, kind: LimitKind, interval: Duration, most: u32) {
        let (rule, most) = (Rule::new(kind, interval), most.min(LIMIT_MAX));
        for budget in &self.budgets {
            match budget.rule.compare_exchange(0, rule.0, Ordering::AcqRel, Ordering::Acquire) {
                Err(there) if there != rule.0 => {}
                Ok(_) | Err(_) => {
                    budget.most.store(most, Ordering::Release);
                    return self.lease.withdraw();
                }
            }
        }
    }

    fn taken(&self) -> Taken {
        // Acquired, so that a lease is read behind it: the one that holds for this count, or a later one.
        Taken(self.taken.load(Ordering::Acquire))
    }

    /// Takes so much from each budget, or from none.
    ///
    /// **Errors**: the one that does not have it.
    #[inline]
    fn take(&self, more: Taken, now: Timestamp, reserve_percent: u8) -> Result<(), Rule> {
        if self.known().next().is_none() {
            return Ok(());
        }
        let taken = self.taken();
        if self.lease.covers(taken, more, now) && self.exchange(taken, taken.plus(more)).is_ok() {
            return Ok(());
        }
        self.take_from_each(more, now, reserve_percent)
    }

    /// The same, where that is not known beforehand.
    #[cold]
    fn take_from_each(&self, more: Taken, now: Timestamp, reserve_percent: u8) -> Result<(), Rule> {
        let mut taken = self.taken();
        loop {
            let has = |(budget, rule)| self.has(budget, rule, taken, more, now, reserve_percent);
            let seen = match self.known().find(|known| !has(*known)) {
                None => match self.exchange(taken, taken.plus(more)) {
                    Ok(()) => break,
                    Err(seen) => seen,
                },
                Some((_, rule)) => match self.taken() {
                    seen if seen == taken => return Err(rule),
                    // A window may have begun after the count was read, and with a greater one.
                    seen => seen,
                },
            };
            taken = seen;
        }
        self.lease.grant(|reserve_percent| self.terms(now, reserve_percent));
        Ok(())
    }

    /// What the budgets have in common, once the windows of `now` have begun.
    fn terms(&self, now: Timestamp, reserve_percent: u8) -> Terms {
        // Read before the budgets: what a window that begins meanwhile has counted reads as used.
        let mut terms = Terms::new(self.taken());
        for (budget, rule) in self.known() {
            let (_, began) = split(budget.state.load(Ordering::Acquire));
            let used = less(terms.taken.of(rule.kind()), began);
            let room = &mut terms.room[rule.kind() as usize];
            *room = (*room).min(budget.most(reserve_percent).saturating_sub(used));
            let (began, ends) = rule.begins_and_ends(now);
            (terms.from, terms.until) = (terms.from.max(began), terms.until.min(ends));
        }
        terms
    }

    fn exchange(&self, taken: Taken, next: Taken) -> Result<(), Taken> {
        let exchanged = self.taken.compare_exchange_weak(taken.0, next.0, Ordering::Relaxed, Ordering::Relaxed);
        exchanged.map(drop).map_err(Taken)
    }

    /// Whether a budget has so much more, when so much was taken. Its window has begun then.
    #[inline]
    fn has(&self, budget: &Budget, rule: Rule, taken: Taken, more: Taken, now: Timestamp, reserve_percent: u8) -> bool {
        let amount = more.of(rule.kind());
        let (window, began) = split(budget.state.load(Ordering::Acquire));
        let began = if rule.is_within(window, now) { began } else { self.begin(budget, rule, now) };
        let used = less(taken.of(rule.kind()), began);
        amount == 0 || used + amount <= budget.most(reserve_percent)
    }

    /// Begins the window of `now`, unless another thread has: with which count it began.
    #[cold]
    fn begin(&self, budget: &Budget, rule: Rule, now: Timestamp) -> u32 {
        let window = rule.window(now);
        let mut state = budget.state.load(Ordering::Acquire);
        loop {
            let (there, began) = split(state);
            // Another thread may be a moment ahead, and in the next window already: that one is as good. Any other is over, however
            // far off: numbers of windows shorter than a second come around.
            if there.wrapping_sub(window) <= WINDOWS_AHEAD_MAX {
                return began;
            }
            let began = self.taken().of(rule.kind());
            // Released, so that whoever counts in this window counts behind what was read here.
            match budget.state.compare_exchange(state, join(window, began), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return began,
                Err(seen) => state = seen,
            }
        }
    }

    /// What was taken at `now` for a request that is not sent.
    fn give_back(&self, amount: Taken, now: Timestamp) {
        for (budget, rule) in self.known() {
            let window = rule.window(now);
            budget.change(|there, began| (there == window).then(|| (began + amount.of(rule.kind())) & LIMIT_MAX));
        }
    }

    /// The venue has counted so much in the window of `sent`. What it has not seen yet is counted here alone.
    fn at_least(&self, budget: &Budget, rule: Rule, counted: u32, sent: Timestamp) {
        let (window, counted) = (rule.window(sent), counted.min(LIMIT_MAX));
        let is_less = budget.change(|there, began| {
            let taken = self.taken().of(rule.kind());
            (there == window && counted > less(taken, began)).then(|| less(taken, counted))
        });
        if is_less {
            self.lease.withdraw();
        }
    }

    fn left(&self, budget: &Budget, rule: Rule, now: Timestamp) -> u32 {
        let (there, _) = split(budget.state.load(Ordering::Acquire));
        let used = if there == rule.window(now) { self.used(budget, rule) } else { 0 };
        budget.most.load(Ordering::Relaxed).saturating_sub(used)
    }

    /// What was used in the window that began last.
    fn used(&self, budget: &Budget, rule: Rule) -> u32 {
        let (_, began) = split(budget.state.load(Ordering::Acquire));
        less(self.taken().of(rule.kind()), began)
    }
}

/// What requests have taken of each kind, in [`COUNT_BITS`] each. A count that comes around hands one on to the next, which then says one
/// too many: once in two million.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Taken(u64);

impl Taken {
    /// More of a kind than the greatest limit is taken for that much.
    #[inline]
    fn new(weight: u32, requests: u32, orders: u32) -> Self {
        Self::around(weight.min(LIMIT_MAX), requests.min(LIMIT_MAX), orders.min(LIMIT_MAX))
    }

    /// Counts that come around.
    fn around(weight: u32, requests: u32, orders: u32) -> Self {
        let of = |kind: LimitKind, count: u32| u64::from(count & LIMIT_MAX) << (COUNT_BITS * kind as u32);
        Self(of(LimitKind::Orders, orders) | of(LimitKind::Requests, requests) | of(LimitKind::Weight, weight))
    }

    const fn plus(self, more: Self) -> Self {
        Self(self.0.wrapping_add(more.0))
    }

    /// The upper half of each count: its greatest bit.
    const HALVES: u64 = 1 << (COUNT_BITS - 1) | 1 << (2 * COUNT_BITS - 1) | 1 << (3 * COUNT_BITS - 1);

    /// By how much each count is more than it was earlier: counts come around, and none hands anything on to the next here.
    const fn minus(self, earlier: Self) -> Self {
        // The last count hands on to a bit that nothing counts, and may be there in one of the two alone.
        let below = (self.0 | Self::HALVES).wrapping_sub(earlier.0 & !Self::HALVES);
        Self(below ^ ((self.0 ^ !earlier.0) & Self::HALVES))
    }

    const fn of(self, kind: LimitKind) -> u32 {
        split(self.0 >> (COUNT_BITS * kind as u32)).1 & LIMIT_MAX
    }
}

/// By how much a count is more than it was earlier: counts come around.
const fn less(count: u32, earlier: u32) -> u32 {
    count.wrapping_sub(earlier) & LIMIT_MAX
}

/// One limit: how much in which window, and where that began.
#[derive(Default)]
#[repr(C)]
struct Budget {
    /// What it counts in which windows; 0 until it is known. It never changes then.
    rule: AtomicU64,
    /// The window's number in the upper half, in the lower what had been taken when it began.
    state: AtomicU64,
    most: AtomicU32,
}

impl Budget {
    /// What it has in one window, less so many percent.
    fn most(&self, reserve_percent: u8) -> u32 {
        let most = self.most.load(Ordering::Relaxed);
        // No more than 100 times LIMIT_MAX.
        most - most * u32::from(reserve_percent) / 100
    }

    /// Whether what its window began with was changed.
    fn change(&self, change: impl Fn(u32, u32) -> Option<u32>) -> bool {
        let changed = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
            let (window, began) = split(state);
            change(window, began).map(|began| join(window, began))
        });
        changed.is_ok()
    }
}

/// What a budget counts, and in which windows: the interval in ms, and the kind in the last two bits.
#[derive(Clone, Copy, PartialEq, Eq)]
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

    /// The number of the window at `now`. Upper bits are lost where windows are shorter than a second: after 49 days of
    /// milliseconds two windows share a number, and nobody compares windows so far apart.
    const fn window(self, now: Timestamp) -> u32 {
        ((now.ms() / self.interval_ms()) & 0xFFFF_FFFF) as u32
    }

    /// Whether `now` lies in this window, which takes no division to see. No where the number has lost bits.
    #[inline]
    const fn is_within(self, window: u32, now: Timestamp) -> bool {
        match (window as u64).checked_mul(self.interval_ms()) {
            Some(began_ms) => now.ms().wrapping_sub(began_ms) < self.interval_ms(),
            None => false,
        }
    }

    /// When the window of `now` began, and when the next does.
    const fn begins_and_ends(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let began_ms = now.ms() - now.ms() % self.interval_ms();
        (Timestamp::from_ms(began_ms), Timestamp::from_ms(began_ms.saturating_add(self.interval_ms())))
    }

    /// Nothing is left of it in the window of `now`.
    #[cold]
    fn over_limit(self, now: Timestamp) -> Busy {
        Busy::OverLimit { kind: self.kind(), until: self.begins_and_ends(now).1 }
    }
}

/// How many windows one thread may be ahead of another: a second's, where they are the shortest.
const WINDOWS_AHEAD_MAX: u32 = 1_000;

const fn split(state: u64) -> (u32, u32) {
    ((state >> 32) as u32, (state & 0xFFFF_FFFF) as u32)
}

const fn join(window: u32, used: u32) -> u64 {
    (window as u64) << 32 | used as u64
}

/// What threads meet on.
#[cfg(not(orderwire_loom))]
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
}

/// The same under loom, which then tries every order in which threads can meet.
#[cfg(orderwire_loom)]
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
}

#[cfg(all(test, not(orderwire_loom)))]
mod tests {
    use proptest::prelude::*;

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
    fn what_is_not_sent_is_given_back() {
        let first = limits();
        let second = first.for_another_account();
        second.set(LimitKind::Orders, TEN_SECONDS, 10);
        for limits in [first, second] {
            assert_eq!(limits.admit(Cost::weight(30).orders(2), at(0)), Ok(()));
            let left = || {
                [(LimitKind::Weight, MINUTE), (LimitKind::Orders, TEN_SECONDS)].map(|(k, i)| limits.left(k, i, at(0)))
            };
            let before = left();
            for _ in 0..50 {
                assert_eq!(limits.admit(Cost::weight(20).orders(3), at(1)), Ok(()));
                limits.give_back(Cost::weight(20).orders(3), at(1));
            }
            assert_eq!(left(), before);
        }
    }

    #[test]
    fn a_window_is_the_same_however_it_is_found() {
        for interval_ms in [1, 100, 1_000, 10_000, 60_000, 86_400_000, u64::MAX >> 2] {
            let rule = Rule::new(LimitKind::Weight, Duration::from_millis(interval_ms));
            for now in [0, 1, 9_999, 10_000, 59_999_999, 86_400_000, 1_795_564_800_000].map(Timestamp::from_ms) {
                let window = rule.window(now);
                for other in [0, 1, window.wrapping_sub(1), window.wrapping_add(1), u32::MAX] {
                    assert!(!rule.is_within(other, now) || other == window, "{interval_ms} ms, {now}, {other}");
                }
                assert!(rule.is_within(window, now) || interval_ms < 1_000, "{interval_ms} ms, {now}");
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
    fn a_count_comes_around() {
        for kind in [LimitKind::Orders, LimitKind::Requests, LimitKind::Weight] {
            let limits = Limits::new().with_reserve(0);
            limits.set(kind, MINUTE, LIMIT_MAX);
            // What one request takes of the kind, and how many take all there is.
            let (cost, times) = match kind {
                LimitKind::Orders => (Cost::weight(0).orders(LIMIT_MAX), 1),
                LimitKind::Requests => (Cost::weight(0), LIMIT_MAX),
                LimitKind::Weight => (Cost::weight(LIMIT_MAX), 1),
            };
            for minute in 0..3 {
                let now = at(60_000 * minute);
                for _ in 0..times {
                    assert_eq!(limits.admit(cost, now), Ok(()), "{kind:?}");
                }
                assert_eq!(limits.left(kind, MINUTE, now), Some(0), "{kind:?}");
                assert_eq!(limits.admit(cost, now), over(kind, 60_000 * (minute + 1)), "{kind:?}");
            }
        }
    }

    proptest! {
        /// Whoever looks at all budgets for each request lets the same pass.
        #[test]
        fn a_lease_lets_pass_what_the_budgets_do(
            reserve in prop::sample::select(vec![0_u8, 10, 50, 100]), steps in prop::collection::vec(any_step(), 1..200),
        ) {
            let [leased, looked_at] = [(); 2].map(|()| limits().with_reserve(reserve));
            leased.set(LimitKind::Requests, Duration::from_millis(700), 20);
            looked_at.set(LimitKind::Requests, Duration::from_millis(700), 20);
            let mut now_ms = 0;
            for step in steps {
                let now = at(now_ms);
                match step {
                    Step::Admit(cost) => {
                        looked_at.address.lease.withdraw();
                        prop_assert_eq!(leased.admit(cost, now), looked_at.admit(cost, now));
                    }
                    Step::Pass(ms) => now_ms += ms,
                    Step::Set(kind, seconds, most) => {
                        for limits in [&leased, &looked_at] {
                            limits.set(kind, Duration::from_secs(seconds), most);
                        }
                    }
                    Step::Used(kind, seconds, used) => {
                        for limits in [&leased, &looked_at] {
                            limits.used(kind, Duration::from_secs(seconds), used, now);
                        }
                    }
                }
                for (kind, interval) in [(LimitKind::Weight, MINUTE), (LimitKind::Orders, TEN_SECONDS)] {
                    prop_assert_eq!(leased.left(kind, interval, now), looked_at.left(kind, interval, now));
                }
            }
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Admit(Cost),
        Pass(u64),
        Set(LimitKind, u64, u32),
        Used(LimitKind, u64, u32),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let kinds = || prop::sample::select(vec![LimitKind::Orders, LimitKind::Requests, LimitKind::Weight]);
        let counts = || prop::sample::select(vec![0_u32, 1, 2, 5, 9, 30, 100, 1_500_000, u32::MAX]);
        let seconds = || prop::sample::select(vec![1_u64, 10, 60]);
        let cost = (0..20_u32, 0..3_u32, any::<bool>());
        prop_oneof![
            8 => cost.prop_map(|(weight, orders, is_cancel)| Step::Admit(Cost { weight, orders, is_cancel })),
            1 => (counts(), counts()).prop_map(|(weight, orders)| Step::Admit(Cost::weight(weight).orders(orders))),
            2 => prop::sample::select(vec![1_u64, 99, 700, 5_000, 60_000]).prop_map(Step::Pass),
            1 => (kinds(), seconds(), counts()).prop_map(|(kind, seconds, most)| Step::Set(kind, seconds, most)),
            1 => (kinds(), seconds(), counts()).prop_map(|(kind, seconds, used)| Step::Used(kind, seconds, used)),
        ]
    }

    /// A reply that tells of more than was counted, while other threads look at the budgets and say what they have.
    #[test]
    fn a_lease_does_not_outlive_what_it_says() {
        for minute in 0..2_000 {
            let limits = Limits::new().with_reserve(0);
            limits.set(LimitKind::Weight, MINUTE, 1_000);
            let now = at(minute * 60_000);
            std::thread::scope(|threads| {
                threads.spawn(|| limits.used(LimitKind::Weight, MINUTE, 990, now));
                for _ in 0..2 {
                    threads.spawn(|| (0..3).for_each(|_| assert_eq!(limits.admit(Cost::weight(1), now), Ok(()))));
                }
            });
            // The reply may have been too early for the window.
            limits.used(LimitKind::Weight, MINUTE, 990, now);
            let left = limits.left(LimitKind::Weight, MINUTE, now).unwrap();
            assert!((4..=10).contains(&left), "{left}");
            let admitted = (0..20).filter(|_| limits.admit(Cost::weight(1), now).is_ok()).count();
            assert_eq!(admitted, left as usize);
        }
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
            assert_eq!(taken.into_inner(), 1_000);
        }
    }

    #[test]
    fn each_kind_is_counted_by_itself() {
        let counts = [0, 1, 9, LIMIT_MAX / 2, LIMIT_MAX / 2 + 1, LIMIT_MAX - 1, LIMIT_MAX];
        let all = || {
            counts.into_iter().flat_map(|a| counts.into_iter().flat_map(move |b| counts.map(|c| Taken::new(a, b, c))))
        };
        for (now, earlier) in all().flat_map(|now| all().map(move |earlier| (now, earlier))) {
            let more = now.minus(earlier);
            let kinds = lease::KINDS;
            assert!(kinds.iter().all(|kind| more.of(*kind) == less(now.of(*kind), earlier.of(*kind))));
            assert_eq!(more.0 & Taken::HALVES != 0, kinds.iter().any(|kind| more.of(*kind) > LIMIT_MAX / 2));
        }
    }

    #[test]
    fn counts_that_come_around_lose_nothing() {
        const DAY: Duration = Duration::from_secs(86_400);
        let limits = Limits::new().with_reserve(0);
        limits.set(LimitKind::Orders, DAY, u32::MAX);
        limits.set(LimitKind::Requests, DAY, 10);
        for day in 0..20 {
            let (now, until_ms) = (at(day * 86_400_000), (day + 1) * 86_400_000);
            assert_eq!(limits.admit(Cost::weight(1).orders(1_500_000), now), Ok(()));
            assert_eq!(limits.left(LimitKind::Orders, DAY, now), Some(LIMIT_MAX - 1_500_000));
            assert_eq!(limits.admit(Cost::weight(1).orders(600_000), now), over(LimitKind::Orders, until_ms));
            // One less where the count of orders has come around.
            assert!(matches!(limits.left(LimitKind::Requests, DAY, now), Some(8 | 9)));
        }
    }

    #[test]
    fn a_window_that_begins_under_several_threads_has_no_more_than_there_is() {
        const WINDOWS: usize = 2_000;
        let limits = Limits::new().with_reserve(0);
        limits.set(LimitKind::Weight, Duration::from_secs(1), 25);
        limits.set(LimitKind::Requests, Duration::from_secs(2), 30);
        limits.set(LimitKind::Orders, Duration::from_secs(1), 20);
        let clock_ms = AtomicU64::new(0);
        let orders: [AtomicU32; WINDOWS] = std::array::from_fn(|_| AtomicU32::new(0));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    loop {
                        let ms = clock_ms.fetch_add(7, Ordering::Relaxed);
                        let Some(orders) = orders.get(usize::try_from(ms / 1_000).unwrap()) else { return };
                        if limits.admit(Cost::weight(1).orders(1), at(ms)).is_ok() {
                            orders.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let orders = orders.map(AtomicU32::into_inner);
        // Who is late counts in the next window: so from any window on there are no more than these windows have.
        for from in (0..WINDOWS).step_by(2) {
            let (since, windows) = (orders[from..].iter().sum::<u32>(), u32::try_from(WINDOWS - from).unwrap());
            assert!(since <= windows * 15, "{since} in {windows} windows");
        }
        assert!(orders.iter().sum::<u32>() > 2_000 * 15 * 9 / 10, "windows end");
    }
}
