//! Every call of Kraken in its exact bytes; every signature made again by another implementation than the SDK's.

use std::time::Duration;

use orderwire_kraken::orderwire::venue::{
    Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument,
    GetInstruments, GetPositions, GetTopOfBook, OpenOrders, Ping, PlaceBatch, QueryOrder, ServerTime, TestOrder,
};
use orderwire_kraken::orderwire::{Method, RestError};
use orderwire_kraken::{
    AmendOrder, CancelEverything, ClientOrderId, Close, Credentials, Environment, Fate, FeeCoin, FillsSince,
    GetClosedOrders, GetSystemStatus, Kraken, KrakenAmend, KrakenBuilder, KrakenOrder, KrakenVenue, NewOrder, Offset,
    OrderId, OrderRef, OrderType, PositionSide, RawCall, Relative, SelfTradePrevention, Side, Symbol, TestKrakenOrder,
    TimeInForce, Timestamp, TriggerBy, dec,
};
use proptest::prelude::*;
use ring::{digest, hmac};

/// Secret and nonce are the documents' example of a signature. Source: spot-rest-auth, "Examples".
const KEY: &str = "a-key-of-the-tests";
const SECRET: &str = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
const NOW_MS: u64 = 1_616_492_376_594;

/// 59 seconds later, as a form has it.
const DEADLINE: &str = "2021-03-23T09%3A40%3A35.594Z";

