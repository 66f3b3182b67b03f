//! An order with all that Kraken can say of one, and how it is written.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{NewOrder, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::checks::positive;
use orderwire::venue::{BuildError, Timestamp};

use crate::fields::{Fields, client_id, pair};

/// An order with all that Kraken can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_kraken::{ClientOrderId, KrakenOrder, NewOrder, Offset, Side, Symbol, dec};
/// # let (id, xbt) = (ClientOrderId::new("mm1x1").unwrap(), Symbol::new("XBTUSD").unwrap());
/// let iceberg = KrakenOrder::new(NewOrder::limit(id, xbt, Side::Buy, dec!(10), dec!(20000))).display_quantity(dec!(1));
/// let on_margin = KrakenOrder::new(NewOrder::market(id, xbt, Side::Sell, dec!(1)).reduce_only()).leverage(2);
/// let for_100_usd = KrakenOrder::market_for_quote(id, xbt, dec!(100));
/// let trailing = KrakenOrder::trailing_stop(id, xbt, Side::Sell, dec!(1), Offset::Percent(dec!(5)));
/// ```
///
/// It has a client order id as every order here: what is called by a `userref` alone cannot be settled, and the venue takes one of the two.
///
/// **Source**: "Add Order", <https://docs.kraken.com/api/docs/rest-api/add-order>, read 2026-08-25.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KrakenOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// How much of a limit order the book shows; it is an iceberg then.
    pub display_quantity: Option<Decimal>,
    /// How much of the quote coin a market buy shall take, in place of its quantity, which is zero then.
    pub quote_quantity: Option<Decimal>,
    /// Its price, reckoned from that of the last trade, in place of one of its own.
    pub relative_price: Option<Relative>,
    /// The price that it waits for, reckoned from that of the last trade, in place of one of its own.
    pub relative_stop: Option<Relative>,
    /// How its trigger follows the market; it has no stop price then.
    pub trailing: Option<Trailing>,
    /// Which price sets its trigger off; that of the last trade until said.
    pub trigger_by: Option<TriggerBy>,
    /// Which coin the fee is taken in; the venue's choice until said.
    pub fee_coin: Option<FeeCoin>,
    /// When it begins, to the second.
    pub starts: Option<Timestamp>,
    /// When it ends by itself, to the second.
    pub expires: Option<Timestamp>,
    /// What happens when it meets an order of the same account; the venue cancels the newer one until said.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// How many times its margin it is, of an order on margin.
    pub leverage: Option<u8>,
    /// Whether it closes a position on margin by paying what it owes; it has no type of its own then.
    pub settles: bool,
    /// What the venue places once it is filled, against it and for what was filled.
    pub close: Option<Close>,
}

