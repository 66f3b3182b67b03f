//! What every venue checks: of a call before it is written, of a batch once it is answered.

use crate::decimal::Decimal;
use crate::error::{RejectKind, RestError};
use crate::http::request::{Body, BuildError, Draft};
use crate::order::Fate;
use crate::venue::instrument::is_positive;

/// A quantity or a price, which is above zero.
///
/// **Errors**: it is not; the error names the field.
#[inline]
pub fn positive(field: &'static str, value: Decimal) -> Result<Decimal, BuildError> {
    if is_positive(value) { Ok(value) } else { Err(BuildError::Value { field, cure: "it must be above zero" }) }
}

/// Appends a member of a JSON body whose value is a number above zero in quotes: `lead`, which ends in the opening one, the number and
/// the closing one.
///
/// **Errors**: as [`positive`], and nothing is appended.
// In line, where `lead` is a literal: a few stores in place of a copy.
#[inline(always)]
pub fn put_positive(
    draft: &mut Draft<'_, Body>,
    lead: &'static str,
    field: &'static str,
    value: Decimal,
) -> Result<(), BuildError> {
    let value = positive(field, value)?;
    draft.put(lead).put_decimal(value).put("\"");
    Ok(())
}

/// The refusal of an order that is named by neither of its ids.
#[cold]
#[must_use]
pub fn nameless() -> BuildError {
    BuildError::MissingField {
        field: "the order's id",
        cure: "name the order by its client order id or by the venue's order id",
    }
}

/// The refusal of a signed call by a client that has no credentials.
#[cold]
#[must_use]
pub fn keyless() -> BuildError {
    BuildError::MissingField {
        field: "the account's key",
        cure: "this call is signed: give the builder .credentials(Credentials::from_env(\"...\")?)",
    }
}

/// Whether the order at this place of an answered batch is in doubt: its outcome is unknown, or an earlier request of its id did something.
/// What [`Endpoint::leaves_doubt`](crate::venue::Endpoint::leaves_doubt) says of a batch.
#[must_use]
pub fn is_in_doubt<T>(fates: &[Result<T, RestError>], place: usize) -> bool {
    match fates.get(place) {
        Some(Ok(_)) => false,
        Some(Err(error)) => error.fate() == Fate::Unknown || error.kind() == RejectKind::DuplicateId,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dec;
    use crate::error::{Answer, DecodeError};

    #[test]
    fn what_is_not_above_zero_is_refused_by_name() {
        assert_eq!(positive("price", dec!(0.1)), Ok(dec!(0.1)));
        for value in [dec!(0), dec!(0.000), dec!(-1)] {
            assert!(positive("price", value).unwrap_err().to_string().contains("price"), "{value}");
        }
    }

    #[test]
    fn a_batch_leaves_in_doubt_what_nobody_knows() {
        let refused = |kind, fate| Err(Answer::new(200, Some(1), kind, "").into_error(fate));
        let fates: [Result<(), RestError>; 5] = [
            Ok(()),
            refused(RejectKind::Balance, Fate::Rejected),
            refused(RejectKind::Balance, Fate::Unknown),
            refused(RejectKind::DuplicateId, Fate::Rejected),
            Err(DecodeError::OtherOrder.into()),
        ];
        let doubts = [0, 1, 2, 3, 4, 5].map(|place| is_in_doubt(&fates, place));
        assert_eq!(doubts, [false, false, true, true, true, true]);
    }
}
