//! The venue behind a dialect: the books, the ledger and their state directory as one thing, the accounts' keys, and
//! what each address and account has used of its limits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

use rust_decimal::Decimal;

use crate::dialect::Api;
use crate::engine::{
    AccountId, Engine, Liquidity, ListId, NewList, NewOrder, Order, OrderId, Placed, Refusal, Setting, SettingRefusal,
    Size,
};
use crate::instrument::{Instrument, mix};
use crate::ledger::Ledger;
use crate::limits::{AddressUse, Budget, Counter, RateLimits, Window};
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
    /// Of venues whose keys have one.
    pub(crate) passphrase: String,
    /// Its orders, in the windows of the limits.
    pub(crate) orders: Vec<Window>,
    /// The greatest that it has shown, where the venue counts requests by them.
    pub(crate) nonce: u64,
}

impl Trader {
    pub(crate) fn new(key: &str, verifier: Verifier, limits: &RateLimits) -> Self {
        let orders = limits.orders.iter().copied().map(Window::new).collect();
        Self { key: key.to_owned(), verifier, passphrase: String::new(), orders, nonce: 0 }
    }
}

#[derive(Debug)]
pub(crate) struct Venue {
    api: &'static Api,
    engine: Engine,
    ledger: Ledger,
    state: Option<StateDir>,
    pub(crate) traders: Vec<Trader>,
    pub(crate) limits: RateLimits,
    /// How far below the greatest a nonce may be, where the venue counts requests by them.
    pub(crate) nonce_window: u64,
    addresses: HashMap<IpAddr, AddressUse>,
    /// Of calls that are counted each by itself.
    calls: HashMap<Counter, Window>,
    /// Fills that the counts of orders have not seen yet.
    first_fills: Vec<(AccountId, Liquidity)>,
    seed: u64,
    made_ids: u64,
}

