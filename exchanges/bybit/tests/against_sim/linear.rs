//! Linear contracts.

use std::time::Duration;

use orderwire_bybit::{
    AckStage, BboSide, BybitAmend, BybitOrder, ClientOrderId, Credentials, Decimal, Fate, FillsSince, Linear,
    LinearUsdc, NewOrder, OrderRef, OrderStatus, PositionMode, PositionSide, PreCheck, RejectKind, SetLeverage,
    SetPositionMode, Side, Symbol, Timestamp, TriggerBy, Verdict, dec,
};
use orderwire_sim::{Dialect, Fault, SimVenue, Status};

use crate::{assert_the_ledger_agrees, btc, change, received, refused};

async fn start() -> (SimVenue, Linear) {
    let sim = SimVenue::start(Dialect::BybitLinear).await.unwrap();
    let builder = Linear::builder(sim.environment()).credentials(sim.credentials());
    let linear = builder.connections(2).build().await.unwrap();
    (sim, linear)
}

/// Within the band that prices have here.
fn bid(linear: &Linear) -> NewOrder {
    NewOrder::limit(linear.next_id(), btc(), Side::Buy, dec!(0.002), dec!(58000))
}

fn market(linear: &Linear, side: Side, quantity: Decimal) -> NewOrder {
    NewOrder::market(linear.next_id(), btc(), side, quantity)
}

/// What the account has free and holds of USDT.
async fn usdt(linear: &Linear) -> (Decimal, Decimal) {
    let balances = linear.balances().await.unwrap();
    let usdt = balances.iter().find(|balance| balance.asset.as_str() == "USDT").unwrap();
    (usdt.free, usdt.locked)
}

#[tokio::test]
async fn an_order_from_its_rules_to_its_end() {
    let (sim, linear) = start().await;
    let rules = linear.instrument(btc()).await.unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.notional_min), (dec!(0.1), dec!(0.001), dec!(5)));
    assert!(linear.instruments().await.unwrap().contains(&rules));
    let top = linear.top_of_book(btc()).await.unwrap();
    assert!(top.bid > Decimal::ZERO && top.bid < top.ask);
    let order = bid(&linear);
    linear.test_place(&order).await.unwrap();
    let rates = linear.call(&PreCheck { order: BybitOrder::new(order) }).await.unwrap();
    assert!(rates.initial.is_some_and(|(before, after)| before <= after));
    assert!(sim.ledger().is_empty(), "a test places nothing");

    let before = usdt(&linear).await;
    let ack = linear.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage, ack.order_id.as_str().len()), (order.id, AckStage::Received, 36));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(btc(), ack.order_id)] {
        let state = linear.query(named).await.unwrap();
        assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
    }
    // Twenty times its margin is the leverage until another is set.
    let margin = dec!(0.002) * dec!(58000) / dec!(20);
    assert_eq!(usdt(&linear).await, (before.0 - margin, before.1 + margin));
    for open in [linear.open_orders(Some(btc())).await.unwrap(), linear.open_orders(None).await.unwrap()] {
        assert_eq!((open.len(), open[0].id), (1, Some(order.id)));
    }
    linear.amend(change(ack.order(), Some(dec!(0.003)), Some(dec!(58001)))).await.unwrap();
    let state = linear.query(order.order()).await.unwrap();
    assert_eq!((state.quantity, state.price), (Some(dec!(0.003)), Some(dec!(58001))));
    linear.cancel(ack.order()).await.unwrap();
    assert_eq!(usdt(&linear).await, before);
    assert_eq!(refused(linear.cancel(order.order()).await), (RejectKind::UnknownOrder, 110_001));
    assert_the_ledger_agrees!(sim, linear, btc());
}

