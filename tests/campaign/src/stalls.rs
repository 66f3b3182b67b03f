//! How long the machine let this process wait for a processor: what a call may outlast its deadline by, and nobody's fault.
//!
//! Linux keeps an account of each thread, for how long it was runnable and had no processor (`schedstat`), and one of each processor,
//! for how long the machine below took it away (*stolen*, `/proc/stat`). A thread that sleeps, waits for a lock or computes is in neither:
//! such a stall stays the client's own. Of a call that ended late only the time after its deadline is looked at, and of that only
//! moments in which
//!
//! - a thread of the runtime that makes the calls was runnable without a processor: these threads notice the deadline and end the call
//!   (those on which clients are made are of the same name, and count);
//! - or a processor was stolen
//!
//! are taken off, once each. Threads of the connector and of the venue take no part: a call has to end at its deadline whether they run
//! or not. What they waited is told of orders that stay undecided, whose answers need them.
//!
//! Accounts are read every [`PULSE`], and at the end of each late call. A wait is in its account when it has ended: an account that has
//! grown since it was read last is a wait of that length which ended just now. So a stall of the client's own is hidden where a thread
//! of its runtime waited for a processor at that same time, or, should this reader itself be kept from running, shortly before.
//!
//! A system that keeps no such accounts has a task that wants to run each millisecond instead: it tells when the runtime stood still,
//! whosever fault that was.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The times at which what wanted to run had to wait.
#[derive(Debug, Default)]
pub(crate) struct Stalls(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// What each account stood at when it was read last.
    accounts: HashMap<Account, Duration>,
    stalls: Vec<Stall>,
}

#[derive(Debug)]
struct Stall {
    of: Party,
    began: Instant,
    ended: Instant,
}

/// Who can be kept waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    /// A thread of the runtime that makes the calls.
    Caller,
    /// The connector's thread.
    Connector,
    /// A processor, by the machine below.
    Processor,
    /// The venue's thread, where the venue is in this process.
    Venue,
}

/// A party, and which one of its kind.
type Account = (Party, u32);

impl Stalls {
    /// Whether this system keeps accounts.
    pub(crate) fn are_told() -> bool {
        accounts().is_ok_and(|accounts| accounts.iter().any(|((party, _), ..)| *party != Party::Processor))
    }

    /// Reads the accounts again and again, until nobody holds the other end.
    pub(crate) fn read_until(&self, end: &Receiver<()>) {
        while end.recv_timeout(PULSE) == Err(RecvTimeoutError::Timeout) {
            self.read();
        }
    }

    /// Reads the accounts now.
    pub(crate) fn read(&self) {
        // Before the lock: a reader that is kept from running meanwhile would hold up the calls that read too.
        let accounts = accounts().unwrap_or_default();
        let mut seen = self.0.lock().expect("no panic");
        for (account, total, now) in accounts {
            seen.note(account, total, now);
        }
    }

    /// Where there are no accounts: notes when this task did not get to run, until it is dropped.
    pub(crate) async fn feel(&self) {
        loop {
            let asked = Instant::now();
            tokio::time::sleep(TICK).await;
            let woken = Instant::now();
            if woken - asked > FELT_MIN {
                let stall = Stall { of: Party::Caller, began: asked, ended: woken };
                self.0.lock().expect("no panic").stalls.push(stall);
            }
        }
    }

    /// How much of the time between these one of the parties waited.
    pub(crate) fn between(&self, parties: &[Party], from: Instant, to: Instant) -> Duration {
        let seen = self.0.lock().expect("no panic");
        let stalls = seen.stalls.iter().filter(|stall| parties.contains(&stall.of));
        let within = stalls.map(|stall| (stall.began.max(from), stall.ended.min(to)));
        let mut within: Vec<_> = within.filter(|(began, ended)| began < ended).collect();
        within.sort();
        let (mut sum, mut counted) = (Duration::ZERO, from);
        for (began, ended) in within {
            sum += ended.saturating_duration_since(began.max(counted));
            counted = counted.max(ended);
        }
        sum
    }

    /// What of a call that ended late nobody's fault was.
    pub(crate) fn excused(&self, deadline: Instant, ended: Instant) -> Duration {
        self.between(&[Party::Caller, Party::Processor], deadline, ended)
    }

    /// What each party waited between these.
    pub(crate) fn told(&self, from: Instant, to: Instant) -> Waited {
        let waited = |party| self.between(&[party], from, to);
        Waited {
            caller: waited(Party::Caller),
            connector: waited(Party::Connector),
            venue: waited(Party::Venue),
            stolen: waited(Party::Processor),
        }
    }
}

impl Seen {
    fn note(&mut self, account @ (of, _): Account, total: Duration, now: Instant) {
        // What a thread waited before it was seen first is of no known time. Who read before another may note after it.
        let before = self.accounts.entry(account).or_insert(total);
        let grown = total.saturating_sub(*before);
        *before = total.max(*before);
        if grown >= WAIT_MIN {
            self.stalls.push(Stall { of, began: now.checked_sub(grown).unwrap_or(now), ended: now });
        }
    }
}

/// How long each party had no processor, in some span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waited {
    caller: Duration,
    connector: Duration,
    venue: Duration,
    stolen: Duration,
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, connector, venue, stolen } = self;
        write!(f, "without a processor: caller {caller:?}, connector {connector:?}, venue {venue:?}; stolen {stolen:?}")
    }
}

