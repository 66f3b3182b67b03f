//! An order with all that Coinbase can say of one, and how it is written.
//!
//! ```text
//! {"client_order_id":"…","product_id":"BTC-USD","side":"BUY","order_configuration":{"limit_limit_gtc":{"base_size":"0.001",…}}}
//! ```
//!
//! What kind of order it is, the name of its configuration says; there is exactly one.

use std::time::Duration;

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{NewOrder, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::{Body, BuildError, Draft, Timestamp};

use crate::fields::{client_id, product, put_positive, put_time};

/// An order with all that Coinbase can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_coinbase::{ClientOrderId, CoinbaseOrder, NewOrder, Side, Symbol, Timestamp, dec};
/// # let (id, btc, tomorrow) = (ClientOrderId::new("mm1x1").unwrap(), Symbol::new("BTC-USD").unwrap(), Timestamp::now());
/// let for_100_usd = CoinbaseOrder::market_for_quote(id, btc, Side::Buy, dec!(100));
/// let until_tomorrow = CoinbaseOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(20000))).expires(tomorrow);
/// let bracket = CoinbaseOrder::bracket(id, btc, Side::Sell, dec!(1), dec!(30000), dec!(18000));
/// ```
///
/// A smart routing preference, the id of a preview and scaled orders go by [`RawCall`](crate::RawCall).
///
/// **Source**: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order>, read in copies of 2026-07
/// to 2026-09; `coinbase/rest/orders.py` of the venue's own client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoinbaseOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// How much of the quote coin a market or limit order is of, in place of its quantity, which is zero then.
    pub quote_quantity: Option<Decimal>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// The other price of a bracket: where the market runs against the position so far, it is left there instead of at the order's price.
    pub bracket_stop: Option<Decimal>,
    /// Over which time a limit order is worked off in parts.
    pub twap: Option<Twap>,
    /// The bracket that the venue places once this order is filled.
    pub attached: Option<Attached>,
    /// How many times its margin it is, of an order on margin.
    pub leverage: Option<Decimal>,
    /// With what it is margined.
    pub margin_mode: Option<MarginMode>,
}

/// Over which time a limit order is worked off: time-weighted average price. Source: "Create Order", `twap_limit_gtd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Twap {
    /// When it begins.
    pub starts: Timestamp,
    /// In how many parts.
    pub buckets: u32,
    /// How much each of them is.
    pub bucket_size: Decimal,
    /// How long each of them takes, in whole seconds.
    pub bucket_duration: Duration,
}

/// The bracket that follows an order, of its size. Source: "Create Order", `attached_order_configuration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Attached {
    /// Where it takes its profit.
    pub limit_price: Decimal,
    /// Where it gives up.
    pub stop_trigger_price: Decimal,
}

/// With what an order on margin is margined. Source: "Create Order", `margin_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a position shares its margin or does not")]
pub enum MarginMode {
    /// All that the account has.
    Cross,
    /// An amount of its own.
    Isolated,
}

impl CoinbaseOrder {
    /// The order as it is.
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            quote_quantity: None,
            expires: None,
            bracket_stop: None,
            twap: None,
            attached: None,
            leverage: None,
            margin_mode: None,
        }
    }

    /// A market order for so much of the quote coin: the venue finds the quantity.
    #[must_use]
    pub const fn market_for_quote(id: ClientOrderId, symbol: Symbol, side: Side, quote_quantity: Decimal) -> Self {
        let order = NewOrder::market(id, symbol, side, Decimal::ZERO);
        Self { quote_quantity: Some(quote_quantity), ..Self::new(order) }
    }

    /// Leaves a position at `price`, or at `stop` where the market runs against it so far: a sell of a long one with the stop below, a buy
    /// of a short one with the stop above.
    #[must_use]
    pub const fn bracket(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        stop: Decimal,
    ) -> Self {
        Self { bracket_stop: Some(stop), ..Self::new(NewOrder::limit(id, symbol, side, quantity, price)) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The same order, which ends by itself then.
    #[must_use]
    pub const fn expires(self, time: Timestamp) -> Self {
        Self { expires: Some(time), ..self }
    }

    /// The same limit order, worked off over time; it has to say when it [expires](Self::expires).
    #[must_use]
    pub const fn twap(self, twap: Twap) -> Self {
        Self { twap: Some(twap), ..self }
    }

    /// The same order, followed by a bracket.
    #[must_use]
    pub const fn attached(self, attached: Attached) -> Self {
        Self { attached: Some(attached), ..self }
    }

    /// The same order on margin.
    #[must_use]
    pub const fn leverage(self, times: Decimal, margin_mode: MarginMode) -> Self {
        Self { leverage: Some(times), margin_mode: Some(margin_mode), ..self }
    }

    /// What is held against the rules of the instrument: not an amount of the quote coin, which these do not measure.
    pub(crate) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.quote_quantity.is_none().then_some(&self.order).into_iter()
    }
}

