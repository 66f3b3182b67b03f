//! Points in time: the wall clock of a signature and the deadline of a call.
