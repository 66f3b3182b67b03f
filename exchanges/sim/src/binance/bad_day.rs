//! What the venue says on a bad day, in its own words.

use crate::faults::Fault;
use crate::venue::Reply;

/// An order that was never placed, filled.
pub(crate) const STRAY: &str = r#"{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"never-placed","status":"FILLED"}"#;

/// In place of the engine's answer, whatever that is. The 503s are the futures'. Source: futures, general-info, "HTTP 503
/// Status: Message Variants & Handling".
pub(crate) fn bad_day(fault: Fault, _: &[u8]) -> Option<Reply> {
    let (status, body) = match fault {
        Fault::Banned => (418, r#"{"code":-1003,"msg":"Way too much request weight used; IP banned."}"#),
        Fault::InternalError => {
            (503, r#"{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}"#)
        }
        Fault::RateLimited => (429, r#"{"code":-1003,"msg":"Too many requests."}"#),
        Fault::StatusUnknown => {
            let body = r#"{"timestamp":1645796148264,"path":"/fapi/v1/order","msg":"Unknown error, please check your request or try again later."}"#;
            (503, body)
        }
        Fault::Throttled => {
            let body = r#"{"code":-1008,"msg":"Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again."}"#;
            (503, body)
        }
        Fault::TimeoutAfter => {
            let body = r#"{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}"#;
            (408, body)
        }
        Fault::Unavailable => (503, r#"{"msg":"Service Unavailable."}"#),
        _ => return None,
    };
    let is_told = matches!(fault, Fault::Banned | Fault::RateLimited);
    let headers = is_told.then(|| ("retry-after", "1".to_owned())).into_iter().collect();
    Some(Reply { status, content_type: "application/json;charset=UTF-8", headers, body: body.as_bytes().to_vec() })
}
