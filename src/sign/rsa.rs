//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2). Signing makes heap calls in the C library: a named exception.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use super::pem::{self, Form};
use super::{KeyError, SignError};

/// A private key for RSA signatures, erased on drop by the C library.
pub struct RsaKey(KeyPair);

impl RsaKey {
    pub(super) fn from_der(form: Form, der: &[u8]) -> Result<Self, KeyError> {
        let bits = modulus_bits(form, der).ok_or(KeyError::Malformed)?;
        if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&bits) {
            return Err(KeyError::RsaSize { bits });
        }
        let pair = match form {
            Form::Pkcs1 | Form::Sec1 => KeyPair::from_der(der),
            Form::Pkcs8 => KeyPair::from_pkcs8(der),
        };
        pair.map(Self).map_err(|_| KeyError::Malformed)
    }

    /// The signature of a text.
    ///
    /// **Shape.** As long as the key: 256 bytes for 2048 bits, 512 for 4096.
    ///
    /// **Errors.** [`SignError`] where the C library refuses: it has no memory.
    pub fn sign(&self, text: &[u8]) -> Result<RsaSignature, SignError> {
        let mut signature = RsaSignature { bytes: [0; SIGNATURE_BYTES_MAX], len: self.0.public_modulus_len() };
        let bytes = signature.bytes.get_mut(..signature.len).ok_or(SignError)?;
        // The random source is for other paddings: this one is deterministic.
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, bytes).map_err(|_| SignError)?;
        Ok(signature)
    }
}

/// Shows that there is a key and nothing of it.
impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey(hidden)")
    }
}

/// A signature, held inline.
#[derive(Clone)]
pub struct RsaSignature {
    bytes: [u8; SIGNATURE_BYTES_MAX],
    len: usize,
}

impl AsRef<[u8]> for RsaSignature {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Shows how long it is.
impl fmt::Debug for RsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaSignature").field("len", &self.len).finish_non_exhaustive()
    }
}

/// How many bits the modulus has. Source: RFC 8017 appendix A.1.2, RFC 5208 section 5.
fn modulus_bits(form: Form, der: &[u8]) -> Option<usize> {
    const INTEGER: u8 = 0x02;
    const OCTET_STRING: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;
    let (mut key, _) = pem::element(der, SEQUENCE)?;
    if form == Form::Pkcs8 {
        let (_, rest) = pem::element(key, INTEGER)?;
        let (_, rest) = pem::element(rest, SEQUENCE)?;
        let (inner, _) = pem::element(rest, OCTET_STRING)?;
        (key, _) = pem::element(inner, SEQUENCE)?;
    }
    let (_version, rest) = pem::element(key, INTEGER)?;
    let (modulus, _) = pem::element(rest, INTEGER)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// Shorter ones are not safe (NIST SP 800-131A), and no venue takes them.
const MODULUS_BITS_MIN: usize = 2048;
/// The longest that a venue takes. Source: rest-api.md of Binance Spot, "RSA Keys", read 2026-07-21.
const MODULUS_BITS_MAX: usize = 4096;
const SIGNATURE_BYTES_MAX: usize = MODULUS_BITS_MAX / 8;
