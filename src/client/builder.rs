//! Every allocation: what a pool is made of, and the making of it.

use core::fmt;
use core::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::client::ClientPool;
use crate::client::events::{Event, Events, Observer};
use crate::client::flight::FlightRecorder;
use crate::client::heal::{Attempt, Healer, heal};
use crate::client::latency::Latency;
use crate::client::prepare::Prepare;
use crate::client::slot::ClientSlot;
use crate::client::warm::Warmup;
use crate::error::{ConfigError, ConfigPart, RestError};
use crate::exchange::{CloseReason, ConnError, Phase};
use crate::http::origin::Origin;
use crate::http::request::{REQUEST_BYTES_DEFAULT, REQUEST_BYTES_MAX, RequestTemplate, RequestWriter};
use crate::http::response::{RESPONSE_BYTES_DEFAULT, ResponseReader};
use crate::latency::{self, Stage, Stamps};
use crate::net::backoff::Backoff;
use crate::net::blocking::{self, Blocking};
use crate::net::budget::Budget;
use crate::net::connection::ExchangeSettings;
use crate::net::connector::{Target, connector};
use crate::net::driver::{Driver, Tokio};
use crate::net::hangup::Hangups;
use crate::net::options::SocketOptions;
use crate::net::rest::Rest;
use crate::pool::Pool;
use crate::time::Moment;
use crate::tls::config::TlsConfig;
use crate::tls::record::TlsRecords;

/// Collects what a [`ClientPool`] is made of.
///
/// `D` is how its connections wait: in tokio unless said.
#[derive(Clone)]
pub struct ClientPoolBuilder<D: Driver = Tokio> {
    url: Option<String>,
    base_path: String,
    headers: Vec<(String, zeroize::Zeroizing<Vec<u8>>)>,
    connections: usize,
    ready_min: usize,
    tls: Option<TlsConfig>,
    tls_records: TlsRecords,
    exchanges: ExchangeSettings,
    connect_timeout: Duration,
    backoff: Backoff,
    connects_burst: Option<u32>,
    connects_per_second: u32,
    sockets: SocketOptions,
    spread: bool,
    warmup: Option<Arc<dyn Warmup>>,
    prepare: Option<(Arc<dyn Prepare>, Duration)>,
    first_exchange: bool,
    max_idle: Option<Duration>,
    keep_warm: Option<Duration>,
    observer: Option<Observer>,
    request_bytes: usize,
    response_bytes: usize,
    measured: Option<(Arc<Latency>, Option<FlightRecorder>, usize)>,
    driver: PhantomData<fn() -> D>,
}

impl<D: Driver> Default for ClientPoolBuilder<D> {
    fn default() -> Self {
        Self {
            url: None,
            base_path: String::new(),
            headers: Vec::new(),
            connections: 1,
            ready_min: 1,
            tls: None,
            tls_records: TlsRecords::default(),
            exchanges: ExchangeSettings { timeout: None, spin: Duration::ZERO, stamps: Stamps::default() },
            connect_timeout: CONNECT_TIMEOUT_DEFAULT,
            backoff: Backoff::default(),
            connects_burst: None,
            connects_per_second: CONNECTS_PER_SECOND,
            sockets: SocketOptions::default(),
            spread: false,
            warmup: None,
            prepare: None,
            first_exchange: false,
            max_idle: None,
            keep_warm: None,
            observer: None,
            request_bytes: REQUEST_BYTES_DEFAULT,
            response_bytes: RESPONSE_BYTES_DEFAULT,
            measured: None,
            driver: PhantomData,
        }
    }
}

impl<D: Driver> ClientPoolBuilder<D> {
    /// The venue: `https://host[:port]` or `http://…`. A path in it stands before the base path.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// What stands before the path of every request that does not start at the root.
    #[must_use]
    pub fn base_path(self, path: impl Into<String>) -> Self {
        Self { base_path: path.into(), ..self }
    }

