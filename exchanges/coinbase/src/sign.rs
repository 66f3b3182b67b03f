//! Who signs, what, and for how long it counts.
//!
//! ```text
//! Authorization: Bearer eyJhbGciOiJFZERTQSIs…
//! ```
//!
//! Every signed request has a token ([`token`](crate::token)). Of endpoints whose path is always the same ([`Fixed`]) one is kept ready:
//! a request copies it, and signs nothing. It is made anew once half of its life is over, on the connector's thread
//! ([`Venue::prepare`](orderwire::venue::Venue::prepare)), so also while nothing is sent. Where none is ready (a dry run, a clock that
//! was found to be wrong a moment ago, a host that slept) the request makes its own and leaves it for the next. That takes 13 us with an
//! Ed25519 key and 20 us with one on P-256 in place of the 0.2 us that the whole request takes otherwise (`benches/sign.rs`, 2026-11-26), and
//! with a key on P-256 some 20 heap calls in the C library (`docs/zero_heap.md`).
//!
//! Whether a token may be used twice is not written down; the documents have one made once and used until it expires. Where the venue
//! refused that, it would say 401, and nothing would have been done.

use std::time::Duration;

use orderwire::venue::checks::keyless;
use orderwire::venue::{
    BeforeBody, BuildError, ConfigError, ConfigPart, Credentials, Draft, Headers, Method, Request, Settling, Timestamp,
    VenueSettings, Window,
};

use crate::token::{Key, NAME_BYTES_MAX, Nonces, Purpose, Ready, Token};

/// An account's key, and the tokens that it has signed ahead.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    key: Key,
    nonces: Nonces,
    authority: Box<str>,
    base_path: Box<str>,
    /// How long a token holds.
    life: Duration,
    ready: Box<[Ready]>,
}

macro_rules! fixed {
    ($($name:ident: $method:ident $path:literal;)*) => {
        /// An endpoint whose path is always the same, so that a token for it can be made ahead.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Fixed {
            $($name),*
        }

        impl Fixed {
            const ALL: &[Self] = &[$(Self::$name),*];

            const fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$method),*
                }
            }

            /// Its path, after the base path.
            pub(crate) const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path),*
                }
            }
        }
    };
}

fixed! {
    Accounts: Get "/accounts";
    BatchCancel: Post "/orders/batch_cancel";
    ClosePosition: Post "/orders/close_position";
    Edit: Post "/orders/edit";
    EditPreview: Post "/orders/edit_preview";
    Fills: Get "/orders/historical/fills";
    KeyPermissions: Get "/key_permissions";
    Orders: Get "/orders/historical/batch";
    Place: Post "/orders";
    Positions: Get "/cfm/positions";
    Preview: Post "/orders/preview";
    TransactionSummary: Get "/transaction_summary";
}

impl Signer {
    /// Sets the key up; `None` without credentials.
    pub(crate) fn new(settings: &VenueSettings<'_>) -> Result<Option<Self>, ConfigError> {
        let life = match settings.recv_window {
            None => TOKEN_LIFE_MAX,
            Some(life) if (TOKEN_LIFE_MIN..=TOKEN_LIFE_MAX).contains(&life) && life.subsec_nanos() == 0 => life,
            Some(life) => {
                let problem =
                    format_args!("recv_window is {life:?}: tokens of Coinbase hold for 10 to 120 whole seconds");
                return Err(ConfigError::new(ConfigPart::Builder, problem));
            }
        };
        let Some(credentials) = settings.credentials else { return Ok(None) };
        let name = credentials.key();
        let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:".contains(&byte);
        if name.len() > NAME_BYTES_MAX || !name.bytes().all(is_right) {
            let problem =
                "a key of Coinbase is named organizations/../apiKeys/.., or by a UUID: copy it again, without quotes";
            return Err(ConfigError::new(ConfigPart::Credentials, problem));
        }
        Ok(Some(Self {
            credentials: credentials.clone(),
            key: Key::new(credentials)?,
            nonces: Nonces::new()?,
            authority: settings.authority.into(),
            base_path: settings.base_path.into(),
            life,
            ready: Fixed::ALL.iter().map(|_| Ready::new()).collect(),
        }))
    }

