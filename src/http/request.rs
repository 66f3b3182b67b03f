//! Requests, written in wire order into one fixed buffer.
//!
//! ```text
//!  method  base path + path  ?query   HTTP/1.1  Host, default headers  headers  length  blank line  body
//! └─ start ──── Path ──────── Query ─┴──── serialised once ──────────┴ Headers ┴─── start_body ───┴ Body ┘
//! ```
//!
//! The phases are types and each is consumed by the next: [`Path`], [`Query`], [`Headers`] (with [`Value`] inside one header's
//! value), [`Body`], [`Ready`]; [`Draft::finish`] and [`Draft::no_body`] give the immutable [`Request`]. The first thing that
//! cannot be sent is kept in the draft and comes out there, so that puts chain without a `?` each.
//!
//! Nothing that is put can end a line, a head or a body early: every byte is checked as it is put (in a literal, when it is
//! compiled), and what frames the body is written here alone. One draft is one request.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

pub use super::build_error::BuildError;
pub use super::draft::{
    BeforeBody, Body, Draft, Headers, Literal, Mark, Part, Path, Phase, Query, Ready, Reserved, Span, Value, Writable,
};
use super::draft::{Frame, NO_BODY, check, check_ends, check_header_name};
use super::rules::Rule;
use super::text::Room;

/// The most bytes one request may have. One request is one TLS record, and a record carries no more.
/// Source: RFC 8446 section 5.1.
pub const REQUEST_BYTES_MAX: usize = 16_384;

/// The buffer a writer gets unless the pool's builder says otherwise: all that one request may have, so that nobody meets a
/// smaller limit by surprise.
pub const REQUEST_BYTES_DEFAULT: usize = REQUEST_BYTES_MAX;

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the method of its name")]
pub enum Method {
    Delete,
    Get,
    Head,
    Patch,
    Post,
    Put,
}

impl Method {
    /// The method as it is sent and signed, upper case.
    #[inline]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether a request without a body has to say so.
    /// RFC 9110 section 8.6: when the method gives a body a meaning; some venues also answer 411 to a bare `DELETE`.
    #[inline]
    pub(super) const fn says_no_body(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

/// What all requests of a pool have in common, serialised once: base path, `Host` and default headers.
///
/// Erased on drop: keys stand in default headers.
#[derive(Clone)]
pub struct RequestTemplate {
    base_path: Box<str>,
    /// From the blank after the target to the last default header's line end.
    head: Zeroizing<Vec<u8>>,
}

impl RequestTemplate {
    /// The template of one origin.
    ///
    /// **Shape.** `authority` is what stands in `Host`: a host name, address or `[v6 address]`, with `:port` unless it is the
    /// scheme's own. `base_path` is empty or starts with `/`; a `/` at its end is dropped.
    ///
    /// **Errors.** [`BuildError::Authority`], [`BuildError::PathStart`], [`BuildError::PathByte`].
    pub fn new(authority: &str, base_path: &str) -> Result<Self, BuildError> {
        let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
        if authority.is_empty() || authority.starts_with(':') || !authority.bytes().all(may_stand) {
            return Err(BuildError::Authority);
        }
        let base_path = base_path.trim_end_matches('/');
        if !base_path.is_empty() && !base_path.starts_with('/') {
            return Err(BuildError::PathStart);
        }
        check(Rule::Path, base_path.as_bytes())?;
        let head = [" HTTP/1.1\r\nHost: ", authority, "\r\n"].concat();
        Ok(Self { base_path: base_path.into(), head: Zeroizing::new(head.into_bytes()) })
    }

    /// Adds a header that every request carries.
    ///
    /// **Errors.** As [`Draft::header`].
    pub fn default_header(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<&mut Self, BuildError> {
        self.head = with_header(&self.head, name, value.as_ref())?;
        Ok(self)
    }
}

/// Header lines, and one more behind them.
fn with_header(lines: &[u8], name: &str, value: &[u8]) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    check_header_name(name.as_bytes())?;
    check(Rule::Value, value)?;
    check_ends(value)?;
    let parts = [lines, name.as_bytes(), b": ", value, b"\r\n"];
    // Made anew at its exact size: a vector that grows leaves its old bytes, and a key among them, behind.
    let mut lines = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        lines.extend_from_slice(part);
    }
    Ok(lines)
}

/// Headers that some requests have, judged and written out once: an account's key where signed calls alone carry it, say. Erased on
/// drop.
#[derive(Clone)]
pub struct FixedHeaders(Zeroizing<Vec<u8>>);

impl FixedHeaders {
    /// These headers, in this order.
    ///
    /// **Errors.** As [`Draft::header`].
    pub fn new(headers: &[(&str, &str)]) -> Result<Self, BuildError> {
        let mut lines = Zeroizing::new(Vec::new());
        for (name, value) in headers {
            lines = with_header(&lines, name, value.as_bytes())?;
        }
        Ok(Self(lines))
    }

