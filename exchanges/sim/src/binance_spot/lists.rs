//! Order lists. Source: `Order lists` of `rest-api.md`, and `opo.md`.

use serde::Serialize;

use super::Context;
use super::account::{check_span, window};
use super::errors::refused;
use super::new_order::{Leg, OrderType};
use super::orders::MADE_ID_BYTES;
use crate::binance::{Failure, json};
use crate::engine::{ListKind, NewList, NewOrder, OrderId, OrderList, Side};

/// Names of a request with some orders, each led by which one it is.
macro_rules! names {
    ([$($plain:literal),*] $(, $lead:literal [$($more:literal),*])*) => {
        &["symbol", "listClientOrderId", "newOrderRespType", "selfTradePreventionMode", $($plain,)* $(
            concat!($lead, "Type"),
            concat!($lead, "ClientOrderId"),
            concat!($lead, "IcebergQty"),
            concat!($lead, "Price"),
            concat!($lead, "TimeInForce"),
            concat!($lead, "StrategyId"),
            concat!($lead, "StrategyType"),
            concat!($lead, "PegPriceType"),
            concat!($lead, "PegOffsetType"),
            concat!($lead, "PegOffsetValue"),
            $(concat!($lead, $more),)*
        )*]
    };
}

pub(super) const OCO: &[&str] = names!(
    ["side", "quantity"],
    "above" ["StopPrice", "TrailingDelta"],
    "below" ["StopPrice", "TrailingDelta"]
);
pub(super) const OTO: &[&str] = names!(
    [],
    "working" ["Side", "Quantity"],
    "pending" ["Side", "Quantity", "StopPrice", "TrailingDelta"]
);
pub(super) const OTOCO: &[&str] = names!(
    ["pendingSide", "pendingQuantity"],
    "working" ["Side", "Quantity"],
    "pendingAbove" ["StopPrice", "TrailingDelta"],
    "pendingBelow" ["StopPrice", "TrailingDelta"]
);
pub(super) const OPO: &[&str] = names!(
    [],
    "working" ["Side", "Quantity"],
    "pending" ["Side", "StopPrice", "TrailingDelta"]
);
pub(super) const OPOCO: &[&str] = names!(
    ["pendingSide"],
    "working" ["Side", "Quantity"],
    "pendingAbove" ["StopPrice", "TrailingDelta"],
    "pendingBelow" ["StopPrice", "TrailingDelta"]
);
pub(super) const CANCEL: &[&str] = &["symbol", "orderListId", "listClientOrderId", "newClientOrderId"];
pub(super) const QUERY: &[&str] = &["orderListId", "origClientOrderId"];
pub(super) const ALL: &[&str] = &["fromId", "startTime", "endTime", "limit"];

const WORKING: Leg = Leg { lead: "working", side: "workingSide", quantity: Some("workingQuantity") };

pub(super) fn oco(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let leg = |lead| Leg { lead, side: "side", quantity: Some("quantity") };
    context.place_list(ListKind::Oco, &[leg("above"), leg("below")])
}

pub(super) fn oto(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let pending = Leg { lead: "pending", side: "pendingSide", quantity: Some("pendingQuantity") };
    context.place_list(ListKind::Oto, &[WORKING, pending])
}

pub(super) fn otoco(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let leg = |lead| Leg { lead, side: "pendingSide", quantity: Some("pendingQuantity") };
    context.place_list(ListKind::Otoco, &[WORKING, leg("pendingAbove"), leg("pendingBelow")])
}

pub(super) fn opo(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let pending = Leg { lead: "pending", side: "pendingSide", quantity: None };
    context.place_list(ListKind::Opo, &[WORKING, pending])
}

pub(super) fn opoco(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let leg = |lead| Leg { lead, side: "pendingSide", quantity: None };
    context.place_list(ListKind::Opoco, &[WORKING, leg("pendingAbove"), leg("pendingBelow")])
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    let cancel_id = context.params()?.client_id("newClientOrderId")?.map(str::to_owned);
    let list = context.named_list("listClientOrderId", Failure::unknown_to_cancel)?;
    let list = list.filter(|list| list.market == market).ok_or_else(Failure::unknown_to_cancel)?;
    let engine = context.venue.engine();
    let is_open = |id: &&OrderId| engine.order(**id).is_some_and(|order| order.is_open());
    let open = *list.orders.iter().find(is_open).ok_or_else(Failure::unknown_to_cancel)?;
    let cancel_id = cancel_id.unwrap_or_else(|| context.venue.make_id(MADE_ID_BYTES, context.now_us));
    let canceled = context.venue.cancel(open, context.now_us).map_err(|_| Failure::internal())?;
    Ok(json(&context.report_canceled(&canceled, &cancel_id)?))
}

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let list = context.named_list("origClientOrderId", Failure::no_such_order)?.ok_or_else(Failure::no_such_order)?;
    Ok(json(&context.told(list)))
}

