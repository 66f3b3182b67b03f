//! Replies of the venues, whole and broken: see `orderwire_fuzz::venue`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::venue::play(input));
