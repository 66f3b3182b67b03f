//! The client pool and the venue client above it.