pub(super) fn all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let params = context.params()?;
    let first = params.integer("fromId")?;
    let (start_us, end_us) = (params.time("startTime")?, params.time("endTime")?);
    if first.is_some() && (start_us.is_some() || end_us.is_some()) {
        return Err(Failure::new(-1128, "Combination of optional parameters invalid."));
    }
    check_span(start_us, end_us)?;
    let limit = context.limit(500, 1_000)?;
    let lists = context.venue.engine().lists(context.account, first.unwrap_or_default());
    let lists: Vec<_> = lists
        .filter(|list| start_us.is_none_or(|start| list.placed_us >= start))
        .filter(|list| end_us.is_none_or(|end| list.placed_us <= end))
        .collect();
    let shown = window(&lists, limit, first.is_some() || start_us.is_some());
    // The latest first. Source: the example of `Query all Order lists`.
    Ok(json(&shown.iter().rev().map(|list| context.told(list)).collect::<Vec<_>>()))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let engine = context.venue.engine();
    let lists = engine.lists(context.account, 0).filter(|list| engine.is_list_open(list));
    Ok(json(&lists.map(|list| context.told(list)).collect::<Vec<_>>()))
}

impl Context<'_, '_> {
    fn place_list(&mut self, kind: ListKind, legs: &[Leg]) -> Result<Vec<u8>, Failure> {
        let mut orders = legs.iter().map(|leg| self.read_order(leg)).collect::<Result<Vec<_>, _>>()?;
        if kind != ListKind::Oco && !matches!(OrderType::of(&orders[0]), OrderType::Limit | OrderType::LimitMaker) {
            return Err(Failure::unsupported());
        }
        if matches!(kind, ListKind::Opo | ListKind::Opoco) {
            check_sides(&orders)?;
        }
        if let [.., above, below] = &orders[usize::from(kind != ListKind::Oco)..] {
            check_pair(above, below)?;
        }
        let client_id = self.params()?.client_id("listClientOrderId")?.map(str::to_owned);
        let details = orders.iter().map(|order| self.detail(order)).collect::<Result<Vec<_>, _>>()?;
        let mut orders: Vec<_> = orders.drain(..).zip(details).collect();
        // The stop loss of a pair has the lower id. Source: the documents' examples.
        let pair = orders.len() - 2;
        if legs.len() - usize::from(kind != ListKind::Oco) == 2 && !is_stop_loss(&orders[pair].0) {
            orders.swap(pair, pair + 1);
        }
        let count = [orders.len() as u64; 2];
        self.check_order_count(&count)?;
        let now_us = self.now_us;
        let client_id = client_id.unwrap_or_else(|| self.venue.make_id(MADE_ID_BYTES, now_us));
        for (order, _) in orders.iter_mut().filter(|(order, _)| order.client_id.is_empty()) {
            order.client_id = self.venue.make_id(MADE_ID_BYTES, now_us);
        }
        self.recorded = true;
        let (orders, details): (Vec<_>, Vec<_>) = orders.into_iter().unzip();
        let list = NewList { client_id, kind, orders };
        let placed = self.venue.place_list(list, now_us).map_err(|_| Failure::internal())?;
        let (id, placed) = placed.map_err(refused)?;
        self.venue.count_orders(self.account, &count, now_us);
        let list = self.venue.engine().list(id).ok_or_else(Failure::internal)?;
        let reports = placed.iter().zip(details).map(|(placed, detail)| self.placed(placed, detail)).collect();
        // As the list stood then: an order that filled at once is told, what it has set off is to be asked for.
        let report = ListReport {
            list_status_type: "EXEC_STARTED",
            list_order_status: "EXECUTING",
            ..self.list_report(list, Some(reports))
        };
        Ok(json(&report))
    }

