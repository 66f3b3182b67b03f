//! A campaign: many short lives of orders on a venue that fails in every way it knows, at every byte; then what the client
//! claimed of each order is compared with what the venue's ledger says.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orderwire_binance::orderwire::pool::Pooled;
use orderwire_binance::{
    ClientOrderId, Deadline, Fate, NewOrder, OrderRef, RestError, Side, Spot, Symbol, TimeInForce, Verdict, dec,
};
use orderwire_sim::{Dialect, SimVenue, StandingFault};

/// How long and how wide.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// What every draw depends on, the venue's and the client's.
    pub seed: u64,
    /// How many lives: each is one to three orders at once.
    pub lives: u32,
    /// How many clients, each with [`SLOTS`] slots, live at once.
    pub clients: u32,
    /// What the venue commits.
    pub faults: Vec<StandingFault>,
}

/// Slots of a client: fewer than the orders of some lives, so that some wait.
pub const SLOTS: usize = 2;

/// Lives of a client before it settles what is in doubt and another takes its place.
const LIVES_OF_A_CLIENT: u32 = 40;

/// What must hold, whatever fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A reply reaches exactly the request that caused it: an acknowledgement has the ledger's own order id.
    ReplyBelongsToItsRequest,
    /// The venue never receives an order twice.
    WrittenAtMostOnce,
    /// No order that was claimed not sent is in the ledger.
    NotSentIsNotThere,
    /// Every order that was claimed accepted is in the ledger.
    AcceptedIsThere,
    /// No order that was claimed rejected is in the ledger as an order.
    RejectedIsNotThere,
    /// Settling said that an order never arrived only where the ledger never had it, and that it exists only where it has.
    SettledIsTrue,
    /// Every order in doubt was settled.
    EveryDoubtEnds,
    /// A call ends by its deadline, and the time that the machine takes to notice.
    EndsByItsDeadline,
    /// No slot is lost or gained.
    SlotsAreConserved,
    /// Once the faults stop every slot is healthy within two seconds.
    HealsWithinTwoSeconds,
    /// No error and no debug text has a key, a secret, a signature or a query.
    NothingSecretIsSaid,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Findings {
    /// Orders by the fault that struck them and by what was claimed of them.
    pub outcomes: BTreeMap<(String, Claim), u32>,
    /// What settling said.
    pub verdicts: BTreeMap<&'static str, u32>,
    /// Each breach, in words.
    pub breaches: Vec<(Invariant, String)>,
    /// The longest that a call outlasted its deadline.
    pub latest: Duration,
    /// How long the pools took to heal once the faults had stopped.
    pub healed_after: Duration,
}

impl Findings {
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

/// What the client said of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// The venue said yes.
    Accepted,
    /// The venue said no.
    Rejected,
    /// No server can have it.
    NotSent,
    /// Nobody knows.
    Unknown,
    /// Nothing: its future was dropped.
    Dropped,
}

impl Claim {
    /// All, in the order of the table's columns.
    pub const ALL: [Self; 5] = [Self::Accepted, Self::Rejected, Self::NotSent, Self::Unknown, Self::Dropped];
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24}", "fault")?;
        Claim::ALL.iter().try_for_each(|claim| write!(f, "{:>10}", format!("{claim:?}")))?;
        writeln!(f)?;
        let mut faults: Vec<_> = self.outcomes.keys().map(|(fault, _)| fault).collect();
        faults.dedup();
        for fault in faults {
            write!(f, "{fault:<24}")?;
            for claim in Claim::ALL {
                write!(f, "{:>10}", self.outcomes.get(&(fault.clone(), claim)).copied().unwrap_or(0))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "settled: {:?}", self.verdicts)?;
        writeln!(f, "latest end after a deadline {:?}, healed after {:?}", self.latest, self.healed_after)
    }
}

/// What one order was asked for and what was said of it.
struct Told {
    id: ClientOrderId,
    claim: Claim,
    /// The venue's id, where the order was acknowledged.
    order_id: Option<String>,
}

#[derive(Default)]
struct Notes {
    told: Vec<Told>,
    verdicts: Vec<(OrderRef, Result<Verdict, RestError>)>,
    breaches: Vec<(Invariant, String)>,
    latest: Duration,
}

