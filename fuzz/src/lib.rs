//! What the fuzz targets do with their input, and the models they check the code against.
//!
//! A model is written from the standard, as plainly as can be and without a look at the code: vectors, copies, no bound on
//! memory. Where code and model differ, one of them is wrong.

pub mod chunks;
pub mod forms;
pub mod input;
pub mod json;
pub mod messages;
pub mod records;
pub mod replies;
pub mod requests;
pub mod venue;

// What the tests of reader and writer compare with, and the replies they know.
#[path = "../../tests/reader/by_hyper.rs"]
pub mod by_hyper;
#[path = "../../tests/reader/cases.rs"]
pub mod cases;
#[path = "../../tests/reader/read.rs"]
pub mod read;
#[path = "../../tests/writer/read_back.rs"]
pub mod read_back;
#[path = "../../tests/reader/refusals.rs"]
pub mod refusals;
