//! What went wrong, and what became of the order.
