//! An account's key and secret.

use core::fmt;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{ConfigError, ConfigPart};
use crate::sign::{Secret, SigningKey};

/// An account's key, its secret and, where the venue has one, its passphrase. Secrets are erased on drop and hidden in
/// `Debug`; rotation of keys is a second client.
#[derive(Clone)]
pub struct Credentials {
    key: Secret,
    secret: Secret,
    passphrase: Option<Secret>,
}

impl Credentials {
    /// A key and its secret: the secret of an HMAC key, or a private key in PEM.
    ///
    /// **Errors**: one of them is empty, or holds blanks or control characters that a key cannot have (a line end at the
    /// end of an environment variable, most often). Whether PEM holds a key shows in [`signing_key`](Self::signing_key).
    pub fn new(key: &str, secret: &str) -> Result<Self, ConfigError> {
        Ok(Self { key: one_line("the key", key)?, secret: named("the secret", secret)?, passphrase: None })
    }

    /// A key and its private key in a PEM file.
    ///
    /// **Errors**: as [`new`](Self::new); a file that cannot be read or is no PEM, by name.
    pub fn from_pem_file(key: &str, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let (path, key) = (path.as_ref(), one_line("the key", key)?);
        Ok(Self { key, secret: pem_file(&path.display(), path)?, passphrase: None })
    }

    /// With the passphrase that OKX, KuCoin and others ask for.
    ///
    /// **Errors**: as [`new`](Self::new).
    pub fn with_passphrase(mut self, passphrase: &str) -> Result<Self, ConfigError> {
        self.passphrase = Some(one_line("the passphrase", passphrase)?);
        Ok(self)
    }

    /// Reads `<PREFIX>_API_KEY`, `<PREFIX>_API_SECRET` and, where it is set, `<PREFIX>_PASSPHRASE`.
    ///
    /// The secret may be the path of a PEM file: what ends in `.pem` or `.key` is one, and so is what names a file that is
    /// there.
    ///
    /// **Errors**: a variable is not set, named in full; or as [`new`](Self::new) and
    /// [`from_pem_file`](Self::from_pem_file).
    pub fn from_env(prefix: &str) -> Result<Self, ConfigError> {
        let read = |suffix: &str| {
            let name = format!("{prefix}_{suffix}");
            match std::env::var(&name) {
                Ok(text) => Ok(Some((name, Zeroizing::new(text)))),
                Err(std::env::VarError::NotPresent) => Ok(None),
                Err(std::env::VarError::NotUnicode(_)) => Err(bad(format_args!("{name} is not UTF-8"))),
            }
        };
        let needed = |suffix: &str| read(suffix)?.ok_or_else(|| bad(format_args!("set {prefix}_{suffix}")));
        let (name, text) = needed("API_KEY")?;
        let key = one_line(&name, &text)?;
        let (name, text) = needed("API_SECRET")?;
        let secret = if names_a_file(&text) { pem_file(&name, Path::new(&*text))? } else { named(&name, &text)? };
        let passphrase = read("PASSPHRASE")?.map(|(name, text)| one_line(&name, &text)).transpose()?;
        Ok(Self { key, secret, passphrase })
    }

    /// What the account signs with: a private key where the secret is PEM, else HMAC-SHA256. A venue takes some kinds of key, and says so.
    ///
    /// **Errors**: PEM without a private key that signs; the error says what kind of key was found and what is needed.
    pub fn signing_key(&self) -> Result<SigningKey, ConfigError> {
        SigningKey::new(&self.secret).map_err(bad)
    }

    /// The key: it names the account and goes out with every signed request.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.expose()
    }

    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The passphrase, where one was given.
    #[must_use]
    pub const fn passphrase(&self) -> Option<&Secret> {
        self.passphrase.as_ref()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

fn named(what: &str, text: &str) -> Result<Secret, ConfigError> {
    Secret::new(text).map_err(|e| bad(format_args!("{what}: {e}")))
}

/// What goes into a header, or names an account: never PEM.
fn one_line(what: &str, text: &str) -> Result<Secret, ConfigError> {
    let secret = named(what, text)?;
    if secret.is_pem() { Err(bad(format_args!("{what} is PEM, which belongs in the secret"))) } else { Ok(secret) }
}

/// A shared secret has neither of the endings; one in base64 may have a `/`, and names no file.
fn names_a_file(text: &str) -> bool {
    let path = Path::new(text);
    let has_ending = path.extension().is_some_and(|ending| ending == "pem" || ending == "key");
    has_ending || text.contains('/') && !text.contains('\n') && path.is_file()
}

/// The private key in a file; `what` names it in errors.
fn pem_file(what: &dyn fmt::Display, path: &Path) -> Result<Secret, ConfigError> {
    // At its full size from the start: a text that grows leaves parts of the key behind.
    let mut text = Zeroizing::new(String::with_capacity(PEM_BYTES_MAX + 1));
    let cannot = |e: std::io::Error| bad(format_args!("{what}: cannot read the key's file: {e}"));
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(PEM_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() > PEM_BYTES_MAX {
        return Err(bad(format_args!("{what}: the file is longer than any key, {PEM_BYTES_MAX} bytes")));
    }
    let secret = Secret::new(text.as_str()).map_err(|e| bad(format_args!("{what}: {e}")))?;
    if secret.is_pem() {
        Ok(secret)
    } else {
        Err(bad(format_args!("{what}: the file has no -----BEGIN PRIVATE KEY-----")))
    }
}

/// Longest key file that is read: an RSA key of 4096 bits has 3,272 bytes, and certificates may stand beside it.
const PEM_BYTES_MAX: usize = 64 * 1024;

fn bad(problem: impl fmt::Display) -> ConfigError {
    ConfigError::new(ConfigPart::Credentials, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_part_is_wrong_and_never_shows_it() {
        let error = Credentials::new("key", "hunter2\n").unwrap_err().to_string();
        assert!(error.contains("the secret") && !error.contains("hunter2"), "{error}");
        let error = Credentials::new("", "hunter2").unwrap_err().to_string();
        assert!(error.contains("the key"), "{error}");
        let shown = format!("{:?}", Credentials::new("canary-key", "canary-secret").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn names_the_variable_that_is_missing() {
        let error = Credentials::from_env("ORDERWIRE_TEST_OF_A_VARIABLE_NOBODY_SETS").unwrap_err().to_string();
        assert!(error.contains("ORDERWIRE_TEST_OF_A_VARIABLE_NOBODY_SETS_API_KEY"), "{error}");
    }
}
