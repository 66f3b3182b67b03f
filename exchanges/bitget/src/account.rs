//! What the account holds, what it traded, what it pays.
//!
//! **Source** of all: <https://www.bitget.com/api-doc/spot/account/Get-Account-Assets> and its neighbours, read 2026-11-26.

use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, Method, Request, Response, RestError,
    Window,
};

use crate::order::venue_id;
use crate::{SpotVenue, replies};

/// What the account has of each coin: what is available is free, what is frozen by orders or locked is not. 10 a second. Source: "Get
/// Account Assets".
impl Endpoint<SpotVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/spot/account/assets";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put("assetType=hold_only");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// The account's executions of the last 90 days, the latest 100 of them, the oldest first. 10 a second. Source: "Get Fills".
///
/// The venue lists them from the latest backwards: so none can be asked for from a trade on.
impl Endpoint<SpotVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/spot/trade/fills";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        match self.since {
            FillsSince::Order(order_id) => draft.pair("orderId", venue_id(&order_id)?),
            FillsSince::Recent => &mut draft,
            FillsSince::Time(time) => draft.pair_u64("startTime", time.ms()),
            _ => {
                let cure = "ask for those of an order, or from a time on: Bitget lists executions backwards alone";
                return Err(BuildError::Unsupported { what: "asking for these fills", cure });
            }
        };
        draft.put("&limit=100");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

/// What the venue takes of a trade, the same of both sides. 10 a second. Source: "Get Trade Rate".
impl Endpoint<SpotVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/common/trade-rate";

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.put("&businessType=spot");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Most bytes of an answer about the account that are taken: a trade has some 400, a coin 150.
const ACCOUNT_BYTES_MAX: usize = 1024 * 1024;
