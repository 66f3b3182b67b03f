//! What the guards of an order cost before it is written: instrument rules, rate limits, the register of orders in doubt, stamps.
//!
//! **Isolates** the time from the taken slot to the system call, as the stage stamps of whole orders over plain TCP tell it, on
//! pairs of clients of the same venue, block by block in turn: one with all guards on, and one whose orders are a call that places
//! nothing as far as the client knows, so that neither rules nor limits nor register look at it. Both are stamped; both write
//! and sign the same bytes. Rules, admission and register stand before the request is signed; behind it, together with the probe and
//! the copy into the record buffer, which both clients pay, stands what the order's age is: what is told of it is the difference.
//!
//! Stamps are told by blocks of the second client alone, in turn with such as take one stamp more, where the default's one behind the
//! signature stands; the other before the write is the look at the clock that a call takes without stamps too. Of it as well all counts up
//! to the system call: what lies before the next stamp is longer by more than that, and what lies behind it shorter, as if the
//! processor read its counter before the hash was done. Both are told. One after another, with nothing to be done meanwhile, stamps are told too.
//!
//! Neither client has heard of the venue's clock, so both ask the system's for each order, which those do not that have.
//!
//! **A larger ratio** means that every order pays more for being checked. The bar is 1.15.
//! Run it with `cargo bench --bench guards --features internals`.

mod echo_venue;

use std::hint::black_box;
use std::time::{Duration, Instant};

use echo_venue::{CLIENT, Venue, stay_on};
use orderwire::client::LatencySnapshot;
use orderwire::internals::{Stamped, stamp};
use orderwire::latency::Stamps;
use orderwire::venue::{BuildError, Draft, Endpoint, Instrument, LimitKind, Limits, Method, Window};
use orderwire::{OrderAck, Request, Response, RestError};
use orderwire_binance::blocking::Spot;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, SpotVenue, Symbol, dec};

/// Pairs of clients, one after another. Where a client's memory falls is chance: by one pair alone the ratio without stamps went from 1.04
/// to 1.15 in six runs, by sixteen from 1.05 to 1.11.
const PAIRS: usize = 16;
/// Blocks of a pair.
const BLOCKS: usize = 50;
const ORDERS_PER_BLOCK: usize = 200;

/// Slowest share of a block that is left out: orders that another program interrupted.
const LEFT_OUT: f64 = 0.1;

/// Signed. When the call was made is known without one.
const STAMPS_BEFORE_THE_WRITE: f64 = 1.0;

/// At the counter, by the default's five stamps.
const LOOKS_OF_FIVE: f64 = 4.0;

const STAMP_ROUNDS: usize = 200;
const STAMPED_PER_ROUND: u32 = 2_000;

/// An order that the client takes for a call like any other.
struct Bare {
    order: NewOrder,
    /// Whether it takes the stamp behind the signature once more.
    stamped_more: bool,
}

impl Endpoint<SpotVenue> for Bare {
    type Reply = OrderAck;
    const METHOD: Method = <NewOrder as Endpoint<SpotVenue>>::METHOD;
    const PATH: &'static str = <NewOrder as Endpoint<SpotVenue>>::PATH;

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let request = Endpoint::<SpotVenue>::encode(&self.order, venue, draft, window);
        if self.stamped_more {
            black_box(stamp());
        }
        request
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        Endpoint::<SpotVenue>::decode(&self.order, response)
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
    let guarded = || builder(&venue).limits(limits.clone()).instruments([rules]).build_cold().unwrap();
    let bare = || builder(&venue).build_cold().unwrap();
    // Each stays, so that the next has memory of its own.
    let pairs: Vec<Pair> = (0..PAIRS)
        .map(|pair| {
            if pair % 2 == 0 {
                let guarded = guarded();
                Pair { bare: bare(), guarded }
            } else {
                Pair { bare: bare(), guarded: guarded() }
            }
        })
        .collect();
    let order = |client: &Spot| NewOrder::limit(client.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000.01));
    let mut rng = fastrand::Rng::with_seed(1);
    // Two kinds of blocks, each as often behind the other as behind itself.
    let mut in_turn = |kinds: [Kind; 2]| {
        let mut spans = [Vec::new(), Vec::new()];
        for (pair, block) in pairs.iter().flat_map(|pair| (0..=BLOCKS).map(move |block| (pair, block))) {
            let mut turns = [0, 1];
            rng.shuffle(&mut turns);
            for turn in turns {
                let client = if kinds[turn] == Kind::Guarded { &pair.guarded } else { &pair.bare };
                for _ in 0..ORDERS_PER_BLOCK {
                    let order = order(client);
                    let ack = match kinds[turn] {
                        Kind::Guarded => client.place(&order),
                        Kind::Bare => client.call(&Bare { order, stamped_more: false }),
                        Kind::StampedMore => client.call(&Bare { order, stamped_more: true }),
                    };
                    black_box(ack.unwrap());
                }
                let told = spans_ns(client);
                // The first block of a pair warms caches and branch predictors.
                if block > 0 {
                    spans[turn].push(told);
                }
            }
        }
        spans
    };
    let [with, without] = in_turn([Kind::Guarded, Kind::Bare]);
    let [stamped, unstamped] = in_turn([Kind::StampedMore, Kind::Bare]);
    let paired = |of: fn(&Spans, &Spans) -> f64| middle(with.iter().zip(&without).map(|(a, b)| of(a, b)).collect());
    let built = middle(without.iter().map(|spans| spans.signed).collect());
    let before = paired(|with, without| with.signed - without.signed);
    let behind = paired(|with, without| with.sealed - without.sealed);
    let ratio = paired(|with, without| 1.0 + (with.whole() - without.whole()) / without.signed);
    let more = |of: fn(&Spans) -> f64| middle(stamped.iter().zip(&unstamped).map(|(a, b)| of(a) - of(b)).collect());
    let stamps = more(|spans| spans.whole());
    let (up_to_the_next, behind_it) = (more(|spans| spans.signed), more(|spans| spans.sealed));
    // Of the default's five, those before the write.
    let alone = stamp_ns() * STAMPS_BEFORE_THE_WRITE;
    println!(
        "ns of an order: medians of {BLOCKS} blocks of {ORDERS_PER_BLOCK} in turn by each of {PAIRS} pairs of clients, the slowest tenth left out"
    );
    println!("{:<48} {built:>8.1}", "build and sign without guards");
    println!("{:<48} {before:>8.1}", "rules, admission and register");
    println!("{:<48} {behind:>8.1}", "behind the signature");
    println!("{:<48} {stamps:>8.1}", "stamps before the write, in its way");
    println!("{:<48} {up_to_the_next:>8.1}", "of them, as the next stamp tells it");
    println!("{:<48} {behind_it:>8.1}", "and behind that");
    println!("{:<48} {alone:>8.1}", "the same, one after another");
    println!("{:<48} {ratio:>8.3}", "with / without, block by block");
    println!("{:<48} {:>8.3}", "the same, with stamps in its way", ratio + stamps / built);
    println!("{:<48} {:>8.3}", "the same, with stamps one after another", ratio + alone / built);
}

/// The clients whose orders are compared.
struct Pair {
    bare: Spot,
    guarded: Spot,
}

/// What a block's orders are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Guarded,
    Bare,
    StampedMore,
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

impl Spans {
    fn whole(self) -> f64 {
        self.signed + self.sealed
    }
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
                black_box(&mut stamped).mark();
            }
            begun.elapsed().as_secs_f64() * 1e9 / f64::from(STAMPED_PER_ROUND) / LOOKS_OF_FIVE
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[STAMP_ROUNDS / 4]
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
