//! The exchange behind every dialect: order books, matching by price and then time, balances with locked parts, fees.
//! It knows no HTTP, no clock and no venue's words: time is an argument and the same calls in the same order give the
//! same result, which is how a state directory is replayed.
//!
//! An order passes through these statuses: `Pending` where its list has it wait for another order; `New`, also while it
//! waits for its trigger; `PartlyFilled` any number of times; then one of `Filled`, `Canceled`, `Expired` (with a reason)
//! or `ExpiredInMatch` (self-trade prevention). `Rejected` stands only in the ledger: a refused order never enters the
//! engine.
//!
//! Money is conserved: every amount is moved between a free balance, a locked balance and the fees paid. Of contracts, it
//! is what all balances would be if all positions were closed at one price.

mod changes;
mod funds;
mod life;
mod lists;
mod market;
mod matching;
mod order;
mod positions;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
mod timers;
mod triggers;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::instrument::Instrument;
use timers::Timer;

pub(crate) use lists::{ListId, ListKind, NewList, OrderList};
pub(crate) use market::Market;
pub(crate) use matching::Liquidity;
pub use order::Status;
pub(crate) use order::{
    AccountId, Expiry, MarketId, NewOrder, Order, OrderId, Party, Peg, PegTo, Placed, Prevention, Refusal, SelfTrade,
    Side, Size, TimeInForce, Trade,
};
pub(crate) use positions::{Position, PositionSide, Terms};
pub(crate) use timers::{Setting, SettingRefusal};
pub(crate) use triggers::{Trigger, TriggerKind};

/// The account that keeps the books filled.
pub(crate) const HOUSE: AccountId = 0;

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Balance {
    pub(crate) free: Decimal,
    pub(crate) locked: Decimal,
}

/// Shares of a trade's proceeds that the venue keeps.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Fees {
    pub(crate) maker: Decimal,
    pub(crate) taker: Decimal,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Account {
    balances: Vec<Balance>,
    /// Of contracts, also those that are closed.
    #[serde(default)]
    positions: Vec<Position>,
    /// Of each market.
    #[serde(default)]
    terms: Vec<Terms>,
    /// It may have a long and a short position in a market.
    #[serde(default)]
    hedged: bool,
    #[serde(skip)]
    open: BTreeSet<OrderId>,
    /// The latest order of each client order id, a map per market.
    #[serde(skip)]
    by_client_id: Vec<HashMap<String, OrderId>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Engine {
    assets: Vec<String>,
    markets: Vec<Market>,
    accounts: Vec<Account>,
    fees: Fees,
    /// What the venue has kept, by asset.
    fees_paid: Vec<Decimal>,
    /// Every open order and the latest [`DONE_ORDERS_MAX`] of the others; of the house the open ones only.
    orders: BTreeMap<OrderId, Order>,
    done: VecDeque<OrderId>,
    lists: BTreeMap<ListId, OrderList>,
    trades: VecDeque<Trade>,
    preventions: VecDeque<Prevention>,
    next_order: OrderId,
    next_list: ListId,
    next_trade: u64,
    next_prevented: u64,
    /// Of the next order that queues at its price.
    next_turn: u64,
    /// What happens by itself, and when.
    #[serde(default)]
    timers: BTreeSet<(u64, Timer)>,
    /// What begins before the call returns.
    #[serde(skip)]
    due: VecDeque<Due>,
    #[serde(skip)]
    changed: Vec<OrderId>,
    #[serde(skip)]
    first_fills: Vec<(AccountId, Liquidity)>,
    #[serde(skip)]
    by_symbol: HashMap<String, MarketId>,
}

/// What follows before the call returns.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    /// The working order of this list is filled.
    Filled(ListId),
    /// A position of this account has changed.
    Position(AccountId, MarketId),
    Triggered(OrderId),
}

/// What happened to traders' orders.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Orders that changed, some of them more than once.
    pub(crate) changed: Vec<OrderId>,
    /// Whose orders were filled for the first time, and how.
    pub(crate) first_fills: Vec<(AccountId, Liquidity)>,
}

