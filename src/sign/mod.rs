//! Keys and signatures: set up once, erased on drop, hidden in `Debug`, never in an error's text.

pub mod ecdsa;
pub mod ed25519;
pub mod hmac;
mod key;
mod pem;
pub mod rsa;

use std::fmt;

use zeroize::Zeroizing;

pub use ecdsa::P256Key;
pub use ed25519::Ed25519Key;
pub use hmac::{HmacSha256, HmacSha512, Mac};
pub use key::{KeyError, SigningKey};
pub use rsa::RsaKey;

/// The text of a key, a secret or a passphrase: erased on drop, hidden in `Debug`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a key's text as the venue gave it, or a private key in PEM.
    ///
    /// **Errors.** [`SecretError`] when it is empty or has anything but visible ASCII: venues give out nothing else, and a
    /// line feed at the end, a blank or an invisible character comes from how it was copied or read. PEM may have blanks
    /// and line ends.
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if pem::is_pem(&text) {
            let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
            return match text.bytes().position(|byte| !is_text(byte)) {
                Some(at) => Err(SecretError::NotVisible { at }),
                None => Ok(Self(text)),
            };
        }
        if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            let at_end = text.get(at..).is_some_and(|rest| rest.trim().is_empty());
            return Err(if at_end { SecretError::BlankAtEnd } else { SecretError::NotVisible { at } });
        }
        Ok(Self(text))
    }

    /// The text itself; for signing and for header values only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The bytes that the text is base64 of (RFC 4648 section 4, padded), where it is: some venues' secrets are. Erased on drop.
    #[must_use]
    pub fn base64(&self) -> Option<Zeroizing<Vec<u8>>> {
        pem::decode_base64(&self.0)
    }

    /// Whether this is PEM rather than one line of a venue's.
    #[must_use]
    pub fn is_pem(&self) -> bool {
        pem::is_pem(&self.0)
    }
}

/// A key could not make a signature; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key could not make a signature: the C library refused, most likely for want of memory")]
pub struct SignError;

/// Shows that there is a secret and nothing of it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why a text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It ends in a line feed or another blank.
    #[error(
        "the key ends in a line feed or a blank: remove it where the key is set (`printf %s` instead of `echo`, no newline at the end of a file)"
    )]
    BlankAtEnd,
    /// It has no character.
    #[error("the key is empty: set it to the text the venue gave out")]
    Empty,
    /// It has a blank, a control character or a character outside ASCII.
    #[error(
        "character {at} of the key is a blank, a control character or not ASCII, which no venue's key has: copy the key again, without quotes or line breaks"
    )]
    NotVisible {
        /// How many bytes stand before it.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_text_and_hides_it() {
        let secret = Secret::new("aB3+/=_-~!").unwrap();
        assert_eq!(secret.expose(), "aB3+/=_-~!");
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
    }

    #[test]
    fn empty() {
        assert_eq!(Secret::new("").unwrap_err(), SecretError::Empty);
    }

    #[test]
    fn blank_at_end() {
        for text in ["key\n", "key\r\n", "key ", "key\t \n", "\n", "key\u{a0}"] {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::BlankAtEnd, "{text:?}");
        }
    }

    #[test]
    fn not_visible() {
        for (text, at) in [(" key", 0), ("k y", 1), ("ke\0y", 2), ("key\u{7f}", 3), ("\u{feff}key", 0), ("k\u{e9}y", 1)]
        {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::NotVisible { at }, "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_cure_and_not_the_key() {
        for text in ["topsecret\n", "topsecret key", ""] {
            let message = Secret::new(text).unwrap_err().to_string();
            assert!(message.contains("remove it") || message.contains("copy the key") || message.contains("set it"));
            assert!(!message.contains("topsecret"));
        }
    }
}
