//! Where a reply's body ends: RFC 9112 section 6.3, step by step.
