//! Spot.

use std::time::Duration;

use orderwire_bybit::orderwire::venue::{GetFills, Method, OrderEntry};
use orderwire_bybit::{
    AckStage, Balance, BybitAmend, BybitCancel, BybitOrder, ClientOrderId, Credentials, Deadline, Decimal,
    DisconnectProduct, Fate, FillsSince, NewOrder, OrderFilter, OrderRef, OrderStatus, RejectKind, RestError,
    SelfTradePrevention, SetDisconnectWindow, Side, Slippage, Spot, Symbol, TimeInForce, Timestamp, Verdict, dec,
};
use orderwire_sim::{Dialect, Fault, SimVenue, Status};

use crate::{assert_the_ledger_agrees, btc, change, received, refused};

async fn start() -> (SimVenue, Spot) {
    let sim = SimVenue::start(Dialect::BybitSpot).await.unwrap();
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).connections(2).build().await.unwrap();
    (sim, spot)
}

fn bid(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), btc(), Side::Buy, dec!(0.001), dec!(20000))
}

fn coin<'b>(balances: &'b [Balance], name: &str) -> &'b Balance {
    balances.iter().find(|balance| balance.asset.as_str() == name).unwrap()
}

#[tokio::test]
async fn an_order_from_its_rules_to_its_end() {
    let (sim, spot) = start().await;
    spot.ping().await.unwrap();
    assert!(spot.server_time().await.unwrap().ms().abs_diff(Timestamp::now().ms()) < 5_000);
    let rules = spot.instrument(btc()).await.unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.notional_min), (dec!(0.01), dec!(0.000001), dec!(5)));
    assert!(spot.instruments().await.unwrap().contains(&rules));
    let top = spot.top_of_book(btc()).await.unwrap();
    assert!(top.bid > Decimal::ZERO && top.bid < top.ask);
    let before = spot.balances().await.unwrap();

    let order = bid(&spot);
    rules.check(&order).unwrap();
    let ack = spot.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage), (order.id, AckStage::Received));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(btc(), ack.order_id)] {
        let state = spot.query(named).await.unwrap();
        assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
        assert_eq!((state.quantity, state.price, state.side), (Some(dec!(0.001)), order.price, Some(Side::Buy)));
    }
    assert_eq!(spot.open_orders(Some(btc())).await.unwrap().len(), 1);
    let held = spot.balances().await.unwrap();
    assert_eq!(coin(&held, "USDT").locked, dec!(20));
    assert_eq!(coin(&before, "USDT").free - coin(&held, "USDT").free, dec!(20));

    let amended = spot.amend(change(ack.order(), Some(dec!(0.002)), Some(dec!(19000)))).await.unwrap();
    assert!(amended.state.is_none());
    let state = spot.query(order.order()).await.unwrap();
    assert_eq!((state.quantity, state.price), (Some(dec!(0.002)), Some(dec!(19000))));
    let cancel = spot.cancel(order.order()).await.unwrap();
    assert_eq!((cancel.order_id, cancel.stage), (Some(ack.order_id), AckStage::Received));
    assert_eq!(spot.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(spot.balances().await.unwrap(), before);
    assert_eq!(refused(spot.cancel(order.order()).await), (RejectKind::UnknownOrder, 170_213));
    assert_eq!(refused(spot.query(OrderRef::by_id(btc(), spot.next_id())).await).0, RejectKind::UnknownOrder);
    assert_the_ledger_agrees!(sim, spot, btc());
}

