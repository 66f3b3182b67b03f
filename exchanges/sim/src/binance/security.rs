//! Key, time window and signature of a signed request. Source: `Request Security` and `Timing security` of `rest-api.md`.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Context, Failure, Market};

impl<M: Market> Context<'_, '_, M> {
    /// The account that the key names.
    pub(super) fn identify(&mut self) -> Result<(), Failure> {
        let key = self.call.header("x-mbx-apikey").unwrap_or_default();
        self.account = self.venue.account_of(key).ok_or_else(|| {
            let well_formed = key.len() == KEY_BYTES && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if well_formed { Failure::unknown_key() } else { Failure::key_format() }
        })?;
        Ok(())
    }

    /// `timestamp < server + 1 s` and `server - timestamp <= recvWindow`.
    pub(super) fn check_time(&self) -> Result<(), Failure> {
        let params = self.params()?;
        let sent_us = params.time("timestamp")?.ok_or_else(|| Failure::missing("timestamp"))?;
        let window_ms = params.decimal("recvWindow", 3)?.unwrap_or(Decimal::from(RECV_WINDOW_MS));
        if window_ms > Decimal::from(RECV_WINDOW_MS_MAX) {
            return Err(Failure::too_large("recvWindow", "60000"));
        }
        let window_us = (window_ms * Decimal::from(1_000)).to_u64().unwrap_or_default();
        if sent_us >= self.now_us + AHEAD_US {
            Err(Failure::too_early())
        } else if self.now_us.saturating_sub(sent_us) > window_us {
            Err(Failure::too_late())
        } else {
            Ok(())
        }
    }

    /// The signature over the query and the body, joined bare and exactly as they came.
    pub(super) fn check_signature(&mut self) -> Result<(), Failure> {
        let presented = self.params()?.required("signature")?;
        let body = if self.call.method == "GET" { b"" } else { self.call.body };
        let payload = payload(self.call.query.as_bytes(), body);
        // Text outside ASCII must be percent-encoded before it is signed. Source: CHANGELOG 2025-12-17.
        let encoded = payload.is_ascii();
        let verifier = &self.venue.traders[self.account - 1].verifier;
        if encoded && verifier.verify(&payload, presented) { Ok(()) } else { Err(Failure::signature()) }
    }
}

/// What is signed: everything but the signature itself.
fn payload(query: &[u8], body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(query.len() + body.len());
    for part in [query, body] {
        let pairs = part.split(|byte| *byte == b'&').filter(|pair| !pair.starts_with(b"signature="));
        for (place, pair) in pairs.enumerate() {
            if place > 0 {
                payload.push(b'&');
            }
            payload.extend_from_slice(pair);
        }
    }
    payload
}

/// Length of the venue's API keys.
const KEY_BYTES: usize = 64;
/// Receive window of a request that names none. Source: `Timing security`.
const RECV_WINDOW_MS: u64 = 5_000;
const RECV_WINDOW_MS_MAX: u64 = 60_000;
/// How far a client's clock may be ahead.
const AHEAD_US: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::payload;

    #[test]
    fn query_and_body_are_joined_bare_without_the_signature() {
        assert_eq!(payload(b"a=1&b=2&signature=ff", b""), b"a=1&b=2");
        assert_eq!(payload(b"a=1&b=2", b"c=3&signature=ff"), b"a=1&b=2c=3");
        assert_eq!(payload(b"signature=ff&a=1", b""), b"a=1");
        assert_eq!(payload(b"a=%EF%BC%91&&b", b""), b"a=%EF%BC%91&&b");
    }
}