/// The whole body of a new order, but for the bracket that closes it.
#[inline]
pub(crate) fn put_order(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    coinbase: Option<&CoinbaseOrder>,
) -> Result<(), BuildError> {
    draft.put("{\"client_order_id\":\"").put(client_id(&order.id)?).put("\",");
    put_terms(draft, order, coinbase)
}

/// All of an order but its id, which a check of it has none of.
#[inline]
pub(crate) fn put_terms(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    coinbase: Option<&CoinbaseOrder>,
) -> Result<(), BuildError> {
    check(order)?;
    draft.put("\"product_id\":\"").put(product(&order.symbol)?);
    draft.put(match order.side {
        Side::Buy => "\",\"side\":\"BUY\",\"order_configuration\":{\"",
        Side::Sell => "\",\"side\":\"SELL\",\"order_configuration\":{\"",
    });
    match coinbase {
        None => put_plain(draft, order)?,
        Some(coinbase) => put_configuration(draft, coinbase)?,
    }
    draft.put("}}");
    coinbase.map_or(Ok(()), |coinbase| put_details(draft, coinbase))
}

/// What no order here has.
#[inline]
fn check(order: &NewOrder) -> Result<(), BuildError> {
    if order.reduce_only {
        let cure = "Coinbase has no such flag: ClosePosition closes one, and leave reduce_only() out";
        return Err(BuildError::Unsupported { what: "a reduce-only order", cure });
    }
    if order.position_side != PositionSide::Net {
        let cure = "Coinbase keeps one position a product: leave position_side() out";
        return Err(BuildError::Unsupported { what: "a position for each side", cure });
    }
    Ok(())
}

/// The configuration of an order that says nothing of the venue's own.
#[inline]
fn put_plain(draft: &mut Draft<'_, Body>, order: &NewOrder) -> Result<(), BuildError> {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, TakeProfitLimit};
    let is_gtc = order.time_in_force == TimeInForce::Gtc;
    let name = match (order.order_type, order.price.is_some(), order.stop_price.is_some()) {
        (Limit, true, false) => match order.time_in_force {
            TimeInForce::Fok => "limit_limit_fok",
            TimeInForce::Gtc => "limit_limit_gtc",
            TimeInForce::Ioc => "sor_limit_ioc",
            _ => return Err(refused_terms(order)),
        },
        (LimitMaker, true, false) if is_gtc => "limit_limit_gtc",
        (Market, false, false) if is_gtc => "market_market_ioc",
        (StopLimit | TakeProfitLimit, true, true) if is_gtc => "stop_limit_stop_limit_gtc",
        _ => return Err(refused_terms(order)),
    };
    draft.put(name);
    put_positive(draft, "\":{\"base_size\":\"", "quantity", order.quantity)?;
    put_prices(draft, order)?;
    if name == "limit_limit_gtc" {
        put_post_only(draft, order);
    }
    Ok(())
}

