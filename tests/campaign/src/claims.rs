//! What the client claimed of its orders, and what the venue's ledger says to that.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use orderwire_binance::{ClientOrderId, Deadline, Fate, NewOrder, OrderAck, OrderRef, RestError, Timestamp, Verdict};
use orderwire_sim::{Dialect, Record};

use crate::market::Client;
use crate::stalls::{Stalls, Waited};

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
    /// Nothing is in the ledger that nobody asked for.
    LedgerIsAccountedFor,
    /// Settling said that an order never arrived only where the ledger never had it, and that it exists only where it has.
    SettledIsTrue,
    /// Every order in doubt was settled.
    EveryDoubtEnds,
    /// A call ends by its deadline, and the time that the machine takes to notice.
    EndsByItsDeadline,
    /// No slot is lost or gained.
    SlotsAreConserved,
    /// A slot that is handed out has a connection that is ready: after a dropped future it was proven clean, or made anew.
    SlotsAreCleanOrRebuilt,
    /// A pool connects no more often than its budget lets it.
    ConnectsWithinBudget,
    /// Once the faults stop every slot is healthy within two seconds.
    HealsWithinTwoSeconds,
    /// No error and no debug text has a key, a secret, a signature or a query.
    NothingSecretIsSaid,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::ReplyBelongsToItsRequest,
        Self::WrittenAtMostOnce,
        Self::NotSentIsNotThere,
        Self::AcceptedIsThere,
        Self::RejectedIsNotThere,
        Self::LedgerIsAccountedFor,
        Self::SettledIsTrue,
        Self::EveryDoubtEnds,
        Self::EndsByItsDeadline,
        Self::SlotsAreConserved,
        Self::SlotsAreCleanOrRebuilt,
        Self::ConnectsWithinBudget,
        Self::HealsWithinTwoSeconds,
        Self::NothingSecretIsSaid,
    ];
}

impl FromStr for Invariant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|invariant| format!("{invariant:?}") == text);
        named.ok_or_else(|| format!("no invariant named {text:?}; there is: {:?}", Self::ALL))
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

/// An invariant that was broken, and how.
pub type Breach = (Invariant, String);

/// What the ledger says of one client order id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The venue's id of the order; `None` where each such request was refused.
    pub order_id: Option<String>,
    /// How many requests with this id came.
    pub received: u64,
}

impl From<&Record> for Recorded {
    fn from(record: &Record) -> Self {
        Self { order_id: record.order_id.clone(), received: record.received }
    }
}

/// What one order was asked for and what was said of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) id: ClientOrderId,
    pub(crate) claim: Claim,
    /// The venue's id, where the order was acknowledged.
    order_id: Option<String>,
}

/// All that was said.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    pub(crate) told: Vec<Told>,
    verdicts: Vec<(OrderRef, Result<Verdict, RestError>)>,
    breaches: Vec<Breach>,
    /// The longest that a call outlasted its deadline within the precision.
    on_time: Duration,
    /// The calls that outlasted it by more.
    late: Vec<Late>,
}

#[derive(Debug)]
struct Late {
    text: String,
    deadline: Instant,
    ended: Instant,
}

/// How late calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// The longest that a call outlasted its deadline.
    pub by_the_clock: Duration,
    /// The longest, less what the machine let the caller wait after the deadline.
    pub by_itself: Duration,
    /// How many calls outlasted their deadline by more than the precision, by the clock.
    pub calls: usize,
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by_the_clock, by_itself, calls } = self;
        write!(f, "latest end after a deadline {by_the_clock:?}, {calls} over {DEADLINE_PRECISION:?}; ")?;
        write!(f, "without what the caller waited for a processor {by_itself:?}")
    }
}

/// The claims of tasks that run at once.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    claims: Mutex<Claims>,
    stalls: Stalls,
    /// What is broken on purpose.
    broken: Option<Invariant>,
}

impl Notes {
    pub(crate) fn breaking(broken: Option<Invariant>) -> Self {
        Self { broken, ..Self::default() }
    }

