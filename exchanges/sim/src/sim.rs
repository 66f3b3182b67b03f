//! A running venue and how it is set up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use orderwire::ConfigError;
use orderwire::venue::{Credentials, Environment};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Dialect;
use crate::certificate::{CertificateError, Identity};
use crate::faults::{Fault, Faults, StandingFault};
use crate::instrument::{Instrument, mix};
use crate::ledger::Record;
use crate::limits::RateLimits;
use crate::server::{self, Acceptors, Server};
use crate::signature::{KeyError, Verifier, ed25519_secret};
use crate::state::{StateDir, StateError};
use crate::venue::{Plan, Trader, Venue};

/// A venue that could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The address is reachable from other machines.
    #[error(
        "{0} is reachable from other machines; a simulated venue listens on a loopback address unless told otherwise"
    )]
    NotLoopback(SocketAddr),
    /// The thread or its runtime could not be made.
    #[error("cannot start the venue's thread: {0}")]
    Thread(io::Error),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// An address that orderwire would not take as an environment.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An account's secret.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The state directory.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A venue on its way: [`SimVenue::builder`].
#[derive(Clone, Debug)]
pub struct SimVenueBuilder {
    dialect: Dialect,
    listen: SocketAddr,
    any_address: bool,
    tls: bool,
    accounts: Vec<(String, String)>,
    /// Accounts to make besides.
    made_accounts: u64,
    passphrase: String,
    instruments: Vec<Instrument>,
    limits: RateLimits,
    seed: Option<u64>,
    state: Option<PathBuf>,
    log: bool,
    faults: Vec<StandingFault>,
    nonce_window: u64,
}

/// A simulated venue that is running. It ends when this is dropped.
#[derive(Debug)]
pub struct SimVenue {
    dialect: Dialect,
    address: SocketAddr,
    ca_pem: Option<String>,
    accounts: Vec<(String, String)>,
    passphrase: String,
    environment: Environment,
    venue: Arc<Mutex<Venue>>,
    faults: Arc<Faults>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SimVenue {
    /// A venue with one account, over TLS, on a free port of 127.0.0.1.
    ///
    /// **Errors**: no free port, no thread; [`SimError`].
    pub async fn start(dialect: Dialect) -> Result<Self, SimError> {
        Self::builder(dialect).start().await
    }

    /// As [`start`](Self::start), for a program without a runtime: waits on this thread.
    ///
    /// **Errors**: [`SimError`].
    ///
    /// **Panics**: within a tokio runtime, which must not be blocked.
    pub fn start_blocking(dialect: Dialect) -> Result<Self, SimError> {
        Self::builder(dialect).start_blocking()
    }

    /// A venue to set up first.
    #[must_use]
    pub fn builder(dialect: Dialect) -> SimVenueBuilder {
        SimVenueBuilder {
            dialect,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            any_address: false,
            tls: true,
            accounts: Vec::new(),
            made_accounts: 0,
            passphrase: PASSPHRASE.to_owned(),
            instruments: (dialect.api().instruments)(),
            limits: dialect.limits().open(),
            seed: None,
            state: None,
            log: false,
            faults: Vec::new(),
            nonce_window: 0,
        }
    }

    /// Where a client of orderwire finds this venue, and the certificate authority it then trusts.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.environment.clone()
    }

