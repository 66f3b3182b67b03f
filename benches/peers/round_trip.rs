//! Isolates: one signed Binance Spot order and its reply, over plain TCP and over TLS 1.3, through orderwire, through its
//! peers, and through programs that do the least that could be done (the floors). The same server answers all of them.
//! A worse ratio means that an order takes longer through us than it would through them.
//!
//! Prints the Markdown tables that stand in the README, machine and method above them:
//!
//! ```sh
//! cargo bench --bench round_trip                  # all of it, some ten minutes
//! cargo bench --bench round_trip -- closed tls    # one table: closed, open, rested or counts; both wires without the second
//! cargo bench --bench round_trip -- counts tls nexus ours-tokio                        # of these clients alone
//! cargo bench --bench round_trip -- closed tls floor-spin-safe ours-blocking-spin
//! ```
//!
//! strace and valgrind are needed for `counts`.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use hdrhistogram::Histogram;
use orderwire_peers::arms::{Arm, Group, KINDS, Kind, Waits};
use orderwire_peers::counts::{self, heap_calls, instructions, request_bytes, steps, system_calls};
use orderwire_peers::pace::{Pace, Schedule};
use orderwire_peers::venue::{Address, CLIENT, Venue, Wire, serve_here};
use orderwire_peers::{median, stay_on};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["venue", wire] = arguments[..] {
        return serve_here(Wire::of(wire).expect("plain or tls"));
    }
    stay_on(CLIENT);
    // Several of them are linked in: some clients want to be told which one it is.
    rustls::crypto::aws_lc_rs::default_provider().install_default().expect("nobody else has");
    if let ["place", kind, _, orders, socket] = arguments[..] {
        let socket = socket.parse().expect("an address");
        let ca_pem = std::env::var(counts::CA).ok().filter(|pem| !pem.is_empty());
        let kind = Kind::named(kind).expect("a client of the list");
        return counts::place(kind, orders.parse().expect("a number"), &Address::new(socket, ca_pem));
    }
    let wires = match arguments.get(1) {
        Some(wire) => vec![Wire::of(wire).expect("plain or tls")],
        None => Wire::BOTH.to_vec(),
    };
    let names = arguments.get(2..).unwrap_or_default();
    if let Some(unknown) = names.iter().find(|name| Kind::named(name).is_none()) {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        eprintln!("{unknown} is no client; there are {}", known.join(", "));
        std::process::exit(2);
    }
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| names.is_empty() || names.contains(&kind.name)).collect();
    println!("{}", machine());
    for wire in wires {
        match arguments.first() {
            None => [closed, open, rested, counted].into_iter().for_each(|table| table(wire, &kinds)),
            Some(&"closed") => closed(wire, &kinds),
            Some(&"open") => open(wire, &kinds),
            Some(&"rested") => rested(wire, &kinds),
            Some(&"counts") => counted(wire, &kinds),
            Some(other) => panic!("{other}: closed, open, rested or counts"),
        }
    }
}

/// Every client with a connection of its own to one server.
struct Field {
    arms: Vec<Box<dyn Arm>>,
    // Ends when the clients are gone.
    _venue: Venue,
}

impl Field {
    fn connect(wire: Wire, kinds: &[&Kind]) -> Self {
        let venue = Venue::start(wire);
        let arms = kinds.iter().map(|kind| kind.connect(&venue.address)).collect();
        Self { arms, _venue: venue }
    }

    /// Blocks of all clients in turn, in another order each round: of each client its blocks.
    ///
    /// Whoever had the turn before shows in it: with each behind the same other, the parked floor without its probe was at 1.17 to 1.25 of the
    /// one with it, which does more, and in another order each round at 0.97 to 1.01.
    fn blocks(&mut self, schedule: Schedule, rounds: usize, orders: u32) -> Vec<Vec<Histogram<u64>>> {
        let mut blocks = vec![Vec::with_capacity(rounds); self.arms.len()];
        let mut turns: Vec<usize> = (0..self.arms.len()).collect();
        let mut rng = fastrand::Rng::with_seed(1);
        for round in 0..=rounds {
            rng.shuffle(&mut turns);
            for &at in &turns {
                let mut pace = Pace::new(schedule, orders);
                self.arms[at].run(&mut pace);
                // The first round warms caches and branch predictors.
                if round > 0 {
                    blocks[at].push(pace.latencies);
                }
            }
        }
        blocks
    }
}

