//! Decimals in and out as text, exactly: never through a float, never rounded.

pub(crate) mod short;

pub use rust_decimal::Decimal;

use crate::http::text::{EIGHT_DIGITS, Room, ShortText, TENS, number_of_eight, read_digits};

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
#[inline]
pub const fn parse(text: &[u8]) -> Option<Decimal> {
    let negative = matches!(text.first(), Some(b'-'));
    let mut at = if negative { 1 } else { 0 };

    // The value is `digits * 10^-places` throughout.
    let mut digits: u128 = 0;
    let mut places: i64 = 0;
    let mut after_point = false;
    let mut digit_before = false;
    if let Some((whole, [b'.', eight @ ..])) = text.split_last_chunk::<{ 1 + 8 }>()
        && let Some(eight) = number_of_eight(u64::from_le_bytes(*eight))
        && whole.len() <= SHORT_BYTES - (1 + 8)
    {
        // With eight places, as some venues have it always: they are told at once.
        let (whole, end) = read_digits(whole, 0, 0);
        if end > 0 && end + 1 + 8 == text.len() {
            return Some(from_parts((whole * EIGHT_DIGITS + eight) as u128, false, 8));
        }
    }
    if text.len() - at <= SHORT_BYTES {
        // All digits there can be fit 64 bits: most texts end here.
        let (whole, point) = read_digits(text, at, 0);
        if point > at {
            if point == text.len() {
                return Some(from_parts(whole as u128, negative, 0));
            }
            let (short, end) = read_digits(text, point + 1, whole);
            if text[point] == b'.' && end == text.len() && end > point + 1 {
                return Some(from_parts(short as u128, negative, (end - point - 1) as i64));
            }
        }
    }
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
    // In line so far that the decimal is read where it lies. A copy of it is four words of 32 bits, and who reads two of them at once, as
    // soon as they are written, waits until they have gone to memory.
    #[inline(always)]
    pub fn put_decimal(&mut self, decimal: Decimal) -> &mut Self {
        let places = decimal.scale() as usize;
        match u64::try_from(decimal.mantissa()).ok().and_then(|mantissa| ShortText::of_decimal(mantissa, places)) {
            Some(text) => self.put_short(text),
            None => {
                self.aside(|room| _ = room.put_other_decimal(decimal));
                self
            }
        }
    }

    /// Appends a decimal of 64 bits.
    fn put_word_decimal(&mut self, mantissa: u64, places: usize) -> &mut Self {
        if places == 0 {
            self.put_u64(mantissa)
        } else {
            let unit = TENS.0[places];
            self.put_u64(mantissa / unit).put(b".").put_digits(mantissa % unit, places)
        }
    }

    /// Appends a decimal that is negative, or longer.
    #[cold]
    fn put_other_decimal(&mut self, decimal: Decimal) -> &mut Self {
        if decimal.is_sign_negative() && !decimal.is_zero() {
            self.put(b"-");
        }
        let (mantissa, places) = (decimal.mantissa().unsigned_abs(), decimal.scale() as usize);
        match u64::try_from(mantissa) {
            Ok(mantissa) if places < TENS.0.len() => self.put_word_decimal(mantissa, places),
            _ => self.put_long_decimal(mantissa, places),
        }
    }

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

/// Bytes of a text without its sign, so few that their digits fit 64 bits.
const SHORT_BYTES: usize = 19;

/// The largest number the 96 bits of a [`Decimal`] hold.
const MANTISSA_MAX: u128 = (1 << 96) - 1;

/// The most places a [`Decimal`] has.
const PLACES_MAX: i64 = 28;

/// Far above every exponent that can meet a text's own digits and still fit, far below overflow.
const EXPONENT_MAX: i64 = 1 << 40;

/// As many zeros as can stand between the point and the first digit.
const ZEROS: [u8; 28] = [b'0'; 28];

const _: () = assert!(Decimal::MAX_SCALE as usize == ZEROS.len());

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(decimal: Decimal) -> String {
        let mut bytes = [0; 64];
        let mut room = Room::new(&mut bytes);
        room.put_decimal(decimal);
        String::from_utf8(room.written().to_vec()).unwrap()
    }

    fn read(text: &str) -> Option<String> {
        parse(text.as_bytes()).map(|decimal| decimal.to_string())
    }

    fn any_decimal() -> impl Strategy<Value = Decimal> {
        (any::<[u32; 3]>(), 0..96_u32, any::<bool>(), 0..=28_u32).prop_map(
            |([low, middle, high], bits, negative, places)| {
                let mantissa = (u128::from(high) << 64 | u128::from(middle) << 32 | u128::from(low)) >> bits;
                let mantissa = i128::try_from(mantissa).unwrap();
                Decimal::from_i128_with_scale(if negative { -mantissa } else { mantissa }, places)
            },
        )
    }

    #[test]
    fn places_are_kept() {
        for text in
            ["0", "1", "10", "-1", "0.0", "1.50", "0.001", "64250.10", "-0.00000001", "12345678", "123456789.00000000"]
        {
            assert_eq!(read(text).as_deref(), Some(text));
            assert_eq!(written(text.parse().unwrap()), text);
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        const MAX: &str = "79228162514264337593543950335";
        assert_eq!(parse(MAX.as_bytes()), Some(Decimal::MAX));
        assert_eq!(parse(format!("-{MAX}").as_bytes()), Some(Decimal::MIN));
        assert_eq!(written(Decimal::MAX), MAX);
        assert_eq!(read("79228162514264337593543950336"), None);
        assert_eq!(read("7.9228162514264337593543950335").as_deref(), Some("7.9228162514264337593543950335"));
        assert_eq!(read("7.9228162514264337593543950336"), None);
        assert_eq!(read("0.0000000000000000000000000001").as_deref(), Some("0.0000000000000000000000000001"));
        assert_eq!(read("0.00000000000000000000000000001"), None);
        // One zero too many is no loss.
        assert_eq!(read(&format!("{MAX}.000")).as_deref(), Some(MAX));
        assert_eq!(read(&format!("{MAX}00e-2")).as_deref(), Some(MAX));
        assert_eq!(read(&format!("0.5{}", "0".repeat(100))).as_deref(), Some(&*format!("0.5{}", "0".repeat(27))));
    }

    #[test]
    fn exponents() {
        for (text, value) in [
            ("1e3", "1000"),
            ("1.5E+3", "1500"),
            ("2e-5", "0.00002"),
            ("1.50e1", "15.0"),
            ("100e-2", "1.00"),
            ("10e-29", "0.0000000000000000000000000001"),
            ("0e99999999999999999999", "0"),
            ("-0.0e-40", "0.0000000000000000000000000000"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value), "{text}");
        }
        for text in ["1e29", "1e-29", "1e99999999999999999999", "1e-99999999999999999999", "9e28"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal() {
        for text in [
            "", "-", "+1", ".", ".5", "5.", "-.5", "1_000", "1,5", " 1", "1 ", "1e", "1e+", "1e1.5", "1e 5", "--1",
            "1-", "0x10", "NaN", "inf", "1.2.3", "1e5e5", "\u{0661}", "\"1\"", "1\0",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn literals() {
        const PRICE: Decimal = dec!(64250.10);
        assert_eq!(PRICE.to_string(), "64250.10");
        assert_eq!(
            [dec!(0), dec!(-1.5), dec!(20000), dec!(1e-8)],
            ["0", "-1.5", "20000", "0.00000001"].map(|text| text.parse().unwrap())
        );
    }

    #[test]
    fn a_negative_zero_is_written_without_its_sign() {
        let mut zero = dec!(0.00);
        zero.set_sign_negative(true);
        assert_eq!(written(zero), "0.00");
    }

    /// Takes a text apart without arithmetic: digits without zeros at either end, and the power of ten of the last.
    fn normal(text: &str) -> Option<(bool, String, i128)> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse::<i128>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let kept = digits.trim_end_matches('0');
        if kept.is_empty() {
            return Some((false, String::new(), 0));
        }
        let power = exponent - fraction.len() as i128 + (digits.len() - kept.len()) as i128;
        Some((negative, kept.to_owned(), power))
    }

    proptest! {
        #[test]
        fn writes_as_display_does(decimal in any_decimal()) {
            prop_assert_eq!(written(decimal), decimal.to_string());
        }

        #[test]
        fn reads_what_it_writes(decimal in any_decimal()) {
            let read = parse(written(decimal).as_bytes()).unwrap();
            prop_assert_eq!((read, read.scale()), (decimal, decimal.scale()));
        }

        /// At most 28 digits: of longer texts the crate refuses some that end in zeros and fit without them.
        #[test]
        fn reads_as_the_crate_does(text in "-?[0-9]{1,14}(\\.[0-9]{1,14})?") {
            let theirs = Decimal::from_str_exact(&text).unwrap();
            let ours = parse(text.as_bytes()).unwrap();
            prop_assert_eq!((ours, ours.scale()), (theirs, theirs.scale()));
        }

        /// What is read is exactly what was written, or nothing.
        #[test]
        fn is_exact_or_nothing(text in "-?[0-9]{1,35}(\\.[0-9]{1,35})?([eE][+-]?[0-9]{1,3})?") {
            if let Some(decimal) = parse(text.as_bytes()) {
                prop_assert_eq!(normal(&decimal.to_string()), normal(&text));
            } else {
                let (_, digits, power) = normal(&text).unwrap();
                // The value as an integer times a power of ten that a decimal can have.
                let shift = power.clamp(-28, 0);
                let fits = power >= -28
                    && power - shift < 40
                    && format!("{digits}{}", "0".repeat(usize::try_from(power - shift).unwrap()))
                        .parse::<u128>()
                        .is_ok_and(|mantissa| mantissa <= MANTISSA_MAX);
                prop_assert!(!fits, "refused though it fits");
            }
        }

        #[test]
        fn takes_nothing_but_its_grammar(text in "[-+0-9.eE_ ]{0,12}") {
            let number = text.strip_prefix('-').unwrap_or(&text);
            let (number, exponent) = match number.split_once(['e', 'E']) {
                Some((number, exponent)) => (number, Some(exponent)),
                None => (number, None),
            };
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let is_number = match number.split_once('.') {
                Some((whole, fraction)) => digits(whole) && digits(fraction),
                None => digits(number),
            };
            let is_exponent = exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
            if !(is_number && is_exponent) {
                prop_assert_eq!(parse(text.as_bytes()), None);
            }
        }

        #[test]
        fn never_panics(text in any::<Vec<u8>>()) {
            let _ = parse(&text);
        }
    }
}
