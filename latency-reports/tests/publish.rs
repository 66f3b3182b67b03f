//! What `publish` tells a recorder is what the client measured.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use orderwire_binance::{NewOrder, Side, Symbol, blocking::Spot, dec};
use orderwire_latency::publish;
use orderwire_sim::{Dialect, SimVenue};

/// What was told, by name and labels: how often, and the sum.
type Told = Arc<Mutex<BTreeMap<String, (u64, f64)>>>;

struct Listener(Told);

struct Listening(Told, String);

impl Listening {
    fn add(&self, count: u64, sum: f64) {
        let mut told = self.0.lock().unwrap();
        let (counted, summed) = told.entry(self.1.clone()).or_default();
        *counted += count;
        *summed += sum;
    }
}

impl CounterFn for Listening {
    fn increment(&self, value: u64) {
        self.add(value, 0.0);
    }

    fn absolute(&self, _: u64) {
        panic!("counts are of what came since the last take");
    }
}

impl HistogramFn for Listening {
    fn record(&self, value: f64) {
        self.add(1, value);
    }
}

impl Listener {
    fn listening(&self, key: &Key) -> Arc<Listening> {
        let mut labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        Arc::new(Listening(Arc::clone(&self.0), format!("{} {}", key.name(), labels.join(" "))))
    }
}

impl Recorder for Listener {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.listening(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("nothing is published as a gauge");
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.listening(key))
    }
}

#[test]
fn a_recorder_hears_what_was_measured() {
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().unwrap();
    let order = |price| {
        NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), price).post_only()
    };
    for _ in 0..30 {
        let ack = spot.place(&order(dec!(20000))).unwrap();
        spot.cancel(ack.order()).unwrap();
    }
    // A post-only order that would trade at once.
    spot.place(&order(dec!(90000))).unwrap_err();
    let snapshot = spot.latency().take();

    let told = Told::default();
    metrics::with_local_recorder(&Listener(Arc::clone(&told)), || publish::publish(&snapshot));
    let told = told.lock().unwrap();
    let place = "endpoint=POST:/order";
    let counted = |outcome: &str| {
        told[&format!("orderwire_requests {place} outcome={outcome} slot=0 venue={}", snapshot.venue)].0
    };
    assert_eq!(["accepted", "not_sent", "rejected", "unknown"].map(counted), [30, 0, 1, 0]);
    let stages = told.iter().filter(|(key, _)| key.starts_with("orderwire_stage_seconds") && key.contains(place));
    let stages: Vec<_> = stages.collect();
    assert_eq!(stages.len(), snapshot.stamps.spans().len(), "{told:?}");
    assert!(stages.iter().all(|(_, (count, _))| *count == 30), "successes alone: {stages:?}");
    // The parts make up the whole, in seconds.
    let whole = stages.iter().find(|(key, _)| key.contains("stage=order")).unwrap().1.1;
    let parts: f64 = stages.iter().map(|(_, (_, sum))| sum).sum::<f64>() - whole;
    assert!(whole > 30.0 * 5e-6 && whole < 30.0, "{whole} s");
    assert!((parts / whole - 1.0).abs() < 0.02, "{parts} of {whole}");
}
