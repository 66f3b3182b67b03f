//! The venue's categories, and values as they stand in a body: JSON, written as it is sent.

use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::{OrderRef, Side};
use orderwire::venue::checks::nameless;
pub(crate) use orderwire::venue::checks::put_positive;
use orderwire::venue::{Body, BuildError, Draft, Query, is_alphanumeric_or};

/// A category of the venue's, of those that this crate has. Source: enum, "category".
pub(crate) trait Category: Send + Sync + 'static {
    /// As a person writes it.
    const NAME: &'static str;
    /// As the venue writes it.
    const WORD: &'static str;
    /// How a body begins.
    const BODY: &'static str;
    const IS_SPOT: bool;
    /// What its contracts settle in: lists of all of them are asked for by this coin.
    const SETTLE_COIN: Option<&'static str>;
    /// Most orders of one batch. Source: order/batch-place: "20 orders (linear), 10 orders (spot)". The page of rate limits says "1-10
    /// orders/request" of all: older, since the endpoints' own pages and examples go by 20.
    const BATCH_MAX: usize;
}

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident: $written:literal, $word:literal, spot: $spot:literal, settle: $settle:expr, batch: $batch:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name;
        impl Category for $name {
            const NAME: &'static str = $written;
            const WORD: &'static str = $word;
            const BODY: &'static str = concat!("{\"category\":\"", $word, "\"");
            const IS_SPOT: bool = $spot;
            const SETTLE_COIN: Option<&'static str> = $settle;
            const BATCH_MAX: usize = $batch;
        }
    )*};
}

categories! {
    /// The category `spot`.
    Spot: "Bybit Spot", "spot", spot: true, settle: None, batch: 10;
    /// The category `linear`, by contracts settled in USDT.
    Linear: "Bybit linear contracts", "linear", spot: false, settle: Some("USDT"), batch: 20;
    /// The category `linear`, by contracts settled in USDC.
    LinearUsdc: "Bybit linear contracts in USDC", "linear", spot: false, settle: Some("USDC"), batch: 20;
}

/// `,"symbol":"…"`, or with another byte before it.
#[inline]
pub(crate) fn put_symbol(draft: &mut Draft<'_, Body>, lead: &str, symbol: Symbol) -> Result<(), BuildError> {
    // Neither stands in a symbol of the venue's; within JSON they would end it.
    if symbol.as_str().contains(['"', '\\']) {
        let cure = "an instrument of Bybit's has no quotes or backslashes in its name";
        return Err(BuildError::Value { field: "the symbol", cure });
    }
    draft.put(lead).put("\"symbol\":\"").put(symbol).put("\"");
    Ok(())
}

#[inline]
pub(crate) fn put_side(draft: &mut Draft<'_, Body>, side: Side) {
    draft.put(match side {
        Side::Buy => ",\"side\":\"Buy\"",
        Side::Sell => ",\"side\":\"Sell\"",
    });
}

/// The id where it is within the venue's rule. Source: order/create-order: "A max of 36 characters. Combinations of numbers, letters
/// (upper and lower cases), dashes, and underscores".
///
/// The length is that of every [`ClientOrderId`].
#[inline]
pub(crate) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b"-_") {
        Ok(id.as_str())
    } else {
        let cure = "Bybit takes letters, digits, `-` and `_`, at most 36";
        Err(BuildError::Value { field: "the client order id", cure })
    }
}

const _: () = assert!(orderwire::id::CLIENT_ORDER_ID_BYTES_MAX == 36, "longer ids would have to be refused here");

/// The venue's id where it can be one: a number on Spot, a UUID elsewhere.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b"-") {
        Ok(id.as_str())
    } else {
        let cure = "Bybit's are digits, or a UUID: give it as the venue told it";
        Err(BuildError::Value { field: "the order id", cure })
    }
}

/// `,"orderId":"…"` or `,"orderLinkId":"…"`. Where both are known the venue's goes out alone: "the system will process orderId first"
/// anyway.
#[inline]
pub(crate) fn put_ref(draft: &mut Draft<'_, Body>, order: &OrderRef) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => draft.put(",\"orderId\":\"").put(venue_id(order_id)?).put("\""),
        (None, Some(id)) => draft.put(",\"orderLinkId\":\"").put(client_id(id)?).put("\""),
        (None, None) => return Err(nameless()),
    };
    Ok(())
}

/// The same in a query.
pub(crate) fn pair_ref(draft: &mut Draft<'_, Query>, order: &OrderRef) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => draft.pair("orderId", venue_id(order_id)?),
        (None, Some(id)) => draft.pair("orderLinkId", client_id(id)?),
        (None, None) => return Err(nameless()),
    };
    Ok(())
}
