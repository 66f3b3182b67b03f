//! What is asked of every socket before it connects.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::TcpSocket;

use crate::error::{ConfigError, ConfigPart};

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
    /// Network interfaces to start from by name, slot by slot and round (`SO_BINDTODEVICE`, Linux): packets leave and come by no
    /// other, whatever the routing table prefers. One that does not exist, or that this process may not use (before Linux 5.7 it
    /// took `CAP_NET_RAW`), is refused when the pool is built; so is any on another system.
    pub source_interfaces: Vec<String>,
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
            source_interfaces: Vec::new(),
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
        if !self.source_interfaces.is_empty() {
            bind_to_interface(&socket, &self.source_interfaces[slot % self.source_interfaces.len()])?;
        }
        socket.set_nodelay(true)?;
        Ok(socket)
    }

    /// Tries each interface on a socket that connects nowhere: what cannot be had is said before anything depends on it.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for name in &self.source_interfaces {
            TcpSocket::new_v4().and_then(|socket| bind_to_interface(&socket, name)).map_err(|e| {
                ConfigError::new(ConfigPart::Builder, format_args!("source_interfaces: {name:?} cannot be used: {e}"))
            })?;
        }
        Ok(())
    }
}

/// Has the socket use one network interface alone.
#[cfg(target_os = "linux")]
fn bind_to_interface(socket: &TcpSocket, name: &str) -> io::Result<()> {
    // An empty name would take an earlier binding away, and a NUL end the name before its end.
    if name.is_empty() || name.contains('\0') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name"));
    }
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
fn bind_to_interface(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system binds no socket to an interface"))
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_slot_starts_from_its_interface_and_one_that_does_not_exist_is_named() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _context = runtime.enter();
        let from = |names: &[&str]| SocketOptions {
            source_interfaces: names.iter().map(|name| (*name).to_owned()).collect(),
            ..SocketOptions::default()
        };
        let peer = "127.0.0.1:9".parse().unwrap();
        let options = from(&["lo"]);
        options.check().unwrap();
        assert_eq!(options.socket(peer, 5).unwrap().device().unwrap(), Some(b"lo".to_vec()));
        assert_eq!(SocketOptions::default().socket(peer, 0).unwrap().device().unwrap(), None);
        // The second slot's cannot be had: that slot says so, and the builder before it.
        let options = from(&["lo", "no-such-if0"]);
        options.socket(peer, 0).unwrap();
        assert_eq!(options.socket(peer, 1).unwrap_err().to_string(), "No such device (os error 19)");
        for (name, why) in [("no-such-if0", "No such device"), ("", "not a name"), ("lo\0eth0", "not a name")] {
            let said = from(&["lo", name]).check().unwrap_err().to_string();
            assert!(
                said.contains(&format!("source_interfaces: {name:?} cannot be used: ")) && said.contains(why),
                "{said}"
            );
        }
    }
}
