//! Two recordings, and what may be said about the second against the first.
//!
//! A gate is a stage, a quantile and the least change that matters there. Its verdict:
//!
//! | verdict | when |
//! | --- | --- |
//! | `regression` | the ratio is up by the gate's effect or more, and its interval *for all gates at once* lies above 1 |
//! | `improvement` | the same downwards |
//! | `same` | neither, and the 99 % interval lies within the effect on both sides: equality is shown, not assumed |
//! | `undecided` | none of these: the recordings are too short or too noisy to tell |
//!
//! Recordings made apart, one after the other, meet two moods of one machine, and nothing in them tells those from a change of
//! the code. Where our own header shows that two were made so, neither a regression nor an improvement is said of them unless
//! the caller asks for it ([`Options::apart`]).
//!
//! One regression makes the whole a regression, so its interval is corrected for the number of gates; equality must be shown
//! by every gate, which needs no correction (an intersection-union test).

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::bootstrap::{Blocks, Estimate, Plan, Target, estimate};
use crate::counts::Counts;
use crate::environment::Environment;
use crate::recording::{Recording, StageBlocks};

/// How much a quantile may change before it matters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "callers write it out")]
pub struct Gate {
    /// Which quantile, 0 to 1.
    pub quantile: f64,
    /// The least change that matters, as a share: 0.03 is 3 %.
    pub effect: f64,
}

/// What is gated unless said otherwise.
pub const GATES: [Gate; 3] =
    [Gate { quantile: 0.5, effect: 0.03 }, Gate { quantile: 0.9, effect: 0.03 }, Gate { quantile: 0.99, effect: 0.05 }];

/// How recordings are compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What is gated in every stage.
    pub gates: Vec<Gate>,
    /// Which stages are compared; empty for all, which both sides must then have.
    pub stages: Vec<String>,
    /// Takes the n-th blocks of both sides for a pair, whatever their headers say.
    pub paired: bool,
    /// Judges recordings made apart, of which else neither a regression nor an improvement is said: the machine may have changed
    /// meanwhile. Files of other tools, which do not say how they were made, are judged in any case.
    pub apart: bool,
    /// Compares recordings of different environments. The result says so.
    pub force: bool,
    /// How sure an interval is: 0.99.
    pub level: f64,
    /// How often blocks are drawn.
    pub resamples: usize,
    /// What the draws begin with: the same files and seed give the same figures.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gates: GATES.to_vec(),
            stages: Vec::new(),
            paired: false,
            apart: false,
            force: false,
            level: 0.99,
            resamples: 2_000,
            seed: 1,
        }
    }
}

/// What is said of one quantile, or of all gates together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "CI takes every one into account")]
pub enum Verdict {
    /// Faster, by as much as matters.
    Improvement,
    /// Slower, by as much as matters.
    Regression,
    /// No change as large as would matter.
    Same,
    /// Cannot be told.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Improvement => "improvement",
            Self::Regression => "regression",
            Self::Same => "same",
            Self::Undecided => "undecided",
        })
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[error("not comparable: {problem}; {cure}")]
#[non_exhaustive]
pub struct NotComparable {
    /// What is wrong, with the names of the files.
    pub problem: String,
    /// What to do.
    pub cure: &'static str,
}

/// Two recordings compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// What all gates together say.
    pub verdict: Verdict,
    /// Whether blocks were compared in pairs.
    pub paired: bool,
    /// Whether the recordings were made apart, so that a change may be the machine's and none is called a regression.
    pub apart: bool,
    /// How many neighbouring blocks were drawn together.
    pub run_length: usize,
    /// How sure the intervals are.
    pub level: f64,
    /// What the draws began with.
    pub seed: u64,
    /// What differs between the environments, where the caller forced the comparison.
    pub forced: Vec<String>,
    /// The old side.
    pub base: Side,
    /// The new side.
    pub new: Side,
    /// Each stage that both have.
    pub stages: Vec<Stage>,
}

