//! HTTP/1.1 without I/O: requests written and replies read in the slot's own buffers.

pub mod chunked;
pub mod error;
pub mod framing;
pub mod head;
pub mod origin;
pub mod request;
pub mod response;
mod rules;
pub mod text;
