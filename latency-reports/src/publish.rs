//! What a client measured, through the `metrics` facade: whoever has installed a recorder gets it.

use orderwire::client::LatencySnapshot;

/// Publishes one take of [`orderwire::client::Latency::take`]: the histogram `orderwire_stage_seconds` by venue, endpoint, slot and stage,
/// and the counter `orderwire_requests` by venue, endpoint, slot and outcome. Call it now and then, off the order's path.
pub fn publish(snapshot: &LatencySnapshot) {
    for lane in &snapshot.lanes {
        let labels = [
            ("venue", snapshot.venue.to_owned()),
            ("endpoint", lane.endpoint.to_string()),
            ("slot", lane.slot.to_string()),
        ];
        let with = |name: &'static str, value: &'static str| -> Vec<metrics::Label> {
            let fixed = metrics::Label::from_static_parts(name, value);
            labels.iter().map(|(name, value)| metrics::Label::new(*name, value.clone())).chain([fixed]).collect()
        };
        for counts in &lane.spans {
            let histogram = metrics::histogram!("orderwire_stage_seconds", with("stage", counts.span().name));
            for (low, high, count) in counts.bins() {
                let seconds = f64::midpoint(low as f64, high as f64) / NS_PER_SECOND;
                histogram.record_many(seconds, usize::try_from(count).unwrap_or(usize::MAX));
            }
        }
        let outcomes = lane.outcomes;
        for (outcome, count) in [
            ("accepted", outcomes.accepted),
            ("not_sent", outcomes.not_sent),
            ("rejected", outcomes.rejected),
            ("unknown", outcomes.unknown),
        ] {
            metrics::counter!("orderwire_requests", with("outcome", outcome)).increment(count);
        }
    }
}

const NS_PER_SECOND: f64 = 1e9;
