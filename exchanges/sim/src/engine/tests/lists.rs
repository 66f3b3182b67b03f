//! Order lists. Pairs are modelled in [`reference`](super::super::reference) too.

use super::*;

const STOP: TriggerKind = TriggerKind::StopLoss;

fn waiting(side: Side, kind: TriggerKind, stop: i64, price: Option<i64>) -> NewOrder {
    let trigger = Trigger { kind, stop_price: Some(stop.into()), trailing_delta: None };
    NewOrder { trigger: Some(trigger), price: price.map(Decimal::from), ..limit(ALICE, side, 1, 3) }
}

fn post_only(side: Side, price: i64) -> NewOrder {
    NewOrder { post_only: true, ..limit(ALICE, side, price, 3) }
}

fn proceeds(order: NewOrder) -> NewOrder {
    NewOrder { size: Size::Proceeds, ..order }
}

fn place_list(engine: &mut Engine, kind: ListKind, mut orders: Vec<NewOrder>) -> Result<Vec<OrderId>, Refusal> {
    let next = engine.next_order_id();
    for (id, order) in (next..).zip(&mut orders) {
        order.client_id = format!("c{id}");
    }
    let list = NewList { client_id: format!("l{next}"), kind, orders };
    let (_, placed) = engine.place_list(list, 1)?;
    Ok(placed.iter().map(|placed| placed.order.id).collect())
}

fn statuses(engine: &Engine, ids: &[OrderId]) -> Vec<(Status, Option<Expiry>)> {
    ids.iter().map(|id| engine.order(*id).unwrap()).map(|order| (order.status, order.expiry)).collect()
}

fn balances(engine: &Engine, account: AccountId) -> [(Decimal, Decimal); 2] {
    let [base, quote] = [0, 1].map(|asset| engine.balances(account).nth(asset).unwrap().1);
    [(base.free, base.locked), (quote.free, quote.locked)]
}

fn is_done(engine: &Engine, id: OrderId) -> bool {
    let list = engine.list(engine.order(id).unwrap().list.unwrap()).unwrap();
    !engine.is_list_open(list)
}

#[test]
fn a_pair_holds_once_what_the_dearer_order_needs() {
    let mut engine = engine(no_fees());
    let stop = waiting(Side::Buy, STOP, 12, Some(13));
    let ids = place_list(&mut engine, ListKind::Oco, vec![stop, post_only(Side::Buy, 8)]).unwrap();
    assert_eq!(balances(&engine, ALICE)[1], ((FUNDS - 39).into(), 39.into()));
    engine.amend(ids[1], 2.into(), "less", 2);
    assert_eq!(engine.order(ids[0]).unwrap().quantity, 2.into(), "amending one amends the other");
    assert_eq!(balances(&engine, ALICE)[1], ((FUNDS - 26).into(), 26.into()));
    // A part of the cheaper one is filled: the other ends, and what it held is free.
    place(&mut engine, limit(BOB, Side::Sell, 8, 1)).unwrap();
    assert_eq!(statuses(&engine, &ids), [(Status::Expired, Some(Expiry::OtherLeg)), (Status::PartlyFilled, None)]);
    assert_eq!(balances(&engine, ALICE)[1], ((FUNDS - 16).into(), 8.into()));
    assert!(!is_done(&engine, ids[0]));
    place(&mut engine, limit(BOB, Side::Sell, 8, 1)).unwrap();
    assert!(is_done(&engine, ids[0]));
}

