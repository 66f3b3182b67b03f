//! The only sockets: connections, the connector thread and its backoff.

pub(crate) mod alarm;
pub(crate) mod backoff;
pub(crate) mod blocking;
pub(crate) mod budget;
pub mod connection;
pub(crate) mod connector;
pub(crate) mod driver;
pub(crate) mod hangup;
pub mod options;
pub(crate) mod race;
pub(crate) mod rest;
pub(crate) mod socket;

pub use connection::{Connection, HttpConnection};
pub use driver::{Driver, Tokio};
pub use options::{Keepalive, SocketOptions};
