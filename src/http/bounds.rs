//! Between which two each byte of a text may lie: how a head or a body that was read before is recognized when it comes again.
//!
//! Known of each byte is the least and how far it may lie above that, so that one subtraction and one comparison judge it. The compiler
//! makes vector code of it, and once more for processors with wider registers.
//!
//! The one use of `unsafe` is the call of that: it is safe code, and asks only that the processor has what it was compiled for, which is
//! looked up right before. `.ci/run asan` runs over its tests, where both are held against each other.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "code for AVX2 is called where the processor has it"))]

/// Bytes compared at once. Shorter texts are not compared.
const GROUP_BYTES: usize = 64;

type Group = [u8; GROUP_BYTES];

/// The bounds of a text of `MAX` bytes at most.
pub(super) struct Bounds<const MAX: usize> {
    least: Box<[u8; MAX]>,
    span: Box<[u8; MAX]>,
}

impl<const MAX: usize> Bounds<MAX> {
    pub(super) fn new() -> Self {
        Self { least: Box::new([0; MAX]), span: Box::new([0; MAX]) }
    }

    /// Whether texts of this length can be told.
    pub(super) fn may_hold(bytes: usize) -> bool {
        (GROUP_BYTES..=MAX).contains(&bytes)
    }

    /// Every byte has to be as it is here. `false`: texts of this length are not told.
    pub(super) fn same_as(&mut self, text: &[u8]) -> bool {
        let (Some(least), Some(span)) = (self.least.get_mut(..text.len()), self.span.get_mut(..text.len())) else {
            return false;
        };
        least.copy_from_slice(text);
        span.fill(0);
        Self::may_hold(text.len())
    }

    /// Here it may be any from the least to the greatest, if it is one of them; else it has to stay as it is.
    pub(super) fn free(&mut self, at: usize, least: u8, greatest: u8) {
        if let (Some(known), Some(span)) = (self.least.get_mut(at), self.span.get_mut(at))
            && (least..=greatest).contains(known)
        {
            (*known, *span) = (least, greatest - least);
        }
    }

    /// Whether all bytes lie within their bounds.
    #[inline]
    pub(super) fn hold(&self, text: &[u8]) -> bool {
        self.judge::<false>(text)
    }

    /// The same, and no backslash where another byte may stand.
    #[inline]
    pub(super) fn hold_plain(&self, text: &[u8]) -> bool {
        self.judge::<true>(text)
    }

    #[inline(always)]
    fn judge<const PLAIN: bool>(&self, text: &[u8]) -> bool {
        let (Some(least), Some(span)) = (self.least.get(..text.len()), self.span.get(..text.len())) else {
            return false;
        };
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            return unsafe { all_within_avx2::<PLAIN>(text, least, span) };
        }
        all_within::<PLAIN>(text, least, span)
    }
}

/// Half as many instructions as without.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn all_within_avx2<const PLAIN: bool>(text: &[u8], least: &[u8], span: &[u8]) -> bool {
    all_within::<PLAIN>(text, least, span)
}

/// Whether all bytes lie within their bounds, all of which are as long.
#[inline(always)]
fn all_within<const PLAIN: bool>(text: &[u8], least: &[u8], span: &[u8]) -> bool {
    let groups = text.as_chunks().0.iter().zip(least.as_chunks().0).zip(span.as_chunks().0);
    // The rest stands in a last group that overlaps the one before.
    let (Some(text), Some(least), Some(span)) = (text.last_chunk(), least.last_chunk(), span.last_chunk()) else {
        return false;
    };
    let sum = add::<PLAIN>([0; GROUP_BYTES], text, least, span);
    let sum = groups.fold(sum, |sum, ((text, least), span)| add::<PLAIN>(sum, text, least, span));
    sum == [0; GROUP_BYTES]
}

/// What is wrong with these bytes, beside what was with others.
#[inline(always)]
fn add<const PLAIN: bool>(sum: Group, text: &Group, least: &Group, span: &Group) -> Group {
    core::array::from_fn(|at| {
        let escapes = if PLAIN && text[at] == b'\\' { span[at] } else { 0 };
        sum[at] | outside(text[at], least[at], span[at]) | escapes
    })
}

/// By how much a byte lies outside of its bounds.
#[inline(always)]
const fn outside(byte: u8, least: u8, span: u8) -> u8 {
    byte.wrapping_sub(least).saturating_sub(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_by_itself() {
        for bytes in [GROUP_BYTES, GROUP_BYTES + 1, 2 * GROUP_BYTES - 1, 2 * GROUP_BYTES] {
            let mut bounds = Bounds::<{ 2 * GROUP_BYTES }>::new();
            let text = vec![b'5'; bytes];
            assert!(bounds.same_as(&text));
            (0..bytes).step_by(2).for_each(|at| bounds.free(at, b'0', b'~'));
            // Not among them: it stays as it is.
            bounds.free(1, b'a', b'z');
            for at in 0..bytes {
                for byte in 0..=u8::MAX {
                    let mut other = text.clone();
                    other[at] = byte;
                    let may = byte == b'5' || (at % 2 == 0 && (b'0'..=b'~').contains(&byte));
                    let told = [bounds.hold(&other), bounds.hold_plain(&other)];
                    assert_eq!(told, [may, may && byte != b'\\'], "{byte:#04x} at {at} of {bytes}");
                    // What a processor without wider registers does.
                    let (least, span) = (&bounds.least[..bytes], &bounds.span[..bytes]);
                    let plain = [all_within::<false>(&other, least, span), all_within::<true>(&other, least, span)];
                    assert_eq!(plain, told, "{byte:#04x} at {at} of {bytes}");
                }
            }
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_not_told() {
        let mut bounds = Bounds::<{ 2 * GROUP_BYTES }>::new();
        for bytes in [0, 1, GROUP_BYTES - 1, 2 * GROUP_BYTES + 1] {
            let text = vec![b'5'; bytes];
            assert!(!bounds.same_as(&text) && !bounds.hold(&text) && !bounds.hold_plain(&text), "{bytes}");
        }
        // A backslash that was there may stay.
        let text = [b'\\'; GROUP_BYTES];
        assert!(bounds.same_as(&text) && bounds.hold_plain(&text));
    }
}
