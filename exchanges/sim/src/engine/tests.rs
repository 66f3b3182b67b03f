//! The engine by itself: a rule a test.

mod lists;
mod positions;
mod triggers;

use super::*;
use crate::instrument::BrokenRule;

pub(super) const ALICE: AccountId = 1;
pub(super) const BOB: AccountId = 2;
pub(super) const FUNDS: i64 = 400;

fn pair() -> Instrument {
    Instrument::new("XY", "X", "Y", Decimal::from(10), Decimal::ONE, Decimal::ONE)
}

pub(super) fn no_fees() -> Fees {
    Fees { maker: Decimal::ZERO, taker: Decimal::ZERO }
}

/// Two traders and no house, so that a test sees only its own orders.
pub(super) fn engine(fees: Fees) -> Engine {
    let mut engine = Engine::new(&[pair()], 2, |_| Decimal::from(FUNDS), fees, 0);
    engine.markets[0].house.clear();
    for id in engine.orders.keys().copied().collect::<Vec<_>>() {
        drop(engine.cancel(id, 0));
    }
    engine
}

pub(super) fn limit(account: AccountId, side: Side, price: i64, quantity: i64) -> NewOrder {
    NewOrder {
        account,
        market: 0,
        client_id: String::new(),
        side,
        price: Some(Decimal::from(price)),
        size: Size::Base(Decimal::from(quantity)),
        time_in_force: TimeInForce::GoodTillCanceled,
        post_only: false,
        ends_if_taking: false,
        self_trade: SelfTrade::Allow,
        trigger: None,
        holds_late: false,
        iceberg: None,
        peg: None,
        position: PositionSide::Net,
        reduce_only: false,
        good_till_us: None,
        labels: BTreeMap::new(),
    }
}

/// Places with a client id of its own.
pub(super) fn place(engine: &mut Engine, mut order: NewOrder) -> Result<Placed, Refusal> {
    order.client_id = format!("c{}", engine.next_order_id());
    engine.place(order, 1)
}

fn status(engine: &Engine, id: OrderId) -> Status {
    engine.order(id).unwrap().status
}

#[test]
fn the_better_price_and_then_the_earlier_order_goes_first() {
    let mut engine = engine(no_fees());
    let dear = place(&mut engine, limit(ALICE, Side::Sell, 11, 1)).unwrap().order.id;
    let first = place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap().order.id;
    let second = place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap().order.id;
    let taker = place(&mut engine, limit(BOB, Side::Buy, 11, 4)).unwrap();
    let sellers: Vec<_> = taker.trades.iter().map(|trade| (trade.seller.order, trade.price, trade.quantity)).collect();
    assert_eq!(sellers, [(first, 10.into(), 2.into()), (second, 10.into(), 2.into())]);
    assert_eq!(status(&engine, taker.order.id), Status::Filled);
    assert_eq!(status(&engine, dear), Status::New);
    let fills = engine.take_events().first_fills;
    assert_eq!(fills, [(BOB, Liquidity::Taker), (ALICE, Liquidity::Maker), (ALICE, Liquidity::Maker)]);
}

#[test]
fn a_buyer_gets_back_what_a_better_price_saved() {
    let mut engine = engine(no_fees());
    place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap();
    place(&mut engine, limit(BOB, Side::Buy, 12, 5)).unwrap();
    let balances: Vec<_> = engine.balances(BOB).map(|(_, balance)| balance).collect();
    assert_eq!(balances[0], Balance { free: (FUNDS + 2).into(), locked: 0.into() });
    assert_eq!(balances[1], Balance { free: (FUNDS - 20 - 36).into(), locked: 36.into() });
}

#[test]
fn each_refusal_leaves_everything_as_it_was() {
    let mut engine = engine(no_fees());
    let mut resting = limit(ALICE, Side::Sell, 10, 2);
    resting.client_id = "a".to_owned();
    engine.place(resting.clone(), 1).unwrap();
    let before = serde_json::to_string(&engine).unwrap();
    assert_eq!(engine.place(resting, 2).unwrap_err(), Refusal::DuplicateClientId);
    let post_only = NewOrder { post_only: true, ..limit(BOB, Side::Buy, 10, 1) };
    assert_eq!(place(&mut engine, post_only).unwrap_err(), Refusal::WouldTake);
    let too_dear = place(&mut engine, limit(BOB, Side::Buy, 9, 100));
    assert_eq!(too_dear.unwrap_err(), Refusal::InsufficientBalance);
    let market = |side, size| NewOrder { price: None, size, ..limit(BOB, side, 1, 1) };
    let nobody = place(&mut engine, market(Side::Sell, Size::Quote(5.into())));
    assert_eq!(nobody.unwrap_err(), Refusal::NoLiquidity);
    let less_than_a_lot = place(&mut engine, market(Side::Buy, Size::Quote(9.into())));
    assert_eq!(less_than_a_lot.unwrap_err(), Refusal::LiquidityBelowLot);
    engine.markets[0].instrument.open_orders_max = 1;
    assert_eq!(place(&mut engine, limit(ALICE, Side::Sell, 11, 1)).unwrap_err(), Refusal::Rule(BrokenRule::OpenOrders));
    engine.markets[0].instrument.open_orders_max = pair().open_orders_max;
    assert_eq!(serde_json::to_string(&engine).unwrap(), before);
}

