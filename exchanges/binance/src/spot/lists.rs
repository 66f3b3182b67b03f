//! Order lists: orders that trigger or cancel one another at the venue.
//!
//! **Source** of all: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#order-lists>, read 2026-07-21.

use arrayvec::ArrayVec;
use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, Symbol};
use orderwire::order::{CancelAck, OrderAck, OrderRef, StatusWord};
use orderwire::venue::{
    BuildError, Cost, Draft, Endpoint, Literal, Method, Path, Query, Request, Response, RestError, Timestamp, Window,
};

use super::SpotVenue;
use super::order::{Common, SpotOrder, put_client_id, put_leg};
use super::replies;
use crate::fields::{ResponseType, SelfTradePrevention, put_positive, side_text};

/// Most orders of one list.
pub const LIST_ORDERS_MAX: usize = 3;

/// Orders that trigger or cancel one another. Weight 1; each order counts.
///
/// Each order is written as if it stood alone, with a client order id of its own; the list has one too, apart from theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderList {
    /// The id that names the list.
    pub id: ClientOrderId,
    /// Which orders, and how they hang together.
    pub orders: ListOrders,
    /// What happens when one of them meets an order of the same account.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// How much the venue shall answer.
    pub response: ResponseType,
}

/// How the orders of a list hang together. "Above" and "below" are seen from the market's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListOrders {
    /// One cancels the other. Both have one side and one quantity; one is a post-only or take-profit order, the other a
    /// stop.
    Oco {
        /// The one above the market.
        above: SpotOrder,
        /// The one below.
        below: SpotOrder,
    },
    /// One pays for the other: the second sells what the first, a buy, has bought. Its quantity is zero here.
    Opo {
        /// The one that works at once: a limit or post-only order.
        working: SpotOrder,
        /// The one that comes when the first is filled.
        pending: SpotOrder,
    },
    /// One pays for an OCO, whose quantities are zero here.
    Opoco {
        /// The one that works at once.
        working: SpotOrder,
        /// The one above the market that comes when the first is filled.
        above: SpotOrder,
        /// The one below.
        below: SpotOrder,
    },
    /// One triggers the other.
    Oto {
        /// The one that works at once: a limit or post-only order.
        working: SpotOrder,
        /// The one that comes when the first is filled.
        pending: SpotOrder,
    },
    /// One triggers an OCO, both of one side and one quantity.
    Otoco {
        /// The one that works at once.
        working: SpotOrder,
        /// The one above the market that comes when the first is filled.
        above: SpotOrder,
        /// The one below.
        below: SpotOrder,
    },
}

impl OrderList {
    /// A list of these orders; the answer is [`ResponseType::Result`].
    #[must_use]
    pub const fn new(id: ClientOrderId, orders: ListOrders) -> Self {
        Self { id, orders, self_trade_prevention: None, response: ResponseType::Result }
    }

    /// One cancels the other.
    #[must_use]
    pub fn oco(id: ClientOrderId, above: impl Into<SpotOrder>, below: impl Into<SpotOrder>) -> Self {
        Self::new(id, ListOrders::Oco { above: above.into(), below: below.into() })
    }

    /// One pays for the other, whose quantity is zero here.
    #[must_use]
    pub fn opo(id: ClientOrderId, working: impl Into<SpotOrder>, pending: impl Into<SpotOrder>) -> Self {
        Self::new(id, ListOrders::Opo { working: working.into(), pending: pending.into() })
    }

    /// One pays for a pair of which one cancels the other; their quantities are zero here.
    #[must_use]
    pub fn opoco(
        id: ClientOrderId,
        working: impl Into<SpotOrder>,
        above: impl Into<SpotOrder>,
        below: impl Into<SpotOrder>,
    ) -> Self {
        Self::new(id, ListOrders::Opoco { working: working.into(), above: above.into(), below: below.into() })
    }

    /// One triggers the other.
    #[must_use]
    pub fn oto(id: ClientOrderId, working: impl Into<SpotOrder>, pending: impl Into<SpotOrder>) -> Self {
        Self::new(id, ListOrders::Oto { working: working.into(), pending: pending.into() })
    }

    /// One triggers a pair of which one cancels the other.
    #[must_use]
    pub fn otoco(
        id: ClientOrderId,
        working: impl Into<SpotOrder>,
        above: impl Into<SpotOrder>,
        below: impl Into<SpotOrder>,
    ) -> Self {
        Self::new(id, ListOrders::Otoco { working: working.into(), above: above.into(), below: below.into() })
    }

    /// The same list, answered so.
    #[must_use]
    pub const fn response(self, response: ResponseType) -> Self {
        Self { response, ..self }
    }

