//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#trading-endpoints>, read
//! 2026-07-21.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId};
use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState, OrderType, Side, TimeInForce};
use orderwire::venue::{
    BuildError, CancelAll, CancelOrder, Draft, Endpoint, Method, OpenOrders, QueryOrder, Request, Response, RestError,
    TestOrder, Timestamp,
};

use super::SpotVenue;
use crate::replies;

/// How much the venue says in its answer to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseType {
    /// That it was taken: the earliest and shortest answer, without a status.
    Ack,
    /// What came of it, with every fill.
    Full,
    /// What came of it: status and executed quantities. What [`NewOrder`] asks for.
    Result,
}

/// An order that says how much the venue shall answer; [`NewOrder`] alone asks for [`ResponseType::Result`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct NewOrderWith {
    /// The order.
    pub order: NewOrder,
    /// How much the venue shall answer.
    pub response: ResponseType,
}

/// Places an order. Weight 1. Source: rest-api.md, "New order".
impl Endpoint<SpotVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order";

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        encode_order(self, ResponseType::Result, venue, draft, now)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order. Weight 1. Source: rest-api.md, "New order".
impl Endpoint<SpotVenue> for NewOrderWith {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order";

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, self.response, venue, draft, now)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, &self.order)
    }
}

/// Has an order checked, its signature and window included, without placing it. Weight 1. Source: rest-api.md, "Test new
/// order".
impl Endpoint<SpotVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/test";

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, ResponseType::Result, venue, draft, now)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::empty(response)
    }
}

/// Cancels one order. Weight 1. Source: rest-api.md, "Cancel order".
///
/// Where both of the order's ids are known the venue's goes out alone: "the performance […] is always better when only
/// `orderId` is sent".
impl Endpoint<SpotVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/order";

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, now)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Asks for one order. Weight 4. Source: rest-api.md, "Query order".
///
/// The answer comes from the venue's memory or database, not from its engine: that it knows no such order is not final
/// right after the order was sent.
impl Endpoint<SpotVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/order";

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, now)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.order)
    }
}

/// Lists the open orders. Weight 6; 80 for all instruments. Source: rest-api.md, "Current open orders".
impl Endpoint<SpotVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/openOrders";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        if let Some(symbol) = self.symbol {
            draft.pair("symbol", symbol.as_str());
        }
        signer.finish(draft, now)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::open_orders(response, self.symbol)
    }
}

/// Cancels all open orders of an instrument, those of order lists included. Weight 1. Source: rest-api.md, "Cancel All
/// Open Orders on a Symbol".
///
/// Without open orders the venue answers "Unknown order sent.": [`RejectKind::UnknownOrder`](crate::RejectKind).
impl Endpoint<SpotVenue> for CancelAll {
    type Reply = Vec<CancelAck>;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/openOrders";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        signer.finish(draft, now)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<CancelAck>, RestError> {
        replies::all_cancelled(response, self.symbol)
    }
}

#[inline]
fn encode_order<'b>(
    order: &NewOrder,
    response: ResponseType,
    venue: &SpotVenue,
    draft: Draft<'b>,
    now: Timestamp,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let terms = terms(order)?;
    let mut draft = draft.query();
    draft.put("symbol=").put_percent(order.symbol.as_str());
    draft.put(match order.side {
        Side::Buy => "&side=BUY",
        Side::Sell => "&side=SELL",
    });
    draft.put(terms).put_decimal(positive("quantity", order.quantity)?);
    if let Some(price) = order.price {
        draft.put("&price=").put_decimal(positive("price", price)?);
    }
    draft.put("&newClientOrderId=").put(client_id(&order.id)?);
    draft.put(match response {
        ResponseType::Ack => "&newOrderRespType=ACK",
        ResponseType::Full => "&newOrderRespType=FULL",
        ResponseType::Result => "&newOrderRespType=RESULT",
    });
    signer.finish(draft, now)
}

/// Type and time in force, up to where the quantity goes.
///
/// Only `LIMIT` has a `timeInForce`; the venue refuses one beside `MARKET` and `LIMIT_MAKER` (-1106, -1114).
#[inline]
fn terms(order: &NewOrder) -> Result<&'static str, BuildError> {
    Ok(match (order.order_type, order.price, order.time_in_force) {
        (OrderType::Limit, Some(_), TimeInForce::Gtc) => "&type=LIMIT&timeInForce=GTC&quantity=",
        (OrderType::Limit, Some(_), TimeInForce::Ioc) => "&type=LIMIT&timeInForce=IOC&quantity=",
        (OrderType::Limit, Some(_), TimeInForce::Fok) => "&type=LIMIT&timeInForce=FOK&quantity=",
        (OrderType::LimitMaker, Some(_), TimeInForce::Gtc) => "&type=LIMIT_MAKER&quantity=",
        (OrderType::Market, None, TimeInForce::Gtc) => "&type=MARKET&quantity=",
        _ => return Err(refused_terms(order)),
    })
}

#[cold]
fn refused_terms(order: &NewOrder) -> BuildError {
    let (what, cure) = match (order.order_type, order.price) {
        (OrderType::Limit, None) => {
            return BuildError::MissingField { field: "price", cure: "a limit order has one: use NewOrder::limit" };
        }
        (OrderType::LimitMaker, None) => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        (OrderType::LimitMaker, Some(_)) => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        (OrderType::Market, Some(_)) => {
            return BuildError::Value { field: "price", cure: "a market order has none: use NewOrder::limit" };
        }
        (OrderType::Market, None) => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder::limit or NewOrder::market with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

#[inline]
fn encode_ref<'b>(
    order: &OrderRef,
    venue: &SpotVenue,
    draft: Draft<'b>,
    now: Timestamp,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut draft = draft.query();
    draft.put("symbol=").put_percent(order.symbol.as_str());
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => draft.put("&orderId=").put(venue_id(order_id)?),
        (None, Some(id)) => draft.put("&origClientOrderId=").put(client_id(id)?),
        (None, None) => {
            return Err(BuildError::MissingField {
                field: "the order's id",
                cure: "name the order by its client order id or by the venue's order id",
            });
        }
    };
    signer.finish(draft, now)
}

#[inline]
fn positive(field: &'static str, value: Decimal) -> Result<Decimal, BuildError> {
    if value > Decimal::ZERO { Ok(value) } else { Err(BuildError::Value { field, cure: "it must be above zero" }) }
}

/// The id where it is within the venue's rule `^[a-zA-Z0-9-_]{1,36}$`. Source: fix-api.md, `ClOrdID`.
///
/// The length is that of every [`ClientOrderId`].
#[inline]
fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.as_str().bytes().all(is_allowed) {
        Ok(id.as_str())
    } else {
        Err(BuildError::Value {
            field: "the client order id",
            cure: "Binance Spot takes letters, digits, `-` and `_`, at most 36",
        })
    }
}

/// The venue's id where it can be one: a whole number.
#[inline]
fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id.as_str())
    } else {
        Err(BuildError::Value {
            field: "the order id",
            cure: "Binance's are whole numbers: give it as the venue told it",
        })
    }
}

const _: () = assert!(orderwire::id::CLIENT_ORDER_ID_BYTES_MAX == 36, "longer ids would have to be refused here");

/// Most bytes of a list of open orders that are taken: some 8,000 orders of at most 500 bytes each.
const OPEN_ORDERS_BYTES_MAX: usize = 4 * 1024 * 1024;