#[test]
fn a_pair_stands_on_both_sides_of_the_market() {
    let mut engine = engine(no_fees());
    let take_profit = |side, stop, price| waiting(side, TriggerKind::TakeProfit, stop, price);
    let before = serde_json::to_string(&engine).unwrap();
    for (stop, other) in [
        (waiting(Side::Sell, STOP, 10, None), post_only(Side::Sell, 11)),
        (waiting(Side::Sell, STOP, 9, None), post_only(Side::Sell, 10)),
        (waiting(Side::Buy, STOP, 11, None), post_only(Side::Buy, 10)),
        (waiting(Side::Buy, STOP, 9, None), post_only(Side::Buy, 9)),
        (waiting(Side::Sell, STOP, 9, None), take_profit(Side::Sell, 10, None)),
        (waiting(Side::Sell, STOP, 9, None), take_profit(Side::Sell, 12, Some(10))),
    ] {
        let refused = place_list(&mut engine, ListKind::Oco, vec![stop, other]).unwrap_err();
        assert_eq!(refused, Refusal::PriceRelation);
    }
    assert_eq!(serde_json::to_string(&engine).unwrap(), before);
    let pair = vec![waiting(Side::Sell, STOP, 9, None), take_profit(Side::Sell, 12, Some(11))];
    place_list(&mut engine, ListKind::Oco, pair).unwrap();
}

#[test]
fn a_pending_order_comes_when_the_working_one_is_filled() {
    let mut engine = engine(no_fees());
    let orders = vec![limit(ALICE, Side::Buy, 9, 4), limit(ALICE, Side::Sell, 12, 3)];
    let ids = place_list(&mut engine, ListKind::Oto, orders).unwrap();
    assert_eq!(statuses(&engine, &ids), [(Status::New, None), (Status::Pending, None)]);
    assert_eq!(balances(&engine, ALICE), [((FUNDS - 3).into(), 3.into()), ((FUNDS - 36).into(), 36.into())]);
    place(&mut engine, limit(BOB, Side::Sell, 9, 3)).unwrap();
    assert_eq!(statuses(&engine, &ids)[1].0, Status::Pending, "not before all of it is filled");
    assert_eq!(engine.depth(0, Side::Sell).next(), None);
    place(&mut engine, limit(BOB, Side::Sell, 9, 1)).unwrap();
    assert_eq!(statuses(&engine, &ids), [(Status::Filled, None), (Status::New, None)]);
    assert_eq!(engine.depth(0, Side::Sell).next(), Some((12.into(), 3.into())));
}

#[test]
fn the_reply_tells_what_is_pending_before_it_comes() {
    let mut engine = engine(no_fees());
    place(&mut engine, limit(BOB, Side::Sell, 9, 4)).unwrap();
    let market = NewOrder { price: None, ..limit(ALICE, Side::Sell, 1, 3) };
    let mut orders = vec![limit(ALICE, Side::Buy, 9, 4), market];
    (orders[0].client_id, orders[1].client_id) = ("a".to_owned(), "b".to_owned());
    let list = NewList { client_id: "l".to_owned(), kind: ListKind::Oto, orders };
    let (_, placed) = engine.place_list(list, 1).unwrap();
    assert_eq!((placed[0].order.status, placed[1].order.status), (Status::Filled, Status::Pending));
    // Nobody bids: the market order has ended by now.
    assert_eq!(statuses(&engine, &[placed[1].order.id]), [(Status::Expired, Some(Expiry::Liquidity))]);
    assert!(is_done(&engine, placed[0].order.id));
}

#[test]
fn a_list_ends_with_its_working_order() {
    let mut engine = engine(no_fees());
    let stop = || waiting(Side::Sell, STOP, 8, Some(7));
    let immediate = NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..limit(ALICE, Side::Buy, 9, 4) };
    let ids = place_list(&mut engine, ListKind::Otoco, vec![immediate, stop(), post_only(Side::Sell, 12)]).unwrap();
    let phase_one = (Status::Expired, Some(Expiry::WorkingOrder));
    assert_eq!(statuses(&engine, &ids), [(Status::Expired, Some(Expiry::ImmediateOrCancel)), phase_one, phase_one]);
    for canceled in 0..3 {
        let working = limit(ALICE, Side::Buy, 9, 4);
        let ids = place_list(&mut engine, ListKind::Otoco, vec![working, stop(), post_only(Side::Sell, 12)]).unwrap();
        assert_eq!(engine.cancel(ids[canceled], 2), ids);
        assert_eq!(statuses(&engine, &ids), [(Status::Canceled, None); 3]);
    }
    assert_eq!(balances(&engine, ALICE), [(FUNDS.into(), 0.into()), (FUNDS.into(), 0.into())]);
}

