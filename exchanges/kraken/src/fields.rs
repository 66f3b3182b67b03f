//! Fields of a request's body, as they stand in a form and in JSON, where every number is a string; ids and instruments.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::OrderRef;
use orderwire::venue::checks::{nameless, positive};
use orderwire::venue::{Body, BuildError, Draft, Timestamp, is_alphanumeric_or};

use crate::sign::Notation;

/// A body that gets its fields one behind the other.
pub(crate) struct Fields<'d, 'b> {
    pub(crate) draft: &'d mut Draft<'b, Body>,
    notation: Notation,
    /// What stands between the last field and the next.
    lead: &'static str,
    /// What the fields are inside of, in a form.
    outer: &'static str,
}

impl<'d, 'b> Fields<'d, 'b> {
    /// A form whose nonce stands already.
    #[inline]
    pub(crate) fn form(draft: &'d mut Draft<'b, Body>) -> Self {
        Self { draft, notation: Notation::Form, lead: "&", outer: "" }
    }

    /// A JSON object that is open, and has no field yet.
    pub(crate) fn object(draft: &'d mut Draft<'b, Body>) -> Self {
        Self { draft, notation: Notation::Json, lead: "", outer: "" }
    }

    /// A JSON object that has its nonce already.
    pub(crate) fn json(draft: &'d mut Draft<'b, Body>) -> Self {
        Self { draft, notation: Notation::Json, lead: ",", outer: "" }
    }

    /// A word that neither notation would escape.
    #[inline]
    pub(crate) fn word(&mut self, name: &str, word: &str) -> &mut Self {
        self.begin(name).put(word);
        self.end()
    }

    /// A text that JSON would not escape.
    #[inline]
    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        let notation = self.notation;
        let draft = self.begin(name);
        match notation {
            Notation::Form => draft.put_percent(text),
            Notation::Json => draft.put(text),
        };
        self.end()
    }

    /// A quantity or a price, which is above zero.
    #[inline]
    pub(crate) fn positive(
        &mut self,
        name: &str,
        field: &'static str,
        value: Decimal,
    ) -> Result<&mut Self, BuildError> {
        positive(field, value)?;
        self.begin(name).put_decimal(value);
        Ok(self.end())
    }

    /// A list of flags, which has commas between them.
    pub(crate) fn flags(&mut self, name: &str, flags: &[&str]) -> &mut Self {
        if flags.is_empty() {
            return self;
        }
        let comma = if self.notation == Notation::Form { "%2C" } else { "," };
        let draft = self.begin(name);
        for (place, flag) in flags.iter().enumerate() {
            draft.put(if place > 0 { comma } else { "" }).put(flag);
        }
        self.end()
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.begin(name).put_u64(number);
        self.end()
    }

    /// True.
    pub(crate) fn flag(&mut self, name: &str) -> &mut Self {
        match self.notation {
            Notation::Form => self.word(name, "true"),
            Notation::Json => {
                self.draft.put(self.lead).put("\"").put(name).put("\":true");
                self.lead = ",";
                self
            }
        }
    }

    /// A point in time, to the millisecond.
    #[inline]
    pub(crate) fn time(&mut self, name: &str, time: Timestamp) -> &mut Self {
        let text = time.rfc3339();
        // Digits and the letters between them, all ASCII.
        self.text(name, core::str::from_utf8(&text).unwrap_or_default())
    }

    /// A price that is reckoned from the market's: a sign, an amount, a percent sign perhaps.
    pub(crate) fn relative(&mut self, name: &str, sign: &str, amount: Decimal, is_percent: bool) -> &mut Self {
        let notation = self.notation;
        let draft = self.begin(name);
        match notation {
            Notation::Form => {
                draft.put_percent(sign).put_decimal(amount);
                if is_percent {
                    draft.put_percent("%");
                }
            }
            Notation::Json => {
                draft.put(sign).put_decimal(amount);
                if is_percent {
                    draft.put("%");
                }
            }
        }
        self.end()
    }

    /// A field that has fields of its own: `close[price]` in a form, an object in JSON.
    pub(crate) fn inside(
        &mut self,
        outer: &'static str,
        put: impl FnOnce(&mut Self) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        match self.notation {
            Notation::Form => {
                self.outer = outer;
                put(self)?;
                self.outer = "";
            }
            Notation::Json => {
                self.draft.put(self.lead).put("\"").put(outer).put("\":{");
                self.lead = "";
                put(self)?;
                self.draft.put("}");
                self.lead = ",";
            }
        }
        Ok(())
    }

    #[inline]
    fn begin(&mut self, name: &str) -> &mut Draft<'b, Body> {
        self.draft.put(self.lead);
        match self.notation {
            Notation::Form if self.outer.is_empty() => self.draft.put(name).put("="),
            // The brackets as a form has them.
            Notation::Form => self.draft.put(self.outer).put("%5B").put(name).put("%5D="),
            Notation::Json => {
                self.lead = ",";
                self.draft.put("\"").put(name).put("\":\"")
            }
        }
    }

    #[inline]
    fn end(&mut self) -> &mut Self {
        if self.notation == Notation::Json {
            self.draft.put("\"");
        }
        self
    }
}

