//! Replies of Kraken.

use orderwire_kraken::orderwire::http::response::Response;
use orderwire_kraken::orderwire::venue::{
    Balances, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetPositions,
    GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_kraken::{
    AmendOrder, CancelEverything, ClientOrderId, FillsSince, GetClosedOrders, GetSystemStatus, KrakenVenue, NewOrder,
    OrderId, OrderRef, RestError, Side, Symbol, dec,
};
use serde_json::Value;

use super::{Call, NO_ECHO, Venue, values};
use crate::json::pairs;

pub(super) const VENUE: Venue =
    Venue { fixtures: "kraken", calls: CALLS, refusals: &[], may_accept: |_, status| status < 300, may_refuse };

/// Words in the one list of errors, warnings aside; or a list of orders that has none, to whoever asked for one.
fn may_refuse(status: u16, body: &[u8]) -> bool {
    let has_words = || match values(body, "error")[..] {
        [errors] => serde_json::from_str::<Vec<Value>>(errors)
            .is_ok_and(|all| all.iter().any(|words| words.as_str().is_some_and(|words| !words.starts_with('W')))),
        _ => false,
    };
    let is_none = |list: &str| list.starts_with('{') && pairs(list).0.is_empty();
    let has_none = || match values(body, "result")[..] {
        [result] => {
            is_none(result)
                || ["open", "closed"]
                    .iter()
                    .any(|list| matches!(values(result.as_bytes(), list)[..], [list] if is_none(list)))
        }
        _ => false,
    };
    matches!(status, 403 | 429) || (200..300).contains(&status) && (has_words() || has_none())
}

/// Every call that has a decoder of its own.
const CALLS: &[Call] = &[
    Call { fixture: "place", decode: place, echo: NO_ECHO },
    Call { fixture: "check", decode: |reply| read(&TestOrder { order: order() }, reply), echo: NO_ECHO },
    Call {
        fixture: "batch_place",
        decode: |reply| {
            let first = NewOrder::limit(client_id("b1"), xbt(), Side::Buy, dec!(1.0201), dec!(29000));
            read(&PlaceBatch { orders: &[first, first.with_id(client_id("b2"))] }, reply)
        },
        echo: NO_ECHO,
    },
    Call { fixture: "cancel", decode: |reply| read(&CancelOrder { order: by_id() }, reply), echo: NO_ECHO },
    Call {
        fixture: "cancel_batch",
        decode: |reply| read(&CancelBatch { orders: &[by_id(), by_number()] }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "cancel_all", decode: |reply| read(&CancelEverything {}, reply), echo: NO_ECHO },
    Call {
        fixture: "cancel_all_after",
        decode: |reply| read(&CancelAllAfter { symbol: None, after: Some(std::time::Duration::from_secs(60)) }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "amend",
        decode: |reply| {
            let change = AmendOrder { order: by_id(), new_id: None, quantity: Some(dec!(2)), price: None, side: None };
            read(&change, reply)
        },
        echo: NO_ECHO,
    },
    Call { fixture: "open_order", decode: query_by_id, echo: NO_ECHO },
    Call { fixture: "query", decode: |reply| read(&QueryOrder { order: by_number() }, reply), echo: NO_ECHO },
    Call {
        fixture: "closed_orders",
        decode: |reply| read(&QueryOrder { order: by_id().in_history() }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "closed_orders", decode: |reply| read(&GetClosedOrders::default(), reply), echo: NO_ECHO },
    Call {
        fixture: "open_orders",
        decode: |reply| read(&OpenOrders { symbol: None, triggers: false }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "trades",
        decode: |reply| read(&GetFills { symbol: xbt(), since: FillsSince::Recent }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "balance_ex", decode: |reply| read(&Balances {}, reply), echo: NO_ECHO },
    Call { fixture: "positions", decode: |reply| read(&GetPositions { symbol: None }, reply), echo: NO_ECHO },
    Call { fixture: "trade_volume", decode: |reply| read(&GetFeeRates { symbol: xbt() }, reply), echo: NO_ECHO },
    Call { fixture: "asset_pairs", decode: |reply| read(&GetInstrument { symbol: xbt() }, reply), echo: NO_ECHO },
    Call { fixture: "depth", decode: |reply| read(&GetTopOfBook { symbol: xbt() }, reply), echo: NO_ECHO },
    Call { fixture: "system_status", decode: |reply| read(&GetSystemStatus {}, reply), echo: NO_ECHO },
    Call { fixture: "time", decode: |reply| read(&ServerTime {}, reply), echo: NO_ECHO },
    Call { fixture: "time", decode: |reply| read(&Ping {}, reply), echo: NO_ECHO },
];

/// A yes to a new order has one id of the venue's; and it says the order's own, or the order in words.
fn place(reply: &Response<'_>) -> Result<(), RestError> {
    let outcome = read(&order(), reply);
    if outcome.is_ok() {
        let [result] = values(reply.body(), "result")[..] else { panic!("no one result") };
        let [txid] = values(result.as_bytes(), "txid")[..] else { panic!("no one txid: {result}") };
        assert!(serde_json::from_str::<Vec<Value>>(txid).is_ok_and(|ids| ids.len() == 1), "{txid}");
        let names_it = || match values(result.as_bytes(), "cl_ord_id")[..] {
            [id] => id == format!("{:?}", order().id.as_str()),
            _ => false,
        };
        let tells_it = || match values(result.as_bytes(), "descr")[..] {
            [descr] => match values(descr.as_bytes(), "order")[..] {
                [words] => words.starts_with("\"buy 1") && words.contains("XBT"),
                _ => false,
            },
            _ => false,
        };
        assert!(names_it() || tells_it(), "{result}");
    }
    outcome
}

/// A yes to a question by our own id has an order under that id, whatever the venue calls it.
fn query_by_id(reply: &Response<'_>) -> Result<(), RestError> {
    let outcome = read(&QueryOrder { order: by_id() }, reply);
    if outcome.is_ok() {
        let [result] = values(reply.body(), "result")[..] else { panic!("no one result") };
        let [open] = values(result.as_bytes(), "open")[..] else { panic!("no one list: {result}") };
        let is_asked = |order: &str| matches!(values(order.as_bytes(), "cl_ord_id")[..], ["\"1234\""]);
        assert!(pairs(open).0.iter().any(|(_, order)| is_asked(order.get())), "{open}");
    }
    outcome
}

fn read<E: Endpoint<KrakenVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    endpoint.decode(response).map(drop)
}

fn xbt() -> Symbol {
    Symbol::new("XBTUSD").expect("a symbol")
}

fn client_id(id: &str) -> ClientOrderId {
    ClientOrderId::new(id).expect("an id")
}

fn by_id() -> OrderRef {
    OrderRef::by_id(xbt(), client_id("1234"))
}

fn by_number() -> OrderRef {
    OrderRef::by_order_id(xbt(), OrderId::new("OKB55A-UEMMN-YUXM2A").expect("an id"))
}

fn order() -> NewOrder {
    NewOrder::limit(client_id("mm1-0007"), xbt(), Side::Buy, dec!(1.25), dec!(37500))
}
