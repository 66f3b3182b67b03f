//! The guide: one page a subject, its programs compiled and run with the tests.
//!
//! | page | |
//! | --- | --- |
//! | [`first_order`] | from nothing to a fill |
//! | [`keys`] | keys, and which of a venue's hosts they are for |
//! | [`errors`] | what became of the order |
//! | [`deadlines`] | when a call has ended, whatever happens |
//! | [`settling`] | orders in doubt, leaving the market, coming back after a crash |
//! | [`simulator`] | testing a strategy, and a venue's bad days |
//! | [`tuning`] | a host, and what each thing is worth |
//! | [`latency`] | has this change made the order path slower? |
//! | [`scope`] | what is out of scope, and why |
//!
//! How a venue is added stands in `exchanges/README.md`, guarantees and the tests that prove them in the project's README.

macro_rules! pages {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!("../docs/guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

pages! { first_order keys errors deadlines settling simulator tuning latency scope }
