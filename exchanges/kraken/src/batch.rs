//! Several orders with one request, in JSON.
//!
//! ```text
//! {"nonce":"1616492376594","pair":"XBTUSD","orders":[{"ordertype":"limit",…},{…}],"deadline":"2021-03-23T09:39:39.594Z"}
//! {"error":[],"result":{"orders":[{"txid":"O65KZW-J4AW3-VFS74A","descr":{"order":"buy 1.02010000 XBTUSD @ limit 29000.0"}},{"error":"EOrder:…"}]}}
//! ```
//!
//! **Source** of all: "Add Order Batch", "Cancel Order Batch", <https://docs.kraken.com/api/docs/rest-api/add-order-batch>, read 2026-08-25.

use core::ops::RangeInclusive;

use arrayvec::ArrayVec;
use orderwire::order::{CancelAck, NewOrder, OrderAck, OrderRef};
use orderwire::venue::checks::is_in_doubt;
use orderwire::venue::checks::nameless;
use orderwire::venue::{
    Body, BuildError, CancelBatch, Cost, Draft, Endpoint, Method, PlaceBatch, Request, Response, RestError, Window,
};

use crate::fields::{Fields, client_id, pair, venue_id};
use crate::limits::FREE;
use crate::order::{KrakenOrder, put_order};
use crate::sign::deadline;
use crate::{KrakenVenue, replies};

/// What became of each order of a batch of new ones, in their order. Inline, no heap.
pub type Batch<T> = ArrayVec<Result<T, RestError>, ORDER_BATCH_MAX>;

/// Most orders placed with one request; at least two. Source: "Add Order Batch", "minimum of 2 and maximum 15".
pub const ORDER_BATCH_MAX: usize = 15;

/// Most orders cancelled with one request. Source: "Cancel Order Batch", "up to 50".
pub const CANCEL_BATCH_MAX: usize = 50;

const ADD_BATCH: &str = "/private/AddOrderBatch";

const _: () = assert!(ORDER_BATCH_MAX <= orderwire::venue::BATCH_ORDERS_MAX);

/// Places 2 to 15 orders of one pair. Half their number of the pair's own counter.
///
/// What breaks a rule of the venue's refuses all of them; what the engine then refuses is refused alone.
impl Endpoint<KrakenVenue> for PlaceBatch<'_> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD_BATCH;
    const BATCH: RangeInclusive<usize> = 2..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter()
    }

    fn cost(&self) -> Cost {
        FREE
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(NewOrder::order)
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(self.orders.iter().map(|order| (order, None)), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_placed(response, self.orders.iter().map(|order| (order, order.quantity)))
    }
}

/// Places 2 to 15 orders of one pair that say more than [`NewOrder`]. As for `PlaceBatch<NewOrder>`.
impl Endpoint<KrakenVenue> for PlaceBatch<'_, KrakenOrder> {
    type Reply = Batch<OrderAck>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = ADD_BATCH;
    const BATCH: RangeInclusive<usize> = 2..=ORDER_BATCH_MAX;

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.orders.iter().flat_map(KrakenOrder::places)
    }

    fn cost(&self) -> Cost {
        FREE
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.orders.iter().map(|order| order.order.order())
    }

    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        is_in_doubt(reply, place)
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(self.orders.iter().map(|order| (&order.order, Some(order))), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        let volume = |order: &KrakenOrder| order.quote_quantity.unwrap_or(order.order.quantity);
        replies::batch_placed(response, self.orders.iter().map(|order| (&order.order, volume(order))))
    }
}

fn encode<'b, 'o>(
    orders: impl ExactSizeIterator<Item = (&'o NewOrder, Option<&'o KrakenOrder>)> + Clone,
    venue: &KrakenVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let Some((first, _)) = orders.clone().next().filter(|_| orders.len() > 1) else {
        return Err(BuildError::MissingField {
            field: "an order",
            cure: "a batch has at least two: place one by itself",
        });
    };
    check_size(orders.len(), ORDER_BATCH_MAX, "at most 15 go at once: send several batches")?;
    if orders.clone().any(|(order, _)| order.symbol != first.symbol) {
        let cure = "a batch is of one pair: send one for each";
        return Err(BuildError::Unsupported { what: "a batch of several instruments", cure });
    }
    let (mut draft, unsigned) = signer.start_json(draft, window);
    Fields::json(&mut draft).text("pair", pair(&first.symbol)?);
    draft.put(",\"orders\":[");
    for (place, (order, kraken)) in orders.enumerate() {
        draft.put(if place > 0 { ",{" } else { "{" });
        put_order(&mut Fields::object(&mut draft), order, kraken, false)?;
        draft.put("}");
    }
    draft.put("]");
    Fields::json(&mut draft).time("deadline", deadline(&window));
    draft.put("}");
    unsigned.sign(draft)
}

/// Cancels up to 50 orders, of any pairs. Of each pair's own counter what cancelling them one by one costs.
///
/// The answer counts: where it counts fewer than were asked for, all are unknown.
impl Endpoint<KrakenVenue> for CancelBatch<'_> {
    type Reply = ArrayVec<Result<CancelAck, RestError>, CANCEL_BATCH_MAX>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/CancelOrderBatch";
    const BATCH: RangeInclusive<usize> = 1..=CANCEL_BATCH_MAX;

    fn cost(&self) -> Cost {
        FREE.is_cancel()
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        if self.orders.is_empty() {
            return Err(BuildError::MissingField { field: "an order", cure: "a batch has at least one" });
        }
        check_size(self.orders.len(), CANCEL_BATCH_MAX, "at most 50 go at once: send several batches")?;
        let (mut draft, unsigned) = signer.start_json(draft, window);
        put_list(
            &mut draft,
            ",\"orders\":[",
            self.orders.iter().filter_map(|order| order.order_id.as_ref().map(venue_id)),
        )?;
        let by_id = self.orders.iter().filter(|order| order.order_id.is_none());
        put_list(
            &mut draft,
            ",\"cl_ord_ids\":[",
            by_id.map(|order| order.id.as_ref().map_or(Err(nameless()), client_id)),
        )?;
        draft.put("}");
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::batch_cancelled(response, self.orders)
    }
}

/// A list of strings; none where there is nothing in it.
fn put_list<'i>(
    draft: &mut Draft<'_, Body>,
    lead: &'static str,
    items: impl Iterator<Item = Result<&'i str, BuildError>>,
) -> Result<(), BuildError> {
    let mut lead = lead;
    let mut is_empty = true;
    for item in items {
        draft.put(lead).put("\"").put(item?).put("\"");
        (lead, is_empty) = (",", false);
    }
    if !is_empty {
        draft.put("]");
    }
    Ok(())
}

fn check_size(size: usize, most: usize, cure: &'static str) -> Result<(), BuildError> {
    if size > most { Err(BuildError::Unsupported { what: "so large a batch", cure }) } else { Ok(()) }
}
