//! The exchange behind every dialect: order books, matching by price and then time, balances with locked parts, fees.
//! It knows no HTTP, no clock and no venue's words: time is an argument and the same calls in the same order give the
//! same result, which is how a state directory is replayed.
//!
//! An order passes through these statuses: `New`, then `PartlyFilled` any number of times, then one of `Filled`,
//! `Canceled`, `Expired` (market and immediate orders that found too little) or `ExpiredInMatch` (self-trade
//! prevention). `Rejected` stands only in the ledger: a refused order never enters the engine.
//!
//! Money is conserved: every amount is moved between a free balance, a locked balance and the fees paid.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::instrument::{BrokenRule, Instrument};

pub(crate) type OrderId = u64;
/// Index of an account; the house is [`HOUSE`].
pub(crate) type AccountId = usize;
/// Index of a market.
pub(crate) type MarketId = usize;

/// The account that keeps the books filled.
pub(crate) const HOUSE: AccountId = 0;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Side {
    Buy,
    Sell,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum TimeInForce {
    FillOrKill,
    GoodTillCanceled,
    ImmediateOrCancel,
}

/// What happens when an order meets one of the same account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum SelfTrade {
    Allow,
    Decrement,
    ExpireBoth,
    ExpireMaker,
    ExpireTaker,
}

/// How much: of the base asset, or as much as an amount of the quote asset buys or brings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Size {
    Base(Decimal),
    Quote(Decimal),
}

/// What became of an order so far.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Status {
    /// Taken off the book by its owner.
    Canceled,
    /// Ended by the venue: nothing left to match and not allowed to rest.
    Expired,
    /// Ended by self-trade prevention.
    ExpiredInMatch,
    /// Done in full.
    Filled,
    /// On the book, nothing executed.
    New,
    /// On the book, executed in part.
    PartlyFilled,
    /// Refused: it never became an order.
    Rejected,
}

/// An order as a dialect hands it in: well-formed and checked against the instrument's rules.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) account: AccountId,
    pub(crate) market: MarketId,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    /// `None` is a market order.
    pub(crate) price: Option<Decimal>,
    pub(crate) size: Size,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) post_only: bool,
    pub(crate) self_trade: SelfTrade,
    /// Numbers a venue only keeps and gives back, by the venue's name for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) request: NewOrder,
    /// In the base asset; of an order sized in the quote asset, what was executed.
    pub(crate) quantity: Decimal,
    pub(crate) executed: Decimal,
    pub(crate) executed_quote: Decimal,
    /// Taken off by self-trade prevention.
    pub(crate) prevented: Decimal,
    pub(crate) prevented_match: Option<u64>,
    pub(crate) status: Status,
    pub(crate) placed_us: u64,
    pub(crate) updated_us: u64,
    /// What this order holds of its account's locked balance.
    locked: Decimal,
}

impl Order {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, Status::New | Status::PartlyFilled)
    }

    fn remaining(&self) -> Decimal {
        self.quantity - self.executed - self.prevented
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) market: MarketId,
    pub(crate) price: Decimal,
    pub(crate) quantity: Decimal,
    pub(crate) quote_quantity: Decimal,
    pub(crate) time_us: u64,
    pub(crate) buyer: Party,
    pub(crate) seller: Party,
    pub(crate) buyer_is_maker: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Party {
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    /// In the asset this party received.
    pub(crate) fee: Decimal,
}

/// Why an order never entered the book.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    DuplicateClientId,
    InsufficientBalance,
    /// A market order sized in the quote asset found an empty book.
    NoLiquidity,
    /// A market order sized in the quote asset found less than one lot.
    LiquidityBelowLot,
    OpenOrders,
    /// Post only, and it would have matched.
    WouldTake,
}

/// An order that entered, and what it set off.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) id: OrderId,
    pub(crate) trades: Vec<Trade>,
    /// Resting orders of others than the house that changed, and whether they had their first fill just now.
    pub(crate) touched: Vec<(OrderId, bool)>,
}

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
    #[serde(skip)]
    open: BTreeSet<OrderId>,
    /// The latest order of each client order id, a map per market.
    #[serde(skip)]
    by_client_id: Vec<HashMap<String, OrderId>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Market {
    pub(crate) instrument: Instrument,
    pub(crate) base: usize,
    pub(crate) quote: usize,
    /// Price of the last trade; the reference price before the first.
    pub(crate) last_price: Decimal,
    house: Vec<HouseLevel>,
    /// Some level of the house is used up or would match a resting order.
    house_short: bool,
    /// Best first: a rank is the price for asks and its negative for bids, then the earlier order.
    #[serde(skip)]
    bids: BTreeSet<(Decimal, OrderId)>,
    #[serde(skip)]
    asks: BTreeSet<(Decimal, OrderId)>,
}

