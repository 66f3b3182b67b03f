//! What both markets say of an order in the same words.

use orderwire::decimal::Decimal;
use orderwire::id::OrderId;
use orderwire::order::Side;
use orderwire::venue::checks::positive;
use orderwire::venue::{BuildError, Draft, Query};

/// How much the venue says in its answer to an order. Futures have no `Full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseType {
    /// That it was taken: the earliest and shortest answer, without a status.
    Ack,
    /// What came of it, with every fill.
    Full,
    /// What came of it: status and executed quantities. What [`NewOrder`](crate::NewOrder) asks for.
    Result,
}

/// What happens when an order meets one of the same account. Futures have those that expire. Source: enums.md, "STP Modes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfTradePrevention {
    /// The smaller is taken off the larger, and expires.
    Decrement,
    /// Both expire.
    ExpireBoth,
    /// The one in the book expires.
    ExpireMaker,
    /// The one that came expires.
    ExpireTaker,
    /// They trade.
    None,
    /// The trade is booked between the accounts of a group.
    Transfer,
}

impl SelfTradePrevention {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Decrement => "DECREMENT",
            Self::ExpireBoth => "EXPIRE_BOTH",
            Self::ExpireMaker => "EXPIRE_MAKER",
            Self::ExpireTaker => "EXPIRE_TAKER",
            Self::None => "NONE",
            Self::Transfer => "TRANSFER",
        }
    }
}

pub(crate) const fn side_text(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// Writes a quantity or a price, which is above zero.
// In line, so that the draft stays in registers.
#[inline(always)]
pub(crate) fn put_positive(
    draft: &mut Draft<'_, Query>,
    field: &'static str,
    value: Decimal,
) -> Result<(), BuildError> {
    draft.put_decimal(positive(field, value)?);
    Ok(())
}

/// The venue's id where it can be one: a whole number.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id.as_str())
    } else {
        Err(BuildError::Value {
            field: "the order id",
            cure: "Binance's are whole numbers: give it as the venue told it",
        })
    }
}
