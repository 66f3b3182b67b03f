//! The same records through our layer and rustls's: the same plaintext, or both refuse.
//!
//! A case is a script; for each layer it is sealed with the keys of a handshake of its own and fed in the same parts. Ours
//! is stricter in what `stricter_than_rustls` names, and sooner where a header alone shows that a record cannot be right.

use std::sync::LazyLock;

use proptest::prelude::*;
use rustls::crypto::aws_lc_rs::cipher_suite;

use super::peer::{Script, Venue, land, reading};
use super::record::{Records, TlsRecords};
use super::script::{ALERT, DATA, HANDSHAKE, key_update, new_session_ticket};
use crate::exchange::CloseReason;
use crate::http::response::{HttpError, Progress, ResponseReader};

const REQUEST: &[u8] = b"POST /order HTTP/1.1\r\n\r\n";
const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n7\r\n defghi\r\n0\r\n\r\n";

static VENUES: LazyLock<[Venue; 3]> = LazyLock::new(|| {
    [
        cipher_suite::TLS13_AES_128_GCM_SHA256,
        cipher_suite::TLS13_AES_256_GCM_SHA384,
        cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ]
    .map(|suite| Venue::speaking(&[&rustls::version::TLS13], Some(suite)))
});

/// What a peer does.
#[derive(Clone, Debug)]
enum Part {
    /// A record: type, content, bytes of padding.
    Record(u8, Vec<u8>, usize),
    /// A KeyUpdate message in records of so many bytes, and the key that comes with it.
    KeyUpdate { requested: u8, part: usize },
    /// A ticket of so many bytes, in records of so many.
    Ticket { bytes: u16, part: usize },
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// What somebody on the way does to the records.
#[derive(Clone, Debug)]
enum Tamper {
    Drop(usize),
    Flip(usize, usize),
    /// Puts a value at a byte of a record.
    Header(usize, usize, u8),
    Replay(usize),
    Swap(usize, usize),
}

fn records(script: &mut Script, parts: &[Part]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    for part in parts {
        match part {
            Part::Record(kind, content, padding) => records.push(script.ours.record(*kind, content, *padding)),
            Part::KeyUpdate { requested, part } => {
                let message = key_update(*requested);
                records.extend(message.chunks(*part).map(|bytes| script.ours.record(HANDSHAKE, bytes, 0)));
                script.change_key();
            }
            Part::Ticket { bytes, part } => {
                let message = new_session_ticket(*bytes);
                records.extend(message.chunks(*part).map(|bytes| script.ours.record(HANDSHAKE, bytes, 2)));
            }
            Part::Bytes(bytes) => records.push(bytes.clone()),
        }
    }
    records
}

fn tamper(records: &mut Vec<Vec<u8>>, how: &Tamper) {
    let count = records.len().max(1);
    match *how {
        _ if records.is_empty() => {}
        Tamper::Drop(at) => drop(records.remove(at % count)),
        Tamper::Flip(at, bit) => {
            let record = &mut records[at % count];
            // Not type and version: there ours is stricter.
            let byte = (bit / 8 % record.len()).max(3);
            record[byte] ^= 1 << (bit % 8);
        }
        Tamper::Header(at, byte, value) => records[at % count][byte] = value,
        Tamper::Replay(at) => records.insert(at % count, records[at % count].clone()),
        Tamper::Swap(one, other) => records.swap(one % count, other % count),
    }
}

/// How a case ended, in words both layers share.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Reply(Vec<u8>),
    Http(HttpError),
    Closed,
    Stray,
    Refused,
}

impl From<CloseReason> for Outcome {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Http(error) => Self::Http(error),
            CloseReason::PeerClosed => Self::Closed,
            CloseReason::Stray => Self::Stray,
            CloseReason::Record(_) | CloseReason::Tls(_) => Self::Refused,
            other => panic!("{other:?} of records"),
        }
    }
}

#[derive(Clone, Debug)]
struct Case {
    suite: usize,
    at_rest: Vec<Part>,
    reply: Vec<Part>,
    tampered: Option<Tamper>,
    /// Bytes that arrive at once.
    at_once: Vec<usize>,
}

/// Feeds `stream` in the case's parts until the reply is whole; without a reader, all of it at rest.
fn feed(
    case: &Case,
    stream: &[u8],
    client: &mut Records,
    mut reader: Option<&mut ResponseReader>,
) -> Result<Progress, CloseReason> {
    let (mut rest, mut sizes) = (stream, case.at_once.iter().cycle());
    let mut progress = Progress::NeedMore;
    while !rest.is_empty() && progress == Progress::NeedMore {
        let room = client.landing(&mut ResponseReader::new(1)).len();
        let (part, behind) = rest.split_at((*sizes.next().unwrap()).min(rest.len()).min(room));
        land(client, part);
        match &mut reader {
            Some(reader) => progress = client.open(part.len(), reader)?,
            None => client.at_rest(part.len())?,
        }
        rest = behind;
    }
    Ok(progress)
}

