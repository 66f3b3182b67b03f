//! Values as text, straight into the buffer they are sent from: decimal digits, hex, base64, percent-encoding.

use std::num::NonZeroU128;
use std::{fmt, mem};

use crate::http::rules;
use crate::sign::hmac::Mac;

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

    /// Appends a name, which is short, as it is: without a call, where it has between 4 and 32 bytes.
    #[inline(always)]
    pub(crate) fn put_name(&mut self, name: &[u8]) -> &mut Self {
        if let Some(room) = self.grow(name.len()) {
            match name.len() {
                4..8 => copy_ends::<4>(name, room),
                8..16 => copy_ends::<8>(name, room),
                16..=32 => copy_ends::<16>(name, room),
                _ => room.copy_from_slice(name),
            }
        }
        self
    }

    /// Appends a number in decimal digits.
    // In line, so that the room's place in memory is told to nobody: see `aside`.
    #[inline(always)]
    pub fn put_u64(&mut self, number: u64) -> &mut Self {
        match ShortText::of_decimal(number, 0) {
            Some(text) => self.put_short(text),
            None => {
                self.aside(|room| _ = room.put_digits(number, digit_count(number)));
                self
            }
        }
    }

    /// Appends a number of at most `width` digits in just as many, zeros in front.
    #[inline]
    pub(crate) fn put_digits(&mut self, number: u64, width: usize) -> &mut Self {
        debug_assert!(digit_count(number) <= width.max(1));
        match width {
            0..=8 => self.put_last_digits(number, width),
            9..=16 => self.put_words(long_digits_text(number, width), width),
            _ => self
                .put_last_digits(number / EIGHT_DIGITS / EIGHT_DIGITS, width - 16)
                .put_last_digits(number / EIGHT_DIGITS % EIGHT_DIGITS, 8)
                .put_last_digits(number % EIGHT_DIGITS, 8),
        }
    }

    /// Appends the last `width` of eight digits.
    #[inline]
    fn put_last_digits(&mut self, number: u64, width: usize) -> &mut Self {
        self.put_word(digits_text(number, width), width)
    }

    /// Appends the first `count` bytes of a word, the lowest first.
    #[inline]
    pub(crate) fn put_word(&mut self, word: u64, count: usize) -> &mut Self {
        self.put_start(&word.to_le_bytes(), count)
    }

    /// The same of two words.
    #[inline]
    fn put_words(&mut self, words: u128, count: usize) -> &mut Self {
        self.put_start(&words.to_le_bytes(), count)
    }

    /// Appends a short text.
    #[inline]
    pub(crate) fn put_short(&mut self, text: ShortText) -> &mut Self {
        self.put_words(text.0.get(), text.len())
    }

    /// Appends the first `count` of these bytes.
    ///
    /// In stores of fixed width: a copy of so few bytes would cost more than all else. What stands behind them is not written as far as
    /// anyone can see, and the next put goes over it.
    #[inline(always)]
    pub(crate) fn put_start<const N: usize>(&mut self, bytes: &[u8; N], count: usize) -> &mut Self {
        match self.chunk_mut() {
            Some(room) => {
                *room = *bytes;
                self.len += count;
            }
            None => self.aside(|room| room.put_at_end(bytes.get(..count).unwrap_or(bytes))),
        }
        self
    }

    /// Appends bytes where there is hardly room for them, or none.
    #[cold]
    fn put_at_end(&mut self, bytes: &[u8]) {
        self.put(bytes);
    }

    /// Lets code that is not compiled in line work on it: on a room of its own, which then is this one. A room whose place in memory nobody
    /// is told stays in the processor's registers.
    #[inline(always)]
    pub(crate) fn aside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let mut room = Self { bytes: mem::take(&mut self.bytes), len: self.len };
        let done = work(&mut room);
        *self = room;
        done
    }

    /// So many bytes where the next one goes.
    #[inline(always)]
    fn chunk_mut<const N: usize>(&mut self) -> Option<&mut [u8; N]> {
        let start = self.start();
        self.bytes.get_mut(start..start.wrapping_add(N))?.first_chunk_mut()
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

    /// Appends bytes in standard base64 with padding, percent-encoded: how a signature stands in a query.
    #[inline]
    pub fn put_base64_percent(&mut self, bytes: &[u8]) -> &mut Self {
        self.aside(|room| room.put_escaped_base64(bytes));
        self
    }

    fn put_escaped_base64(&mut self, bytes: &[u8]) {
        // Whole triples at a time, so that padding comes at the end alone.
        for triples in bytes.chunks(48) {
            let mut text = [0; base64_len(48)];
            let text = &mut text[..base64_len(triples.len())];
            write_base64(triples, text);
            self.put_escaped(text);
        }
    }

    /// Appends text percent-encoded: the unreserved characters of RFC 3986 section 2.3 stay, every other byte of the
    /// UTF-8 text becomes `%XX` with upper-case digits.
    #[inline]
    pub fn put_percent(&mut self, text: &str) -> &mut Self {
        let text = text.as_bytes();
        if rules::all(text, rules::is_unreserved) {
            self.put_name(text)
        } else {
            self.aside(|room| room.put_escaped(text));
            self
        }
    }

    #[cold]
    fn put_escaped(&mut self, mut text: &[u8]) {
        while let Some(at) = text.iter().position(|&byte| !rules::is_unreserved(byte)) {
            let byte = text[at];
            self.put(&text[..at]).put(&[b'%', hex_upper(byte >> 4), hex_upper(byte & 0x0f)]);
            text = &text[at + 1..];
        }
        self.put(text);
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
        let start = self.start();
        self.len += count;
        self.bytes.get_mut(start..start.wrapping_add(count))
    }

    /// Where the next byte goes, as a number that leaves room for any count: a place and a count are then held against the capacity by
    /// one comparison, where they took two.
    #[inline(always)]
    fn start(&self) -> usize {
        self.len & isize::MAX as usize
    }

    /// The bytes up to `from`, and those from there to `to`, written or not; `None` when they are not all there, or more was put than fits.
    #[inline]
    pub(crate) fn split(&mut self, from: usize, to: usize) -> Option<(&[u8], &mut [u8])> {
        if self.len > self.bytes.len() {
            return None;
        }
        let (head, bytes) = self.bytes.get_mut(..to)?.split_at_mut_checked(from)?;
        Some((head, bytes))
    }

    /// Bytes written earlier, to be written over; `None` when they are not all there.
    #[inline]
    pub(crate) fn span_mut(&mut self, from: usize, count: usize) -> Option<&mut [u8]> {
        if from.saturating_add(count) > self.len {
            return None;
        }
        // In two steps, as in `grow`.
        self.bytes.get_mut(from..).and_then(|room| room.get_mut(..count))
    }
}

