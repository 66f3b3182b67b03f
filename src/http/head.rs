//! The head of a reply: where it ends, what it says, where its lines are.
//!
//! A head that is there whole, as nearly all are, is read in one go by httparse, and then only the end of each line is
//! looked at again: httparse takes a bare LF, this does not. A head in pieces is searched for its end first, once over
//! each byte, so that neither small pieces nor long heads cost more than their length.

use std::mem::MaybeUninit;

use super::error::{HeadFault, HttpError};
use super::framing::{Framing, framing};
use super::shape::Shape;

/// Longest head taken, bytes. Venues behind large proxies send 1 to 5 KB.
pub const HEAD_BYTES_MAX: usize = 16_384;

/// Most header lines in one head. Venues behind large proxies send 15 to 35.
pub const HEADERS_MAX: usize = 96;

/// What every reply starts with: HTTP/1.0 or 1.1, nothing before it.
const STATUS_LINE_START: &[u8] = b"HTTP/1.";

/// What a head says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// Its length, the empty line included.
    pub(crate) end: usize,
    pub(crate) status: u16,
    pub(crate) framing: Framing,
}

/// Where the header lines of a head start, and the last of them ends: all that is kept of them until somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct HeaderLines {
    starts: [u16; HEADERS_MAX + 1],
    count: usize,
}

const _: () = assert!(HEAD_BYTES_MAX <= u16::MAX as usize, "a place in a head fits");

impl HeaderLines {
    pub(crate) const fn new() -> Self {
        Self { starts: [0; HEADERS_MAX + 1], count: 0 }
    }

    /// The lines in `head`, which is the one that was read into this: where each starts, and the line with the blanks and
    /// the CRLF at its end.
    #[inline]
    pub(crate) fn of<'a>(&'a self, head: &'a [u8]) -> impl Iterator<Item = (usize, &'a [u8])> {
        self.starts[..=self.count].windows(2).filter_map(|line| {
            let start = usize::from(line[0]);
            Some((start, head.get(start..usize::from(line[1]))?))
        })
    }
}

/// How far a head has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeadScan {
    /// Up to here every line is known to end in CRLF and not to be empty.
    line: usize,
    /// Up to here the line begun at `line` is known to have no LF.
    seen: usize,
}

impl HeadScan {
    /// The head that `bytes` start with, once it is whole. Bytes may follow, and more than last time.
    ///
    /// `lines` are those of the last head that was read in full, which `shape` was learned from.
    #[inline]
    pub(crate) fn head(
        &mut self,
        bytes: &[u8],
        head_request: bool,
        lines: &mut HeaderLines,
        shape: &mut Shape,
    ) -> Result<Option<Head>, HttpError> {
        if self.seen == 0
            && !head_request
            && let Some(head) = shape.fits(bytes)
        {
            return Ok(Some(head));
        }
        // The lines are about to be another head's.
        shape.forget();
        let head = self.read(bytes, head_request, lines)?;
        if let (Some(head), false) = (head, head_request) {
            shape.learn(bytes, head, lines);
        }
        Ok(head)
    }

    /// The same, read in full.
    #[cold]
    fn read(&mut self, bytes: &[u8], head_request: bool, lines: &mut HeaderLines) -> Result<Option<Head>, HttpError> {
        // Whatever else answers on this port is recognised by its first byte, not by a deadline.
        if self.seen < STATUS_LINE_START.len() {
            let wrong = bytes.iter().zip(STATUS_LINE_START).position(|(byte, expected)| byte != expected);
            if let Some(at) = wrong {
                return Err(HttpError::NotHttp { at, byte: bytes[at] });
            }
        }
        if self.seen == 0
            && let Some(head) = read(&bytes[..bytes.len().min(HEAD_BYTES_MAX)], head_request, lines)
        {
            return head.map(Some);
        }
        // In pieces, or wrong: then the fault named is the first one, however the bytes came.
        match self.end(bytes)? {
            None => Ok(None),
            Some(end) => match read(&bytes[..end], head_request, lines) {
                Some(head) => head.map(Some),
                None => Err(fault(&bytes[..end])),
            },
        }
    }

    /// The length of the head, once its empty line is there.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, HttpError> {
        while let Some(found) = memchr::memchr(b'\n', &bytes[self.seen..]) {
            let at = self.seen + found;
            if at == self.line || bytes[at - 1] != b'\r' {
                return Err(HttpError::Head { at, fault: HeadFault::LineEnd });
            }
            let empty = at - 1 == self.line;
            (self.line, self.seen) = (at + 1, at + 1);
            if self.seen > HEAD_BYTES_MAX {
                break;
            }
            if empty {
                return Ok(Some(self.seen));
            }
        }
        self.seen = bytes.len();
        if self.seen > HEAD_BYTES_MAX {
            return Err(HttpError::HeadTooLong);
        }
        Ok(None)
    }
}

/// Reads the head that `bytes` start with; `None` when httparse finds none, or a line ends in a bare LF.
fn read(bytes: &[u8], head_request: bool, lines: &mut HeaderLines) -> Option<Result<Head, HttpError>> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let Ok(httparse::Status::Complete(end)) = config.parse_response_with_uninit_headers(&mut head, bytes, &mut headers)
    else {
        return None;
    };
    let (minor, status) = (head.version?, head.code?);

    // The empty line and the one before it; then what stands before each name is the end of the line before.
    let ends = |at: usize, mark: &[u8]| bytes.get(..at).is_some_and(|before| before.ends_with(mark));
    if !ends(end, b"\r\n\r\n") {
        return None;
    }
    for (line, header) in lines.starts.iter_mut().zip(head.headers.iter()) {
        let start = header.name.as_ptr().addr() - bytes.as_ptr().addr();
        if !ends(start, b"\r\n") {
            return None;
        }
        *line = u16::try_from(start).ok()?;
    }
    lines.count = head.headers.len();
    lines.starts[lines.count] = u16::try_from(end - b"\r\n".len()).ok()?;

    if !(100..=599).contains(&status) {
        return Some(Err(HttpError::Status { status }));
    }
    Some(framing(minor, status, head_request, &bytes[..end], head.headers).map(|framing| Head { end, status, framing }))
}

/// What is wrong in a head whose lines end as they should and which httparse refused, and where. Only ever run on the
/// way to an error.
#[cold]
fn fault(head: &[u8]) -> HttpError {
    let mut at = 0;
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let fault = if number == 0 {
            match httparse::Response::new(&mut []).parse(line) {
                Ok(_) => None,
                Err(httparse::Error::Version) if !line.starts_with(b"HTTP/1.1") && !line.starts_with(b"HTTP/1.0") => {
                    Some(HeadFault::Version)
                }
                Err(_) => Some(HeadFault::StatusLine),
            }
        } else if line.starts_with(b" ") || line.starts_with(b"\t") {
            Some(HeadFault::Folded)
        } else {
            match httparse::parse_headers(line, &mut [httparse::EMPTY_HEADER]) {
                Ok(_) => None,
                Err(httparse::Error::HeaderName) => Some(HeadFault::Name),
                Err(_) => Some(HeadFault::Value),
            }
        };
        if let Some(fault) = fault {
            return HttpError::Head { at, fault };
        }
        if number > HEADERS_MAX {
            return HttpError::TooManyHeaders;
        }
        at += line.len();
    }
    HttpError::Head { at, fault: HeadFault::LineEnd }
}
