//! Replies through llhttp and h11 beside ours: the same reply, or a refusal of ours that `docs/refusals.md` names.

#[path = "../../reader/cases.rs"]
mod cases;
#[path = "../../reader/edits.rs"]
mod edits;
#[expect(dead_code, reason = "pieces are for the reader's own tests")]
#[path = "../../reader/read.rs"]
mod read;
#[path = "../../reader/refusals.rs"]
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use cases::{Case, cases, cases_with_more_behind};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use refusals::{Taken, compare, ours_alone};

const PARSERS: [&str; 2] = ["llhttp", "h11"];

/// Each "takes it" of the table is met by a case, and no case meets another.
#[test]
fn the_table_says_what_they_take() {
    for (parser, refused_here_only) in compare_all(&[cases(), cases_with_more_behind()].concat()) {
        assert_eq!(refused_here_only.into_keys().collect::<BTreeSet<_>>(), ours_alone(parser), "{parser}");
    }
}

/// The same edits every time; `PROPTEST_CASES` asks for more and others.
#[test]
fn edited_replies_are_read_alike() {
    let (count, mut runner) = match std::env::var("PROPTEST_CASES") {
        Ok(count) => (count.parse().unwrap(), TestRunner::new(Config::default())),
        Err(_) => (20_000, TestRunner::deterministic()),
    };
    let edited = edits::edited();
    let cases: Vec<_> = (0..count).map(|_| edited.new_tree(&mut runner).unwrap().current()).collect();
    for (parser, refused_here_only) in compare_all(&cases) {
        let known = ours_alone(parser);
        let unknown = refused_here_only.iter().find(|(name, _)| !known.contains(*name));
        assert!(unknown.is_none(), "{parser} takes what the table does not say: {unknown:?}");
    }
}

/// What we refuse and others take, by parser, with an example.
fn compare_all(cases: &[Case]) -> BTreeMap<&'static str, BTreeMap<String, &Case>> {
    let answers = ask(cases);
    assert_eq!(answers.lines().count(), cases.len());
    let mut refused_here_only = BTreeMap::from(PARSERS.map(|parser| (parser, BTreeMap::new())));
    for (case, answer) in cases.iter().zip(answers.lines()) {
        let ours = read::read(case, [&case.wire[..]]);
        for answer in answer.split(", ") {
            let (parser, answer) = answer.split_once(' ').unwrap();
            if answer != "unasked"
                && let Some(name) = compare(case, &ours, taken(answer))
            {
                refused_here_only.get_mut(parser).unwrap().entry(name).or_insert(case);
            }
        }
    }
    refused_here_only
}

fn taken(answer: &str) -> Option<Taken> {
    let (status, rest) = answer.split_once(' ')?;
    let (connection, body) = rest.split_once(' ').unwrap();
    let body = HEX.decode(body.as_bytes()).unwrap();
    let keep_alive = (connection != "unsaid").then_some(connection == "open");
    Some(Taken { status: status.parse().unwrap(), body, keep_alive })
}

/// A line for each case, see `parsers.py`. `ORDERWIRE_PYTHON` names an interpreter that has the parsers.
fn ask(cases: &[Case]) -> String {
    let python = std::env::var("ORDERWIRE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/parsers.py");
    let mut process =
        Command::new(&python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    let mut stdin = process.stdin.take().unwrap();
    let lines: String = cases
        .iter()
        .map(|case| format!("{} {}\n", if case.head_request { "HEAD" } else { "GET" }, HEX.encode(&case.wire)))
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().ok();
    assert!(output.status.success(), "{python} needs httptools and h11: pip install -r .ci/requirements.txt");
    String::from_utf8(output.stdout).unwrap()
}
