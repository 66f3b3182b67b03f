//! The simulated venue from outside: by a third party's HTTP client, as a library and as a program.

mod binance_spot;
mod binance_usdm;
mod client;
mod faults;
mod lists;
mod log;
mod program;
mod waiting;
