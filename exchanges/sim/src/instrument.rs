//! What can be traded and the rules an order must keep, in no venue's words: each dialect maps a broken rule to its own
//! code and text.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::{NewOrder, Side, Size};

/// What changes hands in a trade.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// A contract without an end: positions change, which are margined and paid in the quote asset.
    Perpetual,
    /// The base asset for the quote asset.
    #[default]
    Spot,
}

/// One tradable pair or contract with its rules. [`Instrument::new`] and [`Instrument::perpetual`] set workable limits;
/// every field may be changed afterwards.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Instrument {
    /// The name in the dialect's own notation.
    pub symbol: String,
    /// What changes hands.
    #[serde(default)]
    pub kind: InstrumentKind,
    /// What is bought and sold.
    pub base: String,
    /// What it is paid with.
    pub quote: String,
    /// Decimals of an amount of the base asset.
    pub base_decimals: u32,
    /// Decimals of an amount of the quote asset.
    pub quote_decimals: u32,
    /// The price the house quotes around, and the reference of the price band.
    pub reference_price: Decimal,
    /// Step of prices; the least price too.
    pub tick_size: Decimal,
    /// Highest price.
    pub price_max: Decimal,
    /// How far below the reference price an order may stand, as a factor. Of contracts, a sale.
    pub price_band_down: Decimal,
    /// How far above the reference price an order may stand, as a factor. Of contracts, a buy.
    pub price_band_up: Decimal,
    /// Step of quantities; the least quantity too.
    pub lot_size: Decimal,
    /// How much of the base asset one contract is, where the dialect counts in contracts. All quantities here are of the
    /// base asset.
    pub contract_size: Decimal,
    /// Largest quantity.
    pub quantity_max: Decimal,
    /// Largest quantity of a market order.
    pub market_quantity_max: Decimal,
    /// Least price times quantity, unless an order only reduces a position.
    pub notional_min: Decimal,
    /// Largest price times quantity of an order with a price.
    pub notional_max: Decimal,
    /// What the house quotes at its best price, of the quote asset: small enough that a usual order meets several levels.
    pub house_worth: Decimal,
    /// Open orders one account may have here. Real venues allow far fewer (Binance Spot 200); the simulated one leaves
    /// room for tests that fill a book.
    pub open_orders_max: u32,
    /// Open orders with a trigger that one account may have here.
    pub algo_orders_max: u32,
    /// Open order lists that one account may have here.
    pub order_lists_max: u32,
    /// How many times what an iceberg shows its whole quantity may be, rounded up.
    pub iceberg_parts_max: u32,
    /// Least distance of a trailing stop, hundredths of a percent.
    pub trailing_delta_min: u32,
    /// Largest distance of a trailing stop, hundredths of a percent.
    pub trailing_delta_max: u32,
}

/// A rule of an instrument that an order breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BrokenRule {
    AlgoOrders,
    IcebergParts,
    MarketQuantity,
    Notional,
    OpenOrders,
    OrderLists,
    Price,
    PriceBand,
    Quantity,
    TrailingDelta,
}

impl Instrument {
    /// A pair quoted around `reference_price`, in steps of `tick_size` and `lot_size`.
    ///
    /// **Panics**: one of the three numbers is not positive.
    #[must_use]
    pub fn new(
        symbol: &str,
        base: &str,
        quote: &str,
        reference_price: Decimal,
        tick_size: Decimal,
        lot_size: Decimal,
    ) -> Self {
        let positive = [reference_price, tick_size, lot_size].iter().all(|number| *number > Decimal::ZERO);
        assert!(positive, "reference price, tick size and lot size of {symbol} must be positive");
        Self {
            symbol: symbol.to_owned(),
            kind: InstrumentKind::Spot,
            base: base.to_owned(),
            quote: quote.to_owned(),
            base_decimals: ASSET_DECIMALS,
            quote_decimals: ASSET_DECIMALS,
            reference_price,
            tick_size,
            price_max: Decimal::from(1_000_000),
            price_band_down: Decimal::new(2, 1),
            price_band_up: Decimal::from(5),
            lot_size,
            contract_size: Decimal::ONE,
            quantity_max: Decimal::from(9_000),
            market_quantity_max: Decimal::from(100),
            notional_min: Decimal::from(5),
            notional_max: Decimal::from(1_000_000_000),
            house_worth: Decimal::from(5_000),
            open_orders_max: 100_000,
            algo_orders_max: 5,
            order_lists_max: 20,
            iceberg_parts_max: 10,
            trailing_delta_min: 10,
            trailing_delta_max: 2_000,
        }
    }

    /// A contract of one unit of `base`, quoted around `reference_price`, in steps of `tick_size` and `lot_size`.
    ///
    /// **Panics**: one of the three numbers is not positive.
    #[must_use]
    pub fn perpetual(
        symbol: &str,
        base: &str,
        quote: &str,
        reference_price: Decimal,
        tick_size: Decimal,
        lot_size: Decimal,
    ) -> Self {
        Self { kind: InstrumentKind::Perpetual, ..Self::new(symbol, base, quote, reference_price, tick_size, lot_size) }
    }

