//! Binance Spot's REST API. Source: `rest-api.md`, `errors.md`, `filters.md` and `enums.md` of
//! <https://github.com/binance/binance-spot-api-docs>, read 2026-07-21.
//!
//! Not there: smart order routing, the lists of amendments and of allocations, the deprecated `POST /api/v3/order/oco`,
//! execution rules beyond the filters, and groups of accounts.

mod account;
mod changes;
mod errors;
mod lists;
mod market;
mod new_order;
mod orders;
mod reports;

use rust_decimal::Decimal;
use serde::Serialize;
use serde::ser::Serializer;

use crate::binance::{self, Market, Places, Route, by_symbol, fixed, public, signed};
use crate::dialect::Api;
use crate::engine::{Fees, Liquidity};
use crate::instrument::Instrument;
use crate::limits::{Budget, RateLimits};

pub(crate) const API: Api = Api {
    name: "binance-spot",
    instruments,
    // A tenth of a percent for both sides. Source: the venue's regular tier.
    fees: || Fees { maker: Decimal::new(1, 3), taker: Decimal::new(1, 3) },
    limits,
    given_back,
    status_word: reports::status_word,
    order_id: |order| order.id.to_string(),
    order_id_names: &["newClientOrderId=", "aboveClientOrderId=", "workingClientOrderId="],
    echo: "rderId\":\"",
    stray: binance::STRAY,
    bad_day: binance::bad_day,
    check_key: binance::check_key,
    handle: binance::handle::<Spot>,
};

/// Spot, to the doors that all markets of Binance have in common.
pub(crate) struct Spot;

/// One request on its way.
type Context<'v, 'c> = binance::Context<'v, 'c, Spot>;

impl Market for Spot {
    const ROUTES: &'static [Route<Self>] = ROUTES;
    const WEIGHT_HEADERS: &'static [&'static str] = &["x-mbx-used-weight", "x-mbx-used-weight-1m"];
}

/// Source: `exchangeInfo.rateLimits` and `LIMITS` of `rest-api.md`.
fn limits() -> RateLimits {
    RateLimits {
        weight: Budget::new(6_000, 60),
        requests: Some(Budget::new(61_000, 300)),
        orders: vec![Budget::new(100, 10), Budget::new(200_000, 24 * 3_600)],
        ..RateLimits::BANS
    }
}

/// Orders that trade do not count. Source: `faqs/order_count_decrement.md`, example 2 of makers.
fn given_back(liquidity: Liquidity) -> u64 {
    if liquidity == Liquidity::Maker { 5 } else { 1 }
}

/// The pairs this venue trades: the usual ones, one crypto-quoted, and the documents' example of a name outside ASCII.
fn instruments() -> Vec<Instrument> {
    let decimal = Decimal::new;
    let pair = |base: &str, quote: &str, price, tick, lot| {
        Instrument::new(&format!("{base}{quote}"), base, quote, price, tick, lot)
    };
    let mut ethbtc = pair("ETH", "BTC", decimal(5, 2), decimal(1, 5), decimal(1, 4));
    let mut ltcbtc = pair("LTC", "BTC", decimal(1, 3), decimal(1, 6), decimal(1, 3));
    for pair in [&mut ethbtc, &mut ltcbtc] {
        (pair.notional_min, pair.house_worth) = (decimal(1, 4), decimal(1, 1));
        pair.price_max = Decimal::from(1_000);
        pair.quantity_max = Decimal::from(100_000);
        pair.market_quantity_max = Decimal::from(10_000);
    }
    let mut foreign = pair("１２３", "４５６", decimal(1, 1), decimal(1, 4), decimal(1, 1));
    (foreign.notional_min, foreign.house_worth) = (decimal(1, 2), Decimal::TEN);
    foreign.quantity_max = Decimal::from(1_000_000);
    foreign.market_quantity_max = Decimal::from(1_000_000);
    let mut ethusdt = pair("ETH", "USDT", Decimal::from(3_000), decimal(1, 2), decimal(1, 4));
    ethusdt.market_quantity_max = Decimal::from(2_000);
    vec![pair("BTC", "USDT", Decimal::from(60_000), decimal(1, 2), decimal(1, 5)), ethusdt, ethbtc, ltcbtc, foreign]
}