/// One side of a comparison.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Side {
    /// Its file.
    pub path: PathBuf,
    /// How many blocks it has.
    pub blocks: usize,
    /// Where and how it was recorded, if it says so.
    pub environment: Option<Environment>,
}

/// One stage of both sides.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How many values each side has, base first.
    pub samples: [u64; 2],
    /// The mean of each side. **Units**: ns.
    pub mean_ns: [f64; 2],
    /// The quantiles of the table, gated or not.
    pub rows: Vec<Row>,
    /// The quantiles of the plots.
    #[serde(skip)]
    pub shift: Vec<Row>,
    /// Both sides' blocks, base first.
    #[serde(skip)]
    pub blocks: [StageBlocks; 2],
}

/// One quantile of one stage.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// Which, 0 to 1.
    pub quantile: f64,
    /// Of the old side. **Units**: ns.
    pub base_ns: u64,
    /// Of the new side. **Units**: ns.
    pub new_ns: u64,
    /// new / base, from within the bins.
    pub ratio: f64,
    /// Where the ratio lies, as sure as [`Comparison::level`] says.
    pub interval: [f64; 2],
    /// Where it lies, as sure for all gates at once.
    pub interval_all_gates: [f64; 2],
    /// The change that matters here.
    pub effect: f64,
    /// What is said of it.
    pub verdict: Verdict,
    /// Whether the overall verdict hangs on it.
    pub gated: bool,
    /// How many values lie above the quantile, on the side that has fewer.
    pub samples_above: u64,
}

/// Compares two recordings.
///
/// **Errors**: [`NotComparable`] where any verdict would be a guess.
pub fn compare(base: &Recording, new: &Recording, options: &Options) -> Result<Comparison, NotComparable> {
    let forced = environments(base, new, options)?;
    let stages = stages(base, new, options)?;
    let blocks = stages[0].map(|side| side.blocks.len());
    for (recording, blocks) in [base, new].into_iter().zip(blocks) {
        if blocks < BLOCKS_MIN {
            let what = if blocks == 1 { "one block says" } else { "they say" };
            let problem = format!(
                "{} has {blocks} of the {BLOCKS_MIN} blocks it takes: {what} nothing about spread",
                recording.path.display()
            );
            return Err(NotComparable { problem, cure: "record more blocks" });
        }
    }
    let paired = options.paired || same_session(base, new);
    if paired && blocks[0] != blocks[1] {
        let problem = format!("{} blocks and {} blocks are no pairs", blocks[0], blocks[1]);
        return Err(NotComparable { problem, cure: "record both sides with `ab`, or leave --paired out" });
    }

    let says = |side: &Recording| side.environment.is_some();
    let apart = !paired && !options.apart && (says(base) || says(new));

    let tables: Vec<[Blocks; 2]> = stages
        .iter()
        .map(|sides| sides.map(|side| Blocks::new(&side.blocks.iter().map(|block| &block.counts).collect::<Vec<_>>())))
        .collect();
    let all: Vec<[Counts; 2]> = stages
        .iter()
        .map(|sides| sides.map(|side| Counts::merged(side.blocks.iter().map(|block| &block.counts))))
        .collect();

    let mut targets = Vec::new();
    let mut wanted = Vec::new();
    for (stage, [base, new]) in tables.iter().enumerate() {
        for (quantile, in_table) in quantiles(options) {
            let above = all[stage].iter().map(|counts| counts.above(quantile)).min().unwrap_or(0);
            let gate = options.gates.iter().find(|gate| (gate.quantile - quantile).abs() < 1e-12);
            let gated = gate.is_some() && above >= SAMPLES_ABOVE_MIN;
            if gate.is_some() || above >= SAMPLES_SHOWN_MIN {
                targets.push(Target { base, new, quantile, gated });
                wanted.push((stage, in_table, above));
            }
        }
    }
    if !targets.iter().any(|target| target.gated) {
        let problem = format!(
            "no gate has {SAMPLES_ABOVE_MIN} values above its quantile in both {} and {}",
            base.path.display(),
            new.path.display()
        );
        return Err(NotComparable { problem, cure: "record more values" });
    }
    let plan = Plan { paired, resamples: options.resamples, level: options.level, seed: options.seed };
    let (estimates, run_length) = estimate(&targets, plan);

    let mut told: Vec<Stage> = stages
        .iter()
        .zip(&all)
        .map(|(sides, all)| Stage {
            name: sides[0].name.clone(),
            samples: [all[0].total(), all[1].total()],
            mean_ns: [all[0].mean(), all[1].mean()],
            rows: Vec::new(),
            shift: Vec::new(),
            blocks: sides.map(Clone::clone),
        })
        .collect();
    for ((target, estimate), (stage, in_table, above)) in targets.iter().zip(&estimates).zip(wanted) {
        let [base_ns, new_ns] = [0, 1].map(|side| all[stage][side].value_at(target.quantile));
        let effect = effect(&options.gates, target.quantile);
        let row = Row {
            quantile: target.quantile,
            base_ns,
            new_ns,
            ratio: estimate.log_ratio.exp(),
            interval: interval(estimate.log_ratio, estimate.margin),
            interval_all_gates: interval(estimate.log_ratio, estimate.margin_all),
            effect,
            verdict: judge(estimate, effect, target.gated, apart),
            gated: target.gated,
            samples_above: above,
        };
        if in_table {
            told[stage].rows.push(row.clone());
        }
        told[stage].shift.push(row);
    }
    let [base, new] = [base, new].map(|side| Side {
        path: side.path.clone(),
        blocks: stages[0][0].blocks.len(),
        environment: side.environment.clone(),
    });
    let [base, new] = [Side { blocks: blocks[0], ..base }, Side { blocks: blocks[1], ..new }];
    Ok(Comparison {
        verdict: overall(&told),
        paired,
        apart,
        run_length,
        level: options.level,
        seed: options.seed,
        forced,
        base,
        new,
        stages: told,
    })
}

