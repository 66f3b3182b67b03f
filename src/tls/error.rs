//! What is wrong with a record, or with what it held.
//!
//! Small and `Copy`: numbers of the protocol, never a byte of what was sent.

use rustls::{AlertDescription, ContentType, HandshakeType};

use super::in_place::{EMPTY_RECORDS_MAX, USER_CANCELED_MAX};
use super::post_handshake::{MESSAGE_BYTES_MAX, MESSAGES_MAX};
use super::protection::RECORD_BYTES_MAX;

/// The peer's records are not what RFC 8446 allows, or not the peer's. The connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// The peer gives up, and says why (RFC 8446 section 6.2).
    #[error("the peer sent alert {code}, {:?}", AlertDescription::from(*.code))]
    Alert {
        /// Its number in RFC 8446 appendix B.2.
        code: u8,
    },
    /// An alert that is not two bytes (RFC 8446 section 5.1).
    #[error("malformed alert")]
    AlertSize,
    /// Not sealed with this connection's key and number: changed, replayed, reordered, or one before it is missing.
    #[error("a record cannot be opened (bad tag)")]
    BadTag,
    /// A handshake or alert record without content (RFC 8446 section 5.4).
    #[error("an empty {:?} record", ContentType::from(*.kind))]
    Empty {
        /// Its content type.
        kind: u8,
    },
    /// Another record between the parts of a handshake message (RFC 8446 section 5.1).
    #[error("another record between the parts of a handshake message")]
    Interleaved,
    /// A KeyUpdate that is none (RFC 8446 section 4.6.3).
    #[error("malformed KeyUpdate")]
    KeyUpdate,
    /// Something behind a KeyUpdate in its record (RFC 8446 section 5.1).
    #[error("a KeyUpdate does not end its record")]
    KeyUpdateNotLast,
    /// A handshake message longer than is taken.
    #[error("a handshake message of {bytes} bytes; {MESSAGE_BYTES_MAX} are taken")]
    MessageTooLong {
        /// What its header says.
        bytes: usize,
    },
    /// A record of nothing but padding (RFC 8446 section 5.4).
    #[error("a record of nothing but padding")]
    NoContentType,
    /// A session ticket too short to hold one (RFC 8446 section 4.6.1).
    #[error("malformed session ticket")]
    Ticket,
    /// More empty records in a row than are taken.
    #[error("more than {EMPTY_RECORDS_MAX} empty records in a row")]
    TooManyEmpty,
    /// More handshake messages without data in between than are taken.
    #[error("more than {MESSAGES_MAX} handshake messages in a row")]
    TooManyMessages,
    /// More `user_canceled` alerts than are taken.
    #[error("more than {USER_CANCELED_MAX} user_canceled alerts")]
    TooManyUserCanceled,
    /// Longer than a record can be (RFC 8446 sections 5.2 and 5.4).
    #[error("a record longer than {RECORD_BYTES_MAX} bytes and what protects them")]
    TooLong,
    /// Too short to hold a content type and a tag (RFC 8446 section 5.2).
    #[error("a record of {bytes} bytes holds nothing")]
    TooShort {
        /// What its header says.
        bytes: usize,
    },
    /// A handshake message that may not come after the handshake.
    #[error("unexpected handshake message {kind}, {:?}", HandshakeType::from(*.kind))]
    UnexpectedMessage {
        /// Its number in RFC 8446 appendix B.3.
        kind: u8,
    },
    /// A record that may not come after the handshake, or is not sealed.
    #[error("unexpected record of type {kind}, {:?}", ContentType::from(*.kind))]
    UnexpectedRecord {
        /// Its content type.
        kind: u8,
    },
    /// Another version in its header than every TLS 1.3 record has (RFC 8446 section 5.2).
    #[error("a record of version {version:#06x}")]
    Version {
        /// As it stands there.
        version: u16,
    },
}

const _: () = assert!(size_of::<RecordFault>() <= 16);