const ROUTES: &[Route<Spot>] = &[
    Route { places: ALONE, ..signed("POST", "/api/v3/order", orders::PLACE, fixed::<1>, orders::place) },
    Route {
        places: ALONE,
        ..signed("POST", "/api/v3/order/cancelReplace", changes::REPLACE, fixed::<1>, changes::cancel_replace)
    },
    Route { places: PAIR, ..signed("POST", "/api/v3/orderList/oco", lists::OCO, fixed::<1>, lists::oco) },
    Route { places: TWO, ..signed("POST", "/api/v3/orderList/oto", lists::OTO, fixed::<1>, lists::oto) },
    Route { places: THREE, ..signed("POST", "/api/v3/orderList/otoco", lists::OTOCO, fixed::<1>, lists::otoco) },
    Route { places: TWO, ..signed("POST", "/api/v3/orderList/opo", lists::OPO, fixed::<1>, lists::opo) },
    Route { places: THREE, ..signed("POST", "/api/v3/orderList/opoco", lists::OPOCO, fixed::<1>, lists::opoco) },
    signed("DELETE", "/api/v3/orderList", lists::CANCEL, fixed::<1>, lists::cancel),
    signed("GET", "/api/v3/orderList", lists::QUERY, fixed::<4>, lists::query),
    signed("GET", "/api/v3/allOrderList", lists::ALL, fixed::<20>, lists::all),
    signed("GET", "/api/v3/openOrderList", &[], fixed::<6>, lists::open),
    signed("PUT", "/api/v3/order/amend/keepPriority", changes::AMEND, fixed::<4>, changes::amend),
    signed("DELETE", "/api/v3/order", orders::CANCEL, fixed::<1>, orders::cancel),
    signed("GET", "/api/v3/order", orders::QUERY, fixed::<4>, orders::query),
    signed("POST", "/api/v3/order/test", orders::TEST, orders::test_weight, orders::test),
    signed("GET", "/api/v3/openOrders", &["symbol"], by_symbol::<6, 80>, orders::open),
    signed("DELETE", "/api/v3/openOrders", &["symbol"], fixed::<1>, orders::cancel_all),
    signed("GET", "/api/v3/allOrders", orders::ALL, fixed::<20>, orders::all),
    signed("GET", "/api/v3/account", &["omitZeroBalances"], fixed::<20>, account::account),
    signed("GET", "/api/v3/account/commission", &["symbol"], fixed::<20>, account::commission),
    signed("GET", "/api/v3/myTrades", account::TRADES, account::trades_weight, account::trades),
    signed("GET", "/api/v3/myPreventedMatches", account::PREVENTED, account::prevented_weight, account::prevented),
    signed("GET", "/api/v3/rateLimit/order", &[], fixed::<40>, account::order_count),
    signed("GET", "/sapi/v1/capital/config/getall", &[], fixed::<10>, account::coins),
    signed("GET", "/sapi/v1/margin/allPairs", &["symbol"], fixed::<1>, account::no_margin_pairs),
    signed("GET", "/sapi/v1/margin/isolated/allPairs", &["symbol"], fixed::<10>, account::no_margin_pairs),
    public("/fapi/v1/exchangeInfo", &[], fixed::<1>, market::no_futures),
    public("/dapi/v1/exchangeInfo", &[], fixed::<1>, market::no_futures),
    public("/api/v3/ping", &[], fixed::<1>, market::ping),
    public("/api/v3/time", &[], fixed::<1>, market::time),
    public("/api/v3/exchangeInfo", market::INFO, fixed::<20>, market::info),
    public("/api/v3/depth", &["symbol", "limit"], market::depth_weight, market::depth),
    public("/api/v3/trades", &["symbol", "limit"], fixed::<25>, market::trades),
    public("/api/v3/avgPrice", &["symbol"], fixed::<2>, market::average_price),
    public("/api/v3/ticker/price", &["symbol", "symbols"], by_symbol::<2, 4>, market::price),
    public("/api/v3/ticker/bookTicker", &["symbol", "symbols"], by_symbol::<2, 4>, market::book_ticker),
];

/// What names the orders of each kind of place request.
const ALONE: Places = Places::Named(&["newClientOrderId"]);
const PAIR: Places = Places::Named(&["aboveClientOrderId", "belowClientOrderId"]);
const TWO: Places = Places::Named(&["workingClientOrderId", "pendingClientOrderId"]);
const THREE: Places =
    Places::Named(&["workingClientOrderId", "pendingAboveClientOrderId", "pendingBelowClientOrderId"]);

/// A decimal as the venue writes it: text with eight decimals.
#[derive(Clone, Copy, Debug, Default)]
struct Fixed8(Decimal);

