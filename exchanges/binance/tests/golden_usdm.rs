//! Every call of USD-M futures in its exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_binance::orderwire::venue::{
    AmendBatch, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills,
    GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime,
    TestOrder,
};
use orderwire_binance::orderwire::{Method, RestError};
use orderwire_binance::usdm::{
    GetAccount, GetOpenOrder, GetOrderLimits, GetPositionMode, MarginType, PositionMode, PriceMatch, SetLeverage,
    SetMarginType, SetPositionMode, TestUsdmOrder, TriggerBy, UsdmAmend,
};
use orderwire_binance::{
    AmendOrder, ClientOrderId, Credentials, Decimal, Environment, Fate, FillsSince, NewOrder, OrderId, OrderRef,
    PositionSide, RawCall, ResponseType, SelfTradePrevention, Side, Symbol, TimeInForce, Timestamp, Usdm, UsdmBuilder,
    UsdmOrder, UsdmVenue, dec,
};
use proptest::prelude::*;
use std::time::Duration;

mod signing;

use signing::{ED25519, RSA, by_ed25519, by_hmac, by_rsa};

/// The example of the venue's documents. Source: general-info, "SIGNED Endpoint Examples for POST /fapi/v1/order - HMAC Keys".
const KEY: &str = "dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83";
const SECRET: &str = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9";
const NOW_MS: u64 = 1_591_702_613_943;

fn usdm() -> UsdmBuilder {
    usdm_with(SECRET)
}

