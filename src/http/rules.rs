//! Which bytes may stand where in a request.
//!
//! A rule judges eight bytes at once in one word, by arithmetic without branch or table: on a text that is known when
//! compiled nothing is left of it, and on any other it takes some four cycles for eight bytes. So each piece is judged as it
//! is put: one pass over the finished target, in vectors of 16 bytes, took 44 of the 340 ns of an order, though nearly all of
//! an order's target is literals, digits and values that were percent-encoded. What is never a literal, an id or a value to be
//! percent-encoded, is asked byte by byte of [`all`], which the compiler turns into vectors.

/// Which bytes may stand in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A body: all bytes.
    Body,
    /// The path of a target, as it stands. `%` is not looked into.
    /// Source: <https://url.spec.whatwg.org/#path-percent-encode-set>, read 2026-11-22.
    Path,
    /// The query of a target, as it stands.
    /// Source: <https://url.spec.whatwg.org/#query-percent-encode-set>, read 2026-11-22.
    Query,
    /// The name of a header. Source: RFC 9110 section 5.6.2.
    Token,
    /// The value of a header. Source: RFC 9110 section 5.5, without `obs-text`: no byte outside ASCII.
    Value,
}

impl Rule {
    /// Whether any byte of a text may not stand there: eight are judged at a time.
    ///
    /// Without a closure, which nothing holds to be compiled in line: one that was not judged an order's literals at run time.
    #[inline(always)]
    pub(crate) fn refuses(self, text: &[u8]) -> bool {
        let mut refused = 0;
        for bytes in text.as_chunks().0 {
            refused |= self.judge(u64::from_le_bytes(*bytes));
        }
        // What is left stands in a last word that overlaps the one before, or in one that has some bytes twice.
        let last = if let Some(bytes) = text.last_chunk() {
            u64::from_le_bytes(*bytes)
        } else if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
            u64::from(u32::from_le_bytes(*head)) | (u64::from(u32::from_le_bytes(*tail)) << 32)
        } else {
            match *text {
                [] => return false,
                [a] => EACH * u64::from(a),
                [a, b] => u64::from_le_bytes([a, b, a, b, a, b, a, b]),
                [a, b, c, ..] => u64::from_le_bytes([a, b, c, a, b, c, a, b]),
            }
        };
        refused |= self.judge(last);
        refused & HIGHEST != 0
    }

    /// Whether no byte of a text is refused, when compiled.
    pub(crate) const fn takes_literal(self, text: &str) -> bool {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            if self.judge(EACH * text[at] as u64) & HIGHEST != 0 {
                return false;
            }
            at += 1;
        }
        true
    }

    /// The first byte that may not stand there, and how many stand before it.
    #[cold]
    pub(crate) fn first_refused(self, text: &[u8]) -> Option<(u8, usize)> {
        text.iter().zip(0..).map(|(&byte, at)| (byte, at)).find(|&(byte, _)| self.refuses(&[byte]))
    }

    /// Sets the highest bit of each byte that may not stand there; the other bits say nothing.
    #[inline(always)]
    const fn judge(self, word: u64) -> u64 {
        let not_ascii = word;
        match self {
            Self::Body => 0,
            Self::Path => {
                not_of_query(word)
                    | within(word, (b'?', b'?'))
                    | within(word, (b'^', b'^'))
                    | within(word, (b'`', b'`'))
                    | within(word, (b'{', b'{'))
                    | within(word, (b'}', b'}'))
            }
            Self::Query => not_of_query(word),
            Self::Token => {
                not_ascii
                    | !within(word, VISIBLE)
                    | within(word, (b'"', b'"'))
                    | within(word, (b'(', b')'))
                    | within(word, (b',', b','))
                    | within(word, (b'/', b'/'))
                    | within(word, (b':', b'@'))
                    | within(word, (b'[', b']'))
                    | within(word, (b'{', b'{'))
                    | within(word, (b'}', b'}'))
            }
            Self::Value => not_ascii | !(within(word, (b' ', b'~')) | within(word, (b'\t', b'\t'))),
        }
    }
}

/// Of its own, for [`Rule::judge`] would have to call itself: a function that does is not always compiled in line, and then every
/// literal is judged at run time (by a program built as one unit, 862 instructions an order).
#[inline(always)]
const fn not_of_query(word: u64) -> u64 {
    let not_ascii = word;
    not_ascii
        | !within(word, VISIBLE)
        | within(word, (b'"', b'#'))
        | within(word, (b'<', b'<'))
        | within(word, (b'>', b'>'))
}

