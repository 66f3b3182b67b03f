//! The fault campaign, short: each invariant is a test; that each can be broken is another. The long one is
//! `cargo run --release -p fault-campaign`, and every byte `cargo run --release -p fault-campaign -- --every-byte`.

use std::sync::OnceLock;

use fault_campaign::{Campaign, Claim, Findings, Invariant, Market, Sweep};
use tokio::runtime::{Builder, Runtime};

/// One campaign for most tests here.
fn findings() -> &'static Findings {
    static FINDINGS: OnceLock<Findings> = OnceLock::new();
    FINDINGS.get_or_init(|| {
        let findings = runtime().block_on(campaign(1_600, 8, &["any:rate=60"]).run());
        println!("{findings}");
        findings
    })
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn campaign(lives: u32, clients: u32, faults: &[&str]) -> Campaign {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Campaign { market: Market::BinanceSpot, seed: 20_261_123, lives, clients, faults, broken: None }
}

fn holds(invariant: Invariant) {
    assert_eq!(findings().of(invariant), Vec::<&str>::new());
}

macro_rules! invariants {
    ($($name:ident = $invariant:ident;)*) => {$(
        #[test]
        fn $name() {
            holds(Invariant::$invariant);
        }
    )*};
}

invariants! {
    a_reply_reaches_exactly_the_request_that_caused_it = ReplyBelongsToItsRequest;
    an_order_is_written_at_most_once = WrittenAtMostOnce;
    not_sent_is_never_claimed_for_an_order_in_the_ledger = NotSentIsNotThere;
    accepted_is_never_claimed_for_an_order_that_is_not_there = AcceptedIsThere;
    rejected_is_never_claimed_for_an_order_that_is_there = RejectedIsNotThere;
    nothing_is_in_the_ledger_that_nobody_asked_for = LedgerIsAccountedFor;
    settle_is_right = SettledIsTrue;
    every_order_in_doubt_is_settled = EveryDoubtEnds;
    every_call_ends_by_its_deadline = EndsByItsDeadline;
    slots_are_conserved = SlotsAreConserved;
    a_slot_is_clean_or_rebuilt = SlotsAreCleanOrRebuilt;
    connecting_stays_within_the_budget = ConnectsWithinBudget;
    the_pool_is_healthy_two_seconds_after_the_faults = HealsWithinTwoSeconds;
    nothing_secret_is_said = NothingSecretIsSaid;
}

/// A campaign in which nothing fails, or everything, would prove nothing.
#[test]
fn every_outcome_was_met() {
    for claim in Claim::ALL {
        let count: u32 = findings().outcomes.iter().filter(|((_, of), _)| *of == claim).map(|(_, count)| count).sum();
        assert!(count > 10, "{claim:?}: {count}");
    }
    for word in ["exists", "never arrived"] {
        assert!(findings().verdicts.get(word).is_some_and(|count| *count > 10), "{:?}", findings().verdicts);
    }
    assert!(findings().outcomes.len() > 60, "{}", findings());
}

/// What holds on one market holds on all: the claims are the core's, their proof is in each venue's words.
#[test]
fn every_invariant_holds_on_every_other_market() {
    for &market in Market::ALL.iter().filter(|market| **market != Market::BinanceSpot) {
        let findings = runtime().block_on(Campaign { market, ..campaign(400, 8, &["any:rate=60"]) }.run());
        assert_eq!(findings.breaches, [], "{market}\n{findings}");
        for claim in Claim::ALL {
            assert!(findings.outcomes.keys().any(|(_, of)| *of == claim), "{market}, {claim:?}: {findings}");
        }
        assert_eq!(findings.verdicts.keys().copied().collect::<Vec<_>>(), ["exists", "never arrived"], "{market}");
    }
}

/// A test that cannot fail proves nothing: each invariant is broken on purpose, by whoever guesses, sends twice, connects without
/// limit or keeps what is not sound, and the campaign says so.
#[test]
fn each_invariant_that_is_broken_is_found() {
    let broken = async |invariant| {
        let campaign = match invariant {
            // A connection for each order, and a venue that is often away.
            Invariant::ConnectsWithinBudget => {
                campaign(30, 1, &["close-after-accept", "refuse-connect:every=4,ms=300"])
            }
            _ => campaign(80, 8, &["any:rate=60"]),
        };
        let findings = Campaign { broken: Some(invariant), ..campaign }.run().await;
        (invariant, findings.of(invariant).len())
    };
    runtime().block_on(async {
        for invariant in Invariant::ALL {
            let (_, found) = broken(invariant).await;
            assert!(found > 0, "{invariant:?} is broken and nobody notices");
        }
    });
}

/// Each so many-th byte of a connection, from the first of the handshake to the last of the reply.
fn sweep(plain: bool, step: u64) {
    let findings = runtime().block_on(Sweep { market: Market::BinanceSpot, plain, step, at_once: 8 }.run()).unwrap();
    println!("{findings}");
    assert_eq!(findings.breaches, []);
    let claims =
        |name: &str| Claim::ALL.map(|claim| findings.outcomes.get(&(name.to_owned(), claim)).copied().unwrap_or(0));
    let [accepted, rejected, not_sent, unknown, dropped] = claims("reset in the order, client's");
    assert_eq!((accepted, rejected, dropped), (0, 0, 0), "the venue never had it whole: {findings}");
    assert!(not_sent + unknown > 0, "{findings}");
    let [accepted, rejected, not_sent, unknown, dropped] = claims("close in its reply, venue's");
    assert_eq!(
        (accepted, rejected, not_sent, dropped),
        (0, 0, 0, 0),
        "the venue has it and its reply is cut: {findings}"
    );
    assert!(unknown > 0, "{findings}");
}

#[test]
fn wherever_a_tls_connection_ends_the_claim_is_true() {
    sweep(false, 89);
}

#[test]
fn wherever_a_plain_connection_ends_the_claim_is_true() {
    sweep(true, 31);
}
