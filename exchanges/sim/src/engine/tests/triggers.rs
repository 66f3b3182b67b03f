//! Stops, take-profits and trailing orders, icebergs and pegs.

use super::*;

/// A market at 40,000, where the documents' examples are told.
fn market() -> Engine {
    let pair = Instrument::new("XY", "X", "Y", Decimal::from(40_000), Decimal::new(1, 1), Decimal::new(1, 2));
    let mut engine = Engine::new(&[pair], 2, |_| Decimal::from(100_000_000), no_fees(), 0);
    engine.markets[0].house.clear();
    for id in engine.orders.keys().copied().collect::<Vec<_>>() {
        drop(engine.cancel(id, 0));
    }
    engine
}

/// Has the two traders trade with each other at this price.
fn trade_at(engine: &mut Engine, price: Decimal) {
    let order = |side| NewOrder { price: Some(price), ..limit(BOB, side, 1, 1) };
    place(engine, order(Side::Sell)).unwrap();
    let taken = place(engine, NewOrder { account: ALICE, ..order(Side::Buy) }).unwrap();
    assert_eq!(taken.trades.len(), 1, "at {price}");
}

fn waiting(side: Side, kind: TriggerKind, stop: Option<i64>, delta: Option<u32>, price: i64) -> NewOrder {
    let trigger = Trigger { kind, stop_price: stop.map(Decimal::from), trailing_delta: delta };
    NewOrder { trigger: Some(trigger), ..limit(ALICE, side, price, 1) }
}

/// Whether an order holds its balance while it waits, or first when it begins to work.
#[test]
fn what_waits_holds_its_balance_at_once_or_late() {
    for (holds_late, held) in [(false, 1), (true, 0)] {
        let mut engine = market();
        let locked = |engine: &Engine| engine.balances(ALICE).next().unwrap().1.locked;
        let order = waiting(Side::Sell, TriggerKind::StopLoss, Some(39_000), None, 38_000);
        let id = place(&mut engine, NewOrder { holds_late, ..order }).unwrap().order.id;
        assert_eq!(locked(&engine), held.into());
        trade_at(&mut engine, 39_000.into());
        assert_eq!((engine.orders[&id].is_resting(), locked(&engine)), (true, 1.into()));
    }
    // There is too little by then.
    let mut engine = market();
    let all = 100_000_000;
    let order = waiting(Side::Sell, TriggerKind::StopLoss, Some(39_000), None, 38_000);
    let order = NewOrder { holds_late: true, size: Size::Base(all.into()), ..order };
    let id = place(&mut engine, order).unwrap().order.id;
    place(&mut engine, limit(ALICE, Side::Sell, 50_000, 2)).unwrap();
    trade_at(&mut engine, 39_000.into());
    assert_eq!(engine.orders[&id].expiry, Some(Expiry::Refused));
}

#[test]
fn an_order_that_waits_is_changed_or_left_as_it_is() {
    let mut engine = market();
    let order = waiting(Side::Buy, TriggerKind::StopLoss, Some(44_000), None, 45_000);
    let id = place(&mut engine, order).unwrap().order.id;
    let locked = |engine: &Engine| engine.balances(ALICE).nth(1).unwrap().1.locked;
    assert_eq!(locked(&engine), 45_000.into());
    let size = |quantity: i64| Size::Base(quantity.into());
    engine.rearm(id, size(2), Some(43_500.into()), Some(43_000.into()), 2).unwrap();
    assert_eq!((locked(&engine), engine.orders[&id].updated_us), (87_000.into(), 2));
    let before = serde_json::to_string(&engine).unwrap();
    let too_much = engine.rearm(id, size(10_000), Some(43_500.into()), Some(43_000.into()), 3);
    assert_eq!(too_much, Err(Refusal::InsufficientBalance));
    let reached = engine.rearm(id, size(2), Some(43_500.into()), Some(39_000.into()), 3);
    assert_eq!(reached, Err(Refusal::WouldTrigger));
    assert_eq!(serde_json::to_string(&engine).unwrap(), before);
    trade_at(&mut engine, 43_000.into());
    assert!(engine.orders[&id].is_resting());
    engine.rearm(id, size(5), None, Some(50_000.into()), 4).unwrap();
    assert_eq!(engine.orders[&id].quantity, 2.into(), "it waits no longer");
}

