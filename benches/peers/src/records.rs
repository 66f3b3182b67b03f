//! TLS 1.3 records with AES-128-GCM after a handshake by rustls, sealed and opened where they lie: the least that TLS can
//! cost. The server and the floor programs use it. Keys never change here and nobody asks for it.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rustls::{ConnectionTrafficSecrets, ExtractedSecrets};

pub const HEADER_BYTES: usize = 5;
const TAG_BYTES: usize = 16;
const DATA: u8 = 23;

pub struct Records {
    sealing: Direction,
    opening: Direction,
}

struct Direction {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    sequence: u64,
}

impl Records {
    /// # Panics
    /// Where the handshake agreed on anything but AES-128-GCM.
    pub fn new(secrets: ExtractedSecrets) -> Self {
        let direction = |(sequence, secrets)| {
            let ConnectionTrafficSecrets::Aes128Gcm { key, iv } = secrets else { panic!("AES-128-GCM alone") };
            let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key.as_ref()).expect("16 bytes"));
            Direction { key, iv: iv.as_ref().try_into().expect("12 bytes"), sequence }
        };
        Self { sealing: direction(secrets.tx), opening: direction(secrets.rx) }
    }

    /// Makes a record of `text` in `buffer`, from its start.
    pub fn seal<'b>(&mut self, text: &[u8], buffer: &'b mut [u8]) -> &'b [u8] {
        let sealed_bytes = text.len() + 1 + TAG_BYTES;
        let [high, low] = u16::try_from(sealed_bytes).expect("one record").to_be_bytes();
        let header = [DATA, 3, 3, high, low];
        let record = &mut buffer[..HEADER_BYTES + sealed_bytes];
        record[..HEADER_BYTES].copy_from_slice(&header);
        record[HEADER_BYTES..][..text.len()].copy_from_slice(text);
        record[HEADER_BYTES + text.len()] = DATA;
        let (inner, tag) = record[HEADER_BYTES..].split_at_mut(text.len() + 1);
        let nonce = self.sealing.nonce();
        let made = self.sealing.key.seal_in_place_separate_tag(nonce, Aad::from(header), inner).expect("all fits");
        tag.copy_from_slice(made.as_ref());
        record
    }

    /// The length of the record that `bytes` begin with, once all of it is there.
    pub fn whole(bytes: &[u8]) -> Option<usize> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let length = HEADER_BYTES + usize::from(u16::from_be_bytes([header[3], header[4]]));
        (bytes.len() >= length).then_some(length)
    }

    /// The text of a whole record; `None` where it holds anything but data, as at the connection's end.
    ///
    /// # Panics
    /// Where the record is not the peer's.
    pub fn open<'b>(&mut self, record: &'b mut [u8]) -> Option<&'b [u8]> {
        let (header, sealed) = record.split_at_mut(HEADER_BYTES);
        let nonce = self.opening.nonce();
        let inner = self.opening.key.open_in_place(nonce, Aad::from(&*header), sealed).expect("the peer's record");
        match inner {
            [text @ .., DATA] => Some(text),
            _ => None,
        }
    }
}

impl Direction {
    fn nonce(&mut self) -> Nonce {
        let mut nonce = self.iv;
        for (byte, number) in nonce[NONCE_LEN - 8..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= number;
        }
        self.sequence += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// A socket that gives at most one record at a time, so that a handshake takes nothing of what follows it.
pub struct RecordByRecord<'s>(pub &'s TcpStream);

impl Read for RecordByRecord<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_exact(&mut into[..HEADER_BYTES])?;
        let length = HEADER_BYTES + usize::from(u16::from_be_bytes([into[3], into[4]]));
        self.0.read_exact(&mut into[HEADER_BYTES..length])?;
        Ok(length)
    }
}

impl Write for RecordByRecord<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
