//! Chunked bodies (RFC 9112 section 7.1), joined in place.
//!
//! ```text
//! before   │ head │ 5\r\n hello 6\r\n  world 0\r\n\r\n │
//! after    │ head │ hello world │ free                │
//!                               └─ end: the next bytes from the peer go here
//! ```
//!
//! All bytes that are there are used up at every call, so that the state of the framing is a few
//! counters and never unread bytes: a reply may be cut anywhere.
//!
//! States, in the order they happen:
//!
//! ```text
//! Size ─► SizeMore ─┬─► Extension ─┬─► SizeLf ─┬─► Data ─► DataCr ─► DataLf ─► Size
//!                   └──────────────┘           └─► TrailerStart ─┬─► EndLf ─► Done
//!                                                     ▲          └─► TrailerName ─► TrailerValue ─► TrailerLf
//!                                                     └───────────────────────────────────────────────┘
//! ```
//!
//! `Extension` has states of its own, in the order of its grammar.
//!
//! Stricter than the RFC asks: no blank around `;` and `=` in an extension (section 7.1.1 calls it bad
//! whitespace), no bare LF anywhere.

use super::error::{ChunkFault, HttpError};

/// Most hex digits in a chunk size, bytes: as many as fill a `u64`.
pub const CHUNK_SIZE_DIGITS_MAX: u32 = 16;

/// Most bytes of chunk extensions in one reply. No venue sends any; a proxy may add a few.
pub const CHUNK_EXTENSION_BYTES_MAX: u32 = 1024;

/// Most bytes of trailer lines in one reply. They are checked and dropped.
pub const TRAILER_BYTES_MAX: u32 = 4096;

/// Fields that say how a message ends or how its connection goes on. None may stand in a trailer (RFC 9110 section 6.5.1);
/// who reads trailers like headers would read another reply than we do.
const NEVER_TRAILERS: [&[u8]; 4] = [b"connection", b"content-length", b"proxy-connection", b"transfer-encoding"];

/// The decoder: counters only, the bytes stay in the reader's buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chunked {
    state: State,
    /// Of the current chunk: the size as read so far, then the bytes still to come.
    remaining: u64,
    digits: u32,
    extension_bytes: u32,
    trailer_bytes: u32,
    /// Of the current trailer's name: its bytes so far, and which of [`NEVER_TRAILERS`] it may still turn out to be.
    name_bytes: usize,
    name_may_be: [bool; NEVER_TRAILERS.len()],
    /// Bytes of the body as sent, framing included, used up so far: where a fault is.
    wire: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    SizeMore,
    Extension(Extension),
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
}

/// Where in a chunk extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extension {
    Name,
    NameMore,
    Value,
    Token,
    Quoted,
    Escaped,
    After,
}

/// Where the joined body and the rest lie after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The end of the body joined so far.
    pub(crate) end: usize,
    /// Whether the body is whole.
    pub(crate) done: bool,
    /// Bytes behind the whole body; they are not moved.
    pub(crate) left_over: usize,
}

impl Chunked {
    /// Takes `buffer[end..]`, as received, into the body that was joined up to `end`.
    pub(crate) fn join(&mut self, buffer: &mut [u8], mut end: usize) -> Result<Joined, HttpError> {
        let mut at = end;
        while self.state != State::Done && at < buffer.len() {
            if self.state == State::Data {
                let there = buffer.len() - at;
                let take = usize::try_from(self.remaining).map_or(there, |remaining| remaining.min(there));
                buffer.copy_within(at..at + take, end);
                at += take;
                end += take;
                self.wire += take;
                self.remaining -= take as u64;
                if self.remaining == 0 {
                    self.state = State::DataCr;
                }
            } else {
                self.state =
                    self.framing_byte(buffer[at]).map_err(|fault| HttpError::Chunk { at: self.wire, fault })?;
                at += 1;
                self.wire += 1;
            }
        }
        Ok(Joined { end, done: self.state == State::Done, left_over: buffer.len() - at })
    }

