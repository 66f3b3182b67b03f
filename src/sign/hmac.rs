//! HMAC with the key block hashed ahead.
//!
//! Of RFC 2104's `H((K ^ opad) || H((K ^ ipad) || text))` the two blocks with the key are the same for every text, so their
//! states are kept per key and each signature starts from them:
//!
//! ```text
//! once per key    inner = compress(IV, K ^ ipad)            outer = compress(IV, K ^ opad)
//! per signature   inner ── text, padding ──► digest ──► outer ── digest, padding ──► signature
//! ```

use std::fmt;

use sha2::Digest;
use sha2::block_api::{compress256, compress512};
use zeroize::{Zeroize, Zeroizing};

use crate::http::text;

macro_rules! hmac_key {
    (
        $(#[$doc:meta])* $name:ident, $hash:ty, $compress:path, $word:ty, $initial:expr,
        block: $block:literal, digest: $digest:literal, hex: $hex:literal, length: $length:ty
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
            pub fn sign_parts(&self, parts: &[&[u8]]) -> [u8; $digest] {
                let mut state = self.inner;
                let mut block = [0; $block];
                let (mut filled, mut total) = (0, 0);
                for part in parts {
                    total += part.len();
                    let mut part = *part;
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
                Self::pad(&mut state, rest, text_bytes);
                let digest = Self::bytes(&state);
                state = self.outer;
                Self::pad(&mut state, &digest, $digest);
                Self::bytes(&state)
            }

            /// FIPS 180-4 section 5.1: a one bit, zeros and the length in bits fill up the last block, or two. The block
            /// with the key counts.
            #[inline]
            fn pad(state: &mut [$word; 8], rest: &[u8], text_bytes: usize) {
                let mut blocks = [[0; $block]; 2];
                let bytes = blocks.as_flattened_mut();
                bytes[..rest.len()].copy_from_slice(rest);
                bytes[rest.len()] = 0x80;
                let count = if rest.len() + 1 + size_of::<$length>() > $block { 2 } else { 1 };
                let bits = ($block + text_bytes as $length) * 8;
                bytes[count * $block - size_of::<$length>()..count * $block].copy_from_slice(&bits.to_be_bytes());
                $compress(state, &blocks[..count]);
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

        impl Drop for $name {
            fn drop(&mut self) {
                self.inner.zeroize();
                self.outer.zeroize();
            }
        }

        /// Shows that there is a key and nothing of it.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

hmac_key! {
    /// A key for HMAC-SHA256, erased on drop.
    HmacSha256, sha2::Sha256, compress256, u32, SHA256_INITIAL,
    block: 64, digest: 32, hex: 64, length: u64
}

hmac_key! {
    /// A key for HMAC-SHA512, erased on drop.
    HmacSha512, sha2::Sha512, compress512, u64, SHA512_INITIAL,
    block: 128, digest: 64, hex: 128, length: u128
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
