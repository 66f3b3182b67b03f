//! Every reply a peer may send, read four ways: whole, cut at each position, byte by byte, and with the next reply's
//! first bytes behind it. The outcome, errors included, may not depend on how the bytes arrive.
//!
//! The list of cases follows what public HTTP parsers test (llhttp's response lists above all), written anew with
//! this reader's stricter outcomes.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use orderwire::http::chunked::{CHUNK_EXTENSION_BYTES_MAX, TRAILER_BYTES_MAX};
use orderwire::http::response::{
    ChunkFault, Ending, HEAD_BYTES_MAX, HEADERS_MAX, HeadFault, HttpError, INTERIM_REPLIES_MAX, Progress,
    RESPONSE_BYTES_DEFAULT, RESPONSE_BYTES_MAX, ResponseReader,
};
use orderwire::text::Text;
use proptest::prelude::*;

/// The first bytes of another reply.
const NEXT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Le";

struct Case {
    wire: Vec<u8>,
    head_request: bool,
    ending: Ending,
    expected: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// `delimited`: the reply says itself where it ends.
    Reply {
        status: u16,
        body: Vec<u8>,
        keep_alive: bool,
        delimited: bool,
    },
    Error(HttpError),
}

/// A reply after which the connection stays open.
fn reply(wire: impl AsRef<[u8]>, status: u16, body: impl AsRef<[u8]>) -> Case {
    let body = body.as_ref().to_vec();
    Case {
        wire: wire.as_ref().to_vec(),
        head_request: false,
        ending: Ending::Closed,
        expected: Outcome::Reply { status, body, keep_alive: true, delimited: true },
    }
}

fn error(wire: impl AsRef<[u8]>, error: HttpError) -> Case {
    Case { wire: wire.as_ref().to_vec(), head_request: false, ending: Ending::Closed, expected: Outcome::Error(error) }
}

fn head(at: usize, fault: HeadFault) -> HttpError {
    HttpError::Head { at, fault }
}

fn chunk(at: usize, fault: ChunkFault) -> HttpError {
    HttpError::Chunk { at, fault }
}

fn length(seen: &str) -> HttpError {
    HttpError::ContentLength { seen: Text::cut(seen) }
}

fn coding(seen: &str) -> HttpError {
    HttpError::TransferEncoding { seen: Text::cut(seen) }
}

/// A reply with this chunked body.
fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body.as_ref()].concat()
}

