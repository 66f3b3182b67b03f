//! Very many orders while connections are killed all the time: memory has to stay flat, and every descriptor to come back.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orderwire_binance::{ClientOrderId, Fate, RestError, Verdict};
use tokio::sync::Barrier;

use crate::claims::Recorded;
use crate::market::{Client, Market, OnMarket};
use crate::program::VenueProgram;

/// How many, and what the venue does to their connections.
#[derive(Clone, Debug)]
pub struct Soak {
    /// What is traded.
    pub market: Market,
    /// Orders in all.
    pub orders: u64,
    /// Slots, each with a task that places one order after another.
    pub slots: usize,
    /// What the venue commits, as `orderwire-sim --fault` has it.
    pub faults: Vec<String>,
    /// The program `orderwire-sim`: a process of its own, so that its memory is not counted.
    pub program: PathBuf,
}

/// What this process holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Orders placed until then.
    pub orders: u64,
    /// Resident memory, KiB.
    pub resident_kib: u64,
    /// What of it is no file's: heap and stacks, KiB.
    pub anonymous_kib: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// What came out.
#[derive(Debug)]
pub struct SoakReport {
    /// What was held after each tenth of the orders, with every slot healthy and none in use.
    pub held: Vec<Held>,
    /// Orders that were accepted.
    pub accepted: u64,
    /// Orders that had not been sent.
    pub not_sent: u64,
    /// Orders whose outcome was unknown, and that settling found.
    pub found: u64,
    /// Orders whose outcome was unknown, and that settling found never to have arrived.
    pub never_arrived: u64,
    /// Connections made.
    pub connected: u64,
    /// The mappings that had grown from the first look to the last.
    pub grown: Vec<Growth>,
    /// How long it took.
    pub took: Duration,
    /// What was not as it has to be.
    pub problems: Vec<String>,
}

impl Soak {
    /// Runs it.
    ///
    /// **Errors**: the venue's program cannot be started or leaves no ledger; no first connection; an order that cannot be
    /// settled; a system that does not tell what a process holds (Linux does).
    pub async fn run(&self) -> io::Result<SoakReport> {
        self.market.run(self).await
    }
}

impl OnMarket for Soak {
    type Outcome = io::Result<SoakReport>;

