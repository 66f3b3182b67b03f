//! Ed25519 (RFC 8032), without a heap call in Rust or in C.
//!
//! aws-lc-rs signs through `EVP_PKEY`, which makes two heap calls for each signature; the C function below it makes none
//! and is called here directly. That is the one use of `unsafe` in this file: the function reads a private key of 64 bytes
//! and a message, and writes a signature of 64 bytes, all of them borrowed from the caller for the length of the call.

#![expect(unsafe_code, reason = "one C function, called directly: the safe way to it makes two heap calls")]

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::{KeyError, SignError};

/// A private key for Ed25519 signatures, erased on drop.
///
/// **Shape.** A signature has 64 bytes: 88 characters of base64.
#[derive(Clone)]
pub struct Ed25519Key {
    /// The seed, then the public key: what the C function takes. Boxed, so that a move leaves no copy behind.
    private: Box<Zeroizing<[u8; PRIVATE_BYTES]>>,
}

impl Ed25519Key {
    /// The key of a seed, which is what RFC 8032 calls the private key.
    ///
    /// **Errors.** [`KeyError::Malformed`] when it is not 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, KeyError> {
        // By aws-lc-rs, which also sets the C library up.
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Malformed)?;
        Self::new(seed, &pair)
    }

    /// The key in a PKCS#8 document (RFC 8410 section 7); its public half is checked where it is there.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        let seed = pair.seed().map_err(|_| KeyError::Malformed)?;
        let seed: Zeroizing<Vec<u8>> = Zeroizing::new(
            aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&seed).map_err(|_| KeyError::Malformed)?.as_ref().to_vec(),
        );
        Self::new(&seed, &pair)
    }

    fn new(seed: &[u8], pair: &Ed25519KeyPair) -> Result<Self, KeyError> {
        let mut private = Box::new(Zeroizing::new([0; PRIVATE_BYTES]));
        let (first, second) = private.split_at_mut(SEED_BYTES);
        let public = pair.public_key().as_ref();
        if seed.len() != first.len() || public.len() != second.len() {
            return Err(KeyError::Malformed);
        }
        first.copy_from_slice(seed);
        second.copy_from_slice(public);
        Ok(Self { private })
    }

    /// The public half, which the venue is given.
    #[must_use]
    pub fn public_key(&self) -> [u8; PRIVATE_BYTES - SEED_BYTES] {
        let mut public = [0; PRIVATE_BYTES - SEED_BYTES];
        public.copy_from_slice(&self.private[SEED_BYTES..]);
        public
    }

    /// The signature of a text, hashed as RFC 8032 says and not before.
    ///
    /// **Errors.** [`SignError`] where the C library refuses, which its source has no path to.
    #[inline]
    pub fn sign(&self, text: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SignError> {
        let mut signature = [0; SIGNATURE_BYTES];
        // SAFETY: the function writes the 64 bytes of `signature`, reads `text.len()` bytes of `text` and the 64 bytes of
        // `private`; all three live, and none changes, until it returns. It keeps no pointer and has no other state.
        let done = unsafe {
            aws_lc_sys::ED25519_sign(signature.as_mut_ptr(), text.as_ptr(), text.len(), self.private.as_ptr())
        };
        if done == 1 { Ok(signature) } else { Err(SignError) }
    }
}

/// Shows that there is a key and nothing of it.
impl fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519Key(hidden)")
    }
}

/// Source: RFC 8032 section 5.1.5.
const SEED_BYTES: usize = 32;
/// What `ED25519_sign` takes. Source: `curve25519.h` of AWS-LC, `ED25519_PRIVATE_KEY_LEN`.
const PRIVATE_BYTES: usize = 64;
/// Source: RFC 8032 section 5.1.6.
pub const SIGNATURE_BYTES: usize = 64;

const _: () = {
    assert!(PRIVATE_BYTES == aws_lc_sys::ED25519_PRIVATE_KEY_LEN as usize, "the C function reads so many");
    assert!(SIGNATURE_BYTES == aws_lc_sys::ED25519_SIGNATURE_LEN as usize, "the C function writes so many");
};

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// Source: RFC 8032 section 7.1, tests 1 to 3.
    #[test]
    fn the_standards_signatures() {
        for (seed, public, text, signature) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ] {
            let key = Ed25519Key::from_seed(&bytes(seed)).unwrap();
            assert_eq!(key.public_key(), *bytes(public));
            assert_eq!(key.sign(&bytes(text)).unwrap(), *bytes(signature));
        }
    }

    #[test]
    fn a_seed_has_32_bytes() {
        for len in [0, 31, 33, 64] {
            assert_eq!(Ed25519Key::from_seed(&vec![7; len]).unwrap_err(), KeyError::Malformed);
        }
    }
}
