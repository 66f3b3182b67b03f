//! Writes the seed corpora: `cargo run --bin seeds -- DIR` makes a folder in `DIR` for each target.

use std::fs;
use std::path::Path;

use orderwire::internals::{ALERT, CHANGE_CIPHER_SPEC, DATA, HANDSHAKE, key_update, new_session_ticket};
use orderwire::venue::json::DEPTH_MAX;
use orderwire_fuzz::cases::{Case, cases, cases_with_more_behind, chunked};
use orderwire_fuzz::records::Op;
use orderwire_fuzz::venue::{STATUSES, VENUES, check};

fn main() {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    write(&Path::new(&dir).join("record_open"), &records());
    write(&Path::new(&dir).join("post_handshake"), &messages());
    write(&Path::new(&dir).join("response_reader"), &replies());
    write(&Path::new(&dir).join("chunked"), &chunks());
    write(&Path::new(&dir).join("request_writer"), &requests());
    write(&Path::new(&dir).join("json"), &json());
    write(&Path::new(&dir).join("reply_form"), &forms());
    write(&Path::new(&dir).join("venue_reply"), &venue());
}

fn write(dir: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(dir).expect("a directory can be made");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(dir.join(format!("seed-{number:03}")), seed).expect("a file can be written");
    }
    println!("{}: {} seeds", dir.display(), seeds.len());
}

fn records() -> Vec<Vec<u8>> {
    let scripts: Vec<Vec<Op>> = vec![
        vec![],
        vec![Op::Reply, Op::Data(200, 0), Op::Data(1, 30)],
        vec![Op::Ticket(184, 200), Op::Ticket(184, 1), Op::Release, Op::Reply, Op::Data(9, 0), Op::Ticket(40, 7)],
        vec![
            Op::KeyUpdate(1, 5),
            Op::Reply,
            Op::Data(20, 0),
            Op::KeyUpdate(0, 1),
            Op::Data(20, 0),
            Op::KeyUpdate(1, 2),
        ],
        vec![Op::KeyUpdate(1, 5), Op::Release, Op::KeyUpdate(1, 5), Op::Reply, Op::Data(3, 3)],
        vec![Op::Record(DATA, vec![], 5), Op::Reply, Op::Record(DATA, vec![], 0), Op::Data(1, 0)],
        vec![Op::Reply, Op::Record(ALERT, vec![1, 90], 0), Op::Data(5, 0), Op::Record(ALERT, vec![2, 40], 0)],
        vec![Op::Record(ALERT, vec![1, 0], 0)],
        vec![Op::Data(5, 0)],
        vec![Op::Reply, Op::Record(HANDSHAKE, new_session_ticket(9)[..6].to_vec(), 0), Op::Data(1, 0)],
        vec![
            Op::Reply,
            Op::Record(HANDSHAKE, [new_session_ticket(9), key_update(1).to_vec()].concat(), 0),
            Op::Data(1, 0),
        ],
        vec![Op::Reply, Op::Record(HANDSHAKE, vec![13, 0, 0, 1, 0], 0)],
        vec![Op::Reply, Op::Record(CHANGE_CIPHER_SPEC, vec![1], 0)],
        vec![Op::Reply, Op::Seal([DATA, 3, 3], vec![0; 9])],
        vec![Op::Reply, Op::Seal([DATA, 3, 4], vec![1, DATA])],
        vec![Op::Reply, Op::Raw(vec![CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1]), Op::Data(1, 0)],
        vec![Op::Reply, Op::Raw(vec![DATA, 3, 3, 0, 17])],
        [vec![Op::Reply], vec![Op::Data(255, 255); 60]].concat(),
        [vec![Op::Reply], vec![Op::KeyUpdate(1, 5); 34]].concat(),
        [vec![Op::Reply], vec![Op::Record(DATA, vec![], 0); 34]].concat(),
    ];
    let mut seeds = Vec::new();
    for (number, script) in (0..).zip(scripts) {
        for at_once in [0, 1, 60] {
            let mut seed = vec![number, at_once];
            script.iter().for_each(|op| op.write(&mut seed));
            seeds.push(seed);
        }
    }
    seeds
}

