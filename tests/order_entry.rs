//! One strategy on every venue: all of `OrderEntry` is asked of each, and batches of those that take them. Against the simulated
//! venues, whose ledgers are compared.

use std::collections::HashSet;
use std::time::Duration;

use orderwire::venue::{
    AmendOrder, CancelsBatches, Endpoint, FillsSince, OrderEntry, PlacesBatches, ServerTime, Venue, VenueClient,
    VenueClientBuilder,
};
use orderwire::{
    Deadline, NewOrder, OrderAck, OrderStatus, RejectKind, RestError, Side, Symbol, Timestamp, Verdict, dec,
};
use orderwire_sim::{Dialect, SimVenue};

async fn client<V: Venue>(sim: &SimVenue) -> VenueClient<V>
where
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let builder: VenueClientBuilder<V> = VenueClient::builder(sim.environment()).credentials(sim.credentials());
    builder.deadline(Duration::from_secs(5)).build().await.unwrap()
}

/// Whether the venue has it; what it has works.
fn has<T>(outcome: Result<T, RestError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(RestError::Build(_)) => false,
        // Not with this kind of account.
        Err(error) if error.kind() == RejectKind::Auth => false,
        Err(error) => panic!("{error}"),
    }
}

/// The same, where the venue may say that there is nothing to do.
fn has_or_none<T>(outcome: Result<T, RestError>) -> bool {
    match outcome {
        Err(error) if error.kind() == RejectKind::UnknownOrder => true,
        outcome => has(outcome),
    }
}

/// The rules' least order 2 % below the market, times `lots`.
async fn bid<V: OrderEntry>(venue: &V, symbol: Symbol, lots: u32) -> NewOrder {
    let rules = venue.instrument(symbol).await.unwrap();
    let price = rules.price_down(venue.top_of_book(symbol).await.unwrap().bid * dec!(0.98));
    let quantity = rules.least_quantity(price) * orderwire::Decimal::from(lots);
    NewOrder::limit(venue.next_id(), symbol, Side::Buy, quantity, price)
}

/// Asks everything; answers what the venue lacks.
async fn everything<V: OrderEntry>(venue: V, symbol: Symbol) -> Vec<&'static str> {
    let mut lacks = Vec::new();
    let mut told = |what, has: bool| {
        if !has {
            lacks.push(what);
        }
    };
    venue.ping().await.unwrap();
    assert!(venue.server_time().await.unwrap().ns().abs_diff(Timestamp::now().ns()) < 2_000_000_000);
    let rules = venue.instrument(symbol).await.unwrap();
    assert!(
        venue
            .instruments()
            .await
            .unwrap()
            .iter()
            .any(|known| known.symbol == symbol && known.lot_size == rules.lot_size)
    );
    assert!(!venue.balances().await.unwrap().is_empty());
    assert_eq!(venue.fee_rates(symbol).await.unwrap().symbol, symbol);
    assert_eq!(venue.limits().held_until(Timestamp::now()), None);
    told("positions", has(venue.positions(Some(symbol)).await));
    told("test_place", has(venue.test_place(&bid(&venue, symbol, 1).await).await));

    // The four ways to place an order, then all at once.
    let order = bid(&venue, symbol, 2).await;
    let again = || order.with_id(venue.next_id());
    let mut acks = vec![
        venue.place(&order).await.unwrap(),
        venue.place_by(&again(), Deadline::after(Duration::from_secs(5))).await.unwrap(),
        venue.try_place(&again()).await.unwrap(),
    ];
    let mut slot = venue.try_acquire().unwrap();
    acks.push(venue.place_on(&mut slot, &again()).await.unwrap());
    drop(slot);
    let orders = [again(), again(), again()];
    let burst = venue.burst(&orders).await.map(Result::unwrap);
    assert_eq!(burst.each_ref().map(|ack| ack.id), orders.map(|order| order.id));
    acks.extend(burst);
    assert_eq!(venue.open_orders(Some(symbol)).await.unwrap().len(), acks.len());

    let change = AmendOrder {
        order: acks[0].order(),
        new_id: None,
        quantity: Some(order.quantity / dec!(2)),
        price: None,
        side: Some(Side::Buy),
    };
    // Some venues want the price too, and some take none.
    if !has(venue.amend(change).await) {
        venue.amend(AmendOrder { price: order.price, ..change }).await.unwrap();
    }
    assert_eq!(venue.query(acks[0].order()).await.unwrap().quantity, Some(order.quantity / dec!(2)));
    let verdict = venue.settle(order.order(), Duration::from_secs(5)).await.unwrap();
    assert!(matches!(verdict, Verdict::Exists(state) if state.status == OrderStatus::New), "{verdict:?}");
    venue.cancel(acks.remove(0).order()).await.unwrap();
    assert!(venue.recover("").await.unwrap().is_empty(), "all are of this run");
    assert!(venue.in_doubt().is_empty());

    told("open_triggers", has(venue.open_triggers(Some(symbol)).await));
    let armed = has(venue.cancel_all_after(Some(symbol), Some(Duration::from_secs(30))).await)
        || has(venue.cancel_all_after(None, Some(Duration::from_secs(30))).await);
    told("cancel_all_after", armed);
    if armed {
        assert!(has(venue.cancel_all_after(Some(symbol), None).await) || has(venue.cancel_all_after(None, None).await));
    }
    let all = has(venue.cancel_all(symbol).await);
    told("cancel_all", all);
    if all {
        assert!(has_or_none(venue.cancel_all_triggers(symbol).await));
    } else {
        for ack in &acks {
            venue.cancel(ack.order()).await.unwrap();
        }
    }
    none_is_open(&venue, symbol).await;
    let bought = NewOrder::market(venue.next_id(), symbol, Side::Buy, order.quantity);
    let ack = venue.place(&bought).await.unwrap();
    let fills = venue.fills(symbol, FillsSince::Recent).await.unwrap();
    let executed = fills.iter().filter(|fill| fill.order_id == ack.order_id).map(|fill| fill.fill.quantity);
    assert_eq!(executed.sum::<orderwire::Decimal>(), order.quantity);
    let ids: HashSet<_> = fills.iter().map(|fill| fill.id.unwrap()).collect();
    assert_eq!(ids.len(), fills.len(), "each is known by its id");

    venue.place(&again()).await.unwrap();
    let closed = venue.close_and_cancel(&[symbol], Deadline::after(Duration::from_secs(5))).await;
    assert!(closed.in_doubt.is_empty());
    assert_eq!(closed.not_cancelled.is_empty(), all, "{closed:?}");
    assert_eq!(venue.close(Deadline::after(Duration::from_secs(5))).await, []);
    lacks
}

