//! The seam: all that a venue crate may use of the core.

pub mod environment;
pub mod json;
