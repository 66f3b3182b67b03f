//! What the account holds, what it traded, what it pays.
//!
//! **Source** of all: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/accounts/list-accounts> and the pages
//! beside it, read in copies of 2026-07 to 2026-09.

use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Cost, Cursor, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, Method, Request, Response,
    RestError, Window,
};

use crate::fields::{product, venue_id};
use crate::limits::SIGNED;
use crate::orders::put_page;
use crate::sign::Fixed;
use crate::{CoinbaseVenue, replies};

/// What the account has of each coin, 250 a part: what open orders hold is locked. Source: "List Accounts".
impl Endpoint<CoinbaseVenue> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::Accounts.path();

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response)
    }

    fn encode_page<'b>(
        &self,
        venue: &CoinbaseVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        put_page(&mut draft, after);
        signer.finish(draft, Fixed::Accounts, window)
    }
}

/// The account's latest 250 executions of an instrument, of one order, or from a time on; the oldest of them first. Source: "List Fills".
///
/// The coin of a fee is not told: it is the quote coin of a pair.
impl Endpoint<CoinbaseVenue> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::Fills.path();

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response)
    }

    fn encode_page<'b>(
        &self,
        venue: &CoinbaseVenue,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        match self.since {
            FillsSince::Order(order_id) => {
                draft.pair("order_ids", venue_id(&order_id)?);
            }
            FillsSince::Recent => {}
            FillsSince::Time(time) => {
                // Digits and the letters between them, all ASCII.
                draft.pair("start_sequence_timestamp", core::str::from_utf8(&time.rfc3339()).unwrap_or_default());
            }
            _ => {
                let cure = "Coinbase's trades have no numbers: ask for those of an order, or from a time on";
                return Err(BuildError::Unsupported { what: "asking for these fills", cure });
            }
        }
        draft.pair("product_ids", product(&self.symbol)?);
        put_page(&mut draft, after);
        signer.finish(draft, Fixed::Fills, window)
    }
}

/// What the venue takes of the account's trades of a kind of products. Source: "Get Transaction Summary".
impl Endpoint<CoinbaseVenue> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::TransactionSummary.path();

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        // `BTC-USD` is a pair; `BIT-28JUL23-CDE` is a contract.
        let is_pair = product(&self.symbol)?.split('-').count() == 2;
        draft.pair("product_type", if is_pair { "SPOT" } else { "FUTURE" });
        signer.finish(draft, Fixed::TransactionSummary, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// What the key may. Source: "Get API Key Permissions".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetKeyPermissions {}

/// What a key may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyPermissions {
    /// Look.
    pub can_view: bool,
    /// Place and cancel orders.
    pub can_trade: bool,
    /// Move coins: a key of a trading program should not.
    pub can_transfer: bool,
}

impl KeyPermissions {
    pub(crate) const fn new(can_view: bool, can_trade: bool, can_transfer: bool) -> Self {
        Self { can_view, can_trade, can_transfer }
    }
}

impl Endpoint<CoinbaseVenue> for GetKeyPermissions {
    type Reply = KeyPermissions;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = Fixed::KeyPermissions.path();

    fn cost(&self) -> Cost {
        SIGNED
    }

    fn encode<'b>(&self, venue: &CoinbaseVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft, Fixed::KeyPermissions, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<KeyPermissions, RestError> {
        replies::key_permissions(response)
    }
}

/// Most bytes of a part of a list that are taken: an account has some 600, an execution 700.
const ACCOUNT_BYTES_MAX: usize = 512 * 1024;
