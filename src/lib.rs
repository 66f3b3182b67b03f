//! orderwire: a zero-allocation, low-latency trading REST SDK.

pub mod client;
pub mod decimal;
pub mod error;
pub mod exchange;
pub mod http;
pub mod id;
pub mod net;
pub mod order;
pub mod pool;
pub mod sign;
pub mod text;
pub mod time;
pub mod tls;
pub mod venue;
