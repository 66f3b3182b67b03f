//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use crate::CoinbaseVenue;
use crate::sign::AUTHORIZATION;

/// Any call: the pairs of the query keep their order, and the body goes out as it is. A signed call gets a token for its method and path.
///
/// The reply is handed over whatever it says; [`errors::classify`](crate::errors::classify) says what it means.
impl Endpoint<CoinbaseVenue> for RawCall<'_> {
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

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        for (name, _) in self.headers {
            let is = |set: &str| name.eq_ignore_ascii_case(set);
            if is("Content-Type") || is("User-Agent") || self.signed && is(AUTHORIZATION) {
                let cure = "it is set anyway: leave it out";
                return Err(BuildError::Value { field: "Content-Type, User-Agent or Authorization", cure });
            }
        }
        let mut draft = draft.query();
        for (name, value) in self.query {
            draft.pair(name, value);
        }
        let mut draft = draft.headers();
        for (name, value) in self.headers {
            draft = draft.header(name, value);
        }
        if self.signed {
            draft = venue.signer()?.authorize_path(draft, window)?;
        }
        if self.body.is_empty() { draft.no_body() } else { draft.body(self.body).finish() }
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
