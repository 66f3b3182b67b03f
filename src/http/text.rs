//! Values as text, straight into the buffer they are sent from: decimal digits, hex, base64, percent-encoding.

use std::fmt;

/// A fixed stretch of bytes and how much of it is written.
///
/// **Shape.** The length may run on past the capacity: nothing is written then, [`written`](Self::written) is empty, and
/// [`len`](Self::len) says in the end how many bytes would have been needed.
pub struct Room<'b> {
    bytes: &'b mut [u8],
    len: usize,
}

impl<'b> Room<'b> {
    /// An empty room over `bytes`; what stands in them is written over.
    #[inline]
    pub fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, len: 0 }
    }

    /// How many bytes it can hold.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes were put, those that did not fit among them.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was put.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was written; empty when more was put than fits.
    #[inline]
    pub fn written(&self) -> &[u8] {
        self.span(0, self.len)
    }

    /// What was written, for as long as the bytes live; `None` when more was put than fits.
    #[inline]
    pub fn into_written(self) -> Option<&'b [u8]> {
        self.bytes.get(..self.len)
    }

    /// The bytes of one span; empty when they are not all there.
    #[inline]
    pub fn span(&self, from: usize, to: usize) -> &[u8] {
        // Past the capacity stands what an earlier request left: never shown.
        if self.len > self.bytes.len() || to > self.len {
            return &[];
        }
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Appends bytes as they are.
    #[inline(always)]
    pub fn put(&mut self, text: &[u8]) -> &mut Self {
        if let Some(room) = self.grow(text.len()) {
            room.copy_from_slice(text);
        }
        self
    }

    /// Appends a number in decimal digits.
    #[inline]
    pub fn put_u64(&mut self, number: u64) -> &mut Self {
        self.put(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Appends bytes as lower-case hex, two digits each.
    #[inline]
    pub fn put_hex(&mut self, bytes: &[u8]) -> &mut Self {
        if let Some(room) = self.grow(2 * bytes.len()) {
            write_hex(bytes, room);
        }
        self
    }

    /// Appends bytes in standard base64 with padding (RFC 4648 section 4).
    #[inline]
    pub fn put_base64(&mut self, bytes: &[u8]) -> &mut Self {
        if let Some(room) = self.grow(base64_len(bytes.len())) {
            write_base64(bytes, room);
        }
        self
    }

    /// Appends text percent-encoded: the unreserved characters of RFC 3986 section 2.3 stay, every other byte of the
    /// UTF-8 text becomes `%XX` with upper-case digits.
    #[inline]
    pub fn put_percent(&mut self, text: &str) -> &mut Self {
        let mut rest = text.as_bytes();
        loop {
            let plain = rest.iter().position(|&byte| !is_unreserved(byte)).unwrap_or(rest.len());
            let (head, tail) = rest.split_at(plain);
            self.put(head);
            let Some((&byte, after)) = tail.split_first() else {
                return self;
            };
            let [high, low] = HEX_UPPER_PAIRS[usize::from(byte)];
            self.put(&[b'%', high, low]);
            rest = after;
        }
    }

    /// Takes back the last `count` bytes.
    #[inline]
    pub(crate) fn shorten(&mut self, count: usize) {
        self.len = self.len.saturating_sub(count);
    }

    /// Room for `count` more bytes, to be written by the caller; `None` when they do not fit (they are counted all the
    /// same).
    #[inline(always)]
    pub(crate) fn grow(&mut self, count: usize) -> Option<&mut [u8]> {
        let start = self.len;
        self.len = start.saturating_add(count);
        self.bytes.get_mut(start..self.len)
    }

    /// Bytes written earlier, to be written over; `None` when they are not all there.
    #[inline]
    pub(crate) fn span_mut(&mut self, from: usize, count: usize) -> Option<&mut [u8]> {
        let to = from.saturating_add(count);
        if to > self.len {
            return None;
        }
        self.bytes.get_mut(from..to)
    }
}

/// Shows lengths only: what is written may be a secret.
impl fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("len", &self.len).field("capacity", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Bytes as lower-case hex.
///
/// **Shape.** `W` is `2 * N`, checked when compiled.
#[inline]
pub fn hex<const N: usize, const W: usize>(bytes: &[u8; N]) -> [u8; W] {
    const { assert!(W == 2 * N, "hex takes two digits a byte") };
    let mut text = [0; W];
    write_hex(bytes, &mut text);
    text
}

/// Bytes in standard base64 with padding (RFC 4648 section 4).
///
/// **Shape.** `W` is `base64_len(N)`, checked when compiled: 44 for 32 bytes, 88 for 64.
#[inline]
pub fn base64<const N: usize, const W: usize>(bytes: &[u8; N]) -> [u8; W] {
    const { assert!(W == base64_len(N), "base64 takes four characters for every three bytes begun") };
    let mut text = [0; W];
    write_base64(bytes, &mut text);
    text
}

/// How many characters `count` bytes take in base64 with padding.
pub const fn base64_len(count: usize) -> usize {
    count.div_ceil(3) * 4
}

/// Whether a byte stands for itself everywhere in a URL. Source: RFC 3986 section 2.3.
#[inline]
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[byte as usize]
}

#[inline]
fn write_hex(bytes: &[u8], text: &mut [u8]) {
    for (pair, &byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [hex_lower(byte >> 4), hex_lower(byte & 0x0f)];
    }
}

/// The digit of a value below 16, by arithmetic: the loop around it becomes vector code, which a table would not.
#[inline]
const fn hex_lower(value: u8) -> u8 {
    const GAP: u8 = b'a' - b'0' - 10;
    value + b'0' + if value > 9 { GAP } else { 0 }
}

#[inline]
fn write_base64(bytes: &[u8], text: &mut [u8]) {
    let (triples, rest) = bytes.as_chunks::<3>();
    let (quads, last) = text.as_chunks_mut::<4>().0.split_at_mut(triples.len());
    for (quad, &[a, b, c]) in quads.iter_mut().zip(triples) {
        *quad = [symbol(a >> 2), symbol(a << 4 | b >> 4), symbol(b << 2 | c >> 6), symbol(c)];
    }
    if let (Some(quad), Some(&a)) = (last.first_mut(), rest.first()) {
        *quad = match rest.get(1) {
            Some(&b) => [symbol(a >> 2), symbol(a << 4 | b >> 4), symbol(b << 2), b'='],
            None => [symbol(a >> 2), symbol(a << 4), b'=', b'='],
        };
    }
}

/// The character of the low six bits.
#[inline]
const fn symbol(bits: u8) -> u8 {
    BASE64[(bits & 0x3f) as usize]
}

/// Source: RFC 4648 section 4, table 1.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte as usize] = matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

const HEX_UPPER_PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0x0f]];
        byte += 1;
    }
    table
};
