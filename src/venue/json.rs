//! One whole JSON value, checked before any decoder sees a byte of it.
//!
//! A body is refused unless it is exactly one RFC 8259 value: nothing cut off, nothing behind it,
//! valid UTF-8, nested at most [`DEPTH_MAX`] deep. The pass does not recurse and does not allocate,
//! so that a hostile reply costs no more than its length. [`whole_object`] picks members out of the
//! top level in the same pass, which is how order replies are read.
//!
//! A member that is asked for and stands twice is an error: two parsers would take a different one
//! of the two, and the outcome of an order may hang on it. Keys are compared as the text they mean,
//! so that `"co\u0064e"` is `"code"`.
//!
//! Not refused, since RFC 8259 allows it and no decoder here needs otherwise: numbers outside the
//! range of a float, escaped lone surrogates (text stays raw), double keys nobody asked for.

mod form;
mod scan;

use std::fmt;

pub(crate) use self::form::learn;
pub use self::form::{ByForm, by_form};

use self::scan::{Left, blanks, colon, end, key, pick, separator, string_rest, utf8, value};
use crate::decimal::{self, Decimal};
use crate::http::text::digits_alone;

/// Deepest nesting of arrays and objects. Venues' replies go 6 deep.
pub const DEPTH_MAX: u32 = 32;

/// What is wrong with a body, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("body byte {at}: {fault}")]
pub struct JsonError {
    /// The byte of the body at which it shows.
    pub at: usize,
    /// What shows there.
    pub fault: JsonFault,
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// An unescaped control byte in a string.
    #[error("control byte in a string")]
    Control,
    /// The body ends within the value.
    #[error("the body ends within the value")]
    Cut,
    /// A key that was asked for stands twice.
    #[error("a deciding key stands twice")]
    DoubleKey,
    /// A backslash followed by no escape.
    #[error("malformed escape")]
    Escape,
    /// Something else than `:` behind a key.
    #[error("expected `:`")]
    ExpectedColon,
    /// Something else than `,` or the closing bracket behind a member or an element.
    #[error("expected `,` or the closing bracket")]
    ExpectedEnd,
    /// Something else than a string where a key has to be.
    #[error("expected a key")]
    ExpectedKey,
    /// Something else than a value where one has to be.
    #[error("expected a value")]
    ExpectedValue,
    /// Bytes behind the value.
    #[error("bytes behind the value")]
    Leftover,
    /// The value is not an object, which it had to be.
    #[error("not an object")]
    NotObject,
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// A malformed number.
    #[error("malformed number")]
    Number,
    /// More than [`DEPTH_MAX`] brackets open.
    #[error("nested more than {DEPTH_MAX} deep")]
    TooDeep,
}

/// Checks that `body` is exactly one JSON value, and hands it out as proof of that.
///
/// **Errors** Says what is wrong and at which byte.
pub fn whole_value(body: &[u8]) -> Result<Json<'_>, JsonError> {
    let whole = value(body, 0).and_then(|(value, left)| end(left).map(|()| value));
    whole.map_err(|stop| stop.within(body))
}

/// [`whole_value`] of an object and [`Json::members`] of it, in one pass.
///
/// The names are plain text: no quote, backslash or control in them. Fastest when they stand in the venue's order.
///
/// **Errors** As [`whole_value`]; also when the body is no object, or a name stands in it twice.
#[inline]
pub fn whole_object<'a, const N: usize>(body: &'a [u8], names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
    let mut members = [None; N];
    fill_whole_object(body, names, &mut members).map(|()| members)
}

/// [`whole_object`] into members that the caller holds, all `None` before: they are large, and not copied on their way up.
///
/// **Errors** As [`whole_object`]; the members are those found before.
#[inline]
pub fn fill_whole_object<'a, const N: usize>(
    body: &'a [u8],
    names: &[&str; N],
    members: &mut [Option<Json<'a>>; N],
) -> Result<(), JsonError> {
    pick(blanks(body), names, members).and_then(end).map_err(|stop| stop.within(body))
}

