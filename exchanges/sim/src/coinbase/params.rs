//! What a request says: pairs of a query, members of a body.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::errors::Failure;
use crate::rfc3339;

/// The pairs of a query. A name that stands several times is a list.
pub(super) struct Query<'c>(Vec<(Cow<'c, str>, Cow<'c, str>)>);

impl<'c> Query<'c> {
    pub(super) fn parse(text: &'c str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).collect())
    }

    /// The values under these names that are not empty.
    pub(super) fn all(&self, names: &[&str]) -> Vec<&str> {
        let wanted = self.0.iter().filter(|(name, value)| names.contains(&&**name) && !value.is_empty());
        wanted.map(|(_, value)| &**value).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(&[name]).first().copied()
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Failure> {
        self.get(name).map(|text| text.parse().map_err(|_| Failure::argument(name))).transpose()
    }

    /// How many a page shall have.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, Failure> {
        let limit = self.number("limit")?.unwrap_or(default);
        if (1..=most).contains(&limit) { Ok(limit) } else { Err(Failure::argument("limit")) }
    }

    /// µs since 1970.
    pub(super) fn time(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.get(name).map(|text| rfc3339::read(text).ok_or_else(|| Failure::argument(name))).transpose()
    }
}

/// The members of an object. Numbers of orders are text.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Failure> {
        value.as_object().map(Self).ok_or_else(|| Failure::argument("body"))
    }

    pub(super) fn object(&self, name: &str) -> Result<Self, Failure> {
        self.0.get(name).and_then(Value::as_object).map(Self).ok_or_else(|| Failure::argument(name))
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Failure::argument(name)),
        }
    }

    pub(super) fn needed(&self, name: &str) -> Result<&'a str, Failure> {
        self.text(name)?.ok_or_else(|| Failure::argument(name))
    }

    /// A number above zero.
    pub(super) fn positive(&self, name: &str) -> Result<Option<Decimal>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number = text.parse::<Decimal>().ok().filter(|number| is_plain && !number.is_zero());
        number.map(Some).ok_or_else(|| Failure::argument(name))
    }

    pub(super) fn amount(&self, name: &str) -> Result<Decimal, Failure> {
        self.positive(name)?.ok_or_else(|| Failure::argument(name))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Failure::argument(name)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Failure> {
        let list = self.0.get(name).and_then(Value::as_array).ok_or_else(|| Failure::argument(name))?;
        list.iter().map(|value| value.as_str().ok_or_else(|| Failure::argument(name))).collect()
    }

    /// Whether something is said under this name.
    pub(super) fn says(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null() && value != "")
    }
}