/// What one layer made of a case.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    outcome: Outcome,
    /// Why the connection can have no further request.
    end: Option<Outcome>,
    /// Type and content of the client's records.
    sent: Vec<(u8, Vec<u8>)>,
}

fn play(case: &Case, layer: TlsRecords) -> Played {
    let (mut client, mut script) = VENUES[case.suite].scripted(layer);
    let (mut reader, mut sent) = (reading(), Vec::new());
    let outcome = play_on(case, &mut client, &mut script, &mut reader, &mut sent).unwrap_or_else(Outcome::from);
    Played { outcome, end: client.end().copied().map(Outcome::from), sent }
}

fn play_on(
    case: &Case,
    client: &mut Records,
    script: &mut Script,
    reader: &mut ResponseReader,
    sent: &mut Vec<(u8, Vec<u8>)>,
) -> Result<Outcome, CloseReason> {
    let _rested = feed(case, &records(script, &case.at_rest).concat(), client, None)?;
    client.seal(REQUEST)?;
    *sent = script.opened(client.outgoing(b""));
    client.sent();
    let mut reply = records(script, &case.reply);
    if let Some(how) = &case.tampered {
        tamper(&mut reply, how);
    }
    let progress = feed(case, &reply.concat(), client, Some(reader))?;
    if progress == Progress::NeedMore {
        let _ended = client.closed(reader)?;
    }
    Ok(Outcome::Reply(reader.response().unwrap().body().to_vec()))
}

/// What ours made of it; rustls's made the same.
fn both(case: &Case) -> Played {
    let (ours, rustls) = (play(case, TlsRecords::InPlace), play(case, TlsRecords::Buffered));
    let is_reply = |played: &Played| matches!(played.outcome, Outcome::Reply(_));
    if case.tampered.is_none() || is_reply(&ours) || is_reply(&rustls) {
        assert_eq!(ours.outcome, rustls.outcome, "{case:?}");
    }
    // What is behind a whole reply may be known to be wrong before it is whole.
    assert!(ours.end == rustls.end || rustls.end.is_none(), "{:?} and {:?} of {case:?}", ours.end, rustls.end);
    assert_eq!(ours.sent, rustls.sent, "{case:?}");
    ours
}

/// The reply cut into records at random, other records in between.
fn reply() -> impl Strategy<Value = Vec<Part>> {
    let good = prop_oneof![
        4 => (1..60_usize, 0..50_usize).prop_map(|(bytes, padding)| Part::Record(DATA, vec![0; bytes], padding)),
        1 => Just(Part::Record(DATA, Vec::new(), 3)),
        2 => (0..2_u8, 1..6_usize).prop_map(|(requested, part)| Part::KeyUpdate { requested, part }),
        2 => (1..600_u16, 1..300_usize).prop_map(|(bytes, part)| Part::Ticket { bytes, part }),
        1 => Just(Part::Record(ALERT, vec![1, 90], 0)),
    ];
    proptest::collection::vec(good, 0..12).prop_map(|mut parts| {
        let (mut rest, mut alerts) = (REPLY, 0);
        parts.retain(|part| {
            alerts += usize::from(matches!(part, Part::Record(ALERT, ..)));
            alerts <= 4 || !matches!(part, Part::Record(ALERT, ..))
        });
        for part in &mut parts {
            if let Part::Record(DATA, content, _) = part {
                let (taken, behind) = rest.split_at(content.len().min(rest.len()));
                *content = taken.to_vec();
                rest = behind;
            }
        }
        parts.push(Part::Record(DATA, rest.to_vec(), 0));
        parts
    })
}

/// What makes a peer's records wrong, or its connection end.
fn bad() -> impl Strategy<Value = Part> {
    prop_oneof![
        (0..4_u8, any::<u8>()).prop_map(|(level, code)| Part::Record(ALERT, vec![level, code], 0)),
        (any::<u8>(), 1..20_usize).prop_map(|(kind, bytes)| Part::Record(kind, vec![1; bytes], 0)),
        proptest::collection::vec(any::<u8>(), 1..20).prop_map(|message| Part::Record(HANDSHAKE, message, 0)),
        Just(Part::Bytes(vec![20, 3, 3, 0, 1, 1])),
        Just(Part::Record(DATA, b"stray".to_vec(), 0)),
        (1..30_usize).prop_map(|bytes| Part::Record(HANDSHAKE, new_session_ticket(40)[..bytes].to_vec(), 0)),
        Just(Part::Record(DATA, vec![0; 16_385], 0)),
        Just(Part::Record(0, Vec::new(), 3)),
    ]
}

