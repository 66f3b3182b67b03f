//! Typed calls against the simulated venue, whose signature check, engine and ledger are other code; the ledger is compared.

use std::time::Duration;

use orderwire_okx::orderwire::venue::{AmendBatch, GetFills, OrderEntry, PlaceBatch};
use orderwire_okx::{
    AccountMode, AckStage, AmendOrder, ClosePosition, Credentials, Fate, FillsSince, GetAccountConfig, GetFillsBetween,
    GetOrderRate, MarginMode, NewOrder, Okx, OkxAmend, OkxOrder, OrderRef, OrderStatus, PositionMode, PositionSide,
    RejectKind, SetLeverage, SetPositionMode, Side, Symbol, TimeInForce, Timestamp, Verdict, dec,
};
use orderwire_sim::{Dialect, Fault, SimVenue, Status};

async fn start() -> (SimVenue, Okx) {
    let sim = SimVenue::start(Dialect::Okx).await.unwrap();
    let okx = Okx::builder(sim.environment()).credentials(sim.credentials()).connections(2).build().await.unwrap();
    (sim, okx)
}

fn btc() -> Symbol {
    Symbol::new("BTC-USDT").unwrap()
}

fn bid(okx: &Okx) -> NewOrder {
    NewOrder::limit(okx.next_id(), btc(), Side::Buy, dec!(0.001), dec!(20000))
}

/// What the ledger has of an order: how it stands, and how often it was received.
fn told(sim: &SimVenue, order: &NewOrder) -> (Status, u64) {
    let ledger = sim.ledger();
    let record = ledger.iter().find(|record| record.client_order_id == order.id.as_str()).unwrap();
    (record.status, record.received)
}

#[tokio::test]
async fn an_orders_life() {
    let (sim, okx) = start().await;
    okx.ping().await.unwrap();
    let rules = okx.instrument(btc()).await.unwrap();
    assert_eq!((rules.tick_size, rules.contract_size), (dec!(0.1), dec!(1)));
    assert!(okx.instruments().await.unwrap().contains(&rules));
    let top = okx.top_of_book(btc()).await.unwrap();
    assert!(top.bid < top.ask);
    let before = okx.balances().await.unwrap();

    let order = bid(&okx);
    let ack = okx.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage), (order.id, AckStage::Received));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(btc(), ack.order_id)] {
        let state = okx.query(named).await.unwrap();
        assert_eq!(
            (state.status, state.quantity, state.price),
            (OrderStatus::New, Some(dec!(0.001)), Some(dec!(20000)))
        );
    }
    assert_eq!(okx.open_orders(Some(btc())).await.unwrap().len(), 1);
    let usdt = |balances: &[orderwire_okx::Balance]| *balances.iter().find(|b| b.asset.as_str() == "USDT").unwrap();
    assert_eq!(usdt(&okx.balances().await.unwrap()).locked, dec!(20));
    let change = AmendOrder {
        order: ack.order(),
        new_id: None,
        quantity: Some(dec!(0.002)),
        price: Some(dec!(19000)),
        side: None,
    };
    assert!(okx.amend(change).await.unwrap().state.is_none());
    let state = okx.query(order.order()).await.unwrap();
    assert_eq!((state.quantity, state.price), (Some(dec!(0.002)), Some(dec!(19000))));
    let cancel = okx.cancel(order.order()).await.unwrap();
    assert_eq!((cancel.order_id, cancel.stage), (Some(ack.order_id), AckStage::Received));
    assert_eq!(okx.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(okx.balances().await.unwrap(), before);
    let again = okx.cancel(order.order()).await.unwrap_err();
    assert_eq!((again.kind(), again.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
    assert_eq!(told(&sim, &order), (Status::Canceled, 1));
    let unknown = okx.query(OrderRef::by_id(btc(), okx.next_id())).await.unwrap_err();
    assert_eq!((unknown.kind(), unknown.fate()), (RejectKind::UnknownOrder, Fate::Rejected));
}

#[tokio::test]
async fn market_orders_are_sized_in_base_coin_and_leave_fills() {
    let (sim, okx) = start().await;
    let order = NewOrder::market(okx.next_id(), btc(), Side::Buy, dec!(0.5));
    let ack = okx.place(&order).await.unwrap();
    let state = okx.query(order.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.5)));
    let fills = okx.fills(btc(), FillsSince::Order(ack.order_id)).await.unwrap();
    let sum: orderwire_okx::Decimal = fills.iter().map(|fill| fill.fill.quantity).sum();
    assert_eq!(sum, dec!(0.5));
    assert!(fills.iter().all(|fill| fill.fill.commission.is_some_and(|fee| fee > dec!(0))));
    assert!(fills.is_sorted_by_key(|fill| fill.fill.trade_id));
    let since = FillsSince::Time(Timestamp::from_ms(0));
    assert_eq!(okx.call(&GetFills { symbol: btc(), since }).await.unwrap(), fills);
    let (begin, end) = (Timestamp::from_ms(0), Timestamp::from_ms(1));
    assert_eq!(okx.call(&GetFillsBetween { symbol: btc(), begin, end }).await.unwrap(), []);
    assert_eq!(told(&sim, &order), (Status::Filled, 1));
    let spent = OkxOrder::market_for_quote(okx.next_id(), btc(), Side::Buy, dec!(100));
    okx.call(&spent).await.unwrap();
    let state = okx.query(spent.order.order()).await.unwrap();
    assert!(state.executed > dec!(0.0016) && state.executed < dec!(0.0017), "{}", state.executed);
    assert_eq!(state.quantity, None);
    let rates = okx.fee_rates(btc()).await.unwrap();
    assert_eq!(rates.buy, (dec!(0.0008), dec!(0.001)));
    assert_eq!(okx.call(&GetAccountConfig {}).await.unwrap().mode, AccountMode::Futures);
    assert_eq!(okx.call(&GetOrderRate {}).await.unwrap().limit, 1_000);
    assert_eq!(okx.positions(None).await.unwrap(), []);
}

