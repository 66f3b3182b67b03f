//! Replies of Binance Spot.

use orderwire_binance::orderwire::http::response::Response;
use orderwire_binance::orderwire::venue::{
    Balances, CancelAll, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetTopOfBook, OpenOrders, Ping,
    QueryOrder, ServerTime, TestOrder,
};
use orderwire_binance::spot::{CancelOrderList, GetOrderCounts, ListRef, QueryOrderList};
use orderwire_binance::{
    AmendOrder, CancelReplace, ClientOrderId, FillsSince, NewOrder, OrderId, OrderList, OrderRef, RestError, Side,
    SpotVenue, Symbol, dec,
};

use super::{Call, NO_ECHO, Venue, values};

pub(super) const VENUE: Venue = Venue {
    fixtures: "binance",
    calls: CALLS,
    refusals: &[(400, "error_symbol"), (504, "timeout"), (409, "cancel_replace_only_cancelled")],
    may_accept: |fixture, status| status < 300 || fixture == "cancel_replace" && matches!(status, 400 | 409 | 429),
    may_refuse,
};

/// What stands before the venue's engine says so by the status alone, the venue itself by a code.
fn may_refuse(status: u16, body: &[u8]) -> bool {
    let has_code = || match values(body, "code")[..] {
        [code] => code.parse::<i64>().is_ok(),
        _ => false,
    };
    matches!(status, 403 | 418 | 429) || (400..500).contains(&status) && status != 409 && has_code()
}

/// Every call that has a decoder of its own.
const CALLS: &[Call] = &[
    Call { fixture: "order_ack", decode: |reply| read(&market(), reply), echo: PLACED },
    Call { fixture: "order_result", decode: |reply| read(&market(), reply), echo: PLACED },
    Call { fixture: "order_full", decode: |reply| read(&market(), reply), echo: PLACED },
    Call { fixture: "order_test", decode: |reply| read(&TestOrder { order: market() }, reply), echo: NO_ECHO },
    Call {
        fixture: "cancel",
        decode: |reply| read(&CancelOrder { order: by_id("LTCBTC", "myOrder1") }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "cancel_list",
        decode: |reply| read(&CancelOrder { order: OrderRef::by_order_id(symbol("LTCBTC"), OrderId::from(3)) }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "query",
        decode: |reply| read(&QueryOrder { order: by_id("LTCBTC", "myOrder1") }, reply),
        echo: Some((&["clientOrderId"], "myOrder1")),
    },
    Call {
        fixture: "open_orders",
        decode: |reply| read(&OpenOrders { symbol: None, triggers: false }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "cancel_all",
        decode: |reply| read(&CancelAll { symbol: symbol("BTCUSDT"), triggers: false }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "list_oco",
        decode: |reply| read(&oco(), reply),
        echo: Some((&["listClientOrderId"], "lH1YDkuQKWiXVXHPSKYEIp")),
    },
    Call {
        fixture: "cancel_list",
        decode: |reply| read(&CancelOrderList { list: list("C3wyj4WVEktd7u9aVBRXcN") }, reply),
        echo: Some((&["listClientOrderId"], "C3wyj4WVEktd7u9aVBRXcN")),
    },
    Call {
        fixture: "list_query",
        decode: |reply| read(&QueryOrderList { list: list("h2USkA5YQpaXHPIrkd96xE") }, reply),
        echo: Some((&["listClientOrderId"], "h2USkA5YQpaXHPIrkd96xE")),
    },
    Call { fixture: "cancel_replace", decode: |reply| read(&replace(), reply), echo: NO_ECHO },
    Call {
        fixture: "amend",
        decode: |reply| read(&amend(), reply),
        echo: Some((&["amendedOrder", "clientOrderId"], "PFaq6hIHxqFENGfdtn4J6Q")),
    },
    Call { fixture: "account", decode: |reply| read(&Balances {}, reply), echo: NO_ECHO },
    Call {
        fixture: "my_trades",
        decode: |reply| read(&GetFills { symbol: symbol("BNBBTC"), since: FillsSince::Recent }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "commission",
        decode: |reply| read(&GetFeeRates { symbol: symbol("BTCUSDT") }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "order_count", decode: |reply| read(&GetOrderCounts {}, reply), echo: NO_ECHO },
    Call {
        fixture: "exchange_info",
        decode: |reply| read(&GetInstrument { symbol: symbol("ETHBTC") }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "book_ticker",
        decode: |reply| read(&GetTopOfBook { symbol: symbol("LTCBTC") }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "time", decode: |reply| read(&ServerTime {}, reply), echo: NO_ECHO },
    Call { fixture: "ping", decode: |reply| read(&Ping {}, reply), echo: NO_ECHO },
];

const PLACED: Option<(&[&str], &str)> = Some((&["clientOrderId"], "6gCrw2kRUAF9CvJDGP16IP"));

fn read<E: Endpoint<SpotVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    endpoint.decode(response).map(drop)
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).expect("a symbol")
}

fn client_id(id: &str) -> ClientOrderId {
    ClientOrderId::new(id).expect("an id")
}

fn by_id(name: &str, id: &str) -> OrderRef {
    OrderRef::by_id(symbol(name), client_id(id))
}

fn list(id: &str) -> ListRef {
    ListRef { symbol: symbol("LTCBTC"), id: Some(client_id(id)), list_id: None }
}

fn market() -> NewOrder {
    NewOrder::market(client_id("6gCrw2kRUAF9CvJDGP16IP"), symbol("BTCUSDT"), Side::Sell, dec!(10))
}

fn limit(name: &str, id: &str) -> NewOrder {
    NewOrder::limit(client_id(id), symbol(name), Side::Sell, dec!(1), dec!(1))
}

fn oco() -> OrderList {
    let leg = |id| limit("LTCBTC", id);
    OrderList::oco(client_id("lH1YDkuQKWiXVXHPSKYEIp"), leg("44nZvqpemY7sVYgPYbvPih"), leg("NuMp0nVYnciDiFmVqfpBqK"))
}

fn replace() -> CancelReplace {
    CancelReplace::new(by_id("BTCUSDT", "DnLo3vTAQcjha43lAZhZ0y"), limit("BTCUSDT", "wOceeeOzNORyLiQfw7jd8S"))
}

fn amend() -> AmendOrder {
    let order = by_id("BTCUSDT", "5xrgbMyg6z36NzBn2pbT8H");
    AmendOrder {
        order,
        side: None,
        new_id: Some(client_id("PFaq6hIHxqFENGfdtn4J6Q")),
        quantity: Some(dec!(5)),
        price: None,
    }
}
