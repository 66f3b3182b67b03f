//! What the request writer finishes is one request, read back the same by two parsers that know nothing of it; and it
//! finishes just what a plain model of the rules says it should.

mod read_back;

use std::cell::Cell;

use orderwire::decimal::Decimal;
use orderwire::http::request::{
    Body, BuildError, Draft, Method, Path, Query, REQUEST_BYTES_MAX, Ready, Request, RequestTemplate, RequestWriter,
    Reserved, Value, Writable,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use read_back::{Seen, by_name, read_by_httparse, read_by_hyper};

/// At least; `PROPTEST_CASES` asks for more.
const CASES: u32 = 2_000;

/// A request as a caller may write it, well or badly.
#[derive(Clone, Debug)]
struct Plan {
    capacity: usize,
    default: Option<(String, String)>,
    below_base: bool,
    base_path: &'static str,
    method: Method,
    path: String,
    path_pieces: Vec<PathPiece>,
    query: Option<Vec<QueryPiece>>,
    headers: Vec<Header>,
    end: End,
    /// Gaps are filled where the request ends, rather than at once.
    fill_late: bool,
    forget_a_gap: bool,
}

#[derive(Clone, Debug)]
enum Piece {
    Base64(Vec<u8>),
    Decimal(Decimal),
    Gap(Vec<u8>),
    Hex(Vec<u8>),
    Percent(String),
    Raw(Vec<u8>),
    U64(u64),
}

#[derive(Clone, Debug)]
enum PathPiece {
    Piece(Piece),
    Segment(String),
}

#[derive(Clone, Debug)]
enum QueryPiece {
    Pair(String, String),
    PairDecimal(String, Decimal),
    PairU64(String, u64),
    Piece(Piece),
}

#[derive(Clone, Debug)]
enum Header {
    Pieces(String, Vec<Piece>),
    Whole(String, Vec<u8>),
}

#[derive(Clone, Debug)]
enum End {
    Body(Vec<u8>),
    NoBody,
    Pieces(Vec<Piece>),
}

const AUTHORITY: &str = "api.example.com:8443";

#[test]
fn is_read_back_the_same_by_two_parsers_and_never_as_two_requests() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (finished, refused) = (Cell::new(0), Cell::new(0));
    let cases = CASES.max(Config::default().cases);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&plan(), |plan| {
            let expected = expected(&plan);
            let outcome = with_request(&plan, |request| {
                let bytes = request.as_bytes();
                assert_eq!(request.method(), plan.method);
                (read_by_httparse(bytes), runtime.block_on(read_by_hyper(bytes)), bytes.len())
            });
            match (outcome, expected) {
                (Ok((httparse, hyper, _)), Ok(expected)) => {
                    finished.set(finished.get() + 1);
                    prop_assert_eq!(&httparse, &expected);
                    prop_assert_eq!(by_name(hyper), by_name(vec![expected]));
                }
                (Err(BuildError::Overflow { needed, limit }), Err(Wrong::Overflow(model))) => {
                    refused.set(refused.get() + 1);
                    prop_assert_eq!((needed, limit), (model, plan.capacity));
                }
                // Which of several faults is named first is for the unit tests.
                (Err(_), Err(Wrong::Refused)) => refused.set(refused.get() + 1),
                (outcome, expected) => prop_assert!(false, "{:?} instead of {:?}", outcome, expected),
            }
            Ok(())
        })
        .unwrap();
    // Both sides were tried in earnest.
    assert!(finished.get() > cases / 4, "{} finished", finished.get());
    assert!(refused.get() > cases / 4, "{} refused", refused.get());
}

/// Why a plan cannot be written, as far as the test has to tell.
#[derive(Debug)]
enum Wrong {
    Overflow(usize),
    Refused,
}