impl Campaign {
    /// Runs it.
    ///
    /// # Panics
    /// Where the venue cannot be started.
    pub async fn run(&self) -> Findings {
        let mut sim = SimVenue::builder(Dialect::BinanceSpot).seed(self.seed).account(KEY, SECRET);
        for fault in &self.faults {
            sim = sim.fault(*fault);
        }
        let sim = Arc::new(sim.start().await.expect("the simulated venue starts"));
        let notes = Arc::new(Mutex::new(Notes::default()));
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..self.clients {
            let random = Random(self.seed ^ u64::from(client + 1) << 32);
            let lives = self.lives / self.clients;
            tasks.spawn(lives_of(Arc::clone(&sim), Arc::clone(&notes), random, lives));
        }
        let last: Vec<Spot> = tasks.join_all().await;
        sim.stop_faults();
        let healed_after = heal(&last, &notes).await;
        let mut findings = judge(&sim, &notes.lock().expect("no panic"));
        findings.healed_after = healed_after;
        findings
    }
}

/// So many lives, each client doing its share. The last client is handed back, to see it heal.
async fn lives_of(sim: Arc<SimVenue>, notes: Arc<Mutex<Notes>>, mut random: Random, lives: u32) -> Spot {
    let mut spot = connect(&sim).await;
    for life in 0..lives {
        if life % LIVES_OF_A_CLIENT == LIVES_OF_A_CLIENT - 1 {
            settle(&spot, &notes).await;
            spot = connect(&sim).await;
        }
        let orders: Vec<_> = (0..=random.below(3)).map(|_| (random.next(), random.next())).collect();
        let mut at_once = tokio::task::JoinSet::new();
        for (how, when) in orders {
            at_once.spawn(order(spot.clone(), Arc::clone(&notes), how, when));
        }
        at_once.join_all().await;
        let held: Vec<Pooled<_>> = std::iter::from_fn(|| spot.pool().try_acquire()).collect();
        if held.len() > SLOTS || spot.pool().capacity() != SLOTS {
            note(&notes, Invariant::SlotsAreConserved, format!("{} slots were handed out", held.len()));
        }
    }
    settle(&spot, &notes).await;
    spot
}

