//! Changing orders that stand: cancelling with terms, replacing, taking quantity off.
//!
//! **Source** of all: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#trading-endpoints>, read
//! 2026-07-21.

use orderwire::order::{AmendAck, CancelAck, Fate, NewOrder, OrderAck, OrderRef};
use orderwire::venue::{
    AmendOrder, BuildError, Cost, Draft, Endpoint, Method, RejectKind, Request, Response, RestError, Window,
};

use super::SpotVenue;
use super::order::{SpotOrder, put_client_id, put_order};
use super::orders::put_ref;
use super::replies;
use crate::fields::put_positive;

/// Which orders a cancel may touch; others it leaves as they are, and is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelRestriction {
    /// Those of which nothing is executed.
    OnlyNew,
    /// Those of which some is executed.
    OnlyPartiallyFilled,
}

impl CancelRestriction {
    const fn text(self) -> &'static str {
        match self {
            Self::OnlyNew => "&cancelRestrictions=ONLY_NEW",
            Self::OnlyPartiallyFilled => "&cancelRestrictions=ONLY_PARTIALLY_FILLED",
        }
    }
}

/// Cancels one order of which only so much is executed. Weight 1. Source: rest-api.md, "Cancel order".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct CancelOnly {
    /// Which.
    pub order: OrderRef,
    /// Where it has to stand.
    pub restriction: CancelRestriction,
}

impl Endpoint<SpotVenue> for CancelOnly {
    type Reply = CancelAck;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/order";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put("symbol=").put_percent(self.order.symbol.as_str());
        put_ref(&mut draft, &self.order, "&orderId=", "&origClientOrderId=")?;
        draft.put(self.restriction.text());
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<CancelAck, RestError> {
        replies::cancelled(response, &self.order)
    }
}

/// Cancels one order and places another of the same instrument. Weight 1. Source: rest-api.md, "Cancel an Existing Order
/// and Send a New Order".
///
/// The reply says of each half what became of it: the venue answers 409 where one was done and the other not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancelReplace {
    /// Which goes.
    pub cancel: OrderRef,
    /// Which comes.
    pub order: SpotOrder,
    /// Whether the new one is tried where the old one could not be cancelled.
    pub place_anyway: bool,
    /// Where the old one has to stand.
    pub restriction: Option<CancelRestriction>,
    /// Whether the old one is cancelled where the account's order count leaves no room for the new one.
    pub cancel_anyway: bool,
}

impl CancelReplace {
    /// Places `order` only where `cancel` was cancelled.
    #[must_use]
    pub fn new(cancel: OrderRef, order: impl Into<SpotOrder>) -> Self {
        Self { cancel, order: order.into(), place_anyway: false, restriction: None, cancel_anyway: false }
    }

    /// The same, placing the new order also where the old one could not be cancelled.
    #[must_use]
    pub const fn place_anyway(self) -> Self {
        Self { place_anyway: true, ..self }
    }

    /// The same, cancelling the old order also where the order count leaves no room for the new one.
    #[must_use]
    pub const fn cancel_anyway(self) -> Self {
        Self { cancel_anyway: true, ..self }
    }

    /// The same, where the old order stands so.
    #[must_use]
    pub const fn restriction(self, restriction: CancelRestriction) -> Self {
        Self { restriction: Some(restriction), ..self }
    }
}

impl Endpoint<SpotVenue> for CancelReplace {
    type Reply = CancelReplaced;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/cancelReplace";

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.order.places()
    }

    fn cost(&self) -> Cost {
        Cost::weight(1).orders(1)
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self.order.order.order())
    }

    fn leaves_doubt(&self, reply: &CancelReplaced, _: usize) -> bool {
        let duplicate = |error: &RestError| error.kind() == RejectKind::DuplicateId;
        reply.order.fate() == Some(Fate::Unknown) || matches!(&reply.order, Half::Failed(error) if duplicate(error))
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        if self.cancel.symbol != self.order.order.symbol {
            let cure = "both orders are of one instrument";
            return Err(BuildError::Value { field: "the new order's symbol", cure });
        }
        let mut draft = draft.query();
        put_order(&mut draft, &self.order.order, Some(&self.order), |draft| signer.put_window(draft, &window))?;
        draft.put(if self.place_anyway {
            "&cancelReplaceMode=ALLOW_FAILURE"
        } else {
            "&cancelReplaceMode=STOP_ON_FAILURE"
        });
        put_ref(&mut draft, &self.cancel, "&cancelOrderId=", "&cancelOrigClientOrderId=")?;
        if let Some(restriction) = self.restriction {
            draft.put(restriction.text());
        }
        if self.cancel_anyway {
            draft.put("&orderRateLimitExceededMode=CANCEL_ONLY");
        }
        signer.finish_windowed(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<CancelReplaced, RestError> {
        replies::cancel_replaced(response, self)
    }
}

/// What became of the two halves of a [`CancelReplace`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "each half has a fate of its own, and neither may have been done"]
pub struct CancelReplaced {
    /// Of the old order.
    pub cancel: Half<CancelAck>,
    /// Of the new one.
    pub order: Half<OrderAck>,
}

impl CancelReplaced {
    pub(crate) const fn new(cancel: Half<CancelAck>, order: Half<OrderAck>) -> Self {
        Self { cancel, order }
    }
}

/// What became of one half of a request.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "callers match on it without a wildcard")]
pub enum Half<T> {
    /// The venue did it.
    Done(T),
    /// The venue tried, and says why not; [`RestError::fate`] says what that means for this half.
    Failed(RestError),
    /// The venue did not try, since the other half failed.
    NotAttempted,
}

impl<T> Half<T> {
    /// What there is, where it was done.
    #[must_use]
    pub const fn done(&self) -> Option<&T> {
        match self {
            Self::Done(done) => Some(done),
            Self::Failed(_) | Self::NotAttempted => None,
        }
    }

    /// What became of this half, where it was not done.
    #[must_use]
    pub const fn fate(&self) -> Option<Fate> {
        match self {
            Self::Done(_) => None,
            Self::Failed(error) => Some(error.fate()),
            // The venue itself says that it did nothing.
            Self::NotAttempted => Some(Fate::Rejected),
        }
    }
}

/// Takes quantity off an open order, which keeps its place in the queue. Weight 4. Source: rest-api.md, "Order Amend Keep
/// Priority".
///
/// The price cannot change, and the quantity can only become less: anything else is a [`CancelReplace`]. The order's client
/// order id goes out again, since the venue would make one up: an order named by the venue's id alone needs `new_id`.
impl Endpoint<SpotVenue> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/order/amend/keepPriority";

    fn cost(&self) -> Cost {
        Cost::weight(4)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let cure = "Binance Spot amends quantities alone: send a CancelReplace";
        if self.price.is_some() {
            return Err(BuildError::Unsupported { what: "another price", cure });
        }
        let quantity = self.quantity.ok_or(BuildError::MissingField { field: "quantity", cure })?;
        let cure = "give the order's client order id, or a new one: the venue would make one up";
        let id = self.new_id.or(self.order.id);
        let id = id.ok_or(BuildError::MissingField { field: "the client order id", cure })?;
        let mut draft = draft.query();
        draft.put("symbol=").put_percent(self.order.symbol.as_str());
        put_ref(&mut draft, &self.order, "&orderId=", "&origClientOrderId=")?;
        put_client_id(draft.put("&newClientOrderId="), &id)?;
        put_positive(draft.put("&newQty="), "quantity", quantity)?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, self).map(AmendAck::from)
    }
}
