//! Requests, written well and badly: see `orderwire_fuzz::requests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::requests::play(input));
