"""ccxt on the simulated Bybit, Spot and linear contracts; see trade.py."""

import sys

import ccxt

from trade import at, refused, run

ACCOUNT = {"ORDERWIRE_API_KEY": "ccxt-bybit-key-1", "ORDERWIRE_API_SECRET": "a secret of this run only"}
# It asks to be told that it knows: an order is found among the last 500 alone.
KNOWS = {"acknowledged": True}


def connect(url, settings):
    account = {"apiKey": ACCOUNT["ORDERWIRE_API_KEY"], "secret": ACCOUNT["ORDERWIRE_API_SECRET"]}
    return at(ccxt.bybit(account | settings), url)


def look_around(exchange, symbol, tick):
    market = exchange.load_markets()[symbol]
    assert market["active"] and market["precision"]["price"] == tick, market
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000
    book = exchange.fetch_order_book(symbol, 5)
    assert len(book["bids"]) == len(book["asks"]) == 5 and book["bids"][0][0] < book["asks"][0][0], book
    assert exchange.fetch_ticker(symbol)["bid"] == book["bids"][0][0]


def place_change_and_cancel(exchange, symbol, held):
    before = exchange.fetch_balance()["USDT"]
    order = exchange.create_order(symbol, "limit", "buy", 0.01, 58_000, {"clientOrderId": "ccxt1"})
    assert order["clientOrderId"] == "ccxt1", order
    again = exchange.fetch_order(order["id"], symbol, KNOWS)
    assert (again["status"], again["price"], again["remaining"]) == ("open", 58_000.0, 0.01), again
    assert [each["id"] for each in exchange.fetch_open_orders(symbol)] == [order["id"]]
    assert round(exchange.fetch_balance()["USDT"]["used"] - before["used"], 8) == held
    exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, 57_900)
    changed = exchange.fetch_open_order(order["id"], symbol)
    assert (changed["price"], changed["amount"]) == (57_900.0, 0.02), changed
    exchange.cancel_order(order["id"], symbol)
    assert exchange.fetch_order(order["id"], symbol, KNOWS)["status"] == "canceled"
    assert exchange.fetch_closed_order(order["id"], symbol)["status"] == "canceled"
    assert exchange.fetch_balance()["USDT"] == before
    print(f"placed, queried, changed and canceled {order['id']}")


def take(exchange, symbol, side, amount, name, **params):
    order = exchange.create_order(symbol, "market", side, amount, None, {"clientOrderId": name} | params)
    order = exchange.fetch_order(order["id"], symbol, KNOWS)
    assert order["status"] == "closed" and order["filled"] == amount, order
    mine = [each for each in exchange.fetch_my_trades(symbol) if each["order"] == order["id"]]
    assert mine and round(sum(each["amount"] for each in mine), 8) == amount, mine
    assert all(each["takerOrMaker"] == "taker" for each in mine), mine
    print(f"{side} {amount} at market in {len(mine)} fills")


def the_rest(exchange, symbol):
    # Acknowledged, and cancelled by the engine: it would have taken.
    taking = exchange.create_order(
        symbol, "limit", "buy", 0.001, 61_000, {"postOnly": True, "clientOrderId": "ccxt4"}
    )
    taking = exchange.fetch_order(taking["id"], symbol, KNOWS)
    assert taking["status"] == "canceled", taking
    assert taking["info"]["rejectReason"] == "EC_PostOnlyWillTakeLiquidity", taking
    several = exchange.create_orders([
        {"symbol": symbol, "type": "limit", "side": "buy", "amount": 0.001, "price": price,
         "params": {"clientOrderId": name}}
        for name, price in [("ccxt5", 58_001), ("ccxt6", 58_002)]
    ])
    canceled = exchange.cancel_orders([each["id"] for each in several], symbol)
    assert len(canceled) == 2 and exchange.fetch_open_orders(symbol) == []
    for name in ["ccxt7", "ccxt8"]:
        exchange.create_order(symbol, "limit", "buy", 0.001, 58_000, {"clientOrderId": name})
    assert len(exchange.cancel_all_orders(symbol)) == 2
    print("post only, several at once, and all of them")
    again = {"clientOrderId": "ccxt1"}
    refused(ccxt.InvalidOrder, lambda: exchange.create_order(symbol, "limit", "buy", 0.001, 58_000, again))
    refused(ccxt.OrderNotFound, lambda: exchange.cancel_order("4242424242", symbol))
    refused(ccxt.OrderNotFound, lambda: exchange.fetch_order("4242424242", symbol, KNOWS))


