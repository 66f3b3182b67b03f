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

    /// How many a page shall have, within what the endpoint allows.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, Failure> {
        let limit = self.number("limit")?.map_or(default, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if (1..=most).contains(&limit) { Ok(limit) } else { Err(Failure::parameter("limit")) }
    }
}

/// The members of an object of a body. Numbers of orders are text.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Failure> {
        value.as_object().map(Self).ok_or_else(|| Failure::parameter("body"))
    }

    /// A text that is not empty.
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

    /// A number that is not below zero.
    pub(super) fn decimal(&self, name: &str) -> Result<Option<Decimal>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number = text.parse::<Decimal>().ok().filter(|_| is_plain);
        number.map(Some).ok_or_else(|| Failure::parameter(name))
    }

    /// A number above zero.
    pub(super) fn positive(&self, name: &str) -> Result<Option<Decimal>, Failure> {
        match self.decimal(name)? {
            Some(number) if number.is_zero() => Err(Failure::parameter(name)),
            number => Ok(number),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Failure::parameter(name)),
        }
    }

    /// A whole number: as JSON has it, or as text.
    pub(super) fn integer(&self, name: &str) -> Result<Option<u64>, Failure> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        number.map(Some).ok_or_else(|| Failure::parameter(name))
    }

    /// A client order id. Source: order/create-order: "A max of 36 characters. Combinations of numbers, letters (upper
    /// and lower cases), dashes, and underscores".
    pub(super) fn link_id(&self) -> Result<Option<&'a str>, Failure> {
        let Some(text) = self.text("orderLinkId")? else { return Ok(None) };
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_good = text.len() <= LINK_ID_BYTES_MAX && text.bytes().all(is_legal);
        if is_good { Ok(Some(text)) } else { Err(Failure::parameter("orderLinkId")) }
    }

    /// What this venue does not do is refused rather than left out.
    pub(super) fn refuse(&self, names: &[&str]) -> Result<(), Failure> {
        let is_said = |name: &&&str| self.0.get(**name).is_some_and(|value| !value.is_null() && value != "");
        match names.iter().find(is_said) {
            Some(name) => Err(Failure::with(10001, format!("{name} is not simulated"))),
            None => Ok(()),
        }
    }
}

const LINK_ID_BYTES_MAX: usize = 36;