#[tokio::test]
async fn what_the_engine_ends_was_received() {
    let (sim, okx) = start().await;
    let taking = NewOrder::limit(okx.next_id(), btc(), Side::Buy, dec!(0.001), dec!(90000));
    for (order, executed) in [
        (taking.post_only(), dec!(0)),
        (taking.with_id(okx.next_id()).time_in_force(TimeInForce::Ioc), dec!(0.001)),
        (bid(&okx).time_in_force(TimeInForce::Ioc), dec!(0)),
        (bid(&okx).time_in_force(TimeInForce::Fok), dec!(0)),
    ] {
        assert_eq!(okx.place(&order).await.unwrap().stage, AckStage::Received);
        let state = okx.query(order.order()).await.unwrap();
        assert_eq!((state.status.is_open(), state.executed), (false, executed), "{order:?}");
        assert_eq!(told(&sim, &order).1, 1);
    }
}

#[tokio::test]
async fn refusals_say_why_and_are_in_the_ledger() {
    let (sim, okx) = start().await;
    let order = bid(&okx);
    okx.place(&order).await.unwrap();
    let too_dear = NewOrder::limit(okx.next_id(), btc(), Side::Buy, dec!(8000), dec!(60000));
    let off_lot = NewOrder::limit(okx.next_id(), btc(), Side::Buy, dec!(0.000000001), dec!(20000));
    let nowhere = NewOrder::limit(okx.next_id(), Symbol::new("NO-SUCH").unwrap(), Side::Buy, dec!(1), dec!(1));
    for (order, kind) in [
        (order, RejectKind::DuplicateId),
        (too_dear, RejectKind::Balance),
        (off_lot, RejectKind::InstrumentRule),
        (nowhere, RejectKind::Malformed),
    ] {
        let error = okx.place(&order).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, Fate::Rejected), "{error}");
    }
    assert_eq!(told(&sim, &order), (Status::New, 2));
    assert_eq!(told(&sim, &too_dear), (Status::Rejected, 1));
    let other = Credentials::new(sim.api_key(), "another").unwrap().with_passphrase("passphrase").unwrap();
    let stranger = Okx::builder(sim.environment()).credentials(other).build().await.unwrap();
    let error = stranger.place(&bid(&okx)).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::Signature, Fate::Rejected));
    let other = sim.credentials().with_passphrase("another").unwrap();
    let stranger = Okx::builder(sim.environment()).credentials(other).build().await.unwrap();
    assert_eq!(stranger.balances().await.unwrap_err().kind(), RejectKind::Auth);
    sim.next(Fault::ClockSkew { ms: 60_000 });
    let wrong = okx.place(&bid(&okx)).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.fate()), (RejectKind::Timestamp, Fate::Rejected));
}

