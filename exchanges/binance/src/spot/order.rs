//! An order with all that Spot can say of one, and how it is written.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{NewOrder, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::{BuildError, Draft, Literal, Query};

use crate::fields::{ResponseType, SelfTradePrevention, put_positive, side_text};

/// An order with all that Spot can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_binance::{ClientOrderId, NewOrder, Side, SpotOrder, Symbol, dec};
/// # let (id, btc) = (ClientOrderId::new("mm1-1").unwrap(), Symbol::new("BTCUSDT").unwrap());
/// let iceberg = SpotOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(20000))).iceberg(dec!(0.1));
/// let for_100_usdt = SpotOrder::market_for_quote(id, btc, Side::Buy, dec!(100));
/// ```
///
/// **Source**: rest-api.md, "New order", read 2026-07-21.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpotOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// How much the venue shall answer.
    pub response: ResponseType,
    /// How much of the quote coin a market order shall take, in place of its quantity, which is zero then.
    pub quote_quantity: Option<Decimal>,
    /// How much of it shows in the book; it has to be good till cancelled.
    pub iceberg_quantity: Option<Decimal>,
    /// How far the market has to turn before the order is triggered, beside the stop price or in place of it.
    /// **Units**: hundredths of a percent.
    pub trailing_delta: Option<u32>,
    /// What happens when it meets an order of the same account; the instrument's default until said.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// Where in the book its price goes along; it needs none of its own then.
    pub peg: Option<Peg>,
    /// A number of the caller's for the strategy's run.
    pub strategy_id: Option<u64>,
    /// A number of the caller's for the kind of strategy, at least 1,000,000.
    pub strategy_type: Option<u32>,
}

impl SpotOrder {
    /// The order as it is; the answer is [`ResponseType::Result`].
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            response: ResponseType::Result,
            quote_quantity: None,
            iceberg_quantity: None,
            trailing_delta: None,
            self_trade_prevention: None,
            peg: None,
            strategy_id: None,
            strategy_type: None,
        }
    }

    /// A market order for so much of the quote coin: the venue finds the quantity.
    #[must_use]
    pub const fn market_for_quote(id: ClientOrderId, symbol: Symbol, side: Side, quote_quantity: Decimal) -> Self {
        let order = NewOrder::market(id, symbol, side, Decimal::ZERO);
        Self { quote_quantity: Some(quote_quantity), ..Self::new(order) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The order, where its quantity is its own: one for an amount of the quote coin has none yet.
    pub(super) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.quote_quantity.is_none().then_some(&self.order).into_iter()
    }

    /// The same order, answered so.
    #[must_use]
    pub const fn response(self, response: ResponseType) -> Self {
        Self { response, ..self }
    }

    /// The same order, showing so much of it in the book.
    #[must_use]
    pub const fn iceberg(self, iceberg_quantity: Decimal) -> Self {
        Self { iceberg_quantity: Some(iceberg_quantity), ..self }
    }

    /// The same order, trailing the market by so many hundredths of a percent; from the stop price on, where it has one.
    #[must_use]
    pub const fn trailing(self, trailing_delta: u32) -> Self {
        Self { trailing_delta: Some(trailing_delta), ..self }
    }

    /// The same order without a stop price of its own, trailing the market from the next trade on.
    ///
    /// ```
    /// # use orderwire_binance::{ClientOrderId, NewOrder, Side, SpotOrder, Symbol, dec};
    /// # let (id, btc) = (ClientOrderId::new("mm1-1").unwrap(), Symbol::new("BTCUSDT").unwrap());
    /// let stop = NewOrder::stop_market(id, btc, Side::Sell, dec!(1), dec!(0));
    /// let half_a_percent = SpotOrder::new(stop).trailing_alone(50);
    /// ```
    #[must_use]
    pub const fn trailing_alone(self, trailing_delta: u32) -> Self {
        Self { trailing_delta: Some(trailing_delta), order: without_stop_price(self.order), ..self }
    }

    /// The same order with another rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The same order without a price of its own: it goes along with the book.
    #[must_use]
    pub const fn pegged(self, peg: Peg) -> Self {
        Self { peg: Some(peg), order: without_price(self.order), ..self }
    }

    /// The same order, labelled with the caller's numbers.
    #[must_use]
    pub const fn strategy(self, id: u64, kind: u32) -> Self {
        Self { strategy_id: Some(id), strategy_type: Some(kind), ..self }
    }
}

const fn without_stop_price(mut order: NewOrder) -> NewOrder {
    order.stop_price = None;
    order
}

const fn without_price(mut order: NewOrder) -> NewOrder {
    order.price = None;
    order
}

