//! Every call of OKX in its exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_okx::orderwire::venue::{
    AmendBatch, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills,
    GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime,
    TestOrder,
};
use orderwire_okx::orderwire::{Method, RestError};
use orderwire_okx::{
    AmendOrder, Attached, Callback, CancelTagAfter, ClientOrderId, ClosePosition, Credentials, Environment, Exit, Fate,
    FillsSince, GetAccountConfig, GetFillsBetween, GetInstrumentsOf, GetOrderRate, InstrumentKind, MarginMode,
    MassCancel, NewOrder, Okx, OkxAmend, OkxBuilder, OkxOrder, OkxVenue, OptionPrice, OrderId, OrderRef, OrderStyle,
    PositionMode, PositionSide, RawCall, SelfTradePrevention, SetLeverage, SetPositionMode, Side, Symbol, TestOkxOrder,
    TimeInForce, Timestamp, TradeMode, TriggerBy, dec,
};
use proptest::prelude::*;
use ring::hmac;
use std::time::Duration;

/// The secret is the documents' example of one. Source: overview, "Signature".
const KEY: &str = "37c541a1-0000-0000-0000-10fe7a038418";
const SECRET: &str = "22582BD0CFF14C41EDBF1AB98506286D";

/// The documents' example of a timestamp, and the same in milliseconds.
const STAMP: &str = "2020-12-08T09:08:57.715Z";
const NOW_MS: u64 = 1_607_418_537_715;

fn okx() -> OkxBuilder {
    okx_in(Environment::Live)
}

fn okx_in(environment: Environment) -> OkxBuilder {
    let credentials = Credentials::new(KEY, SECRET).unwrap().with_passphrase("kept-apart").unwrap();
    Okx::builder(environment)
        .credentials(credentials)
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The expiry is then what the builder says, whole.
        .deadline(Duration::MAX)
}

