//! Calls that have no type of their own, written the same on every market.

use orderwire::venue::{BuildError, Draft, RawCall, Request, Window};

use crate::sign::Signer;

/// Writes a raw call; `signer` is asked for where it is signed.
pub(crate) fn encode<'b>(
    call: &RawCall<'_>,
    signer: Result<&Signer, BuildError>,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let has = |wanted: &str| call.query.iter().any(|(name, _)| *name == wanted);
    let mut draft = draft.query();
    for (name, value) in call.query {
        draft.pair(name, value);
    }
    if call.signed {
        if has("signature") {
            let cure = "a signed call gets its own: leave it out, or send the call unsigned";
            return Err(BuildError::Value { field: "signature", cure });
        }
        let signer = signer?;
        if !has("timestamp") {
            draft.pair_u64("timestamp", window.now.ms());
        }
        signer.sign(&mut draft, call.body)?;
    }
    let mut draft = draft.headers();
    for (name, value) in call.headers {
        draft = draft.header(name, value);
    }
    if call.body.is_empty() {
        return draft.no_body();
    }
    if !call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
        draft = draft.header("Content-Type", "application/x-www-form-urlencoded");
    }
    draft.body(call.body).finish()
}
