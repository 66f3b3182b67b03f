//! How the fields of a reply are read, on every venue: those that decide are there and can be read, or the error names them.

use crate::decimal::Decimal;
use crate::error::DecodeError;
use crate::id::{ClientOrderId, OrderId};
use crate::order::OrderRef;
use crate::venue::json::{Elements, Json};

/// The members of an object inside the reply.
///
/// **Errors**: it is no object, or one of them stands in it twice.
#[inline]
pub fn members<'a, const N: usize>(value: Json<'a>, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], DecodeError> {
    value.members(names).map_err(DecodeError::from)
}

/// The elements of a list without which the reply says nothing.
///
/// **Errors**: it is not there, or no list.
#[inline]
pub fn elements<'a>(field: &'static str, value: Option<Json<'a>>) -> Result<Elements<'a>, DecodeError> {
    let value = value.ok_or(DecodeError::Missing { field })?;
    value.array().ok_or(DecodeError::Malformed { field, expected: "an array" })
}

/// A number without which the reply says nothing.
///
/// **Errors**: it is not there, or no decimal number, as JSON or as text.
#[inline]
pub fn decimal(field: &'static str, value: Option<Json<'_>>) -> Result<Decimal, DecodeError> {
    let value = value.ok_or(DecodeError::Missing { field })?;
    value.as_decimal().ok_or(DecodeError::Malformed { field, expected: "a decimal number" })
}

/// A string that is not empty; escapes stay as they are. At venues that write `""` for what is not there.
#[inline]
#[must_use]
pub fn text(value: Option<Json<'_>>) -> Option<&str> {
    value?.as_raw_str().filter(|text| !text.is_empty())
}

/// The ids in an answer about an order, as they stand there; where one is missing, it names none.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an order has two ids")]
pub struct Ids<'a> {
    /// Our id.
    pub id: Option<&'a str>,
    /// The venue's.
    pub order_id: Option<&'a str>,
}

impl Ids<'_> {
    /// Whether one of them names another order than the one that was asked for.
    #[inline]
    #[must_use]
    pub fn contradict(&self, asked: &OrderRef) -> bool {
        let other = |said: Option<&str>, asked: Option<&str>| matches!((said, asked), (Some(s), Some(a)) if s != a);
        other(self.id, asked.id.as_ref().map(ClientOrderId::as_str))
            || other(self.order_id, asked.order_id.as_ref().map(OrderId::as_str))
    }

    /// Whether they name the order that was asked for, by the id that the request went out with.
    #[inline]
    #[must_use]
    pub fn name(&self, asked: &OrderRef) -> bool {
        let same = match (&asked.order_id, &asked.id) {
            (Some(order_id), _) => self.order_id == Some(order_id.as_str()),
            (None, Some(id)) => self.id == Some(id.as_str()),
            (None, None) => false,
        };
        same && !self.contradict(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dec;
    use crate::id::Symbol;
    use crate::venue::json::whole_value;

    #[test]
    fn fields_are_read_or_named() {
        let value = whole_value(br#"{"list":[1,2],"number":"1.50","empty":"","text":"a\u00e9"}"#).unwrap();
        let [list, number, empty, word, none] = members(value, &["list", "number", "empty", "text", "none"]).unwrap();
        assert_eq!(elements("list", list).unwrap().count(), 2);
        assert_eq!(decimal("number", number), Ok(dec!(1.50)));
        assert_eq!((text(word), text(empty), text(none)), (Some(r"a\u00e9"), None, None));
        assert_eq!(decimal("none", none), Err(DecodeError::Missing { field: "none" }));
        assert_eq!(elements("none", none).err(), Some(DecodeError::Missing { field: "none" }));
        assert_eq!(decimal("text", word), Err(DecodeError::Malformed { field: "text", expected: "a decimal number" }));
        assert_eq!(elements("text", word).err(), Some(DecodeError::Malformed { field: "text", expected: "an array" }));
        assert!(members(number.unwrap(), &["x"]).is_err());
    }

    #[test]
    fn ids_name_the_order_that_was_asked_for() {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let by_id = OrderRef::by_id(symbol, ClientOrderId::new("a").unwrap());
        let by_order_id = OrderRef::by_order_id(symbol, OrderId::new("1").unwrap());
        let by_both = OrderRef { order_id: by_order_id.order_id, ..by_id };
        for (id, order_id, asked, names, contradicts) in [
            (Some("a"), Some("1"), by_id, true, false),
            (Some("a"), None, by_order_id, false, false),
            (None, Some("1"), by_order_id, true, false),
            (None, Some("1"), by_both, true, false),
            (Some("b"), Some("1"), by_both, false, true),
            (Some("a"), None, by_both, false, false),
            (None, None, by_id, false, false),
            (Some("b"), Some("1"), by_id, false, true),
        ] {
            let ids = Ids { id, order_id };
            assert_eq!((ids.name(&asked), ids.contradict(&asked)), (names, contradicts), "{ids:?} {asked}");
        }
    }
}