fn written<E: Endpoint<OkxVenue>>(builder: OkxBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<OkxVenue>>(endpoint: &E) -> String {
    let error = written(okx(), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// HMAC-SHA256 in base64, by another implementation.
fn sign(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    data_encoding::BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

/// What every request begins with.
fn head(method: &str, target: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: openapi.okx.com\r\nOK-ACCESS-KEY: {KEY}\r\nOK-ACCESS-PASSPHRASE: kept-apart\r\n\
         Content-Type: application/json\r\n"
    )
}

/// The whole signed request without a body; the path stands after the base path.
fn get(target: &str) -> String {
    let target = format!("/api/v5{target}");
    let signature = sign(SECRET, &format!("{STAMP}GET{target}"));
    format!("{}OK-ACCESS-TIMESTAMP: {STAMP}\r\nOK-ACCESS-SIGN: {signature}\r\n\r\n", head("GET", &target))
}

fn post_with(path: &str, expiry: &str, body: &str) -> String {
    let target = format!("/api/v5{path}");
    let signature = sign(SECRET, &format!("{STAMP}POST{target}{body}"));
    // The length stands in a gap of fixed width.
    let length = format!("Content-Length:{:>6}", body.len());
    format!(
        "{}OK-ACCESS-TIMESTAMP: {STAMP}\r\n{expiry}OK-ACCESS-SIGN: {signature}\r\n{length}\r\n\r\n{body}",
        head("POST", &target)
    )
}

/// The whole signed request with a body.
fn post(path: &str, body: &str) -> String {
    post_with(path, "", body)
}

/// The same of a call that the venue takes an expiry with: 30 seconds, as long as the timestamp is good.
fn expiring(path: &str, body: &str) -> String {
    post_with(path, &format!("expTime: {}\r\n", NOW_MS + 30_000), body)
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn btc() -> Symbol {
    symbol("BTC-USDT")
}

fn swap() -> Symbol {
    symbol("BTC-USDT-SWAP")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

/// The documents' example of an order.
fn limit() -> NewOrder {
    NewOrder::limit(id("b15"), btc(), Side::Buy, dec!(2), dec!(2.15))
}

fn on_swap() -> NewOrder {
    NewOrder::limit(id("b15"), swap(), Side::Sell, dec!(3), dec!(25920))
}

fn market(symbol: Symbol, side: Side) -> NewOrder {
    NewOrder::market(id("b15"), symbol, side, dec!(0.00100))
}

/// The order of the documents' example. The signature is that of `openssl dgst -sha256 -hmac $SECRET -binary | base64`.
#[test]
fn place_limit() {
    let body =
        r#"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15","side":"buy","ordType":"limit","px":"2.15","sz":"2"}"#;
    assert_eq!(
        written(okx(), &limit()).unwrap(),
        format!(
            "POST /api/v5/trade/order HTTP/1.1\r\n\
             Host: openapi.okx.com\r\n\
             OK-ACCESS-KEY: 37c541a1-0000-0000-0000-10fe7a038418\r\n\
             OK-ACCESS-PASSPHRASE: kept-apart\r\n\
             Content-Type: application/json\r\n\
             OK-ACCESS-TIMESTAMP: 2020-12-08T09:08:57.715Z\r\n\
             expTime: 1607418567715\r\n\
             OK-ACCESS-SIGN: dI6rrL9rXW/HdaPKJ/6LC1OgvH4/PYju6R3CqixMTNQ=\r\n\
             Content-Length:   105\r\n\r\n{body}"
        )
    );
    assert_eq!(written(okx(), &limit()).unwrap(), expiring("/trade/order", body));
}

/// As an order, as an order with all that the venue has, in a batch, and as a check.
#[track_caller]
fn placed_as(order: OkxOrder, body: &str) {
    assert_eq!(written(okx(), &order).unwrap(), expiring("/trade/order", body));
    assert_eq!(written(okx(), &TestOkxOrder { order }).unwrap(), post("/trade/order-precheck", body));
    let orders = [order, order];
    let both = format!("[{body},{body}]");
    assert_eq!(written(okx(), &PlaceBatch { orders: &orders }).unwrap(), expiring("/trade/batch-orders", &both));
    if order == OkxOrder::new(order.order) {
        let (plain, orders) = (order.order, [order.order]);
        assert_eq!(written(okx(), &plain).unwrap(), expiring("/trade/order", body));
        assert_eq!(written(okx(), &TestOrder { order: plain }).unwrap(), post("/trade/order-precheck", body));
        let one = format!("[{body}]");
        assert_eq!(written(okx(), &PlaceBatch { orders: &orders }).unwrap(), expiring("/trade/batch-orders", &one));
    }
}

/// Source: "Place order", `ordType`, `tgtCcy`, `posSide`, `reduceOnly`.
#[test]
fn place_in_every_way() {
    let spot = r#"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15","side":"#;
    let priced = r#","px":"2.15","sz":"2"}"#;
    for (order, terms) in [
        (limit(), "limit"),
        (limit().time_in_force(TimeInForce::Ioc), "ioc"),
        (limit().time_in_force(TimeInForce::Fok), "fok"),
        (limit().post_only(), "post_only"),
    ] {
        placed_as(order.into(), &format!(r#"{spot}"buy","ordType":"{terms}"{priced}"#));
    }
    let contract = r#"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"b15","side":"#;
    let dated = r#"{"instId":"BTC-USD-260925","tdMode":"cross","clOrdId":"b15","side":"#;
    for (order, body) in [
        (market(btc(), Side::Buy), format!(r#"{spot}"buy","ordType":"market","sz":"0.00100","tgtCcy":"base_ccy"}}"#)),
        (market(btc(), Side::Sell), format!(r#"{spot}"sell","ordType":"market","sz":"0.00100","tgtCcy":"base_ccy"}}"#)),
        (market(swap(), Side::Buy), format!(r#"{contract}"buy","ordType":"market","sz":"0.00100"}}"#)),
        (on_swap(), format!(r#"{contract}"sell","ordType":"limit","px":"25920","sz":"3"}}"#)),
        (
            on_swap().reduce_only(),
            format!(r#"{contract}"sell","ordType":"limit","px":"25920","sz":"3","reduceOnly":true}}"#),
        ),
        (
            on_swap().position_side(PositionSide::Long),
            format!(r#"{contract}"sell","posSide":"long","ordType":"limit","px":"25920","sz":"3"}}"#),
        ),
        (
            market(symbol("BTC-USD-260925"), Side::Buy).position_side(PositionSide::Short),
            format!(r#"{dated}"buy","posSide":"short","ordType":"market","sz":"0.00100"}}"#),
        ),
    ] {
        placed_as(order.into(), &body);
    }
}

#[test]
fn place_with_all_that_okx_has() {
    let isolated = r#"{"instId":"BTC-USDT","tdMode":"isolated","#;
    let rest = r#""clOrdId":"b15","side":"buy","ordType":"limit","px":"2.15","sz":"2""#;
    let spot = r#"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15","side":"buy","ordType":"#;
    let priced = r#""limit","px":"2.15","sz":"2""#;
    let attached = Attached {
        id: Some(id("tp1")),
        take_profit: Some(Exit { trigger_price: dec!(3), price: None }),
        stop_loss: Some(Exit { trigger_price: dec!(2), price: Some(dec!(1.99)) }),
    };
    let option = NewOrder::limit(id("b15"), symbol("BTC-USD-260925-60000-C"), Side::Buy, dec!(1), dec!(0.01));
    let an_option = r#"{"instId":"BTC-USD-260925-60000-C","tdMode":"cross","clOrdId":"b15","side":"buy","ordType":"#;
    let contract = r#"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"b15","side":"buy","ordType":"#;
    let for_quote = OkxOrder::market_for_quote(id("b15"), btc(), Side::Buy, dec!(100));
    for (order, body) in [
        (
            OkxOrder::new(limit().reduce_only()).trade_mode(TradeMode::Isolated).margin_coin("USDT"),
            format!(r#"{isolated}"ccy":"USDT",{rest},"reduceOnly":true}}"#),
        ),
        (OkxOrder::new(limit()).tag("strat1"), format!(r#"{spot}{priced},"tag":"strat1"}}"#)),
        (OkxOrder::new(limit()).trade_quote("USDC"), format!(r#"{spot}{priced},"tradeQuoteCcy":"USDC"}}"#)),
        (OkxOrder::new(limit()).clamp_price(), format!(r#"{spot}{priced},"pxAmendType":"1"}}"#)),
        (
            OkxOrder::new(limit()).self_trade_prevention(SelfTradePrevention::CancelBoth),
            format!(r#"{spot}{priced},"stpMode":"cancel_both"}}"#),
        ),
        (
            OkxOrder::new(limit()).self_trade_prevention(SelfTradePrevention::CancelMaker),
            format!(r#"{spot}{priced},"stpMode":"cancel_maker"}}"#),
        ),
        (
            OkxOrder::new(limit()).self_trade_prevention(SelfTradePrevention::CancelTaker),
            format!(r#"{spot}{priced},"stpMode":"cancel_taker"}}"#),
        ),
        (
            OkxOrder::new(limit().time_in_force(TimeInForce::Ioc)).takes_elp(),
            format!(r#"{spot}"ioc","px":"2.15","sz":"2","isElpTakerAccess":true}}"#),
        ),
        (OkxOrder::new(limit()).style(OrderStyle::Elp), format!(r#"{spot}"elp","px":"2.15","sz":"2"}}"#)),
        (
            OkxOrder::new(limit()).attach(attached),
            format!(
                r#"{spot}{priced},"attachAlgoOrds":[{{"attachAlgoClOrdId":"tp1","tpTriggerPx":"3","tpOrdPx":"-1","slTriggerPx":"2","slOrdPx":"1.99"}}]}}"#
            ),
        ),
        (for_quote, format!(r#"{spot}"market","sz":"100","tgtCcy":"quote_ccy"}}"#)),
        (
            for_quote.trade_mode(TradeMode::Cross),
            r#"{"instId":"BTC-USDT","tdMode":"cross","clOrdId":"b15","side":"buy","ordType":"market","sz":"100"}"#
                .into(),
        ),
        (
            OkxOrder::new(market(btc(), Side::Sell)).trade_mode(TradeMode::Cross),
            r#"{"instId":"BTC-USDT","tdMode":"cross","clOrdId":"b15","side":"sell","ordType":"market","sz":"0.00100"}"#
                .into(),
        ),
        (
            OkxOrder::new(market(btc(), Side::Buy)).whole_only().slippage_max(dec!(0.0123)),
            format!(r#"{spot}"market","sz":"0.00100","tgtCcy":"base_ccy","banAmend":true,"slippagePct":"0.0123"}}"#),
        ),
        (
            OkxOrder::new(market(swap(), Side::Buy)).style(OrderStyle::OptimalLimitIoc),
            format!(r#"{contract}"optimal_limit_ioc","sz":"0.00100"}}"#),
        ),
        (OkxOrder::new(option).style(OrderStyle::Mmp), format!(r#"{an_option}"mmp","px":"0.01","sz":"1"}}"#)),
        (
            OkxOrder::new(option).style(OrderStyle::MmpPostOnly),
            format!(r#"{an_option}"mmp_and_post_only","px":"0.01","sz":"1"}}"#),
        ),
        (
            OkxOrder::new(option).option_price(OptionPrice::Usd(dec!(650))),
            format!(r#"{an_option}"limit","sz":"1","pxUsd":"650"}}"#),
        ),
        (
            OkxOrder::new(option).option_price(OptionPrice::Volatility(dec!(0.55))),
            format!(r#"{an_option}"limit","sz":"1","pxVol":"0.55"}}"#),
        ),
    ] {
        placed_as(order, &body);
    }
}

/// Source: "Place algo order". They know no expiry.
#[test]
fn place_what_waits_for_the_market() {
    let spot = r#"{"instId":"BTC-USDT","tdMode":"cash","algoClOrdId":"b15","side":"#;
    let contract = r#"{"instId":"BTC-USDT-SWAP","tdMode":"cross","algoClOrdId":"b15","side":"#;
    let stop = |side| NewOrder::stop_market(id("b15"), btc(), side, dec!(2), dec!(8000));
    let stop_limit = NewOrder::stop_limit(id("b15"), btc(), Side::Sell, dec!(2), dec!(8000), dec!(7990));
    let profit = NewOrder::take_profit_limit(id("b15"), btc(), Side::Sell, dec!(2), dec!(9000), dec!(9010));
    let market_profit = NewOrder::take_profit_market(id("b15"), swap(), Side::Sell, dec!(2), dec!(9000));
    let close = NewOrder::stop_market(id("b15"), swap(), Side::Sell, dec!(0), dec!(8000));
    let trailing = OkxOrder::trailing_stop(id("b15"), swap(), Side::Sell, dec!(10), dec!(0.05));
    let mut by_spread = trailing.activate_price(dec!(9000));
    by_spread.trailing.as_mut().unwrap().callback = Callback::Spread(dec!(50));
    for (order, body) in [
        (
            stop(Side::Buy).into(),
            format!(
                r#"{spot}"buy","ordType":"conditional","sz":"2","slTriggerPx":"8000","slOrdPx":"-1","tgtCcy":"base_ccy"}}"#
            ),
        ),
        (
            stop(Side::Sell).into(),
            format!(r#"{spot}"sell","ordType":"conditional","sz":"2","slTriggerPx":"8000","slOrdPx":"-1"}}"#),
        ),
        (
            stop_limit.into(),
            format!(r#"{spot}"sell","ordType":"conditional","sz":"2","slTriggerPx":"8000","slOrdPx":"7990"}}"#),
        ),
        (
            profit.into(),
            format!(r#"{spot}"sell","ordType":"conditional","sz":"2","tpTriggerPx":"9000","tpOrdPx":"9010"}}"#),
        ),
        (
            OkxOrder::new(market_profit.reduce_only()).trigger_by(TriggerBy::MarkPrice).tag("exits"),
            format!(
                r#"{contract}"sell","ordType":"conditional","sz":"2","tpTriggerPx":"9000","tpOrdPx":"-1","tpTriggerPxType":"mark","reduceOnly":true,"tag":"exits"}}"#
            ),
        ),
        (
            OkxOrder::new(close.position_side(PositionSide::Long)).close_position().trigger_by(TriggerBy::Index),
            format!(
                r#"{contract}"sell","posSide":"long","ordType":"conditional","closeFraction":"1","slTriggerPx":"8000","slOrdPx":"-1","slTriggerPxType":"index"}}"#
            ),
        ),
        (trailing, format!(r#"{contract}"sell","ordType":"move_order_stop","sz":"10","callbackRatio":"0.05"}}"#)),
        (
            by_spread,
            format!(
                r#"{contract}"sell","ordType":"move_order_stop","sz":"10","callbackSpread":"50","activePx":"9000"}}"#
            ),
        ),
    ] {
        assert_eq!(written(okx(), &order).unwrap(), post("/trade/order-algo", &body));
        if order == OkxOrder::new(order.order) {
            assert_eq!(written(okx(), &order.order).unwrap(), post("/trade/order-algo", &body));
        }
    }
}

#[test]
fn what_the_venue_would_refuse_is_refused_before() {
    let cross = |order| OkxOrder::new(order).trade_mode(TradeMode::Cross);
    let stop = NewOrder::stop_market(id("b15"), btc(), Side::Sell, dec!(2), dec!(8000));
    let close = NewOrder::stop_market(id("b15"), swap(), Side::Sell, dec!(0), dec!(8000));
    let mut no_price = limit();
    no_price.price = None;
    let mut no_trigger = stop;
    no_trigger.stop_price = None;
    let mut no_exit = OkxOrder::new(limit());
    no_exit.attached = Some(Attached { id: None, take_profit: None, stop_loss: None });
    let bad_symbol = NewOrder::limit(id("b15"), symbol("BTC\"-USDT"), Side::Buy, dec!(1), dec!(1));
    for (order, cure) in [
        (NewOrder::limit(id("b15"), btc(), Side::Buy, dec!(0), dec!(2.15)).into(), "it must be above zero"),
        (limit().with_id(id("mm1-1")).into(), "at most 32"),
        (limit().with_id(id(&"x".repeat(33))).into(), "at most 32"),
        (bad_symbol.into(), "quotes"),
        (limit().with_id(id("a_b")).into(), "letters and digits"),
        (NewOrder::limit(id("b15"), symbol("BTCUSDT"), Side::Buy, dec!(1), dec!(1)).into(), "look like BTC-USDT"),
        (no_price.into(), "use NewOrder::limit"),
        (limit().post_only().time_in_force(TimeInForce::Ioc).into(), "leave time_in_force() out"),
        (market(btc(), Side::Buy).time_in_force(TimeInForce::Ioc).into(), "leave time_in_force() out"),
        (market(btc(), Side::Buy).post_only().into(), "leave post_only() out"),
        (limit().reduce_only().into(), "leave reduce_only() out"),
        (limit().position_side(PositionSide::Long).into(), "leave position_side() out"),
        (on_swap().reduce_only().position_side(PositionSide::Long).into(), "leave reduce_only() out"),
        (cross(market(btc(), Side::Buy)), "market_for_quote"),
        (
            OkxOrder::market_for_quote(id("b15"), btc(), Side::Sell, dec!(100)).trade_mode(TradeMode::Isolated),
            "use NewOrder::market",
        ),
        (OkxOrder::market_for_quote(id("b15"), swap(), Side::Buy, dec!(100)), "market orders on spot and margin"),
        (OkxOrder::new(limit()).tag("a-b"), "1 to 16 letters and digits"),
        (OkxOrder::new(limit()).tag("12345678901234567"), "1 to 16 letters and digits"),
        (OkxOrder::new(limit()).whole_only(), "market orders on spot"),
        (OkxOrder::new(limit()).slippage_max(dec!(0.01)), "market orders on spot"),
        (OkxOrder::new(market(btc(), Side::Buy)).slippage_max(dec!(0.06)), "0 to 0.05"),
        (OkxOrder::new(market(btc(), Side::Buy)).slippage_max(dec!(0.01234)), "four places"),
        (OkxOrder::new(limit()).takes_elp(), "IOC orders have it"),
        (OkxOrder::new(limit()).style(OrderStyle::OptimalLimitIoc), "use NewOrder::market"),
        (OkxOrder::new(limit().post_only()).style(OrderStyle::Mmp), "good till cancelled"),
        (OkxOrder::new(limit()).option_price(OptionPrice::Usd(dec!(1))), "options have it"),
        (OkxOrder::new(limit()).trigger_by(TriggerBy::Index), "orders with a trigger have it"),
        (OkxOrder::new(limit()).close_position(), "orders with a trigger have it"),
        (
            OkxOrder::new(limit().time_in_force(TimeInForce::Fok))
                .self_trade_prevention(SelfTradePrevention::CancelBoth),
            "CancelMaker and CancelTaker",
        ),
        (no_exit, "give take_profit, stop_loss or both"),
        (no_trigger.into(), "for which price"),
        (stop.time_in_force(TimeInForce::Ioc).into(), "leave time_in_force() out"),
        (OkxOrder::new(stop).clamp_price(), "leave it out"),
        (OkxOrder::new(close).close_position(), "reduce_only()"),
        (OkxOrder::new(stop.reduce_only()).close_position(), "with a quantity of zero"),
        (cross(NewOrder::stop_market(id("b15"), btc(), Side::Buy, dec!(1), dec!(1))), "market_for_quote"),
        (
            OkxOrder::trailing_stop(id("b15"), swap(), Side::Sell, dec!(1), dec!(0.1)).trigger_by(TriggerBy::Index),
            "follows the last price",
        ),
    ] {
        let refused = refusal(&order);
        assert!(refused.contains(cure), "{refused:?} does not say {cure:?}");
    }
    let test = refusal(&TestOrder { order: stop });
    assert!(test.contains("test the order that it becomes"), "{test}");
}

#[test]
fn cancel_and_query_by_either_id() {
    let by_id = OrderRef::by_id(btc(), id("b15"));
    let by_order_id = OrderRef::by_order_id(btc(), OrderId::from(590908157585625111));
    let mut by_both = by_id;
    by_both.order_id = by_order_id.order_id;
    let named = r#""ordId":"590908157585625111""#;
    for (order, ids, query) in [
        (by_id, r#""clOrdId":"b15""#, "clOrdId=b15"),
        (by_order_id, named, "ordId=590908157585625111"),
        (by_both, named, "ordId=590908157585625111"),
    ] {
        let body = format!(r#"{{"instId":"BTC-USDT",{ids}}}"#);
        assert_eq!(written(okx(), &CancelOrder { order }).unwrap(), post("/trade/cancel-order", &body));
        let target = format!("/trade/order?instId=BTC-USDT&{query}");
        assert_eq!(written(okx(), &QueryOrder { order }).unwrap(), get(&target));
    }
    for (order, ids, query) in [
        (by_id.with_trigger(), r#""algoClOrdId":"b15""#, "algoClOrdId=b15"),
        (by_order_id.with_trigger(), r#""algoId":"590908157585625111""#, "algoId=590908157585625111"),
    ] {
        let body = format!(r#"[{{"instId":"BTC-USDT",{ids}}}]"#);
        assert_eq!(written(okx(), &CancelOrder { order }).unwrap(), post("/trade/cancel-algos", &body));
        assert_eq!(written(okx(), &QueryOrder { order }).unwrap(), get(&format!("/trade/order-algo?{query}")));
    }
    let odd = OrderRef::by_order_id(btc(), OrderId::new("59-1").unwrap());
    let dashed = OrderRef::by_id(btc(), id("mm1-1"));
    let mut nameless = by_id;
    nameless.id = None;
    for (order, cure) in [(odd, "whole numbers"), (dashed, "letters and digits"), (nameless, "name the order")] {
        for refused in [refusal(&CancelOrder { order }), refusal(&QueryOrder { order })] {
            assert!(refused.contains(cure), "{refused}");
        }
    }
}

#[test]
fn cancel_several_with_one_request() {
    let orders = [OrderRef::by_id(btc(), id("b15")), OrderRef::by_order_id(swap(), OrderId::from(7))];
    let body = r#"[{"instId":"BTC-USDT","clOrdId":"b15"},{"instId":"BTC-USDT-SWAP","ordId":"7"}]"#;
    assert_eq!(written(okx(), &CancelBatch { orders: &orders }).unwrap(), post("/trade/cancel-batch-orders", body));
    let triggers = orders.map(OrderRef::with_trigger);
    let body = r#"[{"instId":"BTC-USDT","algoClOrdId":"b15"},{"instId":"BTC-USDT-SWAP","algoId":"7"}]"#;
    assert_eq!(written(okx(), &CancelBatch { orders: &triggers }).unwrap(), post("/trade/cancel-algos", body));
    let mixed = [orders[0], triggers[1]];
    let cure = refusal(&CancelBatch { orders: &mixed });
    assert!(cure.contains("by a request of their own"), "{cure}");
    let cure = refusal(&CancelBatch { orders: &[triggers[0]; 11] });
    assert!(cure.contains("at most 10"), "{cure}");
    assert!(written(okx(), &CancelBatch { orders: &[orders[0]; 20] }).is_ok());
    let cure = refusal(&CancelBatch { orders: &[orders[0]; 21] });
    assert!(cure.contains("at most 20"), "{cure}");
    let cure = refusal(&PlaceBatch::<NewOrder> { orders: &[] });
    assert!(cure.contains("at least one"), "{cure}");
    let stop = NewOrder::stop_market(id("b15"), btc(), Side::Sell, dec!(2), dec!(8000));
    let cure = refusal(&PlaceBatch { orders: &[limit(), stop] });
    assert!(cure.contains("one by one"), "{cure}");
}

#[test]
fn change_orders() {
    let order = OrderRef::by_order_id(btc(), OrderId::from(590909145319051111));
    let change = AmendOrder { order, new_id: None, quantity: Some(dec!(2)), price: None, side: None };
    // The document's own example.
    let body = r#"{"instId":"BTC-USDT","ordId":"590909145319051111","newSz":"2"}"#;
    assert_eq!(written(okx(), &change).unwrap(), expiring("/trade/amend-order", body));
    let both = format!("[{body},{body}]");
    let changes = [change, change];
    assert_eq!(
        written(okx(), &AmendBatch { changes: &changes }).unwrap(),
        expiring("/trade/amend-batch-orders", &both)
    );
    let priced =
        AmendOrder { order: OrderRef::by_id(btc(), id("b15")), quantity: None, price: Some(dec!(2.20)), ..change };
    let full = OkxAmend::new(priced).cancel_on_failure().request_id("r1").clamp_price();
    let body =
        r#"{"instId":"BTC-USDT","clOrdId":"b15","cxlOnFail":true,"reqId":"r1","newPx":"2.20","pxAmendType":"1"}"#;
    assert_eq!(written(okx(), &full).unwrap(), expiring("/trade/amend-order", body));
    let changes = [full];
    let one = format!("[{body}]");
    assert_eq!(written(okx(), &AmendBatch { changes: &changes }).unwrap(), expiring("/trade/amend-batch-orders", &one));
    for (change, cure) in [
        (AmendOrder { quantity: None, ..change }, "say what changes"),
        (AmendOrder { new_id: Some(id("b16")), ..change }, "leave new_id out"),
        (AmendOrder { order: order.with_trigger(), ..change }, "place another"),
    ] {
        let refused = refusal(&change);
        assert!(refused.contains(cure), "{refused}");
    }
    let refused = refusal(&OkxAmend::new(change).request_id("r-1"));
    assert!(refused.contains("letters and digits"), "{refused}");
}

#[test]
fn lists_and_a_dead_mans_switch() {
    let list = |symbol, triggers| written(okx(), &OpenOrders { symbol, triggers }).unwrap();
    assert_eq!(list(Some(btc()), false), get("/trade/orders-pending?instId=BTC-USDT&limit=100"));
    assert_eq!(list(None, false), get("/trade/orders-pending?limit=100"));
    assert_eq!(
        list(Some(swap()), true),
        get("/trade/orders-algo-pending?ordType=conditional,oco&instId=BTC-USDT-SWAP&limit=100")
    );
    assert_eq!(list(None, true), get("/trade/orders-algo-pending?ordType=conditional,oco&limit=100"));
    let after = |symbol, seconds: Option<u64>| CancelAllAfter { symbol, after: seconds.map(Duration::from_secs) };
    for (seconds, body) in
        [(Some(10), r#"{"timeOut":"10"}"#), (Some(120), r#"{"timeOut":"120"}"#), (None, r#"{"timeOut":"0"}"#)]
    {
        assert_eq!(written(okx(), &after(None, seconds)).unwrap(), post("/trade/cancel-all-after", body));
    }
    let tag = orderwire_okx::orderwire::venue::Text::cut("strat1");
    let marked = CancelTagAfter { tag, after: Some(Duration::from_secs(60)) };
    assert_eq!(written(okx(), &marked).unwrap(), post("/trade/cancel-all-after", r#"{"timeOut":"60","tag":"strat1"}"#));
    for (call, cure) in [
        (after(Some(btc()), Some(60)), "of the whole account"),
        (after(None, Some(9)), "10 to 120"),
        (after(None, Some(121)), "10 to 120"),
        (CancelAllAfter { symbol: None, after: Some(Duration::from_millis(10_500)) }, "whole seconds"),
    ] {
        let refused = refusal(&call);
        assert!(refused.contains(cure), "{refused}");
    }
    let cancel_all = refusal(&CancelAll { symbol: btc(), triggers: false });
    assert!(cancel_all.contains("CancelBatch, 20 at a time"), "{cancel_all}");
    let mass = MassCancel { family: symbol("BTC-USD"), lock: Duration::from_millis(500) };
    let body = r#"{"instType":"OPTION","instFamily":"BTC-USD","lockInterval":"500"}"#;
    assert_eq!(written(okx(), &mass).unwrap(), post("/trade/mass-cancel", body));
    let refused = refusal(&MassCancel { lock: Duration::from_secs(11), ..mass });
    assert!(refused.contains("10 seconds"), "{refused}");
}

#[test]
fn the_account() {
    let fills = |since| written(okx(), &GetFills { symbol: btc(), since });
    assert_eq!(fills(FillsSince::Recent).unwrap(), get("/trade/fills?instId=BTC-USDT"));
    assert_eq!(fills(FillsSince::Order(OrderId::from(7))).unwrap(), get("/trade/fills?instId=BTC-USDT&ordId=7"));
    let since = FillsSince::Time(Timestamp::from_ms(5));
    assert_eq!(fills(since).unwrap(), get("/trade/fills?instId=BTC-USDT&begin=5"));
    let refused = refusal(&GetFills { symbol: btc(), since: FillsSince::Trade(1) });
    assert!(refused.contains("from a time on"), "{refused}");
    let between = GetFillsBetween { symbol: btc(), begin: Timestamp::from_ms(5), end: Timestamp::from_ms(9) };
    assert_eq!(written(okx(), &between).unwrap(), get("/trade/fills?instId=BTC-USDT&begin=5&end=9"));
    assert_eq!(written(okx(), &Balances {}).unwrap(), get("/account/balance"));
    assert_eq!(written(okx(), &GetPositions { symbol: None }).unwrap(), get("/account/positions"));
    let of_one = GetPositions { symbol: Some(swap()) };
    assert_eq!(written(okx(), &of_one).unwrap(), get("/account/positions?instId=BTC-USDT-SWAP"));
    let rates = |symbol| written(okx(), &GetFeeRates { symbol }).unwrap();
    assert_eq!(rates(btc()), get("/account/trade-fee?instType=SPOT&instId=BTC-USDT"));
    assert_eq!(rates(swap()), get("/account/trade-fee?instType=SWAP&instFamily=BTC-USDT"));
    assert_eq!(written(okx(), &GetAccountConfig {}).unwrap(), get("/account/config"));
    assert_eq!(written(okx(), &GetOrderRate {}).unwrap(), get("/trade/account-rate-limit"));
}

#[test]
fn how_positions_are_kept() {
    let leverage = SetLeverage {
        symbol: swap(),
        leverage: dec!(5),
        margin_mode: MarginMode::Isolated,
        position_side: PositionSide::Long,
    };
    let body = r#"{"instId":"BTC-USDT-SWAP","lever":"5","mgnMode":"isolated","posSide":"long"}"#;
    assert_eq!(written(okx(), &leverage).unwrap(), post("/account/set-leverage", body));
    let refused = refusal(&SetLeverage { leverage: dec!(0), ..leverage });
    assert!(refused.contains("above zero"), "{refused}");
    for (mode, text) in [(PositionMode::Hedge, "long_short_mode"), (PositionMode::OneWay, "net_mode")] {
        let body = format!(r#"{{"posMode":"{text}"}}"#);
        assert_eq!(written(okx(), &SetPositionMode { mode }).unwrap(), post("/account/set-position-mode", &body));
    }
    let close = ClosePosition {
        symbol: swap(),
        margin_mode: MarginMode::Cross,
        position_side: PositionSide::Net,
        cancel_closing: true,
        margin_coin: None,
    };
    let body = r#"{"instId":"BTC-USDT-SWAP","mgnMode":"cross","autoCxl":true}"#;
    assert_eq!(written(okx(), &close).unwrap(), post("/trade/close-position", body));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let without = || Okx::builder(Environment::Live);
    let get = |target: &str| {
        format!("GET /api/v5{target} HTTP/1.1\r\nHost: openapi.okx.com\r\nContent-Type: application/json\r\n\r\n")
    };
    assert_eq!(written(without(), &ServerTime {}).unwrap(), get("/public/time"));
    assert_eq!(written(without(), &Ping {}).unwrap(), get("/public/time"));
    assert_eq!(written(without(), &GetTopOfBook { symbol: btc() }).unwrap(), get("/market/ticker?instId=BTC-USDT"));
    let rules = |symbol| written(without(), &GetInstrument { symbol }).unwrap();
    assert_eq!(rules(btc()), get("/public/instruments?instType=SPOT&instId=BTC-USDT"));
    assert_eq!(rules(swap()), get("/public/instruments?instType=SWAP&instId=BTC-USDT-SWAP"));
    assert_eq!(written(without(), &GetInstruments {}).unwrap(), get("/public/instruments?instType=SPOT"));
    let of = |kind, family| written(without(), &GetInstrumentsOf { kind, family });
    let family = Some(symbol("BTC-USD"));
    assert_eq!(of(InstrumentKind::Futures, None).unwrap(), get("/public/instruments?instType=FUTURES"));
    assert_eq!(of(InstrumentKind::Margin, None).unwrap(), get("/public/instruments?instType=MARGIN"));
    let options = get("/public/instruments?instType=OPTION&instFamily=BTC-USD");
    assert_eq!(of(InstrumentKind::Option, family).unwrap(), options);
    assert!(of(InstrumentKind::Option, None).unwrap_err().to_string().contains("listed by family"));

    let error = written(without(), &limit()).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains(".credentials("), "{error}");
}

#[test]
fn a_key_has_a_passphrase_and_no_pem() {
    let bare = Okx::builder(Environment::Live).credentials(Credentials::new(KEY, SECRET).unwrap());
    let error = bare.dry_run().unwrap_err().to_string();
    assert!(error.contains("with_passphrase") && !error.contains(SECRET), "{error}");
    let pem = Credentials::new(KEY, include_str!("../../../tests/keys/ed25519.pem")).unwrap();
    let error = Okx::builder(Environment::Live).credentials(pem).dry_run().unwrap_err().to_string();
    assert!(error.contains("not with a private key"), "{error}");
}

#[test]
fn demo_trading_is_a_header() {
    let demo = written(okx_in(Environment::Demo), &Balances {}).unwrap();
    let live = written(okx(), &Balances {}).unwrap();
    let there = "OK-ACCESS-PASSPHRASE: kept-apart\r\n";
    assert_eq!(demo, live.replace(there, &format!("{there}x-simulated-trading: 1\r\n")));
    let eea = Environment::custom(orderwire_okx::EEA_URL, None).unwrap();
    assert_eq!(written(okx_in(eea), &Balances {}).unwrap(), live.replace("openapi.okx.com", "eea.okx.com"));
    let us = Environment::custom(orderwire_okx::US_URL, None).unwrap();
    assert_eq!(written(okx_in(us), &Balances {}).unwrap(), live.replace("openapi.okx.com", "us.okx.com"));
    let error = Okx::builder(Environment::Testnet).dry_run().unwrap_err().to_string();
    assert!(error.contains("no testnet; use Demo"), "{error}");
}

/// Source: overview, "Transaction Timeouts": of new orders and changes alone.
#[test]
fn an_order_expires_when_its_caller_gives_up() {
    let expiry = |builder: OkxBuilder| {
        let text = written(builder, &limit()).unwrap();
        let (_, rest) = text.split_once("expTime: ").unwrap();
        rest.split_once("\r\n").unwrap().0.parse::<u64>().unwrap() - NOW_MS
    };
    assert_eq!(expiry(okx()), 30_000);
    assert_eq!(expiry(okx().recv_window(Duration::from_secs(2))), 2_000);
    // A dry run's deadline begins a moment before the request is written.
    let soon = expiry(okx().deadline(Duration::from_millis(500)));
    assert!((450..=501).contains(&soon), "{soon}");
    assert_eq!(expiry(okx().deadline(Duration::from_secs(60))), 30_000);
    let late = okx().recv_window(Duration::from_secs(31)).dry_run().unwrap_err().to_string();
    assert!(late.contains("30 seconds at most"), "{late}");
    assert!(okx().recv_window(Duration::from_micros(1)).dry_run().is_err());
}

#[test]
fn any_call_can_be_signed() {
    let call = RawCall::new(Method::Get, "/api/v5/account/balance").query(&[("ccy", "BTC,\u{e9}")]);
    let target = "/account/balance?ccy=BTC%2C%C3%A9";
    assert_eq!(written(okx(), &call.signed()).unwrap(), get(target));
    let body = r#"[{"instId":"BTC-USDT","ordId":"1"}]"#;
    let cancel = RawCall::new(Method::Post, "/api/v5/trade/cancel-batch-orders").body(body.as_bytes()).signed();
    assert_eq!(written(okx(), &cancel).unwrap(), post("/trade/cancel-batch-orders", body));
    let unsigned = written(okx(), &call).unwrap();
    assert_eq!(unsigned, format!("{}\r\n", head("GET", "/api/v5/account/balance?ccy=BTC%2C%C3%A9")));
    let empty = RawCall::new(Method::Post, "/api/v5/x").signed();
    let signature = sign(SECRET, &format!("{STAMP}POST/api/v5/x"));
    assert_eq!(
        written(okx(), &empty).unwrap(),
        format!(
            "{}OK-ACCESS-TIMESTAMP: {STAMP}\r\nOK-ACCESS-SIGN: {signature}\r\nContent-Length: 0\r\n\r\n",
            head("POST", "/api/v5/x")
        )
    );
    for name in ["ok-access-sign", "OK-ACCESS-TIMESTAMP", "content-type"] {
        let headers = [(name, "x")];
        let refused = refusal(&RawCall { headers: &headers, ..call.signed() });
        assert!(refused.contains("leave it out"), "{refused}");
    }
}

/// The largest request that these types can say fits the buffer that every slot has.
#[test]
fn the_largest_batch_fits() {
    let most = orderwire_okx::Decimal::MAX;
    let symbol = symbol(&format!("BTC-USD-260925-6000000000000000000000000-{}", "C".repeat(3)));
    let attached = Attached {
        id: Some(id(&"x".repeat(32))),
        take_profit: Some(Exit { trigger_price: most, price: Some(most) }),
        stop_loss: Some(Exit { trigger_price: most, price: Some(most) }),
    };
    let order = NewOrder::limit(id(&"x".repeat(32)), symbol, Side::Sell, most, most);
    let plain = [order; 20];
    assert!(written(okx(), &PlaceBatch { orders: &plain }).unwrap().len() <= 16_384);
    let full = OkxOrder::new(order)
        .trade_mode(TradeMode::SpotIsolated)
        .margin_coin(&"X".repeat(24))
        .tag(&"x".repeat(16))
        .trade_quote(&"X".repeat(24))
        .clamp_price()
        .self_trade_prevention(SelfTradePrevention::CancelTaker)
        .attach(attached);
    let one = written(okx(), &full).unwrap();
    assert!(one.len() <= 2_048, "{}", one.len());
    assert!(written(okx(), &PlaceBatch { orders: &[full; 20] }).unwrap().len() <= 16_384);
    let changes = [AmendOrder {
        order: OrderRef::by_id(symbol, id(&"x".repeat(32))),
        new_id: None,
        quantity: Some(most),
        price: Some(most),
        side: None,
    }; 20];
    assert!(written(okx(), &AmendBatch { changes: &changes }).is_ok());
}

/// The fields of a body, and the whole as another implementation signs it.
fn fields(request: &str) -> serde_json::Value {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches([':', ' ']).to_owned()
    };
    let target = head.split(' ').nth(1).unwrap();
    let text = format!("{}POST{target}{body}", header("OK-ACCESS-TIMESTAMP"));
    assert_eq!(header("OK-ACCESS-SIGN"), sign(SECRET, &text));
    assert_eq!(header("Content-Length").parse::<usize>().unwrap(), body.len());
    serde_json::from_str(body).unwrap()
}

proptest! {
    /// Whatever an order says stands in its body, once and exactly, and is signed as it is sent.
    #[test]
    fn whatever_an_order_says_is_signed_and_read_back(
        name in "[A-Z0-9\u{e9}\u{4e2d}]{1,8}",
        client_id in "[A-Za-z0-9]{1,32}",
        quantity in 1_i64..i64::MAX,
        price in 1_i64..i64::MAX,
        scales in (0_u32..18, 0_u32..18),
        buys in any::<bool>(),
        swaps in any::<bool>(),
        now_ms in 0_u64..4_102_444_800_000,
    ) {
        let instrument = format!("{name}-USDT{}", if swaps { "-SWAP" } else { "" });
        let (quantity, price) =
            (orderwire_okx::Decimal::new(quantity, scales.0), orderwire_okx::Decimal::new(price, scales.1));
        let side = if buys { Side::Buy } else { Side::Sell };
        let order = NewOrder::limit(id(&client_id), symbol(&instrument), side, quantity, price);
        let request = written(okx().fixed_clock(Timestamp::from_ms(now_ms)), &order).unwrap();
        let expected = serde_json::json!({
            "instId": instrument,
            "tdMode": if swaps { "cross" } else { "cash" },
            "clOrdId": client_id,
            "side": if buys { "buy" } else { "sell" },
            "ordType": "limit",
            "px": price.to_string(),
            "sz": quantity.to_string(),
        });
        prop_assert_eq!(fields(&request), expected);
    }
}
