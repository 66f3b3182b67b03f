//! Every order in which a few threads can meet in the register of orders in doubt, at the venue's clock, at its limits and at a
//! request to be counted, tried by loom: `.ci/run loom`.
//!
//! All are the client's own files; what they are about stands here in its place, as little as they ask for.
#![cfg(all(test, orderwire_loom))]

#[path = "../../../src/client/clock.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "what no two threads meet in is not called")]
mod clock;
mod clock_model;
#[path = "../../../src/client/doubt.rs"]
mod doubt;
#[path = "../../../src/venue/limits.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "what no two threads meet in is not called")]
mod limits;
mod limits_model;
mod model;
#[path = "../../../src/client/latency/over.rs"]
mod over;
mod over_model;
#[path = "../../../src/time.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "as little as these ask for")]
mod time;
mod tried;

mod order {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct OrderRef {
        pub(crate) id: Option<u8>,
        pub(crate) symbol: (),
    }
}

mod error {
    use crate::limits::LimitKind;
    use crate::time::Timestamp;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Busy {
        Closed,
        Doubts { places: usize },
        Held { until: Timestamp },
        OverLimit { kind: LimitKind, until: Timestamp },
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

mod latency {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Stamps;

    pub(crate) struct Stage;

    impl Stage {
        pub(crate) const ALL: [Self; 2] = [Self, Self];
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Timeline {
        raw: [u64; Stage::ALL.len()],
    }

    impl Timeline {
        pub(crate) const fn of(_stamps: Stamps, raw: [u64; Stage::ALL.len()]) -> Self {
            Self { raw }
        }

        pub(crate) const fn raw(&self) -> &[u64; Stage::ALL.len()] {
            &self.raw
        }
    }
}

mod venue {
    pub(crate) mod endpoint {
        pub(crate) const BATCH_ORDERS_MAX: usize = 2;
    }
}
