//! The command line.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use orderwire_latency::compare::{GATES, Gate, NotComparable, Options};
use orderwire_latency::recording::{LogError, Recording, Unit};

/// Latency of an order path: recorded block by block, compared so that CI can trust the answer, and drawn.
///
/// Exit status: 0 no regression; 1 regression; 2 undecided (see --undecided); 3 not comparable: other environments, too few
/// blocks, a failed self-test, a file that cannot be read; 64 bad usage.
#[derive(Debug, Parser)]
#[command(name = "orderwire-latency", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Builds two revisions, records both in turn in short blocks, and compares them
    Ab(AbArguments),
    /// Compares two recordings: .hlog files of ours or of any HdrHistogram tool
    Compare(CompareArguments),
    /// Prints a recording as JSON, or one stage of it as a percentile distribution (.hgrm)
    Export(ExportArguments),
    /// Records a scenario: orders placed and cancelled on a simulated venue, or on any URL
    Record(RecordArguments),
    /// Draws a comparison: an HTML page and a Markdown summary. Its exit status is 0 whatever the verdict is
    Report(CompareArguments),
    /// Shows that this machine can tell today: equal sides are no regression, and 10 % more in one stage is found
    SelfTest(SelfTestArguments),
    /// The venue of a recording, in a process of its own
    #[command(hide = true)]
    Venue(VenueArguments),
}

/// What a verdict depends on.
#[derive(Clone, Debug, Args)]
pub(crate) struct Judging {
    /// A gate, quantile and percent: p50=3. Replaces the default gates; may be given again. Default: p50=3 p90=3 p99=5
    #[arg(long = "gate", value_name = "QUANTILE=PERCENT", value_parser = gate)]
    gates: Vec<Gate>,
    /// A stage to compare; may be given again. Default: all
    #[arg(long = "stage", value_name = "NAME")]
    pub(crate) stages: Vec<String>,
    /// What the draws begin with: the same files and seed give the same figures
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Take the n-th blocks of both files for a pair
    #[arg(long)]
    paired: bool,
    /// Judge recordings made apart: say regression, though the machine may have changed meanwhile
    #[arg(long)]
    apart: bool,
    /// Compare recordings of different environments all the same; the report says so
    #[arg(long)]
    force: bool,
    /// The exit status of `undecided`
    #[arg(long, value_name = "STATUS", default_value_t = EXIT_UNDECIDED)]
    pub(crate) undecided: u8,
    /// Print the comparison as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Judging {
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        options.gates = if self.gates.is_empty() { GATES.to_vec() } else { self.gates.clone() };
        options.stages = self.stages.clone();
        options.seed = self.seed;
        options.paired = self.paired;
        options.apart = self.apart;
        options.force = self.force;
        options
    }
}

/// Where pages go.
#[derive(Clone, Debug, Args)]
pub(crate) struct Pages {
    /// Write the report here: one HTML page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the summary here, Markdown, for a CI job's page
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The old side
    pub(crate) base: PathBuf,
    /// The new side
    pub(crate) new: PathBuf,
    /// What files count that do not say so: ns, us or ms
    #[arg(long, value_name = "UNIT", default_value = "ns")]
    unit: Unit,
    #[command(flatten)]
    pub(crate) judging: Judging,
    #[command(flatten)]
    pub(crate) pages: Pages,
}

impl CompareArguments {
    pub(crate) fn read(&self, path: &Path) -> Result<Recording, Failure> {
        Ok(Recording::read(path, self.unit)?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The recording
    pub(crate) file: PathBuf,
    /// Print this stage as .hgrm; `order` is the whole
    #[arg(long, value_name = "NAME")]
    pub(crate) stage: Option<String>,
    /// What .hgrm values are divided by: 1000 prints microseconds
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub(crate) divisor: f64,
    /// What the file counts if it does not say so: ns, us or ms
    #[arg(long, value_name = "UNIT", default_value = "ns")]
    pub(crate) unit: Unit,
}

/// What is recorded.
#[derive(Clone, Debug, Args)]
pub(crate) struct Scenario {
    /// Orders placed and cancelled in each block
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub(crate) orders: u64,
    /// Orders before the first block, which are not measured
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) warm_up: u64,
    /// Orders each second by a fixed schedule, and times counted from it; else each order follows the one before
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u64>,
    /// Rest before each order
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) idle_us: u64,
    /// Slots, each with a thread that places orders
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) slots: usize,
    /// How long a reply is looked for without rest
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) spin_us: u64,
    /// Speak HTTP without TLS with the simulated venue
    #[arg(long)]
    pub(crate) plain: bool,
    /// Stamp all nine stages
    #[arg(long)]
    pub(crate) all_stages: bool,
}

/// How long blocks of several sides are recorded.
#[derive(Clone, Debug, Args)]
pub(crate) struct Limit {
    /// No more rounds are added after so long, once there are as many as a verdict needs
    #[arg(long, value_name = "N", default_value_t = 300)]
    seconds_max: u64,
}

impl Limit {
    pub(crate) const fn time(&self) -> Duration {
        Duration::from_secs(self.seconds_max)
    }
}

impl Scenario {
    /// The same as arguments of `record`.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut all = vec![
            format!("--orders={}", self.orders),
            format!("--warm-up={}", self.warm_up),
            format!("--idle-us={}", self.idle_us),
            format!("--slots={}", self.slots),
            format!("--spin-us={}", self.spin_us),
        ];
        all.extend(self.rate.map(|rate| format!("--rate={rate}")));
        all.extend(self.plain.then(|| "--plain".to_owned()));
        all.extend(self.all_stages.then(|| "--all-stages".to_owned()));
        all
    }
}

