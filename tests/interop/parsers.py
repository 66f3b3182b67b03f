"""What other HTTP parsers make of replies: llhttp (of Node.js, by way of httptools) and h11.

A line in: the request's method, then the peer's bytes up to the end of the connection, in hex.
A line out: for each parser `refused`, `unasked`, or the status, whether the connection stays `open`, and the body in hex.
"""

import sys

import h11
import httptools


class Llhttp:
    """The first reply that is no interim one."""

    def __init__(self):
        self.parser = httptools.HttpResponseParser(self)
        # To llhttp an interim reply that says `close` is a message, and nothing may come behind it.
        self.parser.set_dangerous_leniencies(lenient_keep_alive=True)
        self.reply = None

    def on_message_begin(self):
        self.body, self.open_end, self.in_body = b"", True, False

    def on_header(self, name, value):
        # As llhttp does: spaces behind the value are none of it, and a tab is.
        is_chunked = name.lower() == b"transfer-encoding" and value.rstrip(b" ").lower() == b"chunked"
        if is_chunked or name.lower() == b"content-length":
            self.open_end = False

    def on_headers_complete(self):
        self.in_body = True

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        status = self.parser.get_status_code()
        if self.reply is None and (status >= 200 or status == 101):
            self.reply = status, self.parser.should_keep_alive(), self.body
        self.in_body = False

    def read(self, wire):
        self.on_message_begin()
        try:
            self.parser.feed_data(wire)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError:
            return self.reply
        # httptools has no way to tell llhttp of the end, which is all that is left to say of a body without a length.
        if self.reply is None and self.in_body and self.open_end:
            self.reply = self.parser.get_status_code(), False, self.body
        return self.reply


def by_h11(method, wire):
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "venue")]))
    client.send(h11.EndOfMessage())
    status, body, ended = None, b"", False
    try:
        if wire:
            client.receive_data(wire)
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                if ended:
                    return None
                client.receive_data(b"")
                ended = True
            elif isinstance(event, h11.Response):
                status, version = event.status_code, event.http_version
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                # It never keeps an HTTP/1.0 connection.
                return status, client.their_state is h11.DONE if version == b"1.1" else None, body
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None


def shown(reply):
    connection = {True: "open", False: "close", None: "unsaid"}
    return "refused" if reply is None else f"{reply[0]} {connection[reply[1]]} {reply[2].hex()}"


for line in sys.stdin:
    method, wire = line.rstrip("\n").split(" ")
    wire = bytes.fromhex(wire)
    # httptools does not let llhttp know what was asked.
    llhttp = "unasked" if method == "HEAD" else shown(Llhttp().read(wire))
    print(f"llhttp {llhttp}, h11 {shown(by_h11(method, wire))}")
