//! ECDSA on the curve P-256 with SHA-256 (FIPS 186-5), whose name in tokens is ES256 (RFC 7518 section 3.4). Signing makes heap calls in
//! the C library: a named exception.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::pem::{self, Form};
use super::{KeyError, SignError};

/// A private key for ECDSA signatures on P-256, erased on drop by the C library.
///
/// **Shape.** A signature has 64 bytes, `r` and `s` of 32 each, and never twice the same: it is drawn at random.
pub struct P256Key(EcdsaKeyPair);

impl P256Key {
    pub(super) fn from_der(form: Form, der: &[u8]) -> Result<Self, KeyError> {
        match curve(form, der).ok_or(KeyError::Malformed)? {
            OID_P256 => EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .map(Self)
                .map_err(|_| KeyError::Malformed),
            _ => Err(KeyError::Curve),
        }
    }

    /// The signature of a text, hashed with SHA-256 and not before.
    ///
    /// **Errors.** [`SignError`] where the C library refuses: it has no memory.
    pub fn sign(&self, text: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SignError> {
        let signature = self.0.sign(&SystemRandom::new(), text).map_err(|_| SignError)?;
        signature.as_ref().try_into().map_err(|_| SignError)
    }
}

/// Shows that there is a key and nothing of it.
impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Key(hidden)")
    }
}

/// The curve's object identifier. Sources: RFC 5915 section 3; RFC 5208 section 5 with RFC 5480 section 2.1.1.
fn curve(form: Form, der: &[u8]) -> Option<&[u8]> {
    const INTEGER: u8 = 0x02;
    const OCTET_STRING: u8 = 0x04;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    const SEQUENCE: u8 = 0x30;
    const PARAMETERS: u8 = 0xa0;
    let (key, _) = pem::element(der, SEQUENCE)?;
    let (_version, rest) = pem::element(key, INTEGER)?;
    let parameters = match form {
        Form::Pkcs8 => {
            let (algorithm, _) = pem::element(rest, SEQUENCE)?;
            pem::element(algorithm, OBJECT_IDENTIFIER)?.1
        }
        Form::Pkcs1 | Form::Sec1 => {
            let (_private, rest) = pem::element(rest, OCTET_STRING)?;
            pem::element(rest, PARAMETERS)?.0
        }
    };
    Some(pem::element(parameters, OBJECT_IDENTIFIER)?.0)
}

/// Source: RFC 5480 section 2.1.1.1, `secp256r1`.
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Source: RFC 7518 section 3.4.
pub const SIGNATURE_BYTES: usize = 64;
