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
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::decimal::Decimal;
use crate::http::rules::{Rule, blank_end, forbidden_header};
use crate::http::text::{Room, digit_count};

/// The most bytes one request may have. One request is one TLS record, and a record carries no more.
/// Source: RFC 8446 section 5.1.
pub const REQUEST_BYTES_MAX: usize = 16_384;

/// The buffer a writer gets unless the pool's builder says otherwise: all that one request may have, so that nobody meets a
/// smaller limit by surprise. Pages that no request reaches are never touched.
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
    const fn says_no_body(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

/// Why a request cannot be written. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The authority is no `host` or `host:port`.
    #[error(
        "the authority (what stands in `Host`) must be a host name or address with an optional port, such as api.example.com or 127.0.0.1:8443"
    )]
    Authority,
    /// The buffer's size is out of range.
    #[error(
        "a request buffer of {bytes} bytes was asked for: ClientPool::builder().request_bytes(n) takes {least} (base path and default headers fit in it) to {REQUEST_BYTES_MAX} (one TLS record)"
    )]
    Capacity {
        /// What was asked for.
        bytes: usize,
        /// The least that could carry any request of this pool.
        least: usize,
    },
    /// A gap was filled through another request's draft.
    #[error("a gap was filled that another request's draft reserved: reserve and fill in the same draft")]
    GapForeign,
    /// A gap was never filled.
    #[error("{gaps} gap(s) kept with reserve() were never filled: fill each before the request is finished")]
    GapUnfilled {
        /// How many.
        gaps: u32,
    },
    /// A gap was filled with another number of bytes than it keeps.
    #[error("a gap of {width} bytes was filled with {given}: reserve() takes the exact width of what fill() writes")]
    GapWidth {
        /// The width kept.
        width: usize,
        /// The number of bytes given.
        given: usize,
    },
    /// A header is not the caller's to set.
    #[error("the header {name} is written by orderwire, or would change how the connection works: leave it out")]
    HeaderForbidden {
        /// Its name.
        name: &'static str,
    },
    /// A header's name is no token.
    #[error("a header's name must be one or more letters, digits and !#$%&'*+-.^_`|~, without a blank or a colon")]
    HeaderName,
    /// A header's value has a byte that no value may have.
    #[error(
        "byte {at} of a header's value is {byte:#04x}: values take visible ASCII, with blanks and tabs only inside; look for a line feed or blank at the value's end"
    )]
    HeaderValue {
        /// The byte.
        byte: u8,
        /// How many bytes of the same piece stand before it.
        at: usize,
    },
    /// The order lacks a field this venue asks for.
    #[error("{field} is missing: {cure}")]
    MissingField {
        /// The field.
        field: &'static str,
        /// What to set it to.
        cure: &'static str,
    },
    /// The request does not fit the buffer.
    #[error(
        "the request takes {needed} bytes and the buffer holds {limit}: set ClientPool::builder().request_bytes(n), at most {REQUEST_BYTES_MAX} (one TLS record), or ask for less at once"
    )]
    Overflow {
        /// The bytes of the whole request.
        needed: usize,
        /// The bytes of the buffer.
        limit: usize,
    },
    /// The path has a byte that no path may have.
    #[error(
        "byte {at} of what was put in the path is {byte:#04x}: percent-encode values with segment() or put_percent(); a query goes through query()"
    )]
    PathByte {
        /// The byte.
        byte: u8,
        /// How many bytes of the same piece stand before it.
        at: usize,
    },
    /// A value cannot stand as one segment of a path.
    #[error("an empty path segment, `.` or `..` would name another endpoint: give the value that belongs there")]
    PathSegment,
    /// The path does not start with `/`.
    #[error("a path must start with `/`, such as /order (it may be empty below a base path)")]
    PathStart,
    /// The query has a byte that no query may have.
    #[error(
        "byte {at} of what was put in the query is {byte:#04x}: percent-encode values with pair() or put_percent()"
    )]
    QueryByte {
        /// The byte.
        byte: u8,
        /// How many bytes of the same piece stand before it.
        at: usize,
    },
    /// The venue cannot do what was asked.
    #[error("{what} is not possible here: {cure}")]
    Unsupported {
        /// What was asked.
        what: &'static str,
        /// What to do instead.
        cure: &'static str,
    },
    /// A field has a value this venue does not take.
    #[error("{field} has a value that cannot be sent: {cure}")]
    Value {
        /// The field.
        field: &'static str,
        /// What would be right.
        cure: &'static str,
    },
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
        let value = value.as_ref();
        check_header_name(name.as_bytes())?;
        check(Rule::Value, value)?;
        check_ends(value)?;
        let parts = [&self.head, name.as_bytes(), b": ", value, b"\r\n"];
        // Made anew at its exact size: a vector that grows leaves its old bytes, and a key among them, behind.
        let mut head = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        for part in parts {
            head.extend_from_slice(part);
        }
        self.head = head;
        Ok(self)
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
    template: RequestTemplate,
    /// The number of the next request, distinct over all writers, so that a gap is filled only where it was reserved.
    number: u64,
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
            buffer: Zeroizing::new(vec![0; capacity_bytes].into_boxed_slice()),
            template: template.clone(),
            number: WRITERS.fetch_add(1, Ordering::Relaxed).wrapping_mul(REQUESTS_PER_WRITER),
        })
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
        self.begin(method, true, path)
    }

    /// Starts a request outside the base path, so that one pool serves, say, `/api/v3` and `/sapi/v1`.
    #[inline(always)]
    pub fn start_absolute(&mut self, method: Method, path: &str) -> Draft<'_> {
        self.begin(method, false, path)
    }

    #[inline(always)]
    fn begin(&mut self, method: Method, below_base: bool, path: &str) -> Draft<'_> {
        self.number = self.number.wrapping_add(1);
        let mut room = Room::new(&mut self.buffer);
        room.put(method.text().as_bytes()).put(b" ");
        let target_start = room.len();
        if below_base {
            room.put(self.template.base_path.as_bytes());
        }
        let part_start = room.len();
        let mut draft = Draft {
            inner: Inner {
                room,
                head: &self.template.head,
                number: self.number,
                method,
                target_start,
                target_end: 0,
                query_start: 0,
                part_start,
                gaps: 0,
                error: None,
            },
            phase: PhantomData,
        };
        draft.put(path);
        draft
    }
}

