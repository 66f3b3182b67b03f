//! The venue's refusals: code, text and HTTP status. Those that its markets have in common say what Spot's do. Source:
//! <https://github.com/binance/binance-spot-api-docs/blob/master/errors.md>, read 2026-07-21; the texts with a legal
//! range and the statuses as the venue sends them.

use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: i32,
    pub(crate) message: Cow<'static, str>,
    /// Seconds, of a refusal for going too fast.
    pub(crate) retry_after_s: Option<u64>,
}

impl Failure {
    pub(crate) fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 400, code, message: message.into(), retry_after_s: None }
    }

    /// The state directory could not be written: nothing was done.
    pub(crate) fn internal() -> Self {
        let message = "Internal error; unable to process your request. Please try again.";
        Self { status: 500, ..Self::new(-1001, message) }
    }

    pub(crate) fn too_much_weight(what: &str, limit: u64, per: &str, retry_after_s: u64) -> Self {
        let message = format!(
            "Too much {what} used; current limit is {limit} {what} per {per}. Please use WebSocket Streams for live updates to avoid polling the API."
        );
        Self { status: 429, retry_after_s: Some(retry_after_s), ..Self::new(-1003, message) }
    }

    pub(crate) fn banned(until_ms: u64, retry_after_s: u64) -> Self {
        let message = format!(
            "Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for live updates to avoid bans."
        );
        Self { status: 418, retry_after_s: Some(retry_after_s), ..Self::new(-1003, message) }
    }

    pub(crate) fn too_many_orders(limit: u64, per: &str, retry_after_s: u64) -> Self {
        let message = format!("Too many new orders; current limit is {limit} orders per {per}.");
        Self { status: 429, retry_after_s: Some(retry_after_s), ..Self::new(-1015, message) }
    }

    pub(crate) fn key_format() -> Self {
        Self { status: 401, ..Self::new(-2014, "API-key format invalid.") }
    }

    pub(crate) fn unknown_key() -> Self {
        Self { status: 401, ..Self::new(-2015, "Invalid API-key, IP, or permissions for action.") }
    }

    pub(crate) fn too_early() -> Self {
        Self::new(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    }

    pub(crate) fn too_late() -> Self {
        Self::new(-1021, "Timestamp for this request is outside of the recvWindow.")
    }

    pub(crate) fn signature() -> Self {
        Self::new(-1022, "Signature for this request is not valid.")
    }

    pub(crate) fn illegal(name: &str, range: &str) -> Self {
        Self::new(-1100, format!("Illegal characters found in parameter '{name}'; legal range is '{range}'."))
    }

    pub(crate) fn too_many_parameters(expected: usize, received: usize) -> Self {
        Self::new(-1101, format!("Too many parameters; expected '{expected}' and received '{received}'."))
    }

    pub(crate) fn duplicate_parameter() -> Self {
        Self::new(-1101, "Duplicate values for a parameter detected.")
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::new(-1102, format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."))
    }

    pub(crate) fn one_of(first: &str, second: &str) -> Self {
        Self::new(-1102, format!("Param '{first}' or '{second}' must be sent, but both were empty/null!"))
    }

    pub(crate) fn too_large(name: &str, limit: &str) -> Self {
        Self::new(-1102, format!("'{name}' contains unexpected value. Cannot be greater than {limit}."))
    }

    pub(crate) fn unread(read: usize, sent: usize) -> Self {
        let message = format!("Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.");
        Self::new(-1104, message)
    }

    pub(crate) fn empty(name: &str) -> Self {
        Self::new(-1105, format!("Parameter '{name}' was empty."))
    }

    pub(crate) fn not_required(name: &str) -> Self {
        Self::new(-1106, format!("Parameter '{name}' sent when not required."))
    }

    pub(crate) fn overflow(name: &str) -> Self {
        Self::new(-1108, format!("Parameter '{name}' overflowed."))
    }

    pub(crate) fn precision(name: &str) -> Self {
        Self::new(-1111, format!("Parameter '{name}' has too much precision."))
    }

    /// An iceberg has to be good till canceled; `lead` tells which order of a list it is.
    pub(crate) fn iceberg_time_in_force(lead: &str, name: &str) -> Self {
        if lead.is_empty() {
            return Self::unsupported();
        }
        Self::new(-1160, format!("Parameter '{name}' is not supported if `{lead}TimeInForce` is not GTC."))
    }

    pub(crate) fn unsupported() -> Self {
        Self::new(-1014, "Unsupported order combination.")
    }

    pub(crate) fn symbol() -> Self {
        Self::new(-1121, "Invalid symbol.")
    }

    pub(crate) fn invalid(name: &str) -> Self {
        Self::new(-1130, format!("Data sent for parameter '{name}' is not valid."))
    }

    pub(crate) fn json(name: &str) -> Self {
        Self::new(-1135, format!("JSON sent for parameter '{name}' is not valid"))
    }

    pub(crate) fn unknown_to_cancel() -> Self {
        Self::new(-2011, "Unknown order sent.")
    }

    pub(crate) fn no_such_order() -> Self {
        Self::new(-2013, "Order does not exist.")
    }

    pub(crate) fn client_id_differs() -> Self {
        Self::new(-2039, "Client order ID is not correct for this order ID.")
    }
}
