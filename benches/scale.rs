//! Scale: orders over TLS by 1 to 64 tasks on 1 to 64 slots, on one thread and on two; what a slot weighs; what slots that rest cost.
//!
//! **Isolates** what grows with the number of slots and tasks: the pool's stack, waiters in a row, the runtime's driver. The venue is
//! a process of its own that answers at once. *CPU an order* is the processor time of the client's own threads, kernel included.
//!
//! **A larger figure beside many slots than beside one** means that somebody looks at all of them to find one. The bar is 15 %.
//!
//! `cargo bench --bench scale`; half a minute.

mod echo_venue;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use echo_venue::{CLIENT, Venue, stay_on};
use hdrhistogram::Histogram;
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
use tokio::runtime::{Builder, Runtime};

/// Slots and tasks.
const SIZES: [(usize, usize); 10] =
    [(1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (32, 32), (64, 64), (64, 1), (8, 64), (1, 64)];

/// Orders of each size, of all its tasks.
const ORDERS: usize = 19_200;
const WARM_UP: usize = 1_920;

/// How long resting slots are watched.
const REST: Duration = Duration::from_secs(5);

/// What the client's own threads are called.
const THREADS: &str = "orders";

fn main() {
    if std::env::args().any(|argument| argument == "venue") {
        return serve();
    }
    let venue = VenueProcess::start();
    // Before all else: what clients that are gone have left would be used again.
    at_rest(&venue);
    println!("| threads | slots | tasks | orders a second | p50, us | p99, us | CPU an order, us | of one slot's |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for threads in [1, 2] {
        let mut of_one_slot = None;
        for (slots, tasks) in SIZES {
            let Seen { latency, took, cpu } = run(&venue, threads, slots, tasks);
            let cpu_us = cpu.as_secs_f64() * 1e6 / ORDERS as f64;
            let [p50, p99] = [0.5, 0.99].map(|share| latency.value_at_quantile(share) as f64 / 1e3);
            println!(
                "| {threads} | {slots} | {tasks} | {:.0} | {p50:.0} | {p99:.0} | {cpu_us:.1} | {:.2} |",
                ORDERS as f64 / took.as_secs_f64(),
                cpu_us / *of_one_slot.get_or_insert(cpu_us)
            );
        }
    }
}

/// What slots take that nobody uses.
fn at_rest(venue: &VenueProcess) {
    let runtime = runtime(1);
    let before = resident();
    let few = runtime.block_on(connect(venue, 1));
    let with_one = resident();
    let many = runtime.block_on(connect(venue, 65));
    let per_slot = (resident() - with_one) as f64 / 65.0;
    println!("resident memory: {per_slot:.0} KiB a slot of 65, the first client {} KiB", with_one - before);
    // What connecting left to do.
    runtime.block_on(async { tokio::time::sleep(Duration::from_secs(1)).await });
    let (cpu, begun) = (cpu_of(|_| true), Instant::now());
    runtime.block_on(async { tokio::time::sleep(REST).await });
    let share = (cpu_of(|_| true) - cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!("66 slots at rest for {REST:?}: {:.4} % of a processor, all threads\n", 100.0 * share);
    drop((few, many));
}

struct Seen {
    latency: Histogram<u64>,
    took: Duration,
    cpu: Duration,
}

/// Places the orders of one size, each task its share, one after another.
fn run(venue: &VenueProcess, threads: usize, slots: usize, tasks: usize) -> Seen {
    let runtime = runtime(threads);
    let all = async {
        let spot = connect(venue, slots).await;
        place(&spot, tasks, WARM_UP).await;
        let (cpu, begun) = (cpu_of(|name| name == THREADS), Instant::now());
        let latency = place(&spot, tasks, ORDERS).await;
        Seen { latency, took: begun.elapsed(), cpu: cpu_of(|name| name == THREADS) - cpu }
    };
    // On a thread with the name: a runtime of one thread is driven by whoever waits for it.
    std::thread::scope(|scope| {
        let driver = std::thread::Builder::new().name(THREADS.to_owned());
        let work = || {
            if threads == 1 {
                stay_on(CLIENT);
            }
            runtime.block_on(all)
        };
        driver.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

async fn place(spot: &Spot, tasks: usize, orders: usize) -> Histogram<u64> {
    let shares: Vec<_> = (0..tasks)
        .map(|_| {
            let spot = spot.clone();
            tokio::spawn(async move {
                let mut latency = Histogram::<u64>::new_with_bounds(1, 10_000_000_000, 3).unwrap();
                for _ in 0..orders / tasks {
                    let symbol = Symbol::new("BTCUSDT").unwrap();
                    let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000.01));
                    let begun = Instant::now();
                    spot.place(&order).await.unwrap();
                    latency.saturating_record(u64::try_from(begun.elapsed().as_nanos()).unwrap());
                }
                latency
            })
        })
        .collect();
    let mut all = Histogram::<u64>::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    for share in shares {
        all.add(share.await.unwrap()).unwrap();
    }
    all
}

fn runtime(threads: usize) -> Runtime {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(threads).thread_name(THREADS).enable_all().build().unwrap()
}

async fn connect(venue: &VenueProcess, slots: usize) -> Spot {
    let environment = Environment::custom(&venue.url, Some(venue.ca_pem.as_bytes())).unwrap();
    let credentials = Credentials::new("key", "secret").unwrap();
    Spot::builder(environment).credentials(credentials).connections(slots).build_cold().await.unwrap()
}

/// The processor time that threads of this process have had, by name.
fn cpu_of(counts: impl Fn(&str) -> bool) -> Duration {
    let mut cpu = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        // One that has ended meanwhile has no files.
        let read = |file| std::fs::read_to_string(thread.path().join(file)).unwrap_or_default();
        if counts(read("comm").trim_end()) {
            let schedstat = read("schedstat");
            let ns = schedstat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
            cpu += Duration::from_nanos(ns);
        }
    }
    cpu
}

/// Memory that is this process's, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

struct VenueProcess {
    child: Child,
    url: String,
    ca_pem: String,
}

impl VenueProcess {
    fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg("venue").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let url = lines.next().unwrap();
        let ca_pem = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        Self { child, url, ca_pem }
    }
}

impl Drop for VenueProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until whoever started this is gone.
fn serve() {
    let venue = Venue::start(true);
    println!("{}\n{}\n", venue.url, venue.ca_pem.unwrap().trim_end());
    std::io::stdout().flush().unwrap();
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