impl From<NewOrder> for SpotOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// A price that goes along with the book. Source: rest-api.md, "Notes on using parameters for Pegged Orders".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peg {
    /// Which side of the book.
    pub to: PegTo,
    /// How many price levels behind the best, at most 100; the best one with `None`.
    pub levels: Option<u8>,
}

/// Which side of the book a price goes along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a book has two sides")]
pub enum PegTo {
    /// The best price of the other side.
    Market,
    /// The best price of its own side.
    Primary,
}

impl Peg {
    /// The best price of this side.
    #[must_use]
    pub const fn best(to: PegTo) -> Self {
        Self { to, levels: None }
    }

    /// So many price levels behind the best of this side.
    #[must_use]
    pub const fn behind(to: PegTo, levels: u8) -> Self {
        Self { to, levels: Some(levels) }
    }
}

/// Everything of an order from its symbol to the answer it asks for.
#[inline]
pub(super) fn put_order(
    draft: &mut Draft<'_, Query>,
    order: &NewOrder,
    spot: Option<&SpotOrder>,
    put_window: impl FnOnce(&mut Draft<'_, Query>),
) -> Result<(), BuildError> {
    let terms = terms(order, spot)?;
    draft.put("symbol=").put_percent(order.symbol.as_str());
    // An arm for each literal: what is known when compiled is judged and copied for nothing.
    match order.side {
        Side::Buy => draft.put("&side=BUY"),
        Side::Sell => draft.put("&side=SELL"),
    };
    draft.put_literal(terms);
    // What changes from order to order comes last: of what is signed, the first blocks are hashed once if they stay the same. With a
    // receive window they reach as far as the first part of an id, which is that of its run.
    match spot.map_or(ResponseType::Result, |spot| spot.response) {
        ResponseType::Ack => draft.put("&newOrderRespType=ACK"),
        ResponseType::Full => draft.put("&newOrderRespType=FULL"),
        ResponseType::Result => draft.put("&newOrderRespType=RESULT"),
    };
    put_window(draft);
    match spot.and_then(|spot| spot.quote_quantity) {
        None => put_positive(draft.put("&quantity="), "quantity", order.quantity)?,
        Some(quote) => put_positive(draft.put("&quoteOrderQty="), "the quote coin's quantity", quote)?,
    }
    put_client_id(draft.put("&newClientOrderId="), &order.id)?;
    if let Some(price) = order.price {
        put_positive(draft.put("&price="), "price", price)?;
    }
    if let Some(price) = order.stop_price {
        put_positive(draft.put("&stopPrice="), "stop_price", price)?;
    }
    if let Some(spot) = spot {
        put_details(draft, Names::PLAIN, spot)?;
    }
    if let Some(mode) = spot.and_then(|spot| spot.self_trade_prevention) {
        draft.put("&selfTradePreventionMode=").put(mode.text());
    }
    Ok(())
}

/// One order of an order list: the same, each name led by which order it is, and without what the list has in common.
pub(super) fn put_leg(
    draft: &mut Draft<'_, Query>,
    lead: &'static str,
    leg: &SpotOrder,
    common: Common,
) -> Result<(), BuildError> {
    let order = &leg.order;
    // Checked alike, and written in other words.
    terms(order, Some(leg))?;
    if leg.quote_quantity.is_some() || leg.self_trade_prevention.is_some() {
        let what = "a quote quantity or self-trade prevention of one order in a list";
        return Err(BuildError::Unsupported { what, cure: "give a quantity, and OrderList::self_trade_prevention" });
    }
    let name = |draft: &mut Draft<'_, Query>, name: &'static str| {
        draft.put("&").put(lead).put(name).put("=");
    };
    name(draft, "Type");
    draft.put(type_text(order.order_type)?);
    if !common.side {
        name(draft, "Side");
        draft.put(side_text(order.side));
    }
    name(draft, "ClientOrderId");
    put_client_id(draft, &order.id)?;
    if has_time_in_force(order.order_type) {
        name(draft, "TimeInForce");
        draft.put(match order.time_in_force {
            TimeInForce::Fok => "FOK",
            TimeInForce::Ioc => "IOC",
            _ => "GTC",
        });
    }
    if !common.quantity {
        name(draft, "Quantity");
        put_positive(draft, "quantity", order.quantity)?;
    }
    if let Some(price) = order.price {
        name(draft, "Price");
        put_positive(draft, "price", price)?;
    }
    if let Some(price) = order.stop_price {
        name(draft, "StopPrice");
        put_positive(draft, "stop_price", price)?;
    }
    put_details(draft, Names { lead, of_leg: true }, leg)
}

/// What the orders of a list share, so that it is not written for each.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub(super) side: bool,
    pub(super) quantity: bool,
}

/// How parameters are called: `icebergQty`, or `aboveIcebergQty` of one order in a list.
#[derive(Clone, Copy)]
struct Names {
    lead: &'static str,
    of_leg: bool,
}

