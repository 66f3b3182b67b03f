//! A market maker on the simulated venue: quotes both sides of the book, leans against its inventory, and never loses track of
//! an order, however often the venue fails.
//!
//! ```text
//! cargo run --release --example market_maker -- [--venue NAME] [--symbol NAME] [--seconds N] [--faults] [--limits]
//! ```
//!
//! The strategy knows no venue: which one it trades on is one `match` in `main`: binance-spot, binance-usdm,
//! bybit-linear, bybit-spot, coinbase, kraken or okx, there also `--symbol BTC-USDT-SWAP`.
//! `--faults` has the venue fail in one of its ways in every tenth request, `--limits` has it count as the real one does. In the end what
//! the strategy believes is compared with what the venue did.

use std::error::Error;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use orderwire::venue::{
    DeadMansSwitch, Endpoint, FillsSince, Instrument, OrderEntry, ServerTime, Timestamp, Venue, VenueClient,
    VenueClientBuilder,
};
use orderwire_binance::{
    Deadline, Decimal, Fate, NewOrder, OrderFill, OrderRef, OrderState, RejectKind, RestError, Side, SpotVenue, Symbol,
    UsdmVenue, Verdict, dec,
};
use orderwire_bybit::{LinearVenue, SpotVenue as BybitSpotVenue};
use orderwire_coinbase::CoinbaseVenue;
use orderwire_kraken::KrakenVenue;
use orderwire_okx::OkxVenue;
use orderwire_sim::{Dialect, SimVenue};

/// How far a coin of inventory moves a quote, in parts of the price; how much it holds at most; how much it quotes.
const LEAN: Decimal = dec!(0.01);
const INVENTORY_MAX: Decimal = dec!(0.05);
const QUANTITY: Decimal = dec!(0.002);
/// How often it asks what was executed: sooner than a venue's answer, 50 at least, is full.
const HEAR_EVERY: Duration = Duration::from_millis(500);
/// How late the requests of a key may overtake each other where the venue counts them: with more slots than keys it has to be told.
const NONCE_WINDOW: Duration = Duration::from_secs(10);
/// How long a token of a request counts at most, where requests have one: so long it takes until one that is lost never arrived.
const TOKEN_LIFE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |flag: &str| arguments.iter().skip_while(|argument| *argument != flag).nth(1);
    let symbol = |usual: &'static str| value("--symbol").map_or(usual, String::as_str);
    match value("--venue").map_or(Ok(Dialect::BinanceSpot), |name| name.parse())? {
        Dialect::BinanceSpot => trade::<SpotVenue>(Dialect::BinanceSpot, symbol("BTCUSDT"), &arguments).await,
        Dialect::BinanceUsdm => trade::<UsdmVenue>(Dialect::BinanceUsdm, symbol("BTCUSDT"), &arguments).await,
        Dialect::BybitLinear => trade::<LinearVenue>(Dialect::BybitLinear, symbol("BTCUSDT"), &arguments).await,
        Dialect::BybitSpot => trade::<BybitSpotVenue>(Dialect::BybitSpot, symbol("BTCUSDT"), &arguments).await,
        Dialect::Coinbase => trade::<CoinbaseVenue>(Dialect::Coinbase, symbol("BTC-USD"), &arguments).await,
        Dialect::Kraken => trade::<KrakenVenue>(Dialect::Kraken, symbol("XBTUSDT"), &arguments).await,
        Dialect::Okx => trade::<OkxVenue>(Dialect::Okx, symbol("BTC-USDT"), &arguments).await,
        other => Err(format!("no client of {other} here").into()),
    }
}

async fn trade<V: Venue>(dialect: Dialect, symbol: &str, arguments: &[String]) -> Result<(), Box<dyn Error>>
where
    VenueClient<V>: OrderEntry,
    ServerTime: Endpoint<V, Reply = Timestamp>,
{
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let seconds = arguments.iter().skip_while(|argument| *argument != "--seconds").nth(1);
    let run_for = Duration::from_secs(seconds.map_or(Ok(5), |seconds| seconds.parse())?);

    let mut builder = SimVenue::builder(dialect).made_account().made_account();
    if dialect == Dialect::Kraken {
        builder = builder.nonce_window(NONCE_WINDOW.as_millis().try_into()?);
    }
    if has("--faults") {
        builder = builder.fault("any:rate=10".parse::<orderwire_sim::StandingFault>()?);
    }
    if has("--limits") {
        builder = builder.rate_limits(dialect.limits());
    }
    let sim = builder.start().await?;
    let client = |account| -> VenueClientBuilder<V> {
        let builder = VenueClient::builder(sim.environment()).credentials(sim.credentials_of(account));
        let builder = match dialect {
            Dialect::Coinbase => builder.recv_window(TOKEN_LIFE),
            Dialect::Kraken => builder.recv_window(NONCE_WINDOW),
            _ => builder,
        };
        builder.deadline(Duration::from_millis(500))
    };
    let maker = client(0).connections(3).reserve_for_cancels().build().await?;
    let symbol = Symbol::new(symbol)?;
    let taker = client(1).build().await?;
    let quantity = less_than_a_quote(&taker, symbol).await?;
    let others = tokio::spawn(trade_against(taker, symbol, quantity));
    let mut strategy = MarketMaker::start(maker, symbol).await?;
    strategy.run(run_for).await?;
    others.abort();
    sim.stop_faults();
    let is_contract = matches!(dialect, Dialect::BinanceUsdm | Dialect::BybitLinear);
    strategy.leave(is_contract || symbol.as_str().ends_with("-SWAP")).await
}

