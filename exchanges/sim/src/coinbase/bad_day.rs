//! What the venue says on a bad day, in its own words: the error body with gRPC's codes, and in an order's answer the reason that none is
//! known of. It bans nobody.

use serde_json::{Value, json};

use super::errors::{Failure, UNKNOWN_PREVIEW};
use crate::faults::Fault;
use crate::venue::Reply;

/// An order that was never placed, taken.
pub(super) const STRAY: &str = r#"{"success":true,"success_response":{"order_id":"11111111-1111-4111-8111-111111111111","product_id":"BTC-USD","side":"BUY","client_order_id":"neverplaced"},"order_configuration":{}}"#;

/// In place of this answer of the engine, if there is one.
pub(super) fn bad_day(fault: Fault, answer: &[u8]) -> Option<Reply> {
    let (status, code, word, message) = match fault {
        Fault::InternalError => (500, 13, "INTERNAL", "internal error"),
        Fault::RateLimited => return Some(Err(Failure::too_many()).into()),
        Fault::StatusUnknown => return Some(Ok(of_unknown_reason(answer)).into()),
        Fault::TimeoutAfter => (504, 4, "DEADLINE_EXCEEDED", "context deadline exceeded"),
        Fault::Unavailable => (503, 14, "UNAVAILABLE", "service unavailable"),
        _ => return None,
    };
    Some(Err(Failure::new(status, code, word, message)).into())
}

/// The same answer as a failure for which there is no reason, whatever became of the order.
fn of_unknown_reason(answer: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    if let Some(results) = answer["results"].as_array() {
        let unknown = results.iter().map(|result| {
            json!({ "success": false, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": result["order_id"] })
        });
        return json!({ "results": unknown.collect::<Vec<_>>() });
    }
    if answer["errors"].is_array() {
        let reason = json!({
            "edit_failure_reason": "UNKNOWN_EDIT_ORDER_FAILURE_REASON", "preview_failure_reason": UNKNOWN_PREVIEW,
        });
        return json!({ "success": false, "errors": [reason] });
    }
    json!({
        "success": false, "failure_reason": "UNKNOWN_FAILURE_REASON", "order_id": "",
        "error_response": {
            "error": "UNKNOWN_FAILURE_REASON", "message": "", "error_details": "",
            "preview_failure_reason": UNKNOWN_PREVIEW, "new_order_failure_reason": "UNKNOWN_FAILURE_REASON",
        },
        "order_configuration": {},
    })
}
