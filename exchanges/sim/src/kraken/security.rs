//! Key, signature and nonce, checked by other code than the SDK's. Source: spot-rest-auth.

use super::Context;
use super::errors::Failure;
use crate::engine::AccountId;
use crate::rfc3339;

impl Context<'_, '_> {
    /// Whose request it is, once all that proves it is right; and its nonce.
    pub(super) fn identify(&mut self) -> Result<u64, Failure> {
        let key = self.call.header("api-key").ok_or(Failure::INVALID_KEY)?;
        let account: AccountId = self.venue.account_of(key).ok_or(Failure::INVALID_KEY)?;
        let signature = self.call.header("api-sign").ok_or(Failure::INVALID_SIGNATURE)?;
        let nonce = self.params.digits("nonce").ok_or(Failure::INVALID_NONCE)?;
        let verifier = &self.venue.traders[account - 1].verifier;
        if !verifier.verify_digest(self.call.path, nonce.as_bytes(), self.call.body, signature) {
            return Err(Failure::INVALID_SIGNATURE);
        }
        self.account = account;
        nonce.parse().map_err(|_| Failure::INVALID_NONCE)
    }

    /// "Always increasing": or, where the key has a window, no further below the greatest than that.
    pub(super) fn take_nonce(&mut self, nonce: u64) -> Result<(), Failure> {
        let window = self.venue.nonce_window;
        let trader = self.venue.trader_mut(self.account);
        if nonce <= trader.nonce && nonce.saturating_add(window) <= trader.nonce {
            return Err(Failure::INVALID_NONCE);
        }
        trader.nonce = trader.nonce.max(nonce);
        Ok(())
    }

    /// Until when an order counts, where it says so: "2 to 60 seconds" ahead.
    pub(super) fn check_deadline(&self) -> Result<(), Failure> {
        let Some(text) = self.params.get("deadline") else { return Ok(()) };
        let at_us = rfc3339::read(text).ok_or_else(|| Failure::argument("deadline"))?;
        if at_us <= self.now_us {
            return Err(Failure::LATE);
        }
        if (AHEAD_MIN_US..=AHEAD_MAX_US).contains(&(at_us - self.now_us)) {
            Ok(())
        } else {
            Err(Failure::argument("deadline"))
        }
    }
}

/// Source: "Add Order", `deadline`.
const AHEAD_MIN_US: u64 = 2_000_000;
const AHEAD_MAX_US: u64 = 60_000_000;
