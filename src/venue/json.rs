//! One whole JSON value, checked before any decoder sees a byte of it.
//!
//! A body is refused unless it is exactly one RFC 8259 value: nothing cut off, nothing behind it,
//! valid UTF-8, nested at most [`DEPTH_MAX`] deep. The pass does not recurse and does not allocate,
//! so that a hostile reply costs no more than its length. [`whole_object`] picks members out of the
//! top level in the same pass, which is how order replies are read.
//!
//! A member that is asked for and stands twice is an error: two parsers would take a different one
//! of the two, and the outcome of an order may hang on it. Keys are compared as the text they mean,
//! so that `"co\u0064e"` is `"code"`.
//!
//! Not refused, since RFC 8259 allows it and no decoder here needs otherwise: numbers outside the
//! range of a float, escaped lone surrogates (text stays raw), double keys nobody asked for.

use std::fmt;

use crate::decimal::{self, Decimal};

/// Deepest nesting of arrays and objects. Venues' replies go 6 deep.
pub const DEPTH_MAX: u32 = 32;

/// What is wrong with a body, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("body byte {at}: {fault}")]
pub struct JsonError {
    /// The byte of the body at which it shows.
    pub at: usize,
    /// What shows there.
    pub fault: JsonFault,
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// An unescaped control byte in a string.
    #[error("control byte in a string")]
    Control,
    /// The body ends within the value.
    #[error("the body ends within the value")]
    Cut,
    /// A key that was asked for stands twice.
    #[error("a deciding key stands twice")]
    DoubleKey,
    /// A backslash followed by no escape.
    #[error("malformed escape")]
    Escape,
    /// Something else than `:` behind a key.
    #[error("expected `:`")]
    ExpectedColon,
    /// Something else than `,` or the closing bracket behind a member or an element.
    #[error("expected `,` or the closing bracket")]
    ExpectedEnd,
    /// Something else than a string where a key has to be.
    #[error("expected a key")]
    ExpectedKey,
    /// Something else than a value where one has to be.
    #[error("expected a value")]
    ExpectedValue,
    /// Bytes behind the value.
    #[error("bytes behind the value")]
    Leftover,
    /// The value is not an object, which it had to be.
    #[error("not an object")]
    NotObject,
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// A malformed number.
    #[error("malformed number")]
    Number,
    /// More than [`DEPTH_MAX`] brackets open.
    #[error("nested more than {DEPTH_MAX} deep")]
    TooDeep,
}

/// Checks that `body` is exactly one JSON value, and hands it out as proof of that.
///
/// **Errors** Says what is wrong and at which byte.
pub fn whole_value(body: &[u8]) -> Result<Json<'_>, JsonError> {
    let scan = Scan::over(body)?;
    let start = scan.blanks(0);
    let (end, kind) = scan.value(start, 0)?;
    scan.end(end)?;
    Ok(Json { text: &scan.0[start..end], kind })
}

/// [`whole_value`] of an object and [`Json::members`] of it, in one pass.
///
/// The names are plain text: no quote, backslash or control in them. Fastest when they stand in the venue's order.
///
/// **Errors** As [`whole_value`]; also when the body is no object, or a name stands in it twice.
#[inline]
pub fn whole_object<'a, const N: usize>(body: &'a [u8], names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
    let scan = Scan::over(body)?;
    let (members, end) = scan.members(scan.blanks(0), names)?;
    scan.end(end)?;
    Ok(members)
}

/// A JSON value that was checked to be one, where it lies in the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a> {
    /// From its first to its last byte: quotes and brackets included, no blanks around it.
    text: &'a str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    EscapedString,
    False,
    Null,
    Number,
    Object,
    String,
    True,
}

