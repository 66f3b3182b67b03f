//! TLS without sockets: configuration and records.

pub mod config;
pub mod record;
