//! A request being written: its phases, gaps and marks.

use std::fmt;
use std::marker::PhantomData;

use zeroize::Zeroizing;

use super::build_error::BuildError;
use super::request::{FixedHeaders, FixedText, Method, REQUEST_BYTES_MAX, Request};
use super::rules::{Rule, blank_end, forbidden_header, is_alphanumeric_or};
use super::text::{
    Room, TENS, base64_len, blanks_and_digits, digit_count, write_base64, write_digits, write_hex, write_mac_base64,
};
use crate::decimal::Decimal;
use crate::sign::hmac::{HmacSha256, KnownBlocks, Mac};
use crate::time::{Date, Timestamp};

/// A request being written, in the phase `P`.
#[must_use = "a draft sends nothing: finish it"]
pub struct Draft<'b, P: Phase = Path> {
    inner: Inner<'b>,
    phase: PhantomData<P>,
}

/// What all phases share: small, since it moves from phase to phase.
struct Inner<'b> {
    room: Room<'b>,
    frame: &'b mut Frame,
}

/// What is around the text of the request being written.
pub(super) struct Frame {
    /// What stands between the target and the request's own headers.
    head: Zeroizing<Vec<u8>>,
    /// Which request this is, distinct over all writers, so that a gap is filled only where it was reserved.
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
    /// How many bytes the last finished request has.
    finished_bytes: usize,
    /// What tells when a request is ready to be signed, where somebody wants to know; and what it told last.
    watch: Option<fn() -> u64>,
    built: u64,
    /// Of what was signed in this writer.
    known_blocks: KnownBlocks,
    /// Of what was stamped in it last.
    date: Date,
    /// Which slot's requests these are.
    slot: usize,
}

impl Frame {
    /// A frame whose requests count from `number`.
    pub(super) fn new(head: Zeroizing<Vec<u8>>, number: u64) -> Self {
        Self {
            head,
            number,
            method: Method::Get,
            target_start: 0,
            target_end: 0,
            query_start: 0,
            part_start: 0,
            gaps: 0,
            error: None,
            finished_bytes: 0,
            watch: None,
            built: 0,
            known_blocks: KnownBlocks::default(),
            date: Date::default(),
            slot: 0,
        }
    }

    /// Writes the requests of another slot than the first.
    pub(super) fn set_slot(&mut self, slot: usize) {
        self.slot = slot;
    }

    /// Asks `watch` whenever a request is ready to be signed.
    pub(super) fn set_watch(&mut self, watch: fn() -> u64) {
        self.watch = Some(watch);
    }

    /// Keeps the first refusal.
    // Of the frame and not of the draft, whose place in memory nobody is told: it is in the processor's registers.
    #[cold]
    fn refuse(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// How many bytes the last request has that was finished; 0 while one is being written.
    pub(super) fn finished_bytes(&self) -> usize {
        self.finished_bytes
    }

    /// How many bytes stand between the target and the request's own headers.
    pub(super) fn head_bytes(&self) -> usize {
        self.head.len()
    }
}

/// A place in a draft, to come back to with [`Draft::since`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// A stretch of a draft, to be read again with [`Draft::text`].
#[derive(Clone, Copy, Debug)]
pub struct Span {
    from: usize,
    to: usize,
}

/// A gap in a draft, to be filled before the request is finished.
#[derive(Debug)]
#[must_use = "a gap must be filled, or the request is refused"]
pub struct Reserved {
    request: u64,
    at: usize,
    width: usize,
    rule: Rule,
}

impl<'b> Draft<'b, Path> {
    /// The next request of a writer, of which nothing is in `room` yet.
    #[inline(always)]
    pub(super) fn begin(mut room: Room<'b>, frame: &'b mut Frame, method: Method, base_path: &str) -> Self {
        room.put(method.text().as_bytes()).put(b" ");
        frame.number = frame.number.wrapping_add(1);
        frame.method = method;
        frame.target_start = room.len();
        frame.target_end = 0;
        frame.query_start = 0;
        room.put_name(base_path.as_bytes());
        frame.part_start = room.len();
        frame.gaps = 0;
        frame.error = None;
        frame.finished_bytes = 0;
        frame.built = 0;
        Draft { inner: Inner { room, frame }, phase: PhantomData }
    }
}

/// In every phase: what was written, and the gaps in it.
impl<'b, P: Phase> Draft<'b, P> {
    /// The method; some venues sign it.
    #[inline]
    pub fn method(&self) -> Method {
        self.inner.frame.method
    }

    /// Which slot of its client writes it, from 0: a slot has one request in flight, and may have a key of its own.
    #[inline]
    pub fn slot(&self) -> usize {
        self.inner.frame.slot
    }

    /// The path as it will be sent, base path included, query excluded. Complete once the query or the headers are begun.
    #[inline]
    pub fn path(&self) -> &[u8] {
        self.inner.room.span(self.inner.frame.target_start, self.inner.path_end())
    }

    /// What stands after the `?`; empty without a query.
    #[inline]
    pub fn query_text(&self) -> &[u8] {
        let inner = &self.inner;
        if inner.frame.query_start == 0 { &[] } else { inner.room.span(inner.frame.query_start, inner.target_end()) }
    }

    /// Where the [`target`](Self::target) stands.
    #[inline]
    pub fn target_span(&self) -> Span {
        Span { from: self.inner.frame.target_start, to: self.inner.target_end() }
    }

    /// The request target exactly as it will be sent: path, and `?` and query when there is one.
    #[inline]
    pub fn target(&self) -> &[u8] {
        self.inner.room.span(self.inner.frame.target_start, self.inner.target_end())
    }

