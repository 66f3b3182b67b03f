//! `.hlog` and `.hgrm` of ours and of HdrHistogram's Python and JavaScript ports: each reads what the others wrote.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::Histogram;
use orderwire_latency::compare::{Options, Verdict, compare};
use orderwire_latency::counts::Counts;
use orderwire_latency::recording::{Recording, Unit, WHOLE};
use orderwire_latency::{LatencyLog, MeasuredBlock, export};

/// The other implementations: JavaScript's alone knows tags when it writes.
const OTHERS: [Other; 2] = [Other::Python, Other::JavaScript];
const STAGE: &str = "build-and-sign";
const BLOCKS: u64 = 30;
const VALUES: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Other {
    Python,
    JavaScript,
}

impl Other {
    /// What it prints. `ORDERWIRE_PYTHON` and `NODE_PATH` say where the packages are.
    fn run(self, command: &str, path: &Path, input: &str) -> String {
        let script = |name: &str| format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        let (program, script) = match self {
            Self::Python => {
                (std::env::var("ORDERWIRE_PYTHON").unwrap_or_else(|_| "python3".to_owned()), script("histograms.py"))
            }
            Self::JavaScript => ("node".to_owned(), script("histograms.js")),
        };
        let mut process = Command::new(program)
            .args([script.as_str(), command])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{self:?} {command}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lets it write a log of whole orders, and of a stage where it can.
    fn write(self, path: &Path, whole: &[Vec<u64>], stage: &[Vec<u64>]) {
        let mut input = String::new();
        for (at, (whole, stage)) in whole.iter().zip(stage).enumerate() {
            for (tag, values) in [("-", whole), (STAGE, stage)] {
                let values: Vec<String> = values.iter().map(u64::to_string).collect();
                match (self, tag) {
                    (Self::Python, "-") => input += &format!("{at} {}\n", values.join(" ")),
                    (Self::Python, _) => {}
                    (Self::JavaScript, _) => input += &format!("{tag} {at} {}\n", values.join(" ")),
                }
            }
        }
        self.run("write", path, &input);
    }
}

struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("orderwire-interop-{name}-{}.hlog", std::process::id())))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Blocks of latencies with a long tail.
fn drawn(seed: u64, median: f64) -> Vec<Vec<u64>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut value = move || {
        let taken = Duration::from_secs_f64(median * (2.0 * (1.0 - rng.f64())).powf(-0.15) / 1e9);
        u64::try_from(taken.as_nanos()).unwrap()
    };
    (0..BLOCKS).map(|_| (0..VALUES).map(|_| value()).collect()).collect()
}

fn histogram<'a>(values: impl IntoIterator<Item = &'a u64>) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    values.into_iter().for_each(|value| histogram.record(*value).unwrap());
    histogram
}

fn ours(path: &Path, whole: &[Vec<u64>], stage: &[Vec<u64>]) {
    let mut log = LatencyLog::create(path).unwrap();
    for (at, (whole, stage)) in whole.iter().zip(stage).enumerate() {
        let start = UNIX_EPOCH + Duration::from_secs(1_790_000_000 + at as u64);
        let (whole, stage) = (histogram(whole), histogram(stage));
        log.write(&MeasuredBlock::new(start, Duration::from_secs(1), &whole).stage(STAGE, &stage)).unwrap();
    }
}

/// Tag, count, p50, p99, p99.9 and maximum, as the scripts print them; from the values themselves.
fn line(tag: &str, values: &[u64]) -> String {
    let histogram = histogram(values);
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|quantile| histogram.value_at_quantile(quantile));
    // What a histogram tells is within a thousandth of what was measured.
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let exact = sorted[values.len() / 2 - 1];
    assert!(exact <= p50 && p50 <= exact + exact / 1_000, "{exact} {p50}");
    format!("{tag} {} {p50} {p99} {p999} {}", values.len(), histogram.max())
}

#[test]
fn they_read_ours() {
    let (file, whole, stage) = (File::new("ours"), drawn(1, 60_000.0), drawn(2, 1_100.0));
    ours(&file.0, &whole, &stage);
    let expected: Vec<String> =
        whole.iter().zip(&stage).flat_map(|(whole, stage)| [line("-", whole), line(STAGE, stage)]).collect();
    for other in OTHERS {
        let told = other.run("read", &file.0, "");
        assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{other:?}");
    }
}

