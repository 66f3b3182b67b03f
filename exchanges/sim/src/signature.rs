//! Checks signatures, with ring and nothing of the SDK's: a fault in the SDK's signing must not be mirrored here.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::{hmac, signature};
use tokio_rustls::rustls::pki_types::SubjectPublicKeyInfoDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// What checks an account's signatures, made from the text in `ORDERWIRE_API_SECRET`: the PEM of a public key, or
/// anything else as the shared secret of an HMAC.
#[derive(Clone, Debug)]
pub(crate) enum Verifier {
    Ec(Vec<u8>),
    Ed25519(Vec<u8>),
    Hmac(hmac::Key),
    Rsa(Vec<u8>),
}

/// A secret that is neither a shared secret nor a public key this venue can check with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing in it.
    #[error("the API secret is empty; give the shared secret, or the public key in PEM")]
    Empty,
    /// The private half was given.
    #[error(
        "the API secret is a private key; the simulated venue checks with the public key (-----BEGIN PUBLIC KEY-----)"
    )]
    PrivateKey,
    /// PEM, but no public key of a known kind.
    #[error("the API secret is PEM but no Ed25519, RSA or P-256 public key (-----BEGIN PUBLIC KEY-----)")]
    UnknownKey,
    /// A kind of key that the venue has no use for.
    #[error("{0} keys are not taken by this venue")]
    WrongKind(&'static str),
}

impl Verifier {
    pub(crate) fn parse(secret: &str) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if !secret.contains("-----BEGIN") {
            return Ok(Self::Hmac(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())));
        }
        if secret.contains("PRIVATE KEY-----") {
            return Err(KeyError::PrivateKey);
        }
        let info = SubjectPublicKeyInfoDer::from_pem_slice(secret.as_bytes()).map_err(|_| KeyError::UnknownKey)?;
        public_key(&info).ok_or(KeyError::UnknownKey)
    }

    /// Whether `presented`, as it came from the wire after percent-decoding, signs `payload`: hex for HMAC, else base64.
    pub(crate) fn verify(&self, payload: &[u8], presented: &str) -> bool {
        let presented = presented.as_bytes();
        let decoded = match self {
            Self::Hmac(_) => HEXLOWER_PERMISSIVE.decode(presented),
            Self::Ec(_) | Self::Ed25519(_) | Self::Rsa(_) => BASE64.decode(presented),
        };
        let Ok(tag) = decoded else { return false };
        let (algorithm, key): (&dyn signature::VerificationAlgorithm, _) = match self {
            Self::Hmac(key) => return hmac::verify(key, payload, &tag).is_ok(),
            Self::Ec(key) => (&signature::ECDSA_P256_SHA256_FIXED, key),
            Self::Ed25519(key) => (&signature::ED25519, key),
            Self::Rsa(key) => (&signature::RSA_PKCS1_2048_8192_SHA256, key),
        };
        signature::UnparsedPublicKey::new(algorithm, key).verify(payload, &tag).is_ok()
    }
}

/// Reads a `SubjectPublicKeyInfo` (RFC 5280 section 4.1): a sequence of the algorithm, itself a sequence that starts
/// with its object identifier, and the key as a bit string.
fn public_key(info: &[u8]) -> Option<Verifier> {
    let (outer, rest) = element(info, SEQUENCE)?;
    let (algorithm, after) = element(outer, SEQUENCE)?;
    let (identifier, parameters) = element(algorithm, OBJECT_IDENTIFIER)?;
    let (bits, end) = element(after, BIT_STRING)?;
    let (&unused_bits, key) = bits.split_first()?;
    if !rest.is_empty() || !end.is_empty() || unused_bits != 0 {
        return None;
    }
    match identifier {
        OID_ED25519 if key.len() == ED25519_KEY_BYTES => Some(Verifier::Ed25519(key.to_vec())),
        OID_RSA => element(key, SEQUENCE).map(|_| Verifier::Rsa(key.to_vec())),
        OID_EC => (element(parameters, OBJECT_IDENTIFIER)?.0 == OID_P256).then(|| Verifier::Ec(key.to_vec())),
        _ => None,
    }
}

/// The content of the DER element at the front, if it has this tag, and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, input) = input.split_first()?;
    let (&first, input) = input.split_first()?;
    let (length, input) = match first {
        0..=0x7F => (usize::from(first), input),
        0x81 => (usize::from(*input.first()?), input.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes(input.get(..2)?.try_into().ok()?)), input.get(2..)?),
        _ => return None,
    };
    (found == tag).then(|| input.split_at_checked(length))?
}

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;
/// 1.3.101.112. Source: RFC 8410 section 3.
const OID_ED25519: &[u8] = &[0x2B, 0x65, 0x70];
/// 1.2.840.113549.1.1.1. Source: RFC 3279 section 2.3.1.
const OID_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1. Source: RFC 5480 section 2.1.1.
const OID_EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 1.2.840.10045.3.1.7. Source: RFC 5480 section 2.1.1.1.
const OID_P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const ED25519_KEY_BYTES: usize = 32;