    /// All that will be signed is written: what follows makes the signature. Only what is measured changes by it: it is the
    /// stage [`Built`](crate::latency::Stage::Built).
    #[inline]
    pub fn built(&mut self) -> &mut Self {
        if let Some(watch) = self.inner.frame.watch {
            self.inner.frame.built = watch();
        }
        self
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

    /// What stands there; empty once the request no longer fits its buffer.
    #[inline]
    pub fn text(&self, span: Span) -> &[u8] {
        self.inner.room.span(span.from, span.to)
    }

    /// The HMAC-SHA256 of all that was written since `mark`. Faster than [`HmacSha256::sign`] of it where the requests of one
    /// writer begin with the same 64 bytes there, more so with the same 128.
    #[inline]
    pub fn hmac_since(&mut self, mark: Mark, key: &HmacSha256) -> [u8; 32] {
        let Inner { room, frame } = &mut self.inner;
        let to = room.len() + HmacSha256::PADDING_BYTES_MAX;
        let signature = match room.split(mark.0, to) {
            Some((_, bytes)) => {
                let filled = bytes.len() - HmacSha256::PADDING_BYTES_MAX;
                key.sign_in_place_from(&mut frame.known_blocks, bytes, filled)
            }
            None => None,
        };
        signature.unwrap_or_else(|| hmac_of_copy(self.since(mark), key)).bytes()
    }

    /// Writes into a gap kept before.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`], and as for the place the gap stands in.
    #[inline]
    pub fn fill(&mut self, gap: Reserved, text: &[u8]) -> &mut Self {
        self.inner.fill(&gap, text);
        self
    }

    /// Writes a number into a gap kept before, which is as wide as its digits are many.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`].
    #[inline]
    pub fn fill_u64(&mut self, gap: Reserved, number: u64) -> &mut Self {
        if let Some(room) = self.inner.gap(&gap, digit_count(number)) {
            write_digits(number, room);
        }
        self
    }

    /// Writes bytes into a gap kept before, as lower-case hex: two digits a byte, written where they are sent.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`].
    #[inline]
    pub fn fill_hex(&mut self, gap: Reserved, bytes: &[u8]) -> &mut Self {
        if let Some(room) = self.inner.gap(&gap, 2 * bytes.len()) {
            write_hex(bytes, room);
        }
        self
    }

    /// Writes bytes into a gap kept before, in standard base64 with padding, written where they are sent.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`].
    #[inline(always)]
    pub fn fill_base64(&mut self, gap: Reserved, bytes: &[u8]) -> &mut Self {
        if let Some(room) = self.inner.gap(&gap, base64_len(bytes.len())) {
            write_base64(bytes, room);
        }
        self
    }

    /// Writes a signature into a gap kept before, of 44 bytes, as [`fill_base64`](Self::fill_base64) writes its bytes.
    ///
    /// **Errors**, when finished. [`BuildError::GapWidth`], [`BuildError::GapForeign`].
    #[inline(always)]
    pub fn fill_mac_base64(&mut self, gap: Reserved, mac: &Mac) -> &mut Self {
        if let Some(room) = self.inner.gap(&gap, base64_len(32)).and_then(|room| room.try_into().ok()) {
            write_mac_base64(mac, room);
        }
        self
    }

    /// Refuses the request: the first refusal comes out of [`finish`](Draft::finish) or [`no_body`](Draft::no_body).
    #[inline]
    pub fn refuse(&mut self, error: BuildError) -> &mut Self {
        self.inner.frame.refuse(error);
        self
    }

    #[inline]
    fn turn<Q: Phase>(self) -> Draft<'b, Q> {
        Draft { inner: self.inner, phase: PhantomData }
    }
}

/// Text that was judged when compiled: it may stand anywhere in a request.
///
/// For [`Draft::put_literal`], where which of several literals is put is decided by the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal(&'static str);

impl Literal {
    /// Use it in a `const`.
    ///
    /// **Panics**, which stops the compiler, when a byte may not stand as it is in a path, of which the rule is the narrowest.
    ///
    /// ```
    /// use orderwire::venue::Literal;
    ///
    /// const GOOD_TILL_CANCELLED: Literal = Literal::new("&timeInForce=GTC");
    /// ```
    ///
    /// ```compile_fail
    /// const WITH_A_BLANK: orderwire::venue::Literal = orderwire::venue::Literal::new("a b");
    /// ```
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        assert!(Rule::Path.takes_literal(text), "a byte of this literal may not stand everywhere in a request");
        Self(text)
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
            self.inner.frame.refuse(error);
        }
        self.inner.room.put(text);
        self
    }

    /// Appends one of several texts that were all judged when compiled.
    #[inline]
    pub fn put_literal(&mut self, Literal(text): Literal) -> &mut Self {
        self.inner.room.put_name(text.as_bytes());
        self
    }

    /// Appends a text that was judged when it was made.
    #[inline(always)]
    pub fn put_fixed(&mut self, text: &FixedText) -> &mut Self {
        self.inner.room.put_start(text.bytes(), text.len());
        self
    }

    /// Appends ASCII letters, digits and bytes of `also`: the form of most venues' client order ids. Judged by that alone and not by
    /// the phase once more; `also` is, so give it as a literal.
    ///
    /// **Returns** whether the text is of that form; if not, nothing is appended.
    #[inline(always)]
    #[must_use]
    pub fn put_alphanumeric_or(&mut self, text: &str, also: &[u8]) -> bool {
        if let Err(error) = check(P::RULE, also) {
            self.inner.frame.refuse(error);
        }
        let is_one = is_alphanumeric_or(text.as_bytes(), also);
        if is_one {
            self.inner.room.put_name(text.as_bytes());
        }
        is_one
    }

    /// Appends a number in decimal digits.
    #[inline(always)]
    pub fn put_u64(&mut self, number: u64) -> &mut Self {
        self.inner.room.put_u64(number);
        self
    }

    /// Appends a decimal without exponent, with the places it has.
    #[inline(always)]
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

    /// Appends bytes in standard base64 with padding, percent-encoded: `+`, `/` and `=` become `%2B`, `%2F` and `%3D`.
    #[inline]
    pub fn put_base64_percent(&mut self, bytes: &[u8]) -> &mut Self {
        self.inner.room.put_base64_percent(bytes);
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
        inner.frame.gaps += 1;
        Reserved { request: inner.frame.number, at, width, rule: P::RULE }
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
            self.inner.frame.refuse(BuildError::PathSegment);
        }
        self.inner.room.put(b"/").put_percent(text);
        self
    }

    /// Goes on to the query. One that stays empty leaves no `?`.
    #[inline]
    pub fn query(mut self) -> Draft<'b, Query> {
        self.inner.end_path();
        self.inner.room.put(b"?");
        self.inner.frame.query_start = self.inner.room.len();
        self.turn()
    }
}

