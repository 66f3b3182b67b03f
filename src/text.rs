//! Short texts held inline: cut with a mark, made safe to print, no heap.

use core::fmt;

use arrayvec::ArrayString;

/// Text of at most `N` bytes, copied out of a reply or a message and safe to print.
///
/// What does not fit is cut at a character and marked with `…`; control characters and bytes that are not UTF-8 become
/// `?`, so that a peer cannot write to a terminal or a log through an error.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Text<const N: usize>(ArrayString<N>);

impl<const N: usize> Text<N> {
    /// The text, cut to `N` bytes.
    #[must_use]
    pub fn cut(text: &str) -> Self {
        // Nearly all texts are short and plain.
        if text.len() <= N && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self(ArrayString::from(text).unwrap_or_default());
        }
        let mut inline = Self::default();
        // Writing to inline text cannot fail: it cuts.
        let _ = fmt::Write::write_str(&mut inline, text);
        inline
    }

    /// A peer's words, cut to `N` bytes, for an error: those that may be a key, a signature or a query are left out, and what
    /// is not UTF-8 becomes `?`. Whoever quotes what it was sent must not bring a secret into a log.
    #[must_use]
    pub fn quoted(words: &[u8]) -> Self {
        let mut inline = Self::default();
        for word in words.split_inclusive(|byte| *byte == b' ') {
            if inline.is_cut() {
                break;
            }
            inline.push(if may_be_secret(word.trim_ascii()) { b"[left out] " } else { word });
        }
        inline
    }

    fn push(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            // Writing to inline text cannot fail: it cuts.
            let _ = fmt::Write::write_str(self, chunk.valid());
            if !chunk.invalid().is_empty() {
                let _ = fmt::Write::write_str(self, "?");
            }
        }
    }

    /// Whatever is displayed, cut to `N` bytes.
    #[must_use]
    pub fn display(value: impl fmt::Display) -> Self {
        let mut inline = Self::default();
        let _ = fmt::Write::write_fmt(&mut inline, format_args!("{value}"));
        inline
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_cut(&self) -> bool {
        self.0.ends_with(CUT)
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.is_cut() {
                return Ok(());
            }
            let shown = if character.is_control() { '?' } else { character };
            if self.0.try_push(shown).is_err() {
                while self.0.remaining_capacity() < CUT.len_utf8() && self.0.pop().is_some() {}
                let _ = self.0.try_push(CUT);
            }
        }
        Ok(())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether a word is too long to be one, or has a part that is made as keys are: many characters in a row, letters and digits
/// among them.
fn may_be_secret(word: &[u8]) -> bool {
    let is_key = |part: &[u8]| {
        part.len() >= KEY_BYTES_MIN && part.iter().any(u8::is_ascii_digit) && part.iter().any(u8::is_ascii_alphabetic)
    };
    word.len() > WORD_BYTES_MAX || word.split(|b| !(b.is_ascii_alphanumeric() || b"-_".contains(b))).any(is_key)
}

/// Longest word of a peer that is quoted, bytes: a field's name in quotes fits, a query or a signature does not.
const WORD_BYTES_MAX: usize = 40;

/// Shortest key of a venue, or less: Bybit's have 18 characters.
const KEY_BYTES_MIN: usize = 16;

/// Stands at the end of a text that was cut.
const CUT: char = '…';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_a_character_and_says_so() {
        assert_eq!(Text::<8>::cut("exactly8").as_str(), "exactly8");
        assert_eq!(Text::<8>::cut("one more 9").as_str(), "one m…");
        assert_eq!(Text::<8>::cut("äöüßä").as_str(), "äö…");
    }

    #[test]
    fn never_prints_what_a_terminal_would_obey() {
        assert_eq!(Text::<16>::quoted(b"a\x1b[2J\xffb").as_str(), "a?[2J?b");
    }

    #[test]
    fn what_may_be_a_secret_is_not_quoted() {
        for (words, shown) in [
            ("Filter failure: PERCENT_PRICE_BY_SIDE", "Filter failure: PERCENT_PRICE_BY_SIDE"),
            ("banned until 1784615505000.", "banned until 1784615505000."),
            ("'newClientOrderId'; '^[a-zA-Z0-9-_]{1,36}$'.", "'newClientOrderId'; '^[a-zA-Z0-9-_]{1,36}$'."),
            ("key Kq7aB2cD8Zt4Wm2Xv1 is bad", "key [left out] is bad"),
            ("key=d4b2a7c0-5f6e-4a1b-9c3d-2e1f0a9b8c7d", "[left out] "),
            ("\"Kq7aB2cD8Zt4Wm2Xv1\"", "[left out] "),
            ("symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp=1 sent", "[left out] sent"),
        ] {
            assert_eq!(Text::<96>::quoted(words.as_bytes()).as_str(), shown);
        }
        assert_eq!(Text::<8>::quoted(b"a Kq7aB2cD8Zt4Wm2Xv1").as_str(), "a [le…");
    }
}
