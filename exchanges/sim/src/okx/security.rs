//! Key, passphrase, time and signature, checked by other code than the SDK's. Source: overview, "REST Authentication".

use super::Context;
use super::errors::Failure;
use crate::engine::AccountId;

impl Context<'_, '_> {
    /// Whose request it is, once all that proves it is right.
    pub(super) fn identify(&self) -> Result<AccountId, Failure> {
        let header = |name, missing| self.call.header(name).filter(|value| !value.is_empty()).ok_or(missing);
        let key = header("ok-access-key", Failure::with(401, 50103, "Request header OK-ACCESS-KEY can't be empty."))?;
        let passphrase = header(
            "ok-access-passphrase",
            Failure::with(401, 50104, "Request header OK-ACCESS-PASSPHRASE can't be empty."),
        )?;
        let signature =
            header("ok-access-sign", Failure::with(401, 50106, "Request header OK-ACCESS-SIGN can't be empty."))?;
        let stamp = header(
            "ok-access-timestamp",
            Failure::with(401, 50107, "Request header OK-ACCESS-TIMESTAMP can't be empty."),
        )?;
        let invalid = Failure::with(401, 50112, "Invalid OK-ACCESS-TIMESTAMP");
        let stamped_ms = milliseconds(stamp).ok_or(invalid)?;
        if stamped_ms.abs_diff(self.now_us / 1_000) > TIME_OFF_MAX_MS {
            return Err(Failure::with(401, 50102, "Timestamp request expired"));
        }
        let account = self.venue.account_of(key).ok_or(Failure::with(401, 50111, "Invalid OK-ACCESS-KEY"))?;
        let trader = &self.venue.traders[account - 1];
        if trader.passphrase != passphrase {
            return Err(Failure::with(401, 50105, "Request header OK-ACCESS-PASSPHRASE incorrect."));
        }
        let call = self.call;
        let mut payload = format!("{stamp}{}{}", call.method, call.path).into_bytes();
        if !call.query.is_empty() {
            payload.push(b'?');
            payload.extend_from_slice(call.query.as_bytes());
        }
        payload.extend_from_slice(call.body);
        if !trader.verifier.verify_base64(&payload, signature) {
            return Err(Failure::with(401, 50113, "Invalid Sign"));
        }
        Ok(account)
    }

    /// Refuses a request that says that it counts no more. Source: overview, "Transaction Timeouts".
    pub(super) fn check_expiry(&self) -> Result<(), Failure> {
        let Some(text) = self.call.header("exptime") else { return Ok(()) };
        let expires_ms: u64 = text.parse().map_err(|_| Failure::parameter("expTime"))?;
        if self.now_us / 1_000 > expires_ms { Err(Failure::EXPIRED) } else { Ok(()) }
    }
}

/// `2020-12-08T09:08:57.715Z` in milliseconds since 1970.
fn milliseconds(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, separators: &[char], widths: &[usize]| {
        let parts: Vec<&str> = text.split(separators).collect();
        let fits = parts.iter().map(|part| part.len()).eq(widths.iter().copied());
        let all: Option<Vec<u64>> = parts.iter().map(|part| part.parse().ok()).collect();
        all.filter(|_| fits)
    };
    let date = numbers(date, &['-'], &[4, 2, 2])?;
    let time = numbers(time, &[':', '.'], &[2, 2, 2, 3])?;
    let (&[year, month, day], &[hour, minute, second, ms]) = (date.as_slice(), time.as_slice()) else { return None };
    let in_range =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 61;
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    if !in_range || day == 0 || day > *lengths.get(before)? {
        return None;
    }
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let days = years + lengths[..before].iter().sum::<u64>() + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms)
}

/// "The server rejects requests more than 30 seconds from its time."
const TIME_OFF_MAX_MS: u64 = 30_000;

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn timestamps_are_read_as_the_documents_write_them() {
        // From `date -u -d @…`.
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2020-12-08T09:08:57.715Z", 1_607_418_537_715),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2100-03-01T00:00:00.001Z", 4_107_542_400_001),
        ] {
            assert_eq!(milliseconds(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "2020-12-08T09:08:57.715",
            "2020-12-08T09:08:57Z",
            "2020-12-08 09:08:57.715Z",
            "2023-02-29T00:00:00.000Z",
            "2020-13-01T00:00:00.000Z",
            "2020-00-01T00:00:00.000Z",
            "1607418537715",
            "2020-12-08T24:00:00.000Z",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
