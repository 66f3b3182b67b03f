//! Which venues' REST APIs are spoken, and what a dialect is made of.

use std::fmt;
use std::str::FromStr;

use crate::engine::{Fees, Liquidity, Order, Status};
use crate::faults::Fault;
use crate::instrument::Instrument;
use crate::limits::RateLimits;
use crate::signature::{KeyError, Verifier};
use crate::venue::{Call, Reply, Venue};
use crate::{binance_spot, binance_usdm, bybit, coinbase, kraken, okx};

/// The venue whose REST API is spoken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Dialect {
    /// Binance Spot, `/api/v3`.
    BinanceSpot,
    /// Binance USD-M futures, `/fapi`.
    BinanceUsdm,
    /// Bybit, `/v5`: linear contracts.
    BybitLinear,
    /// Bybit, `/v5`: Spot.
    BybitSpot,
    /// Coinbase Advanced Trade, `/api/v3/brokerage`: Spot.
    Coinbase,
    /// Kraken Spot, `/0`.
    Kraken,
    /// OKX, `/api/v5`, as an account in futures mode sees it.
    Okx,
}

/// A dialect that is not built.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no dialect named {name:?} is built yet; there are: {}", Dialect::ALL.map(Dialect::name).join(", "))]
pub struct UnknownDialect {
    name: String,
}

/// What a dialect is: all that differs from one venue to another beside the words of its replies.
#[derive(Debug)]
pub(crate) struct Api {
    /// The name the programs use, that of `call --venue`.
    pub(crate) name: &'static str,
    /// What is traded unless somebody says otherwise.
    pub(crate) instruments: fn() -> Vec<Instrument>,
    pub(crate) fees: fn() -> Fees,
    /// What the venue lets its users do.
    pub(crate) limits: fn() -> RateLimits,
    /// How many orders the first fill of an order gives back to the counts of its account.
    pub(crate) given_back: fn(Liquidity) -> u64,
    pub(crate) status_word: fn(Status) -> &'static str,
    /// An order's id as replies tell it.
    pub(crate) order_id: fn(&Order) -> String,
    /// What stands before a client order id in a place request, as it goes over the wire: of the first order, if there
    /// are several.
    pub(crate) order_id_names: &'static [&'static str],
    /// The same in replies, or the end of it.
    pub(crate) echo: &'static str,
    /// The body of an answer to nobody: an order that was never placed, accepted.
    pub(crate) stray: &'static str,
    /// What the venue itself says on such a bad day, in place of its engine's answer: of this body, where the engine has
    /// answered. `None` where the venue has no such day.
    pub(crate) bad_day: fn(Fault, &[u8]) -> Option<Reply>,
    /// Refuses keys that the venue does not know.
    pub(crate) check_key: fn(&Verifier) -> Result<(), KeyError>,
    /// Answers one request that arrived at this time, µs.
    pub(crate) handle: fn(&mut Venue, &Call<'_>, u64) -> Reply,
}

impl Dialect {
    /// Every dialect there is.
    pub const ALL: [Self; 7] = [
        Self::BinanceSpot,
        Self::BinanceUsdm,
        Self::BybitLinear,
        Self::BybitSpot,
        Self::Coinbase,
        Self::Kraken,
        Self::Okx,
    ];

    /// The name the programs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.api().name
    }

    /// The venue's word for a status.
    #[must_use]
    pub fn status_word(self, status: Status) -> &'static str {
        (self.api().status_word)(status)
    }

    /// The limits the venue gives its users.
    #[must_use]
    pub fn limits(self) -> RateLimits {
        (self.api().limits)()
    }

    pub(crate) fn api(self) -> &'static Api {
        match self {
            Self::BinanceSpot => &binance_spot::API,
            Self::BinanceUsdm => &binance_usdm::API,
            Self::BybitLinear => &bybit::LINEAR,
            Self::BybitSpot => &bybit::SPOT,
            Self::Coinbase => &coinbase::API,
            Self::Kraken => &kraken::API,
            Self::Okx => &okx::API,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        let known = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        known.ok_or_else(|| UnknownDialect { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn names_are_read_back_and_others_answered_with_the_list() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.name().parse(), Ok(dialect));
        }
        let error = "binance".parse::<Dialect>().unwrap_err().to_string();
        assert!(Dialect::ALL.iter().all(|dialect| error.contains(dialect.name())), "{error}");
    }
}
