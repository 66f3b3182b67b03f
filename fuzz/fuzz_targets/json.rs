//! Bodies that are JSON or not: see `orderwire_fuzz::json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::json::play(input));