/// A reply with these header lines and a body of five bytes.
fn with(lines: &str) -> String {
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

fn cases() -> Vec<Case> {
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
        error(with("Transfer-Encoding:"), coding("")),
        error("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HttpError::CodingOnHttp10),
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
        reply(with("Content-Length: 5\r\nProxy-Connection: close"), 200, "hello"),
        reply(with("Content-Length: 5\r\nConnection: upgrade\r\nUpgrade: h2c"), 200, "hello"),
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
        error(format!("{}{ok}", "HTTP/1.1 100 C\r\n\r\n".repeat(9)), HttpError::TooManyInterim),
        error("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", HttpError::Upgrade),
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
        error("HTTP/1.1 200 OK\r\nFoo: 1\rBar: 2\r\n\r\n", head(17, HeadFault::Value)),
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
        reply(chunked("5;a=\"unbalanced; c\r\nhello\r\n0;\r\n\r\n"), 200, "hello"),
        reply(chunked("5\r\nhello\r\n0\r\nVary: *\r\nContent-Length: 9\r\nEmpty:\r\n\r\n"), 200, "hello"),
        reply(
            chunked(format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(CHUNK_EXTENSION_BYTES_MAX as usize))),
            200,
            "hello",
        ),
        error(
            chunked(format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(CHUNK_EXTENSION_BYTES_MAX as usize + 1))),
            chunk(CHUNK_EXTENSION_BYTES_MAX as usize + 2, ChunkFault::ExtensionTooLong),
        ),
        error(
            chunked(format!("0\r\nT:{}\r\n\r\n", "x".repeat(TRAILER_BYTES_MAX as usize - 1))),
            chunk(TRAILER_BYTES_MAX as usize + 3, ChunkFault::TrailerTooLong),
        ),
        error(chunked("25  \r\nThis"), chunk(2, ChunkFault::Size)),
        error(chunked("2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n"), chunk(1, ChunkFault::Size)),
        error(chunked("5 ;a=b\r\nhello\r\n0\r\n\r\n"), chunk(1, ChunkFault::Size)),
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
        error(chunked("0\r\nVary: *\rX: y\r\n\r\n"), chunk(11, ChunkFault::LineEnd)),
        error(chunked("0\r\nVary: *\r\n folded\r\n\r\n"), chunk(12, ChunkFault::Trailer)),
        error(chunked("0\r\nno colon\r\n\r\n"), chunk(5, ChunkFault::Trailer)),
        error(chunked("0\r\n: *\r\n\r\n"), chunk(3, ChunkFault::Trailer)),
        error(chunked("0\r\nT: \0\r\n\r\n"), chunk(6, ChunkFault::Trailer)),
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

/// Feeds the pieces one after another and closes behind them. Bytes behind a whole reply stay unread.
fn read<'a>(case: &Case, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    reader.start(case.head_request).unwrap();
    let mut delimited = true;
    let mut progress = Ok(Progress::NeedMore);
    for mut piece in pieces {
        while !piece.is_empty() && progress == Ok(Progress::NeedMore) {
            let spare = reader.spare();
            assert!(!spare.is_empty(), "no room for a reply that is not whole");
            let (now, later) = piece.split_at(piece.len().min(spare.len()));
            spare[..now.len()].copy_from_slice(now);
            progress = reader.advance(now.len());
            piece = later;
        }
    }
    if progress == Ok(Progress::NeedMore) {
        delimited = false;
        progress = reader.eof(case.ending);
    }
    match progress {
        Ok(Progress::Complete) => {
            assert!(reader.is_clean());
            let response = reader.response().expect("a whole reply");
            Outcome::Reply {
                status: response.status(),
                body: response.body().to_vec(),
                keep_alive: reader.keep_alive(),
                delimited,
            }
        }
        Ok(Progress::NeedMore) => panic!("more is needed behind the end"),
        Err(error) => {
            assert!(!reader.is_clean() && !reader.keep_alive() && reader.response().is_none());
            assert_eq!(reader.start(false), Err(HttpError::NotClean));
            assert_eq!(reader.advance(0), Err(HttpError::NotClean));
            reader.reset();
            assert_eq!(reader.start(false), Ok(()));
            Outcome::Error(error)
        }
    }
}

/// Positions to cut at: all, but not thousands of equal ones within a long filler.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..=length).filter(move |cut| length < 2048 || *cut < 128 || length - cut < 128 || cut % 509 == 0)
}

#[test]
fn whole() {
    for case in cases() {
        assert_eq!(read(&case, [&case.wire[..]]), case.expected, "{}", case.wire.escape_ascii());
    }
}

#[test]
fn cut_at_each_position() {
    for case in cases() {
        for cut in cuts(case.wire.len()) {
            let (first, second) = case.wire.split_at(cut);
            assert_eq!(read(&case, [first, second]), case.expected, "{} cut at {cut}", case.wire.escape_ascii());
        }
    }
}

#[test]
fn byte_by_byte() {
    for case in cases() {
        assert_eq!(read(&case, case.wire.chunks(1)), case.expected, "{}", case.wire.escape_ascii());
    }
}