    /// The lines as they are sent.
    #[inline]
    pub(super) fn lines(&self) -> &[u8] {
        &self.0
    }
}

/// A short text that was judged when it was made, and may stand anywhere in a request as a [`Literal`] may: one that the builder's settings
/// decide. It is written in stores of a fixed width.
#[derive(Clone, Copy, Debug)]
pub struct FixedText {
    bytes: [u8; Self::BYTES_MAX],
    len: usize,
}

impl FixedText {
    /// Its longest, bytes: two of the processor's vectors.
    pub const BYTES_MAX: usize = 32;

    /// This text; it is not for secrets.
    ///
    /// **Errors.** [`BuildError::PathByte`] for a byte that may not stand in a path, of which the rule is the narrowest, and
    /// [`BuildError::Value`] where it is longer than [`BYTES_MAX`](Self::BYTES_MAX).
    pub fn new(text: &str) -> Result<Self, BuildError> {
        check(Rule::Path, text.as_bytes())?;
        let too_long = BuildError::Value { field: "a fixed text", cure: "it has at most 32 bytes: put() a longer one" };
        let mut bytes = [0; Self::BYTES_MAX];
        bytes.get_mut(..text.len()).ok_or(too_long)?.copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: text.len() })
    }

    #[inline]
    pub(super) const fn bytes(&self) -> &[u8; Self::BYTES_MAX] {
        &self.bytes
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

/// Shows a length: a key may stand in them.
impl fmt::Debug for FixedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedHeaders").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}

/// Shows the base path and a length: default headers may be secret.
impl fmt::Debug for RequestTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestTemplate")
            .field("base_path", &self.base_path)
            .field("head_bytes", &self.head.len())
            .finish_non_exhaustive()
    }
}

/// Writes one request at a time into a fixed buffer of its own. Allocates when made and never again; erased on drop.
pub struct RequestWriter {
    buffer: Zeroizing<Box<[u8]>>,
    base_path: Box<str>,
    frame: Frame,
}

impl RequestWriter {
    /// A writer with a buffer of `capacity_bytes`.
    ///
    /// **Errors.** [`BuildError::Capacity`] above [`REQUEST_BYTES_MAX`] or where not even an empty request would fit.
    pub fn new(template: &RequestTemplate, capacity_bytes: usize) -> Result<Self, BuildError> {
        let method = Method::Delete.text().len() + " ".len();
        let least = method + template.base_path.len() + template.head.len() + NO_BODY.len();
        if capacity_bytes < least || capacity_bytes > REQUEST_BYTES_MAX {
            return Err(BuildError::Capacity { bytes: capacity_bytes, least });
        }
        Ok(Self {
            // Not zeros: those the system would only promise, and deliver page by page while orders are written.
            buffer: Zeroizing::new(vec![b' '; capacity_bytes].into_boxed_slice()),
            base_path: template.base_path.clone(),
            frame: Frame::new(
                template.head.clone(),
                WRITERS.fetch_add(1, Ordering::Relaxed).wrapping_mul(REQUESTS_PER_WRITER),
            ),
        })
    }

    /// Asks `watch` whenever a request is ready to be signed; the request then says what it answered.
    pub(crate) fn set_watch(&mut self, watch: fn() -> u64) {
        self.frame.set_watch(watch);
    }

    /// Writes the requests of another slot than the first.
    pub(crate) fn set_slot(&mut self, slot: usize) {
        self.frame.set_slot(slot);
    }

