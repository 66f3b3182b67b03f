"""ccxt, a client with nothing of orderwire in it, trades on a running orderwire-sim.

    trade.py https://127.0.0.1:PORT CA.pem

with ORDERWIRE_API_KEY and ORDERWIRE_API_SECRET as the simulator has them. Exits 0 only if every step went as it should.
"""

import os
import sys

import ccxt


def client(url, ca, secret):
    exchange = ccxt.binance({
        "apiKey": os.environ["ORDERWIRE_API_KEY"],
        "secret": secret,
        "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}},
    })
    exchange.validateServerSsl = ca  # handed on to requests as what to verify with
    for name in ("public", "private"):
        exchange.urls["api"][name] = url + "/api/v3"
    exchange.urls["api"]["sapi"] = url + "/sapi/v1"
    return exchange


def main(url, ca):
    secret = os.environ["ORDERWIRE_API_SECRET"]
    exchange = client(url, ca, secret)

    markets = exchange.load_markets()
    market = markets["BTC/USDT"]
    assert market["active"] and market["precision"] == {"base": 1e-8, "quote": 1e-8, "amount": 1e-05, "price": 0.01}, market
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
    trades = exchange.fetch_my_trades("BTC/USDT")
    assert round(sum(trade["amount"] for trade in trades if trade["order"] == bought["id"]), 8) == 0.5, trades
    spent = exchange.create_market_buy_order_with_cost("ETH/USDT", 100)
    assert 99 < spent["cost"] <= 100, spent
    print(f"bought at market in {len(bought['trades'])} fills")

    foreign = exchange.create_order("１２３/４５６", "limit", "sell", 1, 0.2, {"postOnly": True})
    assert foreign["id"] and exchange.cancel_all_orders("１２３/４５６")
    print(f"placed and canceled {foreign['id']} on {foreign['symbol']}")

    refused(ccxt.BadRequest, lambda: exchange.create_order("BTC/USDT", "limit", "buy", 0.00001, 20_000))
    refused(ccxt.InsufficientFunds, lambda: exchange.create_order("BTC/USDT", "limit", "buy", 9_000, 60_000))
    refused(ccxt.OrderNotFound, lambda: exchange.cancel_order("4242424242", "BTC/USDT"))
    refused(ccxt.OrderNotFound, lambda: exchange.fetch_order("4242424242", "BTC/USDT"))
    refused(ccxt.BadSymbol, lambda: exchange.public_get_depth({"symbol": "NOSUCH"}))
    refused(ccxt.InvalidNonce, lambda: exchange.private_get_account({"timestamp": "1499827319559"}))
    refused(ccxt.AuthenticationError, lambda: client(url, ca, secret + "x").fetch_balance())
    try:
        client(url, True, secret).fetch_time()
        raise AssertionError("a certificate that nobody vouched for was taken")
    except ccxt.NetworkError:
        print("refused: a certificate that nobody vouched for")


def refused(kind, call):
    try:
        result = call()
    except kind as error:
        print(f"refused: {error}")
    else:
        raise AssertionError(f"{kind.__name__} was expected, got {result}")


if __name__ == "__main__":
    main(*sys.argv[1:])
