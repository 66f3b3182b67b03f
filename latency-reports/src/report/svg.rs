//! The plots, as SVG that takes its colours from the page.
//!
//! Each is drawn 360 units wide, which is what a phone shows, and grows with its column: no text becomes too small to read.

use std::fmt::Write as _;

use super::{micros, name};
use crate::bootstrap::at_share;
use crate::compare::{Comparison, Stage};
use crate::counts::Counts;
use crate::recording::WHOLE;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;

/// Nearer to a side than this a label ends or begins there.
const CORNER: f64 = 8.0;

/// A picture under way, and where values lie in it.
struct Plot {
    body: String,
    height: f64,
    x: [f64; 2],
    y: [f64; 2],
}

impl Plot {
    fn new(x: [f64; 2], y: [f64; 2]) -> Self {
        Self { body: String::new(), height: HEIGHT, x, y }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (value - self.x[0]) / (self.x[1] - self.x[0]).max(f64::MIN_POSITIVE) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.y[0]) / (self.y[1] - self.y[0]).max(f64::MIN_POSITIVE);
        self.height - BOTTOM - share * (self.height - TOP - BOTTOM)
    }

    fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        let _ = write!(self.body, r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#);
    }

    fn text(&mut self, anchor: &str, [x, y]: [f64; 2], text: &str) {
        let _ = write!(self.body, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#, escaped(text));
    }

    fn rect(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        let _ = write!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        );
    }

    fn curve(&mut self, class: &str, points: &[[f64; 2]]) {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{:.1},{:.1}", self.x(*x), self.y(*y))).collect();
        let _ = write!(self.body, r#"<polyline class="{class}" points="{}"/>"#, points.join(" "));
    }

    fn band(&mut self, class: &str, low: &[[f64; 2]], high: &[[f64; 2]]) {
        let around = low.iter().chain(high.iter().rev());
        let points: Vec<String> = around.map(|[x, y]| format!("{:.1},{:.1}", self.x(*x), self.y(*y))).collect();
        let _ = write!(self.body, r#"<polygon class="{class}" points="{}"/>"#, points.join(" "));
    }

    /// The axes: a line of the grid and a label at each mark.
    fn axes(&mut self, across: &[(f64, String)], up: &[(f64, String)], title: &str) {
        let (left, right, bottom) = (LEFT, WIDTH - RIGHT, self.height - BOTTOM);
        for (value, label) in up {
            let y = self.y(*value);
            self.line("grid", [left, y], [right, y]);
            self.text("end", [left - 4.0, y + 3.5], label);
        }
        for (value, label) in across {
            let x = self.x(*value);
            self.line("grid", [x, TOP], [x, bottom]);
            // A label in a corner would run out of the picture, or into one of the other axis.
            let (anchor, at) = match x {
                x if x > right - CORNER => ("end", WIDTH - 2.0),
                x if x < left + CORNER => ("start", left),
                x => ("middle", x),
            };
            self.text(anchor, [at, bottom + 13.0], label);
        }
        self.text("middle", [f64::midpoint(left, right), self.height - 5.0], title);
    }

    fn done(self, label: &str) -> String {
        format!(
            r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{}</svg>"#,
            self.height,
            escaped(label),
            self.body
        )
    }
}

/// Where a quantile lies: each further nine as far from the one before.
fn place(quantile: f64) -> f64 {
    (1.0 / (1.0 - quantile)).log10()
}

/// Both sides' curves over a 1/(1-q) axis, and how far their blocks lie apart.
pub(super) fn percentiles(stage: &Stage) -> String {
    let sides: Vec<Counts> =
        stage.blocks.iter().map(|side| Counts::merged(side.blocks.iter().map(|block| &block.counts))).collect();
    let samples = stage.samples[0].min(stage.samples[1]);
    let last = place(1.0 - 1.0 / samples.max(10) as f64).min(5.0);
    let steps = |to: f64| (0..=POINTS).map(move |step| to * f64::from(step) / f64::from(POINTS));
    let quantile = |place: f64| 1.0 - 10_f64.powf(-place);
    let log = |ns: u64| (ns.max(1) as f64).log10();
    let curves: Vec<Vec<[f64; 2]>> =
        sides.iter().map(|side| steps(last).map(|at| [at, log(side.value_at(quantile(at)))]).collect()).collect();
    let bands: Vec<[Vec<[f64; 2]>; 2]> = stage
        .blocks
        .iter()
        .map(|side| {
            let least = side.blocks.iter().map(|block| block.counts.total()).min().unwrap_or(1);
            // Beyond a block's own last value it has nothing to say.
            let end = place(1.0 - 1.0 / least.max(2) as f64).min(last);
            let mut ends = [Vec::new(), Vec::new()];
            for at in steps(end) {
                let mut values: Vec<u64> =
                    side.blocks.iter().map(|block| block.counts.value_at(quantile(at))).collect();
                values.sort_unstable();
                for (end, share) in ends.iter_mut().zip([0.1, 0.9]) {
                    end.push([at, log(at_share(&values, share))]);
                }
            }
            ends
        })
        .collect();
    let all = || curves.iter().flatten().chain(bands.iter().flatten().flatten()).map(|point| point[1]);
    let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
    let room = ((high - low) * 0.05).max(0.01);
    let mut plot = Plot::new([0.0, last], [low - room, high + room]);
    let marks: Vec<(f64, String)> = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]
        .into_iter()
        .filter(|quantile| place(*quantile) <= last)
        .map(|quantile| (place(quantile), name(quantile)))
        .collect();
    plot.axes(&marks, &decades(10_f64.powf(low - room), 10_f64.powf(high + room)), "quantile, by 1/(1-q); µs");
    for (class, [low, high]) in ["base band", "new band"].into_iter().zip(&bands) {
        plot.band(class, low, high);
    }
    for (class, curve) in ["base curve", "new curve"].into_iter().zip(&curves) {
        plot.curve(class, curve);
    }
    plot.done(&format!("percentiles of {}", stage.name))
}