/// `limit_price`, and of one that waits `stop_price` with the way that the market has to come.
#[inline]
fn put_prices(draft: &mut Draft<'_, Body>, order: &NewOrder) -> Result<(), BuildError> {
    if let Some(price) = order.price {
        put_positive(draft, ",\"limit_price\":\"", "price", price)?;
    }
    if let Some(stop) = order.stop_price {
        put_positive(draft, ",\"stop_price\":\"", "stop_price", stop)?;
        let rises = (order.side == Side::Buy) == (order.order_type == OrderType::StopLimit);
        draft.put(if rises {
            ",\"stop_direction\":\"STOP_DIRECTION_STOP_UP\""
        } else {
            ",\"stop_direction\":\"STOP_DIRECTION_STOP_DOWN\""
        });
    }
    Ok(())
}

#[inline]
fn put_post_only(draft: &mut Draft<'_, Body>, order: &NewOrder) {
    draft.put(match order.order_type {
        OrderType::LimitMaker => ",\"post_only\":true",
        _ => ",\"post_only\":false",
    });
}

/// The configuration of an order that may say more.
fn put_configuration(draft: &mut Draft<'_, Body>, coinbase: &CoinbaseOrder) -> Result<(), BuildError> {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, TakeProfitLimit};
    use TimeInForce::{Fok, Gtc, Ioc};
    let order = &coinbase.order;
    let (has_price, has_stop) = (order.price.is_some(), order.stop_price.is_some());
    let ends = coinbase.expires.is_some();
    let name = match (order.order_type, order.time_in_force) {
        _ if coinbase.twap.is_some() || coinbase.bracket_stop.is_some() => special(coinbase)?,
        (Limit | LimitMaker, Gtc) if ends && has_price && !has_stop => "limit_limit_gtd",
        (StopLimit | TakeProfitLimit, Gtc) if ends && has_price && has_stop => "stop_limit_stop_limit_gtd",
        _ if ends => {
            let cure = "limit orders that stay have it, post only or not, and brackets: leave time_in_force() out";
            return Err(BuildError::Value { field: "expires", cure });
        }
        (Limit | LimitMaker, Gtc) if has_price && !has_stop => "limit_limit_gtc",
        (Limit, Ioc) if has_price && !has_stop => "sor_limit_ioc",
        (Limit, Fok) if has_price && !has_stop => "limit_limit_fok",
        (Market, Gtc | Ioc) if !has_price && !has_stop => "market_market_ioc",
        (Market, Fok) if !has_price && !has_stop => "market_market_fok",
        (StopLimit | TakeProfitLimit, Gtc) if has_price && has_stop => "stop_limit_stop_limit_gtc",
        _ => return Err(refused_terms(order)),
    };
    draft.put(name);
    match coinbase.quote_quantity {
        None => put_positive(draft, "\":{\"base_size\":\"", "quantity", order.quantity)?,
        Some(amount) if order.quantity.is_zero() && !has_stop && coinbase.bracket_stop.is_none() => {
            put_positive(draft, "\":{\"quote_size\":\"", "quote_quantity", amount)?;
        }
        Some(_) => {
            let cure = "market and limit orders have one, in place of their quantity: CoinbaseOrder::market_for_quote";
            return Err(BuildError::Value { field: "quote_quantity", cure });
        }
    }
    put_prices(draft, order)?;
    if let Some(stop) = coinbase.bracket_stop {
        put_positive(draft, ",\"stop_trigger_price\":\"", "bracket_stop", stop)?;
    }
    if let Some(twap) = &coinbase.twap {
        put_twap(draft, twap)?;
    }
    if let Some(expires) = coinbase.expires {
        put_time(draft, ",\"end_time\":\"", expires);
    }
    if matches!(name, "limit_limit_gtc" | "limit_limit_gtd") {
        put_post_only(draft, order);
    }
    Ok(())
}

