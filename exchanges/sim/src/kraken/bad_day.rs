//! What the venue says on a bad day, in its own words. Source: spot-errors.

use super::errors::Failure;
use super::told;
use crate::faults::Fault;
use crate::venue::Reply;

/// An order that was never placed, acknowledged.
pub(super) const STRAY: &str =
    r#"{"error":[],"result":{"descr":{"order":"sell 0.00000001 XBTUSD @ limit 1.0"},"txid":["OSTRAY-NEVER-PLACED"]}}"#;

/// In place of the engine's answer, whatever that is.
pub(super) fn bad_day(fault: Fault) -> Option<Reply> {
    let words = match fault {
        Fault::Banned => "EGeneral:Temporary lockout",
        Fault::InternalError => "EGeneral:Internal error",
        Fault::RateLimited => "EAPI:Rate limit exceeded",
        Fault::StatusUnknown => "EService:Timeout",
        Fault::Throttled => "EService:Busy",
        Fault::TimeoutAfter => "EService:Deadline elapsed",
        Fault::Unavailable => "EService:Unavailable",
        _ => return None,
    };
    Some(told(Err(Failure(words.into()))))
}
