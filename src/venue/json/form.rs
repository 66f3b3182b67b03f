//! Replies read by their form, which the slot's reader has learned from one before (`http::form`).
//!
//! **Why it says the same.** A form was learned from a body in which [`pick`](super::scan::pick) found these members. A body that
//! fits is as long, and differs from it only within strings without escapes and within whole numbers. Within a string stand plain
//! ASCII characters where there were such, so it ends where it ended; within a number stand digits where there were such, the first
//! of which is no zero. So each token is of the same kind and ends at the same place, and no key is another.

use core::fmt;

use super::scan::{blanks, end, pick};
use super::{Json, Kind};
use crate::http::form::{Form, PARTS_MAX, Part};
use crate::http::response::{Response, ResponseReader};

/// The members of a reply that is of the form of one before, of an [`Endpoint::FORM`](crate::venue::Endpoint::FORM); `None` where it is to
/// be [read in full](super::fill_whole_object).
#[inline]
pub fn by_form<'a, const N: usize>(response: &Response<'a>, names: &'static [&'static str; N]) -> Option<ByForm<'a>> {
    const { assert!(N <= PARTS_MAX, "a form has no room for so many members") };
    response.form(names).map(|form| ByForm { form, body: response.body() })
}

/// A reply of a form that is known, from [`by_form`]: where each of its members stands needs not be searched.
#[derive(Clone, Copy)]
pub struct ByForm<'a> {
    form: &'a Form,
    body: &'a [u8],
}

impl<'a> ByForm<'a> {
    /// The member whose name stands in this place among those that were asked for.
    #[inline]
    pub fn member(&self, place: usize) -> Option<Json<'a>> {
        let part = self.form.parts().get(place)?;
        let text = self.body.get(usize::from(part.from)..usize::from(part.to))?;
        Some(Json { text, kind: KINDS[usize::from(part.kind) % KINDS.len()] })
    }
}

/// Its length only: a body may hold what no log should.
impl fmt::Debug for ByForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by form ({} bytes)", self.body.len())
    }
}

/// Learns the form of the reply in this reader, which was decoded, unless it has one that is known.
#[inline]
pub(crate) fn learn(reader: &mut ResponseReader, names: &'static [&'static str]) {
    reader.learn_form(names, |body, form| mark(body, names, form));
}

/// Marks what may differ in another body of this form. `false`: it is no such object.
#[cold]
fn mark(body: &[u8], names: &'static [&'static str], form: &mut Form) -> bool {
    let mut members = [None; PARTS_MAX];
    let Some(members) = members.get_mut(..names.len()) else { return false };
    if pick(blanks(body), names, members).and_then(end).is_err() {
        return false;
    }
    for (place, member) in members.iter().enumerate() {
        let Some(Json { text, kind }) = *member else { continue };
        let from = text.as_ptr().addr() - body.as_ptr().addr();
        let (Ok(start), Ok(end)) = (u16::try_from(from), u16::try_from(from + text.len())) else { continue };
        let number = KINDS.iter().position(|other| *other == kind).unwrap_or_default();
        form.put(place, Part { from: start, to: end, kind: u8::try_from(number).unwrap_or_default() });
        match (kind, text) {
            (Kind::String, [_, inner @ .., _]) => {
                let plain = inner.iter().enumerate().filter(|(_, byte)| byte.is_ascii());
                plain.for_each(|(at, _)| form.free_text(from + 1 + at));
            }
            (Kind::Number, [b'1'..=b'9', rest @ ..]) if rest.iter().all(u8::is_ascii_digit) => {
                form.free(from, b'1', b'9');
                (1..=rest.len()).for_each(|at| form.free(from + at, b'0', b'9'));
            }
            _ => {}
        }
    }
    true
}

