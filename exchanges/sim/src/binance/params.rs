//! Parameters of a request: from the query and, for a form, from the body; each name once in each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Failure;

/// Decoded `name=value` pairs, or the members of an object of a list. Where query and body both have a name, the query's value is used. Source: `General
/// Information on Endpoints`.
#[derive(Clone)]
pub(crate) struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Params<'a> {
    pub(crate) fn parse(query: &'a str, form: &'a [u8]) -> Result<Self, Failure> {
        let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let from_query = pairs.len();
        pairs.extend(form_urlencoded::parse(form));
        for part in [&pairs[..from_query], &pairs[from_query..]] {
            let repeated =
                |(place, (name, _)): (usize, &(Cow<'_, str>, _))| part[..place].iter().any(|pair| pair.0 == *name);
            if part.iter().enumerate().any(repeated) {
                return Err(Failure::duplicate_parameter());
            }
        }
        let mut place = 0;
        let names: Vec<_> = pairs[..from_query].iter().map(|pair| pair.0.clone()).collect();
        pairs.retain(|pair| {
            place += 1;
            place <= from_query || !names.contains(&pair.0)
        });
        Ok(Self { pairs })
    }

    /// The objects of a parameter that is a list of them, with texts for values.
    pub(crate) fn elements(&self, name: &str) -> Result<Vec<Params<'static>>, Failure> {
        let text = self.required(name)?;
        let objects: Vec<BTreeMap<String, String>> = serde_json::from_str(text).map_err(|_| Failure::json(name))?;
        let owned = |(name, value)| (Cow::Owned(name), Cow::Owned(value));
        Ok(objects.into_iter().map(|object| Params { pairs: object.into_iter().map(owned).collect() }).collect())
    }

    /// A parameter's value; an empty one is refused.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, Failure> {
        match self.pairs.iter().find(|pair| pair.0 == name) {
            Some((_, value)) if value.is_empty() => Err(Failure::empty(name)),
            Some((_, value)) => Ok(Some(value)),
            None => Ok(None),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|pair| pair.0 == name)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.get(name)?.ok_or_else(|| Failure::missing(name))
    }

    /// Refuses what the endpoint does not know.
    pub(crate) fn only(&self, known: &[&[&str]]) -> Result<(), Failure> {
        let is_known = |name: &str| known.iter().any(|group| group.contains(&name));
        let read = self.pairs.iter().filter(|pair| is_known(&pair.0)).count();
        let expected = known.iter().map(|group| group.len()).sum();
        if self.pairs.len() > expected {
            Err(Failure::too_many_parameters(expected, self.pairs.len()))
        } else if read < self.pairs.len() {
            Err(Failure::unread(read, self.pairs.len()))
        } else {
            Ok(())
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        if text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::illegal(name, "^[0-9]{1,20}$"));
        }
        text.parse().map(Some).map_err(|_| Failure::overflow(name))
    }

    /// A point in time in ms or µs, told apart by size, as µs.
    pub(crate) fn time(&self, name: &str) -> Result<Option<u64>, Failure> {
        let time = self.integer(name)?;
        Ok(time.map(|time| if time < MICROSECONDS_FROM { time.saturating_mul(1_000) } else { time }))
    }

    pub(crate) fn decimal(&self, name: &str, decimals_max: u32) -> Result<Option<Decimal>, Failure> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let digits = |part: &str| (1..=20).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !fraction.is_none_or(digits) {
            return Err(Failure::illegal(name, r"^([0-9]{1,20})(\.[0-9]{1,20})?$"));
        }
        if fraction.is_some_and(|fraction| fraction.trim_end_matches('0').len() > decimals_max as usize) {
            return Err(Failure::precision(name));
        }
        let number = Decimal::from_str_exact(text.trim_end_matches(if fraction.is_some() { '0' } else { ' ' }));
        number.map(Some).map_err(|_| Failure::overflow(name))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.get(name)? {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(Failure::illegal(name, "^(true|false|TRUE|FALSE)$")),
        }
    }

    pub(crate) fn symbol(&self, name: &str) -> Result<Option<&str>, Failure> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let legal = |c: char| (c.is_alphanumeric() && !c.is_ascii_lowercase()) || "_-.".contains(c);
        if text.chars().count() > 50 || !text.chars().all(legal) {
            return Err(Failure::illegal(name, r"^[\w\-._&&[^a-z]]{1,50}$"));
        }
        Ok(Some(text))
    }

    pub(crate) fn client_id(&self, name: &str) -> Result<Option<&str>, Failure> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() > CLIENT_ORDER_ID_BYTES_MAX || !text.bytes().all(legal) {
            return Err(Failure::illegal(name, "^[a-zA-Z0-9-_]{1,36}$"));
        }
        Ok(Some(text))
    }
}

