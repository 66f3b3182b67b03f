//! What the venue says on a bad day, in its own words. Source: <https://www.okx.com/docs-v5/en/#error-code>.

use serde_json::{Value, json};

use super::written;
use crate::faults::Fault;
use crate::venue::Reply;

/// An order that was never placed, received.
pub(super) const STRAY: &str = r#"{"code":"0","data":[{"clOrdId":"neverplaced","ordId":"1752000000000000000","sCode":"0","sMsg":"","tag":"","ts":"1"}],"msg":""}"#;

/// In place of this answer of the engine, if there is one. The venue bans nobody.
pub(super) fn said(fault: Fault, answer: &[u8]) -> Option<Reply> {
    let (status, code, msg) = match fault {
        Fault::InternalError => (500, "50026", "System error. Try again later."),
        Fault::RateLimited => (429, "50011", "Too Many Requests"),
        // "Each order has its own": of the reply as a whole nothing is amiss but that all failed.
        Fault::StatusUnknown => return Some(timed_out(answer)),
        Fault::Throttled => (429, "50013", "Systems are busy. Please try again later."),
        Fault::TimeoutAfter => {
            let msg = "API endpoint request timeout (does not mean that the request was successful or failed, please check the request result).";
            (400, "50004", msg)
        }
        Fault::Unavailable => (503, "50001", "Service temporarily unavailable. Try again later."),
        _ => return None,
    };
    Some(written(status, &json!({ "code": code, "data": [], "msg": msg })))
}

/// The same answer with 51149, "Order timed out", for each order in it. By nautechsystems/nautilus_trader#4152 it comes
/// so, whatever became of the order.
fn timed_out(answer: &[u8]) -> Reply {
    let mut body: Value = serde_json::from_slice(answer).unwrap_or_default();
    if let Some(results) = body["data"].as_array_mut() {
        for result in results.iter_mut().filter(|result| result["sCode"].is_string()) {
            for (name, text) in [("ordId", ""), ("sCode", "51149"), ("sMsg", "Order timed out. Please try again.")] {
                result[name] = json!(text);
            }
        }
        body["code"] = json!("1");
        body["msg"] = json!("All operations failed");
    }
    written(200, &body)
}
