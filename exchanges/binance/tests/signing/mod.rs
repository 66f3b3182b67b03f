//! Signatures made again by another implementation than the SDK's, for the tests of every market.

use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{hmac, rand};

/// Keys made for tests; they belong to no account.
pub const ED25519: &str = include_str!("../../../../tests/keys/ed25519.pem");
pub const RSA: &str = include_str!("../../../../tests/keys/rsa_2048.pem");

/// HMAC-SHA256 in hex.
pub fn by_hmac(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Ed25519, in base64 as it stands in a query.
pub fn by_ed25519(text: &str) -> String {
    let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(ED25519)).unwrap();
    query_base64(key.sign(text.as_bytes()).as_ref())
}

/// RSASSA-PKCS1-v1_5 with SHA-256, in base64 as it stands in a query.
pub fn by_rsa(pem: &str, text: &str) -> String {
    let key = RsaKeyPair::from_pkcs8(&der(pem)).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    query_base64(&signature)
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    data_encoding::BASE64.decode(lines.as_bytes()).unwrap()
}

fn query_base64(signature: &[u8]) -> String {
    form_urlencoded::byte_serialize(data_encoding::BASE64.encode(signature).as_bytes()).collect()
}
