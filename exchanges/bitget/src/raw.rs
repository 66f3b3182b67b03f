//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use crate::SpotVenue;
use crate::sign::check_target;

/// Any call: the pairs of the query keep their order, and the body goes out as it is. A signed call gets its timestamp and signature as
/// headers; in its query nothing may need percent-encoding. `requestTime` and `receiveWindow` are the caller's to set.
///
/// The reply is handed over whatever it says; [`errors::classify`](crate::errors::classify) says what it means.
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
        for (name, _) in self.headers {
            let is = |set: &str| name.eq_ignore_ascii_case(set);
            if is("Content-Type") || self.signed && (is("ACCESS-SIGN") || is("ACCESS-TIMESTAMP")) {
                let cure = "it is set anyway: leave it out";
                return Err(BuildError::Value { field: "Content-Type, ACCESS-SIGN or ACCESS-TIMESTAMP", cure });
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
        check_target(draft.target())?;
        let (mut draft, unsigned) = signer.start(draft, window);
        draft.put(self.body);
        signer.sign_body(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
