//! Programs that run orders against a simulated venue on bad days, for long, and compare every claim with its ledger.
//!
//! | program | what it does |
//! | --- | --- |
//! | `fault-campaign` | many short lives under faults at every byte: [`Campaign`] |
//! | `restarts` | kills the venue under load and starts it again, many times: [`Restarts`] |
//! | `soak` | a million orders with connections killed all the time: memory and descriptors: [`Soak`] |

mod campaign;
mod claims;
mod program;
mod random;
mod restarts;
mod soak;
mod stalls;

pub use campaign::{Campaign, Findings, SLOTS};
pub use claims::{Breach, Claim, Invariant, Recorded};
pub use program::VenueProgram;
pub use random::fresh_seed;
pub use restarts::{Restarts, RestartsReport};
pub use soak::{Growth, Soak, SoakReport};
