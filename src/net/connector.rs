//! The connector: one small thread that resolves, connects and shakes hands for all pools.
//!
//! A handshake costs some 190 us of processor time: never on the strategy's thread. What comes out is a socket and the
//! keys of its records; once the connection is warm the pool's own runtime takes the socket over.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Handle;

use crate::error::{ConfigError, ConfigPart};
use crate::exchange::{CloseReason, ConnError, Phase};
use crate::http::origin::Origin;
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
}

/// A connection whose handshake is done.
pub(crate) struct Established {
    pub(crate) records: Records,
    pub(crate) peer: SocketAddr,
}

impl Target {
    /// **Errors**: an `https` origin without a TLS configuration that trusts anybody, or a host no certificate can name.
    pub(crate) fn new(
        origin: &Origin,
        tls: Option<&TlsConfig>,
        records: TlsRecords,
        timeout: Duration,
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
        Ok(Self { host: origin.host().into(), port: origin.port(), tls, records, timeout })
    }

    /// Resolves, connects, shakes hands; all within the target's timeout. Runs on the connector's thread.
    pub(crate) async fn connect(&self) -> Result<(TcpStream, Established), ConnError> {
        let attempt = async {
            let (socket, peer) = self.reach().await?;
            socket.set_nodelay(true).map_err(io_reason)?;
            let records = match &self.tls {
                None => Records::Plain,
                Some((config, name)) => shake_hands(&socket, Handshake::new(config, name, self.records)?).await?,
            };
            Ok((socket, Established { records, peer }))
        };
        let outcome = match tokio::time::timeout(self.timeout, attempt).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(CloseReason::Deadline),
        };
        outcome.map_err(|reason| ConnError::not_sent(Phase::Connect, reason))
    }

    /// How long it may take until a connection is ready.
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The first of the host's addresses that takes a connection.
    async fn reach(&self) -> Result<(TcpStream, SocketAddr), CloseReason> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            let peer = SocketAddr::new(address, self.port);
            return Ok((open(peer).await.map_err(io_reason)?, peer));
        }
        let mut last = CloseReason::Resolve(Text::cut("no address"));
        let resolved = tokio::net::lookup_host((&*self.host, self.port)).await;
        for peer in resolved.map_err(|e| CloseReason::Resolve(Text::display(e)))? {
            match open(peer).await {
                Ok(socket) => return Ok((socket, peer)),
                Err(e) => last = io_reason(e),
            }
        }
        Err(last)
    }
}

async fn open(peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.connect(peer).await
}

/// Does what the handshake needs until it is done.
async fn shake_hands(socket: &TcpStream, mut handshake: Handshake) -> Result<Records, CloseReason> {
    loop {
        match handshake.next() {
            Ok(Step::Write(bytes)) => {
                let bytes = socket::await_transmit(socket, bytes).await.map_err(io_reason)?;
                handshake.wrote(bytes);
            }
            Ok(Step::Read(into)) => {
                let bytes = socket::await_receive(socket, into).await.map_err(io_reason)?;
                handshake.received(bytes)?;
            }
            Ok(Step::Done) => return handshake.finish(),
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

/// The system's resolver blocks: so many names at once, further ones wait.
const RESOLVER_THREADS_MAX: usize = 4;