    async fn run_on<C: Client>(&self) -> io::Result<SoakReport> {
        let options: Vec<_> = self.faults.iter().flat_map(|fault| ["--fault".to_owned(), fault.clone()]).collect();
        let venue = VenueProgram::start(&self.program, C::MARKET, &options)?;
        let client = C::connect(venue.environment()?, venue.credentials(), |pool| {
            pool.connections(self.slots).deadline(ORDER_TIMEOUT)
        });
        let client = client.await.map_err(io::Error::other)?;
        let (begun, counts) = (Instant::now(), Arc::new(Counts::default()));
        let mut held = Vec::with_capacity(10);
        // What looking itself takes, and keeps, is there before the first look that counts.
        let mut text = String::with_capacity(SMAPS_BYTES);
        let (mut warm, mut last) = (Held::now(0, &mut text)?.1, Held::now(0, &mut text)?.1);
        // One task a slot from the first order to the last: what is made anew for each part would stand in the heap beside what lives.
        let (turn, mut tasks) = (Arc::new(Barrier::new(self.slots + 1)), tokio::task::JoinSet::new());
        for _ in 0..self.slots {
            let (client, counts, turn, orders) = (client.clone(), Arc::clone(&counts), Arc::clone(&turn), self.orders);
            tasks.spawn(async move {
                let mut outcome = Ok(());
                for part in 1..=PARTS {
                    if outcome.is_ok() {
                        outcome = counts.place_upto(&client, orders * part / PARTS).await;
                    }
                    // All are done; it was looked.
                    turn.wait().await;
                    turn.wait().await;
                }
                outcome
            });
        }
        for part in 1..=PARTS {
            turn.wait().await;
            while client.pool().available() < self.slots {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let (now, mapped) = Held::now(self.orders * part / PARTS, &mut text)?;
            *(if part == 1 { &mut warm } else { &mut last }) = mapped;
            held.push(now);
            turn.wait().await;
        }
        tasks.join_all().await.into_iter().collect::<Result<(), RestError>>().map_err(io::Error::other)?;
        let grown = Growth::between(&warm, &last);
        let (took, connected) = (begun.elapsed(), client.pool().counts().connected);
        drop(client);
        let ledger = venue.end()?;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut report = SoakReport {
            held,
            accepted: of(&counts.accepted),
            not_sent: of(&counts.not_sent),
            found: of(&counts.found),
            never_arrived: of(&counts.never_arrived),
            connected,
            grown,
            took,
            problems: Vec::new(),
        };
        let never_arrived = counts.gone.lock().expect("no panic");
        report.judge(&ledger, &never_arrived);
        drop(never_arrived);
        Ok(report)
    }
}

impl Held {
    /// Beside it what each mapping holds. The room for the text is the caller's, so that looking leaves the heap as it was.
    fn now(orders: u64, text: &mut String) -> io::Result<(Self, Vec<Mapping>)> {
        // Since Linux 6.2 the folder's size is their number; listing them takes 32 KiB of the heap.
        let descriptors = match fs::metadata("/proc/self/fd")?.len() {
            0 => fs::read_dir("/proc/self/fd")?.count() as u64,
            descriptors => descriptors,
        };
        // Not statm, whose numbers lag behind by what each thread has not yet handed in.
        text.clear();
        fs::File::open("/proc/self/smaps")?.read_to_string(text)?;
        let mappings = Mapping::all(text);
        let sum = |kib: fn(&Mapping) -> u64| mappings.iter().map(kib).sum();
        let (resident_kib, anonymous_kib) = (sum(|mapping| mapping.resident_kib), sum(|mapping| mapping.anonymous_kib));
        if resident_kib == 0 {
            return Err(io::Error::other("smaps names nothing resident"));
        }
        Ok((Self { orders, resident_kib, anonymous_kib, descriptors }, mappings))
    }
}

/// A range of this process's memory.
#[derive(Debug)]
struct Mapping {
    start: u64,
    /// The file, or `[heap]`, `[stack]`; empty for what is no file's.
    name: String,
    size_kib: u64,
    resident_kib: u64,
    anonymous_kib: u64,
}

impl Mapping {
    /// All in a text as `/proc/PID/smaps` has it: a line that names a mapping, then lines that say what is in it.
    fn all(smaps: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for line in smaps.lines() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if let Some((start, _)) = first.split_once('-')
                && let Ok(start) = u64::from_str_radix(start, 16)
            {
                let name = words.nth(4).unwrap_or_default().to_owned();
                all.push(Self { start, name, size_kib: 0, resident_kib: 0, anonymous_kib: 0 });
            } else if let (Some(last), Some(Ok(kib))) = (all.last_mut(), words.next().map(str::parse)) {
                match first {
                    "Size:" => last.size_kib = kib,
                    "Rss:" => last.resident_kib = kib,
                    "Anonymous:" => last.anonymous_kib = kib,
                    _ => {}
                }
            }
        }
        all
    }
}

/// A mapping that holds more than it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Its file, or `[heap]` and the like; where it is no file's, its size.
    pub name: String,
    /// What was resident, KiB.
    pub before_kib: u64,
    /// What is.
    pub now_kib: u64,
}

impl Growth {
    fn between(before: &[Mapping], now: &[Mapping]) -> Vec<Self> {
        let resident = |start| before.iter().find(|old| old.start == start).map_or(0, |old| old.resident_kib);
        let grown = now.iter().filter(|mapping| mapping.resident_kib > resident(mapping.start));
        grown
            .map(|Mapping { start, name, size_kib, resident_kib, .. }| Self {
                name: if name.is_empty() { format!("{size_kib} KiB at {start:x}") } else { name.clone() },
                before_kib: resident(*start),
                now_kib: *resident_kib,
            })
            .collect()
    }
}

impl SoakReport {
    fn judge(&mut self, ledger: &HashMap<String, Recorded>, never_arrived: &[ClientOrderId]) {
        let claimed = self.accepted + self.found;
        let orders = ledger.values().filter(|record| record.order_id.is_some()).count() as u64;
        if claimed != orders {
            self.problems.push(format!("{claimed} orders were accepted or found, {orders} are in the ledger"));
        }
        let doubled = ledger.values().filter(|record| record.received > 1).count();
        if doubled > 0 {
            self.problems.push(format!("{doubled} orders were received more than once"));
        }
        for id in never_arrived {
            // One that came too late was refused: it is in the ledger and no order.
            if ledger.get(id.as_str()).is_some_and(|record| record.order_id.is_some()) {
                self.problems.push(format!("{id} never arrived, settling said, and is in the ledger"));
            }
        }
        if let [warm, .., last] = self.held[..] {
            if last.resident_kib * 100 > warm.resident_kib * (100 + GROWTH_MAX_PERCENT) {
                self.problems.push(format!("{} KiB have become {}", warm.resident_kib, last.resident_kib));
            }
            if last.descriptors > warm.descriptors {
                self.problems.push(format!("{} descriptors have become {}", warm.descriptors, last.descriptors));
            }
        }
    }
}

