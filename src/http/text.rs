//! Values as text: decimal digits, hex, base64, percent-encoding.
