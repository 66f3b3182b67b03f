//! Decimals in and out as text, exactly.

pub use rust_decimal::Decimal;