/// As many orders as one request takes, and no more; then their cancels.
async fn batches<V: PlacesBatches + CancelsBatches>(venue: V, symbol: Symbol) {
    let order = bid(&venue, symbol, 1).await;
    let some = |count: usize| -> Vec<_> { (0..count).map(|_| order.with_id(venue.next_id())).collect() };
    let (least, most) = (*V::PLACE_BATCH.start(), *V::PLACE_BATCH.end());
    for wrong in [least - 1, most + 1] {
        let refused = venue.place_batch(&some(wrong)).await;
        assert!(matches!(refused, Err(RestError::Build(_))), "{wrong}: {refused:?}");
    }
    let mut placed: Vec<OrderAck> = Vec::new();
    for count in [least, most] {
        let orders = some(count);
        let fates = venue.place_batch(&orders).await.unwrap();
        assert_eq!(fates.as_ref().len(), count);
        let acks: Vec<_> = fates.into_iter().map(Result::unwrap).collect();
        assert!(acks.iter().map(|ack| ack.id).eq(orders.iter().map(|order| order.id)));
        placed.extend(acks);
    }
    // One is refused, the others are not.
    let mut orders = some(2);
    orders[0].quantity = dec!(8000);
    let fates: Vec<_> = venue.place_batch(&orders).await.unwrap().into_iter().collect();
    assert!(matches!(&fates[..], [Err(RestError::Rejected(_)), Ok(_)]), "{fates:?}");
    placed.extend(fates.into_iter().flatten());
    assert!(venue.in_doubt().is_empty());

    cancels(&venue, symbol, placed).await;
}

/// The cancels alone: of venues that place orders one by one.
async fn batches_of_cancels<V: CancelsBatches>(venue: V, symbol: Symbol) {
    let order = bid(&venue, symbol, 1).await;
    let orders = [(); 3].map(|()| order.with_id(venue.next_id()));
    let placed = venue.burst(&orders).await.map(Result::unwrap);
    cancels(&venue, symbol, placed.to_vec()).await;
}

