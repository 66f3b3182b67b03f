//! What went wrong, and what became of the order.
//!
//! [`RestError`] is sorted by where the order was when it failed; [`RestError::fate`] says what that means for it.

use core::fmt;
use core::time::Duration;

pub use crate::exchange::{CloseReason, ConnError, IoReason, Phase};
pub use crate::http::request::BuildError;
pub use crate::http::response::HttpError;
pub use crate::order::Fate;
use crate::text::Text;
use crate::time::Timestamp;
pub use crate::tls::error::RecordFault;
use crate::venue::instrument::RuleBreach;
pub use crate::venue::json::JsonError;
use crate::venue::limits::LimitKind;

/// Why a call has no answer, or a bad one. `Copy`, no heap, at most 128 bytes; never a key, a signature or a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// The request cannot be written; nothing was sent.
    #[error("not sent: {0}")]
    Build(#[from] BuildError),
    /// No slot was ready; nothing was sent.
    #[error("not sent: {0}")]
    Busy(#[from] Busy),
    /// A setting is wrong; nothing was sent.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The connection failed.
    #[error("{0}")]
    Conn(ConnError),
    /// The reply is not what the venue documents.
    #[error("outcome unknown: {0}")]
    Decode(#[from] DecodeError),
    /// The reply is not the HTTP we accept.
    #[error("outcome unknown: {0}")]
    Http(#[from] HttpError),
    /// The order breaks a rule of its instrument; nothing was sent.
    #[error("not sent: {0}")]
    Rule(#[from] RuleBreach),
    /// The venue answered no.
    #[error("rejected: {0}")]
    Rejected(Answer),
    /// The venue answered, and the answer does not say what became of the request.
    #[error("outcome unknown: {0}")]
    Unclear(Answer),
}

impl RestError {
    /// What became of the request.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        match self {
            Self::Build(_) | Self::Busy(_) | Self::Config(_) | Self::Rule(_) => Fate::NotSent,
            Self::Conn(error) => error.fate,
            Self::Decode(_) | Self::Http(_) | Self::Unclear(_) => Fate::Unknown,
            Self::Rejected(_) => Fate::Rejected,
        }
    }

    /// What kind of refusal it is; [`RejectKind::NotRejected`] where the venue refused nothing.
    #[must_use]
    pub const fn kind(&self) -> RejectKind {
        match self {
            Self::Rejected(answer) | Self::Unclear(answer) => answer.kind,
            Self::Build(_)
            | Self::Busy(_)
            | Self::Config(_)
            | Self::Conn(_)
            | Self::Decode(_)
            | Self::Http(_)
            | Self::Rule(_) => RejectKind::NotRejected,
        }
    }

    /// The venue's own answer, where there is one.
    #[must_use]
    pub const fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Rejected(answer) | Self::Unclear(answer) => Some(answer),
            Self::Build(_)
            | Self::Busy(_)
            | Self::Config(_)
            | Self::Conn(_)
            | Self::Decode(_)
            | Self::Http(_)
            | Self::Rule(_) => None,
        }
    }
}

impl From<ConnError> for RestError {
    fn from(error: ConnError) -> Self {
        match error.reason {
            CloseReason::Http(http) => Self::Http(http),
            _ => Self::Conn(error),
        }
    }
}

const _: () = assert!(size_of::<RestError>() <= 128, "an error is returned by value on the path");

/// Why no slot was to be had. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Busy {
    /// Every healthy slot is in use: wait, or give the builder more `connections`.
    #[error("all {healthy} healthy slots are in use ({healing} heal)")]
    AllInUse {
        /// Slots with a connection, all taken.
        healthy: usize,
        /// Slots whose connection is being made anew.
        healing: usize,
    },
    /// The pool was closed, or the client takes no further orders.
    #[error("closed: no further orders are taken")]
    Closed,
    /// As many calls wait for a slot as may.
    #[error("{waiters} other calls wait for a slot already")]
    Crowded {
        /// How many wait.
        waiters: usize,
    },
    /// As many orders are in doubt as can be remembered: settle some, or give the builder more `doubts_max`.
    #[error("{places} orders are in flight or in doubt, and no more can be remembered: settle some")]
    Doubts {
        /// How many are remembered.
        places: usize,
    },
    /// The venue wants nothing from this address or account for a while: too many requests, a ban, its firewall.
    #[error("the venue takes nothing from here until {until}")]
    Held {
        /// In the venue's clock.
        until: Timestamp,
    },
    /// A rate limit's running window is used up, but for the reserve that cancels have.
    #[error("the venue's limit of {kind:?} is used up until {until}")]
    OverLimit {
        /// Which limit.
        kind: LimitKind,
        /// When its next window begins, in the venue's clock.
        until: Timestamp,
    },
    /// The order has waited for longer than the venue takes it: for a slot, or for its signature. It would count as a new one, at a
    /// price that is old.
    #[error("the order is {age:?} old, and counts for {life:?}: decide anew, or give the builder a longer recv_window")]
    Stale {
        /// How long ago the call was made.
        age: Duration,
        /// How long the venue takes it: what is left to its deadline, and no more than the receive window.
        life: Duration,
    },
    /// No slot has a connection: the venue cannot be reached, or all connections ended a moment ago.
    #[error("no slot has a connection, {healing} heal")]
    Down {
        /// Slots whose connection is being made anew.
        healing: usize,
    },
}