fn at_once() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![1]), Just(vec![16_000]), proptest::collection::vec(1..200_usize, 1..5)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn good_records_give_the_same_reply(suite in 0..3_usize, reply in reply(), at_once in at_once()) {
        let case = Case { suite, at_rest: Vec::new(), reply, tampered: None, at_once };
        let outcome = Outcome::Reply(b"abc defghi".to_vec());
        prop_assert_eq!(both(&case), Played { outcome, end: None, sent: vec![(DATA, REQUEST.to_vec())] });
    }

    #[test]
    fn bad_records_are_refused_by_both(
        suite in 0..3_usize,
        mut reply in reply(),
        bad in bad(),
        at in any::<proptest::sample::Index>(),
        at_once in at_once(),
    ) {
        reply.insert(at.index(reply.len() + 1), bad);
        both(&Case { suite, at_rest: Vec::new(), reply, tampered: None, at_once });
    }

    #[test]
    fn records_that_were_tampered_with_are_refused_by_both(
        suite in 0..3_usize,
        reply in reply(),
        tampered in prop_oneof![
            any::<usize>().prop_map(Tamper::Drop),
            any::<(usize, usize)>().prop_map(|(at, bit)| Tamper::Flip(at, bit)),
            any::<usize>().prop_map(Tamper::Replay),
            any::<(usize, usize)>().prop_map(|(one, other)| Tamper::Swap(one, other)),
        ],
        at_once in at_once(),
    ) {
        both(&Case { suite, at_rest: Vec::new(), reply, tampered: Some(tampered), at_once });
    }

    #[test]
    fn at_rest_they_allow_the_same(
        suite in 0..3_usize,
        at_rest in proptest::collection::vec(
            prop_oneof![
                4 => (0..2_u8, 1..6_usize).prop_map(|(requested, part)| Part::KeyUpdate { requested, part }),
                4 => (1..600_u16, 1..300_usize).prop_map(|(bytes, part)| Part::Ticket { bytes, part }),
                1 => Just(Part::Record(DATA, Vec::new(), 3)),
                1 => bad(),
            ],
            0..8,
        ),
        at_once in at_once(),
    ) {
        let reply = vec![Part::Record(DATA, REPLY.to_vec(), 0)];
        both(&Case { suite, at_rest, reply, tampered: None, at_once });
    }
}

#[test]
fn a_key_update_at_rest_is_answered_once_by_both() {
    for requested in [&[0][..], &[1], &[1, 0], &[0, 1, 1]] {
        let at_rest = requested.iter().map(|requested| Part::KeyUpdate { requested: *requested, part: 3 }).collect();
        let reply = vec![Part::Record(DATA, REPLY.to_vec(), 0)];
        let Played { outcome, sent, .. } = both(&Case { suite: 1, at_rest, reply, tampered: None, at_once: vec![7] });
        assert!(matches!(outcome, Outcome::Reply(_)));
        let answer = (HANDSHAKE, key_update(0).to_vec());
        let answers = usize::from(requested.contains(&1));
        assert_eq!(sent, [vec![answer; answers], vec![(DATA, REQUEST.to_vec())]].concat());
    }
}

#[test]
fn every_alert_means_the_same_to_both() {
    let warnings = [0, 10, 40, 90, 100, 255].map(|code| (1, code));
    for (level, code) in (0..=255).map(|code| (2, code)).chain(warnings) {
        let reply = vec![Part::Record(ALERT, vec![level, code], 0), Part::Record(DATA, REPLY.to_vec(), 0)];
        both(&Case { suite: 0, at_rest: Vec::new(), reply, tampered: None, at_once: vec![16_000] });
    }
}

#[test]
fn they_count_empty_records_and_key_updates_alike() {
    for (part, most) in [(Part::Record(DATA, Vec::new(), 1), 32), (Part::KeyUpdate { requested: 1, part: 5 }, 32)] {
        for (count, ends_well) in [(most, true), (most + 1, false)] {
            let mut reply = vec![part.clone(); count];
            reply.push(Part::Record(DATA, REPLY.to_vec(), 0));
            let case = Case { suite: 0, at_rest: Vec::new(), reply, tampered: None, at_once: vec![5000] };
            assert_eq!(matches!(both(&case).outcome, Outcome::Reply(_)), ends_well, "{count} of {part:?}");
        }
    }
}

#[test]
fn stricter_than_rustls() {
    let differ = |reply: Vec<Part>, tampered: Option<Tamper>| {
        let case = Case { suite: 0, at_rest: Vec::new(), reply, tampered, at_once: vec![16_000] };
        assert_eq!(play(&case, TlsRecords::InPlace).outcome, Outcome::Refused, "{case:?}");
        assert!(matches!(play(&case, TlsRecords::Buffered).outcome, Outcome::Reply(_)), "{case:?}");
    };
    let reply = || Part::Record(DATA, REPLY.to_vec(), 0);
    // RFC 8446 section 5.2: the header is sealed as it stands. rustls takes what it should be for what it is.
    for (byte, value) in [(0, ALERT), (0, HANDSHAKE), (2, 1), (2, 4)] {
        differ(vec![reply()], Some(Tamper::Header(0, byte, value)));
    }
    // RFC 8446 section 5.4: handshake records without content.
    differ(vec![Part::Record(HANDSHAKE, Vec::new(), 0), reply()], None);
    // More tickets in a row than any server sends.
    differ([vec![Part::Ticket { bytes: 10, part: 100 }; 33], vec![reply()]].concat(), None);
}
