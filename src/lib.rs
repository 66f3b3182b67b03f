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

pub use client::{ClientPool, ClientPoolBuilder, ClientSlot};
pub use decimal::Decimal;
pub use error::{Busy, CloseReason, ConfigError, ConnError, Fate, RejectKind, RestError};
pub use http::request::{Method, Request, RequestWriter};
pub use http::response::{Response, ResponseReader};
pub use id::{ClientOrderId, OrderId, Symbol};
pub use net::HttpConnection;
pub use order::{AckStage, NewOrder, OrderAck, OrderRef, OrderState, OrderStatus, Side, TimeInForce};
pub use pool::{Pool, Pooled};
pub use sign::Secret;
pub use time::{Deadline, Timestamp};
pub use tls::config::TlsConfig;
pub use tls::record::TlsRecords;
