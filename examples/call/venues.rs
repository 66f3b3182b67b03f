//! The venues `call` speaks: how their typed calls are made, and what their raw replies mean.

use std::future::Future;

use orderwire::error::{Answer, BuildError, ConfigError};
use orderwire::http::request::Draft;
use orderwire::order::{AmendAck, Balance, CancelAck, OrderFill, TopOfBook};
use orderwire::venue::{
    AmendOrder, Balances, CancelAll, CancelOrder, Endpoint, GetFills, GetInstrument, GetInstruments, GetTopOfBook,
    Hosts, Instrument, OpenOrders, Ping, QueryOrder, RawCall, RawReply, ServerTime, TestOrder, Venue, VenueSettings,
    Window,
};
use orderwire::{Fate, Method, NewOrder, OrderAck, OrderState, RejectKind, Request, Response, RestError, Timestamp};
use orderwire_binance::{SpotVenue, UsdmVenue};
use orderwire_coinbase::CoinbaseVenue;
use orderwire_kraken::KrakenVenue;
use orderwire_okx::OkxVenue;
use serde_json::{Value, json};

use crate::cli::Refused;
use crate::op::{Op, Raw};
use crate::report::{Outcome, Report, cancel_json, fill_json, named, state_json, text, told_fill, told_state};
use crate::run::Way;

/// A venue that `call` can talk to.
pub trait Speaks: Venue {
    /// Makes one call and tells the report what came.
    fn perform(
        op: &Op,
        way: &mut Way<'_, Self>,
        report: &mut Report,
    ) -> impl Future<Output = Result<(), Refused>> + Send;
}

impl Speaks for SpotVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_binance::spot::errors::classify(reply.status, &reply.body))
                    .await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

macro_rules! speaks_bybit {
    ($($venue:ty;)*) => {$(
        impl Speaks for $venue {
            async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
                match op {
                    Op::Raw(raw) => {
                        raw_call(raw, way, report, |reply| {
                            orderwire_bybit::errors::classify(reply.status, &reply.body)
                        })
                        .await
                    }
                    typed => typed_call(typed, way, report).await,
                }
            }
        }
    )*};
}

speaks_bybit! {
    orderwire_bybit::LinearVenue;
    orderwire_bybit::SpotVenue;
}

impl Speaks for orderwire_bitget::SpotVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_bitget::errors::classify(reply.status, &reply.body)).await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

impl Speaks for CoinbaseVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_coinbase::errors::classify(reply.status, &reply.body))
                    .await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

impl Speaks for KrakenVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_kraken::errors::classify(reply.status, &reply.body)).await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

impl Speaks for OkxVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_okx::errors::classify(reply.status, &reply.body)).await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

impl Speaks for UsdmVenue {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) => {
                raw_call(raw, way, report, |reply| orderwire_binance::usdm::errors::classify(reply.status, &reply.body))
                    .await
            }
            typed => typed_call(typed, way, report).await,
        }
    }
}

/// Whatever answers HTTP: raw, unsigned calls.
#[derive(Debug)]
pub struct AnyServer;

impl Speaks for AnyServer {
    async fn perform(op: &Op, way: &mut Way<'_, Self>, report: &mut Report) -> Result<(), Refused> {
        match op {
            Op::Raw(raw) if raw.signed => Err(Refused::new("--signed needs a --venue to sign for")),
            Op::Raw(raw) => raw_call(raw, way, report, status_refusal).await,
            _ => Err(Refused::new("without --venue there are raw calls only")),
        }
    }
}

/// Where nothing is known of the server, its status decides: 4xx refuses, 5xx says nothing.
fn status_refusal(reply: &RawReply) -> Option<RestError> {
    let fate = match reply.status {
        400..=499 => Fate::Rejected,
        500.. => Fate::Unknown,
        _ => return None,
    };
    Some(Answer::new(reply.status, None, RejectKind::Other, "").into_error(fate))
}

