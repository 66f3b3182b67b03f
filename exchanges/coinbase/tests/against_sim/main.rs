//! Typed calls against the simulated venue, whose check of tokens, engine and ledger are other code; the ledger is compared.

use std::time::Duration;

use orderwire_coinbase::orderwire::venue::{CancelBatch, CancelOrder, TestOrder};
use orderwire_coinbase::{
    AckStage, AmendOrder, Coinbase, CoinbaseAmend, CoinbaseOrder, Credentials, Deadline, Decimal, Fate, FillsSince,
    GetKeyPermissions, Liquidity, NewOrder, OrderRef, OrderState, OrderStatus, RejectKind, RestError, Side, Symbol,
    TestAmend, TestCoinbaseOrder, TimeInForce, Timestamp, Verdict, dec, request_limits,
};
use orderwire_sim::{Dialect, Fault, SimVenue, Status};

fn btc() -> Symbol {
    Symbol::new("BTC-USD").unwrap()
}

async fn start() -> (SimVenue, Coinbase) {
    let sim = SimVenue::start(Dialect::Coinbase).await.unwrap();
    let builder = Coinbase::builder(sim.environment()).credentials(sim.credentials());
    // As short as a token may hold: so long it takes until an order counts as never arrived.
    let coinbase = builder.deadline(Duration::from_secs(5)).recv_window(Duration::from_secs(10)).build().await.unwrap();
    (sim, coinbase)
}

fn bid(coinbase: &Coinbase) -> NewOrder {
    NewOrder::limit(coinbase.next_id(), btc(), Side::Buy, dec!(0.01), dec!(58000))
}

fn change(order: OrderRef, quantity: Decimal, price: Decimal) -> AmendOrder {
    AmendOrder { order, new_id: None, quantity: Some(quantity), price: Some(price), side: None }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, RestError>) -> RejectKind {
    let error = outcome.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected, "{error}");
    error.kind()
}

/// An order that is cancelled, once its cancel is through: a yes says that it was taken.
async fn cancelled(coinbase: &Coinbase, order: OrderRef) -> OrderState {
    for _ in 0..200 {
        let state = coinbase.query(order).await.unwrap();
        if !state.status.is_open() {
            return state;
        }
        assert_eq!(state.word.as_str(), "CANCEL_QUEUED");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{order} is not cancelled");
}

/// What the client is told of every order is what the venue's ledger says, and nothing was sent twice.
async fn assert_the_ledger_agrees(sim: &SimVenue, coinbase: &Coinbase) {
    for record in sim.ledger() {
        let told = coinbase.query(OrderRef::by_id(btc(), record.client_order_id.parse().unwrap())).await;
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
    let (sim, coinbase) = start().await;
    coinbase.ping().await.unwrap();
    let rules = coinbase.instrument(btc()).await.unwrap();
    assert_eq!((rules.tick_size, rules.lot_size, rules.notional_min), (dec!(0.01), dec!(0.00000001), dec!(1)));
    assert!(rules.is_trading);
    assert!(coinbase.instruments().await.unwrap().iter().any(|rules| rules.symbol.as_str() == "ETH-USDT"));
    let top = coinbase.top_of_book(btc()).await.unwrap();
    assert!(top.bid < top.ask && top.bid_quantity > dec!(0), "{top:?}");
    let may = coinbase.call(&GetKeyPermissions {}).await.unwrap();
    assert!(may.can_trade && !may.can_transfer);

    let order = bid(&coinbase);
    coinbase.test_place(&order).await.unwrap();
    assert_eq!(refused(coinbase.query(order.order()).await), RejectKind::UnknownOrder);
    let ack = coinbase.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage), (order.id, AckStage::Received));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(btc(), ack.order_id)] {
        let state = coinbase.query(named).await.unwrap();
        assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
        assert_eq!((state.price, state.quantity), (Some(dec!(58000)), Some(dec!(0.01))));
    }
    // The same id again is the same order, whatever else it says.
    let again = NewOrder::limit(order.id, btc(), Side::Buy, dec!(0.02), dec!(57000));
    assert_eq!(coinbase.place(&again).await.unwrap().order_id, ack.order_id);
    let held = |balances: &[orderwire_coinbase::Balance]| {
        balances.iter().find(|balance| balance.asset.as_str() == "USD").unwrap().locked
    };
    assert_eq!(held(&coinbase.balances().await.unwrap()), dec!(580));

    let amend = change(ack.order(), dec!(0.005), dec!(58000));
    coinbase.call(&TestAmend { amend: CoinbaseAmend::new(amend) }).await.unwrap();
    let less = coinbase.amend(amend).await.unwrap();
    assert_eq!(less.order(), ack.order());
    coinbase.amend(change(ack.order(), dec!(0.02), dec!(57900))).await.unwrap();
    let state = coinbase.query(ack.order()).await.unwrap();
    assert_eq!((state.price, state.quantity), (Some(dec!(57900)), Some(dec!(0.02))));
    assert_eq!(coinbase.open_orders(Some(btc())).await.unwrap().len(), 1);
    assert!(coinbase.open_orders(Some(Symbol::new("ETH-USD").unwrap())).await.unwrap().is_empty());

    // Our id alone names no order to a cancel, nor to a change.
    let unsent = coinbase.cancel(order.order()).await.unwrap_err();
    assert_eq!(unsent.fate(), Fate::NotSent, "{unsent}");
    let taken = coinbase.cancel(ack.order()).await.unwrap();
    assert_eq!((taken.id, taken.stage), (Some(order.id), AckStage::Received));
    assert_eq!(cancelled(&coinbase, ack.order()).await.status, OrderStatus::Cancelled);
    assert_eq!(refused(coinbase.cancel(ack.order()).await), RejectKind::UnknownOrder);
    assert!(coinbase.amend(change(ack.order(), dec!(0.02), dec!(57900))).await.is_err());
    assert_eq!(sim.ledger()[0].received, 2);
}