impl KrakenOrder {
    /// The order as it is.
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            display_quantity: None,
            quote_quantity: None,
            relative_price: None,
            relative_stop: None,
            trailing: None,
            trigger_by: None,
            fee_coin: None,
            starts: None,
            expires: None,
            self_trade_prevention: None,
            leverage: None,
            settles: false,
            close: None,
        }
    }

    /// A market buy for so much of the quote coin: the venue finds the quantity.
    #[must_use]
    pub const fn market_for_quote(id: ClientOrderId, symbol: Symbol, quote_quantity: Decimal) -> Self {
        let order = NewOrder::market(id, symbol, Side::Buy, Decimal::ZERO);
        Self { quote_quantity: Some(quote_quantity), ..Self::new(order) }
    }

    /// A market order that waits until the market turns by so much from its best since: a sell from the highest price, a buy from the
    /// lowest.
    #[must_use]
    pub const fn trailing_stop(id: ClientOrderId, symbol: Symbol, side: Side, quantity: Decimal, turn: Offset) -> Self {
        let mut order = NewOrder::stop_market(id, symbol, side, quantity, Decimal::ZERO);
        order.stop_price = None;
        Self { trailing: Some(Trailing { turn, limit: None }), ..Self::new(order) }
    }

    /// Closes a position on margin, or so much of it, by paying what it owes. A quantity of zero is all of it.
    #[must_use]
    pub const fn settle_position(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        leverage: u8,
    ) -> Self {
        let order = NewOrder::market(id, symbol, side, quantity);
        Self { settles: true, leverage: Some(leverage), ..Self::new(order) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The same limit order, of which the book shows so much: at least a fifteenth, by the venue.
    #[must_use]
    pub const fn display_quantity(self, quantity: Decimal) -> Self {
        Self { display_quantity: Some(quantity), ..self }
    }

    /// The same order at a price reckoned from the market's.
    #[must_use]
    pub const fn relative_price(self, price: Relative) -> Self {
        let mut order = self.order;
        order.price = None;
        Self { order, relative_price: Some(price), ..self }
    }

    /// The same order, which waits for a price reckoned from the market's.
    #[must_use]
    pub const fn relative_stop(self, price: Relative) -> Self {
        let mut order = self.order;
        order.stop_price = None;
        Self { order, relative_stop: Some(price), ..self }
    }

    /// The same trailing order, which is a limit order once the market has turned: at a price reckoned from where it then is.
    #[must_use]
    pub const fn trailing_limit(self, limit: Relative) -> Self {
        let mut order = self.order;
        order.order_type = OrderType::StopLimit;
        let trailing = match self.trailing {
            Some(trailing) => Some(Trailing { limit: Some(limit), ..trailing }),
            None => None,
        };
        Self { order, trailing, ..self }
    }

    /// The same order, triggered by this price.
    #[must_use]
    pub const fn trigger_by(self, price: TriggerBy) -> Self {
        Self { trigger_by: Some(price), ..self }
    }

    /// The same order, whose fee is taken in this coin.
    #[must_use]
    pub const fn fee_coin(self, coin: FeeCoin) -> Self {
        Self { fee_coin: Some(coin), ..self }
    }

    /// The same order, which begins at this time: to the second.
    #[must_use]
    pub const fn starts(self, at: Timestamp) -> Self {
        Self { starts: Some(at), ..self }
    }

    /// The same limit order, which ends by itself at this time: to the second, at most a month ahead.
    #[must_use]
    pub const fn expires(self, at: Timestamp) -> Self {
        Self { expires: Some(at), ..self }
    }

    /// The same order with another rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The same order on margin, so many times as large as it.
    #[must_use]
    pub const fn leverage(self, times: u8) -> Self {
        Self { leverage: Some(times), ..self }
    }

    /// The same order; once filled the venue places this one against it.
    #[must_use]
    pub const fn close(self, close: Close) -> Self {
        Self { close: Some(close), ..self }
    }

    /// The order, where quantity and prices are its own.
    pub(crate) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        let is_relative = self.relative_price.is_some() || self.relative_stop.is_some() || self.trailing.is_some();
        (self.quote_quantity.is_none() && !is_relative && !self.settles).then_some(&self.order).into_iter()
    }
}

impl From<NewOrder> for KrakenOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// How far from a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offset {
    /// By so many hundredths of it.
    Percent(Decimal),
    /// By so much of the quote coin.
    Quote(Decimal),
}

/// A price that is reckoned from that of the last trade. Source: "Add Order", `price`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relative {
    /// So far above it, `+`.
    Above(Offset),
    /// So far below it, `-`.
    Below(Offset),
    /// So far to the side that makes sense for the order, `#`.
    Sensible(Offset),
}

/// How a trigger follows the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trailing {
    /// How far the market has to turn.
    pub turn: Offset,
    /// At which price it then is a limit order, reckoned from the trigger's; `None` at market.
    pub limit: Option<Relative>,
}

/// Which price sets a trigger off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TriggerBy {
    /// That of several venues together.
    Index,
    /// That of the last trade.
    LastPrice,
}

/// Which coin a fee is taken in. Source: "Add Order", `oflags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FeeCoin {
    /// The base coin, `fcib`: what the venue does of a sell anyway.
    Base,
    /// The quote coin, `fciq`: what the venue does of a buy anyway.
    Quote,
}

/// What happens when an order meets one of the same account. Source: "Add Order", `stptype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfTradePrevention {
    /// Both are cancelled.
    CancelBoth,
    /// The one that came is cancelled.
    CancelNewest,
    /// The one in the book is cancelled.
    CancelOldest,
}

