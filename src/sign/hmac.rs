//! HMAC with the key block hashed ahead.
