//! How often the comparison is right, counted on recordings whose truth is known.
//!
//! Every row makes many pairs of recordings from one kind of latency, compares them as `compare` does and counts: how often
//! the 99 % interval holds the true ratio at p50, p90 and p99; how often equal sides are called a regression (a false
//! alarm) or the same; how often a slow-down of 5 % and of 10 % is called a regression.
//!
//! `cargo test --release -p orderwire-latency --test statistics` runs [`TRIES`] tries a row and compares the table with the one
//! in `statistics.md`; with `ORDERWIRE_BLESS=1` it writes that anew. Without `--release` fewer tries are made, and only the
//! bounds are checked.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use orderwire_latency::compare::{Comparison, Options, Verdict, compare};
use orderwire_latency::log::MeasuredBlock;
use orderwire_latency::recording::{Recording, Unit};

const SEED: u64 = 20_261_125;
const TRIES: u64 = if cfg!(debug_assertions) { 1 } else { 100 };
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/statistics.md");

/// One kind of latency, and how its blocks hang together.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    value: fn(&mut Rng) -> f64,
    /// How each block is scaled, one number a block: the machine's mood.
    mood: fn(&mut Rng, usize) -> Vec<f64>,
    paired: bool,
    blocks: usize,
    values: usize,
}

const KINDS: [Kind; 9] = [
    Kind { name: "log-normal", value: log_normal, mood: steady, paired: false, blocks: 40, values: 500 },
    Kind { name: "log-normal, 10 blocks", value: log_normal, mood: steady, paired: false, blocks: 10, values: 1_000 },
    Kind { name: "bimodal", value: bimodal, mood: steady, paired: false, blocks: 40, values: 500 },
    Kind { name: "heavy tail", value: heavy_tail, mood: steady, paired: false, blocks: 40, values: 500 },
    Kind { name: "autocorrelated blocks", value: log_normal, mood: drifting, paired: false, blocks: 60, values: 500 },
    Kind {
        name: "autocorrelated blocks, in pairs",
        value: log_normal,
        mood: drifting,
        paired: true,
        blocks: 40,
        values: 500,
    },
    Kind {
        name: "every tenth block disturbed, in pairs",
        value: log_normal,
        mood: disturbed,
        paired: true,
        blocks: 40,
        values: 500,
    },
    Kind {
        name: "heavy tail and drift, in pairs",
        value: heavy_tail,
        mood: drifting,
        paired: true,
        blocks: 40,
        values: 500,
    },
    Kind {
        name: "bimodal, 12 blocks, in pairs",
        value: bimodal,
        mood: drifting,
        paired: true,
        blocks: 12,
        values: 1_000,
    },
];

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

fn log_normal(rng: &mut Rng) -> f64 {
    100_000.0 * (0.25 * normal(rng)).exp()
}

/// One order in four waits for another processor.
fn bimodal(rng: &mut Rng) -> f64 {
    let mode = if rng.f64() < 0.25 { 160_000.0 } else { 100_000.0 };
    mode * (0.05 * normal(rng)).exp()
}

/// A Pareto tail of exponent 2.5 on a narrow body: no variance beyond the second moment to speak of.
fn heavy_tail(rng: &mut Rng) -> f64 {
    let body = 100_000.0 * (0.05 * normal(rng)).exp();
    if rng.f64() < 0.05 { body * (1.0 - rng.f64()).powf(-1.0 / 2.5) } else { body }
}

fn steady(_: &mut Rng, blocks: usize) -> Vec<f64> {
    vec![1.0; blocks]
}

/// A first-order process: each block takes over 0.7 of its neighbour's deviation; standard deviation 5 %.
fn drifting(rng: &mut Rng, blocks: usize) -> Vec<f64> {
    let (keep, spread) = (0.7_f64, 0.05);
    let mut level = normal(rng) * spread;
    let step = |level: &mut f64| {
        *level = keep * *level + (1.0 - keep * keep).sqrt() * spread * normal(rng);
        level.exp()
    };
    std::iter::repeat_with(|| 0).take(blocks).scan(step, |step, _| Some(step(&mut level))).collect()
}

/// One block in ten takes three times as long.
fn disturbed(rng: &mut Rng, blocks: usize) -> Vec<f64> {
    (0..blocks).map(|_| if rng.f64() < 0.1 { 3.0 } else { 1.0 }).collect()
}

