//! Several orders with one request: a JSON array within the query, and an answer for each.
//!
//! ```text
//! batchOrders=[{"symbol":"BTCUSDT","side":"BUY",…},{…}]&timestamp=…&signature=…     percent-encoded, then signed
//! [{"orderId":22542179,"clientOrderId":…},{"code":-2022,"msg":"ReduceOnly Order is rejected."}]
//! ```
//!
//! **Source** of all: futures, "Place Multiple Orders", "Modify Multiple Orders", "Cancel Multiple Orders", read as of 2026-01-15.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef, OrderState};
use orderwire::venue::checks::is_in_doubt;
use orderwire::venue::{
    AmendBatch, AmendOrder, BuildError, CancelBatch, Cost, Draft, Endpoint, Method, PlaceBatch, Query, Request,
    Response, RestError, Window,
};

use super::UsdmVenue;
use super::changes::{UsdmAmend, put_amend};
use super::order::{Element, UsdmOrder, client_id, put_order};
use super::replies;
use crate::fields::{ResponseType, venue_id};

/// What became of each order of a batch, in their order. Inline, no heap.
pub type Batch<T, const N: usize> = ArrayVec<Result<T, RestError>, N>;

/// Most orders placed or changed with one request. Source: "Place Multiple Orders", "Max 5 orders".
pub const ORDER_BATCH_MAX: usize = 5;

/// Most orders cancelled with one request. Source: "Cancel Multiple Orders", "max length 10".
pub const CANCEL_BATCH_MAX: usize = 10;

/// Places up to 5 orders without a trigger. Weight 5, and 5 orders within ten seconds (1 within a minute) however many they are.
///
/// "Batch orders are processed concurrently, and the order of matching is not guaranteed."
impl Endpoint<UsdmVenue> for PlaceBatch<'_> {
    type Reply = Batch<OrderAck, ORDER_BATCH_MAX>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/batchOrders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter()
    }

    fn cost(&self) -> Cost {
        BATCH_COST
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(NewOrder::order)
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.orders, |draft, order| put_plain(draft, order, None))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter().map(|order| (order, ResponseType::Result)))
    }
}

/// Places up to 5 orders without a trigger that say more than [`NewOrder`]. As for `PlaceBatch<NewOrder>`.
impl Endpoint<UsdmVenue> for PlaceBatch<'_, UsdmOrder> {
    type Reply = Batch<OrderAck, ORDER_BATCH_MAX>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/batchOrders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter().flat_map(UsdmOrder::places)
    }

    fn cost(&self) -> Cost {
        BATCH_COST
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(|order| order.order.order())
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.orders, |draft, order| put_plain(draft, &order.order, Some(order)))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter().map(|order| (&order.order, order.response)))
    }
}

/// Changes up to 5 orders. Weight 5, and 5 orders within ten seconds (1 within a minute) however many they are.
impl Endpoint<UsdmVenue> for AmendBatch<'_> {
    type Reply = Batch<OrderState, ORDER_BATCH_MAX>;
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/v1/batchOrders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn cost(&self) -> Cost {
        BATCH_COST
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.changes, |draft, change| put_amend::<Element>(draft, change, None))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change: &AmendOrder| &change.order))
    }
}

/// Changes up to 5 orders that say more than [`AmendOrder`]. As for `AmendBatch<AmendOrder>`.
impl Endpoint<UsdmVenue> for AmendBatch<'_, UsdmAmend> {
    type Reply = Batch<OrderState, ORDER_BATCH_MAX>;
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/v1/batchOrders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn cost(&self) -> Cost {
        BATCH_COST
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.changes, |draft, change| {
            put_amend::<Element>(draft, &change.change, Some(change))
        })
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change| &change.change.order))
    }
}

/// Cancels up to 10 orders of one instrument, all named by the venue's ids or all by ours. Weight 1.
impl Endpoint<UsdmVenue> for CancelBatch<'_> {
    type Reply = Batch<CancelAck, CANCEL_BATCH_MAX>;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/v1/batchOrders";
    const BATCH: RangeInclusive<usize> = 1..=CANCEL_BATCH_MAX;

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        check_count(self.orders.len(), CANCEL_BATCH_MAX)?;
        let symbol = self.orders[0].symbol;
        if self.orders.iter().any(|order| order.symbol != symbol) {
            let cure = "orders that are cancelled with one request are of one instrument";
            return Err(BuildError::Value { field: "the symbol", cure });
        }
        if self.orders.iter().any(|order| order.has_trigger) {
            return Err(BuildError::Unsupported { what: "a batch with triggers", cure: "cancel those one by one" });
        }
        let mut draft = draft.query();
        draft.put("symbol=").put_percent(symbol.as_str());
        if self.orders.iter().all(|order| order.order_id.is_some()) {
            draft.put("&orderIdList=");
            put_list(&mut draft, self.orders, |draft, order| {
                // Each has one, as was just seen.
                let id = order.order_id.as_ref().map_or(Ok(""), venue_id)?;
                draft.put(id);
                Ok(())
            })?;
        } else if self.orders.iter().all(|order| order.id.is_some()) {
            draft.put("&origClientOrderIdList=");
            put_list(&mut draft, self.orders, |draft, order| {
                let id = order.id.as_ref().map_or(Ok(""), client_id)?;
                draft.put("%22").put_percent(id).put("%22");
                Ok(())
            })?;
        } else {
            let cure = "name all by the venue's order ids, or all by client order ids";
            return Err(BuildError::MissingField { field: "an order's id", cure });
        }
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_cancelled(response, self.orders)
    }
}

fn encode<'b, T>(
    venue: &UsdmVenue,
    draft: Draft<'b>,
    window: Window,
    elements: &[T],
    put: impl FnMut(&mut Draft<'b, Query>, &T) -> Result<(), BuildError>,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    check_count(elements.len(), ORDER_BATCH_MAX)?;
    let mut draft = draft.query();
    draft.put("batchOrders=");
    put_list(&mut draft, elements, put)?;
    signer.finish(draft, window)
}

/// `[…,…]`.
fn put_list<'b, T>(
    draft: &mut Draft<'b, Query>,
    elements: &[T],
    mut put: impl FnMut(&mut Draft<'b, Query>, &T) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    draft.put("%5B");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            draft.put("%2C");
        }
        put(draft, element)?;
    }
    draft.put("%5D");
    Ok(())
}

fn put_plain(draft: &mut Draft<'_, Query>, order: &NewOrder, usdm: Option<&UsdmOrder>) -> Result<(), BuildError> {
    if order.order_type.has_trigger() {
        return Err(BuildError::Unsupported { what: "a batch with triggers", cure: "place those one by one" });
    }
    // The window is the whole batch's.
    put_order::<Element>(draft, order, usdm, |_| {})?;
    draft.put("%7D");
    Ok(())
}

fn check_count(count: usize, most: usize) -> Result<(), BuildError> {
    if count == 0 {
        return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
    }
    if count > most {
        let cure = "at most 5 are placed or changed at once, and 10 cancelled: send several batches";
        return Err(BuildError::Unsupported { what: "so large a batch", cure });
    }
    Ok(())
}

/// What a batch costs, whatever is in it.
const BATCH_COST: Cost = Cost::weight(5).orders(5);
