//! HMAC with the key block hashed ahead.
//!
//! Of RFC 2104's `H((K ^ opad) || H((K ^ ipad) || text))` the two blocks with the key are the same for every text, so their
//! states are kept per key and each signature starts from them:
//!
//! ```text
//! once per key    inner = compress(IV, K ^ ipad)            outer = compress(IV, K ^ opad)
//! per signature   inner ── text, padding ──► digest ──► outer ── digest, padding ──► signature
//! ```
//!
//! The block function of SHA-256 is aws-lc's. Where the processor has SHA instructions it is as fast as sha2's; where it has none
//! it took less time in the one comparison there is, see `benches/sign.rs`. It is called directly, and that is the one use of
//! `unsafe` in this file: the function reads whole blocks and changes a state of eight words, all of them borrowed from the caller
//! for the length of the call; valgrind runs over its tests. aws-lc has no such function for SHA-512; there it is sha2's.

#![expect(
    unsafe_code,
    reason = "one C function, called directly: aws-lc-rs has no door to the state between two blocks"
)]

use std::fmt;

use arrayvec::ArrayVec;
use sha2::Digest;
use sha2::block_api::compress512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::http::text;

macro_rules! hmac_key {
    (
        $(#[$doc:meta])* $name:ident, $hash:ty, $compress:path, $word:ty, $initial:expr,
        block: $block:literal, digest: $digest:literal, hex: $hex:literal, length: $length:ty, gathered: $gathered:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            inner: [$word; 8],
            outer: [$word; 8],
        }

        impl $name {
            /// Hashes the key block; any length is taken (RFC 2104 section 2).
            pub fn new(key: &[u8]) -> Self {
                // Finds out, once, what the processor can do.
                aws_lc_rs::init();
                let mut block = Zeroizing::new([0; $block]);
                match block.get_mut(..key.len()) {
                    Some(start) => start.copy_from_slice(key),
                    None => {
                        let mut digest: [u8; $digest] = <$hash>::digest(key).into();
                        block[..$digest].copy_from_slice(&digest);
                        digest.zeroize();
                    }
                }
                let state_after = |pad: u8| {
                    let padded = Zeroizing::new(block.map(|byte| byte ^ pad));
                    let mut state = $initial;
                    $compress(&mut state, std::slice::from_ref(&*padded));
                    state
                };
                Self { inner: state_after(0x36), outer: state_after(0x5c) }
            }

            /// The signature of a text.
            #[inline]
            pub fn sign(&self, text: &[u8]) -> [u8; $digest] {
                let mut state = self.inner;
                let (blocks, rest) = text.as_chunks::<$block>();
                $compress(&mut state, blocks);
                self.close(state, rest, text.len())
            }

            /// The signature of the parts as if they stood together.
            ///
            /// Parts of a request are gathered with their padding, so that the block function is called once for them; longer ones,
            /// as batches have, are hashed as they come. Gathered are 256 bytes at most: room for more is no longer cleared in line.
            #[inline(always)]
            pub fn sign_parts(&self, parts: &[&[u8]]) -> [u8; $digest] {
                let total = parts.iter().map(|part| part.len()).sum();
                if Self::padded_blocks(total) > $gathered {
                    return self.sign_long_parts(parts.iter().copied());
                }
                let mut blocks = [[0; $block]; $gathered];
                let bytes = blocks.as_flattened_mut();
                // From the last on: behind the first the compiler would clear what is left by a call.
                let mut start = total;
                for part in parts.iter().rev() {
                    let end = start;
                    start -= part.len();
                    bytes[start..end].copy_from_slice(part);
                }
                let mut state = self.inner;
                Self::pad(&mut state, &mut blocks, total, total);
                self.sign_digest(&state)
            }

            pub(crate) fn sign_long_parts<'a>(&self, parts: impl Iterator<Item = &'a [u8]>) -> [u8; $digest] {
                let mut state = self.inner;
                let mut block = [0; $block];
                let (mut filled, mut total) = (0, 0);
                for mut part in parts {
                    total += part.len();
                    if filled > 0 {
                        let (head, tail) = part.split_at(part.len().min($block - filled));
                        block[filled..filled + head.len()].copy_from_slice(head);
                        filled += head.len();
                        part = tail;
                        if filled < $block {
                            continue;
                        }
                        $compress(&mut state, &[block]);
                    }
                    let (blocks, rest) = part.as_chunks::<$block>();
                    $compress(&mut state, blocks);
                    block[..rest.len()].copy_from_slice(rest);
                    filled = rest.len();
                }
                self.close(state, &block[..filled], total)
            }

            /// The signature of a text as lower-case hex.
            #[inline]
            pub fn sign_hex(&self, text: &[u8]) -> [u8; $hex] {
                text::hex(&self.sign(text))
            }

            /// From the state before the last bytes of the text to the signature.
            #[inline]
            fn close(&self, mut state: [$word; 8], rest: &[u8], text_bytes: usize) -> [u8; $digest] {
                let mut blocks = [[0; $block]; 2];
                blocks.as_flattened_mut()[..rest.len()].copy_from_slice(rest);
                Self::pad(&mut state, &mut blocks, rest.len(), text_bytes);
                self.sign_digest(&state)
            }

            /// From the state after the text to the signature.
            #[inline]
            fn sign_digest(&self, inner: &[$word; 8]) -> [u8; $digest] {
                Self::bytes(&self.sign_state(inner))
            }

            /// The same, and the signature as the hash has it.
            #[inline]
            fn sign_state(&self, inner: &[$word; 8]) -> [$word; 8] {
                let (mut state, mut block) = (self.outer, Self::DIGEST_BLOCK);
                block[..$digest].copy_from_slice(&Self::bytes(inner));
                $compress(&mut state, &[block]);
                state
            }

            /// The block of a digest and its padding, which is the same for all: a copy of it is written in pieces as wide as the hash reads.
            const DIGEST_BLOCK: [u8; $block] = {
                let mut block = [0; $block];
                block[$digest] = 0x80;
                let bits: [u8; size_of::<$length>()] = (8 * ($block + $digest) as $length).to_be_bytes();
                let mut at = 0;
                while at < bits.len() {
                    block[$block - bits.len() + at] = bits[at];
                    at += 1;
                }
                block
            };

            /// Hashes the last `filled` bytes of a text, behind which there are zeros, with their padding. FIPS 180-4 section 5.1: a one
            /// bit, zeros and the length in bits fill up the last block. The block with the key counts.
            #[inline]
            fn pad(state: &mut [$word; 8], blocks: &mut [[u8; $block]], filled: usize, text_bytes: usize) {
                let count = Self::padded_blocks(filled);
                let bytes = blocks.as_flattened_mut();
                bytes[filled] = 0x80;
                let bits = ($block + text_bytes as $length) * 8;
                bytes[count * $block - size_of::<$length>()..count * $block].copy_from_slice(&bits.to_be_bytes());
                $compress(state, &blocks[..count]);
            }

            /// How many blocks so many bytes take with their padding.
            #[inline]
            const fn padded_blocks(bytes: usize) -> usize {
                (bytes + 1 + size_of::<$length>()).div_ceil($block)
            }

            #[inline]
            fn bytes(state: &[$word; 8]) -> [u8; $digest] {
                let mut bytes = [0; $digest];
                for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
                    *bytes = word.to_be_bytes();
                }
                bytes
            }
        }

        impl Zeroize for $name {
            fn zeroize(&mut self) {
                self.inner.zeroize();
                self.outer.zeroize();
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.zeroize();
            }
        }

        impl ZeroizeOnDrop for $name {}

        /// Shows that there is a key and nothing of it.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

