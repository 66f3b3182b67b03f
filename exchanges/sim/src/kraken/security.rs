//! Key, signature and nonce, checked by other code than the SDK's. Source: spot-rest-auth.

use super::Context;
use super::errors::Failure;
use crate::engine::AccountId;

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
        let at_us = read_time(text).ok_or_else(|| Failure::argument("deadline"))?;
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

/// `2021-03-23T09:40:35.594Z`, µs since 1970.
fn read_time(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut whole = whole.split(':').map(number);
    let (hour, minute, second) = (whole.next()??, whole.next()??, whole.next()??);
    let us = number(&format!("{fraction:0<6}")[..6])?;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let of_years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let of_months: u64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let days = of_years + of_months + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + us)
}

/// Source: "Add Order", `deadline`.
const AHEAD_MIN_US: u64 = 2_000_000;
const AHEAD_MAX_US: u64 = 60_000_000;

#[cfg(test)]
mod tests {
    use super::read_time;

    /// From `date -u -d @…`.
    #[test]
    fn times_are_read() {
        assert_eq!(read_time("2021-03-23T09:39:36.594Z"), Some(1_616_492_376_594_000));
        assert_eq!(read_time("2024-02-29T23:59:59Z"), Some(1_709_251_199_000_000));
        for bad in ["2021-03-23", "2021-03-23T09:39:36", "2021-13-23T09:39:36Z", "T:Z", "2021-03-23T+9:39:36Z"] {
            assert_eq!(read_time(bad), None, "{bad}");
        }
    }
}
