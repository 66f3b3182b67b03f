//! One file a client: how each is set up, and how it places an order and reads the answer.
//!
//! Each is used the fastest way that its documents show, over one connection that is already up, on a runtime of one thread
//! where it has one. Whoever leaves signing and decoding to its user gets the same of both (`order.rs`).

mod binance;
mod floor;
mod hyper;
mod nexus;
mod ours;
mod reqwest;
mod ureq;

use std::time::Duration;

use crate::pace::Pace;
use crate::venue::Address;

/// A client with a connection.
pub trait Arm {
    /// Places a block of orders, one after another.
    fn run(&mut self, pace: &mut Pace);
}

/// How a client waits for the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    Parked,
    Spinning,
}

/// A kind of client.
pub struct Kind {
    /// What the command line calls it.
    pub name: &'static str,
    /// What the tables call it.
    pub title: &'static str,
    pub group: Group,
    pub waits: Waits,
    connect: fn(&Address) -> Box<dyn Arm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Floor,
    Ours,
    Peer,
}

impl Kind {
    pub fn connect(&self, address: &Address) -> Box<dyn Arm> {
        (self.connect)(address)
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

/// All of them. Each waiting mode begins with the floor that it is measured by.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "floor-spin-safe",
        title: "safe floor: a probe, one write, spin, nothing parsed",
        group: Group::Floor,
        waits: Waits::Spinning,
        connect: |address| floor::connect(address, Waits::Spinning, true),
    },
    Kind {
        name: "floor-spin",
        title: "floor: the same without the probe",
        group: Group::Floor,
        waits: Waits::Spinning,
        connect: |address| floor::connect(address, Waits::Spinning, false),
    },
    Kind {
        name: "ours-blocking-spin",
        title: "orderwire, blocking twin, spinning",
        group: Group::Ours,
        waits: Waits::Spinning,
        connect: |address| ours::connect_blocking(address, Waits::Spinning),
    },
    Kind {
        name: "ours-tokio-spin",
        title: "orderwire, tokio, spinning",
        group: Group::Ours,
        waits: Waits::Spinning,
        connect: |address| ours::connect(address, Waits::Spinning),
    },
    Kind {
        name: "nexus-busy",
        title: "nexus-async-web 0.10, busy-polled",
        group: Group::Peer,
        waits: Waits::Spinning,
        connect: |address| nexus::connect(address, Waits::Spinning, None),
    },
    Kind {
        name: "floor-parked-safe",
        title: "safe floor: a probe, one write, a blocking read, nothing parsed",
        group: Group::Floor,
        waits: Waits::Parked,
        connect: |address| floor::connect(address, Waits::Parked, true),
    },
    Kind {
        name: "floor-parked",
        title: "floor: the same without the probe",
        group: Group::Floor,
        waits: Waits::Parked,
        connect: |address| floor::connect(address, Waits::Parked, false),
    },
    Kind {
        name: "floor-tokio-safe",
        title: "safe floor on tokio: a probe, one write, a wait in the runtime, one read",
        group: Group::Floor,
        waits: Waits::Parked,
        connect: floor::connect_on_tokio,
    },
    Kind {
        name: "ours-blocking",
        title: "orderwire, blocking twin",
        group: Group::Ours,
        waits: Waits::Parked,
        connect: |address| ours::connect_blocking(address, Waits::Parked),
    },
    Kind {
        name: "ours-tokio",
        title: "orderwire, tokio",
        group: Group::Ours,
        waits: Waits::Parked,
        connect: |address| ours::connect(address, Waits::Parked),
    },
    Kind {
        name: "nexus",
        title: "nexus-async-web 0.10",
        group: Group::Peer,
        waits: Waits::Parked,
        connect: |address| nexus::connect(address, Waits::Parked, None),
    },
    Kind {
        name: "nexus-timeout",
        title: "nexus-async-web 0.10, in a timeout as its documents advise",
        group: Group::Peer,
        waits: Waits::Parked,
        connect: |address| nexus::connect(address, Waits::Parked, Some(Duration::from_secs(10))),
    },
    Kind {
        name: "hyper",
        title: "hyper 1 + tokio-rustls",
        group: Group::Peer,
        waits: Waits::Parked,
        connect: hyper::connect,
    },
    Kind { name: "ureq", title: "ureq 3", group: Group::Peer, waits: Waits::Parked, connect: ureq::connect },
    Kind {
        name: "reqwest",
        title: "reqwest 0.13",
        group: Group::Peer,
        waits: Waits::Parked,
        connect: reqwest::connect,
    },
    Kind {
        name: "binance-sdk",
        title: "binance-sdk 77",
        group: Group::Peer,
        waits: Waits::Parked,
        connect: binance::connect,
    },
];

/// A runtime as all clients that need one get it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Keeps a runtime from ever sleeping: it asks its driver without waiting, and polls again.
async fn busy(work: impl Future<Output = ()>) {
    let never_parks = async {
        loop {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = work => {}
        () = never_parks => {}
    }
}
