//! What an account signs with: found out once, at start.

use super::pem::{self, Form};
use super::{Ed25519Key, HmacSha256, P256Key, RsaKey, Secret};

/// What an account signs with. A venue matches on it once, when its keys are set up or when it writes a signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum SigningKey {
    /// Ed25519, from a private key in PEM.
    Ed25519(Ed25519Key),
    /// HMAC-SHA256 with the secret's text as it stands.
    Hmac(HmacSha256),
    /// ECDSA on P-256 with SHA-256, from a private key in PEM.
    P256(Box<P256Key>),
    /// RSASSA-PKCS1-v1_5 with SHA-256, from a private key in PEM.
    Rsa(Box<RsaKey>),
}

impl SigningKey {
    /// The key that this secret is: a private key where it is PEM, else a shared secret.
    ///
    /// **Shape.** PEM: PKCS#8 (`BEGIN PRIVATE KEY`) with Ed25519, P-256 or RSA, PKCS#1 (`BEGIN RSA PRIVATE KEY`), SEC 1
    /// (`BEGIN EC PRIVATE KEY`); line ends may be missing, or stand as `\n`.
    ///
    /// **Errors.** [`KeyError`], which says what was found and what is needed, and shows nothing of the key.
    pub fn new(secret: &Secret) -> Result<Self, KeyError> {
        if !secret.is_pem() {
            return Ok(Self::Hmac(HmacSha256::new(secret.expose().as_bytes())));
        }
        let (form, der) = pem::private_key(secret.expose())?;
        match form {
            Form::Pkcs1 => RsaKey::from_der(form, &der).map(|key| Self::Rsa(Box::new(key))),
            Form::Sec1 => P256Key::from_der(form, &der).map(|key| Self::P256(Box::new(key))),
            Form::Pkcs8 => match algorithm(&der).ok_or(KeyError::Malformed)? {
                OID_ED25519 => Ed25519Key::from_pkcs8(&der).map(Self::Ed25519),
                OID_RSA => RsaKey::from_der(form, &der).map(|key| Self::Rsa(Box::new(key))),
                OID_EC => P256Key::from_der(form, &der).map(|key| Self::P256(Box::new(key))),
                OID_ED448 => Err(KeyError::Algorithm { found: "an Ed448 key" }),
                OID_RSA_PSS => Err(KeyError::Algorithm { found: "an RSA-PSS key" }),
                OID_X25519 => Err(KeyError::Algorithm { found: "an X25519 key" }),
                _ => Err(KeyError::Algorithm { found: "another key" }),
            },
        }
    }
}

/// The algorithm's object identifier. Source: RFC 5208 section 5.
fn algorithm(der: &[u8]) -> Option<&[u8]> {
    let (key, _) = pem::element(der, 0x30)?;
    let (_version, rest) = pem::element(key, 0x02)?;
    let (algorithm, _) = pem::element(rest, 0x30)?;
    let (identifier, _) = pem::element(algorithm, 0x06)?;
    Some(identifier)
}

/// Sources: RFC 8410 section 3; RFC 8017 appendix C; RFC 5480 section 2.1.1.
const OID_X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_ED448: &[u8] = &[0x2b, 0x65, 0x71];
const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Why a PEM text is no key that signs. Shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A private key of an algorithm that no venue here signs with.
    #[error("found {found}; an Ed25519 or RSA private key is needed: openssl genpkey -algorithm ed25519 -out NEW")]
    Algorithm {
        /// What was found.
        found: &'static str,
    },
    /// A private key of an elliptic curve that no venue here signs with.
    #[error("found an EC key on another curve than P-256: openssl ecparam -name prime256v1 -genkey -noout -out NEW")]
    Curve,
    /// A private key under a passphrase.
    #[error("found an encrypted private key; write it in the clear: openssl pkey -in KEY -out NEW")]
    Encrypted,
    /// PEM, and not the text of a key: cut, or not base64, or not the DER of what it says.
    #[error("the private key cannot be read: cut or damaged; `openssl pkey -in KEY -check -noout` says more")]
    Malformed,
    /// PEM without any key.
    #[error("found PEM without a key; needed is -----BEGIN PRIVATE KEY----- (openssl pkey -in KEY -out NEW)")]
    NoKey,
    /// A key in the format of its own that OpenSSH has.
    #[error("found an OpenSSH private key; make one for the venue: openssl genpkey -algorithm ed25519 -out NEW")]
    OpenSsh,
    /// The half that the venue is given.
    #[error("found a public key, which cannot sign; give its private key (-----BEGIN PRIVATE KEY-----)")]
    PublicKey,
    /// An RSA key of another length than is taken.
    #[error("found an RSA key of {bits} bits; 2048 to 4096 are taken: openssl genrsa -out NEW 2048")]
    RsaSize {
        /// How many it has.
        bits: usize,
    },
}
