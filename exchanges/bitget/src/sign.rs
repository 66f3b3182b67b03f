//! What is signed, where the signature goes, and when a request counts no more.
//!
//! ```text
//! ACCESS-TIMESTAMP: 1659076670000            ACCESS-SIGN: base64, of HMAC 44 characters, of RSA with 2048 bits 344
//! 1659076670000  POST  /api/v2/spot/trade/place-order?…  {"symbol":"BTCUSDT",…}
//! └─ timestamp ─┘└ method ┘└─────── target ─────────────┘└────── body ───────┘   signed, nothing between them
//! ```
//!
//! What clients sign of a query is its text before it is percent-encoded, and what the venue does with one that is, no document says:
//! such a query is refused here.
//!
//! **Source**: "API Verification", "Signature", read 2026-11-26; "Place Order", `requestTime` and `receiveWindow`.

use std::time::Duration;

use arrayvec::ArrayString;
use orderwire::sign::rsa::RsaSignature;
use orderwire::venue::checks::keyless;
use orderwire::venue::{
    BeforeBody, Body, BuildError, ConfigError, ConfigPart, Credentials, Draft, Method, Part, Request, Reserved, Secret,
    Settling, SigningKey, Timestamp, VenueSettings, Window,
};

/// An account's key and what it signs with.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    signing: SigningKey,
    /// How many characters a signature has in its header.
    signature_width: usize,
    /// How late after its timestamp a new order may still count, at most; its deadline makes it shorter.
    life_max: Duration,
}

/// A request whose body is being written: what its signature needs later.
#[must_use = "a request that was begun has to be signed"]
pub(crate) struct Unsigned {
    stamp: Stamp,
    gap: Reserved,
}

/// Milliseconds, as they are sent and signed.
type Stamp = ArrayString<STAMP_BYTES_MAX>;

impl Signer {
    /// Sets the key up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let life_max = match settings.recv_window {
            None => REQUEST_LIFE,
            Some(window) if (WINDOW_MIN..=REQUEST_LIFE).contains(&window) => window,
            Some(window) => {
                let problem = format_args!("recv_window is {window:?}: Bitget takes a request for 30 seconds at most");
                return Err(ConfigError::new(ConfigPart::Builder, problem));
            }
        };
        let signer = |credentials: &Credentials| {
            let bad = |problem: &str| ConfigError::new(ConfigPart::Credentials, problem);
            let signing = credentials.signing_key()?;
            let signature_width = match &signing {
                SigningKey::Hmac(_) => HMAC_BASE64_BYTES,
                SigningKey::Rsa(key) => {
                    let signature = key.sign(b"").map_err(|e| ConfigError::new(ConfigPart::Credentials, e))?;
                    signature.as_ref().len().div_ceil(3) * 4
                }
                _ => return Err(bad("Bitget takes HMAC secrets and RSA keys: this is a key of another kind")),
            };
            if credentials.passphrase().is_none() {
                return Err(bad("a key of Bitget has a passphrase: .with_passphrase(..), or <PREFIX>_PASSPHRASE"));
            }
            Ok(Self { credentials: credentials.clone(), signing, signature_width, life_max })
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
        check_target(draft.target())?;
        let stamp = digits(window.now.ms());
        draft.built();
        let signature = self.sign(&stamp, draft.method(), draft.target(), b"")?;
        let mut value = draft.header("ACCESS-TIMESTAMP", &*stamp).start_header("ACCESS-SIGN");
        match signature {
            Signature::Hmac(digest) => value.put_base64(&digest),
            Signature::Rsa(signature) => value.put_base64(signature.as_ref()),
        };
        value.end_header().no_body()
    }

    /// Begins a body, with room for the signature in front of it.
    #[inline]
    pub(crate) fn start<'b>(&self, draft: Draft<'b, impl BeforeBody>, window: Window) -> (Draft<'b, Body>, Unsigned) {
        let stamp = digits(window.now.ms());
        let (draft, gap) = draft.header("ACCESS-TIMESTAMP", &*stamp).header_gap("ACCESS-SIGN", self.signature_width);
        (draft.start_body(), Unsigned { stamp, gap })
    }

    /// Signs what was begun, and ends it.
    #[inline]
    pub(crate) fn sign_body<'b>(
        &self,
        mut draft: Draft<'b, Body>,
        unsigned: Unsigned,
    ) -> Result<Request<'b>, BuildError> {
        draft.built();
        match &self.signing {
            SigningKey::Hmac(key) => {
                let method = Part::Text(draft.method().text().as_bytes());
                let lead = [Part::Text(unsigned.stamp.as_bytes()), method, Part::Span(draft.target_span())];
                let signature = draft.hmac_of_body(&lead, key);
                let mut draft = draft.end_body();
                draft.fill_mac_base64(unsigned.gap, &signature);
                draft.finish()
            }
            _ => {
                match self.sign(&unsigned.stamp, draft.method(), draft.target(), draft.body_text())? {
                    Signature::Hmac(digest) => draft.fill_base64(unsigned.gap, &digest),
                    Signature::Rsa(signature) => draft.fill_base64(unsigned.gap, signature.as_ref()),
                };
                draft.finish()
            }
        }
    }

    #[inline]
    fn sign(&self, stamp: &Stamp, method: Method, target: &[u8], body: &[u8]) -> Result<Signature, BuildError> {
        let parts = [stamp.as_bytes(), method.text().as_bytes(), target, body];
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

    /// How long the venue may take a new order, which is no longer than its caller waits, ms.
    #[inline]
    pub(crate) fn window_ms(&self, window: &Window) -> u64 {
        let most = u64::try_from(self.life_max.as_millis()).unwrap_or(u64::MAX);
        let Some(until) = window.until else { return most };
        // Rounded up: a window of nothing would be no window. The timestamp is rounded down, by less than that.
        until.ns().saturating_sub(window.now.ns()).div_ceil(1_000_000).clamp(1, most)
    }

    /// When the venue gives up on an order. That of an order alone ends with its window, that of a batch has none, and which of them it
    /// was is not told here: so the longer.
    pub(crate) fn expiry(window: &Window) -> Timestamp {
        window.now + REQUEST_LIFE
    }
}

