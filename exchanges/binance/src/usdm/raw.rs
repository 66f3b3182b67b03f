//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use super::UsdmVenue;
use crate::raw;

/// Any call, written as for [Spot](crate::spot): the pairs of the query keep their order, and a signed call gets `timestamp` and
/// `signature` behind them.
///
/// The reply is handed over whatever it says; [`errors::classify`](super::errors::classify) says what it means.
impl Endpoint<UsdmVenue> for RawCall<'_> {
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

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        raw::encode(self, venue.signer(), draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
