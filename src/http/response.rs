//! Replies, read where they lie.
//!
//! A [`ResponseReader`] owns one buffer. The driver puts bytes into [`spare`](ResponseReader::spare)
//! and says how many; the reader answers whether the reply is whole. Nothing is copied out: a
//! [`Response`] borrows the head and the body from the buffer, until the next
//! [`start`](ResponseReader::start) forgets them.
//!
//! ```text
//!              ┌─ 1xx: the head is dropped, bounded ─┐
//!              ▼                                     │
//! Idle ─start─► Head ─┬─────────────────────────────┴─► Complete ─start─► Head …
//!                     ├─► Length ─────────────────────► Complete
//!                     ├─► Chunked ────────────────────► Complete
//!                     └─► UntilClose ───eof───────────► Complete
//! any of them ─error─► Failed ─reset─► Idle
//!
//! buffer   │ head            │ body joined so far │ spare             │
//!          0                 head_end             filled              capacity
//! ```
//!
//! **Bytes behind the reply.** Requests are never pipelined, so a byte behind a whole reply answers
//! nothing that was asked. Either the peer sent rubbish after our reply, or a stray reply came
//! first and ours is the one behind it: framing cannot tell which. To hand out the first one
//! might report a rejection that belongs to another order. So [`HttpError::Stray`] is all the
//! caller gets: the fate is unknown and the connection ends. Bytes that come later are found by
//! the probe before the next request.
//!
//! **Stricter than RFC 9112 asks**, wherever two parsers could read two things: every line of a
//! head ends in CRLF (section 2.2 lets a client accept a bare LF), no empty line before the status
//! line, no folded lines (section 5.2), one `Content-Length` and not even two equal ones, no length
//! beside a coding, no coding but `chunked`, alone, nothing about framing in a trailer. Looser in one place:
//! the blank behind the status code may be missing when the reason is. The whole list, beside other parsers,
//! is `docs/refusals.md`.

use std::fmt;
use std::hash::{DefaultHasher, Hasher};

use super::chunked::Chunked;
pub use super::error::{ChunkFault, HeadFault, HttpError};
use super::form::{Form, Forms};
use super::framing::Body;
pub use super::head::{HEAD_BYTES_MAX, HEADERS_MAX};
use super::head::{Head, HeadScan, HeaderLines};
use super::shape::Shape;

/// Most interim (1xx) replies skipped before one final reply.
pub const INTERIM_REPLIES_MAX: u32 = 8;

/// A TLS record as received, bytes: header, plaintext, and the expansion RFC 8446 section 5.2 allows.
const TLS_RECORD_BYTES_MAX: usize = 5 + 16_384 + 256;

/// Capacity of a slot's reader unless the builder says otherwise, bytes: a whole TLS record still
/// fits behind the longest head.
pub const RESPONSE_BYTES_DEFAULT: usize = HEAD_BYTES_MAX + TLS_RECORD_BYTES_MAX;

/// Largest reply a reader may be allowed to grow for, bytes. The largest venues' instrument lists are about 20 MB.
pub const RESPONSE_BYTES_MAX: usize = 256 << 20;

/// Whether the reply is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// Read on.
    NeedMore,
    /// [`ResponseReader::response`] has it.
    Complete,
}

/// How the peer's side of the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A close meant as such: `close_notify` over TLS, FIN over plain TCP, where nothing better exists.
    Closed,
    /// TLS ended without `close_notify`: anybody on the way could have done that.
    Truncated,
}

/// Reads one reply at a time into one buffer.
pub struct ResponseReader {
    /// One byte longer than the replies it takes: so there is always room to see that more came than should have.
    buffer: Box<[u8]>,
    /// Bytes of `buffer` in use.
    filled: usize,
    /// The capacity given, to which [`shrink`](Self::shrink) returns.
    capacity: usize,
    /// The capacity up to which the buffer may grow.
    limit: usize,
    state: State,
    head_request: bool,
    interim: u32,
    status: u16,
    keep_alive: bool,
    /// `buffer[..head_end]` is the head, `buffer[head_end..body_end]` the body as far as it came, or as long as its
    /// stated length.
    head_end: usize,
    body_end: usize,
    lines: HeaderLines,
    shape: Shape,
    forms: Forms,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    Head(HeadScan),
    Length,
    Chunked(Chunked),
    UntilClose,
    Complete,
    Failed,
}