/// The name of a bracket's configuration, and of an order's that is worked off over time.
fn special(coinbase: &CoinbaseOrder) -> Result<&'static str, BuildError> {
    let order = &coinbase.order;
    let is_plain = order.order_type == OrderType::Limit
        && order.time_in_force == TimeInForce::Gtc
        && order.price.is_some()
        && order.stop_price.is_none();
    match (coinbase.twap, coinbase.bracket_stop, coinbase.expires) {
        (Some(_), Some(_), _) => {
            let cure = "a bracket is not worked off over time: leave one of them out";
            Err(BuildError::Value { field: "twap", cure })
        }
        _ if !is_plain => {
            let cure = "they are limit orders that stay: NewOrder::limit, without stop price and time in force";
            Err(BuildError::Unsupported { what: "a bracket or TWAP of another type", cure })
        }
        (Some(_), None, Some(_)) => Ok("twap_limit_gtd"),
        (Some(_), None, None) => {
            let cure = "an order that is worked off over time says when it ends: .expires(..)";
            Err(BuildError::MissingField { field: "expires", cure })
        }
        (None, _, Some(_)) => Ok("trigger_bracket_gtd"),
        (None, _, None) => Ok("trigger_bracket_gtc"),
    }
}

fn put_twap(draft: &mut Draft<'_, Body>, twap: &Twap) -> Result<(), BuildError> {
    let seconds = twap.bucket_duration.as_secs();
    if twap.buckets == 0 || seconds == 0 {
        let cure = "it has a part at least, and a part a second";
        return Err(BuildError::Value { field: "twap", cure });
    }
    put_time(draft, ",\"start_time\":\"", twap.starts);
    draft.put(",\"number_buckets\":\"").put_u64(twap.buckets.into()).put("\"");
    put_positive(draft, ",\"bucket_size\":\"", "bucket_size", twap.bucket_size)?;
    draft.put(",\"bucket_duration\":\"").put_u64(seconds).put("s\"");
    Ok(())
}

/// What stands behind the configuration.
fn put_details(draft: &mut Draft<'_, Body>, coinbase: &CoinbaseOrder) -> Result<(), BuildError> {
    if let Some(times) = coinbase.leverage {
        put_positive(draft, ",\"leverage\":\"", "leverage", times)?;
    }
    if let Some(mode) = coinbase.margin_mode {
        draft.put(match mode {
            MarginMode::Cross => ",\"margin_type\":\"CROSS\"",
            MarginMode::Isolated => ",\"margin_type\":\"ISOLATED\"",
        });
    }
    if let Some(attached) = &coinbase.attached {
        draft.put(",\"attached_order_configuration\":{\"trigger_bracket_gtc\":{");
        put_positive(draft, "\"limit_price\":\"", "attached.limit_price", attached.limit_price)?;
        put_positive(draft, ",\"stop_trigger_price\":\"", "attached.stop_trigger_price", attached.stop_trigger_price)?;
        draft.put("}}");
    }
    Ok(())
}

#[cold]
fn refused_terms(order: &NewOrder) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    let (has_price, has_stop) = (order.price.is_some(), order.stop_price.is_some());
    let (what, cure) = match order.order_type {
        StopMarket | TakeProfitMarket => (
            "a market order that waits",
            "Coinbase has limit orders that wait: NewOrder::stop_limit or take_profit_limit",
        ),
        Limit | LimitMaker | Market if has_stop => {
            let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit and its like";
            return BuildError::Value { field: "stop_price", cure };
        }
        Limit if !has_price => {
            return BuildError::MissingField { field: "price", cure: "a limit order has one: use NewOrder::limit" };
        }
        LimitMaker if !has_price => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        LimitMaker => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        Market if has_price => {
            return BuildError::Value { field: "price", cure: "a market order has none: use NewOrder::limit" };
        }
        Market => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out; CoinbaseOrder has fill or kill",
        ),
        StopLimit | TakeProfitLimit if !has_price => {
            return BuildError::MissingField {
                field: "price",
                cure: "a stop limit order has one: use NewOrder::stop_limit",
            };
        }
        StopLimit | TakeProfitLimit if !has_stop => {
            let cure = "an order that waits has one: use NewOrder::stop_limit and its like";
            return BuildError::MissingField { field: "stop_price", cure };
        }
        _ => ("this order type or time in force", "use NewOrder's constructors; orders that wait are GTC"),
    };
    BuildError::Unsupported { what, cure }
}