/// What one estimate says. An interval of its own is enough for what no verdict hangs on.
fn judge(estimate: &Estimate, effect: f64, gated: bool, apart: bool) -> Verdict {
    let matters = effect.ln_1p();
    let sure = if gated { estimate.margin_all } else { estimate.margin };
    let (log_ratio, margin) = (estimate.log_ratio, estimate.margin);
    if apart && log_ratio.abs() >= matters {
        Verdict::Undecided
    } else if log_ratio >= matters && log_ratio - sure > 0.0 {
        Verdict::Regression
    } else if log_ratio <= -matters && log_ratio + sure < 0.0 {
        Verdict::Improvement
    } else if log_ratio - margin >= -matters && log_ratio + margin <= matters {
        Verdict::Same
    } else {
        Verdict::Undecided
    }
}

fn overall(stages: &[Stage]) -> Verdict {
    let gates = || stages.iter().flat_map(|stage| &stage.rows).filter(|row| row.gated).map(|row| row.verdict);
    // The worst word any gate has.
    [Verdict::Regression, Verdict::Undecided, Verdict::Improvement]
        .into_iter()
        .find(|verdict| gates().any(|gate| gate == *verdict))
        .unwrap_or(Verdict::Same)
}

fn interval(log_ratio: f64, margin: f64) -> [f64; 2] {
    [(log_ratio - margin).exp(), (log_ratio + margin).exp()]
}

/// The change that matters at a quantile without a gate of its own: that of the next gate below it, else of the lowest.
fn effect(gates: &[Gate], quantile: f64) -> f64 {
    let at_most = gates.iter().filter(|gate| gate.quantile <= quantile + 1e-12);
    let nearest = at_most.max_by(|a, b| a.quantile.total_cmp(&b.quantile));
    let lowest = || gates.iter().min_by(|a, b| a.quantile.total_cmp(&b.quantile));
    nearest.or_else(lowest).map_or(0.0, |gate| gate.effect)
}

