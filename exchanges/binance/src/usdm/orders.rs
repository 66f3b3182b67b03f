//! Placing, cancelling and asking for orders. Those with a trigger go to an endpoint of their own.
//!
//! **Source** of all: <https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api>, read as of
//! 2026-01-15.

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    BuildError, CancelAll, CancelAllAfter, CancelOrder, Cost, Draft, Endpoint, Literal, Method, OpenOrders, Path,
    QueryOrder, Request, Response, RestError, TestOrder, Window,
};

use super::UsdmVenue;
use super::order::{Plain, UsdmOrder, client_id, put_order, put_ref, put_trigger};
use super::replies;
use crate::fields::{ResponseType, venue_id};
use crate::queries;

/// Where orders live: without a trigger, and with one.
const ORDER: &str = "/v1/order";
const TRIGGER: &str = "/v1/algoOrder";

const fn home(has_trigger: bool) -> Path<'static> {
    Path::Based(if has_trigger { const { Literal::new(TRIGGER) } } else { const { Literal::new(ORDER) } })
}

/// Places an order. Weight 0, and 1 order. Source: "New Order", "New Algo Order".
impl Endpoint<UsdmVenue> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ORDER;
    const FORM: &'static [&'static str] = &replies::PLACED;

    #[inline]
    fn path(&self) -> Path<'_> {
        home(self.order_type.has_trigger())
    }

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    fn cost(&self) -> Cost {
        Cost::weight(0).orders(1)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        decode_order(self, ResponseType::Result, response)
    }
}

/// Places an order. Weight 0, and 1 order. Source: "New Order", "New Algo Order".
impl Endpoint<UsdmVenue> for UsdmOrder {
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

    fn cost(&self) -> Cost {
        Cost::weight(0).orders(1)
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, Some(self), venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        decode_order(&self.order, self.response, response)
    }
}

#[inline]
fn encode_order<'b>(
    order: &NewOrder,
    usdm: Option<&UsdmOrder>,
    venue: &UsdmVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut draft = draft.query();
    if order.order_type.has_trigger() {
        put_trigger(&mut draft, order, usdm)?;
        signer.finish(draft, window)
    } else {
        put_order::<Plain>(&mut draft, order, usdm, |draft| signer.put_window(draft, &window))?;
        signer.finish_windowed(draft, window)
    }
}

#[inline]
fn decode_order(order: &NewOrder, asked: ResponseType, response: &Response<'_>) -> Result<OrderAck, RestError> {
    if order.order_type.has_trigger() {
        replies::trigger_placed(response, order)
    } else {
        replies::placed(response, order, asked)
    }
}

/// Has an order checked, its signature and window included, without placing it. Source: "Test Order".
impl Endpoint<UsdmVenue> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/order/test";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn cost(&self) -> Cost {
        Cost::weight(0)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        crate::replies::empty::<UsdmVenue>(response)
    }
}

/// Has an order checked that says more than [`TestOrder`]'s. Source: "Test Order".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestUsdmOrder {
    /// The order.
    pub order: UsdmOrder,
}

impl Endpoint<UsdmVenue> for TestUsdmOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/order/test";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn cost(&self) -> Cost {
        Cost::weight(0)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_test(&self.order.order, Some(&self.order), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        crate::replies::empty::<UsdmVenue>(response)
    }
}

fn encode_test<'b>(
    order: &NewOrder,
    usdm: Option<&UsdmOrder>,
    venue: &UsdmVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    if order.order_type.has_trigger() {
        let cure = "the endpoint of orders with a trigger has no test: test the order that it becomes";
        return Err(BuildError::Unsupported { what: "testing an order with a trigger", cure });
    }
    encode_order(order, usdm, venue, draft, window)
}

/// Cancels one order. Weight 1. Source: "Cancel Order", "Cancel Algo Order".
impl Endpoint<UsdmVenue> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = ORDER;

    #[inline]
    fn path(&self) -> Path<'_> {
        home(self.order.has_trigger)
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        if self.order.has_trigger {
            replies::trigger_cancelled(response, &self.order)
        } else {
            replies::cancelled(response, &self.order)
        }
    }
}

/// Asks for one order. Weight 1. Source: "Query Order", "Query Algo Order".
///
/// Orders that ended without a fill are forgotten after 3 days, all others after 90.
impl Endpoint<UsdmVenue> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = ORDER;

    fn path(&self) -> Path<'_> {
        home(self.order.has_trigger)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_ref(&self.order, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        if self.order.has_trigger {
            replies::trigger_queried(response, &self.order)
        } else {
            replies::queried(response, &self.order)
        }
    }
}

