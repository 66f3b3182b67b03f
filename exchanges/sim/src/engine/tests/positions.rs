//! Contracts: positions, margin, reduce-only and time, against sums over the tape of trades.

use proptest::prelude::*;

use super::*;

fn contract() -> Instrument {
    let decimal = Decimal::from;
    Instrument {
        notional_min: decimal(1),
        ..Instrument::perpetual("XY", "X", "Y", decimal(10), decimal(1), decimal(1))
    }
}

/// Two traders and no house.
fn contracts(fees: Fees) -> Engine {
    let mut engine = Engine::new(&[contract()], 2, |_| Decimal::from(FUNDS), fees, 0);
    engine.markets[0].house.clear();
    for id in engine.orders.keys().copied().collect::<Vec<_>>() {
        drop(engine.cancel(id, 0));
    }
    engine
}

fn quantity(engine: &Engine, account: AccountId) -> Decimal {
    engine.positions(account).map(|position| position.quantity).sum()
}

fn wallet(engine: &Engine, account: AccountId) -> Balance {
    engine.balances(account).find(|(asset, _)| *asset == "Y").unwrap().1
}

#[test]
fn a_trade_moves_positions_and_what_closing_brings() {
    let mut engine = contracts(no_fees());
    place(&mut engine, limit(ALICE, Side::Sell, 10, 4)).unwrap();
    place(&mut engine, limit(BOB, Side::Buy, 10, 4)).unwrap();
    assert_eq!((quantity(&engine, ALICE), quantity(&engine, BOB)), ((-4).into(), 4.into()));
    assert_eq!(wallet(&engine, BOB), Balance { free: FUNDS.into(), locked: 0.into() }, "nothing was paid");
    // Out at a better price, and through to the other side.
    place(&mut engine, limit(ALICE, Side::Buy, 13, 6)).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 13, 6)).unwrap();
    let bob = engine.positions(BOB).next().unwrap();
    assert_eq!((bob.quantity, bob.entry_price()), ((-2).into(), 13.into()));
    assert_eq!(wallet(&engine, BOB).free, Decimal::from(FUNDS + 4 * 3));
    assert_eq!(wallet(&engine, ALICE).free, Decimal::from(FUNDS - 4 * 3));
}

#[test]
fn margin_is_locked_by_leverage_and_given_back() {
    let mut engine = contracts(no_fees());
    let order = place(&mut engine, limit(ALICE, Side::Buy, 10, 100)).unwrap().order.id;
    assert_eq!(wallet(&engine, ALICE).locked, Decimal::from(1_000 / 20));
    engine.set(ALICE, Setting::Leverage { market: 0, leverage: 4 }).unwrap();
    assert_eq!(wallet(&engine, ALICE).locked, Decimal::from(1_000 / 4));
    assert_eq!(engine.set(ALICE, Setting::Leverage { market: 0, leverage: 2 }), Err(SettingRefusal::Margin));
    assert_eq!(wallet(&engine, ALICE).locked, Decimal::from(1_000 / 4));
    assert_eq!(place(&mut engine, limit(ALICE, Side::Buy, 10, 100)).unwrap_err(), Refusal::InsufficientBalance);
    engine.cancel(order, 2);
    assert_eq!(wallet(&engine, ALICE), Balance { free: FUNDS.into(), locked: 0.into() });
}

#[test]
fn what_only_reduces_never_does_more() {
    let mut engine = contracts(no_fees());
    let reduce = |side, price, quantity| NewOrder { reduce_only: true, ..limit(BOB, side, price, quantity) };
    assert_eq!(place(&mut engine, reduce(Side::Sell, 10, 1)).unwrap_err(), Refusal::ReduceOnly);
    place(&mut engine, limit(ALICE, Side::Sell, 10, 4)).unwrap();
    place(&mut engine, limit(BOB, Side::Buy, 10, 4)).unwrap();
    let first = place(&mut engine, reduce(Side::Sell, 12, 3)).unwrap().order.id;
    assert_eq!(place(&mut engine, reduce(Side::Sell, 12, 2)).unwrap_err(), Refusal::ReduceOnly);
    let second = place(&mut engine, reduce(Side::Sell, 12, 1)).unwrap().order.id;
    // The position shrinks otherwise: what is too much then expires, the latest first.
    place(&mut engine, limit(ALICE, Side::Buy, 11, 1)).unwrap();
    place(&mut engine, limit(BOB, Side::Sell, 11, 1)).unwrap();
    assert_eq!((status(&engine, first), status(&engine, second)), (Status::New, Status::Expired));
}