    /// Bytes of the current chunk that are still to come.
    pub(crate) fn announced(&self) -> usize {
        match self.state {
            State::Data => usize::try_from(self.remaining).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    fn framing_byte(&mut self, byte: u8) -> Result<State, ChunkFault> {
        match (self.state, byte) {
            // chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; chunk-size = 1*HEXDIG
            (State::Size | State::SizeMore, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if self.state == State::Size {
                    (self.remaining, self.digits) = (0, 0);
                }
                if self.digits == CHUNK_SIZE_DIGITS_MAX {
                    return Err(ChunkFault::SizeTooLong);
                }
                self.digits += 1;
                self.remaining = self.remaining << 4 | hex_digit(byte);
                Ok(State::SizeMore)
            }
            (State::SizeMore, b'\r') => Ok(State::SizeLf),
            (State::SizeMore, b';') => self.extension_byte(Extension::Name),
            (State::SizeMore, b'\n') => Err(ChunkFault::LineEnd),
            (State::Size | State::SizeMore, _) => Err(ChunkFault::Size),

            (State::Extension(extension), byte) => self.in_extension(extension, byte),

            // last-chunk = 1*"0" [ chunk-ext ] CRLF
            (State::SizeLf, b'\n') if self.remaining == 0 => Ok(State::TrailerStart),
            (State::SizeLf, b'\n') => Ok(State::Data),

            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => Ok(State::Size),
            (State::DataCr | State::DataLf, _) => Err(ChunkFault::DataEnd),

            // trailer-section = *( field-line CRLF ), then CRLF. A line that starts with a blank
            // (a fold) is no field line.
            (State::TrailerStart, b'\r') => Ok(State::EndLf),
            (State::EndLf, b'\n') => Ok(State::Done),
            (State::TrailerStart | State::TrailerName, byte) if is_token(byte) => {
                if self.state == State::TrailerStart {
                    (self.name_bytes, self.name_may_be) = (0, [true; NEVER_TRAILERS.len()]);
                }
                for (may_be, name) in self.name_may_be.iter_mut().zip(NEVER_TRAILERS) {
                    *may_be &= name.get(self.name_bytes) == Some(&byte.to_ascii_lowercase());
                }
                self.name_bytes += 1;
                self.trailer_byte(State::TrailerName)
            }
            (State::TrailerName, b':') => {
                let mut names = NEVER_TRAILERS.iter().zip(self.name_may_be);
                if names.any(|(name, may_be)| may_be && name.len() == self.name_bytes) {
                    return Err(ChunkFault::TrailerForbidden);
                }
                self.trailer_byte(State::TrailerValue)
            }
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, byte) if is_text(byte) => self.trailer_byte(State::TrailerValue),
            (State::TrailerLf, b'\n') => Ok(State::TrailerStart),
            (State::TrailerStart | State::TrailerValue, b'\n') => Err(ChunkFault::LineEnd),
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => Err(ChunkFault::Trailer),

            (State::SizeLf | State::TrailerLf | State::EndLf, _) => Err(ChunkFault::LineEnd),
            // `join` brings no byte here in these states.
            (State::Data | State::Done, _) => Err(ChunkFault::DataEnd),
        }
    }

    /// chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] )
    fn in_extension(&mut self, at: Extension, byte: u8) -> Result<State, ChunkFault> {
        use Extension::{After, Escaped, Name, NameMore, Quoted, Token, Value};
        let next = match (at, byte) {
            (NameMore | Token | After, b'\r') => return Ok(State::SizeLf),
            (NameMore | Token | After, b';') => Name,
            (NameMore, b'=') => Value,
            (Name | NameMore, byte) if is_token(byte) => NameMore,
            (Value | Token, byte) if is_token(byte) => Token,
            (Value, b'"') => Quoted,
            // quoted-string = DQUOTE *( qdtext / "\" text ) DQUOTE, RFC 9110 section 5.6.4
            (Quoted, b'"') => After,
            (Quoted, b'\\') => Escaped,
            (Quoted | Escaped, byte) if is_text(byte) => Quoted,
            (_, b'\n') => return Err(ChunkFault::LineEnd),
            _ => return Err(ChunkFault::Extension),
        };
        self.extension_byte(next)
    }

    fn extension_byte(&mut self, next: Extension) -> Result<State, ChunkFault> {
        self.extension_bytes += 1;
        if self.extension_bytes > CHUNK_EXTENSION_BYTES_MAX {
            return Err(ChunkFault::ExtensionTooLong);
        }
        Ok(State::Extension(next))
    }

    fn trailer_byte(&mut self, next: State) -> Result<State, ChunkFault> {
        self.trailer_bytes += 1;
        if self.trailer_bytes > TRAILER_BYTES_MAX {
            return Err(ChunkFault::TrailerTooLong);
        }
        Ok(next)
    }
}

/// The value of a byte already known to be a hex digit.
fn hex_digit(byte: u8) -> u64 {
    u64::from(match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20) - b'a' + 10,
    })
}

/// RFC 9110 section 5.5: `field-vchar`, `obs-text` and blanks; no controls.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

/// RFC 9110 section 5.6.2: `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
