//! Typed calls against the simulated venue, whose signature check, engine and ledger are other code; the ledger is compared.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use orderwire_kraken::orderwire::venue::{CancelBatch, OrderEntry, PlaceBatch};
use orderwire_kraken::{
    AckStage, AmendOrder, CancelEverything, Credentials, Decimal, Fate, FillsSince, GetClosedOrders, GetSystemStatus,
    Kraken, KrakenOrder, Liquidity, NewOrder, OrderRef, OrderStatus, RejectKind, RestError, Side, Symbol, SystemStatus,
    TestKrakenOrder, TimeInForce, Verdict, dec,
};
use orderwire_sim::{Dialect, Fault, SimVenue, Status};

fn xbt() -> Symbol {
    Symbol::new("XBTUSD").unwrap()
}

async fn start() -> (SimVenue, Kraken) {
    let sim = SimVenue::start(Dialect::Kraken).await.unwrap();
    let builder = Kraken::builder(sim.environment()).credentials(sim.credentials());
    let kraken = builder.deadline(Duration::from_secs(5)).build().await.unwrap();
    (sim, kraken)
}

fn bid(kraken: &Kraken) -> NewOrder {
    NewOrder::limit(kraken.next_id(), xbt(), Side::Buy, dec!(0.01), dec!(58000))
}

fn change(order: OrderRef, quantity: Option<Decimal>, price: Option<Decimal>) -> AmendOrder {
    AmendOrder { order, new_id: None, quantity, price, side: None }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, RestError>) -> RejectKind {
    let error = outcome.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected, "{error}");
    error.kind()
}

/// What the client is told of every order is what the venue's ledger says, and nothing was sent twice.
async fn assert_the_ledger_agrees(sim: &SimVenue, kraken: &Kraken) {
    for record in sim.ledger() {
        let told = kraken.query(OrderRef::by_id(xbt(), record.client_order_id.parse().unwrap())).await;
        match &record.order_id {
            None => assert_eq!(told.unwrap_err().kind(), RejectKind::UnknownOrder, "{record:?}"),
            Some(order_id) => {
                let told = told.unwrap();
                assert_eq!(told.order_id.as_str(), order_id, "{record:?}");
                let is_open = matches!(record.status, Status::New | Status::PartlyFilled);
                assert_eq!(told.status.is_open(), is_open, "{record:?}");
                assert_eq!(told.status == OrderStatus::Filled, record.status == Status::Filled, "{record:?}");
            }
        }
        assert_eq!(record.received, 1, "{record:?}");
    }
}

#[tokio::test]
async fn an_orders_life() {
    let (sim, kraken) = start().await;
    kraken.ping().await.unwrap();
    assert_eq!(kraken.call(&GetSystemStatus {}).await.unwrap(), SystemStatus::Online);
    let rules = kraken.instrument(xbt()).await.unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.notional_min), (dec!(0.1), dec!(0.00001), dec!(0.5)));
    assert!(kraken.instruments().await.unwrap().iter().any(|rules| rules.symbol.as_str() == "ETHUSDT"));
    let top = kraken.top_of_book(xbt()).await.unwrap();
    assert!(top.bid < top.ask && top.bid_quantity > dec!(0), "{top:?}");
    let by_id = kraken.top_of_book(Symbol::new("XXBTZUSD").unwrap()).await.unwrap();
    assert_eq!((by_id.bid, by_id.ask), (top.bid, top.ask));

    let order = bid(&kraken);
    kraken.test_place(&order).await.unwrap();
    assert_eq!(refused(kraken.query(order.order()).await), RejectKind::UnknownOrder);
    let ack = kraken.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage), (order.id, AckStage::Received));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(xbt(), ack.order_id)] {
        let state = kraken.query(named).await.unwrap();
        assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
        assert_eq!((state.price, state.quantity), (Some(dec!(58000)), Some(dec!(0.01))));
    }
    assert_eq!(refused(kraken.place(&order).await), RejectKind::DuplicateId);
    let held = |balances: &[orderwire_kraken::Balance]| {
        balances.iter().find(|balance| balance.asset.as_str() == "ZUSD").unwrap().locked
    };
    assert_eq!(held(&kraken.balances().await.unwrap()), dec!(580));

    let less = kraken.amend(change(order.order(), Some(dec!(0.005)), None)).await.unwrap();
    assert_eq!((less.order(), less.order_id), (order.order(), None));
    kraken.amend(change(ack.order(), Some(dec!(0.02)), Some(dec!(57900)))).await.unwrap();
    let state = kraken.query(order.order()).await.unwrap();
    assert_eq!((state.price, state.quantity), (Some(dec!(57900)), Some(dec!(0.02))));
    assert_eq!(kraken.open_orders(Some(xbt())).await.unwrap().len(), 1);
    assert!(kraken.open_orders(Some(Symbol::new("ETHUSD").unwrap())).await.unwrap().is_empty());

    let cancelled = kraken.cancel(order.order()).await.unwrap();
    assert_eq!((cancelled.id, cancelled.stage), (Some(order.id), AckStage::Done(OrderStatus::Cancelled)));
    assert_eq!(kraken.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(refused(kraken.cancel(order.order()).await), RejectKind::UnknownOrder);
    let closed = kraken.call(&GetClosedOrders { symbol: Some(xbt()), ..GetClosedOrders::default() }).await.unwrap();
    assert_eq!((closed.len(), closed[0].id), (1, Some(order.id)));
    // The order was sent twice, and once for real.
    assert_eq!(sim.ledger()[0].received, 2);
}

