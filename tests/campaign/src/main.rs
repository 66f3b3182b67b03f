//! The long campaign: prints its seed, what became of the orders by fault, and every breach.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use fault_campaign::{Campaign, fresh_seed};
use orderwire_sim::StandingFault;

/// Orders under faults, against the venue's ledger.
#[derive(Parser)]
struct Arguments {
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
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    println!("seed {seed}, {} lives", arguments.lives);
    let begun = Instant::now();
    let campaign = Campaign { seed, lives: arguments.lives, clients: arguments.clients, faults: arguments.fault };
    let findings = campaign.run().await;
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