/// Asks for one order that is open; one that has ended is [`RejectKind::UnknownOrder`](crate::RejectKind). Weight 1. Source: "Query
/// Current Open Order".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetOpenOrder {
    /// Which; not one with a trigger.
    pub order: OrderRef,
}

impl Endpoint<UsdmVenue> for GetOpenOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/openOrder";

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        if self.order.has_trigger {
            return Err(BuildError::Unsupported { what: "this call for an order with a trigger", cure: "query it" });
        }
        encode_ref(&self.order, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.order)
    }
}

/// Names an order where it lives: among those with a trigger by an id alone, else by the instrument too.
#[inline]
fn encode_ref<'b>(
    order: &OrderRef,
    venue: &UsdmVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut draft = draft.query();
    if order.has_trigger {
        match (&order.order_id, &order.id) {
            (Some(order_id), _) => draft.put("algoId=").put(venue_id(order_id)?),
            (None, Some(id)) => draft.put("clientAlgoId=").put_percent(client_id(id)?),
            (None, None) => return Err(nameless()),
        };
    } else {
        draft.put("symbol=").put_percent(order.symbol.as_str());
        put_ref::<Plain>(&mut draft, order)?;
    }
    signer.finish(draft, window)
}

/// Lists the open orders. Weight 1; 40 for all instruments. Source: "Current All Open Orders", "Current All Algo Open Orders".
impl Endpoint<UsdmVenue> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/openOrders";

    fn path(&self) -> Path<'_> {
        Path::Based(if self.triggers {
            const { Literal::new("/v1/openAlgoOrders") }
        } else {
            const { Literal::new("/v1/openOrders") }
        })
    }

    fn cost(&self) -> Cost {
        Cost::weight(if self.symbol.is_some() { 1 } else { 40 })
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(self.symbol, venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        if self.triggers {
            replies::open_triggers(response, self.symbol)
        } else {
            replies::open_orders(response, self.symbol)
        }
    }
}

/// Cancels all open orders of an instrument. Weight 1. Source: "Cancel All Open Orders", "Cancel All Algo Open Orders".
///
/// The venue does not say which: the answer is empty.
impl Endpoint<UsdmVenue> for CancelAll {
    type Reply = Vec<CancelAck>;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/v1/allOpenOrders";

    fn path(&self) -> Path<'_> {
        Path::Based(if self.triggers {
            const { Literal::new("/v1/algoOpenOrders") }
        } else {
            const { Literal::new("/v1/allOpenOrders") }
        })
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        queries::of_symbol(Some(self.symbol), venue.signer()?, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<CancelAck>, RestError> {
        replies::done(response).map(|()| Vec::new())
    }
}

/// The dead man's switch of one instrument: all its open orders without a trigger are cancelled when the countdown ends. Weight 10.
/// Source: "Auto-Cancel All Open Orders".
///
/// "The system will check all countdowns approximately every 10 milliseconds."
impl Endpoint<UsdmVenue> for CancelAllAfter {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/countdownCancelAll";

    fn cost(&self) -> Cost {
        Cost::weight(10).is_cancel()
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let cure = "Binance's switch is of one instrument: set one for each";
        let symbol = self.symbol.ok_or(BuildError::MissingField { field: "the symbol", cure })?;
        let ms = countdown_ms(self)?;
        let mut draft = draft.query();
        draft.pair("symbol", symbol.as_str()).pair_u64("countdownTime", ms);
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::countdown(response, self.symbol, countdown_ms(self).unwrap_or_default())
    }
}

/// Milliseconds; 0 switches it off.
fn countdown_ms(asked: &CancelAllAfter) -> Result<u64, BuildError> {
    let Some(after) = asked.after else { return Ok(0) };
    let cure = "at least a millisecond, at most a century: none switches it off";
    match u64::try_from(after.as_millis()) {
        Ok(ms @ 1..=COUNTDOWN_MS_MAX) => Ok(ms),
        _ => Err(BuildError::Value { field: "after", cure }),
    }
}

/// The venue names no limit; what is longer is a mistake.
const COUNTDOWN_MS_MAX: u64 = 100 * 366 * 24 * 60 * 60 * 1_000;

/// Most bytes of a list of open orders that are taken: some 8,000 orders of at most 500 bytes each.
const OPEN_ORDERS_BYTES_MAX: usize = 4 * 1024 * 1024;
