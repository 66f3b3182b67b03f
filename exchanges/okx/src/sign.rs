//! What is signed, where the signature goes, and when a request counts no more.
//!
//! ```text
//! OK-ACCESS-TIMESTAMP: 2020-12-08T09:08:57.715Z            OK-ACCESS-SIGN: base64 of 32 bytes, 44 characters
//! 2020-12-08T09:08:57.715Z  POST  /api/v5/trade/order?…  {"instId":"BTC-USDT",…}
//! └──── timestamp ────────┘└ method ┘└── target ────────┘└────── body ─────────┘   signed, nothing between them
//! ```
//!
//! The secret looks like hex, and its text is the key. The `expTime` header, "not processed after", is not signed.
//!
//! **Source**: overview, "REST Authentication", "Signature", "Transaction Timeouts", read 2026-07-28.

use std::time::Duration;

use orderwire::order::OrderRef;
use orderwire::venue::checks::keyless;
use orderwire::venue::{
    BeforeBody, Body, BuildError, ConfigError, ConfigPart, Credentials, Draft, Headers, HmacSha256, Part, Request,
    Reserved, Secret, Settling, SigningKey, Timestamp, VenueSettings, Window,
};

/// An account's key and what it signs with.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    key: HmacSha256,
    /// How late after its timestamp an order may still count, at most, ns; its deadline makes it shorter.
    life_max_ns: u64,
}

/// A request whose body is being written: what its signature needs later.
#[derive(Debug)]
#[must_use = "a request that was begun has to be signed"]
pub(crate) struct Unsigned {
    stamp: [u8; Timestamp::RFC3339_BYTES],
    gap: Reserved,
    /// The expiry, ms, where it is told, and its gap.
    expiry: Option<(Reserved, u64)>,
}

/// Whether the venue takes `expTime` with a call: with new orders and their changes, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    WithDeadline,
    WithTimestamp,
}

