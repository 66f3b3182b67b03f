//! What one block counted of one stage: the bins of its histogram that hold anything.
//!
//! A dense histogram of this range has 27,000 counters, of which a block fills some hundred. A recording of hundreds of
//! blocks is kept as what is filled; where a bin begins and ends is HdrHistogram's own rule.

use hdrhistogram::{Counter, Histogram};

/// One filled bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bin {
    /// The least value that falls into it.
    pub low: u64,
    /// The greatest.
    pub high: u64,
    /// How many did.
    pub count: u64,
}

/// The filled bins of a histogram, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    bins: Vec<Bin>,
    total: u64,
}

impl Counts {
    /// The filled bins of `histogram`.
    #[must_use]
    pub fn of<C: Counter>(histogram: &Histogram<C>) -> Self {
        let filled = histogram.iter_recorded().map(|step| {
            let value = step.value_iterated_to();
            let count = step.count_at_value().as_u64();
            Bin { low: histogram.lowest_equivalent(value), high: histogram.highest_equivalent(value), count }
        });
        Self::from_bins(filled.collect())
    }

    fn from_bins(bins: Vec<Bin>) -> Self {
        let total = bins.iter().fold(0_u64, |sum, bin| sum.saturating_add(bin.count));
        Self { bins, total }
    }

    /// The same in wider or narrower units: every bin's ends times `factor`.
    pub(crate) fn scaled(self, factor: u64) -> Self {
        // The last value of a bin is the one before the next bin's first.
        let scaled = |bin: Bin| Bin {
            low: bin.low.saturating_mul(factor),
            high: bin.high.saturating_add(1).saturating_mul(factor).saturating_sub(1),
            ..bin
        };
        Self::from_bins(self.bins.into_iter().map(scaled).collect())
    }

    /// All of `parts` in one.
    #[must_use]
    pub fn merged<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut bins: Vec<Bin> = parts.into_iter().flat_map(|part| part.bins.iter().copied()).collect();
        bins.sort_unstable_by_key(|bin| (bin.low, bin.high));
        bins.dedup_by(|next, kept| {
            let same = (next.low, next.high) == (kept.low, kept.high);
            if same {
                kept.count = kept.count.saturating_add(next.count);
            }
            same
        });
        Self::from_bins(bins)
    }

    /// The filled bins.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// How many values were counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The greatest value that was counted, to the bin's end.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.bins.last().map_or(0, |bin| bin.high)
    }

    /// The mean, each value taken at the middle of its bin.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.bins.iter().map(|bin| bin.middle() * bin.count as f64).sum();
        if self.total == 0 { 0.0 } else { sum / self.total as f64 }
    }

    /// The value at a quantile as HdrHistogram tells it: the last value of the bin that holds it. 0 where nothing was counted.
    #[must_use]
    pub fn value_at(&self, quantile: f64) -> u64 {
        let rank = rank(quantile, self.total);
        let mut below = 0;
        for bin in &self.bins {
            below += bin.count;
            if below >= rank {
                return bin.high;
            }
        }
        self.max()
    }

    /// How many values lie above a quantile.
    #[must_use]
    pub fn above(&self, quantile: f64) -> u64 {
        self.total - rank(quantile, self.total).min(self.total)
    }

    /// The same as a histogram of the given precision.
    #[must_use]
    pub fn to_histogram(&self) -> Histogram<u64> {
        let mut histogram = new_histogram();
        for bin in &self.bins {
            // A bin's middle: another histogram's bins may lie otherwise.
            histogram.saturating_record_n(bin.low.midpoint(bin.high), bin.count);
        }
        histogram
    }
}

impl Bin {
    fn middle(&self) -> f64 {
        (self.low as f64 + self.high as f64) / 2.0
    }
}

/// Which value, counted from 1 in rising order, stands at a quantile.
fn rank(quantile: f64, total: u64) -> u64 {
    // One unit in the last place less, as HdrHistogram does it: 0.99 of 1000 is 990, not 991.
    let wanted = (quantile.clamp(0.0, 1.0) * total as f64).next_down();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a u64")]
    let rank = wanted.ceil().max(1.0) as u64;
    rank
}

/// 1 ns to 1 hour, and how many decimal digits are kept: figures are good to 0.1 %.
pub(crate) fn new_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HIGHEST_NS, DIGITS).expect("bounds that HdrHistogram takes")
}

/// An order that takes longer than this counts as having taken this long.
const HIGHEST_NS: u64 = 3_600_000_000_000;
const DIGITS: u8 = 3;
