//! `self-test`: can this machine tell today? Equal sides must be no regression, and a stage that was slowed must be found.

use std::process::ExitCode;

use orderwire_latency::compare::{Options, Verdict, compare};

use super::cli::{Failure, Injection, SelfTestArguments};
use super::rounds::{Rounds, Side};
use super::venue::Venue;

pub(crate) fn run(arguments: &SelfTestArguments) -> Result<ExitCode, Failure> {
    if arguments.scenario.all_stages {
        return Err(Failure::usage("the self-test slows build-and-sign, which --all-stages splits"));
    }
    let scratch = Scratch::new()?;
    let out = scratch.0.as_path();
    let venue = Venue::start(out, arguments.scenario.plain)?;
    let program = std::env::current_exe().map_err(|error| Failure::not_comparable(error.to_string()))?;
    let side = |name, percent: f64| {
        let inject = Injection { stage: SLOWED.to_owned(), percent };
        let mut words = vec![program.display().to_string(), "record".into(), "--out={out}".into(), "--blocks=1".into()];
        words.push(format!("--url={}", venue.url));
        words.extend(venue.ca.as_ref().map(|ca| format!("--ca={}", ca.display())));
        words.extend(arguments.scenario.arguments());
        words.push(format!("--inject={inject}"));
        Side::new(name, words, out.to_owned(), None, out)
    };
    let sides = vec![side("base", 0.0), side("same", 0.0), side("slowed", PERCENT)];
    let mut rounds = Rounds::new(sides, venue.environment(), out, arguments.limit.time());
    let options = Options::default();
    let mut wanted = arguments.rounds.min(arguments.rounds_max).max(1);
    loop {
        rounds.run_to(wanted)?;
        let (base, same) = rounds.read(0, 1)?;
        let equal = compare(&base, &same, &options)?;
        let (base, slowed) = rounds.read(0, 2)?;
        let mut only = options.clone();
        only.stages = vec![SLOWED.to_owned()];
        let slower = compare(&base, &slowed, &only)?;
        let row = slower.stages.iter().filter(|stage| stage.name == SLOWED).flat_map(|stage| &stage.rows).next();
        let Some(row) = row else {
            return Err(Failure::not_comparable(format!("stage {SLOWED:?} was not recorded")));
        };
        // More rounds only where the interval is too wide to find so much.
        let wide = row.interval_all_gates[1] / row.ratio > 1.0 + PERCENT * 0.6 / 100.0;
        if wide && wanted < arguments.rounds_max && !rounds.time_is_up() {
            wanted = (wanted + 30).min(arguments.rounds_max);
            continue;
        }
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        println!(
            "equal sides: {}; {SLOWED} slowed by {PERCENT} %: p50 {:+.1} % ({:+.1} to {:+.1}), {}; {} rounds",
            equal.verdict,
            percent(row.ratio),
            percent(row.interval[0]),
            percent(row.interval[1]),
            row.verdict,
            rounds.done
        );
        if equal.verdict == Verdict::Regression {
            return Err(Failure::not_comparable(
                "self-test failed: equal sides were called a regression; this job is invalid",
            ));
        }
        if row.verdict != Verdict::Regression {
            let told = format!("self-test failed: {PERCENT} % more in {SLOWED} was not found; this job is invalid");
            return Err(Failure::not_comparable(told));
        }
        println!("self-test passed");
        return Ok(ExitCode::SUCCESS);
    }
}

/// A folder that goes when the test is over.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("orderwire-latency-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| Failure::not_comparable(format!("{}: {e}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const SLOWED: &str = "build-and-sign";
const PERCENT: f64 = 10.0;
