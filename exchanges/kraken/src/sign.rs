//! What is signed, where the signature goes, in which order requests count, and when an order counts no more.
//!
//! ```text
//! API-Sign: base64 of 64 bytes, 88 characters
//! /0/private/AddOrder   SHA-256( 1616492376594   nonce=1616492376594&ordertype=limit&pair=XBTUSD&… )
//! └────── path ───────┘          └── nonce ────┘ └───────────────────── body ────────────────────┘   HMAC-SHA512, nothing between them
//! ```
//!
//! The digest goes in as its 32 bytes, and the key is what the secret's base64 stands for.
//!
//! # The nonce
//!
//! Each request of a key has to have a greater nonce than the last one that arrived, else `EAPI:Invalid nonce`: two requests that overtake
//! each other on their way shut the earlier one out. So a key has **one request in flight**: a slot has a key of its own, and a client
//! with one key has one slot. Whoever wants more slots on one key gives that key a nonce window at the venue, and says so:
//! `VenueClientBuilder::recv_window` is that window. Requests may then arrive in any order within it.
//!
//! A nonce is the time in milliseconds, or one more than the key's last: whatever else uses a key has to count in the same unit, which most
//! clients do. The window is set at the venue in that unit too: 10000 for 10 seconds.
//!
//! **Source**: <https://docs.kraken.com/api/docs/guides/spot-rest-auth> and
//! <https://support.kraken.com/hc/en-us/articles/360001148023-What-is-a-nonce-window->, read 2026-11-26.

use core::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use orderwire::venue::checks::keyless;
use orderwire::venue::{
    BeforeBody, Body, BuildError, ConfigError, ConfigPart, Credentials, Draft, HmacSha512, Request, Reserved, Settling,
    Timestamp, VenueSettings, Window,
};
use sha2::{Digest, Sha256};

/// An account's keys: one, or one for each slot.
#[derive(Debug)]
pub(crate) struct Signer {
    keys: Box<[Key]>,
}

/// A key, what it signs with, and the last nonce that was drawn for it.
#[derive(Debug)]
struct Key {
    credentials: Credentials,
    hmac: HmacSha512,
    nonce: AtomicU64,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `name=value&…`
    Form,
    /// `{"name":"value",…}`
    Json,
}

impl Notation {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// A request whose body is being written: what its signature needs later.
#[derive(Debug)]
#[must_use = "a request that was begun has to be signed"]
pub(crate) struct Unsigned<'s> {
    key: &'s Key,
    gap: Reserved,
    /// Where the nonce stands in the body.
    nonce: Range<usize>,
}

impl Signer {
    /// Sets the keys up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(first) = settings.credentials else { return Ok(None) };
        let of_slots = settings.credentials_of_slots;
        let keys: Box<[_]> = if of_slots.is_empty() {
            [Key::new(first)?].into()
        } else {
            of_slots.iter().map(Key::new).collect::<Result<_, _>>()?
        };
        if settings.recv_window.is_none() && settings.slots > keys.len() {
            let (slots, keys) = (settings.slots, keys.len());
            let problem = format_args!(
                "{slots} slots, {keys} key(s): a key has one request in flight; give credentials_of_slots, or recv_window: its nonce window"
            );
            return Err(ConfigError::new(ConfigPart::Builder, problem));
        }
        Ok(Some(Self { keys }))
    }

    /// The signer that a signed call needs.
    #[inline]
    pub(crate) fn needed(signer: Option<&Self>) -> Result<&Self, BuildError> {
        signer.ok_or_else(keyless)
    }

    /// Begins a form, with room for the signature in front of it and the nonce as its first field.
    #[inline]
    pub(crate) fn start<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        window: Window,
    ) -> (Draft<'b, Body>, Unsigned<'_>) {
        let (mut draft, mut unsigned) = self.open(draft, Notation::Form);
        draft.put("nonce=");
        unsigned.put_nonce(&mut draft, window);
        (draft, unsigned)
    }

    /// The same in JSON, whose object is left open.
    pub(crate) fn start_json<'b>(&self, draft: Draft<'b>, window: Window) -> (Draft<'b, Body>, Unsigned<'_>) {
        let (mut draft, mut unsigned) = self.open(draft, Notation::Json);
        draft.put("{\"nonce\":\"");
        unsigned.put_nonce(&mut draft, window);
        draft.put("\"");
        (draft, unsigned)
    }

    /// Begins a body whose nonce is still to come.
    #[inline]
    pub(crate) fn open<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        notation: Notation,
    ) -> (Draft<'b, Body>, Unsigned<'_>) {
        // There is a key at least, and a slot's own where there is one for each.
        let key = &self.keys[draft.slot() % self.keys.len()];
        let (draft, gap) = draft.header("API-Key", key.credentials.key()).header_gap("API-Sign", SIGNATURE_BYTES);
        let draft = draft.header("Content-Type", notation.content_type());
        (draft.start_body(), Unsigned { key, gap, nonce: 0..0 })
    }
}

