//! What a request says: pairs of a query, members of a body.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::errors::Failure;

/// The pairs of a query.
pub(super) struct Query<'c>(Vec<(Cow<'c, str>, Cow<'c, str>)>);

impl<'c> Query<'c> {
    pub(super) fn parse(text: &'c str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).collect())
    }

    /// A value that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(key, _)| key == name)?;
        Some(&*pair.1).filter(|value| !value.is_empty())
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| Failure::parameter(name))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.get(name).map(|text| text.parse().map_err(|_| Failure::parameter(name))).transpose()
    }

    /// How many a list shall have: at most, and until said, a hundred.
    pub(super) fn limit(&self) -> Result<usize, Failure> {
        let limit = self.number("limit")?.map_or(LIST_MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if limit == 0 || limit > LIST_MAX { Err(Failure::parameter("limit")) } else { Ok(limit) }
    }
}

const LIST_MAX: usize = 100;

/// The members of an object of a body. Every number is a string.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Failure> {
        value.as_object().map(Self).ok_or(Failure::BODY)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Failure::parameter(name)),
        }
    }

    pub(super) fn needed(&self, name: &str) -> Result<&'a str, Failure> {
        self.text(name)?.ok_or_else(|| Failure::parameter(name))
    }

    /// A number above zero, as text. As a number of JSON the venue takes it too: ccxt sends leverage so.
    pub(super) fn positive(&self, name: &str) -> Result<Option<Decimal>, Failure> {
        let text = match self.0.get(name) {
            Some(Value::Number(number)) => Cow::Owned(number.to_string()),
            _ => match self.text(name)? {
                Some(text) => Cow::Borrowed(text),
                None => return Ok(None),
            },
        };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number = text.parse::<Decimal>().ok().filter(|number| plain && *number > Decimal::ZERO);
        number.map(Some).ok_or_else(|| Failure::parameter(name))
    }

    /// A flag: as JSON has it, or as a word.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text.is_empty() || text == "false" => Ok(false),
            Some(_) => Err(Failure::parameter(name)),
        }
    }

    /// A client order id: 1 to 32 letters and digits.
    pub(super) fn id(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let good = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if good { Ok(Some(text)) } else { Err(Failure::parameter(name)) }
    }

    /// Whether any of these members is there: what this venue does not do.
    pub(super) fn refuse(&self, names: &[&str]) -> Result<(), Failure> {
        match names.iter().find(|name| self.0.get(**name).is_some_and(|value| !value.is_null() && value != "")) {
            Some(name) => Err(Failure::parameter(name)),
            None => Ok(()),
        }
    }
}
