//! The first order after a pause, with and without a rehearsal right before it.
//!
//! **Isolates** what code, keys and buffers cost that have left the processor's caches. After each pause the caches are
//! disturbed as other work would (a walk through 64 MiB); then either the order is placed at once, or it is rehearsed, and
//! placed. *Build and sign* is that stage of the order itself, as the client's own stamps have it; *hot* is that of orders one after
//! another. *Order* is the whole round trip; the simulated venue behind it is as cold as the client, and no rehearsal helps it.
//!
//! **A larger rehearsed / hot** means that a rehearsal leaves something out that an order touches.
//!
//! `cargo bench --bench rehearsal` takes some five minutes, nearly all of them pauses; `-- 1 100` takes these pauses (ms) alone.

use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use orderwire_binance::blocking::Spot;
use orderwire_binance::{NewOrder, Side, Symbol, dec};
use orderwire_sim::{Dialect, SimVenue};

/// Samples of each kind and pause.
const SAMPLES: usize = 200;

/// Clients that take turns where the pause is long: one thread each, so that the pauses run side by side.
const CLIENTS_MAX: usize = 25;

/// More than any processor's last-level cache leaves to one program.
const DISTURBANCE_BYTES: usize = 64 << 20;

fn main() {
    let asked: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let pauses = if asked.is_empty() { vec![1, 100, 10_000] } else { asked };
    let sim = SimVenue::start_blocking(Dialect::BinanceSpot).unwrap();
    let hot = hot(&sim);
    println!("{SAMPLES} first orders after each pause, caches disturbed; medians, us");
    println!("build and sign when hot: {:.2}", us(hot));
    println!(
        "{:>8}  {:>10} {:>10} {:>16}  {:>10} {:>10} {:>8}",
        "pause ms", "cold", "rehearsed", "rehearsed / hot", "order cold", "rehearsed", "ratio"
    );
    for pause_ms in pauses {
        let samples = Mutex::new(Samples::default());
        // One after another while pauses are short, so that each is as long as it says.
        let clients = if pause_ms < 1_000 { 1 } else { CLIENTS_MAX };
        std::thread::scope(|threads| {
            for _ in 0..clients {
                threads
                    .spawn(|| first_orders(&sim, Duration::from_millis(pause_ms), SAMPLES.div_ceil(clients), &samples));
            }
        });
        let samples = samples.into_inner().unwrap();
        let [cold, rehearsed, order, rehearsed_order] =
            [samples.cold, samples.rehearsed, samples.order, samples.rehearsed_order].map(median);
        println!(
            "{pause_ms:>8}  {:>10.2} {:>10.2} {:>16.2}  {:>10.1} {:>10.1} {:>8.2}",
            us(cold),
            us(rehearsed),
            ratio(rehearsed, hot),
            us(order),
            us(rehearsed_order),
            ratio(rehearsed_order, order)
        );
    }
}

/// What was seen after pauses of one length.
#[derive(Default)]
struct Samples {
    cold: Vec<Duration>,
    rehearsed: Vec<Duration>,
    order: Vec<Duration>,
    rehearsed_order: Vec<Duration>,
    disturbance: Vec<u64>,
}

fn connect(sim: &SimVenue) -> Spot {
    Spot::builder(sim.environment()).credentials(sim.credentials()).spin(Duration::from_millis(10)).build().unwrap()
}

fn order(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT").unwrap(), Side::Buy, dec!(0.001), dec!(20000.01))
}

fn hot(sim: &SimVenue) -> Duration {
    let spot = connect(sim);
    for _ in 0..2_000 {
        let order = order(&spot);
        spot.place(&order).unwrap();
        spot.cancel(order.order()).unwrap();
    }
    built(&spot)
}

/// What building and signing took of the orders since it was last asked: the median.
fn built(spot: &Spot) -> Duration {
    let measured = spot.latency().take();
    let mut spans = measured.lanes.iter().filter(|lane| lane.endpoint.makes_orders).flat_map(|lane| &lane.spans);
    let built = spans.find(|spans| spans.span().name == "build-and-sign").unwrap();
    let mut below = 0;
    let median = built.bins().find(|(.., count)| {
        below += count;
        2 * below >= built.total()
    });
    let (least, greatest, _) = median.unwrap();
    Duration::from_nanos(least.midpoint(greatest))
}

fn first_orders(sim: &SimVenue, pause: Duration, rounds: usize, samples: &Mutex<Samples>) {
    let spot = connect(sim);
    for _ in 0..rounds {
        for rehearse in [false, true] {
            std::thread::sleep(pause);
            // Held over the measurement: nobody else's runs beside it.
            let mut samples = samples.lock().unwrap();
            disturb(&mut samples.disturbance);
            let order = order(&spot);
            if rehearse {
                spot.rehearse(&order).unwrap();
            }
            let begun = Instant::now();
            black_box(spot.place(&order).unwrap());
            let took = begun.elapsed();
            let built = built(&spot);
            spot.cancel(order.order()).unwrap();
            if rehearse {
                samples.rehearsed_order.push(took);
                samples.rehearsed.push(built);
            } else {
                samples.order.push(took);
                samples.cold.push(built);
            }
        }
    }
}

/// Writes to every cache line of a buffer that no cache holds.
fn disturb(memory: &mut Vec<u64>) {
    memory.resize(DISTURBANCE_BYTES / size_of::<u64>(), 0);
    memory.iter_mut().step_by(64 / size_of::<u64>()).for_each(|word| *word = word.wrapping_add(1));
    black_box(memory);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
