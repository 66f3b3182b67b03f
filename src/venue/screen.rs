//! An instrument's rules as whole numbers: that an order keeps them is then seen in some nanoseconds.
//!
//! The screen says yes, or nothing at all: what it cannot say of, [`Instrument::check`] judges, and names the cure.

use core::mem::offset_of;
use core::num::NonZeroU64;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::decimal::Decimal;
use crate::error::RestError;
use crate::http::text::TENS;
use crate::id::Symbol;
use crate::order::NewOrder;
use crate::venue::instrument::Instrument;

/// The rules of some instruments.
#[derive(Debug)]
pub(crate) struct Screens {
    /// By symbol.
    screens: Box<[Screen]>,
    /// Which was asked for last: orders for one instrument follow each other.
    last: AtomicUsize,
}

impl Screens {
    pub(crate) fn new(rules: impl IntoIterator<Item = Instrument>) -> Self {
        let mut screens: Box<[_]> = rules.into_iter().map(Screen::new).collect();
        screens.sort_by_key(|screen| screen.symbol);
        Self { screens, last: AtomicUsize::new(0) }
    }

    /// As [`Instrument::check`], of orders for these instruments; whatever is for another keeps the rules.
    #[inline]
    pub(crate) fn check<'a>(&self, orders: impl IntoIterator<Item = &'a NewOrder>) -> Result<(), RestError> {
        if self.screens.is_empty() {
            return Ok(());
        }
        orders.into_iter().try_for_each(|order| self.of(&order.symbol).map_or(Ok(()), |screen| screen.check(order)))
    }

    #[inline]
    fn of(&self, symbol: &Symbol) -> Option<&Screen> {
        let last = self.screens.get(self.last.load(Ordering::Relaxed));
        last.filter(|screen| screen.symbol.is(symbol)).or_else(|| self.find(symbol))
    }

    #[cold]
    fn find(&self, symbol: &Symbol) -> Option<&Screen> {
        let at = self.screens.binary_search_by(|screen| screen.symbol.cmp(symbol)).ok()?;
        self.last.store(at, Ordering::Relaxed);
        Some(&self.screens[at])
    }
}

/// The rules of one instrument: first what every order is held against, in two lines of the processor's cache.
#[derive(Debug)]
#[repr(C, align(64))]
struct Screen {
    symbol: Symbol,
    /// `None` where the rules do not fit whole numbers: then each order is judged by the rules as they are.
    whole: Option<Whole>,
    rules: Instrument,
}

const _: () = assert!(
    offset_of!(Screen, whole) + offset_of!(Whole, market_most) <= 2 * 64,
    "what a limit order is held against lies in two lines"
);

impl Screen {
    fn new(rules: Instrument) -> Self {
        Self { symbol: rules.symbol, whole: rules.is_trading.then(|| Whole::new(&rules)).flatten(), rules }
    }

    /// As [`Instrument::check`], of an order for this instrument.
    #[inline]
    fn check(&self, order: &NewOrder) -> Result<(), RestError> {
        match &self.whole {
            Some(whole) if whole.lets_through(order).is_some() => Ok(()),
            _ => self.judge(order),
        }
    }

    #[cold]
    fn judge(&self, order: &NewOrder) -> Result<(), RestError> {
        Ok(self.rules.check(order)?)
    }
}

/// What quantity and price may be in steps, and their product in products of a step of each.
#[derive(Debug)]
#[repr(C)]
struct Whole {
    quantities: Steps,
    prices: Steps,
    notional_least: u64,
    notional_most: u64,
    /// The most of a market order's quantity.
    market_most: u64,
}

impl Whole {
    fn new(rules: &Instrument) -> Option<Self> {
        let market_most = rules.market_quantity_max.or(rules.quantity_max);
        let lots = Unit::new(rules.lot_size, &[Some(rules.quantity_min), rules.quantity_max, market_most])?;
        let ticks = Unit::new(rules.tick_size, &[Some(rules.price_min), rules.price_max])?;
        // Contracts of whole coins or of one of their decimals: their size is in the bounds.
        let size = rules.contract_size.normalize();
        let size = (size.mantissa() == 1).then_some(size.scale())?;
        let (places, product) = (lots.places + ticks.places + size, u128::from(lots.step) * u128::from(ticks.step));
        let notional_least = u64::try_from(units(rules.notional_min, places)?.div_ceil(product)).ok()?;
        let notional_most = match rules.notional_max {
            Some(most) => u64::try_from(units(most, places)? / product).unwrap_or(u64::MAX),
            None => u64::MAX,
        };
        let quantities = Steps::new(lots, rules.quantity_min, rules.quantity_max)?;
        let market_most = lots.down(market_most)?;
        let prices = Steps::new(ticks, rules.price_min, rules.price_max)?;
        Some(Self { quantities, prices, notional_least, notional_most, market_most })
    }