impl Draft<'_, Query> {
    /// The place where the query starts, behind the `?`.
    #[inline]
    pub fn query_mark(&self) -> Mark {
        Mark(self.inner.frame.query_start)
    }

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
        if room.len() > self.inner.frame.query_start {
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

    /// Writes one header whose value is a number.
    ///
    /// **Errors**, when finished. [`BuildError::HeaderName`], [`BuildError::HeaderForbidden`].
    #[inline(always)]
    pub fn header_u64(self, name: &str, number: u64) -> Draft<'b, Headers> {
        let mut draft = self.start_header(name);
        draft.put_u64(number);
        draft.end_line()
    }

    /// Writes headers that were judged before.
    #[inline(always)]
    pub fn fixed_headers(self, headers: &FixedHeaders) -> Draft<'b, Headers> {
        let mut draft = self.headers();
        draft.inner.room.put(headers.lines());
        draft
    }

    /// Writes one header whose value is a time, as [RFC 3339 writes it](Timestamp::rfc3339), and tells that text, which may be signed.
    ///
    /// **Errors**, when finished. As [`header_u64`](Self::header_u64).
    #[inline(always)]
    pub fn header_rfc3339(self, name: &str, time: Timestamp) -> (Draft<'b, Headers>, [u8; Timestamp::RFC3339_BYTES]) {
        let mut draft = self.start_header(name);
        let text = time.rfc3339_of(&mut draft.inner.frame.date);
        draft.inner.room.put(&text);
        (draft.end_line(), text)
    }

    /// Writes one header whose value is a gap, as [`reserve`](Draft::reserve) keeps it: a signature of what follows.
    ///
    /// **Errors**, when finished. As [`header_u64`](Self::header_u64).
    #[inline(always)]
    pub fn header_gap(self, name: &str, width: usize) -> (Draft<'b, Headers>, Reserved) {
        let mut draft = self.start_header(name);
        let gap = draft.reserve(width);
        (draft.end_line(), gap)
    }

    /// Starts one header, whose value is written piece by piece.
    #[inline(always)]
    pub fn start_header(self, name: &str) -> Draft<'b, Value> {
        let mut draft = self.headers();
        if let Err(error) = check_header_name(name.as_bytes()) {
            draft.inner.frame.refuse(error);
        }
        draft.inner.room.put(name.as_bytes()).put(b": ");
        draft.inner.frame.part_start = draft.inner.room.len();
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
        draft.inner.frame.part_start = draft.inner.room.len();
        draft.turn()
    }

    /// Ends the head of a request without a body, and with it the request. `GET` and `HEAD` say nothing about a body, the
    /// others `Content-Length: 0`.
    ///
    /// **Errors.** As [`finish`](Draft::finish).
    #[inline]
    pub fn no_body(self) -> Result<Request<'b>, BuildError> {
        let mut draft = self.headers();
        let says_so = draft.inner.frame.method.says_no_body();
        draft.inner.room.put_name(if says_so { NO_BODY } else { b"\r\n" });
        draft.inner.finish()
    }
}

impl Draft<'_, Headers> {
    /// The value of the header that was written last, one of [`header`](Self::header) and its kind: where it is signed as well, it is
    /// written once.
    #[inline]
    pub fn last_value(&self) -> Span {
        Span { from: self.inner.frame.part_start, to: self.inner.room.len() - b"\r\n".len() }
    }
}

impl<'b> Draft<'b, Value> {
    /// Ends the header.
    #[inline]
    pub fn end_header(self) -> Draft<'b, Headers> {
        if let Err(error) = check_ends(self.inner.part()) {
            self.inner.frame.refuse(error);
        }
        self.end_line()
    }

    /// The same, of a value that has no blank at an end.
    #[inline]
    fn end_line(mut self) -> Draft<'b, Headers> {
        self.inner.room.put(b"\r\n");
        self.turn()
    }
}

/// A part of the text that a signature covers.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a text is in the draft or it is not")]
pub enum Part<'a> {
    /// A text.
    Text(&'a [u8]),
    /// What stands in the draft.
    Span(Span),
}

impl<'b> Draft<'b, Body> {
    /// The HMAC-SHA256 of these parts and of the body behind them.
    ///
    /// Nothing of the body is copied: what stands before it is put aside while the parts stand in its place.
    #[inline(always)]
    pub fn hmac_of_body(&mut self, lead: &[Part<'_>], key: &HmacSha256) -> Mac {
        self.inner.hmac_of_body(lead, key)
    }

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
    pub fn finish(self) -> Result<Request<'b>, BuildError> {
        self.end_body().finish()
    }