impl Names {
    const PLAIN: Self = Self { lead: "", of_leg: false };

    fn put(self, draft: &mut Draft<'_, Query>, plain: &'static str, of_leg: &'static str) {
        draft.put("&").put(self.lead).put(if self.of_leg { of_leg } else { plain }).put("=");
    }
}

/// What only Spot has, each where it is said. Checked by [`terms`].
fn put_details(draft: &mut Draft<'_, Query>, names: Names, spot: &SpotOrder) -> Result<(), BuildError> {
    if let Some(delta) = spot.trailing_delta {
        names.put(draft, "trailingDelta", "TrailingDelta");
        draft.put_u64(delta.into());
    }
    if let Some(quantity) = spot.iceberg_quantity {
        names.put(draft, "icebergQty", "IcebergQty");
        put_positive(draft, "iceberg_quantity", quantity)?;
    }
    if let Some(peg) = spot.peg {
        names.put(draft, "pegPriceType", "PegPriceType");
        draft.put(match peg.to {
            PegTo::Market => "MARKET_PEG",
            PegTo::Primary => "PRIMARY_PEG",
        });
        if let Some(levels) = peg.levels {
            names.put(draft, "pegOffsetType", "PegOffsetType");
            draft.put("PRICE_LEVEL");
            names.put(draft, "pegOffsetValue", "PegOffsetValue");
            draft.put_u64(levels.into());
        }
    }
    if let Some(id) = spot.strategy_id {
        names.put(draft, "strategyId", "StrategyId");
        draft.put_u64(id);
    }
    if let Some(kind) = spot.strategy_type {
        names.put(draft, "strategyType", "StrategyType");
        draft.put_u64(kind.into());
    }
    Ok(())
}

macro_rules! literal {
    ($text:literal) => {
        const { Literal::new($text) }
    };
}

/// Type and time in force as they are written, of an order that makes sense.
///
/// Only limit orders have a `timeInForce`; the venue refuses one beside `MARKET` and `LIMIT_MAKER` (-1106, -1114).
#[inline]
fn terms(order: &NewOrder, spot: Option<&SpotOrder>) -> Result<Literal, BuildError> {
    let is_pegged = spot.is_some_and(|spot| spot.peg.is_some());
    let is_trailing = spot.is_some_and(|spot| spot.trailing_delta.is_some());
    let is_priced = order.price.is_some() || is_pegged;
    let waits = order.stop_price.is_some() || is_trailing;
    if order.reduce_only || order.position_side != PositionSide::Net {
        let cure = "what is bought on a spot market is owned: leave reduce_only() and position_side() out";
        return Err(BuildError::Unsupported { what: "an order for a position", cure });
    }
    if let Some(spot) = spot {
        check_details(spot)?;
    }
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    use TimeInForce::{Fok, Gtc, Ioc};
    Ok(match (order.order_type, is_priced, waits, order.time_in_force) {
        (Limit, true, false, Gtc) => literal!("&type=LIMIT&timeInForce=GTC"),
        (Limit, true, false, Ioc) => literal!("&type=LIMIT&timeInForce=IOC"),
        (Limit, true, false, Fok) => literal!("&type=LIMIT&timeInForce=FOK"),
        (LimitMaker, true, false, Gtc) => literal!("&type=LIMIT_MAKER"),
        (Market, false, false, Gtc) => literal!("&type=MARKET"),
        (StopMarket, false, true, Gtc) => literal!("&type=STOP_LOSS"),
        (StopLimit, true, true, Gtc) => literal!("&type=STOP_LOSS_LIMIT&timeInForce=GTC"),
        (StopLimit, true, true, Ioc) => literal!("&type=STOP_LOSS_LIMIT&timeInForce=IOC"),
        (StopLimit, true, true, Fok) => literal!("&type=STOP_LOSS_LIMIT&timeInForce=FOK"),
        (TakeProfitMarket, false, true, Gtc) => literal!("&type=TAKE_PROFIT"),
        (TakeProfitLimit, true, true, Gtc) => literal!("&type=TAKE_PROFIT_LIMIT&timeInForce=GTC"),
        (TakeProfitLimit, true, true, Ioc) => literal!("&type=TAKE_PROFIT_LIMIT&timeInForce=IOC"),
        (TakeProfitLimit, true, true, Fok) => literal!("&type=TAKE_PROFIT_LIMIT&timeInForce=FOK"),
        _ => return Err(refused_terms(order, is_priced, waits)),
    })
}

