//! Verdicts on recordings whose truth is known, through the program: exit status, JSON, and pages that say the same.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use fastrand::Rng;
use hdrhistogram::Histogram;
use orderwire_latency::log::{LatencyLog, MeasuredBlock};
use serde_json::Value;

const BLOCKS: u64 = 40;
const VALUES: u64 = 2_000;

/// A recording in the folder of temporary files, which goes with this value.
struct Recorded(PathBuf);

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A recording of latencies drawn by `draw`, from a uniform number, without our header: as another tool writes it.
fn recorded(name: &str, seed: u64, draw: impl Fn(f64, &mut Rng) -> f64) -> Recorded {
    let recorded = recorded_here(name, seed, draw);
    let text = std::fs::read_to_string(&recorded.0).unwrap();
    let foreign = text.lines().filter(|line| !line.starts_with("#orderwire-latency"));
    std::fs::write(&recorded.0, foreign.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    recorded
}

/// The same with our header.
fn recorded_here(name: &str, seed: u64, draw: impl Fn(f64, &mut Rng) -> f64) -> Recorded {
    let path = std::env::temp_dir().join(format!("orderwire-verdicts-{name}-{seed}-{}.hlog", std::process::id()));
    let mut log = LatencyLog::create(&path).unwrap();
    let mut rng = Rng::with_seed(seed);
    for block in 0..BLOCKS {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
        for _ in 0..VALUES {
            let taken = Duration::from_secs_f64(draw(rng.f64(), &mut rng) / 1e6);
            histogram.record(u64::try_from(taken.as_nanos()).unwrap()).unwrap();
        }
        let start = UNIX_EPOCH + Duration::from_secs(1_790_000_000 + block);
        log.write(&MeasuredBlock::new(start, Duration::from_secs(1), &histogram)).unwrap();
    }
    Recorded(path)
}

/// A quantile function with a long tail, us: 100 at the median, some 180 at p99.
fn tailed(uniform: f64) -> f64 {
    100.0 * (1.0 - uniform).max(1e-9).powf(-0.15) * 0.9013
}

fn compare(base: &Recorded, new: &Recorded) -> (i32, Value) {
    compare_with(base, new, &[])
}

fn compare_with(base: &Recorded, new: &Recorded, options: &[&str]) -> (i32, Value) {
    let program = env!("CARGO_BIN_EXE_orderwire-latency");
    let mut command = Command::new(program);
    let output = command.args(["compare", "--json"]).args([&base.0, &new.0]).args(options).output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), json)
}

fn row(json: &Value, quantile: f64) -> &Value {
    let rows = json["stages"][0]["rows"].as_array().unwrap();
    rows.iter().find(|row| row["quantile"] == quantile).unwrap()
}

#[test]
fn the_same_is_the_same() {
    let (base, new) = (recorded("same", 1, |u, _| tailed(u)), recorded("same", 2, |u, _| tailed(u)));
    let (code, json) = compare(&base, &new);
    assert_eq!((code, &json["verdict"]), (0, &Value::from("same")), "{json:#}");
}

#[test]
fn five_percent_more_everywhere_is_a_regression() {
    let (base, new) = (recorded("five", 3, |u, _| tailed(u)), recorded("five", 4, |u, _| tailed(u) * 1.05));
    let (code, json) = compare(&base, &new);
    assert_eq!((code, &json["verdict"]), (1, &Value::from("regression")), "{json:#}");
    let (code, json) = compare(&new, &base);
    assert_eq!((code, &json["verdict"]), (0, &Value::from("improvement")), "{json:#}");
}

/// Two of ours that are not of one session: whether it was the code or the machine is not to be told from them.
#[test]
fn recordings_made_apart_are_judged_on_demand() {
    let (base, new) =
        (recorded_here("apart", 11, |u, _| tailed(u)), recorded_here("apart", 12, |u, _| tailed(u) * 1.05));
    let (code, json) = compare(&base, &new);
    assert_eq!(
        (code, &json["verdict"], &json["apart"]),
        (2, &Value::from("undecided"), &Value::from(true)),
        "{json:#}"
    );
    let (code, json) = compare_with(&base, &new, &["--undecided", "0"]);
    assert_eq!((code, &json["verdict"]), (0, &Value::from("undecided")));
    let (code, json) = compare_with(&base, &new, &["--apart"]);
    assert_eq!(
        (code, &json["verdict"], &json["apart"]),
        (1, &Value::from("regression"), &Value::from(false)),
        "{json:#}"
    );
    // Pairs are for whoever knows that they are some.
    let (code, json) = compare_with(&base, &new, &["--paired"]);
    assert_eq!(
        (code, &json["verdict"], &json["paired"]),
        (1, &Value::from("regression"), &Value::from(true)),
        "{json:#}"
    );
}