/// One price the house quotes, and the order that quotes it just now.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct HouseLevel {
    side: Side,
    price: Decimal,
    quantity: Decimal,
    order: Option<OrderId>,
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
    trades: VecDeque<Trade>,
    next_order: OrderId,
    next_trade: u64,
    next_prevented: u64,
    #[serde(skip)]
    by_symbol: HashMap<String, MarketId>,
}

/// One meeting of an incoming order with a resting one.
enum Step {
    Decrement { maker: OrderId, quantity: Decimal },
    ExpireMaker(OrderId),
    Trade { maker: OrderId, price: Decimal, quantity: Decimal },
}

/// What an incoming order will do to the book, worked out before anything is changed.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    base: Decimal,
    quote: Decimal,
    prevented: Decimal,
    /// What the prevented quantity would have cost.
    prevented_quote: Decimal,
    taker_expires: bool,
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
        let markets = instruments
            .iter()
            .map(|pair| {
                let levels = |side| {
                    let ladder = pair.house_ladder(seed, side).into_iter();
                    ladder.map(move |(price, quantity)| HouseLevel { side, price, quantity, order: None })
                };
                Market {
                    base: index(&pair.base),
                    quote: index(&pair.quote),
                    last_price: pair.reference_price,
                    house: levels(Side::Buy).chain(levels(Side::Sell)).collect(),
                    house_short: true,
                    instrument: pair.clone(),
                    bids: BTreeSet::new(),
                    asks: BTreeSet::new(),
                }
            })
            .collect();
        let account = |balance: &dyn Fn(&str) -> Decimal| Account {
            balances: assets.iter().map(|name| Balance { free: balance(name), locked: Decimal::ZERO }).collect(),
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
            trades: VecDeque::new(),
            next_order: 1,
            next_trade: 1,
            next_prevented: 1,
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

    /// Trades of a market, oldest first.
    pub(crate) fn trades(&self, market: MarketId) -> impl DoubleEndedIterator<Item = &Trade> {
        self.trades.iter().filter(move |trade| trade.market == market)
    }

    /// Price levels of one side, best first: price and open quantity.
    pub(crate) fn depth(&self, market: MarketId, side: Side) -> impl Iterator<Item = (Decimal, Decimal)> {
        let book = self.markets[market].book(side);
        let mut orders =
            book.iter().filter_map(|(rank, id)| Some((*rank, self.orders.get(id)?.remaining()))).peekable();
        std::iter::from_fn(move || {
            let (rank, mut quantity) = orders.next()?;
            while let Some((_, more)) = orders.next_if(|(next, _)| *next == rank) {
                quantity += more;
            }
            Some((rank.abs(), quantity))
        })
    }

    /// The id that the next order gets; a dialect makes client order ids from it.
    pub(crate) fn next_order_id(&self) -> OrderId {
        self.next_order
    }

    /// Takes an order in: matches it and lets the rest stand where it may.
    ///
    /// **Errors**: [`Refusal`]; then nothing has changed.
    pub(crate) fn place(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let market = request.market;
        let placed = self.enter(request, now_us)?;
        self.markets[market].house_short |= !placed.trades.is_empty();
        self.restock(market, now_us);
        Ok(placed)
    }

    /// Takes an open order off the book. `None` when it is not open.
    pub(crate) fn cancel(&mut self, id: OrderId, now_us: u64) -> Option<&Order> {
        let order = self.orders.get_mut(&id).filter(|order| order.is_open())?;
        order.status = Status::Canceled;
        order.updated_us = now_us;
        let market = order.request.market;
        self.settle(id);
        self.restock(market, now_us);
        self.orders.get(&id)
    }

    /// Takes quantity off an open order, which keeps its place in the queue, and gives it another client order id. Does
    /// nothing unless some of it stays open.
    pub(crate) fn amend(&mut self, id: OrderId, quantity: Decimal, client_id: &str, now_us: u64) {
        let Some(order) = self.orders.get_mut(&id).filter(|order| order.is_open()) else { return };
        if quantity >= order.quantity || quantity <= order.executed + order.prevented {
            return;
        }
        order.quantity = quantity;
        order.updated_us = now_us;
        let former_id = std::mem::replace(&mut order.request.client_id, client_id.to_owned());
        let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
        if ids.get(&former_id) == Some(&id) {
            ids.remove(&former_id);
        }
        ids.insert(client_id.to_owned(), id);
        self.settle(id);
    }

    fn enter(&mut self, request: NewOrder, now_us: u64) -> Result<Placed, Refusal> {
        let (account, market, side) = (request.account, request.market, request.side);
        if self.order_by_client_id(account, market, &request.client_id).is_some_and(Order::is_open) {
            return Err(Refusal::DuplicateClientId);
        }
        let instrument = &self.markets[market].instrument;
        let open_here = || self.open_orders(account, Some(market)).count();
        // Counting is only worth it when the account's open orders on all markets could be too many.
        let crowded = self.accounts[account].open.len() >= instrument.open_orders_max as usize;
        if crowded && instrument.check_open_orders(open_here()) == Err(BrokenRule::OpenOrders) {
            return Err(Refusal::OpenOrders);
        }
        let mut plan = self.plan(&request);
        if request.post_only && (!plan.steps.is_empty() || plan.taker_expires) {
            return Err(Refusal::WouldTake);
        }
        let quantity = match request.size {
            Size::Base(quantity) => quantity,
            Size::Quote(_) if self.markets[market].book(opposite(side)).is_empty() => {
                return Err(Refusal::NoLiquidity);
            }
            Size::Quote(_) if plan.base + plan.prevented < instrument.lot_size => {
                return Err(Refusal::LiquidityBelowLot);
            }
            Size::Quote(_) => plan.base + plan.prevented,
        };
        if request.time_in_force == TimeInForce::FillOrKill && plan.base < quantity {
            plan = Plan::default();
        }
        let lock = match (side, request.price) {
            (Side::Buy, Some(price)) => price.checked_mul(quantity).ok_or(Refusal::InsufficientBalance)?,
            (Side::Buy, None) => plan.quote,
            (Side::Sell, Some(_)) => quantity,
            (Side::Sell, None) => plan.base,
        };
        let paid_with = self.paid_with(market, side);
        let balance = &mut self.accounts[account].balances[paid_with];
        if balance.free < lock {
            return Err(Refusal::InsufficientBalance);
        }
        balance.free -= lock;
        balance.locked += lock;

        let id = self.next_order;
        self.next_order += 1;
        if account != HOUSE {
            self.accounts[account].by_client_id[market].insert(request.client_id.clone(), id);
        }
        let may_rest = request.price.is_some() && request.time_in_force == TimeInForce::GoodTillCanceled;
        let order = Order {
            id,
            request,
            quantity,
            executed: Decimal::ZERO,
            executed_quote: Decimal::ZERO,
            prevented: Decimal::ZERO,
            prevented_match: None,
            status: Status::New,
            placed_us: now_us,
            updated_us: now_us,
            locked: lock,
        };
        self.orders.insert(id, order);

        let mut placed = Placed { id, trades: Vec::new(), touched: Vec::new() };
        for step in plan.steps {
            self.carry_out(step, &mut placed, now_us);
        }
        let Some(order) = self.orders.get_mut(&id) else { return Ok(placed) };
        if plan.taker_expires {
            order.prevented += order.remaining();
            order.status = Status::ExpiredInMatch;
        } else if order.remaining().is_zero() {
            order.status = if order.prevented.is_zero() { Status::Filled } else { Status::ExpiredInMatch };
        } else if !may_rest {
            order.status = Status::Expired;
        }
        if plan.taker_expires && order.prevented_match.is_none() {
            order.prevented_match = Some(self.next_prevented);
            self.next_prevented += 1;
        }
        self.settle(id);
        Ok(placed)
    }

    /// Walks the other side of the book, best price first and then earliest order.
    fn plan(&self, request: &NewOrder) -> Plan {
        let market = &self.markets[request.market];
        let mut plan = Plan::default();
        for (rank, id) in market.book(opposite(request.side)) {
            let Some(maker) = self.orders.get(id) else { continue };
            let price = rank.abs();
            let crosses = match (request.price, request.side) {
                (None, _) => true,
                (Some(limit), Side::Buy) => price <= limit,
                (Some(limit), Side::Sell) => price >= limit,
            };
            let wanted = match request.size {
                Size::Base(quantity) => quantity - plan.base - plan.prevented,
                Size::Quote(amount) => market.instrument.lots_for(amount - plan.quote - plan.prevented_quote, price),
            };
            if !crosses || wanted <= Decimal::ZERO {
                break;
            }
            let quantity = wanted.min(maker.remaining());
            // An amount of the quote asset may leave less than a lot here and still buy one further down: it stops here.
            let satisfied = wanted < maker.remaining();
            let own = maker.request.account == request.account;
            match if own { request.self_trade } else { SelfTrade::Allow } {
                SelfTrade::Allow => {
                    plan.steps.push(Step::Trade { maker: *id, price, quantity });
                    plan.base += quantity;
                    plan.quote += price * quantity;
                }
                SelfTrade::Decrement => {
                    plan.steps.push(Step::Decrement { maker: *id, quantity });
                    plan.prevented += quantity;
                    plan.prevented_quote += price * quantity;
                }
                SelfTrade::ExpireBoth => {
                    plan.steps.push(Step::ExpireMaker(*id));
                    plan.taker_expires = true;
                    break;
                }
                SelfTrade::ExpireMaker => {
                    plan.steps.push(Step::ExpireMaker(*id));
                    continue;
                }
                SelfTrade::ExpireTaker => {
                    plan.taker_expires = true;
                    break;
                }
            }
            if satisfied {
                break;
            }
        }
        plan
    }

    fn carry_out(&mut self, step: Step, placed: &mut Placed, now_us: u64) {
        let maker_id = match step {
            Step::Trade { maker, price, quantity } => {
                let trade = self.trade(placed.id, maker, price, quantity, now_us);
                placed.trades.extend(trade);
                maker
            }
            Step::Decrement { maker, quantity } => {
                let prevented_match = Some(self.next_prevented);
                self.next_prevented += 1;
                for id in [maker, placed.id] {
                    if let Some(order) = self.orders.get_mut(&id) {
                        order.prevented += quantity;
                        order.prevented_match = prevented_match;
                        order.updated_us = now_us;
                    }
                }
                maker
            }
            Step::ExpireMaker(maker) => {
                if let Some(order) = self.orders.get_mut(&maker) {
                    order.prevented += order.remaining();
                    order.prevented_match = Some(self.next_prevented);
                    order.updated_us = now_us;
                    self.next_prevented += 1;
                }
                maker
            }
        };
        let Some(maker) = self.orders.get_mut(&maker_id) else { return };
        if maker.remaining().is_zero() {
            maker.status = if maker.prevented.is_zero() { Status::Filled } else { Status::ExpiredInMatch };
        }
        if maker.request.account != HOUSE {
            let filled_now = placed.trades.last().is_some_and(|trade| {
                let party = if trade.buyer_is_maker { &trade.buyer } else { &trade.seller };
                party.order == maker_id && trade.quantity == maker.executed
            });
            placed.touched.push((maker_id, filled_now));
        }
        self.settle(maker_id);
    }

    /// Moves the money of one match and writes it into both orders.
    fn trade(
        &mut self,
        taker: OrderId,
        maker: OrderId,
        price: Decimal,
        quantity: Decimal,
        now_us: u64,
    ) -> Option<Trade> {
        let cost = price * quantity;
        let market_id = self.orders.get(&taker)?.request.market;
        let taker_side = self.orders.get(&taker)?.request.side;
        let (base, quote) = (self.markets[market_id].base, self.markets[market_id].quote);
        let decimals = {
            let instrument = &self.markets[market_id].instrument;
            (instrument.base_decimals, instrument.quote_decimals)
        };
        let mut parties = [taker, maker].into_iter().map(|id| {
            let order = self.orders.get_mut(&id)?;
            let account = order.request.account;
            let (paid, amount, received, proceeds, digits) = match order.request.side {
                Side::Buy => (quote, cost, base, quantity, decimals.0),
                Side::Sell => (base, quantity, quote, cost, decimals.1),
            };
            let rate = match account {
                HOUSE => Decimal::ZERO,
                _ if id == taker => self.fees.taker,
                _ => self.fees.maker,
            };
            let fee = (proceeds * rate).trunc_with_scale(digits);
            order.locked -= amount;
            order.executed += quantity;
            order.executed_quote += cost;
            order.status = Status::PartlyFilled;
            order.updated_us = now_us;
            let balances = &mut self.accounts[account].balances;
            balances[paid].locked -= amount;
            balances[received].free += proceeds - fee;
            self.fees_paid[received] += fee;
            Some(Party { order: id, account, fee })
        });
        let (taker, maker) = (parties.next()??, parties.next()??);
        let buyer_is_maker = taker_side == Side::Sell;
        let (buyer, seller) = if buyer_is_maker { (maker, taker) } else { (taker, maker) };
        let trade = Trade {
            id: self.next_trade,
            market: market_id,
            price,
            quantity,
            quote_quantity: cost,
            time_us: now_us,
            buyer,
            seller,
            buyer_is_maker,
        };
        self.next_trade += 1;
        self.markets[market_id].last_price = price;
        self.trades.push_back(trade.clone());
        if self.trades.len() > TRADES_MAX {
            self.trades.pop_front();
        }
        Some(trade)
    }

    /// Brings book, open list and locked balance in line with an order's status, after anything happened to it.
    fn settle(&mut self, id: OrderId) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        let (account, market_id, side) = (order.request.account, order.request.market, order.request.side);
        let open = order.is_open();
        let needed = match (open, side, order.request.price) {
            (true, Side::Buy, Some(price)) => price * order.remaining(),
            (true, Side::Sell, _) => order.remaining(),
            _ => Decimal::ZERO,
        };
        let released = order.locked - needed;
        order.locked = needed;
        let market = &mut self.markets[market_id];
        let owner = &mut self.accounts[account];
        if open {
            market.insert(order);
            owner.open.insert(id);
        } else {
            market.remove(order);
            owner.open.remove(&id);
        }
        let paid_with = if side == Side::Buy { market.quote } else { market.base };
        owner.balances[paid_with].locked -= released;
        owner.balances[paid_with].free += released;
        if !open && account == HOUSE {
            self.orders.remove(&id);
        } else if !open {
            self.done.push_back(id);
            self.forget();
        }
    }

    /// Drops the oldest finished order when there are too many.
    fn forget(&mut self) {
        if self.done.len() <= DONE_ORDERS_MAX {
            return;
        }
        let Some(order) = self.done.pop_front().and_then(|id| self.orders.remove(&id)) else { return };
        let ids = &mut self.accounts[order.request.account].by_client_id[order.request.market];
        if ids.get(&order.request.client_id) == Some(&order.id) {
            ids.remove(&order.request.client_id);
        }
    }

    /// Quotes the house's used-up levels again, except those that would match a resting order.
    fn restock(&mut self, market: MarketId, now_us: u64) {
        if !std::mem::take(&mut self.markets[market].house_short) {
            return;
        }
        for level in 0..self.markets[market].house.len() {
            let HouseLevel { side, price, quantity, order } = self.markets[market].house[level];
            if order.is_some_and(|id| self.orders.contains_key(&id)) {
                continue;
            }
            let request = NewOrder {
                account: HOUSE,
                market,
                client_id: String::new(),
                side,
                price: Some(price),
                size: Size::Base(quantity),
                time_in_force: TimeInForce::GoodTillCanceled,
                post_only: true,
                self_trade: SelfTrade::Allow,
                labels: BTreeMap::new(),
            };
            let order = self.enter(request, now_us).ok().map(|placed| placed.id);
            self.markets[market].house[level].order = order;
            self.markets[market].house_short |= order.is_none();
        }
    }

    fn paid_with(&self, market: MarketId, side: Side) -> usize {
        let market = &self.markets[market];
        if side == Side::Buy { market.quote } else { market.base }
    }
}

