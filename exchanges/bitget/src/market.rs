//! Calls that need no key: instruments, prices and the clock.
//!
//! **Source** of all: <https://www.bitget.com/api-doc/spot/market/Get-Symbols> and its neighbours, read 2026-11-26.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Draft, Endpoint, GetInstrument, GetInstruments, GetTopOfBook, Instrument, Method, Ping, Request,
    Response, RestError, ServerTime, Timestamp, Window,
};

use crate::{SpotVenue, replies};

/// The rules of one instrument. 20 a second, of an address. Source: "Get Symbol Info".
impl Endpoint<SpotVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = SYMBOLS;

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument(response, self.symbol)
    }
}

/// The rules of all instruments. 20 a second, of an address. Source: "Get Symbol Info".
impl Endpoint<SpotVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = SYMBOLS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(SYMBOLS_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments(response)
    }
}

const SYMBOLS: &str = "/spot/public/symbols";

/// Most bytes of the instruments' answer that are taken: some 1,500 of 500 bytes each, and room to grow.
const SYMBOLS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The best prices of one instrument. 20 a second, of an address. Source: "Get Ticker Information".
impl Endpoint<SpotVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/spot/market/tickers";

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book(response, self.symbol)
    }
}

/// The venue's clock. 20 a second, of an address. Source: "Get Server Time".
impl Endpoint<SpotVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time(response)
    }
}

/// Whether the venue answers: it has no call for that alone, and its clock serves. Source: "Get Server Time".
impl Endpoint<SpotVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::server_time(response).map(drop)
    }
}

const TIME: &str = "/public/time";