#[tokio::test]
async fn orders_of_every_type() {
    let (sim, kraken) = start().await;
    let id = || kraken.next_id();
    let bought = kraken.place(&NewOrder::market(id(), xbt(), Side::Buy, dec!(0.5))).await.unwrap();
    let state = kraken.query(bought.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.5)));
    let fills = kraken.fills(xbt(), FillsSince::Recent).await.unwrap();
    assert!(fills.len() > 1 && fills.iter().all(|fill| fill.order_id == bought.order_id));
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<Decimal>(), dec!(0.5));
    assert!(fills.iter().all(|fill| fill.liquidity == Some(Liquidity::Taker) && fill.side == Some(Side::Buy)));
    assert!(fills.windows(2).all(|pair| pair[0].time <= pair[1].time && pair[0].fill.trade_id < pair[1].fill.trade_id));
    assert!(fills.windows(2).all(|pair| pair[0].fill.price <= pair[1].fill.price), "a buy walks up the book");
    let spent = kraken.call(&KrakenOrder::market_for_quote(id(), xbt(), dec!(100))).await.unwrap();
    assert_eq!(kraken.query(spent.order()).await.unwrap().status, OrderStatus::Filled);

    // It would take: taken, and cancelled then.
    let taking = NewOrder::limit(id(), xbt(), Side::Buy, dec!(0.01), dec!(61000)).post_only();
    let ack = kraken.place(&taking).await.unwrap();
    assert_eq!(kraken.query(ack.order()).await.unwrap().status, OrderStatus::Cancelled);
    let ioc = bid(&kraken).time_in_force(TimeInForce::Ioc);
    let fok = bid(&kraken).time_in_force(TimeInForce::Fok);
    for order in [ioc, fok] {
        kraken.place(&order).await.unwrap();
        let state = kraken.query(order.order()).await.unwrap();
        assert_eq!((state.status, state.executed), (OrderStatus::Cancelled, dec!(0)));
    }
    let stop = NewOrder::stop_limit(id(), xbt(), Side::Sell, dec!(0.01), dec!(55000), dec!(54990));
    let stop_market = NewOrder::stop_market(id(), xbt(), Side::Sell, dec!(0.01), dec!(55000));
    let profit = NewOrder::take_profit_limit(id(), xbt(), Side::Sell, dec!(0.01), dec!(65000), dec!(65010));
    let profit_market = NewOrder::take_profit_market(id(), xbt(), Side::Sell, dec!(0.01), dec!(65000));
    for order in [stop, stop_market, profit, profit_market] {
        kraken.place(&order).await.unwrap();
        let state = kraken.query(order.order()).await.unwrap();
        assert_eq!((state.status, state.price), (OrderStatus::Pending, order.price));
    }
    let iceberg = KrakenOrder::new(bid(&kraken)).display_quantity(dec!(0.002));
    kraken.call(&TestKrakenOrder { order: iceberg }).await.unwrap();
    kraken.call(&iceberg).await.unwrap();
    assert_eq!(kraken.open_orders(None).await.unwrap().len(), 5);
    assert_eq!(kraken.call(&CancelEverything {}).await.unwrap(), 5);

    let off_tick = NewOrder::limit(id(), xbt(), Side::Buy, dec!(0.01), dec!(58000.01));
    assert_eq!(refused(kraken.place(&off_tick).await), RejectKind::InstrumentRule);
    let too_large = NewOrder::limit(id(), xbt(), Side::Buy, dec!(8999), dec!(60000));
    assert_eq!(refused(kraken.place(&too_large).await), RejectKind::Balance);
    let nowhere = NewOrder::limit(id(), Symbol::new("NOSUCH").unwrap(), Side::Buy, dec!(1), dec!(1));
    assert_eq!(refused(kraken.place(&nowhere).await), RejectKind::InstrumentRule);
    assert_eq!(kraken.fee_rates(xbt()).await.unwrap().buy, (dec!(0.0016), dec!(0.0026)));
    assert!(kraken.positions(None).await.unwrap().is_empty());
    assert_the_ledger_agrees(&sim, &kraken).await;
}

