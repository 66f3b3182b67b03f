//! One request and its reply as a machine without I/O.
