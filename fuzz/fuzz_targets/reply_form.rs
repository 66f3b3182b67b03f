//! Replies by the form of one before: see `orderwire_fuzz::forms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::forms::play(input));
