//! One signed REST call from the shell: the shortest way to use a venue, to see what would be sent, and to test the SDK
//! against any server.
//!
//! ```text
//! cargo run --release --example call -- --dry-run --venue binance-spot place symbol=BTCUSDT side=buy type=limit qty=1 price=2
//! cargo run --release --example call -- --env testnet --venue binance-spot balances
//! cargo run --release --example call -- --env testnet --venue binance-usdm query symbol=BTCUSDT client-id=s1 trigger=true
//! cargo run --release --example call -- --url http://127.0.0.1:8080 raw GET /status
//! ```
//!
//! Account: `ORDERWIRE_API_KEY`, `ORDERWIRE_API_SECRET` (a shared secret, or a private key in PEM or the path of one),
//! `ORDERWIRE_PASSPHRASE`. Exit status: 0 all accepted or answered,
//! 1 some rejected, 2 bad usage and nothing sent, 3 some not sent, 4 some unknown (4 wins over 3 over 1).

mod cli;
mod op;
mod report;
mod run;
mod venues;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Refused};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.venue.as_deref() {
        None => run::run::<venues::AnyServer>(cli),
        Some("binance-spot") => run::run::<orderwire_binance::SpotVenue>(cli),
        Some("binance-usdm") => run::run::<orderwire_binance::UsdmVenue>(cli),
        Some("bitget-spot") => run::run::<orderwire_bitget::SpotVenue>(cli),
        Some("bybit-linear") => run::run::<orderwire_bybit::LinearVenue>(cli),
        Some("bybit-spot") => run::run::<orderwire_bybit::SpotVenue>(cli),
        Some("coinbase") => run::run::<orderwire_coinbase::CoinbaseVenue>(cli),
        Some("kraken") => run::run::<orderwire_kraken::KrakenVenue>(cli),
        Some("okx") => run::run::<orderwire_okx::OkxVenue>(cli),
        Some(other) => {
            let venues = "binance-spot, binance-usdm, bitget-spot, bybit-spot, bybit-linear, coinbase, kraken, okx";
            Err(Refused::not_built(format!("--venue {other}"), venues))
        }
    };
    match outcome {
        Ok(worst) => ExitCode::from(worst.exit_status()),
        Err(refused) => {
            eprintln!("call: {refused}");
            ExitCode::from(BAD_USAGE)
        }
    }
}

/// The same that the command line's own parser exits with.
const BAD_USAGE: u8 = 2;
