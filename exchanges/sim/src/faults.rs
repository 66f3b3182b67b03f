//! The bad days a venue can be asked to have: what each fault is called, when it strikes, and what then goes over the wire.
//!
//! A fault strikes a connection (as it is made), or a request that changes something (any method but GET): then before the
//! dialect sees it, or after, in its reply. Positions are bytes of the request or reply as HTTP has them, before TLS; in the
//! handshake they are bytes of the server's own.
//!
//! What the venue itself says on such a day, its dialect knows; a fault that it has no words for strikes nothing there.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::watch;

use crate::dialect::Api;
use crate::instrument::mix;
use crate::venue::Reply;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident $({ $field:ident = $default:literal })? = $name:literal, $strikes:ident;)*) => {
        /// A fault the venue commits on request, so that a strategy's own tests meet a bad day.
        ///
        /// On the command line its name may be followed by `:` and options, separated by commas: `at=BYTE` or `ms=N` where it
        /// has such a number (`any` draws one for each strike), and how often it strikes: `every=N`, `rate=PERCENT`, `times=N`.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$doc])* $variant $({
                /// Which byte, or how many milliseconds.
                $field: u64
            })?,)*
        }

        impl Fault {
            /// Every fault, with its usual numbers.
            pub const ALL: &[Self] = &[$(Self::$variant $({ $field: $default })?),*];

            /// What it is called on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant $({ $field: _ })? => $name,)*
                }
            }

            pub(crate) const fn strikes(self) -> Strikes {
                match self {
                    $(Self::$variant $({ $field: _ })? => Strikes::$strikes,)*
                }
            }

            /// The name of its number, and the number.
            const fn number(self) -> Option<(&'static str, u64)> {
                match self {
                    $(Self::$variant $({ $field })? => number!($($field)?),)*
                }
            }

            /// The same with another number.
            const fn with_number(self, number: u64) -> Self {
                match self {
                    $(Self::$variant $({ $field: _ })? => { let _ = number; Self::$variant $({ $field: number })? })*
                }
            }
        }
    };
}