/// Shows the template and the buffer's size; what was written may be secret.
impl fmt::Debug for RequestWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestWriter")
            .field("template", &self.template)
            .field("capacity_bytes", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

/// A request being written, in the phase `P`.
#[must_use = "a draft sends nothing: finish it"]
pub struct Draft<'b, P: Phase = Path> {
    inner: Inner<'b>,
    phase: PhantomData<P>,
}

/// What all phases share.
struct Inner<'b> {
    room: Room<'b>,
    head: &'b [u8],
    number: u64,
    method: Method,
    target_start: usize,
    /// 0 until the target is complete.
    target_end: usize,
    /// 0 without a query.
    query_start: usize,
    /// Where the current part starts: the path without the base path, a header's value, the body.
    part_start: usize,
    gaps: u32,
    error: Option<BuildError>,
}

/// A place in a draft, to come back to with [`Draft::since`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// A gap in a draft, to be filled before the request is finished.
#[derive(Debug)]
#[must_use = "a gap must be filled, or the request is refused"]
pub struct Reserved {
    request: u64,
    at: usize,
    width: usize,
    rule: Rule,
}

/// In every phase: what was written, and the gaps in it.
impl<'b, P: Phase> Draft<'b, P> {
    /// The method; some venues sign it.
    #[inline]
    pub fn method(&self) -> Method {
        self.inner.method
    }

    /// The path as it will be sent, base path included, query excluded. Complete once the query or the headers are begun.
    #[inline]
    pub fn path(&self) -> &[u8] {
        self.inner.room.span(self.inner.target_start, self.inner.path_end())
    }

