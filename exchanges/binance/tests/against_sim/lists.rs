//! Order lists: placed, seen to hang together, asked for, amended, cancelled.

use orderwire_binance::spot::{CancelOrderList, ListOrders, QueryOrderList};
use orderwire_binance::{
    AckStage, AmendOrder, CancelReplace, Decimal, Fate, NewOrder, OrderList, OrderRef, OrderStatus, RejectKind,
    ResponseType, SelfTradePrevention, Side, Spot, SpotOrder, dec,
};

use super::waiting::{state, trade_at};
use super::{assert_the_ledger_agrees, bid, started, symbol};

const QUANTITY: Decimal = dec!(0.01);

/// A post-only sale above the market and a stop below it.
fn pair(spot: &Spot, quantity: Decimal) -> (NewOrder, NewOrder) {
    (
        NewOrder::limit(spot.next_id(), symbol(), Side::Sell, quantity, dec!(60004)).post_only(),
        NewOrder::stop_limit(spot.next_id(), symbol(), Side::Sell, quantity, dec!(59996), dec!(59000)),
    )
}

/// A bid that somebody has to come to.
fn working(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), symbol(), Side::Buy, QUANTITY, dec!(60001))
}

/// Sells to the working order, or buys from one above the market.
async fn take(spot: &Spot, side: Side, price: Decimal, quantity: Decimal) {
    spot.place(&NewOrder::limit(spot.next_id(), symbol(), side, quantity, price)).await.unwrap();
}

async fn statuses(spot: &Spot, orders: &[OrderRef]) -> Vec<OrderStatus> {
    let mut statuses = Vec::new();
    for order in orders {
        statuses.push(state(spot, *order).await.0);
    }
    statuses
}

async fn word(spot: &Spot, list: &OrderList) -> String {
    spot.call(&QueryOrderList { list: list.list() }).await.unwrap().status.as_str().to_owned()
}

use OrderStatus::{Cancelled, Expired, Filled, New, PartiallyFilled, Pending};

