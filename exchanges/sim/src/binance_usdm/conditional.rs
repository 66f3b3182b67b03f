//! Orders with a trigger, which live apart until they are triggered. Source: "New Algo Order" and its kind.

use serde::Serialize;

use super::errors::refused;
use super::new_order::client_id;
use super::orders::MADE_ID_BYTES;
use super::{ALGO_IDS_FROM, Context, ONE, engine_id};
use crate::binance::{Failure, json};
use crate::engine::Order;

pub(super) const NAMED: &[&str] = &["algoId", "clientAlgoId"];

pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    context.check_order_count(&ONE)?;
    let mut order = context.conditional_order()?;
    if order.client_id.is_empty() {
        order.client_id = context.venue.make_id(MADE_ID_BYTES, context.now_us);
    }
    context.recorded = true;
    let placed = context.venue.place(order.clone(), context.now_us).map_err(|_| Failure::internal())?;
    context.venue.count_orders(context.account, &ONE, context.now_us);
    let contract = &context.venue.engine().market(order.market).instrument;
    let placed = placed.map_err(|refusal| refused(refusal, &order, contract))?;
    Ok(json(&context.algo_report(&placed.order)))
}

pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Canceled<'a> {
        algo_id: u64,
        client_algo_id: &'a str,
        code: &'static str,
        msg: &'static str,
    }
    let order = context.named_algo()?.filter(|order| order.is_waiting()).ok_or_else(Failure::unknown_to_cancel)?;
    let (id, client_algo_id) = (order.id, order.request.client_id.clone());
    context.venue.cancel(id, context.now_us).map_err(|_| Failure::internal())?;
    // Its code is a text, unlike any other's.
    let (code, msg) = ("200", "success");
    Ok(json(&Canceled { algo_id: ALGO_IDS_FROM + id, client_algo_id: &client_algo_id, code, msg }))
}

pub(super) fn query(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let order = context.named_algo()?.ok_or_else(Failure::no_such_order)?;
    Ok(json(&context.algo_report(order)))
}

pub(super) fn open(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.optional_market()?;
    let orders = context.venue.engine().open_orders(context.account, market).filter(|order| order.is_waiting());
    Ok(json(&orders.map(|order| context.algo_report(order)).collect::<Vec<_>>()))
}

pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let market = context.market()?;
    context.cancel_those(market, Order::is_waiting)
}

impl Context<'_, '_> {
    /// The order with a trigger that `algoId` or else `clientAlgoId` names, of any instrument.
    fn named_algo(&self) -> Result<Option<&Order>, Failure> {
        let params = self.params()?;
        let engine = self.venue.engine();
        let has_trigger = |order: &&Order| order.request.account == self.account && order.request.trigger.is_some();
        match (params.integer("algoId")?, client_id(params, "clientAlgoId")?) {
            (Some(told), _) => Ok(engine.order(engine_id(told, ALGO_IDS_FROM)).filter(has_trigger)),
            (None, Some(client_id)) => {
                let of_market = |market| engine.order_by_client_id(self.account, market, client_id).filter(has_trigger);
                Ok((0..engine.markets().len()).filter_map(of_market).max_by_key(|order| order.id))
            }
            (None, None) => Err(Failure::one_of("clientAlgoId", "algoId")),
        }
    }
}