/// The rules once more, over whole texts, without the writer's code.
fn expected(plan: &Plan) -> Result<Seen, Wrong> {
    let mut headers = vec![("host".to_owned(), AUTHORITY.as_bytes().to_vec())];
    if let Some((name, value)) = &plan.default {
        headers.push((name.to_lowercase(), value.clone().into_bytes()));
    }

    let in_path = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>?^`{}".contains(&byte);
    let in_query = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>".contains(&byte);
    let in_value = |byte: u8| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t';
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);

    let mut path = plan.path.clone().into_bytes();
    let mut filler_first = false;
    let mut legal = path.iter().all(|&byte| in_path(byte));
    for piece in &plan.path_pieces {
        match piece {
            PathPiece::Piece(piece) => {
                legal &= raw(piece).iter().all(|&byte| in_path(byte));
                filler_first |= path.is_empty() && matches!(piece, Piece::Gap(text) if !text.is_empty());
                path.extend(text(piece));
            }
            PathPiece::Segment(segment) => {
                legal &= !matches!(&segment[..], "" | "." | "..");
                path.push(b'/');
                path.extend(encoded(segment).into_bytes());
            }
        }
    }
    if !legal {
        return Err(Wrong::Refused);
    }
    let base = if plan.below_base { plan.base_path } else { "" };
    // A gap filled at once is text like any other when its phase ends; one filled later still holds its filler then.
    if filler_first && plan.fill_late || !(path.starts_with(b"/") || path.is_empty() && !base.is_empty()) {
        return Err(Wrong::Refused);
    }

    let mut query = Vec::new();
    for piece in plan.query.iter().flatten() {
        let ampersand = if query.is_empty() { "" } else { "&" };
        match piece {
            QueryPiece::Piece(piece) => {
                legal &= raw(piece).iter().all(|&byte| in_query(byte));
                query.extend(text(piece));
            }
            QueryPiece::Pair(name, value) => {
                query.extend(format!("{ampersand}{}={}", encoded(name), encoded(value)).into_bytes());
            }
            QueryPiece::PairU64(name, value) => {
                query.extend(format!("{ampersand}{}={value}", encoded(name)).into_bytes());
            }
            QueryPiece::PairDecimal(name, value) => {
                query.extend(format!("{ampersand}{}={value}", encoded(name)).into_bytes());
            }
        }
    }
    if !legal {
        return Err(Wrong::Refused);
    }

    let mut gaps = plan.path_pieces.iter().any(|piece| matches!(piece, PathPiece::Piece(Piece::Gap(_))))
        || plan.query.iter().flatten().any(|piece| matches!(piece, QueryPiece::Piece(Piece::Gap(_))));
    for header in &plan.headers {
        let (name, value) = match header {
            Header::Whole(name, value) => (name, value.clone()),
            Header::Pieces(name, pieces) => {
                for piece in pieces {
                    legal &= raw(piece).iter().all(|&byte| in_value(byte));
                    if let Piece::Gap(text) = piece {
                        gaps = true;
                        legal &= text.trim_ascii() == text;
                    }
                }
                (name, pieces.iter().flat_map(text).collect())
            }
        };
        legal &= !name.is_empty() && name.bytes().all(in_token);
        let forbidden = [
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ];
        legal &= !forbidden.contains(&&*name.to_lowercase());
        legal &= value.iter().all(|&byte| in_value(byte)) && value.trim_ascii() == value;
        headers.push((name.to_lowercase(), value));
    }
    if !legal {
        return Err(Wrong::Refused);
    }

    let mut length_digits = 0;
    let body = match &plan.end {
        End::NoBody if matches!(plan.method, Method::Get | Method::Head) => None,
        End::NoBody => Some(Vec::new()),
        End::Body(body) => Some(body.clone()),
        End::Pieces(pieces) => {
            gaps |= pieces.iter().any(|piece| matches!(piece, Piece::Gap(_)));
            length_digits = 6;
            Some(pieces.iter().flat_map(text).collect())
        }
    };
    if let Some(body) = &body {
        headers.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }

    let mut target = [base.as_bytes(), &path].concat();
    if !query.is_empty() {
        target.push(b'?');
        target.extend(query);
    }
    let method = plan.method.text().to_owned();
    let mut bytes = format!("{method}  HTTP/1.1\r\n\r\n").len() + target.len();
    for (name, value) in &headers {
        let padded = if name == "content-length" && length_digits > 0 { length_digits - 1 } else { value.len() };
        bytes += name.len() + ": \r\n".len() + padded.max(value.len());
    }
    bytes += body.as_ref().map_or(0, Vec::len);
    if bytes > plan.capacity {
        return Err(Wrong::Overflow(bytes));
    }
    if gaps && plan.forget_a_gap {
        return Err(Wrong::Refused);
    }
    let target = String::from_utf8(target).unwrap();
    Ok(Seen { method, target, headers, body: body.unwrap_or_default() })
}

/// What a piece sends.
fn text(piece: &Piece) -> Vec<u8> {
    match piece {
        Piece::Base64(bytes) => data_encoding::BASE64.encode(bytes).into_bytes(),
        Piece::Decimal(decimal) => decimal.to_string().into_bytes(),
        Piece::Gap(text) | Piece::Raw(text) => text.clone(),
        Piece::Hex(bytes) => data_encoding::HEXLOWER.encode(bytes).into_bytes(),
        Piece::Percent(text) => encoded(text).into_bytes(),
        Piece::U64(number) => number.to_string().into_bytes(),
    }
}

/// What of a piece the rules have to judge.
fn raw(piece: &Piece) -> &[u8] {
    match piece {
        Piece::Gap(text) | Piece::Raw(text) => text,
        _ => b"",
    }
}

fn encoded(text: &str) -> String {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Gaps that wait to be filled.
#[derive(Default)]
struct Gaps {
    waiting: Vec<(Reserved, Vec<u8>)>,
    late: bool,
    forget_one: bool,
}

impl Gaps {
    fn keep(&mut self, gap: Reserved, text: &[u8]) {
        self.waiting.push((gap, text.to_vec()));
    }

    fn fill<P: orderwire::http::request::Phase>(&mut self, draft: &mut Draft<'_, P>, at_end: bool) {
        if self.late && !at_end {
            return;
        }
        for (gap, text) in self.waiting.drain(..) {
            if !std::mem::take(&mut self.forget_one) {
                draft.fill(gap, &text);
            }
        }
    }
}

fn write<P: Writable>(draft: &mut Draft<'_, P>, piece: &Piece, gaps: &mut Gaps) {
    match piece {
        Piece::Base64(bytes) => _ = draft.put_base64(bytes),
        Piece::Decimal(decimal) => _ = draft.put_decimal(*decimal),
        Piece::Gap(text) => {
            let gap = draft.reserve(text.len());
            gaps.keep(gap, text);
            gaps.fill(draft, false);
        }
        Piece::Hex(bytes) => _ = draft.put_hex(bytes),
        Piece::Percent(text) => _ = draft.put_percent(text),
        Piece::Raw(bytes) => _ = draft.put(bytes),
        Piece::U64(number) => _ = draft.put_u64(*number),
    }
}

/// Writes the plan; the writer was used before, so that its buffer is full of another request's bytes.
fn with_request<T>(plan: &Plan, look: impl FnOnce(Request<'_>) -> T) -> Result<T, BuildError> {
    let mut template = RequestTemplate::new(AUTHORITY, plan.base_path)?;
    if let Some((name, value)) = &plan.default {
        template.default_header(name, value)?;
    }
    let mut writer = RequestWriter::new(&template, plan.capacity)?;
    let mut before = writer.post("/").start_body();
    for piece in [&b"\n\n\n\n\n\n\n\n"[..], b"\n"] {
        (0..plan.capacity / 8).for_each(|_| _ = before.put(piece));
    }
    assert!(before.finish().is_err());
    build(&mut writer, plan).map(look)
}

fn build<'b>(writer: &'b mut RequestWriter, plan: &Plan) -> Result<Request<'b>, BuildError> {
    let mut gaps = Gaps { late: plan.fill_late, forget_one: plan.forget_a_gap, ..Gaps::default() };
    let mut path: Draft<'_, Path> = if plan.below_base {
        writer.start(plan.method, &plan.path)
    } else {
        writer.start_absolute(plan.method, &plan.path)
    };
    for piece in &plan.path_pieces {
        match piece {
            PathPiece::Piece(piece) => write(&mut path, piece, &mut gaps),
            PathPiece::Segment(text) => _ = path.segment(text),
        }
    }
    let mut headers = match &plan.query {
        None => path.headers(),
        Some(pieces) => {
            let mut query: Draft<'_, Query> = path.query();
            for piece in pieces {
                match piece {
                    QueryPiece::Pair(name, value) => _ = query.pair(name, value),
                    QueryPiece::PairDecimal(name, value) => _ = query.pair_decimal(name, *value),
                    QueryPiece::PairU64(name, value) => _ = query.pair_u64(name, *value),
                    QueryPiece::Piece(piece) => write(&mut query, piece, &mut gaps),
                }
            }
            query.headers()
        }
    };
    for header in &plan.headers {
        headers = match header {
            Header::Whole(name, value) => headers.header(name, value),
            Header::Pieces(name, pieces) => {
                let mut value: Draft<'_, Value> = headers.start_header(name);
                for piece in pieces {
                    write(&mut value, piece, &mut gaps);
                }
                value.end_header()
            }
        };
    }
    match &plan.end {
        End::NoBody => {
            gaps.fill(&mut headers, true);
            headers.no_body()
        }
        End::Body(body) => {
            let mut ready: Draft<'_, Ready> = headers.body(body);
            gaps.fill(&mut ready, true);
            ready.finish()
        }
        End::Pieces(pieces) => {
            let mut body: Draft<'_, Body> = headers.start_body();
            for piece in pieces {
                write(&mut body, piece, &mut gaps);
            }
            gaps.fill(&mut body, true);
            body.finish()
        }
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let method =
        prop::sample::select(vec![Method::Delete, Method::Get, Method::Head, Method::Patch, Method::Post, Method::Put]);
    let capacity = prop_oneof![6 => Just(REQUEST_BYTES_MAX), 1 => 150..1_000_usize];
    let base_path = prop::sample::select(vec!["", "/api/v3"]);
    let default = prop::option::of(("X-[A-Z]{1,8}", "[!-~]{0,20}"));
    let path = prop_oneof![
        30 => "(/[a-z0-9.~%-]{0,8}){1,3}",
        2 => Just(String::new()),
        1 => hostile().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    let end =
        prop_oneof![Just(End::NoBody), body().prop_map(End::Body), vec(piece(body()), 0..6).prop_map(End::Pieces)];
    let start = (capacity, default, any::<bool>(), base_path, method, path, vec(path_piece(), 0..3));
    let rest = (
        prop::option::of(vec(query_piece(), 0..8)),
        vec(header(), 0..5),
        end,
        any::<bool>(),
        prop::bool::weighted(0.03),
    );
    (start, rest).prop_map(
        |(
            (capacity, default, below_base, base_path, method, path, path_pieces),
            (query, headers, end, fill_late, forget_a_gap),
        )| {
            Plan {
                capacity,
                default,
                below_base,
                base_path,
                method,
                path,
                path_pieces,
                query,
                headers,
                end,
                fill_late,
                forget_a_gap,
            }
        },
    )
}

fn piece(raw: impl Strategy<Value = Vec<u8>> + Clone + 'static) -> impl Strategy<Value = Piece> {
    let decimal = (any::<i64>(), 0..=28_u32).prop_map(|(mantissa, places)| Decimal::new(mantissa, places));
    prop_oneof![
        4 => raw.clone().prop_map(Piece::Raw),
        2 => raw.prop_map(Piece::Gap),
        1 => vec(any::<u8>(), 0..40).prop_map(Piece::Base64),
        1 => decimal.prop_map(Piece::Decimal),
        1 => vec(any::<u8>(), 0..40).prop_map(Piece::Hex),
        1 => any::<String>().prop_map(Piece::Percent),
        1 => any::<u64>().prop_map(Piece::U64),
    ]
}

fn path_piece() -> impl Strategy<Value = PathPiece> {
    let segment = prop_oneof![8 => "\\PC{1,8}", 1 => prop::sample::select(vec!["", ".", ".."]).prop_map(str::to_owned)];
    let raw = prop_oneof![20 => "[a-zA-Z0-9/:@!$&'()*+,;=%._~-]{0,12}".prop_map(String::into_bytes), 1 => hostile()];
    prop_oneof![piece(raw.boxed()).prop_map(PathPiece::Piece), segment.prop_map(PathPiece::Segment)]
}

fn query_piece() -> impl Strategy<Value = QueryPiece> {
    let raw = prop_oneof![30 => "[a-zA-Z0-9/?:@!$&'()*+,;=%._~\\[\\]{}|^`-]{0,24}".prop_map(String::into_bytes), 1 => hostile()];
    prop_oneof![
        piece(raw.boxed()).prop_map(QueryPiece::Piece),
        (any::<String>(), any::<String>()).prop_map(|(name, value)| QueryPiece::Pair(name, value)),
        ("[a-zA-Z]{1,12}", any::<u64>()).prop_map(|(name, value)| QueryPiece::PairU64(name, value)),
        ("[a-zA-Z]{1,12}", any::<i64>(), 0..=28_u32)
            .prop_map(|(name, mantissa, places)| QueryPiece::PairDecimal(name, Decimal::new(mantissa, places))),
    ]
}

