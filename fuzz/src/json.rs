//! A body as JSON, beside serde_json.

use orderwire::venue::json::{DEPTH_MAX, Json, JsonFault, whole_object, whole_value};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input::Input;

const NAMES: [&str; 3] = ["a", "code", "clientOrderId"];

/// Longest body made of a short input, bytes: brackets enough to overflow the stack of whoever recurses.
const REPEATED_BYTES_MAX: usize = 1 << 20;

/// Reads what the input says, and compares.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    match input.byte() {
        255 => {
            let unit = input.counted();
            let times = REPEATED_BYTES_MAX / unit.len().max(1);
            check(&[&unit.repeat(times), input.0].concat());
        }
        _ => check(input.0),
    }
}

/// Whether the body is one value by serde_json's reckoning, in brackets that are no deeper than allowed.
pub fn is_json(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    serde_json::from_str::<IgnoredAny>(text).is_ok() && depth(body) <= DEPTH_MAX as usize
}

/// How deep the brackets go in what is JSON.
fn depth(body: &[u8]) -> usize {
    let (mut deepest, mut open, mut in_string, mut escaped) = (0, 0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open += 1,
            b'}' | b']' if !in_string => open -= 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn check(body: &[u8]) {
    let expected = is_json(body);
    let value = whole_value(body);
    assert_eq!(value.is_ok(), expected, "{:?} of {}", value, body.escape_ascii());
    let Ok(value) = value else {
        assert!(whole_object(body, &NAMES).is_err(), "{}", body.escape_ascii());
        return;
    };
    let text = std::str::from_utf8(body).expect("JSON is UTF-8");
    let raw: &RawValue = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(value.text(), raw.get());
    assert_eq!(
        whole_object(body, &NAMES).map_err(|error| error.fault),
        value.members(&NAMES).map_err(|error| error.fault)
    );

    let mut inside = vec![value];
    while let Some(value) = inside.pop() {
        check_scalar(value);
        check_members(value);
        let text = value.text();
        if let Some(elements) = value.array() {
            let elements: Vec<_> = elements.collect();
            let expected: Vec<&RawValue> = serde_json::from_str(text).expect("an array");
            assert!(elements.iter().map(|element| element.text()).eq(expected.iter().map(|element| element.get())));
            inside.extend(elements);
        }
        if let Some(members) = value.object() {
            let members: Vec<_> = members.collect();
            let Pairs(expected) = pairs(text);
            assert_eq!(members.len(), expected.len());
            for ((key, value), (expected_key, expected_value)) in members.into_iter().zip(expected) {
                assert_eq!(unescaped(&format!("\"{key}\"")), expected_key);
                assert_eq!(value.text(), expected_value.get());
                inside.push(value);
            }
        }
    }
}

fn check_scalar(value: Json<'_>) {
    let text = value.text();
    assert_eq!(value.is_null(), text == "null");
    assert_eq!(value.as_bool(), text.parse().ok());
    assert_eq!(value.as_u64(), serde_json::from_str(text).ok());
    // serde_json takes -0 for a float.
    assert_eq!(value.as_i64(), if text == "-0" { Some(0) } else { serde_json::from_str(text).ok() });
    if let Some(string) = value.as_str() {
        assert_eq!(unescaped(text), string.as_bytes());
    }
    assert_eq!(value.as_raw_str().is_some(), text.starts_with('"'));
    if let Some(decimal) = value.as_decimal() {
        let float: f64 = text.trim_matches('"').parse().expect("a number");
        let read: f64 = decimal.to_string().parse().expect("a number");
        assert!((float - read).abs() <= float.abs() * 1e-12, "{decimal} of {text}");
    }
}

fn check_members(value: Json<'_>) {
    let picked = value.members(&NAMES).map_err(|error| error.fault);
    if !value.text().starts_with('{') {
        assert_eq!(picked, Err(JsonFault::NotObject));
        return;
    }
    let Pairs(pairs) = pairs(value.text());
    let of_name = |name: &str| -> Vec<_> {
        pairs.iter().filter(|(key, _)| key == name.as_bytes()).map(|(_, value)| value.get()).collect()
    };
    let expected = NAMES.map(of_name);
    match picked {
        Ok(picked) => {
            for (picked, expected) in picked.iter().zip(expected) {
                assert_eq!(picked.map(Json::text).into_iter().collect::<Vec<_>>(), expected);
            }
        }
        Err(fault) => {
            assert_eq!(fault, JsonFault::DoubleKey);
            assert!(expected.iter().any(|values| values.len() > 1));
        }
    }
}

/// The text a string means; a lone surrogate is spelt as if it were a character.
fn unescaped(string: &str) -> Vec<u8> {
    let Key(text) = serde_json::from_str(string).expect("a string");
    text
}

/// The members of an object, doubles included.
pub fn pairs(object: &str) -> Pairs<'_> {
    serde_json::from_str(object).expect("an object")
}

/// Keys as the text they mean, values as they stand.
#[derive(Debug)]
pub struct Pairs<'a>(pub Vec<(Vec<u8>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

struct Key(Vec<u8>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Key;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(bytes.to_vec()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.as_bytes().to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}
