//! What a request says: the pairs of a form, or the members of a JSON object.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::errors::Failure;
use crate::venue::Call;

/// Values by name: texts, and in JSON lists and objects besides.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Map<String, Value>);

impl Params {
    /// The body of a private request, in either notation.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, Failure> {
        if call.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            let body: Value = serde_json::from_slice(call.body).map_err(|_| Failure::argument("body"))?;
            return body.as_object().cloned().map(Self).ok_or_else(|| Failure::argument("body"));
        }
        Ok(Self::form(call.body))
    }

    pub(super) fn form(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        Self(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
    }

    /// A text that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| Failure::argument(name))
    }

    /// The digits of a number, which JSON may have without quotes.
    pub(super) fn digits(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(digits) = self.digits(name).filter(|digits| !digits.is_empty()) else { return Ok(None) };
        digits.parse().map(Some).map_err(|_| Failure::argument(name))
    }

    /// A number above zero.
    pub(super) fn positive(&self, name: &str) -> Result<Option<Decimal>, Failure> {
        let Some(digits) = self.digits(name).filter(|digits| !digits.is_empty()) else { return Ok(None) };
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number = digits.parse::<Decimal>().ok().filter(|number| is_plain && !number.is_zero());
        number.map(Some).ok_or_else(|| Failure::argument(name))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true))) || matches!(self.get(name), Some("true" | "True" | "1"))
    }

    /// The objects of a list.
    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        let list = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|element| element.as_object().cloned().map(Self)).collect()
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What this venue does not do is refused rather than left out.
    pub(super) fn refuse(&self, names: &[&str]) -> Result<(), Failure> {
        let is_said = |name: &&&str| self.0.get(**name).is_some_and(|value| !value.is_null() && value != "");
        names.iter().find(is_said).map_or(Ok(()), |name| Err(Failure::argument(&format!("{name} is not simulated"))))
    }
}