    /// Something where the order keeps all rules for certain.
    #[inline]
    fn lets_through(&self, order: &NewOrder) -> Option<()> {
        let most = if Instrument::is_market(order) { self.market_most } else { self.quantities.most };
        let quantity = self.quantities.count(order.quantity, most)?;
        if let Some(stop_price) = order.stop_price {
            self.stops(stop_price)?;
        }
        let Some(price) = order.price else { return Some(()) };
        let notional = self.prices.count(price, self.prices.most)?.checked_mul(quantity)?;
        (self.notional_least <= notional && notional <= self.notional_most).then_some(())
    }

    /// Apart, so that an order without a stop price passes over no code of it.
    #[cold]
    fn stops(&self, stop_price: Decimal) -> Option<()> {
        self.prices.count(stop_price, self.prices.most).map(drop)
    }
}

/// Values from the least to the most, in steps.
///
/// How many steps a value is takes no division. An odd step has an inverse modulo 2^64, by which multiples of it are taken to how many
/// they are, and all other values beyond what any multiple is taken to; of an even step the powers of two are rotated out, which takes
/// whatever is no multiple of them there too. Source: T. Granlund and P. L. Montgomery, "Division by invariant integers using
/// multiplication", 1994, section 9.
#[derive(Debug)]
#[repr(C)]
struct Steps {
    /// Steps.
    least: u64,
    /// Steps.
    most: u64,
    /// Of the step's odd part, modulo 2^64.
    inverse: NonZeroU64,
    /// How often two divides the step.
    twos: u32,
    /// Decimal places of the units of which the step is a whole number.
    places: u32,
}

impl Steps {
    fn new(unit: Unit, least: Decimal, most: Option<Decimal>) -> Option<Self> {
        let twos = unit.step.trailing_zeros();
        let odd = unit.step >> twos;
        // Right in its last three bits; each turn doubles how many are.
        let turn = |inverse: u64| inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        let inverse = NonZeroU64::new((0..5).fold(odd, |inverse, _| turn(inverse)))?;
        // Zero is no quantity and no price, whatever the rules say.
        let least = unit.count(least)?.max(1).div_ceil(unit.step);
        Some(Self { least, most: unit.down(most)?, inverse, twos, places: unit.places })
    }

    /// How many steps a value is, if it is from the least to `most` of them for certain.
    #[inline]
    fn count(&self, value: Decimal, most: u64) -> Option<u64> {
        let parts = value.unpack();
        if parts.negative || parts.hi != 0 {
            return None;
        }
        let ten = TENS.0.get(self.places.checked_sub(parts.scale)? as usize)?;
        let units = (u64::from(parts.mid) << 32 | u64::from(parts.lo)).checked_mul(*ten)?;
        // Of what is no multiple of the step this is more than any most.
        let steps = units.wrapping_mul(self.inverse.get()).rotate_right(self.twos);
        (self.least <= steps && steps <= most).then_some(steps)
    }
}

/// What a step is a whole number of.
#[derive(Clone, Copy)]
struct Unit {
    /// Decimal places.
    places: u32,
    step: u64,
}

impl Unit {
    /// The last place that the step and these bounds have.
    fn new(step: Decimal, bounds: &[Option<Decimal>]) -> Option<Self> {
        let places = bounds.iter().flatten().chain([&step]).map(|value| value.normalize().scale()).max()?;
        // Without a step each unit is one.
        let step = Self { places, step: 1 }.count(step)?.max(1);
        Some(Self { places, step })
    }

    fn count(self, value: Decimal) -> Option<u64> {
        u64::try_from(units(value, self.places)?).ok()
    }

    /// How many steps fit a bound.
    fn down(self, most: Option<Decimal>) -> Option<u64> {
        Some(most.map_or(Some(u64::MAX), |most| self.count(most))? / self.step)
    }
}

