//! Orders as replies tell them: placed, canceled, asked for. Fields stand in the order of the documents' examples.

use serde::Serialize;

use super::new_order::{Detail, OrderType};
use super::{Context, Fixed8};
use crate::engine::{Expiry, Order, Peg, PegTo, Placed, SelfTrade, Side, Size, Status, TimeInForce};

impl Context<'_, '_> {
    pub(super) fn placed<'a>(&'a self, placed: &'a Placed, detail: Detail) -> NewOrderReply<'a> {
        let (engine, order) = (self.venue.engine(), &placed.order);
        let market = engine.market(order.request.market);
        let (told, full) = (detail != Detail::Ack, detail == Detail::Full);
        let fills = placed.trades.iter().map(|trade| {
            let (party, asset) =
                if trade.buyer_is_maker { (&trade.seller, market.quote) } else { (&trade.buyer, market.base) };
            Fill {
                price: Fixed8(trade.price),
                qty: Fixed8(trade.quantity),
                commission: Fixed8(party.fee),
                commission_asset: engine.asset(asset),
                trade_id: trade.id,
            }
        });
        let prevented = placed.preventions.iter().map(|prevention| PreventedMatch {
            prevented_match_id: prevention.id,
            maker_symbol: &market.instrument.symbol,
            maker_order_id: prevention.maker,
            price: Fixed8(prevention.price),
            taker_prevented_quantity: prevention.taker_quantity.map(Fixed8),
            maker_prevented_quantity: prevention.maker_quantity.map(Fixed8),
        });
        NewOrderReply {
            symbol: &market.instrument.symbol,
            order_id: order.id,
            order_list_id: list_id(order),
            client_order_id: &order.request.client_id,
            transact_time: self.time(order.updated_us),
            facts: told.then(|| self.facts(order)),
            terms: told.then(|| self.terms(order)),
            working: told.then(|| self.working(order)),
            fills: full.then(|| fills.collect()),
            prevented_matches: (full && !placed.preventions.is_empty()).then(|| prevented.collect()),
        }
    }

