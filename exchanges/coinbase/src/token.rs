//! A token: what it says, how it is signed, and how one is kept ready.
//!
//! ```text
//! base64url({"alg":"EdDSA","kid":"<key>","nonce":"<64 hex>","typ":"JWT"})
//!   . base64url({"sub":"<key>","iss":"cdp","nbf":1700000000,"exp":1700000120,"uri":"POST api.coinbase.com/api/v3/brokerage/orders"})
//!   . base64url(signature of all before this dot)                                     no padding anywhere
//! ```
//!
//! It names method, host and path, and neither query nor body: one that was made for an endpoint serves every request to it until it is
//! over. `GET` and `POST` of what has an id in its path need one each.
//!
//! **Source**: <https://github.com/coinbase/coinbase-advanced-py> at `54fb8ed`, `coinbase/jwt_generator.py`, the venue's own client;
//! <https://docs.cdp.coinbase.com/get-started/authentication/jwt-authentication>: "Your JWT expires after 2 minutes", "You'll need to
//! re-generate your JWT before it expires to ensure uninterrupted access". Read 2026-11-26.

use std::fmt;
use std::io::Write;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arrayvec::ArrayVec;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use orderwire::venue::{
    BuildError, ConfigError, ConfigPart, Credentials, Ed25519Key, Method, P256Key, SignError, SigningKey, Timestamp,
};
use zeroize::Zeroize;

/// What signs tokens.
#[derive(Debug)]
pub(crate) enum Key {
    Ed25519(Ed25519Key),
    P256(Box<P256Key>),
}

impl Key {
    /// The key in the forms that the venue gives out: an EC key on P-256 as PEM, SEC 1 or PKCS#8; an Ed25519 key as base64 of its seed
    /// and its public half, or of the seed alone, or as PEM, PKCS#8.
    pub(crate) fn new(credentials: &Credentials) -> Result<Self, ConfigError> {
        let bad = |problem: &str| ConfigError::new(ConfigPart::Credentials, problem);
        if credentials.secret().is_pem() {
            return match credentials.signing_key()? {
                SigningKey::Ed25519(key) => Ok(Self::Ed25519(key)),
                SigningKey::P256(key) => Ok(Self::P256(key)),
                _ => Err(bad("Coinbase signs with Ed25519 or P-256 keys: make one at portal.cdp.coinbase.com")),
            };
        }
        let bytes = credentials.secret().base64();
        let Some((seed, public)) = bytes.as_ref().and_then(|bytes| bytes.split_at_checked(SEED_BYTES)) else {
            return Err(bad(NOT_A_SECRET));
        };
        let key = Ed25519Key::from_seed(seed).map_err(|e| ConfigError::new(ConfigPart::Credentials, e))?;
        match public {
            [] => Ok(Self::Ed25519(key)),
            _ if *public == key.public_key() => Ok(Self::Ed25519(key)),
            _ if public.len() == SEED_BYTES => {
                Err(bad("the secret's two halves do not belong together: copy it again, whole"))
            }
            _ => Err(bad(NOT_A_SECRET)),
        }
    }

    /// What it is called in tokens. Source: RFC 7518 section 3.1, RFC 8037 section 3.1.
    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SignError> {
        match self {
            Self::Ed25519(key) => key.sign(text),
            Self::P256(key) => key.sign(text),
        }
    }
}

/// Short enough for an error; both forms that are told by their length.
const NOT_A_SECRET: &str =
    "a secret of Coinbase is base64 of 64 or 32 bytes (Ed25519), or PEM (P-256): copy it again, whole";

/// Of an Ed25519 key; the public half has as many. Source: RFC 8032 section 5.1.5.
const SEED_BYTES: usize = 32;

/// Of either kind.
const SIGNATURE_BYTES: usize = 64;

/// Numbers used once: random bytes drawn at start, and a count behind them.
#[derive(Debug)]
pub(crate) struct Nonces {
    run: [u8; NONCE_BYTES - COUNT_BYTES],
    count: AtomicU64,
}

impl Nonces {
    pub(crate) fn new() -> Result<Self, ConfigError> {
        let mut run = [0; NONCE_BYTES - COUNT_BYTES];
        aws_lc_rs::rand::fill(&mut run)
            .map_err(|_| ConfigError::new(ConfigPart::Credentials, "the system has no random bytes to give"))?;
        Ok(Self { run, count: AtomicU64::new(0) })
    }

    fn next(&self) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        let (run, count) = nonce.split_at_mut(self.run.len());
        run.copy_from_slice(&self.run);
        count.copy_from_slice(&self.count.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        nonce
    }
}

/// As many as the venue's own client draws.
const NONCE_BYTES: usize = 32;
const COUNT_BYTES: usize = size_of::<u64>();

/// A token and when it holds, in the venue's clock. Erased on drop: who has it may ask in the account's name until then.
#[derive(Clone)]
pub(crate) struct Token {
    text: ArrayVec<u8, TOKEN_BYTES_MAX>,
    from: Timestamp,
    until: Timestamp,
}

