//! Key, time and signature, checked by other code than the SDK's. Source: guide, "Create A Request".

use super::Context;
use super::errors::Failure;
use crate::engine::AccountId;
use crate::signature::Verifier;

impl Context<'_, '_> {
    /// Whose request it is, once all that proves it is right.
    pub(super) fn identify(&self) -> Result<AccountId, Failure> {
        // "Need to put authentication params in the request header". What code stands there is not documented.
        let header = |name: &str| self.call.header(name).filter(|value| !value.is_empty());
        let needed =
            |name: &str| header(name).ok_or_else(|| Failure::unauthorized(10001, format!("empty value: {name}")));
        let (key, stamp, signature) = (needed("x-bapi-api-key")?, needed("x-bapi-timestamp")?, needed("x-bapi-sign")?);
        let account = self.venue.account_of(key).ok_or_else(|| Failure::unauthorized(10003, "API key is invalid."))?;
        // Left out, it is nothing in the text that is signed.
        let window = header("x-bapi-recv-window").unwrap_or_default();
        self.check_time(stamp, window)?;
        let mut payload = [stamp, key, window].concat().into_bytes();
        payload.extend_from_slice(if self.call.method == "GET" { self.call.query.as_bytes() } else { self.call.body });
        let verifier = &self.venue.traders[account - 1].verifier;
        // "Convert it to lowercase hex string."
        let is_lower = !matches!(verifier, Verifier::Hmac(_)) || !signature.contains(|c: char| c.is_ascii_uppercase());
        if !is_lower || !verifier.verify(&payload, signature) {
            return Err(Failure::with(10004, "Error sign, please check your signature generation algorithm."));
        }
        Ok(account)
    }

    /// "server_time - recv_window <= timestamp < server_time + 1000", in milliseconds.
    fn check_time(&self, stamp: &str, window: &str) -> Result<(), Failure> {
        let now_ms = self.now_us / 1_000;
        let window_ms = if window.is_empty() { Some(WINDOW_DEFAULT_MS) } else { window.parse::<u64>().ok() };
        let is_within = |(stamp_ms, window_ms): (u64, u64)| {
            stamp_ms >= now_ms.saturating_sub(window_ms) && stamp_ms < now_ms + AHEAD_MAX_MS
        };
        if stamp.parse().ok().zip(window_ms).is_some_and(is_within) {
            return Ok(());
        }
        let message = format!(
            "invalid request, please check your server timestamp or recv_window param. req_timestamp[{stamp}],server_timestamp[{now_ms}],recv_window[{window}]"
        );
        Err(Failure::with(10002, message))
    }
}

/// "default value is 5,000".
const WINDOW_DEFAULT_MS: u64 = 5_000;
const AHEAD_MAX_MS: u64 = 1_000;
