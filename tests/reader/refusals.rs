//! Where this reader refuses what others take: `docs/refusals.md`, checked in both directions.

use std::collections::BTreeSet;

use orderwire::http::response::{Ending, HttpError};

use super::cases::{Case, Outcome};

/// The table, a row for each way in which we refuse, a column for each parser beside ours.
const TABLE: &str = include_str!("../../docs/refusals.md");

/// What another parser made of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub status: u16,
    pub body: Vec<u8>,
    /// Whether the connection may carry another request, where the parser says so.
    pub keep_alive: Option<bool>,
}

/// Compares a reply as we read it with how another parser did. The name of our refusal, if it is ours alone.
///
/// **Panics** where the other one took another reply, or refused one that we took.
pub fn compare(case: &Case, ours: &Outcome, theirs: Option<Taken>) -> Option<String> {
    // The others are not told how TLS ended.
    if case.ending == Ending::Truncated {
        return None;
    }
    match (ours, theirs) {
        (Outcome::Reply { status, body, keep_alive, .. }, Some(theirs)) => {
            assert_eq!((*status, body), (theirs.status, &theirs.body), "{case:?}");
            assert!(!keep_alive || theirs.keep_alive != Some(false), "kept open by us alone: {case:?}");
            None
        }
        (Outcome::Reply { .. }, None) => panic!("taken by us alone: {case:?}"),
        (Outcome::Error(_), None) => None,
        (Outcome::Error(error), Some(_)) => Some(name(*error)),
    }
}

/// The refusals that the table says are not shared by `parser`.
pub fn ours_alone(parser: &str) -> BTreeSet<String> {
    let mut rows = TABLE.lines().filter_map(cells);
    let column = rows.next().and_then(|head| head.iter().position(|cell| *cell == parser));
    let column = column.unwrap_or_else(|| panic!("no column for {parser}"));
    rows.filter(|row| row[column] == "takes it").map(|row| row[0].to_owned()).collect()
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|');
    Some(cells.map(|cell| cell.trim().trim_matches('`')).collect())
}

/// `Variant`, or `Variant fault` where there are many.
fn name(error: HttpError) -> String {
    let variant = |debug: String| debug.split([' ', '{']).next().unwrap_or_default().to_owned();
    match error {
        HttpError::Chunk { fault, .. } => format!("Chunk {}", variant(format!("{fault:?}"))),
        HttpError::Head { fault, .. } => format!("Head {}", variant(format!("{fault:?}"))),
        other => variant(format!("{other:?}")),
    }
}