impl ResponseReader {
    /// A reader for replies whose head and body together have at most `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self {
            buffer: buffer(capacity),
            filled: 0,
            capacity,
            limit: capacity,
            state: State::Idle,
            head_request: false,
            interim: 0,
            status: 0,
            keep_alive: false,
            head_end: 0,
            body_end: 0,
            lines: HeaderLines::new(),
            shape: Shape::new(),
            forms: Forms::new(),
        }
    }

    /// Whether the last exchange came to its whole reply, or none was begun since [`reset`](Self::reset).
    pub fn is_clean(&self) -> bool {
        matches!(self.state, State::Idle | State::Complete)
    }

    /// Forgets the last reply and begins the next exchange.
    ///
    /// `head_request`: the request is a HEAD, so that its reply has no body whatever it says.
    ///
    /// **Errors** [`HttpError::NotClean`] when an exchange was left halfway: its late bytes could
    /// be taken for this one's.
    pub fn start(&mut self, head_request: bool) -> Result<(), HttpError> {
        if !self.is_clean() {
            return Err(HttpError::NotClean);
        }
        self.filled = 0;
        self.head_request = head_request;
        self.interim = 0;
        self.keep_alive = true;
        self.state = State::Head(HeadScan::default());
        Ok(())
    }

    /// Forgets everything. Only for a reader whose connection was given up.
    pub fn reset(&mut self) {
        self.filled = 0;
        self.state = State::Idle;
    }

    /// Lets the buffer grow, by heap allocation, for replies of up to `limit` bytes, at most [`RESPONSE_BYTES_MAX`].
    /// For replies off the trading path (instrument lists). Holds until [`shrink`](Self::shrink).
    pub fn allow(&mut self, limit: usize) {
        self.limit = limit.clamp(self.room(), RESPONSE_BYTES_MAX.max(self.room()));
    }

    /// Takes back what [`allow`](Self::allow) gave. The last reply is forgotten.
    pub fn shrink(&mut self) {
        if self.room() > self.capacity {
            self.buffer = buffer(self.capacity);
        }
        self.limit = self.capacity;
        self.filled = 0;
        if self.is_clean() {
            self.state = State::Idle;
        }
    }

    /// Where the peer's next bytes go. What [`advance`](Self::advance) is not told about is scratch.
    ///
    /// Never empty before an error.
    #[inline]
    pub fn spare(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// Takes the first `n` bytes of [`spare`](Self::spare) as received.
    ///
    /// **Errors** End the exchange and have to end the connection.
    #[inline]
    pub fn advance(&mut self, n: usize) -> Result<Progress, HttpError> {
        debug_assert!(n <= self.buffer.len() - self.filled, "more bytes than there was room for");
        self.filled = self.filled.saturating_add(n).min(self.buffer.len());
        let progress = self.step();
        if progress.is_err() {
            self.state = State::Failed;
        }
        progress
    }

    /// Takes `bytes` as received that lie elsewhere, growing the buffer where that is allowed.
    ///
    /// **Errors** As [`advance`](Self::advance).
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Progress, HttpError> {
        loop {
            let spare = self.spare();
            let (part, rest) = bytes.split_at(bytes.len().min(spare.len()));
            spare[..part.len()].copy_from_slice(part);
            bytes = rest;
            let progress = self.advance(part.len())?;
            if bytes.is_empty() {
                return Ok(progress);
            }
        }
    }

    /// The peer will send no more.
    ///
    /// Completes a body that has no other end, if the close was a proper one.
    ///
    /// **Errors** Says where the reply was cut.
    pub fn eof(&mut self, ending: Ending) -> Result<Progress, HttpError> {
        self.keep_alive = false;
        let got = self.filled - self.head_end.min(self.filled);
        let error = match (self.state, ending) {
            (State::Complete, _) => return Ok(Progress::Complete),
            (State::UntilClose, Ending::Closed) => {
                self.body_end = self.filled;
                self.state = State::Complete;
                return Ok(Progress::Complete);
            }
            (State::Idle | State::Failed, _) => HttpError::NotClean,
            (State::Head(_), _) if self.filled == 0 => HttpError::ClosedBeforeReply,
            (State::Head(_), _) => HttpError::CutInHead { got: self.filled },
            (State::Length, _) => HttpError::CutInBody { got, expected: self.body_end - self.head_end },
            (State::Chunked(_), _) => HttpError::CutInChunks { got },
            (State::UntilClose, Ending::Truncated) => HttpError::Truncated { got },
        };
        self.state = State::Failed;
        Err(error)
    }

    /// The reply, once it is whole.
    #[inline]
    pub fn response(&self) -> Option<Response<'_>> {
        match self.state {
            State::Complete => Some(Response { reader: self }),
            _ => None,
        }
    }

    /// What the whole reply says, head and body, in a number: replies that differ have different ones, as good as always.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.buffer[..self.body_end]);
        hasher.finish()
    }

    /// Has the form of the whole reply's body learned for these names, where that is worth it: `mark` says which bytes may differ, or
    /// that none is to be learned.
    #[inline]
    pub(crate) fn learn_form(&mut self, names: &'static [&'static str], mark: impl FnOnce(&[u8], &mut Form) -> bool) {
        let body = &self.buffer[self.head_end..self.body_end];
        if self.forms.should_learn(body) {
            self.forms.learn(names, body, mark);
        }
    }

    /// Whether the connection may carry another request after this reply.
    #[inline]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive && matches!(self.state, State::Complete)
    }

    /// Reads a reply that is there in one piece: recorded replies in tests of decoders.
    ///
    /// **Errors** As [`advance`](Self::advance) and [`eof`](Self::eof); a reply longer than the
    /// buffer is [`HttpError::TooLarge`].
    pub fn replay(&mut self, reply: &[u8]) -> Result<Response<'_>, HttpError> {
        self.reset();
        self.start(false)?;
        let limit = self.limit;
        let spare = self.spare().get_mut(..reply.len()).ok_or(HttpError::TooLarge { needed: reply.len(), limit })?;
        spare.copy_from_slice(reply);
        if self.advance(reply.len())? == Progress::NeedMore {
            let _whole = self.eof(Ending::Closed)?;
        }
        self.response().ok_or(HttpError::NotClean)
    }

    fn step(&mut self) -> Result<Progress, HttpError> {
        loop {
            match &mut self.state {
                State::Idle | State::Failed => return Err(HttpError::NotClean),
                State::Head(scan) => {
                    let bytes = &self.buffer[..self.filled];
                    let Some(head) = scan.head(bytes, self.head_request, &mut self.lines, &mut self.shape)? else {
                        return self.need_more();
                    };
                    self.begin_body(head)?;
                }
                State::Length => {
                    if self.filled < self.body_end {
                        return self.need_more();
                    }
                    self.state = State::Complete;
                }
                State::Chunked(chunked) => {
                    let joined = chunked.join(&mut self.buffer[..self.filled], self.body_end)?;
                    let needed = joined.end.saturating_add(chunked.announced());
                    self.body_end = joined.end;
                    if !joined.done {
                        self.filled = joined.end;
                        self.need_room(needed)?;
                        return self.need_more();
                    }
                    // What is left over is not read any more: its number is all that counts.
                    self.filled = joined.end + joined.left_over;
                    self.state = State::Complete;
                }
                State::UntilClose => {
                    self.body_end = self.filled;
                    return self.need_more();
                }
                State::Complete => {
                    let bytes = self.filled - self.body_end;
                    if bytes > 0 {
                        return Err(HttpError::Stray { status: self.status, bytes });
                    }
                    return Ok(Progress::Complete);
                }
            }
        }
    }

    /// The head is whole: decides what comes behind it.
    fn begin_body(&mut self, Head { end, status, framing }: Head) -> Result<(), HttpError> {
        match status {
            // This client never asks to upgrade.
            101 => return Err(HttpError::Upgrade),
            // RFC 9110 section 15.5.9: sent when the server did not get a whole request in time, so it answers the
            // connection and no order.
            408 => return Err(HttpError::RequestTimeout),
            _ => {}
        }
        self.status = status;
        self.keep_alive &= framing.keep_alive;
        (self.head_end, self.body_end) = (end, end);
        self.state = match framing.body {
            Body::Interim => {
                self.interim += 1;
                if self.interim > INTERIM_REPLIES_MAX {
                    return Err(HttpError::TooManyInterim);
                }
                self.buffer.copy_within(end..self.filled, 0);
                self.filled -= end;
                self.head_end = 0;
                State::Head(HeadScan::default())
            }
            Body::None => {
                self.need_room(end)?;
                State::Complete
            }
            Body::Length(length) => {
                self.body_end = end.saturating_add(length);
                self.need_room(self.body_end)?;
                State::Length
            }
            Body::Chunked => State::Chunked(Chunked::default()),
            Body::UntilClose => State::UntilClose,
        };
        Ok(())
    }

    /// There is room for at least one more byte, or the reply is too large.
    fn need_more(&mut self) -> Result<Progress, HttpError> {
        if self.filled == self.buffer.len() {
            let doubled = self.filled.saturating_mul(2).min(self.limit);
            self.need_room(doubled.max(self.filled))?;
        }
        Ok(Progress::NeedMore)
    }

    /// A reply of `needed` bytes in all has room, made if that is allowed.
    #[inline]
    fn need_room(&mut self, needed: usize) -> Result<(), HttpError> {
        if needed <= self.room() {
            return Ok(());
        }
        if needed > self.limit {
            return Err(HttpError::TooLarge { needed, limit: self.limit });
        }
        let mut grown = buffer(needed);
        grown[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
        self.buffer = grown;
        Ok(())
    }

    /// Bytes of the longest reply that fits now.
    fn room(&self) -> usize {
        self.buffer.len() - 1
    }
}