#[test]
fn a_pair_comes_after_a_working_order() {
    let mut engine = engine(no_fees());
    let stop = waiting(Side::Sell, STOP, 8, Some(7));
    let orders = vec![limit(ALICE, Side::Buy, 9, 4), stop, post_only(Side::Sell, 12)];
    let ids = place_list(&mut engine, ListKind::Otoco, orders).unwrap();
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS - 3).into(), 3.into()));
    place(&mut engine, limit(BOB, Side::Sell, 9, 4)).unwrap();
    assert_eq!(statuses(&engine, &ids)[1..], [(Status::New, None); 2]);
    assert_eq!(engine.order(ids[1]).unwrap().working_us, None);
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS + 1).into(), 3.into()), "held once");
    // The stop is triggered: the other ends before the stop takes.
    place(&mut engine, limit(BOB, Side::Buy, 8, 1)).unwrap();
    place(&mut engine, limit(BOB, Side::Buy, 7, 9)).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 8, 1)).unwrap();
    assert_eq!(statuses(&engine, &ids)[1..], [(Status::Filled, None), (Status::Expired, Some(Expiry::OtherLeg))]);
    assert!(is_done(&engine, ids[0]));
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS + 1).into(), 0.into()));
}

#[test]
fn what_the_market_has_passed_is_refused_when_it_comes() {
    let mut engine = engine(no_fees());
    let stop = waiting(Side::Sell, STOP, 8, Some(7));
    let orders = vec![limit(ALICE, Side::Buy, 7, 4), stop, post_only(Side::Sell, 12)];
    let ids = place_list(&mut engine, ListKind::Otoco, orders).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 7, 4)).unwrap();
    assert_eq!(
        statuses(&engine, &ids)[1..],
        [(Status::Expired, Some(Expiry::Refused)), (Status::Expired, Some(Expiry::OtherLeg))]
    );
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS + 4).into(), 0.into()));
}

/// Source: `opo.md`.
#[test]
fn one_pays_the_other() {
    let fees = Fees { maker: Decimal::new(1, 1), taker: Decimal::ZERO };
    let mut engine = engine(fees);
    // All of the base asset is gone, so that the fee cannot come from there.
    place(&mut engine, limit(ALICE, Side::Sell, 20, FUNDS)).unwrap();
    let orders = vec![limit(ALICE, Side::Buy, 9, 25), proceeds(limit(ALICE, Side::Sell, 12, 1))];
    let ids = place_list(&mut engine, ListKind::Opo, orders).unwrap();
    assert_eq!(engine.order(ids[1]).unwrap().quantity, 0.into());
    place(&mut engine, limit(BOB, Side::Sell, 9, 15)).unwrap();
    assert_eq!(balances(&engine, ALICE)[0], (0.into(), Decimal::from(FUNDS) + Decimal::new(135, 1)), "13.5 are kept");
    place(&mut engine, limit(BOB, Side::Sell, 9, 10)).unwrap();
    // 22.5 were kept; whole lots go into the order, the rest is free.
    assert_eq!(engine.depth(0, Side::Sell).next(), Some((12.into(), 22.into())));
    assert_eq!(balances(&engine, ALICE)[0], (Decimal::new(5, 1), Decimal::from(FUNDS + 22)));

    // Where the free balance covers the fee, all that was bought is sold.
    let mut engine = super::engine(fees);
    let pair = [waiting(Side::Sell, STOP, 8, Some(7)), post_only(Side::Sell, 12)].map(proceeds);
    let orders = [limit(ALICE, Side::Buy, 9, 20)].into_iter().chain(pair).collect();
    let ids = place_list(&mut engine, ListKind::Opoco, orders).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 9, 20)).unwrap();
    assert_eq!(ids[1..].iter().map(|id| engine.order(*id).unwrap().quantity).collect::<Vec<_>>(), [20.into(); 2]);
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS - 2).into(), 20.into()));
    place(&mut engine, limit(BOB, Side::Buy, 12, 20)).unwrap();
    assert_eq!(statuses(&engine, &ids)[1..], [(Status::Expired, Some(Expiry::OtherLeg)), (Status::Filled, None)]);
    assert_eq!(balances(&engine, ALICE)[0], ((FUNDS - 2).into(), 0.into()));

    // Canceled half way, what was bought is free.
    let mut engine = super::engine(fees);
    let orders = vec![limit(ALICE, Side::Buy, 9, 20), proceeds(limit(ALICE, Side::Sell, 12, 1))];
    let ids = place_list(&mut engine, ListKind::Opo, orders).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 9, 10)).unwrap();
    engine.cancel(ids[0], 2);
    assert_eq!(balances(&engine, ALICE), [((FUNDS + 9).into(), 0.into()), ((FUNDS - 90).into(), 0.into())]);
}

