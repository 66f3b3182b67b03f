//! How sure a quantile ratio is: whole blocks drawn again and again.
//!
//! Values inside a block are not independent: one disturbance of the machine slows hundreds of neighbours. So what is drawn
//! is never a value but a block with all that is in it, and where blocks were recorded in pairs, a pair. Where neighbouring
//! blocks resemble each other even so, runs of neighbours are drawn (the circular block bootstrap), as long as the
//! resemblance asks for.
//!
//! Sources: Künsch, *The jackknife and the bootstrap for general stationary observations* (1989), and Politis and Romano,
//! *A circular block-resampling procedure for stationary data* (1992), for runs; Hesterberg, *What teachers should know
//! about the bootstrap* (2015), section 4, for why few blocks need Student's t and the factor n/(n-1); Westfall and Young,
//! *Resampling-based multiple testing* (1993), for the interval that holds for all gates at once.

use fastrand::Rng;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::counts::Counts;

/// The blocks of one stage of one side, laid out so that a quantile of any mixture of them is a binary search.
#[derive(Debug)]
pub(crate) struct Blocks {
    /// The filled bins of all blocks together: least and greatest value.
    bins: Vec<(f64, f64)>,
    /// For each bin, for each block, how many of its values lie in this bin or below.
    up_to: Vec<u64>,
    /// How many values each block has.
    totals: Vec<u64>,
}

impl Blocks {
    pub(crate) fn new(blocks: &[&Counts]) -> Self {
        let all = Counts::merged(blocks.iter().copied());
        let mut running = vec![0_u64; blocks.len()];
        let mut next = vec![0_usize; blocks.len()];
        let mut up_to = Vec::with_capacity(all.bins().len() * blocks.len());
        for bin in all.bins() {
            for (block, counts) in blocks.iter().enumerate() {
                if let Some(own) =
                    counts.bins().get(next[block]).filter(|own| (own.low, own.high) == (bin.low, bin.high))
                {
                    running[block] += own.count;
                    next[block] += 1;
                }
                up_to.push(running[block]);
            }
        }
        let bins = all.bins().iter().map(|bin| (bin.low as f64, bin.high as f64 + 1.0)).collect();
        Self { bins, up_to, totals: running }
    }

    pub(crate) const fn count(&self) -> usize {
        self.totals.len()
    }

    /// The value at a quantile where block `i` stands `weights[i]` times. Between a bin's ends the values are taken to lie
    /// evenly, so that a ratio does not jump from bin to bin.
    pub(crate) fn quantile(&self, weights: &[u32], quantile: f64) -> f64 {
        let of = |counts: &[u64]| -> u64 {
            counts.iter().zip(weights).map(|(count, times)| count * u64::from(*times)).sum()
        };
        let row = |bin: usize| of(&self.up_to[bin * self.count()..][..self.count()]);
        let total = of(&self.totals);
        // The same value that HdrHistogram's rule picks, before the place inside its bin.
        let wanted = (quantile * total as f64).next_down().ceil().max(1.0);
        let (mut low, mut high) = (0, self.bins.len() - 1);
        while low < high {
            let middle = low.midpoint(high);
            if row(middle) as f64 >= wanted {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let below = if low == 0 { 0 } else { row(low - 1) } as f64;
        let inside = row(low) as f64 - below;
        let (from, to) = self.bins[low];
        from + (to - from) * ((wanted - 0.5 - below) / inside).clamp(0.0, 1.0)
    }

    /// Which share of each block's values lies above `value`.
    fn shares_above(&self, value: f64) -> impl Iterator<Item = f64> + '_ {
        let bin = self.bins.partition_point(|(from, _)| *from <= value).saturating_sub(1);
        let row = &self.up_to[bin * self.count()..][..self.count()];
        row.iter().zip(&self.totals).map(|(up_to, total)| 1.0 - *up_to as f64 / *total as f64)
    }
}

/// One ratio that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) base: &'a Blocks,
    pub(crate) new: &'a Blocks,
    pub(crate) quantile: f64,
    /// Whether a verdict hangs on it: the interval for all such at once is made for these.
    pub(crate) gated: bool,
}

/// What came out for one ratio. Natural logarithms: a doubling and a halving are equally far from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) log_ratio: f64,
    /// How far the interval reaches to either side.
    pub(crate) margin: f64,
    /// How far the one reaches that holds for all gates at once.
    pub(crate) margin_all: f64,
}

/// What all estimates have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) paired: bool,
    pub(crate) resamples: usize,
    pub(crate) level: f64,
    pub(crate) seed: u64,
}