#[tokio::test]
async fn several_at_once() {
    let (sim, kraken) = start().await;
    let orders =
        [bid(&kraken), NewOrder::limit(kraken.next_id(), xbt(), Side::Buy, dec!(8000), dec!(59000)), bid(&kraken)];
    let acks = kraken.call(&PlaceBatch { orders: &orders }).await.unwrap();
    assert!(acks[0].is_ok() && acks[2].is_ok());
    assert_eq!(acks[1].as_ref().unwrap_err().kind(), RejectKind::Balance);
    assert!(kraken.in_doubt().is_empty());
    let open = [orders[0].order(), acks[2].as_ref().unwrap().order()];
    let cancelled = kraken.call(&CancelBatch { orders: &open }).await.unwrap();
    assert!(cancelled.iter().all(Result::is_ok));
    assert!(kraken.open_orders(None).await.unwrap().is_empty());
    let again = kraken.call(&CancelBatch { orders: &open }).await.unwrap();
    assert!(again.iter().all(|ack| ack.as_ref().unwrap_err().fate() == Fate::Unknown));
    assert_the_ledger_agrees(&sim, &kraken).await;

    kraken.place(&bid(&kraken)).await.unwrap();
    kraken.cancel_all_after(None, Some(Duration::from_secs(1))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(kraken.open_orders(None).await.unwrap().is_empty());
    OrderEntry::cancel_all_after(&kraken, None, None).await.unwrap();
}

/// An order whose answer is lost is settled by its own id: among the open orders, among the closed ones, or in neither once its deadline
/// has passed.
#[tokio::test]
async fn what_is_in_doubt_is_settled() {
    let (sim, kraken) = start().await;
    let patience = Duration::from_secs(20);
    let taken = bid(&kraken);
    sim.next(Fault::CloseAfterAccept);
    assert_eq!(kraken.place(&taken).await.unwrap_err().fate(), Fate::Unknown);
    assert!(
        matches!(kraken.settle(taken.order(), patience).await.unwrap(), Verdict::Exists(state) if state.status == OrderStatus::New)
    );
    let filled = NewOrder::market(kraken.next_id(), xbt(), Side::Buy, dec!(0.01));
    sim.next(Fault::TimeoutAfter);
    assert_eq!(kraken.place(&filled).await.unwrap_err().fate(), Fate::Unknown);
    assert!(
        matches!(kraken.settle(filled.order(), patience).await.unwrap(), Verdict::Exists(state) if state.status == OrderStatus::Filled)
    );
    let lost = bid(&kraken);
    sim.next(Fault::ServerErrorBefore);
    let sent = std::time::Instant::now();
    let short = orderwire_kraken::Deadline::after(Duration::from_millis(300));
    assert_eq!(kraken.place_by(&lost, short).await.unwrap_err().fate(), Fate::Unknown);
    assert!(matches!(kraken.settle(lost.order(), patience).await.unwrap(), Verdict::NeverArrived));
    // Its deadline was 3 seconds ahead, the least that is sent.
    assert!(sent.elapsed() > Duration::from_secs(3), "{:?}", sent.elapsed());
    assert!(kraken.in_doubt().is_empty());
    assert_eq!(sim.ledger().len(), 2);
}

/// Two requests of one key that overtake each other: the venue takes the later nonce, and the earlier one did nothing. That is why a key has
/// one slot; with a nonce window of the key's, set at the venue, both are taken.
#[tokio::test]
async fn requests_that_overtake_each_other_need_a_nonce_window() {
    for (window, is_taken) in [(0, false), (10_000, true)] {
        let builder = SimVenue::builder(Dialect::Kraken).plain().nonce_window(window);
        let sim = builder.start().await.unwrap();
        let kraken = Kraken::builder(sim.environment()).credentials(sim.credentials()).build_cold().await.unwrap();
        let (earlier, later) = (bid(&kraken), bid(&kraken));
        let mut dry = Kraken::builder(sim.environment()).credentials(sim.credentials()).dry_run().unwrap();
        let [first, second] = [earlier, later].map(|order| dry.request(&order).unwrap().as_bytes().to_vec());
        for (request, is_yes) in [(second, true), (first, is_taken)] {
            let mut stream = TcpStream::connect(sim.address()).unwrap();
            stream.write_all(&request).unwrap();
            let mut reply = [0; 2_048];
            let length = stream.read(&mut reply).unwrap();
            let reply = String::from_utf8_lossy(&reply[..length]);
            assert_eq!(!reply.contains("EAPI:Invalid nonce"), is_yes, "{reply}");
        }
        // Requests that are made later go on, whoever was shut out. Two clients have this key, each with nonces by its own clock: later is
        // in another millisecond than the last of the other's two.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let state = kraken.query(later.order()).await.unwrap();
        assert_eq!(state.status, OrderStatus::New);
        assert_eq!(kraken.query(earlier.order()).await.is_ok(), is_taken);
        assert_eq!(sim.ledger().iter().filter(|record| record.order_id.is_some()).count(), 1 + usize::from(is_taken));
    }
}

/// In a window four slots share a key, and none of their requests is shut out.
#[tokio::test]
async fn many_at_once_in_a_nonce_window() {
    let sim = SimVenue::builder(Dialect::Kraken).nonce_window(10_000).start().await.unwrap();
    let builder = Kraken::builder(sim.environment()).credentials(sim.credentials()).connections(4);
    let kraken = builder.recv_window(Duration::from_secs(10)).build().await.unwrap();
    for _ in 0..25 {
        for outcome in kraken.burst(&[bid(&kraken), bid(&kraken), bid(&kraken), bid(&kraken)]).await {
            outcome.unwrap();
        }
    }
    assert_eq!(sim.ledger().iter().filter(|record| record.order_id.is_some()).count(), 100);
}

#[tokio::test]
async fn without_a_runtime() {
    let sim = SimVenue::start(Dialect::Kraken).await.unwrap();
    let (environment, credentials) = (sim.environment(), sim.credentials());
    let placed = std::thread::spawn(move || {
        let kraken = orderwire_kraken::blocking::Kraken::builder(environment).credentials(credentials).build().unwrap();
        let order = NewOrder::limit(kraken.next_id(), xbt(), Side::Buy, dec!(0.01), dec!(58000));
        kraken.place(&order).unwrap();
        kraken.query(order.order()).unwrap().status
    });
    assert_eq!(placed.join().unwrap(), OrderStatus::New);
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let sim = SimVenue::start(Dialect::Kraken).await.unwrap();
    let wrong = Credentials::new(sim.api_key(), "c2VjcmV0").unwrap();
    let kraken = Kraken::builder(sim.environment()).credentials(wrong).build().await.unwrap();
    assert_eq!(refused(kraken.place(&bid(&kraken)).await), RejectKind::Signature);
    assert!(sim.ledger().is_empty());
}
