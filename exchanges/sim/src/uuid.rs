//! UUIDs as venues name things with, made of numbers and read back.

use crate::instrument::mix;

/// A number below 2^48 as a UUID of version 4.
pub(crate) fn of(number: u64) -> String {
    let (a, b) = (mix(number), mix(!number));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xFFFF,
        a & 0xFFF,
        0x8000 | (b & 0x3FFF),
        number & 0xFFFF_FFFF_FFFF,
    )
}

/// The number that this UUID was made of, if it was.
pub(crate) fn number(uuid: &str) -> Option<u64> {
    let number = u64::from_str_radix(uuid.rsplit_once('-')?.1, 16).ok()?;
    Some(number).filter(|number| of(*number) == uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back_and_other_uuids_are_none() {
        for known in [0, 1, 201, 1 << 47] {
            assert_eq!(number(&of(known)), Some(known));
        }
        for other in ["", "-", "11111111-1111-4111-8111-000000000001", &of(7).to_uppercase()] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
