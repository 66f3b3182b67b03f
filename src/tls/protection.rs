//! One direction's key: protects single records (RFC 8446 section 5.2) and numbers them.
//!
//! ```text
//! | 23 | 3 3 | length | content … | content type | zeros … | tag, 16 bytes |
//! └─ in the clear ───┘└─ sealed ───────────────────────────┘
//! ```
//!
//! Nothing here allocates once a key is made, neither in Rust nor in the C library underneath: both calls of aws-lc-rs
//! used work from one buffer into another.

use core::fmt;

use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use rustls::ContentType;
use zeroize::Zeroizing;

use super::error::RecordFault;

/// Content bytes one TLS record can carry (RFC 8446 section 5.1).
pub const RECORD_BYTES_MAX: usize = 16_384;

/// The part of a record in the clear: content type, version, length.
pub(crate) const HEADER_BYTES: usize = 5;

/// All three suites of TLS 1.3 that rustls has end a record with so many bytes.
pub(crate) const TAG_BYTES: usize = 16;

/// The longest key of the suites of TLS 1.3.
const KEY_BYTES_MAX: usize = 32;

/// What a record is longer than its content, without padding.
pub(crate) const OVERHEAD_BYTES: usize = HEADER_BYTES + 1 + TAG_BYTES;

/// What protecting may add to a record (RFC 8446 section 5.2).
const EXPANSION_BYTES_MAX: usize = 256;

/// The longest record, from its first byte to its last.
pub(crate) const SEALED_BYTES_MAX: usize = HEADER_BYTES + RECORD_BYTES_MAX + EXPANSION_BYTES_MAX;

/// The key of one direction and the number of the next record.
///
/// Erased on drop: the key by the C library, the IV here.
pub(crate) struct TrafficKey {
    key: LessSafeKey,
    iv: Zeroizing<[u8; NONCE_LEN]>,
    sequence: u64,
    /// Records one key may protect.
    limit: u64,
}

/// What a record held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) kind: ContentType,
    /// Bytes of content.
    pub(crate) bytes: usize,
}

/// The key has protected as many records as its cipher allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WornOut;

impl TrafficKey {
    /// A key whose next record has the number `sequence` and which may protect `limit` records.
    ///
    /// **Errors**: a key of another length than the algorithm's.
    pub(crate) fn new(
        algorithm: &'static Algorithm,
        key: &[u8],
        iv: [u8; NONCE_LEN],
        sequence: u64,
        limit: u64,
    ) -> Result<Self, Unspecified> {
        debug_assert_eq!(algorithm.tag_len(), TAG_BYTES);
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
        Ok(Self { key, iv: Zeroizing::new(iv), sequence, limit })
    }

    /// A random key for the same cipher, to rehearse with: what it seals is for nobody.
    pub(crate) fn for_rehearsal(&self) -> Result<Self, Unspecified> {
        let algorithm = self.key.algorithm();
        let mut key = Zeroizing::new([0; KEY_BYTES_MAX]);
        let key = key.get_mut(..algorithm.key_len()).ok_or(Unspecified)?;
        aws_lc_rs::rand::fill(key)?;
        Self::new(algorithm, key, [0; NONCE_LEN], 0, u64::MAX)
    }

    /// Whether it has protected as many records as it may.
    pub(crate) const fn is_worn_out(&self) -> bool {
        self.sequence >= self.limit
    }

    /// Seals `content` as one record at the start of `into`, and says how long it is.
    ///
    /// **Errors**: the cipher's limit is reached.
    ///
    /// **Panics** when `into` has no room or `content` is longer than a record: both sizes are constants of ours.
    #[inline]
    pub(crate) fn seal(&mut self, kind: ContentType, content: &[u8], into: &mut [u8]) -> Result<usize, WornOut> {
        assert!(content.len() <= RECORD_BYTES_MAX, "one request is one record");
        // RFC 8446 section 5.5: a key protects only so many records; the caller replaces the connection then. No number
        // is used twice either (section 5.3): every limit is below where they would start again.
        if self.is_worn_out() {
            return Err(WornOut);
        }
        let (record, _) = into.split_at_mut(content.len() + OVERHEAD_BYTES);
        let (header, sealed) = record.split_at_mut(HEADER_BYTES);
        // RFC 8446 section 5.2: type 23 and version 0x0303 whatever is inside; the length counts what follows the header.
        header.copy_from_slice(&[u8::from(ContentType::ApplicationData), 3, 3, 0, 0]);
        header[3..].copy_from_slice(&length_bytes(sealed.len()));
        let (text, type_and_tag) = sealed.split_at_mut(content.len());
        let nonce = self.take_nonce();
        // RFC 8446 section 5.2: the additional data is the header.
        let sealing =
            self.key.seal_out_of_place_scatter(nonce, Aad::from(&*header), content, text, &[kind.into()], type_and_tag);
        sealing.expect("all lengths fit");
        Ok(record.len())
    }

    /// Opens a whole record into another buffer, which must hold it without header and tag.
    #[inline]
    pub(crate) fn open(&mut self, record: &[u8], into: &mut [u8]) -> Result<Opened, RecordFault> {
        let (header, sealed) = record.split_at(HEADER_BYTES);
        let (text, tag) = sealed.split_at(sealed.len() - TAG_BYTES);
        let (inner, _) = into.split_at_mut(text.len());
        let nonce = self.take_nonce();
        let opening = self.key.open_separate_gather(nonce, Aad::from(header), text, tag, inner);
        opening.map_err(|_| RecordFault::BadTag)?;
        unpad(inner)
    }