impl HmacSha256 {
    /// What stands behind a text at most until its last block is full.
    pub(crate) const PADDING_BYTES_MAX: usize = 64 + size_of::<u64>();

    /// The signature of the first `filled` bytes, hashed where they stand: the padding is written behind them. `None` without room for it.
    ///
    /// A copy of them would be read by the hash while what was just written, a few bytes at a time, is on its way to memory: it waited for
    /// all of it.
    #[inline(always)]
    pub(crate) fn sign_in_place(&self, bytes: &mut [u8], filled: usize) -> Option<Mac> {
        let mut state = self.inner;
        compress256(&mut state, Self::pad_in_place(bytes, filled)?);
        Some(Mac(self.sign_state(&state)))
    }

    /// The same, from the state after the first block or two where `known` has it.
    #[inline(always)]
    pub(crate) fn sign_in_place_from(&self, known: &mut KnownBlocks, bytes: &mut [u8], filled: usize) -> Option<Mac> {
        if filled < 64 {
            return self.sign_in_place(bytes, filled);
        }
        let (first, mut blocks) = Self::pad_in_place(bytes, filled)?.split_first()?;
        let mut state = known.state_after_first(&self.inner, first);
        if filled >= 128 {
            let (second, rest) = blocks.split_first()?;
            if let Some(after) = known.state_after_second(&state, second) {
                (state, blocks) = (after, rest);
            }
        }
        compress256(&mut state, blocks);
        Some(Mac(self.sign_state(&state)))
    }

