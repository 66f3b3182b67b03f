//! Kills the simulated venue under load and starts it again, many times; then compares every claim with its ledger.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fault_campaign::{Market, Restarts, VenueProgram, fresh_seed};

/// Orders on a venue that crashes and comes back
#[derive(Parser)]
struct Arguments {
    /// How often the venue is killed and started again
    #[arg(long, default_value_t = 50)]
    restarts: u32,
    /// What the moments of the kills depend on; without it one is made and printed
    #[arg(long)]
    seed: Option<u64>,
    /// What is traded, by its dialect's name
    #[arg(long, value_name = "VENUE", default_value_t = Market::BinanceSpot)]
    venue: Market,
    /// The simulated venue; without it the `orderwire-sim` beside this program
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    println!("{}, seed {seed}, {} restarts", arguments.venue, arguments.restarts);
    let program = arguments.program.map_or_else(VenueProgram::beside_this_one, Ok)?;
    let report = Restarts { market: arguments.venue, seed, restarts: arguments.restarts, program }.run().await?;
    println!("{report}\n{} breaches", report.breaches.len());
    for (invariant, text) in &report.breaches {
        println!("{invariant:?}: {text}");
    }
    Ok(ExitCode::from(u8::from(!report.breaches.is_empty())))
}