#[test]
fn time_passes_in_order_whenever_it_is_told() {
    let mut engine = contracts(no_fees());
    let until = NewOrder { good_till_us: Some(500), ..limit(ALICE, Side::Buy, 9, 1) };
    let until = place(&mut engine, until).unwrap().order.id;
    let counted = place(&mut engine, limit(ALICE, Side::Buy, 8, 1)).unwrap().order.id;
    let others = place(&mut engine, limit(BOB, Side::Buy, 7, 1)).unwrap().order.id;
    engine.set(ALICE, Setting::Countdown { market: 0, at_us: Some(400) }).unwrap();
    engine.set(ALICE, Setting::Countdown { market: 0, at_us: Some(700) }).unwrap();
    engine.pass_time(600);
    assert_eq!((status(&engine, until), status(&engine, counted)), (Status::Expired, Status::New));
    engine.pass_time(10_000);
    assert_eq!(engine.order(counted).map(|order| (order.status, order.updated_us)), Some((Status::Canceled, 700)));
    assert_eq!(status(&engine, others), Status::New);
}

#[derive(Clone, Debug)]
enum Act {
    Cancel(u64),
    Modify(u64, i64, i64),
    Place(AccountId, bool, i64, i64, bool, bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => (1_u64..60).prop_map(Act::Cancel),
        1 => (1_u64..60, 1_i64..20, 5_i64..16).prop_map(|(id, quantity, price)| Act::Modify(id, quantity, price)),
        6 => (1_usize..3, any::<bool>(), 5_i64..16, 1_i64..20, any::<bool>(), any::<bool>())
            .prop_map(|(a, b, c, d, e, f)| Act::Place(a, b, c, d, e, f)),
    ]
}

proptest! {
    #[test]
    fn whatever_is_traded_adds_up(acts in prop::collection::vec(act(), 1..80)) {
        let fees = Fees { maker: Decimal::new(2, 4), taker: Decimal::new(5, 4) };
        let mut engine = contracts(fees);
        let first = engine.next_order_id();
        for act in acts {
            match act {
                Act::Cancel(id) => drop(engine.cancel(first + id, 1)),
                Act::Modify(id, quantity, price) => {
                    drop(engine.modify(first + id, quantity.into(), price.into(), 1));
                }
                Act::Place(account, buys, price, quantity, reduce_only, is_market) => {
                    let side = if buys { Side::Buy } else { Side::Sell };
                    let mut order = NewOrder { reduce_only, ..limit(account, side, price, quantity) };
                    if is_market {
                        (order.price, order.time_in_force) = (None, TimeInForce::ImmediateOrCancel);
                    }
                    let before = self::quantity(&engine, account);
                    let placed = place(&mut engine, order);
                    if reduce_only && placed.is_ok() {
                        let after = self::quantity(&engine, account);
                        prop_assert!(after.abs() <= before.abs(), "{before} became {after}");
                    }
                }
            }
            let last = engine.market(0).last_price;
            let mut all = Decimal::ZERO;
            for account in [ALICE, BOB] {
                // From the tape alone: what was bought net, what it cost, what was paid for it.
                let (mut bought, mut paid, mut fees) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
                for trade in engine.trades(0) {
                    for (party, sign) in [(&trade.buyer, Decimal::ONE), (&trade.seller, Decimal::NEGATIVE_ONE)] {
                        if party.account == account {
                            bought += sign * trade.quantity;
                            paid += sign * trade.quantity * trade.price;
                            fees += party.fee;
                        }
                    }
                }
                prop_assert_eq!(self::quantity(&engine, account), bought);
                let balance = wallet(&engine, account);
                let unrealized: Decimal = engine.positions(account).map(|position| engine.unrealized(position)).sum();
                let worth = balance.free + balance.locked + unrealized;
                prop_assert_eq!(worth, Decimal::from(FUNDS) - paid + bought * last - fees);
                let locked: Decimal = engine.open_orders(account, None).map(|order| order.locked).sum();
                prop_assert_eq!(balance.locked, locked);
                // What is there to reduce a position is never more than the position.
                for side in [Side::Buy, Side::Sell] {
                    let reducing = engine.open_orders(account, None).filter(|order| {
                        order.request.reduce_only && order.request.side == side
                    });
                    let reducing: Decimal = reducing.map(Order::remaining).sum();
                    let position = if side == Side::Sell { bought } else { -bought };
                    prop_assert!(reducing <= position.max(Decimal::ZERO), "{} of {}", reducing, position);
                }
                all += bought;
            }
            prop_assert_eq!(all, Decimal::ZERO);
        }
    }
}