    /// Ends the body, so that gaps alone are left to be filled. What does not wait for a signature is written before it, while the
    /// processor still hashes.
    #[inline]
    pub fn end_body(mut self) -> Draft<'b, Ready> {
        let inner = &mut self.inner;
        let body_bytes = (inner.room.len() - inner.frame.part_start) as u64;
        let end = inner.frame.part_start - "\r\n\r\n".len();
        // Absent only when the request overflows, as it does with every body that has more digits: then it is refused.
        if body_bytes < TENS.0[LENGTH_WIDTH - 1]
            && let Some(gap) = inner.room.span_mut(end - LENGTH_WIDTH, LENGTH_WIDTH)
        {
            let text = blanks_and_digits(body_bytes).to_le_bytes();
            gap.copy_from_slice(&text[text.len() - LENGTH_WIDTH..]);
        }
        self.turn()
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
    #[inline(always)]
    fn hmac_of_body(&mut self, lead: &[Part<'_>], key: &HmacSha256) -> Mac {
        let body_start = self.frame.part_start;
        match self.hmac_in_place(lead, key) {
            Some(mac) => mac,
            None => self.room.aside(|room| hmac_of_copies(room, body_start, lead, key)),
        }
    }

    /// `None` where there is no room for it behind the body, or more to be put before it than is put aside.
    #[inline(always)]
    fn hmac_in_place(&mut self, lead: &[Part<'_>], key: &HmacSha256) -> Option<Mac> {
        let (body_start, body_end) = (self.frame.part_start, self.room.len());
        let aside = body_start.checked_sub(ASIDE_BYTES)?;
        let (head, bytes) = self.room.split(aside, body_end + HmacSha256::PADDING_BYTES_MAX)?;
        let kept = *bytes.first_chunk::<ASIDE_BYTES>()?;
        let mut lead_bytes = 0;
        for part in lead {
            lead_bytes += match *part {
                Part::Text(text) => text.len(),
                Part::Span(span) => head.get(span.from..span.to)?.len(),
            };
        }
        let mut at = ASIDE_BYTES.checked_sub(lead_bytes)?;
        let text = at;
        // Nothing is written before it is certain that all can be, and nothing left undone from here on.
        for part in lead {
            let part = match *part {
                Part::Text(text) => text,
                Part::Span(span) => head.get(span.from..span.to).unwrap_or_default(),
            };
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        let signature = key.sign_in_place(&mut bytes[text..], lead_bytes + body_end - body_start);
        bytes[..ASIDE_BYTES].copy_from_slice(&kept);
        signature
    }

    /// What was written since the part began.
    #[inline]
    fn part(&self) -> &[u8] {
        self.room.span(self.frame.part_start, self.room.len())
    }

    /// Where the path ends, or would if it ended now.
    #[inline]
    fn path_end(&self) -> usize {
        if self.frame.query_start == 0 { self.target_end() } else { self.frame.query_start - "?".len() }
    }

    /// Where the target ends, or would if it ended now.
    #[inline]
    fn target_end(&self) -> usize {
        if self.frame.target_end != 0 { self.frame.target_end } else { self.room.len() - self.lone_question_mark() }
    }

    #[inline]
    fn lone_question_mark(&self) -> usize {
        usize::from(self.frame.query_start == self.room.len())
    }

    #[inline]
    fn end_path(&mut self) {
        let below_base = self.frame.part_start > self.frame.target_start;
        let starts_right = match self.part().first() {
            Some(&first) => first == b'/',
            // Empty: fine below a base path, and when the request does not fit there is nothing to see.
            None => below_base || self.room.len() > self.room.capacity(),
        };
        if !starts_right {
            self.frame.refuse(BuildError::PathStart);
        }
    }

    #[inline]
    fn end_query(&mut self) {
        if self.lone_question_mark() == 1 {
            self.room.shorten(1);
            self.frame.query_start = 0;
        }
    }

    #[inline]
    fn put_head(&mut self) {
        self.frame.target_end = self.room.len();
        self.room.put(&self.frame.head);
    }

    #[inline]
    fn fill(&mut self, gap: &Reserved, text: &[u8]) {
        if let Some(room) = self.gap(gap, text.len()) {
            room.copy_from_slice(text);
        }
        if let Err(error) = check(gap.rule, text) {
            return self.frame.refuse(error);
        }
        if let (Rule::Value, Err(error)) = (gap.rule, check_ends(text)) {
            self.frame.refuse(error);
        }
    }

    /// The room of a gap that is filled with `given` bytes. Absent where that is refused, or the request overflows and is.
    #[inline]
    fn gap(&mut self, gap: &Reserved, given: usize) -> Option<&mut [u8]> {
        if gap.request != self.frame.number {
            self.frame.refuse(BuildError::GapForeign);
            return None;
        }
        self.frame.gaps -= 1;
        if gap.width != given {
            self.frame.refuse(BuildError::GapWidth { width: gap.width, given });
            return None;
        }
        self.room.span_mut(gap.at, gap.width)
    }

    #[inline]
    fn finish(self) -> Result<Request<'b>, BuildError> {
        if let Some(error) = self.frame.error {
            return Err(error);
        }
        let (method, path) = (self.frame.method, (self.frame.target_start, self.path_end()));
        let overflow = BuildError::Overflow { needed: self.room.len(), limit: self.room.capacity() };
        let bytes = self.room.into_written().ok_or(overflow)?;
        if self.frame.gaps > 0 {
            return Err(BuildError::GapUnfilled { gaps: self.frame.gaps });
        }
        self.frame.finished_bytes = bytes.len();
        Ok(Request::new(bytes, method, path, self.frame.built))
    }
}

/// Shows where the draft is, and of its text the length only.
impl<P: Phase> fmt::Debug for Draft<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("phase", &P::NAME)
            .field("method", &self.inner.frame.method)
            .field("bytes", &self.inner.room.len())
            .field("error", &self.inner.frame.error)
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

/// The HMAC of a text behind which there is no room for the padding.
#[cold]
fn hmac_of_copy(text: &[u8], key: &HmacSha256) -> Mac {
    key.sign(text).into()
}

/// The HMAC of parts and a body where there is no room behind it, or too much before it.
#[cold]
fn hmac_of_copies(room: &Room<'_>, body_start: usize, lead: &[Part<'_>], key: &HmacSha256) -> Mac {
    let parts = lead.iter().map(|part| match *part {
        Part::Text(text) => text,
        Part::Span(span) => room.span(span.from, span.to),
    });
    key.sign_long_parts(parts.chain([room.span(body_start, room.len())])).into()
}

/// Refuses the first byte that may not stand there.
#[inline(always)]
pub(super) fn check(rule: Rule, text: &[u8]) -> Result<(), BuildError> {
    if rule.refuses(text) { Err(refusal(rule, text)) } else { Ok(()) }
}

#[cold]
fn refusal(rule: Rule, text: &[u8]) -> BuildError {
    let (byte, at) = rule.first_refused(text).unwrap_or_default();
    match rule {
        Rule::Path => BuildError::PathByte { byte, at },
        Rule::Query => BuildError::QueryByte { byte, at },
        Rule::Token => BuildError::HeaderName,
        Rule::Body | Rule::Value => BuildError::HeaderValue { byte, at },
    }
}

#[inline]
pub(super) fn check_ends(value: &[u8]) -> Result<(), BuildError> {
    blank_end(value).map_or(Ok(()), |(byte, at)| Err(BuildError::HeaderValue { byte, at }))
}

#[inline(always)]
pub(super) fn check_header_name(name: &[u8]) -> Result<(), BuildError> {
    if name.is_empty() {
        return Err(BuildError::HeaderName);
    }
    check(Rule::Token, name)?;
    forbidden_header(name).map_or(Ok(()), |name| Err(BuildError::HeaderForbidden { name }))
}

/// The end of a head whose method has to say that no body follows.
pub(super) const NO_BODY: &[u8] = b"Content-Length: 0\r\n\r\n";

/// How much of what stands before a body is put aside while it is signed. OKX has 47 bytes there for an order, Bybit 17 and the key.
const ASIDE_BYTES: usize = 64;

/// One blank and the digits of the longest body.
const LENGTH_WIDTH: usize = " ".len() + REQUEST_BYTES_MAX.ilog10() as usize + 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::request::{REQUEST_BYTES_DEFAULT, RequestTemplate, RequestWriter};
    use super::*;
    use crate::dec;

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