/// A query that is signed as it stands has nothing percent-encoded in it.
pub(crate) fn check_target(target: &[u8]) -> Result<(), BuildError> {
    if target.contains(&b'%') {
        let cure = "Bitget signs a query before it is percent-encoded: letters, digits and - _ . ~ alone";
        return Err(BuildError::Value { field: "the query", cure });
    }
    Ok(())
}

#[inline]
fn digits(number: u64) -> Stamp {
    let mut text = Stamp::new();
    text.push_str(itoa::Buffer::new().format(number));
    text
}

/// The digits of the longest number.
const STAMP_BYTES_MAX: usize = u64::MAX.ilog10() as usize + 1;

#[expect(clippy::large_enum_variant, reason = "read where it was made, and without heap")]
enum Signature {
    Hmac([u8; 32]),
    Rsa(RsaSignature),
}

/// 32 bytes in base64.
const HMAC_BASE64_BYTES: usize = 44;

/// How far a timestamp may be from the venue's clock, either way; else 40004 or 40008. Source: "Standard Specification", "Timestamp".
const REQUEST_LIFE: Duration = Duration::from_secs(30);

/// `receiveWindow` has whole milliseconds. It may be 60,000, longer than a timestamp is good for.
const WINDOW_MIN: Duration = Duration::from_millis(1);

/// What settling an order in doubt needs to know.
pub(crate) const SETTLING: Settling = Settling { expiry_max: Some(STRANGERS_LIFE), lag: QUERY_LAG };

/// A request may be stamped so far ahead of the venue's clock, and be taken so long after.
const STRANGERS_LIFE: Duration = Duration::from_secs(60);
const _: () = assert!(STRANGERS_LIFE.as_secs() == 2 * REQUEST_LIFE.as_secs());

/// How long an order may be acknowledged before a query shows it. The documents name no bound. Our own choice, as for OKX: long against
/// any delay they hint at, short against a caller's patience.
const QUERY_LAG: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_number_fits() {
        assert_eq!(digits(u64::MAX).as_str(), u64::MAX.to_string());
        assert_eq!(digits(0).as_str(), "0");
    }
}