/// For replies of so many bytes.
fn buffer(bytes: usize) -> Box<[u8]> {
    vec![0; bytes + 1].into_boxed_slice()
}

/// Sizes and states only: what is in the buffer may be somebody's balance.
impl fmt::Debug for ResponseReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseReader")
            .field("state", &self.state)
            .field("filled", &self.filled)
            .field("capacity", &self.buffer.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// A whole reply, in the reader's buffer.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    reader: &'a ResponseReader,
}

impl<'a> Response<'a> {
    /// The status code, 200 to 599.
    #[inline]
    pub fn status(&self) -> u16 {
        self.reader.status
    }

    /// The value of the first header of this name, in any case, without blanks around it.
    #[inline]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let name = name.as_bytes();
        self.lines().find_map(|line| {
            let (start, rest) = line.split_at_checked(name.len())?;
            let value = rest.strip_prefix(b":")?;
            start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
        })
    }

    /// All headers in the order they came: names in the peer's case, values without blanks around them.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        self.lines().filter_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            // Names were checked to be tokens, so this is never `None`.
            let name = std::str::from_utf8(&line[..colon]).ok()?;
            Some((name, line[colon + 1..].trim_ascii()))
        })
    }

    /// The headers whose names begin so, in any case: the rest of each name, a token, and its value without blanks around it.
    /// Others are passed over at their first bytes.
    ///
    /// `prefix` is of lower-case letters, digits and hyphens.
    #[inline]
    pub fn headers_starting(&self, prefix: &'static str) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let prefix = prefix.as_bytes();
        debug_assert!(prefix.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')));
        self.lines().filter_map(move |line| {
            let (start, rest) = line.split_at_checked(prefix.len())?;
            // With the bit that makes a letter lower-case a prefix stays as it is, and no other byte of a token or a colon
            // becomes one of its.
            let differs = start.iter().zip(prefix).fold(0, |differs, (byte, lower)| differs | ((byte | 0x20) ^ lower));
            if differs != 0 {
                return None;
            }
            let colon = rest.iter().position(|byte| *byte == b':')?;
            Some((&rest[..colon], rest[colon + 1..].trim_ascii()))
        })
    }

    /// The body, joined if it came in chunks.
    #[inline]
    pub fn body(&self) -> &'a [u8] {
        &self.reader.buffer[self.reader.head_end..self.reader.body_end]
    }

    /// The form of the body, where it has one that was learned for these names.
    #[inline]
    pub(crate) fn form(&self, names: &'static [&'static str]) -> Option<&'a Form> {
        self.reader.forms.of(names, self.body())
    }

    /// The body as text.
    ///
    /// **Errors** [`HttpError::NotUtf8`] with the first byte that is not.
    #[inline]
    pub fn body_str(&self) -> Result<&'a str, HttpError> {
        std::str::from_utf8(self.body()).map_err(|error| HttpError::NotUtf8 { at: error.valid_up_to() })
    }

    fn lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.reader.lines.of(&self.reader.buffer[..self.reader.head_end]).map(|(_, line)| line)
    }
}

/// Lengths only: values and body may hold what no log should.
impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("headers", &self.headers().count())
            .field("head_bytes", &self.reader.head_end)
            .field("body_bytes", &self.body().len())
            .finish()
    }
}