/// The ratio new/base of each target, with its intervals; and how long the runs were that were drawn.
pub(crate) fn estimate(targets: &[Target<'_>], plan: Plan) -> (Vec<Estimate>, usize) {
    let Some(first) = targets.first() else { return (Vec::new(), 1) };
    let (n_base, n_new) = (first.base.count(), first.new.count());
    let fewest = n_base.min(n_new);
    let run = run_length(targets, plan.paired, fewest);
    let once = |n: usize| vec![1_u32; n];
    let ratio = |target: &Target<'_>, base: &[u32], new: &[u32]| {
        (target.new.quantile(new, target.quantile) / target.base.quantile(base, target.quantile)).ln()
    };
    let found: Vec<f64> = targets.iter().map(|target| ratio(target, &once(n_base), &once(n_new))).collect();

    let mut rng = Rng::with_seed(plan.seed);
    let (mut base, mut new) = (once(n_base), once(n_new));
    let mut drawn = vec![Vec::with_capacity(plan.resamples); targets.len()];
    for _ in 0..plan.resamples {
        draw(&mut rng, run, &mut base);
        if plan.paired {
            new.copy_from_slice(&base);
        } else {
            draw(&mut rng, run, &mut new);
        }
        for (target, drawn) in targets.iter().zip(&mut drawn) {
            drawn.push(ratio(target, &base, &new));
        }
    }

    // Few blocks show less spread than there is, and how much there is is itself uncertain: see Hesterberg.
    let pieces = fewest as f64 / run as f64;
    let small = (fewest as f64 / (fewest - run) as f64).sqrt();
    let errors: Vec<f64> = drawn.iter().map(|drawn| deviation(drawn) * small).collect();
    let tail = f64::midpoint(1.0, plan.level);
    let student =
        StudentsT::new(0.0, 1.0, (pieces - 1.0).max(1.0)).expect("a scale and a freedom above 0").inverse_cdf(tail);
    let normal = Normal::standard().inverse_cdf(tail);

    // The greatest deviation of any gate, in its own errors: what all of them stay under together, this often.
    let mut greatest: Vec<f64> = (0..plan.resamples)
        .map(|at| {
            let gates = (0..targets.len()).filter(|target| targets[*target].gated && errors[*target] > 0.0);
            gates.map(|t| (drawn[t][at] - found[t]).abs() / (errors[t] / small)).fold(0.0, f64::max)
        })
        .collect();
    greatest.sort_by(f64::total_cmp);
    let all = at_share(&greatest, plan.level).max(normal) * student / normal;

    let made = found.iter().zip(&errors).map(|(log_ratio, error)| Estimate {
        log_ratio: *log_ratio,
        margin: student * error,
        margin_all: all * error,
    });
    (made.collect(), run)
}

/// Draws as many blocks as there are, in runs of neighbours; behind the last comes the first.
fn draw(rng: &mut Rng, run: usize, weights: &mut [u32]) {
    weights.fill(0);
    let n = weights.len();
    let mut left = n;
    while left > 0 {
        let start = rng.usize(..n);
        for step in 0..run.min(left) {
            weights[(start + step) % n] += 1;
        }
        left -= run.min(left);
    }
}

/// How many neighbours are drawn together: 1 where blocks do not resemble their neighbours.
///
/// What is looked at is what a block does to the ratio: its share of values above the quantile, new less base. The length is
/// the best one for a first-order process with the correlation found (Carlstein, *The use of subseries values*, 1986); a
/// correlation of which half or more comes by chance alone counts as none.
fn run_length(targets: &[Target<'_>], paired: bool, fewest: usize) -> usize {
    let gates: Vec<_> = targets.iter().filter(|target| target.gated).collect();
    let mut found = Vec::new();
    for target in gates {
        let ones = |blocks: &Blocks| vec![1; blocks.count()];
        let [base, new] = [target.base, target.new].map(|side| {
            let value = side.quantile(&ones(side), target.quantile);
            side.shares_above(value).collect::<Vec<f64>>()
        });
        if paired {
            found.push(neighbours(&base.iter().zip(&new).map(|(b, n)| n - b).collect::<Vec<_>>()));
        } else {
            found.extend([neighbours(&base), neighbours(&new)]);
        }
    }
    // A pair's sides meet the same drift; recordings made apart meet each its own, which neighbours may not show.
    let shortest = if paired { 1 } else { (fewest / PIECES_APART).max(1) };
    let correlation = found.iter().sum::<f64>() / found.len().max(1) as f64;
    if correlation < CHANCE / (fewest as f64).sqrt() {
        return shortest;
    }
    let best = (2.0 * correlation / (1.0 - correlation * correlation)).powf(2.0 / 3.0) * (fewest as f64).cbrt();
    let longest = fewest / PIECES_MIN;
    (shortest..=longest).find(|run| *run as f64 >= best).unwrap_or(longest)
}

/// The correlation of each value with the next.
fn neighbours(series: &[f64]) -> f64 {
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let all: f64 = series.iter().map(|value| (value - mean).powi(2)).sum();
    let next: f64 = series.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    if all > 0.0 { (next / all).clamp(-0.95, 0.95) } else { 0.0 }
}

/// The value at a share of a rising series.
pub(crate) fn at_share<T: Copy>(rising: &[T], share: f64) -> T {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the series' length")]
    let rank = ((rising.len() - 1) as f64 * share).round() as usize;
    rising[rank]
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Half a standard error of a correlation of white noise, 1/sqrt(n).
const CHANCE: f64 = 0.5;

/// However alike neighbours are, so many runs at least make up a recording: fewer say nothing about spread.
const PIECES_MIN: usize = 5;

/// Into so many pieces at most a recording falls that has no pairs: with single blocks, 3 of 100 equal sides whose blocks resemble their
/// neighbours were called a regression (`statistics.md`), and with 8 pieces a fifth of the equal ones could not be told.
const PIECES_APART: usize = 12;
