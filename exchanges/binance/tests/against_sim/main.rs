//! Every call of Spot and of USD-M futures against the simulated venue, over TLS; and what the venue really did, from its ledger.

mod lists;
mod usdm;
mod waiting;

use orderwire_binance::orderwire::Method;
use orderwire_binance::spot::{GetOrderCounts, errors};
use orderwire_binance::{
    AckStage, AmendOrder, CancelReplace, ClientOrderId, Credentials, Deadline, Decimal, Fate, FillsSince, Half,
    Liquidity, NewOrder, OrderRef, OrderStatus, RawCall, RejectKind, ResponseType, RestError, Side, Spot, SpotOrder,
    Symbol, TimeInForce, Timestamp, dec,
};
use orderwire_sim::{Dialect, SimVenue};
use std::time::Duration;

async fn started() -> (SimVenue, Spot) {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = Spot::builder(sim.environment()).credentials(sim.credentials()).build().await.unwrap();
    (sim, spot)
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

/// What the client is told of every order is what the venue's ledger says, and nothing was sent twice.
async fn assert_the_ledger_agrees(sim: &SimVenue, spot: &Spot) {
    for record in sim.ledger() {
        let id = ClientOrderId::new(&record.client_order_id).unwrap();
        let told = spot.query(OrderRef::by_id(symbol(), id)).await;
        match &record.order_id {
            None => assert_eq!(told.unwrap_err().kind(), RejectKind::UnknownOrder, "{record:?}"),
            Some(order_id) => {
                let told = told.unwrap();
                assert_eq!(told.order_id.to_string(), *order_id, "{record:?}");
                assert_eq!(told.word.as_str(), sim.dialect().status_word(record.status), "{record:?}");
            }
        }
        assert_eq!(record.received, 1, "{record:?}");
    }
}

/// A bid well below the book.
fn bid(spot: &Spot) -> NewOrder {
    NewOrder::limit(spot.next_id(), symbol(), Side::Buy, dec!(0.001), dec!(20000))
}

#[tokio::test]
async fn an_order_from_its_rules_to_its_end() {
    let (sim, spot) = started().await;
    spot.ping().await.unwrap();
    let skew_ms = spot.server_time().await.unwrap().ms().abs_diff(Timestamp::now().ms());
    assert!(skew_ms < 5_000, "{skew_ms}");

    let btc = spot.instrument(symbol()).await.unwrap();
    assert!(spot.instruments().await.unwrap().contains(&btc));
    assert!(btc.is_trading && btc.tick_size > Decimal::ZERO && btc.lot_size > Decimal::ZERO);
    let top = spot.top_of_book(btc.symbol).await.unwrap();
    assert!(top.bid > Decimal::ZERO && top.bid < top.ask);

    let price = btc.price_down(top.bid * dec!(0.98));
    let order = NewOrder::limit(spot.next_id(), btc.symbol, Side::Buy, btc.least_quantity(price), price).post_only();
    spot.test_place(&order).await.unwrap();
    assert!(spot.open_orders(None).await.unwrap().is_empty(), "a test places nothing");
    let before = spot.balances().await.unwrap();

    let ack = spot.place(&order).await.unwrap();
    assert_eq!((ack.id, ack.stage, ack.executed), (order.id, AckStage::Working, Some(Decimal::ZERO)));
    for named in [order.order(), ack.order(), OrderRef::by_order_id(btc.symbol, ack.order_id)] {
        let state = spot.query(named).await.unwrap();
        assert_eq!((state.id, state.order_id, state.status), (Some(order.id), ack.order_id, OrderStatus::New));
        assert_eq!((state.side, state.price, state.quantity), (Some(Side::Buy), order.price, Some(order.quantity)));
    }
    let open = spot.open_orders(Some(btc.symbol)).await.unwrap();
    assert_eq!((open.len(), open[0].id), (1, Some(order.id)));
    let locked = |balances: &[orderwire_binance::Balance]| {
        balances.iter().find(|balance| balance.asset.as_str() == "USDT").unwrap().locked
    };
    let after = spot.balances().await.unwrap();
    assert_eq!(locked(&after) - locked(&before), order.quantity * price);

    let cancelled = spot.cancel(ack.order()).await.unwrap();
    assert_eq!((cancelled.id, cancelled.order_id), (Some(order.id), Some(ack.order_id)));
    assert_eq!(spot.query(order.order()).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(locked(&spot.balances().await.unwrap()), locked(&before));

    let ledger = sim.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!((ledger[0].client_order_id.as_str(), ledger[0].received), (order.id.as_str(), 1));
    assert_eq!(ledger[0].order_id.as_deref(), Some(ack.order_id.as_str()));
}

#[tokio::test]
async fn every_type_and_every_answer() {
    let (_sim, spot) = started().await;
    let market = || NewOrder::market(spot.next_id(), symbol(), Side::Buy, dec!(0.01));
    let ask = |response| SpotOrder::new(market()).response(response);

    let ack = spot.call(&ask(ResponseType::Ack)).await.unwrap();
    assert_eq!((ack.stage, ack.status, ack.executed), (AckStage::Received, None, None));
    let result = spot.place(&market()).await.unwrap();
    assert_eq!((result.stage, result.fills_total), (AckStage::Done(OrderStatus::Filled), 0));
    let full = spot.call(&ask(ResponseType::Full)).await.unwrap();
    assert!(full.fills_total > 0);
    let filled: Decimal = full.fills.iter().map(|fill| fill.quantity).sum();
    assert_eq!((full.executed, Some(filled)), (Some(dec!(0.01)), full.executed));

    let fok = bid(&spot).time_in_force(TimeInForce::Fok);
    assert_eq!(spot.place(&fok).await.unwrap().stage, AckStage::Done(OrderStatus::Expired));
    let ioc = bid(&spot).time_in_force(TimeInForce::Ioc);
    assert_eq!(spot.place(&ioc).await.unwrap().stage, AckStage::Done(OrderStatus::Expired));

    let (first, second) = (bid(&spot), bid(&spot).post_only());
    let acks = (spot.place(&first).await.unwrap(), spot.place(&second).await.unwrap());
    let mut cancelled: Vec<_> = spot.cancel_all(symbol()).await.unwrap().iter().map(|ack| ack.order_id).collect();
    cancelled.sort_unstable();
    assert_eq!(cancelled, [Some(acks.0.order_id), Some(acks.1.order_id)]);
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, RestError>) -> RejectKind {
    let error = outcome.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected, "{error}");
    error.kind()
}

#[tokio::test]
async fn every_refusal_is_named() {
    let (sim, spot) = started().await;
    let btc = spot.instrument(symbol()).await.unwrap();
    let top = spot.top_of_book(symbol()).await.unwrap();
    let changed = |change: &dyn Fn(&mut NewOrder)| {
        let mut order = bid(&spot);
        change(&mut order);
        order
    };

    let order = bid(&spot);
    spot.place(&order).await.unwrap();
    assert_eq!(refused(spot.place(&order).await), RejectKind::DuplicateId);
    let taking = changed(&|order| order.price = Some(btc.price_up(top.ask * dec!(1.01)))).post_only();
    assert_eq!(refused(spot.place(&taking).await), RejectKind::PostOnlyWouldTake);
    let off_tick = changed(&|order| order.price = Some(dec!(20000.001)));
    assert_eq!(refused(spot.place(&off_tick).await), RejectKind::InstrumentRule);
    let tiny = changed(&|order| order.quantity = btc.quantity_min);
    assert_eq!(refused(spot.place(&tiny).await), RejectKind::InstrumentRule);
    let mut kind = None;
    for _ in 0..1_000 {
        if let Err(error) = spot.place(&changed(&|order| order.quantity = dec!(450))).await {
            kind = Some(error.kind());
            break;
        }
    }
    assert_eq!(kind, Some(RejectKind::Balance));
    let nowhere = changed(&|order| order.symbol = Symbol::new("NOSUCH").unwrap());
    assert_eq!(refused(spot.place(&nowhere).await), RejectKind::Malformed);
    let elsewhere = OrderRef::by_id(symbol(), spot.next_id());
    assert_eq!(refused(spot.cancel(elsewhere).await), RejectKind::UnknownOrder);
    assert_eq!(refused(spot.query(elsewhere).await), RejectKind::UnknownOrder);
    spot.cancel_all(symbol()).await.unwrap();
    assert_eq!(refused(spot.cancel_all(symbol()).await), RejectKind::UnknownOrder);

    let builder = |credentials| Spot::builder(sim.environment()).credentials(credentials);
    let wrong_secret = Credentials::new(sim.credentials().key(), "wrong").unwrap();
    let other = builder(wrong_secret).build().await.unwrap();
    assert_eq!(refused(other.place(&bid(&spot)).await), RejectKind::Signature);
    let wrong_key = Credentials::new("wrong", sim.credentials().secret().expose()).unwrap();
    let other = builder(wrong_key).build().await.unwrap();
    assert_eq!(refused(other.place(&bid(&spot)).await), RejectKind::Auth);
    let late = Timestamp::from_ms(Timestamp::now().ms() - 10_000);
    let other = builder(sim.credentials()).fixed_clock(late).build().await.unwrap();
    assert_eq!(refused(other.place(&bid(&spot)).await), RejectKind::Timestamp);
    let patient = builder(sim.credentials()).fixed_clock(late).recv_window(Duration::from_secs(30));
    let other = patient.deadline(Duration::from_secs(30)).build().await.unwrap();
    other.place(&bid(&spot)).await.unwrap();
}

#[tokio::test]
async fn raw_calls_are_handed_over_whatever_they_say() {
    let (_sim, spot) = started().await;
    let raw = |method, path, query, signed| RawCall {
        method,
        path,
        query,
        headers: &[],
        body: b"",
        signed,
        reply_bytes_max: 1_000_000,
    };
    let time = spot.call(&raw(Method::Get, "/api/v3/time", &[], false)).await.unwrap();
    assert_eq!((time.status, errors::classify(time.status, &time.body)), (200, None));
    assert!(time.body.starts_with(br#"{"serverTime":"#));

    let order =
        [("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "LIMIT"), ("timeInForce", "GTC"), ("quantity", "0.001")];
    let unpriced = spot.call(&raw(Method::Post, "/api/v3/order", &order, true)).await.unwrap();
    let error = errors::classify(unpriced.status, &unpriced.body).unwrap();
    assert_eq!((error.fate(), error.answer().unwrap().code), (Fate::Rejected, Some(-1102)));

    // The rest of the parameters in the body: signed behind the query.
    let call = RawCall { body: b"price=20000", ..raw(Method::Post, "/api/v3/order", &order, true) };
    let placed = spot.call(&call).await.unwrap();
    assert_eq!(errors::classify(placed.status, &placed.body), None, "{}", String::from_utf8_lossy(&placed.body));
    assert_eq!(spot.open_orders(Some(symbol())).await.unwrap().len(), 1);
}

#[tokio::test]
async fn public_calls_need_no_key() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let spot = Spot::builder(sim.environment()).build().await.unwrap();
    spot.ping().await.unwrap();
    spot.instrument(symbol()).await.unwrap();
    assert_eq!(spot.balances().await.unwrap_err().fate(), Fate::NotSent);
}

#[tokio::test]
async fn an_order_is_replaced_and_each_half_has_its_fate() {
    let (sim, spot) = started().await;
    let old = bid(&spot);
    spot.place(&old).await.unwrap();
    let new = bid(&spot);
    let replaced = spot.call(&CancelReplace::new(old.order(), new)).await.unwrap();
    assert_eq!(replaced.cancel.done().unwrap().id, Some(old.id));
    assert_eq!(replaced.order.done().unwrap().stage, AckStage::Working);
    assert_eq!(spot.query(old.order()).await.unwrap().status, OrderStatus::Cancelled);

    // 400: nothing to cancel, so nothing was tried.
    let third = bid(&spot);
    let outcome = spot.call(&CancelReplace::new(old.order(), third)).await.unwrap();
    assert_eq!(outcome.cancel.fate(), Some(Fate::Rejected));
    assert!(matches!(outcome.order, Half::NotAttempted));
    assert_eq!(spot.query(third.order()).await.unwrap_err().kind(), RejectKind::UnknownOrder);

    // 409: nothing to cancel, and the new order is live all the same.
    let outcome = spot.call(&CancelReplace::new(old.order(), third).place_anyway()).await.unwrap();
    assert_eq!((outcome.cancel.fate(), outcome.order.done().unwrap().id), (Some(Fate::Rejected), third.id));

    // 409: the old order is gone, and the new one would have taken.
    let taking = NewOrder::limit(spot.next_id(), symbol(), Side::Buy, dec!(0.001), dec!(70000)).post_only();
    let outcome = spot.call(&CancelReplace::new(third.order(), taking)).await.unwrap();
    assert!(outcome.cancel.done().is_some());
    let Half::Failed(error) = outcome.order else { panic!() };
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::PostOnlyWouldTake));

    let received: Vec<_> = sim.ledger().iter().map(|record| record.received).collect();
    assert_eq!(received, [1, 1, 2, 1], "each place request counts, whatever became of it");
    let open = spot.open_orders(Some(symbol())).await.unwrap();
    assert_eq!((open.len(), open[0].id), (1, Some(new.id)));
}

#[tokio::test]
async fn an_order_loses_quantity_and_keeps_its_place() {
    let (_sim, spot) = started().await;
    let order = NewOrder::limit(spot.next_id(), symbol(), Side::Buy, dec!(0.002), dec!(20000));
    let ack = spot.place(&order).await.unwrap();
    let change =
        |order, new_id, quantity| AmendOrder { order, new_id, quantity: Some(quantity), price: None, side: None };

    let kept = spot.amend(change(ack.order(), None, dec!(0.0015))).await.unwrap();
    assert_eq!(
        (kept.id, kept.order_id, kept.state.unwrap().quantity),
        (Some(order.id), Some(ack.order_id), Some(dec!(0.0015)))
    );
    let renamed = spot.next_id();
    let state = spot.amend(change(order.order(), Some(renamed), dec!(0.001))).await.unwrap().state.unwrap();
    assert_eq!((state.id, state.status), (Some(renamed), OrderStatus::New));
    let queried = spot.query(OrderRef::by_id(symbol(), renamed)).await.unwrap();
    assert_eq!((queried.order_id, queried.quantity), (ack.order_id, Some(dec!(0.001))));
    assert_eq!(spot.query(order.order()).await.unwrap_err().kind(), RejectKind::UnknownOrder);
    let locked = spot.balances().await.unwrap().iter().find(|b| b.asset.as_str() == "USDT").unwrap().locked;
    assert_eq!(locked, dec!(20));

    for quantity in [dec!(0.001), dec!(0.002)] {
        let error = spot.amend(change(OrderRef::by_id(symbol(), renamed), None, quantity)).await.unwrap_err();
        assert_eq!((error.fate(), error.answer().unwrap().code), (Fate::Rejected, Some(-2038)));
    }
}

#[tokio::test]
async fn what_was_traded_and_what_it_cost() {
    let (_sim, spot) = started().await;
    let order = NewOrder::market(spot.next_id(), symbol(), Side::Buy, dec!(0.01));
    let ack = spot.place(&order).await.unwrap();
    let rates = spot.fee_rates(symbol()).await.unwrap();
    assert_eq!(rates.rate(Side::Buy, Liquidity::Taker), dec!(0.001));
    let fills = spot.fills(symbol(), FillsSince::Order(ack.order_id)).await.unwrap();
    assert_eq!(Some(fills.iter().map(|fill| fill.fill.quantity).sum()), ack.executed);
    assert!(fills.iter().all(|fill| (fill.side, fill.liquidity) == (Some(Side::Buy), Some(Liquidity::Taker))));
    let from = FillsSince::Time(fills[0].time.unwrap());
    assert_eq!(spot.fills(symbol(), from).await.unwrap(), fills);
    assert_eq!(spot.fills(symbol(), FillsSince::Recent).await.unwrap(), fills);

    spot.place(&bid(&spot)).await.unwrap();
    let counts = spot.call(&GetOrderCounts {}).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.count).collect::<Vec<_>>(), [1, 1], "what filled does not count");
}