/// What the venue places once an order is filled. Source: "Add Order", `close[ordertype]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Close {
    /// Its type: a limit order, or one with a trigger.
    pub order_type: OrderType,
    /// Its price, or the one that it waits for.
    pub price: Decimal,
    /// The limit price of one that waits.
    pub limit_price: Option<Decimal>,
}

/// Everything of an order but its pair, which stands behind its type in a form, and before all of a batch in JSON.
#[inline]
pub(crate) fn put_order(
    fields: &mut Fields<'_, '_>,
    order: &NewOrder,
    kraken: Option<&KrakenOrder>,
    has_pair: bool,
) -> Result<(), BuildError> {
    let word = terms(order, kraken)?;
    let name = pair(&order.symbol)?;
    fields.word("ordertype", word);
    if has_pair {
        fields.text("pair", name);
    }
    put_prices(fields, order, kraken)?;
    fields.word("type", if order.side == Side::Buy { "buy" } else { "sell" });
    put_volume(fields, order, kraken)?;
    let is_post_only = order.order_type == OrderType::LimitMaker;
    match kraken {
        None if is_post_only => {
            fields.word("oflags", "post");
        }
        None => {}
        Some(kraken) => put_details(fields, kraken, is_post_only)?,
    }
    match order.time_in_force {
        TimeInForce::Fok => fields.word("timeinforce", "FOK"),
        TimeInForce::Gtc if kraken.is_some_and(|kraken| kraken.expires.is_some()) => fields.word("timeinforce", "GTD"),
        TimeInForce::Gtc => fields,
        TimeInForce::Ioc => fields.word("timeinforce", "IOC"),
        _ => {
            let cure = "Kraken has GTC, IOC and FOK; with KrakenOrder::expires an end";
            return Err(BuildError::Unsupported { what: "this time in force", cure });
        }
    };
    if order.reduce_only {
        fields.flag("reduce_only");
    }
    fields.text("cl_ord_id", client_id(&order.id)?);
    Ok(())
}

/// The order's type, of an order that makes sense. Source: "Add Order", `ordertype`.
#[inline]
fn terms(order: &NewOrder, kraken: Option<&KrakenOrder>) -> Result<&'static str, BuildError> {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    if order.position_side != PositionSide::Net {
        let cure = "Kraken keeps one position a pair: leave position_side() out";
        return Err(BuildError::Unsupported { what: "a position side", cure });
    }
    if order.reduce_only && kraken.is_none_or(|kraken| kraken.leverage.is_none()) {
        let cure = "orders on margin have it: KrakenOrder::leverage(..), or leave reduce_only() out";
        return Err(BuildError::Unsupported { what: "a reduce-only order without margin", cure });
    }
    let has_price = order.price.is_some() || kraken.is_some_and(|kraken| kraken.relative_price.is_some());
    let has_stop = order.stop_price.is_some() || kraken.is_some_and(|kraken| kraken.relative_stop.is_some());
    let trailing = kraken.and_then(|kraken| kraken.trailing);
    let (is_iceberg, settles) = kraken.map_or((false, false), |it| (it.display_quantity.is_some(), it.settles));
    let is_gtc = order.time_in_force == TimeInForce::Gtc;
    if let (Some(trailing), false, false, true) = (trailing, has_price, has_stop, is_gtc) {
        return match (order.order_type, trailing.limit) {
            (StopMarket, None) => Ok("trailing-stop"),
            (StopLimit, Some(_)) => Ok("trailing-stop-limit"),
            _ => Err(refused_terms(order, has_price, has_stop)),
        };
    }
    Ok(match (order.order_type, has_price, has_stop) {
        _ if trailing.is_some() => return Err(refused_terms(order, has_price, has_stop)),
        (Market, false, false) if settles && is_gtc => "settle-position",
        (Limit, true, false) if is_iceberg => "iceberg",
        (Limit, true, false) => "limit",
        (LimitMaker, true, false) if is_iceberg && is_gtc => "iceberg",
        (LimitMaker, true, false) if is_gtc => "limit",
        (Market, false, false) if is_gtc => "market",
        (StopLimit, true, true) if is_gtc => "stop-loss-limit",
        (StopMarket, false, true) if is_gtc => "stop-loss",
        (TakeProfitLimit, true, true) if is_gtc => "take-profit-limit",
        (TakeProfitMarket, false, true) if is_gtc => "take-profit",
        _ => return Err(refused_terms(order, has_price, has_stop)),
    })
}

