//! Names held inline: symbols and order ids. No heap, `Copy`, checked once where they are made.

use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use arrayvec::ArrayString;

/// Longest symbol, bytes. Deribit's combinations are the longest known (`BTC-CCOND-21APR23-22000_24000_26000_28000`, 41).
pub const SYMBOL_BYTES_MAX: usize = 44;

/// Longest client order id, bytes: what Binance, Bybit and a UUID take. Each venue checks its own, shorter limit.
pub const CLIENT_ORDER_ID_BYTES_MAX: usize = 36;

/// Longest order id of a venue, bytes: a UUID.
pub const ORDER_ID_BYTES_MAX: usize = 36;

/// Longest id of an execution, bytes: a UUID.
pub const EXECUTION_ID_BYTES_MAX: usize = 36;

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing was given.
    #[error("{what} is empty: give it in the venue's own notation")]
    Empty {
        /// Which name.
        what: &'static str,
    },
    /// A byte no venue takes in such a name.
    #[error(
        "{what} has a character at byte {at} that is not allowed: no blanks or control characters, and ids are ASCII"
    )]
    Character {
        /// Which name.
        what: &'static str,
        /// Where it stands, from 0.
        at: usize,
    },
    /// Longer than any venue takes.
    #[error("{what} has {bytes} bytes, at most {limit} are allowed")]
    TooLong {
        /// Which name.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
}

/// An instrument's name in the venue's own notation: `BTCUSDT`, `BTC-USDT`, `XBT/USD`. May hold non-ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(ArrayString<SYMBOL_BYTES_MAX>);

/// Our id of an order, unique among the account's orders; see [`ClientOrderIds`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientOrderId(ArrayString<CLIENT_ORDER_ID_BYTES_MAX>);

/// The venue's id of an order, as text: some venues count, others use UUIDs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderId(ArrayString<ORDER_ID_BYTES_MAX>);

/// The venue's id of an execution, as text: some venues count, others use UUIDs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecutionId(ArrayString<EXECUTION_ID_BYTES_MAX>);

/// As text.
impl serde::Serialize for Symbol {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// From text, with the rules of [`Symbol::new`].
impl<'de> serde::Deserialize<'de> for Symbol {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl Symbol {
    /// A symbol in the venue's own notation.
    ///
    /// **Errors**: empty, longer than [`SYMBOL_BYTES_MAX`], or with blanks or control characters.
    pub fn new(name: &str) -> Result<Self, NameError> {
        // Nearly all are ASCII, of which a byte is a character.
        if name.bytes().all(|byte| matches!(byte, b'!'..=b'~')) && !name.is_empty() {
            return fits("symbol", name).map(Self);
        }
        checked("symbol", name, |c| !c.is_control() && !c.is_whitespace()).map(Self)
    }