#[tokio::test]
async fn orders_of_every_type() {
    let (sim, coinbase) = start().await;
    let id = || coinbase.next_id();
    let bought = coinbase.place(&NewOrder::market(id(), btc(), Side::Buy, dec!(0.5))).await.unwrap();
    let state = coinbase.query(bought.order()).await.unwrap();
    assert_eq!((state.status, state.executed), (OrderStatus::Filled, dec!(0.5)));
    let fills = coinbase.fills(btc(), FillsSince::Order(bought.order_id)).await.unwrap();
    assert!(fills.len() > 1 && fills.iter().all(|fill| fill.order_id == bought.order_id));
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<Decimal>(), dec!(0.5));
    assert!(fills.iter().all(|fill| fill.liquidity == Some(Liquidity::Taker) && fill.side == Some(Side::Buy)));
    assert!(fills.windows(2).all(|pair| pair[0].fill.price <= pair[1].fill.price), "a buy walks up the book");
    // Sized in the quote coin, its executions are told in it: what they come to is what was bought.
    let spent = coinbase.call(&CoinbaseOrder::market_for_quote(id(), btc(), Side::Buy, dec!(100))).await.unwrap();
    let state = coinbase.query(spent.order()).await.unwrap();
    assert_eq!(state.status, OrderStatus::Filled);
    let fills = coinbase.fills(btc(), FillsSince::Order(spent.order_id)).await.unwrap();
    assert_eq!(fills.iter().map(|fill| fill.fill.quantity).sum::<Decimal>().round_dp(8), state.executed);

    let taking = NewOrder::limit(id(), btc(), Side::Buy, dec!(0.01), dec!(61000)).post_only();
    assert_eq!(refused(coinbase.place(&taking).await), RejectKind::PostOnlyWouldTake);
    for order in [bid(&coinbase).time_in_force(TimeInForce::Ioc), bid(&coinbase).time_in_force(TimeInForce::Fok)] {
        coinbase.place(&order).await.unwrap();
        let state = coinbase.query(order.order()).await.unwrap();
        assert_eq!((state.status, state.executed), (OrderStatus::Cancelled, dec!(0)));
    }
    let stop = NewOrder::stop_limit(id(), btc(), Side::Sell, dec!(0.01), dec!(55000), dec!(54990));
    let profit = NewOrder::take_profit_limit(id(), btc(), Side::Sell, dec!(0.01), dec!(65000), dec!(65010));
    for order in [stop, profit] {
        coinbase.place(&order).await.unwrap();
        let state = coinbase.query(order.order()).await.unwrap();
        assert_eq!((state.status, state.price), (OrderStatus::Pending, order.price));
    }
    let state = coinbase.query(stop.order()).await.unwrap();
    let moved = CoinbaseAmend::new(change(state.order(), dec!(0.01), dec!(53990))).stop_price(dec!(54000));
    coinbase.call(&moved).await.unwrap();
    assert_eq!(coinbase.query(stop.order()).await.unwrap().price, Some(dec!(53990)));
    let soon = Timestamp::now() + Duration::from_millis(300);
    let until = CoinbaseOrder::new(bid(&coinbase)).expires(soon);
    coinbase.call(&TestCoinbaseOrder { order: until }).await.unwrap();
    coinbase.call(&until).await.unwrap();
    assert_eq!(coinbase.query(until.order.order()).await.unwrap().status, OrderStatus::New);
    assert_eq!(coinbase.open_orders(None).await.unwrap().len(), 3);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(coinbase.query(until.order.order()).await.unwrap().status, OrderStatus::Expired);

    let off_tick = NewOrder::limit(id(), btc(), Side::Buy, dec!(0.01), dec!(58000.001));
    let too_small = NewOrder::limit(id(), btc(), Side::Buy, dec!(0.00000001), dec!(58000));
    for order in [off_tick, too_small] {
        assert_eq!(refused(coinbase.place(&order).await), RejectKind::InstrumentRule);
        assert_eq!(refused(coinbase.call(&TestOrder { order }).await), RejectKind::InstrumentRule);
    }
    let too_large = NewOrder::limit(id(), btc(), Side::Buy, dec!(8999), dec!(60000));
    assert_eq!(refused(coinbase.place(&too_large).await), RejectKind::Balance);
    let nowhere = NewOrder::limit(id(), Symbol::new("NO-SUCH").unwrap(), Side::Buy, dec!(1), dec!(1));
    assert_eq!(refused(coinbase.place(&nowhere).await), RejectKind::InstrumentRule);
    let bracket = CoinbaseOrder::bracket(id(), btc(), Side::Sell, dec!(0.01), dec!(65000), dec!(55000));
    assert_eq!(coinbase.call(&bracket).await.unwrap_err().fate(), Fate::Rejected);
    assert_eq!(coinbase.fee_rates(btc()).await.unwrap().buy, (dec!(0.0025), dec!(0.004)));
    assert!(coinbase.positions(None).await.unwrap().is_empty());
    assert_the_ledger_agrees(&sim, &coinbase).await;
}

