//! Chunked bodies, joined in place.