#[tokio::test]
async fn a_batch_has_a_fate_for_each_order() {
    let (sim, okx) = start().await;
    let good = bid(&okx);
    let poor = NewOrder::limit(okx.next_id(), btc(), Side::Buy, dec!(8000), dec!(60000));
    let more = bid(&okx);
    let acks = okx.call(&PlaceBatch { orders: &[good, poor, more] }).await.unwrap();
    assert!(acks[0].is_ok() && acks[2].is_ok());
    assert_eq!(acks[1].as_ref().unwrap_err().kind(), RejectKind::Balance);
    assert!(okx.in_doubt().is_empty());
    let cancels = okx.cancel_batch(&[good.order(), poor.order(), more.order()]).await.unwrap();
    assert_eq!(cancels.iter().filter(|cancel| cancel.is_ok()).count(), 2);
    for (order, status) in [(good, Status::Canceled), (poor, Status::Rejected), (more, Status::Canceled)] {
        assert_eq!(told(&sim, &order), (status, 1));
    }
}

#[tokio::test]
async fn orders_with_a_trigger_live_apart() {
    let (sim, okx) = start().await;
    let stop = NewOrder::stop_limit(okx.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59000), dec!(58000));
    let ack = okx.place(&stop).await.unwrap();
    assert!(ack.has_trigger);
    let state = okx.query(stop.order()).await.unwrap();
    assert_eq!((state.status, state.became, state.price), (OrderStatus::Pending, None, Some(dec!(58000))));
    assert_eq!(okx.open_orders(Some(btc())).await.unwrap().len(), 0);
    assert_eq!(okx.open_triggers(Some(btc())).await.unwrap().len(), 1);
    okx.cancel(stop.order()).await.unwrap();
    assert_eq!(okx.query(stop.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(told(&sim, &stop), (Status::Canceled, 1));

    // Sells through the house's bids: what waits below the market is triggered, and is another order then.
    let near = NewOrder::stop_market(okx.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59980));
    okx.place(&near).await.unwrap();
    okx.place(&NewOrder::market(okx.next_id(), btc(), Side::Sell, dec!(3))).await.unwrap();
    let state = okx.query(near.order()).await.unwrap();
    let became = state.became.unwrap();
    assert_eq!(state.word.as_str(), "effective");
    assert_eq!(okx.query(OrderRef::by_order_id(btc(), became)).await.unwrap().status, OrderStatus::Filled);
}

#[tokio::test]
async fn a_lost_reply_is_settled() {
    let (sim, okx) = start().await;
    let order = bid(&okx);
    sim.next(Fault::CloseInReply { at: 0 });
    assert_eq!(okx.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    assert_eq!(okx.in_doubt().len(), 1);
    let verdict = okx.settle(order.order(), Duration::from_secs(10)).await.unwrap();
    assert!(matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New));
    assert!(okx.in_doubt().is_empty());
    assert_eq!(told(&sim, &order), (Status::New, 1));
}

/// Its caller gives up, and so does the venue then.
#[tokio::test]
async fn an_order_that_never_arrived_expires_with_its_deadline() {
    let (sim, okx) = start().await;
    let order = bid(&okx);
    sim.next(Fault::CloseInRequest { at: 100 });
    let deadline = orderwire_okx::Deadline::after(Duration::from_millis(500));
    assert_eq!(okx.place_by(&order, deadline).await.unwrap_err().fate(), Fate::Unknown);
    let verdict = okx.settle(order.order(), Duration::from_secs(10)).await.unwrap();
    assert!(matches!(verdict, Verdict::NeverArrived), "{verdict:?}");
    assert!(sim.ledger().is_empty());
}

