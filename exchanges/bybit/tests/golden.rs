//! Every call of Bybit in its exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_bybit::orderwire::venue::{
    AmendBatch, Balances, BuildError, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Cursor, Draft, Endpoint,
    GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch,
    QueryOrder, Request, Response, ServerTime, TestOrder, Venue, VenueClient, VenueClientBuilder, Window,
};
use orderwire_bybit::orderwire::{Method, RestError};
use orderwire_bybit::{
    AmendOrder, BboSide, BybitAmend, BybitCancel, BybitOrder, ClientOrderId, Credentials, Decimal, DisconnectProduct,
    Environment, Exit, Fate, FillsSince, LinearUsdcVenue, LinearVenue, NewOrder, OrderFilter, OrderId, OrderRef,
    PositionMode, PositionSide, PreCheck, RawCall, SelfTradePrevention, SetDisconnectWindow, SetLeverage,
    SetPositionMode, Side, Slippage, SpotVenue, Symbol, TimeInForce, Timestamp, TriggerBy, dec,
};
use proptest::prelude::*;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{hmac, rand};
use std::time::Duration;

const KEY: &str = "XXXXXXXXXX";
const SECRET: &str = "a-secret-of-the-tests";
/// A key made for tests; it belongs to no account.
const RSA: &str = include_str!("../../../tests/keys/rsa_2048.pem");
const NOW_MS: u64 = 1_658_385_579_423;