macro_rules! number {
    () => {
        None
    };
    ($field:ident) => {
        Some((stringify!($field), $field))
    };
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strikes {
    /// As a connection is made.
    Connection,
    /// A request that changes something.
    Request,
    /// At once.
    Venue,
}

faults! {
    /// Any of the others that strike connections or requests, drawn for each strike. Restarts are left out, and the firewall, which
    /// holds a client up for minutes.
    Any = "any", Request;
    /// The order is taken, and no packet passes any more: not the reply, and the kernel acknowledges nothing (Linux; elsewhere
    /// nothing is read). After so many ms the connection is reset.
    BlackHole { ms = 300 } = "black-hole", Request;
    /// As the connection is made it is reset, and for so many ms the kernel answers nobody who connects (Linux; elsewhere
    /// nobody is taken).
    BlackHoleConnect { ms = 300 } = "black-hole-connect", Connection;
    /// No packet passes any more behind the reply: the next request is lost on its way. After so many ms the connection is
    /// reset.
    BlackHoleIdle { ms = 300 } = "black-hole-idle", Request;
    /// Refused because the address is banned (Binance: 418 and `Retry-After`); the order is not taken.
    Banned = "banned", Request;
    /// The order is taken and the connection closed, without a reply.
    CloseAfterAccept = "close-after-accept", Request;
    /// The connection is closed in the handshake; over plain TCP as soon as it is made.
    CloseInHandshake { at = 100 } = "close-in-handshake", Connection;
    /// The connection is closed within the reply, properly: over TLS with close_notify.
    CloseInReply { at = 60 } = "close-in-reply", Request;
    /// The connection is closed before the whole request was read.
    CloseInRequest { at = 100 } = "close-in-request", Request;
    /// The reply is sent in chunks, with extensions and a trailer.
    Chunked = "chunked", Request;
    /// The venue's clock is so many ms behind from now on.
    ClockBehind { ms = 5_000 } = "clock-behind", Venue;
    /// The venue's clock is so many ms ahead from now on.
    ClockSkew { ms = 5_000 } = "clock-skew", Venue;
    /// The reply says that its body is compressed.
    Compressed = "compressed", Request;
    /// The reply says `Connection: close`, and the venue does.
    ConnectionClose = "connection-close", Request;
    /// The reply's body is cut and its length fits the rest.
    CutJson = "cut-json", Request;
    /// The connection is closed within the reply, without TLS's close_notify.
    CutReply { at = 60 } = "cut-reply", Request;
    /// The reply comes twice.
    DuplicateReply = "duplicate-reply", Request;
    /// Refused with 403 and a page of HTML, as a firewall in front of the venue does; the order is not taken.
    Firewall = "firewall", Request;
    /// The order is taken, and a proxy in front of the venue answers 504 with a page of HTML.
    GatewayTimeout = "gateway-timeout", Request;
    /// The venue sends no more after the reply, and goes on reading.
    HalfClose = "half-close", Request;
    /// The reply is of HTTP/1.0.
    Http10 = "http-1-0", Request;
    /// The reply's body is of 1 MB.
    HugeBody = "huge-body", Request;
    /// The reply's head is of 100 KB.
    HugeHead = "huge-head", Request;
    /// 100, 102 and 103 come before the reply.
    Informational = "informational", Request;
    /// The venue's own "internal error" (Binance: 503, and its futures say that the order is not taken); it is not taken.
    InternalError = "internal-error", Request;
    /// The reply comes so many ms late.
    LateReply { ms = 200 } = "late-reply", Request;
    /// The reply has a length and chunks.
    LengthAndChunked = "length-and-chunked", Request;
    /// The reply's body is no JSON.
    MalformedJson = "malformed-json", Request;
    /// The reply's body is nested 10,000 deep.
    NestedJson = "nested-json", Request;
    /// Every TLS record of the reply has one byte.
    OneByteRecords = "one-byte-records", Request;
    /// Every TCP segment of the connection has one byte, the handshake's too.
    OneByteSegments = "one-byte-segments", Connection;
    /// The reply names another order.
    OtherId = "other-id", Request;
    /// The reply's length begins with `+`.
    PlusLength = "plus-length", Request;
    /// Refused for there being too many requests, with 429 (Binance: and `Retry-After`); the order is not taken.
    RateLimited = "rate-limited", Request;
    /// The connection is reset as it is made, and for so many ms none is taken.
    RefuseConnect { ms = 100 } = "refuse-connect", Connection;
    /// The same reply once more right behind the reply: it meets the next request on its way.
    ReplyInFlight = "reply-in-flight", Request;
    /// The order is taken and the connection reset, without a reply.
    ResetAfterAccept = "reset-after-accept", Request;
    /// The connection is reset in the handshake.
    ResetInHandshake { at = 100 } = "reset-in-handshake", Connection;
    /// The connection is reset within the reply.
    ResetInReply { at = 60 } = "reset-in-reply", Request;
    /// The connection is reset before the whole request was read.
    ResetInRequest { at = 100 } = "reset-in-request", Request;
    /// All connections are reset, and for so many ms none is taken.
    Restart { ms = 100 } = "restart", Venue;
    /// 503 after the order was taken.
    ServerErrorAfter = "server-error-after", Request;
    /// 503, and the order is not taken.
    ServerErrorBefore = "server-error-before", Request;
    /// The reply's length is less than there is.
    ShortLength = "short-length", Request;
    /// The order is taken and nothing is said.
    Silence = "silence", Request;
    /// Every TLS record of the connection is of 32 bytes at most, those of messages behind the handshake too.
    SmallRecords = "small-records", Connection;
    /// The venue reads no more after the reply.
    StallAfterReply = "stall-after-reply", Request;
    /// Nothing happens on the new connection for so many ms, then it is closed.
    StallInAccept { ms = 300 } = "stall-in-accept", Connection;
    /// The handshake stops.
    StallInHandshake { at = 100 } = "stall-in-handshake", Connection;
    /// The reply stops.
    StallInReply { at = 60 } = "stall-in-reply", Request;
    /// The venue does not know (Binance's futures: 503 "Unknown error"; OKX: 51149 of each order), after the order was taken.
    StatusUnknown = "status-unknown", Request;
    /// The venue stops reading within the request.
    StopReading { at = 100 } = "stop-reading", Request;
    /// A reply that nobody asked for stands behind the reply.
    StrayAfter = "stray-after", Request;
    /// A reply that nobody asked for comes as the connection is made.
    StrayAtStart = "stray-at-start", Connection;
    /// A reply that nobody asked for stands before the reply.
    StrayBefore = "stray-before", Request;
    /// A reply that nobody asked for comes so many ms after the reply.
    StrayIdle { ms = 10 } = "stray-idle", Request;
    /// The venue is too busy (Binance: 503 "Request throttled"; OKX: 50013), and the order is not taken.
    Throttled = "throttled", Request;
    /// The venue's own "timeout" (Binance: -1007; OKX: 50004), after the order was taken.
    TimeoutAfter = "timeout-after", Request;
    /// The reply has two lengths that differ.
    TwoLengths = "two-lengths", Request;
    /// The venue's own "service unavailable", with 503; the order is not taken.
    Unavailable = "unavailable", Request;
    /// A 408 comes so many ms after the reply, and the connection is closed.
    Unsolicited408 { ms = 10 } = "unsolicited-408", Request;
    /// The reply's length is more than there is.
    WrongLength = "wrong-length", Request;
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.number() {
            Some((name, number)) => write!(f, ":{name}={number}"),
            None => Ok(()),
        }
    }
}

