//! The report's page as a person sees it, in headless Chromium: `page.js` tells.

use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::Histogram;
use orderwire_latency::compare::{Comparison, Options, compare};
use orderwire_latency::recording::{Recording, Unit};
use orderwire_latency::{LatencyLog, MeasuredBlock, report};
use serde_json::Value;

/// The stages of an order, what each takes at the median, ns, and how much more of it on the new side.
const STAGES: [(&str, f64, f64); 6] = [
    ("order", 104_000.0, 1.01),
    ("build-and-sign", 1_100.0, 1.1),
    ("seal-and-write", 7_100.0, 1.0),
    ("wait", 90_000.0, 1.0),
    ("read-and-decode", 4_000.0, 0.9),
    ("DELETE:/order", 98_000.0, 1.0),
];
const BLOCKS: u64 = 20;
const VALUES: u64 = 1_000;

fn recording(seed: u64, new: bool) -> Recording {
    let path = std::env::temp_dir().join(format!("orderwire-page-{seed}-{}.hlog", std::process::id()));
    let mut log =
        LatencyLog::create(&path).unwrap().note("a longer note", "with words, <b>and</b> \"marks\" & more of them");
    let mut rng = fastrand::Rng::with_seed(seed);
    for block in 0..BLOCKS {
        let histograms = STAGES.map(|(_, median, slower)| {
            let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
            let median = median * if new { slower } else { 1.0 };
            for _ in 0..VALUES {
                let taken = Duration::from_secs_f64(median * (2.0 * (1.0 - rng.f64())).powf(-0.2) / 1e9);
                histogram.saturating_record(u64::try_from(taken.as_nanos()).unwrap());
            }
            histogram
        });
        let start = UNIX_EPOCH + Duration::from_secs(1_790_000_000 + 2 * block + u64::from(new));
        let mut measured = MeasuredBlock::new(start, Duration::from_secs(1), &histograms[0]);
        for ((name, ..), histogram) in STAGES.iter().zip(&histograms).skip(1) {
            measured = measured.stage(name, histogram);
        }
        log.write(&measured).unwrap();
    }
    let recording = Recording::read(&path, Unit::Nanoseconds).unwrap();
    std::fs::remove_file(&path).unwrap();
    recording
}

fn comparison() -> Comparison {
    let mut options = Options::default();
    options.paired = true;
    let mut comparison = compare(&recording(1, false), &recording(2, true), &options).unwrap();
    // What a forced one says stands on the page as well.
    comparison.forced = vec!["kernel: 6.1.0 and 6.12.38".to_owned(), "governor: powersave and performance".to_owned()];
    comparison
}

/// What the table shows of one quantile: name, both values, change, interval and verdict.
fn cells(json: &Value) -> Vec<[String; 5]> {
    let micros = |ns: &Value| format!("{:.3}", ns.as_u64().unwrap() as f64 / 1e3);
    let change = |ratio: &Value| format!("{:+.2} %", (ratio.as_f64().unwrap() - 1.0) * 100.0);
    let rows = json["stages"].as_array().unwrap().iter().flat_map(|stage| stage["rows"].as_array().unwrap());
    let cells = |row: &Value| {
        let percent = (row["quantile"].as_f64().unwrap() * 1e6).round() / 1e4;
        let [low, high] = [0, 1].map(|end| change(&row["interval"][end]));
        let [base, new] = [&row["base_ns"], &row["new_ns"]].map(micros);
        [format!("p{percent}"), base, new, change(&row["ratio"]), format!("{low} to {high}")]
    };
    rows.map(cells).collect()
}

#[test]
fn a_person_sees_all_of_it() {
    let comparison = comparison();
    let page = std::env::temp_dir().join(format!("orderwire-page-{}.html", std::process::id()));
    std::fs::write(&page, report::html(&comparison)).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/page.js");
    let mut command = Command::new("node");
    command.arg(script).arg(&page);
    // A folder for pictures of the page, to look at.
    command.args(std::env::var_os("ORDERWIRE_PICTURES"));
    let output = command.output().unwrap();
    std::fs::remove_file(&page).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nothing = Value::Array(Vec::new());
    for width in ["1280", "390"] {
        let told = &told[width];
        assert_eq!(told["plots"], 1 + 3 * STAGES.len(), "{width}: the waterfall, and three plots a stage");
        for flaw in ["hidden", "cut", "overlapping", "console", "network"] {
            assert_eq!(told[flaw], nothing, "{width}: {flaw}");
        }
        let expected = cells(&serde_json::to_value(&comparison).unwrap());
        let shown = told["cells"].as_array().unwrap();
        assert_eq!(shown.len(), expected.len(), "{width}");
        for (shown, expected) in shown.iter().zip(expected) {
            let shown: Vec<&str> = shown.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
            assert_eq!(shown[..5], expected.each_ref().map(String::as_str), "{width}");
        }
    }
}
