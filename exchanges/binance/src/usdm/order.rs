//! An order with all that USD-M futures can say of one, and how it is written: as a query, or as an element of a batch.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{NewOrder, OrderRef, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::checks::nameless;
use orderwire::venue::{BuildError, Draft, Query, Timestamp, is_alphanumeric_or};

use crate::fields::{ResponseType, SelfTradePrevention, put_positive, venue_id};

/// An order with all that USD-M futures can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_binance::{ClientOrderId, NewOrder, Side, Symbol, UsdmOrder, dec, usdm::PriceMatch};
/// # let (id, btc) = (ClientOrderId::new("mm1-1").unwrap(), Symbol::new("BTCUSDT").unwrap());
/// let at_the_best = UsdmOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(0))).price_match(PriceMatch::Queue);
/// let trailing = UsdmOrder::trailing_stop(id, btc, Side::Sell, dec!(1), dec!(0.5)).activate_price(dec!(70000));
/// let close_all = UsdmOrder::new(NewOrder::stop_market(id, btc, Side::Sell, dec!(0), dec!(50000))).close_position();
/// ```
///
/// **Source**: futures, "New Order" and "New Algo Order", read as of 2026-01-15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsdmOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// How much the venue shall answer; there is no [`ResponseType::Full`]. An order with a trigger has one answer.
    pub response: ResponseType,
    /// When the venue cancels it by itself, to the second, at least 600 seconds ahead: in place of good till cancelled.
    pub good_till: Option<Timestamp>,
    /// Whether it trades with orders from the venue's app and website alone, as maker (retail price improvement).
    pub retail_only: bool,
    /// Where in the book its price is taken from; it has none of its own then.
    pub price_match: Option<PriceMatch>,
    /// What happens when it meets an order of the same account; the one in the book expires until said.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// Which price sets its trigger off; that of the contract until said.
    pub trigger_by: Option<TriggerBy>,
    /// Whether its trigger waits while mark price and last price are further apart than the instrument's `triggerProtect`.
    pub price_protect: bool,
    /// Whether it closes the whole position when it is triggered: a stop or take-profit order at market, whose quantity is zero here.
    pub close_position: bool,
    /// Whether the limit order that it becomes when it is triggered is post only.
    pub maker_when_triggered: bool,
    /// How its trigger follows the market; it has no stop price then.
    pub trailing: Option<Trailing>,
}

impl UsdmOrder {
    /// The order as it is; the answer is [`ResponseType::Result`].
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            response: ResponseType::Result,
            good_till: None,
            retail_only: false,
            price_match: None,
            self_trade_prevention: None,
            trigger_by: None,
            price_protect: false,
            close_position: false,
            maker_when_triggered: false,
            trailing: None,
        }
    }

    /// A market order that waits until the market turns by so much from its best since: a sell from the highest price, a buy from
    /// the lowest. **Units**: percent, 0.1 to 10.
    #[must_use]
    pub const fn trailing_stop(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        callback_percent: Decimal,
    ) -> Self {
        let mut order = NewOrder::stop_market(id, symbol, side, quantity, Decimal::ZERO);
        order.stop_price = None;
        let trailing = Some(Trailing { callback_percent, activate_price: None });
        Self { trailing, ..Self::new(order) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The order, where its quantity is its own: one that closes a position has none.
    pub(super) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        (!self.close_position).then_some(&self.order).into_iter()
    }

    /// The same trailing order, which follows the market from this price on.
    #[must_use]
    pub const fn activate_price(self, price: Decimal) -> Self {
        let trailing = match self.trailing {
            Some(trailing) => Some(Trailing { activate_price: Some(price), ..trailing }),
            None => None,
        };
        Self { trailing, ..self }
    }

    /// The same order, answered so.
    #[must_use]
    pub const fn response(self, response: ResponseType) -> Self {
        Self { response, ..self }
    }

    /// The same order, which the venue cancels at this time.
    #[must_use]
    pub const fn good_till(self, time: Timestamp) -> Self {
        Self { good_till: Some(time), ..self }
    }

    /// The same post-only order for the venue's app and website alone.
    #[must_use]
    pub const fn retail_only(self) -> Self {
        Self { retail_only: true, ..self }
    }

    /// The same order at a price of the book's, not one of its own.
    #[must_use]
    pub const fn price_match(self, price_match: PriceMatch) -> Self {
        Self { price_match: Some(price_match), order: without_price(self.order), ..self }
    }

    /// The same order with another rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The same order, triggered by this price.
    #[must_use]
    pub const fn trigger_by(self, price: TriggerBy) -> Self {
        Self { trigger_by: Some(price), ..self }
    }

    /// The same order, whose trigger waits while mark price and last price are far apart.
    #[must_use]
    pub const fn price_protect(self) -> Self {
        Self { price_protect: true, ..self }
    }

    /// The same stop or take-profit order at market for the whole position, whatever it is by then.
    #[must_use]
    pub const fn close_position(self) -> Self {
        Self { close_position: true, ..self }
    }

    /// The same stop or take-profit limit order, which is post only once it is triggered.
    #[must_use]
    pub const fn maker_when_triggered(self) -> Self {
        Self { maker_when_triggered: true, ..self }
    }
}