    pub(crate) fn breaks(&self, invariant: Invariant) -> bool {
        self.broken == Some(invariant)
    }

    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Claims) -> R) -> R {
        change(&mut self.claims.lock().expect("no panic"))
    }

    /// Does something, and watches meanwhile whether this process gets to run.
    ///
    /// # Panics
    /// Where no thread can be made.
    pub(crate) async fn watched<R>(self: &Arc<Self>, doing: impl Future<Output = R>) -> R {
        let notes = Arc::clone(self);
        if Stalls::are_told() {
            let (_watched, end) = mpsc::channel();
            let reader = thread::Builder::new().name("stalls".to_owned());
            reader.spawn(move || notes.stalls.read_until(&end)).expect("a thread can be made");
            return doing.await;
        }
        let watcher = tokio::spawn(async move { notes.stalls.feel().await });
        let done = doing.await;
        watcher.abort();
        done
    }

    /// Compares what was said with what the venue really did: every breach, those noted on the way first.
    pub(crate) fn compare(&self, ledger: &HashMap<String, Recorded>) -> Vec<Breach> {
        self.with(|claims| {
            let late = claims.late.iter().filter(|late| late.by_itself(&self.stalls) > DEADLINE_PRECISION);
            let late = late.map(|late| {
                let told = self.stalls.told(late.deadline, late.ended);
                (Invariant::EndsByItsDeadline, format!("{}; after its deadline {told}", late.text))
            });
            late.chain(claims.compare(ledger)).collect()
        })
    }

    /// How long each party had no processor.
    pub(crate) fn waited_since(&self, begun: Instant) -> Waited {
        self.stalls.read();
        self.stalls.told(begun, Instant::now())
    }

    /// How late calls ended.
    pub(crate) fn lateness(&self) -> Lateness {
        self.with(|claims| {
            let longest =
                |of: fn(&Late, &Stalls) -> Duration| claims.late.iter().map(|late| of(late, &self.stalls)).max();
            Lateness {
                by_the_clock: longest(|late, _| late.by_the_clock()).unwrap_or(claims.on_time),
                by_itself: longest(Late::by_itself).unwrap_or_default().max(claims.on_time),
                calls: claims.late.len(),
            }
        })
    }

    pub(crate) fn breach(&self, invariant: Invariant, text: String) {
        self.with(|claims| claims.breaches.push((invariant, text)));
    }

    /// Places an order until `timeout`; its future is dropped after `patience`, where one is given. What is said of it is noted.
    pub(crate) async fn place<C: Client>(&self, client: &C, timeout: Duration, patience: Option<Duration>) -> Claim {
        let order = C::MARKET.order(client.next_id());
        let begun = Instant::now();
        let placing = client.place_by(&order, Deadline::after(timeout));
        let outcome = match patience {
            Some(patience) => tokio::time::timeout(patience, placing).await.ok(),
            None => Some(placing.await),
        };
        match self.broken {
            // What re-sends on its own does this.
            Some(Invariant::WrittenAtMostOnce) => drop(client.place_by(&order, Deadline::after(timeout)).await),
            Some(Invariant::EndsByItsDeadline) => tokio::time::sleep(timeout + 2 * DEADLINE_PRECISION).await,
            _ => {}
        }
        let (deadline, ended) = (begun + timeout, Instant::now());
        let late = ended.saturating_duration_since(deadline);
        if late > DEADLINE_PRECISION {
            self.stalls.read();
            let text = format!("{} ended {late:?} late: {outcome:?}", order.id);
            self.with(|claims| claims.late.push(Late { text, deadline, ended }));
        } else {
            self.with(|claims| claims.on_time = claims.on_time.max(late));
        }
        let (claim, order_id) = self.heard(&order, outcome.as_ref(), client);
        let (claim, order_id) = self.told_as(claim, order_id);
        if self.breaks(Invariant::LedgerIsAccountedFor) {
            return claim;
        }
        self.with(|claims| claims.told.push(Told { id: order.id, claim, order_id }));
        claim
    }

    /// A claim as it was heard; or as somebody would make it who guesses, where that is to be found out.
    fn told_as(&self, claim: Claim, order_id: Option<String>) -> (Claim, Option<String>) {
        match (self.broken, claim) {
            (Some(Invariant::NotSentIsNotThere), Claim::Unknown | Claim::Accepted) => (Claim::NotSent, None),
            (Some(Invariant::RejectedIsNotThere), Claim::Unknown | Claim::Accepted) => (Claim::Rejected, None),
            (Some(Invariant::AcceptedIsThere), Claim::Unknown | Claim::NotSent) => (Claim::Accepted, None),
            (Some(Invariant::ReplyBelongsToItsRequest), Claim::Accepted) => (claim, Some("1".to_owned())),
            _ => (claim, order_id),
        }
    }

    fn heard(
        &self,
        order: &NewOrder,
        outcome: Option<&Result<OrderAck, RestError>>,
        client: &impl Client,
    ) -> (Claim, Option<String>) {
        match outcome {
            None => (Claim::Dropped, None),
            Some(Ok(ack)) => {
                if ack.id != order.id {
                    let text = format!("{} got the reply of {}", order.id, ack.id);
                    self.breach(Invariant::ReplyBelongsToItsRequest, text);
                }
                (Claim::Accepted, Some(ack.order_id.to_string()))
            }
            Some(Err(error)) => {
                let mut said = format!("{error} {error:?} {client:?}");
                if self.breaks(Invariant::NothingSecretIsSaid) {
                    said += SECRET;
                }
                if let Some(secret) = SECRETS.iter().find(|secret| said.contains(**secret)) {
                    self.breach(Invariant::NothingSecretIsSaid, format!("{secret} in {said}"));
                }
                let claim = match error.fate() {
                    Fate::NotSent => Claim::NotSent,
                    Fate::Rejected => Claim::Rejected,
                    Fate::Unknown => Claim::Unknown,
                };
                (claim, None)
            }
        }
    }

    /// Settles all that is in doubt.
    pub(crate) async fn settle<C: Client>(&self, client: &C) {
        let begun = Instant::now();
        for order in client.in_doubt() {
            if self.breaks(Invariant::EveryDoubtEnds) {
                continue;
            }
            let verdict = match client.settle(order, SETTLE_PATIENCE).await {
                Ok(Verdict::Exists(_)) if self.breaks(Invariant::SettledIsTrue) => Ok(Verdict::NeverArrived),
                verdict => verdict,
            };
            self.with(|claims| claims.verdicts.push((order, verdict)));
        }
        for left in client.in_doubt() {
            let (now, clock) = (Timestamp::now(), client.clock());
            let waited = self.waited_since(begun);
            let text = format!("{left} is still in doubt at {now}, the clock {clock:?}, {:?}; {waited}", client.pool());
            self.breach(Invariant::EveryDoubtEnds, text);
        }
    }
}