impl Unsigned<'_> {
    /// Draws the next nonce and writes its digits.
    #[inline]
    pub(crate) fn put_nonce(&mut self, draft: &mut Draft<'_, Body>, window: Window) {
        let start = draft.body_text().len();
        draft.put_u64(self.key.next_nonce(window.now));
        self.nonce = start..draft.body_text().len();
    }

    /// The nonce is the caller's own, and stands here.
    pub(crate) fn has_nonce(&mut self, at: Range<usize>) {
        self.nonce = at;
    }

    /// Signs what was begun, and ends it.
    #[inline]
    pub(crate) fn sign<'b>(self, mut draft: Draft<'b, Body>) -> Result<Request<'b>, BuildError> {
        let body = draft.built().body_text();
        let nonce = body.get(self.nonce).unwrap_or_default();
        let digest = Sha256::new().chain_update(nonce).chain_update(body).finalize();
        let signature = self.key.hmac.sign_parts(&[draft.path(), &digest]);
        draft.fill_base64(self.gap, &signature);
        draft.finish()
    }
}

impl Key {
    fn new(credentials: &Credentials) -> Result<Self, ConfigError> {
        let bad = |problem: &str| ConfigError::new(ConfigPart::Credentials, problem);
        if credentials.secret().is_pem() {
            return Err(bad("Kraken signs with the secret that it gave out with the key, not with a private key"));
        }
        let secret = credentials.secret().base64().filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| bad("a secret of Kraken is base64, 88 characters: copy it again, whole"))?;
        Ok(Self { credentials: credentials.clone(), hmac: HmacSha512::new(&secret), nonce: AtomicU64::new(0) })
    }

    /// The time in milliseconds, and always more than the last.
    #[inline]
    fn next_nonce(&self, now: Timestamp) -> u64 {
        let next = |last: u64| now.ms().max(last.saturating_add(1));
        match self.nonce.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last))) {
            Ok(last) | Err(last) => next(last),
        }
    }
}

/// When the venue gives up on an order: when its caller does, to the millisecond and rounded up, within what the venue takes.
#[inline]
pub(crate) fn deadline(window: &Window) -> Timestamp {
    let (soonest, latest) = (window.now + DEADLINE_MIN, window.now + DEADLINE_MAX);
    let until = window.until.map_or(latest, |until| until.clamp(soonest, latest));
    Timestamp::from_ms(until.ns().div_ceil(1_000_000))
}

/// 64 bytes in base64.
const SIGNATURE_BYTES: usize = 88;

/// The venue takes deadlines from 2 to 60 seconds after it has the request. Source: "Add Order", `deadline`. A second on either side is
/// for the way there, and for clocks that differ: its own tells whole seconds.
const DEADLINE_MIN: Duration = Duration::from_secs(3);
const DEADLINE_MAX: Duration = Duration::from_secs(59);

/// What settling an order in doubt needs to know. A request without a deadline expires at some time that the venue does not name: nobody
/// else's is ever said to have expired.
pub(crate) const SETTLING: Settling = Settling { expiry_max: None, lag: QUERY_LAG };

/// How long an order may be acknowledged before a query shows it. The documents name no bound: our own choice, long against any delay
/// they hint at, short against a caller's patience.
const QUERY_LAG: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: spot-rest-auth, "Examples", read 2026-11-26.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
        let key = Key::new(&Credentials::new("key", secret).unwrap()).unwrap();
        let body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
        let digest = Sha256::new().chain_update("1616492376594").chain_update(body).finalize();
        let signature = key.hmac.sign_parts(&[b"/0/private/AddOrder", &digest]);
        let text = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==";
        assert_eq!(signature, orderwire::venue::Secret::new(text).unwrap().base64().unwrap()[..]);
    }

    #[test]
    fn a_nonce_always_rises_and_is_the_time_where_it_can_be() {
        let key = Key::new(&Credentials::new("key", "c2VjcmV0").unwrap()).unwrap();
        let at = |ms| key.next_nonce(Timestamp::from_ms(ms));
        assert_eq!([at(5), at(5), at(4), at(100), at(100)], [5, 6, 7, 100, 101]);
        let mut drawn: Vec<_> = std::thread::scope(|threads| {
            let each = || (0..1_000).map(|_| at(200)).collect::<Vec<_>>();
            let all = [(); 4].map(|()| threads.spawn(each));
            all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        drawn.sort_unstable();
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_deadline_is_the_callers_within_what_the_venue_takes() {
        let now = Timestamp::from_ms(1_000_000);
        let at = |until: Option<u64>| deadline(&Window { now, until: until.map(|ms| now + Duration::from_millis(ms)) });
        for (until, ms) in [(None, 59_000), (Some(90_000), 59_000), (Some(10_000), 10_000), (Some(80), 3_000)] {
            assert_eq!(at(until), now + Duration::from_millis(ms));
        }
        let until = Some(now + Duration::from_nanos(5_000_000_001));
        assert_eq!(deadline(&Window { now, until }), now + Duration::from_millis(5_001));
    }
}
