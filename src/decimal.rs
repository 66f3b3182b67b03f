//! Decimals in and out as text, exactly.
