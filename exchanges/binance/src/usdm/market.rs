//! Calls that need no key: instruments, prices, the clock.
//!
//! **Source** of all: <https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api>, read as of
//! 2026-01-15.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, GetInstrument, GetInstruments, GetTopOfBook, Instrument, Method, Observed, Ping,
    Request, Response, RestError, ServerTime, Timestamp, Window,
};

use super::UsdmVenue;
use crate::{limits, replies};

/// The rules of one instrument, out of those of all: the venue has no smaller answer. Weight 1. Source: "Exchange Information".
impl Endpoint<UsdmVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/exchangeInfo";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &UsdmVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument::<UsdmVenue>(response, self.symbol)
    }
}

/// The rules of all instruments. Weight 1. Source: "Exchange Information".
impl Endpoint<UsdmVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/exchangeInfo";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &UsdmVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments::<UsdmVenue>(response)
    }
}

/// The best prices of one instrument. Weight 2. Source: "Symbol Order Book Ticker".
impl Endpoint<UsdmVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/ticker/bookTicker";

    fn cost(&self) -> Cost {
        Cost::weight(2)
    }

    fn encode<'b>(&self, _: &UsdmVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book::<UsdmVenue>(response, self.symbol)
    }
}

/// The venue's clock. Weight 1. Source: "Check Server Time".
impl Endpoint<UsdmVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/time";

    fn encode<'b>(&self, _: &UsdmVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time::<UsdmVenue>(response)
    }
}

/// Whether the venue answers. Weight 1. Source: "Test Connectivity".
impl Endpoint<UsdmVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/ping";

    fn encode<'b>(&self, _: &UsdmVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::empty::<UsdmVenue>(response)
    }
}

/// Most bytes of the instruments' answer that are taken: some 800 of them, 3 KB each, and room to grow.
const INSTRUMENTS_BYTES_MAX: usize = 16 * 1024 * 1024;
