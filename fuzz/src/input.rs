//! The fuzzer's bytes, taken from the front. What is missing at the end is zero.

/// Bytes not yet taken.
#[derive(Debug)]
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// At most so many.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// As many as the next byte says, at most.
    pub fn counted(&mut self) -> &'a [u8] {
        let count = self.byte();
        self.bytes(usize::from(count))
    }
}
