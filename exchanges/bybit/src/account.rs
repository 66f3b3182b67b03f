//! What the account holds, what it traded, what it pays.

use std::time::Duration;

use orderwire::order::{Balance, FeeRates, OrderFill};
use orderwire::venue::{
    Balances, BuildError, Cost, Draft, Endpoint, FillsSince, GetFeeRates, GetFills, Method, Request, Response,
    RestError, Window,
};

use crate::fields::{Category, venue_id};
use crate::{BybitVenue, replies};

/// What the unified account holds of each coin. Free is what its wallet has, less what was borrowed for spot trading and what open
/// orders and positions hold. Source: account/wallet-balance.
///
/// In cross margin coins vouch for each other: how much may be ordered is not a matter of one coin's balance alone.
impl<C: Category> Endpoint<BybitVenue<C>> for Balances {
    type Reply = Vec<Balance>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/wallet-balance";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.put("accountType=UNIFIED");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<Balance>, RestError> {
        replies::balances(response)
    }
}

/// The account's executions, the latest first, at most 100 of them; of the last 7 days, or of 7 days from a time on. Source:
/// order/execution.
impl<C: Category> Endpoint<BybitVenue<C>> for GetFills {
    type Reply = Vec<OrderFill>;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/execution/list";

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(ACCOUNT_BYTES_MAX)
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("category", C::WORD).pair("symbol", self.symbol.as_str());
        match self.since {
            FillsSince::Order(order_id) => draft.pair("orderId", venue_id(&order_id)?),
            FillsSince::Recent => &mut draft,
            FillsSince::Time(time) => draft.pair_u64("startTime", time.ms()),
            _ => {
                let cure =
                    "ask for those of an order, from a time on, or the latest: Bybit's ids of trades have no order";
                return Err(BuildError::Unsupported { what: "asking for these fills", cure });
            }
        };
        draft.put("&limit=100");
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Vec<OrderFill>, RestError> {
        replies::fills(response, self.symbol)
    }
}

/// What the venue takes of a trade, the same of both sides. Source: account/fee-rate.
impl<C: Category> Endpoint<BybitVenue<C>> for GetFeeRates {
    type Reply = FeeRates;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/account/fee-rate";

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("category", C::WORD).pair("symbol", self.symbol.as_str());
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<FeeRates, RestError> {
        replies::fee_rates(response, self.symbol)
    }
}

/// Most bytes of an answer about the account that are taken: a coin has some 700, a trade 600.
const ACCOUNT_BYTES_MAX: usize = 1024 * 1024;

/// Sets how long the venue waits for a private WebSocket that it no longer hears of, before it cancels the account's orders: its
/// "disconnect cancel all". Source: order/dcp.
///
/// It works while such a connection, which is not in this SDK's scope, has subscribed to the topic `dcp`, for institutional clients
/// alone. "It is recommended to query or set again after 10 seconds."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct SetDisconnectWindow {
    /// Whose orders.
    pub product: DisconnectProduct,
    /// How long, 3 to 300 whole seconds.
    pub window: Duration,
}

/// Whose orders are cancelled when a WebSocket is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectProduct {
    /// Those of contracts.
    Derivatives,
    /// Those of options.
    Options,
    /// Those of Spot.
    Spot,
}

impl<C: Category> Endpoint<BybitVenue<C>> for SetDisconnectWindow {
    type Reply = ();
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/order/disconnected-cancel-all";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &BybitVenue<C>, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let seconds = self.window.as_secs();
        if self.window.subsec_nanos() != 0 || !(3..=300).contains(&seconds) {
            return Err(BuildError::Value { field: "the window", cure: "3 to 300 whole seconds" });
        }
        let mut unsigned = signer.start_body(draft, window);
        unsigned.draft.put(match self.product {
            DisconnectProduct::Derivatives => "{\"product\":\"DERIVATIVES\",\"timeWindow\":",
            DisconnectProduct::Options => "{\"product\":\"OPTIONS\",\"timeWindow\":",
            DisconnectProduct::Spot => "{\"product\":\"SPOT\",\"timeWindow\":",
        });
        unsigned.draft.put_u64(seconds).put("}");
        signer.finish_body(unsigned)
    }

    fn decode(&self, response: &Response<'_>) -> Result<(), RestError> {
        replies::done(response)
    }
}
