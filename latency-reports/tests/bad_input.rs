//! Files that say nothing, or something else: an error that names file, line and cure, and never a verdict.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use orderwire_latency::log::{LatencyLog, MeasuredBlock};
use orderwire_latency::recording::{Recording, Unit};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("orderwire-latency-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    values.into_iter().for_each(|value| histogram.record(value).unwrap());
    histogram
}

/// A recording of so many blocks with two stages.
fn recording(path: &Path, blocks: u64) {
    let mut log = LatencyLog::create(path).unwrap().option("venue", "none");
    for block in 0..blocks {
        let whole = histogram((0..500).map(|at| 100_000 + (at * 37 + block * 11) % 9_000));
        let stage = histogram((0..500).map(|at| 2_000 + (at * 13 + block * 7) % 300));
        let start = UNIX_EPOCH + Duration::from_millis(1_790_000_000_000 + block * 20);
        log.write(&MeasuredBlock::new(start, Duration::from_millis(20), &whole).stage("build-and-sign", &stage))
            .unwrap();
    }
}

fn compare(base: &Path, new: &Path, more: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_orderwire-latency");
    Command::new(program).arg("compare").arg(base).arg(new).args(more).output().unwrap()
}

/// What was said on standard error, where it ended as it must: with 3 and without a word on standard output.
#[track_caller]
fn refused(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(output.stdout.is_empty(), "no verdict: {}", String::from_utf8_lossy(&output.stdout));
    told
}

#[test]
fn damaged_and_foreign_files() {
    let folder = Folder::new("damaged");
    let (good, bad) = (folder.file("good.hlog"), folder.file("bad.hlog"));
    recording(&good, 12);
    let text = std::fs::read_to_string(&good).unwrap();
    let line = |at: usize| text.lines().nth(at - 1).unwrap();
    let first = line(4);
    let with = |replaced: &str| text.replacen(first, replaced, 1);
    let payload = first.rsplit(',').next().unwrap();
    let fields = |start: &str, length: &str| format!("{start},{length},0.1,{payload}");
    let empty = {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&histogram([]), &mut bytes).unwrap();
        format!("1.0,1.0,0.0,{}", data_encoding::BASE64.encode(&bytes))
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), "the file is empty"),
        ("header alone", text.lines().take(3).map(|l| format!("{l}\n")).collect::<String>().into(), "no block in it"),
        ("cut in a line", text.as_bytes()[..text.len() - 40].to_vec(), ":27: "),
        ("cut at a line's end", text.trim_end().into(), "the last line is cut"),
        ("another format", b"{\"not\": \"a log\"}\n".to_vec(), ":1: "),
        ("a picture", vec![0x89, b'P', b'N', b'G', 0xff, 0xfe, 0], "not text"),
        ("not base64", with(&first.replace(payload, "HIST*")).into(), ":4: the histogram is not whole base64"),
        ("base64 of something", with(&first.replace(payload, "aGVsbG8gd29ybGQhIQ==")).into(), ":4: no HdrHistogram"),
        ("a byte changed", with(&flipped(first)).into(), ":4: "),
        ("fewer fields", with("1.0,2.0,3.0").into(), ":4: 3 fields"),
        ("no number", with(&fields("yesterday", "0.02")).into(), ":4: a start, length or maximum"),
        ("ended before it began", with(&fields("1790000000.0", "-0.02")).into(), ":4: the block ended before it began"),
        (
            "began before the last",
            with(&fields("1790009999.0", "0.02")).into(),
            ":6: the block began before the one on line 4",
        ),
        ("an empty block", with(&empty).into(), ":4: a block of stage \"order\" without a single value"),
        ("a tag and no more", with("Tag=build").into(), ":4: a tag and nothing behind"),
        ("two files in one", [text.as_bytes(), text.as_bytes()].concat(), "a second environment"),
        ("another unit", text.replace("\"unit\":\"ns\"", "\"unit\":\"fortnights\"").into(), ":2: unit \"fortnights\""),
        ("a broken header", text.replace("\"unit\":", "\"unit\"").into(), ":2: the environment cannot be read"),
    ];
    for (name, bytes, expected) in cases {
        std::fs::write(&bad, bytes).unwrap();
        for (base, new) in [(&good, &bad), (&bad, &good)] {
            let told = refused(&compare(base, new, &[]));
            assert!(told.contains("bad.hlog") && told.contains(expected), "{name}: {told}");
            assert!(told.contains("; "), "{name}: a cure: {told}");
        }
    }
    let told = refused(&compare(&good, &folder.file("nowhere.hlog"), &[]));
    assert!(told.contains("nowhere.hlog"), "{told}");
}

