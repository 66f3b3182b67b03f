//! The fault campaign, short: each invariant is a test. The long one is `cargo run --release -p fault-campaign`.

use std::sync::OnceLock;

use fault_campaign::{Campaign, Claim, Findings, Invariant};

/// One campaign for all tests here.
fn findings() -> &'static Findings {
    static FINDINGS: OnceLock<Findings> = OnceLock::new();
    FINDINGS.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let campaign =
            Campaign { seed: 20_261_123, lives: 1_600, clients: 8, faults: vec!["any:rate=60".parse().unwrap()] };
        let findings = runtime.block_on(campaign.run());
        println!("{findings}");
        findings
    })
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
