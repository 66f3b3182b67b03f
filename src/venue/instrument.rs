//! An instrument's rules, and rounding that the venue accepts.

use crate::decimal::Decimal;
use crate::id::Symbol;

/// The rules of one instrument. Rounding never makes an order larger than asked, nor its price worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instrument {
    /// The instrument.
    pub symbol: Symbol,
    /// The step of prices; zero where there is none.
    pub tick_size: Decimal,
    /// The step of quantities; zero where there is none.
    pub lot_size: Decimal,
    /// The least quantity of one order.
    pub quantity_min: Decimal,
    /// The greatest quantity of one order; `None` where there is none.
    pub quantity_max: Option<Decimal>,
    /// The least price times quantity of one order; zero where there is none.
    pub notional_min: Decimal,
    /// Whether it trades now, as far as the venue says.
    pub is_trading: bool,
}

impl Instrument {
    /// An instrument with the steps every venue has; no least notional, no greatest quantity, trading.
    #[must_use]
    pub const fn new(symbol: Symbol, tick_size: Decimal, lot_size: Decimal, quantity_min: Decimal) -> Self {
        let (quantity_max, notional_min, is_trading) = (None, Decimal::ZERO, true);
        Self { symbol, tick_size, lot_size, quantity_min, quantity_max, notional_min, is_trading }
    }

    /// The next price at or below: for a bid that must not cost more.
    #[must_use]
    pub fn price_down(&self, price: Decimal) -> Decimal {
        step_down(price, self.tick_size)
    }

    /// The next price at or above: for an offer that must not bring less.
    #[must_use]
    pub fn price_up(&self, price: Decimal) -> Decimal {
        step_up(price, self.tick_size)
    }

    /// The next quantity at or below.
    #[must_use]
    pub fn quantity_down(&self, quantity: Decimal) -> Decimal {
        step_down(quantity, self.lot_size)
    }

    /// The least quantity that an order at `price` may have: the least lot, and as much as the least notional needs.
    #[must_use]
    pub fn least_quantity(&self, price: Decimal) -> Decimal {
        let for_notional = if price.is_zero() { Decimal::ZERO } else { self.notional_min / price };
        let mut quantity = step_up(for_notional.max(self.quantity_min), self.lot_size);
        // The quotient above is rounded at 28 digits; the product below is what the venue will compute.
        while !price.is_zero() && !self.lot_size.is_zero() && quantity * price < self.notional_min {
            quantity += self.lot_size;
        }
        quantity.normalize()
    }
}

fn step_down(value: Decimal, step: Decimal) -> Decimal {
    if step.is_zero() { value } else { (value - value % step).normalize() }
}

fn step_up(value: Decimal, step: Decimal) -> Decimal {
    let down = step_down(value, step);
    if down == value { down } else { (down + step).normalize() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dec;

    fn btc() -> Instrument {
        let mut btc = Instrument::new(Symbol::new("BTCUSDT").unwrap(), dec!(0.01), dec!(0.00001), dec!(0.00001));
        btc.notional_min = dec!(5);
        btc
    }

    #[test]
    fn rounds_to_the_tick_and_never_the_wrong_way() {
        assert_eq!(btc().price_down(dec!(20000.019)), dec!(20000.01));
        assert_eq!(btc().price_up(dec!(20000.011)), dec!(20000.02));
        assert_eq!(btc().price_up(dec!(20000.01)), dec!(20000.01));
        assert_eq!(btc().quantity_down(dec!(0.000019)), dec!(0.00001));
    }

    #[test]
    fn least_quantity_meets_lot_and_notional() {
        assert_eq!(btc().least_quantity(dec!(20000)), dec!(0.00025));
        assert_eq!(btc().least_quantity(dec!(30000)), dec!(0.00017));
        assert_eq!(btc().least_quantity(dec!(10000000)), dec!(0.00001));
        assert_eq!(btc().least_quantity(dec!(0)), dec!(0.00001));
        for cents in 1..2_000_u32 {
            let price = Decimal::new(i64::from(cents) * 977, 2);
            let quantity = btc().least_quantity(price);
            assert!(quantity * price >= dec!(5) && (quantity - dec!(0.00001)) * price < dec!(5), "{price}: {quantity}");
        }
    }
}
