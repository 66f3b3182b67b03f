//! Kinds of instruments, and their rules.

use orderwire::id::{SYMBOL_BYTES_MAX, Symbol};
use orderwire::venue::{
    BuildError, Draft, Endpoint, GetInstrument, GetInstruments, Instrument, Method, Request, Response, RestError,
    Window,
};

use crate::{OkxVenue, replies};

/// What kind of instrument it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// A contract with a date.
    Futures,
    /// A pair of coins on margin: named as on spot.
    Margin,
    /// An option.
    Option,
    /// A pair of coins.
    Spot,
    /// A perpetual contract.
    Swap,
}

impl InstrumentKind {
    /// What kind the name says: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USD-260925`, `BTC-USD-260925-60000-C`. A pair of coins is spot.
    ///
    /// `None` for names of another form.
    #[inline]
    #[must_use]
    pub fn of(symbol: &Symbol) -> Option<Self> {
        let name = symbol.as_str();
        match dashes(name.as_bytes()) {
            1 => Some(Self::Spot),
            2 if name.ends_with("-SWAP") => Some(Self::Swap),
            2 => Some(Self::Futures),
            4 => Some(Self::Option),
            _ => None,
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Futures => "FUTURES",
            Self::Margin => "MARGIN",
            Self::Option => "OPTION",
            Self::Spot => "SPOT",
            Self::Swap => "SWAP",
        }
    }

    /// Whether it counts contracts.
    pub(crate) const fn is_derivative(self) -> bool {
        matches!(self, Self::Futures | Self::Option | Self::Swap)
    }
}

/// How many dashes there are, of eight bytes at once: every order asks.
#[inline]
fn dashes(name: &[u8]) -> u8 {
    let count = |bytes: &[u8]| bytes.iter().fold(0, |count, &byte| count + u8::from(byte == b'-'));
    let (eights, rest) = name.as_chunks::<8>();
    eights.iter().fold(count(rest), |dashes, eight| dashes + count(eight))
}
// Not one more than a byte counts.
const _: () = assert!(SYMBOL_BYTES_MAX <= u8::MAX as usize);

/// The kind that a call has to name.
#[inline]
pub(crate) fn needed(symbol: &Symbol) -> Result<InstrumentKind, BuildError> {
    InstrumentKind::of(symbol).ok_or(BuildError::Value {
        field: "the symbol",
        cure: "OKX's look like BTC-USDT, BTC-USDT-SWAP, BTC-USD-260925 or BTC-USD-260925-60000-C",
    })
}

/// What contracts have in common: `BTC-USD` of `BTC-USD-SWAP`.
pub(crate) fn family(symbol: &Symbol) -> &str {
    let name = symbol.as_str();
    match name.match_indices('-').nth(1) {
        Some((at, _)) => &name[..at],
        None => name,
    }
}

/// The rules of one instrument. 20 in 2 s, per address and kind. Source: "Get instruments".
impl Endpoint<OkxVenue> for GetInstrument {
    type Reply = Instrument;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = INSTRUMENTS;

    fn encode<'b>(&self, _: &OkxVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("instType", needed(&self.symbol)?.text()).pair("instId", self.symbol.as_str());
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Instrument, RestError> {
        replies::instrument(response, self.symbol)
    }
}

/// The rules of all pairs of coins: the venue has a list for each kind. 20 in 2 s. Source: "Get instruments".
///
/// Others by [`GetInstrumentsOf`].
impl Endpoint<OkxVenue> for GetInstruments {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = INSTRUMENTS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        GetInstrumentsOf { kind: InstrumentKind::Spot, family: None }.encode(venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments(response)
    }
}

/// Asks for the rules of all instruments of a kind. 20 in 2 s, per address and kind. Source: "Get instruments".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetInstrumentsOf {
    /// Of which kind.
    pub kind: InstrumentKind,
    /// What they have in common, `BTC-USD`: of contracts and options, and needed of the latter.
    pub family: Option<Symbol>,
}

impl Endpoint<OkxVenue> for GetInstrumentsOf {
    type Reply = Vec<Instrument>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = INSTRUMENTS;

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(INSTRUMENTS_BYTES_MAX)
    }

    fn encode<'b>(&self, _: &OkxVenue, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.query();
        draft.pair("instType", self.kind.text());
        match self.family {
            Some(family) => {
                draft.pair("instFamily", family.as_str());
            }
            None if self.kind == InstrumentKind::Option => {
                let cure = "options are listed by family: family: Some(Symbol::new(\"BTC-USD\")?)";
                return Err(BuildError::MissingField { field: "the family", cure });
            }
            None => {}
        }
        draft.no_body()
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Instrument>, RestError> {
        replies::instruments(response)
    }
}

const INSTRUMENTS: &str = "/public/instruments";

/// Most bytes of the instruments' answer that are taken: some 1,500 options of 1.2 KB each, and room to grow.
const INSTRUMENTS_BYTES_MAX: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_kind_and_the_family() {
        use InstrumentKind::{Futures, Option, Spot, Swap};
        for (name, kind, family) in [
            ("BTC-USDT", Some(Spot), "BTC-USDT"),
            ("BTC-USDT-SWAP", Some(Swap), "BTC-USDT"),
            ("BTC-USD-260925", Some(Futures), "BTC-USD"),
            ("BTC-USD-260925-60000-C", Some(Option), "BTC-USD"),
            ("BTCUSDT", None, "BTCUSDT"),
            ("A-B-C-D", None, "A-B"),
        ] {
            let symbol = Symbol::new(name).unwrap();
            assert_eq!((InstrumentKind::of(&symbol), self::family(&symbol)), (kind, family));
        }
    }
}
