//! The rules of pairs.

use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, GetInstrument, GetInstruments, Instrument, Method, Request, Response, RestError,
    Window,
};

use crate::fields::pair;
use crate::limits::FREE;
use crate::{KrakenVenue, replies};

/// The rules of one pair. Source: "Get Tradable Asset Pairs", <https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs>, read
/// 2026-08-25.
impl Endpoint<KrakenVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = PAIRS;

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("pair", pair(&self.symbol)?);
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument(response, self.symbol)
    }
}

/// The rules of all pairs, by their `altname`. Source: "Get Tradable Asset Pairs".
impl Endpoint<KrakenVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = PAIRS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(PAIRS_BYTES_MAX)
    }

    fn cost(&self) -> Cost {
        FREE
    }

    fn encode<'b>(&self, _: &KrakenVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments(response)
    }
}

const PAIRS: &str = "/public/AssetPairs";

/// Most bytes of the pairs' answer that are taken: some 1,200 pairs of 1 KB each, and room to grow.
const PAIRS_BYTES_MAX: usize = 16 * 1024 * 1024;
