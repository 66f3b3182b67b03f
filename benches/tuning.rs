//! What the settings of a host and of a client are worth, as far as a machine of two processors and its loopback can tell.
//!
//! **Isolates** one setting from the next: the same order over TLS 1.3 to the same venue in this process, whose thread has processor
//! 1 to itself and sleeps until something comes; arms take turns block by block in an order that is drawn each time.
//!
//! **A larger ratio** to the first arm is what leaving that setting out costs. It says nothing of network cards: there is none.
//! Run it with `cargo bench --bench tuning`; `docs/guide/tuning.md` has what came out.

mod echo_venue;

use std::hint::black_box;
use std::time::{Duration, Instant};

use echo_venue::{CLIENT, Venue, stay_on};
use hdrhistogram::Histogram;
use orderwire::latency::Stamps;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, blocking, dec};
use rustix::thread::{sched_getaffinity, sched_setaffinity};
use tokio::runtime::Runtime;

const BLOCKS: usize = 100;
const ORDERS_PER_BLOCK: usize = 200;

/// Which processor the client's thread may use.
#[derive(Clone, Copy)]
enum On {
    Any,
    ItsOwn,
    TheVenues,
}

/// One way to place an order.
struct Arm {
    name: &'static str,
    on: On,
    client: Client,
}

enum Client {
    Blocking(blocking::Spot),
    Tokio(Spot),
}

fn main() {
    let everywhere = sched_getaffinity(None).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let venue = Venue::start(true);
    let arms = [
        arm("blocking, spinning, a processor of its own", On::ItsOwn, blocking_client(&venue, SPIN, Stamps::Five)),
        arm("the same without stamps", On::ItsOwn, blocking_client(&venue, SPIN, Stamps::Off)),
        arm("blocking, spinning, on any processor", On::Any, blocking_client(&venue, SPIN, Stamps::Five)),
        arm("tokio, spinning, a processor of its own", On::ItsOwn, tokio_client(&venue, &runtime, SPIN)),
        arm("blocking, parked, a processor of its own", On::ItsOwn, blocking_client(&venue, PARK, Stamps::Five)),
        arm("blocking, parked, on any processor", On::Any, blocking_client(&venue, PARK, Stamps::Five)),
        arm("blocking, parked, on the venue's processor", On::TheVenues, blocking_client(&venue, PARK, Stamps::Five)),
        arm("tokio, parked, a processor of its own", On::ItsOwn, tokio_client(&venue, &runtime, PARK)),
    ];
    let mut blocks: Vec<Vec<Histogram<u64>>> = arms.iter().map(|_| Vec::new()).collect();
    let mut rng = fastrand::Rng::with_seed(1);
    for block in 0..=BLOCKS {
        let mut turns: Vec<usize> = (0..arms.len()).collect();
        rng.shuffle(&mut turns);
        for turn in turns {
            match arms[turn].on {
                On::Any => sched_setaffinity(None, &everywhere).unwrap(),
                On::ItsOwn => stay_on(CLIENT),
                On::TheVenues => stay_on(CLIENT + 1),
            }
            let took = block_of(&arms[turn].client, &runtime);
            // The first block warms caches and branch predictors.
            if block > 0 {
                blocks[turn].push(took);
            }
        }
    }
    println!("one order over TLS 1.3, us; medians of {BLOCKS} blocks of {ORDERS_PER_BLOCK} in turn");
    println!("{:<46} {:>8} {:>8} {:>8} {:>14}", "", "p50", "p90", "p99", "p50 to first");
    for (arm, own) in arms.iter().zip(&blocks) {
        let [p50, p90, p99] =
            [0.5, 0.9, 0.99].map(|quantile| middle(own.iter().map(|block| us(block, quantile)).collect()));
        let ratios = own.iter().zip(&blocks[0]).map(|(own, first)| us(own, 0.5) / us(first, 0.5));
        println!("{:<46} {p50:>8.1} {p90:>8.1} {p99:>8.1} {:>14.3}", arm.name, middle(ratios.collect()));
    }
    stay_on(CLIENT);
    println!("\nns each, the middle of {ROUNDS} rounds of {READS}");
    println!(
        "{:<46} {:>8.1}",
        "a read of the system's clock (Instant::now)",
        each_ns(|| _ = black_box(Instant::now()))
    );
    println!(
        "{:<46} {:>8.1}",
        "a system call that does nothing (getppid)",
        each_ns(|| _ = black_box(rustix::process::getppid()))
    );
}

const SPIN: Duration = Duration::from_millis(10);
const PARK: Duration = Duration::ZERO;

fn arm(name: &'static str, on: On, client: Client) -> Arm {
    Arm { name, on, client }
}

fn blocking_client(venue: &Venue, spin: Duration, stamps: Stamps) -> Client {
    let builder = blocking::Spot::builder(environment(venue)).credentials(credentials());
    Client::Blocking(builder.spin(spin).stamps(stamps).build_cold().unwrap())
}

fn tokio_client(venue: &Venue, runtime: &Runtime, spin: Duration) -> Client {
    let builder = Spot::builder(environment(venue)).credentials(credentials()).spin(spin);
    Client::Tokio(runtime.block_on(builder.build_cold()).unwrap())
}

fn environment(venue: &Venue) -> Environment {
    Environment::custom(&venue.url, venue.ca_pem.as_deref().map(str::as_bytes)).unwrap()
}

fn credentials() -> Credentials {
    Credentials::new("a-key-of-a-length-as-venues-have-them", "a-secret-as-well").unwrap()
}

fn block_of(client: &Client, runtime: &Runtime) -> Histogram<u64> {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let order = |id| NewOrder::limit(id, symbol, Side::Buy, dec!(0.001), dec!(20000.01));
    let mut block = Histogram::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    for _ in 0..ORDERS_PER_BLOCK {
        let begun = Instant::now();
        match client {
            Client::Blocking(spot) => _ = black_box(spot.place(&order(spot.next_id())).unwrap()),
            Client::Tokio(spot) => _ = black_box(runtime.block_on(spot.place(&order(spot.next_id()))).unwrap()),
        }
        block.saturating_record(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    block
}

fn us(block: &Histogram<u64>, quantile: f64) -> f64 {
    block.value_at_quantile(quantile) as f64 / 1e3
}

const ROUNDS: usize = 100;
const READS: u32 = 10_000;

fn each_ns(once: impl Fn()) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        for _ in 0..READS {
            once();
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(READS)
    });
    middle(rounds.collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