#[test]
fn with_the_next_reply_behind() {
    for case in cases() {
        let expected = match &case.expected {
            Outcome::Reply { status, delimited: true, .. } => {
                Outcome::Error(HttpError::Stray { status: *status, bytes: NEXT.len() })
            }
            // What comes before the close is body.
            Outcome::Reply { status, body, keep_alive, delimited: false } => Outcome::Reply {
                status: *status,
                body: [body, NEXT].concat(),
                keep_alive: *keep_alive,
                delimited: false,
            },
            // A cut reply goes on.
            Outcome::Error(
                HttpError::ClosedBeforeReply
                | HttpError::CutInBody { .. }
                | HttpError::CutInChunks { .. }
                | HttpError::CutInHead { .. }
                | HttpError::Truncated { .. },
            ) => continue,
            error @ Outcome::Error(_) => error.clone(),
        };
        let both = [&case.wire, NEXT].concat();
        let context = case.wire.escape_ascii();
        assert_eq!(read(&case, [&both[..]]), expected, "{context}");
        for cut in cuts(both.len()) {
            let got = read(&case, [&both[..cut], &both[cut..]]);
            // A reply read up to its very end is whole; what is behind is then found by the probe.
            let expected = if cut == case.wire.len() { &case.expected } else { &expected };
            if matches!(expected, Outcome::Reply { delimited: false, .. }) {
                continue;
            }
            if let Outcome::Error(HttpError::Stray { status, bytes }) = expected
                && cut > case.wire.len()
            {
                let first = Outcome::Error(HttpError::Stray { status: *status, bytes: bytes + cut - both.len() });
                assert_eq!(got, first, "{context} cut at {cut}");
            } else {
                assert_eq!(&got, expected, "{context} cut at {cut}");
            }
        }
    }
}

/// Bytes that come behind a whole reply after it was reported.
#[test]
fn stray_bytes_later() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let _reply = reader.replay(with("Content-Length: 5").as_bytes()).unwrap();
    reader.spare()[..3].copy_from_slice(b"HTT");
    assert_eq!(reader.advance(3), Err(HttpError::Stray { status: 200, bytes: 3 }));
    assert!(reader.response().is_none());
}

#[test]
fn a_second_exchange_starts_clean() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    for case in cases() {
        if let Outcome::Reply { status, body, .. } = &case.expected
            && !case.head_request
        {
            let response = reader.replay(&case.wire).unwrap();
            assert_eq!((response.status(), response.body()), (*status, &body[..]));
        }
    }
    reader.start(false).unwrap();
    assert_eq!(reader.start(false), Err(HttpError::NotClean), "an exchange left halfway");
    assert!(!reader.is_clean());
    reader.reset();
    assert!(reader.is_clean());
}

#[test]
fn the_buffer_is_filled_to_the_last_byte_and_no_further() {
    let wire = with("Content-Length: 5");
    assert_eq!(ResponseReader::new(wire.len()).replay(wire.as_bytes()).unwrap().body(), b"hello");

    let feed = |wire: &[u8], capacity: usize, limit: usize| {
        let mut reader = ResponseReader::new(capacity);
        reader.allow(limit);
        reader.start(false).unwrap();
        for byte in wire {
            reader.spare()[0] = *byte;
            if reader.advance(1)? == Progress::Complete {
                break;
            }
        }
        if reader.response().is_none() {
            assert_eq!(reader.eof(Ending::Closed)?, Progress::Complete);
        }
        Ok::<_, HttpError>(reader.response().unwrap().body().to_vec())
    };
    let limit = wire.len() - 1;
    let too_large = Err(HttpError::TooLarge { needed: wire.len(), limit });
    assert_eq!(feed(wire.as_bytes(), limit, limit), too_large);
    assert_eq!(feed(wire.as_bytes(), 1, limit), too_large);
    assert_eq!(feed(wire.as_bytes(), 1, wire.len()), Ok(b"hello".to_vec()));

    // Whatever the caller allows, what the peer says is not just believed.
    let wire = with("Content-Length: 18446744073709551615");
    let too_large = Err(HttpError::TooLarge { needed: usize::MAX, limit: RESPONSE_BYTES_MAX });
    assert_eq!(feed(wire.as_bytes(), 1, usize::MAX), too_large);

    // Until the close the length is not known.
    let wire = b"HTTP/1.1 200 OK\r\n\r\nhello";
    assert_eq!(feed(wire, wire.len(), 0), Ok(b"hello".to_vec()));
    assert_eq!(feed(wire, 1, wire.len()), Ok(b"hello".to_vec()));
    let too_large = Err(HttpError::TooLarge { needed: wire.len(), limit: wire.len() - 1 });
    assert_eq!(feed(wire, wire.len() - 1, 0), too_large);

    // Fed byte by byte, the framing of a chunked body takes no room of its own.
    let wire = chunked([&b"1\r\nh\r\n".repeat(100)[..], b"0\r\n\r\n"].concat());
    let needed = chunked("").len() + 100;
    assert_eq!(feed(&wire, needed, 0), Ok(b"h".repeat(100)));
    assert_eq!(feed(&wire, 1, needed), Ok(b"h".repeat(100)));
    assert_eq!(feed(&wire, needed - 1, 0), Err(HttpError::TooLarge { needed, limit: needed - 1 }));

    // Behind a reply that fills it there is still room to see a stray byte.
    let wire = with("Content-Length: 5");
    let mut reader = ResponseReader::new(wire.len());
    let _reply = reader.replay(wire.as_bytes()).unwrap();
    assert_eq!(reader.spare().len(), 1);
    assert_eq!(reader.advance(1), Err(HttpError::Stray { status: 200, bytes: 1 }));
}

