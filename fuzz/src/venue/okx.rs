//! Replies of OKX.

use orderwire_okx::orderwire::http::response::Response;
use orderwire_okx::orderwire::venue::{
    Balances, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetPositions,
    GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_okx::{
    AmendOrder, ClientOrderId, FillsSince, GetAccountConfig, GetOrderRate, NewOrder, OkxVenue, OrderId, OrderRef,
    RestError, Side, Symbol, dec,
};

use super::{Call, NO_ECHO, Venue, values};

pub(super) const VENUE: Venue =
    Venue { fixtures: "okx", calls: CALLS, refusals: &[], may_accept: |_, status| status < 300, may_refuse };

/// A code that is none of 0, 1 and 2 refuses the whole request; beneath those, the code of the one order in it.
fn may_refuse(status: u16, body: &[u8]) -> bool {
    let by_code = || match values(body, "code")[..] {
        [code] if !matches!(number(code), Some(0..=2)) => number(code).is_some(),
        [_] => match values(body, "data")[..] {
            [data] => {
                matches!(values(only(data).as_bytes(), "sCode")[..], [code] if number(code).is_some_and(|code| code != 0))
            }
            _ => false,
        },
        _ => false,
    };
    matches!(status, 403 | 429) || matches!(status, 200..300 | 400..500) && by_code()
}

/// A whole number, as text or as JSON has it.
fn number(text: &str) -> Option<i32> {
    text.trim_matches('"').parse().ok()
}

/// The one element of an array.
fn only(array: &str) -> &str {
    let elements: Vec<&serde_json::value::RawValue> = serde_json::from_str(array).unwrap_or_default();
    match elements[..] {
        [element] => element.get(),
        _ => "",
    }
}

/// Every call that has a decoder of its own.
const CALLS: &[Call] = &[
    Call {
        fixture: "order",
        decode: |reply| read(&order("oktswap6"), reply),
        echo: Some((&["data", "clOrdId"], "oktswap6")),
    },
    Call { fixture: "precheck", decode: |reply| read(&TestOrder { order: order("oktswap6") }, reply), echo: NO_ECHO },
    Call { fixture: "cancel", decode: |reply| read(&CancelOrder { order: by_id("oktswap6") }, reply), echo: NO_ECHO },
    Call {
        fixture: "algo_cancel",
        decode: |reply| read(&CancelOrder { order: by_number(1_836_489_397_437_468_672).with_trigger() }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "amend",
        decode: |reply| {
            let order = by_number(12_344);
            read(&AmendOrder { order, new_id: None, quantity: Some(dec!(2)), price: None, side: None }, reply)
        },
        echo: Some((&["data", "ordId"], "12344")),
    },
    Call {
        fixture: "batch_place",
        decode: |reply| read(&PlaceBatch { orders: &[order("oktswap6"), order("oktswap7")] }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "batch_cancel",
        decode: |reply| read(&CancelBatch { orders: &[by_id("oktswap6"), by_number(12_344)] }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "query",
        decode: |reply| read(&QueryOrder { order: by_number(680_800_019_749_904_384) }, reply),
        echo: Some((&["data", "ordId"], "680800019749904384")),
    },
    Call {
        fixture: "algo_query",
        decode: |reply| read(&QueryOrder { order: by_number(1_753_184_812_254_216_192).with_trigger() }, reply),
        echo: Some((&["data", "algoId"], "1753184812254216192")),
    },
    Call {
        fixture: "open_orders",
        decode: |reply| {
            let list = OpenOrders { symbol: None, triggers: false };
            // Where the list goes on, it says itself.
            let _ = Endpoint::<OkxVenue>::next_page(&list, reply);
            read(&list, reply)
        },
        echo: NO_ECHO,
    },
    Call {
        fixture: "algo_open_orders",
        decode: |reply| read(&OpenOrders { symbol: None, triggers: true }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "fills",
        decode: |reply| read(&GetFills { symbol: btc(), since: FillsSince::Recent }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "balance", decode: |reply| read(&Balances {}, reply), echo: NO_ECHO },
    Call { fixture: "positions", decode: |reply| read(&GetPositions { symbol: None }, reply), echo: NO_ECHO },
    Call { fixture: "fee_rates", decode: |reply| read(&GetFeeRates { symbol: btc() }, reply), echo: NO_ECHO },
    Call { fixture: "instruments", decode: |reply| read(&GetInstrument { symbol: btc() }, reply), echo: NO_ECHO },
    Call {
        fixture: "ticker",
        decode: |reply| read(&GetTopOfBook { symbol: symbol("BTC-USD-SWAP") }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "account_config", decode: |reply| read(&GetAccountConfig {}, reply), echo: NO_ECHO },
    Call { fixture: "order_rate", decode: |reply| read(&GetOrderRate {}, reply), echo: NO_ECHO },
    Call {
        fixture: "cancel_all_after",
        decode: |reply| read(&CancelAllAfter { symbol: None, after: Some(std::time::Duration::from_secs(60)) }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "time", decode: |reply| read(&ServerTime {}, reply), echo: NO_ECHO },
    Call { fixture: "time", decode: |reply| read(&Ping {}, reply), echo: NO_ECHO },
];

fn read<E: Endpoint<OkxVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    endpoint.decode(response).map(drop)
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).expect("a symbol")
}

fn btc() -> Symbol {
    symbol("BTC-USDT")
}

fn client_id(id: &str) -> ClientOrderId {
    ClientOrderId::new(id).expect("an id")
}

fn by_id(id: &str) -> OrderRef {
    OrderRef::by_id(btc(), client_id(id))
}

fn by_number(number: u64) -> OrderRef {
    OrderRef::by_order_id(btc(), OrderId::from(number))
}

fn order(id: &str) -> NewOrder {
    NewOrder::limit(client_id(id), btc(), Side::Buy, dec!(2), dec!(2.15))
}
