//! Programs that run orders against a simulated venue on bad days, for long, and compare every claim with its ledger.
//!
//! | program | what it does |
//! | --- | --- |
//! | `fault-campaign` | many short lives under faults that are drawn: [`Campaign`] |
//! | `fault-campaign --every-byte` | one life for each byte that either side sends, and for each way to end there: [`Sweep`] |
//! | `restarts` | kills the venue under load and starts it again, many times: [`Restarts`] |
//! | `soak` | a million orders with connections killed all the time: memory and descriptors: [`Soak`] |
//!
//! Each takes the [`Market`] that it trades on.

mod campaign;
mod claims;
mod market;
mod program;
mod proxy;
mod random;
mod restarts;
mod soak;
mod stalls;
mod sweep;

pub use campaign::{Campaign, Findings, SLOTS};
pub use claims::{Breach, Claim, Invariant, Lateness, Recorded};
pub use market::Market;
pub use program::VenueProgram;
pub use random::fresh_seed;
pub use restarts::{Restarts, RestartsReport};
pub use soak::{Growth, Soak, SoakReport};
pub use sweep::Sweep;