/// A JSON value that was checked to be one, where it lies in the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a> {
    /// From its first to its last byte: quotes and brackets included, no blanks around it. UTF-8, as was checked.
    text: &'a [u8],
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    EscapedString,
    False,
    Null,
    Number,
    Object,
    String,
    True,
}

impl<'a> Json<'a> {
    /// The value as it stands in the body, for a decoder of the caller's own.
    #[inline]
    pub fn text(self) -> &'a str {
        utf8(self.text)
    }

    /// Whether this is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind == Kind::Null
    }

    /// `true` or `false`.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// A string without escapes, which is all that venues' ids, symbols and enums are.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self.kind {
            Kind::String => Some(utf8(self.quoted())),
            _ => None,
        }
    }

    /// [`as_str`](Self::as_str) as bytes, which is less to ask where it is only compared.
    #[inline]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        (self.kind == Kind::String).then(|| self.quoted())
    }

    /// Any string, without its quotes and with its escapes as they stand.
    #[inline]
    pub fn as_raw_str(self) -> Option<&'a str> {
        match self.kind {
            Kind::String | Kind::EscapedString => Some(utf8(self.quoted())),
            _ => None,
        }
    }

    /// What stands between the quotes of a string.
    #[inline]
    fn quoted(self) -> &'a [u8] {
        match self.text {
            [_, quoted @ .., _] => quoted,
            text => text,
        }
    }

    /// A number without sign, point and exponent, that fits.
    #[inline]
    pub fn as_u64(self) -> Option<u64> {
        match self.kind {
            Kind::Number => whole_number(self.text),
            _ => None,
        }
    }

    /// A number without point and exponent, that fits.
    #[inline]
    pub fn as_i64(self) -> Option<i64> {
        match self.kind {
            Kind::Number => utf8(self.text).parse().ok(),
            _ => None,
        }
    }

    /// A decimal, exactly, from a number or from a string, as venues use either.
    #[inline]
    pub fn as_decimal(self) -> Option<Decimal> {
        match self.kind {
            Kind::Number => decimal::parse(self.text),
            Kind::String => decimal::parse(self.quoted()),
            _ => None,
        }
    }

    /// The members of these names, in one pass over the top level of an object.
    ///
    /// **Errors** When this is no object, or a name stands in it twice. The byte is counted from
    /// the start of this value.
    pub fn members<const N: usize>(self, names: &[&str; N]) -> Result<[Option<Json<'a>>; N], JsonError> {
        let mut members = [None; N];
        match pick(self.text, names, &mut members) {
            Ok(_) => Ok(members),
            Err(stop) => Err(stop.within(self.text)),
        }
    }

    /// The member of this name. For several, [`members`](Self::members) is one pass for all.
    ///
    /// **Errors** As [`members`](Self::members).
    pub fn member(self, name: &str) -> Result<Option<Json<'a>>, JsonError> {
        self.members(&[name]).map(|[member]| member)
    }

    /// Keys, as raw text, and values of an object, in their order, doubles included.
    pub fn object(self) -> Option<Members<'a>> {
        (self.kind == Kind::Object).then_some(Members { left: &self.text[1..] })
    }

    /// The elements of an array.
    pub fn array(self) -> Option<Elements<'a>> {
        (self.kind == Kind::Array).then_some(Elements { left: &self.text[1..] })
    }
}

/// Kind and length only: a body may hold what no log should.
impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.kind, self.text.len())
    }
}

/// The members of an object, from [`Json::object`].
#[derive(Clone)]
pub struct Members<'a> {
    left: Left<'a>,
}

impl<'a> Iterator for Members<'a> {
    /// The key between its quotes, escapes as they stand, and the value.
    type Item = (&'a str, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        // The text was checked: what looks like an error here is its closing bracket.
        let key = string_rest(key(separator(self.left)).ok()?).ok()?;
        let (member, left) = value(colon(key.left).ok()?, 0).ok()?;
        self.left = left;
        Some((utf8(key.text), member))
    }
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("left", &self.left.len()).finish_non_exhaustive()
    }
}

