//! What is signed, and where the signature goes.
//!
//! ```text
//! POST /v5/order/create HTTP/1.1
//! X-BAPI-API-KEY: …                             ┐
//! X-BAPI-TIMESTAMP: 1658385579423               ├ signed in the order timestamp, key, window, nothing between them,
//! X-BAPI-RECV-WINDOW: 5000                      ┘ and behind them the query of a GET or the body of a POST
//! X-BAPI-SIGN: f0da71972ce1811c…                ◄ a gap until the body is written
//!
//! {"category": "option"}
//! ```
//!
//! Neither method nor path is signed. The signature is lower-case hex with an HMAC key and base64 with an RSA key.
//!
//! **Source**: guide, "Create A Request", read 2026-11-25. Its third step says to add the signature to `X-BAPI-API-KEY`: a slip, since
//! its own examples have it in `X-BAPI-SIGN`.

use core::fmt::Display;
use std::time::Duration;

use orderwire::sign::rsa::RsaSignature;
use orderwire::venue::checks::keyless;
use orderwire::venue::{
    Body, BuildError, ConfigError, ConfigPart, Credentials, Draft, FixedHeaders, Headers, Part, Phase, Query, Request,
    Reserved, Secret, Settling, SigningKey, Span, Timestamp, VenueSettings, Window,
};

/// An account's key and what it signs with.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    signing: SigningKey,
    /// How many characters a signature has in its header.
    signature_width: usize,
    /// How late after its timestamp a typed call may still count, at most, ms; its deadline makes it shorter.
    window_max_ms: u64,
    key_header: FixedHeaders,
    /// That of the longest window.
    window_header: FixedHeaders,
    /// What is signed behind the timestamp where no deadline cuts the window: the key and the longest window.
    key_and_window: Secret,
}

impl Signer {
    /// Sets the key up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let window_max = settings.recv_window.unwrap_or(RECV_WINDOW_DEFAULT);
        if !window_max.subsec_nanos().is_multiple_of(1_000_000) || window_max.is_zero() || window_max > RECV_WINDOW_MAX
        {
            let problem =
                format_args!("recv_window is {window_max:?}: whole milliseconds, 1 to 60000; Bybit's default is 5000");
            return Err(ConfigError::new(ConfigPart::Builder, problem));
        }
        let window_max_ms = u64::try_from(window_max.as_millis()).unwrap_or(u64::MAX);
        let signer = |credentials: &Credentials| {
            let signing = credentials.signing_key()?;
            let signature_width = match &signing {
                SigningKey::Hmac(_) => HMAC_HEX_BYTES,
                SigningKey::Rsa(key) => {
                    let signature = key.sign(b"").map_err(|e| ConfigError::new(ConfigPart::Credentials, e))?;
                    signature.as_ref().len().div_ceil(3) * 4
                }
                _ => {
                    let problem = "Bybit takes HMAC secrets and RSA keys: this is a key of another kind";
                    return Err(ConfigError::new(ConfigPart::Credentials, problem));
                }
            };
            let window_max = window_max_ms.to_string();
            let bad = |e: &dyn Display| ConfigError::new(ConfigPart::Credentials, e);
            Ok(Self {
                credentials: credentials.clone(),
                signing,
                signature_width,
                window_max_ms,
                key_header: FixedHeaders::new(&[("X-BAPI-API-KEY", credentials.key())]).map_err(|e| bad(&e))?,
                window_header: FixedHeaders::new(&[(RECV_WINDOW, &window_max)]).map_err(|e| bad(&e))?,
                key_and_window: Secret::new(format!("{}{window_max}", credentials.key())).map_err(|e| bad(&e))?,
            })
        };
        settings.credentials.map(signer).transpose()
    }

    /// The signer that a signed call needs.
    #[inline]
    pub(crate) fn needed(signer: Option<&Self>) -> Result<&Self, BuildError> {
        signer.ok_or_else(keyless)
    }

    /// Ends a typed call whose parameters are its query.
    pub(crate) fn finish<'b>(&self, draft: Draft<'b, Query>, window: Window) -> Result<Request<'b>, BuildError> {
        self.sign_query(draft, &window)?.no_body()
    }

    /// Goes on to the body of a typed call, which the signature in the head covers.
    #[inline]
    pub(crate) fn start_body<'b>(&self, draft: Draft<'b>, window: Window) -> Unsigned<'b> {
        self.start_signed(draft.headers(), &window, &[])
    }

    /// Writes the signed head of a call without a body: the signature covers its query.
    pub(crate) fn sign_query<'b>(
        &self,
        draft: Draft<'b, Query>,
        window: &Window,
    ) -> Result<Draft<'b, Headers>, BuildError> {
        let (mut head, lead) = self.put_lead(draft.headers(), window);
        head.built();
        let signature = self.sign(&head, lead, head.query_text())?;
        let mut value = head.start_header(SIGN);
        match signature {
            Signature::Hmac(digest) => value.put_hex(&digest),
            Signature::Rsa(signature) => value.put_base64(signature.as_ref()),
        };
        Ok(value.end_header())
    }

    /// Writes the signed head of a call with a body, with a gap for the signature; `headers` are further ones.
    #[inline]
    pub(crate) fn start_signed<'b>(
        &self,
        draft: Draft<'b, Headers>,
        window: &Window,
        headers: &[(&str, &str)],
    ) -> Unsigned<'b> {
        let (head, lead) = self.put_lead(draft, window);
        let (mut head, gap) = head.header_gap(SIGN, self.signature_width);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
            head = head.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            head = head.header(name, value);
        }
        Unsigned { draft: head.start_body(), gap, lead }
    }

    /// Signs the body, and ends the call with it.
    #[inline]
    pub(crate) fn finish_body<'b>(&self, unsigned: Unsigned<'b>) -> Result<Request<'b>, BuildError> {
        let Unsigned { mut draft, gap, lead } = unsigned;
        draft.built();
        match &self.signing {
            SigningKey::Hmac(key) => {
                let signature = draft.hmac_of_body(&self.parts(lead), key);
                let mut draft = draft.end_body();
                draft.fill_hex(gap, &signature.bytes());
                draft.finish()
            }
            _ => {
                match self.sign(&draft, lead, draft.body_text())? {
                    Signature::Hmac(digest) => draft.fill_hex(gap, &digest),
                    Signature::Rsa(signature) => draft.fill_base64(gap, signature.as_ref()),
                };
                draft.finish()
            }
        }
    }

    /// The receive window that ends when the caller gives up, ms; `None` where the longest says it all.
    #[inline]
    fn window_ms(&self, window: &Window) -> Option<u64> {
        let left_ns = window.until?.ns().saturating_sub(window.now.ns());
        if left_ns >= self.window_max_ms * NS_PER_MS {
            return None;
        }
        // Rounded up: a window of nothing would be no window. The timestamp is rounded down, by less than that.
        Some(left_ns.div_ceil(NS_PER_MS).max(1))
    }

    /// When the venue gives up on a typed call: "server_time - recv_window <= timestamp". Source: guide.
    pub(crate) fn expiry(&self, window: &Window) -> Timestamp {
        window.now + Duration::from_millis(self.window_ms(window).unwrap_or(self.window_max_ms))
    }

    /// Key, timestamp and receive window.
    #[inline]
    fn put_lead<'b>(&self, draft: Draft<'b, Headers>, window: &Window) -> (Draft<'b, Headers>, Lead) {
        let draft = draft.fixed_headers(&self.key_header).header_u64("X-BAPI-TIMESTAMP", window.now.ms());
        let timestamp = draft.last_value();
        match self.window_ms(window) {
            None => (draft.fixed_headers(&self.window_header), Lead { timestamp, window: None }),
            Some(ms) => {
                let draft = draft.header_u64(RECV_WINDOW, ms);
                let window = Some(draft.last_value());
                (draft, Lead { timestamp, window })
            }
        }
    }

    /// What is signed before query or body.
    #[inline]
    fn parts(&self, lead: Lead) -> [Part<'_>; 3] {
        let (key, window) = match lead.window {
            None => (self.key_and_window.expose(), Part::Text(b"")),
            Some(window) => (self.credentials.key(), Part::Span(window)),
        };
        [Part::Span(lead.timestamp), Part::Text(key.as_bytes()), window]
    }

    #[inline]
    fn sign<P: Phase>(&self, draft: &Draft<'_, P>, lead: Lead, text: &[u8]) -> Result<Signature, BuildError> {
        let [timestamp, key, window] = self.parts(lead).map(|part| match part {
            Part::Span(span) => draft.text(span),
            Part::Text(text) => text,
        });
        let parts = [timestamp, key, window, text];
        match &self.signing {
            SigningKey::Hmac(key) => Ok(Signature::Hmac(key.sign_parts(&parts))),
            // The library that makes RSA signatures allocates anyway.
            SigningKey::Rsa(key) => Ok(Signature::Rsa(key.sign(&parts.concat())?)),
            // Not taken when the key was set up.
            _ => Err(BuildError::Unsupported {
                what: "a signature with this kind of key",
                cure: "use an HMAC or RSA key",
            }),
        }
    }
}