async fn raw_call<V>(
    raw: &Raw,
    way: &mut Way<'_, V>,
    report: &mut Report,
    refusal: fn(&RawReply) -> Option<RestError>,
) -> Result<(), Refused>
where
    V: Venue,
    for<'a> RawCall<'a>: Endpoint<V, Reply = RawReply>,
{
    let (query, headers) = (borrowed(&raw.query), borrowed(&raw.headers));
    let call = RawCall {
        method: raw.method,
        path: &raw.path,
        query: &query,
        headers: &headers,
        body: raw.body.as_bytes(),
        signed: raw.signed,
        reply_bytes_max: RAW_REPLY_BYTES_MAX,
    };
    if let Some(reply) = way.make(&call, report).await? {
        report.outcome = Outcome::Answered;
        report.raw(&reply);
        if let Some(error) = refusal(&reply) {
            report.refused(&error);
        }
    }
    Ok(())
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The longest reply of a raw call that is taken: an instrument list of a large venue has some 20 MB.
const RAW_REPLY_BYTES_MAX: usize = 64 << 20;

async fn typed_call<V>(op: &Op, way: &mut Way<'_, V>, report: &mut Report) -> Result<(), Refused>
where
    V: Venue,
    AmendOrder: Endpoint<V, Reply = AmendAck>,
    Balances: Endpoint<V, Reply = Vec<Balance>>,
    CancelAll: Endpoint<V, Reply = Vec<CancelAck>>,
    CancelOrder: Endpoint<V, Reply = CancelAck>,
    GetFills: Endpoint<V, Reply = Vec<OrderFill>>,
    GetInstrument: Endpoint<V, Reply = Instrument>,
    GetInstruments: Endpoint<V, Reply = Vec<Instrument>>,
    GetTopOfBook: Endpoint<V, Reply = TopOfBook>,
    NewOrder: Endpoint<V, Reply = OrderAck>,
    OpenOrders: Endpoint<V, Reply = Vec<OrderState>>,
    Ping: Endpoint<V, Reply = ()>,
    QueryOrder: Endpoint<V, Reply = OrderState>,
    ServerTime: Endpoint<V, Reply = Timestamp>,
    TestOrder: Endpoint<V, Reply = ()>,
{
    match *op {
        Op::Amend(change) => {
            report.order(&change.order);
            if let Some(ack) = way.make(&change, report).await? {
                report.amended(&ack);
            }
        }
        Op::Balances => {
            if let Some(balances) = way.list(&Balances {}, report).await? {
                let told =
                    |b: &Balance| format!("{} {} free {} locked", b.asset, b.free.normalize(), b.locked.normalize());
                report.answered(lines(&balances, told));
                report.result(balances.iter().map(balance_json).collect());
            }
        }
        Op::Cancel(order) => {
            report.order(&order);
            if let Some(ack) = way.make(&CancelOrder { order }, report).await? {
                report.cancelled(&ack);
            }
        }
        Op::CancelAll { symbol, triggers } => {
            if let Some(acks) = way.make(&CancelAll { symbol, triggers }, report).await? {
                // Some venues say which orders they were, others that it was done.
                report.accepted(match acks.as_slice() {
                    [] => "done".to_owned(),
                    acks => lines(acks, |ack| format!("{} cancelled", named(ack))),
                });
                report.result(acks.iter().map(cancel_json).collect());
            }
        }
        Op::Fills(symbol, since) => {
            if let Some(fills) = way.make(&GetFills { symbol, since }, report).await? {
                report.answered(lines(&fills, told_fill));
                report.result(fills.iter().map(fill_json).collect());
            }
        }
        Op::Instruments(symbol) => {
            let rules = match symbol {
                Some(symbol) => way.make(&GetInstrument { symbol }, report).await?.map(|one| vec![one]),
                None => way.list(&GetInstruments {}, report).await?,
            };
            if let Some(rules) = rules {
                report.answered(lines(&rules, told_rules));
                report.result(rules.iter().map(|rules| json!(rules)).collect());
            }
        }
        Op::OpenOrders { symbol, triggers } => {
            if let Some(orders) = way.list(&OpenOrders { symbol, triggers }, report).await? {
                report.answered(lines(&orders, told_state));
                report.result(orders.iter().map(state_json).collect());
            }
        }
        Op::Ping => {
            if way.make(&Ping {}, report).await?.is_some() {
                report.answered("the venue answers");
            }
        }
        Op::Place { order, test, .. } => {
            report.order(&order.order());
            if test {
                if way.make(&TestOrder { order }, report).await?.is_some() {
                    report.accepted("the venue would take it");
                }
            } else if let Some(ack) = way.make(&order, report).await? {
                report.placed(&ack);
            }
        }
        Op::Query(order) => {
            report.order(&order);
            if let Some(state) = way.query(order, report).await? {
                report.state(&state);
            }
        }
        Op::Raw(_) => {}
        Op::Settle(order) => {
            report.order(&order);
            if let Some(verdict) = way.settle(order, report).await? {
                report.settled(&verdict);
            }
        }
        Op::Time => {
            if let Some(time) = way.make(&ServerTime {}, report).await? {
                report.answered(format!("{} ms, {time}", time.ms()));
                report.result(json!({"time_ms": time.ms()}));
            }
        }
        Op::Top(symbol) => {
            if let Some(top) = way.make(&GetTopOfBook { symbol }, report).await? {
                report.answered(told_top(&top));
                report.result(json!({
                    "symbol": symbol.as_str(),
                    "bid": text(top.bid),
                    "bid_qty": text(top.bid_quantity),
                    "ask": text(top.ask),
                    "ask_qty": text(top.ask_quantity),
                }));
            }
        }
    }
    Ok(())
}

fn balance_json(balance: &Balance) -> Value {
    json!({"asset": balance.asset.as_str(), "free": text(balance.free), "locked": text(balance.locked)})
}

fn told_rules(rules: &Instrument) -> String {
    let Instrument { symbol, tick_size, lot_size, quantity_min, notional_min, .. } = rules;
    let halted = if rules.is_trading { "" } else { ", not trading" };
    format!(
        "{symbol} tick {tick_size} lot {lot_size} least quantity {quantity_min} least notional {notional_min}{halted}"
    )
}

fn told_top(top: &TopOfBook) -> String {
    let [bid, bids, ask, asks] =
        [top.bid, top.bid_quantity, top.ask, top.ask_quantity].map(|number| number.normalize());
    format!("{} bid {bid} x {bids} ask {ask} x {asks}", top.symbol)
}

/// One line each, or that there are none.
fn lines<T>(items: &[T], line: impl Fn(&T) -> String) -> String {
    let lines: Vec<_> = items.iter().map(|item| format!("\n  {}", line(item))).collect();
    if lines.is_empty() { "none".to_owned() } else { lines.concat() }
}

impl Venue for AnyServer {
    const NAME: &'static str = "any server";
    const HOSTS: Hosts = Hosts { venue: "call without --venue", live: "", testnet: None, demo: None };
    const BASE_PATH: &'static str = "";

    fn new(_: &VenueSettings<'_>) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    fn default_headers(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}

impl Endpoint<AnyServer> for RawCall<'_> {
    type Reply = RawReply;
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "";

    fn path(&self) -> orderwire::venue::Path<'_> {
        orderwire::venue::Path::Absolute(self.path)
    }

    fn method(&self) -> Method {
        self.method
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        Some(self.reply_bytes_max)
    }

    fn encode<'b>(&self, _: &AnyServer, draft: Draft<'b>, _: Window) -> Result<Request<'b>, BuildError> {
        let mut query = draft.query();
        for (name, value) in self.query {
            query.pair(name, value);
        }
        let headers = self.headers.iter().fold(query.headers(), |head, (name, value)| head.header(name, value));
        if self.body.is_empty() { headers.no_body() } else { headers.body(self.body).finish() }
    }

    fn decode(&self, response: &Response<'_>) -> Result<RawReply, RestError> {
        Ok(RawReply::new(response))
    }
}
