//! Signed questions that both markets are asked in the same words.

use orderwire::id::Symbol;
use orderwire::venue::{BuildError, Draft, FillsSince, GetFills, Request, Window};

use crate::fields::venue_id;
use crate::sign::Signer;

/// Of one instrument, or of all with `None`, and of nothing else.
pub(crate) fn of_symbol<'b>(
    symbol: Option<Symbol>,
    signer: &Signer,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let mut draft = draft.query();
    if let Some(symbol) = symbol {
        draft.pair("symbol", symbol.as_str());
    }
    signer.finish(draft, window)
}

/// Executions, as many as the venue gives at once. Source: both markets' "Account trade list": "Default: 500; Maximum: 1000".
pub(crate) fn fills<'b>(
    asked: &GetFills,
    signer: &Signer,
    draft: Draft<'b>,
    window: Window,
) -> Result<Request<'b>, BuildError> {
    let mut draft = draft.query();
    draft.pair("symbol", asked.symbol.as_str());
    match asked.since {
        FillsSince::Order(order_id) => draft.put("&orderId=").put(venue_id(&order_id)?),
        FillsSince::Recent => &mut draft,
        FillsSince::Time(time) => draft.pair_u64("startTime", time.ms()),
        FillsSince::Trade(id) => draft.pair_u64("fromId", id),
        _ => {
            let cure = "ask for those of an order, from a time or a trade on, or the latest";
            return Err(BuildError::Unsupported { what: "asking for these fills", cure });
        }
    };
    draft.put("&limit=1000");
    signer.finish(draft, window)
}
