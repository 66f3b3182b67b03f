//! What the guards of an order cost before it is written: instrument rules, rate limits, the register of orders in doubt, stamps.
//!
//! **Isolates** the time from the taken slot to the system call, as the stage stamps of whole orders over plain TCP tell it, on
//! two clients of the same venue, block by block in turn: one with all guards on, and one whose orders are a call that places
//! nothing as far as the client knows, so that neither rules nor limits nor register look at it. Both are stamped; both write
//! and sign the same bytes. Register and rules stand before the request is signed, admission behind it, together with the
//! probe and the copy into the record buffer, which both clients pay: what is told of it is the difference.
//!
//! Stamps are measured apart, by themselves, and added: those of an order that stand before its write, by default.
//!
//! **A larger ratio** means that every order pays more for being checked. The bar is 1.15.
//! Run it with `cargo bench --bench guards --features internals`.

mod echo_venue;

use std::time::{Duration, Instant};

use echo_venue::{CLIENT, Venue, stay_on};
use orderwire::client::LatencySnapshot;
use orderwire::internals::Stamped;
use orderwire::latency::Stamps;
use orderwire::venue::{BuildError, Draft, Endpoint, Instrument, LimitKind, Limits, Method, Window};
use orderwire::{OrderAck, Request, Response, RestError};
use orderwire_binance::blocking::Spot;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, SpotVenue, Symbol, dec};

const BLOCKS: usize = 400;
const ORDERS_PER_BLOCK: usize = 200;

/// Slowest share of a block that is left out: orders that another program interrupted.
const LEFT_OUT: f64 = 0.1;

/// Acquired and signed.
const STAMPS_BEFORE_THE_WRITE: f64 = 2.0;

const STAMP_ROUNDS: usize = 200;
const STAMPED_PER_ROUND: u32 = 2_000;

/// An order that the client takes for a call like any other.
struct Bare(NewOrder);

impl Endpoint<SpotVenue> for Bare {
    type Reply = OrderAck;
    const METHOD: Method = <NewOrder as Endpoint<SpotVenue>>::METHOD;
    const PATH: &'static str = <NewOrder as Endpoint<SpotVenue>>::PATH;

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        Endpoint::<SpotVenue>::encode(&self.0, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        Endpoint::<SpotVenue>::decode(&self.0, response)
    }
}

fn main() {
    stay_on(CLIENT);
    let venue = Venue::start(false);
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let limits = Limits::new();
    // As many as the venue has, none of which is ever used up here.
    let windows =
        [(LimitKind::Weight, 60), (LimitKind::Orders, 10), (LimitKind::Orders, 86_400), (LimitKind::Requests, 300)];
    for (kind, seconds) in windows {
        limits.set(kind, Duration::from_secs(seconds), u32::MAX / 2);
    }
    let mut rules = Instrument::new(symbol, dec!(0.01), dec!(0.00001), dec!(0.00001));
    (rules.quantity_max, rules.market_quantity_max) = (Some(dec!(9000)), Some(dec!(100)));
    (rules.price_min, rules.price_max) = (dec!(0.01), Some(dec!(1000000)));
    (rules.notional_min, rules.notional_max) = (dec!(5), Some(dec!(9000000)));
    let guarded = builder(&venue).limits(limits).instruments([rules]).build_cold().unwrap();
    let bare = builder(&venue).build_cold().unwrap();
    let order = |client: &Spot| NewOrder::limit(client.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000.01));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut rng = fastrand::Rng::with_seed(1);
    for block in 0..=BLOCKS {
        let mut place = |is_guarded: bool| {
            let client = if is_guarded { &guarded } else { &bare };
            for _ in 0..ORDERS_PER_BLOCK {
                let order = order(client);
                let ack = if is_guarded { client.place(&order) } else { client.call(&Bare(order)) };
                std::hint::black_box(ack.unwrap());
            }
            let spans = spans_ns(client);
            // The first block warms caches and branch predictors.
            if block > 0 {
                if is_guarded { with.push(spans) } else { without.push(spans) }
            }
        };
        let guarded_first = rng.bool();
        place(guarded_first);
        place(!guarded_first);
    }
    let pairs = || with.iter().zip(&without);
    let built = middle(without.iter().map(|spans| spans.signed).collect());
    let before = middle(pairs().map(|(with, without)| with.signed - without.signed).collect());
    let admission = middle(pairs().map(|(with, without)| with.sealed - without.sealed).collect());
    let ratios = pairs().map(|(with, without)| {
        (without.signed + with.signed - without.signed + with.sealed - without.sealed) / without.signed
    });
    let ratio = middle(ratios.collect());
    let stamp = stamp_ns();
    // Of the default's five, those before the write; that of the span's own end is in what both clients take.
    let stamps = stamp * STAMPS_BEFORE_THE_WRITE;
    println!("ns of an order: medians of {BLOCKS} blocks of {ORDERS_PER_BLOCK} in turn, the slowest tenth left out");
    println!("{:<40} {built:>8.1}", "build and sign without guards");
    println!("{:<40} {before:>8.1}", "register and rules");
    println!("{:<40} {admission:>8.1}", "admission");
    println!("{:<40} {stamps:>8.1}", "stamps before the write");
    println!("{:<40} {ratio:>8.3}", "with / without, block by block");
    let with_stamps = (built * ratio + stamps) / built;
    println!("{:<40} {with_stamps:>8.3}", "the same, stamps counted with the guards");
}

fn builder(venue: &Venue) -> orderwire_binance::blocking::SpotBuilder {
    let environment = Environment::custom(&venue.url, venue.ca_pem.as_deref().map(str::as_bytes)).unwrap();
    let credentials = Credentials::new("a-key-of-a-length-as-venues-have-them", "a-secret-as-well").unwrap();
    Spot::builder(environment).credentials(credentials).spin(Duration::from_millis(1)).stamps(Stamps::All)
}

/// How long the parts of an order's way take, ns.
#[derive(Clone, Copy)]
struct Spans {
    /// From the taken slot to the signed request.
    signed: f64,
    /// From there to the system call.
    sealed: f64,
}

/// Means since the last call.
fn spans_ns(client: &Spot) -> Spans {
    let taken = client.latency().take();
    let mean = |name| mean_ns(&taken, name);
    Spans { signed: mean("build") + mean("sign"), sealed: mean("seal") }
}

fn mean_ns(taken: &LatencySnapshot, name: &str) -> f64 {
    let spans = taken.lanes.iter().flat_map(|lane| &lane.spans).filter(|counts| counts.span().name == name);
    let mut bins: Vec<_> = spans.flat_map(|counts| counts.bins()).collect();
    bins.sort_unstable();
    let total: u64 = bins.iter().map(|(.., count)| count).sum();
    let (mut left, mut sum) = ((total as f64) * (1.0 - LEFT_OUT), 0.0);
    let kept = left;
    for (least, greatest, count) in bins {
        let count = (count as f64).min(left);
        left -= count;
        sum += count * (least + greatest) as f64 / 2.0;
    }
    sum / kept
}

/// What one stamp takes.
fn stamp_ns() -> f64 {
    let mut stamped = Stamped::new(Stamps::Five);
    let mut rounds: Vec<f64> = (0..STAMP_ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..STAMPED_PER_ROUND {
                std::hint::black_box(&mut stamped).mark();
            }
            begun.elapsed().as_secs_f64() * 1e9 / f64::from(STAMPED_PER_ROUND) / 5.0
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[STAMP_ROUNDS / 4]
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
