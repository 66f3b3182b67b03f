//! One error of each kind: what none of them may say, and that each says something.
//!
//! A variant that is not in these lists does not compile.

use std::error::Error;
use std::time::Duration;

use crate::decimal::Decimal;
use crate::error::{
    Answer, BuildError, Busy, CloseReason, ConfigError, ConfigPart, ConnError, DecodeError, HttpError, JsonError,
    Phase, RejectKind, RestError,
};
use crate::http::response::{ChunkFault, HeadFault};
use crate::id::{NameError, Symbol};
use crate::pool::AcquireError;
use crate::sign::{KeyError, SecretError, SignError};
use crate::text::Text;
use crate::time::Timestamp;
use crate::tls::error::RecordFault;
use crate::venue::instrument::RuleBreach;
use crate::venue::json::JsonFault;
use crate::venue::limits::LimitKind;

const KEY: &str = "vmPUZE6mv9canaryK4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SIGNATURE: &str = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

/// A peer's words wherever an error has room for some: all that it was sent.
fn words<const N: usize>() -> Text<N> {
    Text::quoted(
        format!("{KEY} GET /order?symbol=BTCUSDT&timestamp=1499827319559&signature={SIGNATURE} {SIGNATURE}").as_bytes(),
    )
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

macro_rules! one_of_each {
    ($($type:ident {
        $($variant:ident $(($($inner:expr),*))? $({ $($field:ident: $value:expr),* })?),* $(,)?
    })*) => {
        fn one_of_each() -> Vec<Box<dyn Error>> {
            // Says it where a variant is missing below.
            $(const _: fn($type) = |error| match error { $($type::$variant { .. } => {})* };)*
            vec![$($(Box::new($type::$variant $(($($inner),*))? $({ $($field: $value),* })?)),*),*]
        }
    };
}

const ONE: Decimal = Decimal::ONE;
const WHAT: &str = "what";

one_of_each! {
    RestError {
        Build(BuildError::HeaderName),
        Busy(Busy::Closed),
        Config(ConfigError::new(ConfigPart::Builder, words::<60>())),
        Conn(ConnError::not_sent(Phase::Connect, CloseReason::Tls(words()))),
        Decode(DecodeError::OtherOrder),
        Http(HttpError::ContentLength { seen: words() }),
        Rejected(Answer { text: words(), ..Answer::new(400, Some(-1100), RejectKind::Other, "") }),
        Rule(RuleBreach::NotTrading { symbol: symbol() }),
        Unclear(Answer::new(503, None, RejectKind::Unavailable, words::<96>().as_str())),
    }
    AcquireError { Closed, Crowded }
    BuildError {
        Authority,
        Capacity { bytes: 1, least: 2 },
        GapForeign,
        GapUnfilled { gaps: 1 },
        GapWidth { width: 64, given: 63 },
        HeaderForbidden { name: WHAT },
        HeaderName,
        HeaderValue { byte: 10, at: 3 },
        MissingField { field: WHAT, cure: WHAT },
        Overflow { needed: 2, limit: 1 },
        PathByte { byte: 32, at: 3 },
        PathSegment,
        PathStart,
        QueryByte { byte: 32, at: 3 },
        Sign(SignError),
        Unsupported { what: WHAT, cure: WHAT },
        Value { field: WHAT, cure: WHAT },
    }
    Busy {
        AllInUse { healthy: 1, healing: 1 },
        Closed,
        Crowded { waiters: 1 },
        Doubts { places: 1 },
        Held { until: Timestamp::from_ms(1) },
        OverLimit { kind: LimitKind::Orders, until: Timestamp::from_ms(1) },
        Stale { age: Duration::from_secs(2), life: Duration::from_secs(1) },
        Down { healing: 1 },
    }
    ChunkFault {
        DataEnd,
        Extension,
        ExtensionTooLong,
        LineEnd,
        Size,
        SizeTooLong,
        Trailer,
        TrailerForbidden,
        TrailerTooLong,
    }
    CloseReason {
        Abandoned,
        Aged,
        Announced,
        Deadline,
        Http(HttpError::Encoded { seen: words() }),
        Io(std::io::Error::from_raw_os_error(111).into()),
        PeerClosed,
        Record(RecordFault::BadTag),
        Refused,
        Resolve(words()),
        Stray,
        Tls(words()),
        Truncated,
        WornOut,
    }
    ConfigPart { Builder, Credentials, Environment, Header, Instruments, Tls, Url }
    DecodeError {
        Json(JsonError { at: 1, fault: JsonFault::Cut }),
        Missing { field: WHAT },
        Malformed { field: WHAT, expected: WHAT },
        OtherOrder,
        Repeated,
    }
    HeadFault { Folded, LineEnd, Name, StatusLine, Value, Version }
    HttpError {
        BodyNotAllowed { status: 204 },
        Chunk { at: 1, fault: ChunkFault::Size },
        ClosedBeforeReply,
        CodingOnHttp10,
        ContentLength { seen: words() },
        CutInBody { got: 1, expected: 2 },
        CutInChunks { got: 1 },
        CutInHead { got: 1 },
        Encoded { seen: words() },
        Head { at: 1, fault: HeadFault::Name },
        HeadTooLong,
        LengthWithCoding,
        NotClean,
        NotHttp { at: 0, byte: 65 },
        NotUtf8 { at: 1 },
        RequestTimeout,
        Status { status: 700 },
        Stray { status: 200, bytes: 1 },
        TooLarge { needed: 2, limit: 1 },
        TooManyHeaders,
        TooManyInterim,
        TransferEncoding { seen: words() },
        Truncated { got: 1 },
        TwoLengths,
        Upgrade,
    }
    JsonFault {
        Control,
        Cut,
        DoubleKey,
        Escape,
        ExpectedColon,
        ExpectedEnd,
        ExpectedKey,
        ExpectedValue,
        Leftover,
        NotObject,
        NotUtf8,
        Number,
        TooDeep,
    }
    KeyError {
        Algorithm { found: WHAT },
        Curve,
        Encrypted,
        Malformed,
        NoKey,
        OpenSsh,
        PublicKey,
        RsaSize { bits: 1024 },
    }
    NameError {
        Empty { what: WHAT },
        Character { what: WHAT, at: 1 },
        TooLong { what: WHAT, bytes: 2, limit: 1 },
    }
    Phase { Resolve, Connect, Handshake, FirstExchange, Probe, Write, Read }
    RecordFault {
        Alert { code: 40 },
        AlertSize,
        BadTag,
        Empty { kind: 22 },
        Interleaved,
        KeyUpdate,
        KeyUpdateNotLast,
        MessageTooLong { bytes: 1 },
        NoContentType,
        Ticket,
        TooManyEmpty,
        TooManyMessages,
        TooManyUserCanceled,
        TooLong,
        TooShort { bytes: 1 },
        UnexpectedMessage { kind: 1 },
        UnexpectedRecord { kind: 22 },
        Version { version: 0x0301 },
    }
    RuleBreach {
        NotTrading { symbol: symbol() },
        NotionalAbove { notional: ONE, most: ONE },
        NotionalBelow { notional: ONE, least: ONE },
        OffLot { quantity: ONE, lot_size: ONE, down: ONE },
        OffTick { price: ONE, tick_size: ONE, down: ONE },
        OtherInstrument { rules: symbol(), order: symbol() },
        OutsideBand { price: ONE, least: ONE, most: ONE },
        PriceAbove { price: ONE, most: ONE },
        PriceBelow { price: ONE, least: ONE },
        QuantityAbove { quantity: ONE, most: ONE },
        QuantityBelow { quantity: ONE, least: ONE },
    }
    SecretError { BlankAtEnd, Empty, NotVisible { at: 1 } }
}

/// So many characters of a secret in a row are no accident.
const TELLING: usize = 10;

#[test]
fn no_error_says_a_key_a_signature_or_a_query() {
    let errors = one_of_each();
    assert!(errors.len() > 150, "{}", errors.len());
    for error in errors {
        let said = format!("{error} {error:?} {error:#?}");
        for secret in [KEY, SIGNATURE] {
            let told = (0..=secret.len() - TELLING).find(|at| said.contains(&secret[*at..at + TELLING]));
            assert_eq!(told, None, "{said}");
        }
        for query in ["signature=", "timestamp=", "symbol=BTCUSDT&"] {
            assert!(!said.contains(query), "{said}");
        }
        let shown = error.to_string();
        assert!(!shown.is_empty() && !shown.contains(char::is_control), "{said}");
    }
}

#[test]
fn words_that_may_be_secret_are_left_out() {
    let words = words::<96>();
    assert!(words.as_str().starts_with("[left out] GET"), "{words}");
}
