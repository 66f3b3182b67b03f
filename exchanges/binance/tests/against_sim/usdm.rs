//! USD-M futures: every typed call against the simulated venue.

use std::time::Duration;

use orderwire_binance::orderwire::venue::{CancelAll, CancelAllAfter, DeadMansSwitch, OpenOrders};
use orderwire_binance::usdm::{
    GetAccount, GetOpenOrder, GetOrderLimits, GetPositionMode, MarginType, PositionMode, PriceMatch, SetLeverage,
    SetMarginType, SetPositionMode, TestUsdmOrder, UsdmAmend,
};
use orderwire_binance::{
    AckStage, AmendOrder, ClientOrderId, Credentials, Decimal, Fate, FillsSince, Liquidity, NewOrder, OrderRef,
    OrderStatus, PositionSide, RejectKind, ResponseType, RestError, Side, Symbol, TimeInForce, Timestamp, Usdm,
    UsdmOrder, Verdict, dec,
};
use orderwire_sim::{Dialect, Fault, SimVenue};

async fn started() -> (SimVenue, Usdm) {
    let sim = SimVenue::start(Dialect::BinanceUsdm).await.unwrap();
    let usdm = Usdm::builder(sim.environment()).credentials(sim.credentials()).connections(2).build().await.unwrap();
    (sim, usdm)
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

/// A bid below the book, within its band.
fn bid(usdm: &Usdm) -> NewOrder {
    NewOrder::limit(usdm.next_id(), symbol(), Side::Buy, dec!(0.002), dec!(58000))
}

fn market(usdm: &Usdm, side: Side, quantity: Decimal) -> NewOrder {
    NewOrder::market(usdm.next_id(), symbol(), side, quantity)
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, RestError>) -> (RejectKind, Option<i32>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected, "{error}");
    (error.kind(), error.answer().and_then(|answer| answer.code))
}

/// What the client is told of every order is what the venue's ledger says, and nothing was sent twice.
async fn assert_the_ledger_agrees(sim: &SimVenue, usdm: &Usdm) {
    for record in sim.ledger() {
        let order = OrderRef::by_id(symbol(), ClientOrderId::new(&record.client_order_id).unwrap());
        let plain = usdm.query(order).await;
        let trigger = usdm.query(order.with_trigger()).await;
        match &record.order_id {
            None => {
                assert_eq!(plain.unwrap_err().kind(), RejectKind::UnknownOrder, "{record:?}");
                assert_eq!(trigger.unwrap_err().kind(), RejectKind::UnknownOrder, "{record:?}");
            }
            Some(order_id) => {
                // Orders with a trigger have ids of their own, far from the others'.
                let is_trigger = trigger.as_ref().is_ok_and(|told| told.order_id.as_str() == order_id);
                if !is_trigger {
                    let told = plain.unwrap();
                    assert_eq!(told.order_id.as_str(), order_id, "{record:?}");
                    assert_eq!(told.word.as_str(), sim.dialect().status_word(record.status), "{record:?}");
                }
            }
        }
        assert_eq!(record.received, 1, "{record:?}");
    }
}

