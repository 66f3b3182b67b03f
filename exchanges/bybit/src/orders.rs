//! Placing, cancelling and asking for orders.

use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::{
    BuildError, CancelAll, CancelAllAfter, CancelOrder, Cost, Cursor, Draft, Endpoint, Literal, Method, Observed,
    OpenOrders, Path, QueryOrder, Request, Response, RestError, TestOrder, Window,
};

use crate::fields::{Category, pair_ref, put_ref, put_symbol};
use crate::order::{BybitOrder, put_order};
use crate::{BybitVenue, limits, replies};

/// Places an order. The yes is the gateway's: its engine has not looked yet. Source: order/create-order.
impl<C: Category> Endpoint<BybitVenue<C>> for NewOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/create";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn_orders(response, observed);
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self).map(NewOrder::order)
    }

    #[inline(always)]
    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(self, None, venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, self)
    }
}

/// Places an order that says more than [`NewOrder`]. Source: order/create-order.
impl<C: Category> Endpoint<BybitVenue<C>> for BybitOrder {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/create";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.places()
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn_orders(response, observed);
    }

    #[inline]
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(&self.order).map(NewOrder::order)
    }

    #[inline]
    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_order(&self.order, Some(self), venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::placed(response, &self.order)
    }
}

#[inline(always)]
fn encode_order<'b, C: Category>(
    order: &NewOrder,
    bybit: Option<&BybitOrder>,
    venue: &BybitVenue<C>,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut unsigned = signer.start_body(draft, window);
    unsigned.draft.put(C::BODY);
    put_order::<C>(&mut unsigned.draft, ",", order, bybit)?;
    unsigned.draft.put("}");
    signer.finish_body(unsigned)
}

/// Has a contract's order checked for margin, its signature and window included, without placing it; the account must be in cross or
/// portfolio margin. Source: order/pre-check-order.
impl<C: Category> Endpoint<BybitVenue<C>> for TestOrder {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/pre-check";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(&self.order)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_check(&self.order, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response, &self.order).map(drop)
    }
}

/// Has a contract's order checked as [`TestOrder`] does, and says what it would do to the account's margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct PreCheck {
    /// The order.
    pub order: BybitOrder,
}

/// What an order would do to an account's margin. **Units**: parts of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MarginRates {
    /// Initial margin's rate before and after; `None` where the venue does not say.
    pub initial: Option<(crate::Decimal, crate::Decimal)>,
    /// Maintenance margin's rate before and after.
    pub maintenance: Option<(crate::Decimal, crate::Decimal)>,
}

impl<C: Category> Endpoint<BybitVenue<C>> for PreCheck {
    type Reply = MarginRates;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/pre-check";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_check(&self.order.order, Some(&self.order), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<MarginRates, RestError> {
        replies::checked(response, &self.order.order)
    }
}

fn encode_check<'b, C: Category>(
    order: &NewOrder,
    bybit: Option<&BybitOrder>,
    venue: &BybitVenue<C>,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    if C::IS_SPOT {
        // "This endpoint supports orders with category = inverse, linear, option", though its examples have spot orders.
        let cure = "Bybit checks orders of contracts alone: place it far from the market, post only";
        return Err(BuildError::Unsupported { what: "testing a spot order", cure });
    }
    if order.order_type.has_trigger() {
        let cure = "Bybit checks no conditional orders: test the order that it becomes";
        return Err(BuildError::Unsupported { what: "testing an order with a trigger", cure });
    }
    encode_order(order, bybit, venue, draft, window)
}

/// Cancels one order. The yes is the gateway's: the engine may yet find it filled. Source: order/cancel-order.
///
/// On Spot an order with a trigger is cancelled as a conditional one; [`BybitCancel`] cancels those that hold funds.
impl<C: Category> Endpoint<BybitVenue<C>> for CancelOrder {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/cancel";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    #[inline]
    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_cancel(&self.order, OrderFilter::of(self.order.has_trigger), venue, draft, window)
    }

    #[inline]
    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Which kind of spot orders is meant. Source: order/cancel-order, `orderFilter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderFilter {
    /// Those without a trigger.
    Order,
    /// Those with a trigger that hold no funds.
    StopOrder,
    /// Those with a trigger that hold their funds.
    TpslOrder,
}

impl OrderFilter {
    const fn of(has_trigger: bool) -> Self {
        if has_trigger { Self::StopOrder } else { Self::Order }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Order => "Order",
            Self::StopOrder => "StopOrder",
            Self::TpslOrder => "tpslOrder",
        }
    }
}

/// Cancels one order, saying which kind of spot order it is. As for [`CancelOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct BybitCancel {
    /// Which.
    pub order: OrderRef,
    /// Of which kind it is.
    pub filter: OrderFilter,
}