async fn cancels<V: CancelsBatches>(venue: &V, symbol: Symbol, placed: Vec<OrderAck>) {
    let placed: Vec<_> = placed.iter().map(OrderAck::order).collect();
    assert_eq!(venue.open_orders(Some(symbol)).await.unwrap().len(), placed.len());
    let too_many: Vec<_> = placed.iter().cycle().take(*V::CANCEL_BATCH.end() + 1).copied().collect();
    assert!(matches!(venue.cancel_batch(&too_many).await, Err(RestError::Build(_))));
    for some in placed.chunks(*V::CANCEL_BATCH.end()) {
        assert!(venue.cancel_batch(some).await.unwrap().into_iter().all(|fate| fate.is_ok()));
    }
    none_is_open(venue, symbol).await;
}

/// A cancel that was taken may still be on its way to the engine.
async fn none_is_open<V: OrderEntry>(venue: &V, symbol: Symbol) {
    for _ in 0..500 {
        if venue.open_orders(Some(symbol)).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{:?}", venue.open_orders(Some(symbol)).await);
}

/// Of the venue that is not simulated: that it has both traits, and that a batch is more than one.
const _: () = {
    const fn places<V: PlacesBatches>() {
        assert!(*V::PLACE_BATCH.end() > 1);
    }
    const fn cancels<V: CancelsBatches>() {
        assert!(*V::CANCEL_BATCH.end() > 1);
    }
    places::<VenueClient<orderwire_bitget::SpotVenue>>();
    cancels::<VenueClient<orderwire_bitget::SpotVenue>>();
};

/// Whatever was asked of a venue: no order went there twice.
fn once(sim: &SimVenue) {
    let ledger = sim.ledger();
    assert!(!ledger.is_empty() && ledger.iter().all(|record| record.received == 1), "{ledger:?}");
}

macro_rules! venues {
    ($($name:ident: $venue:ty, $dialect:ident, $symbol:literal lacks $lacks:expr, $batches:tt;)*) => {$(
        mod $name {
            use super::*;

            // Spawned: the futures are `Send`.
            #[tokio::test]
            async fn a_strategy_asks_everything() {
                let sim = SimVenue::start(Dialect::$dialect).await.unwrap();
                let client = client::<$venue>(&sim).await;
                let lacks = tokio::spawn(everything(client, Symbol::new($symbol).unwrap())).await.unwrap();
                let expected: &[&str] = &$lacks;
                assert_eq!(lacks, expected);
                once(&sim);
            }

            venues!(@$batches $venue, $dialect, $symbol);
        }
    )*};
    (@one_by_one $venue:ty, $dialect:ident, $symbol:literal) => {};
    (@cancels $venue:ty, $dialect:ident, $symbol:literal) => {
        #[tokio::test]
        async fn a_strategy_sends_batches_of_cancels() {
            let sim = SimVenue::start(Dialect::$dialect).await.unwrap();
            tokio::spawn(batches_of_cancels(client::<$venue>(&sim).await, Symbol::new($symbol).unwrap())).await.unwrap();
            once(&sim);
        }
    };
    (@batches $venue:ty, $dialect:ident, $symbol:literal) => {
        #[tokio::test]
        async fn a_strategy_sends_batches() {
            let sim = SimVenue::start(Dialect::$dialect).await.unwrap();
            tokio::spawn(batches(client::<$venue>(&sim).await, Symbol::new($symbol).unwrap())).await.unwrap();
            once(&sim);
        }
    };
}

venues! {
    binance_spot: orderwire_binance::SpotVenue, BinanceSpot, "BTCUSDT" lacks ["positions", "cancel_all_after"], one_by_one;
    binance_usdm: orderwire_binance::UsdmVenue, BinanceUsdm, "BTCUSDT" lacks [], batches;
    bybit_linear: orderwire_bybit::LinearVenue, BybitLinear, "BTCUSDT" lacks ["cancel_all_after"], batches;
    bybit_spot: orderwire_bybit::SpotVenue, BybitSpot, "BTCUSDT" lacks ["positions", "test_place", "cancel_all_after"], batches;
    coinbase: orderwire_coinbase::CoinbaseVenue, Coinbase, "BTC-USD" lacks ["cancel_all_after", "cancel_all"], cancels;
    kraken: orderwire_kraken::KrakenVenue, Kraken, "XBTUSDT" lacks ["cancel_all"], batches;
    okx: orderwire_okx::OkxVenue, Okx, "BTC-USDT" lacks ["test_place", "cancel_all"], batches;
}