/// The line with one character in the middle of its histogram changed.
fn flipped(line: &str) -> String {
    let at = line.rfind(',').unwrap() + (line.len() - line.rfind(',').unwrap()) / 2;
    let changed = if &line[at..=at] == "A" { "B" } else { "A" };
    format!("{}{changed}{}", &line[..at], &line[at + 1..])
}

/// Nothing that a file says makes reading it panic.
#[test]
fn any_byte_may_be_wrong() {
    let folder = Folder::new("any");
    let path = folder.file("base.hlog");
    recording(&path, 2);
    let bytes = std::fs::read(&path).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..3_000 {
        let mut bad = bytes.clone();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..bad.len());
            bad[at] = rng.u8(..);
        }
        if rng.bool() {
            bad.truncate(rng.usize(..bad.len()));
        }
        let _ = Recording::parse(&path, &bad, Unit::Nanoseconds);
    }
}

#[test]
fn what_is_no_pair_is_not_compared() {
    let folder = Folder::new("pair");
    let (base, new) = (folder.file("base.hlog"), folder.file("new.hlog"));
    recording(&base, 12);
    let text = std::fs::read_to_string(&base).unwrap();

    recording(&new, 1);
    assert!(refused(&compare(&base, &new, &[])).contains("new.hlog has 1 of the 8 blocks"));
    recording(&new, 7);
    assert!(refused(&compare(&base, &new, &[])).contains("has 7 of the 8 blocks"));

    std::fs::write(&new, text.replace("build-and-sign", "build")).unwrap();
    let told = refused(&compare(&base, &new, &[]));
    assert!(told.contains("base.hlog has no stage \"build\"") && told.contains("--stage"), "{told}");
    assert_eq!(compare(&base, &new, &["--stage", "order"]).status.code(), Some(0), "the stage that both have");

    let fewer: String = text
        .lines()
        .filter(|l| !l.starts_with("Tag=") || !l.contains("1790000000.020"))
        .map(|l| format!("{l}\n"))
        .collect();
    std::fs::write(&new, fewer).unwrap();
    assert!(refused(&compare(&base, &new, &[])).contains("11 blocks of stage \"build-and-sign\" and 12 of \"order\""));

    for (from, to) in [("\"cores\":", "\"cores\":9"), ("\"venue\":\"none\"", "\"venue\":\"another\"")] {
        std::fs::write(&new, text.replace(from, to)).unwrap();
        let told = refused(&compare(&base, &new, &[]));
        assert!(told.contains("--force") && told.contains("base.hlog and"), "{told}");
        let forced = compare(&base, &new, &["--force"]);
        assert_eq!(forced.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&forced.stdout).contains("FORCED"));
    }
    // One that says where it was recorded, and one that does not.
    std::fs::write(
        &new,
        text.lines().filter(|l| !l.starts_with("#orderwire")).map(|l| format!("{l}\n")).collect::<String>(),
    )
    .unwrap();
    assert!(refused(&compare(&base, &new, &[])).contains("does not say where it was recorded"));
}

#[test]
fn bad_usage_is_64() {
    let program = env!("CARGO_BIN_EXE_orderwire-latency");
    let folder = Folder::new("usage");
    let path = folder.file("base.hlog");
    recording(&path, 12);
    let path = path.to_str().unwrap();
    let cases: [&[&str]; 10] = [
        &[],
        &["compare", path],
        &["compare", path, path, "--gate", "p200=3"],
        &["compare", path, path, "--gate", "p50"],
        &["record", "--out", "/nonexistent/x.hlog", "--rate", "0"],
        &["record", "--out", "x.hlog", "--inject", "seal:10"],
        &["record", "--out", "x.hlog", "--url", "ftp://x"],
        &["ab", "--base", "HEAD", "--", "program"],
        &["ab", "--base", "HEAD", "--pairs", "9", "--pairs-max", "8"],
        &["ab", "--base", "no-such-revision-of-anything"],
    ];
    for case in cases {
        let output = Command::new(program).args(case).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{case:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{case:?}");
    }
}