    /// As many bytes as it has, at every place before the buffer's end.
    #[test]
    fn a_fixed_text_is_put_as_any_other() {
        let fixed = FixedText::new("&recvWindow=5000&timestamp=").unwrap();
        let longest = FixedText::new(&"x".repeat(FixedText::BYTES_MAX)).unwrap();
        for text in [&fixed, &longest] {
            let put = str::from_utf8(&text.bytes()[..text.len()]).unwrap();
            let needed = lines(&format!("GET /api/v3/order?{put}a"), "\r\n").len();
            for capacity in needed - 10..needed + 40 {
                let mut writer = RequestWriter::new(&template(), capacity).unwrap();
                let mut draft = writer.get("/order").query();
                draft.put_fixed(text).put("a");
                match draft.no_body() {
                    Ok(request) => assert_eq!(
                        str::from_utf8(request.as_bytes()).unwrap(),
                        lines(&format!("GET /api/v3/order?{put}a"), "\r\n")
                    ),
                    Err(error) => {
                        assert!(capacity < needed);
                        assert_eq!(error, BuildError::Overflow { needed, limit: capacity });
                    }
                }
            }
        }
        let too_long = FixedText::new(&"x".repeat(FixedText::BYTES_MAX + 1)).unwrap_err();
        assert!(matches!(too_long, BuildError::Value { .. }), "{too_long}");
        assert_eq!(FixedText::new("a b").unwrap_err(), BuildError::PathByte { byte: b' ', at: 1 });
    }

    /// The request as it should be, without what the template adds.
    fn lines(start: &str, rest: &str) -> String {
        format!("{start} HTTP/1.1\r\nHost: {AUTHORITY}\r\nX-API-KEY: key\r\n{rest}")
    }

    #[test]
    fn literals_are_put_as_they_are() {
        const TERMS: Literal = Literal::new("&type=LIMIT&timeInForce=GTC");
        let mut writer = writer();
        let mut draft = writer.get("/x").query();
        draft.put("a=1").put_literal(TERMS);
        assert_eq!(draft.query_text(), b"a=1&type=LIMIT&timeInForce=GTC");
    }

    #[test]
    fn letters_digits_and_some_more_are_put_or_nothing_is() {
        let mut writer = writer();
        let mut draft = writer.get("/x").query();
        assert!(draft.put("id=").put_alphanumeric_or("aZ09-_", b"-_"));
        assert!(!draft.put_alphanumeric_or("a.b", b"-_"));
        assert!(draft.put("&also=").put_alphanumeric_or("a.b", b"."));
        assert_eq!(draft.query_text(), b"id=aZ09-_&also=a.b");
        // What the phase does not take is no help.
        assert!(draft.put_alphanumeric_or("a b", b" "));
        assert_eq!(draft.no_body().unwrap_err(), BuildError::QueryByte { byte: b' ', at: 0 });
    }

    #[test]
    fn a_query_that_is_signed() {
        let mut writer = writer();
        let mut draft = writer.delete("/order").query();
        let signed = draft.mark();
        draft.put(b"symbol=").put_percent("\u{ff11}").put(b"&timestamp=").put_u64(1499827319559);
        assert_eq!(draft.since(signed), b"symbol=%EF%BC%91&timestamp=1499827319559");
        draft.put(b"&signature=").put_hex(&[0xab, 0x01]);
        assert_eq!(
            text(draft.headers().no_body()),
            lines(
                "DELETE /api/v3/order?symbol=%EF%BC%91&timestamp=1499827319559&signature=ab01",
                "Content-Length: 0\r\n\r\n"
            )
        );
    }

    #[test]
    fn a_signature_in_a_header_over_a_body_that_comes_after_it() {
        let mut writer = writer();
        let mut header = writer.start_absolute(Method::Post, "/v5/order").start_header("SIGN");
        let gap = header.reserve(4);
        let mut body = header.end_header().header("Content-Type", "application/json").start_body();
        body.put(b"{\"px\":").put_decimal(dec!(1.50)).put(b"}");
        assert_eq!(body.body_text(), b"{\"px\":1.50}");
        assert_eq!(body.target(), b"/v5/order");
        body.fill(gap, b"c2ln");
        let rest = "SIGN: c2ln\r\nContent-Type: application/json\r\nContent-Length:    11\r\n\r\n{\"px\":1.50}";
        assert_eq!(text(body.finish()), lines("POST /v5/order", rest));
    }

    #[test]
    fn gaps_take_bytes_as_hex_and_as_base64() {
        let mut writer = writer();
        let (key, bytes) = ("A", [0x00, 0x9f, 0xfa, 0xce]);
        let mut header = writer.get("/x").start_header(key);
        let (hex, base64) = (header.reserve(8), header.reserve(8));
        let mut body = header.end_header().start_body();
        body.fill_base64(base64, &bytes).fill_hex(hex, &bytes);
        assert_eq!(text(body.finish()), lines("GET /api/v3/x", "A: 009ffaceAJ/6zg==\r\nContent-Length:     0\r\n\r\n"));
        for width in [7, 9] {
            let mut draft = writer.get("/x");
            let (hex, base64) = (draft.reserve(width), draft.reserve(width));
            draft.fill_hex(hex, &bytes).fill_base64(base64, &bytes);
            assert_eq!(draft.no_body().unwrap_err(), BuildError::GapWidth { width, given: 8 });
        }
    }

    #[test]
    fn gaps_take_numbers_of_their_width() {
        let mut writer = writer();
        for number in [0, 7, 12_345_678, 123_456_789, 1_499_827_320_007, 9_999_999_999_999_999, u64::MAX] {
            let digits = number.to_string();
            let (mut draft, gap) = writer.get("/x").header_gap("N", digits.len());
            draft.fill_u64(gap, number);
            assert_eq!(text(draft.no_body()), lines("GET /api/v3/x", &format!("N: {digits}\r\n\r\n")));
        }
        let (mut draft, gap) = writer.get("/x").header_gap("N", 2);
        draft.fill_u64(gap, 7);
        assert_eq!(draft.no_body().unwrap_err(), BuildError::GapWidth { width: 2, given: 1 });
    }