/// A fault that strikes again and again: `NAME[:options]` as the command line has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StandingFault {
    fault: Fault,
    /// Its number is drawn for each strike.
    any_number: bool,
    /// It strikes each so many-th time it could.
    every: u64,
    /// It strikes so often in a hundred times.
    rate: u64,
    /// It strikes so often in all.
    times: u64,
}

impl From<Fault> for StandingFault {
    /// It strikes whenever it can, with these numbers.
    fn from(fault: Fault) -> Self {
        Self { fault, any_number: false, every: 1, rate: 100, times: u64::MAX }
    }
}

/// A fault, or an option of it, that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct UnknownFault {
    problem: String,
}

impl FromStr for StandingFault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (name, options) = text.split_once(':').unwrap_or((text, ""));
        let fault = Fault::ALL.iter().find(|fault| fault.name() == name).ok_or_else(|| {
            let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
            UnknownFault { problem: format!("no fault named {name:?}; there is: {}", names.join(", ")) }
        })?;
        let mut standing = Self::from(*fault);
        for option in options.split(',').filter(|option| !option.is_empty()) {
            let problem = |what: &str| UnknownFault { problem: format!("{name}:{option}: {what}") };
            let (key, value) = option.split_once('=').ok_or_else(|| problem("an option looks like every=10"))?;
            let number = fault.number().map(|(number, _)| number);
            if value == "any" && Some(key) == number {
                standing.any_number = true;
                continue;
            }
            let parsed: u64 = value.parse().map_err(|_| problem("expected a whole number"))?;
            match key {
                "every" if parsed > 0 => standing.every = parsed,
                "rate" if parsed <= 100 => standing.rate = parsed,
                "times" => standing.times = parsed,
                _ if Some(key) == number => standing.fault = standing.fault.with_number(parsed),
                _ => {
                    let own = number.map_or(String::new(), |number| format!("{number}=N, "));
                    return Err(problem(&format!("there is {own}every=N (from 1), rate=PERCENT (to 100), times=N")));
                }
            }
        }
        Ok(standing)
    }
}