/// Source: `trailing-stop-faq.md`, scenarios A to E. Each ends with the price that triggers it.
#[test]
fn trailing_orders_follow_the_market_as_the_documents_say() {
    use Side::{Buy, Sell};
    use TriggerKind::{StopLoss, TakeProfit};
    for (side, kind, stop, delta, price, path) in [
        (
            Buy,
            StopLoss,
            Some(44_000),
            500,
            45_000,
            &["37000", "44000", "45000", "46000", "42000", "44099.9", "44100"][..],
        ),
        (Sell, StopLoss, Some(39_000), 1_000, 38_000, &["41500", "39000", "37000", "41000", "36900.1", "36900"]),
        (
            Buy,
            TakeProfit,
            Some(38_000),
            850,
            38_500,
            &["42000", "38000", "37000", "39000", "38000", "40144.9", "40145"],
        ),
        (
            Sell,
            TakeProfit,
            Some(42_000),
            750,
            41_000,
            &["41500", "39000", "42000", "45000", "44000", "46500", "43012.6", "43012.5"],
        ),
        (Sell, StopLoss, None, 700, 39_000, &["40000", "42000", "39500", "45500", "42315.1", "42315"]),
    ] {
        let mut engine = market();
        let id = place(&mut engine, waiting(side, kind, stop, Some(delta), price)).unwrap().order.id;
        for (place, text) in path.iter().enumerate() {
            let order = engine.order(id).unwrap();
            assert_eq!((order.working_us, order.status), (None, Status::New), "{side:?} {kind:?} before {text}");
            assert!(engine.depth(0, side).next().is_none(), "what waits is in no book");
            let is_tracking = stop.map_or(place > 0, |stop| path[..place].contains(&stop.to_string().as_str()));
            assert_eq!(order.trail.is_some(), is_tracking, "{side:?} {kind:?} before {text}");
            trade_at(&mut engine, text.parse().unwrap());
        }
        let order = engine.order(id).unwrap();
        assert_eq!((order.working_us, order.status), (Some(1), Status::New), "{side:?} {kind:?}");
        assert_eq!(engine.depth(0, side).next(), Some((price.into(), 1.into())));
    }
}

#[test]
fn stops_wait_on_their_side_of_the_market_only() {
    use Side::{Buy, Sell};
    use TriggerKind::{StopLoss, TakeProfit};
    for (side, kind, above) in
        [(Buy, StopLoss, true), (Sell, StopLoss, false), (Buy, TakeProfit, false), (Sell, TakeProfit, true)]
    {
        let mut engine = market();
        for (stop, waits) in [(40_001, above), (40_000, false), (39_999, !above)] {
            let placed = place(&mut engine, waiting(side, kind, Some(stop), None, 40_000));
            assert_eq!(placed.is_ok(), waits, "{side:?} {kind:?} at {stop}");
            assert!(waits || placed.unwrap_err() == Refusal::WouldTrigger);
        }
    }
}

#[test]
fn a_triggered_order_works_behind_the_one_that_triggered_it_and_triggers_others() {
    let mut engine = market();
    let stop = |stop| NewOrder { price: None, ..waiting(Side::Sell, TriggerKind::StopLoss, Some(stop), None, 1) };
    let (first, second) = (place(&mut engine, stop(39_000)).unwrap(), place(&mut engine, stop(38_000)).unwrap());
    let bid = |price, quantity| limit(BOB, Side::Buy, price, quantity);
    for (price, quantity) in [(39_000, 2), (38_000, 1), (37_000, 1)] {
        place(&mut engine, bid(price, quantity)).unwrap();
    }
    // Takes one at 39,000: the first stop takes the other one there, and only then comes to 38,000.
    place(&mut engine, limit(BOB, Side::Sell, 39_000, 1)).unwrap();
    let executed = |engine: &Engine, id| engine.order(id).unwrap().executed_quote;
    assert_eq!(executed(&engine, first.order.id), 39_000.into());
    assert_eq!(status(&engine, second.order.id), Status::New);
    place(&mut engine, limit(BOB, Side::Sell, 38_000, 1)).unwrap();
    assert_eq!((status(&engine, second.order.id), executed(&engine, second.order.id)), (Status::Filled, 37_000.into()));
    assert!(engine.balances(ALICE).all(|(_, balance)| balance.locked.is_zero()));
}