#[tokio::test]
async fn a_dead_mans_switch_of_the_account() {
    let (sim, okx) = start().await;
    let order = bid(&okx);
    okx.place(&order).await.unwrap();
    okx.cancel_all_after(None, Some(Duration::from_secs(10))).await.unwrap();
    okx.cancel_all_after(None, None).await.unwrap();
    okx.cancel_all_after(None, Some(Duration::from_secs(10))).await.unwrap();
    assert_eq!(told(&sim, &order), (Status::New, 1));
    // The venue's clock goes on by half a minute at once.
    sim.next(Fault::ClockSkew { ms: 25_000 });
    assert_eq!(told(&sim, &order), (Status::Canceled, 1));
}

/// One strategy for every venue: this one has all that a strategy asks.
#[tokio::test]
async fn a_strategy_runs_on_it() {
    async fn quote<V: OrderEntry>(venue: V, symbol: Symbol) {
        let rules = venue.instrument(symbol).await.unwrap();
        let bid = rules.price_down(venue.top_of_book(symbol).await.unwrap().bid * dec!(0.98));
        let order = NewOrder::limit(venue.next_id(), symbol, Side::Buy, rules.least_quantity(bid), bid).post_only();
        let ack = venue.place(&order).await.unwrap();
        venue.cancel(ack.order()).await.unwrap();
    }
    let (_sim, okx) = start().await;
    tokio::spawn(quote(okx, btc())).await.unwrap();
}

/// The venue hands lists out in parts of a hundred.
#[tokio::test]
async fn a_list_goes_on_over_pages() {
    let (_sim, okx) = start().await;
    let mut placed = Vec::new();
    for _ in 0..12 {
        let orders: [NewOrder; 20] = std::array::from_fn(|_| bid(&okx));
        let acks = okx.call(&PlaceBatch { orders: &orders }).await.unwrap();
        placed.extend(acks.into_iter().map(|ack| ack.unwrap().order_id));
    }
    for symbol in [None, Some(btc())] {
        let mut listed: Vec<_> = okx.open_orders(symbol).await.unwrap().iter().map(|order| order.order_id).collect();
        listed.reverse();
        assert_eq!(listed, placed, "the latest first, each once");
    }
    // A hundred and a hundred: that there are no more, only a third part says.
    for orders in placed.chunks(20).take(2) {
        let orders: Vec<_> = orders.iter().map(|order_id| OrderRef::by_order_id(btc(), *order_id)).collect();
        assert!(okx.cancel_batch(&orders).await.unwrap().iter().all(Result::is_ok));
    }
    assert_eq!(okx.open_orders(Some(btc())).await.unwrap().len(), 200);
    assert_eq!(okx.recover("").await.unwrap().len(), 0, "all are of this run");
}

fn swap() -> Symbol {
    Symbol::new("BTC-USDT-SWAP").unwrap()
}