    pub(super) fn canceled<'a>(&'a self, order: &'a Order, cancel_id: &'a str) -> CanceledOrder<'a> {
        CanceledOrder {
            symbol: &self.venue.engine().market(order.request.market).instrument.symbol,
            orig_client_order_id: &order.request.client_id,
            order_id: order.id,
            order_list_id: list_id(order),
            client_order_id: cancel_id,
            transact_time: self.time(order.updated_us),
            facts: self.facts(order),
            terms: self.terms(order),
            strategy_id: order.request.labels.get("strategyId").copied(),
            strategy_type: order.request.labels.get("strategyType").copied(),
            self_trade_prevention_mode: mode_word(order.request.self_trade),
        }
    }

    pub(super) fn queried<'a>(&'a self, order: &'a Order) -> QueriedOrder<'a> {
        let facts = self.facts(order);
        let terms = self.terms(order);
        QueriedOrder {
            symbol: &self.venue.engine().market(order.request.market).instrument.symbol,
            order_id: order.id,
            order_list_id: list_id(order),
            client_order_id: &order.request.client_id,
            price: facts.price,
            peg: facts.peg,
            orig_qty: facts.orig_qty,
            executed_qty: facts.executed_qty,
            cummulative_quote_qty: facts.cummulative_quote_qty,
            status: facts.status,
            time_in_force: facts.time_in_force,
            order_type: facts.order_type,
            side: facts.side,
            stop_price: terms.stop_price.unwrap_or_default(),
            trailing_delta: terms.trailing_delta,
            trailing_time: terms.trailing_time,
            iceberg_qty: terms.iceberg_qty.unwrap_or_default(),
            time: self.time(order.placed_us),
            update_time: self.time(order.updated_us),
            is_working: order.working_us.is_some(),
            orig_quote_order_qty: facts.orig_quote_order_qty,
            working: self.working(order),
        }
    }

    pub(super) fn facts(&self, order: &Order) -> Facts {
        let request = &order.request;
        Facts {
            price: Fixed8(request.price.unwrap_or_default()),
            peg: request.peg.map(|peg| Pegged::of(peg, order)),
            orig_qty: (order.status != Status::Pending || request.size != Size::Proceeds)
                .then_some(Fixed8(order.quantity)),
            executed_qty: Fixed8(order.executed),
            orig_quote_order_qty: Fixed8(if let Size::Quote(amount) = request.size { amount } else { 0.into() }),
            cummulative_quote_qty: Fixed8(order.executed_quote),
            status: status_word(order.status),
            time_in_force: match (request.is_market(), request.time_in_force) {
                (true, _) | (_, TimeInForce::GoodTillCanceled) => "GTC",
                (_, TimeInForce::ImmediateOrCancel) => "IOC",
                (_, TimeInForce::FillOrKill | TimeInForce::FillOrRefuse) => "FOK",
            },
            order_type: OrderType::of(request).word(),
            side: if request.side == Side::Buy { "BUY" } else { "SELL" },
        }
    }

    pub(super) fn terms(&self, order: &Order) -> Terms {
        let trigger = order.request.trigger;
        let is_trailing = trigger.is_some_and(|trigger| trigger.trailing_delta.is_some());
        Terms {
            stop_price: trigger.map(|trigger| Fixed8(trigger.stop_price.unwrap_or_default())),
            trailing_delta: trigger.and_then(|trigger| trigger.trailing_delta),
            trailing_time: is_trailing.then(|| self.time_or_none(order.trail.map(|trail| trail.since_us))),
            iceberg_qty: order.request.iceberg.map(Fixed8),
        }
    }

    pub(super) fn working(&self, order: &Order) -> Working {
        let request = &order.request;
        Working {
            working_time: self.time_or_none(order.working_us),
            strategy_id: request.labels.get("strategyId").copied(),
            strategy_type: request.labels.get("strategyType").copied(),
            self_trade_prevention_mode: mode_word(request.self_trade),
            prevented_match_id: order.prevented_match,
            prevented_quantity: order.prevented_match.map(|_| Fixed8(order.prevented)),
            expiry_reason: order.expiry.and_then(|why| match why {
                Expiry::FillOrKill => Some("UNFILLED_FOK_ORDER_EXPIRED"),
                Expiry::GoodTill | Expiry::Position | Expiry::WouldTake => None,
                Expiry::ImmediateOrCancel => Some("UNFILLED_IOC_QUANTITY_EXPIRED"),
                Expiry::Liquidity => Some("INSUFFICIENT_LIQUIDITY"),
                Expiry::OtherLeg => Some("OCO_TRIGGER"),
                Expiry::Refused => Some("REJECTED"),
                Expiry::WorkingOrder => Some("OTO_PHASE_ONE_EXPIRED"),
            }),
        }
    }

    /// A time as this request wants it, -1 where there is none yet.
    fn time_or_none(&self, time_us: Option<u64>) -> i64 {
        time_us.map_or(-1, |time_us| self.time(time_us).cast_signed())
    }
}

/// -1 is no list.
pub(super) fn list_id(order: &Order) -> i64 {
    order.list.map_or(-1, u64::cast_signed)
}

/// The venue's word for a status. Source: `enums.md`.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Canceled => "CANCELED",
        Status::Expired => "EXPIRED",
        Status::ExpiredInMatch => "EXPIRED_IN_MATCH",
        Status::Filled => "FILLED",
        Status::New => "NEW",
        Status::PartlyFilled => "PARTIALLY_FILLED",
        Status::Pending => "PENDING_NEW",
        Status::Rejected => "REJECTED",
    }
}

