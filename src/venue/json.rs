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

use crate::decimal::Decimal;

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
    let mut cursor = Cursor::over(body)?;
    cursor.skip_blanks();
    let value = cursor.value(0)?;
    cursor.end()?;
    Ok(value)
}

/// [`whole_value`] of an object and [`Json::members`] of it, in one pass.
///
/// **Errors** As [`whole_value`]; also when the body is no object, or a name stands in it twice.
pub fn whole_object<'a, const N: usize>(body: &'a [u8], names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
    let mut cursor = Cursor::over(body)?;
    cursor.skip_blanks();
    let members = cursor.members(names)?;
    cursor.end()?;
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
            Kind::Number => self.text.parse().ok(),
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
            Kind::Number => decimal(self.text),
            Kind::String => decimal(self.as_str()?),
            _ => None,
        }
    }

    /// The members of these names, in one pass over the top level of an object.
    ///
    /// **Errors** When this is no object, or a name stands in it twice. The byte is counted from
    /// the start of this value.
    pub fn members<const N: usize>(self, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
        Cursor { text: self.text, at: 0 }.members(names)
    }

    /// The member of this name. For several, [`members`](Self::members) is one pass for all.
    ///
    /// **Errors** As [`members`](Self::members).
    pub fn member(self, name: &str) -> Result<Option<Json<'a>>, JsonError> {
        self.members(&[name]).map(|[member]| member)
    }

    /// Keys, as raw text, and values of an object, in their order, doubles included.
    pub fn object(self) -> Option<Members<'a>> {
        (self.kind == Kind::Object).then_some(Members(Cursor { text: self.text, at: 1 }))
    }

    /// The elements of an array.
    pub fn array(self) -> Option<Elements<'a>> {
        (self.kind == Kind::Array).then_some(Elements(Cursor { text: self.text, at: 1 }))
    }
}

/// Kind and length only: a body may hold what no log should.
impl std::fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} ({} bytes)", self.kind, self.text.len())
    }
}

/// The members of an object, from [`Json::object`].
#[derive(Clone, Debug)]
pub struct Members<'a>(Cursor<'a>);

impl<'a> Iterator for Members<'a> {
    /// The key between its quotes, escapes as they stand, and the value.
    type Item = (&'a str, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        // The text was checked: what looks like an error here is its closing bracket.
        self.0.skip_separator();
        let (key, _) = self.0.key().ok()?;
        let value = self.0.value(0).ok()?;
        Some((key, value))
    }
}

/// The elements of an array, from [`Json::array`].
#[derive(Clone, Debug)]
pub struct Elements<'a>(Cursor<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        // As for `Members`.
        self.0.skip_separator();
        self.0.value(0).ok()
    }
}

/// A position in a text known to be UTF-8. Nothing else of it is known before `at` passed it.
#[derive(Clone)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl std::fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "byte {} of {}", self.at, self.text.len())
    }
}

impl<'a> Cursor<'a> {
    fn over(body: &'a [u8]) -> Result<Self, JsonError> {
        match std::str::from_utf8(body) {
            Ok(text) => Ok(Self { text, at: 0 }),
            Err(error) => Err(JsonError { at: error.valid_up_to(), fault: JsonFault::NotUtf8 }),
        }
    }