const fn without_price(mut order: NewOrder) -> NewOrder {
    order.price = None;
    order
}

impl From<NewOrder> for UsdmOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// Where in the book a price is taken from. Source: common-definition, "Price Match".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PriceMatch {
    /// The best price of the other side.
    Opponent,
    /// The fifth best of the other side.
    Opponent5,
    /// The tenth best of the other side.
    Opponent10,
    /// The twentieth best of the other side.
    Opponent20,
    /// The best price of its own side.
    Queue,
    /// The fifth best of its own side.
    Queue5,
    /// The tenth best of its own side.
    Queue10,
    /// The twentieth best of its own side.
    Queue20,
}

impl PriceMatch {
    const fn text(self) -> &'static str {
        match self {
            Self::Opponent => "OPPONENT",
            Self::Opponent5 => "OPPONENT_5",
            Self::Opponent10 => "OPPONENT_10",
            Self::Opponent20 => "OPPONENT_20",
            Self::Queue => "QUEUE",
            Self::Queue5 => "QUEUE_5",
            Self::Queue10 => "QUEUE_10",
            Self::Queue20 => "QUEUE_20",
        }
    }
}

/// Which price sets a trigger off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TriggerBy {
    /// That of the contract's last trade.
    LastPrice,
    /// The price that positions are valued at.
    MarkPrice,
}

/// How a trigger follows the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trailing {
    /// How far the market has to turn. **Units**: percent, 0.1 to 10.
    pub callback_percent: Decimal,
    /// From which price on it is followed; the present one until said.
    pub activate_price: Option<Decimal>,
}

/// How fields are written: `&name=value`, or `,"name":"value"` of a JSON object within the query, percent-encoded. The two differ
/// in nothing else, and which it is is known when compiled.
pub(super) trait Style {
    const JSON: bool;
}

/// `&name=value`.
pub(super) struct Plain;

/// `,"name":"value"`; the batch's brackets are the caller's.
pub(super) struct Element;

impl Style for Plain {
    const JSON: bool = false;
}

impl Style for Element {
    const JSON: bool = true;
}

/// Begins a field, or writes a whole one; [`end`] ends one that was begun.
macro_rules! field {
    ($style:ident, $draft:expr, $name:literal) => {
        if $style::JSON {
            $draft.put(concat!("%2C%22", $name, "%22%3A%22"))
        } else {
            $draft.put(concat!("&", $name, "="))
        }
    };
    ($style:ident, $draft:expr, $name:literal, $value:literal) => {
        if $style::JSON {
            $draft.put(concat!("%2C%22", $name, "%22%3A%22", $value, "%22"))
        } else {
            $draft.put(concat!("&", $name, "=", $value))
        }
    };
}
pub(super) use field;

#[inline]
pub(super) fn end<S: Style>(draft: &mut Draft<'_, Query>) {
    if S::JSON {
        draft.put("%22");
    }
}

/// The instrument, which is the first field.
#[inline]
pub(super) fn put_symbol<S: Style>(draft: &mut Draft<'_, Query>, symbol: Symbol) -> Result<(), BuildError> {
    if S::JSON {
        // Neither stands in a symbol of the venue's; within JSON they would end it.
        if symbol.as_str().contains(['"', '\\']) {
            let cure = "an instrument of a batch has no quotes or backslashes in its name";
            return Err(BuildError::Value { field: "the symbol", cure });
        }
        draft.put("%7B%22symbol%22%3A%22").put_percent(symbol.as_str()).put("%22");
    } else {
        draft.put("symbol=").put_percent(symbol.as_str());
    }
    Ok(())
}