#[tokio::test]
async fn contracts_make_positions() {
    let (sim, okx) = start().await;
    let rules = okx.instrument(swap()).await.unwrap();
    assert_eq!((rules.contract_size, rules.lot_size), (dec!(0.01), dec!(0.01)));
    okx.call(&SetLeverage {
        symbol: swap(),
        leverage: dec!(10),
        margin_mode: MarginMode::Cross,
        position_side: PositionSide::Net,
    })
    .await
    .unwrap();
    let usdt = || async { okx.balances().await.unwrap().into_iter().find(|b| b.asset.as_str() == "USDT").unwrap() };
    let before = usdt().await;
    // 50 contracts are half a coin: a tenth of what it costs is held while the order stands.
    let resting = NewOrder::limit(okx.next_id(), swap(), Side::Buy, dec!(50), dec!(40000));
    okx.place(&resting).await.unwrap();
    assert_eq!(usdt().await.locked, before.locked + dec!(2000));
    okx.cancel(resting.order()).await.unwrap();
    let buy = NewOrder::market(okx.next_id(), swap(), Side::Buy, dec!(50));
    let ack = okx.place(&buy).await.unwrap();
    let state = okx.query(buy.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(50)));
    let [position] = okx.positions(Some(swap())).await.unwrap()[..] else { panic!("one position") };
    assert_eq!((position.side, position.quantity), (PositionSide::Net, dec!(50)));
    let fills = okx.fills(swap(), FillsSince::Order(ack.order_id)).await.unwrap();
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<orderwire_okx::Decimal>(), dec!(50));
    assert!(fills.iter().all(|fill| fill.fill.commission_asset.as_str() == "USDT"));

    // It may be made smaller, and no more than that.
    let more = NewOrder::limit(okx.next_id(), swap(), Side::Sell, dec!(51), dec!(70000)).reduce_only();
    assert_eq!(okx.place(&more).await.unwrap_err().kind(), RejectKind::ReduceOnly);
    let closing = NewOrder::limit(okx.next_id(), swap(), Side::Sell, dec!(20), dec!(70000)).reduce_only();
    okx.place(&closing).await.unwrap();
    let close = |cancel_closing| ClosePosition {
        symbol: swap(),
        margin_mode: MarginMode::Cross,
        position_side: PositionSide::Net,
        cancel_closing,
        margin_coin: None,
    };
    assert_eq!(okx.call(&close(false)).await.unwrap_err().fate(), Fate::Rejected);
    okx.call(&close(true)).await.unwrap();
    assert_eq!(okx.positions(None).await.unwrap(), []);
    assert_eq!(told(&sim, &closing), (Status::Canceled, 1));
    assert_eq!(usdt().await.locked, before.locked);

    // A long and a short one, each by its own orders.
    okx.call(&SetPositionMode { mode: PositionMode::Hedge }).await.unwrap();
    assert_eq!(okx.call(&GetAccountConfig {}).await.unwrap().position_mode, PositionMode::Hedge);
    let one = NewOrder::market(okx.next_id(), swap(), Side::Buy, dec!(3));
    assert_eq!(okx.place(&one).await.unwrap_err().kind(), RejectKind::Malformed);
    for (side, way) in [(PositionSide::Long, Side::Buy), (PositionSide::Short, Side::Sell)] {
        okx.place(&NewOrder::market(okx.next_id(), swap(), way, dec!(3)).position_side(side)).await.unwrap();
    }
    let mut held: Vec<_> = okx.positions(None).await.unwrap().iter().map(|held| (held.side, held.quantity)).collect();
    held.sort_by_key(|(_, quantity)| *quantity);
    assert_eq!(held, [(PositionSide::Short, dec!(-3)), (PositionSide::Long, dec!(3))]);
    let error = okx.call(&SetPositionMode { mode: PositionMode::OneWay }).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected);
}

#[tokio::test]
async fn a_trailing_stop_follows_the_market() {
    let (sim, okx) = start().await;
    let trailing = OkxOrder::trailing_stop(okx.next_id(), btc(), Side::Sell, dec!(0.01), dec!(0.001));
    okx.call(&trailing).await.unwrap();
    assert_eq!(okx.query(trailing.order.order()).await.unwrap().status, OrderStatus::Pending);
    // Up, and down by more than a thousandth of it: each trade of the house's levels counts.
    okx.place(&NewOrder::market(okx.next_id(), btc(), Side::Buy, dec!(2))).await.unwrap();
    okx.place(&NewOrder::market(okx.next_id(), btc(), Side::Sell, dec!(4))).await.unwrap();
    let state = okx.query(trailing.order.order()).await.unwrap();
    assert_eq!(state.word.as_str(), "effective");
    assert_eq!(told(&sim, &trailing.order), (Status::Filled, 1));
}

