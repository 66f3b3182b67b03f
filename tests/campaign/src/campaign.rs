//! Many short lives on a venue that fails in every way it knows, at every byte.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orderwire_binance::orderwire::pool::Pooled;
use orderwire_binance::{Credentials, Timestamp};
use orderwire_sim::{Fault, SimVenue, StandingFault};

use crate::claims::{Breach, Claim, Invariant, KEY, Lateness, Notes, PASSPHRASE, Recorded, secret_of};
use crate::market::{Client, Market, NONCE_WINDOW_MS, OnMarket};
use crate::random::Random;

/// Where, how long and how wide.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// What is traded.
    pub market: Market,
    /// What every draw depends on, the venue's and the client's.
    pub seed: u64,
    /// How many lives: each is one to three orders at once.
    pub lives: u32,
    /// How many clients, each with [`SLOTS`] slots, live at once.
    pub clients: u32,
    /// What the venue commits.
    pub faults: Vec<StandingFault>,
    /// The invariant that is broken on purpose, by a client that lies or a pool without a limit: that it is found shows that the
    /// campaign can find it.
    pub broken: Option<Invariant>,
}

/// Slots of a client: fewer than the orders of some lives, so that some wait.
pub const SLOTS: usize = 2;

/// Lives of a client before it settles what is in doubt and another takes its place.
const LIVES_OF_A_CLIENT: u32 = 40;

/// What a pool may connect at once, and each second then. Most lives cost a connection: more of them than this, were it not
/// for the budget.
const CONNECTS_BURST: u32 = 8;
const CONNECTS_PER_SECOND: u32 = 40;

/// What came out.
#[derive(Debug, Default)]
pub struct Findings {
    /// Orders by the fault that struck them and by what was claimed of them.
    pub outcomes: BTreeMap<(String, Claim), u32>,
    /// What settling said.
    pub verdicts: BTreeMap<&'static str, u32>,
    /// Each breach, in words.
    pub breaches: Vec<Breach>,
    /// How late calls ended.
    pub lateness: Lateness,
    /// How long the pools took to heal once the faults had stopped.
    pub healed_after: Duration,
}

impl Findings {
    pub(crate) fn of_notes(notes: &Notes, ledger: &HashMap<String, Recorded>) -> Self {
        let (breaches, lateness) = (notes.compare(ledger), notes.lateness());
        notes.with(|claims| Self { breaches, lateness, verdicts: claims.verdicts(), ..Self::default() })
    }

    /// The breaches of one invariant.
    #[must_use]
    pub fn of(&self, invariant: Invariant) -> Vec<&str> {
        self.breaches.iter().filter(|(breached, _)| *breached == invariant).map(|(_, text)| text.as_str()).collect()
    }

    /// How many orders.
    #[must_use]
    pub fn orders(&self) -> u32 {
        self.outcomes.values().sum()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32}", "fault")?;
        Claim::ALL.iter().try_for_each(|claim| write!(f, "{:>10}", format!("{claim:?}")))?;
        writeln!(f)?;
        let mut faults: Vec<_> = self.outcomes.keys().map(|(fault, _)| fault).collect();
        faults.dedup();
        for fault in faults {
            write!(f, "{fault:<32}")?;
            for claim in Claim::ALL {
                write!(f, "{:>10}", self.outcomes.get(&(fault.clone(), claim)).copied().unwrap_or(0))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "settled: {:?}", self.verdicts)?;
        writeln!(f, "{}, healed after {:?}", self.lateness, self.healed_after)
    }
}

impl Campaign {
    /// Runs it.
    ///
    /// # Panics
    /// Where the venue cannot be started.
    pub async fn run(&self) -> Findings {
        self.market.run(self).await
    }
}

impl OnMarket for Campaign {
    type Outcome = Findings;