    /// The first account, for a client of orderwire.
    ///
    /// **Panics**: as [`credentials_of`](Self::credentials_of).
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        self.credentials_of(0)
    }

    /// An account by its number, from 0, for a client of orderwire.
    ///
    /// **Panics**: there is no such account, it was given by its public key, whose private half is the caller's, or its key or secret has
    /// characters that no venue's have.
    #[must_use]
    pub fn credentials_of(&self, account: usize) -> Credentials {
        let (key, secret) = &self.accounts[account];
        assert!(!secret.contains("-----BEGIN"), "make credentials from the private key: the venue has the public one");
        let credentials = Credentials::new(key, secret);
        let credentials = credentials.and_then(|credentials| credentials.with_passphrase(&self.passphrase));
        credentials.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The origin to send requests to, without a path: `https://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> String {
        origin(self.address, self.ca_pem.is_some())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority to trust, PEM. `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The first account's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.accounts[0].0
    }

    /// The first account's secret, as it was given: a public key where signatures are made with a private one.
    #[must_use]
    pub fn api_secret(&self) -> &str {
        &self.accounts[0].1
    }

    /// Which API it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the venue really did so far, one record for each client order id, in the order they were first seen.
    #[must_use]
    pub fn ledger(&self) -> Vec<Record> {
        let mut venue = self.venue();
        venue.pass_time(self.faults.skewed(server::now_us()));
        venue.ledger().records().to_vec()
    }

    /// Commits this fault next: one that strikes connections on the next connection, one that strikes requests on the next
    /// request that changes something (no GET), any other at once. Faults asked for so wait in line.
    pub fn next(&self, fault: Fault) {
        self.faults.next(fault);
    }

    /// Commits no further faults; a clock that is off stays so.
    pub fn stop_faults(&self) {
        self.faults.stop();
    }

    /// Which orders were struck by which fault so far, by client order id.
    #[must_use]
    pub fn struck(&self) -> Vec<(String, Fault)> {
        self.faults.all_struck()
    }

    /// Stops the venue and hands over its last ledger. Connections end where they are; dropping does the same.
    #[must_use]
    pub fn stop(mut self) -> Vec<Record> {
        self.end();
        self.ledger()
    }

    fn venue(&self) -> MutexGuard<'_, Venue> {
        self.venue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

impl Drop for SimVenue {
    fn drop(&mut self) {
        self.end();
    }
}

