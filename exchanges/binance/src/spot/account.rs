//! What the account holds.

use orderwire::order::Balance;
use orderwire::venue::{Balances, BuildError, Draft, Endpoint, Method, Request, Response, RestError, Timestamp};

use super::SpotVenue;
use crate::replies;

/// What the account holds, coins with nothing left out. Weight 20. Source:
/// <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#account-information-user_data>, read
/// 2026-07-21.
impl Endpoint<SpotVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, now: Timestamp) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put("omitZeroBalances=true");
        signer.finish(draft, now)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// Most bytes of an account's answer that are taken: more coins than the venue lists, 100 bytes each.
const ACCOUNT_BYTES_MAX: usize = 1024 * 1024;