    /// The list that `orderListId` or another parameter names; with both, the first finds it and the second is checked.
    fn named_list(&self, client_name: &str, differs: fn() -> Failure) -> Result<Option<&OrderList>, Failure> {
        let params = self.params()?;
        let (id, client_id) = (params.integer("orderListId")?, params.client_id(client_name)?);
        let engine = self.venue.engine();
        let by_id = |id| engine.list(id).filter(|list| list.account == self.account);
        match (id, client_id) {
            (Some(id), None) => Ok(by_id(id)),
            (Some(id), Some(client_id)) => {
                by_id(id).filter(|list| list.client_id == client_id).map(Some).ok_or_else(differs)
            }
            (None, Some(client_id)) => Ok(engine.list_by_client_id(self.account, client_id)),
            (None, None) => Err(Failure::one_of(client_name, "orderListId")),
        }
    }

    /// A list without its orders' reports.
    fn told<'a>(&'a self, list: &'a OrderList) -> ListReport<'a, ()> {
        self.list_report(list, None)
    }

    pub(super) fn list_report<'a, R>(
        &'a self,
        list: &'a OrderList,
        order_reports: Option<Vec<R>>,
    ) -> ListReport<'a, R> {
        let engine = self.venue.engine();
        let symbol = &engine.market(list.market).instrument.symbol;
        let orders = || list.orders.iter().filter_map(|id| engine.order(*id));
        let open = engine.is_list_open(list);
        ListReport {
            order_list_id: list.id,
            contingency_type: if list.kind == ListKind::Oco { "OCO" } else { "OTO" },
            list_status_type: if open { "EXEC_STARTED" } else { "ALL_DONE" },
            list_order_status: if open { "EXECUTING" } else { "ALL_DONE" },
            list_client_order_id: &list.client_id,
            transaction_time: self.time(orders().map(|order| order.updated_us).max().unwrap_or(list.placed_us)),
            symbol,
            orders: orders()
                .map(|order| Member { symbol, order_id: order.id, client_order_id: &order.request.client_id })
                .collect(),
            order_reports,
        }
    }
}

fn is_stop_loss(order: &NewOrder) -> bool {
    matches!(OrderType::of(order), OrderType::StopLoss | OrderType::StopLossLimit)
}

/// Which types may stand above and below the market. Source: errors.md, -1158 to -1199.
fn check_pair(above: &NewOrder, below: &NewOrder) -> Result<(), Failure> {
    use OrderType::{LimitMaker, StopLoss, StopLossLimit, TakeProfit, TakeProfitLimit};
    let types = [OrderType::of(above), OrderType::of(below)];
    if types.iter().any(|kind| *kind != LimitMaker && kind.trigger().is_none()) {
        return Err(Failure::new(-1158, "Order type not supported in OCO."));
    }
    if types == [LimitMaker; 2] {
        return Err(Failure::new(-1168, "At least one OCO order must be contingent."));
    }
    for (kind, is_above) in types.into_iter().zip([true, false]) {
        let (code, message) = match (kind, above.side, is_above) {
            (LimitMaker, Side::Buy, true) => (-1165, "A limit order in a buy OCO must be below."),
            (LimitMaker, Side::Sell, false) => (-1166, "A limit order in a sell OCO must be above."),
            (StopLoss | StopLossLimit, Side::Buy, false) => (-1196, "A stop loss order in a buy OCO must be above."),
            (StopLoss | StopLossLimit, Side::Sell, true) => (-1197, "A stop loss order in a sell OCO must be below."),
            (TakeProfit | TakeProfitLimit, Side::Buy, true) => {
                (-1198, "A take profit order in a buy OCO must be below.")
            }
            (TakeProfit | TakeProfitLimit, Side::Sell, false) => {
                (-1199, "A take profit order in a sell OCO must be above.")
            }
            _ => continue,
        };
        return Err(Failure::new(code, message));
    }
    Ok(())
}

/// Source: opo.md: "Only working orders on the `BUY` side and pending order(s) on the `SELL` side are accepted."
fn check_sides(orders: &[NewOrder]) -> Result<(), Failure> {
    if orders[0].side != Side::Buy {
        return Err(Failure::new(-1222, "Working order in an OPO list must be a bid."));
    }
    if orders[1..].iter().any(|order| order.side != Side::Sell) {
        return Err(Failure::new(-1223, "Pending orders in an OPO list must be asks."));
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListReport<'a, R> {
    order_list_id: u64,
    contingency_type: &'static str,
    list_status_type: &'static str,
    list_order_status: &'static str,
    list_client_order_id: &'a str,
    transaction_time: u64,
    symbol: &'a str,
    orders: Vec<Member<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_reports: Option<Vec<R>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    symbol: &'a str,
    order_id: u64,
    client_order_id: &'a str,
}
