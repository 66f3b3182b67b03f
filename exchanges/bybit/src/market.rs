//! Instruments, best prices, the venue's clock. None of it is signed.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Cursor, Draft, Endpoint, GetInstrument, GetInstruments, GetTopOfBook, Instrument, Method, Observed,
    Ping, Request, Response, RestError, ServerTime, Timestamp, Window,
};

use crate::fields::Category;
use crate::orders::put_cursor;
use crate::{BybitVenue, limits, replies};

/// The rules of one instrument. Source: market/instrument.
impl<C: Category> Endpoint<BybitVenue<C>> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/instruments-info";

    fn encode<'b>(&self, _: &BybitVenue<C>, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("category", C::WORD).pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn_address(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument::<C>(response, self.symbol)
    }
}

/// The rules of all instruments of the category, 1,000 a page. Source: market/instrument.
impl<C: Category> Endpoint<BybitVenue<C>> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/instruments-info";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments::<C>(response)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response, INSTRUMENTS_PAGE)
    }

    fn encode_page<'b>(
        &self,
        _: &BybitVenue<C>,
        draft: Draft<'b>,
        _: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("category", C::WORD);
        // "Spot does not support pagination, so limit, cursor are invalid."
        if !C::IS_SPOT {
            draft.pair_u64("limit", INSTRUMENTS_PAGE as u64);
            put_cursor(&mut draft, after);
        }
        draft.no_body()
    }
}

/// Most instruments of one page. Source: market/instrument, `limit`.
const INSTRUMENTS_PAGE: usize = 1_000;

/// Most bytes of the instruments' answer that are taken: a page of contracts has 1,000, 1.5 KB each, and room to grow.
const INSTRUMENTS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The best prices of one instrument, out of its ticker. Source: market/tickers.
impl<C: Category> Endpoint<BybitVenue<C>> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/tickers";

    fn encode<'b>(&self, _: &BybitVenue<C>, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("category", C::WORD).pair("symbol", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book(response, self.symbol)
    }
}

/// The venue's clock. Source: market/time.
impl<C: Category> Endpoint<BybitVenue<C>> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/time";

    fn encode<'b>(&self, _: &BybitVenue<C>, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        limits::learn_address(response, observed);
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time(response)
    }
}

/// Whether the venue answers: it has no call but its clock for that. Source: market/time.
impl<C: Category> Endpoint<BybitVenue<C>> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/time";

    fn encode<'b>(&self, _: &BybitVenue<C>, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}