#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    /// Where the recording goes
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How many blocks
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) blocks: u64,
    /// A venue of Binance Spot's dialect instead of the simulated one; the account is in ORDERWIRE_API_KEY and
    /// ORDERWIRE_API_SECRET
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A further root to trust, PEM
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) ca: Option<PathBuf>,
    /// Make one stage longer by so much of its median in the warm-up: build-and-sign:10. 0 sends orders the same way and adds
    /// nothing, as the other side of such a comparison
    #[arg(long, value_name = "STAGE:PERCENT")]
    pub(crate) inject: Option<Injection>,
    /// Where prices start
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) scenario: Scenario,
}

#[derive(Debug, Args)]
pub(crate) struct AbArguments {
    /// The old revision
    #[arg(long, value_name = "REV")]
    pub(crate) base: String,
    /// The new revision
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(crate) new: String,
    /// How each revision is built, in its own checkout
    #[arg(long, value_name = "COMMAND", default_value = BUILD)]
    pub(crate) build: String,
    /// Pairs of blocks before the first look
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) pairs: u64,
    /// Pairs of blocks at most; more are added while any interval is wider than its gate
    #[arg(long, value_name = "N", default_value_t = 90)]
    pub(crate) pairs_max: u64,
    /// Where both recordings and the checkouts go
    #[arg(long, value_name = "DIR", default_value = "target/latency-ab")]
    pub(crate) out: PathBuf,
    /// Make one stage of the new side longer: build-and-sign:10
    #[arg(long, value_name = "STAGE:PERCENT", conflicts_with = "command")]
    pub(crate) inject: Option<Injection>,
    #[command(flatten)]
    pub(crate) limit: Limit,
    #[command(flatten)]
    pub(crate) scenario: Scenario,
    #[command(flatten)]
    pub(crate) judging: Judging,
    #[command(flatten)]
    pub(crate) pages: Pages,
    /// What is run in each revision's checkout, once a block, instead of `record`: {out} stands for the recording that it
    /// writes. ORDERWIRE_URL, ORDERWIRE_CA, ORDERWIRE_API_KEY and ORDERWIRE_API_SECRET tell it of the shared venue
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

pub(crate) const BUILD: &str = "cargo build --release";

#[derive(Debug, Args)]
pub(crate) struct SelfTestArguments {
    /// Rounds of blocks before the first look
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) rounds: u64,
    /// Rounds at most
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub(crate) rounds_max: u64,
    #[command(flatten)]
    pub(crate) limit: Limit,
    #[command(flatten)]
    pub(crate) scenario: Scenario,
}

#[derive(Debug, Args)]
pub(crate) struct VenueArguments {
    /// Where the certificate authority goes; without it plain HTTP
    #[arg(long)]
    pub(crate) ca_out: Option<PathBuf>,
}

/// More work in one stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Injection {
    pub(crate) stage: String,
    pub(crate) percent: f64,
}

impl FromStr for Injection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (stage, percent) = text.split_once(':').ok_or("expected STAGE:PERCENT, as build-and-sign:10")?;
        let percent: f64 = percent.parse().map_err(|_| format!("{percent:?} is no number of percent"))?;
        if !INJECTABLE.contains(&stage) {
            return Err(format!("{stage:?} cannot be made longer; there is {}", INJECTABLE.join(", ")));
        }
        if !(0.0..=PERCENT_MAX).contains(&percent) {
            return Err(format!("{percent} percent: 0 or more, and at most {PERCENT_MAX}"));
        }
        Ok(Self { stage: stage.to_owned(), percent })
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.stage, self.percent)
    }
}

/// Stages that end inside a venue's encoding or decoding: with five stamps, and with nine.
const INJECTABLE: [&str; 4] = ["build-and-sign", "read-and-decode", "sign", "decode"];

/// A hundred times as long.
const PERCENT_MAX: f64 = 10_000.0;

fn gate(text: &str) -> Result<Gate, String> {
    let (quantile, percent) = text.split_once('=').ok_or("expected QUANTILE=PERCENT, as p99=5")?;
    let digits = quantile.strip_prefix('p').unwrap_or(quantile);
    let quantile: f64 = digits.parse().map_err(|_| format!("{quantile:?} is no quantile; p50, p99, p99.9 are"))?;
    let percent: f64 = percent.parse().map_err(|_| format!("{percent:?} is no number of percent"))?;
    if !(quantile > 0.0 && quantile < 100.0 && percent > 0.0) {
        return Err("a quantile lies between p0 and p100, and a change that matters is more than 0".to_owned());
    }
    Ok(Gate { quantile: quantile / 100.0, effect: percent / 100.0 })
}

/// Why there is no verdict, and the exit status that says so.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    problem: String,
}

impl Failure {
    pub(crate) fn usage(problem: impl Into<String>) -> Self {
        Self { code: EXIT_USAGE, problem: problem.into() }
    }

    pub(crate) fn not_comparable(problem: impl Into<String>) -> Self {
        Self { code: EXIT_NOT_COMPARABLE, problem: problem.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::not_comparable(error.to_string())
    }
}

impl From<NotComparable> for Failure {
    fn from(error: NotComparable) -> Self {
        Self::not_comparable(error.to_string())
    }
}

pub(crate) const EXIT_REGRESSION: u8 = 1;
pub(crate) const EXIT_UNDECIDED: u8 = 2;
pub(crate) const EXIT_NOT_COMPARABLE: u8 = 3;
/// EX_USAGE of sysexits.h.
pub(crate) const EXIT_USAGE: u8 = 64;
