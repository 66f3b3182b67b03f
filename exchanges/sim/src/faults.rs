//! The bad days a venue can be asked to have. None is built yet: the names are refused, on the command line too.
//!
//! They have three places to go: before `Dialect::handle` (the request is never read), right after it (the order is
//! taken and the reply is lost, late, doubled or another one), and between hyper and the socket, where `Server` has the
//! stream in hand (any byte cut, stalled or added, however it was framed).

use std::str::FromStr;

/// A fault the venue commits on request, so that a strategy's own tests meet a bad day. There is none yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {}

/// A fault that this version cannot commit.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no fault named {name:?}: fault injection is not built yet")]
pub struct UnknownFault {
    name: String,
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let name = text.split(':').next().unwrap_or_default();
        Err(UnknownFault { name: name.to_owned() })
    }
}
