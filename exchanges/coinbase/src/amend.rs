//! Changing orders that stand.
//!
//! **Source**: "Edit Order", <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/edit-order>, read in a copy
//! of 2026-09; `coinbase/rest/orders.py` of the venue's own client.

use orderwire::decimal::Decimal;
use orderwire::order::AmendAck;
use orderwire::venue::{AmendOrder, BuildError, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window};

use crate::fields::{own_id, put_positive};
use crate::limits::SIGNED;
use crate::sign::Fixed;
use crate::{CoinbaseVenue, replies};

/// Changes quantity and price of an open limit order that is good till cancelled; it keeps its ids. The venue wants to be told both, also
/// where one stays, and knows the order by its own id alone. Source: "Edit Order".
///
/// The quantity is that of the whole order, what is executed included. It loses its place in the book where the price changes or the
/// quantity grows.
impl Endpoint<CoinbaseVenue> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Edit.path();

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(&CoinbaseAmend::new(*self), Fixed::Edit, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.order)
    }
}

/// A change with all that Coinbase can say of one. As for [`AmendOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoinbaseAmend {
    /// What it has in common with every venue's.
    pub change: AmendOrder,
    /// Which price it waits for from now on, of an order that does.
    pub stop_price: Option<Decimal>,
}

impl CoinbaseAmend {
    /// The change as it is.
    #[must_use]
    pub const fn new(change: AmendOrder) -> Self {
        Self { change, stop_price: None }
    }

    /// The same change; the order waits for this price.
    #[must_use]
    pub const fn stop_price(self, price: Decimal) -> Self {
        Self { stop_price: Some(price), ..self }
    }
}

impl Endpoint<CoinbaseVenue> for CoinbaseAmend {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::Edit.path();

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(self, Fixed::Edit, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.change.order)
    }
}

/// Has the venue say why it would refuse a change, without making it. Source: "Edit Order Preview".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct TestAmend {
    /// The change.
    pub amend: CoinbaseAmend,
}

impl Endpoint<CoinbaseVenue> for TestAmend {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::EditPreview.path();

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(&self.amend, Fixed::EditPreview, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::checked(response, "errors")
    }
}

fn encode<'b>(
    amend: &CoinbaseAmend,
    fixed: Fixed,
    venue: &CoinbaseVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let change = &amend.change;
    if change.new_id.is_some() {
        let cure = "Coinbase keeps an order's client order id: leave new_id out";
        return Err(BuildError::Unsupported { what: "another client order id", cure });
    }
    let both = "Coinbase wants price and quantity, also the one that stays: give both";
    let missing = |field| BuildError::MissingField { field, cure: both };
    let price = change.price.ok_or_else(|| missing("price"))?;
    let quantity = change.quantity.ok_or_else(|| missing("quantity"))?;
    let id = own_id(&change.order)?;
    let mut draft = signer.authorize(draft, fixed, window)?.start_body();
    draft.put("{\"order_id\":\"").put(id);
    put_positive(&mut draft, "\",\"price\":\"", "price", price)?;
    put_positive(&mut draft, ",\"size\":\"", "quantity", quantity)?;
    if let Some(stop) = amend.stop_price {
        put_positive(&mut draft, ",\"stop_price\":\"", "stop_price", stop)?;
    }
    draft.put("}");
    draft.finish()
}