/// Copies a text of `N` to `2 * N` bytes as its first and its last `N`, which may overlap.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(first), Some(room)) = (from.first_chunk::<N>(), to.first_chunk_mut()) {
        *room = *first;
    }
    if let (Some(last), Some(room)) = (from.last_chunk::<N>(), to.last_chunk_mut()) {
        *room = *last;
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

/// Whether a text has ASCII letters, digits and the bytes of `also`, and nothing else: the form of most venues' rules on
/// client order ids. Fast where `also` is a literal.
#[inline(always)]
pub fn is_alphanumeric_or(text: &str, also: &[u8]) -> bool {
    rules::is_alphanumeric_or(text.as_bytes(), also)
}

/// Whether a text may stand in a string of JSON as it is: no quote, backslash or control character. Source: RFC 8259 section 7.
#[inline(always)]
pub fn is_plain_json(text: &str) -> bool {
    rules::all(text.as_bytes(), |byte| (byte != b'"') & (byte != b'\\') & (byte >= b' '))
}

/// A text of one to fifteen bytes as a number, the first byte in the lowest and their count in the highest: what fits two of the processor's
/// registers is made by a function that knows no buffer, and written in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShortText(NonZeroU128);

impl ShortText {
    /// The text of a decimal: its digits as a number, and how many of them stand behind the point. `None` where it is longer.
    // One for all numbers of a request: code that was run a moment ago is at hand, and of an order's a second copy is not.
    #[inline(never)]
    pub(crate) const fn of_decimal(digits: u64, places: usize) -> Option<Self> {
        let digit_count = digit_count(digits);
        let shown = if digit_count > places { digit_count } else { places + 1 };
        let text = if shown < 8 {
            // Most prices and quantities: all digits, a zero before the point and the point, in one word.
            let text = digits_text(digits, shown);
            if places == 0 { text as u128 } else { with_point(text as u128, shown - places) }
        } else if shown < 15 {
            let words =
                digits_text(digits / EIGHT_DIGITS, 8) as u128 | (digits_text(digits % EIGHT_DIGITS, 8) as u128) << 64;
            let text = words >> (8 * (16 - shown));
            if places == 0 { text } else { with_point(text, shown - places) }
        } else {
            return None;
        };
        let bytes = if places == 0 { shown } else { shown + 1 };
        match NonZeroU128::new(text | (bytes as u128) << Self::COUNT_AT) {
            Some(text) => Some(Self(text)),
            None => None,
        }
    }

    /// How many bytes it has.
    #[inline]
    const fn len(self) -> usize {
        (self.0.get() >> Self::COUNT_AT) as usize
    }

    const COUNT_AT: u32 = u128::BITS - u8::BITS;
}

/// A text with a point behind the first `whole` bytes.
#[inline]
const fn with_point(text: u128, whole: usize) -> u128 {
    let before = (1 << (8 * whole)) - 1;
    let point = (b'.' as u128) << (8 * whole);
    (text & before) | point | ((text & !before) << 8)
}

/// How many digits a number has; zero has one.
#[inline]
pub(crate) const fn digit_count(number: u64) -> usize {
    let number = number | 1;
    // As many as its bits make certain (1233 / 4096 is a little above the logarithm of 2), and one more where it reaches it.
    let least = (((number.ilog2() + 1) * 1233) >> 12) as usize;
    least + (number >= TENS.0[least]) as usize
}

/// The last `width` of a number's eight digits as text, the first in the lowest byte.
#[inline]
pub(crate) const fn digits_text(number: u64, width: usize) -> u64 {
    const ASCII: u64 = u64::from_le_bytes([b'0'; 8]);
    (eight_digits(number) | ASCII) >> ((8 * (8 - width)) & 63)
}

/// The last `width` of a number's sixteen digits as text, nine at least, the first in the lowest byte. Times in milliseconds have 13.
#[inline]
fn long_digits_text(number: u64, width: usize) -> u128 {
    let first = digits_text(number / EIGHT_DIGITS, width - 8);
    let last = digits_text(number % EIGHT_DIGITS, 8);
    u128::from(first) | (u128::from(last) << (8 * (width - 8)))
}

/// A number's digits, into room for just as many.
#[inline]
pub(crate) fn write_digits(number: u64, text: &mut [u8]) {
    if let 9..=16 = text.len() {
        let digits = long_digits_text(number, text.len());
        let behind = 8 * (text.len() - 8);
        // Both ends of it, which overlap.
        if let (Some(text), Some(first)) = (text.first_chunk_mut::<8>(), digits.to_le_bytes().first_chunk()) {
            *text = *first;
        }
        if let (Some(text), Some(last)) = (text.last_chunk_mut::<8>(), (digits >> behind).to_le_bytes().first_chunk()) {
            *text = *last;
        }
    } else {
        Room::new(text).put_u64(number);
    }
}

/// A number below 10^8 as text that ends with the word, the first character in the lowest byte: blanks in front of its digits.
#[inline]
pub(crate) const fn blanks_and_digits(number: u64) -> u64 {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    const ZEROS_TO_BLANKS: u64 = u64::from_le_bytes([b'0' ^ b' '; 8]);
    let digits = eight_digits(number);
    // The last digit stays, whatever it is.
    let leading = (digits | (1 << 56)).trailing_zeros() & !7;
    (digits | ZEROS) ^ (ZEROS_TO_BLANKS & ((1 << leading) - 1))
}

/// The digits of a number below 10^8, one a byte, the first in the lowest: split in halves that keep to lanes of their own.
/// The multiplications divide by 100 and 10, exactly for all values that occur.
#[inline]
const fn eight_digits(number: u64) -> u64 {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((pairs - 10 * tens) << 8)
}

/// Reads digits from `at` on: the number that they continue, and where they end. What 64 bits do not hold is not noticed here.
#[inline]
pub(crate) const fn read_digits(text: &[u8], mut at: usize, mut number: u64) -> (u64, usize) {
    if at < text.len() {
        while let Some(word) = text.split_at(at).1.first_chunk()
            && let Some(eight) = number_of_eight(u64::from_le_bytes(*word))
        {
            number = number.wrapping_mul(EIGHT_DIGITS).wrapping_add(eight);
            at += 8;
        }
    }
    while at < text.len() && text[at].is_ascii_digit() {
        number = number.wrapping_mul(10).wrapping_add((text[at] - b'0') as u64);
        at += 1;
    }
    (number, at)
}

/// The number that a text of digits alone is; `None` for any other text. What 64 bits do not hold is not noticed here.
///
/// Told by words, the last of which may overlap the one before: digit by digit each would wait for the one in front of it.
#[inline]
pub(crate) fn digits_alone(text: &[u8]) -> Option<u64> {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    // The first of eight characters at the end of a word, zeros in front of them.
    let first = |text: u64, count: usize| text << (64 - 8 * count) | ZEROS >> (8 * count);
    match (text.len(), text.first_chunk(), text.last_chunk()) {
        (8, Some(all), _) => number_of_eight(word(all)),
        (9..16, Some(front), Some(back)) => {
            let front = number_of_eight(first(word(front), text.len() - 8))?;
            Some(front * EIGHT_DIGITS + number_of_eight(word(back))?)
        }
        (4..8, ..) => {
            let (front, back) = (u32::from_le_bytes(*text.first_chunk()?), u32::from_le_bytes(*text.last_chunk()?));
            let text_and_more = u64::from(front) | u64::from(back) << (8 * (text.len() - 4));
            number_of_eight(first(text_and_more, text.len()))
        }
        (0, ..) => None,
        _ => {
            let (number, end) = read_digits(text, 0, 0);
            (end == text.len()).then_some(number)
        }
    }
}

/// The number of eight digits as text, the first in the lowest byte; `None` where one is no digit. Pairs, fours and the whole are
/// joined in lanes of their own.
#[inline]
pub(crate) const fn number_of_eight(text: u64) -> Option<u64> {
    let digits = text ^ 0x3030_3030_3030_3030;
    // Digits became 0 to 9: only more than that reaches the high bit, or had it.
    if (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// The first number that eight digits do not hold.
pub(crate) const EIGHT_DIGITS: u64 = TENS.0[8];

/// The powers of ten that 64 bits hold: those of the places that prices and quantities have in one line of the processor's cache.
#[repr(align(64))]
pub(crate) struct Tens(pub(crate) [u64; 20]);

pub(crate) const TENS: Tens = {
    let mut tens = [1; 20];
    let mut at = 1;
    while at < tens.len() {
        tens[at] = 10 * tens[at - 1];
        at += 1;
    }
    Tens(tens)
};

#[inline]
pub(crate) fn write_hex(bytes: &[u8], text: &mut [u8]) {
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

/// The digit of a value below 16.
const fn hex_upper(value: u8) -> u8 {
    if value > 9 { value - 10 + b'A' } else { value + b'0' }
}

/// Bytes in standard base64 with padding, into text of just that length.
#[inline(always)]
pub(crate) fn write_base64(bytes: &[u8], text: &mut [u8]) {
    // What is known by its length when compiled takes less than half the instructions.
    if let (Ok(bytes), Ok(text)) = (<[u8; 32]>::try_from(bytes), (&mut *text).try_into()) {
        write_mac_base64(&bytes.into(), text);
    } else {
        write_pieces(bytes, text);
    }
}

/// Thirty-two bytes become forty-three characters and a padding.
// Called, as what follows: in line the compiler may leave the loops below loops.
#[inline(never)]
pub(crate) fn write_mac_base64(mac: &Mac, text: &mut [u8; 44]) {
    let [a, b, c, d, e, f, g, h] = *mac.words();
    // The last twelve begin with three that were written already, and end with one that is none: whole pieces, none written twice over.
    let words = [a, b, c, d, e, f, (f << 8) | (g >> 24), (g << 8) | (h >> 24), h << 8];
    let mut symbols = symbols(&words);
    // Of that one a character of zero bits, which padding stands for. A vector like the others: one byte put into it would be one apart.
    const PADDING: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'A' ^ b'='];
    for (symbol, padding) in symbols[32..].iter_mut().zip(PADDING) {
        *symbol ^= padding;
    }
    text[..32].copy_from_slice(&symbols[..32]);
    text[28..].copy_from_slice(&symbols[32..]);
}

/// Thirty-six bytes at a time become forty-eight characters; zeros stand behind the last of them.
#[inline(never)]
fn write_pieces(bytes: &[u8], text: &mut [u8]) {
    for (text, bytes) in text.chunks_mut(48).zip(bytes.chunks(36)) {
        let mut block = [0; 36];
        block[..bytes.len()].copy_from_slice(bytes);
        let mut words = [0; 9];
        for (word, four) in words.iter_mut().zip(block.as_chunks().0) {
            *word = u32::from_be_bytes(*four);
        }
        let mut symbols = symbols(&words);
        // Six bits a character: those behind the last that has any are padding.
        symbols[(8 * bytes.len()).div_ceil(6)..].fill(b'=');
        text.copy_from_slice(&symbols[..text.len()]);
    }
}

/// Thirty-six bytes in base64, given four at a time. In loops without a branch or a table, which the compiler turns into the
/// processor's vectors.
#[inline(always)]
fn symbols(words: &[u32; 9]) -> [u8; 48] {
    let mut symbols = [0; 48];
    for (sixteen, &[head, middle, tail]) in symbols.as_chunks_mut::<16>().0.iter_mut().zip(words.as_chunks().0) {
        // Three bytes in the upper bits of each, and below them what is not looked at.
        let threes = [head, (head << 24) | (middle >> 8), (middle << 16) | (tail >> 16), tail << 8];
        for (four, bits) in sixteen.as_chunks_mut().0.iter_mut().zip(threes) {
            let sextets =
                (bits >> 26) | ((bits >> 12) & 0x3f00) | ((bits << 2) & 0x003f_0000) | ((bits << 16) & 0x3f00_0000);
            *four = sextets.to_le_bytes();
        }
    }
    for byte in &mut symbols {
        *byte = base64_symbol(*byte);
    }
    symbols
}

/// The character of a value below 64: it begins at `A`, and where the table does not go on as ASCII does there is a step. Source: RFC
/// 4648 section 4, table 1.
#[inline(always)]
fn base64_symbol(value: u8) -> u8 {
    const LOWER: u8 = b'a' - b'Z' - 1;
    const DIGITS: u8 = b'z' + 1 - b'0';
    const PLUS: u8 = b'9' + 1 - b'+';
    const SLASH: u8 = b'/' - b'+' - 1;
    let value = value.cast_signed(); // as the processor compares bytes
    let step = |from: i8, step: u8| if value >= from { step } else { 0 };
    value.cast_unsigned() + b'A' + step(26, LOWER) - step(52, DIGITS) - step(62, PLUS) + step(63, SLASH)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, HEXLOWER};
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What is written into rooms of every size up to a little more than needed: all of it, or nothing and the need.
    fn written(put: impl Fn(&mut Room<'_>)) -> String {
        let mut bytes = [b'#'; 512];
        let mut room = Room::new(&mut bytes);
        put(&mut room);
        let needed = room.len();
        let text = String::from_utf8(room.written().to_vec()).unwrap();
        assert_eq!(text.len(), needed);
        for capacity in 0..needed + 20 {
            let mut bytes = vec![b'#'; capacity];
            let mut room = Room::new(&mut bytes);
            put(&mut room);
            assert_eq!(room.len(), needed, "counted in a room of {capacity}");
            assert_eq!(room.written(), if capacity < needed { b"" } else { text.as_bytes() });
            assert_eq!(room.into_written().is_some(), capacity >= needed);
        }
        text
    }

    #[test]
    fn numbers_around_every_power_of_ten() {
        for number in TENS.0.iter().flat_map(|&ten| [ten - 1, ten, ten + 1, 9 * (ten / 9), ten / 2]).chain([u64::MAX]) {
            assert_eq!(written(|room| _ = room.put_u64(number)), number.to_string());
            assert_eq!(digit_count(number), number.to_string().len());
        }
    }

    #[test]
    fn a_name_of_every_length() {
        let name: String = ('!'..='~').collect();
        for bytes in 0..40 {
            assert_eq!(written(|room| _ = room.put_name(&name.as_bytes()[..bytes])), name[..bytes]);
        }
    }

    #[test]
    fn a_short_text_of_every_length() {
        for number in TENS.0.iter().flat_map(|&ten| [ten - 1, ten, 9 * (ten / 9), ten / 2]) {
            for places in 0..=20 {
                let width = places + 1;
                let digits = format!("{number:0>width$}");
                let (whole, fraction) = digits.split_at(digits.len() - places);
                let expected = if places == 0 { digits.clone() } else { format!("{whole}.{fraction}") };
                match ShortText::of_decimal(number, places) {
                    Some(text) => assert_eq!(written(|room| _ = room.put_short(text)), expected),
                    None => assert!(digits.len() > 14, "{expected}"),
                }
            }
        }
    }

    #[test]
    fn blanks_before_digits() {
        for number in TENS.0[..8].iter().flat_map(|&ten| [ten - 1, ten, ten + 1, 5 * ten]).filter(|&n| n < EIGHT_DIGITS)
        {
            assert_eq!(blanks_and_digits(number).to_le_bytes(), *format!("{number:>8}").as_bytes());
        }
    }

    /// The multiplications stand for divisions: all values that can occur, not a sample.
    #[test]
    fn all_halves_of_eight_digits() {
        for half in 0..10_000_u64 {
            let digits = format!("{half:04}").into_bytes();
            let text = digits_text(half * 10_000 + (9_999 - half), 8).to_le_bytes();
            assert_eq!(text[..4], digits);
            let digits = format!("{:04}", 9_999 - half).into_bytes();
            assert_eq!(text[4..], digits);
        }
    }

    /// Digits at every place of texts of every length, and of every number: as many as there are.
    #[test]
    fn digits_are_read_up_to_what_is_none() {
        for digits in [
            "",
            "0",
            "7",
            "09",
            "123",
            "0001",
            "98765",
            "000000",
            "1234567",
            "12345678",
            "123456789012",
            "9999999999999999999",
        ] {
            for (before, behind) in [
                ("", ""),
                ("-", ""),
                ("", "."),
                ("", ".5"),
                ("x", "e"),
                ("", ":"),
                ("", "/"),
                ("12.", "\u{b2}3456789"),
                ("", "\0"),
            ] {
                let text = format!("{before}{digits}{behind}");
                let value = if digits.is_empty() { 0 } else { digits.parse::<u64>().unwrap() };
                let end = before.len() + digits.len();
                assert_eq!(read_digits(text.as_bytes(), before.len(), 0), (value, end), "{text}");
                let alone = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
                assert_eq!(
                    digits_alone(text.as_bytes()),
                    alone.then(|| read_digits(text.as_bytes(), 0, 0).0),
                    "{text}"
                );
                let continued = digits.chars().fold(5_u64, |number, _| number.wrapping_mul(10)).wrapping_add(value);
                assert_eq!(read_digits(text.as_bytes(), before.len(), 5), (continued, end), "{text}");
            }
        }
    }

    #[test]
    fn what_overflows_is_never_shown() {
        let mut bytes = *b"stale and secret";
        let mut room = Room::new(&mut bytes);
        room.put(b"ab").put(b"longer than what is left").put(b"c");
        assert_eq!((room.len(), room.written(), room.span(0, 2)), (27, &b""[..], &b""[..]));
        assert_eq!(room.span_mut(26, 1), None);
        assert_eq!(format!("{room:?}"), "Room { len: 27, capacity: 16, .. }");
    }

    #[test]
    fn spans_out_of_order_or_out_of_reach_are_empty() {
        let mut bytes = [0; 16];
        let mut room = Room::new(&mut bytes);
        room.put(b"abc");
        assert_eq!((room.span(1, 3), room.span(2, 1), room.span(0, 4)), (&b"bc"[..], &b""[..], &b""[..]));
        assert_eq!(room.span_mut(usize::MAX, 2), None);
        assert_eq!(room.span_mut(2, 2), None);
    }

    /// Every byte in every place of texts of all lengths: what serde_json writes as it is.
    #[test]
    fn plain_json_is_what_needs_no_escape() {
        for length in 1..40 {
            for at in 0..length {
                for byte in 0..=0x7f_u8 {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let text = String::from_utf8(text).unwrap();
                    let is_plain = serde_json::to_string(&text).unwrap().len() == text.len() + 2;
                    assert_eq!(is_plain_json(&text), is_plain, "{text:?}");
                }
            }
        }
        assert!(is_plain_json("") && is_plain_json("\u{e9}\u{1f600}"));
    }

    /// Every value of six bits in every place of a signature's text.
    #[test]
    fn every_character_of_base64_in_every_place() {
        for length in [1, 2, 3, 32, 36, 37, 64, 72, 75] {
            for byte in 0..=0xff {
                for at in 0..length {
                    let mut bytes = vec![0x5a; length];
                    bytes[at] = byte;
                    let mut text = vec![0; base64_len(length)];
                    write_base64(&bytes, &mut text);
                    assert_eq!(text, BASE64.encode(&bytes).into_bytes());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn numbers(number in any::<u64>(), bits in 0..64_u32) {
            let number = number >> bits;
            prop_assert_eq!(written(|room| _ = room.put_u64(number)), number.to_string());
        }

        #[test]
        fn digits_of_a_width(number in any::<u64>(), bits in 0..64_u32, more in 0..20_usize) {
            let number = number >> bits;
            let mut exact = vec![b'#'; digit_count(number)];
            write_digits(number, &mut exact);
            prop_assert_eq!(exact, number.to_string().into_bytes());
            let width = (digit_count(number) + more).min(20);
            prop_assert_eq!(written(|room| _ = room.put_digits(number, width)), format!("{number:0width$}"));
        }

        #[test]
        fn hex_as_data_encoding_writes_it(bytes in vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(written(|room| _ = room.put_hex(&bytes)), HEXLOWER.encode(&bytes));
        }

        #[test]
        fn base64_as_data_encoding_writes_it(bytes in vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(base64_len(bytes.len()), BASE64.encode_len(bytes.len()));
            prop_assert_eq!(written(|room| _ = room.put_base64(&bytes)), BASE64.encode(&bytes));
        }

        #[test]
        fn arrays(bytes in any::<[u8; 32]>(), long in any::<[u8; 16]>()) {
            prop_assert_eq!(&hex::<32, 64>(&bytes)[..], HEXLOWER.encode(&bytes).into_bytes());
            prop_assert_eq!(&base64::<32, 44>(&bytes)[..], BASE64.encode(&bytes).into_bytes());
            prop_assert_eq!(&base64::<16, 24>(&long)[..], BASE64.encode(&long).into_bytes());
        }

        #[test]
        fn percent_as_percent_encoding_writes_it(text in prop_oneof!["[ -~]{0,40}", "\\PC{0,16}", any::<String>()]) {
            const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
            prop_assert_eq!(
                written(|room| _ = room.put_percent(&text)),
                utf8_percent_encode(&text, UNRESERVED).to_string()
            );
        }
    }
}
