//! `orderwire-sim`: a simulated venue to trade on, from the command line.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use orderwire_sim::{Dialect, Fault, SimVenue, StandingFault};
use tokio::signal::unix::{SignalKind, signal};

/// A simulated venue on this machine: a real venue's REST API over TLS, with a matching engine and a ledger.
///
/// It knows one account, taken from the environment: ORDERWIRE_API_KEY, ORDERWIRE_API_SECRET (the shared secret, an Ed25519,
/// RSA or EC public key in PEM, or an Ed25519 key as Coinbase gives it out) and, where the venue has one, ORDERWIRE_PASSPHRASE. When it is ready it prints
/// one line, `listening on https://127.0.0.1:PORT`; on SIGTERM or SIGINT it writes the ledger and exits 0.
#[derive(Parser)]
#[command(version, about, after_help = every_name())]
struct Arguments {
    /// The venue whose REST API is spoken
    #[arg(long, value_name = "NAME")]
    dialect: Dialect,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Speak TLS, with a certificate made at start (the default)
    #[arg(long, conflicts_with = "plain")]
    tls: bool,
    /// Speak HTTP without TLS
    #[arg(long)]
    plain: bool,
    /// Write the certificate authority to trust here, PEM
    #[arg(long, value_name = "FILE", conflicts_with = "plain")]
    ca_out: Option<PathBuf>,
    /// Write the ledger here at the end: one JSON object per client order id
    #[arg(long, value_name = "FILE")]
    ledger_out: Option<PathBuf>,
    /// Keep orders, balances, ledger and certificate here, and go on from what is there
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// What the house's quotes depend on
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A fault to commit whenever it can strike, or as its options say: `at=BYTE` or `ms=N` (or `any`) where it has such a
    /// number, `every=N`, `rate=PERCENT`, `times=N`. May be given again. A name that does not exist is refused with the list
    #[arg(long, value_name = "NAME[:options]")]
    fault: Vec<StandingFault>,
    /// Count requests against the real venue's rate limits, into 429 and 418; without it they are far out of reach
    #[arg(long)]
    venue_limits: bool,
    /// How far below a key's greatest nonce a further one may be, in the unit that nonces count: of venues that take a key's requests
    /// in the order of their nonces. Without it each has to be greater
    #[arg(long, value_name = "N", default_value_t = 0)]
    nonce_window: u64,
    /// Write a line to stderr for each request answered and each connection that failed
    #[arg(long)]
    log: bool,
    /// Allow an address that other machines can reach
    #[arg(long)]
    allow_any_address: bool,
}

/// The dialects, and the faults with the numbers they have when none are given.
fn every_name() -> String {
    let faults: Vec<_> = Fault::ALL.iter().map(ToString::to_string).collect();
    format!("Dialects: {}\n\nFaults: {}", Dialect::ALL.map(Dialect::name).join(", "), faults.join(", "))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orderwire-sim: {error}");
            ExitCode::from(2)
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let key = required("ORDERWIRE_API_KEY")?;
    let secret = required("ORDERWIRE_API_SECRET")?;
    // Opened now rather than at the end, when there is a ledger to lose.
    let ledger_out = arguments.ledger_out.as_ref().map(|path| {
        let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path);
        named(path, file).map(|file| (path, file))
    });
    let ledger_out = ledger_out.transpose()?;
    let mut builder = SimVenue::builder(arguments.dialect).listen(arguments.listen).account(&key, &secret);
    builder = builder.nonce_window(arguments.nonce_window);
    // Of venues whose keys have one.
    if let Ok(passphrase) = env::var("ORDERWIRE_PASSPHRASE") {
        builder = builder.passphrase(&passphrase);
    }
    if arguments.plain {
        builder = builder.plain();
    }
    if arguments.venue_limits {
        builder = builder.rate_limits(arguments.dialect.limits());
    }
    if arguments.log {
        builder = builder.log();
    }
    if arguments.allow_any_address {
        builder = builder.allow_any_address();
    }
    if let Some(directory) = &arguments.state {
        builder = builder.state(directory);
    }
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    for fault in &arguments.fault {
        builder = builder.fault(*fault);
    }
    let sim = builder.start().await?;
    if let (Some(path), Some(ca_pem)) = (&arguments.ca_out, sim.ca_pem()) {
        named(path, fs::write(path, ca_pem))?;
    }
    if let Some((path, file)) = &ledger_out {
        // An earlier run's ledger must not stand for this one's, should this one be killed.
        named(path, file.set_len(0))?;
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", sim.url())?;
    stdout.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let records = sim.stop();
    if let Some((path, mut file)) = ledger_out {
        let lines: String = records.iter().map(|record| record.json(arguments.dialect) + "\n").collect();
        named(path, file.write_all(lines.as_bytes()))?;
    }
    Ok(())
}

fn required(name: &str) -> Result<String, String> {
    let value = env::var(name).unwrap_or_default();
    if value.is_empty() {
        return Err(format!("{name} is not set: it names the account whose orders are taken"));
    }
    Ok(value)
}

fn named<T>(path: &std::path::Path, result: io::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{}: {error}", path.display()))
}
