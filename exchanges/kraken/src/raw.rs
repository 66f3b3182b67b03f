//! Any call of the venue, for what has no type of its own.

use core::ops::Range;

use orderwire::venue::json;
use orderwire::venue::{
    BeforeBody, Body, BuildError, Draft, Endpoint, Method, Path, RawCall, RawReply, Request, Response, RestError,
    Window,
};

use crate::KrakenVenue;
use crate::sign::Notation;

/// Any call. An unsigned one goes out as it is. A signed one is a `POST` whose body is signed: the pairs of the query are its form, or a
/// body is given, form or JSON; the nonce is added behind them unless the body has one.
///
/// The reply is handed over whatever it says; [`errors::classify`](crate::errors::classify) says what it means.
impl Endpoint<KrakenVenue> for RawCall<'_> {
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

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        if self.signed {
            return encode_signed(self, venue, draft, window);
        }
        let mut draft = draft.query();
        for (name, value) in self.query {
            draft.pair(name, value);
        }
        let draft = put_headers(self, draft.headers());
        if self.body.is_empty() { draft.no_body() } else { draft.body(self.body).finish() }
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}

fn encode_signed<'b>(
    call: &RawCall<'_>,
    venue: &KrakenVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    if call.method != Method::Post {
        return Err(BuildError::Unsupported { what: "a signed call of this method", cure: "Kraken signs POST alone" });
    }
    if !call.query.is_empty() && !call.body.is_empty() {
        let cure = "a signed call of Kraken's has a body and no query: put the pairs into it";
        return Err(BuildError::Unsupported { what: "a query beside a body", cure });
    }
    let set = ["API-Key", "API-Sign", "Content-Type"];
    if call.headers.iter().any(|(name, _)| set.iter().any(|set| name.eq_ignore_ascii_case(set))) {
        let cure = "it is set anyway: leave it out";
        return Err(BuildError::Value { field: "API-Key, API-Sign or Content-Type", cure });
    }
    let is_json = call.body.trim_ascii_start().starts_with(b"{");
    let notation = if is_json { Notation::Json } else { Notation::Form };
    let (mut draft, mut unsigned) = signer.open(put_headers(call, draft.headers()), notation);
    for (place, (name, value)) in call.query.iter().enumerate() {
        draft.put(if place > 0 { "&" } else { "" }).put_percent(name).put("=").put_percent(value);
    }
    if is_json {
        let at = json_nonce(call.body)?;
        let body = call.body.trim_ascii_end();
        match at {
            Some(at) => {
                draft.put(call.body);
                unsigned.has_nonce(at);
            }
            None => {
                // One whole object, so that its last byte closes it.
                let open = body[..body.len() - 1].trim_ascii_end();
                draft.put(open).put(if open.ends_with(b"{") { "" } else { "," }).put("\"nonce\":\"");
                unsigned.put_nonce(&mut draft, window);
                draft.put("\"}");
            }
        }
    } else if let Some(at) = form_nonce(draft.put(call.body)) {
        unsigned.has_nonce(at);
    } else {
        let lead = if draft.body_text().is_empty() { "nonce=" } else { "&nonce=" };
        draft.put(lead);
        unsigned.put_nonce(&mut draft, window);
    }
    unsigned.sign(draft)
}

fn put_headers<'b>(call: &RawCall<'_>, draft: Draft<'b, impl BeforeBody>) -> Draft<'b, orderwire::venue::Headers> {
    call.headers.iter().fold(draft.headers(), |draft, (name, value)| draft.header(name, value))
}

/// Where the value of the field stands in a form.
fn form_nonce(draft: &Draft<'_, Body>) -> Option<Range<usize>> {
    let body = draft.body_text();
    let mut start = 0;
    for field in body.split(|byte| *byte == b'&') {
        if let Some(value) = field.strip_prefix(b"nonce=") {
            let end = start + field.len();
            return Some(end - value.len()..end);
        }
        start += field.len() + 1;
    }
    None
}

/// Where the digits of the member stand in JSON: a number, or the inside of a string.
fn json_nonce(body: &[u8]) -> Result<Option<Range<usize>>, BuildError> {
    let bad = BuildError::Value { field: "the body", cure: "one whole JSON object, or a form" };
    let [nonce] = json::whole_object(body, &["nonce"]).map_err(|_| bad)?;
    let Some(nonce) = nonce else { return Ok(None) };
    let digits = nonce.as_str().unwrap_or_else(|| nonce.text());
    // The value lies in the body.
    let start = digits.as_ptr().addr() - body.as_ptr().addr();
    Ok(Some(start..start + digits.len()))
}
