//! A comparison told: as text, as Markdown for a CI job's page, and as one HTML page with plots.

mod html;
mod svg;

use std::fmt::Write as _;

use crate::compare::{Comparison, Row, Stage, Verdict};

pub use html::html;

/// The verdict in one or two sentences.
#[must_use]
pub fn in_words(comparison: &Comparison) -> String {
    let gates = || comparison.stages.iter().flat_map(|stage| stage.rows.iter().map(move |row| (stage, row)));
    let named = |verdict: Verdict| -> String {
        let all: Vec<String> = gates()
            .filter(|(_, row)| row.gated && row.verdict == verdict)
            .map(|(stage, row)| format!("{} {} {}", stage.name, name(row.quantile), change(row.ratio)))
            .collect();
        match all.len() {
            0..=NAMED_MAX => all.join(", "),
            more => format!("{} and {} more", all[..NAMED_MAX].join(", "), more - NAMED_MAX),
        }
    };
    let count = gates().filter(|(_, row)| row.gated).count();
    let mut told = match comparison.verdict {
        Verdict::Regression => format!("Regression: {}.", named(Verdict::Regression)),
        Verdict::Improvement => {
            format!("Improvement: {}; the other gates show no change.", named(Verdict::Improvement))
        }
        Verdict::Same => {
            format!("The same: each of {count} gates shows that nothing has changed by as much as matters.")
        }
        Verdict::Undecided if comparison.apart => {
            format!(
                "Undecided: the sides were recorded apart, so a change may be the machine's: {}. `ab` records both in turn.",
                named(Verdict::Undecided)
            )
        }
        Verdict::Undecided => {
            format!("Undecided: no gate shows a regression, and these cannot be told: {}.", named(Verdict::Undecided))
        }
    };
    let beyond: Vec<String> = gates()
        .filter(|(_, row)| !row.gated && row.verdict == Verdict::Regression)
        .map(|(stage, row)| format!("{} {} {}", stage.name, name(row.quantile), change(row.ratio)))
        .collect();
    if !beyond.is_empty() {
        let _ = write!(told, " Worse, though no gate hangs on it: {}.", beyond.join(", "));
    }
    told
}

/// For a terminal.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    if !comparison.forced.is_empty() {
        let _ = writeln!(text, "FORCED, and so worth little: {}", comparison.forced.join("; "));
    }
    let _ = writeln!(
        text,
        "{:<20} {:>7} {:>14} {:>14} {:>8}   {:<16} verdict",
        "stage", "", "base, us", "new, us", "change", "99 % interval"
    );
    for (stage, row) in comparison.stages.iter().flat_map(|stage| stage.rows.iter().map(move |row| (stage, row))) {
        let [low, high] = row.interval;
        let _ = writeln!(
            text,
            "{:<20} {:>7} {:>14} {:>14} {:>8}   {:<16} {}",
            stage.name,
            name(row.quantile),
            micros(row.base_ns),
            micros(row.new_ns),
            change(row.ratio),
            format!("{} to {}", change(low), change(high)),
            word(row)
        );
    }
    let _ = writeln!(text, "{}", basis(comparison));
    let _ = writeln!(text, "{}: {}", comparison.verdict, in_words(comparison));
    text
}

/// For the page of a CI job.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = format!("### Latency: {}\n\n{}\n\n", comparison.verdict, in_words(comparison));
    if !comparison.forced.is_empty() {
        let _ =
            writeln!(text, "> **Forced** across environments, and so worth little: {}\n", comparison.forced.join("; "));
    }
    text.push_str("| stage | quantile | base, us | new, us | change | 99 % interval | verdict |\n");
    text.push_str("| --- | --- | ---: | ---: | ---: | --- | --- |\n");
    for (stage, row) in comparison.stages.iter().flat_map(|stage| stage.rows.iter().map(move |row| (stage, row))) {
        let [low, high] = row.interval.map(change);
        let (base, new, changed) = (micros(row.base_ns), micros(row.new_ns), change(row.ratio));
        let (quantile, word) = (name(row.quantile), word(row));
        let strong = if row.gated && row.verdict == Verdict::Regression { "**" } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {quantile} | {base} | {new} | {strong}{changed}{strong} | {low} to {high} | {strong}{word}{strong} |",
            stage.name
        );
    }
    let _ = write!(text, "\n{}\n", basis(comparison));
    text
}

/// What the figures rest on.
fn basis(comparison: &Comparison) -> String {
    let how = if comparison.paired { "in pairs" } else { "each side by itself" };
    let samples = |side: usize| comparison.stages.first().map_or(0, |stage: &Stage| stage.samples[side]);
    let doubt = if comparison.paired {
        ""
    } else {
        " Recorded apart: a machine that was busier meanwhile looks like slower code."
    };
    format!(
        "{} and {} blocks compared {how}, {} and {} orders; blocks drawn in runs of {}, seed {}.{doubt}",
        comparison.base.blocks,
        comparison.new.blocks,
        samples(0),
        samples(1),
        comparison.run_length,
        comparison.seed
    )
}

/// p50, p99.9.
pub(crate) fn name(quantile: f64) -> String {
    let percent = (quantile * 1e8).round() / 1e6;
    format!("p{percent}")
}

/// A ratio as a change, percent with two places.
pub(crate) fn change(ratio: f64) -> String {
    format!("{:+.2} %", (ratio - 1.0) * 100.0)
}

/// Nanoseconds as microseconds, to the last digit.
pub(crate) fn micros(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000, ns % 1_000)
}

/// The verdict on one quantile, and whether anything hangs on it.
pub(crate) fn word(row: &Row) -> String {
    match (row.gated, row.verdict) {
        (true, verdict) => verdict.to_string(),
        (false, Verdict::Regression) => "worse (not gated)".to_owned(),
        (false, Verdict::Improvement) => "better (not gated)".to_owned(),
        (false, Verdict::Same) => "same (not gated)".to_owned(),
        (false, Verdict::Undecided) => "cannot be told (not gated)".to_owned(),
    }
}

/// So many gates are named in a sentence.
const NAMED_MAX: usize = 6;