impl Late {
    fn by_the_clock(&self) -> Duration {
        self.ended - self.deadline
    }

    fn by_itself(&self, stalls: &Stalls) -> Duration {
        self.by_the_clock().saturating_sub(stalls.excused(self.deadline, self.ended))
    }
}

impl Claims {
    /// How often settling said what.
    pub(crate) fn verdicts(&self) -> BTreeMap<&'static str, u32> {
        let mut count = BTreeMap::new();
        for (_, verdict) in &self.verdicts {
            *count.entry(word(verdict)).or_default() += 1;
        }
        count
    }

    fn compare(&self, ledger: &HashMap<String, Recorded>) -> Vec<Breach> {
        let mut breaches = self.breaches.clone();
        let mut breach = |invariant, text: String| breaches.push((invariant, text));
        let mut not_told: HashMap<_, _> = ledger.iter().collect();
        for told in &self.told {
            let record = ledger.get(told.id.as_str());
            not_told.remove(&told.id.to_string());
            let order_id = record.and_then(|record| record.order_id.as_ref());
            let said = format!("{}, {:?}; the ledger: {record:?}", told.id, told.claim);
            if record.is_some_and(|record| record.received > 1) {
                breach(Invariant::WrittenAtMostOnce, said.clone());
            }
            match told.claim {
                Claim::NotSent if record.is_some() => breach(Invariant::NotSentIsNotThere, said),
                Claim::Accepted if order_id.is_none() => breach(Invariant::AcceptedIsThere, said),
                Claim::Accepted if order_id != told.order_id.as_ref() => {
                    breach(Invariant::ReplyBelongsToItsRequest, said);
                }
                Claim::Rejected if order_id.is_some() => breach(Invariant::RejectedIsNotThere, said),
                _ => {}
            }
        }
        for (id, record) in not_told {
            breach(Invariant::LedgerIsAccountedFor, format!("{id}: {record:?}"));
        }
        for (order, verdict) in &self.verdicts {
            let id = order.id.map(|id| id.to_string()).unwrap_or_default();
            let is_there = ledger.get(&id).is_some_and(|record| record.order_id.is_some());
            let is_true = match verdict {
                Ok(Verdict::Exists(_)) => is_there,
                Ok(Verdict::NeverArrived) => !is_there,
                Ok(Verdict::Undecided { .. }) | Err(_) => true,
            };
            if !is_true {
                breach(Invariant::SettledIsTrue, format!("{id}: {verdict:?}; the ledger: {is_there}"));
            }
            if !matches!(verdict, Ok(Verdict::Exists(_) | Verdict::NeverArrived)) {
                breach(Invariant::EveryDoubtEnds, format!("{id}: {verdict:?}"));
            }
        }
        breaches
    }
}

fn word(verdict: &Result<Verdict, RestError>) -> &'static str {
    match verdict {
        Ok(Verdict::Exists(_)) => "exists",
        Ok(Verdict::NeverArrived) => "never arrived",
        Ok(Verdict::Undecided { .. }) => "undecided",
        Err(_) => "failed",
    }
}

