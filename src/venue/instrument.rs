//! An instrument's rules: what the venue would refuse is found before it is sent, and named with the cure.

use rust_decimal::serde::{str as text, str_option as text_option};
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::decimal::short::{is_less, is_multiple};
use crate::error::{ConfigError, ConfigPart};
use crate::id::Symbol;
use crate::order::{NewOrder, OrderType, Side};

/// The rules of one instrument. Rounding never makes an order larger than asked, nor its price worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instrument {
    /// The instrument.
    pub symbol: Symbol,
    /// The step of prices; zero where there is none.
    #[serde(with = "text")]
    pub tick_size: Decimal,
    /// The step of quantities; zero where there is none.
    #[serde(with = "text")]
    pub lot_size: Decimal,
    /// The least quantity of one order.
    #[serde(with = "text")]
    pub quantity_min: Decimal,
    /// The greatest quantity of one order; `None` where there is none.
    #[serde(default, with = "text_option")]
    pub quantity_max: Option<Decimal>,
    /// The greatest quantity of one market order, where that is another.
    #[serde(default, with = "text_option")]
    pub market_quantity_max: Option<Decimal>,
    /// The least price of an order; zero where there is none.
    #[serde(default, with = "text")]
    pub price_min: Decimal,
    /// The greatest price of an order; `None` where there is none.
    #[serde(default, with = "text_option")]
    pub price_max: Option<Decimal>,
    /// The least price times quantity of one order; zero where there is none.
    #[serde(with = "text")]
    pub notional_min: Decimal,
    /// The greatest price times quantity of one order; `None` where there is none.
    #[serde(default, with = "text_option")]
    pub notional_max: Option<Decimal>,
    /// How far a price may lie from the market's; `None` where that does not matter.
    #[serde(default)]
    pub price_band: Option<PriceBand>,
    /// What one unit of quantity is of the base coin: 1 on spot, a contract's size where the venue counts contracts.
    #[serde(default = "one", with = "text")]
    pub contract_size: Decimal,
    /// Whether it trades now, as far as the venue says.
    pub is_trading: bool,
}

/// How far an order's price may lie from the market's (which price that is, venues decide: the last, its mean, a mark). **Units**:
/// parts of that price, `(1 - 0.2, 1 + 0.2)` for 20 percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "there are two sides, and a least and a greatest of each")]
pub struct PriceBand {
    /// The least of a buy.
    #[serde(with = "text")]
    pub buy_least: Decimal,
    /// The greatest of a buy.
    #[serde(with = "text")]
    pub buy_most: Decimal,
    /// The least of a sell.
    #[serde(with = "text")]
    pub sell_least: Decimal,
    /// The greatest of a sell.
    #[serde(with = "text")]
    pub sell_most: Decimal,
}