    pub(crate) fn is_contract(&self) -> bool {
        self.kind != InstrumentKind::Spot
    }

    /// Whether an order keeps every rule that does not depend on the book or on other orders. A quantity that another
    /// order will bring and a price that a peg will choose are checked again when they are known.
    pub(crate) fn check_order(&self, order: &NewOrder) -> Result<(), BrokenRule> {
        if let Some(price) = order.price {
            self.check_price(price, order.side)?;
        }
        if let Some(trigger) = order.trigger {
            if let Some(stop_price) = trigger.stop_price {
                self.check_tick(stop_price)?;
            }
            let deltas = self.trailing_delta_min..=self.trailing_delta_max;
            if trigger.trailing_delta.is_some_and(|delta| !deltas.contains(&delta)) {
                return Err(BrokenRule::TrailingDelta);
            }
        }
        match order.size {
            Size::Base(quantity) => {
                self.check_quantity(quantity)?;
                if order.peg.is_none() || order.price.is_some() {
                    self.check_value(order, order.price.unwrap_or(self.reference_price), quantity)?;
                }
                if order.is_market() {
                    self.check_market_quantity(quantity)?;
                }
                order.iceberg.map_or(Ok(()), |shown| self.check_iceberg(quantity, shown))
            }
            Size::Position | Size::Proceeds => Ok(()),
            Size::Quote(amount) => self.check_notional(amount, Decimal::ONE),
        }
    }

    fn check_iceberg(&self, quantity: Decimal, shown: Decimal) -> Result<(), BrokenRule> {
        self.check_quantity(shown)?;
        if (quantity / shown).ceil() > Decimal::from(self.iceberg_parts_max) {
            return Err(BrokenRule::IcebergParts);
        }
        Ok(())
    }

    fn check_tick(&self, price: Decimal) -> Result<(), BrokenRule> {
        let stepped = price.checked_rem(self.tick_size) == Some(Decimal::ZERO);
        if price < self.tick_size || price > self.price_max || !stepped {
            return Err(BrokenRule::Price);
        }
        Ok(())
    }

    pub(crate) fn check_price(&self, price: Decimal, side: Side) -> Result<(), BrokenRule> {
        self.check_tick(price)?;
        let (least, most) = self.price_band(side);
        let is_within = least.is_none_or(|least| price >= least) && most.is_none_or(|most| price <= most);
        if is_within { Ok(()) } else { Err(BrokenRule::PriceBand) }
    }

    /// Least and highest price of an order of this side. Of contracts, only how far it may run towards the other side.
    pub(crate) fn price_band(&self, side: Side) -> (Option<Decimal>, Option<Decimal>) {
        let band = (self.reference_price * self.price_band_down, self.reference_price * self.price_band_up);
        match (self.kind, side) {
            (InstrumentKind::Spot, _) => (Some(band.0), Some(band.1)),
            (InstrumentKind::Perpetual, Side::Buy) => (None, Some(band.1)),
            (InstrumentKind::Perpetual, Side::Sell) => (Some(band.0), None),
        }
    }

    pub(crate) fn check_quantity(&self, quantity: Decimal) -> Result<(), BrokenRule> {
        let stepped = quantity.checked_rem(self.lot_size) == Some(Decimal::ZERO);
        let fits = quantity >= self.lot_size && quantity <= self.quantity_max;
        if fits && stepped { Ok(()) } else { Err(BrokenRule::Quantity) }
    }

    pub(crate) fn check_market_quantity(&self, quantity: Decimal) -> Result<(), BrokenRule> {
        if quantity > self.market_quantity_max { Err(BrokenRule::MarketQuantity) } else { Ok(()) }
    }

    /// As [`check_notional`](Self::check_notional), but what only reduces a position may be worth little.
    pub(crate) fn check_value(&self, order: &NewOrder, price: Decimal, quantity: Decimal) -> Result<(), BrokenRule> {
        let least = if order.only_reduces() { Decimal::ZERO } else { self.notional_min };
        self.check_worth(price, quantity, least)
    }

    pub(crate) fn check_notional(&self, price: Decimal, quantity: Decimal) -> Result<(), BrokenRule> {
        self.check_worth(price, quantity, self.notional_min)
    }

    fn check_worth(&self, price: Decimal, quantity: Decimal, least: Decimal) -> Result<(), BrokenRule> {
        match price.checked_mul(quantity) {
            Some(notional) if notional >= least && notional <= self.notional_max => Ok(()),
            _ => Err(BrokenRule::Notional),
        }
    }

    pub(crate) fn check_open_orders(&self, open: usize) -> Result<(), BrokenRule> {
        if open > self.open_orders_max as usize { Err(BrokenRule::OpenOrders) } else { Ok(()) }
    }

    pub(crate) fn check_algo_orders(&self, open: usize) -> Result<(), BrokenRule> {
        if open > self.algo_orders_max as usize { Err(BrokenRule::AlgoOrders) } else { Ok(()) }
    }

    /// The largest multiple of the lot size that is not above `quantity`.
    pub(crate) fn lots_down(&self, quantity: Decimal) -> Decimal {
        // Without the many zeros a division leaves, which would cost digits in later products.
        (quantity - quantity % self.lot_size).normalize()
    }