#[test]
fn what_can_no_longer_be_paid_expires_when_it_is_triggered() {
    let mut engine = market();
    let stop = NewOrder { price: None, ..waiting(Side::Buy, TriggerKind::StopLoss, Some(41_000), None, 1) };
    let all = NewOrder { size: Size::Base(2_000.into()), ..stop };
    let id = place(&mut engine, all).unwrap().order.id;
    let locked = |engine: &Engine| engine.balances(ALICE).nth(1).unwrap().1.locked;
    assert_eq!(locked(&engine), 82_000_000.into(), "at the stop price, since a market order has none");
    place(&mut engine, limit(BOB, Side::Sell, 41_000, 1)).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 60_000, 5_000)).unwrap();
    place(&mut engine, limit(BOB, Side::Buy, 41_000, 1)).unwrap();
    assert_eq!((status(&engine, id), engine.order(id).unwrap().expiry), (Status::Expired, Some(Expiry::Refused)));
    assert_eq!(locked(&engine), 0.into());
}

#[test]
fn an_iceberg_shows_a_part_and_loses_its_turn_when_it_shows_the_next() {
    let mut engine = engine(no_fees());
    let iceberg = NewOrder { iceberg: Some(2.into()), ..limit(ALICE, Side::Sell, 10, 5) };
    let iceberg = place(&mut engine, iceberg).unwrap().order.id;
    let other = place(&mut engine, limit(ALICE, Side::Sell, 10, 3)).unwrap().order.id;
    assert_eq!(engine.depth(0, Side::Sell).next(), Some((10.into(), 5.into())));
    let matches = |engine: &mut Engine, quantity| -> Vec<(OrderId, Decimal)> {
        let taken = place(engine, limit(BOB, Side::Buy, 10, quantity)).unwrap();
        taken.trades.iter().map(|trade| (trade.seller.order, trade.quantity)).collect()
    };
    assert_eq!(matches(&mut engine, 1), [(iceberg, 1.into())]);
    assert_eq!(matches(&mut engine, 2), [(iceberg, 1.into()), (other, 1.into())]);
    assert_eq!(engine.depth(0, Side::Sell).next(), Some((10.into(), 4.into())));
    // The whole level: what shows, and then what has not shown yet.
    assert_eq!(matches(&mut engine, 5), [(other, 2.into()), (iceberg, 2.into()), (iceberg, 1.into())]);
    assert_eq!(status(&engine, iceberg), Status::Filled);
}

#[test]
fn an_iceberg_that_is_amended_shows_less_only_where_less_is_left() {
    let mut engine = engine(no_fees());
    let iceberg = NewOrder { iceberg: Some(3.into()), ..limit(ALICE, Side::Sell, 10, 9) };
    let id = place(&mut engine, iceberg).unwrap().order.id;
    for (quantity, shown) in [(5, 3), (2, 2)] {
        engine.amend(id, quantity.into(), "same", 2);
        assert_eq!(engine.depth(0, Side::Sell).next(), Some((10.into(), shown.into())));
    }
}

#[test]
fn a_peg_takes_its_price_from_the_book_once() {
    let mut engine = engine(no_fees());
    for (side, price) in [(Side::Buy, 9), (Side::Buy, 8), (Side::Sell, 11), (Side::Sell, 12)] {
        place(&mut engine, limit(BOB, side, price, 1)).unwrap();
    }
    let pegged = |to, levels| NewOrder { price: None, peg: Some(Peg { to, levels }), ..limit(ALICE, Side::Buy, 1, 1) };
    for (to, levels, price) in [
        (PegTo::Primary, None, Some(9)),
        (PegTo::Primary, Some(1), Some(8)),
        (PegTo::Primary, Some(2), None),
        (PegTo::Market, Some(1), Some(12)),
    ] {
        let placed = place(&mut engine, pegged(to, levels));
        assert_eq!(placed.as_ref().ok().and_then(|placed| placed.order.limit), price.map(Decimal::from));
        assert!(price.is_some() || placed.unwrap_err() == Refusal::NoPegPrice);
    }
    // The book moves, the pegged order stays where it is.
    place(&mut engine, limit(BOB, Side::Buy, 10, 1)).unwrap();
    assert_eq!(engine.depth(0, Side::Buy).nth(1), Some((9.into(), 2.into())));

    let trigger = Trigger { kind: TriggerKind::StopLoss, stop_price: Some(12.into()), trailing_delta: None };
    let later = NewOrder { trigger: Some(trigger), ..pegged(PegTo::Primary, None) };
    let later = place(&mut engine, later).unwrap().order;
    assert_eq!(later.limit, None);
    place(&mut engine, limit(BOB, Side::Buy, 12, 1)).unwrap();
    let later = engine.order(later.id).unwrap();
    assert_eq!((later.limit, later.status), (Some(10.into()), Status::New), "the best bid when it was triggered");
}

