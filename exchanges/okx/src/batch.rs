//! Several orders with one request: a JSON array, and an answer for each.
//!
//! ```text
//! [{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15",…},{…}]
//! {"code":"2","data":[{"clOrdId":"b15","ordId":"12345689","sCode":"0",…},{"clOrdId":"b16","ordId":"","sCode":"51008",…}],…}
//! ```
//!
//! Answers are told apart by the ids in them: "array order" is no promise of the venue's.
//!
//! **Source** of all: "Place multiple orders", "Amend multiple orders", "Cancel multiple orders", "Cancel algo order", read 2026-07-28.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::{AmendAck, CancelAck, NewOrder, OrderAck, OrderRef};
use orderwire::venue::checks::is_in_doubt;
use orderwire::venue::{
    AmendBatch, AmendOrder, Body, BuildError, CancelBatch, Cost, Draft, Endpoint, Literal, Method, Path, PlaceBatch,
    Request, Response, RestError, Window,
};

use crate::amend::{OkxAmend, put_amend};
use crate::order::{OkxOrder, put_order};
use crate::orders::{CANCEL_TRIGGERS, put_cancel};
use crate::sign::Expires;
use crate::{OkxVenue, amend, orders, replies};

/// What became of each order of a batch, in their order. Inline, no heap.
pub type Batch<T> = ArrayVec<Result<T, RestError>, ORDER_BATCH_MAX>;

/// Most orders placed, changed or cancelled with one request. Source: "Place multiple orders", "up to 20".
pub const ORDER_BATCH_MAX: usize = 20;

/// Most orders with a trigger that are cancelled with one request. Source: "Cancel algo order", "up to 10".
pub const CONDITIONAL_BATCH_MAX: usize = 10;

const _: () = assert!(ORDER_BATCH_MAX <= orderwire::venue::BATCH_ORDERS_MAX);

/// Places up to 20 orders without a trigger. 300 orders in 2 s, of an instrument; a batch of one counts as an order.
///
/// In accounts that margin by portfolio all are placed or none.
impl Endpoint<OkxVenue> for PlaceBatch<'_> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/batch-orders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter()
    }

    fn cost(&self) -> Cost {
        sum(self.orders.iter().map(orders::cost_of))
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(NewOrder::order)
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let put = |draft: &mut _, order: &_| put_plain(draft, order, None);
        encode(venue, draft, (window, Expires::WithDeadline), self.orders, put)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter())
    }
}

/// Places up to 20 orders without a trigger that say more than [`NewOrder`]. As for `PlaceBatch<NewOrder>`.
impl Endpoint<OkxVenue> for PlaceBatch<'_, OkxOrder> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/batch-orders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter().flat_map(OkxOrder::places)
    }

    fn cost(&self) -> Cost {
        sum(self.orders.iter().map(|order| orders::cost_of(&order.order)))
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(|order| order.order.order())
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let put = |draft: &mut _, order: &OkxOrder| put_plain(draft, &order.order, Some(order));
        encode(venue, draft, (window, Expires::WithDeadline), self.orders, put)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter().map(|order| &order.order))
    }
}

/// Changes up to 20 orders. 300 orders in 2 s, of an instrument.
impl Endpoint<OkxVenue> for AmendBatch<'_> {
    type Reply = Batch<AmendAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/amend-batch-orders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn cost(&self) -> Cost {
        sum(self.changes.iter().map(amend::cost_of))
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let put = |draft: &mut _, change: &AmendOrder| put_amend(draft, &OkxAmend::new(*change));
        encode(venue, draft, (window, Expires::WithDeadline), self.changes, put)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change: &AmendOrder| &change.order))
    }
}

/// Changes up to 20 orders that say more than [`AmendOrder`]. As for `AmendBatch<AmendOrder>`.
impl Endpoint<OkxVenue> for AmendBatch<'_, OkxAmend> {
    type Reply = Batch<AmendAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/amend-batch-orders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn cost(&self) -> Cost {
        sum(self.changes.iter().map(|change| amend::cost_of(&change.change)))
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, (window, Expires::WithDeadline), self.changes, put_amend)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change| &change.change.order))
    }
}

/// Cancels up to 20 orders, or up to 10 with a trigger: all of them so or none. 300 orders in 2 s, of an instrument; with triggers 20.
impl Endpoint<OkxVenue> for CancelBatch<'_> {
    type Reply = Batch<CancelAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/cancel-batch-orders";
    const BATCH: RangeInclusive<usize> = 1..=ORDER_BATCH_MAX;

    fn path(&self) -> Path<'_> {
        Path::Based(if has_triggers(self.orders) { CANCEL_TRIGGERS } else { const { Literal::new(Self::PATH) } })
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let triggers = has_triggers(self.orders);
        if self.orders.iter().any(|order| order.has_trigger != triggers) {
            let cure = "cancel those with a trigger by a request of their own";
            return Err(BuildError::Unsupported { what: "orders with and without a trigger in one batch", cure });
        }
        if triggers && self.orders.len() > CONDITIONAL_BATCH_MAX {
            let cure = "at most 10 with a trigger are cancelled at once: send several batches";
            return Err(BuildError::Unsupported { what: "so large a batch", cure });
        }
        encode(venue, draft, (window, Expires::WithTimestamp), self.orders, put_cancel)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_cancelled(response, self.orders)
    }
}

fn has_triggers(orders: &[OrderRef]) -> bool {
    orders.first().is_some_and(|order| order.has_trigger)
}

fn encode<'b, T>(
    venue: &OkxVenue,
    draft: Draft<'b>,
    (window, expires): (Window, Expires),
    elements: &[T],
    put: impl Fn(&mut Draft<'b, Body>, &T) -> Result<(), BuildError>,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    if elements.is_empty() {
        return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
    }
    if elements.len() > ORDER_BATCH_MAX {
        let cure = "at most 20 go at once: send several batches";
        return Err(BuildError::Unsupported { what: "so large a batch", cure });
    }
    let (mut draft, unsigned) = signer.start(draft, window, expires);
    draft.put("[");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            draft.put(",");
        }
        put(&mut draft, element)?;
    }
    draft.put("]");
    signer.sign(draft, unsigned)
}

fn put_plain(draft: &mut Draft<'_, Body>, order: &NewOrder, okx: Option<&OkxOrder>) -> Result<(), BuildError> {
    if order.order_type.has_trigger() {
        return Err(BuildError::Unsupported { what: "a batch with triggers", cure: "place those one by one" });
    }
    put_order(draft, order, okx)
}

/// Each order of a batch counts.
fn sum(costs: impl Iterator<Item = Cost>) -> Cost {
    Cost::weight(1).orders(costs.map(|cost| cost.orders).sum())
}
