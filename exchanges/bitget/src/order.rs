//! An order with all that this crate can say of one, and how it is written: as a JSON object, in which every number is a string.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::{NewOrder, OrderRef, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::checks::nameless;
pub(crate) use orderwire::venue::checks::put_positive;
use orderwire::venue::{Body, BuildError, Draft, is_alphanumeric_or, is_plain_json};

/// An order with what only Bitget can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_bitget::{BitgetOrder, ClientOrderId, NewOrder, SelfTradePrevention, Side, Symbol, dec};
/// # let (id, btc) = (ClientOrderId::new("mm1-1").unwrap(), Symbol::new("BTCUSDT").unwrap());
/// let for_100_usdt = BitgetOrder::market_for_quote(id, btc, dec!(100));
/// let order = NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(20000));
/// let never_its_own = BitgetOrder::new(order).self_trade_prevention(SelfTradePrevention::CancelTaker);
/// ```
///
/// **Source**: <https://www.bitget.com/api-doc/spot/trade/Place-Order>, read 2026-11-26.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BitgetOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// How much of the quote coin a market buy shall spend, in place of its quantity, which is zero then.
    pub quote_quantity: Option<Decimal>,
    /// What happens when it meets an order of the same account; nothing until said.
    pub self_trade_prevention: Option<SelfTradePrevention>,
}

impl BitgetOrder {
    /// The order as it is.
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self { order, quote_quantity: None, self_trade_prevention: None }
    }

    /// A market buy for so much of the quote coin: the venue finds the quantity.
    #[must_use]
    pub const fn market_for_quote(id: ClientOrderId, symbol: Symbol, quote_quantity: Decimal) -> Self {
        let order = NewOrder::market(id, symbol, Side::Buy, Decimal::ZERO);
        Self { quote_quantity: Some(quote_quantity), ..Self::new(order) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The same order with a rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The order, where its quantity is its own.
    pub(crate) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.quote_quantity.is_none().then_some(&self.order).into_iter()
    }
}

impl From<NewOrder> for BitgetOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// What happens when an order meets one of the same account. Source: "Place Order", `stpMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfTradePrevention {
    /// Both are cancelled.
    CancelBoth,
    /// The one in the book is cancelled.
    CancelMaker,
    /// The one that came is cancelled.
    CancelTaker,
}

/// Everything of an order but the closing bracket, which has to be put behind it.
#[inline]
pub(crate) fn put_order(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    bitget: Option<&BitgetOrder>,
) -> Result<(), BuildError> {
    let terms = terms(order)?;
    put_symbol(draft.put("{\"symbol\":\""), &order.symbol)?;
    draft.put(match order.side {
        Side::Buy => "\",\"side\":\"buy\"",
        Side::Sell => "\",\"side\":\"sell\"",
    });
    draft.put(terms);
    if let Some(price) = order.price {
        put_positive(draft, ",\"price\":\"", "price", price)?;
    }
    put_size(draft, order, bitget.and_then(|bitget| bitget.quote_quantity))?;
    draft.put(",\"clientOid\":\"").put(client_id(&order.id)?);
    draft.put(match bitget.and_then(|bitget| bitget.self_trade_prevention) {
        Some(SelfTradePrevention::CancelBoth) => "\",\"stpMode\":\"cancel_both\"",
        Some(SelfTradePrevention::CancelMaker) => "\",\"stpMode\":\"cancel_maker\"",
        Some(SelfTradePrevention::CancelTaker) => "\",\"stpMode\":\"cancel_taker\"",
        None => "\"",
    });
    Ok(())
}

/// How much: of the base coin, but for a market buy, which the venue counts in the quote coin and has no other word for. Source: "Place
/// Order", `size`.
#[inline]
fn put_size(draft: &mut Draft<'_, Body>, order: &NewOrder, quote_quantity: Option<Decimal>) -> Result<(), BuildError> {
    const SIZE: &str = ",\"size\":\"";
    match (quote_quantity, order.order_type, order.side) {
        (None, OrderType::Market, Side::Buy) => {
            let cure =
                "Bitget counts it in the quote coin: BitgetOrder::market_for_quote(..), or a limit order that is IOC";
            Err(BuildError::Unsupported { what: "a market buy by its quantity", cure })
        }
        (None, ..) => put_positive(draft, SIZE, "quantity", order.quantity),
        (Some(amount), OrderType::Market, Side::Buy) if order.quantity.is_zero() => {
            put_positive(draft, SIZE, "quote_quantity", amount)
        }
        (Some(_), ..) => {
            let cure = "market buys have one, in place of their quantity: use BitgetOrder::market_for_quote";
            Err(BuildError::Value { field: "quote_quantity", cure })
        }
    }
}