#[tokio::test]
async fn an_order_from_its_rules_to_its_end() {
    let (sim, usdm) = started().await;
    usdm.ping().await.unwrap();
    assert!(usdm.server_time().await.unwrap().ms().abs_diff(Timestamp::now().ms()) < 5_000);
    let rules = usdm.instrument(symbol()).await.unwrap();
    assert!(usdm.instruments().await.unwrap().contains(&rules));
    assert_eq!((rules.tick_size, rules.lot_size), (dec!(0.1), dec!(0.001)));
    let top = usdm.top_of_book(symbol()).await.unwrap();
    assert!(top.bid > Decimal::ZERO && top.bid < top.ask);
    let price = rules.price_down(top.bid * dec!(0.98));
    let order = NewOrder::limit(usdm.next_id(), symbol(), Side::Buy, rules.least_quantity(price), price).post_only();
    rules.check(&order).unwrap();
    usdm.test_place(&order).await.unwrap();
    usdm.call(&TestUsdmOrder { order: UsdmOrder::new(order) }).await.unwrap();
    assert!(usdm.open_orders(None).await.unwrap().is_empty(), "a test places nothing");

    let before = usdm.call(&GetAccount {}).await.unwrap();
    let ack = usdm.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage, ack.executed), (order.id, AckStage::Working, Some(Decimal::ZERO)));
    assert!(ack.order_id.as_str().parse::<u64>().unwrap() > 1 << 53, "no 64-bit float holds it");
    for named in [order.order(), ack.order(), OrderRef::by_order_id(symbol(), ack.order_id)] {
        for state in [usdm.query(named).await.unwrap(), usdm.call(&GetOpenOrder { order: named }).await.unwrap()] {
            assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
            assert_eq!((state.side, state.price, state.quantity), (Some(Side::Buy), order.price, Some(order.quantity)));
        }
    }
    let open = usdm.open_orders(Some(symbol())).await.unwrap();
    assert_eq!((open.len(), open[0].id), (1, Some(order.id)));
    // Twenty times its margin is the leverage until another is set.
    let held = usdm.call(&GetAccount {}).await.unwrap();
    assert_eq!(held.initial_margin - before.initial_margin, order.quantity * price / dec!(20));
    assert_eq!(held.available, before.available - order.quantity * price / dec!(20));

    let cancelled = usdm.cancel(ack.order()).await.unwrap();
    assert_eq!((cancelled.id, cancelled.order_id), (Some(order.id), Some(ack.order_id)));
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(refused(usdm.call(&GetOpenOrder { order: order.order() }).await).0, RejectKind::UnknownOrder);
    assert_eq!(usdm.call(&GetAccount {}).await.unwrap(), before);
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn positions_and_what_they_bring() {
    let (sim, usdm) = started().await;
    let fees = usdm.fee_rates(symbol()).await.unwrap();
    let wallet = |balances: Vec<orderwire_binance::Balance>| {
        let usdt = balances.into_iter().find(|balance| balance.asset.as_str() == "USDT").unwrap();
        usdt.free + usdt.locked
    };
    let before = wallet(usdm.balances().await.unwrap());
    let bought = usdm.place(&market(&usdm, Side::Buy, dec!(0.01))).await.unwrap();
    assert_eq!((bought.stage, bought.executed), (AckStage::Done(OrderStatus::Filled), Some(dec!(0.01))));
    let positions = usdm.positions(Some(symbol())).await.unwrap();
    assert_eq!((positions.len(), positions[0].side, positions[0].quantity), (1, PositionSide::Net, dec!(0.01)));
    // Through zero to the other side.
    usdm.place(&market(&usdm, Side::Sell, dec!(0.03))).await.unwrap();
    let positions = usdm.positions(None).await.unwrap();
    assert_eq!((positions.len(), positions[0].quantity), (1, dec!(-0.02)));
    assert_eq!(usdm.call(&GetAccount {}).await.unwrap().positions[0].quantity, dec!(-0.02));

    // More than there is to reduce is refused, all of it is not.
    let close = |quantity| market(&usdm, Side::Buy, quantity).reduce_only();
    assert_eq!(refused(usdm.place(&close(dec!(0.021))).await), (RejectKind::ReduceOnly, Some(-2022)));
    usdm.place(&close(dec!(0.02))).await.unwrap();
    assert!(usdm.positions(None).await.unwrap().is_empty());

    // The wallet moved by what the executions realized and cost, to the last unit.
    let fills = usdm.fills(symbol(), FillsSince::Trade(0)).await.unwrap();
    assert_eq!(usdm.fills(symbol(), FillsSince::Recent).await.unwrap(), fills);
    let (mut realized, mut paid) = (Decimal::ZERO, Decimal::ZERO);
    for fill in &fills {
        assert_eq!(fill.liquidity, Some(Liquidity::Taker));
        let fee = fill.fill.commission.unwrap();
        assert_eq!(fee, (fill.fill.price * fill.fill.quantity * fees.buy.1).trunc_with_scale(8));
        (realized, paid) = (realized + fill.realized.unwrap(), paid + fee);
    }
    assert_eq!(wallet(usdm.balances().await.unwrap()), before + realized - paid);
    let of_order = usdm.fills(symbol(), FillsSince::Order(bought.order_id)).await.unwrap();
    assert!(!of_order.is_empty() && of_order.iter().all(|fill| fill.order_id == bought.order_id));
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn hedge_mode_keeps_two_positions() {
    let (sim, usdm) = started().await;
    assert_eq!(usdm.call(&GetPositionMode {}).await.unwrap(), PositionMode::OneWay);
    let long = |side, quantity| market(&usdm, side, quantity).position_side(PositionSide::Long);
    assert_eq!(refused(usdm.place(&long(Side::Buy, dec!(0.01))).await).1, Some(-4061));
    usdm.call(&SetPositionMode { mode: PositionMode::Hedge }).await.unwrap();
    assert_eq!(refused(usdm.call(&SetPositionMode { mode: PositionMode::Hedge }).await).1, Some(-4059));
    assert_eq!(usdm.call(&GetPositionMode {}).await.unwrap(), PositionMode::Hedge);

    usdm.place(&long(Side::Buy, dec!(0.01))).await.unwrap();
    let short = market(&usdm, Side::Sell, dec!(0.004)).position_side(PositionSide::Short);
    usdm.place(&short).await.unwrap();
    let mut positions: Vec<_> =
        usdm.positions(Some(symbol())).await.unwrap().iter().map(|it| (it.side, it.quantity)).collect();
    positions.sort_by_key(|(_, quantity)| *quantity);
    assert_eq!(positions, [(PositionSide::Short, dec!(-0.004)), (PositionSide::Long, dec!(0.01))]);
    // A sell of the long position only reduces it.
    assert_eq!(refused(usdm.place(&long(Side::Sell, dec!(0.011))).await).0, RejectKind::ReduceOnly);
    assert_eq!(refused(usdm.call(&SetPositionMode { mode: PositionMode::OneWay }).await).1, Some(-4068));
    usdm.place(&long(Side::Sell, dec!(0.01))).await.unwrap();
    assert_eq!(usdm.positions(None).await.unwrap().len(), 1);
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn leverage_and_margin_are_set() {
    let (_sim, usdm) = started().await;
    let set = usdm.call(&SetLeverage { symbol: symbol(), leverage: 5 }).await.unwrap();
    assert_eq!((set.leverage, set.notional_max), (5, None));
    usdm.place(&bid(&usdm)).await.unwrap();
    let held = usdm.call(&GetAccount {}).await.unwrap().initial_margin;
    assert_eq!(held, dec!(0.002) * dec!(58000) / dec!(5));
    usdm.call(&SetLeverage { symbol: symbol(), leverage: 10 }).await.unwrap();
    assert_eq!(usdm.call(&GetAccount {}).await.unwrap().initial_margin, held / dec!(2));
    let isolated = SetMarginType { symbol: symbol(), margin_type: MarginType::Isolated };
    assert_eq!(refused(usdm.call(&isolated).await).1, Some(-4047));
    usdm.cancel_all(symbol()).await.unwrap();
    usdm.call(&isolated).await.unwrap();
    assert_eq!(refused(usdm.call(&isolated).await).1, Some(-4046));
    let limits = usdm.call(&GetOrderLimits {}).await.unwrap();
    let of: Vec<_> = limits.iter().map(|limit| limit.interval.as_secs()).collect();
    assert_eq!(of, [10, 60]);
}

#[tokio::test]
async fn every_type_and_every_refusal() {
    let (sim, usdm) = started().await;
    let top = usdm.top_of_book(symbol()).await.unwrap();
    let ack =
        usdm.call(&UsdmOrder::new(market(&usdm, Side::Buy, dec!(0.01))).response(ResponseType::Ack)).await.unwrap();
    assert_eq!((ack.stage, ack.executed), (AckStage::Received, None));
    let ioc = usdm.place(&bid(&usdm).time_in_force(TimeInForce::Ioc)).await.unwrap();
    assert_eq!(ioc.stage, AckStage::Done(OrderStatus::Expired));
    assert_eq!(refused(usdm.place(&bid(&usdm).time_in_force(TimeInForce::Fok)).await).1, Some(-5021));
    let queued = UsdmOrder::new(bid(&usdm)).price_match(PriceMatch::Queue5);
    usdm.call(&queued).await.unwrap();
    let state = usdm.query(queued.order.order()).await.unwrap();
    assert!(state.price.unwrap() < top.bid, "{state:?}");

    let mut crossing = bid(&usdm).post_only();
    crossing.price = Some(top.ask);
    assert_eq!(refused(usdm.place(&crossing).await), (RejectKind::PostOnlyWouldTake, Some(-5022)));
    let order = bid(&usdm);
    usdm.place(&order).await.unwrap();
    assert_eq!(refused(usdm.place(&order).await), (RejectKind::DuplicateId, Some(-4116)));
    let changed = |change: fn(&mut NewOrder)| {
        let mut order = bid(&usdm);
        change(&mut order);
        order
    };
    for (order, code) in [
        (changed(|order| order.price = Some(dec!(58000.05))), -4014),
        (changed(|order| order.price = Some(dec!(70000))), -4016),
        (changed(|order| order.quantity = dec!(0.0025)), -4023),
        (changed(|order| order.quantity = dec!(0)), 0),
        (changed(|order| order.price = Some(dec!(20000))), -4164),
        (changed(|order| order.quantity = dec!(1000)).position_side(PositionSide::Net), 0),
        (changed(|order| order.symbol = Symbol::new("NONEUSDT").unwrap()), -1121),
    ] {
        match usdm.place(&order).await {
            Err(error) if error.fate() == Fate::Rejected => {
                assert_eq!(error.answer().unwrap().code, Some(code), "{order:?}");
            }
            // Refused before it is written, or taken.
            other => assert_eq!(code, 0, "{order:?}: {other:?}"),
        }
    }
    // Above the band a sell may stand.
    usdm.place(&NewOrder::limit(usdm.next_id(), symbol(), Side::Sell, dec!(0.002), dec!(70000))).await.unwrap();
    let unknown = OrderRef::by_id(symbol(), usdm.next_id());
    assert_eq!(refused(usdm.query(unknown).await), (RejectKind::UnknownOrder, Some(-2013)));
    assert_eq!(refused(usdm.cancel(unknown).await), (RejectKind::UnknownOrder, Some(-2011)));
    usdm.cancel_all(symbol()).await.unwrap();
    assert!(usdm.open_orders(Some(symbol())).await.unwrap().is_empty());
    let twice = sim.ledger().into_iter().find(|record| record.client_order_id == order.id.as_str()).unwrap();
    assert_eq!(twice.received, 2);
}

#[tokio::test]
async fn an_order_is_changed_and_goes_to_the_end_of_its_queue() {
    let (sim, usdm) = started().await;
    let order = bid(&usdm);
    let ack = usdm.place(&order).await.unwrap();
    let change = |quantity, price| AmendOrder {
        order: ack.order(),
        new_id: None,
        quantity: Some(quantity),
        price: Some(price),
        side: Some(Side::Buy),
    };
    let changed = usdm.amend(change(dec!(0.003), dec!(58001))).await.unwrap();
    let state = changed.state.unwrap();
    assert_eq!((state.price, state.quantity), (Some(dec!(58001)), Some(dec!(0.003))));
    assert_eq!(refused(usdm.amend(change(dec!(0.003), dec!(58001))).await).1, Some(-5027));
    let numbered = UsdmAmend::new(change(dec!(0.003), dec!(0))).price_match(PriceMatch::Queue10).modify_id(7);
    assert_ne!(usdm.call(&numbered).await.unwrap().price, Some(dec!(58001)));
    // To a price that takes it matches like a new one.
    let top = usdm.top_of_book(symbol()).await.unwrap();
    let state = usdm.amend(change(dec!(0.003), top.ask)).await.unwrap().state.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.003)));
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn each_order_of_a_batch_has_its_own_fate() {
    let (sim, usdm) = started().await;
    let odd = ClientOrderId::new("a.b:c/d_e-f").unwrap();
    let orders = [
        bid(&usdm),
        market(&usdm, Side::Sell, dec!(0.01)).reduce_only(),
        bid(&usdm).with_id(odd),
        market(&usdm, Side::Buy, dec!(0.01)),
    ];
    let placed = usdm.place_batch(&orders).await.unwrap();
    assert_eq!(placed.len(), 4);
    assert_eq!((placed[0].as_ref().unwrap().id, placed[2].as_ref().unwrap().id), (orders[0].id, odd));
    assert_eq!(placed[1].as_ref().unwrap_err().kind(), RejectKind::ReduceOnly);
    assert_eq!(placed[3].as_ref().unwrap().stage, AckStage::Done(OrderStatus::Filled));
    assert_eq!(sim.ledger().len(), 4, "refused ones too");

    let change = |order: &NewOrder, price| AmendOrder {
        order: order.order(),
        new_id: None,
        quantity: Some(dec!(0.002)),
        price: Some(price),
        side: Some(Side::Buy),
    };
    let changes = [change(&orders[0], dec!(57990)), change(&orders[1], dec!(57990)), change(&orders[2], dec!(57980))];
    let changed = usdm.amend_batch(&changes).await.unwrap();
    assert_eq!(changed[0].as_ref().unwrap().price, Some(dec!(57990)));
    assert_eq!(changed[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    assert_eq!(changed[2].as_ref().unwrap().price, Some(dec!(57980)));

    let named = [orders[0].order(), orders[1].order(), orders[2].order()];
    let cancelled = usdm.cancel_batch(&named).await.unwrap();
    assert_eq!(cancelled[0].as_ref().unwrap().id, Some(orders[0].id));
    assert_eq!(cancelled[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    assert_eq!(cancelled[2].as_ref().unwrap().id, Some(odd));
    let more = [bid(&usdm), bid(&usdm)];
    let acks = usdm.place_batch(&more).await.unwrap();
    let by_number: Vec<_> =
        acks.iter().map(|ack| OrderRef::by_order_id(symbol(), ack.as_ref().unwrap().order_id)).collect();
    assert!(usdm.cancel_batch(&by_number).await.unwrap().iter().all(Result::is_ok));
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn orders_with_a_trigger_live_apart_until_it_comes() {
    let (sim, usdm) = started().await;
    let top = usdm.top_of_book(symbol()).await.unwrap();
    // Something to protect, and somebody to be sold to.
    usdm.place(&market(&usdm, Side::Buy, dec!(0.01))).await.unwrap();
    let stop = NewOrder::stop_market(usdm.next_id(), symbol(), Side::Sell, dec!(0.01), dec!(57000)).reduce_only();
    let ack = usdm.place(&stop).await.unwrap();
    assert!(ack.has_trigger && ack.stage == AckStage::Working, "{ack:?}");
    assert!(ack.order_id.as_str().parse::<u64>().unwrap() < 1 << 53, "ids of their own");
    // Where the others live it is not known, and neither listed nor cancelled there.
    let elsewhere = OrderRef::by_id(symbol(), stop.id);
    assert_eq!(refused(usdm.query(elsewhere).await).0, RejectKind::UnknownOrder);
    assert!(usdm.open_orders(Some(symbol())).await.unwrap().is_empty());
    usdm.cancel_all(symbol()).await.unwrap();
    for order in [ack.order(), stop.order()] {
        let state = usdm.query(order).await.unwrap();
        assert_eq!((state.id, state.status, state.became), (Some(stop.id), OrderStatus::Pending, None));
    }
    let open = usdm.call(&OpenOrders { symbol: Some(symbol()), triggers: true }).await.unwrap();
    assert_eq!((open.len(), open[0].id), (1, Some(stop.id)));
    usdm.cancel(ack.order()).await.unwrap();
    assert_eq!(usdm.query(stop.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(refused(usdm.cancel(ack.order()).await).0, RejectKind::UnknownOrder);

    // The market is there already.
    let reached = NewOrder::stop_market(usdm.next_id(), symbol(), Side::Sell, dec!(0.01), top.ask + dec!(100));
    assert_eq!(refused(usdm.place(&reached).await).1, Some(-2021));

    // One that the next trade sets off closes all of the position.
    let closing =
        UsdmOrder::new(NewOrder::stop_market(usdm.next_id(), symbol(), Side::Sell, dec!(0), top.bid)).close_position();
    usdm.call(&closing).await.unwrap();
    let trailing = UsdmOrder::trailing_stop(usdm.next_id(), symbol(), Side::Sell, dec!(0.01), dec!(10));
    let take = NewOrder::take_profit_limit(
        usdm.next_id(),
        symbol(),
        Side::Sell,
        dec!(0.005),
        top.ask + dec!(1000),
        top.ask + dec!(1100),
    );
    usdm.call(&trailing).await.unwrap();
    usdm.place(&take).await.unwrap();
    usdm.place(&market(&usdm, Side::Sell, dec!(0.001))).await.unwrap();
    let state = usdm.query(closing.order.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.009)), "{state:?}");
    assert!(usdm.positions(Some(symbol())).await.unwrap().is_empty());
    let became = usdm.query(OrderRef::by_order_id(symbol(), state.became.unwrap())).await.unwrap();
    assert_eq!((became.id, became.status), (Some(closing.order.id), OrderStatus::Filled));
    usdm.call(&CancelAll { symbol: symbol(), triggers: true }).await.unwrap();
    assert_eq!(usdm.query(take.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert!(usdm.call(&OpenOrders { symbol: None, triggers: true }).await.unwrap().is_empty());
    assert_the_ledger_agrees(&sim, &usdm).await;
}

#[tokio::test]
async fn the_countdown_cancels_unless_it_is_set_again() {
    let (sim, usdm) = started().await;
    let order = bid(&usdm);
    usdm.place(&order).await.unwrap();
    let after = |ms| CancelAllAfter { symbol: Some(symbol()), after: Some(Duration::from_millis(ms)) };
    usdm.call(&after(60_000)).await.unwrap();
    usdm.call(&CancelAllAfter { symbol: Some(symbol()), after: None }).await.unwrap();
    usdm.call(&after(50)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    // Nobody had to ask for it to happen.
    assert_eq!(sim.ledger()[0].status, orderwire_sim::Status::Canceled);
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);

    // Kept alive it stays off, abandoned it strikes.
    let switch = DeadMansSwitch::arm(usdm.clone(), Some(symbol()), Duration::from_millis(1_500)).await.unwrap();
    let order = bid(&usdm);
    usdm.place(&order).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::New, "missed {}", switch.missed());
    drop(switch);
    tokio::time::sleep(Duration::from_millis(1_700)).await;
    assert_eq!(usdm.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn each_kind_of_503_is_what_the_ledger_says() {
    let (sim, usdm) = started().await;
    for (fault, fate) in [
        (Fault::InternalError, Fate::Rejected),
        (Fault::StatusUnknown, Fate::Unknown),
        (Fault::Throttled, Fate::Rejected),
        (Fault::Unavailable, Fate::Rejected),
        (Fault::ServerErrorAfter, Fate::Unknown),
        (Fault::CloseAfterAccept, Fate::Unknown),
    ] {
        let order = bid(&usdm);
        sim.next(fault);
        let error = usdm.place(&order).await.unwrap_err();
        assert_eq!(error.fate(), fate, "{fault}: {error}");
        let arrived = sim.ledger().iter().any(|record| record.client_order_id == order.id.as_str());
        assert_eq!(arrived, fate == Fate::Unknown, "{fault}");
        if arrived {
            let verdict = usdm.settle(order.order(), Duration::from_secs(5)).await.unwrap();
            assert!(
                matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New),
                "{fault}: {verdict:?}"
            );
        }
        // And of an order with a trigger, which is settled where it lives.
        let stop = NewOrder::stop_market(usdm.next_id(), symbol(), Side::Sell, dec!(0.01), dec!(50000));
        sim.next(fault);
        assert_eq!(usdm.place(&stop).await.unwrap_err().fate(), fate, "{fault}");
        if fate == Fate::Unknown {
            let verdict = usdm.settle(stop.order(), Duration::from_secs(5)).await.unwrap();
            assert!(matches!(verdict, Verdict::Exists(state) if state.has_trigger), "{fault}: {verdict:?}");
            usdm.cancel(stop.order()).await.unwrap();
        }
    }
    let struck = sim.struck();
    assert_eq!(struck.len(), 12, "orders with a trigger are told by their id too: {struck:?}");
}

#[tokio::test]
async fn private_keys_are_accepted_by_another_implementation() {
    for (private, public) in [
        (include_str!("../../../../tests/keys/ed25519.pem"), include_str!("../../../../tests/keys/ed25519_public.pem")),
        (
            include_str!("../../../../tests/keys/rsa_2048_pkcs1.pem"),
            include_str!("../../../../tests/keys/rsa_2048_public.pem"),
        ),
        (
            include_str!("../../../../tests/keys/rsa_4096.pem"),
            include_str!("../../../../tests/keys/rsa_4096_public.pem"),
        ),
    ] {
        let sim = SimVenue::builder(Dialect::BinanceUsdm).account("key-of-tests", public).start().await.unwrap();
        let credentials = Credentials::new("key-of-tests", private).unwrap();
        let usdm = Usdm::builder(sim.environment()).credentials(credentials).build().await.unwrap();
        let ack = usdm.place(&bid(&usdm)).await.unwrap();
        usdm.cancel(ack.order()).await.unwrap();
        let batch = usdm.place_batch(&[bid(&usdm), bid(&usdm)]).await.unwrap();
        assert!(batch.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn names_outside_ascii_are_signed_as_they_are_sent() {
    let (_sim, usdm) = started().await;
    let symbol = Symbol::new("币安人生USDT").unwrap();
    let rules = usdm.instrument(symbol).await.unwrap();
    let price = rules.price_down(usdm.top_of_book(symbol).await.unwrap().bid * dec!(0.97));
    let order = NewOrder::limit(usdm.next_id(), symbol, Side::Buy, rules.least_quantity(price), price);
    usdm.place(&order).await.unwrap();
    let more = order.with_id(usdm.next_id());
    assert!(usdm.place_batch(&[more]).await.unwrap()[0].is_ok());
    assert_eq!(usdm.open_orders(Some(symbol)).await.unwrap().len(), 2);
    assert!(usdm.cancel_batch(&[order.order(), more.order()]).await.unwrap().iter().all(Result::is_ok));
}
