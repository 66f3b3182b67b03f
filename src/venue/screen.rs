//! An instrument's rules as whole numbers: that an order keeps them is then seen in some nanoseconds.
//!
//! The screen says yes, or nothing at all: what it cannot say of, [`Instrument::check`] judges, and names the cure.

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

/// The rules of one instrument: first what every order is held against, in as few lines of the processor's cache as it takes.
#[derive(Debug)]
#[repr(C, align(64))]
struct Screen {
    symbol: Symbol,
    /// `None` where the rules do not fit whole numbers: then each order is judged by the rules as they are.
    whole: Option<Whole>,
    rules: Instrument,
}

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

/// Steps and bounds, counted in the last place that they have.
#[derive(Debug)]
#[repr(C)]
struct Whole {
    /// Of the product of a price and a quantity as they are counted here.
    notional_least: u128,
    quantities: Steps,
    prices: Steps,
    notional_most: u128,
    market_quantities: Steps,
}

impl Whole {
    fn new(rules: &Instrument) -> Option<Self> {
        let market_most = rules.market_quantity_max.or(rules.quantity_max);
        let quantities = Steps::new(rules.quantity_min, rules.quantity_max, rules.lot_size)?;
        let prices = Steps::new(rules.price_min, rules.price_max, rules.tick_size)?;
        // Contracts of whole coins or of one of their decimals: their size is in the bounds.
        let size = rules.contract_size.normalize();
        let size = (size.mantissa() == 1).then_some(size.scale())?;
        let places = (quantities.places + prices.places + size) as usize;
        let notional_most = match rules.notional_max {
            Some(most) => units(most, places)?,
            None => u128::MAX,
        };
        Some(Self {
            market_quantities: Steps::new(rules.quantity_min, market_most, rules.lot_size)?,
            quantities,
            prices,
            notional_least: units(rules.notional_min, places)?,
            notional_most,
        })
    }

    /// Something where the order keeps all rules for certain.
    #[inline]
    fn lets_through(&self, order: &NewOrder) -> Option<()> {
        let quantities = if Instrument::is_market(order) { &self.market_quantities } else { &self.quantities };
        let quantity = quantities.within(order.quantity)?;
        if let Some(stop_price) = order.stop_price {
            self.stops(stop_price)?;
        }
        let Some(price) = order.price else { return Some(()) };
        let notional = u128::from(self.prices.within(price)?) * u128::from(quantity);
        (self.notional_least <= notional && notional <= self.notional_most).then_some(())
    }

    /// Apart, so that an order without a stop price passes over no code of it.
    #[cold]
    fn stops(&self, stop_price: Decimal) -> Option<()> {
        self.prices.within(stop_price).map(drop)
    }
}

/// Values from the least to the most, in steps.
#[derive(Debug)]
struct Steps {
    /// Decimal places of the units in which the rest is counted.
    places: u32,
    least: u64,
    most: u64,
    step: NonZeroU64,
}

impl Steps {
    fn new(least: Decimal, most: Option<Decimal>, step: Decimal) -> Option<Self> {
        let (least, most, step) = (least.normalize(), most.map(|most| most.normalize()), step.normalize());
        let places = least.scale().max(step.scale()).max(most.map_or(0, |most| most.scale()));
        let short = |value| u64::try_from(units(value, places as usize)?).ok();
        let most = most.map_or(Some(u64::MAX), short)?;
        let step = NonZeroU64::new(short(step)?).unwrap_or(NonZeroU64::MIN);
        // Zero is no quantity and no price, whatever the rules say; and without a step, each unit is one.
        Some(Self { places, least: short(least)?.max(1), most, step })
    }

    /// The value in units, if it is one of these for certain.
    #[inline]
    fn within(&self, value: Decimal) -> Option<u64> {
        let parts = value.unpack();
        if parts.negative || parts.hi != 0 {
            return None;
        }
        let ten = TENS.get(self.places.checked_sub(parts.scale)? as usize)?;
        let units = (u64::from(parts.mid) << 32 | u64::from(parts.lo)).checked_mul(*ten)?;
        // The step is one unit mostly, which takes no division to see.
        let is_step = self.step == NonZeroU64::MIN || self.divides(units);
        (self.least <= units && units <= self.most && is_step).then_some(units)
    }

    #[cold]
    const fn divides(&self, units: u64) -> bool {
        units.is_multiple_of(self.step.get())
    }
}

/// A value that is not negative, in units of so many places; `None` where it has more of them, or does not fit.
fn units(value: Decimal, places: usize) -> Option<u128> {
    let value = value.normalize();
    let more = places.checked_sub(value.scale() as usize)?;
    u128::try_from(value.mantissa()).ok()?.checked_mul(10_u128.checked_pow(u32::try_from(more).ok()?)?)
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
