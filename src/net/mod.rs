//! The only sockets: connections, the connector thread and its backoff.

pub(crate) mod backoff;
pub mod connection;
pub(crate) mod connector;
pub(crate) mod socket;

pub use connection::HttpConnection;
