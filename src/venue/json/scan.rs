//! The steps over a JSON text: each passes one token or more and gives back what is left.

use super::{DEPTH_MAX, Json, JsonError, JsonFault, Kind};

/// The bytes of a body that no step has passed yet, or those of a value that was checked.
///
/// Steps take what is left and give back what they left: so a position is never out of range, and its only check is whether bytes
/// are there.
pub(super) type Left<'a> = &'a [u8];

/// What a step found wrong, and how much was left there.
pub(super) struct Stop {
    left: usize,
    fault: JsonFault,
}

impl Stop {
    /// `fault` at the first byte left, or a cut when there is none.
    #[cold]
    fn at(left: Left<'_>, fault: JsonFault) -> Self {
        Self { left: left.len(), fault: if left.is_empty() { JsonFault::Cut } else { fault } }
    }

    #[cold]
    pub(super) fn within(self, body: &[u8]) -> JsonError {
        JsonError { at: body.len() - self.left, fault: self.fault }
    }
}

/// The top level of an object: fills in the members asked for, as many as there are names.
///
/// One function for whatever is read: a reply to anything else keeps it in the cache for that of an order.
#[inline(never)]
pub(super) fn pick<'a>(left: Left<'a>, names: &[&str], members: &mut [Option<Json<'a>>]) -> Result<Left<'a>, Stop> {
    debug_assert!(
        names.iter().all(|name| name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')),
        "a name that no plain key can match"
    );
    let [b'{', left @ ..] = left else { return Err(Stop::at(left, JsonFault::NotObject)) };
    let mut left = match blanks(left) {
        [b'}', left @ ..] => return Ok(left),
        left => key(left)?,
    };
    // Venues keep their order of members, so the one after the last found is nearly always next.
    let mut next = 0;
    loop {
        let (value_at, found) = match names.get(next).and_then(|name| behind_name(left, name)) {
            Some(value_at) => (value_at, next),
            None => other_name(left, names)?,
        };
        let (member, behind) = value(value_at, 1)?;
        if let Some(place) = members.get_mut(found) {
            if place.is_some() {
                return Err(Stop { left: left.len() + 1, fault: JsonFault::DoubleKey });
            }
            *place = Some(member);
            next = found + 1;
        }
        left = match behind {
            [b',', b'"', left @ ..] => left,
            _ => match blanks(behind) {
                [b',', left @ ..] => key(left)?,
                [b'}', left @ ..] => return Ok(left),
                left => return Err(Stop::at(left, JsonFault::ExpectedEnd)),
            },
        };
    }
}

/// What a step from `start` to `end` passed.
#[inline]
fn text_of<'a>(start: Left<'a>, end: Left<'_>) -> &'a [u8] {
    &start[..start.len() - end.len()]
}

/// Where the value starts behind a key, if that is this name, letter by letter, and a colon. That proves it well formed too,
/// without a search for its end on which all that follows would wait.
#[inline]
fn behind_name<'a>(left: Left<'a>, name: &str) -> Option<Left<'a>> {
    let (key, left) = left.split_at_checked(name.len() + 2)?;
    let (key, end) = key.split_last_chunk()?;
    (end == b"\":" && is_same(key, name.as_bytes())).then_some(left)
}

/// Where the value starts behind a key that was not expected, and which of the names it means; where none, a number above all.
#[inline(never)]
fn other_name<'a>(left: Left<'a>, names: &[&str]) -> Result<(Left<'a>, usize), Stop> {
    let key = string_rest(left)?;
    let same = |name: &&str| if key.escaped { means(utf8(key.text), name) } else { key.text == name.as_bytes() };
    Ok((colon(key.left)?, names.iter().position(same).unwrap_or(usize::MAX)))
}

/// One value, `outer` brackets being open around it, and what is left behind it.
///
/// In the loop over members, with all that passes a scalar, so that no position goes through memory: called, it took a fifth more
/// instructions of the whole pass.
#[inline(always)]
pub(super) fn value(mut left: Left<'_>, outer: u32) -> Result<(Json<'_>, Left<'_>), Stop> {
    loop {
        let (kind, behind) = match left {
            [b'{', ..] => (Kind::Object, container(left, outer)?),
            [b'[', ..] => (Kind::Array, container(left, outer)?),
            [b' ' | b'\t' | b'\n' | b'\r', behind @ ..] => {
                left = behind;
                continue;
            }
            _ => scalar(left)?,
        };
        return Ok((Json { text: text_of(left, behind), kind }, behind));
    }
}