    /// What stands after the `?`; empty without a query.
    #[inline]
    pub fn query_text(&self) -> &[u8] {
        let inner = &self.inner;
        if inner.query_start == 0 { &[] } else { inner.room.span(inner.query_start, inner.target_end()) }
    }

    /// The request target exactly as it will be sent: path, and `?` and query when there is one.
    #[inline]
    pub fn target(&self) -> &[u8] {
        self.inner.room.span(self.inner.target_start, self.inner.target_end())
    }

    /// The place where the next byte goes.
    #[inline]
    pub fn mark(&self) -> Mark {
        Mark(self.inner.room.len())
    }

    /// All that was written since `mark`; empty once the request no longer fits its buffer.
    #[inline]
    pub fn since(&self, mark: Mark) -> &[u8] {
        self.inner.room.span(mark.0, self.inner.room.len())
    }

    /// Writes into a gap kept before.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`], and as for the place the gap stands in.
    #[inline]
    pub fn fill(&mut self, gap: Reserved, text: &[u8]) -> &mut Self {
        self.inner.fill(&gap, text);
        self
    }

    /// Refuses the request: the first refusal comes out of [`finish`](Draft::finish) or [`no_body`](Draft::no_body).
    #[cold]
    pub fn refuse(&mut self, error: BuildError) -> &mut Self {
        self.inner.refuse(error);
        self
    }

    #[inline]
    fn turn<Q: Phase>(self) -> Draft<'b, Q> {
        Draft { inner: self.inner, phase: PhantomData }
    }
}

/// Where text is put: path, query, a header's value, body.
impl<P: Writable> Draft<'_, P> {
    /// Appends bytes as they are. In a literal they are checked when compiled.
    ///
    /// **Errors**, when finished. [`BuildError::PathByte`], [`BuildError::QueryByte`] or [`BuildError::HeaderValue`], by the
    /// phase; a body takes any byte.
    #[inline(always)]
    pub fn put(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let text = text.as_ref();
        if let Err(error) = check(P::RULE, text) {
            self.inner.refuse(error);
        }
        self.inner.room.put(text);
        self
    }

    /// Appends a number in decimal digits.
    #[inline]
    pub fn put_u64(&mut self, number: u64) -> &mut Self {
        self.inner.room.put_u64(number);
        self
    }

    /// Appends a decimal without exponent, with the places it has.
    #[inline]
    pub fn put_decimal(&mut self, decimal: Decimal) -> &mut Self {
        self.inner.room.put_decimal(decimal);
        self
    }

    /// Appends bytes as lower-case hex.
    #[inline]
    pub fn put_hex(&mut self, bytes: &[u8]) -> &mut Self {
        self.inner.room.put_hex(bytes);
        self
    }

    /// Appends bytes in standard base64 with padding.
    #[inline]
    pub fn put_base64(&mut self, bytes: &[u8]) -> &mut Self {
        self.inner.room.put_base64(bytes);
        self
    }

    /// Appends text percent-encoded: unreserved characters (RFC 3986 section 2.3) stay, all else is `%XX`, upper case.
    #[inline]
    pub fn put_percent(&mut self, text: &str) -> &mut Self {
        self.inner.room.put_percent(text);
        self
    }

    /// Keeps a gap of exactly `width` bytes, to be filled once what it depends on is written: a signature before what it
    /// covers, say.
    #[inline]
    pub fn reserve(&mut self, width: usize) -> Reserved {
        let inner = &mut self.inner;
        let at = inner.room.len();
        if let Some(room) = inner.room.grow(width) {
            // Any byte that every phase takes, so that the gap itself passes the checks.
            room.fill(b'0');
        }
        inner.gaps += 1;
        Reserved { request: inner.number, at, width, rule: P::RULE }
    }
}

