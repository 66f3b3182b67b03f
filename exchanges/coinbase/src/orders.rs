//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order> and the pages beside
//! it, read in copies of 2026-07 to 2026-09.

use std::time::Duration;

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    BuildError, CancelOrder, Cost, Cursor, Draft, Endpoint, Literal, Method, OpenOrders, Path, Query, QueryOrder,
    Request, Response, RestError, TestOrder, Window,
};

use crate::fields::{client_id, own_id, product, venue_id};
use crate::limits::SIGNED;
use crate::order::{CoinbaseOrder, put_order, put_terms};
use crate::sign::Fixed;
use crate::{CoinbaseVenue, replies};

/// Places an order. The same client order id again places nothing: the venue answers with the order that it has. Source: "Create Order".
impl Endpoint<CoinbaseVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Place.path();

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    #[inline]
    fn cost(&self) -> Cost {
        SIGNED
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order that says more than [`NewOrder`]. As for it.
impl Endpoint<CoinbaseVenue> for CoinbaseOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Place.path();

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    #[inline]
    fn cost(&self) -> Cost {
        SIGNED
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, Some(self), venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, &self.order)
    }
}

#[inline]
fn encode_order<'b>(
    order: &NewOrder,
    coinbase: Option<&CoinbaseOrder>,
    venue: &CoinbaseVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let mut draft = venue.signer()?.authorize(draft, Fixed::Place, window)?.start_body();
    put_order(&mut draft, order, coinbase)?;
    draft.put("}");
    draft.finish()
}

/// Has the venue reckon what an order would do, and say why it would refuse it, without placing it. Source: "Preview Order".
///
/// It looks at the account, the instrument's rules and the book as they are now; the client order id is not part of it.
impl Endpoint<CoinbaseVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Preview.path();

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response, "errs")
    }
}

/// As [`TestOrder`], for an order that says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestCoinbaseOrder {
    /// The order.
    pub order: CoinbaseOrder,
}

impl Endpoint<CoinbaseVenue> for TestCoinbaseOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Preview.path();

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order.order, Some(&self.order), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response, "errs")
    }
}

fn encode_test<'b>(
    order: &NewOrder,
    coinbase: Option<&CoinbaseOrder>,
    venue: &CoinbaseVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let mut draft = venue.signer()?.authorize(draft, Fixed::Preview, window)?.start_body();
    draft.put("{");
    put_terms(&mut draft, order, coinbase)?;
    draft.put("}");
    draft.finish()
}

/// Cancels one order, by the venue's id: there is no other way, and an order that has our id alone is refused before anything is sent. An
/// acknowledgement has both ids. Source: "Cancel Orders".
///
/// A yes says that the cancel was taken; until it is done the order is `CANCEL_QUEUED`, and may be filled.
impl Endpoint<CoinbaseVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::BatchCancel.path();

    fn cost(&self) -> Cost {
        SIGNED.is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let id = own_id(&self.order)?;
        let mut draft = signer.authorize(draft, Fixed::BatchCancel, window)?.start_body();
        draft.put("{\"order_ids\":[\"").put(id).put("\"]}");
        draft.finish()
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Asks for one order: by the venue's id where it is known; else its client order id is looked for among the instrument's orders of the
/// last day, the newest first, 250 a part; an order in doubt that this client sent is looked for no further back than that. Source: "Get
/// Order", "List Orders".
impl Endpoint<CoinbaseVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::Orders.path();

    fn path(&self) -> Path<'_> {
        Path::Based(if self.order.order_id.is_some() {
            HISTORICAL
        } else {
            const { Literal::new(Fixed::Orders.path()) }
        })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ORDERS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        if self.order.order_id.is_some() {
            replies::queried(response, &self.order)
        } else {
            replies::found(response, &self.order)
        }
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        if self.order.order_id.is_some() { Ok(None) } else { replies::next_page(response) }
    }

    fn encode_page<'b>(
        &self,
        venue: &CoinbaseVenue,
        mut draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let order = &self.order;
        if let Some(order_id) = &order.order_id {
            draft.segment(venue_id(order_id)?);
            return signer.authorize_path(draft, window)?.no_body();
        }
        client_id(order.id.as_ref().ok_or_else(nameless)?)?;
        let mut draft = draft.query();
        draft.pair("product_ids", product(&order.symbol)?);
        // Digits and the letters between them, all ASCII.
        let since = order.since.map_or(window.now - LOOKED_BACK, |since| since - CLOCKS_APART).rfc3339();
        draft.pair("start_date", core::str::from_utf8(&since).unwrap_or_default());
        put_page(&mut draft, after);
        signer.finish(draft, Fixed::Orders, window)
    }
}

/// Lists the open orders, those that wait for a trigger among them, 250 a part. Source: "List Orders".
///
/// Those that the venue has and calls `PENDING` or `QUEUED` are on no book yet, and not among them.
impl Endpoint<CoinbaseVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::Orders.path();

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ORDERS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::open_orders(response, self.symbol)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response)
    }

    fn encode_page<'b>(
        &self,
        venue: &CoinbaseVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        if let Some(symbol) = &self.symbol {
            draft.pair("product_ids", product(symbol)?);
        }
        draft.pair("order_status", "OPEN");
        put_page(&mut draft, after);
        signer.finish(draft, Fixed::Orders, window)
    }
}

/// How long a part of a list is, and where it begins.
pub(crate) fn put_page(draft: &mut Draft<'_, Query>, after: Option<&Cursor>) {
    draft.pair_u64("limit", PAGE);
    if let Some(after) = after {
        draft.pair("cursor", after.as_str());
    }
}

const HISTORICAL: Literal = Literal::new("/orders/historical");

/// Orders in a part of a list. The documents name no most; accounts have this one.
const PAGE: u64 = 250;

/// How far back an order is looked for by its client order id: orders in doubt are young.
const LOOKED_BACK: Duration = Duration::from_secs(24 * 60 * 60);

/// How far the venue's hosts may be apart from its clock as it was known when an order was sent: more, and it would refuse tokens.
const CLOCKS_APART: Duration = Duration::from_secs(10);

/// Most bytes of a list of orders that are taken: an order has some 1.8 KB.
const ORDERS_BYTES_MAX: usize = 1024 * 1024;
