//! Every kind of key a venue's account may have, as openssl writes it: those that sign agree with ring, the others are
//! refused by name. The keys in `tests/keys` were made for this and open nothing.

use orderwire::error::ConfigPart;
use orderwire::sign::{KeyError, Secret, SigningKey};
use orderwire::venue::Credentials;
use ring::signature::{ECDSA_P256_SHA256_FIXED, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("keys/", $name, ".pem"))
    };
}

fn signing(pem: &str) -> Result<SigningKey, KeyError> {
    SigningKey::new(&Secret::new(pem).unwrap())
}

/// What openssl's own base64 is, without its lines.
fn der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap().secret_der().to_vec()
}

fn by_ring(pem: &str, text: &[u8]) -> Vec<u8> {
    let der = der(pem);
    if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
        return key.sign(text).as_ref().to_vec();
    }
    let key = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), text, &mut signature).unwrap();
    signature
}

fn by_us(key: &SigningKey, text: &[u8]) -> Vec<u8> {
    match key {
        SigningKey::Ed25519(key) => key.sign(text).unwrap().to_vec(),
        SigningKey::Rsa(key) => key.sign(text).unwrap().as_ref().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_form_of_a_key_signs_as_ring_does() {
    for pem in [key!("ed25519"), key!("rsa_2048"), key!("rsa_2048_pkcs1"), key!("rsa_4096")] {
        let key = signing(pem).unwrap();
        for len in [0, 1, 55, 64, 111, 128, 1_000, 16_384] {
            let text = vec![b'x'; len];
            assert_eq!(by_us(&key, &text), by_ring(pem, &text), "{len} bytes");
        }
    }
}

/// What ECDSA draws at random cannot be made again, so it is verified: with the public half of the same key, by ring.
#[test]
fn every_form_of_an_ec_key_signs_as_ring_verifies() {
    let (_, public) = der(key!("ec")).split_last_chunk::<65>().map(|(rest, public)| (rest.len(), *public)).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
    let parameters_in_front = key!("ec_sec1");
    for pem in [key!("ec").to_owned(), parameters_in_front.to_owned(), parameters_in_front.replace('\n', "\\n")] {
        let SigningKey::P256(key) = signing(&pem).unwrap() else { panic!("{pem}") };
        for len in [0, 1, 55, 64, 111, 128, 1_000, 16_384] {
            let text = vec![b'x'; len];
            let signature = key.sign(&text).unwrap();
            public.verify(&text, &signature).unwrap();
            public.verify(b"another", &signature).unwrap_err();
            assert_ne!(key.sign(&text).unwrap(), signature, "drawn anew");
        }
    }
}

/// How shells, `.env` files and JSON mangle line ends.
#[test]
fn line_ends_may_be_missing_or_written_out() {
    for pem in [key!("ed25519"), key!("rsa_2048_pkcs1")] {
        let expected = by_ring(pem, b"text");
        for mangled in [
            pem.replace('\n', "\r\n"),
            pem.replace('\n', " "),
            pem.replace('\n', "\\n"),
            pem.replace('\n', ""),
            format!("\n  {}", pem.trim_end()),
            format!("{}{pem}", key!("ec_parameters")),
        ] {
            assert_eq!(by_us(&signing(&mangled).unwrap(), b"text"), expected);
        }
    }
}

#[test]
fn what_cannot_sign_is_refused_by_name() {
    for (pem, error) in [
        (key!("ec_encrypted_sec1"), KeyError::Encrypted),
        (key!("ec_p384"), KeyError::Curve),
        (key!("ec_p384_sec1"), KeyError::Curve),
        (key!("ec_parameters"), KeyError::NoKey),
        (key!("ed25519_public"), KeyError::PublicKey),
        (key!("ed448"), KeyError::Algorithm { found: "an Ed448 key" }),
        (key!("encrypted"), KeyError::Encrypted),
        (key!("openssh"), KeyError::OpenSsh),
        (key!("rsa_1024"), KeyError::RsaSize { bits: 1024 }),
        (key!("rsa_encrypted_pkcs1"), KeyError::Encrypted),
        (key!("x25519"), KeyError::Algorithm { found: "an X25519 key" }),
    ] {
        assert_eq!(signing(pem).unwrap_err(), error);
        let shown = Credentials::new("key", pem).unwrap().signing_key().unwrap_err();
        assert_eq!((shown.part(), shown.problem()), (ConfigPart::Credentials, error.to_string().as_str()), "it is cut");
    }
}

#[test]
fn a_damaged_key_is_malformed_and_never_shown() {
    for pem in [
        key!("ec"),
        key!("ec_sec1").split_at(EC_PARAMETERS_BYTES).1,
        key!("ed25519"),
        key!("rsa_2048"),
        key!("rsa_2048_pkcs1"),
    ] {
        for end in "-----BEGIN ".len()..pem.len() - 1 {
            let error = signing(&pem[..end]).unwrap_err();
            assert_eq!(error, KeyError::Malformed, "cut at {end}");
        }
        let (head, body) = pem.split_once('\n').unwrap();
        for place in 0..24 {
            // A byte of the algorithm's or the lengths': another key, or none, and never a panic.
            let mut changed = body.as_bytes().to_vec();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let _ = signing(&format!("{head}\n{}", String::from_utf8(changed).unwrap()));
        }
    }
}

#[test]
fn a_secret_that_is_no_pem_is_an_hmac_key() {
    let SigningKey::Hmac(key) = signing("a/shared+secret=").unwrap() else { panic!() };
    let ring = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a/shared+secret=");
    assert_eq!(key.sign(b"text"), ring::hmac::sign(&ring, b"text").as_ref());
}

#[test]
fn pem_is_a_secret_and_neither_key_nor_passphrase() {
    let pem = key!("ed25519");
    let error = Credentials::new(pem, "secret").unwrap_err().to_string();
    assert!(error.contains("the key is PEM"), "{error}");
    let error = Credentials::new("key", pem).unwrap().with_passphrase(pem).unwrap_err().to_string();
    assert!(error.contains("the passphrase is PEM"), "{error}");
}

#[test]
fn a_key_file_is_read_whole_or_refused_by_name() {
    let path = |name: &str| format!("{}/tests/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    let credentials = Credentials::from_pem_file("key", path("ed25519.pem")).unwrap();
    assert_eq!(by_us(&credentials.signing_key().unwrap(), b"text"), by_ring(key!("ed25519"), b"text"));
    let error = Credentials::from_pem_file("key", path("README.md")).unwrap_err().to_string();
    assert!(error.contains("README.md"), "{error}");
    let error = Credentials::from_pem_file("key", "no/such.pem").unwrap_err().to_string();
    assert!(error.contains("no/such.pem") && error.contains("No such file"), "{error}");
}

#[test]
fn nothing_shows_a_key() {
    for pem in [key!("ec"), key!("ed25519"), key!("rsa_2048")] {
        let credentials = Credentials::new("canary-key", pem).unwrap();
        let shown = format!("{credentials:?} {:?} {:?}", credentials.secret(), credentials.signing_key().unwrap());
        assert!(shown.contains("hidden") && !shown.contains("MC4") && !shown.contains("MII"), "{shown}");
    }
}

/// What openssl writes before an EC key: which curve it is on.
const EC_PARAMETERS_BYTES: usize = include_str!("keys/ec_parameters.pem").len();