#[test]
fn what_may_not_rest_expires() {
    let mut engine = engine(no_fees());
    place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap();
    let all_or_nothing = NewOrder { time_in_force: TimeInForce::FillOrKill, ..limit(BOB, Side::Buy, 10, 3) };
    let all_or_nothing = place(&mut engine, all_or_nothing).unwrap();
    assert!(all_or_nothing.trades.is_empty());
    assert_eq!(status(&engine, all_or_nothing.order.id), Status::Expired);
    let market = NewOrder { price: None, ..limit(BOB, Side::Buy, 1, 3) };
    let market = place(&mut engine, market).unwrap();
    assert_eq!((market.trades.len(), status(&engine, market.order.id)), (1, Status::Expired));
    assert_eq!(engine.open_orders(BOB, None).count(), 0);
}

#[test]
fn post_only_is_refused_or_ends() {
    let mut engine = engine(no_fees());
    place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap();
    let balances = |engine: &Engine| engine.balances(BOB).map(|(_, balance)| balance).collect::<Vec<_>>();
    let before = balances(&engine);
    let refused = NewOrder { post_only: true, ..limit(BOB, Side::Buy, 10, 1) };
    assert_eq!(place(&mut engine, refused.clone()).unwrap_err(), Refusal::WouldTake);
    let ends = NewOrder { ends_if_taking: true, ..refused };
    let ended = place(&mut engine, ends.clone()).unwrap();
    assert_eq!((ended.trades.len(), ended.order.status), (0, Status::Expired));
    assert_eq!(ended.order.expiry, Some(Expiry::WouldTake));
    assert_eq!(balances(&engine), before);
    let rests = place(&mut engine, NewOrder { price: Some(9.into()), ..ends }).unwrap();
    assert_eq!(rests.order.status, Status::New);
    // A change has it end too.
    engine.modify(rests.order.id, 1.into(), 10.into(), 2).unwrap();
    assert_eq!(engine.order(rests.order.id).map(|order| order.is_open()), Some(false));
    assert_eq!(balances(&engine), before);
}

#[test]
fn the_house_comes_back_unless_it_would_match() {
    let mut engine = Engine::new(&[pair()], 1, |_| Decimal::from(1_000_000_000), no_fees(), 3);
    let best = |engine: &Engine, side| engine.depth(0, side).next();
    let (ask, quantity) = best(&engine, Side::Sell).unwrap();
    let order = NewOrder { price: None, size: Size::Base(quantity), ..limit(ALICE, Side::Buy, 1, 1) };
    place(&mut engine, order).unwrap();
    assert_eq!(best(&engine, Side::Sell), Some((ask, quantity)));

    let all: Decimal = engine.depth(0, Side::Sell).map(|(_, quantity)| quantity).sum();
    let order = NewOrder { size: Size::Base(all + Decimal::ONE), ..limit(ALICE, Side::Buy, 1_000, 1) };
    let resting = place(&mut engine, order).unwrap().order.id;
    assert_eq!((best(&engine, Side::Buy), best(&engine, Side::Sell)), (Some((1_000.into(), 1.into())), None));
    engine.cancel(resting, 2);
    assert_eq!(best(&engine, Side::Sell), Some((ask, quantity)));
}

#[test]
fn a_snapshot_goes_on_as_the_original() {
    let mut original = engine(no_fees());
    place(&mut original, limit(ALICE, Side::Sell, 10, 2)).unwrap();
    place(&mut original, limit(ALICE, Side::Sell, 10, 3)).unwrap();
    place(&mut original, limit(BOB, Side::Buy, 10, 1)).unwrap();
    let mut copy: Engine = serde_json::from_str(&serde_json::to_string(&original).unwrap()).unwrap();
    copy.index();
    for engine in [&mut original, &mut copy] {
        place(engine, limit(BOB, Side::Buy, 10, 3)).unwrap();
        assert_eq!(engine.order_by_client_id(ALICE, 0, "c42").map(|order| order.status), None);
    }
    assert_eq!(serde_json::to_string(&original).unwrap(), serde_json::to_string(&copy).unwrap());
}

#[test]
fn a_cancel_for_later_leaves_an_order_to_the_market_until_then() {
    let mut engine = engine(no_fees());
    let [kept, met] = [9, 10].map(|price| place(&mut engine, limit(ALICE, Side::Buy, price, 2)).unwrap().order.id);
    for id in [kept, met] {
        engine.cancel_later(id, 100);
        // The first one counts.
        engine.cancel_later(id, 50);
    }
    engine.pass_time(99);
    assert_eq!(place(&mut engine, limit(BOB, Side::Sell, 10, 1)).unwrap().trades.len(), 1);
    assert_eq!([status(&engine, kept), status(&engine, met)], [Status::New, Status::PartlyFilled]);
    engine.pass_time(100);
    for (id, executed) in [(kept, 0), (met, 1)] {
        let order = engine.order(id).unwrap();
        assert_eq!((order.status, order.executed, order.updated_us), (Status::Canceled, executed.into(), 100));
    }
    assert!(engine.balances(ALICE).all(|(_, balance)| balance.locked.is_zero()));
    // What has ended by itself is left alone.
    let filled = place(&mut engine, limit(ALICE, Side::Buy, 10, 1)).unwrap().order.id;
    engine.cancel_later(filled, 300);
    assert_eq!(place(&mut engine, limit(BOB, Side::Sell, 10, 1)).unwrap().trades.len(), 1);
    engine.pass_time(400);
    assert_eq!(status(&engine, filled), Status::Filled);
}