/// What the venue is to commit, and what it did.
#[derive(Debug)]
pub(crate) struct Faults {
    plan: Mutex<Plan>,
    /// How far the venue's clock is ahead, ms.
    skew_ms: AtomicI64,
    /// How long the restart that was asked for last takes.
    restarts: watch::Sender<Duration>,
}

#[derive(Debug)]
struct Plan {
    /// Whose faults they are.
    api: &'static Api,
    /// Asked for one by one.
    next: VecDeque<Fault>,
    standing: Vec<(StandingFault, u64)>,
    random: u64,
    struck: Vec<(String, Fault)>,
}

impl Faults {
    pub(crate) fn new(api: &'static Api, standing: &[StandingFault], seed: u64) -> Self {
        let this = Self {
            plan: Mutex::new(Plan {
                api,
                next: VecDeque::new(),
                standing: Vec::new(),
                random: mix(seed),
                struck: Vec::new(),
            }),
            skew_ms: AtomicI64::new(0),
            restarts: watch::Sender::new(Duration::ZERO),
        };
        for fault in standing {
            if fault.fault.strikes() == Strikes::Venue {
                this.next(fault.fault);
            } else {
                this.plan().standing.push((*fault, 0));
            }
        }
        this
    }

    /// Commits this one next, at once if it strikes the venue as a whole.
    pub(crate) fn next(&self, fault: Fault) {
        match fault {
            Fault::ClockBehind { ms } => self.skew_ms.store(-signed(ms), Ordering::Relaxed),
            Fault::ClockSkew { ms } => self.skew_ms.store(signed(ms), Ordering::Relaxed),
            Fault::Restart { ms } => drop(self.restarts.send_replace(Duration::from_millis(ms))),
            _ => self.plan().next.push_back(fault),
        }
    }

    /// Forgets all that was asked for and has not struck.
    pub(crate) fn stop(&self) {
        let mut plan = self.plan();
        plan.next.clear();
        plan.standing.clear();
    }

    /// The venue's clock where the host's says so, µs.
    pub(crate) fn skewed(&self, now_us: u64) -> u64 {
        now_us.saturating_add_signed(self.skew_ms.load(Ordering::Relaxed).saturating_mul(1_000))
    }

    pub(crate) fn restarts(&self) -> watch::Receiver<Duration> {
        self.restarts.subscribe()
    }

    /// The fault of a connection that was just made.
    pub(crate) fn of_connection(&self) -> Option<Fault> {
        self.plan().draw(Strikes::Connection)
    }

    /// The fault of a request that changes something.
    pub(crate) fn of_request(&self) -> Option<Fault> {
        self.plan().draw(Strikes::Request)
    }

    /// Remembers which order a fault struck.
    pub(crate) fn struck(&self, client_order_id: &str, fault: Fault) {
        self.plan().struck.push((client_order_id.to_owned(), fault));
    }