/// All kinds, by the number that a form has of each.
const KINDS: [Kind; 8] =
    [Kind::Array, Kind::EscapedString, Kind::False, Kind::Null, Kind::Number, Kind::Object, Kind::String, Kind::True];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{JsonError, whole_object};
    use super::*;

    static NAMES: [&str; 9] = ["symbol", "orderId", "list", "id", "price", "flag", "fills", "nothing", "text"];

    const BODY: &str = r#"{"symbol":"BTCUSDT","orderId":28457,"list":-1,"id":"x-7f","price":"20000.01000000", "rate":0.5,"flag":true,"fills":[{"a":"b"}],"nothing":null,"text":"a\"b","unread":"\u00e9x","wide":"éx","one":7}"#;

    fn response_of<'r>(reader: &'r mut ResponseReader, body: &str) -> Response<'r> {
        reader.replay(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap()
    }

    /// By form, or in full where it is of none.
    fn members_of<'r>(response: &Response<'r>) -> Result<[Option<Json<'r>>; NAMES.len()], JsonError> {
        match by_form(response, &NAMES) {
            Some(form) => Ok(std::array::from_fn(|place| form.member(place))),
            None => whole_object(response.body(), &NAMES),
        }
    }

    /// One that has learned the form of `body`.
    fn knows(body: &str) -> ResponseReader {
        let mut reader = ResponseReader::new(4_096);
        for _ in 0..2 {
            members_of(&response_of(&mut reader, body)).unwrap();
            learn(&mut reader, &NAMES);
        }
        reader
    }

    type Members = Result<[Option<(Kind, Vec<u8>)>; NAMES.len()], JsonError>;

    fn owned(members: [Option<Json<'_>>; NAMES.len()]) -> [Option<(Kind, Vec<u8>)>; NAMES.len()] {
        members.map(|member| member.map(|Json { text, kind }| (kind, text.to_vec())))
    }

    /// By a reader that has learned, and in full; and whether the first went by form.
    fn both(reader: &mut ResponseReader, body: &[u8]) -> (Members, Members, bool) {
        let mut wire = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        wire.extend(body);
        let response = reader.replay(&wire).unwrap();
        let by_form = members_of(&response).map(owned);
        (by_form, whole_object(body, &NAMES).map(owned), response.form(&NAMES).is_some())
    }

    #[test]
    fn every_byte_for_every_other() {
        let mut reader = knows(BODY);
        let mut by_form = 0;
        for at in 0..BODY.len() {
            for byte in 0..=u8::MAX {
                let mut other = BODY.as_bytes().to_vec();
                other[at] = byte;
                let (knows, fresh, went) = both(&mut reader, &other);
                assert_eq!(knows, fresh, "byte {byte:#04x} at {at}");
                by_form += usize::from(went);
            }
        }
        // Itself each time; 90 others for each of 25 characters, 8 and 4 times 9 for the digits of a number.
        assert_eq!(by_form, BODY.len() + 25 * 90 + 8 + 4 * 9);
    }

    #[test]
    fn what_came_twice_is_known_and_two_kinds_do_not_push_each_other_out() {
        let longer = BODY.replace("28457", "100000");
        let mut reader = knows(BODY);
        let goes_by_form = |reader: &mut ResponseReader, body: &str| {
            let response = response_of(reader, body);
            let went = response.form(&NAMES).is_some();
            learn(reader, &NAMES);
            went
        };
        assert!(goes_by_form(&mut reader, &BODY.replace("28457", "28458")));
        let told: Vec<bool> =
            [&longer, BODY, &longer, &longer, &longer].map(|body| goes_by_form(&mut reader, body)).into();
        assert_eq!(told, [false, true, false, false, true], "learned at the third, whatever fitted in between");
        // Names that say the same are not the same.
        static OTHERS: [&str; 9] = NAMES;
        assert!(response_of(&mut reader, &longer).form(&OTHERS).is_none() || core::ptr::eq(&NAMES, &OTHERS));
        for long in [FORM_BODY_TOO_LONG, 20] {
            let body = format!("{{\"symbol\":\"{}\"}}", "x".repeat(long));
            assert!((0..4).all(|_| !goes_by_form(&mut reader, &body)));
        }
    }

    /// How often these came in turn and were read in full, and how often one was learned then.
    fn in_turn(reader: &mut ResponseReader, bodies: &[&str], rounds: usize) -> (usize, usize) {
        let (mut missed, mut learned) = (0, 0);
        for body in bodies.iter().cycle().take(rounds * bodies.len()) {
            let is_read = response_of(reader, body).form(&NAMES).is_none();
            learn(reader, &NAMES);
            missed += usize::from(is_read);
            learned += usize::from(is_read && response_of(reader, body).form(&NAMES).is_some());
        }
        (missed, learned)
    }

    /// Orders that buy and sell in turn.
    #[test]
    fn two_lengths_in_turn_are_both_learned() {
        let longer = BODY.replace("28457", "100000");
        assert_eq!(in_turn(&mut ResponseReader::new(4_096), &[&longer, BODY], 1_000), (5, 2));
        assert_eq!(in_turn(&mut knows(BODY), &[&longer, BODY], 1_000), (3, 1));
    }

    #[test]
    fn more_lengths_in_turn_than_are_kept_are_learned_ever_seldomer() {
        let longer: Vec<_> = (5..12).map(|digits| BODY.replace("28457", &"1".repeat(digits))).collect();
        let longer: Vec<_> = longer.iter().map(String::as_str).collect();
        for kinds in 5..longer.len() {
            let (_, learned) = in_turn(&mut knows(BODY), &longer[..kinds], 400);
            assert!(learned <= 10, "{learned} of {kinds}");
        }
    }

    const FORM_BODY_TOO_LONG: usize = crate::http::form::FORM_BYTES_MAX;

    proptest! {
        #[test]
        fn reads_as_if_nothing_had_been_learned(
            edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(br#"05"9a{}[],:\ ut.-eE+"#.to_vec())), 0..5),
        ) {
            let mut body = BODY.as_bytes().to_vec();
            for (place, byte) in edits {
                let at = place.index(body.len());
                body[at] = byte;
            }
            let (knows, fresh, _) = both(&mut knows(BODY), &body);
            prop_assert_eq!(knows, fresh);
        }
    }
}
