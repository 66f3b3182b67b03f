//! The venue behind a dialect: the books, the ledger and their state directory as one thing, the accounts' keys, and
//! what each address and account has used of its limits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

use rust_decimal::Decimal;

use crate::engine::{AccountId, Engine, Fees, NewOrder, Order, OrderId, Placed, Refusal, Status};
use crate::instrument::{Instrument, mix};
use crate::ledger::Ledger;
use crate::limits::{AddressUse, RateLimits, Window};
use crate::signature::Verifier;
use crate::state::{Command, Snapshot, StateDir, StateError};

/// A request as a dialect sees it: the texts as they came.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a hyper::HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) peer: IpAddr,
}

impl Call<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A dialect's answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// An account and what checks its signatures.
#[derive(Debug)]
pub(crate) struct Trader {
    pub(crate) key: String,
    pub(crate) verifier: Verifier,
    /// Unfilled orders in ten seconds and in a day.
    pub(crate) orders: [Window; 2],
}

impl Trader {
    pub(crate) fn new(key: &str, verifier: Verifier, limits: &RateLimits) -> Self {
        let orders = [Window::new(10, limits.orders_per_10_seconds), Window::new(24 * 3_600, limits.orders_per_day)];
        Self { key: key.to_owned(), verifier, orders }
    }
}

#[derive(Debug)]
pub(crate) struct Venue {
    engine: Engine,
    ledger: Ledger,
    state: Option<StateDir>,
    pub(crate) traders: Vec<Trader>,
    pub(crate) limits: RateLimits,
    addresses: HashMap<IpAddr, AddressUse>,
    seed: u64,
    made_ids: u64,
}

/// What a venue is made of.
pub(crate) struct Plan<'a> {
    pub(crate) dialect: &'a str,
    pub(crate) instruments: &'a [Instrument],
    pub(crate) fees: Fees,
    pub(crate) traders: Vec<Trader>,
    pub(crate) limits: RateLimits,
    /// `None` takes the state directory's, else 0.
    pub(crate) seed: Option<u64>,
}