impl Engine {
    /// A venue with `traders` accounts (1, 2, …) beside the house, each with `funds` as its free balance; books hold
    /// the house's orders only.
    pub(crate) fn new(
        instruments: &[Instrument],
        traders: usize,
        funds: impl Fn(&str) -> Decimal,
        fees: Fees,
        seed: u64,
    ) -> Self {
        let mut assets: Vec<String> = Vec::new();
        for name in instruments.iter().flat_map(|pair| [&pair.base, &pair.quote]) {
            if !assets.contains(name) {
                assets.push(name.clone());
            }
        }
        let index = |name: &str| assets.iter().position(|asset| asset == name).unwrap_or_default();
        let markets =
            instruments.iter().map(|pair| Market::new(pair, [index(&pair.base), index(&pair.quote)], seed)).collect();
        let account = |balance: &dyn Fn(&str) -> Decimal| Account {
            balances: assets.iter().map(|name| Balance { free: balance(name), locked: Decimal::ZERO }).collect(),
            positions: Vec::new(),
            terms: Vec::new(),
            hedged: false,
            open: BTreeSet::new(),
            by_client_id: Vec::new(),
        };
        let mut accounts = vec![account(&|_| Decimal::from(HOUSE_FUNDS))];
        accounts.extend((0..traders).map(|_| account(&funds)));
        let mut engine = Self {
            fees_paid: vec![Decimal::ZERO; assets.len()],
            assets,
            markets,
            accounts,
            fees,
            orders: BTreeMap::new(),
            done: VecDeque::new(),
            lists: BTreeMap::new(),
            trades: VecDeque::new(),
            preventions: VecDeque::new(),
            next_order: 1,
            next_list: 1,
            next_trade: 1,
            next_prevented: 1,
            next_turn: 1,
            timers: BTreeSet::new(),
            due: VecDeque::new(),
            changed: Vec::new(),
            first_fills: Vec::new(),
            by_symbol: HashMap::new(),
        };
        engine.index();
        for market in 0..engine.markets.len() {
            engine.restock(market, 0);
        }
        engine
    }

    /// Rebuilds what is not written into a snapshot.
    pub(crate) fn index(&mut self) {
        self.by_symbol =
            self.markets.iter().enumerate().map(|(id, market)| (market.instrument.symbol.clone(), id)).collect();
        for account in &mut self.accounts {
            account.by_client_id = vec![HashMap::new(); self.markets.len()];
            account.terms.resize(self.markets.len(), Terms::default());
        }
        for (&id, order) in &self.orders {
            let request = &order.request;
            let account = &mut self.accounts[request.account];
            if order.is_open() {
                self.markets[request.market].insert(order);
                account.open.insert(id);
            }
            if request.account != HOUSE {
                account.by_client_id[request.market].insert(request.client_id.clone(), id);
            }
        }
    }

    pub(crate) fn market_by_symbol(&self, symbol: &str) -> Option<MarketId> {
        self.by_symbol.get(symbol).copied()
    }

    pub(crate) fn market(&self, market: MarketId) -> &Market {
        &self.markets[market]
    }

    pub(crate) fn markets(&self) -> &[Market] {
        &self.markets
    }

    pub(crate) fn fees(&self) -> Fees {
        self.fees
    }

    /// Accounts beside the house.
    pub(crate) fn traders(&self) -> usize {
        self.accounts.len() - 1
    }

    pub(crate) fn asset(&self, asset: usize) -> &str {
        &self.assets[asset]
    }

    pub(crate) fn balances(&self, account: AccountId) -> impl Iterator<Item = (&str, Balance)> {
        self.assets.iter().map(String::as_str).zip(self.accounts[account].balances.iter().copied())
    }

    pub(crate) fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// The latest order with this client order id.
    pub(crate) fn order_by_client_id(&self, account: AccountId, market: MarketId, client_id: &str) -> Option<&Order> {
        self.accounts[account].by_client_id[market].get(client_id).and_then(|id| self.orders.get(id))
    }

    /// Open orders of an account, oldest first, on one market or on all.
    pub(crate) fn open_orders(&self, account: AccountId, market: Option<MarketId>) -> impl Iterator<Item = &Order> {
        let open = self.accounts[account].open.iter().filter_map(|id| self.orders.get(id));
        open.filter(move |order| market.is_none_or(|wanted| order.request.market == wanted))
    }

    /// All orders of an account on a market from `first` on, oldest first.
    pub(crate) fn orders_from(
        &self,
        account: AccountId,
        market: MarketId,
        first: OrderId,
    ) -> impl DoubleEndedIterator<Item = &Order> {
        let orders = self.orders.range(first..).map(|(_, order)| order);
        orders.filter(move |order| order.request.account == account && order.request.market == market)
    }

    /// All orders of an account, oldest first.
    pub(crate) fn orders_of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &Order> {
        self.orders.values().filter(move |order| order.request.account == account)
    }

    /// Trades of a market, oldest first.
    pub(crate) fn trades(&self, market: MarketId) -> impl DoubleEndedIterator<Item = &Trade> {
        self.trades.iter().filter(move |trade| trade.market == market)
    }

    /// Prevented matches of an account on a market, oldest first.
    pub(crate) fn preventions(&self, account: AccountId, market: MarketId) -> impl Iterator<Item = &Prevention> {
        let of_account = move |prevention: &&Prevention| (prevention.account, prevention.market) == (account, market);
        self.preventions.iter().filter(of_account)
    }

    /// What happened since the last call.
    pub(crate) fn take_events(&mut self) -> Events {
        Events { changed: std::mem::take(&mut self.changed), first_fills: std::mem::take(&mut self.first_fills) }
    }

    /// The id that the next order gets; a dialect makes client order ids from it.
    pub(crate) fn next_order_id(&self) -> OrderId {
        self.next_order
    }
}

/// What the house owns of every asset: more than any test moves, and with room left in a 28-digit decimal.
const HOUSE_FUNDS: u64 = 1_000_000_000_000;
