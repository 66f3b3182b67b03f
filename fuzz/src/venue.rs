//! Replies of the venues, whole and broken, through the decoder of each call.

mod binance;
mod bybit;
mod coinbase;
mod kraken;
mod okx;

use orderwire::error::{Fate, RestError};
use orderwire::http::response::{Response, ResponseReader};

use crate::input::Input;
use crate::json::{is_json, pairs};

/// A venue: its calls, and what its replies may say by its documents.
pub struct Venue {
    /// Its folder among the exchanges.
    pub fixtures: &'static str,
    /// What is asked.
    pub calls: &'static [Call],
    /// Refusals that a document shows, each with its status.
    pub refusals: &'static [(u16, &'static str)],
    /// Whether a reply of this status to the call with this fixture can say yes.
    may_accept: fn(&str, u16) -> bool,
    /// Whether a reply can say no, so that what was asked was not done.
    may_refuse: fn(u16, &[u8]) -> bool,
}

/// All of them.
pub const VENUES: [&Venue; 5] = [&binance::VENUE, &bybit::VENUE, &coinbase::VENUE, &kraken::VENUE, &okx::VENUE];

/// A call, an answer to it that a document shows, and what a reply that says yes has to repeat.
pub struct Call {
    /// A file among the venue's fixtures.
    pub fixture: &'static str,
    decode: fn(&Response<'_>) -> Result<(), RestError>,
    /// Keys down to a value.
    echo: Option<(&'static [&'static str], &'static str)>,
}

const NO_ECHO: Option<(&[&str], &str)> = None;

/// What a venue, or something in front of it, may answer with.
pub const STATUSES: [u16; 16] = [200, 201, 299, 302, 400, 401, 403, 404, 409, 418, 429, 499, 500, 502, 503, 504];

/// Reads a body as the answer to a call, under a status, as it is and broken as the input says.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let venue = VENUES[usize::from(input.byte()) % VENUES.len()];
    let call = &venue.calls[usize::from(input.byte()) % venue.calls.len()];
    let status = STATUSES[usize::from(input.byte()) % STATUSES.len()];
    let (way, at) = (input.byte(), usize::from(input.byte()) << 8 | usize::from(input.byte()));
    let body = input.0;
    let body = match way % 4 {
        0 => body.to_vec(),
        1 => body[..at % (body.len() + 1)].to_vec(),
        2 => body.repeat(2),
        _ => [&b"[".repeat(at % 64), body, &b"]".repeat(at % 64)].concat(),
    };
    check(venue, call, status, &body);
}

/// What must be so of any body under any status.
pub fn check(venue: &Venue, call: &Call, status: u16, body: &[u8]) -> bool {
    let head = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n", body.len());
    let reply = [head.as_bytes(), body].concat();
    let mut reader = ResponseReader::new(reply.len());
    let outcome = (call.decode)(&reader.replay(&reply).expect("a whole reply"));
    let context = || format!("{outcome:?} of {} {status} {}", venue.fixtures, body.escape_ascii());

    match &outcome {
        Ok(()) => {
            assert!((venue.may_accept)(call.fixture, status), "{}", context());
            assert!(is_json(body), "{}", context());
            if let Some((keys, echo)) = call.echo {
                assert!(repeats(body, keys, echo), "{}", context());
            }
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && error.fate() != Fate::NotSent, "{}", context());
            assert!(error.fate() == Fate::Unknown || (venue.may_refuse)(status, body), "{}", context());
        }
    }
    outcome.is_ok()
}

/// Whether the value under these keys is this text, and each of them stands there once. A list on the way has one element.
fn repeats(body: &[u8], keys: &[&str], text: &str) -> bool {
    let mut value = std::str::from_utf8(body).expect("JSON is UTF-8").to_owned();
    for key in keys {
        let Ok(list) = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(&value) else {
            let [found] = values(value.as_bytes(), key)[..] else { return false };
            value = found.to_owned();
            continue;
        };
        let [element] = list[..] else { return false };
        let [found] = values(element.get().as_bytes(), key)[..] else { return false };
        value = found.to_owned();
    }
    value == format!("\"{text}\"")
}

/// What stands under a key of an object, each time that the key does.
fn values<'a>(object: &'a [u8], key: &str) -> Vec<&'a str> {
    let text = std::str::from_utf8(object).unwrap_or_default().trim_ascii();
    if !is_json(object) || !text.starts_with('{') {
        return Vec::new();
    }
    let of_key = pairs(text).0.into_iter().filter(|(name, _)| name == key.as_bytes());
    of_key.map(|(_, found)| found.get()).collect()
}
