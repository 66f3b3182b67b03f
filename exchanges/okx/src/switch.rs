//! Leaving the market: the dead man's switch, and market maker protection's own way out.

use std::time::Duration;

use orderwire::id::Symbol;
use orderwire::venue::{
    BuildError, CancelAllAfter, Cost, Draft, Endpoint, Method, Request, Response, RestError, Text, Window,
};

use crate::order::{TAG_RULE, put_symbol, put_word};
use crate::sign::Expires;
use crate::{OkxVenue, replies};

/// The dead man's switch of the account: all its open orders, of every instrument, are cancelled when the time is over. 1 in 1 s. Source:
/// "Cancel All After".
///
/// In whole seconds, 10 to 120. "The cancelling may take several seconds."
impl Endpoint<OkxVenue> for CancelAllAfter {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = AFTER;

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        if self.symbol.is_some() {
            let cure = "OKX's is of the whole account: leave the symbol out, or mark orders and use CancelTagAfter";
            return Err(BuildError::Unsupported { what: "a dead man's switch of one instrument", cure });
        }
        encode_after(self.after, None, venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::switched(response, self.after.is_some())
    }
}

/// The dead man's switch of the orders that carry a mark, [`OkxOrder::tag`](crate::OkxOrder::tag); the account may have 20 of them.
/// 1 in 1 s, of a mark. Source: "Cancel All After".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct CancelTagAfter {
    /// The mark, 16 letters and digits at most.
    pub tag: Text<16>,
    /// How long from now, at the venue, in whole seconds; `None` switches it off.
    pub after: Option<Duration>,
}

impl Endpoint<OkxVenue> for CancelTagAfter {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = AFTER;

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        encode_after(self.after, Some(&self.tag), venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::switched(response, self.after.is_some())
    }
}

fn encode_after<'b>(
    after: Option<Duration>,
    tag: Option<&Text<16>>,
    venue: &OkxVenue,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let signer = venue.signer()?;
    let seconds = match after {
        None => 0,
        Some(after) if after.subsec_nanos() == 0 && (AFTER_MIN..=AFTER_MAX).contains(&after) => after.as_secs(),
        Some(_) => {
            return Err(BuildError::Value { field: "after", cure: "OKX takes whole seconds, 10 to 120" });
        }
    };
    let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
    draft.put("{\"timeOut\":\"").put_u64(seconds).put("\"");
    if let Some(tag) = tag {
        put_word(&mut draft, ",\"tag\":\"", tag.as_str(), ("tag", TAG_RULE))?;
    }
    draft.put("}");
    signer.sign(draft, unsigned)
}

const AFTER: &str = "/trade/cancel-all-after";

/// Source: "Cancel All After", `timeOut`.
const AFTER_MIN: Duration = Duration::from_secs(10);
const AFTER_MAX: Duration = Duration::from_secs(120);

/// Cancels all of the account's orders under market maker protection in a family of options. 5 in 2 s. Source: "Mass Cancel Order".
///
/// For accounts that margin by portfolio and have the venue's leave. It is all or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct MassCancel {
    /// What the options have in common: `BTC-USD`.
    pub family: Symbol,
    /// For how long new orders there are refused with 54008 then, 10 seconds at most.
    pub lock: Duration,
}

impl Endpoint<OkxVenue> for MassCancel {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/mass-cancel";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        if self.lock > LOCK_MAX || !self.lock.subsec_nanos().is_multiple_of(1_000_000) {
            return Err(BuildError::Value { field: "lock", cure: "whole milliseconds, at most 10 seconds" });
        }
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        put_symbol(draft.put("{\"instType\":\"OPTION\",\"instFamily\":\""), &self.family)?;
        // Checked to be small.
        let ms = u64::try_from(self.lock.as_millis()).unwrap_or_default();
        draft.put("\",\"lockInterval\":\"").put_u64(ms).put("\"}");
        signer.sign(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::all_cancelled(response)
    }
}

/// Source: "Mass Cancel Order", `lockInterval`.
const LOCK_MAX: Duration = Duration::from_secs(10);
