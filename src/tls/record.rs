//! Records: what goes to the socket and comes from it.
