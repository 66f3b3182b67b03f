//! How long to wait before connecting again: full jitter under a doubling cap.
//!
//! Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: of the ways compared there, drawing the whole
//! delay at random spreads the attempts best.

use std::time::Duration;

/// The doubling cap of the delay before an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    /// Cap of the first delay.
    pub(crate) first: Duration,
    /// Cap of every delay.
    pub(crate) most: Duration,
}

impl Backoff {
    /// The delay before the attempt that follows `failures` failed ones, `random` drawn evenly from all `u32`.
    /// None before any failure: a connection that the venue closed in the normal course is replaced at once.
    pub(crate) fn delay(self, failures: u32, random: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let cap = self.first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(self.most);
        // In nanoseconds 64 bits hold the cap, 96 the product.
        let jittered = (cap.as_nanos() * u128::from(random)) >> u32::BITS;
        Duration::from_nanos(u64::try_from(jittered).unwrap_or(u64::MAX))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(50), most: Duration::from_secs(5) }
    }
}

/// Evenly random bits, for jitter and for the ids of a run.
pub(crate) fn random_u32() -> u32 {
    let mut bytes = [0; 4];
    // Fails only where the system has no source of randomness; then there was no TLS either, and no jitter is right.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_its_cap() {
        let backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_secs(5) };
        let longest = |failures| backoff.delay(failures, u32::MAX).as_millis();
        assert_eq!([0, 1, 2, 3, 7, 8, 40, u32::MAX].map(longest), [0, 49, 99, 199, 3199, 4999, 4999, 4999]);
    }

    #[test]
    fn draws_the_whole_delay_at_random() {
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(1) };
        assert_eq!(backoff.delay(1, 0), Duration::ZERO);
        assert_eq!(backoff.delay(1, 1 << 31), Duration::from_millis(500));
    }
}
