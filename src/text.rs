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
        let mut inline = Self::default();
        // Writing to inline text cannot fail: it cuts.
        let _ = fmt::Write::write_str(&mut inline, text);
        inline
    }

    /// The bytes as text, cut to `N` bytes; what is not UTF-8 becomes `?`.
    #[must_use]
    pub fn cut_bytes(bytes: &[u8]) -> Self {
        let mut inline = Self::default();
        for chunk in bytes.utf8_chunks() {
            let _ = fmt::Write::write_str(&mut inline, chunk.valid());
            if !chunk.invalid().is_empty() {
                let _ = fmt::Write::write_str(&mut inline, "?");
            }
            if inline.is_cut() {
                break;
            }
        }
        inline
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
        assert_eq!(Text::<16>::cut_bytes(b"a\x1b[2J\xffb").as_str(), "a?[2J?b");
    }
}
