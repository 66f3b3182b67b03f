//! What is asked of every socket before it connects.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::TcpSocket;

/// What is asked of every socket: when the kernel gives a silent peer up, how large its buffers are, where it starts from.
///
/// `TCP_NODELAY` is always on: a request is one write, and nothing follows that could be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketOptions {
    /// Probes a silent peer (`SO_KEEPALIVE`): after how long a silence, how often then, and how many unanswered probes end the
    /// connection. Whole seconds. 15 s, 5 s and 3 until said: a host that vanished while a slot rested is noticed within half
    /// a minute, and routers on the way keep the connection in mind.
    pub keepalive: Option<Keepalive>,
    /// How long written bytes may stay unacknowledged before the connection ends (`TCP_USER_TIMEOUT`, Linux). 10 s until said;
    /// without it the kernel sends again for some 15 minutes.
    pub user_timeout: Option<Duration>,
    /// Bytes that the kernel holds for sending (`SO_SNDBUF`); the system's choice with `None`.
    pub send_buffer_bytes: Option<usize>,
    /// Bytes that the kernel holds for reading (`SO_RCVBUF`); the system's choice with `None`.
    pub receive_buffer_bytes: Option<usize>,
    /// Local addresses to start from, slot by slot and round: venues count requests per address. Where a host has addresses
    /// of the other family only, that slot cannot be connected.
    pub source_addresses: Vec<IpAddr>,
}

/// When a silent peer is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "TCP knows these three numbers")]
pub struct Keepalive {
    /// After how long a silence.
    pub idle: Duration,
    /// How long between probes.
    pub interval: Duration,
    /// How many unanswered ones end the connection.
    pub count: u32,
}

impl Default for SocketOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            keepalive: Some(Keepalive { idle: seconds(15), interval: seconds(5), count: 3 }),
            user_timeout: Some(seconds(10)),
            send_buffer_bytes: None,
            receive_buffer_bytes: None,
            source_addresses: Vec::new(),
        }
    }
}

impl SocketOptions {
    /// A socket for this peer, not yet connected.
    pub(crate) fn socket(&self, peer: SocketAddr, slot: usize) -> io::Result<TcpSocket> {
        let socket = if peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(keepalive) = self.keepalive {
            sockopt::set_socket_keepalive(&socket, true)?;
            sockopt::set_tcp_keepidle(&socket, keepalive.idle)?;
            sockopt::set_tcp_keepintvl(&socket, keepalive.interval)?;
            sockopt::set_tcp_keepcnt(&socket, keepalive.count)?;
        }
        #[cfg(target_os = "linux")]
        if let Some(timeout) = self.user_timeout {
            let ms = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
            sockopt::set_tcp_user_timeout(&socket, ms)?;
        }
        if let Some(bytes) = self.send_buffer_bytes {
            sockopt::set_socket_send_buffer_size(&socket, bytes)?;
        }
        if let Some(bytes) = self.receive_buffer_bytes {
            sockopt::set_socket_recv_buffer_size(&socket, bytes)?;
        }
        if !self.source_addresses.is_empty() {
            socket.bind(SocketAddr::new(self.source_addresses[slot % self.source_addresses.len()], 0))?;
        }
        socket.set_nodelay(true)?;
        Ok(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_reaches_the_socket() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _context = runtime.enter();
        let peer = "127.0.0.1:9".parse().unwrap();
        let options = SocketOptions {
            keepalive: Some(Keepalive { idle: Duration::from_secs(7), interval: Duration::from_secs(2), count: 4 }),
            send_buffer_bytes: Some(16_384),
            receive_buffer_bytes: Some(32_768),
            source_addresses: vec!["127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap()],
            ..SocketOptions::default()
        };
        for slot in 0..3 {
            let socket = options.socket(peer, slot).unwrap();
            assert!(sockopt::socket_keepalive(&socket).unwrap() && sockopt::tcp_nodelay(&socket).unwrap());
            assert_eq!(sockopt::tcp_keepidle(&socket).unwrap(), Duration::from_secs(7));
            assert_eq!(sockopt::tcp_keepintvl(&socket).unwrap(), Duration::from_secs(2));
            assert_eq!(sockopt::tcp_keepcnt(&socket).unwrap(), 4);
            #[cfg(target_os = "linux")]
            assert_eq!(sockopt::tcp_user_timeout(&socket).unwrap(), 10_000);
            // The kernel doubles what it is asked for.
            assert!(sockopt::socket_send_buffer_size(&socket).unwrap() >= 16_384);
            assert!(sockopt::socket_recv_buffer_size(&socket).unwrap() >= 32_768);
            let from = socket.local_addr().unwrap().ip();
            assert_eq!(from, options.source_addresses[slot % 2]);
        }
    }
}
