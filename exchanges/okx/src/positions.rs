//! Positions, and how an account's are kept: leverage, margin, one or two of them.
//!
//! **Source** of all: <https://www.okx.com/docs-v5/en/#trading-account-rest-api>, read 2026-07-28.

use orderwire::decimal::Decimal;
use orderwire::id::Symbol;
use orderwire::position::{Position, PositionSide};
use orderwire::venue::{
    Body, BuildError, Draft, Endpoint, GetPositions, Method, Request, Response, RestError, Text, Window,
};

use crate::order::{put_positive, put_symbol, put_word};
use crate::sign::Expires;
use crate::{OkxVenue, replies};

/// The account's positions, those on margin too. 10 in 2 s. Source: "Get positions".
///
/// **Units**: contracts; on margin the base coin, of a short position what is owed of it.
impl Endpoint<OkxVenue> for GetPositions {
    type Reply = Vec<Position>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/positions";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(POSITIONS_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        if let Some(symbol) = self.symbol {
            draft.pair("instId", symbol.as_str());
        }
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Position>, RestError> {
        replies::positions(response, self.symbol)
    }
}

/// With what a position is margined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a position shares its margin or does not")]
pub enum MarginMode {
    /// All that the account has.
    Cross,
    /// An amount of its own.
    Isolated,
}

fn put_mode(draft: &mut Draft<'_, Body>, mode: MarginMode) {
    draft.put(match mode {
        MarginMode::Cross => ",\"mgnMode\":\"cross\"",
        MarginMode::Isolated => ",\"mgnMode\":\"isolated\"",
    });
}

fn put_side(draft: &mut Draft<'_, Body>, side: PositionSide) {
    match side {
        PositionSide::Long => draft.put(",\"posSide\":\"long\""),
        PositionSide::Net => draft,
        PositionSide::Short => draft.put(",\"posSide\":\"short\""),
    };
}

/// Sets the leverage of an instrument, for the position there is and for orders to come. 20 in 2 s. Source: "Set leverage".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetLeverage {
    /// Of which.
    pub symbol: Symbol,
    /// How many times its margin a position may be.
    pub leverage: Decimal,
    /// Of positions margined so.
    pub margin_mode: MarginMode,
    /// Of which of two positions, with a margin of its own in an account that keeps the two apart.
    pub position_side: PositionSide,
}

/// What leverage an instrument has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leverage {
    /// How many times its margin a position may be.
    pub leverage: Decimal,
}

impl Leverage {
    pub(crate) const fn new(leverage: Decimal) -> Self {
        Self { leverage }
    }
}

impl Endpoint<OkxVenue> for SetLeverage {
    type Reply = Leverage;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/account/set-leverage";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        put_symbol(draft.put("{\"instId\":\""), &self.symbol)?;
        put_positive(&mut draft, "\",\"lever\":\"", "leverage", self.leverage)?;
        put_mode(&mut draft, self.margin_mode);
        put_side(&mut draft, self.position_side);
        draft.put("}");
        signer.sign(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Leverage, RestError> {
        replies::leverage(response, self.symbol)
    }
}

/// Whether an account has one position in an instrument, or one for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an account has one position in an instrument, or one for each side")]
pub enum PositionMode {
    /// A long and a short one; every order of contracts says which it is for.
    Hedge,
    /// One.
    OneWay,
}

impl PositionMode {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Hedge => "long_short_mode",
            Self::OneWay => "net_mode",
        }
    }
}

/// Sets the account's position mode, while there are no positions and no open orders. 5 in 2 s. Source: "Set position mode".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetPositionMode {
    /// Which.
    pub mode: PositionMode,
}

impl Endpoint<OkxVenue> for SetPositionMode {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/account/set-position-mode";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        draft.put("{\"posMode\":\"").put(self.mode.text()).put("\"}");
        signer.sign(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::position_mode_set(response, self.mode)
    }
}

/// Closes a whole position at market. 20 in 2 s, of an instrument. Source: "Close positions".
///
/// The answer says that the venue has the request. The orders that it makes have ids of the venue's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct ClosePosition {
    /// In which instrument.
    pub symbol: Symbol,
    /// How it is margined.
    pub margin_mode: MarginMode,
    /// Which of two, where there are two.
    pub position_side: PositionSide,
    /// Whether orders that would close it too are cancelled before; else they are in the way.
    pub cancel_closing: bool,
    /// The coin of its margin, of cross positions on margin.
    pub margin_coin: Option<Text<24>>,
}

impl Endpoint<OkxVenue> for ClosePosition {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/trade/close-position";

    fn encode<'b>(&self, venue: &OkxVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let (mut draft, unsigned) = signer.start(draft, window, Expires::WithTimestamp);
        put_symbol(draft.put("{\"instId\":\""), &self.symbol)?;
        draft.put("\"");
        put_mode(&mut draft, self.margin_mode);
        put_side(&mut draft, self.position_side);
        if let Some(coin) = self.margin_coin {
            put_word(&mut draft, ",\"ccy\":\"", coin.as_str(), ("margin_coin", "a coin's name, such as USDT"))?;
        }
        if self.cancel_closing {
            draft.put(",\"autoCxl\":true");
        }
        draft.put("}");
        signer.sign(draft, unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::closed(response, self.symbol)
    }
}

/// Most bytes of the positions that are taken: more than the venue has instruments, 1.5 KB each.
const POSITIONS_BYTES_MAX: usize = 4 * 1024 * 1024;
