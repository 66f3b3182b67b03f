//! Reading `.hlog`: HdrHistogram's interval log, of ours or of any other tool.
//!
//! ```text
//! #[Histogram log format version 1.3]
//! #orderwire-latency {"unit":"ns", …}                      ours alone: where and how it was recorded
//! #[BaseTime: 1790000000.000 (seconds since epoch)]        optional
//! "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//! 0.000000,0.052113,3.211,HISTFAAA…                        whole orders
//! Tag=build-and-sign,0.000000,0.052113,0.004,HISTFAAA…     one stage of them
//! ```
//!
//! A file that says anything else is refused with its line. Nothing is guessed and no line is skipped: a verdict on half a
//! recording would be worse than none.

use std::fmt;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

use crate::counts::Counts;
use crate::environment::Environment;

/// What whole orders are called where stages have names: their lines carry no tag.
pub const WHOLE: &str = "order";

/// What the line with our environment starts with.
pub(crate) const ENVIRONMENT: &str = "#orderwire-latency ";

/// All blocks of all stages that one file holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recording {
    /// Where it was read from.
    pub path: PathBuf,
    /// Where and how it was recorded; `None` for another tool's file.
    pub environment: Option<Environment>,
    /// Stages in the order in which the file names them first.
    pub stages: Vec<StageBlocks>,
}

/// The blocks of one stage, in the order in which they were recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StageBlocks {
    /// The stage's tag, or [`WHOLE`].
    pub name: String,
    /// At least one, none of them empty.
    pub blocks: Vec<Block>,
}

/// One block of one stage.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Block {
    /// The line of its file.
    pub line: usize,
    /// When it began, since the epoch or since whatever the file's clock counts from.
    pub start: Duration,
    /// How long it took.
    pub length: Duration,
    /// What was counted, **ns**.
    pub counts: Counts,
}

/// What a file's numbers count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    #[default]
    Nanoseconds,
}

impl Unit {
    const fn ns(self) -> u64 {
        match self {
            Self::Milliseconds => 1_000_000,
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }
}

impl FromStr for Unit {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "ms" => Ok(Self::Milliseconds),
            "us" => Ok(Self::Microseconds),
            "ns" => Ok(Self::Nanoseconds),
            _ => Err("expected ns, us or ms"),
        }
    }
}

/// A recording that cannot be read or written: which file, which line, and what cures it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The system's word.
    #[error("{}: {error}", path.display())]
    Io {
        /// Of which file.
        path: PathBuf,
        /// What it said.
        error: std::io::Error,
    },
    /// A line, or the whole file, is not what it may be.
    #[error("{}{}: {problem}; {cure}", path.display(), At(*line))]
    Malformed {
        /// Of which file.
        path: PathBuf,
        /// The line, from 1; 0 for the file as a whole.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What to do.
        cure: &'static str,
    },
}

struct At(usize);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}

impl Recording {
    /// Reads a file. Numbers without a unit of their own count in `unit`.
    ///
    /// **Errors**: whatever keeps the file from being compared, with its line.
    pub fn read(path: impl AsRef<Path>, unit: Unit) -> Result<Self, LogError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| LogError::Io { path: path.to_owned(), error })?;
        Self::parse(path, &bytes, unit)
    }

    /// Reads what stands in a file. `path` is what errors call it.
    ///
    /// **Errors**: as [`read`](Self::read).
    pub fn parse(path: &Path, bytes: &[u8], unit: Unit) -> Result<Self, LogError> {
        let mut reading = Reading::new(path, unit);
        if bytes.is_empty() {
            return Err(reading.malformed("the file is empty", RECORD_AGAIN));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            reading.line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            reading.malformed("not text, so no HdrHistogram log", "give a .hlog file")
        })?;
        for (index, line) in text.lines().enumerate() {
            reading.line = index + 1;
            reading.line(line)?;
        }
        if !text.ends_with('\n') {
            return Err(reading.malformed("the last line is cut: it has no end", RECORD_AGAIN));
        }
        reading.finish()
    }

    /// The blocks of one stage.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&StageBlocks> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