/// Parts of up to 255 bytes, each behind its length; 1 takes the tickets.
fn messages() -> Vec<Vec<u8>> {
    let parts = |message: &[u8], part: usize| -> Vec<u8> {
        // A part of one byte cannot be said: 1 has a meaning.
        message
            .chunks(part)
            .filter(|part| part.len() > 1)
            .flat_map(|part| [&[u8::try_from(part.len()).expect("a short part")], part].concat())
            .collect()
    };
    let (ticket, update) = (new_session_ticket(184), key_update(1));
    vec![
        parts(&ticket, 255),
        [parts(&ticket, 2), vec![1], parts(&ticket, 50)].concat(),
        parts(&update, 255),
        [parts(&[&ticket[..], &update].concat(), 255), parts(&update, 3)].concat(),
        parts(&[&update[..], &ticket].concat(), 255),
        [parts(&[4, 0, 9, 0], 4), vec![0; 4], vec![1, 0]].concat(),
        [parts(&[4, 0, 0x0a, 0xbc], 4), vec![0; 4], parts(&ticket, 200)].concat(),
        parts(&[13, 0, 0, 0], 4),
        parts(&[update; 40].concat(), 5),
    ]
}

/// Longest reply among the seeds: what is longer only shows that it is too long.
const REPLY_BYTES_MAX: usize = 2048;

fn all_cases() -> impl Iterator<Item = Case> {
    cases().into_iter().chain(cases_with_more_behind()).filter(|case| case.wire.len() <= REPLY_BYTES_MAX)
}

/// The replies of the reader's tests.
fn replies() -> Vec<Vec<u8>> {
    all_cases().map(|case| [&[u8::from(case.head_request), 7, 0, 40], &case.wire[..]].concat()).collect()
}

/// Those of them that are chunked, without the head.
fn chunks() -> Vec<Vec<u8>> {
    let head = chunked("");
    all_cases().filter_map(|case| Some([&[3], case.wire.strip_prefix(&head[..])?].concat())).collect()
}

