//! What the slot pool alone costs: one slot acquired, touched and dropped, by an owning guard, on one thread.
//!
//! It isolates the stack and the state word: no connection, nobody waiting, nothing contended, all in cache. A worse number
//! means more than the three atomic exchanges there are between `try_acquire` and drop, about 3 ns each on the machine this
//! was written on: a count of references again, or a lock. Beside it, in blocks that take turns in one run, the pools of
//! nexus-pool: `sync` (any thread returns, one acquires; it moves the slot's value out and in) and `local` (one thread, no
//! atomics: the floor). Two threads on one pool is for shape only: it is noise unless two cores are free.
//!
//! `cargo bench --bench pool`; medians over blocks, ratios of blocks that ran side by side.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use orderwire::pool::Pool;

const SLOTS: usize = 8;
const BLOCKS: usize = 401;
const ROUNDS: u32 = 20_000;

fn main() {
    let ours = Pool::new([0u64; SLOTS]);
    let checked = Pool::with_check([0u64; SLOTS], |slot| *slot != u64::MAX);
    let sync = nexus_pool::sync::Pool::new(SLOTS, || 0u64, |_| {});
    let local = nexus_pool::local::BoundedPool::new(SLOTS, || 0u64, |_| {});
    let wide = Pool::new([[0u64; 64]; SLOTS]);
    let wide_sync = nexus_pool::sync::Pool::new(SLOTS, || [0u64; 64], |_| {});

    let mut contenders: [(&str, &mut dyn FnMut() -> f64); 6] = [
        ("orderwire", &mut || block(|| *ours.try_acquire().unwrap() += 1)),
        ("orderwire, with a check", &mut || block(|| *checked.try_acquire().unwrap() += 1)),
        ("nexus sync", &mut || block(|| *sync.try_acquire().unwrap() += 1)),
        ("nexus local", &mut || block(|| *local.try_acquire().unwrap() += 1)),
        ("orderwire, 512 B slots", &mut || block(|| wide.try_acquire().unwrap()[7] += 1)),
        ("nexus sync, 512 B slots", &mut || block(|| wide_sync.try_acquire().unwrap()[7] += 1)),
    ];
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for _ in 0..BLOCKS {
        for (times, (_, run)) in times.iter_mut().zip(&mut contenders) {
            times.push(run());
        }
    }
    for ((name, _), times) in contenders.iter().zip(&times) {
        println!("{name:26} {:7.2} ns", median(times.iter().copied()));
    }
    let ratio = |a: usize, b: usize| median(times[a].iter().zip(&times[b]).map(|(a, b)| a / b));
    println!("orderwire / nexus sync     {:7.3}   (bar: 0.75)", ratio(0, 2));
    println!("orderwire / nexus local    {:7.3}", ratio(0, 3));
    println!("512 B slots / nexus sync   {:7.3}", ratio(4, 5));
    println!("two threads, one pool      {:7.2} ns each", contended(&ours));
}

/// Nanoseconds for one call.
fn block(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        call();
        black_box(());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
}

fn contended(pool: &Pool<u64>) -> f64 {
    let run = || median((0..BLOCKS / 4).map(|_| block(|| *pool.try_acquire().unwrap() += 1)));
    thread::scope(|scope| {
        let other = scope.spawn(run);
        (run() + other.join().unwrap()) / 2.0
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
