//! The generic slot pool: slots of any `T`, made once, handed out last in, first out.