impl SimVenueBuilder {
    /// Speaks HTTP without TLS.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.tls = false;
        self
    }

    /// Listens here instead of on a free port of 127.0.0.1; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows an address that other machines can reach.
    #[must_use]
    pub fn allow_any_address(mut self) -> Self {
        self.any_address = true;
        self
    }

    /// Adds an account with large balances: its API key, and its secret or its public key in PEM. Without any, one is
    /// made. At Coinbase the secret may be an Ed25519 key as the venue gives it out, base64 of 64 bytes.
    #[must_use]
    pub fn account(mut self, key: &str, secret: &str) -> Self {
        self.accounts.push((key.to_owned(), secret.to_owned()));
        self
    }

    /// Adds an account with large balances whose key and secret are made, of the kind that the venue has, behind those that are given.
    #[must_use]
    pub fn made_account(mut self) -> Self {
        self.made_accounts += 1;
        self
    }

    /// The passphrase of every account, at venues whose keys have one; `passphrase` until said.
    #[must_use]
    pub fn passphrase(mut self, passphrase: &str) -> Self {
        passphrase.clone_into(&mut self.passphrase);
        self
    }

    /// What the house's quotes and made-up keys and ids depend on. Without it a state directory's own, else 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keeps orders, balances, ledger and certificate in this directory, and goes on from what is there.
    #[must_use]
    pub fn state(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state = Some(directory.into());
        self
    }

    /// Adds an instrument, or replaces the one with the same symbol.
    #[must_use]
    pub fn instrument(mut self, instrument: Instrument) -> Self {
        match self.instruments.iter_mut().find(|known| known.symbol == instrument.symbol) {
            Some(known) => *known = instrument,
            None => self.instruments.push(instrument),
        }
        self
    }

    /// Counts requests against these limits instead of [`open`](RateLimits::open) ones, as `dialect.limits()` are.
    #[must_use]
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How far below an account's greatest nonce a further one may be, in the unit that nonces count, at a venue that takes requests in
    /// their order alone (Kraken). 0 until said, as there.
    #[must_use]
    pub fn nonce_window(mut self, window: u64) -> Self {
        self.nonce_window = window;
        self
    }

    /// Writes a line to stderr for each request answered and each connection that failed.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Commits this fault again and again.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<StandingFault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// As [`start`](Self::start), for a program without a runtime: waits on this thread.
    ///
    /// **Errors**: [`SimError`].
    ///
    /// **Panics**: within a tokio runtime, which must not be blocked.
    pub fn start_blocking(self) -> Result<SimVenue, SimError> {
        // The venue has a thread of its own; this one only waits until it is ready.
        let waiting = tokio::runtime::Builder::new_current_thread().build().map_err(SimError::Thread)?;
        waiting.block_on(self.start())
    }

    /// Starts the venue; it answers from the moment this returns.
    ///
    /// **Errors**: [`SimError`].
    pub async fn start(mut self) -> Result<SimVenue, SimError> {
        if !self.listen.ip().is_loopback() && !self.any_address {
            return Err(SimError::NotLoopback(self.listen));
        }
        let made = if self.accounts.is_empty() { self.made_accounts.max(1) } else { self.made_accounts };
        self.accounts.extend((0..made).map(|number| made_account(self.dialect, self.seed.unwrap_or_default(), number)));
        let (ready, started) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let builder = self.clone();
        let faults = Arc::new(Faults::new(self.dialect.api(), &self.faults, self.seed.unwrap_or_default()));
        let shared = Arc::clone(&faults);
        let thread = std::thread::Builder::new().name("orderwire-sim".to_owned()).spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(SimError::Thread(error)))),
            };
            runtime.block_on(async move {
                match builder.open(shared).await {
                    Ok(opened) => {
                        let server = opened.server.clone();
                        let listener = opened.listener;
                        if ready.send(Ok((opened.address, opened.ca_pem, opened.server.venue))).is_ok() {
                            // Ends when the sender is dropped; what the connections do ends with the runtime.
                            tokio::select! {
                                () = server.run(listener) => {}
                                _ = stopped => {}
                            }
                        }
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            });
        });
        let thread = thread.map_err(SimError::Thread)?;
        let gone = || SimError::Thread(io::Error::other("the venue's thread ended before it was ready"));
        let (address, ca_pem, venue) = started.await.map_err(|_| gone())??;
        let url = origin(address, ca_pem.is_some());
        Ok(SimVenue {
            dialect: self.dialect,
            address,
            environment: Environment::custom(&url, ca_pem.as_deref().map(str::as_bytes))?,
            ca_pem,
            accounts: self.accounts,
            passphrase: self.passphrase,
            venue,
            faults,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    async fn open(self, faults: Arc<Faults>) -> Result<Opened, SimError> {
        let address = self.listen;
        let state = self.state.as_deref().map(StateDir::open).transpose()?;
        let identity = match (&state, self.tls) {
            (_, false) => None,
            (None, true) => Some(Identity::make(address.ip())?),
            (Some((state, _, _)), true) => Some(Identity::load_or_make(state.path(), address.ip())?),
        };
        let tls = identity.as_ref().map(Identity::server_config).transpose()?.map(Acceptors::new);
        let mut traders = Vec::with_capacity(self.accounts.len());
        for (key, secret) in &self.accounts {
            let verifier = Verifier::parse(secret)?;
            (self.dialect.api().check_key)(&verifier)?;
            let mut trader = Trader::new(key, verifier, &self.limits);
            trader.passphrase.clone_from(&self.passphrase);
            traders.push(trader);
        }
        let plan = Plan {
            api: self.dialect.api(),
            instruments: &self.instruments,
            traders,
            limits: self.limits,
            seed: self.seed,
        };
        let mut venue = Venue::open(plan, state)?;
        venue.nonce_window = self.nonce_window;
        let venue = Arc::new(Mutex::new(venue));
        let listen_error = |error| SimError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        Ok(Opened {
            address: listener.local_addr().map_err(listen_error)?,
            listener,
            ca_pem: identity.map(|identity| identity.ca_pem),
            server: Server { dialect: self.dialect, venue, tls, faults, log: self.log, replies: Arc::default() },
        })
    }
}

/// A venue that is ready to accept.
struct Opened {
    address: SocketAddr,
    listener: TcpListener,
    ca_pem: Option<String>,
    server: Server,
}

fn origin(address: SocketAddr, tls: bool) -> String {
    format!("{}://{address}", if tls { "https" } else { "http" })
}

/// Of every account until another is said.
const PASSPHRASE: &str = "passphrase";

/// A key and a secret of 64 letters and digits, as Binance's are; at venues that share no secrets an Ed25519 key pair.
fn made_account(dialect: Dialect, seed: u64, number: u64) -> (String, String) {
    let draw = |what: u64, place: u64| mix(mix(seed ^ what << 32 ^ number << 40) ^ place);
    let text = |what: u64| {
        let characters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let drawn = |place: u64| usize::try_from(draw(what, place) % characters.len() as u64).unwrap_or_default();
        (0..64).map(|place| char::from(characters[drawn(place)])).collect::<String>()
    };
    let (key, secret) = (text(1), text(2));
    let is_taken = Verifier::parse(&secret).is_ok_and(|verifier| (dialect.api().check_key)(&verifier).is_ok());
    let pair = || ed25519_secret(std::array::from_fn(|place| draw(2, place as u64).to_le_bytes()[0]));
    let secret = if is_taken { secret } else { pair().unwrap_or(secret) };
    (key, secret)
}
