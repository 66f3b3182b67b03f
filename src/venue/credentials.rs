//! An account's key and secret.

use core::fmt;

use crate::error::{ConfigError, ConfigPart};
use crate::sign::Secret;

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
    /// end of an environment variable, most often).
    pub fn new(key: &str, secret: &str) -> Result<Self, ConfigError> {
        Ok(Self { key: named("the key", key)?, secret: named("the secret", secret)?, passphrase: None })
    }

    /// With the passphrase that OKX, KuCoin and others ask for.
    ///
    /// **Errors**: as [`new`](Self::new).
    pub fn with_passphrase(mut self, passphrase: &str) -> Result<Self, ConfigError> {
        self.passphrase = Some(named("the passphrase", passphrase)?);
        Ok(self)
    }

    /// Reads `<PREFIX>_API_KEY`, `<PREFIX>_API_SECRET` and, where it is set, `<PREFIX>_PASSPHRASE`.
    ///
    /// **Errors**: a variable is not set, named in full; or as [`new`](Self::new).
    pub fn from_env(prefix: &str) -> Result<Self, ConfigError> {
        let read = |suffix: &str| {
            let name = format!("{prefix}_{suffix}");
            match std::env::var(&name) {
                Ok(text) => Ok(Some((name, zeroize::Zeroizing::new(text)))),
                Err(std::env::VarError::NotPresent) => Ok(None),
                Err(std::env::VarError::NotUnicode(_)) => Err(bad(format_args!("{name} is not UTF-8"))),
            }
        };
        let needed = |suffix: &str| {
            let (name, text) = read(suffix)?.ok_or_else(|| bad(format_args!("set {prefix}_{suffix}")))?;
            self::named(&name, &text)
        };
        let passphrase = read("PASSPHRASE")?.map(|(name, text)| named(&name, &text)).transpose()?;
        Ok(Self { key: needed("API_KEY")?, secret: needed("API_SECRET")?, passphrase })
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