/// A recording as a file would hold it. In pairs, both sides share the mood but for 1 %.
fn recording(kind: &Kind, rng: &mut Rng, mood: &[f64], slower: f64) -> Recording {
    let directory = std::env::temp_dir();
    let path = directory.join(format!("orderwire-statistics-{}.hlog", std::process::id()));
    let mut log = orderwire_latency::log::LatencyLog::create(&path).unwrap();
    let start = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    for (block, mood) in mood.iter().enumerate() {
        let own = if kind.paired { (0.01 * normal(rng)).exp() } else { 1.0 };
        let mut histogram = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
        for _ in 0..kind.values {
            let taken = Duration::from_secs_f64((kind.value)(rng) * mood * own * slower / 1e9);
            histogram.saturating_record(u64::try_from(taken.as_nanos()).unwrap());
        }
        let at: SystemTime = start + Duration::from_secs(block as u64);
        log.write(&MeasuredBlock::new(at, Duration::from_secs(1), &histogram)).unwrap();
    }
    let recording = Recording::read(&path, Unit::Nanoseconds).unwrap();
    std::fs::remove_file(&path).unwrap();
    recording
}

fn once(kind: &Kind, rng: &mut Rng, slower: f64) -> Comparison {
    let mood = (kind.mood)(rng, kind.blocks);
    let base = recording(kind, rng, &mood, 1.0);
    let other = (kind.mood)(rng, kind.blocks);
    let new = recording(kind, rng, if kind.paired { &mood } else { &other }, slower);
    let mut options = Options::default();
    options.paired = kind.paired;
    options.apart = true;
    options.resamples = 1_000;
    compare(&base, &new, &options).unwrap()
}

/// Shares, in percent.
struct Figures {
    coverage: [f64; 3],
    false_alarms: f64,
    same: f64,
    caught: [f64; 2],
}

fn figures(kind: &Kind, rng: &mut Rng) -> Figures {
    let mut held = [0_u64; 3];
    let (mut alarms, mut same, mut caught) = (0_u64, 0_u64, [0_u64; 2]);
    for _ in 0..TRIES {
        for (at, slower) in [1.0, 1.05, 1.10].into_iter().enumerate() {
            let comparison = once(kind, rng, slower);
            let rows = comparison.stages[0].rows.iter().filter(|row| [0.5, 0.9, 0.99].contains(&row.quantile));
            for (held, row) in held.iter_mut().zip(rows) {
                *held += u64::from(row.interval[0] <= slower && slower <= row.interval[1]);
            }
            match (at, comparison.verdict) {
                (0, Verdict::Regression) => alarms += 1,
                (0, Verdict::Same) => same += 1,
                (1 | 2, Verdict::Regression) => caught[at - 1] += 1,
                _ => {}
            }
        }
    }
    let share = |count: u64, of: u64| count as f64 * 100.0 / of as f64;
    Figures {
        coverage: held.map(|held| share(held, 3 * TRIES)),
        false_alarms: share(alarms, TRIES),
        same: share(same, TRIES),
        caught: caught.map(|caught| share(caught, TRIES)),
    }
}

fn main() {
    let mut table = format!(
        "`cargo test --release -p orderwire-latency --test statistics`, seed {SEED}, {TRIES} tries for each figure of verdicts and \
         three times as many for each of coverage; blocks of 500 values, 40 a side, unless said otherwise.\n\n\
         | kind of latency | 99 % interval holds the truth, p50 | p90 | p99 | equal sides: `regression` | `same` | +5 %: `regression` | +10 % |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for kind in &KINDS {
        let Figures { coverage: [p50, p90, p99], false_alarms, same, caught: [five, ten] } =
            figures(kind, &mut Rng::with_seed(SEED));
        writeln!(
            table,
            "| {} | {p50:.1} % | {p90:.1} % | {p99:.1} % | {false_alarms:.1} % | {same:.1} % | {five:.1} % | {ten:.1} % |",
            kind.name
        )
        .unwrap();
        println!("{}", table.lines().last().unwrap());
        assert!(false_alarms <= FALSE_ALARMS_MAX, "{}: {false_alarms} % false alarms", kind.name);
        assert!(ten >= CAUGHT_MIN, "{}: {ten} % of +10 % caught", kind.name);
        if !cfg!(debug_assertions) {
            assert!(p50.min(p90).min(p99) >= COVERAGE_MIN, "{}: coverage {p50} {p90} {p99}", kind.name);
        }
    }
    if cfg!(debug_assertions) {
        return;
    }
    if std::env::var_os("ORDERWIRE_BLESS").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap(), table, "the table is another: see this file's head");
}

/// Percent. An interval that holds the truth 99 times in 100 does so 285 times in 300 or more, but for once in a million rows.
const COVERAGE_MIN: f64 = 95.0;
const FALSE_ALARMS_MAX: f64 = 2.5;
const CAUGHT_MIN: f64 = 95.0;