impl Venue {
    /// A venue as its state directory left it, or a new one.
    pub(crate) fn open(
        plan: Plan<'_>,
        state: Option<(StateDir, Option<Snapshot>, Vec<Command<'_>>)>,
    ) -> Result<Self, StateError> {
        let (state, snapshot, commands) = match state {
            Some((state, snapshot, commands)) => (Some(state), snapshot, commands),
            None => (None, None, Vec::new()),
        };
        let (seed, engine, ledger) = if let Some(snapshot) = snapshot {
            check("dialect", snapshot.dialect.as_str(), plan.dialect)?;
            check("seed", &snapshot.seed, &plan.seed.unwrap_or(snapshot.seed))?;
            check("accounts", &snapshot.engine.traders(), &plan.traders.len())?;
            if !snapshot.engine.markets().iter().map(|market| &market.instrument).eq(plan.instruments) {
                check("instruments", "of its own", "these")?;
            }
            (snapshot.seed, snapshot.engine, snapshot.ledger)
        } else {
            let seed = plan.seed.unwrap_or_default();
            (seed, Engine::new(plan.instruments, plan.traders.len(), funds, plan.fees, seed), Ledger::default())
        };
        let mut venue = Self {
            engine,
            ledger,
            state,
            traders: plan.traders,
            limits: plan.limits,
            addresses: HashMap::new(),
            seed,
            made_ids: 0,
        };
        for command in commands {
            match command {
                Command::Amend { order, quantity, client_id, at_us } => {
                    venue.engine.amend(order, quantity, &client_id, at_us);
                }
                Command::Cancel { order, at_us } => venue.withdraw(order, at_us),
                // A refusal was answered then and is one again.
                Command::Place { order, at_us } => drop(venue.enter(order.into_owned(), at_us)),
                Command::Refuse { client_id } => venue.ledger.received(&client_id),
            }
        }
        if let Some(state) = &mut venue.state {
            state.save(plan.dialect, venue.seed, &venue.engine, &venue.ledger)?;
        }
        Ok(venue)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes an authentic order that keeps the instrument's rules.
    pub(crate) fn place(&mut self, order: NewOrder, now_us: u64) -> Result<Result<Placed, Refusal>, StateError> {
        let account = order.account;
        self.write_down(&Command::Place { order: Cow::Borrowed(&order), at_us: now_us })?;
        let result = self.enter(order, now_us);
        if let Ok(placed) = &result {
            self.count_order(account, placed, now_us);
        }
        Ok(result)
    }

    /// Notes an authentic place request that was refused before the engine saw it.
    pub(crate) fn refuse(&mut self, client_id: &str) -> Result<(), StateError> {
        self.write_down(&Command::Refuse { client_id: Cow::Borrowed(client_id) })?;
        self.ledger.received(client_id);
        Ok(())
    }

    /// Takes an open order off the book.
    pub(crate) fn cancel(&mut self, order: OrderId, now_us: u64) -> Result<Option<&Order>, StateError> {
        self.write_down(&Command::Cancel { order, at_us: now_us })?;
        self.withdraw(order, now_us);
        Ok(self.engine.order(order))
    }

    /// Takes quantity off an open order and gives it another id; the ledger keeps the id it was placed with.
    pub(crate) fn amend(
        &mut self,
        order: OrderId,
        quantity: Decimal,
        client_id: &str,
        now_us: u64,
    ) -> Result<(), StateError> {
        let client_id = Cow::Borrowed(client_id);
        self.write_down(&Command::Amend { order, quantity, client_id: client_id.clone(), at_us: now_us })?;
        self.engine.amend(order, quantity, &client_id, now_us);
        Ok(())
    }

    /// What an address has used.
    pub(crate) fn address(&mut self, peer: IpAddr) -> &mut AddressUse {
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(&peer) {
            self.addresses.clear();
        }
        self.addresses.entry(peer).or_insert_with(|| AddressUse::new(&self.limits))
    }

    pub(crate) fn trader_mut(&mut self, account: AccountId) -> &mut Trader {
        &mut self.traders[account - 1]
    }

    /// Whose key this is.
    pub(crate) fn account_of(&self, key: &str) -> Option<AccountId> {
        self.traders.iter().position(|trader| trader.key == key).map(|index| index + 1)
    }

    /// An id of `length` letters and digits that this venue has not made before.
    pub(crate) fn make_id(&mut self, length: usize, now_us: u64) -> String {
        self.made_ids += 1;
        let start = mix(self.seed ^ mix(now_us) ^ mix(self.made_ids ^ self.engine.next_order_id() << 32));
        (0..length as u64).map(|place| char::from(ID_CHARACTERS[(mix(start ^ mix(place)) % 62) as usize])).collect()
    }

    fn write_down(&mut self, command: &Command<'_>) -> Result<(), StateError> {
        self.state.as_mut().map_or(Ok(()), |state| state.append(command))
    }

    fn enter(&mut self, order: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let client_id = order.client_id.clone();
        self.ledger.received(&client_id);
        let placed = self.engine.place(order, now_us)?;
        if let Some(order) = self.engine.order(placed.id) {
            self.ledger.accepted(&client_id, placed.id, order.status);
        }
        for (id, _) in &placed.touched {
            if let Some(order) = self.engine.order(*id) {
                self.ledger.changed(*id, order.status);
            }
        }
        Ok(placed)
    }

    fn withdraw(&mut self, order: OrderId, now_us: u64) {
        if self.engine.cancel(order, now_us).is_some() {
            self.ledger.changed(order, Status::Canceled);
        }
    }

    /// Orders that trade do not count. Source: `faqs/order_count_decrement.md` of the Binance Spot documents.
    fn count_order(&mut self, account: AccountId, placed: &Placed, now_us: u64) {
        let makers = placed.touched.iter().filter(|(_, first_fill)| *first_fill);
        let makers: Vec<AccountId> =
            makers.filter_map(|(id, _)| Some(self.engine.order(*id)?.request.account)).collect();
        for window in &mut self.trader_mut(account).orders {
            window.add(u64::from(placed.trades.is_empty()), now_us);
        }
        for maker in makers {
            for window in &mut self.trader_mut(maker).orders {
                window.give_back(MAKER_FILL_GIVES_BACK, now_us);
            }
        }
    }
}

/// What each account starts with: enough for a long run, and less than the largest order, so that both ends can be met.
fn funds(asset: &str) -> Decimal {
    Decimal::from(match asset {
        "BTC" => 1_000,
        "ETH" => 5_000,
        "USD" | "USDC" | "USDT" => 100_000_000_u64,
        _ => 1_000_000,
    })
}

fn check<T: PartialEq + ToString + ?Sized>(what: &'static str, found: &T, asked: &T) -> Result<(), StateError> {
    if found == asked {
        return Ok(());
    }
    Err(StateError::Mismatch { what, found: found.to_string(), asked: asked.to_string() })
}

/// Addresses whose use is remembered at once.
const ADDRESSES_MAX: usize = 10_000;
/// Orders a first fill as maker gives back. Source: example 2 of `faqs/order_count_decrement.md`.
const MAKER_FILL_GIVES_BACK: u64 = 5;
const ID_CHARACTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
