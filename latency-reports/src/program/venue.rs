//! The venue that all blocks of a recording trade on: simulated, in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use orderwire_sim::{Dialect, SimVenue};

use super::cli::{Failure, VenueArguments};
use super::rounds::{on_processor, venue_processor};

/// The account of the simulated venue.
pub(crate) const ACCOUNT: (&str, &str) = ("latency-key", "latency-secret");

/// Serves until the other end of standard input is gone: then whoever started it is, too.
pub(crate) fn serve(arguments: &VenueArguments) -> Result<ExitCode, Failure> {
    let builder = SimVenue::builder(Dialect::BinanceSpot).account(ACCOUNT.0, ACCOUNT.1);
    let builder = if arguments.ca_out.is_none() { builder.plain() } else { builder };
    let sim = builder.start_blocking().map_err(|error| failed(&error))?;
    if let (Some(path), Some(ca)) = (&arguments.ca_out, sim.ca_pem()) {
        std::fs::write(path, ca).map_err(|error| failed(&format!("{}: {error}", path.display())))?;
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", sim.url()).and_then(|()| stdout.flush()).map_err(|error| failed(&error))?;
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(ExitCode::SUCCESS)
}

/// A venue in a process of its own, which ends with this value.
pub(crate) struct Venue {
    process: Child,
    pub(crate) url: String,
    pub(crate) ca: Option<PathBuf>,
}

impl Venue {
    /// Starts one; its certificate authority is written into `directory`.
    pub(crate) fn start(directory: &Path, plain: bool) -> Result<Self, Failure> {
        let ca = (!plain).then(|| directory.join("venue-ca.pem"));
        let program = std::env::current_exe().map_err(|error| failed(&error))?;
        let mut command = Command::new(program);
        command.arg("venue").stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(ca) = &ca {
            command.arg("--ca-out").arg(ca);
        }
        let mut process = on_processor(venue_processor(), || command.spawn()).map_err(|error| failed(&error))?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|error| failed(&error))?;
        }
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let venue = Self { process, url: url.unwrap_or_default(), ca };
        if venue.url.is_empty() {
            return Err(failed(&"it said nothing of where it listens"));
        }
        Ok(venue)
    }

    /// What tells a program where it is and as whom to trade.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("ORDERWIRE_URL", self.url.clone()),
            ("ORDERWIRE_API_KEY", ACCOUNT.0.to_owned()),
            ("ORDERWIRE_API_SECRET", ACCOUNT.1.to_owned()),
        ];
        all.extend(self.ca.as_ref().map(|ca| ("ORDERWIRE_CA", ca.display().to_string())));
        all
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn failed(problem: &dyn std::fmt::Display) -> Failure {
    Failure::not_comparable(format!("the simulated venue did not start: {problem}"))
}