/// A value that is not negative, in units of so many places; `None` where it has more of them, or does not fit.
fn units(value: Decimal, places: u32) -> Option<u128> {
    let value = value.normalize();
    let more = places.checked_sub(value.scale())?;
    u128::try_from(value.mantissa()).ok()?.checked_mul(10_u128.checked_pow(more)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dec;
    use crate::id::ClientOrderId;
    use crate::order::Side;

    fn order(quantity: Decimal, price: Option<Decimal>) -> NewOrder {
        let (id, symbol) = (ClientOrderId::new("a").unwrap(), Symbol::new("BTCUSDT").unwrap());
        match price {
            Some(price) => NewOrder::limit(id, symbol, Side::Buy, quantity, price),
            None => NewOrder::market(id, symbol, Side::Buy, quantity),
        }
    }

    fn rules() -> Instrument {
        let mut rules = Instrument::new(Symbol::new("BTCUSDT").unwrap(), dec!(0.01), dec!(0.00001), dec!(0.00001));
        (rules.quantity_max, rules.market_quantity_max) = (Some(dec!(9000)), Some(dec!(100)));
        (rules.price_min, rules.price_max) = (dec!(0.01), Some(dec!(1000000)));
        (rules.notional_min, rules.notional_max) = (dec!(5), Some(dec!(9000000)));
        rules
    }

    #[test]
    fn plain_orders_are_let_through_without_the_rules() {
        let mut contracts = rules();
        contracts.contract_size = dec!(0.01);
        contracts.notional_min = dec!(0.05);
        for rules in [rules(), contracts] {
            let whole = Screen::new(rules).whole.unwrap();
            for (quantity, price) in [
                (dec!(0.001), Some(dec!(20000.01))),
                (dec!(1), Some(dec!(20000))),
                (dec!(0.00025), Some(dec!(20000))),
                (dec!(100), None),
                (dec!(9000), Some(dec!(1000))),
            ] {
                assert!(whole.lets_through(&order(quantity, price)).is_some(), "{quantity} {price:?}");
            }
        }
        let mut halted = rules();
        halted.is_trading = false;
        assert!(Screen::new(halted).check(&order(dec!(1), None)).is_err());
    }

    /// Against the division that it does without.
    #[test]
    fn a_value_is_so_many_steps() {
        for step in [1, 2, 3, 5, 8, 10, 12, 25, 96, 1_000, 12_345_679, 1 << 32, (1 << 40) - 1, 10_u64.pow(15)] {
            let steps = Steps::new(Unit { places: 0, step }, Decimal::ZERO, None).unwrap();
            let near = [0, 1, 2, 3, 7, 1_000, u64::MAX / step / 3, u64::MAX / step].map(|n| n * step);
            let values =
                near.into_iter().flat_map(|n| [n.wrapping_sub(1), n, n.wrapping_add(1), n ^ step >> 1, n ^ 1 << 63]);
            for value in values.chain([u64::MAX]) {
                let expected = (value > 0 && value.is_multiple_of(step)).then(|| value / step);
                assert_eq!(steps.count(value.into(), steps.most), expected, "{value} in steps of {step}");
            }
        }
    }

    #[test]
    fn each_order_is_held_against_the_rules_of_its_own_instrument() {
        let names =
            ["ETHUSDT", "BTCUSDT", "XRP", "BTCUSD", "BTC-USDT-SWAP", "BTC-USDC-SWAP", "BTC-CCOND-21APR23-22000_24000"];
        let named = |name: &str| Symbol::new(name).unwrap();
        let with_least =
            |(name, least): (&str, u64)| Instrument { symbol: named(name), quantity_min: least.into(), ..rules() };
        let screens = Screens::new(names.into_iter().zip(1..).map(with_least));
        for step in 0..100 {
            // Each behind itself, and behind every other.
            for (name, least) in
                names.into_iter().zip(1_u64..).cycle().skip(step).step_by(1 + step / 10).take(names.len())
            {
                let order = |quantity| NewOrder { symbol: named(name), ..order(Decimal::from(quantity), None) };
                assert_eq!(screens.check([&order(least)]), Ok(()));
                assert!(screens.check([&order(least), &order(least - 1)]).is_err(), "{name}");
            }
        }
        for other in ["A", "BTC", "BTCUSDC", "ETHUSDT1", "BTC-USDT-SWAQ", "ZZZ"] {
            assert_eq!(screens.check([&NewOrder { symbol: named(other), ..order(dec!(0), None) }]), Ok(()));
        }
    }

    /// Few digits, and near the bounds often.
    fn any_value() -> impl Strategy<Value = Decimal> {
        let near = prop::sample::select(vec![
            dec!(0),
            dec!(0.00001),
            dec!(0.01),
            dec!(1),
            dec!(5),
            dec!(100),
            dec!(9000),
            dec!(1000000),
            dec!(9000000),
        ]);
        let off =
            prop::sample::select(vec![dec!(0), dec!(0.00001), dec!(-0.00001), dec!(0.01), dec!(-0.01), dec!(0.000001)]);
        let free =
            (any::<u128>(), 0..=128_u32, any::<bool>(), 0..=28_u32).prop_map(|(digits, shift, negative, places)| {
                let digits = digits.checked_shr(32.max(shift)).unwrap_or_default() as i128;
                Decimal::from_i128_with_scale(if negative { -digits } else { digits }, places)
            });
        prop_oneof![(near, off).prop_map(|(near, off)| near + off), free]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn what_is_let_through_keeps_the_rules(
            quantity in any_value(), price in prop::option::of(any_value()), stop in prop::option::of(any_value()),
            bounds in prop::array::uniform8(any_value()), contract in any_value(), are_own in any::<bool>(),
        ) {
            let mut rules = rules();
            if are_own {
                let [tick, lot, least, most, market_most, price_least, price_most, notional] = bounds.map(|bound| bound.abs());
                (rules.tick_size, rules.lot_size, rules.quantity_min) = (tick, lot, least);
                (rules.quantity_max, rules.market_quantity_max) = (Some(most), Some(market_most));
                (rules.price_min, rules.price_max, rules.notional_min) = (price_least, Some(price_most), notional);
                rules.contract_size = contract.abs();
            }
            let mut order = order(quantity, price);
            order.stop_price = stop;
            let screen = Screen::new(rules);
            prop_assert_eq!(screen.check(&order), rules.check(&order).map_err(RestError::from));
            if screen.whole.is_some_and(|whole| whole.lets_through(&order).is_some()) {
                prop_assert_eq!(rules.check(&order), Ok(()));
            }
        }
    }
}