/// The elements of an array, from [`Json::array`].
#[derive(Clone)]
pub struct Elements<'a> {
    left: Left<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        // As for `Members`.
        let start = separator(self.left);
        let (element, left) = value(start, 0).ok()?;
        self.left = left;
        Some(element)
    }
}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements").field("left", &self.left.len()).finish_non_exhaustive()
    }
}

/// A number of digits alone, that fits.
#[inline]
fn whole_number(text: &[u8]) -> Option<u64> {
    if text.len() < U64_DIGITS {
        // No sum is too large.
        digits_alone(text)
    } else {
        std::str::from_utf8(text).ok()?.parse().ok()
    }
}

/// Digits of the largest number of 64 bits.
const U64_DIGITS: usize = u64::MAX.ilog10() as usize + 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ACCEPTED: &[&str] = &[
        "0",
        "-0",
        "1.5e-10",
        "1E+5",
        "\"\"",
        "\"a\\u00e9\\n\"",
        "true",
        "false",
        "null",
        "{}",
        "[]",
        " [ ] ",
        "{ }",
        "[1,2]",
        "{\"a\":1,\"b\":[{\"c\":{}}]}",
        "\t{ \"a\" : [ 1 , 2 ] , \"b\" : null }\r\n",
        "\"é\"",
        "\"\\ud800\"",
    ];

    /// Values with what ends a key or a member in them.
    const VALUES: &[&str] = &["-1.5e2", "null", r#""a""#, r#""\"a\":""#, r#"[{"a":[1,2]},"b"]"#, r#"{"a":{},"b":"}"}"#];

    const REFUSED: &[(&str, usize, JsonFault)] = &[
        ("", 0, JsonFault::Cut),
        ("  ", 2, JsonFault::Cut),
        ("[1,]", 3, JsonFault::ExpectedValue),
        ("{,}", 1, JsonFault::ExpectedKey),
        ("{\"a\":1,}", 7, JsonFault::ExpectedKey),
        ("{\"a\" 1}", 5, JsonFault::ExpectedColon),
        ("[1 2]", 3, JsonFault::ExpectedEnd),
        ("[1}", 2, JsonFault::ExpectedEnd),
        ("{} {}", 3, JsonFault::Leftover),
        ("01", 1, JsonFault::Number),
        ("-", 1, JsonFault::Cut),
        ("+1", 0, JsonFault::ExpectedValue),
        ("1.e5", 2, JsonFault::Number),
        ("tru", 0, JsonFault::ExpectedValue),
        ("truex", 4, JsonFault::Leftover),
        ("\"a\nb\"", 2, JsonFault::Control),
        ("\"\\x\"", 2, JsonFault::Escape),
        ("\"abc", 4, JsonFault::Cut),
        ("[[1]", 4, JsonFault::Cut),
    ];

    #[test]
    fn accepts_and_refuses() {
        for text in ACCEPTED {
            assert_eq!(whole_value(text.as_bytes()).map(Json::text), Ok(text.trim()), "{text}");
        }
        for (text, at, fault) in REFUSED {
            assert_eq!(whole_value(text.as_bytes()), Err(JsonError { at: *at, fault: *fault }), "{text}");
        }
        assert_eq!(whole_value(b"[\"a\xff\"]"), Err(JsonError { at: 3, fault: JsonFault::NotUtf8 }));
        // A surrogate in UTF-8, which no Unicode text holds.
        assert_eq!(whole_value(b"\"\xed\xa0\x80\""), Err(JsonError { at: 1, fault: JsonFault::NotUtf8 }));
        assert_eq!(whole_value("\u{feff}{}".as_bytes()), Err(JsonError { at: 0, fault: JsonFault::ExpectedValue }));
    }

    #[test]
    fn nests_as_deep_as_allowed() {
        let nested = |open: &str, inner: &str, close: &str, times| {
            format!("{}{inner}{}", open.repeat(times), close.repeat(times))
        };
        for (open, inner, close, most) in
            [("[", "", "]", 32), ("[", "1", "]", 32), ("{\"a\":", "{}", "}", 31), ("[{\"a\":", "1", "}]", 16)]
        {
            let deepest = nested(open, inner, close, most);
            assert!(whole_value(deepest.as_bytes()).is_ok(), "{deepest}");
            let deeper = nested(open, inner, close, most + 1);
            let error = whole_value(deeper.as_bytes()).unwrap_err();
            assert_eq!(error.fault, JsonFault::TooDeep, "{deeper}");
            // The same behind the first level, which `whole_object` walks by itself.
            let error = whole_object(format!("{{\"x\":{deepest}}}").as_bytes(), &["x"]).unwrap_err();
            assert_eq!(error.fault, JsonFault::TooDeep, "{deepest}");
        }
        // What overflows the stack of a parser that recurses.
        let brackets = "[".repeat(1 << 20);
        assert_eq!(whole_value(brackets.as_bytes()), Err(JsonError { at: 32, fault: JsonFault::TooDeep }));
    }

    #[test]
    fn picks_members_and_refuses_double_ones() {
        let [code, msg, none] =
            whole_object(br#"{"x":[{}],"code":-1013,"msg":"Filter failure"}"#, &["code", "msg", "none"]).unwrap();
        assert_eq!(code.and_then(Json::as_i64), Some(-1013));
        assert_eq!(msg.and_then(Json::as_str), Some("Filter failure"));
        assert_eq!(none, None);

        let double = |body: &str, names: &[&str; 2], at: usize| {
            let error = whole_object(body.as_bytes(), names).unwrap_err();
            assert_eq!(error, JsonError { at, fault: JsonFault::DoubleKey }, "{body}");
        };
        double(r#"{"code":1,"x":0,"code":2}"#, &["x", "code"], 16);
        double(r#"{"code":1,"code":1}"#, &["code", "x"], 10);
        double(r#"{"code":1,"x":0,"co\u0064e":2}"#, &["x", "code"], 16);
        double(r#"{"c\u006Fde":1,"x":0,"code":2}"#, &["x", "code"], 21);
        double(r#"{"\u00e9\ud83d\ude00/":1,"é😀\/":2}"#, &["é😀/", "x"], 25);

        // Nobody asked for these.
        let picked = whole_object(br#"{"x":1,"x":2,"y":{"code":1},"code":3}"#, &["code"]).unwrap();
        assert_eq!(picked[0].and_then(Json::as_u64), Some(3));
        // An escape that means another key, and ones that mean nothing.
        let picked = whole_object(br#"{"co\u0064":1,"codes":2,"cod":3,"\ud800":4,"code\n":5}"#, &["code"]).unwrap();
        assert_eq!(picked, [None]);
        // A value that looks like the next key.
        let picked = whole_object(br#"{"a":"b","b":"a"}"#, &["a", "b"]).unwrap();
        assert_eq!(picked.map(|member| member.and_then(Json::as_str)), [Some("b"), Some("a")]);

        assert_eq!(whole_object(b"[1]", &["a"]), Err(JsonError { at: 0, fault: JsonFault::NotObject }));
        assert_eq!(whole_object(b" {} ", &["a"]), Ok([None]));
        assert_eq!(whole_object(b"{}{}", &["a"]), Err(JsonError { at: 2, fault: JsonFault::Leftover }));
        assert_eq!(whole_object(br#"{"a":1"#, &["a"]), Err(JsonError { at: 6, fault: JsonFault::Cut }));
        assert_eq!(whole_object(br#"{"a":1,}"#, &["a"]), Err(JsonError { at: 7, fault: JsonFault::ExpectedKey }));
        assert_eq!(whole_object(br#"{"a":1 "b""#, &["a"]), Err(JsonError { at: 7, fault: JsonFault::ExpectedEnd }));
    }

    #[test]
    fn reads_each_kind_of_value() {
        let value = |text: &'static str| whole_value(text.as_bytes()).unwrap();
        assert_eq!(value("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(value("18446744073709551616").as_u64(), None);
        assert_eq!(value("-9223372036854775808").as_i64(), Some(i64::MIN));
        for text in ["-1", "1.0", "1e2", "\"1\"", "true"] {
            assert_eq!(value(text).as_u64(), None, "{text}");
        }
        assert_eq!((value("-0").as_i64(), value("1.0").as_i64(), value("\"1\"").as_i64()), (Some(0), None, None));
        assert_eq!(
            (value("true").as_bool(), value("false").as_bool(), value("0").as_bool()),
            (Some(true), Some(false), None)
        );
        assert!(value("null").is_null() && !value("\"null\"").is_null());
        assert_eq!((value("\"a é\"").as_str(), value("\"a é\"").as_raw_str()), (Some("a é"), Some("a é")));
        assert_eq!((value(r#""a\n""#).as_str(), value(r#""a\n""#).as_raw_str()), (None, Some(r"a\n")));
        assert_eq!((value("1").as_str(), value("1").as_raw_str()), (None, None));
        for text in ["0.10", "\"0.10\"", "1e-1", "\"1E-1\""] {
            assert_eq!(value(text).as_decimal(), Some(crate::dec!(0.1)), "{text}");
        }
        assert_eq!(
            (value("\"\"").as_decimal(), value("\"1_0\"").as_decimal(), value("[1]").as_decimal()),
            (None, None, None)
        );
        assert_eq!(format!("{:?}", value("\"secret\"")), "String (8 bytes)");
    }

    #[test]
    fn walks_objects_and_arrays() {
        let fills = whole_value(br#" [ {"price":"1", "qty":2} , [] , 3 ] "#).unwrap();
        let elements = fills.array().unwrap().map(Json::text).collect::<Vec<_>>();
        assert_eq!(elements, [r#"{"price":"1", "qty":2}"#, "[]", "3"]);
        let first = fills.array().unwrap().next().unwrap();
        assert_eq!(first.member("qty").unwrap().and_then(Json::as_u64), Some(2));
        assert_eq!(first.member("none"), Ok(None));
        assert_eq!(fills.member("qty"), Err(JsonError { at: 0, fault: JsonFault::NotObject }));
        let members = first.object().unwrap().map(|(key, value)| (key, value.text())).collect::<Vec<_>>();
        assert_eq!(members, [("price", "\"1\""), ("qty", "2")]);
        assert!(first.array().is_none() && fills.object().is_none());
        for empty in ["[]", "[ ]"] {
            assert_eq!(whole_value(empty.as_bytes()).unwrap().array().unwrap().count(), 0);
        }
        assert_eq!(whole_value(b"{ }").unwrap().object().unwrap().count(), 0);
    }

    /// Strings and numbers are read eight bytes at a time: every byte in every place, at every length.
    #[test]
    fn every_byte_in_every_place() {
        for length in 1..20 {
            for at in 0..length {
                for byte in 0..=0xff {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    assert_as_serde_json(&[b"[\"", &text[..], b"\",12345678901]"].concat()).unwrap();
                    let mut text = vec![b'7'; length];
                    text[at] = byte;
                    assert_as_serde_json(&text).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_cut_body_is_refused_everywhere() {
        let body = r#" {"symbol":"BTCUSDT","n":[-12.5e-3,true,null,{"é":"\u00e9\\"}],"end":{}}"#.as_bytes();
        assert!(whole_value(body).is_ok() && whole_object(body, &["end"]).is_ok());
        for cut in 0..body.len() {
            assert!(whole_value(&body[..cut]).is_err(), "{}", body[..cut].escape_ascii());
            assert!(whole_object(&body[..cut], &["end"]).is_err(), "{}", body[..cut].escape_ascii());
        }
    }

    /// Texts that are JSON, with blanks and escapes in all places.
    fn json() -> impl Strategy<Value = String> {
        let string = r#"\"([ !#-\[\]-~é😀]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,20}\""#;
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("false".to_owned()),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,3})?",
            string,
        ];
        let blank = "[ \t\r\n]{0,2}";
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let padded = (blank, inner, blank).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
            let member = (blank, string, blank, padded.clone())
                .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
            prop_oneof![
                prop::collection::vec(padded, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
                prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        })
    }

    /// JSON with some bytes replaced, taken out or put in.
    fn edited() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            4 => prop::sample::select(&b"{}[]:,\"\\ \n0123456789-+.eEuntf"[..]),
            1 => any::<u8>(),
        ];
        let edit = (any::<prop::sample::Index>(), prop::option::of(byte), any::<bool>());
        (json(), prop::collection::vec(edit, 0..4)).prop_map(|(text, edits)| {
            let mut text = text.into_bytes();
            for (at, byte, put) in edits {
                let at = at.index(text.len() + 1);
                text.splice(at..(at + usize::from(!put)).min(text.len()), byte);
            }
            text
        })
    }

    /// serde_json takes the same, but for what the head of this file says.
    fn assert_as_serde_json(body: &[u8]) -> Result<(), TestCaseError> {
        let ours = whole_value(body);
        match (ours, serde_json::from_slice::<serde_json::Value>(body)) {
            (Ok(value), Ok(theirs)) => {
                // The value is where we say it is.
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(value.text()).ok(), Some(theirs));
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(theirs)) => {
                let theirs = theirs.to_string();
                let known = ["number out of range", "lone leading surrogate", "unexpected end of hex escape"];
                prop_assert!(known.iter().any(|known| theirs.starts_with(known)), "{}", theirs);
            }
            (Err(ours), Ok(_)) => prop_assert_eq!(ours.fault, JsonFault::TooDeep),
        }
        // Both ways of reading agree, whatever is asked for.
        match (whole_object(body, &["a", "b"]), ours) {
            (Ok(_), Ok(_)) => {}
            (Ok(_), Err(_)) => prop_assert!(false, "taken as an object only"),
            (Err(error), Ok(_)) => prop_assert!(matches!(error.fault, JsonFault::NotObject | JsonFault::DoubleKey)),
            (Err(object), Err(value))
                if object.fault != JsonFault::DoubleKey && object.fault != JsonFault::NotObject =>
            {
                prop_assert_eq!(object, value);
            }
            (Err(_), Err(_)) => {}
        }
        Ok(())
    }

    /// At least so many cases; `PROPTEST_CASES` asks for more.
    fn config() -> ProptestConfig {
        let default = ProptestConfig::default();
        ProptestConfig { cases: default.cases.max(512), failure_persistence: None, ..default }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn takes_what_is_json(text in json()) {
            prop_assert!(whole_value(text.as_bytes()).is_ok());
            assert_as_serde_json(text.as_bytes())?;
        }

        #[test]
        fn takes_what_serde_json_takes(body in edited()) {
            assert_as_serde_json(&body)?;
        }

        #[test]
        fn random_bytes_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
            assert_as_serde_json(&body)?;
        }

        #[test]
        fn members_are_those_of_serde_json(
            members in prop::collection::vec((r#"[ab]{1,2}|\\u006[12]b?|c\\/"#, prop::sample::select(VALUES)), 0..8),
        ) {
            let text = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect::<Vec<_>>().join(" ,");
            let text = format!("{{{text}}}");
            let names = ["a", "b", "ab", "c/"];
            let meant = members.iter().map(|(key, value)| {
                (serde_json::from_str::<String>(&format!("\"{key}\"")).unwrap(), *value)
            });
            let expected = names.map(|name| meant.clone().filter(|(key, _)| key == name).map(|(_, value)| value).collect::<Vec<_>>());
            match whole_object(text.as_bytes(), &names) {
                Ok(picked) => {
                    for (picked, expected) in picked.iter().zip(&expected) {
                        prop_assert_eq!(picked.iter().map(|picked| picked.text()).collect::<Vec<_>>(), expected.clone());
                    }
                }
                Err(error) => {
                    prop_assert_eq!(error.fault, JsonFault::DoubleKey);
                    prop_assert!(expected.iter().any(|values| values.len() > 1));
                }
            }
            let walked = whole_value(text.as_bytes()).unwrap();
            let walked = walked.object().unwrap().map(|(key, value)| (key.to_owned(), value.text()));
            prop_assert_eq!(walked.collect::<Vec<_>>(), members);
        }
    }
}