/// Source: `stp_faq.md`, scenarios B to G; what two orders of one account do to each other.
#[test]
fn self_trades_are_prevented_as_the_documents_say() {
    use SelfTrade::{Decrement, ExpireBoth, ExpireMaker, ExpireTaker, Transfer};
    use Status::{Expired, ExpiredInMatch, New};
    let three = [(12, 12), (11, 13), (10, 81)];
    for (makers, taker, mode, after, taker_status, prevented) in [
        (
            &three[..],
            limit(ALICE, Side::Sell, 10, 30),
            ExpireMaker,
            &[ExpiredInMatch; 3][..],
            New,
            [(None, Some(12)), (None, Some(13)), (None, Some(81))].as_slice(),
        ),
        (&three, limit(ALICE, Side::Sell, 10, 30), ExpireTaker, &[New; 3], ExpiredInMatch, &[(Some(30), None)]),
        (
            &[(1, 1)],
            limit(ALICE, Side::Sell, 1, 3),
            ExpireBoth,
            &[ExpiredInMatch],
            ExpiredInMatch,
            &[(Some(3), Some(1))],
        ),
        (
            &[(1, 1)],
            NewOrder { price: None, ..limit(ALICE, Side::Sell, 1, 1) },
            ExpireMaker,
            &[ExpiredInMatch],
            Expired,
            &[(None, Some(1))],
        ),
        (&[(2, 6)], limit(ALICE, Side::Sell, 2, 2), Decrement, &[New], ExpiredInMatch, &[(Some(2), Some(2))]),
        (&[(2, 6)], limit(ALICE, Side::Sell, 2, 2), Transfer, &[New], ExpiredInMatch, &[(Some(2), Some(2))]),
    ] {
        let mut engine = Engine::new(&[pair()], 1, |_| Decimal::from(10_000), no_fees(), 0);
        engine.markets[0].house.clear();
        for id in engine.orders.keys().copied().collect::<Vec<_>>() {
            drop(engine.cancel(id, 0));
        }
        let makers: Vec<_> = makers
            .iter()
            .map(|(price, quantity)| place(&mut engine, limit(ALICE, Side::Buy, *price, *quantity)).unwrap().order.id)
            .collect();
        let placed = place(&mut engine, NewOrder { self_trade: mode, ..taker }).unwrap();
        assert!(placed.trades.is_empty());
        let statuses: Vec<_> = makers.iter().map(|id| status(&engine, *id)).collect();
        assert_eq!((statuses.as_slice(), placed.order.status), (after, taker_status), "{mode:?}");
        let told: Vec<_> = placed.preventions.iter().map(|each| (each.taker_quantity, each.maker_quantity)).collect();
        let expected: Vec<_> = prevented.iter().map(|(a, b)| (a.map(Decimal::from), b.map(Decimal::from))).collect();
        assert_eq!(told, expected, "{mode:?}");
        assert_eq!(engine.preventions(ALICE, 0).count(), told.len());
    }
}

#[test]
fn too_many_that_wait_are_refused() {
    let mut engine = market();
    let stop = || waiting(Side::Sell, TriggerKind::StopLoss, Some(30_000), None, 30_000);
    for _ in 0..5 {
        place(&mut engine, stop()).unwrap();
    }
    assert_eq!(place(&mut engine, stop()).unwrap_err(), Refusal::Rule(BrokenRule::AlgoOrders));
    place(&mut engine, limit(ALICE, Side::Sell, 50_000, 2)).unwrap();
}
