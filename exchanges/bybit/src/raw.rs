//! Any call of the venue, for what has no type of its own.

use orderwire::venue::{
    BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError, Window,
};

use crate::BybitVenue;
use crate::fields::Category;

/// Any call: the pairs of the query keep their order, and a signed call gets the venue's four headers. Of a `GET` the query is signed,
/// of all others the body.
///
/// The reply is handed over whatever it says; [`errors::classify`](crate::errors::classify) says what it means.
impl<C: Category> Endpoint<BybitVenue<C>> for RawCall<'_> {
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

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        for (name, value) in self.query {
            draft.pair(name, value);
        }
        let is_get = matches!(self.method, Method::Get | Method::Head);
        if self.signed {
            let signer = venue.signer()?;
            if self.headers.iter().any(|(name, _)| is_of_signature(name)) {
                let cure = "a signed call gets its own X-BAPI- headers: leave them out, or send the call unsigned";
                return Err(BuildError::Value { field: "a header", cure });
            }
            if !is_get {
                let mut unsigned = signer.start_signed(draft.headers(), &window, self.headers);
                unsigned.draft.put(self.body);
                return signer.finish_body(unsigned);
            }
            if !self.body.is_empty() {
                let cure = "Bybit answers 403 to a GET with one: put the parameters in the query";
                return Err(BuildError::Value { field: "the body", cure });
            }
            let head = signer.sign_query(draft, &window)?;
            return self.headers.iter().fold(head, |head, (name, value)| head.header(name, value)).no_body();
        }
        let mut head = self.headers.iter().fold(draft.headers(), |head, (name, value)| head.header(name, value));
        if self.body.is_empty() {
            return head.no_body();
        }
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
            head = head.header("Content-Type", "application/json");
        }
        head.body(self.body).finish()
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}

fn is_of_signature(name: &str) -> bool {
    ["X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN"]
        .iter()
        .any(|of_signature| name.eq_ignore_ascii_case(of_signature))
}