    /// A header that every request carries, serialised once.
    ///
    /// **Errors**: a name that is no token, a value with bytes no header may have, a header that is not the caller's to
    /// set (`Host`, `Content-Length`, `Transfer-Encoding` and the like). The value is never shown.
    pub fn default_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        // Tried at once on a template of its own, so that the error stands where the header was given.
        RequestTemplate::new("localhost", "")
            .and_then(|mut template| template.default_header(name, value.as_ref()).map(drop))
            .map_err(|e| ConfigError::new(ConfigPart::Header, e))?;
        self.headers.push((name.to_owned(), zeroize::Zeroizing::new(value.as_ref().to_vec())));
        Ok(self)
    }

    /// How many slots: requests in flight at once. 1 until said.
    ///
    /// Each takes a descriptor; on Linux in a tokio runtime two, of which one is the alarm that ends a wait at its deadline, and twice as many
    /// for the moment in which it is handed over.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// How many slots must be connected for [`build`](Self::build) to succeed; the others go on connecting. 1 until said.
    ///
    /// `build` waits until each was tried once: where a host is silent that takes [`connect_timeout`](Self::connect_timeout).
    #[must_use]
    pub fn ready_min(self, slots: usize) -> Self {
        Self { ready_min: slots, ..self }
    }

    /// Who is trusted. The system's roots until said.
    #[must_use]
    pub fn tls(self, tls: &TlsConfig) -> Self {
        Self { tls: Some(tls.clone()), ..self }
    }

    /// Who seals and opens TLS records: [`TlsRecords::InPlace`] until said.
    #[must_use]
    pub fn tls_records(self, records: TlsRecords) -> Self {
        Self { tls_records: records, ..self }
    }

    /// How long a call may take that is given no deadline of its own. Without it such a call waits as long as it takes.
    #[must_use]
    pub fn deadline(self, timeout: Duration) -> Self {
        Self { exchanges: ExchangeSettings { timeout: Some(timeout), ..self.exchanges }, ..self }
    }

    /// How long a reply is looked for without rest before the call waits for it: what is saved is the time that a sleeping
    /// thread takes to wake, some 10 to 40 us. Off until said.
    ///
    /// A processor is busy for so long, and in tokio no other task of its thread runs meanwhile. It ends at the deadline.
    #[must_use]
    pub fn spin(self, spin: Duration) -> Self {
        Self { exchanges: ExchangeSettings { spin, ..self.exchanges }, ..self }
    }

    /// Which stages of a request are stamped: [`Stamps::Five`] until said. See
    /// [`Connection::timeline`](crate::net::Connection::timeline) and [`VenueClient::latency`](crate::client::VenueClient::latency).
    #[must_use]
    pub fn stamps(self, stamps: Stamps) -> Self {
        Self { exchanges: ExchangeSettings { stamps, ..self.exchanges }, ..self }
    }

    /// How long resolving, connecting and shaking hands may take, together. 10 seconds until said.
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// The longest time between two attempts to heal a slot. 5 seconds until said.
    #[must_use]
    pub fn backoff_max(self, most: Duration) -> Self {
        Self { backoff: Backoff { most, first: self.backoff.first.min(most) }, ..self }
    }

    /// How often all slots together may connect: `burst` attempts at once, then so many each second. Twice the slots (16 at
    /// least), and 50, until said. Venues shut addresses out that connect too often.
    #[must_use]
    pub fn connect_rate(self, burst: u32, per_second: u32) -> Self {
        Self { connects_burst: Some(burst.max(1)), connects_per_second: per_second.max(1), ..self }
    }

    /// What is asked of every socket: keepalive, timeouts, buffer sizes, where it starts from.
    #[must_use]
    pub fn sockets(self, options: SocketOptions) -> Self {
        Self { sockets: options, ..self }
    }

    /// Whether the slots are spread over the host's addresses, rather than all going to the first that answers. Off until
    /// said.
    #[must_use]
    pub fn spread_addresses(self, spread: bool) -> Self {
        Self { spread, ..self }
    }

    /// How long a connection may rest before it is replaced: less than the venue, or a router on the way, lets it. Without it
    /// one rests as long as it stands.
    #[must_use]
    pub fn max_idle(self, most: Duration) -> Self {
        Self { max_idle: Some(most), ..self }
    }

    /// Told of what happens to the pool's connections, on the connector's thread: it must not block, and holds up all pools
    /// of the process while it runs. An order's own path never calls it. With the feature `tracing` the same is said to the
    /// `tracing` crate: see [`events`](crate::client::events).
    #[must_use]
    pub fn observer(self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// What warms a slot, and whether each new connection is warmed before its slot is handed out.
    pub(crate) fn warmup(self, warmup: Arc<dyn Warmup>, first_exchange: bool) -> Self {
        Self { warmup: Some(warmup), first_exchange, ..self }
    }

    /// What makes ahead what requests need, and how often.
    pub(crate) fn prepare(self, prepare: Arc<dyn Prepare>, every: Duration) -> Self {
        Self { prepare: Some((prepare, every)), ..self }
    }

    /// How long a slot rests until it is warmed again.
    pub(crate) fn keep_warm(self, interval: Duration) -> Self {
        Self { keep_warm: Some(interval), ..self }
    }

    pub(crate) const fn has_no_warmup(&self) -> bool {
        self.warmup.is_none()
    }

    /// Where the slots' requests are counted and kept, and as which slot's the first one's.
    pub(crate) fn measured(self, latency: Arc<Latency>, recorder: Option<FlightRecorder>, first: usize) -> Self {
        Self { measured: Some((latency, recorder, first)), ..self }
    }

    pub(crate) const fn connection_count(&self) -> usize {
        self.connections
    }

    pub(crate) const fn exchanges(&self) -> ExchangeSettings {
        self.exchanges
    }

    /// The size of a slot's request buffer, bytes.
    #[must_use]
    pub fn request_bytes(self, bytes: usize) -> Self {
        Self { request_bytes: bytes, ..self }
    }

    /// The size of a slot's reply buffer, bytes: the longest reply with its head.
    #[must_use]
    pub fn response_bytes(self, bytes: usize) -> Self {
        Self { response_bytes: bytes, ..self }
    }

    /// Makes all buffers and connects all slots.
    async fn make(self) -> Result<ClientPool<D>, RestError> {
        D::aside(|| self.start()).await?.ready().await
    }

    /// Makes all buffers, and lets the connector begin.
    ///
    /// Takes milliseconds, most of them for the system's roots: not for a thread on which orders wait.
    pub(crate) fn start(self) -> Result<Connecting<D>, RestError> {
        let (origin, template) = self.template()?;
        if self.connections == 0 || self.connections > CONNECTIONS_MAX {
            let problem = format_args!("connections({}): 1 to {CONNECTIONS_MAX} are possible", self.connections);
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        if self.ready_min > self.connections {
            let problem = format_args!("ready_min({}) is more than connections({})", self.ready_min, self.connections);
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        if self.response_bytes < RESPONSE_BYTES_MIN {
            let problem = format_args!("response_bytes({}): at least {RESPONSE_BYTES_MIN}", self.response_bytes);
            return Err(ConfigError::new(ConfigPart::Builder, problem).into());
        }
        for (what, interval) in [("max_idle", self.max_idle), ("keep_warm", self.keep_warm)] {
            if interval.is_some_and(|interval| interval < REST_MIN) {
                let problem = format_args!("{what}: at least {REST_MIN:?}, or every connection is always too old");
                return Err(ConfigError::new(ConfigPart::Builder, problem).into());
            }
        }
        let connector = connector()?;
        {
            let _connector = connector.enter();
            self.sockets.check()?;
        }
        let (tls, sockets) = (self.tls.as_ref(), self.sockets);
        let target = Target::new(&origin, tls, self.tls_records, self.connect_timeout, sockets, self.spread)?;
        // With or without stamps: each call asks the counter for the time, and the first must not wait for this.
        latency::calibrate();
        let mut slots = Vec::with_capacity(self.connections);
        for index in 0..self.connections {
            let mut writer = RequestWriter::new(&template, self.request_bytes).map_err(builder_problem)?;
            if self.exchanges.stamps.takes(Stage::Built) {
                writer.set_watch(latency::now);
            }
            let place = self.measured.as_ref().map_or(0, |(.., first)| *first) + index;
            writer.set_slot(place);
            let mut slot = ClientSlot::new(writer, ResponseReader::new(self.response_bytes));
            if let Some((latency, recorder, _)) = &self.measured {
                slot.lanes = latency.lanes(place).map(Arc::clone);
                slot.recorder = recorder.clone().map(|recorder| (recorder, place));
            }
            slots.push(slot);
        }
        let pool = Pool::with_check(slots, ClientSlot::keep);
        // Slots start without a connection: returned so, they are dead, and dead slots heal.
        drop(std::iter::from_fn(|| pool.try_acquire()).collect::<Vec<_>>());
        let hangups = {
            let _connector = connector.enter();
            Arc::new(Hangups::new().map_err(|e| builder_problem(format_args!("no event queue: {e}")))?)
        };
        let base = Moment::of(Instant::now());
        let burst =
            self.connects_burst.unwrap_or(BURST_MIN.max(2 * u32::try_from(self.connections).unwrap_or(u32::MAX / 2)));
        let healer = Arc::new(Healer {
            target,
            backoff: self.backoff,
            budget: Budget::new(burst, Duration::from_secs(1) / self.connects_per_second),
            warmup: self.warmup,
            prepare: self.prepare,
            first_exchange: self.first_exchange,
            max_idle: self.max_idle,
            keep_warm: self.keep_warm,
            rests: (0..self.connections).map(|slot| Arc::new(Rest::new(base, Arc::clone(&hangups), slot))).collect(),
            hangups,
            events: Events::new(self.observer),
            home: D::home(),
            settings: self.exchanges,
            healing: AtomicUsize::new(0),
            connected: AtomicU64::new(0),
        });
        let (attempts, heard) = mpsc::unbounded_channel();
        connector.spawn(heal(pool.downgrade(), Arc::clone(&healer), attempts));
        Ok(Connecting { pool: ClientPool { pool, healer }, ready_min: self.ready_min, heard })
    }

    /// A writer as each slot has one, without a pool.
    pub(crate) fn request_writer(&self) -> Result<RequestWriter, ConfigError> {
        let (_, template) = self.template()?;
        RequestWriter::new(&template, self.request_bytes).map_err(builder_problem)
    }

    fn template(&self) -> Result<(Origin, RequestTemplate), ConfigError> {
        let missing = || ConfigError::new(ConfigPart::Url, "give the venue's with url(\"https://…\")");
        let origin = Origin::parse(self.url.as_ref().ok_or_else(missing)?)?;
        let base_path = format!("{}{}", origin.base_path(), self.base_path.trim_end_matches('/'));
        let mut template = RequestTemplate::new(&origin.authority(), &base_path).map_err(builder_problem)?;
        for (name, value) in &self.headers {
            template.default_header(name, value.as_slice()).map_err(|e| ConfigError::new(ConfigPart::Header, e))?;
        }
        Ok((origin, template))
    }
}

impl ClientPoolBuilder<Tokio> {
    /// Makes all buffers and connects all slots, in parallel, on the connector's thread. Call it on the runtime that will
    /// use the pool: what takes milliseconds, such as reading the system's roots, is done on its blocking threads, so that orders
    /// of other pools go on meanwhile.
    ///
    /// **Errors**: [`RestError::Config`] names a setting that is wrong; [`RestError::Conn`] says why too few slots could
    /// be connected, each having been tried once.
    ///
    /// **Panics**: outside a tokio runtime with I/O and time enabled.
    ///
    /// **Cancel safety**: a dropped future ends the connects.
    pub async fn build(self) -> Result<ClientPool<Tokio>, RestError> {
        self.make().await
    }
}

impl ClientPoolBuilder<Blocking> {
    /// Makes all buffers and connects all slots, in parallel, on the connector's thread; waits on this one.
    ///
    /// **Errors**: [`RestError::Config`] names a setting that is wrong; [`RestError::Conn`] says why too few slots could
    /// be connected, each having been tried once.
    pub fn build(self) -> Result<ClientPool<Blocking>, RestError> {
        // Of many slots a runtime that this thread may be of would want its turn, and it gets none.
        blocking::run(tokio::task::unconstrained(self.make()))
    }
}

/// A pool whose slots are being connected.
pub(crate) struct Connecting<D: Driver> {
    pool: ClientPool<D>,
    ready_min: usize,
    heard: mpsc::UnboundedReceiver<Attempt>,
}

impl<D: Driver> Connecting<D> {
    /// Waits until each slot was tried once: one that failed is tried again meanwhile.
    ///
    /// **Errors**: fewer slots are ready than there have to be.
    pub(crate) async fn ready(mut self) -> Result<ClientPool<D>, RestError> {
        let mut tried = vec![false; self.pool.capacity()];
        let (mut ready, mut failed) = (0, None);
        while tried.contains(&false) {
            let Some(Attempt { slot, outcome }) = self.heard.recv().await else { break };
            tried[slot] = true;
            match outcome {
                Ok(()) => ready += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if ready < self.ready_min {
            let never_tried = ConnError::not_sent(Phase::Connect, CloseReason::Abandoned);
            // Nothing of the caller's was on its way, whatever the connection's own first exchange met.
            return Err(RestError::Conn(failed.unwrap_or(never_tried)));
        }
        Ok(self.pool)
    }
}

fn builder_problem(problem: impl fmt::Display) -> ConfigError {
    ConfigError::new(ConfigPart::Builder, problem)
}

impl<D: Driver> fmt::Debug for ClientPoolBuilder<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPoolBuilder")
            .field("url", &self.url)
            .field("base_path", &self.base_path)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// Connections one pool may have: more than any venue lets one address hold.
pub const CONNECTIONS_MAX: usize = 1024;

/// The least reply buffer that holds an order's reply: head about 1 KiB, body about 1 KiB, twice that for what a venue
/// may add.
const RESPONSE_BYTES_MIN: usize = 4096;

/// Attempts to connect each second, all slots together, once a burst is used up: a venue that is down sees no more than that.
const CONNECTS_PER_SECOND: u32 = 50;

/// Attempts at once of a small pool.
const BURST_MIN: u32 = 16;

/// The shortest rest that can be asked for: below it slots would do nothing else.
const REST_MIN: Duration = Duration::from_millis(10);

/// A handshake takes two to three round trips; ten seconds is what the slowest link of a trading host still makes.
const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);

const _: () = assert!(REQUEST_BYTES_DEFAULT <= REQUEST_BYTES_MAX);