#[tokio::test]
async fn positions_are_opened_reduced_and_closed() {
    let (sim, linear) = start().await;
    let before = usdt(&linear).await;
    let bought = linear.place(&market(&linear, Side::Buy, dec!(0.01))).await.unwrap();
    let positions = linear.positions(Some(btc())).await.unwrap();
    assert_eq!((positions.len(), positions[0].side, positions[0].quantity), (1, PositionSide::Net, dec!(0.01)));
    assert!(positions[0].entry_price.is_some_and(|price| price > dec!(59000)));
    let fills = linear.fills(btc(), FillsSince::Order(bought.order_id)).await.unwrap();
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<Decimal>(), dec!(0.01));
    let paid: Decimal = fills.iter().filter_map(|fill| fill.fill.commission).sum();
    let worth: Decimal = fills.iter().map(|fill| fill.fill.price * fill.fill.quantity).sum();
    let rates = linear.fee_rates(btc()).await.unwrap();
    assert_eq!((rates.buy, paid), ((dec!(0.0002), dec!(0.00055)), (worth * rates.buy.1).trunc_with_scale(8)));

    // No more of it is sold than there is.
    let reduces = market(&linear, Side::Sell, dec!(0.004)).reduce_only();
    linear.place(&reduces).await.unwrap();
    assert_eq!(linear.positions(None).await.unwrap()[0].quantity, dec!(0.006));
    let rests = NewOrder::limit(linear.next_id(), btc(), Side::Sell, dec!(0.01), dec!(62000)).reduce_only();
    linear.place(&rests).await.unwrap();
    assert_eq!(linear.query(rests.order()).await.unwrap().quantity, Some(dec!(0.006)));
    linear.cancel(rests.order()).await.unwrap();
    linear.call(&BybitOrder::close_position(linear.next_id(), btc(), Side::Sell)).await.unwrap();
    assert_eq!(linear.positions(Some(btc())).await.unwrap(), []);
    assert_eq!(refused(linear.place(&market(&linear, Side::Sell, dec!(0.001)).reduce_only()).await).1, 110_017);
    let after = usdt(&linear).await;
    assert!(after.0 < before.0 && after.1 == before.1, "the fees, and the spread");
    assert_eq!(sim.ledger().len(), 5);
    assert_the_ledger_agrees!(sim, linear, btc());
}

#[tokio::test]
async fn leverage_and_position_mode() {
    let (sim, linear) = start().await;
    let leverage = |times| SetLeverage { symbol: btc(), buy: times, sell: times };
    linear.call(&leverage(dec!(10))).await.unwrap();
    assert_eq!(refused(linear.call(&leverage(dec!(10))).await).1, 110_043);
    let before = usdt(&linear).await;
    let order = bid(&linear);
    linear.place(&order).await.unwrap();
    assert_eq!(usdt(&linear).await.1 - before.1, dec!(0.002) * dec!(58000) / dec!(10));
    let mode = |mode| SetPositionMode { symbol: btc(), mode };
    assert_eq!(refused(linear.call(&mode(PositionMode::Hedge)).await).1, 110_028);
    linear.cancel(order.order()).await.unwrap();
    assert_eq!(refused(linear.call(&mode(PositionMode::OneWay)).await).1, 110_025);
    linear.call(&mode(PositionMode::Hedge)).await.unwrap();
    assert_eq!(refused(linear.place(&bid(&linear)).await).1, 10_001);
    for (side, position) in [(Side::Buy, PositionSide::Long), (Side::Sell, PositionSide::Short)] {
        linear.place(&market(&linear, side, dec!(0.01)).position_side(position)).await.unwrap();
    }
    let positions = linear.positions(Some(btc())).await.unwrap();
    let held: Vec<_> = positions.iter().map(|position| (position.side, position.quantity)).collect();
    assert_eq!(held, [(PositionSide::Long, dec!(0.01)), (PositionSide::Short, dec!(-0.01))]);
    linear.place(&market(&linear, Side::Sell, dec!(0.01)).position_side(PositionSide::Long)).await.unwrap();
    assert_eq!(linear.positions(None).await.unwrap().len(), 1);
    assert_eq!(refused(linear.call(&mode(PositionMode::OneWay)).await).1, 110_024);
    assert_eq!(received(&sim, order.id), 1);
}

