//! Where a reply's body ends, and whether the connection may stay open after it.
//!
//! RFC 9112 section 6.3 as numbered steps. Where the RFC leaves a choice between repairing and
//! refusing, this refuses: two parsers that repair differently see two different replies, and the
//! second of them would be taken for another order's.

use httparse::Header;

use super::error::{HttpError, SEEN_BYTES_MAX};
use crate::text::Text;

/// How the body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// An interim (1xx) reply: no body, and the final reply is still to come.
    Interim,
    /// No body.
    None,
    /// Exactly so many bytes.
    Length(usize),
    /// Chunked coding.
    Chunked,
    /// All until the peer closes.
    UntilClose,
}

/// What a head says about the bytes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    pub(crate) body: Body,
    pub(crate) keep_alive: bool,
}

/// Reads the framing of a reply out of its head, in which the values of its `headers` lie.
///
/// The fields are checked in every head, also where step 1 then makes them irrelevant: a peer that
/// contradicts itself once is not trusted to mean the next reply.
pub(crate) fn framing(
    minor: u8,
    status: u16,
    head_request: bool,
    head: &[u8],
    headers: &[Header<'_>],
) -> Result<Framing, HttpError> {
    let fields = Fields::gather(head, headers)?;
    let keep_alive = fields.keep_alive(minor);

    // RFC 9112 section 6.1: who receives Transfer-Encoding in HTTP/1.0 "MUST treat the message as
    // if the framing is faulty".
    if minor == 0 && fields.chunked {
        return Err(HttpError::CodingOnHttp10);
    }

    // Step 3. Both given: "might indicate an attempt to perform request smuggling or response
    // splitting and ought to be handled as an error". Before step 1, see above.
    if fields.chunked && fields.length.is_some() {
        return Err(HttpError::LengthWithCoding);
    }

    // Section 6.1 and RFC 9110 section 8.6: neither field may stand in a 1xx or 204 reply. `0` is
    // common and says nothing else than the status does.
    let bodiless = matches!(status, 100..=199 | 204);
    if bodiless && (fields.chunked || fields.length.is_some_and(|length| length > 0)) {
        return Err(HttpError::BodyNotAllowed { status });
    }

    let body = if status < 200 {
        // Step 1. A 1xx reply ends at its empty line.
        Body::Interim
    } else if head_request || status == 204 || status == 304 {
        // Step 1. So does any reply to HEAD, and any 204 or 304, whatever its fields say.
        Body::None
    } else if fields.chunked {
        // Step 4. Chunked is the final coding (here: the only one), so it delimits the body.
        // Step 2 is about CONNECT, which this client never sends.
        Body::Chunked
    } else if let Some(length) = fields.length {
        // Step 6. Step 5, an invalid length, was refused while the fields were gathered.
        Body::Length(length)
    } else {
        // Step 8. Step 7 is about requests.
        Body::UntilClose
    };

    // Nobody asked for a coding (no `Accept-Encoding` is ever sent) and nobody downstream undoes it.
    if let (Body::Length(1..) | Body::Chunked | Body::UntilClose, Some(seen)) = (body, fields.encoding) {
        return Err(HttpError::Encoded { seen });
    }

    // The close is the delimiter: nothing can follow on this connection.
    let keep_alive = keep_alive && body != Body::UntilClose;
    Ok(Framing { body, keep_alive })
}

/// A field that decides over framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decides {
    Connection,
    ContentEncoding,
    ContentLength,
    ProxyConnection,
    TransferEncoding,
}

impl Decides {
    /// The field of this name, if it is one of them.
    #[inline]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        // The length first: it settles nearly every other header with one comparison.
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => Some(Self::Connection),
            14 if name.eq_ignore_ascii_case(b"content-length") => Some(Self::ContentLength),
            16 if name.eq_ignore_ascii_case(b"content-encoding") => Some(Self::ContentEncoding),
            16 if name.eq_ignore_ascii_case(b"proxy-connection") => Some(Self::ProxyConnection),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => Some(Self::TransferEncoding),
            _ => None,
        }
    }
}

/// `Content-Length = 1*DIGIT`: no sign, list or prefix, and no blank but around it.
#[inline]
pub(crate) fn content_length(value: &[u8]) -> Option<usize> {
    let digits = value.trim_ascii();
    let length = digits.iter().try_fold(0_usize, |length, byte| match byte {
        b'0'..=b'9' => length.checked_mul(10)?.checked_add(usize::from(byte - b'0')),
        _ => None,
    });
    length.filter(|_| !digits.is_empty())
}

/// The fields that decide, out of all.
#[derive(Default)]
struct Fields {
    length: Option<usize>,
    chunked: bool,
    encoding: Option<Text<SEEN_BYTES_MAX>>,
    close: bool,
    keep_alive: bool,
}

impl Fields {
    fn gather(head: &[u8], headers: &[Header<'_>]) -> Result<Self, HttpError> {
        let mut fields = Self::default();
        for header in headers {
            match Decides::of(header.name.as_bytes()) {
                Some(Decides::Connection) => fields.connection(header.value),
                Some(Decides::ContentEncoding) => fields.content_encoding(header.value),
                Some(Decides::ContentLength) => fields.content_length(header.value)?,
                Some(Decides::ProxyConnection) => fields.proxy_connection(header.value),
                Some(Decides::TransferEncoding) => fields.transfer_encoding(head, header.value)?,
                None => {}
            }
        }
        Ok(fields)
    }

    /// Section 9.6 (`close`) and section 9.3 (`keep-alive`, of use to HTTP/1.0 only).
    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|byte| *byte == b',') {
            let option = option.trim_ascii();
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    /// No standard has it (RFC 9112 appendix C.2.2). Who means by it to close is believed, who means to persist is not.
    fn proxy_connection(&mut self, value: &[u8]) {
        let keep_alive = self.keep_alive;
        self.connection(value);
        self.keep_alive = keep_alive;
    }

    /// Step 5. A list of equal values may be repaired by section 6.3; it is refused here, as is a
    /// second field line.
    fn content_length(&mut self, value: &[u8]) -> Result<(), HttpError> {
        if self.length.is_some() {
            return Err(HttpError::TwoLengths);
        }
        self.length = Some(content_length(value).ok_or(HttpError::ContentLength { seen: Text::quoted(value) })?);
        Ok(())
    }

    /// Section 6.1. Only `chunked`, alone and once: any further coding would have to be undone by
    /// somebody, and anything after `chunked` leaves the body without a delimiter. That may be a tab, which is no part of
    /// the value (section 5) and which llhttp takes for one: to Node.js's clients the body then goes on until the close.
    fn transfer_encoding(&mut self, head: &[u8], value: &[u8]) -> Result<(), HttpError> {
        let end = value.as_ptr_range().end.addr().wrapping_sub(head.as_ptr().addr());
        let mut behind = head.get(end..).unwrap_or_default().iter();
        let tab_behind = behind.find(|byte| **byte != b' ') == Some(&b'\t');
        if self.chunked || tab_behind || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(HttpError::TransferEncoding { seen: Text::quoted(value) });
        }
        self.chunked = true;
        Ok(())
    }

    fn content_encoding(&mut self, value: &[u8]) {
        if !value.eq_ignore_ascii_case(b"identity") {
            self.encoding = Some(Text::quoted(value));
        }
    }

    /// Section 9.3: `close` ends it; HTTP/1.1 persists; HTTP/1.0 persists only when told to.
    fn keep_alive(&self, minor: u8) -> bool {
        !self.close && (minor == 1 || self.keep_alive)
    }
}
