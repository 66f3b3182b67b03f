//! What a venue client is made of, and a client that only writes.

use core::fmt;
use core::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::client::ClientPoolBuilder;
use crate::client::builder::{CONNECTIONS_MAX, Connecting};
use crate::client::call::{Account, Inner, written};
use crate::client::clock::VenueClock;
use crate::client::doubt::{DOUBTS_MAX, Register};
use crate::client::flight::{self, FlightRecorder};
use crate::client::latency::Latency;
use crate::client::prepare::Prepare;
use crate::client::venue_client::VenueClient;
use crate::client::warm::Warmup;
use crate::error::{ConfigError, ConfigPart, RestError};
use crate::http::request::{Request, RequestWriter};
use crate::id::ClientOrderIds;
use crate::latency::Stamps;
use crate::net::backoff::random_u32;
use crate::net::blocking::{self, Blocking};
use crate::net::driver::{Driver, Tokio};
use crate::now::Now;
use crate::time::Timestamp;
use crate::tls::config::TlsConfig;
use crate::tls::record::TlsRecords;
use crate::venue::credentials::Credentials;
use crate::venue::endpoint::{Endpoint, ServerTime, Venue, VenueSettings};
use crate::venue::environment::Environment;
use crate::venue::instrument::Instrument;
use crate::venue::limits::Limits;
use crate::venue::screen::Screens;

/// Collects what a [`VenueClient`] is made of.
pub struct VenueClientBuilder<V, D: Driver = Tokio> {
    environment: Environment,
    credentials: Option<Credentials>,
    credentials_of_slots: Vec<Credentials>,
    tls: Option<TlsConfig>,
    recv_window: Option<Duration>,
    id_prefix: String,
    fixed_clock: Option<Timestamp>,
    doubts_max: usize,
    limits: Limits,
    instruments: Vec<Instrument>,
    reserve: bool,
    keep_warm: Option<Duration>,
    flights: Option<usize>,
    pool: ClientPoolBuilder<D>,
    venue: PhantomData<fn() -> V>,
}

impl<V: Venue, D: Driver> VenueClientBuilder<V, D> {
    pub(super) fn new(environment: Environment) -> Self {
        Self {
            environment,
            credentials: None,
            credentials_of_slots: Vec::new(),
            tls: None,
            recv_window: None,
            id_prefix: String::new(),
            fixed_clock: None,
            doubts_max: DOUBTS_MAX_DEFAULT,
            limits: Limits::new(),
            instruments: Vec::new(),
            reserve: false,
            keep_warm: None,
            flights: None,
            pool: ClientPoolBuilder::default().deadline(DEADLINE_DEFAULT),
            venue: PhantomData,
        }
    }

    /// The account. Without it public calls work and signed ones are refused before they are sent.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Keys of one account, each for a slot of its own, at a venue that takes a key's requests in their order alone: requests that
    /// go out at once overtake each other. At least as many as there are slots, that of
    /// [`reserve_for_cancels`](Self::reserve_for_cancels) included. In place of [`credentials`](Self::credentials).
    #[must_use]
    pub fn credentials_of_slots(self, credentials: impl IntoIterator<Item = Credentials>) -> Self {
        Self { credentials_of_slots: credentials.into_iter().collect(), ..self }
    }

