//! Fields of a request's body, where every number is a string; ids and instruments.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::OrderRef;
use orderwire::venue::checks::{nameless, positive};
use orderwire::venue::{Body, BuildError, Draft, Timestamp, is_alphanumeric_or};

/// `"name":"value"` with the comma or bracket before it, of a value that is above zero.
#[inline]
pub(crate) fn put_positive(
    draft: &mut Draft<'_, Body>,
    name: &str,
    field: &'static str,
    value: Decimal,
) -> Result<(), BuildError> {
    draft.put(name).put_decimal(positive(field, value)?).put("\"");
    Ok(())
}

/// A point in time, to the millisecond.
pub(crate) fn put_time(draft: &mut Draft<'_, Body>, name: &str, time: Timestamp) {
    draft.put(name).put(time.rfc3339()).put("\"");
}

/// An instrument's name as it may stand in JSON.
#[inline]
pub(crate) fn product(symbol: &Symbol) -> Result<&str, BuildError> {
    let name = symbol.as_str();
    if name.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
        let cure = "a product of Coinbase is named as in BTC-USD";
        return Err(BuildError::Value { field: "the symbol", cure });
    }
    Ok(name)
}

/// The id as it may stand in JSON. The documents name no rule for it; what would have to be escaped is not sent.
#[inline]
pub(crate) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    let text = id.as_str();
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
        let cure = "quotes and backslashes are not sent: a UUID, or letters and digits with dashes";
        return Err(BuildError::Value { field: "the client order id", cure });
    }
    Ok(text)
}

/// The venue's id where it can be one: a UUID.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b"-") {
        Ok(id.as_str())
    } else {
        let cure = "Coinbase's are UUIDs: give it as the venue told it";
        Err(BuildError::Value { field: "the order id", cure })
    }
}

/// The venue's id of an order, for the calls that know an order by nothing else.
///
/// **Errors**: it has our id alone, or none.
#[inline]
pub(crate) fn own_id(order: &OrderRef) -> Result<&str, BuildError> {
    order.order_id.as_ref().map_or_else(|| Err(no_own_id(order)), venue_id)
}

#[cold]
fn no_own_id(order: &OrderRef) -> BuildError {
    match &order.id {
        None => nameless(),
        Some(id) => match client_id(id) {
            Ok(_) => BuildError::MissingField {
                field: "the venue's order id",
                cure: "Coinbase cancels and edits by its own id alone: take that of the acknowledgement, or query the order first",
            },
            Err(error) => error,
        },
    }
}