/// Which rule an order breaks, and what would keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleBreach {
    /// The instrument does not trade now.
    #[error("{symbol} does not trade now")]
    NotTrading {
        /// Which.
        symbol: Symbol,
    },
    /// The order is worth more than one may be.
    #[error("the order is worth {notional}, more than the {most} that one may be: make it smaller")]
    NotionalAbove {
        /// Price times quantity.
        notional: Decimal,
        /// The most it may be.
        most: Decimal,
    },
    /// The order is worth less than one must be.
    #[error(
        "the order is worth {notional}, less than the {least} that one must be: least_quantity(price) says how much it takes"
    )]
    NotionalBelow {
        /// Price times quantity.
        notional: Decimal,
        /// The least it must be.
        least: Decimal,
    },
    /// The quantity is no multiple of the lot size.
    #[error("the quantity {quantity} is no multiple of the lot size {lot_size}: quantity_down(..) gives {down}")]
    OffLot {
        /// What was asked for.
        quantity: Decimal,
        /// The step of quantities.
        lot_size: Decimal,
        /// The next one below.
        down: Decimal,
    },
    /// A price is no multiple of the tick size.
    #[error(
        "the price {price} is no multiple of the tick size {tick_size}: price_down(..) gives {down}, price_up(..) a tick more"
    )]
    OffTick {
        /// What was asked for.
        price: Decimal,
        /// The step of prices.
        tick_size: Decimal,
        /// The next one below.
        down: Decimal,
    },
    /// The order is for another instrument than these rules.
    #[error("these are the rules of {rules}, and the order is for {order}")]
    OtherInstrument {
        /// Whose rules they are.
        rules: Symbol,
        /// What the order is for.
        order: Symbol,
    },
    /// The price lies further from the market than the venue takes.
    #[error("the price {price} is not within {least} and {most}, as far as the venue lets it from the market")]
    OutsideBand {
        /// What was asked for.
        price: Decimal,
        /// The least the venue takes.
        least: Decimal,
        /// The most the venue takes.
        most: Decimal,
    },
    /// A price is above the instrument's greatest.
    #[error("the price {price} is above the greatest, {most}")]
    PriceAbove {
        /// What was asked for.
        price: Decimal,
        /// The greatest.
        most: Decimal,
    },
    /// A price is zero, negative, or below the instrument's least.
    #[error("the price {price} is below the least, {least}")]
    PriceBelow {
        /// What was asked for.
        price: Decimal,
        /// The least.
        least: Decimal,
    },
    /// The quantity is above the greatest of one order.
    #[error("the quantity {quantity} is above the greatest of one order, {most}: send several")]
    QuantityAbove {
        /// What was asked for.
        quantity: Decimal,
        /// The greatest.
        most: Decimal,
    },
    /// The quantity is zero, negative, or below the least of one order.
    #[error("the quantity {quantity} is below the least of one order, {least}")]
    QuantityBelow {
        /// What was asked for.
        quantity: Decimal,
        /// The least.
        least: Decimal,
    },
}

impl Instrument {
    /// An instrument with the steps every venue has; no further rules, trading, one unit of quantity one of the base coin.
    #[must_use]
    pub const fn new(symbol: Symbol, tick_size: Decimal, lot_size: Decimal, quantity_min: Decimal) -> Self {
        Self {
            symbol,
            tick_size,
            lot_size,
            quantity_min,
            quantity_max: None,
            market_quantity_max: None,
            price_min: Decimal::ZERO,
            price_max: None,
            notional_min: Decimal::ZERO,
            notional_max: None,
            price_band: None,
            contract_size: Decimal::ONE,
            is_trading: true,
        }
    }

    /// Rules that were kept as JSON: a list of instruments, as [`list_to_json`](Self::list_to_json) writes it. Fields that are left
    /// out have no rule.
    ///
    /// **Errors**: [`ConfigError`] names the line and what is wrong there.
    pub fn list_from_json(text: &str) -> Result<Vec<Self>, ConfigError> {
        sonic_rs::from_str(text).map_err(|e| {
            // The rest of the reader's words is a picture of the text.
            let (line, reason) = (e.line(), e.to_string());
            let reason = reason.split(" at line").next().unwrap_or_default();
            ConfigError::new(ConfigPart::Instruments, format_args!("line {line}: {reason}"))
        })
    }

    /// Rules as JSON, to be kept in a file.
    #[must_use]
    pub fn list_to_json(instruments: &[Self]) -> String {
        sonic_rs::to_string_pretty(instruments).unwrap_or_default()
    }

    /// Whether the venue's rules let this order through, as far as they do not depend on the market: see
    /// [`check_near`](Self::check_near). Some ten to a hundred nanoseconds, no heap.
    ///
    /// **Errors**: the first rule that it breaks, with the cure.
    #[inline]
    pub fn check(&self, order: &NewOrder) -> Result<(), RuleBreach> {
        if order.symbol != self.symbol {
            return Err(RuleBreach::OtherInstrument { rules: self.symbol, order: order.symbol });
        }
        if !self.is_trading {
            return Err(RuleBreach::NotTrading { symbol: self.symbol });
        }
        self.check_quantity(order)?;
        for price in [order.price, order.stop_price].into_iter().flatten() {
            self.check_price(price)?;
        }
        order.price.map_or(Ok(()), |price| self.check_notional(price, order))
    }