    /// How many slots: requests in flight at once. 1 until said.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { pool: self.pool.connections(connections), ..self }
    }

    /// How long a call may take that is given no deadline of its own. 10 seconds until said.
    #[must_use]
    pub fn deadline(self, timeout: Duration) -> Self {
        Self { pool: self.pool.deadline(timeout), ..self }
    }

    /// How long a reply is looked for without rest before the call waits for it; see
    /// [`ClientPoolBuilder::spin`]. Off until said.
    #[must_use]
    pub fn spin(self, spin: Duration) -> Self {
        Self { pool: self.pool.spin(spin), ..self }
    }

    /// Who seals and opens TLS records: [`TlsRecords::InPlace`] until said.
    #[must_use]
    pub fn tls_records(self, records: TlsRecords) -> Self {
        Self { pool: self.pool.tls_records(records), ..self }
    }

    /// How late after its timestamp the venue still accepts a request, at most: a call's deadline makes it shorter. The
    /// venue's default until said. An order that has waited for longer before it could be sent is
    /// [not sent](crate::Busy::Stale).
    #[must_use]
    pub fn recv_window(self, recv_window: Duration) -> Self {
        Self { recv_window: Some(recv_window), ..self }
    }

    /// A header that every request carries: an option of the venue's, such as Binance's `X-MBX-TIME-UNIT`.
    ///
    /// **Errors**: a name or a value that no header has, or one that is not the caller's to set.
    pub fn default_header(self, name: &str, value: &str) -> Result<Self, ConfigError> {
        Ok(Self { pool: self.pool.default_header(name, value)?, ..self })
    }

    /// Who is trusted, in place of the system's roots and a custom environment's own.
    #[must_use]
    pub fn tls(self, tls: &TlsConfig) -> Self {
        Self { tls: Some(tls.clone()), ..self }
    }

    /// What client order ids start with: up to 4 letters and digits of the caller's, so that orders of one strategy can
    /// be told from another's. Empty until said.
    #[must_use]
    pub fn id_prefix(self, prefix: &str) -> Self {
        Self { id_prefix: prefix.to_owned(), ..self }
    }

    /// A clock that stands still, for tests and for reproducing a request.
    #[must_use]
    pub fn fixed_clock(self, now: Timestamp) -> Self {
        Self { fixed_clock: Some(now), ..self }
    }

    /// How many orders in flight and in doubt are remembered; further ones are refused before they are sent. 1,024 until
    /// said, 65,536 at most.
    #[must_use]
    pub fn doubts_max(self, orders: usize) -> Self {
        Self { doubts_max: orders, ..self }
    }

    /// The rate limits that this client shares with others of its address and account. Its own until said.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Rules that orders are held against before they are written: an order that breaks one is refused here, with the cure named.
    /// Orders in other instruments go out unchecked. Rules change now and then: load them when you start
    /// ([`instruments`](VenueClient::instruments)), or from a file ([`Instrument::list_from_json`]).
    #[must_use]
    pub fn instruments(self, instruments: impl IntoIterator<Item = Instrument>) -> Self {
        Self { instruments: instruments.into_iter().collect(), ..self }
    }

    /// One slot more, which only cancels and a [`DeadMansSwitch`](crate::client::DeadMansSwitch) may use, when no other is ready: an
    /// order that waits for its reply never keeps a cancel waiting. It is kept warm, every 15 seconds at least.
    #[must_use]
    pub fn reserve_for_cancels(self) -> Self {
        Self { reserve: true, ..self }
    }

    /// How long a slot rests until it is warmed again by the venue's time call, which costs its share of the rate limit and
    /// samples the venue's clock. The interval is cut at random by up to a quarter; one slot at a time is warmed, and is not
    /// to be had for that round trip. Off until said.
    #[must_use]
    pub fn keep_warm(self, interval: Duration) -> Self {
        Self { keep_warm: Some(interval), ..self }
    }

    /// Which stages of a call are stamped: [`Stamps::Five`] until said. See [`latency`](VenueClient::latency).
    #[must_use]
    pub fn stamps(self, stamps: Stamps) -> Self {
        Self { pool: self.pool.stamps(stamps), ..self }
    }

    /// Keeps the last so many requests and replies of each slot, 3 KiB each, to be dumped after a bad moment, masked; see
    /// [`FlightRecorder`]. A call then takes the time of two copies more. Off until said.
    #[must_use]
    pub fn flight_recorder(self, entries: usize) -> Self {
        Self { flights: Some(entries), ..self }
    }

    /// The pool's own settings: buffer sizes, timeouts.
    #[must_use]
    pub fn pool(self, change: impl FnOnce(ClientPoolBuilder<D>) -> ClientPoolBuilder<D>) -> Self {
        Self { pool: change(self.pool), ..self }
    }

    async fn make(self) -> Result<VenueClient<V, D>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        let start = || {
            let account = self.account()?;
            let first_exchange = true;
            let warmup = (Arc::clone(&account) as Arc<dyn Warmup>, first_exchange);
            self.start(account, Some(warmup))
        };
        D::aside(start).await?.ready().await
    }

    async fn make_cold(self) -> Result<VenueClient<V, D>, RestError> {
        let start = || {
            let account = self.account()?;
            self.start(account, None)
        };
        D::aside(start).await?.ready().await
    }

    /// Makes all that a client has, and lets the connector begin.
    ///
    /// Takes milliseconds: not for a thread on which orders wait.
    fn start(
        self,
        account: Arc<Account<V>>,
        warmup: Option<(Arc<dyn Warmup>, bool)>,
    ) -> Result<Starting<V, D>, RestError> {
        let mut pool = self.pool_for(&account.venue)?;
        let ids = ClientOrderIds::new(&self.id_prefix, random_u32())
            .map_err(|e| ConfigError::new(ConfigPart::Builder, format_args!("id_prefix: {e}")))?;
        if self.doubts_max < pool.connection_count() {
            let problem = "doubts_max: each connection may have an order in flight, so at least as many";
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        if self.doubts_max > DOUBTS_MAX {
            let problem = format_args!("doubts_max: {DOUBTS_MAX} at most");
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        if let Some((warmup, first_exchange)) = warmup {
            pool = pool.warmup(warmup, first_exchange);
        }
        if let Some(interval) = self.keep_warm {
            if pool.has_no_warmup() {
                let problem = "keep_warm needs build(): build_cold() sends nothing that was not asked for";
                return Err(ConfigError::new(ConfigPart::Builder, problem).into());
            }
            pool = pool.keep_warm(interval);
        }
        // What is more is refused below, before anything is made of it.
        let slots = pool.connection_count().min(CONNECTIONS_MAX);
        let latency = Arc::new(Latency::new(V::NAME, pool.exchanges().stamps, slots + usize::from(self.reserve)));
        let recorder = match self.flights {
            Some(entries) if entries == 0 || entries > flight::ENTRIES_MAX => {
                let problem = format_args!("flight_recorder({entries}): 1 to {} are possible", flight::ENTRIES_MAX);
                return Err(ConfigError::new(ConfigPart::Builder, problem).into());
            }
            entries => entries.map(|entries| FlightRecorder::new(slots + usize::from(self.reserve), entries)),
        };
        let reserve = match self.reserve {
            false => None,
            true => {
                let mut reserve = pool.clone().connections(1).ready_min(1);
                if !pool.has_no_warmup() {
                    reserve =
                        reserve.keep_warm(self.keep_warm.map_or(RESERVE_REST_MAX, |rest| rest.min(RESERVE_REST_MAX)));
                }
                // It is told as the slot behind the pool's own.
                Some(reserve.measured(Arc::clone(&latency), recorder.clone(), slots).start()?)
            }
        };
        if let Some(every) = V::PREPARES_EVERY {
            pool = pool.prepare(Arc::clone(&account) as Arc<dyn Prepare>, every);
        }
        let pool = pool.measured(Arc::clone(&latency), recorder.clone(), 0).start()?;
        Ok(Starting { pool, reserve, account, ids, doubts: Register::new(self.doubts_max), latency, recorder })
    }

    /// A client that writes requests and sends none: no network, no runtime.
    ///
    /// **Errors**: as [`build`](Self::build), those of settings.
    pub fn dry_run(self) -> Result<DryRun<V>, RestError> {
        let account = self.account()?;
        let pool = self.pool_for(&account.venue)?;
        Ok(DryRun { timeout: pool.exchanges().timeout, writer: pool.request_writer()?, account })
    }

    fn account(&self) -> Result<Arc<Account<V>>, ConfigError> {
        let of_slots = self.credentials_of_slots.as_slice();
        let problem = match (of_slots, &self.credentials) {
            ([_, ..], _) if !V::KEY_PER_SLOT => Some("needs one key, which all slots use: credentials(..)"),
            ([_, ..], Some(_)) => {
                Some("takes credentials_of_slots(..) in place of credentials(..): leave one of them out")
            }
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(ConfigError::new(ConfigPart::Credentials, format_args!("{} {problem}", V::NAME)));
        }
        let origin = self.environment.origin(&V::HOSTS)?;
        let venue = V::new(&VenueSettings {
            credentials: self.credentials.as_ref().or(of_slots.first()),
            credentials_of_slots: of_slots,
            slots: self.pool.connection_count() + usize::from(self.reserve),
            recv_window: self.recv_window,
            is_demo: matches!(self.environment, Environment::Demo),
            authority: &origin.authority(),
            base_path: &[origin.base_path(), V::BASE_PATH].concat(),
        })?;
        let clock = self.fixed_clock.map_or_else(|| VenueClock::host(V::CLOCK_UNIT), VenueClock::fixed);
        Ok(Arc::new(Account {
            venue,
            limits: self.limits.clone(),
            rules: Screens::new(self.instruments.iter().copied()),
            clock,
        }))
    }

    fn pool_for(&self, venue: &V) -> Result<ClientPoolBuilder<D>, ConfigError> {
        let origin = self.environment.origin(&V::HOSTS)?;
        let mut pool = self.pool.clone().url(origin.to_string()).base_path(V::BASE_PATH);
        for (name, value) in venue.default_headers() {
            pool = pool.default_header(name, value)?;
        }
        if let Some(tls) = &self.tls {
            pool = pool.tls(tls);
        } else if let (true, Some(ca)) = (origin.is_tls(), self.environment.ca_pem()) {
            pool = pool.tls(&TlsConfig::builder().system_roots(true).root_pem(ca)?.build()?);
        }
        Ok(pool)
    }
}

impl<V: Venue> VenueClientBuilder<V, Tokio> {
    /// Sets the keys up, makes all buffers and connects all slots.
    ///
    /// Each connection's first exchange is the venue's time call, before its slot is handed out: it warms the path and shows
    /// how far the clocks are apart. Any whole reply makes the slot ready, else the slot heals.
    ///
    /// What takes milliseconds, such as reading the system's roots, is done on the runtime's blocking threads: orders of other clients
    /// go on meanwhile.
    ///
    /// **Errors**: a setting is wrong, by name; or no slot could be connected.
    pub async fn build(self) -> Result<VenueClient<V>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        self.make().await
    }

    /// As [`build`](Self::build), without a first exchange: nothing goes out that was not asked for. The clocks are compared
    /// by [`server_time`](VenueClient::server_time) alone.
    ///
    /// **Errors**: as [`build`](Self::build).
    pub async fn build_cold(self) -> Result<VenueClient<V>, RestError> {
        self.make_cold().await
    }
}

