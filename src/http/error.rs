//! What a peer sent instead of a reply this client accepts.
//!
//! Small and `Copy`: numbers, and at most the start of a framing header's value. Never a byte of a
//! body.

use super::chunked::{CHUNK_EXTENSION_BYTES_MAX, CHUNK_SIZE_DIGITS_MAX, TRAILER_BYTES_MAX};
use super::head::{HEAD_BYTES_MAX, HEADERS_MAX};
use super::response::INTERIM_REPLIES_MAX;
use crate::text::Text;

/// Most bytes of a framing header's value kept in an error: enough for any coding's name or length.
pub const SEEN_BYTES_MAX: usize = 28;

/// The peer's bytes are not a reply this client accepts. The connection has to end.
///
/// None of these says what became of the request: it had been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// A 1xx or 204 reply that says it has a body (RFC 9112 section 6.1, RFC 9110 section 8.6).
    #[error("a {status} reply cannot have a body, but its head announces one")]
    BodyNotAllowed {
        /// The reply's status.
        status: u16,
    },
    /// Malformed chunked coding.
    #[error("chunked body, byte {at}: {fault}")]
    Chunk {
        /// Where, counted from the end of the head in bytes as they were sent.
        at: usize,
        /// What.
        fault: ChunkFault,
    },
    /// The peer closed without a byte of a reply.
    #[error("the peer closed before it sent a reply")]
    ClosedBeforeReply,
    /// `Transfer-Encoding` in an HTTP/1.0 reply (RFC 9112 section 6.1).
    #[error("Transfer-Encoding in an HTTP/1.0 reply")]
    CodingOnHttp10,
    /// A `Content-Length` that is not digits only, or too large to count.
    #[error("Content-Length is `{seen}`, not a number of bytes")]
    ContentLength {
        /// The value.
        seen: Text<SEEN_BYTES_MAX>,
    },
    /// The peer closed within a body of known length.
    #[error("the reply was cut: {got} of {expected} bytes of its body came")]
    CutInBody {
        /// Bytes of the body that came.
        got: usize,
        /// What `Content-Length` said.
        expected: usize,
    },
    /// The peer closed within a chunked body.
    #[error("the reply was cut in its chunked body, after {got} bytes of data")]
    CutInChunks {
        /// Bytes of data that came, framing not counted.
        got: usize,
    },
    /// The peer closed within the head.
    #[error("the reply was cut in its head, after {got} bytes")]
    CutInHead {
        /// Bytes that came.
        got: usize,
    },
    /// A content coding that nobody asked for.
    #[error("the body is encoded as `{seen}`, though no encoding was asked for")]
    Encoded {
        /// The value of `Content-Encoding`.
        seen: Text<SEEN_BYTES_MAX>,
    },
    /// A malformed head.
    #[error("reply head, byte {at}: {fault}")]
    Head {
        /// Where, from the start of the head.
        at: usize,
        /// What.
        fault: HeadFault,
    },
    /// A head longer than [`HEAD_BYTES_MAX`].
    #[error("the reply's head is longer than {HEAD_BYTES_MAX} bytes")]
    HeadTooLong,
    /// `Content-Length` beside `Transfer-Encoding` (RFC 9112 section 6.3, step 3).
    #[error("both Content-Length and Transfer-Encoding are given")]
    LengthWithCoding,
    /// The reader is in the middle of another exchange, or was never started.
    #[error("the reader holds an unfinished reply: reset it with a new connection")]
    NotClean,
    /// What the peer sends is not HTTP/1.
    #[error("not an HTTP/1 reply: byte {at} is {byte:#04x}")]
    NotHttp {
        /// Where, from the start of the reply.
        at: usize,
        /// What.
        byte: u8,
    },
    /// The body was asked for as text and is none.
    #[error("the body is not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// The first byte that is not, counted in the body.
        at: usize,
    },
    /// Status 408: the server gave up waiting for a request, which is no order's answer.
    #[error("status 408: the server gave up waiting for the request")]
    RequestTimeout,
    /// A status code outside 100 to 599.
    #[error("status {status} is not one of HTTP's")]
    Status {
        /// The code.
        status: u16,
    },
    /// Bytes behind the whole reply, see the head of this module.
    #[error(
        "{bytes} bytes came behind a whole reply with status {status}: which one answers the request cannot be told"
    )]
    Stray {
        /// Of the reply that came first.
        status: u16,
        /// How many.
        bytes: usize,
    },
    /// The reply does not fit the reader.
    #[error(
        "the reply needs {needed} bytes or more, the reader holds {limit}: raise it with `ClientPool::builder().response_bytes(n)`"
    )]
    TooLarge {
        /// Bytes of head and body, as far as is known.
        needed: usize,
        /// The reader's capacity, or the larger one allowed for this call.
        limit: usize,
    },
    /// More than [`HEADERS_MAX`] header lines.
    #[error("the reply has more than {HEADERS_MAX} header lines")]
    TooManyHeaders,
    /// More than [`INTERIM_REPLIES_MAX`] interim replies.
    #[error("more than {INTERIM_REPLIES_MAX} interim (1xx) replies")]
    TooManyInterim,
    /// A transfer coding other than `chunked`, alone and once.
    #[error("Transfer-Encoding is `{seen}`; only `chunked`, once, is accepted")]
    TransferEncoding {
        /// The value of the line that was one too many.
        seen: Text<SEEN_BYTES_MAX>,
    },
    /// TLS ended without `close_notify` in a body that only the close ends.
    #[error("the connection was cut after {got} bytes of a body that has no stated length")]
    Truncated {
        /// Bytes of the body that came.
        got: usize,
    },
    /// More than one `Content-Length`.
    #[error("more than one Content-Length")]
    TwoLengths,
    /// Status 101: the server switches protocols unasked.
    #[error("status 101: the server switches protocols, though that was not asked for")]
    Upgrade,
}