fn closed(wire: Wire, kinds: &[&Kind]) {
    const ROUNDS: usize = 100;
    const ORDERS: u32 = 500;
    /// About one order in a hundred meets a halt of the machine itself, so a p99 stands at the foot of that step, and what makes an
    /// order a little longer moves it a lot: a p90 tells the same without.
    const SHARES: [f64; 3] = [0.5, 0.9, 0.99];
    let blocks = Field::connect(wire, kinds).blocks(Schedule::Closed, ROUNDS, ORDERS);
    let us = |at: usize, share| median(blocks[at].iter().map(|block| block.value_at_quantile(share) as f64 / 1e3));
    let ratio = |ours: usize, theirs: usize, share| {
        let pairs = blocks[ours].iter().zip(&blocks[theirs]);
        median(pairs.map(|(a, b)| a.value_at_quantile(share) as f64 / b.value_at_quantile(share) as f64))
    };
    let method = format!("one order at a time, medians of {ROUNDS} interleaved blocks of {ORDERS}");
    for waits in [Waits::Spinning, Waits::Parked] {
        let Some(floor) = kinds.iter().position(|kind| kind.waits == waits && kind.group == Group::Floor) else {
            continue;
        };
        let how = if waits == Waits::Spinning { "spinning against busy-polled" } else { "parked against parked" };
        println!("\n**{}, {how}** ({method})\n", heading(wire));
        println!(
            "| client | p50, us | p90, us | p99, us | p50 / safe floor | p90 / it | p99 / it | p50 above it, us |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind.waits == waits) {
            let [p50, p90, p99] = SHARES.map(|share| us(at, share));
            let [r50, r90, r99] = SHARES.map(|share| ratio(at, floor, share));
            let above = p50 - us(floor, 0.5);
            println!(
                "| {} | {p50:.1} | {p90:.1} | {p99:.1} | {r50:.2} | {r90:.2} | {r99:.2} | {above:.1} |",
                kind.title
            );
        }
    }
    let those = |group, waits| {
        let of_them = move |(_, kind): &(usize, &&Kind)| kind.group == group && kind.waits == waits;
        kinds.iter().enumerate().filter(of_them)
    };
    let ours = || those(Group::Ours, Waits::Spinning);
    let peers = || those(Group::Peer, Waits::Parked);
    if ours().next().is_some() && peers().next().is_some() {
        println!("\n**{}, ours spinning against the others' defaults, p50** (the same blocks)\n", heading(wire));
        println!("| ours / theirs |{}", peers().fold(String::new(), |line, (_, kind)| line + " " + kind.title + " |"));
        println!("| --- |{}", " --- |".repeat(peers().count()));
        for (at, kind) in ours() {
            let mut line = format!("| {} |", kind.title);
            for (theirs, _) in peers() {
                let _ = write!(line, " {:.2} |", ratio(at, theirs, 0.5));
            }
            println!("{line}");
        }
    }
}

/// A fixed schedule of intended times: what holds an order up holds up those behind it.
fn open(wire: Wire, kinds: &[&Kind]) {
    const APART: Duration = Duration::from_micros(250);
    const ROUNDS: usize = 12;
    const ORDERS: u32 = 1_000;
    let blocks = Field::connect(wire, kinds).blocks(Schedule::Open(APART), ROUNDS, ORDERS);
    println!(
        "\n**{}, open loop** (an order every {APART:?} whatever became of those before, latency from the intended time, all of \
         {ROUNDS} interleaved blocks of {ORDERS})\n",
        heading(wire)
    );
    println!("| client | p50, us | p99, us | p99.9, us | max, us |");
    println!("| --- | --- | --- | --- | --- |");
    for (kind, blocks) in kinds.iter().zip(&blocks) {
        let all = merged(blocks);
        let [p50, p99, p999, max] = [0.5, 0.99, 0.999, 1.0].map(|share| all.value_at_quantile(share) as f64 / 1e3);
        println!("| {}{} | {p50:.1} | {p99:.1} | {p999:.1} | {max:.0} |", kind.title, how(kind));
    }
}