    pub(crate) fn all_struck(&self) -> Vec<(String, Fault)> {
        self.plan().struck.clone()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

impl Plan {
    fn random(&mut self, below: u64) -> u64 {
        self.random = mix(self.random);
        self.random % below.max(1)
    }

    fn draw(&mut self, when: Strikes) -> Option<Fault> {
        if self.next.front().is_some_and(|fault| fault.strikes() == when) {
            return self.next.pop_front().map(|fault| self.resolve(fault, false));
        }
        for at in 0..self.standing.len() {
            let (standing, could) = self.standing[at];
            let is_any = standing.fault == Fault::Any;
            if standing.times == 0 || !(standing.fault.strikes() == when || is_any) {
                continue;
            }
            self.standing[at].1 += 1;
            if !(could + 1).is_multiple_of(standing.every) || self.random(100) >= standing.rate {
                continue;
            }
            // Connections are few beside requests: most of them have to work for a fault of a request to be met at all.
            if is_any && when == Strikes::Connection && self.random(4) > 0 {
                continue;
            }
            self.standing[at].0.times -= 1;
            return Some(self.resolve_for(standing.fault, standing.any_number, when));
        }
        None
    }

    fn resolve(&mut self, fault: Fault, any_number: bool) -> Fault {
        self.resolve_for(fault, any_number, Strikes::Request)
    }

    fn resolve_for(&mut self, fault: Fault, any_number: bool, when: Strikes) -> Fault {
        let drawn = match fault {
            Fault::Any => {
                let is_drawn = |known: &&Fault| {
                    let is_left_out = matches!(known, Fault::Any | Fault::Firewall);
                    let has_words = !known.is_told() || (self.api.bad_day)(**known, b"").is_some();
                    known.strikes() == when && !is_left_out && has_words
                };
                let known: Vec<_> = Fault::ALL.iter().filter(is_drawn).collect();
                let at = usize::try_from(self.random(known.len() as u64)).unwrap_or_default();
                *known[at]
            }
            named => named,
        };
        match drawn.number() {
            Some((name, _)) if any_number || fault == Fault::Any => {
                drawn.with_number(self.random(if name == "at" { POSITIONS } else { MILLISECONDS }))
            }
            _ => drawn,
        }
    }
}

/// Positions drawn: beyond the longest request, reply and server's part of a handshake that this venue has. One that is
/// beyond the message strikes nothing.
const POSITIONS: u64 = 1_200;

/// Delays drawn: about the deadlines that tests have.
const MILLISECONDS: u64 = 150;

/// What goes over the wire in a reply's place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Each byte by itself.
    Trickle(Vec<u8>),
    Pause(Duration),
    /// Ends the connection properly.
    Close,
    /// Ends the connection without TLS's close_notify.
    Cut,
    Reset,
    /// From now on the kernel drops every packet that comes, unread and unacknowledged.
    Deaf,
    /// Ends the venue's direction alone.
    HalfClose,
    /// Nothing more, ever.
    Hang,
    /// So much later, this, unless a request comes first.
    WhenIdle(Duration, Vec<u8>, bool),
}

impl Fault {
    /// How many bytes of the request are read before it strikes, and what happens then.
    pub(crate) fn in_request(self) -> Option<(u64, Step)> {
        match self {
            Self::CloseInRequest { at } => Some((at, Step::Close)),
            Self::ResetInRequest { at } => Some((at, Step::Reset)),
            Self::StopReading { at } => Some((at, Step::Hang)),
            _ => None,
        }
    }

    /// Whether such a day is told in the words of the venue, which may have none.
    const fn is_told(self) -> bool {
        matches!(
            self,
            Self::Banned
                | Self::InternalError
                | Self::RateLimited
                | Self::StatusUnknown
                | Self::Throttled
                | Self::TimeoutAfter
                | Self::Unavailable
        )
    }