    #[test]
    fn headers_that_were_judged_once() {
        let fixed = FixedHeaders::new(&[("KEY", "k 1"), ("WINDOW", "5000")]).unwrap();
        assert_eq!(format!("{fixed:?}"), "FixedHeaders { bytes: 24, .. }");
        let mut writer = writer();
        let draft = writer.get("/x").fixed_headers(&fixed).header_u64("T", 12);
        assert_eq!(draft.text(draft.last_value()), b"12");
        let rest = "KEY: k 1\r\nWINDOW: 5000\r\nT: 12\r\n\r\n";
        assert_eq!(text(draft.no_body()), lines("GET /api/v3/x", rest));
        for (header, error) in [
            (("Host", "x"), BuildError::HeaderForbidden { name: "Host" }),
            (("A:", "x"), BuildError::HeaderName),
            (("A", "x\r\nB: y"), BuildError::HeaderValue { byte: b'\r', at: 1 }),
            (("A", "x "), BuildError::HeaderValue { byte: b' ', at: 1 }),
        ] {
            assert_eq!(FixedHeaders::new(&[("OK", "1"), header]).unwrap_err(), error);
        }
    }

    proptest! {
        /// Leads that fit before the body and longer ones, bodies of every length of the last block, buffers with room for the padding and
        /// without: the signature is of the text, and the request as if nobody had signed it.
        #[test]
        fn what_is_signed_before_a_body_and_with_it(
            path in "/[a-z]{0,40}", lead in "[a-z]{0,40}", body in "[a-z]{0,200}", spare in 0..100_usize,
        ) {
            let key = HmacSha256::new(b"key");
            let written = |writer: &mut RequestWriter| {
                let draft = writer.post(&path).header_u64("N", 17);
                let number = draft.last_value();
                let (draft, gap) = draft.header_gap("SIGN", 44);
                let mut draft = draft.start_body();
                draft.put(&body);
                let whole = [lead.as_bytes(), b"17/api/v3", path.as_bytes(), body.as_bytes()].concat();
                let parts = [Part::Text(lead.as_bytes()), Part::Span(number), Part::Span(draft.target_span())];
                let mac = draft.hmac_of_body(&parts, &key);
                assert_eq!(mac.bytes(), key.sign(&whole));
                let sign = data_encoding::BASE64.encode(&key.sign(&whole));
                let mut draft = draft.end_body();
                draft.fill_mac_base64(gap, &mac);
                let rest = format!("N: 17\r\nSIGN: {sign}\r\nContent-Length:{:>6}\r\n\r\n{body}", body.len());
                assert_eq!(text(draft.finish()), lines(&format!("POST /api/v3{path}"), &rest));
            };
            let mut roomy = writer();
            written(&mut roomy);
            let bytes = roomy.finished().len();
            written(&mut RequestWriter::new(&template(), bytes + spare).unwrap());
        }

        #[test]
        fn what_is_signed_in_a_query(query in "[a-z]{0,200}", spare in 0..100_usize) {
            let key = HmacSha256::new(b"key");
            let written = |writer: &mut RequestWriter| {
                let mut draft = writer.get("/x").query();
                let mark = draft.mark();
                draft.put("a=").put(&query);
                assert_eq!(draft.hmac_since(mark, &key), key.sign(format!("a={query}").as_bytes()));
                assert_eq!(text(draft.no_body()), lines(&format!("GET /api/v3/x?a={query}"), "\r\n"));
            };
            let mut roomy = writer();
            written(&mut roomy);
            let bytes = roomy.finished().len();
            written(&mut RequestWriter::new(&template(), (bytes + spare).max(100)).unwrap());
        }
    }

    #[test]
    fn headers_whose_values_need_no_check() {
        let mut writer = writer();
        let time = Timestamp::from_ms(1_499_827_320_007);
        let (draft, told) = writer.get("/x").header_u64("N", u64::MAX).header_rfc3339("T", time);
        assert_eq!((told, draft.text(draft.last_value())), (time.rfc3339(), &told[..]));
        let (mut draft, gap) = draft.header_gap("G", 3);
        draft.fill(gap, b"a b");
        let rest = "N: 18446744073709551615\r\nT: 2017-07-12T02:42:00.007Z\r\nG: a b\r\n\r\n";
        assert_eq!(text(draft.no_body()), lines("GET /api/v3/x", rest));
        let (mut draft, gap) = writer.get("/x").header_gap("G", 2);
        draft.fill(gap, b"a ");
        assert_eq!(draft.no_body().unwrap_err(), BuildError::HeaderValue { byte: b' ', at: 1 });
        for name in ["a b", "a:", ""] {
            assert_eq!(writer.get("/").header_u64(name, 1).no_body().unwrap_err(), BuildError::HeaderName, "{name:?}");
        }
    }

    #[test]
    fn a_gap_in_each_phase() {
        let mut writer = writer();
        let mut path = writer.put("/a/");
        let in_path = path.reserve(2);
        let mut query = path.query();
        query.put("s=");
        let in_query = query.reserve(4);
        let mut value = query.start_header("Sign");
        value.put("v1 ");
        let in_value = value.reserve(3);
        let mut body = value.end_header().start_body();
        let in_body = body.reserve(2);
        body.fill(in_body, b"\r\n").fill(in_value, b"a c").fill(in_query, b"+/==").fill(in_path, b"id");
        let rest = "Sign: v1 a c\r\nContent-Length:     2\r\n\r\n\r\n";
        assert_eq!(text(body.finish()), lines("PUT /api/v3/a/id?s=+/==", rest));
    }

    #[test]
    fn a_query_that_stays_empty_leaves_no_question_mark() {
        let mut writer = writer();
        let draft = writer.get("/time").query();
        assert_eq!((draft.target(), draft.query_text()), (&b"/api/v3/time"[..], &b""[..]));
        let draft = draft.headers();
        assert_eq!((draft.target(), draft.query_text()), (&b"/api/v3/time"[..], &b""[..]));
        assert_eq!(text(draft.no_body()), lines("GET /api/v3/time", "\r\n"));
    }

