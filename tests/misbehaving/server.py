#!/usr/bin/env python3
"""Servers that misbehave, on raw sockets, and what `call` has to make of them.

    server.py PATH-OF-CALL

Each case is a server of its own, over plain TCP and over TLS. A case says what the server does with each connection and each
request, and which outcomes are allowed for each call. Beside that holds everywhere: no order is written twice, every call
ends by its deadline, and the exit status is that of the worst outcome.
"""

import collections
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE_MS = 800
INTERVAL_MS = DEADLINE_MS + 200
# A machine with other things to do.
GRACE_MS = 700
# The process itself.
START_MS = 1000

# What no output may say: in the environment of every call, sent by some of the servers.
KEY = "vmPUZE6mv9canaryK4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYcanaryS7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
SECRETS = [KEY[:12], SECRET[:12], "signature=", "timestamp="]

# In a context's place: TLS is spoken, or not, by the server's own hand.
RAW = "raw"

EXIT = {"accepted": 0, "answered": 0, "rejected": 1, "not_sent": 3, "unknown": 4}


def order(client_id):
    return json.dumps({"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": client_id, "status": "NEW"}).encode()


def reply(body, head=b"", status=b"200 OK"):
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, head, len(body), body)


def no(head):
    return reply(b'{"code":-2010,"msg":"no money"}', head, b"400 Bad Request")


class Client:
    """One connection, as the server sees it."""

    def __init__(self, sock, seen):
        self.sock, self.seen, self.text = sock, seen, ""

    def request(self):
        """The client order id of the next request, whose head is then `text`; None at the end."""
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            try:
                byte = self.sock.recv(1)
            except OSError:
                return None
            if not byte:
                return None
            text += byte
        self.text = text.decode()
        target = self.text.split(" ")[1]
        pairs = dict(pair.split("=", 1) for pair in target.split("?", 1)[1].split("&"))
        client_id = pairs["newClientOrderId"]
        self.seen[client_id] += 1
        return client_id

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            pass

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Past TLS, so that no close_notify goes first.
        os.close(self.sock.detach())


def each(answer):
    """A server that answers every request alike; a falsy result of `answer` ends the connection."""

    def serve(client):
        while (client_id := client.request()) is not None:
            if not answer(client, client_id):
                return

    return serve


def answered(data):
    return each(lambda client, client_id: client.send(data(client_id)) is None)


def fin_while_idle(client):
    if (client_id := client.request()) is not None:
        client.send(reply(order(client_id)))
        time.sleep(0.05)


def stray_while_idle(stray):
    def serve(client):
        while (client_id := client.request()) is not None:
            client.send(reply(order(client_id)))
            time.sleep(0.05)
            client.send(stray(client_id))

    return serve


def silence(client):
    client.request()
    time.sleep(DEADLINE_MS / 1000 + 1)


def reset_after_the_request(client):
    client.request()
    client.reset()


def reset_within_the_reply(client):
    if (client_id := client.request()) is not None:
        client.send(reply(order(client_id))[:60])
        time.sleep(0.02)
        client.reset()


def byte_by_byte(client):
    while (client_id := client.request()) is not None:
        for byte in reply(order(client_id)):
            client.send(bytes([byte]))


def talks_first(client):
    client.send(reply(b"{}", status=b"408 Request Timeout"))
    answered(lambda client_id: reply(order(client_id)))(client)


def closes_at_once(client):
    pass


def stops_talking(client):
    """Half-closes after the reply and goes on listening."""
    if (client_id := client.request()) is not None:
        client.send(reply(order(client_id)))
        socket.socket.shutdown(client.sock, socket.SHUT_WR)
        client.request()


def reset_while_idle(client):
    if (client_id := client.request()) is not None:
        client.send(reply(order(client_id)))
        time.sleep(0.05)
        client.reset()


def never_ends(start, more):
    """Sends `start`, then `more` again and again, until nobody listens any more."""

    def serve(client):
        if client.request() is None:
            return
        client.sock.sendall(start)
        while True:
            client.sock.sendall(more)
            time.sleep(0.01)

    return serve


def flood(client):
    if (client_id := client.request()) is not None:
        client.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + reply(order(client_id)))


def sends_back(template):
    """Answers with what it was sent in the places of `%s`: the head of the request in one line."""

    def answer(client, _):
        head = client.text.replace("\r\n", " ").encode()
        client.send(template.replace(b"%s", head))

    return each(answer)


def redirects(client):
    """To itself: whoever follows writes the order again."""
    while client.request() is not None:
        target = client.text.split(" ")[1].encode()
        client.send(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % target)


