//! Every reply a peer may send, read four ways: whole, cut at each position, byte by byte, and with the next reply's
//! first bytes behind it. The outcome, errors included, may not depend on how the bytes arrive, and it is no other than
//! hyper's client comes to, but for the refusals in `docs/refusals.md`.

mod by_hyper;
mod cases;
mod edits;
mod read;
mod refusals;

use std::collections::BTreeSet;

use by_hyper::read_by_hyper;
use cases::{NEXT, Outcome, cases, cases_with_more_behind, chunk, chunked, error, head, length, with};
use edits::edited;
use orderwire::http::response::{
    ChunkFault, Ending, HeadFault, HttpError, INTERIM_REPLIES_MAX, Progress, RESPONSE_BYTES_DEFAULT,
    RESPONSE_BYTES_MAX, ResponseReader,
};
use proptest::prelude::*;
use read::{assert_same, read};
use refusals::{compare, ours_alone};

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

    // Nor does a head that no body follows.
    let wire = b"HTTP/1.1 204 No Content\r\n\r\n";
    assert_eq!(feed(wire, wire.len(), 0), Ok(vec![]));
    assert_eq!(feed(wire, 1, wire.len()), Ok(vec![]));
    let too_large = Err(HttpError::TooLarge { needed: wire.len(), limit: wire.len() - 1 });
    assert_eq!(feed(wire, wire.len() - 1, 0), too_large);

    // Behind a reply that fills it there is still room to see a stray byte.
    let wire = with("Content-Length: 5");
    let mut reader = ResponseReader::new(wire.len());
    let _reply = reader.replay(wire.as_bytes()).unwrap();
    assert_eq!(reader.spare().len(), 1);
    assert_eq!(reader.advance(1), Err(HttpError::Stray { status: 200, bytes: 1 }));

    // So there is behind a head that was one byte longer than the buffer, and had to make it grow.
    let wire = b"HTTP/1.1 204 No Content\r\n\r\n";
    let mut reader = ResponseReader::new(wire.len() - 1);
    reader.allow(RESPONSE_BYTES_DEFAULT);
    reader.start(false).unwrap();
    assert_eq!(reader.push(wire), Ok(Progress::Complete));
    assert_eq!(reader.push(b"?"), Err(HttpError::Stray { status: 204, bytes: 1 }));
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
    let used = response.headers_starting("x-mbx-used-").collect::<Vec<_>>();
    assert_eq!(used, [(&b"Weight"[..], &b"1"[..]), (b"WEIGHT-1M", b"27")]);
    assert_eq!(response.headers_starting("retry-after-").count(), 0);
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
        assert_same(&whole, &read(&case, [first, second]));
        assert_same(&whole, &read(&case, case.wire.chunks(1)));
    }

    #[test]
    fn random_bytes_do_not_panic(
        start in prop::sample::select(&["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"][..]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let case = error([start.as_bytes(), &rest].concat(), HttpError::NotClean);
        assert_same(&read(&case, [&case.wire[..]]), &read(&case, case.wire.chunks(1)));
    }

    /// Where hyper's client and this reader both take a reply, they take the same one; hyper refuses nothing that is
    /// taken here; and what is refused here only is in the table.
    #[test]
    fn agrees_with_hyper(case in edited()) {
        if let Some(refusal) = compare(&case, &read(&case, [&case.wire[..]]), read_by_hyper(&case)) {
            prop_assert!(ours_alone("hyper").contains(&refusal), "{refusal}");
        }
    }
}

/// Each "takes it" of the table is met by a case, so that the table says no more than is so.
#[test]
fn the_table_says_what_hyper_takes() {
    let cases = [cases(), cases_with_more_behind()].concat();
    let met: BTreeSet<_> = cases.iter().filter_map(|case| compare(case, &case.expected, read_by_hyper(case))).collect();
    assert_eq!(met, ours_alone("hyper"));
}
