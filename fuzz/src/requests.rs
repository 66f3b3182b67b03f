//! A request, written well or badly. What the writer finishes is the request that was meant, and one request only.

use std::sync::LazyLock;

use orderwire::decimal::Decimal;
use orderwire::http::request::{
    Body, BuildError, Draft, Headers, Method, Path, Phase, Query, REQUEST_BYTES_MAX, Ready, Request, RequestTemplate,
    RequestWriter, Reserved, Value, Writable,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::runtime::Runtime;

use crate::input::Input;
use crate::read_back::{Seen, by_name, read_by_httparse, read_by_hyper};

const AUTHORITY: &str = "venue.example:8443";
const BASE_PATH: &str = "/api/v3";
const METHODS: [Method; 6] = [Method::Delete, Method::Get, Method::Head, Method::Patch, Method::Post, Method::Put];

/// As many as both parsers take, less those that are there always.
const HEADERS_MAX: usize = 60;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));

/// Writes what the input says, and reads it back.
///
/// The input: capacity, flags, method, path, then steps, each a letter and what it takes. Steps that make no sense where
/// they stand are left out.
pub fn play(input: &[u8]) {
    let mut play = Play { input: Input(input), gaps: Vec::new(), late: false, refused: false };
    let capacity = match play.input.byte() {
        0 => REQUEST_BYTES_MAX,
        eighths => 150 + 8 * usize::from(eighths),
    };
    let mut template = RequestTemplate::new(AUTHORITY, BASE_PATH).expect("a template");
    template.default_header("X-Key", "a key").expect("a header");
    let mut writer = RequestWriter::new(&template, capacity).expect("room for any request");
    // The buffer is full of another request's bytes, which must not pass for this one's.
    let mut before = writer.post("/").start_body();
    (0..capacity / 8).for_each(|_| _ = before.put([b'\n'; 8]));
    assert!(before.finish().is_err());

    let mut meant = Seen { method: String::new(), target: String::new(), headers: Vec::new(), body: Vec::new() };
    let Ok(request) = play.write(&mut writer, &mut meant) else { return };
    assert!(!play.refused, "a gap that is wrong was let pass");
    let bytes = request.as_bytes();
    assert!(bytes.len() <= capacity);
    assert_eq!(read_by_httparse(bytes), meant);
    assert_eq!(by_name(RUNTIME.block_on(read_by_hyper(bytes))), by_name(vec![meant]));
}

struct Play<'a> {
    input: Input<'a>,
    /// Those to be filled, and with what.
    gaps: Vec<(Reserved, &'a [u8])>,
    /// They are filled at the end, not at once.
    late: bool,
    /// Something was done that must be refused.
    refused: bool,
}

