//! A million orders over TLS with a connection killed every thousand: what this process holds after each tenth.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fault_campaign::{Market, Soak, VenueProgram};

/// Memory and descriptors of a client whose connections are killed all the time
#[derive(Parser)]
struct Arguments {
    /// How many orders
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// How many slots
    #[arg(long, default_value_t = 4)]
    slots: usize,
    /// What the venue commits, as `orderwire-sim --fault` has it
    #[arg(long, value_name = "NAME[:options]", default_value = "reset-after-accept:every=1000")]
    fault: Vec<String>,
    /// What is traded, by its dialect's name
    #[arg(long, value_name = "VENUE", default_value_t = Market::BinanceSpot)]
    venue: Market,
    /// The simulated venue; without it the `orderwire-sim` beside this program
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    println!(
        "{}, {} orders on {} slots, {}",
        arguments.venue,
        arguments.orders,
        arguments.slots,
        arguments.fault.join(" ")
    );
    let program = arguments.program.map_or_else(VenueProgram::beside_this_one, Ok)?;
    let Arguments { venue: market, orders, slots, fault: faults, .. } = arguments;
    let report = Soak { market, orders, slots, faults, program }.run().await?;
    println!("{report}");
    for problem in &report.problems {
        println!("PROBLEM: {problem}");
    }
    Ok(ExitCode::from(u8::from(!report.problems.is_empty())))
}
