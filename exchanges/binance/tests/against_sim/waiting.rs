//! Orders that wait, hide a part of themselves, take their price from the book, or meet another of the same account.

use orderwire_binance::spot::{CancelOnly, CancelRestriction, TestSpotOrder};
use orderwire_binance::{
    AckStage, Decimal, Fate, NewOrder, OrderRef, OrderStatus, Peg, PegTo, RejectKind, ResponseType,
    SelfTradePrevention, Side, Spot, SpotOrder, dec,
};

use super::{assert_the_ledger_agrees, bid, started, symbol};

/// Has two orders of the account trade at this price, between what the venue itself quotes.
pub(crate) async fn trade_at(spot: &Spot, price: Decimal) {
    for side in [Side::Sell, Side::Buy] {
        let ack = spot.place(&NewOrder::limit(spot.next_id(), symbol(), side, dec!(0.001), price)).await.unwrap();
        assert_eq!(ack.stage == AckStage::Done(OrderStatus::Filled), side == Side::Buy);
    }
}

/// How an order stands, and how much of it was executed.
pub(crate) async fn state(spot: &Spot, order: OrderRef) -> (OrderStatus, Decimal) {
    let state = spot.query(order).await.unwrap();
    (state.status, state.executed)
}

async fn locked(spot: &Spot) -> (Decimal, Decimal) {
    let balances = spot.balances().await.unwrap();
    let locked = |asset| balances.iter().find(|each| each.asset.as_str() == asset).map_or(dec!(0), |each| each.locked);
    (locked("BTC"), locked("USDT"))
}

const QUANTITY: Decimal = dec!(0.01);

