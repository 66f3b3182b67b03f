//! Every call's exact bytes; every signature made again by another implementation than the SDK's.

use orderwire_binance::orderwire::venue::{
    Balances, CancelAll, CancelOrder, Endpoint, GetFeeRates, GetFills, GetInstrument, GetInstruments, GetTopOfBook,
    OpenOrders, Ping, QueryOrder, ServerTime, TestOrder,
};
use orderwire_binance::orderwire::{Method, RestError};
use orderwire_binance::spot::{
    CancelOnly, CancelOrderList, CancelRestriction, GetOrderCounts, ListOrders, ListRef, QueryOrderList, TestSpotOrder,
};
use orderwire_binance::{
    AmendOrder, CancelReplace, ClientOrderId, Credentials, Decimal, Environment, Fate, FillsSince, NewOrder, OrderId,
    OrderList, OrderRef, OrderType, Peg, PegTo, PositionSide, RawCall, ResponseType, SelfTradePrevention, Side, Spot,
    SpotBuilder, SpotOrder, SpotVenue, Symbol, TimeInForce, Timestamp, dec,
};
use proptest::prelude::*;
use std::time::Duration;

mod signing;

use signing::{ED25519, RSA, by_ed25519, by_hmac, by_rsa};

/// The example of the venue's documents. Source: rest-api.md, "HMAC Keys", read 2026-07-21.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const NOW_MS: u64 = 1_499_827_319_559;

fn spot() -> SpotBuilder {
    spot_with(SECRET)
}

fn spot_with(secret: &str) -> SpotBuilder {
    Spot::builder(Environment::Live)
        .credentials(Credentials::new(KEY, secret).unwrap())
        .fixed_clock(Timestamp::from_ms(NOW_MS))
        // The receive window is then what the builder says, whole.
        .deadline(Duration::MAX)
}

fn written<E: Endpoint<SpotVenue>>(builder: SpotBuilder, endpoint: &E) -> Result<String, RestError> {
    let mut dry = builder.dry_run()?;
    let request = dry.request(endpoint)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).unwrap())
}

/// What a refused request says, once it is sure that nothing would have been sent.
fn refusal<E: Endpoint<SpotVenue>>(builder: SpotBuilder, endpoint: &E) -> String {
    let error = written(builder, endpoint).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    error.to_string()
}

/// The whole request without a body, its signature made anew.
fn signed(method: &str, target: &str) -> String {
    let (_, query) = target.split_once('?').unwrap();
    whole(method, &format!("{target}&signature={}", signature(query)))
}

fn whole(method: &str, target: &str) -> String {
    let length = if method == "GET" { "" } else { "Content-Length: 0\r\n" };
    format!("{method} {target} HTTP/1.1\r\nHost: api.binance.com\r\nX-MBX-APIKEY: {KEY}\r\n{length}\r\n")
}

fn signature(text: &str) -> String {
    by_hmac(SECRET, text)
}

const RSA_4096: &str = include_str!("../../../tests/keys/rsa_4096.pem");

fn symbol() -> Symbol {
    Symbol::new("LTCBTC").unwrap()
}

fn limit() -> NewOrder {
    NewOrder::limit(ClientOrderId::new("mm1-0007").unwrap(), symbol(), Side::Buy, dec!(1), dec!(0.1))
}

fn market() -> NewOrder {
    NewOrder::market(ClientOrderId::new("mm1-0007").unwrap(), symbol(), Side::Sell, dec!(0.00100))
}

fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

