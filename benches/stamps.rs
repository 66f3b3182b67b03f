//! What stage stamps cost: by themselves, and in the order's way.
//!
//! **Isolates**, first, the stamps of one order without the order: so many reads of the processor's counter, and the folding
//! into histograms, which but for a few stores happens while the next order is under way. Then whole orders over plain TCP on
//! three clients of the same venue, block by block in turn in a random order: without stamps, with five, with all nine and the
//! flight recorder.
//!
//! **A larger figure** means that an order's way has become longer by that for everybody, since five stamps are on by default.
//! Run it with `cargo bench --bench stamps --features internals`.

mod echo_venue;

use std::time::{Duration, Instant};

use echo_venue::{CLIENT, Venue, stay_on};
use hdrhistogram::Histogram;
use orderwire::internals::Stamped;
use orderwire::latency::Stamps;
use orderwire_binance::blocking::Spot;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Symbol, dec};

const ROUNDS: usize = 200;
const STAMPED_PER_ROUND: u32 = 2_000;
const BLOCKS: usize = 400;
const ORDERS_PER_BLOCK: usize = 100;

fn main() {
    stay_on(CLIENT);
    println!("{:<28} {:>10} {:>10}", "an order's, ns (least half)", "stamps", "folding");
    for (name, stamps) in [("five, the default", Stamps::Five), ("all nine", Stamps::All)] {
        let mut stamped = Stamped::new(stamps);
        let [marks, folds] = [Stamped::mark as fn(&mut Stamped), Stamped::fold].map(|work| {
            let mut rounds: Vec<Duration> = (0..ROUNDS)
                .map(|_| {
                    let begun = Instant::now();
                    for _ in 0..STAMPED_PER_ROUND {
                        work(std::hint::black_box(&mut stamped));
                    }
                    begun.elapsed()
                })
                .collect();
            // Rounds that another program interrupted are among the slower half.
            rounds.sort_unstable();
            let half = &rounds[..ROUNDS / 2];
            half.iter().sum::<Duration>().as_secs_f64() * 1e9 / f64::from(STAMPED_PER_ROUND) / half.len() as f64
        });
        println!("{name:<28} {marks:>10.1} {folds:>10.1}");
    }

    let venue = Venue::start(false);
    let arms = [("off", Stamps::Off), ("five, the default", Stamps::Five), ("all nine, recorder", Stamps::All)];
    let clients: Vec<Spot> = arms.iter().map(|(_, stamps)| connect(&venue, *stamps)).collect();
    let mut medians = vec![Vec::new(); arms.len()];
    let mut rng = fastrand::Rng::with_seed(1);
    for block in 0..=BLOCKS {
        let mut order: Vec<usize> = (0..arms.len()).collect();
        rng.shuffle(&mut order);
        for arm in order {
            let median = block_of(&clients[arm]).value_at_quantile(0.5) as f64;
            // The first block warms caches and branch predictors.
            if block > 0 {
                medians[arm].push(median);
            }
        }
    }
    println!("\nwhole orders, spinning, p50 of {BLOCKS} blocks of {ORDERS_PER_BLOCK} in turn");
    println!("{:<28} {:>10} {:>14}", "", "us", "ratio to off");
    for (arm, (name, _)) in arms.iter().enumerate() {
        let ratios = medians[arm].iter().zip(&medians[0]).map(|(with, without)| with / without).collect();
        println!("{name:<28} {:>10.2} {:>14.4}", middle(medians[arm].clone()) / 1e3, middle(ratios));
    }
}

fn connect(venue: &Venue, stamps: Stamps) -> Spot {
    let environment = Environment::custom(&venue.url, venue.ca_pem.as_deref().map(str::as_bytes)).unwrap();
    let credentials = Credentials::new("a-key-of-a-length-as-venues-have-them", "a-secret-as-well").unwrap();
    let builder = Spot::builder(environment).credentials(credentials).stamps(stamps).spin(Duration::from_millis(1));
    let builder = if stamps == Stamps::All { builder.flight_recorder(64) } else { builder };
    builder.build_cold().unwrap()
}

fn block_of(spot: &Spot) -> Histogram<u64> {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let mut block = Histogram::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    for _ in 0..ORDERS_PER_BLOCK {
        let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000.01));
        let begun = Instant::now();
        std::hint::black_box(spot.place(&order).unwrap());
        block.saturating_record(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    block
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