#[inline]
pub(super) fn put_side<S: Style>(draft: &mut Draft<'_, Query>, side: Side) {
    // An arm for each literal: what is known when compiled is judged and copied for nothing.
    match side {
        Side::Buy => field!(S, draft, "side", "BUY"),
        Side::Sell => field!(S, draft, "side", "SELL"),
    };
}

/// Everything of an order that has no trigger.
#[inline]
pub(super) fn put_order<S: Style>(
    draft: &mut Draft<'_, Query>,
    order: &NewOrder,
    usdm: Option<&UsdmOrder>,
    put_window: impl FnOnce(&mut Draft<'_, Query>),
) -> Result<(), BuildError> {
    let terms = terms(order, usdm)?;
    put_symbol::<S>(draft, order.symbol)?;
    put_side::<S>(draft, order.side);
    put_position_side::<S>(draft, order)?;
    match terms {
        Terms::Gtc => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "GTC"),
        Terms::Gtd => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "GTD"),
        Terms::Gtx => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "GTX"),
        Terms::Ioc => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "IOC"),
        Terms::Fok => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "FOK"),
        Terms::Rpi => field!(S, field!(S, draft, "type", "LIMIT"), "timeInForce", "RPI"),
        Terms::Market => field!(S, draft, "type", "MARKET"),
    };
    // What changes from order to order comes last, as on Spot: the first blocks of what is signed are hashed once if they stay the same.
    match usdm.map_or(ResponseType::Result, |usdm| usdm.response) {
        ResponseType::Ack => field!(S, draft, "newOrderRespType", "ACK"),
        ResponseType::Result => field!(S, draft, "newOrderRespType", "RESULT"),
        ResponseType::Full => {
            let cure = "ask for ResponseType::Result, and for the fills";
            return Err(BuildError::Unsupported { what: "an answer with fills", cure });
        }
    };
    if order.reduce_only {
        field!(S, draft, "reduceOnly", "true");
    }
    put_window(draft);
    put_positive(field!(S, draft, "quantity"), "quantity", order.quantity)?;
    end::<S>(draft);
    field!(S, draft, "newClientOrderId").put_percent(client_id(&order.id)?);
    end::<S>(draft);
    put_price::<S>(draft, order.price, usdm.and_then(|usdm| usdm.price_match))?;
    if let Some(usdm) = usdm {
        put_details::<S>(draft, usdm)?;
    }
    Ok(())
}

/// Everything of an order with a trigger.
pub(super) fn put_trigger(
    draft: &mut Draft<'_, Query>,
    order: &NewOrder,
    usdm: Option<&UsdmOrder>,
) -> Result<(), BuildError> {
    let terms = trigger_terms(order, usdm)?;
    draft.put("algoType=CONDITIONAL&symbol=").put_percent(order.symbol.as_str());
    put_side::<Plain>(draft, order.side);
    put_position_side::<Plain>(draft, order)?;
    draft.put(terms);
    let details = usdm.copied().unwrap_or(UsdmOrder::new(*order));
    if details.close_position {
        draft.put("&closePosition=true");
    } else {
        put_positive(draft.put("&quantity="), "quantity", order.quantity)?;
    }
    put_price::<Plain>(draft, order.price, details.price_match)?;
    if let Some(price) = order.stop_price {
        put_positive(draft.put("&triggerPrice="), "stop_price", price)?;
    }
    if let Some(trailing) = details.trailing {
        if let Some(price) = trailing.activate_price {
            put_positive(draft.put("&activatePrice="), "activate_price", price)?;
        }
        draft.put("&callbackRate=").put_decimal(trailing.callback_percent);
    }
    match details.trigger_by {
        Some(TriggerBy::LastPrice) => draft.put("&workingType=CONTRACT_PRICE"),
        Some(TriggerBy::MarkPrice) => draft.put("&workingType=MARK_PRICE"),
        None => draft,
    };
    if details.price_protect {
        draft.put("&priceProtect=TRUE");
    }
    if order.reduce_only {
        draft.put("&reduceOnly=true");
    }
    draft.put("&clientAlgoId=").put_percent(client_id(&order.id)?);
    put_details::<Plain>(draft, &details)
}

