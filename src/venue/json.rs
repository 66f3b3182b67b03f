//! One whole JSON value, checked before any decoder sees a byte of it.
