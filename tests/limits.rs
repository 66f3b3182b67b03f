//! The venue's rate limits: with them known no request is refused by the venue, and where one is, nothing goes on as before.

use std::time::{Duration, Instant};

use orderwire::venue::{Endpoint, LimitKind, Limits, OrderEntry, ServerTime, Venue, VenueClient, VenueClientBuilder};
use orderwire::{Busy, Fate, RejectKind, RestError, Timestamp, Verdict};
use orderwire_binance::{Decimal, NewOrder, Side, SpotVenue, Symbol, Usdm, UsdmVenue, dec};
use orderwire_sim::{Dialect, Fault, SimVenue};

const TEN_SECONDS: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);

/// What a market lets an account do in ten seconds, and an order that it takes.
struct Market {
    dialect: Dialect,
    orders: u32,
    quantity: Decimal,
}

const SPOT: Market = Market { dialect: Dialect::BinanceSpot, orders: 100, quantity: dec!(0.001) };
const USDM: Market = Market { dialect: Dialect::BinanceUsdm, orders: 300, quantity: dec!(0.003) };

impl Market {
    async fn start(&self) -> SimVenue {
        SimVenue::builder(self.dialect).rate_limits(self.dialect.limits()).start().await.unwrap()
    }

    fn order(&self, client: &impl OrderEntry) -> NewOrder {
        NewOrder::limit(client.next_id(), symbol(), Side::Buy, self.quantity, dec!(20000))
    }

    /// A tenth is kept for cancels, which the venue does not count.
    fn admitted(&self) -> usize {
        self.orders as usize * 9 / 10
    }
}

fn builder<V: Venue>(sim: &SimVenue) -> VenueClientBuilder<V> {
    VenueClient::<V>::builder(sim.environment()).credentials(sim.credentials()).connections(2)
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

/// Waits for the start of one of the venue's windows of ten seconds, unless this one has most of itself left.
async fn in_a_fresh_window(client: &impl OrderEntry) {
    let into = client.server_time().await.unwrap().ms() % 10_000;
    if into > 3_000 {
        tokio::time::sleep(Duration::from_millis(10_000 - into + 20)).await;
    }
}

async fn with_the_limits_known<V: Venue>(market: &Market)
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let sim = market.start().await;
    let client = builder::<V>(&sim).build().await.unwrap();
    OrderEntry::instrument(&client, symbol()).await.unwrap();
    in_a_fresh_window(&client).await;
    let (mut placed, mut refused_here) = (Vec::new(), 0);
    for _ in 0..market.orders * 3 / 2 {
        match OrderEntry::place(&client, &market.order(&client)).await {
            Ok(ack) => placed.push(ack),
            Err(RestError::Busy(Busy::OverLimit { kind, until })) => {
                let now = client.server_time().await.unwrap();
                assert_eq!(kind, LimitKind::Orders);
                assert!(until.ms() % 10_000 == 0 && until > now && until.ms() - now.ms() <= 10_000, "{until} {now}");
                refused_here += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((placed.len(), refused_here), (market.admitted(), market.orders as usize * 3 / 2 - market.admitted()));
    let left = client.limits().left(LimitKind::Orders, TEN_SECONDS, client.server_time().await.unwrap());
    assert_eq!(left, Some(market.orders / 10));
    for ack in &placed {
        OrderEntry::cancel(&client, ack.order()).await.unwrap();
    }
    // None came that the venue had to refuse.
    assert_eq!(sim.ledger().len(), placed.len());
    assert!(client.in_doubt().is_empty());
}

#[tokio::test]
async fn with_the_limits_known_spot_never_has_to_refuse() {
    with_the_limits_known::<SpotVenue>(&SPOT).await;
}

#[tokio::test]
async fn with_the_limits_known_usdm_futures_never_have_to_refuse() {
    with_the_limits_known::<UsdmVenue>(&USDM).await;
}

async fn one_address<V: Venue>(market: &Market)
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let (sim, limits) = (market.start().await, Limits::new());
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(builder::<V>(&sim).limits(limits.clone()).build().await.unwrap());
    }
    OrderEntry::instrument(&clients[0], symbol()).await.unwrap();
    in_a_fresh_window(&clients[0]).await;
    let mut placed = 0;
    for client in clients.iter().cycle().take(market.orders as usize * 3 / 2) {
        placed += usize::from(OrderEntry::place(client, &market.order(client)).await.is_ok());
    }
    assert_eq!((placed, sim.ledger().len()), (market.admitted(), market.admitted()));
}

#[tokio::test]
async fn clients_behind_one_address_share_what_there_is() {
    tokio::join!(one_address::<SpotVenue>(&SPOT), one_address::<UsdmVenue>(&USDM));
}

#[tokio::test]
async fn what_cannot_be_written_takes_nothing() {
    let sim = SPOT.start().await;
    let client = builder::<SpotVenue>(&sim).build().await.unwrap();
    OrderEntry::instrument(&client, symbol()).await.unwrap();
    in_a_fresh_window(&client).await;
    for _ in 0..2 * SPOT.orders {
        let mut order = SPOT.order(&client);
        order.quantity = dec!(0);
        assert!(matches!(OrderEntry::place(&client, &order).await, Err(RestError::Build(_))));
    }
    assert!(client.in_doubt().is_empty());
    let left = client.limits().left(LimitKind::Orders, TEN_SECONDS, client.server_time().await.unwrap());
    assert_eq!(left, Some(SPOT.orders));
    OrderEntry::place(&client, &SPOT.order(&client)).await.unwrap();
}

/// What others use is seen in the headers of our own replies.
async fn another_client<V: Venue>(market: &Market)
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let sim = market.start().await;
    let (first, second) = (builder::<V>(&sim).build().await.unwrap(), builder::<V>(&sim).build().await.unwrap());
    for client in [&first, &second] {
        OrderEntry::instrument(client, symbol()).await.unwrap();
    }
    in_a_fresh_window(&first).await;
    for _ in 0..80 {
        OrderEntry::place(&first, &market.order(&first)).await.unwrap();
    }
    OrderEntry::place(&second, &market.order(&second)).await.unwrap();
    let left = second.limits().left(LimitKind::Orders, TEN_SECONDS, second.server_time().await.unwrap());
    assert_eq!(left, Some(market.orders - 81));
}