const VISIBLE: (u8, u8) = (b'!', b'~');

/// Whether a text has ASCII letters, digits and the bytes of `also`, and nothing else: the narrow rules of venues on ids.
#[inline(always)]
pub(crate) fn is_alphanumeric_or(text: &[u8], also: &[u8]) -> bool {
    all(text, |byte| {
        let mut taken = is_alphanumeric(byte);
        for &other in also {
            taken |= byte == other;
        }
        taken
    })
}

/// What stands for itself everywhere in a URL. Source: RFC 3986 section 2.3.
#[inline(always)]
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    is_alphanumeric(byte) | is_within(byte, (b'-', b'.')) | (byte == b'_') | (byte == b'~')
}

#[inline(always)]
const fn is_alphanumeric(byte: u8) -> bool {
    is_within(byte | 0x20, (b'a', b'z')) | is_within(byte, (b'0', b'9'))
}

#[inline(always)]
const fn is_within(byte: u8, (first, last): (u8, u8)) -> bool {
    byte.wrapping_sub(first) <= last - first
}

/// Whether every byte of a text is taken, for texts that only an order knows.
///
/// Without a branch in `taken` the compiler asks it of sixteen bytes at once, in the processor's vectors: 64 instructions for an id
/// of 30 bytes, where words of eight take 110 to 138. Of a literal it leaves more than words do, which is nothing.
#[inline(always)]
pub(crate) fn all(text: &[u8], taken: impl Fn(u8) -> bool + Copy) -> bool {
    // The last piece overlaps the one before it, unless the text is a multiple.
    if let Some(last) = text.last_chunk::<16>() {
        all_of(last, taken) && text.as_chunks::<16>().0.iter().all(|piece| all_of(piece, taken))
    } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        all_of(first, taken) & all_of(last, taken)
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        all_of(first, taken) & all_of(last, taken)
    } else {
        text.iter().all(|&byte| taken(byte))
    }
}

#[inline(always)]
fn all_of<const N: usize>(piece: &[u8; N], taken: impl Fn(u8) -> bool) -> bool {
    // A loop, which is always compiled in line: a fold is not.
    let mut all = true;
    for &byte in piece {
        all &= taken(byte);
    }
    all
}

/// The blank at an end of a header's value, and where.
/// RFC 9110 section 5.5: such blanks are not part of the value, so what is signed would not be what is read.
#[inline]
pub(crate) fn blank_end(value: &[u8]) -> Option<(u8, usize)> {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let (&first, &last) = (value.first()?, value.last()?);
    if is_blank(first) {
        Some((first, 0))
    } else if is_blank(last) {
        Some((last, value.len() - 1))
    } else {
        None
    }
}

/// The name of a header that is not the caller's: those that say where a request ends (`Content-Length`,
/// `Transfer-Encoding`, `Trailer`), whose it is (`Host`), and those that change the connection or make the server wait
/// (`Connection` and what it governs, `Expect`, `Upgrade`).
#[inline(always)]
pub(crate) fn forbidden_header(name: &[u8]) -> Option<&'static str> {
    // By length first: for a name known when compiled, nothing is left of this. A search through a list would be left.
    // And by the first letter: comparing sixteen and more is a call, which the compiler does not see through.
    let is = |forbidden: &str| {
        forbidden.as_bytes()[0].eq_ignore_ascii_case(&name[0]) && forbidden.as_bytes().eq_ignore_ascii_case(name)
    };
    Some(match name.len() {
        2 if is("TE") => "TE",
        4 if is("Host") => "Host",
        6 if is("Expect") => "Expect",
        7 if is("Trailer") => "Trailer",
        7 if is("Upgrade") => "Upgrade",
        10 if is("Connection") => "Connection",
        10 if is("Keep-Alive") => "Keep-Alive",
        14 if is("Content-Length") => "Content-Length",
        14 if is("HTTP2-Settings") => "HTTP2-Settings",
        16 if is("Proxy-Connection") => "Proxy-Connection",
        17 if is("Transfer-Encoding") => "Transfer-Encoding",
        _ => return None,
    })
}

