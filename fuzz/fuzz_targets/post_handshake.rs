//! Handshake messages after the handshake, in any parts: see `orderwire_fuzz::messages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::messages::play(input));