    /// The same list with another rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The instrument of its first order, which all have to have.
    #[must_use]
    pub fn symbol(&self) -> Symbol {
        self.legs()[0].order.symbol
    }

    /// What names the list.
    #[must_use]
    pub fn list(&self) -> ListRef {
        ListRef { symbol: self.symbol(), id: Some(self.id), list_id: None }
    }

    /// Its orders, in the venue's order.
    pub(crate) fn legs(&self) -> ArrayVec<&SpotOrder, LIST_ORDERS_MAX> {
        match &self.orders {
            ListOrders::Oco { above, below } => [above, below].into_iter().collect(),
            ListOrders::Opo { working, pending } | ListOrders::Oto { working, pending } => {
                [working, pending].into_iter().collect()
            }
            ListOrders::Opoco { working, above, below } | ListOrders::Otoco { working, above, below } => {
                [working, above, below].into_iter().collect()
            }
        }
    }
}

impl Endpoint<SpotVenue> for OrderList {
    type Reply = OrderListAck;
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/orderList/oco";

    fn cost(&self) -> Cost {
        // "Unfilled Order Count": one for each order of the list. Source: rest-api.md, read 2026-07-21.
        Cost::weight(1).orders(u32::try_from(self.legs().len()).unwrap_or(u32::MAX))
    }

    fn path(&self) -> Path<'_> {
        Path::Based(match self.orders {
            ListOrders::Oco { .. } => const { Literal::new("/orderList/oco") },
            ListOrders::Opo { .. } => const { Literal::new("/orderList/opo") },
            ListOrders::Opoco { .. } => const { Literal::new("/orderList/opoco") },
            ListOrders::Oto { .. } => const { Literal::new("/orderList/oto") },
            ListOrders::Otoco { .. } => const { Literal::new("/orderList/otoco") },
        })
    }

    /// The first order of the list, which names it: the venue takes a list as a whole or not at all.
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::once(self.legs()[0].order.order())
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        const NOTHING: Common = Common { side: false, quantity: false };
        const QUANTITY: Common = Common { side: false, quantity: true };
        const BOTH: Common = Common { side: true, quantity: true };
        let signer = venue.signer()?;
        let symbol = self.symbol();
        if self.legs().iter().any(|leg| leg.order.symbol != symbol) {
            return Err(unlike("symbol", "all orders of a list are of one instrument"));
        }
        let mut draft = draft.query();
        draft.put("symbol=").put_percent(symbol.as_str());
        put_client_id(draft.put("&listClientOrderId="), &self.id)?;
        match &self.orders {
            ListOrders::Oco { above, below } => {
                put_pair(&mut draft, ["&side=", "&quantity="], above, below)?;
                put_leg(&mut draft, "above", above, BOTH)?;
                put_leg(&mut draft, "below", below, BOTH)?;
            }
            ListOrders::Oto { working, pending } => {
                put_leg(&mut draft, "working", working, NOTHING)?;
                put_leg(&mut draft, "pending", pending, NOTHING)?;
            }
            ListOrders::Otoco { working, above, below } => {
                put_leg(&mut draft, "working", working, NOTHING)?;
                put_pair(&mut draft, ["&pendingSide=", "&pendingQuantity="], above, below)?;
                put_leg(&mut draft, "pendingAbove", above, BOTH)?;
                put_leg(&mut draft, "pendingBelow", below, BOTH)?;
            }
            ListOrders::Opo { working, pending } => {
                paid_for(&[pending])?;
                put_leg(&mut draft, "working", working, NOTHING)?;
                put_leg(&mut draft, "pending", pending, QUANTITY)?;
            }
            ListOrders::Opoco { working, above, below } => {
                paid_for(&[above, below])?;
                if above.order.side != below.order.side {
                    return Err(unlike("side", "both orders of a pair have one side"));
                }
                put_leg(&mut draft, "working", working, NOTHING)?;
                draft.put("&pendingSide=").put(side_text(above.order.side));
                put_leg(&mut draft, "pendingAbove", above, BOTH)?;
                put_leg(&mut draft, "pendingBelow", below, BOTH)?;
            }
        }
        draft.put(match self.response {
            ResponseType::Ack => "&newOrderRespType=ACK",
            ResponseType::Full => "&newOrderRespType=FULL",
            ResponseType::Result => "&newOrderRespType=RESULT",
        });
        if let Some(mode) = self.self_trade_prevention {
            draft.put("&selfTradePreventionMode=").put(mode.text());
        }
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderListAck, RestError> {
        replies::list_placed(response, self)
    }
}

