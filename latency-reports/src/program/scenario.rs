//! `record`: drives orders through the SDK and writes what they took, block by block.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hdrhistogram::Histogram;
use orderwire_binance::orderwire::TlsConfig;
use orderwire_binance::orderwire::latency::Stamps;
use orderwire_binance::{Credentials, Environment, NewOrder, RestError, Side, Symbol, blocking::Spot, dec};
use orderwire_latency::counts::Counts;
use orderwire_latency::log::{LatencyLog, MeasuredBlock};

use super::cli::{Failure, RecordArguments, Scenario};
use super::slowed::{self, Slowed, Work};
use super::venue::{ACCOUNT, Venue};

pub(crate) fn record(arguments: &RecordArguments) -> Result<ExitCode, Failure> {
    let RecordArguments { scenario, .. } = arguments;
    check(arguments)?;
    // Kept until the end: the venue's process lives as long.
    let scratch =
        arguments.out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let own = match &arguments.url {
        Some(_) => None,
        None => Some(Venue::start(scratch, scenario.plain)?),
    };
    let (url, ca) = match &own {
        Some(venue) => (venue.url.clone(), venue.ca.clone()),
        None => (arguments.url.clone().unwrap_or_default(), arguments.ca.clone()),
    };
    let pem = ca.map(std::fs::read).transpose().map_err(|error| Failure::usage(format!("--ca: {error}")))?;
    let usage = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let environment = Environment::custom(&url, pem.as_deref()).map_err(|error| usage(&error))?;
    let credentials = match &own {
        Some(_) => Credentials::new(ACCOUNT.0, ACCOUNT.1),
        None => Credentials::from_env("ORDERWIRE"),
    };
    let credentials = credentials.map_err(|error| usage(&error))?;
    let stamps = if scenario.all_stages { Stamps::All } else { Stamps::Five };
    let mut builder = Spot::builder(environment);
    if let Some(pem) = &pem {
        // Nobody else is trusted: reading the system's roots would take longer than a block.
        let tls = TlsConfig::builder().system_roots(false).root_pem(pem).and_then(|roots| roots.build());
        builder = builder.tls(&tls.map_err(|error| usage(&error))?);
    }
    let spot = builder
        .credentials(credentials)
        .connections(scenario.slots)
        .spin(Duration::from_micros(scenario.spin_us))
        .stamps(stamps)
        .build()
        .map_err(|error| failed(&error))?;

    // Where work is injected, the warm-up runs as the blocks do.
    let work = arguments.inject.as_ref().map(|_| Work::default());
    let mut driver = Driver { spot: &spot, scenario, seed: arguments.seed, work };
    // The first half is too cold to take a measure from.
    driver.block(scenario.warm_up.div_ceil(2))?;
    let _ = spot.latency().take();
    driver.block(scenario.warm_up / 2)?;
    driver.work = injected(arguments, &spot)?;

    let mut log = LatencyLog::create(&arguments.out)?
        .option("scenario", "place and cancel a limit order, Binance Spot")
        .option("venue", if own.is_some() { "simulated, a process of its own" } else { "given" })
        .option("tls", !url.starts_with("http://"))
        .option("loop", scenario.rate.map_or("closed".to_owned(), |rate| format!("{rate} orders a second")))
        .option("idle_us", scenario.idle_us)
        .option("slots", scenario.slots)
        .option("spin_us", scenario.spin_us)
        .option("orders_per_block", scenario.orders)
        .note("seed", arguments.seed);
    if let Some(inject) = &arguments.inject {
        log = log.note("inject", inject);
    }
    let watched = arguments.blocks > 1 && std::io::stderr().is_terminal();
    for block in 1..=arguments.blocks {
        let begun = SystemTime::now();
        let _ = spot.latency().take();
        let whole = driver.block(scenario.orders)?;
        match whole {
            None => log.block(spot.latency())?,
            Some(whole) => log.write(&MeasuredBlock::new(begun, begun.elapsed().unwrap_or_default(), &whole))?,
        }
        if watched {
            eprint!("\rblock {block} of {}", arguments.blocks);
        }
    }
    if arguments.blocks > 1 {
        let start = if watched { "\r" } else { "" };
        eprintln!(
            "{start}recorded {} blocks of {} orders in {}",
            arguments.blocks,
            scenario.orders,
            arguments.out.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn check(arguments: &RecordArguments) -> Result<(), Failure> {
    let scenario = &arguments.scenario;
    if scenario.orders == 0 || arguments.blocks == 0 || scenario.slots == 0 || scenario.rate == Some(0) {
        return Err(Failure::usage("--orders, --blocks, --slots and --rate are at least 1"));
    }
    if scenario.rate.is_some() && scenario.slots > 1 {
        return Err(Failure::usage("--rate drives one slot: a schedule of several would need an order of its own"));
    }
    if scenario.warm_up < 2 && arguments.inject.is_some() {
        return Err(Failure::usage("--inject takes its measure from the warm-up: --warm-up 2 is the least"));
    }
    Ok(())
}

/// The work behind encoding and decoding that makes a stage longer by a share of what it took in the warm-up.
fn injected(arguments: &RecordArguments, spot: &Spot) -> Result<Option<Work>, Failure> {
    let Some(inject) = &arguments.inject else { return Ok(None) };
    let snapshot = spot.latency().take();
    let lanes = snapshot.lanes.iter().filter(|lane| lane.endpoint.makes_orders);
    let mut all = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).expect("bounds that HdrHistogram takes");
    for counts in lanes.flat_map(|lane| &lane.spans).filter(|counts| counts.span().name == inject.stage) {
        counts.bins().for_each(|(low, high, count)| all.saturating_record_n(low.midpoint(high), count));
    }
    if all.is_empty() {
        let cure = if arguments.scenario.all_stages { "leave --all-stages out" } else { "add --all-stages" };
        return Err(Failure::usage(format!("--inject: stage {:?} is not stamped; {cure}", inject.stage)));
    }
    let time = Duration::from_secs_f64(Counts::of(&all).value_at(0.5) as f64 * inject.percent / 100.0 / 1e9);
    let steps = slowed::lasting(time);
    let encoding = matches!(inject.stage.as_str(), "build-and-sign" | "sign");
    Ok(Some(if encoding { Work { encoding: steps, decoding: 0 } } else { Work { encoding: 0, decoding: steps } }))
}

/// Places orders and cancels them.
struct Driver<'a> {
    spot: &'a Spot,
    scenario: &'a Scenario,
    seed: u64,
    work: Option<Work>,
}

impl Driver<'_> {
    /// So many orders; what they took, counted from their schedule, where there is one.
    fn block(&self, orders: u64) -> Result<Option<Histogram<u64>>, Failure> {
        if let Some(rate) = self.scenario.rate {
            return self.scheduled(orders, rate).map(Some).map_err(|error| failed(&error));
        }
        let slots = self.scenario.slots as u64;
        let share = |slot: u64| orders / slots + u64::from(slot < orders % slots);
        let outcomes: Vec<Result<(), RestError>> = thread::scope(|scope| {
            let others: Vec<_> = (1..slots).map(|slot| scope.spawn(move || self.in_turn(share(slot)))).collect();
            let mine = self.in_turn(share(0));
            let joined = others.into_iter().map(|other| other.join().expect("a driver does not panic"));
            std::iter::once(mine).chain(joined).collect()
        });
        outcomes.into_iter().collect::<Result<(), _>>().map_err(|error| failed(&error))?;
        Ok(None)
    }

    /// Each order follows the one before.
    fn in_turn(&self, orders: u64) -> Result<(), RestError> {
        for at in 0..orders {
            if self.scenario.idle_us > 0 {
                thread::sleep(Duration::from_micros(self.scenario.idle_us));
            }
            self.order(at)?;
        }
        Ok(())
    }

    /// Each order at its time. One that is late because an earlier one was slow is counted from when it should have gone.
    fn scheduled(&self, orders: u64, rate: u64) -> Result<Histogram<u64>, RestError> {
        let mut whole = Histogram::new_with_bounds(1, 3_600_000_000_000, 3).expect("bounds that HdrHistogram takes");
        let begun = Instant::now();
        for at in 0..orders {
            let intended = begun + Duration::from_secs_f64(at as f64 / rate as f64);
            thread::sleep(intended.saturating_duration_since(Instant::now()));
            let placed = self.place(at)?;
            whole.saturating_record(u64::try_from(intended.elapsed().as_nanos()).unwrap_or(u64::MAX));
            self.spot.cancel(placed)?;
        }
        Ok(whole)
    }

    fn order(&self, at: u64) -> Result<(), RestError> {
        let placed = self.place(at)?;
        self.spot.cancel(placed).map(drop)
    }

    fn place(&self, at: u64) -> Result<orderwire_binance::OrderRef, RestError> {
        // A price that no house quote meets, another one each time.
        let price = dec!(20000) + orderwire_binance::Decimal::from((self.seed.wrapping_add(at)) % 1000);
        let symbol = Symbol::new("BTCUSDT").expect("a symbol");
        let order = NewOrder::limit(self.spot.next_id(), symbol, Side::Buy, dec!(0.001), price).post_only();
        let ack = match self.work {
            None => self.spot.place(&order)?,
            Some(work) => self.spot.call(&Slowed { order, work })?,
        };
        Ok(ack.order())
    }
}

fn failed(error: &RestError) -> Failure {
    Failure::not_comparable(format!("the scenario could not be driven: {error}"))
}
