//! Decimals in and out as text, exactly: never through a float, never rounded.

pub use rust_decimal::Decimal;

use crate::http::text::{Room, TENS, digit_count, digits_text};

/// A [`Decimal`] from a literal, at compile time.
///
/// A literal that no `Decimal` holds exactly does not compile.
///
/// ```
/// use orderwire::dec;
///
/// assert_eq!(dec!(0.001).to_string(), "0.001");
/// assert_eq!(dec!(-1.50).to_string(), "-1.50");
/// assert_eq!(dec!(2e-5).to_string(), "0.00002");
/// ```
///
/// ```compile_fail
/// let too_many_digits = orderwire::dec!(0.12345678901234567890123456789012);
/// ```
#[macro_export]
macro_rules! dec {
    ($literal:literal) => {
        const { $crate::decimal::literal(::core::stringify!($literal)) }
    };
}

/// What [`dec!`] stands for; use the macro.
///
/// **Panics**, which stops the compiler, when the text is no decimal or is not held exactly.
#[doc(hidden)]
pub const fn literal(text: &str) -> Decimal {
    match parse(text.as_bytes()) {
        Some(decimal) => decimal,
        None => panic!("dec! takes a decimal literal of at most 28 places that fits 96 bits, as 0.001 or -1.5 or 2e-5"),
    }
}

/// Reads a JSON number or a plain decimal text.
///
/// `None` when it is neither, or when no [`Decimal`] holds it exactly. An exponent is allowed; `_`, a leading `+`, blanks
/// and a point without a digit on both sides are not. Places are kept as written (`1.50` has two) as far as they fit.
pub const fn parse(text: &[u8]) -> Option<Decimal> {
    let negative = matches!(text.first(), Some(b'-'));
    let mut at = if negative { 1 } else { 0 };

    // The value is `digits * 10^-places` throughout.
    let mut digits: u128 = 0;
    let mut places: i64 = 0;
    let mut after_point = false;
    let mut digit_before = false;
    while at < text.len() {
        match text[at] {
            digit @ b'0'..=b'9' => {
                let grown = digits * 10 + (digit - b'0') as u128;
                if grown <= MANTISSA_MAX {
                    digits = grown;
                    places += after_point as i64;
                } else if digit == b'0' {
                    // A zero at the end of more digits than fit: only its place counts.
                    places -= !after_point as i64;
                } else {
                    return None;
                }
                digit_before = true;
            }
            b'.' if digit_before && !after_point => {
                after_point = true;
                digit_before = false;
            }
            b'e' | b'E' => break,
            _ => return None,
        }
        at += 1;
    }
    if !digit_before {
        return None;
    }
    if at < text.len() {
        match parse_exponent(text, at + 1) {
            Some(exponent) => places -= exponent,
            None => return None,
        }
    }

    if digits == 0 {
        let kept = if places < 0 {
            0
        } else if places > PLACES_MAX {
            PLACES_MAX
        } else {
            places
        };
        return Some(from_parts(0, negative, kept));
    }
    while places < 0 {
        digits *= 10;
        if digits > MANTISSA_MAX {
            return None;
        }
        places += 1;
    }
    while places > PLACES_MAX {
        if !digits.is_multiple_of(10) {
            return None;
        }
        digits /= 10;
        places -= 1;
    }
    Some(from_parts(digits, negative, places))
}

/// The exponent's value from its sign on; held at [`EXPONENT_MAX`], where only a zero still fits.
const fn parse_exponent(text: &[u8], mut at: usize) -> Option<i64> {
    let mut negative = false;
    if at < text.len() && matches!(text[at], b'+' | b'-') {
        negative = text[at] == b'-';
        at += 1;
    }
    if at == text.len() {
        return None;
    }
    let mut exponent: i64 = 0;
    while at < text.len() {
        let digit @ b'0'..=b'9' = text[at] else { return None };
        exponent = exponent * 10 + (digit - b'0') as i64;
        if exponent > EXPONENT_MAX {
            exponent = EXPONENT_MAX;
        }
        at += 1;
    }
    Some(if negative { -exponent } else { exponent })
}

const fn from_parts(digits: u128, negative: bool, places: i64) -> Decimal {
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = digits.to_le_bytes();
    let [low, middle, high] =
        [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([i, j, k, l])];
    let [a, b, c, d, ..] = places.to_le_bytes();
    Decimal::from_parts(low, middle, high, negative, u32::from_le_bytes([a, b, c, d]))
}

impl Room<'_> {
    /// Appends a decimal without exponent, with the places it has (`1.50` stays `1.50`).
    #[inline]
    pub fn put_decimal(&mut self, decimal: Decimal) -> &mut Self {
        let mantissa = decimal.mantissa();
        if mantissa < 0 {
            self.put(b"-");
        }
        let mantissa = mantissa.unsigned_abs();
        let places = decimal.scale() as usize;
        if let (Ok(mantissa), Some(&unit)) = (u64::try_from(mantissa), TENS.get(places)) {
            let shown = digit_count(mantissa).max(places + 1);
            let whole = shown - places;
            if places == 0 {
                self.put_u64(mantissa);
            } else if shown <= 8 {
                // Many prices and quantities: all digits, and a zero before the point, in one word.
                let text = digits_text(mantissa, shown);
                self.put_word(text, whole).put(b".").put_word(text >> (8 * whole), places);
            } else {
                self.put_u64(mantissa / unit).put(b".").put_digits(mantissa % unit, places);
            }
            return self;
        }
        self.put_long_decimal(mantissa, places)
    }

    #[cold]
    fn put_long_decimal(&mut self, mantissa: u128, places: usize) -> &mut Self {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(mantissa).as_bytes();
        match digits.len().checked_sub(places) {
            None | Some(0) => {
                let zeros = places - digits.len();
                self.put(b"0.").put(&ZEROS[..zeros]).put(digits)
            }
            Some(whole) => {
                let (whole, fraction) = digits.split_at(whole);
                self.put(whole);
                if !fraction.is_empty() {
                    self.put(b".").put(fraction);
                }
                self
            }
        }
    }
}

/// The largest number the 96 bits of a [`Decimal`] hold.
const MANTISSA_MAX: u128 = (1 << 96) - 1;

/// The most places a [`Decimal`] has.
const PLACES_MAX: i64 = 28;

/// Far above every exponent that can meet a text's own digits and still fit, far below overflow.
const EXPONENT_MAX: i64 = 1 << 40;

/// As many zeros as can stand between the point and the first digit.
const ZEROS: [u8; 28] = [b'0'; 28];

const _: () = assert!(Decimal::MAX_SCALE as usize == ZEROS.len());