/// What a venue is made of.
pub(crate) struct Plan<'a> {
    pub(crate) api: &'static Api,
    pub(crate) instruments: &'a [Instrument],
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
            check("dialect", snapshot.dialect.as_str(), plan.api.name)?;
            check("seed", &snapshot.seed, &plan.seed.unwrap_or(snapshot.seed))?;
            check("accounts", &snapshot.engine.traders(), &plan.traders.len())?;
            if !snapshot.engine.markets().iter().map(|market| &market.instrument).eq(plan.instruments) {
                check("instruments", "of its own", "these")?;
            }
            (snapshot.seed, snapshot.engine, snapshot.ledger)
        } else {
            let seed = plan.seed.unwrap_or_default();
            (seed, Engine::new(plan.instruments, plan.traders.len(), funds, (plan.api.fees)(), seed), Ledger::default())
        };
        let mut venue = Self {
            api: plan.api,
            engine,
            ledger,
            state,
            traders: plan.traders,
            limits: plan.limits,
            nonce_window: 0,
            addresses: HashMap::new(),
            calls: HashMap::new(),
            first_fills: Vec::new(),
            seed,
            made_ids: 0,
        };
        for command in commands {
            // What happened by itself before it happens again.
            if let Some(at_us) = command.at_us() {
                venue.pass_time(at_us);
            }
            match command {
                Command::Amend { order, quantity, client_id, at_us } => {
                    venue.engine.amend(order, quantity, &client_id, at_us);
                }
                Command::Cancel { order, at_us } => drop(venue.engine.cancel(order, at_us)),
                Command::CancelLater { order, due_us, .. } => venue.engine.cancel_later(order, due_us),
                Command::Modify { order, quantity, price, at_us } => {
                    drop(venue.engine.modify(order, quantity, price, at_us));
                }
                // A refusal was answered then and is one again.
                Command::Place { order, at_us } => drop(venue.enter(order.into_owned(), at_us)),
                Command::PlaceList { list, at_us } => drop(venue.enter_list(list.into_owned(), at_us)),
                Command::Rearm { order, size, price, stop_price, at_us } => {
                    let _ = venue.engine.rearm(order, size, price, stop_price, at_us);
                }
                Command::Refuse { client_id } => venue.ledger.received(&client_id),
                Command::Set { account, setting, .. } => drop(venue.engine.set(account, setting)),
            }
            venue.note_changes();
        }
        venue.first_fills.clear();
        if let Some(state) = &mut venue.state {
            state.save(plan.api.name, venue.seed, &venue.engine, &venue.ledger)?;
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
        self.write_down(&Command::Place { order: Cow::Borrowed(&order), at_us: now_us })?;
        let result = self.enter(order, now_us);
        self.note_changes();
        Ok(result)
    }

    /// Takes an authentic order list whose orders keep the instrument's rules.
    pub(crate) fn place_list(
        &mut self,
        list: NewList,
        now_us: u64,
    ) -> Result<Result<(ListId, Vec<Placed>), Refusal>, StateError> {
        self.write_down(&Command::PlaceList { list: Cow::Borrowed(&list), at_us: now_us })?;
        let result = self.enter_list(list, now_us);
        self.note_changes();
        Ok(result)
    }

    /// Notes an authentic place request that the engine does not see: one that was refused, or that names an order again.
    pub(crate) fn refuse(&mut self, client_id: &str) -> Result<(), StateError> {
        self.write_down(&Command::Refuse { client_id: Cow::Borrowed(client_id) })?;
        self.ledger.received(client_id);
        Ok(())
    }

    /// Takes an open order off, and all of its list with it. These are the orders that were open.
    pub(crate) fn cancel(&mut self, order: OrderId, now_us: u64) -> Result<Vec<OrderId>, StateError> {
        self.write_down(&Command::Cancel { order, at_us: now_us })?;
        let canceled = self.engine.cancel(order, now_us);
        self.note_changes();
        Ok(canceled)
    }

    /// Takes a cancel of an open order that is carried out at `due_us`.
    pub(crate) fn cancel_later(&mut self, order: OrderId, due_us: u64, now_us: u64) -> Result<(), StateError> {
        self.write_down(&Command::CancelLater { order, due_us, at_us: now_us })?;
        self.engine.cancel_later(order, due_us);
        Ok(())
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
        self.note_changes();
        Ok(())
    }

    /// Gives an order that rests another price and quantity.
    pub(crate) fn modify(
        &mut self,
        order: OrderId,
        quantity: Decimal,
        price: Decimal,
        now_us: u64,
    ) -> Result<Result<(), Refusal>, StateError> {
        self.write_down(&Command::Modify { order, quantity, price, at_us: now_us })?;
        let result = self.engine.modify(order, quantity, price, now_us);
        self.note_changes();
        Ok(result.map(drop))
    }

    /// Gives an order that waits for its trigger another size, price and stop price.
    pub(crate) fn rearm(
        &mut self,
        order: OrderId,
        size: Size,
        price: Option<Decimal>,
        stop_price: Option<Decimal>,
        now_us: u64,
    ) -> Result<Result<(), Refusal>, StateError> {
        self.write_down(&Command::Rearm { order, size, price, stop_price, at_us: now_us })?;
        let result = self.engine.rearm(order, size, price, stop_price, now_us);
        self.note_changes();
        Ok(result)
    }

    /// Changes what an account has chosen.
    pub(crate) fn set(
        &mut self,
        account: AccountId,
        setting: Setting,
        now_us: u64,
    ) -> Result<Result<(), SettingRefusal>, StateError> {
        self.write_down(&Command::Set { account, setting, at_us: now_us })?;
        Ok(self.engine.set(account, setting))
    }

    /// Lets happen what the venue does by itself. Told before it is asked anything else, it makes no difference when.
    pub(crate) fn pass_time(&mut self, now_us: u64) {
        self.engine.pass_time(now_us);
        self.note_changes();
    }

    /// What an address has used.
    pub(crate) fn address(&mut self, peer: IpAddr) -> &mut AddressUse {
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(&peer) {
            self.addresses.clear();
        }
        self.addresses.entry(peer).or_insert_with(|| AddressUse::new(&self.limits))
    }

    /// Counts one request of a call that the venue counts by itself; how that stands then. `Err` where it is one too many,
    /// which is not counted.
    pub(crate) fn count_call(&mut self, counter: Counter, budget: Budget, now_us: u64) -> Result<Window, Window> {
        if self.calls.len() >= CALLS_MAX && !self.calls.contains_key(&counter) {
            self.calls.clear();
        }
        let window = self.calls.entry(counter).or_insert_with(|| Window::new(budget));
        if self.limits.calls && window.used(now_us) >= window.limit {
            return Err(*window);
        }
        window.add(1, now_us);
        Ok(*window)
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
        self.accepted(&client_id, &placed.order);
        Ok(placed)
    }

    fn accepted(&mut self, client_id: &str, order: &Order) {
        self.ledger.accepted(client_id, order.id, (self.api.order_id)(order), order.status);
    }

    fn enter_list(&mut self, list: NewList, now_us: u64) -> Result<(ListId, Vec<Placed>), Refusal> {
        for order in &list.orders {
            self.ledger.received(&order.client_id);
        }
        let (id, placed) = self.engine.place_list(list, now_us)?;
        for Placed { order, .. } in &placed {
            self.accepted(&order.request.client_id, order);
        }
        Ok((id, placed))
    }

    /// Writes into the ledger how the orders stand that changed.
    fn note_changes(&mut self) {
        let events = self.engine.take_events();
        for order in events.changed.into_iter().filter_map(|id| self.engine.order(id)) {
            self.ledger.changed(order.id, order.status);
        }
        self.first_fills.extend(events.first_fills);
    }

    /// Counts orders of an account that came in, a number for each of its windows, and takes off what fills give back.
    pub(crate) fn count_orders(&mut self, account: AccountId, orders: &[u64], now_us: u64) {
        for (window, orders) in self.trader_mut(account).orders.iter_mut().zip(orders) {
            window.add(*orders, now_us);
        }
        for (account, liquidity) in std::mem::take(&mut self.first_fills) {
            let given_back = (self.api.given_back)(liquidity);
            for window in &mut self.trader_mut(account).orders {
                window.give_back(given_back, now_us);
            }
        }
    }
}

/// What each account starts with: enough for a long run, and less than the largest order, so that both ends can be met.
fn funds(asset: &str) -> Decimal {
    Decimal::from(match asset {
        "BTC" | "XXBT" => 1_000,
        "ETH" | "XETH" => 5_000,
        "USD" | "USDC" | "USDT" | "ZUSD" => 100_000_000_u64,
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
/// Calls of accounts and addresses whose use is remembered at once.
const CALLS_MAX: usize = 100_000;
const ID_CHARACTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
