//! HTTP/1.1 without I/O: requests written and replies read in the slot's own buffers.

mod bounds;
mod build_error;
pub mod chunked;
mod draft;
pub mod error;
pub(crate) mod form;
pub mod framing;
pub mod head;
pub mod origin;
pub mod request;
pub mod response;
mod rules;
mod shape;
pub mod text;
