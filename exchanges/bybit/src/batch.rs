//! Several orders with one request, and an answer for each.
//!
//! ```text
//! {"category":"spot","request":[{"symbol":"BTCUSDT","side":"Buy",…},{…}]}
//! {"retCode":0,"result":{"list":[{"orderId":"1666…",…},{"orderId":"",…}]},"retExtInfo":{"list":[{"code":0,…},{"code":170213,…}]},…}
//! ```
//!
//! What became of an order stands in `retExtInfo`, at its place; the batch as a whole says 0 even if all were refused.
//!
//! **Source** of all: order/batch-place, order/batch-amend, order/batch-cancel, read 2026-11-25.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::{AmendAck, CancelAck, NewOrder, OrderAck, OrderRef};
use orderwire::venue::checks::is_in_doubt;
use orderwire::venue::{
    AmendBatch, AmendOrder, Body, BuildError, CancelBatch, Cost, Draft, Endpoint, Method, PlaceBatch, Request,
    Response, RestError, Window,
};

use crate::changes::{BybitAmend, put_amend};
use crate::fields::{Category, put_ref, put_symbol};
use crate::order::{BybitOrder, put_order};
use crate::{BybitVenue, replies};

/// What became of each order of a batch, in their order. Inline, no heap.
pub type Batch<T> = ArrayVec<Result<T, RestError>, BATCH_MAX>;

/// Most orders of one request on contracts; on Spot 10.
pub const BATCH_MAX: usize = 20;

macro_rules! places_batch {
    ($($(#[$doc:meta])* $order:ty, |$one:ident| $new:expr, $bybit:expr;)*) => {$(
        $(#[$doc])*
        impl<C: Category> Endpoint<BybitVenue<C>> for PlaceBatch<'_, $order> {
            type Reply = Batch<OrderAck>;
            const METHOD: Method = Method::Post;
            const PATH: &'static str = "/order/create-batch";
            const BATCH: RangeInclusive<usize> = 1..=C::BATCH_MAX;

            fn places(&self) -> impl Iterator<Item = &NewOrder> {
                self.orders.iter().flat_map(Placed::places)
            }

            fn creates(&self) -> impl Iterator<Item = OrderRef> {
                self.orders.iter().map(|$one| $new.order())
            }

            fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
                is_in_doubt(reply, place)
            }

            fn encode<'b>(
                &self,
                venue: &BybitVenue<C>,
                draft: Draft<'b>,
                window: Window,
            ) -> Result<Request<'b>, BuildError> {
                encode(venue, draft, window, self.orders, |draft, $one| put_order::<C>(draft, "{", &$new, $bybit))
            }

            fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
                replies::batch_placed(response, self.orders.iter().map(|$one| &$new))
            }
        }
    )*};
}

places_batch! {
    /// Places up to 10 spot orders, or 20 of contracts. Each counts against the limit of the batch's own endpoint.
    NewOrder, |order| *order, None;
    /// Places orders that say more than [`NewOrder`]. As for `PlaceBatch<NewOrder>`.
    BybitOrder, |bybit| bybit.order, Some(bybit);
}

/// The orders of an element that are held against the rules of their instruments.
trait Placed {
    fn places(&self) -> impl Iterator<Item = &NewOrder>;
}

impl Placed for NewOrder {
    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::once(self)
    }
}

impl Placed for BybitOrder {
    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        Self::places(self)
    }
}

/// Changes up to 10 spot orders, or 20 of contracts.
impl<C: Category> Endpoint<BybitVenue<C>> for AmendBatch<'_> {
    type Reply = Batch<AmendAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/amend-batch";
    const BATCH: RangeInclusive<usize> = 1..=C::BATCH_MAX;

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.changes, |draft, change| put_amend(draft, "{", change, None))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change: &AmendOrder| &change.order))
    }
}

/// Changes orders in ways that say more than [`AmendOrder`]. As for `AmendBatch<AmendOrder>`.
impl<C: Category> Endpoint<BybitVenue<C>> for AmendBatch<'_, BybitAmend> {
    type Reply = Batch<AmendAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/amend-batch";
    const BATCH: RangeInclusive<usize> = 1..=C::BATCH_MAX;

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.changes, |draft, change| put_amend(draft, "{", &change.change, Some(change)))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_amended(response, self.changes.iter().map(|change| &change.change.order))
    }
}

/// Cancels up to 10 spot orders, or 20 of contracts, named by either id.
impl<C: Category> Endpoint<BybitVenue<C>> for CancelBatch<'_> {
    type Reply = Batch<CancelAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/cancel-batch";
    const BATCH: RangeInclusive<usize> = 1..=C::BATCH_MAX;

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(venue, draft, window, self.orders, |draft, order| {
            if C::IS_SPOT && order.has_trigger {
                // The elements of a batch have no `orderFilter`.
                let cure = "cancel those one by one";
                return Err(BuildError::Unsupported { what: "a batch of spot orders with a trigger", cure });
            }
            put_symbol(draft, "{", order.symbol)?;
            put_ref(draft, order)
        })
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_cancelled(response, self.orders)
    }
}

/// `put` writes an element up to its closing bracket.
fn encode<'b, C: Category, T>(
    venue: &BybitVenue<C>,
    draft: Draft<'b>,
    window: Window,
    elements: &[T],
    mut put: impl FnMut(&mut Draft<'b, Body>, &T) -> Result<(), BuildError>,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    if elements.is_empty() {
        return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
    }
    if elements.len() > C::BATCH_MAX {
        let cure = "at most 10 spot orders at once, and 20 of contracts: send several batches";
        return Err(BuildError::Unsupported { what: "so large a batch", cure });
    }
    let mut unsigned = signer.start_body(draft, window);
    unsigned.draft.put(C::BODY).put(",\"request\":[");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            unsigned.draft.put(",");
        }
        put(&mut unsigned.draft, element)?;
        unsigned.draft.put("}");
    }
    unsigned.draft.put("]}");
    signer.finish_body(unsigned)
}
