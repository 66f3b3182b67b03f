//! Between a client and the venue: carries bytes both ways as they are, and stops at one of them.
//!
//! What it counts are bytes of TCP, so that over TLS each byte of the handshake and of every record has its turn.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Who sent a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Venue,
}

impl From {
    pub(crate) const ALL: [Self; 2] = [Self::Client, Self::Venue];
}

/// What happens instead of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Both connections are closed.
    Close,
    /// Both are reset.
    Reset,
    /// It, and all that follows it, is lost on the way; the other direction goes on.
    Stall,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Close, Self::Reset, Self::Stall];
}

/// Where it stops, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) way: Way,
    pub(crate) from: From,
    /// So many bytes from there pass.
    pub(crate) at: u64,
}

/// Listens until it is dropped. The first connection is struck, the others are carried.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    first: Arc<Carried>,
    task: AbortHandle,
}

/// What was seen of a connection.
#[derive(Debug, Default)]
struct Carried {
    bytes: [AtomicU64; 2],
    is_struck: AtomicBool,
}

impl Proxy {
    /// **Errors**: there is no address to listen on.
    pub(crate) async fn start(venue: SocketAddr, strike: Option<Strike>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, first) = (listener.local_addr()?, Arc::<Carried>::default());
        let of_first = Arc::clone(&first);
        let task = tokio::spawn(async move {
            // Dropped with this task: connections end with it.
            let mut connections = tokio::task::JoinSet::new();
            let mut first = Some((strike, of_first));
            while let Ok((client, _)) = listener.accept().await {
                let (strike, carried) = first.take().unwrap_or_default();
                connections.spawn(async move {
                    let venue = TcpStream::connect(venue).await?;
                    client.set_nodelay(true)?;
                    venue.set_nodelay(true)?;
                    carry(client, venue, strike, &carried).await
                });
            }
        });
        Ok(Self { address, first, task: task.abort_handle() })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many bytes came from there on the first connection.
    pub(crate) fn carried(&self, from: From) -> u64 {
        self.first.bytes[from as usize].load(Ordering::Relaxed)
    }

    /// Whether the strike met its byte.
    pub(crate) fn has_struck(&self) -> bool {
        self.first.is_struck.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries until one side ends, or is made to.
async fn carry(
    mut client: TcpStream,
    mut venue: TcpStream,
    strike: Option<Strike>,
    carried: &Carried,
) -> io::Result<()> {
    let (mut from_client, mut from_venue) = (vec![0; BYTES_AT_ONCE], vec![0; BYTES_AT_ONCE]);
    loop {
        let (from, bytes) = tokio::select! {
            read = client.read(&mut from_client) => (From::Client, read.map(|read| &from_client[..read])),
            read = venue.read(&mut from_venue) => (From::Venue, read.map(|read| &from_venue[..read])),
        };
        let Ok(bytes) = bytes else {
            // Who aborts must not find that what it gave up is delivered all the same.
            abort(&client);
            abort(&venue);
            return Ok(());
        };
        if bytes.is_empty() {
            return Ok(());
        }
        let before = carried.bytes[from as usize].fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let strike = strike.filter(|strike| strike.from == from && strike.at < before + bytes.len() as u64);
        let passes =
            strike.map_or(bytes.len(), |strike| usize::try_from(strike.at.saturating_sub(before)).unwrap_or(0));
        let to = if from == From::Client { &mut venue } else { &mut client };
        carried.is_struck.fetch_or(strike.is_some(), Ordering::Relaxed);
        to.write_all(&bytes[..passes]).await?;
        match strike.map(|strike| strike.way) {
            None | Some(Way::Stall) => {}
            Some(Way::Close) => return Ok(()),
            Some(Way::Reset) => {
                abort(&client);
                abort(&venue);
                return Ok(());
            }
        }
    }
}

/// Closing it resets the connection.
fn abort(socket: &TcpStream) {
    // Fails only where the connection is gone already.
    let _ = set_socket_linger(socket, Some(Duration::ZERO));
}

const BYTES_AT_ONCE: usize = 16 * 1024;