#[tokio::test]
async fn every_kind_that_waits_is_placed_triggered_and_filled_or_cancelled() {
    let (sim, spot) = started().await;
    let (buy, sell) = (Side::Buy, Side::Sell);
    let id = || spot.next_id();
    let orders = [
        // Below the market: a sale that cuts a loss, a buy that waits for a good price.
        (NewOrder::stop_market(id(), symbol(), sell, QUANTITY, dec!(59998)), OrderStatus::Filled),
        (NewOrder::stop_limit(id(), symbol(), sell, QUANTITY, dec!(59998), dec!(59000)), OrderStatus::Filled),
        (NewOrder::take_profit_market(id(), symbol(), buy, QUANTITY, dec!(59998)), OrderStatus::Filled),
        (NewOrder::take_profit_limit(id(), symbol(), buy, QUANTITY, dec!(59998), dec!(50000)), OrderStatus::New),
        // Above it, the other way round.
        (NewOrder::stop_market(id(), symbol(), buy, QUANTITY, dec!(60002)), OrderStatus::Filled),
        (NewOrder::stop_limit(id(), symbol(), buy, QUANTITY, dec!(60002), dec!(61000)), OrderStatus::Filled),
        (NewOrder::take_profit_market(id(), symbol(), sell, QUANTITY, dec!(60002)), OrderStatus::Filled),
        (NewOrder::take_profit_limit(id(), symbol(), sell, QUANTITY, dec!(60002), dec!(65000)), OrderStatus::New),
    ];
    // The venue allows five of them at a time.
    for orders in orders.chunks(4) {
        for (order, _) in orders {
            spot.test_place(order).await.unwrap();
            let ack = spot.place(order).await.unwrap();
            assert_eq!((ack.stage, ack.executed), (AckStage::Working, Some(dec!(0))), "{order:?}");
            assert_eq!(state(&spot, ack.order()).await, (OrderStatus::New, dec!(0)));
        }
        assert_eq!(spot.open_orders(Some(symbol())).await.unwrap().len(), orders.len());
        trade_at(&spot, dec!(60000)).await;
        assert_eq!(spot.open_orders(Some(symbol())).await.unwrap().len(), orders.len(), "none is triggered yet");
        let stop_price = orders[0].0.stop_price.unwrap();
        trade_at(&spot, stop_price).await;
        for (order, status) in orders {
            let executed = if *status == OrderStatus::Filled { QUANTITY } else { dec!(0) };
            assert_eq!(state(&spot, order.order()).await, (*status, executed), "{order:?}");
            if *status == OrderStatus::New {
                spot.cancel(order.order()).await.unwrap();
            }
        }
        trade_at(&spot, dec!(60000)).await;
    }
    let never = NewOrder::stop_market(id(), symbol(), sell, QUANTITY, dec!(50000));
    spot.place(&never).await.unwrap();
    spot.cancel(never.order()).await.unwrap();
    let reached = NewOrder::stop_market(id(), symbol(), sell, QUANTITY, dec!(60000));
    let error = spot.place(&reached).await.unwrap_err();
    assert_eq!(
        (error.fate(), error.answer().unwrap().text.as_str()),
        (Fate::Rejected, "Order would trigger immediately.")
    );
    assert_eq!(locked(&spot).await, (dec!(0), dec!(0)));
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn trailing_orders_follow_the_market() {
    let (sim, spot) = started().await;
    let stop = NewOrder::stop_market(spot.next_id(), symbol(), Side::Sell, QUANTITY, dec!(59999));
    let (from_stop, alone) =
        (SpotOrder::new(stop).trailing(20), SpotOrder::new(stop).trailing_alone(10).with_id(spot.next_id()));
    for order in [from_stop, alone] {
        spot.call(&TestSpotOrder { order }).await.unwrap();
        assert_eq!(spot.call(&order).await.unwrap().stage, AckStage::Working);
    }
    // The highest price is 60,005 for the one that follows, and a tenth of a percent is 60.005.
    trade_at(&spot, dec!(60005)).await;
    let down_to = |price| NewOrder::limit(spot.next_id(), symbol(), Side::Sell, dec!(50), price);
    let ack = spot.place(&down_to(dec!(59946))).await.unwrap();
    spot.cancel(ack.order()).await.unwrap();
    for order in [from_stop, alone] {
        assert_eq!(state(&spot, order.order.order()).await.0, OrderStatus::New);
    }
    // The other has followed since 59,994, the first trade beyond its stop price: two tenths below that are far off.
    let ack = spot.place(&down_to(dec!(59940))).await.unwrap();
    assert_eq!(state(&spot, alone.order.order()).await, (OrderStatus::Filled, QUANTITY));
    assert_eq!(state(&spot, from_stop.order.order()).await.0, OrderStatus::New);
    spot.cancel(ack.order()).await.unwrap();
    spot.cancel(from_stop.order.order()).await.unwrap();
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn an_iceberg_shows_a_part_and_goes_behind_when_it_shows_the_next() {
    let (sim, spot) = started().await;
    let limit = |side, quantity| NewOrder::limit(spot.next_id(), symbol(), side, quantity, dec!(60001));
    let iceberg = SpotOrder::new(limit(Side::Buy, dec!(0.01))).iceberg(dec!(0.004));
    spot.call(&iceberg).await.unwrap();
    let behind = limit(Side::Buy, dec!(0.001));
    spot.place(&behind).await.unwrap();
    let shown = || async { spot.top_of_book(symbol()).await.unwrap().bid_quantity };
    assert_eq!(shown().await, dec!(0.005));
    spot.place(&limit(Side::Sell, dec!(0.0045))).await.unwrap();
    assert_eq!(state(&spot, iceberg.order.order()).await, (OrderStatus::PartiallyFilled, dec!(0.004)));
    assert_eq!(state(&spot, behind.order()).await, (OrderStatus::PartiallyFilled, dec!(0.0005)));
    assert_eq!(shown().await, dec!(0.0045));
    let only = |restriction| CancelOnly { order: iceberg.order.order(), restriction };
    let error = spot.call(&only(CancelRestriction::OnlyNew)).await.unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Other));
    spot.call(&only(CancelRestriction::OnlyPartiallyFilled)).await.unwrap();
    let parts = SpotOrder::new(limit(Side::Buy, dec!(0.011))).iceberg(dec!(0.001));
    assert_eq!(spot.call(&parts).await.unwrap_err().kind(), RejectKind::InstrumentRule);
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn a_pegged_order_takes_its_price_from_the_book() {
    let (sim, spot) = started().await;
    let top = spot.top_of_book(symbol()).await.unwrap();
    let limit = || NewOrder::limit(spot.next_id(), symbol(), Side::Buy, QUANTITY, dec!(1));
    let pegged = |peg| SpotOrder::new(limit()).pegged(peg).response(ResponseType::Full);
    let best = pegged(Peg::best(PegTo::Primary));
    spot.call(&best).await.unwrap();
    let shown = spot.top_of_book(symbol()).await.unwrap();
    assert_eq!((shown.bid, shown.bid_quantity), (top.bid, top.bid_quantity + QUANTITY));
    let third = pegged(Peg::behind(PegTo::Primary, 2));
    spot.call(&third).await.unwrap();
    let taking = pegged(Peg::best(PegTo::Market));
    let ack = spot.call(&taking).await.unwrap();
    assert_eq!((ack.stage, ack.fills[0].price), (AckStage::Done(OrderStatus::Filled), top.ask));
    let maker = SpotOrder::new(limit().post_only()).pegged(Peg::best(PegTo::Primary));
    spot.call(&maker).await.unwrap();
    let nowhere = pegged(Peg::behind(PegTo::Market, 100));
    assert_eq!(spot.call(&nowhere).await.unwrap_err().fate(), Fate::Rejected);

    // One that waits takes the price of the moment when it is triggered.
    trade_at(&spot, dec!(60000)).await;
    let stop = NewOrder::stop_limit(spot.next_id(), symbol(), Side::Buy, QUANTITY, dec!(60003), dec!(1));
    let stop = SpotOrder::new(stop).pegged(Peg::best(PegTo::Market));
    spot.call(&stop).await.unwrap();
    assert_eq!(state(&spot, stop.order.order()).await.0, OrderStatus::New);
    trade_at(&spot, dec!(60003)).await;
    assert_eq!(state(&spot, stop.order.order()).await, (OrderStatus::Filled, QUANTITY));
    for order in [best, third, maker] {
        spot.cancel(order.order.order()).await.unwrap();
    }
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn orders_of_one_account_do_to_each_other_what_they_say() {
    use OrderStatus::{Expired, Filled, New, PartiallyFilled};
    let (sim, spot) = started().await;
    for (mode, maker_after, taker_after, executed) in [
        (SelfTradePrevention::None, PartiallyFilled, Filled, QUANTITY),
        (SelfTradePrevention::ExpireTaker, New, Expired, dec!(0)),
        (SelfTradePrevention::ExpireMaker, Expired, New, dec!(0)),
        (SelfTradePrevention::ExpireBoth, Expired, Expired, dec!(0)),
        (SelfTradePrevention::Decrement, New, Expired, dec!(0)),
        (SelfTradePrevention::Transfer, New, Expired, dec!(0)),
    ] {
        let limit = |side, quantity| NewOrder::limit(spot.next_id(), symbol(), side, quantity, dec!(60001));
        let maker = limit(Side::Sell, dec!(0.02));
        spot.place(&maker).await.unwrap();
        let taker = SpotOrder::new(limit(Side::Buy, QUANTITY)).self_trade_prevention(mode);
        let ack = spot.call(&taker).await.unwrap();
        assert_eq!(ack.executed, Some(executed), "{mode:?}");
        assert_eq!(state(&spot, maker.order()).await, (maker_after, executed), "{mode:?}");
        assert_eq!(state(&spot, taker.order.order()).await, (taker_after, executed), "{mode:?}");
        let ended_in_match = spot.query(taker.order.order()).await.unwrap().word.as_str() == "EXPIRED_IN_MATCH";
        assert_eq!(ended_in_match, taker_after == Expired);
        spot.cancel_all(symbol()).await.unwrap_or_default();
    }
    assert_the_ledger_agrees(&sim, &spot).await;
}

#[tokio::test]
async fn a_market_order_takes_so_much_of_the_quote_coin() {
    let (sim, spot) = started().await;
    for side in [Side::Buy, Side::Sell] {
        let order = SpotOrder::market_for_quote(spot.next_id(), symbol(), side, dec!(1000));
        spot.call(&TestSpotOrder { order }).await.unwrap();
        let ack = spot.call(&order).await.unwrap();
        let taken = ack.executed_quote.unwrap();
        assert!(taken <= dec!(1000) && taken > dec!(999) && ack.executed > Some(dec!(0)), "{taken}");
        assert_eq!(state(&spot, ack.order()).await.0, OrderStatus::Filled);
    }
    let tiny = SpotOrder::market_for_quote(spot.next_id(), symbol(), Side::Buy, dec!(1));
    assert_eq!(spot.call(&tiny).await.unwrap_err().kind(), RejectKind::InstrumentRule);
    let labelled = SpotOrder::new(bid(&spot)).strategy(7, 1_000_000);
    spot.call(&labelled).await.unwrap();
    assert_the_ledger_agrees(&sim, &spot).await;
}