    #[inline(always)]
    fn pad_in_place(bytes: &mut [u8], filled: usize) -> Option<&[[u8; 64]]> {
        // All that there can be, of which the last block has a part: a fixed width is a few stores, and zeros are not read from anywhere.
        let padding = bytes.get_mut(filled..)?.first_chunk_mut()?;
        *padding = [0; Self::PADDING_BYTES_MAX];
        padding[0] = 0x80;
        let blocks = bytes.as_chunks_mut().0.get_mut(..Self::padded_blocks(filled))?;
        let bits = (64 + filled as u64) * 8;
        *blocks.last_mut()?.last_chunk_mut()? = bits.to_be_bytes();
        Some(blocks)
    }
}

/// A signature of HMAC-SHA256, as the hash has it: words whose bytes are in the processor's order, so that who writes them as text turns
/// none around twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mac([u32; 8]);

impl Mac {
    /// Its words, of which the first has the first bytes, the highest first.
    #[inline]
    pub(crate) const fn words(&self) -> &[u32; 8] {
        &self.0
    }

    /// Its bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        HmacSha256::bytes(&self.0)
    }
}

impl From<[u8; 32]> for Mac {
    #[inline]
    fn from(bytes: [u8; 32]) -> Self {
        let mut words = [0; 8];
        for (word, four) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_be_bytes(*four);
        }
        Self(words)
    }
}

/// Shows that there is one.
impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac(hidden)")
    }
}

/// The first two blocks of texts signed lately, hashed: texts of one kind begin alike, an order's with its instrument, side, type and
/// often quantity. Erased on drop.
#[derive(Default)]
pub(crate) struct KnownBlocks {
    firsts: Known,
    seconds: Known,
    /// Of second blocks that were not known, the latest: what each folds to, and which of these is forgotten for the next.
    seen: [u64; KNOWN_BLOCKS],
    oldest_seen: usize,
}

impl KnownBlocks {
    #[inline]
    fn state_after_first(&mut self, key: &[u32; 8], text: &[u8; 64]) -> [u32; 8] {
        match self.firsts.state_after(key, text) {
            Some(after) => after,
            None => self.firsts.learn(key, text),
        }
    }

    /// `None` where it is to be hashed with the rest: most texts' second block has an id or a price in it and never comes again, and to
    /// learn it takes more than it saves. So it is learned once it has come again.
    #[inline]
    fn state_after_second(&mut self, before: &[u32; 8], text: &[u8; 64]) -> Option<[u32; 8]> {
        let known = self.seconds.state_after(before, text);
        if known.is_some() {
            return known;
        }
        let folded = text.as_chunks().0.iter().fold(0, |folded, eight| folded ^ u64::from_le_bytes(*eight));
        if self.seen.contains(&folded) {
            return Some(self.seconds.learn(before, text));
        }
        self.seen[self.oldest_seen] = folded;
        self.oldest_seen = (self.oldest_seen + 1) % KNOWN_BLOCKS;
        None
    }
}

/// Blocks that stand at one place of a text.
#[derive(Default)]
struct Known {
    blocks: ArrayVec<KnownBlock, KNOWN_BLOCKS>,
    /// Which of them is forgotten for the next, once there is no room.
    oldest: usize,
}

