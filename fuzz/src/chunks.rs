//! A chunked body, in pieces of any size.

use orderwire::http::response::HttpError;

use crate::cases::{Case, Outcome, chunked, error};
use crate::input::Input;
use crate::read::{assert_same, read};

/// More than this the reader's buffer might not hold.
const BYTES_MAX: usize = 16_384;

/// Feeds the input behind a head, whole and in pieces, and compares.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let piece = usize::from(input.byte()).max(1);
    let wire = input.0;
    if wire.len() > BYTES_MAX {
        return;
    }
    // What is expected of it nobody reads.
    let case = error(chunked(wire), HttpError::NotClean);
    let whole = read(&case, [&case.wire[..]]);
    assert_same(&whole, &read(&case, case.wire.chunks(1)));
    assert_same(&whole, &read(&case, case.wire.chunks(piece)));
    assert_model(&whole, &case, wire);
}

fn assert_model(whole: &Outcome, case: &Case, wire: &[u8]) {
    match (model(wire), whole) {
        (Some((expected, behind)), Outcome::Reply { body, .. }) => {
            assert_eq!((body, behind), (&expected, 0), "{case:?}");
        }
        (Some((_, behind)), Outcome::Error(HttpError::Stray { bytes, .. })) => assert_eq!(*bytes, behind, "{case:?}"),
        (None, Outcome::Error(error)) => assert!(!matches!(error, HttpError::Stray { .. }), "{case:?}"),
        (model, whole) => panic!("{whole:?} and not {model:?} of {case:?}"),
    }
}

/// RFC 9112 section 7.1, without bad whitespace: the body, and how many bytes stand behind it.
fn model(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut rest) = (Vec::new(), wire);
    let mut extension_bytes = 0;
    loop {
        let line = line(&mut rest)?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (size, extensions) = line.split_at(digits);
        extension_bytes += extensions.len();
        if digits > 16 || extension_bytes > 1024 || !are_extensions(extensions) {
            return None;
        }
        let size = u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        let (data, after) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        body.extend(data);
        rest = after.strip_prefix(b"\r\n")?;
    }
    let mut trailer_bytes = 0;
    loop {
        let line = line(&mut rest)?;
        if line.is_empty() {
            return Some((body, rest.len()));
        }
        trailer_bytes += line.len();
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        let decides = ["connection", "content-length", "proxy-connection", "transfer-encoding"]
            .iter()
            .any(|decides| name.eq_ignore_ascii_case(decides.as_bytes()));
        let well_formed = !name.is_empty() && token(name) == name.len() && value.iter().all(|byte| is_text(*byte));
        if trailer_bytes > 4096 || decides || !well_formed {
            return None;
        }
    }
}

/// The bytes before the next CRLF.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = rest[..end].strip_suffix(b"\r")?;
    *rest = &rest[end + 1..];
    Some(line)
}

/// Section 7.1.1: any number of `;name`, `;name=value` and `;name="text"`.
fn are_extensions(mut text: &[u8]) -> bool {
    while let [b';', rest @ ..] = text {
        let name = token(rest);
        if name == 0 {
            return false;
        }
        text = match &rest[name..] {
            [b'=', b'"', quoted @ ..] => match quoted_end(quoted) {
                Some(end) => &quoted[end..],
                None => return false,
            },
            [b'=', value @ ..] if token(value) == 0 => return false,
            [b'=', value @ ..] => &value[token(value)..],
            other => other,
        };
    }
    text.is_empty()
}

/// RFC 9110 section 5.6.4: where the text behind the closing quote starts.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if is_text(*text.get(at + 1)?) => at += 2,
            byte if *byte != b'\\' && is_text(*byte) => at += 1,
            _ => return None,
        }
    }
}

/// How many bytes of a token `text` starts with.
fn token(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)).count()
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