impl Market {
    fn book(&self, side: Side) -> &BTreeSet<(Decimal, OrderId)> {
        if side == Side::Buy { &self.bids } else { &self.asks }
    }

    fn insert(&mut self, order: &Order) {
        match (order.request.side, order.request.price) {
            (Side::Buy, Some(price)) => self.bids.insert((-price, order.id)),
            (Side::Sell, Some(price)) => self.asks.insert((price, order.id)),
            (_, None) => false,
        };
    }

    fn remove(&mut self, order: &Order) {
        match (order.request.side, order.request.price) {
            (Side::Buy, Some(price)) => self.bids.remove(&(-price, order.id)),
            (Side::Sell, Some(price)) => self.asks.remove(&(price, order.id)),
            (_, None) => false,
        };
    }
}

pub(crate) fn opposite(side: Side) -> Side {
    if side == Side::Buy { Side::Sell } else { Side::Buy }
}

/// Finished orders that can still be asked for; the oldest are forgotten, as venues archive them.
const DONE_ORDERS_MAX: usize = 200_000;
/// Trades that can still be listed.
const TRADES_MAX: usize = 100_000;
/// What the house owns of every asset: more than any test moves, and with room left in a 28-digit decimal.
const HOUSE_FUNDS: u64 = 1_000_000_000_000;