/// One instrument's orders, both sides, new and cancelled.
const KNOWN_BLOCKS: usize = 4;

struct KnownBlock {
    text: [u8; 64],
    /// The state that stands for all in front of it, the key among it.
    before: [u32; 8],
    after: [u32; 8],
}

impl KnownBlock {
    /// Whether it is this text's, behind this state, told without a call.
    #[inline]
    fn is_of(&self, before: &[u32; 8], text: &[u8; 64]) -> bool {
        let mut differ = 0;
        for (known, text) in self.text.as_chunks().0.iter().zip(text.as_chunks().0) {
            differ |= u128::from_le_bytes(*known) ^ u128::from_le_bytes(*text);
        }
        let mut differ_before = 0;
        for (known, before) in self.before.iter().zip(before) {
            differ_before |= known ^ before;
        }
        differ == 0 && differ_before == 0
    }
}

impl Known {
    #[inline]
    fn state_after(&self, before: &[u32; 8], text: &[u8; 64]) -> Option<[u32; 8]> {
        self.blocks.iter().find(|known| known.is_of(before, text)).map(|known| known.after)
    }

    #[cold]
    fn learn(&mut self, before: &[u32; 8], text: &[u8; 64]) -> [u32; 8] {
        let mut after = *before;
        compress256(&mut after, std::slice::from_ref(text));
        let block = KnownBlock { text: *text, before: *before, after };
        if let Err(full) = self.blocks.try_push(block) {
            self.blocks[self.oldest] = full.element();
            self.oldest = (self.oldest + 1) % KNOWN_BLOCKS;
        }
        after
    }
}

impl Drop for KnownBlock {
    fn drop(&mut self) {
        self.before.zeroize();
        self.after.zeroize();
    }
}

hmac_key! {
    /// A key for HMAC-SHA256, erased on drop.
    HmacSha256, sha2::Sha256, compress256, u32, SHA256_INITIAL,
    block: 64, digest: 32, hex: 64, length: u64, gathered: 4
}

hmac_key! {
    /// A key for HMAC-SHA512, erased on drop.
    HmacSha512, sha2::Sha512, compress512, u64, SHA512_INITIAL,
    block: 128, digest: 64, hex: 128, length: u128, gathered: 2
}

/// FIPS 180-4 section 6.2.2, once for each block.
#[inline]
fn compress256(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    // The function reads one block before it counts them.
    if blocks.is_empty() {
        return;
    }
    // SAFETY: there is a block at least. The function changes the eight words of `state` and reads `blocks.len()` blocks of
    // 64 bytes; both live, and nobody else has `state`, until it returns. It keeps no pointer and has no other state.
    unsafe { aws_lc_sys::SHA256_TransformBlocks(state.as_mut_ptr(), blocks.as_ptr().cast(), blocks.len()) };
}

