//! Whole replies, in any pieces: see `orderwire_fuzz::replies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::replies::play(input));