/// A buy's quantity is in base coin, since the order says so; else the venue would take it for quote coin.
#[tokio::test]
async fn market_orders_and_their_executions() {
    let (sim, spot) = start().await;
    let order = NewOrder::market(spot.next_id(), btc(), Side::Buy, dec!(0.5));
    let ack = spot.place(&order).await.unwrap();
    let state = spot.query(order.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.5)));
    let fills = spot.fills(btc(), FillsSince::Order(ack.order_id)).await.unwrap();
    assert!(fills.len() > 1 && fills.iter().all(|fill| fill.fill.commission.is_some_and(|fee| fee > dec!(0))));
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<Decimal>(), dec!(0.5));
    let since = FillsSince::Time(Timestamp::from_ms(Timestamp::now().ms() - 60_000));
    assert_eq!(spot.call(&GetFills { symbol: btc(), since }).await.unwrap(), fills);
    assert_eq!(spot.fills(btc(), FillsSince::Recent).await.unwrap(), fills);

    let spent = BybitOrder::market_for(spot.next_id(), btc(), Side::Buy, dec!(100));
    spot.call(&spent).await.unwrap();
    let state = spot.query(spent.order.order()).await.unwrap();
    assert_eq!(state.status, OrderStatus::Filled);
    assert!(state.executed > dec!(0.0016) && state.executed < dec!(0.0017), "{}", state.executed);
    // No further than a tick from the best price: some of it finds nobody there.
    let near = NewOrder::market(spot.next_id(), btc(), Side::Sell, dec!(0.5));
    spot.call(&BybitOrder::new(near).slippage(Slippage::Ticks(1))).await.unwrap();
    let state = spot.query(near.order()).await.unwrap();
    assert_eq!((state.status, state.word.as_str()), (OrderStatus::Cancelled, "PartiallyFilledCanceled"));
    assert!(state.executed > Decimal::ZERO && state.executed < dec!(0.5));
    let rates = spot.fee_rates(btc()).await.unwrap();
    assert_eq!((rates.buy, rates.sell), ((dec!(0.001), dec!(0.001)), (dec!(0.001), dec!(0.001))));
    assert_eq!(received(&sim, order.id), 1);
}