def trade_spot(client):
    exchange = client(options={"defaultType": "spot"})
    symbol = "BTC/USDT"
    look_around(exchange, symbol, 0.01)
    place_change_and_cancel(exchange, symbol, 580.0)
    take(exchange, symbol, "buy", 0.5, "ccxt2")
    spent = exchange.create_market_buy_order_with_cost("ETH/USDT", 100, {"clientOrderId": "ccxt3"})
    spent = exchange.fetch_order(spent["id"], "ETH/USDT", KNOWS)
    assert 99 < spent["cost"] <= 100, spent
    stop = exchange.create_order(
        symbol, "market", "sell", 0.01, None, {"triggerPrice": 50_000, "clientOrderId": "ccxt9"}
    )
    assert [each["id"] for each in exchange.fetch_open_orders(symbol, params={"trigger": True})] == [stop["id"]]
    exchange.cancel_order(stop["id"], symbol, {"trigger": True})
    refused(ccxt.InsufficientFunds, lambda: exchange.create_order(symbol, "limit", "buy", 9_000, 58_000))
    the_rest(exchange, symbol)
    return {
        "ccxt1": ("Cancelled", 2), "ccxt2": ("Filled", 1), "ccxt3": ("Filled", 1), "ccxt4": ("Cancelled", 1),
        "ccxt5": ("Cancelled", 1), "ccxt6": ("Cancelled", 1), "ccxt7": ("Cancelled", 1), "ccxt8": ("Cancelled", 1),
        "ccxt9": ("Cancelled", 1),
    }


def trade_linear(client):
    exchange = client(options={"defaultType": "swap"})
    symbol = "BTC/USDT:USDT"
    look_around(exchange, symbol, 0.1)
    exchange.set_leverage(10, symbol)
    refused(ccxt.BadRequest, lambda: exchange.set_leverage(10, symbol))
    place_change_and_cancel(exchange, symbol, 58.0)
    take(exchange, symbol, "buy", 0.5, "ccxt2")
    position = exchange.fetch_position(symbol)
    assert (position["side"], position["contracts"], position["leverage"]) == ("long", 0.5, 10.0), position
    stop = exchange.create_order(
        symbol, "market", "sell", 0.5, None, {"stopLossPrice": 55_000, "clientOrderId": "ccxt9"}
    )
    assert [each["id"] for each in exchange.fetch_open_orders(symbol, params={"trigger": True})] == [stop["id"]]
    exchange.cancel_order(stop["id"], symbol)
    take(exchange, symbol, "sell", 0.5, "ccxt3", reduceOnly=True)
    assert exchange.fetch_positions() == []
    exchange.set_leverage(1, symbol)
    exchange.create_order(symbol, "limit", "buy", 1_190, 58_000)
    refused(ccxt.InsufficientFunds, lambda: exchange.create_order(symbol, "limit", "buy", 1_190, 58_000))
    exchange.cancel_all_orders(symbol)
    the_rest(exchange, symbol)
    return {
        "ccxt1": ("Cancelled", 2), "ccxt2": ("Filled", 1), "ccxt3": ("Filled", 1), "ccxt4": ("Cancelled", 1),
        "ccxt5": ("Cancelled", 1), "ccxt6": ("Cancelled", 1), "ccxt7": ("Cancelled", 1), "ccxt8": ("Cancelled", 1),
        "ccxt9": ("Cancelled", 1),
    }


if __name__ == "__main__":
    wrong = [({"secret": "another"}, ccxt.AuthenticationError), ({"apiKey": "another"}, ccxt.AuthenticationError)]
    run(sys.argv[1], "bybit-spot", ACCOUNT, connect, trade_spot, wrong)
    run(sys.argv[1], "bybit-linear", ACCOUNT, connect, trade_linear, wrong)