/// Requests as venues want them, and each step once.
fn requests() -> Vec<Vec<u8>> {
    // What is counted stands behind its length.
    let counted = |text: &[u8]| [&[u8::try_from(text.len()).expect("a short text")], text].concat();
    let request = |start: [u8; 3], path: &str, steps: &[(&[u8], &[&[u8]])]| {
        let mut seed = [&start[..], &counted(path.as_bytes())].concat();
        for (step, texts) in steps {
            seed.extend(*step);
            texts.iter().for_each(|text| seed.extend(counted(text)));
        }
        seed
    };
    let (delete, get, post) = (0, 1, 4);
    vec![
        request([0, 0, get], "/time", &[]),
        request([0, 0, post], "/order", &[(b"?", &[]), (b"=", &[b"symbol", b"BTCUSDT"]), (b"p", &[b"&x=1"])]),
        request(
            [0, 3, delete],
            "/sapi/v1",
            &[(b"/", &["a b/\u{20ac}".as_bytes()]), (b"?#", &[b"n"]), (b"\0\0\0\0\0\x01\0\0", &[])],
        ),
        request([9, 2, post], "", &[(b"g", &[b"/gap"]), (b"?g", &[b"s=1"]), (b"x", &[b"\xff\0"]), (b"7", &[b"sig"])]),
        request(
            [0, 2, post],
            "/v5",
            &[(b"h", &[b"SIGN"]), (b"g", &[b"abc"]), (b"6", &[b"+/="]), (b"BuABCDEFGHdABCDEFGH\x03", &[])],
        ),
        request([0, 0, post], "/v5", &[(b"H", &[b"Content-Type", b"application/json"]), (b"b", &[b"{\"px\":1}"])]),
        request([0, 1, get], "/a", &[(b"%", &[b"%\r\n"]), (b"H", &[b"X", b"a\tb"]), (b"H", &[b"X", b""])]),
        request([0, 0, post], "/a b", &[(b"p", &[b"\r\nHost: evil"])]),
        request([0, 0, post], "/a", &[(b"H", &[b"Transfer-Encoding", b"chunked"])]),
        request([0, 0, post], "/a", &[(b"H", &[b"A", b"b\r\n\r\nGET / HTTP/1.1"])]),
        request([0, 0, post], "/a", &[(b"B", &[]), (b"p", &[b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"])]),
        request([0, 0, post], "/a", &[(b"?G\x04", &[])]),
        request([0, 0, post], "/a", &[(b"W", &[])]),
    ]
}

/// Bodies that are JSON or nearly.
fn json() -> Vec<Vec<u8>> {
    let texts = [
        "",
        " [ 1, -0.5e+7 , true,false,null ] ",
        r#"{"a":1,"a":2,"co\u0064e":"\ud83d\ude00\ud800","":{"":[]}}"#,
        r#"{"clientOrderId":"x","b":"}","code":[{}]}"#,
        r#""\"\\\/\b\f\n\r\t""#,
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}}}"#,
        "[1,]",
        r#"{"a":1,}"#,
        "01",
        "1.",
        "\"\u{1}\"",
        "{}{}",
        "\u{feff}{}",
    ];
    let mut seeds: Vec<_> = texts.iter().map(|text| [b"\0", text.as_bytes()].concat()).collect();
    // At the limit and one beyond it, of objects, and of both in turn.
    for depth in [DEPTH_MAX as usize, DEPTH_MAX as usize + 1] {
        let nested = |open: &str, inner: &str, close: &str, times: usize| {
            [&b"\0"[..], open.repeat(times).as_bytes(), inner.as_bytes(), close.repeat(times).as_bytes()].concat()
        };
        seeds.push(nested("{\"a\":", "1", "}", depth));
        seeds.push(nested("[{\"a\":", if depth % 2 == 0 { "1" } else { "[]" }, "}]", depth / 2));
        seeds.push(nested("[1,", "2", ",3]", depth));
    }
    // Repeated to a megabyte, see `json::play`.
    seeds.extend(
        [&b"["[..], b"{\"a\":", b"[{\"a\":"]
            .map(|unit| [&[255, u8::try_from(unit.len()).expect("short")], unit].concat()),
    );
    let calls = VENUES.iter().flat_map(|venue| venue.calls.iter().map(|call| body(venue.fixtures, call.fixture)));
    seeds.extend(calls.map(|answer| [b"\0", &answer[..]].concat()));
    seeds
}

/// Each call's documented answer, as it is and with a digit and a letter elsewhere.
fn forms() -> Vec<Vec<u8>> {
    let calls = VENUES.iter().flat_map(|venue| venue.calls.iter().map(|call| body(venue.fixtures, call.fixture)));
    calls
        .flat_map(|answer| [&b"\0"[..], b"\x02\x1e\0\x37\x42\0\x78"].map(|changes| [changes, &answer].concat()))
        .collect()
}

/// Each call's documented answer as it is and cut, doubled and nested, and each documented refusal. Panics where an answer
/// is not taken.
fn venue() -> Vec<Vec<u8>> {
    let status_at = |status: u16| {
        let at = STATUSES.iter().position(|each| *each == status).expect("among those tried");
        u8::try_from(at).expect("few")
    };
    let mut seeds = Vec::new();
    for (place, venue) in (0..).zip(VENUES) {
        for (number, call) in (0..).zip(venue.calls) {
            let answer = body(venue.fixtures, call.fixture);
            assert!(check(venue, call, 200, &answer), "{} of {} is refused", call.fixture, venue.fixtures);
            for way in 0..4 {
                seeds.push([&[place, number, status_at(200), way, 0, 33], &answer[..]].concat());
            }
            for (status, refusal) in venue.refusals {
                let refusal = body(venue.fixtures, refusal);
                seeds.push([&[place, number, status_at(*status), 0, 0, 0], &refusal[..]].concat());
            }
        }
    }
    seeds
}

/// The body of one of a venue's fixtures.
fn body(venue: &str, fixture: &str) -> Vec<u8> {
    let exchanges = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exchanges");
    let reply = exchanges.join(venue).join("tests/fixtures").join(format!("{fixture}.http"));
    let reply = fs::read_to_string(reply).expect("a fixture");
    reply.split_once("\r\n\r\n").expect("a head and a body").1.as_bytes().to_vec()
}
