//! Every byte once: a client's first connection ends, or stops, at each byte that either side sends: of the handshake, of the
//! first exchange, of an order and of its reply.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use orderwire_binance::Environment;
use orderwire_sim::SimVenue;

use crate::campaign::{Findings, ledger_of};
use crate::claims::{Claim, KEY, Notes, PASSPHRASE, secret_of};
use crate::market::{Client, Market, NONCE_WINDOW_MS, OnMarket};
use crate::proxy::{From, Proxy, Strike, Way};

/// How densely, and over what.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// What is traded.
    pub market: Market,
    /// Plain HTTP; else TLS.
    pub plain: bool,
    /// Each so many-th byte: 1 strikes all.
    pub step: u64,
    /// Lives at once.
    pub at_once: usize,
}

/// The bytes that an undisturbed life sends on its connection.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    /// Until the slot is ready: the handshake and the first exchange.
    connected: [u64; 2],
    /// With the order and its reply.
    whole: [u64; 2],
}

impl Sweep {
    /// Runs it: one life for each byte and way, each on a connection of its own.
    ///
    /// **Errors**: no sockets.
    ///
    /// # Panics
    /// Where the venue cannot be started.
    pub async fn run(&self) -> io::Result<Findings> {
        self.market.run(self).await
    }
}

impl OnMarket for Sweep {
    type Outcome = io::Result<Findings>;

    async fn run_on<C: Client>(&self) -> io::Result<Findings> {
        let sim =
            SimVenue::builder(C::MARKET.dialect()).account(KEY, secret_of(C::MARKET.dialect())).passphrase(PASSPHRASE);
        let sim = sim.nonce_window(NONCE_WINDOW_MS);
        let sim = if self.plain { sim.plain() } else { sim };
        let sim = Arc::new(sim.start().await.expect("the simulated venue starts"));
        let notes = Arc::new(Notes::default());
        let (claim, lengths, _) = life::<C>(&sim, &notes, None).await?;
        let mut outcomes = vec![(NOTHING.to_owned(), claim)];
        let (strikes, next) = (Arc::new(self.strikes(lengths)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..self.at_once {
            let (sim, notes) = (Arc::clone(&sim), Arc::clone(&notes));
            let (strikes, next) = (Arc::clone(&strikes), Arc::clone(&next));
            tasks.spawn(async move {
                let mut outcomes = Vec::new();
                while let Some(strike) = strikes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (claim, _, has_struck) = life::<C>(&sim, &notes, Some(*strike)).await?;
                    outcomes.push((if has_struck { lengths.name(*strike) } else { NOTHING.to_owned() }, claim));
                }
                io::Result::Ok(outcomes)
            });
        }
        for done in notes.watched(tasks.join_all()).await {
            outcomes.extend(done?);
        }
        let mut findings = Findings::of_notes(&notes, &ledger_of(&sim));
        for (name, claim) in outcomes {
            *findings.outcomes.entry((name, claim)).or_default() += 1;
        }
        Ok(findings)
    }
}

impl Sweep {
    fn strikes(&self, lengths: Lengths) -> Vec<Strike> {
        let mut strikes = Vec::new();
        for from in From::ALL {
            for (offset, way) in (0..).zip(Way::ALL) {
                // Ways take turns where bytes are left out.
                let bytes = (offset % self.step..=lengths.whole[from as usize] + VARIES).step_by(step(self.step));
                strikes.extend(bytes.map(|at| Strike { way, from, at }));
            }
        }
        strikes
    }
}

fn step(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Lengths {
    /// What a strike is counted as.
    fn name(&self, Strike { way, from, at }: Strike) -> String {
        let whose = from as usize;
        let what = match from {
            _ if at < self.connected[whose] + VARIES => "connecting",
            _ if at + VARIES >= self.whole[whose] => "the last bytes",
            From::Client => "the order",
            From::Venue => "its reply",
        };
        format!("{way:?} in {what}").to_lowercase() + if from == From::Client { ", client's" } else { ", venue's" }
    }
}

/// A client connects, places one order and settles it where it is in doubt.
async fn life<C: Client>(sim: &SimVenue, notes: &Notes, strike: Option<Strike>) -> io::Result<(Claim, Lengths, bool)> {
    let proxy = Proxy::start(sim.address(), strike).await?;
    let url = match sim.ca_pem() {
        None => format!("http://{}", proxy.address()),
        Some(_) => format!("https://localhost:{}", proxy.address().port()),
    };
    let environment = Environment::custom(&url, sim.ca_pem().map(str::as_bytes)).map_err(io::Error::other)?;
    let client = C::connect(environment, sim.credentials(), |pool| {
        pool.ready_min(0).connect_timeout(CONNECT_TIMEOUT).backoff_max(Duration::from_millis(10))
    });
    let client = client.await.map_err(io::Error::other)?;
    let carried = || From::ALL.map(|from| proxy.carried(from));
    let connected = carried();
    let claim = notes.place(&client, ORDER_TIMEOUT, None).await;
    let whole = carried();
    notes.settle(&client).await;
    Ok((claim, Lengths { connected, whole }, proxy.has_struck()))
}

/// What is counted where no strike met its byte.
const NOTHING: &str = "nothing strikes";

/// A handshake's signature is a byte or two longer or shorter each time, and the venue's order ids grow.
const VARIES: u64 = 8;

/// A handshake that stalls is given up, and the next one has time within [`ORDER_TIMEOUT`].
const CONNECT_TIMEOUT: Duration = Duration::from_millis(150);
const ORDER_TIMEOUT: Duration = Duration::from_millis(300);