#[cfg(test)]
mod reference;

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const ALICE: AccountId = 1;
    pub(super) const BOB: AccountId = 2;
    pub(super) const FUNDS: i64 = 400;

    fn pair() -> Instrument {
        Instrument::new("XY", "X", "Y", Decimal::from(10), Decimal::ONE, Decimal::ONE)
    }

    pub(super) fn no_fees() -> Fees {
        Fees { maker: Decimal::ZERO, taker: Decimal::ZERO }
    }

    /// Two traders and no house, so that a test sees only its own orders.
    pub(super) fn engine(fees: Fees) -> Engine {
        let mut engine = Engine::new(&[pair()], 2, |_| Decimal::from(FUNDS), fees, 0);
        engine.markets[0].house.clear();
        for id in engine.orders.keys().copied().collect::<Vec<_>>() {
            engine.cancel(id, 0);
        }
        engine
    }

    pub(super) fn limit(account: AccountId, side: Side, price: i64, quantity: i64) -> NewOrder {
        NewOrder {
            account,
            market: 0,
            client_id: String::new(),
            side,
            price: Some(Decimal::from(price)),
            size: Size::Base(Decimal::from(quantity)),
            time_in_force: TimeInForce::GoodTillCanceled,
            post_only: false,
            self_trade: SelfTrade::Allow,
            labels: BTreeMap::new(),
        }
    }

    /// Places with a client id of its own.
    pub(super) fn place(engine: &mut Engine, mut order: NewOrder) -> Result<Placed, Refusal> {
        order.client_id = format!("c{}", engine.next_order_id());
        engine.place(order, 1)
    }

    fn status(engine: &Engine, id: OrderId) -> Status {
        engine.order(id).unwrap().status
    }

    #[test]
    fn the_better_price_and_then_the_earlier_order_goes_first() {
        let mut engine = engine(no_fees());
        let dear = place(&mut engine, limit(ALICE, Side::Sell, 11, 1)).unwrap().id;
        let first = place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap().id;
        let second = place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap().id;
        let taker = place(&mut engine, limit(BOB, Side::Buy, 11, 4)).unwrap();
        let sellers: Vec<_> =
            taker.trades.iter().map(|trade| (trade.seller.order, trade.price, trade.quantity)).collect();
        assert_eq!(sellers, [(first, 10.into(), 2.into()), (second, 10.into(), 2.into())]);
        assert_eq!(status(&engine, taker.id), Status::Filled);
        assert_eq!(status(&engine, dear), Status::New);
        assert_eq!(taker.touched, [(first, true), (second, true)]);
    }

    #[test]
    fn a_buyer_gets_back_what_a_better_price_saved() {
        let mut engine = engine(no_fees());
        place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap();
        place(&mut engine, limit(BOB, Side::Buy, 12, 5)).unwrap();
        let balances: Vec<_> = engine.balances(BOB).map(|(_, balance)| balance).collect();
        assert_eq!(balances[0], Balance { free: (FUNDS + 2).into(), locked: 0.into() });
        assert_eq!(balances[1], Balance { free: (FUNDS - 20 - 36).into(), locked: 36.into() });
    }

    #[test]
    fn each_refusal_leaves_everything_as_it_was() {
        let mut engine = engine(no_fees());
        let mut resting = limit(ALICE, Side::Sell, 10, 2);
        resting.client_id = "a".to_owned();
        engine.place(resting.clone(), 1).unwrap();
        let before = serde_json::to_string(&engine).unwrap();
        assert_eq!(engine.place(resting, 2).unwrap_err(), Refusal::DuplicateClientId);
        let post_only = NewOrder { post_only: true, ..limit(BOB, Side::Buy, 10, 1) };
        assert_eq!(place(&mut engine, post_only).unwrap_err(), Refusal::WouldTake);
        let too_dear = place(&mut engine, limit(BOB, Side::Buy, 9, 100));
        assert_eq!(too_dear.unwrap_err(), Refusal::InsufficientBalance);
        let market = |side, size| NewOrder { price: None, size, ..limit(BOB, side, 1, 1) };
        let nobody = place(&mut engine, market(Side::Sell, Size::Quote(5.into())));
        assert_eq!(nobody.unwrap_err(), Refusal::NoLiquidity);
        let less_than_a_lot = place(&mut engine, market(Side::Buy, Size::Quote(9.into())));
        assert_eq!(less_than_a_lot.unwrap_err(), Refusal::LiquidityBelowLot);
        engine.markets[0].instrument.open_orders_max = 1;
        assert_eq!(place(&mut engine, limit(ALICE, Side::Sell, 11, 1)).unwrap_err(), Refusal::OpenOrders);
        engine.markets[0].instrument.open_orders_max = pair().open_orders_max;
        assert_eq!(serde_json::to_string(&engine).unwrap(), before);
    }

    #[test]
    fn what_may_not_rest_expires() {
        let mut engine = engine(no_fees());
        place(&mut engine, limit(ALICE, Side::Sell, 10, 2)).unwrap();
        let all_or_nothing = NewOrder { time_in_force: TimeInForce::FillOrKill, ..limit(BOB, Side::Buy, 10, 3) };
        let all_or_nothing = place(&mut engine, all_or_nothing).unwrap();
        assert!(all_or_nothing.trades.is_empty());
        assert_eq!(status(&engine, all_or_nothing.id), Status::Expired);
        let market = NewOrder { price: None, ..limit(BOB, Side::Buy, 1, 3) };
        let market = place(&mut engine, market).unwrap();
        assert_eq!((market.trades.len(), status(&engine, market.id)), (1, Status::Expired));
        assert_eq!(engine.open_orders(BOB, None).count(), 0);
    }

    #[test]
    fn the_house_comes_back_unless_it_would_match() {
        let mut engine = Engine::new(&[pair()], 1, |_| Decimal::from(1_000_000_000), no_fees(), 3);
        let best = |engine: &Engine, side| engine.depth(0, side).next();
        let (ask, quantity) = best(&engine, Side::Sell).unwrap();
        let order = NewOrder { price: None, size: Size::Base(quantity), ..limit(ALICE, Side::Buy, 1, 1) };
        place(&mut engine, order).unwrap();
        assert_eq!(best(&engine, Side::Sell), Some((ask, quantity)));

        let all: Decimal = engine.depth(0, Side::Sell).map(|(_, quantity)| quantity).sum();
        let order = NewOrder { size: Size::Base(all + Decimal::ONE), ..limit(ALICE, Side::Buy, 1_000, 1) };
        let resting = place(&mut engine, order).unwrap().id;
        assert_eq!((best(&engine, Side::Buy), best(&engine, Side::Sell)), (Some((1_000.into(), 1.into())), None));
        engine.cancel(resting, 2);
        assert_eq!(best(&engine, Side::Sell), Some((ask, quantity)));
    }

    #[test]
    fn a_snapshot_goes_on_as_the_original() {
        let mut original = engine(no_fees());
        place(&mut original, limit(ALICE, Side::Sell, 10, 2)).unwrap();
        place(&mut original, limit(ALICE, Side::Sell, 10, 3)).unwrap();
        place(&mut original, limit(BOB, Side::Buy, 10, 1)).unwrap();
        let mut copy: Engine = serde_json::from_str(&serde_json::to_string(&original).unwrap()).unwrap();
        copy.index();
        for engine in [&mut original, &mut copy] {
            place(engine, limit(BOB, Side::Buy, 10, 3)).unwrap();
            assert_eq!(engine.order_by_client_id(ALICE, 0, "c42").map(|order| order.status), None);
        }
        assert_eq!(serde_json::to_string(&original).unwrap(), serde_json::to_string(&copy).unwrap());
    }
}