const RECORD_AGAIN: &str = "record it again";
const CORRUPT: &str = "the file is damaged: copy it again, or record it again";

struct Reading<'a> {
    path: &'a Path,
    unit: Unit,
    line: usize,
    base: Duration,
    environment: Option<Environment>,
    stages: Vec<StageBlocks>,
}

impl<'a> Reading<'a> {
    const fn new(path: &'a Path, unit: Unit) -> Self {
        Self { path, unit, line: 0, base: Duration::ZERO, environment: None, stages: Vec::new() }
    }

    fn malformed(&self, problem: impl Into<String>, cure: &'static str) -> LogError {
        LogError::Malformed { path: self.path.to_owned(), line: self.line, problem: problem.into(), cure }
    }

    fn line(&mut self, line: &str) -> Result<(), LogError> {
        if let Some(json) = line.strip_prefix(ENVIRONMENT) {
            return self.header(json);
        }
        if let Some(rest) = line.strip_prefix("#[BaseTime: ") {
            let seconds = rest.split(' ').next().and_then(seconds);
            self.base = seconds.ok_or_else(|| self.malformed("a base time that is no number of seconds", CORRUPT))?;
            return Ok(());
        }
        if line.starts_with('#') || line.starts_with("\"StartTimestamp\"") || line.is_empty() {
            return Ok(());
        }
        self.block(line)
    }

    fn header(&mut self, json: &str) -> Result<(), LogError> {
        let environment: Environment = serde_json::from_str(json)
            .map_err(|error| self.malformed(format!("the environment cannot be read: {error}"), CORRUPT))?;
        if self.environment.is_some() || !self.stages.is_empty() {
            let cure = "compare the files one by one: two recordings in one file are no recording";
            return Err(self.malformed("a second environment: files were joined", cure));
        }
        self.unit = environment
            .unit
            .parse()
            .map_err(|expected| self.malformed(format!("unit {:?}: {expected}", environment.unit), CORRUPT))?;
        self.environment = Some(environment);
        Ok(())
    }

    fn block(&mut self, line: &str) -> Result<(), LogError> {
        let not_a_log = "give a .hlog file: lines of a start, a length, a maximum and a histogram, with commas between";
        let (tag, rest) = match line.strip_prefix("Tag=") {
            Some(tagged) => {
                tagged.split_once(',').ok_or_else(|| self.malformed("a tag and nothing behind", CORRUPT))?
            }
            None => (WHOLE, line),
        };
        let fields: Vec<&str> = rest.trim_end().split(',').collect();
        let [start, length, max, payload] = fields[..] else {
            return Err(self.malformed(format!("{} fields where there are four", fields.len()), not_a_log));
        };
        if length.trim_start().starts_with('-') {
            let cure = "record it again with a clock that is not set meanwhile";
            return Err(self.malformed("the block ended before it began: the clock ran backwards", cure));
        }
        let (Some(start), Some(length), Ok(_max)) = (seconds(start), seconds(length), max.trim().parse::<f64>()) else {
            return Err(self.malformed("a start, length or maximum that is no number", not_a_log));
        };
        let counts = self.counts(payload)?;
        if counts.total() == 0 {
            let cure = "leave the block out, or record longer blocks";
            return Err(self.malformed(format!("a block of stage {tag:?} without a single value"), cure));
        }
        let block = Block { line: self.line, start: self.base + start, length, counts };
        let stage = match self.stages.iter().position(|stage| stage.name == tag) {
            Some(at) => &mut self.stages[at],
            None => {
                self.stages.push(StageBlocks { name: tag.to_owned(), blocks: Vec::new() });
                self.stages.last_mut().expect("just pushed")
            }
        };
        if let Some(before) = stage.blocks.last().filter(|before| before.start > block.start) {
            let problem = format!("the block began before the one on line {}: the clock ran backwards", before.line);
            return Err(self.malformed(problem, "record it again with a clock that is not set meanwhile"));
        }
        stage.blocks.push(block);
        Ok(())
    }