#[tokio::test]
async fn several_at_once() {
    let (sim, coinbase) = start().await;
    let orders = [bid(&coinbase), bid(&coinbase), bid(&coinbase)];
    let mut open = Vec::new();
    for outcome in coinbase.burst(&orders).await {
        open.push(outcome.unwrap().order());
    }
    let gone = OrderRef::by_order_id(btc(), "11111111-1111-4111-8111-111111111111".parse().unwrap());
    let named = [open[0], gone, open[1], open[2]];
    let acks = coinbase.call(&CancelBatch { orders: &named }).await.unwrap();
    assert_eq!(acks[1].as_ref().unwrap_err().kind(), RejectKind::UnknownOrder);
    assert!([0, 2, 3].into_iter().all(|place| acks[place].is_ok()));
    for order in open {
        assert_eq!(cancelled(&coinbase, order).await.status, OrderStatus::Cancelled);
    }
    assert!(coinbase.open_orders(None).await.unwrap().is_empty());
    assert_the_ledger_agrees(&sim, &coinbase).await;
}

/// More orders than a part of a list has are listed, and one is found behind them.
#[tokio::test]
async fn lists_of_several_parts() {
    let (_sim, coinbase) = start().await;
    let first = bid(&coinbase);
    coinbase.place(&first).await.unwrap();
    for _ in 0..259 {
        coinbase.place(&bid(&coinbase)).await.unwrap();
    }
    assert_eq!(coinbase.open_orders(Some(btc())).await.unwrap().len(), 260);
    assert_eq!(coinbase.query(first.order()).await.unwrap().id, Some(first.id));
    assert_eq!(refused(coinbase.query(bid(&coinbase).order()).await), RejectKind::UnknownOrder);
}

/// An order whose answer is lost is looked for by its own id. What is in no list never arrived once the token that it was sent with is over.
#[tokio::test]
async fn what_is_in_doubt_is_settled() {
    let (sim, coinbase) = start().await;
    let patience = Duration::from_secs(30);
    let (taken, filled) = (bid(&coinbase), NewOrder::market(coinbase.next_id(), btc(), Side::Buy, dec!(0.01)));
    for (order, fault, status) in [
        (taken, Fault::CloseAfterAccept, OrderStatus::New),
        (filled, Fault::StatusUnknown, OrderStatus::Filled),
        (bid(&coinbase), Fault::TimeoutAfter, OrderStatus::New),
    ] {
        sim.next(fault);
        assert_eq!(coinbase.place(&order).await.unwrap_err().fate(), Fate::Unknown, "{fault}");
        let verdict = coinbase.settle(order.order(), patience).await.unwrap();
        assert!(matches!(verdict, Verdict::Exists(state) if state.status == status), "{verdict:?}");
    }
    let lost = bid(&coinbase);
    sim.next(Fault::ServerErrorBefore);
    let sent = std::time::Instant::now();
    let short = Deadline::after(Duration::from_millis(300));
    assert_eq!(coinbase.place_by(&lost, short).await.unwrap_err().fate(), Fate::Unknown);
    assert!(matches!(coinbase.settle(lost.order(), patience).await.unwrap(), Verdict::NeverArrived));
    assert!(sent.elapsed() > Duration::from_secs(4), "{:?}", sent.elapsed());
    assert!(coinbase.in_doubt().is_empty());
    assert_eq!(sim.ledger().len(), 3);
}

