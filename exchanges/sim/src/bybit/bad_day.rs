//! What the venue says on a bad day, in its own words. Source: error, "HTTP Code", "UTA" and "Spot Trade"; rate-limit.

use super::errors::Failure;
use super::{Category, told};
use crate::faults::Fault;
use crate::venue::Reply;

/// An order that was never placed, acknowledged.
pub(super) const STRAY: &str =
    r#"{"retCode":0,"retMsg":"OK","result":{"orderId":"1","orderLinkId":"never-placed"},"retExtInfo":{},"time":1}"#;

/// In place of the engine's answer, whatever that is. It has no word for not knowing what became of an order.
pub(super) fn bad_day(category: Category, fault: Fault) -> Option<Reply> {
    let failure = match fault {
        // The ban itself is a 403 for ten minutes: what a firewall says too.
        Fault::Banned => Failure::with(10018, "Exceeded the IP Rate Limit."),
        Fault::InternalError => Failure::with(10016, "Server error."),
        Fault::RateLimited => Failure::with(10006, "Too many visits!"),
        Fault::Throttled => Failure { status: 429, ..Failure::with(429, "System level frequency protection.") },
        Fault::TimeoutAfter => match category {
            Category::Linear => Failure::with(10000, "Server Timeout"),
            Category::Spot => Failure::with(170146, "Order creation timeout"),
        },
        _ => return None,
    };
    Some(told(Err(failure), Vec::new(), STRUCK_US))
}

/// When that was: the venue's answer says a time.
const STRUCK_US: u64 = 1_672_738_134_824_000;
