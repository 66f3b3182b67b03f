//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://www.okx.com/docs-v5/en/#order-book-trading-trade> and `#order-book-trading-algo-trading`, read 2026-07-28.

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    BuildError, CancelOrder, Cost, Cursor, Draft, Endpoint, Literal, Method, OpenOrders, Path, QueryOrder, Request,
    Response, RestError, TestOrder, Window,
};

use crate::conditional::put_trigger;
use crate::instruments::InstrumentKind;
use crate::order::{OkxOrder, client_id, put_order, put_ref, put_symbol, venue_id};
use crate::sign::Expires;
use crate::{OkxVenue, replies};

/// Places an order. 60 in 2 s, of an instrument; with a trigger 20. Source: "Place order", "Place algo order".
impl Endpoint<OkxVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ORDER;

    #[inline]
    fn path(&self) -> Path<'_> {
        home(self.order_type.has_trigger())
    }

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    #[inline]
    fn cost(&self) -> Cost {
        cost_of(self)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline(always)]
    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order. As for [`NewOrder`].
impl Endpoint<OkxVenue> for OkxOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ORDER;

    #[inline]
    fn path(&self) -> Path<'_> {
        home(self.order.order_type.has_trigger())
    }

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    #[inline]
    fn cost(&self) -> Cost {
        cost_of(&self.order)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
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
    okx: Option<&OkxOrder>,
    venue: &OkxVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let has_trigger = order.order_type.has_trigger();
    let expires = if has_trigger { Expires::WithTimestamp } else { Expires::WithDeadline };
    let (mut draft, unsigned) = signer.start(draft, window, expires);
    if has_trigger {
        put_trigger(&mut draft, order, okx)?;
    } else {
        put_order(&mut draft, order, okx)?;
    }
    signer.sign(draft, unsigned)
}

/// The account's limit counts orders of contracts: "1,000 in 2 s", spot and margin apart. Source: overview, "Sub-account rate limit".
pub(crate) fn cost_of(order: &NewOrder) -> Cost {
    let counts = InstrumentKind::of(&order.symbol).is_none_or(InstrumentKind::is_derivative);
    Cost::weight(1).orders(counts.into())
}

/// Where orders live: those with a trigger apart.
#[inline]
fn home<'a>(has_trigger: bool) -> Path<'a> {
    Path::Based(if has_trigger { const { Literal::new("/trade/order-algo") } } else { const { Literal::new(ORDER) } })
}

const ORDER: &str = "/trade/order";

/// Has the venue reckon what an order would do to the account, without placing it. 5 in 2 s. Source: "Order precheck".
///
/// For accounts that margin all coins together, or by portfolio; the venue refuses others with 51010. It does not look at the
/// instrument's rules as it does for an order.
impl Endpoint<OkxVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PRECHECK;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response)
    }
}

/// As [`TestOrder`], for an order that says more. 5 in 2 s. Source: "Order precheck".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestOkxOrder {
    /// The order.
    pub order: OkxOrder,
}

impl Endpoint<OkxVenue> for TestOkxOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PRECHECK;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order.order, Some(&self.order), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response)
    }
}

fn encode_test<'b>(
    order: &NewOrder,
    okx: Option<&OkxOrder>,
    venue: &OkxVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    if order.order_type.has_trigger() {
        let cure = "the endpoint of orders with a trigger has no check: test the order that it becomes";
        return Err(BuildError::Unsupported { what: "testing an order with a trigger", cure });
    }
    let signer = venue.signer()?;
    let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
    put_order(&mut draft, order, okx)?;
    signer.sign(draft, unsigned)
}

const PRECHECK: &str = "/trade/order-precheck";

/// Cancels one order. 60 in 2 s, of an instrument; with a trigger 20. Source: "Cancel order", "Cancel algo order".
///
/// An answer that says yes says that the venue has the request, not that the order is cancelled: query it.
impl Endpoint<OkxVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/cancel-order";

    #[inline]
    fn path(&self) -> Path<'_> {
        Path::Based(if self.order.has_trigger { CANCEL_TRIGGERS } else { const { Literal::new(Self::PATH) } })
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        if self.order.has_trigger {
            // That endpoint takes a list only.
            draft.put("[");
            put_cancel(&mut draft, &self.order)?;
            draft.put("]");
        } else {
            put_cancel(&mut draft, &self.order)?;
        }
        signer.sign(draft, unsigned)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// `{"instId":…,"ordId":…}`
#[inline]
pub(crate) fn put_cancel(draft: &mut Draft<'_, orderwire::venue::Body>, order: &OrderRef) -> Result<(), BuildError> {
    put_symbol(draft.put("{\"instId\":\""), &order.symbol)?;
    put_ref(draft, order, if order.has_trigger { TRIGGER_IDS } else { ORDER_IDS })?;
    draft.put("}");
    Ok(())
}

pub(crate) const ORDER_IDS: (&str, &str) = ("\",\"ordId\":\"", "\",\"clOrdId\":\"");
pub(crate) const TRIGGER_IDS: (&str, &str) = ("\",\"algoId\":\"", "\",\"algoClOrdId\":\"");

pub(crate) const CANCEL_TRIGGERS: Literal = Literal::new("/trade/cancel-algos");

/// Asks for one order. 60 in 2 s, of an instrument; with a trigger 20 of the account. Source: "Order details", "Algo order details".
///
/// Found are open orders, those of the last 2 hours that ended without a fill, and all others of the last 3 months; among several with
/// one client order id the newest.
impl Endpoint<OkxVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = ORDER;

    fn path(&self) -> Path<'_> {
        home(self.order.has_trigger)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        let (by_order_id, by_id) = if self.order.has_trigger {
            ("algoId", "algoClOrdId")
        } else {
            draft.pair("instId", self.order.symbol.as_str());
            ("ordId", "clOrdId")
        };
        match (&self.order.order_id, &self.order.id) {
            (Some(order_id), _) => draft.pair(by_order_id, venue_id(order_id)?),
            (None, Some(id)) => draft.pair(by_id, client_id(id)?),
            (None, None) => return Err(nameless()),
        };
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.order)
    }
}

/// Lists the open orders, 100 a part. 60 in 2 s; of triggers 20. Source: "Order list", "Algo order list".
///
/// Of orders with a trigger those that [`NewOrder`] can say, and the venue's own pairs of them (`oco`). Trailing ones, and other
/// algorithms, by [`RawCall`](crate::RawCall): `GET /api/v5/trade/orders-algo-pending`.
impl Endpoint<OkxVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/trade/orders-pending";

    fn path(&self) -> Path<'_> {
        Path::Based(if self.triggers {
            const { Literal::new("/trade/orders-algo-pending") }
        } else {
            const { Literal::new(Self::PATH) }
        })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::open_orders(response, self)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response, if self.triggers { "algoId" } else { "ordId" }, PAGE)
    }

    fn encode_page<'b>(
        &self,
        venue: &OkxVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        if self.triggers {
            draft.put("ordType=conditional,oco");
        }
        if let Some(symbol) = self.symbol {
            draft.pair("instId", symbol.as_str());
        }
        if let Some(after) = after {
            // "Pagination of data to return records earlier than the requested ordId".
            draft.pair("after", after.as_str());
        }
        draft.pair_u64("limit", PAGE as u64);
        signer.finish(draft, window)
    }
}

/// Orders in a part of a list: the most that the venue gives. Source: "Order list", `limit`.
const PAGE: usize = 100;

/// Most bytes of a list of open orders that are taken: 100 orders have some 130 KB.
const OPEN_ORDERS_BYTES_MAX: usize = 1024 * 1024;