/// A cancel whose answer is lost, or says nothing, is unknown; the order is asked for by then.
#[tokio::test]
async fn a_cancel_in_doubt_is_unknown() {
    let (sim, coinbase) = start().await;
    let ack = coinbase.place(&bid(&coinbase)).await.unwrap();
    sim.next(Fault::StatusUnknown);
    let error = coinbase.call(&CancelOrder { order: ack.order() }).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown, "{error}");
    assert_eq!(cancelled(&coinbase, ack.order()).await.status, OrderStatus::Cancelled);
}

/// With the venue's limits told ahead none of its refusals is met: what would be one too many is refused here, before it is sent.
#[tokio::test]
async fn within_its_limits_the_venue_refuses_nothing() {
    let sim = SimVenue::builder(Dialect::Coinbase).rate_limits(Dialect::Coinbase.limits()).start().await.unwrap();
    let builder = Coinbase::builder(sim.environment()).credentials(sim.credentials()).limits(request_limits());
    let coinbase = builder.deadline(Duration::from_secs(5)).build().await.unwrap();
    let (mut placed, mut refused_here) = (0, 0);
    while placed < 75 {
        match coinbase.place(&bid(&coinbase)).await {
            Ok(_) => placed += 1,
            Err(error) => {
                assert!(matches!(error, RestError::Busy(_)), "{error}");
                refused_here += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    assert!(refused_here > 0);
    assert!(sim.ledger().iter().all(|record| record.received == 1 && record.order_id.is_some()));
}

#[tokio::test]
async fn without_a_runtime() {
    let sim = SimVenue::start(Dialect::Coinbase).await.unwrap();
    let (environment, credentials) = (sim.environment(), sim.credentials());
    let placed = std::thread::spawn(move || {
        let builder = orderwire_coinbase::blocking::Coinbase::builder(environment).credentials(credentials);
        let coinbase = builder.build().unwrap();
        let order = NewOrder::limit(coinbase.next_id(), btc(), Side::Buy, dec!(0.01), dec!(58000));
        let ack = coinbase.place(&order).unwrap();
        coinbase.query(ack.order()).unwrap().status
    });
    assert_eq!(placed.join().unwrap(), OrderStatus::New);
}

/// An EC key signs as well: its public half is what the venue has.
#[tokio::test]
async fn with_an_ec_key() {
    let builder = SimVenue::builder(Dialect::Coinbase).account("organizations/o/apiKeys/k", P256_PUBLIC);
    let sim = builder.start().await.unwrap();
    let credentials = Credentials::new(sim.api_key(), include_str!("../keys/p256_pkcs8.pem")).unwrap();
    let coinbase = Coinbase::builder(sim.environment()).credentials(credentials).build().await.unwrap();
    let ack = coinbase.place(&bid(&coinbase)).await.unwrap();
    assert_eq!(coinbase.query(ack.order()).await.unwrap().status, OrderStatus::New);
}

/// Another account's key is none to this one.
#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let sim = SimVenue::builder(Dialect::Coinbase).made_account().made_account().start().await.unwrap();
    let other = Credentials::new(sim.api_key(), RFC_8032).unwrap();
    let coinbase = Coinbase::builder(sim.environment()).credentials(other).build().await.unwrap();
    assert_eq!(refused(coinbase.place(&bid(&coinbase)).await), RejectKind::Auth);
    assert!(sim.ledger().is_empty());
    let second = Coinbase::builder(sim.environment()).credentials(sim.credentials_of(1)).build().await.unwrap();
    second.place(&bid(&second)).await.unwrap();
    assert_eq!(sim.ledger().len(), 1);
}

/// Seed and public half of the first example of RFC 8032 section 7.1.
const RFC_8032: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";

/// Made of `keys/p256_pkcs8.pem` with `openssl pkey -pubout`.
const P256_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbAtpLlSZYVOwYICz+uEyxcS29vRI
ujiES/gQ1DC7FV4zK4JuYE9vqDyGZQYjdXHLM7I6f/QnnOITL+dXYWBHRA==
-----END PUBLIC KEY-----";
