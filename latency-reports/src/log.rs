//! `LatencyLog`: writes a recording, one line per block and stage.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use orderwire::client::latency::{LaneSnapshot, Latency, SpanCounts};

use crate::counts::new_histogram;
use crate::environment::Environment;
use crate::recording::{ENVIRONMENT, LogError, WHOLE};

/// A recording that is being written.
///
/// Every block is on the disk when [`block`](Self::block) returns, so that a program that dies leaves whole blocks behind.
#[derive(Debug)]
pub struct LatencyLog {
    path: PathBuf,
    file: BufWriter<File>,
    environment: Environment,
    begun: bool,
}

/// What one block measured. Its values count nanoseconds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MeasuredBlock<'a> {
    /// When it began.
    pub start: SystemTime,
    /// How long it took.
    pub length: Duration,
    /// Whole orders.
    pub whole: &'a Histogram<u64>,
    /// Stages of them, by name.
    pub stages: Vec<(&'a str, &'a Histogram<u64>)>,
    /// How many orders failed, and so are in no histogram.
    pub failed: u64,
}

impl<'a> MeasuredBlock<'a> {
    /// A block of whole orders alone.
    #[must_use]
    pub const fn new(start: SystemTime, length: Duration, whole: &'a Histogram<u64>) -> Self {
        Self { start, length, whole, stages: Vec::new(), failed: 0 }
    }

    /// The same with one stage more.
    #[must_use]
    pub fn stage(mut self, name: &'a str, histogram: &'a Histogram<u64>) -> Self {
        self.stages.push((name, histogram));
        self
    }
}

impl LatencyLog {
    /// Starts a recording; an older file of the name is written over.
    ///
    /// **Errors**: the file cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, LogError> {
        Self::with_environment(path, Environment::here())
    }

    /// As [`create`](Self::create), with a header of the caller's.
    ///
    /// **Errors**: as [`create`](Self::create).
    pub fn with_environment(path: impl AsRef<Path>, environment: Environment) -> Result<Self, LogError> {
        let path = path.as_ref().to_owned();
        let file = File::create(&path).map_err(|error| LogError::Io { path: path.clone(), error })?;
        Ok(Self { path, file: BufWriter::new(file), environment, begun: false })
    }

    /// Whatever may differ between two recordings and is told in reports. Before the first block.
    ///
    /// **Panics**: after the first block, when the header stands in the file.
    #[must_use]
    pub fn note(mut self, name: &str, value: impl ToString) -> Self {
        assert!(!self.begun, "notes belong to the header, which is written with the first block");
        self.environment.notes.insert(name.to_owned(), value.to_string());
        self
    }

    /// A setting that must be equal on both sides of a comparison: the venue, the number of slots. Before the first block.
    ///
    /// **Panics**: after the first block, when the header stands in the file.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl ToString) -> Self {
        assert!(!self.begun, "options belong to the header, which is written with the first block");
        self.environment.options.insert(name.to_owned(), value.to_string());
        self
    }

    /// Writes what a client measured since the last block, and lets the next begin now.
    ///
    /// The untagged line holds whole orders: what the calls took that make orders, or, where none was made, all calls. Its
    /// stages follow by name, and then each further endpoint's calls as a whole, by method and path. Failures are left out;
    /// their number stands in a comment.
    ///
    /// **Errors**: nothing was accepted since the last block; stamps are off; what the system says.
    pub fn block(&mut self, latency: &Latency) -> Result<(), LogError> {
        let snapshot = latency.take();
        let makes_orders = snapshot.lanes.iter().any(|lane| lane.endpoint.makes_orders);
        let (orders, further): (Vec<_>, Vec<_>) =
            snapshot.lanes.iter().partition(|lane| lane.endpoint.makes_orders == makes_orders);
        let merged = |lanes: &[&LaneSnapshot], span: usize| {
            let mut histogram = new_histogram();
            lanes.iter().filter_map(|lane| lane.spans.get(span)).for_each(|counts| add(&mut histogram, counts));
            histogram
        };
        let whole = merged(&orders, 0);
        let spans = snapshot.stamps.spans().iter().enumerate().skip(1);
        let mut tagged: Vec<_> = spans.map(|(at, span)| (span.name.to_owned(), merged(&orders, at))).collect();
        for lane in &further {
            let name = lane.endpoint.to_string();
            if !tagged.iter().any(|(known, _)| *known == name) {
                let same: Vec<_> = further.iter().copied().filter(|other| other.endpoint == lane.endpoint).collect();
                tagged.push((name, merged(&same, 0)));
            }
        }
        let failed: u64 = snapshot.lanes.iter().map(|lane| lane.outcomes.total() - lane.outcomes.accepted).sum();
        let mut block = MeasuredBlock::new(snapshot.began, snapshot.length, &whole);
        for (name, histogram) in tagged.iter().filter(|(_, histogram)| !histogram.is_empty()) {
            block = block.stage(name, histogram);
        }
        block.failed = failed;
        self.write(&block)
    }

    /// Writes a block that the caller has measured.
    ///
    /// **Errors**: an empty histogram; a stage's name with a comma, a blank or a line's end; what the system says.
    pub fn write(&mut self, block: &MeasuredBlock<'_>) -> Result<(), LogError> {
        let bad = |problem: String, cure| LogError::Malformed { path: self.path.clone(), line: 0, problem, cure };
        for (name, histogram) in [(WHOLE, block.whole)].into_iter().chain(block.stages.iter().copied()) {
            if histogram.is_empty() {
                return Err(bad(format!("a block of {name:?} without a single value"), "measure something first"));
            }
            if name.is_empty() || name.contains([',', ' ', '\r', '\n']) {
                return Err(bad(format!("{name:?} is no tag"), "name stages without commas and blanks"));
            }
        }
        let mut text = String::new();
        if !self.begun {
            text.push_str("#[Histogram log format version 1.3]\n");
            text.push_str(ENVIRONMENT);
            text.push_str(&serde_json::to_string(&self.environment).expect("text and numbers"));
            text.push_str(
                "\n\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
            );
        }
        if block.failed > 0 {
            text.push_str(&format!("#[Failed: {} in the next block]\n", block.failed));
        }
        text.push_str(&interval("", block, block.whole));
        for (name, histogram) in &block.stages {
            text.push_str(&interval(&format!("Tag={name},"), block, histogram));
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| LogError::Io { path: self.path.clone(), error })?;
        self.begun = true;
        Ok(())
    }
}

fn add(histogram: &mut Histogram<u64>, counts: &SpanCounts) {
    for (low, high, count) in counts.bins() {
        histogram.saturating_record_n(low.midpoint(high), count);
    }
}

/// One line. The maximum is for people's eyes, in milliseconds, as other tools write it.
fn interval(tag: &str, block: &MeasuredBlock<'_>, histogram: &Histogram<u64>) -> String {
    let start = block.start.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(histogram, &mut bytes).expect("a vector takes any number of bytes");
    let payload = data_encoding::BASE64.encode(&bytes);
    let (length, max) = (block.length.as_secs_f64(), histogram.max() as f64 / NS_PER_MS);
    format!("{tag}{start:.6},{length:.6},{max:.3},{payload}\n")
}

const NS_PER_MS: f64 = 1e6;
