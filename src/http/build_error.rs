//! Why a request cannot be written, and what to do about it.
//!
//! Small and `Copy`: numbers, static names and one refused byte. Never a value, a query or a key.

use super::request::REQUEST_BYTES_MAX;
use crate::sign::SignError;

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
    /// The key could not make the signature.
    #[error("{0}")]
    Sign(#[from] SignError),
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

const _: () = assert!(size_of::<BuildError>() <= 64);