#[tokio::test]
async fn what_the_venue_counts_is_believed() {
    tokio::join!(another_client::<SpotVenue>(&SPOT), another_client::<UsdmVenue>(&USDM));
}

/// Nothing is learned: the venue has to refuse.
async fn without_limits<V: Venue>(market: &Market)
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let sim = market.start().await;
    let client = builder::<V>(&sim).build().await.unwrap();
    in_a_fresh_window(&client).await;
    let doubtful = market.order(&client);
    sim.next(Fault::TimeoutAfter);
    assert_eq!(OrderEntry::place(&client, &doubtful).await.unwrap_err().fate(), Fate::Unknown);
    let (refused, error) = loop {
        let order = market.order(&client);
        match OrderEntry::place(&client, &order).await {
            Ok(_) => assert!(sim.ledger().len() <= market.orders as usize, "nothing was refused"),
            Err(error) => break (order, error),
        }
    };
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::RateLimited), "{error}");
    let begun = Instant::now();
    let Err(RestError::Busy(Busy::Held { until })) = OrderEntry::place(&client, &market.order(&client)).await else {
        panic!("not held")
    };
    // Nothing at all goes out: neither orders nor questions.
    for _ in 0..50 {
        let error = OrderEntry::place(&client, &market.order(&client)).await.unwrap_err();
        assert!(matches!(error, RestError::Busy(Busy::Held { until: same }) if same == until), "{error}");
        assert_eq!(error.fate(), Fate::NotSent);
        assert!(matches!(OrderEntry::ping(&client).await, Err(RestError::Busy(Busy::Held { .. }))));
    }
    // Those that fit, and the one that was refused: no order, as was said of it.
    let ledger = sim.ledger();
    assert_eq!(ledger.len(), market.orders as usize + 1);
    for record in &ledger {
        assert_eq!(record.order_id.is_none(), record.client_order_id == refused.id.as_str(), "{record:?}");
    }
    // Settling waits until it may ask.
    let verdict = OrderEntry::settle(&client, doubtful.order(), Duration::from_secs(20)).await.unwrap();
    assert!(matches!(verdict, Verdict::Exists(_)), "{verdict:?}");
    assert!(client.server_time().await.unwrap() >= until && client.in_doubt().is_empty());
    OrderEntry::place(&client, &market.order(&client)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_refusal_for_too_many_holds_everything_until_spot_says() {
    without_limits::<SpotVenue>(&SPOT).await;
}

#[tokio::test]
async fn a_refusal_for_too_many_holds_everything_until_usdm_futures_say() {
    without_limits::<UsdmVenue>(&USDM).await;
}

/// A ban, or the firewall before the venue: nothing more goes out, and it is said until when.
async fn shut_out<V: Venue>(market: &Market)
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    // What the ban's reply says; the firewall's page says nothing, and is given a window of the weight.
    for (fault, seconds) in [(Fault::Banned, 1), (Fault::Firewall, 60)] {
        let sim = market.start().await;
        let client = builder::<V>(&sim).build().await.unwrap();
        sim.next(fault);
        let before = client.server_time().await.unwrap();
        let error = OrderEntry::place(&client, &market.order(&client)).await.unwrap_err();
        assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Banned), "{error}");
        let error = OrderEntry::place(&client, &market.order(&client)).await.unwrap_err();
        let RestError::Busy(Busy::Held { until }) = error else { panic!("{fault}: {error}") };
        assert!(
            (seconds * 1_000..seconds * 1_000 + 5_000).contains(&(until.ms() - before.ms())),
            "{fault}: {before} {until}"
        );
        assert!(matches!(OrderEntry::ping(&client).await, Err(RestError::Busy(Busy::Held { .. }))));
        assert!(sim.ledger().is_empty());
    }
}