#[test]
fn we_read_theirs() {
    let (whole, stage) = (drawn(3, 60_000.0), drawn(4, 1_100.0));
    for other in OTHERS {
        let file = File::new(&format!("{other:?}"));
        other.write(&file.0, &whole, &stage);
        let recording = Recording::read(&file.0, Unit::Nanoseconds).unwrap();
        let stages: &[(&str, &Vec<Vec<u64>>)] = match other {
            Other::Python => &[(WHOLE, &whole)],
            Other::JavaScript => &[(WHOLE, &whole), (STAGE, &stage)],
        };
        assert_eq!(recording.stages.len(), stages.len(), "{other:?}");
        assert!(recording.environment.is_none());
        for (name, values) in stages {
            let blocks = &recording.stage(name).unwrap().blocks;
            assert_eq!(blocks.len(), values.len());
            for (at, (block, values)) in blocks.iter().zip(*values).enumerate() {
                assert_eq!(block.counts, Counts::of(&histogram(values)), "{other:?} {name} block {at}");
                let base = if other == Other::Python { 1_790_000_000 } else { 0 };
                assert_eq!((block.start.as_secs(), block.length.as_secs()), (base + at as u64, 1));
            }
        }
    }
}

#[test]
fn percentile_distributions_agree() {
    let (file, whole) = (File::new("distribution"), drawn(5, 60_000.0));
    ours(&file.0, &whole, &drawn(6, 1_100.0));
    let recording = Recording::read(&file.0, Unit::Nanoseconds).unwrap();
    let told = export::hgrm(recording.stage(WHOLE).unwrap(), 1.0);
    let rows = |text: &str| -> Vec<Vec<f64>> {
        let rows = text.lines().filter(|line| line.contains('.') && !line.starts_with('#'));
        rows.map(|line| line.split_whitespace().map(|field| field.parse().unwrap()).collect()).collect()
    };
    let figures = |text: &str| -> Vec<f64> {
        let lines = text.lines().filter(|line| line.starts_with("#[M")).flat_map(|line| line.split(['=', ',', ']']));
        lines.filter_map(|field| field.trim().parse().ok()).collect()
    };
    // JavaScript's takes the same percentiles, Java's: line by line the same, but for how a tie in a percentile's last digit is rounded.
    let theirs = Other::JavaScript.run("hgrm", &file.0, "");
    assert_eq!(told.lines().count(), theirs.lines().count());
    for (ours, theirs) in rows(&told).iter().zip(rows(&theirs)) {
        assert!((ours[1] - theirs[1]).abs() < 1.5e-12, "{ours:?} {theirs:?}");
        assert_eq!((ours[0], &ours[2..]), (theirs[0], &theirs[2..]));
    }
    assert_eq!(figures(&told), figures(&theirs));
    // Python's takes others: what it says of them is what the histogram holds.
    let theirs = Other::Python.run("hgrm", &file.0, "");
    let all = Counts::of(&histogram(whole.iter().flatten()));
    let rows = rows(&theirs);
    assert!(rows.len() > 50, "{theirs}");
    for row in rows {
        let up_to: u64 = all.bins().iter().filter(|bin| bin.high as f64 <= row[0]).map(|bin| bin.count).sum();
        assert_eq!(up_to as f64, row[2], "{row:?}");
        assert!(up_to as f64 / all.total() as f64 >= row[1] - 1e-9, "{row:?}");
    }
    assert_eq!(figures(&told)[..3], figures(&theirs)[..3]);
}

#[test]
fn verdicts_on_what_others_recorded() {
    for other in OTHERS {
        let verdict = |name: &str, slower: f64| {
            let (base, new) =
                (File::new(&format!("{other:?}-{name}-base")), File::new(&format!("{other:?}-{name}-new")));
            other.write(&base.0, &drawn(7, 60_000.0), &drawn(8, 1_100.0));
            other.write(&new.0, &drawn(9, 60_000.0 * slower), &drawn(10, 1_100.0 * slower));
            let [base, new] = [base, new].map(|file| Recording::read(&file.0, Unit::Nanoseconds).unwrap());
            compare(&base, &new, &Options::default()).unwrap().verdict
        };
        assert_eq!(verdict("same", 1.0), Verdict::Same, "{other:?}");
        assert_eq!(verdict("slower", 1.05), Verdict::Regression, "{other:?}");
        assert_eq!(verdict("faster", 0.9), Verdict::Improvement, "{other:?}");
    }
}
