//! Names held inline: symbols and order ids.
