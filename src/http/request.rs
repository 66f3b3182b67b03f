//! Requests, written in wire order into one fixed buffer.
