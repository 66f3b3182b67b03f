"""ccxt on the simulated Binance Spot; see trade.py."""

import sys

import ccxt

from trade import refused, run


ACCOUNT = {"ORDERWIRE_API_KEY": "ccxt" * 16, "ORDERWIRE_API_SECRET": "a secret of this run only"}


def connect(url, settings):
    account = {"apiKey": ACCOUNT["ORDERWIRE_API_KEY"], "secret": ACCOUNT["ORDERWIRE_API_SECRET"]}
    exchange = ccxt.binance(account | {"options": {"defaultType": "spot"}} | settings)
    for name, path in {
        "public": "/api/v3",
        "private": "/api/v3",
        "sapi": "/sapi/v1",
        "fapiPublic": "/fapi/v1",
        "dapiPublic": "/dapi/v1",
    }.items():
        exchange.urls["api"][name] = url + path
    return exchange


def trade(client):
    exchange = client()
    markets = exchange.load_markets()
    market = markets["BTC/USDT"]
    assert market["active"], market
    assert (market["precision"]["amount"], market["precision"]["price"]) == (1e-05, 0.01), market["precision"]
    assert market["limits"]["cost"]["min"] == 5.0, market["limits"]
    assert "１２３/４５６" in markets, list(markets)
    assert exchange.currencies["BTC"]["id"] == "BTC"
    print(f"markets: {', '.join(markets)}")

    before = exchange.fetch_balance()["USDT"]
    book = exchange.fetch_order_book("BTC/USDT", 5)
    assert len(book["bids"]) == len(book["asks"]) == 5 and book["bids"][0][0] < book["asks"][0][0]
    assert exchange.fetch_bids_asks(["BTC/USDT"])["BTC/USDT"]["bid"] == book["bids"][0][0]
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000

    order = exchange.create_order("BTC/USDT", "limit", "buy", 0.001, 20_000, {"clientOrderId": "ccxt-1"})
    assert order["status"] == "open" and order["clientOrderId"] == "ccxt-1", order
    again = exchange.fetch_order(order["id"], "BTC/USDT")
    assert (again["price"], again["amount"], again["remaining"]) == (20_000.0, 0.001, 0.001), again
    assert [each["id"] for each in exchange.fetch_open_orders("BTC/USDT")] == [order["id"]]
    locked = exchange.fetch_balance()["USDT"]
    assert round(locked["used"] - before["used"], 8) == 20.0, (before, locked)
    print(f"placed, queried and listed {order['id']}")

    canceled = exchange.cancel_order(order["id"], "BTC/USDT")
    assert canceled["status"] == "canceled", canceled
    assert exchange.fetch_open_orders("BTC/USDT") == []
    assert exchange.fetch_balance()["USDT"] == before
    print(f"canceled {order['id']}")

    bought = exchange.create_order("BTC/USDT", "market", "buy", 0.5)
    assert bought["status"] == "closed" and bought["filled"] == 0.5 and len(bought["trades"]) > 1, bought
    assert bought["average"] > book["asks"][0][0], bought
    mine = [each["amount"] for each in exchange.fetch_my_trades("BTC/USDT") if each["order"] == bought["id"]]
    assert round(sum(mine), 8) == 0.5, mine
    spent = exchange.create_market_buy_order_with_cost("ETH/USDT", 100)
    assert 99 < spent["cost"] <= 100, spent
    print(f"bought at market in {len(bought['trades'])} fills")

    stops = waiting(exchange)

    foreign = exchange.create_order("１２３/４５６", "limit", "sell", 1, 0.2, {"postOnly": True})
    assert foreign["id"] and exchange.cancel_all_orders("１２３/４５６")
    print(f"placed and canceled {foreign['id']} on {foreign['symbol']}")

    # At an address that is not the venue's own, ccxt knows a filter failure by its code only, as a bad request.
    refused(ccxt.BadRequest, lambda: exchange.create_order("BTC/USDT", "limit", "buy", 0.00001, 20_000))
    refused(ccxt.InsufficientFunds, lambda: exchange.create_order("BTC/USDT", "limit", "buy", 9_000, 60_000))
    refused(ccxt.OrderNotFound, lambda: exchange.cancel_order("4242424242", "BTC/USDT"))
    refused(ccxt.OrderNotFound, lambda: exchange.fetch_order("4242424242", "BTC/USDT"))
    refused(ccxt.BadSymbol, lambda: exchange.public_get_depth({"symbol": "NOSUCH"}))
    refused(ccxt.InvalidNonce, lambda: exchange.private_get_account({"timestamp": "1499827319559"}))
    return stops | {
        "ccxt-1": ("CANCELED", 1),
        bought["clientOrderId"]: ("FILLED", 1),
        foreign["clientOrderId"]: ("CANCELED", 1),
    }


def waiting(exchange):
    """Orders that wait for the market, an iceberg, and a pair of which one cancels the other."""
    last = float(exchange.public_get_ticker_price({"symbol": "BTCUSDT"})["price"])
    stop = exchange.create_order(
        "BTC/USDT", "limit", "sell", 0.01, last - 40, {"stopLossPrice": last - 20, "clientOrderId": "ccxt-stop"}
    )
    trail = exchange.create_order(
        "BTC/USDT", "market", "sell", 0.01, None,
        {"trailingPercent": 0.1, "stopLossOrTakeProfit": "stopLoss", "clientOrderId": "ccxt-trail"},
    )
    for order, kind in [(stop, "STOP_LOSS_LIMIT"), (trail, "STOP_LOSS")]:
        order = exchange.fetch_order(order["id"], "BTC/USDT")
        assert (order["status"], order["info"]["type"], order["info"]["isWorking"]) == ("open", kind, False), order
    iceberg = exchange.create_order(
        "BTC/USDT", "limit", "buy", 0.01, 20_000, {"icebergQty": "0.002", "clientOrderId": "ccxt-iceberg"}
    )
    assert iceberg["info"]["icebergQty"] == "0.00200000", iceberg
    pair = exchange.private_post_orderlist_oco({
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01",
        "aboveType": "LIMIT_MAKER", "abovePrice": f"{last + 400:.2f}", "aboveClientOrderId": "ccxt-above",
        "belowType": "STOP_LOSS", "belowStopPrice": f"{last - 20:.2f}", "belowClientOrderId": "ccxt-below",
    })
    assert [order["clientOrderId"] for order in pair["orders"]] == ["ccxt-below", "ccxt-above"], pair

    # Sells through the house's bids: what waits below the market is triggered.
    sold = exchange.create_order("BTC/USDT", "market", "sell", 3)
    assert sold["status"] == "closed", sold
    assert exchange.fetch_order(stop["id"], "BTC/USDT")["info"]["isWorking"]
    states = {}
    for name in ["ccxt-stop", "ccxt-trail", "ccxt-iceberg", "ccxt-above", "ccxt-below"]:
        order = exchange.fetch_order(None, "BTC/USDT", {"clientOrderId": name})
        states[name] = (order["info"]["status"], 1)
    assert states["ccxt-below"][0] == "FILLED" and states["ccxt-above"][0] == "EXPIRED", states
    exchange.cancel_all_orders("BTC/USDT")
    for name, (status, received) in states.items():
        states[name] = ("CANCELED" if status in ("NEW", "PARTIALLY_FILLED") else status, received)
    print(f"waited and triggered: {states}")
    return states


if __name__ == "__main__":
    wrong = [({"secret": "another"}, ccxt.AuthenticationError), ({"apiKey": "another"}, ccxt.AuthenticationError)]
    run(sys.argv[1], "binance-spot", ACCOUNT, connect, trade, wrong)