impl Signer {
    /// Sets the key up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let life_max = match settings.recv_window {
            None => REQUEST_LIFE,
            Some(window) if (WINDOW_MIN..=REQUEST_LIFE).contains(&window) => window,
            Some(window) => {
                let problem = format_args!("recv_window is {window:?}: OKX takes a request for 30 seconds at most");
                return Err(ConfigError::new(ConfigPart::Builder, problem));
            }
        };
        let signer = |credentials: &Credentials| {
            let bad = |problem: &str| ConfigError::new(ConfigPart::Credentials, problem);
            let SigningKey::Hmac(key) = credentials.signing_key()? else {
                return Err(bad("OKX signs with the secret that it gave out with the key, not with a private key"));
            };
            if credentials.passphrase().is_none() {
                return Err(bad("a key of OKX has a passphrase: .with_passphrase(..), or <PREFIX>_PASSPHRASE"));
            }
            let life_max_ns = u64::try_from(life_max.as_nanos()).unwrap_or(u64::MAX);
            Ok(Self { credentials: credentials.clone(), key, life_max_ns })
        };
        settings.credentials.map(signer).transpose()
    }

    /// The signer that a signed call needs.
    #[inline]
    pub(crate) fn needed(signer: Option<&Self>) -> Result<&Self, BuildError> {
        signer.ok_or_else(keyless)
    }

    /// The key, which names the account.
    pub(crate) fn api_key(&self) -> &str {
        self.credentials.key()
    }

    /// The passphrase, which goes out as it is.
    pub(crate) fn passphrase(&self) -> &str {
        self.credentials.passphrase().map_or("", Secret::expose)
    }

    /// Ends a call without a body.
    pub(crate) fn finish<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        window: Window,
    ) -> Result<Request<'b>, BuildError> {
        let mut draft = draft.headers();
        let stamp = window.now.rfc3339();
        let method = draft.method().text().as_bytes();
        let signature = self.key.sign_parts(&[&stamp, method, draft.built().target()]);
        let mut value = draft.header("OK-ACCESS-TIMESTAMP", stamp).start_header("OK-ACCESS-SIGN");
        value.put_base64(&signature);
        value.end_header().no_body()
    }

    /// Begins a body, with room for the signature in front of it.
    #[inline(always)]
    pub(crate) fn start<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        window: Window,
        expires: Expires,
    ) -> (Draft<'b, Body>, Unsigned) {
        let (draft, stamp) = draft.header_rfc3339("OK-ACCESS-TIMESTAMP", window.now);
        let (draft, expiry) = match expires {
            Expires::WithDeadline => self.put_expiry(draft, &window),
            Expires::WithTimestamp => (draft, None),
        };
        let (draft, gap) = draft.header_gap("OK-ACCESS-SIGN", SIGNATURE_BYTES);
        (draft.start_body(), Unsigned { stamp, gap, expiry })
    }

    /// It is not signed, so its digits are written while the signature is made: nothing then waits for them.
    #[inline(always)]
    fn put_expiry<'b>(
        &self,
        draft: Draft<'b, Headers>,
        window: &Window,
    ) -> (Draft<'b, Headers>, Option<(Reserved, u64)>) {
        let ms = self.expires_ms(window);
        if !(FIRST_OF_13_DIGITS..10 * FIRST_OF_13_DIGITS).contains(&ms) {
            return (draft.header_u64(EXPIRY, ms), None);
        }
        let (draft, gap) = draft.header_gap(EXPIRY, 13);
        (draft, Some((gap, ms)))
    }

    /// Signs what was begun, and ends it.
    #[inline(always)]
    pub(crate) fn sign<'b>(&self, mut draft: Draft<'b, Body>, unsigned: Unsigned) -> Result<Request<'b>, BuildError> {
        draft.built();
        let lead = [
            Part::Text(&unsigned.stamp),
            Part::Text(draft.method().text().as_bytes()),
            Part::Span(draft.target_span()),
        ];
        let signature = draft.hmac_of_body(&lead, &self.key);
        let mut draft = draft.end_body();
        if let Some((gap, ms)) = unsigned.expiry {
            draft.fill_u64(gap, ms);
        }
        draft.fill_mac_base64(unsigned.gap, &signature);
        draft.finish()
    }

    /// The end of a window, ms: when its caller gives up, rounded up, and no later than the venue does anyway.
    #[inline]
    fn expires_ms(&self, window: &Window) -> u64 {
        let latest_ns = window.now.ns().saturating_add(self.life_max_ns);
        window.until.map_or(latest_ns, |until| until.ns().min(latest_ns)).div_ceil(1_000_000)
    }

    /// When the venue gives up on an order: orders with a trigger know no `expTime`, and their timestamp alone ages.
    pub(crate) fn expiry(&self, order: &OrderRef, window: &Window) -> Timestamp {
        if order.has_trigger { window.now + REQUEST_LIFE } else { Timestamp::from_ms(self.expires_ms(window)) }
    }
}

const EXPIRY: &str = "expTime";

/// Timestamps in milliseconds have 13 digits from 2001 to 2286.
const FIRST_OF_13_DIGITS: u64 = 1_000_000_000_000;

/// 32 bytes in base64.
const SIGNATURE_BYTES: usize = 44;

/// How far a timestamp may be from the venue's clock, either way; else 50102. Source: overview, "REST Authentication".
const REQUEST_LIFE: Duration = Duration::from_secs(30);

/// `expTime` has whole milliseconds.
const WINDOW_MIN: Duration = Duration::from_millis(1);

/// What settling an order in doubt needs to know.
pub(crate) const SETTLING: Settling = Settling { expiry_max: Some(STRANGERS_LIFE), lag: QUERY_LAG };

/// A request may be stamped so far ahead of the venue's clock, and be taken so long after.
const STRANGERS_LIFE: Duration = Duration::from_secs(60);
const _: () = assert!(STRANGERS_LIFE.as_secs() == 2 * REQUEST_LIFE.as_secs());

/// How long an order may be acknowledged before a query shows it: the venue answers before its engine looks, and its documents name no
/// bound. Our own choice: long against any delay they hint at, short against a caller's patience.
const QUERY_LAG: Duration = Duration::from_secs(1);
