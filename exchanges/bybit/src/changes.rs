//! Changing open orders.

use orderwire::decimal::Decimal;
use orderwire::order::AmendAck;
use orderwire::venue::{AmendOrder, Body, BuildError, Draft, Endpoint, Method, Request, Response, RestError, Window};

use crate::fields::{Category, put_positive, put_ref, put_symbol};
use crate::{BybitVenue, replies};

/// Changes quantity or price of an open order. The yes is the gateway's: query the order. Source: order/amend-order.
impl<C: Category> Endpoint<BybitVenue<C>> for AmendOrder {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/amend";

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(self, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.order)
    }
}

/// A change with all that Bybit can say of one. As for [`AmendOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BybitAmend {
    /// What it has in common with every venue's.
    pub change: AmendOrder,
    /// Which price it waits for from now on.
    pub stop_price: Option<Decimal>,
    /// Where its position is closed with profit from now on; zero takes that away.
    pub take_profit: Option<Decimal>,
    /// Where its position is closed with loss from now on; zero takes that away.
    pub stop_loss: Option<Decimal>,
}

impl BybitAmend {
    /// The change as it is.
    #[must_use]
    pub const fn new(change: AmendOrder) -> Self {
        Self { change, stop_price: None, take_profit: None, stop_loss: None }
    }

    /// The same change, and another price to wait for.
    #[must_use]
    pub const fn stop_price(self, price: Decimal) -> Self {
        Self { stop_price: Some(price), ..self }
    }

    /// The same change, and another price to close with profit; zero for none.
    #[must_use]
    pub const fn take_profit(self, price: Decimal) -> Self {
        Self { take_profit: Some(price), ..self }
    }

    /// The same change, and another price to close with loss; zero for none.
    #[must_use]
    pub const fn stop_loss(self, price: Decimal) -> Self {
        Self { stop_loss: Some(price), ..self }
    }
}

impl<C: Category> Endpoint<BybitVenue<C>> for BybitAmend {
    type Reply = AmendAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/amend";

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode(&self.change, Some(self), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<AmendAck, RestError> {
        replies::amended(response, &self.change.order)
    }
}

fn encode<'b, C: Category>(
    change: &AmendOrder,
    bybit: Option<&BybitAmend>,
    venue: &BybitVenue<C>,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let mut unsigned = signer.start_body(draft, window);
    unsigned.draft.put(C::BODY);
    put_amend(&mut unsigned.draft, ",", change, bybit)?;
    unsigned.draft.put("}");
    signer.finish_body(unsigned)
}

/// Everything of a change; `lead` is what stands before its first field.
pub(crate) fn put_amend(
    draft: &mut Draft<'_, Body>,
    lead: &str,
    change: &AmendOrder,
    bybit: Option<&BybitAmend>,
) -> Result<(), BuildError> {
    if change.new_id.is_some() {
        let cure = "Bybit keeps an order's client order id: leave new_id out";
        return Err(BuildError::Unsupported { what: "another client order id", cure });
    }
    let more = bybit.map(|bybit| [bybit.stop_price, bybit.take_profit, bybit.stop_loss]).unwrap_or_default();
    if change.quantity.is_none() && change.price.is_none() && more.iter().all(Option::is_none) {
        return Err(BuildError::MissingField { field: "what changes", cure: "give it a quantity or a price" });
    }
    put_symbol(draft, lead, change.order.symbol)?;
    put_ref(draft, &change.order)?;
    let [stop_price, take_profit, stop_loss] = more;
    let fields = [
        (change.quantity, ",\"qty\":\"", "quantity"),
        (change.price, ",\"price\":\"", "price"),
        (stop_price, ",\"triggerPrice\":\"", "stop_price"),
    ];
    for (value, lead, field) in fields {
        if let Some(value) = value {
            put_positive(draft, lead, field, value)?;
        }
    }
    for (value, lead, field) in
        [(take_profit, ",\"takeProfit\":\"", "take_profit"), (stop_loss, ",\"stopLoss\":\"", "stop_loss")]
    {
        match value {
            Some(zero) if zero.is_zero() => drop(draft.put(lead).put("0\"")),
            Some(value) => put_positive(draft, lead, field, value)?,
            None => {}
        }
    }
    Ok(())
}