/// What the two orders of a pair share.
fn put_pair(
    draft: &mut Draft<'_, Query>,
    [side, quantity]: [&'static str; 2],
    above: &SpotOrder,
    below: &SpotOrder,
) -> Result<(), BuildError> {
    let (above, below) = (&above.order, &below.order);
    if above.side != below.side {
        return Err(unlike("side", "both orders of a pair have one side"));
    }
    if above.quantity != below.quantity {
        return Err(unlike("quantity", "both orders of a pair have one quantity"));
    }
    draft.put(side).put(side_text(above.side));
    put_positive(draft.put(quantity), "quantity", above.quantity)?;
    Ok(())
}

/// What is paid for by another order has the quantity that this one brings.
fn paid_for(legs: &[&SpotOrder]) -> Result<(), BuildError> {
    if legs.iter().any(|leg| leg.order.quantity != Decimal::ZERO) {
        return Err(unlike("quantity", "the venue sells what the first order bought: leave it at zero"));
    }
    Ok(())
}

#[cold]
fn unlike(field: &'static str, cure: &'static str) -> BuildError {
    BuildError::Value { field, cure }
}

/// The venue took the list. Inline, no heap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrderListAck {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id of the list, as the venue echoed it.
    pub id: ClientOrderId,
    /// The venue's id of the list.
    pub list_id: u64,
    /// The venue's own word for how the list stands, where the reply has one.
    pub status: Option<StatusWord>,
    /// When the venue's engine dealt with it.
    pub transact_time: Option<Timestamp>,
    /// Its orders. One whose report could not be read is missing; the list was taken all the same.
    pub orders: ArrayVec<OrderAck, LIST_ORDERS_MAX>,
}

impl OrderListAck {
    pub(crate) const fn new(symbol: Symbol, id: ClientOrderId, list_id: u64) -> Self {
        Self { symbol, id, list_id, status: None, transact_time: None, orders: ArrayVec::new_const() }
    }

    /// What names the list: both ids.
    #[must_use]
    pub const fn list(&self) -> ListRef {
        ListRef { symbol: self.symbol, id: Some(self.id), list_id: Some(self.list_id) }
    }
}

/// Names an order list: by our id, by the venue's, or by both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct ListRef {
    /// The instrument.
    pub symbol: Symbol,
    /// Our id.
    pub id: Option<ClientOrderId>,
    /// The venue's id; where both are known this one goes out.
    pub list_id: Option<u64>,
}

fn put_list(draft: &mut Draft<'_, Query>, list: &ListRef, by_id: &'static str) -> Result<(), BuildError> {
    match (list.list_id, &list.id) {
        (Some(list_id), _) => {
            draft.pair_u64("orderListId", list_id);
            Ok(())
        }
        (None, Some(id)) => put_client_id(draft.pair(by_id, ""), id),
        (None, None) => {
            let cure = "name the list by its client order id or by the venue's id";
            Err(BuildError::MissingField { field: "the list's id", cure })
        }
    }
}

/// Cancels a whole order list. Weight 1. Source: rest-api.md, "Cancel Order list".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct CancelOrderList {
    /// Which.
    pub list: ListRef,
}

impl Endpoint<SpotVenue> for CancelOrderList {
    type Reply = ArrayVec<CancelAck, LIST_ORDERS_MAX>;
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/orderList";

    fn cost(&self) -> Cost {
        Cost::weight(1).is_cancel()
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        draft.pair("symbol", self.list.symbol.as_str());
        put_list(&mut draft, &self.list, "listClientOrderId")?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        replies::list_cancelled(response, &self.list)
    }
}

/// Asks for an order list: how to settle one in doubt. Weight 4. Source: rest-api.md, "Query Order list".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct QueryOrderList {
    /// Which.
    pub list: ListRef,
}

impl Endpoint<SpotVenue> for QueryOrderList {
    type Reply = OrderListState;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/orderList";

    fn cost(&self) -> Cost {
        Cost::weight(4)
    }

    fn encode<'b>(&self, venue: &SpotVenue, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let signer = venue.signer()?;
        let mut draft = draft.query();
        put_list(&mut draft, &self.list, "origClientOrderId")?;
        signer.finish(draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderListState, RestError> {
        replies::list_queried(response, &self.list)
    }
}

/// An order list as the venue's books have it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrderListState {
    /// What names it: both ids.
    pub list: ListRef,
    /// The venue's own word: `EXECUTING`, `ALL_DONE`, `REJECT`.
    pub status: StatusWord,
    /// Its orders, to be queried one by one.
    pub orders: ArrayVec<OrderRef, LIST_ORDERS_MAX>,
}

impl OrderListState {
    pub(crate) const fn new(list: ListRef, status: StatusWord) -> Self {
        Self { list, status, orders: ArrayVec::new_const() }
    }
}
