//! What went wrong, and what became of the order.
//!
//! [`RestError`] is sorted by where the order was when it failed; [`RestError::fate`] says what that means for it.

use core::fmt;

use crate::text::Text;

/// What is wrong with a setting, found before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {problem}")]
pub struct ConfigError {
    part: ConfigPart,
    problem: Text<PROBLEM_BYTES_MAX>,
}

impl ConfigError {
    /// What is wrong with `part`, and what would be right. Never a secret.
    #[must_use]
    pub fn new(part: ConfigPart, problem: impl fmt::Display) -> Self {
        Self { part, problem: Text::display(problem) }
    }

    /// The setting that is wrong.
    #[must_use]
    pub const fn part(&self) -> ConfigPart {
        self.part
    }
}

/// A setting of a client or pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigPart {
    /// The number of slots, buffer sizes, deadlines.
    #[error("builder")]
    Builder,
    /// Key, secret or passphrase.
    #[error("credentials")]
    Credentials,
    /// Which host of the venue.
    #[error("environment")]
    Environment,
    /// A default header.
    #[error("default header")]
    Header,
    /// Roots, client certificate, versions.
    #[error("TLS configuration")]
    Tls,
    /// The URL.
    #[error("URL")]
    Url,
}

/// Longest text about a setting, bytes: what [`RestError`] has room for.
const PROBLEM_BYTES_MAX: usize = 112;