#[test]
fn place_limit() {
    assert_eq!(
        written(spot(), &limit()).unwrap(),
        "POST /api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1\
         &timestamp=1499827319559\
         &signature=34b594cf5d89a9affcf37e78bc1220f6fc91a6861e3738480b4a81cf99c1e02d HTTP/1.1\r\n\
         Host: api.binance.com\r\n\
         X-MBX-APIKEY: vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn place_in_every_way() {
    let rest = "&timestamp=1499827319559";
    for (order, terms) in [
        (
            limit().time_in_force(TimeInForce::Ioc),
            "side=BUY&type=LIMIT&timeInForce=IOC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1",
        ),
        (
            limit().time_in_force(TimeInForce::Fok),
            "side=BUY&type=LIMIT&timeInForce=FOK&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1",
        ),
        (
            limit().post_only(),
            "side=BUY&type=LIMIT_MAKER&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1",
        ),
        (market(), "side=SELL&type=MARKET&newOrderRespType=RESULT&quantity=0.00100&newClientOrderId=mm1-0007"),
    ] {
        let target = format!("/api/v3/order?symbol=LTCBTC&{terms}{rest}");
        assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
        let target = format!("/api/v3/order/test?symbol=LTCBTC&{terms}{rest}");
        assert_eq!(written(spot(), &TestOrder { order }).unwrap(), signed("POST", &target));
    }
    for (response, word) in [(ResponseType::Ack, "ACK"), (ResponseType::Full, "FULL"), (ResponseType::Result, "RESULT")]
    {
        let target = format!(
            "/api/v3/order?symbol=LTCBTC&side=SELL&type=MARKET&newOrderRespType={word}&quantity=0.00100\
             &newClientOrderId=mm1-0007&timestamp=1499827319559"
        );
        let order = SpotOrder::new(market()).response(response);
        assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
    }
}

fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

fn limit_as(name: &str, side: Side, price: Decimal) -> NewOrder {
    NewOrder::limit(id(name), symbol(), side, dec!(1), price)
}

/// Source: rest-api.md, "New order", the tables by type.
#[test]
fn place_what_waits_for_the_market() {
    let (mm, one) = (id("mm1-0007"), dec!(1));
    let stop_limit = NewOrder::stop_limit(mm, symbol(), Side::Sell, one, dec!(0.09), dec!(0.085));
    let take_limit = NewOrder::take_profit_limit(mm, symbol(), Side::Sell, one, dec!(0.2), dec!(0.19));
    let rest = "&timestamp=1499827319559";
    for (order, terms) in [
        (
            NewOrder::stop_market(mm, symbol(), Side::Sell, one, dec!(0.09)),
            "type=STOP_LOSS&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&stopPrice=0.09",
        ),
        (
            stop_limit,
            "type=STOP_LOSS_LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.085&stopPrice=0.09",
        ),
        (
            stop_limit.time_in_force(TimeInForce::Ioc),
            "type=STOP_LOSS_LIMIT&timeInForce=IOC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.085&stopPrice=0.09",
        ),
        (
            stop_limit.time_in_force(TimeInForce::Fok),
            "type=STOP_LOSS_LIMIT&timeInForce=FOK&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.085&stopPrice=0.09",
        ),
        (
            NewOrder::take_profit_market(mm, symbol(), Side::Sell, one, dec!(0.2)),
            "type=TAKE_PROFIT&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&stopPrice=0.2",
        ),
        (
            take_limit,
            "type=TAKE_PROFIT_LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.19&stopPrice=0.2",
        ),
        (
            take_limit.time_in_force(TimeInForce::Ioc),
            "type=TAKE_PROFIT_LIMIT&timeInForce=IOC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.19&stopPrice=0.2",
        ),
        (
            take_limit.time_in_force(TimeInForce::Fok),
            "type=TAKE_PROFIT_LIMIT&timeInForce=FOK&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.19&stopPrice=0.2",
        ),
    ] {
        let target = format!("/api/v3/order?symbol=LTCBTC&side=SELL&{terms}{rest}");
        assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
        assert_eq!(written(spot(), &SpotOrder::from(order)).unwrap(), signed("POST", &target));
        let target = format!("/api/v3/order/test?symbol=LTCBTC&side=SELL&{terms}{rest}");
        assert_eq!(written(spot(), &TestOrder { order }).unwrap(), signed("POST", &target));
    }
}

#[test]
fn place_with_all_that_spot_has() {
    let mm = id("mm1-0007");
    let stop = NewOrder::stop_market(mm, symbol(), Side::Buy, dec!(1), dec!(0.2));
    let trailing_only = SpotOrder::new(stop).trailing_alone(100);
    let limit = SpotOrder::new(limit());
    let mode = SelfTradePrevention::ExpireBoth;
    for (order, terms, behind) in [
        (
            SpotOrder::market_for_quote(mm, symbol(), Side::Buy, dec!(25.50)),
            "type=MARKET&newOrderRespType=RESULT&quoteOrderQty=25.50&newClientOrderId=mm1-0007",
            "",
        ),
        (
            limit.iceberg(dec!(0.1)),
            "type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1&icebergQty=0.1",
            "",
        ),
        (
            SpotOrder::new(stop).trailing(100),
            "type=STOP_LOSS&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&stopPrice=0.2&trailingDelta=100",
            "",
        ),
        (
            trailing_only,
            "type=STOP_LOSS&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&trailingDelta=100",
            "",
        ),
        (
            limit.pegged(Peg::best(PegTo::Primary)),
            "type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&pegPriceType=PRIMARY_PEG",
            "",
        ),
        (
            limit.pegged(Peg::behind(PegTo::Market, 5)),
            "type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&pegPriceType=MARKET_PEG&pegOffsetType=PRICE_LEVEL&pegOffsetValue=5",
            "",
        ),
        (
            limit.strategy(37_463_720, 1_000_000),
            "type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1&strategyId=37463720&strategyType=1000000",
            "",
        ),
        (
            limit.self_trade_prevention(mode),
            "type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1&newClientOrderId=mm1-0007&price=0.1",
            "&selfTradePreventionMode=EXPIRE_BOTH",
        ),
    ] {
        let rest = format!("{behind}&timestamp=1499827319559");
        let target = format!("/api/v3/order?symbol=LTCBTC&side=BUY&{terms}{rest}");
        assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
        let target = format!("/api/v3/order/test?symbol=LTCBTC&side=BUY&{terms}{rest}");
        assert_eq!(written(spot(), &TestSpotOrder { order }).unwrap(), signed("POST", &target));
    }
    for (mode, word) in [
        (SelfTradePrevention::Decrement, "DECREMENT"),
        (SelfTradePrevention::ExpireMaker, "EXPIRE_MAKER"),
        (SelfTradePrevention::ExpireTaker, "EXPIRE_TAKER"),
        (SelfTradePrevention::None, "NONE"),
        (SelfTradePrevention::Transfer, "TRANSFER"),
    ] {
        let request = written(spot(), &limit.self_trade_prevention(mode)).unwrap();
        assert!(request.contains(&format!("&selfTradePreventionMode={word}&")), "{request}");
    }
}

/// Source: rest-api.md, "New order", its tables and notes: which type takes which of what only some take.
#[test]
fn every_type_with_every_detail_it_takes() {
    let (mm, one, trigger, price) = (id("mm1-0007"), dec!(1), dec!(0.2), dec!(0.21));
    let new = |order: NewOrder| SpotOrder::new(order);
    let limits = [
        (new(limit()), "LIMIT&timeInForce=GTC", true, ""),
        (new(limit().post_only()), "LIMIT_MAKER", true, ""),
        (
            new(NewOrder::stop_limit(mm, symbol(), Side::Buy, one, trigger, price)),
            "STOP_LOSS_LIMIT&timeInForce=GTC",
            true,
            "&stopPrice=0.2",
        ),
        (
            new(NewOrder::take_profit_limit(mm, symbol(), Side::Buy, one, trigger, price)),
            "TAKE_PROFIT_LIMIT&timeInForce=GTC",
            true,
            "&stopPrice=0.2",
        ),
    ];
    let markets = [
        (new(NewOrder::stop_market(mm, symbol(), Side::Buy, one, trigger)), "STOP_LOSS", false, "&stopPrice=0.2"),
        (
            new(NewOrder::take_profit_market(mm, symbol(), Side::Buy, one, trigger)),
            "TAKE_PROFIT",
            false,
            "&stopPrice=0.2",
        ),
    ];
    for (order, terms, has_limit, stop) in limits.into_iter().chain(markets) {
        let price = order.order.price.map_or(String::new(), |price| format!("&price={price}"));
        let mut ways = Vec::new();
        if !stop.is_empty() {
            ways.push((order.trailing(150), format!("{price}{stop}&trailingDelta=150")));
            ways.push((order.trailing_alone(150), format!("{price}&trailingDelta=150")));
        }
        if has_limit {
            ways.push((order.iceberg(dec!(0.1)), format!("{price}{stop}&icebergQty=0.1")));
            let pegged = format!("{stop}&pegPriceType=PRIMARY_PEG&pegOffsetType=PRICE_LEVEL&pegOffsetValue=1");
            ways.push((order.pegged(Peg::behind(PegTo::Primary, 1)), pegged));
        }
        for (order, details) in ways {
            let target = format!(
                "/api/v3/order?symbol=LTCBTC&side=BUY&type={terms}&newOrderRespType=RESULT&quantity=1\
                 &newClientOrderId=mm1-0007{details}&timestamp=1499827319559"
            );
            assert_eq!(written(spot(), &order).unwrap(), signed("POST", &target));
        }
    }
}

#[test]
fn what_spot_would_refuse_is_refused_before() {
    let stop = SpotOrder::new(NewOrder::stop_market(id("a"), symbol(), Side::Buy, dec!(1), dec!(0.2)));
    let order = SpotOrder::new(limit());
    let market = SpotOrder::new(market());
    for (order, what) in [
        (changed(stop, |order| order.order.stop_price = None), "stop_price"),
        (changed(stop, |order| order.order.price = Some(dec!(1))), "price"),
        (changed(stop, |order| order.order.time_in_force = TimeInForce::Ioc), "time in force"),
        (changed(stop, |order| order.order.stop_price = Some(dec!(0))), "stop_price"),
        (changed(order, |order| order.order.stop_price = Some(dec!(1))), "stop_price"),
        (order.trailing(10), "stop_price"),
        (stop.trailing(0), "trailing_delta"),
        (changed(market, |order| order.quote_quantity = Some(dec!(1))), "quote_quantity"),
        (changed(order, |order| order.quote_quantity = Some(dec!(1))), "quote_quantity"),
        (SpotOrder::market_for_quote(id("a"), symbol(), Side::Buy, dec!(0)), "quote coin"),
        (market.iceberg(dec!(0.1)), "iceberg_quantity"),
        (order.iceberg(dec!(0)), "iceberg_quantity"),
        (changed(order.iceberg(dec!(0.1)), |order| order.order.time_in_force = TimeInForce::Ioc), "iceberg_quantity"),
        (market.pegged(Peg::best(PegTo::Market)), "peg"),
        (order.pegged(Peg::behind(PegTo::Market, 101)), "peg.levels"),
        (order.strategy(1, 999_999), "strategy_type"),
    ] {
        let error = refusal(spot(), &order);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn change_an_order() {
    let order = OrderRef::by_id(symbol(), id("mm1-0007"));
    for (restriction, word) in
        [(CancelRestriction::OnlyNew, "ONLY_NEW"), (CancelRestriction::OnlyPartiallyFilled, "ONLY_PARTIALLY_FILLED")]
    {
        let target = format!(
            "/api/v3/order?symbol=LTCBTC&origClientOrderId=mm1-0007&cancelRestrictions={word}&timestamp=1499827319559"
        );
        assert_eq!(written(spot(), &CancelOnly { order, restriction }).unwrap(), signed("DELETE", &target));
    }

    let amend = AmendOrder { order, new_id: None, quantity: Some(dec!(0.5)), price: None, side: None };
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::from(28));
    let renamed = AmendOrder { order: by_order_id, new_id: Some(id("mm1-0008")), ..amend };
    for (amend, names) in [
        (amend, "origClientOrderId=mm1-0007&newClientOrderId=mm1-0007"),
        (renamed, "orderId=28&newClientOrderId=mm1-0008"),
    ] {
        let target =
            format!("/api/v3/order/amend/keepPriority?symbol=LTCBTC&{names}&newQty=0.5&timestamp=1499827319559");
        assert_eq!(written(spot(), &amend).unwrap(), signed("PUT", &target));
    }
    for (amend, what) in [
        (AmendOrder { price: Some(dec!(1)), ..amend }, "CancelReplace"),
        (AmendOrder { quantity: None, ..amend }, "CancelReplace"),
        (AmendOrder { quantity: Some(dec!(0)), ..amend }, "above zero"),
        (AmendOrder { order: by_order_id, ..amend }, "client order id"),
    ] {
        let error = refusal(spot(), &amend);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn cancel_and_replace() {
    let new = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&quantity=1\
               &newClientOrderId=mm1-0007&price=0.1";
    let replace = CancelReplace::new(OrderRef::by_order_id(symbol(), OrderId::from(9)), limit());
    let by_id = CancelReplace::new(OrderRef::by_id(symbol(), id("mm1-0006")), limit());
    for (replace, rest) in [
        (replace, "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=9"),
        (by_id.place_anyway(), "&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId=mm1-0006"),
        (
            replace.restriction(CancelRestriction::OnlyNew).cancel_anyway(),
            "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=9&cancelRestrictions=ONLY_NEW\
             &orderRateLimitExceededMode=CANCEL_ONLY",
        ),
    ] {
        let target = format!("/api/v3/order/cancelReplace?{new}{rest}&timestamp=1499827319559");
        assert_eq!(written(spot(), &replace).unwrap(), signed("POST", &target));
    }
    let other = changed(replace, |replace| replace.cancel.symbol = Symbol::new("BTCUSDT").unwrap());
    assert!(refusal(spot(), &other).contains("one instrument"));
}

#[test]
fn order_lists() {
    let (above, below) = (
        limit_as("a", Side::Sell, dec!(0.2)).post_only(),
        NewOrder::stop_limit(id("b"), symbol(), Side::Sell, dec!(1), dec!(0.09), dec!(0.085)),
    );
    let working = limit_as("w", Side::Buy, dec!(0.1));
    let without_quantity = |order: NewOrder| SpotOrder::new(changed(order, |order| order.quantity = dec!(0)));
    let list = id("list-1");
    let opo = ListOrders::Opo { working: working.into(), pending: without_quantity(above) };
    let opoco =
        ListOrders::Opoco { working: working.into(), above: without_quantity(above), below: without_quantity(below) };
    let working_text = "&workingType=LIMIT&workingSide=BUY&workingClientOrderId=w&workingTimeInForce=GTC\
                        &workingQuantity=1&workingPrice=0.1";
    let pair_text = "&pendingAboveType=LIMIT_MAKER&pendingAboveClientOrderId=a&pendingAbovePrice=0.2\
                     &pendingBelowType=STOP_LOSS_LIMIT&pendingBelowClientOrderId=b&pendingBelowTimeInForce=GTC\
                     &pendingBelowPrice=0.085&pendingBelowStopPrice=0.09";
    for (list, path, orders) in [
        (
            OrderList::oco(list, above, below),
            "oco",
            "&side=SELL&quantity=1&aboveType=LIMIT_MAKER&aboveClientOrderId=a&abovePrice=0.2\
             &belowType=STOP_LOSS_LIMIT&belowClientOrderId=b&belowTimeInForce=GTC&belowPrice=0.085&belowStopPrice=0.09"
                .to_owned(),
        ),
        (
            OrderList::oto(list, working, below),
            "oto",
            format!(
                "{working_text}&pendingType=STOP_LOSS_LIMIT&pendingSide=SELL&pendingClientOrderId=b\
                 &pendingTimeInForce=GTC&pendingQuantity=1&pendingPrice=0.085&pendingStopPrice=0.09"
            ),
        ),
        (
            OrderList::otoco(list, working, above, below),
            "otoco",
            format!("{working_text}&pendingSide=SELL&pendingQuantity=1{pair_text}"),
        ),
        (
            OrderList::new(list, opo),
            "opo",
            format!("{working_text}&pendingType=LIMIT_MAKER&pendingSide=SELL&pendingClientOrderId=a&pendingPrice=0.2"),
        ),
        (OrderList::new(list, opoco), "opoco", format!("{working_text}&pendingSide=SELL{pair_text}")),
    ] {
        let rest = "&newOrderRespType=RESULT";
        let head = format!("/api/v3/orderList/{path}?symbol=LTCBTC&listClientOrderId=list-1");
        let target = format!("{head}{orders}{rest}&timestamp=1499827319559");
        assert_eq!(written(spot(), &list).unwrap(), signed("POST", &target));
        let target = format!("{head}{orders}{rest}&selfTradePreventionMode=NONE&timestamp=1499827319559");
        let list = list.self_trade_prevention(SelfTradePrevention::None);
        assert_eq!(written(spot(), &list).unwrap(), signed("POST", &target));
    }

    // Every detail under a leg's own names.
    let below = SpotOrder::new(below).iceberg(dec!(0.1)).trailing(50).strategy(7, 2_000_000);
    let above = SpotOrder::new(above).pegged(Peg::behind(PegTo::Primary, 2));
    let request = written(spot(), &OrderList::oco(list, above, below)).unwrap();
    for part in [
        "&belowTrailingDelta=50&belowIcebergQty=0.1&belowStrategyId=7&belowStrategyType=2000000&",
        "&abovePegPriceType=PRIMARY_PEG&abovePegOffsetType=PRICE_LEVEL&abovePegOffsetValue=2&",
    ] {
        assert!(request.contains(part), "{request}");
    }
}

#[test]
fn order_lists_that_do_not_hang_together_are_refused() {
    let above = limit_as("a", Side::Sell, dec!(0.2)).post_only();
    let below = NewOrder::stop_market(id("b"), symbol(), Side::Sell, dec!(1), dec!(0.09));
    let buy = changed(below, |order| order.side = Side::Buy);
    let more = changed(below, |order| order.quantity = dec!(2));
    let other = changed(below, |order| order.symbol = Symbol::new("BTCUSDT").unwrap());
    let quote = SpotOrder::market_for_quote(id("q"), symbol(), Side::Sell, dec!(10));
    let working = limit_as("w", Side::Buy, dec!(0.1));
    let opo = ListOrders::Opo { working: working.into(), pending: below.into() };
    for (list, what) in [
        (OrderList::oco(id("l"), above, buy), "one side"),
        (OrderList::oco(id("l"), above, more), "one quantity"),
        (OrderList::oco(id("l"), above, other), "one instrument"),
        (OrderList::oto(id("l"), working, quote), "quote quantity"),
        (OrderList::new(id("l"), opo), "leave it at zero"),
    ] {
        let error = refusal(spot(), &list);
        assert!(error.contains(what), "{error}");
    }
    let nameless = ListRef { symbol: symbol(), id: None, list_id: None };
    assert!(refusal(spot(), &CancelOrderList { list: nameless }).contains("list's id"));
}

#[test]
fn cancel_and_query_a_list_by_either_id() {
    let by_id = ListRef { symbol: symbol(), id: Some(id("list-1")), list_id: None };
    let by_list_id = ListRef { list_id: Some(27), ..by_id };
    for (list, cancel, query) in [
        (by_id, "&listClientOrderId=list-1", "origClientOrderId=list-1"),
        (by_list_id, "&orderListId=27", "orderListId=27"),
    ] {
        let target = format!("/api/v3/orderList?symbol=LTCBTC{cancel}&timestamp=1499827319559");
        assert_eq!(written(spot(), &CancelOrderList { list }).unwrap(), signed("DELETE", &target));
        let target = format!("/api/v3/orderList?{query}&timestamp=1499827319559");
        assert_eq!(written(spot(), &QueryOrderList { list }).unwrap(), signed("GET", &target));
    }
}

#[test]
fn what_the_account_traded_and_pays() {
    let symbol = symbol();
    for (since, which) in [
        (FillsSince::Recent, ""),
        (FillsSince::Order(OrderId::from(28)), "&orderId=28"),
        (FillsSince::Time(Timestamp::from_ms(1_499_865_549_590)), "&startTime=1499865549590"),
        (FillsSince::Trade(28_457), "&fromId=28457"),
    ] {
        let target = format!("/api/v3/myTrades?symbol=LTCBTC{which}&limit=1000&timestamp=1499827319559");
        assert_eq!(written(spot(), &GetFills { symbol, since }).unwrap(), signed("GET", &target));
    }
    let target = "/api/v3/account/commission?symbol=LTCBTC&timestamp=1499827319559";
    assert_eq!(written(spot(), &GetFeeRates { symbol }).unwrap(), signed("GET", target));
    let target = "/api/v3/rateLimit/order?timestamp=1499827319559";
    assert_eq!(written(spot(), &GetOrderCounts {}).unwrap(), signed("GET", target));
}

#[test]
fn times_in_microseconds_are_a_header_of_the_client() {
    let builder = spot().default_header("X-MBX-TIME-UNIT", "MICROSECOND").unwrap();
    let request = written(builder, &ServerTime {}).unwrap();
    assert!(request.contains("\r\nX-MBX-TIME-UNIT: MICROSECOND\r\n"), "{request}");
    let error = spot().default_header("Host", "elsewhere").unwrap_err().to_string();
    assert!(error.contains("Host"), "{error}");
}

#[test]
fn cancel_and_query_by_either_id() {
    let id = ClientOrderId::new("mm1-0007").unwrap();
    let by_id = OrderRef::by_id(symbol(), id);
    let by_order_id = OrderRef::by_order_id(symbol(), OrderId::from(28));
    let by_both = changed(by_order_id, |order| order.id = Some(id));
    for (order, name) in [(by_id, "origClientOrderId=mm1-0007"), (by_order_id, "orderId=28"), (by_both, "orderId=28")] {
        let target = format!("/api/v3/order?symbol=LTCBTC&{name}&timestamp=1499827319559");
        assert_eq!(written(spot(), &CancelOrder { order }).unwrap(), signed("DELETE", &target));
        assert_eq!(written(spot(), &QueryOrder { order }).unwrap(), signed("GET", &target));
    }
}

#[test]
fn lists() {
    let of_one = "/api/v3/openOrders?symbol=LTCBTC&timestamp=1499827319559";
    let of_all = "/api/v3/openOrders?timestamp=1499827319559";
    let account = "/api/v3/account?omitZeroBalances=true&timestamp=1499827319559";
    assert_eq!(
        written(spot(), &OpenOrders { symbol: Some(symbol()), triggers: false }).unwrap(),
        signed("GET", of_one)
    );
    assert_eq!(written(spot(), &OpenOrders { symbol: None, triggers: false }).unwrap(), signed("GET", of_all));
    assert_eq!(written(spot(), &CancelAll { symbol: symbol(), triggers: false }).unwrap(), signed("DELETE", of_one));
    assert_eq!(written(spot(), &Balances {}).unwrap(), signed("GET", account));
}

#[test]
fn public_calls_are_not_signed_and_need_no_key() {
    let of = |path: &str| whole("GET", path);
    let symbol = symbol();
    assert_eq!(written(spot(), &GetInstrument { symbol }).unwrap(), of("/api/v3/exchangeInfo?symbol=LTCBTC"));
    assert_eq!(written(spot(), &GetInstruments {}).unwrap(), of("/api/v3/exchangeInfo?showPermissionSets=false"));
    assert_eq!(written(spot(), &GetTopOfBook { symbol }).unwrap(), of("/api/v3/ticker/bookTicker?symbol=LTCBTC"));
    assert_eq!(written(spot(), &ServerTime {}).unwrap(), of("/api/v3/time"));
    assert_eq!(written(spot(), &Ping {}).unwrap(), of("/api/v3/ping"));
    assert_eq!(
        written(Spot::builder(Environment::Testnet), &Ping {}).unwrap(),
        "GET /api/v3/ping HTTP/1.1\r\nHost: testnet.binance.vision\r\n\r\n"
    );
}

#[test]
fn names_are_encoded_before_they_are_signed() {
    let symbol = Symbol::new("１２３４５６").unwrap();
    let encoded = "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96";
    let order = changed(limit(), |order| order.symbol = symbol).order();
    let of = |path: &str, rest: &str| format!("{path}?symbol={encoded}{rest}&timestamp=1499827319559");
    assert_eq!(
        written(spot(), &CancelOrder { order }).unwrap(),
        signed("DELETE", &of("/api/v3/order", "&origClientOrderId=mm1-0007"))
    );
    assert_eq!(
        written(spot(), &CancelAll { symbol, triggers: false }).unwrap(),
        signed("DELETE", &of("/api/v3/openOrders", ""))
    );
    assert_eq!(
        written(spot(), &GetInstrument { symbol }).unwrap(),
        whole("GET", &format!("/api/v3/exchangeInfo?symbol={encoded}"))
    );
}

#[test]
fn a_receive_window_stands_before_the_timestamp() {
    for (window, text) in [
        (Duration::from_secs(5), "5000"),
        (Duration::from_micros(5_000_500), "5000.500"),
        (Duration::from_micros(1), "0.001"),
        (Duration::from_secs(60), "60000"),
    ] {
        let target = format!("/api/v3/openOrders?recvWindow={text}&timestamp=1499827319559");
        let request = written(spot().recv_window(window), &OpenOrders { symbol: None, triggers: false }).unwrap();
        assert_eq!(request, signed("GET", &target));
    }
    for window in [Duration::ZERO, Duration::from_nanos(999), Duration::from_millis(60_001)] {
        let error = refusal(spot().recv_window(window), &OpenOrders { symbol: None, triggers: false });
        assert!(error.contains("recv_window") && error.contains("60 seconds"), "{error}");
    }
}

#[test]
fn a_deadline_cuts_the_receive_window() {
    let ms = Duration::from_millis;
    for (setting, deadline, text) in [
        (None, ms(10_000), ""),
        (None, ms(5_000), ""),
        (None, ms(80), "recvWindow=80&"),
        (None, Duration::from_micros(80_001), "recvWindow=81&"),
        (None, Duration::from_nanos(1), "recvWindow=1&"),
        (Some(ms(30)), ms(80), "recvWindow=30&"),
        (Some(ms(800)), ms(80), "recvWindow=80&"),
    ] {
        let builder = setting.iter().fold(spot().deadline(deadline), |builder, window| builder.recv_window(*window));
        let request = written(builder, &OpenOrders { symbol: None, triggers: false }).unwrap();
        let target = format!("/api/v3/openOrders?{text}timestamp=1499827319559");
        assert_eq!(request, signed("GET", &target), "{setting:?} {deadline:?}");
    }
}

#[test]
fn what_the_venue_has_no_way_to_say_is_refused_with_the_cure() {
    for (order, what, cure) in [
        (market().post_only(), "post-only order without a price", "NewOrder::limit(..).post_only()"),
        (limit().post_only().time_in_force(TimeInForce::Ioc), "time in force", "leave time_in_force() out"),
        (market().time_in_force(TimeInForce::Fok), "market order with a time in force", "NewOrder::limit"),
        (changed(market(), |order| order.price = Some(dec!(1))), "price", "a market order has none"),
        (changed(limit(), |order| order.price = None), "price", "NewOrder::limit"),
        (changed(limit(), |order| order.quantity = dec!(0)), "quantity", "above zero"),
        (changed(market(), |order| order.quantity = dec!(-1)), "quantity", "above zero"),
        (changed(limit(), |order| order.price = Some(dec!(0.00))), "price", "above zero"),
        (limit().reduce_only(), "for a position", "leave reduce_only()"),
        (market().position_side(PositionSide::Long), "for a position", "position_side() out"),
    ] {
        for error in [refusal(spot(), &order), refusal(spot(), &TestOrder { order })] {
            assert!(error.contains(what) && error.contains(cure), "{error}");
        }
    }
    let order = changed(limit().order(), |order| order.id = None);
    let error = refusal(spot(), &CancelOrder { order });
    assert!(error.contains("by its client order id or by the venue's order id"), "{error}");
    let not_a_number = OrderRef::by_order_id(symbol(), OrderId::new("28a").unwrap());
    let error = refusal(spot(), &QueryOrder { order: not_a_number });
    assert!(error.contains("whole numbers"), "{error}");
}

/// Source: fix-api.md, `ClOrdID`: `^[a-zA-Z0-9-_]{1,36}$`.
#[test]
fn a_client_id_has_letters_digits_and_two_signs() {
    for sign in '!'..='~' {
        let order = limit().with_id(ClientOrderId::new(&format!("mm{sign}1")).unwrap());
        let cancel = CancelOrder { order: order.order() };
        if sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_') {
            assert!(written(spot(), &order).unwrap().contains(&format!("&newClientOrderId=mm{sign}1&")));
            assert!(written(spot(), &cancel).unwrap().contains(&format!("&origClientOrderId=mm{sign}1&")));
        } else {
            for error in [refusal(spot(), &order), refusal(spot(), &cancel)] {
                assert!(error.contains("client order id") && error.contains("letters, digits, `-` and `_`"), "{error}");
            }
        }
    }
}

#[test]
fn a_signed_call_without_a_key_is_refused() {
    let keyless = || Spot::builder(Environment::Live);
    let raw = RawCall { signed: true, ..raw(Method::Get, "/api/v3/account", &[]) };
    for error in [
        refusal(keyless(), &limit()),
        refusal(keyless(), &CancelOrder { order: limit().order() }),
        refusal(keyless(), &OpenOrders { symbol: None, triggers: false }),
        refusal(keyless(), &Balances {}),
        refusal(keyless(), &raw),
    ] {
        assert!(error.contains("key") && error.contains(".credentials("), "{error}");
    }
}

fn raw<'a>(method: Method, path: &'a str, query: &'a [(&'a str, &'a str)]) -> RawCall<'a> {
    RawCall { method, path, query, headers: &[], body: b"", signed: false, reply_bytes_max: 65_536 }
}

/// Source: rest-api.md, "HMAC Keys": both worked examples, parameters in their order.
#[test]
fn the_documents_signatures() {
    for (symbol, encoded, signature) in [
        ("LTCBTC", "LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            "１２３４５６",
            "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ] {
        let query = [
            ("symbol", symbol),
            ("side", "BUY"),
            ("type", "LIMIT"),
            ("timeInForce", "GTC"),
            ("quantity", "1"),
            ("price", "0.1"),
            ("recvWindow", "5000"),
            ("timestamp", "1499827319559"),
        ];
        let target = format!(
            "/api/v3/order?symbol={encoded}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000\
             &timestamp=1499827319559&signature={signature}"
        );
        // The timestamp may be the caller's own, or the clock's behind his parameters.
        for query in [&query[..], &query[..query.len() - 1]] {
            let call = RawCall { signed: true, ..raw(Method::Post, "/api/v3/order", query) };
            assert_eq!(written(spot(), &call).unwrap(), whole("POST", &target));
        }
    }
}

/// Source: rest-api.md, "Ed25519 Keys" and "RSA Keys": base64, percent-encoded. Ed25519 and RSASSA-PKCS1-v1_5 are
/// deterministic, so that another implementation makes the same bytes.
#[test]
fn private_keys_sign_in_base64() {
    let payload = "symbol=LTCBTC&origClientOrderId=mm1-0007&timestamp=1499827319559";
    let cancel = CancelOrder { order: limit().order() };
    for (pem, signature) in
        [(ED25519, by_ed25519(payload)), (RSA, by_rsa(RSA, payload)), (RSA_4096, by_rsa(RSA_4096, payload))]
    {
        let target = format!("/api/v3/order?{payload}&signature={signature}");
        assert_eq!(written(spot_with(pem), &cancel).unwrap(), whole("DELETE", &target));
    }
    let body = "side=BUY";
    let call = RawCall { body: body.as_bytes(), signed: true, ..raw(Method::Post, "/api/v3/order", &[]) };
    let query = "timestamp=1499827319559";
    let signature = by_ed25519(&[query, body].concat());
    assert!(written(spot_with(ED25519), &call).unwrap().contains(&format!("?{query}&signature={signature} HTTP/1.1")));
}

#[test]
fn a_key_that_cannot_sign_is_refused_when_the_client_is_made() {
    let public = include_str!("../../../tests/keys/ed25519_public.pem");
    let error = written(spot_with(public), &Ping {}).unwrap_err().to_string();
    assert!(error.contains("found a public key") && error.contains("BEGIN PRIVATE KEY"), "{error}");
}

#[test]
fn raw_calls() {
    let call = raw(Method::Get, "/sapi/v1/system/status", &[]);
    assert_eq!(written(spot(), &call).unwrap(), whole("GET", "/sapi/v1/system/status"));

    let signed_only = RawCall { signed: true, ..raw(Method::Put, "/api/v3/x", &[]) };
    assert_eq!(written(spot(), &signed_only).unwrap(), signed("PUT", "/api/v3/x?timestamp=1499827319559"));

    let list = [("symbols", "[\"BTCUSDT\",\"ETHUSDT\"]"), ("a b", "x&y=z")];
    let encoded = "/api/v3/x?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D&a%20b=x%26y%3Dz";
    assert_eq!(written(spot(), &raw(Method::Get, "/api/v3/x", &list)).unwrap(), whole("GET", encoded));

    // Signed are query and body, joined with nothing between them.
    let body = "side=BUY&type=LIMIT";
    let query = "symbol=LTCBTC&timestamp=1499827319559";
    let signature = signature(&[query, body].concat());
    let call = RawCall {
        body: body.as_bytes(),
        signed: true,
        headers: &[("X-MBX-TIME-UNIT", "MICROSECOND")],
        ..raw(Method::Post, "/api/v3/order", &[("symbol", "LTCBTC")])
    };
    let head = format!(
        "POST /api/v3/order?{query}&signature={signature} HTTP/1.1\r\nHost: api.binance.com\r\nX-MBX-APIKEY: {KEY}\r\n\
         X-MBX-TIME-UNIT: MICROSECOND\r\n"
    );
    assert_eq!(
        written(spot(), &call).unwrap(),
        format!("{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 19\r\n\r\n{body}")
    );
    let call = RawCall { headers: &[("X-MBX-TIME-UNIT", "MICROSECOND"), ("content-type", "text/plain")], ..call };
    assert_eq!(
        written(spot(), &call).unwrap(),
        format!("{head}content-type: text/plain\r\nContent-Length: 19\r\n\r\n{body}")
    );

    let twice = RawCall { signed: true, ..raw(Method::Get, "/api/v3/account", &[("signature", "00")]) };
    assert!(refusal(spot(), &twice).contains("a signed call gets its own"));
    assert!(refusal(spot(), &raw(Method::Get, "/api/v3/time?x=1", &[])).contains("query()"));
}

#[test]
fn a_request_that_does_not_fit_says_how_much_it_needs() {
    let value = "9".repeat(20_000);
    let query = [("x", value.as_str())];
    let error = refusal(spot(), &RawCall { signed: true, ..raw(Method::Get, "/api/v3/time", &query) });
    assert!(error.contains("request_bytes"), "{error}");
}

#[test]
fn nothing_shows_the_secret() {
    let dry = spot().dry_run().unwrap();
    let shown = format!("{:?} {dry:?} {:?}", spot(), raw(Method::Get, "/", &[("signature", SECRET)]));
    assert!(!shown.contains(SECRET) && !shown.contains(KEY), "{shown}");
}

prop_compose! {
    fn orders()(
        id in "[a-zA-Z0-9_-]{1,36}",
        // Everything that a query could mistake for its own.
        symbol in "([A-Z0-9]{1,12}|[A-Z&=?#%+/一-鿿１-９]{1,8})",
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        kind in 0..9,
        digits in 1_i64..,
        price_digits in 1_i64..,
        places in 0_u32..=18,
    ) -> NewOrder {
        let (id, symbol) = (ClientOrderId::new(&id).unwrap(), Symbol::new(&symbol).unwrap());
        let quantity = Decimal::new(digits, places);
        let price = Decimal::new(price_digits, places);
        let limit = NewOrder::limit(id, symbol, side, quantity, price);
        match kind {
            0 => limit,
            1 => limit.time_in_force(TimeInForce::Ioc),
            2 => limit.time_in_force(TimeInForce::Fok),
            3 => limit.post_only(),
            4 => NewOrder::market(id, symbol, side, quantity),
            5 => NewOrder::stop_market(id, symbol, side, quantity, price),
            6 => NewOrder::stop_limit(id, symbol, side, quantity, price, quantity),
            7 => NewOrder::take_profit_market(id, symbol, side, quantity, price),
            _ => NewOrder::take_profit_limit(id, symbol, side, quantity, price, quantity),
        }
    }
}

/// The parameters of an order as the venue's documents name them.
fn parameters(order: &NewOrder, window_ms: Option<u64>, now_ms: u64) -> Vec<(String, String)> {
    let mut parameters = vec![("symbol", order.symbol.to_string())];
    parameters.push(("side", if order.side == Side::Buy { "BUY" } else { "SELL" }.to_owned()));
    let time_in_force = match order.time_in_force {
        TimeInForce::Fok => "FOK",
        TimeInForce::Ioc => "IOC",
        _ => "GTC",
    };
    let (kind, has_time_in_force) = match order.order_type {
        OrderType::Limit => ("LIMIT", true),
        OrderType::LimitMaker => ("LIMIT_MAKER", false),
        OrderType::Market => ("MARKET", false),
        OrderType::StopLimit => ("STOP_LOSS_LIMIT", true),
        OrderType::StopMarket => ("STOP_LOSS", false),
        OrderType::TakeProfitLimit => ("TAKE_PROFIT_LIMIT", true),
        OrderType::TakeProfitMarket => ("TAKE_PROFIT", false),
        other => panic!("{other:?}"),
    };
    parameters.push(("type", kind.to_owned()));
    parameters.extend(has_time_in_force.then(|| ("timeInForce", time_in_force.to_owned())));
    parameters.push(("newOrderRespType", "RESULT".to_owned()));
    parameters.extend(window_ms.map(|ms| ("recvWindow", ms.to_string())));
    parameters.push(("quantity", order.quantity.to_string()));
    parameters.push(("newClientOrderId", order.id.to_string()));
    parameters.extend(order.price.map(|price| ("price", price.to_string())));
    parameters.extend(order.stop_price.map(|price| ("stopPrice", price.to_string())));
    parameters.push(("timestamp", now_ms.to_string()));
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn any_order_is_sent_as_meant_and_signed_as_sent(
        order in orders(),
        window_ms in proptest::option::of(1_u64..=60_000),
        now_ms in 0_u64..=9_999_999_999_999,
    ) {
        type BySecret = (&'static str, fn(&str) -> String);
        let by_kind: [BySecret; 3] =
            [(SECRET, signature), (ED25519, by_ed25519), (RSA, |text| by_rsa(RSA, text))];
        for (secret, signature) in by_kind {
            let mut builder = spot_with(secret).fixed_clock(Timestamp::from_ms(now_ms));
            if let Some(ms) = window_ms {
                builder = builder.recv_window(Duration::from_millis(ms));
            }
            let request = written(builder, &order).unwrap();
            let target = request.strip_prefix("POST ").unwrap().split_once(" HTTP/1.1\r\n").unwrap().0;
            let query = target.strip_prefix("/api/v3/order?").unwrap();
            let (payload, sent) = query.rsplit_once("&signature=").unwrap();
            prop_assert_eq!(sent, signature(payload));
            let read: Vec<_> = form_urlencoded::parse(payload.as_bytes()).into_owned().collect();
            prop_assert_eq!(read, parameters(&order, window_ms, now_ms));
            prop_assert_eq!(&request, &whole("POST", target));
        }
    }
}