/// A time of at least this is in µs: as ms it would be in the year 5138.
const MICROSECONDS_FROM: u64 = 100_000_000_000_000;
/// Longest client order id. Source: `fix-api.md`, and the legal range in the REST answer.
const CLIENT_ORDER_ID_BYTES_MAX: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    fn failure<T>(result: Result<T, Failure>) -> i32 {
        result.err().map_or(0, |failure| failure.code)
    }

    #[test]
    fn a_name_may_stand_once_in_query_and_once_in_body() {
        assert_eq!(failure(Params::parse("a=1&a=2", b"")), -1101);
        assert_eq!(failure(Params::parse("", b"a=1&a=1")), -1101);
        let params = Params::parse("a=1", b"a=2&b=3").unwrap();
        assert_eq!((params.get("a"), params.get("b")), (Ok(Some("1")), Ok(Some("3"))));
    }

    #[test]
    fn unknown_names_are_counted() {
        let params = Params::parse("symbol=A&x=1", b"").unwrap();
        let failure = params.only(&[&["symbol", "limit"]]).unwrap_err();
        assert_eq!(failure.message, "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.");
        let failure = params.only(&[&["symbol"]]).unwrap_err();
        assert_eq!(failure.message, "Too many parameters; expected '1' and received '2'.");
    }

    #[test]
    fn decimals_are_read_exactly_or_refused_by_name() {
        let decimal = |text: &str| Params::parse(text, b"").unwrap().decimal("q", 8);
        assert_eq!(decimal("q=0.00100000000"), Ok(Some(Decimal::new(1, 3))));
        assert_eq!(decimal("q=100"), Ok(Some(Decimal::from(100))));
        assert_eq!(decimal("q=0"), Ok(Some(Decimal::ZERO)));
        assert_eq!(decimal("q=0.0"), Ok(Some(Decimal::ZERO)));
        assert_eq!(decimal("r=1"), Ok(None));
        assert_eq!(failure(decimal("q=")), -1105);
        assert_eq!(failure(decimal("q=0.000000001")), -1111);
        for text in ["q=1e3", "q=-1", "q=.5", "q=5.", "q=%2B1", "q=1_0", "q=1.2.3", "q=123456789012345678901"] {
            assert_eq!(failure(decimal(text)), -1100, "{text}");
        }
    }

    #[test]
    fn times_are_taken_in_both_units() {
        let time = |text: &str| Params::parse(text, b"").unwrap().time("t");
        assert_eq!(time("t=1499827319559"), Ok(Some(1_499_827_319_559_000)));
        assert_eq!(time("t=1499827319559123"), Ok(Some(1_499_827_319_559_123)));
        assert_eq!(failure(time("t=99999999999999999999")), -1108);
        assert_eq!(failure(time("t=1.5")), -1100);
    }

    #[test]
    fn ids_and_symbols_keep_their_range() {
        let params = Params::parse("s=%EF%BC%91%EF%BC%92&t=btc&u=a-Z_9&v=a.b", b"").unwrap();
        assert_eq!(params.symbol("s"), Ok(Some("１２")));
        assert_eq!(failure(params.symbol("t")), -1100);
        assert_eq!(params.client_id("u"), Ok(Some("a-Z_9")));
        assert_eq!(failure(params.client_id("v")), -1100);
    }
}
