//! What is signed, and where the signature goes: the same on all of Binance's markets.
//!
//! ```text
//! symbol=LTCBTC&side=BUY&…&recvWindow=5000&timestamp=1499827319559&signature=c8db…   body
//! └───────────────────────── signed ─────────────────────────────┘                └ signed ┘
//! ```
//!
//! Query and body are signed as they are sent, percent-encoded, joined with nothing between them. The signature is hex with
//! an HMAC key, and base64, percent-encoded in turn, with an Ed25519 or RSA key.
//!
//! **Source**: <https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#signed-endpoint-security>, read
//! 2026-07-21.

use std::time::Duration;

use orderwire::venue::checks::keyless;
use orderwire::venue::{
    BuildError, ConfigError, ConfigPart, Credentials, Draft, FixedText, KeyError, Query, Request, Settling, SignError,
    SigningKey, Timestamp, VenueSettings, Window,
};

/// An account's key and what it signs with.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    signing: SigningKey,
    /// How late after its timestamp a typed call may still count, at most; its deadline makes it shorter.
    window_max_ns: u64,
    /// The receive window of a typed call that no deadline cuts: `&recvWindow=5000`, or nothing where it is left to the venue.
    recv_window: FixedText,
    /// The same and what leads its timestamp, where there is no parameter before them.
    first: FixedText,
}

impl Signer {
    /// Sets the key up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let recv_window = settings.recv_window.map(recv_window).transpose()?.unwrap_or_default();
        let window_max = settings.recv_window.unwrap_or(RECV_WINDOW_DEFAULT);
        let window_max_ns = u64::try_from(window_max.as_nanos()).unwrap_or(u64::MAX);
        let signer = |credentials: &Credentials| {
            let first = format!("{recv_window}&timestamp=");
            let fixed = |text| FixedText::new(text).map_err(|error| ConfigError::new(ConfigPart::Builder, error));
            let (recv_window, first) = (fixed(&recv_window)?, fixed(&first["&".len()..])?);
            let signing = credentials.signing_key()?;
            if let SigningKey::P256(_) = signing {
                return Err(ConfigError::new(ConfigPart::Credentials, KeyError::Algorithm { found: "an EC key" }));
            }
            Ok(Self { credentials: credentials.clone(), signing, window_max_ns, recv_window, first })
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

    /// Ends a typed call: receive window, timestamp, signature, no body.
    #[inline]
    pub(crate) fn finish<'b>(&self, mut draft: Draft<'b, Query>, window: Window) -> Result<Request<'b>, BuildError> {
        if !draft.query_text().is_empty() {
            self.put_window(&mut draft, &window);
            return self.finish_windowed(draft, window);
        }
        match self.window_ms(&window) {
            Some(ms) => draft.put("recvWindow=").put_u64(ms).put("&timestamp="),
            None => draft.put_fixed(&self.first),
        };
        self.stamp(draft, window)
    }

    /// Writes the receive window of a typed call, behind a parameter: early, where more than one request has the same up to there.
    #[inline]
    pub(crate) fn put_window(&self, draft: &mut Draft<'_, Query>, window: &Window) {
        match self.window_ms(window) {
            Some(ms) => draft.put("&recvWindow=").put_u64(ms),
            None => draft.put_fixed(&self.recv_window),
        };
    }

    /// Ends a typed call whose receive window was [written](Self::put_window).
    #[inline]
    pub(crate) fn finish_windowed<'b>(
        &self,
        mut draft: Draft<'b, Query>,
        window: Window,
    ) -> Result<Request<'b>, BuildError> {
        draft.put("&timestamp=");
        self.stamp(draft, window)
    }

    #[inline]
    fn stamp<'b>(&self, mut draft: Draft<'b, Query>, window: Window) -> Result<Request<'b>, BuildError> {
        draft.put_u64(window.now.ms());
        self.sign(&mut draft, &[])?;
        draft.no_body()
    }

    /// The receive window that ends when the caller gives up, ms; `None` where the builder's setting says it all.
    #[inline]
    fn window_ms(&self, window: &Window) -> Option<u64> {
        let left_ns = window.until?.ns().saturating_sub(window.now.ns());
        if left_ns >= self.window_max_ns {
            return None;
        }
        // Rounded up: a window of nothing would be no window. The timestamp is rounded down, by less than that.
        Some(left_ns.div_ceil(NS_PER_MS).max(1))
    }

    /// When the venue gives up on a typed call. Source: rest-api.md, "Timing security": what is later than `timestamp` and
    /// `recvWindow` is refused, on arrival and again right before the engine.
    pub(crate) fn expiry(&self, window: &Window) -> Timestamp {
        let window_ns = self.window_ms(window).map_or(self.window_max_ns, |ms| ms.saturating_mul(NS_PER_MS));
        Timestamp::from_ns(window.now.ns().saturating_add(window_ns))
    }

    /// Appends the signature of the query so far and of a body that will follow.
    #[inline]
    pub(crate) fn sign(&self, draft: &mut Draft<'_, Query>, body: &[u8]) -> Result<(), BuildError> {
        draft.built();
        match &self.signing {
            SigningKey::Hmac(key) => {
                let signature = match body {
                    [] => draft.hmac_since(draft.query_mark(), key),
                    _ => key.sign_parts(&[draft.query_text(), body]),
                };
                draft.put("&signature=").put_hex(&signature);
            }
            SigningKey::Ed25519(key) => {
                let signature = joined(draft.query_text(), body, |text| key.sign(text))?;
                draft.put("&signature=").put_base64_percent(&signature);
            }
            SigningKey::Rsa(key) => {
                let signature = joined(draft.query_text(), body, |text| key.sign(text))?;
                draft.put("&signature=").put_base64_percent(signature.as_ref());
            }
            _ => {
                let cure = "use an HMAC, Ed25519 or RSA key";
                return Err(BuildError::Unsupported { what: "a signature with this kind of key", cure });
            }
        }
        Ok(())
    }
}