    #[test]
    fn target_path_and_query_are_those_that_are_sent_in_every_phase() {
        fn check<P: Phase>(draft: &Draft<'_, P>) {
            assert_eq!(draft.method().text(), "POST");
            assert_eq!(draft.path(), b"/api/v3/orders/a%2Fb");
            assert_eq!(draft.query_text(), b"x=1&y=%20");
            assert_eq!(draft.target(), b"/api/v3/orders/a%2Fb?x=1&y=%20");
        }
        let mut writer = writer();
        let mut path = writer.post("/orders");
        path.segment("a/b");
        assert_eq!((path.path(), path.target()), (&b"/api/v3/orders/a%2Fb"[..], &b"/api/v3/orders/a%2Fb"[..]));
        let mut query = path.query();
        query.pair_u64("x", 1).pair("y", " ");
        check(&query);
        let headers = query.headers();
        check(&headers);
        let value = headers.start_header("A");
        check(&value);
        let mut body = value.end_header().start_body();
        body.put("?");
        check(&body);
        let request = body.finish().unwrap();
        assert_eq!((request.path(), request.method()), ("/api/v3/orders/a%2Fb", Method::Post));

        let ready = writer.get("/plain").body("x");
        assert_eq!(
            (ready.path(), ready.query_text(), ready.target()),
            (&b"/api/v3/plain"[..], &b""[..], &b"/api/v3/plain"[..])
        );
        assert_eq!(ready.finish().unwrap().path(), "/api/v3/plain");
    }

    #[test]
    fn pairs() {
        let mut writer = writer();
        let mut query = writer.get("").query();
        query.pair("a b", "1&2=3").pair_u64("n", u64::MAX).pair_decimal("d", dec!(-0.010)).put("&raw=[x]").pair("", "");
        assert_eq!(query.query_text(), b"a%20b=1%262%3D3&n=18446744073709551615&d=-0.010&raw=[x]&=");
        assert!(text(query.no_body()).starts_with("GET /api/v3?a%20b="));
    }

    #[test]
    fn all_that_can_be_put() {
        let mut writer = writer();
        let mut body = writer.post("/x").start_body();
        body.put("a")
            .put([0, 255])
            .put_u64(0)
            .put_decimal(dec!(2.0))
            .put_hex(b"\xff")
            .put_base64(b"ab")
            .put_percent("\u{e9}");
        assert_eq!(body.body_text(), b"a\x00\xff02.0ffYWI=%C3%A9");
        assert!(body.finish().is_ok());
    }

    #[test]
    fn a_mark_of_another_draft_shows_nothing_and_breaks_nothing() {
        let mut writer = writer();
        let mut long = writer.get("/a/long/path");
        long.put("/and/more");
        let mark = long.mark();
        assert_eq!(writer.get("/b").since(mark), b"");
    }

    // One test per error.

    #[test]
    fn gap_foreign() {
        let (mut one, mut other) = (writer(), writer());
        let gap = one.get("/a").reserve(1);
        let mut draft = other.get("/a");
        draft.fill(gap, b"x");
        assert_eq!(draft.no_body().unwrap_err(), BuildError::GapForeign);

        let gap = one.get("/a").reserve(1);
        let mut draft = one.get("/a");
        draft.fill(gap, b"x");
        assert_eq!(draft.no_body().unwrap_err(), BuildError::GapForeign);
    }

    #[test]
    fn gap_unfilled() {
        let mut writer = writer();
        let mut draft = writer.post("/a").query();
        let (first, _second, _third) = (draft.reserve(4), draft.reserve(0), draft.reserve(4));
        draft.fill(first, b"done");
        assert_eq!(draft.no_body().unwrap_err(), BuildError::GapUnfilled { gaps: 2 });
    }

    #[test]
    fn gap_width() {
        let mut writer = writer();
        for given in [b"abc".as_slice(), b"abcde", b""] {
            let mut draft = writer.post("/a").query();
            let gap = draft.reserve(4);
            draft.fill(gap, given);
            assert_eq!(draft.no_body().unwrap_err(), BuildError::GapWidth { width: 4, given: given.len() });
        }
    }