async fn connect(sim: &SimVenue) -> Spot {
    loop {
        let spot = Spot::builder(sim.environment())
            .credentials(sim.credentials())
            .connections(SLOTS)
            // A handshake that stalls is given up in time for the pool to be healthy within two seconds.
            .pool(|pool| pool.connect_timeout(Duration::from_millis(500)).backoff_max(Duration::from_millis(200)))
            .build()
            .await;
        match spot {
            Ok(spot) => return spot,
            // The first connections met faults of their own.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Places an order, or begins to.
async fn order(spot: Spot, notes: Arc<Mutex<Notes>>, how: u64, when: u64) {
    let symbol = Symbol::new("BTCUSDT").expect("a symbol");
    let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000));
    // It ends at once, so that the book stays empty.
    let order = order.time_in_force(TimeInForce::Ioc);
    let timeout = Duration::from_millis(20 + when % 130);
    let begun = Instant::now();
    let placing = spot.place_by(&order, Deadline::after(timeout));
    let outcome = match how % 5 {
        0 => tokio::time::timeout(Duration::from_micros(when % 20_000), placing).await.ok(),
        _ => Some(placing.await),
    };
    let late = begun.elapsed().saturating_sub(timeout);
    let (claim, order_id) = match &outcome {
        None => (Claim::Dropped, None),
        Some(Ok(ack)) => {
            if ack.id != order.id {
                note(&notes, Invariant::ReplyBelongsToItsRequest, format!("{} got the reply of {}", order.id, ack.id));
            }
            (Claim::Accepted, Some(ack.order_id.to_string()))
        }
        Some(Err(error)) => {
            let said = format!("{error} {error:?} {spot:?}");
            if let Some(secret) = SECRETS.iter().find(|secret| said.contains(**secret)) {
                note(&notes, Invariant::NothingSecretIsSaid, format!("{secret} in {said}"));
            }
            let claim = match error.fate() {
                Fate::NotSent => Claim::NotSent,
                Fate::Rejected => Claim::Rejected,
                Fate::Unknown => Claim::Unknown,
            };
            (claim, None)
        }
    };
    if late > DEADLINE_PRECISION {
        note(&notes, Invariant::EndsByItsDeadline, format!("{} ended {late:?} late: {outcome:?}", order.id));
    }
    let mut notes = notes.lock().expect("no panic");
    notes.latest = notes.latest.max(late);
    notes.told.push(Told { id: order.id, claim, order_id });
}

/// Settles all that is in doubt.
async fn settle(spot: &Spot, notes: &Mutex<Notes>) {
    for order in spot.in_doubt() {
        let verdict = spot.settle(order, Duration::from_secs(20)).await;
        notes.lock().expect("no panic").verdicts.push((order, verdict));
    }
    for left in spot.in_doubt() {
        note(notes, Invariant::EveryDoubtEnds, format!("{left} is still in doubt"));
    }
}

/// Waits until every slot of these clients is healthy; how long that took.
async fn heal(clients: &[Spot], notes: &Mutex<Notes>) -> Duration {
    let begun = Instant::now();
    while clients.iter().any(|spot| spot.pool().available() < SLOTS) {
        if begun.elapsed() > HEAL_MAX {
            let states: Vec<_> = clients.iter().map(|spot| format!("{:?}", spot.pool())).collect();
            note(notes, Invariant::HealsWithinTwoSeconds, states.join(", "));
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// Compares what was claimed with the ledger.
fn judge(sim: &SimVenue, notes: &Notes) -> Findings {
    let ledger: HashMap<_, _> = sim.ledger().into_iter().map(|r| (r.client_order_id.clone(), r)).collect();
    let struck: HashMap<_, _> = sim.struck().into_iter().collect();
    let mut findings = Findings { breaches: notes.breaches.clone(), latest: notes.latest, ..Findings::default() };
    let mut breach = |invariant, text: String| findings.breaches.push((invariant, text));
    for told in &notes.told {
        let id = told.id.as_str();
        let fault = struck.get(id).map_or("(none of its own)", |fault| fault.name());
        *findings.outcomes.entry((fault.to_owned(), told.claim)).or_default() += 1;
        let record = ledger.get(id);
        let order_id = record.and_then(|record| record.order_id).map(|order_id| order_id.to_string());
        let said = format!("{id}, struck by {fault}, {:?}; the ledger: {record:?}", told.claim);
        if record.is_some_and(|record| record.received > 1) {
            breach(Invariant::WrittenAtMostOnce, said.clone());
        }
        match told.claim {
            Claim::NotSent if record.is_some() => breach(Invariant::NotSentIsNotThere, said),
            Claim::Accepted if order_id.is_none() => breach(Invariant::AcceptedIsThere, said),
            Claim::Accepted if order_id != told.order_id => breach(Invariant::ReplyBelongsToItsRequest, said),
            Claim::Rejected if order_id.is_some() => breach(Invariant::RejectedIsNotThere, said),
            _ => {}
        }
    }
    for (order, verdict) in &notes.verdicts {
        let id = order.id.map(|id| id.to_string()).unwrap_or_default();
        let is_there = ledger.get(&id).is_some_and(|record| record.order_id.is_some());
        let (word, is_true) = match verdict {
            Ok(Verdict::Exists(_)) => ("exists", is_there),
            Ok(Verdict::NeverArrived) => ("never arrived", !is_there),
            Ok(Verdict::Undecided { .. }) => ("undecided", true),
            Err(_) => ("failed", true),
        };
        *findings.verdicts.entry(word).or_default() += 1;
        if !is_true {
            findings.breaches.push((Invariant::SettledIsTrue, format!("{id}: {verdict:?}; the ledger: {is_there}")));
        }
        if let Err(error) = verdict {
            findings.breaches.push((Invariant::EveryDoubtEnds, format!("{id}: {error}")));
        }
    }
    findings
}

fn note(notes: &Mutex<Notes>, invariant: Invariant, text: String) {
    notes.lock().expect("no panic").breaches.push((invariant, text));
}

/// A generator that needs no crate: the finalizer of splitmix64 over a counter.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What no text of ours may say.
const KEY: &str = "canary-key-9Zq4";
const SECRET: &str = "canary-secret-7Xw2";
const SECRETS: [&str; 4] = [KEY, SECRET, "signature=", "timestamp="];

/// One tick of tokio's timer, and how long another task, or another process, may hold the machine's two processors.
const DEADLINE_PRECISION: Duration = Duration::from_millis(250);

/// DESIGN's promise: two seconds from the end of the faults.
const HEAL_MAX: Duration = Duration::from_secs(2);
