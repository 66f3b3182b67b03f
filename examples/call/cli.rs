//! The command line. What a later part will bring is known here and refused by name.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use orderwire::venue::{Credentials, Environment};
use orderwire::{ConfigError, TlsConfig, TlsRecords};

/// One signed REST call.
#[derive(Debug, Parser)]
#[command(name = "call", disable_version_flag = true)]
pub struct Cli {
    /// testnet | demo | live
    #[arg(long)]
    pub env: Option<String>,
    /// Needed beside `--env live`: this is real money
    #[arg(long)]
    pub live: bool,
    /// binance-spot | binance-usdm | bitget-spot | bybit-spot | bybit-linear | coinbase | kraken | okx; without it raw, unsigned calls only
    #[arg(long)]
    pub venue: Option<String>,
    /// http:// or https:// origin, instead of --env
    #[arg(long)]
    pub url: Option<String>,
    /// PEM file with a further trusted root
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// Print the exact bytes of the request and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Fixed clock, ms since the epoch
    #[arg(long)]
    pub now_ms: Option<u64>,
    /// How many calls
    #[arg(long, default_value_t = 1)]
    pub count: u64,
    /// Time from the start of one call to the start of the next
    #[arg(long, default_value_t = 0)]
    pub interval_ms: u64,
    /// How many calls at once
    #[arg(long, default_value_t = 1)]
    pub connections: usize,
    /// How long one call may take; before the first, connecting may take as long, and at least a second
    #[arg(long, default_value_t = 10_000)]
    pub deadline_ms: u64,
    /// How long to look for the reply without rest before waiting for it
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub spin_us: u64,
    /// in-place | buffered
    #[arg(long, value_parser = tls_records, default_value = "in-place", hide_default_value = true)]
    pub tls_records: TlsRecords,
    /// One JSON object per call
    #[arg(long)]
    pub json: bool,
    /// Sign a raw call
    #[arg(long)]
    pub signed: bool,
    /// Body of a raw call
    #[arg(long)]
    pub body: Option<String>,
    /// Header of a raw call, 'Name: value'
    #[arg(long = "header")]
    pub headers: Vec<String>,
    /// ping | time | instruments | top | place | test-place | cancel | amend | query | settle | open-orders | fills |
    /// cancel-all | balances | raw
    pub op: String,
    /// name=value pairs; for raw: METHOD PATH and the query's pairs
    pub words: Vec<String>,
}

fn tls_records(name: &str) -> Result<TlsRecords, &'static str> {
    match name {
        "buffered" => Ok(TlsRecords::Buffered),
        "in-place" => Ok(TlsRecords::InPlace),
        _ => Err("expected in-place or buffered"),
    }
}

/// Why nothing was sent: bad usage.
#[derive(Debug)]
pub struct Refused(String);

impl Refused {
    pub fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    /// Something that exists on paper only.
    pub fn not_built(what: impl fmt::Display, instead: &str) -> Self {
        Self(format!("{what} is not built yet; there is: {instead}"))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl Cli {
    /// Refuses options whose parts do not exist yet, and combinations that make no sense.
    pub fn check(&self) -> Result<(), Refused> {
        if self.env.is_some() && self.url.is_some() {
            return Err(Refused::new("--env and --url exclude each other"));
        }
        if self.op != "raw" && (self.signed || self.body.is_some() || !self.headers.is_empty()) {
            return Err(Refused::new("--signed, --body and --header belong to raw calls"));
        }
        if self.venue.is_none() && self.url.is_none() {
            return Err(Refused::new("say where to: --venue NAME with --env NAME, or --url URL"));
        }
        if self.connections == 0 {
            return Err(Refused::new("--connections 0: at least one is needed"));
        }
        Ok(())
    }

    /// Which of the venue's hosts. A dry run needs none and writes the live one.
    pub fn environment(&self) -> Result<Environment, Refused> {
        match (self.env.as_deref(), self.url.as_deref()) {
            (None, Some(url)) => Ok(Environment::custom(url, None)?),
            (None, None) if self.dry_run && self.venue.is_some() => Ok(Environment::Live),
            (None, None) => {
                Err(Refused::new("say where to: --env testnet, --env demo, --env live --live, or --url URL"))
            }
            (Some("testnet"), _) => Ok(Environment::Testnet),
            (Some("demo"), _) => Ok(Environment::Demo),
            (Some("live"), _) if self.live || self.dry_run => Ok(Environment::Live),
            (Some("live"), _) => Err(Refused::new("--env live is real money: add --live if that is meant")),
            (Some(other), _) => Err(Refused::new(format!("--env {other}: expected testnet, demo or live"))),
        }
    }

    /// The system's roots, and the one of `--ca`.
    pub fn tls(&self) -> Result<Option<TlsConfig>, Refused> {
        match &self.ca {
            None => Ok(None),
            Some(path) => Ok(Some(TlsConfig::builder().system_roots(true).root_pem_file(path)?.build()?)),
        }
    }

    /// The account, where the variables are set.
    pub fn credentials(&self) -> Result<Option<Credentials>, Refused> {
        match std::env::var_os("ORDERWIRE_API_KEY") {
            None => Ok(None),
            Some(_) => Ok(Some(Credentials::from_env("ORDERWIRE")?)),
        }
    }

    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// A handshake takes three round trips: a deadline that is meant for one order must not forbid it.
    pub fn connect_timeout(&self) -> Duration {
        self.deadline().max(Duration::from_secs(1))
    }
}