#[tokio::test]
async fn times_come_in_microseconds_where_the_client_asks() {
    let sim = SimVenue::start(Dialect::BinanceSpot).await.unwrap();
    let builder = Spot::builder(sim.environment()).credentials(sim.credentials());
    let spot = builder.default_header("X-MBX-TIME-UNIT", "MICROSECOND").unwrap().build().await.unwrap();
    let mut ends = Vec::new();
    for _ in 0..8 {
        let ack = spot.place(&bid(&spot)).await.unwrap();
        let time = ack.transact_time.unwrap();
        assert!(time.ms().abs_diff(Timestamp::now().ms()) < 5_000);
        ends.push(time.us() % 1_000);
    }
    assert!(ends.iter().any(|us| *us != 0), "{ends:?}");
}

#[tokio::test]
async fn private_keys_are_accepted_by_another_implementation() {
    let keys = [
        (include_str!("../../../../tests/keys/ed25519.pem"), include_str!("../../../../tests/keys/ed25519_public.pem")),
        (
            include_str!("../../../../tests/keys/rsa_2048_pkcs1.pem"),
            include_str!("../../../../tests/keys/rsa_2048_public.pem"),
        ),
        (
            include_str!("../../../../tests/keys/rsa_4096.pem"),
            include_str!("../../../../tests/keys/rsa_4096_public.pem"),
        ),
    ];
    for (private, public) in keys {
        let sim = SimVenue::builder(Dialect::BinanceSpot).account("key-of-tests", public).start().await.unwrap();
        let client = |secret| {
            let credentials = Credentials::new("key-of-tests", secret).unwrap();
            Spot::builder(sim.environment()).credentials(credentials).build()
        };
        let spot = client(private).await.unwrap();
        let ack = spot.place(&bid(&spot)).await.unwrap();
        spot.cancel(ack.order()).await.unwrap();
        let other = client(include_str!("../../../../tests/keys/rsa_2048.pem")).await.unwrap();
        if !private.contains("RSA") {
            assert_eq!(other.balances().await.unwrap_err().kind(), RejectKind::Signature);
        }
    }
}

#[tokio::test]
async fn a_raw_reply_is_copied_or_stays_in_its_slot() {
    let (_sim, spot) = started().await;
    let query = [("symbol", "BTCUSDT")];
    let reply = spot.raw_signed(Method::Get, "/api/v3/account/commission", &query, b"").await.unwrap();
    assert!(reply.status == 200 && reply.body.starts_with(b"{\"symbol\":\"BTCUSDT\""));
    let call = RawCall::new(Method::Get, "/api/v3/account/commission").signed().query(&query);
    let in_slot = spot.raw_in_slot(&call, Deadline::after(Duration::from_secs(5))).await.unwrap();
    let response = in_slot.response().unwrap();
    assert_eq!((response.status(), response.body()), (200, reply.body.as_slice()));
    assert_eq!(spot.pool().available(), 0, "the reply holds the only slot");
    drop(in_slot);
    assert_eq!(spot.pool().available(), 1);
    // A body is signed behind the query.
    let body = b"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01";
    let reply = spot.raw_signed(Method::Post, "/api/v3/order/test", &[], body).await.unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"{}"[..]));
}