impl<'a> Json<'a> {
    /// The value as it stands in the body, for a decoder of the caller's own.
    #[inline]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Whether this is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind == Kind::Null
    }

    /// `true` or `false`.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// A string without escapes, which is all that venues' ids, symbols and enums are.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self.kind {
            Kind::String => self.text.get(1..self.text.len() - 1),
            _ => None,
        }
    }

    /// Any string, without its quotes and with its escapes as they stand.
    #[inline]
    pub fn as_raw_str(self) -> Option<&'a str> {
        match self.kind {
            Kind::String | Kind::EscapedString => self.text.get(1..self.text.len() - 1),
            _ => None,
        }
    }

    /// A number without sign, point and exponent, that fits.
    #[inline]
    pub fn as_u64(self) -> Option<u64> {
        match self.kind {
            Kind::Number => whole_number(self.text.as_bytes()),
            _ => None,
        }
    }

    /// A number without point and exponent, that fits.
    #[inline]
    pub fn as_i64(self) -> Option<i64> {
        match self.kind {
            Kind::Number => self.text.parse().ok(),
            _ => None,
        }
    }

    /// A decimal, exactly, from a number or from a string, as venues use either.
    #[inline]
    pub fn as_decimal(self) -> Option<Decimal> {
        match self.kind {
            Kind::Number => decimal::parse(self.text.as_bytes()),
            Kind::String => decimal::parse(self.as_str()?.as_bytes()),
            _ => None,
        }
    }

    /// The members of these names, in one pass over the top level of an object.
    ///
    /// **Errors** When this is no object, or a name stands in it twice. The byte is counted from
    /// the start of this value.
    pub fn members<const N: usize>(self, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
        Scan(self.text).members(0, names).map(|(members, _)| members)
    }

    /// The member of this name. For several, [`members`](Self::members) is one pass for all.
    ///
    /// **Errors** As [`members`](Self::members).
    pub fn member(self, name: &str) -> Result<Option<Json<'a>>, JsonError> {
        self.members(&[name]).map(|[member]| member)
    }

    /// Keys, as raw text, and values of an object, in their order, doubles included.
    pub fn object(self) -> Option<Members<'a>> {
        (self.kind == Kind::Object).then_some(Members { scan: Scan(self.text), at: 1 })
    }

    /// The elements of an array.
    pub fn array(self) -> Option<Elements<'a>> {
        (self.kind == Kind::Array).then_some(Elements { scan: Scan(self.text), at: 1 })
    }
}

/// Kind and length only: a body may hold what no log should.
impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.kind, self.text.len())
    }
}

/// The members of an object, from [`Json::object`].
#[derive(Clone)]
pub struct Members<'a> {
    scan: Scan<'a>,
    at: usize,
}