    /// The last request that was finished; empty while one is being written.
    pub(crate) fn finished(&self) -> &[u8] {
        self.buffer.get(..self.frame.finished_bytes()).unwrap_or_default()
    }

    /// Starts a `DELETE` below the base path.
    #[inline(always)]
    pub fn delete(&mut self, path: &str) -> Draft<'_> {
        self.start(Method::Delete, path)
    }

    /// Starts a `GET` below the base path.
    #[inline(always)]
    pub fn get(&mut self, path: &str) -> Draft<'_> {
        self.start(Method::Get, path)
    }

    /// Starts a `POST` below the base path.
    #[inline(always)]
    pub fn post(&mut self, path: &str) -> Draft<'_> {
        self.start(Method::Post, path)
    }

    /// Starts a `PUT` below the base path.
    #[inline(always)]
    pub fn put(&mut self, path: &str) -> Draft<'_> {
        self.start(Method::Put, path)
    }

    /// Starts a request below the base path.
    ///
    /// **Shape.** `path` starts with `/`, or is empty below a base path. It is sent as it stands.
    #[inline(always)]
    pub fn start(&mut self, method: Method, path: &str) -> Draft<'_> {
        let mut draft = Draft::begin(Room::new(&mut self.buffer), &mut self.frame, method, &self.base_path);
        draft.put(path);
        draft
    }

    /// Starts a request below the base path, whose path was judged when compiled.
    #[inline(always)]
    pub(crate) fn start_literal(&mut self, method: Method, path: Literal) -> Draft<'_> {
        let mut draft = Draft::begin(Room::new(&mut self.buffer), &mut self.frame, method, &self.base_path);
        draft.put_literal(path);
        draft
    }

    /// Starts a request outside the base path, so that one pool serves, say, `/api/v3` and `/sapi/v1`.
    #[inline(always)]
    pub fn start_absolute(&mut self, method: Method, path: &str) -> Draft<'_> {
        let mut draft = Draft::begin(Room::new(&mut self.buffer), &mut self.frame, method, "");
        draft.put(path);
        draft
    }
}

/// Shows base path and lengths; what was written and default headers may be secret.
impl fmt::Debug for RequestWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestWriter")
            .field("base_path", &self.base_path)
            .field("head_bytes", &self.frame.head_bytes())
            .field("capacity_bytes", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

/// A complete request: one head and one body, never to be changed. The only thing a connection sends.
#[derive(Clone, Copy)]
pub struct Request<'b> {
    bytes: &'b [u8],
    method: Method,
    path: (usize, usize),
    built: u64,
}

impl<'b> Request<'b> {
    #[inline]
    pub(super) fn new(bytes: &'b [u8], method: Method, path: (usize, usize), built: u64) -> Self {
        Self { bytes, method, path, built }
    }

    /// What the writer's watch told when it was ready to be signed; 0 where nobody asked.
    #[inline]
    pub(crate) fn built(&self) -> u64 {
        self.built
    }

    /// The bytes as they are sent.
    #[inline]
    pub fn as_bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The method: the reply to a `HEAD` has no body.
    #[inline]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path without the query.
    pub fn path(&self) -> &'b str {
        let path = self.bytes.get(self.path.0..self.path.1).unwrap_or_default();
        std::str::from_utf8(path).unwrap_or_default()
    }
}

/// Shows method, path and length: query, headers and body may be secret.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

const _: () = assert!(REQUEST_BYTES_DEFAULT <= REQUEST_BYTES_MAX);

/// How many writers were made.
static WRITERS: AtomicU64 = AtomicU64::new(0);

