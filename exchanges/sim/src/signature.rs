//! Checks signatures, with ring and nothing of the SDK's: a fault in the SDK's signing must not be mirrored here.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use ring::signature::KeyPair;
use ring::{digest, hmac, signature};
use tokio_rustls::rustls::pki_types::SubjectPublicKeyInfoDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// What checks an account's signatures, made from the text in `ORDERWIRE_API_SECRET`: the PEM of a public key, an Ed25519
/// key pair as Coinbase gives it out (base64 of the seed and the public key), or anything else as the shared secret of an
/// HMAC.
#[derive(Clone, Debug)]
pub(crate) enum Verifier {
    Ec(Vec<u8>),
    Ed25519(Vec<u8>),
    Hmac(Box<Shared>),
    Rsa(Vec<u8>),
}

/// A shared secret.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// For HMAC-SHA256, its text as it stands.
    sha256: hmac::Key,
    /// For HMAC-SHA512, the bytes that its text is base64 of, where it is.
    sha512: Option<hmac::Key>,
}

impl Shared {
    fn new(secret: &str) -> Self {
        let bytes = BASE64.decode(secret.as_bytes()).ok();
        Self {
            sha256: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            sha512: bytes.map(|bytes| hmac::Key::new(hmac::HMAC_SHA512, &bytes)),
        }
    }

    pub(crate) fn is_base64(&self) -> bool {
        self.sha512.is_some()
    }
}

/// A secret that is neither a shared secret nor a public key this venue can check with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing in it.
    #[error("the API secret is empty; give the shared secret, or the public key in PEM")]
    Empty,
    /// A shared secret of another form than the venue gives out.
    #[error("the API secret is no base64, which this venue's are")]
    NotBase64,
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
            return Ok(key_pair(secret).unwrap_or_else(|| Self::Hmac(Box::new(Shared::new(secret)))));
        }
        if secret.contains("PRIVATE KEY-----") {
            return Err(KeyError::PrivateKey);
        }
        let info = SubjectPublicKeyInfoDer::from_pem_slice(secret.as_bytes()).map_err(|_| KeyError::UnknownKey)?;
        public_key(&info).ok_or(KeyError::UnknownKey)
    }

    /// Whether `presented` is the HMAC of `payload` in base64, as some venues want it.
    pub(crate) fn verify_base64(&self, payload: &[u8], presented: &str) -> bool {
        match (self, BASE64.decode(presented.as_bytes())) {
            (Self::Hmac(key), Ok(tag)) => hmac::verify(&key.sha256, payload, &tag).is_ok(),
            _ => false,
        }
    }

    /// Whether `presented`, as it came from the wire after percent-decoding, signs `payload`: hex for HMAC, else base64.
    pub(crate) fn verify(&self, payload: &[u8], presented: &str) -> bool {
        let presented = presented.as_bytes();
        let decoded = match self {
            Self::Hmac(_) => HEXLOWER_PERMISSIVE.decode(presented),
            Self::Ec(_) | Self::Ed25519(_) | Self::Rsa(_) => BASE64.decode(presented),
        };
        decoded.is_ok_and(|tag| self.verify_tag(payload, &tag))
    }

    /// Whether `presented`, as it stands in a token, signs `payload` by this algorithm. Source: RFC 7518 section 3.4, RFC
    /// 8037 section 3.1.
    pub(crate) fn verify_token(&self, algorithm: &str, payload: &[u8], presented: &str) -> bool {
        let is_ours = matches!((self, algorithm), (Self::Ec(_), "ES256") | (Self::Ed25519(_), "EdDSA"));
        is_ours && BASE64URL_NOPAD.decode(presented.as_bytes()).is_ok_and(|tag| self.verify_tag(payload, &tag))
    }

    fn verify_tag(&self, payload: &[u8], tag: &[u8]) -> bool {
        let (algorithm, key): (&dyn signature::VerificationAlgorithm, _) = match self {
            Self::Hmac(shared) => return hmac::verify(&shared.sha256, payload, tag).is_ok(),
            Self::Ec(key) => (&signature::ECDSA_P256_SHA256_FIXED, key),
            Self::Ed25519(key) => (&signature::ED25519, key),
            Self::Rsa(key) => (&signature::RSA_PKCS1_2048_8192_SHA256, key),
        };
        signature::UnparsedPublicKey::new(algorithm, key).verify(payload, tag).is_ok()
    }
}

impl Verifier {
    /// Whether `presented`, in base64, signs a path and the SHA-256 of a nonce and a body, as Kraken has it: HMAC-SHA512.
    pub(crate) fn verify_digest(&self, path: &str, nonce: &[u8], body: &[u8], presented: &str) -> bool {
        let Self::Hmac(shared) = self else { return false };
        let (Some(key), Ok(tag)) = (&shared.sha512, BASE64.decode(presented.as_bytes())) else { return false };
        let mut inner = digest::Context::new(&digest::SHA256);
        inner.update(nonce);
        inner.update(body);
        hmac::verify(key, &[path.as_bytes(), inner.finish().as_ref()].concat(), &tag).is_ok()
    }
}

