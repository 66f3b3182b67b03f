//! The flight recorder: the last requests and replies of each slot, for looking at after a bad moment.
//!
//! A ring a slot, all its room made with the client. After the reply the slot's holder copies request and reply into the next
//! place; whoever dumps copies the rings out. Neither waits: where a dump holds a ring just then, that one request is not
//! recorded, and is counted as missed.
//!
//! What is dumped is masked: the values of request headers but for a few that every request has, parameters whose name says
//! that they are a key or a signature, and any run of 40 letters and digits or more, as no order's field has and every key,
//! token and signature is. Rings are private and hidden in `Debug`; until a dump they hold what the slot's own buffers hold.

use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::SystemTime;

use crate::client::latency::Endpoint;
use crate::error::RestError;
use crate::http::response::Response;
use crate::latency::Timeline;

/// The last requests and replies of a client's slots.
#[derive(Clone)]
pub struct FlightRecorder {
    rings: Arc<[Ring]>,
}

impl FlightRecorder {
    pub(crate) fn new(slots: usize, entries: usize) -> Self {
        Self { rings: (0..slots).map(|_| Ring::new(entries)).collect() }
    }

    /// What is in the rings, masked, the oldest first. Allocates; never on the path.
    #[must_use]
    pub fn dump(&self) -> Vec<FlightRecord> {
        let mut records: Vec<_> = self.rings.iter().enumerate().flat_map(|(slot, ring)| ring.dump(slot)).collect();
        records.sort_by_key(|record| record.at);
        records
    }

    /// How many requests were not recorded because a dump was being made.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.rings.iter().map(|ring| ring.missed.load(Ordering::Relaxed)).sum()
    }

    #[inline]
    pub(crate) fn record(&self, slot: usize, flight: &Flight<'_>) {
        if let Some(ring) = self.rings.get(slot) {
            ring.record(flight);
        }
    }
}

impl fmt::Debug for FlightRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightRecorder").field("slots", &self.rings.len()).finish_non_exhaustive()
    }
}

/// One request and what came of it, as the slot knows it.
pub(crate) struct Flight<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) timeline: &'a Timeline,
    pub(crate) request: &'a [u8],
    pub(crate) reply: Option<Response<'a>>,
    pub(crate) error: Option<&'a RestError>,
}

struct Ring {
    places: Mutex<Places>,
    missed: AtomicU64,
}

struct Places {
    places: Box<[Place]>,
    next: usize,
}

/// Room for one request and its reply.
struct Place {
    /// `None` while it has never been filled.
    at: Option<SystemTime>,
    endpoint: Endpoint,
    timeline: Timeline,
    error: Option<RestError>,
    status: u16,
    request: Kept,
    reply: Kept,
}

/// Bytes in fixed room, and how many there were.
struct Kept {
    room: Box<[u8]>,
    filled: usize,
    all: usize,
}

impl Kept {
    fn new(bytes: usize) -> Self {
        // Not zeros: those the system would only promise, and deliver page by page while orders are answered.
        Self { room: vec![b' '; bytes].into(), filled: 0, all: 0 }
    }

    const fn clear(&mut self) {
        (self.filled, self.all) = (0, 0);
    }

    fn put(&mut self, bytes: &[u8]) {
        self.all += bytes.len();
        let room = &mut self.room[self.filled..];
        let part = bytes.len().min(room.len());
        room[..part].copy_from_slice(&bytes[..part]);
        self.filled += part;
    }

    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.room[..self.filled]);
        if self.all > self.filled { format!("{text}… ({} bytes in all)", self.all) } else { text.into_owned() }
    }
}

impl Ring {
    fn new(entries: usize) -> Self {
        let place = || Place {
            at: None,
            endpoint: Endpoint::FURTHER,
            timeline: Timeline::new(crate::latency::Stamps::Off),
            error: None,
            status: 0,
            request: Kept::new(REQUEST_BYTES_KEPT),
            reply: Kept::new(REPLY_BYTES_KEPT),
        };
        let places = (0..entries.max(1)).map(|_| place()).collect();
        Self { places: Mutex::new(Places { places, next: 0 }), missed: AtomicU64::new(0) }
    }

    fn record(&self, flight: &Flight<'_>) {
        let mut places = match self.places.try_lock() {
            Ok(places) => places,
            Err(TryLockError::Poisoned(places)) => places.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        let Places { places, next } = &mut *places;
        let at = *next;
        *next = (at + 1) % places.len();
        let place = &mut places[at];
        place.at = Some(SystemTime::now());
        place.endpoint = flight.endpoint;
        place.timeline = *flight.timeline;
        place.error = flight.error.copied();
        place.request.clear();
        place.request.put(flight.request);
        place.reply.clear();
        place.status = 0;
        if let Some(reply) = &flight.reply {
            place.status = reply.status();
            for (name, value) in reply.headers() {
                for part in [name.as_bytes(), b": ", value, b"\n"] {
                    place.reply.put(part);
                }
            }
            place.reply.put(b"\n");
            place.reply.put(reply.body());
        }
    }

    fn dump(&self, slot: usize) -> Vec<FlightRecord> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = places.places.iter().filter_map(|place| Some((place.at?, place)));
        filled
            .map(|(at, place)| FlightRecord {
                at,
                slot,
                endpoint: place.endpoint,
                timeline: place.timeline,
                error: place.error.map(|error| masked_runs(&error.to_string())),
                status: (place.status > 0).then_some(place.status),
                request: masked_request(&place.request.text()),
                reply: masked_reply(&place.reply.text()),
            })
            .collect()
    }
}