/// Source: FIPS 180-4 section 5.3.3.
const SHA256_INITIAL: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// Source: FIPS 180-4 section 5.3.5.
const SHA512_INITIAL: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use data_encoding::HEXLOWER;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Source: RFC 4231 sections 4.2 to 4.5, 4.7 and 4.8 (4.6 asks for a cut signature, which no venue uses).
    #[test]
    fn vectors_of_rfc_4231() {
        let counting: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str, &str); 6] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
                 daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
                 bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
            ),
            (
                &counting,
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
                "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db\
                 a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
                 6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. \
                  The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
                "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
                 b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
            ),
        ];
        for (key, text, sha256, sha512) in cases {
            assert_eq!(HmacSha256::new(key).sign_hex(text), sha256.as_bytes());
            assert_eq!(HmacSha512::new(key).sign_hex(text), sha512.as_bytes());
        }
    }

    #[test]
    fn a_block_of_zeros_is_no_text_that_is_known() {
        let key = HmacSha256::new(b"key");
        let mut known = KnownBlocks::default();
        let mac = key.sign_in_place_from(&mut known, &mut [0; 64 + HmacSha256::PADDING_BYTES_MAX], 64).unwrap();
        assert_eq!(mac.bytes(), key.sign(&[0; 64]));
        assert_eq!(key.sign_in_place(&mut [0; 63 + HmacSha256::PADDING_BYTES_MAX], 64), None);
        assert_eq!((Mac::from(mac.bytes()), format!("{mac:?}").as_str()), (mac, "Mac(hidden)"));
    }

    proptest! {
        /// Texts of few kinds, keys that take turns: whatever is known of texts before, the signature is the text's own.
        #[test]
        fn what_is_known_of_other_texts_never_shows(
            texts in vec(
                (0..2_usize, "[ab]{0,2}", prop::sample::select(vec![0, 40, 70, 130, 140]), vec(any::<u8>(), 0..80)),
                0..20,
            ),
        ) {
            let keys = [&b"one"[..], b"another"];
            let mut known = KnownBlocks::default();
            for (key, kind, fill, rest) in texts {
                let text = [kind.as_bytes(), &[b'x'; 140][..fill], &rest].concat();
                let theirs = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, keys[key]), &text);
                let mut bytes = [&text[..], &[b'#'; HmacSha256::PADDING_BYTES_MAX]].concat();
                let ours = HmacSha256::new(keys[key]).sign_in_place_from(&mut known, &mut bytes, text.len()).unwrap();
                prop_assert_eq!(&ours.bytes()[..], theirs.as_ref());
                prop_assert_eq!(&bytes[..text.len()], &text);
            }
        }

        #[test]
        fn signs_as_aws_lc_does(key in vec(any::<u8>(), 0..300), parts in vec(vec(any::<u8>(), 0..300), 0..6)) {
            let text = parts.concat();
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();

            let theirs = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &text);
            let ours = HmacSha256::new(&key);
            prop_assert_eq!(&ours.sign(&text)[..], theirs.as_ref());
            prop_assert_eq!(&ours.sign_parts(&parts)[..], theirs.as_ref());
            prop_assert_eq!(&ours.sign_hex(&text)[..], HEXLOWER.encode(theirs.as_ref()).into_bytes());

            let theirs = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &key), &text);
            let ours = HmacSha512::new(&key);
            prop_assert_eq!(&ours.sign(&text)[..], theirs.as_ref());
            prop_assert_eq!(&ours.sign_parts(&parts)[..], theirs.as_ref());
            prop_assert_eq!(&ours.sign_hex(&text)[..], HEXLOWER.encode(theirs.as_ref()).into_bytes());
        }
    }

    /// The padding goes into one block or two, and parts are gathered or not: every length around all edges, whole and cut wherever a
    /// block begins or ends, and next to it.
    #[test]
    fn every_length_cut_where_blocks_meet() {
        let text: Vec<u8> = (0..=255).chain(0..=127).chain(0..=9).collect();
        let (sha256, sha512) = (HmacSha256::new(b"key"), HmacSha512::new(b"key"));
        for len in 0..text.len() {
            let text = &text[..len];
            let (whole256, whole512) = (sha256.sign(text), sha512.sign(text));
            assert_eq!(whole256, hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"key"), text).as_ref());
            assert_eq!(whole512, hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, b"key"), text).as_ref());
            for cut in (0..=len).filter(|cut| cut % 64 <= 1 || cut % 64 == 63 || *cut + 1 >= len) {
                let (head, tail) = text.split_at(cut);
                assert_eq!(sha256.sign_parts(&[head, tail]), whole256, "{len} cut at {cut}");
                assert_eq!(sha512.sign_parts(&[head, b"", tail]), whole512, "{len} cut at {cut}");
            }
        }
    }

    #[test]
    fn is_hidden_and_erased() {
        let (mut sha256, mut sha512) = (HmacSha256::new(b"a key"), HmacSha512::new(b"a key"));
        assert_eq!(format!("{sha256:?} {sha512:?}"), "HmacSha256(hidden) HmacSha512(hidden)");
        sha256.zeroize();
        sha512.zeroize();
        assert_eq!((sha256.inner, sha256.outer), ([0; 8], [0; 8]));
        assert_eq!((sha512.inner, sha512.outer), ([0; 8], [0; 8]));
    }
}
