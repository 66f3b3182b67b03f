//! Positions in the futures of Coinbase Financial Markets.
//!
//! **Source** of all: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/futures/list-futures-positions> and
//! `orders/close-position`, read in copies of 2026-07 to 2026-09.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{OrderAck, OrderRef};
use orderwire::position::Position;
use orderwire::venue::{BuildError, Cost, Draft, Endpoint, GetPositions, Method, Request, Response, RestError, Window};

use crate::fields::{client_id, product, put_positive};
use crate::limits::SIGNED;
use crate::sign::Fixed;
use crate::{CoinbaseVenue, replies};

/// The account's positions in futures; those of one product are picked out here. Source: "List Futures Positions".
///
/// **Units**: contracts; [`Instrument::contract_size`](crate::Instrument::contract_size) says how much one is.
impl Endpoint<CoinbaseVenue> for GetPositions {
    type Reply = Vec<Position>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::Positions.path();

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(POSITIONS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft, Fixed::Positions, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Position>, RestError> {
        replies::positions(response, self.symbol)
    }
}

/// Has the venue place the market order that closes a position, or so much of it. The page's example has its size as a number, and the
/// venue's own client sends text, as all sizes are. Source: "Close Current Position".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct ClosePosition {
    /// The id that names this order from now on.
    pub id: ClientOrderId,
    /// The position's product.
    pub symbol: Symbol,
    /// How many contracts; `None` for all.
    pub quantity: Option<Decimal>,
}

impl Endpoint<CoinbaseVenue> for ClosePosition {
    type Reply = OrderAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = Fixed::ClosePosition.path();

    fn cost(&self) -> Cost {
        SIGNED.is_cancel()
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(OrderRef::by_id(self.symbol, self.id))
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = venue.signer()?.authorize(draft, Fixed::ClosePosition, window)?.start_body();
        draft.put("{\"client_order_id\":\"").put(client_id(&self.id)?);
        draft.put("\",\"product_id\":\"").put(product(&self.symbol)?).put("\"");
        if let Some(quantity) = self.quantity {
            put_positive(&mut draft, ",\"size\":\"", "quantity", quantity)?;
        }
        draft.put("}");
        draft.finish()
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        replies::accepted(response, self.symbol, self.id)
    }
}

/// Most bytes of a list of positions: each has some 300.
const POSITIONS_BYTES_MAX: usize = 512 * 1024;
