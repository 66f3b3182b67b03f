//! How an account's positions are kept: leverage, margin, one or two of them.
//!
//! **Source** of all: futures, "Change Initial Leverage", "Change Margin Type", "Change Position Mode", read as of 2026-01-15.

use orderwire::decimal::Decimal;
use orderwire::id::Symbol;
use orderwire::venue::{BuildError, Cost, Draft, Endpoint, Method, Request, Response, RestError, Window};

use super::UsdmVenue;
use super::replies;

/// Sets the leverage of an instrument, for the position there is and for orders to come. Weight 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetLeverage {
    /// Of which.
    pub symbol: Symbol,
    /// How many times its margin a position may be, 1 to 125.
    pub leverage: u8,
}

/// What leverage an instrument has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leverage {
    /// How many times its margin a position may be.
    pub leverage: u64,
    /// The most that a position may be worth with it; `None` where there is no such limit. **Units**: the margin's coin.
    pub notional_max: Option<Decimal>,
}

impl Leverage {
    pub(super) const fn new(leverage: u64, notional_max: Option<Decimal>) -> Self {
        Self { leverage, notional_max }
    }
}

impl Endpoint<UsdmVenue> for SetLeverage {
    type Reply = Leverage;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/leverage";

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        if !(1..=LEVERAGE_MAX).contains(&self.leverage) {
            return Err(BuildError::Value { field: "leverage", cure: "1 to 125" });
        }
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str()).pair_u64("leverage", self.leverage.into());
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Leverage, RestError> {
        replies::leverage(response, self)
    }
}

/// Source: "Change Initial Leverage": "int from 1 to 125".
const LEVERAGE_MAX: u8 = 125;

/// What an instrument's positions are margined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a position shares its margin or does not")]
pub enum MarginType {
    /// The whole wallet, together with others.
    Crossed,
    /// An amount of its own.
    Isolated,
}

/// Sets what an instrument's positions are margined with, while there are no positions and no open orders. Weight 1.
///
/// That it is so already is refused, with code -4046.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetMarginType {
    /// Of which.
    pub symbol: Symbol,
    /// With what.
    pub margin_type: MarginType,
}

impl Endpoint<UsdmVenue> for SetMarginType {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/marginType";

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("symbol", self.symbol.as_str());
        draft.put(match self.margin_type {
            MarginType::Crossed => "&marginType=CROSSED",
            MarginType::Isolated => "&marginType=ISOLATED",
        });
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}

/// Whether an account has one position in an instrument, or one for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an account has one position in an instrument, or one for each side")]
pub enum PositionMode {
    /// A long and a short one; every order says which it is for.
    Hedge,
    /// One.
    OneWay,
}

/// Sets the account's position mode, of all instruments, while there are no positions and no open orders. Weight 1.
///
/// That it is so already is refused, with code -4059.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetPositionMode {
    /// Which.
    pub mode: PositionMode,
}

impl Endpoint<UsdmVenue> for SetPositionMode {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/v1/positionSide/dual";

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put(match self.mode {
            PositionMode::Hedge => "dualSidePosition=true",
            PositionMode::OneWay => "dualSidePosition=false",
        });
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}

/// Asks for the account's position mode. Weight 30. Source: "Get Current Position Mode".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct GetPositionMode {}

impl Endpoint<UsdmVenue> for GetPositionMode {
    type Reply = PositionMode;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/v1/positionSide/dual";

    fn cost(&self) -> Cost {
        Cost::weight(30)
    }

    fn encode<'b>(&self, venue: &UsdmVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        venue.signer()?.finish(draft.query(), window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<PositionMode, RestError> {
        replies::position_mode(response)
    }
}