impl<'a> Iterator for Members<'a> {
    /// The key between its quotes, escapes as they stand, and the value.
    type Item = (&'a str, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        // The text was checked: what looks like an error here is its closing bracket.
        let key_at = self.scan.separator(self.at);
        let key_end = self.scan.string(key_at).ok()?.end;
        let start = self.scan.colon(key_end).ok()?;
        let (end, kind) = self.scan.value(start, 0).ok()?;
        self.at = end;
        Some((&self.scan.0[key_at + 1..key_end - 1], Json { text: &self.scan.0[start..end], kind }))
    }
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The elements of an array, from [`Json::array`].
#[derive(Clone)]
pub struct Elements<'a> {
    scan: Scan<'a>,
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        // As for `Members`.
        let start = self.scan.separator(self.at);
        let (end, kind) = self.scan.value(start, 0).ok()?;
        self.at = end;
        Some(Json { text: &self.scan.0[start..end], kind })
    }
}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A text known to be UTF-8. Nothing else of it is known before a position passed it.
///
/// Positions go in and come out by value, so that the hot loop keeps its own in a register.
#[derive(Clone, Copy)]
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    #[inline]
    fn over(body: &'a [u8]) -> Result<Self, JsonError> {
        match std::str::from_utf8(body) {
            Ok(text) => Ok(Self(text)),
            Err(error) => Err(JsonError { at: error.valid_up_to(), fault: JsonFault::NotUtf8 }),
        }
    }

    /// The top level of an object that starts at `at`: the members asked for, and where it ends.
    #[inline]
    fn members<const N: usize>(
        self,
        mut at: usize,
        names: &[&str; N],
    ) -> Result<([Option<Json<'a>>; N], usize), JsonError> {
        debug_assert!(
            names.iter().all(|name| name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')),
            "a name that no plain key can match"
        );
        let mut members = [None; N];
        // Venues keep their order of members, so the one after the last found is nearly always next.
        let mut next = 0;
        if self.byte(at) != Some(b'{') {
            return Err(self.fault(at, JsonFault::NotObject));
        }
        at = self.blanks(at + 1);
        if self.byte(at) == Some(b'}') {
            return Ok((members, at + 1));
        }
        loop {
            let expected = names.get(next).and_then(|name| self.behind_key(at, name));
            let (value_at, found) = match expected {
                Some(value_at) => (value_at, Some(next)),
                None => {
                    let key = self.string(at)?;
                    (self.colon(key.end)?, self.find(at, key, names))
                }
            };
            let (end, kind) = self.value(value_at, 1)?;
            if let Some(index) = found {
                if members[index].is_some() {
                    return Err(JsonError { at, fault: JsonFault::DoubleKey });
                }
                members[index] = Some(Json { text: &self.0[value_at..end], kind });
                next = index + 1;
            }
            at = self.blanks(end);
            match self.byte(at) {
                Some(b',') => at = self.blanks(at + 1),
                Some(b'}') => return Ok((members, at + 1)),
                _ => return Err(self.fault(at, JsonFault::ExpectedEnd)),
            }
        }
    }

    /// Where the value starts behind the key at `at`, if that is this name, letter by letter, and a colon. That proves it well
    /// formed too, without a search for its end on which all that follows would wait.
    #[inline]
    fn behind_key(self, at: usize, name: &str) -> Option<usize> {
        let colon_end = name.len() + 3;
        match self.0.as_bytes().get(at..)?.get(..colon_end)? {
            [b'"', key @ .., b'"', b':'] if is_same(key, name.as_bytes()) => Some(self.blanks(at + colon_end)),
            _ => None,
        }
    }

    /// Which of the names the key at `at` means.
    #[inline]
    fn find(self, at: usize, key: Quoted, names: &[&str]) -> Option<usize> {
        let text = &self.0[at + 1..key.end - 1];
        names.iter().position(|name| if key.escaped { means(text, name) } else { text == *name })
    }

    /// One value, `outer` brackets being open around it: where it ends.
    #[inline]
    fn value(self, at: usize, outer: u32) -> Result<(usize, Kind), JsonError> {
        match self.byte(at) {
            Some(b'{') => Ok((self.container(at, outer)?, Kind::Object)),
            Some(b'[') => Ok((self.container(at, outer)?, Kind::Array)),
            _ => self.scalar(at),
        }
    }

    /// One value that is no container.
    #[inline]
    fn scalar(self, at: usize) -> Result<(usize, Kind), JsonError> {
        match self.byte(at) {
            Some(b'"') => {
                let string = self.string_rest(at + 1)?;
                Ok((string.end, if string.escaped { Kind::EscapedString } else { Kind::String }))
            }
            Some(b'-' | b'0'..=b'9') => Ok((self.number(at)?, Kind::Number)),
            Some(b't') => Ok((self.word(at, "true")?, Kind::True)),
            Some(b'f') => Ok((self.word(at, "false")?, Kind::False)),
            Some(b'n') => Ok((self.word(at, "null")?, Kind::Null)),
            _ => Err(self.fault(at, JsonFault::ExpectedValue)),
        }
    }

    /// An array or object with all that is in it, from the bracket at `at`: where it ends.
    fn container(self, mut at: usize, outer: u32) -> Result<usize, JsonError> {
        // One bit for each bracket open since the start, the innermost lowest: is it an object?
        let mut objects: u32 = 0;
        let mut depth = outer;
        loop {
            if let Some(bracket @ (b'{' | b'[')) = self.byte(at) {
                if depth == DEPTH_MAX {
                    return Err(self.fault(at, JsonFault::TooDeep));
                }
                depth += 1;
                objects = objects << 1 | u32::from(bracket == b'{');
                at = self.blanks(at + 1);
                // An empty container ends like a full one; else its first member or element comes.
                if self.byte(at) != Some(closing(objects)) {
                    if bracket == b'{' {
                        at = self.colon(self.string(at)?.end)?;
                    }
                    continue;
                }
            } else {
                (at, _) = self.scalar(at)?;
                at = self.blanks(at);
            }
            // Behind a value: close what ends here, up to the comma before the next value.
            while self.byte(at) == Some(closing(objects)) {
                at += 1;
                objects >>= 1;
                depth -= 1;
                if depth == outer {
                    return Ok(at);
                }
                at = self.blanks(at);
            }
            if self.byte(at) != Some(b',') {
                return Err(self.fault(at, JsonFault::ExpectedEnd));
            }
            at = self.blanks(at + 1);
            if objects & 1 == 1 {
                at = self.colon(self.string(at)?.end)?;
            }
        }
    }

    /// A string, from quote to quote.
    #[inline]
    fn string(self, at: usize) -> Result<Quoted, JsonError> {
        if self.byte(at) != Some(b'"') {
            return Err(self.fault(at, JsonFault::ExpectedKey));
        }
        self.string_rest(at + 1)
    }

    /// A string behind its opening quote.
    #[inline]
    fn string_rest(self, mut at: usize) -> Result<Quoted, JsonError> {
        let mut escaped = false;
        loop {
            while let Some(bytes) = self.eight(at) {
                let special = special_bytes(bytes);
                if special != 0 {
                    at += first_of(special);
                    break;
                }
                at += 8;
            }
            match self.byte(at) {
                Some(b'"') => return Ok(Quoted { end: at + 1, escaped }),
                Some(b'\\') => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                Some(0..0x20) => return Err(self.fault(at, JsonFault::Control)),
                Some(_) => at += 1,
                None => return Err(self.fault(at, JsonFault::Cut)),
            }
        }
    }

    /// The escape at `at`: where it ends.
    fn escape(self, at: usize) -> Result<usize, JsonError> {
        match self.byte(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for digit in at + 2..at + 6 {
                    if !self.byte(digit).is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.fault(digit, JsonFault::Escape));
                    }
                }
                Ok(at + 6)
            }
            _ => Err(self.fault(at + 1, JsonFault::Escape)),
        }
    }

    /// `number = [ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
    #[inline]
    fn number(self, mut at: usize) -> Result<usize, JsonError> {
        if self.byte(at) == Some(b'-') {
            at += 1;
        }
        // int = "0" / ( digit1-9 *DIGIT )
        let int = at;
        at = self.digits(at)?;
        if at > int + 1 && self.byte(int) == Some(b'0') {
            return Err(self.fault(int + 1, JsonFault::Number));
        }
        if self.byte(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            at += 1;
            if let Some(b'+' | b'-') = self.byte(at) {
                at += 1;
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// One digit or more.
    #[inline]
    fn digits(self, start: usize) -> Result<usize, JsonError> {
        let mut at = start;
        while let Some(bytes) = self.eight(at) {
            let others = other_than_digits(bytes);
            if others != 0 {
                at += first_of(others);
                break;
            }
            at += 8;
        }
        while let Some(b'0'..=b'9') = self.byte(at) {
            at += 1;
        }
        if at == start { Err(self.fault(at, JsonFault::Number)) } else { Ok(at) }
    }

    #[inline]
    fn word(self, at: usize, word: &str) -> Result<usize, JsonError> {
        if !self.0.as_bytes()[at..].starts_with(word.as_bytes()) {
            return Err(self.fault(at, JsonFault::ExpectedValue));
        }
        Ok(at + word.len())
    }

    /// The colon behind a key, with the blanks around it: where the value starts.
    #[inline]
    fn colon(self, at: usize) -> Result<usize, JsonError> {
        let at = self.blanks(at);
        if self.byte(at) != Some(b':') {
            return Err(self.fault(at, JsonFault::ExpectedColon));
        }
        Ok(self.blanks(at + 1))
    }

    /// Nothing but blanks up to the end.
    #[inline]
    fn end(self, at: usize) -> Result<(), JsonError> {
        let at = self.blanks(at);
        if at < self.0.len() { Err(self.fault(at, JsonFault::Leftover)) } else { Ok(()) }
    }

    #[inline]
    fn blanks(self, at: usize) -> usize {
        // Venues write none.
        match self.byte(at) {
            Some(byte) if byte > b' ' => at,
            _ => self.more_blanks(at),
        }
    }

    #[cold]
    fn more_blanks(self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte(at) {
            at += 1;
        }
        at
    }

    /// Between two members or elements of a checked text.
    #[inline]
    fn separator(self, at: usize) -> usize {
        let at = self.blanks(at);
        if self.byte(at) == Some(b',') { self.blanks(at + 1) } else { at }
    }

    #[inline]
    fn byte(self, at: usize) -> Option<u8> {
        self.0.as_bytes().get(at).copied()
    }

    /// Eight bytes from `at` on, the first in the lowest place, if there are so many.
    #[inline]
    fn eight(self, at: usize) -> Option<u64> {
        self.0.as_bytes().get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// `fault` at `at`, or a cut when nothing is there.
    #[cold]
    fn fault(self, at: usize, fault: JsonFault) -> JsonError {
        if at < self.0.len() { JsonError { at, fault } } else { JsonError { at: self.0.len(), fault: JsonFault::Cut } }
    }
}

/// A string that was passed: just behind its closing quote, and whether there are escapes in it.
#[derive(Clone, Copy)]
struct Quoted {
    end: usize,
    escaped: bool,
}

/// Whether two texts are the same. By words, which for names is less than the call that longer texts are worth.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // The last word overlaps the one before it, unless they are a multiple.
    if let (Some(a_last), Some(b_last)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        let mut words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
        a_last == b_last && words.all(|(a, b)| a == b)
    } else if let (Some(a_last), Some(b_last)) = (a.last_chunk::<4>(), b.last_chunk::<4>()) {
        a_last == b_last && a.first_chunk::<4>() == b.first_chunk()
    } else {
        a.iter().zip(b).all(|(a, b)| a == b)
    }
}

/// The bracket that closes the innermost container.
#[inline]
fn closing(objects: u32) -> u8 {
    if objects & 1 == 1 { b'}' } else { b']' }
}

/// A byte in each of the eight places of a word.
const fn eight(byte: u8) -> u64 {
    u64::MAX / 0xff * byte as u64
}

/// The first of the places found, the lowest being 0. What is marked above the first is not to be trusted: the tests
/// below borrow and carry from place to place.
#[inline]
fn first_of(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

/// The high bit of each place that holds a quote, a backslash or a control: where a subtraction borrows from it, the
/// byte was less; `!bytes` leaves out what is not ASCII.
#[inline]
fn special_bytes(bytes: u64) -> u64 {
    // Swapping 0x22 (the quote) with 0x20 puts it next to the controls.
    let control_or_quote = (bytes ^ eight(0x22 ^ 0x20)).wrapping_sub(eight(0x21));
    let backslash = (bytes ^ eight(b'\\')).wrapping_sub(eight(1));
    (control_or_quote | backslash) & !bytes & eight(0x80)
}

/// The high bit of each place that holds no digit.
#[inline]
fn other_than_digits(bytes: u64) -> u64 {
    // Digits become 0 to 9, and only what is more reaches the high bit.
    ((bytes ^ eight(b'0')).wrapping_add(eight(0x80 - 10)) | bytes) & eight(0x80)
}

/// Whether a key with escapes, checked to be well formed, means `name`.
#[cold]
fn means(key: &str, name: &str) -> bool {
    let mut key = key.chars();
    let mut name = name.encode_utf16();
    // In UTF-16, since that is what `\u` escapes spell: a pair of them is one character.
    let mut units = [0; 2];
    while let Some(char) = key.next() {
        let unit = match char {
            '\\' => match key.next() {
                Some('u') => (0..4).fold(0, |unit: u16, _| unit << 4 | key.next().map_or(0, hex_digit)),
                Some('b') => 0x08,
                Some('f') => 0x0c,
                Some('n') => 0x0a,
                Some('r') => 0x0d,
                Some('t') => 0x09,
                Some(char @ ('"' | '\\' | '/')) => u16::from(char as u8),
                _ => return false,
            },
            char => {
                let encoded = char.encode_utf16(&mut units);
                if encoded.iter().any(|unit| name.next() != Some(*unit)) {
                    return false;
                }
                continue;
            }
        };
        if name.next() != Some(unit) {
            return false;
        }
    }
    name.next().is_none()
}

/// A number of digits alone, that fits.
#[inline]
fn whole_number(text: &[u8]) -> Option<u64> {
    let digit = |byte: u8| Some(u64::from(byte.wrapping_sub(b'0'))).filter(|digit| *digit <= 9);
    if text.len() < U64_DIGITS {
        // No sum is too large.
        text.iter().try_fold(0, |number, byte| Some(10 * number + digit(*byte)?))
    } else {
        text.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(*byte)?))
    }
}

/// Digits of the largest number of 64 bits.
const U64_DIGITS: usize = u64::MAX.ilog10() as usize + 1;

/// The value of a character known to be a hex digit.
fn hex_digit(digit: char) -> u16 {
    digit.to_digit(16).and_then(|digit| u16::try_from(digit).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ACCEPTED: &[&str] = &[
        "0",
        "-0",
        "1.5e-10",
        "1E+5",
        "\"\"",
        "\"a\\u00e9\\n\"",
        "true",
        "false",
        "null",
        "{}",
        "[]",
        " [ ] ",
        "{ }",
        "[1,2]",
        "{\"a\":1,\"b\":[{\"c\":{}}]}",
        "\t{ \"a\" : [ 1 , 2 ] , \"b\" : null }\r\n",
        "\"é\"",
        "\"\\ud800\"",
    ];

    /// Values with what ends a key or a member in them.
    const VALUES: &[&str] = &["-1.5e2", "null", r#""a""#, r#""\"a\":""#, r#"[{"a":[1,2]},"b"]"#, r#"{"a":{},"b":"}"}"#];

    const REFUSED: &[(&str, usize, JsonFault)] = &[
        ("", 0, JsonFault::Cut),
        ("  ", 2, JsonFault::Cut),
        ("[1,]", 3, JsonFault::ExpectedValue),
        ("{,}", 1, JsonFault::ExpectedKey),
        ("{\"a\":1,}", 7, JsonFault::ExpectedKey),
        ("{\"a\" 1}", 5, JsonFault::ExpectedColon),
        ("[1 2]", 3, JsonFault::ExpectedEnd),
        ("[1}", 2, JsonFault::ExpectedEnd),
        ("{} {}", 3, JsonFault::Leftover),
        ("01", 1, JsonFault::Number),
        ("-", 1, JsonFault::Cut),
        ("+1", 0, JsonFault::ExpectedValue),
        ("1.e5", 2, JsonFault::Number),
        ("tru", 0, JsonFault::ExpectedValue),
        ("truex", 4, JsonFault::Leftover),
        ("\"a\nb\"", 2, JsonFault::Control),
        ("\"\\x\"", 2, JsonFault::Escape),
        ("\"abc", 4, JsonFault::Cut),
        ("[[1]", 4, JsonFault::Cut),
    ];

    #[test]
    fn accepts_and_refuses() {
        for text in ACCEPTED {
            assert_eq!(whole_value(text.as_bytes()).map(Json::text), Ok(text.trim()), "{text}");
        }
        for (text, at, fault) in REFUSED {
            assert_eq!(whole_value(text.as_bytes()), Err(JsonError { at: *at, fault: *fault }), "{text}");
        }
        assert_eq!(whole_value(b"[\"a\xff\"]"), Err(JsonError { at: 3, fault: JsonFault::NotUtf8 }));
        // A surrogate in UTF-8, which no Unicode text holds.
        assert_eq!(whole_value(b"\"\xed\xa0\x80\""), Err(JsonError { at: 1, fault: JsonFault::NotUtf8 }));
        assert_eq!(whole_value("\u{feff}{}".as_bytes()), Err(JsonError { at: 0, fault: JsonFault::ExpectedValue }));
    }

    #[test]
    fn nests_as_deep_as_allowed() {
        let nested = |open: &str, inner: &str, close: &str, times| {
            format!("{}{inner}{}", open.repeat(times), close.repeat(times))
        };
        for (open, inner, close, most) in
            [("[", "", "]", 32), ("[", "1", "]", 32), ("{\"a\":", "{}", "}", 31), ("[{\"a\":", "1", "}]", 16)]
        {
            let deepest = nested(open, inner, close, most);
            assert!(whole_value(deepest.as_bytes()).is_ok(), "{deepest}");
            let deeper = nested(open, inner, close, most + 1);
            let error = whole_value(deeper.as_bytes()).unwrap_err();
            assert_eq!(error.fault, JsonFault::TooDeep, "{deeper}");
            // The same behind the first level, which `whole_object` walks by itself.
            let error = whole_object(format!("{{\"x\":{deepest}}}").as_bytes(), &["x"]).unwrap_err();
            assert_eq!(error.fault, JsonFault::TooDeep, "{deepest}");
        }
        // What overflows the stack of a parser that recurses.
        let brackets = "[".repeat(1 << 20);
        assert_eq!(whole_value(brackets.as_bytes()), Err(JsonError { at: 32, fault: JsonFault::TooDeep }));
    }

    #[test]
    fn picks_members_and_refuses_double_ones() {
        let [code, msg, none] =
            whole_object(br#"{"x":[{}],"code":-1013,"msg":"Filter failure"}"#, &["code", "msg", "none"]).unwrap();
        assert_eq!(code.and_then(Json::as_i64), Some(-1013));
        assert_eq!(msg.and_then(Json::as_str), Some("Filter failure"));
        assert_eq!(none, None);

        let double = |body: &str, names: &[&str; 2], at: usize| {
            let error = whole_object(body.as_bytes(), names).unwrap_err();
            assert_eq!(error, JsonError { at, fault: JsonFault::DoubleKey }, "{body}");
        };
        double(r#"{"code":1,"x":0,"code":2}"#, &["x", "code"], 16);
        double(r#"{"code":1,"code":1}"#, &["code", "x"], 10);
        double(r#"{"code":1,"x":0,"co\u0064e":2}"#, &["x", "code"], 16);
        double(r#"{"c\u006Fde":1,"x":0,"code":2}"#, &["x", "code"], 21);
        double(r#"{"\u00e9\ud83d\ude00/":1,"é😀\/":2}"#, &["é😀/", "x"], 25);

        // Nobody asked for these.
        let picked = whole_object(br#"{"x":1,"x":2,"y":{"code":1},"code":3}"#, &["code"]).unwrap();
        assert_eq!(picked[0].and_then(Json::as_u64), Some(3));
        // An escape that means another key, and ones that mean nothing.
        let picked = whole_object(br#"{"co\u0064":1,"codes":2,"cod":3,"\ud800":4,"code\n":5}"#, &["code"]).unwrap();
        assert_eq!(picked, [None]);
        // A value that looks like the next key.
        let picked = whole_object(br#"{"a":"b","b":"a"}"#, &["a", "b"]).unwrap();
        assert_eq!(picked.map(|member| member.and_then(Json::as_str)), [Some("b"), Some("a")]);

        assert_eq!(whole_object(b"[1]", &["a"]), Err(JsonError { at: 0, fault: JsonFault::NotObject }));
        assert_eq!(whole_object(b" {} ", &["a"]), Ok([None]));
        assert_eq!(whole_object(b"{}{}", &["a"]), Err(JsonError { at: 2, fault: JsonFault::Leftover }));
        assert_eq!(whole_object(br#"{"a":1"#, &["a"]), Err(JsonError { at: 6, fault: JsonFault::Cut }));
        assert_eq!(whole_object(br#"{"a":1,}"#, &["a"]), Err(JsonError { at: 7, fault: JsonFault::ExpectedKey }));
        assert_eq!(whole_object(br#"{"a":1 "b""#, &["a"]), Err(JsonError { at: 7, fault: JsonFault::ExpectedEnd }));
    }

    #[test]
    fn reads_each_kind_of_value() {
        let value = |text: &'static str| whole_value(text.as_bytes()).unwrap();
        assert_eq!(value("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(value("18446744073709551616").as_u64(), None);
        assert_eq!(value("-9223372036854775808").as_i64(), Some(i64::MIN));
        for text in ["-1", "1.0", "1e2", "\"1\"", "true"] {
            assert_eq!(value(text).as_u64(), None, "{text}");
        }
        assert_eq!((value("-0").as_i64(), value("1.0").as_i64(), value("\"1\"").as_i64()), (Some(0), None, None));
        assert_eq!(
            (value("true").as_bool(), value("false").as_bool(), value("0").as_bool()),
            (Some(true), Some(false), None)
        );
        assert!(value("null").is_null() && !value("\"null\"").is_null());
        assert_eq!((value("\"a é\"").as_str(), value("\"a é\"").as_raw_str()), (Some("a é"), Some("a é")));
        assert_eq!((value(r#""a\n""#).as_str(), value(r#""a\n""#).as_raw_str()), (None, Some(r"a\n")));
        assert_eq!((value("1").as_str(), value("1").as_raw_str()), (None, None));
        for text in ["0.10", "\"0.10\"", "1e-1", "\"1E-1\""] {
            assert_eq!(value(text).as_decimal(), Some(crate::dec!(0.1)), "{text}");
        }
        assert_eq!(
            (value("\"\"").as_decimal(), value("\"1_0\"").as_decimal(), value("[1]").as_decimal()),
            (None, None, None)
        );
        assert_eq!(format!("{:?}", value("\"secret\"")), "String (8 bytes)");
    }

    #[test]
    fn walks_objects_and_arrays() {
        let fills = whole_value(br#" [ {"price":"1", "qty":2} , [] , 3 ] "#).unwrap();
        let elements = fills.array().unwrap().map(Json::text).collect::<Vec<_>>();
        assert_eq!(elements, [r#"{"price":"1", "qty":2}"#, "[]", "3"]);
        let first = fills.array().unwrap().next().unwrap();
        assert_eq!(first.member("qty").unwrap().and_then(Json::as_u64), Some(2));
        assert_eq!(first.member("none"), Ok(None));
        assert_eq!(fills.member("qty"), Err(JsonError { at: 0, fault: JsonFault::NotObject }));
        let members = first.object().unwrap().map(|(key, value)| (key, value.text())).collect::<Vec<_>>();
        assert_eq!(members, [("price", "\"1\""), ("qty", "2")]);
        assert!(first.array().is_none() && fills.object().is_none());
        for empty in ["[]", "[ ]"] {
            assert_eq!(whole_value(empty.as_bytes()).unwrap().array().unwrap().count(), 0);
        }
        assert_eq!(whole_value(b"{ }").unwrap().object().unwrap().count(), 0);
    }

    /// Strings and numbers are read eight bytes at a time: every byte in every place, at every length.
    #[test]
    fn every_byte_in_every_place() {
        for length in 1..20 {
            for at in 0..length {
                for byte in 0..=0xff {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    assert_as_serde_json(&[b"[\"", &text[..], b"\",12345678901]"].concat()).unwrap();
                    let mut text = vec![b'7'; length];
                    text[at] = byte;
                    assert_as_serde_json(&text).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_cut_body_is_refused_everywhere() {
        let body = r#" {"symbol":"BTCUSDT","n":[-12.5e-3,true,null,{"é":"\u00e9\\"}],"end":{}}"#.as_bytes();
        assert!(whole_value(body).is_ok() && whole_object(body, &["end"]).is_ok());
        for cut in 0..body.len() {
            assert!(whole_value(&body[..cut]).is_err(), "{}", body[..cut].escape_ascii());
            assert!(whole_object(&body[..cut], &["end"]).is_err(), "{}", body[..cut].escape_ascii());
        }
    }

    /// Texts that are JSON, with blanks and escapes in all places.
    fn json() -> impl Strategy<Value = String> {
        let string = r#"\"([ !#-\[\]-~é😀]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,20}\""#;
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("false".to_owned()),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,3})?",
            string,
        ];
        let blank = "[ \t\r\n]{0,2}";
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let padded = (blank, inner, blank).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
            let member = (blank, string, blank, padded.clone())
                .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
            prop_oneof![
                prop::collection::vec(padded, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
                prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        })
    }

    /// JSON with some bytes replaced, taken out or put in.
    fn edited() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            4 => prop::sample::select(&b"{}[]:,\"\\ \n0123456789-+.eEuntf"[..]),
            1 => any::<u8>(),
        ];
        let edit = (any::<prop::sample::Index>(), prop::option::of(byte), any::<bool>());
        (json(), prop::collection::vec(edit, 0..4)).prop_map(|(text, edits)| {
            let mut text = text.into_bytes();
            for (at, byte, put) in edits {
                let at = at.index(text.len() + 1);
                text.splice(at..(at + usize::from(!put)).min(text.len()), byte);
            }
            text
        })
    }

    /// serde_json takes the same, but for what the head of this file says.
    fn assert_as_serde_json(body: &[u8]) -> Result<(), TestCaseError> {
        let ours = whole_value(body);
        match (ours, serde_json::from_slice::<serde_json::Value>(body)) {
            (Ok(value), Ok(theirs)) => {
                // The value is where we say it is.
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(value.text()).ok(), Some(theirs));
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(theirs)) => {
                let theirs = theirs.to_string();
                let known = ["number out of range", "lone leading surrogate", "unexpected end of hex escape"];
                prop_assert!(known.iter().any(|known| theirs.starts_with(known)), "{}", theirs);
            }
            (Err(ours), Ok(_)) => prop_assert_eq!(ours.fault, JsonFault::TooDeep),
        }
        // Both ways of reading agree, whatever is asked for.
        match (whole_object(body, &["a", "b"]), ours) {
            (Ok(_), Ok(_)) => {}
            (Ok(_), Err(_)) => prop_assert!(false, "taken as an object only"),
            (Err(error), Ok(_)) => prop_assert!(matches!(error.fault, JsonFault::NotObject | JsonFault::DoubleKey)),
            (Err(object), Err(value))
                if object.fault != JsonFault::DoubleKey && object.fault != JsonFault::NotObject =>
            {
                prop_assert_eq!(object, value);
            }
            (Err(_), Err(_)) => {}
        }
        Ok(())
    }

    /// At least so many cases; `PROPTEST_CASES` asks for more.
    fn config() -> ProptestConfig {
        let default = ProptestConfig::default();
        ProptestConfig { cases: default.cases.max(512), failure_persistence: None, ..default }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn takes_what_is_json(text in json()) {
            prop_assert!(whole_value(text.as_bytes()).is_ok());
            assert_as_serde_json(text.as_bytes())?;
        }

        #[test]
        fn takes_what_serde_json_takes(body in edited()) {
            assert_as_serde_json(&body)?;
        }

        #[test]
        fn random_bytes_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
            assert_as_serde_json(&body)?;
        }

        #[test]
        fn members_are_those_of_serde_json(
            members in prop::collection::vec((r#"[ab]{1,2}|\\u006[12]b?|c\\/"#, prop::sample::select(VALUES)), 0..8),
        ) {
            let text = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect::<Vec<_>>().join(" ,");
            let text = format!("{{{text}}}");
            let names = ["a", "b", "ab", "c/"];
            let meant = members.iter().map(|(key, value)| {
                (serde_json::from_str::<String>(&format!("\"{key}\"")).unwrap(), *value)
            });
            let expected = names.map(|name| meant.clone().filter(|(key, _)| key == name).map(|(_, value)| value).collect::<Vec<_>>());
            match whole_object(text.as_bytes(), &names) {
                Ok(picked) => {
                    for (picked, expected) in picked.iter().zip(&expected) {
                        prop_assert_eq!(picked.iter().map(|picked| picked.text()).collect::<Vec<_>>(), expected.clone());
                    }
                }
                Err(error) => {
                    prop_assert_eq!(error.fault, JsonFault::DoubleKey);
                    prop_assert!(expected.iter().any(|values| values.len() > 1));
                }
            }
            let walked = whole_value(text.as_bytes()).unwrap();
            let walked = walked.object().unwrap().map(|(key, value)| (key.to_owned(), value.text()));
            prop_assert_eq!(walked.collect::<Vec<_>>(), members);
        }
    }
}