#[test]
fn growth_is_given_back() {
    let body = "x".repeat(100_000);
    let wire = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let feed = |reader: &mut ResponseReader| {
        reader.reset();
        reader.start(false)?;
        let mut wire = wire.as_bytes();
        while !wire.is_empty() {
            let spare = reader.spare();
            let n = spare.len().min(wire.len());
            spare[..n].copy_from_slice(&wire[..n]);
            wire = &wire[n..];
            let _progress = reader.advance(n)?;
        }
        Ok(reader.response().map(|response| response.body().len()))
    };
    let refused = Err(HttpError::TooLarge { needed: wire.len(), limit: RESPONSE_BYTES_DEFAULT });
    assert_eq!(feed(&mut reader), refused);
    reader.allow(1 << 20);
    assert_eq!(feed(&mut reader), Ok(Some(body.len())));
    reader.shrink();
    assert_eq!(feed(&mut reader), refused);
}

#[test]
fn headers_are_found_as_they_stand() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let wire = with(
        "X-Mbx-Used-Weight: 1\r\nX-MBX-USED-WEIGHT-1M:\t 27 \r\nEmpty:\r\nRetry-After: 3\r\nRetry-After: 4\r\nContent-Length: 5",
    );
    let response = reader.replay(wire.as_bytes()).unwrap();
    assert_eq!(response.header("x-mbx-used-weight-1m"), Some(&b"27"[..]));
    assert_eq!(response.header("X-Mbx-Used-Weight"), Some(&b"1"[..]));
    assert_eq!(response.header("empty"), Some(&b""[..]));
    assert_eq!(response.header("retry-after"), Some(&b"3"[..]));
    assert_eq!(response.header("retry"), None);
    assert_eq!(response.header(""), None);
    assert_eq!(response.header("http/1.1 200 ok"), None);
    let names = response.headers().map(|(name, _)| name).collect::<Vec<_>>();
    let expected =
        ["X-Mbx-Used-Weight", "X-MBX-USED-WEIGHT-1M", "Empty", "Retry-After", "Retry-After", "Content-Length"];
    assert_eq!(names, expected);
    assert_eq!(response.headers().nth(1), Some(("X-MBX-USED-WEIGHT-1M", &b"27"[..])));
    let used = response.headers_starting("X-MBX-USED-").collect::<Vec<_>>();
    assert_eq!(used, [("Weight", &b"1"[..]), ("WEIGHT-1M", b"27")]);
    assert_eq!(response.headers_starting("Retry-After-").count(), 0);
    // Trailers are dropped: they may not pass for headers.
    let wire = chunked("2\r\nOK\r\n0\r\nRetry-After: 9\r\n\r\n");
    assert_eq!(reader.replay(&wire).unwrap().header("retry-after"), None);
}

#[test]
fn body_str_refuses_what_is_not_utf8() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let mut wire = with("Content-Length: 5").into_bytes();
    assert_eq!(reader.replay(&wire).unwrap().body_str(), Ok("hello"));
    let last = wire.len() - 1;
    wire[last] = 0xff;
    assert_eq!(reader.replay(&wire).unwrap().body_str(), Err(HttpError::NotUtf8 { at: 4 }));
}