fn usdm_with(secret: &str) -> UsdmBuilder {
    Usdm::builder(Environment::Live)
        .credentials(Credentials::new(KEY, secret).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The receive window is then what the builder says, whole.
        .deadline(Duration::MAX)
}

fn written<E: Endpoint<UsdmVenue>>(builder: UsdmBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<UsdmVenue>>(endpoint: &E) -> String {
    let error = written(usdm(), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// The whole request without a body: its timestamp and its signature, made anew, behind `target`.
fn signed(method: &str, target: &str) -> String {
    let joint = if target.contains('?') { '&' } else { '?' };
    let target = format!("{target}{joint}timestamp={NOW_MS}");
    let (_, query) = target.split_once('?').unwrap();
    whole(method, &format!("{target}&signature={}", by_hmac(SECRET, query)))
}

fn whole(method: &str, target: &str) -> String {
    let length = if method == "GET" { "" } else { "Content-Length: 0\r\n" };
    format!("{method} {target} HTTP/1.1\r\nHost: fapi.binance.com\r\nX-MBX-APIKEY: {KEY}\r\n{length}\r\n")
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn limit() -> NewOrder {
    NewOrder::limit(id("mm1-0007"), symbol(), Side::Buy, dec!(1), dec!(9000))
}

fn market() -> NewOrder {
    NewOrder::market(id("mm1-0007"), symbol(), Side::Sell, dec!(0.00100))
}

fn stop() -> NewOrder {
    NewOrder::stop_market(id("mm1-0007"), symbol(), Side::Sell, dec!(1), dec!(8000))
}

fn stop_limit() -> NewOrder {
    NewOrder::stop_limit(id("mm1-0007"), symbol(), Side::Sell, dec!(1), dec!(8000), dec!(7990))
}

fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

#[test]
fn place_limit() {
    assert_eq!(
        written(usdm(), &limit()).unwrap(),
        "POST /fapi/v1/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000\
         &timestamp=1591702613943\
         &signature=d42d8dcc3e334db46504105ff57405e0da666c01f7200520a9a47796ace6260a HTTP/1.1\r\n\
         Host: fapi.binance.com\r\n\
         X-MBX-APIKEY: dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

/// Both as a query and as a test.
#[track_caller]
fn placed_as(order: UsdmOrder, terms: &str) {
    let target = format!("/fapi/v1/order?symbol=BTCUSDT&{terms}");
    assert_eq!(written(usdm(), &order).unwrap(), signed("POST", &target));
    let target = format!("/fapi/v1/order/test?symbol=BTCUSDT&{terms}");
    assert_eq!(written(usdm(), &TestUsdmOrder { order }).unwrap(), signed("POST", &target));
}

/// Source: "New Order", the table by type; "GTX - Good Till Crossing (Post Only)".
#[test]
fn place_in_every_way() {
    for (order, terms) in [
        (
            limit(),
            "side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000",
        ),
        (
            limit().time_in_force(TimeInForce::Ioc),
            "side=BUY&type=LIMIT&timeInForce=IOC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000",
        ),
        (
            limit().time_in_force(TimeInForce::Fok),
            "side=BUY&type=LIMIT&timeInForce=FOK&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000",
        ),
        (
            limit().post_only(),
            "side=BUY&type=LIMIT&timeInForce=GTX&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000",
        ),
        (
            limit().reduce_only(),
            "side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&reduceOnly=true&quantity=1&newClientOrderId=mm1-0007&price=9000",
        ),
        (market(), "side=SELL&type=MARKET&newOrderRespType=RESULT&quantity=0.00100&newClientOrderId=mm1-0007"),
        (
            market().reduce_only(),
            "side=SELL&type=MARKET&newOrderRespType=RESULT&reduceOnly=true&quantity=0.00100&newClientOrderId=mm1-0007",
        ),
        (
            market().position_side(PositionSide::Long),
            "side=SELL&positionSide=LONG&type=MARKET&newOrderRespType=RESULT&quantity=0.00100&newClientOrderId=mm1-0007",
        ),
        (
            market().position_side(PositionSide::Short),
            "side=SELL&positionSide=SHORT&type=MARKET&newOrderRespType=RESULT&quantity=0.00100&newClientOrderId=mm1-0007",
        ),
    ] {
        placed_as(order.into(), terms);
        let target = format!("/fapi/v1/order?symbol=BTCUSDT&{terms}");
        assert_eq!(written(usdm(), &order).unwrap(), signed("POST", &target));
        let target = format!("/fapi/v1/order/test?symbol=BTCUSDT&{terms}");
        assert_eq!(written(usdm(), &TestOrder { order }).unwrap(), signed("POST", &target));
    }
}

#[test]
fn place_with_all_that_futures_have() {
    let limit = UsdmOrder::new(limit());
    let gtc =
        "side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=9000";
    let end = Timestamp::from_ms(1_693_207_680_000);
    for (order, terms) in [
        (limit.response(ResponseType::Ack), gtc.replace("RESULT", "ACK")),
        (
            limit.good_till(end),
            format!("{}&goodTillDate=1693207680000", gtc.replace("timeInForce=GTC", "timeInForce=GTD")),
        ),
        (UsdmOrder::new(limit.order.post_only()).retail_only(), gtc.replace("timeInForce=GTC", "timeInForce=RPI")),
        (
            limit.self_trade_prevention(SelfTradePrevention::ExpireBoth),
            format!("{gtc}&selfTradePreventionMode=EXPIRE_BOTH"),
        ),
        (
            limit.self_trade_prevention(SelfTradePrevention::ExpireMaker),
            format!("{gtc}&selfTradePreventionMode=EXPIRE_MAKER"),
        ),
        (
            limit.self_trade_prevention(SelfTradePrevention::ExpireTaker),
            format!("{gtc}&selfTradePreventionMode=EXPIRE_TAKER"),
        ),
    ] {
        placed_as(order, &terms);
    }
    for (price_match, word) in [
        (PriceMatch::Opponent, "OPPONENT"),
        (PriceMatch::Opponent5, "OPPONENT_5"),
        (PriceMatch::Opponent10, "OPPONENT_10"),
        (PriceMatch::Opponent20, "OPPONENT_20"),
        (PriceMatch::Queue, "QUEUE"),
        (PriceMatch::Queue5, "QUEUE_5"),
        (PriceMatch::Queue10, "QUEUE_10"),
        (PriceMatch::Queue20, "QUEUE_20"),
    ] {
        let terms = gtc.replace("price=9000", &format!("priceMatch={word}"));
        placed_as(limit.price_match(price_match), &terms);
    }
}

/// Source: "New Algo Order".
#[test]
fn place_what_waits_for_the_market() {
    let take_limit = NewOrder::take_profit_limit(id("mm1-0007"), symbol(), Side::Sell, dec!(1), dec!(9500), dec!(9490));
    let take = NewOrder::take_profit_market(id("mm1-0007"), symbol(), Side::Sell, dec!(1), dec!(9500));
    let (ioc, fok) = (TimeInForce::Ioc, TimeInForce::Fok);
    for (order, terms) in [
        (stop(), "type=STOP_MARKET&quantity=1&triggerPrice=8000"),
        (stop().reduce_only(), "type=STOP_MARKET&quantity=1&triggerPrice=8000&reduceOnly=true"),
        (take, "type=TAKE_PROFIT_MARKET&quantity=1&triggerPrice=9500"),
        (stop_limit(), "type=STOP&timeInForce=GTC&quantity=1&price=7990&triggerPrice=8000"),
        (stop_limit().time_in_force(ioc), "type=STOP&timeInForce=IOC&quantity=1&price=7990&triggerPrice=8000"),
        (stop_limit().time_in_force(fok), "type=STOP&timeInForce=FOK&quantity=1&price=7990&triggerPrice=8000"),
        (take_limit, "type=TAKE_PROFIT&timeInForce=GTC&quantity=1&price=9490&triggerPrice=9500"),
        (take_limit.time_in_force(ioc), "type=TAKE_PROFIT&timeInForce=IOC&quantity=1&price=9490&triggerPrice=9500"),
        (take_limit.time_in_force(fok), "type=TAKE_PROFIT&timeInForce=FOK&quantity=1&price=9490&triggerPrice=9500"),
    ] {
        let target =
            format!("/fapi/v1/algoOrder?algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&{terms}&clientAlgoId=mm1-0007");
        assert_eq!(written(usdm(), &order).unwrap(), signed("POST", &target));
        assert_eq!(written(usdm(), &UsdmOrder::new(order)).unwrap(), signed("POST", &target));
        let error = refusal(&TestOrder { order });
        assert!(error.contains("test the order that it becomes"), "{error}");
    }

    let trailing = UsdmOrder::trailing_stop(id("mm1-0007"), symbol(), Side::Sell, dec!(1), dec!(0.5));
    let stop_of_long = stop().position_side(PositionSide::Long);
    let (stop, stop_limit) = (UsdmOrder::new(stop()), UsdmOrder::new(stop_limit()));
    let nothing = |order: NewOrder| UsdmOrder::new(changed(order, |order| order.quantity = dec!(0)));
    let end = Timestamp::from_ms(1_693_207_680_000);
    let mode = SelfTradePrevention::ExpireTaker;
    for (order, terms, behind) in [
        (trailing, "type=TRAILING_STOP_MARKET&quantity=1&callbackRate=0.5", ""),
        (
            trailing.activate_price(dec!(9020)),
            "type=TRAILING_STOP_MARKET&quantity=1&activatePrice=9020&callbackRate=0.5",
            "",
        ),
        (
            stop.trigger_by(TriggerBy::MarkPrice).price_protect(),
            "type=STOP_MARKET&quantity=1&triggerPrice=8000&workingType=MARK_PRICE&priceProtect=TRUE",
            "",
        ),
        (
            stop.trigger_by(TriggerBy::LastPrice),
            "type=STOP_MARKET&quantity=1&triggerPrice=8000&workingType=CONTRACT_PRICE",
            "",
        ),
        (nothing(stop.order).close_position(), "type=STOP_MARKET&closePosition=true&triggerPrice=8000", ""),
        (nothing(take).close_position(), "type=TAKE_PROFIT_MARKET&closePosition=true&triggerPrice=9500", ""),
        (
            nothing(stop_of_long).close_position(),
            "positionSide=LONG&type=STOP_MARKET&closePosition=true&triggerPrice=8000",
            "",
        ),
        (
            stop_limit.price_match(PriceMatch::Opponent5),
            "type=STOP&timeInForce=GTC&quantity=1&priceMatch=OPPONENT_5&triggerPrice=8000",
            "",
        ),
        (stop_limit.maker_when_triggered(), "type=STOP&timeInForce=GTX&quantity=1&price=7990&triggerPrice=8000", ""),
        (
            UsdmOrder::new(take_limit).maker_when_triggered(),
            "type=TAKE_PROFIT&timeInForce=GTX&quantity=1&price=9490&triggerPrice=9500",
            "",
        ),
        (
            stop_limit.good_till(end),
            "type=STOP&timeInForce=GTD&quantity=1&price=7990&triggerPrice=8000",
            "&goodTillDate=1693207680000",
        ),
        (
            UsdmOrder::new(take_limit).good_till(end),
            "type=TAKE_PROFIT&timeInForce=GTD&quantity=1&price=9490&triggerPrice=9500",
            "&goodTillDate=1693207680000",
        ),
        (
            stop.self_trade_prevention(mode),
            "type=STOP_MARKET&quantity=1&triggerPrice=8000",
            "&selfTradePreventionMode=EXPIRE_TAKER",
        ),
    ] {
        let target = format!(
            "/fapi/v1/algoOrder?algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&{terms}&clientAlgoId=mm1-0007{behind}"
        );
        assert_eq!(written(usdm(), &order).unwrap(), signed("POST", &target));
    }
}

#[test]
fn what_futures_would_refuse_is_refused_before() {
    let trailing = UsdmOrder::trailing_stop(id("a"), symbol(), Side::Sell, dec!(1), dec!(0.5));
    let (limit, market) = (UsdmOrder::new(limit()), UsdmOrder::new(market()));
    let (stop, stop_limit) = (UsdmOrder::new(stop()), UsdmOrder::new(stop_limit()));
    let closing = UsdmOrder::new(changed(stop.order, |order| order.quantity = dec!(0))).close_position();
    let with = |order: UsdmOrder, change: &dyn Fn(&mut NewOrder)| changed(order, |order| change(&mut order.order));
    let end = Timestamp::from_ms(1_693_207_680_000);
    for (order, what) in [
        (with(limit, &|order| order.price = None), "price is missing"),
        (with(limit, &|order| order.price = Some(dec!(0))), "above zero"),
        (with(limit, &|order| order.quantity = dec!(-1)), "above zero"),
        (with(limit, &|order| order.stop_price = Some(dec!(1))), "stop_price"),
        (with(limit, &|order| *order = order.reduce_only().position_side(PositionSide::Long)), "hedge mode"),
        (with(market, &|order| order.price = Some(dec!(1))), "a market order has none"),
        (with(market, &|order| order.time_in_force = TimeInForce::Ioc), "market order with a time in force"),
        (with(market, &|order| *order = order.post_only()), "post-only order without a price"),
        (with(limit, &|order| *order = order.post_only().time_in_force(TimeInForce::Fok)), "time in force"),
        (limit.response(ResponseType::Full), "an answer with fills"),
        (limit.retail_only(), "may take"),
        (with(limit, &|order| order.time_in_force = TimeInForce::Ioc).good_till(end), "good_till()"),
        (market.good_till(end), "good_till()"),
        (changed(limit, |order| order.price_match = Some(PriceMatch::Queue)), "not both"),
        (market.price_match(PriceMatch::Queue), "a market order has none"),
        (limit.self_trade_prevention(SelfTradePrevention::None), "ExpireMaker"),
        (limit.self_trade_prevention(SelfTradePrevention::Decrement), "ExpireMaker"),
        (limit.trigger_by(TriggerBy::MarkPrice), "trigger_by"),
        (limit.price_protect(), "price_protect"),
        (market.close_position(), "close_position"),
        (limit.maker_when_triggered(), "maker_when_triggered"),
        (changed(limit, |order| order.trailing = trailing.trailing), "trailing"),
        (with(stop, &|order| order.stop_price = None), "stop_price is missing"),
        (with(stop, &|order| order.price = Some(dec!(1))), "a market order has none"),
        (with(stop, &|order| order.time_in_force = TimeInForce::Ioc), "leave time_in_force() out"),
        (with(stop_limit, &|order| order.price = None), "NewOrder::stop_limit"),
        (with(trailing, &|order| order.stop_price = Some(dec!(1))), "activate_price"),
        (
            changed(stop_limit, |order| (order.trailing, order.order.stop_price) = (trailing.trailing, None)),
            "trailing_stop",
        ),
        (changed(trailing, |order| order.trailing.as_mut().unwrap().callback_percent = dec!(0.09)), "0.1 to 10"),
        (changed(trailing, |order| order.trailing.as_mut().unwrap().callback_percent = dec!(10.1)), "0.1 to 10"),
        (trailing.activate_price(dec!(0)), "activate_price"),
        (trailing.close_position(), "close_position"),
        (stop.close_position(), "quantity of zero"),
        (with(closing, &|order| *order = order.reduce_only()), "without reduce_only()"),
        (with(closing, &|order| *order = order.position_side(PositionSide::Short)), "the short one by a buy"),
        (stop.maker_when_triggered(), "maker_when_triggered() are each"),
        (stop.good_till(end), "good_till() and"),
        (stop_limit.good_till(end).maker_when_triggered(), "good_till() and"),
        (stop.retail_only(), "retail_only"),
        (changed(stop_limit, |order| order.price_match = Some(PriceMatch::Queue)), "not both"),
    ] {
        let error = refusal(&order);
        assert!(error.contains(what), "{what}: {error}");
    }
}

/// The element of a batch as JSON, percent-encoded as a form encodes it (a space, which never occurs, apart).
fn encoded(json: &str) -> String {
    form_urlencoded::byte_serialize(json.as_bytes()).collect()
}

/// Source: "Place Multiple Orders".
#[test]
fn place_several_with_one_request() {
    let orders = [limit(), market().with_id(id("a.b:c/d_e-f")).reduce_only(), limit().post_only()];
    let json = r#"[{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","newOrderRespType":"RESULT","quantity":"1","newClientOrderId":"mm1-0007","price":"9000"},{"symbol":"BTCUSDT","side":"SELL","type":"MARKET","newOrderRespType":"RESULT","reduceOnly":"true","quantity":"0.00100","newClientOrderId":"a.b:c/d_e-f"},{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTX","newOrderRespType":"RESULT","quantity":"1","newClientOrderId":"mm1-0007","price":"9000"}]"#;
    let target = format!("/fapi/v1/batchOrders?batchOrders={}", encoded(json));
    assert_eq!(written(usdm(), &PlaceBatch { orders: &orders }).unwrap(), signed("POST", &target));

    let details = [
        UsdmOrder::new(limit().position_side(PositionSide::Long)).price_match(PriceMatch::Queue5),
        UsdmOrder::new(limit())
            .response(ResponseType::Ack)
            .good_till(Timestamp::from_ms(1_693_207_680_000))
            .self_trade_prevention(SelfTradePrevention::ExpireMaker),
    ];
    let json = r#"[{"symbol":"BTCUSDT","side":"BUY","positionSide":"LONG","type":"LIMIT","timeInForce":"GTC","newOrderRespType":"RESULT","quantity":"1","newClientOrderId":"mm1-0007","priceMatch":"QUEUE_5"},{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTD","newOrderRespType":"ACK","quantity":"1","newClientOrderId":"mm1-0007","price":"9000","selfTradePreventionMode":"EXPIRE_MAKER","goodTillDate":"1693207680000"}]"#;
    let target = format!("/fapi/v1/batchOrders?batchOrders={}", encoded(json));
    assert_eq!(written(usdm(), &PlaceBatch { orders: &details }).unwrap(), signed("POST", &target));

    for (orders, what) in [
        (vec![], "at least one"),
        (vec![limit(); 6], "at most 5"),
        (vec![limit(), stop()], "place those one by one"),
        (vec![changed(limit(), |order| order.symbol = Symbol::new("A\"B").unwrap())], "quotes"),
        (vec![changed(limit(), |order| order.symbol = Symbol::new("A\\B").unwrap())], "quotes"),
        (vec![changed(limit(), |order| order.quantity = dec!(0))], "above zero"),
    ] {
        let error = refusal(&PlaceBatch { orders: &orders });
        assert!(error.contains(what), "{error}");
    }
    // Five of the longest that there are fit the buffer.
    let long = changed(limit(), |order| {
        order.id = id(&"/".repeat(36));
        order.symbol = Symbol::new(&"１".repeat(14)).unwrap();
        (order.quantity, order.price) = (Decimal::MAX, Some(Decimal::from_i128_with_scale(1, 28)));
    });
    let long = UsdmOrder::new(long.position_side(PositionSide::Short)).good_till(Timestamp::from_ms(u64::MAX));
    let request = written(usdm(), &PlaceBatch { orders: &[long; 5] }).unwrap();
    assert!(request.len() < 16_384, "{}", request.len());
}

/// Source: "Modify Order", "Modify Multiple Orders".
#[test]
fn change_orders() {
    let by_id = OrderRef::by_id(symbol(), id("mm1-0007"));
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::from(20_072_994_037));
    let change = AmendOrder {
        order: by_id,
        new_id: None,
        quantity: Some(dec!(1)),
        price: Some(dec!(30005)),
        side: Some(Side::Buy),
    };
    let named = AmendOrder { order: by_order_id, side: Some(Side::Sell), ..change };
    let first = "/fapi/v1/order?symbol=BTCUSDT&origClientOrderId=mm1-0007&side=BUY&quantity=1&price=30005";
    let second = "/fapi/v1/order?symbol=BTCUSDT&orderId=20072994037&side=SELL&quantity=1";
    assert_eq!(written(usdm(), &change).unwrap(), signed("PUT", first));
    assert_eq!(written(usdm(), &named).unwrap(), signed("PUT", &format!("{second}&price=30005")));
    let numbered = UsdmAmend::new(named).modify_id(7);
    assert_eq!(written(usdm(), &numbered).unwrap(), signed("PUT", &format!("{second}&price=30005&modifyId=7")));
    let matched = UsdmAmend::new(named).price_match(PriceMatch::Opponent);
    assert_eq!(written(usdm(), &matched).unwrap(), signed("PUT", &format!("{second}&priceMatch=OPPONENT")));

    let json = r#"[{"symbol":"BTCUSDT","origClientOrderId":"mm1-0007","side":"BUY","quantity":"1","price":"30005"},{"symbol":"BTCUSDT","orderId":"20072994037","side":"SELL","quantity":"1","price":"30005"}]"#;
    let target = format!("/fapi/v1/batchOrders?batchOrders={}", encoded(json));
    assert_eq!(written(usdm(), &AmendBatch { changes: &[change, named] }).unwrap(), signed("PUT", &target));
    let json = r#"[{"symbol":"BTCUSDT","orderId":"20072994037","side":"SELL","quantity":"1","price":"30005","modifyId":"7"},{"symbol":"BTCUSDT","orderId":"20072994037","side":"SELL","quantity":"1","priceMatch":"OPPONENT"}]"#;
    let target = format!("/fapi/v1/batchOrders?batchOrders={}", encoded(json));
    assert_eq!(written(usdm(), &AmendBatch { changes: &[numbered, matched] }).unwrap(), signed("PUT", &target));

    for (change, what) in [
        (AmendOrder { side: None, ..change }, "side is missing"),
        (AmendOrder { quantity: None, ..change }, "quantity is missing"),
        (AmendOrder { price: None, ..change }, "price is missing"),
        (AmendOrder { new_id: Some(id("b")), ..change }, "leave new_id out"),
        (AmendOrder { quantity: Some(dec!(0)), ..change }, "above zero"),
        (AmendOrder { order: by_id.with_trigger(), ..change }, "cancel it and place another"),
        (AmendOrder { order: changed(by_id, |order| order.id = None), ..change }, "name the order"),
    ] {
        for error in [refusal(&change), refusal(&AmendBatch { changes: &[change] })] {
            assert!(error.contains(what), "{error}");
        }
    }
    assert!(refusal(&AmendBatch { changes: &[change; 6] }).contains("at most 5"));
}

/// Source: "Cancel Multiple Orders": "encode the double quotes. No space after comma."
#[test]
fn cancel_several_with_one_request() {
    let by_order_id = |id: u64| OrderRef::by_order_id(symbol(), OrderId::from(id));
    let by_id = |text| OrderRef::by_id(symbol(), id(text));
    let by_both = changed(by_id("c"), |order| order.order_id = Some(OrderId::from(3)));
    for (orders, list) in [
        (vec![by_order_id(1_234_567), by_order_id(2_345_678)], "orderIdList=%5B1234567%2C2345678%5D"),
        (vec![by_id("my_id_1"), by_id("my/2")], "origClientOrderIdList=%5B%22my_id_1%22%2C%22my%2F2%22%5D"),
        (vec![by_order_id(1), by_both], "orderIdList=%5B1%2C3%5D"),
        (vec![by_id("a"), by_both], "origClientOrderIdList=%5B%22a%22%2C%22c%22%5D"),
    ] {
        let target = format!("/fapi/v1/batchOrders?symbol=BTCUSDT&{list}");
        assert_eq!(written(usdm(), &CancelBatch { orders: &orders }).unwrap(), signed("DELETE", &target));
    }
    let elsewhere = OrderRef::by_id(Symbol::new("ETHUSDT").unwrap(), id("a"));
    for (orders, what) in [
        (vec![], "at least one"),
        (vec![by_id("a"); 11], "10 cancelled"),
        (vec![by_id("a"), by_order_id(1)], "all by client order ids"),
        (vec![by_id("a"), elsewhere], "of one instrument"),
        (vec![by_id("a"), by_id("b").with_trigger()], "cancel those one by one"),
    ] {
        let error = refusal(&CancelBatch { orders: &orders });
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn cancel_and_query_by_either_id() {
    let by_id = OrderRef::by_id(symbol(), id("mm1-0007"));
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::from(28));
    let by_both = changed(by_order_id, |order| order.id = by_id.id);
    for (order, name, trigger) in [
        (by_id, "origClientOrderId=mm1-0007", "clientAlgoId=mm1-0007"),
        (by_order_id, "orderId=28", "algoId=28"),
        (by_both, "orderId=28", "algoId=28"),
    ] {
        let target = format!("/fapi/v1/order?symbol=BTCUSDT&{name}");
        assert_eq!(written(usdm(), &CancelOrder { order }).unwrap(), signed("DELETE", &target));
        assert_eq!(written(usdm(), &QueryOrder { order }).unwrap(), signed("GET", &target));
        let target = format!("/fapi/v1/openOrder?symbol=BTCUSDT&{name}");
        assert_eq!(written(usdm(), &GetOpenOrder { order }).unwrap(), signed("GET", &target));
        let (target, order) = (format!("/fapi/v1/algoOrder?{trigger}"), order.with_trigger());
        assert_eq!(written(usdm(), &CancelOrder { order }).unwrap(), signed("DELETE", &target));
        assert_eq!(written(usdm(), &QueryOrder { order }).unwrap(), signed("GET", &target));
        assert!(refusal(&GetOpenOrder { order }).contains("query it"));
    }
    // An order knows where it lives.
    for (order, has_trigger) in [(limit(), false), (market(), false), (stop(), true), (stop_limit(), true)] {
        assert_eq!(order.order().has_trigger, has_trigger);
    }
    for nameless in [changed(by_id, |order| order.id = None), changed(by_id.with_trigger(), |order| order.id = None)] {
        assert!(refusal(&CancelOrder { order: nameless }).contains("name the order"));
    }
    let not_a_number = OrderRef::by_order_id(symbol(), OrderId::new("28a").unwrap());
    for order in [not_a_number, not_a_number.with_trigger()] {
        assert!(refusal(&QueryOrder { order }).contains("whole numbers"));
    }
}

#[test]
fn lists_and_a_dead_mans_switch() {
    let symbol = symbol();
    for (triggers, open, all) in [
        (false, "/fapi/v1/openOrders", "/fapi/v1/allOpenOrders"),
        (true, "/fapi/v1/openAlgoOrders", "/fapi/v1/algoOpenOrders"),
    ] {
        let of_one = OpenOrders { symbol: Some(symbol), triggers };
        assert_eq!(written(usdm(), &of_one).unwrap(), signed("GET", &format!("{open}?symbol=BTCUSDT")));
        assert_eq!(written(usdm(), &OpenOrders { symbol: None, triggers }).unwrap(), signed("GET", open));
        let target = format!("{all}?symbol=BTCUSDT");
        assert_eq!(written(usdm(), &CancelAll { symbol, triggers }).unwrap(), signed("DELETE", &target));
    }
    for (after, ms) in [(Some(Duration::from_secs(120)), 120_000), (None, 0)] {
        let switch = CancelAllAfter { symbol: Some(symbol), after };
        let target = format!("/fapi/v1/countdownCancelAll?symbol=BTCUSDT&countdownTime={ms}");
        assert_eq!(written(usdm(), &switch).unwrap(), signed("POST", &target));
    }
    for (symbol, after, what) in [
        (None, Some(Duration::from_secs(1)), "set one for each"),
        (Some(symbol), Some(Duration::from_micros(999)), "at least a millisecond"),
        (Some(symbol), Some(Duration::MAX), "at most a century"),
    ] {
        let error = refusal(&CancelAllAfter { symbol, after });
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn the_account() {
    let symbol = symbol();
    assert_eq!(written(usdm(), &Balances {}).unwrap(), signed("GET", "/fapi/v3/balance"));
    assert_eq!(written(usdm(), &GetAccount {}).unwrap(), signed("GET", "/fapi/v3/account"));
    assert_eq!(written(usdm(), &GetPositions { symbol: None }).unwrap(), signed("GET", "/fapi/v3/positionRisk"));
    let of_one = GetPositions { symbol: Some(symbol) };
    assert_eq!(written(usdm(), &of_one).unwrap(), signed("GET", "/fapi/v3/positionRisk?symbol=BTCUSDT"));
    for (since, which) in [
        (FillsSince::Recent, ""),
        (FillsSince::Order(OrderId::from(25_851_813)), "&orderId=25851813"),
        (FillsSince::Time(Timestamp::from_ms(1_569_514_978_020)), "&startTime=1569514978020"),
        (FillsSince::Trade(698_759), "&fromId=698759"),
    ] {
        let target = format!("/fapi/v1/userTrades?symbol=BTCUSDT{which}&limit=1000");
        assert_eq!(written(usdm(), &GetFills { symbol, since }).unwrap(), signed("GET", &target));
    }
    let target = "/fapi/v1/commissionRate?symbol=BTCUSDT";
    assert_eq!(written(usdm(), &GetFeeRates { symbol }).unwrap(), signed("GET", target));
    assert_eq!(written(usdm(), &GetOrderLimits {}).unwrap(), signed("GET", "/fapi/v1/rateLimit/order"));
}

#[test]
fn how_positions_are_kept() {
    let symbol = symbol();
    let target = "/fapi/v1/leverage?symbol=BTCUSDT&leverage=21";
    assert_eq!(written(usdm(), &SetLeverage { symbol, leverage: 21 }).unwrap(), signed("POST", target));
    for leverage in [0, 126] {
        assert!(refusal(&SetLeverage { symbol, leverage }).contains("1 to 125"));
    }
    for (margin_type, word) in [(MarginType::Crossed, "CROSSED"), (MarginType::Isolated, "ISOLATED")] {
        let target = format!("/fapi/v1/marginType?symbol=BTCUSDT&marginType={word}");
        assert_eq!(written(usdm(), &SetMarginType { symbol, margin_type }).unwrap(), signed("POST", &target));
    }
    for (mode, word) in [(PositionMode::Hedge, "true"), (PositionMode::OneWay, "false")] {
        let target = format!("/fapi/v1/positionSide/dual?dualSidePosition={word}");
        assert_eq!(written(usdm(), &SetPositionMode { mode }).unwrap(), signed("POST", &target));
    }
    assert_eq!(written(usdm(), &GetPositionMode {}).unwrap(), signed("GET", "/fapi/v1/positionSide/dual"));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let of = |path: &str| whole("GET", path);
    let symbol = symbol();
    assert_eq!(written(usdm(), &GetInstrument { symbol }).unwrap(), of("/fapi/v1/exchangeInfo"));
    assert_eq!(written(usdm(), &GetInstruments {}).unwrap(), of("/fapi/v1/exchangeInfo"));
    assert_eq!(written(usdm(), &GetTopOfBook { symbol }).unwrap(), of("/fapi/v1/ticker/bookTicker?symbol=BTCUSDT"));
    assert_eq!(written(usdm(), &ServerTime {}).unwrap(), of("/fapi/v1/time"));
    assert_eq!(written(usdm(), &Ping {}).unwrap(), of("/fapi/v1/ping"));
    for (environment, host) in [
        (Environment::Testnet, "testnet.binancefuture.com"),
        (Environment::Demo, "demo-fapi.binance.com"),
        (Environment::Live, "fapi.binance.com"),
    ] {
        let request = written(Usdm::builder(environment), &Ping {}).unwrap();
        assert_eq!(request, format!("GET /fapi/v1/ping HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    }
}

#[test]
fn a_signed_call_without_a_key_is_refused() {
    let keyless = |endpoint: &dyn Fn(UsdmBuilder) -> Result<String, RestError>| {
        let error = endpoint(Usdm::builder(Environment::Live)).unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent);
        error.to_string()
    };
    for error in [
        keyless(&|usdm| written(usdm, &limit())),
        keyless(&|usdm| written(usdm, &stop())),
        keyless(&|usdm| written(usdm, &PlaceBatch { orders: &[limit()] })),
        keyless(&|usdm| written(usdm, &CancelBatch { orders: &[limit().order()] })),
        keyless(&|usdm| written(usdm, &Balances {})),
        keyless(&|usdm| written(usdm, &GetPositions { symbol: None })),
        keyless(&|usdm| written(usdm, &RawCall::new(Method::Get, "/fapi/v3/account").signed())),
    ] {
        assert!(error.contains("key") && error.contains(".credentials("), "{error}");
    }
}

#[test]
fn a_receive_window_is_cut_by_the_deadline_and_has_whole_milliseconds() {
    let ms = Duration::from_millis;
    for (setting, deadline, text) in [
        (None, ms(10_000), ""),
        (None, ms(80), "recvWindow=80&"),
        (None, Duration::from_micros(80_001), "recvWindow=81&"),
        (Some(ms(30)), ms(80), "recvWindow=30&"),
        (Some(ms(60_000)), Duration::MAX, "recvWindow=60000&"),
    ] {
        let builder = setting.iter().fold(usdm().deadline(deadline), |builder, window| builder.recv_window(*window));
        let query = format!("{text}timestamp={NOW_MS}");
        let target = format!("/fapi/v3/balance?{query}&signature={}", by_hmac(SECRET, &query));
        assert_eq!(written(builder, &Balances {}).unwrap(), whole("GET", &target));
    }
    for (window, what) in [(Duration::from_micros(5_000_500), "whole milliseconds"), (ms(60_001), "60 seconds")] {
        let error = written(usdm().recv_window(window), &Balances {}).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

/// Source: "New Order", `newClientOrderId`: `^[\.A-Z\:/a-z0-9_-]{1,36}$`.
#[test]
fn a_client_id_has_letters_digits_and_five_signs() {
    for sign in '!'..='~' {
        let order = limit().with_id(id(&format!("mm{sign}1")));
        if sign.is_ascii_alphanumeric() || ".:/_-".contains(sign) {
            let shown = encoded(&sign.to_string());
            assert!(written(usdm(), &order).unwrap().contains(&format!("&newClientOrderId=mm{shown}1&")));
            let cancel = written(usdm(), &CancelOrder { order: order.order() }).unwrap();
            assert!(cancel.contains(&format!("&origClientOrderId=mm{shown}1&")));
        } else {
            for error in [
                refusal(&order),
                refusal(&stop().with_id(order.id)),
                refusal(&CancelOrder { order: order.order() }),
                refusal(&CancelOrder { order: order.order().with_trigger() }),
                refusal(&PlaceBatch { orders: &[order] }),
                refusal(&CancelBatch { orders: &[order.order()] }),
            ] {
                assert!(error.contains("client order id") && error.contains("letters, digits"), "{error}");
            }
        }
    }
}

/// Source: general-info, "SIGNED Endpoint Examples for POST /fapi/v1/order - HMAC Keys", example 1. Example 3 was signed with a blank
/// before the timestamp, which no request can carry.
#[test]
fn the_documents_signatures() {
    let query = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("quantity", "1"),
        ("price", "9000"),
        ("timeInForce", "GTC"),
        ("recvWindow", "5000"),
        ("timestamp", "1591702613943"),
    ];
    let signature = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9";
    let target = format!(
        "/fapi/v1/order?symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000\
         &timestamp=1591702613943&signature={signature}"
    );
    let call = RawCall::new(Method::Post, "/fapi/v1/order").signed();
    for query in [&query[..], &query[..query.len() - 1]] {
        assert_eq!(written(usdm(), &call.query(query)).unwrap(), whole("POST", &target));
    }
    // As in example 3, query and body are joined with nothing between them.
    let call = call.query(&query[..3]).body(b"quantity=1&price=9000");
    let text = "symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp=1591702613943quantity=1&price=9000";
    assert!(written(usdm(), &call).unwrap().contains(&format!("&signature={} HTTP/1.1", by_hmac(SECRET, text))));
}

#[test]
fn names_are_encoded_before_they_are_signed() {
    let symbol = Symbol::new("币安人生USDT").unwrap();
    let name = encoded(symbol.as_str());
    let order = changed(limit(), |order| order.symbol = symbol);
    let request = written(usdm(), &order).unwrap();
    assert!(request.starts_with(&format!("POST /fapi/v1/order?symbol={name}&side=BUY&")), "{request}");
    let request = written(usdm(), &PlaceBatch { orders: &[order] }).unwrap();
    assert!(request.contains(&format!("%7B%22symbol%22%3A%22{name}%22%2C")), "{request}");
    let target = format!("/fapi/v1/allOpenOrders?symbol={name}");
    assert_eq!(written(usdm(), &CancelAll { symbol, triggers: false }).unwrap(), signed("DELETE", &target));
}

prop_compose! {
    fn orders()(
        id in "[.A-Z:/a-z0-9_-]{1,36}",
        // Everything that a query could mistake for its own, but what would end a text of JSON.
        symbol in "([A-Z0-9]{1,12}|[A-Z&=?#%+/{},一-鿿１-９]{1,8})",
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        kind in 0..9,
        reduces in any::<bool>(),
        digits in 1_i64..,
        price_digits in 1_i64..,
        places in 0_u32..=18,
    ) -> NewOrder {
        let (id, symbol) = (ClientOrderId::new(&id).unwrap(), Symbol::new(&symbol).unwrap());
        let (quantity, price) = (Decimal::new(digits, places), Decimal::new(price_digits, places));
        let limit = NewOrder::limit(id, symbol, side, quantity, price);
        let order = match kind {
            0 => limit,
            1 => limit.time_in_force(TimeInForce::Ioc),
            2 => limit.time_in_force(TimeInForce::Fok),
            3 => limit.post_only(),
            4 => NewOrder::market(id, symbol, side, quantity),
            5 => NewOrder::stop_market(id, symbol, side, quantity, price),
            6 => NewOrder::stop_limit(id, symbol, side, quantity, price, price),
            7 => NewOrder::take_profit_market(id, symbol, side, quantity, price),
            _ => NewOrder::take_profit_limit(id, symbol, side, quantity, price, price),
        };
        if reduces { order.reduce_only() } else { order }
    }
}

/// The parameters of an order as the venue's documents name them, in the order that they are written in.
fn parameters(order: &NewOrder) -> Vec<(String, String)> {
    use orderwire_binance::OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit};
    let has_trigger = order.order_type.has_trigger();
    let (kind, is_limit) = match order.order_type {
        Limit | LimitMaker => ("LIMIT", true),
        Market => ("MARKET", false),
        StopLimit => ("STOP", true),
        StopMarket => ("STOP_MARKET", false),
        TakeProfitLimit => ("TAKE_PROFIT", true),
        _ => ("TAKE_PROFIT_MARKET", false),
    };
    let time_in_force = match (order.order_type, order.time_in_force) {
        (LimitMaker, _) => "GTX",
        (_, TimeInForce::Fok) => "FOK",
        (_, TimeInForce::Ioc) => "IOC",
        _ => "GTC",
    };
    let reduces = order.reduce_only.then(|| ("reduceOnly", "true".to_owned()));
    let mut parameters = Vec::new();
    parameters.extend(has_trigger.then(|| ("algoType", "CONDITIONAL".to_owned())));
    parameters.push(("symbol", order.symbol.to_string()));
    parameters.push(("side", if order.side == Side::Buy { "BUY" } else { "SELL" }.to_owned()));
    parameters.push(("type", kind.to_owned()));
    parameters.extend(is_limit.then(|| ("timeInForce", time_in_force.to_owned())));
    parameters.extend((!has_trigger).then(|| ("newOrderRespType", "RESULT".to_owned())));
    parameters.extend(reduces.clone().filter(|_| !has_trigger));
    parameters.push(("quantity", order.quantity.to_string()));
    parameters.extend((!has_trigger).then(|| ("newClientOrderId", order.id.to_string())));
    parameters.extend(order.price.map(|price| ("price", price.to_string())));
    parameters.extend(order.stop_price.map(|price| ("triggerPrice", price.to_string())));
    parameters.extend(reduces.filter(|_| has_trigger));
    parameters.extend(has_trigger.then(|| ("clientAlgoId", order.id.to_string())));
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a call takes of the address's weight and of the account's orders, and whether a reserve for cancels is its.
fn cost<E: Endpoint<UsdmVenue>>(call: &E) -> (u32, u32, bool) {
    let cost = call.cost();
    (cost.weight, cost.orders, cost.is_cancel)
}

/// Source: "Request Weight" of each call's page, read as of 2026-01-15. A batch counts as five of the orders of ten seconds.
#[test]
fn each_call_costs_what_its_page_says() {
    let (order, symbol) = (limit().order(), symbol());
    let change =
        AmendOrder { order, new_id: None, quantity: Some(dec!(1)), price: Some(dec!(1)), side: Some(Side::Buy) };
    assert_eq!([cost(&limit()), cost(&stop()), cost(&UsdmOrder::new(market()))], [(0, 1, false); 3]);
    assert_eq!(
        [cost(&TestOrder { order: limit() }), cost(&TestUsdmOrder { order: limit().into() })],
        [(0, 0, false); 2]
    );
    assert_eq!([cost(&change), cost(&UsdmAmend::new(change))], [(0, 1, false); 2]);
    assert_eq!(cost(&PlaceBatch { orders: &[limit(), market()] }), (5, 5, false));
    assert_eq!(cost(&AmendBatch { changes: &[change] }), (5, 5, false));
    assert_eq!(cost(&CancelOrder { order }), (1, 0, true));
    assert_eq!(cost(&CancelBatch { orders: &[order] }), (1, 0, true));
    for triggers in [false, true] {
        assert_eq!(cost(&CancelAll { symbol, triggers }), (1, 0, true));
        assert_eq!(cost(&OpenOrders { symbol: Some(symbol), triggers }), (1, 0, false));
        assert_eq!(cost(&OpenOrders { symbol: None, triggers }), (40, 0, false));
    }
    assert_eq!(cost(&CancelAllAfter { symbol: Some(symbol), after: None }), (10, 0, true));
    assert_eq!([cost(&QueryOrder { order }), cost(&GetOpenOrder { order })], [(1, 0, false); 2]);
    assert_eq!([cost(&Balances {}), cost(&GetAccount {}), cost(&GetPositions { symbol: None })], [(5, 0, false); 3]);
    assert_eq!(cost(&GetFills { symbol, since: FillsSince::Recent }), (5, 0, false));
    assert_eq!(cost(&GetFeeRates { symbol }), (20, 0, false));
    assert_eq!(cost(&GetOrderLimits {}), (1, 0, false));
    assert_eq!(cost(&SetLeverage { symbol, leverage: 5 }), (1, 0, false));
    assert_eq!(cost(&SetMarginType { symbol, margin_type: MarginType::Crossed }), (1, 0, false));
    assert_eq!(cost(&SetPositionMode { mode: PositionMode::OneWay }), (1, 0, false));
    assert_eq!(cost(&GetPositionMode {}), (30, 0, false));
    assert_eq!([cost(&GetInstrument { symbol }), cost(&GetInstruments {})], [(1, 0, false); 2]);
    assert_eq!(cost(&GetTopOfBook { symbol }), (2, 0, false));
    assert_eq!([cost(&ServerTime {}), cost(&Ping {})], [(1, 0, false); 2]);
}

/// Which orders are held against an instrument's rules: those whose quantity is their own.
#[test]
fn what_is_placed_is_what_the_rules_see() {
    fn placed<E: Endpoint<UsdmVenue>>(call: &E) -> Vec<NewOrder> {
        call.places().copied().collect()
    }
    assert_eq!(placed(&limit()), [limit()]);
    assert_eq!(placed(&TestOrder { order: limit() }), [limit()]);
    assert_eq!(placed(&PlaceBatch { orders: &[limit(), market()] }), [limit(), market()]);
    assert_eq!(placed(&PlaceBatch { orders: &[UsdmOrder::new(limit())] }), [limit()]);
    assert_eq!(placed(&UsdmOrder::new(stop()).close_position()), []);
    assert_eq!(placed(&CancelOrder { order: limit().order() }), []);
}

type BySecret = (&'static str, fn(&str) -> String);

/// One of each kind of key that the venue takes.
const BY_KIND: [BySecret; 3] =
    [(SECRET, |text| by_hmac(SECRET, text)), (ED25519, by_ed25519), (RSA, |text| by_rsa(RSA, text))];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn any_order_is_sent_as_meant_and_signed_as_sent(
        order in orders(),
        window_ms in proptest::option::of(1_u64..=60_000),
        now_ms in 0_u64..=9_999_999_999_999,
    ) {
        for (secret, signature) in BY_KIND {
            let mut builder = usdm_with(secret).fixed_clock(Timestamp::from_ms(now_ms));
            if let Some(ms) = window_ms {
                builder = builder.recv_window(Duration::from_millis(ms));
            }
            let request = written(builder, &order).unwrap();
            let target = request.strip_prefix("POST ").unwrap().split_once(" HTTP/1.1\r\n").unwrap().0;
            let (path, query) = target.split_once('?').unwrap();
            let home = if order.order_type.has_trigger() { "/fapi/v1/algoOrder" } else { "/fapi/v1/order" };
            prop_assert_eq!(path, home);
            let (payload, sent) = query.rsplit_once("&signature=").unwrap();
            prop_assert_eq!(sent, signature(payload));
            let read: Vec<_> = form_urlencoded::parse(payload.as_bytes()).into_owned().collect();
            let mut meant = parameters(&order);
            let window_at = match order.order_type.has_trigger() {
                true => meant.len(),
                // In front of what changes from order to order.
                false => meant.iter().position(|(name, _)| name == "quantity").unwrap(),
            };
            if let Some(ms) = window_ms {
                meant.insert(window_at, ("recvWindow".to_owned(), ms.to_string()));
            }
            meant.push(("timestamp".to_owned(), now_ms.to_string()));
            prop_assert_eq!(read, meant);
            prop_assert_eq!(&request, &whole("POST", target));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// A batch is one whole JSON text for another parser, with the same fields as each order alone.
    #[test]
    fn any_batch_is_json_of_what_each_order_says(orders in proptest::collection::vec(orders(), 1..=5)) {
        let orders: Vec<_> = orders.into_iter().filter(|order| !order.order_type.has_trigger()).collect();
        prop_assume!(!orders.is_empty());
        for (secret, signature) in BY_KIND {
            let request = written(usdm_with(secret), &PlaceBatch { orders: &orders }).unwrap();
            let target = request.strip_prefix("POST /fapi/v1/batchOrders?").unwrap();
            let (payload, sent) = target.split_once(" HTTP/1.1\r\n").unwrap().0.rsplit_once("&signature=").unwrap();
            prop_assert_eq!(sent, signature(payload));
            let read: Vec<_> = form_urlencoded::parse(payload.as_bytes()).into_owned().collect();
            let [(name, json), timestamp] = &read[..] else { panic!("{payload}") };
            prop_assert_eq!((name.as_str(), timestamp.0.as_str()), ("batchOrders", "timestamp"));
            let elements: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(json).unwrap();
            prop_assert_eq!(elements.len(), orders.len());
            for (element, order) in elements.into_iter().zip(&orders) {
                let mut meant = parameters(order);
                meant.sort();
                let read: Vec<_> =
                    element.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect();
                prop_assert_eq!(read, meant);
            }
        }
    }
}