    /// The largest multiple of the lot size that costs no more than `amount`.
    pub(crate) fn lots_for(&self, amount: Decimal, price: Decimal) -> Decimal {
        let quantity = self.lots_down(amount / price);
        // The quotient is rounded to 28 digits, which can lift it to the next lot.
        if quantity * price > amount { quantity - self.lot_size } else { quantity }
    }

    /// What the house quotes at each level, best first: price and quantity. The spread is two steps wide and a step is
    /// a ten-thousandth of the price; sizes grow away from the best price and vary with the seed.
    pub(crate) fn house_ladder(&self, seed: u64, side: Side) -> Vec<(Decimal, Decimal)> {
        let to_ticks = |value: Decimal| (value / self.tick_size).ceil() * self.tick_size;
        let step = to_ticks(self.reference_price * Decimal::new(1, 4));
        let centre = to_ticks(self.reference_price);
        let unit = self.lots_down(self.house_worth / self.reference_price);
        let unit = unit.max(self.lot_size);
        (1..=HOUSE_LEVELS)
            .map(|level| {
                let away = step * Decimal::from(level);
                let price = if side == Side::Buy { centre - away } else { centre + away };
                let draw = mix(seed ^ (level << 1 | u64::from(side == Side::Buy)) ^ hash(&self.symbol)) % 100;
                let quantity = self.lots_down(unit * Decimal::from(level) * Decimal::new(50 + draw.cast_signed(), 2));
                (price, quantity.max(self.lot_size).min(self.quantity_max))
            })
            .filter(|(price, _)| *price > Decimal::ZERO)
            .collect()
    }
}

/// Decimals of asset amounts unless an instrument says otherwise. Source: Binance `baseAssetPrecision`.
const ASSET_DECIMALS: u32 = 8;
/// Levels the house quotes on each side.
const HOUSE_LEVELS: u64 = 20;

/// The finalizer of splitmix64: a well-mixed 64-bit function, so that equal seeds give equal venues everywhere.
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// FNV-1a, for seeds that differ by name.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitcoin() -> Instrument {
        Instrument::new("BTCUSDT", "BTC", "USDT", Decimal::from(60_000), Decimal::new(1, 2), Decimal::new(1, 5))
    }

    #[test]
    fn each_rule_is_broken_by_name() {
        let pair = bitcoin();
        assert_eq!(pair.check_price(Decimal::new(6_000_001, 2), Side::Buy), Ok(()));
        assert_eq!(pair.check_price(Decimal::new(60_000_001, 3), Side::Buy), Err(BrokenRule::Price));
        assert_eq!(pair.check_price(Decimal::from(1_000_001), Side::Buy), Err(BrokenRule::Price));
        assert_eq!(pair.check_price(Decimal::ZERO, Side::Buy), Err(BrokenRule::Price));
        assert_eq!(pair.check_price(Decimal::from(11_999), Side::Buy), Err(BrokenRule::PriceBand));
        assert_eq!(pair.check_quantity(Decimal::new(1, 5)), Ok(()));
        assert_eq!(pair.check_quantity(Decimal::new(15, 6)), Err(BrokenRule::Quantity));
        assert_eq!(pair.check_quantity(Decimal::from(9_001)), Err(BrokenRule::Quantity));
        assert_eq!(pair.check_market_quantity(Decimal::from(101)), Err(BrokenRule::MarketQuantity));
        assert_eq!(pair.check_notional(Decimal::from(60_000), Decimal::new(1, 5)), Err(BrokenRule::Notional));
        assert_eq!(pair.check_notional(Decimal::MAX, Decimal::MAX), Err(BrokenRule::Notional));
        assert_eq!(pair.check_open_orders(100_000), Ok(()));
        assert_eq!(pair.check_open_orders(100_001), Err(BrokenRule::OpenOrders));
        assert_eq!(pair.check_algo_orders(6), Err(BrokenRule::AlgoOrders));
        assert_eq!(pair.check_iceberg(Decimal::ONE, Decimal::new(1, 1)), Ok(()));
        assert_eq!(pair.check_iceberg(Decimal::new(11, 1), Decimal::new(1, 1)), Err(BrokenRule::IcebergParts));
        assert_eq!(pair.check_iceberg(Decimal::ONE, Decimal::new(1, 6)), Err(BrokenRule::Quantity));
    }

    #[test]
    fn the_house_quotes_within_the_rules_and_repeats_itself() {
        let pair = bitcoin();
        for side in [Side::Buy, Side::Sell] {
            let ladder = pair.house_ladder(7, side);
            assert_eq!(ladder, pair.house_ladder(7, side));
            assert_ne!(ladder, pair.house_ladder(8, side));
            assert_eq!(ladder.len(), 20);
            for (price, quantity) in ladder {
                assert_eq!(pair.check_price(price, side), Ok(()));
                assert_eq!(pair.check_quantity(quantity), Ok(()));
                assert_eq!(price > pair.reference_price, side == Side::Sell);
            }
        }
    }
}
