"""ccxt on the simulated Coinbase Advanced Trade, with a key of either kind; see trade.py."""

import base64
import sys
import time

import ccxt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from trade import at, refused, run

NAME = "organizations/11111111-1111-4111-8111-111111111111/apiKeys/22222222-2222-4222-8222-222222222222"

# It asks another API of the venue's for balances by itself.
ADVANCED_TRADE = {"fetchBalance": "v3PrivateGetBrokerageAccounts"}


def es256():
    """A key's PEM, and what the venue checks its signatures with."""
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return secret.decode(), public.decode()


def eddsa():
    """A key in base64, seed and public key, which the venue's secret is too."""
    key = ed25519.Ed25519PrivateKey.generate()
    both = base64.b64encode(key.private_bytes_raw() + key.public_key().public_bytes_raw()).decode()
    return both, both


def ended(exchange, order):
    """An order once its cancel, which was taken, is carried out."""
    for _ in range(100):
        told = exchange.fetch_order(order["id"])
        if told["status"] != "CANCEL_QUEUED":
            return told
        time.sleep(0.005)
    raise AssertionError(f"still queued: {told}")


def trade(client):
    symbol = "BTC/USD"
    exchange = client()
    markets = exchange.load_markets()
    assert {"BTC/USD", "ETH/USD", "BTC/USDT", "ETH/BTC"} <= set(markets), list(markets)
    market = markets[symbol]
    assert market["active"] and (market["precision"]["amount"], market["precision"]["price"]) == (1e-08, 0.01), market
    assert (market["taker"], market["limits"]["cost"]["min"]) == (0.004, 1.0), market
    assert exchange.currencies["BTC"]["id"] == "BTC" and exchange.currencies["USD"]["type"] == "fiat"
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000
    assert abs(exchange.fetch_time({"method": "v3PublicGetBrokerageTime"}) - exchange.milliseconds()) < 5_000
    book = exchange.fetch_order_book(symbol, 5)
    assert len(book["bids"]) == len(book["asks"]) == 5 and book["bids"][0][0] < book["asks"][0][0], book
    assert exchange.fetch_ticker(symbol)["bid"] == book["bids"][0][0]
    assert exchange.fetch_bids_asks([symbol])[symbol]["ask"] == book["asks"][0][0]
    assert exchange.fetch_trading_fees()[symbol]["maker"] == 0.0025
    assert exchange.fetch_positions() == []

    before = exchange.fetch_balance()["USD"]
    order = exchange.create_order(symbol, "limit", "buy", 0.01, 50_000, {"client_order_id": "ccxt1"})
    assert (order["clientOrderId"], order["side"]) == ("ccxt1", "buy"), order
    again = exchange.fetch_order(order["id"])
    assert (again["status"], again["price"], again["amount"], again["timeInForce"]) == ("open", 50_000, 0.01, "GTC"), again
    assert [each["id"] for each in exchange.fetch_open_orders(symbol)] == [order["id"]]
    assert round(exchange.fetch_balance()["USD"]["used"] - before["used"], 8) == 500.0
    # The same id once more is the same order.
    same = exchange.create_order(symbol, "limit", "buy", 0.02, 49_000, {"client_order_id": "ccxt1"})
    assert same["id"] == order["id"], same
    exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, 49_900)
    changed = exchange.fetch_order(order["id"])
    assert (changed["price"], changed["amount"]) == (49_900.0, 0.02), changed
    exchange.cancel_order(order["id"])
    assert ended(exchange, order)["status"] == "canceled"
    assert exchange.fetch_open_orders() == [] and exchange.fetch_balance()["USD"] == before
    assert order["id"] in [each["id"] for each in exchange.fetch_canceled_orders(symbol)]
    print(f"placed, queried, edited and canceled {order['id']}")

    sold = exchange.create_order(symbol, "market", "sell", 0.5, None, {"client_order_id": "ccxt2"})
    sold = exchange.fetch_order(sold["id"])
    assert (sold["status"], sold["filled"]) == ("closed", 0.5), sold
    mine = [each for each in exchange.fetch_my_trades(symbol) if each["order"] == sold["id"]]
    assert round(sum(each["amount"] for each in mine), 8) == 0.5 and len(mine) > 1, mine
    assert all(each["takerOrMaker"] == "taker" for each in mine), mine
    spent = exchange.create_market_buy_order_with_cost("ETH/USD", 100, {"client_order_id": "ccxt3"})
    bought = [each for each in exchange.fetch_my_trades("ETH/USD") if each["order"] == spent["id"]]
    assert 99.99 < sum(each["cost"] for each in bought) <= 100, bought
    assert exchange.fetch_order(spent["id"])["status"] == "closed"
    print(f"sold at market in {len(mine)} fills, and bought for 100")

    kinds = [("ccxt4", {"timeInForce": "IOC"}, "canceled"), ("ccxt5", {"timeInForce": "FOK"}, "canceled"),
             ("ccxt6", {"postOnly": True}, "open"), ("ccxt7", {"stopLossPrice": 61_000}, "open")]
    end_time = exchange.iso8601(exchange.milliseconds() + 60_000)
    kinds.append(("ccxt8", {"timeInForce": "GTD", "end_time": end_time}, "open"))
    placed = []
    for name, params, status in kinds:
        price = 61_500 if "stopLossPrice" in params else 50_000
        placed.append(exchange.create_order(symbol, "limit", "buy", 0.001, price, params | {"client_order_id": name}))
        assert exchange.fetch_order(placed[-1]["id"])["status"] == status, (name, status)
    exchange.cancel_orders([each["id"] for each in placed[2:]])
    assert [ended(exchange, each)["status"] for each in placed[2:]] == ["canceled"] * 3
    print("every kind of limit order, and several canceled at once")

    refused(ccxt.InsufficientFunds, lambda: exchange.create_order(symbol, "limit", "buy", 8_000, 60_000))
    taking = {"postOnly": True}
    refused(ccxt.ExchangeError, lambda: exchange.create_order(symbol, "limit", "buy", 0.001, 61_000, taking))
    refused(ccxt.BadRequest, lambda: exchange.cancel_order(order["id"]))
    refused(ccxt.ExchangeError, lambda: exchange.fetch_order("11111111-1111-4111-8111-111111111111"))
    refused(ccxt.ExchangeError, lambda: exchange.v3_public_get_brokerage_market_product_book({"product_id": "NO-SUCH"}))
    return {"ccxt1": ("CANCELLED", 2), "ccxt2": ("FILLED", 1), "ccxt3": ("FILLED", 1)} | {
        name: ("CANCELLED", 1) for name, _, _ in kinds
    }


if __name__ == "__main__":
    for make in es256, eddsa:
        secret, checked_with = make()
        other, _ = make()

        def connect(url, settings):
            account = {"apiKey": NAME, "secret": secret, "options": ADVANCED_TRADE}
            return at(ccxt.coinbase(account | settings), url)

        wrong = [({"secret": other}, ccxt.AuthenticationError), ({"apiKey": NAME[:-1]}, ccxt.AuthenticationError)]
        account = {"ORDERWIRE_API_KEY": NAME, "ORDERWIRE_API_SECRET": checked_with}
        run(sys.argv[1], "coinbase", account, connect, trade, wrong)