/// One request and what came of it, masked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlightRecord {
    /// When it ended.
    pub at: SystemTime,
    /// On which slot.
    pub slot: usize,
    /// Which call it was.
    pub endpoint: Endpoint,
    /// Its stages.
    pub timeline: Timeline,
    /// Why it failed; `None` where it did not.
    pub error: Option<String>,
    /// The reply's status; `None` without a whole reply.
    pub status: Option<u16>,
    /// The request as it was sent, masked.
    pub request: String,
    /// The reply's headers and body, masked.
    pub reply: String,
}

impl fmt::Display for FlightRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        write!(f, "{}.{:06} slot {} {}", since.as_secs(), since.subsec_micros(), self.slot, self.endpoint)?;
        for span in self.timeline.stamps().spans() {
            if let Some(ns) = self.timeline.between_ns(span.from, span.to) {
                write!(f, " {}={ns}ns", span.name)?;
            }
        }
        if let Some(error) = &self.error {
            write!(f, "\n! {error}")?;
        }
        for line in self.request.lines() {
            write!(f, "\n> {line}")?;
        }
        if let Some(status) = self.status {
            write!(f, "\n< {status}")?;
        }
        for line in self.reply.lines() {
            write!(f, "\n< {line}")?;
        }
        Ok(())
    }
}

/// A request line, headers and a body.
fn masked_request(text: &str) -> String {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.split("\r\n");
    let mut told = masked_parameters(lines.next().unwrap_or_default());
    for line in lines {
        told.push('\n');
        match line.split_once(": ") {
            Some((name, value)) if SHOWN_HEADERS.iter().any(|shown| name.eq_ignore_ascii_case(shown)) => {
                told.push_str(&masked_runs(&format!("{name}: {value}")));
            }
            Some((name, _)) => told.push_str(&format!("{name}: {MASK}")),
            None => told.push_str(&masked_runs(line)),
        }
    }
    told + "\n\n" + &masked_parameters(body)
}

fn masked_reply(text: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((name, _)) if name.eq_ignore_ascii_case("set-cookie") => format!("{name}: {MASK}"),
        _ => masked_parameters(line),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Hides the values of parameters and JSON members that are secret by their name, and runs that are secret by their length.
fn masked_parameters(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    // The text up to the next name's end, then its value.
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at + 1);
        let name = before[..at]
            .trim_end_matches('"')
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
            .next();
        let name: String = name.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
        told.push_str(&masked_runs(before));
        rest = after;
        if SECRET_NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            let opening = rest.len() - rest.trim_start_matches(['"', ' ']).len();
            let value =
                rest[opening..].find(['&', '"', ',', '}', ' ', '\r', '\n']).map_or(rest.len(), |end| opening + end);
            told.push_str(&rest[..opening]);
            told.push_str(MASK);
            rest = &rest[value..];
        }
    }
    told + &masked_runs(rest)
}

/// Hides runs of letters and digits, as base64 and percent-encoding have them, that are too long for any field of an order.
fn masked_runs(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '%' | '_');
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let hidden = run >= RUN_MIN && !is_path(&rest[..run]);
        told.push_str(if hidden { MASK } else { &rest[..run] });
        let gap = rest[run..].find(is_part).unwrap_or(rest.len() - run);
        told.push_str(&rest[run..run + gap]);
        rest = &rest[run + gap..];
    }
    told
}

/// Small letters and digits in short pieces: 40 characters of base64 are never that.
fn is_path(run: &str) -> bool {
    let is_piece =
        |piece: &str| piece.len() < RUN_MIN && piece.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    run.contains('/') && run.split('/').all(is_piece)
}

const MASK: &str = "***";

/// The shortest run that is hidden. Client order ids have 36 at most, and those of 36 have dashes in them; a signature has 43
/// (32 bytes in base64) or more.
const RUN_MIN: usize = 40;

/// Headers of a request whose value says nothing of the account.
const SHOWN_HEADERS: [&str; 6] = ["Host", "Accept", "Connection", "Content-Length", "Content-Type", "User-Agent"];

/// Names without their dashes and underscores, any case.
const SECRET_NAMES: [&str; 14] = [
    "accesskey",
    "accesssign",
    "accesstoken",
    "apikey",
    "apisecret",
    "apisign",
    "authorization",
    "key",
    "listenkey",
    "passphrase",
    "secret",
    "sign",
    "signature",
    "token",
];

/// An order's request has 300 to 700 bytes.
const REQUEST_BYTES_KEPT: usize = 1024;

/// An order's reply has 1,000 to 1,800 bytes with its head.
const REPLY_BYTES_KEPT: usize = 2048;

/// Requests one slot may keep: 3 KiB each.
pub(crate) const ENTRIES_MAX: usize = 65_536;