    /// Opens a whole record where it lies: the content then follows the header.
    #[inline]
    pub(crate) fn open_in_place(&mut self, record: &mut [u8]) -> Result<Opened, RecordFault> {
        let (header, sealed) = record.split_at_mut(HEADER_BYTES);
        let nonce = self.take_nonce();
        let inner = self.key.open_in_place(nonce, Aad::from(&*header), sealed).map_err(|_| RecordFault::BadTag)?;
        unpad(inner)
    }

    /// RFC 8446 section 5.3: the nonce is the record's number, 64 bits in network byte order, padded to the left with
    /// zeros, XOR the IV. The first record of a key is number 0, each further one is one more.
    #[inline]
    fn take_nonce(&mut self) -> Nonce {
        let mut nonce = *self.iv;
        for (byte, number) in nonce[NONCE_LEN - 8..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= number;
        }
        // It cannot wrap within the age of the universe; on the sealing side the limit would stop it.
        self.sequence = self.sequence.wrapping_add(1);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// The length of the record at the start of `bytes`, once all of it is there.
///
/// **Errors**: a header no record has after the handshake.
#[inline]
pub(crate) fn whole_record(bytes: &[u8]) -> Result<Option<usize>, RecordFault> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else { return Ok(None) };
    let [kind, major, minor, high, low] = *header;
    // RFC 8446 section 5.2: the outer type of a sealed record is 23. Section 5: a change_cipher_spec record may come only
    // until the peer's Finished; section 6: an alert after the handshake is sealed.
    if kind != u8::from(ContentType::ApplicationData) {
        return Err(RecordFault::UnexpectedRecord { kind });
    }
    // RFC 8446 section 5.2: "always 0x0303".
    let version = u16::from_be_bytes([major, minor]);
    if version != 0x0303 {
        return Err(RecordFault::Version { version });
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    // RFC 8446 section 5.2: more than 2^14 + 256 bytes must end the connection.
    if length > RECORD_BYTES_MAX + EXPANSION_BYTES_MAX {
        return Err(RecordFault::TooLong);
    }
    if length < 1 + TAG_BYTES {
        return Err(RecordFault::TooShort { bytes: length });
    }
    Ok((rest.len() >= length).then_some(HEADER_BYTES + length))
}

/// RFC 8446 section 5.4: the last byte that is not zero is the content type; without one the connection must end.
#[inline]
fn unpad(inner: &[u8]) -> Result<Opened, RecordFault> {
    // RFC 8446 section 5.4: content, type and padding together are at most 2^14 + 1 bytes.
    if inner.len() > RECORD_BYTES_MAX + 1 {
        return Err(RecordFault::TooLong);
    }
    let bytes = inner.iter().rposition(|byte| *byte != 0).ok_or(RecordFault::NoContentType)?;
    Ok(Opened { kind: inner[bytes].into(), bytes })
}

fn length_bytes(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("a record's length fits two bytes").to_be_bytes()
}

/// Numbers only.
impl fmt::Debug for TrafficKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrafficKey")
            .field("sequence", &self.sequence)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

const _: () = assert!(RECORD_BYTES_MAX + OVERHEAD_BYTES <= SEALED_BYTES_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8448 section 3: the client's and the server's application data of the simple 1-RTT handshake.
    #[test]
    fn seals_and_opens_the_records_of_rfc_8448() {
        let bytes = |hex: &str| -> Vec<u8> {
            let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
            digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
        };
        let key = |key: &str, iv: &str| {
            let algorithm = &aws_lc_rs::aead::AES_128_GCM;
            TrafficKey::new(algorithm, &bytes(key), bytes(iv).try_into().unwrap(), 0, 10).unwrap()
        };
        let payload: Vec<u8> = (0..50).collect();
        let mut ours = key("17 42 2d da 59 6e d5 d9 ac d8 90 e3 c6 3f 50 51", "5b 78 92 3d ee 08 57 90 33 e5 23 d9");
        let sealed = bytes(
            "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 a8
             a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4",
        );
        let mut record = [0; 72];
        assert_eq!(ours.seal(ContentType::ApplicationData, &payload, &mut record), Ok(72));
        assert_eq!(&record[..], sealed);
        // Alert close_notify, the client's second record.
        let written = ours.seal(ContentType::Alert, &[1, 0], &mut record).unwrap();
        assert_eq!(
            &record[..written],
            bytes("17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3")
        );

        let mut peers = key("9f 02 28 3b 6c 9c 07 ef c2 6b b9 f2 ac 92 e3 56", "cf 78 2b 88 dd 83 54 9a ad f1 e9 84");
        // Its record 0 is a ticket.
        peers.sequence = 1;
        let sealed = bytes(
            "17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f 82 aa 1b 36 e3 0e fa f9
             7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c 00 47 c2 ab f3 32 54 0d d0 32 e1 67 c2 95 5d",
        );
        assert_eq!(whole_record(&sealed), Ok(Some(72)));
        let mut in_place = sealed.clone();
        let mut elsewhere = [0; 51];
        let opened = peers.open(&sealed, &mut elsewhere).unwrap();
        assert_eq!((opened.kind, &elsewhere[..opened.bytes]), (ContentType::ApplicationData, &payload[..]));
        peers.sequence = 1;
        let opened = peers.open_in_place(&mut in_place).unwrap();
        assert_eq!(&in_place[HEADER_BYTES..][..opened.bytes], payload);
    }

    #[test]
    fn a_header_is_judged_once_it_is_there() {
        let header = [23, 3, 3, 0, 17];
        for came in 0..22 {
            let bytes = [&header[..], &[0; 17]].concat();
            assert_eq!(whole_record(&bytes[..came]), Ok(None));
        }
        assert_eq!(whole_record(&[22, 3, 3, 0]), Ok(None));
        assert_eq!(whole_record(&[22, 3, 3, 0, 17]), Err(RecordFault::UnexpectedRecord { kind: 22 }));
    }
}