/// One value that is no container.
#[inline(always)]
fn scalar(left: Left<'_>) -> Result<(Kind, Left<'_>), Stop> {
    match left {
        [b'"', string @ ..] => string_rest(string).map(|string| (string.kind(), string.left)),
        [b'-' | b'0'..=b'9', ..] => Ok((Kind::Number, number(left)?)),
        _ => word(left),
    }
}

/// One of the three words there are.
#[inline(never)]
fn word(left: Left<'_>) -> Result<(Kind, Left<'_>), Stop> {
    match left {
        [b't', b'r', b'u', b'e', left @ ..] => Ok((Kind::True, left)),
        [b'f', b'a', b'l', b's', b'e', left @ ..] => Ok((Kind::False, left)),
        [b'n', b'u', b'l', b'l', left @ ..] => Ok((Kind::Null, left)),
        _ => Err(Stop::at(left, JsonFault::ExpectedValue)),
    }
}

/// An array or object with all that is in it, from its bracket on.
fn container(mut left: Left<'_>, outer: u32) -> Result<Left<'_>, Stop> {
    // One bit for each bracket open since the start, the innermost lowest: is it an object?
    let mut objects: u32 = 0;
    let mut depth = outer;
    loop {
        if let [bracket @ (b'{' | b'['), inner @ ..] = left {
            if depth == DEPTH_MAX {
                return Err(Stop::at(left, JsonFault::TooDeep));
            }
            depth += 1;
            objects = objects << 1 | u32::from(*bracket == b'{');
            left = blanks(inner);
            // An empty container ends like a full one; else its first member or element comes.
            if left.first() != Some(&closing(objects)) {
                if *bracket == b'{' {
                    left = colon(string_rest(key(left)?)?.left)?;
                }
                continue;
            }
        } else {
            left = blanks(scalar(left)?.1);
        }
        // Behind a value: close what ends here, up to the comma before the next value.
        while let [bracket, behind @ ..] = left
            && *bracket == closing(objects)
        {
            objects >>= 1;
            depth -= 1;
            if depth == outer {
                return Ok(behind);
            }
            left = blanks(behind);
        }
        let [b',', behind @ ..] = left else { return Err(Stop::at(left, JsonFault::ExpectedEnd)) };
        left = blanks(behind);
        if objects & 1 == 1 {
            left = colon(string_rest(key(left)?)?.left)?;
        }
    }
}

/// The opening quote of a key.
#[inline]
pub(super) fn key(left: Left<'_>) -> Result<Left<'_>, Stop> {
    match blanks(left) {
        [b'"', left @ ..] => Ok(left),
        left => Err(Stop::at(left, JsonFault::ExpectedKey)),
    }
}

/// A string behind its opening quote.
#[inline(always)]
pub(super) fn string_rest(start: Left<'_>) -> Result<Quoted<'_>, Stop> {
    let mut left = start;
    let mut escaped = false;
    loop {
        while let Some((bytes, behind)) = left.split_first_chunk() {
            let special = special_bytes(u64::from_le_bytes(*bytes));
            if special != 0 {
                left = &left[first_of(special)..];
                break;
            }
            left = behind;
        }
        left = match left {
            [b'"', behind @ ..] => return Ok(Quoted { text: text_of(start, left), left: behind, escaped }),
            [b'\\', behind @ ..] => {
                escaped = true;
                escape(behind)?
            }
            [0..0x20, ..] => return Err(Stop::at(left, JsonFault::Control)),
            [0x20..0x80, left @ ..] => left,
            [0x80..=0xff, ..] => wide(left)?,
            [] => return Err(Stop::at(left, JsonFault::Cut)),
        }
    }
}

/// A character beyond ASCII.
#[cold]
fn wide(left: Left<'_>) -> Result<Left<'_>, Stop> {
    // As long as the longest; what is cut off at its end belongs to the next.
    let near = &left[..left.len().min(4)];
    match near.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
        Some(character) => Ok(&left[character.len_utf8()..]),
        None => Err(Stop::at(left, JsonFault::NotUtf8)),
    }
}

/// An escape behind its backslash.
fn escape(left: Left<'_>) -> Result<Left<'_>, Stop> {
    match left {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', left @ ..] => Ok(left),
        [b'u', digits @ ..] => {
            let hex = digits.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let left = &digits[hex..];
            if hex < 4 { Err(Stop::at(left, JsonFault::Escape)) } else { Ok(left) }
        }
        _ => Err(Stop::at(left, JsonFault::Escape)),
    }
}

/// `number = [ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
#[inline]
fn number(left: Left<'_>) -> Result<Left<'_>, Stop> {
    let int = match left {
        [b'-', left @ ..] => left,
        _ => left,
    };
    // int = "0" / ( digit1-9 *DIGIT )
    let mut left = digits(int)?;
    if let [b'0', b'0'..=b'9', ..] = int {
        return Err(Stop::at(&int[1..], JsonFault::Number));
    }
    if let [b'.', fraction @ ..] = left {
        left = digits(fraction)?;
    }
    if let [b'e' | b'E', exponent @ ..] = left {
        left = match exponent {
            [b'+' | b'-', exponent @ ..] => digits(exponent)?,
            _ => digits(exponent)?,
        };
    }
    Ok(left)
}

/// One digit or more.
#[inline]
fn digits(start: Left<'_>) -> Result<Left<'_>, Stop> {
    let mut left = start;
    while let Some((bytes, behind)) = left.split_first_chunk() {
        let others = other_than_digits(u64::from_le_bytes(*bytes));
        if others != 0 {
            left = &left[first_of(others)..];
            break;
        }
        left = behind;
    }
    while let [b'0'..=b'9', behind @ ..] = left {
        left = behind;
    }
    if left.len() == start.len() { Err(Stop::at(left, JsonFault::Number)) } else { Ok(left) }
}

/// The colon behind a key, with the blanks around it.
#[inline]
pub(super) fn colon(left: Left<'_>) -> Result<Left<'_>, Stop> {
    match blanks(left) {
        [b':', left @ ..] => Ok(blanks(left)),
        left => Err(Stop::at(left, JsonFault::ExpectedColon)),
    }
}

/// Nothing but blanks up to the end.
#[inline]
pub(super) fn end(left: Left<'_>) -> Result<(), Stop> {
    let left = blanks(left);
    if left.is_empty() { Ok(()) } else { Err(Stop::at(left, JsonFault::Leftover)) }
}

#[inline]
pub(super) fn blanks(left: Left<'_>) -> Left<'_> {
    // Venues write none.
    match left {
        [0..=b' ', ..] => more_blanks(left),
        _ => left,
    }
}

#[cold]
fn more_blanks(mut left: Left<'_>) -> Left<'_> {
    while let [b' ' | b'\t' | b'\n' | b'\r', behind @ ..] = left {
        left = behind;
    }
    left
}

/// Between two members or elements of a checked text.
#[inline]
pub(super) fn separator(left: Left<'_>) -> Left<'_> {
    match blanks(left) {
        [b',', left @ ..] => blanks(left),
        left => left,
    }
}

/// Text that was checked to be UTF-8.
#[inline]
pub(super) fn utf8(text: &[u8]) -> &str {
    // Once more, which for a short one is little: better than a promise that no compiler checks.
    std::str::from_utf8(text).unwrap_or_default()
}

/// A string that was passed: what stands in it, whether there are escapes among that, and what is left behind its closing quote.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    pub(super) text: &'a [u8],
    pub(super) left: Left<'a>,
    escaped: bool,
}

impl Quoted<'_> {
    #[inline]
    fn kind(self) -> Kind {
        if self.escaped { Kind::EscapedString } else { Kind::String }
    }
}

/// Whether two texts are the same. By words, which for names is less than the call that longer texts are worth.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    // Both ends, which overlap or meet, unless it is longer than two.
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
    }
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends::<8>(a, b),
        4..8 => ends::<4>(a, b),
        17..=32 => ends::<16>(a, b),
        _ => a == b,
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
/// byte was less; what is not ASCII has it set.
#[inline]
fn special_bytes(bytes: u64) -> u64 {
    // Swapping 0x22 (the quote) with 0x20 puts it next to the controls.
    let control_or_quote = (bytes ^ eight(0x22 ^ 0x20)).wrapping_sub(eight(0x21));
    let backslash = (bytes ^ eight(b'\\')).wrapping_sub(eight(1));
    (control_or_quote | backslash | bytes) & eight(0x80)
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

/// The value of a character known to be a hex digit.
fn hex_digit(digit: char) -> u16 {
    digit.to_digit(16).and_then(|digit| u16::try_from(digit).ok()).unwrap_or(0)
}