/// What a token is made for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'a> {
    pub(crate) method: Method,
    pub(crate) authority: &'a str,
    /// As it is sent, percent-encoded, in two parts.
    pub(crate) path: (&'a [u8], &'a [u8]),
}

impl Token {
    /// One that never held.
    fn none() -> Self {
        Self { text: ArrayVec::new(), from: Timestamp::from_ms(u64::MAX), until: Timestamp::from_ms(0) }
    }

    /// Makes and signs one that holds from a moment ago on.
    ///
    /// **Errors**: the path is too long, or has what JSON would escape; the C library has no memory.
    pub(crate) fn new(
        key: &Key,
        name: &str,
        nonces: &Nonces,
        purpose: Purpose<'_>,
        now: Timestamp,
        life: Duration,
    ) -> Result<Self, BuildError> {
        let from_s = (now.ms() / 1_000).saturating_sub(BACKDATED.as_secs());
        let until_s = from_s + life.as_secs();
        let (start, rest) = purpose.path;
        if start.iter().chain(rest).any(|byte| matches!(byte, b'"' | b'\\')) {
            let cure = "Coinbase's have no backslash: percent-encode it";
            return Err(BuildError::Value { field: "the path", cure });
        }
        let mut nonce = [0; 2 * NONCE_BYTES];
        HEXLOWER.encode_mut(&nonces.next(), &mut nonce);
        let algorithm = key.algorithm();
        let mut text = ArrayVec::new();
        let mut json = Json::new();
        let written = write!(json, r#"{{"alg":"{algorithm}","kid":"{name}","nonce":""#)
            .and_then(|()| json.write_all(&nonce))
            .and_then(|()| json.write_all(br#"","typ":"JWT"}"#));
        put_part(&mut text, written, &mut json, b"")?;
        let (method, authority) = (purpose.method.text(), purpose.authority);
        let written =
            write!(json, r#"{{"sub":"{name}","iss":"cdp","nbf":{from_s},"exp":{until_s},"uri":"{method} {authority}"#)
                .and_then(|()| json.write_all(start))
                .and_then(|()| json.write_all(rest))
                .and_then(|()| json.write_all(br#""}"#));
        put_part(&mut text, written, &mut json, b".")?;
        let signature = key.sign(&text)?;
        put_base64(&mut text, &signature, b".").ok_or_else(too_long)?;
        Ok(Self { text, from: Timestamp::from_ms(from_s * 1_000), until: Timestamp::from_ms(until_s * 1_000) })
    }

    /// The token as it is sent.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether a request that is sent now may use it: it may take a while to arrive.
    fn serves(&self, now: Timestamp) -> bool {
        self.from <= now && now + self.life() / 8 < self.until
    }

    /// Whether another need not be made yet.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.from <= now && now + self.life() / 2 < self.until
    }

    fn life(&self) -> Duration {
        Duration::from_nanos(self.until.ns().saturating_sub(self.from.ns()))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Shows when it holds and nothing of it.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(hidden, until {})", self.until)
    }
}

type Json = ArrayVec<u8, JSON_BYTES_MAX>;

/// Appends one part in base64, and empties where it was written.
fn put_part(
    text: &mut ArrayVec<u8, TOKEN_BYTES_MAX>,
    written: std::io::Result<()>,
    json: &mut Json,
    lead: &[u8],
) -> Result<(), BuildError> {
    written.ok().and_then(|()| put_base64(text, json, lead)).ok_or_else(too_long)?;
    json.clear();
    Ok(())
}

fn put_base64(text: &mut ArrayVec<u8, TOKEN_BYTES_MAX>, bytes: &[u8], lead: &[u8]) -> Option<()> {
    text.try_extend_from_slice(lead).ok()?;
    let start = text.len();
    text.try_extend_from_slice(ROOM.get(..BASE64URL_NOPAD.encode_len(bytes.len()))?).ok()?;
    BASE64URL_NOPAD.encode_mut(bytes, &mut text[start..]);
    Some(())
}

/// What is written over.
static ROOM: [u8; TOKEN_BYTES_MAX] = [0; TOKEN_BYTES_MAX];

#[cold]
fn too_long() -> BuildError {
    BuildError::Value { field: "the path", cure: "a token names it, and has room for some 700 bytes of it: shorten it" }
}

/// How far before now a token begins: it is refused where the venue's clock has not come so far, and its unit is the second. The clock
/// is known to half a round trip; before it is, hosts are taken to be right to a second.
const BACKDATED: Duration = Duration::from_secs(2);

/// Longest part of a token before it is encoded: a name twice as long as the venue's, the longest host, 700 bytes of path.
const JSON_BYTES_MAX: usize = 1_280;

/// Header, payload and signature in base64, dots between them.
const TOKEN_BYTES_MAX: usize = 2_304;

const _: () = {
    const fn in_base64(bytes: usize) -> usize {
        bytes.div_ceil(3) * 4
    }
    let header = NAME_BYTES_MAX + 2 * NONCE_BYTES + r#"{"alg":"EdDSA","kid":"","nonce":"","typ":"JWT"}"#.len();
    assert!(in_base64(header) + in_base64(JSON_BYTES_MAX) + in_base64(SIGNATURE_BYTES) + 2 <= TOKEN_BYTES_MAX);
};

/// Longest name of a key: `organizations/{uuid}/apiKeys/{uuid}` has 95 bytes.
pub(crate) const NAME_BYTES_MAX: usize = 192;

/// A token that is made ahead, by whoever has the time, and read by requests without waiting for anybody.
///
/// ```text
/// current ──► copies[0]  read by requests             the other is written meanwhile,
///             copies[1]  ◄── written                  and becomes current then
/// ```
#[derive(Debug)]
pub(crate) struct Ready {
    copies: [RwLock<Token>; 2],
    current: AtomicUsize,
}

impl Ready {
    pub(crate) fn new() -> Self {
        Self { copies: [Token::none(), Token::none()].map(RwLock::new), current: AtomicUsize::new(0) }
    }

    /// Hands the token to `then` where there is one that serves now.
    #[inline]
    pub(crate) fn read(&self, now: Timestamp, then: impl FnOnce(&[u8])) -> bool {
        let current = self.current.load(Ordering::Acquire);
        // Nobody writes to it: at worst a writer that was held up since the last change of copies, and then there is none.
        let Ok(token) = self.copies[current % 2].try_read() else { return false };
        let serves = token.serves(now);
        if serves {
            then(token.text());
        }
        serves
    }

    /// Whether another token has to be made.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let current = self.current.load(Ordering::Acquire);
        self.copies[current % 2].try_read().is_ok_and(|token| !token.is_fresh(now))
    }

    /// Keeps this token from now on, unless somebody else is keeping one right now.
    pub(crate) fn keep(&self, token: Token) {
        let spare = (self.current.load(Ordering::Acquire) + 1) % 2;
        if let Ok(mut place) = self.copies[spare].try_write() {
            *place = token;
            drop(place);
            self.current.store(spare, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// The key of RFC 8032, section 7.1, test 1.
    const SECRET: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";

    const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_999);

    fn token(life_s: u64, path: &[u8]) -> Result<Token, BuildError> {
        let key = Key::new(&Credentials::new("k", SECRET).unwrap()).unwrap();
        let purpose = Purpose { method: Method::Post, authority: "api.coinbase.com", path: (b"/base", path) };
        Token::new(&key, "k", &Nonces::new().unwrap(), purpose, NOW, Duration::from_secs(life_s))
    }

    fn at(seconds: f64) -> Timestamp {
        // Tokens begin at a whole second; ten of them before it.
        Timestamp::from_ms(1_699_999_990_000) + Duration::from_secs_f64(seconds + 10.0)
    }

    #[test]
    fn a_token_serves_until_it_would_end_on_its_way_and_is_due_at_half_its_life() {
        let token = token(120, b"/orders").unwrap();
        for (seconds, serves, is_fresh) in [
            (-2.001, false, false),
            (-2.0, true, true),
            (57.9, true, true),
            (58.0, true, false),
            (102.9, true, false),
            (103.0, false, false),
            (200.0, false, false),
        ] {
            assert_eq!((token.serves(at(seconds)), token.is_fresh(at(seconds))), (serves, is_fresh), "{seconds}");
        }
        assert!(!Token::none().serves(NOW) && !Token::none().is_fresh(NOW));
        assert_eq!(format!("{token:?}"), "Token(hidden, until 2023-11-14T22:15:18.000Z)");
    }

    #[test]
    fn a_path_that_cannot_be_named_is_refused() {
        assert!(token(120, &[b'x'; 700]).is_ok());
        for path in [&[b'x'; 1_300][..], b"/a\"b", b"/a\\b"] {
            assert!(matches!(token(120, path), Err(BuildError::Value { field: "the path", .. })));
        }
    }

    #[test]
    fn nonces_never_repeat() {
        let (one, other) = (Nonces::new().unwrap(), Nonces::new().unwrap());
        let mut drawn: Vec<_> = (0..1_000).flat_map(|_| [one.next(), other.next()]).collect();
        drawn.sort_unstable();
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn readers_see_one_whole_token_while_others_are_kept() {
        let ready = Ready::new();
        assert!(ready.is_due(NOW) && !ready.read(NOW, |_| panic!("there is none")));
        // Texts whose bytes are all the same: a torn one would have two kinds.
        let of = |byte: u8| Token { text: [byte; 600].into_iter().collect(), from: at(-2.0), until: at(118.0) };
        ready.keep(of(0));
        assert!(!ready.is_due(NOW));
        let done = AtomicBool::new(false);
        let read = std::thread::scope(|threads| {
            let readers = [(); 2].map(|()| {
                threads.spawn(|| {
                    let (mut read, mut last) = (0_u64, 0);
                    while !done.load(Ordering::Relaxed) {
                        read += u64::from(ready.read(NOW, |text| {
                            last = text[0];
                            assert!(text.len() == 600 && text.iter().all(|byte| *byte == last));
                        }));
                    }
                    read
                })
            });
            for round in 0..2_000_u32 {
                ready.keep(of((round % 251) as u8));
            }
            done.store(true, Ordering::Relaxed);
            readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>()
        });
        assert!(read > 0);
    }
}