impl Serialize for Fixed8 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.8}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use data_encoding::HEXLOWER;
    use hyper::HeaderMap;
    use hyper::header::HeaderValue;
    use proptest::prelude::*;
    use ring::hmac;

    use super::*;
    use crate::signature::Verifier;
    use crate::venue::{Call, Plan, Reply, Trader, Venue};

    const NOW_US: u64 = 1_700_000_000_000_000;

    fn venue() -> Venue {
        let limits = limits().open();
        let trader = Trader::new("key", Verifier::parse("secret").unwrap(), &limits);
        let instruments = instruments();
        let plan = Plan { api: &API, instruments: &instruments, traders: vec![trader], limits, seed: None };
        Venue::open(plan, None).unwrap()
    }

    fn answer(venue: &mut Venue, method: &str, path: &str, query: &str, body: &[u8]) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("x-mbx-apikey", HeaderValue::from_static("key"));
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        (API.handle)(venue, &Call { method, path, query, headers: &headers, body, peer }, NOW_US)
    }

    fn signed(text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        format!("{text}&signature={}", HEXLOWER.encode(hmac::sign(&key, text.as_bytes()).as_ref()))
    }

    fn value() -> impl Strategy<Value = String> {
        let usual = [
            "BTCUSDT",
            "１２３４５６",
            "BUY",
            "SELL",
            "LIMIT",
            "LIMIT_MAKER",
            "MARKET",
            "GTC",
            "IOC",
            "FOK",
            "0.001",
            "60000",
            "20000",
            "1000000",
            "0",
            "0.00000001",
            "99999999999999999999",
            "99999999999999999999.99999999",
            "99999999999.99999999",
            "18446744073709551615",
            "[\"BTCUSDT\"]",
            "[]",
            "true",
            "DECREMENT",
            "EXPIRE_BOTH",
            "STOP_LOSS",
            "STOP_LOSS_LIMIT",
            "TAKE_PROFIT",
            "TAKE_PROFIT_LIMIT",
            "60010",
            "59990",
            "500",
            "0.0005",
            "PRIMARY_PEG",
            "MARKET_PEG",
            "PRICE_LEVEL",
            "1",
            "",
        ];
        prop_oneof![8 => prop::sample::select(usual.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
    }

    /// An order, or a list of each kind, that is taken as it stands; other endpoints read what they know of it.
    const GOOD: [(&str, &str); 26] = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("quantity", "0.001"),
        ("price", "60000"),
        ("aboveType", "STOP_LOSS"),
        ("aboveStopPrice", "60010"),
        ("belowType", "LIMIT_MAKER"),
        ("belowPrice", "59990"),
        ("workingType", "LIMIT"),
        ("workingSide", "BUY"),
        ("workingTimeInForce", "GTC"),
        ("workingQuantity", "0.001"),
        ("workingPrice", "60010"),
        ("pendingType", "STOP_LOSS_LIMIT"),
        ("pendingTimeInForce", "GTC"),
        ("pendingPrice", "59980"),
        ("pendingStopPrice", "59990"),
        ("pendingSide", "SELL"),
        ("pendingQuantity", "0.001"),
        ("pendingAboveType", "TAKE_PROFIT"),
        ("pendingAboveTrailingDelta", "500"),
        ("pendingBelowType", "STOP_LOSS"),
        ("pendingBelowStopPrice", "59990"),
        ("orderListId", "1"),
    ];

    #[test]
    fn each_kind_of_order_and_list_is_taken() {
        for route in
            ROUTES.iter().filter(|route| route.places != Places::Nothing && !route.path.ends_with("cancelReplace"))
        {
            let mut text = form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(GOOD.iter().filter(|(name, _)| route.names.contains(name)));
            let text = signed(&text.append_pair("timestamp", &(NOW_US / 1_000).to_string()).finish());
            let reply = answer(&mut venue(), route.method, route.path, &text, b"");
            assert_eq!(reply.status, 200, "{}: {}", route.path, String::from_utf8_lossy(&reply.body));
        }
    }

    type Changes = Vec<(prop::sample::Index, String)>;

    fn request() -> impl Strategy<Value = (usize, Changes)> {
        let place = prop_oneof![Just(0), 0..ROUTES.len()];
        (place, prop::collection::vec((any::<prop::sample::Index>(), value()), 0..4))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_an_authentic_request_asks_is_answered_in_json(requests in prop::collection::vec(request(), 1..40)) {
            let mut venue = venue();
            for (route, changes) in requests {
                let route = &ROUTES[route];
                let mut pairs: std::collections::BTreeMap<&str, String> = GOOD
                    .iter()
                    .filter(|(name, _)| route.names.contains(name))
                    .map(|(name, value)| (*name, (*value).to_owned()))
                    .collect();
                for (name, value) in changes.into_iter().filter(|_| !route.names.is_empty()) {
                    pairs.insert(route.names[name.index(route.names.len())], value);
                }
                let mut text = form_urlencoded::Serializer::new(String::new());
                text.extend_pairs(pairs);
                let text = if route.signed {
                    signed(&text.append_pair("timestamp", &(NOW_US / 1_000).to_string()).finish())
                } else {
                    text.finish()
                };
                let reply = answer(&mut venue, route.method, route.path, &text, b"");
                prop_assert!(reply.status == 200 || reply.status == 400, "{} {text}: {reply:?}", route.path);
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok(), "{reply:?}");
            }
        }

        #[test]
        fn whatever_arrives_is_answered(query in any::<String>(), body in any::<Vec<u8>>(), route in 0..ROUTES.len()) {
            let mut venue = venue();
            for method in ["GET", "POST"] {
                let reply = answer(&mut venue, method, ROUTES[route].path, &query, &body);
                prop_assert!(matches!(reply.status, 200 | 400 | 405), "{reply:?}");
            }
        }
    }
}