#[tokio::test]
async fn orders_with_a_trigger_say_which_way_the_price_has_to_go() {
    let (sim, linear) = start().await;
    let before = usdt(&linear).await;
    let stop = NewOrder::stop_limit(linear.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59000), dec!(58000));
    let stop = BybitOrder::new(stop).trigger_by(TriggerBy::MarkPrice);
    linear.call(&stop).await.unwrap();
    let state = linear.query(stop.order.order()).await.unwrap();
    assert_eq!((state.status, state.word.as_str()), (OrderStatus::Pending, "Untriggered"));
    assert_eq!(usdt(&linear).await, before, "it holds no margin while it waits");
    // Contracts have them among the others.
    assert_eq!(linear.open_orders(Some(btc())).await.unwrap().len(), 1);
    let amend = BybitAmend::new(change(stop.order.order(), None, Some(dec!(58100)))).stop_price(dec!(59100));
    linear.call(&amend).await.unwrap();
    assert_eq!(linear.query(stop.order.order()).await.unwrap().price, Some(dec!(58100)));
    let there = NewOrder::stop_market(linear.next_id(), btc(), Side::Sell, dec!(0.01), dec!(65000));
    assert_eq!(refused(linear.place(&there).await).1, 110_093);
    linear.place(&market(&linear, Side::Buy, dec!(0.1))).await.unwrap();
    let closes = NewOrder::stop_market(linear.next_id(), btc(), Side::Sell, dec!(0.1), dec!(59980)).reduce_only();
    linear.place(&closes).await.unwrap();
    // It is set off by who sells through the house's bids.
    linear.place(&market(&linear, Side::Sell, dec!(3))).await.unwrap();
    let state = linear.query(closes.order()).await.unwrap();
    assert!(!state.status.is_open(), "{state:?}");
    assert_eq!(linear.cancel_all(btc()).await.unwrap().len(), 1);
    assert_eq!(linear.query(stop.order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_the_ledger_agrees!(sim, linear, btc());
}

#[tokio::test]
async fn a_price_of_the_books_and_twenty_orders_at_once() {
    let (sim, linear) = start().await;
    let top = linear.top_of_book(btc()).await.unwrap();
    let order = NewOrder::limit(linear.next_id(), btc(), Side::Buy, dec!(0.01), dec!(0));
    linear.call(&BybitOrder::new(order).best_bid_offer(BboSide::Queue, 1)).await.unwrap();
    assert_eq!(linear.query(order.order()).await.unwrap().price, Some(top.bid));
    linear.cancel(order.order()).await.unwrap();

    let mut orders = [0; 20].map(|_| bid(&linear));
    orders[7].quantity = dec!(0.00001);
    let acks = linear.place_batch(&orders).await.unwrap();
    let refusals: Vec<_> = acks.iter().enumerate().filter(|(_, ack)| ack.is_err()).map(|(place, _)| place).collect();
    assert_eq!((acks.len(), refusals), (20, vec![7]));
    let named = orders.map(|order| order.order());
    let cancels = linear.cancel_batch(&named).await.unwrap();
    assert_eq!(cancels.iter().filter(|cancel| cancel.is_ok()).count(), 19);
    assert_the_ledger_agrees!(sim, linear, btc());
}

#[tokio::test]
async fn contracts_in_usdc_have_a_wallet_of_their_own() {
    let (sim, linear) = start().await;
    let usdc = LinearUsdc::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    let symbol = Symbol::new("BTCPERP").unwrap();
    let before = usdt(&linear).await;
    let order = NewOrder::market(usdc.next_id(), symbol, Side::Sell, dec!(0.01));
    usdc.place(&order).await.unwrap();
    let positions = usdc.positions(None).await.unwrap();
    assert_eq!((positions.len(), positions[0].symbol, positions[0].quantity), (1, symbol, dec!(-0.01)));
    assert_eq!((linear.positions(None).await.unwrap(), usdt(&linear).await), (vec![], before));
    assert_eq!(received(&sim, order.id), 1);
}

#[tokio::test]
async fn refusals_say_why_and_a_lost_reply_is_settled() {
    let (sim, linear) = start().await;
    let order = bid(&linear);
    sim.next(Fault::ResetAfterAccept);
    assert_eq!(linear.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    let verdict = linear.settle(order.order(), Duration::from_secs(10)).await.unwrap();
    assert!(matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New));
    let new = |side, quantity, price| NewOrder::limit(linear.next_id(), btc(), side, quantity, price);
    for (order, kind, code) in [
        (order, RejectKind::DuplicateId, 110_072),
        (new(Side::Buy, dec!(1190), dec!(60000)).with_id(order.id), RejectKind::DuplicateId, 110_072),
        (new(Side::Buy, dec!(0.002), dec!(70000)), RejectKind::InstrumentRule, 110_003),
        (new(Side::Buy, dec!(0.001), dec!(58000.05)), RejectKind::Malformed, 10_001),
    ] {
        assert_eq!(refused(linear.place(&order).await), (kind, code), "{order:?}");
    }
    assert_eq!(received(&sim, order.id), 3);
    assert_eq!(linear.query(order.order()).await.unwrap().status, OrderStatus::New);
    assert!(linear.server_time().await.unwrap().ms().abs_diff(Timestamp::now().ms()) < 5_000);
}

/// An RSA key's public half is what the venue checks with.
#[tokio::test]
async fn an_rsa_key_trades() {
    let keys = (
        include_str!("../../../../tests/keys/rsa_2048.pem"),
        include_str!("../../../../tests/keys/rsa_2048_public.pem"),
    );
    let sim = SimVenue::builder(Dialect::BybitLinear).account("rsa-key", keys.1).start().await.unwrap();
    let credentials = Credentials::new("rsa-key", keys.0).unwrap();
    let linear = Linear::builder(sim.environment()).credentials(credentials).build().await.unwrap();
    let order = bid(&linear);
    linear.place(&order).await.unwrap();
    linear.cancel(order.order()).await.unwrap();
    assert_the_ledger_agrees!(sim, linear, btc());
}
