//! Changing orders that stand.
//!
//! The venue's older `EditOrder` cancels an order and places another under no client order id, which could not be settled: it has no type
//! here.
//!
//! **Source**: "Amend Order", <https://docs.kraken.com/api/docs/rest-api/amend-order>, read 2026-08-25.

use orderwire::decimal::Decimal;
use orderwire::order::AmendAck;
use orderwire::venue::{AmendOrder, BuildError, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window};

use crate::fields::{Fields, put_ref};
use crate::limits::FREE;
use crate::sign::deadline;
use crate::{KrakenVenue, replies};

/// Changes quantity, price or both of an open order, which keeps its ids, and its place in the book where it can. Of the pair's own counter
/// 1, and up to 3 for an order that has rested less than 15 seconds. Source: "Amend Order".
///
/// A quantity of no more than is executed cancels the rest.
impl Endpoint<KrakenVenue> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = AMEND;

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        KrakenAmend::new(*self).encode(venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.order)
    }
}

/// A change with all that Kraken can say of one. As for [`AmendOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KrakenAmend {
    /// What it has in common with every venue's.
    pub change: AmendOrder,
    /// How much of it the book shows from now on, of an iceberg.
    pub display_quantity: Option<Decimal>,
    /// Which price it waits for from now on, of an order with a trigger.
    pub stop_price: Option<Decimal>,
    /// Whether the change is refused where the order would take at its new price.
    pub post_only: bool,
}

impl KrakenAmend {
    /// The change as it is.
    #[must_use]
    pub const fn new(change: AmendOrder) -> Self {
        Self { change, display_quantity: None, stop_price: None, post_only: false }
    }

    /// The same change; the book shows so much.
    #[must_use]
    pub const fn display_quantity(self, quantity: Decimal) -> Self {
        Self { display_quantity: Some(quantity), ..self }
    }

    /// The same change; the order waits for this price.
    #[must_use]
    pub const fn stop_price(self, price: Decimal) -> Self {
        Self { stop_price: Some(price), ..self }
    }

    /// The same change, refused where the order would take.
    #[must_use]
    pub const fn post_only(self) -> Self {
        Self { post_only: true, ..self }
    }
}

impl Endpoint<KrakenVenue> for KrakenAmend {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = AMEND;

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let change = &self.change;
        if change.new_id.is_some() {
            let cure = "Kraken keeps an order's client order id: leave new_id out";
            return Err(BuildError::Unsupported { what: "another client order id", cure });
        }
        let changes = [
            ("order_qty", "quantity", change.quantity),
            ("display_qty", "display_quantity", self.display_quantity),
            ("limit_price", "price", change.price),
            ("trigger_price", "stop_price", self.stop_price),
        ];
        if changes.iter().all(|(.., value)| value.is_none()) {
            let cure = "say what changes: quantity, price or both";
            return Err(BuildError::MissingField { field: "a change", cure });
        }
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        let mut fields = Fields::form(&mut draft);
        put_ref(&mut fields, &change.order)?;
        for (name, field, value) in changes {
            if let Some(value) = value {
                fields.positive(name, field, value)?;
            }
        }
        if self.post_only {
            fields.flag("post_only");
        }
        fields.time("deadline", deadline(&window));
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.change.order)
    }
}

const AMEND: &str = "/private/AmendOrder";