#[test]
fn debug_shows_no_value_and_no_body() {
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let response = reader.replay(with("Set-Cookie: secret\r\nContent-Length: 5").as_bytes()).unwrap();
    let text = format!("{response:?}");
    assert_eq!(text, "Response { status: 200, headers: 2, head_bytes: 58, body_bytes: 5 }");
    let text = format!("{reader:?}");
    assert!(!text.contains("secret") && !text.contains("hello"), "{text}");
}

#[test]
fn an_error_says_what_and_where() {
    let texts = [
        (length("5, 5"), "Content-Length is `5, 5`, not a number of bytes"),
        (head(17, HeadFault::Folded), "reply head, byte 17: folded header line"),
        (chunk(1, ChunkFault::Size), "chunked body, byte 1: malformed chunk size"),
        (HttpError::NotHttp { at: 0, byte: 0x15 }, "not an HTTP/1 reply: byte 0 is 0x15"),
        (
            HttpError::TooLarge { needed: 40_000, limit: 33_029 },
            "the reply needs 40000 bytes or more, the reader holds 33029: \
             raise it with `ClientPool::builder().response_bytes(n)`",
        ),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(INTERIM_REPLIES_MAX, 8, "as the cases above assume");
}

/// Pieces of replies that decide something.
const TOKENS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    ",",
    ";",
    ":",
    "0",
    "5",
    "F",
    "-",
    "+",
    "\0",
    "\u{e9}",
    "close",
    "chunked",
    "keep-alive",
    "identity",
    "gzip",
    "Content-Length: 5\r\n",
    "Content-Length: 6\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 ",
    "HTTP/1.1 100 C\r\n\r\n",
    "204",
    "304",
    "408",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "A: b\r\n",
];

#[derive(Clone, Debug)]
enum Edit {
    Cut { at: prop::sample::Index, length: usize },
    Double { at: prop::sample::Index, length: usize },
    Put { at: prop::sample::Index, token: &'static str },
    Set { at: prop::sample::Index, byte: u8 },
}

impl Edit {
    fn apply(&self, wire: &mut Vec<u8>) {
        let place = |at: &prop::sample::Index| at.index(wire.len() + 1);
        match self {
            Self::Cut { at, length } => {
                let at = place(at);
                wire.drain(at..(at + length).min(wire.len()));
            }
            Self::Double { at, length } => {
                let at = place(at);
                let part = wire[at..(at + length).min(wire.len())].to_vec();
                wire.splice(at..at, part);
            }
            Self::Put { at, token } => {
                let at = place(at);
                wire.splice(at..at, token.bytes());
            }
            Self::Set { at, byte } => {
                let at = place(at);
                if let Some(set) = wire.get_mut(at) {
                    *set = *byte;
                }
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        2 => (at(), 1..12_usize).prop_map(|(at, length)| Edit::Cut { at, length }),
        1 => (at(), 1..40_usize).prop_map(|(at, length)| Edit::Double { at, length }),
        4 => (at(), prop::sample::select(TOKENS)).prop_map(|(at, token)| Edit::Put { at, token }),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set { at, byte }),
    ]
}

/// One of the cases above with some edits.
fn edited() -> impl Strategy<Value = Case> {
    let cases = cases().into_iter().filter(|case| case.wire.len() < 2048).map(|case| (case.wire, case.head_request));
    (prop::sample::select(cases.collect::<Vec<_>>()), prop::collection::vec(edit(), 0..4)).prop_map(
        |((mut wire, head_request), edits)| {
            for edit in edits {
                edit.apply(&mut wire);
            }
            // What is expected is not known: `read` does not look at it.
            Case { head_request, ..error(wire, HttpError::NotClean) }
        },
    )
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "head request: {}, {}", self.head_request, self.wire.escape_ascii())
    }
}

/// The same reply in other pieces. Only bytes behind it may go unnoticed, when they come later.
fn assert_same(whole: &Outcome, pieces: &Outcome) -> Result<(), TestCaseError> {
    match (whole, pieces) {
        (Outcome::Error(HttpError::Stray { status: first, .. }), Outcome::Reply { status, delimited: true, .. })
        | (Outcome::Error(HttpError::Stray { status: first, .. }), Outcome::Error(HttpError::Stray { status, .. })) => {
            prop_assert_eq!(first, status);
        }
        _ => prop_assert_eq!(whole, pieces),
    }
    Ok(())
}

