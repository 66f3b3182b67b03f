"""ccxt on the simulated Kraken; see trade.py."""

import base64
import sys

import ccxt

from trade import at, refused, run

ACCOUNT = {
    "ORDERWIRE_API_KEY": "ccxt-kraken-key-1",
    "ORDERWIRE_API_SECRET": base64.b64encode(b"a secret of this run only, in sixty-four bytes as the venue's").decode(),
}


def connect(url, settings):
    account = {"apiKey": ACCOUNT["ORDERWIRE_API_KEY"], "secret": ACCOUNT["ORDERWIRE_API_SECRET"]}
    return at(ccxt.kraken(account | settings), url)


def trade(client):
    exchange = client()
    symbol = "BTC/USDT"
    markets = exchange.load_markets()
    assert {"BTC/USD", "BTC/USDT", "ETH/USDT"} <= set(markets), list(markets)
    market = markets[symbol]
    assert market["active"] and (market["precision"]["amount"], market["precision"]["price"]) == (1e-05, 0.1), market
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000
    book = exchange.fetch_order_book(symbol, 5)
    assert len(book["bids"]) == len(book["asks"]) == 5 and book["bids"][0][0] < book["asks"][0][0], book
    assert exchange.fetch_ticker(symbol)["bid"] == book["bids"][0][0]
    assert exchange.fetch_trading_fee(symbol)["taker"] == 0.0026

    before = exchange.fetch_balance()["USDT"]
    order = exchange.create_order(symbol, "limit", "buy", 0.01, 58_000, {"clientOrderId": "ccxt1"})
    assert (order["side"], order["price"], order["amount"]) == ("buy", 58_000.0, 0.01), order
    again = exchange.fetch_order(order["id"])
    assert (again["status"], again["clientOrderId"], again["remaining"]) == ("open", "ccxt1", 0.01), again
    assert [each["id"] for each in exchange.fetch_open_orders(symbol)] == [order["id"]]
    assert round(exchange.fetch_balance()["USDT"]["used"] - before["used"], 8) == 580.0
    exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, 57_900)
    changed = exchange.fetch_order(order["id"])
    assert (changed["price"], changed["amount"]) == (57_900.0, 0.02), changed
    exchange.cancel_order(order["id"])
    assert exchange.fetch_order(order["id"])["status"] == "canceled"
    assert order["id"] in [each["id"] for each in exchange.fetch_closed_orders(symbol)]
    assert exchange.fetch_balance()["USDT"] == before
    print(f"placed, queried, changed and canceled {order['id']}")

    bought = exchange.create_order(symbol, "market", "buy", 0.5, None, {"clientOrderId": "ccxt2"})
    bought = exchange.fetch_order(bought["id"])
    assert (bought["status"], bought["filled"]) == ("closed", 0.5), bought
    mine = [each for each in exchange.fetch_my_trades(symbol) if each["order"] == bought["id"]]
    assert round(sum(each["amount"] for each in mine), 8) == 0.5 and len(mine) > 1, mine
    assert all(each["takerOrMaker"] == "taker" for each in mine), mine
    spent = exchange.create_market_buy_order_with_cost(symbol, 100, {"clientOrderId": "ccxt3"})
    spent = exchange.fetch_order(spent["id"])
    assert 99 < float(spent["info"]["cost"]) <= 100, spent
    print(f"bought at market in {len(mine)} fills, and for 100")

    # Taken, and cancelled by the engine: it would have taken.
    taking = exchange.create_order(symbol, "limit", "buy", 0.001, 61_000, {"postOnly": True, "clientOrderId": "ccxt4"})
    taking = exchange.fetch_order(taking["id"])
    assert (taking["status"], taking["info"]["reason"]) == ("canceled", "Post only order"), taking

    several = exchange.create_orders([
        {"symbol": symbol, "type": "limit", "side": "buy", "amount": 0.001, "price": price,
         "params": {"clientOrderId": name}}
        for name, price in [("ccxt5", 58_001), ("ccxt6", 58_002)]
    ])
    ids = [each["id"] for each in several]
    assert sorted(ids) == sorted(each["id"] for each in exchange.fetch_open_orders(symbol)), several
    exchange.cancel_orders(ids)
    assert exchange.fetch_open_orders(symbol) == []
    stop = exchange.create_order(
        symbol, "limit", "sell", 0.01, 55_000, {"stopLossPrice": 56_000, "clientOrderId": "ccxt7"}
    )
    stop = exchange.fetch_order(stop["id"])
    assert (stop["status"], stop["info"]["descr"]["ordertype"]) == ("open", "stop-loss-limit"), stop
    armed = exchange.cancel_all_orders_after(60_000)
    assert armed["result"]["triggerTime"] > armed["result"]["currentTime"], armed
    exchange.cancel_all_orders_after(0)
    exchange.cancel_all_orders()
    assert exchange.fetch_open_orders() == []

    refused(ccxt.InsufficientFunds, lambda: exchange.create_order(symbol, "limit", "buy", 9_000, 60_000))
    refused(ccxt.InvalidOrder, lambda: exchange.create_order(symbol, "limit", "buy", 0.00001, 20_000.0, {"volume": "0.000001"}))
    refused(ccxt.OrderNotFound, lambda: exchange.cancel_order("O00000-00000-009999"))
    refused(ccxt.ExchangeError, lambda: exchange.public_get_depth({"pair": "NOSUCH"}))
    refused(ccxt.InvalidNonce, lambda: client_with_nonce(client, 5).fetch_balance())
    return {
        "ccxt1": ("canceled", 1), "ccxt2": ("closed", 1), "ccxt4": ("canceled", 1), "ccxt5": ("canceled", 1),
        "ccxt6": ("canceled", 1), "ccxt7": ("canceled", 1),
    }


def client_with_nonce(client, nonce):
    late = client()
    late.incrementing_nonce = lambda: nonce
    return late


if __name__ == "__main__":
    other = base64.b64encode(b"another").decode()
    wrong = [({"apiKey": "nobody"}, ccxt.AuthenticationError), ({"secret": other}, ccxt.ExchangeError)]
    run(sys.argv[1], "kraken", ACCOUNT, connect, trade, wrong)