/// What a venue said when it did not say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The venue's own number for it, where it gave one.
    pub code: Option<i32>,
    /// What that means, in the words all venues share.
    pub kind: RejectKind,
    /// The venue's own words, cut with a mark; those that may be secrets are left out.
    pub text: Text<ANSWER_TEXT_BYTES_MAX>,
}

impl Answer {
    /// An answer as the venue gave it; words that may be secrets are left out.
    #[must_use]
    pub fn new(status: u16, code: Option<i32>, kind: RejectKind, words: &str) -> Self {
        Self { status, code, kind, text: Text::quoted(words.as_bytes()) }
    }

    /// The answer as the error that says what it means for the request.
    #[must_use]
    pub const fn into_error(self, fate: Fate) -> RestError {
        match fate {
            Fate::Rejected => RestError::Rejected(self),
            // A venue that has answered has the request.
            Fate::NotSent | Fate::Unknown => RestError::Unclear(self),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        if !self.text.as_str().is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}

/// Longest text of a venue kept in an error, bytes.
pub const ANSWER_TEXT_BYTES_MAX: usize = 96;

/// What a refusal means, in the words all venues share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectKind {
    /// Key unknown, not allowed, or from the wrong address.
    Auth,
    /// Not enough of the coin, or margin.
    Balance,
    /// The address or account is shut out for a while.
    Banned,
    /// An earlier request with this client order id did something, or may have: settle the id.
    DuplicateId,
    /// Against the instrument's rules: tick, lot, notional, price band.
    InstrumentRule,
    /// The instrument or venue does not trade now.
    MarketClosed,
    /// The request as such: a parameter missing, malformed or not allowed.
    Malformed,
    /// The venue refused nothing: the error is of another sort.
    NotRejected,
    /// Any other refusal; the venue's text says more.
    Other,
    /// A post-only order would have taken.
    PostOnlyWouldTake,
    /// Too many requests or orders.
    RateLimited,
    /// A reduce-only order would not have made a position smaller: there is none, or other orders take all of it.
    ReduceOnly,
    /// The signature does not fit.
    Signature,
    /// The timestamp is outside the receive window.
    Timestamp,
    /// The venue is overloaded or down.
    Unavailable,
    /// The venue knows no such order; for a cancel it may have been filled.
    UnknownOrder,
}

/// A reply that is whole HTTP and yet not what the venue documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not one whole JSON value, or a deciding key stands in it twice.
    #[error("the reply's body: {0}")]
    Json(#[from] JsonError),
    /// A field that decides is not there.
    #[error("the reply has no `{field}`")]
    Missing {
        /// The field's name in the venue's documents.
        field: &'static str,
    },
    /// A field that decides cannot be read.
    #[error("the reply's `{field}` cannot be read: expected {expected}")]
    Malformed {
        /// The field's name in the venue's documents.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The reply is about another order, or another instrument, than the request was.
    #[error("the reply names another order or instrument than the request")]
    OtherOrder,
    /// A reply that names no order, as refusals do, and says to the byte of its head and body what the last one on this connection
    /// said. It may be the last one, come twice: ask by client order id.
    #[error("the reply is the same as the last one on this connection, which may have come twice")]
    Repeated,
}

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

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.problem.as_str()
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
    /// The rules of instruments, kept in a file.
    #[error("instruments")]
    Instruments,
    /// Roots, client certificate, versions.
    #[error("TLS configuration")]
    Tls,
    /// The URL.
    #[error("URL")]
    Url,
}

/// Longest text about a setting, bytes: what [`RestError`] has room for.
const PROBLEM_BYTES_MAX: usize = 112;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_never_quotes_a_key_or_a_query() {
        let words = "Illegal characters found in parameter 'newClientOrderId' of symbol=BTCUSDT&signature=0123456789abcdef \
                     sent.";
        let answer = Answer::new(400, Some(-1100), RejectKind::Malformed, words);
        let shown = "Illegal characters found in parameter 'newClientOrderId' of [left out] sent.";
        assert_eq!(answer.text.as_str(), shown);
        assert_eq!(answer.into_error(Fate::Rejected).to_string(), format!("rejected: HTTP 400, code -1100: {shown}"));
    }
}