/// Type and time in force, of an order that makes sense. Source: "Place Order", `orderType` and `force`.
#[inline]
fn terms(order: &NewOrder) -> Result<&'static str, BuildError> {
    use OrderType::{Limit, LimitMaker, Market};
    if order.stop_price.is_some() || order.reduce_only || order.position_side != PositionSide::Net {
        return Err(refused_terms(order));
    }
    Ok(match (order.order_type, order.price.is_some(), order.time_in_force) {
        (Limit, true, TimeInForce::Gtc) => ",\"orderType\":\"limit\",\"force\":\"gtc\"",
        (Limit, true, TimeInForce::Ioc) => ",\"orderType\":\"limit\",\"force\":\"ioc\"",
        (Limit, true, TimeInForce::Fok) => ",\"orderType\":\"limit\",\"force\":\"fok\"",
        (LimitMaker, true, TimeInForce::Gtc) => ",\"orderType\":\"limit\",\"force\":\"post_only\"",
        // "It is invalid when orderType is market", and "required" all the same.
        (Market, false, TimeInForce::Gtc) => ",\"orderType\":\"market\",\"force\":\"gtc\"",
        _ => return Err(refused_terms(order)),
    })
}

#[cold]
fn refused_terms(order: &NewOrder) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market};
    let is_priced = order.price.is_some();
    let (what, cure) = match order.order_type {
        kind if kind.has_trigger() => (
            "a stop or take-profit order here",
            "Bitget has them as a product of their own: RawCall, POST /api/v2/spot/trade/place-plan-order",
        ),
        _ if order.stop_price.is_some() => {
            return BuildError::Value { field: "stop_price", cure: "these orders do not wait: leave it out" };
        }
        _ if order.reduce_only => ("reduce-only on Spot", "a spot account has no positions: leave reduce_only() out"),
        _ if order.position_side != PositionSide::Net => {
            ("a position side on Spot", "a spot account has no positions: leave position_side() out")
        }
        Limit if !is_priced => {
            return BuildError::MissingField { field: "price", cure: "a limit order has one: use NewOrder::limit" };
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
        Market => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder's constructors with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

/// An instrument's name within JSON, as UTF-8.
#[inline]
pub(crate) fn put_symbol(draft: &mut Draft<'_, Body>, symbol: &Symbol) -> Result<(), BuildError> {
    // Neither stands in a symbol of the venue's; within JSON they would end it.
    if !is_plain_json(symbol.as_str()) {
        let cure = "an instrument of Bitget has no quotes or backslashes in its name";
        return Err(BuildError::Value { field: "the symbol", cure });
    }
    draft.put(symbol);
    Ok(())
}

/// `"orderId":"…"` or `"clientOid":"…"`. Where both of an order's ids are known the venue's goes out alone: "both at once" is refused.
#[inline]
pub(crate) fn put_ref(draft: &mut Draft<'_, Body>, order: &OrderRef) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => draft.put("\"orderId\":\"").put(venue_id(order_id)?),
        (None, Some(id)) => draft.put("\"clientOid\":\"").put(client_id(id)?),
        (None, None) => return Err(nameless()),
    };
    draft.put("\"");
    Ok(())
}

/// The id where it is surely within the venue's rule: "cannot be greater than 64, and cannot be Martian characters". Which those are no
/// page says; the documents' examples have letters, digits and dashes, and clients send underscores. Source: code 40305.
///
/// The length is that of every [`ClientOrderId`], which is below the 40 that v1 named.
#[inline]
pub(crate) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b"-_") {
        Ok(id.as_str())
    } else {
        let cure = "Bitget surely takes letters, digits, `-` and `_`";
        Err(BuildError::Value { field: "the client order id", cure })
    }
}

const _: () = assert!(orderwire::id::CLIENT_ORDER_ID_BYTES_MAX <= 40, "longer ids would have to be refused here");

/// The venue's id where it can be one: a whole number.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id.as_str())
    } else {
        let cure = "Bitget's are whole numbers: give it as the venue told it";
        Err(BuildError::Value { field: "the order id", cure })
    }
}
