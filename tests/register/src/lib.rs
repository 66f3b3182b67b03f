//! Every order in which a few threads can meet in the register of orders in doubt, tried by loom: `.ci/run loom`.
//!
//! The register is the client's own file; what it is about stands here in its place, as little as it asks for.
#![cfg(all(test, orderwire_loom))]

#[path = "../../../src/client/doubt.rs"]
mod doubt;
mod model;

mod order {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct OrderRef {
        pub(crate) id: Option<u8>,
        pub(crate) symbol: (),
    }
}

mod time {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct Timestamp(pub(crate) u64);

    impl Timestamp {
        pub(crate) fn ns(self) -> u64 {
            self.0
        }
    }
}

mod error {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Busy {
        Closed,
        Doubts { places: usize },
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum BuildError {
        Unsupported { what: &'static str, cure: &'static str },
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum RestError {
        Build(BuildError),
        Busy(Busy),
    }

    impl From<BuildError> for RestError {
        fn from(error: BuildError) -> Self {
            Self::Build(error)
        }
    }

    impl From<Busy> for RestError {
        fn from(busy: Busy) -> Self {
            Self::Busy(busy)
        }
    }
}

mod venue {
    pub(crate) mod endpoint {
        pub(crate) const BATCH_ORDERS_MAX: usize = 2;
    }
}