#[cold]
fn refused_terms(order: &NewOrder, has_price: bool, has_stop: bool) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, TakeProfitLimit};
    let (what, cure) = match order.order_type {
        Limit | LimitMaker | Market if has_stop => {
            let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit, stop_market and their like";
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
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        StopLimit | TakeProfitLimit if !has_price => {
            return BuildError::MissingField {
                field: "price",
                cure: "a stop limit order has one: use NewOrder::stop_limit",
            };
        }
        _ if !has_stop => {
            let cure =
                "an order that waits has one: use NewOrder::stop_market and its like, or KrakenOrder::trailing_stop";
            return BuildError::MissingField { field: "stop_price", cure };
        }
        _ => ("this order type or time in force", "use NewOrder's constructors; orders that wait are GTC"),
    };
    BuildError::Unsupported { what, cure }
}

/// `price` is what an order waits for, or else its limit; `price2` is the limit of one that waits. Source: "Add Order", `price`, `price2`.
#[inline]
fn put_prices(fields: &mut Fields<'_, '_>, order: &NewOrder, kraken: Option<&KrakenOrder>) -> Result<(), BuildError> {
    if let (Some(stop), Some(price)) = (order.stop_price, order.price) {
        fields.positive("price", "stop_price", stop)?.positive("price2", "price", price)?;
        return Ok(());
    }
    let Some(kraken) = kraken else {
        if let Some(stop) = order.stop_price {
            fields.positive("price", "stop_price", stop)?;
        } else if let Some(price) = order.price {
            fields.positive("price", "price", price)?;
        }
        return Ok(());
    };
    if let Some(trailing) = kraken.trailing {
        // "Must be relative, +": the venue finds the side. Source: "Add Order", `price` of trailing stops.
        put_relative(fields, "price", Relative::Above(trailing.turn))?;
        return trailing.limit.map_or(Ok(()), |limit| put_relative(fields, "price2", limit));
    }
    let mut name = "price";
    match (order.stop_price, kraken.relative_stop) {
        (Some(_), Some(_)) => return Err(twice("stop_price")),
        (Some(stop), None) => {
            fields.positive("price", "stop_price", stop)?;
            name = "price2";
        }
        (None, Some(stop)) => {
            put_relative(fields, "price", stop)?;
            name = "price2";
        }
        (None, None) => {}
    }
    match (order.price, kraken.relative_price) {
        (Some(_), Some(_)) => Err(twice("price")),
        (Some(price), None) => fields.positive(name, "price", price).map(drop),
        (None, Some(price)) => put_relative(fields, name, price),
        (None, None) => Ok(()),
    }
}

#[cold]
fn twice(field: &'static str) -> BuildError {
    BuildError::Value { field, cure: "it is given itself, and from the market's besides: leave one of them out" }
}

fn put_relative(fields: &mut Fields<'_, '_>, name: &str, price: Relative) -> Result<(), BuildError> {
    let (sign, offset) = match price {
        Relative::Above(offset) => ("+", offset),
        Relative::Below(offset) => ("-", offset),
        Relative::Sensible(offset) => ("#", offset),
    };
    let (amount, is_percent) = match offset {
        Offset::Percent(amount) => (amount, true),
        Offset::Quote(amount) => (amount, false),
    };
    positive("an offset", amount)?;
    fields.relative(name, sign, amount, is_percent);
    Ok(())
}