/// The public half of base64 of an Ed25519 seed and the public key that belongs to it, which no other secret is.
fn key_pair(secret: &str) -> Option<Verifier> {
    let bytes = BASE64.decode(secret.as_bytes()).ok()?;
    let (seed, public) = bytes.split_at_checked(ED25519_KEY_BYTES)?;
    signature::Ed25519KeyPair::from_seed_and_public_key(seed, public).ok()?;
    Some(Verifier::Ed25519(public.to_vec()))
}

/// An Ed25519 key pair in base64, as Coinbase gives it out.
pub(crate) fn ed25519_secret(seed: [u8; ED25519_KEY_BYTES]) -> Option<String> {
    let pair = signature::Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
    Some(BASE64.encode(&[&seed[..], pair.public_key().as_ref()].concat()))
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

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000";
    // Made over PAYLOAD with `openssl pkeyutl -sign -rawin` and `openssl dgst -sha256 -sign`; the P-256 one as r and s.
    const BY_ED25519: &str = "ZZhwrgA7CKvtcyc/FFp6zpyq9dmDz0rx5ei0KJk70VcsfsRHvE+LdwIuFC8UoD4tWI+VjAQGTrcKYdj+WIbVBA==";
    const BY_RSA: &str = "U0PoWzFqZhxn+6QX08X9F+VA4EP9qPOOg9J54CaDm59WXj6CXQvbMNXB8iFg5dEDt6cw3x7AvzB/T8jS1zbSJrt//W1Z6mLWfBv0TRw7S1q48wYesAIxJZ8gYhQDYECDm70AJSlRu6cwydM/fXBNfPhASl69Rm2jYiLpN+5Is8EKtTKFkFmJ1/8jWa6Ldh8yJzWtufkwnOkUhrovV59OxXqMBfHgFjLUALpgsorvn3PYOKAM0ahB5xVTkAX9j5JStkNu7MH/gJyUWMWwZpkQm39yekmPIgFDBT9+YMtxciSJ3oWg7QLwtiYSfTxrqVRvbnXfIKZidr0HH6Jwd3Qy+g==";
    const BY_P256: &str = "9VQykr4qkAYgu7bDkb5O9pfhWhUHzk8UO3QCGKAaGCgbBGLMfGv+3tCZp8j25UVE9CqhYx1bCXT0qSr4UMjZSA==";

    /// Source: `HMAC Keys` of the Binance Spot `rest-api.md`, read 2026-07-21.
    #[test]
    fn the_documented_hmac_signatures_are_right() {
        let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
        let verifier = Verifier::parse(secret).unwrap();
        let rest = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
        for (symbol, signature) in [
            ("LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
            (
                "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
                "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
            ),
        ] {
            let payload = format!("symbol={symbol}&{rest}");
            assert!(verifier.verify(payload.as_bytes(), signature));
            assert!(verifier.verify(payload.as_bytes(), &signature.to_uppercase()));
            assert!(!verifier.verify(payload.to_lowercase().as_bytes(), signature));
            assert!(!verifier.verify(payload.as_bytes(), &signature[1..]));
        }
    }

    #[test]
    fn each_kind_of_public_key_checks_its_own_signatures_only() {
        let keys = [
            (include_str!("../tests/keys/ed25519.pem"), BY_ED25519),
            (include_str!("../tests/keys/rsa.pem"), BY_RSA),
            (include_str!("../tests/keys/p256.pem"), BY_P256),
        ];
        for (place, (pem, signature)) in keys.iter().enumerate() {
            let verifier = Verifier::parse(pem).unwrap();
            assert!(verifier.verify(PAYLOAD.as_bytes(), signature), "{pem}");
            assert!(!verifier.verify(&PAYLOAD.as_bytes()[1..], signature));
            assert!(!verifier.verify(PAYLOAD.as_bytes(), &signature.to_lowercase()));
            assert!(!verifier.verify(PAYLOAD.as_bytes(), keys[(place + 1) % keys.len()].1));
        }
    }

    #[test]
    fn a_key_pair_is_told_from_a_shared_secret() {
        let secret = ed25519_secret([7; 32]).unwrap();
        assert!(matches!(Verifier::parse(&secret), Ok(Verifier::Ed25519(_))));
        let mut other = BASE64.decode(secret.as_bytes()).unwrap();
        other[0] ^= 1;
        assert!(matches!(Verifier::parse(&BASE64.encode(&other)), Ok(Verifier::Hmac(_))));
        assert!(matches!(Verifier::parse(&secret[..44]), Ok(Verifier::Hmac(_))));
    }

    #[test]
    fn a_key_that_cannot_check_is_refused_by_kind() {
        let error = |secret: &str| Verifier::parse(secret).unwrap_err();
        assert_eq!(error(""), KeyError::Empty);
        assert_eq!(error("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"), KeyError::PrivateKey);
        assert_eq!(error(include_str!("../tests/keys/secp256k1.pem")), KeyError::UnknownKey);
        assert_eq!(error("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"), KeyError::UnknownKey);
    }

    #[test]
    fn a_cut_or_mangled_key_is_never_read_past_its_end() {
        let whole = SubjectPublicKeyInfoDer::from_pem_slice(include_bytes!("../tests/keys/rsa.pem")).unwrap();
        for end in 0..whole.len() {
            assert!(public_key(&whole[..end]).is_none());
            let mut mangled = whole.to_vec();
            mangled[end] ^= 0xFF;
            let _ = public_key(&mangled);
        }
    }
}