#[tokio::test]
async fn a_ban_and_the_firewall_hold_everything_and_say_until_when() {
    tokio::join!(shut_out::<SpotVenue>(&SPOT), shut_out::<UsdmVenue>(&USDM));
}

/// Placing an order weighs nothing on futures; asking for all that are open weighs 40 of 2,400 a minute.
#[tokio::test]
async fn questions_stop_before_the_weight_is_used_up_and_cancels_do_not() {
    let sim = USDM.start().await;
    let usdm = builder::<UsdmVenue>(&sim).build().await.unwrap();
    usdm.instrument(symbol()).await.unwrap();
    let ack = usdm.place(&USDM.order(&usdm)).await.unwrap();
    let mut asked = 0;
    let until = loop {
        match usdm.open_orders(None).await {
            Ok(_) => asked += 1,
            Err(RestError::Busy(Busy::OverLimit { kind: LimitKind::Weight, until })) => break until,
            Err(other) => panic!("{other}"),
        }
    };
    // Nine tenths, by forties; twice that where a minute began meanwhile.
    assert!((52..=108).contains(&asked), "{asked}");
    assert_eq!(until.ms() % 60_000, 0);
    usdm.cancel(ack.order()).await.unwrap();
    let left = usdm.limits().left(LimitKind::Weight, MINUTE, usdm.server_time().await.unwrap());
    assert!(left.is_some_and(|left| left < 2_400 / 10 + 40), "{left:?}");
}

/// A batch counts as five orders, however many they are.
#[tokio::test]
async fn batches_stop_before_the_venue_has_to_refuse_one() {
    let sim = USDM.start().await;
    let usdm: Usdm = builder(&sim).build().await.unwrap();
    usdm.instrument(symbol()).await.unwrap();
    in_a_fresh_window(&usdm).await;
    let mut placed = 0;
    loop {
        let orders = [0; 5].map(|_| USDM.order(&usdm));
        match usdm.place_batch(&orders).await {
            Ok(acks) => placed += acks.into_iter().map(Result::unwrap).count(),
            Err(RestError::Busy(Busy::OverLimit { kind: LimitKind::Orders, .. })) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((placed, sim.ledger().len()), (USDM.admitted(), USDM.admitted()));
}