def cut(count):
    def serve(client):
        if (client_id := client.request()) is not None:
            client.send(reply(order(client_id))[:-count])

    return serve


def chunked(body, tail=b"0\r\n\r\n", head=b""):
    half = len(body) // 2
    chunks = b"".join(b"%x;x=1\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    return b"HTTP/1.1 200 OK\r\n" + head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + tail


def lengths(*values):
    lines = b"".join(b"Content-Length: %s\r\n" % value for value in values)
    return lambda client_id: b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n" + order(client_id)


def length(client_id):
    return b"%d" % len(order(client_id))


FINE = ["accepted"]
UNKNOWN = ["unknown"]
# Found before the write, or healed before it.
NEVER_AT_RISK = ["not_sent", "accepted"]

# name, what the server does, allowed outcomes of each call
CASES = [
    ("fin while idle", fin_while_idle, [FINE, NEVER_AT_RISK]),
    ("stray reply while idle", stray_while_idle(lambda _: reply(order("another"))), [FINE, NEVER_AT_RISK]),
    ("the same reply again while idle", stray_while_idle(lambda i: reply(order(i))), [FINE, NEVER_AT_RISK]),
    ("408 while idle", stray_while_idle(lambda _: reply(b"", status=b"408 X")), [FINE, NEVER_AT_RISK]),
    ("stray byte while idle", stray_while_idle(lambda _: b"\n"), [FINE, NEVER_AT_RISK]),
    # The server may still be silent when the order goes out.
    ("talks first", talks_first, [["not_sent", "unknown"]]),
    ("closes at once", closes_at_once, [["not_sent", "unknown"]]),
    ("two replies at once", answered(lambda i: reply(order(i)) + reply(order("another"))), [UNKNOWN, NEVER_AT_RISK + UNKNOWN]),
    ("103 first", answered(lambda i: b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply(order(i))), [FINE, FINE]),
    ("100 and 102 first", answered(lambda i: b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + reply(order(i))), [FINE, FINE]),
    ("100 and nothing more", answered(lambda _: b"HTTP/1.1 100 Continue\r\n\r\n"), [UNKNOWN]),
    ("101", answered(lambda i: b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + reply(order(i))), [UNKNOWN]),
    ("408 for an answer", answered(lambda _: reply(b"", status=b"408 Request Timeout")), [UNKNOWN]),
    ("cut body", cut(1), [UNKNOWN]),
    ("cut head", cut(80), [UNKNOWN]),
    ("silence", silence, [UNKNOWN]),
    ("reset after the request", reset_after_the_request, [UNKNOWN]),
    ("reset within the reply", reset_within_the_reply, [UNKNOWN]),
    ("reset while idle", reset_while_idle, [FINE, NEVER_AT_RISK]),
    ("stops talking while idle", stops_talking, [FINE, NEVER_AT_RISK]),
    ("a reply that drips", never_ends(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "), [UNKNOWN]),
    ("a head that never ends", never_ends(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 100), [UNKNOWN]),
    ("chunks that drip", never_ends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), [UNKNOWN]),
    ("a body that never ends", never_ends(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 10_000), [UNKNOWN]),
    ("100 without end", flood, [UNKNOWN]),
    ("redirected", redirects, [UNKNOWN, UNKNOWN]),
    ("byte by byte", byte_by_byte, [FINE, FINE]),
    ("+ before the length", answered(lambda i: lengths(b"+" + length(i))(i)), [UNKNOWN]),
    ("blank within the length", answered(lambda i: lengths(length(i)[:1] + b" " + length(i)[1:])(i)), [UNKNOWN]),
    ("- before the length", answered(lambda i: lengths(b"-" + length(i))(i)), [UNKNOWN]),
    ("0x before the length", answered(lambda i: lengths(b"0x" + length(i))(i)), [UNKNOWN]),
    ("a length beyond 64 bits", answered(lambda i: lengths(b"18446744073709551617")(i)), [UNKNOWN]),
    ("no length at all", answered(lambda i: b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n" + order(i)), [UNKNOWN]),
    ("the same length twice", answered(lambda i: lengths(length(i), length(i))(i)), [UNKNOWN]),
    ("two lengths", answered(lambda i: lengths(length(i), b"2")(i)), [UNKNOWN]),
    ("two lengths in one line", answered(lambda i: lengths(length(i) + b", 2")(i)), [UNKNOWN]),
    ("a length less than there is", answered(lambda i: lengths(b"2")(i)), [UNKNOWN]),
    ("chunks, then gzip", answered(lambda i: chunked(order(i), head=b"Transfer-Encoding: gzip\r\n")), [UNKNOWN]),
    ("chunks with bare LF", answered(lambda i: chunked(order(i)).replace(b"x=1\r\n", b"x=1\n")), [UNKNOWN]),
    ("a blank before the colon", answered(lambda i: reply(order(i), b"A : b\r\n")), [UNKNOWN]),
    ("a folded header", answered(lambda i: reply(order(i), b"A: b\r\n c\r\n")), [UNKNOWN]),
    ("a NUL in the head", answered(lambda i: reply(order(i), b"A: \0\r\n")), [UNKNOWN]),
    ("no HTTP", answered(lambda _: b"+OK POP3 server ready\r\n"), [UNKNOWN]),
    ("HTTP/2", answered(lambda _: b"\0\0\0\4\0\0\0\0\0"), [UNKNOWN]),
    ("length and chunks", answered(lambda i: chunked(order(i), head=b"Content-Length: 5\r\n")), [UNKNOWN]),
    ("chunks with extensions and a trailer", answered(lambda i: chunked(order(i), b"0\r\nA: b\r\n\r\n")), [FINE, FINE]),
    ("chunks that never end", each(lambda c, i: c.send(chunked(order(i), b"")) is None), [UNKNOWN]),
    ("closes after each reply", each(lambda c, i: c.send(reply(order(i), b"Connection: close\r\n"))), [FINE, NEVER_AT_RISK]),
    ("HTTP/1.0", each(lambda c, i: c.send(b"HTTP/1.0 200 OK\r\nContent-Length: %s\r\n\r\n%s" % (length(i), order(i)))), [FINE, NEVER_AT_RISK]),
    ("nothing", answered(lambda _: reply(b"")), [UNKNOWN]),
    ("204", answered(lambda _: b"HTTP/1.1 204 No Content\r\n\r\n"), [UNKNOWN]),
    ("another order's id", answered(lambda _: reply(order("another"))), [UNKNOWN]),
    ("two values", answered(lambda i: reply(order(i) + b"{}")), [UNKNOWN]),
    ("deep nesting", answered(lambda _: reply(b"[" * 12000)), [UNKNOWN]),
    ("compressed", answered(lambda i: reply(order(i), b"Content-Encoding: gzip\r\n")), [UNKNOWN]),
    ("a page of HTML", answered(lambda _: reply(b"<html>busy</html>", status=b"502 Bad Gateway")), [UNKNOWN]),
    ("a firewall's page", answered(lambda _: reply(b"<html>no</html>", status=b"403 Forbidden")), [["rejected"], ["not_sent"]]),
    ("a proxy's page", answered(lambda _: reply(b"<html>bad</html>", status=b"400 Bad Request")), [UNKNOWN, UNKNOWN]),
    ("a ban", answered(lambda _: reply(b'{"code":-1003,"msg":"banned"}', b"Retry-After: 1\r\n", b"418 X")), [["rejected"], ["rejected", "not_sent"]]),
    ("busy, after taking it", answered(lambda _: reply(b'{"code":-1008,"msg":"busy"}', status=b"503 X")), [UNKNOWN, UNKNOWN]),
    ("sends it back: reason", sends_back(b"HTTP/1.1 400 %s\r\nContent-Length: 0\r\n\r\n"), [UNKNOWN]),
    ("sends it back: msg", sends_back(b'HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{"code":-1102,"msg":"%s"}'), [["rejected", "unknown"]]),
    ("sends it back: encoding", sends_back(b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 0\r\n\r\n"), [UNKNOWN]),
    ("sends it back: length", sends_back(b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"), [UNKNOWN]),
    ("sends it back: as it is", sends_back(b"%s\r\n\r\n"), [UNKNOWN]),
    ("no", answered(lambda client_id: no(b"X-For: %s\r\n" % client_id.encode())), [["rejected"], ["rejected"]]),
    # The second may be the first, come twice.
    ("no, twice the same", answered(lambda _: no(b"")), [["rejected"], UNKNOWN]),
    ("unlisted no", answered(lambda _: reply(b'{"code":-7777,"msg":"?"}', status=b"400 Bad Request")), [UNKNOWN, UNKNOWN]),
    ("accepted, says -1007", answered(lambda _: reply(b'{"code":-1007,"msg":"Timeout"}', status=b"408 X")), [UNKNOWN]),
]


def refuses_the_handshake(sock):
    sock.recv(4096)
    sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    sock.close()


def answers_the_handshake_in_http(sock):
    sock.recv(4096)
    sock.sendall(reply(b"<html>this is port 80</html>", status=b"400 Bad Request"))
    time.sleep(DEADLINE_MS / 1000)


# What a server does in a handshake's place; no order can have been sent.
HANDSHAKES = [
    ("no handshake at all", lambda sock: time.sleep(4)),
    ("closes in the handshake", lambda sock: sock.recv(4096) and sock.close()),
    ("an alert in the handshake", refuses_the_handshake),
    ("HTTP in the handshake", answers_the_handshake_in_http),
]


def serve(listener, tls, behave, seen):
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return

        def handle(sock=sock):
            try:
                sock.settimeout(20)
                if tls == RAW:
                    return behave(sock)
                if tls:
                    sock = tls.wrap_socket(sock, server_side=True)
                behave(Client(sock, seen))
                if sock.fileno() >= 0:
                    sock.close()
            except OSError:
                pass

        threading.Thread(target=handle, daemon=True).start()


def run(call, name, behave, expected, tls, ca):
    seen = collections.Counter()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, tls, behave, seen), daemon=True).start()
    scheme = "https" if tls else "http"
    url = f"{scheme}://localhost:{listener.getsockname()[1]}"
    command = [call, "--venue", "binance-spot", "--url", url, "--json", "--deadline-ms", str(DEADLINE_MS)]
    command += ["--ca", ca] if tls else []
    command += ["--count", str(len(expected)), "--interval-ms", str(INTERVAL_MS)]
    command += "place symbol=BTCUSDT side=buy type=limit qty=0.001 price=20000".split()
    environment = {"ORDERWIRE_API_KEY": KEY, "ORDERWIRE_API_SECRET": SECRET, "PATH": os.environ["PATH"]}
    begun = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    listener.close()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [line["outcome"] for line in lines]
    problems = []
    if len(outcomes) != len(expected) or any(o not in allowed for o, allowed in zip(outcomes, expected)):
        problems.append(f"outcomes {outcomes}, allowed {expected}, {done.stderr}")
    for line in lines:
        ms = (line["latency_ns"] or 0) / 1e6
        if ms > DEADLINE_MS + GRACE_MS:
            problems.append(f"took {ms:.0f} ms")
        times = seen[line["client_order_id"]]
        if times > 1 or (line["outcome"] == "not_sent" and times) or (line["outcome"] == "accepted" and times != 1):
            problems.append(f"{line['outcome']}, but the server saw the order {times} times")
    for secret in SECRETS:
        if secret in done.stdout + done.stderr:
            problems.append(f"{secret} in the output")
    worst = max((EXIT[outcome] for outcome in outcomes), default=None)
    if done.returncode != worst:
        problems.append(f"exit status {done.returncode}, not {worst}")
    ms = (time.monotonic() - begun) * 1000
    # Connecting may take as long as a call, and a second at least; calls begin one interval after another.
    if ms > 1000 + (len(expected) - 1) * INTERVAL_MS + DEADLINE_MS + GRACE_MS + START_MS:
        problems.append(f"took {ms:.0f} ms in all")
    took = f"{ms:5.0f} ms"
    print(f"{'TLS' if tls else 'plain':6} {name:38} {' '.join(outcomes):26} {took}  {'; '.join(problems) or 'ok'}", flush=True)
    return problems


def certificate(folder):
    """A certificate of its own authority for localhost, made by OpenSSL."""
    key, pem = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost"
    command += " -addext basicConstraints=critical,CA:FALSE"
    subprocess.run([*command.split(), "-keyout", key, "-out", pem], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem, key)
    return tls, pem


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        tls, ca = certificate(folder)
        total = failed = 0
        for over in (None, tls):
            threads, results = [], []
            handshakes = [(name, behave, [["not_sent"]], RAW) for name, behave in HANDSHAKES] if over else []
            cases = [(*case, over) for case in CASES] + handshakes
            for case in cases:
                thread = threading.Thread(target=lambda c=case: results.append(run(sys.argv[1], *c, ca)))
                thread.start()
                threads.append(thread)
                # A few at a time: most of them wait.
                if len(threads) == 4:
                    for thread in threads:
                        thread.join()
                    threads = []
            for thread in threads:
                thread.join()
            failed += sum(bool(problems) for problems in results) + (len(cases) - len(results))
            total += len(cases)
        print(f"{total} cases, {failed} failed")
        sys.exit(failed > 0)


main()
