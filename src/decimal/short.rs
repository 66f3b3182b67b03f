//! Comparing decimals that fit 64 bits, as prices, quantities and steps nearly always do: a few instructions in place of a general
//! division. What does not fit is left to [`Decimal`]; the answers are the same.

use rust_decimal::Decimal;

use crate::http::text::TENS;

/// A decimal that is not negative and whose digits fit 64 bits.
#[derive(Clone, Copy)]
struct Short {
    digits: u64,
    places: u32,
}

impl Short {
    #[inline]
    fn of(decimal: Decimal) -> Option<Self> {
        let digits = u64::try_from(decimal.mantissa()).ok()?;
        Some(Self { digits, places: decimal.scale() })
    }

    /// Both with as many places as the one that has more.
    #[inline]
    fn aligned(self, other: Self) -> Option<(u128, u128)> {
        let ten = |places: u32| TENS.0.get(places as usize).map(|ten| u128::from(*ten));
        let (own, others) = (u128::from(self.digits), u128::from(other.digits));
        Some(match other.places.checked_sub(self.places) {
            Some(0) => (own, others),
            Some(more) => (own * ten(more)?, others),
            None => (own, others * ten(self.places - other.places)?),
        })
    }
}

/// `a < b`.
#[inline]
pub(crate) fn is_less(a: Decimal, b: Decimal) -> bool {
    let aligned = Short::of(a).zip(Short::of(b)).and_then(|(a, b)| a.aligned(b));
    aligned.map_or_else(|| a < b, |(a, b)| a < b)
}

/// Whether a value is a whole number of steps; any is, where the step is zero.
#[inline]
pub(crate) fn is_multiple(value: Decimal, step: Decimal) -> bool {
    let Some((short, step_short)) = Short::of(value).zip(Short::of(step)) else { return is_long_multiple(value, step) };
    // The step of most instruments: then it is a matter of places alone.
    if step_short.digits == 1 && short.places <= step_short.places {
        return true;
    }
    match short.aligned(step_short).map(|(value, step)| (u64::try_from(value), u64::try_from(step))) {
        Some((Ok(value), Ok(step))) => step == 0 || value.is_multiple_of(step),
        _ => is_long_multiple(value, step),
    }
}

/// The general case.
#[cold]
fn is_long_multiple(value: Decimal, step: Decimal) -> bool {
    step.is_zero() || (value % step).is_zero()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dec;

    /// Of all lengths, short ones often, and near each other often.
    fn any_decimal() -> impl Strategy<Value = Decimal> {
        (any::<u128>(), 0..=128_u32, any::<bool>(), 0..=28_u32).prop_map(|(digits, shift, negative, places)| {
            let digits = (digits.checked_shr(32.max(shift)).unwrap_or_default()) as i128;
            Decimal::from_i128_with_scale(if negative { -digits } else { digits }, places)
        })
    }

    #[test]
    fn steps_are_kept_or_not() {
        for (value, step, expected) in [
            (dec!(20000.01), dec!(0.01), true),
            (dec!(20000.010), dec!(0.01), true),
            (dec!(20000.015), dec!(0.01), false),
            (dec!(20000), dec!(0.01), true),
            (dec!(0.75), dec!(0.25), true),
            (dec!(0.8), dec!(0.25), false),
            (dec!(30), dec!(10), true),
            (dec!(35), dec!(10), false),
            (dec!(0.1), dec!(10), false),
            (dec!(7), dec!(0), true),
            (dec!(-0.02), dec!(0.01), true),
        ] {
            assert_eq!(is_multiple(value, step), expected, "{value} {step}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn as_decimals_compare(a in any_decimal(), b in any_decimal()) {
            prop_assert_eq!(is_less(a, b), a < b);
            prop_assert!(!is_less(a, a));
        }

        #[test]
        fn as_decimals_divide(value in any_decimal(), step in any_decimal(), times in 0_u32..) {
            prop_assert_eq!(is_multiple(value, step), step.is_zero() || (value % step).is_zero());
            // A product of more digits than a decimal has is rounded.
            if let Some(whole) = step.checked_mul(times.into()).filter(|whole| whole.scale() == step.scale()) {
                prop_assert!(is_multiple(whole, step), "{} {}", whole, step);
            }
        }
    }
}
