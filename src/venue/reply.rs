//! How the fields of a reply are read, on every venue: those that decide are there and can be read, or the error names them.

use crate::decimal::Decimal;
use crate::error::DecodeError;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dec;
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
}
