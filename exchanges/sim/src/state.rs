//! The state directory: what lets a venue be killed and started again with the same orders, balances, ledger and
//! certificate.
//!
//! ```text
//! snapshot.json   everything up to command n; written to a temporary file and renamed
//! commands.log    one JSON line per command after that, written before the command is carried out and answered
//! lock            held while a venue runs
//! ca.pem, server.pem, server.key
//! ```
//!
//! A command's line is in the kernel before its reply is sent, so it survives the process being killed (not the machine
//! losing power). A line that was torn by the kill belongs to a command that was never answered: it is dropped.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::engine::{AccountId, Engine, NewList, NewOrder, OrderId, Setting, Size};
use crate::ledger::Ledger;

/// Everything that can change the books.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Command<'a> {
    Amend {
        order: OrderId,
        quantity: Decimal,
        client_id: Cow<'a, str>,
        at_us: u64,
    },
    Cancel {
        order: OrderId,
        at_us: u64,
    },
    CancelLater {
        order: OrderId,
        due_us: u64,
        at_us: u64,
    },
    Modify {
        order: OrderId,
        quantity: Decimal,
        price: Decimal,
        at_us: u64,
    },
    Place {
        order: Cow<'a, NewOrder>,
        at_us: u64,
    },
    PlaceList {
        list: Cow<'a, NewList>,
        at_us: u64,
    },
    Rearm {
        order: OrderId,
        size: Size,
        price: Option<Decimal>,
        stop_price: Option<Decimal>,
        at_us: u64,
    },
    /// An authentic place request that never became an order.
    Refuse {
        client_id: Cow<'a, str>,
    },
    Set {
        account: AccountId,
        setting: Setting,
        at_us: u64,
    },
}

impl Command<'_> {
    /// When it was given, µs; a refusal depends on no time.
    pub(crate) fn at_us(&self) -> Option<u64> {
        match self {
            Self::Amend { at_us, .. }
            | Self::Cancel { at_us, .. }
            | Self::CancelLater { at_us, .. }
            | Self::Modify { at_us, .. }
            | Self::Place { at_us, .. }
            | Self::PlaceList { at_us, .. }
            | Self::Rearm { at_us, .. }
            | Self::Set { at_us, .. } => Some(*at_us),
            Self::Refuse { .. } => None,
        }
    }
}

#[derive(Deserialize, Serialize)]
struct Line<C> {
    n: u64,
    command: C,
}

/// The books as they stood after command `applied`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Snapshot {
    pub(crate) dialect: String,
    pub(crate) seed: u64,
    applied: u64,
    pub(crate) engine: Engine,
    pub(crate) ledger: Ledger,
}

/// A state directory that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file system refused.
    #[error("state directory {path}: {error}")]
    Io {
        /// The file or directory in question.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file holds what this program did not write.
    #[error("state directory: {path} is damaged at line {line}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first line that cannot be read, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Another venue is running in it.
    #[error("state directory {path} is in use by another simulated venue")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// It belongs to a venue of another kind.
    #[error("state directory was made with {what} {found}, not {asked}; use those, or another directory")]
    Mismatch {
        /// Which setting.
        what: &'static str,
        /// As in the directory.
        found: String,
        /// As asked for now.
        asked: String,
    },
}

/// An open state directory.
#[derive(Debug)]
pub(crate) struct StateDir {
    path: PathBuf,
    log: File,
    /// Bytes of whole lines in the log.
    log_bytes: u64,
    applied: u64,
    line: Vec<u8>,
    _lock: File,
}