#[tokio::test]
async fn one_cancels_the_other() {
    let (sim, spot) = started().await;
    let (above, below) = pair(&spot, QUANTITY);
    let list = OrderList::oco(spot.next_id(), above, below);
    let ack = spot.call(&list).await.unwrap();
    assert_eq!((ack.id, ack.status.unwrap().as_str(), ack.orders.len()), (list.id, "EXECUTING", 2));
    assert!(ack.orders.iter().all(|order| order.stage == AckStage::Working));
    let ids = [above.order(), below.order()];
    for named in [list.list(), ack.list()] {
        let told = spot.call(&QueryOrderList { list: named }).await.unwrap();
        assert_eq!((told.list, told.orders.len()), (ack.list(), 2));
    }
    assert_eq!(spot.open_orders(Some(symbol())).await.unwrap().len(), 2);
    take(&spot, Side::Buy, dec!(60004), dec!(0.004)).await;
    assert_eq!(statuses(&spot, &ids).await, [PartiallyFilled, Expired], "a part of it is enough");
    take(&spot, Side::Buy, dec!(60004), dec!(0.006)).await;
    assert_eq!(
        (statuses(&spot, &ids).await.as_slice(), word(&spot, &list).await.as_str()),
        (&[Filled, Expired][..], "ALL_DONE")
    );

    // The other way: the stop is triggered.
    trade_at(&spot, dec!(60000)).await;
    let (above, below) = pair(&spot, QUANTITY);
    let list = OrderList::oco(spot.next_id(), above, below).self_trade_prevention(SelfTradePrevention::ExpireTaker);
    spot.call(&list).await.unwrap();
    let market = NewOrder::market(spot.next_id(), symbol(), Side::Sell, dec!(0.01));
    spot.place(&market).await.unwrap();
    assert_eq!(statuses(&spot, &[above.order(), below.order()]).await, [Expired, Filled]);
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn a_list_is_cancelled_by_its_own_id_or_with_one_of_its_orders() {
    let (sim, spot) = started().await;
    let placed = || async {
        let (above, below) = pair(&spot, QUANTITY);
        let list = OrderList::oco(spot.next_id(), above, below);
        let ack = spot.call(&list).await.unwrap();
        (ack, [above.order(), below.order()])
    };
    let (ack, ids) = placed().await;
    let cancelled = spot.call(&CancelOrderList { list: ack.list() }).await.unwrap();
    assert_eq!(cancelled.len(), 2);
    let again = spot.call(&CancelOrderList { list: ack.list() }).await.unwrap_err();
    assert_eq!((again.fate(), again.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    assert_eq!(statuses(&spot, &ids).await, [Cancelled; 2]);

    let (_, ids) = placed().await;
    assert_eq!(spot.cancel(ids[1]).await.unwrap().id, ids[1].id);
    assert_eq!(statuses(&spot, &ids).await, [Cancelled; 2]);

    let (_, ids) = placed().await;
    assert_eq!(spot.cancel_all(symbol()).await.unwrap().len(), 2);
    assert_eq!(statuses(&spot, &ids).await, [Cancelled; 2]);

    let (_, ids) = placed().await;
    let new = bid(&spot);
    let replaced = spot.call(&CancelReplace::new(ids[0], new)).await.unwrap();
    assert_eq!(replaced.cancel.done().unwrap().id, ids[0].id);
    assert_eq!(replaced.order.done().unwrap().id, new.id);
    assert_eq!(statuses(&spot, &ids).await, [Cancelled; 2]);
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn one_triggers_another_or_a_pair() {
    let (sim, spot) = started().await;
    let first = working(&spot);
    let pending = NewOrder::market(spot.next_id(), symbol(), Side::Sell, dec!(0.005));
    let list = OrderList::oto(spot.next_id(), first, pending);
    spot.call(&list).await.unwrap();
    let ids = [first.order(), pending.order()];
    assert_eq!(statuses(&spot, &ids).await, [New, Pending]);
    take(&spot, Side::Sell, dec!(60001), dec!(0.004)).await;
    assert_eq!(statuses(&spot, &ids).await, [PartiallyFilled, Pending]);
    take(&spot, Side::Sell, dec!(60001), dec!(0.006)).await;
    assert_eq!(statuses(&spot, &ids).await, [Filled, Filled]);
    assert_eq!(word(&spot, &list).await, "ALL_DONE");

    trade_at(&spot, dec!(60000)).await;
    let first = working(&spot);
    let (above, below) = pair(&spot, QUANTITY);
    let list = OrderList::otoco(spot.next_id(), first, above, below);
    let ack = spot.call(&list).await.unwrap();
    assert!(ack.orders.iter().all(|order| order.stage == AckStage::Working), "{ack:?}");
    let ids = [first.order(), above.order(), below.order()];
    assert_eq!(statuses(&spot, &ids).await, [New, Pending, Pending]);
    take(&spot, Side::Sell, dec!(60001), QUANTITY).await;
    assert_eq!(statuses(&spot, &ids).await, [Filled, New, New]);
    take(&spot, Side::Buy, dec!(60004), QUANTITY).await;
    assert_eq!(statuses(&spot, &ids).await, [Filled, Filled, Expired]);

    // What works at once is told as it was placed; what it has set off is asked for.
    take(&spot, Side::Sell, dec!(60001), QUANTITY).await;
    let first = working(&spot);
    let pending = NewOrder::limit(spot.next_id(), symbol(), Side::Sell, QUANTITY, dec!(61000));
    let list = OrderList::oto(spot.next_id(), first, pending).response(ResponseType::Full);
    let ack = spot.call(&list).await.unwrap();
    let told = |order: &NewOrder| ack.orders.iter().find(|ack| ack.id == order.id).unwrap().status.unwrap();
    assert_eq!((told(&first).as_str(), told(&pending).as_str()), ("FILLED", "PENDING_NEW"));
    assert_eq!(statuses(&spot, &[first.order(), pending.order()]).await, [Filled, New]);
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn one_pays_for_another_or_for_a_pair() {
    let (sim, spot) = started().await;
    let first = working(&spot);
    let pending = NewOrder::limit(spot.next_id(), symbol(), Side::Sell, dec!(0), dec!(60003));
    let list = OrderList::opo(spot.next_id(), first, pending);
    spot.call(&list).await.unwrap();
    let amend = |order: OrderRef, quantity| AmendOrder { quantity: Some(quantity), ..amend_of(order) };
    assert_eq!(spot.amend(amend(pending.order(), dec!(0.001))).await.unwrap_err().fate(), Fate::Rejected);
    take(&spot, Side::Sell, dec!(60001), QUANTITY).await;
    let told = spot.query(pending.order()).await.unwrap();
    assert_eq!((told.status, told.quantity), (New, Some(QUANTITY)), "the fee came from what the account has");
    spot.cancel(pending.order()).await.unwrap();

    let first = working(&spot);
    let (above, below) = pair(&spot, dec!(0));
    let list = OrderList::opoco(spot.next_id(), first, above, below);
    spot.call(&list).await.unwrap();
    let ids = [first.order(), above.order(), below.order()];
    assert_eq!(statuses(&spot, &ids).await, [New, Pending, Pending]);
    take(&spot, Side::Sell, dec!(60001), QUANTITY).await;
    assert_eq!(statuses(&spot, &ids).await, [Filled, New, New]);
    // Amending one of a pair amends the other.
    let amended = spot.amend(amend(above.order(), dec!(0.004))).await.unwrap();
    assert_eq!((amended.id, amended.state.unwrap().quantity), (Some(above.id), Some(dec!(0.004))));
    assert_eq!(spot.query(below.order()).await.unwrap().quantity, Some(dec!(0.004)));
    spot.call(&CancelOrderList { list: list.list() }).await.unwrap();
    assert_eq!(statuses(&spot, &ids).await, [Filled, Cancelled, Cancelled]);
    assert_the_ledger_agrees(&sim, &spot).await;
}

fn amend_of(order: OrderRef) -> AmendOrder {
    AmendOrder { order, new_id: None, quantity: None, price: None, side: None }
}

#[tokio::test]
async fn a_list_ends_with_its_working_order_or_is_refused_whole() {
    let (sim, spot) = started().await;
    let first = working(&spot).time_in_force(orderwire_binance::TimeInForce::Ioc);
    let pending = NewOrder::market(spot.next_id(), symbol(), Side::Sell, QUANTITY);
    spot.call(&OrderList::oto(spot.next_id(), first, pending)).await.unwrap();
    assert_eq!(statuses(&spot, &[first.order(), pending.order()]).await, [Expired, Expired]);

    let (above, below) = pair(&spot, QUANTITY);
    let mut inside_out = above;
    inside_out.price = below.price;
    for (orders, kind, text) in [
        (
            ListOrders::Oco { above: inside_out.into(), below: below.into() },
            RejectKind::Other,
            "The relationship of the prices",
        ),
        (
            ListOrders::Oco { above: below.into(), below: above.into() },
            RejectKind::Malformed,
            "A stop loss order in a sell OCO",
        ),
        (
            ListOrders::Oco { above: above.into(), below: SpotOrder::new(below).iceberg(dec!(0.0005)) },
            RejectKind::InstrumentRule,
            "Filter failure: ICEBERG_PARTS",
        ),
    ] {
        let ListOrders::Oco { above, below } = orders else { panic!() };
        let list = OrderList::oco(spot.next_id(), above.with_id(spot.next_id()), below.with_id(spot.next_id()));
        let error = spot.call(&list).await.unwrap_err();
        assert_eq!((error.fate(), error.kind()), (Fate::Rejected, kind), "{error}");
        assert!(error.answer().unwrap().text.as_str().starts_with(text), "{error}");
        let unknown = spot.call(&QueryOrderList { list: list.list() }).await.unwrap_err();
        assert_eq!((unknown.fate(), unknown.kind()), (Fate::Rejected, RejectKind::UnknownOrder));
    }
    assert!(spot.open_orders(None).await.unwrap().is_empty());
    assert_the_ledger_agrees(&sim, &spot).await;
}
