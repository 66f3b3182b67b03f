//! A venue that is killed under load and started again, many times.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use orderwire_binance::orderwire::error::Busy;

use crate::claims::{Breach, Claim, Invariant, Lateness, Notes};
use crate::market::{Client, Market, OnMarket};
use crate::program::VenueProgram;
use crate::random::Random;

/// Where, how often, and by what draws.
#[derive(Clone, Debug)]
pub struct Restarts {
    /// What is traded.
    pub market: Market,
    /// What the moments of the kills depend on.
    pub seed: u64,
    /// How often the venue is killed and started again.
    pub restarts: u32,
    /// The program `orderwire-sim`.
    pub program: PathBuf,
}

/// What came out.
#[derive(Debug)]
pub struct RestartsReport {
    /// How many orders there were of each claim, in the order of [`Claim::ALL`].
    pub claims: [usize; Claim::ALL.len()],
    /// What settling said of those whose outcome was unknown.
    pub verdicts: String,
    /// Orders in the ledger.
    pub recorded: usize,
    /// How late calls ended.
    pub lateness: Lateness,
    /// The longest that it took until every slot was healthy, from the moment when the venue was back.
    pub healed_after: Duration,
    /// Each breach, in words.
    pub breaches: Vec<Breach>,
}

impl Restarts {
    /// Runs it: orders go out on every slot without a pause while the venue dies and comes back.
    ///
    /// **Errors**: the venue's program cannot be started, does not come back or leaves no ledger; no first connection.
    pub async fn run(&self) -> io::Result<RestartsReport> {
        self.market.run(self).await
    }
}

impl OnMarket for Restarts {
    type Outcome = io::Result<RestartsReport>;

    async fn run_on<C: Client>(&self) -> io::Result<RestartsReport> {
        let mut venue = VenueProgram::start(&self.program, C::MARKET, &[])?;
        let client = C::connect(venue.environment()?, venue.credentials(), |pool| {
            pool.connections(SLOTS).backoff_max(Duration::from_millis(200))
        });
        let client = client.await.map_err(io::Error::other)?;
        let (notes, load) = (Arc::new(Notes::default()), Arc::new(Load::default()));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..SLOTS {
            let (client, notes, load) = (client.clone(), Arc::clone(&notes), Arc::clone(&load));
            tasks.spawn(async move { load.place_without_pause(&client, &notes).await });
        }
        let healed_after = notes.watched(self.kill_and_restart(&mut venue, &client, &load, &notes)).await?;
        load.ends.store(true, Ordering::Relaxed);
        tasks.join_all().await;
        notes.settle(&client).await;
        drop(client);
        let ledger = venue.end()?;
        let (breaches, lateness) = (notes.compare(&ledger), notes.lateness());
        Ok(notes.with(|claims| RestartsReport {
            claims: Claim::ALL.map(|claim| claims.told.iter().filter(|told| told.claim == claim).count()),
            verdicts: format!("{:?}", claims.verdicts()),
            recorded: ledger.len(),
            lateness,
            healed_after,
            breaches,
        }))
    }
}

impl Restarts {
    /// The longest that it took until every slot was healthy again.
    async fn kill_and_restart<C: Client>(
        &self,
        venue: &mut VenueProgram,
        client: &C,
        load: &Load,
        notes: &Notes,
    ) -> io::Result<Duration> {
        let (mut random, mut healed_after) = (Random::new(self.seed), Duration::ZERO);
        for _ in 0..self.restarts {
            load.some_more_are_accepted().await;
            tokio::time::sleep(Duration::from_micros(random.below(RUN_MAX_US))).await;
            venue.kill()?;
            tokio::time::sleep(Duration::from_micros(random.below(DOWN_MAX_US))).await;
            venue.start_again()?;
            healed_after = healed_after.max(heal(client, notes).await);
        }
        Ok(healed_after)
    }
}

impl fmt::Display for RestartsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (claim, count) in Claim::ALL.iter().zip(self.claims) {
            write!(f, "{claim:?} {count}, ")?;
        }
        writeln!(f, "{} in the ledger", self.recorded)?;
        writeln!(f, "settled: {}", self.verdicts)?;
        write!(f, "{}, healthy again after {:?}", self.lateness, self.healed_after)
    }
}

/// The orders that go out meanwhile.
#[derive(Debug, Default)]
struct Load {
    accepted: AtomicU64,
    ends: AtomicBool,
}

impl Load {
    async fn place_without_pause<C: Client>(&self, client: &C, notes: &Notes) {
        while !self.ends.load(Ordering::Relaxed) {
            match notes.place(client, ORDER_TIMEOUT, None).await {
                Claim::Accepted => drop(self.accepted.fetch_add(1, Ordering::Relaxed)),
                Claim::Rejected | Claim::NotSent | Claim::Unknown | Claim::Dropped => {}
            }
        }
    }

    /// No run of the venue is killed before it has taken orders.
    async fn some_more_are_accepted(&self) {
        let enough = self.accepted.load(Ordering::Relaxed) + ACCEPTED_BEFORE_A_KILL;
        while self.accepted.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Waits until no slot heals any more; how long that took.
async fn heal<C: Client>(client: &C, notes: &Notes) -> Duration {
    let back = Instant::now();
    while !matches!(client.pool().why_none(), Busy::AllInUse { healing: 0, .. }) {
        if back.elapsed() > HEAL_MAX {
            let text = format!("{:?}; {}", client.pool(), notes.waited_since(back));
            notes.breach(Invariant::HealsWithinTwoSeconds, text);
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    back.elapsed()
}

/// Slots, and tasks that place orders on them.
const SLOTS: usize = 4;

/// Shorter than most times in which the venue is away: orders end in every way.
const ORDER_TIMEOUT: Duration = Duration::from_millis(150);

const ACCEPTED_BEFORE_A_KILL: u64 = 20;

/// How long a run of the venue, and the time without it, take at most.
const RUN_MAX_US: u64 = 200_000;
const DOWN_MAX_US: u64 = 100_000;

const HEAL_MAX: Duration = Duration::from_secs(2);
