//! Chunked bodies, in any pieces: see `orderwire_fuzz::chunks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::chunks::play(input));
