"""ccxt on the simulated OKX; see trade.py."""

import sys

import ccxt

from trade import at, refused, run

ACCOUNT = {
    "ORDERWIRE_API_KEY": "ccxt-okx-key",
    "ORDERWIRE_API_SECRET": "a secret of this run only",
    "ORDERWIRE_PASSPHRASE": "a-passphrase",
}


def connect(url, settings):
    account = {
        "apiKey": ACCOUNT["ORDERWIRE_API_KEY"],
        "secret": ACCOUNT["ORDERWIRE_API_SECRET"],
        "password": ACCOUNT["ORDERWIRE_PASSPHRASE"],
    }
    return at(ccxt.okx(account | settings), url)


def trade(client):
    exchange = client()
    market = exchange.load_markets()["BTC/USDT"]
    assert market["active"] and market["precision"]["price"] == 0.1, market
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000
    before = exchange.fetch_balance()["USDT"]
    book = exchange.fetch_order_book("BTC/USDT", 5)
    assert len(book["bids"]) == len(book["asks"]) == 5 and book["bids"][0][0] < book["asks"][0][0], book
    assert exchange.fetch_ticker("BTC/USDT")["bid"] == book["bids"][0][0]

    order = exchange.create_order("BTC/USDT", "limit", "buy", 0.001, 20_000, {"clientOrderId": "ccxt1"})
    assert order["clientOrderId"] == "ccxt1", order
    again = exchange.fetch_order(order["id"], "BTC/USDT")
    assert (again["status"], again["price"], again["remaining"]) == ("open", 20_000.0, 0.001), again
    by_id = exchange.fetch_order(None, "BTC/USDT", {"clientOrderId": "ccxt1"})
    assert by_id["id"] == order["id"], by_id
    assert [each["id"] for each in exchange.fetch_open_orders("BTC/USDT")] == [order["id"]]
    assert round(exchange.fetch_balance()["USDT"]["used"] - before["used"], 8) == 20.0
    exchange.edit_order(order["id"], "BTC/USDT", "limit", "buy", 0.002, 19_000)
    changed = exchange.fetch_order(order["id"], "BTC/USDT")
    assert (changed["price"], changed["amount"]) == (19_000.0, 0.002), changed
    exchange.cancel_order(order["id"], "BTC/USDT")
    assert exchange.fetch_order(order["id"], "BTC/USDT")["status"] == "canceled"
    assert exchange.fetch_balance()["USDT"] == before
    print(f"placed, queried, changed and canceled {order['id']}")

    bought = exchange.create_order("BTC/USDT", "market", "buy", 0.5, None, {"clientOrderId": "ccxt2"})
    bought = exchange.fetch_order(bought["id"], "BTC/USDT")
    assert bought["status"] == "closed" and bought["filled"] == 0.5, bought
    mine = [each for each in exchange.fetch_my_trades("BTC/USDT") if each["order"] == bought["id"]]
    assert len(mine) > 1 and round(sum(each["amount"] for each in mine), 8) == 0.5, mine
    assert all(each["takerOrMaker"] == "taker" for each in mine), mine
    spent = exchange.create_market_buy_order_with_cost("ETH/USDT", 100, {"clientOrderId": "ccxt3"})
    spent = exchange.fetch_order(spent["id"], "ETH/USDT")
    assert 99 < spent["cost"] <= 100, spent
    print(f"bought at market in {len(mine)} fills")

    # Acknowledged, and cancelled by the engine: it would have taken.
    taking = exchange.create_order(
        "BTC/USDT", "limit", "buy", 0.001, 90_000, {"postOnly": True, "clientOrderId": "ccxt4"}
    )
    taking = exchange.fetch_order(taking["id"], "BTC/USDT")
    assert taking["status"] == "canceled" and taking["info"]["cancelSource"] == "31", taking
    several = exchange.create_orders([
        {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "amount": 0.001, "price": price,
         "params": {"clientOrderId": name}}
        for name, price in [("ccxt5", 20_001), ("ccxt6", 20_002)]
    ])
    canceled = exchange.cancel_orders([each["id"] for each in several], "BTC/USDT")
    assert len(canceled) == 2 and exchange.fetch_open_orders("BTC/USDT") == []
    stop = exchange.create_order(
        "BTC/USDT", "market", "sell", 0.01, None, {"stopLossPrice": 50_000, "algoClOrdId": "ccxt7"}
    )
    assert [each["id"] for each in exchange.fetch_open_orders("BTC/USDT", params={"ordType": "conditional"})] == [
        stop["id"]
    ]
    exchange.cancel_order(stop["id"], "BTC/USDT", {"trigger": True})
    print("post only, several at once, and one that waited")

    trade_contract(exchange)

    refused(ccxt.InsufficientFunds, lambda: exchange.create_order("BTC/USDT", "limit", "buy", 8_000, 60_000))
    refused(ccxt.InvalidOrder, lambda: twice(exchange))  # 51016: its id is taken
    refused(ccxt.OrderNotFound, lambda: exchange.fetch_order("4242424242", "BTC/USDT"))
    refused(ccxt.BaseError, lambda: exchange.cancel_order("4242424242", "BTC/USDT"))
    refused(ccxt.BadSymbol, lambda: exchange.public_get_market_books({"instId": "NO-SUCH"}))
    return {
        "ccxt1": ("canceled", 1), "ccxt2": ("filled", 1), "ccxt3": ("filled", 1), "ccxt4": ("canceled", 1),
        "ccxt5": ("canceled", 1), "ccxt6": ("canceled", 1), "ccxt7": ("canceled", 1), "ccxt8": ("live", 2),
        "ccxt9": ("filled", 1), "ccxt10": ("filled", 1),
    }


def trade_contract(exchange):
    contract = exchange.market("BTC/USDT:USDT")
    assert contract["swap"] and contract["contractSize"] == 0.01, contract
    exchange.set_leverage(10, "BTC/USDT:USDT", {"marginMode": "cross"})
    bought = exchange.create_order("BTC/USDT:USDT", "market", "buy", 7, None, {"clientOrderId": "ccxt9"})
    assert exchange.fetch_order(bought["id"], "BTC/USDT:USDT")["filled"] == 7
    [position] = exchange.fetch_positions(["BTC/USDT:USDT"])
    assert (position["side"], position["contracts"], position["leverage"]) == ("long", 7, 10), position
    exchange.create_order(
        "BTC/USDT:USDT", "market", "sell", 7, None, {"clientOrderId": "ccxt10", "reduceOnly": True}
    )
    assert exchange.fetch_positions(["BTC/USDT:USDT"]) == []
    print("held a position and closed it")


def twice(exchange):
    for _ in range(2):
        exchange.create_order("BTC/USDT", "limit", "buy", 0.001, 20_000, {"clientOrderId": "ccxt8"})


if __name__ == "__main__":
    wrong = [({name: "another"}, ccxt.AuthenticationError) for name in ("apiKey", "secret", "password")]
    run(sys.argv[1], "okx", ACCOUNT, connect, trade, wrong)