    /// The top level of an object, from its opening bracket to its closing one.
    fn members<const N: usize>(&mut self, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
        let mut members = [None; N];
        // Venues keep their order of members, so the one after the last found is nearly always next.
        let mut next = 0;
        if self.peek() != Some(b'{') {
            return Err(self.fault(JsonFault::NotObject));
        }
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            let key_at = self.at;
            let (key, escaped) = self.key()?;
            let value = self.value(1)?;
            let is_key = |name: &str| if escaped { means(key, name) } else { key == name };
            let found = (next..N).chain(0..next).find(|index| is_key(names[*index]));
            if let Some(index) = found {
                if members[index].replace(value).is_some() {
                    return Err(JsonError { at: key_at, fault: JsonFault::DoubleKey });
                }
                next = index + 1;
            }
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.fault(JsonFault::ExpectedEnd)),
            }
            self.skip_blanks();
        }
        self.at += 1;
        Ok(members)
    }

    /// A key with its colon, up to the value: the text between the quotes, and whether it has escapes.
    #[inline]
    fn key(&mut self) -> Result<(&'a str, bool), JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.fault(JsonFault::ExpectedKey));
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let key = &self.text[start..self.at - 1];
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.fault(JsonFault::ExpectedColon));
        }
        self.at += 1;
        self.skip_blanks();
        Ok((key, escaped))
    }

    /// One value, `outer` brackets being open around it.
    #[inline]
    fn value(&mut self, outer: u32) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        let kind = match self.scalar()? {
            Some(kind) => kind,
            None => self.container(outer)?,
        };
        Ok(Json { text: &self.text[start..self.at], kind })
    }

    /// One value that is no container; `None` and not a byte taken at an opening bracket.
    #[inline]
    fn scalar(&mut self) -> Result<Option<Kind>, JsonError> {
        match self.peek() {
            Some(b'"') => {
                let escaped = self.string()?;
                Ok(Some(if escaped { Kind::EscapedString } else { Kind::String }))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| Some(Kind::Number)),
            Some(b'{' | b'[') => Ok(None),
            Some(b't') => self.word("true").map(|()| Some(Kind::True)),
            Some(b'f') => self.word("false").map(|()| Some(Kind::False)),
            Some(b'n') => self.word("null").map(|()| Some(Kind::Null)),
            _ => Err(self.fault(JsonFault::ExpectedValue)),
        }
    }

    /// An array or object with all that is in it.
    fn container(&mut self, outer: u32) -> Result<Kind, JsonError> {
        let kind = if self.peek() == Some(b'{') { Kind::Object } else { Kind::Array };
        // One bit for each bracket open since the start, the innermost lowest: is it an object?
        let mut objects: u32 = 0;
        let mut depth = outer;
        loop {
            match self.scalar()? {
                Some(_) => {}
                None => {
                    if depth == DEPTH_MAX {
                        return Err(self.fault(JsonFault::TooDeep));
                    }
                    let object = self.peek() == Some(b'{');
                    objects = objects << 1 | u32::from(object);
                    depth += 1;
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() != Some(closing(objects)) {
                        if object {
                            let _key = self.key()?;
                        }
                        continue;
                    }
                    self.at += 1;
                    objects >>= 1;
                    depth -= 1;
                }
            }
            // Behind a value: close what ends here, up to the comma before the next value.
            loop {
                if depth == outer {
                    return Ok(kind);
                }
                self.skip_blanks();
                match self.peek() {
                    Some(b',') => break,
                    Some(byte) if byte == closing(objects) => {
                        self.at += 1;
                        objects >>= 1;
                        depth -= 1;
                    }
                    _ => return Err(self.fault(JsonFault::ExpectedEnd)),
                }
            }
            self.at += 1;
            self.skip_blanks();
            if objects & 1 == 1 {
                let _key = self.key()?;
            }
        }
    }

    /// A string from quote to quote; whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, JsonError> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        let mut escaped = false;
        loop {
            while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
                let special = special_bytes(u64::from_le_bytes(*eight));
                at += special as usize;
                if special < 8 {
                    break;
                }
            }
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at = at;
                    at += self.escape()?;
                }
                Some(0..0x20) => return Err(JsonError { at, fault: JsonFault::Control }),
                Some(_) => at += 1,
                None => return Err(JsonError { at, fault: JsonFault::Cut }),
            }
        }
    }

    /// The length of the escape at the cursor.
    #[cold]
    fn escape(&self) -> Result<usize, JsonError> {
        let escape = &self.text.as_bytes()[self.at..];
        match escape.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => match escape.get(2..6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(6),
                Some(_) => Err(self.fault(JsonFault::Escape)),
                None => Err(JsonError { at: self.text.len(), fault: JsonFault::Cut }),
            },
            Some(_) => Err(self.fault(JsonFault::Escape)),
            None => Err(JsonError { at: self.text.len(), fault: JsonFault::Cut }),
        }
    }

    /// `number = [ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
    #[inline]
    fn number(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        // int = "0" / ( digit1-9 *DIGIT )
        if self.peek() == Some(b'0') {
            self.at += 1;
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.fault(JsonFault::Number));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    #[inline]
    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.fault(JsonFault::Number));
        }
        Ok(())
    }

    #[inline]
    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.fault(JsonFault::ExpectedValue));
        }
        self.at += word.len();
        Ok(())
    }

    /// Nothing but blanks up to the end.
    fn end(&mut self) -> Result<(), JsonError> {
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.fault(JsonFault::Leftover));
        }
        Ok(())
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Between two members or elements of a checked text.
    #[inline]
    fn skip_separator(&mut self) {
        self.skip_blanks();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.skip_blanks();
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// `fault` at the cursor, or a cut when nothing is there.
    #[cold]
    fn fault(&self, fault: JsonFault) -> JsonError {
        let fault = if self.at < self.text.len() { fault } else { JsonFault::Cut };
        JsonError { at: self.at, fault }
    }
}

/// Exactly, or not at all: no `_`, no `+` in front.
fn decimal(text: &str) -> Option<Decimal> {
    if text.contains('_') || text.starts_with('+') {
        return None;
    }
    if text.contains(['e', 'E']) { Decimal::from_scientific(text).ok() } else { Decimal::from_str_exact(text).ok() }
}

/// The bracket that closes the innermost container.
#[inline]
fn closing(objects: u32) -> u8 {
    if objects & 1 == 1 { b'}' } else { b']' }
}

/// How many of eight bytes, the first in the lowest place, stand before the first that is a quote,
/// a backslash or a control; 8 when none is.
#[inline]
fn special_bytes(eight: u64) -> u32 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    // A byte's high bit is set where subtracting borrowed, so where the byte was less. Bits above
    // the first true one may be false, since a borrow runs on: only the lowest counts.
    let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    let found = (zero(eight ^ (ONES * u64::from(b'"'))) | zero(eight ^ (ONES * u64::from(b'\\'))) | control) & HIGH;
    found.trailing_zeros() / 8
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

/// The value of a character known to be a hex digit.
fn hex_digit(digit: char) -> u16 {
    digit.to_digit(16).and_then(|digit| u16::try_from(digit).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
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
        ("\"\\x\"", 1, JsonFault::Escape),
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
    }

    #[test]
    fn picks_members_and_refuses_double_ones() {
        let [code, msg, none] =
            whole_object(br#"{"x":[{}],"code":-1013,"msg":"Filter failure"}"#, &["code", "msg", "none"]).unwrap();
        assert_eq!(code.and_then(Json::as_i64), Some(-1013));
        assert_eq!(msg.and_then(Json::as_str), Some("Filter failure"));
        assert_eq!(none, None);
        let error = whole_object(br#"{"code":1,"x":0,"co\u0064e":2}"#, &["x", "code"]).unwrap_err();
        assert_eq!(error, JsonError { at: 16, fault: JsonFault::DoubleKey });
    }
}
