//! What is asked: the words of the command line as typed calls.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use orderwire::id::ClientOrderIds;
use orderwire::position::PositionSide;
use orderwire::venue::{AmendOrder, FillsSince};
use orderwire::{ClientOrderId, Decimal, Method, NewOrder, OrderId, OrderRef, Side, Symbol, TimeInForce, Timestamp};

use crate::cli::{Cli, Refused};

/// One call, as far as it is the same for all of `--count`.
#[derive(Clone, Debug)]
pub enum Op {
    Amend(AmendOrder),
    Balances,
    Cancel(OrderRef),
    CancelAll {
        symbol: Symbol,
        triggers: bool,
    },
    Fills(Symbol, FillsSince),
    /// Of one, or of all.
    Instruments(Option<Symbol>),
    OpenOrders {
        symbol: Option<Symbol>,
        triggers: bool,
    },
    Ping,
    /// The order, and whether each call gets an id of its own.
    Place {
        order: NewOrder,
        fresh_id: bool,
        test: bool,
    },
    Query(OrderRef),
    Raw(Raw),
    Settle(OrderRef),
    Time,
    Top(Symbol),
}

/// A raw call, as the command line has it.
#[derive(Clone, Debug)]
pub struct Raw {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub signed: bool,
}

impl Op {
    pub fn parse(cli: &Cli, first_id: ClientOrderId) -> Result<Self, Refused> {
        if cli.op == "raw" {
            return Raw::parse(cli).map(Self::Raw);
        }
        let mut pairs = Pairs::parse(&cli.words)?;
        let op = match cli.op.as_str() {
            "amend" => pairs.amend()?,
            "balances" => Self::Balances,
            "cancel" => Self::Cancel(pairs.order()?),
            "cancel-all" => Self::CancelAll { symbol: pairs.needed("symbol")?, triggers: pairs.flag("triggers")? },
            "fills" => pairs.fills()?,
            "instruments" => Self::Instruments(pairs.parsed("symbol")?),
            "open-orders" => Self::OpenOrders { symbol: pairs.parsed("symbol")?, triggers: pairs.flag("triggers")? },
            "ping" => Self::Ping,
            "place" => pairs.new_order(first_id, false)?,
            "query" => Self::Query(pairs.order()?),
            "settle" => Self::Settle(pairs.order()?),
            "test-place" => pairs.new_order(first_id, true)?,
            "time" => Self::Time,
            "top" => Self::Top(pairs.needed("symbol")?),
            other => return Err(Refused::new(format!("{other} is no operation; there is: {OPS}"))),
        };
        pairs.all_used()?;
        Ok(op)
    }

    /// Whether it takes an account's key.
    pub fn is_signed(&self) -> bool {
        match self {
            Self::Instruments(_) | Self::Ping | Self::Time | Self::Top(_) => false,
            Self::Raw(raw) => raw.signed,
            _ => true,
        }
    }

    /// The call of this number: one that places an order has an id of its own unless one was given.
    pub fn of_call(&self, call: u64, ids: &ClientOrderIds) -> Cow<'_, Self> {
        match self {
            Self::Place { order, fresh_id: true, test } if call > 0 => {
                Cow::Owned(Self::Place { order: order.with_id(ids.next_id()), fresh_id: true, test: *test })
            }
            same => Cow::Borrowed(same),
        }
    }
}

const SIDES: &[(&str, Side)] = &[("buy", Side::Buy), ("sell", Side::Sell)];

const OPS: &str = "ping, time, instruments, top, place, test-place, cancel, amend, query, settle, open-orders, fills, cancel-all, balances, raw";

const TYPES: &str = "limit, market, limit-maker, stop-limit, stop-market, take-profit-limit, take-profit-market";