impl<'b> Draft<'b, Path> {
    /// Appends `/` and one segment, percent-encoded: an order's id, say.
    ///
    /// **Errors**, when finished. [`BuildError::PathSegment`] for an empty text, `.` and `..`: `DELETE /orders/` may well
    /// mean all of them.
    #[inline]
    pub fn segment(&mut self, text: &str) -> &mut Self {
        if matches!(text, "" | "." | "..") {
            self.inner.refuse(BuildError::PathSegment);
        }
        self.inner.room.put(b"/").put_percent(text);
        self
    }

    /// Goes on to the query. One that stays empty leaves no `?`.
    #[inline]
    pub fn query(mut self) -> Draft<'b, Query> {
        self.inner.end_path();
        self.inner.room.put(b"?");
        self.inner.query_start = self.inner.room.len();
        self.turn()
    }
}

impl Draft<'_, Query> {
    /// Appends `name=value`, both percent-encoded, after an `&` unless it is the first.
    #[inline]
    pub fn pair(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name).put_percent(value)
    }

    /// Appends `name=` and a number.
    #[inline]
    pub fn pair_u64(&mut self, name: &str, value: u64) -> &mut Self {
        self.name(name).put_u64(value)
    }

    /// Appends `name=` and a decimal without exponent.
    #[inline]
    pub fn pair_decimal(&mut self, name: &str, value: Decimal) -> &mut Self {
        self.name(name).put_decimal(value)
    }

    #[inline]
    fn name(&mut self, name: &str) -> &mut Self {
        let room = &mut self.inner.room;
        if room.len() > self.inner.query_start {
            room.put(b"&");
        }
        room.put_percent(name).put(b"=");
        self
    }
}

/// From any phase before the body.
impl<'b, P: BeforeBody> Draft<'b, P> {
    /// Goes on to the headers; the target is complete.
    #[inline]
    pub fn headers(mut self) -> Draft<'b, Headers> {
        P::end(&mut self);
        self.turn()
    }

    /// Writes one header.
    ///
    /// **Errors**, when finished. [`BuildError::HeaderName`]; [`BuildError::HeaderForbidden`] for `Host`, `Content-Length`,
    /// `Transfer-Encoding` and what belongs to the connection; [`BuildError::HeaderValue`] for control characters, anything
    /// but ASCII and blanks at the ends. Tabs inside are allowed (RFC 9110 section 5.5).
    #[inline(always)]
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Draft<'b, Headers> {
        let mut draft = self.start_header(name);
        draft.put(value);
        draft.end_header()
    }

    /// Starts one header, whose value is written piece by piece.
    #[inline(always)]
    pub fn start_header(self, name: &str) -> Draft<'b, Value> {
        let mut draft = self.headers();
        if let Err(error) = check_header_name(name.as_bytes()) {
            draft.inner.refuse(error);
        }
        draft.inner.room.put(name.as_bytes()).put(b": ");
        draft.inner.part_start = draft.inner.room.len();
        draft.turn()
    }

    /// Ends the head and writes the whole body.
    #[inline]
    pub fn body(self, body: impl AsRef<[u8]>) -> Draft<'b, Ready> {
        let body = body.as_ref();
        let mut draft = self.headers();
        let room = &mut draft.inner.room;
        room.put(b"Content-Length: ").put_u64(body.len() as u64).put(b"\r\n\r\n").put(body);
        draft.turn()
    }

    /// Ends the head; the body is written piece by piece.
    ///
    /// **Shape.** `Content-Length` goes into a gap of fixed width, blanks before the digits (RFC 9112 section 5 allows them).
    #[inline]
    pub fn start_body(self) -> Draft<'b, Body> {
        let mut draft = self.headers();
        draft.inner.room.put(b"Content-Length:").put(&[b' '; LENGTH_WIDTH]).put(b"\r\n\r\n");
        draft.inner.part_start = draft.inner.room.len();
        draft.turn()
    }

    /// Ends the head of a request without a body, and with it the request. `GET` and `HEAD` say nothing about a body, the
    /// others `Content-Length: 0`.
    ///
    /// **Errors.** As [`finish`](Draft::finish).
    #[inline]
    pub fn no_body(self) -> Result<Request<'b>, BuildError> {
        let mut draft = self.headers();
        let says_so = draft.inner.method.says_no_body();
        draft.inner.room.put(if says_so { NO_BODY } else { b"\r\n" });
        draft.inner.finish()
    }
}

