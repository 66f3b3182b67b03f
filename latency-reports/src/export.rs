//! Recordings for other tools: HdrHistogram's percentile distribution (`.hgrm`), and JSON.

use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::counts::Counts;
use crate::recording::{Recording, StageBlocks};

/// All blocks of a stage as a percentile distribution, as HdrHistogram's other implementations write it and its plotter reads
/// it. Values are divided by `divisor`: 1,000 for microseconds.
#[must_use]
pub fn hgrm(stage: &StageBlocks, divisor: f64) -> String {
    let all = Counts::merged(stage.blocks.iter().map(|block| &block.counts));
    let histogram: Histogram<u64> = all.to_histogram();
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    for (percent, value, up_to) in ticks(&all) {
        let (value, quantile) = (value as f64 / divisor, percent / 100.0);
        let _ = write!(text, "{value:>12.3} {quantile:2.12} {up_to:>10}");
        let _ = if percent < 100.0 { writeln!(text, " {:>14.2}", 1.0 / (1.0 - quantile)) } else { writeln!(text) };
    }
    let (mean, deviation, max) =
        (histogram.mean() / divisor, histogram.stdev() / divisor, histogram.max() as f64 / divisor);
    let _ = writeln!(text, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]");
    let _ = writeln!(text, "#[Max     = {max:>12.3}, Total count    = {:>12}]", histogram.len());
    let _ = writeln!(text, "#[Buckets = {:>12}, SubBuckets     = {:>12}]", histogram.buckets(), 2048);
    text
}

/// Percentiles that come the closer the nearer they are to 100, each with its value and the count up to there. Source:
/// <https://github.com/HdrHistogram/HdrHistogram/blob/master/src/main/java/org/HdrHistogram/PercentileIterator.java>, read 2026-11-25.
/// The crate's own counts otherwise where a percentile falls between two values.
fn ticks(all: &Counts) -> Vec<(f64, u64, u64)> {
    let (mut found, mut percent, mut up_to) = (Vec::new(), 0.0_f64, 0_u64);
    for bin in all.bins() {
        up_to += bin.count;
        while 100.0 * up_to as f64 / all.total() as f64 >= percent {
            found.push((percent, bin.high, up_to));
            let halvings = (100.0 / (100.0 - percent)).log2().floor() + 1.0;
            percent += 100.0 / (TICKS_PER_HALF_DISTANCE * halvings.exp2());
            if up_to == all.total() {
                break;
            }
        }
    }
    found.push((100.0, all.max(), all.total()));
    found
}

/// What a recording holds, block by block: quantiles, means and counts, in ns.
#[must_use]
pub fn json(recording: &Recording) -> Value {
    let figures = |counts: &Counts| {
        json!({
            "count": counts.total(), "mean_ns": counts.mean(), "p50_ns": counts.value_at(0.5), "p90_ns": counts.value_at(0.9),
            "p99_ns": counts.value_at(0.99), "p999_ns": counts.value_at(0.999), "max_ns": counts.max(),
        })
    };
    let stages = recording.stages.iter().map(|stage| {
        let blocks = stage.blocks.iter().map(|block| {
            let mut value = figures(&block.counts);
            value["start_s"] = block.start.as_secs_f64().into();
            value["length_s"] = block.length.as_secs_f64().into();
            value
        });
        let all = Counts::merged(stage.blocks.iter().map(|block| &block.counts));
        json!({"name": stage.name, "all": figures(&all), "blocks": blocks.collect::<Vec<_>>()})
    });
    json!({"environment": recording.environment, "stages": stages.collect::<Vec<_>>()})
}

/// As the other implementations have it where nobody says otherwise.
const TICKS_PER_HALF_DISTANCE: f64 = 5.0;