#[test]
fn a_list_is_taken_whole_or_not_at_all() {
    let mut engine = engine(no_fees());
    engine.markets[0].instrument.order_lists_max = 1;
    let pair = |client_id: &str, quantity: i64| NewList {
        client_id: client_id.to_owned(),
        kind: ListKind::Oco,
        orders: [waiting(Side::Sell, STOP, 9, None), post_only(Side::Sell, 12)]
            .map(|order| NewOrder { size: Size::Base(quantity.into()), ..order })
            .into_iter()
            .zip(["a", "b"])
            .map(|(order, leg)| NewOrder { client_id: format!("{client_id}{leg}"), ..order })
            .collect(),
    };
    let refused = |engine: &mut Engine, list: NewList| {
        let before = serde_json::to_string(engine).unwrap();
        let refusal = engine.place_list(list, 1).unwrap_err();
        assert_eq!(serde_json::to_string(engine).unwrap(), before);
        refusal
    };
    assert_eq!(refused(&mut engine, pair("dear", FUNDS + 1)), Refusal::InsufficientBalance);
    let mut twice = pair("twice", 1);
    twice.orders[1].client_id = twice.orders[0].client_id.clone();
    assert_eq!(refused(&mut engine, twice), Refusal::DuplicateClientId);
    let bid = place(&mut engine, limit(BOB, Side::Buy, 12, 1)).unwrap().order.id;
    assert_eq!(refused(&mut engine, pair("taking", 1)), Refusal::WouldTake);
    engine.cancel(bid, 1);
    engine.place_list(pair("good", 1), 1).unwrap();
    assert_eq!(refused(&mut engine, pair("good", 1)), Refusal::DuplicateClientId);
    assert_eq!(refused(&mut engine, pair("more", 1)), Refusal::Rule(BrokenRule::OrderLists));
}

#[test]
fn a_snapshot_keeps_what_waits_and_what_is_pending() {
    let mut original = engine(no_fees());
    place(&mut original, NewOrder { iceberg: Some(1.into()), ..limit(BOB, Side::Buy, 8, 4) }).unwrap();
    place(&mut original, waiting(Side::Sell, STOP, 8, None)).unwrap();
    let pair = vec![waiting(Side::Buy, STOP, 12, Some(13)), post_only(Side::Buy, 7)];
    place_list(&mut original, ListKind::Oco, pair).unwrap();
    let orders = vec![limit(ALICE, Side::Buy, 8, 1), proceeds(limit(ALICE, Side::Sell, 12, 1))];
    place_list(&mut original, ListKind::Opo, orders).unwrap();
    let mut copy: Engine = serde_json::from_str(&serde_json::to_string(&original).unwrap()).unwrap();
    copy.index();
    for engine in [&mut original, &mut copy] {
        place(engine, limit(BOB, Side::Sell, 8, 2)).unwrap();
        place(engine, limit(BOB, Side::Sell, 7, 6)).unwrap();
    }
    assert_eq!(serde_json::to_string(&original).unwrap(), serde_json::to_string(&copy).unwrap());
}
