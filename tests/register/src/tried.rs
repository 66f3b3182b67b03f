//! Runs a model in every order in which its threads can meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tries all orders with at most `preemptions` switches away from a thread that could have gone on, `None` for as many as there are;
/// `LOOM_MAX_PREEMPTIONS` asks for more, at the price of hours. Threads that never meet have one order, and prove nothing.
pub(crate) fn tried(preemptions: Option<usize>, run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    let runs = Arc::new(AtomicUsize::new(0));
    let ended = Arc::clone(&runs);
    builder.check(move || {
        run();
        runs.fetch_add(1, Ordering::Relaxed);
    });
    let runs = ended.load(Ordering::Relaxed);
    println!("{runs} runs");
    assert!(runs > 1, "nobody met anybody");
}