    /// As [`check`](Self::check), and whether the price lies as near the market as the venue asks; of a market order, which has
    /// none, whether it is worth enough at that price.
    ///
    /// **Errors**: the first rule that it breaks, with the cure.
    pub fn check_near(&self, order: &NewOrder, market: Decimal) -> Result<(), RuleBreach> {
        self.check(order)?;
        let Some(price) = order.price else { return self.check_notional(market, order) };
        let Some(band) = self.price_band else { return Ok(()) };
        let (least, most) = match order.side {
            Side::Buy => (band.buy_least, band.buy_most),
            Side::Sell => (band.sell_least, band.sell_most),
        };
        let (Some(least), Some(most)) = (least.checked_mul(market), most.checked_mul(market)) else { return Ok(()) };
        if price < least || price > most {
            return Err(RuleBreach::OutsideBand { price, least, most });
        }
        Ok(())
    }

    /// Whether an order has no price of its own, so that its quantity has other bounds.
    #[inline]
    pub(crate) const fn is_market(order: &NewOrder) -> bool {
        matches!(order.order_type, OrderType::Market | OrderType::StopMarket | OrderType::TakeProfitMarket)
    }

    #[inline]
    fn check_quantity(&self, order: &NewOrder) -> Result<(), RuleBreach> {
        let quantity = order.quantity;
        if !is_positive(quantity) || is_less(quantity, self.quantity_min) {
            return Err(RuleBreach::QuantityBelow { quantity, least: self.quantity_min });
        }
        let most =
            if Self::is_market(order) { self.market_quantity_max.or(self.quantity_max) } else { self.quantity_max };
        if let Some(most) = most.filter(|most| is_less(*most, quantity)) {
            return Err(RuleBreach::QuantityAbove { quantity, most });
        }
        if !is_multiple(quantity, self.lot_size) {
            return Err(RuleBreach::OffLot { quantity, lot_size: self.lot_size, down: self.quantity_down(quantity) });
        }
        Ok(())
    }

    #[inline]
    fn check_price(&self, price: Decimal) -> Result<(), RuleBreach> {
        if !is_positive(price) || is_less(price, self.price_min) {
            return Err(RuleBreach::PriceBelow { price, least: self.price_min });
        }
        if let Some(most) = self.price_max.filter(|most| is_less(*most, price)) {
            return Err(RuleBreach::PriceAbove { price, most });
        }
        if !is_multiple(price, self.tick_size) {
            return Err(RuleBreach::OffTick { price, tick_size: self.tick_size, down: self.price_down(price) });
        }
        Ok(())
    }

    #[inline]
    fn check_notional(&self, price: Decimal, order: &NewOrder) -> Result<(), RuleBreach> {
        if self.notional_min.is_zero() && self.notional_max.is_none() {
            return Ok(());
        }
        // What no decimal holds is for the venue to judge.
        let Some(notional) = price.checked_mul(order.quantity).and_then(|value| self.in_contracts(value)) else {
            return Ok(());
        };
        // What is left of a position may be worth less, and has to go all the same: venues take it (Binance: -4164).
        if is_less(notional, self.notional_min) && !order.reduce_only {
            return Err(RuleBreach::NotionalBelow { notional, least: self.notional_min });
        }
        match self.notional_max.filter(|most| is_less(*most, notional)) {
            Some(most) => Err(RuleBreach::NotionalAbove { notional, most }),
            None => Ok(()),
        }
    }

    /// A value times the size of a contract, which mostly is one.
    #[inline]
    fn in_contracts(&self, value: Decimal) -> Option<Decimal> {
        if self.contract_size.mantissa() == 1 && self.contract_size.scale() == 0 {
            return Some(value);
        }
        value.checked_mul(self.contract_size)
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
        let value = price.checked_mul(self.contract_size).unwrap_or(price);
        let for_notional = if value.is_zero() { Decimal::ZERO } else { self.notional_min / value };
        let mut quantity = step_up(for_notional.max(self.quantity_min), self.lot_size);
        // The quotient above is rounded at 28 digits; the product below is what the venue will compute.
        while !value.is_zero() && !self.lot_size.is_zero() && quantity * value < self.notional_min {
            quantity += self.lot_size;
        }
        quantity.normalize()
    }
}

