//! Calls that need no key: prices and the clock.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Draft, Endpoint, GetTopOfBook, Method, Ping, Request, Response, RestError, ServerTime, Timestamp,
    Window,
};

use crate::{OkxVenue, replies};

/// The best prices of one instrument. 20 in 2 s, per address. Source: "Get ticker".
impl Endpoint<OkxVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/market/ticker";

    fn encode<'b>(&self, _: &OkxVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("instId", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book(response, self.symbol)
    }
}

/// The venue's clock. 10 in 2 s, per address. Source: "Get system time".
impl Endpoint<OkxVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/public/time";

    fn encode<'b>(&self, _: &OkxVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time(response)
    }
}

/// Whether the venue answers: it has no call for that alone, and its clock serves. 10 in 2 s, per address. Source: "Get system time".
impl Endpoint<OkxVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/public/time";

    fn encode<'b>(&self, _: &OkxVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::server_time(response).map(drop)
    }
}