const _: () = assert!(size_of::<HttpError>() <= 64);

/// What is wrong in a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadFault {
    /// A header line that starts with a blank (RFC 9112 section 5.2).
    #[error("folded header line")]
    Folded,
    /// A line that ends in LF without CR (RFC 9112 section 2.2).
    #[error("line not ended by CRLF")]
    LineEnd,
    /// A header name that is no token, or is not followed by a colon at once (RFC 9112 section 5.1).
    #[error("malformed header name")]
    Name,
    /// A status line that is not version, blank, three digits, blank, reason (RFC 9112 section 4).
    #[error("malformed status line")]
    StatusLine,
    /// A control byte in a header value (RFC 9110 section 5.5).
    #[error("control byte in a header value")]
    Value,
    /// A version other than 1.0 and 1.1.
    #[error("HTTP version is neither 1.0 nor 1.1")]
    Version,
}

/// What is wrong with a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkFault {
    /// Chunk data is longer than its size said, or not ended by CRLF.
    #[error("chunk data is not ended by CRLF")]
    DataEnd,
    /// A chunk extension that is not `;name`, `;name=value` or `;name="text"`.
    #[error("malformed chunk extension")]
    Extension,
    /// More than [`CHUNK_EXTENSION_BYTES_MAX`] bytes of extensions.
    #[error("more than {CHUNK_EXTENSION_BYTES_MAX} bytes of chunk extensions")]
    ExtensionTooLong,
    /// A line of the framing does not end in CRLF.
    #[error("line not ended by CRLF")]
    LineEnd,
    /// No hex digit where a chunk size has to be, or something else than `;` or CRLF behind it.
    #[error("malformed chunk size")]
    Size,
    /// More than [`CHUNK_SIZE_DIGITS_MAX`] digits.
    #[error("chunk size of more than {CHUNK_SIZE_DIGITS_MAX} digits")]
    SizeTooLong,
    /// A trailer line is not `name: value`.
    #[error("malformed trailer")]
    Trailer,
    /// A trailer that says how a message ends or how its connection goes on (RFC 9110 section 6.5.1).
    #[error("a framing or connection field in the trailer")]
    TrailerForbidden,
    /// More than [`TRAILER_BYTES_MAX`] bytes of trailers.
    #[error("more than {TRAILER_BYTES_MAX} bytes of trailers")]
    TrailerTooLong,
}
