//! Records of a peer that does what the input says: see `orderwire_fuzz::records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| orderwire_fuzz::records::play(input));
