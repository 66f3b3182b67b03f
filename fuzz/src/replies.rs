//! A whole reply, in pieces of any size, with a reader of any size, with one that has read a like reply before, beside hyper's
//! client.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use orderwire::http::response::{Ending, HttpError, Progress, RESPONSE_BYTES_DEFAULT, ResponseReader};

use crate::by_hyper::read_by_hyper;
use crate::cases::{Case, Outcome, error};
use crate::input::Input;
use crate::read::{assert_same, read, read_into};
use crate::refusals::{compare, ours_alone};

static REFUSED_BY_US_ALONE: LazyLock<BTreeSet<String>> = LazyLock::new(|| ours_alone("hyper"));

/// Reads what the input says, whole and in pieces, and compares.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let flags = input.byte();
    let piece = usize::from(input.byte()).max(1);
    let cut = usize::from(input.byte()) << 8 | usize::from(input.byte());
    let ending = if flags & 2 == 0 { Ending::Closed } else { Ending::Truncated };
    // What is expected of it nobody reads.
    let case = Case { head_request: flags & 1 == 1, ending, ..error(input.0, HttpError::NotClean) };

    let whole = read(&case, [&case.wire[..]]);
    let (first, second) = case.wire.split_at(cut % (case.wire.len() + 1));
    assert_same(&whole, &read(&case, [first, second]));
    assert_same(&whole, &read(&case, case.wire.chunks(piece)));
    assert_same(&whole, &read(&case, case.wire.chunks(1)));
    assert_grown(&whole, &case, piece);
    assert_forgotten(&case, cut, flags);
    if ending == Ending::Closed
        && let Some(refusal) = compare(&case, &whole, read_by_hyper(&case))
    {
        assert!(REFUSED_BY_US_ALONE.contains(&refusal), "{refusal} is not in the table: {case:?}");
    }
}

/// What a reader has read before never shows: it reads a reply that differs in one byte as a new reader does. A head of the last
/// one's shape is compared, not read, if it is long enough.
fn assert_forgotten(case: &Case, place: usize, byte: u8) {
    const FILLER: &[u8] = b"Filler: a head that is shorter than some sixty bytes is always read in full\r\n";
    let Some(line_end) = case.wire.windows(2).position(|pair| pair == b"\r\n") else { return };
    let (status_line, rest) = case.wire.split_at(line_end + 2);
    let mut case = Case { wire: [status_line, FILLER, rest].concat(), ..case.clone() };
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
    let Outcome::Reply { .. } = read_into(&mut reader, &case, [&case.wire[..]]) else { return };
    assert_eq!(read_into(&mut reader, &case, [&case.wire[..]]), read(&case, [&case.wire[..]]), "{case:?}");
    let place = place % case.wire.len();
    case.wire[place] = byte;
    assert_eq!(read_into(&mut reader, &case, [&case.wire[..]]), read(&case, [&case.wire[..]]), "{case:?}");
}

/// A reader that starts small and grows comes to the same.
fn assert_grown(whole: &Outcome, case: &Case, capacity: usize) {
    let mut reader = ResponseReader::new(capacity);
    reader.allow(RESPONSE_BYTES_DEFAULT);
    reader.start(case.head_request).expect("a new reader");
    let progress = match reader.push(&case.wire) {
        Ok(Progress::NeedMore) => reader.eof(case.ending),
        progress => progress,
    };
    match (whole, progress) {
        (Outcome::Reply { status, body, keep_alive, .. }, Ok(Progress::Complete)) => {
            let response = reader.response().expect("a whole reply");
            let got = (response.status(), response.body(), reader.keep_alive());
            assert_eq!(got, (*status, &body[..], *keep_alive), "{case:?}");
        }
        // How much was needed at least may show later or sooner; so may how much came behind.
        (Outcome::Error(HttpError::TooLarge { .. }), Err(HttpError::TooLarge { .. }))
        | (Outcome::Error(HttpError::Stray { .. }), Err(HttpError::Stray { .. })) => {}
        (Outcome::Error(expected), Err(error)) => assert_eq!(*expected, error, "{case:?}"),
        (expected, got) => panic!("{got:?} and not {expected:?} of {case:?}"),
    }
}
