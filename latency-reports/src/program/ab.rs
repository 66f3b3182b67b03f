//! `ab`: two revisions, built in folders of their own and recorded in turn against one venue.
//!
//! Each side has a checkout with a target folder in it, as a user would; what both need is built once. A checkout that is new gets
//! a copy of what has been built already, dependencies most of all: the base from the work tree, and the new side from the base. Cargo takes from the copy what fits and builds the rest, the revision's own crates among it, whose
//! files are newer than the copy. One folder for both would not do: packages of two checkouts have the same names in it, and what
//! is there of one would be taken for the other's.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use orderwire_latency::Comparison;
use orderwire_latency::compare::compare;

use super::cli::{AbArguments, BUILD, Failure, Injection};
use super::rounds::{Rounds, Side};
use super::told;
use super::venue::Venue;

pub(crate) fn run(arguments: &AbArguments) -> Result<ExitCode, Failure> {
    if arguments.pairs == 0 || arguments.pairs > arguments.pairs_max {
        return Err(Failure::usage("--pairs is at least 1 and at most --pairs-max"));
    }
    if !arguments.command.is_empty() && !arguments.command.iter().any(|word| word.contains("{out}")) {
        return Err(Failure::usage("the command has no {out}: it stands for the file that a run writes"));
    }
    std::fs::create_dir_all(&arguments.out).map_err(|e| io(&arguments.out, &e))?;
    let out = arguments.out.canonicalize().map_err(|e| io(&arguments.out, &e))?;
    let work_tree = PathBuf::from(git(Path::new("."), &["rev-parse", "--show-toplevel"])?);
    let built = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| work_tree.join("target"), PathBuf::from);
    let base = side(arguments, "base", &arguments.base, &out, &built)?;
    let new = side(arguments, "new", &arguments.new, &out, &base.directory.join("target"))?;
    let venue = Venue::start(&out, arguments.scenario.plain)?;
    let mut sides = vec![base, new];
    if arguments.command.is_empty() {
        for side in &mut sides {
            side.command.push(format!("--url={}", venue.url));
            side.command.extend(venue.ca.as_ref().map(|ca| format!("--ca={}", ca.display())));
        }
        if let Some(inject) = &arguments.inject {
            let nothing = Injection { percent: 0.0, ..inject.clone() };
            sides[0].command.push(format!("--inject={nothing}"));
            sides[1].command.push(format!("--inject={inject}"));
        }
    }
    let mut rounds = Rounds::new(sides, venue.environment(), &out, arguments.limit.time());
    let mut pairs = arguments.pairs;
    let comparison = loop {
        rounds.run_to(pairs)?;
        let (base, new) = rounds.read(0, 1)?;
        let comparison = compare(&base, &new, &arguments.judging.options())?;
        if pairs >= arguments.pairs_max || rounds.time_is_up() || is_narrow(&comparison) {
            break comparison;
        }
        pairs = (pairs + PAIRS_STEP).min(arguments.pairs_max);
    };
    told::comparison(&comparison, &arguments.judging, &arguments.pages)
}

/// Whether every gate's interval is narrower than its effect. Only the width decides whether more pairs are recorded: to look at
/// the ratio itself, again and again, would make false alarms more frequent.
fn is_narrow(comparison: &Comparison) -> bool {
    let gates = comparison.stages.iter().flat_map(|stage| &stage.rows).filter(|row| row.gated);
    gates.into_iter().all(|row| row.interval_all_gates[1] / row.ratio < 1.0 + row.effect)
}

/// Checks a revision out and builds it. A new checkout gets a copy of what `built` holds.
fn side(
    arguments: &AbArguments,
    name: &'static str,
    revision: &str,
    out: &Path,
    built: &Path,
) -> Result<Side, Failure> {
    let commit = git(Path::new("."), &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
        .map_err(|_| Failure::usage(format!("{revision:?} is no revision of the repository here")))?;
    let checkout = out.join(name);
    if !checkout.join(".git").exists() {
        let here = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
        // Shares the repository's objects and writes nothing into it.
        git(
            Path::new("."),
            &["clone", "--quiet", "--shared", "--no-checkout", &here, &checkout.display().to_string()],
        )?;
        // Before the checkout: whatever it brings is then newer than what was built of another revision.
        copy_built(&built.join("release"), &checkout);
    }
    // Files that do not differ keep their time, so that a second run builds what has changed.
    git(&checkout, &["checkout", "--quiet", "--force", "--detach", &commit])?;
    let own = arguments.command.is_empty();
    if own && !checkout.join("latency-reports/Cargo.toml").exists() {
        let problem = format!(
            "{revision} has no latency-reports, so its path cannot be recorded; give a COMMAND, or a later --base"
        );
        return Err(Failure::not_comparable(problem));
    }
    let build = if own && arguments.build == BUILD { BUILD_OWN } else { &arguments.build };
    eprintln!("building {name}, {revision} ({}): {build}", &commit[..12.min(commit.len())]);
    let mut command = Command::new("sh");
    command.args(["-c", build]).current_dir(&checkout).stdout(std::io::stderr());
    command.env("CARGO_TARGET_DIR", checkout.join("target")).env_remove("CARGO_BUILD_BUILD_DIR");
    let status = command.status().map_err(|error| Failure::not_comparable(format!("sh: {error}")))?;
    if !status.success() {
        return Err(Failure::not_comparable(format!("{name}: `{build}` ended with {status}")));
    }
    let words = if own {
        let program = checkout.join("target/release/orderwire-latency").display().to_string();
        let fixed = ["record", "--out={out}", "--blocks=1"].map(str::to_owned);
        [program].into_iter().chain(fixed).chain(arguments.scenario.arguments()).collect()
    } else {
        arguments.command.clone()
    };
    Ok(Side::new(name, words, checkout, Some(commit[..12.min(commit.len())].to_owned()), out))
}

/// Copies what Cargo has built there into a checkout without any, where there is anything.
fn copy_built(from: &Path, checkout: &Path) {
    let parts = ["build", "deps", ".fingerprint"];
    if !parts.iter().all(|part| from.join(part).is_dir()) {
        return;
    }
    let (part, whole) = (checkout.join("target.part"), checkout.join("target"));
    let copied = std::fs::create_dir_all(part.join("release")).and_then(|()| {
        // `cp`, because times of change must be kept.
        Command::new("cp").arg("-Rp").args(parts.map(|part| from.join(part))).arg(part.join("release")).status()
    });
    // Half a copy would be worse than none, which only takes longer to build.
    if !copied.is_ok_and(|status| status.success()) || std::fs::rename(&part, &whole).is_err() {
        let _ = std::fs::remove_dir_all(&part);
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let problem =
        |what: &dyn std::fmt::Display| Failure::not_comparable(format!("git {}: {what}", arguments.join(" ")));
    let output =
        Command::new("git").arg("-C").arg(directory).args(arguments).output().map_err(|error| problem(&error))?;
    if !output.status.success() {
        return Err(problem(&String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn io(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

/// How a revision's own recorder is built.
const BUILD_OWN: &str = "cargo build --release --locked -p orderwire-latency";

/// So many pairs are added between two looks.
const PAIRS_STEP: u64 = 15;