    /// The answer that comes before the dialect sees the request.
    pub(crate) fn instead_of_engine(self, api: &Api) -> Option<Reply> {
        let (status, content_type, body) = match self {
            Self::Firewall => (403, "text/html", "<html><body><h1>403 Forbidden</h1></body></html>"),
            Self::ServerErrorBefore => (503, "text/plain", "Service Unavailable"),
            Self::StatusUnknown | Self::TimeoutAfter => return None,
            _ => return (api.bad_day)(self, b""),
        };
        Some(Reply { status, content_type, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    /// What goes over the wire in this reply's place.
    pub(crate) fn reply(self, reply: &[u8], api: &Api) -> Vec<Step> {
        let message = Message::of(reply);
        let same = || Step::Send(reply.to_vec());
        let upto = |at: u64| reply[..reply.len().min(usize::try_from(at).unwrap_or(usize::MAX))].to_vec();
        let ms = Duration::from_millis;
        match self {
            Self::BlackHole { ms: time } => vec![Step::Deaf, Step::Pause(ms(time)), Step::Reset],
            // Deaf first, since the next request follows the reply at once: what goes out is not stopped by it.
            Self::BlackHoleIdle { ms: time } => vec![Step::Deaf, same(), Step::Pause(ms(time)), Step::Reset],
            Self::CloseAfterAccept => vec![Step::Close],
            Self::ResetAfterAccept => vec![Step::Reset],
            Self::Silence => vec![Step::Hang],
            Self::CloseInReply { at } if at < reply.len() as u64 => vec![Step::Send(upto(at)), Step::Close],
            Self::CutReply { at } if at < reply.len() as u64 => vec![Step::Send(upto(at)), Step::Cut],
            Self::ResetInReply { at } if at < reply.len() as u64 => vec![Step::Send(upto(at)), Step::Reset],
            Self::StallAfterReply => vec![same(), Step::Hang],
            Self::StallInReply { at } if at < reply.len() as u64 => vec![Step::Send(upto(at)), Step::Hang],
            Self::LateReply { ms: time } => vec![Step::Pause(ms(time)), same()],
            Self::OneByteRecords => vec![Step::Trickle(reply.to_vec())],
            Self::DuplicateReply => vec![Step::Send([reply, reply].concat())],
            Self::ReplyInFlight => vec![same(), Step::WhenIdle(Duration::ZERO, reply.to_vec(), false)],
            Self::StrayBefore => vec![Step::Send([&stray(api)[..], reply].concat())],
            Self::StrayAfter => vec![Step::Send([reply, &stray(api)].concat())],
            Self::StrayIdle { ms: time } => vec![same(), Step::WhenIdle(ms(time), stray(api), false)],
            Self::Unsolicited408 { ms: time } => {
                let gone = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec();
                vec![same(), Step::WhenIdle(ms(time), gone, true)]
            }
            Self::HalfClose => vec![same(), Step::HalfClose],
            Self::Informational => {
                let first = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n";
                vec![Step::Send([first, reply].concat())]
            }
            Self::ConnectionClose => vec![Step::Send(message.with("Connection: close\r\n")), Step::Close],
            Self::Http10 => {
                let old = message.start.replacen("HTTP/1.1", "HTTP/1.0", 1);
                vec![Step::Send(Message { start: &old, ..message }.text(&message.length(), message.body)), Step::Close]
            }
            Self::Chunked => {
                let half = message.body.len() / 2;
                let mut body = Vec::new();
                for part in [&message.body[..half], &message.body[half..]].into_iter().filter(|part| !part.is_empty()) {
                    body.extend_from_slice(format!("{:x};a=\"b\"\r\n", part.len()).as_bytes());
                    body.extend_from_slice(part);
                    body.extend_from_slice(b"\r\n");
                }
                body.extend_from_slice(b"0\r\nX-Trailer: t\r\n\r\n");
                vec![Step::Send(message.text("Transfer-Encoding: chunked\r\n", &body))]
            }
            Self::LengthAndChunked => vec![Step::Send(message.with("Transfer-Encoding: chunked\r\n"))],
            Self::WrongLength => {
                let length = format!("Content-Length: {}\r\n", message.body.len() + 1);
                vec![Step::Send(message.text(&length, message.body)), Step::Hang]
            }
            Self::ShortLength => {
                let length = format!("Content-Length: {}\r\n", message.body.len().saturating_sub(1));
                vec![Step::Send(message.text(&length, message.body))]
            }
            Self::TwoLengths => vec![Step::Send(message.with("Content-Length: 1\r\n"))],
            Self::PlusLength => {
                let length = format!("Content-Length: +{}\r\n", message.body.len());
                vec![Step::Send(message.text(&length, message.body))]
            }
            Self::Compressed => vec![Step::Send(message.with("Content-Encoding: gzip\r\n"))],
            Self::HugeHead => vec![Step::Send(message.with(&format!("X-Huge: {}\r\n", "x".repeat(100_000))))],
            Self::HugeBody => vec![Step::Send(message.with_body(" ".repeat(1_000_000).as_bytes()))],
            Self::MalformedJson => vec![Step::Send(message.with_body(b"{\"symbol\":BTCUSDT}"))],
            Self::CutJson => vec![Step::Send(message.with_body(&message.body[..message.body.len() * 2 / 3]))],
            Self::NestedJson => vec![Step::Send(message.with_body("[".repeat(10_000).as_bytes()))],
            Self::OtherId => {
                let text = String::from_utf8_lossy(message.body);
                vec![Step::Send(message.with_body(text.replace(api.echo, &format!("{}not-", api.echo)).as_bytes()))]
            }
            Self::GatewayTimeout => vec![Step::Send(plain("504 Gateway Timeout", "<html><body>504</body></html>"))],
            Self::ServerErrorAfter => vec![Step::Send(plain("503 Service Unavailable", "Service Unavailable"))],
            Self::StatusUnknown | Self::TimeoutAfter => {
                vec![(api.bad_day)(self, message.body).map_or_else(same, |reply| Step::Send(written(&reply)))]
            }
            _ => vec![same()],
        }
    }
}

/// A reply that nobody asked for: an order that was never placed, accepted.
pub(crate) fn stray(api: &Api) -> Vec<u8> {
    plain("200 OK", api.stray)
}

/// A reply of the venue's as hyper would write it.
fn written(reply: &Reply) -> Vec<u8> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut text = format!("HTTP/1.1 {status}\r\ncontent-type: {}\r\n", reply.content_type);
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len()));
    [text.as_bytes(), &reply.body].concat()
}

fn plain(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A reply taken apart: start line, headers without the length, body.
#[derive(Clone, Copy)]
struct Message<'a> {
    start: &'a str,
    headers: &'a str,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn of(reply: &'a [u8]) -> Self {
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n").map_or(reply.len(), |at| at + 2);
        let head = std::str::from_utf8(&reply[..end]).unwrap_or_default();
        let (start, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        Self { start, headers, body: reply.get(end + 2..).unwrap_or_default() }
    }

    fn length(&self) -> String {
        format!("Content-Length: {}\r\n", self.body.len())
    }

    /// The same with a further header.
    fn with(&self, header: &str) -> Vec<u8> {
        self.text(&(self.length() + header), self.body)
    }

    fn with_body(&self, body: &[u8]) -> Vec<u8> {
        self.text(&format!("Content-Length: {}\r\n", body.len()), body)
    }

    fn text(&self, framing: &str, body: &[u8]) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.start);
        for line in self.headers.split_inclusive("\r\n") {
            if !line.to_ascii_lowercase().starts_with("content-length:") {
                text.push_str(line);
            }
        }
        [text.as_bytes(), framing.as_bytes(), b"\r\n", body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &Api = &crate::binance_spot::API;
    const REPLY: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: a\r\ncontent-length: 25\r\n\r\n{\"clientOrderId\":\"abc12\"}";

    fn sent(fault: Fault) -> String {
        let steps = fault.reply(REPLY, API);
        let Some(Step::Send(bytes)) = steps.first() else { panic!("{fault}: {steps:?}") };
        String::from_utf8(bytes.clone()).unwrap()
    }

    #[test]
    fn names_are_all_different_and_come_back() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(StandingFault::from(*fault)));
            assert_eq!(fault.to_string().parse(), Ok(StandingFault::from(*fault)));
            assert_eq!(Fault::ALL.iter().filter(|other| other.name() == fault.name()).count(), 1);
        }
    }

    #[test]
    fn options_are_read_and_wrong_ones_are_named() {
        let read: StandingFault = "cut-reply:at=7,every=3,rate=50,times=2".parse().unwrap();
        let asked = StandingFault { fault: Fault::CutReply { at: 7 }, any_number: false, every: 3, rate: 50, times: 2 };
        assert_eq!(read, asked);
        assert!("cut-reply:at=any".parse::<StandingFault>().unwrap().any_number);
        for (text, says) in [
            ("close", "no fault named \"close\"; there is: any, black-hole"),
            ("silence:at=3", "there is every=N"),
            ("cut-reply:ms=3", "there is at=N, every=N"),
            ("cut-reply:at=x", "a whole number"),
            ("cut-reply:2", "looks like every=10"),
            ("cut-reply:every=0", "from 1"),
            ("cut-reply:rate=101", "to 100"),
        ] {
            let error = text.parse::<StandingFault>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn what_was_asked_for_strikes_first_and_once() {
        let faults = Faults::new(API, &["silence:every=2,times=2".parse().unwrap()], 1);
        faults.next(Fault::Chunked);
        let drawn: Vec<_> = (0..7).map(|_| faults.of_request()).collect();
        let silence = Some(Fault::Silence);
        assert_eq!(drawn, [Some(Fault::Chunked), None, silence, None, silence, None, None]);
        assert_eq!(faults.of_connection(), None);
        faults.next(Fault::StallInAccept { ms: 1 });
        assert_eq!((faults.of_request(), faults.of_connection()), (None, Some(Fault::StallInAccept { ms: 1 })));
        faults.next(Fault::ClockSkew { ms: 7 });
        assert_eq!(faults.skewed(10_000), 17_000);
        faults.next(Fault::ClockBehind { ms: 7 });
        assert_eq!(faults.skewed(10_000), 3_000);
    }

    #[test]
    fn any_draws_every_fault_and_the_seed_decides() {
        let draw = |seed| {
            let faults = Faults::new(API, &["any".parse().unwrap()], seed);
            (0..2_000).filter_map(|_| faults.of_request()).collect::<Vec<_>>()
        };
        let drawn = draw(1);
        assert_eq!((drawn.len(), &drawn), (2_000, &draw(1)));
        assert_ne!(drawn, draw(2));
        for fault in Fault::ALL.iter().filter(|fault| fault.strikes() == Strikes::Request) {
            let is_drawn = !matches!(fault, Fault::Any | Fault::Firewall);
            assert_eq!(drawn.iter().any(|drawn| drawn.name() == fault.name()), is_drawn, "{fault}");
        }
    }

    #[test]
    fn replies_are_changed_as_named() {
        assert!(
            sent(Fault::OtherId)
                .ends_with("content-type: a\r\nContent-Length: 29\r\n\r\n{\"clientOrderId\":\"not-abc12\"}")
        );
        assert!(sent(Fault::Http10).starts_with("HTTP/1.0 200 OK\r\n"));
        assert!(sent(Fault::TwoLengths).contains("Content-Length: 25\r\nContent-Length: 1\r\n\r\n"));
        assert!(sent(Fault::PlusLength).contains("Content-Length: +25\r\n\r\n"));
        let chunks =
            "Transfer-Encoding: chunked\r\n\r\nc;a=\"b\"\r\n{\"clientOrde\r\nd;a=\"b\"\r\nrId\":\"abc12\"}\r\n0\r\n";
        assert!(sent(Fault::Chunked).contains(chunks), "{}", sent(Fault::Chunked));
        assert_eq!(sent(Fault::DuplicateReply).as_bytes(), [REPLY, REPLY].concat());
        assert_eq!(Fault::CutReply { at: 5 }.reply(REPLY, API), [Step::Send(REPLY[..5].to_vec()), Step::Cut]);
        // Beyond the reply nothing is cut.
        assert_eq!(Fault::CutReply { at: 500 }.reply(REPLY, API), [Step::Send(REPLY.to_vec())]);
    }
}
