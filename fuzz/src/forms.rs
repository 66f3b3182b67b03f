//! A reply by the form of one before: beside serde_json, and beside a reader that knows no form.

use orderwire::internals::learn_form;
use orderwire::venue::json::{Json, JsonError, by_form, whole_object};
use orderwire::{Response, ResponseReader};

use crate::input::Input;
use crate::json::{is_json, pairs};

static NAMES: [&str; 8] = ["symbol", "orderId", "clientOrderId", "price", "fills", "code", "a", "none"];

/// Longer than any body of which a form is kept.
const BODY_BYTES_MAX: usize = 2_000;

/// Learns the form of a body, changes some bytes of it, and reads that.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let changes: Vec<_> = (0..input.byte() % 6).map(|_| ([input.byte(), input.byte()], input.byte())).collect();
    let body = input.bytes(BODY_BYTES_MAX);
    let mut reader = ResponseReader::new(2 * BODY_BYTES_MAX);
    for _ in 0..2 {
        if members(&response(&mut reader, body)).is_err() {
            return;
        }
        learn_form(&mut reader, &NAMES);
    }
    let mut changed = body.to_vec();
    for (at, byte) in changes {
        let at = usize::from(u16::from_le_bytes(at)) % changed.len();
        changed[at] = byte;
    }

    let read = members(&response(&mut reader, &changed));
    let expected = whole_object(&changed, &NAMES);
    assert_eq!(read, expected, "{}", changed.escape_ascii());
    let Ok(members) = read else { return };
    assert!(is_json(&changed), "{}", changed.escape_ascii());
    let text = std::str::from_utf8(&changed).expect("JSON is UTF-8");
    let pairs = pairs(text).0;
    for (name, member) in NAMES.iter().zip(members) {
        let there = pairs.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value.get());
        assert_eq!(member.map(|member| member.text()), there, "{name} of {text}");
    }
}

/// By form, or in full where it is of none.
fn members<'r>(response: &Response<'r>) -> Result<[Option<Json<'r>>; NAMES.len()], JsonError> {
    match by_form(response, &NAMES) {
        Some(form) => Ok(std::array::from_fn(|place| form.member(place))),
        None => whole_object(response.body(), &NAMES),
    }
}

fn response<'r>(reader: &'r mut ResponseReader, body: &[u8]) -> Response<'r> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    reader.replay(&[head.as_bytes(), body].concat()).expect("a whole reply")
}