/// Sets the highest bit of each byte in a range, both ends included. Only for ASCII: what it says of other bytes has no
/// meaning.
#[inline(always)]
const fn within(word: u64, (first, last): (u8, u8)) -> u64 {
    at_least(word, first) & !at_least(word, last.saturating_add(1))
}

/// Sets the highest bit of each byte that is `bound` or more.
#[inline(always)]
const fn at_least(word: u64, bound: u8) -> u64 {
    // No sum leaves its byte: 0x7f and 0x80 at most.
    (word & !HIGHEST) + EACH * 0x80_u8.saturating_sub(bound) as u64
}

/// The lowest bit of each byte of a word.
const EACH: u64 = u64::from_ne_bytes([0x01; 8]);

/// The highest bit of each byte of a word.
const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Written apart from the rules, a byte at a time, from their sources.
    fn may_stand(rule: Rule, byte: u8) -> bool {
        match rule {
            Rule::Body => true,
            Rule::Path => matches!(byte, 0x21..=0x7e) && !b"\"#<>?^`{}".contains(&byte),
            Rule::Query => matches!(byte, 0x21..=0x7e) && !b"\"#<>".contains(&byte),
            Rule::Token => byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte),
            Rule::Value => byte == b'\t' || matches!(byte, 0x20..=0x7e),
        }
    }

    const RULES: [Rule; 5] = [Rule::Body, Rule::Path, Rule::Query, Rule::Token, Rule::Value];

    #[test]
    fn every_byte_at_every_place_of_every_length() {
        for rule in RULES {
            for byte in 0..=u8::MAX {
                let refused = !may_stand(rule, byte);
                for len in 1..=26 {
                    for at in 0..len {
                        let mut text = vec![b'0'; len];
                        text[at] = byte;
                        assert_eq!(rule.refuses(&text), refused, "{rule:?} {byte:#04x} at {at} of {len}");
                        if let Ok(text) = std::str::from_utf8(&text) {
                            assert_eq!(rule.takes_literal(text), !refused, "{rule:?} {text}");
                        }
                        assert_eq!(rule.first_refused(&text), refused.then_some((byte, at)));
                    }
                }
            }
            assert!(!rule.refuses(b""));
        }
    }

    /// A byte must not spoil the verdict on its neighbours: a sum that carried over would.
    #[test]
    fn no_byte_hides_its_neighbour() {
        for rule in RULES {
            for left in 0..=u8::MAX {
                for right in 0..=u8::MAX {
                    let refused = !may_stand(rule, left) || !may_stand(rule, right);
                    assert_eq!(rule.refuses(&[b'0', b'0', left, right, b'0', b'0', b'0', b'0']), refused, "{rule:?}");
                }
            }
        }
    }

    #[test]
    fn letters_digits_and_some_more() {
        for also in [&b""[..], b"-_", b".:/_-", b"~\0\x7f"] {
            for byte in 0..=u8::MAX {
                let taken = byte.is_ascii_alphanumeric() || also.contains(&byte);
                for (len, at) in (1..=40).flat_map(|len| (0..len).map(move |at| (len, at))) {
                    let mut text = vec![b'x'; len];
                    text[at] = byte;
                    assert_eq!(is_alphanumeric_or(&text, also), taken, "{byte:#04x} at {at} of {len}");
                }
            }
            assert!(is_alphanumeric_or(b"", also));
        }
    }

    #[test]
    fn unreserved_are_letters_digits_and_four_more() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_unreserved(byte), byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), "{byte:#04x}");
        }
    }

    #[test]
    fn forbidden_names_in_any_case() {
        for name in ["host", "HOST", "Content-length", "transfer-ENCODING", "te", "Connection", "EXPECT", "trailer"] {
            assert!(forbidden_header(name.as_bytes()).is_some_and(|found| found.eq_ignore_ascii_case(name)), "{name}");
        }
        for name in ["X-Host", "Hos", "Content-Type", "Content-Length2", "Accept"] {
            assert_eq!(forbidden_header(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn blanks_at_the_ends_of_a_value() {
        assert_eq!(blank_end(b" a"), Some((b' ', 0)));
        assert_eq!(blank_end(b"ab\t"), Some((b'\t', 2)));
        assert_eq!(blank_end(b"a b"), None);
        assert_eq!(blank_end(b""), None);
    }
}