/// Where the lots are small enough, so that some quotes are filled in part.
async fn less_than_a_quote<V: OrderEntry>(venue: &V, symbol: Symbol) -> Result<Decimal, RestError> {
    let rules = patiently(async || venue.instrument(symbol).await).await?;
    Ok(rules.quantity_down(dec!(0.0013) / rules.contract_size))
}

/// The rest of the market: market orders of either side, as long as they let it.
async fn trade_against<V: OrderEntry>(venue: V, symbol: Symbol, quantity: Decimal) {
    for turn in 0_u32.. {
        let side = if turn.wrapping_mul(2_654_435_761) >> 31 == 0 { Side::Buy } else { Side::Sell };
        // What becomes of them is nobody's concern here.
        let _ = venue.place(&NewOrder::market(venue.next_id(), symbol, side, quantity)).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

struct MarketMaker<V: OrderEntry> {
    venue: V,
    rules: Instrument,
    switch: Option<DeadMansSwitch<V>>,
    quotes: Vec<OrderRef>,
    /// How much it quotes, and holds at most.
    quantity: Decimal,
    inventory_max: Decimal,
    /// What the orders that have ended bought and sold, net.
    inventory: Decimal,
    /// The account's executions, and from when on there may be others.
    executions: Vec<OrderFill>,
    heard_until: Timestamp,
    round_trips_us: Histogram<u64>,
    unknown: u32,
    refused_here: u32,
}

impl<V: OrderEntry> MarketMaker<V> {
    async fn start(venue: V, symbol: Symbol) -> Result<Self, Box<dyn Error>> {
        let rules = patiently(async || venue.instrument(symbol).await).await?;
        // Should this process hang, the venue takes its quotes off the book by itself, where it can.
        let arm = async |of| DeadMansSwitch::arm(venue.clone(), of, Duration::from_secs(10)).await;
        let mut switch = patiently(async || arm(Some(symbol)).await).await;
        if switch.as_ref().is_err_and(|error| matches!(error, RestError::Build(_))) {
            // Some venues have one of the whole account alone.
            switch = patiently(async || arm(None).await).await;
        }
        match &switch {
            Ok(_) => println!("{} {symbol}, dead man's switch armed", V::VENUE),
            Err(error) => println!("{} {symbol}, no dead man's switch: {error}", V::VENUE),
        }
        let round_trips_us = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        Ok(Self {
            switch: switch.ok(),
            quotes: Vec::new(),
            quantity: QUANTITY / rules.contract_size,
            inventory_max: INVENTORY_MAX / rules.contract_size,
            inventory: Decimal::ZERO,
            executions: Vec::new(),
            heard_until: patiently(async || venue.server_time().await).await?,
            round_trips_us,
            unknown: 0,
            refused_here: 0,
            rules,
            venue,
        })
    }

    async fn run(&mut self, run_for: Duration) -> Result<(), Box<dyn Error>> {
        let (begun, mut heard) = (Instant::now(), Instant::now());
        while begun.elapsed() < run_for {
            if heard.elapsed() > HEAR_EVERY {
                heard = Instant::now();
                self.hear().await?;
            }
            self.take_off().await?;
            if let Ok(top) = self.venue.top_of_book(self.rules.symbol).await {
                // A tick better than the book, unless that would take; further away on the side that it has too much of.
                let coins = self.inventory * self.rules.contract_size;
                let (tick, lean) = (self.rules.tick_size, top.bid * coins * LEAN);
                let bid = self.rules.price_down(top.bid + tick - lean.max(Decimal::ZERO));
                let ask = self.rules.price_up(top.ask - tick - lean.min(Decimal::ZERO));
                for (side, price) in [(Side::Buy, bid), (Side::Sell, ask)] {
                    self.quote(side, price).await?;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// One order on one side, unless there is too much on it already.
    async fn quote(&mut self, side: Side, price: Decimal) -> Result<(), Box<dyn Error>> {
        let room = self.inventory_max - if side == Side::Buy { self.inventory } else { -self.inventory };
        let order = NewOrder::limit(self.venue.next_id(), self.rules.symbol, side, self.quantity, price).post_only();
        if room < self.quantity || self.rules.check(&order).is_err() {
            return Ok(());
        }
        let begun = Instant::now();
        match self.venue.place(&order).await {
            Ok(ack) => {
                self.round_trips_us.saturating_record(begun.elapsed().as_micros().try_into()?);
                self.quotes.push(ack.order());
            }
            Err(error) if error.fate() == Fate::NotSent => self.refused_here += 1,
            Err(error) if error.fate() == Fate::Rejected && error.kind() != RejectKind::DuplicateId => {}
            Err(_) => {
                self.unknown += 1;
                if let Some(state) = self.settled(order.order()).await? {
                    self.quotes.push(state.order());
                    println!("{} was in doubt: it arrived, {} executed", order.id, state.executed);
                }
            }
        }
        Ok(())
    }

    /// Takes both quotes off the book, and what they had traded into the inventory.
    async fn take_off(&mut self) -> Result<(), Box<dyn Error>> {
        for quote in std::mem::take(&mut self.quotes) {
            // Whatever becomes of the cancel: how the order stands, the venue says.
            let _ = self.venue.cancel(quote).await;
            let state = patiently(async || self.venue.query(quote).await).await?;
            if state.status.is_open() {
                self.quotes.push(quote);
                continue;
            }
            self.inventory += if state.side == Some(Side::Sell) { -state.executed } else { state.executed };
        }
        Ok(())
    }

    /// Asks what was executed since it was last asked; a venue hands out so many at once. What it tells again counts once.
    async fn hear(&mut self) -> Result<(), Box<dyn Error>> {
        let (symbol, since) = (self.rules.symbol, FillsSince::Time(self.heard_until));
        for fill in patiently(async || self.venue.fills(symbol, since).await).await? {
            self.heard_until = self.heard_until.max(fill.time.ok_or("executions without a time")?);
            // Two that are alike in all else differ in their ids.
            if !self.executions.contains(&fill) {
                self.executions.push(fill);
            }
        }
        Ok(())
    }

    /// How an order in doubt stands; `None` if it never arrived.
    async fn settled(&self, order: OrderRef) -> Result<Option<OrderState>, Box<dyn Error>> {
        loop {
            match self.venue.settle(order, Duration::from_secs(10)).await? {
                Verdict::Exists(state) => return Ok(Some(state)),
                Verdict::NeverArrived => return Ok(None),
                Verdict::Undecided { .. } => {}
            }
        }
    }

    /// Leaves the market, and compares.
    async fn leave(mut self, has_positions: bool) -> Result<(), Box<dyn Error>> {
        while !self.quotes.is_empty() {
            self.take_off().await?;
        }
        if let Some(switch) = &self.switch {
            patiently(async || switch.disarm().await).await?;
        }
        let symbol = self.rules.symbol;
        let open = patiently(async || self.venue.open_orders(Some(symbol)).await).await?;
        let mut before = usize::MAX;
        while before != self.executions.len() {
            before = self.executions.len();
            self.hear().await?;
        }
        let signed = |fill: &OrderFill| match fill.side {
            Some(Side::Sell) => -fill.fill.quantity,
            _ => fill.fill.quantity,
        };
        let position: Decimal = self.executions.iter().map(signed).sum();
        // Where there are positions, the venue keeps one by itself.
        let kept = match patiently(async || self.venue.positions(Some(symbol)).await).await {
            Ok(positions) if has_positions => positions.iter().map(|kept| kept.quantity).sum(),
            _ => position,
        };
        let us = |quantile| self.round_trips_us.value_at_quantile(quantile);
        println!(
            "{} quotes, place p50 {} us, p99 {} us; {} were in doubt, {} refused before they were sent",
            self.round_trips_us.len(),
            us(0.5),
            us(0.99),
            self.unknown,
            self.refused_here
        );
        println!(
            "inventory {}, the venue's executions say {}; {} orders open",
            self.inventory.normalize(),
            position.normalize(),
            open.len()
        );
        let in_doubt = self.venue.close(Deadline::after(Duration::from_secs(5))).await;
        if position != self.inventory || position != kept || !open.is_empty() || !in_doubt.is_empty() {
            return Err(format!("strategy and venue disagree; in doubt: {in_doubt:?}").into());
        }
        Ok(())
    }
}

/// Asks again until the venue answers: only for what may be asked twice.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, RestError>) -> Result<T, RestError> {
    loop {
        match ask().await {
            Err(error) if passes(&error) => tokio::time::sleep(Duration::from_millis(20)).await,
            answer => return answer,
        }
    }
}

/// Whether another time may fare better: it was lost, or refused for there being too much to do.
fn passes(error: &RestError) -> bool {
    match error.fate() {
        Fate::NotSent => !matches!(error, RestError::Build(_)),
        Fate::Rejected => {
            matches!(error.kind(), RejectKind::Banned | RejectKind::RateLimited | RejectKind::Unavailable)
        }
        Fate::Unknown => true,
    }
}