impl<'b> Draft<'b, Value> {
    /// Ends the header.
    #[inline]
    pub fn end_header(mut self) -> Draft<'b, Headers> {
        if let Err(error) = check_ends(self.inner.part()) {
            self.inner.refuse(error);
        }
        self.inner.room.put(b"\r\n");
        self.turn()
    }
}

impl<'b> Draft<'b, Body> {
    /// The body written so far.
    #[inline]
    pub fn body_text(&self) -> &[u8] {
        self.inner.part()
    }

    /// Ends the body and with it the request.
    ///
    /// **Errors.** The first thing that could not be written, else [`BuildError::Overflow`], else
    /// [`BuildError::GapUnfilled`].
    #[inline]
    pub fn finish(mut self) -> Result<Request<'b>, BuildError> {
        let inner = &mut self.inner;
        let body_bytes = (inner.room.len() - inner.part_start) as u64;
        let digits = digit_count(body_bytes);
        let end = inner.part_start - "\r\n\r\n".len();
        // Absent only when the request overflows, as it does with every body that has more digits: then it is refused.
        if digits < LENGTH_WIDTH
            && let Some(gap) = inner.room.span_mut(end - digits, digits)
        {
            Room::new(gap).put_u64(body_bytes);
        }
        self.inner.finish()
    }
}

impl<'b> Draft<'b, Ready> {
    /// Ends the request; gaps may be filled before.
    ///
    /// **Errors.** The first thing that could not be written, else [`BuildError::Overflow`], else
    /// [`BuildError::GapUnfilled`].
    #[inline]
    pub fn finish(self) -> Result<Request<'b>, BuildError> {
        self.inner.finish()
    }
}

impl<'b> Inner<'b> {
    #[cold]
    fn refuse(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// What was written since the part began.
    #[inline]
    fn part(&self) -> &[u8] {
        self.room.span(self.part_start, self.room.len())
    }

    /// Where the path ends, or would if it ended now.
    #[inline]
    fn path_end(&self) -> usize {
        if self.query_start == 0 { self.target_end() } else { self.query_start - "?".len() }
    }

    /// Where the target ends, or would if it ended now.
    #[inline]
    fn target_end(&self) -> usize {
        if self.target_end != 0 { self.target_end } else { self.room.len() - self.lone_question_mark() }
    }

    #[inline]
    fn lone_question_mark(&self) -> usize {
        usize::from(self.query_start == self.room.len())
    }

    #[inline]
    fn end_path(&mut self) {
        let below_base = self.part_start > self.target_start;
        let starts_right = match self.part().first() {
            Some(&first) => first == b'/',
            // Empty: fine below a base path, and when the request does not fit there is nothing to see.
            None => below_base || self.room.len() > self.room.capacity(),
        };
        if !starts_right {
            self.refuse(BuildError::PathStart);
        }
    }

    #[inline]
    fn end_query(&mut self) {
        if self.lone_question_mark() == 1 {
            self.room.shorten(1);
            self.query_start = 0;
        }
    }

    #[inline]
    fn put_head(&mut self) {
        self.target_end = self.room.len();
        self.room.put(self.head);
    }

    #[inline]
    fn fill(&mut self, gap: &Reserved, text: &[u8]) {
        if gap.request != self.number {
            return self.refuse(BuildError::GapForeign);
        }
        self.gaps -= 1;
        if gap.width != text.len() {
            return self.refuse(BuildError::GapWidth { width: gap.width, given: text.len() });
        }
        if let Err(error) = check(gap.rule, text) {
            return self.refuse(error);
        }
        if let (Rule::Value, Err(error)) = (gap.rule, check_ends(text)) {
            return self.refuse(error);
        }
        // Absent only when the request overflows: then it is refused.
        if let Some(room) = self.room.span_mut(gap.at, gap.width) {
            room.copy_from_slice(text);
        }
    }

    #[inline]
    fn finish(self) -> Result<Request<'b>, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let (method, path) = (self.method, (self.target_start, self.path_end()));
        let overflow = BuildError::Overflow { needed: self.room.len(), limit: self.room.capacity() };
        let bytes = self.room.into_written().ok_or(overflow)?;
        if self.gaps > 0 {
            return Err(BuildError::GapUnfilled { gaps: self.gaps });
        }
        Ok(Request { bytes, method, path })
    }
}