/// Signs query and body as one text. Only raw calls have a body: joining them may allocate.
#[inline]
fn joined<T>(query: &[u8], body: &[u8], sign: impl FnOnce(&[u8]) -> Result<T, SignError>) -> Result<T, SignError> {
    if body.is_empty() { sign(query) } else { sign(&[query, body].concat()) }
}

/// `&recvWindow=` with milliseconds and, where there are any, three places for microseconds.
fn recv_window(window: Duration) -> Result<String, ConfigError> {
    if window < RECV_WINDOW_MIN || window > RECV_WINDOW_MAX {
        let problem = format_args!(
            "recv_window is {window:?}: Binance takes 1 microsecond to 60 seconds, 5 seconds or less is advised"
        );
        return Err(ConfigError::new(ConfigPart::Builder, problem));
    }
    let (ms, us) = (window.as_millis(), window.subsec_micros() % 1_000);
    Ok(if us == 0 { format!("&recvWindow={ms}") } else { format!("&recvWindow={ms}.{us:03}") })
}

const NS_PER_MS: u64 = 1_000_000;

/// "If it is not specified, it defaults to 5000". Source: rest-api.md, "Timing security".
const RECV_WINDOW_DEFAULT: Duration = Duration::from_millis(5_000);

/// The venue takes three places of a millisecond. Source: rest-api.md, "Timing security".
const RECV_WINDOW_MIN: Duration = Duration::from_micros(1);

/// "The max cannot go beyond 60,000!" Source: rest-api.md, "Timing security".
const RECV_WINDOW_MAX: Duration = Duration::from_millis(60_000);

/// What settling an order in doubt needs to know, the same on every market.
pub(crate) const SETTLING: Settling = Settling { expiry_max: Some(REQUEST_LIFE_MAX), lag: QUERY_LAG };

/// A request may be stamped so far ahead of the venue's clock, and may ask for so long a window. Source: rest-api.md, "Timing
/// security", read 2026-07-21; futures, general-info, "Timing Security".
const REQUEST_LIFE_MAX: Duration = RECV_WINDOW_MAX.saturating_add(Duration::from_secs(1));

/// How long an order may be with the engine before a query shows it. Queries are answered from memory or the database,
/// not by the engine (rest-api.md, "Data Sources", read 2026-07-21), and the documents name no bound. Our own choice: long
/// against any delay that the documents hint at, short against a caller's patience.
const QUERY_LAG: Duration = Duration::from_secs(1);
