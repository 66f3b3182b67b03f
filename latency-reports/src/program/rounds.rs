//! Blocks of several sides, recorded in turn: each a run of a program, in a random order, on the same processor.
//!
//! Every block is a process of its own. Where code and data lie differs from process to process and makes some per cent; a
//! long-lived process on each side would turn that into a difference between the sides.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use hdrhistogram::Histogram;
use orderwire_latency::compare::BLOCKS_MIN;
use orderwire_latency::counts::Counts;
use orderwire_latency::log::{LatencyLog, MeasuredBlock};
use orderwire_latency::recording::{Recording, Unit, WHOLE};
#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::cli::Failure;

/// One side: how its blocks are made, and where they go.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    /// Program and arguments; `{out}` stands for the file that one run writes.
    pub(crate) command: Vec<String>,
    pub(crate) directory: PathBuf,
    /// Its commit, for the header.
    pub(crate) commit: Option<String>,
    /// Its recording.
    pub(crate) path: PathBuf,
    log: Option<LatencyLog>,
}

impl Side {
    pub(crate) fn new(
        name: &'static str,
        command: Vec<String>,
        directory: PathBuf,
        commit: Option<String>,
        out: &Path,
    ) -> Self {
        Self { name, command, directory, commit, path: out.join(format!("{name}.hlog")), log: None }
    }
}

/// Sides that are recorded in turn.
pub(crate) struct Rounds {
    pub(crate) sides: Vec<Side>,
    environment: Vec<(&'static str, String)>,
    session: String,
    scratch: PathBuf,
    rng: Rng,
    begun: Instant,
    time_max: Duration,
    pub(crate) done: u64,
}

impl Rounds {
    pub(crate) fn new(
        sides: Vec<Side>,
        environment: Vec<(&'static str, String)>,
        out: &Path,
        time_max: Duration,
    ) -> Self {
        let mut rng = Rng::new();
        let session = format!("{:016x}", rng.u64(..));
        let scratch = out.join("block.hlog");
        Self { sides, environment, session, scratch, rng, begun: Instant::now(), time_max, done: 0 }
    }

    /// Adds rounds until there are so many, or until the time is up: a block of each side in each.
    pub(crate) fn run_to(&mut self, rounds: u64) -> Result<(), Failure> {
        let watched = io::stderr().is_terminal();
        while self.done < rounds && !self.time_is_up() {
            let mut order: Vec<usize> = (0..self.sides.len()).collect();
            self.rng.shuffle(&mut order);
            for side in order {
                self.block(side)?;
            }
            self.done += 1;
            if watched {
                eprint!("\rround {} of {rounds}", self.done);
            }
        }
        let end = if self.time_is_up() { ": the time is up" } else { "" };
        let (start, seconds) = (if watched { "\r" } else { "" }, self.begun.elapsed().as_secs());
        eprintln!("{start}{} rounds in {seconds} s{end}", self.done);
        Ok(())
    }

    /// Whether no more rounds are to be added: never before there are as many as a verdict needs.
    pub(crate) fn time_is_up(&self) -> bool {
        self.done >= BLOCKS_MIN as u64 && self.begun.elapsed() >= self.time_max
    }

    /// One run of one side's program. One that fails has measured nothing and is made again: on a machine that stands still for some
    /// seconds a venue refuses an order that comes too late.
    fn block(&mut self, side: usize) -> Result<(), Failure> {
        for _ in 1..TRIES {
            match self.run(side) {
                Ok(()) => return Ok(()),
                Err(failure) => eprintln!("{failure}; once more"),
            }
        }
        self.run(side)
    }

    fn run(&mut self, side: usize) -> Result<(), Failure> {
        let _ = std::fs::remove_file(&self.scratch);
        let out = self.scratch.display().to_string();
        let side = &mut self.sides[side];
        let words: Vec<String> = side.command.iter().map(|word| word.replace("{out}", &out)).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&side.directory).stdin(Stdio::null()).stdout(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())));
        let problem = |what: String| Failure::not_comparable(format!("{}: `{}` {what}", side.name, words.join(" ")));
        let output = on_processor(client_processor(), || command.stderr(Stdio::piped()).output())
            .map_err(|error| problem(format!("cannot be run: {error}")))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(problem(format!("ended with {}: {}", output.status, told.trim())));
        }
        let run = Recording::read(&self.scratch, Unit::Nanoseconds)?;
        append(side, &run, &self.session)
    }

    /// Both recordings as they stand.
    pub(crate) fn read(&self, base: usize, new: usize) -> Result<(Recording, Recording), Failure> {
        let read = |side: usize| Recording::read(&self.sides[side].path, Unit::Nanoseconds);
        Ok((read(base)?, read(new)?))
    }
}

/// So often a run is made that fails.
const TRIES: u32 = 3;

/// Adds what one run recorded, as one block.
fn append(side: &mut Side, run: &Recording, session: &str) -> Result<(), Failure> {
    let log = match &mut side.log {
        Some(log) => log,
        None => {
            let mut environment = run.environment.clone().unwrap_or_else(orderwire_latency::Environment::here);
            environment.session = Some(session.to_owned());
            environment.commit.clone_from(&side.commit);
            side.log.insert(LatencyLog::with_environment(&side.path, environment)?)
        }
    };
    let merged = |name: &str| -> Option<Histogram<u64>> {
        let blocks = &run.stage(name)?.blocks;
        Some(Counts::merged(blocks.iter().map(|block| &block.counts)).to_histogram())
    };
    let whole = merged(WHOLE).ok_or_else(|| {
        Failure::not_comparable(format!("{}: a run recorded no whole orders (lines without a tag)", side.name))
    })?;
    let stages: Vec<(&str, Histogram<u64>)> = run
        .stages
        .iter()
        .filter(|stage| stage.name != WHOLE)
        .filter_map(|s| Some((s.name.as_str(), merged(&s.name)?)))
        .collect();
    let blocks = run.stage(WHOLE).map(|stage| stage.blocks.as_slice()).unwrap_or_default();
    let (first, last) = (&blocks[0], &blocks[blocks.len() - 1]);
    let start = std::time::UNIX_EPOCH + first.start;
    let length = (last.start + last.length).saturating_sub(first.start);
    let mut block = MeasuredBlock::new(start, length, &whole);
    for (name, histogram) in &stages {
        block = block.stage(name, histogram);
    }
    log.write(&block)?;
    Ok(())
}

/// Does something with this thread on one processor: programs that it starts stay there.
#[cfg(target_os = "linux")]
pub(crate) fn on_processor<T>(processor: usize, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(None);
    let mut only = CpuSet::new();
    only.set(processor);
    // Refused where the system lets us have other processors only: then both sides run where it likes.
    let moved = sched_setaffinity(None, &only);
    let outcome = work();
    if let (Ok(before), Ok(())) = (before, moved) {
        let _ = sched_setaffinity(None, &before);
    }
    outcome
}

/// Other systems choose by themselves, for both sides alike.
#[cfg(not(target_os = "linux"))]
pub(crate) fn on_processor<T>(_processor: usize, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    work()
}

/// The first processor that this program may use.
pub(crate) fn client_processor() -> usize {
    allowed().first().copied().unwrap_or(0)
}

/// The last one.
pub(crate) fn venue_processor() -> usize {
    allowed().last().copied().unwrap_or(0)
}

#[cfg(target_os = "linux")]
fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
    (0..CpuSet::MAX_CPU).filter(|processor| set.is_set(*processor)).collect()
}

#[cfg(not(target_os = "linux"))]
const fn allowed() -> Vec<usize> {
    Vec::new()
}