const fn one() -> Decimal {
    Decimal::ONE
}

/// Not `value > Decimal::ZERO`: comparing two decimals brings them to the same scale first.
#[inline]
pub(super) fn is_positive(value: Decimal) -> bool {
    value.is_sign_positive() && !value.is_zero()
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
    use proptest::prelude::*;

    use super::*;
    use crate::dec;
    use crate::id::ClientOrderId;

    fn btc() -> Instrument {
        let mut btc = Instrument::new(Symbol::new("BTCUSDT").unwrap(), dec!(0.01), dec!(0.00001), dec!(0.00001));
        btc.notional_min = dec!(5);
        btc
    }

    fn band() -> PriceBand {
        let (buy_least, buy_most, sell_least, sell_most) = (dec!(0.2), dec!(1.2), dec!(0.8), dec!(5));
        PriceBand { buy_least, buy_most, sell_least, sell_most }
    }

    fn bid(quantity: Decimal, price: Decimal) -> NewOrder {
        NewOrder::limit(ClientOrderId::new("a").unwrap(), btc().symbol, Side::Buy, quantity, price)
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

    #[test]
    fn each_rule_names_what_breaks_it_and_what_would_not() {
        let mut rules = btc();
        rules.quantity_max = Some(dec!(100));
        rules.market_quantity_max = Some(dec!(10));
        (rules.price_min, rules.price_max) = (dec!(10), Some(dec!(1000000)));
        rules.notional_max = Some(dec!(1000000));
        let check = |quantity, price| rules.check(&bid(quantity, price));
        assert_eq!(check(dec!(0.001), dec!(20000.01)), Ok(()));
        let (price, tick_size, down) = (dec!(20000.015), dec!(0.01), dec!(20000.01));
        assert_eq!(check(dec!(1), price), Err(RuleBreach::OffTick { price, tick_size, down }));
        let (quantity, lot_size, down) = (dec!(0.000019), dec!(0.00001), dec!(0.00001));
        assert_eq!(check(quantity, dec!(20000)), Err(RuleBreach::OffLot { quantity, lot_size, down }));
        for quantity in [dec!(0), dec!(-1), dec!(0.000001)] {
            let least = dec!(0.00001);
            assert_eq!(check(quantity, dec!(20000)), Err(RuleBreach::QuantityBelow { quantity, least }));
        }
        let (quantity, most) = (dec!(100.00001), dec!(100));
        assert_eq!(check(quantity, dec!(20000)), Err(RuleBreach::QuantityAbove { quantity, most }));
        assert_eq!(check(dec!(1), dec!(9.99)), Err(RuleBreach::PriceBelow { price: dec!(9.99), least: dec!(10) }));
        let (price, most) = (dec!(1000000.01), dec!(1000000));
        assert_eq!(check(dec!(1), price), Err(RuleBreach::PriceAbove { price, most }));
        let (notional, least) = (dec!(4), dec!(5));
        assert_eq!(check(dec!(0.0002), dec!(20000)), Err(RuleBreach::NotionalBelow { notional, least }));
        let (notional, most) = (dec!(1000010), dec!(1000000));
        assert_eq!(check(dec!(50), dec!(20000.2)), Err(RuleBreach::NotionalAbove { notional, most }));

        let market = NewOrder::market(bid(dec!(1), dec!(1)).id, rules.symbol, Side::Buy, dec!(11));
        let (quantity, most) = (dec!(11), dec!(10));
        assert_eq!(rules.check(&market), Err(RuleBreach::QuantityAbove { quantity, most }));
        let (rules_of, order) = (rules.symbol, Symbol::new("ETHUSDT").unwrap());
        let other = NewOrder { symbol: order, ..bid(dec!(1), dec!(20000)) };
        assert_eq!(rules.check(&other), Err(RuleBreach::OtherInstrument { rules: rules_of, order }));
        rules.is_trading = false;
        let halted = rules.check(&bid(dec!(0.001), dec!(20000)));
        assert_eq!(halted, Err(RuleBreach::NotTrading { symbol: rules_of }));
    }

    #[test]
    fn a_price_stays_near_the_market() {
        let mut rules = btc();
        rules.price_band = Some(band());
        let near = |side, price| rules.check_near(&NewOrder { side, ..bid(dec!(1), price) }, dec!(20000));
        assert_eq!(near(Side::Buy, dec!(4000)), Ok(()));
        assert_eq!(near(Side::Sell, dec!(100000)), Ok(()));
        let outside = |price, least, most| Err(RuleBreach::OutsideBand { price, least, most });
        assert_eq!(near(Side::Buy, dec!(24000.01)), outside(dec!(24000.01), dec!(4000), dec!(24000)));
        assert_eq!(near(Side::Sell, dec!(15999.99)), outside(dec!(15999.99), dec!(16000), dec!(100000)));
        let market = NewOrder::market(bid(dec!(1), dec!(1)).id, rules.symbol, Side::Buy, dec!(0.0002));
        let (notional, least) = (dec!(4), dec!(5));
        assert_eq!(rules.check_near(&market, dec!(20000)), Err(RuleBreach::NotionalBelow { notional, least }));
    }

    #[test]
    fn contracts_are_counted_in_their_size() {
        let mut swap = Instrument::new(Symbol::new("BTC-USD-SWAP").unwrap(), dec!(0.1), dec!(1), dec!(1));
        (swap.contract_size, swap.notional_min) = (dec!(0.01), dec!(500));
        assert_eq!(swap.least_quantity(dec!(20000)), dec!(3));
        let order = |quantity| NewOrder { symbol: swap.symbol, ..bid(quantity, dec!(20000)) };
        assert_eq!(swap.check(&order(dec!(3))), Ok(()));
        let (notional, least) = (dec!(400), dec!(500));
        assert_eq!(swap.check(&order(dec!(2))), Err(RuleBreach::NotionalBelow { notional, least }));
    }

    #[test]
    fn rules_are_kept_in_a_file() {
        let mut rules = [btc(), Instrument::new(Symbol::new("ETH-BTC").unwrap(), dec!(0.1), dec!(1), dec!(1))];
        rules[0].price_band = Some(band());
        assert_eq!(Instrument::list_from_json(&Instrument::list_to_json(&rules)).unwrap(), rules);
        let by_hand = r#"[{"symbol": "ETH-BTC", "tick_size": "0.1", "lot_size": "1", "quantity_min": "1",
            "notional_min": "0", "is_trading": true}]"#;
        assert_eq!(Instrument::list_from_json(by_hand).unwrap(), rules[1..]);
        let error = Instrument::list_from_json("[\n{\"symbol\": \"A\",\n \"tick_size\": \"x\"}]").unwrap_err();
        assert!(error.to_string().starts_with("instruments: line 3: "), "{error}");
    }

    proptest! {
        /// What is rounded passes; rounding never makes an order larger or its price worse.
        #[test]
        fn what_is_rounded_keeps_the_rules(price in 1_u64..10_000_000_000, quantity in 1_u64..10_000_000_000) {
            let (price, quantity) = (Decimal::new(price.cast_signed(), 5), Decimal::new(quantity.cast_signed(), 8));
            let rules = btc();
            let (down, up) = (rules.price_down(price), rules.price_up(price));
            prop_assert!(down <= price && price <= up && up - down <= rules.tick_size);
            prop_assert!(rules.quantity_down(quantity) <= quantity);
            if down > Decimal::ZERO {
                let least = rules.least_quantity(down);
                prop_assert_eq!(rules.check(&bid(least, down)), Ok(()));
                let less = least - rules.lot_size;
                prop_assert!(rules.check(&bid(less, down)).is_err(), "{} at {}", less, down);
            }
        }
    }
}
