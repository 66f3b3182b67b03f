//! Records, compares and draws latency histograms of an order path, so that CI can trust the answer.
//!
//! A program records its own path block by block and keeps the file; the program `orderwire-latency` compares two such files,
//! or builds two revisions and records both in turn (`ab`):
//!
//! ```
//! use orderwire_latency::LatencyLog;
//! # use orderwire_binance::{NewOrder, Side, Symbol, blocking::Spot, dec};
//! # use orderwire_sim::{Dialect, SimVenue};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sim = SimVenue::start_blocking(Dialect::BinanceSpot)?;
//! # let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build()?;
//! # let path = std::env::temp_dir().join(format!("orderwire-doc-{}.hlog", std::process::id()));
//! let mut log = LatencyLog::create(&path)?;
//! for _ in 0..3 {
//!     for _ in 0..20 {
//!         let order = NewOrder::limit(spot.next_id(), Symbol::new("BTCUSDT")?, Side::Buy, dec!(0.001), dec!(20000));
//!         let ack = spot.place(&order)?;
//!         spot.cancel(ack.order())?;
//!     }
//!     log.block(spot.latency())?;
//! }
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```
//!
//! Files are HdrHistogram interval logs, which its tools in other languages read and write. How the verdict is found, and what
//! it cannot tell, stands in `latency-reports/README.md`.

mod bootstrap;
pub mod compare;
pub mod counts;
pub mod environment;
pub mod export;
pub mod log;
#[cfg(feature = "metrics")]
pub mod publish;
pub mod recording;
pub mod report;

pub use compare::{Comparison, Gate, NotComparable, Options, Verdict, compare};
pub use environment::Environment;
pub use log::{LatencyLog, MeasuredBlock};
pub use recording::{LogError, Recording};
