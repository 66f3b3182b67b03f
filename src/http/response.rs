//! Replies, read where they lie.