    /// The signer that a signed call needs.
    #[inline]
    pub(crate) fn needed(signer: Option<&Self>) -> Result<&Self, BuildError> {
        signer.ok_or_else(keyless)
    }

    /// Makes anew what will soon be over.
    pub(crate) fn prepare(&self, now: Timestamp) {
        for (&fixed, ready) in Fixed::ALL.iter().zip(&self.ready) {
            // What cannot be made now, the request that needs it says so.
            if ready.is_due(now)
                && let Ok(token) = self.token_for(fixed, now)
            {
                ready.keep(token);
            }
        }
    }

    /// Ends the target, and puts the token of an endpoint with one path into the head.
    #[inline]
    pub(crate) fn authorize<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        fixed: Fixed,
        window: Window,
    ) -> Result<Draft<'b, Headers>, BuildError> {
        let mut value = draft.start_header(AUTHORIZATION);
        value.built().put("Bearer ");
        let ready = &self.ready[fixed as usize];
        let was_ready = ready.read(window.now, |token| {
            value.put(token);
        });
        if !was_ready {
            let token = self.token_for(fixed, window.now)?;
            value.put(token.text());
            ready.keep(token);
        }
        Ok(value.end_header())
    }

    /// Ends the target, and puts a token for this path alone into the head.
    pub(crate) fn authorize_path<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        window: Window,
    ) -> Result<Draft<'b, Headers>, BuildError> {
        let mut value = draft.start_header(AUTHORIZATION);
        let purpose = Purpose { method: value.built().method(), authority: &self.authority, path: (value.path(), b"") };
        let token = self.token(purpose, window.now)?;
        value.put("Bearer ").put(token.text());
        Ok(value.end_header())
    }

    /// Ends a call without a body, of an endpoint with one path.
    pub(crate) fn finish<'b>(
        &self,
        draft: Draft<'b, impl BeforeBody>,
        fixed: Fixed,
        window: Window,
    ) -> Result<Request<'b>, BuildError> {
        self.authorize(draft, fixed, window)?.no_body()
    }

    fn token_for(&self, fixed: Fixed, now: Timestamp) -> Result<Token, BuildError> {
        let path = (self.base_path.as_bytes(), fixed.path().as_bytes());
        self.token(Purpose { method: fixed.method(), authority: &self.authority, path }, now)
    }

    #[cold]
    fn token(&self, purpose: Purpose<'_>, now: Timestamp) -> Result<Token, BuildError> {
        Token::new(&self.key, self.credentials.key(), &self.nonces, purpose, now, self.life)
    }

    /// When the venue gives up on a request: its token was made now at the latest.
    pub(crate) fn expiry(&self, window: &Window) -> Timestamp {
        window.now + self.life
    }
}

pub(crate) const AUTHORIZATION: &str = "Authorization";

/// "Your JWT expires after 2 minutes, after which all requests are unauthenticated." Source: JWT authentication, read 2026-11-26.
const TOKEN_LIFE_MAX: Duration = Duration::from_secs(120);

/// Our own choice: with less than this a token made ahead would be over before the next is made.
const TOKEN_LIFE_MIN: Duration = Duration::from_secs(10);

/// How often tokens are looked at: several times in half of the shortest life.
pub(crate) const PREPARES_EVERY: Duration = Duration::from_secs(2);

const _: () = assert!(2 * PREPARES_EVERY.as_secs() < TOKEN_LIFE_MIN.as_secs() / 2);

/// What settling an order in doubt needs to know.
pub(crate) const SETTLING: Settling = Settling { expiry_max: Some(TOKEN_LIFE_MAX), lag: QUERY_LAG };

/// How long an order may be with the venue before a list shows it, and by how much its hosts' clocks may differ. The documents name
/// neither: our own choice.
const QUERY_LAG: Duration = Duration::from_secs(5);