impl<'a> Play<'a> {
    fn write<'b>(&mut self, writer: &'b mut RequestWriter, meant: &mut Seen) -> Result<Request<'b>, BuildError> {
        let flags = self.input.byte();
        self.late = flags & 2 == 2;
        let method = METHODS[usize::from(self.input.byte()) % METHODS.len()];
        let path = self.text();
        let (draft, base) = match flags & 1 {
            0 => (writer.start(method, &path), BASE_PATH),
            _ => (writer.start_absolute(method, &path), ""),
        };
        meant.method = method.text().to_owned();
        meant.headers =
            vec![("host".to_owned(), AUTHORITY.as_bytes().to_vec()), ("x-key".to_owned(), b"a key".to_vec())];
        let mut target = [base.as_bytes(), path.as_bytes()].concat();
        let headers = self.path(draft, &mut target);
        // Where it cannot be text it is refused.
        meant.target = String::from_utf8_lossy(&target).into_owned();
        self.headers(headers, method, meant)
    }

    fn path<'b>(&mut self, mut draft: Draft<'b, Path>, target: &mut Vec<u8>) -> Draft<'b, Headers> {
        while let Some(step) = self.step_before(b"?hHbB") {
            if step == b'/' {
                let text = self.text();
                draft.segment(&text);
                target.push(b'/');
                target.extend(encoded(&text));
            } else {
                self.piece(step, &mut draft, target);
            }
        }
        if !self.input.0.starts_with(b"?") {
            return draft.headers();
        }
        self.input.byte();
        let mut query = Vec::new();
        let headers = self.query(draft.query(), &mut query);
        if !query.is_empty() {
            target.push(b'?');
            target.extend(query);
        }
        headers
    }

    fn query<'b>(&mut self, mut draft: Draft<'b, Query>, query: &mut Vec<u8>) -> Draft<'b, Headers> {
        while let Some(step) = self.step_before(b"hHbB") {
            if let b'=' | b'#' = step {
                let name = self.text();
                if !query.is_empty() {
                    query.push(b'&');
                }
                query.extend(encoded(&name));
                query.push(b'=');
                if step == b'=' {
                    let value = self.text();
                    draft.pair(&name, &value);
                    query.extend(encoded(&value));
                } else {
                    let value = self.number();
                    draft.pair_u64(&name, value);
                    query.extend(value.to_string().bytes());
                }
            } else {
                self.piece(step, &mut draft, query);
            }
        }
        draft.headers()
    }

    fn headers<'b>(
        &mut self,
        mut draft: Draft<'b, Headers>,
        method: Method,
        meant: &mut Seen,
    ) -> Result<Request<'b>, BuildError> {
        while let Some(step) = self.step_before(b"") {
            let is_header = matches!(step, b'h' | b'H') && meant.headers.len() < HEADERS_MAX;
            match step {
                b'H' if is_header => {
                    let (name, value) = (self.text(), self.input.counted());
                    draft = draft.header(&name, value);
                    meant.headers.push((name.to_lowercase(), value.to_vec()));
                }
                b'h' if is_header => {
                    let name = self.text();
                    let mut value: Draft<'_, Value> = draft.start_header(&name);
                    let mut text = Vec::new();
                    while let Some(step) = self.step_before(b"hHbB") {
                        self.piece(step, &mut value, &mut text);
                    }
                    draft = value.end_header();
                    meant.headers.push((name.to_lowercase(), text));
                }
                b'b' => {
                    let body = self.input.counted();
                    let mut ready: Draft<'_, Ready> = draft.body(body);
                    self.fill(&mut ready);
                    meant.body = body.to_vec();
                    meant.headers.push(length(body));
                    return ready.finish();
                }
                b'B' => {
                    let mut body: Draft<'_, Body> = draft.start_body();
                    while let Some(step) = self.step_before(b"") {
                        self.piece(step, &mut body, &mut meant.body);
                    }
                    self.fill(&mut body);
                    meant.headers.push(length(&meant.body));
                    return body.finish();
                }
                _ => {}
            }
        }
        self.fill(&mut draft);
        if !matches!(method, Method::Get | Method::Head) {
            meant.headers.push(length(b""));
        }
        draft.no_body()
    }

    fn piece<P: Writable>(&mut self, step: u8, draft: &mut Draft<'_, P>, text: &mut Vec<u8>) {
        match step {
            b'p' => {
                let bytes = self.input.counted();
                draft.put(bytes);
                text.extend(bytes);
            }
            b'%' => {
                let percent = self.text();
                draft.put_percent(&percent);
                text.extend(encoded(&percent));
            }
            b'x' => {
                let bytes = self.input.counted();
                draft.put_hex(bytes);
                text.extend(data_encoding::HEXLOWER.encode(bytes).bytes());
            }
            b'6' => {
                let bytes = self.input.counted();
                draft.put_base64(bytes);
                text.extend(data_encoding::BASE64.encode(bytes).bytes());
            }
            b'7' => {
                let bytes = self.input.counted();
                draft.put_base64_percent(bytes);
                text.extend(encoded(&data_encoding::BASE64.encode(bytes)));
            }
            b'u' => {
                let number = self.number();
                draft.put_u64(number);
                text.extend(number.to_string().bytes());
            }
            b'd' => {
                let decimal = Decimal::new(self.number().cast_signed(), u32::from(self.input.byte() % 29));
                draft.put_decimal(decimal);
                text.extend(decimal.to_string().bytes());
            }
            b'g' => {
                let filled = self.input.counted();
                let gap = draft.reserve(filled.len());
                self.gaps.push((gap, filled));
                if !self.late {
                    self.fill(draft);
                }
                text.extend(filled);
            }
            // Never filled, and filled with too much.
            b'G' => {
                _ = draft.reserve(usize::from(self.input.byte()));
                self.refused = true;
            }
            b'W' => {
                let gap = draft.reserve(3);
                draft.fill(gap, b"four");
                self.refused = true;
            }
            _ => {}
        }
    }

    fn fill<P: Phase>(&mut self, draft: &mut Draft<'_, P>) {
        for (gap, text) in self.gaps.drain(..) {
            draft.fill(gap, text);
        }
    }

    /// The next step, unless it begins another phase: then it waits.
    fn step_before(&mut self, next_phase: &[u8]) -> Option<u8> {
        let step = *self.input.0.first()?;
        if next_phase.contains(&step) {
            return None;
        }
        self.input.byte();
        Some(step)
    }

    fn text(&mut self) -> String {
        String::from_utf8_lossy(self.input.counted()).into_owned()
    }

    fn number(&mut self) -> u64 {
        self.input.bytes(8).iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

fn length(body: &[u8]) -> (String, Vec<u8>) {
    ("content-length".to_owned(), body.len().to_string().into_bytes())
}

/// RFC 3986 section 2.3: all but unreserved characters.
fn encoded(text: &str) -> impl Iterator<Item = u8> {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, UNRESERVED).to_string().into_bytes().into_iter()
}