/// The gateway says yes to all of these; what the engine makes of them a query says.
#[tokio::test]
async fn what_the_engine_ends_was_acknowledged() {
    let (sim, spot) = start().await;
    let taking = |price| NewOrder::limit(spot.next_id(), btc(), Side::Buy, dec!(0.001), price);
    for (order, executed) in [
        (taking(dec!(61000)).post_only(), dec!(0)),
        (taking(dec!(61000)).time_in_force(TimeInForce::Ioc), dec!(0.001)),
        (taking(dec!(20000)).time_in_force(TimeInForce::Ioc), dec!(0)),
        (taking(dec!(20000)).time_in_force(TimeInForce::Fok), dec!(0)),
    ] {
        assert_eq!(spot.place(&order).await.unwrap().stage, AckStage::Received);
        let state = spot.query(order.order()).await.unwrap();
        assert_eq!((state.status.is_open(), state.executed), (false, executed), "{order:?}");
    }
    // An order meets one of the same account.
    let maker = NewOrder::limit(spot.next_id(), btc(), Side::Sell, dec!(0.001), dec!(60000));
    spot.place(&maker).await.unwrap();
    let taker = BybitOrder::new(taking(dec!(60000))).self_trade_prevention(SelfTradePrevention::CancelTaker);
    spot.call(&taker).await.unwrap();
    assert_eq!(spot.query(taker.order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(spot.query(maker.order()).await.unwrap().status, OrderStatus::New);
    assert_the_ledger_agrees!(sim, spot, btc());
}

#[tokio::test]
async fn refusals_say_why_and_are_in_the_ledger() {
    let (sim, spot) = start().await;
    let order = bid(&spot);
    spot.place(&order).await.unwrap();
    spot.cancel(order.order()).await.unwrap();
    let new = |side, quantity, price| NewOrder::limit(spot.next_id(), btc(), side, quantity, price);
    for (order, kind, code) in [
        // Its id is taken, though the order has ended.
        (order, RejectKind::DuplicateId, 170_141),
        (new(Side::Buy, dec!(8000), dec!(60000)), RejectKind::Balance, 170_131),
        (new(Side::Buy, dec!(0.0000001), dec!(20000)), RejectKind::InstrumentRule, 170_136),
        (new(Side::Buy, dec!(0.0010001), dec!(20000)), RejectKind::InstrumentRule, 170_137),
        (new(Side::Buy, dec!(0.0001), dec!(20000)), RejectKind::InstrumentRule, 170_140),
        (new(Side::Buy, dec!(0.001), dec!(20000.001)), RejectKind::InstrumentRule, 170_134),
        (new(Side::Buy, dec!(0.001), dec!(400000)), RejectKind::InstrumentRule, 170_193),
    ] {
        assert_eq!(refused(spot.place(&order).await), (kind, code), "{order:?}");
    }
    assert_eq!(received(&sim, order.id), 2);
    let nowhere = NewOrder::limit(spot.next_id(), Symbol::new("NOSUCH").unwrap(), Side::Buy, dec!(1), dec!(1));
    assert_eq!(refused(spot.place(&nowhere).await).1, 170_121);
    assert_eq!(received(&sim, nowhere.id), 1);
    let borrows = BybitOrder::new(bid(&spot)).borrowing();
    assert_eq!(refused(spot.call(&borrows).await).1, 170_036);

    let credentials = Credentials::new(sim.api_key(), "another").unwrap();
    let stranger = Spot::builder(sim.environment()).credentials(credentials).build().await.unwrap();
    assert_eq!(refused(stranger.place(&bid(&spot)).await), (RejectKind::Signature, 10_004));
    let credentials = Credentials::new("another", sim.api_secret()).unwrap();
    let stranger = Spot::builder(sim.environment()).credentials(credentials).build().await.unwrap();
    assert_eq!(refused(stranger.balances().await), (RejectKind::Auth, 10_003));
    sim.next(Fault::ClockSkew { ms: 60_000 });
    assert_eq!(refused(spot.place(&bid(&spot)).await), (RejectKind::Timestamp, 10_002));
}

#[tokio::test]
async fn a_batch_has_a_fate_for_each_order() {
    let (sim, spot) = start().await;
    let good = bid(&spot);
    let poor = NewOrder::limit(spot.next_id(), btc(), Side::Buy, dec!(8000), dec!(60000));
    let more = bid(&spot);
    let acks = spot.place_batch(&[good, poor, more]).await.unwrap();
    assert!(acks[0].is_ok() && acks[2].is_ok());
    assert_eq!(acks[1].as_ref().unwrap_err().kind(), RejectKind::Balance);
    assert!(spot.in_doubt().is_empty());
    let changes = [&good, &poor, &more].map(|order| change(order.order(), Some(dec!(0.002)), None));
    let changed = spot.amend_batch(&changes).await.unwrap();
    assert_eq!(changed.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(spot.query(more.order()).await.unwrap().quantity, Some(dec!(0.002)));
    let cancels = spot.cancel_batch(&[good.order(), poor.order(), more.order()]).await.unwrap();
    assert_eq!(cancels.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(cancels[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    assert_the_ledger_agrees!(sim, spot, btc());
}

#[tokio::test]
async fn orders_with_a_trigger_live_apart() {
    let (sim, spot) = start().await;
    let before = spot.balances().await.unwrap();
    let stop = NewOrder::stop_limit(spot.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59000), dec!(58000));
    let ack = spot.place(&stop).await.unwrap();
    assert!(ack.has_trigger);
    let state = spot.query(stop.order()).await.unwrap();
    assert_eq!((state.status, state.word.as_str()), (OrderStatus::Pending, "Untriggered"));
    assert_eq!(spot.balances().await.unwrap(), before, "it holds nothing while it waits");
    assert!(spot.open_orders(Some(btc())).await.unwrap().is_empty());
    assert_eq!(spot.open_triggers(Some(btc())).await.unwrap().len(), 1);
    let amend = BybitAmend::new(change(stop.order(), Some(dec!(0.02)), None)).stop_price(dec!(58500));
    spot.call(&amend).await.unwrap();
    assert_eq!(spot.query(stop.order()).await.unwrap().quantity, Some(dec!(0.02)));
    assert_eq!(spot.cancel_all(btc()).await.unwrap().len(), 0);
    spot.cancel(stop.order()).await.unwrap();
    assert_eq!(spot.query(stop.order()).await.unwrap().word.as_str(), "Deactivated");

    let holding = NewOrder::take_profit_limit(spot.next_id(), btc(), Side::Sell, dec!(0.01), dec!(70000), dec!(71000));
    spot.call(&BybitOrder::new(holding).holding_funds()).await.unwrap();
    assert_eq!(coin(&spot.balances().await.unwrap(), "BTC").locked, dec!(0.01));
    assert_eq!(refused(spot.cancel(holding.order()).await), (RejectKind::UnknownOrder, 170_213));
    spot.call(&BybitCancel { order: holding.order(), filter: OrderFilter::TpslOrder }).await.unwrap();
    assert_eq!(spot.balances().await.unwrap(), before);

    // What waits below the market is triggered by who sells through the house's bids.
    let near = NewOrder::stop_market(spot.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59980));
    spot.place(&near).await.unwrap();
    let far = NewOrder::stop_market(spot.next_id(), btc(), Side::Sell, dec!(0.01), dec!(30000));
    spot.place(&far).await.unwrap();
    spot.place(&NewOrder::market(spot.next_id(), btc(), Side::Sell, dec!(3))).await.unwrap();
    assert_eq!(spot.query(near.order()).await.unwrap().status, OrderStatus::Filled);
    assert_eq!(spot.cancel_all_triggers(btc()).await.unwrap().len(), 1);
    assert_eq!(spot.query(far.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_the_ledger_agrees!(sim, spot, btc());
}

/// Of 61 open orders a page has 50; of those that ended the venue remembers 500 beside the open ones, and others in its history.
#[tokio::test]
async fn lists_come_in_pages_and_what_ended_long_ago_is_in_the_history() {
    let (sim, spot) = start().await;
    let mut first = None;
    for _ in 0..61 {
        let orders = [0; 10].map(|_| bid(&spot));
        first.get_or_insert(orders[0]);
        assert!(spot.place_batch(&orders).await.unwrap().iter().all(Result::is_ok));
    }
    let open = spot.open_orders(None).await.unwrap();
    let ids: std::collections::HashSet<_> = open.iter().map(|order| order.order_id).collect();
    assert_eq!((open.len(), ids.len()), (610, 610));
    assert_eq!(spot.cancel_all(btc()).await.unwrap().len(), 610);
    assert!(spot.open_orders(Some(btc())).await.unwrap().is_empty());
    let first = first.unwrap().order();
    assert_eq!(spot.query(first).await.unwrap().status, OrderStatus::Cancelled);
    let id = first.id.unwrap();
    let query = [("category", "spot"), ("orderLinkId", id.as_str())];
    let reply = spot.raw_signed(Method::Get, "/v5/order/realtime", &query, b"").await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains(r#""list":[]"#), "it is not among the recent ones");
    let ledger = sim.ledger();
    assert!(ledger.len() == 610 && ledger.iter().all(|record| record.status == Status::Canceled));
}

#[tokio::test]
async fn a_lost_reply_is_settled() {
    let (sim, spot) = start().await;
    let order = bid(&spot);
    sim.next(Fault::CloseInReply { at: 0 });
    assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    assert_eq!(spot.in_doubt().len(), 1);
    let verdict = spot.settle(order.order(), Duration::from_secs(10)).await.unwrap();
    assert!(matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New));
    assert!(spot.in_doubt().is_empty());
    assert_eq!(received(&sim, order.id), 1);
}

/// Its caller gives up, and so does the venue then.
#[tokio::test]
async fn an_order_that_never_arrived_expires_with_its_deadline() {
    let (sim, spot) = start().await;
    let order = bid(&spot);
    sim.next(Fault::CloseInRequest { at: 100 });
    let deadline = Deadline::after(Duration::from_millis(500));
    assert_eq!(spot.place_by(&order, deadline).await.unwrap_err().fate(), Fate::Unknown);
    let verdict = spot.settle(order.order(), Duration::from_secs(10)).await.unwrap();
    assert!(matches!(verdict, Verdict::NeverArrived), "{verdict:?}");
    assert!(sim.ledger().is_empty());
}

/// What the headers say of an account's limit is kept: who asks for more is refused before anything is sent.
#[tokio::test]
async fn the_limit_of_orders_is_learned_and_kept() {
    let limits = Dialect::BybitSpot.limits();
    let sim = SimVenue::builder(Dialect::BybitSpot).rate_limits(limits).start().await.unwrap();
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    let (mut taken, mut refused_here) = (0, 0);
    for _ in 0..60 {
        match spot.place(&bid(&spot)).await {
            Ok(_) => taken += 1,
            Err(error) if error.fate() == Fate::NotSent => refused_here += 1,
            // The two reckon seconds by clocks of their own.
            Err(error) => assert_eq!(refused::<()>(Err(error)), (RejectKind::RateLimited, 10_006)),
        }
    }
    assert!(taken > 0 && refused_here > 0, "{taken} taken, {refused_here} refused here");
    assert_eq!(sim.ledger().iter().filter(|record| record.status == Status::New).count(), taken);
}

#[tokio::test]
async fn what_spot_does_not_have_is_refused_before_it_is_sent() {
    let (sim, spot) = start().await;
    let build = |outcome: Result<(), RestError>| assert!(matches!(outcome, Err(RestError::Build(_))), "{outcome:?}");
    build(spot.test_place(&bid(&spot)).await);
    build(spot.positions(None).await.map(drop));
    build(spot.cancel_all_after(None, Some(Duration::from_secs(10))).await);
    build(spot.fills(btc(), FillsSince::Trade(1)).await.map(drop));
    let window = Duration::from_secs(40);
    spot.call(&SetDisconnectWindow { product: DisconnectProduct::Spot, window }).await.unwrap();
    assert!(sim.ledger().is_empty());
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
    let (_sim, spot) = start().await;
    tokio::spawn(quote(spot, btc())).await.unwrap();
}

/// It carries out again what it had written down, changes of what waits among it.
#[tokio::test]
async fn a_venue_that_is_started_again_has_what_it_had() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bybit-spot-state");
    let _ = std::fs::remove_dir_all(&directory);
    let builder = SimVenue::builder(Dialect::BybitSpot).account("key-of-the-state", "secret").state(&directory);
    let connect =
        async |sim: &SimVenue| Spot::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    let sim = builder.clone().start().await.unwrap();
    let spot = connect(&sim).await;
    let stop = NewOrder::stop_limit(spot.next_id(), btc(), Side::Sell, dec!(0.01), dec!(59000), dec!(58000));
    spot.place(&stop).await.unwrap();
    spot.call(&BybitAmend::new(change(stop.order(), Some(dec!(0.02)), None)).stop_price(dec!(58500))).await.unwrap();
    let order = bid(&spot);
    spot.place(&order).await.unwrap();
    spot.amend(change(order.order(), None, Some(dec!(19000)))).await.unwrap();
    spot.place(&NewOrder::market(spot.next_id(), btc(), Side::Buy, dec!(0.1))).await.unwrap();
    let open = async |spot: &Spot| {
        format!("{:?}", (spot.open_orders(None).await.unwrap(), spot.open_triggers(None).await.unwrap()))
    };
    let (before, balances, ledger) = (open(&spot).await, spot.balances().await.unwrap(), sim.stop());

    let sim = builder.start().await.unwrap();
    let spot = connect(&sim).await;
    assert_eq!((open(&spot).await, spot.balances().await.unwrap(), sim.ledger()), (before, balances, ledger));
    assert_eq!(spot.query(stop.order()).await.unwrap().quantity, Some(dec!(0.02)));
}
