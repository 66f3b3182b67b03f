//! Keys and signatures.

pub mod hmac;
