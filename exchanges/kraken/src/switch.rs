//! Leaving the market: all orders at once, and the dead man's switch.

use std::time::Duration;

use orderwire::venue::{
    BuildError, CancelAllAfter, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window,
};

use crate::fields::Fields;
use crate::limits::FREE;
use crate::{KrakenVenue, replies};

/// The dead man's switch of the account: all its open orders, of every pair, are cancelled when the time is over; then it is off. Source:
/// "Cancel All Orders After X", <https://docs.kraken.com/api/docs/rest-api/cancel-all-orders-after>, read 2026-08-25.
///
/// In whole seconds, up to a day. The venue advises 60, told anew every 15 to 30.
impl Endpoint<KrakenVenue> for CancelAllAfter {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/CancelAllOrdersAfter";

    fn cost(&self) -> Cost {
        FREE.is_cancel()
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        if self.symbol.is_some() {
            let cure = "Kraken's is of the whole account: leave the symbol out";
            return Err(BuildError::Unsupported { what: "a dead man's switch of one instrument", cure });
        }
        let seconds = match self.after {
            None => 0,
            Some(after) if after.subsec_nanos() == 0 && (AFTER_MIN..=AFTER_MAX).contains(&after) => after.as_secs(),
            Some(_) => {
                return Err(BuildError::Value { field: "after", cure: "Kraken takes whole seconds, 1 to 86400" });
            }
        };
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        Fields::form(&mut draft).number("timeout", seconds);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::switched(response, self.after.is_some())
    }
}

/// Source: "Cancel All Orders After X", `timeout`; 0 switches it off.
const AFTER_MIN: Duration = Duration::from_secs(1);
const AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Cancels all open orders of the account, of every pair; answers how many they were. Source: "Cancel All Orders", read 2026-08-25.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct CancelEverything {}

impl Endpoint<KrakenVenue> for CancelEverything {
    type Reply = u64;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/CancelAll";

    fn cost(&self) -> Cost {
        FREE.is_cancel()
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (draft, unsigned) = venue.signer()?.start(draft, window);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<u64, RestError> {
        replies::all_cancelled(response)
    }
}
