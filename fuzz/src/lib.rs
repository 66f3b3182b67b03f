//! What the fuzz targets do with their input, and the models they check the code against.
//!
//! A model is written from the standard, as plainly as can be and without a look at the code: vectors, copies, no bound on
//! memory. Where code and model differ, one of them is wrong.

pub mod input;
pub mod messages;
pub mod records;
