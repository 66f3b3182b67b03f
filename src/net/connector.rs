//! The connector: one small thread that resolves, connects and shakes hands for all pools.
//!
//! A handshake costs some 190 us of processor time: never on the strategy's thread. What comes out is a socket and the
//! keys of its records; once the connection is warm the pool's own runtime takes the socket over.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::error::{ConfigError, ConfigPart};
use crate::exchange::{CloseReason, ConnError, Phase};
use crate::http::origin::Origin;
use crate::net::options::SocketOptions;
use crate::net::race::{STAGGER, in_turn, race};
use crate::net::socket;
use crate::text::Text;
use crate::tls::config::TlsConfig;
use crate::tls::handshake::{Handshake, Step};
use crate::tls::record::{Records, TlsRecords};

/// Whom to connect to, and how.
#[derive(Debug)]
pub(crate) struct Target {
    host: Box<str>,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    records: TlsRecords,
    timeout: Duration,
    options: SocketOptions,
    /// Whether each slot begins with another of the host's addresses.
    spread: bool,
    /// The addresses that the name had when it could be resolved last.
    known: Mutex<Vec<SocketAddr>>,
}

/// A connection whose handshake is done.
pub(crate) struct Established {
    pub(crate) records: Records,
    pub(crate) peer: SocketAddr,
    pub(crate) resumed: bool,
}

impl Target {
    /// **Errors**: an `https` origin without a TLS configuration that trusts anybody, or a host no certificate can name.
    pub(crate) fn new(
        origin: &Origin,
        tls: Option<&TlsConfig>,
        records: TlsRecords,
        timeout: Duration,
        options: SocketOptions,
        spread: bool,
    ) -> Result<Self, ConfigError> {
        let tls = match (origin.is_tls(), tls) {
            (false, _) => None,
            (true, tls) => {
                let config = tls.map_or_else(TlsConfig::new, |given| Ok(given.clone()))?;
                let name = ServerName::try_from(origin.host().to_owned()).map_err(|_| {
                    ConfigError::new(ConfigPart::Url, "the host is no name that a certificate can have")
                })?;
                Some((config.client_config(), name))
            }
        };
        let known = Mutex::new(Vec::new());
        Ok(Self { host: origin.host().into(), port: origin.port(), tls, records, timeout, options, spread, known })
    }

    /// Resolves, connects, shakes hands; all within the target's timeout. Runs on the connector's thread.
    pub(crate) async fn connect(&self, slot: usize) -> Result<(TcpStream, Established), ConnError> {
        self.connect_to(self.resolve(), slot).await
    }

    async fn connect_to(
        &self,
        resolved: impl Future<Output = io::Result<Vec<SocketAddr>>>,
        slot: usize,
    ) -> Result<(TcpStream, Established), ConnError> {
        let begun = Instant::now();
        let until = begun + self.timeout;
        let patience = self.timeout / if self.known().is_empty() { 1 } else { RESOLVE_SHARE };
        let resolving = async {
            let silent = |_| Err(io::ErrorKind::TimedOut.into());
            let resolved = tokio::time::timeout_at(begun + patience, resolved).await.unwrap_or_else(silent);
            self.addresses(resolved, slot)
        };
        let addresses = within(until, Phase::Resolve, resolving).await?;
        let (socket, peer) = within(until, Phase::Connect, self.reach(&addresses, slot)).await?;
        let (records, resumed) = match &self.tls {
            None => (Records::Plain, false),
            Some((config, name)) => {
                let shaking = async { shake_hands(&socket, Handshake::new(config, name, self.records)?).await };
                within(until, Phase::Handshake, shaking).await?
            }
        };
        Ok((socket, Established { records, peer, resumed }))
    }

    /// How long it may take until a connection is ready.
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The addresses that the host's name has now.
    async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        match self.host.parse::<IpAddr>() {
            Ok(address) => Ok(vec![SocketAddr::new(address, self.port)]),
            Err(_) => tokio::net::lookup_host((&*self.host, self.port)).await.map(Iterator::collect),
        }
    }

    /// The first of these addresses that takes a connection.
    async fn reach(&self, addresses: &[SocketAddr], slot: usize) -> Result<(TcpStream, SocketAddr), CloseReason> {
        let connect = |peer| {
            let socket = self.options.socket(peer, slot);
            async move { socket?.connect(peer).await }
        };
        race(addresses, STAGGER, connect)
            .await
            .map_err(|error| error.map_or(CloseReason::Resolve(Text::cut("no address")), io_reason))
    }

    fn known(&self) -> MutexGuard<'_, Vec<SocketAddr>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The addresses to try for this slot: those just resolved, or the last good ones where the name cannot be resolved now.
    fn addresses(&self, resolved: io::Result<Vec<SocketAddr>>, slot: usize) -> Result<Vec<SocketAddr>, CloseReason> {
        let mut known = self.known();
        match resolved {
            Ok(found) if !found.is_empty() => *known = found,
            Err(error) if known.is_empty() && error.kind() == io::ErrorKind::TimedOut => {
                return Err(CloseReason::Deadline);
            }
            Err(error) if known.is_empty() => return Err(CloseReason::Resolve(Text::display(error))),
            Ok(_) | Err(_) => {}
        }
        let mut addresses = known.clone();
        if self.spread && !addresses.is_empty() {
            let by = slot % addresses.len();
            addresses.rotate_left(by);
        }
        Ok(in_turn(addresses))
    }
}