    async fn run_on<C: Client>(&self) -> Findings {
        let mut sim = SimVenue::builder(C::MARKET.dialect()).seed(self.seed).passphrase(PASSPHRASE);
        sim = sim.nonce_window(NONCE_WINDOW_MS);
        for client in 0..self.clients {
            sim = sim.account(&key_of(client), secret_of(C::MARKET.dialect()));
        }
        for fault in &self.faults {
            sim = sim.fault(*fault);
        }
        let sim = Arc::new(sim.start().await.expect("the simulated venue starts"));
        let notes = Arc::new(Notes::breaking(self.broken));
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..self.clients {
            let random = Random::new(self.seed ^ u64::from(client + 1) << 32);
            let lives = self.lives / self.clients;
            let credentials = Credentials::new(&key_of(client), secret_of(C::MARKET.dialect()));
            let credentials = credentials.and_then(|account| account.with_passphrase(PASSPHRASE));
            let credentials = credentials.expect("a key and a secret without control characters");
            tasks.spawn(lives_of::<C>(Arc::clone(&sim), credentials, Arc::clone(&notes), random, lives));
        }
        let last: Vec<C> = notes.watched(tasks.join_all()).await;
        sim.stop_faults();
        if notes.breaks(Invariant::HealsWithinTwoSeconds) {
            sim.next(Fault::Restart { ms: 3_000 });
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let healed_after = heal(&last, &notes).await;
        let mut findings = judge(&sim, &notes);
        findings.healed_after = healed_after;
        findings
    }
}

/// A client's own key: programs that share one share its limits too, and where nonces count shut each other out.
fn key_of(client: u32) -> String {
    format!("{KEY}-{client}")
}

/// So many lives, each client doing its share. The last client is handed back, to see it heal.
async fn lives_of<C: Client>(
    sim: Arc<SimVenue>,
    credentials: Credentials,
    notes: Arc<Notes>,
    mut random: Random,
    lives: u32,
) -> C {
    let (mut client, mut since) = connect::<C>(&sim, &credentials, &notes).await;
    for life in 0..lives {
        if life % LIVES_OF_A_CLIENT == LIVES_OF_A_CLIENT - 1 {
            notes.settle(&client).await;
            within_budget(&client, since, &notes);
            (client, since) = connect(&sim, &credentials, &notes).await;
        }
        let orders: Vec<_> = (0..=random.below(3)).map(|_| (random.next(), random.next())).collect();
        let mut at_once = tokio::task::JoinSet::new();
        for (how, when) in orders {
            let (client, notes) = (client.clone(), Arc::clone(&notes));
            let timeout = Duration::from_millis(20 + when % 130);
            let patience = how.is_multiple_of(5).then(|| Duration::from_micros(when % 20_000));
            at_once.spawn(async move { notes.place(&client, timeout, patience).await });
        }
        at_once.join_all().await;
        slots_are_sound(&client, &notes);
        held_up(&client).await;
    }
    notes.settle(&client).await;
    within_budget(&client, since, &notes);
    client
}

async fn connect<C: Client>(sim: &SimVenue, credentials: &Credentials, notes: &Notes) -> (C, Instant) {
    let slots = SLOTS + usize::from(notes.breaks(Invariant::SlotsAreConserved));
    // Without a limit: as often as a slot can try.
    let (connects_per_second, backoff_ms) =
        if notes.breaks(Invariant::ConnectsWithinBudget) { (u32::MAX, 1) } else { (CONNECTS_PER_SECOND, 200) };
    loop {
        let since = Instant::now();
        let client = C::connect(sim.environment(), credentials.clone(), |pool| {
            pool.connections(slots)
                // A handshake that stalls is given up in time for the pool to be healthy within two seconds.
                .connect_timeout(Duration::from_millis(500))
                .backoff_max(Duration::from_millis(backoff_ms))
                .connect_rate(CONNECTS_BURST, connects_per_second)
        });
        match client.await {
            Ok(client) => return (client, since),
            // The first connections met faults of their own.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Waits until the venue, having refused a request for there being too many, wants to hear of this client again: orders that are
/// not even tried find nothing out.
async fn held_up<C: Client>(client: &C) {
    while client.limits().held_until(Timestamp::now()).is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Takes every slot that is to be had and gives it back.
fn slots_are_sound<C: Client>(client: &C, notes: &Notes) {
    let pool = client.pool();
    let mut held: Vec<Pooled<_>> = std::iter::from_fn(|| pool.try_acquire()).collect();
    if let (true, Some(slot)) = (notes.breaks(Invariant::SlotsAreCleanOrRebuilt), held.first_mut()) {
        slot.conn = None;
    }
    if held.len() > SLOTS || pool.capacity() != SLOTS {
        notes.breach(Invariant::SlotsAreConserved, format!("{} slots were handed out", held.len()));
    }
    for slot in &held {
        if !slot.conn.as_ref().is_some_and(|conn| conn.is_ready()) {
            notes.breach(Invariant::SlotsAreCleanOrRebuilt, format!("{:?}", slot.conn));
        }
    }
}

/// Compares how often a client has connected with how often it may have.
fn within_budget<C: Client>(client: &C, since: Instant, notes: &Notes) {
    let counts = client.pool().counts();
    let attempts = u32::try_from(counts.connected + counts.connects_failed).unwrap_or(u32::MAX);
    let takes = Duration::from_secs(1) * attempts.saturating_sub(CONNECTS_BURST) / CONNECTS_PER_SECOND;
    if since.elapsed() < takes {
        let text = format!("{attempts} attempts in {:?}", since.elapsed());
        notes.breach(Invariant::ConnectsWithinBudget, text);
    }
}

/// Waits until every slot of these clients is healthy; how long that took.
async fn heal<C: Client>(clients: &[C], notes: &Notes) -> Duration {
    let begun = Instant::now();
    while clients.iter().any(|client| client.pool().available() < SLOTS) {
        if begun.elapsed() > HEAL_MAX {
            let states: Vec<_> = clients.iter().map(|client| format!("{:?}", client.pool())).collect();
            let text = format!("{}; {}", states.join(", "), notes.waited_since(begun));
            notes.breach(Invariant::HealsWithinTwoSeconds, text);
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// Compares what was claimed with the ledger, and counts outcomes by fault.
fn judge(sim: &SimVenue, notes: &Notes) -> Findings {
    let struck: HashMap<_, _> = sim.struck().into_iter().collect();
    let mut findings = Findings::of_notes(notes, &ledger_of(sim));
    notes.with(|claims| {
        for told in &claims.told {
            let fault = struck.get(told.id.as_str()).map_or("(none of its own)", |fault| fault.name());
            *findings.outcomes.entry((fault.to_owned(), told.claim)).or_default() += 1;
        }
    });
    findings
}

pub(crate) fn ledger_of(sim: &SimVenue) -> HashMap<String, Recorded> {
    sim.ledger().iter().map(|record| (record.client_order_id.clone(), Recorded::from(record))).collect()
}

/// DESIGN's promise: two seconds from the end of the faults.
const HEAL_MAX: Duration = Duration::from_secs(2);
