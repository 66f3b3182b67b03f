//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use crate::OkxVenue;
use crate::sign::Expires;

/// Any call: the pairs of the query keep their order, and the body goes out as it is. A signed call gets its timestamp and signature as
/// headers. `expTime` is the caller's to set.
///
/// The reply is handed over whatever it says; [`errors::classify`](crate::errors::classify) says what it means.
impl Endpoint<OkxVenue> for RawCall<'_> {
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

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        for (name, _) in self.headers {
            let is = |set: &str| name.eq_ignore_ascii_case(set);
            if is("Content-Type") || self.signed && (is("OK-ACCESS-SIGN") || is("OK-ACCESS-TIMESTAMP")) {
                let cure = "it is set anyway: leave it out";
                return Err(BuildError::Value { field: "Content-Type, OK-ACCESS-SIGN or OK-ACCESS-TIMESTAMP", cure });
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
        if !self.signed {
            return if self.body.is_empty() { draft.no_body() } else { draft.body(self.body).finish() };
        }
        let signer = venue.signer()?;
        if self.body.is_empty() {
            return signer.finish(draft, window);
        }
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        draft.put(self.body);
        signer.sign(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
