//! Replies as peers may send them, and what the reader has to make of each.
//!
//! The list follows what public HTTP parsers test (llhttp's lists for replies above all, and what of its lists for requests
//! is about framing), written anew with this reader's stricter outcomes.

use orderwire::http::chunked::{CHUNK_EXTENSION_BYTES_MAX, TRAILER_BYTES_MAX};
use orderwire::http::response::{
    ChunkFault, Ending, HEAD_BYTES_MAX, HEADERS_MAX, HeadFault, HttpError, RESPONSE_BYTES_DEFAULT,
};
use orderwire::text::Text;

/// A peer's bytes up to the end of the connection.
#[derive(Clone)]
pub struct Case {
    pub wire: Vec<u8>,
    pub head_request: bool,
    pub ending: Ending,
    pub expected: Outcome,
}

/// What became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `delimited`: the reply says itself where it ends.
    Reply {
        status: u16,
        body: Vec<u8>,
        keep_alive: bool,
        delimited: bool,
    },
    Error(HttpError),
}

/// The first bytes of another reply.
pub const NEXT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Le";

/// A reply after which the connection stays open.
pub fn reply(wire: impl AsRef<[u8]>, status: u16, body: impl AsRef<[u8]>) -> Case {
    let body = body.as_ref().to_vec();
    Case {
        wire: wire.as_ref().to_vec(),
        head_request: false,
        ending: Ending::Closed,
        expected: Outcome::Reply { status, body, keep_alive: true, delimited: true },
    }
}

pub fn error(wire: impl AsRef<[u8]>, error: HttpError) -> Case {
    Case { wire: wire.as_ref().to_vec(), head_request: false, ending: Ending::Closed, expected: Outcome::Error(error) }
}

pub fn head(at: usize, fault: HeadFault) -> HttpError {
    HttpError::Head { at, fault }
}

pub fn chunk(at: usize, fault: ChunkFault) -> HttpError {
    HttpError::Chunk { at, fault }
}

pub fn length(seen: &str) -> HttpError {
    HttpError::ContentLength { seen: Text::cut(seen) }
}

pub fn coding(seen: &str) -> HttpError {
    HttpError::TransferEncoding { seen: Text::cut(seen) }
}

/// A reply with this chunked body.
pub fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body.as_ref()].concat()
}

/// A reply with these header lines and a body of five bytes.
pub fn with(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nhello")
}

impl Case {
    fn closes(mut self) -> Self {
        if let Outcome::Reply { keep_alive, .. } = &mut self.expected {
            *keep_alive = false;
        }
        self
    }

    fn until_close(mut self) -> Self {
        if let Outcome::Reply { keep_alive, delimited, .. } = &mut self.expected {
            (*keep_alive, *delimited) = (false, false);
        }
        self
    }

    fn answering_head(mut self) -> Self {
        self.head_request = true;
        self
    }

    fn truncated(mut self) -> Self {
        self.ending = Ending::Truncated;
        self
    }
}