impl Raw {
    fn parse(cli: &Cli) -> Result<Self, Refused> {
        let [method, path, pairs @ ..] = cli.words.as_slice() else {
            return Err(Refused::new("raw needs METHOD PATH, such as: raw GET /api/v3/time"));
        };
        let method = match method.to_ascii_uppercase().as_str() {
            "DELETE" => Method::Delete,
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "PATCH" => Method::Patch,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            other => return Err(Refused::new(format!("{other} is no method: GET, POST, PUT, DELETE, PATCH, HEAD"))),
        };
        if !path.starts_with('/') {
            return Err(Refused::new(format!("the path is absolute, such as /api/v3/order, not {path}")));
        }
        if path.contains('?') {
            return Err(Refused::new("the query goes behind the path as name=value pairs"));
        }
        let header = |text: &String| {
            let (name, value) = text.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let headers: Option<_> = cli.headers.iter().map(header).collect();
        Ok(Self {
            method,
            path: path.clone(),
            query: pairs.iter().map(|word| pair(word)).collect::<Result<_, _>>()?,
            headers: headers.ok_or_else(|| Refused::new("a header looks like --header 'Name: value'"))?,
            body: cli.body.clone().unwrap_or_default(),
            signed: cli.signed,
        })
    }
}

/// The name=value pairs that were given; what is not taken is refused.
struct Pairs(BTreeMap<String, String>);

impl Pairs {
    fn parse(words: &[String]) -> Result<Self, Refused> {
        let mut pairs = BTreeMap::new();
        for word in words {
            let (name, value) = pair(word)?;
            if pairs.insert(name, value).is_some() {
                return Err(Refused::new(format!("{word}: given twice")));
            }
        }
        Ok(Self(pairs))
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Result<Option<T>, Refused> {
        let value = self.0.remove(name);
        value.map(|text| text.parse().map_err(|e| Refused::new(format!("{name}={text}: {e}")))).transpose()
    }

    fn needed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Result<T, Refused> {
        self.parsed(name)?.ok_or_else(|| Refused::new(format!("{name}=… is missing")))
    }

    /// One of a few words, in any case; the last of them is how to say it.
    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Refused> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)).map(|(_, value)| *value);
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        known.map(Some).ok_or_else(|| Refused::new(format!("{name}={text}: expected {expected}")))
    }

    fn decimal(&mut self, name: &str) -> Result<Option<Decimal>, Refused> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let parsed = orderwire::decimal::parse(text.as_bytes());
        parsed.map(Some).ok_or_else(|| Refused::new(format!("{name}={text}: expected a decimal such as 0.001")))
    }

    fn flag(&mut self, name: &str) -> Result<bool, Refused> {
        Ok(self.word(name, &[("true", true), ("false", false)])?.unwrap_or(false))
    }

    fn order(&mut self) -> Result<OrderRef, Refused> {
        let symbol = self.needed("symbol")?;
        let order = match (self.parsed::<ClientOrderId>("client-id")?, self.parsed::<OrderId>("order-id")?) {
            (None, None) => return Err(Refused::new("name the order: client-id=… or order-id=…")),
            (Some(id), None) => OrderRef::by_id(symbol, id),
            (None, Some(order_id)) => OrderRef::by_order_id(symbol, order_id),
            (Some(id), Some(order_id)) => {
                let mut order = OrderRef::by_id(symbol, id);
                order.order_id = Some(order_id);
                order
            }
        };
        // At venues that keep those apart.
        Ok(if self.flag("trigger")? { order.with_trigger() } else { order })
    }

    fn new_order(&mut self, first_id: ClientOrderId, test: bool) -> Result<Op, Refused> {
        let missing = |name: &str| Refused::new(format!("{name}=… is missing"));
        let symbol = self.needed("symbol")?;
        let side = self.word("side", SIDES)?.ok_or_else(|| missing("side"))?;
        let quantity = self.decimal("qty")?.ok_or_else(|| missing("qty"))?;
        let price = self.decimal("price")?;
        let given: Option<ClientOrderId> = self.parsed("client-id")?;
        let id = given.unwrap_or(first_id);
        let order_type = self.0.remove("type").ok_or_else(|| missing("type"))?.to_ascii_lowercase();
        let stop = self.decimal("stop-price")?;
        let mut order = match (order_type.as_str(), price, stop) {
            ("limit", Some(price), None) => NewOrder::limit(id, symbol, side, quantity, price),
            ("limit-maker", Some(price), None) => NewOrder::limit(id, symbol, side, quantity, price).post_only(),
            ("market", None, None) => NewOrder::market(id, symbol, side, quantity),
            ("stop-limit", Some(price), Some(stop)) => NewOrder::stop_limit(id, symbol, side, quantity, stop, price),
            ("stop-market", None, Some(stop)) => NewOrder::stop_market(id, symbol, side, quantity, stop),
            ("take-profit-limit", Some(price), Some(stop)) => {
                NewOrder::take_profit_limit(id, symbol, side, quantity, stop, price)
            }
            ("take-profit-market", None, Some(stop)) => NewOrder::take_profit_market(id, symbol, side, quantity, stop),
            ("limit" | "limit-maker" | "stop-limit" | "take-profit-limit", None, _) => return Err(missing("price")),
            ("stop-limit" | "stop-market" | "take-profit-limit" | "take-profit-market", _, None) => {
                return Err(missing("stop-price"));
            }
            ("market" | "stop-market" | "take-profit-market", Some(_), _) => {
                return Err(Refused::new("a market order has no price"));
            }
            ("limit" | "limit-maker" | "market", _, Some(_)) => {
                return Err(Refused::new("stop-price belongs to stop and take-profit orders"));
            }
            (other, ..) => return Err(Refused::new(format!("type={other}: expected {TYPES}"))),
        };
        if self.flag("post-only")? {
            order = order.post_only();
        }
        let tifs = [("gtc", TimeInForce::Gtc), ("ioc", TimeInForce::Ioc), ("fok", TimeInForce::Fok)];
        if let Some(tif) = self.word("tif", &tifs)? {
            order = order.time_in_force(tif);
        }
        if self.flag("reduce-only")? {
            order = order.reduce_only();
        }
        let sides = [("long", PositionSide::Long), ("short", PositionSide::Short), ("both", PositionSide::Net)];
        if let Some(side) = self.word("position-side", &sides)? {
            order = order.position_side(side);
        }
        Ok(Op::Place { order, fresh_id: given.is_none(), test })
    }

    fn amend(&mut self) -> Result<Op, Refused> {
        let order = self.order()?;
        let (quantity, price) = (self.decimal("qty")?, self.decimal("price")?);
        if quantity.is_none() && price.is_none() {
            return Err(Refused::new("say what changes: qty=… or price=…"));
        }
        // Some venues want the side again.
        let side = self.word("side", SIDES)?;
        Ok(Op::Amend(AmendOrder { order, new_id: self.parsed("new-client-id")?, quantity, price, side }))
    }

    fn fills(&mut self) -> Result<Op, Refused> {
        let symbol = self.needed("symbol")?;
        let since = match (self.parsed("order-id")?, self.parsed("since-ms")?, self.parsed("from-trade")?) {
            (None, None, None) => FillsSince::Recent,
            (Some(order_id), None, None) => FillsSince::Order(order_id),
            (None, Some(ms), None) => FillsSince::Time(Timestamp::from_ms(ms)),
            (None, None, Some(trade)) => FillsSince::Trade(trade),
            _ => return Err(Refused::new("order-id, since-ms and from-trade exclude each other")),
        };
        Ok(Op::Fills(symbol, since))
    }

    fn all_used(&self) -> Result<(), Refused> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Refused::new(format!("{name}=… does not belong to this operation"))),
        }
    }
}

fn pair(word: &str) -> Result<(String, String), Refused> {
    let (name, value) = word.split_once('=').ok_or_else(|| Refused::new(format!("{word}: expected name=value")))?;
    Ok((name.to_owned(), value.to_owned()))
}