impl<V: Venue> VenueClientBuilder<V, Blocking> {
    /// Sets the keys up, makes all buffers and connects all slots.
    ///
    /// Each connection's first exchange is the venue's time call, before its slot is handed out: it warms the path and shows
    /// how far the clocks are apart. Any whole reply makes the slot ready, else the slot heals.
    ///
    /// **Errors**: a setting is wrong, by name; or no slot could be connected.
    pub fn build(self) -> Result<VenueClient<V, Blocking>, RestError>
    where
        ServerTime: Endpoint<V, Reply = Timestamp>,
    {
        blocking::run(tokio::task::unconstrained(self.make()))
    }

    /// As [`build`](Self::build), without a first exchange: nothing goes out that was not asked for. The clocks are compared
    /// by [`server_time`](VenueClient::server_time) alone.
    ///
    /// **Errors**: as [`build`](Self::build).
    pub fn build_cold(self) -> Result<VenueClient<V, Blocking>, RestError> {
        blocking::run(tokio::task::unconstrained(self.make_cold()))
    }
}

impl<V: Venue, D: Driver> fmt::Debug for VenueClientBuilder<V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueClientBuilder")
            .field("venue", &V::NAME)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// A client whose slots are being connected.
struct Starting<V, D: Driver> {
    pool: Connecting<D>,
    reserve: Option<Connecting<D>>,
    account: Arc<Account<V>>,
    ids: ClientOrderIds,
    doubts: Register,
    latency: Arc<Latency>,
    recorder: Option<FlightRecorder>,
}