/// Every quantile that is shown, rising, and whether it stands in the table.
fn quantiles(options: &Options) -> Vec<(f64, bool)> {
    let table = TABLE.iter().copied().chain(options.gates.iter().map(|gate| gate.quantile));
    let mut all: Vec<(f64, bool)> = table.map(|q| (q, true)).chain(PLOT.iter().map(|q| (*q, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    all.dedup_by(|next, kept| (next.0 - kept.0).abs() < 1e-12);
    all
}

/// What differs between the environments, where that is allowed.
fn environments(base: &Recording, new: &Recording, options: &Options) -> Result<Vec<String>, NotComparable> {
    let differences = match (&base.environment, &new.environment) {
        (Some(base), Some(new)) => base.differences(new),
        // Another tool's files say nothing of where they come from; whoever compares them knows.
        (None, None) => Vec::new(),
        (Some(_), None) => vec![format!("{} does not say where it was recorded", new.path.display())],
        (None, Some(_)) => vec![format!("{} does not say where it was recorded", base.path.display())],
    };
    if differences.is_empty() || options.force {
        return Ok(differences);
    }
    let problem = format!("{} and {}: {}", base.path.display(), new.path.display(), differences.join("; "));
    Err(NotComparable { problem, cure: "record both in one environment, best with `ab`, or insist with --force" })
}

/// The stages to compare, base and new.
fn stages<'a>(
    base: &'a Recording,
    new: &'a Recording,
    options: &Options,
) -> Result<Vec<[&'a StageBlocks; 2]>, NotComparable> {
    let names: Vec<&str> = if options.stages.is_empty() {
        base.stages.iter().map(|stage| stage.name.as_str()).collect()
    } else {
        options.stages.iter().map(String::as_str).collect()
    };
    let has = |recording: &Recording| -> String {
        recording.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let cure = "compare the stages that both have: --stage NAME";
    if let (true, Some(extra)) =
        (options.stages.is_empty(), new.stages.iter().find(|stage| base.stage(&stage.name).is_none()))
    {
        let problem = format!("{} has no stage {:?}; it has {}", base.path.display(), extra.name, has(base));
        return Err(NotComparable { problem, cure });
    }
    let mut found = Vec::new();
    for name in names {
        let side = |recording: &'a Recording| {
            recording.stage(name).ok_or_else(|| {
                let problem = format!("{} has no stage {name:?}; it has {}", recording.path.display(), has(recording));
                NotComparable { problem, cure }
            })
        };
        found.push([side(base)?, side(new)?]);
    }
    let Some(first) = found.first().copied() else {
        return Err(NotComparable { problem: "no stage to compare".to_owned(), cure });
    };
    for pair in &found {
        for (side, recording) in [base, new].into_iter().enumerate() {
            let (blocks, expected) = (pair[side].blocks.len(), first[side].blocks.len());
            if blocks != expected {
                let problem = format!(
                    "{}: {blocks} blocks of stage {:?} and {expected} of {:?}",
                    recording.path.display(),
                    pair[side].name,
                    first[side].name
                );
                return Err(NotComparable {
                    problem,
                    cure: "record every stage in every block, or compare one: --stage NAME",
                });
            }
        }
    }
    Ok(found)
}

fn same_session(base: &Recording, new: &Recording) -> bool {
    let session = |side: &Recording| side.environment.as_ref().and_then(|environment| environment.session.clone());
    session(base).is_some() && session(base) == session(new)
}

/// The quantiles of the table, beside those that are gated.
const TABLE: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];

/// Further quantiles of the plots.
const PLOT: [f64; 9] = [0.05, 0.1, 0.25, 0.75, 0.95, 0.975, 0.995, 0.9975, 0.9995];

/// Fewer blocks say too little about how blocks differ: Student's t for a 99 % interval is 3.5 times the error at 8 blocks,
/// and 10 at 3.
pub const BLOCKS_MIN: usize = 8;

/// A quantile is gated where so many values lie above it: below that its value hangs on a few, and the draws, which have no
/// others, show too little spread. With 65 of them, p99 of one stage was called a regression in one of 25 comparisons of equal sides.
pub const SAMPLES_ABOVE_MIN: u64 = 100;

/// A quantile without a gate is shown where so many values lie above it.
const SAMPLES_SHOWN_MIN: u64 = 10;
