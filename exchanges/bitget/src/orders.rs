//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://www.bitget.com/api-doc/spot/trade/Place-Order> and its neighbours, read 2026-11-26.

use std::time::Duration;

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    BuildError, CancelAll, CancelOrder, Cost, Cursor, Draft, Endpoint, Literal, Method, OpenOrders, Path, Query,
    QueryOrder, Request, Response, RestError, Window,
};

use crate::order::{BitgetOrder, client_id, put_order, put_ref, put_symbol, venue_id};
use crate::{SpotVenue, replies};

/// Places an order. 10 a second. Source: "Place Order".
impl Endpoint<SpotVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PLACE;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    #[inline]
    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline(always)]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order. As for [`NewOrder`].
impl Endpoint<SpotVenue> for BitgetOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PLACE;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    #[inline]
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

#[inline(always)]
fn encode_order<'b>(
    order: &NewOrder,
    bitget: Option<&BitgetOrder>,
    venue: &SpotVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let (mut draft, unsigned) = signer.start(draft, window);
    put_order(&mut draft, order, bitget)?;
    // "The request is valid only if the time at which the server receives it is within receiveWindow of the timestamp".
    draft.put(",\"requestTime\":\"").put_u64(window.now.ms());
    draft.put("\",\"receiveWindow\":\"").put_u64(signer.window_ms(&window)).put("\"}");
    signer.sign_body(draft, unsigned)
}

const PLACE: &str = "/spot/trade/place-order";

/// Cancels one order. 10 a second. Source: "Cancel Order".
///
/// An answer that says yes says that the venue has the request, not that the order is cancelled: query it.
impl Endpoint<SpotVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/spot/trade/cancel-order";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window);
        put_symbol(draft.put("{\"symbol\":\""), &self.order.symbol)?;
        put_ref(draft.put("\","), &self.order)?;
        draft.put("}");
        signer.sign_body(draft, unsigned)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Cancels all open orders of an instrument. 5 a second. Source: "Cancel Order by Symbol".
///
/// An answer that says yes names no orders: the venue has the request, and carries it out by and by.
impl Endpoint<SpotVenue> for CancelAll {
    type Reply = Vec<CancelAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/spot/trade/cancel-symbol-order";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window);
        put_symbol(draft.put("{\"symbol\":\""), &self.symbol)?;
        draft.put("\"}");
        signer.sign_body(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<CancelAck>, RestError> {
        replies::all_cancelled(response, self.symbol)
    }
}

/// Asks for one order. 20 a second. Source: "Get Order Info", "Get History Orders".
///
/// By the venue's id any order is found; by client order id open ones, and [past ones](OrderRef::in_history) among those that the
/// instrument had since the order was sent, or within [`REMEMBERED`] where nobody knows: the newest first, 100 a part.
impl Endpoint<SpotVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/spot/trade/orderInfo";

    fn path(&self) -> Path<'_> {
        Path::Based(if is_listed(&self.order) {
            const { Literal::new("/spot/trade/history-orders") }
        } else {
            const { Literal::new("/spot/trade/orderInfo") }
        })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        is_listed(&self.order).then_some(ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.order, is_listed(&self.order).then_some(PAGE))
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        if is_listed(&self.order) { replies::next_page(response, PAGE) } else { Ok(None) }
    }

    fn encode_page<'b>(
        &self,
        venue: &SpotVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        match (&self.order.order_id, &self.order.id) {
            (Some(order_id), _) => draft.pair("orderId", venue_id(order_id)?),
            (None, Some(id)) if self.order.in_history => {
                client_id(id)?;
                let since = self.order.since.map_or(window.now - REMEMBERED, |since| since - CLOCKS_APART);
                draft.pair("symbol", self.order.symbol.as_str()).pair_u64("startTime", since.ms());
                put_page(&mut draft, after)
            }
            (None, Some(id)) => draft.pair("clientOid", client_id(id)?),
            (None, None) => return Err(nameless()),
        };
        signer.finish(draft, window)
    }
}

/// Whether an order is looked for in the list of past ones, which knows no client order ids to ask by.
fn is_listed(order: &OrderRef) -> bool {
    order.in_history && order.order_id.is_none()
}

/// How long after an order was placed it is looked for among past ones by its client order id, where nobody knows when it was sent: as
/// long as the venue itself remembers an id. Source: "Place Order", `clientOid`, "the idempotency time is 6 hours".
pub const REMEMBERED: Duration = Duration::from_secs(6 * 60 * 60);

/// How far the venue's hosts may be apart from its clock as it was known when an order was sent: a timestamp that is further off would
/// be refused.
const CLOCKS_APART: Duration = Duration::from_secs(30);

/// Lists the open orders, 100 a part. 20 a second. Source: "Get Current Orders".
impl Endpoint<SpotVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/spot/trade/unfilled-orders";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::open_orders(response, self.symbol)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response, PAGE)
    }

    fn encode_page<'b>(
        &self,
        venue: &SpotVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        if let Some(symbol) = self.symbol {
            draft.pair("symbol", symbol.as_str());
        }
        put_page(&mut draft, after);
        signer.finish(draft, window)
    }
}

/// Which part of a list: "requests the content on the page before this ID (older data)".
fn put_page<'a, 'b>(draft: &'a mut Draft<'b, Query>, after: Option<&Cursor>) -> &'a mut Draft<'b, Query> {
    if let Some(after) = after {
        draft.pair("idLessThan", after.as_str());
    }
    draft.pair_u64("limit", PAGE as u64)
}

/// Orders in a part of a list: the most that the venue gives. Source: "Get Current Orders", `limit`.
const PAGE: usize = 100;

/// Most bytes of a list of orders that are taken: 100 orders have some 90 KB.
const ORDERS_BYTES_MAX: usize = 1024 * 1024;
