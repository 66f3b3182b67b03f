//! The account's positions in contracts, and how they are kept.

use orderwire::decimal::Decimal;
use orderwire::id::Symbol;
use orderwire::position::Position;
use orderwire::venue::{
    BuildError, Cursor, Draft, Endpoint, GetPositions, Method, Request, Response, RestError, Window,
};

use crate::fields::{Category, put_positive, put_symbol};
use crate::orders::put_cursor;
use crate::{BybitVenue, replies};

/// The account's positions in contracts, 200 a page; those that are empty are left out. Source: position/position.
impl<C: Category> Endpoint<BybitVenue<C>> for GetPositions {
    type Reply = Vec<Position>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/position/list";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(POSITIONS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.encode_page(venue, draft, window, None)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Position>, RestError> {
        replies::positions(response, self.symbol)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        replies::next_page(response, POSITIONS_PAGE)
    }

    fn encode_page<'b>(
        &self,
        venue: &BybitVenue<C>,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let settle_coin = C::SETTLE_COIN.ok_or(SPOT_HAS_NONE)?;
        let mut draft = draft.query();
        draft.pair("category", C::WORD);
        match self.symbol {
            Some(symbol) => draft.pair("symbol", symbol.as_str()),
            None => draft.pair("settleCoin", settle_coin),
        };
        draft.pair_u64("limit", POSITIONS_PAGE as u64);
        put_cursor(&mut draft, after);
        signer.finish(draft, window)
    }
}

const SPOT_HAS_NONE: BuildError = BuildError::Unsupported {
    what: "this call on Spot",
    cure: "a spot account has balances: contracts have positions",
};

/// Most positions of one page. Source: position/position, `limit`.
const POSITIONS_PAGE: usize = 200;

/// Most bytes of a page: a position has some 1,200.
const POSITIONS_BYTES_MAX: usize = 1024 * 1024;

/// Sets the leverage of a contract, for the position there is and for orders to come. Source: position/leverage.
///
/// That it is so already is refused, with code 110043.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetLeverage {
    /// Of which.
    pub symbol: Symbol,
    /// How many times its margin the long position may be, from 1 on.
    pub buy: Decimal,
    /// The same of the short one: in one-way mode, and in cross margin, it has to be the same.
    pub sell: Decimal,
}

impl<C: Category> Endpoint<BybitVenue<C>> for SetLeverage {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/position/set-leverage";

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        C::SETTLE_COIN.ok_or(SPOT_HAS_NONE)?;
        if self.buy < Decimal::ONE || self.sell < Decimal::ONE {
            return Err(BuildError::Value { field: "leverage", cure: "from 1 on" });
        }
        let mut unsigned = signer.start_body(draft, window);
        unsigned.draft.put(C::BODY);
        put_symbol(&mut unsigned.draft, ",", self.symbol)?;
        put_positive(&mut unsigned.draft, ",\"buyLeverage\":\"", "leverage", self.buy)?;
        put_positive(&mut unsigned.draft, ",\"sellLeverage\":\"", "leverage", self.sell)?;
        unsigned.draft.put("}");
        signer.finish_body(unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}

/// Whether an account has one position in a contract, or one for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an account has one position in a contract, or one for each side")]
pub enum PositionMode {
    /// A long and a short one; every order says which it is for.
    Hedge,
    /// One.
    OneWay,
}

/// Sets the position mode of a contract, while it has no position and no open orders. Perpetual contracts in USDT alone have both.
/// Source: position/position-mode.
///
/// That it is so already is refused, with code 110025.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetPositionMode {
    /// Of which.
    pub symbol: Symbol,
    /// Which mode.
    pub mode: PositionMode,
}

impl<C: Category> Endpoint<BybitVenue<C>> for SetPositionMode {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/position/switch-mode";

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        C::SETTLE_COIN.ok_or(SPOT_HAS_NONE)?;
        let mut unsigned = signer.start_body(draft, window);
        unsigned.draft.put(C::BODY);
        put_symbol(&mut unsigned.draft, ",", self.symbol)?;
        unsigned.draft.put(match self.mode {
            PositionMode::Hedge => ",\"mode\":3}",
            PositionMode::OneWay => ",\"mode\":0}",
        });
        signer.finish_body(unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}
