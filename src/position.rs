//! Positions: what an account holds of instruments that are margined rather than owned.

use crate::decimal::Decimal;
use crate::id::Symbol;
use crate::time::Timestamp;

/// Which of an account's positions in an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an account has one position in an instrument, or one for each side")]
pub enum PositionSide {
    /// The long one, of an account that keeps the two apart.
    Long,
    /// The only one: buys and sells are netted.
    Net,
    /// The short one, of an account that keeps the two apart.
    Short,
}

/// What an account holds of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The instrument.
    pub symbol: Symbol,
    /// Which of the account's positions in it.
    pub side: PositionSide,
    /// How much: above zero when long, below when short, whatever the venue's own sign. **Units**: as an order's quantity.
    pub quantity: Decimal,
    /// The mean price it was opened at; `None` where the venue does not say.
    pub entry_price: Option<Decimal>,
    /// The price that the venue values it at.
    pub mark_price: Option<Decimal>,
    /// What closing it at that price would bring. **Units**: the coin it is margined in.
    pub unrealized: Option<Decimal>,
    /// The price at which the venue closes it by force; `None` or zero where there is none.
    pub liquidation_price: Option<Decimal>,
    /// When the venue last changed it.
    pub updated: Option<Timestamp>,
}

impl Position {
    /// A position with what every venue tells.
    #[must_use]
    pub const fn new(symbol: Symbol, side: PositionSide, quantity: Decimal) -> Self {
        let (entry_price, mark_price, unrealized, liquidation_price, updated) = (None, None, None, None, None);
        Self { symbol, side, quantity, entry_price, mark_price, unrealized, liquidation_price, updated }
    }
}
