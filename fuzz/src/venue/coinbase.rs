//! Replies of Coinbase.

use orderwire_coinbase::orderwire::http::response::Response;
use orderwire_coinbase::orderwire::venue::{
    Balances, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions,
    GetTopOfBook, OpenOrders, Ping, QueryOrder, ServerTime, TestOrder,
};
use orderwire_coinbase::{
    AmendOrder, ClientOrderId, ClosePosition, CoinbaseAmend, CoinbaseVenue, FillsSince, GetKeyPermissions, NewOrder,
    OrderId, OrderRef, RestError, Side, Symbol, TestAmend, dec,
};
use serde_json::Value;

use super::{Call, NO_ECHO, Venue, values};

pub(super) const VENUE: Venue = Venue {
    fixtures: "coinbase",
    calls: CALLS,
    refusals: &[(200, "refused"), (200, "edit_refused"), (200, "preview_refused")],
    may_accept: |_, status| status < 300,
    may_refuse,
};

/// What is refused before anything is done; a code of gRPC's that says so; or with a yes by its status: a no, reasons against what was only
/// asked, or the end of a list without what was looked for.
fn may_refuse(status: u16, body: &[u8]) -> bool {
    let one = |name: &str| match values(body, name)[..] {
        [value] => serde_json::from_str::<Value>(value).unwrap_or_default(),
        _ => Value::Null,
    };
    let refuses = |code: u64| matches!(code, 3 | 5..=9 | 11 | 12 | 16);
    match status {
        200..300 => {
            let has_reasons =
                ["errs", "errors"].iter().any(|name| one(name).as_array().is_some_and(|all| !all.is_empty()));
            let says_no = |value: &Value| value["success"] == false;
            let is_no = one("success") == false || one("results").as_array().is_some_and(|all| all.iter().any(says_no));
            is_no || has_reasons || one("orders").is_array() && one("has_next") == false
        }
        401 | 403 | 429 => true,
        400..=428 => status != 408 && one("code").as_u64().is_some_and(refuses),
        _ => false,
    }
}

/// Every call that has a decoder of its own.
const CALLS: &[Call] = &[
    Call {
        fixture: "place",
        decode: |reply| read(&order(), reply),
        echo: Some((&["success_response", "client_order_id"], CLIENT_ID)),
    },
    Call {
        fixture: "place",
        decode: |reply| read(&ClosePosition { id: order().id, symbol: btc(), quantity: None }, reply),
        echo: Some((&["success_response", "client_order_id"], CLIENT_ID)),
    },
    Call { fixture: "preview", decode: |reply| read(&TestOrder { order: order() }, reply), echo: NO_ECHO },
    Call { fixture: "edit", decode: |reply| read(&change(), reply), echo: NO_ECHO },
    Call {
        fixture: "edit_preview",
        decode: |reply| read(&TestAmend { amend: CoinbaseAmend::new(change()) }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "cancel",
        decode: |reply| read(&CancelOrder { order: by_order_id(ORDER_ID) }, reply),
        echo: Some((&["results", "order_id"], ORDER_ID)),
    },
    Call {
        fixture: "batch_cancel",
        decode: |reply| read(&CancelBatch { orders: &["1111", "2222"].map(by_order_id) }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "order",
        decode: |reply| read(&QueryOrder { order: by_order_id(ORDER_ID) }, reply),
        echo: Some((&["order", "order_id"], ORDER_ID)),
    },
    Call { fixture: "orders", decode: |reply| listed(&QueryOrder { order: order().order() }, reply), echo: NO_ECHO },
    Call {
        fixture: "orders",
        decode: |reply| listed(&OpenOrders { symbol: None, triggers: false }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "fills",
        decode: |reply| listed(&GetFills { symbol: btc(), since: FillsSince::Recent }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "accounts", decode: |reply| listed(&Balances {}, reply), echo: NO_ECHO },
    Call { fixture: "positions", decode: |reply| read(&GetPositions { symbol: None }, reply), echo: NO_ECHO },
    Call { fixture: "fees", decode: |reply| read(&GetFeeRates { symbol: btc() }, reply), echo: NO_ECHO },
    Call { fixture: "key_permissions", decode: |reply| read(&GetKeyPermissions {}, reply), echo: NO_ECHO },
    Call { fixture: "product", decode: |reply| read(&GetInstrument { symbol: btc() }, reply), echo: NO_ECHO },
    Call { fixture: "products", decode: |reply| read(&GetInstruments {}, reply), echo: NO_ECHO },
    Call { fixture: "product_book", decode: |reply| read(&GetTopOfBook { symbol: btc() }, reply), echo: NO_ECHO },
    Call { fixture: "time", decode: |reply| read(&ServerTime {}, reply), echo: NO_ECHO },
    Call { fixture: "time", decode: |reply| read(&Ping {}, reply), echo: NO_ECHO },
];

const CLIENT_ID: &str = "0000-00000-000000";
const ORDER_ID: &str = "b0313b63-a2a1-4d30-a506-936337b52978";

fn read<E: Endpoint<CoinbaseVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    endpoint.decode(response).map(drop)
}

/// A part of a list: where it goes on, it says itself.
fn listed<E: Endpoint<CoinbaseVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    let _ = endpoint.next_page(response);
    read(endpoint, response)
}

fn btc() -> Symbol {
    Symbol::new("BTC-USD").expect("a symbol")
}

fn by_order_id(id: &str) -> OrderRef {
    OrderRef::by_order_id(btc(), OrderId::new(id).expect("an id"))
}

fn change() -> AmendOrder {
    let (quantity, price) = (Some(dec!(0.002)), Some(dec!(9999)));
    AmendOrder { order: by_order_id(ORDER_ID), new_id: None, quantity, price, side: None }
}

fn order() -> NewOrder {
    let id = ClientOrderId::new(CLIENT_ID).expect("an id");
    NewOrder::limit(id, btc(), Side::Buy, dec!(0.001), dec!(10000))
}
