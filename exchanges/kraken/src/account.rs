//! What the account holds, what it traded, what it pays.
//!
//! **Source** of all: <https://docs.kraken.com/api/docs/rest-api/get-extended-balance> and the pages beside it, read 2026-08-25.

use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Cost, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, Method, Request, Response,
    RestError, Window,
};

use crate::fields::{Fields, pair};
use crate::limits::HISTORY;
use crate::{KrakenVenue, replies};

/// What the account has of each coin, by the venue's names for them (`XXBT`, `ZUSD`): what open orders hold is locked, all else, credit
/// included, is free. 1 of the API counter. Source: "Get Extended Balance".
impl Endpoint<KrakenVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/BalanceEx";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (draft, unsigned) = venue.signer()?.start(draft, window);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// The account's latest 50 executions, those of the instrument picked out, the oldest first. 4 of the API counter. Source: "Get Trades
/// History".
///
/// The venue lists those of all pairs, from a time on or to one, the latest first. The coin of a fee is not told: it is the quote coin,
/// unless the order was [told otherwise](crate::FeeCoin).
impl Endpoint<KrakenVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/TradesHistory";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        HISTORY
    }

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        pair(&self.symbol)?;
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        match self.since {
            FillsSince::Recent => {}
            // "Exclusive", and of whole seconds: what is before the time itself is left out of the reply.
            FillsSince::Time(time) => {
                Fields::form(&mut draft).number("start", (time.ms() / 1_000).saturating_sub(1));
            }
            _ => {
                let cure = "ask for the latest, or from a time on; those of one order by QueryTrades, raw";
                return Err(BuildError::Unsupported { what: "asking for these fills", cure });
            }
        }
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self)
    }
}

/// What the venue takes of the account's trades. 1 of the API counter. Source: "Get Trade Volume".
impl Endpoint<KrakenVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/private/TradeVolume";

    fn encode<'b>(&self, venue: &KrakenVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let (mut draft, unsigned) = venue.signer()?.start(draft, window);
        Fields::form(&mut draft).text("pair", pair(&self.symbol)?);
        unsigned.sign(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Most bytes of an answer about the account: some 700 coins of 120 bytes, 50 trades of 400.
const ACCOUNT_BYTES_MAX: usize = 512 * 1024;