fn kraken() -> KrakenBuilder {
    Kraken::builder(Environment::Live)
        .credentials(Credentials::new(KEY, SECRET).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The deadline is then as late as the venue takes.
        .deadline(Duration::MAX)
}

fn written<E: Endpoint<KrakenVenue>>(builder: KrakenBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<KrakenVenue>>(endpoint: &E) -> String {
    let error = written(kraken(), endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// The signature by another implementation.
fn sign(secret: &str, path: &str, nonce: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA512, &data_encoding::BASE64.decode(secret.as_bytes()).unwrap());
    let inner = digest::digest(&digest::SHA256, format!("{nonce}{body}").as_bytes());
    let text = [path.as_bytes(), inner.as_ref()].concat();
    data_encoding::BASE64.encode(hmac::sign(&key, &text).as_ref())
}

/// The whole signed request; its body has the nonce.
fn signed_as(key: &str, path: &str, content_type: &str, nonce: &str, body: &str) -> String {
    let signature = sign(SECRET, path, nonce, body);
    // The length stands in a gap of fixed width.
    let length = format!("Content-Length:{:>6}", body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: api.kraken.com\r\nUser-Agent: orderwire\r\nAPI-Key: {key}\r\nAPI-Sign: {signature}\r\n\
         Content-Type: {content_type}\r\n{length}\r\n\r\n{body}"
    )
}

/// The whole signed request with a form; its fields stand behind the nonce.
fn form(call: &str, fields: &str) -> String {
    let body = format!("nonce={NOW_MS}{fields}");
    let path = format!("/0/private/{call}");
    signed_as(KEY, &path, "application/x-www-form-urlencoded", &NOW_MS.to_string(), &body)
}

/// The same with JSON.
fn json(call: &str, fields: &str) -> String {
    let body = format!(r#"{{"nonce":"{NOW_MS}"{fields}}}"#);
    signed_as(KEY, &format!("/0/private/{call}"), "application/json", &NOW_MS.to_string(), &body)
}

fn get(target: &str) -> String {
    format!("GET /0/public/{target} HTTP/1.1\r\nHost: api.kraken.com\r\nUser-Agent: orderwire\r\n\r\n")
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn xbt() -> Symbol {
    symbol("XBTUSD")
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn order_id(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

/// The documents' example of an order.
fn limit() -> NewOrder {
    of(xbt())
}

fn of(symbol: Symbol) -> NewOrder {
    NewOrder::limit(id("b15"), symbol, Side::Buy, dec!(1.25), dec!(37500))
}

fn market() -> NewOrder {
    NewOrder::market(id("b15"), xbt(), Side::Sell, dec!(0.00100))
}

/// The body begins as the documents' example does. The signature is that of Python's hmac and hashlib.
#[test]
fn place_limit() {
    let body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25&cl_ord_id=b15\
                &deadline=2021-03-23T09%3A40%3A35.594Z";
    assert_eq!(
        written(kraken(), &limit()).unwrap(),
        format!(
            "POST /0/private/AddOrder HTTP/1.1\r\n\
             Host: api.kraken.com\r\n\
             User-Agent: orderwire\r\n\
             API-Key: a-key-of-the-tests\r\n\
             API-Sign: PrcJ4O3Wo9PpAFDWv2zqEvI/W5gSdPzCYU2p1PLVzsJndI6ZwMenfM5db0ToPt14LgWnG411Mi0zlMqJ6eHf/g==\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length:   132\r\n\r\n{body}"
        )
    );
}

/// As an order, as an order with all that the venue has, as a check, and in a batch, where it is JSON.
#[track_caller]
fn placed_as(order: KrakenOrder, fields: &str, element: &str) {
    let text = format!("{fields}&deadline={DEADLINE}");
    assert_eq!(written(kraken(), &order).unwrap(), form("AddOrder", &text));
    let test = format!("{fields}&validate=true&deadline={DEADLINE}");
    assert_eq!(written(kraken(), &TestKrakenOrder { order }).unwrap(), form("AddOrder", &test));
    let at = "2021-03-23T09:40:35.594Z";
    let both = format!(r#","pair":"XBTUSD","orders":[{{{element}}},{{{element}}}],"deadline":"{at}""#);
    let orders = [order, order];
    assert_eq!(written(kraken(), &PlaceBatch { orders: &orders }).unwrap(), json("AddOrderBatch", &both));
    if order == KrakenOrder::new(order.order) {
        let plain = order.order;
        assert_eq!(written(kraken(), &plain).unwrap(), form("AddOrder", &text));
        assert_eq!(written(kraken(), &TestOrder { order: plain }).unwrap(), form("AddOrder", &test));
        assert_eq!(written(kraken(), &PlaceBatch { orders: &[plain; 2] }).unwrap(), json("AddOrderBatch", &both));
    }
}

/// Source: "Add Order", `ordertype`, `oflags`, `timeinforce`, `price`, `price2`.
#[test]
fn place_in_every_way() {
    let stop = |order_type: OrderType| {
        let mut order = NewOrder::stop_limit(id("b15"), xbt(), Side::Sell, dec!(2), dec!(8000), dec!(7990));
        order.order_type = order_type;
        order
    };
    let mut at_market = NewOrder::stop_market(id("b15"), xbt(), Side::Buy, dec!(2), dec!(9000));
    let stop_market = at_market;
    at_market.order_type = OrderType::TakeProfitMarket;
    let priced = "&pair=XBTUSD&price=37500&type=buy&volume=1.25";
    let priced_json = r#""price":"37500","type":"buy","volume":"1.25""#;
    for (order, fields, element) in [
        (
            limit(),
            format!("&ordertype=limit{priced}&cl_ord_id=b15"),
            format!(r#""ordertype":"limit",{priced_json},"cl_ord_id":"b15""#),
        ),
        (
            limit().time_in_force(TimeInForce::Ioc),
            format!("&ordertype=limit{priced}&timeinforce=IOC&cl_ord_id=b15"),
            format!(r#""ordertype":"limit",{priced_json},"timeinforce":"IOC","cl_ord_id":"b15""#),
        ),
        (
            limit().time_in_force(TimeInForce::Fok),
            format!("&ordertype=limit{priced}&timeinforce=FOK&cl_ord_id=b15"),
            format!(r#""ordertype":"limit",{priced_json},"timeinforce":"FOK","cl_ord_id":"b15""#),
        ),
        (
            limit().post_only(),
            format!("&ordertype=limit{priced}&oflags=post&cl_ord_id=b15"),
            format!(r#""ordertype":"limit",{priced_json},"oflags":"post","cl_ord_id":"b15""#),
        ),
        (
            market(),
            "&ordertype=market&pair=XBTUSD&type=sell&volume=0.00100&cl_ord_id=b15".into(),
            r#""ordertype":"market","type":"sell","volume":"0.00100","cl_ord_id":"b15""#.into(),
        ),
        (
            stop(OrderType::StopLimit),
            "&ordertype=stop-loss-limit&pair=XBTUSD&price=8000&price2=7990&type=sell&volume=2&cl_ord_id=b15".into(),
            r#""ordertype":"stop-loss-limit","price":"8000","price2":"7990","type":"sell","volume":"2","cl_ord_id":"b15""#
                .into(),
        ),
        (
            stop(OrderType::TakeProfitLimit),
            "&ordertype=take-profit-limit&pair=XBTUSD&price=8000&price2=7990&type=sell&volume=2&cl_ord_id=b15".into(),
            r#""ordertype":"take-profit-limit","price":"8000","price2":"7990","type":"sell","volume":"2","cl_ord_id":"b15""#
                .into(),
        ),
        (
            stop_market,
            "&ordertype=stop-loss&pair=XBTUSD&price=9000&type=buy&volume=2&cl_ord_id=b15".into(),
            r#""ordertype":"stop-loss","price":"9000","type":"buy","volume":"2","cl_ord_id":"b15""#.into(),
        ),
        (
            at_market,
            "&ordertype=take-profit&pair=XBTUSD&price=9000&type=buy&volume=2&cl_ord_id=b15".into(),
            r#""ordertype":"take-profit","price":"9000","type":"buy","volume":"2","cl_ord_id":"b15""#.into(),
        ),
    ] {
        placed_as(order.into(), &fields, &element);
    }
    // An id that a form escapes.
    let odd = limit().with_id(id("a&b=c/d"));
    assert!(written(kraken(), &odd).unwrap().contains("&cl_ord_id=a%26b%3Dc%2Fd&"));
}

#[test]
fn place_with_all_that_kraken_has() {
    let at = Timestamp::from_ms(NOW_MS + 3_600_000);
    let close = Close { order_type: OrderType::StopLimit, price: dec!(30000), limit_price: Some(dec!(29000)) };
    let iceberg = KrakenOrder::new(limit().post_only()).display_quantity(dec!(0.25)).fee_coin(FeeCoin::Quote);
    let on_margin =
        KrakenOrder::new(limit().reduce_only()).leverage(3).self_trade_prevention(SelfTradePrevention::CancelBoth);
    let timed = KrakenOrder::new(limit()).starts(Timestamp::from_ms(NOW_MS + 60_000)).expires(at);
    let for_quote = KrakenOrder::market_for_quote(id("b15"), xbt(), dec!(100)).fee_coin(FeeCoin::Base);
    let trailing = KrakenOrder::trailing_stop(id("b15"), xbt(), Side::Sell, dec!(1), Offset::Percent(dec!(2.5)));
    let trailing_limit = trailing.trailing_limit(Relative::Below(Offset::Quote(dec!(10)))).trigger_by(TriggerBy::Index);
    let relative = KrakenOrder::new(limit()).relative_price(Relative::Sensible(Offset::Percent(dec!(1))));
    let stop = NewOrder::stop_limit(id("b15"), xbt(), Side::Sell, dec!(1), dec!(1), dec!(2));
    let relative_stop = KrakenOrder::new(stop).relative_stop(Relative::Above(Offset::Quote(dec!(5))));
    let settle = KrakenOrder::settle_position(id("b15"), xbt(), Side::Buy, dec!(0), 2);
    let closing = KrakenOrder::new(limit()).close(close);
    let priced = "&pair=XBTUSD&price=37500&type=buy&volume=1.25";
    let priced_json = r#""price":"37500","type":"buy","volume":"1.25""#;
    for (order, fields, element) in [
        (
            iceberg,
            format!("&ordertype=iceberg{priced}&displayvol=0.25&oflags=post%2Cfciq&cl_ord_id=b15"),
            format!(r#""ordertype":"iceberg",{priced_json},"displayvol":"0.25","oflags":"post,fciq","cl_ord_id":"b15""#),
        ),
        (
            on_margin,
            format!("&ordertype=limit{priced}&leverage=3&stptype=cancel-both&reduce_only=true&cl_ord_id=b15"),
            format!(
                r#""ordertype":"limit",{priced_json},"leverage":"3","stptype":"cancel-both","reduce_only":true,"cl_ord_id":"b15""#
            ),
        ),
        (
            timed,
            format!("&ordertype=limit{priced}&starttm=1616492436&expiretm=1616495976&timeinforce=GTD&cl_ord_id=b15"),
            format!(
                r#""ordertype":"limit",{priced_json},"starttm":"1616492436","expiretm":"1616495976","timeinforce":"GTD","cl_ord_id":"b15""#
            ),
        ),
        (
            for_quote,
            "&ordertype=market&pair=XBTUSD&type=buy&volume=100&oflags=fcib%2Cviqc&cl_ord_id=b15".into(),
            r#""ordertype":"market","type":"buy","volume":"100","oflags":"fcib,viqc","cl_ord_id":"b15""#.into(),
        ),
        (
            trailing,
            "&ordertype=trailing-stop&pair=XBTUSD&price=%2B2.5%25&type=sell&volume=1&cl_ord_id=b15".into(),
            r#""ordertype":"trailing-stop","price":"+2.5%","type":"sell","volume":"1","cl_ord_id":"b15""#.into(),
        ),
        (
            trailing_limit,
            "&ordertype=trailing-stop-limit&pair=XBTUSD&price=%2B2.5%25&price2=-10&type=sell&volume=1&trigger=index\
             &cl_ord_id=b15"
                .into(),
            r#""ordertype":"trailing-stop-limit","price":"+2.5%","price2":"-10","type":"sell","volume":"1","trigger":"index","cl_ord_id":"b15""#
                .into(),
        ),
        (
            relative,
            "&ordertype=limit&pair=XBTUSD&price=%231%25&type=buy&volume=1.25&cl_ord_id=b15".into(),
            r##""ordertype":"limit","price":"#1%","type":"buy","volume":"1.25","cl_ord_id":"b15""##.into(),
        ),
        (
            relative_stop,
            "&ordertype=stop-loss-limit&pair=XBTUSD&price=%2B5&price2=2&type=sell&volume=1&cl_ord_id=b15".into(),
            r#""ordertype":"stop-loss-limit","price":"+5","price2":"2","type":"sell","volume":"1","cl_ord_id":"b15""#.into(),
        ),
        (
            settle,
            "&ordertype=settle-position&pair=XBTUSD&type=buy&volume=0&leverage=2&cl_ord_id=b15".into(),
            r#""ordertype":"settle-position","type":"buy","volume":"0","leverage":"2","cl_ord_id":"b15""#.into(),
        ),
        (
            closing,
            format!(
                "&ordertype=limit{priced}&close%5Bordertype%5D=stop-loss-limit&close%5Bprice%5D=30000&close%5Bprice2%5D=29000\
                 &cl_ord_id=b15"
            ),
            format!(
                r#""ordertype":"limit",{priced_json},"close":{{"ordertype":"stop-loss-limit","price":"30000","price2":"29000"}},"cl_ord_id":"b15""#
            ),
        ),
    ] {
        placed_as(order, &fields, &element);
    }
}

#[test]
fn odd_decimals_stay_as_they_are() {
    let order = NewOrder::limit(id("b15"), xbt(), Side::Buy, dec!(0.00000001), dec!(123456789012.00000001));
    let fields = "&ordertype=limit&pair=XBTUSD&price=123456789012.00000001&type=buy&volume=0.00000001&cl_ord_id=b15";
    assert_eq!(written(kraken(), &order).unwrap(), form("AddOrder", &format!("{fields}&deadline={DEADLINE}")));
}

#[test]
fn what_makes_no_sense_is_refused_with_the_cure() {
    let margin = KrakenOrder::new(limit()).leverage(2);
    let mut quoted = margin;
    quoted.quote_quantity = Some(dec!(1));
    let mut both = KrakenOrder::new(limit()).relative_price(Relative::Above(Offset::Quote(dec!(1))));
    both.order.price = Some(dec!(1));
    let mut trailing = KrakenOrder::trailing_stop(id("b15"), xbt(), Side::Sell, dec!(1), Offset::Quote(dec!(1)));
    trailing.order.stop_price = Some(dec!(1));
    let close = Close { order_type: OrderType::StopMarket, price: dec!(1), limit_price: Some(dec!(1)) };
    for (refused, cure) in [
        (refusal(&limit().reduce_only()), "KrakenOrder::leverage"),
        (refusal(&limit().position_side(PositionSide::Long)), "leave position_side() out"),
        (refusal(&limit().post_only().time_in_force(TimeInForce::Ioc)), "leave time_in_force() out"),
        (refusal(&market().time_in_force(TimeInForce::Ioc)), "leave time_in_force() out"),
        (refusal(&market().post_only()), "leave post_only() out"),
        (refusal(&margin.leverage(1)), "2 or more"),
        (refusal(&both), "leave one of them out"),
        (refusal(&trailing), "orders that wait are GTC"),
        (refusal(&KrakenOrder::new(market()).display_quantity(dec!(1))), "limit orders have one"),
        (refusal(&KrakenOrder::new(limit()).trigger_by(TriggerBy::Index)), "orders with a trigger"),
        (refusal(&quoted), "market_for_quote"),
        (refusal(&KrakenOrder::new(market()).expires(Timestamp::from_ms(1))), "orders that stay"),
        (refusal(&KrakenOrder::new(limit()).close(close)), "limit_price is the price of"),
        (refusal(&limit().with_id(id("x234567890123456789"))), "up to 18 characters"),
        (refusal(&of(symbol("XBT/USD"))), "without a slash"),
    ] {
        assert!(refused.contains(cure), "{refused}");
    }
}

#[test]
fn cancel_amend_query() {
    let by_id = limit().order();
    let by_order_id = OrderRef::by_order_id(xbt(), order_id("OUF4EM-FRGI2-MQMWZD"));
    let cancel = |order| written(kraken(), &CancelOrder { order });
    assert_eq!(cancel(by_id).unwrap(), form("CancelOrder", "&cl_ord_id=b15"));
    assert_eq!(cancel(by_order_id).unwrap(), form("CancelOrder", "&txid=OUF4EM-FRGI2-MQMWZD"));
    let query = |order| written(kraken(), &QueryOrder { order });
    assert_eq!(query(by_id).unwrap(), form("OpenOrders", "&cl_ord_id=b15"));
    assert_eq!(query(by_id.in_history()).unwrap(), form("ClosedOrders", "&cl_ord_id=b15"));
    assert_eq!(query(by_order_id).unwrap(), form("QueryOrders", "&txid=OUF4EM-FRGI2-MQMWZD"));
    assert_eq!(query(by_order_id.in_history()).unwrap(), form("QueryOrders", "&txid=OUF4EM-FRGI2-MQMWZD"));

    let change = AmendOrder { order: by_id, new_id: None, quantity: Some(dec!(2)), price: None, side: None };
    let amend = format!("&cl_ord_id=b15&order_qty=2&deadline={DEADLINE}");
    assert_eq!(written(kraken(), &change).unwrap(), form("AmendOrder", &amend));
    let both = AmendOrder { order: by_order_id, price: Some(dec!(1.5)), ..change };
    let full = KrakenAmend::new(both).display_quantity(dec!(0.5)).stop_price(dec!(3)).post_only();
    let amend = format!(
        "&txid=OUF4EM-FRGI2-MQMWZD&order_qty=2&display_qty=0.5&limit_price=1.5&trigger_price=3&post_only=true&deadline={DEADLINE}"
    );
    assert_eq!(written(kraken(), &full).unwrap(), form("AmendOrder", &amend));

    let mut nameless = by_id;
    nameless.id = None;
    for (refused, cure) in [
        (refusal(&CancelOrder { order: nameless }), "name the order"),
        (refusal(&QueryOrder { order: nameless }), "name the order"),
        (refusal(&CancelOrder { order: OrderRef::by_order_id(xbt(), order_id("a&b")) }), "OUF4EM"),
        (refusal(&AmendOrder { quantity: None, ..change }), "say what changes"),
        (refusal(&AmendOrder { new_id: Some(id("b16")), ..change }), "leave new_id out"),
        (refusal(&AmendOrder { quantity: Some(dec!(0)), ..change }), "above zero"),
    ] {
        assert!(refused.contains(cure), "{refused}");
    }
}

#[test]
fn several_orders_at_once() {
    let (by_id, by_order_id) = (limit().order(), OrderRef::by_order_id(xbt(), order_id("OUF4EM-FRGI2-MQMWZD")));
    let cancel = |orders: &[OrderRef]| written(kraken(), &CancelBatch { orders }).unwrap();
    let (txid, client) = (r#","orders":["OUF4EM-FRGI2-MQMWZD"]"#, r#","cl_ord_ids":["b15"]"#);
    assert_eq!(cancel(&[by_id]), json("CancelOrderBatch", client));
    assert_eq!(cancel(&[by_order_id]), json("CancelOrderBatch", txid));
    assert_eq!(cancel(&[by_id, by_order_id]), json("CancelOrderBatch", &format!("{txid}{client}")));
    let elsewhere = of(symbol("ETHUSD"));
    for (refused, cure) in [
        (refusal(&PlaceBatch { orders: &[limit()] }), "place one by itself"),
        (refusal(&PlaceBatch { orders: &[limit(); 16] }), "at most 15"),
        (refusal(&PlaceBatch { orders: &[limit(), elsewhere] }), "of one pair"),
        (refusal(&CancelBatch { orders: &[] as &[OrderRef] }), "at least one"),
        (refusal(&CancelBatch { orders: &[by_id; 51] }), "at most 50"),
    ] {
        assert!(refused.contains(cure), "{refused}");
    }
}

#[test]
fn leaving_the_market() {
    let after = |symbol, seconds: Option<u64>| CancelAllAfter { symbol, after: seconds.map(Duration::from_secs) };
    assert_eq!(written(kraken(), &after(None, Some(60))).unwrap(), form("CancelAllOrdersAfter", "&timeout=60"));
    assert_eq!(written(kraken(), &after(None, None)).unwrap(), form("CancelAllOrdersAfter", "&timeout=0"));
    assert_eq!(written(kraken(), &CancelEverything {}).unwrap(), form("CancelAll", ""));
    for (refused, cure) in [
        (refusal(&after(Some(xbt()), Some(60))), "of the whole account"),
        (refusal(&after(None, Some(86_401))), "1 to 86400"),
        (refusal(&CancelAllAfter { symbol: None, after: Some(Duration::from_millis(1_500)) }), "whole seconds"),
        (refusal(&CancelAll { symbol: xbt(), triggers: false }), "CancelBatch, 50 at a time"),
    ] {
        assert!(refused.contains(cure), "{refused}");
    }
}

#[test]
fn the_account() {
    let fills = |since| written(kraken(), &GetFills { symbol: xbt(), since });
    assert_eq!(fills(FillsSince::Recent).unwrap(), form("TradesHistory", ""));
    let since = FillsSince::Time(Timestamp::from_ms(1_616_492_376_594));
    assert_eq!(fills(since).unwrap(), form("TradesHistory", "&start=1616492375"));
    for since in [FillsSince::Trade(1), FillsSince::Order(order_id("OUF4EM-FRGI2-MQMWZD"))] {
        let refused = refusal(&GetFills { symbol: xbt(), since });
        assert!(refused.contains("from a time on"), "{refused}");
    }
    assert_eq!(written(kraken(), &Balances {}).unwrap(), form("BalanceEx", ""));
    for symbol in [None, Some(xbt())] {
        assert_eq!(written(kraken(), &GetPositions { symbol }).unwrap(), form("OpenPositions", ""));
        assert_eq!(written(kraken(), &OpenOrders { symbol, triggers: false }).unwrap(), form("OpenOrders", ""));
    }
    assert_eq!(written(kraken(), &GetFeeRates { symbol: xbt() }).unwrap(), form("TradeVolume", "&pair=XBTUSD"));
    assert_eq!(written(kraken(), &GetClosedOrders::default()).unwrap(), form("ClosedOrders", ""));
    let further = GetClosedOrders { symbol: None, since: Some(Timestamp::from_ms(5_000)), skip: 50 };
    assert_eq!(written(kraken(), &further).unwrap(), form("ClosedOrders", "&start=5&ofs=50"));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let without = || Kraken::builder(Environment::Live);
    assert_eq!(written(without(), &ServerTime {}).unwrap(), get("Time"));
    assert_eq!(written(without(), &Ping {}).unwrap(), get("Time"));
    assert_eq!(written(without(), &GetSystemStatus {}).unwrap(), get("SystemStatus"));
    assert_eq!(written(without(), &GetTopOfBook { symbol: xbt() }).unwrap(), get("Depth?pair=XBTUSD&count=1"));
    assert_eq!(written(without(), &GetInstrument { symbol: xbt() }).unwrap(), get("AssetPairs?pair=XBTUSD"));
    assert_eq!(written(without(), &GetInstruments {}).unwrap(), get("AssetPairs"));
    let error = written(without(), &limit()).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains(".credentials("), "{error}");
}

#[test]
fn a_secret_is_base64_and_no_pem() {
    let with = |secret: &str| {
        let credentials = Credentials::new(KEY, secret).unwrap();
        Kraken::builder(Environment::Live).credentials(credentials).dry_run().unwrap_err().to_string()
    };
    let error = with("not-base64!");
    assert!(error.contains("is base64") && !error.contains("not-base64"), "{error}");
    assert!(with(include_str!("../../../tests/keys/ed25519.pem")).contains("not with a private key"));
    let error = Kraken::builder(Environment::Testnet).dry_run().unwrap_err().to_string();
    assert!(error.contains("no testnet"), "{error}");
}

/// Two requests of one key that are under way at once overtake each other: a slot more needs a key more, or a nonce window.
#[test]
fn a_key_has_one_slot_or_a_nonce_window() {
    let problem = |builder: KrakenBuilder| builder.dry_run().map(drop).unwrap_err().to_string();
    let several = problem(kraken().connections(2));
    assert!(several.contains("2 slots, 1 key") && several.contains("credentials_of_slots"), "{several}");
    assert!(problem(kraken().reserve_for_cancels()).contains("2 slots, 1 key"));
    assert!(kraken().connections(4).recv_window(Duration::from_secs(10)).dry_run().is_ok());
    let keys = |count: usize| {
        let keys = (0..count).map(|index| Credentials::new(&format!("key-{index}"), SECRET).unwrap());
        Kraken::builder(Environment::Live).fixed_clock(Timestamp::from_ms(NOW_MS)).credentials_of_slots(keys)
    };
    assert!(keys(2).connections(2).dry_run().is_ok());
    assert!(problem(keys(2).connections(2).reserve_for_cancels()).contains("3 slots, 2 key"));
    assert!(problem(keys(1).credentials(Credentials::new(KEY, SECRET).unwrap())).contains("leave one of them out"));
    // A dry run writes what the first slot would.
    let body = format!("nonce={NOW_MS}");
    let content_type = "application/x-www-form-urlencoded";
    let expected = signed_as("key-0", "/0/private/BalanceEx", content_type, &NOW_MS.to_string(), &body);
    assert_eq!(written(keys(2), &Balances {}).unwrap(), expected);
}

#[test]
fn nonces_rise_from_the_clock() {
    let mut dry = kraken().dry_run().unwrap();
    for nonce in [NOW_MS, NOW_MS + 1, NOW_MS + 2] {
        let request = String::from_utf8(dry.request(&Balances {}).unwrap().as_bytes().to_vec()).unwrap();
        assert!(request.ends_with(&format!("\r\n\r\nnonce={nonce}")), "{request}");
    }
}

/// Source: "Add Order", `deadline`: 2 to 60 seconds ahead when it arrives.
#[test]
fn an_order_expires_when_its_caller_gives_up() {
    let deadline = |builder: KrakenBuilder| {
        let text = written(builder, &limit()).unwrap();
        text.rsplit_once("&deadline=").unwrap().1.to_owned()
    };
    assert_eq!(deadline(kraken()), DEADLINE);
    assert_eq!(deadline(kraken().deadline(Duration::from_millis(50))), "2021-03-23T09%3A39%3A39.594Z");
    // A dry run's deadline begins a moment before the request is written.
    let ten = deadline(kraken().deadline(Duration::from_secs(10)));
    assert!(ten.starts_with("2021-03-23T09%3A39%3A46."), "{ten}");
}

/// Source: spot-rest-auth, "Examples": body and signature as published.
#[test]
fn any_call_can_be_signed() {
    let published = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
    let call = RawCall::new(Method::Post, "/0/private/AddOrder").signed();
    let request = written(kraken(), &call.body(published.as_bytes())).unwrap();
    let signature = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==";
    assert!(request.contains(&format!("API-Sign: {signature}\r\n")) && request.ends_with(published), "{request}");

    let (content, json) = ("application/x-www-form-urlencoded", "application/json");
    let now = NOW_MS.to_string();
    let as_sent = |content: &str, nonce: &str, body: &str| signed_as(KEY, "/0/private/AddOrder", content, nonce, body);
    let pairs = call.query(&[("pair", "XBTUSD"), ("empty", ""), ("odd name", "a&b=c \u{e9}")]);
    let form = format!("pair=XBTUSD&empty=&odd%20name=a%26b%3Dc%20%C3%A9&nonce={now}");
    assert_eq!(written(kraken(), &pairs).unwrap(), as_sent(content, &now, &form));
    assert_eq!(written(kraken(), &call).unwrap(), as_sent(content, &now, &format!("nonce={now}")));
    for (body, sent, content, nonce) in [
        ("a=b", format!("a=b&nonce={now}"), content, now.as_str()),
        ("a=nonce&xnonce=1", format!("a=nonce&xnonce=1&nonce={now}"), content, &now),
        ("a=b&nonce=77&c=d", "a=b&nonce=77&c=d".into(), content, "77"),
        ("{}", format!(r#"{{"nonce":"{now}"}}"#), json, &now),
        (r#"{"orders":["a"]} "#, format!(r#"{{"orders":["a"],"nonce":"{now}"}}"#), json, &now),
        (r#"{"nonce":78,"a":{"nonce":1}}"#, r#"{"nonce":78,"a":{"nonce":1}}"#.into(), json, "78"),
        (r#"{ "a":1, "nonce" : "79" }"#, r#"{ "a":1, "nonce" : "79" }"#.into(), json, "79"),
    ] {
        assert_eq!(written(kraken(), &call.body(body.as_bytes())).unwrap(), as_sent(content, nonce, &sent), "{body}");
    }
    let headers = [("api-sign", "x")];
    for (refused, cure) in [
        (refusal(&RawCall { method: Method::Get, ..call }), "POST alone"),
        (refusal(&pairs.body(b"a=b")), "put the pairs into it"),
        (refusal(&call.body(b"{\"a\":1")), "one whole JSON object"),
        (refusal(&call.body(b"{} {}")), "one whole JSON object"),
        (refusal(&RawCall { headers: &headers, ..call }), "leave it out"),
    ] {
        assert!(refused.contains(cure), "{refused}");
    }
    let unsigned = RawCall::new(Method::Get, "/0/public/Ticker").query(&[("pair", "XBTUSD")]);
    assert_eq!(written(kraken(), &unsigned).unwrap(), get("Ticker?pair=XBTUSD"));
}

/// The largest request that these types can say fits the buffer that every slot has.
#[test]
fn the_largest_batch_fits() {
    let most = orderwire_kraken::Decimal::MAX;
    let symbol = symbol(&"X".repeat(44));
    let order = NewOrder::stop_limit(id("6d1b345e-2821-40e2-ad83-4ecb18a06876"), symbol, Side::Sell, most, most, most);
    let full = KrakenOrder::new(order.reduce_only())
        .trigger_by(TriggerBy::Index)
        .fee_coin(FeeCoin::Quote)
        .starts(Timestamp::from_ms(u64::MAX / 1_000_000))
        .expires(Timestamp::from_ms(u64::MAX / 1_000_000))
        .leverage(u8::MAX)
        .self_trade_prevention(SelfTradePrevention::CancelNewest)
        .close(Close { order_type: OrderType::TakeProfitLimit, price: most, limit_price: Some(most) });
    let one = written(kraken(), &full).unwrap();
    assert!(one.len() <= 1_536, "{}", one.len());
    assert!(written(kraken(), &PlaceBatch { orders: &[full; 15] }).unwrap().len() <= 16_384);
    assert!(written(kraken(), &CancelBatch { orders: &[order.order(); 50] }).unwrap().len() <= 16_384);
}

proptest! {
    /// Whatever an order says stands in its form, once and exactly, and is signed as it is sent.
    #[test]
    fn whatever_an_order_says_is_signed_and_read_back(
        name in "[A-Z0-9.\u{e9}\u{4e2d}]{1,12}",
        client_id in "[A-Za-z0-9!#$%&'()*+./:;<=>?@^_`{|}~-]{1,18}",
        quantity in 1_i64..i64::MAX,
        price in 1_i64..i64::MAX,
        scales in (0_u32..18, 0_u32..18),
        buys in any::<bool>(),
        now_ms in 1_u64..4_102_444_800_000,
    ) {
        let (quantity, price) =
            (orderwire_kraken::Decimal::new(quantity, scales.0), orderwire_kraken::Decimal::new(price, scales.1));
        let side = if buys { Side::Buy } else { Side::Sell };
        let order = NewOrder::limit(id(&client_id), symbol(&name), side, quantity, price);
        let request = written(kraken().fixed_clock(Timestamp::from_ms(now_ms)), &order).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let fields: Vec<(String, String)> = body
            .split('&')
            .map(|field| field.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), percent_decode(value)))
            .collect();
        let (quantity, price, now) = (quantity.to_string(), price.to_string(), now_ms.to_string());
        let deadline = (Timestamp::from_ms(now_ms) + Duration::from_secs(59)).to_string();
        let expected = [
            ("nonce", now.as_str()),
            ("ordertype", "limit"),
            ("pair", &name),
            ("price", &price),
            ("type", if buys { "buy" } else { "sell" }),
            ("volume", &quantity),
            ("cl_ord_id", &client_id),
            ("deadline", &deadline),
        ];
        prop_assert!(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected));
        let signature = sign(SECRET, "/0/private/AddOrder", &now, body);
        let expected = format!("\r\nAPI-Sign: {signature}\r\n");
        prop_assert!(head.contains(&expected));
    }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