#[cold]
fn refused_terms(order: &NewOrder, is_priced: bool, waits: bool) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    let (what, cure) = match order.order_type {
        Limit | StopLimit | TakeProfitLimit if !is_priced => {
            let cure = "a limit order has one: use NewOrder::limit, stop_limit or take_profit_limit";
            return BuildError::MissingField { field: "price", cure };
        }
        StopLimit | StopMarket | TakeProfitLimit | TakeProfitMarket if !waits => {
            let cure =
                "what waits needs to know for which price: use NewOrder::stop_market and its like, or trailing()";
            return BuildError::MissingField { field: "stop_price", cure };
        }
        Limit | LimitMaker | Market if waits => {
            let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit, stop_market and their like";
            return BuildError::Value { field: "stop_price", cure };
        }
        LimitMaker if !is_priced => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        LimitMaker => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        Market if is_priced => {
            return BuildError::Value { field: "price", cure: "a market order has none: use NewOrder::limit" };
        }
        StopMarket | TakeProfitMarket if is_priced => {
            let cure = "a market order has none, waiting or not: use NewOrder::stop_limit or take_profit_limit";
            return BuildError::Value { field: "price", cure };
        }
        Market | StopMarket | TakeProfitMarket => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder's constructors with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

/// What the venue says of its own parameters. Source: rest-api.md, "New order", the tables and notes.
fn check_details(spot: &SpotOrder) -> Result<(), BuildError> {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, TakeProfitLimit};
    let SpotOrder { order, quote_quantity, iceberg_quantity, trailing_delta, peg, strategy_type, .. } = spot;
    let has_price = matches!(order.order_type, Limit | LimitMaker | StopLimit | TakeProfitLimit);
    if quote_quantity.is_some() && (order.order_type != Market || order.quantity != Decimal::ZERO) {
        let cure = "a market order alone has one, in place of its quantity: use SpotOrder::market_for_quote";
        return Err(BuildError::Value { field: "quote_quantity", cure });
    }
    if iceberg_quantity.is_some() && (!has_price || order.time_in_force != TimeInForce::Gtc) {
        let cure = "limit orders that are good till cancelled have one";
        return Err(BuildError::Value { field: "iceberg_quantity", cure });
    }
    if peg.is_some() && !has_price {
        return Err(BuildError::Value { field: "peg", cure: "limit orders have one" });
    }
    if peg.is_some_and(|peg| peg.levels.is_some_and(|levels| levels > PEG_LEVELS_MAX)) {
        return Err(BuildError::Value { field: "peg.levels", cure: "at most 100 price levels" });
    }
    if trailing_delta.is_some_and(|delta| delta == 0) {
        return Err(BuildError::Value { field: "trailing_delta", cure: "at least 1, a hundredth of a percent" });
    }
    if strategy_type.is_some_and(|kind| kind < STRATEGY_TYPE_MIN) {
        return Err(BuildError::Value {
            field: "strategy_type",
            cure: "at least 1,000,000: the venue keeps those below",
        });
    }
    Ok(())
}

/// Source: rest-api.md, "New order", `pegOffsetValue`.
const PEG_LEVELS_MAX: u8 = 100;
/// Source: rest-api.md, "New order", `strategyType`.
const STRATEGY_TYPE_MIN: u32 = 1_000_000;

fn type_text(order_type: OrderType) -> Result<&'static str, BuildError> {
    Ok(match order_type {
        OrderType::Limit => "LIMIT",
        OrderType::LimitMaker => "LIMIT_MAKER",
        OrderType::Market => "MARKET",
        OrderType::StopLimit => "STOP_LOSS_LIMIT",
        OrderType::StopMarket => "STOP_LOSS",
        OrderType::TakeProfitLimit => "TAKE_PROFIT_LIMIT",
        OrderType::TakeProfitMarket => "TAKE_PROFIT",
        _ => {
            return Err(BuildError::Unsupported {
                what: "this order type",
                cure: "use one of NewOrder's constructors",
            });
        }
    })
}

fn has_time_in_force(order_type: OrderType) -> bool {
    matches!(order_type, OrderType::Limit | OrderType::StopLimit | OrderType::TakeProfitLimit)
}

/// Writes an id, which has to be within the venue's rule `^[a-zA-Z0-9-_]{1,36}$`. Source: fix-api.md, `ClOrdID`.
///
/// The length is that of every [`ClientOrderId`].
#[inline]
pub(super) fn put_client_id(draft: &mut Draft<'_, Query>, id: &ClientOrderId) -> Result<(), BuildError> {
    if draft.put_alphanumeric_or(id.as_str(), b"-_") {
        Ok(())
    } else {
        Err(BuildError::Value {
            field: "the client order id",
            cure: "Binance Spot takes letters, digits, `-` and `_`, at most 36",
        })
    }
}

const _: () = assert!(orderwire::id::CLIENT_ORDER_ID_BYTES_MAX == 36, "longer ids would have to be refused here");
