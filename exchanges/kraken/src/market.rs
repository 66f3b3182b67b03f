//! Calls that need no key: prices, the clock, how the venue stands.
//!
//! **Source** of all: <https://docs.kraken.com/api/docs/rest-api/get-server-time> and the pages beside it, read 2026-08-25.

use orderwire::order::TopOfBook;
use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, GetTopOfBook, Method, Ping, Request, Response, RestError, ServerTime, Timestamp,
    Window,
};

use crate::fields::pair;
use crate::limits::FREE;
use crate::{KrakenVenue, replies};

/// The best prices of one pair. Source: "Get Order Book".
impl Endpoint<KrakenVenue> for GetTopOfBook {
    type Reply = TopOfBook;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/public/Depth";

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("pair", pair(&self.symbol)?).pair_u64("count", 1);
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<TopOfBook, RestError> {
        replies::top_of_book(response, self.symbol)
    }
}

/// The venue's clock, which tells whole seconds. Source: "Get Server Time".
impl Endpoint<KrakenVenue> for ServerTime {
    type Reply = Timestamp;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Timestamp, RestError> {
        replies::server_time(response)
    }
}

/// Whether the venue answers: it has no call for that alone, and its clock serves. Source: "Get Server Time".
impl Endpoint<KrakenVenue> for Ping {
    type Reply = ();
    const METHOD: Method = Method::Get;
    const PATH: &'static str = TIME;

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::server_time(response).map(drop)
    }
}

const TIME: &str = "/public/Time";

/// Asks what the venue takes now. Source: "Get System Status".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetSystemStatus {}

/// What the venue takes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SystemStatus {
    /// Cancels, and no new orders.
    CancelOnly,
    /// Nothing: it is being mended.
    Maintenance,
    /// Everything.
    Online,
    /// A word that this version does not know.
    Other,
    /// Cancels, and orders that are post only.
    PostOnly,
}

impl Endpoint<KrakenVenue> for GetSystemStatus {
    type Reply = SystemStatus;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/public/SystemStatus";

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<SystemStatus, RestError> {
        replies::system_status(response)
    }
}
