//! Changing orders that stand.
//!
//! **Source**: futures, "Modify Order", read as of 2026-01-15.

use orderwire::order::{AmendAck, OrderState};
use orderwire::venue::{
    AmendOrder, BuildError, Cost, Draft, Endpoint, Method, Query, Request, Response, RestError, Window,
};

use super::UsdmVenue;
use super::order::{Plain, PriceMatch, Style, end, field, put_price, put_ref, put_side, put_symbol};
use super::replies;
use crate::fields::put_positive;

/// Changes quantity and price of an open limit order, which goes to the end of its queue. Weight 0, and 1 order. Source: "Modify
/// Order".
///
/// The venue wants all of quantity, price and side, changed or not. It cancels the order instead where it is partly filled and the
/// new quantity is no more than that, or where a post-only order would take at the new price.
impl Endpoint<UsdmVenue> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/v1/order";

    fn cost(&self) -> Cost {
        Cost::weight(0).orders(1)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        put_amend::<Plain>(&mut draft, self, None)?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::queried(response, &self.order).map(AmendAck::from)
    }
}

/// A change with all that USD-M futures can say of one. As for [`AmendOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsdmAmend {
    /// What it has in common with every venue's.
    pub change: AmendOrder,
    /// Where in the book its new price is taken from, in place of one of its own.
    pub price_match: Option<PriceMatch>,
    /// A number of the caller's for this change, which the answer has too.
    pub modify_id: Option<u64>,
}

impl UsdmAmend {
    /// The change as it is.
    #[must_use]
    pub const fn new(change: AmendOrder) -> Self {
        Self { change, price_match: None, modify_id: None }
    }

    /// The same change, to a price of the book's.
    #[must_use]
    pub const fn price_match(self, price_match: PriceMatch) -> Self {
        let mut change = self.change;
        change.price = None;
        Self { change, price_match: Some(price_match), ..self }
    }

    /// The same change with a number of its own.
    #[must_use]
    pub const fn modify_id(self, modify_id: u64) -> Self {
        Self { modify_id: Some(modify_id), ..self }
    }
}

impl Endpoint<UsdmVenue> for UsdmAmend {
    type Reply = OrderState;
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/v1/order";

    fn cost(&self) -> Cost {
        Cost::weight(0).orders(1)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        put_amend::<Plain>(&mut draft, &self.change, Some(self))?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderState, RestError> {
        replies::queried(response, &self.change.order)
    }
}

/// Everything of a change; an element of a batch is closed here.
pub(super) fn put_amend<S: Style>(
    draft: &mut Draft<'_, Query>,
    change: &AmendOrder,
    usdm: Option<&UsdmAmend>,
) -> Result<(), BuildError> {
    let price_match = usdm.and_then(|usdm| usdm.price_match);
    if change.order.has_trigger {
        let cure = "cancel it and place another";
        return Err(BuildError::Unsupported { what: "changing an order with a trigger", cure });
    }
    if change.new_id.is_some() {
        let cure = "futures keep an order's client order id: leave new_id out";
        return Err(BuildError::Unsupported { what: "another client order id", cure });
    }
    let cure = "Binance futures want side, quantity and price, whichever of them changes";
    let side = change.side.ok_or(BuildError::MissingField { field: "side", cure })?;
    let quantity = change.quantity.ok_or(BuildError::MissingField { field: "quantity", cure })?;
    if change.price.is_none() && price_match.is_none() {
        return Err(BuildError::MissingField { field: "price", cure });
    }
    put_symbol::<S>(draft, change.order.symbol)?;
    put_ref::<S>(draft, &change.order)?;
    put_side::<S>(draft, side);
    put_positive(field!(S, draft, "quantity"), "quantity", quantity)?;
    end::<S>(draft);
    put_price::<S>(draft, change.price, price_match)?;
    if let Some(modify_id) = usdm.and_then(|usdm| usdm.modify_id) {
        field!(S, draft, "modifyId").put_u64(modify_id);
        end::<S>(draft);
    }
    if S::JSON {
        draft.put("%7D");
    }
    Ok(())
}