impl StateDir {
    /// Opens or makes the directory: the last snapshot, if there is one, and the commands that came after it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Snapshot>, Vec<Command<'static>>), StateError> {
        fs::create_dir_all(path).map_err(|error| io_error(path, error))?;
        let lock = open_file(&path.join("lock"))?;
        take_lock(&lock, path)?;
        let snapshot = read_snapshot(&path.join(SNAPSHOT))?;
        let log = open_file(&path.join(LOG))?;
        let mut state = Self {
            path: path.to_owned(),
            log,
            log_bytes: 0,
            applied: snapshot.as_ref().map_or(0, |snapshot| snapshot.applied),
            line: Vec::new(),
            _lock: lock,
        };
        let commands = state.read_log()?;
        Ok((state, snapshot, commands))
    }

    /// Writes a command down. When this returns it will be carried out again after a restart.
    pub(crate) fn append(&mut self, command: &Command<'_>) -> Result<(), StateError> {
        self.line.clear();
        let line = Line { n: self.applied + 1, command };
        let written = serde_json::to_writer(&mut self.line, &line).map_err(io::Error::from);
        self.line.push(b'\n');
        if let Err(error) = written.and_then(|()| self.log.write_all(&self.line)) {
            // A line written in part would make the next one unreadable.
            let _ = self.log.set_len(self.log_bytes).and_then(|()| self.log.seek(SeekFrom::End(0)));
            return Err(io_error(&self.path.join(LOG), error));
        }
        self.log_bytes += self.line.len() as u64;
        self.applied += 1;
        Ok(())
    }

    /// Writes a snapshot and empties the log.
    pub(crate) fn save(
        &mut self,
        dialect: &str,
        seed: u64,
        engine: &Engine,
        ledger: &Ledger,
    ) -> Result<(), StateError> {
        #[derive(Serialize)]
        struct SnapshotRef<'a> {
            dialect: &'a str,
            seed: u64,
            applied: u64,
            engine: &'a Engine,
            ledger: &'a Ledger,
        }
        let path = self.path.join("snapshot.tmp");
        let snapshot = SnapshotRef { dialect, seed, applied: self.applied, engine, ledger };
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(&serde_json::to_vec(&snapshot)?)?;
            file.sync_all()?;
            fs::rename(&path, self.path.join(SNAPSHOT))?;
            // Lines that stay when this fails are skipped by their number.
            self.log.set_len(0)
        };
        write().map_err(|error| io_error(&path, error))?;
        self.log.seek(SeekFrom::Start(0)).map_err(|error| io_error(&path, error))?;
        self.log_bytes = 0;
        Ok(())
    }

    /// The directory itself, for the certificate.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn read_log(&mut self) -> Result<Vec<Command<'static>>, StateError> {
        let path = self.path.join(LOG);
        let mut text = Vec::new();
        self.log.read_to_end(&mut text).map_err(|error| io_error(&path, error))?;
        let mut commands = Vec::new();
        for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let damaged = |reason: String| StateError::Damaged { path: path.clone(), line: index + 1, reason };
            if !line.ends_with(b"\n") {
                break;
            }
            let line_bytes = line.len() as u64;
            let line: Line<Command<'static>> =
                serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
            self.log_bytes += line_bytes;
            if line.n <= self.applied {
                continue;
            }
            if line.n != self.applied + 1 {
                return Err(damaged(format!("command {} follows command {}", line.n, self.applied)));
            }
            self.applied = line.n;
            commands.push(line.command);
        }
        self.log.set_len(self.log_bytes).map_err(|error| io_error(&path, error))?;
        self.log.seek(SeekFrom::End(0)).map_err(|error| io_error(&path, error))?;
        Ok(commands)
    }
}

/// Waits a little for a venue that is just ending: a killed one holds its lock until the kernel has cleared it away.
fn take_lock(lock: &File, path: &Path) -> Result<(), StateError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match flock(lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK | Errno::INTR) if Instant::now() < deadline => thread::sleep(LOCK_PAUSE),
            Err(Errno::WOULDBLOCK) => return Err(StateError::InUse { path: path.to_owned() }),
            Err(error) => return Err(io_error(path, error.into())),
        }
    }
}

fn read_snapshot(path: &Path) -> Result<Option<Snapshot>, StateError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path, error)),
    };
    let mut snapshot: Snapshot = serde_json::from_slice(&text).map_err(|error| StateError::Damaged {
        path: path.to_owned(),
        line: error.line(),
        reason: error.to_string(),
    })?;
    snapshot.engine.index();
    snapshot.ledger.index();
    Ok(Some(snapshot))
}

fn open_file(path: &Path) -> Result<File, StateError> {
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    options.map_err(|error| io_error(path, error))
}

fn io_error(path: &Path, error: io::Error) -> StateError {
    StateError::Io { path: path.to_owned(), error }
}

const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
const SNAPSHOT: &str = "snapshot.json";
const LOG: &str = "commands.log";