/// Which of two positions it is for; an account with one position an instrument needs no word for it.
#[inline]
fn put_position_side<S: Style>(draft: &mut Draft<'_, Query>, order: &NewOrder) -> Result<(), BuildError> {
    if order.reduce_only && order.position_side != PositionSide::Net {
        let cure = "a sell of the long position, or a buy of the short one, only reduces it: leave reduce_only() out";
        return Err(BuildError::Unsupported { what: "reduce-only in hedge mode", cure });
    }
    match order.position_side {
        PositionSide::Long => field!(S, draft, "positionSide", "LONG"),
        PositionSide::Net => draft,
        PositionSide::Short => field!(S, draft, "positionSide", "SHORT"),
    };
    Ok(())
}

/// A price of its own, or of the book's.
#[inline]
pub(super) fn put_price<S: Style>(
    draft: &mut Draft<'_, Query>,
    price: Option<Decimal>,
    price_match: Option<PriceMatch>,
) -> Result<(), BuildError> {
    match (price, price_match) {
        (Some(price), _) => put_positive(field!(S, draft, "price"), "price", price)?,
        (None, Some(price_match)) => {
            field!(S, draft, "priceMatch").put(price_match.text());
        }
        (None, None) => return Ok(()),
    }
    end::<S>(draft);
    Ok(())
}

/// What orders with and without a trigger have alike.
fn put_details<S: Style>(draft: &mut Draft<'_, Query>, usdm: &UsdmOrder) -> Result<(), BuildError> {
    use SelfTradePrevention::{ExpireBoth, ExpireMaker, ExpireTaker};
    match usdm.self_trade_prevention {
        Some(ExpireBoth) => field!(S, draft, "selfTradePreventionMode", "EXPIRE_BOTH"),
        Some(ExpireMaker) => field!(S, draft, "selfTradePreventionMode", "EXPIRE_MAKER"),
        Some(ExpireTaker) => field!(S, draft, "selfTradePreventionMode", "EXPIRE_TAKER"),
        Some(_) => {
            let cure = "futures have ExpireBoth, ExpireMaker and ExpireTaker";
            return Err(BuildError::Unsupported { what: "this self-trade prevention", cure });
        }
        None => draft,
    };
    if let Some(time) = usdm.good_till {
        field!(S, draft, "goodTillDate").put_u64(time.ms());
        end::<S>(draft);
    }
    Ok(())
}

/// Type and time in force of an order without a trigger.
#[derive(Clone, Copy)]
enum Terms {
    Fok,
    Gtc,
    Gtd,
    Gtx,
    Ioc,
    Market,
    Rpi,
}

/// Type and time in force, of an order that makes sense. "Post only" is `GTX`. Source: "New Order", the table by type.
#[inline]
fn terms(order: &NewOrder, usdm: Option<&UsdmOrder>) -> Result<Terms, BuildError> {
    use OrderType::{Limit, LimitMaker, Market};
    let is_priced = order.price.is_some() || usdm.is_some_and(|usdm| usdm.price_match.is_some());
    let (expires, retail) = match usdm {
        Some(usdm) => {
            check_plain(usdm)?;
            (usdm.good_till.is_some(), usdm.retail_only)
        }
        None => (false, false),
    };
    if order.stop_price.is_some() {
        let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit, stop_market and their like";
        return Err(BuildError::Value { field: "stop_price", cure });
    }
    Ok(match (order.order_type, is_priced, order.time_in_force, expires, retail) {
        (Limit, true, TimeInForce::Gtc, false, false) => Terms::Gtc,
        (Limit, true, TimeInForce::Gtc, true, false) => Terms::Gtd,
        (Limit, true, TimeInForce::Ioc, false, false) => Terms::Ioc,
        (Limit, true, TimeInForce::Fok, false, false) => Terms::Fok,
        (LimitMaker, true, TimeInForce::Gtc, false, false) => Terms::Gtx,
        (LimitMaker, true, TimeInForce::Gtc, false, true) => Terms::Rpi,
        (Market, false, TimeInForce::Gtc, false, false) => Terms::Market,
        _ => return Err(refused_terms(order, is_priced, expires, retail)),
    })
}

