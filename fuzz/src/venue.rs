//! Replies of Binance Spot, whole and broken, through the decoder of each call.

use orderwire_binance::orderwire::http::response::{Response, ResponseReader};
use orderwire_binance::orderwire::venue::{
    Balances, CancelAll, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetTopOfBook, OpenOrders, Ping,
    QueryOrder, ServerTime, TestOrder,
};
use orderwire_binance::spot::{CancelOrderList, GetOrderCounts, ListRef, QueryOrderList};
use orderwire_binance::{
    AmendOrder, CancelReplace, ClientOrderId, Fate, FillsSince, NewOrder, OrderId, OrderList, OrderRef, RestError,
    Side, SpotVenue, Symbol, dec,
};

use crate::input::Input;
use crate::json::{is_json, pairs};

/// A call, an answer to it that a document shows, and what a reply that says yes has to repeat.
pub struct Call {
    /// A file among the venue's fixtures.
    pub fixture: &'static str,
    decode: fn(&Response<'_>) -> Result<(), RestError>,
    /// Keys down to a value.
    echo: Option<(&'static [&'static str], &'static str)>,
}

const NO_ECHO: Option<(&[&str], &str)> = None;

/// Every call that has a decoder of its own.
pub const CALLS: &[Call] = &[
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

/// What the venue, or something in front of it, may answer with.
pub const STATUSES: [u16; 16] = [200, 201, 299, 302, 400, 401, 403, 404, 409, 418, 429, 499, 500, 502, 503, 504];

/// Reads a body as the answer to a call, under a status, as it is and broken as the input says.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let call = &CALLS[usize::from(input.byte()) % CALLS.len()];
    let status = STATUSES[usize::from(input.byte()) % STATUSES.len()];
    let (way, at) = (input.byte(), usize::from(input.byte()) << 8 | usize::from(input.byte()));
    let body = input.0;
    let body = match way % 4 {
        0 => body.to_vec(),
        1 => body[..at % (body.len() + 1)].to_vec(),
        2 => body.repeat(2),
        _ => [&b"[".repeat(at % 64), body, &b"]".repeat(at % 64)].concat(),
    };
    check(call, status, &body);
}

/// What must be so of any body under any status.
pub fn check(call: &Call, status: u16, body: &[u8]) -> bool {
    let head = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len());
    let reply = [head.as_bytes(), body].concat();
    let mut reader = ResponseReader::new(reply.len());
    let outcome = (call.decode)(&reader.replay(&reply).expect("a whole reply"));
    let context = || format!("{outcome:?} of {status} {}", body.escape_ascii());

    let has_halves = call.fixture == "cancel_replace" && matches!(status, 400 | 409 | 429);
    match &outcome {
        Ok(()) => {
            assert!(status < 300 || has_halves, "{}", context());
            assert!(is_json(body), "{}", context());
            if let Some((keys, echo)) = call.echo {
                assert!(repeats(body, keys, echo), "{}", context());
            }
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && error.fate() != Fate::NotSent, "{}", context());
            // What stands before the venue's engine says so by the status alone.
            let by_status = matches!(status, 403 | 418 | 429);
            let by_code = (400..500).contains(&status) && status != 409 && is_json(body) && has_code(body);
            assert!(error.fate() == Fate::Unknown || by_status || by_code, "{}", context());
        }
    }
    outcome.is_ok()
}

/// Whether the value under these keys is this text, and each of them stands there once.
fn repeats(body: &[u8], keys: &[&str], text: &str) -> bool {
    let mut value = std::str::from_utf8(body).expect("JSON is UTF-8");
    for key in keys {
        let of_key = pairs(value).0.into_iter().filter(|(name, _)| name == key.as_bytes());
        let [(_, found)] = of_key.collect::<Vec<_>>()[..] else { return false };
        value = found.get();
    }
    value == format!("\"{text}\"")
}

/// Whether the body is an object with one whole number as its code.
fn has_code(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body).expect("JSON is UTF-8").trim_ascii();
    let is_code = |(name, value): &&(Vec<u8>, &serde_json::value::RawValue)| {
        name == b"code" && value.get().parse::<i64>().is_ok()
    };
    text.starts_with('{') && pairs(text).0.iter().filter(is_code).count() == 1
}

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