/// Each in the venue's own words, some of them with a status or a code that says something else than it means.
#[tokio::test]
async fn what_the_venue_says_on_a_bad_day() {
    let (sim, okx) = start().await;
    for (fault, fate, kind, is_there) in [
        (Fault::RateLimited, Fate::Rejected, RejectKind::RateLimited, false),
        (Fault::Throttled, Fate::Rejected, RejectKind::Unavailable, false),
        (Fault::Unavailable, Fate::Unknown, RejectKind::Unavailable, false),
        (Fault::InternalError, Fate::Unknown, RejectKind::Unavailable, false),
        // HTTP 400, and yet nobody knows.
        (Fault::TimeoutAfter, Fate::Unknown, RejectKind::Unavailable, true),
        // HTTP 200, and yet nobody knows.
        (Fault::StatusUnknown, Fate::Unknown, RejectKind::Unavailable, true),
        (Fault::OtherId, Fate::Unknown, RejectKind::NotRejected, true),
    ] {
        sim.next(fault);
        let order = bid(&okx);
        // Short, so that it is soon too late for it to arrive.
        let deadline = orderwire_okx::Deadline::after(Duration::from_millis(500));
        let error = okx.place_by(&order, deadline).await.unwrap_err();
        assert_eq!((error.fate(), error.kind()), (fate, kind), "{fault}: {error}");
        let record = sim.ledger().into_iter().find(|record| record.client_order_id == order.id.as_str());
        assert_eq!(record.is_some_and(|record| record.order_id.is_some()), is_there, "{fault}");
        assert_eq!(okx.in_doubt().len(), usize::from(fate == Fate::Unknown), "{fault}");
        if fate == Fate::Unknown {
            match okx.settle(order.order(), Duration::from_secs(10)).await.unwrap() {
                Verdict::Exists(state) if is_there => assert_eq!(state.status, OrderStatus::New, "{fault}"),
                Verdict::NeverArrived if !is_there => {}
                verdict => panic!("{fault}: {verdict:?}"),
            }
        }
    }
    assert!(okx.in_doubt().is_empty());
}

/// So many orders in two seconds, of an account and an instrument; more are refused with HTTP 200.
#[tokio::test]
async fn too_many_orders_are_refused() {
    let sim = SimVenue::builder(Dialect::Okx).rate_limits(Dialect::Okx.limits()).start().await.unwrap();
    let okx = Okx::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    let ethusdt = Symbol::new("ETH-USDT").unwrap();
    let mut kinds = Vec::new();
    for _ in 0..130 {
        match okx.place(&bid(&okx)).await {
            Ok(_) => kinds.push(None),
            Err(error) => {
                assert_eq!(error.fate(), Fate::Rejected);
                kinds.push(Some(error.kind()));
                // Counted apart: another instrument, cancels, and several at once.
                let other = NewOrder::limit(okx.next_id(), ethusdt, Side::Buy, dec!(0.01), dec!(2000));
                okx.place(&other).await.unwrap();
                okx.cancel(other.order()).await.unwrap();
                let acks = okx.call(&PlaceBatch { orders: &[bid(&okx), bid(&okx)] }).await.unwrap();
                assert!(acks.iter().all(Result::is_ok));
                break;
            }
        }
    }
    assert_eq!(kinds.pop(), Some(Some(RejectKind::RateLimited)));
    assert!(kinds.len() >= 60 && kinds.iter().all(Option::is_none));
    assert!(okx.in_doubt().is_empty());
}

#[tokio::test]
async fn a_change_that_cannot_be_leaves_the_order_or_cancels_it() {
    let (_sim, okx) = start().await;
    let order = bid(&okx).post_only();
    okx.place(&order).await.unwrap();
    let to = |price| AmendOrder { order: order.order(), new_id: None, quantity: None, price: Some(price), side: None };
    let error = okx.amend(to(dec!(90000))).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (RejectKind::PostOnlyWouldTake, Fate::Rejected));
    assert_eq!(okx.query(order.order()).await.unwrap().price, Some(dec!(20000)));
    let changes = [to(dec!(21000)), AmendOrder { order: bid(&okx).order(), ..to(dec!(1)) }];
    let acks = okx.call(&AmendBatch { changes: &changes }).await.unwrap();
    assert!(acks[0].is_ok());
    assert_eq!(acks[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    assert_eq!(okx.query(order.order()).await.unwrap().price, Some(dec!(21000)));
    okx.call(&OkxAmend::new(to(dec!(90000))).cancel_on_failure()).await.unwrap_err();
    assert_eq!(okx.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
}
