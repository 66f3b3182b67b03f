//! The long campaign, and the sweep over every byte: prints its seed, what became of the orders by fault, and every breach.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use fault_campaign::{Campaign, Findings, Invariant, Market, Sweep, fresh_seed};
use orderwire_sim::StandingFault;

/// Orders under faults, against the venue's ledger.
#[derive(Parser)]
struct Arguments {
    /// What is traded, by its dialect's name
    #[arg(long, value_name = "VENUE", default_value_t = Market::BinanceSpot)]
    venue: Market,
    /// How many lives, of one to three orders each
    #[arg(long, default_value_t = 20_000)]
    lives: u32,
    /// What every draw depends on; without it one is made and printed
    #[arg(long)]
    seed: Option<u64>,
    /// Clients that live at once
    #[arg(long, default_value_t = 8)]
    clients: u32,
    /// What the venue commits, as `orderwire-sim --fault` has it
    #[arg(long, default_value = "any:rate=60")]
    fault: Vec<StandingFault>,
    /// Break this invariant on purpose: the campaign must find it and fail
    #[arg(long, value_name = "INVARIANT")]
    r#break: Option<Invariant>,
    /// Instead: one life for each byte that client or venue sends, over TLS and plain, which ends there in each way
    #[arg(long, conflicts_with_all = ["lives", "seed", "clients", "fault", "break"])]
    every_byte: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.every_byte {
        return every_byte(arguments.venue).await;
    }
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    println!("{}, seed {seed}, {} lives", arguments.venue, arguments.lives);
    let begun = Instant::now();
    let Arguments { venue: market, lives, clients, fault: faults, r#break: broken, .. } = arguments;
    let findings = Campaign { market, seed, lives, clients, faults, broken }.run().await;
    report(&findings, begun)
}

/// Every byte once, over TLS and plain.
async fn every_byte(market: Market) -> ExitCode {
    let mut found = false;
    for plain in [false, true] {
        println!("{market}, every byte, {}", if plain { "plain" } else { "TLS" });
        let begun = Instant::now();
        match (Sweep { market, plain, step: 1, at_once: 16 }).run().await {
            Ok(findings) => found |= report(&findings, begun) != ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("fault-campaign: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::from(u8::from(found))
}

fn report(findings: &Findings, begun: Instant) -> ExitCode {
    println!("{findings}");
    println!(
        "{} orders in {:.1} s, {} breaches",
        findings.orders(),
        begun.elapsed().as_secs_f64(),
        findings.breaches.len()
    );
    for (invariant, text) in &findings.breaches {
        println!("{invariant:?}: {text}");
    }
    ExitCode::from(u8::from(!findings.breaches.is_empty()))
}