    /// Whether it is this one, told without a call for most lengths: both ends are compared, which may overlap.
    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        match a.len() {
            bytes if bytes != b.len() => false,
            4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
            8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
            _ => a == b,
        }
    }
}

impl ClientOrderId {
    /// An id of the caller's own making.
    ///
    /// **Errors**: empty, longer than [`CLIENT_ORDER_ID_BYTES_MAX`], or not visible ASCII. A venue's narrower rules are
    /// checked when the order is written.
    pub fn new(id: &str) -> Result<Self, NameError> {
        checked("client order id", id, |c| c.is_ascii_graphic()).map(Self)
    }
}

impl OrderId {
    /// The venue's id as it was told.
    ///
    /// **Errors**: empty, longer than [`ORDER_ID_BYTES_MAX`], or not visible ASCII.
    pub fn new(id: &str) -> Result<Self, NameError> {
        checked("order id", id, |c| c.is_ascii_graphic()).map(Self)
    }
}

impl ExecutionId {
    /// The venue's id as it was told.
    ///
    /// **Errors**: empty, longer than [`EXECUTION_ID_BYTES_MAX`], or not visible ASCII.
    pub fn new(id: &str) -> Result<Self, NameError> {
        checked("execution id", id, |c| c.is_ascii_graphic()).map(Self)
    }
}

impl From<u64> for OrderId {
    #[inline]
    fn from(id: u64) -> Self {
        Self(digits(id))
    }
}

impl From<u64> for ExecutionId {
    fn from(id: u64) -> Self {
        Self(digits(id))
    }
}

fn digits<const N: usize>(number: u64) -> ArrayString<N> {
    let mut digits = itoa::Buffer::new();
    let mut text = ArrayString::new();
    text.push_str(digits.format(number));
    text
}

fn checked<const N: usize>(
    what: &'static str,
    name: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<ArrayString<N>, NameError> {
    if name.is_empty() {
        return Err(NameError::Empty { what });
    }
    if let Some((at, _)) = name.char_indices().find(|(_, c)| !allowed(*c)) {
        return Err(NameError::Character { what, at });
    }
    fits(what, name)
}

#[inline]
fn fits<const N: usize>(what: &'static str, name: &str) -> Result<ArrayString<N>, NameError> {
    ArrayString::from(name).map_err(|_| NameError::TooLong { what, bytes: name.len(), limit: N })
}

macro_rules! inline_name {
    ($name:ident) => {
        impl $name {
            /// The name as text.
            #[inline]
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl AsRef<[u8]> for $name {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    };
}

inline_name!(ClientOrderId);
inline_name!(ExecutionId);
inline_name!(OrderId);
inline_name!(Symbol);

/// Makes client order ids: a prefix of the user's, 32 random bits drawn at start, a counter.
///
/// **Shape**: prefix, 7 characters of run, 7 characters of counter, all of `[a-z0-9]` after the prefix: at most
/// [`PREFIX_BYTES_MAX`](Self::PREFIX_BYTES_MAX) + 14 bytes, within every venue's rules.
///
/// **Odds**: two runs with one prefix share their random bits with probability 2⁻³²; among 1,000 runs of one prefix
/// that any two do is about 1 in 8,600. A run makes 2³⁵ ids before its counter would repeat.
#[derive(Debug)]
pub struct ClientOrderIds {
    stem: ArrayString<CLIENT_ORDER_ID_BYTES_MAX>,
    next: AtomicU64,
}

impl ClientOrderIds {
    /// Longest prefix, bytes: with it an id has 18 bytes, which every known venue takes.
    pub const PREFIX_BYTES_MAX: usize = 4;

    /// Ids that start with `prefix`, of a run named by `run` (32 random bits).
    ///
    /// **Errors**: a prefix that is longer than [`PREFIX_BYTES_MAX`](Self::PREFIX_BYTES_MAX) or holds anything but
    /// ASCII letters and digits. It may be empty.
    pub fn new(prefix: &str, run: u32) -> Result<Self, NameError> {
        let what = "prefix of client order ids";
        if let Some((at, _)) = prefix.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric()) {
            return Err(NameError::Character { what, at });
        }
        if prefix.len() > Self::PREFIX_BYTES_MAX {
            return Err(NameError::TooLong { what, bytes: prefix.len(), limit: Self::PREFIX_BYTES_MAX });
        }
        let mut stem = ArrayString::new();
        stem.push_str(prefix);
        push_base32(&mut stem, u64::from(run));
        Ok(Self { stem, next: AtomicU64::new(0) })
    }

    /// The next id. Never the same twice in a run; callable from any thread.
    #[must_use]
    pub fn next_id(&self) -> ClientOrderId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut id = self.stem;
        push_base32(&mut id, count);
        ClientOrderId(id)
    }

    /// Whether an id is of this run: one that [`next_id`](Self::next_id) made, or may yet make.
    #[must_use]
    pub fn is_of_this_run(&self, id: &ClientOrderId) -> bool {
        id.as_str().len() == self.stem.len() + BASE32_DIGITS && id.as_str().starts_with(self.stem.as_str())
    }
}

/// Seven characters for 35 bits, most significant first. Crockford's digits, lower case: no `i`, `l`, `o`, `u`.
#[inline]
fn push_base32(text: &mut ArrayString<CLIENT_ORDER_ID_BYTES_MAX>, value: u64) {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digit = |place| DIGITS[(value >> (5 * (BASE32_DIGITS - 1 - place)) & 31) as usize];
    // All at once: each by itself would be looked at and counted.
    let digits: [u8; BASE32_DIGITS] = core::array::from_fn(digit);
    text.push_str(str::from_utf8(&digits).unwrap_or_default());
}

/// Digits that hold 32 random bits, and 2³⁵ counts.
const BASE32_DIGITS: usize = 7;

const _: () = assert!(ClientOrderIds::PREFIX_BYTES_MAX + 2 * BASE32_DIGITS <= CLIENT_ORDER_ID_BYTES_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_where_they_are_made() {
        assert_eq!(Symbol::new("BTCUSDT").unwrap().as_str(), "BTCUSDT");
        assert_eq!(Symbol::new("１２３４５６").unwrap().as_str().len(), 18);
        assert_eq!(Symbol::new(""), Err(NameError::Empty { what: "symbol" }));
        assert_eq!(Symbol::new("BTC USDT"), Err(NameError::Character { what: "symbol", at: 3 }));
        assert_eq!(Symbol::new("BTC\r\n"), Err(NameError::Character { what: "symbol", at: 3 }));
        assert!(matches!(Symbol::new(&"X".repeat(45)), Err(NameError::TooLong { bytes: 45, limit: 44, .. })));
        assert!(matches!(ClientOrderId::new("é"), Err(NameError::Character { at: 0, .. })));
        assert!(ClientOrderId::new(&"x".repeat(36)).is_ok());
        assert!(ClientOrderId::new(&"x".repeat(37)).is_err());
        assert_eq!(OrderId::from(u64::MAX).as_str(), "18446744073709551615");
        assert_eq!(ExecutionId::from(57), ExecutionId::new("57").unwrap());
        assert!(ExecutionId::new(&"x".repeat(37)).is_err());
    }

    #[test]
    fn ids_do_not_repeat_and_sort_by_age() {
        let ids = ClientOrderIds::new("mm1", u32::MAX).unwrap();
        let made: Vec<_> = (0..5_000).map(|_| ids.next_id()).collect();
        assert!(made.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(made[0].as_str(), "mm13zzzzzz0000000");
        assert_eq!(made[33].as_str(), "mm13zzzzzz0000011");
        assert!(made.iter().all(|id| id.as_str().len() <= 18 && ids.is_of_this_run(id)));
        let other = ClientOrderIds::new("mm1", 7).unwrap();
        assert!(!ids.is_of_this_run(&other.next_id()));
        assert!(!ids.is_of_this_run(&ClientOrderId::new("mm13zzzzzz").unwrap()));
    }

    #[test]
    fn a_prefix_is_short_and_plain() {
        assert!(ClientOrderIds::new("", 1).is_ok());
        assert!(matches!(ClientOrderIds::new("abcde", 1), Err(NameError::TooLong { limit: 4, .. })));
        assert!(matches!(ClientOrderIds::new("a-b", 1), Err(NameError::Character { at: 1, .. })));
    }
}
