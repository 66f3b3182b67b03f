//! A request that is over is counted once and whole: by who holds its slot, or by a reader who comes first.

use std::sync::Arc;

use loom::thread;

use crate::latency::{Stage, Stamps, Timeline};
use crate::over::{Over, Request};
use crate::tried::tried;

/// Who holds the slot notes this one; what it has to count itself meanwhile.
fn note(over: &Over, request: usize) -> Vec<usize> {
    let stamps = [request as u64; Stage::ALL.len()];
    if over.put(request, request, &Timeline::of(Stamps, stamps)) {
        return Vec::new();
    }
    over.take_own().map(whole).into_iter().chain([request]).collect()
}

/// Which it is: all of it, or it is half of another.
fn whole(request: Request) -> usize {
    assert_eq!(request.outcome, request.lane);
    assert_eq!(*request.timeline.raw(), [request.lane as u64; Stage::ALL.len()]);
    request.lane
}

/// Tries all orders.
fn model(run: impl Fn(Arc<Over>) -> Vec<usize> + Sync + Send + 'static, requests: &'static [usize]) {
    tried(None, move || {
        let over = Arc::new(Over::new(Stamps));
        let mut counted = run(Arc::clone(&over));
        counted.extend(over.take().map(whole));
        counted.sort_unstable();
        assert_eq!(counted, requests, "each once");
    });
}

/// What the holder counts, and what a reader does that looks twice meanwhile.
fn beside_a_reader(over: &Arc<Over>, holder: fn(&Over) -> Vec<usize>) -> Vec<usize> {
    let (holding, reading) = (Arc::clone(over), Arc::clone(over));
    let holder = thread::spawn(move || holder(&holding));
    let reader = thread::spawn(move || [reading.take(), reading.take()]);
    let mut counted = holder.join().unwrap();
    counted.extend(reader.join().unwrap().into_iter().flatten().map(whole));
    counted
}

#[test]
fn a_request_is_counted_under_the_next_or_by_a_reader() {
    let holder = |over: &Over| {
        let mut counted = note(over, 1);
        counted.extend(over.take_own().map(whole));
        counted.extend(note(over, 2));
        counted
    };
    model(move |over| beside_a_reader(&over, holder), &[1, 2]);
}

/// Calls that fail before they are under way leave the one before uncounted.
#[test]
fn so_is_one_whose_next_was_never_under_way() {
    let holder = |over: &Over| [note(over, 1), note(over, 2), note(over, 3)].concat();
    model(move |over| beside_a_reader(&over, holder), &[1, 2, 3]);
}
