//! The program `orderwire-sim` as a process of its own, which can be killed and started again.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use orderwire_binance::{Credentials, Environment};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;

use crate::claims::{KEY, PASSPHRASE, Recorded, secret_of};
use crate::market::Market;

/// A simulated venue over TLS, with a state directory, on one port. It ends with this value.
#[derive(Debug)]
pub struct VenueProgram {
    program: PathBuf,
    market: Market,
    options: Vec<String>,
    folder: TempDir,
    /// Where it listens.
    listen: String,
    child: Child,
}

impl VenueProgram {
    /// Starts it for a market, with further options of its command line.
    ///
    /// **Errors**: the program cannot be started, or does not get ready.
    pub fn start(program: &Path, market: Market, options: &[String]) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let (program, options) = (program.to_owned(), [market.venue_options(), options.to_vec()].concat());
        let (child, listen) = launch(&program, market, &options, folder.path(), "127.0.0.1:0")?;
        Ok(Self { program, market, options, folder, listen, child })
    }

    /// The program beside the one that is running: cargo puts them there.
    ///
    /// **Errors**: it was not built, and how to.
    pub fn beside_this_one() -> io::Result<PathBuf> {
        let path = std::env::current_exe()?.with_file_name("orderwire-sim");
        if path.exists() {
            return Ok(path);
        }
        let what = format!("no {}: build it with `cargo build --release -p orderwire-sim`", path.display());
        Err(io::Error::new(io::ErrorKind::NotFound, what))
    }

    /// Kills it outright, as a crash does.
    ///
    /// **Errors**: the system's.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Starts it again where it was, with the state it had written.
    ///
    /// **Errors**: as [`start`](Self::start).
    pub fn start_again(&mut self) -> io::Result<()> {
        let (folder, listen) = (self.folder.path(), &self.listen);
        (self.child, self.listen) = launch(&self.program, self.market, &self.options, folder, listen)?;
        Ok(())
    }

    /// Ends it properly and reads the ledger that it leaves.
    ///
    /// **Errors**: it does not end well, or its ledger cannot be read.
    pub fn end(mut self) -> io::Result<HashMap<String, Recorded>> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!("the venue ended with {status}")));
        }
        let text = fs::read_to_string(self.folder.path().join(LEDGER))?;
        text.lines()
            .map(|line| {
                let line: Line = serde_json::from_str(line)?;
                Ok((line.client_order_id, Recorded { order_id: line.order_id, received: line.received }))
            })
            .collect()
    }

    /// Where a client finds it.
    ///
    /// **Errors**: its certificate authority cannot be read.
    pub fn environment(&self) -> io::Result<Environment> {
        let ca = fs::read(self.folder.path().join(CA))?;
        Environment::custom(&format!("https://{}", self.listen), Some(&ca)).map_err(io::Error::other)
    }

    /// Its account.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let credentials = Credentials::new(KEY, secret_of(self.market.dialect()));
        let credentials = credentials.and_then(|account| account.with_passphrase(PASSPHRASE));
        credentials.expect("a key, a secret and a passphrase without control characters")
    }
}

impl Drop for VenueProgram {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

/// One line of the ledger as the program writes it.
#[derive(Deserialize)]
struct Line {
    client_order_id: String,
    order_id: Option<String>,
    received: u64,
}

/// A new process that is ready, and where it listens.
fn launch(
    program: &Path,
    market: Market,
    options: &[String],
    folder: &Path,
    listen: &str,
) -> io::Result<(Child, String)> {
    let mut command = Command::new(program);
    command.args(["--dialect", market.dialect().name(), "--listen", listen]).args(options);
    command.arg("--state").arg(folder.join("state")).arg("--ca-out").arg(folder.join(CA));
    command.arg("--ledger-out").arg(folder.join(LEDGER));
    command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", secret_of(market.dialect()));
    command.env("ORDERWIRE_PASSPHRASE", PASSPHRASE);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    match line.trim_end().strip_prefix("listening on https://") {
        Some(listen) => Ok((child, listen.to_owned())),
        None => {
            let _ = child.kill();
            let _ = child.wait();
            Err(io::Error::other(format!("the venue said {line:?}, not where it listens")))
        }
    }
}

const CA: &str = "ca.pem";
const LEDGER: &str = "ledger";
