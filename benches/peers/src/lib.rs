//! How the benches of this workspace measure: blocks of each contender in turn, so that a machine that slows down slows
//! them alike, and medians over the blocks.

pub mod arms;
pub mod counts;
pub mod heap;
pub mod order;
pub mod pace;
pub mod records;
pub mod venue;

use std::time::Instant;

/// One way of doing the work.
pub struct Contender<'a> {
    /// What the table calls it.
    pub name: &'a str,
    /// Does the work once.
    pub run: &'a mut dyn FnMut(),
}

/// Runs every contender in `blocks` blocks of `iterations` and prints nanoseconds per run and the ratio to the first.
///
/// **Units.** The median over the blocks, and the 10th and 90th percentile.
pub fn compare(title: &str, blocks: usize, iterations: u32, contenders: &mut [Contender<'_>]) {
    let mut times = vec![Vec::with_capacity(blocks); contenders.len()];
    for block in 0..=blocks {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..iterations {
                (contender.run)();
            }
            let ns = start.elapsed().as_nanos() as f64 / f64::from(iterations);
            // The first block warms caches and branch predictors.
            if block > 0 {
                times.push(ns);
            }
        }
    }
    println!("{title}");
    let mut first = None;
    for (contender, times) in contenders.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        let ratio = at(0.5) / *first.get_or_insert(at(0.5));
        println!("  {:44} {:8.1} ns  ({:.1} to {:.1})  {ratio:6.3}", contender.name, at(0.5), at(0.1), at(0.9));
    }
}

/// The middle one.
///
/// # Panics
/// Of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Where the scheduler puts client and server decides more than anything measured here: each stays on a processor of its own.
pub fn stay_on(processor: usize) {
    let mut only = rustix::thread::CpuSet::new();
    only.set(processor);
    // Refused where there is no such processor, or not for us: then the figures are noisier.
    let _ = rustix::thread::sched_setaffinity(None, &only);
}