pub(super) fn mode_word(mode: SelfTrade) -> &'static str {
    match mode {
        SelfTrade::Allow => "NONE",
        SelfTrade::Decrement => "DECREMENT",
        SelfTrade::ExpireBoth => "EXPIRE_BOTH",
        SelfTrade::ExpireMaker => "EXPIRE_MAKER",
        SelfTrade::ExpireTaker => "EXPIRE_TAKER",
        SelfTrade::Transfer => "TRANSFER",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewOrderReply<'a> {
    symbol: &'a str,
    order_id: u64,
    order_list_id: i64,
    client_order_id: &'a str,
    transact_time: u64,
    #[serde(flatten)]
    facts: Option<Facts>,
    #[serde(flatten)]
    terms: Option<Terms>,
    #[serde(flatten)]
    working: Option<Working>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fills: Option<Vec<Fill<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_matches: Option<Vec<PreventedMatch<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) price: Fixed8,
    #[serde(flatten)]
    pub(super) peg: Option<Pegged>,
    /// Missing while another order is to bring it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) orig_qty: Option<Fixed8>,
    pub(super) executed_qty: Fixed8,
    pub(super) orig_quote_order_qty: Fixed8,
    pub(super) cummulative_quote_qty: Fixed8,
    pub(super) status: &'static str,
    pub(super) time_in_force: &'static str,
    #[serde(rename = "type")]
    pub(super) order_type: &'static str,
    pub(super) side: &'static str,
}

/// Of pegged orders only. Source: `Conditional fields in Order Responses`, as of all parts that may be missing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pegged {
    peg_price_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peg_offset_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peg_offset_value: Option<u32>,
    /// "Once determined".
    #[serde(skip_serializing_if = "Option::is_none")]
    pegged_price: Option<Fixed8>,
}

impl Pegged {
    fn of(peg: Peg, order: &Order) -> Self {
        Self {
            peg_price_type: if peg.to == PegTo::Market { "MARKET_PEG" } else { "PRIMARY_PEG" },
            peg_offset_type: peg.levels.map(|_| "PRICE_LEVEL"),
            peg_offset_value: peg.levels,
            pegged_price: order.limit.map(Fixed8),
        }
    }
}

/// What an order waits for and what it shows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop_price: Option<Fixed8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trailing_delta: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trailing_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iceberg_qty: Option<Fixed8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Working {
    working_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_type: Option<u64>,
    self_trade_prevention_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_match_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_quantity: Option<Fixed8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_reason: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fill<'a> {
    price: Fixed8,
    qty: Fixed8,
    commission: Fixed8,
    commission_asset: &'a str,
    trade_id: u64,
}

/// Source: `stp_faq.md`, its examples.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreventedMatch<'a> {
    prevented_match_id: u64,
    maker_symbol: &'a str,
    maker_order_id: u64,
    price: Fixed8,
    #[serde(skip_serializing_if = "Option::is_none")]
    taker_prevented_quantity: Option<Fixed8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker_prevented_quantity: Option<Fixed8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanceledOrder<'a> {
    symbol: &'a str,
    orig_client_order_id: &'a str,
    order_id: u64,
    order_list_id: i64,
    client_order_id: &'a str,
    transact_time: u64,
    #[serde(flatten)]
    facts: Facts,
    #[serde(flatten)]
    terms: Terms,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_type: Option<u64>,
    self_trade_prevention_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueriedOrder<'a> {
    symbol: &'a str,
    order_id: u64,
    order_list_id: i64,
    client_order_id: &'a str,
    price: Fixed8,
    #[serde(flatten)]
    peg: Option<Pegged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orig_qty: Option<Fixed8>,
    executed_qty: Fixed8,
    cummulative_quote_qty: Fixed8,
    status: &'static str,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    order_type: &'static str,
    side: &'static str,
    stop_price: Fixed8,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing_delta: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing_time: Option<i64>,
    iceberg_qty: Fixed8,
    time: u64,
    update_time: u64,
    is_working: bool,
    orig_quote_order_qty: Fixed8,
    #[serde(flatten)]
    working: Working,
}
