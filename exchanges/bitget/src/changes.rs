//! Changing orders: the venue cancels the old one and places another.
//!
//! **Source**: <https://www.bitget.com/api-doc/spot/trade/Cancel-Replace-Order>, read 2026-11-26.

use orderwire::decimal::Decimal;
use orderwire::id::ClientOrderId;
use orderwire::order::{OrderAck, OrderRef};
use orderwire::venue::{BuildError, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window};

use crate::order::{client_id, put_positive, put_ref, put_symbol};
use crate::{SpotVenue, replies};

/// Cancels an open limit order and places another one on its side, with this price and quantity. 5 a second. Source: "Cancel an Existing
/// Order and Send a New Order".
///
/// The new order has an id of its own, and the whole quantity is its own too, whatever was executed of the old one. An answer that says
/// no does not say which half failed: "the old order may be successfully cancelled, but the new order placement fail". Then the outcome is
/// unknown, the new order stands in doubt, and both are to be asked for. It is not held against the instrument's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct CancelReplace {
    /// Which goes.
    pub order: OrderRef,
    /// What the one that comes is called.
    pub new_id: ClientOrderId,
    /// How much it is for.
    pub quantity: Decimal,
    /// At which price.
    pub price: Decimal,
}

impl CancelReplace {
    /// What names the new order in `cancel`, `query` and `settle`.
    #[must_use]
    pub const fn new_order(&self) -> OrderRef {
        OrderRef::by_id(self.order.symbol, self.new_id)
    }
}

impl Endpoint<SpotVenue> for CancelReplace {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/spot/trade/cancel-replace-order";

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self.new_order())
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window);
        put_symbol(draft.put("{\"symbol\":\""), &self.order.symbol)?;
        put_ref(draft.put("\","), &self.order)?;
        draft.put(",\"newClientOid\":\"").put(client_id(&self.new_id)?).put("\"");
        put_positive(&mut draft, ",\"price\":\"", "price", self.price)?;
        put_positive(&mut draft, ",\"size\":\"", "quantity", self.quantity)?;
        draft.put("}");
        signer.sign_body(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::replaced(response, self)
    }
}
