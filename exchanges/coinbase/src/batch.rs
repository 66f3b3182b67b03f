//! Cancelling several orders with one request. The venue places and changes them one by one.
//!
//! **Source**: "Cancel Orders", <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/cancel-order>, read in a
//! copy of 2026-09.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::CancelAck;
use orderwire::venue::{BuildError, CancelBatch, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window};

use crate::fields::own_id;
use crate::limits::SIGNED;
use crate::sign::Fixed;
use crate::{CoinbaseVenue, replies};

/// Most orders cancelled with one request: "The maximum number of order_ids that can be cancelled per request is 100", by the older page;
/// the present one names none.
pub const CANCEL_BATCH_MAX: usize = 100;

/// Cancels up to 100 orders, of any products, each by the venue's id. As for one.
impl Endpoint<CoinbaseVenue> for CancelBatch<'_> {
    type Reply = ArrayVec<Result<CancelAck, RestError>, CANCEL_BATCH_MAX>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::BatchCancel.path();
    const BATCH: RangeInclusive<usize> = 1..=CANCEL_BATCH_MAX;

    fn cost(&self) -> Cost {
        SIGNED.is_cancel()
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        if self.orders.is_empty() {
            return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
        }
        if self.orders.len() > CANCEL_BATCH_MAX {
            let cure = "at most 100 go at once: send several batches";
            return Err(BuildError::Unsupported { what: "so large a batch", cure });
        }
        let mut draft = signer.authorize(draft, Fixed::BatchCancel, window)?.start_body();
        draft.put("{\"order_ids\":[");
        for (place, order) in self.orders.iter().enumerate() {
            draft.put(if place > 0 { ",\"" } else { "\"" }).put(own_id(order)?).put("\"");
        }
        draft.put("]}");
        draft.finish()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_cancelled(response, self.orders)
    }
}