pub fn cases() -> Vec<Case> {
    let ok = "HTTP/1.1 200 OK\r\n";
    let mut cases = vec![
        // Lengths.
        reply(with("Content-Length: 5"), 200, "hello"),
        reply(with("content-LENGTH:5"), 200, "hello"),
        reply(with("Content-Length: \t 5 \t "), 200, "hello"),
        reply(with("Content-Length: 005"), 200, "hello"),
        reply(format!("{ok}Content-Length: 0\r\n\r\n"), 200, ""),
        reply(format!("{ok}Header1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n"), 200, ""),
        error(with("Content-Length: 5\r\nContent-Length: 5"), HttpError::TwoLengths),
        error(with("Content-Length: 5\r\nX: y\r\ncontent-length: 6"), HttpError::TwoLengths),
        error(with("Content-Length: 5, 5"), length("5, 5")),
        error(with("Content-Length: +5"), length("+5")),
        error(with("Content-Length: -5"), length("-5")),
        error(with("Content-Length: 4 2"), length("4 2")),
        error(with("Content-Length: 0x5"), length("0x5")),
        error(with("Content-Length: 5a"), length("5a")),
        error(with("Content-Length: 5.0"), length("5.0")),
        error(with("Content-Length: \"5\""), length("\"5\"")),
        error(with("Content-Length:"), length("")),
        error(with("Content-Length: \u{661}"), length("\u{661}")),
        error(with("Content-Length: 184467440737095516160000000000"), length("184467440737095516160000000000")),
        error(with("Content-Length: 18446744073709551616"), length("18446744073709551616")),
        error(
            with("Content-Length: 18446744073709551615"),
            HttpError::TooLarge { needed: usize::MAX, limit: RESPONSE_BYTES_DEFAULT },
        ),
        // A header that only starts like one that decides, or only looks like it.
        reply(with("Content-Length-X: 0\r\nX-Content-Length: 9\r\nContent-Length: 5"), 200, "hello"),
        reply(with("Transfer-Encodings: chunked\r\nContent-Length: 5"), 200, "hello"),
        // Codings.
        reply(chunked("5\r\nhello\r\n0\r\n\r\n"), 200, "hello"),
        reply(with("transfer-encoding:CHUNKED").replace("hello", "2\r\nOK\r\n0\r\n\r\n"), 200, "OK"),
        error(with("Transfer-Encoding: chunked\r\nContent-Length: 5"), HttpError::LengthWithCoding),
        error(with("Content-Length: 5\r\nTransfer-Encoding: chunked"), HttpError::LengthWithCoding),
        error(with("Content-Length: 0\r\nTransfer-Encoding: chunked"), HttpError::LengthWithCoding),
        error(
            with("Content-Length: 5\r\nTransfer-Encoding: chunked").replace("hello", "5\r\nhello\r\n0\r\n\r\n"),
            HttpError::LengthWithCoding,
        ),
        error(with("Content-Length: 5\r\nTransfer-Encoding: identity"), coding("identity")),
        error(with("Transfer-Encoding: chunked, deflate"), coding("chunked, deflate")),
        error(with("Transfer-Encoding: deflate, chunked"), coding("deflate, chunked")),
        error(with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), coding("gzip")),
        error(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), coding("identity")),
        error(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), coding("chunked")),
        error(with("Transfer-Encoding: chunked, chunked"), coding("chunked, chunked")),
        error(with("Transfer-Encoding: chunkedchunked"), coding("chunkedchunked")),
        error(with("Transfer-Encoding: chunked;q=1"), coding("chunked;q=1")),
        error(with("Transfer-Encoding: ,chunked"), coding(",chunked")),
        error(with("Transfer-Encoding: \"chunked\""), coding("\"chunked\"")),
        error(with("Transfer-Encoding: pigeons"), coding("pigeons")),
        error(with("Content-Length: 10\r\nTransfer-Encoding:\r\nTransfer-Encoding:"), coding("")),
        error(with("Transfer-Encoding: identity"), coding("identity")),
        error(with("Transfer-Encoding: chunked\r\n  abc"), head(45, HeadFault::Folded)),
        error(with("Transfer-Encoding : chunked"), head(17, HeadFault::Name)),
        error(with("Transfer-Encoding\r\n: chunked"), head(17, HeadFault::Name)),
        error(with("Transfer-Encoding:"), coding("")),
        error(with("Transfer-Encoding: chunked \t ").replace("hello", "2\r\nOK\r\n0\r\n\r\n"), coding("chunked")),
        reply(with("Transfer-Encoding:\tchunked  ").replace("hello", "2\r\nOK\r\n0\r\n\r\n"), 200, "OK"),
        error("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HttpError::CodingOnHttp10),
        error("HTTP/1.0 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", HttpError::CodingOnHttp10),
        // Replies without a body.
        reply("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        reply("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, ""),
        reply("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 204, "").closes(),
        reply("HTTP/1.0 204 No Content\r\nConnection: keep-alive\r\n\r\n", 204, ""),
        reply("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 304, ""),
        reply("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304, ""),
        error("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", HttpError::BodyNotAllowed { status: 204 }),
        error(
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            HttpError::BodyNotAllowed { status: 204 },
        ),
        error("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello", HttpError::BodyNotAllowed { status: 100 }),
        reply(format!("{ok}Content-Length: 123456789\r\n\r\n"), 200, "").answering_head(),
        reply(format!("{ok}Transfer-Encoding: chunked\r\n\r\n"), 200, "").answering_head(),
        reply(format!("{ok}\r\n"), 200, "").answering_head(),
        reply(format!("{ok}Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"), 200, "").answering_head(),
        error(format!("{ok}Content-Length: 5, 5\r\n\r\n"), length("5, 5")).answering_head(),
        // Bodies that only the close ends.
        reply(format!("{ok}\r\nhello"), 200, "hello").until_close(),
        reply(format!("{ok}\r\n"), 200, "").until_close(),
        reply(format!("{ok}Connection: close\r\n\r\n{{\"a\":1}}\r\n"), 200, "{\"a\":1}\r\n").until_close(),
        reply("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello", 200, "hello").until_close(),
        reply("HTTP/1.1 404 Not Found\r\n\r\n", 404, "").until_close(),
        reply("HTTP/1.1 301\r\n\r\n", 301, "").until_close(),
        error(format!("{ok}\r\nhello"), HttpError::Truncated { got: 5 }).truncated(),
        // How a close is told apart.
        reply(with("Content-Length: 5"), 200, "hello").truncated(),
        error(with("Content-Length: 6"), HttpError::CutInBody { got: 5, expected: 6 }),
        error(with("Content-Length: 6"), HttpError::CutInBody { got: 5, expected: 6 }).truncated(),
        error(chunked("5\r\nhel"), HttpError::CutInChunks { got: 3 }),
        error(chunked("5\r\nhello\r\n1\r\n!\r\n"), HttpError::CutInChunks { got: 6 }),
        error(chunked("5\r\nhello\r\n0\r\n"), HttpError::CutInChunks { got: 5 }),
        error(chunked("5\r\nhello\r\n0\r\nT: x\r\n\r"), HttpError::CutInChunks { got: 5 }),
        error(chunked(""), HttpError::CutInChunks { got: 0 }),
        error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r", HttpError::CutInHead { got: 37 }),
        error("H", HttpError::CutInHead { got: 1 }),
        error("", HttpError::ClosedBeforeReply),
        error("HTTP/1.1 100 Continue\r\n\r\n", HttpError::ClosedBeforeReply),
        // May the connection stay open.
        reply(with("Content-Length: 5\r\nConnection: close"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: ClOsE"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: foo,\t close ,bar"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: foo\r\nConnection: close"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: close, keep-alive"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: keep-alive"), 200, "hello"),
        reply(with("Content-Length: 5\r\nConnection: closed"), 200, "hello"),
        reply(with("Content-Length: 5\r\nConnection: foo close"), 200, "hello"),
        reply(with("Content-Length: 5\r\nConnection:"), 200, "hello"),
        reply(with("Content-Length: 5\r\nProxy-Connection: close"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nProxy-Connection: keep-alive").replace("1.1", "1.0"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: upgrade\r\nUpgrade: h2c"), 200, "hello"),
        reply(with("Connection: upgrade\r\nUpgrade: h2c"), 200, "hello").until_close(),
        reply(
            with("Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked")
                .replace("hello", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
            200,
            "hello",
        ),
        reply(with("Content-Length: 5\r\nConnection: close\t"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: keep-alive, close\r\nX: y"), 200, "hello").closes(),
        error(with("Content-Length: 5\r\nConnection: keep\ralive"), head(36, HeadFault::Value)),
        error(with("Content-Length: 5\r\nConnection : close"), head(36, HeadFault::Name)),
        error(with("Content-Length: 5\r\nConnection: a,\r\n close"), head(52, HeadFault::Folded)),
        reply(with("Content-Length: 5").replace("1.1", "1.0"), 200, "hello").closes(),
        reply(with("Content-Length: 5\r\nConnection: Keep-Alive").replace("1.1", "1.0"), 200, "hello"),
        reply(with("Content-Length: 5\r\nConnection: keep-alive, close").replace("1.1", "1.0"), 200, "hello").closes(),
        // Interim replies.
        reply(format!("HTTP/1.1 100 Continue\r\n\r\n{}", with("Content-Length: 5")), 200, "hello"),
        reply(
            format!("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n{}", with("Content-Length: 5")),
            200,
            "hello",
        ),
        reply(
            format!("HTTP/1.1 102 Processing\r\nConnection: close\r\n\r\n{}", with("Content-Length: 5")),
            200,
            "hello",
        )
        .closes(),
        reply([b"HTTP/1.1 199 x\r\n\r\n", &chunked("5\r\nhello\r\n0\r\n\r\n")[..]].concat(), 200, "hello"),
        reply(format!("{}{ok}Content-Length: 0\r\n\r\n", "HTTP/1.1 100 C\r\n\r\n".repeat(8)), 200, ""),
        error(format!("{}{ok}\r\n", "HTTP/1.1 100 C\r\n\r\n".repeat(9)), HttpError::TooManyInterim),
        reply(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n\r\n404: Not Found",
            404,
            "404: Not Found",
        ),
        error("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", HttpError::Upgrade),
        error(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nContent-Length: 4\r\n\r\nbodyproto",
            HttpError::BodyNotAllowed { status: 101 },
        ),
        error(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nproto",
            HttpError::BodyNotAllowed { status: 101 },
        ),
        // Never an order's answer.
        error(
            "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            HttpError::RequestTimeout,
        ),
        error(with("Content-Length: 5\r\nContent-Encoding: gzip"), HttpError::Encoded { seen: Text::cut("gzip") }),
        error(with("Content-Encoding: br"), HttpError::Encoded { seen: Text::cut("br") }),
        error(
            with("Transfer-Encoding: chunked\r\nContent-Encoding: identity, gzip"),
            HttpError::Encoded { seen: Text::cut("identity, gzip") },
        ),
        error(
            with("Content-Length: 5\r\nContent-Encoding: gzip\r\nContent-Encoding: identity"),
            HttpError::Encoded { seen: Text::cut("gzip") },
        ),
        reply(with("Content-Length: 5\r\nContent-Encoding: Identity"), 200, "hello"),
        reply(format!("{ok}Content-Length: 0\r\nContent-Encoding: gzip\r\n\r\n"), 200, ""),
        // Status lines.
        reply("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, ""),
        reply("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, ""),
        reply("HTTP/1.1 200  OK\r\nContent-Length: 0\r\n\r\n", 200, ""),
        reply("HTTP/1.1 500 Ori\u{eb}ntatieprobleem\r\nContent-Length: 0\r\n\r\n", 500, ""),
        reply("HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n", 599, ""),
        error("HTTP/1.1 600 Odd\r\n\r\n", HttpError::Status { status: 600 }),
        error("HTTP/1.1 099 Odd\r\n\r\n", HttpError::Status { status: 99 }),
        error("HTTP/1.1 000 Odd\r\n\r\n", HttpError::Status { status: 0 }),
        error("HTTP/1.1 2 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 2000 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 +20 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 2x0 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1  200 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1\t200 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 200\tOK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 200 O\0K\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 200 O\x7fK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1.1 200 OK\r\rContent-Length: 4\r\n\r\nEvil", head(0, HeadFault::StatusLine)),
        error("HTTP/1.2 200 OK\r\n\r\n", head(0, HeadFault::Version)),
        error("HTTP/5.6 200 OK\r\n\r\n", HttpError::NotHttp { at: 5, byte: b'5' }),
        error("\rHTTP/1.1\t200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'\r' }),
        error("HTTP/1.01 200 OK\r\n\r\n", head(0, HeadFault::StatusLine)),
        error("HTTP/1. 200 OK\r\n\r\n", head(0, HeadFault::Version)),
        error("HTTP/0.9 200 OK\r\n\r\n", HttpError::NotHttp { at: 5, byte: b'0' }),
        error("HTTP/2.0 200 OK\r\n\r\n", HttpError::NotHttp { at: 5, byte: b'2' }),
        error("HTTP/01.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 5, byte: b'0' }),
        error("HTTP/11.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 6, byte: b'1' }),
        error("HTP/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 2, byte: b'P' }),
        error("HTTPER/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 4, byte: b'E' }),
        error("RTSP/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'R' }),
        error("ICY 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'I' }),
        error("http/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'h' }),
        error(" HTTP/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b' ' }),
        error("\r\nHTTP/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'\r' }),
        error("\nHTTP/1.1 200 OK\r\n\r\n", HttpError::NotHttp { at: 0, byte: b'\n' }),
        error("\x15\x03\x03\0\x02\x02\x28", HttpError::NotHttp { at: 0, byte: 0x15 }),
        // Header lines.
        error("HTTP/1.1 200 OK\nContent-Length: 0\n\n", head(15, HeadFault::LineEnd)),
        error("HTTP/1.1 200 OK\r\nContent-Length: 0\nX: y\r\n\r\n", head(34, HeadFault::LineEnd)),
        error("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", head(36, HeadFault::LineEnd)),
        error("HTTP/1.1 200 OK\r\n\nContent-Length: 0\r\n\r\n", head(17, HeadFault::LineEnd)),
        error("HTTP/1.1 200 OK\nFoo: abc\nBar: def\n\nBODY\n", head(15, HeadFault::LineEnd)),
        error("HTTP/1.1 200 OK\r\nFoo: 1\rBar: 2\r\n\r\n", head(17, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\n\rFoo: 1\r\n\r\n", head(17, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\nA: b\r\nFoo: 1\0\r\n\r\n", head(23, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\nFoo: 1\x0b2\r\n\r\n", head(17, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\nFoo: 1\x7f\r\n\r\n", head(17, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\nFoo: 1\r\r\n\r\n", head(17, HeadFault::Value)),
        error("HTTP/1.1 200 OK\r\nFoo: 1\r\n bar\r\n\r\n", head(25, HeadFault::Folded)),
        error("HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n", head(37, HeadFault::Folded)),
        error("HTTP/1.1 200 OK\r\n Content-Length: 0\r\n\r\n", head(17, HeadFault::Folded)),
        error("HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nContent-Length\t: 0\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nen-US Content-Type: text/xml\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\n: no name\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nContent\u{eb}: 0\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nCont\0ent: 0\r\n\r\n", head(17, HeadFault::Name)),
        error("HTTP/1.1 200 OK\r\nContent\r-Length: 0\r\n\r\n", head(17, HeadFault::Name)),
        reply(with("X-$Proto_Type|~: 1\r\n_onnection: close\r\nContent-Length: 5"), 200, "hello"),
        reply(with("Pragma: \r\nLocation:\r\nContent-Length: 5"), 200, "hello"),
        reply(with("X: caf\u{e9} \t\r\nContent-Length: 5"), 200, "hello"),
        // Chunks.
        reply(chunked("0\r\n\r\n"), 200, ""),
        reply(chunked("000\r\n\r\n"), 200, ""),
        reply(chunked("1\r\nh\r\n4\r\nello\r\n0\r\n\r\n"), 200, "hello"),
        reply(chunked("00000005\r\nhello\r\n0000\r\n\r\n"), 200, "hello"),
        reply(chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"), 200, "hello"),
        reply(chunked(format!("fF\r\n{}\r\n0\r\n\r\n", "x".repeat(255))), 200, "x".repeat(255)),
        reply(chunked("2\r\n\r\n\r\n2\r\n0\r\r\n0\r\n\r\n"), 200, "\r\n0\r"),
        reply(
            chunked("5;ilovew3;somuchlove=aretheseparametersfor\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n\r\n"),
            200,
            "hello world",
        ),
        reply(chunked("5;a=\"b; c\";d\r\nhello\r\n0;x\r\n\r\n"), 200, "hello"),
        reply(chunked("5;a=\"I \\\"love\\\"; \\\\ caf\u{e9}\\\\\";b=c;d\r\nhello\r\n0;x=\"\"\r\n\r\n"), 200, "hello"),
        error(chunked("5;a=\"unbalanced; c\r\nhello\r\n0\r\n\r\n"), chunk(18, ChunkFault::Extension)),
        error(chunked("5;a=\"b\"c\r\nhello\r\n0\r\n\r\n"), chunk(7, ChunkFault::Extension)),
        error(chunked("5;a=\"\\\r\nhello\r\n0\r\n\r\n"), chunk(6, ChunkFault::Extension)),
        error(chunked("5;a=\r\nhello\r\n0\r\n\r\n"), chunk(4, ChunkFault::Extension)),
        error(chunked("5;a=b=c\r\nhello\r\n0\r\n\r\n"), chunk(5, ChunkFault::Extension)),
        error(chunked("5;=a\r\nhello\r\n0\r\n\r\n"), chunk(2, ChunkFault::Extension)),
        error(chunked("5; a\r\nhello\r\n0\r\n\r\n"), chunk(2, ChunkFault::Extension)),
        error(chunked("5;a \r\nhello\r\n0\r\n\r\n"), chunk(3, ChunkFault::Extension)),
        error(chunked("5;a;;b\r\nhello\r\n0\r\n\r\n"), chunk(4, ChunkFault::Extension)),
        error(chunked("2;\r\naa\r\n0\r\n\r\n"), chunk(2, ChunkFault::Extension)),
        error(chunked("2;a\raa\r\n0\r\n\r\n"), chunk(4, ChunkFault::LineEnd)),
        reply(chunked("5\r\nhello\r\n0\r\nVary: *\r\nContent-Lengths: 9\r\nEmpty:\r\nContent:\r\n\r\n"), 200, "hello"),
        error(chunked("0\r\nVary: *\r\nContent-Length: 9\r\n\r\n"), chunk(26, ChunkFault::TrailerForbidden)),
        error(chunked("0\r\nTRANSFER-encoding: chunked\r\n\r\n"), chunk(20, ChunkFault::TrailerForbidden)),
        error(chunked("0\r\nConnection: close\r\n\r\n"), chunk(13, ChunkFault::TrailerForbidden)),
        error(chunked("0\r\nProxy-Connection: close\r\n\r\n"), chunk(19, ChunkFault::TrailerForbidden)),
        reply(
            chunked(format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(CHUNK_EXTENSION_BYTES_MAX as usize - 1))),
            200,
            "hello",
        ),
        error(
            chunked(format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(CHUNK_EXTENSION_BYTES_MAX as usize))),
            chunk(CHUNK_EXTENSION_BYTES_MAX as usize + 1, ChunkFault::ExtensionTooLong),
        ),
        error(
            chunked(format!("0\r\nT:{}\r\n\r\n", "x".repeat(TRAILER_BYTES_MAX as usize - 1))),
            chunk(TRAILER_BYTES_MAX as usize + 3, ChunkFault::TrailerTooLong),
        ),
        error(chunked("25  \r\nThis"), chunk(2, ChunkFault::Size)),
        error(chunked("2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("5 ;a=b\r\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("5 \r\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked(" 5\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked("+5\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked("-1\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked("0x5\r\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("5_0\r\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked(";a\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked("G\r\nhello\r\n0\r\n\r\n"), chunk(0, ChunkFault::Size)),
        error(chunked("00000000000000005\r\nhello\r\n0\r\n\r\n"), chunk(16, ChunkFault::SizeTooLong)),
        error(
            chunked("FFFFFFFFFFFFFFFF\r\nhello"),
            HttpError::TooLarge { needed: usize::MAX, limit: RESPONSE_BYTES_DEFAULT },
        ),
        error(chunked("5\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::LineEnd)),
        error(chunked("5\rhello\r\n0\r\n\r\n"), chunk(2, ChunkFault::LineEnd)),
        error(chunked("5;a\nhello\r\n0\r\n\r\n"), chunk(3, ChunkFault::LineEnd)),
        error(chunked("5;a\0\r\nhello\r\n0\r\n\r\n"), chunk(3, ChunkFault::Extension)),
        error(chunked("5\r\nhello\n0\r\n\r\n"), chunk(8, ChunkFault::DataEnd)),
        error(chunked("5\r\nhello\r0\r\n\r\n"), chunk(9, ChunkFault::DataEnd)),
        error(chunked("5\r\nhello!\r\n0\r\n\r\n"), chunk(8, ChunkFault::DataEnd)),
        error(chunked("6\r\nhello\r\n0\r\n\r\n"), chunk(9, ChunkFault::DataEnd)),
        error(chunked("5\r\nhello\r\n0\n\n"), chunk(11, ChunkFault::LineEnd)),
        error(chunked("5\r\nhello\r\n0\r\n\n"), chunk(13, ChunkFault::LineEnd)),
        error(chunked("5\r\nhello\r\n0\r\n\rX"), chunk(14, ChunkFault::LineEnd)),
        error(chunked("0\r\nVary: *\n\r\n"), chunk(10, ChunkFault::LineEnd)),
        error(chunked("0\r\n\nVary: *\r\n\r\n"), chunk(3, ChunkFault::LineEnd)),
        error(chunked("0\r\nVary: *\rX: y\r\n\r\n"), chunk(11, ChunkFault::LineEnd)),
        error(chunked("0\r\nVary: *\r\n folded\r\n\r\n"), chunk(12, ChunkFault::Trailer)),
        error(chunked("0\r\nno colon\r\n\r\n"), chunk(5, ChunkFault::Trailer)),
        error(chunked("0\r\n: *\r\n\r\n"), chunk(3, ChunkFault::Trailer)),
        error(chunked("0\r\nT: \0\r\n\r\n"), chunk(6, ChunkFault::Trailer)),
        error(chunked("3\r\nfoo\r\n\r\n"), chunk(8, ChunkFault::Size)),
        error(chunked("3 \n  \r\nfoo\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("a \n0123456789\n0\n\n"), chunk(1, ChunkFault::Size)),
        // Limits.
        error(format!("{ok}{}\r\n", "A: b\r\n".repeat(HEADERS_MAX + 1)), HttpError::TooManyHeaders),
        error(format!("{ok}X: {}\r\n\r\n", "y".repeat(HEAD_BYTES_MAX)), HttpError::HeadTooLong),
    ];
    // As many headers as allowed, in the longest head allowed.
    let lines = format!("{ok}Content-Length: 0\r\n{}", "A: b\r\n".repeat(HEADERS_MAX - 2));
    let filler = "x".repeat(HEAD_BYTES_MAX - lines.len() - "B: \r\n\r\n".len());
    cases.push(reply(format!("{lines}B: {filler}\r\n\r\n"), 200, ""));
    cases
}

/// The replies that say themselves where they end, with the next one's first bytes behind them.
pub fn cases_with_more_behind() -> Vec<Case> {
    let mut cases = cases();
    cases.retain_mut(|case| {
        let Outcome::Reply { status, delimited: true, .. } = case.expected else { return false };
        case.wire.extend(NEXT);
        case.expected = Outcome::Error(HttpError::Stray { status, bytes: NEXT.len() });
        true
    });
    cases
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "head request: {}, {}", self.head_request, self.wire.escape_ascii())
    }
}