fn builder<V: Venue>(secret: &str) -> VenueClientBuilder<V> {
    VenueClient::builder(Environment::Live)
        .credentials(Credentials::new(KEY, secret).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The receive window is then what the builder says, whole.
        .deadline(Duration::MAX)
}

fn written<V: Venue, E: Endpoint<V>>(builder: VenueClientBuilder<V>, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

fn spot<E: Endpoint<SpotVenue>>(endpoint: &E) -> String {
    written(builder(SECRET), endpoint).unwrap()
}

fn linear<E: Endpoint<LinearVenue>>(endpoint: &E) -> String {
    written(builder(SECRET), endpoint).unwrap()
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<V: Venue, E: Endpoint<V>>(endpoint: &E) -> String {
    let error = written(builder::<V>(SECRET), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// HMAC-SHA256 in hex.
fn by_hmac(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RSASSA-PKCS1-v1_5 with SHA-256, in base64.
fn by_rsa(pem: &str, text: &str) -> String {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&data_encoding::BASE64.decode(lines.as_bytes()).unwrap()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    data_encoding::BASE64.encode(&signature)
}

/// The four headers, of what is signed behind them.
fn headers(text: &str) -> String {
    let sign = by_hmac(SECRET, &format!("{NOW_MS}{KEY}5000{text}"));
    format!(
        "X-BAPI-API-KEY: {KEY}\r\nX-BAPI-TIMESTAMP: {NOW_MS}\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: {sign}\r\n"
    )
}

/// A whole signed `POST`.
fn post(path: &str, body: &str) -> String {
    let length = format!("{:>6}", body.len());
    let headers = headers(body);
    format!(
        "POST /v5{path} HTTP/1.1\r\nHost: api.bybit.com\r\n{headers}Content-Type: application/json\r\nContent-Length:{length}\r\n\r\n{body}"
    )
}

/// A whole signed `GET`.
fn get(path: &str, query: &str) -> String {
    format!("GET /v5{path}?{query} HTTP/1.1\r\nHost: api.bybit.com\r\n{}\r\n", headers(query))
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn limit() -> NewOrder {
    NewOrder::limit(id("mm1-0007"), symbol(), Side::Buy, dec!(0.1), dec!(15600))
}

fn market() -> NewOrder {
    NewOrder::market(id("mm1-0007"), symbol(), Side::Sell, dec!(0.00100))
}

fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

/// Source: guide, "An example for how to generate plain text to encrypt". The secrets that its two signatures were made with are not
/// published, so that only the texts that are signed can be held against it.
#[test]
fn the_documents_texts_are_what_is_signed() {
    let body = r#"{"category": "option"}"#;
    let raw = RawCall::new(Method::Post, "/v5/order/create").signed().body(body.as_bytes());
    assert_eq!(spot(&raw), post("/order/create", body));
    let sign = by_hmac(SECRET, r#"1658385579423XXXXXXXXXX5000{"category": "option"}"#);
    assert!(spot(&raw).contains(&format!("X-BAPI-SIGN: {sign}\r\n")));

    let raw = RawCall::new(Method::Get, "/v5/order/realtime")
        .signed()
        .query(&[("category", "option"), ("symbol", "BTC-29JUL22-25000-C")]);
    assert_eq!(spot(&raw), get("/order/realtime", "category=option&symbol=BTC-29JUL22-25000-C"));
    let then = builder::<SpotVenue>(SECRET).fixed_clock(Timestamp::from_ms(1_658_384_314_791));
    let sign = by_hmac(SECRET, "1658384314791XXXXXXXXXX5000category=option&symbol=BTC-29JUL22-25000-C");
    assert!(written(then, &raw).unwrap().contains(&format!("X-BAPI-SIGN: {sign}\r\n")));
}

#[test]
fn place_a_spot_order() {
    assert_eq!(
        spot(&limit().post_only()),
        "POST /v5/order/create HTTP/1.1\r\n\
         Host: api.bybit.com\r\n\
         X-BAPI-API-KEY: XXXXXXXXXX\r\n\
         X-BAPI-TIMESTAMP: 1658385579423\r\n\
         X-BAPI-RECV-WINDOW: 5000\r\n\
         X-BAPI-SIGN: 915c4948d84cb13c588dfb0960aa2d4e8fd2a02a91d32731000341f8aaade54c\r\n\
         Content-Type: application/json\r\n\
         Content-Length:   149\r\n\r\n\
         {\"category\":\"spot\",\"symbol\":\"BTCUSDT\",\"side\":\"Buy\",\"orderType\":\"Limit\",\"qty\":\"0.1\",\"price\":\"15600\",\
         \"timeInForce\":\"PostOnly\",\"orderLinkId\":\"mm1-0007\"}"
    );
}

/// Alone, as the venue's own kind of order, and as an element of a batch.
#[track_caller]
fn placed_as<V: Venue>(order: BybitOrder, category: &str, fields: &str)
where
    BybitOrder: Endpoint<V>,
    for<'a> PlaceBatch<'a, BybitOrder>: Endpoint<V>,
{
    let body = format!(r#"{{"category":"{category}",{fields}}}"#);
    assert_eq!(written(builder::<V>(SECRET), &order).unwrap(), post("/order/create", &body));
    let body = format!(r#"{{"category":"{category}","request":[{{{fields}}},{{{fields}}}]}}"#);
    let batch = PlaceBatch { orders: &[order, order] };
    assert_eq!(written(builder::<V>(SECRET), &batch).unwrap(), post("/order/create-batch", &body));
}

#[test]
fn place_in_every_way() {
    let lead = r#""symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.1","price":"15600""#;
    let sell = r#""symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0.00100""#;
    let end = r#""orderLinkId":"mm1-0007""#;
    for (order, fields) in [
        (limit(), format!(r#"{lead},"timeInForce":"GTC",{end}"#)),
        (limit().time_in_force(TimeInForce::Ioc), format!(r#"{lead},"timeInForce":"IOC",{end}"#)),
        (limit().time_in_force(TimeInForce::Fok), format!(r#"{lead},"timeInForce":"FOK",{end}"#)),
        (limit().post_only(), format!(r#"{lead},"timeInForce":"PostOnly",{end}"#)),
    ] {
        for (category, is_spot) in [("spot", true), ("linear", false)] {
            let body = format!(r#"{{"category":"{category}",{fields}}}"#);
            if is_spot {
                assert_eq!(spot(&order), post("/order/create", &body));
                placed_as::<SpotVenue>(order.into(), category, &fields);
            } else {
                assert_eq!(linear(&order), post("/order/create", &body));
                assert_eq!(linear(&TestOrder { order }), post("/order/pre-check", &body));
                assert_eq!(linear(&PreCheck { order: order.into() }), post("/order/pre-check", &body));
                placed_as::<LinearVenue>(order.into(), category, &fields);
                placed_as::<LinearUsdcVenue>(order.into(), category, &fields);
            }
        }
    }
    // On Spot a market order says what its quantity counts, else a buy's would be of the quote coin.
    placed_as::<SpotVenue>(market().into(), "spot", &format!(r#"{sell},"marketUnit":"baseCoin",{end}"#));
    placed_as::<LinearVenue>(market().into(), "linear", &format!("{sell},{end}"));
    let for_200 = BybitOrder::market_for(id("mm1-0007"), symbol(), Side::Buy, dec!(200));
    let fields = r#""symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"200","marketUnit":"quoteCoin""#;
    placed_as::<SpotVenue>(for_200, "spot", &format!("{fields},{end}"));

    for (order, fields) in [
        (market().reduce_only(), format!(r#"{sell},{end},"reduceOnly":true"#)),
        (market().position_side(PositionSide::Long), format!(r#"{sell},{end},"positionIdx":1"#)),
        (
            market().position_side(PositionSide::Short).reduce_only(),
            format!(r#"{sell},{end},"positionIdx":2,"reduceOnly":true"#),
        ),
    ] {
        placed_as::<LinearVenue>(order.into(), "linear", &fields);
    }
    let close = BybitOrder::close_position(id("mm1-0007"), symbol(), Side::Sell);
    let fields = r#""symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0","orderLinkId":"mm1-0007","reduceOnly":true,"closeOnTrigger":true"#;
    placed_as::<LinearVenue>(close, "linear", fields);
}

/// Source: order/create-order, `triggerDirection`: 1 when the price rises to the trigger, 2 when it falls.
#[test]
fn place_what_waits_for_the_market() {
    let (i, s, q) = (id("mm1-0007"), symbol(), dec!(1));
    let end = r#""orderLinkId":"mm1-0007""#;
    for (order, side, price, direction) in [
        (NewOrder::stop_market(i, s, Side::Buy, q, dec!(9)), "Buy", None, 1),
        (NewOrder::stop_market(i, s, Side::Sell, q, dec!(9)), "Sell", None, 2),
        (NewOrder::take_profit_market(i, s, Side::Buy, q, dec!(9)), "Buy", None, 2),
        (NewOrder::take_profit_market(i, s, Side::Sell, q, dec!(9)), "Sell", None, 1),
        (NewOrder::stop_limit(i, s, Side::Buy, q, dec!(9), dec!(10)), "Buy", Some(10), 1),
        (NewOrder::take_profit_limit(i, s, Side::Sell, q, dec!(9), dec!(10)), "Sell", Some(10), 1),
    ] {
        let (kind, price) = match price {
            Some(price) => ("Limit", format!(r#","price":"{price}","timeInForce":"GTC""#)),
            None => ("Market", String::new()),
        };
        let lead = format!(r#""symbol":"BTCUSDT","side":"{side}","orderType":"{kind}","qty":"1""#);
        let fields = format!(r#"{lead}{price},"triggerPrice":"9","triggerDirection":{direction},{end}"#);
        placed_as::<LinearVenue>(order.into(), "linear", &fields);
        let unit = if kind == "Market" { r#","marketUnit":"baseCoin""# } else { "" };
        let fields = format!(r#"{lead}{unit}{price},"triggerPrice":"9","orderFilter":"StopOrder",{end}"#);
        placed_as::<SpotVenue>(order.into(), "spot", &fields);
        let fields = fields.replace("StopOrder", "tpslOrder");
        placed_as::<SpotVenue>(BybitOrder::new(order).holding_funds(), "spot", &fields);
        assert!(refusal::<LinearVenue, _>(&TestOrder { order }).contains("test the order that it becomes"));
    }
}

#[test]
fn place_with_all_that_bybit_has() {
    let lead = r#""symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.1","price":"15600","timeInForce":"GTC","orderLinkId":"mm1-0007""#;
    let sell = r#""symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0.00100""#;
    let (limit, market, end) = (BybitOrder::new(limit()), BybitOrder::new(market()), r#""orderLinkId":"mm1-0007""#);
    for (order, more) in [
        (limit.takes_retail(), r#","rpiTakerAccess":true"#),
        (limit.self_trade_prevention(SelfTradePrevention::CancelBoth), r#","smpType":"CancelBoth""#),
        (limit.self_trade_prevention(SelfTradePrevention::CancelMaker), r#","smpType":"CancelMaker""#),
        (limit.self_trade_prevention(SelfTradePrevention::CancelTaker), r#","smpType":"CancelTaker""#),
    ] {
        placed_as::<SpotVenue>(order, "spot", &format!("{lead}{more}"));
        placed_as::<LinearVenue>(order, "linear", &format!("{lead}{more}"));
    }
    placed_as::<SpotVenue>(limit.borrowing(), "spot", &format!(r#"{lead},"isLeverage":1"#));
    let retail = BybitOrder::new(limit.order.post_only()).retail_only();
    placed_as::<SpotVenue>(retail, "spot", &lead.replace("GTC", "RPI"));
    for (slippage, more) in [
        (Slippage::Percent(dec!(0.5)), r#""slippageToleranceType":"Percent","slippageTolerance":"0.5""#),
        (Slippage::Ticks(10_000), r#""slippageToleranceType":"TickSize","slippageTolerance":"10000""#),
    ] {
        placed_as::<LinearVenue>(market.slippage(slippage), "linear", &format!("{sell},{end},{more}"));
    }
    for (side, word) in [(BboSide::Queue, "Queue"), (BboSide::Counterparty, "Counterparty")] {
        let fields = lead.replace(r#","price":"15600""#, "");
        let fields = format!(r#"{fields},"bboSideType":"{word}","bboLevel":"5""#);
        placed_as::<LinearVenue>(limit.best_bid_offer(side, 5), "linear", &fields);
    }
    let at_market = limit.take_profit(Exit::market(dec!(35000))).stop_loss(Exit::market(dec!(27000)));
    let more = r#","takeProfit":"35000","tpOrderType":"Market","stopLoss":"27000","slOrderType":"Market""#;
    placed_as::<SpotVenue>(at_market, "spot", &format!("{lead}{more}"));
    placed_as::<LinearVenue>(at_market, "linear", &format!("{lead}{more}"));
    let at_limits =
        limit.take_profit(Exit::limit(dec!(35000), dec!(36000))).stop_loss(Exit::limit(dec!(27000), dec!(27500)));
    let more = r#""takeProfit":"35000","tpOrderType":"Limit","tpLimitPrice":"36000","stopLoss":"27000","slOrderType":"Limit","slLimitPrice":"27500""#;
    placed_as::<SpotVenue>(at_limits, "spot", &format!("{lead},{more}"));
    placed_as::<LinearVenue>(at_limits, "linear", &format!(r#"{lead},"tpslMode":"Partial",{more}"#));
    let by_mark = limit.stop_loss(Exit::market(dec!(27000)).trigger_by(TriggerBy::MarkPrice));
    let more = r#","stopLoss":"27000","slOrderType":"Market","slTriggerBy":"MarkPrice""#;
    placed_as::<LinearVenue>(by_mark, "linear", &format!("{lead}{more}"));
    let stop = BybitOrder::new(NewOrder::stop_market(limit.order.id, symbol(), Side::Sell, dec!(1), dec!(9)));
    for (price, word) in [
        (TriggerBy::IndexPrice, "IndexPrice"),
        (TriggerBy::LastPrice, "LastPrice"),
        (TriggerBy::MarkPrice, "MarkPrice"),
    ] {
        let fields = format!(
            r#""symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"1","triggerPrice":"9","triggerDirection":2,{end},"triggerBy":"{word}""#
        );
        placed_as::<LinearVenue>(stop.trigger_by(price), "linear", &fields);
    }
}

#[test]
fn what_bybit_would_refuse_is_refused_before() {
    let (limit, market) = (BybitOrder::new(limit()), BybitOrder::new(market()));
    let stop = BybitOrder::new(NewOrder::stop_market(id("a"), symbol(), Side::Sell, dec!(1), dec!(9)));
    let with = |order: BybitOrder, change: &dyn Fn(&mut NewOrder)| changed(order, |order| change(&mut order.order));
    let exit = Exit::market(dec!(1));
    // In which category, which order, and what is said.
    let of_both = [
        (with(limit, &|order| order.price = None), "price is missing"),
        (with(limit, &|order| order.price = Some(dec!(0))), "above zero"),
        (with(limit, &|order| order.quantity = dec!(-1)), "above zero"),
        (with(limit, &|order| order.stop_price = Some(dec!(1))), "stop_price"),
        (with(market, &|order| order.price = Some(dec!(1))), "a market order has none"),
        (with(market, &|order| order.time_in_force = TimeInForce::Ioc), "market order with a time in force"),
        (with(market, &|order| *order = order.post_only()), "post-only order without a price"),
        (with(limit, &|order| *order = order.post_only().time_in_force(TimeInForce::Fok)), "time in force"),
        (with(stop, &|order| order.stop_price = None), "stop_price is missing"),
        (with(stop, &|order| order.price = Some(dec!(1))), "a market order has none"),
        (with(limit, &|order| order.symbol = Symbol::new("A\"B").unwrap()), "quotes"),
        (with(limit, &|order| order.symbol = Symbol::new("A\\B").unwrap()), "quotes"),
        (limit.retail_only(), "may take"),
        (limit.slippage(Slippage::Ticks(1)), "slippage"),
        (market.slippage(Slippage::Ticks(0)), "1 to 10000 ticks"),
        (market.slippage(Slippage::Ticks(10_001)), "1 to 10000 ticks"),
        (market.slippage(Slippage::Percent(dec!(0.009))), "0.01 to 10 percent"),
        (market.slippage(Slippage::Percent(dec!(10.01))), "0.01 to 10 percent"),
        (market.slippage(Slippage::Percent(dec!(1.001))), "two places"),
        (limit.trigger_by(TriggerBy::MarkPrice), "trigger_by"),
        (limit.take_profit(Exit::market(dec!(0))), "above zero"),
        (limit.take_profit(Exit::limit(dec!(1), dec!(0))), "above zero"),
    ];
    let of_spot = [
        (with(limit, &|order| *order = order.reduce_only()), "reduce_only() out"),
        (with(limit, &|order| *order = order.position_side(PositionSide::Long)), "position_side() out"),
        (limit.holding_funds(), "order with a trigger"),
        (limit.best_bid_offer(BboSide::Queue, 1), "orders of contracts"),
        (limit.close_on_trigger(), "orders of contracts"),
        (stop.trigger_by(TriggerBy::MarkPrice), "orders of contracts"),
        (limit.stop_loss(exit.trigger_by(TriggerBy::MarkPrice)), "orders of contracts"),
        (market.take_profit(exit), "limit order without a trigger"),
    ];
    let of_linear = [
        (limit.borrowing(), "spot orders"),
        (stop.holding_funds(), "spot orders"),
        (BybitOrder::market_for(id("a"), symbol(), Side::Buy, dec!(1)), "spot orders"),
        (limit.close_on_trigger(), "add reduce_only()"),
        (limit.best_bid_offer(BboSide::Queue, 0), "1 to 5"),
        (limit.best_bid_offer(BboSide::Queue, 6), "1 to 5"),
        (changed(limit, |order| order.best_bid_offer = Some((BboSide::Queue, 1))), "not both"),
        (with(limit, &|order| *order = order.reduce_only()).take_profit(exit), "opens nothing"),
    ];
    for (order, what) in of_both.into_iter().chain(of_spot) {
        let batch = PlaceBatch { orders: &[order] };
        for error in [refusal::<SpotVenue, _>(&order), refusal::<SpotVenue, _>(&batch)] {
            assert!(error.contains(what), "{what}: {error}");
        }
    }
    for (order, what) in of_both.into_iter().chain(of_linear) {
        let error = refusal::<LinearVenue, _>(&order);
        assert!(error.contains(what), "{what}: {error}");
    }
    let error = refusal::<SpotVenue, _>(&TestOrder { order: limit.order });
    assert!(error.contains("orders of contracts alone"), "{error}");
}

#[test]
fn batches_have_a_most_and_a_least() {
    assert!(refusal::<SpotVenue, _>(&PlaceBatch::<NewOrder> { orders: &[] }).contains("at least one"));
    assert!(refusal::<SpotVenue, _>(&PlaceBatch { orders: &[limit(); 11] }).contains("at most 10"));
    assert!(refusal::<LinearVenue, _>(&PlaceBatch { orders: &[limit(); 21] }).contains("20 of contracts"));
    // The longest that there are fit the buffer.
    let long = changed(limit(), |order| {
        order.id = id(&"-".repeat(36));
        order.symbol = Symbol::new(&"１".repeat(14)).unwrap();
        (order.quantity, order.price) = (Decimal::MAX, Some(Decimal::from_i128_with_scale(1, 28)));
        *order = order.position_side(PositionSide::Short).reduce_only();
    });
    let request = linear(&PlaceBatch { orders: &[long; 20] });
    assert!(request.len() < 16_384, "{}", request.len());
}

#[test]
fn change_orders() {
    let by_id = OrderRef::by_id(symbol(), id("linear-004"));
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::new("c6f055d9-7f21-4079-913d-e6523a9cfffa").unwrap());
    let change =
        AmendOrder { order: by_id, new_id: None, quantity: Some(dec!(0.15)), price: Some(dec!(1050)), side: None };
    let named = AmendOrder { order: by_order_id, price: None, side: Some(Side::Sell), ..change };
    let first = r#""symbol":"BTCUSDT","orderLinkId":"linear-004","qty":"0.15","price":"1050""#;
    let second = r#""symbol":"BTCUSDT","orderId":"c6f055d9-7f21-4079-913d-e6523a9cfffa","qty":"0.15""#;
    let alone = |fields: &str| post("/order/amend", &format!(r#"{{"category":"linear",{fields}}}"#));
    assert_eq!(linear(&change), alone(first));
    assert_eq!(linear(&named), alone(second));
    let more = BybitAmend::new(change).stop_price(dec!(1145)).take_profit(dec!(0)).stop_loss(dec!(900));
    let more_fields = format!(r#"{first},"triggerPrice":"1145","takeProfit":"0","stopLoss":"900""#);
    assert_eq!(linear(&more), alone(&more_fields));
    let body = format!(r#"{{"category":"spot","request":[{{{first}}},{{{second}}}]}}"#);
    assert_eq!(spot(&AmendBatch { changes: &[change, named] }), post("/order/amend-batch", &body));
    let body = format!(r#"{{"category":"spot","request":[{{{more_fields}}}]}}"#);
    assert_eq!(spot(&AmendBatch { changes: &[more] }), post("/order/amend-batch", &body));

    for (change, what) in [
        (AmendOrder { quantity: None, price: None, ..change }, "quantity or a price"),
        (AmendOrder { new_id: Some(id("b")), ..change }, "leave new_id out"),
        (AmendOrder { quantity: Some(dec!(0)), ..change }, "above zero"),
        (AmendOrder { order: changed(by_id, |order| order.id = None), ..change }, "name the order"),
    ] {
        for error in [refusal::<SpotVenue, _>(&change), refusal::<LinearVenue, _>(&AmendBatch { changes: &[change] })] {
            assert!(error.contains(what), "{error}");
        }
    }
}

#[test]
fn cancel_and_query_by_either_id() {
    let by_id = OrderRef::by_id(symbol(), id("mm1_0007"));
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::new("1321003749386327552").unwrap());
    let by_both = changed(by_order_id, |order| order.id = by_id.id);
    for (order, name, value) in [
        (by_id, "orderLinkId", "mm1_0007"),
        (by_order_id, "orderId", "1321003749386327552"),
        (by_both, "orderId", "1321003749386327552"),
    ] {
        let fields = format!(r#""symbol":"BTCUSDT","{name}":"{value}""#);
        let of = |category: &str, more: &str| {
            post("/order/cancel", &format!(r#"{{"category":"{category}",{fields}{more}}}"#))
        };
        assert_eq!(spot(&CancelOrder { order }), of("spot", ""));
        assert_eq!(linear(&CancelOrder { order }), of("linear", ""));
        assert_eq!(spot(&CancelOrder { order: order.with_trigger() }), of("spot", r#","orderFilter":"StopOrder""#));
        assert_eq!(linear(&CancelOrder { order: order.with_trigger() }), of("linear", ""));
        let held = BybitCancel { order, filter: OrderFilter::TpslOrder };
        assert_eq!(spot(&held), of("spot", r#","orderFilter":"tpslOrder""#));
        assert!(refusal::<LinearVenue, _>(&held).contains("no kinds"));
        let body = format!(r#"{{"category":"linear","request":[{{{fields}}},{{{fields}}}]}}"#);
        assert_eq!(linear(&CancelBatch { orders: &[order, order] }), post("/order/cancel-batch", &body));

        let query = format!("category=linear&symbol=BTCUSDT&{name}={value}");
        assert_eq!(linear(&QueryOrder { order }), get("/order/realtime", &query));
        assert_eq!(linear(&QueryOrder { order: order.in_history() }), get("/order/history", &query));
    }
    assert!(refusal::<SpotVenue, _>(&CancelBatch { orders: &[by_id.with_trigger()] }).contains("one by one"));
    let nameless = changed(by_id, |order| order.id = None);
    assert!(refusal::<SpotVenue, _>(&CancelOrder { order: nameless }).contains("name the order"));
    assert!(refusal::<SpotVenue, _>(&QueryOrder { order: nameless }).contains("name the order"));
    let no_id = OrderRef::by_order_id(symbol(), OrderId::new("a\"b").unwrap());
    assert!(refusal::<SpotVenue, _>(&CancelOrder { order: no_id }).contains("UUID"));
}

#[test]
fn lists_and_what_takes_the_place_of_a_dead_mans_switch() {
    let (one, all) = (Some(symbol()), None);
    for (triggers, filter) in [(false, "Order"), (true, "StopOrder")] {
        let query = format!("category=spot&symbol=BTCUSDT&orderFilter={filter}&limit=50");
        assert_eq!(spot(&OpenOrders { symbol: one, triggers }), get("/order/realtime", &query));
        let query = format!("category=spot&orderFilter={filter}&limit=50");
        assert_eq!(spot(&OpenOrders { symbol: all, triggers }), get("/order/realtime", &query));
        let query = "category=linear&symbol=BTCUSDT&limit=50";
        assert_eq!(linear(&OpenOrders { symbol: one, triggers }), get("/order/realtime", query));
    }
    let open = OpenOrders { symbol: all, triggers: false };
    assert_eq!(linear(&open), get("/order/realtime", "category=linear&settleCoin=USDT&limit=50"));
    let of_usdc = written(builder::<LinearUsdcVenue>(SECRET), &open).unwrap();
    assert_eq!(of_usdc, get("/order/realtime", "category=linear&settleCoin=USDC&limit=50"));

    let cancel_all = |triggers| CancelAll { symbol: symbol(), triggers };
    let body = r#"{"category":"spot","symbol":"BTCUSDT"}"#;
    assert_eq!(spot(&cancel_all(false)), post("/order/cancel-all", body));
    let body = r#"{"category":"spot","symbol":"BTCUSDT","orderFilter":"StopOrder"}"#;
    assert_eq!(spot(&cancel_all(true)), post("/order/cancel-all", body));
    let body = r#"{"category":"linear","symbol":"BTCUSDT"}"#;
    assert_eq!(linear(&cancel_all(false)), post("/order/cancel-all", body));

    let switch = CancelAllAfter { symbol: None, after: Some(Duration::from_secs(10)) };
    assert!(refusal::<SpotVenue, _>(&switch).contains("SetDisconnectWindow"));
    let window = SetDisconnectWindow { product: DisconnectProduct::Spot, window: Duration::from_secs(40) };
    assert_eq!(spot(&window), post("/order/disconnected-cancel-all", r#"{"product":"SPOT","timeWindow":40}"#));
    for window in [Duration::from_secs(2), Duration::from_secs(301), Duration::from_millis(3_500)] {
        let window = SetDisconnectWindow { product: DisconnectProduct::Spot, window };
        assert!(refusal::<SpotVenue, _>(&window).contains("3 to 300"));
    }
}

#[test]
fn the_account() {
    let symbol = symbol();
    assert_eq!(spot(&Balances {}), get("/account/wallet-balance", "accountType=UNIFIED"));
    let query = "category=linear&symbol=BTCUSDT&limit=200";
    assert_eq!(linear(&GetPositions { symbol: Some(symbol) }), get("/position/list", query));
    let query = "category=linear&settleCoin=USDT&limit=200";
    assert_eq!(linear(&GetPositions { symbol: None }), get("/position/list", query));
    assert!(refusal::<SpotVenue, _>(&GetPositions { symbol: None }).contains("contracts have positions"));
    for (since, which) in [
        (FillsSince::Recent, ""),
        (FillsSince::Order(OrderId::from(25_851_813)), "&orderId=25851813"),
        (FillsSince::Time(Timestamp::from_ms(1_569_514_978_020)), "&startTime=1569514978020"),
    ] {
        let query = format!("category=spot&symbol=BTCUSDT{which}&limit=100");
        assert_eq!(spot(&GetFills { symbol, since }), get("/execution/list", &query));
    }
    assert!(refusal::<SpotVenue, _>(&GetFills { symbol, since: FillsSince::Trade(1) }).contains("no order"));
    assert_eq!(spot(&GetFeeRates { symbol }), get("/account/fee-rate", "category=spot&symbol=BTCUSDT"));

    let leverage = SetLeverage { symbol, buy: dec!(6), sell: dec!(6) };
    let body = r#"{"category":"linear","symbol":"BTCUSDT","buyLeverage":"6","sellLeverage":"6"}"#;
    assert_eq!(linear(&leverage), post("/position/set-leverage", body));
    assert!(refusal::<LinearVenue, _>(&SetLeverage { buy: dec!(0.9), ..leverage }).contains("from 1"));
    for (mode, number) in [(PositionMode::Hedge, 3), (PositionMode::OneWay, 0)] {
        let body = format!(r#"{{"category":"linear","symbol":"BTCUSDT","mode":{number}}}"#);
        assert_eq!(linear(&SetPositionMode { symbol, mode }), post("/position/switch-mode", &body));
    }
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let of = |host: &str, target: &str| format!("GET /v5{target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let live = |target: &str| of("api.bybit.com", target);
    let symbol = symbol();
    let rules = "/market/instruments-info?category=";
    assert_eq!(spot(&GetInstrument { symbol }), live(&format!("{rules}spot&symbol=BTCUSDT")));
    assert_eq!(spot(&GetInstruments {}), live(&format!("{rules}spot")));
    assert_eq!(linear(&GetInstruments {}), live(&format!("{rules}linear&limit=1000")));
    assert_eq!(spot(&GetTopOfBook { symbol }), live("/market/tickers?category=spot&symbol=BTCUSDT"));
    assert_eq!(spot(&ServerTime {}), live("/market/time"));
    assert_eq!(spot(&Ping {}), live("/market/time"));
    for (environment, host) in [
        (Environment::Testnet, "api-testnet.bybit.com"),
        (Environment::Demo, "api-demo.bybit.com"),
        (Environment::Live, "api.bybit.com"),
    ] {
        let request = written(VenueClient::<SpotVenue>::builder(environment), &Ping {}).unwrap();
        assert_eq!(request, of(host, "/market/time"));
    }
}

#[test]
fn a_signed_call_without_a_key_is_refused() {
    let keyless = || VenueClient::<SpotVenue>::builder(Environment::Live);
    for error in [
        written(keyless(), &limit()),
        written(keyless(), &PlaceBatch { orders: &[limit()] }),
        written(keyless(), &CancelBatch { orders: &[limit().order()] }),
        written(keyless(), &Balances {}),
        written(keyless(), &RawCall::new(Method::Get, "/v5/user/query-api").signed()),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent);
        assert!(error.to_string().contains(".credentials("), "{error}");
    }
    let ed25519 = include_str!("../../../tests/keys/ed25519.pem");
    let error = written(builder::<SpotVenue>(ed25519), &limit()).unwrap_err().to_string();
    assert!(error.contains("HMAC secrets and RSA keys"), "{error}");
}

#[test]
fn raw_calls() {
    let call = RawCall::new(Method::Post, "/v5/asset/transfer").signed().body(b"{}");
    assert_eq!(spot(&call), post("/asset/transfer", "{}"));
    let with_headers = RawCall { headers: &[("X-Referer", "me"), ("content-type", "text/json")], ..call };
    let request = spot(&with_headers);
    assert!(request.contains("\r\nX-Referer: me\r\ncontent-type: text/json\r\nContent-Length:"), "{request}");
    assert!(!request.contains("Content-Type: application/json"), "{request}");
    for name in ["X-BAPI-SIGN", "x-bapi-timestamp"] {
        assert!(refusal::<SpotVenue, _>(&RawCall { headers: &[(name, "1")], ..call }).contains("leave them out"));
    }
    let get_with_body = RawCall::new(Method::Get, "/v5/x").signed().body(b"{}");
    assert!(refusal::<SpotVenue, _>(&get_with_body).contains("403"));
    let unsigned = RawCall::new(Method::Get, "/v5/market/time").query(&[("a", "b c&é")]);
    assert_eq!(spot(&unsigned), "GET /v5/market/time?a=b%20c%26%C3%A9 HTTP/1.1\r\nHost: api.bybit.com\r\n\r\n");
    // What is signed is the query as it is sent, and a body is sent and signed as it stands.
    let signed = RawCall { signed: true, ..unsigned };
    assert_eq!(spot(&signed), get("/market/time", "a=b%20c%26%C3%A9"));
    let body = "{\"note\": \"naïve ☕\"}";
    let call = RawCall::new(Method::Post, "/v5/x").signed().body(body.as_bytes());
    assert_eq!(spot(&call), post("/x", body));
}

#[test]
fn a_receive_window_is_cut_by_the_deadline_and_has_whole_milliseconds() {
    let ms = Duration::from_millis;
    for (setting, deadline, text) in [
        (None, Duration::MAX, "5000"),
        (None, ms(10_000), "5000"),
        (None, ms(80), "80"),
        (None, Duration::from_micros(80_001), "81"),
        (Some(ms(30)), ms(80), "30"),
        (Some(ms(60_000)), Duration::MAX, "60000"),
    ] {
        let builder = builder::<SpotVenue>(SECRET).deadline(deadline);
        let builder = setting.iter().fold(builder, |builder, window| builder.recv_window(*window));
        let request = written(builder, &Balances {}).unwrap();
        let sign = by_hmac(SECRET, &format!("{NOW_MS}{KEY}{text}accountType=UNIFIED"));
        let expected = format!("X-BAPI-RECV-WINDOW: {text}\r\nX-BAPI-SIGN: {sign}\r\n");
        assert!(request.contains(&expected), "{request}");
    }
    for window in [Duration::from_micros(5_000_500), ms(60_001), Duration::ZERO] {
        let error = written(builder::<SpotVenue>(SECRET).recv_window(window), &Balances {}).unwrap_err().to_string();
        assert!(error.contains("whole milliseconds"), "{error}");
    }
}

/// Source: order/create-order, `orderLinkId`.
#[test]
fn a_client_id_has_letters_digits_and_two_signs() {
    for sign in '!'..='~' {
        let order = limit().with_id(id(&format!("mm{sign}1")));
        if sign.is_ascii_alphanumeric() || "-_".contains(sign) {
            assert!(spot(&order).contains(&format!("\"orderLinkId\":\"mm{sign}1\"")));
            assert!(spot(&QueryOrder { order: order.order() }).contains(&format!("&orderLinkId=mm{sign}1 ")));
        } else {
            for error in [
                refusal::<SpotVenue, _>(&order),
                refusal::<SpotVenue, _>(&CancelOrder { order: order.order() }),
                refusal::<SpotVenue, _>(&QueryOrder { order: order.order() }),
                refusal::<SpotVenue, _>(&PlaceBatch { orders: &[order] }),
                refusal::<SpotVenue, _>(&CancelBatch { orders: &[order.order()] }),
            ] {
                assert!(error.contains("client order id") && error.contains("letters, digits"), "{error}");
            }
        }
    }
}

/// The part of a list behind a cursor.
struct Behind<E>(E, Cursor);

impl<V: Venue, E: Endpoint<V>> Endpoint<V> for Behind<E> {
    type Reply = E::Reply;
    const METHOD: Method = E::METHOD;
    const PATH: &'static str = E::PATH;

    fn encode<'b>(&self, venue: &V, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.0.encode_page(venue, draft, window, Some(&self.1))
    }

    fn decode(&self, response: &Response<'_>) -> Result<E::Reply, RestError> {
        self.0.decode(response)
    }
}

/// Source: the example of order/open-order.
#[test]
fn a_cursor_goes_back_as_it_came() {
    let text = "page_args%3Dfd4300ae-7847-404e-b947-b46980a4d140%26symbol%3D6%26";
    let cursor = Cursor::new(text).unwrap();
    let open = OpenOrders { symbol: None, triggers: false };
    let query = format!("category=linear&settleCoin=USDT&limit=50&cursor={text}");
    assert_eq!(linear(&Behind(open, cursor)), get("/order/realtime", &query));
    let query = format!("category=linear&settleCoin=USDT&limit=200&cursor={text}");
    assert_eq!(linear(&Behind(GetPositions { symbol: None }, cursor)), get("/position/list", &query));
    let target = format!("/v5/market/instruments-info?category=linear&limit=1000&cursor={text}");
    assert!(linear(&Behind(GetInstruments {}, cursor)).starts_with(&format!("GET {target} HTTP/1.1\r\n")));
    assert_eq!((Cursor::new(""), Cursor::new(&"a".repeat(257))), (None, None));
}

prop_compose! {
    fn orders()(
        id in "[A-Za-z0-9_-]{1,36}",
        // Everything but what would end a text of JSON.
        symbol in "([A-Z0-9]{1,12}|[A-Z&=?#%+/{},一-鿿１-９]{1,8})",
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        kind in 0..9,
        digits in 1_i64..,
        price_digits in 1_i64..,
        places in 0_u32..=18,
    ) -> NewOrder {
        let (id, symbol) = (ClientOrderId::new(&id).unwrap(), Symbol::new(&symbol).unwrap());
        let (quantity, price) = (Decimal::new(digits, places), Decimal::new(price_digits, places));
        let limit = NewOrder::limit(id, symbol, side, quantity, price);
        match kind {
            0 => limit,
            1 => limit.time_in_force(TimeInForce::Ioc),
            2 => limit.time_in_force(TimeInForce::Fok),
            3 => limit.post_only(),
            4 => NewOrder::market(id, symbol, side, quantity),
            5 => NewOrder::stop_market(id, symbol, side, quantity, price),
            6 => NewOrder::stop_limit(id, symbol, side, quantity, price, price),
            7 => NewOrder::take_profit_market(id, symbol, side, quantity, price),
            _ => NewOrder::take_profit_limit(id, symbol, side, quantity, price, price),
        }
    }
}

/// The fields of a spot order as the venue's documents name them.
fn fields(order: &NewOrder) -> serde_json::Value {
    use orderwire_bybit::OrderType::{Limit, LimitMaker, StopLimit, TakeProfitLimit};
    let is_limit = matches!(order.order_type, Limit | LimitMaker | StopLimit | TakeProfitLimit);
    let mut fields = serde_json::json!({
        "symbol": order.symbol.as_str(),
        "side": if order.side == Side::Buy { "Buy" } else { "Sell" },
        "orderType": if is_limit { "Limit" } else { "Market" },
        "qty": order.quantity.to_string(),
        "orderLinkId": order.id.as_str(),
    });
    let map = fields.as_object_mut().unwrap();
    if is_limit {
        let time_in_force = match (order.order_type, order.time_in_force) {
            (LimitMaker, _) => "PostOnly",
            (_, TimeInForce::Fok) => "FOK",
            (_, TimeInForce::Ioc) => "IOC",
            _ => "GTC",
        };
        map.insert("timeInForce".into(), time_in_force.into());
        map.insert("price".into(), order.price.unwrap().to_string().into());
    } else {
        map.insert("marketUnit".into(), "baseCoin".into());
    }
    if let Some(price) = order.stop_price {
        map.insert("triggerPrice".into(), price.to_string().into());
        map.insert("orderFilter".into(), "StopOrder".into());
    }
    fields
}

type BySecret = (&'static str, fn(&str) -> String);

/// One of each kind of key that the venue takes.
const BY_KIND: [BySecret; 2] = [(SECRET, |text| by_hmac(SECRET, text)), (RSA, |text| by_rsa(RSA, text))];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_order_is_sent_as_meant_and_signed_as_sent(
        orders in proptest::collection::vec(orders(), 1..=10),
        window_ms in 1_u64..=60_000,
        now_ms in 0_u64..=9_999_999_999_999,
    ) {
        for (secret, signature) in BY_KIND {
            let builder = || builder::<SpotVenue>(secret)
                .fixed_clock(Timestamp::from_ms(now_ms))
                .recv_window(Duration::from_millis(window_ms));
            let alone = written(builder(), &orders[0]).unwrap();
            let batch = written(builder(), &PlaceBatch { orders: &orders }).unwrap();
            for (request, path) in [(&alone, "/order/create"), (&batch, "/order/create-batch")] {
                let (head, body) = request.split_once("\r\n\r\n").unwrap();
                let sign = signature(&format!("{now_ms}{KEY}{window_ms}{body}"));
                let expected = format!(
                    "POST /v5{path} HTTP/1.1\r\nHost: api.bybit.com\r\nX-BAPI-API-KEY: {KEY}\r\nX-BAPI-TIMESTAMP: {now_ms}\r\n\
                     X-BAPI-RECV-WINDOW: {window_ms}\r\nX-BAPI-SIGN: {sign}\r\nContent-Type: application/json\r\n\
                     Content-Length:{:>6}", body.len());
                prop_assert_eq!(head, expected);
            }
            let read = |request: &str| -> serde_json::Value {
                serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
            };
            let mut one = fields(&orders[0]);
            one.as_object_mut().unwrap().insert("category".into(), "spot".into());
            prop_assert_eq!(read(&alone), one);
            let all: Vec<_> = orders.iter().map(fields).collect();
            prop_assert_eq!(read(&batch), serde_json::json!({"category": "spot", "request": all}));
        }
    }
}
