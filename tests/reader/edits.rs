//! The cases, edited at random.

use orderwire::http::response::HttpError;
use proptest::prelude::*;

use super::cases::{Case, cases, error};

/// Pieces of replies that decide something.
const TOKENS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    ",",
    ";",
    ":",
    "0",
    "5",
    "F",
    "-",
    "+",
    "\0",
    "\u{e9}",
    "close",
    "chunked",
    "keep-alive",
    "identity",
    "gzip",
    "Content-Length: 5\r\n",
    "Content-Length: 6\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 ",
    "HTTP/1.1 100 C\r\n\r\n",
    "204",
    "304",
    "408",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "A: b\r\n",
];

#[derive(Clone, Debug)]
enum Edit {
    Cut { at: prop::sample::Index, length: usize },
    Double { at: prop::sample::Index, length: usize },
    Put { at: prop::sample::Index, token: &'static str },
    Set { at: prop::sample::Index, byte: u8 },
}

impl Edit {
    fn apply(&self, wire: &mut Vec<u8>) {
        let place = |at: &prop::sample::Index| at.index(wire.len() + 1);
        match self {
            Self::Cut { at, length } => {
                let at = place(at);
                wire.drain(at..(at + length).min(wire.len()));
            }
            Self::Double { at, length } => {
                let at = place(at);
                let part = wire[at..(at + length).min(wire.len())].to_vec();
                wire.splice(at..at, part);
            }
            Self::Put { at, token } => {
                let at = place(at);
                wire.splice(at..at, token.bytes());
            }
            Self::Set { at, byte } => {
                let at = place(at);
                if let Some(set) = wire.get_mut(at) {
                    *set = *byte;
                }
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        2 => (at(), 1..12_usize).prop_map(|(at, length)| Edit::Cut { at, length }),
        1 => (at(), 1..40_usize).prop_map(|(at, length)| Edit::Double { at, length }),
        4 => (at(), prop::sample::select(TOKENS)).prop_map(|(at, token)| Edit::Put { at, token }),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set { at, byte }),
    ]
}

/// One of the cases above with some edits.
pub fn edited() -> impl Strategy<Value = Case> {
    let cases = cases().into_iter().filter(|case| case.wire.len() < 2048).map(|case| (case.wire, case.head_request));
    (prop::sample::select(cases.collect::<Vec<_>>()), prop::collection::vec(edit(), 0..4)).prop_map(
        |((mut wire, head_request), edits)| {
            for edit in edits {
                edit.apply(&mut wire);
            }
            // What is expected is not known: `read` does not look at it.
            Case { head_request, ..error(wire, HttpError::NotClean) }
        },
    )
}