/// How much each quantile has shifted, how sure that is, and how much would not matter.
pub(super) fn shifts(stage: &Stage) -> String {
    let rows: Vec<_> = stage.shift.iter().collect();
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let last = rows.iter().map(|row| place(row.quantile)).fold(1.0, f64::max) + 0.12;
    // An interval that is wide beyond use must not flatten the others, nor a quantile without a gate: they run off the edge.
    let most = rows
        .iter()
        .map(|row| {
            let shift = percent(row.ratio).abs() * 1.5;
            let shift = if row.gated { shift } else { shift.min(60.0) };
            shift.max(row.effect * 250.0).max(percent(row.interval[1]).abs().min(60.0))
        })
        .fold(8.0, f64::max);
    let mut plot = Plot::new([-0.1, last], [-most, most]);
    let mut band = [Vec::new(), Vec::new()];
    for row in &rows {
        band[0].push([place(row.quantile), percent(1.0 / (1.0 + row.effect))]);
        band[1].push([place(row.quantile), row.effect * 100.0]);
    }
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
        .into_iter()
        .find(|step| most / step <= 4.0)
        .unwrap_or(1e3);
    let up: Vec<(f64, String)> = (-4..=4)
        .map(|at| f64::from(at) * step)
        .filter(|at| at.abs() <= most)
        .map(|at| (at, format!("{at:+} %")))
        .collect();
    let across: Vec<(f64, String)> = [0.5, 0.9, 0.99, 0.999, 0.9999]
        .into_iter()
        .filter(|quantile| place(*quantile) <= last)
        .map(|quantile| (place(quantile), name(quantile)))
        .collect();
    plot.axes(&across, &up, "change of each quantile");
    let [low, high] = &band;
    plot.band("indifferent", low, high);
    let (left, right, zero) = (plot.x(-0.1), plot.x(last), plot.y(0.0));
    plot.line("zero", [left, zero], [right, zero]);
    for row in rows {
        let [low, high] = row.interval.map(|ratio| plot.y(percent(ratio).clamp(-most, most)));
        let (x, y) = (plot.x(place(row.quantile)), plot.y(percent(row.ratio).clamp(-most, most)));
        let class = if row.gated { format!("interval {}", row.verdict) } else { "interval ungated".to_owned() };
        plot.line(&class, [x, low], [x, high]);
        let _ = write!(plot.body, r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="3"/>"#);
    }
    plot.done(&format!("shift of {}", stage.name))
}

/// The median of each block, in the order in which they were recorded.
pub(super) fn medians(stage: &Stage) -> String {
    let first =
        stage.blocks.iter().filter_map(|side| side.blocks.first()).map(|block| block.start).min().unwrap_or_default();
    let sides: Vec<Vec<[f64; 2]>> = stage
        .blocks
        .iter()
        .map(|side| {
            let begun = side.blocks.first().map_or(first, |block| block.start);
            // Recorded at other times: each from its own beginning.
            let from = if begun.saturating_sub(first).as_secs_f64() < 3_600.0 { first } else { begun };
            let at = |block: &crate::recording::Block| block.start.saturating_sub(from).as_secs_f64();
            side.blocks.iter().map(|block| [at(block), block.counts.value_at(0.5) as f64]).collect()
        })
        .collect();
    let all = || sides.iter().flatten();
    let end = all().map(|point| point[0]).fold(0.0, f64::max);
    let (low, high) = all().fold((f64::MAX, f64::MIN), |(low, high), point| (low.min(point[1]), high.max(point[1])));
    let room = ((high - low) * 0.08).max(high * 0.01);
    let mut plot = Plot::new([0.0, end.max(1e-3)], [(low - room).max(0.0), high + room]);
    let ticks = |from: f64, to: f64, label: &dyn Fn(f64) -> String| -> Vec<(f64, String)> {
        let step = nice((to - from) / 4.0);
        let start = (from / step).ceil();
        (0..6).map(|at| (start + f64::from(at)) * step).filter(|at| *at <= to).map(|at| (at, label(at))).collect()
    };
    let across = ticks(0.0, end.max(1e-3), &|seconds| format!("{} s", trimmed(seconds)));
    let up = ticks(plot.y[0], plot.y[1], &|ns| trimmed(ns / 1e3));
    plot.axes(&across, &up, "p50 of each block, µs, over time");
    for (class, points) in ["base", "new"].into_iter().zip(&sides) {
        plot.curve(&format!("{class} thread"), points);
        for [x, y] in points {
            let (x, y) = (plot.x(*x), plot.y(*y));
            let _ = write!(plot.body, r#"<circle class="{class} dot" cx="{x:.1}" cy="{y:.1}" r="2"/>"#);
        }
    }
    plot.done(&format!("block medians of {}", stage.name))
}

/// The stages of an order one behind the other, each as long as its median. `None` where only whole orders were recorded.
pub(super) fn waterfall(comparison: &Comparison) -> Option<String> {
    // Other endpoints' calls are no stages of an order.
    let stages: Vec<&Stage> =
        comparison.stages.iter().filter(|stage| stage.name != WHOLE && !stage.name.contains(':')).collect();
    if stages.is_empty() {
        return None;
    }
    let median = |stage: &Stage, side: usize| {
        Counts::merged(stage.blocks[side].blocks.iter().map(|block| &block.counts)).value_at(0.5)
    };
    let sums = [0, 1].map(|side| stages.iter().map(|stage| median(stage, side)).sum::<u64>());
    let longest = sums[0].max(sums[1]).max(1) as f64;
    let row = 34.0;
    let height = row * stages.len() as f64 + 24.0;
    let mut plot = Plot { body: String::new(), height, x: [0.0, longest], y: [0.0, 1.0] };
    let width = WIDTH - 2.0 * RIGHT;
    let mut begun = [0_u64; 2];
    for (at, stage) in stages.iter().enumerate() {
        let top = row * at as f64;
        let [base, new] = [0, 1].map(|side| median(stage, side));
        plot.text("start", [RIGHT, top + 11.0], &format!("{}: {} and {} µs", stage.name, micros(base), micros(new)));
        for (side, (class, length)) in [("base bar", base), ("new bar", new)].into_iter().enumerate() {
            let x = RIGHT + begun[side] as f64 / longest * width;
            plot.rect(class, [x, top + 15.0 + 7.0 * side as f64], [(length as f64 / longest * width).max(1.0), 6.0]);
            begun[side] += length;
        }
    }
    let sum = format!("medians in a row: {} and {} µs", micros(sums[0]), micros(sums[1]));
    plot.text("start", [RIGHT, height - 6.0], &sum);
    Some(plot.done("stages of an order"))
}

/// Marks at 1, 2 and 5 of each power of ten, for an axis of logarithms. **Units**: from ns to us.
fn decades(low_ns: f64, high_ns: f64) -> Vec<(f64, String)> {
    let mut marks: Vec<f64> =
        (0..=POWERS_MAX).flat_map(|power| [1.0, 2.0, 5.0].map(|d| d * 10_f64.powi(power))).collect();
    marks.retain(|ns| *ns >= low_ns && *ns <= high_ns);
    if marks.len() < 2 {
        marks = (0..4).map(|at| low_ns + (high_ns - low_ns) * (f64::from(at) + 0.5) / 4.0).collect();
    }
    let sparse = if marks.len() > 9 { 3 } else { 1 };
    marks.iter().step_by(sparse).map(|ns| (ns.log10(), trimmed(ns / 1e3))).collect()
}

/// A step of 1, 2 or 5 times a power of ten, near the one wanted.
fn nice(step: f64) -> f64 {
    let power = 10_f64.powf(step.max(f64::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|d| d * power).find(|nice| *nice >= step).unwrap_or(10.0 * power)
}

/// Few digits.
fn trimmed(value: f64) -> String {
    let places = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        3
    };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// From 1 ns to some hours.
const POWERS_MAX: i32 = 13;

/// Points of a curve.
const POINTS: u32 = 120;
