//! The instruments' rules.
//!
//! **Source**: "List Public Products", <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/list-public-products>
//! and the page beside it, read in copies of 2026-07 to 2026-09.

use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, GetInstrument, GetInstruments, Instrument, Method, Request, Response, RestError,
    Window,
};

use crate::fields::product;
use crate::limits::PUBLIC;
use crate::market::put_fresh;
use crate::{CoinbaseVenue, replies};

/// The rules of one product. Source: "Get Public Product".
impl Endpoint<CoinbaseVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = PRODUCTS;

    fn cost(&self) -> Cost {
        PUBLIC
    }

    fn encode<'b>(&self, _: &CoinbaseVenue, mut draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.segment(product(&self.symbol)?);
        put_fresh(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument(response, self.symbol)
    }
}

/// The rules of all products that trade. Source: "List Public Products".
impl Endpoint<CoinbaseVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = PRODUCTS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(PRODUCTS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        PUBLIC
    }

    fn encode<'b>(&self, _: &CoinbaseVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        put_fresh(draft)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments(response)
    }
}

const PRODUCTS: &str = "/market/products";

/// Most bytes of the products' answer that are taken: some 1,000 products of 1.6 KB each, and room to grow.
const PRODUCTS_BYTES_MAX: usize = 16 * 1024 * 1024;