/// The first order after a rest.
fn rested(wire: Wire, kinds: &[&Kind]) {
    const RESTS: [(Duration, usize, u32); 3] =
        [(Duration::from_millis(1), 10, 20), (Duration::from_millis(10), 10, 10), (Duration::from_millis(100), 5, 4)];
    let mut field = Field::connect(wire, kinds);
    let columns = RESTS.map(|(rest, rounds, orders)| field.blocks(Schedule::Rested(rest), rounds, orders));
    println!("\n**{}, after a rest** (the thread asleep before each order; p50 and p90, us)\n", heading(wire));
    println!(
        "| client |{}",
        RESTS.map(|(rest, rounds, orders)| { format!(" {rest:?}, {} orders |", rounds * orders as usize) }).concat()
    );
    println!("| --- |{}", " --- |".repeat(RESTS.len()));
    for (at, kind) in kinds.iter().enumerate() {
        let mut line = format!("| {}{} |", kind.title, how(kind));
        for column in &columns {
            let all = merged(&column[at]);
            let [p50, p90] = [0.5, 0.9].map(|share| all.value_at_quantile(share) as f64 / 1e3);
            let _ = write!(line, " {p50:.0} / {p90:.0} |");
        }
        println!("{line}");
    }
}

/// What an order costs beside time.
fn counted(wire: Wire, kinds: &[&Kind]) {
    let venue = Venue::start(wire);
    println!(
        "\n**{}, what an order costs** (instructions in user space: by callgrind, of all threads, on a processor without SHA \
         instructions; stepped over one by one, of the thread that places it, on this one; a spin's own waiting not counted)\n",
        heading(wire)
    );
    println!("| client | heap calls | system calls | which | callgrind | stepped | request, bytes |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for kind in kinds {
        let heap = heap_calls(kind, &venue.address);
        let calls = system_calls(kind, wire, &venue.address);
        let shown = counts::SystemCalls { in_vain: if spins(kind) { 0.0 } else { calls.in_vain }, ..calls };
        let of_instructions = |count: fn(&Kind, Wire, &Address) -> f64| match kind.waits {
            Waits::Parked => format!("{:.0}", count(kind, wire, &venue.address)),
            // Every turn of a spin is some more of them.
            Waits::Spinning => "-".to_owned(),
        };
        let (counted, stepped) = (of_instructions(instructions), of_instructions(steps));
        let bytes = request_bytes(kind, wire).len();
        let total = calls.total(kind.waits);
        println!(
            "| {}{} | {heap:.0} | {total:.1} | {shown} | {counted} | {stepped} | {bytes} |",
            kind.title,
            how(kind)
        );
    }
}

fn spins(kind: &Kind) -> bool {
    kind.waits == Waits::Spinning
}

fn how(kind: &Kind) -> &'static str {
    match (kind.group, kind.waits) {
        (Group::Floor, Waits::Spinning) => "",
        (_, Waits::Parked) => " (parked)",
        (_, Waits::Spinning) => "",
    }
}

fn heading(wire: Wire) -> &'static str {
    match wire {
        Wire::Plain => "Plain TCP",
        Wire::Tls => "TLS 1.3, AES-128-GCM",
    }
}

fn merged(blocks: &[Histogram<u64>]) -> Histogram<u64> {
    let mut all = blocks[0].clone();
    for block in &blocks[1..] {
        all.add(block).expect("the same bounds");
    }
    all
}

/// On which machine, and how.
fn machine() -> String {
    let first_of = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name).map(|rest| rest.trim_start_matches(['\t', ' ', ':']).to_owned()));
        line.unwrap_or_default()
    };
    let told = |program: &str, argument: &str| {
        let told = Command::new(program).arg(argument).output().map(|done| done.stdout).unwrap_or_default();
        String::from_utf8_lossy(&told).trim().to_owned()
    };
    format!(
        "Machine: {}, {} processors, Linux {}, {}, {}. Client and server are processes on a processor each, over loopback; the \
         server never sleeps and answers every order with the same reply. All clients sign the same order and read the same \
         fields.",
        first_of("/proc/cpuinfo", "model name"),
        std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default().matches("\nprocessor").count() + 1,
        first_of("/proc/sys/kernel/osrelease", ""),
        told("rustc", "--version"),
        orderwire_binance::Timestamp::now().to_string().split('T').next().unwrap_or_default(),
    )
}
