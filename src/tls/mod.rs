//! TLS without sockets: configuration, handshake and records.

mod buffered;
pub mod config;
pub mod error;
pub(crate) mod handshake;
mod in_place;
pub(crate) mod post_handshake;
mod protection;
pub mod record;

#[cfg(test)]
mod differential;
#[cfg(test)]
pub(crate) mod peer;
#[cfg(any(test, feature = "internals"))]
pub(crate) mod script;
