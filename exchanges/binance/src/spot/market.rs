//! Calls that need no key: instruments, prices, the clock.
//!
//! **Source** of all: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#public-api-endpoints>,
//! read 2026-07-21.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, GetInstrument, GetInstruments, GetTopOfBook, Instrument, Method, Observed, Ping,
    Request, Response, RestError, ServerTime, Timestamp, Window,
};

use super::SpotVenue;
use crate::{limits, replies};

/// The rules of one instrument. Weight 20. Source: rest-api.md, "Exchange information"; filters.md.
impl Endpoint<SpotVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/exchangeInfo";

    fn cost(&self) -> Cost {
        Cost::weight(20)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENT_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument::<SpotVenue>(response, self.symbol)
    }
}

/// The rules of all instruments. Weight 20. Source: rest-api.md, "Exchange information".
impl Endpoint<SpotVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/exchangeInfo";

    fn cost(&self) -> Cost {
        Cost::weight(20)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        // Which account may trade what is not asked for: it is most of the answer.
        draft.put("showPermissionSets=false");
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments::<SpotVenue>(response)
    }
}

/// The best prices of one instrument. Weight 2. Source: rest-api.md, "Symbol order book ticker".
impl Endpoint<SpotVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/ticker/bookTicker";

    fn cost(&self) -> Cost {
        Cost::weight(2)
    }

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book::<SpotVenue>(response, self.symbol)
    }
}

/// The venue's clock. Weight 1. Source: rest-api.md, "Check server time".
impl Endpoint<SpotVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/time";

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time::<SpotVenue>(response)
    }
}

/// Whether the venue answers. Weight 1. Source: rest-api.md, "Test connectivity".
impl Endpoint<SpotVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/ping";

    fn encode<'b>(&self, _: &SpotVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::empty::<SpotVenue>(response)
    }
}

/// Most bytes of all instruments' answer that are taken: some 3,000 of them, 5 KB each.
const INSTRUMENTS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most bytes of one instrument's answer that are taken; those seen have some 10 KB, with rate limits and permissions.
const INSTRUMENT_BYTES_MAX: usize = 1024 * 1024;