    fn counts(&self, payload: &str) -> Result<Counts, LogError> {
        let broken = |problem: String| self.malformed(problem, CORRUPT);
        let bytes = data_encoding::BASE64
            .decode(payload.as_bytes())
            .map_err(|error| broken(format!("the histogram is not whole base64: {error}")))?;
        let plain = inflated(&bytes).map_err(broken)?;
        let histogram: Histogram<u64> = Deserializer::new()
            .deserialize(&mut &plain[..])
            .map_err(|error| broken(format!("the histogram cannot be read: {error}")))?;
        Ok(Counts::of(&histogram).scaled(self.unit.ns()))
    }

    fn finish(mut self) -> Result<Recording, LogError> {
        self.line = 0;
        if self.stages.is_empty() {
            return Err(self.malformed("no block in it", RECORD_AGAIN));
        }
        Ok(Recording { path: self.path.to_owned(), environment: self.environment, stages: self.stages })
    }
}

/// The histogram without its compression.
///
/// Unpacked here, with a limit, and measured against what it says of itself: the crate believes a length that it reads.
fn inflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let cookie = |bytes: &[u8]| bytes.first_chunk().map(|four| u32::from_be_bytes(*four));
    let mut plain = Vec::new();
    match cookie(bytes) {
        Some(COMPRESSED) => {
            let limit = PLAIN_BYTES_MAX as u64 + 1;
            let packed = bytes.get(8..).unwrap_or_default();
            ZlibDecoder::new(packed)
                .take(limit)
                .read_to_end(&mut plain)
                .map_err(|error| format!("the histogram cannot be unpacked: {error}"))?;
        }
        _ => plain.extend_from_slice(bytes),
    }
    if plain.len() > PLAIN_BYTES_MAX {
        return Err(format!("the histogram is longer than {PLAIN_BYTES_MAX} bytes"));
    }
    match cookie(&plain) {
        Some(PLAIN) => {}
        Some(other) if OLD.contains(&(other & !0xf0)) => {
            return Err("a histogram in HdrHistogram's format V0 or V1; V2 is read".to_owned());
        }
        _ => return Err("no HdrHistogram: it does not begin as one".to_owned()),
    }
    let says = plain.get(4..8).and_then(cookie).map(|length| length as usize);
    let has = plain.len().checked_sub(PLAIN_HEADER_BYTES).ok_or("the histogram is cut in its header")?;
    if says != Some(has) {
        return Err(format!("the histogram has {has} bytes of counts and says otherwise"));
    }
    // hdr-histogram-js (3.0.1) writes the whole number 1 where a floating one belongs, and says that counts are shifted by one, which
    // they are not.
    if plain[RATIO] == 1_u64.to_be_bytes() {
        plain[RATIO].copy_from_slice(&1_f64.to_be_bytes());
        plain[SHIFT].fill(0);
    }
    Ok(plain)
}

/// HdrHistogram's V2 encoding: what it begins with, packed and plain, and how long its header is. Source:
/// <https://github.com/HdrHistogram/HdrHistogram/blob/master/src/main/java/org/HdrHistogram/AbstractHistogram.java>
/// (`V2EncodingCookieBase`, `V2CompressedEncodingCookieBase`), read 2026-11-25.
const COMPRESSED: u32 = 0x1c84_9304 | 0x10;
const PLAIN: u32 = 0x1c84_9303 | 0x10;
const PLAIN_HEADER_BYTES: usize = 40;
const SHIFT: Range<usize> = 8..12;
const RATIO: Range<usize> = 32..40;
const OLD: [u32; 4] = [0x1c84_9301, 0x1c84_9302, 0x1c84_9308, 0x1c84_9309];

/// The longest counts that are taken: five digits over the whole range of u64, each count in nine bytes, are less.
const PLAIN_BYTES_MAX: usize = 64 << 20;

/// A number of seconds, not negative.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
