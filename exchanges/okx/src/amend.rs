//! Changing orders that stand.
//!
//! **Source**: "Amend order", read 2026-07-28.

use orderwire::order::AmendAck;
use orderwire::venue::{
    AmendOrder, Body, BuildError, Cost, Draft, Endpoint, Method, Request, Response, RestError, Text, Window,
};

use crate::order::{put_positive, put_ref, put_symbol, put_word};
use crate::orders::ORDER_IDS;
use crate::sign::Expires;
use crate::{InstrumentKind, OkxVenue, replies};

/// Changes quantity, price or both of an open order. 60 in 2 s, of an instrument. Source: "Amend order".
///
/// An answer that says yes says that the venue has the request: query the order. A quantity of no more than is executed makes the order
/// filled.
impl Endpoint<OkxVenue> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/amend-order";

    fn cost(&self) -> Cost {
        cost_of(self)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(&OkxAmend::new(*self), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.order)
    }
}

/// A change with all that OKX can say of one. As for [`AmendOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OkxAmend {
    /// What it has in common with every venue's.
    pub change: AmendOrder,
    /// Whether the order is cancelled where it cannot be changed so; else it stays as it was.
    pub cancel_on_failure: bool,
    /// Whether a price outside the venue's limits is moved to them; else the change is refused.
    pub clamp_price: bool,
    /// The caller's name of this change, 32 letters and digits at most, which the order's own stream repeats.
    pub request_id: Option<Text<32>>,
}

impl OkxAmend {
    /// The change as it is.
    #[must_use]
    pub const fn new(change: AmendOrder) -> Self {
        Self { change, cancel_on_failure: false, clamp_price: false, request_id: None }
    }

    /// The same change; where it is not possible, the order is cancelled.
    #[must_use]
    pub const fn cancel_on_failure(self) -> Self {
        Self { cancel_on_failure: true, ..self }
    }

    /// The same change, whose price is moved to the venue's limits where it lies outside.
    #[must_use]
    pub const fn clamp_price(self) -> Self {
        Self { clamp_price: true, ..self }
    }

    /// The same change under a name: 32 letters and digits at most.
    #[must_use]
    pub fn request_id(self, id: &str) -> Self {
        Self { request_id: Some(Text::cut(id)), ..self }
    }
}

impl Endpoint<OkxVenue> for OkxAmend {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/amend-order";

    fn cost(&self) -> Cost {
        cost_of(&self.change)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(self, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.change.order)
    }
}

fn encode<'b>(
    change: &OkxAmend,
    venue: &OkxVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let (mut draft, unsigned) = signer.start(draft, window, Expires::WithDeadline);
    put_amend(&mut draft, change)?;
    signer.sign(draft, unsigned)
}

/// Changes count as orders do: those of contracts.
pub(crate) fn cost_of(change: &AmendOrder) -> Cost {
    let counts = InstrumentKind::of(&change.order.symbol).is_none_or(InstrumentKind::is_derivative);
    Cost::weight(1).orders(counts.into())
}

/// Everything of a change.
pub(crate) fn put_amend(draft: &mut Draft<'_, Body>, okx: &OkxAmend) -> Result<(), BuildError> {
    let change = &okx.change;
    if change.order.has_trigger {
        let cure = "cancel it and place another";
        return Err(BuildError::Unsupported { what: "changing an order with a trigger", cure });
    }
    if change.new_id.is_some() {
        let cure = "OKX keeps an order's client order id: leave new_id out";
        return Err(BuildError::Unsupported { what: "another client order id", cure });
    }
    if change.quantity.is_none() && change.price.is_none() {
        let cure = "say what changes: quantity, price or both";
        return Err(BuildError::MissingField { field: "a change", cure });
    }
    put_symbol(draft.put("{\"instId\":\""), &change.order.symbol)?;
    put_ref(draft, &change.order, ORDER_IDS)?;
    if okx.cancel_on_failure {
        draft.put(",\"cxlOnFail\":true");
    }
    if let Some(id) = okx.request_id {
        put_word(draft, ",\"reqId\":\"", id.as_str(), ("request_id", "1 to 32 letters and digits"))?;
    }
    if let Some(quantity) = change.quantity {
        put_positive(draft, ",\"newSz\":\"", "quantity", quantity)?;
    }
    if let Some(price) = change.price {
        put_positive(draft, ",\"newPx\":\"", "price", price)?;
    }
    if okx.clamp_price {
        draft.put(",\"pxAmendType\":\"1\"");
    }
    draft.put("}");
    Ok(())
}