/// The quantity: of a market buy it may be an amount of the quote coin; of a settled position nothing means all of it.
#[inline]
fn put_volume(fields: &mut Fields<'_, '_>, order: &NewOrder, kraken: Option<&KrakenOrder>) -> Result<(), BuildError> {
    let Some(kraken) = kraken else { return fields.positive("volume", "quantity", order.quantity).map(drop) };
    match kraken.quote_quantity {
        None if kraken.settles && order.quantity.is_zero() => {
            fields.word("volume", "0");
            Ok(())
        }
        None => fields.positive("volume", "quantity", order.quantity).map(drop),
        Some(amount)
            if order.order_type == OrderType::Market && order.side == Side::Buy && order.quantity.is_zero() =>
        {
            fields.positive("volume", "quote_quantity", amount).map(drop)
        }
        Some(_) => {
            let cure = "market buys have one, in place of their quantity: use KrakenOrder::market_for_quote";
            Err(BuildError::Value { field: "quote_quantity", cure })
        }
    }
}

/// What only this venue has.
fn put_details(fields: &mut Fields<'_, '_>, kraken: &KrakenOrder, is_post_only: bool) -> Result<(), BuildError> {
    let order = &kraken.order;
    if let Some(shown) = kraken.display_quantity {
        if !matches!(order.order_type, OrderType::Limit | OrderType::LimitMaker) {
            return Err(BuildError::Value { field: "display_quantity", cure: "limit orders have one" });
        }
        fields.positive("displayvol", "display_quantity", shown)?;
    }
    let mut flags = ArrayVec::<_, 3>::new();
    flags.extend(is_post_only.then_some("post"));
    flags.extend(kraken.fee_coin.map(|coin| if coin == FeeCoin::Base { "fcib" } else { "fciq" }));
    flags.extend(kraken.quote_quantity.map(|_| "viqc"));
    fields.flags("oflags", &flags);
    if let Some(price) = kraken.trigger_by {
        if !order.order_type.has_trigger() {
            let cure = "orders with a trigger have it: NewOrder::stop_market and their like";
            return Err(BuildError::Value { field: "trigger_by", cure });
        }
        fields.word("trigger", if price == TriggerBy::Index { "index" } else { "last" });
    }
    if let Some(starts) = kraken.starts {
        fields.number("starttm", starts.ms() / 1_000);
    }
    if let Some(expires) = kraken.expires {
        if order.time_in_force != TimeInForce::Gtc || order.order_type == OrderType::Market {
            return Err(BuildError::Value {
                field: "expires",
                cure: "orders that stay have it: leave time_in_force() out",
            });
        }
        fields.number("expiretm", expires.ms() / 1_000);
    }
    match kraken.leverage {
        Some(0 | 1) => {
            let cure = "2 or more: AssetPairs tells what a pair allows; without margin leave it out";
            return Err(BuildError::Value { field: "leverage", cure });
        }
        Some(times) => {
            fields.number("leverage", times.into());
        }
        None if kraken.settles => {
            return Err(BuildError::MissingField {
                field: "leverage",
                cure: "a position is on margin: say with which leverage",
            });
        }
        None => {}
    }
    match kraken.self_trade_prevention {
        Some(SelfTradePrevention::CancelBoth) => fields.word("stptype", "cancel-both"),
        Some(SelfTradePrevention::CancelNewest) => fields.word("stptype", "cancel-newest"),
        Some(SelfTradePrevention::CancelOldest) => fields.word("stptype", "cancel-oldest"),
        None => fields,
    };
    kraken.close.map_or(Ok(()), |close| put_close(fields, &close))
}

fn put_close(fields: &mut Fields<'_, '_>, close: &Close) -> Result<(), BuildError> {
    let (word, has_limit) = match close.order_type {
        OrderType::Limit => ("limit", false),
        OrderType::StopLimit => ("stop-loss-limit", true),
        OrderType::StopMarket => ("stop-loss", false),
        OrderType::TakeProfitLimit => ("take-profit-limit", true),
        OrderType::TakeProfitMarket => ("take-profit", false),
        _ => {
            let cure = "it is a limit order, or one that waits";
            return Err(BuildError::Value { field: "close", cure });
        }
    };
    if has_limit != close.limit_price.is_some() {
        let cure = "limit_price is the price of a stop or take-profit limit order, and of no other";
        return Err(BuildError::Value { field: "close", cure });
    }
    fields.inside("close", |fields| {
        fields.word("ordertype", word).positive("price", "close.price", close.price)?;
        match close.limit_price {
            Some(limit) => fields.positive("price2", "close.limit_price", limit).map(drop),
            None => Ok(()),
        }
    })
}