/// An instrument's name: its `altname`, or its id. The one with a slash is the WebSocket's, and replies do not have it.
#[inline]
pub(crate) fn pair(symbol: &Symbol) -> Result<&str, BuildError> {
    let name = symbol.as_str();
    // Quotes and backslashes stand in no pair of the venue's; within JSON they would end it.
    if name.bytes().any(|byte| matches!(byte, b'/' | b'"' | b'\\')) {
        let cure = "a pair of Kraken is named as in XBTUSD or XXBTZUSD, without a slash";
        return Err(BuildError::Value { field: "the symbol", cure });
    }
    Ok(name)
}

/// The id where it is within the venue's rule: a UUID, its 32 digits, or up to 18 characters. Source:
/// <https://docs.kraken.com/api/docs/guides/spot-clordid>.
///
/// "Free text" may be any ASCII by the documents; what JSON escapes, and the comma that lists are made with, are not sent.
#[inline]
pub(crate) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    let text = id.as_str();
    let is_right = match text.len() {
        ..=FREE_TEXT_BYTES_MAX => !text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | b',')),
        32 => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        36 => text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        }),
        _ => false,
    };
    if is_right {
        Ok(text)
    } else {
        let cure = "Kraken takes a UUID, with dashes or without, or up to 18 characters without quotes, backslashes and commas";
        Err(BuildError::Value { field: "the client order id", cure })
    }
}

/// The venue's id where it can be one: letters and digits in groups.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if is_alphanumeric_or(id.as_str(), b"-") {
        Ok(id.as_str())
    } else {
        let cure = "Kraken's look like OUF4EM-FRGI2-MQMWZD: give it as the venue told it";
        Err(BuildError::Value { field: "the order id", cure })
    }
}

/// `txid` or `cl_ord_id`. Where both of an order's ids are known the venue's goes out alone.
#[inline]
pub(crate) fn put_ref(fields: &mut Fields<'_, '_>, order: &OrderRef) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => fields.word("txid", venue_id(order_id)?),
        (None, Some(id)) => fields.text("cl_ord_id", client_id(id)?),
        (None, None) => return Err(nameless()),
    };
    Ok(())
}

/// Whether a pair's id is that of this name. Pairs have both: `XXBTZUSD` is `XBTUSD`. An id has a letter before each of the oldest coins, X
/// before a crypto and Z before a currency; all others are named as they are. Source: "Get Tradable Asset Pairs", `altname`.
pub(crate) fn is_pair(id: &str, name: &str) -> bool {
    // Either may be given where the other is told.
    let (short, long) = if id.len() < name.len() { (id, name) } else { (name, id) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let without_first = long.strip_prefix(b"X").or(long.strip_prefix(b"Z"));
    let is_but_one = |long: &[u8]| {
        long.len() == short.len() + 1
            && (1..long.len())
                .any(|at| matches!(long[at], b'X' | b'Z') && long[..at] == short[..at] && long[at + 1..] == short[at..])
    };
    long == short || is_but_one(long) || without_first.is_some_and(|long| long == short || is_but_one(long))
}

/// Source: spot-clordid, "Free text".
const FREE_TEXT_BYTES_MAX: usize = 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_known_by_its_id_and_its_name() {
        for (id, name, is) in [
            ("XXBTZUSD", "XBTUSD", true),
            ("XBTUSD", "XXBTZUSD", true),
            ("XBTUSDT", "XBTUSDT", true),
            ("USDTZUSD", "USDTUSD", true),
            ("ZEURZUSD", "EURUSD", true),
            ("XETHXXBT", "ETHXBT", true),
            ("SOLUSD", "SOLUSD", true),
            ("XXBTZUSD", "XBTEUR", false),
            ("XETHZUSD", "XBTUSD", false),
            ("XXBTZUSD", "XBT/USD", false),
            ("XBTUSDT", "XBTUSD", false),
        ] {
            assert_eq!(is_pair(id, name), is, "{id} {name}");
        }
    }

    #[test]
    fn client_ids_have_three_forms() {
        for (id, is_right) in [
            ("mm1-0007:a/b&c=d", true),
            ("x23456789012345678", true),
            ("x234567890123456789", false),
            ("6d1b345e28214ac4adba7c41b1b1e4d1", true),
            ("6d1b345e28214ac4adba7c41b1b1e4dx", false),
            ("6d1b345e-2821-40e2-ad83-4ecb18a06876", true),
            ("6d1b345e02821040e20ad8304ecb18a06876", false),
            ("a,b", false),
            ("a\"b", false),
            ("a\\b", false),
        ] {
            assert_eq!(client_id(&ClientOrderId::new(id).unwrap()).is_ok(), is_right, "{id}");
        }
    }
}
