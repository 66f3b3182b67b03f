//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#trading-endpoints>, read
//! 2026-07-21.

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::{
    BuildError, CancelAll, CancelOrder, Cost, Draft, Endpoint, Method, OpenOrders, Query, QueryOrder, Request,
    Response, RestError, TestOrder, Window,
};

use super::SpotVenue;
use super::order::{SpotOrder, put_client_id, put_order};
use super::replies;
use crate::fields::venue_id;
use crate::queries;

/// Places an order. Weight 1. Source: rest-api.md, "New order".
impl Endpoint<SpotVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order";
    const FORM: &'static [&'static str] = &replies::PLACED;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order. Weight 1. Source: rest-api.md, "New order".
impl Endpoint<SpotVenue> for SpotOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, Some(self), venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, &self.order)
    }
}

/// Has an order checked that says more than [`TestOrder`]'s. Weight 1. Source: rest-api.md, "Test new order".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestSpotOrder {
    /// The order.
    pub order: SpotOrder,
}

impl Endpoint<SpotVenue> for TestSpotOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/test";

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order.order, Some(&self.order), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        crate::replies::empty::<SpotVenue>(response)
    }
}

/// Has an order checked, its signature and window included, without placing it. Weight 1. Source: rest-api.md, "Test new
/// order".
impl Endpoint<SpotVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/test";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        crate::replies::empty::<SpotVenue>(response)
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

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, window)
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

    fn cost(&self) -> Cost {
        Cost::weight(4)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, window)
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

    fn cost(&self) -> Cost {
        Cost::weight(if self.symbol.is_some() { 6 } else { 80 })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(self.symbol, venue.signer()?, draft, window)
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

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(Some(self.symbol), venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<CancelAck>, RestError> {
        replies::all_cancelled(response, self.symbol)
    }
}

#[inline]
fn encode_order<'b>(
    order: &NewOrder,
    spot: Option<&SpotOrder>,
    venue: &SpotVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut draft = draft.query();
    put_order(&mut draft, order, spot, |draft| signer.put_window(draft, &window))?;
    signer.finish_windowed(draft, window)
}

#[inline]
fn encode_ref<'b>(
    order: &OrderRef,
    venue: &SpotVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut draft = draft.query();
    draft.put("symbol=").put_percent(order.symbol.as_str());
    put_ref(&mut draft, order, "&orderId=", "&origClientOrderId=")?;
    signer.finish(draft, window)
}

/// Names an order. Where both of its ids are known the venue's goes out alone: it is found faster.
#[inline]
pub(super) fn put_ref(
    draft: &mut Draft<'_, Query>,
    order: &OrderRef,
    by_order_id: &'static str,
    by_id: &'static str,
) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => {
            draft.put(by_order_id).put(venue_id(order_id)?);
            Ok(())
        }
        (None, Some(id)) => put_client_id(draft.put(by_id), id),
        (None, None) => Err(BuildError::MissingField {
            field: "the order's id",
            cure: "name the order by its client order id or by the venue's order id",
        }),
    }
}

/// Most bytes of a list of open orders that are taken: some 8,000 orders of at most 500 bytes each.
const OPEN_ORDERS_BYTES_MAX: usize = 4 * 1024 * 1024;
