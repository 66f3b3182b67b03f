//! The only sockets: connections, the connector thread and its backoff.