fn header() -> impl Strategy<Value = Header> {
    let name = prop_oneof![
        40 => "[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,15}",
        1 => hostile().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => prop::sample::select(vec!["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect", "te", "Upgrade"])
            .prop_map(str::to_owned),
    ];
    let value = prop_oneof![40 => "([!-~]([ -~\t]{0,20}[!-~])?)?".prop_map(String::into_bytes), 1 => hostile()].boxed();
    prop_oneof![
        (name.clone(), value.clone()).prop_map(|(name, value)| Header::Whole(name, value)),
        (name, vec(piece(value), 0..4)).prop_map(|(name, pieces)| Header::Pieces(name, pieces)),
    ]
}

fn body() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        "\\{\"[a-z]{1,8}\":[0-9]{1,5}\\}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..300),
        Just(b"\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
    ]
    .boxed()
}

/// What would end a line, a head, a target or a request early.
fn hostile() -> BoxedStrategy<Vec<u8>> {
    let smuggled: Vec<&[u8]> = vec![
        b" HTTP/1.1\r\nHost: evil\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b"a\r\nContent-Length: 0\r\n\r\n",
        b"a: b",
        b"#fragment",
        b"<>",
        b"\"",
        b"\x7f",
        "\u{ff11}".as_bytes(),
        b" a",
        b"a ",
    ];
    prop_oneof![prop::sample::select(smuggled).prop_map(<[u8]>::to_vec), vec(any::<u8>(), 1..20)].boxed()
}