/// What no text of ours may say.
pub(crate) const KEY: &str = "canary-key-9Zq4";
const SECRET: &str = "canary+secret+7Xw2AA";
pub(crate) const PASSPHRASE: &str = "canary-passphrase-5Kd1";
/// Of venues whose keys are pairs: base64 of the secret and the public half of the first example of RFC 8032, which opens nothing.
const KEY_PAIR: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";

/// An account's secret, of the kind that the venue has.
pub(crate) fn secret_of(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Coinbase { KEY_PAIR } else { SECRET }
}

/// The last is how every token begins.
const SECRETS: [&str; 7] = [KEY, SECRET, KEY_PAIR, PASSPHRASE, "signature=", "timestamp=", "eyJhbGciOi"];

/// Three times what a venue of ours needs at its slowest: on a loaded machine this process may stand still for seconds at a time.
const SETTLE_PATIENCE: Duration = Duration::from_secs(60);

/// One tick of tokio's timer, and what a loaded machine takes to run what is due. What it takes longer by its own account is taken
/// off: [`stalls`](crate::stalls).
const DEADLINE_PRECISION: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use orderwire_binance::Symbol;

    use super::*;

    fn id(text: &str) -> ClientOrderId {
        ClientOrderId::new(text).unwrap()
    }

    fn told(claim: Claim, order_id: Option<&str>) -> Claims {
        let told = Told { id: id("a"), claim, order_id: order_id.map(str::to_owned) };
        Claims { told: vec![told], ..Claims::default() }
    }

    fn ledger(order_id: Option<&str>, received: u64) -> HashMap<String, Recorded> {
        HashMap::from([("a".to_owned(), Recorded { order_id: order_id.map(str::to_owned), received })])
    }

    /// A campaign that could not see a breach would prove nothing.
    #[test]
    fn every_false_claim_is_found() {
        use Invariant::{
            AcceptedIsThere, LedgerIsAccountedFor, NotSentIsNotThere, RejectedIsNotThere, ReplyBelongsToItsRequest,
            WrittenAtMostOnce,
        };
        let nothing = HashMap::new();
        for (claims, ledger, broken) in [
            (told(Claim::Accepted, Some("1")), ledger(Some("1"), 1), None),
            (told(Claim::Accepted, Some("1")), ledger(Some("2"), 1), Some(ReplyBelongsToItsRequest)),
            (told(Claim::Accepted, Some("1")), ledger(None, 1), Some(AcceptedIsThere)),
            (told(Claim::Accepted, Some("1")), nothing.clone(), Some(AcceptedIsThere)),
            (told(Claim::Accepted, Some("1")), ledger(Some("1"), 2), Some(WrittenAtMostOnce)),
            (told(Claim::NotSent, None), nothing.clone(), None),
            (told(Claim::NotSent, None), ledger(None, 1), Some(NotSentIsNotThere)),
            (told(Claim::Rejected, None), ledger(None, 1), None),
            (told(Claim::Rejected, None), ledger(Some("1"), 1), Some(RejectedIsNotThere)),
            (told(Claim::Unknown, None), ledger(Some("1"), 1), None),
            (told(Claim::Unknown, None), nothing.clone(), None),
            (told(Claim::Dropped, None), ledger(Some("1"), 2), Some(WrittenAtMostOnce)),
            (Claims::default(), ledger(Some("1"), 1), Some(LedgerIsAccountedFor)),
        ] {
            let found: Vec<_> = claims.compare(&ledger).into_iter().map(|(invariant, _)| invariant).collect();
            assert_eq!(found, Vec::from_iter(broken), "{claims:?} {ledger:?}");
        }
    }

    #[test]
    fn every_false_verdict_is_found() {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let settled = |verdict| {
            let claims =
                Claims { verdicts: vec![(OrderRef::by_id(symbol, id("a")), verdict)], ..told(Claim::Unknown, None) };
            move |ledger: &HashMap<_, _>| {
                claims.compare(ledger).into_iter().map(|(broken, _)| broken).collect::<Vec<_>>()
            }
        };
        let never = settled(Ok(Verdict::NeverArrived));
        assert_eq!(never(&HashMap::new()), []);
        assert_eq!(never(&ledger(Some("1"), 1)), [Invariant::SettledIsTrue]);
        let until = Timestamp::from_ms(1);
        assert_eq!(settled(Ok(Verdict::Undecided { until }))(&HashMap::new()), [Invariant::EveryDoubtEnds]);
    }
}
