//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use super::SpotVenue;

/// Any call. The pairs of the query keep their order. A signed call gets what the signature needs behind them, and nothing
/// else: `timestamp`, unless the caller gave one, then `signature`. So a receive window is the caller's to give.
///
/// A body goes out as `application/x-www-form-urlencoded` unless the caller's headers say otherwise, and is signed behind
/// the query with nothing between them.
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
        let has = |wanted: &str| self.query.iter().any(|(name, _)| *name == wanted);
        let mut draft = draft.query();
        for (name, value) in self.query {
            draft.pair(name, value);
        }
        if self.signed {
            if has("signature") {
                let cure = "a signed call gets its own: leave it out, or send the call unsigned";
                return Err(BuildError::Value { field: "signature", cure });
            }
            let signer = venue.signer()?;
            if !has("timestamp") {
                draft.pair_u64("timestamp", window.now.ms());
            }
            signer.sign(&mut draft, self.body)?;
        }
        let mut draft = draft.headers();
        for (name, value) in self.headers {
            draft = draft.header(name, value);
        }
        if self.body.is_empty() {
            return draft.no_body();
        }
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
            draft = draft.header("Content-Type", "application/x-www-form-urlencoded");
        }
        draft.body(self.body).finish()
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