/// What belongs to triggers alone.
fn check_plain(usdm: &UsdmOrder) -> Result<(), BuildError> {
    let cure = "orders with a trigger have it: NewOrder::stop_market and their like, UsdmOrder::trailing_stop";
    let of_triggers = [
        ("trigger_by", usdm.trigger_by.is_some()),
        ("price_protect", usdm.price_protect),
        ("close_position", usdm.close_position),
        ("maker_when_triggered", usdm.maker_when_triggered),
        ("trailing", usdm.trailing.is_some()),
    ];
    match of_triggers.iter().find(|(_, is_set)| *is_set) {
        Some((field, _)) => Err(BuildError::Value { field, cure }),
        None => check_price_match(usdm),
    }
}

fn check_price_match(usdm: &UsdmOrder) -> Result<(), BuildError> {
    if usdm.price_match.is_some() && usdm.order.price.is_some() {
        return Err(BuildError::Value {
            field: "price",
            cure: "it has the book's: use price_match() or a price, not both",
        });
    }
    Ok(())
}

#[cold]
fn refused_terms(order: &NewOrder, is_priced: bool, expires: bool, retail: bool) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market};
    let (what, cure) = match order.order_type {
        Limit if !is_priced => {
            let cure = "a limit order has one: use NewOrder::limit, or price_match()";
            return BuildError::MissingField { field: "price", cure };
        }
        LimitMaker if !is_priced => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        Market if is_priced => {
            return BuildError::Value { field: "price", cure: "a market order has none: use NewOrder::limit" };
        }
        _ if expires => (
            "an order with an end that has a time in force or is post only",
            "only limit orders that are good till cancelled otherwise have one: leave good_till() out",
        ),
        _ if retail => {
            ("an order for the app and website that may take", "it is post only: use NewOrder::limit(..).post_only()")
        }
        LimitMaker => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        Market => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder's constructors with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

/// Type and time in force as they are written, of an order with a trigger that makes sense. Source: "New Algo Order".
fn trigger_terms(order: &NewOrder, usdm: Option<&UsdmOrder>) -> Result<&'static str, BuildError> {
    use OrderType::{StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    use TimeInForce::{Fok, Gtc, Ioc};
    let usdm = usdm.copied().unwrap_or(UsdmOrder::new(*order));
    check_trigger(&usdm)?;
    let is_priced = order.price.is_some() || usdm.price_match.is_some();
    let way = (order.order_type, is_priced, usdm.trailing.is_some(), order.time_in_force);
    if usdm.good_till.is_some() || usdm.maker_when_triggered {
        return match (way, usdm.maker_when_triggered, usdm.good_till.is_some()) {
            ((StopLimit, true, false, Gtc), true, false) => Ok("&type=STOP&timeInForce=GTX"),
            ((StopLimit, true, false, Gtc), false, true) => Ok("&type=STOP&timeInForce=GTD"),
            ((TakeProfitLimit, true, false, Gtc), true, false) => Ok("&type=TAKE_PROFIT&timeInForce=GTX"),
            ((TakeProfitLimit, true, false, Gtc), false, true) => Ok("&type=TAKE_PROFIT&timeInForce=GTD"),
            _ => {
                let cure =
                    "good_till() and maker_when_triggered() are each for limit orders that are good till cancelled";
                Err(BuildError::Unsupported { what: "this time in force", cure })
            }
        };
    }
    Ok(match way {
        (StopMarket, false, true, Gtc) => "&type=TRAILING_STOP_MARKET",
        (StopMarket, false, false, Gtc) => "&type=STOP_MARKET",
        (TakeProfitMarket, false, false, Gtc) => "&type=TAKE_PROFIT_MARKET",
        (StopLimit, true, false, Gtc) => "&type=STOP&timeInForce=GTC",
        (StopLimit, true, false, Ioc) => "&type=STOP&timeInForce=IOC",
        (StopLimit, true, false, Fok) => "&type=STOP&timeInForce=FOK",
        (TakeProfitLimit, true, false, Gtc) => "&type=TAKE_PROFIT&timeInForce=GTC",
        (TakeProfitLimit, true, false, Ioc) => "&type=TAKE_PROFIT&timeInForce=IOC",
        (TakeProfitLimit, true, false, Fok) => "&type=TAKE_PROFIT&timeInForce=FOK",
        (StopLimit | TakeProfitLimit, false, ..) => {
            let cure = "a limit order has one: use NewOrder::stop_limit or take_profit_limit";
            return Err(BuildError::MissingField { field: "price", cure });
        }
        (StopMarket | TakeProfitMarket, true, ..) => {
            let cure = "a market order has none, waiting or not: use NewOrder::stop_limit or take_profit_limit";
            return Err(BuildError::Value { field: "price", cure });
        }
        (.., true, _) => {
            let cure = "use UsdmOrder::trailing_stop";
            return Err(BuildError::Unsupported { what: "an order of this type that trails", cure });
        }
        _ => {
            let cure = "market orders have none: leave time_in_force() out";
            return Err(BuildError::Unsupported { what: "this order type or time in force", cure });
        }
    })
}

fn check_trigger(usdm: &UsdmOrder) -> Result<(), BuildError> {
    let UsdmOrder { order, trailing, close_position, .. } = usdm;
    check_price_match(usdm)?;
    match (order.stop_price, trailing) {
        (None, None) => {
            let cure = "what waits needs to know for which price: use NewOrder::stop_market and its like";
            return Err(BuildError::MissingField { field: "stop_price", cure });
        }
        (Some(_), Some(_)) => {
            let cure = "a trailing order has none: it trails from activate_price on";
            return Err(BuildError::Value { field: "stop_price", cure });
        }
        _ => {}
    }
    if let Some(trailing) = trailing {
        let percent = trailing.callback_percent;
        if percent < CALLBACK_PERCENT_MIN || percent > CALLBACK_PERCENT_MAX {
            return Err(BuildError::Value { field: "callback_percent", cure: "from 0.1 to 10 percent" });
        }
    }
    if *close_position {
        let is_market = matches!(order.order_type, OrderType::StopMarket | OrderType::TakeProfitMarket);
        if !is_market || trailing.is_some() || order.reduce_only || order.quantity != Decimal::ZERO {
            let cure =
                "stop and take-profit orders at market have it, with a quantity of zero and without reduce_only()";
            return Err(BuildError::Value { field: "close_position", cure });
        }
        let opens = match order.position_side {
            PositionSide::Long => order.side == Side::Buy,
            PositionSide::Net => false,
            PositionSide::Short => order.side == Side::Sell,
        };
        if opens {
            let cure = "the long position is closed by a sell, the short one by a buy";
            return Err(BuildError::Value { field: "side", cure });
        }
    }
    if usdm.retail_only {
        let cure = "orders without a trigger have it: leave retail_only() out";
        return Err(BuildError::Value { field: "retail_only", cure });
    }
    Ok(())
}

/// Source: "New Algo Order", `callbackRate`: "min 0.1, max 10 where 1 for 1%".
const CALLBACK_PERCENT_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 1);
const CALLBACK_PERCENT_MAX: Decimal = Decimal::from_parts(10, 0, 0, false, 0);

/// The id where it is within the venue's rule `^[\.A-Z\:/a-z0-9_-]{1,36}$`. Source: "New Order", `newClientOrderId`.
///
/// The length is that of every [`ClientOrderId`].
#[inline]
pub(super) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b".:/_-") {
        Ok(id.as_str())
    } else {
        let cure = "Binance futures take letters, digits, `.`, `:`, `/`, `_` and `-`, at most 36";
        Err(BuildError::Value { field: "the client order id", cure })
    }
}

const _: () = assert!(orderwire::id::CLIENT_ORDER_ID_BYTES_MAX == 36, "longer ids would have to be refused here");

/// Names an order. Where both of its ids are known the venue's goes out alone: it prevails anyway.
#[inline]
pub(super) fn put_ref<S: Style>(draft: &mut Draft<'_, Query>, order: &OrderRef) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => field!(S, draft, "orderId").put(venue_id(order_id)?),
        (None, Some(id)) => field!(S, draft, "origClientOrderId").put_percent(client_id(id)?),
        (None, None) => return Err(nameless()),
    };
    end::<S>(draft);
    Ok(())
}