    #[test]
    fn header_forbidden() {
        let mut writer = writer();
        for name in [
            "Connection",
            "Content-Length",
            "Expect",
            "Host",
            "HTTP2-Settings",
            "Keep-Alive",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
        ] {
            for written in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                let error = BuildError::HeaderForbidden { name };
                assert_eq!(writer.get("/").header(&written, "1").no_body().unwrap_err(), error);
                assert_eq!(writer.get("/").start_header(&written).end_header().body("").finish().unwrap_err(), error);
                assert_eq!(template().default_header(&written, "1").unwrap_err(), error);
            }
        }
    }

    #[test]
    fn header_name() {
        let mut writer = writer();
        for name in ["", " ", "a b", "a:", "a\r\nb", "a\0", "h\u{e9}", "a(b)", "\"a\"", "a,b", "a/b", "{a}", "a\t"] {
            assert_eq!(writer.get("/").header(name, "1").no_body().unwrap_err(), BuildError::HeaderName, "{name:?}");
            assert_eq!(template().default_header(name, "1").unwrap_err(), BuildError::HeaderName, "{name:?}");
        }
    }

    #[test]
    fn header_value() {
        let mut writer = writer();
        for (value, byte, at) in [
            ("key\n", b'\n', 3),
            ("a\r\nHost: evil", b'\r', 1),
            ("\0", 0, 0),
            ("a\x7f", 0x7f, 1),
            ("\u{e9}", 0xc3, 0),
            (" a", b' ', 0),
            ("ab\t", b'\t', 2),
            (" ", b' ', 0),
        ] {
            let error = BuildError::HeaderValue { byte, at };
            assert_eq!(writer.get("/").header("A", value).no_body().unwrap_err(), error, "{value:?}");
            assert_eq!(template().default_header("A", value).unwrap_err(), error, "{value:?}");
            let mut draft = writer.get("/").start_header("A");
            draft.put(value);
            assert_eq!(draft.end_header().no_body().unwrap_err(), error, "{value:?}");
            let mut draft = writer.get("/").start_header("A");
            let gap = draft.reserve(value.len());
            draft.fill(gap, value.as_bytes());
            assert_eq!(draft.end_header().no_body().unwrap_err(), error, "{value:?}");
        }
        let request = writer.get("/").header("A", "").header("B", "a\tb  c~!\"").no_body();
        assert_eq!(text(request), lines("GET /api/v3/", "A: \r\nB: a\tb  c~!\"\r\n\r\n"));
    }

    /// Those of venue crates come out as they went in, and the first of several.
    #[test]
    fn missing_field_unsupported_and_value() {
        let mut writer = writer();
        let missing = BuildError::MissingField { field: "price", cure: "a limit order has one" };
        let unsupported = BuildError::Unsupported { what: "amend", cure: "cancel and place anew" };
        let value = BuildError::Value { field: "quantity", cure: "it must be above zero" };
        for error in [missing, unsupported, value] {
            let mut draft = writer.post("/order").query();
            draft.refuse(error).put("\n").refuse(BuildError::PathSegment);
            assert_eq!(draft.body("x").finish().unwrap_err(), error);
        }
    }

    /// At every capacity: the whole request, or how much all of it takes.
    #[test]
    fn overflow() {
        fn build(writer: &mut RequestWriter, piecewise: bool) -> Result<Request<'_>, BuildError> {
            let mut path = writer.post("/orders");
            path.segment("\u{20ac}");
            let mut query = path.query();
            query.pair("symbol", "BTCUSDT").pair_u64("n", 12_345_678_901).pair_decimal("p", dec!(64250.10));
            let mut value = query.header("A", "b").start_header("SIGN");
            let gap = value.reserve(8);
            let headers = value.end_header();
            if piecewise {
                let mut body = headers.start_body();
                body.put("{").put_base64(&[7; 20]).put_hex(&[8; 20]).put("}").fill(gap, b"12345678");
                body.finish()
            } else {
                let mut ready = headers.body("a body of some bytes");
                ready.fill(gap, b"12345678");
                ready.finish()
            }
        }
        for piecewise in [false, true] {
            let mut roomy = writer();
            let whole = text(build(&mut roomy, piecewise)).to_owned();
            let needed = whole.len();
            let BuildError::Capacity { least, .. } = RequestWriter::new(&template(), 0).unwrap_err() else { panic!() };
            for limit in least..needed {
                let mut writer = RequestWriter::new(&template(), limit).unwrap();
                // What stands in the buffer from before is hostile, and must not be taken for this request's.
                let mut hostile = writer.post("/").start_body();
                for _ in 0..limit {
                    hostile.put("\n");
                }
                assert!(hostile.finish().is_err());
                assert_eq!(build(&mut writer, piecewise).unwrap_err(), BuildError::Overflow { needed, limit });
            }
            let mut writer = RequestWriter::new(&template(), needed).unwrap();
            assert_eq!(text(build(&mut writer, piecewise)), whole);
        }
        let mut writer = writer();
        let body = vec![b'x'; 1_000_000];
        assert!(matches!(
            writer.post("/").body(&body).finish().unwrap_err(),
            BuildError::Overflow { needed: 1_000_001.., .. }
        ));
        let mut draft = writer.post("/").start_body();
        draft.put(&body);
        assert!(matches!(draft.finish().unwrap_err(), BuildError::Overflow { needed: 1_000_001.., .. }));
    }

    #[test]
    fn path_byte() {
        let mut writer = writer();
        for (path, byte, at) in [
            ("/a b", b' ', 2),
            ("/a?b=1", b'?', 2),
            ("/a#b", b'#', 2),
            ("/ HTTP/1.1\r\nHost: evil\r\n\r\n", b' ', 1),
            ("/\u{e9}", 0xc3, 1),
            ("/a\0", 0, 2),
            ("/a\x7f", 0x7f, 2),
            ("/{id}", b'{', 1),
        ] {
            let error = BuildError::PathByte { byte, at };
            assert_eq!(writer.get(path).no_body().unwrap_err(), error, "{path:?}");
            assert_eq!(writer.start_absolute(Method::Get, path).no_body().unwrap_err(), error, "{path:?}");
            assert_eq!(RequestTemplate::new(AUTHORITY, path).unwrap_err(), error, "{path:?}");
            let mut draft = writer.get("/");
            let gap = draft.reserve(path.len());
            draft.fill(gap, path.as_bytes());
            assert_eq!(draft.no_body().unwrap_err(), error, "{path:?}");
        }
    }

    #[test]
    fn path_segment() {
        let mut writer = writer();
        for segment in ["", ".", ".."] {
            let mut draft = writer.delete("/orders");
            draft.segment(segment);
            assert_eq!(draft.no_body().unwrap_err(), BuildError::PathSegment);
        }
        let mut draft = writer.delete("/orders");
        draft.segment("...").segment("a b");
        assert_eq!(draft.path(), b"/api/v3/orders/.../a%20b");
    }

    #[test]
    fn path_start() {
        let mut writer = writer();
        assert_eq!(writer.get("order").no_body().unwrap_err(), BuildError::PathStart);
        assert_eq!(writer.start_absolute(Method::Get, "").no_body().unwrap_err(), BuildError::PathStart);
        assert_eq!(writer.start_absolute(Method::Get, "").query().no_body().unwrap_err(), BuildError::PathStart);
        assert_eq!(RequestTemplate::new(AUTHORITY, "api").unwrap_err(), BuildError::PathStart);
        let mut draft = writer.get("");
        draft.put("order");
        assert_eq!(draft.no_body().unwrap_err(), BuildError::PathStart);
        let mut draft = writer.start_absolute(Method::Get, "");
        draft.put("/order");
        assert_eq!(text(draft.no_body()), lines("GET /order", "\r\n"));
    }

    #[test]
    fn query_byte() {
        let mut writer = writer();
        for (query, byte, at) in [
            ("a=b c", b' ', 3),
            ("a=#", b'#', 2),
            ("a=1 HTTP/1.1\r\n\r\nGET /", b' ', 3),
            ("\u{ff11}", 0xef, 0),
            ("a=\"b\"", b'"', 2),
            ("a\r", b'\r', 1),
            ("a=b\x7f", 0x7f, 3),
        ] {
            let error = BuildError::QueryByte { byte, at };
            let mut draft = writer.get("/a").query();
            draft.put(query);
            assert_eq!(draft.no_body().unwrap_err(), error, "{query:?}");
            let mut draft = writer.get("/a").query();
            let gap = draft.reserve(query.len());
            draft.fill(gap, query.as_bytes());
            assert_eq!(draft.no_body().unwrap_err(), error, "{query:?}");
        }
    }

    #[test]
    fn texts_name_the_cure_and_never_the_value() {
        let mut writer = writer();
        let error = writer.get("/").header("A", "topsecret\n").no_body().unwrap_err();
        assert_eq!(
            error.to_string(),
            "byte 9 of a header's value is 0x0a: values take visible ASCII, with blanks and tabs only inside; look for a line feed \
             or blank at the value's end"
        );
        let error = BuildError::Overflow { needed: 20_000, limit: 4_096 };
        assert_eq!(
            error.to_string(),
            "the request takes 20000 bytes and the buffer holds 4096: set ClientPool::builder().request_bytes(n), at most 16384 \
             (one TLS record), or ask for less at once"
        );
    }
}