/// A complete request: one head and one body, never to be changed. The only thing a connection sends.
#[derive(Clone, Copy)]
pub struct Request<'b> {
    bytes: &'b [u8],
    method: Method,
    path: (usize, usize),
}

impl<'b> Request<'b> {
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

/// Shows where the draft is, and of its text the length only.
impl<P: Phase> fmt::Debug for Draft<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("phase", &P::NAME)
            .field("method", &self.inner.method)
            .field("bytes", &self.inner.room.len())
            .field("error", &self.inner.error)
            .finish_non_exhaustive()
    }
}

/// A phase of a [`Draft`].
#[expect(private_bounds, reason = "sealed: the phases are those of this file")]
pub trait Phase: Named {}

/// A phase in which text is put.
#[expect(private_bounds, reason = "sealed: the phases are those of this file")]
pub trait Writable: Phase + Ruled {}

/// A phase before the body.
#[expect(private_bounds, reason = "sealed: the phases are those of this file")]
pub trait BeforeBody: Phase + Ends {}

trait Named {
    const NAME: &'static str;
}

trait Ruled {
    const RULE: Rule;
}

trait Ends: Phase + Sized {
    /// Brings the draft to the headers.
    fn end(draft: &mut Draft<'_, Self>);
}

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Named for $name {
            const NAME: &'static str = stringify!($name);
        }
        impl Phase for $name {}
    )*};
}

phases! {
    /// The path is being written.
    Path;
    /// The query is being written.
    Query;
    /// Headers are being written.
    Headers;
    /// The value of one header is being written.
    Value;
    /// The body is being written.
    Body;
    /// All is written; gaps may still be filled.
    Ready;
}

impl Writable for Path {}
impl Writable for Query {}
impl Writable for Value {}
impl Writable for Body {}

impl Ruled for Path {
    const RULE: Rule = Rule::Path;
}
impl Ruled for Query {
    const RULE: Rule = Rule::Query;
}
impl Ruled for Value {
    const RULE: Rule = Rule::Value;
}
impl Ruled for Body {
    const RULE: Rule = Rule::Body;
}

impl BeforeBody for Path {}
impl BeforeBody for Query {}
impl BeforeBody for Headers {}