/// Does one part of an attempt to connect; its deadline, too, says in which part it struck.
async fn within<T>(
    until: Instant,
    phase: Phase,
    part: impl Future<Output = Result<T, CloseReason>>,
) -> Result<T, ConnError> {
    let outcome = tokio::time::timeout_at(until, part).await.unwrap_or(Err(CloseReason::Deadline));
    outcome.map_err(|reason| ConnError::not_sent(phase, reason))
}

/// Does what the handshake needs until it is done.
async fn shake_hands(socket: &TcpStream, mut handshake: Handshake) -> Result<(Records, bool), CloseReason> {
    loop {
        match handshake.next() {
            Ok(Step::Write(bytes)) => {
                let bytes =
                    poll_fn(|context| socket::poll_transmit(socket, bytes, context)).await.map_err(io_reason)?;
                handshake.wrote(bytes);
            }
            Ok(Step::Read(into)) => {
                let bytes = poll_fn(|context| socket::poll_receive(socket, into, context)).await.map_err(io_reason)?;
                handshake.received(bytes)?;
            }
            Ok(Step::Done) => {
                let resumed = handshake.is_resumed();
                return Ok((handshake.finish()?, resumed));
            }
            Err(reason) => {
                // The alert that says why is owed to the peer; that it arrives is not.
                let _ = socket::transmit(socket, handshake.last_words());
                return Err(reason);
            }
        }
    }
}

fn io_reason(error: io::Error) -> CloseReason {
    CloseReason::Io(error.into())
}

/// The connector's runtime, started with the first pool; it lives as long as the process and rests while no pool needs it.
///
/// **Errors**: the system gives no thread or no event queue.
pub(crate) fn connector() -> Result<Handle, ConfigError> {
    static CONNECTOR: OnceLock<Result<Handle, ConfigError>> = OnceLock::new();
    CONNECTOR
        .get_or_init(|| {
            let failed = |e: io::Error| ConfigError::new(ConfigPart::Builder, format_args!("no connector thread: {e}"));
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(RESOLVER_THREADS_MAX)
                .build()
                .map_err(failed)?;
            let handle = runtime.handle().clone();
            std::thread::Builder::new()
                .name("orderwire-connector".to_owned())
                .spawn(move || runtime.block_on(std::future::pending::<()>()))
                .map_err(failed)?;
            Ok(handle)
        })
        .clone()
}

/// A resolver that does not answer has this part of an attempt's time where the last good answer is known: the rest of it is for
/// connecting there.
const RESOLVE_SHARE: u32 = 4;

/// The system's resolver blocks: so many names at once, further ones wait.
const RESOLVER_THREADS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn target(spread: bool) -> Target {
        let origin = Origin::parse("http://venue.example:80").unwrap();
        let timeout = Duration::from_secs(1);
        Target::new(&origin, None, TlsRecords::InPlace, timeout, SocketOptions::default(), spread).unwrap()
    }

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_last_good_answer_is_kept_when_names_cannot_be_resolved() {
        let target = target(false);
        let failed = || Err(io::Error::other("no answer"));
        assert!(matches!(target.addresses(failed(), 0), Err(CloseReason::Resolve(_))));
        let first = addresses(&["1.1.1.1:80", "2.2.2.2:80"]);
        assert_eq!(target.addresses(Ok(first.clone()), 0).unwrap(), first);
        assert_eq!(target.addresses(failed(), 0).unwrap(), first);
        assert_eq!(target.addresses(Ok(Vec::new()), 0).unwrap(), first, "an empty answer is none");
        // A venue that moves is followed at the next reconnect.
        let moved = addresses(&["3.3.3.3:80"]);
        assert_eq!(target.addresses(Ok(moved.clone()), 0).unwrap(), moved);
        assert_eq!(target.addresses(failed(), 0).unwrap(), moved);
    }

    /// A resolver that is silent rather than wrong is the common failure: what was known must still be reached.
    #[tokio::test]
    async fn a_silent_resolver_takes_all_the_time_only_where_nothing_is_known() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let target = Target { timeout: Duration::from_millis(80), ..target(false) };
        let begun = std::time::Instant::now();
        let Err(error) = target.connect_to(std::future::pending(), 0).await else { panic!("there was no address") };
        assert_eq!(error, ConnError::not_sent(Phase::Resolve, CloseReason::Deadline));
        assert!(begun.elapsed() >= target.timeout, "{:?}", begun.elapsed());
        target.addresses(Ok(vec![address]), 0).unwrap();
        let (_, established) = target.connect_to(std::future::pending(), 0).await.unwrap();
        assert_eq!(established.peer, address);
    }

    #[test]
    fn slots_can_be_spread_over_the_addresses() {
        let all = addresses(&["1.1.1.1:80", "2.2.2.2:80", "3.3.3.3:80"]);
        let firsts: Vec<_> = (0..4).map(|slot| target(true).addresses(Ok(all.clone()), slot).unwrap()[0]).collect();
        assert_eq!(firsts, [all[0], all[1], all[2], all[0]]);
        assert_eq!(target(false).addresses(Ok(all.clone()), 2).unwrap()[0], all[0]);
    }
}