impl<C: Category> Endpoint<BybitVenue<C>> for BybitCancel {
    type Reply = CancelAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/cancel";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        if !C::IS_SPOT {
            let cure = "orders of contracts have no kinds to cancel by: use CancelOrder";
            return Err(BuildError::Unsupported { what: "an order filter", cure });
        }
        encode_cancel(&self.order, self.filter, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

#[inline]
fn encode_cancel<'b, C: Category>(
    order: &OrderRef,
    filter: OrderFilter,
    venue: &BybitVenue<C>,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut unsigned = signer.start_body(draft, window);
    unsigned.draft.put(C::BODY);
    put_symbol(&mut unsigned.draft, ",", order.symbol)?;
    put_ref(&mut unsigned.draft, order)?;
    if C::IS_SPOT && filter != OrderFilter::Order {
        unsigned.draft.put(",\"orderFilter\":\"").put(filter.text()).put("\"");
    }
    unsigned.draft.put("}");
    signer.finish_body(unsigned)
}

/// Asks for one order: an open one, or one of the last 500 that ended; asked for as a past order, one that ended at any time. Source:
/// order/open-order, order/order-list.
///
/// Among past orders those that ended without a fill are remembered for 24 hours, all others for two years.
impl<C: Category> Endpoint<BybitVenue<C>> for QueryOrder {
    type Reply = OrderState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/order/realtime";

    fn path(&self) -> Path<'_> {
        Path::Based(if self.order.in_history {
            const { Literal::new("/order/history") }
        } else {
            const { Literal::new("/order/realtime") }
        })
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("category", C::WORD).pair("symbol", self.order.symbol.as_str());
        pair_ref(&mut draft, &self.order)?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried::<C>(response, &self.order)
    }
}

/// Lists the open orders, 50 a page. Source: order/open-order.
impl<C: Category> Endpoint<BybitVenue<C>> for OpenOrders {
    type Reply = Vec<OrderState>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/order/realtime";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(OPEN_ORDERS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderState>, RestError> {
        replies::open_orders::<C>(response, self.symbol)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response, OPEN_ORDERS_PAGE)
    }

    fn encode_page<'b>(
        &self,
        venue: &BybitVenue<C>,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("category", C::WORD);
        match (self.symbol, C::SETTLE_COIN) {
            (Some(symbol), _) => draft.pair("symbol", symbol.as_str()),
            (None, Some(coin)) => draft.pair("settleCoin", coin),
            (None, None) => &mut draft,
        };
        if C::IS_SPOT {
            draft.pair("orderFilter", OrderFilter::of(self.triggers).text());
        }
        draft.pair_u64("limit", OPEN_ORDERS_PAGE as u64);
        put_cursor(&mut draft, after);
        signer.finish(draft, window)
    }
}

/// The venue's cursors are percent-encoded as they come, and go back so.
pub(crate) fn put_cursor(draft: &mut Draft<'_, orderwire::venue::Query>, after: Option<&Cursor>) {
    if let Some(after) = after {
        draft.put("&cursor=").put(after.as_str());
    }
}

/// Most orders of one page. Source: order/open-order, `limit`.
const OPEN_ORDERS_PAGE: usize = 50;

/// Most bytes of a page: an order has some 1,100.
const OPEN_ORDERS_BYTES_MAX: usize = 256 * 1024;

/// Cancels all open orders of an instrument; on Spot those without a trigger, or those with one that hold no funds. Source:
/// order/cancel-all.
///
/// Of contracts at most 500, "picked randomly" by the venue where there are more: ask again.
impl<C: Category> Endpoint<BybitVenue<C>> for CancelAll {
    type Reply = Vec<CancelAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/cancel-all";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(CANCEL_ALL_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut unsigned = signer.start_body(draft, window);
        unsigned.draft.put(C::BODY);
        put_symbol(&mut unsigned.draft, ",", self.symbol)?;
        if C::IS_SPOT && self.triggers {
            unsigned.draft.put(",\"orderFilter\":\"StopOrder\"");
        }
        unsigned.draft.put("}");
        signer.finish_body(unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<CancelAck>, RestError> {
        replies::all_cancelled(response, self.symbol)
    }
}

/// Most bytes of the answer to cancelling all: 500 orders, two ids each, and room to grow.
const CANCEL_ALL_BYTES_MAX: usize = 128 * 1024;

/// The venue has none by REST: its "disconnect cancel all" hangs on a private WebSocket. [`SetDisconnectWindow`](crate::SetDisconnectWindow)
/// sets its window.
impl<C: Category> Endpoint<BybitVenue<C>> for CancelAllAfter {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/disconnected-cancel-all";

    fn encode<'b>(&self, _: &BybitVenue<C>, _: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let cure =
            "Bybit's hangs on a private WebSocket, for institutional clients: set its window with SetDisconnectWindow";
        Err(BuildError::Unsupported { what: "a dead man's switch by REST", cure })
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}