impl Ends for Path {
    #[inline]
    fn end(draft: &mut Draft<'_, Self>) {
        draft.inner.end_path();
        draft.inner.put_head();
    }
}
impl Ends for Query {
    #[inline]
    fn end(draft: &mut Draft<'_, Self>) {
        draft.inner.end_query();
        draft.inner.put_head();
    }
}
impl Ends for Headers {
    #[inline]
    fn end(_: &mut Draft<'_, Self>) {}
}

/// Refuses the first byte that may not stand there.
#[inline(always)]
fn check(rule: Rule, text: &[u8]) -> Result<(), BuildError> {
    if rule.refuses(text) { Err(refusal(rule, text)) } else { Ok(()) }
}

#[cold]
fn refusal(rule: Rule, text: &[u8]) -> BuildError {
    let (byte, at) = rule.first_refused(text).unwrap_or_default();
    match rule {
        Rule::Path => BuildError::PathByte { byte, at },
        Rule::Query => BuildError::QueryByte { byte, at },
        Rule::Token => BuildError::HeaderName,
        Rule::Body | Rule::Unreserved | Rule::Value => BuildError::HeaderValue { byte, at },
    }
}

#[inline]
fn check_ends(value: &[u8]) -> Result<(), BuildError> {
    blank_end(value).map_or(Ok(()), |(byte, at)| Err(BuildError::HeaderValue { byte, at }))
}

#[inline(always)]
fn check_header_name(name: &[u8]) -> Result<(), BuildError> {
    if name.is_empty() {
        return Err(BuildError::HeaderName);
    }
    check(Rule::Token, name)?;
    forbidden_header(name).map_or(Ok(()), |name| Err(BuildError::HeaderForbidden { name }))
}

/// The end of a head whose method has to say that no body follows.
const NO_BODY: &[u8] = b"Content-Length: 0\r\n\r\n";

/// One blank and the digits of the longest body.
const LENGTH_WIDTH: usize = " ".len() + REQUEST_BYTES_MAX.ilog10() as usize + 1;

const _: () = assert!(REQUEST_BYTES_DEFAULT <= REQUEST_BYTES_MAX);
const _: () = assert!(size_of::<BuildError>() <= 64);

/// How many writers were made.
static WRITERS: AtomicU64 = AtomicU64::new(0);

/// Request numbers set aside for each writer: at a million requests a second they last 12 days each, and a gap held over from
/// so long ago by a caller is all that could be taken for another's.
const REQUESTS_PER_WRITER: u64 = 1 << 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> RequestWriter {
        let mut template = RequestTemplate::new("api.example.com", "/api/v3").unwrap();
        template.default_header("X-API-KEY", "key").unwrap();
        RequestWriter::new(&template, REQUEST_BYTES_DEFAULT).unwrap()
    }

    fn text(request: Result<Request<'_>, BuildError>) -> &str {
        std::str::from_utf8(request.unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn the_snippet_of_the_design() {
        let mut writer = writer();
        assert_eq!(
            text(writer.post("/order").body(br#"{"a":1}"#).finish()),
            "POST /api/v3/order HTTP/1.1\r\nHost: api.example.com\r\nX-API-KEY: key\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
        );
    }

    #[test]
    fn a_query_that_is_signed() {
        let mut writer = writer();
        let mut draft = writer.delete("/order").query();
        let signed = draft.mark();
        draft.put(b"symbol=").put_percent("\u{ff11}").put(b"&timestamp=").put_u64(1499827319559);
        assert_eq!(draft.since(signed), b"symbol=%EF%BC%91&timestamp=1499827319559");
        assert_eq!(draft.target(), b"/api/v3/order?symbol=%EF%BC%91&timestamp=1499827319559");
        draft.put(b"&signature=").put_hex(&[0xab, 0x01]);
        assert_eq!(
            text(draft.headers().no_body()),
            "DELETE /api/v3/order?symbol=%EF%BC%91&timestamp=1499827319559&signature=ab01 HTTP/1.1\r\nHost: api.example.com\r\n\
             X-API-KEY: key\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_signature_in_a_header_over_a_body_that_comes_after_it() {
        let mut writer = writer();
        let mut header = writer.start_absolute(Method::Post, "/v5/order").start_header("SIGN");
        let gap = header.reserve(4);
        let mut body = header.end_header().header("Content-Type", "application/json").start_body();
        body.put(b"{\"px\":").put_decimal(crate::dec!(1.50)).put(b"}");
        assert_eq!(body.body_text(), b"{\"px\":1.50}");
        assert_eq!(body.target(), b"/v5/order");
        body.fill(gap, b"c2ln");
        assert_eq!(
            text(body.finish()),
            "POST /v5/order HTTP/1.1\r\nHost: api.example.com\r\nX-API-KEY: key\r\nSIGN: c2ln\r\n\
             Content-Type: application/json\r\nContent-Length:    11\r\n\r\n{\"px\":1.50}"
        );
    }

    #[test]
    fn a_query_that_stays_empty_leaves_no_question_mark() {
        let mut writer = writer();
        let draft = writer.get("/time").query();
        assert_eq!((draft.target(), draft.query_text()), (&b"/api/v3/time"[..], &b""[..]));
        assert!(text(draft.no_body()).starts_with("GET /api/v3/time HTTP/1.1\r\nHost"));
    }
}
