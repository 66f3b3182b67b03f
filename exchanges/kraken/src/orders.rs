//! Placing, cancelling and asking for orders.
//!
//! **Source** of all: <https://docs.kraken.com/api/docs/rest-api/add-order> and the pages beside it, read 2026-08-25.

use orderwire::id::Symbol;
use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    BuildError, CancelOrder, Cost, Draft, Endpoint, Literal, Method, OpenOrders, Path, QueryOrder, Request, Response,
    RestError, TestOrder, Timestamp, Window,
};

use crate::fields::{Fields, client_id, put_ref, venue_id};
use crate::limits::{FREE, HISTORY};
use crate::order::{KrakenOrder, put_order};
use crate::sign::deadline;
use crate::{KrakenVenue, replies};

/// Places an order. 1 of the pair's own counter. The yes is the gateway's: a post-only order that would take is cancelled then. Source:
/// "Add Order".
impl Endpoint<KrakenVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    #[inline]
    fn cost(&self) -> Cost {
        FREE
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, Aim::Place, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self, self.quantity)
    }
}

/// Places an order that says more than [`NewOrder`]. As for it.
impl Endpoint<KrakenVenue> for KrakenOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    #[inline]
    fn cost(&self) -> Cost {
        FREE
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, Some(self), Aim::Place, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, &self.order, self.quote_quantity.unwrap_or(self.order.quantity))
    }
}

/// Has the venue check an order, its signature and deadline included, without placing it: `validate`. Source: "Add Order".
impl Endpoint<KrakenVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, None, Aim::Test, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response)
    }
}

/// As [`TestOrder`], for an order that says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestKrakenOrder {
    /// The order.
    pub order: KrakenOrder,
}

impl Endpoint<KrakenVenue> for TestKrakenOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order.order, Some(&self.order), Aim::Test, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response)
    }
}

/// What becomes of an order that the venue finds good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Place,
    Test,
}

#[inline]
fn encode_order<'b>(
    order: &NewOrder,
    kraken: Option<&KrakenOrder>,
    aim: Aim,
    venue: &KrakenVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let (mut draft, unsigned) = venue.signer()?.start(draft, window);
    let mut fields = Fields::form(&mut draft);
    put_order(&mut fields, order, kraken, true)?;
    if aim == Aim::Test {
        fields.flag("validate");
    }
    fields.time("deadline", deadline(&window));
    unsigned.sign(draft)
}

const ADD: &str = "/private/AddOrder";

/// Cancels one order. Of the pair's own counter 1 to 8, the more the younger the order is. Source: "Cancel Order".
///
/// The answer counts, and names no order.
impl Endpoint<KrakenVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/CancelOrder";

    fn cost(&self) -> Cost {
        FREE.is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        put_ref(&mut Fields::form(&mut draft), &self.order)?;
        unsigned.sign(draft)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Asks for one order: by the venue's id wherever it is; by client order id among the open ones, and asked for as a past order among the
/// closed ones, the newest of that id. 1 of the API counter; 4 among the closed ones. Source: "Query Orders Info", "Get Open Orders", "Get
/// Closed Orders".
impl Endpoint<KrakenVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = QUERY;

    fn path(&self) -> Path<'_> {
        Path::Based(match (&self.order.order_id, self.order.in_history) {
            (Some(_), _) => const { Literal::new(QUERY) },
            (None, false) => const { Literal::new(OPEN) },
            (None, true) => const { Literal::new(CLOSED) },
        })
    }

    fn cost(&self) -> Cost {
        if self.order.order_id.is_none() && self.order.in_history { HISTORY } else { Cost::weight(1) }
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        let mut fields = Fields::form(&mut draft);
        match (&self.order.order_id, &self.order.id) {
            (Some(order_id), _) => fields.word("txid", venue_id(order_id)?),
            (None, Some(id)) => fields.text("cl_ord_id", client_id(id)?),
            (None, None) => return Err(nameless()),
        };
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.order)
    }
}

/// Lists the open orders, those with a trigger among them; of an instrument they are picked out here, the venue lists all. 1 of the API
/// counter. Source: "Get Open Orders".
impl Endpoint<KrakenVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = OPEN;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (draft, unsigned) = venue.signer()?.start(draft, window);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::orders(response, "open", self.symbol)
    }
}

/// Asks for orders that have ended, 50 at a time, the latest first. 4 of the API counter. Source: "Get Closed Orders".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetClosedOrders {
    /// Of one instrument, picked out here; `None` for all.
    pub symbol: Option<Symbol>,
    /// After this time, to the second.
    pub since: Option<Timestamp>,
    /// How many to leave out: those one has.
    pub skip: u32,
}

impl Endpoint<KrakenVenue> for GetClosedOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = CLOSED;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ORDERS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        HISTORY
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        let mut fields = Fields::form(&mut draft);
        if let Some(since) = self.since {
            fields.number("start", since.ms() / 1_000);
        }
        if self.skip > 0 {
            fields.number("ofs", self.skip.into());
        }
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::orders(response, "closed", self.symbol)
    }
}

const QUERY: &str = "/private/QueryOrders";
const OPEN: &str = "/private/OpenOrders";
const CLOSED: &str = "/private/ClosedOrders";

/// Most bytes of a list of orders: an order has some 600, and a pair at most 225 open ones.
const ORDERS_BYTES_MAX: usize = 4 * 1024 * 1024;
