//! orderwire: a zero-allocation, low-latency REST SDK for trading.
//!
//! A strategy says what order it wants; orderwire writes the signed request straight into a preallocated slot, hands it
//! to the kernel in one system call, reads and decodes the answer where it lies, and says what became of the order.
//! *It never guesses*: every order ends accepted, [rejected](Fate::Rejected), provably [not sent](Fate::NotSent), or
//! [unknown](Fate::Unknown), and the SDK retries nothing.
//!
//! # The path of one order
//!
//! ```text
//!  strategy          exchanges/<venue>          src/http, src/tls                  src/net
//!  NewOrder ───────► encode + sign ───────────► draft → Request → Record ───────► write ──────► venue
//!                                               └─ slot.writer: one buffer ─┘                     │
//!  OrderAck ◄─────── decode (typed, inline) ◄── Response ◄─ httparse ◄─ open ◄─── read ◄──────────┘
//!                                               └─ slot.reader: one buffer ─┘
//! ```
//!
//! # One order, end to end
//!
//! On the simulated venue, over real TLS (venue crates and the simulator are crates of their own):
//!
//! ```
//! use orderwire_binance::{AckStage, NewOrder, Side, Spot, Symbol, dec};
//! use orderwire_sim::{Dialect, SimVenue};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sim = SimVenue::start(Dialect::BinanceSpot).await?;
//! let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2).build().await?;
//!
//! let btc = Symbol::new("BTCUSDT")?;
//! let order = NewOrder::limit(spot.next_id(), btc, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let ack = spot.place(&order).await?;
//! assert_eq!((ack.id, ack.stage), (order.id, AckStage::Working));
//!
//! spot.cancel(ack.order()).await?;
//! assert_eq!(sim.ledger()[0].received, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | you want to | look at |
//! | --- | --- |
//! | read on | the [`guide`] |
//! | place orders | a venue crate's client, which is a [`venue::VenueClient`] |
//! | know what an error means for the order | [`RestError::fate`] |
//! | trade without a runtime, on a thread of your own | [`blocking`] |
//! | write and send requests of your own | [`ClientPool`], [`RequestWriter`], [`HttpConnection`] |
//! | add a venue | [`venue`]: [`venue::Venue`] and [`venue::Endpoint`] |
//!
//! # Layers
//!
//! Arrows go down only; below [`net`] nothing has a clock, a socket or a runtime.
//!
//! ```text
//! 6  client::venue_client     place, cancel, query for any venue, written once; blocking: its face without a runtime
//! 5  client                   the pool of slots, its builder, healing
//! 4  net                      the only sockets: connections, the connector thread
//! 3  (venue crates)           one venue's API
//! 2  venue, error             the seam: endpoints, errors with a fate, rules, limits
//! 1  http, tls, sign, exchange   bytes in, bytes out
//! 0  pool, order, position, id, time, latency, decimal, text
//! ```
//!
//! # Heap calls
//!
//! Counted by `tests/zero_alloc.rs` in Rust's allocator and in the C library underneath, from `try_acquire` to the slot's
//! return, in steady state, with all on that can be: instrument rules, rate limits, the register of orders in doubt, nine stamps and
//! the flight recorder. A reply whose body cannot be decoded is a further exception: it ends its connection, and the next
//! handshake makes some 140 calls on the connector's thread.
//!
#![doc = include_str!("../docs/zero_heap.md")]
//!
//! # Out of scope
//!
//! Streaming market data and user streams (WebSocket), FIX, HTTP/2, proxies.

pub mod blocking;
#[cfg(test)]
mod canary;
pub mod client;
pub mod decimal;
pub mod error;
pub mod exchange;
pub mod guide;
pub mod http;
pub mod id;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
pub mod latency;
pub mod net;
mod now;
pub mod order;
pub mod pool;
pub mod position;
pub mod sign;
pub mod text;
pub mod time;
pub mod tls;
pub mod venue;

pub use client::{ClientPoolBuilder, ClientSlot};
pub use decimal::Decimal;
pub use error::{Busy, CloseReason, ConfigError, ConnError, Fate, RejectKind, RestError};
pub use http::request::{Method, Request, RequestWriter};
pub use http::response::{Response, ResponseReader};
pub use id::{ClientOrderId, ExecutionId, OrderId, Symbol};
pub use net::{HttpConnection, Keepalive, SocketOptions};
pub use order::{
    AckStage, AmendAck, NewOrder, OrderAck, OrderRef, OrderState, OrderStatus, Side, TimeInForce, Verdict,
};
pub use pool::{Pool, Pooled};
pub use position::{Position, PositionSide};
pub use sign::Secret;
pub use time::{ClockOffset, Deadline, Timestamp};
pub use tls::config::TlsConfig;
pub use tls::record::TlsRecords;

/// Slots with a request writer, a response reader and a connection each, all made before trading starts; see
/// [`client::ClientPool`].
pub type ClientPool = client::ClientPool<net::Tokio>;

// The README's programs are compiled and run with the other doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
