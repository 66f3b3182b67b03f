"""What the trade_*.py scripts share: ccxt, a client with nothing of orderwire in it, trades on the simulated venue, unchanged but for
host and certificate authority.

    trade_VENUE.py path/to/orderwire-sim        starts the program, trades, ends it and compares its ledger

Each exits 0 only if every step went as it should. Needs ccxt 4.5.
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile

import ccxt


def run(program, dialect, account, connect, trade, wrong):
    """Trades on a venue that is started for it and knows this account, of orderwire's variables.

    `connect` makes a client of ccxt's class for the venue, with some of its settings changed. `trade` gets what makes further
    clients, and returns status and count of each client order id that the ledger has to have. `wrong` are settings that no
    private call may be answered with, each with the error that ccxt then makes.
    """
    with tempfile.TemporaryDirectory() as scratch:
        ca, ledger = (pathlib.Path(scratch) / name for name in ("ca.pem", "ledger"))
        sim = subprocess.Popen(
            [program, "--dialect", dialect, "--ca-out", ca, "--ledger-out", ledger],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | account,
        )
        try:
            url = sim.stdout.readline().removeprefix("listening on ").strip()

            def client(**settings):
                exchange = connect(url, settings)
                exchange.validateServerSsl = str(ca)  # handed on to requests as what to verify with
                return exchange

            expected = trade(client)
            for settings, error in wrong:
                refused(error, client(**settings).fetch_balance)
            stranger = connect(url, {})
            stranger.validateServerSsl = True
            refused(ccxt.NetworkError, stranger.fetch_time)
            sim.send_signal(signal.SIGTERM)
            assert sim.wait(10) == 0
        finally:
            sim.kill()
        records = map(json.loads, ledger.read_text().splitlines())
        told = {record["client_order_id"]: (record["status"], record["received"]) for record in records}
        assert expected.items() <= told.items(), (expected, told)
        print(f"{dialect}: the ledger agrees: {len(told)} ids")


def at(exchange, url):
    """The same with all of its hosts replaced by one."""
    exchange.urls["api"] = {name: url for name in exchange.urls["api"]}
    return exchange


def refused(kind, call):
    try:
        result = call()
    except kind as error:
        print(f"refused: {str(error)[:160]}")
    else:
        raise AssertionError(f"{kind.__name__} was expected, got {result}")