impl<V: Venue, D: Driver> Starting<V, D> {
    async fn ready(self) -> Result<VenueClient<V, D>, RestError> {
        let Self { pool, reserve, account, ids, doubts, latency, recorder } = self;
        let reserve = match reserve {
            Some(reserve) => Some(reserve.ready().await?),
            None => None,
        };
        let pool = pool.ready().await?;
        // Now that the first exchanges have shown the venue's clock.
        account.prepare();
        Ok(VenueClient { inner: Arc::new(Inner { pool, reserve, account, ids, doubts, latency, recorder }) })
    }
}

/// A client that writes requests and sends none; see [`VenueClientBuilder::dry_run`].
pub struct DryRun<V> {
    account: Arc<Account<V>>,
    writer: RequestWriter,
    timeout: Option<Duration>,
}

impl<V: Venue> DryRun<V> {
    /// The exact request that the call would send now, with the builder's default deadline.
    ///
    /// **Errors**: those of writing it.
    pub fn request<E: Endpoint<V>>(&mut self, endpoint: &E) -> Result<Request<'_>, RestError> {
        let now = Now::look();
        let left = self.timeout.filter(|timeout| now.at.checked_add(*timeout).is_some());
        let window = self.account.clock.window(now.moment, left);
        written(&mut self.writer, &self.account.venue, endpoint, window)
    }
}

impl<V: Venue> fmt::Debug for DryRun<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DryRun").field("venue", &V::NAME).finish_non_exhaustive()
    }
}

/// How long a call may take where nobody says: longer than Binance Spot's own time-out of 10 s makes no sense, shorter is
/// the caller's to say.
const DEADLINE_DEFAULT: Duration = Duration::from_secs(10);

/// How long the slot of the reserve rests: venues and routers let a connection rest for longer.
const RESERVE_REST_MAX: Duration = Duration::from_secs(15);

/// Orders in flight and in doubt that are remembered where nobody says: as many as a pool may have connections.
const DOUBTS_MAX_DEFAULT: usize = CONNECTIONS_MAX;
