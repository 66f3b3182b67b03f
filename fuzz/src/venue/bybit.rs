//! Replies of Bybit, Spot.

use orderwire_bybit::orderwire::http::response::Response;
use orderwire_bybit::orderwire::venue::{
    Balances, CancelOrder, Endpoint, GetFeeRates, GetInstrument, GetTopOfBook, OpenOrders, QueryOrder, ServerTime,
};
use orderwire_bybit::{ClientOrderId, NewOrder, OrderId, OrderRef, RestError, Side, SpotVenue, Symbol, dec};

use super::{Call, NO_ECHO, Venue, values};

pub(super) const VENUE: Venue =
    Venue { fixtures: "bybit", calls: CALLS, refusals: &[], may_accept: |_, status| status < 300, may_refuse };

/// Statuses that the venue's page of errors gives a cause refuse by themselves; else a code does.
fn may_refuse(status: u16, body: &[u8]) -> bool {
    let has_code = || matches!(values(body, "retCode")[..], [code] if code.parse::<i64>().is_ok_and(|code| code != 0));
    matches!(status, 400 | 401 | 403 | 404 | 429) || (200..300).contains(&status) && has_code()
}

/// Calls whose documents show an answer, of Spot or of any category.
const CALLS: &[Call] = &[
    Call {
        fixture: "place",
        decode: |reply| read(&order("spot-test-postonly"), reply),
        echo: Some((&["result", "orderLinkId"], "spot-test-postonly")),
    },
    Call {
        fixture: "cancel",
        decode: |reply| {
            read(&CancelOrder { order: OrderRef::by_id(symbol("BTCUSDT"), client_id("linear-004")) }, reply)
        },
        echo: NO_ECHO,
    },
    Call {
        fixture: "open_orders",
        decode: |reply| {
            let list = OpenOrders { symbol: None, triggers: false };
            // Where the list goes on, it says itself.
            let _ = Endpoint::<SpotVenue>::next_page(&list, reply);
            read(&list, reply)
        },
        echo: NO_ECHO,
    },
    Call {
        fixture: "history",
        decode: |reply| {
            let number = OrderId::new("14bad3a1-6454-43d8-bcf2-5345896cf74d").expect("an id");
            read(&QueryOrder { order: OrderRef::by_order_id(symbol("BTCUSDT"), number) }, reply)
        },
        echo: NO_ECHO,
    },
    Call { fixture: "wallet", decode: |reply| read(&Balances {}, reply), echo: NO_ECHO },
    Call {
        fixture: "fee_rate",
        decode: |reply| read(&GetFeeRates { symbol: symbol("ETHUSDT") }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "instruments_spot",
        decode: |reply| read(&GetInstrument { symbol: symbol("BTCUSDT") }, reply),
        echo: NO_ECHO,
    },
    Call {
        fixture: "ticker_spot",
        decode: |reply| read(&GetTopOfBook { symbol: symbol("BTCUSDT") }, reply),
        echo: NO_ECHO,
    },
    Call { fixture: "time", decode: |reply| read(&ServerTime {}, reply), echo: NO_ECHO },
];

fn read<E: Endpoint<SpotVenue>>(endpoint: &E, response: &Response<'_>) -> Result<(), RestError> {
    endpoint.decode(response).map(drop)
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).expect("a symbol")
}

fn client_id(id: &str) -> ClientOrderId {
    ClientOrderId::new(id).expect("an id")
}

fn order(id: &str) -> NewOrder {
    NewOrder::limit(client_id(id), symbol("BTCUSDT"), Side::Buy, dec!(2), dec!(2.15))
}
