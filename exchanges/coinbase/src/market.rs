//! Calls that need no key: prices, the clock.
//!
//! The venue keeps their answers for a second; `Cache-Control: no-cache` asks for a fresh one.
//!
//! **Source** of all: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-book> and the
//! pages beside it, read in copies of 2026-07 to 2026-09.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BeforeBody, BuildError, Cost, Draft, Endpoint, GetTopOfBook, Method, Ping, Request, Response, RestError,
    ServerTime, Timestamp, Window,
};

use crate::fields::product;
use crate::limits::PUBLIC;
use crate::{CoinbaseVenue, replies};

/// The best prices of one product. Source: "Get Public Product Book".
impl Endpoint<CoinbaseVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/product_book";

    fn cost(&self) -> Cost {
        PUBLIC
    }

    fn encode<'b>(&self, _: &CoinbaseVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("product_id", product(&self.symbol)?).pair_u64("limit", 1);
        put_fresh(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book(response, self.symbol)
    }
}

/// The venue's clock. Source: "Get Server Time".
impl Endpoint<CoinbaseVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn cost(&self) -> Cost {
        PUBLIC
    }

    fn encode<'b>(&self, _: &CoinbaseVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        put_fresh(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time(response)
    }
}

/// Whether the venue answers: it has no call for that alone, and its clock serves. Source: "Get Server Time".
impl Endpoint<CoinbaseVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn cost(&self) -> Cost {
        PUBLIC
    }

    fn encode<'b>(&self, _: &CoinbaseVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        put_fresh(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::server_time(response).map(drop)
    }
}

/// Ends a public call.
pub(crate) fn put_fresh<'b>(draft: Draft<'b, impl BeforeBody>) -> Result<Request<'b>, BuildError> {
    draft.header("Cache-Control", "no-cache").no_body()
}

const TIME: &str = "/time";