/// A body being written, whose signature stands in the head before it.
#[must_use = "an unsigned body is refused"]
pub(crate) struct Unsigned<'b> {
    pub(crate) draft: Draft<'b, Body>,
    gap: Reserved,
    lead: Lead,
}

/// What is signed before query or body, beside the key: where timestamp and receive window stand, and no window where it is the longest.
#[derive(Clone, Copy)]
struct Lead {
    timestamp: Span,
    window: Option<Span>,
}

#[expect(clippy::large_enum_variant, reason = "read where it was made, and without heap")]
enum Signature {
    Hmac([u8; HMAC_HEX_BYTES / 2]),
    Rsa(RsaSignature),
}

/// HMAC-SHA256 in hex.
const HMAC_HEX_BYTES: usize = 64;

const SIGN: &str = "X-BAPI-SIGN";

const RECV_WINDOW: &str = "X-BAPI-RECV-WINDOW";

const NS_PER_MS: u64 = 1_000_000;

/// "default value is 5,000". Source: guide.
const RECV_WINDOW_DEFAULT: Duration = Duration::from_millis(5_000);

/// The venue names no greatest window. Our own choice, the same as Binance's: a request that is older is a mistake.
const RECV_WINDOW_MAX: Duration = Duration::from_millis(60_000);

/// What settling an order in doubt needs to know. The venue names no greatest window; the longest that a client of this crate asks
/// for is `RECV_WINDOW_MAX`, and a timestamp may lie a second ahead. Source: guide: "timestamp < server_time + 1000".
pub(crate) const SETTLING: Settling =
    Settling { expiry_max: Some(RECV_WINDOW_MAX.saturating_add(Duration::from_secs(1))), lag: QUERY_LAG };

/// How long an order may be with the engine before a query shows it. "This request is asynchronous", and the documents name no bound:
/// "During periods of extreme market volatility, this interface may experience increased latency" (order/open-order). Our own choice:
/// longer than where the engine answers itself.
const QUERY_LAG: Duration = Duration::from_secs(3);
