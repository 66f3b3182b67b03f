//! Positions on margin.

use orderwire::position::Position;
use orderwire::venue::{BuildError, Draft, Endpoint, GetPositions, Method, Request, Response, RestError, Window};

use crate::{KrakenVenue, replies};

/// The account's open positions on margin, one a pair: the venue tells of each order that opened them, and they are added up here. 1 of
/// the API counter. Source: "Get Open Positions", <https://docs.kraken.com/api/docs/rest-api/get-open-positions>, read 2026-08-25.
///
/// Listed without an instrument they have the names of the venue's ids, `XXBTZUSD`.
impl Endpoint<KrakenVenue> for GetPositions {
    type Reply = Vec<Position>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/OpenPositions";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(POSITIONS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (draft, unsigned) = venue.signer()?.start(draft, window);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Position>, RestError> {
        replies::positions(response, self.symbol)
    }
}

/// Most bytes of a list of positions: each order that opened one has some 400.
const POSITIONS_BYTES_MAX: usize = 4 * 1024 * 1024;
