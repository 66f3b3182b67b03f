//! Several orders with one request, and an answer for each.
//!
//! ```text
//! {"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","side":"buy",…},{…}]}
//! {"code":"00000","data":{"successList":[{"orderId":"1001","clientOid":"b15"}],
//!                         "failureList":[{"orderId":"","clientOid":"b16","errorMsg":"Insufficient balance","errorCode":"43012"}]},…}
//! ```
//!
//! The batch as a whole says `00000` even if all were refused. Answers are told apart by the ids in them; an order that is in neither
//! list is unknown.
//!
//! **Source** of all: "Batch Place Orders", "Batch Cancel Orders", read 2026-11-26.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef};
use orderwire::venue::checks::is_in_doubt;
use orderwire::venue::{
    Body, BuildError, CancelBatch, Cost, Draft, Endpoint, Method, PlaceBatch, Request, Response, RestError, Window,
};

use crate::order::{BitgetOrder, put_order, put_ref, put_symbol};
use crate::{SpotVenue, replies};

/// What became of each order of a batch, in their order. Inline, no heap.
pub type Batch<T> = ArrayVec<Result<T, RestError>, BATCH_MAX>;

/// Most orders of one request. The venue takes 50, "maximum length: 50"; so many are kept in doubt at once.
pub const BATCH_MAX: usize = orderwire::venue::BATCH_ORDERS_MAX;

/// Places up to 20 orders. 5 a second.
impl Endpoint<SpotVenue> for PlaceBatch<'_> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PLACE;
    const BATCH: RangeInclusive<usize> = 1..=BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter()
    }

    fn cost(&self) -> Cost {
        cost(self.orders.len())
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(NewOrder::order)
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.orders, |draft, order| put_order(draft, order, None))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter())
    }
}

/// Places up to 20 orders that say more than [`NewOrder`]. As for `PlaceBatch<NewOrder>`.
impl Endpoint<SpotVenue> for PlaceBatch<'_, BitgetOrder> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = PLACE;
    const BATCH: RangeInclusive<usize> = 1..=BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter().flat_map(BitgetOrder::places)
    }

    fn cost(&self) -> Cost {
        cost(self.orders.len())
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(|order| order.order.order())
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.orders, |draft, order| put_order(draft, &order.order, Some(order)))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter().map(|order| &order.order))
    }
}

const PLACE: &str = "/spot/trade/batch-orders";

/// Cancels up to 20 orders, all named by the venue's ids or all by client order ids. 10 a second.
///
/// "It is not permitted to mix the use of orderId and clientOid": where each has both, the venue's go out.
impl Endpoint<SpotVenue> for CancelBatch<'_> {
    type Reply = Batch<CancelAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/spot/trade/batch-cancel-order";
    const BATCH: RangeInclusive<usize> = 1..=BATCH_MAX;

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let by_order_id = self.orders.iter().all(|order| order.order_id.is_some());
        encode(venue, draft, window, self.orders, |draft, order| {
            if !by_order_id && order.id.is_none() && order.order_id.is_some() {
                let cure = "name all by the venue's ids, or all by client order ids";
                return Err(BuildError::Unsupported { what: "a batch that mixes kinds of ids", cure });
            }
            put_symbol(draft.put("{\"symbol\":\""), &order.symbol)?;
            put_ref(draft.put("\","), &named(order, by_order_id))
        })
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        let by_order_id = self.orders.iter().all(|order| order.order_id.is_some());
        replies::batch_cancelled(response, self.orders.iter().map(move |order| named(order, by_order_id)))
    }
}

/// The order by the id that its batch names orders by; the other one is still compared.
fn named(order: &OrderRef, by_order_id: bool) -> OrderRef {
    let mut named = *order;
    named.order_id = order.order_id.filter(|_| by_order_id);
    named
}

/// `put` writes an element up to its closing bracket.
fn encode<'b, T>(
    venue: &SpotVenue,
    draft: Draft<'b>,
    window: Window,
    elements: &[T],
    put: impl Fn(&mut Draft<'b, Body>, &T) -> Result<(), BuildError>,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    if elements.is_empty() {
        return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
    }
    if elements.len() > BATCH_MAX {
        let cure = "at most 20 go at once: send several batches";
        return Err(BuildError::Unsupported { what: "so large a batch", cure });
    }
    let (mut draft, unsigned) = signer.start(draft, window);
    // Without it one symbol goes for all.
    draft.put("{\"batchMode\":\"multiple\",\"orderList\":[");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            draft.put(",");
        }
        put(&mut draft, element)?;
        draft.put("}");
    }
    draft.put("]}");
    signer.sign_body(draft, unsigned)
}

/// Each order of a batch counts.
fn cost(orders: usize) -> Cost {
    Cost::weight(1).orders(u32::try_from(orders).unwrap_or(u32::MAX))
}
