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
//! | [`guarantees`] | what a strategy may rely on, and how to see it hold |
//! | [`own_requests`] | everything that is sent unasked, with its weight |
//! | [`adding_a_venue`] | a crate of its own, and what goes into it |
//! | [`scope`] | what is out of scope, and why |

macro_rules! pages {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!("../docs/guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

pages! { first_order keys errors deadlines settling simulator tuning latency guarantees own_requests adding_a_venue scope }