/// Request numbers set aside for each writer: at a million requests a second they last 12 days each, and a gap held over from
/// so long ago by a caller is all that could be taken for another's.
const REQUESTS_PER_WRITER: u64 = 1 << 40;

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = "api.example.com";

    fn template() -> RequestTemplate {
        let mut template = RequestTemplate::new(AUTHORITY, "/api/v3").unwrap();
        template.default_header("X-API-KEY", "key").unwrap();
        template
    }

    fn writer() -> RequestWriter {
        RequestWriter::new(&template(), REQUEST_BYTES_DEFAULT).unwrap()
    }

    fn text(request: Result<Request<'_>, BuildError>) -> &str {
        std::str::from_utf8(request.unwrap().as_bytes()).unwrap()
    }

    /// The request as it should be, without what the template adds.
    fn lines(start: &str, rest: &str) -> String {
        format!("{start} HTTP/1.1\r\nHost: {AUTHORITY}\r\nX-API-KEY: key\r\n{rest}")
    }

    #[test]
    fn the_template_in_all_its_shapes() {
        let line = |authority: &str, base: &str| {
            let template = RequestTemplate::new(authority, base).unwrap();
            let mut writer = RequestWriter::new(&template, REQUEST_BYTES_MAX).unwrap();
            text(writer.get("/x").no_body()).to_owned()
        };
        assert_eq!(line("a.b:8443", ""), "GET /x HTTP/1.1\r\nHost: a.b:8443\r\n\r\n");
        assert_eq!(line("[::1]:80", "/v1/"), "GET /v1/x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
        assert_eq!(line("a", "//"), "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    #[test]
    fn authority() {
        for authority in ["", ":80", "user@host", "a b", "a/b", "h\u{f6}st", "a\r\nX: y", "a\0", "a,b"] {
            assert_eq!(RequestTemplate::new(authority, "").unwrap_err(), BuildError::Authority, "{authority:?}");
        }
    }

    #[test]
    fn capacity() {
        let least = "DELETE /api/v3".len() + lines("", "Content-Length: 0\r\n\r\n").len();
        for bytes in [0, least - 1, REQUEST_BYTES_MAX + 1] {
            assert_eq!(RequestWriter::new(&template(), bytes).unwrap_err(), BuildError::Capacity { bytes, least });
        }
        let mut writer = RequestWriter::new(&template(), least).unwrap();
        assert_eq!(writer.delete("").no_body().unwrap().as_bytes().len(), least);
    }

    #[test]
    fn secrets_are_erased_on_drop() {
        fn erased<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let writer = writer();
        erased(&writer.buffer);
        erased(&template().head);
    }

    #[test]
    fn the_snippet_of_the_design() {
        let mut writer = writer();
        assert_eq!(
            text(writer.post("/order").body(br#"{"a":1}"#).finish()),
            lines("POST /api/v3/order", "Content-Length: 7\r\n\r\n{\"a\":1}")
        );
    }

    #[test]
    fn without_a_body_each_method_says_what_it_has_to() {
        let mut writer = writer();
        let says_so = "Content-Length: 0\r\n\r\n";
        for (method, end) in [
            (Method::Delete, says_so),
            (Method::Get, "\r\n"),
            (Method::Head, "\r\n"),
            (Method::Patch, says_so),
            (Method::Post, says_so),
            (Method::Put, says_so),
        ] {
            let request = writer.start(method, "/order").no_body().unwrap();
            assert_eq!(text(Ok(request)), lines(&format!("{} /api/v3/order", method.text()), end));
            assert_eq!(request.method(), method);
        }
        assert!(writer.get("/a").no_body().unwrap().as_bytes().starts_with(b"GET /api/v3/a "));
        assert!(writer.put("/a").no_body().unwrap().as_bytes().starts_with(b"PUT /api/v3/a "));
        assert!(writer.delete("/a").no_body().unwrap().as_bytes().starts_with(b"DELETE /api/v3/a "));
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut template = template();
        template.default_header("PASSPHRASE", "topsecret").unwrap();
        let mut writer = RequestWriter::new(&template, 1024).unwrap();
        let shown = format!("{template:?} {writer:?}");
        let mut query = writer.post("/order").query();
        query.put("signature=topsecret");
        let shown = format!("{shown} {query:?}");
        let mut body = query.header("A", "topsecret").start_body();
        body.put("topsecret");
        let shown = format!("{shown} {body:?}");
        let shown = format!("{shown} {:?}", body.finish().unwrap());
        assert!(!shown.contains("topsecret"), "{shown}");
        assert!(shown.ends_with("Request { method: Post, path: \"/api/v3/order\", bytes: 159, .. }"), "{shown}");
    }
}
