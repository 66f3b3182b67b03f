//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use super::SpotVenue;
use crate::raw;

/// Any call. The pairs of the query keep their order. A signed call gets what the signature needs behind them, and nothing
/// else: `timestamp`, unless the caller gave one, then `signature`. So a receive window is the caller's to give.
///
/// A body goes out as `application/x-www-form-urlencoded` unless the caller's headers say otherwise, and is signed behind
/// the query with nothing between them.
///
/// The reply is handed over whatever it says; [`errors::classify`](super::errors::classify) says what it means.
impl Endpoint<SpotVenue> for RawCall<'_> {
    type Reply = RawReply;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "";

    fn method(&self) -> Method {
        self.method
    }

    fn path(&self) -> Path<'_> {
        Path::Absolute(self.path)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(self.reply_bytes_max)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        raw::encode(self, venue.signer(), draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
