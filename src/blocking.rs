//! The same without a runtime: for a strategy that owns its thread.
//!
//! Every call stands here under the name that it has in tokio, as a plain function: it spins (with
//! [`spin`](ClientPoolBuilder::spin)), then waits in the kernel on the caller's own thread, and no other thread has to wake it.
//! Requests, errors, fates and the register of orders in doubt are the same code. Connecting and healing happen on the connector's
//! thread, as ever.
//!
//! ```
//! use std::time::Duration;
//!
//! use orderwire_binance::{AckStage, NewOrder, Side, Symbol, blocking::Spot, dec};
//! use orderwire_sim::{Dialect, SimVenue};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sim = SimVenue::start_blocking(Dialect::BinanceSpot)?;
//! let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).spin(Duration::from_millis(1)).build()?;
//! let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000)).post_only();
//! let ack = spot.place(&order)?;
//! assert_eq!(ack.stage, AckStage::Working);
//! spot.cancel(ack.order())?;
//! # Ok(())
//! # }
//! ```
//!
//! Called within a tokio runtime it blocks that runtime's thread, no more and no less.

use crate::client;
use crate::net;

pub use crate::net::blocking::Blocking;

/// Slots with a request writer, a response reader and a connection each.
pub type ClientPool = client::ClientPool<Blocking>;

/// Collects what a [`ClientPool`] is made of.
pub type ClientPoolBuilder = client::ClientPoolBuilder<Blocking>;

/// One slot: all that one request needs, made before trading starts.
pub type ClientSlot = client::ClientSlot<Blocking>;

/// One connection to a venue: plain or TLS, one request at a time.
pub type HttpConnection = net::Connection<Blocking>;

/// A whole reply in the slot that it came to.
pub type SlotReply = client::SlotReply<Blocking>;

/// A client of one venue and one account.
pub type VenueClient<V> = client::VenueClient<V, Blocking>;

/// Collects what a [`VenueClient`] is made of.
pub type VenueClientBuilder<V> = client::VenueClientBuilder<V, Blocking>;