/// Blocks that drift slowly, each recording its own way: neighbours are alike, and the sides differ by 4 % by chance.
#[test]
fn a_slow_drift_is_no_regression() {
    let drifting = |name: &str, seed: u64, from: f64| {
        let drawn = std::cell::Cell::new(0_u64);
        recorded(name, seed, move |u, _| {
            let block = drawn.replace(drawn.get() + 1) / VALUES;
            tailed(u) * (1.0 + from * (block as f64 / BLOCKS as f64 * 5.0).sin())
        })
    };
    let (code, json) = compare(&drifting("drift", 13, -0.1), &drifting("drift", 14, 0.1));
    assert_eq!((code, &json["verdict"]), (2, &Value::from("undecided")), "{json:#}");
}

#[test]
fn a_worse_tail_beyond_the_gates_is_shown_and_fails_nobody() {
    let worse = |u: f64| tailed(u) * if u > 0.993 { 1.12 } else { 1.0 };
    let (base, new) = (recorded("tail", 5, |u, _| tailed(u)), recorded("tail", 6, move |u, _| worse(u)));
    let (code, json) = compare(&base, &new);
    assert_eq!((code, &json["verdict"]), (0, &Value::from("same")), "{json:#}");
    let beyond = row(&json, 0.999);
    assert_eq!((&beyond["gated"], &beyond["verdict"]), (&Value::from(false), &Value::from("regression")), "{beyond:#}");
}

#[test]
fn a_mode_that_moves_a_gated_quantile_is_a_regression() {
    // One order in eight waits; then one in eight waits longer: p50 stays, p90 does not.
    let modes =
        |second: f64| move |u: f64, rng: &mut Rng| if u > 0.875 { second } else { 100.0 } * (1.0 + 0.05 * rng.f64());
    let (base, new) = (recorded("mode", 7, modes(160.0)), recorded("mode", 8, modes(172.0)));
    let (code, json) = compare(&base, &new);
    assert_eq!((code, &json["verdict"]), (1, &Value::from("regression")), "{json:#}");
    assert_eq!(row(&json, 0.5)["verdict"], "same");
    assert_eq!(row(&json, 0.9)["verdict"], "regression");
}

/// Page and summary hold the figures of the JSON, digit by digit, and the page asks for nothing.
#[test]
fn pages_say_what_the_json_says() {
    let (base, new) = (recorded("pages", 9, |u, _| tailed(u)), recorded("pages", 10, |u, _| tailed(u) * 1.06));
    let (_, json) = compare(&base, &new);
    let (html, markdown) = (base.0.with_extension("html"), base.0.with_extension("md"));
    let program = env!("CARGO_BIN_EXE_orderwire-latency");
    let mut report = Command::new(program);
    report.arg("report").args([&base.0, &new.0]).arg("--html").arg(&html).arg("--markdown").arg(&markdown);
    assert!(report.output().unwrap().status.success(), "a report is no gate");
    let pages = [std::fs::read_to_string(&html).unwrap(), std::fs::read_to_string(&markdown).unwrap()];
    for row in json["stages"][0]["rows"].as_array().unwrap() {
        let change = |ratio: &Value| format!("{:+.2} %", (ratio.as_f64().unwrap() - 1.0) * 100.0);
        let micros = |ns: &Value| format!("{:.3}", ns.as_u64().unwrap() as f64 / 1e3);
        let [low, high] = [0, 1].map(|end| change(&row["interval"][end]));
        for page in &pages {
            for figure in
                [micros(&row["base_ns"]), micros(&row["new_ns"]), change(&row["ratio"]), format!("{low} to {high}")]
            {
                assert!(page.contains(&figure), "{figure} in {page}");
            }
        }
    }
    let page = &pages[0];
    for plot in ["percentiles of order", "shift of order", "block medians of order"] {
        assert!(page.contains(plot), "{plot}");
    }
    assert!(page.contains("regression"));
    for loads in ["<script", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(loads), "{loads}");
    }
    for path in [&html, &markdown] {
        std::fs::remove_file(path).unwrap();
    }
}