/// At least so many cases that each edit meets most replies; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(4096), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn edited_replies_do_not_depend_on_their_pieces(case in edited(), cut in any::<prop::sample::Index>()) {
        let whole = read(&case, [&case.wire[..]]);
        let (first, second) = case.wire.split_at(cut.index(case.wire.len() + 1));
        assert_same(&whole, &read(&case, [first, second]))?;
        assert_same(&whole, &read(&case, case.wire.chunks(1)))?;
    }

    #[test]
    fn random_bytes_do_not_panic(
        start in prop::sample::select(&["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"][..]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let case = error([start.as_bytes(), &rest].concat(), HttpError::NotClean);
        assert_same(&read(&case, [&case.wire[..]]), &read(&case, case.wire.chunks(1)))?;
    }

    /// Where hyper's client and this reader both take a reply, they take the same one; hyper refuses nothing that is
    /// taken here; and what is refused here only is on a list.
    #[test]
    fn agrees_with_hyper(case in edited()) {
        let hyper = read_by_hyper(&case);
        match (read(&case, [&case.wire[..]]), hyper) {
            (Outcome::Reply { status, body, .. }, Some(hyper)) => prop_assert_eq!((status, body), hyper),
            (Outcome::Reply { .. }, None) => prop_assert!(false, "taken here, refused by hyper"),
            (Outcome::Error(_), None) => {}
            (Outcome::Error(refused), Some(_)) => prop_assert!(stricter_than_hyper(refused), "{refused}"),
        }
    }
}

/// Refusals of this reader that hyper does not share.
fn stricter_than_hyper(error: HttpError) -> bool {
    match error {
        // Bytes behind the reply: hyper leaves them to the next request.
        HttpError::Stray { .. }
        // Statuses and codings that are somebody else's matter to a general client.
        | HttpError::Encoded { .. }
        | HttpError::RequestTimeout
        | HttpError::Status { .. }
        // A bare LF, which RFC 9112 section 2.2 lets it take.
        | HttpError::Head { fault: HeadFault::LineEnd, .. }
        // The same in trailers; a blank before `;`; what and how much may stand in an extension; zeros without end.
        | HttpError::Chunk {
            fault: ChunkFault::LineEnd
                | ChunkFault::Size
                | ChunkFault::SizeTooLong
                | ChunkFault::Extension
                | ChunkFault::ExtensionTooLong,
            ..
        }
        // Empty lines in front, which it skips.
        | HttpError::NotHttp { at: 0, byte: b'\r' | b'\n' }
        // Contradictions that it repairs.
        | HttpError::BodyNotAllowed { .. }
        | HttpError::LengthWithCoding
        | HttpError::TwoLengths
        | HttpError::ContentLength { .. }
        | HttpError::TransferEncoding { .. }
        // Limits of ours, and offers that it takes.
        | HttpError::TooManyHeaders
        | HttpError::TooManyInterim
        | HttpError::Upgrade => true,
        _ => false,
    }
}

/// Status and body, if hyper's client takes the reply.
fn read_by_hyper(case: &Case) -> Option<(u16, Vec<u8>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let peer = Peer { wire: case.wire.clone(), at: 0, asked: false, waiting: None };
    let method = if case.head_request { "HEAD" } else { "GET" };
    runtime.block_on(async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(peer).await.ok()?;
        let request = hyper::Request::builder().method(method).uri("/").body(Empty::<Bytes>::new()).ok()?;
        let reply = async {
            let response = sender.send_request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?;
            Some((status, body.to_bytes().to_vec()))
        };
        let (_connection, reply) = tokio::join!(connection, reply);
        reply
    })
}

/// A connection on which the reply is there once something was asked, and then the end.
struct Peer {
    wire: Vec<u8>,
    at: usize,
    asked: bool,
    waiting: Option<Waker>,
}

impl Read for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        if !self.asked {
            self.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        let now = (self.wire.len() - self.at).min(buffer.remaining());
        buffer.put_slice(&self.wire[self.at..self.at + now]);
        self.at += now;
        Poll::Ready(Ok(()))
    }
}

impl Write for Peer {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.asked = true;
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