impl fmt::Display for SoakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>12}{:>14}{:>15}{:>13}", "orders", "resident KiB", "anonymous KiB", "descriptors")?;
        for Held { orders, resident_kib, anonymous_kib, descriptors } in &self.held {
            writeln!(f, "{orders:>12}{resident_kib:>14}{anonymous_kib:>15}{descriptors:>13}")?;
        }
        let Self { accepted, not_sent, found, never_arrived, connected, took, .. } = self;
        write!(f, "accepted {accepted}, not sent {not_sent}, unknown and found {found}, unknown and never arrived ")?;
        write!(f, "{never_arrived}; {connected} connections in {:.0} s", took.as_secs_f64())?;
        for Growth { name, before_kib, now_kib } in &self.grown {
            write!(f, "\ngrown: {name}, {before_kib} KiB to {now_kib}")?;
        }
        Ok(())
    }
}

/// What became of the orders. Hardly an id is kept: what is counted must not grow.
#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU64,
    accepted: AtomicU64,
    not_sent: AtomicU64,
    found: AtomicU64,
    never_arrived: AtomicU64,
    gone: Mutex<Vec<ClientOrderId>>,
}

impl Counts {
    /// Places orders, beside others that do the same, until so many have begun.
    async fn place_upto<C: Client>(&self, client: &C, upto: u64) -> Result<(), RestError> {
        while self.begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < upto).then_some(n + 1)).is_ok() {
            let order = C::MARKET.order(client.next_id());
            let count = match client.place(&order).await {
                Ok(_) => &self.accepted,
                Err(error) => match error.fate() {
                    Fate::NotSent => &self.not_sent,
                    Fate::Rejected => return Err(error),
                    Fate::Unknown => match client.settle(order.order(), SETTLE_PATIENCE).await? {
                        Verdict::Exists(_) => &self.found,
                        Verdict::NeverArrived => {
                            self.gone.lock().expect("no panic").push(order.id);
                            &self.never_arrived
                        }
                        Verdict::Undecided { .. } => return Err(error),
                    },
                },
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// How often it is looked at what this process holds.
const PARTS: u64 = 10;

/// Room for `/proc/self/smaps`: some 40 mappings of 700 bytes each, and more.
const SMAPS_BYTES: usize = 256 * 1024;

/// By how much memory may have grown from the first look to the last.
const GROWTH_MAX_PERCENT: u64 = 1;

const ORDER_TIMEOUT: Duration = Duration::from_secs(2);
const SETTLE_PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "\
5621ffd19000-5621ffdea000 rw-p 00000000 00:00 0                          [heap]
Size:                836 kB
Rss:                 776 kB
Anonymous:           776 kB
VmFlags: rd wr mr mw me ac sd
7f83aafbf000-7f83ab2f1000 rw-p 00000000 00:00 0
Size:               3272 kB
Rss:                 468 kB
Anonymous:           468 kB
7f83ab2f1000-7f83ab317000 r--p 00000000 fe:00 3154                       /usr/lib/libc.so.6
Size:                152 kB
Rss:                 152 kB
Anonymous:             0 kB
";

    #[test]
    fn what_grew_is_named() {
        let now = BEFORE.replace(" 468 kB", " 564 kB");
        let (before, now) = (Mapping::all(BEFORE), Mapping::all(&now));
        assert_eq!(before.iter().map(|mapping| mapping.resident_kib).sum::<u64>(), 776 + 468 + 152);
        assert_eq!(before.iter().map(|mapping| mapping.anonymous_kib).sum::<u64>(), 776 + 468);
        let grown = Growth { name: "3272 KiB at 7f83aafbf000".to_owned(), before_kib: 468, now_kib: 564 };
        assert_eq!(Growth::between(&before, &now), [grown]);
        let all_new = Growth::between(&[], &before);
        assert_eq!((all_new.len(), &*all_new[2].name), (3, "/usr/lib/libc.so.6"));
    }
}