/// What each account stands at, and when it was read.
///
/// **Errors**: the system does not say.
fn accounts() -> io::Result<Vec<(Account, Duration, Instant)>> {
    let (stolen, now) = (processors(&fs::read_to_string("/proc/stat")?), Instant::now());
    let mut accounts: Vec<_> = stolen.into_iter().map(|(processor, stolen)| (processor, stolen, now)).collect();
    for thread in fs::read_dir("/proc/self/task")? {
        let path = thread?.path();
        // A thread that has ended meanwhile has nothing to say.
        let (Ok(name), Ok(account)) =
            (fs::read_to_string(path.join("comm")), fs::read_to_string(path.join("schedstat")))
        else {
            continue;
        };
        let id = path.file_name().and_then(|id| id.to_str()?.parse().ok());
        if let (Some(party), Some(id), Some(waited)) = (named(&name), id, waited(&account)) {
            accounts.push(((party, id), waited, Instant::now()));
        }
    }
    Ok(accounts)
}

/// Whose a thread is, by its name; of names the system keeps 15 bytes.
fn named(name: &str) -> Option<Party> {
    match name.trim_end() {
        "tokio-rt-worker" => Some(Party::Caller),
        "orderwire-conne" => Some(Party::Connector),
        "orderwire-sim" => Some(Party::Venue),
        _ => None,
    }
}

/// Of a thread's `schedstat`, how long it was runnable without a processor: the second of its numbers, ns.
///
/// **Source**: <https://docs.kernel.org/scheduler/sched-stats.html>, read 2026-11-26.
fn waited(schedstat: &str) -> Option<Duration> {
    Some(Duration::from_nanos(schedstat.split_whitespace().nth(1)?.parse().ok()?))
}

/// Of `/proc/stat`, how long each processor was stolen: the eighth number of its line, ticks.
///
/// **Source**: <https://docs.kernel.org/filesystems/proc.html>, "Miscellaneous kernel statistics in /proc/stat", read 2026-11-26.
fn processors(stat: &str) -> Vec<(Account, Duration)> {
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    let stolen = |line: &str| {
        let mut words = line.split_whitespace();
        let processor = words.next()?.strip_prefix("cpu")?.parse().ok()?;
        let ticks: u64 = words.nth(7)?.parse().ok()?;
        Some(((Party::Processor, processor), Duration::from_micros(ticks * 1_000_000 / ticks_per_second)))
    };
    stat.lines().filter_map(stolen).collect()
}

/// How often accounts are read: a fifth of what a call may be late anyway.
const PULSE: Duration = Duration::from_millis(10);

/// What an account grows by from one reading to the next, and is not worth a note.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// One tick of tokio's timer.
const TICK: Duration = Duration::from_millis(1);
const FELT_MIN: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_counts_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let stall = |of, began, ended| Stall { of, began: at(began), ended: at(ended) };
        let seen = [
            stall(Party::Caller, 50, 60),
            stall(Party::Caller, 10, 30),
            stall(Party::Caller, 20, 40),
            stall(Party::Processor, 35, 45),
            stall(Party::Venue, 0, 100),
        ];
        let stalls = Stalls(Mutex::new(Seen { stalls: seen.into(), ..Seen::default() }));
        for (from, to, ms) in [(0, 5, 0), (0, 20, 10), (15, 20, 5), (0, 100, 45), (25, 55, 25), (70, 80, 0)] {
            assert_eq!(stalls.excused(at(from), at(to)), Duration::from_millis(ms), "{from} to {to}");
        }
        let told = stalls.told(at(0), at(50));
        assert_eq!([told.caller, told.connector, told.venue, told.stolen], [30, 0, 50, 10].map(Duration::from_millis));
    }

    #[test]
    fn an_account_that_grows_is_a_wait_that_ended() {
        let (mut seen, now) = (Seen::default(), Instant::now());
        let account = (Party::Caller, 7);
        for (total_us, after_ms) in
            [(9_000_000, 0), (9_000_500, 100), (9_080_500, 200), (9_000_400, 210), (9_080_500, 220)]
        {
            seen.note(account, Duration::from_micros(total_us), now + Duration::from_millis(after_ms));
        }
        let [stall] = &seen.stalls[..] else { panic!("{seen:?}") };
        assert_eq!([stall.began - now, stall.ended - now], [120, 200].map(Duration::from_millis));
    }

    #[test]
    fn accounts_are_read() {
        assert_eq!(waited("271355303 31120419 719\n"), Some(Duration::from_nanos(31_120_419)));
        assert_eq!(waited("0"), None);
        let stat = "cpu  9 9 9 9 9 9 9 12 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 4 0 0\nintr 77 1 2 3 4 5 6 7 8\nctxt 5\n";
        let tick = Duration::from_micros(1_000_000 / rustix::param::clock_ticks_per_second());
        assert_eq!(processors(stat), [((Party::Processor, 0), tick * 8), ((Party::Processor, 1), tick * 4)]);
    }

    /// More threads that compute than processors: each has to wait, and the threads of a runtime are known by their name.
    #[cfg(target_os = "linux")]
    #[test]
    fn threads_that_have_to_wait_are_seen() {
        let processors = std::thread::available_parallelism().unwrap().get();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2 * processors + 1).build().unwrap();
        let stalls = Stalls::default();
        let (began, busy) = (Instant::now(), Duration::from_millis(400));
        let compute = move || while began.elapsed() < busy {};
        let tasks: Vec<_> = (0..=2 * processors).map(|_| runtime.spawn(async move { compute() })).collect();
        while began.elapsed() < busy {
            stalls.read();
            std::thread::sleep(PULSE);
        }
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap()
            }
        });
        stalls.read();
        let told = stalls.told(began, Instant::now());
        assert!(Stalls::are_told() && told.caller > busy / 4, "{told}");
    }
}
